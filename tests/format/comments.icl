// First of all.

//! What is asked.
//! On two lines.
use std.models   // three spaces
use std.curricula// glued

//// Four slashes are a comment.


// Apart from the item below.

/// Documented.

/// Over a gap.
#allow(W0207,  "as written")
// Between the documentation and its item.

task t {   // behind the brace
  // at the top
  per sequence { // one space
    w ~ normal()[dim]        // drawn
    longer_name ~ normal()   // also drawn

    b = 1     // aligned with the next
    cc = 22   // aligned with the one before


    // before the brace

  }    // behind the closing brace
  /// Length.
  length: 4, // behind the comma
  input: x   , target: y // of the target
  score: a + // the first
    // the second, alone
    b *
    c
  blind: if a // when
    then b // so
    else // otherwise
      c
  ideal: levels( // of both
    // above the loss
    loss: 1 // a comma goes before this

    , // behind a comma alone
    accuracy: // a value on its own line
      2,
    // at the end
  ) // behind all
  plateaus: [ // filled
    1, 2, // a pair
    3, 4,
    // five alone
    5
  ]
}
// Close to the item above.
let a = 1 // one
let b = 2 /////// many

let c = f(// only a comment
)
model nothing { // nothing
}
model less {

}
// The last line has no end.
// The very last.