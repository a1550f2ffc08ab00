//! The chain and the measures. A measure without coverage changes nothing, records are separate from ground truth, no
//! request or case is lost, occupied places equal stays, edges have the probabilities of the model, and each card
//! changes only the mechanisms it declares.

use std::collections::{BTreeMap, BTreeSet};

use keten::chain::SHELTERS;
use keten::config::{SourceFile, Sources};
use keten::engine::{Engine, EngineSettings, Simulation};
use keten::interventions::{Level, Per};
use keten::model::{ModelFile, pricing};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Cell, Sees, Table};
use keten::units::{Euro, Months, Probability, RatePerYear, Ratio, Rows, Sd, Share, Years};
use keten::world::{Edge, Event, Flag, Group, InForce, Mechanism, Month, NO_SERVICE, PersonId, Sex, Side, World};

use crate::support::cities::{Cities, luck, model};
use crate::support::statistics::assert_share;

const SCALE: f64 = 0.01;

/// Every card at one level.
fn all_at(model: &ModelFile, level: Level) -> ModelFile {
    let mut model = model.clone();
    model.interventions.values_mut().for_each(|card| card.level = level);
    model
}

fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a chance")
}

fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

/// Simulates until a month and calls `each` after every month.
fn live(cities: &Cities, engine: &Engine, until: Month, mut each: impl FnMut(&World)) -> World {
    let mut simulation = Simulation::new(cities.world(), engine);
    simulation.live(engine, until, &mut each);
    simulation.world
}

/// The table `yearly` of some years under a model.
fn yearly(cities: &Cities, model: &ModelFile, years: i32) -> Table {
    let mut outcomes = Outcomes::new(&[Outcome::Yearly], OutcomeSettings::default());
    let engine = cities.engine(model, model, EngineSettings::default());
    let world = live(cities, &engine, Month::january(2008 + years), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    outcomes.finish(&world).expect("rows suit the table").remove(0)
}

/// Cells of the columns with this role, row by row.
fn cells(table: &Table, sees: Sees) -> Vec<String> {
    let columns = Outcome::Yearly.schema().columns.iter().filter(|column| column.sees == sees);
    columns
        .flat_map(|column| {
            (0..table.rows()).map(move |row| format!("{} {row} {:?}", column.name, table.cell(row, column.name)))
        })
        .collect()
}

fn total(table: &Table, column: &str) -> f64 {
    let rows = (0..table.rows()).filter(|row| table.cell(*row, "city") == Some(Cell::Text("G4")));
    rows.filter_map(|row| table.cell(row, column)).filter_map(|cell| cell.as_int().map(|count| count as f64)).sum()
}

/// Settings of outcomes under a model, as an experiment would make them.
fn settings(cities: &Cities, model: &ModelFile) -> OutcomeSettings {
    let services = model.programmes().expect("services");
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    OutcomeSettings {
        scale: SCALE,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        measures: names.iter().map(|name| model.interventions.contains_key(name)).collect(),
        targets: names.iter().filter_map(|name| model.card(name)).map(|card| card.target).collect(),
        helps: services.iter().map(|service| service.helps).collect(),
        programmes: names,
        pricing: pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}")),
        ..OutcomeSettings::default()
    }
}

