//! What an experiment is expected to show: the claims of its `expect` lines.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::study::experiment::ArmLines;
use crate::diagnostic::Diagnostic;
use crate::program::experiment::{Claim, Statistic};
use crate::registry::nearest;
use crate::syntax::tree::{BinaryOp, Block, EntryKind, Expr, ExprKind};

impl Checker<'_> {
    /// The claims of `expect` lines.
    pub fn claims(&mut self, block: &Block, arms: &[ArmLines<'_>], words: &[&str], env: Env<'_>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for entry in &block.entries {
            let EntryKind::Expect { claim, level } = &entry.kind else { continue };
            let level = match level {
                None => Some(0.05),
                Some(expr) => {
                    self.named_outside(expr, env);
                    self.share(expr, env, "the level of a claim is a share")
                }
            };
            self.needs_plateau(block, claim.span, words);
            if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } = claim.kind {
                let help = "write an `expect` line for each";
                self.fault("E0301", "an expectation makes one claim", claim.span, "several claims", help);
                continue;
            }
            let ExprKind::Binary { op, left, right, .. } = &claim.kind else {
                self.fault(
                    "E0301",
                    "an expectation compares two arms",
                    claim.span,
                    "no comparison",
                    "write `rmst(a) < rmst(b) at 5%`",
                );
                continue;
            };
            let before = self.findings.len();
            let a = self.claimed(left, arms, words);
            // The same statistic on both sides is told once.
            if self.findings.len() > before && statistic(left).is_some_and(|name| statistic(right) == Some(name)) {
                continue;
            }
            let (Some(a), Some(b), Some(level)) = (a, self.claimed(right, arms, words), level) else { continue };
            if a == b {
                let title = format!("arm `{}` is compared with itself", arms[a].name);
                self.fault("E0302", title, claim.span, "the same arm twice", "compare two arms");
                continue;
            }
            let (smaller, larger) = match op {
                BinaryOp::Less => (a, b),
                BinaryOp::Greater => (b, a),
                _ => {
                    self.fault(
                        "E0301",
                        "an expectation says `<` or `>`",
                        claim.span,
                        "one-sided claims only",
                        "write `rmst(a) < rmst(b) at 5%`",
                    );
                    continue;
                }
            };
            let text = self.text(claim.span);
            claims.push(Claim { text, statistic: Statistic::RestrictedMean, smaller, larger, level });
        }
        claims
    }

    fn claimed(&mut self, expr: &Expr, arms: &[ArmLines<'_>], words: &[&str]) -> Option<usize> {
        if let ExprKind::At { place, .. } = &expr.kind {
            let help = "write a percentage at the end, such as `at 5%`";
            self.fault("E0302", "the level of a claim is a percentage", place.span, "no percentage", help);
            return None;
        }
        let ExprKind::Call { callee, args } = &expr.kind else {
            self.fault(
                "E0301",
                "an expectation compares `rmst` of arms",
                expr.span,
                "no statistic",
                "write `rmst(arm)`",
            );
            return None;
        };
        let (ExprKind::Name(statistic), [arg]) = (&callee.kind, args.as_slice()) else {
            self.fault("E0301", "a statistic takes one arm", expr.span, "not one arm", "write `rmst(arm)`");
            return None;
        };
        if statistic != "rmst" && nearest(statistic, ["rmst"]).is_some() {
            self.fault("E0201", format!("`{statistic}` is not defined"), callee.span, "not found", "write `rmst`");
        } else if statistic != "rmst" {
            let title = format!("`{statistic}` is no statistic of an arm");
            self.fault("E0301", title, callee.span, "not compared", "write `rmst(arm)`");
            return None;
        }
        let ExprKind::Name(name) = &arg.value.kind else {
            self.fault(
                "E0301",
                "a statistic takes the name of an arm",
                arg.value.span,
                "not a name",
                "write the name of an arm",
            );
            return None;
        };
        let found = arms.iter().position(|arm| arm.name == *name);
        if found.is_none() && !words.contains(&name.as_str()) {
            let meant = nearest(name, arms.iter().map(|arm| arm.name.as_str()));
            let all = arms.iter().map(|arm| arm.name.as_str()).collect::<Vec<_>>().join(", ");
            let help = meant.map_or(format!("the arms are {all}"), |meant| format!("write `{meant}`"));
            self.report(
                Diagnostic::error("E0201", format!("there is no arm `{name}`"), arg.value.span, "not found").help(help),
            );
        }
        found
    }
}

/// The name of what a side of a claim compares, where it is no statistic.
fn statistic(expr: &Expr) -> Option<&str> {
    let ExprKind::Call { callee, .. } = &expr.kind else { return None };
    if let ExprKind::Name(name) = &callee.kind { Some(name.as_str()).filter(|name| *name != "rmst") } else { None }
}
