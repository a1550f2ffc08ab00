//! The address of a mix: its controls with what they say, as a query that can be shared.
//!
//! `nhv=full` is the level of a measure, `nhv.rotterdam=programme` that in one city, `nhv.from=2010-01`,
//! `nhv.until=2015-12`, `nhv.means=50`, `nhv.price=120`, `nhv.places.own.rotterdam=300`, and `end=2039` the last year that is simulated. The
//! names are also those of the controls of the page.

use super::catalogue::Catalogue;
use super::controls::{END, MixFault, slug};
use super::mix::{ALL_MEANS, CARD_PRICE, Mix, MixLevel, MixLine, USUAL_END};
use crate::world::Month;

/// Most controls of an address that are read.
const MOST: usize = 2000;

/// An address that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixAddress {
    /// The mix of all controls that could be read.
    pub mix: Mix,
    /// Faults of the others.
    pub faults: Vec<MixFault>,
}

impl Mix {
    /// The query of the mix, without `?`: empty for the status quo until the usual year.
    pub fn to_query(&self, catalogue: &Catalogue) -> String {
        let mix = self.clone().tidy(catalogue.cities());
        let mut controls = Vec::new();
        for (key, line) in &mix.lines {
            if line.level != MixLevel::StatusQuo {
                controls.push((key.clone(), line.level.word().to_owned()));
            }
            for (city, level) in &line.cities {
                controls.push((format!("{key}.{}", slug(city)), level.word().to_owned()));
            }
            controls.extend(line.from.map(|month| (format!("{key}.from"), month.to_string())));
            controls.extend(line.until.map(|month| (format!("{key}.until"), month.to_string())));
            if line.means != ALL_MEANS {
                controls.push((format!("{key}.means"), line.means.to_string()));
            }
            if line.price != CARD_PRICE {
                controls.push((format!("{key}.price"), line.price.to_string()));
            }
            for (kind, cities) in &line.places {
                for (city, places) in cities {
                    controls.push((format!("{key}.places.{kind}.{}", slug(city)), places.to_string()));
                }
            }
        }
        if mix.end != USUAL_END {
            controls.push((END.to_owned(), (mix.end - 1).to_string()));
        }
        let pairs: Vec<String> = controls.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    /// The mix of a query, with or without `?`. Controls without a value say nothing.
    pub fn from_query(catalogue: &Catalogue, query: &str) -> MixAddress {
        let query = query.strip_prefix('?').unwrap_or(query);
        Mix::from_controls(catalogue, form_urlencoded::parse(query.as_bytes()))
    }

    /// The mix of the controls of a page: names and values.
    pub fn from_controls(
        catalogue: &Catalogue,
        controls: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> MixAddress {
        let mut address = MixAddress { mix: Mix::status_quo(), faults: Vec::new() };
        for (name, value) in controls.into_iter().take(MOST) {
            let (name, value) = (name.as_ref(), value.as_ref().trim());
            if value.is_empty() {
                continue;
            }
            if let Err(fault) = address.mix.take(catalogue, name, value) {
                address.faults.push(fault);
            }
        }
        address.mix = address.mix.tidy(catalogue.cities());
        address
    }

    /// Reads one control.
    fn take(&mut self, catalogue: &Catalogue, name: &str, value: &str) -> Result<(), MixFault> {
        if name == END {
            let year = whole(name, value)?;
            // Whether the year is among those that a mix may have is a check of the mix.
            self.end = i32::try_from(year).unwrap_or(i32::MAX - 1).saturating_add(1);
            return Ok(());
        }
        let parts: Vec<&str> = name.split('.').collect();
        let (key, control) = parts.split_first().map_or(("", &[][..]), |(key, rest)| (*key, rest));
        if catalogue.card(key).is_none() {
            return Err(MixFault::unknown(name));
        }
        let city = |word: &str| catalogue.cities().iter().find(|city| slug(city) == word).cloned();
        let line: &mut MixLine = self.lines.entry(key.to_owned()).or_default();
        match control {
            [] => line.level = level(name, value)?,
            ["from"] => line.from = Some(month(name, value)?),
            ["until"] => line.until = Some(month(name, value)?),
            ["means"] => line.means = whole(name, value)?,
            ["price"] => line.price = whole(name, value)?,
            ["places", kind, place] => {
                let known = catalogue.place_kinds(key).contains(kind);
                let (Some(city), true) = (city(place), known) else { return Err(MixFault::unknown(name)) };
                let places = whole(name, value)?;
                line.places.entry((*kind).to_owned()).or_default().insert(city, places);
            }
            [place] => {
                let Some(city) = city(place) else { return Err(MixFault::unknown(name)) };
                line.cities.insert(city, level(name, value)?);
            }
            _ => return Err(MixFault::unknown(name)),
        }
        Ok(())
    }
}

fn level(name: &str, value: &str) -> Result<MixLevel, MixFault> {
    MixLevel::named(value).ok_or_else(|| {
        MixFault::new(
            name,
            "There is no such level. Choose the status quo, the programme or full roll-out.".into(),
            "Dit niveau bestaat niet. Kies de situatie van 2008, het programma of volledige invoering.".into(),
        )
    })
}

fn month(name: &str, value: &str) -> Result<Month, MixFault> {
    Month::parse(value).map_err(|_| {
        MixFault::new(
            name,
            "This is not a month. Write the year, a hyphen and the month: 2010-09.".into(),
            "Dit is geen maand. Schrijf het jaar, een streepje en de maand: 2010-09.".into(),
        )
    })
}

fn whole(name: &str, value: &str) -> Result<u32, MixFault> {
    value.parse().map_err(|_| {
        MixFault::new(
            name,
            "This is not a whole number. Write digits only, for example 60.".into(),
            "Dit is geen heel getal. Schrijf alleen cijfers, bijvoorbeeld 60.".into(),
        )
    })
}
