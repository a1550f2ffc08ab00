//! Prices of a model in the form that the table `costs` uses: cards, services of 2008, the chain, society, health.

use super::{ChainTable, ModelFile, UnitPrice};
use crate::chain::{OUTSIDE, SHELTERS};
use crate::curve::indexed;
use crate::engine::Scope;
use crate::error::{Error, Errors, Result};
use crate::interventions::{Card, Per, Schedule, Service};
use crate::money::{Cents, Payer};
use crate::outcomes::{CostKind, CostUnit, Cutoffs, MovedEdge, Price, Pricing, State, Steps, Volume};
use crate::units::Probability;
use crate::world::{Edge, Month};

/// Payer of costs without a payer.
const NOBODY: &str = "nobody";
/// Payers of a bed in a shelter, as the columns of `money.budget` name them.
const BED_PAYERS: [Payer; 4] = [Payer::Municipality, Payer::Rijk, Payer::Awbz, Payer::Other];

/// All prices of a model in a scope.
///
/// # Errors
/// Every incomplete table of coverage, places or money, with its key.
pub fn pricing(model: &ModelFile, scope: &Scope) -> Result<Pricing> {
    let mut list = List { model, scope, services: model.programmes()?, prices: Vec::new(), added_beds: Vec::new() };
    let mut faults = Vec::new();
    for (kind, above, cards) in [
        (CostKind::Service, "chain.services", &model.chain.services),
        (CostKind::Programme, "interventions", &model.interventions),
    ] {
        for (name, card) in cards {
            if let Err(what) = list.card(kind, name, card) {
                let cure = "give columns year, status_quo, programme and full, in order";
                faults.push(Error::data(what, cure).at_key(format!("{above}.{name}")));
            }
        }
    }
    list.chain();
    if let Err(what) = list.beds() {
        let cure = "give columns kind, total, municipality, rijk, awbz and other";
        faults.push(Error::data(what, cure).at_key("money.budget"));
    }
    list.society();
    list.health();
    for covered in model.money.covers.keys().filter(|covered| !model.money.items.contains(covered)) {
        let what = format!("`{covered}` is not an item of the budget");
        let cure = format!("the items are {}", model.money.items.join(", "));
        faults.push(Error::data(what, cure).at_key("money.covers"));
    }
    let known = |item: &String| list.prices.iter().any(|price| price.kind == CostKind::Service && price.item == *item);
    for item in model.money.overhead.items.iter().filter(|item| !known(item)) {
        let what = format!("`{item}` is not a service with costs");
        let mut services: Vec<&str> = list
            .prices
            .iter()
            .filter(|price| price.kind == CostKind::Service)
            .map(|price| price.item.as_str())
            .collect();
        services.dedup();
        faults.push(
            Error::data(what, format!("the services are {}", services.join(", "))).at_key("money.overhead.items"),
        );
    }
    if !faults.is_empty() {
        return Err(Errors(faults));
    }
    let health = &model.money.health;
    let cutoffs = Cutoffs {
        symptoms: [health.mild_from.get(), health.moderate_from.get(), health.severe_from.get()],
        conduct: health.conduct_from.get(),
        life_expectancy: health.life_expectancy.get(),
        least_left: health.least_left.get(),
    };
    let is_outside = |(_, name): &(usize, &&str)| OUTSIDE.contains(*name);
    let paid_elsewhere = SHELTERS.iter().enumerate().filter(is_outside).map(|(kind, _)| kind as u16).collect();
    Ok(Pricing { scale: scope.scale, prices: list.prices, added_beds: list.added_beds, paid_elsewhere, cutoffs })
}

struct List<'a> {
    model: &'a ModelFile,
    scope: &'a Scope,
    services: Vec<Service>,
    prices: Vec<Price>,
    added_beds: Vec<(u16, Steps)>,
}

