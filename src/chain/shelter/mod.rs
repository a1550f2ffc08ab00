//! Shelters (*vrouwenopvang, mannenopvang*): requests, selection at intake, places and refusals, stays, and the next
//! step: a follow-up place, the partner, an own dwelling if one is available, or family.
//!
//! A place is a bed: a mother takes one bed, plus one for each child. A person who is ready to leave but has no
//! dwelling keeps the place. Shelters are open to the whole country. Women and men from elsewhere take places too; they
//! are not simulated further. Women of the four cities take places elsewhere. A place far from home changes whether a
//! victim returns to the partner, work, and safety. Groups that shelters take in less often have doors of their own: men,
//! older sons, large families, a mild intellectual disability, honour-related violence.

mod admissions;
mod consequences;
mod country;
mod doors;
mod exits;
mod places;
mod requests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::needs::Needs;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::units::{Count, Euro, Months, Persons, Probability, RatePerYear, Ratio, Rows, Sd, Share};
use crate::world::{
    ADULT, ChainChange, Change, Changes, ELSEWHERE, Edge, Group, InForce, Lists, Month, Passage, PersonId,
    ProviderMonth, ProviderMonths, Stay, World,
};

/// Kinds of shelter in the order of their indices.
pub const SHELTERS: [&str; 5] =
    ["shelter_crisis", "shelter_follow_up", "shelter_men", "country_shelter", "shelter_honour"];

/// Kinds of shelter outside the four cities: their places are paid from other budgets.
pub const OUTSIDE: [&str; 2] = ["country_shelter", "shelter_honour"];

const CRISIS: u16 = 0;
const FOLLOW_UP: u16 = 1;
const MEN: u16 = 2;
/// Crisis places in the rest of the country, counted at the city of the victim.
const COUNTRY: u16 = 3;
/// Specialised places for girls and young women under threat of honour-related violence, counted at their city.
const HONOUR: u16 = 4;

/// Rule by which places are allocated to requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// One national pool: requests are served in the order in which they were made, in any city.
    #[default]
    NationalPool,
    /// Local where possible, national where necessary (L1067-1096): each city serves its own victims before those of
    /// others. A measure can introduce this rule from a month on (edge `local_allocation`).
    LocalFirst,
}

