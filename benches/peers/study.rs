//! The whole quickstart study, beside the same study as a PyTorch script.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Steps of a cell of the script.
const STEPS: usize = 5000;
/// Steps of the two short runs that tell how long the script would take each way.
const TRIALS: [usize; 2] = [50, 250];

/// How the script is run.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    options: &'static [&'static str],
}

const WAYS: [Way; 4] = [
    Way { name: "eager, two processes of one thread", options: &["--processes", "2"] },
    Way { name: "eager, one process of two threads", options: &["--processes", "1"] },
    Way { name: "compiled, two processes of one thread", options: &["--processes", "2", "--compile"] },
    Way { name: "compiled, one process of two threads", options: &["--processes", "1", "--compile"] },
];

/// Runs both from start to end, the script in the way that short runs show to be the fastest, and prints the seconds.
pub fn study(python: &Path, folder: &Path, rounds: usize) {
    // Images and embeddings are made once, and both sides start with them at hand.
    icl(folder, &["--limit", "1 step"]);
    let guessed = WAYS.map(|way| {
        // The first run of a compiled way also compiles what later ones find on disk.
        script(python, way, 1);
        let [short, long] = TRIALS.map(|steps| script(python, way, steps));
        let each = (long - short) / (TRIALS[1] - TRIALS[0]) as f64;
        let guess = short + each * (STEPS - TRIALS[0]) as f64;
        println!("PyTorch, {}: about {guess:.0} s, from {} steps of each cell", way.name, TRIALS[1]);
        guess
    });
    let fastest = (0..WAYS.len()).min_by(|&one, &other| guessed[one].total_cmp(&guessed[other]));
    let way = WAYS[fastest.expect("there are ways")];
    for _ in 0..rounds {
        let (own, peer) = (icl(folder, &[]), script(python, way, STEPS));
        println!("quickstart study: icl {own:.1} s; PyTorch, {}, {peer:.1} s; ratio {:.2}", way.name, peer / own);
    }
}

fn icl(folder: &Path, options: &[&str]) -> f64 {
    let out = folder.join("study");
    let _ = std::fs::remove_dir_all(&out);
    let mut command = Command::new(env!("CARGO_BIN_EXE_icl"));
    command.args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/quickstart.icl"), "--out"]);
    let seconds = seconds(command.arg(&out).args(options));
    let _ = std::fs::remove_dir_all(&out);
    seconds
}

fn script(python: &Path, way: Way, steps: usize) -> f64 {
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/quickstart.py"));
    seconds(command.args(["--steps", &steps.to_string()]).args(way.options))
}

fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?} ends well");
    start.elapsed().as_secs_f64()
}
