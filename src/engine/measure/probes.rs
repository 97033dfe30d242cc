//! Probes: readers fitted on what training sequences show, and scored on what held-out ones do.

use super::look::{Look, Sight, Tokens};
use super::told::{Sum, Told};
use super::{Beside, Value};
use crate::engine::corpus::Corpus;
use crate::engine::error::{Error, Result};
use crate::engine::probe::{Fit, LinearProbe};
use crate::engine::readers::centroid::Centroids;
use crate::engine::readers::linear::Linear;
use crate::engine::readers::logistic::Logistic;
use crate::engine::readers::ridge::Gram;
use crate::engine::sampler::Sample;
use crate::engine::streams::{Role, meaning, stream};
use crate::engine::told::examples_of;
use crate::program::model::{Context, Model, Site};
use crate::program::task::{NodeId, Task};
use crate::program::training::{MeasureKind, Reader};
use std::ops::Range;

/// What a probe reads, where, and how it is fitted.
pub struct Asked {
    pub context: Context,
    reader: Reader,
    site: Site,
    /// The sites that are read: one, or the stream after every number of layers.
    sites: Vec<Site>,
    tokens: Tokens,
    examples: Vec<usize>,
    nodes: Vec<NodeId>,
    /// What stands in the streams of its random numbers beside the reader.
    meaning: u64,
}

impl Asked {
    /// What a probe of a task asks of a model.
    ///
    /// # Panics
    /// Of any other measure.
    #[must_use]
    pub fn new(model: &Model, task: &Task, kind: &MeasureKind) -> Self {
        let MeasureKind::Probe { site, place, context, nodes, reader, .. } = kind else {
            unreachable!("probes are asked for")
        };
        let sites = match site {
            Site::Everywhere => (0..=model.layers()).map(Site::Residual).collect(),
            site => vec![*site],
        };
        let (tokens, examples) = (Tokens::of(place, task), examples_of(place, task));
        // A measure's own stream, by what it is, so that neither the arm nor the measures beside it change anything.
        let meaning = match (reader, nodes.as_slice()) {
            (Reader::Linear { epochs, .. }, [node]) => meaning(&(task, site, place, context, node, epochs)),
            (Reader::Linear { epochs, .. }, nodes) => meaning(&(task, site, place, context, nodes, epochs)),
            (_, nodes) => meaning(&(task, place, nodes)),
        };
        let (context, reader, site, nodes) = (*context, *reader, *site, nodes.clone());
        Self { context, reader, site, sites, tokens, examples, nodes, meaning }
    }

    /// Its targets in some drawn sequences.
    #[must_use]
    pub fn told(&self, task: &Task, drawn: &Sample) -> Vec<Told> {
        Told::of(task, &self.nodes, drawn, &self.examples)
    }

    fn sights(&self) -> Vec<Sight> {
        self.sites.iter().map(|&site| Sight::now(site, self.tokens.clone())).collect()
    }

    /// The rows of some sequences.
    fn rows(&self, sequences: &Range<usize>) -> Range<usize> {
        sequences.start * self.examples.len()..sequences.end * self.examples.len()
    }
}

/// The outputs of targets side by side.
fn columns(told: &[Told]) -> Vec<Range<usize>> {
    let mut end = 0;
    let next = |told: &Told| {
        end += told.width();
        end - told.width()..end
    };
    told.iter().map(next).collect()
}

/// A probe while it is fitted, with a control beside it at every site: the same reader of shuffled targets.
pub struct Fitter<'a> {
    asked: &'a Asked,
    told: Vec<Told>,
    shuffled: Vec<Told>,
    sites: Vec<Fitting>,
    /// Of the reader that is fitted by gradient.
    batch: usize,
    order: Vec<u32>,
    seed: u64,
}

/// What a reader keeps of the features that it is fitted on.
enum Fitting {
    Nothing,
    /// Sums of products, the control's targets behind the others.
    Products(Box<Gram>),
    /// Sums of classes, likewise.
    Classes(Centroids),
    /// All of them.
    Features(Vec<f32>),
}

