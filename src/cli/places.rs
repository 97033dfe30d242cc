//! Bytes of a source as lines and columns, found quickly for many findings of one text.

use crate::diagnostic::{FileId, Source, Sources, Span};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A place in a text: line and column from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// The sources of one program with where their lines begin.
pub struct Places<'a> {
    sources: &'a Sources,
    starts: RefCell<HashMap<FileId, Rc<Vec<usize>>>>,
}

impl<'a> Places<'a> {
    /// Places in these sources.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, starts: RefCell::default() }
    }

    /// The source that a span lies in.
    #[must_use]
    pub fn source(&self, span: Span) -> Option<&'a Source> {
        self.sources.get(span.file)
    }

    /// The name of the file that a span lies in.
    #[must_use]
    pub fn name(&self, span: Span) -> &'a str {
        self.source(span).map_or("", |source| source.name.as_str())
    }

    /// Where the lines of a file begin, in bytes.
    #[must_use]
    pub fn lines(&self, file: FileId) -> Rc<Vec<usize>> {
        let mut known = self.starts.borrow_mut();
        let starts = known.entry(file).or_insert_with(|| {
            let text = self.sources.get(file).map_or("", |source| source.text.as_str());
            Rc::new(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
        });
        Rc::clone(starts)
    }

    /// Where a span begins.
    #[must_use]
    pub fn start(&self, span: Span) -> Place {
        self.place(span.file, span.start as usize)
    }

    /// Where a span ends: the place behind its last character.
    #[must_use]
    pub fn end(&self, span: Span) -> Place {
        self.place(span.file, span.end as usize)
    }

    fn place(&self, file: FileId, at: usize) -> Place {
        let starts = self.lines(file);
        let line = starts.partition_point(|&start| start <= at).max(1);
        let text = self.sources.get(file).map_or("", |source| source.text.as_str());
        let before = text.get(starts[line - 1]..at.min(text.len())).unwrap_or_default();
        Place { line, column: before.chars().count() + 1 }
    }
}
