//! What the README shows and orders is true of the repository.

use std::fs;

fn readme() -> String {
    fs::read_to_string("README.md").unwrap()
}

/// The fenced blocks, without their fences.
fn blocks(text: &str) -> Vec<String> {
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap().1.to_string()).collect()
}

#[test]
fn the_study_shown_is_the_study_shipped() {
    let shown = blocks(&readme()).remove(0);
    let shipped = fs::read_to_string("experiments/quickstart.icl").unwrap();
    assert!(shown.starts_with("experiment quickstart {"));
    for line in shown.lines() {
        assert!(shipped.lines().any(|known| known.trim() == line.trim()), "{line}");
    }
}

#[test]
fn continuous_integration_runs_the_test_command() {
    let readme = readme();
    let (_, after) = readme.split_once("## Pass the tests").unwrap();
    let command = blocks(after).remove(0);
    let script = fs::read_to_string(".ci/run").unwrap();
    assert_eq!(script.lines().last().unwrap().trim(), command.trim());
}

#[test]
fn every_dependency_earns_its_line() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let page = fs::read_to_string("docs/dependencies.md").unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    for table in ["dependencies", "dev-dependencies"] {
        for name in manifest[table].as_table().unwrap().keys() {
            let named = page
                .lines()
                .filter(|line| line.starts_with("| "))
                .any(|line| line.split('|').nth(1).unwrap().split(',').any(|word| word.trim() == name));
            assert!(named, "{name} has no line in docs/dependencies.md");
        }
    }
}
