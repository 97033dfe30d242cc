//! The differences of files as a reader at a terminal gets them.

use super::super::render;
use super::super::terminal::Terminal;
use super::places::Line;
use super::words::{detail, holds, words};
use super::{Outcome, Told};
use crate::diff::{Cells, Change, Class, Costs, Kind, Study};
use crate::report::number::{count, duration, flops};
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// How many inner parts of a change are shown.
const DETAILS: usize = 6;

/// Everything that was compared, ending in a newline.
pub fn text(told: &[Told], terminal: Terminal) -> String {
    if told.is_empty() {
        return "no change in meaning: no program that states an experiment differs\n".into();
    }
    let writer = Writer { terminal };
    told.iter().map(|one| writer.file(one)).collect::<Vec<_>>().join("\n")
}

/// What is wrong with the sides of a file.
pub fn faults(told: &Told, terminal: Terminal) -> String {
    let Outcome::Faulty(sides) = &told.outcome else { return String::new() };
    let mut text = String::new();
    for faulty in sides {
        let drawn = render::findings(&faulty.errors, &faulty.sources, terminal.colour, terminal.width);
        let counted = render::counted(faulty.errors.len(), "error");
        text.push_str(&format!("{drawn}{}, {}: {counted}; not compared\n", told.name, faulty.side));
    }
    text
}

struct Writer {
    terminal: Terminal,
}

/// A line of a change: its words, where it holds, and its place.
struct Row {
    class: Class,
    words: String,
    place: String,
    further: Vec<String>,
}

