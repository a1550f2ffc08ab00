//! `chain`: the funnel by edge and programme: numbers arriving, passing and waiting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::queues::{self, Queues};
use super::scene::{TOTAL, YEAR, key, record};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{Due, ELSEWHERE, Edge, Event, Group, Month, NO_SERVICE, World};

/// The table `chain`.
static CHAIN: Schema = Schema {
    name: "chain",
    meaning: "an edge of the chain in a city and year; simulated cases, divide by scale for real ones. Waiting at the \
        start of the year + entered = passed + not passed + waiting at the end",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key("edge", Kind::Text, "-", "edge of the chain, or offer, place, start or completion of a programme"),
        key("service", Kind::Text, "-", "key of the programme; empty for an edge that belongs to no programme"),
        record("entered", Kind::Int, "cases", "cases that reached the edge in the year; empty where withheld"),
        record("passed", Kind::Int, "cases", "cases that passed the edge in the year"),
        record("not_passed", Kind::Int, "cases", "cases that did not pass the edge in the year; empty where withheld"),
        record("waiting", Kind::Int, "cases", "cases waiting at the edge on 31 December; empty where withheld"),
        record(
            "share_passed",
            Kind::Float,
            "share",
            "passed divided by the sum of passed and not passed; empty where withheld",
        ),
        record(
            "mean_wait",
            Kind::Float,
            "months",
            "mean waiting time of the cases that passed, months; empty where withheld",
        ),
        record(
            "smallest_scale",
            Kind::Float,
            "share",
            "for edges with a queue: smallest scale at which refusals and waiting are comparable to full scale; 0 for \
                other edges",
        ),
        record("withheld", Kind::Text, "-", "reason why refusals and waiting are withheld; empty where they are not"),
    ],
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct EdgeCounts {
    entered: u64,
    passed: u64,
    not_passed: u64,
    waiting: u64,
    waited: u64,
}

impl EdgeCounts {
    fn add(&mut self, other: &EdgeCounts) {
        self.entered += other.entered;
        self.passed += other.passed;
        self.not_passed += other.not_passed;
        self.waiting += other.waiting;
        self.waited += other.waited;
    }
}

/// City, edge and service, with the counts.
type EdgeLine = ((u8, Edge, u16), EdgeCounts);

/// Counts of the current year and totals of earlier years. Keys are stored as lists, for formats that support no other
/// keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Chain {
    running: Vec<EdgeLine>,
    /// Providers with requests in the current year.
    queues: Queues,
    years: Vec<(i32, Vec<EdgeLine>, Queues)>,
}

/// The providers whose capacity decides who passes an edge: a group, and one of its services or all.
fn provider(edge: Edge, service: u16) -> Option<(Group, Option<u16>)> {
    match edge {
        // Who turns up depends on how long the person waited.
        Edge::Place | Edge::Start => Some((Group::Programmes, Some(service))),
        Edge::ShelterAdmission | Edge::FollowUpPlace => Some((Group::Shelters, None)),
        _ => None,
    }
}

/// The edge, if any, whose result is pending.
fn waits(what: Due) -> Option<Edge> {
    Some(match what {
        Due::Prosecution => Edge::Prosecution,
        Due::Verdict => Edge::Conviction,
        Due::Conclusion => Edge::Substantiation,
        Due::Assessment => Edge::NeedsAssessed,
        Due::ShelterAssessment => Edge::NeedsSheltered,
        Due::AmkAssessment => Edge::NeedsInvestigated,
        Due::BanEnds | Due::PlacementEnds | Due::FollowUp => return None,
    })
}

impl Chain {
    fn at(&mut self, city: u8, edge: Edge, service: u16) -> &mut EdgeCounts {
        let wanted = (city, edge, service);
        let at = match self.running.binary_search_by_key(&wanted, |(key, _)| *key) {
            Ok(at) => at,
            Err(at) => {
                self.running.insert(at, (wanted, EdgeCounts::default()));
                at
            }
        };
        &mut self.running[at].1
    }
}

