//! What training minimises: the terms of a loss over the tasks that are trained.

use crate::check::Checker;
use crate::check::values::value::{LossValue, ProbeValue, TermValue};
use crate::diagnostic::Span;
use crate::program::model::{Context, Site};
use crate::program::task::{Form, Task};
use crate::program::training::{Rate, Term, TermKind};

impl Checker<'_> {
    pub fn loss(&mut self, loss: &LossValue, trained: &[Task], time: (Option<u64>, u64)) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        for (weight, term) in &loss.0 {
            let kind = match term {
                TermValue::Icl => TermKind::Icl,
                TermValue::Readout { probe, context, site, place, span } => {
                    let nodes = self.read_out(probe, trained, *span)?;
                    let of = |node: usize| &probe.task.nodes[node];
                    let full = *context == Context::Full;
                    // Of tokens the read-out is read where the next is predicted, and a probe where its own stands.
                    let pairs = trained.iter().all(|task| task.form == Form::Pairs);
                    let plain = *site == Site::Output && full && place.input() && probe.predict.len() == 1 && pairs;
                    let sizes: Vec<usize> =
                        probe.predict.iter().flat_map(|(_, node)| of(*node).labels.clone()).collect();
                    if plain && !sizes.is_empty() {
                        let nodes = nodes.into_iter().map(|(task, nodes)| (task, nodes[0])).collect();
                        TermKind::Readout { nodes, sizes }
                    } else {
                        let outputs = probe.predict.iter().map(|(_, node)| outputs(of(*node))).sum();
                        TermKind::Head { nodes, outputs, site: *site, place: place.of(&probe.task), context: *context }
                    }
                }
            };
            let weight = self.rate_of(weight, time)?;
            if weight != Rate::Constant(0.0) {
                terms.push(Term { weight, kind });
            }
        }
        Some(terms)
    }

    /// The nodes that a read-out loss tells, in every task that is trained.
    pub fn read_out(&mut self, probe: &ProbeValue, trained: &[Task], span: Span) -> Option<Vec<(usize, Vec<usize>)>> {
        let mut nodes = Vec::new();
        for (at, task) in trained.iter().enumerate() {
            let mut here = Vec::new();
            for (name, node) in &probe.predict {
                let wanted = &probe.task.nodes[*node];
                match task.names.get(name) {
                    Some(&node)
                        if task.nodes[node].labels == wanted.labels
                            && outputs(&task.nodes[node]) == outputs(wanted) =>
                    {
                        here.push(node);
                    }
                    _ => {
                        let title =
                            format!("`{}` trains on a task without the `{name}` of probe `{}`", task.title, probe.name);
                        let help = "train on tasks that have these labels, or take this term out of the loss";
                        self.fault("E0310", title, span, "its labels do not exist there", help);
                        return None;
                    }
                }
            }
            nodes.push((at, here));
        }
        Some(nodes)
    }
}

/// Numbers that a reader gives for a node.
fn outputs(node: &crate::program::task::Node) -> usize {
    if node.labels.is_empty() { node.shape.iter().product::<usize>().max(1) } else { node.labels.iter().sum() }
}
