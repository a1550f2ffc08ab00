//! keten: an agent-based simulation of the transmission of domestic violence from parents to children, and of its
//! prevention.
//!
//! *Keten* is Dutch for chain: the closed chain of prevention, detection, response and aftercare that the action
//! programme of the four large Dutch cities proposed in 2008, and the chain of generations along which violence is
//! transmitted. The crate simulates the households of Amsterdam, Rotterdam, Den Haag and Utrecht in monthly steps.
//!
//! Suggested reading order of the rooms (modules):
//!
//! 1. [`world`]: persons, couples and places, as plain data;
//! 2. [`engine`]: the monthly step, the calendar of candidate events, and the traits of processes;
//! 3. [`life`] and [`violence`]: the processes, one file each;
//! 4. [`chain`]: detection and the response of the cities; [`interventions`]: what an experiment can switch on;
//! 5. [`model`]: the types of the model files, and the order of the month;
//! 6. [`founding`]: the burn-in population, and the cities of 1 January 2008 sampled from it;
//!    [`calibration`]: the solvers that find the parameters that no source gives;
//! 7. [`outcomes`]: observers that write tables; [`tables`]: schemas, typed columns and the content hash;
//! 8. [`acting`]: which keys can change a run; [`experiment`]: scenarios, draws and replicates; [`store`]: run folders;
//!    [`shards`]: one experiment on many machines;
//! 9. [`stats`]: means, errors and regression; [`economics`]: decisions under uncertainty; [`analysis`]: results of a run
//!    with their uncertainty; [`report`]: their presentation, with [`charts`], and numbers in the [`notation`] of
//!    readers;
//! 10. [`study`]: all of this in four calls, for programs that use the library;
//! 11. [`planner`]: mixes of measures, their experiment files and their answers; [`serve`]: the page that shows them.
//!
//! ```
//! use keten::random::Luck;
//! // Every draw has an address (subject, process, time), so scenarios use common random numbers.
//! let luck = Luck::new(2008, 0, 0);
//! assert_eq!(luck.block(42, 1, 7, 0), luck.block(42, 1, 7, 0));
//! ```

pub mod acting;
pub mod analysis;
pub mod calibration;
pub mod chain;
pub mod charts;
pub mod config;
pub mod curve;
pub mod economics;
pub mod engine;
pub mod error;
pub mod experiment;
pub mod founding;
pub mod interventions;
pub mod life;
pub mod model;
pub mod money;
pub mod notation;
pub mod outcomes;
pub mod planner;
pub mod random;
pub mod report;
pub mod serve;
pub mod shards;
pub mod stats;
pub mod store;
pub mod study;
pub mod tables;
pub mod units;
pub mod violence;
pub mod world;
