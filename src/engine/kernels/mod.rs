//! The operations of the step program on the CPU, each with a backward of its own.
//!
//! Every kernel is a pair of plain functions over slices, in one thread and in a fixed order, so that a result has
//! the same bits whatever else the process does. A `CustomOp` wraps each pair, so that candle's tensors and its
//! automatic differentiation can use it: several of candle's own composed operations (`softmax_last_dim`,
//! `layer_norm`, `rms_norm`) have no backward and cut the graph without a word.

pub mod activation;
pub mod add;
pub mod attention;
pub mod cross_entropy;
pub mod linear;
pub mod loss;
pub mod math;
pub mod norm;
pub mod positions;
pub mod select;
pub(crate) mod simd;
pub mod squared_error;

use candle_core::{CpuStorage, Device, Layout, Result, Shape, Storage, StorageRef, Tensor, bail};

/// The numbers of a contiguous f32 storage.
pub(crate) fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("a kernel needs contiguous values") };
    match storage {
        CpuStorage::F32(values) => Ok(&values[start..end]),
        _ => bail!("a kernel needs f32 values"),
    }
}

/// A tensor's numbers, borrowed.
pub(crate) struct Floats<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

impl<'a> Floats<'a> {
    pub(crate) fn of(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, layout }
    }

    pub(crate) fn slice(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(storage) => floats(storage, self.layout),
            _ => bail!("a kernel needs values on the CPU"),
        }
    }
}

/// A CPU tensor of the given numbers, without a copy.
pub(crate) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> Result<Tensor> {
    Tensor::from_vec(values, shape.into(), &Device::Cpu)
}

/// How many rows the last dimension divides the values into, and its width.
pub(crate) fn rows(shape: &Shape) -> Result<(usize, usize)> {
    let dims = shape.dims();
    match dims.split_last() {
        Some((&width, rest)) => Ok((rest.iter().product(), width)),
        None => bail!("a kernel needs at least one dimension"),
    }
}
