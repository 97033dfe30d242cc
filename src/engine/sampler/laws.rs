//! Distributions: one draw from a stream, its arguments taken from the numbers at its sequence and position.

use super::fault::Fault;
use super::values::Numbers;
use crate::engine::streams::Stream;
use crate::program::task::{Law, Node, NodeId, Op};

/// Probabilities may miss 0 and 1 by so much, which rounding explains.
const ROUNDING: f64 = 1e-6;

/// A distribution ready to be drawn from.
pub struct Ready {
    pub kind: Kind,
    pub args: Vec<Option<NodeId>>,
    pub copies: usize,
    pub width: usize,
}

/// Which distribution it is, with what of it is fixed.
pub enum Kind {
    Normal,
    Label(u64),
    Interval,
    Categorical,
    Bernoulli,
    Dirichlet,
    Permutation(usize),
    Permutations(Vec<usize>),
    /// The cumulative law, where its exponent is fixed.
    Zipf {
        labels: usize,
        cumulative: Option<Vec<f64>>,
    },
    StudentT,
    Exponential,
    Bursty(Bursty),
    /// Cumulative shares.
    Mixture(Vec<(f64, Ready)>),
}

/// Classes of the examples of a sequence and of its query.
pub struct Bursty {
    pub classes: usize,
    pub length: usize,
    pub copies: usize,
    pub exponent: f64,
    pub cumulative: Vec<f64>,
    pub outside: bool,
}

/// The numbers that arguments are taken from.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub values: Numbers<'a>,
    pub sequence: usize,
    pub position: usize,
}

impl<'a> Place<'a> {
    fn get(&self, node: NodeId) -> &'a [f64] {
        self.values.get(node).at(self.sequence, self.position)
    }
}

