//! Functions and operators of a task over whole arrays: entry by entry, along the last axis, of all entries.

use super::fault::Fault;
use super::values::{Numbers, Values};
use crate::program::task::{Node, NodeId};
use std::ops::Range;

/// A function of the registry or an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    Negate,
    Not,
    Identity,
    /// A label again: whole, at least 0 and below this.
    Class(usize),
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Larger,
    Smaller,
    If,
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Abs,
    Sign,
    Relu,
    Norm,
    Sum,
    Mean,
    Max,
    Min,
    Argmax,
    Softmax,
    Cumsum,
    Sort,
    Dot,
    /// Rows of the left, the inner size, columns of the right.
    Matmul(usize, usize, usize),
    OneHot(usize),
    /// Several values one behind the other: a list of names, or `concat`.
    Stack,
}

impl Function {
    /// The function under a name, for a node with these operands; none where the engine has none of it.
    #[must_use]
    pub fn of(name: &str, node: &Node, args: &[&Node]) -> Option<Self> {
        let last = |shape: &[usize]| shape.last().copied().unwrap_or(1);
        Some(match (name, args) {
            ("negate", _) => Self::Negate,
            ("not", _) => Self::Not,
            ("real", _) => Self::Identity,
            ("class", _) => Self::Class(node.labels.first().copied()?),
            ("+", _) => Self::Add,
            ("-", _) => Self::Subtract,
            ("*", _) => Self::Multiply,
            ("/", _) => Self::Divide,
            ("%" | "mod", _) => Self::Modulo,
            ("^", _) => Self::Power,
            ("==", _) => Self::Equal,
            ("!=", _) => Self::NotEqual,
            ("<", _) => Self::Less,
            ("<=", _) => Self::LessEqual,
            (">", _) => Self::Greater,
            (">=", _) => Self::GreaterEqual,
            ("and", _) => Self::And,
            ("or", _) => Self::Or,
            ("if" | "where", _) => Self::If,
            ("sqrt", _) => Self::Sqrt,
            ("exp", _) => Self::Exp,
            ("log", _) => Self::Log,
            ("sin", _) => Self::Sin,
            ("cos", _) => Self::Cos,
            ("tanh", _) => Self::Tanh,
            ("sigmoid", _) => Self::Sigmoid,
            ("abs", _) => Self::Abs,
            ("sign", _) => Self::Sign,
            ("relu", _) => Self::Relu,
            ("norm", _) => Self::Norm,
            ("sum", _) => Self::Sum,
            ("mean", _) => Self::Mean,
            ("max", [_]) => Self::Max,
            ("min", [_]) => Self::Min,
            ("max", _) => Self::Larger,
            ("min", _) => Self::Smaller,
            ("argmax", _) => Self::Argmax,
            ("softmax", _) => Self::Softmax,
            ("cumsum", _) => Self::Cumsum,
            ("sort", _) => Self::Sort,
            ("dot", _) => Self::Dot,
            ("matmul", [a, b]) => {
                let inner = last(&a.shape);
                let rows = a.shape.iter().product::<usize>() / inner.max(1);
                let columns = b.shape.iter().product::<usize>() / inner.max(1);
                Self::Matmul(rows, inner, columns)
            }
            ("one_hot", _) => Self::OneHot(last(&node.shape)),
            ("[]" | "concat", _) => Self::Stack,
            _ => return None,
        })
    }

