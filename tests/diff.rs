//! `icl diff` and `icl git` as a user meets them: pairs of programs, revisions of a repository, runs, hooks, with the real git.

#[path = "diff/git.rs"]
mod git;
#[path = "diff/pairs.rs"]
mod pairs;
#[path = "diff/results.rs"]
mod results;
#[path = "diff/revisions.rs"]
mod revisions;
#[path = "diff/store.rs"]
mod store;
#[path = "diff/workflow.rs"]
mod workflow;

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a process ended with and printed.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub told: String,
}

impl Said {
    /// Both streams, for a message.
    #[must_use]
    pub fn all(&self) -> String {
        format!("code {}\n{}{}", self.code, self.out, self.told)
    }
}

fn said(mut command: Command, folder: &Path) -> Said {
    // Neither the terminal nor the configuration of whoever runs the tests reaches them.
    for name in ["COLUMNS", "CLICOLOR_FORCE", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PAGER", "cat")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), told: text(output.stderr) }
}

/// Runs `icl` in a folder.
#[must_use]
pub fn icl(folder: &Path, arguments: &[&str]) -> Said {
    icl_with(folder, arguments, &[])
}

/// Runs `icl` in a folder with some of its environment.
#[must_use]
pub fn icl_with(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(arguments).envs(env.iter().copied());
    said(command, folder)
}

/// Runs git in a folder.
#[must_use]
pub fn git(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Reader", "-c", "user.email=reader@example.org", "-c", "init.defaultBranch=main"]);
    command.args(arguments);
    said(command, folder)
}

/// Runs git where it must succeed.
pub fn done(folder: &Path, arguments: &[&str]) {
    let _ = printed(folder, arguments);
}

/// What git prints where it must succeed.
#[must_use]
pub fn printed(folder: &Path, arguments: &[&str]) -> String {
    let said = git(folder, arguments);
    assert_eq!(said.code, 0, "git {arguments:?}: {}", said.all());
    said.out
}

/// Writes files into a folder, with the folders that they need.
pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A repository with one commit of some files.
#[must_use]
pub fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["init", "-q"]);
    write(folder.path(), files);
    done(folder.path(), &["add", "-A"]);
    done(folder.path(), &["commit", "-q", "-m", "first"]);
    folder
}

/// A module with a task.
pub const TASKS: &str = "\
/// A linear function drawn for every sequence.
pub task linear(dim: count, points: count = 11) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: points
  input: x
  target: y
  blind: dim
  ideal: least_squares
}
";

/// A study that uses it: two arms of two seeds.
pub const STUDY: &str = "\
use \"./tasks\"
use std.curricula
use std.models

let target = tasks.linear(dim: 4)
metric error = squared_error(target) at last

experiment study {
  model: models.gpt2(layers: 2, heads: 2, width: 32)
  data: fresh
  batch: 32
  optimizer: adam(lr: 1e-3)
  seeds: 2
  arm direct { curriculum: curricula.only(target, 2k steps) }
  arm fast { curriculum: curricula.only(target, 2k steps), optimizer: adam(lr: 3e-3) }
  measure { every: 50 steps, on: 128 sequences, error }
  plateau { of: error, exit: 50%, held: 3 evaluations }
  report { table: plateau, plot: error by arm }
}
";
