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

/// The table of measures: a row for each measure and arm.
pub const MEASURES: [Explained; 6] = [
    column("measure", "The metric or probe, under its name in the program."),
    column("arm", "The arm."),
    column("at step 0", "The median over seeds before training: what the first weights give."),
    column("at the end [range]", "The median over seeds at the last evaluation, with the smallest and the largest."),
    column(
        "blind or chance",
        "The level of a predictor that knows neither the context nor the pool; for a probe, what guessing gives.",
    ),
    column("ideal", "The level to reach, where one is known: the median over seeds of that on the held-out sequences."),
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
