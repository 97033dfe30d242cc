//! One function body compiled for several instruction sets, the best chosen when the program runs.
//!
//! Bodies are plain loops that the compiler vectorises. A body takes a constant that says whether a fused
//! multiply-add is one instruction; sums are spread over [`LANES`] partial sums in a fixed order, so AVX2 and AVX-512
//! give the same bits.
//!
//! What a body calls must be inlined into it, or it is compiled for the plainest machine and several times slower:
//! loops over slices and `#[inline(always)]` functions are, `collect` and `extend` are not.

use std::sync::OnceLock;

/// The vectors of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Vectors {
    /// None that we know.
    Plain,
    /// AVX2 with fused multiply-add.
    Narrow,
    /// AVX-512.
    Wide,
}

/// The vectors that are used: the widest that the machine has, or narrower ones where the environment's `ICL_VECTORS`
/// says `avx2` or `plain`.
pub(crate) fn vectors() -> Vectors {
    static USED: OnceLock<Vectors> = OnceLock::new();
    *USED.get_or_init(|| {
        let asked = match std::env::var("ICL_VECTORS").as_deref() {
            Ok("plain") => Vectors::Plain,
            Ok("avx2") => Vectors::Narrow,
            _ => Vectors::Wide,
        };
        asked.min(there())
    })
}

#[cfg(target_arch = "x86_64")]
fn there() -> Vectors {
    let narrow = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let wide = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (narrow, wide) {
        (true, true) => Vectors::Wide,
        (true, false) => Vectors::Narrow,
        (false, _) => Vectors::Plain,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn there() -> Vectors {
    Vectors::Plain
}

/// How many partial sums a reduction keeps.
pub(crate) const LANES: usize = 16;

/// `a b + c`, fused where that is one instruction.
#[inline(always)]
pub(crate) fn fma<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Combines the lanes in pairs.
#[inline(always)]
pub(crate) fn fold(mut lanes: [f32; LANES], combine: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = combine(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// Adds the partial sums in pairs.
#[inline(always)]
pub(crate) fn total(lanes: [f32; LANES]) -> f32 {
    fold(lanes, |a, b| a + b)
}

/// `sum over i of f(i)` for `i` below `count`, over lanes.
#[inline(always)]
pub(crate) fn sum(count: usize, mut f: impl FnMut(usize) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let whole = count / LANES * LANES;
    let mut start = 0;
    while start < whole {
        for (lane, partial) in lanes.iter_mut().enumerate() {
            *partial += f(start + lane);
        }
        start += LANES;
    }
    for at in whole..count {
        lanes[at - whole] += f(at);
    }
    total(lanes)
}

/// Defines `name(args)`, which runs `body::<FUSED>(args)` compiled for the machine at hand.
macro_rules! simd {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? = $body:ident;) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[allow(clippy::too_many_arguments)]
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn wide($($arg: $kind),*) $(-> $out)? {
                    $body::<true>($($arg),*)
                }
                #[allow(clippy::too_many_arguments)]
                #[target_feature(enable = "avx2,fma")]
                fn narrow($($arg: $kind),*) $(-> $out)? {
                    $body::<true>($($arg),*)
                }
                match $crate::engine::kernels::simd::vectors() {
                    // SAFETY: the machine has every instruction that `wide` was compiled for.
                    $crate::engine::kernels::simd::Vectors::Wide => return unsafe { wide($($arg),*) },
                    // SAFETY: the machine has every instruction that `narrow` was compiled for.
                    $crate::engine::kernels::simd::Vectors::Narrow => return unsafe { narrow($($arg),*) },
                    $crate::engine::kernels::simd::Vectors::Plain => {}
                }
            }
            $body::<{ cfg!(target_arch = "aarch64") }>($($arg),*)
        }
    };
}
pub(crate) use simd;
