//! The images, their embeddings, the cache and arrays of the user's.

use std::fs;

use icl::data::blend::Blend;
use icl::data::shapes::{self, IMAGE_BYTES, IMAGES, SIDE, SIZES};
use icl::data::{DataError, ShapesSpec, Split, contact_sheet};

#[path = "data/arrays.rs"]
mod arrays;
#[path = "data/bad.rs"]
mod bad;
#[path = "data/cache.rs"]
mod cache;
#[path = "data/files.rs"]
mod files;
#[path = "data/parquet.rs"]
mod parquet;
#[path = "data/pictures.rs"]
mod pictures;
#[path = "data/slabs.rs"]
mod slabs;

fn spec(values: [usize; 6], width: usize, entangled: f64) -> ShapesSpec {
    ShapesSpec { values, width, entangled, embedding: None, images: None }
}

fn image(index: u32) -> Vec<u8> {
    let mut image = vec![0; IMAGE_BYTES];
    shapes::draw(index, &mut image);
    image
}

/// Published places spread over the data set, by steps that share no factor with 480,000.
fn spread(count: u32) -> Vec<u32> {
    (0..count).map(|at| (u64::from(at) * 296_659 % IMAGES as u64) as u32).collect()
}

fn bits(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    blake3::hash(&bytes).to_hex().to_string()
}

fn all(spec: &ShapesSpec) -> Vec<u32> {
    (0..spec.rows() as u32).collect()
}

/// What a cache must hold, computed without one.
fn truth(spec: &ShapesSpec) -> Vec<f32> {
    let mut out = vec![0.0; spec.rows() * spec.width];
    Blend::new(spec, 2).embed(&all(spec), &mut out, 2);
    out
}

// Factors and rows.

#[test]
fn images_stand_in_the_published_order() {
    // The formula of the published notebook: the sum of each factor times its base.
    let bases = [48_000, 4_800, 480, 60, 15, 1];
    for index in spread(2_000) {
        let factors = shapes::factors(index);
        let sum: usize = factors.iter().zip(bases).map(|(factor, base)| factor * base).sum();
        assert_eq!(sum, index as usize);
        assert_eq!(shapes::index(factors), index);
    }
    assert_eq!(shapes::factors(479_999), SIZES.map(|size| size - 1));
    assert_eq!(shapes::value(2, 9), 0.9);
    assert_eq!((shapes::value(3, 0), shapes::value(3, 7)), (0.75, 1.25));
    assert_eq!((shapes::value(5, 0), shapes::value(5, 7), shapes::value(5, 14)), (-30.0, 0.0, 30.0));
}

#[test]
fn values_are_spaced_evenly() {
    let spec = spec([4, 10, 1, 3, 1, 4], 8, 0.0);
    let values = |factor: usize| -> Vec<usize> {
        (0..spec.values[factor]).map(|label| spec.published_value(factor, label)).collect()
    };
    assert_eq!(values(0), [0, 2, 5, 7]);
    assert_eq!(values(1), (0..10).collect::<Vec<_>>());
    assert_eq!(values(2), [0]);
    assert_eq!(values(3), [0, 4, 7]);
    assert_eq!(values(4), [0]);
    assert_eq!(values(5), [0, 5, 9, 14]);
    assert_eq!(spec.rows(), 480);
    let names = [("floor_hue", 4), ("wall_hue", 10), ("scale", 3), ("orientation", 4)];
    assert_eq!(spec.attributes(), names);
    assert_eq!(spec.factors(479), [3, 9, 2, 3]);
    assert_eq!(spec.factors(5), [0, 0, 1, 1]);
    assert_eq!(spec.published_index(5), shapes::index([0, 0, 0, 4, 0, 5]));

    // The whole data set is the published one, row by row.
    let whole = self::spec(SIZES, 8, 0.0);
    assert!(spread(500).into_iter().all(|row| whole.published_index(row) == row));
}

#[test]
fn bad_specs_are_refused_with_a_cure() {
    let text = |spec: ShapesSpec| spec.check().unwrap_err().to_string();
    assert_eq!(
        text(spec([1, 1, 11, 1, 1, 1], 8, 0.0)),
        "factor object_hue is given 11 values, but only 10 are published; give between 1 and 10"
    );
    assert_eq!(text(spec([1, 1, 1, 0, 1, 1], 8, 0.0)), "factor scale is given 0 values; give between 1 and 8");
    assert!(text(spec([1; 6], 0, 0.0)).contains("between 1 and 4096"));
    for e in [-0.1, 1.1, f64::NAN] {
        assert!(text(spec([2; 6], 8, e)).contains("between 0 and 1"));
    }
    assert!(spec([2; 6], 8, 1.0).check().is_ok());
}

