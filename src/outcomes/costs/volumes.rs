//! Volumes: the number of units of each price in a month and city, and the persons they are attributed to.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::prices::{Pricing, Volume};
use crate::outcomes::scene;
use crate::world::{CaseKind, City, Due, Edge, Group, Month, Passage, PersonId, ProviderMonth, Source, Stay, World};

/// A city and the person that something there is attributed to.
type Attributed = (u8, PersonId);

/// Events of the month, each list sorted by kind and city, so that a price reads its own only. Within a city they are in
/// the order of the month.
#[derive(Default)]
pub(super) struct Happened<'a> {
    starts: Vec<(u16, Attributed)>,
    offers: Vec<(u16, Attributed)>,
    passages: Vec<(Edge, Attributed)>,
    providers: Vec<ProviderMonth>,
    reports: Vec<Attributed>,
    contacts: Vec<Attributed>,
    investigations: Vec<Attributed>,
    helped: Vec<Attributed>,
    placed: Vec<Attributed>,
    /// Stays in shelters and in programmes.
    stays: [&'a [Stay]; 2],
    /// The same sorted by service and city, with the persons and their places; made when persons are asked for.
    persons: [OnceCell<Vec<Placed>>; 2],
    /// Age in months of each person who was killed, with the place.
    pub(super) killed: Vec<(usize, i32)>,
}

/// A service, a city, a person with places there, and their number.
type Placed = ((u16, u8), (PersonId, f64));

/// A number of equal units.
pub(super) struct UnitCount<'a> {
    /// Number of units.
    pub(super) number: f64,
    /// Weight of one unit.
    pub(super) worth: f64,
    /// Persons the units are attributed to, with the number for each; the remainder is not attributed.
    pub(super) names: &'a mut dyn Iterator<Item = (PersonId, f64)>,
}

impl<'a> Happened<'a> {
    /// Collects the events of the month just simulated.
    pub(super) fn of(world: &'a World) -> Happened<'a> {
        let lived = world.now().plus(-1);
        let mut month =
            Happened { stays: [&world.chain().shelters.stays, &world.chain().programmes.stays], ..Happened::default() };
        let events = world.events();
        // Each list comes from one kind of event, so the order among kinds does not matter.
        for Passage { edge, service, city, who, passed, .. } in events.passages().copied() {
            match edge {
                Edge::Start if passed => month.starts.push((service, (city, who))),
                Edge::Offer => month.offers.push((service, (city, who))),
                _ if passed => month.passages.push((edge, (city, who))),
                _ => {}
            }
        }
        month.providers = events.providers().copied().collect();
        for report in events.reports() {
            match report.source {
                Source::Police => month.reports.push((report.city, report.victim)),
                Source::Desk | Source::FirstLine => month.contacts.push((report.city, report.victim)),
                Source::Amk | Source::Shelter => {}
            }
        }
        month.investigations = events.investigations().collect();
        for (who, _) in events.deaths().filter(|(_, by_partner)| *by_partner) {
            if let (Some(row), Some(place)) = (who.row(), scene::place_of(world, who)) {
                month.killed.push((place, world.body(row).age_months(lived)));
            }
        }
        let helped = world.chain().cases.values();
        let helped = helped.filter(|case| case.first_help == lived && is_managed(case.kind));
        month.helped = helped.map(|case| (case.city, case.victim)).collect();
        let placed = world.chain().pending.iter().filter(|pending| pending.what == Due::PlacementEnds);
        month.placed = placed.map(|pending| (pending.city, pending.who)).collect();
        month.sort();
        month
    }

    /// Sorts the lists. The sorts are stable.
    fn sort(&mut self) {
        let Happened { starts, offers, passages, providers, reports, contacts, investigations, helped, placed, .. } =
            self;
        [starts, offers].into_iter().for_each(|list| list.sort_by_key(|(service, (city, _))| (*service, *city)));
        passages.sort_by_key(|(edge, (city, _))| (*edge, *city));
        providers.sort_by_key(|month| (month.group, month.city));
        for list in [reports, contacts, investigations, helped, placed] {
            list.sort_by_key(|(city, _)| *city);
        }
    }

    /// Providers of a group in a city.
    fn providers(&self, group: Group, city: City) -> &[ProviderMonth] {
        equal(&self.providers, &(group, city as u8), |month| (month.group, month.city))
    }

    /// Persons with places at a provider, and the number of places of each.
    fn persons(&self, provider: &ProviderMonth) -> impl Iterator<Item = (PersonId, f64)> {
        let group = provider.group as usize;
        let all = self.persons[group].get_or_init(|| {
            let of = |stay: &Stay| ((stay.service, stay.city), (stay.who, f64::from(stay.places)));
            let mut all: Vec<Placed> = self.stays[group].iter().map(of).collect();
            all.sort_by_key(|(provider, _)| *provider);
            all
        });
        equal(all, &(provider.service, provider.city), |(provider, _)| *provider).iter().map(|(_, placed)| *placed)
    }
}

/// Whether the ASHG manages cases of a kind. Child maltreatment is the AMK's, and elder abuse has a desk of its own, whose
/// work has its own price.
fn is_managed(kind: CaseKind) -> bool {
    match kind {
        CaseKind::Partner | CaseKind::Relative | CaseKind::Honour => true,
        CaseKind::Child | CaseKind::Elder => false,
    }
}

/// Entries of a sorted list with a key.
fn equal<'a, T, K: Ord>(list: &'a [T], key: &K, of: impl Fn(&T) -> K) -> &'a [T] {
    let from = list.partition_point(|entry| of(entry) < *key);
    let until = from + list[from..].partition_point(|entry| of(entry) <= *key);
    &list[from..until]
}

