//! Elder abuse and honour-related violence: prevalence in balance, duration, harm and what lowers it, who uses it, and the
//! ends of spells.

use std::collections::BTreeSet;

use keten::engine::{Engine, EngineSettings, Scope, Simulation, Step};
use keten::interventions::Level;
use keten::model::{ModelFile, STEPS};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::tables::{Cell, Table};
use keten::units::{Probability, RatePerYear, Ratio, Rows, Sd};
use keten::world::{
    AbuseChange, Body, Change, Changes, Edge, Effect, Event, Flag, InForce, Mechanism, Mind, Month, Newcomer,
    OtherIncidents, OtherViolence, Past, PersonId, Place, Places, Severity, Sex, World,
};

use crate::support::cities::{Cities, luck, model};
use crate::support::statistics::assert_share;

const SCALE: f64 = 0.01;

fn rate(value: f64) -> RatePerYear {
    RatePerYear::new(value).expect("a rate")
}

fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a chance")
}

fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

/// A world of persons of one age who live alone, alternating men and women. Keys begin at 1.
fn people(count: u64, age: i16) -> World {
    let mut world = World::new(Month(0), Places::default());
    for number in 0..count {
        let mut body = Body {
            key: luck().derive(number + 1, 900, 0),
            born: Month(-12 * age),
            place: Place::new(0, 0),
            ..Body::default()
        };
        body.set(Flag::Female, number % 2 == 1);
        world.set_up().person(body, Mind::default(), Past::default());
    }
    world
}

/// A process of the model under its own name and identity.
fn step(model: &ModelFile, scope: &Scope, name: &str) -> Step {
    let entry = STEPS.iter().find(|entry| entry.name == name).expect("a process of the model");
    let process = match name {
        "other_family_violence" => model.violence.other.build(),
        _ => model.violence.abuse.build(&model.violence.other, scope),
    };
    entry.step(process)
}

fn engine(model: &ModelFile, scope: &Scope) -> Engine {
    let steps = || vec![step(model, scope, "other_family_violence"), step(model, scope, "abuse_by_relatives")];
    Engine::new(steps(), &steps(), luck(), EngineSettings::default())
}

/// A model without onset, and with one incident in the first month of a spell and none later.
fn quiet_model() -> ModelFile {
    let mut model = model();
    let other = &mut model.violence.other;
    (other.relatives, other.elder, other.honour) = (rate(0.0), rate(0.0), rate(0.0));
    for rates in [&mut model.violence.abuse.elder, &mut model.violence.abuse.honour] {
        (rates.incidents, rates.intensity_sd) = (rate(0.0), Sd::new(0.0).expect("a spread"));
    }
    model
}

fn apply(world: &mut World, list: Vec<Change>) {
    world.apply(Changes { list, ..Changes::default() });
    world.take_touched();
}

/// A spell against each of the first persons of a world begins now.
fn begin(world: &mut World, count: usize, kind: OtherViolence) {
    let begins = |row| Change::Abuse(AbuseChange::Begins { victim: PersonId(row as u32), kind });
    apply(world, (0..count).map(begins).collect());
}

fn others(world: &World) -> Vec<OtherIncidents> {
    world.events().others().copied().collect()
}

#[test]
fn spells_under_way_are_in_balance_of_onset_and_end_from_the_first_month_on() {
    let persons = 20_000;
    let mut model = quiet_model();
    model.violence.other.elder = rate(0.2);
    let engine = engine(&model, &Scope::default());
    let mut simulation = Simulation::new(people(persons, 70), &engine);
    // Onset in a month, and the end after one. A spell that began in a month is counted unless it ended after it.
    let monthly = |rate: f64| 1.0 - (-rate / 12.0_f64).exp();
    let (onset, end) = (monthly(0.2), monthly(model.violence.abuse.elder.end.get()));
    let begins = onset * (1.0 - end);
    let expected = begins / (begins + end);
    for until in [1, 13, 30, 50] {
        simulation.live(&engine, Month(until), |_| {});
        let world = &simulation.world;
        assert_share(world.abuse().len() as u64, persons, expected);
        let victims: BTreeSet<u32> = world.abuse().iter().map(|spell| spell.victim.0).collect();
        assert_eq!(victims.len(), world.abuse().len(), "one spell of a kind against a person");
    }
}

