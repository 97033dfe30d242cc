//! What each operation of a program says, in tensors `[B, rows, width]`.

use super::tensor;
use crate::engine::batch::{Batch, Input};
use crate::engine::dropout::{Noise, fill};
use crate::engine::error::{Result, ensure};
use crate::engine::program::{Order, slope, wave};
use crate::program::model::{Activation, Rotary};
use candle_core::{D, DType, Device, Tensor};
use std::f64::consts::PI;
use std::ops::Range;

/// `x W + b` of dense tokens, row `x` of `W` plus `b` of labels.
pub(super) fn read_in(batch: &Batch, weight: &Tensor, bias: &Tensor, kind: DType) -> Result<Tensor> {
    let (sequences, tokens) = (batch.sequences, batch.tokens);
    let (inputs, width) = weight.dims2()?;
    match &batch.input {
        Input::Dense(values) => {
            let x = Tensor::from_slice(values, (sequences, tokens, inputs), &Device::Cpu)?.to_dtype(kind)?;
            linear(&x, weight, bias, &(0..width))
        }
        Input::Labels(labels) => {
            let labels = Tensor::from_slice(labels, sequences * tokens, &Device::Cpu)?;
            let rows = weight.index_select(&labels, 0)?.reshape((sequences, tokens, width))?;
            Ok(rows.broadcast_add(bias)?)
        }
    }
}

/// `x W + b` for some columns of `W` and `b`.
pub(super) fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor, columns: &Range<usize>) -> Result<Tensor> {
    let weight = weight.narrow(1, columns.start, columns.len())?.contiguous()?;
    let bias = bias.narrow(0, columns.start, columns.len())?;
    product(x, &weight)?.broadcast_add(&bias).map_err(Into::into)
}

/// `x W^T + b` for as many rows of `W` as `b` has numbers.
pub(super) fn tied(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let rows = weight.narrow(0, 0, bias.dim(0)?)?;
    product(x, &rows.t()?.contiguous()?)?.broadcast_add(bias).map_err(Into::into)
}

/// Every row of every sequence times a matrix.
fn product(x: &Tensor, matrix: &Tensor) -> Result<Tensor> {
    let (sequences, rows, width) = x.dims3()?;
    let flat = x.reshape((sequences * rows, width))?.matmul(matrix)?;
    Ok(flat.reshape((sequences, rows, matrix.dim(1)?))?)
}

/// Adds row `t` of the table to token `t`.
pub(super) fn add_positions(x: &Tensor, table: &Tensor) -> Result<Tensor> {
    Ok(x.broadcast_add(&table.narrow(0, 0, x.dim(1)?)?)?)
}

/// Adds fixed sines and cosines (Vaswani et al. 2017).
pub(super) fn add_waves(x: &Tensor) -> Result<Tensor> {
    let (_, tokens, width) = x.dims3()?;
    let waves = (0..tokens).flat_map(|token| (0..width).map(move |at| f64::from(wave(token, at, width))));
    Ok(x.broadcast_add(&tensor(&waves.collect::<Vec<_>>(), &[tokens, width], x.dtype())?)?)
}

/// What variances gain before their root is taken.
const EPS: f64 = 1e-5;

/// Every row less its mean, over its standard deviation, times the scale plus the shift (Ba et al. 2016).
pub(super) fn layer_norm(x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(D::Minus1)? + EPS)?.sqrt()?;
    Ok(centred.broadcast_div(&deviation)?.broadcast_mul(scale)?.broadcast_add(shift)?)
}

/// GELU in its tanh form or exactly (Hendrycks and Gimpel 2016), or ReLU.
pub(super) fn activation(x: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Gelu => {
            let inner = ((x + ((x.sqr()? * x)? * 0.044_715)?)? * (2.0 / PI).sqrt())?;
            Ok(((x * 0.5)? * (inner.tanh()? + 1.0)?)?)
        }
        Activation::GeluErf => Ok(((x * 0.5)? * ((x / 2.0_f64.sqrt())?.erf()? + 1.0)?)?),
        // As a product, so that the derivative at 0 is 0.
        Activation::Relu => Ok((x * x.gt(&x.zeros_like()?)?.to_dtype(x.dtype())?)?),
    }
}

