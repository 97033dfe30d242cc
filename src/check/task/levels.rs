//! Levels of a task: where a plateau sits, where it may end, and whether a reference can say so of this task.

use crate::check::Checker;
use crate::check::expressions::evaluate::Env;
use crate::check::expressions::items::Found;
use crate::check::limits;
use crate::check::task::tasks::Interface;
use crate::check::values::size::Size;
use crate::check::values::value::Value;
use crate::diagnostic::{Diagnostic, Span};
use crate::program::task::{Op, Reference};
use crate::syntax::tree::{Expr, ExprKind};

/// The levels that a task states.
pub struct Levels {
    pub blind: Option<Reference>,
    pub ideal: Option<Reference>,
    pub plateaus: Vec<Reference>,
}

/// What a reference needs to know of a task.
#[derive(Clone, Copy)]
pub struct Predicted {
    /// Tokens, each predicted from those before it.
    pub tokens: bool,
    /// The target is real.
    pub real: bool,
    /// The input is a vector of numbers.
    pub vector: bool,
}

impl Checker<'_> {
    /// The levels of a task; `None` where one is faulty.
    pub fn task_levels(&mut self, found: &Found<'_>, interface: Option<&Interface>, env: Env<'_>) -> Option<Levels> {
        let mut values = Vec::new();
        for key in ["blind", "ideal"] {
            let value = found.get(key).map(|(expr, _)| (self.eval(expr, env), expr));
            values.push(value);
        }
        if let [Some((blind, _)), Some((ideal, at))] = values.as_slice()
            && !self.leads_down(blind, ideal, at.span)
        {
            return None;
        }
        let mut levels = values.into_iter().map(|value| match value {
            None => Some(None),
            Some((value, expr)) => self.reference(value, expr, interface, env).map(Some),
        });
        let (blind, ideal) = (levels.next()?, levels.next()?);
        let plateaus = match found.get("plateaus") {
            None => Some(Vec::new()),
            Some((expr, _)) => self.staircase(expr, interface, env),
        };
        Some(Levels { blind: blind?, ideal: ideal?, plateaus: plateaus? })
    }

    /// Whether learning leads from blind to ideal: the loss falls, the accuracy rises.
    fn leads_down(&mut self, blind: &Value, ideal: &Value, at: Span) -> bool {
        let [(loss, accuracy), (reached, best)] = [blind, ideal].map(stated);
        let said = |level: &Size| match level {
            Size::Known(value) => format!("{}", (value * 1e4).round() / 1e4),
            Size::Unknown(_) => level.to_string(),
        };
        let (title, label) = match ((loss, reached), (accuracy, best)) {
            ((Some(from), Some(to)), _) if from.equals(&to) => {
                (format!("blind and ideal are one level, a loss of {}", said(&from)), "no way between")
            }
            ((Some(from), Some(to)), _) if to.excess(&from).is_some_and(|rise| rise > 0.0) => (
                format!("the ideal loss {} is above the blind loss {}", said(&to), said(&from)),
                "learning lowers a loss",
            ),
            (_, (Some(from), Some(to))) if from.excess(&to).is_some_and(|fall| fall > 0.0) => (
                format!("the ideal accuracy {} is below the blind accuracy {}", said(&to), said(&from)),
                "learning raises an accuracy",
            ),
            _ => return true,
        };
        let help = "state the level of one who does not look at the examples as `blind`, the one to reach as `ideal`";
        self.fault("E0309", title, at, label, help);
        false
    }

    fn staircase(&mut self, expr: &Expr, interface: Option<&Interface>, env: Env<'_>) -> Option<Vec<Reference>> {
        let ExprKind::List(items) = &expr.kind else {
            let value = self.eval(expr, env);
            if !matches!(value, Value::Poison) {
                let said = self.text(expr.span);
                let help = format!("write it in square brackets: `[{said}]`");
                self.fault("E0301", "`plateaus` is a list of levels", expr.span, "a single one", help);
            }
            return None;
        };
        let mut stairs = Vec::new();
        for item in items {
            let value = self.eval(item, env);
            stairs.push(self.reference(value, item, interface, env)?);
        }
        Some(stairs)
    }

    fn reference(
        &mut self,
        value: Value,
        expr: &Expr,
        interface: Option<&Interface>,
        env: Env<'_>,
    ) -> Option<Reference> {
        let span = expr.span;
        let graph = env.graph?;
        match value {
            Value::Reference(Reference::Levels { accuracy: Some(accuracy), .. })
                if !(0.0..=1.0).contains(&accuracy) =>
            {
                let title = format!("an accuracy of {accuracy} is out of range");
                self.fault("E0302", title, span, "not between 0 and 1", "write a share between 0% and 100%");
                None
            }
            Value::Reference(Reference::Levels { loss: Some(loss), .. }) if loss < 0.0 => self.below_zero(loss, span),
            Value::Reference(Reference::Posterior) => {
                let fits = interface.is_none_or(|interface| self.fits_task("posterior", None, interface, span, env));
                fits.then_some(Reference::Posterior)
            }
            Value::Reference(reference) => {
                if let (Reference::Predictor { name, of, .. }, Some(interface)) = (&reference, interface)
                    && !self.fits_task(name, *of, interface, span, env)
                {
                    return None;
                }
                Some(reference)
            }
            Value::Ridge(lambda) => {
                if !interface.is_none_or(|interface| self.fits_task("ridge", None, interface, span, env)) {
                    return None;
                }
                Some(Reference::Predictor { name: "ridge".into(), args: vec![lambda], of: None })
            }
            Value::Number { value, .. } => {
                let loss = value.known();
                if let Some(loss) = loss.filter(|loss| *loss < 0.0) {
                    return self.below_zero(loss, span);
                }
                Some(Reference::Levels { loss, accuracy: (loss == Some(0.0)).then_some(1.0) })
            }
            Value::Node(node) => {
                if graph.borrow().drawn(node) {
                    let help = "a formula may use parameters and `index`; for more, write a predictor";
                    self.fault("E0316", "a level cannot depend on a draw", span, "drawn anew each time", help);
                    return None;
                }
                Some(Reference::Formula(node))
            }
            Value::Unknown(_) => {
                // What a predictor can say does not depend on its numbers.
                if let (ExprKind::Call { callee, .. }, Some(interface)) = (&expr.kind, interface)
                    && let ExprKind::Name(name) = &callee.kind
                    && !self.fits_task(name, None, interface, span, env)
                {
                    return None;
                }
                Some(Reference::Levels { loss: None, accuracy: None })
            }
            other => self.none("a formula, a predictor or levels(...)", &other, span),
        }
    }

    fn below_zero(&mut self, loss: f64, span: Span) -> Option<Reference> {
        let title = format!("a loss of {loss} is out of range");
        self.fault("E0302", title, span, "below 0", "write a loss of at least 0: nats, or a squared error");
        None
    }

    /// Whether a predictor can say something of this task.
    fn fits_task(&mut self, name: &str, of: Option<usize>, interface: &Interface, span: Span, env: Env<'_>) -> bool {
        let Some(graph) = env.graph else { return true };
        let predicted = Self::predicted_of(interface, &graph.borrow());
        if let Some((reason, help)) = misfit(name, predicted) {
            let title = format!("`{name}` is no baseline of this task, {reason}");
            let finding = Diagnostic::error("E0316", title, span, "a baseline of another task").help(help);
            self.report(finding.also(interface.target_span, "this is what the task predicts"));
            return false;
        }
        match name {
            "posterior" => self.sums_up(interface, predicted.tokens, span, env),
            "posterior_mean" => {
                let pooled = of.is_some_and(|of| match &graph.borrow().nodes[of].op {
                    Op::Draw { pool, .. } => pool.is_some(),
                    Op::Permutations { pool, .. } => pool.is_some(),
                    _ => false,
                });
                if !pooled {
                    let help = "name a draw with `in pool(m)`";
                    let title = "`posterior_mean` needs a name from a pool";
                    self.fault("E0316", title, span, "no pool to average over", help);
                }
                pooled && of.is_none_or(|of| self.pool_fits(of, span, env))
            }
            _ => true,
        }
    }

    /// Whether the values of a pool can be held in memory at once.
    fn pool_fits(&mut self, of: usize, span: Span, env: Env<'_>) -> bool {
        let Some(graph) = env.graph else { return true };
        let (pool, entries) = {
            let graph = graph.borrow();
            let node = &graph.nodes[of];
            let pool = match &node.op {
                Op::Draw { pool, .. } | Op::Permutations { pool, .. } => *pool,
                _ => None,
            };
            (pool.map_or(0, |pool| pool.size) as f64, node.shape.iter().product::<usize>() as f64)
        };
        let bytes = 8.0 * pool * entries;
        if bytes <= limits::LISTED {
            return true;
        }
        let title = format!("the {pool} values of this pool take {:.0} GB, more than are held at once", bytes / 1e9);
        let help =
            format!("take a pool of at most {:.0}, or another reference", limits::LISTED / (8.0 * entries.max(1.0)));
        self.fault("E0316", title, span, "all of them are summed over", help);
        false
    }

    /// Whether nothing that a sequence hides of its target is drawn from real numbers, so that all cases can be summed.
    fn sums_up(&mut self, interface: &Interface, tokens: bool, span: Span, env: Env<'_>) -> bool {
        let Some(graph) = env.graph else { return true };
        let hidden = graph.borrow().real_latent(interface.target);
        let named = hidden.and_then(|hidden| {
            let graph = graph.borrow();
            let (name, _) = graph.named.iter().find(|(_, node)| **node == hidden)?;
            Some((name.clone(), graph.lines.get(name.as_str())?.name.span))
        });
        let Some((latent, stands)) = named else { return true };
        let title = format!("`posterior` sums over finite latents, but `{latent}` is drawn from real numbers");
        let help = if tokens {
            "write `ngram(n, alpha)`, or `levels(loss: ..., accuracy: ...)`".to_string()
        } else {
            format!("write `levels(loss: ..., accuracy: ...)`, or draw `{latent}` in a pool")
        };
        let finding = Diagnostic::error("E0316", title, span, "not to be computed exactly").help(help);
        self.report(finding.also(stands, "drawn here"));
        false
    }
}

