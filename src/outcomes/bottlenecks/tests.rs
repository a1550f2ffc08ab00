//! Two families whose year is known by hand, and figures that are not yet or never known.

use crate::outcomes::small::{AMSTERDAM, Small, the_row};
use crate::outcomes::{Outcome, OutcomeSettings};
use crate::tables::{Cell, Table};
use crate::world::{
    CaseKind, ChainChange, Change, CoupleId, Edge, Event, Flag, Group, Month, NO_SERVICE, Passage, PersonId,
    ProviderMonth, Report, Request, Severity, Sex, Side, Source, Stay, Violence,
};

const AT: u8 = AMSTERDAM as u8;

fn small(scale: f64) -> Small {
    let mut small = Small::with(&[Outcome::Bottlenecks], OutcomeSettings { scale, ..OutcomeSettings::default() });
    small.outcomes.change(|settings| {
        settings.shelters = vec!["shelter_crisis".into(), "country_shelter".into()];
        settings.pricing.paid_elsewhere = vec![1];
        settings.programmes = vec!["help".into(), "lessons".into()];
        settings.helps = vec![true, false];
    });
    small
}

fn couple(small: &mut Small) -> (CoupleId, PersonId, PersonId) {
    let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
    let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
    (small.couple(man, woman), man, woman)
}