impl Writer {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.terminal.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    fn dim(&self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn file(&self, told: &Told) -> String {
        let Outcome::Compared(difference, places) = &told.outcome else { return faults(told, self.terminal) };
        let class = difference.class();
        let name = self.paint(Style::new().bold(), &called(told));
        let head = match class {
            Class::Cosmetic => class.meaning().to_string(),
            _ => format!("{}: {}", self.paint(colour(class), class.word()), class.meaning()),
        };
        let mut text = format!("{name}  {head}\n");
        let several = difference.studies.len() > 1;
        for (study, places) in difference.studies.iter().zip(places) {
            let both = study.old.is_some() && study.new.is_some();
            if several && both && (!study.changes.is_empty() || !study.renames.is_empty()) {
                text.push_str(&format!("  experiment {}\n", study.name()));
            }
            text.push_str(&self.study(study, places, told));
        }
        if class > Class::Cosmetic {
            let (before, after, to_run) = difference.costs();
            text.push_str(&format!("  cells        {}\n", cells(&difference.cells())));
            text.push_str(&format!("  work         {}\n", work(&before, &after, &to_run)));
        }
        text
    }

    fn study(&self, study: &Study, places: &[[Option<Line>; 2]], told: &Told) -> String {
        // Places stand in a column of their own, unless a long line would push it away.
        let longest = self.terminal.width.saturating_sub(40).max(40);
        let row = |(change, places)| row(change, places, told, self.terminal.width.saturating_sub(16));
        let rows: Vec<Row> = study.changes.iter().zip(places).map(row).collect();
        let widths = rows.iter().map(|row| row.words.width()).filter(|width| *width <= longest);
        let column = widths.max().unwrap_or(0);
        let mut text = String::new();
        for row in &rows {
            let class = self.paint(colour(row.class), &format!("{:<11}", row.class.word()));
            let gap = " ".repeat(column.saturating_sub(row.words.width()) + 2);
            let place = if row.place.is_empty() { String::new() } else { format!("{gap}{}", self.dim(&row.place)) };
            text.push_str(&format!("  {class}  {}{place}\n", row.words));
            row.further.iter().for_each(|line| text.push_str(&format!("               {}\n", self.dim(line))));
        }
        for warning in &study.warnings {
            let word = self.paint(AnsiColor::Yellow.on_default().bold(), "warning");
            text.push_str(&format!("  {word}      {}\n", warning.text));
        }
        for rename in &study.renames {
            let word = self.paint(colour(Class::Cosmetic), "renamed");
            text.push_str(&format!("  {word}      {} {} -> {}\n", rename.what, rename.old, rename.new));
        }
        text
    }
}

/// The name of a file, with that which it had.
pub fn called(told: &Told) -> String {
    match &told.was {
        Some(was) => format!("{was} -> {}", told.name),
        None => told.name.clone(),
    }
}

const fn colour(class: Class) -> Style {
    match class {
        Class::Cosmetic => Style::new().dimmed(),
        Class::Observation => AnsiColor::Cyan.on_default(),
        Class::Cost => AnsiColor::Blue.on_default(),
        Class::Result => AnsiColor::Yellow.on_default(),
        Class::Identity => AnsiColor::Red.on_default().bold(),
    }
}

fn row(change: &Change, places: &[Option<Line>; 2], told: &Told, longest: usize) -> Row {
    let holds = holds(change);
    let behind = if holds.is_empty() { String::new() } else { format!("  ({holds})") };
    let mut further: Vec<String> = change.details.iter().take(DETAILS).map(detail).collect();
    if change.details.len() > DETAILS {
        further.push(format!("and {} more", change.details.len() - DETAILS));
    }
    let mut said = words(change);
    if let (Kind::Changed, true) = (change.kind, said.width() + behind.width() > longest) {
        // Two long values are easier to compare one above the other.
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        further.splice(0..0, [format!("- {}", value(&change.old)), format!("+ {}", value(&change.new))]);
        said.clone_from(&change.subject);
    }
    Row { class: change.class, words: said + &behind, place: place(places, told), further }
}

/// `warmup.icl:48 (was 46)`; the line before is left out where it is the same.
pub fn place([old, new]: &[Option<Line>; 2], told: &Told) -> String {
    let said = |line: &Line| format!("{}:{}", line.file, line.line);
    let was = told.was.as_ref().unwrap_or(&told.name);
    match (old, new) {
        (None, None) => String::new(),
        (Some(old), None) => format!("{} before", said(old)),
        (None, Some(new)) => said(new),
        (Some(old), Some(new)) if old.file == new.file || (&old.file, &new.file) == (was, &told.name) => {
            if old.line == new.line { said(new) } else { format!("{} (was {})", said(new), old.line) }
        }
        (Some(old), Some(new)) => format!("{} (was {})", said(new), said(old)),
    }
}

/// `20 to rerun, 5 reused, 5 new, 0 dropped`.
pub fn cells(cells: &Cells) -> String {
    let word = |number: usize| count(number as u64);
    let of = |number: usize, all: &str, some: &str| match number {
        0 => None,
        number if number == cells.rerun => Some(all.to_string()),
        number => Some(format!("{} {some}", word(number))),
    };
    let again = [
        of(cells.remeasured, "their training is the same", "of the same training"),
        of(cells.continued, "they go on from what was trained", "go on from what was trained"),
    ];
    let again: Vec<String> = again.into_iter().flatten().collect();
    let again = if again.is_empty() { String::new() } else { format!(" ({})", again.join(", ")) };
    let mut parts = Vec::new();
    for (number, what) in
        [(cells.rerun, "to rerun"), (cells.reused, "reused"), (cells.new, "new"), (cells.dropped, "dropped")]
    {
        if number > 0 {
            parts.push(format!("{} {what}{}", word(number), if what == "to rerun" { &again } else { "" }));
        }
    }
    if parts.is_empty() { "none".into() } else { parts.join(", ") }
}

/// `3.1 EFLOP -> 6.2 EFLOP, of which 5.2 EFLOP are to run`.
pub fn work(before: &Costs, after: &Costs, to_run: &Costs) -> String {
    let said = |costs: &Costs| match costs.seconds {
        // The sizes of a model that exists stand in its folder.
        _ if costs.flops == 0.0 => "?".into(),
        Some(seconds) => format!("{} ({})", flops(costs.flops), duration(seconds)),
        None => flops(costs.flops),
    };
    let whole = match (before.cells, after.cells) {
        (0, _) => said(after),
        (_, 0) => return format!("{} before, nothing now", said(before)),
        _ => format!("{} -> {}", said(before), said(after)),
    };
    match to_run.cells {
        0 => format!("{whole}; nothing to run"),
        // Shares that differ by rounding are no saving.
        _ if to_run.flops > 0.999 * after.flops => format!("{whole}; all to run"),
        _ => format!("{whole}; {} to run", said(to_run)),
    }
}
