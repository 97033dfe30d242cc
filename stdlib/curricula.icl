//! Curricula: what a run trains on, and when. The strategies of Fu et al., ICML 2024, and those that go on once a
//! task is solved.

/// One task, `on`, from start to end, `total` long.
pub curriculum only(on: task, total: duration) {
  stage main { train: on, for: total }
}

/// The task `easy` first, then `hard` (the warm-up of Fu et al. 2024). `switch` is when; `total` counts both.
pub curriculum warm_up(easy: task, hard: task, switch: duration, total: duration) {
  stage warm { train: easy, for: switch }
  stage main { train: hard, for: total - switch }
}

/// Both tasks in every batch, `easy` and `hard` half and half, `total` long (the mixing of Fu et al. 2024).
pub curriculum mixed(easy: task, hard: task, total: duration) {
  stage main { train: mix(easy: 50%, hard: 50%), for: total }
}

/// The task `easy` until it is solved, then `hard`. Solved is a progress from blind to ideal above `level` in
/// three evaluations; `at_most` ends the easy stage where that does not happen. `total` counts both.
pub curriculum until_mastered(
  easy: task,
  hard: task,
  at_most: duration,
  total: duration,
  level: real = 80%,
) {
  stage easy { train: easy, until: progress(easy) > level for 3 evaluations, at_most: at_most }
  stage hard { train: hard, for: total - elapsed }
}

/// Three tasks one after the other, as dimensions and points grow in Garg et al. 2022, in two jumps: `first`, from
/// `early` on `second`, from `late` on `third`. `total` counts all three.
pub curriculum three_stages(
  first: task,
  second: task,
  third: task,
  early: duration,
  late: duration,
  total: duration,
) {
  stage first { train: first, for: early }
  stage second { train: second, for: late - early }
  stage third { train: third, for: total - late }
}

/// The task `easy` first, then `easy` and `hard` in every batch, half and half, so that the first is not forgotten.
/// `switch` is when; `total` counts both.
pub curriculum warm_up_then_mixed(easy: task, hard: task, switch: duration, total: duration) {
  stage warm { train: easy, for: switch }
  stage main { train: mix(easy: 50%, hard: 50%), for: total - switch }
}
