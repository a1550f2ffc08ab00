//! The money of the action programme in the model files: every total printed in the document.

use std::collections::BTreeMap;

use keten::chain::SHELTERS;
use keten::interventions::{Chapter, Level, Per};
use keten::model::{ModelFile, pricing};
use keten::money::{Cents, PriceIndex};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Cell, Table};
use keten::units::{Euro, Probability, Rows, Sd};
use keten::world::Month;

use crate::support::cities;

const SCALE: f64 = 0.01;

fn column(table: &Rows<Euro>, name: &str) -> Vec<Cents> {
    let values = table.values(name).unwrap_or_else(|what| panic!("{what}"));
    values.into_iter().map(Cents::of).collect()
}

fn sum(table: &Rows<Euro>, name: &str) -> Cents {
    column(table, name).into_iter().sum()
}

fn euro(whole: i64) -> Cents {
    Cents(whole * 100)
}

fn model() -> ModelFile {
    cities::model()
}

/// QALYs and DALYs lost in the four cities over four years, of all items and of the symptoms of children.
fn lost(cities: &cities::Cities, model: &ModelFile) -> [[f64; 2]; 2] {
    let pricing = pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}"));
    let settings = OutcomeSettings { scale: SCALE, pricing, ..OutcomeSettings::default() };
    let mut outcomes = Outcomes::new(&[Outcome::Costs], settings);
    let (mut simulation, engine) = cities.start(model);
    while simulation.world.now() < Month::january(2012) {
        simulation.month(&engine);
        outcomes.month(&simulation.world);
        outcomes.year(&simulation.world);
    }
    let table = outcomes.finish(&simulation.world).expect("rows suit their columns").remove(0);
    let sum = |unit: &str, items: &[&str]| -> f64 {
        let word =
            |row: usize, name: &str| table.cell(row, name).and_then(Cell::as_text).unwrap_or_default().to_owned();
        let wanted = |row: &usize| {
            let item = word(*row, "item");
            word(*row, "city") == "G4"
                && word(*row, "unit") == unit
                && (items.is_empty() || items.iter().any(|of| item.starts_with(of)))
        };
        (0..table.rows()).filter(wanted).filter_map(|row| table.cell(row, "amount")?.as_float()).sum()
    };
    ["qaly", "daly"].map(|unit| [sum(unit, &[]), sum(unit, &["anxiety", "conduct"])])
}

#[test]
fn guidance_of_children_that_works_saves_qalys_and_dalys_alike() {
    let mut plain = model();
    for (name, card) in &mut plain.interventions {
        card.level = if name == "child_group" { Level::Full } else { Level::Off };
    }
    let card = plain.interventions.get_mut("child_group").expect("a card");
    let programme = card.programme.as_mut().expect("a programme");
    // Enough places and trust for a small population to have children to guide.
    programme.places = None;
    programme.uptake = Probability::new(1.0).expect("a chance");
    plain.chain.desk.help_child = Probability::new(1.0).expect("a chance");
    let specific = |model: &ModelFile, sd: f64| {
        let mut model = model.clone();
        let programme = model.interventions.get_mut("child_group").and_then(|card| card.programme.as_mut());
        for relief in programme.expect("a programme").relief.values_mut() {
            (relief.attention, relief.specific) = (Sd::new(0.0).expect("sd"), Sd::new(sd).expect("sd"));
        }
        model
    };
    let cities = cities::Cities::of(&plain, SCALE);
    let [without, with] = [0.0, 0.8].map(|sd| lost(&cities, &specific(&plain, sd)));
    let [qaly, daly] = [0, 1].map(|unit: usize| without[unit][1] - with[unit][1]);
    assert!(qaly > 0.0 && (qaly - daly).abs() < 1e-6, "symptoms of children: {qaly} QALYs, {daly} DALYs saved");
    assert!(without[0][0] > with[0][0], "the sum of all sees it: {without:?} {with:?}");
    assert!(without[0][0] > without[1][0], "QALYs hold what DALYs have no weight for");
}

