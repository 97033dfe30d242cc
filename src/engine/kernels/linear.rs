//! Linear maps `x W + b`, on the `gemm` crate in one thread.
//!
//! Candle's own `matmul` takes the number of threads from `RAYON_NUM_THREADS`; calling `gemm` here keeps every
//! network in the thread that runs it, and lets the product be added to rows that already hold the bias.

use super::simd::simd;
use super::{Floats, floats, rows, tensor};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use gemm::Parallelism;

/// A matrix inside a slice: element `(i, j)` stands at `i row + j column`.
#[derive(Clone, Copy)]
struct Strided<'a> {
    values: &'a [f32],
    row: usize,
    column: usize,
}

impl<'a> Strided<'a> {
    /// Rows of `width` numbers one after another.
    fn rows(values: &'a [f32], width: usize) -> Self {
        Self { values, row: width, column: 1 }
    }

    fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row + (columns - 1) * self.column < self.values.len()
    }
}

/// `a b`, added to `start` if that is not empty; `a` is `[m, k]`, `b` is `[k, n]`, the result `[m, n]` in rows.
fn product(a: Strided, b: Strided, start: Vec<f32>, (m, n, k): (usize, usize, usize)) -> Vec<f32> {
    let (add, mut out) = (!start.is_empty(), start);
    assert!(
        a.holds(m, k) && b.holds(k, n) && k > 0 && (!add || out.len() == m * n),
        "a matrix product needs matrices that fit"
    );
    out.reserve_exact(m * n - out.len());
    // SAFETY: every element that the strides reach lies inside its slice, as asserted; `out` aliases nothing, has room
    // for `m n` numbers, and is read only if it holds as many; after the call all of them have been written.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.values.as_ptr(),
            a.column as isize,
            a.row as isize,
            b.values.as_ptr(),
            b.column as isize,
            b.row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
        out.set_len(m * n);
    }
    out
}

/// `x W + b`: `x` is `[rows, inputs]`, `weight` is `[inputs, outputs]`, the result `[rows, outputs]`.
#[must_use]
pub(crate) fn forward(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let outputs = bias.len();
    let inputs = weight.len() / outputs;
    let rows = x.len() / inputs;
    let mut out = Vec::with_capacity(rows * outputs);
    for _ in 0..rows {
        out.extend_from_slice(bias);
    }
    product(Strided::rows(x, inputs), Strided::rows(weight, outputs), out, (rows, outputs, inputs))
}

/// The gradient of `x`: `grad W^T`.
#[must_use]
pub(crate) fn input_gradient(weight: &[f32], grad: &[f32], outputs: usize) -> Vec<f32> {
    let (inputs, rows) = (weight.len() / outputs, grad.len() / outputs);
    let weight = Strided::rows(weight, outputs).transposed();
    product(Strided::rows(grad, outputs), weight, Vec::new(), (rows, inputs, outputs))
}

/// The gradient of the weight: `x^T grad`.
#[must_use]
pub(crate) fn weight_gradient(x: &[f32], grad: &[f32], outputs: usize) -> Vec<f32> {
    let rows = grad.len() / outputs;
    let inputs = x.len() / rows;
    let x = Strided::rows(x, inputs).transposed();
    product(x, Strided::rows(grad, outputs), Vec::new(), (inputs, outputs, rows))
}

#[inline(always)]
fn column_sums_body<const FUSED: bool>(values: &[f32], sums: &mut [f32]) {
    let width = sums.len();
    let mut partial = vec![0.0_f32; width];
    for block in values.chunks(64 * width) {
        for row in block.chunks_exact(width) {
            for (partial, &value) in partial.iter_mut().zip(row) {
                *partial += value;
            }
        }
        for (sum, partial) in sums.iter_mut().zip(&mut partial) {
            *sum += std::mem::take(partial);
        }
    }
}

simd! {
    /// Adds every row of `sums.len()` numbers to `sums`.
    pub(crate) fn column_sums(values: &[f32], sums: &mut [f32]) = column_sums_body;
}

/// `x W + b` over the last dimension as an operation: `x`, weight `[inputs, outputs]`, bias `[outputs]`.
pub struct Linear {
    /// Whether `x` needs a gradient; the first map of a model has data for `x`.
    pub input_gradient: bool,
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, inputs) = rows(x_layout.shape())?;
        let outputs = bias_layout.shape().elem_count();
        if weight_layout.dims() != [inputs, outputs] {
            bail!("a linear map of {inputs} to {outputs} with a weight of shape {:?}", weight_layout.dims());
        }
        let out = forward(floats(x, x_layout)?, floats(weight, weight_layout)?, floats(bias, bias_layout)?);
        let mut dims = x_layout.dims().to_vec();
        dims.pop();
        dims.push(outputs);
        Ok((CpuStorage::F32(out), dims.into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let outputs = bias.elem_count();
        let grad = grad.contiguous()?;
        let grads = Floats::of(&grad);
        let grads = grads.slice()?;
        let for_x = if self.input_gradient {
            let values = input_gradient(Floats::of(weight).slice()?, grads, outputs);
            Some(tensor(values, x.shape())?)
        } else {
            None
        };
        let for_weight = tensor(weight_gradient(Floats::of(x).slice()?, grads, outputs), weight.shape())?;
        let mut for_bias = vec![0.0; outputs];
        column_sums(grads, &mut for_bias);
        Ok((for_x, Some(for_weight), Some(tensor(for_bias, bias.shape())?)))
    }
}
