//! The backward half of a plan: each operation's steps in reverse, and where gradients stand meanwhile.

use super::layout::{Layout, Part};
use super::plan::{Builder, Pending};
use super::steps::{Attending, Back, Output, Plan, Region, Turning};
use crate::engine::kernels::product::room;
use crate::engine::program::Slot;
use std::ops::Range;
use std::sync::Arc;

/// What the backward pass must know of an operation.
pub enum Note {
    /// Its output is its input, by another slot.
    Same {
        from: Slot,
        to: Slot,
    },
    ReadIn {
        weight: Part,
        bias: Part,
        out: Slot,
    },
    Linear {
        x: Slot,
        weight: Part,
        bias: Part,
        sum: Option<Slot>,
        out: Slot,
    },
    Tied {
        x: Slot,
        weight: Part,
        bias: Part,
        out: Slot,
    },
    Positions {
        table: Part,
        from: Slot,
        to: Slot,
    },
    Norm {
        x: Slot,
        stats: Region,
        scale: Part,
        shift: Part,
        out: Slot,
    },
    Attention {
        attending: Attending,
        turns: Option<(Turning, Turning)>,
        queries: Slot,
        keys: Slot,
        pattern: Region,
        out: Slot,
    },
    Values {
        from: Slot,
        to: Slot,
    },
    Times {
        factors: Region,
        from: Slot,
        to: Slot,
    },
    Gather {
        rows: Arc<[usize]>,
        from: Slot,
        to: Slot,
    },
    GatherEach {
        output: usize,
        from: Slot,
        to: Slot,
    },
    Add {
        a: Slot,
        b: Slot,
        out: Slot,
    },
    Fix {
        slot: Slot,
        columns: Range<usize>,
    },
}

impl Plan {
    /// Notes which gradients the first pass writes anew: those of linear maps that no other step adds to before.
    pub(super) fn freshen(&mut self, layout: &Layout) {
        let (mut touched, mut written) = (Vec::new(), Vec::new());
        for step in &mut self.backward {
            match step {
                Back::Linear { weight, bias, fresh, .. } => {
                    let own = [weight.offset, bias.offset];
                    *fresh = own.iter().all(|offset| !touched.contains(offset));
                    if *fresh {
                        written.extend(own);
                    }
                    touched.extend(own);
                }
                Back::ReadIn { weight, bias, .. } | Back::Tied { weight, bias, .. } => {
                    touched.extend([weight.offset, bias.offset]);
                }
                _ => {}
            }
        }
        for part in layout.parameters.iter().flatten().filter(|part| !written.contains(&part.offset)) {
            match self.zeroed.last_mut() {
                Some(last) if last.end == part.offset => last.end = part.range().end,
                _ => self.zeroed.push(part.range()),
            }
        }
    }
}

