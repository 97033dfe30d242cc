//! What the peers and studies said beside what was measured before.

use crate::report::{Line, Report, Speed};
use std::path::{Path, PathBuf};

/// Reads a report, and adds lines to it.
///
/// # Errors
/// If a file cannot be read; the text says which.
pub fn merged(own: &Path, lines: &[PathBuf]) -> Result<Report, String> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let mut report: Report =
        serde_json::from_str(&read(own)?).map_err(|error| format!("{}: {error}", own.display()))?;
    for path in lines {
        // A part that was not done has written nothing.
        let Ok(text) = read(path) else { continue };
        for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line = serde_json::from_str(line);
            match line.map_err(|error| format!("{}, line {}: {error}", path.display(), place + 1))? {
                Line::Peer(peer) => report.peers.push(peer),
                Line::PeerRoof(roof) => report.peer_roofs.push(roof),
                Line::Study(study) => report.studies.push(study),
                Line::LeftOut(left) => report.left_out.push(left),
            }
        }
    }
    beside(&mut report);
    report.passed = report.held();
    Ok(report)
}

/// Sets everyone in proportion to icl.
fn beside(report: &mut Report) {
    for peer in &mut report.peers {
        let Some(own) = report.speed.iter().find(|own| own.case == peer.case && own.error.is_none()) else { continue };
        peer.times = peer.median_ms.map(|ms| ms / own.median_ms);
        peer.apart = apart(own, &peer.losses);
    }
    for study in &mut report.studies {
        let theirs = report.peers.iter().filter(|peer| Some(&peer.case) == study.case.as_ref());
        let least = theirs.filter_map(|peer| peer.median_ms).min_by(f64::total_cmp);
        study.times = least.map(|ms| ms / study.ms_per_step);
    }
}

/// The largest difference of losses, relative to them, over the steps and models that both have.
fn apart(own: &Speed, theirs: &[Vec<f64>]) -> Option<f64> {
    let steps = own.losses.iter().zip(theirs);
    let both = steps.flat_map(|(own, theirs)| own.iter().zip(theirs));
    both.map(|(own, other)| (own - other).abs() / own.abs()).max_by(f64::total_cmp)
}
