//! Everything as text.

use crate::report::{Determinism, Parity, Report, Work};
use std::fmt::Write;

/// Failures that are printed; the JSON has all.
const SHOWN: usize = 5;

/// The tables.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let kind = if report.is_card { "card" } else { "the kernels compiled as C" };
    let _ = writeln!(text, "icl {} on {} ({kind})\n", report.version, report.ran_on);
    if let Some(parity) = &report.parity {
        text += &of_parity(parity, &report.ran_on);
    }
    if let Some(determinism) = &report.determinism {
        text += &of_determinism(determinism, &report.ran_on);
    }
    text += &of_work(&report.work);
    text += &roofs(report);
    text += &of_speed(report);
    text += &of_studies(report);
    for left in &report.left_out {
        let _ = writeln!(text, "left out: {}: {}", left.part, left.why);
    }
    if report.parity.is_some() || report.determinism.is_some() {
        let _ = writeln!(text, "{}", if report.passed { "passed" } else { "FAILED" });
    }
    text
}

/// A table of Markdown whose columns stand below each other.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: String = widths.iter().map(|width| format!("|{}", "-".repeat(width + 2))).collect();
    let rows: String = rows.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
    format!("{}{rule}|\n{rows}\n", line(head.to_vec()))
}

fn of_parity(parity: &Parity, ran_on: &str) -> String {
    let rows: Vec<Vec<String>> = (parity.kinds.iter())
        .map(|kind| {
            let largest = kind.by.map_or("not finite".into(), |largest| format!("{largest:.1e}"));
            // Curves are judged one by one.
            let allowed = if kind.kind == "100 steps" { "10 x f32".into() } else { format!("{:.0e}", kind.allowed) };
            let cells = [&kind.kind, &kind.against, &largest, &allowed, &kind.compared.to_string(), &kind.at];
            cells.into_iter().cloned().chain([ran_on.to_owned()]).collect()
        })
        .collect();
    let head = ["parity", "against", "largest", "allowed", "compared", "at", "ran on"];
    format!("{}{}", table(&head, &rows), failures(&parity.failures))
}

fn of_determinism(determinism: &Determinism, ran_on: &str) -> String {
    let all = determinism.programs * determinism.models;
    let rows: Vec<Vec<String>> = (determinism.groups.iter())
        .map(|group| {
            let differ = format!("{} of {all}", group.differ);
            vec![group.way.clone(), differ, format!("{:.1}", group.together), ran_on.to_owned()]
        })
        .collect();
    let head = ["determinism", "models whose bits differ", "computed together", "ran on"];
    format!("{}{}", table(&head, &rows), failures(&determinism.failures))
}

