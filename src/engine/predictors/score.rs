//! What predictions and laws are worth at every position.

/// The squared error at every position: the mean over the numbers of a target, so that a level does not depend on how
/// many those are. Predictions and targets are `[n, outputs]` row-major.
#[must_use]
pub fn squared_error(predictions: &[f64], targets: &[f64], outputs: usize) -> Vec<f64> {
    debug_assert_eq!(predictions.len(), targets.len());
    let error = |(predicted, target): (&[f64], &[f64])| {
        let squares =
            predicted.iter().zip(target).map(|(predicted, target)| (predicted - target) * (predicted - target));
        squares.sum::<f64>() / outputs as f64
    };
    predictions.chunks_exact(outputs).zip(targets.chunks_exact(outputs)).map(error).collect()
}

/// What a law over labels is worth where one of them came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LawScore {
    /// 1 where the likeliest label came; where several are likeliest, the share that guessing among them gives.
    pub accuracy: f64,
    /// Cross-entropy in nats; infinite where the law excludes what came.
    pub loss: f64,
}

/// Scores a law, which need not add up to 1, against the label that came.
#[must_use]
pub fn score_law(law: &[f64], truth: usize) -> LawScore {
    let best = law.iter().copied().fold(0.0, f64::max);
    // Rounding may tell equals apart.
    let tied = |share: f64| share >= best * (1.0 - 1e-12);
    let ties = law.iter().filter(|&&share| tied(share)).count();
    let accuracy = if tied(law[truth]) { 1.0 / ties as f64 } else { 0.0 };
    // Certainty costs 0, not -0.
    LawScore { accuracy, loss: 0.0 - libm::log(law[truth] / law.iter().sum::<f64>()) }
}
