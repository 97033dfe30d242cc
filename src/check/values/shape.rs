//! Types of names inside a task: what an entry is, and the sizes of the axes.

use crate::check::values::size::Size;
use crate::data::Source;
use std::fmt::{self, Display};
use std::rc::Rc;

/// Sizes of the axes, outermost first; empty for a single value.
pub type Shape = Vec<Size>;

/// What one entry of an array is.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    Real,
    /// An integer without a label space.
    Whole,
    /// A truth, or 0 or 1 with a given probability.
    Truth,
    /// A label out of so many.
    Label(Size),
    /// A row of a data source; of a parameter, by its name.
    Row(RowOf),
    Text,
}

/// The data source of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowOf {
    Known(Rc<Source>),
    Named(String),
}

/// The type of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub element: Element,
    pub shape: Shape,
    /// Label spaces along the first axis, where they differ: the attributes of a row.
    pub each: Option<Vec<usize>>,
}

impl Type {
    /// One value.
    pub fn single(element: Element) -> Self {
        Self { element, shape: Vec::new(), each: None }
    }

    /// An array.
    pub fn array(element: Element, shape: Shape) -> Self {
        Self { element, shape, each: None }
    }

    /// Whether arithmetic takes it.
    pub fn numeric(&self) -> bool {
        !matches!(self.element, Element::Row(_) | Element::Text)
    }

    /// The element after arithmetic that keeps integers.
    pub fn joined(&self, other: &Self) -> Element {
        if self.element == Element::Real || other.element == Element::Real { Element::Real } else { Element::Whole }
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Element::Real => f.write_str("real")?,
            Element::Whole => f.write_str("integer")?,
            Element::Truth => f.write_str("bool")?,
            Element::Label(size) => write!(f, "class({size})")?,
            Element::Row(_) => f.write_str("a row")?,
            Element::Text => f.write_str("text")?,
        }
        if !self.shape.is_empty() {
            let sizes: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
            write!(f, "[{}]", sizes.join(", "))?;
        }
        Ok(())
    }
}

/// The shape of two operands joined entry by entry, a single value standing for an array of itself; `None` where their
/// sizes differ for every value of the parameters.
pub fn joined(a: &Shape, b: &Shape) -> Option<Shape> {
    match (a.as_slice(), b.as_slice()) {
        ([], other) | (other, []) => Some(other.to_vec()),
        (a, b) if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| !a.differs(b)) => {
            // A known size says more than one that waits for a parameter.
            Some(a.iter().zip(b).map(|(a, b)| if a.known().is_some() { a } else { b }.clone()).collect())
        }
        _ => None,
    }
}
