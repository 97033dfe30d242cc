//! Embeddings between disentangled and entangled:
//! `sqrt(1 - e^2) * linear code + e * convolutional features`.
//!
//! Over the rows of the data set each dimension then has mean 0 and variance 1: the encoder's own
//! statistics are those of all 480,000 images, so its features, and the sum, are standardised
//! once more over the rows in use (a fixed sample of at most 2048 of them).

use std::sync::Arc;

use super::code::LinearCode;
use super::encoder::{self, Encoder};
use super::error::DataError;
use super::pictures::{ImageFile, Pictures};
use super::random;
use super::source::ShapesSpec;

/// What computes the embeddings of one data set.
pub struct Blend {
    spec: ShapesSpec,
    code: LinearCode,
    /// None where nothing is entangled, and no image need be drawn.
    features: Option<Features>,
    /// The last scaling of the sum, one pair for each dimension.
    last: Vec<Scaling>,
}

struct Features {
    encoder: Arc<Encoder>,
    scaling: Vec<Scaling>,
}

/// `x` becomes `(x - centre) * scale`.
#[derive(Clone, Copy)]
struct Scaling {
    centre: f32,
    scale: f32,
}

impl Blend {
    /// Prepares the embeddings of a spec that has been checked, of images that are drawn. With `entangled` above 0 this
    /// draws up to 4096 images (about a second).
    #[must_use]
    pub fn new(spec: &ShapesSpec, threads: usize) -> Self {
        let encoder = || Encoder::shared(spec.width, threads);
        let places: Vec<u32> = sample(spec.rows()).into_iter().map(|row| spec.published_index(row)).collect();
        Self::with(spec, encoder, &Pictures::Drawn, &places, threads)
    }

    /// The same of the images of a file: it is read once from its beginning, for up to 4096 of them and for those at
    /// `further` places. Gives all that were read.
    ///
    /// # Errors
    /// Those of [`ImageFile::read`].
    pub fn of_file(
        spec: &ShapesSpec,
        file: &mut ImageFile,
        further: &[u32],
        threads: usize,
    ) -> Result<(Self, Pictures), DataError> {
        let places: Vec<u32> = sample(spec.rows()).into_iter().map(|row| file.place(spec, row)).collect();
        let own = encoder::sample(file.images());
        let pictures = file.read([own.as_slice(), &places, further].concat())?;
        let encoder = || Arc::new(Encoder::new(spec.width, &own, &pictures, threads));
        Ok((Self::with(spec, encoder, &pictures, &places, threads), pictures))
    }

    /// Prepares embeddings, with the places of the images of the sample.
    fn with(
        spec: &ShapesSpec,
        encoder: impl FnOnce() -> Arc<Encoder>,
        pictures: &Pictures,
        places: &[u32],
        threads: usize,
    ) -> Self {
        let code = LinearCode::new(spec);
        let mut blend = Self { spec: spec.clone(), code, features: None, last: Vec::new() };
        if spec.entangled > 0.0 {
            let (sample, encoder) = (sample(spec.rows()), encoder());
            let mut rows = vec![0.0; sample.len() * spec.width];
            encoder.encode(pictures, places, &mut rows, threads);
            let scaling = standard(&rows, spec.width);
            blend.features = Some(Features { encoder, scaling });
            blend.mix(&sample, &mut rows);
            blend.last = standard(&rows, spec.width);
        }
        blend
    }

    /// Writes the embeddings `[rows, width]` of `rows`, of images that are drawn; the number of threads changes no bit.
    ///
    /// # Panics
    /// Where there is no such row or `out` has another length.
    pub fn embed(&self, rows: &[u32], out: &mut [f32], threads: usize) {
        self.embed_from(&Pictures::Drawn, |row| self.spec.published_index(row), rows, out, threads);
    }

    /// The same of pictures, in which `place` tells where the image of a row is.
    ///
    /// # Panics
    /// Those of [`Blend::embed`]; where a row's image is not among the pictures.
    pub fn embed_from(
        &self,
        pictures: &Pictures,
        place: impl Fn(u32) -> u32 + Sync,
        rows: &[u32],
        out: &mut [f32],
        threads: usize,
    ) {
        assert_eq!(out.len(), rows.len() * self.spec.width);
        encoder::parallel(rows, self.spec.width, out, threads, |rows, out| {
            if let Some(features) = &self.features {
                let places: Vec<u32> = rows.iter().map(|&row| place(row)).collect();
                features.encoder.encode(pictures, &places, out, 1);
            }
            self.mix(rows, out);
            for row in out.chunks_exact_mut(self.spec.width) {
                apply(&self.last, row);
            }
        });
    }

    /// Mixes the code of `rows` into `out`, which holds their features.
    fn mix(&self, rows: &[u32], out: &mut [f32]) {
        let width = self.spec.width;
        let e = self.spec.entangled;
        let (of_code, of_features) = ((1.0 - e * e).sqrt() as f32, e as f32);
        let mut code = vec![0.0; width];
        for (&row, out) in rows.iter().zip(out.chunks_exact_mut(width)) {
            self.code.write(self.spec.labels(row), &mut code);
            match &self.features {
                None => out.copy_from_slice(&code),
                Some(features) => {
                    apply(&features.scaling, out);
                    for (out, code) in out.iter_mut().zip(&code) {
                        *out = of_code * code + of_features * *out;
                    }
                }
            }
        }
    }
}

/// The rows over which a data set is standardised: all, or a fixed sample.
fn sample(rows: usize) -> Vec<u32> {
    if rows <= encoder::SAMPLE {
        return (0..rows as u32).collect();
    }
    let mut rng = random::stream("blend sample");
    (0..encoder::SAMPLE).map(|_| random::below(&mut rng, rows as u32)).collect()
}

/// What brings each column of `rows` to mean 0 and variance 1; a constant column is only centred.
fn standard(rows: &[f32], width: usize) -> Vec<Scaling> {
    let (mean, variance) = encoder::mean_and_variance(rows, width);
    let scaling = |(mean, variance): (f64, f64)| {
        let scale = if variance > 1e-12 { 1.0 / variance.sqrt() } else { 1.0 };
        Scaling { centre: mean as f32, scale: scale as f32 }
    };
    mean.into_iter().zip(variance).map(scaling).collect()
}

/// Scales one row; an empty scaling leaves it.
fn apply(scaling: &[Scaling], row: &mut [f32]) {
    for (x, by) in row.iter_mut().zip(scaling) {
        *x = (*x - by.centre) * by.scale;
    }
}