/// `[chain.shelter]`: shelters for women and men.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shelter {
    /// Rule by which places are allocated to requests from the first day.
    pub allocation: Allocation,
    /// Yearly budget of the women's shelters, euro of 2008.
    pub budget: Euro,
    /// Price of one bed for a year, euro of 2008; the number of beds is the budget divided by this price.
    pub bed_price: Euro,
    /// Share of the beds for crisis shelter; the others are for follow-up.
    pub crisis_share: Share,
    /// Share of the beds in each city.
    pub city_share: Rows<Share>,
    /// Probability that a woman requests shelter in a month of violence without injury.
    pub request: Probability,
    /// Ratio of the probability of a request: month with injury versus without.
    pub injury: Ratio,
    /// Ratio of the probability of a request: month with serious injury versus without injury.
    pub serious: Ratio,
    /// Ratio of the probability of a request: coercive versus situational violence.
    pub coercive: Ratio,
    /// Ratio of the probability of a request: family with an open case versus without.
    pub in_chain: Ratio,
    /// Ratio of the probability of a request: woman with children at home versus without.
    pub with_children: Ratio,
    /// Ratio of the probability of a request: male versus female victim.
    pub men: Ratio,
    /// Probability that a request leads to an intake (selection at the door).
    pub intake: Probability,
    /// Odds ratio of an intake: victim with an addiction or a mental illness, or newcomer, versus others.
    pub intake_problems: Ratio,
    /// Odds ratio of an intake: victim with a mild intellectual disability versus others.
    pub intake_disability: Ratio,
    /// Odds ratio of an intake: three children who come along versus fewer.
    pub intake_three_children: Ratio,
    /// Odds ratio of an intake: four or more children who come along versus fewer than three.
    pub intake_four_children: Ratio,
    /// Probability that a shelter accepts a mother's sons, if the eldest is at most 12.
    pub sons_to_12: Probability,
    /// Probability that a shelter accepts a mother's sons, if the eldest is 13 or 14.
    pub sons_13_14: Probability,
    /// Probability that a shelter accepts a mother's sons, if the eldest is 15 or 16.
    pub sons_15_16: Probability,
    /// Probability that a shelter accepts a mother's sons, if the eldest is 17.
    pub sons_17: Probability,
    /// Probability that a father who requests shelter takes his children along.
    pub fathers_with_children: Probability,
    /// Probability that a known victim of honour-related violence requests shelter.
    pub honour_request: Probability,
    /// Probability that a specialised shelter takes in a girl or young woman under threat of honour-related violence.
    pub honour_intake: Probability,
    /// Mean duration of a stay in a specialised shelter, months.
    pub honour_months: Months,
    /// Share of the victims in grave danger who need a place outside their own city.
    pub secret: Share,
    /// Probability that a refused victim repeats the request in the next month.
    pub retry: Probability,
    /// Women from the rest of the country who request a place in the four cities, per year.
    pub inflow: RatePerYear,
    /// Mean number of children who come with a woman from the rest of the country.
    pub inflow_children: Ratio,
    /// Share of the persons from the rest of the country who are in grave danger.
    pub inflow_danger: Share,
    /// Women in the rest of the country who request a place in a shelter, per year.
    pub country_women: Persons,
    /// Men per woman in the rest of the country who request a place, if there are places for men.
    pub men_per_woman: Ratio,
    /// Crisis beds in the rest of the country that women of the four cities can have.
    pub country_beds: Count,
    /// Share of the beds that are occupied on 1 January 2008.
    pub occupied: Share,
    /// Mean duration of a stay in crisis shelter, months.
    pub crisis_months: Months,
    /// Probability that a victim needs a follow-up place after crisis shelter.
    pub to_follow_up: Probability,
    /// Probability that a victim returns to the partner after crisis shelter.
    pub return_after_crisis: Probability,
    /// Probability that a victim needs an own dwelling after crisis shelter; the remaining victims go to family.
    pub to_dwelling: Probability,
    /// Median duration of a stay in a follow-up place, months.
    pub follow_up_months: Months,
    /// Standard deviation of the logarithm of the duration of a stay in a follow-up place.
    pub follow_up_sd: Sd,
    /// Probability that a victim returns to the partner after a follow-up place.
    pub return_after_follow_up: Probability,
    /// Dwellings that become available to victims who leave a shelter, per year and city.
    pub dwellings: Rows<RatePerYear>,
    /// Probability that violence continues after the victim leaves the partner from a shelter.
    pub goes_on: Probability,
    /// Probability that an old person asks for shelter when elder abuse is reported.
    pub elder_request: Probability,
    /// Odds ratio of a return to the partner: place outside the own city versus in it.
    pub far_return: Ratio,
    /// Odds ratio of serious harm in a month of violence: place outside the own city versus in it, during the stay and
    /// `after_months` after it.
    pub far_severe: Ratio,
    /// Probability that a victim with paid work loses it by moving to a place outside the own city.
    pub far_work: Probability,
    /// Ratio of the incidents that a victim suffers after leaving a shelter: with versus without an own dwelling.
    pub dwelling_incidents: Ratio,
    /// Months after a stay in which the place and the dwelling act.
    pub after_months: Months,
}

/// Beds and dwellings added by a measure, by city and month.
pub type Added = BTreeMap<String, Box<dyn Fn(usize, Month) -> f64 + Send + Sync>>;

/// The process: the parameters, and what follows from them.
struct ShelterProcess {
    table: Shelter,
    needs: Needs,
    beds: Vec<[f64; ELSEWHERE]>,
    dwellings: Vec<f64>,
    added: Added,
    scale: f64,
    in_force: InForce,
}

