//! Functions of a vector, learned from examples: squared error at every x, or cross-entropy where the target is a
//! label. The function classes of Garg et al. 2022 ("What can transformers learn in-context?"), logistic regression,
//! and functions drawn from a pool (Raventos et al. 2023).

/// A linear function drawn for every sequence (Garg et al. 2022). Ridge regression with the noise's variance as its
/// penalty is the exact Bayes predictor, since the weights are standard normal; without noise it is least squares.
/// `dim` is the width of x. Only `active` coordinates of x are not zero, behind the first `skip`: Garg's curriculum
/// raises `active` from 5 to 20, and examples in a subspace orthogonal to that of the training skip its coordinates.
/// `points` counts the examples, with the last one's x the query; `noise` is the standard deviation of what
/// is added to the target, 1 in Garg's noisy linear regression. `scale` and `shift` give x another standard deviation
/// and mean, to see a trained model on inputs unlike those it was trained on.
pub task linear(
  dim: count = 20,
  active: count = dim,
  skip: count = 0,
  points: count = 41,
  noise: real = 0,
  scale: real = 1,
  shift: real = 0,
) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    z ~ normal()[dim]
    e ~ normal()
    x = where(1..=dim <= skip, 0, where(1..=dim <= skip + active, scale * z + shift, 0))
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: min(active, dim - skip) * (scale ^ 2 + shift ^ 2) + noise ^ 2     // of w nothing is known, so 0 is the best guess
  ideal: ridge(noise ^ 2)
}

/// A linear function of a few coordinates only, drawn for every sequence (Garg et al. 2022). No closed formula is the
/// best predictor here; the lasso is the paper's reference, and all but exact once examples outnumber what a sparse
/// vector needs. `dim` is the width of x, `nonzero` counts the coordinates whose weight is not zero, each set of them
/// as likely; `points` counts the examples.
pub task sparse_linear(dim: count = 20, nonzero: count = 3, points: count = 101) {
  per sequence {
    full ~ normal()[dim]
    rank ~ permutation(dim)
    w = where(rank < nonzero, full, 0)
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x)
  }
  length: points
  input: x
  target: y
  blind: min(nonzero, dim)
  ideal: lasso(1e-2)
}

/// A linear function of the squares of x, on the scale of `linear` (Garg et al. 2022). `dim` is the width of x,
/// `points` counts the examples.
pub task quadratic(dim: count = 20, points: count = 41) {
  per sequence {
    w ~ normal()[dim]
  }
  per example {
    x ~ normal()[dim]
    y = dot(w, x ^ 2) / sqrt(3)
  }
  length: points
  input: x
  target: y
  blind: dim                      // each square has a second moment of 3
  ideal: 0                        // reachable from example dim + 1 on, by least squares on the squares
}

/// A network of two layers with `hidden` ReLU units, drawn for every sequence, on the scale of `linear` (Garg et al.
/// 2022). `dim` is the width of x, `points` counts the examples. The best predictor is not known: `ideal` is a bound,
/// which a hundred examples do not reach; the paper's reference is a network trained on the examples.
pub task relu_network(dim: count = 20, hidden: count = 100, points: count = 101) {
  per sequence {
    first ~ normal()[hidden, dim]
    second ~ normal()[hidden]
  }
  per example {
    x ~ normal()[dim]
    y = dot(second, relu(matmul(first, x))) * sqrt(2 / hidden)
  }
  length: points
  input: x
  target: y
  blind: dim                      // a unit is positive half of the time, which the root of 2 makes up for
  ideal: 0
}

/// A full decision tree of depth 4, drawn for every sequence (Garg et al. 2022): a node looks at the sign of one
/// coordinate of x, and each of the 16 leaves has a standard normal value. `dim` is the width of x, `points` counts
/// the examples. `ideal` is a bound: a leaf that no example has reached cannot be known.
pub task decision_tree(dim: count = 20, points: count = 101) {
  per sequence {
    coordinate ~ uniform(dim)[15]       // the children of node n are 2 n + 1 and 2 n + 2
    leaf ~ normal()[16]
  }
  per example {
    x ~ normal()[dim]
    a = if x[coordinate[0]] > 0 then 2 else 1 : class(3)
    b = 2 * a + (if x[coordinate[a]] > 0 then 2 else 1) : class(7)
    c = 2 * b + (if x[coordinate[b]] > 0 then 2 else 1) : class(15)
    reached = 2 * c + (if x[coordinate[c]] > 0 then 2 else 1) - 15 : class(16)
    y = leaf[reached]
  }
  length: points
  input: x
  target: y
  blind: 1
  ideal: 0
}

/// Where expectations over a standard normal number are summed, by halves of a fortieth up to 6, and with what
/// weight; what is summed is even.
let normal_grid = ((0..240) + 0.5) / 40
let normal_weight = exp(-normal_grid ^ 2 / 2) / sum(exp(-normal_grid ^ 2 / 2))

/// Labels 0 and 1 by a logistic function drawn for every sequence (generalised linear models in context, Bai et al.
/// 2023; the weights here have a fixed length, so that the levels are known). `dim` is the width of x, `points`
/// counts the examples, `signal` is the length of the weights: the larger it is, the surer the labels. `ideal` is the
/// level of one who knows the weights, which many examples come close to: the mean entropy of a label whose log-odds
/// are normal with the standard deviation `signal`.
pub task logistic(dim: count = 20, points: count = 101, signal: real = 4) {
  per sequence {
    direction ~ normal()[dim]
    w = signal * direction / norm(direction)
  }
  per example {
    x ~ normal()[dim]
    y ~ bernoulli(sigmoid(dot(w, x)))
  }
  length: points
  input: x
  target: y : class(2)
  blind: levels(loss: log(2), accuracy: 50%)
  ideal: levels(
    loss: sum(
      normal_weight * (
        log(1 + exp(-signal * normal_grid)) +
        signal * normal_grid / (1 + exp(signal * normal_grid))
      ),
    ),
    accuracy: sum(normal_weight / (1 + exp(-signal * normal_grid))),
  )
}

/// A linear function out of `functions` that are drawn once a run (Raventos et al. 2023): few functions can be
/// learned by heart, many have to be learned in context. The best predictor that knows the pool is the posterior mean
/// over it. One who does not know the pool does best by ridge regression, the ideal of `linear(dim: 8, points: 16,
/// noise: 0.5)`, on which a trained model is tested as well. `functions` is the size of the pool, 1 to 2^20 in the
/// paper, `dim` the width of x, `points` counts the examples, `noise` is the standard deviation of what is added to
/// the target.
pub task linear_pool(functions: count, dim: count = 8, points: count = 16, noise: real = 0.5) {
  per sequence {
    w ~ normal()[dim] in pool(functions)
  }
  per example {
    x ~ normal()[dim]
    e ~ normal()
    y = dot(w, x) + noise * e
  }
  length: points
  input: x
  target: y
  blind: dim + noise ^ 2
  ideal: posterior_mean(w)
}
