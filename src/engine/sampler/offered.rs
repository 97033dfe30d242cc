//! The rows that a data source offers, and how a sequence draws them. It draws them at random, so that the less memory
//! they lie in, the less often it is waited for.

use super::values::whole;
use crate::engine::streams::Stream;
use std::ops::Range;

/// Rows of a data source.
pub enum Offered {
    /// Those that ascend close by one another: the first of every stretch, and how far beyond it each lies.
    Close {
        firsts: Vec<u32>,
        beyond: Vec<u8>,
    },
    Any(Vec<u32>),
}

/// Rows of a stretch: few enough that the fifth of all rows that is held out lies close.
const STRETCH: usize = 16;
/// Rows that are drawn at a time.
const SOME: usize = 64;

impl Offered {
    pub fn of(rows: &[u32]) -> Self {
        let firsts: Vec<u32> = rows.iter().step_by(STRETCH).copied().collect();
        let beyond = |(place, row): (usize, &u32)| u8::try_from(row.checked_sub(firsts[place / STRETCH])?).ok();
        match rows.iter().enumerate().map(beyond).collect() {
            Some(beyond) => Self::Close { firsts, beyond },
            None => Self::Any(rows.to_vec()),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Close { beyond, .. } => beyond.len(),
            Self::Any(rows) => rows.len(),
        }
    }

    #[inline]
    fn at(&self, place: usize) -> u32 {
        match self {
            Self::Close { firsts, beyond } => firsts[place / STRETCH] + u32::from(beyond[place]),
            Self::Any(rows) => rows[place],
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<u32> {
        (0..self.len()).map(|place| self.at(place)).collect()
    }

    /// One of them, each as likely.
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        self.at(stream.below(self.len() as u64) as usize)
    }

    /// Draws the rows of some positions of a sequence, given those of all before; `new` if no row may be shown twice.
    /// There must be enough of them.
    pub fn fill(&self, shown: &mut [f64], positions: Range<usize>, mut new: Option<&mut Marks>, stream: &mut Stream) {
        if let Some(marks) = &mut new {
            shown[..positions.start].iter().for_each(|row| marks.set(whole(*row)));
        }
        let mut rows = [0; SOME];
        let mut made = positions.start;
        while made < positions.end {
            let rows = &mut rows[..SOME.min(positions.end - made)];
            stream.fill_below(self.len() as u64, rows);
            rows.iter_mut().for_each(|row| *row = self.at(*row as usize));
            for &row in &*rows {
                if let Some(marks) = &mut new {
                    if marks.has(row) && shown[..made].contains(&f64::from(row)) {
                        continue;
                    }
                    marks.set(row);
                }
                shown[made] = f64::from(row);
                made += 1;
            }
        }
        if let Some(marks) = new {
            shown[..positions.end].iter().for_each(|row| marks.clear(whole(*row)));
        }
    }
}

/// A mark for the last bits of each row that is shown. Almost all rows fall on none, and are new without a look through
/// the others.
pub struct Marks([u64; Self::WORDS]);

impl Marks {
    const WORDS: usize = 512;

    pub fn new() -> Self {
        Self([0; Self::WORDS])
    }

    fn word(row: u32) -> usize {
        row as usize / 64 % Self::WORDS
    }

    #[inline]
    fn has(&self, row: u32) -> bool {
        self.0[Self::word(row)] >> (row % 64) & 1 == 1
    }

    #[inline]
    fn set(&mut self, row: u32) {
        self.0[Self::word(row)] |= 1 << (row % 64);
    }

    #[inline]
    fn clear(&mut self, row: u32) {
        self.0[Self::word(row)] = 0;
    }
}
