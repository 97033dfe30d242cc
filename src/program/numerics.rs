//! How numbers are computed: how wide they are, and what operations they go through.

use serde::{Deserialize, Serialize};

/// How numbers are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numerics {
    /// Raised when the same program gives other numbers.
    pub revision: u32,
    #[serde(default, skip_serializing_if = "Width::usual")]
    pub width: Width,
    #[serde(default, skip_serializing_if = "Arithmetic::usual")]
    pub arithmetic: Arithmetic,
    /// What products of matrices take their numbers as.
    #[serde(default, skip_serializing_if = "Products::usual")]
    pub products: Products,
}

/// What numbers are rounded to before a product of matrices, whose sums are of 32 bits, as weights and all else are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Products {
    /// To nothing.
    #[default]
    Whole,
    /// To the 11 digits of TF32, on a card.
    Tf32,
    /// Each to two parts of TF32, of which three products are added up, on a card: nearly those of 32 bits.
    Tf32x3,
    /// To the 8 digits of bf16, on a card.
    Bf16,
}

impl Products {
    fn usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What operations numbers go through: each gives bits of its own, and so has results of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// The fast engine where a multiplication and an addition are one instruction, however wide the vectors are.
    #[default]
    Fused,
    /// The fast engine on a machine without such an instruction.
    Unfused,
    /// Tensor operations of a library, as the plain engine composes them.
    Composed,
    /// Kernels of a card.
    Card,
    /// The same kernels, compiled for the processor.
    Emulated,
}

impl Arithmetic {
    fn usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How wide numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    #[default]
    F32,
    F64,
}

impl Numerics {
    /// The word of the language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match (self.width, self.products) {
            (Width::F64, _) => "f64",
            (Width::F32, Products::Whole) => "f32",
            (Width::F32, Products::Tf32) => "tf32",
            (Width::F32, Products::Tf32x3) => "tf32x3",
            (Width::F32, Products::Bf16) => "bf16",
        }
    }
}

impl Width {
    fn usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The arithmetic of this version.
pub const NUMERICS: Numerics =
    Numerics { revision: 4, width: Width::F32, arithmetic: Arithmetic::Fused, products: Products::Whole };
