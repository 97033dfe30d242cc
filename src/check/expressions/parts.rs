//! Models, curricula and probes.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::{Found, settings};
use crate::check::limits;
use crate::check::values::value::{GuardValue, LayerValue, MetricKind, ProbeValue, RampedTask, StageValue, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::program::model::{Context, Model, Norm, Place, Positions, Sublayer};
use crate::program::task::{Node, Op, Task};
use crate::program::training::{Reader, Score};
use crate::registry::{BlockKind, Dimension, Kind, nearest};
use crate::syntax::tree::{Block, EntryKind, Expr, ExprKind, Item};
use std::rc::Rc;

/// A model of nothing, whose sizes stand elsewhere.
pub fn nothing() -> Model {
    Model::plain(0, Positions::Learned, Norm::Pre, Vec::new())
}

impl Checker<'_> {
    pub fn model(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let found = settings(block, BlockKind::Model);
        let (Some(width_at), Some(blocks_at)) = (
            self.require(&found, "width", item, (block, env.module)),
            self.require(&found, "blocks", item, (block, env.module)),
        ) else {
            return Value::Poison;
        };
        let value = self.eval(width_at, env);
        let width = self.bounded(&value, width_at.span, limits::WIDTH, "a width");
        let words = ["learned", "rope", "sinusoidal", "alibi", "none"];
        let positions = self.choice(&found, "positions", "learned", &words, env);
        let norm = self.choice(&found, "norm", "pre", &["pre", "post", "none"], env);
        let extras = self.extras(&found, env);
        let value = self.eval(blocks_at, env);
        let list = match self.of_expr(value, Kind::List(&Kind::Layer), blocks_at) {
            Value::List(list) => list,
            Value::Unknown(_) => return Value::Unknown(Kind::Model),
            _ => return Value::Poison,
        };
        let (Some(width), Some(positions), Some(norm), Some(extras)) = (width, positions, norm, extras) else {
            return Value::Poison;
        };
        let Some(width) = width.axis().filter(|_| !list.iter().any(Value::open)) else {
            return Value::Unknown(Kind::Model);
        };
        let Some(blocks) = self.sublayers(&list, width, blocks_at.span) else { return Value::Poison };
        let model = Model {
            width,
            positions: match positions {
                "learned" => Positions::Learned,
                "rope" => Positions::Rope,
                "sinusoidal" => Positions::Sinusoidal,
                "alibi" => Positions::Alibi,
                _ => Positions::None,
            },
            norm: match norm {
                "pre" => Norm::Pre,
                "post" => Norm::Post,
                _ => Norm::None,
            },
            blocks,
            ..extras
        };
        if model.layers() == 0 {
            let title = "a model without attention cannot learn in context";
            let help = "add `attention(heads: 4)` to `blocks`";
            return self.fault("E0302", title, blocks_at.span, "no attention here", help);
        }
        if let Some(odd) = self.odd_heads(&model) {
            let title = format!("rotary positions turn pairs, but a head is {odd} wide");
            let at = found.get("positions").map_or(blocks_at.span, |(expr, _)| expr.span);
            return self.fault("E0302", title, at, "an odd width", "take a width with even heads, or other positions");
        }
        Value::Model(Rc::new(model))
    }

    /// What a model has besides its blocks.
    fn extras(&mut self, found: &Found<'_>, env: Env<'_>) -> Option<Model> {
        let mut model = nothing();
        let dropout = found.get("dropout").map(|(expr, _)| (self.eval(expr, env), expr.span));
        model.dropout = self.dropout(dropout)?;
        if let Some((expr, _)) = found.get("tied") {
            let value = self.eval(expr, env);
            match self.of(value, Kind::Bool, expr.span) {
                Value::Bool(tied) => model.tied = tied,
                Value::Unknown(_) => {}
                _ => return None,
            }
        }
        if let Some((expr, _)) = found.get("init") {
            let value = self.eval(expr, env);
            let init = self.number(&value, expr.span)?.known().unwrap_or(0.02);
            if init <= 0.0 {
                let help = "write a small number, such as `0.02`";
                self.fault("E0302", "the scale of first weights must be above 0", expr.span, "not positive", help);
                return None;
            }
            model.init = (init != 0.02).then_some(init);
        }
        if let Some((expr, _)) = found.get("tokenizer") {
            let value = self.argument(expr, Kind::Word(&["bytes"]), env);
            let open = value.open();
            model.tokenizer = self.tokenizer(&value, expr.span);
            if model.tokenizer.is_none() && !open {
                return None;
            }
        }
        Some(model)
    }

    fn sublayers(&mut self, list: &[Value], width: usize, span: Span) -> Option<Vec<Sublayer>> {
        let mut blocks = Vec::new();
        for layer in list {
            let Value::Layer(layer) = layer else {
                return self.none("attention(...) or mlp(...)", layer, span);
            };
            let sublayer = layer.at_width(width);
            match (&sublayer, layer) {
                (Sublayer::Mlp { hidden: 0, .. }, LayerValue::Mlp { span, .. }) => {
                    let help = "write a `ratio` of at least one unit, such as `ratio: 4`";
                    self.fault("E0302", "the ratio of an mlp leaves no unit", *span, "0 units wide", help);
                    return None;
                }
                (Sublayer::Mlp { hidden, .. }, LayerValue::Mlp { span, .. }) if *hidden > limits::HIDDEN => {
                    self.too_large("an mlp with a width", *hidden as f64, limits::HIDDEN as f64, *span);
                    return None;
                }
                // A model with such a fault keeps its layers, so that nobody is told that a site is missing.
                (Sublayer::Attention { heads, .. }, LayerValue::Attention { span, .. })
                    if !width.is_multiple_of(*heads) =>
                {
                    self.heads(*heads, width, *span);
                    blocks.push(sublayer);
                }
                _ => blocks.push(sublayer),
            }
        }
        Some(blocks)
    }

    fn odd_heads(&self, model: &Model) -> Option<usize> {
        if model.positions != Positions::Rope {
            return None;
        }
        model.blocks.iter().find_map(|block| match block {
            Sublayer::Attention { heads, .. } if model.width.is_multiple_of(*heads) => {
                Some(model.width / heads).filter(|width| width % 2 == 1)
            }
            _ => None,
        })
    }

    fn heads(&mut self, heads: usize, width: usize, span: Span) {
        let fits: Vec<String> =
            (1..=width.min(64)).filter(|n| width.is_multiple_of(*n)).map(|n| n.to_string()).collect();
        let title = format!("{heads} heads cannot share a width of {width}");
        let help = format!("use one of {} heads, or another width", fits.join(", "));
        self.fault("E0303", title, self.blame(span), &format!("{width} is not divisible by {heads}"), help);
    }

    pub fn curriculum(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let mut stages = Vec::new();
        let mut open = false;
        let mut faulty = false;
        for entry in &block.entries {
            let EntryKind::Nested { name: Some(name), block, .. } = &entry.kind else {
                if matches!(entry.kind, EntryKind::Error) {
                    return Value::Poison;
                }
                continue;
            };
            let stage_item = Item { name: name.clone(), body: crate::syntax::tree::Body::Error, ..item.clone() };
            match self.stage(block, &stage_item, env) {
                Some(Some(stage)) => stages.push(stage),
                Some(None) => open = true,
                None => faulty = true,
            }
        }
        if faulty {
            return Value::Poison;
        }
        if open {
            return Value::Unknown(Kind::Curriculum);
        }
        if stages.is_empty() {
            let title = format!("curriculum `{}` has no stage", item.name.text);
            let help = "add `stage main { train: task, for: 10 epochs }`";
            return self.fault("E0207", title, item.name.span, "nothing is trained", help);
        }
        Value::Curriculum(Rc::new(stages))
    }

    /// One stage; `Some(None)` where a parameter decides, `None` where a finding was made.
    #[allow(clippy::option_option)]
    fn stage(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Option<Option<StageValue>> {
        let found = settings(block, BlockKind::Stage);
        let train_at = self.require(&found, "train", item, (block, env.module));
        let guarded = found.contains_key("until");
        if let (true, Some((expr, _))) = (guarded, found.get("for")) {
            let title = format!("stage `{}` ends both by `until` and `for`", item.name.text);
            let help = "write `at_most:` for the cap of a stage that ends by `until`";
            self.fault("E0302", title, expr.span, "one of them ends it", help);
            return None;
        }
        if let (false, Some((expr, _))) = (guarded, found.get("at_most")) {
            let title = format!("`at_most` does nothing in stage `{}`", item.name.text);
            self.fault("E0211", title, expr.span, "no `until` that it caps", "write `for:`, or add `until:`");
            if !found.contains_key("for") {
                return None;
            }
        }
        let cap = if guarded { "at_most" } else { "for" };
        let length_at = self.require(&found, cap, item, (block, env.module));
        let guard = found.get("until").map(|(expr, _)| self.until(expr, block, env));
        let loss = match found.get("loss") {
            None => None,
            Some((expr, _)) => {
                let value = self.eval(expr, env);
                match self.of(value, Kind::Loss, expr.span) {
                    Value::Loss(loss) => Some(loss),
                    Value::Unknown(_) => None,
                    _ => return None,
                }
            }
        };
        let optimizer = self.choice(&found, "optimizer", "keep", &["keep", "reset"], env);
        let (train_at, length_at) = (train_at?, length_at?);
        let trained = self.eval(train_at, env);
        let time = self.eval(length_at, env);
        let train = match trained {
            Value::Task(task) => Some(vec![(task, 1.0)]),
            Value::Mixture(parts) => Some(parts),
            Value::Unknown(Kind::Task) => None,
            other => return self.none("a task or mix(...)", &other, train_at.span),
        };
        let length = match time {
            Value::Duration(length) => Some(length),
            Value::Unknown(Kind::Duration) => None,
            other => return self.none("a duration", &other, length_at.span),
        };
        let optimizer = optimizer?;
        let guard = match guard {
            None => None,
            Some(Some(Some(guard))) => Some(guard),
            Some(Some(None)) => return Some(None),
            Some(None) => return None,
        };
        let (Some(train), Some(length)) = (train, length) else { return Some(None) };
        let length_span = self.blame(length_at.span);
        let ramps = train.iter().enumerate().filter_map(|(place, (task, _))| {
            let ramps = self.ramps.iter().find(|(ramped, _)| Rc::ptr_eq(ramped, task))?;
            Some(RampedTask { task: place, ramps: ramps.1.clone() })
        });
        let ramps = ramps.collect();
        Some(Some(StageValue {
            name: item.name.text.clone(),
            train,
            ramps,
            length,
            length_span,
            guard,
            reset: optimizer == "reset",
            loss,
        }))
    }

    /// What ends a stage early.
    #[allow(clippy::option_option)]
    fn until(&mut self, expr: &Expr, block: &Block, env: Env<'_>) -> Option<Option<Rc<GuardValue>>> {
        let clauses = block.entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Setting { key, clauses, .. } if key.text == "until" => Some(clauses.as_slice()),
            _ => None,
        });
        let (mut held, mut held_span) = (1, expr.span);
        let mut faulty = false;
        for clause in clauses.unwrap_or_default() {
            if clause.word.text != "for" {
                let title = format!("`{}` does nothing after a guard", clause.word.text);
                self.fault("E0211", title, clause.word.span, "nothing reads this", "write `for 3 evaluations`");
                continue;
            }
            match self.eval(&clause.value, env) {
                Value::Quantity { value, dimension: Dimension::Evaluations } => {
                    held = self.amount(value, limits::STEPS, "a number of evaluations", clause.value.span)? as u64;
                    held_span = clause.value.span;
                }
                other => {
                    self.mismatch("a number of evaluations", &other, clause.value.span);
                    faulty = true;
                }
            }
        }
        match self.eval(expr, env) {
            Value::Guard(guard) => {
                let MetricKind::Score { score, ref under, ref only, training, .. } = guard.metric.kind else {
                    let help = "write a score of a task, such as `accuracy(easy) > 90%`";
                    self.fault("E0301", "a guard looks at a score of a task", expr.span, "no score", help);
                    return None;
                };
                if under.is_some() {
                    let title = "a guard looks at the model as it is";
                    self.fault("E0301", title, expr.span, "under an intervention", "take the `under` away");
                    return None;
                }
                if only.is_some() || training {
                    let title = "a guard looks at all held-out sequences";
                    let help = if training { "take `on: training` away" } else { "take the `where` away" };
                    self.fault("E0301", title, expr.span, "not of all of them", help);
                    return None;
                }
                if !self.can_turn(score, &guard, expr.span) || faulty {
                    return None;
                }
                Some(Some(Rc::new(GuardValue { held, held_span, ..(*guard).clone() })))
            }
            Value::Unknown(Kind::Metric) => Some(None),
            other => self.none("a comparison such as `accuracy(task) > 90%`", &other, expr.span),
        }
    }

    /// Whether a guard can hold, and can fail to.
    fn can_turn(&mut self, score: Score, guard: &GuardValue, span: Span) -> bool {
        let (above, than) = (guard.above, guard.than);
        let (title, help) = match score {
            Score::Accuracy | Score::Progress if above && than >= 1.0 || !above && than <= 0.0 => {
                ("this guard never holds: what it looks at lies between 0 and 1", "write a share between 0% and 100%")
            }
            Score::Accuracy if above && than < 0.0 || !above && than > 1.0 => {
                ("this guard always holds: an accuracy lies between 0 and 1", "write a share between 0% and 100%")
            }
            Score::CrossEntropy | Score::SquaredError if !above && than <= 0.0 => {
                ("this guard never holds: a loss is never below 0", "write a loss above 0")
            }
            Score::CrossEntropy | Score::SquaredError if above && than < 0.0 => {
                ("this guard always holds: a loss is never below 0", "write a loss above 0, and `<` for one to reach")
            }
            _ => return true,
        };
        let label = if title.starts_with("this guard never") { "never true" } else { "always true" };
        self.fault("E0302", title, span, label, help);
        false
    }

    pub fn probe(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let found = settings(block, BlockKind::Probe);
        let keys = ["of", "read", "predict", "fit"].map(|key| self.require(&found, key, item, (block, env.module)));
        let [Some(of), Some(read), Some(predict), Some(fit)] = keys else { return Value::Poison };
        let task = self.eval(of, env);
        let reading = self.eval(read, env);
        let fitted = self.eval(fit, env);
        let context = self.choice(&found, "context", "full", &Context::ALL.map(Context::word), env);
        let task = match task {
            Value::Task(task) => Some(task),
            Value::Unknown(Kind::Task) => None,
            other => return self.mismatch("a task", &other, of.span),
        };
        let targets = self.predicted_names(predict, task.as_deref(), &item.name.text);
        let reading = match reading {
            Value::Reading(site, place) => Some((site, place)),
            Value::Unknown(Kind::Site) => None,
            other => return self.mismatch("a site at a place", &other, read.span),
        };
        let reader = match self.of(fitted, Kind::Reader, fit.span) {
            Value::Reader(reader) => Some(reader),
            Value::Ridge(lambda) => Some(Reader::Ridge { lambda }),
            Value::Unknown(_) => None,
            _ => return Value::Poison,
        };
        let (Some(context), Some(predict_names)) = (context, targets) else { return Value::Poison };
        let (Some(task), Some((site, place)), Some(reader)) = (task, reading, reader) else {
            return Value::Unknown(Kind::Probe);
        };
        if let Place::Position(index) = place
            && index >= task.tokens()
        {
            let title = format!("there is no token {index} among {}", task.tokens());
            let help = format!("write a place from 0 to {}", task.tokens() - 1);
            return self.fault("E0302", title, read.span, "tokens count from 0", help);
        }
        if let (Place::Field(field), Place::Field(_)) = (&place, place.of(&task)) {
            let known = task.fields();
            let title = format!("`{}` shows no field `{field}`", task.title);
            let help = match nearest(field, known.iter().copied()) {
                Some(meant) => format!("write `{meant}`"),
                None if known.is_empty() => "read at `input`, or at a field of a task that says `show`".into(),
                None => format!("its fields are {}", known.join(", ")),
            };
            return self.fault("E0201", title, read.span, "not shown", help);
        }
        for (name, node) in &predict_names {
            if !self.told_by(reader, name, &task.nodes[*node], predict.span) {
                return Value::Poison;
            }
        }
        // A share of right labels and a squared error have no mean.
        let numbers = |node: usize| task.nodes[node].labels.is_empty();
        if let (Some((first, a)), Some((other, _))) = (
            predict_names.first(),
            predict_names.iter().find(|(_, node)| numbers(*node) != numbers(predict_names[0].1)),
        ) {
            let kind = |numbers: bool| if numbers { "numbers" } else { "labels" };
            let title = format!("`{first}` is {} and `{other}` {}", kind(numbers(*a)), kind(!numbers(*a)));
            let help = "give each a probe of its own";
            return self.fault("E0310", title, predict.span, "accuracy and squared error have no mean", help);
        }
        Value::Probe(Rc::new(ProbeValue {
            name: item.name.text.clone(),
            task: Rc::clone(&task),
            site,
            place,
            site_span: read.span,
            context: Context::of(context).unwrap_or(Context::Full),
            predict: predict_names,
            reader,
        }))
    }

    /// The names that a probe predicts; none where the task is a parameter.
    fn predicted_names(&mut self, predict: &Expr, task: Option<&Task>, probe: &str) -> Option<Vec<(String, usize)>> {
        let exprs: Vec<&Expr> = match &predict.kind {
            ExprKind::List(items) => items.iter().collect(),
            _ => vec![predict],
        };
        let mut names = Vec::new();
        for expr in exprs {
            let ExprKind::Name(name) = &expr.kind else {
                let known = task.map(|task| task.names.keys().cloned().collect::<Vec<_>>().join(", "));
                let help = known.map_or("write a name".to_string(), |known| format!("write one of its names: {known}"));
                self.fault("E0301", "a probe predicts a name of its task", expr.span, "not a name", help);
                return None;
            };
            let Some(task) = task else { continue };
            let known = || task.names.keys().map(String::as_str);
            let meant = known().find(|known| known == name).or_else(|| nearest(name, known()));
            if meant != Some(name.as_str()) {
                let all = known().collect::<Vec<_>>().join(", ");
                let help = meant.map_or(format!("its names are {all}"), |meant| format!("write `{meant}`"));
                let title = format!("the task of probe `{probe}` has no name `{name}`");
                let mut finding = Diagnostic::error("E0201", title, expr.span, "not found").help(help);
                if let Some(meant) = meant {
                    finding = finding.fix(expr.span, meant);
                }
                self.report(finding);
            }
            let meant = meant?;
            names.push((meant.to_string(), task.names[meant]));
        }
        Some(names)
    }

    /// Whether a reader can tell what a node holds.
    fn told_by(&mut self, reader: Reader, name: &str, node: &Node, span: Span) -> bool {
        let table = matches!(node.op, Op::Gather { .. }) && node.labels.len() > 1;
        let nothing = matches!(node.op, Op::Permutations { .. } | Op::Rows { .. } | Op::Column { .. });
        if nothing || table || (node.labels.is_empty() && node.shape.len() > 1) {
            let title = format!("`{name}` is not a label that a probe can tell");
            let help = "predict a name that holds labels, such as `factors`, or a vector of numbers";
            self.fault("E0310", title, span, "no class(k)", help);
            return false;
        }
        if node.labels.is_empty() && matches!(reader, Reader::Logistic { .. } | Reader::Centroid) {
            let title = format!("`{name}` is a number, which this reader cannot tell");
            self.fault("E0310", title, span, "no label", "fit it by `ridge(1e-2)` or `linear(...)`");
            return false;
        }
        true
    }
}
