//! Values in the words of the language.

use super::expression;
use crate::data::{ShapesSpec, Source};
use crate::program::model::{Context, Place, Site};
use crate::program::task::{Reference, Scored, Task};
use crate::program::training::{
    Budget, Cells, Change, Clamp, Guard, Intervention, Position, Rate, Reader, Schedule, Score, Shape, With,
};

/// A number: `64`, `20k`, `3e-4`, `0.5`.
pub fn number(value: f64) -> String {
    // What was computed is shown as it was meant: 3 * 1e-4 is no 3.0000000000000003e-4.
    let value: f64 = format!("{value:.11e}").parse().unwrap_or(value);
    let whole = value.fract() == 0.0;
    if whole && value.abs() >= 1e6 && value % 1e5 == 0.0 && value.abs() < 1e12 {
        return format!("{}M", value / 1e6);
    }
    if whole && value.abs() >= 1e3 && value % 1e3 == 0.0 && value.abs() < 1e6 {
        return format!("{}k", value / 1e3);
    }
    if value != 0.0 && (value.abs() < 0.01 || value.abs() >= 1e12) { format!("{value:e}") } else { value.to_string() }
}

/// A count.
pub fn count(value: usize) -> String {
    number(value as f64)
}

/// "1 step", "500 steps".
pub fn counted(value: u64, one: &str) -> String {
    if value == 1 { format!("1 {one}") } else { format!("{} {one}s", number(value as f64)) }
}

/// A share: `50%`.
pub fn percent(share: f64) -> String {
    // Rounded to a billionth of a percent, so that 0.07 is 7% and not 7.000000000000001%.
    format!("{}%", (share * 1e11).round() / 1e9)
}

/// A number that may change over training.
pub fn rate(rate: &Rate) -> String {
    match rate {
        Rate::Constant(value) => number(*value),
        Rate::Schedule(schedule) => way(schedule),
    }
}

fn way(schedule: &Schedule) -> String {
    let (from, to) = (number(schedule.from), number(schedule.to));
    let over = counted(schedule.over, "step");
    match schedule.shape {
        Shape::Ramp { by, every } => {
            format!("ramp({from} -> {to}, by: {}, every: {})", number(by), counted(every, "step"))
        }
        Shape::Linear => format!("linear({from} -> {to}, over: {over})"),
        Shape::Cosine => format!("cosine({from} -> {to}, over: {over})"),
    }
}

pub fn budget(budget: Budget) -> String {
    match budget {
        Budget::Fresh => "fresh".into(),
        Budget::Sequences(n) => counted(n, "sequence"),
    }
}

pub fn site(site: Site) -> String {
    match site {
        Site::Residual(n) => format!("residual(after: {n})"),
        Site::Everywhere => "residual(after: all)".into(),
        Site::Output => "output".into(),
        Site::AttentionOut(layer) => format!("attention_out({layer})"),
        Site::MlpOut(layer) => format!("mlp_out({layer})"),
        Site::Pattern(layer, head) => format!("pattern({layer}, {head})"),
        Site::Head(layer, head) => format!("head({layer}, {head})"),
        Site::Mixed(layer) => format!("the heads of layer {layer}"),
    }
}

/// Where a site is read, as it follows the site.
pub fn place(place: &Place) -> String {
    match place {
        Place::Input => " at input".into(),
        Place::Target => " at target".into(),
        Place::Query => " at query".into(),
        Place::Position(at) => format!(" at {at}"),
        Place::Field(field) => format!(" at {field}"),
        Place::Piece(piece) => format!(" at piece {piece} of the text"),
    }
}

pub const fn context(context: Context) -> &'static str {
    context.word()
}

pub fn reader(reader: Reader) -> String {
    match reader {
        Reader::Linear { epochs, lr } => format!("linear(epochs: {epochs}, lr: {})", number(lr)),
        Reader::Ridge { lambda } => format!("ridge({})", number(lambda)),
        Reader::Logistic { lambda } => format!("logistic({})", number(lambda)),
        Reader::Centroid => "centroid".into(),
    }
}

pub const fn score(score: Score) -> &'static str {
    match score {
        Score::Accuracy => "accuracy",
        Score::CrossEntropy => "cross_entropy",
        Score::SquaredError => "squared_error",
        Score::Progress => "progress",
    }
}

/// Which predictions a score is of, as it follows the score.
pub fn position(position: Position) -> String {
    match position {
        Position::All => String::new(),
        Position::Last => " at last".into(),
        Position::Index(at) => format!(" at {at}"),
    }
}

