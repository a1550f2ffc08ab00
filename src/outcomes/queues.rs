//! Which figures of queues are shown: one rule for all tables.
//!
//! Queues have economies of size: fewer places refuse more at the same load, and whoever waits waits another time. Every
//! provider with a number of places therefore has a smallest scale, at which its refusals would lie within five percentage
//! points of those at full scale. Below it no table shows what it refuses, who waits for it, how long, and what share is let
//! in. Who asks and who is let in are shown at any scale; what entered an edge of the chain is known only with who waits, and is
//! withheld with it.

use serde::{Deserialize, Serialize};

use super::outcome::OutcomeSettings;
use crate::world::{Event, Group, World};

/// Load at which the smallest scale is stated.
const LOAD: f64 = 0.9;
/// Difference in the share refused that still counts as the same.
const SAME: f64 = 0.05;

/// Why figures are withheld, as tables say it.
pub(super) const TOO_FEW: &str = "too few places at this scale: run at the smallest scale or above";

/// Share of requests refused by `places` places at an offered load of `offered` places (Erlang's loss formula).
fn refused(places: u32, offered: f64) -> f64 {
    (1..=places).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked))
}

/// The smallest scale at which a provider of so many places at full scale refuses, at a load of 90 %, within five percentage
/// points of what it refuses there; 1 when no smaller one does.
fn smallest_scale(places: f64) -> f64 {
    let full = libm::rint(places) as u32;
    if full == 0 {
        return 0.0;
    }
    let aim = refused(full, LOAD * f64::from(full)) + SAME;
    let enough = |n: &u32| refused(*n, LOAD * f64::from(*n)) <= aim;
    f64::from((1..=full).find(enough).unwrap_or(full)) / f64::from(full)
}

/// The smallest scale of a provider of so many simulated places; 0 where demand alone decides, and where no scale is known.
pub(super) fn least(places: f64, settings: &OutcomeSettings) -> f64 {
    if places.is_finite() && settings.scale > 0.0 { smallest_scale(places / settings.scale) } else { 0.0 }
}

/// Whether figures of a queue with that smallest scale are shown.
pub(super) fn shown(least: f64, settings: &OutcomeSettings) -> bool {
    settings.scale <= 0.0 || settings.scale >= least
}

/// A provider: its group, its index in the group, its city.
type Provider = (u8, u16, u8);

/// Providers that anybody asked in a year, each with the fewest places that it had while it took people in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Queues(Vec<(Provider, f64)>);

impl Queues {
    /// Reads the month just lived.
    pub(super) fn month(&mut self, world: &World) {
        for event in &world.events {
            let Event::Provider(month) = event else { continue };
            let asked = month.requests > 0 || month.waiting > 0 || month.refused > 0;
            // A service that takes nobody in any more has the places that are still taken, and nobody asks for it anew.
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

    /// The smallest scale at which the queues of a group are shown: of one service or of all, in one city or in all.
    pub(super) fn least(
        &self,
        group: Group,
        service: Option<u16>,
        city: Option<usize>,
        settings: &OutcomeSettings,
    ) -> f64 {
        let wanted = |of: &Provider| {
            of.0 == group as u8
                && service.is_none_or(|service| of.1 == service)
                && city.is_none_or(|city| usize::from(of.2) == city)
        };
        let all = self.0.iter().filter(|(provider, _)| wanted(provider));
        all.map(|(_, places)| least(*places, settings)).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, rows_with};
    use crate::outcomes::{Outcome, OutcomeSettings};
    use crate::table::Cell;
    use crate::world::{Edge, Passage, PersonId, ProviderMonth};

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
        let provider: Provider = (Group::Programmes as u8, 0, AMSTERDAM as u8);
        // Asked for while it is open, then only waited for while its places empty, then open again with fewer.
        for (occupied, requests, fewest) in [(40_u32, 2_u32, 40.0), (3, 0, 40.0), (30, 1, 30.0)] {
            let month = ProviderMonth::new(Group::Programmes, 0, AMSTERDAM as u8);
            let places = f64::from(occupied);
            let month = ProviderMonth { places, occupied, requests, waiting: 1, ..month };
            small.world.events = vec![Event::Provider(month)];
            queues.month(&small.world);
            assert_eq!(queues.0, [(provider, fewest)]);
        }
    }

    #[test]
    fn all_tables_withhold_the_same_queues_at_the_same_scale() {
        // 40 places in Amsterdam need a scale between a tenth and one; in Utrecht demand alone decides.
        for (scale, shown) in [(0.1, false), (1.0, true)] {
            let outcomes = [Outcome::Yearly, Outcome::Chain, Outcome::Capacity];
            let mut small = Small::with(&outcomes, OutcomeSettings { scale, ..OutcomeSettings::default() });
            small.outcomes.name_providers(vec!["shelter_crisis".into()], vec!["help".into()]);
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
