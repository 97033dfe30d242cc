//! A page that is written in Markdown, as text for a terminal or a pipe.

use super::wrap::wrap;

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub width: usize,
    /// Whether headings may be bold.
    pub colour: bool,
}

impl Layout {
    /// Bold where there is colour.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        let bold = anstyle::Style::new().bold();
        if self.colour { format!("{bold}{text}{bold:#}") } else { text.to_string() }
    }
}

/// Headings stand bare, paragraphs are broken at the width, and programs are moved in under the word of their fence.
#[must_use]
pub fn page(markdown: &str, layout: Layout) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut program = false;
    let flush = |paragraph: &mut String, text: &mut String| {
        if !paragraph.is_empty() {
            let margin = if paragraph.starts_with("- ") { "  " } else { "" };
            text.push_str(&wrap(paragraph, "", margin, layout.width));
            paragraph.clear();
        }
    };
    for line in markdown.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            flush(&mut paragraph, &mut text);
            program = !program;
            if program && let Some(word) = fence.split_whitespace().nth(1) {
                text.push_str(&format!("{}\n", layout.bold(&format!("{word}:"))));
            }
        } else if program {
            text.push_str(&format!("  {line}\n"));
        } else if line.starts_with('#') {
            flush(&mut paragraph, &mut text);
            text.push_str(&format!("{}\n", layout.bold(line.trim_start_matches('#').trim())));
        } else if line.is_empty() {
            flush(&mut paragraph, &mut text);
            text.push('\n');
        } else {
            if line.starts_with("- ") {
                flush(&mut paragraph, &mut text);
            }
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    flush(&mut paragraph, &mut text);
    text
}