/// Zeroes some numbers and scales the others up (Srivastava et al. 2014).
pub(super) fn dropout(x: &Tensor, share: f64, place: u64, noise: Noise) -> Result<Tensor> {
    let (sequences, rows, width) = x.dims3()?;
    let mut factors = vec![0.0; sequences * rows * width];
    for (sequence, factors) in factors.chunks_mut(rows * width).enumerate() {
        fill(noise, place, sequence as u64, share, factors);
    }
    let factors = Tensor::from_vec(factors, x.shape(), &Device::Cpu)?.to_dtype(x.dtype())?;
    Ok((x * factors)?)
}

/// The rows at the tokens `wanted` of a value that has a row for each of `tokens`, which are in order.
pub(super) fn select(x: &Tensor, tokens: &[usize], wanted: &[usize]) -> Result<Tensor> {
    let mut places = Vec::with_capacity(wanted.len());
    for token in wanted {
        let place = tokens.binary_search(token);
        ensure(place.is_ok(), || format!("token {token} among {tokens:?}"))?;
        places.extend(place.map(|place| place as u32));
    }
    let places = Tensor::from_slice(&places, wanted.len(), &Device::Cpu)?;
    Ok(x.index_select(&places, 1)?)
}

/// So many rows of every sequence, each by its token, of `x` with a row for every token.
pub(super) fn select_each(x: &Tensor, positions: usize, wanted: &[usize]) -> Result<Tensor> {
    let (sequences, tokens, width) = x.dims3()?;
    ensure(wanted.len() == sequences * positions, || format!("{} rows of {sequences} sequences", wanted.len()))?;
    let place = |(at, token): (usize, &usize)| (at / positions * tokens + token) as u32;
    let places: Vec<u32> = wanted.iter().enumerate().map(place).collect();
    let places = Tensor::from_slice(&places, wanted.len(), &Device::Cpu)?;
    let rows = x.contiguous()?.reshape((sequences * tokens, width))?.index_select(&places, 0)?;
    Ok(rows.reshape((sequences, positions, width))?)
}

/// The values of keys and values side by side.
pub(super) fn values(keys_values: &Tensor) -> Result<Tensor> {
    let width = keys_values.dim(2)? / 2;
    Ok(keys_values.narrow(2, width, width)?.contiguous()?)
}

/// The numbers of a head times their rows of the output projection.
pub(super) fn project(mixed: &Tensor, weight: &Tensor, head: usize, heads: usize) -> Result<Tensor> {
    let width = mixed.dim(2)? / heads;
    product(&mixed.narrow(2, head * width, width)?.contiguous()?, &weight.narrow(0, head * width, width)?)
}

/// A value in which a constant takes the place of some numbers of one axis, from `start` on.
pub(super) fn replaced(value: &Tensor, constant: &Tensor, axis: usize, start: usize) -> Result<Tensor> {
    let (end, size) = (start + constant.dim(axis)?, value.dim(axis)?);
    let mut parts = Vec::new();
    if start > 0 {
        parts.push(value.narrow(axis, 0, start)?);
    }
    parts.push(constant.clone());
    if end < size {
        parts.push(value.narrow(axis, end, size - end)?);
    }
    Ok(Tensor::cat(&parts, axis)?.contiguous()?)
}

/// Causal attention of several heads.
pub(super) struct Attention<'a> {
    pub heads: usize,
    pub order: Order,
    pub softmax: bool,
    /// The token at which each query stands; keys stand at all of them.
    pub queries: &'a [usize],
}

