//! What interventions make of a batch, against what is read of the model as it is.

use super::compared::distance;
use icl::engine::batch::{Batch, IGNORED, Input};
use icl::engine::changed::Constant;
use icl::engine::intervene::{Changing, in_force};
use icl::engine::network::{Engine, Network, Reading};
use icl::engine::program::Interface;
use icl::engine::streams::{Role, stream};
use icl::program::model::{Activation, Context, Model, Norm, Positions, Site, Sublayer};
use icl::program::training::{Cells, Change, Clamp, Intervention, With};
use std::ops::Range;

const WIDTH: usize = 12;
const TOKENS: usize = 6;
const SEQUENCES: usize = 5;
const ALL: [usize; TOKENS] = [0, 1, 2, 3, 4, 5];

fn network() -> Network {
    let layer = [Sublayer::attention(3), Sublayer::mlp(16, Activation::Gelu)];
    let model =
        Model { init: Some(0.5), ..Model::plain(WIDTH, Positions::Learned, Norm::Pre, vec![layer; 2].concat()) };
    let interface = Interface { input: 4, tokens: TOKENS, outputs: 4, heads: Vec::new() };
    let mut draws = stream(43, Role::Init, &[]);
    Network::new(&model, &interface, Engine::alone(), &mut |_, count| draws.normals(count)).unwrap()
}

/// Some of the sequences; each looks for its own label and answers the label before it.
fn batch(range: Range<usize>) -> Batch {
    let labels: Vec<u32> =
        stream(47, Role::Test, &[]).normals(SEQUENCES * TOKENS).iter().map(|x| (x.abs() * 2.0) as u32 % 4).collect();
    let labels = labels[range.start * TOKENS..range.end * TOKENS].to_vec();
    let mut batch = Batch { sequences: range.len(), tokens: TOKENS, read_at: ALL.to_vec(), ..Batch::default() };
    for labels in labels.chunks(TOKENS) {
        for (token, &label) in labels.iter().enumerate() {
            batch.changes.cues.push([label, if token == 0 { IGNORED } else { labels[token - 1] }]);
        }
    }
    batch.input = Input::Labels(labels);
    batch
}

fn ablate(site: Site, with: With, keep_patterns: bool) -> Change {
    Change::Ablate { site, with, keep_patterns }
}

fn changed(network: &Network, changes: &[Change]) -> Batch {
    let mut batch = batch(0..SEQUENCES);
    Changing { network, changes: changes.iter().collect() }.training(&mut batch).unwrap();
    batch
}

/// The values of a site at every token, `[sequences][tokens x width]`.
fn read(network: &Network, batch: &Batch, site: Site) -> Vec<Vec<f64>> {
    let values = network.read_all(batch, Context::Full, &[Reading { site, positions: &ALL }]).unwrap().pop().unwrap();
    let each = values.len() / batch.sequences;
    values.chunks(each).map(|values| values.iter().map(|&value| f64::from(value)).collect()).collect()
}

fn close(ours: &[f64], theirs: &[f64]) -> bool {
    distance(ours, theirs, 1e-3) < 1e-6
}

#[test]
fn ablated_sites_have_the_values_that_were_asked_for() {
    let network = network();
    let plain = batch(0..SEQUENCES);
    let sites = [
        Site::AttentionOut(0),
        Site::MlpOut(1),
        Site::Residual(0),
        Site::Residual(1),
        Site::Head(1, 2),
        Site::Pattern(0, 1),
        Site::Output,
    ];
    for site in sites {
        let before = read(&network, &plain, site);
        let after = |with| read(&network, &changed(&network, &[ablate(site, with, false)]), site);
        assert!(before.iter().flatten().any(|value| value.abs() > 1e-2), "{site:?}");
        assert!(after(With::Zero).iter().flatten().all(|&value| value == 0.0), "{site:?}");
        let mean: Vec<f64> = (0..before[0].len())
            .map(|at| before.iter().map(|values| values[at]).sum::<f64>() / SEQUENCES as f64)
            .collect();
        for after in after(With::Mean) {
            assert!(close(&after, &mean), "{site:?}");
        }
        for (at, after) in after(With::Resample).iter().enumerate() {
            assert!(close(after, &before[(at + 1) % SEQUENCES]), "{site:?}");
        }
    }
}

#[test]
fn kept_patterns_are_those_of_the_model_as_it_is() {
    let network = network();
    let plain = batch(0..SEQUENCES);
    for site in [Site::Head(0, 1), Site::AttentionOut(0), Site::MlpOut(0), Site::Residual(1)] {
        for with in [With::Zero, With::Mean, With::Resample] {
            let [moved, kept] = [false, true].map(|kept| changed(&network, &[ablate(site, with, kept)]));
            for head in 0..3 {
                let later = Site::Pattern(1, head);
                let before = read(&network, &plain, later).concat();
                assert_eq!(read(&network, &kept, later).concat(), before, "{site:?}");
                assert!(!close(&read(&network, &moved, later).concat(), &before), "{site:?}");
            }
            let site_now = read(&network, &kept, site).concat();
            assert!(close(&site_now, &read(&network, &moved, site).concat()), "{site:?}");
            // In a stream of zeros all tokens are alike, so that it is all the same where heads look.
            let alike = (site, with) == (Site::Residual(1), With::Zero);
            assert_eq!(network.logits(&kept).unwrap() == network.logits(&moved).unwrap(), alike, "{site:?} {with:?}");
        }
    }
}