#[test]
fn a_fifth_is_held_out() {
    for rows in [1, 4, 64, 480_000] {
        let split = Split::of(rows);
        let (training, held) = (split.training_rows(), split.held_out_rows());
        assert_eq!(held.len(), rows as usize / 5);
        let mut both = [training, held].concat();
        both.sort_unstable();
        assert!(both.into_iter().eq(0..rows));
        assert!(held.iter().all(|&row| split.is_held_out(row)));
        assert!(training.iter().all(|&row| !split.is_held_out(row)));
    }
    assert_eq!(spec([1, 1, 4, 1, 4, 4], 8, 0.5).split(), Split::of(64));
    assert_eq!(Split::of(20).held_out_rows(), HELD_OUT_OF_20);
}

// Images.

#[test]
fn images_are_the_same_everywhere() {
    let mut hasher = blake3::Hasher::new();
    for index in spread(64) {
        hasher.update(&image(index));
    }
    assert_eq!(hasher.finalize().to_hex().as_str(), GOLDEN_IMAGES);
}

#[test]
fn every_factor_shows() {
    for index in spread(60) {
        let before = image(index);
        for factor in 0..6 {
            let mut factors = shapes::factors(index);
            factors[factor] = (factors[factor] + 1) % SIZES[factor];
            let after = image(shapes::index(factors));
            let differ = before.iter().zip(&after).filter(|(a, b)| a.abs_diff(**b) > 8).count();
            // At least one part in a hundred of the bytes.
            assert!(differ > IMAGE_BYTES / 100, "{index}: {}: {differ}", shapes::FACTORS[factor]);
        }
    }
}

#[test]
fn hues_are_the_published_ones() {
    // Along the lower edge there is floor, at the height of row 8 left and right wall, in the
    // centre the object.
    let places = [(62, 4..60), (12, 2..8), (34, 31..34)];
    for hue in 0..10 {
        for (factor, (y, across)) in places.iter().enumerate() {
            for shape in 0..4 {
                let mut factors = [(hue + 3) % 10, (hue + 3) % 10, (hue + 3) % 10, 4, shape, 7];
                factors[factor] = hue;
                let image = image(shapes::index(factors));
                let mut mean = [0.0; 3];
                for x in across.clone() {
                    for (channel, mean) in mean.iter_mut().enumerate() {
                        *mean += f64::from(image[(y * SIDE + x) * 3 + channel]);
                    }
                }
                let away = (hue_of(mean) - hue as f64 / 10.0 + 0.5).rem_euclid(1.0) - 0.5;
                let name = shapes::FACTORS[factor];
                assert!(away.abs() < 0.012, "{name} {hue} on shape {shape}: {away}");
            }
        }
    }
}

/// The hue of a colour in turns.
fn hue_of([r, g, b]: [f64; 3]) -> f64 {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let range = high - low;
    let sextant = if high == r {
        (g - b) / range
    } else if high == g {
        2.0 + (b - r) / range
    } else {
        4.0 + (r - g) / range
    };
    (sextant / 6.0).rem_euclid(1.0)
}

#[test]
fn the_contact_sheet_is_a_png() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.png");
    contact_sheet(&path, &spec([1, 1, 4, 1, 4, 15], 8, 0.0)).unwrap();
    let file = std::io::BufReader::new(fs::File::open(&path).unwrap());
    let info = png::Decoder::new(file).read_info().unwrap();
    // Three attributes and two rows at random; fifteen orientations.
    assert_eq!(info.info().size(), (15 * 68 + 4, 5 * 68 + 4));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let nowhere = folder.path().join("none").join("sheet.png");
    let error = contact_sheet(&nowhere, &spec([2; 6], 8, 0.0)).unwrap_err();
    assert!(matches!(error, DataError::Write { path, .. } if path == nowhere));
}

// Embeddings.

#[test]
fn embeddings_are_the_same_everywhere() {
    let mut found = Vec::new();
    for (entangled, width) in [(0.0, 48), (0.7, 48), (1.0, 20)] {
        let spec = spec([1, 2, 4, 4, 4, 5], width, entangled);
        let rows: Vec<u32> = (0..spec.rows() as u32).step_by(7).collect();
        let mut one = vec![0.0; rows.len() * width];
        let mut three = one.clone();
        let blend = Blend::new(&spec, 1);
        blend.embed(&rows, &mut one, 1);
        blend.embed(&rows, &mut three, 3);
        assert_eq!(bits(&one), bits(&three));
        found.push(bits(&one));
    }
    assert_eq!(found, GOLDEN_EMBEDDINGS);
}

#[test]
fn the_encoder_does_not_depend_on_threads() {
    use icl::data::encoder::{self, Encoder};
    use icl::data::pictures::Pictures;
    let embed = |threads| {
        let mut out = vec![0.0; 40 * 20];
        let sample = encoder::sample(IMAGES as u32);
        let encoder = Encoder::new(20, &sample, &Pictures::Drawn, threads);
        encoder.encode(&Pictures::Drawn, &spread(40), &mut out, threads);
        bits(&out)
    };
    assert_eq!(embed(1), embed(2));
}

