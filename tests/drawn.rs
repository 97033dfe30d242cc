//! Sequences drawn by a card's kernels, on the processor in a card's place, against the sampler: every node of every task,
//! and the batches made of them.

use icl::check::check;
use icl::data::Embeddings;
use icl::engine::card::host::Host;
use icl::engine::card::{Card, Launch, Memory, Operand, Recorded};
use icl::engine::drawn::{Drawing, Places, embeddings};
use icl::engine::sampler::Sampler;
use icl::program::experiment::Arm;
use icl::program::task::Task;
use icl::world::{Disk, Memory as Files, World};
use std::path::{Path, PathBuf};

#[path = "drawn/batches.rs"]
mod batches;
#[path = "drawn/nodes.rs"]
mod nodes;

/// The numbers of sequences: the first, some behind them, and as large as they come.
const NUMBERS: &[u64] =
    &[0, 1, 2, 3, 31, 32, 33, 999, 1 << 20, (1 << 32) - 1, 1 << 32, (1 << 53) + 1, u64::MAX - 1, u64::MAX];
const SEEDS: &[u64] = &[1, 2, 17, u64::MAX];

/// The arms of a program.
fn arms(world: &dyn World, path: &str) -> Vec<Arm> {
    let checked = check(world, Path::new(path), &[]);
    let Some(program) = checked.program else { panic!("{path}: {:?}", checked.findings) };
    program.experiments.into_iter().flat_map(|experiment| experiment.arms).collect()
}

/// The arms of a program of the repository.
fn arms_of(path: &str) -> Vec<Arm> {
    arms(&Disk, path)
}

/// The task that an expression comes to, after some items.
fn task_of(items: &str, expression: &str) -> Task {
    let words = if expression.starts_with("text.") { ", tokenizer: words" } else { "" };
    let made = |score: &str| {
        let text = format!(
            "use std.classification\nuse std.regression\nuse std.sequences\nuse std.shapes\nuse std.text\nuse std.models\n\
             use std.curricula\n{items}\nlet trained = {expression}\nmetric score = {score}(trained) at last\n\
             experiment study {{\n  model: models.gpt2(layers: 2, heads: 2, width: 16{words})\n  batch: 8\n  data: fresh\n  \
             optimizer: adam(lr: 3e-3)\n  seeds: 1\n  curriculum: curricula.only(trained, 10 steps)\n  \
             measure {{ every: 5 steps, on: 16 sequences, score }}\n}}\n"
        );
        let words = std::fs::read_to_string("tests/programs/words.tsv").unwrap();
        let world = Files(
            [("program.icl", text.clone()), ("words.tsv", words)]
                .map(|(path, text)| (PathBuf::from(path), text))
                .into(),
        );
        let checked = check(&world, Path::new("program.icl"), &[]);
        let mut program = checked.program.ok_or_else(|| format!("{:?}\n{text}", checked.findings))?;
        Ok::<Task, String>(program.experiments.remove(0).arms.remove(0).training.tasks.remove(0))
    };
    made("cross_entropy")
        .or_else(|said| made("squared_error").map_err(|_| said))
        .unwrap_or_else(|said| panic!("{said}"))
}

/// A card with the memory of a trial.
struct Trial {
    card: Host,
    kept: Vec<Memory>,
}

impl Trial {
    fn new() -> Self {
        Self { card: Host::new(), kept: Vec::new() }
    }

    /// Memory that holds words for each model.
    fn put(&mut self, words: &[Vec<u32>]) -> Operand {
        let each = words[0].len().next_multiple_of(2);
        let memory = self.card.allot(each * words.len()).unwrap();
        for (model, words) in words.iter().enumerate() {
            self.card.write(&memory, model * each, words).unwrap();
        }
        let at = memory.at;
        self.kept.push(memory);
        Operand { at, stride: each as i64, by_seat: 0 }
    }

    /// What stands in the memory of an operand, model by model.
    fn get(&self, operand: Operand, models: usize) -> Vec<Vec<u32>> {
        let memory = self.kept.iter().find(|memory| memory.at == operand.at).unwrap();
        let each = operand.stride as usize;
        let read = |model: usize| {
            let mut words = vec![0; each];
            self.card.read(memory, model * each, &mut words).unwrap();
            words
        };
        (0..models).map(read).collect()
    }

    fn launch(&self, launches: Vec<Launch>, models: usize) {
        self.card.launch(&Recorded { number: 0, launches }, models).unwrap();
    }

    /// Puts a drawing there and draws some sequences of each sampler.
    fn draw(
        &mut self,
        drawing: &Drawing,
        samplers: &[&Sampler<'_>],
        sequences: &[Vec<u64>],
        table: Option<&Embeddings>,
    ) -> Places {
        let models = samplers.len();
        let count = sequences[0].len();
        let numbers = |numbers: &Vec<u64>| numbers.iter().flat_map(|&n| [n as u32, (n >> 32) as u32]).collect();
        let places = Places {
            code: self.put(&[drawing.code().to_vec()]).at,
            shared: self.put(&[drawing.shared()]).at,
            own: self.put(&samplers.iter().map(|sampler| drawing.own(sampler)).collect::<Vec<_>>()),
            drawn: self.put(&vec![vec![0; drawing.room(count)]; models]),
            sequences: self.put(&sequences.iter().map(numbers).collect::<Vec<_>>()),
            faults: self.put(&vec![vec![0]; models]),
            embeddings: table.map_or(0, |table| self.put(&[embeddings(table)]).at),
            seats: 0,
        };
        self.launch(vec![drawing.draw(&places, count)], models);
        places
    }
}
