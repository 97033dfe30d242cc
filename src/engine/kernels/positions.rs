//! Learned positions: row `t` of a table is added to token `t`.

use super::linear::column_sums;
use super::{Floats, floats, tensor};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// Adds positions to a stream `[B, T, width]`, given a table `[at least T, width]`.
pub struct AddPositions;

impl CustomOp2 for AddPositions {
    fn name(&self) -> &'static str {
        "add_positions"
    }

    fn cpu_fwd(
        &self,
        stream: &CpuStorage,
        stream_layout: &Layout,
        table: &CpuStorage,
        table_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, tokens, width) = stream_layout.shape().dims3()?;
        let (stream, table) = (floats(stream, stream_layout)?, floats(table, table_layout)?);
        if table.len() < tokens * width || table_layout.dims().last() != Some(&width) {
            bail!("positions of shape {:?} for {tokens} tokens of width {width}", table_layout.dims());
        }
        let mut out = Vec::with_capacity(stream.len());
        for sequence in stream.chunks_exact(tokens * width) {
            out.extend(sequence.iter().zip(table).map(|(&value, &position)| value + position));
        }
        Ok((CpuStorage::F32(out), stream_layout.shape().clone()))
    }

    fn bwd(
        &self,
        stream: &Tensor,
        table: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (_, tokens, width) = stream.dims3()?;
        let mut sums = vec![0.0; table.elem_count()];
        column_sums(Floats::of(&grad).slice()?, &mut sums[..tokens * width]);
        Ok((Some(grad), Some(tensor(sums, table.shape())?)))
    }
}
