//! Suppression of queue statistics at small scale: one rule for all tables.
//!
//! Queues have economies of scale: at the same load, fewer places refuse more and have other waiting times. Every
//! provider with a limited number of places therefore has a smallest scale, at which its refusal rate is within five
//! percentage points of that at full scale. Below it no table shows refusals, persons waiting, waiting times, or the
//! proportion admitted. Requests and admissions are shown at any scale. The number that entered an edge of the chain
//! depends on the number waiting, and is suppressed with it.

use serde::{Deserialize, Serialize};

use super::settings::OutcomeSettings;
use crate::world::{Group, World};

/// Load at which the smallest scale is determined.
const LOAD: f64 = 0.9;
/// Difference in the proportion refused that is tolerated.
const SAME: f64 = 0.05;

/// Reason for suppression, as given in tables.
pub(super) const TOO_FEW: &str = "too few places at this scale: run at the smallest scale or above";

/// Proportion of requests refused by `places` places at an offered load of `offered` places (Erlang's loss formula).
fn refused(places: u32, offered: f64) -> f64 {
    (1..=places).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked))
}

/// The smallest scale at which a provider with this number of places at full scale has, at a load of 90 %, a refusal
/// rate within five percentage points of that at full scale; 1 if no smaller scale does.
fn smallest_scale(places: f64) -> f64 {
    let full = libm::rint(places) as u32;
    if full == 0 {
        return 0.0;
    }
    let aim = refused(full, LOAD * f64::from(full)) + SAME;
    let enough = |n: &u32| refused(*n, LOAD * f64::from(*n)) <= aim;
    f64::from((1..=full).find(enough).unwrap_or(full)) / f64::from(full)
}

/// The smallest scale of a provider with this number of simulated places; 0 if capacity is unlimited or the scale is
/// unknown.
pub(super) fn least(places: f64, settings: &OutcomeSettings) -> f64 {
    if places.is_finite() && settings.scale > 0.0 { smallest_scale(places / settings.scale) } else { 0.0 }
}

/// Whether statistics of a queue with that smallest scale are shown.
pub(super) fn shown(least: f64, settings: &OutcomeSettings) -> bool {
    settings.scale <= 0.0 || settings.scale >= least
}

/// A provider: its group, its index in the group, its city.
type ProviderKey = (u8, u16, u8);

/// Providers with requests in a year, each with its smallest number of places while it admitted people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Queues(Vec<(ProviderKey, f64)>);

impl Queues {
    /// Processes the month just simulated.
    pub(super) fn month(&mut self, world: &World) {
        for month in world.events().providers() {
            let asked = month.requests > 0 || month.waiting > 0 || month.refused > 0;
            // A service that no longer admits people has only the places still occupied, and no new requests.
            let has_closed = month.requests == 0 && month.places == f64::from(month.occupied);
            if !asked || has_closed || month.places <= 0.0 || !month.places.is_finite() {
                continue;
            }
            let provider = (month.group as u8, month.service, month.city);
            match self.0.binary_search_by_key(&provider, |(key, _)| *key) {
                Ok(at) => self.0[at].1 = self.0[at].1.min(month.places),
                Err(at) => self.0.insert(at, (provider, month.places)),
            }
        }
    }

    /// The smallest scale at which the queues of a group are shown: of one service or all, in one city or all.
    pub(super) fn least(
        &self,
        group: Group,
        service: Option<u16>,
        city: Option<usize>,
        settings: &OutcomeSettings,
    ) -> f64 {
        let wanted = |of: &ProviderKey| {
            of.0 == group as u8
                && service.is_none_or(|service| of.1 == service)
                && city.is_none_or(|city| usize::from(of.2) == city)
        };
        let all = self.0.iter().filter(|(provider, _)| wanted(provider));
        all.map(|(_, places)| least(*places, settings)).fold(0.0, f64::max)
    }
}

