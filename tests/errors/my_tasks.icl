//! What the pages on modules use.

use std.shapes

let draft = shapes.classify(maps: 1, points: 10)

/// One fixed map.
pub let practice = shapes.classify(maps: 1)