impl Ready {
    /// Looks up what is fixed. None where the engine does not draw from it.
    #[must_use]
    pub fn of(law: &Law, nodes: &[Node]) -> Option<Self> {
        let fixed = |place: usize| law.args.get(place).copied().flatten().and_then(|node| number(nodes, node));
        let count = |place: usize| fixed(place).map(|value| value as usize);
        let kind = match law.name.as_str() {
            "normal" => Kind::Normal,
            "uniform" if law.args.len() == 1 => Kind::Label(count(0)? as u64),
            "uniform" => Kind::Interval,
            "categorical" => Kind::Categorical,
            "bernoulli" => Kind::Bernoulli,
            "dirichlet" => Kind::Dirichlet,
            "permutation" => Kind::Permutation(count(0)?),
            "permutations" => match &nodes[law.args.first().copied().flatten()?].op {
                Op::Numbers(sizes) => Kind::Permutations(sizes.iter().map(|size| *size as usize).collect()),
                _ => return None,
            },
            "zipf" => {
                let labels = count(0)?;
                let exponent = match law.args.get(1).copied().flatten() {
                    None => Some(1.0),
                    Some(node) => number(nodes, node),
                };
                Kind::Zipf { labels, cumulative: exponent.map(|exponent| zipf(labels, exponent)) }
            }
            "student_t" => Kind::StudentT,
            "exponential" => Kind::Exponential,
            "bursty" => {
                let (classes, exponent) = (count(0)?, fixed(3).unwrap_or(0.0));
                Kind::Bursty(Bursty {
                    classes,
                    length: count(1)?,
                    copies: count(2).unwrap_or(1),
                    exponent,
                    cumulative: zipf(classes, exponent),
                    outside: law.word.as_deref() == Some("outside"),
                })
            }
            "mixture" => {
                let mut sum = 0.0;
                let parts = law.parts.iter().map(|(share, part)| {
                    sum += share;
                    Some((sum, Self::of(part, nodes)?))
                });
                Kind::Mixture(parts.collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some(Self { kind, args: law.args.clone(), copies: law.copies, width: law.width })
    }

    /// A label out of so many, each as likely.
    #[must_use]
    pub fn label(classes: usize) -> Self {
        Self { kind: Kind::Label(classes as u64), args: Vec::new(), copies: 1, width: 1 }
    }

    /// One permutation a size, as lines of the widest.
    #[must_use]
    pub fn permutations(sizes: Vec<usize>) -> Self {
        let width = sizes.len() * sizes.iter().copied().max().unwrap_or(0);
        Self { kind: Kind::Permutations(sizes), args: Vec::new(), copies: 1, width }
    }

    /// How likely each label is, up to a factor; none of what is no single label.
    #[must_use]
    pub fn prior(&self, values: Numbers<'_>, labels: usize) -> Option<Vec<f64>> {
        let place = Place { values, sequence: 0, position: 0 };
        let p = self.arg(0, place);
        match &self.kind {
            Kind::Label(_) => Some(vec![1.0; labels]),
            Kind::Bernoulli => p.filter(|p| p.len() == 1).map(|p| vec![1.0 - p[0], p[0]]),
            Kind::Categorical => p.filter(|p| p.len() == labels).map(<[f64]>::to_vec),
            Kind::Zipf { .. } => Some(zipf_weights(labels, self.arg(1, place).map_or(1.0, |exponent| exponent[0]))),
            _ => None,
        }
    }

    /// Whether cells that lie behind one another can be drawn as one: entry by entry, without arguments.
    #[must_use]
    pub fn by_entry(&self) -> bool {
        matches!(self.kind, Kind::Normal | Kind::Label(_) | Kind::Interval) && self.args.iter().all(Option::is_none)
    }

    /// The node whose probabilities a single label is drawn with; none of another law.
    #[must_use]
    pub fn single_label_with(&self) -> Option<NodeId> {
        let single = matches!(self.kind, Kind::Categorical) && (self.copies, self.width) == (1, 1);
        if single { self.args.first().copied().flatten() } else { None }
    }

    /// Fills several cells that lie behind one another, where they can be drawn as one.
    ///
    /// # Errors
    /// As [`Ready::draw`].
    pub fn fill(&self, place: Place<'_>, stream: &mut Stream, cells: &mut [f64]) -> Result<(), Fault> {
        self.one(place, stream, cells)
    }

    /// Fills `out` with independent copies.
    ///
    /// # Errors
    /// Arguments that make no distribution.
    pub fn draw(&self, place: Place<'_>, stream: &mut Stream, out: &mut [f64]) -> Result<(), Fault> {
        if self.copies == 1 {
            return self.one(place, stream, &mut out[..self.width]);
        }
        for copy in out.chunks_exact_mut(self.width).take(self.copies) {
            self.one(place, stream, copy)?;
        }
        Ok(())
    }

    #[inline]
    fn arg<'a>(&self, at: usize, place: Place<'a>) -> Option<&'a [f64]> {
        self.args.get(at).copied().flatten().map(|node| place.get(node))
    }

    fn one(&self, place: Place<'_>, stream: &mut Stream, out: &mut [f64]) -> Result<(), Fault> {
        match &self.kind {
            Kind::Normal => {
                stream.fill_normal(out);
                if let Some(sd) = self.arg(1, place) {
                    spread(out, sd, |x, sd| x * sd);
                    check(sd, |sd| sd > 0.0, "has the standard deviation", "which is not above 0")?;
                }
                if let Some(mean) = self.arg(0, place) {
                    spread(out, mean, |x, mean| x + mean);
                }
            }
            Kind::Label(labels) => out.iter_mut().for_each(|x| *x = stream.below(*labels) as f64),
            Kind::Interval => {
                let (from, to) = (self.arg(0, place).unwrap_or(&[0.0]), self.arg(1, place).unwrap_or(&[1.0]));
                for (at, x) in out.iter_mut().enumerate() {
                    let (from, to) = (entry(from, at), entry(to, at));
                    if from.partial_cmp(&to) != Some(std::cmp::Ordering::Less) {
                        return Err(Fault::of(format!("is drawn from {from} up to {to}, where no number lies")));
                    }
                    *x = from + (to - from) * stream.unit();
                }
            }
            Kind::Categorical => {
                let p = self.arg(0, place).unwrap_or(&[1.0]);
                if let [x] = out {
                    *x = categorical(p, stream.unit())? as f64;
                    return Ok(());
                }
                let labels = p.len() / self.width;
                for (x, p) in out.iter_mut().zip(p.chunks_exact(labels)) {
                    *x = categorical(p, stream.unit())? as f64;
                }
            }
            Kind::Bernoulli => {
                let p = self.arg(0, place).unwrap_or(&[0.5]);
                let likely = -ROUNDING..=1.0 + ROUNDING;
                check(p, |p| likely.contains(&p), "has the probability", "which is not between 0 and 1")?;
                for (at, x) in out.iter_mut().enumerate() {
                    *x = f64::from(u8::from(stream.unit() < entry(p, at)));
                }
            }
            Kind::Dirichlet => {
                let alpha = self.arg(0, place).unwrap_or(&[1.0]);
                check(alpha, |alpha| alpha > 0.0, "has the concentration", "which is not above 0")?;
                for (at, x) in out.iter_mut().enumerate() {
                    *x = stream.gamma(entry(alpha, at));
                }
                let sum: f64 = out.iter().sum();
                if sum > 0.0 {
                    out.iter_mut().for_each(|x| *x /= sum);
                } else {
                    // All underflowed, as they do for a tiny concentration: one of them has all, as often as its
                    // concentration says.
                    let lucky = race(out.len(), stream, |at| libm::log(entry(alpha, at)));
                    out.fill(0.0);
                    out[lucky.unwrap_or(0)] = 1.0;
                }
            }
            Kind::Permutation(size) => permutation(*size, stream, out),
            Kind::Permutations(sizes) => {
                let widest = sizes.iter().copied().max().unwrap_or(1);
                for (line, size) in out.chunks_exact_mut(widest).zip(sizes) {
                    permutation(*size, stream, &mut line[..*size]);
                    line[*size..].fill(0.0);
                }
            }
            Kind::Zipf { labels, cumulative } => match cumulative {
                Some(cumulative) => out.iter_mut().for_each(|x| *x = inverse(cumulative, stream.unit()) as f64),
                None => {
                    let exponents = self.arg(1, place).unwrap_or(&[1.0]);
                    for (at, x) in out.iter_mut().enumerate() {
                        *x = inverse(&zipf(*labels, entry(exponents, at)), stream.unit()) as f64;
                    }
                }
            },
            Kind::StudentT => {
                let df = self.arg(0, place).unwrap_or(&[1.0]);
                check(df, |df| df > 0.0, "has", "degrees of freedom, which is not above 0")?;
                for (at, x) in out.iter_mut().enumerate() {
                    let df = entry(df, at);
                    let normal = stream.normal();
                    *x = normal / libm::sqrt(2.0 * stream.gamma(df / 2.0) / df);
                }
            }
            Kind::Exponential => {
                let rate = self.arg(0, place).unwrap_or(&[1.0]);
                check(rate, |rate| rate > 0.0, "has the rate", "which is not above 0")?;
                for (at, x) in out.iter_mut().enumerate() {
                    *x = stream.exponential() / entry(rate, at);
                }
            }
            Kind::Bursty(bursty) => bursty.draw(stream, out),
            Kind::Mixture(parts) => {
                let chosen = stream.unit();
                let part = parts.iter().find(|(upto, _)| chosen < *upto).or(parts.last());
                if let Some((_, part)) = part {
                    part.draw(place, stream, out)?;
                }
            }
        }
        Ok(())
    }
}

impl Bursty {
    /// Classes of a context, each of them `copies` times in a random order, and then that of the query.
    fn draw(&self, stream: &mut Stream, out: &mut [f64]) {
        let context = self.length - 1;
        let mut shown: Vec<usize> = Vec::with_capacity(context / self.copies);
        while shown.len() < context / self.copies {
            shown.push(self.another(&shown, stream));
        }
        for (at, x) in out[..context].iter_mut().enumerate() {
            *x = shown[at / self.copies] as f64;
        }
        for last in (1..context).rev() {
            out.swap(last, stream.below(last as u64 + 1) as usize);
        }
        out[context] = if self.outside {
            self.another(&shown, stream) as f64
        } else {
            shown[stream.below(shown.len() as u64) as usize] as f64
        };
    }

