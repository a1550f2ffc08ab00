//! `relatives`: elder abuse and honour-related violence in each city, year by year: spells, incidents and harm in the
//! ground truth, and what reached the police and the desks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::{self, ROWS, YEAR, key, place_of, places, record, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{CaseKind, Edge, Event, Month, OtherViolence, PLACES, PersonId, Severity, Source, World};

/// The table `relatives`.
static RELATIVES: Schema = Schema {
    name: "relatives",
    meaning: "elder abuse by relatives and honour-related violence, by city and year; simulated persons",
    keys: 5,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key("violence", Kind::Text, "-", "elder (elder abuse by relatives) or honour (honour-related violence)"),
        truth("victims", Kind::Int, "persons", "persons with at least one incident in the year; once each"),
        truth("incidents", Kind::Int, "incidents", "incidents"),
        truth("months_with_incidents", Kind::Int, "months", "months of spells with at least one incident"),
        truth("months_with_injury", Kind::Int, "months", "of these, months with an injury or worse"),
        truth("months_with_serious_injury", Kind::Int, "months", "of these, months with a serious injury or death"),
        truth("killed", Kind::Int, "persons", "victims killed"),
        truth("under_way", Kind::Int, "spells", "spells under way on 31 December"),
        truth("by_simulated", Kind::Int, "spells", "of these, spells with a perpetrator who is simulated"),
        record("reports_to_police", Kind::Int, "reports", "reports to the police"),
        record("professional_reports", Kind::Int, "reports", "reports to the ASHG by professionals"),
        record("own_reports", Kind::Int, "reports", "reports to the ASHG by the victim or the family"),
        record("known", Kind::Int, "persons", "persons reported to any of these in the year; once each"),
        record("shelter_requests", Kind::Int, "requests", "requests for a place in a shelter by reported victims"),
        record("shelter_intakes", Kind::Int, "requests", "of these, requests that led to an intake"),
        record("sheltered", Kind::Int, "persons", "admissions of victims with a case of this kind to a shelter"),
    ],
};

/// The kinds of violence of the rows.
const KINDS: [(OtherViolence, CaseKind, &str); 2] =
    [(OtherViolence::Elder, CaseKind::Elder, "elder"), (OtherViolence::Honour, CaseKind::Honour, "honour")];
/// Number of columns with counts.
const COUNTS: usize = 15;
/// Columns of counts, in the order of the table.
#[derive(Clone, Copy)]
enum Of {
    Victims,
    Incidents,
    Months,
    Injuries,
    Serious,
    Killed,
    UnderWay,
    BySimulated,
    Police,
    Professional,
    Own,
    Known,
    Requests,
    Intakes,
    Sheltered,
}

/// Counts by place and kind.
type Year = [[[u64; COUNTS]; KINDS.len()]; ROWS];

/// Counts of the years so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Relatives {
    running: BTreeMap<(u8, u8), [u64; COUNTS]>,
    done: BTreeMap<i32, BTreeMap<(u8, u8), [u64; COUNTS]>>,
    /// Persons counted in the year: kind, whether as known, and key.
    counted: BTreeSet<(u8, bool, u64)>,
}

impl Relatives {
    fn add(&mut self, place: usize, kind: usize, of: Of, number: u64) {
        self.running.entry((place as u8, kind as u8)).or_default()[of as usize] += number;
    }

    /// Adds a person who is counted once in the year.
    fn once(&mut self, world: &World, who: PersonId, place: usize, kind: usize, of: Of) {
        let Some(row) = who.row() else { return };
        if self.counted.insert((kind as u8, matches!(of, Of::Known), world.body(row).key)) {
            self.add(place, kind, of, 1);
        }
    }

