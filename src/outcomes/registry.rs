//! The list of tables, one line for each, and what follows from it: names, columns, sizes, and the observers of a run.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::Seen;
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Schema, Table};
use crate::world::{Lists, Month, PersonId, World};

/// Number of rows that one thread reads at a time.
const BLOCK: usize = 1 << 15;

/// Reads the childhood records of a few rows that are about to be counted; affects speed only. The columns of persons are
/// read in order; records lie in the order in which they began, so each would be waited for.
#[inline]
fn prefetch_records(world: &World, rows: Range<usize>) {
    std::hint::black_box(rows.into_iter().fold(0, |sum, row| sum ^ world.childhood(row).witnessed[0]));
}

/// Reads the couples with violence in the month, and then the partners; affects speed only. Several tables read them, one
/// incident after another, and would wait for each.
fn prefetch_incidents(world: &World) {
    let couples = || world.events().incidents().filter_map(|incident| world.couple_by_id(incident.couple));
    let partners = || couples().flat_map(|couple| couple.partners).filter_map(PersonId::row);
    std::hint::black_box(couples().fold(0, |sum, couple| sum ^ couple.key));
    std::hint::black_box(partners().fold(0, |sum, row| sum ^ world.body(row).key));
}

/// Makes [`Outcome`] and [`Observers`] from a list of files, types and descriptions.
macro_rules! outcomes {
    ($($file:ident::$Table:ident: $what:literal),+ $(,)?) => {
        /// A table that a run can write.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Outcome {
            $(#[doc = $what] $Table,)+
        }

        impl Outcome {
            /// All outcomes, in the order in which their tables are written.
            pub const ALL: [Outcome; [$(stringify!($Table)),+].len()] = [$(Outcome::$Table),+];

            /// The words for the outcomes in experiment files, in the same order.
            pub const WORDS: [&'static str; Outcome::ALL.len()] =
                [$(<super::$file::$Table as Observer>::SCHEMA.name),+];

            /// The columns of its table.
            pub fn schema(self) -> &'static Schema {
                match self {
                    $(Outcome::$Table => <super::$file::$Table as Observer>::SCHEMA,)+
                }
            }

            /// What its table takes of memory, disk space and time.
            pub fn size(self) -> Size {
                match self {
                    $(Outcome::$Table => <super::$file::$Table as Observer>::SIZE,)+
                }
            }
        }

        /// The observers of the requested tables.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[expect(non_snake_case, reason = "a field has the name of the type in the list")]
        pub(super) struct Observers {
            $($Table: Option<super::$file::$Table>,)+
            /// What several of them read.
            shared: SharedData,
        }

        /// Counts of a block of rows in December. They are integers, and lists stay in the order of the rows, so the
        /// result does not depend on how the rows are divided among threads.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(non_snake_case, reason = "a field has the name of the type in the list")]
        struct Counts {
            $($Table: Option<<super::$file::$Table as Observer>::December>,)+
        }

        impl Observers {
            /// Observers without any data yet.
            pub(super) fn new(which: &[Outcome]) -> Observers {
                Observers {
                    $($Table: which.contains(&Outcome::$Table).then(Default::default),)+
                    shared: SharedData::new(
                        $((which.contains(&Outcome::$Table) && <super::$file::$Table as Observer>::OF_REPORTED))||+
                    ),
                }
            }

            /// Passes the settings to all observers.
            pub(super) fn adopt(&mut self, settings: &OutcomeSettings) {
                $(if let Some(observer) = &mut self.$Table {
                    observer.adopt(settings);
                })+
            }

            /// Processes the events of a month, each observer on a thread that is free.
            pub(super) fn month(&mut self, world: &World, settings: &OutcomeSettings) {
                prefetch_incidents(world);
                let shared = &mut self.shared;
                rayon::scope(|scope| {
                    scope.spawn(move |_| shared.month(world, settings));
                    $(if let Some(observer) = &mut self.$Table {
                        scope.spawn(move |_| observer.month(world, settings));
                    })+
                });
            }

            /// Closes the year with the counts of a December, each observer on a thread that is free.
            fn year(&mut self, world: &World, december: Month, counts: Counts, settings: &OutcomeSettings) {
                rayon::scope(|scope| {
                    $(if let (Some(observer), Some(counts)) = (&mut self.$Table, counts.$Table) {
                        scope.spawn(move |_| observer.year(world, december, counts, settings));
                    })+
                });
            }

            /// The tables, in the order of the list, each made on a thread that is free.
            #[expect(non_snake_case, reason = "a table has the name of the type in the list")]
            pub(super) fn tables(&self, world: &World, settings: &OutcomeSettings) -> Result<Vec<Table>> {
                let mut tables = [const { None }; Outcome::ALL.len()];
                let [$($Table),+] = &mut tables;
                let shared = &self.shared;
                rayon::scope(|scope| {
                    $(if let Some(observer) = &self.$Table {
                        scope.spawn(move |_| *$Table = Some(observer.table(world, settings, shared)));
                    })+
                });
                tables.into_iter().flatten().collect()
            }

            /// Empty counts.
            fn open(&self, december: Month, settings: &OutcomeSettings) -> Counts {
                Counts { $($Table: self.$Table.as_ref().map(|observer| observer.open(december, settings)),)+ }
            }
        }

        impl Counts {
            /// These empty counts with what is counted in all rows.
            fn read(&self, world: &World, december: Month) -> Counts {
                let open = || self.clone();
                let rows = world.rows().len();
                let blocks = (0..rows.div_ceil(BLOCK)).into_par_iter();
                let of_block = blocks.fold(open, |mut counts, block| {
                    let until = ((block + 1) * BLOCK).min(rows);
                    for from in (block * BLOCK..until).step_by(World::PREFETCH) {
                        let group = from..(from + World::PREFETCH).min(until);
                        prefetch_records(world, group.clone());
                        for seen in group.filter_map(|row| Seen::new(world, row, december)) {
                            counts.count(&seen);
                        }
                    }
                    counts
                });
                of_block.reduce(open, Counts::merge)
            }

            /// These empty counts with what is counted in some rows.
            fn read_some(&self, world: &World, december: Month, rows: &[u32]) -> Counts {
                let (mut counts, len) = (self.clone(), world.rows().len());
                let there = rows.iter().map(|row| *row as usize).filter(|row| *row < len);
                there.filter_map(|row| Seen::new(world, row, december)).for_each(|seen| counts.count(&seen));
                counts
            }

            /// The parts that begin like those of other counts, and the other parts.
            fn split_by(self, other: &Counts) -> (Counts, Counts) {
                let same = Counts { $($Table: self.$Table.clone().filter(|own| Some(own) == other.$Table.as_ref()),)+ };
                let rest = Counts { $($Table: self.$Table.filter(|_| same.$Table.is_none()),)+ };
                (same, rest)
            }

            /// The parts of other counts that are parts of these.
            fn parts_of(&self, other: &Counts) -> Counts {
                Counts { $($Table: self.$Table.as_ref().and_then(|_| other.$Table.clone()),)+ }
            }

            /// Both together, which have no part in common.
            fn and(self, other: Counts) -> Counts {
                Counts { $($Table: self.$Table.or(other.$Table),)+ }
            }

            fn is_empty(&self) -> bool {
                $(self.$Table.is_none())&&+
            }

            fn less(mut self, rows: &Counts) -> Counts {
                $(if let (Some(counts), Some(less)) = (&mut self.$Table, &rows.$Table) {
                    <super::$file::$Table as Observer>::less(counts, less);
                })+
                self
            }

            #[inline]
            fn count(&mut self, seen: &Seen<'_>) {
                $(if let Some(counts) = &mut self.$Table {
                    <super::$file::$Table as Observer>::count(counts, seen);
                })+
            }

            fn merge(mut self, following: Counts) -> Counts {
                $(if let (Some(counts), Some(more)) = (&mut self.$Table, following.$Table) {
                    <super::$file::$Table as Observer>::merge(counts, more);
                })+
                self
            }
        }
    };
}