pub fn scored(scored: Scored) -> String {
    match scored {
        Scored::All => "all".into(),
        Scored::Last => "last".into(),
        Scored::From(first) => format!("from({first})"),
    }
}

/// A guard of a stage on a task that goes by a name.
pub fn guard(guard: &Guard, task: &str) -> String {
    let sign = if guard.above { '>' } else { '<' };
    let than = match guard.score {
        Score::Accuracy | Score::Progress => percent(guard.than),
        Score::CrossEntropy | Score::SquaredError => number(guard.than),
    };
    let held = counted(guard.held, "evaluation");
    format!("{}({task}){} {sign} {than} for {held}", score(guard.score), position(guard.at))
}

pub fn intervention(intervention: &Intervention) -> String {
    let what = match &intervention.change {
        Change::Ablate { site: at, with, keep_patterns } => {
            let with = match with {
                With::Zero => "zero",
                With::Mean => "mean",
                With::Resample => "resample",
            };
            let patterns = if *keep_patterns { ", patterns: kept" } else { "" };
            format!("ablate({}, with: {with}{patterns})", site(*at))
        }
        Change::Clamp { layer, head, to } => {
            let to = match to {
                Clamp::PreviousToken => "previous_token".into(),
                Clamp::Matching => "matching".into(),
                Clamp::Array { hash, .. } => format!("an array, {}", hash.get(..8).unwrap_or(hash)),
            };
            format!("clamp(head({layer}, {head}), {to})")
        }
        Change::ScaleAttention { by, cells } => {
            let cells = match cells {
                Cells::Matching => "matching".into(),
                Cells::PreviousToken => "previous_token".into(),
                Cells::All => "all".into(),
                Cells::Last(count) => count.to_string(),
            };
            format!("scale_attention({}, cells: {cells})", number(*by))
        }
    };
    let time = |word: &str, time: Option<u64>| {
        time.map(|step| format!(" {word}: {}", counted(step, "step"))).unwrap_or_default()
    };
    format!("{what}{}{}", time("from", intervention.from), time("until", intervention.until))
}

/// A level of performance of a task.
pub fn reference(reference: Option<&Reference>, task: &Task) -> Option<String> {
    Some(match reference? {
        Reference::Levels { loss: Some(loss), accuracy: None } => rounded(*loss),
        Reference::Levels { loss, accuracy } => {
            let loss = loss.map(|loss| format!("loss: {}", rounded(loss)));
            let accuracy = accuracy.map(|share| format!("accuracy: {}", rounded(share)));
            format!("levels({})", [loss, accuracy].into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        Reference::Posterior => "posterior".into(),
        Reference::Formula(node) => expression::inner(task, *node),
        Reference::Predictor { name, args, of } => {
            let named = of.map(|node| expression::inner(task, node));
            let args: Vec<String> = named.into_iter().chain(args.iter().map(|arg| number(*arg))).collect();
            if args.is_empty() { name.clone() } else { format!("{name}({})", args.join(", ")) }
        }
    })
}

/// A number that was computed, with as many digits as a reader wants.
fn rounded(value: f64) -> String {
    let digits = format!("{value:.4}");
    digits.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// What is said of a data source, field by field.
pub fn source(source: &Source) -> Vec<(&'static str, String)> {
    match source {
        Source::Shapes(ShapesSpec { values, width, entangled, embedding, images }) => {
            let mut said =
                vec![("values", list(values.iter())), ("width", width.to_string()), ("entangled", percent(*entangled))];
            if let Some(images) = images {
                said.push(("images", format!("\"{}\" of contents {}", images.path, &images.hash[..8])));
            }
            if let Some(array) = embedding {
                let key = array.key.as_ref().map(|key| format!(", key: \"{key}\"")).unwrap_or_default();
                said.push(("embedding", format!("array(\"{}\"{key}) of contents {}", array.path, &array.hash[..8])));
            }
            said
        }
        Source::Table(table) => vec![
            ("key", table.key.clone()),
            ("contents", format!("{} rows, hash {}", table.rows, table.hash.get(..8).unwrap_or_default())),
        ],
    }
}

/// `[1, 2, 3]`
pub fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    format!("[{}]", items.map(|item| item.to_string()).collect::<Vec<_>>().join(", "))
}

/// "a", "a and b", "a, b and c".
pub fn and(words: &[impl AsRef<str>]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
