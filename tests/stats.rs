//! The statistics against known values, against other programs, and on curves whose exit is known.

use icl::stats::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;

fn close(got: f64, want: f64, within: f64, what: &str) {
    assert!((got - want).abs() <= within, "{what}: got {got}, want {want}");
}

/// Runs at some times; a negative time is censored at its size.
fn runs(times: &[f64]) -> Vec<Run> {
    let run = |(i, &t): (usize, &f64)| if t < 0.0 { Run::censored(i as u64, -t) } else { Run::escaped(i as u64, t) };
    times.iter().enumerate().map(run).collect()
}

fn curve(values: &[f64]) -> Curve {
    Curve { steps: (0..values.len()).map(|i| i as f64 * 100.0).collect(), values: values.to_vec() }
}

/// Reads accuracies, 0 at the plateau and 1 to reach, by the usual rule.
fn read(values: &[f64]) -> Plateau {
    plateau(&curve(values), &Rule::between(0.0, 1.0)).unwrap()
}

const A: [f64; 8] = [1200.0, 1500.0, -1500.0, 2000.0, 2600.0, -3000.0, -3000.0, -3000.0];
const B: [f64; 8] = [400.0, 500.0, 500.0, 700.0, 800.0, 900.0, 1100.0, -3000.0];

#[test]
fn golden_survival() {
    let a = kaplan_meier(&runs(&A));
    for (point, (time, survival, se)) in a.points.iter().zip([
        (1200.0, 0.875, 0.1169),
        (1500.0, 0.75, 0.1531),
        (2000.0, 0.6, 0.1817),
        (2600.0, 0.45, 0.1882),
    ]) {
        assert_eq!(point.time, time);
        close(point.survival, survival, 1e-12, "S");
        close(point.se.unwrap(), se, 5e-5, "se");
    }
    assert_eq!(a.points.len(), 4);
    assert_eq!(a.median.value, Some(2600.0));
    assert_eq!(kaplan_meier(&runs(&B)).median.value, Some(700.0));
    assert_eq!(a.survival_at(1199.0), 1.0);
    close(a.survival_at(5000.0), 0.45, 1e-12, "S held flat");

    for (times, mean, se) in [(A, 2377.5, 248.94), (B, 987.5, 279.75)] {
        let got = restricted_mean(&runs(&times), 3000.0).unwrap();
        close(got.value, mean, 1e-9, "mean");
        close(got.se, se, 5e-3, "se of the mean");
        let (low, high) = got.interval.unwrap();
        close(low, mean - 1.959_964 * se, 0.02, "lower end");
        close(high, (mean + 1.959_964 * se).min(3000.0), 0.02, "upper end");
        assert!(!got.at_least);
    }
}

