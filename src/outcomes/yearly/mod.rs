//! `yearly`: each city per year: population, events, and persons who suffered and used violence.
//!
//! This file has the data of the table and the closing of a year. The columns are one list. Their values are counted in
//! three places: ground truth of events, records of the chain, and a census over all rows in December.

mod census;
mod columns;
#[cfg(test)]
mod family;
mod records;
mod truth;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues::{self, Queues};
use super::scene::{self, ROWS, Seen, TOTAL, home_of, places};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Cell, Schema, Table};
use crate::world::{Group, Month, PLACES, World};

use census::Census;
use columns::{Counts, ShownQueues, YEARLY, at};
use waiting::Waiting;

/// Counts of the current year and totals of earlier years.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Yearly {
    running: [Counts; PLACES],
    /// Keys of persons already counted in the year as known to the police, known to the AMK, suspected.
    counted: [BTreeSet<u64>; 3],
    /// Month of the last police report, by subject of the case.
    reported: BTreeMap<u64, Month>,
    /// Providers with requests in the current year.
    queues: Queues,
    years: Vec<(i32, [Counts; PLACES], Queues)>,
}

impl Observer for Yearly {
    const SCHEMA: &'static Schema = &YEARLY;
    const SIZE: Size = Size::by_year(3_000.0);
    type December = Census;

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.queues.month(world);
        let waiting = Waiting::before(world);
        for event in world.events() {
            self.event(world, event);
            self.record(world, event, &waiting);
        }
        self.first_months(world);
    }

    #[inline]
    fn count(census: &mut Census, seen: &Seen<'_>) {
        census.count(seen);
    }

    fn merge(census: &mut Census, following: Census) {
        census.add(&following);
    }

    fn less(census: &mut Census, rows: &Census) {
        census.less(rows);
    }

    fn year(&mut self, world: &World, december: Month, census: Census, _: &OutcomeSettings) {
        let mut counts = std::mem::take(&mut self.running);
        self.counted = Default::default();
        self.reported.retain(|_, since| december.since(*since) <= 3);
        for case in world.chain().cases.values() {
            counts[usize::from(case.city)].cases_open += 1;
        }
        for (counts, stock) in counts.iter_mut().zip(census.places()) {
            counts.add(stock);
        }
        for id in world.violent() {
            let Some(couple) = world.couple_by_id(*id) else { continue };
            if couple.present && couple.is_violent() {
                at(&mut counts, home_of(world, couple), |c| {
                    c.violent_couples += 1;
                    c.violent_couples_separated += u64::from(!couple.together());
                });
            }
        }
        self.years.push((december.year(), counts, std::mem::take(&mut self.queues)));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&YEARLY);
        for (year, counts, queues) in &self.years {
            let rows: [Counts; ROWS] = scene::with_total(counts, Counts::add);
            for (place, name) in places(world) {
                let mut cells = vec![
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(name),
                    Cell::count(*year),
                ];
                let city = (place != TOTAL).then_some(place);
                let [shelters, programmes] =
                    [Group::Shelters, Group::Programmes].map(|group| queues.least(group, None, city, settings));
                let from = shelters.max(programmes);
                let shown = |least| queues::shown(least, settings);
                let shown = ShownQueues { shelters: shown(shelters), all: shown(from), from };
                cells.extend(rows[place].cells(&settings.survey, &shown));
                table.push_row(&cells)?;
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::family::{family, year_of};
    use crate::outcomes::Outcomes;
    use crate::outcomes::small::{ints, rows_with};
    use crate::tables::Cell;
    use crate::world::{CaseKind, ChainChange, Change, CoupleId, Month, Report, Severity, Side, Source, Violence};

    #[test]
    fn months_and_years_read_twice_count_once() {
        let (mut small, couple, _) = family();
        let begins = Change::Violence { couple, by: Side::Second, state: Violence::Situational };
        small.month([begins], []);
        small.outcomes.month(&small.world);
        small.outcomes.year(&small.world);
        small.live_until(Month::january(2009));
        small.outcomes.month(&small.world);
        small.outcomes.year(&small.world);
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(ints(&table, at, ["onsets_situational_by_women", "population"]), [1, 3]);
        assert_eq!(rows_with(&table, &[("city", Cell::Text("G4"))]).len(), 1);
    }

    #[test]
    fn who_gives_up_is_among_those_not_helped_in_three_months() {
        let (mut small, _, [man, woman, ..]) = family();
        let report = |subject| {
            Change::Chain(ChainChange::Report(Report {
                source: Source::Police,
                kind: CaseKind::Partner,
                city: 0,
                subject,
                couple: CoupleId::NONE,
                victim: woman,
                perpetrator: man,
                severity: Severity::Light,
                registrations: 1,
                known: false,
                founded: true,
            }))
        };
        let open = |subject, by, helped| Change::Chain(ChainChange::Open { subject, by, helped });
        let close = |after| Change::Chain(ChainChange::Close { after });
        // Helped in the first month, in the third and in the fifth; one gives up and the case is closed; one is still
        // waiting.
        small.month((1..=5).map(report).chain([open(1, 1, true), open(2, 1, false), open(3, 1, false)]), []);
        small.month([open(5, 1, false)], []);
        small.month([close(2)], []);
        assert!(!small.world.chain().cases.contains_key(&4), "given up");
        small.month([open(2, 0, true)], []);
        small.month([], []);
        small.month([open(3, 0, true)], []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(table.cell(at, "helped_in_three_months"), Some(Cell::Float(0.4)), "two of five");
        assert_eq!(table.cell(at, "mean_months_of_helped"), Some(Cell::Float(8.0 / 3.0)), "of three: 0, 3 and 5");
        assert_eq!(ints(&table, at, ["cases_opened", "cases_closed"]), [5, 1]);
    }

    #[test]
    fn what_was_read_survives_being_written_and_read_back() {
        let (mut small, couple, _) = family();
        let begins = Change::Violence { couple, by: Side::Second, state: Violence::Situational };
        small.month([begins], []);
        small.live_until(Month(15));
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        assert_eq!(serde_json::from_str::<Outcomes>(&text).expect("plain data"), small.outcomes);
    }
}
