//! The weights of a run for other programs.

use super::super::check::program;
use super::super::computed;
use super::super::form::Form;
use super::super::rm::of;
use super::super::run::embed;
use super::super::spending::Spending;
use super::super::store::{print_json, resolve, short, title};
use super::super::terminal::print;
use super::place::MARK;
use super::{Arguments, To};
use crate::data::default_cache_dir;
use crate::engine::batch::Batch;
use crate::engine::corpus::{Corpus, rows_used};
use crate::engine::sampler::Split;
use crate::engine::state::{Array, to_bytes};
use crate::engine::train::Checkpoint;
use crate::export::CHECK;
use crate::export::activations::{activations, made_up};
use crate::export::described::{Described, own_names};
use crate::export::gpt2::Gpt2;
use crate::plan::{Cell, Selection};
use crate::report::number::count;
use crate::shelf::{chain, is_key, rows};
use crate::store::{Kept, Store, StoreError};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Sequences of numbers drawn at random.
const MADE_UP: usize = 4;

/// What is exported: a run's chain of segments, each with the step up to which it counts.
struct Asked {
    store: Store,
    /// The key of the cell or the segment.
    key: String,
    title: String,
    file: Option<String>,
    chain: Vec<(String, u64)>,
    /// The checkpoint of the last segment, where a file was named.
    kept: Option<Kept>,
}

pub fn export(arguments: &Arguments) -> Result<(), String> {
    let out = arguments.out.as_deref().unwrap_or_else(|| Path::new(""));
    let asked = Asked::of(arguments)?;
    let (segment, checkpoint) = asked.checkpoint(arguments.weights.step)?;
    let first = asked.store.segment(&asked.chain[0].0);
    let identity = first.identity().map_err(told)?.unwrap_or_default();
    let described = Described::read(&identity)
        .map_err(|reason| format!("what the model is cannot be read from {}: {reason}", first.folder().display()))?;
    let own = own_names(&checkpoint.arrays);
    let layers = described.model.layers();
    let network = described.network(&checkpoint.arrays).map_err(|error| error.to_string())?;
    let batch = match arguments.weights.with {
        Some(sequences) => asked.evaluated(sequences, arguments.weights.program.as_deref())?,
        None => made_up(&network, described.seed, MADE_UP),
    };
    let activations = activations(&network, &batch, layers).map_err(|error| error.to_string())?;
    let note = json!({
        "run": asked.key, "called": asked.title, "segment": segment, "step": checkpoint.step,
        "described": described, "input": "tokens [sequences, tokens, input] times read_in.weight, plus read_in.bias",
        "linear maps": "[inputs, outputs]",
    });
    let mut files = vec![(MARK, text(&note)), ("batch.safetensors", bytes(&activations)?)];
    let what = if arguments.to == To::Transformers {
        let gpt2 = Gpt2::of(&described.model).map_err(|reason| {
            format!("this model is no GPT-2: {reason}; `--to safetensors` writes its weights under icl's own names")
        })?;
        let weights = gpt2.weights(&described, &own)?;
        files.push(("config.json", text(&gpt2.config(&described))));
        files.push(("model.safetensors", bytes(&weights.body)?));
        files.push(("around.safetensors", bytes(&weights.around)?));
        files.push(("check.py", CHECK.as_bytes().to_vec()));
        format!("a GPT-2 of {}", of(layers as u64, "layer"))
    } else {
        files.push(("model.safetensors", bytes(&own)?));
        "weights under icl's own names".to_string()
    };
    write(out, &files)?;
    if arguments.format == Form::Json {
        let files: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        print_json(&json!({
            "out": out, "to": arguments.to.word(), "run": asked.key, "segment": segment, "step": checkpoint.step,
            "files": files,
        }));
        return Ok(());
    }
    let check = out.join("check.py");
    let check = match arguments.to {
        To::Transformers => format!("python {} compares with transformers\n", check.display()),
        _ => String::new(),
    };
    print(&format!("{}: {what}, {} after step {}\n{check}", out.display(), asked.title, count(checkpoint.step)));
    Ok(())
}

