//! What a task's own numbers can make impossible while it is sampled.

use crate::program::task::{NodeId, Task};

/// A line of a task that cannot be computed for some sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub node: NodeId,
    /// What is wrong, as the rest of a sentence that begins with the line's name.
    pub what: String,
}

impl Fault {
    /// A fault whose node is known to the caller.
    #[must_use]
    pub fn of(what: String) -> Self {
        Self { node: 0, what }
    }

    /// In the author's words: the name of the line, or of the line that needs it.
    #[must_use]
    pub fn said(&self, task: &Task) -> String {
        let named = task.names.iter().find(|(_, node)| **node == self.node);
        let user = || {
            let needs = |node: NodeId| {
                let mut seen = vec![node];
                let mut at = 0;
                while at < seen.len() {
                    for need in task.nodes[seen[at]].op.needs() {
                        if !seen.contains(&need) {
                            seen.push(need);
                        }
                    }
                    at += 1;
                }
                (seen.contains(&self.node), seen.len())
            };
            let mut users: Vec<(usize, &String)> = (task.names.iter())
                .filter_map(|(name, node)| Some(needs(*node)).filter(|(uses, _)| *uses).map(|(_, size)| (size, name)))
                .collect();
            users.sort();
            users.first().map(|(_, name)| (*name).clone())
        };
        match (named, user()) {
            (Some((name, _)), _) => format!("{}: `{name}` {}", task.title, self.what),
            (None, Some(name)) => format!("{}: a part of `{name}` {}", task.title, self.what),
            (None, None) => format!("{}: an unnamed line {}", task.title, self.what),
        }
    }
}
