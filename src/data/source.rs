//! Which images a study uses: values of each factor, rows, attributes and the split.

use serde::{Deserialize, Serialize};

use super::error::DataError;
use super::table::TableSpec;
use super::{random, shapes};

/// The widest embedding that is computed.
pub const MAX_WIDTH: usize = 4096;

/// A data set of images with their embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShapesSpec {
    /// How many values of each factor are used, in the order of [`shapes::FACTORS`]. They are
    /// spaced evenly among the published ones: hues around the circle, the others from the first
    /// to the last. A factor with 1 value is no attribute; it is fixed at the first hue, the
    /// first shape, or the middle scale or orientation.
    pub values: [usize; 6],
    /// Numbers in an embedding.
    pub width: usize,
    /// How entangled the factors are, from 0 (each adds a vector of its own) to 1 (random
    /// convolutional features of the image).
    pub entangled: f64,
    /// Embeddings read from a file instead of computed; `entangled` is then of no effect.
    pub embedding: Option<ArraySource>,
    /// The published images instead of drawn ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<ImageSource>,
}

/// A file with the images of 3dshapes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSource {
    /// Where it lies; no part of an identity.
    #[serde(skip)]
    pub path: String,
    /// The BLAKE3 hash of the whole file, in hexadecimal.
    pub hash: String,
}

/// A file with embeddings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArraySource {
    /// Where it lies; a name ending in `.npy` or `.safetensors`.
    pub path: String,
    /// The array in a `.safetensors` file; needed where there are several.
    pub key: Option<String>,
    /// The BLAKE3 hash of the whole file, in hexadecimal.
    pub hash: String,
}

/// A data source of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    Shapes(ShapesSpec),
    Table(TableSpec),
}

impl Source {
    /// The images, where it holds images.
    #[must_use]
    pub fn shapes(&self) -> Option<&ShapesSpec> {
        match self {
            Self::Shapes(spec) => Some(spec),
            Self::Table(_) => None,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Shapes(spec) => spec.rows(),
            Self::Table(table) => table.rows,
        }
    }

    /// The attributes with the number of their values.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&str, usize)> {
        match self {
            Self::Shapes(spec) => spec.attributes(),
            Self::Table(table) => table.attributes.iter().map(|(name, values)| (name.as_str(), values.len())).collect(),
        }
    }

    /// The rows of training and those held out.
    #[must_use]
    pub fn split(&self) -> Split {
        match self {
            Self::Shapes(spec) => spec.split(),
            Self::Table(table) => Split::of(table.rows as u32),
        }
    }
}

impl ShapesSpec {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`DataError::Values`], [`DataError::Width`] or [`DataError::Entangled`].
    pub fn check(&self) -> Result<(), DataError> {
        for (at, asked) in self.values.into_iter().enumerate() {
            let published = shapes::SIZES[at];
            if asked == 0 || asked > published {
                return Err(DataError::Values { factor: shapes::FACTORS[at], asked, published });
            }
        }
        if self.width == 0 || self.width > MAX_WIDTH {
            return Err(DataError::Width(self.width));
        }
        if !(0.0..=1.0).contains(&self.entangled) {
            return Err(DataError::Entangled(self.entangled));
        }
        Ok(())
    }

    /// The number of images: the product of the numbers of values.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.iter().product()
    }

    /// The factors that vary, slowest first, with the number of their values.
    #[must_use]
    pub fn attributes(&self) -> Vec<(&'static str, usize)> {
        shapes::FACTORS.into_iter().zip(self.values).filter(|(_, size)| *size > 1).collect()
    }

    /// The label of each attribute for the image at `row`, in the order of
    /// [`ShapesSpec::attributes`]; rows count row-major, the last attribute fastest.
    ///
    /// # Panics
    /// Where `row` is not below [`ShapesSpec::rows`].
    #[must_use]
    pub fn factors(&self, row: u32) -> Vec<usize> {
        let labels = self.labels(row);
        labels.into_iter().zip(self.values).filter(|(_, size)| *size > 1).map(|(l, _)| l).collect()
    }

    /// The label of every factor, 0 where it is fixed.
    ///
    /// # Panics
    /// Where `row` is not below [`ShapesSpec::rows`].
    #[must_use]
    pub fn labels(&self, row: u32) -> [usize; 6] {
        assert!((row as usize) < self.rows(), "row {row} of {}", self.rows());
        let mut rest = row as usize;
        let mut labels = [0; 6];
        for (label, size) in labels.iter_mut().zip(self.values).rev() {
            *label = rest % size;
            rest /= size;
        }
        labels
    }

    /// The published value, as a place in `0..SIZES[factor]`, that `label` of `factor` stands for.
    ///
    /// # Panics
    /// Where `factor` is not below 6.
    #[must_use]
    pub fn published_value(&self, factor: usize, label: usize) -> usize {
        let (used, published) = (self.values[factor], shapes::SIZES[factor]);
        match (factor, used) {
            // Hues lie on a circle, so the last is a neighbour of the first.
            (0..=2, _) => label * published / used,
            (4, 1) => 0,
            (_, 1) => published / 2,
            // Rounded to the nearest.
            _ => (2 * label * (published - 1) + (used - 1)) / (2 * (used - 1)),
        }
    }

    /// The place in the published data set of the image at `row`.
    ///
    /// # Panics
    /// Where `row` is not below [`ShapesSpec::rows`].
    #[must_use]
    pub fn published_index(&self, row: u32) -> u32 {
        let labels = self.labels(row);
        shapes::index(std::array::from_fn(|factor| self.published_value(factor, labels[factor])))
    }

    /// Which rows are for training and which are held out.
    #[must_use]
    pub fn split(&self) -> Split {
        Split::of(self.rows() as u32)
    }
}

/// A division of the rows into four fifths for training and one fifth held out.
///
/// It is drawn at random once and for all: it depends on the number of rows alone, and is the same
/// for every seed of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    training: Vec<u32>,
    held_out: Vec<u32>,
    is_held_out: Vec<bool>,
}

impl Split {
    /// Splits `0..rows`; `rows / 5` of them, rounded down, are held out.
    #[must_use]
    pub fn of(rows: u32) -> Self {
        let order = random::permutation(&mut random::stream("split"), rows);
        let mut is_held_out = vec![false; rows as usize];
        for &row in &order[..order.len() / 5] {
            is_held_out[row as usize] = true;
        }
        let (held_out, training) = (0..rows).partition(|&row| is_held_out[row as usize]);
        Self { training, held_out, is_held_out }
    }

    /// Whether `row` is held out.
    ///
    /// # Panics
    /// Where there is no such row.
    #[must_use]
    pub fn is_held_out(&self, row: u32) -> bool {
        self.is_held_out[row as usize]
    }

    /// The rows for training, ascending.
    #[must_use]
    pub fn training_rows(&self) -> &[u32] {
        &self.training
    }

    /// The rows held out, ascending.
    #[must_use]
    pub fn held_out_rows(&self) -> &[u32] {
        &self.held_out
    }
}
