//! Curves of a few couples, counted by hand.

use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
use crate::outcomes::{Outcome, OutcomeSettings};
use crate::tables::{Cell, Table};
use crate::world::{
    CaseKind, ChainChange, Change, Couple, CoupleId, ELSEWHERE, Edge, Event, Incident, Month, Passage, PersonId, Place,
    Report, Request, Services, Severity, Sex, Side, Source, Stay, TargetGroup, Violence,
};

/// A man, a woman and their union.
struct Two {
    man: PersonId,
    woman: PersonId,
    couple: CoupleId,
}

fn small() -> Small {
    Small::new(&[Outcome::ViolenceCourse])
}

fn two(small: &mut Small, city: usize) -> Two {
    let [man, woman] = Sex::BOTH.map(|sex| small.person(sex, Month::january(1970), city));
    let couple = small.couple(man, woman);
    Two { man, woman, couple }
}

fn row_of(small: &Small, couple: CoupleId) -> &Couple {
    small.world.couple_by_id(couple).expect("a couple that is there")
}

fn report(small: &Small, of: &Two) -> Report {
    Report {
        source: Source::Police,
        kind: CaseKind::Partner,
        city: small.world.body(row(of.woman)).place.city() as u8,
        subject: row_of(small, of.couple).key,
        couple: of.couple,
        victim: of.woman,
        perpetrator: of.man,
        severity: Severity::Light,
        registrations: 1,
        known: false,
        founded: true,
    }
}

fn reported(small: &Small, of: &Two) -> Event {
    Event::Report(report(small, of))
}

/// Incidents by the man.
fn incident(of: &Two, count: u16, state: Violence) -> Event {
    let state = [state, Violence::None];
    let severity = [Severity::Light; 2];
    Event::Violence(Incident { couple: of.couple, counts: [count, 0], severity, state, witnesses: 0, separated: false })
}

const COUNTS: [&str; 6] = [
    "couples_followed",
    "couples_with_violence",
    "incidents",
    "couples_coercive",
    "couples_together",
    "police_reports",
];

/// Counts of a month of the curve of the four cities.
fn at(table: &Table, entry: &'static str, violence: &'static str, month: i64) -> [i64; 6] {
    let wanted = [
        ("city", Cell::Text("G4")),
        ("entry", Cell::Text(entry)),
        ("violence", Cell::Text(violence)),
        ("month_from_entry", Cell::Int(month)),
    ];
    ints(table, the_row(table, &wanted), COUNTS)
}

fn entered(table: &Table, entry: &'static str) -> Vec<i64> {
    let wanted = [("city", Cell::Text("G4")), ("entry", Cell::Text(entry)), ("month_from_entry", Cell::Int(0))];
    rows_with(table, &wanted).into_iter().map(|row| ints(table, row, ["couples_entered"])[0]).collect()
}

#[test]
fn curves_count_what_came_before_and_after_until_a_death_or_departure() {
    let mut small = small();
    let first = two(&mut small, AMSTERDAM);
    small.month([], [incident(&first, 2, Violence::Situational)]);
    let second = two(&mut small, UTRECHT);
    small.month([], [incident(&first, 1, Violence::Coercive)]);
    let events = [
        incident(&first, 3, Violence::Situational),
        reported(&small, &first),
        incident(&second, 5, Violence::Coercive),
        reported(&small, &second),
    ];
    small.month([], events);
    let parts = Change::Separate {
        couple: second.couple,
        goes_on: false,
        stays: Side::Second,
        place: Place::new(UTRECHT, 0),
        low_income: [false; 2],
    };
    small.month([parts], []);
    let again = reported(&small, &first);
    small.month([], [incident(&first, 1, Violence::Situational), again]);
    small.month([], [Event::Departure { who: second.man, followed: true, city: UTRECHT as u8 }]);
    small.month([], [Event::Death { who: first.woman, by_partner: false }]);
    small.month([], [incident(&first, 9, Violence::Situational)]);
    small.live_until(Month::january(2009));
    let table = small.table();
    let of = |violence, month| at(&table, "police_report", violence, month);
    // Reported in the third month of the simulation, and again two months later; the woman dies four months later.
    assert_eq!(entered(&table, "police_report"), [1, 1]);
    let curve = [(-3, [0; 6]), (-2, [1, 1, 2, 0, 1, 0]), (-1, [1, 1, 1, 1, 1, 0]), (0, [1, 1, 3, 0, 1, 1])];
    for (month, counts) in curve {
        assert_eq!(of("situational", month), counts, "month {month}");
    }
    let curve = [(1, [1, 0, 0, 0, 1, 0]), (2, [1, 1, 1, 0, 1, 1]), (4, [1, 0, 0, 0, 1, 0]), (5, [0; 6])];
    for (month, counts) in curve {
        assert_eq!(of("situational", month), counts, "month {month}");
    }
    // A union of the month before, dissolved in the month after; the man leaves three months after the report.
    let curve = [
        (-2, [0; 6]),
        (-1, [1, 0, 0, 0, 1, 0]),
        (0, [1, 1, 5, 1, 1, 1]),
        (1, [1, 0, 0, 0, 0, 0]),
        (3, [1, 0, 0, 0, 0, 0]),
        (4, [0; 6]),
    ];
    for (month, counts) in curve {
        assert_eq!(of("coercive", month), counts, "month {month}");
    }
    let wanted = [("city", Cell::Text("Utrecht")), ("month_from_entry", Cell::Int(0))];
    let cells = ["share_with_violence", "incidents_per_couple", "share_together", "reports_per_couple"]
        .map(|name| table.cell(the_row(&table, &wanted), name));
    assert_eq!(cells, [1.0, 5.0, 1.0, 1.0].map(|share| Some(Cell::Float(share))));
    assert_eq!(table.rows(), 4 * 49, "two curves, each of a city and of all");
}

