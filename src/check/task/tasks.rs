//! Tasks: their form, their graphs, what is read and predicted, and which lines nothing uses.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::{Found, settings};
use crate::check::limits;
use crate::check::naming::scope::unread;
use crate::check::task::canonical;
use crate::check::task::draws;
use crate::check::task::graph::Graph;
use crate::check::task::levels::Predicted;
use crate::check::values::shape::{Element, RowOf};
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::data::Source;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{Form, NodeId, Op, Scope, Scored, Task};
use crate::program::vocabulary::Vocabulary;
use crate::registry::{BlockKind, Kind};
use crate::syntax::tree::{Block, EntryKind, Expr, ExprKind, Item, Type as Written};
use std::cell::RefCell;
use std::rc::Rc;

/// What a task's settings say that it reads and predicts.
pub struct Interface {
    pub form: Form,
    pub input: NodeId,
    pub target: NodeId,
    pub input_width: Size,
    /// Of a text.
    pub vocabulary: Vocabulary,
    /// Of the read-out.
    pub outputs: Size,
    pub real: bool,
    pub target_span: Span,
}

impl Checker<'_> {
    pub fn task(&mut self, item: &Item, block: &Block, env: Env<'_>, title: String) -> Value {
        let found = settings(block, BlockKind::Task);
        let modules = Rc::clone(&self.modules);
        let words: Vec<String> =
            unread(block, &modules[env.module].text).into_iter().map(ToString::to_string).collect();
        let length = self.require(&found, "length", item, (block, env.module));
        let graph = RefCell::new(Graph::new(block, words));
        let inside = Env { graph: Some(&graph), ..env };
        let length = length.and_then(|length| self.length(length, inside));
        if let Some((size, _)) = &length {
            graph.borrow_mut().length = size.clone();
        }
        let interface = self.interface(&found, item, block, inside);
        if let Some(interface) = &interface {
            self.blocks_fit(block, interface);
            if let (Form::Tokens, Some((size, at))) = (&interface.form, &length)
                && size.known() == Some(1.0)
            {
                let title = "a sequence of 1 token predicts nothing";
                self.fault("E0302", title, *at, "the first token is never predicted", "write at least 2");
            }
        }
        let levels = self.task_levels(&found, interface.as_ref(), inside);
        // What neither reaches is followed too, so that its faults are found and probes can ask for it.
        let reached = graph.borrow().nodes.len();
        let mut others: Vec<String> = graph.borrow().lines.keys().map(ToString::to_string).collect();
        others.sort();
        others.retain(|name| !graph.borrow().values.contains_key(name));
        if interface.is_some() && (self.generic || item.params.is_empty()) && !item.public {
            self.unused_lines(&others, &graph.borrow());
        }
        for name in others {
            let span = graph.borrow().lines[name.as_str()].name.span;
            self.graph_name(&name, span, inside);
        }
        self.settle_waiting(&graph);
        if let Some(interface) = &interface
            && (self.generic || item.params.is_empty())
        {
            self.context_teaches(interface, item, &graph.borrow());
            self.first_is_known(interface, item, &graph.borrow());
        }
        let score = self.scored(&found, inside);
        let (Some((length, length_span)), Some(interface), Some(levels), Some(score)) =
            (length, interface, levels, score)
        else {
            return Value::Poison;
        };
        if self.generic {
            return Value::Unknown(Kind::Task);
        }
        // A level in a line that could not be read is not missing.
        let lost = |key: &str| !found.contains_key(key) && graph.borrow().unread.iter().any(|word| word == key);
        if lost("blind") || lost("ideal") {
            return Value::Poison;
        }
        let (Some(length), Some(input_width), Some(classes)) =
            (length.axis(), interface.input_width.axis(), interface.outputs.axis())
        else {
            return Value::Unknown(Kind::Task);
        };
        let mut graph = graph.replace(Graph::new(block, Vec::new()));
        canonical::settle(&mut graph.nodes, &mut graph.named, reached);
        let task = Task {
            sources: graph.sources,
            nodes: graph.nodes,
            form: interface.form,
            length,
            input: interface.input,
            target: interface.target,
            input_width,
            classes,
            real: interface.real,
            score,
            blind: levels.blind,
            ideal: levels.ideal,
            plateaus: levels.plateaus,
            fresh: false,
            growth: Vec::new(),
            names: graph.named,
            vocabulary: interface.vocabulary,
            rendering: None,
            title,
        };
        if self.rows_suffice(&task, length_span) { Value::Task(Rc::new(task)) } else { Value::Poison }
    }

    /// Whether what is read and predicted at the first position looks at none before it.
    fn first_is_known(&mut self, interface: &Interface, item: &Item, graph: &Graph<'_>) {
        let mut unknown = vec![false; graph.nodes.len()];
        for (id, node) in graph.nodes.iter().enumerate() {
            let any = |needs: &[NodeId]| needs.iter().any(|&need| unknown.get(need).is_some_and(|unknown| *unknown));
            unknown[id] = match &node.op {
                Op::Previous { .. } => true,
                Op::Draw { first: Some(first), .. } => any(&first.nodes()),
                // A condition may keep the first position from looking back.
                Op::Apply { function, args } if matches!(function.as_str(), "if" | "where" | "either") => {
                    args.iter().skip(1).all(|&branch| any(&[branch]))
                }
                op => any(&op.needs()),
            };
        }
        let found =
            [interface.target, interface.input].into_iter().any(|id| unknown.get(id).is_some_and(|known| *known));
        let inside = |at: Span| at.file == item.span.file && item.span.start <= at.start && at.end <= item.span.end;
        if !found || self.findings.iter().any(|finding| finding.id.starts_with('E') && inside(finding.span())) {
            return;
        }
        let title = "the first position looks at one before it, which there is not";
        let help = "write `if index == 0 then ... else ...`, or let a draw begin with `first: ...`";
        self.fault("E0209", title, interface.target_span, "nothing stands before the first", help);
    }

    /// Whether the target depends on what is drawn for the sequence or on an earlier position.
    fn context_teaches(&mut self, interface: &Interface, item: &Item, graph: &Graph<'_>) {
        // What could not be read may have been what decides it.
        let inside = |at: Span| at.file == item.span.file && item.span.start <= at.start && at.end <= item.span.end;
        if self.findings.iter().any(|finding| finding.id.starts_with('E') && inside(finding.span())) {
            return;
        }
        let mut seen = vec![false; graph.nodes.len()];
        let mut ahead = vec![interface.target];
        while let Some(id) = ahead.pop() {
            // What the model reads says nothing of other examples.
            let read = interface.form == Form::Pairs && id == interface.input && id != interface.target;
            if read || seen.get(id).is_none_or(|seen| *seen) {
                continue;
            }
            seen[id] = true;
            let node = &graph.nodes[id];
            if node.scope == Scope::Sequence || matches!(node.op, Op::Previous { .. }) {
                return;
            }
            ahead.extend(node.op.needs());
        }
        let title = "nothing that is drawn for a sequence decides what is predicted, so its context teaches nothing";
        let finding = Diagnostic::warning("W0210", title, interface.target_span, "the same function in every sequence");
        self.report(finding.help("draw what decides it in `per sequence`"));
    }

    /// Whether what comes about at every position is called by the name that the form of the task gives it.
    fn blocks_fit(&mut self, block: &Block, interface: &Interface) {
        let (form, wrong, right) = match interface.form {
            Form::Tokens => ("that emits tokens", "example", "token"),
            _ => ("of examples", "token", "example"),
        };
        for entry in &block.entries {
            if let EntryKind::Nested { keyword, name: Some(name), .. } = &entry.kind
                && keyword.text == "per"
                && name.text == wrong
            {
                let title = format!("a task {form} has no `per {wrong}`");
                let finding = Diagnostic::error("E0202", title, name.span, "nothing comes about this often");
                self.report(finding.help(format!("write `per {right}`")).fix(name.span, right));
            }
        }
    }

    fn length(&mut self, length: &Expr, env: Env<'_>) -> Option<(Size, Span)> {
        let value = self.eval(length, env);
        if let Value::Node(_) = value {
            let help = "write a number, or a parameter; sequences of a batch are of one length";
            self.fault("E0301", "a length is not drawn", length.span, "depends on a draw", help);
            return None;
        }
        Some((self.bounded(&value, length.span, limits::LENGTH, "a length")?, length.span))
    }

    /// What is read and predicted, by the form that the settings state.
    fn interface(&mut self, found: &Found<'_>, item: &Item, block: &Block, env: Env<'_>) -> Option<Interface> {
        for (stated, other) in [("emit", "input"), ("emit", "target"), ("emit", "show"), ("show", "input")] {
            if let (Some((_, _)), Some((expr, _))) = (found.get(stated), found.get(other)) {
                let title = format!("a task that says `{stated}` has no `{other}`");
                self.fault("E0302", title, expr.span, "never read", "keep one of them");
            }
        }
        if let Some((emit, _)) = found.get("emit") {
            return self.tokens(emit, env);
        }
        if let Some((show, _)) = found.get("show") {
            return self.text_form(show, found, env);
        }
        let graph = env.graph?;
        if graph.borrow().tokens && !found.contains_key("input") && !found.contains_key("target") {
            self.require(found, "emit", item, (block, env.module));
            return None;
        }
        let target = self.require(found, "target", item, (block, env.module));
        let input = self.require(found, "input", item, (block, env.module));
        let (target, input) = (target?, input?);
        // The target comes first, so that its names have the first numbers.
        let predicted = self.named_node(target, env);
        let read = self.named_node(input, env);
        let ty = found.get("target").and_then(|(_, ty)| *ty);
        let (predicted, read) = (predicted?, read?);
        let (outputs, real) = self.output(predicted, ty, target.span, env)?;
        let input_width = self.input_width(read, input.span, env)?;
        Some(Interface {
            form: Form::Pairs,
            input: read,
            target: predicted,
            input_width,
            vocabulary: Vocabulary::default(),
            outputs,
            real,
            target_span: target.span,
        })
    }

    fn tokens(&mut self, emit: &Expr, env: Env<'_>) -> Option<Interface> {
        let node = self.named_node(emit, env)?;
        let ty = env.graph?.borrow().types[node].clone();
        let labels = match (&ty.element, ty.shape.is_empty()) {
            (Element::Label(labels), true) => labels.clone(),
            (Element::Truth, true) => Size::of(2),
            _ => {
                let help = "emit a name that holds one label, such as `s ~ uniform(k)`";
                self.fault("E0310", format!("a token is one label, not {ty}"), emit.span, "no class(k)", help);
                return None;
            }
        };
        if env.graph?.borrow().nodes[node].scope != Scope::Example {
            let title = "every token of a sequence would be the same";
            let help = "emit a name of `per token`";
            self.fault("E0302", title, emit.span, "drawn once a sequence", help);
            return None;
        }
        Some(Interface {
            form: Form::Tokens,
            input: node,
            target: node,
            input_width: labels.clone(),
            vocabulary: Vocabulary::default(),
            outputs: labels,
            real: false,
            target_span: emit.span,
        })
    }

    /// A setting that must be a name of the task or an expression of its names.
    fn named_node(&mut self, expr: &Expr, env: Env<'_>) -> Option<NodeId> {
        match self.eval(expr, env) {
            Value::Node(node) => Some(node),
            other => self.none("a name drawn or defined in the task", &other, expr.span),
        }
    }

    /// Width of the read-out for a target, and whether it is real.
    fn output(&mut self, node: NodeId, ty: Option<&Written>, span: Span, env: Env<'_>) -> Option<(Size, bool)> {
        let of = env.graph?.borrow().types[node].clone();
        let declared = match ty {
            None => None,
            Some(ty) => Some(self.declared(ty, env)?),
        };
        let single = of.shape.is_empty();
        match (&of.element, declared) {
            (Element::Label(labels), declared) if single => {
                self.label_space(labels, declared, span);
                Some((labels.clone(), false))
            }
            (Element::Truth, declared) if single => {
                self.label_space(&Size::of(2), declared, span);
                Some((Size::of(2), false))
            }
            (Element::Whole, Some((labels, _))) if single => Some((labels, false)),
            (Element::Real, None) => match of.shape.as_slice() {
                [] => Some((Size::of(1), true)),
                [width] => Some((width.clone(), true)),
                _ => {
                    let title = format!("a target is a number or a vector, not {of}");
                    let help = "predict a name with at most one axis";
                    self.fault("E0310", title, span, "too many axes", help);
                    None
                }
            },
            (Element::Real, Some((_, at))) => {
                let title = format!("the target is {of}, no label");
                let help = "take the type away, or predict a label";
                self.fault("E0310", title, at, "a class is made of integers", help);
                None
            }
            (Element::Whole, None) if single => {
                let title = "the target is an integer without a label space";
                self.fault("E0310", title, span, "out of how many?", "write `: class(k)` behind it");
                None
            }
            _ => {
                let help = "predict a name that holds one label out of several";
                let title = format!("a target is one label, not {of}");
                self.fault("E0310", title, span, "must be of a class(k)", help);
                None
            }
        }
    }

    /// Whether a declared label space is that of the target.
    fn label_space(&mut self, labels: &Size, declared: Option<(Size, Span)>, _span: Span) {
        let Some((wide, at)) = declared else { return };
        let help = format!("write `class({labels})`");
        match wide.excess(labels) {
            Some(excess) if excess < 0.0 => {
                let title = format!("the target has {} labels but is declared as class({wide})", labels.quoted());
                self.report(Diagnostic::error("E0310", title, at, "too few").help(help));
            }
            Some(excess) if excess > 0.0 => {
                let title = format!("the target is declared as class({wide}) but has {} labels", labels.quoted());
                let label = "labels that never occur cost a first false step of the loss";
                self.report(Diagnostic::error("E0310", title, at, label).help(help));
            }
            _ => {}
        }
    }

    /// The size of the label space that a type states.
    pub fn declared(&mut self, ty: &Written, env: Env<'_>) -> Option<(Size, Span)> {
        let (name, args) = match ty {
            Written::Named { name, args, shape, .. } if shape.is_empty() => (name, args),
            Written::Named { span, .. } | Written::Choice { span, .. } => {
                self.fault("E0310", "a target is one label", *span, "not one label", "write `class(k)`");
                return None;
            }
        };
        if name.text != "class" {
            // What is not a type at all was told by the first pass.
            if crate::registry::TYPES.contains(&name.text.as_str()) {
                let help = "write `class(k)`, or no type for a real target";
                self.fault("E0310", format!("a target is no {}", name.text), name.span, "no label space", help);
            }
            return None;
        }
        let [size] = args.as_slice() else {
            let help = "write `class(k)`, with k the number of labels";
            self.fault("E0209", "`class` takes the number of labels", name.span, "argument missing", help);
            return None;
        };
        let value = self.eval(size, env);
        Some((self.positive(&value, size.span)?, size.span))
    }

    /// Numbers that the model reads of an input.
    fn input_width(&mut self, node: NodeId, span: Span, env: Env<'_>) -> Option<Size> {
        let of = env.graph?.borrow().types[node].clone();
        match (&of.element, of.shape.as_slice()) {
            (Element::Label(labels), []) => Some(labels.clone()),
            (Element::Real | Element::Whole | Element::Truth, []) => Some(Size::of(1)),
            (Element::Real | Element::Whole | Element::Truth | Element::Label(_), [width]) => Some(width.clone()),
            (Element::Row(RowOf::Known(_) | RowOf::Named(_)), _) => {
                let help = "read its vector: write `.embedding` behind it";
                self.fault("E0301", "a row of a data source is no input", span, "a row", help);
                None
            }
            _ => {
                let title = format!("an input is a number, a vector or a label, not {of}");
                self.fault("E0301", title, span, "not to be read", "read a name with at most one axis");
                None
            }
        }
    }

    fn scored(&mut self, found: &Found<'_>, env: Env<'_>) -> Option<Scored> {
        let Some((expr, _)) = found.get("score") else { return Some(Scored::All) };
        // Of a text, the field that counts was read with the text.
        if found.contains_key("show") {
            return Some(Scored::All);
        }
        if let (ExprKind::Call { callee, args }, Some(graph)) = (&expr.kind, env.graph)
            && matches!(&callee.kind, ExprKind::Name(name) if name == "from")
            && let [arg] = args.as_slice()
            && let Value::Number { value, .. } = self.eval(&arg.value, env)
        {
            let length = graph.borrow().length.clone();
            if value.excess(&length).is_some_and(|excess| excess >= 0.0) {
                let title = format!("no prediction counts: there are {}, from 0", length.quoted());
                let help = format!("write at most {}", length - Size::of(1));
                self.fault("E0302", title, expr.span, "past the end", help);
                return None;
            }
        }
        let score = match self.eval(expr, env) {
            word if word.is_word("all") => Scored::All,
            word if word.is_word("last") => Scored::Last,
            Value::Predictions(score) => score,
            Value::Unknown(_) => Scored::All,
            other => return self.none("`all`, `last` or `from(k)`", &other, expr.span),
        };
        Some(score)
    }

    fn rows_suffice(&mut self, task: &Task, span: Span) -> bool {
        for node in &task.nodes {
            let Op::Rows { source, distinct: true, .. } = node.op else { continue };
            let fewest = draws::fewest_rows(&task.sources[source]);
            if node.scope == Scope::Example && fewest < task.length {
                let title = format!("{} examples without replacement need more rows than there are", task.length);
                let label = format!("a fifth of the rows is held out, which leaves {fewest} in the smaller part");
                let help = match &task.sources[source] {
                    Source::Shapes(_) => "take fewer points, or more values of each factor",
                    Source::Table(_) => "take fewer points, or a table of more rows",
                };
                self.report(Diagnostic::error("E0311", title, span, label).help(help));
                return false;
            }
        }
        true
    }

    /// What a reference needs to know of a task.
    pub fn predicted_of(interface: &Interface, graph: &Graph<'_>) -> Predicted {
        let vector = matches!(graph.types[interface.input].element, Element::Real | Element::Whole)
            && graph.types[interface.input].shape.len() <= 1;
        Predicted { tokens: interface.form == Form::Tokens, real: interface.real, vector }
    }
}
