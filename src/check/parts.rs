//! Models, curricula and probes.

use super::evaluate::Env;
use super::items::settings;
use super::value::{LayerValue, ProbeValue, StageValue, Value};
use super::{Checker, limits};
use crate::diagnostic::Span;
use crate::program::model::{Context, Model, Norm, Positions, Sublayer};
use crate::program::task::Op;
use crate::registry::{BlockKind, nearest};
use crate::syntax::tree::{Block, EntryKind, ExprKind, Item};
use std::rc::Rc;

impl Checker {
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
        let positions = self.choice(&found, "positions", "learned", &["learned", "none"], env);
        let norm = self.choice(&found, "norm", "pre", &["pre", "none"], env);
        let list = match self.eval(blocks_at, env) {
            Value::List(list) => list,
            other => return self.mismatch("a list of layers", &other, blocks_at.span),
        };
        let (Some(width), Some(positions), Some(norm)) = (width, positions, norm) else { return Value::Poison };
        let mut blocks = Vec::new();
        for layer in list {
            let Value::Layer(layer) = layer else {
                return self.mismatch("attention(...) or mlp(...)", &layer, blocks_at.span);
            };
            let sublayer = layer.at_width(width);
            match (&sublayer, &layer) {
                (Sublayer::Mlp { hidden: 0, .. }, _) => {
                    let help = "write a `ratio` of at least one unit, such as `ratio: 4`";
                    return self.fault(
                        "E0302",
                        "the ratio of an mlp leaves no unit",
                        blocks_at.span,
                        "0 units wide",
                        help,
                    );
                }
                (Sublayer::Mlp { hidden, .. }, _) if *hidden > limits::HIDDEN => {
                    self.too_large("an mlp with a width", *hidden as f64, limits::HIDDEN as f64, blocks_at.span);
                    return Value::Poison;
                }
                // A model with such a fault keeps its layers, so that nobody is told that a site is missing.
                (Sublayer::Attention { heads }, LayerValue::Attention { span, .. }) if width % heads != 0 => {
                    self.heads(*heads, width, *span);
                    blocks.push(sublayer);
                }
                _ => blocks.push(sublayer),
            }
        }
        let model = Model {
            width,
            positions: if positions == "learned" { Positions::Learned } else { Positions::None },
            norm: if norm == "pre" { Norm::Pre } else { Norm::None },
            blocks,
        };
        if model.layers() == 0 {
            let title = "a model without attention cannot learn in context";
            return self.fault(
                "E0302",
                title,
                blocks_at.span,
                "no attention here",
                "add `attention(heads: 4)` to `blocks`",
            );
        }
        Value::Model(Rc::new(model))
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
        for entry in &block.entries {
            let EntryKind::Nested { name: Some(name), block, .. } = &entry.kind else {
                if matches!(entry.kind, EntryKind::Error) {
                    return Value::Poison;
                }
                continue;
            };
            let found = settings(block, BlockKind::Stage);
            for key in ["until", "at_most", "loss"] {
                if let Some((value, _)) = found.get(key) {
                    self.later(&format!("`{key}` in a stage"), value.span);
                    return Value::Poison;
                }
            }
            let stage_item = Item { name: name.clone(), ..item.clone() };
            let (Some(train_at), Some(length_at)) = (
                self.require(&found, "train", &stage_item, (block, env.module)),
                self.require(&found, "for", &stage_item, (block, env.module)),
            ) else {
                return Value::Poison;
            };
            let train = match self.eval(train_at, env) {
                Value::Task(task) => vec![(task, 1.0)],
                Value::Mixture(parts) => parts,
                other => return self.mismatch("a task or mix(...)", &other, train_at.span),
            };
            let length = match self.eval(length_at, env) {
                Value::Duration(length) => length,
                other => return self.mismatch("a duration", &other, length_at.span),
            };
            let Some(optimizer) = self.choice(&found, "optimizer", "keep", &["keep", "reset"], env) else {
                return Value::Poison;
            };
            stages.push(StageValue {
                name: name.text.clone(),
                train,
                length,
                length_span: self.blame(length_at.span),
                reset: optimizer == "reset",
            });
        }
        if stages.is_empty() {
            let title = format!("curriculum `{}` has no stage", item.name.text);
            let help = "add `stage main { train: task, for: 10 epochs }`";
            return self.fault("E0207", title, item.name.span, "nothing is trained", help);
        }
        Value::Curriculum(Rc::new(stages))
    }

    pub fn probe(&mut self, block: &Block, item: &Item, env: Env<'_>) -> Value {
        let found = settings(block, BlockKind::Probe);
        let keys = ["of", "read", "predict", "fit"].map(|key| self.require(&found, key, item, (block, env.module)));
        let [Some(of), Some(read), Some(predict), Some(fit)] = keys else { return Value::Poison };
        let task = self.eval(of, env);
        let reading = self.eval(read, env);
        let fitted = self.eval(fit, env);
        let context = self.choice(&found, "context", "full", &["full", "none"], env);
        let Value::Task(task) = task else { return self.mismatch("a task", &task, of.span) };
        let ExprKind::Name(name) = &predict.kind else {
            let help = format!("write one of its names: {}", task.names.keys().cloned().collect::<Vec<_>>().join(", "));
            return self.fault("E0301", "a probe predicts a name of its task", predict.span, "not a name", help);
        };
        let names = || task.names.keys().map(String::as_str);
        let meant = names().find(|known| known == name).or_else(|| nearest(name, names()));
        if meant != Some(name.as_str()) {
            let all = names().collect::<Vec<_>>().join(", ");
            let help = meant.map_or(format!("its names are {all}"), |meant| format!("write `{meant}`"));
            let title = format!("the task of probe `{}` has no name `{name}`", item.name.text);
            self.fault("E0201", title, predict.span, "not found", help);
        }
        let Value::Reading(site) = reading else { return self.mismatch("a site at a place", &reading, read.span) };
        let Value::Reader { epochs, lr } = fitted else { return self.mismatch("a reader", &fitted, fit.span) };
        let (Some(context), Some(meant)) = (context, meant) else { return Value::Poison };
        let node = task.names[meant];
        if task.nodes[node].labels.is_empty()
            || matches!(task.nodes[node].op, Op::Gather { .. }) && task.nodes[node].labels.len() > 1
        {
            let title = format!("`{meant}` is not a label that a probe can tell");
            return self.fault(
                "E0310",
                title,
                predict.span,
                "no class(k)",
                "predict a name that holds labels, such as `factors`",
            );
        }
        Value::Probe(Rc::new(ProbeValue {
            name: item.name.text.clone(),
            task: Rc::clone(&task),
            site,
            site_span: read.span,
            context: if context == "none" { Context::None } else { Context::Full },
            predict: meant.to_string(),
            node,
            epochs,
            lr,
        }))
    }
}
