//!Title.
//! More.   
use std.shapes



use std.models // models
pub   let a=1
 let b : count=2
task  t (x :count=3 ,y:real=0.5,) { length:4, input:x }
data d=table("a.tsv",key:"w")
model m { }