impl List<'_> {
    fn put(&mut self, kind: CostKind, item: &str, entry: &str, payer: &str, price: f64, volume: Volume) {
        let (item, entry, payer) = (item.to_owned(), entry.to_owned(), payer.to_owned());
        let overhead = &self.model.money.overhead;
        let of = kind == CostKind::Service && overhead.items.contains(&item);
        let overhead = if of { overhead.share.get() } else { 0.0 };
        self.prices.push(Price { kind, item, entry, payer, unit: CostUnit::Euro, price, overhead, volume });
    }

    fn index(&self, name: &str) -> Option<u16> {
        self.services.iter().position(|service| service.name == name).map(|at| at as u16)
    }

    /// Prices on a card of a measure or service.
    fn card(&mut self, kind: CostKind, name: &str, card: &Card) -> std::result::Result<(), String> {
        let (cities, window) = (self.model.places.cities.len(), self.scope.enrolment);
        let schedule = card.schedule(&card.coverage, cities, window)?;
        let coverage = steps(&schedule, Schedule::at);
        let mut beds = Vec::new();
        for provider in card.beds.keys() {
            let schedule = card.beds_schedule(provider, cities, window)?;
            beds.push((provider.as_str(), steps(&schedule, Schedule::at)));
        }
        if card.costs.values().any(|cost| cost.per == Per::PlaceYear) {
            let kind_of = |provider: &str| SHELTERS.iter().position(|shelter| *shelter == provider);
            let of_shelters =
                beds.iter().filter_map(|(provider, steps)| Some((kind_of(provider)? as u16, steps.clone())));
            self.added_beds.extend(of_shelters.collect::<Vec<_>>());
        }
        let staffed = self.programme_places(card, cities)?;
        let intensity = card.programme.as_ref().map_or(1.0, |programme| programme.intensity());
        for (entry, cost) in &card.costs {
            let programme = || {
                self.index(name)
                    .ok_or_else(|| format!("`costs.{entry}` is paid per person, but the card has no programme"))
            };
            let volumes = match cost.per {
                Per::Start => vec![Volume::Starts(programme()?)],
                Per::PersonMonth => vec![Volume::PersonMonths(programme()?)],
                Per::Offer => vec![Volume::Offers(programme()?)],
                Per::Passage => {
                    let moved = |(edge, to): (&Edge, &Probability)| MovedEdge {
                        edge: *edge,
                        to: to.get(),
                        base: self.chances_without(*edge, cities),
                    };
                    vec![Volume::Moved { edges: card.edges.iter().map(moved).collect(), coverage: coverage.clone() }]
                }
                Per::CityYear => vec![Volume::CityYears(coverage.clone())],
                Per::Once => vec![Volume::Once(steps(&schedule, Schedule::beyond))],
                Per::PlaceYear => {
                    beds.iter().map(|(_, steps)| steps).chain(&staffed).cloned().map(Volume::PlaceYears).collect()
                }
            };
            let factor =
                if matches!(cost.per, Per::Start | Per::PersonMonth | Per::PlaceYear) { intensity } else { 1.0 };
            for volume in volumes {
                self.put(kind, name, entry, cost.payer.word(), cost.price.get() * factor, volume);
            }
        }
        Ok(())
    }

    /// Probability of an edge without measures, by city; none if it differs from case to case.
    fn chances_without(&self, edge: Edge, cities: usize) -> Vec<f64> {
        let ChainTable { detection, police, desk, needs, amk, court, cases, .. } = &self.model.chain;
        let chance = match edge {
            Edge::Screening => {
                return indexed(&police.screening, "city", "screening", cities).unwrap_or_default();
            }
            // What raises or lowers the probability does the same to that of a desk.
            Edge::ElderReport => detection.elder,
            Edge::Complaint => police.complaint,
            Edge::ExOfficio => police.ex_officio,
            Edge::Arrest => police.arrest,
            Edge::ScreeningAccepted => police.screening_accepted,
            Edge::Ban => police.ban,
            Edge::BanHelp => police.ban_help,
            Edge::HandOverCriminal => police.hand_over_criminal,
            Edge::HandOverOther => police.hand_over_other,
            Edge::PoliceToAmk => police.to_amk,
            Edge::HelpVictim => desk.help_victim,
            Edge::HelpPerpetrator => desk.help_perpetrator,
            Edge::HelpChild => desk.help_child,
            Edge::NeedsAssessed => desk.needs_assessed,
            Edge::NeedsSheltered => needs.in_shelter,
            Edge::NeedsInvestigated => needs.in_investigation,
            Edge::Investigation => amk.investigation,
            Edge::YouthCare => amk.youth_care,
            Edge::Protection => amk.protection,
            Edge::Placement => amk.placement,
            Edge::Prosecution => court.prosecution,
            Edge::Conviction => court.conviction,
            Edge::Custody => court.custody,
            Edge::Transfer => cases.transfer,
            _ => return Vec::new(),
        };
        vec![chance.get(); cities]
    }

    /// Places of the programme of a card beyond the status quo: none if there is no limit, and 0 if the card is switched
    /// off by a coverage of 0.
    fn programme_places(&self, card: &Card, cities: usize) -> std::result::Result<Option<Steps>, String> {
        let places = card.programme.as_ref().and_then(|programme| programme.places.as_ref());
        let Some(places) = places else { return Ok(None) };
        let on = f64::from(u8::from(card.coverage.value > 0.0));
        let schedule = card.schedule(places, cities, self.scope.enrolment)?;
        let beyond = |schedule: &Schedule, city, month| on * schedule.beyond(city, month).max(0.0);
        let staffed = steps(&schedule, beyond);
        Ok(staffed.0.iter().flatten().all(|(_, value)| value.is_finite()).then_some(staffed))
    }

    /// Prices of the chain of 2008 other than programmes.
    fn chain(&mut self) {
        let prices = &self.model.money.prices;
        let residential = prices.residential_share.get();
        let mut put = |item: &str, of: &UnitPrice, part: f64, volume: Volume| {
            self.put(CostKind::Service, item, "", of.payer.word(), of.price.get() * part, volume);
        };
        put("police_response", &prices.police_response, 1.0, Volume::PoliceReports);
        put("arrest", &prices.arrest, 1.0, Volume::Passed(Edge::Arrest));
        put("prosecution", &prices.prosecution, 1.0, Volume::Passed(Edge::Prosecution));
        put("ban", &prices.ban, 1.0, Volume::Passed(Edge::Ban));
        put("ashg_contact", &prices.ashg_contact, 1.0, Volume::DeskContacts);
        put("case_management", &prices.case_management, 1.0, Volume::HelpedFamilies);
        put("amk_investigation", &prices.amk_investigation, 1.0, Volume::Investigations);
        let month = 1.0 / 12.0;
        put("foster_month", &prices.foster_year, month, Volume::PlacementMonths(1.0 - residential));
        put("residential_month", &prices.residential_year, month, Volume::PlacementMonths(residential));
    }

    /// A bed in a shelter, divided among its payers as in annexe IIa.
    fn beds(&mut self) -> std::result::Result<(), String> {
        let budget = &self.model.money.budget;
        let (kind, total) = (budget.values("kind")?, budget.values("total")?);
        let shelter = self.model.money.items.iter().position(|item| item == "womens_shelter");
        let row = shelter.and_then(|item| kind.iter().position(|kind| *kind == item as f64));
        let row = row.filter(|row| total[*row] > 0.0).ok_or("it has no amount for `womens_shelter`")?;
        let mut shares = Vec::new();
        for payer in BED_PAYERS {
            shares.push(budget.values(payer.word())?[row]);
        }
        let year = Cents::from(self.model.chain.shelter.bed_price);
        for (payer, part) in BED_PAYERS.into_iter().zip(year.split(&shares)) {
            self.put(CostKind::Service, "shelter_bed_month", "", payer.word(), part.euro() / 12.0, Volume::BedMonths);
        }
        Ok(())
    }

    /// Further costs to society.
    fn society(&mut self) {
        let society = &self.model.money.society;
        let remainder = society.remainder.get();
        for (item, of, state) in [
            ("victim_care", &society.victim_care, State::SevereVictim),
            ("victim_work", &society.victim_work, State::SevereVictim),
            ("survivor", &society.survivor, State::Survivor),
        ] {
            let price = of.price.get() * remainder;
            self.put(CostKind::Societal, item, "", of.payer.word(), price, Volume::Persons(state));
        }
    }

    /// Health weights of consequences.
    fn health(&mut self) {
        let h = &self.model.money.health;
        let persons = |item, weight: crate::units::Share, state| (item, weight.get(), Volume::Persons(state));
        // Weights of symptoms and death are the same in both; values measured as quality of life have no DALY weight.
        let both = [
            persons("depression_mild", h.depression_mild, State::DepressionMild),
            persons("depression_moderate", h.depression_moderate, State::DepressionModerate),
            persons("depression_severe", h.depression_severe, State::DepressionSevere),
            persons("anxiety_mild", h.anxiety_mild, State::AnxietyMild),
            persons("anxiety_moderate", h.anxiety_moderate, State::AnxietyModerate),
            persons("anxiety_severe", h.anxiety_severe, State::AnxietySevere),
            persons("conduct_disorder", h.conduct_disorder, State::ConductDisorder),
            ("killed", 1.0, Volume::Killed),
        ];
        let qaly = [
            persons("survivor", h.survivor, State::Survivor),
            persons("abuse_moderate", h.abuse_moderate, State::AbuseModerate),
            persons("abuse_severe", h.abuse_severe, State::AbuseSevere),
        ];
        let of = |unit: CostUnit, list: &[(&'static str, f64, Volume)]| {
            list.iter().map(|(item, weight, volume)| (unit, *item, *weight, volume.clone())).collect::<Vec<_>>()
        };
        let all = [of(CostUnit::Qaly, &qaly), of(CostUnit::Qaly, &both), of(CostUnit::Daly, &both)].concat();
        for (unit, item, price, volume) in all {
            let (item, entry, payer) = (item.to_owned(), String::new(), NOBODY.to_owned());
            self.prices.push(Price { kind: CostKind::Health, item, entry, payer, unit, price, overhead: 0.0, volume });
        }
    }
}

