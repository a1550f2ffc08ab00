//! `panel`: complete simulated life courses: a sample of persons with their households, one row per person and year.
//!
//! `sample.rs` defines the sample. Members of a sampled person's household on 31 December have a row too.

mod person_year;
mod schema;
mod witnessed;

use serde::{Deserialize, Serialize};

use self::person_year::PersonYear;
use self::schema::PANEL;
use self::witnessed::{Witnessed, WitnessedMonth, sights, witnessed};
use super::observer::{Observer, PanelRows, Size};
use super::row_groups::RowGroups;
use super::sample::{Sample, is_below};
use super::scene::Seen;
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use super::without::without;
use crate::error::Result;
use crate::tables::{Schema, Table};
use crate::world::{Edge, Month, Severity, Side, World};

/// A person's part in the incidents of one couple in one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct IncidentPart {
    row: u32,
    used: u16,
    suffered: u16,
    worst: Severity,
}

/// A measure that a person started or completed: a row of the world in the current year, an index of a panel row
/// afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Taken {
    who: u32,
    completed: bool,
    service: u16,
}

/// Person-years so far, and participants in incidents of the current year. Row numbers of the world do not change
/// within a year.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Panel {
    sample: Sample,
    parts: Vec<IncidentPart>,
    sights: Vec<WitnessedMonth>,
    takes: Vec<Taken>,
    lives: Vec<PersonYear>,
    /// Sorted by person-year, as is the list of measures.
    witnessed: Vec<Witnessed>,
    taken: Vec<Taken>,
}

impl Observer for Panel {
    const SCHEMA: &'static Schema = &PANEL;
    const SIZE: Size =
        Size::by_panel(PanelRows { per_row: 1.0, per_person: 0.0, disk: 18.0, memory: size_of::<PersonYear>() });
    /// Bound of the (hashed) keys of persons who may be sampled, and the rows of these persons.
    type December = (u64, Vec<u32>);

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.sample.adopt(settings);
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        self.sample.month(world);
        let lived = world.now().plus(-1);
        if !self.sample.keeps(lived.year()) {
            return;
        }
        let events = world.events();
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for side in Side::BOTH {
                let (own, other) = (side as usize, side.other() as usize);
                if let Some(row) = couple.partner(side).row() {
                    self.parts.push(IncidentPart {
                        row: row as u32,
                        used: incident.counts[own],
                        suffered: incident.counts[other],
                        worst: incident.severity[other],
                    });
                }
            }
        }
        for (child, couple, by) in events.witnessed() {
            self.sights.extend(sights(world, child, couple, by, lived));
        }
        for passage in events.passages().filter(|passage| passage.passed && settings.is_measure(passage.service)) {
            if matches!(passage.edge, Edge::Start | Edge::Completion) {
                let completed = passage.edge == Edge::Completion;
                let row = passage.who.row();
                self.takes.extend(row.map(|row| Taken { who: row as u32, completed, service: passage.service }));
            }
        }
    }

    fn open(&self, _: Month, _: &OutcomeSettings) -> (u64, Vec<u32>) {
        (self.sample.threshold(), Vec::new())
    }

    #[inline]
    fn count((threshold, sample): &mut (u64, Vec<u32>), seen: &Seen<'_>) {
        if seen.lives && is_below(seen.body.key, *threshold) {
            sample.push(seen.row as u32);
        }
    }

    fn merge((_, sample): &mut (u64, Vec<u32>), (_, following): (u64, Vec<u32>)) {
        sample.extend(following);
    }

    fn less((_, sample): &mut (u64, Vec<u32>), (_, rows): &(u64, Vec<u32>)) {
        without(sample, rows, |row| *row);
    }

    /// Records the sampled persons, given by their rows, and their households.
    fn year(&mut self, world: &World, december: Month, (_, sample): (u64, Vec<u32>), _: &OutcomeSettings) {
        let parts = std::mem::take(&mut self.parts);
        let mut sights = std::mem::take(&mut self.sights);
        let mut takes = std::mem::take(&mut self.takes);
        if !self.sample.keeps(december.year()) {
            return;
        }
        let mut rows: Vec<u32> = Vec::with_capacity(sample.len() * 3);
        for row in sample.iter().filter(|row| self.sample.holds(world.body(**row as usize))) {
            let household = world.household(world.householder(*row as usize));
            rows.extend(household.into_iter().filter(|row| world.body(*row).counts()).map(|row| row as u32));
        }
        rows.sort_unstable();
        rows.dedup();
        let first = self.lives.len();
        self.lives.extend(rows.iter().map(|row| {
            let row = *row as usize;
            PersonYear::of(world, row, december, self.sample.holds(world.body(row)))
        }));
        // Most people with violence are not in the panel: a look-up by row comes before the search.
        let mut is_member = vec![false; world.rows().len()];
        rows.iter().for_each(|row| is_member[*row as usize] = true);
        let place = |row: u32| is_member[row as usize].then(|| first + rows.partition_point(|member| *member < row));
        for part in parts {
            let Some(at) = place(part.row) else { continue };
            let life = &mut self.lives[at];
            life.incidents[0] += u32::from(part.used);
            life.incidents[1] += u32::from(part.suffered);
            life.worst = life.worst.max(part.worst);
        }
        sights.retain(|sight| is_member[sight.child as usize]);
        sights.sort_unstable();
        sights.dedup();
        for of_child in sights.chunk_by(|a, b| a.child == b.child) {
            self.witnessed.extend(place(of_child[0].child).map(|at| witnessed(world, at as u32, of_child)));
        }
        takes.sort_unstable();
        takes.dedup();
        self.taken.extend(takes.iter().filter_map(|taken| Some(Taken { who: place(taken.who)? as u32, ..*taken })));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&PANEL);
        let (none, measures) = ([const { String::new() }; 2], self.measures(settings));
        let (mut witnessed, mut measures) = (self.witnessed.iter().peekable(), measures.iter().peekable());
        let mut groups = RowGroups::new(&mut table);
        for (at, life) in self.lives.iter().enumerate() {
            let seen = witnessed.next_if(|witnessed| witnessed.life as usize == at);
            let words = measures.next_if(|(life, _)| *life as usize == at).map_or(&none, |(_, words)| words);
            groups.push(|cells| life.add_cells(settings, world, seen, words, cells))?;
        }
        groups.end()?;
        Ok(table)
    }
}

