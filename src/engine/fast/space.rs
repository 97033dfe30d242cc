//! The memory in which one thread runs passes.

use super::buffer::Buffer;
use super::steps::{Plan, Region};

/// An arena, and room for kernels to work in.
#[derive(Debug, Default)]
pub struct Space {
    arena: Buffer,
    scratch: Buffer,
}

impl Space {
    /// Makes room for a plan.
    pub fn fit(&mut self, plan: &Plan) {
        if self.arena.len() < plan.size {
            self.arena = Buffer::new(plan.size);
        }
        if self.scratch.len() < plan.scratch {
            self.scratch = Buffer::new(plan.scratch);
        }
    }

    /// The values of a pass over so many sequences.
    pub fn values(&mut self, sequences: usize) -> (Values<'_>, &mut [f32]) {
        (Values { arena: &mut self.arena, sequences }, &mut self.scratch)
    }
}

/// The values of a pass over some sequences.
#[derive(Debug)]
pub struct Values<'a> {
    arena: &'a mut [f32],
    pub sequences: usize,
}

impl Values<'_> {
    /// Numbers of a region, padding included.
    #[must_use]
    pub fn count(&self, region: Region) -> usize {
        self.rows(region) * region.apart
    }

    /// Rows of a region.
    #[must_use]
    pub fn rows(&self, region: Region) -> usize {
        region.rows * self.sequences
    }

    /// A region's numbers.
    #[must_use]
    pub fn get(&self, region: Region) -> &[f32] {
        &self.arena[region.offset..][..self.count(region)]
    }

    /// A region's numbers, to be changed.
    pub fn get_mut(&mut self, region: Region) -> &mut [f32] {
        let count = self.count(region);
        &mut self.arena[region.offset..][..count]
    }

    /// Several regions at once, the last of which are to be changed.
    ///
    /// # Panics
    /// If one that is changed overlaps another.
    pub fn split<const READ: usize, const CHANGED: usize>(
        &mut self,
        read: [Region; READ],
        changed: [Region; CHANGED],
    ) -> ([&[f32]; READ], [&mut [f32]; CHANGED]) {
        let range = |region: Region| region.offset..region.offset + self.count(region);
        for (place, &own) in changed.iter().enumerate() {
            let own = range(own);
            let others = read.iter().chain(&changed[..place]);
            for other in others.map(|&other| range(other)) {
                assert!(own.end <= other.start || other.end <= own.start, "a plan gives every value its own place");
            }
            assert!(own.end <= self.arena.len());
        }
        let whole = self.arena.len();
        let counts = read.map(|region| self.count(region));
        let changed_counts = changed.map(|region| self.count(region));
        let start = self.arena.as_mut_ptr();
        let mut at = 0;
        let read = read.map(|region| {
            let count = counts[at];
            at += 1;
            assert!(region.offset + count <= whole);
            // SAFETY: inside the arena, and no changed region overlaps it.
            unsafe { std::slice::from_raw_parts(start.add(region.offset).cast_const(), count) }
        });
        let mut at = 0;
        let changed = changed.map(|region| {
            let count = changed_counts[at];
            at += 1;
            // SAFETY: inside the arena, and no other region overlaps it.
            unsafe { std::slice::from_raw_parts_mut(start.add(region.offset), count) }
        });
        (read, changed)
    }
}
