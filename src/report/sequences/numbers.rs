//! Numbers of a task in few letters.

/// How a group of numbers that are read together is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Whole,
    Decimals(usize),
    Exponent,
}

/// The form for numbers, by the largest and whether all are whole.
pub fn form(values: &[f64]) -> Form {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let most = finite().map(f64::abs).fold(0.0, f64::max);
    match most {
        most if most < 1e7 && finite().all(|value| value.fract() == 0.0) => Form::Whole,
        most if !(1e-2..1e5).contains(&most) => Form::Exponent,
        most if most < 10.0 => Form::Decimals(3),
        most if most < 1e3 => Form::Decimals(2),
        _ => Form::Decimals(1),
    }
}

impl Form {
    /// One number of the group; never `-0`.
    pub fn write(self, value: f64) -> String {
        let text = match self {
            _ if !value.is_finite() => value.to_string(),
            Self::Whole => format!("{value:.0}"),
            Self::Decimals(decimals) => format!("{value:.decimals$}"),
            Self::Exponent => format!("{value:.2e}"),
        };
        match text.strip_prefix('-') {
            Some(rest) if value.is_finite() && rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_string(),
            _ => text,
        }
    }
}

/// An array in at most `room` letters, rows apart by ` / `; what does not fit is `...`.
pub fn array(values: &[f64], shape: &[usize], form: Form, room: usize) -> String {
    let row = shape.last().copied().unwrap_or(1).max(1);
    let mut text = String::new();
    for (at, value) in values.iter().enumerate() {
        let gap = match at {
            0 => "",
            at if at % row == 0 => " / ",
            _ => " ",
        };
        let said = form.write(*value);
        let after = if at + 1 < values.len() { " ...".len() } else { 0 };
        if at > 0 && text.len() + gap.len() + said.len() + after > room {
            return text + " ...";
        }
        text.push_str(gap);
        text.push_str(&said);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &[f64]) -> Vec<String> {
        let form = form(values);
        values.iter().map(|value| form.write(*value)).collect()
    }

    #[test]
    fn numbers_that_are_read_together_have_one_form() {
        assert_eq!(written(&[3.0, -12.0]), ["3", "-12"]);
        assert_eq!(written(&[0.5, -1.25]), ["0.500", "-1.250"]);
        assert_eq!(written(&[123.456, 0.5]), ["123.46", "0.50"]);
        assert_eq!(written(&[0.0001, 0.002]), ["1.00e-4", "2.00e-3"]);
        assert_eq!(written(&[-0.0001, 1.5]), ["0.000", "1.500"], "no minus before nothing");
        assert_eq!(written(&[f64::NAN, 1.0]), ["NaN", "1"]);
    }

    #[test]
    fn an_array_shows_its_rows_and_where_it_was_cut() {
        assert_eq!(array(&[1.0, 2.0, 3.0, 4.0], &[2, 2], Form::Whole, 40), "1 2 / 3 4");
        assert_eq!(array(&[1.0, 2.0, 3.0, 4.0], &[2, 2], Form::Whole, 7), "1 2 ...");
        assert_eq!(array(&[10.0], &[], Form::Whole, 1), "10");
    }
}
