//! A network made again from the identity of its first segment and a checkpoint.

use crate::engine::error::Result;
use crate::engine::network::{Engine, Network};
use crate::engine::plain;
use crate::engine::program::{Head, Interface};
use crate::engine::state::Array;
use crate::program::model::{Context, Model, Site};
use crate::program::training::{Numerics, Width};
use serde::{Deserialize, Serialize};

/// What stands of a model in the identity of a run's first segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Described {
    pub seed: u64,
    pub numerics: Numerics,
    pub model: Model,
    /// Width of a dense token, or how many labels a token can be.
    pub input: usize,
    /// The longest sequence.
    pub tokens: usize,
    pub outputs: usize,
    /// Read-outs of their own: outputs, site, context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<(usize, Site, Context)>,
}

impl Described {
    /// What the identity of a first segment says.
    ///
    /// # Errors
    /// If it is not that of one.
    pub fn read(identity: &str) -> std::result::Result<Self, String> {
        #[derive(Deserialize)]
        struct Identity {
            start: Described,
        }
        let read: std::result::Result<Identity, _> = serde_json::from_str(identity);
        read.map(|identity| identity.start).map_err(|error| error.to_string())
    }

    /// The network with the weights of a checkpoint.
    ///
    /// # Errors
    /// If the weights are not those of the model.
    pub fn network(&self, arrays: &[Array]) -> Result<Network> {
        let heads = self.heads.iter().map(|&(outputs, site, context)| Head { outputs, site, context });
        let (input, tokens, outputs) = (self.input, self.tokens, self.outputs);
        let interface = Interface { input, tokens, outputs, heads: heads.collect() };
        let engine = match self.numerics.width {
            Width::F32 => Engine::alone(),
            Width::F64 => Engine::Plain(plain::Width::F64),
        };
        let mut network = Network::new(&self.model, &interface, engine, &mut |_, count| vec![0.0; count])?;
        network.load_weights(arrays)?;
        Ok(network)
    }
}

/// The weights of a checkpoint under the names of the model: linear maps are `[inputs, outputs]`.
#[must_use]
pub fn own_names(arrays: &[Array]) -> Vec<Array> {
    let own = |array: &Array| Some(Array { name: array.name.strip_prefix("parameters.")?.into(), ..array.clone() });
    arrays.iter().filter_map(own).collect()
}
