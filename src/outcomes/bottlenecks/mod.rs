//! `bottlenecks`: the eight bottlenecks of the action programme as measured figures, by city and year.
//!
//! The counts come from four places: events of the year, families followed for a year after their first report,
//! persons who were offered a programme, and reported persons as in the table of help.

mod columns;
mod families;
mod in_year;
mod judged;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues::{self, Queues};
use super::reported::{ANY, CHILD, HelpCounts, ReportedGroup};
use super::scene::{Seen, TOTAL, places, ratio};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Cell, Schema, Table};
use crate::world::{ELSEWHERE, Month, World, YearFlag};

use columns::BOTTLENECKS;
use families::{FamilyCounts, FamilyLine, TrackedFamilies};
use in_year::{BottleneckCounts, BottleneckYear, HelpExits, WithProblems};
use judged::{JudgedCounts, JudgedLine, JudgedProgrammes};

/// Counts of a year that has ended, with its queues.
type EndedYear = (i32, [BottleneckCounts; ELSEWHERE], Queues);

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Bottlenecks {
    running: BottleneckYear,
    families: TrackedFamilies,
    judged: JudgedProgrammes,
    queues: Queues,
    years: Vec<EndedYear>,
}

/// Everything that was followed until a month, for the rows of the table.
struct Followed {
    now: Month,
    families: Vec<FamilyLine>,
    judged: Vec<JudgedLine>,
    reported: Vec<(ReportedGroup, HelpCounts)>,
}

impl Followed {
    /// Sum over the families of a year in some cities.
    fn families(&self, year: i32, cities: &[usize]) -> FamilyCounts {
        let mut sum = FamilyCounts::default();
        let own = self.families.iter().filter(|((of, city), _)| *of == year && cities.contains(&usize::from(*city)));
        own.for_each(|(_, counts)| sum.add(counts));
        sum
    }

    /// Sum over the children whom reports of a year in some cities concern.
    fn children(&self, year: i32, cities: &[usize]) -> HelpCounts {
        let mut sum = HelpCounts::default();
        for city in cities {
            let wanted = (year, *city as u8, ANY, CHILD);
            if let Ok(at) = self.reported.binary_search_by_key(&wanted, |(group, _)| *group) {
                sum.add(&self.reported[at].1);
            }
        }
        sum
    }

    /// Programmes that were started in a year in some cities, and of these those whose effect can be judged.
    fn programmes(&self, year: i32, cities: &[usize], settings: &OutcomeSettings) -> [u64; 2] {
        let mut number = [0, 0];
        for service in 0..settings.programmes.len() as u16 {
            let mut sum = JudgedCounts::default();
            for city in cities {
                let wanted = (year, service, *city as u8);
                if let Ok(at) = self.judged.binary_search_by_key(&wanted, |(key, _)| *key) {
                    sum.add(&self.judged[at].1);
                }
            }
            number[0] += u64::from(sum.starts > 0);
            number[1] += u64::from(sum.starts > 0 && sum.can_be_judged(settings.scale));
        }
        number
    }
}

/// A part of a whole, or an empty cell without a whole.
fn part(above: u64, below: u64) -> Cell<'static> {
    ratio(above as f64, below as f64)
}

/// Share of the second number in both.
fn second([first, second]: [u64; 2]) -> Cell<'static> {
    part(second, first + second)
}

/// Share with multiple problems.
fn with_problems([all, many]: WithProblems) -> Cell<'static> {
    part(many, all)
}

/// Shares that did not show up, gave up waiting (if shown) and dropped out.
fn exits(of: &HelpExits, shown: bool) -> [Cell<'static>; 3] {
    [
        part(of.no_shows, of.no_shows + of.starts),
        if shown { part(of.gave_up, of.settled()) } else { Cell::Null },
        part(of.dropped_out, of.completed + of.dropped_out),
    ]
}

