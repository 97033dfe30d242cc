//! `icl data`: what a data source looks like.

use super::Exit;
use super::terminal::{print, warn};
use crate::data::{ShapesSpec, contact_sheet};
use std::path::PathBuf;

/// Arguments of `icl data`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    source: Source,
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
    let Source::Shapes { sheet, values } = &arguments.source;
    let Ok(values) = <[usize; 6]>::try_from(values.as_slice()) else {
        warn("--values needs six counts, as in 10,10,10,8,4,15\n");
        return Exit::Usage;
    };
    let spec = ShapesSpec { values, width: 64, entangled: 0.5, embedding: None };
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
