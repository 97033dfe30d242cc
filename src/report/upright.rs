//! Turns drawn words a quarter to the left without blurring them.

/// An image of three bytes a pixel.
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl Pixels {
    /// Reads a PNG of eight bits a channel.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().ok()?;
        let mut data = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut data).ok()?;
        let step = match info.color_type {
            png::ColorType::Rgb => 3,
            png::ColorType::Rgba => 4,
            _ => return None,
        };
        let (width, height) = (info.width as usize, info.height as usize);
        let rgb = data.get(..width * height * step)?.chunks_exact(step).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Some(Self { width, height, rgb })
    }

    /// Writes a PNG.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.rgb).ok()?;
        writer.finish().ok()?;
        Some(out)
    }

    /// Lays a dark-on-white `stamp` over the image, turned so that it reads upwards: its first
    /// row becomes the column `left`, its first column the row just above `bottom`.
    pub fn stamp_upward(&mut self, stamp: &Self, left: isize, bottom: isize) {
        for y in 0..stamp.height {
            for x in 0..stamp.width {
                let (Some(to_x), Some(to_y)) = (left.checked_add_unsigned(y), bottom.checked_sub_unsigned(x + 1))
                else {
                    continue;
                };
                let (Ok(to_x), Ok(to_y)) = (usize::try_from(to_x), usize::try_from(to_y)) else {
                    continue;
                };
                if to_x >= self.width || to_y >= self.height {
                    continue;
                }
                for channel in 0..3 {
                    let at = &mut self.rgb[(to_y * self.width + to_x) * 3 + channel];
                    *at = (*at).min(stamp.rgb[(y * stamp.width + x) * 3 + channel]);
                }
            }
        }
    }
}
