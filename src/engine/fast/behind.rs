//! The backward pass over some sequences: adds the gradients of parameters to those of other sequences.

use super::ahead::{Pass, add, rows};
use super::layout::Part;
use super::space::Values;
use super::steps::Back;
use crate::engine::batch::Input;
use crate::engine::kernels::product::{From, Panels, gradient, pieces, product};
use crate::engine::kernels::{activation, attention, norm};

impl Pass<'_> {
    /// Runs the backward steps of a plan, whose outputs' gradients are there. In a lane's `first` pass the gradients that
    /// the plan wants zeroed are zero, and others hold nothing.
    pub fn backward(
        &self,
        steps: &[Back],
        values: &mut Values<'_>,
        scratch: &mut [f32],
        gradients: &mut [f32],
        first: bool,
    ) {
        for step in steps {
            self.back(step, values, scratch, gradients, first);
        }
    }

    fn back(&self, step: &Back, values: &mut Values<'_>, scratch: &mut [f32], gradients: &mut [f32], first: bool) {
        let sequences = values.sequences;
        match step {
            Back::ReadIn { weight, bias, grad } => {
                let from = values.get(*grad);
                let [for_weight, for_bias] = both(gradients, *weight, *bias);
                match &self.batch.input {
                    Input::Dense(dense) => {
                        let x = self.dense(dense, sequences);
                        gradient(
                            x,
                            rows(from, *grad, sequences),
                            weight.rows,
                            for_weight,
                            Some(for_bias),
                            false,
                            scratch,
                        );
                    }
                    Input::Labels(labels) => {
                        for (row, &label) in from.chunks_exact(grad.apart).zip(self.labels(labels, sequences)) {
                            add(&mut for_bias[..grad.width], row);
                            for (place, columns) in pieces(label as usize, weight.rows, weight.columns) {
                                add(&mut for_weight[place], &row[columns]);
                            }
                        }
                    }
                }
            }
            Back::Linear { x, weight, bias, across, grad, for_x, add, fresh } => {
                let ([from, grads], [to]) = values.split([*x, *grad], [*for_x]);
                let grads = rows(grads, *grad, sequences);
                let [for_weight, for_bias] = both(gradients, *weight, *bias);
                let fresh = *fresh && first;
                gradient(rows(from, *x, sequences), grads, weight.rows, for_weight, Some(for_bias), fresh, scratch);
                let (inner, columns) = (across.of.columns, across.used);
                let weight = Panels { values: &self.across[across.range()], inner, rows: inner, columns };
                product(grads, weight, if *add { From::Held } else { From::Zero }, to, for_x.apart);
            }
            Back::Tied { x, weight, bias, grad, for_x, add: held } => {
                let ([from, grads], [to]) = values.split([*x, *grad], [*for_x]);
                let (x, grads) = (rows(from, *x, sequences), rows(grads, *grad, sequences));
                let [for_weight, for_bias] = both(gradients, *weight, *bias);
                gradient(grads, x, weight.rows, for_weight, None, false, scratch);
                grads.values.chunks_exact(grad.apart).for_each(|row| add(&mut for_bias[..grad.width], row));
                let weight = Panels { inner: grad.width, ..self.panels(*weight) };
                product(grads, weight, if *held { From::Held } else { From::Zero }, to, for_x.apart);
            }
            Back::Positions { table, grad } => {
                let to = &mut gradients[table.range()];
                for rows in values.get(*grad).chunks_exact(grad.rows * grad.apart) {
                    for (token, row) in rows.chunks_exact(grad.apart).enumerate() {
                        for (place, columns) in pieces(token, table.rows, table.columns) {
                            add(&mut to[place], &row[columns]);
                        }
                    }
                }
            }
            Back::Norm { x, stats, scale, shift, grad } => {
                let ([from, stats], [to]) = values.split([*x, *stats], [*grad]);
                let [for_scale, for_shift] = both(gradients, *scale, *shift);
                norm::backward(from, stats, x.apart, x.width, self.part(*scale), to, for_scale, for_shift);
            }
            Back::Turn { turning, grad } => {
                let values = values.get_mut(*grad);
                attention::rotate(
                    values,
                    grad.apart,
                    turning.width,
                    (turning.head, turning.turned),
                    &turning.turns,
                    true,
                );
            }
            Back::Attention { attending, queries, keys, pattern, grad, for_queries, for_keys } => {
                let fixed = self.fixed(attending);
                let changes = self.changes(&fixed);
                // Values were mixed by the scaled pattern, where there is one.
                let scaled = attending.scaled.unwrap_or(*pattern);
                let ([asking, seen, pattern, scaled, grads], [to_queries, to_keys]) =
                    values.split([*queries, *keys, *pattern, scaled, *grad], [*for_queries, *for_keys]);
                let (asking, seen) = ((asking, queries.apart), (seen, keys.apart));
                let (patterns, grads) = ((pattern, scaled), (grads, grad.apart));
                let sizes = attending.sizes();
                attention::backward(&sizes, asking, seen, patterns, grads, to_queries, to_keys, &changes, scratch);
            }
            Back::Values { grad, to } => {
                let ([from], [target]) = values.split([*grad], [*to]);
                target.fill(0.0);
                for (from, target) in from.chunks_exact(grad.apart).zip(target.chunks_exact_mut(to.apart)) {
                    target[to.width - grad.width..to.width].copy_from_slice(&from[..grad.width]);
                }
            }
            Back::Times { grad, factors } => {
                let ([factors], [to]) = values.split([*factors], [*grad]);
                activation::times(to, factors);
            }
            Back::Scatter { grad, rows, to, fresh } => {
                let ([from], [target]) = values.split([*grad], [*to]);
                if *fresh {
                    target.fill(0.0);
                }
                let sequences = from.chunks_exact(grad.rows * grad.apart);
                for (from, target) in sequences.zip(target.chunks_exact_mut(to.rows * to.apart)) {
                    for (&row, from) in rows.iter().zip(from.chunks_exact(grad.apart)) {
                        add(&mut target[row * to.apart..][..to.apart], from);
                    }
                }
            }
            Back::ScatterEach { grad, output, to, fresh } => {
                let ([from], [target]) = values.split([*grad], [*to]);
                if *fresh {
                    target.fill(0.0);
                }
                let sequences = from.chunks_exact(grad.rows * grad.apart);
                let each = self.read_each(*output, grad.rows);
                for ((from, target), tokens) in sequences.zip(target.chunks_exact_mut(to.rows * to.apart)).zip(each) {
                    for (&token, from) in tokens.iter().zip(from.chunks_exact(grad.apart)) {
                        add(&mut target[token * to.apart..][..to.apart], from);
                    }
                }
            }
            Back::Stop { grad, columns } => {
                let rows = values.get_mut(*grad).chunks_exact_mut(grad.apart);
                rows.for_each(|row| row[columns.clone()].fill(0.0));
            }
            Back::Add { to, other } => {
                let ([other], [to]) = values.split([*other], [*to]);
                add(to, other);
            }
            Back::Copy { from, to } => {
                let ([from], [to]) = values.split([*from], [*to]);
                to.copy_from_slice(from);
            }
        }
    }
}

/// The gradients of two parameters.
fn both(gradients: &mut [f32], first: Part, second: Part) -> [&mut [f32]; 2] {
    gradients.get_disjoint_mut([first.range(), second.range()]).expect("parameters do not overlap")
}