impl Observer for Chain {
    const SCHEMA: &'static Schema = &CHAIN;
    const SIZE: Size = Size::by_year(5_000.0);
    type December = ();

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        self.queues.month(world);
        for event in world.events() {
            match *event {
                Event::Passage(passage) => {
                    let counts = self.at(passage.city, passage.edge, passage.service);
                    if passage.passed {
                        counts.passed += 1;
                        counts.waited += u64::from(passage.waited);
                    } else {
                        counts.not_passed += 1;
                    }
                }
                Event::Struck { group: Group::Programmes, service, city, .. } => {
                    self.at(city, Edge::Place, service).not_passed += 1;
                }
                Event::Struck { group: Group::Shelters, city, .. } => {
                    self.at(city, Edge::ShelterAdmission, NO_SERVICE).not_passed += 1;
                }
                Event::CaseOpened { city, again, .. } => {
                    let counts = self.at(city, Edge::ReEntry, NO_SERVICE);
                    *(if again { &mut counts.passed } else { &mut counts.not_passed }) += 1;
                }
                _ => {}
            }
        }
    }

    fn year(&mut self, world: &World, december: Month, (): (), _: &OutcomeSettings) {
        let chain = world.chain();
        for waiting in &chain.pending {
            if let Some(edge) = waits(waiting.what) {
                self.at(waiting.city, edge, NO_SERVICE).waiting += 1;
            }
        }
        for request in &chain.programmes.queue {
            self.at(request.city, Edge::Place, request.service).waiting += 1;
        }
        for stay in &chain.programmes.stays {
            self.at(stay.city, Edge::Completion, stay.service).waiting += 1;
        }
        let mut counts = std::mem::take(&mut self.running);
        // Number arriving = left + waiting now - waiting before.
        let before: BTreeMap<_, u64> =
            self.years.last().into_iter().flat_map(|(_, list, _)| list).map(|(key, c)| (*key, c.waiting)).collect();
        for (key, waited) in &before {
            if let Err(at) = counts.binary_search_by_key(key, |(key, _)| *key)
                && *waited > 0
            {
                counts.insert(at, (*key, EdgeCounts::default()));
            }
        }
        for (key, counts) in &mut counts {
            let out = counts.passed + counts.not_passed + counts.waiting;
            counts.entered = out.saturating_sub(before.get(key).copied().unwrap_or(0));
        }
        self.years.push((december.year(), counts, std::mem::take(&mut self.queues)));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&CHAIN);
        let programme = [Edge::Offer, Edge::Place, Edge::Start, Edge::Completion];
        let edges = Edge::ALL.iter().filter(|edge| !programme.contains(edge)).map(|edge| (*edge, NO_SERVICE));
        let all: Vec<(Edge, u16)> =
            edges.chain((0..settings.programmes.len()).flat_map(|s| programme.map(|edge| (edge, s as u16)))).collect();
        let cities = world.places().cities.len().min(ELSEWHERE);
        for (year, list, queues) in &self.years {
            let of = |city: usize, edge: Edge, service: u16| {
                let wanted = (city as u8, edge, service);
                let at = list.binary_search_by_key(&wanted, |(key, _)| *key);
                at.map(|at| list[at].1).unwrap_or_default()
            };
            for (place, name) in super::scene::places(world).filter(|(place, _)| *place != ELSEWHERE) {
                for (edge, service) in &all {
                    let mut counts = EdgeCounts::default();
                    let range = if place == TOTAL { 0..cities } else { place..place + 1 };
                    range.for_each(|city| counts.add(&of(city, *edge, *service)));
                    let city = (place != TOTAL).then_some(place);
                    let least = provider(*edge, *service)
                        .map_or(0.0, |(group, service)| queues.least(group, service, city, settings));
                    let shown = queues::shown(least, settings);
                    let visible = |cell: Cell<'static>| if shown { cell } else { Cell::Null };
                    let decided = (counts.passed + counts.not_passed) as f64;
                    table.push_row(&[
                        Cell::count(settings.draw),
                        Cell::count(settings.replicate),
                        Cell::Text(name),
                        Cell::count(*year),
                        Cell::Text(edge.word()),
                        Cell::Text(settings.programme(*service).unwrap_or_default()),
                        visible(Cell::count(counts.entered)),
                        Cell::count(counts.passed),
                        visible(Cell::count(counts.not_passed)),
                        visible(Cell::count(counts.waiting)),
                        visible(super::scene::ratio(counts.passed as f64, decided)),
                        visible(super::scene::ratio(counts.waited as f64, counts.passed as f64)),
                        Cell::Float(least),
                        if shown { Cell::Null } else { Cell::Text(queues::TOO_FEW) },
                    ])?;
                }
            }
        }
        Ok(table)
    }
}
