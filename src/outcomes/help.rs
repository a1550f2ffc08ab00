//! `help`: from reports to violence that has stopped: who was offered help, accepted, started and completed it.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues::{self, Queues};
use super::reported::{ENTRIES, HelpCounts, TARGETS};
use super::scene::{TOTAL, YEAR, key, places, record, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Month, World};

/// The table `help`.
static HELP: Schema = Schema {
    name: "help",
    meaning: "persons whom a report concerns, by year and city of the report, and what became of them: help that was \
        offered, accepted, started and completed, and violence afterwards. The first report of each person in a \
        calendar year counts, for each entry and target. Help: a programme that counts as help in a case, or a shelter. \
        Reports >= observed >= offered >= accepted >= started, and observed_two_years >= followed >= stopped_later >= \
        stopped. Simulated persons, divide by scale for real ones; numbers below ten are too few to show, as in all \
        reports",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "entry",
            Kind::Text,
            "-",
            "organisation that received the report: police; ashg (contacted by the victim, or by a first-line \
                professional); amk; any (the first report at any of the three)",
        ),
        key(
            "target_group",
            Kind::Text,
            "-",
            "victim (adult), perpetrator, or child: under 18, named as the victim or living with the victim or the \
                perpetrator. Of reports to the AMK children only",
        ),
        record("reports", Kind::Int, "persons", "persons whom a report of the year concerns"),
        record(
            "observed",
            Kind::Int,
            "persons",
            "of the reports, those after which the simulation went on for three months, also of persons who died or \
                left; the next four columns are of these, and empty if there are none",
        ),
        record("in_help", Kind::Int, "persons", "took part in help that began before the report; count as started"),
        record(
            "offered",
            Kind::Int,
            "persons",
            "had an offer of help in the month of the report or the three months after it, or accepted, or started: an \
                offer of the ASHG, at a ban from home or at screening after an arrest, voluntary youth care, or an \
                offer of a programme that counts as help",
        ),
        record(
            "accepted",
            Kind::Int,
            "persons",
            "accepted such an offer in this time (supervision by order of a judge included), or started: who starts \
                has accepted, if need be before the report",
        ),
        record(
            "started",
            Kind::Int,
            "persons",
            "started a programme that counts as help, or was admitted to a shelter, in the month of the report or the \
                three months after it; or was in such help already",
        ),
        record(
            "observed_two_years",
            Kind::Int,
            "persons",
            "of the reports, those after which the simulation went on for 24 months; the columns after it are of \
                these, and empty if there are none",
        ),
        record(
            "started_later",
            Kind::Int,
            "persons",
            "started help for the first time in the fourth to twelfth month after the report",
        ),
        record("completed", Kind::Int, "persons", "completed a programme that counts as help within 24 months"),
        record("followed", Kind::Int, "persons", "lived in the cities for all of the 24 months after the report"),
        truth(
            "stopped",
            Kind::Int,
            "persons",
            "of the followed, without violence in months 1 to 24 after the report: a victim suffered none from a \
                partner, former partner or other relative; a perpetrator used none against any partner or former \
                partner; a child neither witnessed nor suffered any and was not maltreated",
        ),
        truth("stopped_later", Kind::Int, "persons", "of the followed, the same in months 7 to 24: after half a year"),
        record("followed_started", Kind::Int, "persons", "of the followed, started within three months (see started)"),
        truth("stopped_started", Kind::Int, "persons", "of followed_started, without violence in months 1 to 24"),
        truth("stopped_later_started", Kind::Int, "persons", "of followed_started, without violence in months 7 to 24"),
        record(
            "queues_from",
            Kind::Float,
            "share",
            "smallest scale at which refusals and waiting are comparable to full scale, for all programmes that count \
                as help and all shelters with requests in the year of the report or the next; below it the share that \
                starts is not that of full scale. 0 if none has a limited number of places",
        ),
    ],
};

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Help {
    /// Providers with requests in the current year, and in earlier years.
    queues: Queues,
    years: Vec<(i32, Queues)>,
}