    /// Counts what happened to victims.
    fn truth(&mut self, world: &World) {
        for it in world.events().others() {
            let kind = KINDS.iter().position(|(kind, ..)| *kind == it.kind);
            let (Some(kind), Some(place)) = (kind, place_of(world, it.victim)) else { continue };
            self.once(world, it.victim, place, kind, Of::Victims);
            self.add(place, kind, Of::Incidents, u64::from(it.count));
            self.add(place, kind, Of::Months, 1);
            self.add(place, kind, Of::Injuries, u64::from(it.severity >= Severity::Injury));
            self.add(place, kind, Of::Serious, u64::from(it.severity >= Severity::Serious));
            self.add(place, kind, Of::Killed, u64::from(it.severity == Severity::Fatal));
        }
    }

    /// Counts what the chain recorded.
    fn record(&mut self, world: &World) {
        let of_kind = |kind: CaseKind| KINDS.iter().position(|(_, of, _)| *of == kind);
        let mut reported: BTreeMap<PersonId, usize> = BTreeMap::new();
        for report in world.events().reports() {
            let Some(kind) = of_kind(report.kind) else { continue };
            let of = match report.source {
                Source::Police => Of::Police,
                Source::FirstLine => Of::Professional,
                Source::Desk => Of::Own,
                Source::Amk | Source::Shelter => continue,
            };
            let city = usize::from(report.city);
            reported.insert(report.victim, kind);
            self.add(city, kind, of, 1);
            self.once(world, report.victim, city, kind, Of::Known);
        }
        let intakes = world.events().passages().filter(|passage| passage.edge == Edge::ShelterIntake);
        for passage in intakes {
            if let Some(kind) = reported.get(&passage.who) {
                self.add(usize::from(passage.city), *kind, Of::Requests, 1);
                self.add(usize::from(passage.city), *kind, Of::Intakes, u64::from(passage.passed));
            }
        }
        // Minors are admitted too, without an occasion for programmes; a stay lasts a month at least.
        let chain = world.chain();
        for event in world.events() {
            let Event::Sheltered { who, city, .. } = *event else { continue };
            let stay = chain.shelters.stays.iter().find(|stay| stay.who == who);
            let case = stay.and_then(|stay| chain.cases.get(&stay.subject));
            if let Some(kind) = case.and_then(|case| of_kind(case.kind)) {
                self.add(usize::from(city), kind, Of::Sheltered, 1);
            }
        }
    }

    /// Closes a year.
    fn close(&mut self, world: &World, december: Month) {
        for spell in world.abuse() {
            let kind = KINDS.iter().position(|(kind, ..)| *kind == spell.kind);
            let (Some(kind), Some(place)) = (kind, place_of(world, spell.victim)) else { continue };
            self.add(place, kind, Of::UnderWay, 1);
            self.add(place, kind, Of::BySimulated, u64::from(spell.perpetrator.row().is_some()));
        }
        self.done.insert(december.year(), std::mem::take(&mut self.running));
        self.counted.clear();
    }
}

impl Observer for Relatives {
    const SCHEMA: &'static Schema = &RELATIVES;
    const SIZE: Size = Size::by_year(1_200.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.truth(world);
        self.record(world);
    }