#[test]
fn without_onset_nothing_begins_and_the_burn_in_population_begins_without_spells() {
    let model = quiet_model();
    let engine_of_cities = engine(&model, &Scope::default());
    let mut simulation = Simulation::new(people(5000, 70), &engine_of_cities);
    simulation
        .live(&engine_of_cities, Month(24), |world| assert!(world.abuse().is_empty() && others(world).is_empty()));
    let mut model = quiet_model();
    model.violence.other.elder = rate(0.2);
    let engine_of_pool = engine(&model, &Scope::of_pool());
    let mut simulation = Simulation::new(people(5000, 70), &engine_of_pool);
    simulation.live(&engine_of_pool, Month(1), |_| {});
    let end = model.violence.abuse.elder.end.get();
    assert_share(simulation.world.abuse().len() as u64, 5000, (1.0 - (-0.2 / 12.0_f64).exp()) * (-end / 12.0).exp());
}

#[test]
fn a_doubled_hazard_of_the_end_squares_the_share_of_spells_that_are_left() {
    let persons = 20_000;
    for times in [1.0, 2.0] {
        let mut model = quiet_model();
        model.violence.abuse.elder.end = rate(0.7 * times);
        let engine = engine(&model, &Scope::of_pool());
        let mut world = people(persons, 70);
        begin(&mut world, persons as usize, OtherViolence::Elder);
        let mut simulation = Simulation::new(world, &engine);
        for months in [12, 24] {
            simulation.live(&engine, Month(months), |_| {});
            let left = (-0.7 * times * f64::from(months) / 12.0).exp();
            assert_share(simulation.world.abuse().len() as u64, persons, left);
        }
    }
}

#[test]
fn help_that_makes_violence_stop_shortens_spells() {
    let persons = 20_000;
    let mut model = quiet_model();
    model.violence.abuse.elder.end = rate(0.7);
    let engine = engine(&model, &Scope::of_pool());
    let mut world = people(persons, 70);
    begin(&mut world, persons as usize, OtherViolence::Elder);
    for row in 0..persons as u32 {
        world.set_up().effect(lasting(PersonId(row), Mechanism::DesistanceSuffered, 2.0));
    }
    let mut simulation = Simulation::new(world, &engine);
    simulation.live(&engine, Month(12), |_| {});
    assert_share(simulation.world.abuse().len() as u64, persons, (-1.4_f64).exp());
}

/// An effect on a person from the first month on.
fn lasting(person: PersonId, mechanism: Mechanism, ratio: f64) -> Effect {
    let log_ratio = ratio.ln() as f32;
    Effect { person, mechanism, log_ratio, from: Month(-1), half_life: f32::INFINITY, until: Month::NEVER }
}

#[test]
fn protection_lowers_the_share_of_victims_who_are_killed_and_nobody_else_is() {
    let persons = 20_000;
    let mut model = quiet_model();
    let rates = &mut model.violence.abuse.honour;
    (rates.injury, rates.serious, rates.fatal) = (chance(0.8), chance(0.5), chance(0.25));
    let engine = engine(&model, &Scope::of_pool());
    let killed = |protected: bool| {
        let mut world = people(persons, 22);
        begin(&mut world, persons as usize, OtherViolence::Honour);
        if protected {
            for row in 0..persons as u32 {
                world.set_up().effect(lasting(PersonId(row), Mechanism::SevereViolence, 0.5));
            }
        }
        let mut simulation = Simulation::new(world, &engine);
        let mut dead: BTreeSet<PersonId> = BTreeSet::new();
        simulation.live(&engine, Month(1), |world| {
            let fatal = others(world).into_iter().filter(|it| it.severity == Severity::Fatal);
            let fatal: BTreeSet<PersonId> = fatal.map(|it| it.victim).collect();
            dead = world
                .events()
                .deaths()
                .map(|(who, by_partner)| {
                    assert!(!by_partner);
                    who
                })
                .collect();
            assert_eq!(fatal, dead, "who died was killed");
            assert!(others(world).iter().all(|it| it.count == 1), "one incident in the month of onset");
        });
        let world = &simulation.world;
        assert!(dead.iter().all(|who| !world.body(who.row().expect("a row")).counts()));
        assert!(world.abuse().iter().all(|spell| !dead.contains(&spell.victim)), "death ends the spell");
        dead
    };
    let (without, with) = (killed(false), killed(true));
    assert_share(without.len() as u64, persons, 0.8 * 0.5 * 0.25);
    assert_share(with.len() as u64, persons, 0.8 * 0.5 * 0.25 * 0.5);
    assert!(with.is_subset(&without), "protection kills nobody");
}

