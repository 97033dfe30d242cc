//! What trains an arm, as facts.

use super::change::Class;
use super::facts::Fact;
use super::tasks::Named;
use super::words;
use crate::program::model::{Activation, Model, Norm, Positions, Sublayer, Tokenizer};
use crate::program::training::{Optimizer, Term, TermKind, Training};

const RESULT: Class = Class::Result;

/// Everything that a training states but its stages and tasks. Layers are told once where they are alike, `alike` on both sides.
pub fn facts(training: &Training, named: &Named<'_>, alike: bool) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(RESULT, &["numerics"], "numerics", training.numerics.word().into()),
        Fact::new(RESULT, &["numerics"], "numerics revision", training.numerics.revision.to_string()),
    ];
    facts.extend(model(&training.model, alike));
    // A study of a model that exists has neither data nor batches.
    if training.optimizer != Optimizer::None {
        facts.push(Fact::new(RESULT, &["data"], "data", words::budget(training.budget)));
        facts.push(Fact::new(RESULT, &["batch"], "batch", words::count(training.batch)));
    }
    facts.extend(optimizer(&training.optimizer));
    if let Some(clip) = training.clip {
        facts.push(Fact::new(RESULT, &["clip"], "clip", words::number(clip)));
    }
    let (said, meant) = loss(&training.loss, named);
    facts.push(Fact::new(RESULT, &["loss"], "loss", said).meaning(meant));
    if !training.interventions.is_empty() {
        let changes = words::list(training.interventions.iter().map(words::intervention));
        facts.push(Fact::new(RESULT, &["intervene"], "intervene", changes));
    }
    facts
}

/// A loss in words, and what it means.
pub fn loss(terms: &[Term], named: &Named<'_>) -> (String, String) {
    let said = terms.iter().map(|term| {
        let weight = words::rate(&term.weight);
        let kind = part(&term.kind, named);
        if weight == "1" { kind } else { format!("{weight} * {kind}") }
    });
    let meant = terms.iter().map(|term| format!("{} {}", words::rate(&term.weight), meaning(&term.kind, named)));
    (said.collect::<Vec<_>>().join(" + "), meant.collect::<Vec<_>>().join(" + "))
}

fn part(kind: &TermKind, named: &Named<'_>) -> String {
    match kind {
        TermKind::Icl => "icl".into(),
        TermKind::Readout { nodes, .. } => {
            let told = nodes.first().map(|(task, node)| named.node(*task, *node)).unwrap_or_default();
            format!("readout({told}, at: output)")
        }
        TermKind::Head { nodes, site, place, context, .. } => {
            let told = nodes
                .first()
                .map(|(task, nodes)| nodes.iter().map(|node| named.node(*task, *node)).collect::<Vec<_>>().join(", "));
            let context = words::context(*context);
            let (site, place) = (words::site(*site), words::place(place));
            format!("readout({}, read: {site}{place}, context: {context})", told.unwrap_or_default())
        }
    }
}

fn meaning(kind: &TermKind, named: &Named<'_>) -> String {
    match kind {
        TermKind::Icl => "icl".into(),
        // Sizes follow from the tasks, and of which tasks it speaks from the stages.
        TermKind::Readout { nodes, .. } => {
            nodes.first().map(|(task, node)| named.meant(*task, *node)).unwrap_or_default()
        }
        TermKind::Head { nodes, site, place, context, .. } => {
            let first = nodes
                .first()
                .map(|(task, nodes)| nodes.iter().map(|node| named.meant(*task, *node)).collect::<Vec<_>>().join(" "));
            format!("{} {site:?} {place:?} {context:?}", first.unwrap_or_default())
        }
    }
}

fn optimizer(optimizer: &Optimizer) -> Vec<Fact> {
    let fact = |subject: &str, said: String| Fact::new(RESULT, &["optimizer"], subject, said);
    let moments = |beta1: f64, beta2: f64, eps: f64| {
        vec![
            fact("betas", format!("({}, {})", words::number(beta1), words::number(beta2))),
            fact("eps", words::number(eps)),
        ]
    };
    let decay = |weight_decay: f64| fact("weight_decay", words::number(weight_decay));
    match optimizer {
        Optimizer::None => vec![],
        Optimizer::Adam { lr, beta1, beta2, eps } => {
            let mut facts = vec![fact("optimizer", "adam".into()), fact("lr", words::rate(lr))];
            facts.extend(moments(*beta1, *beta2, *eps));
            facts
        }
        Optimizer::Adamw { lr, beta1, beta2, eps, weight_decay } => {
            let mut facts = vec![fact("optimizer", "adamw".into()), fact("lr", words::rate(lr))];
            facts.extend(moments(*beta1, *beta2, *eps));
            facts.push(decay(*weight_decay));
            facts
        }
        Optimizer::Sgd { lr, momentum, weight_decay } => vec![
            fact("optimizer", "sgd".into()),
            fact("lr", words::rate(lr)),
            fact("momentum", words::number(*momentum)),
            decay(*weight_decay),
        ],
    }
}

