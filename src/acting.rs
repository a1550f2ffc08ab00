//! Which keys of a model can change a run, and which cannot: said by the rooms that read them.
//!
//! A key is *idle* where no process that runs, and no table that is written, reads it: a measure that is switched off, a price in a
//! run without costs, a figure that only `keten solve` aims at. What is not idle *acts*. A test changes all idle keys at once
//! and finds the same tables.

use crate::world::Month;

/// What a model is used for in a run.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// First month in which it holds.
    pub from: Month,
    /// First month in which it no longer holds.
    pub until: Month,
    /// Whether it shapes the population of January 2008.
    pub founds: bool,
    /// First and last month in which measures go beyond the status quo; all months when nothing.
    pub enrolment: Option<(Month, Month)>,
    /// Tables that are written.
    pub written: Written,
    /// Whether there are parameter draws whose levels of violence are set so that they meet drawn targets.
    pub levels_aim: bool,
}

/// Which tables are written, as far as keys hang on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// `yearly`
    pub yearly: bool,
    /// `transmission`
    pub transmission: bool,
    /// `lives`
    pub lives: bool,
    /// `selection`
    pub selection: bool,
    /// A table that counts euro.
    pub money: bool,
}

/// A key, or all that lies below it, that cannot change a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Dotted key.
    pub key: String,
    /// Why: a fragment that goes on from "it changes nothing:".
    pub why: &'static str,
}

/// All that is idle in one use of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idles {
    idle: Vec<Idle>,
    /// Keys that act although they lie below one that is idle.
    but: Vec<&'static str>,
}

impl Idles {
    /// Why a key cannot change the run; nothing when it can.
    pub fn why(&self, key: &str) -> Option<&'static str> {
        let below = |above: &str| key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let idle = self.idle.iter().find(|idle| below(&idle.key)).filter(|_| !self.but.contains(&key));
        idle.map(|idle| idle.why)
    }

    /// Whether a key can change the run.
    pub fn acts(&self, key: &str) -> bool {
        self.why(key).is_none()
    }

    /// Adds a key that is idle.
    pub fn put(&mut self, key: impl Into<String>, why: &'static str) {
        self.idle.push(Idle { key: key.into(), why });
    }

    /// Adds keys that act although they lie below one that is idle.
    pub fn but(&mut self, keys: impl IntoIterator<Item = &'static str>) {
        self.but.extend(keys);
    }
}

/// Why a price is idle.
pub const NO_MONEY: &str = "no table that is written counts euro";
/// Why an effect is idle.
pub const NOT_IN_FORCE: &str = "nothing that the chain does reaches the truth: `effects.in_force` is `none`";