/// The smallest scale at which the queues for help are shown: of all shelters and of the programmes that count as help, in
/// one city or all.
pub(super) fn least_of_help(queues: &Queues, city: Option<usize>, settings: &OutcomeSettings) -> f64 {
    let helping = (0..settings.helps.len() as u16).filter(|service| settings.is_help(*service));
    let programmes = helping.map(|service| queues.least(Group::Programmes, Some(service), city, settings));
    programmes.fold(queues.least(Group::Shelters, None, city, settings), f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, rows_with};
    use crate::outcomes::{Outcome, OutcomeSettings};
    use crate::tables::Cell;
    use crate::world::{Changes, Edge, Event, Passage, PersonId, ProviderMonth};

    #[test]
    fn the_loss_formula_gives_known_shares() {
        // Erlang B tables: 1 server at 1 erlang refuses half; 6 beds at 90 % load refuse 22 %, 120 beds 2 to 4 %.
        assert!((refused(1, 1.0) - 0.5).abs() < 1e-12);
        assert!((refused(6, 5.4) - 0.225).abs() < 0.005, "{}", refused(6, 5.4));
        assert!(refused(120, 108.0) < 0.03, "{}", refused(120, 108.0));
        assert!((refused(2, 1.0) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn the_smallest_scale_keeps_refusals_within_five_points_and_one_place_less_does_not() {
        for places in [6.0, 40.0, 120.0, 470.0] {
            let least = smallest_scale(places);
            let n = libm::rint(least * places) as u32;
            let aim = refused(places as u32, LOAD * places) + SAME;
            assert!(refused(n, LOAD * f64::from(n)) <= aim, "{places}");
            assert!(n == 1 || refused(n - 1, LOAD * f64::from(n - 1)) > aim, "{places}");
        }
        assert_eq!(smallest_scale(0.0), 0.0);
    }

    #[test]
    fn places_still_taken_of_a_service_that_has_closed_say_nothing_of_its_queue() {
        let mut small = Small::with(&[Outcome::Chain], OutcomeSettings::default());
        let mut queues = Queues::default();
        let provider: ProviderKey = (Group::Programmes as u8, 0, AMSTERDAM as u8);
        // Requests while it is open; then only waiting while its places empty; then open again with fewer places.
        for (occupied, requests, fewest) in [(40_u32, 2_u32, 40.0), (3, 0, 40.0), (30, 1, 30.0)] {
            let month = ProviderMonth::new(Group::Programmes, 0, AMSTERDAM as u8);
            let places = f64::from(occupied);
            let month = ProviderMonth { places, occupied, requests, waiting: 1, ..month };
            small.world.set_up().clear_events();
            small.world.apply(Changes { events: vec![Event::Provider(month)], ..Changes::default() });
            queues.month(&small.world);
            assert_eq!(queues.0, [(provider, fewest)]);
        }
    }

    #[test]
    fn all_tables_withhold_the_same_queues_at_the_same_scale() {
        // 40 places in Amsterdam need a scale between a tenth and one; Utrecht has unlimited capacity.
        for (scale, shown) in [(0.1, false), (1.0, true)] {
            let outcomes = [Outcome::Yearly, Outcome::Chain, Outcome::Capacity];
            let mut small = Small::with(&outcomes, OutcomeSettings { scale, ..OutcomeSettings::default() });
            small.outcomes.change(|settings| {
                settings.shelters = vec!["shelter_crisis".into()];
                settings.programmes = vec!["help".into()];
            });
            let month = |group, city: usize, places| {
                let month = ProviderMonth::new(group, 0, city as u8);
                Event::Provider(ProviderMonth { places, requests: 4, admitted: 2, refused: 1, waiting: 1, ..month })
            };
            let start = |city: usize, passed| {
                let passage = Passage::at(Edge::Start, city as u8, PersonId::NONE, passed);
                Event::from(passage.of(0).after(3))
            };
            let admission = Passage::at(Edge::ShelterAdmission, AMSTERDAM as u8, PersonId::NONE, false);
            small.month(
                [],
                [
                    month(Group::Programmes, AMSTERDAM, 40.0 * scale),
                    month(Group::Programmes, UTRECHT, f64::INFINITY),
                    month(Group::Shelters, AMSTERDAM, 40.0 * scale),
                    month(Group::Shelters, UTRECHT, 0.0),
                    start(AMSTERDAM, true),
                    start(AMSTERDAM, false),
                    start(UTRECHT, true),
                    admission.into(),
                    Event::FirstHelp { city: AMSTERDAM as u8, months: 3 },
                ],
            );
            small.live_until(crate::world::Month::january(2009));
            let tables = small.outcomes.finish(&small.world).expect("tables");
            let cells = |name: &str, city: &'static str, of: &[(&str, Cell<'static>)], columns: &[&str]| {
                let table = tables.iter().find(|table| table.name() == name).expect(name);
                let wanted = [&[("city", Cell::Text(city)), ("year", Cell::Int(2008))], of].concat();
                let row = rows_with(table, &wanted)[0];
                let of = |column: &&str| table.cell(row, column).unwrap_or_else(|| panic!("no {column}")) != Cell::Null;
                columns.iter().map(of).collect::<Vec<bool>>()
            };
            for city in ["Amsterdam", "G4", "Utrecht"] {
                let shown = shown || city == "Utrecht";
                let at = format!("{city} at {scale}");
                for provider in ["help", "shelter_crisis"] {
                    let of = [("provider", Cell::Text(provider)), ("month", Cell::Int(1))];
                    assert_eq!(cells("capacity", city, &of, &["refused", "waiting"]), [shown; 2], "{provider}, {at}");
                    assert_eq!(cells("capacity", city, &of, &["requests", "admitted"]), [true; 2], "{provider}, {at}");
                }
                let of = [("edge", Cell::Text("start"))];
                let queue = ["entered", "not_passed", "waiting", "share_passed", "mean_wait"];
                assert_eq!(cells("chain", city, &of, &queue), [shown; 5], "{at}");
                assert_eq!(cells("chain", city, &of, &["passed", "smallest_scale"]), [true; 2], "{at}");
                assert_eq!(cells("chain", city, &of, &["withheld"]), [!shown], "{at}");
                let of = [("edge", Cell::Text("shelter_admission"))];
                assert_eq!(cells("chain", city, &of, &["entered", "not_passed"]), [shown; 2], "{at}");
                let queue = ["shelter_refusals", "incidents_while_waiting"];
                assert_eq!(cells("yearly", city, &[], &queue), [shown; 2], "{at}");
                let helped = ["mean_months_of_helped"];
                assert_eq!(cells("yearly", city, &[], &helped), [shown && city != "Utrecht"], "{at}");
                assert_eq!(cells("yearly", city, &[], &["police_reports"]), [true], "{at}");
            }
        }
    }
}
