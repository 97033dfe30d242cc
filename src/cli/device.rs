//! What a study is computed with: `--device` and `--engine`.

use super::estimate::cores;
use crate::cluster::Compute;
use crate::engine::network::arithmetic;
use crate::engine::stacked::Deck;
use crate::engine::stacked::deck::cuda;
use crate::plan::Plan;
use crate::program::training::{Arithmetic, Products};
use std::str::FromStr;
use std::sync::Arc;

/// Where numbers are computed, and by what.
#[derive(Clone, Default, clap::Args)]
pub struct Computing {
    /// Where numbers are computed: on the processor, on the cards that the CUDA driver finds, on card N, or on cards where
    /// there are some. Cells of one model are then computed together.
    #[arg(long, value_name = "cpu | cuda[:N] | auto", default_value = "cpu")]
    device: Device,
    /// What computes: the fast engine; the plain one, which it is checked against and which is many times slower; or the
    /// stacked one, which cards have and which the processor only tries out.
    #[arg(long, value_enum)]
    engine: Option<Engine>,
}

/// Where numbers are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    #[default]
    Cpu,
    /// All cards, or one.
    Cuda(Option<usize>),
    Auto,
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "auto" => Ok(Self::Auto),
            "cuda" => Ok(Self::Cuda(None)),
            _ => {
                let number = text.strip_prefix("cuda:").and_then(|number| number.parse().ok());
                number.map(|number| Self::Cuda(Some(number))).ok_or_else(|| "write cpu, cuda, cuda:0 or auto".into())
            }
        }
    }
}

/// All give the same numbers but for rounding; each keeps results of its own.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Engine {
    Fast,
    Plain,
    Stacked,
}

/// Cells that are trained at once on cards, unless `--jobs` says another number.
const TOGETHER: usize = 1024;

/// What was chosen, at hand.
pub struct Chosen {
    pub compute: Compute,
    pub arithmetic: Arithmetic,
    /// What is worth telling: which cards there are, or why there is none.
    pub said: Option<String>,
    /// Whether that is on cards, whose memory then holds the models.
    pub cards: bool,
}

impl Chosen {
    /// How many of so many cells are trained at once, where that was not said: as many as there are cores on the processor,
    /// where each takes one; on cards, where they share them, all.
    pub fn jobs(&self, asked: Option<usize>, cells: usize) -> usize {
        let usual = || if self.cards { cells.min(TOGETHER) } else { cores() };
        asked.unwrap_or_else(usual).max(1)
    }

    /// Whether it computes the numbers that every cell asks for; else what does.
    pub fn computes(&self, plans: &[Plan]) -> Result<(), String> {
        let mut asked = plans.iter().flat_map(|plan| &plan.cells).map(|cell| cell.training.numerics);
        let rounded = asked.find(|numerics| numerics.products != Products::Whole);
        match (rounded, &self.compute) {
            (Some(numerics), Compute::Fast | Compute::Plain) => Err(format!(
                "`numerics: {}` is computed on cards\n  help: run it with `--device cuda`, or try it out with `--engine stacked`, \
                 which rounds as a card does and is slow",
                numerics.word()
            )),
            _ => Ok(()),
        }
    }
}

impl Computing {
    /// Whether cards are asked for.
    pub fn cards(&self) -> bool {
        self.device != Device::Cpu
    }

    /// What a plan is of: the arithmetic that would compute it, and the bytes that are free on the cards that are asked for,
    /// of the one that has the least. What is planned for cards that are not here is planned for some.
    pub fn planned(&self) -> (Arithmetic, Option<u64>) {
        match self.open() {
            Ok(Chosen { compute: Compute::Stacked(deck), arithmetic, cards: true, .. }) => (arithmetic, deck.free()),
            Ok(chosen) => (chosen.arithmetic, None),
            Err(_) => (Arithmetic::Card, None),
        }
    }

    /// What was asked for that no machine has.
    pub fn misfit(&self) -> Option<&'static str> {
        let on_processor = matches!(self.engine, Some(Engine::Fast | Engine::Plain));
        (on_processor && matches!(self.device, Device::Cuda(_)))
            .then_some("the fast and the plain engine compute on the processor: leave --engine or --device out\n")
    }

    /// Opens the cards that are asked for, or says what is missing and what to do.
    pub fn open(&self) -> Result<Chosen, String> {
        let on_processor = |said| {
            let (compute, arithmetic) = match self.engine {
                None | Some(Engine::Fast) => (Compute::Fast, arithmetic()),
                Some(Engine::Plain) => (Compute::Plain, Arithmetic::Composed),
                Some(Engine::Stacked) => (Compute::Stacked(Arc::new(Deck::host())), Arithmetic::Emulated),
            };
            Chosen { compute, arithmetic, said, cards: false }
        };
        let ordinal = match (self.device, self.engine) {
            (Device::Cpu, _) | (Device::Auto, Some(Engine::Fast | Engine::Plain)) => return Ok(on_processor(None)),
            (Device::Cuda(ordinal), _) => ordinal,
            (Device::Auto, _) => None,
        };
        match cuda(ordinal) {
            Ok(deck) => {
                let said = Some(format!("computing on {}\n", deck.names().join(", ")));
                let compute = Compute::Stacked(Arc::new(deck));
                Ok(Chosen { compute, arithmetic: Arithmetic::Card, said, cards: true })
            }
            Err(missing) if self.device == Device::Auto => {
                Ok(on_processor(Some(format!("{missing}; computing on the processor\n"))))
            }
            Err(missing) => Err(format!("{missing}\n  help: compute on the processor with `--device cpu`")),
        }
    }
}
