//! Draws of a task's blocks as nodes: how often they happen, from which pool, with or without replacement, and what
//! stands at the first position.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::limits;
use crate::check::values::shape::{Element, Type, joined};
use crate::check::values::size::Size;
use crate::check::values::value::{DrawValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{First, Law, NodeId, Op, Pool, Scope};
use crate::registry::nearest;
use crate::syntax::tree::{Expr, ExprKind};

impl Checker<'_> {
    /// What a draw of a task's block comes to.
    pub fn draw(
        &mut self,
        scope: Option<Scope>,
        distribution: &Expr,
        pool: Option<&Expr>,
        distinct: bool,
        env: Env<'_>,
    ) -> Value {
        let Some(graph) = env.graph else { return Value::Poison };
        let draw = match self.eval(distribution, env) {
            Value::Draw(draw) => draw,
            Value::Unknown(crate::registry::Kind::Distribution) => {
                let ty = Type::single(Element::Real);
                let op = Op::Apply { function: self.text(distribution.span), args: Vec::new() };
                return Value::Node(graph.borrow_mut().draw(scope.unwrap_or(Scope::Run), op, ty));
            }
            other => return self.mismatch("a distribution", &other, distribution.span),
        };
        let pool = match pool {
            None => None,
            Some(pool) => match self.pool(pool, env) {
                Some(pool) => Some(pool),
                None => return Value::Poison,
            },
        };
        let Some(scope) = scope else {
            let help = "put it into `per run`, `per sequence`, `per example` or `per token`";
            let title = "a draw stands outside every `per` block";
            return self.fault("E0207", title, distribution.span, "drawn how often?", help);
        };
        if pool.is_some() && scope != Scope::Sequence {
            let title = "a pool is picked from once a sequence";
            let help = "put this draw into `per sequence`, or take `in pool(...)` away";
            return self.fault("E0302", title, distribution.span, "drawn at another time", help);
        }
        if draw.distribution == "bursty" && scope != Scope::Sequence {
            let title = "`bursty` draws the classes of a whole sequence at once";
            let help = "put this draw into `per sequence`, and take `[index]` of it for each example";
            return self.fault("E0302", title, distribution.span, "drawn at another time", help);
        }
        if let (Some((_, at)), true) = (&draw.first, scope != Scope::Example) {
            let title = format!("`first` starts a recurrence, but this is drawn once a {}", once(scope));
            let help = "take `first` away, or put this draw into `per token` or `per example`";
            return self.fault("E0302", title, *at, "no position before", help);
        }
        if distinct {
            if scope != Scope::Example {
                let title = "`without replacement` is within a sequence";
                let help = "put this draw into `per example`, or take it away";
                return self.fault("E0302", title, distribution.span, "drawn once a sequence", help);
            }
            if !matches!(draw.distribution, "rows" | "uniform") || draw.element == Element::Real {
                let title = format!("`{}` has no end of values to replace", draw.distribution);
                let help = "draw rows or labels without replacement";
                return self.fault("E0302", title, distribution.span, "not from a finite set", help);
            }
            if let (Element::Label(size), Some(length)) = (&draw.element, graph.borrow().length.known())
                && size.known().is_some_and(|size| size < length)
            {
                let title = format!("{length} examples without replacement need more than {size} values");
                let found = Diagnostic::error("E0311", title, distribution.span, "too few");
                self.report(found.help("take fewer points, or more values"));
                return Value::Poison;
            }
        }
        if draw.distribution == "rows" && (scope == Scope::Run || pool.is_some()) {
            let title = "training sequences and held-out ones never share a row, so rows are not drawn once a run";
            let (label, help) = match pool {
                Some(_) => ("rows of a pool would be shared", "take `in pool(...)` away"),
                None => ("shared by all sequences", "put this draw into `per sequence` or `per example`"),
            };
            return self.fault("E0302", title, distribution.span, label, help);
        }
        match self.drawn_node(scope, &draw, pool, distinct, distribution.span, env) {
            Some(node) => Value::Node(node),
            None => Value::Poison,
        }
    }

    fn pool(&mut self, pool: &Expr, env: Env<'_>) -> Option<(Size, f64)> {
        let called = match &pool.kind {
            ExprKind::Call { callee, args } if matches!(&callee.kind, ExprKind::Name(name) if name == "pool") => args,
            _ => {
                let help = "write `in pool(m)`, with m the number of values";
                self.fault("E0301", "a draw is taken from a `pool`", pool.span, "not a pool", help);
                return None;
            }
        };
        let mut size = None;
        let mut exponent = 0.0;
        for (place, arg) in called.iter().enumerate() {
            let value = self.eval(&arg.value, env);
            match arg.name.as_ref().map(|name| name.text.as_str()) {
                Some("exponent") if value.open() => {}
                Some("exponent") => exponent = self.at_least_zero(&value, arg.value.span, "exponent")?,
                Some("size") => size = self.bounded(&value, arg.value.span, limits::POOL, "a pool"),
                None if place == 0 => size = self.bounded(&value, arg.value.span, limits::POOL, "a pool"),
                Some(other) => {
                    let title = format!("`pool` has no argument `{other}`");
                    let at = arg.name.as_ref().map_or(arg.value.span, |name| name.span);
                    let finding = Diagnostic::error("E0204", title, at, "unknown argument");
                    self.report(match nearest(other, ["size", "exponent"]) {
                        Some(meant) => finding.help(format!("write `{meant}: ...`")).fix(at, meant),
                        None => finding.help("the arguments are size, exponent"),
                    });
                    return None;
                }
                None => {
                    let help = "write `pool(m)`, or `pool(m, exponent: 1)`";
                    self.fault("E0204", "`pool` takes 1 argument without a name", arg.value.span, "one too many", help);
                    return None;
                }
            }
        }
        if size.is_none() && called.is_empty() {
            let help = "write `pool(m)`, with m the number of values";
            self.fault("E0209", "`pool` needs `size`", pool.span, "argument missing", help);
        }
        let size = size?;
        if let (Some(known), true) = (size.known(), exponent != 0.0)
            && known > limits::WEIGHED
        {
            self.too_large("a pool with an exponent", known, limits::WEIGHED, pool.span);
            return None;
        }
        Some((size, exponent))
    }

    fn drawn_node(
        &mut self,
        scope: Scope,
        draw: &DrawValue,
        pool: Option<(Size, f64)>,
        distinct: bool,
        span: Span,
        env: Env<'_>,
    ) -> Option<NodeId> {
        let graph = env.graph?;
        let pool = pool.map(|(size, exponent)| Pool { size: size.axis().unwrap_or(0) as u64, exponent });
        let ty = Type { element: draw.element.clone(), shape: draw.whole_shape(), each: sizes(draw) };
        let plain = draw.copies.is_empty() && draw.first.is_none();
        let op = match (draw.distribution, draw.args.as_slice()) {
            ("uniform", [Some(Value::Number { value, .. }), ..]) if plain && pool.is_none() && !distinct => value
                .axis()
                .filter(|_| matches!(draw.element, Element::Label(_)))
                .map(|classes| Op::Uniform { classes }),
            ("permutations", _) if plain => sizes(draw).map(|sizes| Op::Permutations { sizes, pool }),
            ("rows", [Some(Value::Data(data)), rest @ ..]) if plain => {
                let only = match rest {
                    [Some(Value::Node(condition))] => Some(*condition),
                    [Some(Value::Bool(false))] => {
                        let help = "loosen the condition, or take it away";
                        return self.none_left(span, help);
                    }
                    _ => None,
                };
                Some(Op::Rows { source: graph.borrow_mut().source(data), distinct, only })
            }
            _ => None,
        };
        if let Some(op) = op {
            return Some(graph.borrow_mut().draw(scope, op, ty));
        }
        if draw.distribution == "rows" {
            self.later("several rows at once", span);
        }
        let law = self.law(draw, span, env)?;
        if pool.is_some() {
            self.once_for_all(&law, span, env)?;
        }
        let first = match &draw.first {
            None => None,
            Some((value, at)) => {
                let (first, start) = match value {
                    Value::Draw(part) => {
                        let start = Type::array(part.element.clone(), part.whole_shape());
                        (First::Law(self.law(part, *at, env)?), start)
                    }
                    value => {
                        let (node, start) = self.node(value.clone(), *at, env)?;
                        (First::Node(node), start)
                    }
                };
                if !self.starts(&ty, &start, *at) {
                    return None;
                }
                Some(first)
            }
        };
        Some(graph.borrow_mut().draw(scope, Op::Draw { law, pool, distinct, first: first.map(Box::new) }, ty))
    }

    /// Whether a law is the same in every sequence, as that of a pool must be.
    fn once_for_all(&mut self, law: &Law, span: Span, env: Env<'_>) -> Option<()> {
        let graph = env.graph?;
        let changes = law.nodes().find(|&node| graph.borrow().nodes[node].scope != Scope::Run);
        let Some(node) = changes else { return Some(()) };
        let name = graph.borrow().named.iter().find(|(_, named)| **named == node).map(|(name, _)| name.clone());
        let title = match name {
            Some(name) => format!("the values of a pool are drawn once a run, but their law depends on `{name}`"),
            None => "the values of a pool are drawn once a run, but their law changes with the sequence".to_string(),
        };
        let help = "draw what it depends on in `per run`, or take `in pool(...)` away";
        self.fault("E0302", title, span, "not known when the pool is drawn", help);
        None
    }

    fn none_left(&mut self, span: Span, help: &str) -> Option<NodeId> {
        self.fault("E0311", "no row is left to draw from", span, "holds for none of them", help);
        None
    }

    /// A distribution with its arguments as nodes.
    fn law(&mut self, draw: &DrawValue, span: Span, env: Env<'_>) -> Option<Law> {
        let mut args = Vec::new();
        let mut parts = Vec::new();
        let mut source = None;
        for (place, arg) in draw.args.iter().enumerate() {
            match arg {
                Some(Value::Draw(part)) => {
                    let share = draw.shares.get(place).copied().unwrap_or(0.0);
                    parts.push((share, self.law(part, span, env)?));
                }
                Some(Value::Data(data)) => source = Some(env.graph?.borrow_mut().source(data)),
                None | Some(Value::UnknownData(_) | Value::Word(_) | Value::Unknown(_)) => {
                    args.push(None);
                }
                Some(value) => args.push(Some(self.node(value.clone(), span, env)?.0)),
            }
        }
        // A word that is an argument, such as `query: outside`, is part of what is drawn.
        let word = draw.args.iter().flatten().find_map(worded);
        let count = |sizes: &[Size]| sizes.iter().map(|size| size.axis().unwrap_or(0)).product::<usize>();
        let (copies, width) = (count(&draw.copies), count(&draw.shape));
        Some(Law { name: draw.distribution.to_string(), args, word, source, copies, width, parts })
    }

    /// Whether the start of a recurrence is of its type.
    fn starts(&mut self, ty: &Type, start: &Type, span: Span) -> bool {
        let shapes = joined(&ty.shape, &start.shape).is_some() && ty.shape.len() == start.shape.len();
        if !shapes {
            let title = format!("the first value is {start}, but the others are {ty}");
            self.fault("E0306", title, span, "shapes differ", "start with a value of the same sizes");
            return false;
        }
        if let (Element::Label(labels), Element::Label(places)) = (&start.element, &ty.element)
            && labels.excess(places).is_some_and(|excess| excess > 0.0)
        {
            let title =
                format!("the first value is one of {} labels, but the others of {}", labels.quoted(), places.quoted());
            self.fault("E0310", title, span, "label spaces differ", format!("start with `uniform({places})`"));
            return false;
        }
        true
    }
}

fn once(scope: Scope) -> &'static str {
    if scope == Scope::Run { "run" } else { "sequence" }
}

fn worded(value: &Value) -> Option<String> {
    match value {
        Value::Word(word) => Some(word.to_string()),
        _ => None,
    }
}

/// The sizes of several permutations, where they are known.
fn sizes(draw: &DrawValue) -> Option<Vec<usize>> {
    if draw.distribution != "permutations" || !draw.copies.is_empty() {
        return None;
    }
    let Some(Some(Value::List(items))) = draw.args.first() else { return None };
    let size = |item: &Value| if let Value::Number { value, .. } = item { value.axis() } else { None };
    items.iter().map(size).collect()
}
