//! Data files that programs of the tests read.

/// A table of thirty words with two attributes.
pub fn words() -> String {
    let mut table = String::from("word\tcategory\tsize\n");
    for at in 0..30 {
        table += &format!("word{at}\tkind{}\tsize{}\n", at % 3, at % 2);
    }
    table
}

/// Embeddings of 64 images: a `.npy` file of 64 rows of 16 numbers.
pub fn embeddings() -> Vec<u8> {
    let mut header = String::from("{'descr': '<f4', 'fortran_order': False, 'shape': (64, 16), }");
    // The header ends with a line feed, and the numbers begin at a multiple of 64 bytes.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.bytes());
    file.extend((0..64 * 16).flat_map(|at| (at as f32 / 1024.0).to_le_bytes()));
    file
}
