//! Draws one figure of each kind from made-up runs: `cargo run --example gallery -- docs/gallery`, and further forms where
//! they are named, as `svg pdf csv`.

mod simulated;

use std::fmt::Write as _;
use std::path::PathBuf;

/// The page, above its pictures.
const HEAD: &str = "# Gallery

One figure of each kind that a report can ask for, under the phrase that asks for it. **The runs are simulated**: no model was
trained, and the numbers mean nothing. Made by `cargo run --example gallery -- docs/gallery` from
[study.icl](../../examples/gallery/study.icl).

A run writes each of them as `.svg`, `.pdf` and `.png`, and what is drawn as `.csv`. Seeds are thin, medians bold, bands the
quartiles of three seeds or more. A single panel is as wide as a column of a paper (3.3 inches), several as its page.
";

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("docs/gallery"), PathBuf::from);
    let formats: Vec<String> = std::env::args().skip(2).collect();
    std::fs::create_dir_all(&folder)?;
    let mut page = HEAD.to_owned();
    for (experiment, picture) in simulated::drawn(simulated::STUDY) {
        // The survival that comes with every plateau is shown once.
        if experiment == "functions" && picture.name == "survival" {
            continue;
        }
        let name = format!("{experiment}_{}", picture.name);
        std::fs::write(folder.join(format!("{name}.png")), picture.png(1.5))?;
        for format in &formats {
            let path = folder.join(format!("{name}.{format}"));
            match format.as_str() {
                "svg" => std::fs::write(path, picture.svg())?,
                "pdf" => std::fs::write(path, picture.pdf())?,
                "csv" => std::fs::write(path, picture.csv())?,
                other => return Err(std::io::Error::other(format!("`{other}` is none of svg, pdf and csv"))),
            }
        }
        let _ = write!(page, "\n## `plot: {}`\n\n![{name}]({name}.png)\n", picture.asked);
    }
    std::fs::write(folder.join("README.md"), page)
}