#[test]
fn annexe_iia_adds_up_to_the_euro_but_for_one_row() {
    let money = model().money;
    let budget = &money.budget;
    assert_eq!(sum(budget, "total"), euro(33_500_812));
    let payers = ["municipality", "rijk", "awbz", "other"];
    let sums = payers.map(|payer| sum(budget, payer));
    assert_eq!(sums, [15_833_480, 15_109_666, 2_000_593, 487_291].map(euro));
    // The payers of all items together are 69,782 below the printed total, due to one row.
    assert_eq!(euro(33_500_812) - sums.into_iter().sum(), euro(69_782));
    let total = column(budget, "total");
    let by_payer = payers.map(|payer| column(budget, payer));
    let kinds = budget.values("kind").expect("items are numbered");
    for (row, total) in total.into_iter().enumerate() {
        assert_eq!(kinds[row], row as f64, "items in the order of their names");
        let paid: Cents = by_payer.iter().map(|column| column[row]).sum();
        let short = if money.items[row] == "ashg" { euro(69_782) } else { Cents(0) };
        assert_eq!(total - paid, short, "{}", money.items[row]);
    }
    assert_eq!(money.items.len(), kinds.len());
}

#[test]
fn shelters_of_2008_have_the_budget_of_annexe_iia() {
    let model = model();
    let row = model.money.items.iter().position(|item| item == "womens_shelter").expect("an item");
    assert_eq!(column(&model.money.budget, "total")[row], Cents::from(model.chain.shelter.budget));
}

#[test]
fn the_action_programme_adds_up_by_year_and_by_chapter() {
    let programme = model().money.programme;
    let chapters = ["model_approach", "children", "perpetrators", "shelter"];
    let by_chapter = chapters.map(|chapter| sum(&programme, chapter));
    assert_eq!(by_chapter, [721_000, 358_400, 546_000, 212_400].map(euro));
    let by_year: Vec<Cents> =
        (0..4).map(|year| chapters.map(|chapter| column(&programme, chapter)[year]).into_iter().sum()).collect();
    assert_eq!(by_year, [288_000, 742_800, 565_000, 242_000].map(euro));
    assert_eq!(programme.values("year"), Ok(vec![2008.0, 2009.0, 2010.0, 2011.0]));
    assert_eq!(by_chapter.into_iter().sum::<Cents>(), euro(1_837_800));
    assert_eq!(by_year.into_iter().sum::<Cents>(), euro(1_837_800));
}

#[test]
fn parts_of_the_programme_that_cards_pay_and_parts_on_no_card_add_up_to_each_chapter() {
    let model = model();
    let once = |chapter: Chapter| -> f64 {
        let cards = model.interventions.values().filter(|card| card.chapter == Some(chapter));
        let costs = cards.flat_map(|card| card.costs.values()).filter(|cost| cost.per == Per::Once);
        costs.map(|cost| cost.price.get()).sum()
    };
    // Pilot 1 is paid for 30 places of a year; the quickscan (L848-866) is on no card.
    let guidance = 30.0 * model.interventions["child_shelter"].costs["guidance"].price.get();
    assert!((guidance - 200_000.0).abs() < 1.0, "{guidance}");
    let (quickscan, leading_to_help, accommodations) = (76_800.0, 350_000.0, 50_000.0);
    for (chapter, column, other) in [
        (Chapter::ModelApproach, "model_approach", 0.0),
        (Chapter::Children, "children", 200_000.0 + quickscan),
        (Chapter::Perpetrators, "perpetrators", leading_to_help),
        (Chapter::Shelters, "shelter", accommodations),
    ] {
        let budget = sum(&model.money.programme, column).euro();
        let parts = once(chapter) + other;
        assert!((parts - budget).abs() < 1.0, "{column}: the parts come to {parts}, the chapter has {budget}");
    }
}

#[test]
fn no_passage_of_an_edge_is_paid_for_by_two_measures() {
    let model = model();
    let mut payers = BTreeMap::new();
    for (name, card) in &model.interventions {
        if card.costs.values().any(|cost| cost.per == Per::Passage) {
            for edge in card.edges.keys() {
                let earlier = payers.insert(*edge, name);
                assert_eq!(earlier, None, "{edge:?} is paid for by {name} too");
            }
        }
    }
    assert!(payers.len() >= 4);
}

#[test]
fn the_money_of_the_first_chapter_is_there() {
    let money = model().money;
    let [own, regular, ban] = [money.own, money.own_regular, money.own_ban].map(Cents::from);
    assert_eq!(own, euro(18_400_000));
    assert_eq!(own, regular + ban, "18.4 = 15.9 + 2.5 million");
    assert_eq!(column(&money.growth, "extra"), [1_000_000, 3_000_000].map(euro));
    assert_eq!(money.bans_funded.get(), 1000.0);
    assert!((1800.0..=2400.0).contains(&money.bans_expected.get()));
    assert!((5.0e6..=8.5e6).contains(&money.ban_investment.get()));
    // The column of the municipalities in annexe IIa, rounded, is the regular programme.
    let municipal = sum(&money.budget, "municipality").euro();
    assert!((municipal - money.own_regular.get()).abs() < 100_000.0, "{municipal}");
}

