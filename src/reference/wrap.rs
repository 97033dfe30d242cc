//! Running text in lines of a width.

/// Breaks each paragraph of `text` into lines of at most `width` characters behind `margin`; a longer word has a line of
/// its own. The first line begins with `first` in place of `margin`.
pub(super) fn wrap(text: &str, first: &str, margin: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = first.to_string();
    let mut fresh = true;
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            lines.push_str(&format!("{}\n\n", line.trim_end()));
            line = margin.to_string();
            fresh = true;
        }
        for word in paragraph.split_whitespace() {
            if !fresh && line.chars().count() + 1 + word.chars().count() > width {
                lines.push_str(&format!("{}\n", line.trim_end()));
                line = margin.to_string();
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
    }
    lines.push_str(&format!("{}\n", line.trim_end()));
    lines
}
