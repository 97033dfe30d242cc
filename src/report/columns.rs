//! The columns of the tables that a run prints, each with what it says: tables take their headings from here, and
//! `icl explain table` their meaning.

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Explained {
    /// As the table has it; `{baseline}` stands for the name of the first arm.
    pub heading: &'static str,
    pub meaning: &'static str,
}

const fn column(heading: &'static str, meaning: &'static str) -> Explained {
    Explained { heading, meaning }
}

/// The plateau table: a row for each arm.
pub const PLATEAU: [Explained; 7] = [
    column(
        "arm",
        "The arm, in the order of the experiment. The first is the baseline that the others are compared with.",
    ),
    column(
        "escaped [95%]",
        "How many of the arm's finished runs left the plateau within their budget, and the Clopper-Pearson interval of that \
         share. A run leaves when its progress first crosses `exit` and stays there for `held` evaluations. A run that \
         diverged before that counts as not escaped.",
    ),
    column(
        "median exit, steps [95%]",
        "The Kaplan-Meier median of the exit step over seeds, runs that never exit being right-censored, with its interval. \
         \"not reached\" where fewer than half of the runs are out by the end: the median then lies beyond the budget. An \
         upper end of \"inf\" is one that the runs do not bound.",
    ),
    column(
        "restricted mean [95%]",
        "The mean exit step where every run is followed to the same horizon, the smallest budget that was planned: a run \
         still on the plateau counts with the horizon. It is defined for every arm, also where the median is not reached. \
         \">=\" marks an arm of which no run escaped.",
    ),
    column(
        "ratio to {baseline} [95%]",
        "The restricted mean divided by the baseline's: 0.5 is twice as fast. The interval is a bootstrap over seeds; runs \
         of one seed are drawn together, since they share initial weights and data. \">=\" or \"<=\" where one of the two is \
         only bounded.",
    ),
    column(
        "p (Holm)",
        "The probability of so large a difference between the arm and the baseline if both were alike: the exact two-sided \
         permutation test of the log-rank statistic, corrected by Holm over the arms of the table. Empty for the baseline. \
         The note below the table says how small it could be at best with so few seeds.",
    ),
    column(
        "final progress",
        "The median over seeds of progress at the last evaluation: 0% is the task's blind level, 100% its ideal.",
    ),
];

/// The details beside the plateau table: a row for each arm.
pub const DETAILS: [Explained; 11] = [
    column("arm", "The arm."),
    column("finished", "Finished runs of those planned. Nothing in any table comes from a run that is not finished."),
    column(
        "difference to {baseline}, steps [95%]",
        "The restricted mean less the baseline's, with the bootstrap interval of the ratio's resamples. \">=\" or \"<=\" where \
         one of the two is only bounded.",
    ),
    column(
        "width, steps",
        "The median of T90 - T10, how long the way from 10% to 90% of progress takes, over the runs that cross and hold both; \
         in brackets how many do.",
    ),
    column("resolution, steps", "The widest gap between two evaluations: an exit is known no better without `refine`."),
    column("out at 0", "Runs that were beyond the exit when counting began; they count as exits at 0."),
    column("diverged", "Runs whose numbers were no longer finite before an exit; they count as not escaped."),
    column("diverged later", "Runs that left the plateau first; they count as escaped."),
    column("log-rank chi2", "The log-rank statistic against the baseline, exits of the same two evaluations tied."),
    column(
        "asymptotic p",
        "Its p by the chi-squared law, which few seeds do not follow; for comparison with other programs.",
    ),
    column("permutation p", "Its exact two-sided permutation p before Holm's correction."),
];

