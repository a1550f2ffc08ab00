//! keten: how violence at home passes from parents to children, and what stops it.
//!
//! *Keten* is Dutch for chain: the closed chain of prevention, detection, response and aftercare that the action programme
//! of the four large Dutch cities asked for in 2008, and the chain of generations along which violence passes. The crate is
//! an agent-based simulation of the households of Amsterdam, Rotterdam, Den Haag and Utrecht, month by month.
//!
//! A newcomer reads the rooms in this order:
//!
//! 1. [`world`]: who and what there is, as plain data;
//! 2. [`engine`]: the month, the calendar of candidate events, and what a process is;
//! 3. [`life`] and [`violence`]: the processes, one file each;
//! 4. [`chain`]: who comes to know, and what the cities do about it; [`interventions`]: what an experiment can switch on;
//! 5. [`model`]: what stands in the model files, and the order of the month;
//! 6. [`founding`]: the closed pool, and the cities of 1 January 2008 drawn from it;
//! 7. [`outcomes`]: what is read from the world into tables;
//! 8. [`acting`]: which keys can change a run; [`experiment`]: scenarios, draws and replicates; [`store`]: run folders;
//! 9. [`analysis`]: what a run answers, and how sure that is; [`report`]: how it is shown.
//!
//! ```
//! use keten::random::Luck;
//! // Every draw has an address: who, in which process, when. Two scenarios therefore share their luck.
//! let luck = Luck::new(2008, 0, 0);
//! assert_eq!(luck.block(42, 1, 7, 0), luck.block(42, 1, 7, 0));
//! ```

pub mod acting;
pub mod analysis;
pub mod chain;
pub mod config;
pub mod curve;
pub mod engine;
pub mod error;
pub mod experiment;
pub mod founding;
pub mod interventions;
pub mod life;
pub mod model;
pub mod money;
pub mod outcomes;
pub mod random;
pub mod report;
pub mod store;
pub mod table;
pub mod units;
pub mod violence;
pub mod world;
