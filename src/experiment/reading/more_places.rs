//! Places added in a city by one line of a scenario: `more_places.Rotterdam.shelter_crisis = 60`. They are written out as
//! a card of the model, with the price that the model's own card has for such a place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::{self, Change, Fault, Merged};
use crate::interventions::BEDS;

/// Names of the added capacity in shelters, in English and Dutch, in the order of [`BEDS`].
const NAMES: [[&str; 2]; BEDS.len()] = [
    ["More crisis places in shelters", "Meer crisisplaatsen in de opvang"],
    ["More follow-up places in shelters", "Meer vervolgplaatsen in de opvang"],
    ["More places in the men's shelter", "Meer plaatsen in de mannenopvang"],
    ["More dwellings after a shelter", "Meer woningen na de opvang"],
];

/// A card that a scenario adds.
pub(super) struct AddedCard {
    /// Its key in the model.
    pub(super) key: String,
    pub(super) card: Table,
    /// Pointer of the entry that it comes from.
    pub(super) from: String,
}

/// Places added to one provider.
struct AddedPlaces {
    by_city: Vec<(String, f64)>,
    /// Pointer of the first entry.
    from: String,
}

/// The cards of the places that a scenario adds, one for each provider. `at` is the pointer of the scenario.
pub(super) fn cards(more: Option<&Value>, at: &str, model: &Table, faults: &mut Vec<Fault>) -> Vec<AddedCard> {
    let above = config::push(at, "more_places");
    let cities = cities(model);
    let mut added: BTreeMap<&str, AddedPlaces> = BTreeMap::new();
    for (city, of_city) in more.and_then(Value::as_table).into_iter().flatten() {
        let from = config::push(&above, city);
        let Some(known) = cities.iter().find(|known| known.eq_ignore_ascii_case(city)) else {
            let cure = match config::nearest(city, cities.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"? Write more_places.CITY.PROVIDER = number"),
                None => format!("the cities are {}; write more_places.CITY.PROVIDER = number", cities.join(", ")),
            };
            faults.push(Fault::new(from, format!("there is no city \"{city}\""), cure));
            continue;
        };
        for (provider, number) in of_city.as_table().into_iter().flatten() {
            let from = config::push(&from, provider);
            // A value of another kind is a fault of the schema.
            let Some(number) = number.as_float().or_else(|| number.as_integer().map(|whole| whole as f64)) else {
                continue;
            };
            match provider_fault(provider, model) {
                Some((what, cure)) => faults.push(Fault::new(from, what, cure)),
                None => {
                    let entry = added.entry(provider).or_insert_with(|| AddedPlaces { by_city: Vec::new(), from });
                    entry.by_city.push(((*known).to_owned(), number));
                }
            }
        }
    }
    let card = |(provider, AddedPlaces { by_city, from }): (&str, AddedPlaces)| {
        let key = format!("{PREFIX}{provider}");
        if table_of(model, &["interventions", &key]).is_some() {
            let what =
                format!("the model has a measure `{key}` already, the name for places that are added to `{provider}`");
            faults.push(Fault::new(from, what, "rename that measure"));
            return None;
        }
        Some(AddedCard { key, card: added_card(provider, &by_city, &cities, model), from })
    };
    added.into_iter().filter_map(card).collect()
}

/// First part of the key of an added card; the provider follows.
const PREFIX: &str = "more_";

fn cities(model: &Table) -> Vec<&str> {
    let cities = model.get("places").and_then(|places| places.get("cities")).and_then(Value::as_array);
    cities.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn table_of<'a>(model: &'a Table, keys: &[&str]) -> Option<&'a Table> {
    keys.iter().try_fold(model, |table, key| table.get(*key)?.as_table())
}

/// The card of a service of 2008 or of a measure with participants.
fn programme<'a>(provider: &str, model: &'a Table) -> Option<&'a Table> {
    let card =
        table_of(model, &["chain", "services", provider]).or_else(|| table_of(model, &["interventions", provider]));
    card.filter(|card| card.get("programme").is_some_and(Value::is_table))
}

