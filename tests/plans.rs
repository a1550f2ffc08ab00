//! How a scenario plans the action programme: levels by chapter, phases that slip, cities that do not take part; and the
//! two pilots as written.

use std::collections::BTreeSet;

use keten::chain::SHELTERS;
use keten::engine::{EngineSettings, Simulation};
use keten::error::Result;
use keten::experiment::{Experiment, ExperimentText};
use keten::interventions::{Dose, EffectForm, Level, Party, Per};
use keten::model::{ModelFile, pricing};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes, Volume};
use keten::units::{Number, Probability, Ratio};
use keten::world::{Edge, Event, InForce, Mechanism, Month, PersonId, Source, World};

use crate::support::cities::{Cities, model};

const SCALE: f64 = 0.01;

/// An experiment with a status quo and one scenario.
fn read(scenario: &str) -> Result<Experiment<ModelFile>> {
    let head = "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.01\nuntil = 2012\noutcomes = [\"yearly\"]\n\
        [scenarios.quo]\n[scenarios.plan]\nfrom = \"2008-01\"\n";
    let text = format!("{head}{scenario}");
    Experiment::of_text(ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None }, &[])
}

fn planned(scenario: &str) -> ModelFile {
    let experiment = read(scenario).unwrap_or_else(|errors| panic!("{errors}"));
    experiment.scenario("plan", 0).and_then(|merged| merged.typed()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn fault(scenario: &str) -> String {
    match read(scenario) {
        Ok(_) => panic!("{scenario} was read"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn a_chapter_a_measure_and_all_name_levels_and_the_narrowest_name_decides() {
    let model = planned(
        "measures = { full = [\"all\"], programme = [\"4.1\", \"4.3\"], off = [\"tom\"], status_quo = [\"nhv\"] }\n",
    );
    let level = |name: &str| model.interventions[name].level;
    assert_eq!((level("tom"), level("nhv")), (Level::Off, Level::StatusQuo), "by its own name");
    assert_eq!((level("meldcode"), level("huisverbod")), (Level::Programme, Level::Programme), "by its chapter");
    assert_eq!((level("prev_school"), level("child_shelter")), (Level::Full, Level::Full), "by `all`");
    // What the scenario sets itself holds.
    let set = planned("measures = { full = [\"4.1\"] }\nset = { \"interventions.meldcode.level\" = \"off\" }\n");
    assert_eq!((set.interventions["meldcode"].level, set.interventions["lthg"].level), (Level::Off, Level::StatusQuo));
    assert_eq!(set.interventions["one_intake"].level, Level::Full);
}

#[test]
fn a_phase_that_slips_and_a_city_that_does_not_take_part_are_a_line_each() {
    let model = planned(
        "measures = { programme = [\"4.1\", \"4.4\"] }\nslips = { \"2\" = 12 }\nwithout_cities = [\"Utrecht\"]\n",
    );
    for (name, card) in &model.interventions {
        let raised = card.level == Level::Programme;
        let slips = raised && card.phase == Some(2);
        assert_eq!(card.delay, if slips { 12 } else { 0 }, "{name}");
        assert_eq!(card.without_cities, if raised { vec![3] } else { vec![] }, "{name}");
    }
    let of = |name: &str, city: usize, month: i32| {
        let card = &model.interventions[name];
        card.schedule(&card.coverage, 4, None).expect("a table").at(city, Month::january(2008).plus(month))
    };
    assert_eq!([24, 35, 36, 48].map(|month| of("one_intake", 0, month)), [0.0, 0.0, 0.5, 1.0]);
    assert_eq!([24, 36, 60].map(|month| of("one_intake", 3, month)), [0.0; 3]);
    assert_eq!([0, 36, 60].map(|month| of("train_firstline", 3, month)), [0.1; 3], "the status quo goes on");
    // A card alone can be delayed and left out of a city as well.
    let alone = planned(
        "set = { \"interventions.tom.level\" = \"full\", \"interventions.tom.delay\" = 24, \
         \"interventions.tom.without_cities\" = [\"Rotterdam\"] }\n",
    );
    let tom = &alone.interventions["tom"];
    assert_eq!((tom.delay, tom.without_cities.clone()), (24, vec![1]));
    let coverage = tom.schedule(&tom.coverage, 4, None).expect("a table");
    let at = |city, year| coverage.at(city, Month::january(year));
    assert_eq!([at(0, 2010), at(0, 2011), at(1, 2009), at(1, 2030)], [0.0, 1.0, 0.5, 0.5]);
}

#[test]
fn faults_of_a_plan_name_line_and_cure() {
    let told = [
        ("measures = { programme = [\"4.6\"] }\n", "there is no measure or chapter \"4.6\""),
        ("measures = { programme = [\"meldcod\"] }\n", "did you mean \"meldcode\"?"),
        ("measures = { programme = [\"tom\"], full = [\"tom\"] }\n", "`tom` is at two levels"),
        ("measures = { everywhere = [\"tom\"] }\n", "a measure has no such level"),
        ("slips = { \"4\" = 12 }\n", "the model approach has three phases"),
        ("slips = { \"2\" = -3 }\n", "give whole months from 0 to 480"),
        ("slips = { \"2\" = 1.5 }\n", "give whole months from 0 to 480"),
        ("slips = { \"2\" = 18 }\n", "phases out of order: phase 3 ends in 2011-12, before phase 2"),
        ("slips = { \"1\" = 12 }\n", "let phase 2 slip by 12 months or more"),
        ("without_cities = [\"Utrech\"]\n", "did you mean \"Utrecht\"?"),
        ("set = { \"interventions.tom.without_cities\" = [\"Utrech\"] }\n", "there is no city \"Utrech\""),
        ("set = { \"interventions.tom.without_cities\" = [7] }\n", "there is no city 7"),
        ("set = { \"interventions.tom.delay\" = -1 }\n", "give whole months from 0 to 480"),
        ("set = { \"interventions.tom.phase\" = 5 }\n", "give 1 (description"),
    ];
    for (scenario, expected) in told {
        // A city by number is checked when the model is built.
        let found = if scenario.contains("[7]") {
            let experiment = read(scenario).unwrap_or_else(|errors| panic!("{errors}"));
            keten::experiment::Plan::of(experiment).map(|_| String::new()).unwrap_or_else(|errors| errors.to_string())
        } else {
            fault(scenario)
        };
        assert!(found.contains(expected), "{scenario} says: {found}");
        assert!(found.contains("x.toml:9"), "{scenario} is on line 9: {found}");
    }
    // All phases may slip together, and a later one more than an earlier one.
    for slips in ["\"1\" = 24, \"2\" = 24, \"3\" = 24", "\"2\" = 12", "\"3\" = 6"] {
        planned(&format!("slips = {{ {slips} }}\n"));
    }
}

/// Simulates until a month and calls `each` after every month.
fn simulated(cities: &Cities, model: &ModelFile, until: Month, mut each: impl FnMut(&World)) {
    let engine = cities.engine(model, model, EngineSettings::default());
    Simulation::new(cities.world(), &engine).live(&engine, until, &mut each);
}

/// Content of all tables to the end of 2011 under a model.
fn contents(cities: &Cities, model: &ModelFile) -> Vec<(String, blake3::Hash)> {
    let names: Vec<String> = model.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let settings = OutcomeSettings {
        scale: SCALE,
        panel_size: 200,
        expected_population: 21_000.0,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        measures: names.iter().map(|name| model.interventions.contains_key(name)).collect(),
        programmes: names,
        pricing: pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}")),
        ..OutcomeSettings::default()
    };
    let mut outcomes = Outcomes::new(&Outcome::ALL, settings);
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2012), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let tables = outcomes.finish(&simulation.world).expect("rows suit the tables");
    tables.iter().map(|table| (table.name().to_owned(), table.content_hash())).collect()
}

#[test]
fn a_slip_of_a_year_has_the_tables_of_cards_whose_years_were_moved_by_hand() {
    let base = model();
    let cities = Cities::of(&base, SCALE);
    let with = |change: &dyn Fn(&mut keten::interventions::Card)| {
        let mut model = base.clone();
        for name in ["train_firstline", "followup_housing"] {
            let card = model.interventions.get_mut(name).expect("a card");
            card.level = Level::Full;
            change(card);
        }
        contents(&cities, &model)
    };
    let slipped = with(&|card| card.delay = 12);
    let moved = with(&|card| {
        let (year, first) = (card.coverage.columns.iter().position(|column| column == "year"), 2008.0);
        let year = year.expect("a column");
        card.coverage.rows.iter_mut().filter(|row| row[year] > first).for_each(|row| row[year] += 1.0);
        for beds in card.beds.values_mut() {
            let year = beds.columns.iter().position(|column| column == "year").expect("a column");
            beds.rows.iter_mut().filter(|row| row[year] > first).for_each(|row| row[year] += 1.0);
        }
    });
    assert_eq!(slipped, moved);
    assert_ne!(slipped, with(&|_| {}), "a year later is not the same");
}

#[test]
fn nobody_starts_a_measure_in_a_city_that_does_not_take_part() {
    let mut model = model();
    let cities = Cities::of(&model, SCALE);
    let card = model.interventions.get_mut("nhv").expect("a card");
    (card.level, card.without_cities) = (Level::Full, vec![0]);
    let names: Vec<String> = model.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let index = names.iter().position(|name| name == "nhv").expect("the programme") as u16;
    let mut offered = [0; 4];
    simulated(&cities, &model, Month::january(2012), |world| {
        for event in world.events() {
            if let Event::Passage(p) = event
                && p.service == index
                && p.edge == Edge::Offer
            {
                offered[usize::from(p.city)] += 1;
            }
        }
    });
    assert_eq!(offered[0], 0);
    assert!(offered[1..].iter().all(|offers| *offers > 0), "{offered:?}");
}

/// Euro by calendar year, from 2008, of a cost item that is paid by place.
fn place_money(model: &ModelFile, cities: &Cities, item: &str, entry: &str) -> [f64; 6] {
    let priced = pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}"));
    let mut years = [0.0; 6];
    for price in priced.prices.iter().filter(|price| price.item == item && price.entry == entry) {
        let Volume::PlaceYears(steps) = &price.volume else { panic!("{entry} is not paid by place") };
        for month in 0..72 {
            let places: f64 = (0..4).map(|city| steps.at(city, Month(month))).sum();
            years[month as usize / 12] += places * price.price / 12.0;
        }
    }
    years
}

#[test]
fn guidance_in_the_shelter_costs_what_the_document_has_in_each_year() {
    let mut model = model();
    let cities = Cities::of(&model, SCALE);
    model.interventions.get_mut("child_shelter").expect("a card").level = Level::Programme;
    let years = place_money(&model, &cities, "child_shelter", "guidance");
    for (found, expected) in years.into_iter().zip([0.0, 100_000.0, 100_000.0, 0.0, 0.0, 0.0]) {
        assert!((found - expected).abs() < 1.0, "{years:?}");
    }
    let card = model.interventions.get_mut("child_shelter").expect("a card");
    assert_eq!(card.costs["project"].price.get(), 48_000.0);
    // Four hours a week cost twice as much.
    let programme = card.programme.as_mut().expect("a programme");
    programme.intensity = Some(Ratio::new(2.0).expect("a ratio"));
    assert!((programme.strength() - libm::sqrt(2.0)).abs() < 1e-9);
    let doubled = place_money(&model, &cities, "child_shelter", "guidance");
    assert!(doubled.into_iter().zip(years).all(|(doubled, once)| (doubled - 2.0 * once).abs() < 1e-6));
    let programme = model.interventions.get_mut("child_shelter").and_then(|card| card.programme.as_mut());
    let programme = programme.expect("a programme");
    programme.dose_response = Some(Number::new(0.0).expect("a number"));
    assert_eq!(programme.strength(), 1.0, "without a response more hours change nothing but the price");
}

#[test]
fn who_completes_by_the_card_completes_wherever_the_family_moves() {
    let mut model = model();
    let sure = Probability::new(1.0).expect("a chance");
    let cards = model.chain.services.values_mut().chain(model.interventions.values_mut());
    // Without limits to places and offers many take part in these small cities; what is paid for places needs a number.
    cards
        .filter_map(|card| card.programme.as_mut())
        .for_each(|programme| (programme.completes, programme.places) = (sure, None));
    reach_everybody(&mut model);
    for card in model.interventions.values_mut() {
        card.costs.retain(|_, cost| cost.per != Per::PlaceYear || !card.beds.is_empty());
    }
    let cities = Cities::of(&model, SCALE);
    let (mut completed, mut moved) = (0, 0);
    simulated(&cities, &model, Month::january(2013), |world| {
        let deaths: BTreeSet<PersonId> = world
            .events()
            .iter()
            .filter_map(|event| match event {
                Event::Death { who, .. } => Some(*who),
                _ => None,
            })
            .collect();
        let left: BTreeSet<PersonId> = world
            .events()
            .iter()
            .filter_map(|event| match event {
                Event::Departure { who, .. } => Some(*who),
                _ => None,
            })
            .collect();
        for passage in world.events().passages().filter(|passage| passage.edge == Edge::Completion) {
            assert!(passage.passed || deaths.contains(&passage.who), "{passage:?} in {}", world.now());
            completed += i32::from(passage.passed);
            moved += i32::from(passage.passed && left.contains(&passage.who));
        }
    });
    assert!(completed > 50 && moved > 2, "{completed} completed, {moved} of them after a move");
}

#[test]
fn a_risk_of_the_partner_opens_the_door_as_one_of_the_woman_does() {
    let mut model = model();
    let cities = Cities::of(&model, SCALE);
    let names: Vec<String> = model.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let index = names.iter().position(|name| name == "nhv").expect("the programme") as u16;
    // The rule is evaluated in every world, and these worlds have the same truth.
    let mut chosen = |own: &[keten::interventions::Condition], family: &[keten::interventions::Condition]| {
        let programme = model.interventions.get_mut("nhv").and_then(|card| card.programme.as_mut());
        let eligible = &mut programme.expect("a programme").eligible;
        (eligible.any_of, eligible.family_any_of) = (own.to_vec(), family.to_vec());
        let mut found = BTreeSet::new();
        simulated(&cities, &model, Month::january(2010), |world| {
            for event in world.events() {
                if let Event::Considered { service, who, chosen: true, .. } = event
                    && *service == index
                    && let Some(row) = who.row()
                {
                    found.insert((world.now().0, world.body(row).key));
                }
            }
        });
        found
    };
    let no_work = [keten::interventions::Condition::NoWork];
    let (own, family) = (chosen(&no_work, &[]), chosen(&[], &no_work));
    assert!(family.is_superset(&own) && family.len() > own.len(), "{} and {}", own.len(), family.len());
    assert_eq!(chosen(&no_work, &no_work), family, "one condition of either list is enough");
}

/// Offers the visits to every family that the rule finds, from the first year of the table on and without a limit.
fn reach_everybody(model: &mut ModelFile) {
    let card = model.interventions.get_mut("nhv").expect("a card");
    card.level = Level::Full;
    let [year, full] =
        ["year", "full"].map(|name| card.coverage.columns.iter().position(|column| column == name).expect("a column"));
    card.coverage.rows.iter_mut().for_each(|row| row[full] = if row[year] < 2009.0 { 0.0 } else { 1.0 });
    card.programme.as_mut().expect("a programme").places = None;
}

/// Founded reports of professionals about children, when a visitor sees and reports so many times as much.
fn reports(cities: &Cities, base: &ModelFile, ratio: f64) -> i32 {
    let mut model = base.clone();
    // The truth is the same whatever is reported.
    model.effects.in_force = InForce::None;
    reach_everybody(&mut model);
    let programme = model.interventions.get_mut("nhv").and_then(|card| card.programme.as_mut()).expect("a programme");
    for effect in ["detection", "reporting"] {
        programme.effects.get_mut(effect).expect("an effect").ratio = Ratio::new(ratio).expect("a ratio");
    }
    let mut founded = 0;
    simulated(cities, &model, Month::january(2013), |world| {
        for event in world.events() {
            if let Event::Report(report) = event {
                founded += i32::from(report.source == Source::Amk && report.founded);
            }
        }
    });
    founded
}

#[test]
fn a_visiting_nurse_sees_and_reports_more() {
    let model = model();
    let cities = Cities::of(&model, 0.02);
    let [none, many] = [1.0, 20.0].map(|ratio| reports(&cities, &model, ratio));
    assert!(many >= none + 10, "{none} reports without, {many} with a nurse who sees twenty times as much");
}

#[test]
fn the_effects_of_the_visits_are_those_that_the_document_and_the_trials_name() {
    let card = &model().interventions["nhv"];
    let programme = card.programme.as_ref().expect("a programme");
    assert_eq!(programme.length.get(), 24.0, "two years (L827)");
    let sees = |effect: &&EffectForm| matches!(effect.mechanism, Mechanism::Detection | Mechanism::Reporting);
    let visits: Vec<&EffectForm> = programme.effects.values().filter(sees).collect();
    assert_eq!(visits.len(), 2);
    assert!(visits.iter().all(|effect| effect.dose == Dose::During && effect.on == Party::Participant));
    assert_eq!(card.costs["project"].price.get(), 33_600.0);
}
