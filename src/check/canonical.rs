//! Puts what neither target nor input reaches into an order of meaning, so that names do not reach identities.

use crate::program::task::{Node, NodeId, Op};
use std::collections::BTreeMap;

/// Renumbers the nodes from `fixed` on by how deep they stand and what they are; earlier ones stay where the target and
/// the input put them. Nodes that are alike in everything are interchangeable.
pub fn settle(nodes: &mut Vec<Node>, named: &mut BTreeMap<String, NodeId>, fixed: usize) {
    let mut meanings: Vec<(usize, String)> = Vec::with_capacity(nodes.len());
    for (id, node) in nodes.iter().enumerate() {
        // What the target and the input reach keeps its number; the others are told by what they are made of.
        let depth = children(&node.op).map(|child| meanings[child].0).max().map_or(0, |depth| depth + 1);
        let parts: Vec<&str> = children(&node.op).map(|child| meanings[child].1.as_str()).collect();
        let own =
            if id < fixed { format!("#{id}") } else { format!("{:?} {:?} {parts:?}", node.scope, bare(&node.op)) };
        meanings.push((if id < fixed { 0 } else { depth }, own));
    }
    let mut order: Vec<NodeId> = (0..nodes.len()).collect();
    order[fixed..].sort_by(|&a, &b| meanings[a].cmp(&meanings[b]));
    let mut place = vec![0; nodes.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    *nodes = order.iter().map(|&old| moved(&nodes[old], &place)).collect();
    named.values_mut().for_each(|id| *id = place[*id]);
}

fn children(op: &Op) -> impl Iterator<Item = NodeId> {
    match *op {
        Op::Attributes { row } | Op::Embedding { row } => vec![row],
        Op::Gather { table, index } => vec![table, index],
        Op::Constant(_) | Op::Uniform { .. } | Op::Permutations { .. } | Op::Rows { .. } => vec![],
    }
    .into_iter()
}

/// The operation without the numbers of its children.
fn bare(op: &Op) -> Op {
    match op {
        Op::Attributes { .. } => Op::Attributes { row: 0 },
        Op::Embedding { .. } => Op::Embedding { row: 0 },
        Op::Gather { .. } => Op::Gather { table: 0, index: 0 },
        other => other.clone(),
    }
}

fn moved(node: &Node, place: &[NodeId]) -> Node {
    let op = match node.op {
        Op::Attributes { row } => Op::Attributes { row: place[row] },
        Op::Embedding { row } => Op::Embedding { row: place[row] },
        Op::Gather { table, index } => Op::Gather { table: place[table], index: place[index] },
        ref other => other.clone(),
    };
    Node { op, ..node.clone() }
}