#[test]
fn golden_tests() {
    let compared = compare(&runs(&A), &runs(&B));
    close(compared.log_rank.observed, 4.0, 1e-12, "O");
    close(compared.log_rank.expected, 7.7732, 5e-5, "E");
    close(compared.log_rank.variance, 2.0365, 5e-5, "V");
    close(compared.log_rank.chi2, 6.9910, 5e-5, "chi2");
    close(compared.log_rank.p, 0.00819, 5e-6, "p");
    close(compared.permutation.p, 158.0 / 12870.0, 1e-12, "permutation p");
    assert_eq!(compared.permutation.arrangements, 12870);
    assert!(compared.permutation.exact());

    for (k, n, low, high) in [(0, 5, 0.0, 0.522), (5, 5, 0.478, 1.0), (4, 8, 0.157, 0.843)] {
        let interval = clopper_pearson(k, n, 0.95);
        close(interval.0, low, 5e-4, "lower end");
        close(interval.1, high, 5e-4, "upper end");
    }
    close(smallest_p(3, 3), 0.1, 1e-12, "3 v 3");
    close(smallest_p(4, 4), 0.029, 5e-4, "4 v 4");
    close(smallest_p(5, 5), 0.0079, 5e-5, "5 v 5");
    // The smallest is attained, for equal arms and unequal ones, and nothing goes below.
    for (n, m) in [(3, 3), (2, 4), (4, 3), (1, 5)] {
        let mut best = 1.0_f64;
        for exits in 1..=n + m {
            let all: Vec<f64> = (1..=n + m).map(|i| if i <= exits { i as f64 } else { -(i as f64) }).collect();
            for marks in (0..1_u32 << (n + m)).filter(|marks| marks.count_ones() as usize == n) {
                let side = |mine: bool| -> Vec<f64> {
                    (0..n + m).filter(|i| (marks >> i & 1 == 1) == mine).map(|i| all[i]).collect()
                };
                best = best.min(compare(&runs(&side(true)), &runs(&side(false))).permutation.p);
            }
        }
        close(best, smallest_p(n, m), 1e-12, "attained");
    }
    assert_eq!(holm(&[0.01, 0.04, f64::NAN, 0.03])[..2], [0.03, 0.06]);
    assert_eq!(holm(&[0.01, 0.04, f64::NAN, 0.03])[3], 0.06);
    assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn read_runs(value: &Value) -> Vec<Run> {
    let run = |(i, r): (usize, &Value)| {
        if r[1].as_bool().unwrap() {
            Run::escaped(i as u64, number(&r[0]))
        } else {
            Run::censored(i as u64, number(&r[0]))
        }
    };
    list(value).iter().enumerate().map(run).collect()
}

#[test]
fn agrees_with_lifelines_and_scipy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/survival.json");
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let optional = |got: Option<f64>, want: &Value, what: &str| match want.as_f64() {
        Some(want) => close(got.unwrap_or(f64::NAN), want, 1e-6, what),
        None => assert_eq!(got, None, "{what}"),
    };
    for arm in list(&oracle["arms"]) {
        let runs = read_runs(&arm["runs"]);
        let km = kaplan_meier(&runs);
        assert_eq!(km.points.len(), list(&arm["points"]).len());
        for (point, want) in km.points.iter().zip(list(&arm["points"])) {
            let got = [point.time, point.at_risk as f64, point.events as f64, point.survival];
            (0..4).for_each(|i| close(got[i], number(&want[i]), 1e-6, "a point"));
            optional(point.se, &want[4], "se");
            optional(point.interval.map(|i| i.0), &want[5][0], "lower band");
            optional(point.interval.map(|i| i.1), &want[5][1], "upper band");
        }
        for (i, got) in [km.median.value, km.median.lower, km.median.upper].into_iter().enumerate() {
            optional(got, &arm["median"][i], "median");
        }
        let mean = restricted_mean(&runs, 3000.0).unwrap();
        close(mean.value, number(&arm["mean"][0]), 1e-6, "restricted mean");
        close(mean.se, number(&arm["mean"][1]), 1e-6, "its se");
    }
    let mut exact = 0;
    for pair in list(&oracle["pairs"]) {
        let (a, b) = (read_runs(&pair["a"]), read_runs(&pair["b"]));
        let LogRank { observed, expected, variance, chi2, p } = log_rank(&a, &b);
        for (i, got) in [observed, expected, variance, chi2, p].into_iter().enumerate() {
            close(got, number(&pair["logrank"][i]), 1e-6, &format!("log-rank {i} of {pair}"));
        }
        if !pair["exact"].is_null() {
            exact += 1;
            let compared = compare(&a, &b);
            close(compared.permutation.p, number(&pair["exact"]), 1e-9, &format!("permutation p of {pair}"));
            assert!(compared.permutation.p >= compared.smallest_p - 1e-12, "below the smallest: {pair}");
            let judged = &judge(&[claim(a, b, 0.05)]).unwrap()[0];
            close(judged.p, number(&pair["less"]), 1e-9, &format!("one-sided p of {pair}"));
            close(judged.reverse_holm, number(&pair["greater"]), 1e-9, "reverse p");
        }
    }
    assert!(exact >= 40);
    for share in list(&oracle["shares"]) {
        let (k, n) = (share[0].as_u64().unwrap() as usize, share[1].as_u64().unwrap() as usize);
        let interval = clopper_pearson(k, n, 0.95);
        close(interval.0, number(&share[2]), 1e-6, "Clopper-Pearson");
        close(interval.1, number(&share[3]), 1e-6, "Clopper-Pearson");
    }
    for tail in list(&oracle["tails"]) {
        let want = number(&tail[1]);
        close(chi2_tail(number(&tail[0])) / want, 1.0, 1e-9, "chi2 tail");
    }
    for sample in list(&oracle["quantiles"]) {
        let values: Vec<f64> = list(&sample["values"]).iter().map(number).collect();
        for at in list(&sample["at"]) {
            close(quantile(&values, number(&at[0])).unwrap(), number(&at[1]), 1e-12, "quantile");
        }
    }
}