    /// A class that is not among some.
    fn another(&self, shown: &[usize], stream: &mut Stream) -> usize {
        /// So many classes are drawn in vain before the others are looked at one by one.
        const TRIES: usize = 64;
        for _ in 0..TRIES {
            let class = inverse(&self.cumulative, stream.unit());
            if !shown.contains(&class) {
                return class;
            }
        }
        // Under a large exponent what is left is rare, perhaps too rare for a float.
        let other = race(self.classes, stream, |class| {
            let known = shown.contains(&class);
            if known { f64::NEG_INFINITY } else { -self.exponent * libm::log(class as f64 + 1.0) }
        });
        other.unwrap_or(0)
    }
}

/// One of some things, each as often as its weight says, given the logarithms of the weights: who arrives first where
/// each arrives at a rate of its weight.
fn race(count: usize, stream: &mut Stream, weight: impl Fn(usize) -> f64) -> Option<usize> {
    (0..count)
        .map(|at| (libm::log(stream.exponential()) - weight(at), at))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, at)| at)
}

/// The number that a node always is.
pub fn number(nodes: &[Node], node: NodeId) -> Option<f64> {
    match &nodes[node].op {
        Op::Constant(value) => Some(*value as f64),
        Op::Numbers(numbers) if numbers.len() == 1 => numbers.first().copied(),
        _ => None,
    }
}

