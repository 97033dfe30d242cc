//! Times and ratios, for a reader and for a program.

use crate::peer::median;
use serde_json::json;
use std::fmt::Write;

/// One engine's times on one case.
pub struct Row {
    pub name: &'static str,
    /// Whether PyTorch made it; the figures to reach are against the fastest of those.
    pub torch: bool,
    /// Milliseconds a step, by round.
    pub ms: Vec<f64>,
}

impl Row {
    pub const fn new(name: &'static str, torch: bool) -> Self {
        Self { name, torch, ms: Vec::new() }
    }

    /// How many times icl's time this is: the median over rounds, the least and the most.
    fn ratio(&self, own: &Self) -> (f64, f64, f64) {
        let ratios: Vec<f64> = self.ms.iter().zip(&own.ms).map(|(peer, own)| peer / own).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        (median(&ratios), least, ratios.iter().copied().fold(0.0, f64::max))
    }
}

/// One case; icl's row is the first.
pub struct Measured {
    pub case: &'static str,
    /// Floating-point operations of a step.
    pub operations: f64,
    pub rows: Vec<Row>,
}

impl Measured {
    /// The way of PyTorch with the lowest median.
    fn faster_torch(&self) -> Option<&Row> {
        let torch = self.rows.iter().filter(|row| row.torch);
        torch.min_by(|one, other| median(&one.ms).total_cmp(&median(&other.ms)))
    }
}

/// A Markdown table; a star marks the faster of PyTorch's ways.
pub fn text(measured: &[Measured]) -> String {
    let mut text = String::from("| case | engine | ms/step | GFLOP/s | times icl's | least | most |\n");
    text += "|---|---|---|---|---|---|---|\n";
    for of in measured {
        for row in &of.rows {
            let ms = median(&row.ms);
            let (ratio, least, most) = row.ratio(&of.rows[0]);
            let best = of.faster_torch().is_some_and(|best| best.name == row.name);
            let star = if best { " *" } else { "" };
            let rate = of.operations / ms * 1e-6;
            let _ = writeln!(
                text,
                "| {} | {}{star} | {ms:.4} | {rate:.0} | {ratio:.2} | {least:.2} | {most:.2} |",
                of.case, row.name
            );
        }
    }
    text
}

/// Everything measured, as JSON.
pub fn json(measured: &[Measured]) -> String {
    let cases = measured.iter().map(|of| {
        let rows = of.rows.iter().map(|row| {
            let (ratio, least, most) = row.ratio(&of.rows[0]);
            json!({ "engine": row.name, "ms": row.ms, "median_ms": median(&row.ms), "ratio": ratio, "least": least, "most": most })
        });
        let faster = of.faster_torch().map(|row| json!({ "engine": row.name, "ratio": row.ratio(&of.rows[0]).0 }));
        json!({
            "case": of.case,
            "operations": of.operations,
            "engines": rows.collect::<Vec<_>>(),
            "faster_torch": faster,
        })
    });
    format!("{:#}\n", json!(cases.collect::<Vec<_>>()))
}
