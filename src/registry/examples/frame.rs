//! Whole programs with marked places, into which examples are put.

/// A program with marked places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frame {
    /// Label maps over images.
    Labels,
    /// Linear functions.
    Regression,
    /// Networks of two layers.
    Network,
    /// Classes and their labels.
    FewShot,
    /// Markov chains.
    Tokens,
    /// Words and their attributes.
    Words,
    /// Models that exist.
    Checkpoints,
}

/// A marked place of a frame: a block, or among the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Top,
    Item,
    Use,
    Task,
    Run,
    Sequence,
    Example,
    Token,
    Model,
    Curriculum,
    Stage,
    Probe,
    Experiment,
    Measure,
    Plateau,
    Report,
}

impl Place {
    const fn word(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Item => "item",
            Self::Use => "use",
            Self::Task => "task",
            Self::Run => "run",
            Self::Sequence => "sequence",
            Self::Example => "example",
            Self::Token => "token",
            Self::Model => "model",
            Self::Curriculum => "curriculum",
            Self::Stage => "stage",
            Self::Probe => "probe",
            Self::Experiment => "experiment",
            Self::Measure => "measure",
            Self::Plateau => "plateau",
            Self::Report => "report",
        }
    }
}

impl Frame {
    const fn text(self) -> &'static str {
        match self {
            Self::Labels => include_str!("frames/labels.icl"),
            Self::Regression => include_str!("frames/regression.icl"),
            Self::Network => include_str!("frames/network.icl"),
            Self::FewShot => include_str!("frames/few_shot.icl"),
            Self::Tokens => include_str!("frames/tokens.icl"),
            Self::Words => include_str!("frames/words.icl"),
            Self::Checkpoints => include_str!("frames/checkpoints.icl"),
        }
    }

    /// The program with these lines at a place. Lines of the frame that set, draw or define the same there give way;
    /// a frame without the place stays as it is.
    #[must_use]
    pub fn with(self, place: Place, lines: &str) -> String {
        let text = self.text();
        let mark = format!("// here: {}", place.word());
        let Some(marked) = text.lines().find(|line| line.trim_start() == mark) else { return text.to_string() };
        let margin = &marked[..marked.len() - mark.len()];
        let said: Vec<&str> = lines.lines().filter(|line| !line.starts_with(' ')).filter_map(subject).collect();
        let mut program = String::new();
        // Whether the block of the mark is open, and the closing line of an entry that gives way.
        let mut inside = margin.is_empty();
        let mut skipped: Option<String> = None;
        for line in text.lines() {
            let depth = line.len() - line.trim_start().len();
            if let Some(end) = &skipped {
                if line.starts_with(end) {
                    skipped = None;
                }
                continue;
            }
            if line == marked {
                inside = true;
                lines.lines().for_each(|line| program.push_str(&format!("{margin}{line}\n")));
                continue;
            }
            if line.trim_start().starts_with("// here: ") {
                continue;
            }
            if inside && !line.is_empty() && depth < margin.len() {
                inside = false;
            }
            if inside && depth == margin.len() && subject(line.trim_start()).is_some_and(|name| said.contains(&name)) {
                skipped = line.ends_with('{').then(|| format!("{margin}}}"));
                continue;
            }
            program.push_str(line);
            program.push('\n');
        }
        program
    }
}

/// What a line sets, draws, defines or opens: `w` of `w ~ normal()`, `data images` of `data images = ...`, `measure` of
/// `measure {`.
fn subject(line: &str) -> Option<&str> {
    let end = line.find(['~', '=', ':', '(', '{'])?;
    let name = line[..end].trim();
    (!name.is_empty() && !name.starts_with("//")).then_some(name)
}