fn failures(failures: &[String]) -> String {
    let mut text: String = failures.iter().take(SHOWN).map(|failure| format!("differs: {failure}\n")).collect();
    if failures.len() > SHOWN {
        let _ = writeln!(text, "and {} more", failures.len() - SHOWN);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn roofs(report: &Report) -> String {
    let row = |who: &str, on: &str, copy: f64, product: f64, how: String| {
        vec![who.to_owned(), format!("{:.0}", copy * 1e-9), format!("{:.2}", product * 1e-12), how, on.to_owned()]
    };
    let mut rows = Vec::new();
    if let Some(roof) = &report.roof {
        let each: Vec<String> = roof.products.iter().map(|(lie, rate)| format!("{lie} {:.2}", rate * 1e-12)).collect();
        let how = each.join(", ");
        rows.push(row("icl", &report.ran_on, roof.copy_bytes_per_s, roof.product_operations_per_s, how));
    }
    for roof in &report.peer_roofs {
        let (copy, product) = (roof.copy_bytes_per_s, roof.product_operations_per_s);
        rows.push(row(&roof.who, &roof.device, copy, product, String::new()));
    }
    if rows.is_empty() {
        return String::new();
    }
    table(&["alone", "copy, GB/s", "product, TFLOP/s", "by how matrices lie", "ran on"], &rows)
}

fn of_work(work: &[Work]) -> String {
    if work.is_empty() {
        return String::new();
    }
    let row = |of: &Work| {
        let ratio = of.moved_bytes / of.compulsory_bytes;
        vec![
            of.case.clone(),
            of.models.to_string(),
            of.launches.to_string(),
            format!("{:.1}", of.operations * 1e-9),
            format!("{:.0}", of.compulsory_bytes * 1e-6),
            format!("{:.0}", of.moved_bytes * 1e-6),
            format!("{ratio:.2}"),
            format!("{:.0}", of.operations / of.moved_bytes),
        ]
    };
    let head =
        ["work of a step", "models", "launches", "GFLOP", "compulsory MB", "moved MB", "ratio", "FLOP a moved byte"];
    table(&head, &work.iter().map(row).collect::<Vec<_>>())
}

fn of_speed(report: &Report) -> String {
    let mut rows = Vec::new();
    let ms = |ms: f64| format!("{ms:.3}");
    for own in &report.speed {
        let mut row = vec![own.case.clone(), own.models.to_string(), "icl".into()];
        row.extend(match &own.error {
            Some(error) => [error.clone()].into_iter().chain(std::iter::repeat_n(String::new(), 8)).collect::<Vec<_>>(),
            None => vec![
                ms(own.median_ms),
                ms(own.card_ms),
                format!("{:.0}", own.model_steps_per_s),
                "1.00".into(),
                format!("{:.2}", own.operations * 1e-9 / own.median_ms),
                format!("{} / {}", ms(own.product_ms), ms(own.copy_ms)),
                format!("{:.2}", own.times_bound),
                format!("{:.0}", own.stack_bytes as f64 * 1e-6),
                String::new(),
            ],
        });
        row.push(report.ran_on.clone());
        rows.push(row);
        for peer in report.peers.iter().filter(|peer| peer.case == own.case) {
            let all = peer.stepped == peer.models;
            let name = format!("PyTorch {}", peer.way.replace('_', " + "));
            let name = if all { name } else { format!("{name} ({} stepped)", peer.stepped) };
            let mut row = vec![peer.case.clone(), peer.models.to_string(), name];
            let rate = |ms: f64| format!("{:.2}", own.operations * 1e-9 / ms);
            row.extend([
                peer.median_ms.map_or_else(|| peer.error.clone().unwrap_or_default(), ms),
                String::new(),
                peer.median_ms.map_or(String::new(), |ms| format!("{:.0}", 1e3 * peer.models as f64 / ms)),
                peer.times.map_or(String::new(), |times| format!("{times:.2}")),
                peer.median_ms.map_or(String::new(), rate),
                String::new(),
                String::new(),
                if peer.bytes > 0 { format!("{:.0}", peer.bytes as f64 * 1e-6) } else { String::new() },
                peer.apart.map_or(String::new(), |apart| format!("{apart:.1e}")),
                peer.device.clone(),
            ]);
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        "case",
        "models",
        "engine",
        "ms/step",
        "on the card",
        "models x steps/s",
        "times icl's",
        "TFLOP/s",
        "bounds: product / copy, ms",
        "times bound",
        "MB",
        "losses apart",
        "ran on",
    ];
    table(&head, &rows)
}

fn of_studies(report: &Report) -> String {
    let rows: Vec<Vec<String>> = (report.studies.iter())
        .map(|study| {
            vec![
                study.study.clone(),
                study.cells.to_string(),
                study.steps.to_string(),
                format!("{:.1}", study.seconds),
                format!("{:.2}", study.ms_per_step),
                study.times.map_or(String::new(), |times| format!("{times:.2}")),
                study.device.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["study", "cells", "steps", "seconds", "ms/step of all cells", "fastest PyTorch, times", "device"];
    table(&head, &rows)
}