impl Builder<'_> {
    /// Plans the way back through a list.
    pub(super) fn backward(&mut self, list: &Pending<'_>) {
        let mut grads: Vec<Option<Region>> = vec![None; list.values.len()];
        for at in 0..self.plan.outputs.len() {
            let Output { number, value, grad } = self.plan.outputs[at];
            if let Some(slot) = list.listing.outputs[number]
                && list.wanted[slot]
                && list.values[slot] == Some(value)
            {
                grads[slot] = grad;
            }
        }
        for note in list.notes.iter().rev() {
            self.back(list, note, &mut grads);
        }
    }

    fn back(&mut self, list: &Pending<'_>, note: &Note, grads: &mut [Option<Region>]) {
        let take = |grads: &mut [Option<Region>], slot: Slot| grads[slot].take().expect("what is used has a gradient");
        match note {
            Note::Same { from, to } => {
                let grad = take(grads, *to);
                self.give(grads, *from, grad);
            }
            Note::ReadIn { weight, bias, out } => {
                let grad = take(grads, *out);
                self.plan.backward.push(Back::ReadIn { weight: *weight, bias: *bias, grad });
                self.plan.scratch = self.plan.scratch.max(room(weight.rows));
                self.free(grad);
            }
            Note::Linear { x, weight, bias, sum, out } => {
                let grad = take(grads, *out);
                let across = self.layout.across(*weight, weight.rows);
                let value = list.value(*x);
                let (for_x, add) = self.into(grads, *x, value);
                let (weight, bias) = (*weight, *bias);
                self.plan.scratch = self.plan.scratch.max(room(value.width));
                self.plan.backward.push(Back::Linear {
                    x: value,
                    weight,
                    bias,
                    across,
                    grad,
                    for_x,
                    add,
                    fresh: false,
                });
                match sum {
                    Some(stream) => self.give(grads, *stream, grad),
                    None => self.free(grad),
                }
            }
            Note::Tied { x, weight, bias, out } => {
                let grad = take(grads, *out);
                let value = list.value(*x);
                let (for_x, add) = self.into(grads, *x, value);
                self.plan.backward.push(Back::Tied { x: value, weight: *weight, bias: *bias, grad, for_x, add });
                self.free(grad);
            }
            Note::Positions { table, from, to } => {
                let grad = take(grads, *to);
                self.plan.backward.push(Back::Positions { table: *table, grad });
                self.give(grads, *from, grad);
            }
            Note::Norm { x, stats, scale, shift, out } => {
                let grad = take(grads, *out);
                let (value, stats, scale, shift) = (list.value(*x), *stats, *scale, *shift);
                self.plan.backward.push(Back::Norm { x: value, stats, scale, shift, grad });
                self.give(grads, *x, grad);
            }
            Note::Attention { attending, turns, queries, keys, pattern, out } => {
                let grad = take(grads, *out);
                let (asking, seen) = (list.value(*queries), list.value(*keys));
                let for_queries = self.region(asking.rows, asking.width);
                let for_keys = self.region(seen.rows, seen.width);
                self.plan.backward.push(Back::Attention {
                    attending: attending.clone(),
                    queries: asking,
                    keys: seen,
                    pattern: *pattern,
                    grad,
                    for_queries,
                    for_keys,
                });
                if let Some((of_queries, of_keys)) = turns {
                    self.plan.backward.push(Back::Turn { turning: of_queries.clone(), grad: for_queries });
                    self.plan.backward.push(Back::Turn { turning: of_keys.clone(), grad: for_keys });
                }
                self.free(grad);
                self.give(grads, *queries, for_queries);
                self.give(grads, *keys, for_keys);
            }
            Note::Values { from, to } => {
                let grad = take(grads, *to);
                let value = list.value(*from);
                let region = self.region(value.rows, value.width);
                self.plan.backward.push(Back::Values { grad, to: region });
                self.free(grad);
                self.give(grads, *from, region);
            }
            Note::Times { factors, from, to } => {
                let grad = take(grads, *to);
                self.plan.backward.push(Back::Times { grad, factors: *factors });
                self.give(grads, *from, grad);
            }
            Note::Gather { rows, from, to } => {
                let grad = take(grads, *to);
                let (to, held) = self.into(grads, *from, list.value(*from));
                self.plan.backward.push(Back::Scatter { grad, rows: rows.clone(), to, fresh: !held });
                self.free(grad);
            }
            Note::GatherEach { output, from, to } => {
                let grad = take(grads, *to);
                let (to, held) = self.into(grads, *from, list.value(*from));
                self.plan.backward.push(Back::ScatterEach { grad, output: *output, to, fresh: !held });
                self.free(grad);
            }
            Note::Fix { slot, columns } => {
                let grad = grads[*slot].expect("what is used has a gradient");
                self.plan.backward.push(Back::Stop { grad, columns: columns.clone() });
            }
            Note::Add { a, b, out } => {
                let grad = take(grads, *out);
                let copy = self.region(grad.rows, grad.width);
                self.plan.backward.push(Back::Copy { from: grad, to: copy });
                self.give(grads, *a, grad);
                self.give(grads, *b, copy);
            }
        }
    }

    /// Hands a gradient on to `slot`, added to what it has.
    fn give(&mut self, grads: &mut [Option<Region>], slot: Slot, grad: Region) {
        match grads[slot] {
            None => grads[slot] = Some(grad),
            Some(to) => {
                self.plan.backward.push(Back::Add { to, other: grad });
                self.free(grad);
            }
        }
    }

    /// Where the gradient of `slot` is written, and whether it is added to what stands there.
    fn into(&mut self, grads: &mut [Option<Region>], slot: Slot, value: Region) -> (Region, bool) {
        match grads[slot] {
            Some(known) => (known, true),
            None => {
                let region = self.region(value.rows, value.width);
                grads[slot] = Some(region);
                (region, false)
            }
        }
    }
}
