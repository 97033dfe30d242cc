//! What is measured and changed: sites, readers, scores, interventions, statistics.

use super::{Builtin, Group, Parameter, def, may, need};
use crate::registry::kind::Kind::{
    Arm, Count, Duration, Either, File, Intervention, Metric, Reader, Real, Site, Statistic, Task, Word,
};

const HEAD: &[Parameter] = &[need("layer", Count), need("head", Count)];
/// A score may be taken while a part of the model is changed.
const UNDER: Parameter = may("under", Intervention, "none");
/// A score may be taken on the sequences that are trained on.
const ON: Parameter = may("on", Word(&["held_out", "training"]), "held_out");
/// What a place of the stream is compared with: another, of the same weights or of the first.
const PLACES: &[Parameter] =
    &[need("after", Count), need("with", Count), may("against", Word(&["now", "start"]), "now")];

pub(super) const ALL: &[Builtin] = &[
    // ---------------------------------------------------------------------------------------------------------- sites
    def(
        Group::Sites,
        "residual",
        &[need("after", Either(&[Count, Word(&["all"])]))],
        Site,
        "The stream after so many layers; 0 is the embedding, `all` is every one.",
    ),
    def(Group::Sites, "output", &[], Site, "What the read-out reads: the stream after the last layer, normed."),
    def(
        Group::Sites,
        "attention_out",
        &[need("layer", Count)],
        Site,
        "What the attention of a layer adds to the stream.",
    ),
    def(Group::Sites, "mlp_out", &[need("layer", Count)], Site, "What the mlp of a layer adds to the stream."),
    def(
        Group::Sites,
        "pattern",
        HEAD,
        Site,
        "The attention of a head: from where it is read, a number for each token of the sequence, 0 for later ones.",
    ),
    def(
        Group::Sites,
        "head",
        HEAD,
        Site,
        "What an attention head adds to the stream: its mixed values times its rows of the output projection, without a \
         bias. An intervention changes the mixed values.",
    ),
    // -------------------------------------------------------------------------------------------------------- readers
    def(
        Group::Readers,
        "linear",
        &[may("epochs", Count, "1"), may("lr", Real, "1e-3")],
        Reader,
        "One linear layer trained with Adam on frozen features.",
    ),
    def(
        Group::Readers,
        "logistic",
        &[may("lambda", Real, "1e-3")],
        Reader,
        "Logistic regression to its optimum, with a squared penalty.",
    ),
    def(Group::Readers, "centroid", &[], Reader, "The nearest class mean."),
    // --------------------------------------------------------------------------------------------------------- scores
    def(
        Group::Scores,
        "accuracy",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Share of predictions whose most likely label is right.",
    ),
    def(
        Group::Scores,
        "cross_entropy",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Mean negative log likelihood of the targets, in nats.",
    ),
    def(
        Group::Scores,
        "squared_error",
        &[need("task", Task), UNDER, ON],
        Metric,
        "Mean squared error of the predictions.",
    ),
    def(
        Group::Scores,
        "progress",
        &[need("task", Task)],
        Metric,
        "The share of the way of the task's loss from blind to ideal.",
    ),
    def(
        Group::Scores,
        "icl_score",
        &[need("task", Task), need("late", Count), need("early", Count)],
        Metric,
        "Loss at a late position less that at an early one (Olsson et al. 2022).",
    ),
    def(
        Group::Scores,
        "induction_score",
        HEAD,
        Metric,
        "Attention from where a prediction is read to earlier targets equal to its own, less that to other targets; on \
         tokens, to what followed earlier occurrences of the current token (prefix matching, Olsson et al. 2022). Averaged \
         over the scored predictions that have one.",
    ),
    def(
        Group::Scores,
        "previous_token_score",
        HEAD,
        Metric,
        "Mean attention of a head to the token before, over all tokens but the first.",
    ),
    def(
        Group::Scores,
        "duplicate_token_score",
        HEAD,
        Metric,
        "Attention to earlier tokens, or inputs, that are the same label; averaged over the tokens that have one.",
    ),
    def(
        Group::Scores,
        "copying_score",
        HEAD,
        Metric,
        "The share of labels whose own logit is the one that a head raises most where it attends to them: the largest entry \
         of each row of read-in x values x output x read-out, norms on the way taken as scales alone (Elhage et al. 2021).",
    ),
    def(
        Group::Scores,
        "attention_entropy",
        HEAD,
        Metric,
        "Entropy of a head's attention, in nats, averaged over all tokens.",
    ),
    def(
        Group::Scores,
        "cosine_collapse",
        &[need("after", Count)],
        Metric,
        "Mean cosine between different tokens of a sequence, of the stream after so many layers; 1 where all are alike.",
    ),
    def(
        Group::Scores,
        "cosine_similarity",
        PLACES,
        Metric,
        "Mean cosine between a token after so many layers and the same token after `with` layers; `against: start` takes that \
         of the first weights.",
    ),
    def(
        Group::Scores,
        "cka",
        PLACES,
        Metric,
        "Linear centred kernel alignment of the stream after two numbers of layers, over all tokens (Kornblith et al. 2019); \
         `against: start` takes the second of the first weights.",
    ),
    def(
        Group::Scores,
        "logit_lens",
        &[need("task", Task), need("after", Count)],
        Metric,
        "Loss of the task where the read-out, with the norm before it, is applied to the stream after so many layers.",
    ),
    def(Group::Scores, "weight_distance", &[], Metric, "Euclidean distance of the weights from their first values."),
    // -------------------------------------------------------------------------------------------------- interventions
    def(
        Group::Interventions,
        "ablate",
        &[
            need("site", Site),
            may("with", Word(&["zero", "mean", "resample"]), "zero"),
            may("patterns", Word(&["moved", "kept"]), "moved"),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Takes a part of the model away at every token: what it computes is 0, its mean over the sequences, or that of the \
         next sequence. `patterns: kept` keeps the attention of all later layers as it is without the ablation (Olsson et \
         al. 2022). In force from the step `from` on, before the step `until`.",
    ),
    def(
        Group::Interventions,
        "clamp",
        &[
            need("site", Site),
            need("to", Either(&[Word(&["previous_token", "matching"]), File])),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Fixes the attention of a head: to the token before; to what matches, that is, where a prediction is read, evenly to \
         earlier targets equal to its own, and on tokens to what followed earlier occurrences of the current one, else to the \
         token itself (Singh et al. 2024); or to an array of a weight from each token to each.",
    ),
    def(
        Group::Interventions,
        "scale_attention",
        &[
            need("by", Real),
            may("cells", Either(&[Count, Word(&["matching", "previous_token", "all"])]), "matching"),
            may("from", Duration, "none"),
            may("until", Duration, "none"),
        ],
        Intervention,
        "Multiplies the weights of some cells of every head, behind the softmax, by a constant, and leaves their sum as it \
         becomes (Gopalani and Hu 2025). `cells: 4` are those of the last 4 tokens, the token itself included, and \
         `previous_token` those that a head is clamped to by that name: of the first token its own.",
    ),
    // ----------------------------------------------------------------------------------------------------- statistics
    def(
        Group::Statistics,
        "rmst",
        &[need("arm", Arm)],
        Statistic,
        "Mean exit time, restricted to the smallest planned horizon.",
    ),
];
