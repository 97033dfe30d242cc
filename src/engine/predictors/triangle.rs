//! An upper triangle R with R'R = X'X for rows X seen one at a time, and the targets in the same rotation: QR by Givens
//! rotations (Golub and Van Loan, section 6.5), without ever squaring the condition of X.

use super::vectors::{Rotation, add, dot, norm};

/// The triangular factor of the rows so far.
#[derive(Clone)]
pub struct Triangle {
    size: usize,
    /// Columns that there is room for.
    room: usize,
    outputs: usize,
    /// `[room, room]` row-major.
    cells: Vec<f64>,
    /// The rotated targets, `[room, outputs]`.
    targets: Vec<f64>,
}

impl Triangle {
    /// A triangle without columns, with room for some.
    pub fn new(room: usize, outputs: usize) -> Self {
        Self { size: 0, room, outputs, cells: vec![0.0; room * room], targets: vec![0.0; room * outputs] }
    }

    /// The factor of a multiple of the identity, whose targets are 0.
    pub fn diagonal(size: usize, value: f64, outputs: usize) -> Self {
        let mut triangle = Self::new(size, outputs);
        triangle.size = size;
        (0..size).for_each(|at| triangle.cells[at * size + at] = value);
        triangle
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Adds a column in which every row so far is 0.
    pub fn grow(&mut self) {
        let last = self.size;
        self.size += 1;
        (0..self.size).for_each(|row| self.cells[row * self.room + last] = 0.0);
        self.cells[last * self.room..][..last].fill(0.0);
        self.targets[last * self.outputs..][..self.outputs].fill(0.0);
    }

    /// Rotates a further row and its targets in; both are used up.
    pub fn append(&mut self, row: &mut [f64], targets: &mut [f64]) {
        debug_assert_eq!(row.len(), self.size);
        for at in 0..self.size {
            if row[at] == 0.0 {
                continue;
            }
            let mine = &mut self.cells[at * self.room + at..at * self.room + self.size];
            let (rotation, length) = Rotation::onto_first(mine[0], row[at]);
            mine[0] = length;
            rotation.rotate(&mut mine[1..], &mut row[at + 1..]);
            rotation.rotate(&mut self.targets[at * self.outputs..][..self.outputs], targets);
        }
    }

    /// What the least-squares weights of the rows so far predict at an input, which is used up. No pivot may be 0.
    pub fn predict(&self, input: &mut [f64], into: &mut [f64]) {
        self.solve_transposed(input, 0.0);
        into.fill(0.0);
        for (at, weight) in input.iter().enumerate() {
            add(into, *weight, &self.targets[at * self.outputs..][..self.outputs]);
        }
    }

    /// The direction in which the rows so far vary least, of length 1, and how much they vary there: an upper bound of
    /// the least singular value, which is close where that value lies well below the next. By inverse iteration; pivots
    /// count as at least `floor`.
    pub fn weakest(&self, floor: f64) -> (Vec<f64>, f64) {
        let mut direction = vec![0.0; self.size];
        direction[self.size - 1] = 1.0;
        let mut least = f64::INFINITY;
        for _ in 0..3 {
            self.solve_transposed(&mut direction, floor);
            normalise(&mut direction);
            self.solve(&mut direction, floor);
            least = 1.0 / normalise(&mut direction);
        }
        (direction, least)
    }

    /// Forgets a direction of length 1: turns the columns until it is the last, and drops that. `turned` sees every
    /// rotation, of columns `at + 1` and `at`.
    pub fn forget(&mut self, mut direction: Vec<f64>, mut turned: impl FnMut(usize, Rotation)) {
        let room = self.room;
        for at in 0..self.size - 1 {
            let (rotation, length) = Rotation::onto_first(direction[at + 1], direction[at]);
            (direction[at + 1], direction[at]) = (length, 0.0);
            for row in 0..=at + 1 {
                let cells = &mut self.cells[row * room + at..][..2];
                (cells[1], cells[0]) = rotation.pair(cells[1], cells[0]);
            }
            turned(at, rotation);
            // The turn has filled one cell below the diagonal.
            let (upper, lower) = self.cells.split_at_mut((at + 1) * room);
            let (upper, lower) = (&mut upper[at * room + at..at * room + self.size], &mut lower[at..self.size]);
            let (rotation, length) = Rotation::onto_first(upper[0], lower[0]);
            (upper[0], lower[0]) = (length, 0.0);
            rotation.rotate(&mut upper[1..], &mut lower[1..]);
            let (upper, lower) = self.targets.split_at_mut((at + 1) * self.outputs);
            rotation.rotate(&mut upper[at * self.outputs..], &mut lower[..self.outputs]);
        }
        self.size -= 1;
    }

    /// Solves R' a = values in place.
    fn solve_transposed(&self, values: &mut [f64], floor: f64) {
        for at in 0..self.size {
            let row = &self.cells[at * self.room..][..self.size];
            let solved = values[at] / pivot(row[at], floor);
            values[at] = solved;
            add(&mut values[at + 1..], -solved, &row[at + 1..]);
        }
    }

    /// Solves R a = values in place.
    fn solve(&self, values: &mut [f64], floor: f64) {
        for at in (0..self.size).rev() {
            let row = &self.cells[at * self.room..][..self.size];
            let known = dot(&row[at + 1..], &values[at + 1..]);
            values[at] = (values[at] - known) / pivot(row[at], floor);
        }
    }
}

fn pivot(value: f64, floor: f64) -> f64 {
    if value.abs() < floor { floor } else { value }
}

/// Makes a vector one of length 1 and gives the length that it had.
fn normalise(values: &mut [f64]) -> f64 {
    let length = norm(values);
    values.iter_mut().for_each(|value| *value /= length);
    length
}
