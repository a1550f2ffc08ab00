//! The founding population: a closed burn-in population is simulated for a hundred years with the same monthly
//! processes. Its households, with their histories, are then sampled to the margins of the four cities on 1 January
//! 2008.

mod former;
mod households;
mod margins;
mod pool;
pub mod raking;
#[cfg(test)]
mod reads;
mod settle;
#[cfg(test)]
mod touched;

pub use households::pool_households;
pub use margins::{FitRow, Margin};
pub use pool::{Pool, live_pool, pool_simulation};
pub use settle::{Founded, cities_simulation, found, found_from};
