//! Builtin names: distributions, functions, layers, optimizers, losses, sites, readers, scores, references, data.
//!
//! A name may have several forms: `uniform(k)` is a label, `uniform(a, b)` a number. The forms stand in files by what they are for.

mod measures;
mod models;
mod tasks;
mod words;

use super::kind::Kind;

/// One argument of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    /// `None` where it must be given; the default as the language writes it else.
    pub default: Option<&'static str>,
}

/// What a builtin belongs to, in the order of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Distributions,
    Functions,
    Data,
    Tasks,
    References,
    Layers,
    Models,
    Optimizers,
    Schedules,
    Losses,
    Sites,
    Readers,
    Scores,
    Interventions,
    Statistics,
    Words,
}

/// One form of a builtin name.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    pub name: &'static str,
    pub group: Group,
    pub params: &'static [Parameter],
    /// Takes further arguments under any name, each of this kind, as `mix(easy: 50%)` does.
    pub others: Option<Kind>,
    pub gives: Kind,
    pub doc: &'static str,
}

const fn need(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, default: None }
}

const fn may(name: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter { name, kind, default: Some(default) }
}

const fn def(
    group: Group,
    name: &'static str,
    params: &'static [Parameter],
    gives: Kind,
    doc: &'static str,
) -> Builtin {
    Builtin { name, group, params, others: None, gives, doc }
}

const fn word(name: &'static str, doc: &'static str) -> Builtin {
    def(Group::Words, name, &[], Kind::Word(&[]), doc)
}

/// How many forms there are.
const COUNT: usize = tasks::ALL.len() + models::ALL.len() + measures::ALL.len() + words::ALL.len();

/// Every form of every builtin name of the language, in the order of the groups.
pub const BUILTINS: &[Builtin] = &joined();

const fn joined() -> [Builtin; COUNT] {
    let parts = [tasks::ALL, models::ALL, measures::ALL, words::ALL];
    let mut all = [tasks::ALL[0]; COUNT];
    let (mut part, mut filled) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[filled] = parts[part][at];
            filled += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

/// The first form of a builtin name.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    forms(name).next()
}

/// Every form of a builtin name.
pub fn forms(name: &str) -> impl Iterator<Item = &'static Builtin> {
    BUILTINS.iter().filter(move |builtin| builtin.name == name)
}