#[test]
fn exit_is_the_held_crossing() {
    // A lone spike is smoothed away; the crossing lies between 0.2 at 500 and 0.7 at 600.
    let p = read(&[0.0, 0.0, 1.0, 0.0, 0.1, 0.2, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0]);
    let Exit::At { time, bracket } = p.exit else { panic!("{p:?}") };
    close(time, 560.0, 1e-9, "exit");
    assert_eq!(bracket, (500.0, 600.0));
    close(p.t10.unwrap(), 300.0, 1e-9, "t10");
    close(p.t90.unwrap(), 800.0, 1e-9, "t90");
    close(p.width.unwrap(), 500.0, 1e-9, "width");
    assert_eq!((p.final_progress, p.resolution, p.evaluations, p.diverged), (Some(1.0), 100.0, 12, None));

    // A falling loss is the same curve: only P and F turn round.
    let rule = Rule::between(2.0, 0.5);
    let loss = curve(&[2.0, 2.0, 2.0, 2.0, 0.8, 0.5, 0.5, 0.5]);
    close(plateau(&loss, &rule).unwrap().exit.time().unwrap(), 300.0 + 100.0 * 0.625, 1e-9, "exit of a loss");
    close(progress(&loss, &rule).unwrap()[4], 0.8, 1e-12, "progress");

    // A crossing that falls back is none; the later one that stays is the exit.
    let p = read(&[0.0, 0.0, 0.0, 0.6, 0.6, 0.6, 0.0, 0.0, 0.0, 0.0, 0.6, 0.6, 0.6, 0.6, 0.6]);
    assert_eq!(p.exit.time().map(|t| t > 200.0 && t < 300.0), Some(true), "three held evaluations are an exit");
    let p = read(&[0.0, 0.0, 0.0, 0.6, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.6, 0.6, 0.6, 0.6, 0.6]);
    assert_eq!(p.exit.time().map(|t| t > 900.0 && t < 1000.0), Some(true), "two are not");
}

