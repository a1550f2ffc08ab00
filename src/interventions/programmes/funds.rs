//! The money of programmes with a budget: what is there in a month, and what starts take of it.

use super::{Programmes, Service};
use crate::engine::Draws;
use crate::world::{ELSEWHERE, Funds, Month, Services, Stay};

/// Key of the random number with which the money of a programme begins: one above those of the places of cities.
const OPENING: u64 = ELSEWHERE as u64 | 1 << 46;

impl Service {
    /// Whether there is money for a start.
    pub(super) fn is_funded(&self, funds: &Funds) -> bool {
        self.budget.is_none() || funds.year.is_none() || funds.left > 0.0
    }

    /// Charges a start.
    pub(super) fn charge(&self, funds: &mut Funds, stay: &Stay) {
        if let Some(budget) = self.budget.as_ref().filter(|_| funds.year.is_some()) {
            funds.left -= budget.price(f64::from(stay.until.since(stay.since)));
        }
    }
}

impl Programmes {
    /// Adds the money of the month to programmes with a budget.
    pub(super) fn update_funds(&self, state: &mut Services, draws: &Draws, now: Month) {
        for (service, funds) in self.services.iter().zip(&mut state.funds) {
            match &service.budget {
                Some(budget) => budget.fund(funds, now, self.scale, draws.of(OPENING, service.tag()).unit(0)),
                None => *funds = Funds::default(),
            }
        }
    }
}