impl Attention<'_> {
    /// The weights of queries `[B, rows, width]` for keys, the first of what stands side by side in `[B, T, 2 width]`:
    /// `[B, heads, rows, T]`.
    pub fn pattern(&self, queries: &Tensor, keys_values: &Tensor) -> Result<Tensor> {
        let (_, _, width) = queries.dims3()?;
        let tokens: Vec<usize> = (0..keys_values.dim(1)?).collect();
        let mut queries = self.split(queries)?;
        let mut keys = self.split(&keys_values.narrow(2, 0, width)?)?;
        if let Order::Rotary(rotary) = self.order {
            queries = rotate(&queries, rotary, self.queries)?;
            keys = rotate(&keys, rotary, &tokens)?;
        }
        let mut scores = (queries.matmul(&keys.t()?.contiguous()?)? / ((width / self.heads) as f64).sqrt())?;
        if self.order == Order::Alibi {
            scores = scores.broadcast_sub(&self.biases(&tokens, scores.dtype())?)?;
        }
        if self.softmax { self.chances(&scores) } else { self.shares(&scores) }
    }

    /// The values, the last of what stands side by side in `[B, T, 2 width]`, mixed by a pattern: `[B, rows, width]`.
    pub fn mix(&self, pattern: &Tensor, keys_values: &Tensor) -> Result<Tensor> {
        let (sequences, _, rows, _) = pattern.dims4()?;
        let values = self.split(&values(keys_values)?)?;
        let mixed = pattern.matmul(&values)?.transpose(1, 2)?.contiguous()?;
        Ok(mixed.reshape((sequences, rows, keys_values.dim(2)? / 2))?)
    }

    /// `[B, rows, width]` to `[B, heads, rows, head width]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (sequences, rows, width) = x.dims3()?;
        let heads = x.contiguous()?.reshape((sequences, rows, self.heads, width / self.heads))?;
        Ok(heads.transpose(1, 2)?.contiguous()?)
    }

    /// A number for each query and key, `[rows, T]`; `value` is given the tokens at which they stand.
    fn table(&self, keys: usize, kind: DType, value: impl Fn(usize, usize) -> f64) -> Result<Tensor> {
        let values = self.queries.iter().flat_map(|&query| (0..keys).map(move |key| (query, key)));
        let values: Vec<f64> = values.map(|(query, key)| value(query, key)).collect();
        tensor(&values, &[self.queries.len(), keys], kind)
    }

    /// `slope (i - j)` for each head, `[heads, rows, T]`; later keys are masked anyhow.
    fn biases(&self, tokens: &[usize], kind: DType) -> Result<Tensor> {
        let distances = self.table(tokens.len(), kind, |query, key| query.saturating_sub(key) as f64)?;
        let slopes: Vec<f64> = (0..self.heads).map(|head| f64::from(slope(head, self.heads))).collect();
        Ok(distances.broadcast_mul(&tensor(&slopes, &[self.heads, 1, 1], kind)?)?)
    }

    /// The softmax of the scores of the keys that a query sees (Vaswani et al. 2017).
    fn chances(&self, scores: &Tensor) -> Result<Tensor> {
        let unseen = |query, key| if key > query { f64::NEG_INFINITY } else { 0.0 };
        let scores = scores.broadcast_add(&self.table(scores.dim(3)?, scores.dtype(), unseen)?)?;
        // The softmax is the same whatever is taken off all scores, so that no gradient flows through the largest.
        let powers = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
        Ok(powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?)
    }

    /// The scores of the keys that a query sees, each over their number (Ahn et al. 2023).
    fn shares(&self, scores: &Tensor) -> Result<Tensor> {
        let share = |query: usize, key: usize| if key > query { 0.0 } else { 1.0 / (query + 1) as f64 };
        Ok(scores.broadcast_mul(&self.table(scores.dim(3)?, scores.dtype(), share)?)?)
    }
}

/// Rotary embedding (Su et al. 2021) of `[B, heads, rows, head width]` whose rows stand at `tokens`: of the first `turned`
/// numbers of a head `i` and `i + half` are turned together by `t / base^(i / half)`, as in GPT-NeoX.
fn rotate(x: &Tensor, Rotary { turned, base }: Rotary, tokens: &[usize]) -> Result<Tensor> {
    let (half, rest) = (turned / 2, x.dim(3)? - turned);
    if half == 0 {
        return Ok(x.clone());
    }
    let angles =
        tokens.iter().flat_map(|&token| (0..half).map(move |at| token as f64 / base.powf(at as f64 / half as f64)));
    let angles: Vec<f64> = angles.collect();
    let of = |f: fn(f64) -> f64| {
        tensor(&angles.iter().map(|&angle| f(angle)).collect::<Vec<_>>(), &[tokens.len(), half], x.dtype())
    };
    let (cos, sin) = (of(libm::cos)?, of(libm::sin)?);
    let (left, right) = (x.narrow(3, 0, half)?, x.narrow(3, half, half)?);
    let turned_left = (left.broadcast_mul(&cos)? - right.broadcast_mul(&sin)?)?;
    let turned_right = (right.broadcast_mul(&cos)? + left.broadcast_mul(&sin)?)?;
    let mut parts = vec![turned_left, turned_right];
    if rest > 0 {
        parts.push(x.narrow(3, turned, rest)?);
    }
    Ok(Tensor::cat(&parts, 3)?.contiguous()?)
}
