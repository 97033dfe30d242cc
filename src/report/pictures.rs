//! The figures of an experiment: what its report asks for, made of its cells and ready to be written.

use super::arrange;
use super::cells::Cells;
use super::figure::{self, Figure};
use super::forest::{self, Forest};
use super::heat::{self, Heat, HeatRun, Map};
use super::points::{self, Points};
use super::relations;
use super::scene::{Op, Scene};
use super::straight::straightened;
use super::study::Study;
use super::survival::{self, Stays, Survival};
use super::trajectories;
use super::{pdf, raster, svg, whole};
use crate::program::figure::{Axis, Figure as Asked, Shown};
use crate::program::{Experiment, PlateauRule};
use crate::stats::{self, StatsError};

/// A figure under the name of its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub name: String,
    /// The phrase that asks for it.
    pub asked: String,
    pub drawn: Drawn,
}

/// The kinds of figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    Curves(Figure),
    Heat(Heat),
    Points(Points),
    Survival(Survival),
    Forest(Forest),
}

impl Picture {
    fn scene(&self) -> Scene {
        match &self.drawn {
            Drawn::Curves(figure) => figure::scene(figure),
            Drawn::Heat(heat) => heat::scene(heat),
            Drawn::Points(points) => points::scene(points),
            Drawn::Survival(survival) => survival::scene(survival),
            Drawn::Forest(forest) => forest::scene(forest),
        }
    }

    /// As an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::write(&self.scene())
    }

    /// As an SVG document for a page that holds many: lines have no point that nobody can see.
    #[must_use]
    pub fn light_svg(&self) -> String {
        svg::write(&straightened(self.scene()))
    }

    /// As a PNG of `scale` image pixels to a pixel of the SVG; 3 suits print.
    #[must_use]
    pub fn png(&self, scale: f64) -> Vec<u8> {
        raster::write(&self.scene(), scale)
    }

    /// As a PDF that carries its face; a single panel is 3.3 inches wide.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        pdf::write(&self.scene())
    }

    /// Width and height in pixels, and where words stand: left, top, right, bottom.
    #[must_use]
    pub fn words(&self) -> (f64, f64, Vec<(String, [f64; 4])>) {
        let scene = self.scene();
        let words = scene.ops.iter().filter_map(|op| match op {
            Op::Text(words) => Some((words.text.clone(), words.extent().into())),
            _ => None,
        });
        (scene.width, scene.height, words.collect())
    }

    /// What is drawn, as CSV.
    #[must_use]
    pub fn csv(&self) -> String {
        match &self.drawn {
            Drawn::Curves(figure) => figure::to_csv(figure),
            Drawn::Heat(heat) => heat::to_csv(heat),
            Drawn::Points(points) => points::to_csv(points),
            Drawn::Survival(survival) => survival::to_csv(survival),
            Drawn::Forest(forest) => forest::to_csv(forest),
        }
    }
}