impl<'a> Fitter<'a> {
    /// Nothing is fitted yet; `step` is that of the evaluation.
    ///
    /// # Errors
    /// A probe without a target.
    pub fn new(asked: &'a Asked, told: Vec<Told>, corpus: &Corpus<'_>, step: u64) -> Result<Self> {
        let (Some(first), false) = (told.first(), asked.examples.is_empty()) else {
            return Err(Error::NotRun("a probe that reads nothing".into()));
        };
        let rows = first.rows();
        let shuffled = stream(corpus.seed, Role::Control, &[asked.meaning]).permutation(rows);
        let shuffled = told.iter().map(|told| told.ordered(&shuffled)).collect();
        let epochs = if let Reader::Linear { epochs, .. } = asked.reader { epochs as u64 } else { 0 };
        let epoch = |epoch| stream(corpus.seed, Role::Probe, &[asked.meaning, step, 1 + epoch]).permutation(rows);
        let order = (0..epochs).flat_map(epoch).collect();
        let sites = asked.sites.iter().map(|_| Fitting::Nothing).collect();
        let batch = corpus.training.batch * asked.examples.len();
        Ok(Self { asked, told, shuffled, sites, batch, order, seed: corpus.seed })
    }

    /// The fitted readers, one a site.
    ///
    /// # Errors
    /// If a fit does not come to an end, or meets what is not finite.
    pub fn fitted(self) -> Result<Vec<Fitted>> {
        let Self { asked, told, shuffled, sites, batch, order, seed } = self;
        let sizes: Vec<usize> = told.iter().map(Told::width).collect();
        let rows = told.first().map_or(1, Told::rows);
        let fitted = sites.into_iter().map(|site| match (site, asked.reader) {
            (Fitting::Products(gram), Reader::Ridge { lambda }) => Ok(Fitted::Side(gram.solve(lambda)?)),
            (Fitting::Classes(classes), _) => Ok(Fitted::Side(classes.solve()?)),
            (Fitting::Features(features), Reader::Linear { epochs, lr }) => {
                let fit = Fit { batch, epochs, lr };
                let one = |told: &[Told]| {
                    let targets: Vec<_> = told.iter().map(Told::targets).collect();
                    let init = &mut |_: &str, count| stream(seed, Role::Probe, &[asked.meaning, 0]).normals(count);
                    LinearProbe::fit(&features, &targets, &sizes, &fit, &order, init)
                };
                Ok(Fitted::Trained(one(&told)?, one(&shuffled)?))
            }
            (Fitting::Features(features), Reader::Logistic { lambda }) => {
                let fit = Logistic::new(&features, features.len() / rows, lambda)?;
                let one = |told: &Told| match told {
                    Told::Labels { classes, values } => fit.fit(values, *classes),
                    Told::Numbers { .. } => Err(Error::NotRun("a logistic reader of numbers".into())),
                };
                let all = told.iter().chain(&shuffled).map(one).collect::<Result<Vec<Linear>>>()?;
                Ok(Fitted::Side(Linear::beside(&all)?))
            }
            _ => Err(Error::NotRun("a reader without features".into())),
        });
        fitted.collect()
    }
}

impl Look for Fitter<'_> {
    fn sights(&self) -> Vec<Sight> {
        self.asked.sights()
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let rows = self.asked.rows(&sequences);
        let outputs: usize = self.told.iter().map(Told::width).sum();
        let behind = columns(&self.shuffled).into_iter().map(|at| at.start + outputs..at.end + outputs);
        let both = self.told.iter().zip(columns(&self.told)).chain(self.shuffled.iter().zip(behind));
        let both: Vec<(&Told, Range<usize>)> = both.collect();
        for (site, features) in self.sites.iter_mut().zip(seen) {
            let width = features.len() / rows.len();
            if matches!(site, Fitting::Nothing) {
                *site = match self.asked.reader {
                    Reader::Ridge { .. } => Fitting::Products(Box::new(Gram::new(width, 2 * outputs))),
                    Reader::Centroid => Fitting::Classes(Centroids::new(width, 2 * outputs)),
                    Reader::Linear { .. } | Reader::Logistic { .. } => Fitting::Features(Vec::new()),
                };
            }
            match site {
                Fitting::Nothing => {}
                Fitting::Products(gram) => {
                    let targets: Vec<_> = both.iter().map(|(told, at)| told.columns(&rows, at)).collect();
                    gram.add_columns(features, &targets)?;
                }
                Fitting::Classes(classes) => {
                    for (told, at) in &both {
                        if let Told::Labels { values, .. } = told {
                            classes.add_labels(features, &values[rows.clone()], at.clone())?;
                        }
                    }
                }
                Fitting::Features(all) => all.extend_from_slice(features),
            }
        }
        Ok(())
    }
}

