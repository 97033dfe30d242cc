//! Arrays that numpy and safetensors wrote (tests/oracle/make_arrays.py).

use std::fs;
use std::path::{Path, PathBuf};

use icl::data::shapes::IMAGES;
use icl::data::{ArraySource, DataError, Embeddings, ShapesSpec, inspect};

use super::{bits, spec};

fn oracle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/arrays").join(name)
}

/// Eight rows, three wide, read from a file.
fn given(path: &Path, key: Option<&str>, hash: &str) -> ShapesSpec {
    let source =
        ArraySource { path: path.to_str().unwrap().to_owned(), key: key.map(str::to_owned), hash: hash.to_owned() };
    ShapesSpec { embedding: Some(source), ..spec([1, 1, 2, 1, 4, 1], 3, 0.0) }
}

fn read_array(name: &str, key: Option<&str>) -> Result<Vec<f32>, DataError> {
    let mut embeddings = Embeddings::open(&given(&oracle(name), key, ""), None)?;
    embeddings.fetch(&[0, 1, 2, 3, 4, 5, 6, 7], 1, &mut |_, _| ())?;
    Ok((0..8).flat_map(|row| embeddings.gather(row).to_vec()).collect())
}

#[test]
fn arrays_of_numpys_are_read() {
    let wanted: Vec<f32> = (0..24).map(|at| at as f32 / 4.0 - 2.0).collect();
    for (name, key) in [
        ("single.npy", None),
        ("double.npy", None),
        ("half.npy", None),
        ("one.safetensors", None),
        ("one.safetensors", Some("x")),
        ("many.safetensors", Some("single")),
        ("many.safetensors", Some("double")),
        ("many.safetensors", Some("half")),
        ("brain.safetensors", None),
    ] {
        assert_eq!(read_array(name, key).unwrap(), wanted, "{name} {key:?}");
        let info = inspect(&oracle(name), key).unwrap();
        let hash = blake3::hash(&fs::read(oracle(name)).unwrap()).to_hex().to_string();
        assert_eq!((info.rows, info.width, &info.hash), (8, 3, &hash));
        assert!(Embeddings::open(&given(&oracle(name), key, &hash), None).is_ok());
    }
    // An archive of numpy's, as it is and packed.
    for name in ["../files/mixed.npz", "../files/packed.npz"] {
        assert_eq!(read_array(name, Some("x")).unwrap(), wanted, "{name}");
        let error = read_array(name, None).unwrap_err().to_string();
        assert!(error.contains("holds 9 arrays and none is named; choose among the keys x, double"), "{error}");
    }
    let (half, wide) = (read_array("half_edges.npy", None), read_array("half_edges_wide.npy", None));
    assert_eq!(bits(&half.unwrap()), bits(&wide.unwrap()));
}

#[test]
fn arrays_in_the_published_order_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.npy");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (480000, 3), }";
    bytes.extend(format!("{header:<117}\n").bytes());
    bytes.extend((0..IMAGES * 3).flat_map(|at| (at as f32).to_le_bytes()));
    fs::write(&path, &bytes).unwrap();
    let spec = given(&path, None, "");
    let mut embeddings = Embeddings::open(&spec, None).unwrap();
    embeddings.fetch(&[6], 1, &mut |_, _| ()).unwrap();
    let first = spec.published_index(6) as f32 * 3.0;
    assert_eq!(embeddings.gather(6), [first, first + 1.0, first + 2.0]);

    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = Embeddings::open(&spec, None).err().unwrap();
    assert!(error.to_string().contains("cut short"), "{error}");
}

#[test]
fn faulty_arrays_are_refused_with_a_cure() {
    for (name, key, wanted) in [
        ("nan.npy", None, "row 5, column 2 is not a finite number"),
        ("huge.npy", None, "row 2, column 1 is not a finite number"),
        ("by_column.npy", None, "ascontiguousarray"),
        ("whole.npy", None, "type <i8; save little-endian"),
        ("swapped.npy", None, "type >f4"),
        ("flat.npy", None, "has shape [24], but [480000 or 8, 3] is needed"),
        ("short.npy", None, "has shape [7, 3], but [480000 or 8, 3] is needed"),
        ("many.safetensors", None, "choose among the keys double, half, single"),
        ("many.safetensors", Some("z"), "no array named \"z\"; choose among the keys double"),
        ("single.npy", Some("x"), "no array named \"x\"; leave the key out"),
        ("missing.npy", None, "check the path"),
        ("../make_arrays.py", None, "in none of .npy, .npz, .safetensors and .h5"),
    ] {
        let error = read_array(name, key).unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
    }
    let wrong = given(&oracle("single.npy"), None, "00ff");
    let error = Embeddings::open(&wrong, None).err().unwrap();
    assert!(matches!(&error, DataError::Changed { expected, .. } if expected == "00ff"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    for bytes in [&b""[..], b"1234", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\x02\0\0\0\0\0\0\0{x"] {
        fs::write(&path, bytes).unwrap();
        let error = Embeddings::open(&given(&path, None, ""), None).err().unwrap();
        assert!(matches!(&error, DataError::Format { .. } | DataError::File { .. }), "{error}");
        fs::write(path.with_extension("npy"), bytes).unwrap();
        let error = inspect(&path.with_extension("npy"), None).unwrap_err();
        assert!(matches!(&error, DataError::Format { .. } | DataError::File { .. }), "{error}");
    }
}