/// Why no places can be added to a provider.
fn provider_fault(provider: &str, model: &Table) -> Option<(String, String)> {
    if BEDS.contains(&provider) {
        return None;
    }
    if let Some(card) = programme(provider, model) {
        let limited = card.get("programme").and_then(|own| own.get("places")).is_some_and(Value::is_table);
        let what = || format!("`{provider}` has places without a limit, so that none can be added");
        return (!limited).then(|| (what(), "leave it out".to_owned()));
    }
    let keys = |at: &[&str]| table_of(model, at).into_iter().flat_map(Table::keys).cloned().collect::<Vec<String>>();
    let programmes = [keys(&["chain", "services"]), keys(&["interventions"])].concat();
    let programmes: Vec<&String> = programmes.iter().filter(|name| provider_fault_free(name, model)).collect();
    let known = BEDS.into_iter().chain(programmes.into_iter().map(String::as_str));
    let cure = match config::nearest(provider, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("give one of {}", known.collect::<Vec<_>>().join(", ")),
    };
    Some((format!("nobody offers places under the name `{provider}`"), cure))
}

fn provider_fault_free(name: &str, model: &Table) -> bool {
    programme(name, model).is_some_and(|card| card["programme"].get("places").is_some_and(Value::is_table))
}

/// The model's measure that adds capacity of a kind and has a price for it.
fn priced<'a>(kind: &str, model: &'a Table) -> Option<(&'a String, &'a Table)> {
    let cards = table_of(model, &["interventions"]).into_iter().flatten();
    let cards = cards.filter_map(|(key, card)| Some((key, card.as_table()?)));
    let adds = |card: &Table| table_of(card, &["beds"]).is_some_and(|beds| beds.contains_key(kind));
    let mut priced = cards.filter(|(_, card)| adds(card) && prices(card).next().is_some());
    priced.next()
}

/// Costs of a card for each place and year.
fn prices(card: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let costs = table_of(card, &["costs"]).into_iter().flatten();
    costs.filter(|(_, cost)| cost.get("per").and_then(Value::as_str) == Some("place_year"))
}

fn added_card(provider: &str, places: &[(String, f64)], cities: &[&str], model: &Table) -> Table {
    let of_shelters = BEDS.iter().position(|kind| *kind == provider);
    let text = |card: Option<&Table>, key: &str, otherwise: &str| {
        let own = card.and_then(|card| card.get(key)).and_then(Value::as_str);
        own.unwrap_or(otherwise).to_owned()
    };
    let source = match of_shelters {
        Some(_) => priced(provider, model).map(|(_, card)| card),
        None => programme(provider, model),
    };
    let [title, dutch] = match of_shelters {
        Some(at) => NAMES[at].map(str::to_owned),
        None => [
            format!("More places: {}", text(source, "title", provider)),
            format!("Meer plaatsen: {}", text(source, "dutch", provider)),
        ],
    };
    let texts = [
        ("title", title),
        ("dutch", dutch),
        ("lines", "not in the action programme".to_owned()),
        ("function", text(source, "function", "response")),
        ("target", text(source, "target", "victims")),
        ("evidence", "none".to_owned()),
        ("level", "full".to_owned()),
    ];
    let mut card: Table = texts.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect();
    let row = |cells: Vec<Value>| Value::Array(cells);
    let (none, all) = (Value::Float(0.0), Value::Float(1.0));
    let coverage = vec![row(vec![Value::Integer(2008), none.clone(), all.clone(), all])];
    card.insert("coverage".into(), passport("share", &["year", "status_quo", "programme", "full"], coverage));
    let rows = cities.iter().map(|city| {
        let own: f64 = places.iter().filter(|(known, _)| known == city).map(|(_, number)| number).sum();
        let city = Value::String((*city).to_owned());
        row(vec![city, Value::Integer(2008), none.clone(), Value::Float(own), Value::Float(own)])
    });
    let table = passport("count", &["city", "year", "status_quo", "programme", "full"], rows.collect());
    let of_provider: Table = [(provider.to_owned(), table)].into_iter().collect();
    let adds = if of_shelters.is_some() { "beds" } else { "more_places" };
    card.insert(adds.into(), Value::Table(of_provider));
    let costs: Table = source
        .filter(|_| of_shelters.is_some())
        .into_iter()
        .flat_map(prices)
        .map(|(key, cost)| (key.clone(), cost.clone()))
        .collect();
    if !costs.is_empty() {
        card.insert("costs".into(), Value::Table(costs));
    }
    card
}

