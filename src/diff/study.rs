//! What became of one experiment: its arms, and what it states beside them.

use super::change::{Change, Class, Rename};
use super::gather::{Found, gather};
use super::known::Known;
use super::pair::{self, Grid, Pairs};
use super::words::{and, counted, list, number, percent};
use super::{Side, Study, arms, cells, cost, observation, sweep, twofold};
use crate::plan::Plan;
use crate::program::contrast::contrast;
use crate::program::{Claim, Experiment, PlateauRule};

/// All that was computed before, and all that is wanted now.
type Keys<'k> = (&'k Known, &'k Known);

/// An experiment that is on both sides.
pub fn compared((before, old_side): (&Plan, &Side), (after, new_side): (&Plan, &Side), keys: Keys<'_>) -> Study {
    let (old, new) = (Grid::new(&before.experiment), Grid::new(&after.experiment));
    let points = pair::points(&old, &new);
    let pairs = pair::arms(&old, &new, &points);
    let mut renames: Vec<Rename> = Vec::new();
    let mut found = Vec::new();
    for (point, &(was, is)) in points.iter().enumerate() {
        for (arm, &(a, b)) in pairs.iter().enumerate() {
            let unlike = arms::compare(old.arm(a, was), new.arm(b, is));
            found.push(Found { arm, point, changes: unlike.changes });
            let fresh: Vec<Rename> = unlike.renames.into_iter().filter(|known| !renames.contains(known)).collect();
            renames.extend(fresh);
        }
    }
    let names: Vec<(String, String)> =
        pairs.iter().map(|&(a, b)| (old.name(a).to_string(), new.name(b).to_string())).collect();
    let bound: Vec<_> = points.iter().map(|&(_, is)| new.experiment.points[is].as_slice()).collect();
    let mut changes = gather(found, &names, &bound);
    let (swept, more) = sweep::changes(&old, &new, &points);
    changes.extend(swept);
    renames.extend(more);
    // A study of one arm calls it by its own name.
    let own = |experiment: &Experiment, arm: &str| experiment.name == arm;
    for (a, b) in names.iter().filter(|(a, b)| a != b && !(own(old.experiment, a) && own(new.experiment, b))) {
        renames.push(Rename { what: "arm", old: a.clone(), new: b.clone() });
    }
    if old.experiment.name != new.experiment.name {
        let (old, new) = (old.experiment.name.clone(), new.experiment.name.clone());
        renames.push(Rename { what: "experiment", old, new });
    }
    changes.extend(come_and_gone(&old, &new, &pairs));
    changes.extend(stated(&old, &new, &pairs, &renames));
    let phrases = |side: &Side, grid: &Grid<'_>| side.reports.get(&grid.experiment.name).cloned().unwrap_or_default();
    changes.extend(report(&phrases(old_side, &old), &phrases(new_side, &new), &renames));
    changes.sort_by_key(|change| std::cmp::Reverse(change.class));
    let (counted, lacks) = cells::fate((before, &old), (after, &new), (&pairs, &points), keys);
    Study {
        old: Some(old.experiment.name.clone()),
        new: Some(new.experiment.name.clone()),
        warnings: twofold::warnings(&old, &new, &pairs, &points),
        changes,
        renames,
        cells: counted,
        before: cost::costs(before),
        after: cost::costs(after),
        to_run: cost::lacking(after, &lacks),
    }
}

/// An experiment that was not there before; a cell that another one had is still reused.
pub fn added(plan: &Plan, known: &Known) -> Study {
    let name = plan.experiment.name.clone();
    let lacks: Vec<_> = plan.cells.iter().map(|cell| known.lack(cell)).collect();
    let reused = lacks.iter().filter(|lack| lack.nothing()).count();
    let what = counted(plan.cells.len() as u64, "cell");
    Study {
        changes: vec![Change::added(Class::Cost, format!("experiment {name}"), Some(what)).stated_by(&[])],
        new: Some(name),
        cells: cells::Cells { reused, new: lacks.len() - reused, ..cells::Cells::default() },
        after: cost::costs(plan),
        to_run: cost::lacking(plan, &lacks),
        ..Study::default()
    }
}

