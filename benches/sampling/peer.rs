//! numpy in a process of its own, asked for one stretch of batches at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python that runs numpy_peers.py.
pub struct Numpy {
    process: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Numpy {
    /// The Python that `ICL_PYTHON` names, else `python3`; none where it has no numpy.
    pub fn start() -> Option<Self> {
        let python = std::env::var("ICL_PYTHON").unwrap_or_else(|_| "python3".into());
        let found = Command::new(&python).args(["-c", "import numpy"]).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sampling/numpy_peers.py"))
            .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"].map(|name| (name, "1")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (ask, answer) = (process.stdin.take()?, BufReader::new(process.stdout.take()?));
        Some(Self { process, ask, answer })
    }

    /// The seconds that so many batches take.
    pub fn seconds(&mut self, task: &str, batches: usize) -> f64 {
        writeln!(self.ask, "{task} {batches}").expect("numpy_peers.py listens");
        let mut line = String::new();
        self.answer.read_line(&mut line).expect("numpy_peers.py answers");
        line.trim().parse().expect("numpy_peers.py answers with seconds")
    }
}

impl Drop for Numpy {
    fn drop(&mut self) {
        // It waits for a line that never comes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
