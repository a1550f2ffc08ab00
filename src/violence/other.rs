//! Violence by relatives who are not partners: by parents, siblings and other relatives, as a year with a number of
//! incidents; and the onset of elder abuse (*ouderenmishandeling*) and of honour-related violence (*eergerelateerd
//! geweld*), whose course follows month by month.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Hazard, Process};
use crate::units::{RatePerYear, Ratio, Share};
use crate::world::{
    AbuseChange, Change, Changes, Event, Flag, OtherIncidents, OtherViolence, PersonId, Sex, Touch, World, YearFlag,
};

/// `[violence.other]`: violence by relatives who are not partners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Rate of evident violence by relatives against men of 18 to 64, victims per person and year.
    pub relatives: RatePerYear,
    /// Rate at which elder abuse by relatives begins against persons of 65 and older, per person and year.
    pub elder: RatePerYear,
    /// Rate at which honour-related violence begins against women of 15 to 34, per person and year.
    pub honour: RatePerYear,
    /// Rate ratio of the onset of honour-related violence: men of 15 to 39 versus women of 15 to 34.
    pub honour_men: Ratio,
    /// Rate ratio of evident violence by relatives: women versus men.
    pub women: Ratio,
    /// Share of victims of evident violence by relatives with a single incident in the year.
    pub once: Share,
    /// Share of these victims with at least one incident per month (twelve in the year).
    pub structural: Share,
    /// Rate ratio of all three: persons with a mild intellectual disability or a mental illness versus others.
    pub vulnerable: Ratio,
}

struct OtherViolenceProcess(Other);

impl Other {
    /// The hazard of persons.
    pub fn build(&self) -> Process {
        Process::Person(Box::new(OtherViolenceProcess(self.clone())))
    }
}

/// The kinds, in the order of [`Other::rates`].
pub(super) const KINDS: [OtherViolence; 3] = [OtherViolence::Relatives, OtherViolence::Elder, OtherViolence::Honour];

impl Other {
    /// Rates per year at which each of [`KINDS`] meets a person who is not vulnerable.
    fn rates(&self, sex: Sex, age: i32) -> [f64; 3] {
        let (women, until, men) = match sex {
            Sex::Female => (self.women.get(), 35, 1.0),
            Sex::Male => (1.0, 40, self.honour_men.get()),
        };
        [
            if (18..65).contains(&age) { self.relatives.get() * women } else { 0.0 },
            if age >= 65 { self.elder.get() } else { 0.0 },
            if (15..until).contains(&age) { self.honour.get() * men } else { 0.0 },
        ]
    }

    /// Rates per year at which each of [`KINDS`] meets the person in a row.
    pub(super) fn rates_of(&self, world: &World, row: usize) -> [f64; 3] {
        let body = world.body(row);
        let vulnerable = body.has(Flag::Disability) || body.has(Flag::MentalIllness);
        let ratio = if vulnerable { self.vulnerable.get() } else { 1.0 };
        self.rates(body.sex(), body.age(world.now())).map(|rate| rate * ratio)
    }
}

impl Hazard for OtherViolenceProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // The envelope covers the vulnerable too: the hazard is so low that this costs less than opening layers for
        // some.
        self.0.rates(Sex::BOTH[profile], year as i32).iter().sum::<f64>() * self.0.vulnerable.get().max(1.0)
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        self.0.rates_of(world, row).iter().sum()
    }

    fn most(&self, _: &World, _: usize) -> f64 {
        1.0
    }

    fn same_for_all(&self) -> Option<f64> {
        Some(1.0)
    }

    fn responds_to(&self) -> Touch {
        Touch::none()
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if !body.counts() {
            return;
        }
        let rates = self.0.rates(body.sex(), body.age(world.now()));
        let draw = draws.of(body.key, 0);
        let (once, structural) = (self.0.once.get(), self.0.structural.get());
        // "Several" is 2 to 11 incidents in the year, uniformly; "structural" is 12.
        let count = match draw.unit(1) {
            u if u < once => 1,
            u if u > 1.0 - structural => 12,
            _ => 2 + (draw.unit(2) * 10.0) as u16,
        };
        let target = draw.unit(0) * rates.iter().sum::<f64>();
        let kind = if target < rates[0] {
            OtherViolence::Relatives
        } else if target < rates[0] + rates[1] {
            OtherViolence::Elder
        } else {
            OtherViolence::Honour
        };
        let victim = PersonId(row as u32);
        if kind == OtherViolence::Relatives {
            changes.push(Change::YearMark { who: victim, mark: YearFlag::OtherVictim.bit() });
            changes.tell(Event::Other(OtherIncidents::light(victim, kind, count)));
        } else {
            changes.push(Change::Abuse(AbuseChange::Begins { victim, kind }));
        }
    }
}