impl Panel {
    /// Keys of the measures started and completed, by index of the panel row, in order.
    fn measures(&self, settings: &OutcomeSettings) -> Vec<(u32, [String; 2])> {
        let of_row = |taken: &[Taken]| {
            let mut words = [String::new(), String::new()];
            for taken in taken {
                let words = &mut words[usize::from(taken.completed)];
                if let Some(name) = settings.programme(taken.service) {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.push_str(name);
                }
            }
            (taken[0].who, words)
        };
        self.taken.chunk_by(|a, b| a.who == b.who).map(of_row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::super::{Entry, Outcome};
    use super::*;
    use crate::tables::Cell;
    use crate::world::{Change, CoupleId, Event, Flag, Incident, Passage, Sex, Violence};

    fn small(panel_size: u32) -> Small {
        let settings = OutcomeSettings { panel_size, expected_population: 100.0, ..OutcomeSettings::default() };
        Small::with(&[Outcome::Panel], settings)
    }

    fn incident(couple: CoupleId, counts: [u16; 2], worst: Severity) -> [Event; 1] {
        let severity = [worst, Severity::Light];
        let state = [Violence::Situational, Violence::None];
        [Event::Violence(Incident { couple, counts, severity, state, witnesses: 0, separated: false })]
    }

    #[test]
    fn a_family_in_the_panel_is_seen_whole() {
        let mut small = small(100);
        let man = small.person(Sex::Male, Month::january(1970), UTRECHT);
        let woman = small.person(Sex::Female, Month::january(1972).plus(4), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        let more = |counts| Change::Incidents { couple, counts };
        small.month(
            [begins, more([2, 0]), Change::Witness { child, window: 2 }],
            incident(couple, [2, 0], Severity::Injury),
        );
        small.month([more([1, 0]), Change::Witness { child, window: 2 }], incident(couple, [1, 0], Severity::Light));
        small.flag(woman, Flag::Debts);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 6, "three persons in two years");
        let of = |person: i64, year: i64| {
            the_row(&table, &[("person", Cell::key(person.cast_unsigned())), ("year", Cell::Int(year))])
        };
        let at = of(2, 2008);
        let columns = [
            "household",
            "partner",
            "birth_year",
            "birth_month",
            "age",
            "area",
            "incidents_used",
            "incidents_suffered",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1972, 5, 36, 0, 0, 3]);
        for (column, cell) in [
            ("city", Cell::Text("Utrecht")),
            ("sampled", Cell::Bool(true)),
            ("position", Cell::Text("partner_children")),
            ("debts", Cell::Bool(true)),
            ("addiction", Cell::Bool(false)),
            ("uses", Cell::Text("none")),
            ("suffers", Cell::Text("situational")),
            ("worst_suffered", Cell::Text("injury")),
            ("year_suffered", Cell::Bool(true)),
            ("year_used", Cell::Bool(false)),
            ("first_suffered", Cell::Int(0)),
            ("first_used", Cell::Null),
            ("partner_followed", Cell::Bool(true)),
            ("mother", Cell::Null),
        ] {
            assert_eq!(table.cell(at, column), Some(cell), "{column}");
        }
        let at = of(3, 2008);
        let columns = ["household", "mother", "father", "months_witnessed", "months_neglect", "age"];
        assert_eq!(ints(&table, at, columns), [1, 2, 1, 2, 0, 8]);
        assert_eq!(table.cell(at, "position"), Some(Cell::Text("child")));
        assert_eq!(table.cell(at, "uses"), Some(Cell::Null));
        assert_eq!(table.cell(at, "year_witnessed"), Some(Cell::Bool(true)));
        let at = of(1, 2009);
        assert_eq!(ints(&table, at, ["incidents_used", "incidents_suffered"]), [0, 0]);
        assert_eq!(table.cell(at, "uses"), Some(Cell::Text("situational")));
        assert_eq!(table.cell(at, "worst_suffered"), Some(Cell::Null));
    }

    #[test]
    fn the_sample_follows_from_the_keys_and_brings_its_households() {
        let mut small = small(20);
        for _ in 0..1000 {
            let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
            small.couple(man, woman);
        }
        // Makes these keys as uniform as real ones.
        for row in small.world.rows() {
            let body = small.world.set_up().body(row);
            body.key = body.key.wrapping_mul(0xd134_2543_de82_ef95) >> 1;
        }
        small.live_until(Month::january(2009));
        let table = small.table();
        let sampled = rows_with(&table, &[("sampled", Cell::Bool(true))]).len();
        // A share of .2 of 2000: mean 400, sd 18; the keys are fixed.
        assert!((300..500).contains(&sampled), "{sampled}");
        assert!(table.rows() > sampled && table.rows() <= 2 * sampled);
        let households = rows_with(&table, &[("position", Cell::Text("partner"))]).len();
        assert_eq!(households, table.rows());
        assert!((0..2000).all(|row| is_below(small.world.body(row).key, 1 << 32)));
    }

    #[test]
    fn who_died_or_is_only_a_set_of_traits_has_no_row() {
        let mut small = small(100);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        let alone = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        small.couple(man, woman);
        small.flag(man, Flag::Outsider);
        small.world.set_up().body(row(alone)).set(Flag::Present, false);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(ints(&table, 0, ["person", "partner"]), [2, 1]);
        assert_eq!(table.cell(0, "partner_followed"), Some(Cell::Bool(false)), "and the row of the partner says so");
        assert_eq!(table.rows(), 1);
    }

    #[test]
    fn a_child_s_row_says_whose_violence_against_whom_it_witnessed() {
        let mut small = small(100);
        let father = small.person(Sex::Male, Month::january(1970), UTRECHT);
        let mother = small.person(Sex::Female, Month::january(1972), UTRECHT);
        let first = small.couple(father, mother);
        let child = small.child(Sex::Male, Month::january(2000), mother);
        let sees = |couple, by| Event::Witnessed { child, couple, by };
        small.month([], [sees(first, [true, false])]);
        small.month([], [sees(first, [true, true])]);
        let place = crate::world::Place::new(UTRECHT, 0);
        let stays = Side::Second;
        small.month([Change::Separate { couple: first, goes_on: false, stays, place, low_income: [false; 2] }], []);
        let second = small.person(Sex::Male, Month::january(1971), UTRECHT);
        let later = small.couple(second, mother);
        small.live_until(Month::january(2009));
        small.month([], [sees(later, [true, false])]);
        small.live_until(Month::january(2011));
        let table = small.table();
        let of = |year: i64| the_row(&table, &[("person", Cell::key(3)), ("year", Cell::Int(year))]);
        let columns = ["year_months_witnessed", "witnessed_user", "witnessed_victim", "witnessed_pairs"];
        assert_eq!(ints(&table, of(2008), columns), [2, 1, 2, 2]);
        assert_eq!(ints(&table, of(2009), columns), [1, 4, 2, 1]);
        let words = |year| ["witnessed_user_is", "witnessed_victim_is"].map(|column| table.cell(of(year), column));
        assert_eq!(words(2008), ["father", "mother"].map(|word| Some(Cell::Text(word))));
        assert_eq!(words(2009), ["partner_of_parent", "mother"].map(|word| Some(Cell::Text(word))));
        assert_eq!(words(2010), [Some(Cell::Null); 2]);
        assert_eq!(ints(&table, of(2010), ["year_months_witnessed", "witnessed_pairs"]), [0, 0]);
    }

    #[test]
    fn measures_stand_in_the_year_in_which_they_were_started_and_completed() {
        let mut small = small(100);
        small.outcomes.change(|settings| {
            settings.programmes = vec!["service".into(), "nhv".into(), "guidance".into()];
            settings.measures = vec![false, true, true];
        });
        let who = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let at = |edge, service, passed| Passage::at(edge, 0, who, passed).of(service).into();
        small.month([], [at(Edge::Start, 0, true), at(Edge::Start, 2, true), at(Edge::Start, 1, true)]);
        small.live_until(Month::january(2009));
        small.month([], [at(Edge::Completion, 2, true), at(Edge::Completion, 1, false)]);
        small.live_until(Month::january(2010));
        let table = small.table();
        let words = |row| ["measures_started", "measures_completed"].map(|column| table.cell(row, column));
        assert_eq!(words(0), [Some(Cell::Text("nhv guidance")), Some(Cell::Null)]);
        assert_eq!(words(1), [Some(Cell::Null), Some(Cell::Text("guidance"))]);
    }

    #[test]
    fn years_cohorts_and_those_a_measure_is_meant_for_restrict_the_panel() {
        let mut settings =
            OutcomeSettings { panel_size: 100, expected_population: 100.0, ..OutcomeSettings::default() };
        settings.panel_part.years = Some([2009, 2010]);
        settings.panel_part.born = Some([1980, 1989]);
        settings.panel_part.entry = Some(Entry::Eligible(1));
        let mut small = Small::with(&[Outcome::Panel], settings);
        let [younger, older, not] =
            [1985, 1975, 1985].map(|year| small.person(Sex::Female, Month::january(year), AMSTERDAM));
        let looked = |who, chosen| Event::Considered { service: 1, city: 0, who, chosen };
        small.live_until(Month(14));
        small.month([], [looked(younger, true), looked(older, true), looked(not, false)]);
        small.live_until(Month::january(2013));
        let table = small.table();
        let rows: Vec<_> = (0..table.rows()).map(|at| ints(&table, at, ["person", "year"])).collect();
        assert_eq!(rows, [[1, 2009], [1, 2010]]);
    }

    #[test]
    fn a_panel_of_nobody_is_empty() {
        let mut small = small(0);
        small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        small.live_until(Month::january(2009));
        assert_eq!(small.table().rows(), 0);
    }
}