impl Observer for Bottlenecks {
    const SCHEMA: &'static Schema = &BOTTLENECKS;
    const SIZE: Size = Size { time: 0.02, ..Size::by_year(900.0) };
    const OF_REPORTED: bool = true;
    /// Adults who used violence in the year and whose childhood is known, by city: not exposed, exposed as a child.
    type December = [[u64; 2]; ELSEWHERE];

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        self.queues.month(world);
        self.running.month(world, settings);
        self.families.month(world, settings);
        self.judged.month(world, settings);
    }

    #[inline]
    fn count(users: &mut Self::December, seen: &Seen<'_>) {
        if seen.marked(YearFlag::Used) && seen.is_adult() && seen.is_followed() && seen.place < ELSEWHERE {
            users[seen.place][usize::from(seen.past.exposed.has_come())] += 1;
        }
    }

    fn merge(users: &mut Self::December, following: Self::December) {
        users.iter_mut().flatten().zip(following.iter().flatten()).for_each(|(sum, more)| *sum += more);
    }

    fn less(users: &mut Self::December, rows: &Self::December) {
        users.iter_mut().flatten().zip(rows.iter().flatten()).for_each(|(sum, less)| *sum -= less);
    }

    fn year(&mut self, _: &World, december: Month, users: Self::December, _: &OutcomeSettings) {
        self.years.push((december.year(), self.running.end(&users), std::mem::take(&mut self.queues)));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, shared: &SharedData) -> Result<Table> {
        let mut table = Table::new(&BOTTLENECKS);
        let now = world.now().plus(-1);
        let followed = Followed {
            now,
            families: self.families.counts(now),
            judged: self.judged.counts(now),
            reported: shared.reported().counts(now),
        };
        let cities = world.places().cities.len().min(ELSEWHERE);
        for (place, name) in places(world).filter(|(place, _)| *place != ELSEWHERE) {
            let own: Vec<usize> = if place == TOTAL { (0..cities).collect() } else { vec![place] };
            for (at, (year, ..)) in self.years.iter().enumerate() {
                let mut row = vec![
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(name),
                    Cell::count(*year),
                ];
                row.extend(self.cells(at, &own, &followed, settings));
                table.push_row(&row)?;
            }
        }
        Ok(table)
    }
}

impl Bottlenecks {
    /// Sum of the events of a year in some cities.
    fn sum(&self, at: usize, cities: &[usize]) -> BottleneckCounts {
        let mut sum = BottleneckCounts::default();
        cities.iter().for_each(|city| sum.add(&self.years[at].1[*city]));
        sum
    }

    /// The smallest scale at which the queues of a year and the next are shown, in one city or in all.
    fn queues_from(&self, at: usize, cities: &[usize], settings: &OutcomeSettings) -> f64 {
        let years = self.years[at..].iter().take(2);
        let pairs = years.flat_map(|(.., queues)| cities.iter().map(move |city| (queues, *city)));
        pairs.map(|(queues, city)| queues::least_of_help(queues, Some(city), settings)).fold(0.0, f64::max)
    }

    /// The figures of a year in some cities.
    fn cells(
        &self,
        at: usize,
        cities: &[usize],
        followed: &Followed,
        settings: &OutcomeSettings,
    ) -> Vec<Cell<'static>> {
        let year = self.years[at].0;
        let (counts, first) = (self.sum(at, cities), self.sum(0, cities));
        let families = followed.families(year, cities);
        let children = followed.children(year, cities);
        let [programmes, judged] = followed.programmes(year, cities, settings);
        let from = self.queues_from(at, cities, settings);
        let shown = queues::shown(from, settings);
        let visible = |cell: Cell<'static>| if shown { cell } else { Cell::Null };
        // Families and persons of the last months of a year are followed for as long as those of the first.
        let december = Month::january(year).plus(11);
        let has_passed = |months: i32| followed.now.since(december) >= months;
        let whole = |cell: Cell<'static>| if has_passed(judged::MONTHS) { cell } else { Cell::Null };
        let concluded: u64 = counts.concluded.iter().sum();
        let [none, criminal, helped] = counts.concluded.map(|number| part(number, concluded));
        let [lost, went_on] = counts.transferred;
        let index = |kind: usize| ratio(counts.place_months[kind], first.place_months[kind]);
        let mut cells = vec![
            none,
            criminal,
            helped,
            second(counts.handed_over),
            part(lost, lost + went_on),
            whole(part(families.involved, families.helped)),
            visible(whole(part(families.months, families.helped))),
            visible(part(families.observed - families.helped_soon, families.observed)),
            part(counts.police_reports, first.police_reports),
            index(0),
            index(1),
            visible(part(counts.accepted, counts.exits[0].starts)),
            Cell::count(programmes),
            whole(Cell::count(judged)),
            whole(part(families.assessed, families.with_children)),
            ratio(100.0 * children.started as f64, children.observed as f64),
            second(counts.users),
        ];
        cells.extend(counts.clients.map(with_problems));
        counts.exits.iter().for_each(|of| cells.extend(exits(of, shown)));
        cells.push(Cell::Float(from));
        cells
    }
}