/// Content of all tables of some years under a model, as an experiment would write them.
fn contents(cities: &Cities, model: &ModelFile, years: i32) -> Vec<(String, blake3::Hash)> {
    let settings = OutcomeSettings { panel_size: 500, expected_population: 21_000.0, ..settings(cities, model) };
    let mut outcomes = Outcomes::new(&Outcome::ALL, settings);
    let engine = cities.engine(model, model, EngineSettings::default());
    let world = live(cities, &engine, Month::january(2008 + years), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let tables = outcomes.finish(&world).expect("rows suit the tables");
    tables.iter().map(|table| (table.name().to_owned(), table.content_hash())).collect()
}

#[test]
fn a_measure_that_reaches_nobody_leaves_every_table_as_it_was() {
    let model = model();
    let cities = Cities::of(&model, SCALE);
    let quo = contents(&cities, &model, 4);
    let mut asked = 0;
    for (name, card) in &model.interventions {
        let at = card.coverage.columns.iter().position(|column| column == "status_quo").expect("a column");
        if card.coverage.rows.iter().any(|row| row[at] > 0.0) {
            continue;
        }
        let mut other = model.clone();
        let card = other.interventions.get_mut(name).expect("a card");
        // Everything as in 2008 and as planned, but with a coverage of 0.
        (card.level, card.coverage.value) = (Level::Full, 0.0);
        assert_eq!(contents(&cities, &other, 4), quo, "{name}");
        asked += 1;
    }
    assert!(asked > 10, "{asked} cards with a status quo of 0");
}

#[test]
fn in_the_null_world_the_truth_is_the_same_and_naive_comparisons_still_find_effects() {
    let mut null = model();
    null.effects.in_force = InForce::None;
    let cities = Cities::of(&null, SCALE);
    let (none, all) = (all_at(&null, Level::Off), all_at(&null, Level::Full));
    for outcome in [Outcome::Cohorts, Outcome::Lineages, Outcome::Transmission] {
        let [one, two] = [&none, &all].map(|model| table_of(&cities, model, outcome, 5));
        assert_eq!(truth(&one, outcome), truth(&two, outcome), "{outcome:?}");
    }
    // A person reached by a measure has an additional row in `lives`, and is otherwise the same.
    let [one, two] = [&none, &all].map(|model| lives_of(&table_of(&cities, model, Outcome::Lives, 5)));
    let reached = two.keys().filter(|key| !one.contains_key(*key)).count();
    assert!(reached > 0 && two.len() == one.len() + reached, "{reached}");
    let nothing = |life: &Vec<String>| {
        let empty = ["Some(Null)", "Some(Float(0.0))", "Some(Int(0))"];
        // The place of birth is text.
        life.iter().all(|cell| empty.contains(&&**cell) || cell.starts_with("Some(Text("))
    };
    for (key, life) in &two {
        assert!(one.get(key).map_or_else(|| nothing(life), |before| before == life), "{key}: {life:?}");
    }
    let (without, with) = (yearly(&cities, &none, 5), yearly(&cities, &all, 5));
    assert_eq!(cells(&without, Sees::Truth), cells(&with, Sees::Truth), "true paired differences are exactly zero");
    assert!(total(&with, "ashg_from_police") > total(&without, "ashg_from_police"), "and the chain did something");
    // Before and after: months with violence in the half year up to the month in which a perpetrator accepts help, and
    // in the half year after it.
    let cities = Cities::of(&null, 20.0 * SCALE);
    let engine = cities.engine(&all, &all, EngineSettings::default());
    let mut used: BTreeMap<u64, BTreeSet<i16>> = BTreeMap::new();
    let mut accepted: Vec<(u64, i16)> = Vec::new();
    let services: Vec<String> = all.programmes().expect("services").into_iter().map(|service| service.name).collect();
    live(&cities, &engine, Month::january(2012), |world| {
        let lived = world.now().plus(-1).0;
        let key = |who: PersonId| who.row().map(|row| world.body(row).key);
        for event in world.events() {
            match event {
                Event::Violence(incident) => {
                    let couple = world.couple(incident.couple.row().expect("a couple"));
                    for by in Side::BOTH.into_iter().filter(|by| incident.counts[*by as usize] > 0) {
                        used.entry(key(couple.partner(by)).expect("a person")).or_default().insert(lived);
                    }
                }
                Event::Passage(p)
                    if p.edge == Edge::Offer && p.passed && services[usize::from(p.service)] == "perpetrator_help" =>
                {
                    accepted.extend(key(p.who).map(|key| (key, lived)));
                }
                _ => {}
            }
        }
    });
    let months = |key: &u64, from: i16, to: i16| used.get(key).map_or(0, |months| months.range(from..to).count());
    let (mut fell, mut rose) = (0_u64, 0_u64);
    for (key, month) in accepted.iter().filter(|(_, month)| (6..41).contains(month)) {
        let (before, after) = (months(key, month - 5, month + 1), months(key, month + 1, month + 7));
        fell += u64::from(after < before);
        rose += u64::from(after > before);
    }
    // Families seek help when violence is at its peak (regression to the mean): without any effect far more improve
    // than worsen. Fair coin tosses would give this result less than once in a million times.
    let tosses = (fell + rose) as f64;
    assert!(tosses > 100.0 && fell as f64 - 0.5 * tosses > 4.9 * 0.5 * tosses.sqrt(), "{fell} fell, {rose} rose");
}

/// One table of some years under a model.
fn table_of(cities: &Cities, model: &ModelFile, outcome: Outcome, years: i32) -> Table {
    let mut outcomes = Outcomes::new(&[outcome], settings(cities, model));
    let engine = cities.engine(model, model, EngineSettings::default());
    let world = live(cities, &engine, Month::january(2008 + years), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    outcomes.finish(&world).expect("rows suit the table").remove(0)
}

/// Cells of the columns of ground truth, row by row.
fn truth(table: &Table, outcome: Outcome) -> Vec<String> {
    let columns = outcome.schema().columns.iter().filter(|column| column.sees == Sees::Truth);
    columns.flat_map(|column| (0..table.rows()).map(move |row| format!("{:?}", table.cell(row, column.name)))).collect()
}

/// Ground truth of each person in the table `lives`, without the person's traits.
fn lives_of(table: &Table) -> BTreeMap<i64, Vec<String>> {
    let traits =
        ["birthplace", "arrived", "born", "mother", "father", "generation", "deprivation", "gone", "died", "sex"];
    let columns = Outcome::Lives.schema().columns.iter();
    let columns: Vec<&str> = columns
        .filter(|column| column.sees == Sees::Truth && !traits.contains(&column.name))
        .map(|column| column.name)
        .filter(|name| *name != "months_exposed")
        .collect();
    let life = |row: usize| columns.iter().map(|name| format!("{:?}", table.cell(row, name))).collect();
    let key = |row: usize| table.cell(row, "person").and_then(Cell::as_int).expect("a key");
    (0..table.rows()).map(|row| (key(row), life(row))).collect()
}

#[test]
fn in_the_null_world_what_is_done_is_on_record() {
    let mut null = all_at(&model(), Level::Full);
    null.effects.in_force = InForce::None;
    null.chain.shelter.request = chance(0.05);
    let cities = Cities::of(&null, SCALE);
    let engine = cities.engine(&null, &null, EngineSettings::default());
    let (mut marked, mut sheltered, mut freed) = ([0; 3], 0, 0);
    let mut reporting = false;
    live(&cities, &engine, Month::january(2012), |world| {
        let with = |flag: Flag| world.present().filter(|row| world.body(*row).has(flag)).count();
        let now = [Flag::InShelter, Flag::Guided, Flag::Banned].map(with);
        freed += usize::from(now[0] < sheltered);
        sheltered = now[0];
        marked.iter_mut().zip(now).for_each(|(most, now)| *most = now.max(*most));
        for who in world.effects().persons().filter_map(PersonId::row) {
            for mechanism in Mechanism::ALL {
                let log = world.effects().log_ratio(PersonId(who as u32), *mechanism, world.now());
                assert!(log == 0.0 || mechanism.is_of_the_chain(), "{} acts on a life", mechanism.word());
                // Families in a home-visiting programme have a higher probability of being reported.
                reporting |= *mechanism == Mechanism::Reporting && log > 0.0;
            }
        }
    });
    assert!(marked.iter().all(|number| *number > 0), "in shelters, guided, banned: {marked:?}");
    assert!(reporting && freed > 0, "visited families are reported more, and shelters are left");
}

#[test]
fn places_of_what_has_ended_are_those_still_taken_and_then_none() {
    let model = all_at(&model(), Level::Full);
    let mut cities = Cities::of(&model, SCALE);
    let (from, until) = (Month::january(2009).plus(3), Month::january(2010).plus(5));
    cities.scope.enrolment = Some((from, until));
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let services = model.programmes().expect("services");
    let new = |service: u16| {
        let card = model.interventions.get(&services.get(usize::from(service))?.name)?;
        let at = card.coverage.columns.iter().position(|column| column == "status_quo")?;
        Some(card.coverage.rows.iter().all(|row| row[at] == 0.0))
    };
    let mut seen = [0; 3];
    let (mut offered, mut starts) = (BTreeSet::new(), 0);
    live(&cities, &engine, Month::january(2012), |world| {
        let lived = world.now().plus(-1);
        for event in world.events() {
            if let Event::Passage(p) = event
                && p.passed
                && new(p.service) == Some(true)
                && let Some(row) = p.who.row()
            {
                let whose = (p.service, world.body(row).key);
                if p.edge == Edge::Offer && (from..=until).contains(&lived) {
                    offered.insert(whose);
                } else if p.edge == Edge::Start {
                    assert!(offered.contains(&whose), "a start in {lived} without an offer in the window: {p:?}");
                    starts += 1;
                }
            }
            let Event::Provider(month) = event else { continue };
            if month.group != Group::Programmes || !month.places.is_finite() {
                continue;
            }
            let service = &services[usize::from(month.service)];
            let Some(card) = model.interventions.get(&service.name) else { continue };
            let column = |rows: &Rows<Share>| {
                let at = rows.columns.iter().position(|column| column == "status_quo").expect("a column");
                rows.rows.iter().all(|row| row[at] == 0.0)
            };
            if !column(&card.coverage) {
                continue;
            }
            let name = &service.name;
            if (from..=until).contains(&lived) {
                seen[0] += u32::from(month.places > 0.0);
            } else {
                assert!(month.places <= f64::from(month.occupied), "{name} in {lived}: {month:?}");
                seen[1] += u32::from(lived > until && month.occupied > 0);
                seen[2] += u32::from(lived > until && month.occupied == 0);
            }
        }
    });
    assert!(seen.iter().all(|number| *number > 0) && starts > 0, "{seen:?}, {starts} starts");
}

#[test]
fn a_talk_at_the_desk_for_the_old_is_no_help_in_a_case() {
    let mut model = model();
    for card in model.interventions.values_mut().chain(model.chain.services.values_mut()) {
        (card.level, card.coverage.value) = (Level::Full, 0.0);
    }
    let desk = model.interventions.get_mut("elder_desk").expect("a card");
    desk.coverage.value = 1.0;
    // The same reports with and without a desk.
    desk.edges.clear();
    model.chain.detection.elder = chance(0.2);
    let shelter = &mut model.chain.shelter;
    (shelter.request, shelter.honour_request, shelter.elder_request) = (chance(0.0), chance(0.0), chance(0.0));
    let cities = Cities::of(&model, 2.0 * SCALE);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let (mut talks, mut helped) = (0, 0);
    live(&cities, &engine, Month::january(2011), |world| {
        for event in world.events() {
            match event {
                Event::Passage(passage) if passage.edge == Edge::Start && passage.passed => talks += 1,
                Event::FirstHelp { .. } => helped += 1,
                _ => {}
            }
        }
    });
    assert!(talks > 0, "nobody came to the desk");
    assert_eq!(helped, 0, "{talks} talks opened case management");
}

#[test]
fn registrations_can_double_without_anything_happening() {
    let model = model();
    let cities = Cities::of(&model, SCALE);
    let mut doubled = model.clone();
    doubled.chain.detection.registration_2009 = ratio(2.0 * model.chain.detection.registration_2009.get());
    let (one, two) = (yearly(&cities, &model, 3), yearly(&cities, &doubled, 3));
    assert_eq!(cells(&one, Sees::Truth), cells(&two, Sees::Truth));
    for same in ["police_reports", "ashg_from_police", "cases_opened", "shelter_women"] {
        assert_eq!(total(&one, same), total(&two, same), "{same}");
    }
    assert!(total(&two, "police_registrations") > 1.3 * total(&one, "police_registrations"));
}

#[test]
fn doubled_reporting_leaves_truth_untouched_while_nothing_is_done_and_moves_it_when_something_is() {
    let mut off = model();
    off.effects.in_force = InForce::None;
    let cities = Cities::of(&off, SCALE);
    let doubled = |model: &ModelFile| {
        let mut model = model.clone();
        model.chain.detection.police = chance(2.0 * model.chain.detection.police.get());
        model
    };
    let (one, two) = (yearly(&cities, &off, 3), yearly(&cities, &doubled(&off), 3));
    assert_eq!(cells(&one, Sees::Truth), cells(&two, Sees::Truth));
    let grown = total(&two, "police_reports") / total(&one, "police_reports");
    assert!((1.4..2.1).contains(&grown), "reports grew {grown} times");
    let mut on = off.clone();
    on.effects.in_force = InForce::All;
    assert_ne!(cells(&yearly(&cities, &on, 3), Sees::Truth), cells(&yearly(&cities, &doubled(&on), 3), Sees::Truth));
}

#[test]
fn edges_let_pass_the_shares_that_the_file_gives() {
    let model = model();
    let cities = Cities::of(&model, 0.05);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let mut seen: BTreeMap<(u8, Edge), (u64, u64)> = BTreeMap::new();
    live(&cities, &engine, Month::january(2010), |world| {
        for event in world.events() {
            if let Event::Passage(passage) = event
                && passage.service == NO_SERVICE
            {
                let (passed, all) = seen.entry((passage.city, passage.edge)).or_default();
                *passed += u64::from(passage.passed);
                *all += 1;
            }
        }
    });
    let of = |edge: Edge| {
        let cities = seen.iter().filter(|((_, known), _)| *known == edge);
        cities.fold((0, 0), |sum, (_, counts)| (sum.0 + counts.0, sum.1 + counts.1))
    };
    let (police, desk, amk) = (&model.chain.police, &model.chain.desk, &model.chain.amk);
    for (edge, expected) in [
        (Edge::Complaint, police.complaint),
        (Edge::ExOfficio, police.ex_officio),
        (Edge::Arrest, police.arrest),
        (Edge::ScreeningAccepted, police.screening_accepted),
        (Edge::Ban, police.ban),
        (Edge::BanHelp, police.ban_help),
        (Edge::HelpVictim, desk.help_victim),
        (Edge::HelpPerpetrator, desk.help_perpetrator),
        (Edge::HelpChild, desk.help_child),
        (Edge::PoliceToAmk, police.to_amk),
        (Edge::Investigation, amk.investigation),
        (Edge::Protection, amk.protection),
        (Edge::Prosecution, model.chain.court.prosecution),
        (Edge::Conviction, model.chain.court.conviction),
    ] {
        let (passed, all) = of(edge);
        assert!(all > 0, "nobody came to {}", edge.word());
        assert_share(passed, all, expected.get());
    }
    // Only Rotterdam screens suspects.
    let screening = |city: u8| seen.get(&(city, Edge::Screening)).copied().unwrap_or_default();
    assert_eq!([0, 2, 3].map(|city| screening(city).0), [0; 3]);
    assert_share(screening(1).0, screening(1).1, 0.6);
}

#[test]
fn nobody_leaves_the_chain_unaccounted() {
    let mut model = all_at(&model(), Level::Full);
    // Many requests for shelter, so that some persons wait, and move, die or leave while waiting.
    model.chain.shelter.request = chance(0.05);
    model.chain.shelter.retry = chance(0.5);
    let cities = Cities::of(&model, SCALE);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let services = model.programmes().expect("services").len();
    let mut counts: BTreeMap<(u16, Edge, bool), i64> = BTreeMap::new();
    let (mut opened, mut closed) = (0_i64, 0_i64);
    // At the intake of a shelter: requests admitted to an intake, waiting from the month before, and decided.
    let (mut let_in, mut waited, mut decided, mut waiting) = (0_i64, 0_i64, 0_i64, 0_i64);
    let world = live(&cities, &engine, Month::january(2012), |world| {
        for event in world.events() {
            match *event {
                Event::Passage(p) if p.service != NO_SERVICE => {
                    *counts.entry((p.service, p.edge, p.passed)).or_default() += 1
                }
                Event::Struck { group: Group::Programmes, service, .. } => {
                    *counts.entry((service, Edge::Place, false)).or_default() += 1;
                }
                Event::Struck { group: Group::Shelters, .. } => decided += 1,
                Event::Passage(p) if p.edge == Edge::ShelterIntake && p.passed => let_in += 1,
                Event::Passage(p) if p.edge == Edge::ShelterAdmission => decided += 1,
                Event::CaseOpened { .. } => opened += 1,
                Event::CaseClosed { .. } => closed += 1,
                _ => {}
            }
        }
        assert_eq!(opened, closed + world.chain().cases.len() as i64, "cases at the end of {}", world.now().plus(-1));
        waited += waiting;
        waiting = world.chain().shelters.queue.iter().filter(|request| request.who != PersonId::NONE).count() as i64;
        assert_eq!(let_in + waited, decided, "at the doors of shelters at the end of {}", world.now().plus(-1));
    });
    assert!(let_in > 20 && waited > 5, "{let_in} intakes, {waited} asked again");
    let state = &world.chain().programmes;
    let mut moved = 0;
    for service in 0..services as u16 {
        let count = |edge, passed| counts.get(&(service, edge, passed)).copied().unwrap_or(0);
        let waiting = state.queue.iter().filter(|request| request.service == service).count() as i64;
        let staying = state.stays.iter().filter(|stay| stay.service == service).count() as i64;
        assert_eq!(
            count(Edge::Offer, true),
            count(Edge::Place, true) + count(Edge::Place, false) + waiting,
            "service {service}"
        );
        assert_eq!(count(Edge::Place, true), count(Edge::Start, true) + count(Edge::Start, false), "service {service}");
        assert_eq!(
            count(Edge::Start, true),
            count(Edge::Completion, true) + count(Edge::Completion, false) + staying,
            "service {service}"
        );
        moved += i64::from(count(Edge::Start, true) > 0);
    }
    assert!(moved > 8, "{moved} programmes took anybody in");
}

#[test]
fn occupied_place_months_are_the_sum_of_the_stays_and_in_the_long_run_those_that_there_are() {
    let mut model = model();
    // Whole numbers of places at this scale: three, two, two and one.
    // No place is added, and many ask.
    model.chain.detection.police = chance(0.15);
    let form = model.chain.services.get_mut("victim_help").and_then(|card| card.programme.as_mut());
    let form = form.expect("a programme");
    form.growth = None;
    let columns = ["city", "year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    let of = |city: usize, n: f64| vec![city as f64, 2008.0, n, n, n];
    let rows = vec![of(0, 300.0), of(1, 200.0), of(2, 200.0), of(3, 100.0)];
    form.places = Some(Rows::new(1.0, columns, rows).expect("a table"));
    let cities = Cities::of(&model, SCALE);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let services = model.programmes().expect("services");
    let index = services.iter().position(|service| service.name == "victim_help").expect("the service") as u16;
    let length = model.chain.services["victim_help"].programme.as_ref().expect("a programme").length.get();
    let (mut occupied, mut full, mut stays) = (0_i64, 0, 0_i64);
    let mut left_over = [0.0_f64; 4];
    let until = Month::january(2013);
    let world = live(&cities, &engine, until, |world| {
        for event in world.events() {
            match event {
                Event::Provider(month) if month.group == Group::Programmes && month.service == index => {
                    // Below full scale a place may be used in advance: one stay of one person in each city.
                    let left = &mut left_over[usize::from(month.city)];
                    *left += month.places - f64::from(month.occupied);
                    assert!(*left >= -length.ceil().max(1.0), "{left} place-months left in {}: {month:?}", world.now());
                    occupied += i64::from(month.occupied);
                    full += i64::from(f64::from(month.occupied) >= month.places);
                }
                Event::Passage(p) if p.service == index && p.edge == Edge::Completion => stays += i64::from(p.waited),
                _ => {}
            }
        }
    });
    let running = world.chain().programmes.stays.iter().filter(|stay| stay.service == index);
    stays += running.map(|stay| i64::from(until.since(stay.since))).sum::<i64>();
    assert_eq!(occupied, stays);
    assert!(full > 100, "queues bind in {full} of 240 months of providers");
}

/// Requests of women from the rest of the country are served in the order of month and random number, and each takes
/// one place for a stay of fixed length. With an additional place, every request that found a place before still finds
/// one.
#[test]
fn more_places_in_one_pool_never_mean_more_refusals() {
    let base = model();
    let cities = Cities::of(&base, SCALE);
    let refused = |beds: f64| {
        let mut model = base.clone();
        let shelter = &mut model.chain.shelter;
        let columns = ["city", "share"].map(str::to_owned).to_vec();
        shelter.city_share =
            Rows::new(1.0, columns, (0..4).map(|city| vec![f64::from(city), 0.25]).collect()).expect("a table");
        shelter.budget = Euro::new(beds / SCALE).expect("euro");
        shelter.bed_price = Euro::new(1.0).expect("euro");
        shelter.crisis_share = Share::new(1.0).expect("a share");
        shelter.occupied = Share::new(0.0).expect("a share");
        shelter.inflow_children = ratio(0.0);
        shelter.inflow = RatePerYear::new(1000.0).expect("a rate");
        (shelter.request, shelter.honour_request) = (chance(0.0), chance(0.0));
        shelter.crisis_months = Months::new(12.0).expect("months");
        let engine = cities.engine(&model, &model, EngineSettings::default());
        let (mut refused, mut requests) = (0, 0);
        live(&cities, &engine, Month::january(2020), |world| {
            for event in world.events() {
                if let Event::Provider(month) = event
                    && month.group == Group::Shelters
                {
                    refused += month.refused;
                    requests += month.requests;
                    assert!(month.requests == 0 || month.service == 0, "only crisis places are asked for");
                }
            }
        });
        (refused, requests)
    };
    let all: Vec<(u32, u32)> = [4.0, 8.0, 12.0, 16.0, 24.0].into_iter().map(refused).collect();
    assert!(all.windows(2).all(|pair| pair[1].0 <= pair[0].0 && pair[1].1 == pair[0].1), "{all:?}");
    assert!(all[0].0 > 30 && all[4].0 < all[0].0 / 2, "{all:?}");
}

#[test]
fn euro_of_a_whole_run_add_up_over_payers_and_cities_to_the_cent() {
    let mut model = all_at(&model(), Level::Full);
    // Without the measure that reduces overhead in a city, so that each volume has one price.
    model.interventions.get_mut("regie_ontschotting").expect("the card").level = Level::Off;
    let cities = Cities::of(&model, SCALE);
    let prices = pricing(&model, &cities.scope).expect("prices");
    // The total price of an item is the sum over its payers.
    let mut whole: BTreeMap<[String; 3], f64> = BTreeMap::new();
    for price in &prices.prices {
        let item = [price.kind.word().to_owned(), price.item.clone(), price.entry.clone()];
        *whole.entry(item).or_default() += price.price;
    }
    let settings = OutcomeSettings { pricing: prices, ..OutcomeSettings::default() };
    let mut outcomes = Outcomes::new(&[Outcome::Costs], settings);
    let engine = cities.engine(&model, &model, EngineSettings::default());
    let world = live(&cities, &engine, Month::january(2014), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let table = outcomes.finish(&world).expect("rows suit the table").remove(0);
    let text = |row: usize, name: &str| table.cell(row, name).and_then(Cell::as_text).expect("a text").to_owned();
    let number = |row: usize, name: &str| {
        let cell = table.cell(row, name).expect("a column");
        cell.as_float().or(cell.as_int().map(|count| count as f64)).expect("a number")
    };
    let mut cities_of: BTreeMap<Vec<String>, [i64; 2]> = BTreeMap::new();
    let mut payers_of: BTreeMap<Vec<String>, (f64, BTreeSet<u64>, i32)> = BTreeMap::new();
    for row in 0..table.rows() {
        if text(row, "unit") != "euro_2008" {
            continue;
        }
        let cents = number(row, "amount") * 100.0;
        let key: Vec<String> = ["kind", "item", "entry", "payer"]
            .into_iter()
            .map(|name| text(row, name))
            .chain([number(row, "year").to_string()])
            .collect();
        let city = text(row, "city");
        assert!((cents - cents.round()).abs() < 1e-3, "{key:?}: {cents} cents");
        cities_of.entry(key.clone()).or_default()[usize::from(city == "G4")] += cents.round() as i64;
        if city != "G4" {
            let item = vec![key[0].clone(), key[1].clone(), key[2].clone(), key[4].clone(), city];
            let of = payers_of.entry(item).or_default();
            of.0 += cents;
            of.1.insert(number(row, "count").to_bits());
            of.2 += 1;
        }
    }
    assert!(cities_of.values().all(|[cities, all]| cities == all));
    let mut shared = 0;
    for (item, (cents, counts, payers)) in &payers_of {
        // Each payer's share is rounded to whole cents once a year; the volume has an accuracy of a billionth.
        let price = whole[&[item[0].clone(), item[1].clone(), item[2].clone()]];
        for count in counts.iter().map(|bits| f64::from_bits(*bits)) {
            if counts.len() == 1 {
                let off = (cents - count * price * 100.0).abs();
                assert!(off <= 0.5 * f64::from(*payers) + 1e-9 * price * 100.0 + 1e-3, "{item:?}: {off} cents");
                shared += i32::from(*payers > 1 && *cents > 0.0);
            }
        }
    }
    assert!(shared > 10, "{shared} sums were shared between payers");
}

#[test]
fn each_card_moves_its_own_mechanisms_and_no_others() {
    let mut base = all_at(&model(), Level::Off);
    // The effects of a police visit, an arrest and a sentence belong to the chain, not to a card; so do those of a place
    // far from home, of a dwelling after a stay in a shelter, of an assessment, and of the services of 2008.
    let (police, court, shelter) = (&mut base.chain.police, &mut base.chain.court, &mut base.chain.shelter);
    for own in [
        &mut police.visit,
        &mut police.arrest_employed,
        &mut police.arrest_unemployed,
        &mut police.ban_effect,
        &mut court.convicted,
        &mut court.in_custody,
        &mut shelter.far_severe,
        &mut shelter.dwelling_incidents,
    ] {
        *own = ratio(1.0);
    }
    for form in base.chain.services.values_mut().filter_map(|card| card.programme.as_mut()) {
        form.effects.clear();
    }
    base.chain.needs.maltreatment = ratio(1.0);
    let cities = Cities::of(&base, SCALE);
    let mut moved = BTreeSet::new();
    for (name, card) in &base.interventions {
        let Some(programme) = &card.programme else { continue };
        if programme.effects.is_empty() {
            continue;
        }
        let mut with = base.clone();
        let card = with.interventions.get_mut(name).expect("a card");
        card.level = Level::Full;
        let form = card.programme.as_mut().expect("a programme");
        (form.uptake, form.starts, form.completes) = (chance(1.0), chance(1.0), chance(1.0));
        form.places = None;
        // What is paid for places needs a number of them.
        card.costs.retain(|_, cost| cost.per != Per::PlaceYear || !card.beds.is_empty());
        let form = card.programme.as_mut().expect("a programme");
        let mut own: BTreeSet<Mechanism> = form.effects.values().map(|effect| effect.mechanism).collect();
        own.extend(form.shifts.values().map(|shift| shift.of.mechanism()));
        let engine = cities.engine(&with, &with, EngineSettings::default());
        let mut met = BTreeSet::new();
        live(&cities, &engine, Month::january(2013), |world| {
            for person in world.effects().persons() {
                let log = |mechanism: &&Mechanism| world.effects().log_ratio(person, **mechanism, world.now()) != 0.0;
                met.extend(Mechanism::ALL.iter().filter(log).copied());
            }
        });
        // Placement out of the home by a judge belongs to the chain and occurs with every card.
        met.retain(|mechanism| {
            !matches!(mechanism, Mechanism::Maltreatment | Mechanism::MaltreatmentEnd) || own.contains(mechanism)
        });
        assert!(met.is_subset(&own), "{name} moved {met:?}, its card says {own:?}");
        if !met.is_empty() {
            moved.insert(name.clone());
        }
    }
    assert!(moved.len() >= 6, "only {moved:?} moved anything");
}

#[test]
fn a_new_measure_is_a_file_and_nothing_else() {
    let base = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
    let card = include_str!("support/new_measure.toml");
    let mut sources = base.clone();
    sources.files.push(SourceFile { name: "interventions/evening_desk.toml".into(), text: card.to_owned() });
    let (mut with, _) = ModelFile::load(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    with.founding = model().founding;
    with.interventions.get_mut("evening_desk").expect("the new measure is there").level = Level::Full;
    let names: Vec<String> = with.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let index = names.iter().position(|name| name == "evening_desk").expect("the new measure is there") as u16;
    let cities = Cities::of(&with, SCALE);
    let engine = cities.engine(&with, &with, EngineSettings::default());
    let (mut started, mut completed) = (0, 0);
    live(&cities, &engine, Month::january(2010), |world| {
        for event in world.events() {
            if let Event::Passage(p) = event
                && p.service == index
                && p.passed
            {
                started += i32::from(p.edge == Edge::Start);
                completed += i32::from(p.edge == Edge::Completion);
            }
        }
    });
    assert!(started > 5 && completed > 0, "{started} started, {completed} completed");
    // An additional card does not change the random numbers of any other.
    let (old, _) = ModelFile::load(&base).unwrap_or_else(|errors| panic!("{errors}"));
    let tag = |model: &ModelFile, name: &str| {
        let services = model.programmes().expect("services");
        services.iter().find(|service| service.name == name).map(|service| service.tag())
    };
    for name in old.programmes().expect("services").iter().map(|service| &service.name) {
        assert_eq!(tag(&old, name), tag(&with, name), "{name}");
    }
}

#[test]
fn a_scenarios_measures_end_with_its_window() {
    let model = all_at(&model(), Level::Full);
    let cities = Cities::of(&model, SCALE);
    let window = Some((Month(0), Month::january(2010).plus(-1)));
    let scope = cities.scope.clone().enrolling(window);
    let engine =
        model.engine(&model, &scope, luck(), EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<String> = model.programmes().expect("services").into_iter().map(|service| service.name).collect();
    let quo = |name: &String| {
        let card = model.interventions.get(name)?;
        let at = card.coverage.columns.iter().position(|column| column == "status_quo")?;
        Some(card.coverage.rows.iter().all(|row| row[at] == 0.0))
    };
    let new: Vec<bool> = names.iter().map(|name| quo(name) == Some(true)).collect();
    let (mut inside, mut after) = (0, 0);
    live(&cities, &engine, Month::january(2012), |world| {
        for event in world.events() {
            if let Event::Passage(p) = event
                && p.edge == Edge::Offer
                && new[usize::from(p.service)]
            {
                *(if world.now().plus(-1) < Month::january(2010) { &mut inside } else { &mut after }) += 1;
            }
        }
    });
    assert!(inside > 10 && after == 0, "{inside} offers inside the window, {after} after it");
}

/// Reduces the externalising symptoms of every boy of 17 by this number of standard deviations, at home safe or not,
/// without any other effect.
fn relieved_at_seventeen(base: &ModelFile, specific: f64) -> ModelFile {
    let mut with = base.clone();
    let mut relief =
        base.interventions["child_group"].programme.as_ref().expect("a programme").relief["externalising"].clone();
    relief.attention = Sd::new(0.0).expect("none");
    relief.specific = Sd::new(specific).expect("a size");
    relief.if_unsafe = None;
    let card = with.interventions.get_mut("prev_school").expect("a card");
    (card.level, card.coverage) = (Level::Full, everywhere(&card.coverage));
    let form = card.programme.as_mut().expect("a programme");
    form.eligible.age_from = Some(Years::new(17.0).expect("an age"));
    form.eligible.age_to = Some(Years::new(18.0).expect("an age"));
    (form.uptake, form.starts, form.completes) = (chance(1.0), chance(1.0), chance(1.0));
    form.length = Months::new(1.0).expect("a month");
    form.effects.clear();
    form.shifts.clear();
    form.relief.insert("externalising".into(), relief);
    with
}

/// Full coverage from the first year on.
fn everywhere(coverage: &Rows<Share>) -> Rows<Share> {
    let mut coverage = coverage.clone();
    let year = coverage.columns.iter().position(|column| column == "year").expect("a year");
    coverage.rows.truncate(1);
    for row in &mut coverage.rows {
        row.iter_mut().enumerate().for_each(|(at, cell)| *cell = if at == year { 2008.0 } else { 1.0 });
    }
    coverage
}

#[test]
fn help_for_children_takes_away_what_its_hand_product_says() {
    let base = all_at(&model(), Level::Off);
    let cities = Cities::of(&base, 0.06);
    let specific = 0.35;
    let t = &base.transmission;
    // child.med of the dossier: the share mediated by conduct problems, times the share of these that can be treated.
    let within_reach = t.mediated.get() * base.effects.treatable.get();
    let grown = |model: &ModelFile| -> BTreeMap<u64, (f64, f64, [u32; 2])> {
        let engine = cities.engine(model, model, EngineSettings::default());
        let world = live(&cities, &engine, Month::january(2012), |_| {});
        let turned = world.rows().filter(|row| {
            let body = world.body(*row);
            let of_age = body.age_months(world.now());
            // Seventeen in one of the three Septembers, and eighteen by now.
            body.counts() && body.sex() == Sex::Male && (18 * 12..20 * 12).contains(&of_age)
        });
        let told = turned.filter(|row| world.childhood(*row).any_witnessed()).map(|row| {
            let (body, mind, childhood) = (world.body(row), world.mind(row), world.childhood(row));
            let exposure = [childhood.months_witnessed(), childhood.types()];
            (body.key, (mind.acquired_use.get(), mind.conduct.get(), exposure))
        });
        told.collect()
    };
    let (without, with) = (grown(&base), grown(&relieved_at_seventeen(&base, specific)));
    let (mut alike, mut fallen, mut by_hand) = (0, 0.0, 0.0);
    for (key, (before, conduct, exposure)) in &without {
        let Some((after, left, same)) = with.get(key) else { continue };
        // The product does not apply to boys with fewer symptoms than the reduction, or exposed again before eighteen.
        let whole = (conduct - left - base.effects.treatable.get() * specific).abs() < 0.0021;
        if !whole || same != exposure || *before <= 0.0 {
            continue;
        }
        // kappa · ln HR of this boy: his acquired log hazard ratio at the mean conduct score of the exposed.
        let crude = before / (1.0 - t.mediated.get() + t.mediated.get() * conduct / t.conduct_mean.get());
        let product = 1.0 - (-crude * within_reach * specific / t.conduct_mean.get()).exp();
        let emerged = 1.0 - (after - before).exp();
        assert!((emerged - product).abs() < 0.003, "{key}: {emerged} for {product} by hand");
        (alike, fallen, by_hand) = (alike + 1, fallen + emerged, by_hand + product);
    }
    assert!(alike >= 30, "only {alike} boys of {} were relieved in full", without.len());
    // The rounding error is two thousandths per boy; that of the means is far smaller.
    let (fallen, by_hand) = (fallen / f64::from(alike), by_hand / f64::from(alike));
    assert!((fallen - by_hand).abs() < 0.001, "{fallen} for {by_hand} by hand");
    assert!(by_hand > 0.02, "there is something to take away: {by_hand}");
}
