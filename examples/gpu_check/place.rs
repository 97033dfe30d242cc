//! What is checked: a card, or the processor in its place.

use icl::engine::card::Card;
use icl::engine::card::host::Host;
use icl::engine::error::Result;
use std::sync::Arc;

/// A card that was opened.
pub struct Place {
    pub card: Arc<dyn Card>,
    /// Whether it is one, rather than the processor.
    pub real: bool,
    /// Why it is not.
    pub missing: Option<String>,
}

impl Place {
    /// The card asked for. Where none was asked for and there is none, the processor.
    ///
    /// # Errors
    /// If the card that was asked for is not there.
    pub fn open(asked: Option<&str>) -> std::result::Result<Self, String> {
        let host = |missing| Self { card: Arc::new(Host::new()), real: false, missing };
        match asked {
            Some("host") => Ok(host(None)),
            Some(number) => {
                let ordinal = number.parse().map_err(|_| format!("--card takes a number or `host`: not `{number}`"))?;
                let card = cuda(ordinal).map_err(|error| error.to_string())?;
                Ok(Self { card, real: true, missing: None })
            }
            None => Ok(match cuda(0) {
                Ok(card) => Self { card, real: true, missing: None },
                Err(error) => host(Some(error.to_string())),
            }),
        }
    }
}

#[cfg(feature = "cuda")]
fn cuda(ordinal: usize) -> Result<Arc<dyn Card>> {
    Ok(Arc::new(icl::engine::card::cuda::Cuda::new(ordinal)?))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<Arc<dyn Card>> {
    // It says why there are none.
    icl::engine::stacked::deck::cuda(None).map(|_| Arc::new(Host::new()) as Arc<dyn Card>)
}
