//! Maps of layers over training: a colour for each site of a probe at each evaluation.

use super::axis::{Range, Scale, drawable, log_range, log_ticks, ticks, ticks_across};
use super::figure::Level;
use super::frame::{LABEL, LINE, TICK, TITLE, caption, read_upward};
use super::scene::{Anchor, Rgb, Scene, Stroke, Words};
use super::{glyph, markup, number, palette, spread};

/// A figure of maps that share their colours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    /// What the colours are of.
    pub quantity: String,
    pub caption: Vec<String>,
    /// Whether x is logarithmic.
    pub log: bool,
    pub panels: Vec<Map>,
    /// Values that are marked beside the colours.
    pub levels: Vec<Level>,
}

/// One map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    pub title: Option<String>,
    pub runs: Vec<HeatRun>,
}

/// One run: what each site gives at each evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatRun {
    pub seed: u64,
    pub points: Vec<(f64, Vec<f64>)>,
}

/// Evaluations in order, and a value for each of them at each site.
type Medians = (Vec<f64>, Vec<Vec<Option<f64>>>);

impl Map {
    /// The evaluations in order, and the medians over runs at every site; none where a run that was measured there has no
    /// finite value.
    fn medians(&self) -> Medians {
        let points = || self.runs.iter().flat_map(|run| &run.points).filter(|point| drawable(point.0));
        let mut steps: Vec<f64> = points().map(|point| point.0).collect();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        let sites = points().map(|point| point.1.len()).max().unwrap_or(0);
        let at = |step: f64, site: usize| {
            let mut values: Vec<f64> =
                points().filter(|point| point.0 == step).filter_map(|point| point.1.get(site).copied()).collect();
            values.sort_by(f64::total_cmp);
            (!values.is_empty() && values.iter().all(|value| drawable(*value))).then(|| spread::quantile(&values, 0.5))
        };
        let map = (0..sites).map(|site| steps.iter().map(|&step| at(step, site)).collect()).collect();
        (steps, map)
    }
}

/// Every value of every run, one a line, under `panel,seed,step,layer,value`.
#[must_use]
pub fn to_csv(heat: &Heat) -> String {
    let mut out = markup::csv_line(["panel", "seed", "step", "layer", "value"]);
    for (place, panel) in heat.panels.iter().enumerate() {
        let name = panel.title.clone().unwrap_or_else(|| (place + 1).to_string());
        for run in &panel.runs {
            for (step, values) in &run.points {
                for (site, value) in values.iter().enumerate() {
                    let cells = [run.seed.to_string(), step.to_string(), site.to_string(), value.to_string()];
                    let line = std::iter::once(name.as_str()).chain(cells.iter().map(String::as_str));
                    out.push_str(&markup::csv_line(line));
                }
            }
        }
    }
    out
}

const EDGE: f64 = 10.0;
/// The width of the bar of colours, and how far it stands from the maps.
const BAR: f64 = 12.0;
const BESIDE: f64 = 16.0;
/// Steps of the bar, more than can be told apart.
const SHADES: usize = 96;

