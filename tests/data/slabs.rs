//! HDF5 that h5py wrote (tests/oracle/make_files.py); what its arrays hold is compared with numpy in `files.rs`.

use std::io::Read;

use icl::data::describe::{Contents, describe};
use icl::data::files::arrays::{Place, entries};
use icl::data::files::hdf5::Reader;
use icl::data::files::{Kind, Opened};

use super::files::file;

/// The bytes of the one dataset of a file that is in chunks.
fn reader(name: &str) -> Reader {
    let mut opened = Opened::new(&file(name)).unwrap();
    let entries = entries(Kind::Hdf5, &mut opened).unwrap();
    let Place::Hdf5(dataset) = entries[0].place.clone() else { panic!("{entries:?}") };
    Reader::new(Opened::new(&file(name)).unwrap(), *dataset).unwrap()
}

#[test]
fn slabs_of_the_published_chunks_are_read_to_the_same_bytes() {
    // As make_files.py has it.
    let wanted = |at: usize, y: usize, x: usize, c: usize| (at / 1000 + at % 7 + 3 * y + 5 * x + 70 * c) as u8;
    let mut reader = reader("slabs.h5");
    assert_eq!(reader.shape(), [15_010, 8, 8, 3]);
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 15_010 * 192);
    let mut place = 0;
    for at in 0..15_010 {
        for y in 0..8 {
            for x in 0..8 {
                for c in 0..3 {
                    assert_eq!(bytes[place], wanted(at, y, x, c), "{at} {y} {x} {c}");
                    place += 1;
                }
            }
        }
    }
    // Rows of either slab, in any order.
    for at in [15_009, 3, 15_000, 14_999] {
        assert_eq!(reader.row(at).unwrap(), &bytes[at as usize * 192..][..192]);
    }
}

#[test]
fn what_a_file_holds_besides_is_told() {
    let told = |name: &str| match describe(&file(name), 1) {
        Ok(found) => found,
        Err(error) => panic!("{name}: {error}"),
    };
    let odd = told("odd.h5");
    let Contents::Arrays { arrays } = &odd.contents else { panic!() };
    let of = |name: &str| arrays.iter().find(|array| array.name == name).unwrap();
    assert_eq!((of("records").dtype.as_str(), of("none").shape.as_slice()), ("records", &[0][..]));
    assert!(of("text").not_read.is_some() && of("text").range.is_none());
    assert_eq!(of("lzf").not_read.as_ref().unwrap().reason, "of `lzf`, it is packed by LZF");
    // What was never written is 0.
    assert_eq!((of("unwritten").range, of("unwritten").looked_at), (Some((0.0, 0.0)), 32));
    assert_eq!(odd.read_by, Some(format!("array(\"{}\", key: \"unwritten\")", file("odd.h5").display())));

    let latest = told("latest.h5").not_read.unwrap();
    assert_eq!(latest.reason, "of `x`, its chunks are listed in a form of later versions of HDF5");
    assert!(latest.cure.contains("libver='earliest'"));

    let Contents::Arrays { arrays } = told("crowd.h5").contents else { panic!() };
    assert_eq!(arrays.len(), 300);
    for array in arrays {
        assert_eq!(array.first, [array.name[1..].parse::<f64>().unwrap()]);
    }
}

#[test]
fn a_changed_byte_is_found_by_the_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("held.h5");
    let whole = std::fs::read(file("held.h5")).unwrap();
    // What deflate made begins with 78; the last bytes before the next chunk are its checksums.
    let place =
        whole.windows(2).rposition(|two| two == [0x78, 0x5E] || two == [0x78, 0x9C] || two == [0x78, 0x01]).unwrap();
    let mut changed = whole.clone();
    changed[place + 12] ^= 1;
    std::fs::write(&path, &changed).unwrap();
    let told = describe(&path, 1).unwrap_err().to_string();
    assert!(told.contains("is damaged: the chunk of `/inner/packed` at ["), "{told}");
}
