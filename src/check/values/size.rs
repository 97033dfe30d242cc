//! Sizes and numbers that may depend on parameters: polynomials over names, compared for every value of the names.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::{Add, Mul, Sub};
use std::rc::Rc;

/// A number, known or as a polynomial over the names that it depends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Size {
    Known(f64),
    Unknown(Rc<Polynomial>),
}

/// Coefficients by monomial; a monomial is its names in order, a power being a repetition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polynomial(BTreeMap<Vec<Rc<str>>, f64>);

/// Longer polynomials are not multiplied out but become a name of their own.
const LONGEST: usize = 64;

impl Size {
    /// What a name stands for.
    pub fn name(name: &str) -> Self {
        Self::Unknown(Rc::new(Polynomial(BTreeMap::from([(vec![Rc::from(name)], 1.0)]))))
    }

    /// A whole number.
    pub fn of(value: usize) -> Self {
        Self::Known(value as f64)
    }

    /// The number, where it is known.
    pub fn known(&self) -> Option<f64> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }

    /// The known number as a size of an axis.
    pub fn axis(&self) -> Option<usize> {
        self.known().filter(|value| *value >= 0.0 && value.fract() == 0.0).map(|value| value as usize)
    }

    /// How much this exceeds the other, where that is the same for every value of the names.
    pub fn excess(&self, other: &Self) -> Option<f64> {
        (self.clone() - other.clone()).known()
    }

    /// Whether both are one number for every value of the names.
    pub fn equals(&self, other: &Self) -> bool {
        self.excess(other) == Some(0.0)
    }

    /// Whether both differ for every value of the names.
    pub fn differs(&self, other: &Self) -> bool {
        self.excess(other).is_some_and(|excess| excess != 0.0)
    }

    /// In a sentence: a number as it is, an expression in backticks.
    pub fn quoted(&self) -> String {
        if self.known().is_some() { self.to_string() } else { format!("`{self}`") }
    }

    /// Whether every name that it depends on is one of these.
    pub fn only_of(&self, names: &std::collections::HashSet<String>) -> bool {
        match self {
            Self::Known(_) => false,
            Self::Unknown(polynomial) => polynomial.0.keys().flatten().all(|name| names.contains(&**name)),
        }
    }

    /// Divided by a known number.
    pub fn over(&self, divisor: f64) -> Self {
        self.clone() * Self::Known(1.0 / divisor)
    }

    fn polynomial(&self) -> Polynomial {
        match self {
            Self::Known(0.0) => Polynomial::default(),
            Self::Known(value) => Polynomial(BTreeMap::from([(Vec::new(), *value)])),
            Self::Unknown(polynomial) => (**polynomial).clone(),
        }
    }
}

impl From<Polynomial> for Size {
    fn from(mut polynomial: Polynomial) -> Self {
        polynomial.0.retain(|_, coefficient| *coefficient != 0.0);
        match polynomial.0.len() {
            0 => Self::Known(0.0),
            1 if polynomial.0.contains_key(&Vec::new()) => Self::Known(polynomial.0[&Vec::new()]),
            _ => Self::Unknown(Rc::new(polynomial)),
        }
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if let (Self::Known(a), Self::Known(b)) = (&self, &other) {
            return Self::Known(a + b);
        }
        let mut sum = self.polynomial();
        for (monomial, coefficient) in other.polynomial().0 {
            *sum.0.entry(monomial).or_default() += coefficient;
        }
        sum.into()
    }
}

impl Sub for Size {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self::Known(-1.0) * other
    }
}

impl Mul for Size {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        if let (Self::Known(a), Self::Known(b)) = (&self, &other) {
            return Self::Known(a * b);
        }
        let (a, b) = (self.polynomial(), other.polynomial());
        let degree = |polynomial: &Polynomial| polynomial.0.keys().map(Vec::len).max().unwrap_or(0);
        if a.0.len() * b.0.len() > LONGEST || degree(&a) + degree(&b) > 8 {
            return Self::name(&format!("({self}) * ({other})"));
        }
        let mut product = Polynomial::default();
        for (left, x) in &a.0 {
            for (right, y) in &b.0 {
                let mut monomial: Vec<Rc<str>> = left.iter().chain(right).cloned().collect();
                monomial.sort();
                *product.0.entry(monomial).or_default() += x * y;
            }
        }
        product.into()
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let polynomial = match self {
            Self::Known(value) => return write!(f, "{value}"),
            Self::Unknown(polynomial) => polynomial,
        };
        // Names first, the plain number last, as one would write it.
        let (plain, named): (Vec<_>, Vec<_>) = polynomial.0.iter().partition(|(monomial, _)| monomial.is_empty());
        for (at, (monomial, coefficient)) in named.into_iter().chain(plain).enumerate() {
            let sign = if *coefficient < 0.0 { "-" } else { "+" };
            match (at, sign) {
                (0, "-") => f.write_str("-")?,
                (0, _) => {}
                _ => write!(f, " {sign} ")?,
            }
            let size = coefficient.abs();
            let names = monomial.join(" * ");
            match (size == 1.0, monomial.is_empty()) {
                (true, false) => f.write_str(&names)?,
                (_, true) => write!(f, "{size}")?,
                _ => write!(f, "{size} * {names}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_compared_for_every_value_of_their_names() {
        let (n, m) = (Size::name("n"), Size::name("m"));
        let square = (n.clone() + m.clone()) * (n.clone() - m.clone());
        assert!(square.equals(&(n.clone() * n.clone() - m.clone() * m.clone())));
        assert!(n.differs(&(n.clone() + Size::of(1))));
        assert!(!n.differs(&m) && !n.equals(&m));
        assert_eq!((Size::of(2) * n + Size::of(1)).to_string(), "2 * n + 1");
    }
}
