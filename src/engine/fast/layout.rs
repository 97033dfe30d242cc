//! Where the parameters of a program stand in one flat buffer; gradients and moments stand likewise.

use crate::engine::kernels::product::{pack, padded, unpack};
use crate::engine::program::{Kind, Operation, Parameter, ParameterId, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Columns of a matrix that one operation uses, in panels; of a vector, padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub offset: usize,
    pub rows: usize,
    /// The first of its columns in the parameter.
    pub first: usize,
    pub columns: usize,
}

impl Part {
    /// Its numbers in the buffer.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.rows * padded(self.columns)
    }
}

/// The panels of the transpose of some rows of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Across {
    pub of: Part,
    pub used: usize,
    /// In the buffer of transposes.
    pub offset: usize,
}

impl Across {
    /// Its numbers in the buffer of transposes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.of.columns * padded(self.used)
    }
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The parts of every parameter, in the order of the program's.
    pub parameters: Vec<Vec<Part>>,
    pub len: usize,
    pub across: Vec<Across>,
    pub across_len: usize,
    /// How many of the transposes, the first ones, a forward pass reads, and what they take of the buffer.
    pub ahead: (usize, usize),
}

impl Layout {
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let mut cuts: BTreeMap<ParameterId, BTreeSet<usize>> = BTreeMap::new();
        let mut cut = |id: ParameterId, columns: &Range<usize>| {
            cuts.entry(id).or_default().extend([columns.start, columns.end]);
        };
        for operation in operations(program) {
            if let Kind::Linear { weight, bias, columns } = &operation.kind {
                cut(*weight, columns);
                cut(*bias, columns);
            }
        }
        let mut layout = Self { parameters: Vec::new(), len: 0, across: Vec::new(), across_len: 0, ahead: (0, 0) };
        for (id, parameter) in program.parameters.iter().enumerate() {
            let (rows, columns) = sizes(parameter);
            let mut at: Vec<usize> = cuts.get(&id).into_iter().flatten().copied().collect();
            at.extend([0, columns]);
            at.sort_unstable();
            at.dedup();
            let parts = at.windows(2).map(|ends| {
                let part = Part { offset: layout.len, rows, first: ends[0], columns: ends[1] - ends[0] };
                layout.len = part.range().end;
                part
            });
            let parts = parts.collect();
            layout.parameters.push(parts);
        }
        for operation in operations(program) {
            if let Kind::Tied { weight, bias } = &operation.kind {
                let of = layout.parameters[*weight][0];
                layout.transpose(of, layout.parameters[*bias][0].columns);
            }
        }
        layout.ahead = (layout.across.len(), layout.across_len);
        for operation in operations(program) {
            if let Kind::Linear { weight, columns, .. } = &operation.kind {
                let of = layout.part(*weight, columns);
                layout.transpose(of, of.rows);
            }
        }
        layout
    }

    fn transpose(&mut self, of: Part, used: usize) {
        if self.across.iter().all(|across| (across.of, across.used) != (of, used)) {
            let across = Across { of, used, offset: self.across_len };
            self.across_len = across.range().end;
            self.across.push(across);
        }
    }

    /// The part of a parameter with these columns.
    ///
    /// # Panics
    /// If no operation uses them so.
    #[must_use]
    pub fn part(&self, id: ParameterId, columns: &Range<usize>) -> Part {
        let same = |part: &&Part| part.first == columns.start && part.columns == columns.len();
        *self.parameters[id].iter().find(same).expect("parameters are cut where operations use them")
    }

    /// The transpose of the first `used` rows of a part.
    ///
    /// # Panics
    /// If no operation needs it.
    #[must_use]
    pub fn across(&self, of: Part, used: usize) -> Across {
        let same = |across: &&Across| (across.of, across.used) == (of, used);
        *self.across.iter().find(same).expect("what operations need is laid out")
    }

    /// Writes a parameter's numbers, in rows, to where they stand in `to`.
    pub fn put(&self, id: ParameterId, values: &[f32], to: &mut [f32]) {
        for part in &self.parameters[id] {
            let apart = self.columns(id);
            pack(values, apart, part.first, part.columns, &mut to[part.range()]);
        }
    }

    /// A parameter's numbers, in rows.
    #[must_use]
    pub fn get(&self, id: ParameterId, from: &[f32]) -> Vec<f32> {
        let apart = self.columns(id);
        let mut values = vec![0.0; apart * self.parameters[id][0].rows];
        for part in &self.parameters[id] {
            unpack(&from[part.range()], &mut values, apart, part.first, part.columns);
        }
        values
    }

    fn columns(&self, id: ParameterId) -> usize {
        self.parameters[id].iter().map(|part| part.columns).sum()
    }
}

fn operations(program: &Program) -> impl Iterator<Item = &Operation> {
    program.listings.iter().flat_map(|listing| &listing.operations)
}

fn sizes(parameter: &Parameter) -> (usize, usize) {
    match parameter.shape[..] {
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        _ => unreachable!("parameters are vectors and matrices"),
    }
}
