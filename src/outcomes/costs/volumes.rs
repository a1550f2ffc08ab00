//! Volumes: how many of what a price is for a month had, in each city.

use std::collections::BTreeSet;

use super::prices::{Pricing, Volume};
use crate::outcomes::scene;
use crate::world::{CaseKind, City, Due, Edge, Event, Group, Month, PLACES, Passage, ProviderMonth, Source, World};

/// What happened in the month, by city, so that prices need not look at the events again.
#[derive(Default)]
pub(super) struct Happened {
    starts: Vec<(u16, u8)>,
    offers: Vec<(u16, u8)>,
    passages: Vec<(Edge, u8)>,
    providers: Vec<ProviderMonth>,
    reports: [u64; PLACES],
    contacts: [u64; PLACES],
    investigations: [u64; PLACES],
    helped: [u64; PLACES],
    placed: [u64; PLACES],
    /// Age in months of who was killed, with the place.
    pub(super) killed: Vec<(usize, i32)>,
}

impl Happened {
    /// What happened in the month just lived.
    pub(super) fn of(world: &World) -> Happened {
        let lived = world.now.plus(-1);
        let mut month = Happened::default();
        for event in &world.events {
            match *event {
                Event::Passage(Passage { edge: Edge::Start, service, city, passed: true, .. }) => {
                    month.starts.push((service, city));
                }
                Event::Passage(Passage { edge: Edge::Offer, service, city, .. }) => month.offers.push((service, city)),
                Event::Passage(Passage { edge, city, passed: true, .. }) => month.passages.push((edge, city)),
                Event::Provider(provider) => month.providers.push(provider),
                Event::Report(report) => match report.source {
                    Source::Police => month.reports[usize::from(report.city)] += 1,
                    Source::Desk | Source::FirstLine => month.contacts[usize::from(report.city)] += 1,
                    Source::Amk | Source::Shelter => {}
                },
                Event::Investigated { city, .. } => month.investigations[usize::from(city)] += 1,
                Event::Death { who, by_partner: true } => {
                    if let (Some(row), Some(place)) = (who.row(), scene::place_of(world, who)) {
                        month.killed.push((place, world.people.body[row].age_months(lived)));
                    }
                }
                _ => {}
            }
        }
        for case in world.chain.cases.values().filter(|case| case.first_help == lived && case.kind != CaseKind::Child) {
            month.helped[usize::from(case.city)] += 1;
        }
        for pending in world.chain.pending.iter().filter(|pending| pending.what == Due::PlacementEnds) {
            month.placed[usize::from(pending.city)] += 1;
        }
        month
    }

    fn passed(&self, edge: Edge, city: City) -> f64 {
        self.passages.iter().filter(|(known, of)| *known == edge && usize::from(*of) == city).count() as f64
    }

    fn of_service(list: &[(u16, u8)], service: u16, city: City) -> f64 {
        list.iter().filter(|(known, of)| *known == service && usize::from(*of) == city).count() as f64
    }

    fn providers(&self, group: Group, city: City) -> impl Iterator<Item = &ProviderMonth> {
        self.providers.iter().filter(move |month| month.group == group && usize::from(month.city) == city)
    }
}

impl Pricing {
    /// Share of the passages of an edge that are on no measure's account.
    fn unmoved(&self, edge: Edge, city: City, month: Month) -> f64 {
        let mut seen = BTreeSet::new();
        let mut left = 1.0;
        for price in &self.prices {
            if let Volume::Moved { edges, coverage } = &price.volume
                && edges.contains(&edge)
                && seen.insert(&price.item)
            {
                left *= 1.0 - coverage.at(city, month);
            }
        }
        left
    }

    /// Months of beds on the account of the services.
    fn bed_months(&self, month: &Happened, city: City, lived: Month) -> f64 {
        let of = |shelter: &ProviderMonth| {
            let added = self.added_beds.iter().filter(|(kind, _)| *kind == shelter.service);
            let added: f64 = added.map(|(_, beds)| beds.at(city, lived)).sum::<f64>() * self.scale;
            let own = if shelter.places > 0.0 { (1.0 - added / shelter.places).max(0.0) } else { 1.0 };
            f64::from(shelter.occupied) * own
        };
        month.providers(Group::Shelters, city).map(of).sum()
    }

    /// How many there were of what a price is for, in a city and month; nothing for what is counted in December or shared.
    pub(super) fn count(&self, volume: &Volume, month: &Happened, city: City, lived: Month) -> f64 {
        match volume {
            Volume::Starts(service) => Happened::of_service(&month.starts, *service, city),
            Volume::Offers(service) => Happened::of_service(&month.offers, *service, city),
            Volume::PersonMonths(service) => {
                let of = month.providers(Group::Programmes, city).filter(|provider| provider.service == *service);
                of.map(|provider| f64::from(provider.occupied)).sum()
            }
            Volume::Moved { edges, coverage } => {
                edges.iter().map(|edge| month.passed(*edge, city)).sum::<f64>() * coverage.at(city, lived)
            }
            Volume::CityYears(steps) | Volume::PlaceYears(steps) => steps.at(city, lived) * self.scale / 12.0,
            Volume::PoliceReports => month.reports[city] as f64,
            Volume::Passed(edge) => month.passed(*edge, city) * self.unmoved(*edge, city, lived),
            Volume::DeskContacts => {
                let handed = |edge| month.passed(edge, city) * self.unmoved(edge, city, lived);
                month.contacts[city] as f64 + handed(Edge::HandOverCriminal) + handed(Edge::HandOverOther)
            }
            Volume::HelpedFamilies => month.helped[city] as f64,
            Volume::Investigations => month.investigations[city] as f64,
            Volume::PlacementMonths(share) => month.placed[city] as f64 * share,
            Volume::BedMonths => self.bed_months(month, city, lived),
            Volume::Once(_) | Volume::Persons(_) | Volume::Killed => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::Outcome;
    use crate::outcomes::costs::priced::{cells, everywhere, passage, price, priced};
    use crate::outcomes::costs::{CostKind, Cutoffs};
    use crate::outcomes::small::{Small, UTRECHT};
    use crate::world::NO_SERVICE;

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
                Volume::Moved { edges: vec![Edge::Ban], coverage },
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
    fn beds_that_a_measure_adds_are_not_paid_twice() {
        let mut small = Small::new(&[Outcome::Costs]);
        let prices = vec![price(CostKind::Service, "bed", "rijk", 100.0, Volume::BedMonths)];
        let added_beds = vec![(0, everywhere(20.0, Month(0)))];
        small.outcomes.set_prices(Pricing { scale: 0.5, prices, added_beds, cutoffs: Cutoffs::default() });
        let shelter =
            |service| ProviderMonth { places: 40.0, occupied: 20, ..ProviderMonth::new(Group::Shelters, service, 0) };
        // Ten of the forty places of the first kind are added: a quarter of those taken is not the chain's.
        small.month([], [Event::Provider(shelter(0)), Event::Provider(shelter(1))]);
        small.live_until(Month::january(2009));
        assert_eq!(cells(&small.table(), 2008, "Amsterdam", "bed", "count"), [15.0 + 20.0]);
    }
}
