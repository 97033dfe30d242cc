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

/// Scores of a law at every position.
#[derive(Clone, Debug, PartialEq)]
pub struct LawScores {
    /// 1 where the likeliest label is the true one; where several are likeliest, the share that guessing among them
    /// gives.
    pub accuracy: Vec<f64>,
    /// Cross-entropy in nats; infinite where the law excludes what came.
    pub loss: Vec<f64>,
}

/// Scores laws, `[n, states]` row-major, against the labels that came, `[n]`.
#[must_use]
pub fn score_laws(laws: &[f64], truths: &[u32], states: usize) -> LawScores {
    debug_assert_eq!(laws.len(), truths.len() * states);
    let mut scores = LawScores { accuracy: Vec::with_capacity(truths.len()), loss: Vec::with_capacity(truths.len()) };
    for (law, &truth) in laws.chunks_exact(states).zip(truths) {
        let best = law.iter().copied().fold(0.0, f64::max);
        let ties = law.iter().filter(|&&share| share == best).count();
        let said = law[truth as usize];
        scores.accuracy.push(if said == best { 1.0 / ties as f64 } else { 0.0 });
        // Certainty costs 0, not -0.
        scores.loss.push(0.0 - libm::log(said));
    }
    scores
}
