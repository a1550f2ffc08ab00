//! Packs: files that hold many units each, for runs on many machines, whose file systems suffer from many small files.
//!
//! A worker appends each unit that it has simulated to a pack of its own, and no other process ever writes to that file.
//! A unit counts as stored when its frame is whole, so a worker that is killed loses the unit that it is writing at
//! most. The same unit may be in several packs; readers take any whole one.

mod exchange;
mod frames;
mod index;
mod rewrite;
mod writer;

pub(super) use index::{FOLDER, PackIndex, PackPlace};
pub(super) use rewrite::LoosePack;
pub use writer::{PackWriter, UnitSink};