/// An experiment that is no more.
pub fn dropped(plan: &Plan, kept: &Known) -> Study {
    let name = plan.experiment.name.clone();
    let dropped = plan.cells.iter().filter(|cell| !kept.cells.contains(cell.key.as_str())).count();
    let what = counted(plan.cells.len() as u64, "cell");
    Study {
        changes: vec![Change::dropped(Class::Cost, format!("experiment {name}"), Some(what)).stated_by(&[])],
        old: Some(name),
        cells: cells::Cells { dropped, ..cells::Cells::default() },
        before: cost::costs(plan),
        ..Study::default()
    }
}

/// Arms that came or went, and another baseline.
fn come_and_gone(old: &Grid<'_>, new: &Grid<'_>, pairs: &Pairs) -> Vec<Change> {
    let mut changes = Vec::new();
    for place in (0..new.arms()).filter(|place| pairs.iter().all(|(_, new)| new != place)) {
        let unlike = contrast(&new.arm(0, 0).training, &new.arm(place, 0).training);
        let told = (place > 0 && !unlike.is_empty()).then(|| format!("unlike {} in {}", new.name(0), and(&unlike)));
        let mut change = Change::added(Class::Cost, format!("arm {}", new.name(place)), told).stated_by(&["arm"]);
        change.stated = (None, Some(new.name(place).to_string()));
        changes.push(change);
    }
    for place in (0..old.arms()).filter(|place| pairs.iter().all(|(old, _)| old != place)) {
        let mut change = Change::dropped(Class::Cost, format!("arm {}", old.name(place)), None).stated_by(&["arm"]);
        change.stated = (Some(old.name(place).to_string()), None);
        changes.push(change);
    }
    let moved = pairs.iter().any(|&(a, b)| (a == 0) != (b == 0));
    if moved && old.arms() > 0 && new.arms() > 0 {
        let (from, to) = (old.name(0).to_string(), new.name(0).to_string());
        let mut change =
            Change::new(Class::Observation, "baseline", Some(from.clone()), Some(to.clone())).stated_by(&["arm"]);
        change.stated = (Some(from), Some(to));
        changes.push(change);
    }
    changes
}

/// Seeds, checkpoints, the plateau and the claims.
fn stated(old: &Grid<'_>, new: &Grid<'_>, arms: &Pairs, renames: &[Rename]) -> Vec<Change> {
    let (before, now) = (old.experiment, new.experiment);
    let mut changes = Vec::new();
    if before.seeds != now.seeds {
        changes.push(
            Change::new(Class::Cost, "seeds", Some(seeds(&before.seeds)), Some(seeds(&now.seeds)))
                .stated_by(&["seeds"]),
        );
    }
    if before.keep != now.keep {
        let word = |keep: Option<usize>| Some(keep.map_or_else(|| "all".into(), |last| format!("last {last}")));
        changes.push(Change::new(Class::Cost, "keep", word(before.keep), word(now.keep)).stated_by(&["keep"]));
    }
    match (&before.plateau, &now.plateau) {
        (Some(a), Some(b)) => changes.extend(plateau((a, before), (b, now), renames)),
        (None, Some(rule)) => {
            let what = measure(now, rule, &[]);
            changes
                .push(Change::added(Class::Observation, "plateau", Some(format!("of {what}"))).stated_by(&["plateau"]));
        }
        (Some(rule), None) => {
            let what = measure(before, rule, &[]);
            changes.push(
                Change::dropped(Class::Observation, "plateau", Some(format!("of {what}"))).stated_by(&["plateau"]),
            );
        }
        (None, None) => {}
    }
    changes.extend(claims(&before.claims, &now.claims, arms));
    changes
}

/// Seeds as the language gives them: how many, or which.
pub fn seeds(seeds: &[u64]) -> String {
    let row = seeds.iter().copied().eq(1..=seeds.len() as u64);
    if row { seeds.len().to_string() } else { list(seeds.iter()) }
}

/// The measure that a plateau is of.
fn measure(experiment: &Experiment, rule: &PlateauRule, renames: &[Rename]) -> String {
    let arm = experiment.arms.first();
    let found = arm.and_then(|arm| observation::in_order(arm).nth(rule.measure));
    let site = rule.site.map(|site| format!("[{site}]")).unwrap_or_default();
    found.map_or_else(|| "?".into(), |measure| now_called(&measure.name, "measure", renames)) + &site
}

