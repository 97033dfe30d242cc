//! Every program of the repository, and what a slip of the hand makes of one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::fs;
use std::path::{Path, PathBuf};

/// Every `.icl` file of the repository with its text, in order of path.
pub fn programs() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in ["experiments", "stdlib", "tests"] {
        gather(Path::new(folder), &mut paths);
    }
    paths.sort();
    assert!(paths.len() > 100, "{} programs", paths.len());
    paths.into_iter().map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "icl") {
            paths.push(path);
        }
    }
}

/// Numbers that are the same in every run of the tests.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The generator that belongs to a name.
    pub fn of(name: &str) -> Self {
        let mut seed = [0; 32];
        for (at, byte) in name.bytes().enumerate() {
            seed[at % 32] ^= byte.rotate_left(at as u32 / 32);
        }
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// A whole number below `bound`, which is above 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    /// Puts values into another order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for at in (1..values.len()).rev() {
            values.swap(at, self.below(at + 1));
        }
    }
}

/// Up to `most` places between characters: all of them where there are no more.
pub fn borders(text: &str, most: usize, dice: &mut Dice) -> Vec<usize> {
    let all: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if all.len() <= most { all } else { (0..most).map(|_| all[dice.below(all.len())]).collect() }
}

/// The text with one stretch left out or written twice: a line, several lines, a word, a sign or a run of space.
pub fn slip(text: &str, dice: &mut Dice) -> String {
    let pieces: Vec<&str> = if dice.below(2) == 0 { text.split_inclusive('\n').collect() } else { tokens(text) };
    if pieces.is_empty() {
        return text.to_owned();
    }
    let from = dice.below(pieces.len());
    let to = (from + 1 + if dice.below(3) == 0 { dice.below(4) } else { 0 }).min(pieces.len());
    let stretch = pieces[from..to].concat();
    let mut out = pieces[..from].concat();
    match dice.below(3) {
        0 => {}
        1 => out.push_str(&stretch.repeat(2)),
        // What was left out turns up elsewhere.
        _ => {
            let goal = to + dice.below(pieces.len() - to + 1);
            out.push_str(&pieces[to..goal].concat());
            out.push_str(&stretch);
            out.push_str(&pieces[goal..].concat());
            return out;
        }
    }
    out.push_str(&pieces[to..].concat());
    out
}

/// Runs of letters and digits, runs of space, and every other character alone.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |letter: char| match letter {
        _ if letter.is_alphanumeric() || letter == '_' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = 0;
    for (at, letter) in text.char_indices() {
        if at > start && (kind(letter) == 0 || kind(letter) != before) {
            found.push(&text[start..at]);
            start = at;
        }
        before = kind(letter);
    }
    found.push(&text[start..]);
    found
}
