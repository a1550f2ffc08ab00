//! Random numbers that are addressed, never taken from a sequential stream.
//!
//! Every draw of the model has an address: (seed, draw, replicate, subject, process, ordinal, index). [`Luck`] holds
//! the first three. [`Luck::block`] takes the rest and returns a [`Block`] of four words, the same for any number of
//! threads, any order of evaluation and any scenario (common random numbers). The distributions ([`normal`],
//! [`poisson`], ...) use inversion, so one address gives one number, without rejection sampling.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").

mod block;
mod laws;
mod luck;
mod philox;

pub use block::{Block, unit};
pub use laws::{exponential, lognormal, normal, poisson};
pub use luck::{DERIVE, KeyedRng, Luck};