#[test]
fn shelter_keeps_safe_but_not_in_the_null_world() {
    let persons = 4000;
    let mut model = quiet_model();
    model.violence.abuse.honour.incidents = rate(24.0);
    model.violence.abuse.sheltered = ratio(0.0);
    let engine = engine(&model, &Scope::of_pool());
    let incidents = |in_shelter: bool, in_force: InForce| {
        let mut world = people(persons, 22);
        begin(&mut world, persons as usize, OtherViolence::Honour);
        world.set_effect_rules(model.effects.combination, in_force);
        if in_shelter {
            let enters = |row| Change::Flag { who: PersonId(row), flag: Flag::InShelter, on: true };
            apply(&mut world, (0..persons as u32).map(enters).collect());
        }
        let mut simulation = Simulation::new(world, &engine);
        let mut all = Vec::new();
        simulation.live(&engine, Month(3), |world| all.extend(others(world)));
        all
    };
    let outside = incidents(false, InForce::All);
    assert!(outside.len() > 2 * persons as usize);
    // The month of onset has an incident, wherever the victim is.
    assert_eq!(incidents(true, InForce::All).len(), persons as usize);
    assert_eq!(incidents(true, InForce::None), outside);
}

/// A world with an old woman (key 1), her son (2) and daughter (3), who live on their own, and a woman of 20 (4) who lives
/// with her mother (5) and her brother (6).
fn family() -> World {
    let mut world = World::new(Month(0), Places::default());
    let body = |key, sex, age: i16| {
        let mut body = Body { key, born: Month(-12 * age), place: Place::new(0, 0), ..Body::default() };
        body.set(Flag::Female, sex == Sex::Female);
        body
    };
    let [old, mother] = [body(1, Sex::Female, 80), body(5, Sex::Female, 50)]
        .map(|body| world.set_up().person(body, Mind::default(), Past::default()));
    let none = PersonId::NONE;
    for (mother, body) in [
        (old, body(2, Sex::Male, 50)),
        (old, body(3, Sex::Female, 45)),
        (mother, body(4, Sex::Female, 20)),
        (mother, body(6, Sex::Male, 17)),
    ] {
        let child = Box::new(Newcomer { body, ..Newcomer::default() });
        apply(&mut world, vec![Change::Born { mother, father: none, child }]);
    }
    let own = world.rows().filter(|row| [2, 3].contains(&world.body(*row).key));
    let leave: Vec<Change> = own.map(|row| Change::Home { who: PersonId(row as u32), home: none }).collect();
    apply(&mut world, leave);
    world.set_up().clear_events();
    world
}

