//! Pixels of images: of those that are drawn, and of those of the published file.

use std::io::Read;
use std::path::Path;

use super::error::DataError;
use super::files::arrays::{Entry, Place, entries};
use super::files::hdf5::Reader;
use super::files::number::{Kind as Word, Number};
use super::files::{Kind, Opened, hash};
use super::shapes::{self, FACTORS, IMAGE_BYTES, IMAGES, SIDE};
use super::source::{ImageSource, ShapesSpec};

/// Images by their places.
pub enum Pictures {
    /// Places are those of the published data set; images are drawn when they are asked for.
    Drawn,
    /// Those at these places, ascending, one behind the other.
    Read(Vec<u32>, Vec<u8>),
}

impl Pictures {
    /// Writes the image at a place, [`IMAGE_BYTES`] long.
    ///
    /// # Panics
    /// Where it was not read, or is none of the data set.
    pub fn copy(&self, place: u32, image: &mut [u8]) {
        match self {
            Self::Drawn => shapes::draw(place, image),
            Self::Read(places, pixels) => {
                let at = places.binary_search(&place).unwrap_or_else(|_| panic!("image {place} was not read"));
                image.copy_from_slice(&pixels[at * IMAGE_BYTES..][..IMAGE_BYTES]);
            }
        }
    }

    /// The images of some rows of a data set, with the place of each.
    ///
    /// # Errors
    /// Those of [`ImageFile::open`] and [`ImageFile::read`].
    pub fn of(spec: &ShapesSpec, rows: &[u32]) -> Result<(Self, Vec<u32>), DataError> {
        let Some(source) = &spec.images else {
            return Ok((Self::Drawn, rows.iter().map(|&row| spec.published_index(row)).collect()));
        };
        let mut file = ImageFile::open(spec, source)?;
        let places: Vec<u32> = rows.iter().map(|&row| file.place(spec, row)).collect();
        Ok((file.read(places.clone())?, places))
    }
}

/// The published file `3dshapes.h5`, or one of its form with the rows of a data set alone.
pub struct ImageFile {
    reader: Reader,
    images: u32,
}

impl ImageFile {
    /// Looks whether a file has the images of `spec`, in their order, and hashes it.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where it is no HDF5 file, is damaged, or holds other images.
    pub fn inspect(path: &Path, spec: &ShapesSpec) -> Result<String, DataError> {
        let mut opened = Opened::new(path)?;
        let all = entries(Kind::Hdf5, &mut opened)?;
        let images = images(&opened, &all, spec)?;
        labels(&opened, &all, spec, images)?;
        hash(&opened)
    }

    /// Opens the file of a data set; one that has changed since it was checked is refused.
    ///
    /// # Errors
    /// Those of [`ImageFile::inspect`]; [`DataError::Changed`].
    pub fn open(spec: &ShapesSpec, source: &ImageSource) -> Result<Self, DataError> {
        let path = Path::new(&source.path);
        let mut opened = Opened::new(path)?;
        let found = hash(&opened)?;
        if found != source.hash {
            return Err(DataError::Changed { path: path.to_owned(), expected: source.hash.clone(), found });
        }
        let all = entries(Kind::Hdf5, &mut opened)?;
        let images = images(&opened, &all, spec)?;
        let reader = reader(path, &all, "images")?;
        Ok(Self { reader, images })
    }

    /// How many images it has.
    #[must_use]
    pub fn images(&self) -> u32 {
        self.images
    }

    /// Where the image of a row of `spec` is.
    #[must_use]
    pub fn place(&self, spec: &ShapesSpec, row: u32) -> u32 {
        if self.images as usize == IMAGES { spec.published_index(row) } else { row }
    }

    /// Reads images, in the order of the file, so that no slab of it is unpacked twice.
    ///
    /// # Errors
    /// [`DataError::Read`]; [`DataError::File`] where it is damaged.
    ///
    /// # Panics
    /// Where there is no such place.
    pub fn read(&mut self, mut places: Vec<u32>) -> Result<Pictures, DataError> {
        places.sort_unstable();
        places.dedup();
        let mut pixels = Vec::with_capacity(places.len() * IMAGE_BYTES);
        for &place in &places {
            pixels.extend_from_slice(self.reader.row(u64::from(place))?);
        }
        Ok(Pictures::Read(places, pixels))
    }
}

/// A reader of one dataset.
fn reader(path: &Path, all: &[Entry], name: &str) -> Result<Reader, DataError> {
    let opened = Opened::new(path)?;
    match all.iter().find(|entry| entry.name == name).map(|entry| &entry.place) {
        Some(Place::Hdf5(dataset)) => Reader::new(opened, (**dataset).clone()),
        Some(_) => Err(opened.fault(&format!("has `{name}` in a form that is not read"), CURE)),
        None => Err(opened.fault(&format!("has no `{name}`"), CURE)),
    }
}

const CURE: &str = "give 3dshapes.h5 as it was published";

/// How many images a file has, where they are such images and as many as are needed.
fn images(opened: &Opened, all: &[Entry], spec: &ShapesSpec) -> Result<u32, DataError> {
    let Some(entry) = all.iter().find(|entry| entry.name == "images") else {
        return Err(opened.fault("has no `images`", CURE));
    };
    let side = SIDE as u64;
    let bytes = entry.number == Some(Number::little(Word::U8));
    let mut wanted = vec![IMAGES, spec.rows()];
    wanted.dedup();
    match entry.shape[..] {
        [count, high, wide, 3] if bytes && [high, wide] == [side; 2] && wanted.contains(&(count as usize)) => {
            Ok(count as u32)
        }
        _ => {
            let found = format!("{} {:?}", entry.dtype, entry.shape);
            let wanted = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            let reason = format!("has `images` of {found}, but u8 [{wanted}, 64, 64, 3] is needed");
            Err(opened
                .fault(&reason, "give 3dshapes.h5 as it was published, or the images of these rows in their order"))
        }
    }
}

/// Looks whether the labels of a file are those of its images, in the order of the data set.
fn labels(opened: &Opened, all: &[Entry], spec: &ShapesSpec, images: u32) -> Result<(), DataError> {
    let mut reader = reader(&opened.path, all, "labels")?;
    let entry = all.iter().find(|entry| entry.name == "labels");
    let number = entry.and_then(|entry| entry.number);
    let (Some(number), [count, 6]) = (number, reader.shape()) else {
        return Err(opened.fault("has `labels` of another shape than six numbers for each image", CURE));
    };
    if *count != u64::from(images) {
        return Err(opened.fault(&format!("has {images} images, but labels for {count}"), CURE));
    }
    let mut bytes = vec![0; 6 * number.size()];
    for at in 0..images {
        reader.read_exact(&mut bytes).map_err(|error| {
            let known = error.get_ref().and_then(|inner| inner.downcast_ref::<DataError>()).cloned();
            known.unwrap_or_else(|| opened.unreadable(&error))
        })?;
        let published = if images as usize == IMAGES { at } else { spec.published_index(at) };
        let factors = shapes::factors(published);
        for (factor, bytes) in bytes.chunks_exact(number.size()).enumerate() {
            let (found, wanted) = (number.read(bytes), shapes::value(factor, factors[factor]));
            // Orientations are written with some eight digits.
            if (found - wanted).abs() > 1e-4 || found.is_nan() {
                let reason = format!(
                    "says in row {at} of `labels` that {} is {found}, where the published order has {wanted}",
                    FACTORS[factor]
                );
                return Err(opened.fault(&reason, CURE));
            }
        }
    }
    Ok(())
}
