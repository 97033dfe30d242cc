//! Draws that cannot be made as they are written are refused before anything is drawn, and never hang.

use super::{SMALL, draw, drawing, faults};
use icl::engine::sampler::{Rows, Sampler, Split};

/// What is said of a task with some lines.
fn said(run: &str, sequence: &str, example: &str, length: usize) -> Vec<String> {
    let items = format!(
        "{SMALL}\ntask bad {{\n  per run {{\n{run}\n  }}\n  per sequence {{\n    label ~ uniform(2)\n{sequence}\n  }}\n  \
         per example {{\n    z ~ normal()\n{example}\n  }}\n  length: {length}\n  input: z\n  target: label\n  \
         blind: log(2)\n  ideal: 0\n}}"
    );
    faults(&items, "bad()")
}

#[test]
fn draws_that_cannot_be_made_are_refused() {
    assert_eq!(said("", "", "", 4), Vec::<String>::new());
    for (run, sequence, example, title) in [
        ("", "m ~ bursty(3, length: 6)", "", "3 classes cannot fill a context of 5"),
        ("", "m ~ bursty(5, length: 6, query: outside)", "", "all 5 classes are in the context"),
        ("", "m ~ bursty(5, length: 1)", "", "context"),
        ("", "m ~ bursty(5, length: 6, copies: 2)", "", "cannot hold"),
        ("r ~ rows(images)", "", "", "rows are not drawn once a run"),
        ("", "r ~ rows(images) in pool(3)", "", "rows are not drawn once a run"),
        ("", "mu ~ normal()\n    w ~ normal(mu) in pool(3)", "", "depends on `mu`"),
        ("", "mu ~ normal()\n    w ~ normal(mu + 1) in pool(3)", "", "changes with the sequence"),
        ("", "a = normal()\n    b = normal()[2]\n    w ~ mixture(a: 50%, b: 50%)", "", "`mixture` cannot join"),
        ("", "b = normal()[2]\n    a = normal()\n    w ~ mixture(b: 50%, a: 50%)", "", "`mixture` cannot join"),
        (
            "",
            "a = mixture(b: 100%)\n    b = mixture(a: 100%)\n    w ~ mixture(a: 50%, b: 50%)",
            "",
            "defined by itself",
        ),
        ("", "", "u ~ uniform(3) without replacement", "need more than 3"),
        ("", "", "u = z % 0", "division by zero"),
        ("", "", "u = (1 + z) / 0", "division by zero"),
        ("", "k ~ uniform(4)", "u = k % 0", "division by zero"),
    ] {
        let found = said(run, sequence, example, 4);
        assert!(found.iter().any(|fault| fault.contains(title)), "{run}{sequence}{example}: {found:?}");
    }
}

#[test]
fn rounding_makes_no_probability_impossible() {
    let task = drawing(
        "    q ~ dirichlet(0.01, 3)\n    most = q[0] + q[1] + q[2]\n    sure ~ bernoulli(most)\n    \
         part ~ categorical([1 - most, q[0], q[1], q[2]])",
    );
    let drawn = draw(&task, 51, Split::Train, &(0..100).collect::<Vec<_>>());
    let most = drawn.of(task.names["most"]);
    assert!(most.data.iter().any(|most| *most > 1.0), "nothing was rounded up, so that this shows nothing");
    assert!(drawn.of(task.names["part"]).data.iter().all(|part| *part > 0.0));
}

#[test]
fn what_is_no_distribution_is_told_in_the_authors_words() {
    for (lines, said) in [
        ("    x ~ bernoulli(1 + abs(z))", "`x` has the probability "),
        ("    x ~ normal(0, 0 - abs(z))", "`x` has the standard deviation -"),
        ("    x ~ uniform(z, z)", "where no number lies"),
        ("    x ~ categorical([abs(z), 1])", "which add up to"),
        ("    x ~ exponential(0 - abs(z))", "`x` has the rate -"),
        ("    x ~ student_t(0 * z)", "degrees of freedom, which is not above 0"),
        ("    x ~ dirichlet(0 - abs(z), 2)", "`x` has the concentration -"),
        ("    k ~ uniform(4)\n    x = k - 1 : class(3)", "`x` is -1, no label of class(3)"),
    ] {
        let task = drawing(lines);
        let sampler = Sampler::new(&task, &Rows::of(&task), 1).unwrap();
        let fault = sampler.sample(Split::Train, &[0, 1, 2]).unwrap_err().said(&task);
        assert!(fault.starts_with("draws: ") && fault.contains(said), "{lines}: {fault}");
    }
}
