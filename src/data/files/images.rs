//! PNG images: one, or those of a folder and of the folders in it, which are then classes.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::error::DataError;
use super::{Opened, ending};

/// The most images that are looked at.
const MOST: usize = 1_000_000;
/// What every PNG ends with.
const END: &[u8] = b"IEND\xaeB`\x82";

/// What a folder holds, by the headers of its images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Images {
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many there are of each form, the most frequent first.
    pub forms: Vec<(Form, u64)>,
    /// How many lie in each folder within, by name. Empty where all lie in the folder itself.
    pub classes: Vec<(String, u64)>,
    /// The first of them by name.
    pub first: Vec<String>,
}

/// Size and colours of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Form {
    pub width: u32,
    pub height: u32,
    /// `grey`, `rgb`, `rgba`, `palette`, `grey and alpha`.
    pub colours: String,
    /// Bits of a channel.
    pub bits: u8,
}

/// Looks at an image or a folder of images.
///
/// # Errors
/// [`DataError::Read`]; [`DataError::File`] where one is damaged or there is none.
pub fn look(path: &Path) -> Result<Images, DataError> {
    let mut files = Vec::new();
    let mut classes = BTreeMap::new();
    if path.is_dir() {
        let inner = list(path, &mut files)?;
        for folder in inner {
            let before = files.len();
            list(&folder, &mut files)?;
            if files.len() > before {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                classes.insert(name, (files.len() - before) as u64);
            }
        }
        if files.is_empty() {
            return Err(none(path));
        }
    } else {
        files.push(path.to_owned());
    }
    let mut images = Images { count: files.len() as u64, ..Images::default() };
    let mut forms: BTreeMap<Form, u64> = BTreeMap::new();
    for file in &files {
        let mut opened = Opened::new(file)?;
        images.bytes += opened.length;
        *forms.entry(form(&mut opened)?).or_default() += 1;
    }
    images.forms = forms.into_iter().collect();
    images.forms.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    images.classes = classes.into_iter().collect();
    let inside = |file: &PathBuf| file.strip_prefix(path).unwrap_or(file).display().to_string();
    images.first = files.iter().take(5).map(inside).collect();
    Ok(images)
}

/// Adds the images of a folder by name, and returns the folders in it.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<Vec<PathBuf>, DataError> {
    let unreadable = |error: std::io::Error| DataError::unreadable(folder, &error);
    let (mut own, mut inner) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            inner.push(path);
        } else if ending(&path) == "png" {
            own.push(path);
        }
        if files.len() + own.len() > MOST {
            let reason = format!("{} holds more than {MOST} images", folder.display());
            return Err(DataError::file(reason, "name a folder within it"));
        }
    }
    own.sort();
    inner.sort();
    files.append(&mut own);
    Ok(inner)
}

/// A folder without images, and what it has instead.
fn none(path: &Path) -> DataError {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut others: Vec<String> =
        entries.take(1000).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    others.sort();
    others.truncate(3);
    let cure = match others.as_slice() {
        [] => "name a file, or a folder of images".to_owned(),
        some => format!("name a file in it: {}", some.join(", ")),
    };
    DataError::file(format!("{} is a folder without .png images", path.display()), cure)
}

/// What the header of an image says.
fn form(opened: &mut Opened) -> Result<Form, DataError> {
    let broken = |error: png::DecodingError| match error {
        png::DecodingError::IoError(_) => opened.short(),
        other => opened.fault(&format!("is no whole PNG image: {other}"), "write it again"),
    };
    let decoder = png::Decoder::new_with_limits(BufReader::new(opened.again()?), png::Limits { bytes: 1 << 24 });
    let reader = decoder.read_info().map_err(broken)?;
    let info = reader.info();
    let (width, height) = info.size();
    let colours = match info.color_type {
        png::ColorType::Grayscale => "grey",
        png::ColorType::GrayscaleAlpha => "grey and alpha",
        png::ColorType::Rgb => "rgb",
        png::ColorType::Rgba => "rgba",
        png::ColorType::Indexed => "palette",
    };
    let form = Form { width, height, colours: colours.into(), bits: info.bit_depth as u8 };
    let tail = opened.length.min(1024);
    let tail = opened.bytes(opened.length - tail, tail)?;
    if tail.windows(END.len()).any(|end| end == END) { Ok(form) } else { Err(opened.short()) }
}