fn report(source: Source, subject: u64, victim: PersonId, perpetrator: PersonId) -> Change {
    Change::Chain(ChainChange::Report(Report {
        source,
        kind: CaseKind::Partner,
        city: AT,
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

/// A passage at a programme, or at an edge without one.
fn at(edge: Edge, service: u16, who: PersonId, passed: bool) -> Event {
    Passage::at(edge, AT, who, passed).of(service).into()
}

fn provider(group: Group, places: f64) -> Event {
    Event::Provider(ProviderMonth { places, ..ProviderMonth::new(group, 0, AT) })
}

fn stay(service: u16, who: PersonId, subject: u64, since: Month) -> Stay {
    Stay::of(&Request::new(service, AT, who, subject, since), AT, since, since.plus(9))
}

fn number(table: &Table, city: &'static str, year: i64, column: &str) -> Option<f64> {
    let row = the_row(table, &[("city", Cell::Text(city)), ("year", Cell::Int(year))]);
    table.cell(row, column).unwrap_or_else(|| panic!("no column {column}")).as_float()
}

#[test]
fn every_figure_of_two_families_is_as_computed_by_hand() {
    let mut small = small(0.0);
    let (couple_of_two, man, woman) = couple(&mut small);
    let child = small.child(Sex::Female, Month::january(2000), woman);
    let (_, he, she) = couple(&mut small);
    small.flag(woman, Flag::Disability);
    small.past(man).used = Month(-20);
    small.past(man).exposed = Month(-300);
    let n = NO_SERVICE;
    small.month(
        [
            report(Source::Police, 1, woman, man),
            report(Source::Police, 2, she, he),
            Change::Violence { couple: couple_of_two, by: Side::First, state: Violence::Situational },
            Change::Incidents { couple: couple_of_two, counts: [1, 0] },
        ],
        [
            at(Edge::HandOverOther, n, woman, true),
            at(Edge::HandOverOther, n, she, false),
            at(Edge::NoFollowUp, n, woman, true),
            at(Edge::NoFollowUp, n, she, false),
            at(Edge::CriminalOnly, n, woman, false),
            at(Edge::CriminalOnly, n, she, true),
            at(Edge::Helped, n, woman, true),
            at(Edge::Helped, n, woman, true),
            at(Edge::Transfer, n, she, false),
            at(Edge::Transfer, n, woman, true),
            provider(Group::Programmes, 10.0),
            provider(Group::Shelters, 4.0),
            at(Edge::Offer, 0, woman, true),
            at(Edge::Offer, 0, man, true),
            at(Edge::Offer, 0, he, true),
            at(Edge::Offer, 1, she, true),
        ],
    );
    small.month([], [at(Edge::NeedsAssessed, n, child, true)]);
    small.chain().programmes.stays = vec![stay(0, woman, 1, Month(2)), stay(1, she, 2, Month(2))];
    // Giving up waiting can be recorded at one edge or at two, and counts once.
    small.month(
        [],
        [
            at(Edge::Start, 0, woman, true),
            at(Edge::Start, 1, she, true),
            at(Edge::Start, 0, man, false),
            at(Edge::Place, 0, he, false),
            at(Edge::Start, 0, he, false),
            at(Edge::Start, 0, child, true),
        ],
    );
    small.month([], [Event::Sheltered { who: she, city: AT, children: 0 }]);
    small.month([], [at(Edge::Completion, 0, woman, false), at(Edge::Completion, 0, child, true)]);
    small.live_until(Month::january(2009));
    let twice = [report(Source::Police, 1, woman, man), report(Source::Police, 2, she, he)];
    // Beds in the rest of the country are none of the cities.
    let country = Event::Provider(ProviderMonth { places: 64.0, ..ProviderMonth::new(Group::Shelters, 1, AT) });
    let reports = twice.into_iter().chain([report(Source::Police, 3, she, he)]);
    small.month(reports, [provider(Group::Programmes, 15.0), country]);
    small.live_until(Month::january(2010));
    let table = small.table();
    for (column, expected) in [
        ("no_follow_up", 0.25),
        ("criminal_only", 0.25),
        ("helped", 0.5),
        ("handed_over", 0.5),
        ("lost_at_transfer", 0.5),
        // Police, ASHG and one programme in the only case with help.
        ("organisations_per_case", 3.0),
        ("months_to_help", 2.0),
        ("not_helped_in_three_months", 0.5),
        ("reports_index", 1.0),
        ("places_index", 1.0),
        ("beds_index", 1.0),
        // Three offers of help, two starts.
        ("accepted_per_start", 1.5),
        ("programmes_with_starts", 1.0),
        ("programmes_judged", 0.0),
        ("needs_assessed", 1.0),
        ("children_helped_per_100", 100.0),
        ("users_exposed_as_child", 1.0),
        ("multiple_problems_victims", 0.5),
        ("multiple_problems_starters", 0.5),
        ("multiple_problems_sheltered", 0.0),
        // One of three who had a place; one of four accepted offers; one of two who took part.
        ("no_shows", 1.0 / 3.0),
        ("gave_up", 0.25),
        ("dropped_out", 0.5),
        ("perpetrator_no_shows", 1.0),
        ("perpetrator_gave_up", 0.0),
        ("queues_from", 0.0),
    ] {
        for city in ["Amsterdam", "G4"] {
            let found = number(&table, city, 2008, column).unwrap_or_else(|| panic!("{column} is empty"));
            assert!((found - expected).abs() < 1e-12, "{column} in {city}: {found} instead of {expected}");
        }
    }
    assert_eq!(number(&table, "G4", 2008, "perpetrator_dropped_out"), None, "no perpetrator took part");
    assert_eq!(number(&table, "G4", 2009, "reports_index"), Some(1.5));
    assert_eq!(number(&table, "G4", 2009, "places_index"), Some(1.5));
    assert_eq!(number(&table, "G4", 2009, "beds_index"), Some(0.0));
    for column in ["months_to_help", "needs_assessed", "programmes_judged", "organisations_per_case"] {
        assert_eq!(number(&table, "G4", 2009, column), None, "{column} of 2009 takes twelve more months");
    }
    for column in ["no_follow_up", "reports_index", "gave_up", "users_exposed_as_child"] {
        assert_eq!(number(&table, "Utrecht", 2008, column), None, "{column} of a city where nothing happened");
    }
}

#[test]
fn waiting_and_giving_up_are_withheld_below_the_smallest_scale() {
    for (scale, shown) in [(0.1, false), (1.0, true)] {
        let mut small = small(scale);
        let (_, man, woman) = couple(&mut small);
        let month = ProviderMonth::new(Group::Programmes, 0, AT);
        let asked = Event::Provider(ProviderMonth { places: 40.0 * scale, requests: 4, waiting: 2, ..month });
        small.chain().programmes.stays = vec![stay(0, woman, 1, Month(0))];
        small.month(
            [report(Source::Police, 1, woman, man)],
            [
                asked,
                at(Edge::Offer, 0, woman, true),
                at(Edge::Start, 0, woman, true),
                at(Edge::Place, 0, man, false),
                at(Edge::Completion, 0, man, false),
            ],
        );
        small.live_until(Month::january(2010));
        let table = small.table();
        for column in ["months_to_help", "not_helped_in_three_months", "accepted_per_start", "gave_up"] {
            assert_eq!(number(&table, "Amsterdam", 2008, column).is_some(), shown, "{column} at {scale}");
            assert_eq!(number(&table, "G4", 2008, column).is_some(), shown, "{column} at {scale}");
        }
        for column in ["reports_index", "no_shows", "dropped_out", "organisations_per_case"] {
            assert!(number(&table, "G4", 2008, column).is_some(), "{column} at {scale}");
        }
        let from = number(&table, "G4", 2008, "queues_from").expect("a scale");
        assert!(from > 0.1 && from <= 1.0, "{from}");
    }
}

#[test]
fn a_programme_can_be_judged_when_enough_started_and_enough_did_not() {
    // Around a share of .05, the groups have shares of 0 and .1: (2.80)² × .1 × .9 / .1² = 70.6 persons in each.
    for (persons, judged) in [(60_usize, 0.0), (120, 1.0)] {
        let mut small = small(1.0);
        let people: Vec<PersonId> =
            (0..2 * persons).map(|_| small.person(Sex::Male, Month::january(1970), AMSTERDAM)).collect();
        let decided = people.iter().enumerate().map(|(n, who)| at(Edge::Start, 0, *who, n % 2 == 0));
        small.month([], decided.collect::<Vec<_>>());
        // The first ones are reported again, and one in twenty in all.
        let again = people[..persons / 10].iter().map(|who| report(Source::Police, 1, PersonId::NONE, *who));
        small.month(again.collect::<Vec<_>>(), []);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(number(&table, "G4", 2008, "programmes_with_starts"), Some(1.0));
        assert_eq!(number(&table, "G4", 2008, "programmes_judged"), Some(judged), "{persons} in each group");
    }
}
