//! A condition on sequences, such as `factor == 2`: an expression over what a sequence draws.

use super::task::NodeId;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// An expression whose value is a number; a condition holds where it is not 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Number(f64),
    /// The number or label that a node of the task holds.
    Node(NodeId),
    Not(Box<Condition>),
    Minus(Box<Condition>),
    Both(Operator, Box<(Condition, Condition)>),
}

/// What stands between two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The remainder, of the sign of the divisor.
    Modulo,
    Power,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Operator {
    /// As the language writes it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    fn of(self, a: f64, b: f64) -> f64 {
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Modulo => a - b * (a / b).floor(),
            Self::Power => libm::pow(a, b),
            Self::Less => truth(a < b),
            Self::LessEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterEqual => truth(a >= b),
            Self::Equal => truth(a == b),
            Self::NotEqual => truth(a != b),
            Self::And => truth(a != 0.0 && b != 0.0),
            Self::Or => truth(a != 0.0 || b != 0.0),
        }
    }
}

impl Condition {
    /// Whether it holds, given what each node holds.
    #[must_use]
    pub fn holds(&self, node: &dyn Fn(NodeId) -> f64) -> bool {
        self.value(node) != 0.0
    }

    fn value(&self, node: &dyn Fn(NodeId) -> f64) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Node(id) => node(*id),
            Self::Not(of) => f64::from(u8::from(!of.holds(node))),
            Self::Minus(of) => -of.value(node),
            Self::Both(operator, sides) => operator.of(sides.0.value(node), sides.1.value(node)),
        }
    }

    /// As text, with each node under the name that it is given.
    #[must_use]
    pub fn said(&self, name: &dyn Fn(NodeId) -> String) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Node(id) => name(*id),
            Self::Not(of) => format!("not {}", of.said(name)),
            Self::Minus(of) => format!("-{}", of.said(name)),
            Self::Both(operator, sides) => {
                format!("({} {} {})", sides.0.said(name), operator.symbol(), sides.1.said(name))
            }
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(&|node| format!("#{node}")))
    }
}
