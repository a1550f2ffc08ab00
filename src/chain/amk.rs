//! The AMK (*Advies- en Meldpunt Kindermishandeling*): contacts, investigations and what they find; voluntary youth
//! care, supervision by order of a judge (*ondertoezichtstelling*), and placement out of the home.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::needs::Needs;
use crate::engine::{Draws, Monthly, Process, Scope};
use crate::units::{Months, Probability, Ratio, Sd};
use crate::world::{
    ChainChange, Change, Changes, Due, Edge, Effect, Event, Flag, InForce, Lists, Mechanism, MindShift, Occasion,
    Passage, Pending, PersonId, Report, Source, World,
};

/// `[chain.amk]`: investigations and decisions of the child protection desk (AMK).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amk {
    /// Probability that a first contact leads to an investigation.
    pub investigation: Probability,
    /// Duration of an investigation, months.
    pub months: Months,
    /// Probability that an investigation confirms maltreatment that is present (sensitivity).
    pub found: Probability,
    /// Probability that an investigation confirms maltreatment that is absent (1 − specificity).
    pub found_wrongly: Probability,
    /// Probability that a family accepts voluntary youth care after maltreatment was confirmed and no supervision was
    /// ordered.
    pub youth_care: Probability,
    /// Probability that a judge orders supervision after maltreatment was confirmed.
    pub protection: Probability,
    /// Probability that a child under supervision is placed out of the home.
    pub placement: Probability,
    /// Mean duration of a placement out of the home, months.
    pub placement_months: Months,
    /// Increase of the depressive symptoms of a mother after an investigation, standard deviations.
    pub mother_depression: Sd,
    /// Hazard ratio of the onset of maltreatment: a child placed out of the home versus a child at home.
    pub placed: Ratio,
}

struct InvestigationProcess(Amk, Needs, InForce);

impl Amk {
    /// The sweep over the reports of the month and the investigations that end.
    pub fn build(&self, needs: &Needs, scope: &Scope) -> Process {
        Process::Monthly(Box::new(InvestigationProcess(self.clone(), needs.clone(), scope.in_force)))
    }
}

/// Hazard ratio of the end of maltreatment in a child who is placed out of the home: it nearly always ends within the
/// month.
const ENDS: f32 = 4.6;

impl InvestigationProcess {
    fn contact(&self, world: &World, report: &Report, draws: &Draws, changes: &mut Changes) {
        let Some(row) = report.victim.row() else { return };
        let runs = |pending: &Pending| pending.what == Due::Conclusion && pending.subject == report.subject;
        if world.chain().pending.iter().any(runs) {
            return;
        }
        let draw = draws.of(world.body(row).key, 0);
        let chance =
            world.chain().system.edge(usize::from(report.city), Edge::Investigation, self.0.investigation.get());
        let passed = draw.happens(0, chance);
        self.pass(changes, Edge::Investigation, report.city, report.victim, passed, 0);
        if passed {
            let conclusion = Pending {
                what: Due::Conclusion,
                due: world.now().plus((libm::floor(self.0.months.get() + draw.unit(1)) as i32).max(1)),
                since: world.now(),
                subject: report.subject,
                who: report.victim,
                city: report.city,
                founded: world.past(row).maltreated != 0,
            };
            changes.push(Change::Chain(ChainChange::Later(conclusion)));
            self.1.schedule(world, Pending { what: Due::AmkAssessment, ..conclusion }, draw.unit(2), changes);
        }
    }

    fn pass(&self, changes: &mut Changes, edge: Edge, city: u8, who: PersonId, passed: bool, waited: i32) {
        changes.tell(Passage::at(edge, city, who, passed).after(waited));
    }