#[test]
fn exit_of_short_and_broken_curves() {
    // The last evaluation whose exit three evaluations could have confirmed.
    assert_eq!(read(&[0.0; 10]).exit, Exit::Censored { last: 700.0 });
    assert_eq!(read(&[0.0; 3]).exit, Exit::Censored { last: 0.0 });
    for n in 1..3 {
        assert_eq!(read(&vec![1.0; n]).exit, Exit::Censored { last: 0.0 }, "{n} evaluations confirm nothing");
    }
    assert_eq!(read(&[0.3]).resolution, 0.0);
    // It crosses, but the run ends before it is held.
    assert_eq!(read(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0]).exit, Exit::Censored { last: 300.0 });
    assert!(matches!(read(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]).exit, Exit::At { .. }));
    assert_eq!(read(&[0.9; 5]).exit, Exit::AtStart);
    assert_eq!(read(&[0.9; 5]).t10, Some(0.0));

    let nan = f64::NAN;
    let p = read(&[0.0, 0.0, 0.0, nan, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(
        (p.exit, p.diverged, p.final_progress, p.evaluations),
        (Exit::Diverged { at: 300.0 }, Some(300.0), Some(0.0), 3)
    );
    let p = read(&[nan, 1.0]);
    assert_eq!((p.exit, p.final_progress, p.evaluations), (Exit::Diverged { at: 0.0 }, None, 0));
    assert_eq!(read(&[0.0, 1.0, f64::INFINITY]).exit, Exit::Diverged { at: 200.0 });
    // Out first, diverged later: out.
    let p = read(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, nan]);
    assert!(matches!(p.exit, Exit::At { .. }) && p.diverged == Some(600.0));
    let g = progress(&curve(&[0.0, 0.5, nan, 1.0]), &Rule::between(0.0, 1.0)).unwrap();
    assert!(g[1] == 0.5 && g[2].is_nan() && g[3].is_nan() && g.len() == 4);

    let rule = Rule::between(0.0, 1.0);
    assert_eq!(plateau(&curve(&[]), &rule), Err(StatsError::Empty { what: "the curve" }));
    assert_eq!(plateau(&curve(&[1.0]), &Rule::between(0.5, 0.5)), Err(StatsError::EqualLevels { level: 0.5 }));
    assert!(plateau(&curve(&[1.0]), &Rule { held: 0, ..rule.clone() }).is_err());
    assert!(plateau(&curve(&[1.0]), &Rule { exit: 0.0, ..rule.clone() }).is_err());
    assert!(plateau(&curve(&[1.0]), &Rule::between(nan, 1.0)).is_err());
    let uneven = Curve { steps: vec![0.0, 0.0], values: vec![0.0, 0.0] };
    assert_eq!(plateau(&uneven, &rule), Err(StatsError::Steps { index: 1 }));
    let uneven = Curve { steps: vec![0.0], values: vec![0.0, 0.0] };
    assert!(plateau(&uneven, &rule).is_err());
}

#[test]
fn time_counts_from_a_stage() {
    let values = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let from = |from: f64| plateau(&curve(&values), &Rule { from, ..Rule::between(0.0, 1.0) }).unwrap();
    assert_eq!(from(250.0).exit, Exit::At { time: 200.0, bracket: (150.0, 250.0) });
    assert_eq!(from(250.0).evaluations, 6);
    // The stage begins between the evaluations around the crossing.
    assert_eq!(from(420.0).exit, Exit::At { time: 30.0, bracket: (0.0, 80.0) });
    assert_eq!(from(460.0).exit, Exit::AtStart);
    assert_eq!(from(600.0).exit, Exit::AtStart);
    // Two evaluations are left, which confirm nothing; then none is.
    assert_eq!(from(650.0).exit, Exit::Censored { last: 0.0 });
    assert_eq!(from(900.0).exit, Exit::Censored { last: 0.0 });
}

/// Standard normal numbers, two at a time (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    (-2.0 * (1.0 - uniform()).ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// A curve that turns from 0 to 1 around `at` with noise 0.2, evaluated every 100 steps to 10000.
fn simulated(rng: &mut ChaCha8Rng, at: Option<f64>) -> Curve {
    let steps: Vec<f64> = (0..=100).map(|i| f64::from(i) * 100.0).collect();
    let clean = |t: f64| at.map_or(0.0, |at| 1.0 / (1.0 + (-(t - at) / 100.0).exp()));
    let values = steps.iter().map(|&t| clean(t) + 0.2 * normal(rng)).collect();
    Curve { steps, values }
}

