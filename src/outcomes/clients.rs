//! `clients`: who the clients of the chain are, by organisation (monitoring line 1 of the action programme).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::by_key::ByKey;
use super::observer::{Observer, Size};
use super::profile::{self, VALUES, key_of};
use super::scene::{TOTAL, YEAR, key, places, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Edge, Event, Flag, Month, NO_SERVICE, Occasion, PersonId, Report, Source, World};

/// The table `clients`.
static CLIENTS: Schema = Schema {
    name: "clients",
    meaning: "persons with a characteristic among the clients of an organisation in a year: each person counts once for \
        each organisation and year, in the city and with the characteristics of the first contact of the year. The \
        values of one characteristic add up to all clients of the organisation. Rows without persons are left out. \
        Simulated persons; women from the rest of the country in shelters are not simulated and not in it. Numbers \
        below ten are too few to show, as in all reports",
    keys: 7,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "organisation",
            Kind::Text,
            "-",
            "police_victims and police_perpetrators (named in a police report), ashg (victims who contacted it, were \
                referred by a first-line professional or handed over by the police), amk (children reported to it), \
                shelter (women admitted), men_shelter (men admitted), shelter_children (children admitted with their \
                mother), or the key of a programme (persons who started it)",
        ),
        key(
            "characteristic",
            Kind::Text,
            "-",
            "sex; age; each risk flag (addiction, alcohol, antisocial, crime, mental_illness, disability, debts, \
                newcomer); low_income; no_work (18 to 64 without paid work); risk_flags (number of the eight); \
                multiple_problems (three or more of them, or a mild intellectual disability); origin (for reporting \
                only); children_at_home (persons under 18 in the household; yes for a client under 18); marked_area \
                (area with a mark of the model); contact",
        ),
        key(
            "value",
            Kind::Text,
            "-",
            "value of the characteristic: yes or no; male or female; age in years; number of risk flags; group of \
                origin; of contact: known if the person, or the other person of the first report of the year about \
                them, was in the chain before that report, and new otherwise",
        ),
        record("persons", Kind::Int, "persons", "clients with this value"),
    ],
};

/// Organisations in the order of their indices; programmes follow by their indices.
const ORGANISATIONS: [&str; 7] =
    ["police_victims", "police_perpetrators", "ashg", "amk", "shelter", "men_shelter", "shelter_children"];
const POLICE_VICTIMS: usize = 0;
const POLICE_PERPETRATORS: usize = 1;
const ASHG: usize = 2;
const AMK: usize = 3;
const SHELTER: usize = 4;
const MEN_SHELTER: usize = 5;
const SHELTER_CHILDREN: usize = 6;

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Clients {
    /// Organisations and keys of their clients in the current year.
    met: BTreeSet<(u16, u64)>,
    /// Persons named in a report of the current year, and whether they were known to the chain before.
    known: ByKey<bool>,
    /// Counts of the current year, by organisation, city and value.
    running: Vec<u32>,
    years: Vec<(i32, Vec<u32>)>,
}

/// Whether a family was known before the first report of the month about it, by the stable key of the case. Reports of
/// one month follow from one another.
fn families(world: &World) -> std::collections::BTreeMap<u64, bool> {
    let mut known = std::collections::BTreeMap::new();
    for report in world.events().reports() {
        known.entry(report.subject).or_insert(report.known);
    }
    known
}

impl Clients {
    /// Records what is known of the persons of the month's reports.
    fn read_reports(&mut self, world: &World) {
        let families = families(world);
        for report in world.events().reports() {
            let known = families.get(&report.subject).copied().unwrap_or(report.known);
            for key in [report.victim, report.perpetrator].into_iter().filter_map(|who| key_of(world, who)) {
                self.known.or_insert_with(key, || known);
            }
        }
    }

    /// Counts a person as a client of an organisation, if it is the first contact of the year.
    fn meet(&mut self, world: &World, who: PersonId, organisation: usize, city: u8) {
        let (Some(row), Some(key)) = (who.row(), key_of(world, who)) else { return };
        let city = usize::from(city);
        if city >= ELSEWHERE || !self.met.insert((organisation as u16, key)) {
            return;
        }
        let known = self.known.get(key).copied().unwrap_or_else(|| world.body(row).has(Flag::InChain));
        let from = (organisation * ELSEWHERE + city) * VALUES;
        if self.running.len() < from + VALUES {
            self.running.resize((organisation + 1) * ELSEWHERE * VALUES, 0);
        }
        for value in profile::of_person(world, row, world.now().plus(-1), known) {
            self.running[from + usize::from(value)] += 1;
        }
    }

    fn read_report(&mut self, world: &World, report: &Report) {
        let Report { source, victim, perpetrator, city, .. } = *report;
        match source {
            Source::Police => {
                self.meet(world, victim, POLICE_VICTIMS, city);
                self.meet(world, perpetrator, POLICE_PERPETRATORS, city);
            }
            Source::Desk | Source::FirstLine => self.meet(world, victim, ASHG, city),
            Source::Amk => self.meet(world, victim, AMK, city),
            // The request is not yet an admission.
            Source::Shelter => {}
        }
    }
}