    /// Writes the positions of a range.
    ///
    /// # Errors
    /// A label out of its range.
    pub fn run(
        &self,
        node: &Node,
        args: &[NodeId],
        values: Numbers<'_>,
        out: &mut Values,
        positions: Range<usize>,
    ) -> Result<(), Fault> {
        let arg = |place: usize| &values[args[place]];
        let mut pass = Pass { out, positions };
        match self {
            Self::Negate => pass.map(arg(0), |x| -x),
            Self::Not => pass.map(arg(0), |x| truth(x == 0.0)),
            Self::Identity => pass.map(arg(0), |x| x),
            Self::Class(classes) => {
                let most = *classes as f64;
                pass.map(arg(0), |x| x);
                if let Some(label) = pass.written().find(|x| !(*x >= 0.0 && *x < most && x.fract() == 0.0)) {
                    return Err(Fault::of(format!("is {label}, no label of class({classes})")));
                }
            }
            Self::Add => pass.zip(arg(0), arg(1), |a, b| a + b),
            Self::Subtract => pass.zip(arg(0), arg(1), |a, b| a - b),
            Self::Multiply => pass.zip(arg(0), arg(1), |a, b| a * b),
            Self::Divide => pass.zip(arg(0), arg(1), |a, b| a / b),
            Self::Modulo => pass.zip(arg(0), arg(1), |a, b| a - b * (a / b).floor()),
            Self::Power => pass.zip(arg(0), arg(1), |a, b| if b == 2.0 { a * a } else { libm::pow(a, b) }),
            Self::Equal => pass.zip(arg(0), arg(1), |a, b| truth(a == b)),
            Self::NotEqual => pass.zip(arg(0), arg(1), |a, b| truth(a != b)),
            Self::Less => pass.zip(arg(0), arg(1), |a, b| truth(a < b)),
            Self::LessEqual => pass.zip(arg(0), arg(1), |a, b| truth(a <= b)),
            Self::Greater => pass.zip(arg(0), arg(1), |a, b| truth(a > b)),
            Self::GreaterEqual => pass.zip(arg(0), arg(1), |a, b| truth(a >= b)),
            Self::And => pass.zip(arg(0), arg(1), |a, b| truth(a != 0.0 && b != 0.0)),
            Self::Or => pass.zip(arg(0), arg(1), |a, b| truth(a != 0.0 || b != 0.0)),
            Self::Larger => pass.zip(arg(0), arg(1), f64::max),
            Self::Smaller => pass.zip(arg(0), arg(1), f64::min),
            Self::If => pass.choose(arg(0), arg(1), arg(2)),
            Self::Sqrt => pass.map(arg(0), libm::sqrt),
            Self::Exp => pass.map(arg(0), libm::exp),
            Self::Log => pass.map(arg(0), libm::log),
            Self::Sin => pass.map(arg(0), libm::sin),
            Self::Cos => pass.map(arg(0), libm::cos),
            Self::Tanh => pass.map(arg(0), libm::tanh),
            Self::Sigmoid => pass.map(arg(0), |x| 1.0 / (1.0 + libm::exp(-x))),
            Self::Abs => pass.map(arg(0), f64::abs),
            Self::Sign => pass.map(arg(0), |x| if x == 0.0 { 0.0 } else { x.signum() }),
            Self::Relu => pass.map(arg(0), |x| x.max(0.0)),
            Self::Norm => pass.fold(arg(0), |all| libm::sqrt(all.iter().map(|x| x * x).sum())),
            Self::Sum => pass.fold(arg(0), |all| all.iter().sum()),
            Self::Mean => pass.fold(arg(0), |all| all.iter().sum::<f64>() / all.len() as f64),
            Self::Max => pass.fold(arg(0), |all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            Self::Min => pass.fold(arg(0), |all| all.iter().copied().fold(f64::INFINITY, f64::min)),
            Self::Argmax => pass.fold(arg(0), |all| largest(all) as f64),
            Self::Softmax => pass.lines(arg(0), node, softmax),
            Self::Cumsum => pass.lines(arg(0), node, |line| {
                let mut sum = 0.0;
                for x in line {
                    sum += *x;
                    *x = sum;
                }
            }),
            Self::Sort => pass.lines(arg(0), node, |line| line.sort_by(f64::total_cmp)),
            Self::Dot => {
                let (a, b) = (arg(0), arg(1));
                pass.each(|out, s, e| out[0] = dot(a.at(s, e), b.at(s, e)));
            }
            Self::Matmul(rows, inner, columns) => {
                let (a, b) = (arg(0), arg(1));
                pass.each(|out, s, e| product(out, a.at(s, e), b.at(s, e), (*rows, *inner, *columns)));
            }
            Self::OneHot(size) => {
                let labels = arg(0);
                let mut wrong = None;
                pass.each(|out, s, e| {
                    out.fill(0.0);
                    for (line, label) in out.chunks_exact_mut(*size).zip(labels.at(s, e)) {
                        match line.get_mut(*label as usize) {
                            Some(place) if *label >= 0.0 => *place = 1.0,
                            _ => wrong = Some(*label),
                        }
                    }
                });
                if let Some(label) = wrong {
                    return Err(Fault::of(format!("takes the label {label} into a one-hot vector of {size}")));
                }
            }
            Self::Stack => {
                let width = pass.out.width;
                let total: usize = args.iter().map(|&arg| values[arg].width).sum();
                // Single values of a list stand for arrays of the others' size.
                let each = if total == width { None } else { Some(width / args.len()) };
                pass.each(|out, s, e| {
                    let mut at = 0;
                    for &arg in args {
                        let part = values[arg].at(s, e);
                        let size = each.unwrap_or(part.len());
                        if part.len() == size {
                            out[at..at + size].copy_from_slice(part);
                        } else {
                            out[at..at + size].fill(part[0]);
                        }
                        at += size;
                    }
                });
            }
        }
        Ok(())
    }
}

/// A sweep over the positions of one node.
struct Pass<'a> {
    out: &'a mut Values,
    positions: Range<usize>,
}

