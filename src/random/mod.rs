//! Random numbers that are found by address, not drawn in turn.
//!
//! Every draw of the model has an address: (seed, draw, replicate, subject, process, ordinal, index). [`Luck`] holds the
//! first three, [`Luck::block`] takes the rest and gives a [`Block`] of four words, the same for any number of threads, any
//! order of work and any scenario. The laws ([`normal`], [`poisson`], ...) work by inversion, so that one address gives one
//! number and nothing is rejected and drawn again.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").

mod laws;
mod luck;
mod philox;

pub use laws::{exponential, lognormal, normal, poisson, poisson_positive};
pub use luck::{Block, DERIVE, KeyedRng, Luck, unit};
