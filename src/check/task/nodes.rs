//! Arithmetic and functions on the names of a task: what they come to, and whether their shapes agree for every size.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::values::arithmetic::symbol;
use crate::check::values::shape::{Element, RowOf, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::diagnostic::Span;
use crate::program::task::{NodeId, Op, Scope};
use crate::syntax::tree::{BinaryOp, Name, UnaryOp};

impl Checker<'_> {
    /// A value as a node: numbers and lists of them become fixed ones.
    pub fn node(&mut self, value: Value, span: Span, env: Env<'_>) -> Option<(NodeId, Type)> {
        let graph = env.graph?;
        let mut graph = graph.borrow_mut();
        let (op, ty) = match value {
            Value::Node(id) => return Some((id, graph.types[id].clone())),
            Value::Poison => return None,
            Value::Number { value, whole } => {
                let element = if whole { Element::Whole } else { Element::Real };
                let op = match value.known() {
                    Some(value) if whole => Op::Constant(value as i64),
                    Some(value) => Op::Numbers(vec![value]),
                    None => Op::Apply { function: value.to_string(), args: Vec::new() },
                };
                (op, Type::single(element))
            }
            Value::Bool(truth) => (Op::Constant(i64::from(truth)), Type::single(Element::Truth)),
            Value::Unknown(crate::registry::Kind::Bool) => {
                (Op::Apply { function: self.text(span), args: Vec::new() }, Type::single(Element::Truth))
            }
            Value::Series { name, whole, shape } => {
                let element = if whole { Element::Whole } else { Element::Real };
                (Op::Apply { function: name, args: Vec::new() }, Type::array(element, shape))
            }
            Value::List(items) => {
                drop(graph);
                return self.list_node(&items, span, env);
            }
            other => {
                drop(graph);
                return self.none("a number or a name of the task", &other, span);
            }
        };
        let id = graph.intern(Scope::Run, op, ty.clone());
        Some((id, ty))
    }

    fn list_node(&mut self, items: &[Value], span: Span, env: Env<'_>) -> Option<(NodeId, Type)> {
        let mut numbers = Vec::new();
        let mut rows: Option<Size> = None;
        let mut whole = true;
        for item in items {
            match item {
                Value::Number { value, whole: integer } => {
                    whole &= integer;
                    numbers.push(value.known().unwrap_or(f64::NAN));
                }
                Value::List(inner) => {
                    for value in inner {
                        let Value::Number { value, whole: integer } = value else {
                            return self.none("a list of numbers", value, span);
                        };
                        whole &= integer;
                        numbers.push(value.known().unwrap_or(f64::NAN));
                    }
                    let length = Size::of(inner.len());
                    if rows.as_ref().is_some_and(|rows| rows.differs(&length)) {
                        let help = "give every row as many numbers";
                        self.fault("E0306", "the rows of this table differ in length", span, "ragged", help);
                        return None;
                    }
                    rows = Some(length);
                }
                Value::Node(_) => return self.stacked(items, span, env),
                other => return self.none("a list of numbers", other, span),
            }
        }
        let shape = std::iter::once(Size::of(items.len())).chain(rows).collect();
        let ty = Type::array(if whole { Element::Whole } else { Element::Real }, shape);
        let graph = env.graph?;
        let id = graph.borrow_mut().intern(Scope::Run, Op::Numbers(numbers), ty.clone());
        Some((id, ty))
    }

    /// `[a, b]` of names of one shape: an array with an axis more.
    fn stacked(&mut self, items: &[Value], span: Span, env: Env<'_>) -> Option<(NodeId, Type)> {
        let mut args = Vec::new();
        let mut ty: Option<Type> = None;
        for item in items {
            let (id, of) = self.node(item.clone(), span, env)?;
            args.push(id);
            ty = Some(match ty {
                None => of,
                Some(known) => {
                    let Some(shape) = joined(&known.shape, &of.shape).filter(|_| known.shape.len() == of.shape.len())
                    else {
                        let title = format!("the entries of this list are {known} and {of}");
                        self.fault("E0306", title, span, "shapes differ", "give all of them the same sizes");
                        return None;
                    };
                    Type::array(common(&known, &of), shape)
                }
            });
        }
        let ty = ty?;
        let shape = std::iter::once(Size::of(items.len())).chain(ty.shape.iter().cloned()).collect();
        let ty = Type::array(ty.element, shape);
        let graph = env.graph?;
        let id = graph.borrow_mut().apply("[]", args, ty.clone());
        Some((id, ty))
    }

    /// Reports that two arrays cannot be joined.
    pub fn shapes_differ(&mut self, what: &str, a: &str, b: &str, span: Span) -> Value {
        let title = format!("`{what}` cannot join {a} and {b}");
        let help = "give both the same sizes, or take a single entry of one of them";
        self.fault("E0306", title, span, "shapes differ", help)
    }

    fn numeric(&mut self, ty: &Type, span: Span) -> bool {
        if ty.numeric() {
            return true;
        }
        let (what, help) = if matches!(ty.element, Element::Text) {
            ("a text", "take a label of the row, such as `row.attributes[0]`")
        } else {
            ("a row of a data source", "take its labels, `.attributes`, or its vector, `.embedding`")
        };
        self.fault("E0301", format!("{what} is no number"), span, "not a number", help);
        false
    }

    pub fn unary_node(&mut self, op: UnaryOp, value: Value, span: Span, env: Env<'_>) -> Value {
        let Some((id, ty)) = self.node(value, span, env) else { return Value::Poison };
        if !self.numeric(&ty, span) {
            return Value::Poison;
        }
        let (function, element) = match op {
            UnaryOp::Negate => ("negate", if ty.element == Element::Real { Element::Real } else { Element::Whole }),
            UnaryOp::Not if ty.element != Element::Truth => {
                let help = "compare it with a number first";
                return self.fault("E0301", format!("{ty} is no condition"), span, "not true or false", help);
            }
            UnaryOp::Not => ("not", Element::Truth),
        };
        self.applied(function, vec![id], Type::array(element, ty.shape), env)
    }

    /// A node for an operation.
    pub fn applied(&mut self, function: &str, args: Vec<NodeId>, ty: Type, env: Env<'_>) -> Value {
        env.graph.map_or(Value::Poison, |graph| Value::Node(graph.borrow_mut().apply(function, args, ty)))
    }

    pub fn binary_nodes(&mut self, op: BinaryOp, a: Value, b: Value, spans: (Span, Span), env: Env<'_>) -> Value {
        use BinaryOp::{Add, And, Divide, Modulo, Multiply, Or, Power, Subtract};
        let text = |value: &Value| matches!(value, Value::Text(_));
        if text(&a) || text(&b) {
            return self.compare_texts(op, a, b, spans, env);
        }
        if let (Value::Number { value, .. }, Divide | Modulo) = (&b, op)
            && value.known() == Some(0.0)
        {
            let help = "divide by something else";
            return self.fault("E0302", "division by zero", spans.1, "the right side is 0", help);
        }
        let b = match b {
            // What is whole for some counts is looked at where the task is called.
            Value::Number { value, whole: false } if op == Modulo && self.may_be_whole(&value) => {
                Value::Number { value, whole: true }
            }
            b => b,
        };
        let (Some((left, p)), Some((right, q))) = (self.node(a, spans.1, env), self.node(b, spans.1, env)) else {
            return Value::Poison;
        };
        if p.element == Element::Text && q.element == Element::Text {
            return self.compare_texts(op, Value::Node(left), Value::Node(right), spans, env);
        }
        if !self.numeric(&p, spans.1) || !self.numeric(&q, spans.1) {
            return Value::Poison;
        }
        let Some(shape) = joined(&p.shape, &q.shape) else {
            return self.shapes_differ(symbol(op), &p.to_string(), &q.to_string(), spans.1);
        };
        let element = match op {
            Add | Subtract | Multiply | Power => p.joined(&q),
            Divide => Element::Real,
            // A remainder of integers is a label again, since it lies below what it is divided by.
            Modulo => match (p.joined(&q), self.fixed(right, env)) {
                (Element::Whole, Some(size)) => Element::Label(size),
                (element, _) => element,
            },
            And | Or => {
                if p.element != Element::Truth || q.element != Element::Truth {
                    let title = format!("`{}` joins truths, not {p} and {q}", symbol(op));
                    let help = "compare the numbers first: `a > 0`";
                    return self.fault("E0301", title, spans.0, "not true or false", help);
                }
                Element::Truth
            }
            _ => Element::Truth,
        };
        self.applied(symbol(op), vec![left, right], Type::array(element, shape), env)
    }

    /// `row.word == "dog"`: texts are compared, and nothing else is done with them.
    fn compare_texts(&mut self, op: BinaryOp, a: Value, b: Value, spans: (Span, Span), env: Env<'_>) -> Value {
        let (Some((left, p)), Some((right, q))) =
            (self.node_or_text(a, spans.1, env), self.node_or_text(b, spans.1, env))
        else {
            return Value::Poison;
        };
        let texts = p.element == Element::Text && q.element == Element::Text;
        if texts && matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            return self.applied(symbol(op), vec![left, right], Type::single(Element::Truth), env);
        }
        let title = format!("`{}` cannot join {p} and {q}", symbol(op));
        let help = "compare a text with a text by `==` or `!=`, and a label with its number";
        self.fault("E0301", title, spans.0, "kinds differ", help)
    }

    /// The number that a node always is, also where it depends on a parameter.
    fn fixed(&self, id: NodeId, env: Env<'_>) -> Option<Size> {
        let graph = env.graph?.borrow();
        match &graph.nodes[id].op {
            Op::Constant(value) => Some(Size::Known(*value as f64)),
            Op::Apply { function, args } if args.is_empty() => Some(Size::name(function)),
            _ => None,
        }
    }

    /// `if c then a else b` with a condition that is drawn.
    pub fn if_node(&mut self, condition: NodeId, a: Value, b: Value, spans: (Span, Span), env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let of = graph.borrow().types[condition].clone();
        if of.element != Element::Truth {
            let title = format!("a condition is true or false, not {of}");
            let help = "compare it, as in `a > 0`, or draw it from `bernoulli(p)`";
            return self.fault("E0301", title, spans.0, "no condition", help);
        }
        let (Some((left, p)), Some((right, q))) = (self.node(a, spans.1, env), self.node(b, spans.1, env)) else {
            return Value::Poison;
        };
        let shape = joined(&p.shape, &q.shape).and_then(|shape| joined(&of.shape, &shape));
        let Some(shape) = shape else {
            let title = format!("the branches of this `if` are {p} and {q}");
            return self.fault("E0306", title, spans.1, "shapes differ", "give both the same sizes");
        };
        self.applied("if", vec![condition, left, right], Type::array(common(&p, &q), shape), env)
    }

    /// One of two, by a condition that depends on a parameter.
    pub fn joined_nodes(&mut self, a: Value, b: Value, span: Span, env: Env<'_>) -> Value {
        let (Some((left, p)), Some((right, q))) = (self.node(a, span, env), self.node(b, span, env)) else {
            return Value::Poison;
        };
        // Only one of them counts once the parameter is known, so that their shapes may differ.
        let shape = joined(&p.shape, &q.shape).unwrap_or_else(|| p.shape.clone());
        self.applied("either", vec![left, right], Type::array(common(&p, &q), shape), env)
    }

    /// A field of a row.
    pub fn row_field(&mut self, row: NodeId, name: &Name, env: Env<'_>) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let element = graph.borrow().types[row].element.clone();
        let Element::Row(of) = element else {
            let title = format!("only a row of a data source has fields, such as `{}`", name.text);
            let help = "take the field of a name drawn from `rows(...)`";
            return self.fault("E0301", title, name.span, "not a row", help);
        };
        let columns: Vec<String> = match &of {
            RowOf::Known(source) => match &**source {
                crate::data::Source::Shapes(_) => vec!["embedding".into()],
                crate::data::Source::Table(table) => std::iter::once(table.key.clone())
                    .chain(table.attributes.iter().map(|(name, _)| name.clone()))
                    .collect(),
            },
            // What a data source that is a parameter holds is known where the task is called.
            RowOf::Named(_) => vec!["embedding".into(), name.text.clone()],
        };
        let known: Vec<&str> = std::iter::once("attributes").chain(columns.iter().map(String::as_str)).collect();
        match self.nearest_field(name, &known) {
            None => Value::Poison,
            Some("attributes") => Value::Node(graph.borrow_mut().attributes(row)),
            Some("embedding") => Value::Node(graph.borrow_mut().embedding(row)),
            Some(column) => {
                let column = column.to_string();
                let scope = graph.borrow().nodes[row].scope;
                let made = graph.borrow_mut().intern(scope, Op::Column { row, column }, Type::single(Element::Text));
                Value::Node(made)
            }
        }
    }
}

/// What one of two may be.
pub fn common(a: &Type, b: &Type) -> Element {
    match (&a.element, &b.element) {
        (a, b) if a == b => a.clone(),
        (Element::Real, _) | (_, Element::Real) => Element::Real,
        // Of two label spaces the wider one holds both, where it is known which that is.
        (Element::Label(p), Element::Label(q)) => match p.excess(q) {
            Some(excess) if excess >= 0.0 => Element::Label(p.clone()),
            Some(_) => Element::Label(q.clone()),
            None => Element::Whole,
        },
        _ => Element::Whole,
    }
}
