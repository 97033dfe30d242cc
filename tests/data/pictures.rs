//! The published images: a file of the form of 3dshapes.h5, with its chunks, that h5py wrote (tests/oracle/make_files.py).

use std::fs;
use std::path::{Path, PathBuf};

use icl::check::check;
use icl::data::blend::Blend;
use icl::data::pictures::{ImageFile, Pictures};
use icl::data::shapes::{IMAGE_BYTES, SIDE};
use icl::data::{DataError, Embeddings, ImageSource, ShapesSpec};
use icl::world::Memory;

use super::files::file;
use super::{all, bits, spec};

/// The data set whose rows are the images of a file.
fn of(path: &Path, entangled: f64) -> ShapesSpec {
    let drawn = spec([4, 1, 4, 1, 4, 1], 24, entangled);
    let hash = ImageFile::inspect(path, &drawn).unwrap();
    ShapesSpec { images: Some(ImageSource { path: path.to_str().unwrap().to_owned(), hash }), ..drawn }
}

/// As make_files.py has it.
fn formula(at: usize) -> Vec<u8> {
    let mut image = Vec::with_capacity(IMAGE_BYTES);
    for y in 0..SIDE {
        for x in 0..SIDE {
            for c in 0..3 {
                let value = at % 4 * 40 + at / 16 * 9 * c + at / 4 % 4 * 5 * (y / 16) + y % 4 * 7 + x / 4 * 3;
                image.push(value as u8);
            }
        }
    }
    image
}

#[test]
fn images_are_the_bytes_that_were_written() {
    let spec = of(&file("shapes.h5"), 0.5);
    let (pictures, places) = Pictures::of(&spec, &[63, 0, 17, 17, 40]).unwrap();
    assert_eq!(places, [63, 0, 17, 17, 40]);
    let mut image = vec![0; IMAGE_BYTES];
    for place in [0, 17, 40, 63] {
        pictures.copy(place, &mut image);
        assert_eq!(image, formula(place as usize), "{place}");
    }
}

#[test]
fn embeddings_are_those_of_the_images_and_are_kept() {
    let cache = tempfile::tempdir().unwrap();
    let spec = of(&file("shapes.h5"), 0.8);
    let mut embeddings = Embeddings::open(&spec, Some(cache.path())).unwrap();
    let mut told = Vec::new();
    embeddings.fetch(&all(&spec), 2, &mut |done, whole| told.push((done, whole))).unwrap();
    assert_eq!(told.last(), Some(&(64, 64)));
    let mut found = vec![0.0; 64 * spec.width];
    embeddings.gather_into(&all(&spec), &mut found);

    // The same from the formula: what was read and when plays no part.
    let pixels: Vec<u8> = (0..64).flat_map(formula).collect();
    let formula = Pictures::Read((0..64).collect(), pixels);
    let source = spec.images.clone().unwrap();
    let mut images = ImageFile::open(&spec, &source).unwrap();
    let (blend, _) = Blend::of_file(&spec, &mut images, &[], 1).unwrap();
    let mut wanted = vec![0.0; 64 * spec.width];
    blend.embed_from(&formula, |row| row, &all(&spec), &mut wanted, 1);
    assert_eq!(bits(&found), bits(&wanted));
    let drawn = ShapesSpec { images: None, ..spec.clone() };
    assert_ne!(bits(&found), bits(&super::truth(&drawn)));

    // They are read from the cache, in a folder of their own.
    let mut again = Embeddings::open(&spec, Some(cache.path())).unwrap();
    again.fetch(&all(&spec), 1, &mut |_, _| panic!("nothing is left to compute")).unwrap();
    let mut kept = vec![0.0; 64 * spec.width];
    again.gather_into(&all(&spec), &mut kept);
    assert_eq!(bits(&kept), bits(&found));
    let other = Embeddings::open(&drawn, Some(cache.path())).unwrap();
    assert_ne!(other.folder(), again.folder());
}

#[test]
fn a_file_of_other_images_is_refused() {
    let wanted = spec([4, 1, 4, 1, 4, 1], 24, 0.5);
    let told = |name: &str, spec: &ShapesSpec| ImageFile::inspect(&file(name), spec).unwrap_err().to_string();
    let other = spec([4, 1, 4, 1, 4, 2], 24, 0.5);
    let said = told("shapes.h5", &other);
    assert!(said.contains("has `images` of u8 [64, 64, 64, 3], but u8 [480000 or 128, 64, 64, 3] is needed"), "{said}");
    assert!(told("unlabelled.h5", &wanted).contains("has no `labels`; give 3dshapes.h5 as it was published"));
    let said = told("mislabelled.h5", &wanted);
    assert!(
        said.contains("says in row 37 of `labels` that object_hue is 0.9, where the published order has 0.2"),
        "{said}"
    );
    // As many images, in another order.
    assert!(told("shapes.h5", &spec([4, 4, 1, 1, 4, 1], 24, 0.5)).contains("in row 4 of `labels` that wall_hue is 0,"));
    assert!(told("held.h5", &wanted).contains("has no `images`"));
    assert!(told("words.csv", &wanted).contains("is no HDF5 file"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shapes.h5");
    fs::copy(file("shapes.h5"), &path).unwrap();
    let spec = of(&path, 0.5);
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    let error = Embeddings::open(&spec, None).err().unwrap();
    assert!(matches!(error, DataError::Changed { .. }), "{error}");
}

#[test]
fn a_program_names_the_file() {
    let found = |data: &str| {
        let mut world = Memory::default();
        let text = format!(
            "use std.shapes\ndata images = {data}\nlet task = shapes.classify(maps: 8, images: images, points: 8)\n"
        );
        world.0.insert(PathBuf::from("tests/oracle/files/main.icl"), text);
        let checked = check(&world, Path::new("tests/oracle/files/main.icl"), &[]);
        checked.findings.iter().map(|found| format!("{} {}", found.id, found.title)).collect::<Vec<_>>()
    };
    let values = "values: [4, 1, 4, 1, 4, 1]";
    let unused = ["W0204 nothing reads `task`"];
    assert_eq!(found(&format!("shapes3d(\"shapes.h5\", {values})")), unused);
    assert_eq!(found(&format!("shapes3d(path: \"shapes.h5\", {values}, width: 16, entangled: 30%)")), unused);
    let told = found("shapes3d(\"shapes.h5\")");
    assert!(told[0].starts_with("E0314") && told[0].contains("but u8 [480000, 64, 64, 3] is needed"), "{told:?}");
    let told = found(&format!("shapes3d(\"nowhere.h5\", {values})"));
    assert!(told[0].starts_with("E0314 cannot read"), "{told:?}");
    let told = found(&format!("shapes3d(\"shapes.h5\", {values}, entangled: 0%)"));
    assert!(told[0].starts_with("E0302 no image is looked at where `entangled` is 0%"), "{told:?}");
}
