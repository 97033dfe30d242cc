//! Keeping some tokens of every sequence.

use super::{Floats, floats, tensor};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::sync::Arc;

/// Keeps the tokens at `positions`: `[B, T, width]` to `[B, positions, width]`. A token may be kept twice.
pub struct Select {
    pub positions: Arc<[usize]>,
}

impl CustomOp1 for Select {
    fn name(&self) -> &'static str {
        "select"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (sequences, tokens, width) = layout.shape().dims3()?;
        if let Some(position) = self.positions.iter().find(|&&position| position >= tokens) {
            bail!("token {position} of a sequence of {tokens}");
        }
        let x = floats(x, layout)?;
        let mut out = Vec::with_capacity(sequences * self.positions.len() * width);
        for sequence in x.chunks_exact(tokens * width) {
            for &position in self.positions.iter() {
                out.extend_from_slice(&sequence[position * width..][..width]);
            }
        }
        Ok((CpuStorage::F32(out), (sequences, self.positions.len(), width).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (sequences, tokens, width) = x.dims3()?;
        let grad = grad.contiguous()?;
        let grads = Floats::of(&grad);
        let mut rows = grads.slice()?.chunks_exact(width);
        let mut out = vec![0.0_f32; sequences * tokens * width];
        for sequence in out.chunks_exact_mut(tokens * width) {
            for (&position, row) in self.positions.iter().zip(rows.by_ref()) {
                for (out, &value) in sequence[position * width..][..width].iter_mut().zip(row) {
                    *out += value;
                }
            }
        }
        Ok(Some(tensor(out, x.shape())?))
    }
}
