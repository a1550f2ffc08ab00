//! Tests of mixes through their experiment files: what a mix says is what the model of its scenario has.

use std::collections::BTreeMap;

use super::*;
use crate::experiment::{ExperimentText, Plan, plan_text};
use crate::model::ModelFile;
use crate::world::Month;

const ONE: AnswerStage = AnswerStage { scale: 0.001, draws: 0 };

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"))
}

fn plan(text: &str) -> Plan {
    let text = ExperimentText { name: "mix".into(), place: "mix.toml".into(), text: text.into(), folder: None };
    plan_text(text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The model of a scenario, and its window of enrolment.
fn scenario(plan: &Plan, name: &str) -> (ModelFile, Option<(Month, Month)>) {
    let merged = plan.experiment.scenario(name, 0).unwrap_or_else(|errors| panic!("{errors}"));
    (merged.typed().unwrap_or_else(|errors| panic!("{errors}")), plan.experiment.file.enrolment_of(name))
}

fn model_of(catalogue: &Catalogue, mix: &Mix) -> (ModelFile, Option<(Month, Month)>) {
    scenario(&plan(&mix.experiment_text(catalogue, &ONE)), SCENARIO)
}

/// Coverage, or another table, of a card in a city and month.
fn coverage((model, window): &(ModelFile, Option<(Month, Month)>), key: &str, city: usize, month: Month) -> f64 {
    let card = &model.interventions[key];
    let schedule = card.schedule(&card.coverage, model.places.cities.len(), *window).expect("a sound table");
    schedule.at(city, month)
}

fn beds(
    (model, window): &(ModelFile, Option<(Month, Month)>),
    key: &str,
    kind: &str,
    city: usize,
    month: Month,
) -> f64 {
    let card = &model.interventions[key];
    card.beds_schedule(kind, model.places.cities.len(), *window).expect("a sound table").at(city, month)
}

fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

#[test]
fn the_presets_are_the_scenarios_of_the_programme_and_cover_what_these_do() {
    let catalogue = catalogue();
    let presets = catalogue.presets().unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
    for name in
        ["status-quo", "action-programme", "children", "shelters", "closed-chain", "phases-slip", "partial-means"]
    {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    assert!(!names.contains(&"as-hoped"), "other effects are no mix");
    let whole = Plan::open("builtin:action-programme", &[]).unwrap_or_else(|errors| panic!("{errors}"));
    for preset in &presets {
        assert_eq!(preset.mix.faults(&catalogue), [], "{}", preset.name);
        let query = preset.mix.to_query(&catalogue);
        let read = Mix::from_query(&catalogue, &query);
        assert_eq!((&read.mix, read.faults.as_slice()), (&preset.mix, &[][..]), "{query}");
        let (own, known) = (model_of(&catalogue, &preset.mix), scenario(&whole, &preset.name));
        for key in own.0.interventions.keys() {
            for city in 0..4 {
                for at in [6, 18, 30, 42, 54, 120, 300] {
                    let [own, known] = [&own, &known].map(|of| coverage(of, key, city, Month(at)));
                    assert_eq!(own, known, "{}: {key} in city {city}, month {at}", preset.name);
                }
            }
        }
    }
}

#[test]
fn levels_by_city_dates_and_places_are_those_of_the_scenario() {
    let catalogue = catalogue();
    let query = "shelter_capacity=programme&shelter_capacity.amsterdam=full&shelter_capacity.utrecht=status_quo\
        &shelter_capacity.until=2015-12&shelter_capacity.places.shelter_crisis.rotterdam=60&nhv=full&nhv.from=2011-07";
    let address = Mix::from_query(&catalogue, query);
    assert_eq!(address.faults, []);
    assert_eq!(address.mix.faults(&catalogue), []);
    assert_eq!(Mix::from_query(&catalogue, &address.mix.to_query(&catalogue)).mix, address.mix);
    let model = model_of(&catalogue, &address.mix);
    let beds = |city, at: &str| beds(&model, "shelter_capacity", "shelter_crisis", city, month(at));
    assert_eq!([0, 1, 2, 3].map(|city| beds(city, "2009-12")), [0.0; 4]);
    assert_eq!([0, 1, 2, 3].map(|city| beds(city, "2012-01")), [60.0, 60.0, 24.0, 0.0]);
    assert_eq!([0, 1, 2, 3].map(|city| beds(city, "2016-01")), [0.0; 4]);
    // Full roll-out of home visits begins in 2009 in Rotterdam and in 2010 elsewhere: thirty months later.
    let visits = |city, at: &str| coverage(&model, "nhv", city, month(at));
    assert_eq!((visits(1, "2011-06"), visits(1, "2011-07")), (0.0, 0.3));
    assert_eq!((visits(0, "2012-06"), visits(0, "2012-07")), (0.0, 0.3));
}

#[test]
fn half_of_the_means_is_half_of_the_places_or_of_the_coverage() {
    let catalogue = catalogue();
    let half = |key: &str| {
        let mut mix = Mix::status_quo().with(key, MixLevel::Full);
        mix.lines.get_mut(key).expect("a line").means = 50;
        model_of(&catalogue, &mix)
    };
    let at = month("2012-01");
    let whole = model_of(&catalogue, &Mix::status_quo().with("huisverbod", MixLevel::Full));
    assert_eq!(coverage(&half("huisverbod"), "huisverbod", 0, at), coverage(&whole, "huisverbod", 0, at) / 2.0);
    let model = half("nhv").0;
    let places = model.interventions["nhv"].programme.as_ref().and_then(|of| of.places.as_ref()).expect("places");
    assert_eq!(places.value, 0.5);
}

#[test]
fn equal_mixes_have_one_text_and_the_status_quo_changes_nothing() {
    let catalogue = catalogue();
    let plan = plan(&Mix::status_quo().experiment_text(&catalogue, &ONE));
    assert_eq!(plan.units[0].id, plan.units[1].id, "the mix is the comparator");
    let by_city: BTreeMap<String, MixLevel> =
        catalogue.cities().iter().map(|city| (city.clone(), MixLevel::Full)).collect();
    let line = MixLine { cities: by_city, ..MixLine::default() };
    let spelt = Mix { lines: BTreeMap::from([("nhv".to_owned(), line)]), ..Mix::default() };
    let plain = Mix::status_quo().with("nhv", MixLevel::Full);
    assert_eq!(spelt.experiment_text(&catalogue, &ONE), plain.experiment_text(&catalogue, &ONE));
}

#[test]
fn what_contradicts_itself_is_a_fault_at_its_control_in_both_languages() {
    let catalogue = catalogue();
    let at = |query: &str| -> Vec<String> {
        let address = Mix::from_query(&catalogue, query);
        let faults = address.faults.into_iter().chain(address.mix.faults(&catalogue));
        faults
            .map(|fault| {
                assert!(fault.text.iter().all(|text| text.len() > 20) && fault.text[0] != fault.text[1]);
                fault.at
            })
            .collect()
    };
    for (query, control) in [
        ("nhv.places.own.utrecht=60", "nhv.places.own.utrecht"),
        ("nhv=programme&nhv.places.own.utrecht=60", "nhv.places.own.utrecht"),
        ("nhv=full&nhv.from=2008-01", "nhv.from"),
        ("nhv=full&nhv.from=2045-01", "nhv.from"),
        ("nhv=full&nhv.until=2008-06", "nhv.until"),
        ("nhv=full&nhv.means=0", "nhv.means"),
        ("nhv.until=2012-06", "nhv.until"),
        ("nhv=programme&nhv.rotterdam=status_quo", "nhv"),
        ("end=2070", "end"),
        ("end=2007", "end"),
        ("nhv=everywhere", "nhv"),
        ("nhv=full&nhv.means=half", "nhv.means"),
        ("nhv=full&nhv.delft=full", "nhv.delft"),
        ("no_such_measure=full", "no_such_measure"),
    ] {
        assert_eq!(at(query), [control], "{query}");
    }
    assert!(at("nhv=full&nhv.places.own.utrecht=60&end=2019").is_empty());
}

#[test]
fn an_answer_is_the_same_value_after_it_was_kept() {
    let answer = MixAnswer {
        stage: ONE,
        years: (2008, 2011),
        run: "mix-1".into(),
        same: false,
        needs_scale: None,
        persons: None,
        starts: Some(12.5),
        start_cost: None,
        figures: vec![
            AnswerFigure { key: "births".into(), same_persons: false, known: Err(HiddenFigure::Few) },
            AnswerFigure {
                key: "euro".into(),
                same_persons: true,
                known: Ok(KnownFigure {
                    comparator: 0.1 + 0.2,
                    difference: -1.0 / 3.0,
                    error: None,
                    limits: Some((-1.0, -0.1)),
                    of_draws: true,
                    sides: [3, 0, 1],
                }),
            },
        ],
        cities: Vec::new(),
        places: Vec::new(),
    };
    let text = serde_json::to_string(&answer).expect("JSON");
    assert_eq!(serde_json::from_str::<MixAnswer>(&text).expect("the same"), answer);
    assert!(answer.known("births").is_none() && answer.known("euro").is_some_and(KnownFigure::is_clear));
}

#[test]
fn a_price_of_a_mix_is_in_its_file_its_address_and_its_budget() {
    let catalogue = catalogue();
    let query = "nhv=full&nhv.price=150&end=2019";
    let address = Mix::from_query(&catalogue, query);
    assert_eq!((address.faults.as_slice(), address.mix.faults(&catalogue).as_slice()), (&[][..], &[][..]));
    let mix = address.mix;
    assert_eq!(mix.lines["nhv"].price, 150);
    assert_eq!(Mix::from_query(&catalogue, &mix.to_query(&catalogue)).mix, mix);
    let usual = Mix::from_query(&catalogue, "nhv=full&end=2019").mix;
    assert_eq!(usual.to_query(&catalogue), "nhv=full&end=2019");
    let [(own, _), (card, _)] = [&mix, &usual].map(|mix| model_of(&catalogue, mix));
    for (item, cost) in &card.interventions["nhv"].costs {
        let priced = own.interventions["nhv"].costs[item].price.get();
        assert!((priced - 1.5 * cost.price.get()).abs() < 1e-9, "{item}");
    }
    let (comparator, _) = scenario(&plan(&mix.experiment_text(&catalogue, &ONE)), COMPARATOR);
    let prices = |model: &ModelFile| -> Vec<f64> {
        model.interventions["nhv"].costs.values().map(|cost| cost.price.get()).collect()
    };
    assert_eq!(prices(&comparator), prices(&card), "the status quo keeps its prices");
    let sum = |mix: &Mix| mix.budget(&catalogue).mean().iter().sum::<f64>();
    assert!((sum(&mix) - 1.5 * sum(&usual)).abs() < 1e-6 * sum(&mix) && sum(&mix) > 0.0);
}

#[test]
fn a_price_that_cannot_be_changed_is_a_fault_at_its_control() {
    let catalogue = catalogue();
    let at = |query: &str| {
        let mix = Mix::from_query(&catalogue, query).mix;
        mix.faults(&catalogue).into_iter().map(|fault| fault.at).collect::<Vec<_>>()
    };
    assert_eq!(at("nhv=full&nhv.price=2000"), ["nhv.price"]);
    assert_eq!(at("nhv.price=50"), ["nhv.price"]);
    // Every measure either has a price of its own, or says that it has none.
    let mut free = 0;
    for (key, _) in catalogue.cards() {
        let own = catalogue.has_own_price(key);
        free += usize::from(own);
        let faults = at(&format!("{key}=full&{key}.price=120"));
        assert_eq!(faults.contains(&format!("{key}.price")), !own, "{key}: {faults:?}");
    }
    assert!(free > 10, "{free}");
}