// The order is that in which the tables are written.
outcomes! {
    fit::Fit: "Targets and values achieved.",
    yearly::Yearly: "Each city, year by year.",
    cohorts::Cohorts: "Onset by age, by year of birth and childhood.",
    transmission::Transmission: "Association and causation between childhood and adult violence.",
    lineages::Lineages: "From parents to children, generation by generation.",
    panel::Panel: "A sample of complete life courses.",
    funnel::Chain: "The funnel of the chain, edge by edge.",
    capacity::Capacity: "Places, occupancy, queues and refusals.",
    doors::Doors: "Requests for shelter by group and origin, and what became of them.",
    recidivism::Recidivism: "How soon violence recurs after each kind of entry.",
    course::ViolenceCourse: "Violence before and after the first event of a kind.",
    costs::Costs: "Costs by payer, and health lost.",
    lives::Lives: "Each person who may have had an event, to be compared between scenarios.",
    costs::LifeCosts: "Spending on each person.",
    selection::Selection: "How well the rules of measures find homes with violence.",
    spells::Spells: "Cohabitation of persons of the panel: with whom, from when to when.",
    relatives::Relatives: "Elder abuse and honour-related violence.",
    contacts::Contacts: "Contacts of the chain with persons of the panel.",
    clients::Clients: "Who the clients of each organisation are.",
    help::Help: "From reports to help that starts, and to violence that stops.",
    bottlenecks::Bottlenecks: "The eight bottlenecks of the action programme, city by city.",
}

