//! What a probe is to tell: labels or numbers of a task, at every token where the probe reads.

use crate::engine::batch::Targets;
use crate::engine::corpus::labels_of;
use crate::engine::error::Result;
use crate::engine::readers::ridge::Columns;
use crate::engine::readers::score::{LabelScore, NumberScore};
use crate::engine::sampler::Sample;
use crate::program::task::{NodeId, Task};
use std::ops::Range;

/// One target of a probe, `[sequences x tokens]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Labels { classes: usize, values: Vec<u32> },
    Numbers { width: usize, values: Vec<f64> },
}

impl Told {
    /// The targets under some names, label by label, in every sequence at some examples.
    #[must_use]
    pub fn of(task: &Task, nodes: &[NodeId], drawn: &Sample, examples: &[usize]) -> Vec<Self> {
        let mut all = Vec::new();
        for &node in nodes {
            let at = &task.nodes[node];
            for (label, &classes) in at.labels.iter().enumerate() {
                all.push(Self::Labels { classes, values: labels_of(drawn, node, label, examples) });
            }
            if at.labels.is_empty() {
                let values = drawn.of(node);
                let each = (0..drawn.sequences).flat_map(|sequence| examples.iter().map(move |&at| (sequence, at)));
                let width = at.shape.iter().product::<usize>().max(1);
                let values = each.flat_map(|(sequence, at)| values.at(sequence, at).iter().copied()).collect();
                all.push(Self::Numbers { width, values });
            }
        }
        all
    }

    /// Outputs of a reader that tell it.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Labels { classes, .. } => *classes,
            Self::Numbers { width, .. } => *width,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Labels { values, .. } => values.len(),
            Self::Numbers { width, values } => values.len() / width,
        }
    }

    /// Some rows as columns of the outputs of a reader.
    #[must_use]
    pub fn columns(&self, rows: &Range<usize>, at: &Range<usize>) -> Columns<'_> {
        match self {
            Self::Labels { values, .. } => Columns::Labels { labels: &values[rows.clone()], at: at.clone() },
            Self::Numbers { width, values } => {
                Columns::Numbers { values: &values[rows.start * width..rows.end * width], at: at.clone() }
            }
        }
    }

    /// A score of no rows yet; `likelihood` says whether a reader's outputs are logits of what it believes.
    #[must_use]
    pub fn sum(&self, likelihood: bool) -> Sum {
        match self {
            Self::Labels { .. } => Sum::Labels(LabelScore::new(likelihood)),
            Self::Numbers { width, .. } => Sum::Numbers(NumberScore::new(vec![0.0; *width])),
        }
    }

    /// Adds what a reader predicts of some rows, in rows of so many `outputs`, this target `at` some of them.
    ///
    /// # Errors
    /// If sizes do not fit.
    pub fn add_to(
        &self,
        sum: &mut Sum,
        rows: &Range<usize>,
        predicted: &[f64],
        outputs: usize,
        at: Range<usize>,
    ) -> Result<()> {
        match (self, sum) {
            (Self::Labels { values, .. }, Sum::Labels(sum)) => sum.add(predicted, outputs, at, &values[rows.clone()]),
            (Self::Numbers { width, values }, Sum::Numbers(sum)) => {
                sum.add(predicted, outputs, at, &values[rows.start * width..rows.end * width])
            }
            _ => Ok(()),
        }
    }

    /// The same in another order of rows: row `i` is what row `order[i]` was.
    #[must_use]
    pub fn ordered(&self, order: &[u32]) -> Self {
        match self {
            Self::Labels { classes, values } => {
                Self::Labels { classes: *classes, values: order.iter().map(|&row| values[row as usize]).collect() }
            }
            Self::Numbers { width, values } => {
                let row = |&row: &u32| values[row as usize * width..][..*width].iter().copied();
                Self::Numbers { width: *width, values: order.iter().flat_map(row).collect() }
            }
        }
    }

    /// As targets of a loss.
    #[must_use]
    pub fn targets(&self) -> Targets {
        match self {
            Self::Labels { values, .. } => Targets::Labels(values.clone()),
            Self::Numbers { width, values } => {
                Targets::Numbers { width: *width, values: values.iter().map(|&value| value as f32).collect() }
            }
        }
    }

    /// What a reader that knows nothing scores: of labels one in so many, of numbers the squared error of the mean of
    /// those that it was fitted on.
    #[must_use]
    pub fn chance(&self, fitted_on: &Self) -> f64 {
        match (self, fitted_on) {
            (Self::Numbers { width, values }, Self::Numbers { values: known, .. }) => {
                let mut means = vec![0.0; *width];
                for row in known.chunks_exact(*width) {
                    means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
                }
                let rows = (known.len() / width) as f64;
                let errors = values.iter().enumerate().map(|(at, value)| (value - means[at % width] / rows).powi(2));
                errors.sum::<f64>() / values.len() as f64
            }
            (told, _) => 1.0 / told.width() as f64,
        }
    }
}

/// The score of one target while rows are added.
#[derive(Clone, Debug)]
pub enum Sum {
    Labels(LabelScore),
    Numbers(NumberScore),
}

impl Sum {
    /// Accuracy of labels, squared error of numbers.
    #[must_use]
    pub fn value(&self) -> f64 {
        match self {
            Self::Labels(sum) => sum.accuracy(),
            Self::Numbers(sum) => sum.squared_error(),
        }
    }

    /// Of labels, where the reader gives probabilities; none where it is not finite.
    #[must_use]
    pub fn cross_entropy(&self) -> Option<f64> {
        match self {
            Self::Labels(sum) => sum.cross_entropy().filter(|loss| loss.is_finite()),
            Self::Numbers(_) => None,
        }
    }

    /// Of numbers.
    #[must_use]
    pub fn r2(&self) -> Option<f64> {
        match self {
            Self::Labels(_) => None,
            Self::Numbers(sum) => Some(sum.r2()),
        }
    }
}
