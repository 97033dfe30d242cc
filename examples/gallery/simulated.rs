//! Made-up runs of a study: curves that look like what training gives, drawn from a formula and a fixed stream.

use icl::check::check;
use icl::engine::measure::{Levels, LossByPosition, Point};
use icl::plan::{Plan, Selection, plans};
use icl::program::training::MeasureKind;
use icl::report::pictures;
use icl::report::pictures::Picture;
use icl::report::study::{CellCurve, Study};
use icl::world::Memory;
use std::path::Path;

/// The study that is drawn.
pub const STUDY: &str = include_str!("study.icl");

/// The figures of every experiment of a program, of made-up runs, under the experiment's name.
pub fn drawn(program: &str) -> Vec<(String, Picture)> {
    let path = Path::new("study.icl");
    let mut world = Memory::default();
    world.0.insert(path.into(), program.into());
    let checked = check(&world, path, &[]);
    assert!(checked.findings.is_empty(), "{:#?}", checked.findings);
    let program = checked.program.expect("a program");
    let mut all = Vec::new();
    for plan in plans(program.experiments, &Selection::default()).expect("plans") {
        let cells = cells(&plan);
        all.extend(of(&plan, &cells).into_iter().map(|picture| (plan.experiment.name.clone(), picture)));
    }
    all
}

/// The figures of some runs.
pub fn of(plan: &Plan, cells: &[CellCurve]) -> Vec<Picture> {
    let experiment = &plan.experiment;
    let each = experiment.arms.len() / experiment.points.len();
    let study = |point: usize| {
        let arms = (0..each).map(|arm| point * each + arm).collect();
        Study { experiment, point, arms, cells, limit: None, left_out: &[] }
    };
    let studies: Vec<Study<'_>> = (0..experiment.points.len()).map(study).collect();
    pictures(experiment, &studies).expect("levels that differ")
}

/// A made-up run for every cell of a plan.
pub fn cells(plan: &Plan) -> Vec<CellCurve> {
    plan.cells.iter().map(|cell| run(plan, cell.arm, cell.seed)).collect()
}

fn run(plan: &Plan, place: usize, seed: u64) -> CellCurve {
    let arm = &plan.experiment.arms[place];
    let total = arm.training.steps();
    let numbers = &plan.experiment.numbers[arm.point];
    let knob = numbers.first().copied().flatten().unwrap_or(1000.0);
    let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9).wrapping_add(place as u64 + 1));
    // Harder settings stay longer, and the weights know less meanwhile.
    let hardness = (knob.log10() / 4.3).clamp(0.0, 1.2);
    let helped = if arm.name == "boosted" || arm.name == "clipped" || arm.name == "warmup" { 0.45 } else { 1.0 };
    let spread = noise.normal();
    let exit = total as f64 * (0.06 + 0.8 * hardness.powi(2) * helped) * (0.14 * spread).exp();
    let known = 0.82 - 0.4 * hardness * helped - 0.03 * spread;
    let steps: Vec<u64> = arm.observation.steps(total).collect();
    let points = steps.iter().map(|&step| {
        let time = step as f64;
        let out = 1.0 / (1.0 + (-(time - exit) / (0.035 * total as f64)).exp());
        let learnt = 1.0 - (-time / (0.12 * total as f64)).exp();
        let lost = (1.0 - out) * (time / total as f64).sqrt();
        let (mut values, mut parts) = (Vec::new(), Vec::new());
        for measure in 0..arm.observation.written.len() {
            let at = arm.observation.measure(measure);
            let sites = at.name == "everywhere";
            let site = |after: usize, noise: &mut Noise| {
                let depth = after as f64 / 12.0;
                let best = 0.45 + (known - 0.45) * (1.0 - (depth - 0.3).powi(2) * 2.2);
                0.45 + (best - 0.45) * learnt - 0.16 * hardness * depth * lost + 0.006 * noise.normal()
            };
            let told: Vec<f64> =
                if sites { (0..=12).map(|after| site(after, &mut noise)).collect() } else { Vec::new() };
            values.push(Some(match &at.kind {
                MeasureKind::Probe { .. } if sites => told.iter().sum::<f64>() / told.len() as f64,
                MeasureKind::Probe { .. } => 0.45 + (known - 0.45) * learnt - 0.12 * lost + 0.008 * noise.normal(),
                // A simpler rule is passed by on the way.
                MeasureKind::Distance { .. } if at.name.ends_with("averaging") => {
                    knob * (0.5 - 0.42 * learnt + 0.3 * out) * (0.05 * noise.normal()).exp()
                }
                MeasureKind::Distance { .. } => knob * (1.0 - 0.95 * out) * (0.05 * noise.normal()).exp(),
                _ if at.name == "query_error" => knob * (1.0 - 0.97 * out) * (0.02 * noise.normal()).exp(),
                _ if at.name == "easy_accuracy" => 0.25 + 0.7 * learnt + 0.01 * noise.normal(),
                _ => 0.25 + 0.68 * out + 0.012 * noise.normal(),
            }));
            parts.push(told);
        }
        let by_position = arm.observation.by_position.as_ref().filter(|_| step == total).map(|_| {
            let positions: Vec<usize> = (0..=(2.0 * knob) as usize).collect();
            let falling = |at: usize, scale: f64| (knob * (1.0 - at as f64 / (scale * knob))).max(0.0);
            LossByPosition {
                model: positions.iter().map(|&at| falling(at, 1.15) + 0.02 * knob * noise.normal().abs()).collect(),
                references: vec![
                    positions.iter().map(|&at| falling(at, 1.0)).collect(),
                    positions.iter().map(|&at| knob / (1.0 + 0.25 * at as f64 / knob)).collect(),
                ],
                positions,
            }
        });
        Point { step, loss: None, beside: Vec::new(), values, parts, by_position }
    });
    let points: Vec<Point> = points.collect();
    let levels = (0..arm.observation.written.len()).map(|measure| {
        let at = arm.observation.measure(measure);
        match &at.kind {
            MeasureKind::Probe { .. } => Levels { blind: Some(0.25), ideal: None, stairs: Vec::new() },
            MeasureKind::Distance { .. } => Levels { blind: None, ideal: None, stairs: Vec::new() },
            _ if at.name == "query_error" => Levels { blind: Some(knob), ideal: Some(0.0), stairs: Vec::new() },
            _ => Levels { blind: Some(0.25), ideal: Some(0.95), stairs: Vec::new() },
        }
    });
    let levels = levels.collect();
    let entries = arm.training.stages.iter().map(|stage| stage.from).collect();
    CellCurve { arm: place, seed, points, levels, entries, finished: true, stands: None, fine: Vec::new() }
}

/// A stream of deviates that is the same everywhere.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        // Knuth's multiplier; the high bits are the random ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal: the sum of twelve uniform ones.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