/// A value of a schedule in each city, from each month on in which it may be another.
fn steps(schedule: &Schedule, value: impl Fn(&Schedule, usize, Month) -> f64) -> Steps {
    let of_city =
        |city| schedule.changes(city).into_iter().map(|month| (month, value(schedule, city, month))).collect();
    Steps((0..schedule.cities()).map(of_city).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};
    use crate::interventions::Level;

    fn model() -> ModelFile {
        let sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
        load::<ModelFile>(&sources).unwrap_or_else(|errors| panic!("{errors}")).0
    }

    fn priced(model: &ModelFile, enrolment: Option<(Month, Month)>) -> Pricing {
        let scope = Scope { scale: 0.1, enrolment, ..Scope::default() };
        pricing(model, &scope).unwrap_or_else(|errors| panic!("{errors}"))
    }

    #[test]
    fn the_budget_covers_items_that_there_are_and_each_once() {
        let model = model();
        let priced = priced(&model, None);
        let mut covered: Vec<&String> = model.money.covers.values().flatten().collect();
        for item in &covered {
            assert!(priced.prices.iter().any(|price| price.item == **item), "nothing is called {item}");
        }
        let all = covered.len();
        covered.sort();
        covered.dedup();
        assert_eq!(covered.len(), all, "something is under two items of the budget");
        let mut wrong = model.clone();
        wrong.money.covers.insert("ambulances".into(), vec!["nhv".into()]);
        let errors = pricing(&wrong, &Scope::default()).expect_err("no such item");
        assert!(errors.to_string().contains("`ambulances` is not an item of the budget"), "{errors}");
    }

    #[test]
    fn all_money_on_cards_has_a_price_and_payers_of_a_bed_add_up_to_it() {
        let model = model();
        let priced = priced(&model, None);
        for (name, card) in model.interventions.iter().chain(&model.chain.services) {
            for (entry, cost) in &card.costs {
                let of = |price: &&Price| price.item == *name && price.entry == *entry;
                let found: Vec<&Price> = priced.prices.iter().filter(of).collect();
                assert!(!found.is_empty(), "{name}.{entry} has no price");
                assert!(found.iter().all(|price| price.price == cost.price.get()), "{name}.{entry}");
            }
        }
        let beds = priced.prices.iter().filter(|price| price.volume == Volume::BedMonths);
        let year: Cents = beds.map(|price| Cents::of(price.price * 12.0)).sum();
        assert_eq!(year, Cents::from(model.chain.shelter.bed_price));
    }

    #[test]
    fn passages_that_a_card_pays_for_are_weighed_by_the_probabilities_of_the_model() {
        let mut model = model();
        for card in model.interventions.values_mut() {
            card.level = Level::Full;
        }
        let mut edges = Vec::new();
        for price in priced(&model, None).prices {
            let Volume::Moved { edges: moved, .. } = price.volume else { continue };
            for MovedEdge { edge, to, base } in moved {
                assert_eq!(model.interventions[&price.item].edges[&edge].get(), to, "{}", price.item);
                edges.push((edge, base));
            }
        }
        let police = &model.chain.police;
        let all = |chance: Probability| vec![chance.get(); model.places.cities.len()];
        let base = |edge: Edge| &edges.iter().find(|(own, _)| *own == edge).expect("a card pays for it").1;
        assert_eq!(*base(Edge::Ban), all(police.ban));
        assert_eq!(*base(Edge::HandOverOther), all(police.hand_over_other));
        assert_eq!(*base(Edge::HandOverCriminal), all(police.hand_over_criminal));
        assert_eq!(*base(Edge::Screening), indexed(&police.screening, "city", "screening", 4).expect("by city"));
        assert!(edges.iter().all(|(_, base)| base.len() == 4), "an edge has no probability of 2008: {edges:?}");
    }

    #[test]
    fn nothing_that_a_programme_does_is_paid_under_two_items() {
        let model = model();
        let names: Vec<String> = model.programmes().expect("a sound model").into_iter().map(|it| it.name).collect();
        for price in &priced(&model, None).prices {
            if let Volume::Starts(of) | Volume::PersonMonths(of) | Volume::Offers(of) = price.volume {
                assert_eq!(price.item, names[usize::from(of)], "paid per person of another programme");
            }
        }
    }

    #[test]
    fn overhead_is_of_the_services_that_the_model_lists_and_of_no_bed_arrest_or_placement() {
        let mut model = model();
        let share = model.money.overhead.share.get();
        let of = |price: &Price| (price.item.clone(), price.overhead);
        let all: Vec<(String, f64)> = priced(&model, None).prices.iter().map(of).collect();
        for (item, overhead) in all {
            let listed = model.money.overhead.items.contains(&item);
            assert_eq!(overhead, if listed { share } else { 0.0 }, "{item}");
            assert!(!listed || !["bed", "arrest", "police", "month", "prosecution"].iter().any(|it| item.contains(it)));
        }
        model.money.overhead.items.push("ambulances".into());
        let errors = pricing(&model, &Scope::default()).expect_err("no such service");
        assert!(errors.to_string().contains("`ambulances` is not a service with costs"), "{errors}");
    }

    #[test]
    fn symptoms_and_deaths_weigh_the_same_in_qaly_and_daly() {
        let priced = priced(&model(), None);
        let of = |unit: CostUnit| -> Vec<(&str, f64)> {
            let own = priced.prices.iter().filter(|price| price.unit == unit);
            own.map(|price| (price.item.as_str(), price.price)).collect()
        };
        let (qaly, daly) = (of(CostUnit::Qaly), of(CostUnit::Daly));
        assert!(daly.iter().all(|weight| qaly.contains(weight)), "{daly:?}");
        let more: Vec<&str> = qaly.iter().filter(|weight| !daly.contains(weight)).map(|weight| weight.0).collect();
        assert_eq!(more, ["survivor", "abuse_moderate", "abuse_severe"]);
    }

    #[test]
    fn money_spent_once_follows_coverage_beyond_the_status_quo_and_the_window_of_enrolment() {
        let mut model = model();
        let beyond = |pricing: &Pricing, month: Month| {
            let of = |price: &Price| match &price.volume {
                Volume::Once(steps) => (0..4).map(|city| steps.at(city, month)).sum::<f64>(),
                _ => 0.0,
            };
            pricing.prices.iter().filter(|price| price.item == "regie_ontschotting").map(of).sum::<f64>()
        };
        let later = Month::january(2012);
        assert_eq!(beyond(&priced(&model, None), later), 0.0, "status quo");
        for card in model.interventions.values_mut() {
            card.level = Level::Programme;
        }
        assert!(beyond(&priced(&model, None), later) > 0.0);
        let window = Some((Month::january(2009), Month::january(2011)));
        assert!(beyond(&priced(&model, window), Month::january(2011)) > 0.0, "the last month is in the window");
        assert_eq!(beyond(&priced(&model, window), later), 0.0, "after the window");
        for card in model.interventions.values_mut() {
            card.level = Level::Off;
        }
        assert_eq!(beyond(&priced(&model, None), later), 0.0, "switched off");
    }
}
