//! Probes: what a model's stream can tell, of the current item alone or of the whole context. Fu et al. 2024 call the
//! first the weights component and the second the context component.

/// What the weights know of an image: all of its factors, with no token seeing another (the weights component of Fu
/// et al. 2024). `of` is a task with `factors`, `after` how many layers have been passed; the paper reads after 3.
pub probe factors(of: task, after: count) {
  of: of
  read: residual(after: after) at input
  context: none
  predict: factors
  fit: ridge(1e-2)
}

/// The same after every layer: one number for each of them, the embedding first. `of` is a task with `factors`.
pub probe factors_by_layer(of: task) {
  of: of
  read: residual(after: all) at input
  context: none
  predict: factors
  fit: ridge(1e-2)
}

/// What the context adds: which factor decides this sequence (the context component of Fu et al. 2024). `of` is a
/// task with `factor`, `after` how many layers have been passed.
pub probe hidden_factor(of: task, after: count) {
  of: of
  read: residual(after: after) at input
  predict: factor
  fit: ridge(1e-2)
}

/// Can the representation of a vector, read with no token seeing another, give the vector back (the weights component
/// of Fu et al. 2024 on simple functions)? Lower is better. `of` is a task with `x`, `after` how many layers have
/// been passed.
pub probe input_vector(of: task, after: count) {
  of: of
  read: residual(after: after) at input
  context: none
  predict: x
  fit: ridge(1e-2)
}

/// Does the stream hold the weights of the function that the examples define (Akyurek et al. 2023)? `of` is a task
/// with `w`, `after` how many layers have been passed.
pub probe function_weights(of: task, after: count) {
  of: of
  read: residual(after: after) at input
  predict: w
  fit: ridge(1e-2)
}
