//! All that is concluded of an experiment at all points of its sweep: every table that it asks for, its claims, its numbers.

use super::onsets::named;
use super::stairs::Flight;
use super::study::Study;
use super::table::Table;
use super::whole::{claims_table, joined, judgements};
use crate::program::Experiment;
use crate::program::experiment::Table as Asked;
use crate::program::figure::Shown;
use crate::stats::{Judgement, StatsError, Summary, Verdict};
use serde_json::{Value, json};

/// The conclusions of an experiment.
pub struct Concluded {
    /// Each under the name of its files, in the order in which they are read.
    pub tables: Vec<(String, Table)>,
    pub judged: Vec<Judgement>,
    /// Claims that cannot be judged at every point, with the reason.
    pub unjudged: Vec<String>,
    /// The statistics in full.
    pub findings: Value,
}

impl Concluded {
    /// The claims that are not supported by all runs, each with what became of it; none where every one is.
    #[must_use]
    pub fn unmet(&self) -> Vec<String> {
        let judged = self.judged.iter().filter(|claim| claim.verdict != Verdict::Supported);
        let judged =
            judged.map(|claim| format!("{} at {}%: {}", claim.text, claim.level * 100.0, claim.verdict.word()));
        judged.chain(self.unjudged.iter().cloned()).collect()
    }
}

/// The summary of a point's plateau, with those of its stairs.
type Read = (Summary, Vec<Flight>);

/// Concludes what an experiment asks for from the curves it has.
///
/// # Errors
/// If a plateau or a measure has no two different levels.
pub fn conclude(experiment: &Experiment, studies: &[Study<'_>]) -> Result<Concluded, StatsError> {
    let mut tables: Vec<(String, Table)> = Vec::new();
    let mut read: Vec<Read> = Vec::new();
    let (mut judged, mut unjudged) = (Vec::new(), Vec::new());
    if let Some(rule) = &experiment.plateau {
        for study in studies {
            read.push((study.summary(rule)?, study.flights(rule)?));
        }
        let each = studies.iter().zip(&read);
        let plateaus = each.map(|(study, (summary, flights))| study.plateau_table(rule, summary, flights)).collect();
        tables.push(("plateau".into(), joined(studies, plateaus)));
        let details = studies.iter().zip(&read).map(|(study, (summary, _))| study.details_table(summary)).collect();
        tables.push(("details".into(), joined(studies, details)));
        judged = judgements(studies, rule)?;
        for claim in &experiment.claims {
            let parts = studies.iter().map(|study| study.part(claim, rule)).collect::<Result<Vec<_>, _>>()?;
            let lacking = parts.iter().filter(|part| part.is_none()).count();
            if lacking > 0 {
                let of = if studies.len() > 1 {
                    format!(" at {lacking} of {} points", studies.len())
                } else {
                    String::new()
                };
                unjudged.push(format!("{}: not judged{of}, since an arm has no finished run there", claim.text));
            }
        }
    }
    let mut onsets = 0;
    for table in &experiment.tables {
        match *table {
            Asked::Plateau => {}
            Asked::Final => {
                let each = studies.iter().map(Study::final_table).collect();
                tables.push(("final".into(), joined(studies, each)));
            }
            Asked::Onset { first, second } => {
                let each = studies.iter().map(|study| study.onset_table(first, second)).collect::<Result<_, _>>()?;
                onsets += 1;
                let name = if onsets == 1 { "onset".into() } else { format!("onset_{onsets}") };
                tables.push((name, joined(studies, each)));
            }
        }
    }
    let each = studies.iter().map(Study::measures_table).collect();
    tables.push(("measures".into(), joined(studies, each)));
    if !judged.is_empty() || !unjudged.is_empty() {
        let mut claims = claims_table(&judged);
        claims.notes.extend(unjudged.iter().map(|claim| format!("{claim}.")));
        tables.push(("claims".into(), claims));
    }
    let findings = findings(experiment, studies, &read, &judged)?;
    Ok(Concluded { tables, judged, unjudged, findings })
}

/// The statistics in full: of the one point, or a list with what each point binds.
fn findings(
    experiment: &Experiment,
    studies: &[Study<'_>],
    read: &[Read],
    judged: &[Judgement],
) -> Result<Value, StatsError> {
    let mut points = Vec::new();
    for (place, study) in studies.iter().enumerate() {
        let mut told = serde_json::Map::new();
        if let Some((summary, flights)) = read.get(place) {
            told.insert("summary".into(), json!(summary));
            if !flights.is_empty() {
                let flights = flights.iter().map(|flight| json!({ "flight": flight.label, "summary": flight.summary }));
                told.insert("stairs".into(), flights.collect());
            }
        }
        let observation = &experiment.arms[study.arms[0]].observation;
        let name = |shown: Shown| named(&observation.measure(shown.measure).name, shown.site);
        let (mut last, mut onsets) = (serde_json::Map::new(), Vec::new());
        for table in &experiment.tables {
            match *table {
                Asked::Plateau => {}
                Asked::Final => {
                    let each = study.numbers().into_iter();
                    last = each.map(|(name, shown)| (name, json!(study.last_values(shown)))).collect();
                }
                Asked::Onset { first, second } => {
                    let rows = study.onsets(first, second)?;
                    onsets.push(json!({ "first": name(first), "second": name(second), "arms": rows }));
                }
            }
        }
        if !last.is_empty() {
            told.insert("final".into(), Value::Object(last));
        }
        if !onsets.is_empty() {
            told.insert("onsets".into(), Value::Array(onsets));
        }
        points.push(told);
    }
    let limit = studies.first().and_then(|study| study.limit);
    let mut whole = serde_json::Map::new();
    match (studies, points.as_mut_slice()) {
        ([study], [told]) if study.bound().is_none() => whole.append(told),
        _ => {
            let points = studies.iter().zip(points).map(|(study, mut told)| {
                let bound: std::collections::BTreeMap<_, _> = experiment.points[study.point].iter().cloned().collect();
                told.insert("point".into(), json!(bound));
                Value::Object(told)
            });
            whole.insert("points".into(), points.collect());
        }
    }
    whole.insert("claims".into(), json!(judged));
    whole.insert("limit".into(), json!(limit));
    Ok(Value::Object(whole))
}
