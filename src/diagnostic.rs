//! What is wrong with a program: pure data, worded where it is found, drawn in `cli::render`.

/// A file among the sources of one program, by its place in [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of one source file, in bytes, end excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The span of `file` from byte `start` to byte `end`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { file, start: clip(start), end: clip(end) }
    }

    /// The smallest span that covers both; both must lie in one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Whether a finding forbids a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// A place in the sources with what is to be said there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A change of the text that mends a fault for certain: what stands at `span` becomes `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// One finding: an id, a title that alone says what is wrong, places, and a cure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// `E0312` or `W0207`; the registry holds its page.
    pub id: &'static str,
    pub severity: Severity,
    pub title: String,
    /// The first label is the place of the fault; others are places that explain it.
    pub labels: Vec<Label>,
    /// What to do about it, as an order: "write `width: 128`".
    pub help: Option<String>,
    /// Edits that together apply the cure, where it is certain; `icl check --fix` makes them.
    pub fix: Vec<Edit>,
}

impl Diagnostic {
    /// An error with its primary place.
    pub fn error(id: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Error,
            title: title.into(),
            labels: vec![Label { span, text: label.into() }],
            help: None,
            fix: Vec::new(),
        }
    }

    /// A warning with its primary place.
    pub fn warning(id: &'static str, title: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, title, span, label) }
    }

    /// The same finding with a cure.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with a certain cure: what stands at `span` becomes `text`.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix.push(Edit { span, text: text.into() });
        self
    }

    /// The same finding with a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// The place of the fault.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map_or_else(Span::default, |label| label.span)
    }
}

/// One source text under the name that messages call it by.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Every text that a program was read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub files: Vec<Source>,
}

impl Sources {
    /// Adds a text and gives the id its spans carry.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source { name: name.into(), text: text.into() });
        id
    }

    /// The text under an id.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Line and column of a span's start, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, span: Span) -> (usize, usize) {
        let Some(source) = self.get(span.file) else { return (1, 1) };
        let head = source.text.get(..span.start as usize).unwrap_or(&source.text);
        let line = head.matches('\n').count() + 1;
        let start = head.rfind('\n').map_or(0, |at| at + 1);
        (line, head[start..].chars().count() + 1)
    }
}
