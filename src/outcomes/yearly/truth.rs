//! Ground truth of a month: births and deaths, moves, violence, maltreatment.

use super::Yearly;
use super::columns::{Counts, at, by_sex};
use crate::outcomes::scene::{self, home_of, place_of};
use crate::world::{
    Couple, CoupleId, Event, First, Incident, MaltreatmentKind, PLACES, Severity, Sex, Side, Violence, World,
};

impl Yearly {
    /// Counts an event.
    pub(super) fn event(&mut self, world: &World, event: &Event) {
        let couple = |id: CoupleId| world.couple_by_id(id);
        let home = |id: CoupleId| couple(id).and_then(|couple| home_of(world, couple));
        let scene = |id: CoupleId, by: Side| couple(id).and_then(|couple| scene::scene(world, couple, by));
        let running = &mut self.running;
        match *event {
            Event::Birth { child } => at(running, place_of(world, child), |c| c.births += 1),
            Event::Death { who, by_partner } => at(running, place_of(world, who), |c| {
                c.deaths += 1;
                c.deaths_by_partner += u64::from(by_partner);
            }),
            Event::Union { couple } => at(running, home(couple), |c| c.unions += 1),
            Event::Separation { couple } => at(running, home(couple), |c| c.separations += 1),
            Event::Arrival { who, returning } => at(running, place_of(world, who), |c| {
                *(if returning { &mut c.returns } else { &mut c.arrivals }) += 1;
            }),
            Event::Departure { followed, city, .. } => at(running, Some(usize::from(city)), |c| {
                c.departures += 1;
                c.departures_followed += u64::from(followed);
            }),
            Event::Onset { couple: id, by, state, relapse, .. } => at(running, scene(id, by), |c| {
                let sex = couple(id).map_or(Sex::Male, |couple| couple.sex(by));
                *(match (state, sex) {
                    (Violence::Coercive, Sex::Male) => &mut c.onsets_coercive_by_men,
                    (Violence::Coercive, Sex::Female) => &mut c.onsets_coercive_by_women,
                    (_, Sex::Male) => &mut c.onsets_situational_by_men,
                    (_, Sex::Female) => &mut c.onsets_situational_by_women,
                }) += 1;
                c.relapses += u64::from(relapse);
            }),
            Event::Resumption { couple, by } => at(running, scene(couple, by), |c| c.resumptions += 1),
            Event::First { who, what } => at(running, place_of(world, who), |c| {
                *(match what {
                    First::Exposed => &mut c.first_exposed,
                    First::Used => &mut c.first_used,
                    First::Suffered => &mut c.first_suffered,
                }) += 1;
            }),
            Event::Desistance { couple, by } => at(running, scene(couple, by), |c| c.desistances += 1),
            Event::Violence(incident) => {
                if let Some(couple) = couple(incident.couple) {
                    incidents(running, world, couple, &incident);
                }
            }
            Event::Maltreatment { child, kinds, first } => at(running, place_of(world, child), |c| {
                c.maltreatment_onsets += 1;
                c.first_maltreatments += u64::from(first);
                let has = |kind: MaltreatmentKind| u64::from(kinds & kind.bit() != 0);
                c.neglect_onsets += has(MaltreatmentKind::Neglect);
                c.physical_onsets += has(MaltreatmentKind::Physical);
                c.emotional_onsets += has(MaltreatmentKind::Emotional);
                c.sexual_onsets += has(MaltreatmentKind::Sexual);
            }),
            Event::MaltreatmentEnded { child } => at(running, place_of(world, child), |c| c.maltreatment_ends += 1),
            // Victims of relatives are counted as persons, by their flags of the year.
            Event::Other { .. } => {}
            // Records of the chain are counted separately.
            _ => {}
        }
    }
}

