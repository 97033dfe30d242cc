//! Changes gathered over the arms and points that have them alike, so that each is told once.

use super::change::{Change, Detail};
use std::collections::BTreeMap;

/// A pair of arms at a pair of points, with what it has unlike: the arm's place and the point's among those that are paired.
pub struct Found {
    pub arm: usize,
    pub point: usize,
    pub changes: Vec<Change>,
}

/// Tells each change once. `arms` are names before and now, `points` are said as a reader knows them; both by place.
pub fn gather(found: Vec<Found>, arms: &[(String, String)], points: &[String]) -> Vec<Change> {
    let mut told: Vec<(Change, Vec<(usize, usize)>)> = Vec::new();
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for Found { arm, point, changes } in found {
        for change in changes {
            let known = places.entry(change.subject.clone()).or_default();
            match known.iter().find(|&&at| told[at].0.alike(&change)) {
                Some(&at) => {
                    told[at].0.class = told[at].0.class.max(change.class);
                    told[at].1.push((arm, point));
                }
                None => {
                    known.push(told.len());
                    told.push((change, vec![(arm, point)]));
                }
            }
        }
    }
    let mut gathered = Vec::new();
    for (change, having) in told {
        // Arms that have it at the same points are told together.
        let mut by_points: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for arm in 0..arms.len() {
            let mut at: Vec<usize> =
                having.iter().filter(|(known, _)| *known == arm).map(|(_, point)| *point).collect();
            at.sort_unstable();
            if !at.is_empty() {
                by_points.entry(at).or_default().push(arm);
            }
        }
        for (at, of) in by_points {
            let mut one = change.clone();
            one.stated = (Some(arms[of[0]].0.clone()), Some(arms[of[0]].1.clone()));
            if of.len() < arms.len() {
                one.arms = of.iter().map(|&arm| arms[arm].1.clone()).collect();
            }
            if at.len() < points.len() {
                one.points = at.iter().map(|&point| points[point].clone()).collect();
            }
            gathered.push(one);
        }
    }
    folded(gathered, points.len())
}

/// Values longer than this are told point by point.
const SHORT: usize = 24;

/// Makes one change of those that are of the same thing in the same arms and differ from point to point in their values alone.
fn folded(changes: Vec<Change>, points: usize) -> Vec<Change> {
    let mut groups: Vec<Vec<Change>> = Vec::new();
    for change in changes {
        let alike = |group: &&mut Vec<Change>| {
            let first = &group[0];
            !first.points.is_empty()
                && !change.points.is_empty()
                && (&first.subject, first.kind, first.class, &first.arms)
                    == (&change.subject, change.kind, change.class, &change.arms)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
        .into_iter()
        .map(|group| if group.len() < 3 { group } else { vec![one(group, points)] })
        .collect::<Vec<_>>()
        .concat()
}

fn one(group: Vec<Change>, points: usize) -> Change {
    let side = |pick: fn(&Change) -> Option<&String>| -> Option<String> {
        let values: Vec<&str> = group.iter().map(|change| pick(change).map_or("none", String::as_str)).collect();
        if let Some((first, rest)) = values.split_first()
            && rest.iter().all(|value| value == first)
        {
            return Some((*first).to_string());
        }
        let short = values.iter().all(|value| value.len() <= SHORT) && values.len() <= 8;
        if short { Some(format!("[{}]", values.join(", "))) } else { None }
    };
    let (old, new) = (side(|change| change.old.as_ref()), side(|change| change.new.as_ref()));
    let at: Vec<String> = group.iter().flat_map(|change| change.points.iter().cloned()).collect();
    let mut all = group[0].clone();
    if let (Some(old), Some(new)) = (old, new) {
        (all.old, all.new, all.details) = (Some(old), Some(new), Vec::new());
    } else {
        let told = |change: &Change| Detail {
            subject: change.points.join("; "),
            old: change.old.clone(),
            new: change.new.clone(),
        };
        all.details = group.iter().map(told).collect();
        let differs = || Some(format!("{} values", group.len()));
        (all.old, all.new) = (differs(), differs());
    }
    all.points = if at.len() == points { Vec::new() } else { at };
    all
}
