//! Statistics of plateaus: when a curve leaves one, and what several seeds say of it together.
//!
//! Pure functions of numbers: no files, no clock, no randomness but a fixed stream. Times are in the unit of the curve's
//! steps, counted from the step that the rule calls zero.

mod association;
mod binomial;
mod bootstrap;
mod claim;
mod compare;
mod ends;
mod error;
mod holm;
mod logrank;
mod onset;
mod permutation;
mod plateau;
mod refine;
mod restricted;
mod robust;
mod run;
mod special;
mod summary;
mod survival;

pub use association::{Association, Pair, associate};
pub use binomial::{Proportion, clopper_pearson};
pub use bootstrap::{Bound, Contrast, contrast};
pub use claim::{Claim, Judgement, Part, PartJudgement, Sample, Verdict, judge};
pub use compare::{Comparison, compare, smallest_p, smallest_p_one_sided};
pub use ends::{EndArm, EndContrast, EndRow, ends};
pub use error::StatsError;
pub use holm::holm;
pub use logrank::{LogRank, log_rank};
pub use onset::{Lag, Onset, OnsetArm, OnsetRow, OnsetRun, onsets};
pub use permutation::{EXACT_LIMIT, MONTE_CARLO_DRAWS, Permutation, arrangements};
pub use plateau::{Curve, Exit, Plateau, Rule, first_held, plateau, progress, settled};
pub use refine::{Window, refined, window};
pub use restricted::{RestrictedMean, restricted_mean};
pub use robust::{median, quantile, running_median};
pub use run::Run;
pub use special::chi2_tail;
pub use summary::{Arm, ArmRow, SeedRun, Summary, summarise};
pub use survival::{KaplanMeier, MedianTime, Point, kaplan_meier};