/// Whether every layer of a model is like its first.
pub fn alike(model: &Model) -> bool {
    let layers = layers(model);
    layers.windows(2).all(|pair| pair[0] == pair[1])
}

/// The sublayers of each layer: an attention with what follows it up to the next.
fn layers(model: &Model) -> Vec<&[Sublayer]> {
    let starts: Vec<usize> = (model.blocks.iter().enumerate())
        .filter(|(at, block)| *at == 0 || matches!(block, Sublayer::Attention { .. }))
        .map(|(at, _)| at)
        .collect();
    let end = |layer: usize| starts.get(layer + 1).copied().unwrap_or(model.blocks.len());
    starts.iter().enumerate().map(|(layer, &start)| &model.blocks[start..end(layer)]).collect()
}

fn model(model: &Model, alike: bool) -> Vec<Fact> {
    let fact = |subject: &str, said: String| Fact::new(RESULT, &["model"], format!("model {subject}"), said);
    if let Some(known) = &model.pretrained {
        let said = format!("pretrained(\"{}\", family: {})", known.path.display(), known.family.word());
        return vec![Fact::new(RESULT, &["evaluate"], "evaluate", said)];
    }
    let mut facts = vec![fact("width", words::count(model.width))];
    let layers = layers(model);
    if let (true, Some(first)) = (alike, layers.first()) {
        facts.push(fact("layers", layers.len().to_string()));
        for sublayer in *first {
            facts.extend(sublayer_facts(sublayer, model.width));
        }
    } else {
        for (at, layer) in layers.iter().enumerate() {
            let said: Vec<String> = layer.iter().map(|sublayer| whole(sublayer, model.width)).collect();
            facts.push(fact(&format!("layer {at}"), said.join(", ")));
        }
    }
    facts.push(fact("positions", positions(model.positions).into()));
    facts.push(fact("norm", norm(model.norm).into()));
    facts.push(fact("dropout", words::number(model.dropout)));
    facts.push(fact("tied", model.tied.to_string()));
    facts.push(fact("init", model.init.map_or_else(|| "0.02".into(), words::number)));
    if let Some(tokenizer) = &model.tokenizer {
        facts.push(fact("tokenizer", words_of(tokenizer)));
    }
    facts
}

fn sublayer_facts(sublayer: &Sublayer, width: usize) -> Vec<Fact> {
    let fact = |subject: &str, said: String| Fact::new(RESULT, &["model"], format!("model {subject}"), said);
    match sublayer {
        Sublayer::Attention { heads, linear, dropout } => vec![
            fact("heads", heads.to_string()),
            fact("kernel", if *linear { "linear" } else { "softmax" }.into()),
            fact("attention dropout", words::number(*dropout)),
        ],
        Sublayer::Mlp { hidden, activation, dropout } => vec![
            fact("mlp", ratio(*hidden, width)),
            fact("activation", activation_word(*activation).into()),
            fact("mlp dropout", words::number(*dropout)),
        ],
    }
}

/// Units as the language gives them: by their ratio to the width.
fn ratio(hidden: usize, width: usize) -> String {
    if hidden.is_multiple_of(width.max(1)) {
        format!("ratio {}", hidden / width.max(1))
    } else {
        format!("{hidden} units")
    }
}

fn whole(sublayer: &Sublayer, width: usize) -> String {
    let dropped =
        |dropout: f64| if dropout == 0.0 { String::new() } else { format!(", dropout: {}", words::number(dropout)) };
    match sublayer {
        Sublayer::Attention { heads, linear, dropout } => {
            let kernel = if *linear { ", kernel: linear" } else { "" };
            format!("attention(heads: {heads}{kernel}{})", dropped(*dropout))
        }
        Sublayer::Mlp { hidden, activation, dropout } => {
            let activation = activation_word(*activation);
            format!("mlp({}, {activation}{})", ratio(*hidden, width), dropped(*dropout))
        }
    }
}

const fn activation_word(activation: Activation) -> &'static str {
    match activation {
        Activation::Gelu => "gelu",
        Activation::GeluErf => "exact gelu",
        Activation::Relu => "relu",
    }
}

const fn positions(positions: Positions) -> &'static str {
    match positions {
        Positions::Learned => "learned",
        Positions::Rope => "rope",
        Positions::Sinusoidal => "sinusoidal",
        Positions::Alibi => "alibi",
        Positions::None => "none",
    }
}

const fn norm(norm: Norm) -> &'static str {
    match norm {
        Norm::Pre => "pre",
        Norm::Post => "post",
        Norm::None => "none",
    }
}

fn words_of(tokenizer: &Tokenizer) -> String {
    match tokenizer {
        Tokenizer::Words { words, .. } => format!("{} words", words.len()),
        Tokenizer::Bytes => "bytes".into(),
        Tokenizer::File { hash, .. } => format!("tokenizer.json {}", &hash[..hash.len().min(8)]),
    }
}
