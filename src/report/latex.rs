//! Tables as LaTeX, with the rules of the booktabs package.

use super::markup::ascii;
use super::table::{Align, Table};

/// The table as a `table` environment that needs `\usepackage{booktabs}`; the title is its caption, notes stand below it in
/// small print.
pub fn latex(table: &Table) -> String {
    let sides: String =
        table.columns.iter().map(|column| if column.align == Align::Right { 'r' } else { 'l' }).collect();
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    let mut out = String::from("% Needs \\usepackage{booktabs}.\n\\begin{table}\n  \\centering\n");
    if !table.title.is_empty() {
        out.push_str(&format!("  \\caption{{{}}}\n", escaped(&table.title)));
    }
    out.push_str(&format!("  \\begin{{tabular}}{{{sides}}}\n    \\toprule\n"));
    out.push_str(&line(table.columns.iter().map(|column| escaped(&column.title)).collect()));
    out.push_str("    \\midrule\n");
    for row in 0..table.rows.len() {
        out.push_str(&line((0..table.columns.len()).map(|column| escaped(table.cell(row, column))).collect()));
    }
    out.push_str("    \\bottomrule\n  \\end{tabular}\n");
    for note in &table.notes {
        out.push_str(&format!("  \\par\\smallskip{{\\footnotesize {}\\par}}\n", escaped(note)));
    }
    out.push_str("\\end{table}\n");
    out
}

/// Spells a text so that LaTeX prints it: its signs escaped, comparisons in mathematics, a leading bracket kept from being
/// read as an argument of the line break before it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain = ascii(text.trim()).replace(['\n', '\r'], " ");
    let mut rest = plain.as_str();
    if rest.starts_with(['[', '*']) {
        out.push_str("{}");
    }
    while let Some(c) = rest.chars().next() {
        let (written, used) = match c {
            '>' if rest.starts_with(">=") => ("$\\geq$", 2),
            '<' if rest.starts_with("<=") => ("$\\leq$", 2),
            '<' => ("$<$", 1),
            '>' => ("$>$", 1),
            '\\' => ("\\textbackslash{}", 1),
            '~' => ("\\textasciitilde{}", 1),
            '^' => ("\\textasciicircum{}", 1),
            '"' => ("''", 1),
            '-' if rest[1..].starts_with(|next: char| next.is_ascii_digit())
                && !out.ends_with(char::is_alphanumeric) =>
            {
                ("$-$", 1)
            }
            '&' => ("\\&", 1),
            '%' => ("\\%", 1),
            '$' => ("\\$", 1),
            '#' => ("\\#", 1),
            '_' => ("\\_", 1),
            '{' => ("\\{", 1),
            '}' => ("\\}", 1),
            _ => (&rest[..1], 1),
        };
        out.push_str(written);
        rest = &rest[used..];
    }
    out
}