#[test]
fn a_curve_reaches_two_years_back_and_forward_and_no_further() {
    let mut small = small();
    let (rare, often) = (two(&mut small, AMSTERDAM), two(&mut small, AMSTERDAM));
    for month in 0..100 {
        let mut events = vec![incident(&often, 1, Violence::Coercive)];
        if [35, 36, 84, 85].contains(&month) {
            events.push(incident(&rare, 7, Violence::Situational));
        }
        if month == 60 {
            events.extend([reported(&small, &rare), reported(&small, &often)]);
        }
        small.month([], events);
    }
    let table = small.table();
    for month in -24..=24 {
        assert_eq!(at(&table, "police_report", "coercive", month)[..4], [1, 1, 1, 1], "month {month}");
        let incidents = if month.abs() == 24 { 7 } else { 0 };
        assert_eq!(at(&table, "police_report", "other", month)[2], incidents, "month {month}");
    }
    // Once nothing happened for two years, only the two curves remain.
    small.live_until(Month::january(2019));
    let text = serde_json::to_string(&small.outcomes).expect("plain data");
    assert_eq!(text.matches("\"incidents\"").count(), 2 * 49, "{text}");
}

#[test]
fn a_new_union_is_another_couple_and_a_couple_is_observed_since_it_arrived() {
    let mut small = small();
    let one = two(&mut small, AMSTERDAM);
    let newcomers = two(&mut small, UTRECHT);
    let outside = two(&mut small, ELSEWHERE);
    small.month([], [incident(&one, 1, Violence::Situational), incident(&newcomers, 1, Violence::Situational)]);
    let reports = [reported(&small, &one), reported(&small, &outside)];
    small.month([], reports);
    let parts = Change::Separate {
        couple: one.couple,
        goes_on: false,
        stays: Side::Second,
        place: Place::new(AMSTERDAM, 0),
        low_income: [false; 2],
    };
    small.month([parts], [Event::Arrival { who: newcomers.man, returning: false }]);
    let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
    let couple = small.couple(one.man, woman);
    let other = Two { man: one.man, woman, couple };
    small.month([], []);
    let reports = [reported(&small, &other), reported(&small, &newcomers)];
    small.month([], reports);
    small.live_until(Month::january(2009));
    let table = small.table();
    assert_eq!(entered(&table, "police_report"), [3], "both unions of the man, and the newcomers");
    assert_eq!(at(&table, "police_report", "other", -1), [3, 1, 1, 0, 3, 0], "of the first union the month before");
    assert_eq!(at(&table, "police_report", "other", -2)[0], 1, "the newcomers since their arrival");
    assert_eq!(at(&table, "police_report", "other", -3)[0], 0);
}

#[test]
fn arrests_bans_shelter_and_help_are_those_of_the_couple_of_the_case() {
    let targets = vec![TargetGroup::Victims, TargetGroup::Perpetrators, TargetGroup::Children, TargetGroup::Victims];
    let settings = OutcomeSettings { targets, helps: vec![true, true, true, false], ..OutcomeSettings::default() };
    let mut small = Small::with(&[Outcome::ViolenceCourse], settings);
    let (one, other) = (two(&mut small, AMSTERDAM), two(&mut small, AMSTERDAM));
    let child = small.child(Sex::Male, Month(-60), one.woman);
    let reports = [&one, &other].map(|of| Change::Chain(ChainChange::Report(report(&small, of))));
    let passage = |edge, who, passed| Event::from(Passage::at(edge, AMSTERDAM as u8, who, passed));
    let events = [passage(Edge::Arrest, one.man, true), passage(Edge::Ban, other.man, false)];
    small.month(reports, events);
    let subject = |of: &Two| row_of(&small, of.couple).key;
    let (own, their) = (subject(&one), subject(&other));
    let stay = |service: u16, who: PersonId, subject: u64, since: i16| {
        let request = Request::new(service, AMSTERDAM as u8, who, subject, Month(since));
        Stay::of(&request, AMSTERDAM as u8, Month(since), Month(since + 6))
    };
    let stays = |stays: Vec<Stay>| Box::new(Services { stays, ..Services::default() });
    let help = vec![stay(1, one.man, own, 1), stay(2, child, own, 1), stay(3, other.woman, their, 1)];
    let shelters = Change::Chain(ChainChange::Shelters(stays(vec![stay(0, other.woman, their, 1)])));
    small.month([shelters, Change::Chain(ChainChange::Programmes(stays(help.clone())))], []);
    let later = help.into_iter().chain([stay(0, one.woman, own, 2), stay(0, other.woman, 0, 2)]).collect();
    small.month([Change::Chain(ChainChange::Programmes(stays(later)))], []);
    small.live_until(Month(12));
    let table = small.table();
    let all = ["police_report", "arrest", "ban", "shelter", "victim_help", "perpetrator_help", "child_help"];
    let counts = all.map(|entry| entered(&table, entry).iter().sum::<i64>());
    assert_eq!(counts, [2, 1, 0, 1, 1, 1, 1]);
    assert_eq!(
        entered(&table, "help_started"),
        [1],
        "the first of three; lessons and help without a case do not count"
    );
    assert_eq!(at(&table, "help_started", "other", -1), [1, 0, 0, 0, 1, 1], "started in the month after the report");
    assert_eq!(at(&table, "victim_help", "other", -2), [1, 0, 0, 0, 1, 1], "started a month later");
}
