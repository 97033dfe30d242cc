//! What the launches of a step move between a card and its memory, read off the plan: every array that a launch reads or
//! writes once, whatever a cache keeps.

use icl::engine::card::Kernel;
use icl::engine::stacked::record::{At, Call};

/// Bytes of one model.
pub fn bytes(calls: &[Call]) -> f64 {
    4.0 * calls.iter().map(words).sum::<f64>()
}

fn words(call: &Call) -> f64 {
    let n: Vec<f64> = call.numbers.iter().map(|&number| number as f64).collect();
    let there = |place: usize| f64::from(u8::from(call.operands[place] != At::Nothing));
    match call.kernel {
        product if Kernel::PRODUCTS.contains(&product) => {
            let (parts, adds) = (call.parts as f64, f64::from(u8::from(call.numbers[6] & 4 > 0)));
            let out = parts * (1.0 + adds) + there(4) + there(5);
            n[8] * (n[0] * n[2] + n[1] * n[2] + n[0] * n[1] * out) + parts * n[1] * there(6)
        }
        Kernel::SumParts => n[0] * (n[1] + 1.0 + n[3]),
        Kernel::SumColumns => n[1] * (n[0] + call.parts as f64),
        Kernel::Embed => 2.0 * n[0] * n[1],
        Kernel::EmbedBack => (n[0] + call.blocks as f64) * n[1],
        Kernel::AddTable => 2.0 * n[0] + n[1],
        Kernel::AddTableBack => n[1] * (n[0] + 1.0 + n[2]),
        Kernel::Move => n[0] * n[1] * (2.0 + n[4]),
        Kernel::Add => 3.0 * n[0],
        Kernel::Multiply | Kernel::ActivateBack => {
            n[0] * (3.0 + n[if call.kernel == Kernel::Multiply { 1 } else { 2 }])
        }
        Kernel::Activate => 2.0 * n[0],
        Kernel::Clear => n[0],
        Kernel::Norm => n[0] * (2.0 * n[1] + 2.0),
        Kernel::NormBack => n[0] * ((3.0 + n[2]) * n[1] + 2.0),
        Kernel::NormSums => n[0] * (2.0 * n[1] + 2.0) + 2.0 * n[3] * n[1],
        Kernel::Pick | Kernel::Replace => 2.0 * n[0] * n[2] * n[3],
        Kernel::PickBack => n[0] * n[3] * (n[1] * (1.0 + n[5]) + n[2]),
        // Queries, keys and values; then their gradients, and what these are made of.
        Kernel::Attend32 | Kernel::Attend64 | Kernel::Attend128 => n[0] * (n[2] * 2.0 * (n[3] + n[4]) + 2.0 * n[3]),
        Kernel::AttendRows32 | Kernel::AttendRows64 | Kernel::AttendRows128 => {
            n[0] * (n[2] * ((4.0 + n[11]) * n[3] + 2.0 * n[4]) + 3.0 * n[3])
        }
        Kernel::AttendKeys32 | Kernel::AttendKeys64 | Kernel::AttendKeys128 => {
            n[0] * (n[2] * (2.0 * n[3] + (4.0 + n[12] + n[13]) * n[4]) + 3.0 * n[3])
        }
        Kernel::Rotate => n[0] * n[1] * n[2] * n[3] * (2.0 + n[9]),
        Kernel::Weigh => 2.0 * n[0] * n[3],
        Kernel::WeighBack => 3.0 * n[0] * n[3],
        Kernel::Scale => 2.0 * n[0] * n[1] * n[2] * n[3],
        Kernel::CrossEntropy | Kernel::SquaredError => n[0] * (3.0 * n[3] + 3.0),
        Kernel::SumLosses => 0.0,
        Kernel::Squares => n[0],
        Kernel::Step => 7.0 * n[0],
        Kernel::Noise => n[0] * n[1],
        // The cases bring their batches.
        _ => 0.0,
    }
}
