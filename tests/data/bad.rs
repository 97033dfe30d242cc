//! Files that are damaged, lie about their sizes, or are of another kind than they seem: a finding with place and cure, in bounded
//! memory, and never a panic.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use icl::data::describe::describe;
use icl::data::{TableSpec, inspect};

use super::files::file;

fn fault(path: &Path) -> String {
    match describe(path, 3) {
        Err(error) => error.to_string(),
        Ok(found) => panic!("{}: {found:?}", path.display()),
    }
}

/// Whatever lies in a file, looking at it does not panic, and a cure goes with every fault.
fn survives(path: &Path) {
    if let Err(error) = describe(path, 3) {
        assert!(
            !error.cure().is_empty() && error.reason().contains(path.file_stem().unwrap().to_str().unwrap()),
            "{error}"
        );
    }
    for key in [None, Some("x")] {
        let _ = inspect(path, key);
        let bytes = fs::read(path).unwrap_or_default();
        let _ = TableSpec::read(path.to_str().unwrap(), &bytes, key);
    }
}

fn small() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["tests/oracle/files", "tests/oracle/arrays"] {
        files.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    files.sort();
    assert!(files.len() > 30);
    files
}

#[test]
fn a_file_may_end_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    for path in small() {
        let whole = fs::read(&path).unwrap();
        let to = folder.path().join(path.file_name().unwrap());
        // All lengths of the headers, then some.
        let ends =
            (0..whole.len()).filter(|end| *end < 96 || end % (whole.len() / 40 + 1) == 0 || end + 24 > whole.len());
        for end in ends {
            fs::write(&to, &whole[..end]).unwrap();
            survives(&to);
        }
    }
}

#[test]
fn any_byte_may_be_another() {
    let folder = tempfile::tempdir().unwrap();
    // A generator of pseudorandom numbers (Marsaglia's xorshift), the same in every run.
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for path in small() {
        let whole = fs::read(&path).unwrap();
        let to = folder.path().join(path.file_name().unwrap());
        for _ in 0..40 {
            let mut changed = whole.clone();
            for _ in 0..=random(3) {
                // Headers are where sizes stand.
                let at = if random(2) == 0 { random(whole.len()) } else { random(whole.len().min(200)) };
                changed[at] = [0, 1, 0x7F, 0x80, 0xFF, random(256) as u8][random(6)];
            }
            fs::write(&to, &changed).unwrap();
            survives(&to);
        }
    }
}