/// The figure drawn.
pub(super) fn scene(heat: &Heat) -> Scene {
    let maps: Vec<Medians> = heat.panels.iter().map(Map::medians).collect();
    let levels: Vec<&Level> = heat.levels.iter().filter(|level| drawable(level.value)).collect();
    let known = maps.iter().flat_map(|map| &map.1).flatten().flatten().copied();
    let range = Range::over(known.chain(levels.iter().map(|level| level.value)));
    let colours = range.unwrap_or(Range { low: 0.0, high: 1.0 }).opened();
    let sites = maps.iter().map(|map| map.1.len()).max().unwrap_or(0).max(1);

    let (columns, width) = match maps.len() {
        0 | 1 => (1, 380.0),
        2 | 4 => (2, 720.0),
        3 | 5..=9 => (3, 720.0),
        _ => (4, 900.0),
    };
    let mut scene = Scene { title: heat.title.clone(), width, ..Scene::default() };
    let (bar_ticks, bar_step) = ticks(colours, 5);
    let wide = |text: &str| glyph::width(text, f64::from(TICK), false);
    let bar_words: Vec<String> = bar_ticks.iter().map(|tick| number::tick(*tick, bar_step)).collect();
    let bar_room = bar_words.iter().map(|word| wide(word)).fold(0.0, f64::max) + 7.0;
    let names = levels.iter().map(|level| wide(&level.label)).fold(0.0, f64::max);
    // Marks stand left of the bar, ticks right of it.
    let beside = BESIDE + if names > 0.0 { names + 6.0 } else { 0.0 };
    let right = EDGE + LINE + 6.0 + bar_room + BAR + beside;
    let labels: Vec<String> = (0..sites).map(|site| if site == 0 { "emb.".into() } else { site.to_string() }).collect();
    let left = (EDGE + LINE + 4.0 + wide("emb.") + 8.0).floor() + 0.5;
    let gap = 18.0;
    let plot_width = ((width - left - right - gap * (columns - 1) as f64) / columns as f64).floor();
    let row = (180.0 / sites as f64).clamp(10.0, 26.0).floor();
    let plot_height = row * sites as f64;

    let mut y = EDGE;
    for line in glyph::wrap(&heat.title, f64::from(TITLE), true, width - 2.0 * EDGE, 3) {
        scene.words(Words::new(EDGE, y + 12.0, line, TITLE, Anchor::Start, palette::INK).bold());
        y += 19.0;
    }
    y += 4.0;
    let top = y;
    let (mut first, mut end) = (None, y);
    for (place, (panel, map)) in heat.panels.iter().zip(&maps).enumerate() {
        let column = place % columns;
        if column == 0 {
            y = if place == 0 { y } else { end + 12.0 };
            let titled = heat.panels[place..].iter().take(columns).any(|panel| panel.title.is_some());
            y = (y + if titled { LINE + 2.0 } else { 0.0 }).floor() + 0.5;
            first.get_or_insert(y);
        }
        let x = left + column as f64 * (plot_width + gap);
        if let Some(title) = &panel.title {
            let title = glyph::fit(title, f64::from(LABEL), true, plot_width);
            scene.words(Words::new(x, y - 6.0, title, LABEL, Anchor::Start, palette::INK).bold());
        }
        let frame = Frame { x, y, width: plot_width, row, sites, log: heat.log };
        frame.draw(&mut scene, map, colours);
        if column == 0 {
            frame.labels(&mut scene, &labels);
        }
        end = y + plot_height + 20.0;
    }
    let bar_top = first.unwrap_or(top);
    let bar = Bar { x: (width - right + beside).floor() + 0.5, top: bar_top, height: plot_height, colours };
    bar.draw(&mut scene, &bar_ticks, &bar_words, &levels);
    let quantity = [glyph::fit(&heat.quantity, f64::from(LABEL), false, plot_height + 30.0)];
    read_upward(&mut scene, width - EDGE - LINE, bar_top + plot_height / 2.0, &quantity);
    read_upward(&mut scene, EDGE, f64::midpoint(bar_top, end - 20.0), std::slice::from_ref(&heat.y_label));
    let middle = f64::midpoint(left, left + plot_width * columns as f64 + gap * (columns - 1) as f64);
    scene.words(Words::new(middle, end + 12.0, &heat.x_label, LABEL, Anchor::Middle, palette::INK));
    scene.height = (caption(&mut scene, &heat.caption, end + LINE) + EDGE).ceil();
    scene
}

/// Where a map stands.
struct Frame {
    x: f64,
    y: f64,
    width: f64,
    row: f64,
    sites: usize,
    log: bool,
}

impl Frame {
    fn bottom(&self) -> f64 {
        self.y + self.row * self.sites as f64
    }