    fn year(&mut self, world: &World, december: Month, (): (), _: &OutcomeSettings) {
        self.close(world, december);
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&RELATIVES);
        for (year, counts) in &self.done {
            let of_place: [[[u64; COUNTS]; KINDS.len()]; PLACES] = std::array::from_fn(|place| {
                std::array::from_fn(|kind| counts.get(&(place as u8, kind as u8)).copied().unwrap_or_default())
            });
            let rows: Year = scene::with_total(&of_place, |sum, more| {
                for (sum, more) in sum.iter_mut().flatten().zip(more.iter().flatten()) {
                    *sum += more;
                }
            });
            for (place, name) in places(world) {
                for (kind, (.., word)) in KINDS.iter().enumerate() {
                    let mut cells = vec![
                        Cell::count(settings.draw),
                        Cell::count(settings.replicate),
                        Cell::Text(name),
                        Cell::count(*year),
                        Cell::Text(word),
                    ];
                    cells.extend(rows[place][kind].iter().map(|number| Cell::count(*number)));
                    table.push_row(&cells)?;
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use crate::outcomes::Outcome;
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, ints, the_row};
    use crate::tables::Cell;
    use crate::world::{
        Abuse, AbuseChange, CaseKind, ChainChange, Change, CoupleId, Event, Month, OtherIncidents, OtherViolence,
        PersonId, Report, Request, Severity, Sex, Source, Stay,
    };

    #[test]
    fn spells_incidents_and_reports_are_counted_by_kind_and_city_and_persons_once_a_year() {
        let mut small = Small::new(&[Outcome::Relatives]);
        let old = small.person(Sex::Male, Month::january(1930), AMSTERDAM);
        let young = small.person(Sex::Female, Month::january(1988), UTRECHT);
        let month = |victim, kind, count, severity| {
            Event::Other(OtherIncidents { victim, perpetrator: PersonId::NONE, kind, count, severity })
        };
        let spell = |victim, perpetrator, kind| Abuse { victim, perpetrator, kind, since: Month(0) };
        let spells = vec![spell(old, young, OtherViolence::Elder), spell(young, PersonId::NONE, OtherViolence::Honour)];
        let report = |source, victim, kind| {
            Change::Chain(ChainChange::Report(Report {
                source,
                kind,
                city: 0,
                subject: 1,
                couple: CoupleId::NONE,
                victim,
                perpetrator: PersonId::NONE,
                severity: Severity::Light,
                registrations: 1,
                known: false,
                founded: true,
            }))
        };
        let (elder, honour) = (OtherViolence::Elder, OtherViolence::Honour);
        let reports = [Source::Police, Source::FirstLine].map(|source| report(source, old, CaseKind::Elder));
        small.month(reports, [month(old, elder, 3, Severity::Injury), month(young, honour, 2, Severity::Light)]);
        let light = Event::Other(OtherIncidents::light(old, OtherViolence::Relatives, 5));
        // An admission counts without an occasion for programmes, which only adults have.
        small.chain().shelters.stays = vec![Stay::of(&Request::new(0, 0, old, 1, Month(1)), 0, Month(1), Month(4))];
        let admitted = Event::Sheltered { who: old, city: 0, children: 0 };
        small.month([], [month(old, elder, 4, Severity::Serious), light, admitted]);
        small.month([Change::Abuse(AbuseChange::UnderWay(spells))], [month(young, honour, 1, Severity::Fatal)]);
        small.live_until(Month::january(2010));
        let table = small.table();
        let row = |city, kind, year| {
            the_row(&table, &[("city", Cell::Text(city)), ("violence", Cell::Text(kind)), ("year", Cell::Int(year))])
        };
        let truth = [
            "victims",
            "incidents",
            "months_with_incidents",
            "months_with_injury",
            "months_with_serious_injury",
            "killed",
            "under_way",
        ];
        assert_eq!(ints(&table, row("Amsterdam", "elder", 2008), truth), [1, 7, 2, 2, 1, 0, 1]);
        assert_eq!(ints(&table, row("Utrecht", "honour", 2008), truth), [1, 3, 2, 1, 1, 1, 1]);
        assert_eq!(ints(&table, row("G4", "elder", 2008), truth), [1, 7, 2, 2, 1, 0, 1]);
        assert_eq!(ints(&table, row("G4", "elder", 2009), truth), [0, 0, 0, 0, 0, 0, 1]);
        let record = ["reports_to_police", "professional_reports", "own_reports", "known", "by_simulated", "sheltered"];
        assert_eq!(ints(&table, row("Amsterdam", "elder", 2008), record), [1, 1, 0, 1, 1, 1]);
        assert_eq!(ints(&table, row("G4", "honour", 2008), record), [0; 6]);
    }
}