#[test]
fn elder_abuse_is_used_by_a_child_and_honour_related_violence_by_a_man_of_the_household() {
    let mut model = quiet_model();
    for rates in [&mut model.violence.abuse.elder, &mut model.violence.abuse.honour] {
        (rates.end, rates.fatal) = (rate(1e-9), chance(0.0));
    }
    let mut world = family();
    let key = |world: &World, who: PersonId| world.order_key(who);
    let row_of = |world: &World, of: u64| {
        PersonId(world.rows().find(|row| world.body(*row).key == of).expect("a person") as u32)
    };
    let (old, young) = (row_of(&world, 1), row_of(&world, 4));
    apply(
        &mut world,
        vec![
            Change::Abuse(AbuseChange::Begins { victim: old, kind: OtherViolence::Elder }),
            Change::Abuse(AbuseChange::Begins { victim: young, kind: OtherViolence::Honour }),
        ],
    );
    let scope = Scope::of_pool();
    model.violence.abuse.by_child = keten::units::Share::new(1.0).expect("a share");
    let engine = engine(&model, &scope);
    let mut simulation = Simulation::new(world, &engine);
    simulation.live(&engine, Month(1), |_| {});
    let world = &mut simulation.world;
    let users: Vec<u64> = world.abuse().iter().map(|spell| key(world, spell.perpetrator)).collect();
    assert_eq!(users.len(), 2);
    assert!([2, 3].contains(&users[0]), "a child of the old woman: {users:?}");
    assert_eq!(users[1], 6, "the brother is the only man of the household");
    // The death of the child ends elder abuse; honour is a matter of the family.
    let gone: Vec<Change> =
        users.iter().map(|user| Change::Dies { who: row_of(world, *user), by_partner: false }).collect();
    apply(world, gone);
    simulation.live(&engine, Month(2), |_| {});
    let world = &simulation.world;
    assert_eq!(world.abuse().len(), 1);
    assert_eq!((key(world, world.abuse()[0].victim), world.abuse()[0].perpetrator), (4, PersonId::NONE));
    // January orders the rows.
    simulation.live(&engine, Month(14), |_| {});
    let world = &simulation.world;
    assert_eq!(world.abuse().iter().map(|spell| key(world, spell.victim)).collect::<Vec<_>>(), [4]);
}

/// The table `relatives` of three years, after every month of which `each` was called.
fn table(cities: &Cities, model: &ModelFile, mut each: impl FnMut(&World)) -> Table {
    let mut outcomes = Outcomes::new(&[Outcome::Relatives], OutcomeSettings::default());
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2011), |world| {
        outcomes.month(world);
        outcomes.year(world);
        each(world);
    });
    outcomes.finish(&simulation.world).expect("rows suit the table").remove(0)
}

/// Sum of a column over the years in the four cities.
fn total(table: &Table, kind: &str, column: &str) -> i64 {
    let rows = (0..table.rows()).filter(|row| {
        let has = |name, text| table.cell(*row, name) == Some(Cell::Text(text));
        has("city", "G4") && has("violence", kind)
    });
    rows.map(|row| table.cell(row, column).and_then(|cell| cell.as_int()).expect("a count")).sum()
}

#[test]
fn spells_in_the_cities_begin_once_go_on_and_are_about_living_people() {
    let model = model();
    let cities = Cities::of(&model, SCALE);
    let mut before: Option<BTreeSet<(u64, OtherViolence)>> = None;
    table(&cities, &model, |world| {
        let month = world.now().plus(-1);
        let spells: Vec<(u64, OtherViolence)> =
            world.abuse().iter().map(|spell| (world.order_key(spell.victim), spell.kind)).collect();
        assert!(spells.is_sorted(), "in order of key and kind");
        let now: BTreeSet<(u64, OtherViolence)> = spells.iter().copied().collect();
        assert_eq!(now.len(), spells.len(), "once");
        let met: BTreeSet<(u64, OtherViolence)> =
            others(world).iter().map(|it| (world.order_key(it.victim), it.kind)).collect();
        for spell in world.abuse() {
            let row = spell.victim.row().expect("a victim");
            let entry = (world.body(row).key, spell.kind);
            assert!(spell.since <= month && spell.kind != OtherViolence::Relatives);
            // Who has died since the course of the month is dropped in the next one.
            assert!(world.body(row).counts() || world.events().deaths().any(|(who, _)| who == spell.victim));
            if let Some(before) = &before {
                assert_eq!(spell.since == month, !before.contains(&entry), "{entry:?} is new or goes on");
                assert!(before.contains(&entry) || met.contains(&entry), "the month of onset has an incident");
            }
        }
        before = Some(now);
    });
}

