//! Changes gathered over the arms and points that have them alike, so that each is told once.

use super::change::{Change, Detail};
use std::collections::{BTreeMap, BTreeSet};

/// What a point of a sweep binds, as written.
pub type Bound = [(String, String)];

/// A pair of arms at a pair of points, with what it has unlike: the arm's place and the point's among those that are paired.
pub struct Found {
    pub arm: usize,
    pub point: usize,
    pub changes: Vec<Change>,
}

/// A change with the places of the points that have it.
struct Told {
    change: Change,
    at: Vec<usize>,
}

/// Tells each change once. `arms` are names before and now, `points` what each binds now; both by place.
pub fn gather(found: Vec<Found>, arms: &[(String, String)], points: &[&Bound]) -> Vec<Change> {
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
        let mut by_arm: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        having.iter().for_each(|(arm, point)| by_arm.entry(*arm).or_default().push(*point));
        let mut by_points: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (arm, mut at) in by_arm {
            at.sort_unstable();
            by_points.entry(at).or_default().push(arm);
        }
        for (at, of) in by_points {
            let mut change = change.clone();
            change.stated = (Some(arms[of[0]].0.clone()), Some(arms[of[0]].1.clone()));
            if of.len() < arms.len() {
                change.arms = of.iter().map(|&arm| arms[arm].1.clone()).collect();
            }
            gathered.push(Told { change, at });
        }
    }
    folded(gathered, points)
}

/// Makes one change of those that are of the same thing in the same arms and differ from point to point in their values alone.
fn folded(changes: Vec<Told>, points: &[&Bound]) -> Vec<Change> {
    let mut groups: Vec<Vec<Told>> = Vec::new();
    for told in changes {
        let alike = |group: &&mut Vec<Told>| {
            let (first, change) = (&group[0].change, &told.change);
            group[0].at.len() < points.len()
                && told.at.len() < points.len()
                && (&first.subject, first.kind, first.class, &first.arms)
                    == (&change.subject, change.kind, change.class, &change.arms)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(told),
            None => groups.push(vec![told]),
        }
    }
    let single = |told: Told| Change { at: said(&told.at, points), ..told.change };
    let each = |group: Vec<Told>| match group.len() {
        0..=2 => group.into_iter().map(single).collect(),
        _ => vec![one(&group, points)],
    };
    groups.into_iter().flat_map(each).collect()
}

/// One change of several: the values of each in a list, in the order of the points.
fn one(group: &[Told], points: &[&Bound]) -> Change {
    let side = |pick: fn(&Change) -> Option<&String>| -> String {
        let values: Vec<&str> = group.iter().map(|told| pick(&told.change).map_or("none", String::as_str)).collect();
        match values.as_slice() {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => (*first).to_string(),
            all => format!("[{}]", listed(all)),
        }
    };
    let told = |told: &Told| Detail {
        subject: said(&told.at, points).unwrap_or_default(),
        old: told.change.old.clone(),
        new: told.change.new.clone(),
    };
    let (old, new) = (side(|change| change.old.as_ref()), side(|change| change.new.as_ref()));
    let all: BTreeSet<usize> = group.iter().flat_map(|told| told.at.iter().copied()).collect();
    Change {
        // What the lists leave out.
        details: if old.contains("...") || new.contains("...") { group.iter().map(told).collect() } else { Vec::new() },
        old: Some(old),
        new: Some(new),
        at: said(&all.into_iter().collect::<Vec<_>>(), points),
        ..group[0].change.clone()
    }
}

/// Values of a list that are shown.
const LISTED: usize = 8;

/// Letters of a list that are shown.
const WIDEST: usize = 120;

fn listed(values: &[&str]) -> String {
    let wide = values.iter().map(|value| value.len()).sum::<usize>() > WIDEST;
    match values {
        [first, _, .., last] if wide => format!("{first}, ..., {last}"),
        [a, b, c, .., last] if values.len() > LISTED => format!("{a}, {b}, {c}, ..., {last}"),
        all => all.join(", "),
    }
}

/// Which points they are, in words; nothing where they are all. Where they are all that have certain values of some names,
/// those are said: `dim = 2, 4 and rate = 1e-3`.
fn said(at: &[usize], points: &[&Bound]) -> Option<String> {
    if at.len() == points.len() {
        return None;
    }
    let names: Vec<&str> = points.first().map(|bound| bound.iter().map(|(name, _)| name.as_str()).collect())?;
    let values = |places: &mut dyn Iterator<Item = usize>, name: usize| -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let texts = places.filter_map(|place| points[place].get(name)).map(|(_, text)| text.as_str());
        texts.filter(|text| seen.insert(*text)).collect()
    };
    let of: Vec<Vec<&str>> = (0..names.len()).map(|name| values(&mut at.iter().copied(), name)).collect();
    let sets: Vec<BTreeSet<&str>> = of.iter().map(|values| values.iter().copied().collect()).collect();
    let inside = |bound: &&&Bound| bound.iter().zip(&sets).all(|((_, text), set)| set.contains(text.as_str()));
    if points.iter().filter(inside).count() == at.len() {
        let told =
            names.iter().enumerate().filter(|(name, _)| of[*name].len() < values(&mut (0..points.len()), *name).len());
        let told: Vec<String> = told.map(|(name, text)| format!("{text} = {}", listed(&of[name]))).collect();
        return Some(told.join(" and "));
    }
    let point = |place: &usize| {
        points[*place].iter().map(|(name, text)| format!("{name} = {text}")).collect::<Vec<_>>().join(", ")
    };
    let few: Vec<String> = at.iter().take(3).map(point).collect();
    let more = if at.len() > 3 { format!(" and {} more points", at.len() - 3) } else { String::new() };
    Some(format!("{}{more}", few.join("; ")))
}
