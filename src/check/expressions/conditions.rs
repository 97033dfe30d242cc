//! Conditions on the sequences that a score counts: `accuracy(t) where factor == 2`.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::values::value::{MetricKind, MetricValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::condition::{Condition, Operator};
use crate::program::task::{NodeId, Scope, Task};
use crate::registry::nearest;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, UnaryOp};
use std::rc::Rc;

impl Checker<'_> {
    /// The score of the sequences for which a condition holds.
    pub fn only(&mut self, subject: &Expr, condition: &Expr, env: Env<'_>) -> Value {
        let metric = match self.eval(subject, env) {
            Value::Metric(metric) => metric,
            Value::Poison => return Value::Poison,
            Value::Unknown(kind) => return Value::Unknown(kind),
            other => return self.mismatch("a score of a task", &other, subject.span),
        };
        let Some(task) = &metric.task else {
            let help = "leave the `where` out";
            return self.fault("E0301", "this measure has no task to choose from", condition.span, "no task", help);
        };
        let MetricKind::Score { score, at, ref under, training, .. } = metric.kind else {
            let help = "leave the `where` out";
            return self.fault("E0301", "this measure is not of single predictions", condition.span, "no choice", help);
        };
        let Some(chosen) = self.condition(condition, task, env) else { return Value::Poison };
        let kind = MetricKind::Score { score, at, only: Some(Rc::new(chosen)), under: under.clone(), training };
        Value::Metric(Rc::new(MetricValue { kind, ..(*metric).clone() }))
    }

    /// A condition with the task's names by their nodes, so that a rename changes nothing. A name that is neither the
    /// task's nor another's is a fault, as is one that no sequence has a single number of.
    fn condition(&mut self, condition: &Expr, task: &Rc<Task>, env: Env<'_>) -> Option<Condition> {
        match &condition.kind {
            ExprKind::Binary { op, left, right, .. } => {
                let left = self.condition(left, task, env);
                let right = self.condition(right, task, env)?;
                Some(Condition::Both(operator(*op), Box::new((left?, right))))
            }
            ExprKind::Unary { op, operand } => {
                let of = Box::new(self.condition(operand, task, env)?);
                Some(if *op == UnaryOp::Not { Condition::Not(of) } else { Condition::Minus(of) })
            }
            ExprKind::Name(name) => match task.names.get(name) {
                Some(&node) => self.chosen_by(name, node, task, condition.span),
                None if self.meant(name, env).is_some() => match self.eval(condition, env) {
                    Value::Poison => None,
                    value => self.number(&value, condition.span)?.known().map(Condition::Number),
                },
                None => {
                    let meant = nearest(name, task.names.keys().map(String::as_str));
                    let all = task.names.keys().cloned().collect::<Vec<_>>().join(", ");
                    let help = meant.map_or(format!("its names are {all}"), |meant| format!("write `{meant}`"));
                    let title = format!("the task has no name `{name}`");
                    let finding = Diagnostic::error("E0201", title, condition.span, "not found").help(help);
                    self.report(match meant {
                        Some(meant) => finding.fix(condition.span, meant),
                        None => finding,
                    });
                    None
                }
            },
            ExprKind::Number { value, .. } => Some(Condition::Number(*value)),
            _ => {
                let help = "compare names of the task with numbers, such as `factor == 2`";
                self.fault("E0301", "this cannot choose sequences", condition.span, "no comparison", help);
                None
            }
        }
    }

    /// A name that has one number in each sequence.
    fn chosen_by(&mut self, name: &str, node: NodeId, task: &Task, span: Span) -> Option<Condition> {
        let at = &task.nodes[node];
        let known = |id: &NodeId| single(task, *id);
        let names: Vec<&str> = task.names.iter().filter(|(_, id)| known(id)).map(|(name, _)| name.as_str()).collect();
        let help = if names.is_empty() {
            "leave the `where` out".to_string()
        } else {
            format!("choose by what a sequence has one of: {}", names.join(", "))
        };
        if at.scope == Scope::Example {
            let title = format!("`{name}` differs within a sequence, so it chooses no sequences");
            self.fault("E0301", title, span, "one for each example", help);
            return None;
        }
        if !single(task, node) {
            let title = format!("`{name}` is no single number that could be compared");
            self.fault("E0301", title, span, "several numbers", help);
            return None;
        }
        Some(Condition::Node(node))
    }
}

/// Whether a node has one number or label in each sequence.
fn single(task: &Task, node: NodeId) -> bool {
    let at = &task.nodes[node];
    at.scope != Scope::Example && at.shape.is_empty() && at.labels.len() <= 1
}

const fn operator(op: BinaryOp) -> Operator {
    match op {
        BinaryOp::Add => Operator::Add,
        BinaryOp::Subtract => Operator::Subtract,
        BinaryOp::Multiply => Operator::Multiply,
        BinaryOp::Divide => Operator::Divide,
        BinaryOp::Modulo => Operator::Modulo,
        BinaryOp::Power => Operator::Power,
        BinaryOp::Less => Operator::Less,
        BinaryOp::LessEqual => Operator::LessEqual,
        BinaryOp::Greater => Operator::Greater,
        BinaryOp::GreaterEqual => Operator::GreaterEqual,
        BinaryOp::Equal => Operator::Equal,
        BinaryOp::NotEqual => Operator::NotEqual,
        BinaryOp::And => Operator::And,
        BinaryOp::Or => Operator::Or,
    }
}
