//! Lost health: weights of states and of deaths, and the losses of a year.

use serde::{Deserialize, Serialize};

use crate::money::{Discounting, PRICE_YEAR, factor, present_years};
use crate::outcomes::costs::{
    ByState, CostKind, CostUnit, Cutoffs, Grades, HELD, PersonStates, Pricing, State, StateWeights, Volume,
    parts_of_held, states, years_left,
};
use crate::outcomes::scene::Seen;
use crate::world::YearFlag;

/// Losses of health that are stored: QALY not discounted, discounted at 1.5 % and at 2.25 %, and the part of the second
/// that is due to ongoing violence; DALY not discounted and at 1.5 %; then the years with each of [`MARKS`].
pub(super) type Lost = [f64; HEALTH + MARKS];

/// Number of sums of lost health.
pub(super) const HEALTH: usize = 6;
/// Kinds of years that are counted: with violence from anybody, with violence from a partner, of witnessing, of
/// maltreatment.
pub(super) const MARKS: usize = 4;

/// The discounting rules of the first three.
pub(super) const RULES: [Discounting; 3] = [Discounting::None, Discounting::Zin2024, Discounting::Mkba2021];

/// Health weights of consequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Scales {
    cutoffs: Cutoffs,
    states: StateWeights,
    /// A life year of a person who was killed, in QALY and in DALY.
    killed: [f64; 2],
}

/// The weights of states, for a pass over the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::outcomes) struct HealthWeights {
    states: StateWeights,
    /// Present if any grade of symptoms has a weight.
    grades: Option<Grades>,
    /// Losses of a person without symptoms, by the states the person is in.
    of_held: [[f64; 3]; HELD],
}

/// One year of a person: QALY lost through ongoing violence and through its consequences, and DALY; and which kinds of
/// year it was.
pub(in crate::outcomes) type YearLost = (u64, [f64; 3], [bool; MARKS]);

impl Scales {
    pub(super) fn of(pricing: &Pricing) -> Scales {
        let killed = |unit: CostUnit| {
            let of = pricing.prices.iter().filter(|price| price.kind == CostKind::Health && price.unit == unit);
            of.filter(|price| price.volume == Volume::Killed).map(|price| price.price).sum()
        };
        Scales {
            cutoffs: pricing.cutoffs,
            states: StateWeights::of(&pricing.prices),
            killed: [CostUnit::Qaly, CostUnit::Daly].map(killed),
        }
    }

    /// Health lost by a person who was killed in a year at an age in months.
    pub(super) fn of_killed(&self, age_months: i32, year: i32) -> [f64; HEALTH] {
        let left = years_left(age_months, &self.cutoffs);
        let [plain, zin, mkba] = RULES.map(|rule| {
            let (rate, year) = (rule.effects(), year - PRICE_YEAR);
            present_years(rate, left) * factor(rate, year)
        });
        let [qaly, daly] = self.killed;
        [qaly * plain, qaly * zin, qaly * mkba, 0.0, daly * plain, daly * zin]
    }
}

impl HealthWeights {
    pub(super) fn of(scales: &Scales) -> HealthWeights {
        let Scales { cutoffs, states, .. } = scales;
        let of_held = std::array::from_fn(|held| lost(states, &parts_of_held(held)));
        HealthWeights { states: *states, grades: states.graded().then(|| Grades::of(cutoffs)), of_held }
    }

    /// Losses of a person in the year that ends, or `None`.
    #[inline]
    pub(super) fn year(&mut self, seen: &Seen<'_>) -> Option<YearLost> {
        let marks = marks(seen);
        let lost = match states(seen, self.grades.as_mut()) {
            PersonStates::Held(held) => self.of_held[held],
            PersonStates::Parts(parts) => lost(&self.states, &parts),
        };
        (lost.iter().any(|lost| *lost > 0.0) || marks.contains(&true)).then_some((seen.body.key, lost, marks))
    }
}

/// QALY lost in a year through ongoing violence and through its consequences, and DALY, of a person with these fractions
/// in each state.
fn lost(weights: &StateWeights, parts: &ByState) -> [f64; 3] {
    let lost = |unit: CostUnit| weights.lost(parts, unit);
    let sum = |of: &ByState| of.iter().sum::<f64>();
    let qaly = lost(CostUnit::Qaly);
    let now: f64 = State::VIOLENCE.into_iter().map(|state| qaly[state as usize]).sum();
    let (qaly, daly) = (sum(&qaly), sum(&lost(CostUnit::Daly)));
    [now, qaly - now, daly]
}

/// Lost health and kinds of year in one row.
pub(super) fn all(health: [f64; HEALTH], marks: [bool; MARKS]) -> Lost {
    std::array::from_fn(|at| if at < HEALTH { health[at] } else { f64::from(marks[at - HEALTH]) })
}

/// Kinds of year of a person, by the definitions of the census of the table `yearly`.
fn marks(seen: &Seen<'_>) -> [bool; MARKS] {
    if seen.past.year == 0 {
        return [false; MARKS];
    }
    let partner = seen.marked(YearFlag::Suffered);
    let any = partner || seen.marked(YearFlag::OtherVictim);
    [any, partner, seen.marked(YearFlag::Witnessed), seen.marked(YearFlag::Maltreated)]
}
