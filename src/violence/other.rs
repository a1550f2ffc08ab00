//! Violence by relatives who are not partners: by parents, siblings and other relatives; elder abuse
//! (*ouderenmishandeling*); honour-related violence (*eergerelateerd geweld*). It is simulated as incidents that
//! detection and measures can act on.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::engine::{Draws, Hazard, Process};
use crate::units::{RatePerYear, Ratio, Share};
use crate::world::{Change, Changes, Event, Flag, OtherViolence, PersonId, Sex, Touch, World, YearFlag};

/// `[violence.other]`: violence by relatives who are not partners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Rate of evident violence by relatives against men of 18 to 64, victims per person and year.
    pub relatives: RatePerYear,
    /// Rate of elder abuse of men of 65 and older, victims per person and year.
    pub elder: RatePerYear,
    /// Rate of honour-related violence against women of 15 to 34, victims per person and year.
    pub honour: RatePerYear,
    /// Rate ratio of violence by relatives and of elder abuse: women versus men.
    pub women: Ratio,
    /// Share of victims with a single incident in the year.
    pub once: Share,
    /// Share of victims with at least one incident per month (twelve in the year).
    pub structural: Share,
    /// Rate ratio: persons with a mild intellectual disability or a mental illness versus others.
    pub vulnerable: Ratio,
}

struct OtherViolenceProcess(Other);

impl Other {
    /// The hazard of persons.
    pub fn build(&self) -> Process {
        Process::Person(Box::new(OtherViolenceProcess(self.clone())))
    }
}

impl OtherViolenceProcess {
    fn parts(&self, sex: Sex, age: i32) -> [f64; 3] {
        let women = if sex == Sex::Female { self.0.women.get() } else { 1.0 };
        let honour = sex == Sex::Female && (15..35).contains(&age);
        [
            if (18..65).contains(&age) { self.0.relatives.get() * women } else { 0.0 },
            if age >= 65 { self.0.elder.get() * women } else { 0.0 },
            if honour { self.0.honour.get() } else { 0.0 },
        ]
    }
}

impl Hazard for OtherViolenceProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        // The envelope covers the vulnerable too: the hazard is so low that this costs less than opening layers for
        // some.
        self.parts(Sex::BOTH[profile], year as i32).iter().sum::<f64>() * self.0.vulnerable.get().max(1.0)
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        let vulnerable = body.has(Flag::Disability) || body.has(Flag::MentalIllness);
        let parts: f64 = self.parts(body.sex(), body.age(world.now())).iter().sum();
        parts * if vulnerable { self.0.vulnerable.get() } else { 1.0 }
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
        let parts = self.parts(body.sex(), body.age(world.now()));
        let draw = draws.of(body.key, 0);
        let (once, structural) = (self.0.once.get(), self.0.structural.get());
        // "Several" is 2 to 11 incidents in the year, uniformly; "structural" is 12.
        let count = match draw.unit(1) {
            u if u < once => 1,
            u if u > 1.0 - structural => 12,
            _ => 2 + (draw.unit(2) * 10.0) as u16,
        };
        let target = draw.unit(0) * parts.iter().sum::<f64>();
        let kind = if target < parts[0] {
            OtherViolence::Relatives
        } else if target < parts[0] + parts[1] {
            OtherViolence::Elder
        } else {
            OtherViolence::Honour
        };
        let victim = PersonId(row as u32);
        changes.push(Change::YearMark { who: victim, mark: YearFlag::OtherVictim.bit() });
        changes.tell(Event::Other { victim, kind, count });
    }
}
