//! Curves before and after an event, and the table made of them.

use serde::{Deserialize, Serialize};

use super::history::{CoupleHistory, FirstOfKind, REACH, Turning, WorstState};
use crate::error::Result;
use crate::outcomes::row_groups::RowGroups;
use crate::outcomes::scene::{TOTAL, key, places, ratio, record, truth};
use crate::outcomes::settings::OutcomeSettings;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ELSEWHERE, Month, World};

/// The table `course`.
pub(super) static CURVES: Schema = Schema {
    name: "course",
    meaning: "violence in the months before and after the first event of a kind in a couple, of all years simulated; \
        simulated couples. There is no row where no couple had such an event",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key(
            "entry",
            Kind::Text,
            "-",
            "first event of its kind in the couple: police_report, arrest, ban (from home), shelter (admission), \
                victim_help, perpetrator_help or child_help (start of a programme for this target group that helps in \
                the couple's case) or help_started (start of any such programme)",
        ),
        key(
            "violence",
            Kind::Text,
            "-",
            "worse state of the two partners in the month of the event: situational, coercive or other (no violence)",
        ),
        key("month_from_entry", Kind::Int, "months", "months since the event, from -24 to 24; 0 is its month"),
        record("couples_entered", Kind::Int, "couples", "couples with such an event"),
        truth(
            "couples_followed",
            Kind::Int,
            "couples",
            "of these, observed in this month: the couple existed, and both partners lived in the cities; the month of a \
                death or departure is the last",
        ),
        truth(
            "couples_with_violence",
            Kind::Int,
            "couples",
            "of the followed, with at least one incident in this month",
        ),
        truth("incidents", Kind::Int, "incidents", "incidents of the followed in this month, by either partner"),
        truth(
            "couples_coercive",
            Kind::Int,
            "couples",
            "of the followed, with an incident of coercive violence in this month",
        ),
        truth("couples_together", Kind::Int, "couples", "of the followed, living together in this month"),
        record("police_reports", Kind::Int, "couple-months", "police reports about the followed in this month"),
        truth(
            "share_with_violence",
            Kind::Float,
            "share",
            "couples_with_violence divided by couples_followed; empty if none is followed",
        ),
        truth(
            "incidents_per_couple",
            Kind::Float,
            "incidents",
            "incidents divided by couples_followed; empty if none is followed",
        ),
        truth(
            "share_coercive",
            Kind::Float,
            "share",
            "couples_coercive divided by couples_followed; empty if none is followed",
        ),
        truth(
            "share_together",
            Kind::Float,
            "share",
            "couples_together divided by couples_followed; empty if none is followed",
        ),
        record(
            "reports_per_couple",
            Kind::Float,
            "couple-months",
            "police_reports divided by couples_followed; empty if none is followed",
        ),
    ],
};

/// Months of a curve.
const LENGTH: usize = 2 * REACH as usize + 1;

/// Counts of a month of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct MonthCounts {
    followed: u64,
    violent: u64,
    incidents: u64,
    coercive: u64,
    together: u64,
    reports: u64,
}

impl MonthCounts {
    fn add(&mut self, more: &MonthCounts) {
        self.followed += more.followed;
        self.violent += more.violent;
        self.incidents += more.incidents;
        self.coercive += more.coercive;
        self.together += more.together;
        self.reports += more.reports;
    }
}

/// Event, state of violence at it, and city.
type CurveKey = (FirstOfKind, WorstState, u8);

/// The curve of the couples of a city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BeforeAfter {
    key: CurveKey,
    couples: u64,
    /// From two years before the event until two years after it.
    months: Vec<MonthCounts>,
}

impl BeforeAfter {
    fn new(key: CurveKey) -> BeforeAfter {
        BeforeAfter { key, couples: 0, months: vec![MonthCounts::default(); LENGTH] }
    }
}

/// Adds a couple to the curve of an event; the last month followed is `until`.
pub(super) fn count(curves: &mut Vec<BeforeAfter>, history: &CoupleHistory, turning: &Turning, until: Month) {
    let key = (turning.entry, turning.state, turning.city);
    let place = match curves.binary_search_by_key(&key, |curve| curve.key) {
        Ok(place) => place,
        Err(place) => {
            curves.insert(place, BeforeAfter::new(key));
            place
        }
    };
    let curve = &mut curves[place];
    curve.couples += 1;
    let (from, until) = (turning.seen_from.max(turning.at.plus(-REACH)), until.min(turning.at.plus(REACH)));
    let index = |month: Month| (month.since(turning.at) + REACH) as usize;
    for month in (0..=until.since(from)).map(|after| from.plus(after)) {
        let counts = &mut curve.months[index(month)];
        counts.followed += 1;
        counts.together += u64::from(history.is_together(month));
    }
    for violent in history.between(from, until) {
        let counts = &mut curve.months[index(violent.month)];
        counts.violent += u64::from(violent.incidents > 0);
        counts.incidents += u64::from(violent.incidents);
        counts.coercive += u64::from(violent.coercive);
        counts.reports += u64::from(violent.reports);
    }
}

/// The table of all curves: those of each city, and of the cities together.
pub(super) fn table(curves: &[BeforeAfter], world: &World, settings: &OutcomeSettings) -> Result<Table> {
    let cities = world.places().cities.len().min(ELSEWHERE);
    let mut table = Table::new(&CURVES);
    let mut rows = RowGroups::new(&mut table);
    for (place, name) in places(world).filter(|(place, _)| *place != ELSEWHERE) {
        let is_of_place = |curve: &&BeforeAfter| {
            let city = usize::from(curve.key.2);
            if place == TOTAL { city < cities } else { city == place }
        };
        let mut sums: Vec<BeforeAfter> = Vec::new();
        for curve in curves.iter().filter(is_of_place) {
            let (entry, state, _) = curve.key;
            // Curves are sorted by event and state, then by city.
            if sums.last().is_none_or(|sum| (sum.key.0, sum.key.1) != (entry, state)) {
                sums.push(BeforeAfter::new(curve.key));
            }
            let last = sums.len() - 1;
            sums[last].couples += curve.couples;
            sums[last].months.iter_mut().zip(&curve.months).for_each(|(sum, more)| sum.add(more));
        }
        for (sum, month, counts) in
            sums.iter().flat_map(|sum| (-REACH..).zip(&sum.months).map(move |(m, c)| (sum, m, c)))
        {
            let each = |count: u64| ratio(count as f64, counts.followed as f64);
            rows.push(|cells| {
                cells.extend([
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(name),
                    Cell::Text(sum.key.0.word()),
                    Cell::Text(sum.key.1.word()),
                    Cell::count(month),
                    Cell::count(sum.couples),
                    Cell::count(counts.followed),
                    Cell::count(counts.violent),
                    Cell::count(counts.incidents),
                    Cell::count(counts.coercive),
                    Cell::count(counts.together),
                    Cell::count(counts.reports),
                    each(counts.violent),
                    each(counts.incidents),
                    each(counts.coercive),
                    each(counts.together),
                    each(counts.reports),
                ]);
            })?;
        }
    }
    rows.end()?;
    Ok(table)
}
