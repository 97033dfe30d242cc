//! `icl export`: curves and weights in the files of other programs.

mod curves;
mod place;
mod weights;

use super::Exit;
use super::form::Form;
use super::run::Choice;
use super::store::Looked;
use super::studies::Refused;
use std::path::PathBuf;

const CODES: &str = "Exit codes: 0 it was written; 1 there is no such run or checkpoint, or nothing of it yet, or the model does \
    not fit, or a file cannot be read or written; 2 the command line is wrong. docs/exporting.md tells what is written.";

/// Arguments of `icl export`.
#[derive(clap::Args)]
#[command(after_help = CODES)]
pub struct Arguments {
    /// Of curves: a program, the folder of a run, the name of one under runs, or the key of a finished cell. Of weights:
    /// the key of a cell or a segment, or the file of a checkpoint in a store. Of keys the first digits will do.
    run: String,
    /// Curves as `jsonl`, `csv` or `parquet`, one long table, or for `tensorboard`; weights as a folder that
    /// `GPT2Model.from_pretrained` of `transformers` loads, or as `safetensors` under icl's own names, of any model.
    #[arg(long, value_enum)]
    to: To,
    /// The file or the folder to write; of curves `values.csv` and the like, or `tensorboard`, in the folder of the run by
    /// default, and `-` is standard output.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    /// How to say what was written.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    place: Looked,
    #[command(flatten, next_help_heading = "Curves")]
    choice: Choice,
    #[command(flatten, next_help_heading = "Weights")]
    weights: Weights,
}

/// Which weights, and what they are compared on.
#[derive(clap::Args)]
struct Weights {
    /// The step after which the checkpoint was kept; the last by default.
    #[arg(long, value_name = "N")]
    step: Option<u64>,
    /// Compare on the first sequences of the cell's evaluation set, for which its program is read, in place of numbers
    /// drawn at random.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    with: Option<u64>,
    /// The program of the cell, where it is not the file that it was trained from.
    #[arg(long, value_name = "FILE", requires = "with")]
    program: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    Jsonl,
    Csv,
    Parquet,
    Tensorboard,
    Transformers,
    Safetensors,
}

impl To {
    const fn of_weights(self) -> bool {
        matches!(self, Self::Transformers | Self::Safetensors)
    }

    fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

pub fn run(arguments: &Arguments) -> Exit {
    let done = misfit(arguments).map_or(Ok(()), |reason| Err(Refused::new(Exit::Usage, reason)));
    let done = done.and_then(|()| {
        if arguments.to.of_weights() {
            weights::export(arguments).map_err(Refused::failed)
        } else {
            curves::export(arguments)
        }
    });
    done.map_or_else(Refused::tell, |()| Exit::Done)
}

/// What was asked for of the other kind.
fn misfit(arguments: &Arguments) -> Option<String> {
    let of_weights = &arguments.weights;
    let to = arguments.to.word();
    if arguments.to.of_weights() {
        if arguments.choice.made() {
            return Some(format!(
                "--to {to} writes the weights of one run; --set, --arm, --seeds and --limit are of curves"
            ));
        }
        return arguments.out.is_none().then(|| format!("--to {to} writes a folder; name it with --out"));
    }
    (of_weights.step.is_some() || of_weights.with.is_some())
        .then(|| format!("--to {to} writes curves; --step, --with and --program are of weights"))
}
