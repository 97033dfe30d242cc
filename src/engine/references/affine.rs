//! Which lines of a task follow from a name by sums and multiples alone.

use crate::program::task::{NodeId, Op, Task};

/// Whether a node is an affine function of a name: a constant and multiples of the name's numbers, both decided by what
/// does not depend on the name.
pub fn affine(task: &Task, node: NodeId, name: NodeId) -> bool {
    Walk { task, name, known: vec![None; task.nodes.len()] }.affine(node)
}

struct Walk<'a> {
    task: &'a Task,
    name: NodeId,
    known: Vec<Option<bool>>,
}

impl Walk<'_> {
    fn constant(&self, id: NodeId) -> bool {
        !self.task.behind(id, None).contains(&self.name)
    }

    fn affine(&mut self, id: NodeId) -> bool {
        if let Some(known) = self.known[id] {
            return known;
        }
        let found = id == self.name || self.constant(id) || self.by_its_operands(id);
        self.known[id] = Some(found);
        found
    }

    fn by_its_operands(&mut self, id: NodeId) -> bool {
        let task = self.task;
        match &task.nodes[id].op {
            Op::Gather { table, index } => self.constant(*index) && self.affine(*table),
            Op::Apply { function, args } => match (function.as_str(), args.as_slice()) {
                ("negate" | "real" | "+" | "-" | "sum" | "mean" | "cumsum" | "[]" | "concat", all) => {
                    all.iter().all(|&arg| self.affine(arg))
                }
                ("*" | "dot" | "matmul", &[left, right]) => {
                    (self.constant(left) && self.affine(right)) || (self.constant(right) && self.affine(left))
                }
                ("/", &[above, below]) => self.constant(below) && self.affine(above),
                ("if" | "where", &[condition, yes, no]) => {
                    self.constant(condition) && self.affine(yes) && self.affine(no)
                }
                _ => false,
            },
            _ => false,
        }
    }
}