    /// The cells, the axis of time and the frame; the embedding lies at the bottom.
    fn draw(&self, scene: &mut Scene, (steps, map): &Medians, colours: Range) {
        let (from, to, bottom) = (self.x, self.x + self.width, self.bottom());
        let logs = if self.log { log_range(steps.iter().copied()) } else { None };
        let range = Range::over(steps.iter().copied()).unwrap_or(Range { low: 0.0, high: 1.0 }).opened();
        let scale = match logs {
            Some((range, _)) => Scale { range, from, to, log: true },
            None => Scale::linear(range, from, to),
        };
        // Half-way to its neighbours an evaluation gives way to them.
        let places: Vec<f64> = steps.iter().map(|step| scale.at(*step)).collect();
        let edge = |at: usize| match at {
            0 => from,
            at if at == places.len() => to,
            at => f64::midpoint(places[at - 1], places[at]),
        };
        scene.area(corners(from, self.y, to, bottom), Rgb(225, 225, 225), 1.0);
        for (site, values) in map.iter().enumerate() {
            let under = bottom - self.row * site as f64;
            for (at, value) in values.iter().enumerate() {
                let Some(value) = value else { continue };
                let share = (value - colours.low) / colours.span();
                // Every cell reaches a little under the next one, so that no paper shines through between them.
                let right = (edge(at + 1) + 0.6).min(to);
                let top = (under - self.row - 0.6).max(self.y);
                scene.area(corners(edge(at), top, right, under), palette::map(share), 1.0);
            }
        }
        let axis = Stroke::solid(palette::INK, 1.0);
        let mut outline = corners(from, self.y, to, bottom);
        outline.push(outline[0]);
        scene.line(outline, axis.clone());
        let ticks = match logs {
            Some((range, nought)) => log_ticks(range, nought, self.width, f64::from(TICK)),
            None => {
                let (values, step) = ticks_across(range, self.width, f64::from(TICK));
                values.into_iter().map(|value| (value, number::tick(value, step))).collect()
            }
        };
        for (tick, text) in ticks {
            let x = scale.at(tick).floor() + 0.5;
            scene.line(vec![(x, bottom), (x, bottom + 4.0)], axis.clone());
            scene.words(Words::new(x, bottom + 16.0, text, TICK, Anchor::Middle, palette::INK));
        }
    }

    /// The names of the sites, as many as fit.
    fn labels(&self, scene: &mut Scene, labels: &[String]) {
        let each = (f64::from(TICK) * 1.25 / self.row).ceil() as usize;
        for (site, label) in labels.iter().enumerate().filter(|(site, _)| site % each == 0) {
            let y = self.bottom() - self.row * (site as f64 + 0.5);
            scene.line(vec![(self.x - 3.0, y), (self.x, y)], Stroke::solid(palette::INK, 1.0));
            scene.words(Words::new(self.x - 6.0, y + 4.0, label, TICK, Anchor::End, palette::INK));
        }
    }
}

/// The bar that says which value a colour is.
struct Bar {
    x: f64,
    top: f64,
    height: f64,
    colours: Range,
}

impl Bar {
    fn draw(&self, scene: &mut Scene, ticks: &[f64], words: &[String], levels: &[&Level]) {
        let bottom = self.top + self.height;
        let scale = Scale::linear(self.colours, bottom, self.top);
        for shade in 0..SHADES {
            let (low, high) = (shade as f64 / SHADES as f64, (shade + 1) as f64 / SHADES as f64);
            let under = bottom - low * self.height;
            let top = (bottom - high * self.height - 0.6).max(self.top);
            let colour = palette::map(f64::midpoint(low, high));
            scene.area(corners(self.x, top, self.x + BAR, under), colour, 1.0);
        }
        let axis = Stroke::solid(palette::INK, 1.0);
        let mut outline = corners(self.x, self.top, self.x + BAR, bottom);
        outline.push(outline[0]);
        scene.line(outline, axis.clone());
        for (tick, word) in ticks.iter().zip(words) {
            let y = scale.at(*tick);
            scene.line(vec![(self.x + BAR, y), (self.x + BAR + 3.0, y)], axis.clone());
            scene.words(Words::new(self.x + BAR + 6.0, y + 4.0, word, TICK, Anchor::Start, palette::INK));
        }
        let mut marked: Vec<(&str, f64)> =
            levels.iter().map(|level| (level.label.as_str(), scale.at(level.value))).collect();
        marked.sort_by(|a, b| a.1.total_cmp(&b.1));
        let wanted: Vec<(f64, f64)> = marked.iter().map(|mark| (mark.1, LINE - 1.0)).collect();
        let places = super::direct::apart(&wanted, self.top - 6.0, bottom + 6.0);
        for ((label, y), place) in marked.into_iter().zip(places) {
            scene.line(vec![(self.x - 4.0, place), (self.x, y)], Stroke::solid(palette::GREY, 1.0));
            if (self.top + 2.0..bottom - 2.0).contains(&y) {
                scene.line(vec![(self.x, y), (self.x + BAR, y)], Stroke::solid(Rgb(255, 255, 255), 1.4));
            }
            scene.words(Words::new(self.x - 6.0, place + 4.0, label, TICK, Anchor::End, palette::GREY));
        }
    }
}

fn corners(left: f64, top: f64, right: f64, bottom: f64) -> Vec<(f64, f64)> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}