/// The table of last values: a row for each measure and arm.
pub const FINAL: [Explained; 6] = [
    column("measure", "The metric or probe, under its name in the program."),
    column("arm", "The arm. The first is the baseline."),
    column("n", "Finished runs whose last value is finite; a note tells of others."),
    column("at the end [95%]", "The mean over seeds at the last evaluation, with its bootstrap interval over seeds."),
    column(
        "difference to {baseline} [95%]",
        "The mean less the baseline's. The interval is a bootstrap over seeds; runs of one seed are drawn together, since they \
         share initial weights and data.",
    ),
    column(
        "p (Holm)",
        "The exact two-sided permutation p of that difference, runs permuted between the two arms, corrected by Holm over the \
         arms of the measure.",
    ),
];

/// A table of onsets: a row for each arm.
pub const ONSET: [Explained; 6] = [
    column("arm", "The arm."),
    column(
        "onset of {a}, steps [95%]",
        "The Kaplan-Meier median over seeds of the first crossing of half the way that is held for three evaluations, and how \
         many runs have one. The way goes from the measure's blind level to its ideal, or from 0 to 1 where it has none.",
    ),
    column("onset of {b}, steps [95%]", "The same of the other measure."),
    column(
        "lag, steps [95%]",
        "The mean over seeds of the second onset less the first: above 0 the first measure turns first. The interval is a \
         bootstrap over seeds. A run with one onset alone counts the other from its last evaluation; \">=\" or \"<=\" says so. A run \
         with neither counts in none, and the note says how many those are.",
    ),
    column(
        "first turns first",
        "In how many of the runs with an onset that of the first measure comes before the other's.",
    ),
    column(
        "p (Holm)",
        "The exact two-sided p of the mean lag under flips of its seeds' signs, corrected by Holm over arms. Five seeds cannot go \
         below .0625.",
    ),
];

/// The table of measures: a row for each measure and arm.
pub const MEASURES: [Explained; 8] = [
    column(
        "measure",
        "The metric or probe, under its name in the program. Of a probe at every site, a row for each: `name[0]` reads the \
         embedding, `name[n]` the stream after n layers.",
    ),
    column("arm", "The arm."),
    column("at step 0", "The median over seeds before training: what the first weights give."),
    column("at the end [range]", "The median over seeds at the last evaluation, with the smallest and the largest."),
    column(
        "control",
        "What the same reader scores when it is fitted on shuffled targets, at the last evaluation. A probe is selective by \
         what it has above that (Hewitt and Liang 2019).",
    ),
    column(
        "nats or R2",
        "Beside a probe's accuracy the cross-entropy of its reader in nats, where the reader gives probabilities; beside its \
         squared error the explained share of the variance. At the last evaluation.",
    ),
    column(
        "blind or chance",
        "The level of a predictor that knows neither the context nor the pool; for a probe, what guessing gives: one label in \
         so many, or the squared error of the mean of the targets that it was fitted on.",
    ),
    column("ideal", "The level to reach, where one is known: the median over seeds of that on the held-out sequences."),
];

/// The columns in which the table of several studies differs from the plateau table of one.
pub const COMPARED: [Explained; 2] = [
    column(
        "study, arm",
        "A row for each arm of each study, in the order in which they are named, with what a sweep binds. The first arm of a \
         study is its baseline: ratios and p are against it, and nothing tests one study against another.",
    ),
    column(
        "{measure} at the end [95%]",
        "The mean over seeds at the last evaluation, with its bootstrap interval over seeds, of every measure that all of the \
         studies have under one name.",
    ),
];

/// The table of claims: a row for each `expect`.
pub const CLAIMS: [Explained; 4] = [
    column("claim", "The claim as the program states it."),
    column(
        "verdict",
        "\"supported\": it holds at its level. \"refuted\": the reverse holds at the level. \"undecided\": neither does. \
         \"underpowered\": no outcome of so few seeds could have reached the level.",
    ),
    column(
        "p (Holm)",
        "The exact one-sided permutation p of the named statistic, in the stated direction, corrected by Holm over the \
         claims of the experiment.",
    ),
    column("because", "The statistic of both sides, and how many runs it is made of."),
];