/// First index of draws that belong to no person.
const OUTSIDERS: u16 = 100;

impl Shelter {
    /// The process; `added` gives the beds and dwellings that measures add, at full scale.
    ///
    /// # Errors
    /// Names a city without a share of the beds.
    pub fn build(&self, needs: &Needs, added: Added, scope: &Scope) -> Result<Process, String> {
        let share = crate::curve::indexed(&self.city_share, "city", "share", scope.cities)?;
        let mut dwellings = crate::curve::indexed(&self.dwellings, "city", "dwellings", scope.cities)?;
        dwellings.resize(ELSEWHERE, 0.0);
        let price = self.bed_price.get();
        if price <= 0.0 {
            return Err("bed_price is 0; give the price of a bed for a year".into());
        }
        let all = self.budget.get() / price;
        if all > 0.0 && all < 1.0 {
            let (budget, price) = (self.budget.get(), price);
            return Err(format!(
                "budget: {budget} euro buy less than one bed of {price} euro; give 0, or at least a bed"
            ));
        }
        let of_kind =
            |part: f64| std::array::from_fn(|city| libm::rint(all * part * share.get(city).copied().unwrap_or(0.0)));
        let crisis = self.crisis_share.get();
        let country = std::array::from_fn(|city| self.country_beds.get() * share.get(city).copied().unwrap_or(0.0));
        // Specialised places have no limit here: their refusals are a part of `honour_intake`.
        let beds = vec![of_kind(crisis), of_kind(1.0 - crisis), [0.0; ELSEWHERE], country, [f64::INFINITY; ELSEWHERE]];
        let (table, needs, scale, in_force) = (self.clone(), needs.clone(), scope.scale, scope.in_force);
        Ok(Process::Monthly(Box::new(ShelterProcess { table, needs, beds, dwellings, added, scale, in_force })))
    }
}

impl ShelterProcess {
    /// Records that a person passed an edge or not, after months of waiting.
    fn passage(&self, changes: &mut Changes, edge: Edge, city: u8, who: PersonId, passed: bool, waited: i32) {
        changes.tell(Passage::at(edge, city, who, passed).after(waited));
    }

    /// Minors who come along with an adult: those at home with a woman, and those in the household of whom a man is the
    /// father.
    fn children(world: &World, row: usize, kind: u16) -> Vec<usize> {
        let young = |child: &usize| world.body(*child).age_months(world.now()) < ADULT;
        if kind == MEN {
            let father = PersonId(row as u32);
            let own = |child: &usize| world.kin(*child).father == father;
            return world.children_of_household(row).filter(young).filter(own).collect();
        }
        world.children_at_home(row).filter(young).collect()
    }

    /// Whether a request in a city is served by the rule "local where possible", given a random number.
    fn is_local(&self, world: &World, city: usize, u: f64) -> bool {
        let base = f64::from(u8::from(self.table.allocation == Allocation::LocalFirst));
        u < world.chain().system.edge(city, Edge::LocalAllocation, base)
    }

    /// Whether the place of a stay lies outside the city of the victim.
    fn is_far(stay: &Stay) -> bool {
        stay.service == COUNTRY || (stay.service != HONOUR && stay.city != stay.home)
    }
}

impl Monthly for ShelterProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        let mut state = world.chain().shelters.clone();
        if state.accounts.is_empty() {
            self.open(world, &mut state, draws);
        }
        let mut months = ProviderMonths::new(Group::Shelters, SHELTERS.len());
        self.finish(world, &mut state, draws, &mut months, changes);
        self.ask(world, &mut state, draws, &mut months, changes);
        self.serve(world, &mut state, draws, &mut months, changes);
        let places =
            |month: &ProviderMonth| self.places(usize::from(month.service), usize::from(month.city), world.now());
        months.tell(&state, world.places().cities.len(), places, changes);
        changes.push(Change::Chain(ChainChange::Shelters(Box::new(state))));
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}
