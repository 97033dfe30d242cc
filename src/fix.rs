//! Applies the certain cures of findings, and checks again until none is left.
//!
//! Nothing is written: the texts change in memory, and who asked decides what becomes of them.

use crate::check::{Checked, Override, check};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// Rounds of mending and checking; a line with many faults of form shows one of them a round.
const ROUNDS: usize = 64;

/// A text as it was and as it is after its cures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    pub before: String,
    pub after: String,
}

/// Programs after all certain cures.
#[derive(Debug)]
pub struct Mended {
    /// What is left to say of each program.
    pub checked: Vec<Checked>,
    /// The texts that changed, by the name that the owner gave them.
    pub changes: BTreeMap<PathBuf, Change>,
    /// How many findings were mended.
    pub count: usize,
}

/// Mends programs and the modules that they use.
///
/// `owner` gives a file its one name, or nothing where it may not be changed. A cure is kept only if no fault of form
/// comes of it.
pub fn mend(
    world: &dyn World,
    programs: &[PathBuf],
    set: &[Override],
    owner: &dyn Fn(&Path) -> Option<PathBuf>,
) -> Mended {
    let look = |texts: &Texts| -> Vec<Checked> {
        let world = Overlay { inner: world, owner, texts };
        programs.iter().map(|path| check(&world, path, set)).collect()
    };
    let mut texts = Texts::new();
    let mut seen = HashSet::from([texts.clone()]);
    let mut checked = look(&texts);
    let mut count = 0;
    for _ in 0..ROUNDS {
        let cures = Cures::of(&checked, owner);
        let faults = Faults::of(&checked);
        let mut round = Round { cures: &cures, texts: &texts, look: &look, faults, kept: Vec::new(), made: None };
        round.keep_all(&cures.chosen());
        let kept = round.kept.len();
        let Some(made) = round.made else { break };
        // Cures that undo each other would go round for ever.
        if !seen.insert(made.0.clone()) {
            break;
        }
        count += kept;
        (texts, checked) = made;
    }
    texts.retain(|_, change| change.before != change.after);
    Mended { checked, changes: texts, count }
}

type Texts = BTreeMap<PathBuf, Change>;

/// The world with changed texts laid over it.
struct Overlay<'a> {
    inner: &'a dyn World,
    owner: &'a dyn Fn(&Path) -> Option<PathBuf>,
    texts: &'a Texts,
}

impl World for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<String> {
        match (self.owner)(path).and_then(|name| self.texts.get(&name)) {
            Some(change) => Ok(change.after.clone()),
            None => self.inner.read(path),
        }
    }

    fn bytes(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        self.inner.bytes(path, most)
    }
}

/// The edits of one finding in order of place, all made or none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cure {
    edits: Vec<Place>,
    of: Fault,
}

/// What a cure mends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// A fault of the syntax, behind which others may come to light.
    Form,
    Error,
    Warning,
}

impl Fault {
    fn of(finding: &Diagnostic) -> Self {
        match finding.severity {
            Severity::Error if finding.id.starts_with("E01") => Self::Form,
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
        }
    }
}

/// An edit of a file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: PathBuf,
    start: usize,
    end: usize,
    text: String,
}

impl Place {
    /// Whether the order of two edits would matter.
    fn meets(&self, other: &Self) -> bool {
        let apart = if self.start == self.end || other.start == other.end {
            self.end < other.start || other.end < self.start
        } else {
            self.end <= other.start || other.end <= self.start
        };
        self.file == other.file && !apart
    }
}

/// The cures of one round, each once and in order of place, and the texts that they edit.
#[derive(Default)]
struct Cures {
    all: BTreeSet<Cure>,
    sources: BTreeMap<PathBuf, String>,
}

impl Cures {
    /// The cures of every finding whose files may all be changed.
    fn of(checked: &[Checked], owner: &dyn Fn(&Path) -> Option<PathBuf>) -> Self {
        let mut cures = Self::default();
        for Checked { sources, findings, .. } in checked {
            let curable = findings.iter().filter(|finding| !finding.fix.is_empty());
            cures.all.extend(curable.filter_map(|finding| cure(finding, sources, owner)));
            for source in &sources.files {
                if let Some(file) = owner(Path::new(&source.name)) {
                    cures.sources.entry(file).or_insert_with(|| source.text.clone());
                }
            }
        }
        cures
    }

