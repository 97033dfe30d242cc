//! The losses of a batch, sequence by sequence.

use super::space::Values;
use super::steps::Output;
use crate::engine::batch::{Batch, Loss, Term};
use crate::engine::kernels::loss::Head;
use std::sync::atomic::{AtomicU64, Ordering};

/// The terms of a loss over a batch, and what each sequence has lost.
#[derive(Debug)]
pub struct Losses<'a> {
    terms: &'a [Term],
    heads: Vec<Head<'a>>,
    /// The bits of a loss for each term and sequence, so that their sum does not depend on who computed them.
    lost: Vec<AtomicU64>,
    sequences: usize,
}

impl<'a> Losses<'a> {
    #[must_use]
    pub fn new(batch: &'a Batch, terms: &'a [Term]) -> Self {
        let head = |term: &Term| {
            let targets = &batch.targets[term.targets];
            Head::new(term.columns.clone(), targets, targets.len() / batch.sequences.max(1))
        };
        let lost = (0..terms.len() * batch.sequences).map(|_| AtomicU64::new(0)).collect();
        Self { terms, heads: terms.iter().map(head).collect(), lost, sequences: batch.sequences }
    }

    /// Notes the losses of a pass over sequences from `first` on, and writes the gradients of its outputs.
    pub fn of(&self, outputs: &[Output], values: &mut Values<'_>, first: usize) {
        for output in outputs {
            if let Some(grad) = output.grad {
                values.get_mut(grad).fill(0.0);
            }
        }
        for (place, (term, head)) in self.terms.iter().zip(&self.heads).enumerate() {
            let Some(output) = outputs.iter().find(|output| output.number == term.output) else { continue };
            let Some(grad) = output.grad else { continue };
            let count = values.sequences;
            let ([predicted], [to]) = values.split([output.value], [grad]);
            let each = grad.rows * grad.apart;
            let shared = self.terms[..place].iter().any(|other| {
                other.output == term.output
                    && other.columns.start < term.columns.end
                    && term.columns.start < other.columns.end
            });
            let mut own = if shared { vec![0.0; each] } else { Vec::new() };
            for at in 0..count {
                let (predicted, to) = (&predicted[at * each..][..each], &mut to[at * each..][..each]);
                let lost = if shared {
                    own.fill(0.0);
                    let lost = head.loss(predicted, grad.apart, first + at, term.weight, &mut own);
                    super::ahead::add(to, &own);
                    lost
                } else {
                    head.loss(predicted, grad.apart, first + at, term.weight, to)
                };
                self.lost[place * self.sequences + first + at].store(lost.to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// The loss of the whole batch.
    #[must_use]
    pub fn total(&self) -> Loss {
        let lost = |place: usize| {
            let own = &self.lost[place * self.sequences..][..self.sequences];
            own.iter().map(|bits| f64::from_bits(bits.load(Ordering::Relaxed))).sum::<f64>()
        };
        let terms: Vec<f64> = (0..self.terms.len()).map(lost).collect();
        Loss { total: terms.iter().zip(self.terms).map(|(loss, term)| loss * term.weight).sum(), terms }
    }
}
