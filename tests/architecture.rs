//! The folders of src may use only what docs/architecture.md allows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The second table of the page: folder, then what it may use.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string("docs/architecture.md").unwrap();
    let (_, table) = page.split_once("| folder | may use |").unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(ToString::to_string).collect::<Vec<_>>();
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (words(cells[1]).remove(0), words(cells[2]).into_iter().collect())
        })
        .collect()
}

#[test]
fn imports_follow_the_architecture() {
    let allowed = allowed();
    assert_eq!(allowed.len(), 16, "every stage but the command line has a row");
    for (folder, may) in &allowed {
        let mut texts = Vec::new();
        sources(&Path::new("src").join(folder), &mut texts);
        for text in texts {
            for (at, _) in text.match_indices("crate::") {
                let rest = &text[at + "crate::".len()..];
                let used: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                assert!(
                    used == *folder || may.contains(&used),
                    "src/{folder} uses {used}, which the page does not allow"
                );
            }
        }
    }
}

#[test]
fn no_source_file_is_too_long_to_hold_one_idea() {
    let mut texts = Vec::new();
    sources(Path::new("src"), &mut texts);
    for text in &texts {
        assert!(text.lines().count() <= 500, "{}", text.lines().next().unwrap_or_default());
    }
}
