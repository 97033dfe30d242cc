//! In which order nodes are computed: one after the other over all positions at once, and those that look back at each
//! other together, position by position.

use crate::program::task::{Node, NodeId, Op};

/// Nodes that are computed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// In the order in which they need each other.
    pub nodes: Vec<NodeId>,
    /// Whether a node looks back at another of the group, so that positions follow one another.
    pub recurrent: bool,
}

/// The strongly connected components of a graph, what is needed first (Tarjan 1972).
#[must_use]
pub fn groups(nodes: &[Node]) -> Vec<Group> {
    let mut walk =
        Walk { nodes, index: vec![None; nodes.len()], low: vec![0; nodes.len()], open: vec![], found: vec![] };
    let mut next = 0;
    for node in 0..nodes.len() {
        if walk.index[node].is_none() {
            walk.visit(node, &mut next);
        }
    }
    walk.found
}

struct Walk<'a> {
    nodes: &'a [Node],
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    open: Vec<NodeId>,
    found: Vec<Group>,
}

impl Walk<'_> {
    fn visit(&mut self, node: NodeId, next: &mut usize) {
        self.index[node] = Some(*next);
        self.low[node] = *next;
        *next += 1;
        self.open.push(node);
        let back = if let Op::Previous { of } = self.nodes[node].op { Some(of) } else { None };
        for child in self.nodes[node].op.needs().into_iter().chain(back) {
            if self.index[child].is_none() {
                self.visit(child, next);
                self.low[node] = self.low[node].min(self.low[child]);
            } else if self.open.contains(&child) {
                self.low[node] = self.low[node].min(self.index[child].unwrap_or(0));
            }
        }
        if Some(self.low[node]) == self.index[node] {
            let start = self.open.iter().position(|&open| open == node).unwrap_or(0);
            let members = self.open.split_off(start);
            let recurrent = members.len() > 1;
            self.found.push(Group { nodes: self.by_need(members), recurrent });
        }
    }

    /// Members so that each stands behind those that it needs; looks back need nothing.
    fn by_need(&self, mut members: Vec<NodeId>) -> Vec<NodeId> {
        members.sort_unstable();
        let mut ordered: Vec<NodeId> = Vec::with_capacity(members.len());
        while let Some(at) =
            members.iter().position(|&node| self.nodes[node].op.needs().iter().all(|need| !members.contains(need)))
        {
            ordered.push(members.remove(at));
        }
        ordered.extend(members);
        ordered
    }
}
