//! Vectors of the machine, for the loops that must keep their sums in registers.

/// A vector of f32. Methods must be inlined into a function that was compiled for the machine that has it.
pub(crate) trait Vector: Copy {
    const LANES: usize;

    /// `LANES` numbers from `from`.
    ///
    /// # Safety
    /// They must be readable, and the machine must have the vector.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes `LANES` numbers to `to`.
    ///
    /// # Safety
    /// They must be writable, and the machine must have the vector.
    unsafe fn store(self, to: *mut f32);

    /// The same number in every lane.
    ///
    /// # Safety
    /// The machine must have the vector.
    unsafe fn splat(value: f32) -> Self;

    /// Lane by lane.
    ///
    /// # Safety
    /// The machine must have the vector.
    unsafe fn plus(self, other: Self) -> Self;

    /// Asks for the cache line at a place, which need not exist. Changes nothing.
    #[inline(always)]
    fn fetch(_at: *const f32) {}

    /// Turns a square of numbers, `LANES` rows `apart` from `from` on, and writes its columns as rows `wide` apart.
    ///
    /// # Safety
    /// All of them must be readable and writable, and the machine must have the vector.
    unsafe fn turn(from: *const f32, apart: usize, to: *mut f32, wide: usize);

    /// `self * other + sum`, rounded once where the machine can.
    ///
    /// # Safety
    /// The machine must have the vector.
    unsafe fn times_plus(self, other: Self, sum: Self) -> Self;
}

