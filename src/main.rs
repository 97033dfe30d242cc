//! The `icl` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(icl::cli::main() as u8)
}