/// All figures that an experiment asks for, and the survival of its runs where it has a plateau.
///
/// # Errors
/// If the plateau has no two different levels.
pub fn pictures(experiment: &Experiment, studies: &[Study<'_>]) -> Result<Vec<Picture>, StatsError> {
    let arms: Vec<usize> = studies.iter().flat_map(|study| study.arms.iter().copied()).collect();
    let Some(first) = studies.first() else { return Ok(Vec::new()) };
    let cells = Cells { experiment, all: first.cells, arms: &arms, limit: first.limit };
    let mut asked = experiment.figures.clone();
    let survival = Asked::Survival { by: Axis::Arm, each: None };
    if experiment.plateau.is_some() && !asked.iter().any(|asked| matches!(asked, Asked::Survival { .. })) {
        asked.push(survival);
    }
    let mut pictures: Vec<Picture> = Vec::new();
    for asked in &asked {
        let Some(drawn) = drawn(cells, studies, asked)? else { continue };
        let phrase = phrase(cells, asked);
        let mut name = file(&phrase);
        let taken = |name: &str| pictures.iter().any(|picture: &Picture| picture.name == name);
        let plain = name.clone();
        let mut number = 1;
        while taken(&name) {
            number += 1;
            name = format!("{plain}_{number}");
        }
        pictures.push(Picture { name, asked: phrase, drawn });
    }
    Ok(pictures)
}

fn drawn(cells: Cells<'_>, studies: &[Study<'_>], asked: &Asked) -> Result<Option<Drawn>, StatsError> {
    let rule = cells.experiment.plateau.as_ref();
    Ok(Some(match asked {
        Asked::Curves { shown, by, each } => Drawn::Curves(trajectories::figure(cells, shown, by, each.as_ref())),
        Asked::Distances { shown } => Drawn::Curves(trajectories::distances(cells, shown)),
        Asked::Layers { measure } => Drawn::Heat(layers(cells, *measure)),
        Asked::Against { quantities, knob, each } => {
            Drawn::Points(relations::against(cells, quantities, (knob, each.as_ref()), rule)?)
        }
        Asked::Scatter { y, x } => Drawn::Points(relations::scatter(cells, (*y, *x), rule)?),
        Asked::ByPosition => Drawn::Curves(whole::by_position(cells.experiment, studies)),
        Asked::Survival { by, each } => {
            let Some(rule) = rule else { return Ok(None) };
            Drawn::Survival(stays(cells, by, each.as_ref(), rule)?)
        }
    }))
}

/// The phrase of a figure.
fn phrase(cells: Cells<'_>, asked: &Asked) -> String {
    let axis = |axis: &Axis| match axis {
        Axis::Arm => "arm".to_owned(),
        Axis::Knob(name) => name.clone(),
    };
    let each = |each: &Option<Axis>| each.as_ref().map_or(String::new(), |each| format!(" for each {}", axis(each)));
    let list = |names: Vec<String>| match names.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", names.join(", ")),
    };
    match asked {
        Asked::Curves { shown, by, each: panels } => {
            let names = shown.iter().map(|&one| cells.name(one)).collect();
            format!("{} by {}{}", list(names), axis(by), each(panels))
        }
        Asked::Distances { shown } => {
            let names: Vec<String> = shown.iter().map(|&one| trajectories::reference(cells, one)).collect();
            format!("distance to [{}]", names.join(", "))
        }
        Asked::Layers { measure } => format!("{} by layer", cells.name(Shown { measure: *measure, site: None })),
        Asked::Against { quantities, knob, each: panels } => {
            let names = quantities.iter().map(|&one| relations::named(cells, one)).collect();
            format!("{} against {knob}{}", list(names), each(panels))
        }
        Asked::Scatter { y, x } => format!("{} against {}", relations::named(cells, *y), relations::named(cells, *x)),
        Asked::ByPosition => {
            let asked = cells.experiment.arms.first().and_then(|arm| arm.observation.by_position.as_ref());
            let names = asked.into_iter().flat_map(|asked| &asked.references).map(|compared| compared.name.clone());
            let names: Vec<String> = std::iter::once("model".into()).chain(names).collect();
            format!("error by position for [{}]", names.join(", "))
        }
        Asked::Survival { by, each: panels } => format!("survival by {}{}", axis(by), each(panels)),
    }
}

/// A phrase as the name of files; `by arm` is not said.
fn file(phrase: &str) -> String {
    let phrase = phrase.strip_suffix(" by arm").unwrap_or(phrase);
    let phrase = phrase.split_once(" for [").map_or(phrase, |(before, _)| before);
    let phrase = if phrase.starts_with("distance to [") { "distance" } else { phrase };
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == '.' => Some(c),
        ' ' | '_' | '[' => Some('_'),
        _ => None,
    };
    phrase.chars().filter_map(plain).collect::<String>().trim_matches('_').to_owned()
}

