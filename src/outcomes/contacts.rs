//! `contacts`: contacts of the chain with persons of the panel and their households, per month.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, PanelRows, Size};
use super::sample::Sample;
use super::scene::{SAMPLED, key, month, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{CaseKind, Edge, Event, Month, NO_SERVICE, Occasion, Passage, PersonId, Source, World};

/// The table `contacts`.
static CONTACTS: Schema = Schema {
    name: "contacts",
    meaning: "a contact (a report, or a step of police, court, AMK, shelter or programme) of a person in the sample \
        of the panel or in the household of a sampled person; the city is that of the case",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario"),
        key("happened", Kind::Int, "month", "month of the contact (0 = January 2008)"),
        key("number", Kind::Int, "count", "sequence number of the contact for this person, month and city, from 1"),
        SAMPLED,
        record(
            "kind",
            Kind::Text,
            "-",
            "report; child_sheltered (admitted with the mother); left_shelter; or an edge as in the table `chain`, for \
                example arrest, conviction, ban (from home), shelter_admission, start, completion",
        ),
        record(
            "passed",
            Kind::Bool,
            "-",
            "whether the edge was passed; false for a decision not to prosecute, an acquittal, maltreatment not \
                confirmed, an offer declined, no place available, no start, or dropout",
        ),
        record("role", Kind::Text, "-", "for a report: victim or perpetrator; empty otherwise"),
        record(
            "other",
            Kind::Key,
            "-",
            "for a report: key of the other person, the perpetrator or the victim; empty if unknown",
        ),
        record(
            "source",
            Kind::Text,
            "-",
            "for a report: organisation that recorded it: police, ashg, first_line, amk or shelter",
        ),
        record(
            "about",
            Kind::Text,
            "-",
            "for a report: kind of violence: partner, child, relative, elder or honour; empty otherwise",
        ),
        record("programme", Kind::Text, "-", "key of the service or measure; empty if the contact is not with one"),
    ],
};

/// Kind of contact.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum ContactKind {
    Report { source: Source, about: CaseKind, victim: bool, other: u64 },
    Step(Edge),
    Along,
    Left,
}

/// One contact.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Contact {
    person: u64,
    happened: Month,
    city: u8,
    sampled: bool,
    passed: bool,
    service: u16,
    what: ContactKind,
}

/// Contacts recorded so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Contacts {
    sample: Sample,
    list: Vec<Contact>,
}

/// Whether a person at an edge has contact with the chain there, when passing and when not. Edges that summarise other
/// edges do not count, nor do those that are recorded as a report.
fn is_contact(edge: Edge, passed: bool) -> bool {
    match edge {
        Edge::PoliceReport
        | Edge::SelfReferral
        | Edge::FirstLine
        | Edge::ElderReport
        | Edge::Suspicion
        | Edge::PoliceToAmk
        | Edge::NoFollowUp
        | Edge::CriminalOnly
        | Edge::Helped
        | Edge::LocalAllocation
        | Edge::Transfer
        | Edge::ReEntry => false,
        Edge::Prosecution
        | Edge::Conviction
        | Edge::Substantiation
        | Edge::ShelterAdmission
        | Edge::Offer
        | Edge::Place
        | Edge::Start
        | Edge::Completion => true,
        _ => passed,
    }
}