#[allow(clippy::needless_pass_by_value)]
fn told(error: StoreError) -> String {
    error.to_string()
}

impl Asked {
    fn of(arguments: &Arguments) -> Result<Self, String> {
        let path = Path::new(&arguments.run);
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            return Self::at(path);
        }
        let (store, marks) = arguments.place.read()?;
        let rows = rows(&store, &marks).map_err(told)?;
        let segments = store.segments().map_err(told)?;
        let named = segments.iter().filter(|key| is_key(key)).map(|key| (key.as_str(), "a segment".to_string()));
        let cells = rows.iter().filter(|row| marks.finished.contains_key(&row.key));
        let keys = cells.map(|row| (row.key.as_str(), title(row))).chain(named);
        let key = resolve(&arguments.run, keys)?.to_string();
        Ok(match rows.iter().find(|row| row.key == key) {
            Some(row) => {
                let file = Some(row.names.file.clone()).filter(|file| !file.is_empty());
                Self { store, title: title(row), file, chain: row.segments.clone(), kept: None, key }
            }
            None => Self::segment(store, key, None),
        })
    }

    /// A checkpoint by its file: `STORE/segments/KEY/checkpoints/STEP.safetensors`.
    fn at(path: &Path) -> Result<Self, String> {
        let known = || {
            let name = path.file_name()?.to_str()?;
            let folder = path.parent()?.parent()?;
            let key = folder.file_name()?.to_str().filter(|key| is_key(key))?;
            Some((Store::at(folder.parent()?.parent()?), key.to_string(), Kept::of(name)?))
        };
        let whole = std::fs::canonicalize(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let path = whole.as_path();
        let (store, key, kept) = known().ok_or_else(|| {
            format!("{} is not STORE/segments/KEY/checkpoints/STEP.safetensors, as checkpoints are", path.display())
        })?;
        Ok(Self::segment(store, key, Some(kept)))
    }

    fn segment(store: Store, key: String, kept: Option<Kept>) -> Self {
        let chain = chain(&store, &key).into_iter().rev().map(|key| (key, u64::MAX)).collect();
        let title = format!("segment {}", short(&key, 8));
        let file = store.segment(&key).called().map(|names| names.file).filter(|file| !file.is_empty());
        Self { store, key, title, file, chain, kept }
    }

    /// The segment and the checkpoint after a step, the last by default.
    fn checkpoint(&self, step: Option<u64>) -> Result<(&str, Checkpoint), String> {
        let mut kept: Vec<(&str, Kept)> = Vec::new();
        for (key, left) in self.chain.iter().rev() {
            if let Some(one) = self.kept {
                kept.push((key, one));
                break;
            }
            // A run that went on from a segment has passed no step of it after the one where it left.
            let own = self.store.segment(key).checkpoints().map_err(told)?;
            kept.extend(own.into_iter().filter(|kept| kept.step <= *left).map(|kept| (key.as_str(), kept)));
            if self.key == *key {
                // Asked for by its own key, a segment is meant without those before it.
                break;
            }
        }
        kept.sort_by_key(|(_, kept)| kept.step);
        let wanted = step.or(kept.last().map(|(_, kept)| kept.step));
        for (key, one) in kept.iter().rev().filter(|(_, kept)| Some(kept.step) == wanted) {
            if let Some(checkpoint) = self.store.segment(key).checkpoint(*one).map_err(told)? {
                return Ok((key, checkpoint));
            }
        }
        let steps: BTreeSet<u64> = kept.iter().map(|(_, kept)| kept.step).collect();
        let there: Vec<String> = steps.into_iter().map(count).collect();
        let there = if there.is_empty() { "no step".into() } else { format!("step {}", there.join(", ")) };
        match wanted {
            Some(step) => Err(format!(
                "{} has no checkpoint after step {} that can be read; there are some after {there}",
                self.title,
                count(step)
            )),
            None => Err(format!("{} has no checkpoint; `icl run` makes one again", self.title)),
        }
    }

    /// The cell in its program.
    fn cell(&self, file: &Path) -> Result<Cell, String> {
        let selection = Selection::default();
        let program = program(file, &[], (&Spending::default(), &selection))
            .ok_or_else(|| format!("{} was read for the sequences of the cell, and has errors", file.display()))?;
        let same = |cell: &Cell| cell.key.as_str() == self.key || self.ends(cell);
        for plans in computed::each(&program.experiments, &selection) {
            if let Some(found) = plans?.into_iter().flat_map(|plan| plan.cells).find(same) {
                return Ok(found);
            }
        }
        Err(format!(
            "{} has no cell with the key {}: it has changed since, or it is another program; --program names the \
             right one, and without --with none is needed",
            file.display(),
            short(&self.key, 8)
        ))
    }

    /// Whether a cell's run ends in the last segment.
    fn ends(&self, cell: &Cell) -> bool {
        cell.segments.last().map(crate::plan::Key::as_str) == self.chain.last().map(|(key, _)| key.as_str())
    }

    /// The first sequences of the cell's evaluation set.
    fn evaluated(&self, sequences: u64, file: Option<&Path>) -> Result<Batch, String> {
        let file = file.map(Path::to_path_buf).or_else(|| self.file.as_ref().map(PathBuf::from));
        let file = file.ok_or("the store does not say from which program this was trained; --program names it")?;
        let cell = self.cell(&file)?;
        let held = cell.observation.sequences as u64;
        if sequences > held {
            return Err(format!(
                "--with {sequences} asks for more sequences than the {held} that the cell is evaluated on"
            ));
        }
        let task = cell.observation.measures.iter().find_map(|measure| measure.kind.task());
        let task = task.ok_or("no measure of the cell has a task, so that there are no sequences to compare on")?;
        let mut observation = (*cell.observation).clone();
        observation.sequences = sequences as usize;
        // What is trained on needs no rows here.
        let training = cell.training.limited(1);
        let said = |error: crate::engine::error::Error| error.to_string();
        let cache = default_cache_dir(|name| std::env::var(name).ok());
        let mut sources = HashMap::new();
        let stop = AtomicBool::new(false);
        for (source, rows) in rows_used(&training, &observation, cell.seed).map_err(said)? {
            let held = embed(&source, &rows, cache.as_deref(), 1, &stop)?;
            sources.insert(text(&json!(source)), Arc::new(held));
        }
        let corpus =
            Corpus::new(&training, cell.seed, |source| sources[&text(&json!(source))].clone()).map_err(said)?;
        let drawn = corpus.draw(task, Split::Test, &(0..sequences).collect::<Vec<_>>()).map_err(said)?;
        let positions = training.tasks[task].scored();
        let mut batch = corpus.evaluation_batch(task, &drawn, 0..sequences as usize, &positions).map_err(said)?;
        batch.targets.clear();
        Ok(batch)
    }
}

fn text(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Arrays as a file that PyTorch's readers take for one of theirs.
fn bytes(arrays: &[Array]) -> Result<Vec<u8>, String> {
    to_bytes(arrays, HashMap::from([("format".into(), "pt".into())])).map_err(|error| error.to_string())
}

/// Writes a folder that is new, or holds an earlier export.
fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", folder.display());
    if folder.exists() && !folder.join(MARK).exists() {
        let others = std::fs::read_dir(folder).map_err(failed)?.next().is_some();
        if others {
            return Err(format!("{} holds other files than an export; name a new folder", folder.display()));
        }
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    for stale in ["config.json", "around.safetensors", "check.py"] {
        if let Err(error) = std::fs::remove_file(folder.join(stale))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(error));
        }
    }
    for (name, bytes) in files {
        let part = folder.join(format!("{name}.part"));
        std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, folder.join(name))).map_err(failed)?;
    }
    Ok(())
}
