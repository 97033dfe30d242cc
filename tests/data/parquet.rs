//! Parquet that pandas and pyarrow wrote (tests/oracle/make_files.py), cell by cell against pandas' own CSV.

use std::fs;
use std::path::Path;

use icl::data::TableSpec;
use icl::data::files::tables::{self, Layout};

use super::files::file;

fn rows(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let layout = Layout::of(path).unwrap();
    let mut table = tables::open(path, layout, fs::File::open(path).unwrap()).map_err(|error| error.to_string())?;
    let (names, mut all, mut cells) = (table.columns().to_vec(), Vec::new(), Vec::new());
    while table.next(&mut cells).map_err(|error| error.to_string())? {
        all.push(cells.clone());
    }
    Ok((names, all))
}

/// Whether two cells say the same, each as its format writes it.
fn same(a: &str, b: &str, single: bool) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        // 32 bit numbers are written in the fewest digits that tell them from each other.
        (Ok(a), Ok(b)) if single => a as f32 == b as f32,
        (Ok(_), Ok(_)) if !a.contains('.') && !b.contains('.') => a == b,
        (Ok(a), Ok(b)) => a == b,
        _ => a.eq_ignore_ascii_case(b),
    }
}

#[test]
fn cells_are_those_of_the_table_that_was_written() {
    let (names, wanted) = rows(&file("many.csv")).unwrap();
    assert_eq!((names.len(), wanted.len()), (10, 600));
    let holes = wanted.iter().filter(|row| row[8].is_empty()).count();
    assert!(holes > 100 && wanted.iter().all(|row| row[0..8].iter().all(|cell| !cell.is_empty())));
    for name in ["many_snappy", "many_gzip", "many_plain", "many_v2"] {
        let (columns, found) = match rows(&file(&format!("{name}.parquet"))) {
            Ok(read) => read,
            Err(error) => panic!("{error}"),
        };
        assert_eq!((&columns, found.len()), (&names, wanted.len()), "{name}");
        for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                assert!(
                    same(found, wanted, names[place] == "single"),
                    "{name}: {at} {}: {found} {wanted}",
                    names[place]
                );
            }
        }
    }
}

#[test]
fn a_table_of_the_language_may_be_parquet() {
    let read = |name: &str| {
        let path = file(name);
        TableSpec::read(path.to_str().unwrap(), &fs::read(&path).unwrap(), Some("word"))
    };
    let (packed, plain) = (read("words.parquet").unwrap(), read("words.csv").unwrap());
    assert_eq!(packed.attributes[0], plain.attributes[0]);
    assert_eq!((packed.rows, packed.key.as_str(), packed.attributes.len()), (8, "word", 4));
    assert_ne!(packed.hash, plain.hash);
}

#[test]
fn what_is_not_read_is_told_with_its_column() {
    for (name, wanted) in [
        ("zstd.parquet", "column `name` is packed by Zstandard, which is not read; write it again with `to_parquet`"),
        ("streams.parquet", "column `real` is written as streams of bytes (BYTE_STREAM_SPLIT), which is not read"),
        ("lists.parquet", "column `b` holds columns or lists within it; write it as text or numbers, or leave it out"),
        ("times.parquet", "column `b` holds times"),
    ] {
        let told = rows(&file(name)).unwrap_err();
        assert!(told.contains(wanted), "{name}: {told}");
    }
}
