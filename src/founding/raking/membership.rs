//! Which household counts towards which constraint, and by how much.

use crate::error::{Error, Kind};

/// The contribution of each household to each constraint, as a sparse matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Membership {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Membership {
    /// Starts without households.
    pub fn new() -> Self {
        Membership::default()
    }

    /// Adds the next household: (constraint, amount) in any order; amounts for the same constraint add up.
    pub fn push(&mut self, counts: impl IntoIterator<Item = (u32, f32)>) {
        let start = self.entries.len();
        for (constraint, amount) in counts {
            match self.entries[start..].iter_mut().find(|entry| entry.0 == constraint) {
                Some(entry) => entry.1 += amount,
                None => self.entries.push((constraint, amount)),
            }
        }
        self.entries[start..].sort_unstable_by_key(|entry| entry.0);
        self.ends.push(self.entries.len());
    }

    /// Number of households.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no household at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Contributions of one household, by constraint.
    pub fn of(&self, household: usize) -> &[(u32, f32)] {
        let start = if household == 0 { 0 } else { self.ends[household - 1] };
        &self.entries[start..self.ends[household]]
    }

    /// All households in order.
    pub(super) fn households(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        (0..self.len()).map(|household| self.of(household))
    }

    /// Weighted sum of each of `constraints` constraints.
    pub fn sums(&self, weights: &[f64], constraints: usize) -> Vec<f64> {
        let mut sums = vec![0.0; constraints];
        for (entries, weight) in self.households().zip(weights) {
            for (constraint, amount) in entries {
                sums[*constraint as usize] += weight * f64::from(*amount);
            }
        }
        sums
    }

    /// An order that puts similar households next to each other: sorted by their contributions, lowest constraints
    /// first.
    ///
    /// Systematic sampling in this order spreads the copies over the lowest constraints, which should be the most
    /// important ones.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        let key = |household: &usize| {
            self.of(*household).iter().map(|(constraint, amount)| (*constraint, amount.to_bits())).collect::<Vec<_>>()
        };
        order.sort_by_cached_key(key);
        order
    }

    /// Rejects invalid amounts and targets.
    pub(super) fn check(&self, targets: &[f64]) -> Result<(), Error> {
        if let Some(target) = targets.iter().position(|target| !(target.is_finite() && *target >= 0.0)) {
            let what = format!("target {target} of the initial population is {}", targets[target]);
            return Err(Error::data(what, "give a number of at least 0"));
        }
        let fits = |(constraint, amount): &(u32, f32)| {
            (*constraint as usize) < targets.len() && amount.is_finite() && *amount >= 0.0
        };
        if self.entries.iter().all(fits) {
            Ok(())
        } else {
            Err(Error::new(Kind::Internal, "a household belongs to no known target of the initial population", ""))
        }
    }
}