#[test]
fn elder_abuse_becomes_known_as_often_as_its_chance_and_at_most_once_a_month() {
    let mut model = model();
    model.violence.other.elder = rate(0.1);
    let detection = &mut model.chain.detection;
    let one = ratio(1.0);
    (detection.men, detection.known, detection.injury, detection.serious) = (one, one, one, one);
    (detection.elder, detection.drift) = (chance(0.3), one);
    detection.disclosure = keten::units::LogRatio::new(0.0).expect("a log ratio");
    for card in model.interventions.values_mut() {
        card.coverage.value = 0.0;
    }
    let cities = Cities::of(&model, SCALE);
    let counts = table(&cities, &model, |_| {});
    let of = |column| total(&counts, "elder", column) as u64;
    let reports = of("reports_to_police") + of("professional_reports") + of("own_reports");
    assert!(of("months_with_incidents") > 500, "{}", of("months_with_incidents"));
    assert_share(reports, of("months_with_incidents"), 0.3);
    assert_share(of("reports_to_police"), reports, model.chain.detection.elder_police.get());
    assert!(of("known") <= of("victims") && of("months_with_serious_injury") <= of("months_with_injury"));
}

#[test]
fn the_desk_for_elder_abuse_acts_on_it_and_its_work_is_no_case_management() {
    let mut model = model();
    model.violence.other.elder = rate(0.1);
    for card in model.interventions.values_mut().chain(model.chain.services.values_mut()) {
        card.coverage.value = 0.0;
    }
    model.chain.detection.elder = chance(0.9);
    let desk = |effect: f64| {
        let mut model = model.clone();
        let card = model.interventions.get_mut("elder_desk").expect("a card");
        (card.level, card.coverage.value) = (Level::Full, 1.0);
        // The same reports with and without a desk.
        card.edges.clear();
        for form in card.programme.as_mut().expect("a programme").effects.values_mut() {
            form.ratio = ratio(if form.mechanism == Mechanism::IncidentsSuffered { effect } else { 1.0 });
        }
        model
    };
    let cities = Cities::of(&model, SCALE);
    let truth = |table: &Table| {
        ["elder", "honour"].map(|kind| ["victims", "incidents", "killed"].map(|column| total(table, kind, column)))
    };
    let without = table(&cities, &model, |_| {});
    let mut starts = 0;
    let idle = table(&cities, &desk(1.0), |world| {
        let starting =
            |event: &&Event| matches!(event, Event::Passage(it) if it.edge == keten::world::Edge::Start && it.passed);
        starts += world.events().iter().filter(starting).count();
    });
    assert!(starts > 0);
    assert_eq!(truth(&without), truth(&idle), "a desk without effects changes nothing that happens");
    let acting = table(&cities, &desk(0.1), |_| {});
    let incidents = |table: &Table| total(table, "elder", "incidents");
    assert!(10 * incidents(&acting) < 8 * incidents(&without), "{} {}", incidents(&acting), incidents(&without));
}