impl Pass<'_> {
    fn each(&mut self, mut f: impl FnMut(&mut [f64], usize, usize)) {
        for sequence in 0..self.out.sequences {
            for position in self.positions.clone() {
                f(self.out.at_mut(sequence, position), sequence, position);
            }
        }
    }

    /// Whether an operand lies in memory exactly as the result does, all positions of it being asked for.
    fn alike(&self, operand: &Values) -> bool {
        let whole = self.positions == (0..self.out.repeats);
        let layout = |values: &Values| (values.sequences, values.repeats, values.width);
        whole && operand.shared.is_none() && layout(operand) == layout(self.out)
    }

    fn map(&mut self, a: &Values, f: impl Fn(f64) -> f64) {
        if self.alike(a) {
            self.out.data.iter_mut().zip(&a.data).for_each(|(out, a)| *out = f(*a));
            return;
        }
        self.each(|out, s, e| out.iter_mut().zip(a.at(s, e)).for_each(|(out, a)| *out = f(*a)));
    }

    fn zip(&mut self, a: &Values, b: &Values, f: impl Fn(f64, f64) -> f64) {
        match (self.alike(a), self.alike(b)) {
            (true, true) => {
                let pairs = a.data.iter().zip(&b.data);
                self.out.data.iter_mut().zip(pairs).for_each(|(out, (a, b))| *out = f(*a, *b));
            }
            (true, _) if b.data.len() == 1 => {
                let b = b.data[0];
                self.out.data.iter_mut().zip(&a.data).for_each(|(out, a)| *out = f(*a, b));
            }
            (_, true) if a.data.len() == 1 => {
                let a = a.data[0];
                self.out.data.iter_mut().zip(&b.data).for_each(|(out, b)| *out = f(a, *b));
            }
            _ => self.each(|out, s, e| match (a.at(s, e), b.at(s, e)) {
                (&[a], &[b]) => out.fill(f(a, b)),
                (&[a], b) => out.iter_mut().zip(b).for_each(|(out, b)| *out = f(a, *b)),
                (a, &[b]) => out.iter_mut().zip(a).for_each(|(out, a)| *out = f(*a, b)),
                (a, b) => out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = f(*a, *b)),
            }),
        }
    }

    fn choose(&mut self, condition: &Values, a: &Values, b: &Values) {
        let entry = |values: &[f64], at: usize| if values.len() == 1 { values[0] } else { values[at] };
        self.each(|out, s, e| {
            let (condition, a, b) = (condition.at(s, e), a.at(s, e), b.at(s, e));
            for (at, out) in out.iter_mut().enumerate() {
                *out = if entry(condition, at) == 0.0 { entry(b, at) } else { entry(a, at) };
            }
        });
    }

    fn fold(&mut self, a: &Values, f: impl Fn(&[f64]) -> f64) {
        self.each(|out, s, e| out[0] = f(a.at(s, e)));
    }

    /// Along the last axis.
    fn lines(&mut self, a: &Values, node: &Node, f: impl Fn(&mut [f64])) {
        let length = node.shape.last().copied().unwrap_or(1).max(1);
        self.each(|out, s, e| {
            out.copy_from_slice(a.at(s, e));
            out.chunks_exact_mut(length).for_each(&f);
        });
    }

    fn written(&self) -> impl Iterator<Item = f64> + '_ {
        let each = (0..self.out.sequences).flat_map(|s| self.positions.clone().map(move |e| (s, e)));
        each.flat_map(|(s, e)| self.out.at(s, e).iter().copied())
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// The place of the largest number; the first of equals.
fn largest(all: &[f64]) -> usize {
    (1..all.len()).fold(0, |best, at| if all[at] > all[best] { at } else { best })
}

/// Inner product, summed in four fixed lanes so that it vectorises.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// `[rows, inner]` times `[inner, columns]`.
fn product(out: &mut [f64], a: &[f64], b: &[f64], (rows, inner, columns): (usize, usize, usize)) {
    if columns == 1 {
        for (out, row) in out.iter_mut().zip(a.chunks_exact(inner)) {
            *out = dot(row, b);
        }
        return;
    }
    for row in 0..rows {
        let out = &mut out[row * columns..(row + 1) * columns];
        out.fill(0.0);
        for (factor, line) in a[row * inner..(row + 1) * inner].iter().zip(b.chunks_exact(columns)) {
            out.iter_mut().zip(line).for_each(|(out, b)| *out += factor * b);
        }
    }
}

fn softmax(line: &mut [f64]) {
    let most = line.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    line.iter_mut().for_each(|x| *x = libm::exp(*x - most));
    let sum: f64 = line.iter().sum();
    line.iter_mut().for_each(|x| *x /= sum);
}
