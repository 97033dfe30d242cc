//! Functions of numbers, lists and names of a task.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::task::nodes::common;
use crate::check::values::shape::{Element, Shape, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::diagnostic::Span;
use crate::program::task::{NodeId, Op};
use crate::syntax::tree::BinaryOp;

/// Arguments in the order of the parameters.
pub type Given = Vec<Option<(Value, Span)>>;

/// An argument as a node.
struct Operand {
    id: NodeId,
    ty: Type,
    span: Span,
}

impl Checker<'_> {
    /// The value of a function of the registry.
    pub fn function(&mut self, name: &'static str, given: Given, span: Span, env: Env<'_>) -> Value {
        let values: Vec<(Value, Span)> = given.into_iter().flatten().collect();
        if values.iter().any(|(value, _)| matches!(value, Value::Poison)) {
            return Value::Poison;
        }
        let drawn = values.iter().any(|(value, _)| holds_node(value));
        if !drawn && let Some(value) = self.constant_function(name, &values, span) {
            return value;
        }
        if env.graph.is_none() {
            let title = format!("`{name}` of these is worked out inside a task only");
            return self.fault("E0301", title, span, "no task here", "write it in a definition of a task");
        }
        if name == "where" {
            return self.where_function(values, span, env);
        }
        let mut operands = Vec::new();
        for (value, at) in values {
            // The size of a one-hot vector is no operand.
            if name == "one_hot" && operands.len() == 1 {
                return self.one_hot(&operands, &value, (at, span), env);
            }
            let Some((id, ty)) = self.node(value, at, env) else { return Value::Poison };
            if !ty.numeric() {
                let title = format!("`{name}` takes numbers, not {ty}");
                let help = "take a row's labels, `.attributes`, or its vector, `.embedding`";
                return self.fault("E0301", title, at, "not a number", help);
            }
            operands.push(Operand { id, ty, span: at });
        }
        self.node_function(name, &operands, span, env)
    }

    fn node_function(&mut self, name: &'static str, operands: &[Operand], span: Span, env: Env<'_>) -> Value {
        let ids = operands.iter().map(|operand| operand.id).collect();
        let ty = match (name, operands) {
            ("sqrt" | "exp" | "log" | "sin" | "cos" | "tanh" | "sigmoid", [x]) => {
                Type::array(Element::Real, x.ty.shape.clone())
            }
            ("abs" | "relu", [x]) => Type::array(kept(&x.ty), x.ty.shape.clone()),
            ("sign", [x]) => Type::array(Element::Whole, x.ty.shape.clone()),
            ("norm" | "mean", [_]) => Type::single(Element::Real),
            ("sum", [x]) => Type::single(kept(&x.ty)),
            ("max" | "min", [x]) => Type::single(x.ty.element.clone()),
            ("max" | "min", [a, b]) => match joined(&a.ty.shape, &b.ty.shape) {
                Some(shape) => Type::array(common(&a.ty, &b.ty), shape),
                None => return self.disagree(name, a, b, span),
            },
            ("mod", [a, b]) => {
                let (a, b) = (Value::Node(a.id), Value::Node(b.id));
                return self.binary_nodes(BinaryOp::Modulo, a, b, (span, span), env);
            }
            ("softmax" | "cumsum" | "sort", [x]) => {
                if x.ty.shape.is_empty() {
                    return self.rank(name, x, "an array");
                }
                let element = if name == "softmax" { Element::Real } else { kept(&x.ty) };
                Type::array(element, x.ty.shape.clone())
            }
            ("argmax", [x]) => match x.ty.shape.as_slice() {
                [length] => Type::single(Element::Label(length.clone())),
                _ => return self.rank(name, x, "a vector"),
            },
            ("dot", [a, b]) => match (a.ty.shape.as_slice(), b.ty.shape.as_slice()) {
                ([n], [m]) if !n.differs(m) => Type::single(a.ty.joined(&b.ty)),
                ([_], [_]) => return self.disagree(name, a, b, span),
                ([_], _) => return self.rank(name, b, "a vector"),
                _ => return self.rank(name, a, "a vector"),
            },
            ("matmul", [a, b]) => match self.product(a, b, span) {
                Some(shape) => Type::array(a.ty.joined(&b.ty), shape),
                None => return Value::Poison,
            },
            ("concat", [a, b]) => match (a.ty.shape.split_first(), b.ty.shape.split_first()) {
                (Some((n, rest)), Some((m, other))) if joined(&rest.to_vec(), &other.to_vec()).is_some() => {
                    let shape = std::iter::once(n.clone() + m.clone()).chain(rest.iter().cloned()).collect();
                    Type::array(common(&a.ty, &b.ty), shape)
                }
                (Some(_), Some(_)) => return self.disagree(name, a, b, span),
                (None, _) => return self.rank(name, a, "an array"),
                (_, None) => return self.rank(name, b, "an array"),
            },
            _ => return Value::Poison,
        };
        self.applied(name, ids, ty, env)
    }

    fn disagree(&mut self, name: &str, a: &Operand, b: &Operand, span: Span) -> Value {
        self.shapes_differ(name, &a.ty.to_string(), &b.ty.to_string(), span)
    }

    fn rank(&mut self, name: &str, x: &Operand, wanted: &str) -> Value {
        let title = format!("`{name}` takes {wanted}, not {}", x.ty);
        let help = if name == "dot" && x.ty.shape.len() == 2 {
            "write `matmul(a, b)` for a product with a matrix".to_string()
        } else {
            format!("give it {wanted}")
        };
        self.fault("E0306", title, x.span, "another number of axes", help)
    }

    /// The shape of a matrix product.
    fn product(&mut self, a: &Operand, b: &Operand, span: Span) -> Option<Shape> {
        let (inner, shape) = match (a.ty.shape.as_slice(), b.ty.shape.as_slice()) {
            ([n, m], [k]) => ((m, k), vec![n.clone()]),
            ([n, m], [k, l]) => ((m, k), vec![n.clone(), l.clone()]),
            ([m], [k, l]) => ((m, k), vec![l.clone()]),
            ([_], _) => {
                self.rank("matmul", b, "a matrix");
                return None;
            }
            ([_, _], _) => {
                self.rank("matmul", b, "a vector or a matrix");
                return None;
            }
            _ => {
                self.rank("matmul", a, "a matrix");
                return None;
            }
        };
        if inner.0.differs(inner.1) {
            self.disagree("matmul", a, b, span);
            return None;
        }
        Some(shape)
    }

    fn where_function(&mut self, values: Vec<(Value, Span)>, span: Span, env: Env<'_>) -> Value {
        let Ok([(condition, at), (a, _), (b, _)]) = <[(Value, Span); 3]>::try_from(values) else {
            return Value::Poison;
        };
        let Some((condition, _)) = self.node(condition, at, env) else { return Value::Poison };
        self.if_node(condition, a, b, (at, span), env)
    }

    fn one_hot(&mut self, operands: &[Operand], size: &Value, spans: (Span, Span), env: Env<'_>) -> Value {
        let [label] = operands else { return Value::Poison };
        let Some(size) = self.whole(size, spans.0) else { return Value::Poison };
        let fixed = env.graph.and_then(|graph| match graph.borrow().nodes[label.id].op {
            Op::Constant(value) => Some(value),
            _ => None,
        });
        if let Some(fixed) = fixed
            && (fixed < 0 || Size::Known(fixed as f64).excess(&size).is_some_and(|excess| excess >= 0.0))
        {
            let title = format!("the label {fixed} is not one of {}", size.quoted());
            let help = format!("write a label from 0 to {}", size - Size::of(1));
            return self.fault("E0310", title, label.span, "labels count from 0", help);
        }
        match &label.ty.element {
            Element::Label(labels) if labels.excess(&size).is_some_and(|excess| excess > 0.0) => {
                let (labels_said, size_said) = (labels.quoted(), size.quoted());
                let title = format!("a label out of {labels_said} has no place in a one-hot vector of {size_said}");
                let help = format!("write `one_hot(..., {labels})`");
                return self.fault("E0310", title, spans.0, "too few", help);
            }
            Element::Label(_) | Element::Truth | Element::Whole => {}
            _ => {
                let title = format!("`one_hot` takes a label, not {}", label.ty);
                return self.fault("E0310", title, label.span, "no label", "give it a class(k)");
            }
        }
        let mut shape = label.ty.shape.clone();
        shape.push(size);
        self.applied("one_hot", vec![label.id], Type::array(Element::Real, shape), env)
    }

    /// A function of fixed numbers; `None` where it is worked out inside a task.
    fn constant_function(&mut self, name: &'static str, values: &[(Value, Span)], span: Span) -> Option<Value> {
        match (name, values) {
            ("log" | "exp" | "sqrt" | "abs" | "sin" | "cos" | "sign" | "relu" | "tanh" | "sigmoid", [(value, at)]) => {
                Some(self.elementwise(name, value, *at))
            }
            ("mean" | "sum" | "max" | "min", [(value @ (Value::List(_) | Value::Series { .. }), at)]) => {
                self.fold(name, value, *at)
            }
            ("mean" | "sum" | "max" | "min", [(value, at)]) => Some(self.mismatch("a list", value, *at)),
            ("max" | "min", [(Value::Number { value: a, whole: p }, _), (Value::Number { value: b, whole: q }, _)]) => {
                let value = match a.excess(b) {
                    Some(excess) if (excess >= 0.0) == (name == "max") => a.clone(),
                    Some(_) => b.clone(),
                    None => Size::name(&format!("{name}({a}, {b})")),
                };
                Some(Value::Number { value, whole: *p && *q })
            }
            ("mod", [(a, _), (b, at)]) => {
                let (a, b) = (a.clone(), b.clone());
                let env = Env { module: 0, locals: &std::collections::HashMap::new(), graph: None };
                Some(self.binary(BinaryOp::Modulo, a, b, (*at, span), env))
            }
            _ => None,
        }
    }

    fn elementwise(&mut self, name: &'static str, value: &Value, at: Span) -> Value {
        match value {
            Value::List(items) => Value::List(items.iter().map(|item| self.elementwise(name, item, at)).collect()),
            Value::Series { name: of, whole, shape } => {
                let whole = *whole && matches!(name, "abs" | "sign" | "relu");
                Value::Series { name: format!("{name}({of})"), whole, shape: shape.clone() }
            }
            Value::Number { value, whole } => match value.known() {
                Some(x) => self.number_function(name, x, *whole, at),
                None => {
                    let whole = *whole && matches!(name, "abs" | "sign" | "relu");
                    Value::Number { value: Size::name(&format!("{name}({value})")), whole }
                }
            },
            other => self.mismatch("a number or an array", other, at),
        }
    }

    fn number_function(&mut self, name: &str, x: f64, whole: bool, at: Span) -> Value {
        if (name == "log" && x <= 0.0) || (name == "sqrt" && x < 0.0) {
            let title = format!("`{name}` of {x} is not a number");
            return self.fault("E0302", title, at, "out of its domain", "apply it to larger numbers");
        }
        let (result, whole) = match name {
            "log" => (libm::log(x), false),
            "exp" => (libm::exp(x), false),
            "sqrt" => (x.sqrt(), false),
            "sin" => (libm::sin(x), false),
            "cos" => (libm::cos(x), false),
            "tanh" => (libm::tanh(x), false),
            "sigmoid" => (1.0 / (1.0 + libm::exp(-x)), false),
            "sign" => (if x == 0.0 { 0.0 } else { x.signum() }, true),
            "relu" => (x.max(0.0), whole),
            _ => (x.abs(), whole),
        };
        self.finite(result, whole, at)
    }

    fn fold(&mut self, name: &'static str, value: &Value, at: Span) -> Option<Value> {
        let items = match value {
            Value::List(items) => items,
            Value::Series { name: of, whole, .. } => {
                let value = Size::name(&format!("{name}({of})"));
                return Some(Value::Number { value, whole: *whole && name != "mean" });
            }
            other => return Some(self.mismatch("a list", other, at)),
        };
        let whole = items.iter().all(|item| matches!(item, Value::Number { whole: true, .. }));
        let mut numbers = Vec::new();
        for item in items {
            match item {
                Value::Number { value, .. } => match value.known() {
                    Some(value) => numbers.push(value),
                    None => {
                        let value = Size::name(&format!("{name}({})", self.text(at)));
                        return Some(Value::Number { value, whole: whole && name != "mean" });
                    }
                },
                Value::List(_) => return None,
                other => return Some(self.mismatch("a number", other, at)),
            }
        }
        if numbers.is_empty() {
            let title = format!("`{name}` of an empty list is not a number");
            return Some(self.fault("E0302", title, at, "no items", "give it at least one number"));
        }
        let sum: f64 = numbers.iter().sum();
        let (value, whole) = match name {
            "mean" => (sum / numbers.len() as f64, false),
            "sum" => (sum, whole),
            "max" => (numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max), whole),
            _ => (numbers.iter().copied().fold(f64::INFINITY, f64::min), whole),
        };
        Some(self.finite(value, whole, at))
    }
}

/// The element of what keeps integers integers.
fn kept(ty: &Type) -> Element {
    if ty.element == Element::Real { Element::Real } else { Element::Whole }
}

/// Whether a value is a name of a task or holds one.
pub fn holds_node(value: &Value) -> bool {
    match value {
        Value::Node(_) => true,
        Value::List(items) => items.iter().any(holds_node),
        _ => false,
    }
}