/// A model in which elder abuse is frequent and nothing but the desk for it acts on its reports, and a desk that covers a
/// share of every city with a chance of a report where it does.
fn elder_reports(without: f64) -> (ModelFile, impl Fn(f64, f64) -> ModelFile) {
    let mut model = model();
    model.violence.other.elder = rate(0.1);
    let detection = &mut model.chain.detection;
    let one = ratio(1.0);
    (detection.men, detection.known, detection.injury, detection.serious) = (one, one, one, one);
    (detection.elder, detection.drift) = (chance(without), one);
    detection.disclosure = keten::units::LogRatio::new(0.0).expect("a log ratio");
    let city = &detection.city;
    let rows = city.rows.iter().map(|row| vec![row[0], 0.0]).collect();
    detection.city = Rows::new(1.0, city.columns.clone(), rows).expect("a table of log ratios");
    for card in model.interventions.values_mut().chain(model.chain.services.values_mut()) {
        card.coverage.value = 0.0;
    }
    // A report changes nothing that happens, so that the months with incidents are the same with and without a desk.
    model.effects.in_force = InForce::None;
    model.chain.shelter.elder_request = chance(0.0);
    let base = model.clone();
    let desk = move |share: f64, with: f64| {
        let mut model = base.clone();
        let card = model.interventions.get_mut("elder_desk").expect("a card");
        let columns = ["city", "year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
        let rows = (0..4).map(|city| vec![f64::from(city), 2008.0, 0.0, share, share]).collect();
        card.coverage = Rows::new(1.0, columns, rows).expect("a table of shares");
        card.level = Level::Full;
        card.edges.insert(Edge::ElderReport, chance(with));
        for form in card.programme.as_mut().expect("a programme").effects.values_mut() {
            form.ratio = one;
        }
        model
    };
    (model, desk)
}

#[test]
fn a_desk_for_elder_abuse_brings_in_the_reports_that_its_card_says_and_none_where_it_covers_nobody() {
    let (model, desk) = elder_reports(0.1);
    let cities = Cities::of(&model, SCALE);
    let counted = |model: &ModelFile| {
        let mut passages = [0_u64; 2];
        let counts = table(&cities, model, |world| {
            for event in world.events() {
                match event {
                    Event::Passage(it) if it.edge == Edge::ElderReport => passages[usize::from(!it.passed)] += 1,
                    _ => {}
                }
            }
        });
        (counts, passages)
    };
    let reported = |(counts, [passed, not]): &(Table, [u64; 2])| {
        let of = |column| total(counts, "elder", column) as u64;
        let reports = of("reports_to_police") + of("professional_reports") + of("own_reports");
        // Each month with incidents comes to the edge once, and each report passed it.
        assert_eq!((reports, of("months_with_incidents")), (*passed, passed + not));
        (reports, of("months_with_incidents"), total(counts, "elder", "known"))
    };
    let without = counted(&model);
    let (few, months, known) = reported(&without);
    assert!(months > 500, "{months} months with incidents");
    assert_share(few, months, 0.1);
    // A desk without effects on what happens leaves the months with incidents as they are.
    let (many, same, known_with) = reported(&counted(&desk(1.0, 0.3)));
    assert_eq!(same, months);
    assert_share(many, months, 0.3);
    assert!(known_with > known, "{known} victims known without a desk, {known_with} with one");
    // Half of the cases are reached: the mean of both chances.
    let (some, _, _) = reported(&counted(&desk(0.5, 0.3)));
    assert_share(some, months, 0.2);
    let (nobody, passages) = counted(&desk(0.0, 0.3));
    assert_eq!((nobody.content_hash(), passages), (without.0.content_hash(), without.1), "nobody is covered");
}

#[test]
fn the_card_of_the_desk_for_elder_abuse_raises_its_reports() {
    let built_in = model();
    let (card, base) = (&built_in.interventions["elder_desk"], built_in.chain.detection.elder.get());
    let with = card.edges[&Edge::ElderReport].get();
    // The chances of the model with a hundred times as many reports, so that a small population has hundreds.
    let (model, desk) = elder_reports(100.0 * base);
    let cities = Cities::of(&model, SCALE);
    let known = |model: &ModelFile| total(&table(&cities, model, |_| {}), "elder", "known");
    let (quo, full) = (known(&model), known(&desk(1.0, 100.0 * with)));
    assert!(quo > 100 && full > quo, "{quo} victims known without a desk, {full} with one");
}

#[test]
fn young_women_known_for_honour_related_violence_ask_for_shelter() {
    let mut model = model();
    model.violence.other.honour = rate(0.02);
    model.chain.detection.honour = ratio(40.0);
    // Requests of victims of partners would be counted too when both kinds meet one woman in a month.
    model.chain.shelter.request = chance(0.0);
    model.chain.shelter.honour_request = chance(1.0);
    model.chain.shelter.honour_intake = chance(0.6);
    model.chain.shelter.elder_request = chance(0.0);
    let cities = Cities::of(&model, SCALE);
    let counts = table(&cities, &model, |_| {});
    let of = |kind, column| total(&counts, kind, column) as u64;
    assert!(of("honour", "shelter_requests") > 0 && of("honour", "sheltered") > 0);
    assert!(of("honour", "shelter_intakes") >= of("honour", "sheltered"));
    assert_eq!(of("elder", "shelter_requests"), 0);
    model.chain.shelter.honour_request = chance(0.0);
    let counts = table(&cities, &model, |_| {});
    assert_eq!(total(&counts, "honour", "shelter_requests"), 0);
}
