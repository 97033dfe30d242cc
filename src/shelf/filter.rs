//! `arm=warmup, batch>32, acc>0.5`: which rows are meant.

use super::columns::{Column, Value, number};
use super::row::Row;

/// Conditions that all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    column: String,
    relation: Relation,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Contains,
}

/// As written; those that another begins with come behind it.
const RELATIONS: [(&str, Relation); 8] = [
    ("!=", Relation::NotEqual),
    ("<=", Relation::LessEqual),
    (">=", Relation::GreaterEqual),
    ("==", Relation::Equal),
    ("=", Relation::Equal),
    ("<", Relation::Less),
    (">", Relation::Greater),
    ("~", Relation::Contains),
];

const FORM: &str = "write COLUMN, one of = != < <= > >= ~ (contains), and a value: 'arm=warmup, batch>32'";

impl Filter {
    /// Reads conditions with commas between; a comma within brackets or quotes is part of a value.
    ///
    /// # Errors
    /// Says which condition cannot be read, and how one is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = split(text).into_iter().map(|term| term.trim().to_string()).filter(|term| !term.is_empty());
        Ok(Self { terms: terms.map(|term| Term::parse(&term)).collect::<Result<_, _>>()? })
    }

    /// The rows for which every condition holds.
    ///
    /// # Errors
    /// Names a column that there is not, or a value that cannot be compared by size.
    pub fn keep(&self, rows: &mut Vec<Row>, columns: &[Column]) -> Result<(), String> {
        for term in &self.terms {
            // Of nothing there are no columns.
            if rows.is_empty() {
                return Ok(());
            }
            let column = Column::find(columns, &term.column)?;
            let by_size = !matches!(term.relation, Relation::Equal | Relation::NotEqual | Relation::Contains);
            if by_size && number(&term.value).is_none() {
                return Err(format!(
                    "`{}` is no number, so that `{}` cannot be compared with it",
                    term.value, column.title
                ));
            }
            rows.retain(|row| term.holds(&column.of(row), column.name == "key"));
        }
        Ok(())
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let cannot = || format!("`{text}` is no condition; {FORM}");
        let at = text.find(['=', '!', '<', '>', '~']).ok_or_else(cannot)?;
        let (column, rest) = text.split_at(at);
        let (sign, relation) = RELATIONS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(cannot)?;
        let value = rest[sign.len()..].trim();
        let bare = value.strip_prefix(['"', '\'']).and_then(|value| value.strip_suffix(['"', '\''])).unwrap_or(value);
        if column.trim().is_empty() || value.is_empty() {
            return Err(cannot());
        }
        Ok(Self { column: column.trim().into(), relation: *relation, value: bare.into() })
    }

    /// Numbers are compared as such, everything else as text; a key by its beginning. What is missing fulfils only `!=`.
    fn holds(&self, value: &Value, key: bool) -> bool {
        let text = value.plain();
        if *value == Value::Missing {
            return self.relation == Relation::NotEqual;
        }
        let equal = || match (value.number(), number(&self.value)) {
            _ if key => text.starts_with(&self.value),
            (Some(a), Some(b)) => a == b,
            _ => text == self.value,
        };
        let size = || value.number().zip(number(&self.value)).map(|(a, b)| a.total_cmp(&b));
        match self.relation {
            Relation::Equal => equal(),
            Relation::NotEqual => !equal(),
            Relation::Less => size().is_some_and(std::cmp::Ordering::is_lt),
            Relation::LessEqual => size().is_some_and(std::cmp::Ordering::is_le),
            Relation::Greater => size().is_some_and(std::cmp::Ordering::is_gt),
            Relation::GreaterEqual => size().is_some_and(std::cmp::Ordering::is_ge),
            Relation::Contains => text.contains(&self.value),
        }
    }
}

fn split(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let (mut depth, mut quote) = (0_i32, None);
    for c in text.chars() {
        match c {
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            '(' | '[' if quote.is_none() => depth += 1,
            ')' | ']' if quote.is_none() => depth -= 1,
            ',' if quote.is_none() && depth <= 0 => {
                terms.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(term) = terms.last_mut() {
            term.push(c);
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::shelf::{Row, State, columns};
    use crate::store::Names;

    fn rows() -> Vec<Row> {
        let row = |arm: &str, batch: &str, result: Option<f64>, lr: &str| Row {
            key: format!("{arm:0<32}"),
            state: State::Finished,
            names: Names {
                arm: arm.into(),
                settings: [("batch".to_string(), batch.to_string())].into(),
                point: [("lr".to_string(), lr.to_string())].into(),
                ..Names::default()
            },
            steps: 100,
            seconds: Some(1.0),
            results: result.map(|value| ("acc".to_string(), value)).into_iter().collect(),
            segments: Vec::new(),
            trained_by: None,
            written: None,
        };
        vec![
            row("warmup", "64", Some(0.75), "1e-3"),
            row("direct", "32", Some(0.25), "0.001"),
            row("other", "128", None, "max(1, 2)"),
        ]
    }

    fn kept(filter: &str) -> Result<Vec<String>, String> {
        let mut rows = rows();
        let columns = columns(&rows);
        Filter::parse(filter)?.keep(&mut rows, &columns)?;
        Ok(rows.into_iter().map(|row| row.names.arm).collect())
    }

    #[test]
    fn conditions_hold_by_number_where_there_are_numbers_and_by_text_elsewhere() {
        for (filter, wanted) in [
            ("arm=warmup", &["warmup"][..]),
            ("arm = warmup, acc > 0.5", &["warmup"]),
            ("batch>32", &["warmup", "other"]),
            ("batch >= 32, acc < 50%", &["direct"]),
            ("lr=1e-3", &["warmup", "direct"]),
            ("acc!=0.25", &["warmup", "other"]),
            ("arm~the", &["other"]),
            ("lr=max(1, 2)", &["other"]),
            ("lr='max(1, 2)', arm=other", &["other"]),
            ("point.lr==0.001", &["warmup", "direct"]),
            ("key=war", &["warmup"]),
            ("acc>0.1, acc<0.3", &["direct"]),
            ("", &["warmup", "direct", "other"]),
        ] {
            assert_eq!(kept(filter).unwrap(), wanted, "{filter}");
        }
    }

    #[test]
    fn a_condition_that_says_nothing_is_told() {
        assert!(kept("bacth>3").unwrap_err().contains("did you mean `batch`?"));
        assert!(kept("arm").unwrap_err().contains("`arm` is no condition"));
        assert!(kept("batch>").unwrap_err().contains("is no condition"));
        assert!(kept("batch>many").unwrap_err().contains("`many` is no number"));
    }
}