#[test]
fn estimator_is_unbiased_and_calm() {
    let rule = Rule::between(0.0, 1.0);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let errors: Vec<f64> = (0..400)
        .map(|i| {
            let at = 5000.0 + f64::from(i % 100);
            let p = plateau(&simulated(&mut rng, Some(at)), &rule).unwrap();
            p.exit.time().expect("a curve that turns has an exit") - at
        })
        .collect();
    let mean = errors.iter().sum::<f64>() / 400.0;
    let sd = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    assert!(mean.abs() < 10.0, "bias {mean}");
    assert!(sd < 80.0, "sd {sd}");
    // What is left is three neighbours that all lie 2.5 sd up by chance, about once in 40000 such curves.
    let mut escapes = |curves: usize| {
        (0..curves).filter(|_| plateau(&simulated(&mut rng, None), &rule).unwrap().exit.time().is_some()).count()
    };
    assert_eq!(escapes(100), 0, "false exits");
    assert!(escapes(10_000) <= 3, "false exits");
}

#[test]
fn a_settled_exit_never_moves() {
    let rule = Rule::between(0.0, 1.0);
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut stopped = 0;
    for i in 0..100 {
        // Half of the curves hover around the threshold, where an exit is easily taken back.
        let mut full = simulated(&mut rng, (i % 2 == 0).then_some(5000.0));
        full.values.iter_mut().for_each(|v| *v += if i % 2 == 0 { 0.0 } else { 0.45 });
        let exit = plateau(&full, &rule).unwrap().exit;
        for n in 1..=full.steps.len() {
            let part = Curve { steps: full.steps[..n].to_vec(), values: full.values[..n].to_vec() };
            if settled(&part, &rule).unwrap() {
                assert_eq!(plateau(&part, &rule).unwrap().exit, exit);
                stopped += 1;
                break;
            }
        }
    }
    assert!(stopped > 90);
}

#[test]
fn exits_of_one_bracket_are_tied() {
    let at = |seed, time, bracket| Run { seed, time, escaped: true, bracket: Some(bracket) };
    let a = vec![at(1, 110.0, (100.0, 200.0)), at(2, 120.0, (100.0, 200.0))];
    let b = vec![at(1, 180.0, (100.0, 200.0)), at(2, 190.0, (100.0, 200.0))];
    let tied = compare(&a, &b);
    assert_eq!((tied.log_rank.chi2, tied.permutation.p), (0.0, 1.0));
    // A run censored at the upper evaluation was seen not to leave before it, so it is at risk of that exit.
    let late = vec![Run::censored(1, 200.0), Run::censored(2, 200.0)];
    close(log_rank(&a, &late).expected, 1.0, 1e-12, "E");
    // Means use the interpolated times.
    close(restricted_mean(&a, 1000.0).unwrap().value, 115.0, 1e-9, "mean");
}

#[test]
fn many_runs_are_drawn_not_counted() {
    let spread = |base: f64| runs(&(0..14).map(|i| base + 37.0 * f64::from(i)).collect::<Vec<_>>());
    let (a, b) = (spread(100.0), spread(260.0));
    let first = compare(&a, &b).permutation;
    assert!(!first.exact() && first.arrangements == MONTE_CARLO_DRAWS);
    assert_eq!(first, compare(&a, &b).permutation);
    let asymptotic = log_rank(&a, &b).p;
    assert!(first.error.unwrap() < 1e-3);
    assert!((first.p - asymptotic).abs() < 0.02, "{first:?} {asymptotic}");
    // The estimate meets the exact value where both exist: 10 against 10 is 184756 arrangements.
    let (a, b) = (&a[..10], &b[..10]);
    assert_eq!(compare(a, b).permutation.arrangements, 184_756);
}

fn claim(small: Vec<Run>, large: Vec<Run>, level: f64) -> Claim {
    let part = Part { label: String::new(), small: Sample::Exits(small), large: Sample::Exits(large), horizon: 3000.0 };
    Claim { text: "rmst(a) < rmst(b)".into(), level, parts: vec![part] }
}