/// Entries of a list in a city.
fn here(list: &[Attributed], city: City) -> impl ExactSizeIterator<Item = PersonId> {
    equal(list, &(city as u8), |(city, _)| *city).iter().map(|(_, who)| *who)
}

/// Entries of a list with a key, in a city.
fn of<K: Ord + Copy>(list: &[(K, Attributed)], key: K, city: City) -> impl ExactSizeIterator<Item = PersonId> {
    equal(list, &(key, city as u8), |(key, (city, _))| (*key, *city)).iter().map(|(_, (_, who))| *who)
}

/// One unit for each person; the weight of a unit is calculated if there is any.
fn ones(
    names: impl ExactSizeIterator<Item = PersonId>,
    worth: impl FnOnce() -> f64,
    tell: &mut dyn FnMut(UnitCount<'_>),
) {
    let number = names.len();
    if number > 0 {
        tell(UnitCount { number: number as f64, worth: worth(), names: &mut names.map(|who| (who, 1.0)) });
    }
}

/// Units that are not attributed to persons: costs of a measure as a whole.
fn whole(number: f64, worth: f64, tell: &mut dyn FnMut(UnitCount<'_>)) {
    tell(UnitCount { number, worth, names: &mut std::iter::empty() });
}

impl Pricing {
    /// Share of the passages of an edge that are not paid for by a measure.
    fn unmoved(&self, edge: Edge, city: City, month: Month) -> f64 {
        let mut seen = BTreeSet::new();
        let mut left = 1.0;
        for price in &self.prices {
            if let Volume::Moved { edges, coverage } = &price.volume
                && let Some(moved) = edges.iter().find(|moved| moved.edge == edge)
                && seen.insert(&price.item)
            {
                left *= 1.0 - moved.paid(city, coverage.at(city, month));
            }
        }
        left
    }

    /// Volume of a price in a city and month; 0 for volumes that are counted in December or shared.
    pub(super) fn count(&self, volume: &Volume, month: &Happened<'_>, city: City, lived: Month) -> f64 {
        let mut count = 0.0;
        self.each(volume, month, city, lived, &mut |part| count += part.number * part.worth);
        count
    }

    /// Calls `tell` for each part of that volume. The cost of a measure for finding people (offers, also to those who
    /// decline) and for the passages that it takes over belongs to the measure as a whole, as do its teams and places;
    /// it is not attributed to persons.
    pub(super) fn each(
        &self,
        volume: &Volume,
        month: &Happened<'_>,
        city: City,
        lived: Month,
        tell: &mut dyn FnMut(UnitCount<'_>),
    ) {
        match volume {
            Volume::Starts(service) => ones(of(&month.starts, *service, city), || 1.0, tell),
            Volume::Offers(service) => whole(of(&month.offers, *service, city).len() as f64, 1.0, tell),
            Volume::PersonMonths(service) => {
                for own in month.providers(Group::Programmes, city).iter().filter(|own| own.service == *service) {
                    let names = &mut std::iter::once_with(|| month.persons(own)).flatten();
                    tell(UnitCount { number: f64::from(own.occupied), worth: 1.0, names });
                }
            }
            Volume::Moved { edges, coverage } => {
                let coverage = coverage.at(city, lived);
                for moved in edges {
                    let passages = of(&month.passages, moved.edge, city).len();
                    whole(passages as f64, moved.paid(city, coverage), tell);
                }
            }
            Volume::CityYears(steps) | Volume::PlaceYears(steps) => {
                whole(steps.at(city, lived) * self.scale / 12.0, 1.0, tell);
            }
            Volume::PoliceReports => ones(here(&month.reports, city), || 1.0, tell),
            Volume::Passed(edge) => {
                ones(of(&month.passages, *edge, city), || self.unmoved(*edge, city, lived), tell);
            }
            Volume::DeskContacts => {
                ones(here(&month.contacts, city), || 1.0, tell);
                for edge in [Edge::HandOverCriminal, Edge::HandOverOther] {
                    ones(of(&month.passages, edge, city), || self.unmoved(edge, city, lived), tell);
                }
            }
            Volume::HelpedFamilies => ones(here(&month.helped, city), || 1.0, tell),
            Volume::Investigations => ones(here(&month.investigations, city), || 1.0, tell),
            Volume::PlacementMonths(share) => ones(here(&month.placed, city), || *share, tell),
            Volume::BedMonths => {
                let shelters = month.providers(Group::Shelters, city).iter();
                for shelter in shelters.filter(|shelter| !self.paid_elsewhere.contains(&shelter.service)) {
                    let added = self.added_beds.iter().filter(|(kind, _)| *kind == shelter.service);
                    let added: f64 = added.map(|(_, beds)| beds.at(city, lived)).sum::<f64>() * self.scale;
                    let own = if shelter.places > 0.0 { (1.0 - added / shelter.places).max(0.0) } else { 1.0 };
                    let names = &mut std::iter::once_with(|| month.persons(shelter)).flatten();
                    tell(UnitCount { number: f64::from(shelter.occupied), worth: own, names });
                }
            }
            Volume::Once(_) | Volume::Persons(_) | Volume::Killed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::Outcome;
    use crate::outcomes::costs::priced::{cells, everywhere, passage, price, priced};
    use crate::outcomes::costs::{CostKind, Cutoffs, MovedEdge};
    use crate::outcomes::small::{Small, UTRECHT};
    use crate::world::{Event, NO_SERVICE};

    #[test]
    fn what_a_measure_moves_is_on_its_account_and_not_on_that_of_the_chain() {
        let coverage = everywhere(0.75, Month(1));
        let prices = vec![
            price(CostKind::Service, "ban", "municipality", 3300.0, Volume::Passed(Edge::Ban)),
            price(
                CostKind::Programme,
                "huisverbod",
                "municipality",
                3300.0,
                Volume::Moved { edges: vec![MovedEdge { edge: Edge::Ban, to: 0.1, base: Vec::new() }], coverage },
            ),
        ];
        let mut small = priced(1.0, prices);
        small.month([], vec![passage(Edge::Ban, NO_SERVICE, UTRECHT); 4]);
        small.month([], vec![passage(Edge::Ban, NO_SERVICE, UTRECHT); 4]);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "Utrecht", "ban", "count"), [5.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "huisverbod", "count"), [3.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "huisverbod", "amount"), [9900.0]);
    }

    #[test]
    fn a_measure_pays_for_the_passages_of_the_cases_that_it_covers() {
        let of = |to: f64, base: f64, coverage: f64| {
            MovedEdge { edge: Edge::Ban, to, base: vec![0.5, base] }.paid(1, coverage)
        };
        // Of a thousand cases, covered by half: 50 of 500 pass there and 17.5 of 500 elsewhere.
        assert!((of(0.1, 0.035, 0.5) - 50.0 / 67.5).abs() < 1e-12);
        // Nobody passes without the measure: it pays for everybody who does, at any coverage.
        assert_eq!([0.1, 0.5, 1.0].map(|coverage| of(0.85, 0.0, coverage)), [1.0; 3]);
        assert_eq!((of(0.1, 0.035, 0.0), of(0.1, 0.035, 1.0), of(0.0, 0.0, 0.5)), (0.0, 1.0, 0.0));
        // Where the probability differs from case to case, the measure pays for its share of all passages.
        assert_eq!(MovedEdge { edge: Edge::ShelterIntake, to: 1.0, base: Vec::new() }.paid(0, 0.4), 0.4);
    }

    #[test]
    fn beds_that_a_measure_adds_are_not_paid_twice() {
        let mut small = Small::new(&[Outcome::Costs]);
        let prices = vec![price(CostKind::Service, "bed", "rijk", 100.0, Volume::BedMonths)];
        let added_beds = vec![(0, everywhere(20.0, Month(0)))];
        small.outcomes.change(|settings| {
            settings.pricing =
                Pricing { scale: 0.5, prices, added_beds, paid_elsewhere: vec![2], cutoffs: Cutoffs::default() }
        });
        let shelter =
            |service| ProviderMonth { places: 40.0, occupied: 20, ..ProviderMonth::new(Group::Shelters, service, 0) };
        // Ten of the forty places of the first kind are added: a quarter of those occupied is not the chain's. Other
        // budgets pay for the third kind.
        small.month([], [0, 1, 2].map(|kind| Event::Provider(shelter(kind))));
        small.live_until(Month::january(2009));
        assert_eq!(cells(&small.table(), 2008, "Amsterdam", "bed", "count"), [15.0 + 20.0]);
    }

    #[test]
    fn entries_of_a_kind_and_city_keep_the_order_of_the_month() {
        let mut small = Small::new(&[Outcome::Costs]);
        let at = |edge, city: u8, who| Event::Passage(Passage::at(edge, city, PersonId(who), true));
        let events = [
            at(Edge::Ban, 1, 7),
            at(Edge::Arrest, 0, 5),
            at(Edge::Ban, 0, 9),
            at(Edge::Ban, 1, 2),
            at(Edge::Arrest, 1, 1),
            at(Edge::Ban, 1, 4),
        ];
        let stay = |service, city, who, places| {
            let request = crate::world::Request::new(service, city, PersonId(who), 0, Month(0));
            Stay { places, ..Stay::of(&request, city, Month(0), Month(9)) }
        };
        let stays = vec![stay(1, 0, 3, 1), stay(0, 1, 8, 2), stay(1, 0, 2, 4), stay(1, 1, 6, 1)];
        let services = crate::world::Services { stays, ..Default::default() };
        let change = crate::world::ChainChange::Shelters(Box::new(services));
        small.world.apply(crate::world::Changes {
            list: vec![crate::world::Change::Chain(change)],
            events: events.to_vec(),
            ..Default::default()
        });
        let month = Happened::of(&small.world);
        let found = |edge, city| of(&month.passages, edge, city).map(|who| who.0).collect::<Vec<_>>();
        assert_eq!(found(Edge::Ban, 1), [7, 2, 4]);
        assert_eq!((found(Edge::Arrest, 0), found(Edge::Arrest, 2)), (vec![5], vec![]));
        let persons = |service, city| {
            let provider = ProviderMonth::new(Group::Shelters, service, city);
            month.persons(&provider).map(|(who, places)| (who.0, places)).collect::<Vec<_>>()
        };
        assert_eq!(persons(1, 0), [(3, 1.0), (2, 4.0)]);
        assert_eq!((persons(0, 1), persons(0, 0)), (vec![(8, 2.0)], vec![]));
    }
}