/// What reads first sees the other interventions.
#[test]
fn a_first_pass_is_under_the_other_interventions() {
    let network = network();
    let scale = Change::ScaleAttention { by: 3.0, cells: Cells::PreviousToken };
    let scaled = changed(&network, std::slice::from_ref(&scale));
    let mean = ablate(Site::Head(1, 0), With::Mean, false);
    let after = read(&network, &changed(&network, &[mean, scale]), Site::Head(1, 0));
    let before = read(&network, &scaled, Site::Head(1, 0));
    let mean: Vec<f64> =
        (0..before[0].len()).map(|at| before.iter().map(|values| values[at]).sum::<f64>() / 5.0).collect();
    assert!(after.iter().all(|after| close(after, &mean)));
}

#[test]
fn an_evaluation_in_pieces_is_one_in_whole() {
    let network = network();
    let changes = [
        ablate(Site::Head(0, 2), With::Mean, true),
        ablate(Site::MlpOut(0), With::Resample, false),
        Change::Clamp { layer: 1, head: 0, to: Clamp::Matching },
        Change::ScaleAttention { by: 0.5, cells: Cells::Matching },
    ];
    let logits = |at_once: usize| {
        let changing = Changing { network: &network, changes: changes.iter().collect() };
        let mut logits = Vec::new();
        let make = |range: Range<usize>| Ok(batch(range));
        let chunks = || (0..SEQUENCES).step_by(at_once).map(|first| first..(first + at_once).min(SEQUENCES));
        let means = changing.over(chunks(), &make).unwrap();
        for chunk in chunks() {
            let batch = changing.evaluated(chunk, SEQUENCES, &means, &make).unwrap();
            logits.extend(network.logits(&batch).unwrap());
        }
        logits
    };
    let whole = logits(SEQUENCES);
    for at_once in [1, 2, 3, 4, 7] {
        assert!(logits(at_once) == whole, "{at_once} at once");
    }
    assert!(whole == network.logits(&changed(&network, &changes)).unwrap(), "as in training on these sequences");
    assert!(whole != network.logits(&batch(0..SEQUENCES)).unwrap());
}

#[test]
fn cells_are_those_that_are_named() {
    let network = network();
    // Two sequences of cues written out: a b a b b a, and one in which nothing matches.
    let text = [[7, 8, 7, 8, 8, 7], [1, 2, 3, 4, 5, 6]];
    let of = |change: Change| -> Vec<Vec<f32>> {
        let mut batch = batch(0..2);
        batch.changes.cues.clear();
        for labels in &text {
            let cue = |(at, &label): (usize, &u32)| [label, if at == 0 { IGNORED } else { labels[at - 1] }];
            batch.changes.cues.extend(labels.iter().enumerate().map(cue));
        }
        Changing { network: &network, changes: vec![&change] }.training(&mut batch).unwrap();
        let constant = match change {
            Change::ScaleAttention { .. } => &batch.changes.scaled[0],
            _ => &batch.changes.fixed[0].values,
        };
        let row = |sequence: usize, token: usize| constant.row(sequence, token, (TOKENS, TOKENS)).unwrap().to_vec();
        (0..2 * TOKENS).map(|at| row(at / TOKENS, at % TOKENS)[..=at % TOKENS].to_vec()).collect()
    };
    let clamp = |to| Change::Clamp { layer: 0, head: 0, to };
    let itself = |token: usize| (0..=token).map(|key| f32::from(key == token)).collect::<Vec<f32>>();
    let matching = of(clamp(Clamp::Matching));
    let half = 0.5;
    // What followed the earlier occurrences of the current label.
    let wanted = [
        itself(0),
        itself(1),
        vec![0.0, 1.0, 0.0],
        vec![0.0, 0.0, 1.0, 0.0],
        vec![0.0, 0.0, half, 0.0, half],
        vec![0.0, half, 0.0, half, 0.0, 0.0],
    ];
    assert_eq!(matching[..TOKENS], wanted);
    assert_eq!(matching[TOKENS..], (0..TOKENS).map(itself).collect::<Vec<_>>());
    let scale = |cells| of(Change::ScaleAttention { by: 0.0, cells });
    let kept = scale(Cells::Matching);
    for (at, row) in kept.iter().enumerate() {
        let silent = |key: usize| (2..TOKENS).contains(&at) && wanted[at][key] > 0.0;
        assert!(row.iter().enumerate().all(|(key, &value)| value == f32::from(!silent(key))), "{at}: {row:?}");
    }
    let before = |token: usize| (0..=token).map(|key| f32::from(key == token.saturating_sub(1))).collect::<Vec<f32>>();
    for token in 0..TOKENS {
        assert_eq!(of(clamp(Clamp::PreviousToken))[token], before(token));
        assert_eq!(scale(Cells::PreviousToken)[token], before(token).iter().map(|x| 1.0 - x).collect::<Vec<f32>>());
        assert_eq!(scale(Cells::All)[token], vec![0.0; token + 1]);
        let last = (0..=token).map(|key| f32::from(token - key >= 2)).collect::<Vec<f32>>();
        assert_eq!(scale(Cells::Last(2))[token], last);
        let values: Vec<f32> = (0..49).map(|at| at as f32).collect();
        let array = Clamp::Array { hash: String::new(), tokens: 7, values: values.clone().into() };
        assert_eq!(of(clamp(array))[token], values[7 * token..][..=token]);
    }
}

#[test]
fn an_intervention_is_in_force_from_its_first_step_on_and_before_its_last() {
    let at = |from, until| Intervention { change: ablate(Site::Output, With::Zero, false), from, until };
    let all = [at(None, None), at(Some(3), None), at(None, Some(3)), at(Some(2), Some(4))];
    let counts = |step| all.each_ref().map(|one| in_force(std::slice::from_ref(one), step).len());
    assert_eq!([0, 2, 3, 4].map(counts), [[1, 0, 1, 0], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 0, 0]]);
    assert_eq!(Constant::Zero.row(0, 0, (1, 1)), None);
}
