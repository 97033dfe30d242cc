//! `icl data`: what lies in a file of data, and what the images of shapes look like.

use super::form::Form;
use super::terminal::{print, warn};
use super::{Exit, described};
use crate::data::{ShapesSpec, contact_sheet};
use std::path::{Path, PathBuf};

const CODES: &str = "Exit codes: 0 it was shown; 1 the file is damaged, of no kind that is read, or cannot be read; 2 the command \
    line is wrong.\n\ndocs/data.md tells which files are read. A file that is called `shapes` is `./shapes`.";

/// Arguments of `icl data`.
#[derive(clap::Args)]
#[command(after_help = CODES, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    source: Option<Source>,
    /// A file, or a folder of PNG images.
    file: Option<PathBuf>,
    /// The first so many rows of a table.
    #[arg(long, value_name = "N", default_value_t = 5)]
    sample: usize,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(clap::Subcommand)]
enum Source {
    /// The rendered images of shapes.
    Shapes {
        /// Draw a contact sheet to this PNG file.
        #[arg(long, value_name = "FILE.png")]
        sheet: Option<PathBuf>,
        /// How many values of each factor: floor hue, wall hue, object hue, scale, shape, orientation.
        #[arg(long, value_delimiter = ',', num_args = 6, default_values_t = [10, 10, 10, 8, 4, 15])]
        values: Vec<usize>,
    },
}

pub fn run(arguments: &Arguments) -> Exit {
    match (&arguments.source, &arguments.file) {
        (Some(Source::Shapes { sheet, values }), _) => shapes(sheet.as_deref(), values),
        (None, Some(file)) => described::run(file, arguments.sample, arguments.format),
        (None, None) => {
            warn("name a file or a folder, or write `icl data shapes`\n");
            Exit::Usage
        }
    }
}

fn shapes(sheet: Option<&Path>, values: &[usize]) -> Exit {
    let Ok(values) = <[usize; 6]>::try_from(values) else {
        warn("--values needs six counts, as in 10,10,10,8,4,15\n");
        return Exit::Usage;
    };
    let spec = ShapesSpec { values, width: 64, entangled: 0.5, embedding: None, images: None };
    if let Err(error) = spec.check() {
        warn(&format!("{error}\n"));
        return Exit::Usage;
    }
    let factors = spec.attributes().iter().map(|(name, size)| format!("{name} {size}")).collect::<Vec<_>>().join(", ");
    let split = spec.split();
    let (train, test) = (split.training_rows().len(), split.held_out_rows().len());
    print(&format!("{} images of 64 x 64; {factors}; {train} rows for training, {test} held out\n", spec.rows()));
    if let Some(path) = sheet {
        if let Err(error) = contact_sheet(path, &spec) {
            warn(&format!("{error}\n"));
            return Exit::Failed;
        }
        print(&format!("contact sheet: {}\n", path.display()));
    }
    Exit::Done
}