/// For machines without vectors that we know.
impl Vector for [f32; 16] {
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: as the caller says.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as the caller says.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 16]
    }

    #[inline(always)]
    unsafe fn plus(mut self, other: Self) -> Self {
        for (own, other) in self.iter_mut().zip(other) {
            *own += other;
        }
        self
    }

    #[inline(always)]
    unsafe fn turn(from: *const f32, apart: usize, to: *mut f32, wide: usize) {
        for row in 0..Self::LANES {
            for column in 0..Self::LANES {
                // SAFETY: as the caller says.
                unsafe { *to.add(column * wide + row) = *from.add(row * apart + column) };
            }
        }
    }

    #[inline(always)]
    unsafe fn times_plus(self, other: Self, mut sum: Self) -> Self {
        for ((sum, own), other) in sum.iter_mut().zip(self).zip(other) {
            *sum = super::simd::fma::<{ cfg!(target_arch = "aarch64") }>(own, other, *sum);
        }
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use std::arch::x86_64::{
        __m256, __m512, _MM_HINT_T0, _mm_prefetch, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
        _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps,
        _mm256_unpacklo_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_shuffle_f32x4,
        _mm512_shuffle_ps, _mm512_storeu_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
    };

    macro_rules! vector {
        (
            $kind:ty, $lanes:literal, $load:ident, $store:ident, $splat:ident, $plus:ident, $fma:ident,
            $low:ident, $high:ident, $shuffle:ident, $across:ident
        ) => {
            impl Vector for $kind {
                const LANES: usize = $lanes;

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: as the caller says.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn splat(value: f32) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $splat(value) }
                }

                #[inline(always)]
                unsafe fn plus(self, other: Self) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $plus(self, other) }
                }

                #[inline(always)]
                fn fetch(at: *const f32) {
                    // SAFETY: a place that does not exist is passed over.
                    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
                }

                #[inline(always)]
                unsafe fn turn(from: *const f32, apart: usize, to: *mut f32, wide: usize) {
                    // SAFETY: as the caller says.
                    unsafe {
                        let mut rows = [$splat(0.0); $lanes];
                        for (row, vector) in rows.iter_mut().enumerate() {
                            *vector = $load(from.add(row * apart));
                        }
                        // Within every four lanes: four rows become four columns.
                        let mut turned = rows;
                        for first in (0..$lanes).step_by(4) {
                            let (a, b) = ($low(rows[first], rows[first + 1]), $low(rows[first + 2], rows[first + 3]));
                            let (c, d) = ($high(rows[first], rows[first + 1]), $high(rows[first + 2], rows[first + 3]));
                            turned[first] = $shuffle::<0x44>(a, b);
                            turned[first + 1] = $shuffle::<0xee>(a, b);
                            turned[first + 2] = $shuffle::<0x44>(c, d);
                            turned[first + 3] = $shuffle::<0xee>(c, d);
                        }
                        // Then the fours themselves.
                        let turned = $across(turned);
                        for (column, vector) in turned.iter().enumerate() {
                            $store(to.add(column * wide), *vector);
                        }
                    }
                }

                #[inline(always)]
                unsafe fn times_plus(self, other: Self, sum: Self) -> Self {
                    // SAFETY: as the caller says.
                    unsafe { $fma(self, other, sum) }
                }
            }
        };
    }

    /// Block `(i, j)` of four by four fours: column `c` of group `i` holds, in its four `j`, rows `4 i ..` of column
    /// `4 j + c`.
    #[inline(always)]
    unsafe fn fours(groups: [__m512; 16]) -> [__m512; 16] {
        let mut out = groups;
        for column in 0..4 {
            // SAFETY: as the caller says.
            unsafe {
                let (a, b) = (groups[column], groups[4 + column]);
                let (c, d) = (groups[8 + column], groups[12 + column]);
                let (even, odd) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b));
                let (even_too, odd_too) = (_mm512_shuffle_f32x4::<0x88>(c, d), _mm512_shuffle_f32x4::<0xdd>(c, d));
                out[column] = _mm512_shuffle_f32x4::<0x88>(even, even_too);
                out[4 + column] = _mm512_shuffle_f32x4::<0x88>(odd, odd_too);
                out[8 + column] = _mm512_shuffle_f32x4::<0xdd>(even, even_too);
                out[12 + column] = _mm512_shuffle_f32x4::<0xdd>(odd, odd_too);
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn halves(groups: [__m256; 8]) -> [__m256; 8] {
        let mut out = groups;
        for column in 0..4 {
            // SAFETY: as the caller says.
            unsafe {
                out[column] = _mm256_permute2f128_ps::<0x20>(groups[column], groups[4 + column]);
                out[4 + column] = _mm256_permute2f128_ps::<0x31>(groups[column], groups[4 + column]);
            }
        }
        out
    }

    vector!(
        __m512,
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_add_ps,
        _mm512_fmadd_ps,
        _mm512_unpacklo_ps,
        _mm512_unpackhi_ps,
        _mm512_shuffle_ps,
        fours
    );
    vector!(
        __m256,
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_fmadd_ps,
        _mm256_unpacklo_ps,
        _mm256_unpackhi_ps,
        _mm256_shuffle_ps,
        halves
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_turned() {
        fn check<V: Vector>(turn: impl Fn(*const f32, usize, *mut f32, usize)) {
            let (apart, wide) = (V::LANES + 3, V::LANES + 5);
            let from: Vec<f32> = (0..V::LANES * apart).map(|at| at as f32).collect();
            let mut to = vec![-1.0; V::LANES * wide];
            turn(from.as_ptr(), apart, to.as_mut_ptr(), wide);
            for row in 0..V::LANES {
                for column in 0..V::LANES {
                    assert_eq!(to[column * wide + row], from[row * apart + column]);
                }
            }
        }
        // SAFETY: the places exist, and the machine has the vectors where it says so.
        unsafe {
            check::<[f32; 16]>(|from, apart, to, wide| <[f32; 16]>::turn(from, apart, to, wide));
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::x86_64::{__m256, __m512};
                if is_x86_feature_detected!("avx2") {
                    check::<__m256>(|from, apart, to, wide| <__m256>::turn(from, apart, to, wide));
                }
                if is_x86_feature_detected!("avx512f") {
                    check::<__m512>(|from, apart, to, wide| <__m512>::turn(from, apart, to, wide));
                }
            }
        }
    }
}