impl Outcome {
    /// The word for this outcome in experiment files; also the name of its table.
    pub fn word(self) -> &'static str {
        self.schema().name
    }

    /// The outcome of that name.
    pub fn named(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// What the tables count in the rows of a December.
#[derive(Clone, Debug)]
pub struct DecemberCounts {
    /// The counts before any row was counted.
    open: Counts,
    counts: Counts,
}

/// The requested outcomes and their data so far. Plain data: it can be cloned at a branch, serialised and read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcomes {
    settings: OutcomeSettings,
    read_month: Option<Month>,
    read_year: Option<i32>,
    observers: Observers,
}

impl Outcomes {
    /// Outcomes without any data yet.
    pub fn new(which: &[Outcome], settings: OutcomeSettings) -> Outcomes {
        let mut observers = Observers::new(which);
        observers.adopt(&settings);
        Outcomes { settings, read_month: None, read_year: None, observers }
    }

    /// Changes the settings from now on, for example in a branched scenario. Earlier counts are kept.
    pub fn change(&mut self, change: impl FnOnce(&mut OutcomeSettings)) {
        change(&mut self.settings);
        self.observers.adopt(&self.settings);
    }

    /// The lists of the world that the tables read after a month, and after a December.
    pub fn lists(is_december: bool) -> Lists {
        if is_december { Lists::MALTREATED.and(Lists::VIOLENT) } else { Lists::MALTREATED }
    }

    /// Processes the events of the month just simulated; a second call for the same month has no effect.
    pub fn month(&mut self, world: &World) {
        let month = world.now().plus(-1);
        if self.read_month.is_none_or(|read| month > read) {
            self.read_month = Some(month);
            self.observers.month(world, &self.settings);
        }
    }

    /// Processes the year that ended with the December just simulated, before the flags of the year are reset. Has no
    /// effect in any other month, or when that year was processed already.
    pub fn year(&mut self, world: &World) {
        if let Some(counted) = self.december(world) {
            self.end_year(world, counted);
        }
    }

    /// Counts of all rows in the December just simulated; `None` in any other month, or when that year was processed
    /// already.
    pub fn december(&self, world: &World) -> Option<DecemberCounts> {
        let december = world.now().plus(-1);
        let is_due = world.now().of_year() == 0 && self.read_year.is_none_or(|read| december.year() > read);
        is_due.then(|| {
            let open = self.observers.open(december, &self.settings);
            DecemberCounts { counts: open.read(world, december), open }
        })
    }

    /// Processes the year that ended with the December just simulated, with its counts.
    pub fn end_year(&mut self, world: &World, counted: DecemberCounts) {
        let december = world.now().plus(-1);
        self.read_year = Some(december.year());
        self.observers.year(world, december, counted.counts, &self.settings);
    }

    /// [`year`](Outcomes::year) in a world that differs from another one in some rows: `counted` are the counts of that
    /// one, its leader. `rows` are all rows, each once, of persons who are counted otherwise here.
    pub fn year_beside(&mut self, world: &World, leader: &World, counted: &DecemberCounts, rows: &[u32]) {
        let december = world.now().plus(-1);
        // Other prices have other counts.
        let (same, rest) = self.observers.open(december, &self.settings).split_by(&counted.open);
        let less = same.read_some(leader, december, rows);
        let mut counts = same.parts_of(&counted.counts).less(&less).merge(same.read_some(world, december, rows));
        if !rest.is_empty() {
            counts = counts.and(rest.read(world, december));
        }
        self.end_year(world, DecemberCounts { open: rest, counts });
    }

