//! One short example for every word of the language, and the frames that make each a whole program.
//!
//! An example is what `icl doc` shows. A test puts each into its frame and checks the program, so that no page shows
//! what does not hold.

mod builtins;
mod frame;
mod settings;
mod words;

pub use frame::{Frame, Place};

use super::{BlockKind, Builtin, forms};

/// The lines that show a word in use.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it shows: the name of a builtin, the key of a setting, a unit, a type, the words of a line.
    pub of: &'static str,
    pub frame: Frame,
    /// Where in the frame the lines stand.
    pub place: Place,
    pub text: &'static str,
}

impl Example {
    /// The example in its frame: a whole program.
    #[must_use]
    pub fn program(&self) -> String {
        self.frame.with(self.place, self.text)
    }
}

const fn example(of: &'static str, frame: Frame, place: Place, text: &'static str) -> Example {
    Example { of, frame, place, text }
}

/// Every example.
pub fn examples() -> impl Iterator<Item = &'static Example> {
    let builtins = builtins::EXAMPLES.iter().flat_map(|(_, examples)| examples.iter());
    let settings = settings::EXAMPLES.iter().flat_map(|(_, examples)| examples.iter());
    builtins.chain(settings).chain(words::ITEMS).chain(words::LINES).chain(words::TYPES).chain(words::UNITS)
}

/// The example of one form of a builtin: forms of one name in one group have their examples in the same order.
#[must_use]
pub fn example_of_builtin(form: &Builtin) -> Option<&'static Example> {
    let mut alike = forms(form.name).filter(|other| other.group == form.group);
    let place = alike.position(|other| other.doc == form.doc)?;
    let (_, examples) = builtins::EXAMPLES.iter().find(|(group, _)| *group == form.group)?;
    examples.iter().filter(|example| example.of == form.name).nth(place)
}

/// The example of a setting.
#[must_use]
pub fn example_of_setting(block: BlockKind, key: &str) -> Option<&'static Example> {
    let (_, examples) = settings::EXAMPLES.iter().find(|(known, _)| *known == block)?;
    examples.iter().find(|example| example.of == key)
}

/// The example of a keyword of items.
#[must_use]
pub fn example_of_item(word: &str) -> Option<&'static Example> {
    words::ITEMS.iter().find(|example| example.of == word)
}

/// The example of the words of a line; the same words in several places have their examples in the same order.
#[must_use]
pub fn example_of_line(words: &str, place: usize) -> Option<&'static Example> {
    words::LINES.iter().filter(|example| example.of == words).nth(place)
}

/// The example of a type.
#[must_use]
pub fn example_of_type(name: &str) -> Option<&'static Example> {
    words::TYPES.iter().find(|example| example.of == name)
}

/// The example of a unit, by its singular.
#[must_use]
pub fn example_of_unit(singular: &str) -> Option<&'static Example> {
    words::UNITS.iter().find(|example| example.of == singular)
}
