//! The readers of probes against scikit-learn on the same features (`tests/oracle/make_readers.py`), and against what
//! their definitions say.

use icl::engine::error::Error;
use icl::engine::readers::centroid::Centroids;
use icl::engine::readers::linear::Linear;
use icl::engine::readers::logistic::Logistic;
use icl::engine::readers::ridge::{Columns, Gram};
use icl::engine::readers::score::{LabelScore, NumberScore, first_largest};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("oracle/readers.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn singles(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|number| number as f32).collect()
}

fn labels(value: &Value) -> Vec<u32> {
    numbers(value).into_iter().map(|number| number as u32).collect()
}

fn size(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Whether numbers agree within a share of the largest of them.
fn assert_close(ours: &[f64], theirs: &[f64], within: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= within * largest, "{what}, number {at}: {ours}, not {theirs}");
    }
}

/// Whatever numbers, the same every time.
fn some(count: usize) -> Vec<f64> {
    let mut state = 9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24) - 0.5
    };
    (0..count).map(|_| (0..4).map(|_| next()).sum()).collect()
}

fn some_singles(count: usize) -> Vec<f32> {
    some(count).into_iter().map(|value| value as f32).collect()
}

#[test]
fn ridge_agrees_with_scikit_learn() {
    for case in golden()["ridge"].as_array().unwrap() {
        let (x, y) = (singles(&case["x"]), numbers(&case["y"]));
        let mut gram = Gram::new(size(&case["width"]), size(&case["outputs"]));
        gram.add(&x, &y).unwrap();
        for fit in case["fits"].as_array().unwrap() {
            let what = format!("{}, lambda {}", case["name"], fit["lambda"]);
            let ours = gram.solve(fit["lambda"].as_f64().unwrap()).unwrap();
            assert_close(&ours.weight, &numbers(&fit["weight"]), 1e-9, &what);
            assert_close(&ours.bias, &numbers(&fit["bias"]), 1e-9, &what);
        }
    }
}

#[test]
fn labels_are_numbers_of_one_and_zero() {
    let (width, classes, rows) = (21, 5, 150);
    let features = some_singles(rows * width);
    let first: Vec<u32> = (0..rows).map(|row| (row * row % classes) as u32).collect();
    let second: Vec<u32> = first.iter().rev().copied().collect();
    let mut hot = vec![0.0; rows * 2 * classes];
    for (row, hot) in hot.chunks_mut(2 * classes).enumerate() {
        hot[first[row] as usize] = 1.0;
        hot[classes + second[row] as usize] = 1.0;
    }
    let (mut dense, mut sparse) = (Gram::new(width, 2 * classes), Gram::new(width, 2 * classes));
    dense.add(&features, &hot).unwrap();
    let targets = [
        Columns::Labels { labels: &first, at: 0..classes },
        Columns::Labels { labels: &second, at: classes..2 * classes },
    ];
    sparse.add_columns(&features, &targets).unwrap();
    let (dense, sparse) = (dense.solve(0.5).unwrap(), sparse.solve(0.5).unwrap());
    assert_close(&sparse.weight, &dense.weight, 1e-12, "weights");
    assert_close(&sparse.bias, &dense.bias, 1e-12, "biases");

    // Every target alone has the same weights as beside others.
    let mut alone = Gram::new(width, classes);
    alone.add_labels(&features, &second, 0..classes).unwrap();
    let alone = alone.solve(0.5).unwrap();
    let beside: Vec<f64> = sparse.weight.chunks(2 * classes).flat_map(|row| &row[classes..]).copied().collect();
    assert_eq!(alone.weight, beside);
}

#[test]
fn chunks_change_no_bit() {
    let (width, outputs, rows) = (37, 19, 333);
    let (features, targets) = (some_singles(rows * width), some(rows * outputs));
    let classes: Vec<u32> = (0..rows).map(|row| (row * 7 % 4) as u32).collect();
    let fit = |chunk: usize| {
        let (mut gram, mut centroids) = (Gram::new(width, outputs + 4), Centroids::new(width, 4));
        let mut score = NumberScore::new(vec![0.1; outputs]);
        for from in (0..rows).step_by(chunk) {
            let to = rows.min(from + chunk);
            let (features, labels) = (&features[from * width..to * width], &classes[from..to]);
            let values = &targets[from * outputs..to * outputs];
            let columns = [Columns::Labels { labels, at: 0..4 }, Columns::Numbers { values, at: 4..outputs + 4 }];
            gram.add_columns(features, &columns).unwrap();
            centroids.add_labels(features, labels, 0..4).unwrap();
        }
        let ridge = gram.solve(1e-3).unwrap();
        let (mut all, mut predicted) = (Vec::new(), Vec::new());
        for features in features.chunks(chunk * width) {
            ridge.predict(features, &mut predicted).unwrap();
            let at = all.len() / (outputs + 4);
            let targets = &targets[at * outputs..][..features.len() / width * outputs];
            score.add(&predicted, outputs + 4, 4..outputs + 4, targets).unwrap();
            all.extend_from_slice(&predicted);
        }
        (ridge, centroids.solve().unwrap(), all, score.squared_error(), score.r2(), score.chance())
    };
    let whole = fit(rows);
    for chunk in [1, 16, 50, 64, 100] {
        assert!(fit(chunk) == whole, "in chunks of {chunk}");
    }
}

