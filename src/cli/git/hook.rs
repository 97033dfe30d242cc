//! What the pre-commit hook does: checks programs as they are staged, not as they lie in the working tree.

use super::super::Exit;
use super::super::render;
use super::super::terminal::{Terminal, warn};
use super::repository::{Repository, Revision};
use crate::check::check;
use crate::diagnostic::{Diagnostic, FileId, Severity};
use crate::syntax::format;
use crate::world::World;

/// Looks at every staged program; what is wrong goes to standard error.
pub fn staged(repository: &Repository) -> Result<Exit, String> {
    let told = repository.git(["diff", "--cached", "--name-only", "-z", "--diff-filter=d", "--", "*.icl"])?;
    let staged = told.split(|&byte| byte == 0).filter(|path| !path.is_empty());
    // The index is the tree of no name.
    let world = Revision::new(repository, "");
    let terminal = Terminal::err();
    let (mut faulty, mut unformatted) = (0, Vec::new());
    for path in staged.map(|path| String::from_utf8_lossy(path).to_string()) {
        let place = repository.seen_from_here(&path);
        let checked = check(&world, &place, &[]);
        let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
        let errors: Vec<Diagnostic> = checked.findings.iter().filter(is_error).cloned().collect();
        if !errors.is_empty() {
            warn(&render::findings(&errors, &checked.sources, terminal.colour, terminal.width));
            warn(&format!("{}: {}\n", place.display(), render::counted(errors.len(), "error")));
            faulty += 1;
            continue;
        }
        let text = world.read(&place).unwrap_or_default();
        if format(FileId::default(), &text).is_ok_and(|formatted| formatted != text) {
            unformatted.push(place.display().to_string());
        }
    }
    if !unformatted.is_empty() {
        let files = unformatted.join(" ");
        warn(&format!("not in the one layout: {files}\nrun `icl fmt {files}`, then `git add` it again\n"));
    }
    if faulty == 0 && unformatted.is_empty() {
        return Ok(Exit::Done);
    }
    warn("nothing was committed; `git commit --no-verify` commits it as it is\n");
    Ok(Exit::Failed)
}
