//! A report as one page that opens without a network, under a policy that lets nothing run but its own script.

mod data;
pub mod hash;
mod parts;

use super::pictures::Picture;
use super::study::Study;
use super::table::{Column, Table};
use crate::program::Experiment;
use parts::{diff, escape, figure, table};
use std::fmt::Write as _;

/// The script that draws the curves.
pub const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

/// What a page tells.
pub struct Page<'a> {
    pub experiment: &'a Experiment,
    pub studies: &'a [Study<'a>],
    pub pictures: &'a [Picture],
    pub tables: &'a [(String, Table)],
    /// Every run with its key and where it stands.
    pub runs: Table,
    /// What was planned beside what was done.
    pub work: Table,
    /// What the page was made with and on.
    pub environment: Table,
    /// The command that makes the study again.
    pub command: String,
    pub program: &'a str,
    /// What changed in the program since the report before, as a unified diff; none where there was none before.
    pub change: Option<String>,
}

impl Page<'_> {
    /// The page as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        let mut sections: Vec<(&str, &str, String)> = Vec::new();
        let drawn = "<noscript><p>The interactive curves need JavaScript; the figures below do not.</p></noscript>\n";
        sections.push(("curves", "Curves", format!("{drawn}<div id=\"charts\"></div>\n")));
        sections.push(("tables", "Tables", self.tables.iter().map(|(_, one)| table(one)).collect()));
        if !self.pictures.is_empty() {
            sections.push(("figures", "Figures", self.pictures.iter().map(figure).collect()));
        }
        sections.push(("program", "Program", self.program()));
        sections.push(("work", "Plan and actual", table(&self.work)));
        sections.push(("again", "Run it again", self.again()));
        let name = escape(&self.experiment.name);
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
            hash::source(STYLE),
            hash::source(SCRIPT)
        );
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">To the curves</a>\n<header>\n<h1>{name}</h1>\n"
        );
        let _ = writeln!(out, "<p>{}</p>", escape(&self.stands()));
        let links: Vec<String> =
            sections.iter().map(|(id, title, _)| format!("<a href=\"#{id}\">{title}</a>")).collect();
        let _ = writeln!(out, "<nav aria-label=\"Sections\">{}</nav>\n</header>\n<main id=\"main\">", links.join(" "));
        for (id, title, body) in &sections {
            let _ = writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-title\">");
            let _ = writeln!(out, "<h2 id=\"{id}-title\">{title}</h2>\n{body}</section>");
        }
        let _ = write!(
            out,
            "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
            data::json(self.studies)
        );
        out
    }

    /// How far the study is, in a sentence.
    fn stands(&self) -> String {
        let all = || {
            self.studies.iter().flat_map(|study| {
                study.arms.iter().flat_map(|&arm| study.cells.iter().filter(move |cell| cell.arm == arm))
            })
        };
        let (done, of) = (all().filter(|cell| cell.finished).count(), all().count());
        let mut told = if done == of {
            format!("All {of} runs are finished.")
        } else {
            format!("{done} of {of} runs are finished; the others are drawn as far as they are, and are in no table.")
        };
        let first = self.studies.first();
        if let Some(limit) = first.and_then(|study| study.limit) {
            let _ = write!(told, " A trial: every run ends after {} steps.", super::number::count(limit));
        }
        for left in first.into_iter().flat_map(|study| study.left_out) {
            let _ = write!(told, " {left}");
        }
        told
    }

    /// The arms in the author's words, the program, and what changed in it.
    fn program(&self) -> String {
        let mut rows = Vec::new();
        for study in self.studies {
            for &arm in &study.arms {
                let doc = self.experiment.arms[arm].doc.clone().unwrap_or_default();
                rows.push(vec![data::label(study, arm), doc]);
            }
        }
        let columns = vec![Column::left("arm"), Column::left("what it is")];
        let told = rows.iter().any(|row: &Vec<String>| !row[1].is_empty());
        let arms = Table { title: "arms".into(), columns, rows, notes: Vec::new() };
        let mut out = if told { table(&arms) } else { String::new() };
        out.push_str("<h3>Since the report before</h3>\n");
        match self.change.as_deref() {
            None => out.push_str("<p>No report of another program was kept here.</p>\n"),
            Some("") => out.push_str("<p>The program is the same.</p>\n"),
            Some(change) => out.push_str(&diff(change)),
        }
        let text = escape(self.program);
        let _ = writeln!(
            out,
            "<details open><summary>The program</summary><pre tabindex=\"0\"><code>{text}</code></pre></details>"
        );
        out
    }

    /// How to make the study again, and what makes it.
    fn again(&self) -> String {
        let command = escape(&self.command);
        let mut out = format!("<pre tabindex=\"0\"><code>{command}</code></pre>\n");
        out.push_str("<p>The same version gives the same numbers, whatever the threads; keys say what each run follows from.</p>\n");
        out + &table(&self.environment) + &table(&self.runs)
    }
}