impl Observer for Contacts {
    const SCHEMA: &'static Schema = &CONTACTS;
    // Per hundred persons and year there are four contacts.
    const SIZE: Size =
        Size::by_panel(PanelRows { per_row: 0.04, per_person: 0.0, disk: 8.0, memory: size_of::<Contact>() });
    type December = ();

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.sample.adopt(settings);
    }

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.sample.month(world);
        let happened = world.now().plus(-1);
        if !self.sample.keeps(happened.year()) {
            return;
        }
        let key = |who: PersonId| who.row().map_or(0, |row| world.body(row).key);
        let mut add = |who: PersonId, city: u8, passed: bool, service: u16, what: ContactKind| {
            let Some(row) = who.row() else { return };
            let body = world.body(row);
            if body.has(crate::world::Flag::Outsider) || !self.sample.meets(world, row) {
                return;
            }
            let sampled = self.sample.holds(body);
            self.list.push(Contact { person: body.key, happened, city, sampled, passed, service, what });
        };
        for event in world.events() {
            match *event {
                Event::Report(report) => {
                    let of = |victim: bool, other: PersonId| ContactKind::Report {
                        source: report.source,
                        about: report.kind,
                        victim,
                        other: key(other),
                    };
                    add(report.victim, report.city, true, NO_SERVICE, of(true, report.perpetrator));
                    add(report.perpetrator, report.city, true, NO_SERVICE, of(false, report.victim));
                }
                Event::Passage(Passage { edge, service, city, who, passed, .. }) if is_contact(edge, passed) => {
                    add(who, city, passed, service, ContactKind::Step(edge));
                }
                Event::Occasion { occasion: Occasion::ChildSheltered, who, city, .. } => {
                    add(who, city, true, NO_SERVICE, ContactKind::Along);
                }
                Event::LeftShelter { who, city, .. } => add(who, city, true, NO_SERVICE, ContactKind::Left),
                _ => {}
            }
        }
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut list: Vec<&Contact> = self.list.iter().collect();
        // A stable sort, which keeps the order of events within a month.
        list.sort_by_key(|contact| (contact.person, contact.happened, contact.city));
        let mut table = Table::new(&CONTACTS);
        let same = |a: &&Contact, b: &&Contact| (a.person, a.happened, a.city) == (b.person, b.happened, b.city);
        for of_month in list.chunk_by(same) {
            for (before, contact) in of_month.iter().enumerate() {
                let (kind, [role, other, source, about]) = match contact.what {
                    ContactKind::Report { source, about, victim, other } => {
                        let role = Cell::Text(if victim { "victim" } else { "perpetrator" });
                        ("report", [role, Cell::key(other), Cell::Text(source.word()), Cell::Text(about.word())])
                    }
                    ContactKind::Step(edge) => (edge.word(), [Cell::Null; 4]),
                    ContactKind::Along => (Occasion::ChildSheltered.word(), [Cell::Null; 4]),
                    ContactKind::Left => (Occasion::LeftShelter.word(), [Cell::Null; 4]),
                };
                table.push_row(&[
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(world.places().name(usize::from(contact.city))),
                    Cell::key(contact.person),
                    month(contact.happened),
                    Cell::count(before as i64 + 1),
                    Cell::Bool(contact.sampled),
                    Cell::Text(kind),
                    Cell::Bool(contact.passed),
                    role,
                    other,
                    source,
                    about,
                    settings.programme(contact.service).map_or(Cell::Null, Cell::Text),
                ])?;
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with};
    use super::super::{Entry, Outcome, OutcomeSettings};
    use super::*;
    use crate::world::{CoupleId, Report, Severity, Sex};

    fn settings() -> OutcomeSettings {
        OutcomeSettings { panel_size: 100, expected_population: 100.0, ..OutcomeSettings::default() }
    }

    fn report(couple: CoupleId, victim: PersonId, perpetrator: PersonId) -> Event {
        Event::Report(Report {
            source: Source::Police,
            kind: CaseKind::Partner,
            city: UTRECHT as u8,
            subject: 1,
            couple,
            victim,
            perpetrator,
            severity: Severity::Light,
            registrations: 1,
            known: false,
            founded: true,
        })
    }

    fn kinds(table: &Table, person: i64) -> Vec<(i64, String, bool)> {
        let of = |at: usize| {
            let text = table.cell(at, "kind").and_then(Cell::as_text).expect("a kind").to_owned();
            let passed = table.cell(at, "passed").and_then(Cell::as_bool).expect("yes or no");
            (ints(table, at, ["happened"])[0], text, passed)
        };
        rows_with(table, &[("person", Cell::key(person.cast_unsigned()))]).into_iter().map(of).collect()
    }

    #[test]
    fn each_step_of_the_chain_stands_with_its_month_and_kind() {
        let mut small = Small::with(&[Outcome::Contacts], settings());
        small.outcomes.change(|settings| settings.programmes = vec!["service".into(), "nhv".into()]);
        let man = small.person(Sex::Male, Month::january(1970), UTRECHT);
        let woman = small.person(Sex::Female, Month::january(1972), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        let at = |edge, who, passed| Event::Passage(Passage::at(edge, UTRECHT as u8, who, passed));
        small.month(
            [],
            [
                report(couple, woman, man),
                at(Edge::PoliceReport, woman, true),
                at(Edge::Complaint, woman, false),
                at(Edge::Arrest, man, true),
                at(Edge::NoFollowUp, woman, true),
            ],
        );
        small.live_until(Month(4));
        let (subject, city) = (1, UTRECHT as u8);
        small.month(
            [],
            [
                at(Edge::Conviction, man, false),
                at(Edge::ShelterAdmission, woman, true),
                Event::Occasion { occasion: Occasion::ChildSheltered, who: child, subject, city },
                Passage::at(Edge::Start, city, child, true).of(1).into(),
            ],
        );
        small.month([], [Passage::at(Edge::Completion, city, child, false).of(1).into()]);
        let table = small.table();
        let told = |list: &[(i64, &str, bool)]| -> Vec<(i64, String, bool)> {
            list.iter().map(|(at, kind, passed)| (*at, (*kind).to_owned(), *passed)).collect()
        };
        assert_eq!(kinds(&table, 1), told(&[(0, "report", true), (0, "arrest", true), (4, "conviction", false)]));
        assert_eq!(kinds(&table, 2), told(&[(0, "report", true), (4, "shelter_admission", true)]));
        assert_eq!(
            kinds(&table, 3),
            told(&[(4, "child_sheltered", true), (4, "start", true), (5, "completion", false)])
        );
        let reports = rows_with(&table, &[("kind", Cell::Text("report"))]);
        assert_eq!(ints(&table, reports[0], ["person", "other"]), [1, 2]);
        assert_eq!(table.cell(reports[0], "role"), Some(Cell::Text("perpetrator")));
        assert_eq!(table.cell(reports[1], "role"), Some(Cell::Text("victim")));
        assert_eq!(table.cell(reports[1], "source"), Some(Cell::Text("police")));
        let start = rows_with(&table, &[("kind", Cell::Text("start"))]);
        assert_eq!(table.cell(start[0], "programme"), Some(Cell::Text("nhv")));
    }

    #[test]
    fn years_and_entry_by_a_measure_restrict_what_is_kept() {
        let mut settings = settings();
        settings.panel_part.years = Some([2008, 2008]);
        settings.panel_part.entry = Some(Entry::Started(1));
        let mut small = Small::with(&[Outcome::Contacts], settings);
        let [in_it, not] = [0, 1].map(|_| small.person(Sex::Female, Month::january(1972), AMSTERDAM));
        let arrest = |who| Event::Passage(Passage::at(Edge::Arrest, AMSTERDAM as u8, who, true));
        small.month([], [arrest(in_it), arrest(not)]);
        small.month([], [Passage::at(Edge::Start, 0, in_it, true).of(1).into()]);
        small.month([], [Passage::at(Edge::Start, 0, not, true).of(0).into()]);
        small.month([], [arrest(in_it), arrest(not)]);
        small.live_until(Month::january(2009));
        small.month([], [arrest(in_it)]);
        let table = small.table();
        assert_eq!(row(in_it), 0);
        let told: Vec<_> = kinds(&table, 1).into_iter().map(|(at, kind, _)| (at, kind)).collect();
        assert_eq!(told, [(1, "start".to_owned()), (3, "arrest".to_owned())]);
        assert_eq!(table.rows(), 2);
    }
}
