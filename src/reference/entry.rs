//! What is said of one word in one of its meanings.

use crate::registry::{
    self, Builtin, Group, Item, Line, Need, Operator, Setting, TypeWord, Unit, example_of_builtin, example_of_item,
    example_of_line, example_of_setting, example_of_type, example_of_unit,
};
use serde::Serialize;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Item,
    Line,
    Setting,
    Type,
    Unit,
    Operator,
    Builtin,
    Library,
}

/// A parameter, with what may be given and what stands where it is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    pub name: String,
    pub takes: String,
    /// `None` where it must be given.
    pub default: Option<String>,
}

/// One meaning of one word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
    /// What it belongs to: a group of builtins, a block, a module.
    pub group: String,
    /// How it is written, one way a line.
    pub form: String,
    /// What it is, or where it stands, in a few words.
    pub what: String,
    pub doc: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// Of a word: the settings and builtins that take it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taken_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub see_also: Vec<String>,
}

impl Entry {
    fn new(name: &str, kind: Kind, group: &str, form: &str, what: impl Into<String>, doc: &str) -> Self {
        Self {
            name: name.into(),
            kind,
            group: group.into(),
            form: form.into(),
            what: what.into(),
            doc: doc.into(),
            parameters: Vec::new(),
            example: None,
            taken_by: Vec::new(),
            see_also: Vec::new(),
        }
    }

    pub(super) fn of_item(item: &Item) -> Self {
        let example = example_of_item(item.word);
        Self::new(item.word, Kind::Item, "items", item.form, "starts an item", item.doc).showing(example)
    }

    /// `place` counts the lines of the same words before this one.
    pub(super) fn of_line(line: &Line, place: usize) -> Self {
        let what = format!("stands in {}", line.within);
        let example = example_of_line(line.words, place);
        Self::new(line.words, Kind::Line, "lines", line.form, what, line.doc).showing(example)
    }

    pub(super) fn of_setting(setting: &Setting) -> Self {
        let block = setting.block;
        let need = match setting.need {
            Need::Required => "must be given".to_string(),
            Need::Default(value) => format!("{value} where left out"),
            Need::Optional => "no default".to_string(),
        };
        let form = format!("{}: {}", setting.key, setting.takes);
        let what = format!("a setting of {}; {need}", block.a());
        let mut entry = Self::new(setting.key, Kind::Setting, block.word(), &form, what, setting.doc)
            .showing(example_of_setting(block, setting.key));
        let others = registry::settings_of(block).map(|other| other.key).filter(|key| *key != setting.key);
        entry.see_also = others.map(ToString::to_string).collect();
        entry
    }

    pub(super) fn of_type(word: &TypeWord) -> Self {
        Self::new(word.name, Kind::Type, "types", word.form, "a type", word.doc).showing(example_of_type(word.name))
    }

    pub(super) fn of_unit(unit: &Unit) -> Self {
        let form = if unit.singular == unit.plural {
            format!("n {}", unit.singular)
        } else {
            format!("1 {}\nn {}", unit.singular, unit.plural)
        };
        Self::new(unit.singular, Kind::Unit, "units", &form, "a unit", unit.doc).showing(example_of_unit(unit.singular))
    }

    pub(super) fn of_operator(operator: &Operator) -> Self {
        Self::new(operator.sign, Kind::Operator, "operators", operator.form, "an operator", operator.doc)
    }

    pub(super) fn of_builtin(builtin: &Builtin) -> Self {
        let what = match builtin.group {
            Group::Words => "a word".to_string(),
            _ => builtin.gives.to_string(),
        };
        let mut entry =
            Self::new(builtin.name, Kind::Builtin, title(builtin.group), &signature(builtin), what, builtin.doc)
                .showing(example_of_builtin(builtin));
        let parameters = builtin.params.iter().map(|parameter| Parameter {
            name: parameter.name.into(),
            takes: parameter.kind.to_string(),
            default: parameter.default.map(Into::into),
        });
        entry.parameters = parameters.collect();
        if builtin.group == Group::Words {
            entry.taken_by = takers(builtin.name);
        } else {
            let group = registry::BUILTINS.iter().filter(|other| other.group == builtin.group);
            entry.see_also = unique(group.map(|other| other.name).filter(|name| *name != builtin.name));
        }
        entry
    }

    fn showing(mut self, example: Option<&registry::Example>) -> Self {
        self.example = example.map(|example| example.text.to_string());
        self
    }
}

/// `adamw(lr, weight_decay: 0.01)`: what must be given by its name, the rest with its default.
fn signature(builtin: &Builtin) -> String {
    let given = builtin.params.iter().map(|parameter| match parameter.default {
        Some(value) => format!("{}: {value}", parameter.name),
        None => parameter.name.to_string(),
    });
    let others = builtin.others.map(|kind| format!("name: {kind}, ..."));
    let parameters: Vec<String> = given.chain(others).collect();
    if parameters.is_empty() { builtin.name.into() } else { format!("{}({})", builtin.name, parameters.join(", ")) }
}

/// The settings and builtins that take a word.
fn takers(word: &str) -> Vec<String> {
    let settings = registry::SETTINGS.iter().filter(|setting| {
        let mut words = setting.takes.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        words.any(|taken| taken == word)
    });
    let takes = |kind: registry::Kind| kind.words().contains(&word);
    let builtins = registry::BUILTINS.iter().filter(|other| other.params.iter().any(|parameter| takes(parameter.kind)));
    unique(settings.map(|setting| setting.key).chain(builtins.map(|other| other.name)))
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.iter().any(|known| known == name) {
            kept.push(name.to_string());
        }
    }
    kept
}

/// The heading of a group of builtins.
pub(super) fn title(group: Group) -> &'static str {
    match group {
        Group::Distributions => "distributions",
        Group::Functions => "functions",
        Group::Data => "data sources",
        Group::Tasks => "tasks",
        Group::References => "reference predictors",
        Group::Layers => "layers",
        Group::Models => "models",
        Group::Optimizers => "optimizers",
        Group::Schedules => "schedules",
        Group::Losses => "losses",
        Group::Sites => "sites",
        Group::Readers => "readers",
        Group::Scores => "scores",
        Group::Interventions => "interventions",
        Group::Statistics => "statistics",
        Group::Words => "words",
    }
}