fn incidents(running: &mut [Counts; PLACES], world: &World, couple: &Couple, incident: &Incident) {
    at(running, home_of(world, couple), |c| c.incident_months += 1);
    for by in Side::BOTH {
        let (count, severity) = (incident.counts[by as usize], incident.severity[by as usize]);
        if count == 0 {
            continue;
        }
        at(running, scene::scene(world, couple, by), |c| {
            *by_sex(couple.sex(by), &mut c.incidents_by_men, &mut c.incidents_by_women) += u64::from(count);
            c.injuries += u64::from(severity >= Severity::Injury);
            c.serious_injuries += u64::from(severity >= Severity::Serious);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::outcomes::small::{ints, row};
    use crate::outcomes::yearly::family::{family, violence, year_of};
    use crate::tables::Cell;
    use crate::world::{Change, Flag, MaltreatmentKind, Milli, Month, Severity, Side, Violence};

    #[test]
    fn violence_between_former_partners_ends_with_either_of_them() {
        for end in ["none", "death", "traits"] {
            let (mut small, couple, [man, ..]) = family();
            let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
            let place = small.world.body(row(man)).place;
            let low_income = [false; 2];
            let part = Change::Separate { couple, goes_on: true, stays: Side::Second, place, low_income };
            small.month([begins, part], []);
            let dies = Change::Dies { who: man, by_partner: false };
            small.month((end == "death").then_some(dies), []);
            if end == "traits" {
                small.flag(man, Flag::Outsider);
            }
            small.live_until(Month::january(2009));
            let (table, at) = year_of(&small, "Amsterdam", 2008);
            let goes_on = i64::from(end == "none");
            assert_eq!(ints(&table, at, ["violent_couples", "violent_couples_separated"]), [goes_on; 2], "{end}");
        }
    }

    #[test]
    fn violence_is_counted_in_incidents_in_months_and_in_persons() {
        let (mut small, couple, [man, woman, _, child]) = family();
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        let three = || Change::Incidents { couple, counts: [3, 0] };
        small.month(
            [begins, three(), Change::Witness { child, window: 2 }],
            [violence(couple, [3, 0], Severity::Light)],
        );
        small.month([three()], [violence(couple, [3, 0], Severity::Serious)]);
        small.world.set_up().mind(row(child)).externalising = Milli::new(0.25);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        let columns = [
            "incidents_by_men",
            "incidents_by_women",
            "incident_months",
            "victims_women",
            "victims_men",
            "perpetrators_men",
        ];
        assert_eq!(ints(&table, at, columns), [6, 0, 2, 1, 0, 1]);
        let columns = ["onsets_situational_by_men", "relapses", "first_used", "first_suffered", "first_exposed"];
        assert_eq!(ints(&table, at, columns), [1, 0, 1, 1, 1]);
        let columns = [
            "injuries",
            "serious_injuries",
            "children_witnessing",
            "violent_couples",
            "structural_women",
            "exposed_children",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1, 1, 0, 1]);
        assert_eq!(table.cell(at, "victims_per_1000_adults"), Some(Cell::Float(500.0)));
        assert_eq!(table.cell(at, "incidents_per_1000_adults"), Some(Cell::Float(3000.0)));
        assert_eq!(table.cell(at, "mean_externalising"), Some(Cell::Float(0.25)));
        // The next year has no event except the end of the violence.
        small.month([Change::Violence { couple, by: Side::First, state: Violence::None }], []);
        small.live_until(Month::january(2010));
        let (table, at) = year_of(&small, "Amsterdam", 2009);
        let columns = ["incidents_by_men", "victims", "perpetrators", "desistances", "violent_couples", "first_used"];
        assert_eq!(ints(&table, at, columns), [0, 0, 0, 1, 0, 0]);
        assert!(small.world.past(row(man)).used.has_come() && small.world.past(row(woman)).suffered.has_come());
    }

    #[test]
    fn maltreatment_is_counted_by_kind_as_it_begins_and_as_children_over_the_year() {
        let (mut small, _, [.., child]) = family();
        let kinds = MaltreatmentKind::Neglect.bit() | MaltreatmentKind::Emotional.bit();
        let runs = |end| Change::MaltreatmentMonth { child, window: 2, end };
        small.month([Change::MaltreatmentBegins { child, kinds }, runs(0)], []);
        small.month([runs(kinds)], []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        let columns = [
            "maltreatment_onsets",
            "first_maltreatments",
            "neglect_onsets",
            "physical_onsets",
            "emotional_onsets",
            "maltreatment_ends",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1, 0, 1, 1]);
        assert_eq!(ints(&table, at, ["children_maltreated", "children_witnessing", "first_exposed"]), [1, 0, 1]);
        assert_eq!(table.cell(at, "maltreated_per_1000_children"), Some(Cell::Float(1000.0)));
    }
}
