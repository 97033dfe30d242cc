//! Every distribution against scipy's law of it (`tests/oracle/make_laws.py`), by Pearson's statistic and by
//! Kolmogorov's distance, each at the level 0.001 with fixed seeds, on 100,000 draws.

use super::{draw, drawing, pearson, task_of};
use icl::engine::sampler::Split;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The golden file.
#[derive(Deserialize)]
pub struct Golden {
    level: f64,
    /// What Pearson's statistic exceeds at the level, by degrees of freedom.
    critical: BTreeMap<usize, f64>,
    /// What Kolmogorov's distance times the root of the count exceeds at the level.
    kolmogorov: f64,
    laws: Vec<Law>,
}

#[derive(Deserialize)]
struct Law {
    draw: String,
    #[serde(default)]
    before: Vec<String>,
    /// One for each number of a draw.
    parts: Vec<Part>,
    /// Of all numbers of a draw together: values and their probability.
    #[serde(default)]
    joint: Vec<(Vec<f64>, f64)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Cuts between parts that are as likely.
    Quantiles(Vec<f64>),
    /// The probability of every label.
    Masses(Vec<f64>),
}

pub fn golden() -> Golden {
    serde_json::from_str(include_str!("../oracle/laws.json")).unwrap()
}

impl Golden {
    /// Tests counts against probabilities. Cells in which fewer than 5 are expected count as one.
    pub fn fits(&self, counts: &[u64], masses: &[f64], what: &str) {
        let total = counts.iter().sum::<u64>() as f64;
        let (mut cells, mut likely) = (Vec::new(), Vec::new());
        let (mut few, mut rare) = (0, 0.0);
        for (&count, &p) in counts.iter().zip(masses) {
            if p > 0.0 && p * total < 5.0 {
                (few, rare) = (few + count, rare + p);
            } else if p > 0.0 || count > 0 {
                cells.push(count);
                likely.push(p);
            }
        }
        if rare * total >= 5.0 {
            cells.push(few);
            likely.push(rare);
        } else {
            assert!(few <= 20, "{what}: {few} draws that hardly ever happen");
        }
        if cells.len() == 1 {
            return;
        }
        let (statistic, critical) = (pearson(&cells, &likely), self.critical[&(cells.len() - 1)]);
        assert!(statistic < critical, "{what}: {statistic}, over {critical} at {}: {counts:?}", self.level);
    }

    /// Tests one number of every draw against its law.
    fn follows(&self, drawn: &[f64], part: &Part, what: &str) {
        match part {
            Part::Masses(masses) => {
                let mut counts = vec![0; masses.len()];
                for &x in drawn {
                    assert!(x >= 0.0 && x < masses.len() as f64 && x.fract() == 0.0, "{what}: {x} is no label");
                    counts[x as usize] += 1;
                }
                self.fits(&counts, masses, what);
            }
            Part::Quantiles(quantiles) => {
                let cells = quantiles.len() + 1;
                let mut counts = vec![0; cells];
                drawn.iter().for_each(|x| counts[quantiles.partition_point(|cut| cut <= x)] += 1);
                self.fits(&counts, &vec![1.0 / cells as f64; cells], what);
                // The largest distance over all numbers is at least that over the quantiles.
                let (count, mut below) = (drawn.len() as f64, 0);
                for (at, &cell) in counts.iter().enumerate() {
                    below += cell;
                    let distance = (below as f64 / count - (at + 1) as f64 / cells as f64).abs();
                    assert!(distance * count.sqrt() < self.kolmogorov, "{what}: {distance} at quantile {at}");
                }
            }
        }
    }
}

#[test]
fn every_distribution_is_scipys() {
    let golden = golden();
    assert!(golden.laws.len() > 45 && golden.level == 0.001);
    let each: Vec<(String, &Law)> =
        golden.laws.iter().enumerate().map(|(at, law)| (format!("drawn_{at}"), law)).collect();
    // Bursty contexts are drawn once a sequence, in ten tasks of as many sequences.
    let (whole, single): (Vec<_>, Vec<_>) = each.into_iter().partition(|(_, law)| law.draw.starts_with("bursty"));
    for (chunk, scope) in [(whole, "sequence"), (single, "example")] {
        let mut lines = String::new();
        for (name, law) in &chunk {
            for line in &law.before {
                lines.push_str(&format!("    {line}\n"));
            }
            lines.push_str(&format!("    {name} ~ {}\n", law.draw));
        }
        let (task, count) = if scope == "example" {
            (drawing(&lines), 1000)
        } else {
            let items = format!(
                "task whole {{\n  per sequence {{\n    label ~ uniform(2)\n{lines}\n  }}\n  per example {{\n    z ~ normal()\n  }}\n  \
                 length: 1\n  input: z\n  target: label\n  blind: log(2)\n  ideal: 0\n}}"
            );
            (task_of(&items, "whole()"), 100_000)
        };
        let numbers: Vec<u64> = (0..count).collect();
        let drawn = draw(&task, 11, Split::Train, &numbers);
        for (name, law) in &chunk {
            let values = drawn.of(task.names[name.as_str()]);
            assert_eq!(values.width, law.parts.len(), "{}", law.draw);
            assert_eq!(values.data.len(), 100_000 * values.width, "{}", law.draw);
            for (at, part) in law.parts.iter().enumerate() {
                let numbers: Vec<f64> = values.data.chunks_exact(values.width).map(|one| one[at]).collect();
                golden.follows(&numbers, part, &format!("{} [{at}]", law.draw));
            }
            if law.joint.is_empty() {
                continue;
            }
            let mut counts = vec![0; law.joint.len()];
            for one in values.data.chunks_exact(values.width) {
                let place = law.joint.iter().position(|(values, _)| values == one);
                let place = place.unwrap_or_else(|| panic!("{}: {one:?} cannot be", law.draw));
                counts[place] += 1;
            }
            let masses: Vec<f64> = law.joint.iter().map(|(_, p)| *p).collect();
            golden.fits(&counts, &masses, &law.draw);
        }
    }
}
