//! A sketch of a figure's main curves in the characters of a terminal.

use super::axis::{Range, Scale, drawable, ticks, ticks_across};
use super::braille::Dots;
use super::curve;
use super::figure::{Figure, Panel};
use super::panel::{Content, Shape};
use super::scene::Rgb;
use super::{markup, number};
use anstyle::{Color, RgbColor, Style};
use tabled::grid::util::string::get_string_width;

/// How a sketch is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Lines of the plot itself.
    pub height: usize,
    pub colour: bool,
    pub ascii: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 80, height: 14, colour: false, ascii: false }
    }
}

/// Signs of the arms where colour cannot tell them apart.
const SIGNS: [char; 8] = ['●', '▲', '■', '◆', '○', '△', '□', '◇'];
const LETTERS: [char; 8] = ['*', 'o', '+', 'x', '#', '@', '%', '&'];

/// Sketches every panel, one below the other.
#[must_use]
pub fn sketch(figure: &Figure, look: Look) -> String {
    let names = curve::names(&figure.panels);
    let mut parts = Vec::new();
    if !figure.title.trim().is_empty() {
        parts.push(format!("{}\n", figure.title.trim()));
    }
    for panel in &figure.panels {
        parts.push(panel_sketch(figure, panel, &names, look));
    }
    let text = parts.join("\n");
    if look.ascii { markup::ascii(&text.replace('\u{1b}', "\u{1}")).replace('\u{1}', "\u{1b}") } else { text }
}

/// One panel with its axes and legend.
fn panel_sketch(figure: &Figure, panel: &Panel, names: &[String], look: Look) -> String {
    let content = curve::content(panel, names, figure);
    let height = look.height.clamp(4, 60);
    let (Some(xs), Some(ys)) = (content.x_range(), content.y_range()) else {
        return "no data\n".to_owned();
    };
    let (xs, ys) = (xs.grounded().opened(), ys.grounded().opened());
    let (y_ticks, y_step) = ticks(ys, (height / 3).max(2));
    let labels: Vec<String> = y_ticks.iter().map(|v| number::tick(*v, y_step)).collect();
    let left = labels.iter().map(std::string::String::len).max().unwrap_or(0);
    let names_wide = content.levels.iter().map(|l| get_string_width(l.label.trim()) + 1).max().unwrap_or(0);
    let right = if names_wide * 4 <= look.width { names_wide } else { 0 };
    let columns = look.width.saturating_sub(left + 2 + right).max(10);

    let mut grid = Grid::new(&content, xs, ys, columns, height, look);
    grid.levels(&content);
    for (arm, track) in content.tracks.iter().enumerate() {
        for shape in &track.shapes {
            match shape {
                Shape::Bold(line) => grid.line(line, arm),
                Shape::Dot(x, y) => grid.line(&[(*x, *y)], arm),
                _ => {}
            }
        }
    }

    let mut out = String::new();
    if let Some(title) = panel.title.as_deref().filter(|t| !t.trim().is_empty()) {
        out.push_str(&format!("{}\n", title.trim()));
    }
    if !figure.y_label.trim().is_empty() {
        out.push_str(&format!("{}\n", figure.y_label.trim()));
    }
    let (wall, knot, floor) = if look.ascii { ('|', '+', '-') } else { ('│', '┤', '─') };
    for row in 0..height {
        let tick = y_ticks.iter().position(|v| grid.row(*v) == row);
        let label = tick.map_or("", |at| labels[at].as_str());
        let body = grid.text(row);
        let name = content.levels.iter().find(|l| right > 0 && grid.row(l.value) == row);
        let name = name.map_or(String::new(), |l| format!(" {}", l.label.trim()));
        let side = if tick.is_some() { knot } else { wall };
        out.push_str(format!("{label:>left$} {side}{body}{name}").trim_end());
        out.push('\n');
    }
    out.push_str(&axis_lines(xs, left, columns, floor, look.ascii));
    if !figure.x_label.trim().is_empty() {
        let label = figure.x_label.trim();
        let pad = left + 2 + columns.saturating_sub(get_string_width(label)) / 2;
        out.push_str(&format!("{}{label}\n", " ".repeat(pad)));
    }
    let beside = |at: usize| {
        let row = grid.row(content.levels[at].value);
        right > 0 && content.levels[..at].iter().all(|l| grid.row(l.value) != row)
    };
    let unnamed: Vec<&str> =
        (0..content.levels.len()).filter(|at| !beside(*at)).map(|at| content.levels[at].label.trim()).collect();
    out.push_str(&legend(&content, &unnamed, look));
    out
}

/// The floor with its ticks, and the numbers under them.
fn axis_lines(xs: Range, left: usize, columns: usize, floor: char, ascii: bool) -> String {
    #[allow(clippy::cast_precision_loss)]
    let (ticks, step) = ticks_across(xs, columns as f64 * 7.0, 11.0);
    let mut rule: Vec<char> = vec![floor; columns];
    let mut numbers = vec![' '; left + 2 + columns];
    for tick in ticks {
        let at = column(xs, columns, tick);
        rule[at] = if ascii { '+' } else { '┬' };
        let text = number::tick(tick, step);
        let start = (left + 2 + at).saturating_sub(text.len() / 2).min(numbers.len() - text.len().min(numbers.len()));
        let free = numbers[start.saturating_sub(1)..].iter().take(text.len() + 1).all(|c| *c == ' ');
        if free {
            for (i, c) in text.chars().enumerate().take(numbers.len() - start) {
                numbers[start + i] = c;
            }
        }
    }
    let corner = if ascii { '+' } else { '└' };
    let rule: String = rule.into_iter().collect();
    let numbers: String = numbers.into_iter().collect();
    format!("{}{corner}{rule}\n{}\n", " ".repeat(left + 1), numbers.trim_end())
}

