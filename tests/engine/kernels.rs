//! Every kernel's gradient against central differences, and against candle's own differentiation.

use super::*;

/// Compares the gradient of `sum(f * direction)` with central differences in every number of every input.
fn differences(inputs: &[Tensor], f: impl Fn(&[Tensor]) -> Tensor, skip: &[usize]) {
    let vars: Vec<Var> = inputs.iter().map(|input| Var::from_tensor(input).unwrap()).collect();
    let out = f(&vars.iter().map(|var| var.as_tensor().clone()).collect::<Vec<_>>());
    let direction = Tensor::from_vec(Draws(9).normals(out.elem_count()), out.shape(), &Device::Cpu).unwrap();
    let gradients = (&out * &direction).unwrap().sum_all().unwrap().backward().unwrap();
    let exact = |tensors: &[Tensor]| -> f64 {
        let out = f(tensors).flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let direction = direction.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        out.iter().zip(direction).map(|(&a, b)| f64::from(a) * f64::from(b)).sum()
    };
    for (at, input) in inputs.iter().enumerate().filter(|(at, _)| !skip.contains(at)) {
        let ours = gradients.get(&vars[at]).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let values = input.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let mut theirs = Vec::new();
        for place in 0..values.len() {
            let moved = |by: f32| {
                let mut values = values.clone();
                values[place] += by;
                let mut tensors = inputs.to_vec();
                tensors[at] = Tensor::from_vec(values, input.shape(), &Device::Cpu).unwrap();
                exact(&tensors)
            };
            theirs.push(((moved(5e-3) - moved(-5e-3)) / 1e-2) as f32);
        }
        assert!(distance(&ours, &theirs) < 1e-3, "input {at}: {}", distance(&ours, &theirs));
    }
}

pub fn random(shape: &[usize], seed: u64) -> Tensor {
    Tensor::from_vec(Draws(seed).normals(shape.iter().product()), shape, &Device::Cpu).unwrap()
}

fn one(op: impl CustomOp1 + Send + Sync + 'static, x: &[Tensor]) -> Tensor {
    x[0].apply_op1(op).unwrap()
}

fn two(op: impl CustomOp2 + Send + Sync + 'static, x: &[Tensor]) -> Tensor {
    x[0].apply_op2(&x[1], op).unwrap()
}

fn three(op: impl CustomOp3 + Send + Sync + 'static, x: &[Tensor]) -> Tensor {
    x[0].apply_op3(&x[1], &x[2], op).unwrap()
}

#[test]
fn kernels_agree_with_finite_differences() {
    let linear = [random(&[2, 3, 5], 1), random(&[5, 7], 2), random(&[7], 3)];
    differences(&linear, |x| three(Linear { input_gradient: true }, x), &[]);
    differences(&linear, |x| three(Linear { input_gradient: false }, x), &[0]);
    let norm = [random(&[2, 3, 21], 4), random(&[21], 5), random(&[21], 6)];
    differences(&norm, |x| three(LayerNorm, x), &[]);
    differences(&[random(&[3, 11], 7)], |x| one(Activate(Activation::Gelu), x), &[]);
    differences(&[(random(&[3, 11], 7) * 3.0).unwrap()], |x| one(Activate(Activation::Relu), x), &[]);
    differences(&[random(&[2, 4, 3], 8), random(&[6, 3], 9)], |x| two(AddPositions, x), &[]);
    differences(&[random(&[2, 4, 3], 10)], |x| one(Select { positions: [3, 0, 3].into() }, x), &[]);
    // Heads and sequences that fill tiles and that do not.
    for (tokens, heads, head) in [(1, 1, 2), (5, 2, 3), (17, 1, 16), (20, 2, 4)] {
        differences(&[random(&[2, tokens, 3 * heads * head], 11)], |x| one(Attention { heads }, x), &[]);
    }
    // Two heads side by side and one that shares columns with both.
    let heads = |targets: &[&[u32]]| {
        let columns = [0..3, 3..22, 2..5];
        columns
            .into_iter()
            .zip(targets)
            .map(|(columns, &targets)| Head::new(columns, Wanted::Labels(targets.into()), 1))
            .collect()
    };
    differences(
        &[random(&[2, 2, 22], 12)],
        |x| one(MeanLosses { heads: heads(&[&[0, 1, 2, 1], &[18, 0, 3, 4], &[0, 1, 2, 0]]) }, x),
        &[],
    );
}

#[test]
fn candles_differentiation_gives_the_same_gradients() {
    let golden = Golden::read();
    let (network, batch) = (golden.network(), golden.batch());
    let program = network.program().clone();
    let vars: Vec<Var> = program
        .parameters
        .iter()
        .map(|parameter| {
            let array = &golden.0[&format!("parameters.{}", parameter.name)];
            Var::from_vec(array.values.clone(), array.shape.as_slice(), &Device::Cpu).unwrap()
        })
        .collect();
    let weights = Weights(vars.iter().map(|var| var.as_tensor().clone()).collect());
    let input = Tensor::from_vec(batch.input.clone(), (3, 10, 12), &Device::Cpu).unwrap();
    let pass = Pass { context: Context::Full, positions: Some(READ_AT.into()), until: None, keep: Keep::All };
    let values = execute::run(&program, &weights, &input, &pass).unwrap();
    let logits = values.get(program.full.logits()).unwrap();
    let heads = terms().into_iter().map(|term| {
        let labels = batch.targets[term.targets].labels().into();
        Head::new(term.columns, Wanted::Labels(labels), batch.read_at.len())
    });
    let each = logits.apply_op1(MeanLosses { heads: heads.collect() }).unwrap();
    let weights = Tensor::new(&[1.0_f32, 0.25, 0.5], &Device::Cpu).unwrap();
    let store = (each * weights).unwrap().sum_all().unwrap().backward().unwrap();
    for ((name, ours), var) in network.gradients(&batch, &terms()).unwrap().iter().zip(&vars) {
        let theirs = store.get(var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert!(distance(ours, &theirs) < 1e-6, "{name}");
    }
}
