//! `#allow` lines: which warnings they keep silent, and which of them silence nothing.

use crate::check::naming::modules::Module;
use crate::diagnostic::{Diagnostic, Label, Severity, Span};
use crate::syntax::tree::{Allow, Block, Body, EntryKind};

/// An `#allow` with the stretch that it covers.
struct Cover<'a> {
    allow: &'a Allow,
    over: Span,
    used: bool,
}

/// Takes out the warnings that a line above them allows, each with its reason. A line that silences nothing is a
/// warning itself.
pub fn silence(modules: &[Module], findings: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<(Diagnostic, String)>) {
    let mut covers = Vec::new();
    for module in modules {
        for item in &module.file.items {
            covers.extend(item.allows.iter().map(|allow| Cover { allow, over: item.span, used: false }));
            if let Body::Block(block) = &item.body {
                within(block, &mut covers);
            }
        }
    }
    let (mut told, mut silenced) = (Vec::new(), Vec::new());
    for finding in findings {
        let at = finding.span();
        let covers_it = |cover: &&mut Cover<'_>| {
            let over = cover.over;
            cover.allow.id.text == finding.id && over.file == at.file && over.start <= at.start && at.end <= over.end
        };
        match covers.iter_mut().filter(|_| finding.severity == Severity::Warning).find(covers_it) {
            Some(cover) => {
                cover.used = true;
                silenced.push((finding, cover.allow.reason.clone()));
            }
            None => told.push(finding),
        }
    }
    // A line that stands above something else than what it is to silence has one cause with it.
    for cover in covers.iter_mut().filter(|cover| !cover.used) {
        let same = told.iter_mut().find(|finding| finding.id == cover.allow.id.text);
        if let Some(finding) = same.filter(|finding| finding.severity == Severity::Warning) {
            cover.used = true;
            finding.labels.push(Label { span: cover.allow.span, text: "this is not above it".into() });
        }
    }
    let faulty = told.iter().any(|finding| finding.severity == Severity::Error);
    for cover in covers.iter().filter(|cover| !faulty && !cover.used && is_warning(&cover.allow.id.text)) {
        let title = format!("this `#allow` silences no {}", cover.allow.id.text);
        let finding = Diagnostic::warning("W0209", title, cover.allow.span, "nothing is found below it");
        told.push(finding.help("take it away").fix(cover.allow.span, ""));
    }
    (told, silenced)
}

fn is_warning(id: &str) -> bool {
    id.starts_with('W') && crate::registry::finding(id).is_some()
}

fn within<'a>(block: &'a Block, covers: &mut Vec<Cover<'a>>) {
    for entry in &block.entries {
        covers.extend(entry.allows.iter().map(|allow| Cover { allow, over: entry.span, used: false }));
        if let EntryKind::Nested { block, .. } = &entry.kind {
            within(block, covers);
        }
    }
}
