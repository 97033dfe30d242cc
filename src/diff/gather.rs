//! Changes gathered over the arms and points that have them alike, so that each is told once.

use super::change::Change;
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
    gathered
}
