//! Which keys of a model can change the results of a run. Each room reports this for the keys that it reads.
//!
//! A key is *idle* when no process that runs, and no table that is written, reads it: a measure that is switched off, a
//! price in a run without costs, a figure that only `keten solve` uses as a target. Any other key is *acting*. A test
//! changes all idle keys at once and checks that the tables stay the same.

use crate::world::Month;

/// How a model is used in a run.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// First month of use.
    pub from: Month,
    /// First month after its use.
    pub until: Month,
    /// Whether it determines the population of January 2008.
    pub founds: bool,
    /// First and last month in which measures go beyond the status quo; all months when `None`.
    pub enrolment: Option<(Month, Month)>,
    /// Tables that are written.
    pub written: Written,
    /// Whether the levels of violence of parameter draws are set to meet drawn targets.
    pub levels_aim: bool,
}

/// Tables that are written, as far as keys depend on them.
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
    /// Any table with amounts in euro.
    pub money: bool,
}

/// A key, with all keys below it, that cannot change a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Dotted key.
    pub key: String,
    /// The reason: a fragment that continues "this has no effect:".
    pub why: &'static str,
}

/// All idle keys for one use of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Idles {
    idle: Vec<Idle>,
    /// Keys that are acting although they are below an idle key.
    but: Vec<&'static str>,
}

impl Idles {
    /// Why a key cannot change the run; `None` when it can.
    pub fn why(&self, key: &str) -> Option<&'static str> {
        let below = |above: &str| key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let idle = self.idle.iter().find(|idle| below(&idle.key)).filter(|_| !self.but.contains(&key));
        idle.map(|idle| idle.why)
    }

    /// Whether a key can change the run.
    pub fn acts(&self, key: &str) -> bool {
        self.why(key).is_none()
    }

    /// Adds an idle key.
    pub fn put(&mut self, key: impl Into<String>, why: &'static str) {
        self.idle.push(Idle { key: key.into(), why });
    }

    /// Adds keys that are acting although they are below an idle key.
    pub fn but(&mut self, keys: impl IntoIterator<Item = &'static str>) {
        self.but.extend(keys);
    }
}

/// Reason why a price is idle.
pub const NO_MONEY: &str = "no table that is written contains amounts in euro";
/// Reason why an effect is idle.
pub const NOT_IN_FORCE: &str =
    "effects of the chain on the ground truth are switched off: `effects.in_force` is `none`";