fn plateau(
    (old, before): (&PlateauRule, &Experiment),
    (new, now): (&PlateauRule, &Experiment),
    renames: &[Rename],
) -> Vec<Change> {
    let held = |rule: &PlateauRule| Some(counted(rule.held as u64, "evaluation"));
    let level = |level: Option<f64>| level.map(number);
    let of = |old: &Option<String>, what: &str| old.as_ref().map(|name| now_called(name, what, renames));
    let fields: [(&str, Option<String>, Option<String>); 8] = [
        ("of", Some(measure(before, old, renames)), Some(measure(now, new, &[]))),
        ("exit", Some(percent(old.exit)), Some(percent(new.exit))),
        ("held", held(old), held(new)),
        ("from", level(old.from), level(new.from)),
        ("to", level(old.to), level(new.to)),
        ("from", of(&old.stage, "stage"), new.stage.clone()),
        ("refine", old.refine.map(|steps| counted(steps, "step")), new.refine.map(|steps| counted(steps, "step"))),
        ("stop", old.stop.then(|| "at exit".into()), new.stop.then(|| "at exit".into())),
    ];
    let mut changes = Vec::new();
    for (key, from, to) in fields.into_iter().filter(|(_, from, to)| from != to) {
        let class = if key == "stop" { Class::Cost } else { Class::Observation };
        changes.push(Change::new(class, format!("plateau {key}"), from, to).stated_by(&["plateau", key]));
    }
    changes
}

/// What a name of the old side is called now.
fn now_called(name: &str, what: &str, renames: &[Rename]) -> String {
    let known = renames.iter().find(|rename| rename.what == what && rename.old == name);
    known.map_or_else(|| name.to_string(), |rename| rename.new.clone())
}

/// Claims, by the arms that they are about.
fn claims(old: &[Claim], new: &[Claim], arms: &Pairs) -> Vec<Change> {
    let now = |place: usize| arms.iter().find(|(old, _)| *old == place).map(|(_, new)| *new);
    let about = |claim: &Claim| Some((now(claim.smaller)?, now(claim.larger)?));
    let said = |claim: &Claim| Some(format!("{} at {}", claim.text, percent(claim.level)));
    let mut left: Vec<&Claim> = old.iter().collect();
    let mut changes = Vec::new();
    for claim in new {
        let same =
            |other: &&&Claim| about(other) == Some((claim.smaller, claim.larger)) && other.statistic == claim.statistic;
        match left.iter().find(same).copied() {
            Some(known) => {
                if known.level != claim.level {
                    let (from, to) = (Some(percent(known.level)), Some(percent(claim.level)));
                    let subject = format!("expect {}", claim.text);
                    changes
                        .push(Change::new(Class::Observation, subject, from, to).stated_by(&["expect", &claim.text]));
                }
                left.retain(|other| !std::ptr::eq(*other, known));
            }
            None => changes
                .push(Change::added(Class::Observation, "expect", said(claim)).stated_by(&["expect", &claim.text])),
        }
    }
    for claim in left {
        changes.push(Change::dropped(Class::Observation, "expect", said(claim)).stated_by(&["expect", &claim.text]));
    }
    changes
}

/// Phrases of the report; what they speak of may go by another name.
fn report(old: &[String], new: &[String], renames: &[Rename]) -> Vec<Change> {
    let named = |phrase: &String| -> String {
        let mut text = String::new();
        let mut word = String::new();
        for letter in phrase.chars().chain([' ']) {
            if letter.is_alphanumeric() || letter == '_' {
                word.push(letter);
                continue;
            }
            let known = renames.iter().find(|rename| rename.what != "experiment" && rename.old == word);
            text.push_str(known.map_or(&word, |rename| &rename.new));
            word.clear();
            text.push(letter);
        }
        text.trim_end().to_string()
    };
    let before: Vec<String> = old.iter().map(named).collect();
    let mut changes = Vec::new();
    for phrase in new.iter().filter(|phrase| !before.contains(phrase)) {
        changes.push(Change::added(Class::Observation, "report", Some(phrase.clone())).stated_by(&["report", phrase]));
    }
    for phrase in before.iter().filter(|phrase| !new.contains(phrase)) {
        changes
            .push(Change::dropped(Class::Observation, "report", Some(phrase.clone())).stated_by(&["report", phrase]));
    }
    changes
}
