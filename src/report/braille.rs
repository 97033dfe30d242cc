//! A grid of braille dots, two across and four down to a character, shared by several arms.

/// Which arms have dots in each cell.
#[derive(Clone, Debug)]
pub struct Dots {
    columns: usize,
    rows: usize,
    /// Per cell and arm, the dots that are set.
    cells: Vec<Vec<u8>>,
}

/// The bit of the dot at `(x % 2, y % 4)`.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Dots {
    /// An empty grid for `arms` arms.
    pub fn new(columns: usize, rows: usize, arms: usize) -> Self {
        Self { columns, rows, cells: vec![vec![0; arms]; columns * rows] }
    }

    /// Sets a dot; dots outside the grid are dropped.
    pub fn set(&mut self, x: usize, y: usize, arm: usize) {
        if x / 2 < self.columns && y / 4 < self.rows {
            self.cells[y / 4 * self.columns + x / 2][arm] |= BITS[x % 2][y % 4];
        }
    }

    /// The character of a cell with all its dots, and the arms that have a dot there.
    pub fn cell(&self, column: usize, row: usize) -> (char, Vec<usize>) {
        let cell = &self.cells[row * self.columns + column];
        let all = cell.iter().fold(0, |all, bits| all | bits);
        let arms = (0..cell.len()).filter(|arm| cell[*arm] != 0).collect();
        (char::from_u32(0x2800 + u32::from(all)).unwrap_or(' '), arms)
    }
}