    /// Concludes an investigation. `burdened` are the mothers on whom one has weighed this month.
    fn conclude(
        &self,
        world: &World,
        waits: &Pending,
        draws: &Draws,
        burdened: &mut BTreeSet<usize>,
        changes: &mut Changes,
    ) {
        let Some(row) = waits.who.row().filter(|row| world.body(*row).counts()) else { return };
        let a = &self.0;
        let (first, second) = (draws.of(world.body(row).key, 1), draws.of(world.body(row).key, 2));
        let found = first.happens(0, if waits.founded { a.found.get() } else { a.found_wrongly.get() });
        let waited = world.now().since(waits.since);
        self.pass(changes, Edge::Substantiation, waits.city, waits.who, found, waited);
        changes.tell(Event::Investigated { child: waits.who, city: waits.city, maltreated: waits.founded, found });
        self.burden(world, row, burdened, changes);
        if !found {
            return;
        }
        let system = &world.chain().system;
        let city = usize::from(waits.city);
        let told = |changes: &mut Changes, occasion| {
            changes.tell(Event::Occasion { occasion, who: waits.who, subject: waits.subject, city: waits.city });
        };
        let supervised = first.happens(1, system.edge(city, Edge::Protection, a.protection.get()));
        self.pass(changes, Edge::Protection, waits.city, waits.who, supervised, 0);
        if supervised {
            told(changes, Occasion::Supervised);
            let placed = first.happens(2, system.edge(city, Edge::Placement, a.placement.get()));
            self.pass(changes, Edge::Placement, waits.city, waits.who, placed, 0);
            if placed {
                self.place(world, waits, second.unit(0), changes);
            }
            return;
        }
        let accepted = first.happens(3, system.edge(city, Edge::YouthCare, a.youth_care.get()));
        self.pass(changes, Edge::YouthCare, waits.city, waits.who, accepted, 0);
        if accepted {
            told(changes, Occasion::YouthCare);
        }
    }

    /// An investigation weighs on the mother, also if she had no symptoms; once, of however many of her children.
    fn burden(&self, world: &World, child: usize, burdened: &mut BTreeSet<usize>, changes: &mut Changes) {
        let mother = world.carers(child).0.filter(|carer| world.body(*carer).has(Flag::Female));
        if let (InForce::All, Some(mother)) = (self.2, mother)
            && burdened.insert(mother)
        {
            let by = MindShift { burden: self.0.mother_depression.get() as f32, ..MindShift::default() };
            changes.push(Change::MindShift { who: PersonId(mother as u32), by });
        }
    }

    fn place(&self, world: &World, waits: &Pending, u: f64, changes: &mut Changes) {
        let due = world.now().plus((libm::ceil(-libm::log(u) * self.0.placement_months.get()) as i32).clamp(1, 216));
        changes.push(Change::Chain(ChainChange::Later(Pending {
            what: Due::PlacementEnds,
            due,
            since: world.now(),
            founded: waits.founded,
            ..*waits
        })));
        changes.push(Change::Flag { who: waits.who, flag: Flag::InShelter, on: true });
        if self.2 == InForce::None {
            return;
        }
        let (person, from, until) = (waits.who, world.now().plus(1), due.plus(1));
        let mut put = |mechanism, log_ratio| {
            let half_life = f32::INFINITY;
            changes.push(Change::Effect(Effect { person, mechanism, log_ratio, from, half_life, until }));
        };
        put(Mechanism::Maltreatment, libm::log(self.0.placed.get().max(1e-3)) as f32);
        put(Mechanism::MaltreatmentEnd, ENDS);
    }
}

impl Monthly for InvestigationProcess {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        let mut seen = BTreeSet::new();
        for report in world.events().reports().filter(|report| report.source == Source::Amk) {
            if seen.insert(report.subject) {
                self.contact(world, report, draws, changes);
            }
        }
        let mut burdened = BTreeSet::new();
        for waits in world.chain().pending.iter().filter(|waits| waits.due <= world.now()) {
            match waits.what {
                Due::Conclusion => self.conclude(world, waits, draws, &mut burdened, changes),
                Due::PlacementEnds if waits.who.row().is_some() => {
                    changes.push(Change::Flag { who: waits.who, flag: Flag::InShelter, on: false });
                }
                _ => {}
            }
        }
    }

    fn lists(&self) -> Lists {
        Lists::NONE
    }
}
