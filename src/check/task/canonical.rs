//! Puts what neither target nor input reaches into an order of meaning, so that names do not reach identities.

use crate::program::task::{Node, NodeId};
use std::collections::BTreeMap;

/// Renumbers the nodes from `fixed` on by how deep they stand and what they are; earlier ones stay where the target and
/// the input put them. Nodes that are alike in everything are interchangeable.
pub fn settle(nodes: &mut Vec<Node>, named: &mut BTreeMap<String, NodeId>, fixed: usize) {
    let mut meanings: Vec<(usize, String)> = Vec::with_capacity(nodes.len());
    for (id, node) in nodes.iter().enumerate() {
        // What the target and the input reach keeps its number; the others are told by what they are made of.
        if id < fixed {
            meanings.push((0, format!("#{id}")));
            continue;
        }
        let parts = node.op.needs();
        let depth = parts.iter().map(|&child| meanings[child].0).max().map_or(0, |depth| depth + 1);
        let inner: Vec<&str> = parts.iter().map(|&child| meanings[child].1.as_str()).collect();
        let op = node.op.moved(&|_| 0);
        let own = format!("{:?} {:?} {op:?} {:?} {inner:?}", node.scope, node.shape, node.draw);
        // Hashed, because a node may stand in many others.
        meanings.push((depth, blake3::hash(own.as_bytes()).to_hex()[..16].to_string()));
    }
    let mut order: Vec<NodeId> = (0..nodes.len()).collect();
    order[fixed..].sort_by(|&a, &b| meanings[a].cmp(&meanings[b]));
    let mut place = vec![0; nodes.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    *nodes = (order.iter())
        .map(|&old| Node { op: nodes[old].op.moved(&|id| place.get(id).copied().unwrap_or(id)), ..nodes[old].clone() })
        .collect();
    named.values_mut().for_each(|id| *id = place[*id]);
}
