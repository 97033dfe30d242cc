//! Sixteen streams side by side: the BLAKE3 hashes (O'Connor et al. 2020) of sixteen short messages, and ChaCha8 blocks
//! (Bernstein 2008) of sixteen states. One of either is a chain of dependent steps that leaves most of a processor idle.

use super::kernels::simd::simd;

/// How many stand side by side.
pub const LANES: usize = 16;

/// A word of each lane.
pub type Lane = [u32; LANES];

/// The chaining value that BLAKE3 begins with, which is SHA-256's.
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// Which words of the message the next round of BLAKE3 takes, counted in this round's order.
const NEXT: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
/// The order of the message's words in each round.
const ORDERS: [[usize; 16]; 7] = {
    let mut orders = [[0; 16]; 7];
    let mut place = 0;
    while place < 7 * 16 {
        let (round, word) = (place / 16, place % 16);
        orders[round][word] = if round == 0 { word } else { orders[round - 1][NEXT[word]] };
        place += 1;
    }
    orders
};
/// First block, last block and root: the message has one block.
const ONLY: u32 = 1 | 2 | 8;

simd! {
    /// The hashes of messages of `length` bytes, at most 64, given as words with zeros behind them.
    pub fn hashes(messages: &[Lane; 16], length: u32, out: &mut [Lane; 8]) = hashes_body;
}

simd! {
    /// One block of each state, as eight numbers of 64 bits a lane.
    pub fn blocks(states: &[Lane; 16], out: &mut [[u64; 8]; LANES]) = blocks_body;
}

/// The step that both functions are made of, in their own directions of turning: four words of a four by four square.
macro_rules! mix {
    ($state:ident, $turn:ident, $by:expr, [$a:expr, $b:expr, $c:expr, $d:expr], $first:expr, $second:expr) => {
        $state[$a] = $state[$a].wrapping_add($state[$b]).wrapping_add($first);
        $state[$d] = ($state[$d] ^ $state[$a]).$turn($by[0]);
        $state[$c] = $state[$c].wrapping_add($state[$d]);
        $state[$b] = ($state[$b] ^ $state[$c]).$turn($by[1]);
        $state[$a] = $state[$a].wrapping_add($state[$b]).wrapping_add($second);
        $state[$d] = ($state[$d] ^ $state[$a]).$turn($by[2]);
        $state[$c] = $state[$c].wrapping_add($state[$d]);
        $state[$b] = ($state[$b] ^ $state[$c]).$turn($by[3]);
    };
}

/// A round over columns and diagonals; `$word` gives the words of the message.
macro_rules! round {
    ($state:ident, $turn:ident, $by:expr, $word:expr) => {
        mix!($state, $turn, $by, [0, 4, 8, 12], $word(0), $word(1));
        mix!($state, $turn, $by, [1, 5, 9, 13], $word(2), $word(3));
        mix!($state, $turn, $by, [2, 6, 10, 14], $word(4), $word(5));
        mix!($state, $turn, $by, [3, 7, 11, 15], $word(6), $word(7));
        mix!($state, $turn, $by, [0, 5, 10, 15], $word(8), $word(9));
        mix!($state, $turn, $by, [1, 6, 11, 12], $word(10), $word(11));
        mix!($state, $turn, $by, [2, 7, 8, 13], $word(12), $word(13));
        mix!($state, $turn, $by, [3, 4, 9, 14], $word(14), $word(15));
    };
}

#[inline(always)]
fn hashes_body<const FUSED: bool>(messages: &[Lane; 16], length: u32, out: &mut [Lane; 8]) {
    // One long pass over the lanes, which compilers make one of vectors: short passes one after the other they unroll
    // into single words first.
    for lane in 0..LANES {
        let mut state = [0; 16];
        state[..8].copy_from_slice(&START);
        state[8..12].copy_from_slice(&START[..4]);
        (state[14], state[15]) = (length, ONLY);
        macro_rules! rounds {
            ($($number:expr),*) => {
                $(round!(state, rotate_right, [16, 12, 8, 7], |place: usize| messages[ORDERS[$number][place]][lane]);)*
            };
        }
        rounds!(0, 1, 2, 3, 4, 5, 6);
        for word in 0..8 {
            out[word][lane] = state[word] ^ state[8 + word];
        }
    }
}

#[inline(always)]
fn blocks_body<const FUSED: bool>(states: &[Lane; 16], out: &mut [[u64; 8]; LANES]) {
    // Words of even places, and behind them those of odd places.
    let mut words = [[0; LANES]; 16];
    for lane in 0..LANES {
        let mut state = [0; 16];
        for word in 0..16 {
            state[word] = states[word][lane];
        }
        round!(state, rotate_left, [16, 12, 8, 7], |_| 0);
        round!(state, rotate_left, [16, 12, 8, 7], |_| 0);
        round!(state, rotate_left, [16, 12, 8, 7], |_| 0);
        round!(state, rotate_left, [16, 12, 8, 7], |_| 0);
        for word in 0..16 {
            words[word / 2 + 8 * (word % 2)][lane] = state[word].wrapping_add(states[word][lane]);
        }
    }
    let mut made = [[0; LANES]; 8];
    let (even, odd) = words.as_flattened().split_at(8 * LANES);
    for (made, (low, high)) in made.as_flattened_mut().iter_mut().zip(even.iter().zip(odd)) {
        *made = u64::from(*low) | u64::from(*high) << 32;
    }
    let mut next = [[0; LANES]; 8];
    weave(made.as_flattened(), next.as_flattened_mut());
    weave(next.as_flattened(), made.as_flattened_mut());
    weave(made.as_flattened(), out.as_flattened_mut());
}

/// The first half and the second, taking turns. That turns the digits of a number's place around by one bit, so that
/// eight rows of sixteen are turned into their columns by three times.
#[inline(always)]
fn weave(of: &[u64], out: &mut [u64]) {
    let (first, second) = of.split_at(of.len() / 2);
    for (out, (first, second)) in out.as_chunks_mut().0.iter_mut().zip(first.iter().zip(second)) {
        *out = [*first, *second];
    }
}
