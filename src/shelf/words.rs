//! Identities of segments in words that a person reads.

use serde_json::Value;

/// Longer values are cut.
const LONGEST: usize = 100;

/// A part of an identity in words, given where it stands.
#[must_use]
pub fn part(path: &str, value: &Value) -> String {
    match path {
        "data" => data(value),
        "loss" => loss(value),
        "start.model" | "model" => model(value),
        _ => self::value(value),
    }
}

/// A value in words: choices with their fields read as calls.
#[must_use]
pub fn value(value: &Value) -> String {
    let text = whole(value);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let cut: String = text.chars().take(LONGEST - 4).collect();
    format!("{cut} ...")
}

fn whole(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(value) => if *value { "yes" } else { "no" }.into(),
        Value::Number(number) => match number.as_f64() {
            Some(real) if number.is_f64() => real_number(real),
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(whole).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            if let Some(text) = schedule(value) {
                return text;
            }
            let list = |fields: &serde_json::Map<String, Value>| {
                fields.iter().map(|(name, value)| format!("{name}: {}", whole(value))).collect::<Vec<_>>().join(", ")
            };
            match fields.iter().next() {
                Some((name, Value::Object(inner))) if fields.len() == 1 && schedule(&fields[name]).is_none() => {
                    format!("{name}({})", list(inner))
                }
                Some((name, inner)) if fields.len() == 1 => format!("{name}({})", whole(inner)),
                _ => format!("({})", list(fields)),
            }
        }
    }
}

/// Small and large ones with an exponent.
fn real_number(value: f64) -> String {
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e9) { format!("{value:e}") } else { value.to_string() }
}

/// `linear(0.003 -> 0.001, over: 100 steps)`.
fn schedule(value: &Value) -> Option<String> {
    let (shape, over) = (value.get("shape")?, value.get("over")?);
    let numbers = format!("{} -> {}", whole(value.get("from")?), whole(value.get("to")?));
    Some(format!("{}({numbers}, over: {} steps)", whole(shape), whole(over)))
}

fn data(value: &Value) -> String {
    match value.get("sequences") {
        Some(count) => format!("{} sequences", whole(count)),
        None => self::value(value),
    }
}

/// `icl + 0.1 * readout(...)`.
fn loss(value: &Value) -> String {
    let terms = value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(|term| {
        let kind = match &term["kind"] {
            Value::Object(kind) => {
                let (name, of) = kind.iter().next().map_or(("", &Value::Null), |(name, of)| (name.as_str(), of));
                let site = of.get("site").map_or("output".into(), whole);
                format!("{name} at {site}")
            }
            kind => whole(kind),
        };
        match &term["weight"] {
            Value::Number(one) if one.as_f64() == Some(1.0) => kind,
            weight => format!("{} * {kind}", whole(weight)),
        }
    });
    terms.collect::<Vec<_>>().join(" + ")
}

fn model(value: &Value) -> String {
    let blocks = value["blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let layers = blocks.iter().filter(|block| block.get("attention").is_some()).count();
    let mut kinds: Vec<String> = Vec::new();
    for block in blocks.iter().map(whole) {
        if !kinds.contains(&block) {
            kinds.push(block);
        }
    }
    let layers = if layers == 1 { "1 layer".into() } else { format!("{layers} layers") };
    let mut text = format!("width {}, {layers} of {}", whole(&value["width"]), kinds.join(", "));
    for (name, more) in value.as_object().into_iter().flatten() {
        if !["width", "blocks"].contains(&name.as_str()) {
            text.push_str(&format!(", {name}: {}", whole(more)));
        }
    }
    text
}

/// What a segment's key is a hash of, a line each: what it is, and how that is.
#[must_use]
pub fn identity(identity: &Value) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut tell = |name: &str, text: String| lines.push((name.to_string(), text));
    if let Some(start) = identity.get("start") {
        tell("seed", whole(&start["seed"]));
        tell("model", model(&start["model"]));
        tell(
            "sizes",
            format!(
                "tokens of {}, sequences of {}, {} outputs",
                whole(&start["input"]),
                whole(&start["tokens"]),
                whole(&start["outputs"])
            ),
        );
        if let Some(heads) = start.get("heads") {
            tell("heads", value(heads));
        }
        let numerics = start["numerics"].as_object().into_iter().flatten();
        let numerics = numerics.map(|(name, value)| format!("{name} {}", whole(value)));
        tell("numerics", numerics.collect::<Vec<_>>().join(", "));
    }
    if let Some(parent) = identity.get("parent") {
        let key = whole(&parent["key"]);
        let left = match &parent["left"]["after"] {
            Value::Null => format!("where its guard holds: {}", value(&parent["left"]["when"])),
            step => format!("after step {}", whole(step)),
        };
        tell("follows on", format!("{} {left}", key.get(..8).unwrap_or(&key)));
    }
    for part in identity["train"].as_array().into_iter().flatten() {
        tell("trains", format!("{} of {}", percent(&part["share"]), task(&part["task"])));
    }
    tell("batch", whole(&identity["batch"]));
    tell("data", data(&identity["data"]));
    tell("optimizer", value(&identity["optimizer"]));
    if identity["reset"] == Value::Bool(true) {
        tell("moments", "forgotten on entry".into());
    }
    if let Some(clip) = identity.get("clip") {
        tell("clip", whole(clip));
    }
    tell("loss", loss(&identity["loss"]));
    for change in identity["interventions"].as_array().into_iter().flatten() {
        tell("changed", value(change));
    }
    lines
}

fn percent(share: &Value) -> String {
    format!("{}%", (share.as_f64().unwrap_or(1.0) * 1000.0).round() / 10.0)
}

/// Tasks have no names in identities: they are told by their sizes and what they draw.
fn task(task: &Value) -> String {
    let nodes = task["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let unit = if task.get("form").is_some() { "tokens" } else { "pairs" };
    let target = if task["real"] == Value::Bool(true) { "numbers" } else { "labels" };
    let growth = task["growth"].as_array().map_or(0, Vec::len);
    let grows = if growth > 0 { format!(", growing in {growth} steps") } else { String::new() };
    let mut pools: Vec<String> = Vec::new();
    for node in nodes {
        for (_, op) in node["op"].as_object().into_iter().flatten() {
            if let Some(size) = op.get("pool").and_then(|pool| pool.get("size")) {
                pools.push(whole(size));
            }
        }
    }
    let pools = if pools.is_empty() { String::new() } else { format!(", pools of {}", pools.join(", ")) };
    format!(
        "a task of {} {unit}, {} {target}, {} nodes{pools}{grows}",
        whole(&task["length"]),
        whole(&task["classes"]),
        nodes.len()
    )
}
