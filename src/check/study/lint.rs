//! What is allowed but should give pause.

use crate::check::Checker;
use crate::check::study::experiment::ArmLines;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::contrast::contrast;
use crate::program::experiment::{Arm, Claim};

impl Checker<'_> {
    /// Warns of comparisons with two explanations, unequal budgets and too few seeds.
    pub fn lint(&mut self, arms: &[Arm], lines: &[ArmLines<'_>], seeds: &[u64], claims: &[Claim]) {
        let Some(first) = arms.first() else { return };
        for (arm, written) in arms.iter().zip(lines).skip(1) {
            let (a, b) = (&first.training, &arm.training);
            let named = contrast(a, b);
            if named.len() > 1 {
                let title = format!("arm `{}` differs from `{}` in {}", arm.name, first.name, named.join(" and "));
                let finding =
                    Diagnostic::warning("W0201", title, written.span, "a difference in results has two explanations")
                        .help("change one thing in an arm, or add an arm between");
                self.report(finding);
            }
            if a.steps() != b.steps() {
                let title = format!("arm `{}` trains {} steps and `{}` {}", arm.name, b.steps(), first.name, a.steps());
                let finding = Diagnostic::warning("W0202", title, written.span, "unequal budgets")
                    .help("give both the same total, so that they can be compared");
                self.report(finding);
            }
        }
        self.seeds_suffice(seeds, claims, lines);
    }

    fn seeds_suffice(&mut self, seeds: &[u64], claims: &[Claim], lines: &[ArmLines<'_>]) {
        let Some(strictest) = claims.iter().map(|claim| claim.level).reduce(f64::min) else { return };
        let smallest = crate::stats::smallest_p_one_sided(seeds.len(), seeds.len()) * claims.len() as f64;
        if smallest > strictest {
            let enough = (seeds.len()..=20)
                .find(|&n| crate::stats::smallest_p_one_sided(n, n) * claims.len() as f64 <= strictest);
            let verb = if seeds.len() == 1 { "is" } else { "are" };
            let claimed = if claims.len() == 1 { "a claim".to_string() } else { counted(claims.len(), "claim") };
            let percent = strictest * 100.0;
            let title = format!("{} {verb} too few for {claimed} at {percent}%", counted(seeds.len(), "seed"));
            let label = format!("the smallest possible p, after Holm, is {smallest:.3}");
            let span =
                lines.first().and_then(|arm| arm.found.get("seeds")).map_or_else(Span::default, |(expr, _)| expr.span);
            let help = enough.map_or_else(
                || "claim fewer things, or at a weaker level".to_string(),
                |n| format!("take {n} seeds, or claim at a weaker level"),
            );
            self.report(Diagnostic::warning("W0203", title, span, label).help(help));
        }
    }
}

/// "2 seeds", "1 seed".
pub fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