#[test]
fn verdicts() {
    let (early, late) = ([100.0, 200.0, 300.0, 400.0, 500.0], [-3000.0, 900.0, 1000.0, 1100.0, -3000.0]);
    let of = |small: &[f64], large: &[f64]| claim(runs(small), runs(large), 0.05);
    let verdict = |claims: &[Claim]| judge(claims).unwrap().iter().map(|j| j.verdict).collect::<Vec<_>>();

    let judged = &judge(&[of(&early, &late)]).unwrap()[0];
    assert_eq!(judged.verdict, Verdict::Supported);
    close(judged.p, 1.0 / 252.0, 1e-12, "p");
    close(judged.parts[0].small, 300.0, 1e-9, "the smaller mean");
    assert_eq!(verdict(&[of(&late, &early)]), [Verdict::Refuted]);
    assert_eq!(verdict(&[of(&early, &early)]), [Verdict::Undecided]);
    assert_eq!(verdict(&[of(&early[..2], &late[..2])]), [Verdict::Underpowered]);
    // 3 against 3 is enough for one claim at 5%, not for two.
    let few = of(&early[..3], &late[..3]);
    assert_eq!(verdict(std::slice::from_ref(&few)), [Verdict::Supported]);
    assert_eq!(verdict(&[few.clone(), few.clone()]), [Verdict::Underpowered; 2]);
    // Beside a claim that passes easily it is enough again: Holm steps down.
    assert_eq!(verdict(&[few.clone(), of(&early, &late)]), [Verdict::Supported; 2]);
    // No exit anywhere tells nothing.
    assert_eq!(verdict(&[of(&[-3000.0; 5], &[-3000.0; 5])]), [Verdict::Undecided]);

    // A claim over a sweep holds if it does in every combination.
    let mut swept = of(&early, &late);
    swept.parts.push(of(&early, &early).parts[0].clone());
    assert_eq!(verdict(std::slice::from_ref(&swept)), [Verdict::Undecided]);
    swept.parts[1] = of(&late, &early).parts[0].clone();
    assert_eq!(verdict(std::slice::from_ref(&swept)), [Verdict::Refuted]);
    close(judge(&[swept]).unwrap()[0].reverse_holm, 2.0 / 252.0, 1e-12, "reverse p");

    let scores = |small: &[f64], large: &[f64]| {
        let part = Part {
            label: String::new(),
            small: Sample::Scores(small.to_vec()),
            large: Sample::Scores(large.to_vec()),
            horizon: 0.0,
        };
        Claim { text: String::new(), level: 0.05, parts: vec![part] }
    };
    assert_eq!(verdict(&[scores(&[0.1, 0.2, 0.3, 0.1], &[0.8, 0.9, 0.7, 0.9])]), [Verdict::Supported]);
    assert!(judge(&[scores(&[f64::NAN], &[0.8])]).is_err());
    assert!(judge(&[scores(&[], &[0.8])]).is_err());
    assert!(judge(&[Claim { parts: Vec::new(), ..few }]).is_err());
}

#[test]
fn contrasts_use_the_pairs() {
    // The arm is half of the baseline seed by seed, so the paired ratio hardly varies and the means do.
    let base: Vec<Run> = (0..6).map(|s| Run::escaped(s, 500.0 + 300.0 * s as f64)).collect();
    let half: Vec<Run> = base.iter().map(|r| Run::escaped(r.seed, r.time / 2.0)).collect();
    let paired = contrast(&half, &base, 3000.0).unwrap();
    close(paired.ratio.unwrap(), 0.5, 1e-12, "ratio");
    assert_eq!(paired.pairs, 6);
    let width = |c: &Contrast| c.ratio_interval.map_or(0.0, |(low, high)| high - low);
    assert!(width(&paired) < 1e-9);
    let strangers: Vec<Run> = half.iter().map(|r| Run { seed: r.seed + 100, ..r.clone() }).collect();
    let unpaired = contrast(&strangers, &base, 3000.0).unwrap();
    assert_eq!(unpaired.pairs, 0);
    assert!(width(&unpaired) > 0.2);
    assert_eq!(unpaired, contrast(&strangers, &base, 3000.0).unwrap(), "deterministic");
    assert!(paired.difference < 0.0 && paired.difference_interval.unwrap().1 < 0.0);

    let stuck = runs(&[-3000.0; 6]);
    let bound = |a: &[Run], b: &[Run]| contrast(a, b, 3000.0).unwrap().bound;
    assert_eq!(bound(&stuck, &base), Bound::AtLeast);
    assert_eq!(bound(&base, &stuck), Bound::AtMost);
    assert_eq!(bound(&stuck, &stuck), Bound::Unknown);
    assert_eq!(contrast(&base, &runs(&[0.0]), 3000.0).unwrap().ratio, None);
    assert!(contrast(&base, &[], 3000.0).is_err());
}