#[test]
fn what_is_cut_short_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    for (name, keep) in [
        ("turned.npy", 200),
        ("mixed.npz", 2000),
        ("packed.npz", 2200),
        ("mixed.safetensors", 800),
        ("images-idx3-ubyte", 4000),
        ("images-idx3-ubyte.gz", 4000),
        ("images/oak/0.png", 100),
        ("words.parquet", 3000),
        ("held.h5", 16_000),
        ("slabs.h5", 20_000),
    ] {
        let to = folder.path().join(Path::new(name).file_name().unwrap());
        fs::write(&to, &fs::read(file(name)).unwrap()[..keep]).unwrap();
        let told = fault(&to);
        assert!(told.contains("is cut short"), "{name}: {told}");
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let copy = |from: &str, to: &str| {
        fs::write(at(to), fs::read(file(from)).unwrap()).unwrap();
        fault(&at(to))
    };
    assert!(
        copy("mixed.npz", "x.npy")
            .contains("begins as a file of another kind: archive of numpy arrays; give it a name that ends in .npz")
    );
    assert!(copy("images/oak/0.png", "x.csv").contains("begins as a file of another kind: PNG image"));
    assert!(copy("words.csv", "x.npz").contains("is no archive of numpy arrays: it begins with \"word,c\""));
    let wrote = |name: &str, bytes: &[u8]| {
        fs::write(at(name), bytes).unwrap();
        fault(&at(name))
    };
    assert!(wrote("y.npy", b"\x01\x02\x03").contains("is no numpy array: it begins with the bytes 01 02 03"));
    assert!(wrote("y.npz", b"<!DOCTYPE html><html>").contains("is a web page; download the file itself"));
    assert!(wrote("y.safetensors", b"version https://git-lfs.github.com/spec/v1\n").contains("`git lfs pull`"));
    assert!(wrote("y.parquet", b"PAR2").contains("is no Parquet table: it begins with \"PAR2\""));
    assert!(wrote("y.h5", b"\x89HDF").contains("is no HDF5 file"));
    assert!(
        wrote("y.parrot", b"abc").contains("is of no kind that is read; give a folder of images or one of .npy .npz")
    );
    assert!(
        wrote("words.csv.gz", &packed(b"word,kind\ndog,animal\n")).contains("is packed by gzip; unpack it with gunzip")
    );
    assert!(wrote("empty.csv", b"").contains("empty.csv is empty"));
    assert!(fault(&at("none.csv")).contains("none.csv: No such file"));
    let inner = at("folder.csv");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("a.csv"), b"a,b\n1,2\n").unwrap();
    assert!(fault(&inner).contains("is a folder without .png images; name a file in it: a.csv"));
    assert!(inspect(&inner, None).unwrap_err().to_string().contains("folder.csv is a folder; name a file in it"));
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn faults_of_tables_name_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let as_table = TableSpec::read(name, text.as_bytes(), None).unwrap_err().to_string();
        (describe(&path, 1).map_or_else(|error| error.to_string(), |found| found.not_read.unwrap().reason), as_table)
    };
    for (name, text, wanted) in [
        ("ragged.csv", "a,b\n1,2\n3\n", "row 2 has 1 column, but the header has 2"),
        ("ragged.tsv", "a\tb\n1\t2\t3\n", "row 1 has 3 columns, but the header has 2"),
        ("twice.csv", "a,b,a\n1,2,3\n", "has two columns `a`: column 1 and column 3"),
        ("cell.jsonl", "{\"a\": 1, \"b\": [2]}\n", "line 1: `b` is a list"),
        ("object.jsonl", "{\"a\": 1, \"b\": 2}\n\n{\"a\": 1, \"b\": {}}\n", "line 3: `b` is an object"),
        ("open.jsonl", "{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\n", "line 2 is no JSON object"),
        ("nul.csv", "a,b\n1,\0\n", "is no text: byte 0 at offset 6, in line 2"),
        ("null.jsonl", "{\"a\": 1, \"b\": null}\n", "row 1, column `b` is empty"),
        ("infinite.csv", "a,b\nx,1\ny,inf\n", "row 2, column `b` is no number, though all others are"),
        ("quote.csv", "a,b\n1,\"2\n3,4\n", "row 1"),
    ] {
        let (described, read) = told(name, text);
        if name == "quote.csv" {
            // A quote that stays open takes in the rest: one row whose last cell has two lines.
            assert!(described.contains("opens a quote") && read.contains("opens a quote"), "{described} {read}");
        } else {
            assert!(described.contains(wanted) && read.contains(wanted), "{name}: {described} {read}");
        }
    }
}

#[test]
fn two_million_columns_are_counted_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let many = 2_000_000;
    for (name, begin, between) in [("wide.csv", "", ","), ("wide.tsv", "", "\t")] {
        let path = folder.path().join(name);
        let names: Vec<String> = (0..many).map(|at| format!("{at:x}")).collect();
        fs::write(&path, format!("{begin}{}\n", names.join(between))).unwrap();
        let wanted = "has 2000000 columns, and a table has at most 4096; save numbers as an array";
        assert!(fault(&path).contains(wanted), "{}", fault(&path));
    }
    let path = folder.path().join("wide.jsonl");
    let mut line = "{".to_owned();
    (0..many).for_each(|at| line.push_str(&format!("\"{at}\":0,")));
    line.pop();
    line.push_str("}\n");
    fs::write(&path, &line).unwrap();
    assert!(fault(&path).contains("has a row of more than 16 MiB"), "{}", fault(&path));
    // A row without end.
    let path = folder.path().join("long.csv");
    fs::write(&path, [b"a,b\n1,\"".to_vec(), vec![b'x'; 20 << 20]].concat()).unwrap();
    assert!(
        fault(&path).contains("long.csv has a row of more than 16 MiB, which goes on in line 2"),
        "{}",
        fault(&path)
    );
}

