//! Where the parameters of a model lie in its seat: one behind the other as the program names them, with nothing between
//! them, since the norm of all gradients is that of all words; behind them the first moments and the second.

use crate::engine::program::{Parameter, ParameterId, Program};

/// The places of a program's parameters.
#[derive(Clone, Debug)]
pub struct Layout {
    starts: Vec<usize>,
    counts: Vec<usize>,
    /// Words of all parameters, those between them included.
    pub len: usize,
}

impl Layout {
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let counts: Vec<usize> = program.parameters.iter().map(Parameter::count).collect();
        let mut len = 0;
        let starts = counts.iter().map(|count| {
            let start = len;
            len += count;
            start
        });
        let starts = starts.collect();
        Self { starts, counts, len }
    }

    /// The first word of a parameter.
    #[must_use]
    pub fn start(&self, parameter: ParameterId) -> usize {
        self.starts[parameter]
    }

    /// Words of a seat.
    #[must_use]
    pub fn seat(&self) -> usize {
        3 * self.len
    }

    /// Numbers by parameter, as words in their places.
    pub fn write(&self, numbers: &[Vec<f64>], words: &mut [u32]) {
        for (numbers, &start) in numbers.iter().zip(&self.starts) {
            for (word, number) in words[start..].iter_mut().zip(numbers) {
                *word = (*number as f32).to_bits();
            }
        }
    }

    /// Words in their places, as numbers by parameter.
    #[must_use]
    pub fn read(&self, words: &[u32]) -> Vec<Vec<f64>> {
        let each = self.starts.iter().zip(&self.counts);
        each.map(|(&start, &count)| {
            words[start..start + count].iter().map(|&word| f64::from(f32::from_bits(word))).collect()
        })
        .collect()
    }
}
