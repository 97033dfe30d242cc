//! Medians and quantiles.

/// The median of `values` (the mean of the middle two where their number is even); `None` of nothing.
/// Values are ordered by `f64::total_cmp`, so a NaN counts as largest.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The `share` quantile, linear between order statistics (Hyndman and Fan 1996, type 7); `None` of nothing.
/// `share` is clipped to `[0, 1]`.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_sorted(&sorted, share)
}

/// [`quantile`] of values already sorted upwards.
#[must_use]
pub(super) fn quantile_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let (low, high) = (sorted[below], sorted[above]);
    // Equal neighbours are returned as they are, so that infinities do not become NaN.
    Some(if low == high { low } else { low + (place - below as f64) * (high - low) })
}

/// The centred running median over `width` values (odd). Towards an end the window shrinks on both sides alike, so it stays
/// centred and the first and last values stand for themselves (Tukey 1977, end-shortening).
#[must_use]
pub fn running_median(values: &[f64], width: usize) -> Vec<f64> {
    let half = width / 2;
    (0..values.len())
        .map(|at| {
            let reach = half.min(at).min(values.len() - 1 - at);
            let mut window = values[at - reach..=at + reach].to_vec();
            window.sort_by(f64::total_cmp);
            window[reach]
        })
        .collect()
}