/// A probe of every layer over training, a map for each combination.
fn layers(cells: Cells<'_>, measure: usize) -> Heat {
    let shown = Shown { measure, site: None };
    let panels = arrange::apart(cells.experiment, cells.arms).into_iter().map(|part| {
        let runs = part.curves.iter().flat_map(|curve| &curve.arms).flat_map(|&arm| cells.of(arm)).map(|cell| {
            let sites = |at: &crate::engine::measure::Point| at.parts.get(measure).cloned().unwrap_or_default();
            HeatRun { seed: cell.seed, points: cell.points.iter().map(|at| (at.step as f64, sites(at))).collect() }
        });
        Map { title: part.title.clone(), runs: runs.collect() }
    });
    let panels: Vec<Map> = panels.collect();
    let first = |run: &HeatRun| run.points.first().filter(|point| point.0 == 0.0).map(|point| point.1.clone());
    let before: Vec<f64> = panels.iter().flat_map(|panel| &panel.runs).filter_map(first).flatten().collect();
    let mut levels: Vec<_> =
        cells.levels(cells.arms, shown).into_iter().filter(|level| level.label == "chance").collect();
    if let Some(value) = stats::median(&before) {
        levels.push(super::figure::Level { label: "step 0".into(), value });
    }
    let seeds = panels.iter().map(|panel| panel.runs.len()).max().unwrap_or(0);
    let mut caption = vec!["The embedding, emb., and the stream after each layer.".to_owned()];
    if seeds > 1 {
        caption.push(format!("Colours are medians over {seeds} seeds."));
    }
    if levels.iter().any(|level| level.label == "step 0") {
        caption.push("Step 0: the median over sites before training.".into());
    }
    Heat {
        title: format!("{}: {} by layer{}", cells.experiment.name, cells.name(shown), cells.trial()),
        x_label: cells.time(),
        y_label: "after layer".into(),
        quantity: format!("{}, {}", cells.name(shown).replace('_', " "), cells.quantity(measure)),
        caption,
        log: cells.arms.iter().all(|&arm| cells.experiment.arms[arm].observation.decade.is_some()),
        panels,
        levels,
    }
}

/// The share of runs still on the plateau: the Kaplan-Meier estimate.
fn stays(cells: Cells<'_>, by: &Axis, each: Option<&Axis>, rule: &PlateauRule) -> Result<Survival, StatsError> {
    let arranged = arrange::curves(cells.experiment, cells.arms, by, each);
    let mut panels = Vec::new();
    for part in arranged.panels {
        let mut curves = Vec::new();
        for curve in part.curves {
            let mut runs = Vec::new();
            for cell in curve.arms.iter().flat_map(|&arm| cells.of(arm)) {
                let exit = cells.exit(cell, rule)?;
                let run = |(time, censored): (f64, bool)| stats::Run {
                    seed: cell.seed,
                    time,
                    escaped: !censored,
                    bracket: None,
                };
                runs.extend(exit.map(run));
            }
            let estimate = stats::kaplan_meier(&runs);
            let horizon = estimate.followed;
            let points = estimate.points.iter().map(|point| (point.time, point.survival));
            let ends = [(horizon, estimate.survival_at(horizon))];
            let steps = std::iter::once((0.0, 1.0)).chain(points).chain(ends).collect();
            let cut = runs.iter().filter(|run| !run.escaped);
            let censor = cut.map(|run| (run.time, estimate.survival_at(run.time))).collect();
            let times = runs.iter().map(|run| run.time).collect();
            curves.push(survival::Curve { label: curve.label, steps, censor, times });
        }
        panels.push(Stays { title: part.title, curves });
    }
    Ok(Survival {
        title: format!("{}: share of runs on the plateau{}", cells.experiment.name, cells.trial()),
        x_label: cells.time(),
        y_label: "still on the plateau".into(),
        ordered: arranged.ordered,
        panels,
    })
}