#[test]
fn prices_of_society_are_those_of_the_sources_in_euro_of_2008() {
    let money = model().money;
    let cpi = PriceIndex::of(&money.cpi).unwrap_or_else(|what| panic!("{what}"));
    assert_eq!(cpi.to_2008(100.0, 2008), Ok(Cents(10_000)));
    let guilders = |millions: f64| cpi.to_2008(millions * 1e6 / 50_000.0 / 2.20371, 1997).expect("a year of the table");
    let near = |price: Euro, by_hand: Cents| (price.get() - by_hand.euro()).abs() < 1.0;
    assert!(near(money.society.victim_care.price, guilders(18.4 + 15.5)));
    assert!(near(money.society.victim_work.price, guilders(165.9)));
    let [low, high] = [869.0, 2893.0].map(|euro| cpi.to_2008(euro, 2016).expect("a year of the table").euro());
    assert!((money.society.survivor.price.get() - (low + high) / 2.0).abs() < 0.5);
}

/// Sum of a column over the rows of all cities together in a year that satisfy `wanted`.
fn sum_of(table: &Table, year: i64, column: &str, wanted: impl Fn(&dyn Fn(&str) -> String) -> bool) -> f64 {
    let text = |row: usize, name: &str| table.cell(row, name).and_then(Cell::as_text).unwrap_or_default().to_owned();
    let of_year = |row: &usize| {
        table.cell(*row, "year") == Some(Cell::Int(year))
            && text(*row, "city") == "G4"
            && wanted(&|name| text(*row, name))
    };
    let cells = (0..table.rows()).filter(of_year).map(|row| table.cell(row, column).and_then(Cell::as_float));
    cells.map(Option::unwrap_or_default).sum()
}

#[test]
fn costs_of_founded_cities_are_those_of_what_the_other_tables_count() {
    let mut model = model();
    for card in model.interventions.values_mut() {
        card.level = Level::Programme;
    }
    let (scale, cities) = (SCALE, cities::Cities::of(&model, SCALE));
    let settings = OutcomeSettings {
        scale,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        programmes: model.programmes().expect("a sound model").into_iter().map(|service| service.name).collect(),
        pricing: pricing(&model, &cities.scope).expect("a sound model"),
        ..OutcomeSettings::default()
    };
    let mut outcomes = Outcomes::new(&[Outcome::Yearly, Outcome::Chain, Outcome::Costs], settings);
    let (mut simulation, engine) = cities.start(&model);
    while simulation.world.now() < Month::january(2011) {
        simulation.month(&engine);
        outcomes.month(&simulation.world);
        outcomes.year(&simulation.world);
    }
    let tables = outcomes.finish(&simulation.world).expect("rows suit their columns");
    let [yearly, chain, costs] = &tables[..] else { panic!("three tables") };
    assert_eq!(costs.repeated_key(), None);
    for year in 2008..=2010 {
        let counted = |item: &str| sum_of(costs, year, "count", |of| of("item") == item);
        let known = |column: &str| sum_of(yearly, year, column, |_| true);
        assert_eq!(counted("police_response"), known("police_reports"), "{year}");
        assert_eq!(counted("arrest"), known("arrests"), "{year}");
        assert_eq!(counted("amk_investigation"), known("amk_investigations"), "{year}");
        let bans = counted("ban") + counted("huisverbod");
        assert!((bans - known("bans")).abs() < 1e-6, "{year}: {bans}");
        let started = sum_of(chain, year, "passed", |of| of("edge") == "start" && of("service") == "victim_help");
        assert_eq!(counted("victim_help"), started, "{year}");
        let paid = sum_of(costs, year, "amount", |of| of("item") == "victim_help");
        let price = model.chain.services["victim_help"].costs["start"].price.get();
        assert!(
            year > 2008 || (paid - started * price).abs() < 0.01 * started,
            "{year}: {paid} for {started} at {price}"
        );
    }
    let spent = |kind: &str, unit: &str| {
        sum_of(costs, 2010, "amount", |of| of("kind") == kind && of("unit") == unit) / scale / 1e6
    };
    for (kind, unit) in [
        ("programme", "euro_2008"),
        ("service", "euro_2008"),
        ("societal", "euro_2008"),
        ("health", "qaly"),
        ("health", "daly"),
    ] {
        assert!(spent(kind, unit) > 0.0, "{kind} in {unit}");
    }
    // The document's own budget for the whole chain is 33.5 million; police, justice and youth care are additional.
    assert!((10.0..1000.0).contains(&spent("service", "euro_2008")));
}