#[test]
fn little_is_lost_far_from_zero() {
    // The same features and far away: a thousand standard deviations, at numbers that f32 holds exactly.
    let (width, rows) = (8, 400);
    let near: Vec<f32> = some_singles(rows * width).iter().map(|value| (value * 256.0).round() / 256.0).collect();
    let far: Vec<f32> = near.iter().map(|value| value + 512.0).collect();
    let targets = some(rows);
    let fit = |features: &[f32]| {
        let mut gram = Gram::new(width, 1);
        gram.add(features, &targets).unwrap();
        gram.solve(0.1).unwrap().weight
    };
    assert_close(&fit(&far), &fit(&near), 1e-12, "weights");
}

#[test]
fn predictions_are_products() {
    for (width, outputs, rows) in [(1, 1, 1), (5, 3, 17), (33, 40, 50)] {
        let linear = Linear { weight: some(width * outputs), bias: some(outputs) };
        let features = some_singles(rows * width);
        let mut out = vec![7.0; 3];
        linear.predict(&features, &mut out).unwrap();
        assert_eq!(out.len(), rows * outputs);
        for (row, out) in features.chunks(width).zip(out.chunks(outputs)) {
            for (output, out) in out.iter().enumerate() {
                let inner = row.iter().enumerate().map(|(at, x)| f64::from(*x) * linear.weight[at * outputs + output]);
                assert!((out - linear.bias[output] - inner.sum::<f64>()).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn maps_stand_side_by_side() {
    let one = Linear { weight: vec![1.0, 2.0, 3.0, 4.0], bias: vec![5.0, 6.0] };
    let two = Linear { weight: vec![7.0, 8.0], bias: vec![9.0] };
    let both = Linear::beside(&[one.clone(), two]).unwrap();
    assert_eq!(both, Linear { weight: vec![1.0, 2.0, 7.0, 3.0, 4.0, 8.0], bias: vec![5.0, 6.0, 9.0] });
    assert!(Linear::beside(&[one, Linear { weight: vec![1.0], bias: vec![1.0] }]).is_err());
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    for case in golden()["logistic"].as_array().unwrap() {
        let (x, y, classes) = (singles(&case["x"]), labels(&case["labels"]), size(&case["classes"]));
        for fit in case["fits"].as_array().unwrap() {
            let (what, lambda) =
                (format!("{}, lambda {}", case["name"], fit["lambda"]), fit["lambda"].as_f64().unwrap());
            let ours = Logistic::new(&x, size(&case["width"]), lambda).unwrap().fit(&y, classes).unwrap();
            let seen: Vec<usize> = labels(&fit["seen"]).into_iter().map(|class| class as usize).collect();
            let of_seen = |values: &[f64]| -> Vec<f64> {
                values.chunks(classes).flat_map(|row| seen.iter().map(|&class| row[class])).collect()
            };
            let weight = of_seen(&ours.weight);
            assert_close(&weight, &numbers(&fit["weight"]), 1e-6, &what);
            assert_close(&of_seen(&ours.bias), &numbers(&fit["bias"]), 1e-6, &what);
            for class in (0..classes).filter(|class| !seen.contains(class)) {
                assert_eq!(ours.bias[class], f64::NEG_INFINITY);
            }

            let (mut scores, mut score) = (Vec::new(), LabelScore::new(true));
            ours.predict(&x, &mut scores).unwrap();
            score.add(&scores, classes, 0..classes, &y).unwrap();
            let loss = score.cross_entropy().unwrap();
            let objective = loss + lambda / 2.0 * weight.iter().map(|weight| weight * weight).sum::<f64>();
            // What is minimal is the objective; the cross-entropy alone is as near as the weights are.
            assert!((loss - fit["cross_entropy"].as_f64().unwrap()).abs() < 1e-8, "{what}: {loss}");
            // In nats, as probabilities near 1 have roundings of 1.
            assert!((objective - fit["loss"].as_f64().unwrap()).abs() < 1e-12, "{what}: {objective}");
            assert_eq!(score.accuracy(), fit["accuracy"].as_f64().unwrap(), "{what}");
        }
    }
}

#[test]
fn logistic_regression_without_an_optimum_says_so() {
    // Apart without fault, so that without a penalty larger weights are always better.
    let x: Vec<f32> = (0..40).map(|at| at as f32).collect();
    let y: Vec<u32> = (0..40).map(|at| u32::from(at >= 20)).collect();
    let failed = Logistic::new(&x, 1, 0.0).unwrap().fit(&y, 2);
    assert!(matches!(&failed, Err(Error::NotConverged(text)) if text.contains("2 classes")), "{failed:?}");
    // With one class alone nothing is to be told apart.
    let only = Logistic::new(&x, 1, 0.0).unwrap().fit(&[1; 40], 2).unwrap();
    assert_eq!(only, Linear { weight: vec![0.0, 0.0], bias: vec![f64::NEG_INFINITY, 0.0] });
}

#[test]
fn the_nearest_mean_agrees_with_scikit_learn() {
    for case in golden()["centroid"].as_array().unwrap() {
        let (width, classes) = (size(&case["width"]), size(&case["classes"]));
        let mut centroids = Centroids::new(width, classes + 2);
        // Beside another target.
        centroids.add_labels(&singles(&case["x"]), &labels(&case["labels"]), 2..classes + 2).unwrap();
        let linear = centroids.solve().unwrap();
        let (outputs, seen) = (classes + 2, labels(&case["seen"]));
        let means: Vec<f64> = seen
            .iter()
            .flat_map(|&class| (0..width).map(move |at| (at, class)))
            .map(|(at, class)| linear.weight[at * outputs + 2 + class as usize] / 2.0)
            .collect();
        assert_close(&means, &numbers(&case["means"]), 1e-12, "means");
        let mut scores = Vec::new();
        linear.predict(&singles(&case["test"]), &mut scores).unwrap();
        let chosen: Vec<u32> = scores.chunks(outputs).map(|row| first_largest(&row[2..]) as u32).collect();
        assert_eq!(chosen, labels(&case["predicted"]));
    }
}

#[test]
fn of_equally_near_means_the_first_is_chosen() {
    let mut centroids = Centroids::new(1, 4);
    centroids.add_labels(&[1.0, -1.0], &[1, 3], 0..4).unwrap();
    let mut scores = Vec::new();
    centroids.solve().unwrap().predict(&[0.0, -0.5], &mut scores).unwrap();
    assert_eq!((first_largest(&scores[..4]), first_largest(&scores[4..])), (1, 3));
}

#[test]
fn scores_of_numbers_agree_with_scikit_learn() {
    let case = &golden()["score"];
    let outputs = size(&case["outputs"]);
    let mut score = NumberScore::new(numbers(&case["means"]));
    score.add(&numbers(&case["predicted"]), outputs, 0..outputs, &numbers(&case["targets"])).unwrap();
    let ours = [score.r2(), score.squared_error(), score.chance()];
    for (ours, name) in ours.iter().zip(["r2", "squared_error", "chance"]) {
        assert_close(&[*ours], &[case[name].as_f64().unwrap()], 1e-12, name);
    }
}

#[test]
fn scores_of_labels_are_what_they_say() {
    let mut score = LabelScore::new(true);
    // Columns 1 and 2 count; the first of equals is chosen.
    score.add(&[9.0, 0.0, 0.0, 9.0, 0.0, 0.0], 3, 1..3, &[0, 1]).unwrap();
    score.add(&[9.0, 0.0, 3_f64.ln()], 3, 1..3, &[1]).unwrap();
    assert_eq!(score.accuracy(), 2.0 / 3.0);
    let exact = (2.0 * 2_f64.ln() - 0.75_f64.ln()) / 3.0;
    assert!((score.cross_entropy().unwrap() - exact).abs() < 1e-15);
    assert_eq!(LabelScore::new(false).cross_entropy(), None);
}

#[test]
fn what_does_not_fit_is_told() {
    let mut gram = Gram::new(2, 3);
    let shape = |result: Result<(), Error>| matches!(result, Err(Error::Shape(_)));
    assert!(matches!(gram.solve(1.0), Err(Error::Shape(_))));
    assert!(shape(gram.add(&[1.0], &[])));
    assert!(shape(gram.add(&[1.0, 2.0], &[1.0])));
    assert!(shape(gram.add_labels(&[1.0, 2.0], &[3], 0..3)));
    assert!(shape(gram.add_labels(&[1.0, 2.0], &[0], 0..4)));
    assert!(shape(gram.add_labels(&[1.0, 2.0], &[0, 0], 0..3)));
    gram.add(&[1.0, f32::NAN], &[1.0, 2.0, 3.0]).unwrap();
    assert!(matches!(gram.solve(1.0), Err(Error::NotFinite { .. })));
    assert!(matches!(gram.solve(-1.0), Err(Error::Shape(_))));
    assert!(matches!(Logistic::new(&[f32::INFINITY], 1, 1.0), Err(Error::NotFinite { .. })));
    assert!(matches!(Logistic::new(&[], 1, 1.0), Err(Error::Shape(_))));
    let linear = Linear { weight: vec![1.0, 1.0], bias: vec![0.0] };
    assert!(shape(linear.predict(&[1.0], &mut Vec::new())));
    assert!(shape(LabelScore::new(true).add(&[1.0, 2.0], 2, 0..2, &[2])));
    assert!(shape(NumberScore::new(vec![0.0]).add(&[1.0, 2.0], 2, 0..2, &[1.0, 2.0])));
}