    /// The tables, in the order of [`Outcome::ALL`].
    ///
    /// # Errors
    /// An internal error when a row does not match its table.
    pub fn finish(&self, world: &World) -> Result<Vec<Table>> {
        self.observers.tables(world, &self.settings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::FitLine;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints};
    use super::super::yearly;
    use super::*;
    use crate::tables::Cell;
    use crate::world::{Change, Sex, Side, Violence};

    fn line(city: Option<usize>) -> FitLine {
        let (margin, group) = ("households".to_owned(), "single".to_owned());
        FitLine { city, margin, group, target: 200.0, achieved: 201.0, unit: "count".into(), standing: "put in".into() }
    }

    fn lived(threads: usize) -> Vec<blake3::Hash> {
        let settings =
            OutcomeSettings { panel_size: 5000, expected_population: 10_000.0, ..OutcomeSettings::default() };
        let mut small = Small::with(&Outcome::ALL, settings);
        small.outcomes.change(|settings| settings.fit = vec![line(Some(1)), line(None)]);
        let mut couples = Vec::new();
        for number in 0..40_000_i32 {
            let born = Month::january(1950).plus(number % 600);
            let man = small.person(Sex::Male, born, if number % 3 == 0 { AMSTERDAM } else { UTRECHT });
            if number % 4 == 0 {
                let woman = small.person(Sex::Female, born.plus(3), UTRECHT);
                couples.push(small.couple(man, woman));
                small.child(Sex::Female, Month(if number % 100 == 0 { -150 } else { -100 }), woman);
            }
        }
        let violent = couples.iter().step_by(7).flat_map(|couple| {
            let by = Side::BOTH[couple.0 as usize % 2];
            let counts = [u16::from(by == Side::First), u16::from(by == Side::Second)];
            [
                Change::Violence { couple: *couple, by, state: Violence::Situational },
                Change::Incidents { couple: *couple, counts },
            ]
        });
        small.month(violent.collect::<Vec<_>>(), []);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| small.live_until(Month::january(2010)));
        let tables = small.outcomes.finish(&small.world).expect("tables");
        assert_eq!(tables.iter().map(Table::name).collect::<Vec<_>>(), Outcome::WORDS);
        tables.iter().for_each(|table| assert_eq!(table.repeated_key(), None, "{}", table.name()));
        tables.iter().map(Table::content_hash).collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_table() {
        let one = lived(1);
        assert_eq!(one, lived(2));
        assert_eq!(one, lived(8));
    }

    #[test]
    fn a_december_beside_another_world_is_counted_as_by_itself() {
        let settings = OutcomeSettings { panel_size: 500, expected_population: 1000.0, ..OutcomeSettings::default() };
        let mut led = Small::with(&Outcome::ALL, settings);
        let mut couples = Vec::new();
        for number in 0..400_i32 {
            let born = Month::january(1950).plus(number % 600);
            let man = led.person(Sex::Male, born, if number % 3 == 0 { AMSTERDAM } else { UTRECHT });
            let woman = led.person(Sex::Female, born.plus(3), UTRECHT);
            couples.push((led.couple(man, woman), man, woman, led.child(Sex::Female, Month(-100), woman)));
        }
        led.live_until(Month(11));
        let before = led.outcomes.clone();
        let mut other = Small { world: led.world.clone(), outcomes: before.clone() };
        let violent = |step: usize, by: Side| {
            let of = couples.iter().step_by(step).flat_map(move |(couple, _, woman, child)| {
                let counts = Side::BOTH.map(|side| u16::from(side == by));
                [
                    Change::Violence { couple: *couple, by, state: Violence::Coercive },
                    Change::Incidents { couple: *couple, counts },
                    Change::Witness { child: *child, window: 2 },
                    Change::Income { who: *woman, low: true },
                ]
            });
            of.collect::<Vec<_>>()
        };
        led.month(violent(7, Side::First), []);
        other.month(violent(5, Side::Second), []);
        let homes = [7, 5].into_iter().flat_map(|step| couples.iter().step_by(step));
        let mut rows: Vec<u32> = homes.flat_map(|(_, man, woman, child)| [man.0, woman.0, child.0]).collect();
        rows.sort_unstable();
        rows.dedup();

        let mut of_leader = before.clone();
        of_leader.month(&led.world);
        let counted = of_leader.december(&led.world).expect("it was a December");
        let mut beside = before;
        beside.month(&other.world);
        beside.year_beside(&other.world, &led.world, &counted, &rows);
        let hashes = |outcomes: &Outcomes, world: &World| -> Vec<blake3::Hash> {
            outcomes.finish(world).expect("tables").iter().map(Table::content_hash).collect()
        };
        let expected = hashes(&other.outcomes, &other.world);
        assert_eq!(hashes(&beside, &other.world), expected);
        of_leader.end_year(&led.world, counted);
        assert_eq!(hashes(&of_leader, &led.world), hashes(&led.outcomes, &led.world));
        assert_ne!(hashes(&led.outcomes, &led.world), expected, "the two worlds differ");
    }

    #[test]
    fn lines_of_fit_say_what_was_missed() {
        let mut small = Small::new(&[Outcome::Fit]);
        small.outcomes.change(|settings| settings.fit = vec![line(Some(1)), FitLine { target: 0.0, ..line(None) }]);
        let table = small.table();
        assert_eq!(table.cell(0, "city"), Some(Cell::Text("Utrecht")));
        assert_eq!(table.cell(0, "difference"), Some(Cell::Float(1.0)));
        assert_eq!(table.cell(0, "ratio"), Some(Cell::Float(1.005)));
        assert_eq!(table.cell(1, "city"), Some(Cell::Text("G4")));
        assert_eq!(table.cell(1, "ratio"), Some(Cell::Null));
    }

    #[test]
    fn only_what_is_wanted_is_read() {
        let mut small = Small::new(&[Outcome::Lineages, Outcome::Yearly]);
        small.person(Sex::Male, Month(0), AMSTERDAM);
        small.outcomes.change(|settings| settings.fit = vec![line(None)]);
        small.live_until(Month::january(2009));
        let names: Vec<String> =
            small.outcomes.finish(&small.world).expect("tables").iter().map(|table| table.name().to_owned()).collect();
        assert_eq!(names, ["yearly", "lineages"]);
    }

    #[test]
    fn outcomes_that_are_cloned_read_back_and_go_on_agree_with_those_that_went_on() {
        let settings = OutcomeSettings { panel_size: 1, expected_population: 1.0, ..OutcomeSettings::default() };
        let mut small = Small::with(&Outcome::ALL, settings);
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let couple = small.couple(man, woman);
        small.month([Change::Violence { couple, by: Side::First, state: Violence::Coercive }], []);
        small.live_until(Month(17));
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        let read: Outcomes = serde_json::from_str(&text).expect("plain data");
        assert_eq!(read, small.outcomes);
        let mut branch = Small { world: small.world.clone(), outcomes: read };
        branch.live_until(Month::january(2011));
        small.live_until(Month::january(2011));
        assert_eq!(branch.outcomes, small.outcomes);
    }

    #[test]
    fn a_column_of_one_name_has_one_kind_and_unit_in_all_tables_and_months_are_counted_alike() {
        let all: Vec<_> =
            Outcome::ALL.into_iter().flat_map(|of| of.schema().columns.iter().map(move |c| (of, c))).collect();
        // A column of a table of persons and a count in a table of places and groups may have the same name.
        let is_of_persons = |outcome: Outcome| outcome.schema().columns.iter().any(|column| column.name == "person");
        for (at, (outcome, column)) in all.iter().enumerate() {
            let same_sort = |other: Outcome| is_of_persons(other) == is_of_persons(*outcome);
            for (other, same) in all[..at].iter().filter(|(other, same)| same.name == column.name && same_sort(*other))
            {
                let (a, b) = (outcome.word(), other.word());
                assert_eq!((column.kind, column.unit), (same.kind, same.unit), "{} in {a} and {b}", column.name);
            }
            if column.unit == "month" {
                let place = format!("{} of {}", column.name, outcome.word());
                assert_eq!(column.kind, crate::tables::Kind::Int, "{place}");
                assert!(column.meaning.contains("0 = January 2008"), "{place} does not say from when");
                let same = all.iter().filter(|(_, other)| other.name == column.name && other.unit == "month");
                assert!(same.clone().all(|(_, other)| other.meaning == column.meaning), "{place} has two meanings");
            }
        }
    }

    #[test]
    fn every_outcome_has_a_sound_table_of_its_own_name() {
        assert_eq!(Outcome::ALL.map(Outcome::word), Outcome::WORDS);
        for outcome in Outcome::ALL {
            outcome.schema().check().expect("a sound schema");
            assert_eq!(Outcome::named(outcome.word()), Some(outcome));
        }
        assert_eq!(Outcome::named("weekly"), None);
    }

    /// A table as a contributor would add it: this module is its file, and its line is in [`with_persons`].
    mod persons {
        use super::super::super::scene::truth;
        use super::*;
        use crate::tables::{CITY, DRAW, Kind, REPLICATE};

        static PERSONS: Schema = Schema {
            name: "persons",
            meaning: "months that were simulated, and persons in the last December",
            keys: 3,
            columns: &[
                DRAW,
                REPLICATE,
                CITY,
                truth("months", Kind::Int, "months", "months that were simulated"),
                truth("persons", Kind::Int, "persons", "persons in December"),
            ],
        };

        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub(super) struct Persons {
            months: u32,
            persons: u32,
        }

        impl Observer for Persons {
            const SCHEMA: &'static Schema = &PERSONS;
            const SIZE: Size = Size::by_year(2.0);
            type December = u32;

            fn month(&mut self, _: &World, _: &OutcomeSettings) {
                self.months += 1;
            }

            fn count(persons: &mut u32, _: &Seen<'_>) {
                *persons += 1;
            }

            fn merge(persons: &mut u32, following: u32) {
                *persons += following;
            }

            fn year(&mut self, _: &World, _: Month, persons: u32, _: &OutcomeSettings) {
                self.persons = persons;
            }

            fn table(&self, _: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
                let mut table = Table::new(&PERSONS);
                let [draw, replicate, months, persons] =
                    [settings.draw, settings.replicate, self.months, self.persons].map(Cell::count);
                table.push_row(&[draw, replicate, Cell::Text("G4"), months, persons])?;
                Ok(table)
            }
        }
    }

    /// A list with one more table.
    #[expect(unreachable_pub, reason = "the list of the program is public")]
    #[expect(dead_code, reason = "a list of two tables that is not read beside another world")]
    mod with_persons {
        use super::super::*;

        outcomes! {
            yearly::Yearly: "Each city, year by year.",
            persons::Persons: "Persons in December.",
        }

        /// Counts all rows of a December and closes the year.
        pub(super) fn year(observers: &mut Observers, world: &World, december: Month, settings: &OutcomeSettings) {
            let counts = observers.open(december, settings).read(world, december);
            observers.year(world, december, counts, settings);
        }
    }

    #[test]
    fn a_table_takes_one_file_and_one_line() {
        use with_persons::{Observers, Outcome};
        assert_eq!(Outcome::WORDS, ["yearly", "persons"]);
        for (outcome, word) in Outcome::ALL.into_iter().zip(Outcome::WORDS) {
            outcome.schema().check().expect("a sound schema");
            assert_eq!(outcome.schema().name, word);
            assert!(outcome.size().disk_year > 0.0);
        }
        let mut small = Small::new(&[]);
        for number in 0..70_000_i32 {
            small.person(Sex::Female, Month::january(1950).plus(number % 600), AMSTERDAM);
        }
        let settings = OutcomeSettings { draw: 4, ..OutcomeSettings::default() };
        let mut observers = Observers::new(&Outcome::ALL);
        observers.adopt(&settings);
        while small.world.now() < Month::january(2009) {
            small.month([], []);
            observers.month(&small.world, &settings);
        }
        with_persons::year(&mut observers, &small.world, Month(11), &settings);
        let tables = observers.tables(&small.world, &settings).expect("tables");
        assert_eq!(tables.iter().map(Table::name).collect::<Vec<_>>(), Outcome::WORDS);
        assert_eq!(ints(&tables[1], 0, ["draw", "months", "persons"]), [4, 12, 70_000]);
        assert_eq!(Observers::new(&[Outcome::Persons]).tables(&small.world, &settings).expect("a table").len(), 1);
    }
}