/// The counts of a group as cells.
fn cells(counts: &HelpCounts) -> [Cell<'static>; 15] {
    let soon = |count: u64| if counts.observed > 0 { Cell::count(count) } else { Cell::Null };
    let late = |count: u64| if counts.observed_two_years > 0 { Cell::count(count) } else { Cell::Null };
    [
        Cell::count(counts.reports),
        Cell::count(counts.observed),
        soon(counts.in_help),
        soon(counts.offered),
        soon(counts.accepted),
        soon(counts.started),
        Cell::count(counts.observed_two_years),
        late(counts.started_later),
        late(counts.completed),
        late(counts.followed),
        late(counts.stopped[0]),
        late(counts.stopped[1]),
        late(counts.followed_started),
        late(counts.stopped_started[0]),
        late(counts.stopped_started[1]),
    ]
}

impl Observer for Help {
    const SCHEMA: &'static Schema = &HELP;
    const SIZE: Size = Size::by_year(2_000.0);
    const OF_REPORTED: bool = true;
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.queues.month(world);
    }

    fn year(&mut self, _: &World, december: Month, (): (), _: &OutcomeSettings) {
        self.years.push((december.year(), std::mem::take(&mut self.queues)));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, shared: &SharedData) -> Result<Table> {
        let mut table = Table::new(&HELP);
        let counts = shared.reported().counts(world.now().plus(-1));
        let cities = world.places().cities.len().min(ELSEWHERE);
        for (year, _) in &self.years {
            let near = self.years.iter().filter(|(other, _)| (*year..=*year + 1).contains(other));
            let near: Vec<&Queues> = near.map(|(_, queues)| queues).collect();
            for (place, name) in places(world).filter(|(place, _)| *place != ELSEWHERE) {
                let city = (place != TOTAL).then_some(place);
                let least = near.iter().map(|queues| queues::least_of_help(queues, city, settings));
                let least = least.fold(0.0, f64::max);
                for (entry, entry_word) in ENTRIES.iter().enumerate() {
                    for (target, target_word) in TARGETS.iter().enumerate() {
                        let mut sum = HelpCounts::default();
                        for city in if place == TOTAL { 0..cities } else { place..place + 1 } {
                            let wanted = (*year, city as u8, entry as u8, target as u8);
                            if let Ok(at) = counts.binary_search_by_key(&wanted, |(group, _)| *group) {
                                sum.add(&counts[at].1);
                            }
                        }
                        let mut row = vec![
                            Cell::count(settings.draw),
                            Cell::count(settings.replicate),
                            Cell::Text(name),
                            Cell::count(*year),
                            Cell::Text(entry_word),
                            Cell::Text(target_word),
                        ];
                        row.extend(cells(&sum));
                        row.push(Cell::Float(least));
                        table.push_row(&row)?;
                    }
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, ints, row, the_row};
    use super::super::{Outcome, OutcomeSettings};
    use super::*;
    use crate::world::{
        CaseKind, ChainChange, Change, CoupleId, Edge, Event, Incident, Passage, PersonId, Place, Report, Request,
        Severity, Sex, Source, Stay, Violence,
    };

    const AT: u8 = AMSTERDAM as u8;

    /// Two programmes: help, and lessons at school, which do not count as help.
    fn small() -> Small {
        let mut small = Small::with(&[Outcome::Help], OutcomeSettings::default());
        small.outcomes.change(|settings| {
            settings.programmes = vec!["help".into(), "lessons".into()];
            settings.helps = vec![true, false];
        });
        small
    }

    fn family(small: &mut Small) -> (CoupleId, [PersonId; 3]) {
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        (couple, [man, woman, child])
    }

    fn report(source: Source, couple: CoupleId, victim: PersonId, perpetrator: PersonId) -> Change {
        Change::Chain(ChainChange::Report(Report {
            source,
            kind: CaseKind::Partner,
            city: AT,
            subject: 1,
            couple,
            victim,
            perpetrator,
            severity: Severity::Light,
            registrations: 1,
            known: false,
            founded: true,
        }))
    }

    fn at(edge: Edge, who: PersonId, passed: bool) -> Event {
        Passage::at(edge, AT, who, passed).into()
    }

    fn of(edge: Edge, who: PersonId, service: u16) -> Event {
        Passage::at(edge, AT, who, true).of(service).into()
    }

    fn violence(couple: CoupleId, counts: [u16; 2]) -> Event {
        let (severity, state) = ([Severity::Light; 2], [Violence::Situational; 2]);
        Event::Violence(Incident { couple, counts, severity, state, witnesses: 0, separated: false })
    }

    const SOON: [&str; 6] = ["reports", "observed", "in_help", "offered", "accepted", "started"];
    const LATER: [&str; 9] = [
        "observed_two_years",
        "started_later",
        "completed",
        "followed",
        "stopped",
        "stopped_later",
        "followed_started",
        "stopped_started",
        "stopped_later_started",
    ];

    fn line(table: &Table, city: &'static str, year: i64, entry: &'static str, target: &'static str) -> usize {
        let wanted = [
            ("city", Cell::Text(city)),
            ("year", Cell::Int(year)),
            ("entry", Cell::Text(entry)),
            ("target_group", Cell::Text(target)),
        ];
        the_row(table, &wanted)
    }

    #[test]
    fn each_member_of_a_reported_family_is_followed_from_the_report_to_the_end_of_violence() {
        let mut small = small();
        let (couple, [man, woman, child]) = family(&mut small);
        small.month(
            [report(Source::Police, couple, woman, man)],
            [
                at(Edge::HelpVictim, woman, true),
                at(Edge::HelpPerpetrator, man, false),
                at(Edge::HelpChild, child, true),
                of(Edge::Start, child, 1),
            ],
        );
        small.live_until(Month(3));
        small.month([], [of(Edge::Start, woman, 0)]);
        small.live_until(Month(5));
        small.month([], [violence(couple, [1, 0]), Event::Witnessed { child, couple, by: [true, false] }]);
        small.month([], [of(Edge::Offer, man, 0), of(Edge::Start, man, 0)]);
        small.month([], [of(Edge::Completion, woman, 0)]);
        small.live_until(Month(25));
        let table = small.table();
        for entry in ["police", "any"] {
            for (target, soon, later) in [
                ("victim", [1, 1, 0, 1, 1, 1], [1, 0, 1, 1, 0, 1, 1, 0, 1]),
                ("perpetrator", [1, 1, 0, 1, 0, 0], [1, 1, 0, 1, 0, 1, 0, 0, 0]),
                ("child", [1, 1, 0, 1, 1, 0], [1, 0, 0, 1, 0, 1, 0, 0, 0]),
            ] {
                for city in ["Amsterdam", "G4"] {
                    let row = line(&table, city, 2008, entry, target);
                    assert_eq!(ints(&table, row, SOON), soon, "{target}, {entry}");
                    assert_eq!(ints(&table, row, LATER), later, "{target}, {entry}");
                }
            }
        }
        assert_eq!(ints(&table, line(&table, "Amsterdam", 2008, "ashg", "victim"), ["reports"]), [0]);
        assert_eq!(ints(&table, line(&table, "Utrecht", 2008, "any", "victim"), ["reports"]), [0]);
    }

    #[test]
    fn violence_counts_from_the_month_after_the_report_for_two_years() {
        let mut small = small();
        let (couple, [man, woman, _]) = family(&mut small);
        small.month([report(Source::Desk, couple, woman, man)], [violence(couple, [2, 0])]);
        small.live_until(Month(24));
        // She uses violence in the last month of the follow-up, and he after it.
        small.month([], [violence(couple, [0, 1])]);
        small.month([], [violence(couple, [1, 0])]);
        let table = small.table();
        let stopped = |target| ints(&table, line(&table, "G4", 2008, "ashg", target), ["stopped", "stopped_later"]);
        assert_eq!(stopped("victim"), [1, 1], "she suffered none in this time");
        assert_eq!(stopped("perpetrator"), [1, 1]);
        assert_eq!(stopped("child"), [1, 1]);
    }

    #[test]
    fn a_maltreated_child_is_not_free_of_violence() {
        let mut small = small();
        let (couple, [man, woman, child]) = family(&mut small);
        small.month([report(Source::Police, couple, woman, man)], []);
        small.month([Change::MaltreatmentBegins { child, kinds: 1 }], []);
        small.live_until(Month(25));
        let table = small.table();
        let stopped = |target| ints(&table, line(&table, "G4", 2008, "any", target), ["stopped", "stopped_later"]);
        assert_eq!((stopped("child"), stopped("victim")), ([0, 0], [1, 1]));
    }

    #[test]
    fn a_person_counts_once_a_year_for_each_entry_and_reports_to_the_amk_concern_children_only() {
        let mut small = small();
        let (couple, [man, woman, child]) = family(&mut small);
        small.month(
            [report(Source::Police, couple, woman, man), report(Source::Amk, couple, child, woman)],
            [at(Edge::YouthCare, child, true)],
        );
        small.month([report(Source::FirstLine, couple, woman, man)], []);
        small.month([report(Source::Police, couple, woman, man), report(Source::Shelter, couple, woman, man)], []);
        small.live_until(Month::january(2009));
        small.month([report(Source::Police, couple, woman, man)], []);
        small.live_until(Month::january(2010));
        let table = small.table();
        let reports = |year, entry, target| ints(&table, line(&table, "G4", year, entry, target), ["reports"])[0];
        for (entry, expected) in [("any", [1, 1, 1]), ("police", [1, 1, 1]), ("ashg", [1, 1, 1]), ("amk", [0, 0, 1])] {
            let found = TARGETS.map(|target| reports(2008, entry, target));
            assert_eq!(found, expected, "{entry}");
        }
        assert_eq!(TARGETS.map(|target| reports(2009, "any", target)), [1, 1, 1]);
        assert_eq!(ints(&table, line(&table, "G4", 2008, "amk", "child"), ["offered", "accepted"]), [1, 1]);
    }

    #[test]
    fn who_leaves_is_observed_but_not_followed_and_the_last_reports_are_not_yet_either() {
        let mut small = small();
        let (couple, [man, woman, _]) = family(&mut small);
        small.month([report(Source::Police, couple, woman, man)], []);
        small.month([], [Event::Death { who: man, by_partner: false }]);
        // Nothing is recorded of a person after death.
        small.month([], [of(Edge::Start, man, 0), at(Edge::HelpVictim, woman, true)]);
        small.live_until(Month(22));
        let (other, [he, she, _]) = family(&mut small);
        small.month([report(Source::Police, other, she, he)], []);
        small.live_until(Month(25));
        let table = small.table();
        let row = line(&table, "G4", 2008, "police", "perpetrator");
        assert_eq!(ints(&table, row, SOON), [1, 1, 0, 0, 0, 0]);
        assert_eq!(ints(&table, row, ["observed_two_years", "followed"]), [1, 0]);
        let row = line(&table, "G4", 2008, "police", "victim");
        assert_eq!(ints(&table, row, ["offered", "accepted", "started", "followed"]), [1, 1, 0, 1]);
        let row = line(&table, "G4", 2009, "police", "victim");
        assert_eq!(ints(&table, row, ["reports", "observed", "observed_two_years"]), [1, 0, 0]);
        for empty in ["offered", "started", "followed", "stopped"] {
            assert_eq!(table.cell(row, empty), Some(Cell::Null), "{empty}");
        }
    }

    #[test]
    fn who_lives_elsewhere_when_reported_is_observed_but_not_followed() {
        let mut small = small();
        let (couple, [man, woman, child]) = family(&mut small);
        // A former partner who moved away, and was violent again.
        small.world.set_up().body(row(man)).place = Place::ELSEWHERE;
        small.month([report(Source::Police, couple, woman, man)], [at(Edge::HelpPerpetrator, man, true)]);
        small.month([], [violence(couple, [1, 0])]);
        let to = small.world.body(row(child)).place;
        small.month([Change::Move { who: man, to }], []);
        small.live_until(Month(30));
        let table = small.table();
        let of = |target| {
            let row = line(&table, "G4", 2008, "police", target);
            ints(&table, row, ["reports", "accepted", "observed_two_years", "followed", "stopped"])
        };
        assert_eq!(of("perpetrator")[..4], [1, 1, 1, 0]);
        assert_eq!(of("victim"), [1, 0, 1, 1, 0]);
    }

    #[test]
    fn help_that_had_begun_and_a_place_in_a_shelter_count_as_started() {
        let mut small = small();
        let (couple, [man, woman, child]) = family(&mut small);
        let stay = Stay::of(&Request::new(0, AT, man, 0, Month(0)), AT, Month(0), Month(9));
        let lessons = Stay { service: 1, who: woman, ..stay };
        small.chain().programmes.stays = vec![stay, lessons];
        small.month([], []);
        small.month([report(Source::Police, couple, woman, man)], []);
        let along =
            Event::Occasion { occasion: crate::world::Occasion::ChildSheltered, who: child, subject: 1, city: AT };
        small.live_until(Month(4));
        small.month([], [Event::Sheltered { who: woman, city: AT, children: 1 }, along]);
        small.live_until(Month::january(2009));
        let table = small.table();
        let soon = |target| ints(&table, line(&table, "G4", 2008, "police", target), SOON);
        assert_eq!(soon("perpetrator"), [1, 1, 1, 1, 1, 1]);
        assert_eq!(soon("victim"), [1, 1, 0, 1, 1, 1]);
        assert_eq!(soon("child"), [1, 1, 0, 1, 1, 1]);
    }

    #[test]
    fn no_number_exceeds_the_one_it_is_of() {
        let mut small = small();
        let families: Vec<_> = (0..12).map(|_| family(&mut small)).collect();
        // Offers, starts and violence in months that differ by family.
        for month in 0..60_usize {
            let mut changes = Vec::new();
            let mut events = Vec::new();
            for (n, (couple, [man, woman, child])) in families.iter().enumerate() {
                let due = |every: usize, from: usize| (month + from * n).is_multiple_of(every);
                changes.extend(due(7, 3).then(|| report(Source::Police, *couple, *woman, *man)));
                changes.extend(due(11, 5).then(|| report(Source::Desk, *couple, *woman, *man)));
                events.extend(due(5, 1).then(|| at(Edge::HelpVictim, *woman, n % 2 == 0)));
                events.extend(due(4, 3).then(|| of(Edge::Offer, *child, 0)));
                events.extend(due(6, 1).then(|| of(Edge::Start, [*man, *woman, *child][n % 3], 0)));
                events.extend(due(9, 2).then(|| of(Edge::Completion, [*man, *woman, *child][n % 3], 0)));
                events.extend(due(13, 4).then(|| violence(*couple, [1, u16::from(n % 5 == 0)])));
            }
            small.month(changes, events);
        }
        let table = small.table();
        let mut seen = 0;
        for at in 0..table.rows() {
            let count = |name| table.cell(at, name).and_then(Cell::as_int).unwrap_or(0);
            for names in [
                vec!["reports", "observed", "offered", "accepted", "started", "in_help"],
                vec!["reports", "observed_two_years", "followed", "stopped_later", "stopped"],
                vec!["followed", "followed_started", "stopped_later_started", "stopped_started"],
                vec!["observed_two_years", "started_later"],
                vec!["stopped", "stopped_started"],
                vec!["observed", "observed_two_years"],
            ] {
                let counts: Vec<i64> = names.iter().map(|name| count(name)).collect();
                assert!(counts.windows(2).all(|two| two[0] >= two[1]), "{names:?}: {counts:?}");
            }
            seen += count("started") + count("stopped");
        }
        assert!(seen > 20, "{seen}");
        // Cities add up, and each person is counted once however many organisations received a report.
        let reports = |city, entry| ints(&table, line(&table, city, 2009, entry, "victim"), ["reports"])[0];
        assert_eq!(reports("G4", "any"), reports("Amsterdam", "any") + reports("Utrecht", "any"));
        assert!(reports("G4", "any") <= reports("G4", "police") + reports("G4", "ashg"));
    }
}