impl Observer for Clients {
    const SCHEMA: &'static Schema = &CLIENTS;
    const SIZE: Size = Size::by_year(16_000.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.read_reports(world);
        for event in world.events() {
            match *event {
                Event::Report(report) => self.read_report(world, &report),
                Event::Passage(passage) if passage.passed => match passage.edge {
                    Edge::HandOverCriminal | Edge::HandOverOther => self.meet(world, passage.who, ASHG, passage.city),
                    Edge::Start if passage.service != NO_SERVICE => {
                        let organisation = ORGANISATIONS.len() + usize::from(passage.service);
                        self.meet(world, passage.who, organisation, passage.city);
                    }
                    _ => {}
                },
                Event::Sheltered { who, city, .. } => {
                    let woman = who.row().is_some_and(|row| world.body(row).has(Flag::Female));
                    self.meet(world, who, if woman { SHELTER } else { MEN_SHELTER }, city);
                }
                Event::Occasion { occasion: Occasion::ChildSheltered, who, city, .. } => {
                    self.meet(world, who, SHELTER_CHILDREN, city);
                }
                _ => {}
            }
        }
    }

    fn year(&mut self, _: &World, december: Month, (): (), _: &OutcomeSettings) {
        self.years.push((december.year(), std::mem::take(&mut self.running)));
        self.met.clear();
        self.known = ByKey::default();
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&CLIENTS);
        for (year, counts) in &self.years {
            for (place, city) in places(world).filter(|(place, _)| *place != ELSEWHERE) {
                let range = if place == TOTAL { 0..ELSEWHERE } else { place..place + 1 };
                for organisation in 0..counts.len() / (ELSEWHERE * VALUES) {
                    let name = ORGANISATIONS.get(organisation).copied();
                    let programme = organisation.saturating_sub(ORGANISATIONS.len()) as u16;
                    let name = name.or_else(|| settings.programme(programme)).unwrap_or_default();
                    for (value, characteristic, word) in profile::values() {
                        let at = |city: usize| (organisation * ELSEWHERE + city) * VALUES + value;
                        let persons: u32 = range.clone().map(|city| counts[at(city)]).sum();
                        if persons == 0 {
                            continue;
                        }
                        table.push_row(&[
                            Cell::count(settings.draw),
                            Cell::count(settings.replicate),
                            Cell::Text(city),
                            Cell::count(*year),
                            Cell::Text(name),
                            Cell::Text(characteristic),
                            Cell::Text(word),
                            Cell::count(persons),
                        ])?;
                    }
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, rows_with};
    use super::super::{Outcome, OutcomeSettings};
    use super::*;
    use crate::world::{CaseKind, ChainChange, Change, CoupleId, Passage, Severity, Sex};

    fn report(source: Source, subject: u64, victim: PersonId, perpetrator: PersonId, city: usize) -> Change {
        Change::Chain(ChainChange::Report(Report {
            source,
            kind: CaseKind::Partner,
            city: city as u8,
            subject,
            couple: CoupleId::NONE,
            victim,
            perpetrator,
            severity: Severity::Light,
            registrations: 1,
            known: false,
            founded: true,
        }))
    }

    fn start(who: PersonId, city: usize) -> Event {
        Passage::at(Edge::Start, city as u8, who, true).of(1).into()
    }

    fn small() -> Small {
        let mut small = Small::with(&[Outcome::Clients], OutcomeSettings::default());
        small.outcomes.change(|settings| settings.programmes = vec!["desk".into(), "help".into()]);
        small
    }

    /// Persons with a value among the clients of an organisation.
    fn persons(table: &Table, city: &'static str, year: i64, of: [&'static str; 3]) -> i64 {
        let [organisation, characteristic, value] = of.map(Cell::Text);
        let wanted = [
            ("city", Cell::Text(city)),
            ("year", Cell::Int(year)),
            ("organisation", organisation),
            ("characteristic", characteristic),
            ("value", value),
        ];
        rows_with(table, &wanted).first().map_or(0, |row| ints(table, *row, ["persons"])[0])
    }

    #[test]
    fn a_person_counts_once_a_year_for_each_organisation_where_the_first_contact_was() {
        let mut small = small();
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1985), AMSTERDAM);
        small.child(Sex::Female, Month::january(2003), woman);
        small.flag(man, Flag::Addiction);
        small.month([report(Source::Police, 1, woman, man, AMSTERDAM)], [start(man, AMSTERDAM)]);
        small.month([report(Source::Police, 1, woman, man, UTRECHT)], [start(man, UTRECHT)]);
        small.live_until(Month::january(2009));
        small.month([report(Source::Police, 1, woman, man, UTRECHT)], []);
        small.live_until(Month::january(2010));
        let table = small.table();
        for (organisation, sex) in [("police_victims", "female"), ("police_perpetrators", "male"), ("help", "male")] {
            assert_eq!(persons(&table, "Amsterdam", 2008, [organisation, "sex", sex]), 1, "{organisation}");
            assert_eq!(persons(&table, "Utrecht", 2008, [organisation, "sex", sex]), 0, "{organisation}");
            assert_eq!(persons(&table, "G4", 2008, [organisation, "sex", sex]), 1, "{organisation}");
        }
        assert_eq!(persons(&table, "Amsterdam", 2008, ["police_victims", "children_at_home", "yes"]), 1);
        assert_eq!(persons(&table, "Amsterdam", 2008, ["police_perpetrators", "children_at_home", "no"]), 1);
        assert_eq!(persons(&table, "Amsterdam", 2008, ["help", "addiction", "yes"]), 1);
        assert_eq!(persons(&table, "Amsterdam", 2008, ["police_victims", "age", "18-24"]), 1);
        assert_eq!(persons(&table, "Utrecht", 2009, ["police_victims", "sex", "female"]), 1);
        assert_eq!(persons(&table, "Utrecht", 2009, ["help", "sex", "male"]), 0);
    }

    #[test]
    fn who_was_in_the_chain_before_the_first_report_of_the_year_is_known() {
        let mut small = small();
        let [man, woman, child, earlier] =
            [(Sex::Male, 1970), (Sex::Female, 1975), (Sex::Male, 2004), (Sex::Male, 1960)]
                .map(|(sex, born)| small.person(sex, Month::january(born), AMSTERDAM));
        small.flag(earlier, Flag::InChain);
        // The report to the AMK follows from that of the police in the same month.
        small.month(
            [report(Source::Police, 1, woman, man, AMSTERDAM), report(Source::Amk, 1, child, man, AMSTERDAM)],
            [],
        );
        small.month([report(Source::Desk, 1, woman, man, AMSTERDAM)], [start(earlier, AMSTERDAM)]);
        small.live_until(Month::january(2009));
        small.month([report(Source::Police, 1, woman, man, AMSTERDAM)], []);
        small.live_until(Month::january(2010));
        let table = small.table();
        for organisation in ["police_victims", "police_perpetrators", "amk", "ashg"] {
            assert_eq!(persons(&table, "G4", 2008, [organisation, "contact", "new"]), 1, "{organisation}");
            assert_eq!(persons(&table, "G4", 2008, [organisation, "contact", "known"]), 0, "{organisation}");
        }
        assert_eq!(persons(&table, "G4", 2008, ["help", "contact", "known"]), 1, "from before 2008");
        assert_eq!(persons(&table, "G4", 2009, ["police_victims", "contact", "known"]), 1);
    }

    #[test]
    fn the_values_of_each_characteristic_add_up_to_all_clients() {
        let mut small = small();
        let origins = [0, 2, 2, 6];
        let people: Vec<PersonId> = (0..24_i32)
            .map(|n| {
                let sex = Sex::BOTH[n as usize % 2];
                let who = small.person(sex, Month::january(1940).plus(30 * n), [AMSTERDAM, UTRECHT][n as usize % 2]);
                if n % 3 == 0 {
                    small.flag(who, Flag::Debts);
                }
                let row = super::super::small::row(who);
                small.world.set_up().body(row).set_origin(origins[n as usize % 4]);
                who
            })
            .collect();
        let reports = people.chunks(2).enumerate();
        let reports: Vec<Change> =
            reports.map(|(n, two)| report(Source::Police, n as u64, two[0], two[1], n % 2)).collect();
        let sheltered = Event::Sheltered { who: people[1], city: 0, children: 0 };
        let along = Event::Occasion { occasion: Occasion::ChildSheltered, who: people[22], subject: 1, city: 0 };
        let starts = people[..5].iter().map(|who| start(*who, AMSTERDAM));
        small.month(reports, starts.chain([sheltered, along]));
        small.live_until(Month::january(2009));
        let table = small.table();
        let mut sums: BTreeMap<[String; 3], i64> = BTreeMap::new();
        for at in 0..table.rows() {
            let text = |name| table.cell(at, name).and_then(Cell::as_text).expect("a text").to_owned();
            let of = [text("city"), text("organisation"), text("characteristic")];
            *sums.entry(of).or_default() += ints(&table, at, ["persons"])[0];
        }
        for (city, organisation, all) in [
            ("G4", "police_victims", 12),
            ("Utrecht", "police_victims", 6),
            ("G4", "police_perpetrators", 12),
            ("G4", "help", 5),
            ("Amsterdam", "shelter", 1),
            ("G4", "shelter_children", 1),
        ] {
            for (characteristic, _) in profile::CHARACTERISTICS {
                let of = [city, organisation, characteristic].map(str::to_owned);
                assert_eq!(sums.get(&of), Some(&all), "{of:?}");
            }
        }
    }
}
