//! What the model makes of its cards together: programmes, places added to shelters, and faults.

use std::collections::BTreeMap;

use super::ModelFile;
use crate::chain::Added;
use crate::engine::Scope;
use crate::error::{Error, Result};
use crate::interventions::{BEDS, Card, Programmes, Service};
use crate::world::Month;

impl ModelFile {
    /// Programmes in the order of their indices in events: services of 2008 and cards, by name.
    ///
    /// # Errors
    /// As [`ModelFile::steps`].
    pub fn programmes(&self) -> Result<Vec<Service>> {
        Programmes::services(&self.chain.services, &self.interventions, self.places.cities.len(), None).map_err(
            |what| Error::data(what, "see `keten explain` for what the table holds").at_key("interventions").into(),
        )
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
        for name in self.chain.services.keys().filter(|name| self.interventions.contains_key(*name)) {
            let what = format!("a service of 2008 and a measure are both named {name}");
            faults.push(Error::data(what, "give one of them another name").at_key(format!("interventions.{name}")));
        }
        faults
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