/// A fitted reader and its control.
pub enum Fitted {
    /// Outputs of the control behind the others.
    Side(Linear),
    Trained(LinearProbe, LinearProbe),
}

/// A probe while it is scored.
pub struct Scorer<'a> {
    asked: &'a Asked,
    told: Vec<Told>,
    /// The reader of each site with the scores of every target, and those of the control.
    sites: Vec<(Fitted, Vec<Sum>, Vec<Sum>)>,
    predicted: Vec<f64>,
}

impl<'a> Scorer<'a> {
    /// Nothing is scored yet.
    #[must_use]
    pub fn new(asked: &'a Asked, told: Vec<Told>, fitted: Vec<Fitted>) -> Self {
        let likelihood = matches!(asked.reader, Reader::Linear { .. } | Reader::Logistic { .. });
        let sums = || -> Vec<Sum> { told.iter().map(|told| told.sum(likelihood)).collect() };
        let sites = fitted.into_iter().map(|fitted| (fitted, sums(), sums())).collect();
        Self { asked, told, sites, predicted: Vec::new() }
    }

    /// What the probe gives.
    #[must_use]
    pub fn value(&self) -> Value {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let of = |sums: &[Sum]| -> Vec<f64> { sums.iter().map(Sum::value).collect() };
        let by_site: Vec<f64> = self.sites.iter().map(|(_, own, _)| mean(&of(own))).collect();
        let parts = match self.sites.as_slice() {
            [(_, own, _)] if self.asked.site != Site::Everywhere => of(own),
            _ => by_site.clone(),
        };
        let beside = |known: &dyn Fn(&Sum) -> Option<f64>| -> Vec<f64> {
            let each = self.sites.iter().filter_map(|(_, own, _)| own.iter().map(known).collect::<Option<Vec<f64>>>());
            each.map(|values| mean(&values)).collect()
        };
        let value = mean(&by_site);
        Value {
            value: value.is_finite().then_some(value),
            parts,
            beside: Some(Beside {
                control: self.sites.iter().map(|(.., control)| mean(&of(control))).collect(),
                cross_entropy: beside(&Sum::cross_entropy),
                r2: beside(&Sum::r2),
            }),
        }
    }
}

impl Look for Scorer<'_> {
    fn sights(&self) -> Vec<Sight> {
        self.asked.sights()
    }

    fn look(&mut self, sequences: Range<usize>, seen: &[&[f32]]) -> Result<()> {
        let rows = self.asked.rows(&sequences);
        let at = columns(&self.told);
        let outputs = at.last().map_or(0, |last| last.end);
        for ((fitted, own, control), features) in self.sites.iter_mut().zip(seen) {
            let add = |sums: &mut [Sum], predicted: &[f64], apart: usize, first: usize| -> Result<()> {
                for ((sum, told), at) in sums.iter_mut().zip(&self.told).zip(&at) {
                    told.add_to(sum, &rows, predicted, apart, at.start + first..at.end + first)?;
                }
                Ok(())
            };
            match fitted {
                Fitted::Side(linear) => {
                    linear.predict(features, &mut self.predicted)?;
                    add(own, &self.predicted, 2 * outputs, 0)?;
                    add(control, &self.predicted, 2 * outputs, outputs)?;
                }
                Fitted::Trained(probe, shuffled) => {
                    for (probe, sums) in [(probe, own), (shuffled, control)] {
                        self.predicted.clear();
                        probe.predict(features, &mut self.predicted)?;
                        add(sums, &self.predicted, outputs, 0)?;
                    }
                }
            }
        }
        Ok(())
    }
}
