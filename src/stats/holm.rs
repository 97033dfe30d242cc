//! Several tests at once.

/// Holm's step-down adjustment (1979): adjusted p in the order given. A NaN stays NaN and counts as no test.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut largest = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max((p[i] * (order.len() - rank) as f64).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}
