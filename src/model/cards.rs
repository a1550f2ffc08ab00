//! What the model makes of its cards together: programmes, places added to shelters, and faults.

use std::collections::BTreeMap;

use super::ModelFile;
use crate::chain::Added;
use crate::engine::Scope;
use crate::error::{Error, Result};
use crate::interventions::{BEDS, Card, Growth, Level, Path, Programmes, Service};
use crate::world::{Month, Occasion};

impl ModelFile {
    /// Programmes in the order of their indices in events: services of 2008 and cards, by name.
    ///
    /// # Errors
    /// As [`ModelFile::steps`].
    pub fn programmes(&self) -> Result<Vec<Service>> {
        let (services, cards) = (&self.chain.services, &self.interventions);
        Programmes::services(services, cards, &self.growth()?, self.places.cities.len(), None).map_err(|what| {
            Error::data(what, "see `keten explain` for what the table holds").at_key("interventions").into()
        })
    }

    /// Growth of the means for regular work, by city.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub(super) fn growth(&self) -> Result<Growth> {
        Growth::new(&self.money.growth, &self.places.populations()?)
            .map_err(|what| Error::data(what, "give the columns year and extra").at_key("money.growth").into())
    }

    /// Whether the start of each programme counts as help in a case, in the order of [`ModelFile::programmes`].
    pub(super) fn helps(&self) -> Result<Vec<bool>> {
        Ok(self.programmes()?.iter().map(|service| service.helps).collect())
    }

    /// The card of a service of 2008 or of a measure.
    pub fn card(&self, name: &str) -> Option<&Card> {
        self.chain.services.get(name).or_else(|| self.interventions.get(name))
    }

    /// Faults of cards that their schema cannot express.
    pub(super) fn card_faults(&self) -> Vec<Error> {
        let cities = self.places.cities.len();
        let of = |above: &str, cards: &BTreeMap<String, Card>| {
            let faults = cards.iter().flat_map(|(name, card)| {
                let at = format!("{above}.{name}");
                let fitting = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
                let own = (!name.chars().all(fitting)).then(|| {
                    let plain = |sign: char| if fitting(sign) { sign } else { '_' };
                    let other: String = name.to_lowercase().chars().map(plain).collect();
                    let what = format!("`{name}` cannot be the key of a card: tables and reports use it as a word");
                    let cure = format!("use small letters, digits and _, for example `{other}`");
                    Error::data(what, cure).at_key(&at)
                });
                let rest = card
                    .faults(cities)
                    .into_iter()
                    .map(move |(key, what, cure)| Error::data(what, cure).at_key(format!("{at}.{key}")));
                own.into_iter().chain(rest)
            });
            faults.collect::<Vec<Error>>()
        };
        let mut faults = of("interventions", &self.interventions);
        faults.extend(of("chain.services", &self.chain.services));
        faults.extend(self.faults_between_cards());
        for name in self.chain.services.keys().filter(|name| self.interventions.contains_key(*name)) {
            let what = format!("a service of 2008 and a measure are both named {name}");
            faults.push(Error::data(what, "give one of them another name").at_key(format!("interventions.{name}")));
        }
        faults.extend(self.growth_faults());
        faults.extend(self.stand_in_faults());
        faults
    }

    /// Faults of programmes that are given in place of another one.
    fn stand_in_faults(&self) -> Vec<Error> {
        let cards = || self.chain.services.iter().chain(&self.interventions);
        let programme_of = |wanted: &str| {
            let card = cards().find(|(name, _)| *name == wanted).map(|(_, card)| card);
            card.and_then(|card| card.programme.as_ref())
        };
        let mut faults = Vec::new();
        for (above, cards) in [("chain.services", &self.chain.services), ("interventions", &self.interventions)] {
            for (name, form) in cards.iter().filter_map(|(name, card)| card.programme.as_ref().map(|form| (name, form)))
            {
                let Some(wanted) = &form.instead_of else { continue };
                let (what, cure) = match programme_of(wanted) {
                    None => (
                        format!("no service or measure with participants is named `{wanted}`"),
                        "give the key of one, for example `perpetrator_help`",
                    ),
                    Some(other) if wanted == name || other.instead_of.is_some() => (
                        format!("`{wanted}` is given in place of another programme itself"),
                        "name the programme that is replaced, and leave `instead_of` out of its own table",
                    ),
                    Some(other) if other.occasion != form.occasion => (
                        format!("`{wanted}` is offered at another occasion, `{}`", other.occasion.word()),
                        "give both programmes one occasion",
                    ),
                    Some(_) => continue,
                };
                faults.push(Error::data(what, cure).at_key(format!("{above}.{name}.programme.instead_of")));
            }
        }
        faults
    }

    /// All services of 2008 and cards, with the key of the table in which they stand.
    fn all_cards(&self) -> impl Iterator<Item = (&'static str, &String, &Card)> {
        let services = self.chain.services.iter().map(|(name, card)| ("chain.services", name, card));
        services.chain(self.interventions.iter().map(|(name, card)| ("interventions", name, card)))
    }

    /// Faults of cards that need another one: a measure that leads to help that nobody gives, and places added to
    /// nothing.
    fn faults_between_cards(&self) -> Vec<Error> {
        let mut faults = Vec::new();
        for (above, name, card) in self.all_cards() {
            for to in card.more_places.keys() {
                // A programme without limit stays so.
                let there = self.all_cards().any(|(_, other, card)| other == to && card.programme.is_some());
                if !there {
                    let what = format!("there is no programme `{to}` to add places to");
                    let at = format!("{above}.{name}.more_places.{to}");
                    faults.push(Error::data(what, "use the key of one").at_key(at));
                }
            }
            for programme in card.programme.iter().filter(|_| self.covers(card)) {
                let of_victim = programme.victim.as_ref().map(|offer| ("victim.leads_to", offer.leads_to));
                let own = programme.leads_to.map(|occasion| ("leads_to", occasion));
                for (key, occasion) in own.into_iter().chain(of_victim) {
                    let at = format!("{above}.{name}.programme.{key}");
                    faults.extend(self.leads_nowhere(at, name, occasion));
                }
            }
        }
        faults
    }

    /// Whether a card covers anybody at its level.
    fn covers(&self, card: &Card) -> bool {
        // A table that cannot be read is a fault of its own.
        Path::of(&card.coverage, card.level, self.places.cities.len()).is_ok_and(|path| path.most() > 0.0)
    }

    /// The fault of a measure that leads to an occasion on which no programme is offered.
    fn leads_nowhere(&self, at: String, name: &str, occasion: Occasion) -> Option<Error> {
        let offered = |card: &Card| card.programme.as_ref().is_some_and(|own| own.is_offered_on(occasion));
        let there: Vec<_> = self.all_cards().filter(|(.., card)| offered(card)).collect();
        if there.iter().any(|(.., card)| self.covers(card)) {
            return None;
        }
        let Some((above, other, card)) = there.first() else {
            let what = format!("it leads to `{}`, on which no programme is offered", occasion.word());
            return Some(Error::data(what, "leave it out, or add a card with that occasion").at_key(at));
        };
        let key = if card.level == Level::Off { "level" } else { "coverage" };
        let what = format!("`{other}` is given to nobody, and {name} leads to it");
        let cure = format!("give `{other}` a level with coverage, or switch {name} off");
        Some(Error::data(what, cure).at_key(format!("{above}.{other}.{key}")))
    }

    /// Shares of the growth of the means that buy less than one place.
    fn growth_faults(&self) -> Vec<Error> {
        let Ok(growth) = self.growth() else { return Vec::new() };
        let of = |(name, card): (&String, &Card)| {
            let places = growth.places(card, card.programme.as_ref()?);
            let at = format!("chain.services.{name}.programme.growth");
            match places {
                Err(what) => Some(Error::data(what, "give the service a price, or leave `growth` out").at_key(at)),
                Ok(Some(places)) if (0.0..1.0).contains(&places.most()) && places.most() > 0.0 => {
                    let what = format!("the growth of the means buys at most {:.2} places in a city", places.most());
                    let cure = "give a larger share, or 0: less than one place serves nobody";
                    Some(Error::data(what, cure).at_key(at))
                }
                Ok(_) => None,
            }
        };
        self.chain.services.iter().filter_map(of).collect()
    }

    /// Beds and dwellings added by cards.
    pub(super) fn added_beds(&self, scope: &Scope) -> std::result::Result<Added, String> {
        let mut added = Added::new();
        for kind in BEDS {
            let mut schedules = Vec::new();
            for (name, card) in self.interventions.iter().filter(|(_, card)| card.beds.contains_key(kind)) {
                let schedule = card.beds_schedule(kind, scope.cities, scope.enrolment);
                schedules.push(schedule.map_err(|what| format!("interventions.{name}.beds.{kind}: {what}"))?);
            }
            if !schedules.is_empty() {
                let at = move |city: usize, now: Month| schedules.iter().map(|schedule| schedule.at(city, now)).sum();
                added.insert(kind.to_owned(), Box::new(at));
            }
        }
        Ok(added)
    }
}
