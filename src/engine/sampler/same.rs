//! Lines that hold what another line does, so that no pass over the batch is made for them: a product with 1, a sum with
//! 0, a condition that holds everywhere. The arguments of a task make many of them. An embedding that nothing
//! is computed from holds its row.

use super::functions::Function;
use super::made::Made;
use super::values::Values;
use crate::program::task::{Node, NodeId, Op};

/// The node of the same scope and size whose values a node has, where what is known before any sequence tells.
pub fn same(nodes: &[Node], id: NodeId, made: &Made, known: &[Values]) -> Option<NodeId> {
    if let (Made::Row(_), Op::Embedding { row }) = (made, &nodes[id].op) {
        return known[*row].data.is_empty().then_some(*row);
    }
    let (Made::Function(function), Op::Apply { args, .. }) = (made, &nodes[id].op) else { return None };
    let all = |place: usize, value: f64| {
        let known = &known[args[place]].data;
        !known.is_empty() && known.iter().all(|x| *x == value)
    };
    let holder = match function {
        Function::Identity => Some(0),
        Function::Multiply if all(1, 1.0) => Some(0),
        Function::Multiply if all(0, 1.0) => Some(1),
        Function::Add | Function::Subtract if all(1, 0.0) => Some(0),
        Function::Add if all(0, 0.0) => Some(1),
        Function::If if all(0, 0.0) => Some(2),
        Function::If if all(0, 1.0) => Some(1),
        _ => None,
    };
    let size = |node: NodeId| (nodes[node].scope, nodes[node].shape.iter().product::<usize>());
    let drawn = |node: &NodeId| known[*node].data.is_empty() && size(*node) == size(id);
    holder.map(|place| args[place]).filter(drawn)
}
