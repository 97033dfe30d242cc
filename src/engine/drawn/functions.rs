//! Functions and operators as words, the layout of which `card/kernels/compute.h` tells.

use super::code::{Code, Does, Value};
use crate::engine::sampler::Function;
use crate::program::task::{Node, NodeId};

/// What an instruction begins with, and the number of the function among those of its kind.
fn kind(function: &Function) -> (Does, i32) {
    match function {
        Function::Negate => (Does::One, 0),
        Function::Not => (Does::One, 1),
        Function::Identity => (Does::One, 2),
        Function::Class(_) => (Does::One, 3),
        Function::Sqrt => (Does::One, 4),
        Function::Exp => (Does::One, 5),
        Function::Log => (Does::One, 6),
        Function::Sin => (Does::One, 7),
        Function::Cos => (Does::One, 8),
        Function::Tanh => (Does::One, 9),
        Function::Sigmoid => (Does::One, 10),
        Function::Abs => (Does::One, 11),
        Function::Sign => (Does::One, 12),
        Function::Relu => (Does::One, 13),
        Function::Add => (Does::Two, 0),
        Function::Subtract => (Does::Two, 1),
        Function::Multiply => (Does::Two, 2),
        Function::Divide => (Does::Two, 3),
        Function::Modulo => (Does::Two, 4),
        Function::Power => (Does::Two, 5),
        Function::Equal => (Does::Two, 6),
        Function::NotEqual => (Does::Two, 7),
        Function::Less => (Does::Two, 8),
        Function::LessEqual => (Does::Two, 9),
        Function::Greater => (Does::Two, 10),
        Function::GreaterEqual => (Does::Two, 11),
        Function::And => (Does::Two, 12),
        Function::Or => (Does::Two, 13),
        Function::Larger => (Does::Two, 14),
        Function::Smaller => (Does::Two, 15),
        Function::If => (Does::Either, 0),
        Function::Norm => (Does::Fold, 0),
        Function::Sum => (Does::Fold, 1),
        Function::Mean => (Does::Fold, 2),
        Function::Max => (Does::Fold, 3),
        Function::Min => (Does::Fold, 4),
        Function::Argmax => (Does::Fold, 5),
        Function::Softmax => (Does::Lines, 0),
        Function::Cumsum => (Does::Lines, 1),
        Function::Sort => (Does::Lines, 2),
        Function::Dot | Function::Matmul(..) => (Does::Product, 0),
        Function::OneHot(_) => (Does::OneHot, 0),
        Function::Stack => (Does::Stack, 0),
    }
}

/// Writes the instruction of a function of some values.
pub fn write(code: &mut Code, function: &Function, (id, node): (NodeId, &Node), out: Value, args: &[Value]) {
    let (does, number) = kind(function);
    let begun = code.begin(does, id);
    code.values(&[out]);
    match (does, function) {
        (Does::One, Function::Class(classes)) => code.words.extend([number, *classes as i32]),
        (Does::One, _) => code.words.extend([number, 0]),
        (Does::Two | Does::Fold, _) => code.words.push(number),
        (Does::Lines, _) => {
            let line = node.shape.last().copied().unwrap_or(1).max(1);
            code.words.extend([number, line as i32]);
        }
        (_, Function::Dot) => code.words.extend([1, args[0].width, 1]),
        (_, Function::Matmul(rows, inner, columns)) => {
            code.words.extend([*rows, *inner, *columns].map(|size| size as i32));
        }
        (_, Function::OneHot(size)) => code.words.push(*size as i32),
        (_, Function::Stack) => {
            // Single values of a list stand for arrays of the others' size.
            let total: i32 = args.iter().map(|arg| arg.width).sum();
            let each = if total == out.width { 0 } else { out.width / args.len() as i32 };
            code.words.extend([args.len() as i32, each]);
        }
        _ => {}
    }
    code.values(args);
    code.end(begun);
}