#[test]
fn dimensions_have_mean_0_and_variance_1() {
    for (values, entangled) in
        [(SIZES, 0.0), (SIZES, 0.6), (SIZES, 1.0), ([1, 1, 4, 1, 4, 4], 0.5), ([1, 1, 5, 8, 4, 15], 1.0)]
    {
        let spec = spec(values, 32, entangled);
        let rows = if spec.rows() == IMAGES { spread(3_000) } else { all(&spec) };
        let mut out = vec![0.0; rows.len() * 32];
        Blend::new(&spec, 2).embed(&rows, &mut out, 2);
        for column in 0..32 {
            let values: Vec<f64> = out.iter().skip(column).step_by(32).map(|x| f64::from(*x)).collect();
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            assert!(mean.abs() < 0.15, "{spec:?} {column}: mean {mean}");
            assert!((variance - 1.0).abs() < 0.2, "{spec:?} {column}: variance {variance}");
        }
    }
}

#[test]
fn a_fixed_factor_leaves_no_number_undefined() {
    for (values, entangled) in [([1; 6], 0.0), ([1; 6], 1.0), ([1, 1, 1, 1, 2, 1], 0.5)] {
        let spec = spec(values, 8, entangled);
        assert!(truth(&spec).iter().all(|x| x.is_finite()));
    }
}

#[test]
fn factors_can_be_read_out_linearly() {
    // Exactly where nothing is entangled, and far above chance where everything is.
    for (entangled, least) in [(0.0, [1.0; 4]), (1.0, [0.9, 0.45, 0.8, 0.8])] {
        let spec = spec([1, 1, 10, 8, 4, 5], 64, entangled);
        let right = read_out(&spec);
        assert!(right.iter().zip(least).all(|(right, least)| *right >= least), "{right:?}");
    }
}

/// The share of held-out images whose factors a ridge regression gets right.
fn read_out(spec: &ShapesSpec) -> Vec<f64> {
    let (x, split, width) = (truth(spec), spec.split(), spec.width + 1);
    let sizes: Vec<usize> = spec.attributes().iter().map(|(_, size)| *size).collect();
    let outputs: usize = sizes.iter().sum();
    let input = |row: u32| -> Vec<f64> {
        let start = row as usize * spec.width;
        x[start..start + spec.width].iter().map(|x| f64::from(*x)).chain([1.0]).collect()
    };
    // [A | B] of A W = B, solved by Gauss's elimination.
    let mut system = vec![vec![0.0; width + outputs]; width];
    for &row in split.training_rows() {
        let input = input(row);
        for (line, a) in system.iter_mut().zip(&input) {
            for (sum, b) in line.iter_mut().zip(&input) {
                *sum += a * b;
            }
            let mut first = width;
            for (label, size) in spec.factors(row).into_iter().zip(&sizes) {
                line[first + label] += a;
                first += size;
            }
        }
    }
    for pivot in 0..width {
        system[pivot][pivot] += 1.0;
        let scale = system[pivot][pivot];
        system[pivot].iter_mut().for_each(|x| *x /= scale);
        let line = system[pivot].clone();
        for (other, own) in system.iter_mut().enumerate().filter(|(other, _)| *other != pivot) {
            let _ = other;
            let by = own[pivot];
            own.iter_mut().zip(&line).for_each(|(x, y)| *x -= by * y);
        }
    }
    let held = split.held_out_rows();
    let mut right = vec![0.0; sizes.len()];
    for &row in held {
        let input = input(row);
        let score = |at: usize| -> f64 { input.iter().zip(&system).map(|(x, line)| x * line[width + at]).sum() };
        let mut first = 0;
        for (at, (label, size)) in spec.factors(row).into_iter().zip(&sizes).enumerate() {
            let best = (0..*size).max_by(|a, b| score(first + a).total_cmp(&score(first + b)));
            right[at] += f64::from(u8::from(best == Some(label))) / held.len() as f64;
            first += size;
        }
    }
    right
}

// Figures that must never change unless the version of the renderer or the encoder does.

const HELD_OUT_OF_20: [u32; 4] = [2, 8, 13, 14];
const GOLDEN_IMAGES: &str = "76976dfa484e99e25768f9f21004751825d681d219013961f2d2a70b1260566d";
const GOLDEN_EMBEDDINGS: [&str; 3] = [
    "cf5406ec9ae038f075c5f19657b4f75cd988e3554351505defba34bec6db0aed",
    "b4c5de13950ef864d12b0dae08fa0ddf70ce62e30d9a32dfead77e137904ef9d",
    "d9190af051f29ce782d06d5cba50f7f56935dafefe18b56e48c1c01f322827bd",
];