/// A table of numbers that the scenario gives.
fn passport(unit: &str, columns: &[&str], rows: Vec<Value>) -> Value {
    let texts = [("unit", unit), ("source", "assumption"), ("grade", "C"), ("note", "Added by the scenario.")];
    let mut table: Table = texts.map(|(key, value)| (key.to_owned(), Value::from(value))).into_iter().collect();
    table.insert("year".into(), Value::Integer(2008));
    table.insert("columns".into(), Value::Array(columns.iter().map(|name| Value::from(*name)).collect()));
    table.insert("rows".into(), Value::Array(rows));
    Value::Table(table)
}

/// The changes of a scenario at the prices of a draw: an added place costs what it costs on the model's own card.
pub(super) fn at_drawn_prices<'a>(patch: &'a [Change], model: &Merged, drawn: &Merged) -> Cow<'a, [Change]> {
    let price = |change: &Change| {
        let (provider, entry) =
            change.key.strip_prefix("interventions.")?.strip_prefix(PREFIX)?.split_once(".costs.")?;
        let (source, _) = priced(provider, &model.table)?;
        let at: Vec<&str> = ["interventions", source, "costs"].into_iter().chain(entry.split('.')).collect();
        let of = |of: &'_ Merged| table_of(&of.table, &at).cloned().map(Value::Table);
        // A price that the scenario gives itself holds.
        of(drawn).filter(|_| of(model).as_ref() == Some(&change.value))
    };
    let prices: Vec<Option<Value>> = patch.iter().map(price).collect();
    if prices.iter().all(Option::is_none) {
        return Cow::Borrowed(patch);
    }
    let changes = patch.iter().zip(prices);
    changes
        .map(|(change, price)| Change { value: price.unwrap_or_else(|| change.value.clone()), ..change.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "[places]\ncities = [\"Rotterdam\", \"Den Haag\"]\n\
        [chain.services.victim_help]\ntitle = \"Social work\"\nprogramme = { places = { unit = \"count\" } }\n\
        [chain.services.open]\nprogramme = { uptake = 1 }\n\
        [interventions.beds]\nfunction = \"response\"\nbeds = { shelter_crisis = {} }\n\
        costs = { rijk = { per = \"place_year\", price = 5 }, once = { per = \"once\", price = 7 } }\n";

    fn added(more: &str) -> (Vec<AddedCard>, Vec<Fault>) {
        let (more, model): (Table, Table) = (more.parse().expect("TOML"), MODEL.parse().expect("TOML"));
        let mut faults = Vec::new();
        let cards = cards(Some(&Value::Table(more)), "/scenarios/a", &model, &mut faults);
        (cards, faults)
    }

    #[test]
    fn beds_in_a_city_cost_what_the_models_own_card_says() {
        let (cards, faults) =
            added("rotterdam.shelter_crisis = 60\n\"Den Haag\" = { shelter_crisis = 5, victim_help = 8.0 }");
        assert!(faults.is_empty());
        let keys: Vec<&str> = cards.iter().map(|card| card.key.as_str()).collect();
        assert_eq!(keys, ["more_shelter_crisis", "more_victim_help"]);
        let rows = cards[0].card["beds"]["shelter_crisis"]["rows"].as_array().expect("rows");
        let full: Vec<Option<f64>> = rows.iter().map(|row| row[4].as_float()).collect();
        assert_eq!(full, [Some(60.0), Some(5.0)]);
        let costs = cards[0].card["costs"].as_table().expect("costs");
        assert_eq!(costs.keys().collect::<Vec<_>>(), ["rijk"], "only what is paid for each place");
        assert!(!cards[1].card.contains_key("costs"), "a place of a service costs what its starts cost");
        assert_eq!(cards[1].card["title"].as_str(), Some("More places: Social work"));
    }

    #[test]
    fn a_city_or_provider_that_is_not_there_is_named_with_the_nearest() {
        let said = |more: &str| added(more).1.into_iter().map(|it| (it.at, it.what, it.cure)).collect::<Vec<_>>();
        let found = said("Roterdam.shelter_crisis = 60");
        assert_eq!(found[0].0, "/scenarios/a/more_places/Roterdam");
        assert!(found[0].2.starts_with("did you mean \"Rotterdam\"?"), "{found:?}");
        let found = said("Rotterdam.shelter_crises = 60");
        assert_eq!(found[0].0, "/scenarios/a/more_places/Rotterdam/shelter_crises");
        assert_eq!(found[0].2, "did you mean `shelter_crisis`?");
        assert!(said("Rotterdam.open = 3")[0].1.contains("without a limit"));
        assert!(said("Rotterdam.xxxxxxxxxx = 3")[0].2.contains("victim_help"));
    }
}
