//! What the processor takes of a step on a card: the cells of a study of tiny models, each with a thread, on a card that
//! computes nothing, so that only what leads to its launches is left. `just bench asking`, or with numbers of cells.

use icl::check::check;
use icl::data::{Embeddings, ShapesSpec};
use icl::engine::card::host::Host;
use icl::engine::card::{Card, Memory, Recorded, Room};
use icl::engine::corpus::Corpus;
use icl::engine::error::Result;
use icl::engine::network::Engine;
use icl::engine::stacked::Deck;
use icl::engine::train::Trainer;
use icl::program::training::Products;
use icl::world::Memory as Files;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Instant;

/// A card with memory alone: what is read is what was there, zeros.
#[derive(Debug)]
struct Idle(Host);

impl Card for Idle {
    fn name(&self) -> String {
        "a card that computes nothing".into()
    }

    fn room(&self) -> Result<Room> {
        self.0.room()
    }

    fn allot(&self, words: usize) -> Result<Memory> {
        self.0.allot(words)
    }

    fn write(&self, memory: &Memory, at: usize, words: &[u32]) -> Result<()> {
        self.0.write(memory, at, words)
    }

    fn read(&self, memory: &Memory, at: usize, words: &mut [u32]) -> Result<()> {
        self.0.read(memory, at, words)
    }

    fn beside(&self) -> Result<Arc<dyn Card>> {
        Ok(Arc::new(Self(self.0.clone())))
    }

    fn copy(&self, from: (&Memory, usize), to: (&Memory, usize), words: usize) -> Result<()> {
        self.0.copy(from, to, words)
    }

    fn launch(&self, _: &Recorded, _: usize) -> Result<()> {
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        Ok(())
    }
}

const STUDY: &str = "use std.regression\nuse std.models\nuse std.curricula\n\
    let task = regression.linear(dim: 8, points: 12)\n\
    experiment study {\n  model: models.gpt2(layers: 2, heads: 2, width: 32)\n  batch: 32\n  data: fresh\n  \
    optimizer: adam(lr: 1e-3)\n  seeds: 1\n  curriculum: curricula.only(task, 100k steps)\n  \
    measure { every: 100k steps, on: 16 sequences }\n}\n";

/// Steps of each cell that are timed.
const STEPS: u64 = 160;

fn main() {
    let mut world = Files::default();
    world.0.insert("main.icl".into(), STUDY.into());
    let checked = check(&world, Path::new("main.icl"), &[]);
    let mut program = checked.program.unwrap_or_else(|| panic!("{:?}", checked.findings));
    let training = program.experiments.remove(0).arms.remove(0).training;
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let counts = if asked.is_empty() { vec![64, 256, 1024] } else { asked };
    println!("cells  ms a step of all  µs a cell");
    for cells in counts {
        let deck = Arc::new(Deck::new(vec![Arc::new(Idle(Host::with_room(32 << 30))) as Arc<dyn Card>]));
        let engine = Engine::Stacked(deck, Products::Whole);
        let barrier = Barrier::new(cells + 1);
        let ms = std::thread::scope(|scope| {
            for seed in 0..cells as u64 {
                let (engine, barrier, training) = (engine.clone(), &barrier, &training);
                scope.spawn(move || {
                    let none = |_: &ShapesSpec| -> Arc<Embeddings> { unreachable!("the study has no images") };
                    let corpus = Corpus::new(training, seed, none).expect("the task is drawn");
                    let mut trainer = Trainer::new(&corpus, engine).expect("the model is compiled");
                    let mut to = |step: u64| {
                        while trainer.steps() < step {
                            trainer.steps_to(step).expect("the card answers");
                        }
                    };
                    to(32);
                    barrier.wait();
                    to(32 + STEPS);
                    barrier.wait();
                });
            }
            barrier.wait();
            let start = Instant::now();
            barrier.wait();
            1e3 * start.elapsed().as_secs_f64() / STEPS as f64
        });
        println!("{cells:5}  {ms:16.2}  {:9.1}", 1e3 * ms / cells as f64);
    }
}
