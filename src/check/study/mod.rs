//! Studies: arms at every point of a sweep, resolved to trainings, and what is concluded from them.

pub mod arms;
pub mod claims;
pub mod conclusions;
pub mod experiment;
pub mod lint;
pub mod losses;
pub mod onsets;
pub mod phrases;
pub mod plots;
pub mod sites;
pub mod stages;
pub mod sweep;
pub mod vocabulary;