/// The loss and the accuracy that a level states, where it states numbers.
fn stated(level: &Value) -> (Option<Size>, Option<Size>) {
    match level {
        Value::Number { value, .. } => (Some(value.clone()), None),
        // What is out of range is told by itself.
        Value::Reference(Reference::Levels { loss, accuracy }) => {
            let (loss, accuracy) = (loss.filter(|loss| *loss >= 0.0), accuracy.filter(|p| (0.0..=1.0).contains(p)));
            (loss.map(Size::Known), accuracy.map(Size::Known))
        }
        _ => (None, None),
    }
}

/// Why a predictor says nothing of a task, and what does.
pub fn misfit(name: &str, task: Predicted) -> Option<(&'static str, &'static str)> {
    match name {
        "least_squares" | "ridge" | "lasso" | "averaging" | "posterior_mean" if task.tokens => {
            Some(("which predicts tokens", "write `ngram(2, 1)`, or a formula such as `log(k)`"))
        }
        "least_squares" | "ridge" | "lasso" | "averaging" | "posterior_mean" if !task.real => {
            Some(("which predicts labels", "write `posterior` where latents are finite, or a formula"))
        }
        "least_squares" | "ridge" | "lasso" | "averaging" | "nearest" if !task.vector => {
            Some(("whose input is no vector", "write a formula, or a predictor of labels"))
        }
        "ngram" if !task.tokens => Some(("which has no tokens", "write `posterior`, or a predictor of examples")),
        "posterior" if task.real => {
            Some(("whose target is real", "write `ridge(lambda)`, or `posterior_mean(name)` for a pool"))
        }
        _ => None,
    }
}