/// The Zipf law over so many labels, up to a factor.
#[must_use]
pub fn zipf_weights(labels: usize, exponent: f64) -> Vec<f64> {
    (1..=labels).map(|rank| libm::pow(rank as f64, -exponent)).collect()
}

/// The cumulative Zipf law over so many labels: label r has a probability in proportion to (r + 1)^-exponent.
#[must_use]
pub fn zipf(labels: usize, exponent: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let mut cumulative: Vec<f64> = (1..=labels)
        .map(|rank| {
            sum += libm::pow(rank as f64, -exponent);
            sum
        })
        .collect();
    cumulative.iter_mut().for_each(|upto| *upto /= sum);
    cumulative
}

/// The label whose stretch of a cumulative law holds a number from 0 up to 1.
#[must_use]
pub fn inverse(cumulative: &[f64], at: f64) -> usize {
    cumulative.partition_point(|upto| *upto <= at).min(cumulative.len() - 1)
}

fn entry(values: &[f64], at: usize) -> f64 {
    if values.len() == 1 { values[0] } else { values[at] }
}

fn spread(out: &mut [f64], with: &[f64], f: impl Fn(f64, f64) -> f64) {
    if let &[with] = with {
        out.iter_mut().for_each(|x| *x = f(*x, with));
    } else {
        out.iter_mut().zip(with).for_each(|(x, with)| *x = f(*x, *with));
    }
}

fn check(values: &[f64], holds: impl Fn(f64) -> bool, has: &str, fault: &str) -> Result<(), Fault> {
    match values.iter().find(|value| !holds(**value)) {
        Some(value) => Err(Fault::of(format!("{has} {value}, {fault}"))),
        None => Ok(()),
    }
}

/// The label in whose stretch a number from 0 up to 1 lies. One pass without branches sums, looks for faults and finds
/// the label, since which it is cannot be foreseen.
#[inline]
fn categorical(p: &[f64], at: f64) -> Result<usize, Fault> {
    let (mut sum, mut upto, mut label, mut negative) = (0.0, 0.0, 0, false);
    for &p in p {
        sum += p;
        upto += if p > 0.0 { p } else { 0.0 };
        label += usize::from(upto <= at);
        negative |= p < -ROUNDING;
    }
    if negative || !sums_to_one(sum) {
        return Err(improbable(p, sum));
    }
    if label == p.len() {
        // The sum falls short of 1 by rounding.
        return Ok(p.iter().rposition(|p| *p > 0.0).unwrap_or(0));
    }
    Ok(label)
}

/// Whether probabilities add up to 1.
pub fn sums_to_one(sum: f64) -> bool {
    (sum - 1.0).abs() <= ROUNDING
}

#[cold]
fn improbable(p: &[f64], sum: f64) -> Fault {
    let shown: Vec<String> = p.iter().take(6).map(|p| format!("{p:.4}")).collect();
    let more = if p.len() > 6 { ", ..." } else { "" };
    Fault::of(format!(
        "is drawn with [{}{more}], which add up to {sum}, so they are no probabilities",
        shown.join(", ")
    ))
}

fn permutation(size: usize, stream: &mut Stream, out: &mut [f64]) {
    for (place, x) in out.iter_mut().enumerate() {
        *x = place as f64;
    }
    for last in (1..size).rev() {
        out.swap(last, stream.below(last as u64 + 1) as usize);
    }
}