    /// Those that do not meet; a cure that meets an earlier one waits for the next round.
    fn chosen(&self) -> Vec<&Cure> {
        let mut chosen: Vec<&Cure> = Vec::new();
        let mut taken: BTreeMap<&Path, Vec<&Place>> = BTreeMap::new();
        for cure in &self.all {
            let met =
                |edit: &Place| taken.get(edit.file.as_path()).is_some_and(|other| other.iter().any(|t| t.meets(edit)));
            if cure.edits.iter().any(met) {
                continue;
            }
            for edit in &cure.edits {
                taken.entry(&edit.file).or_default().push(edit);
            }
            chosen.push(cure);
        }
        chosen
    }

    /// The texts with cures made, from the last edit to the first so that places hold.
    fn applied(&self, texts: &Texts, cures: &[&Cure]) -> Texts {
        let mut texts = texts.clone();
        let mut edits: Vec<&Place> = cures.iter().flat_map(|cure| &cure.edits).collect();
        edits.sort();
        for edit in edits.into_iter().rev() {
            let Some(source) = self.sources.get(&edit.file) else { continue };
            let change = texts.entry(edit.file.clone());
            let change = change.or_insert_with(|| Change { before: source.clone(), after: source.clone() });
            change.after.replace_range(edit.start..edit.end, &edit.text);
        }
        texts
    }
}

fn cure(finding: &Diagnostic, sources: &Sources, owner: &dyn Fn(&Path) -> Option<PathBuf>) -> Option<Cure> {
    let mut edits = Vec::new();
    for edit in &finding.fix {
        let source = sources.get(edit.span.file)?;
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        source.text.get(start..end)?;
        let (start, end) = if edit.text.is_empty() { whole_line(&source.text, start, end) } else { (start, end) };
        edits.push(Place { file: owner(Path::new(&source.name))?, start, end, text: edit.text.clone() });
    }
    edits.sort();
    let clash = edits.windows(2).any(|pair| pair[0].meets(&pair[1]));
    (!clash).then_some(Cure { edits, of: Fault::of(finding) })
}

/// The line with its end, where what is taken away is all that stands on it; else the stretch itself.
fn whole_line(text: &str, start: usize, end: usize) -> (usize, usize) {
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let next = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let alone = text[line..start].trim().is_empty() && text[end..next].trim().is_empty();
    if alone && start < end { (line, next) } else { (start, end) }
}

/// One round: texts and cures as they were, and what has been made of them.
struct Round<'a> {
    cures: &'a Cures,
    texts: &'a Texts,
    look: &'a dyn Fn(&Texts) -> Vec<Checked>,
    /// Faults as they are with the cures that are kept.
    faults: Faults,
    kept: Vec<&'a Cure>,
    made: Option<(Texts, Vec<Checked>)>,
}

impl<'a> Round<'a> {
    /// Keeps cures of form, then the others: what comes to light behind a fault of form is no fault of theirs.
    fn keep_all(&mut self, cures: &[&'a Cure]) {
        let (form, others): (Vec<&Cure>, Vec<&Cure>) = cures.iter().partition(|cure| cure.of == Fault::Form);
        self.keep(&form);
        self.keep(&others);
    }

    /// Keeps cures if they mend what they are for and nothing else goes wrong, else those halves of them that do.
    fn keep(&mut self, cures: &[&'a Cure]) {
        if cures.is_empty() {
            return;
        }
        let all: Vec<&Cure> = self.kept.iter().chain(cures).copied().collect();
        let texts = self.cures.applied(self.texts, &all);
        let checked = (self.look)(&texts);
        let faults = Faults::of(&checked);
        if self.faults.mended_by(cures, faults) {
            (self.kept, self.made, self.faults) = (all, Some((texts, checked)), faults);
        } else if let (left, right @ [_, ..]) = cures.split_at(cures.len() / 2)
            && cures.len() > 1
        {
            self.keep(left);
            self.keep(right);
        }
    }
}

/// How many errors there are, and how many of them are faults of form.
#[derive(Clone, Copy, Debug)]
struct Faults {
    form: usize,
    all: usize,
}

impl Faults {
    fn of(checked: &[Checked]) -> Self {
        let kinds = || checked.iter().flat_map(|program| &program.findings).map(Fault::of);
        Self {
            form: kinds().filter(|kind| *kind == Fault::Form).count(),
            all: kinds().filter(|kind| *kind != Fault::Warning).count(),
        }
    }

    /// Whether cures have mended what they are for: none of form may come of them, and where they mend no form, each
    /// must take its error away.
    fn mended_by(self, cures: &[&Cure], after: Self) -> bool {
        let errors = cures.iter().filter(|cure| cure.of == Fault::Error).count();
        let form = cures.iter().any(|cure| cure.of == Fault::Form);
        after.form <= self.form && (form || after.all + errors <= self.all)
    }
}