#[test]
fn means_at_the_edges() {
    let stuck = restricted_mean(&runs(&[-2800.0, -2800.0]), 3000.0).unwrap();
    assert!(stuck.at_least && stuck.interval.is_none());
    assert_eq!((stuck.value, stuck.followed), (3000.0, 2800.0));
    // Exits after the horizon do not count within it.
    let late = restricted_mean(&runs(&[3500.0, -4000.0]), 3000.0).unwrap();
    assert!(late.at_least && late.value == 3000.0);
    assert_eq!(restricted_mean(&runs(&[0.0, 0.0]), 3000.0).unwrap().value, 0.0);
    assert!(restricted_mean(&[], 3000.0).is_err());
    assert!(restricted_mean(&runs(&[1.0]), f64::NAN).is_err());
}

#[test]
fn a_table_row_says_what_is_known() {
    let run = |seed, values: &[f64]| SeedRun { seed, plateau: read(values), horizon: 1000.0 };
    let step = |k: usize| -> Vec<f64> { (0..11).map(|i| if i < k { 0.0 } else { 1.0 }).collect() };
    let mut broken = step(6);
    broken[5] = f64::NAN;
    let arm = |name: &str, planned, runs| Arm { name: name.into(), planned, runs };
    let summary = summarise(&[
        arm("direct", 4, vec![run(1, &[0.0; 11]), run(2, &broken), run(3, &[0.0; 11]), run(4, &[0.0; 11])]),
        arm("warmup", 5, vec![run(1, &step(3)), run(2, &step(4)), run(3, &step(5)), run(4, &step(0))]),
        arm("none", 3, vec![]),
    ])
    .unwrap();
    assert_eq!(summary.horizon, Some(1000.0));
    let [direct, warmup, none] = &summary.rows[..] else { panic!() };

    assert_eq!((direct.n, direct.missing, direct.escaped.k, direct.diverged), (4, 0, 0, 1));
    assert!(direct.rmst.as_ref().unwrap().at_least && direct.survival.median.value.is_none());
    // The diverged run counts as on its plateau to the end.
    assert_eq!(direct.survival.followed, 1000.0);
    assert!(direct.comparison.is_none() && direct.p_holm.is_none() && direct.contrast.is_none());

    assert_eq!((warmup.n, warmup.missing, warmup.escaped.k, warmup.at_start), (4, 1, 4, 1));
    close(warmup.rmst.as_ref().unwrap().value, (0.0 + 250.0 + 350.0 + 450.0) / 4.0, 1e-9, "mean");
    assert_eq!(warmup.survival.median.value, Some(250.0));
    close(warmup.p_holm.unwrap(), 2.0 / 70.0, 1e-12, "p");
    assert_eq!(warmup.contrast.as_ref().unwrap().bound, Bound::AtMost);
    assert_eq!((warmup.final_progress, warmup.widths, warmup.resolution), (Some(1.0), 4, 100.0));

    assert_eq!((none.n, none.missing, none.escaped.interval), (0, 3, (0.0, 1.0)));
    assert!(none.rmst.is_none() && none.final_progress.is_none() && none.p_holm.is_none());
    let text = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary);
    assert!(summarise(&[]).unwrap().rows.is_empty());
}