/// The character column of a value.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn column(xs: Range, columns: usize, x: f64) -> usize {
    let scale = Scale::linear(xs, 0.0, columns as f64 - 1.0);
    scale.at(x).round().clamp(0.0, columns as f64 - 1.0) as usize
}

/// The key: a sign and a label for each arm, and the levels that are not named at the side.
fn legend(content: &Content, unnamed: &[&str], look: Look) -> String {
    let several = content.tracks.len() > 1;
    let mut entries: Vec<(usize, String)> = Vec::new();
    for (arm, track) in content.tracks.iter().enumerate() {
        let sign = sign(arm, several, look);
        let label = track.label.trim();
        if !label.is_empty() {
            let shown = format!("{sign} {label}");
            entries.push((get_string_width(&shown), paint(&shown, track.colour, look.colour)));
        }
    }
    for label in unnamed.iter().filter(|label| !label.is_empty()) {
        let shown = format!("{} {label}", if look.ascii { '-' } else { '╌' });
        entries.push((get_string_width(&shown), shown));
    }
    let mut out = String::new();
    let mut used = 0;
    for (width, text) in entries {
        if used > 0 && used + 3 + width > look.width {
            out.push('\n');
            used = 0;
        }
        out.push_str(if used == 0 { "  " } else { "   " });
        used += width + if used == 0 { 2 } else { 3 };
        out.push_str(&text);
    }
    if out.is_empty() { out } else { out + "\n" }
}

/// The sign of an arm.
fn sign(arm: usize, several: bool, look: Look) -> char {
    match (look.ascii, look.colour || !several) {
        (true, _) => LETTERS[arm % LETTERS.len()],
        (false, true) => '━',
        (false, false) => SIGNS[arm % SIGNS.len()],
    }
}

/// Text in an arm's colour.
fn paint(text: &str, colour: Rgb, wanted: bool) -> String {
    if !wanted {
        return text.to_owned();
    }
    let style = Style::new().fg_color(Some(Color::Rgb(RgbColor(colour.0, colour.1, colour.2))));
    format!("{}{text}{}", style.render(), style.render_reset())
}

/// The characters of a plot.
struct Grid {
    dots: Dots,
    xs: Range,
    ys: Range,
    columns: usize,
    height: usize,
    level_rows: Vec<usize>,
    colours: Vec<Rgb>,
    look: Look,
}

impl Grid {
    /// An empty plot.
    fn new(content: &Content, xs: Range, ys: Range, columns: usize, height: usize, look: Look) -> Self {
        let colours: Vec<_> = content.tracks.iter().map(|t| t.colour).collect();
        Self {
            dots: Dots::new(columns, height, colours.len()),
            xs,
            ys,
            columns,
            height,
            level_rows: Vec::new(),
            colours,
            look,
        }
    }

    /// The dot row of a value.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn dot_row(&self, y: f64) -> usize {
        let last = self.height as f64 * 4.0 - 1.0;
        Scale::linear(self.ys, last, 0.0).at(y).round().clamp(0.0, last) as usize
    }

    /// The character row of a value.
    fn row(&self, y: f64) -> usize {
        self.dot_row(y) / 4
    }

    /// Notes the rows of the reference levels.
    fn levels(&mut self, content: &Content) {
        self.level_rows = content.levels.iter().map(|l| self.row(l.value)).collect();
    }

    /// Draws a line, joining its points.
    #[allow(clippy::cast_precision_loss)]
    fn line(&mut self, line: &[(f64, f64)], arm: usize) {
        let wide = self.columns * 2;
        let place = |x: f64| column(self.xs, wide, x);
        let spots: Vec<(usize, usize)> =
            line.iter().filter(|p| drawable(p.0) && drawable(p.1)).map(|p| (place(p.0), self.dot_row(p.1))).collect();
        if let [spot] = spots.as_slice() {
            self.dots.set(spot.0, spot.1, arm);
        }
        for pair in spots.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
            for i in 0..=steps {
                let blend = |a: usize, b: usize| {
                    let value = a as f64 + (b as f64 - a as f64) * i as f64 / steps as f64;
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    let value = value.round() as usize;
                    value
                };
                self.dots.set(blend(from.0, to.0), blend(from.1, to.1), arm);
            }
        }
    }

    /// One line of the plot. Where arms share a cell they take turns along the line.
    fn text(&self, row: usize) -> String {
        let several = self.colours.len() > 1;
        let mut cells: Vec<(Option<usize>, char)> = Vec::with_capacity(self.columns);
        for column in 0..self.columns {
            let (dots, arms) = self.dots.cell(column, row);
            let braille = !self.look.ascii && (self.look.colour || !several);
            cells.push(match arms.get(column % arms.len().max(1)) {
                Some(&arm) if braille => (Some(arm), dots),
                Some(&arm) => (Some(arm), sign(arm, several, self.look)),
                None if !self.level_rows.contains(&row) => (None, ' '),
                None => (None, if self.look.ascii { '-' } else { '╌' }),
            });
        }
        let mut out = String::new();
        for run in cells.chunk_by(|a, b| a.0 == b.0) {
            let text: String = run.iter().map(|cell| cell.1).collect();
            out.push_str(&run[0].0.map_or(text.clone(), |arm| paint(&text, self.colours[arm], self.look.colour)));
        }
        out
    }
}