/// An archive of one deflated member with these bytes, said to be of another size.
fn archive(packed: &[u8], size: u64) -> Vec<u8> {
    let name = b"x.npy";
    let wide = |at: u64| {
        let mut extra = vec![1, 0, 24, 0];
        [size, packed.len() as u64, at].iter().for_each(|value| extra.extend(value.to_le_bytes()));
        extra
    };
    let common = |extra: &[u8]| {
        let mut bytes = vec![45, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([0xFF; 8]);
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend((extra.len() as u16).to_le_bytes());
        bytes
    };
    let mut all = b"PK\x03\x04".to_vec();
    all.extend(common(&wide(0)));
    all.extend(name);
    all.extend(wide(0));
    all.extend(packed);
    let start = all.len() as u32;
    all.extend(b"PK\x01\x02\x2d\x00");
    all.extend(common(&wide(0)));
    all.extend([0; 10]);
    all.extend([0xFF; 4]);
    all.extend(name);
    all.extend(wide(0));
    let length = all.len() as u32 - start;
    all.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    all.extend(length.to_le_bytes());
    all.extend(start.to_le_bytes());
    all.extend([0, 0]);
    all
}

fn header(shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{text:<117}\n").bytes());
    bytes
}

/// A deflated header of numpy's with so many MiB of zeros, a kB each.
fn bomb(shape: &str, mebibytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&header(shape)).unwrap();
    encoder.flush().unwrap();
    let before = encoder.get_ref().len();
    let zeros = vec![0; 1 << 20];
    encoder.write_all(&zeros).unwrap();
    encoder.flush().unwrap();
    let first = encoder.get_ref()[before..].to_vec();
    encoder.write_all(&zeros).unwrap();
    encoder.flush().unwrap();
    // From here on a block says the same as the one before: repeat what lies behind.
    let again = encoder.get_ref()[before + first.len()..].to_vec();
    let mut all = encoder.get_ref().clone();
    (2..mebibytes).for_each(|_| all.extend(&again));
    all.extend([3, 0]);
    all
}

#[test]
fn an_archive_cannot_take_the_memory_that_it_claims() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.npz");
    // Sizes that no packing could have.
    fs::write(&path, archive(&bomb("(1, 4)", 2), 1 << 43)).unwrap();
    assert!(fault(&path).contains("member `x.npy` is said to unpack from"), "{}", fault(&path));
    // A true one: 4 GiB in 5 MB. What it says of itself holds, and is refused before it is unpacked.
    let mebibytes = 4096;
    let bytes = bomb("(1048576, 1024)", mebibytes);
    fs::write(&path, archive(&bytes, 128 + ((mebibytes as u64) << 20))).unwrap();
    let told = limited(&["data", path.to_str().unwrap()]);
    assert!(told.contains("[1048576, 1024]") && told.contains("of `x` the first 268 MB were looked at"), "{told}");
    assert!(told.contains("not read as it is: `x` unpacks to more than 1024 MiB"), "{told}");
    let program = folder.path().join("bomb.icl");
    fs::write(
        &program,
        "data images = shapes3d(values: [4, 1, 4, 1, 4, 1], embedding: array(\"bomb.npz\"))\nlet n = images.width\n",
    )
    .unwrap();
    let told = limited(&["check", program.to_str().unwrap()]);
    assert!(told.contains("unpacks `x` to more than 1024 MiB"), "{told}");
    // One that goes on behind its end.
    fs::write(&path, archive(&bomb("(512, 256)", 64), 128 + (512 << 10))).unwrap();
    assert!(fault(&path).contains("it is longer than the archive says"), "{}", fault(&path));
    // And one that its header makes larger than it is.
    fs::write(&path, archive(&bomb("(1048576, 1048576)", 2), 128 + (2 << 20))).unwrap();
    assert!(fault(&path).contains("says that `x` has 4398046511104 bytes, but its member of the archive has"));
}

/// What `icl` prints with 600 MB of address space at most.
fn limited(arguments: &[&str]) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 600000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_icl")]).args(arguments);
    let output = command.env("COLUMNS", "200").output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(output.status.code().is_some() && !told.contains("panicked") && !told.contains("allocation"), "{told}");
    told
}
