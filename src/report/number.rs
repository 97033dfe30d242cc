//! How numbers are worded in tables and captions.

/// What a table says where a run never left the plateau.
pub const NOT_REACHED: &str = "not reached";

/// What a table says where a number does not exist.
pub const MISSING: &str = "n/a";

/// A whole number with thousands separators: `46,920`. Fractions are rounded away.
#[must_use]
pub fn steps(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    group_thousands(&format!("{value:.0}"))
}

/// A count with thousands separators.
#[must_use]
pub fn count(value: u64) -> String {
    group_thousands(&value.to_string())
}

/// Puts a comma after every third digit of the whole part of a decimal numeral.
fn group_thousands(numeral: &str) -> String {
    let (sign, rest) = numeral.strip_prefix('-').map_or(("", numeral), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let negative = !sign.is_empty() && rest.chars().any(|c| c.is_ascii_digit() && c != '0');
    let sign = if negative { "-" } else { "" };
    fraction.map_or_else(|| format!("{sign}{out}"), |fraction| format!("{sign}{out}.{fraction}"))
}

/// A lower bound, as for a run cut off by its budget: `>= 4,000`.
#[must_use]
pub fn at_least(value: f64) -> String {
    if value.is_finite() { format!(">= {}", steps(value)) } else { MISSING.to_owned() }
}

/// A number with a fixed count of decimals and thousands separators; never `-0.00`.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    group_thousands(&format!("{value:.decimals$}"))
}

/// An estimate with its interval, each worded by `word`: `1,200 [900, 1,500]`.
///
/// An infinite upper end reads `inf`; a missing end drops the interval.
#[must_use]
pub fn interval(estimate: f64, low: f64, high: f64, word: impl Fn(f64) -> String) -> String {
    if estimate.is_nan() {
        return MISSING.to_owned();
    }
    let end = |v: f64| {
        if v.is_infinite() { if v > 0.0 { "inf".to_owned() } else { "-inf".to_owned() } } else { word(v) }
    };
    if low.is_nan() || high.is_nan() {
        return end(estimate);
    }
    format!("{} [{}, {}]", end(estimate), end(low), end(high))
}

/// Steps with an interval; an estimate or upper end that was not reached is `None`.
#[must_use]
pub fn steps_interval(estimate: Option<f64>, low: f64, high: Option<f64>) -> String {
    let Some(estimate) = estimate else {
        return NOT_REACHED.to_owned();
    };
    interval(estimate, low, high.unwrap_or(f64::INFINITY), steps)
}

/// A ratio with its interval: `0.61 [0.45, 0.80]`.
#[must_use]
pub fn ratio(estimate: f64, low: f64, high: f64) -> String {
    interval(estimate, low, high, |v| fixed(v, 2))
}

/// A p-value without its leading nought: `.012`, `< .001`, `1.000`.
#[must_use]
pub fn p_value(p: f64) -> String {
    if !(0.0..=1.0).contains(&p) {
        return MISSING.to_owned();
    }
    if p < 0.001 {
        return "< .001".to_owned();
    }
    let text = format!("{p:.3}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// A share of one as a percentage: `93 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{} %", fixed(share * 100.0, 0)) } else { MISSING.to_owned() }
}

/// A stretch of time in its two leading units: `3 min 12 s`, `2 h 05 min`, `0.4 s`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return MISSING.to_owned();
    }
    if seconds < 0.9995 {
        return format!("{} ms", fixed(seconds * 1e3, 0));
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round();
    let pair = |unit: f64, part: f64| ((whole / unit).floor(), (whole % unit / part).floor());
    if whole < 60.0 {
        return format!("{whole:.0} s");
    }
    if whole < 3600.0 {
        let (minutes, rest) = pair(60.0, 1.0);
        return format!("{minutes:.0} min {rest:02.0} s");
    }
    if whole < 86_400.0 {
        let (hours, rest) = pair(3600.0, 60.0);
        return format!("{hours:.0} h {rest:02.0} min");
    }
    let (days, rest) = pair(86_400.0, 3600.0);
    format!("{} d {rest:02.0} h", steps(days))
}

/// Scales `value` by powers of a thousand until it lies below a thousand.
fn scaled(value: f64, units: &[&str]) -> String {
    let (mut value, mut at) = (value, 0);
    while at + 1 < units.len() && value.abs() >= 999.5 {
        value /= 1e3;
        at += 1;
    }
    let text = if at == 0 {
        group_thousands(&format!("{value:.0}"))
    } else if value.abs() < 9.95 {
        format!("{value:.1}")
    } else {
        group_thousands(&format!("{value:.0}"))
    };
    format!("{text} {}", units[at])
}

/// A number of floating point operations: `1.3 PFLOP`.
#[must_use]
pub fn flops(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    scaled(value, &["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP"])
}

/// A size in bytes, in powers of a thousand: `1.5 GB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    #[allow(clippy::cast_precision_loss)]
    scaled(value as f64, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// A count in few characters: `4,800`, `105k`, `3.2M`.
#[must_use]
pub fn short(value: u64) -> String {
    if value < 10_000 {
        return count(value);
    }
    #[allow(clippy::cast_precision_loss)]
    scaled(value as f64, &["", "k", "M", "G", "T", "P", "E"]).replace(' ', "")
}

/// A short numeral for an axis: `0.25`, `10k`, `2.5M`, `1e14`.
///
/// `step` is the distance between ticks; it sets how many decimals are needed.
#[must_use]
pub fn tick(value: f64, step: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let step = if step.is_finite() && step > 0.0 { step } else { value.abs().max(1.0) };
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    let size = value.abs();
    if size >= 1e13 || (size < 1e-4 && step < 1e-4) {
        return tidy_exponent(&format!("{value:.2e}"));
    }
    let (unit, mark) = match size {
        s if s >= 0.9995e9 => (1e9, "G"),
        s if s >= 0.9995e6 => (1e6, "M"),
        s if s >= 9_995.0 || (s >= 999.5 && step >= 100.0) => (1e3, "k"),
        _ => (1.0, ""),
    };
    let mut decimals = 0;
    let mut part = step / unit;
    while decimals < 6 && (part - part.round()).abs() > 1e-6 * part.abs().max(1e-9) {
        part *= 10.0;
        decimals += 1;
    }
    let text = format!("{:.decimals$}", value / unit);
    format!("{}{mark}", if mark.is_empty() { text.as_str() } else { trim_zeros(&text) })
}

/// Drops needless zeros from the end of a fraction.
fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// `1.50e14` becomes `1.5e14`.
fn tidy_exponent(text: &str) -> String {
    text.split_once('e').map_or_else(|| text.to_owned(), |(m, e)| format!("{}e{e}", trim_zeros(m)))
}
