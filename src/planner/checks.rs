//! Faults of a mix: what contradicts itself, told at the control that it concerns.

use super::catalogue::Catalogue;
use super::controls::{END, MixFault, slug};
use super::mix::{CARD_PRICE, FIRST_END, LAST_END, Mix, MixLevel, MixLine};
use crate::world::Month;

/// Most places that a mix may give to a measure in a city.
const MOST_PLACES: u32 = 100_000;
/// Highest prices that a mix may give, percent of those on the card.
const MOST_PRICE: u32 = 1000;
/// First month that a mix may name.
const FIRST: Month = Month(0);

impl Mix {
    /// Everything in the mix that contradicts itself or the plan; empty for a mix that can be simulated.
    pub fn faults(&self, catalogue: &Catalogue) -> Vec<MixFault> {
        let mut faults = Vec::new();
        if !(FIRST_END..=LAST_END).contains(&self.end) {
            let (first, last) = (FIRST_END - 1, LAST_END - 1);
            faults.push(MixFault::new(
                END,
                format!("The last year must be from {first} to {last}."),
                format!("Het laatste jaar moet liggen van {first} tot en met {last}."),
            ));
        }
        for (key, line) in &self.lines {
            if catalogue.card(key).is_none() {
                faults.push(MixFault::unknown(key));
                continue;
            }
            LineChecks { catalogue, key, line, end: self.end }.add(&mut faults);
        }
        faults
    }
}

/// The checks of one line.
struct LineChecks<'a> {
    catalogue: &'a Catalogue,
    key: &'a str,
    line: &'a MixLine,
    end: i32,
}

impl LineChecks<'_> {
    fn fault(&self, control: &str, english: String, dutch: String) -> MixFault {
        MixFault::new(&format!("{}.{control}", self.key), english, dutch)
    }

    fn add(&self, faults: &mut Vec<MixFault>) {
        let line = self.line;
        let unknown = line.cities.keys().filter(|city| !self.catalogue.cities().contains(city));
        faults.extend(unknown.map(|city| MixFault::unknown(&format!("{}.{}", self.key, slug(city)))));
        if !line.is_active(self.catalogue.cities()) {
            let set = [
                ("from", line.from.is_some()),
                ("until", line.until.is_some()),
                ("means", line.means != 100),
                ("price", line.price != 100),
            ];
            for (control, _) in set.into_iter().filter(|(_, set)| *set) {
                faults.push(self.fault(
                    control,
                    "The measure is at the status quo everywhere, so this has no effect. Choose a level, or clear this \
                     field."
                        .into(),
                    "De maatregel blijft overal zoals in 2008. Dit veld doet dus niets. Kies een niveau, of maak dit \
                     veld leeg."
                        .into(),
                ));
            }
        } else {
            self.months(faults);
            if !(1..=100).contains(&line.means) {
                faults.push(self.fault(
                    "means",
                    "The share of the means must be from 1 to 100 per cent.".into(),
                    "Het deel van de middelen moet liggen van 1 tot en met 100 procent.".into(),
                ));
            }
            self.price(faults);
        }
        self.places(faults);
    }

    /// The first and the last month against the plan, each other, and the years that are simulated.
    fn months(&self, faults: &mut Vec<MixFault>) {
        let (line, end) = (self.line, Month::january(self.end));
        let Some(planned) = self.catalogue.planned_start(self.key, line) else {
            faults.push(MixFault::new(
                self.key,
                "At this level the measure does nothing beyond the status quo in the chosen cities. Choose another level \
                 or other cities."
                    .into(),
                "Op dit niveau doet de maatregel in de gekozen steden niets extra. Kies een ander niveau of andere \
                 steden."
                    .into(),
            ));
            return;
        };
        if line.from.is_some_and(|from| from < planned) {
            faults.push(self.fault(
                "from",
                format!("The measure cannot begin before its plan: {planned}. Choose that month or a later one."),
                format!("De maatregel kan niet eerder beginnen dan het plan: {planned}. Kies die maand of later."),
            ));
        }
        if line.from.is_some_and(|from| from >= end) {
            let last = self.end - 1;
            faults.push(self.fault(
                "from",
                format!("This is after {last}, the last year that is simulated. Choose an earlier month."),
                format!("Dit is na {last}, het laatste jaar dat wordt doorgerekend. Kies een eerdere maand."),
            ));
        }
        let begins = line.from.unwrap_or(planned).max(planned).max(FIRST);
        if line.until.is_some_and(|until| until < begins) {
            faults.push(self.fault(
                "until",
                format!("The measure would end before it begins ({begins}). Choose a later month."),
                format!("De maatregel zou eindigen voordat hij begint ({begins}). Kies een latere maand."),
            ));
        }
    }

    /// Prices change what the mix costs, so they are those of the mix alone.
    fn price(&self, faults: &mut Vec<MixFault>) {
        if self.line.price > MOST_PRICE {
            faults.push(self.fault(
                "price",
                format!("The price must be from 0 to {MOST_PRICE} per cent of that on the card."),
                format!("De prijs moet liggen van 0 tot en met {MOST_PRICE} procent van die op de kaart."),
            ));
        }
        if self.line.price != CARD_PRICE && !self.catalogue.has_own_price(self.key) {
            faults.push(self.fault(
                "price",
                "This measure has no price that a mix can change: it has none, or it was there in 2008 already. Clear this \
                 field."
                    .into(),
                "Deze maatregel heeft geen prijs die een mix kan veranderen: er is geen prijs, of de maatregel was er in \
                 2008 al. Maak dit veld leeg."
                    .into(),
            ));
        }
    }

    /// Places only act where the measure goes beyond the status quo.
    fn places(&self, faults: &mut Vec<MixFault>) {
        let kinds = self.catalogue.place_kinds(self.key);
        for (kind, cities) in &self.line.places {
            for (city, places) in cities {
                let control = format!("places.{kind}.{}", slug(city));
                let number = self.catalogue.cities().iter().position(|own| own == city);
                let (Some(number), true) = (number, kinds.contains(&kind.as_str())) else {
                    faults.push(MixFault::unknown(&format!("{}.{control}", self.key)));
                    continue;
                };
                let level = self.line.level_in(city);
                if level == MixLevel::StatusQuo || self.catalogue.start_in(self.key, level, number).is_none() {
                    faults.push(self.fault(
                        &control,
                        format!("Places without the measure: it does not run in {city}. Choose a level for {city}, or clear this field."),
                        format!("Plaatsen zonder de maatregel: die draait niet in {city}. Kies een niveau voor {city}, of maak dit veld leeg."),
                    ));
                }
                if *places > MOST_PLACES {
                    faults.push(self.fault(
                        &control,
                        format!(
                            "More than {MOST_PLACES} places in one city cannot be simulated. Give a smaller number."
                        ),
                        format!("Meer dan {MOST_PLACES} plaatsen in één stad kan niet. Geef een kleiner getal."),
                    ));
                }
            }
        }
    }
}
