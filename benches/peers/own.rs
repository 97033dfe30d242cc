//! icl's side: the same models on the threads of a crew.

use crate::case::{BATCHES, Case};
use crate::peer::Stretch;
use icl::engine::adam::Update;
use icl::engine::batch::{Batch, Term};
use icl::engine::crew::Crew;
use icl::engine::network::Network;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The models in training.
pub struct Own {
    crew: Arc<Crew>,
    cells: Vec<Cell>,
    threads: usize,
}

struct Cell {
    network: Network,
    batches: Vec<Batch>,
    terms: Vec<Term>,
    update: Update,
}

impl Cell {
    fn step(&mut self) -> f64 {
        let batch = &self.batches[self.network.steps() as usize % BATCHES];
        self.network.step(batch, &self.terms, &self.update, None).expect("the step is made").total
    }
}

impl Own {
    pub fn new(case: &Case, threads: usize) -> Self {
        // With one cell the crew's own threads share its steps; with several each thread of ours steps some cells, and helps
        // the others once it has none.
        let crew = Arc::new(Crew::new(if case.cells > 1 { 1 } else { threads }));
        let networks = case.networks(&crew).into_iter().enumerate();
        let cells = networks.map(|(cell, network)| Cell {
            network,
            batches: case.batches(cell),
            terms: case.terms(),
            update: case.update(),
        });
        Self { cells: cells.collect(), crew, threads }
    }

    /// The parameters of one cell by name, as they are now.
    pub fn parameters(&self, cell: usize) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        let network = &self.cells[cell].network;
        let shapes = network.program().parameters.iter().map(|parameter| parameter.shape.clone());
        let values = network.parameters().expect("weights in memory").into_iter().zip(shapes);
        values
            .map(|((name, values), shape)| (name, shape, values.into_iter().map(|value| value as f32).collect()))
            .collect()
    }

    pub fn batches(&self, cell: usize) -> &[Batch] {
        &self.cells[cell].batches
    }

    /// So many steps of all cells, one cell after another as in `icl run`; a step takes what it takes in all of them.
    pub fn steps(&mut self, count: usize) -> Stretch {
        let workers = self.threads.min(self.cells.len());
        let share = self.cells.len().div_ceil(workers);
        let (crew, left) = (&self.crew, &AtomicUsize::new(workers));
        let work = |cells: &mut [Cell]| {
            let mut stretch = Stretch::default();
            let mut steps = vec![(0.0, Vec::new()); count];
            for cell in cells {
                for (seconds, losses) in &mut steps {
                    let start = Instant::now();
                    losses.push(cell.step());
                    *seconds += start.elapsed().as_secs_f64();
                }
            }
            steps.into_iter().for_each(|(seconds, losses)| stretch.push(seconds * 1e3, losses));
            left.fetch_sub(1, Ordering::Relaxed);
            crew.help(&|| left.load(Ordering::Relaxed) == 0);
            stretch
        };
        std::thread::scope(|scope| {
            let mut shares = self.cells.chunks_mut(share);
            let first = shares.next().expect("there is a cell");
            let others: Vec<_> = shares.map(|cells| scope.spawn(|| work(cells))).collect();
            let others = |stretch| {
                others
                    .into_iter()
                    .fold(stretch, |all: Stretch, other| all.beside(other.join().expect("steps are made")))
            };
            others(work(first))
        })
    }
}
