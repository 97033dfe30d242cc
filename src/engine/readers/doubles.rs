//! Vectors of f64, for the products that must keep their sums in registers.

/// A vector of f64. Methods must be inlined into a function that was compiled for the machine that has it.
pub(super) trait Doubles: Copy {
    const LANES: usize;

    /// `LANES` numbers from `from`.
    ///
    /// # Safety
    /// They must be readable, and the machine must have the vector.
    unsafe fn load(from: *const f64) -> Self;

    /// Writes `LANES` numbers to `to`.
    ///
    /// # Safety
    /// They must be writable, and the machine must have the vector.
    unsafe fn store(self, to: *mut f64);

    /// The same number in every lane.
    ///
    /// # Safety
    /// The machine must have the vector.
    unsafe fn splat(value: f64) -> Self;

    /// `self * other + sum`, rounded once where the machine can.
    ///
    /// # Safety
    /// The machine must have the vector.
    unsafe fn times_plus(self, other: Self, sum: Self) -> Self;
}

/// For machines without vectors that we know.
impl Doubles for [f64; 2] {
    const LANES: usize = 2;

    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: as the caller says.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: as the caller says.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        [value; 2]
    }

    #[inline(always)]
    unsafe fn times_plus(self, other: Self, sum: Self) -> Self {
        let one = |at: usize| super::panels::fma::<{ cfg!(target_arch = "aarch64") }>(self[at], other[at], sum[at]);
        [one(0), one(1)]
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Doubles;
    use std::arch::x86_64::{
        __m256d, __m512d, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_set1_pd, _mm256_storeu_pd, _mm512_fmadd_pd,
        _mm512_loadu_pd, _mm512_set1_pd, _mm512_storeu_pd,
    };

    macro_rules! doubles {
        ($kind:ty, $lanes:literal, $load:ident, $store:ident, $splat:ident, $fma:ident) => {
            impl Doubles for $kind {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn load(from: *const f64) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f64) {
                    // SAFETY: as the caller says.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn splat(value: f64) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $splat(value) }
                }

                #[inline(always)]
                unsafe fn times_plus(self, other: Self, sum: Self) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $fma(self, other, sum) }
                }
            }
        };
    }

    doubles!(__m512d, 8, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_set1_pd, _mm512_fmadd_pd);
    doubles!(__m256d, 4, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_set1_pd, _mm256_fmadd_pd);
}
