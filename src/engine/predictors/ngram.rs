//! Counts of what followed the last tokens.

use std::collections::HashMap;

/// For every position the law over its token by the tokens before it, `[len, states]` row-major: how often each token
/// followed the last `n - 1` tokens so far, with `alpha` added to each count. The law is uniform before the first
/// `n - 1` tokens, and where those were never followed by any and `alpha` is 0. `n` is at least 1, by which a law is
/// that of the tokens so far; every token is below `states`.
#[must_use]
pub fn ngram(tokens: &[u32], states: usize, n: usize, alpha: f64) -> Vec<f64> {
    debug_assert!(n > 0, "the least context is that of no token");
    debug_assert!(tokens.iter().all(|&token| (token as usize) < states), "a token out of range");
    debug_assert!(alpha >= 0.0, "a count is not negative");
    let context = n.saturating_sub(1);
    let mut followed: HashMap<&[u32], Vec<u32>> = HashMap::new();
    let mut laws = vec![1.0 / states as f64; tokens.len() * states];
    // Counts beside a huge alpha are divided first, so that no sum overflows.
    let unit = alpha.max(1.0);
    for at in context..tokens.len() {
        let counts = followed.entry(&tokens[at - context..at]).or_insert_with(|| vec![0; states]);
        let seen = counts.iter().map(|&count| f64::from(count)).sum::<f64>();
        let total = seen / unit + states as f64 * (alpha / unit);
        if total > 0.0 {
            for (law, &count) in laws[at * states..].iter_mut().zip(&*counts) {
                *law = (f64::from(count) / unit + alpha / unit) / total;
            }
        }
        counts[tokens[at] as usize] += 1;
    }
    laws
}
