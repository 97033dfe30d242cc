//! Curricula: what a run trains on, and when. The strategies of Fu et al., ICML 2024.

/// One task from start to end.
pub curriculum only(on: task, total: duration) {
  stage main { train: on, for: total }
}

/// An easy task first, then the hard one; `total` counts both.
pub curriculum warm_up(easy: task, hard: task, switch: duration, total: duration) {
  stage warm { train: easy, for: switch }
  stage main { train: hard, for: total - switch }
}

/// Both tasks in every batch, half and half.
pub curriculum mixed(easy: task, hard: task, total: duration) {
  stage main { train: mix(easy: 50%, hard: 50%), for: total }
}
