//! Equal content independent of execution: threads, blocks, the slow reference implementation, a serialised world, a
//! replaced engine, an effect of zero.

use std::collections::BTreeMap;

use keten::chain::SHELTERS;
use keten::engine::{Engine, EngineSettings, Simulation};
use keten::interventions::Level;
use keten::model::{ModelFile, pricing};
use keten::outcomes::{Outcome, OutcomeSettings, Outcomes};
use keten::units::{RatePerYear, Share};
use keten::world::{ADULT, Books, Effect, Effects, Event, Flag, Mechanism, Milli, Mind, Month, PersonId, Side, World};

use crate::support::cities::{Cities, luck, model};
use crate::support::statistics::assert_share;

/// Serialised content of a world.
fn bytes(world: &World) -> Vec<u8> {
    postcard::to_allocvec(world).expect("a world can be written")
}

/// Reports where two worlds differ; the worlds themselves are too large to print.
#[track_caller]
fn assert_same(a: &World, b: &World, what: &str) {
    assert_eq!(a.now(), b.now(), "{what}: month");
    assert_eq!(a.rows(), b.rows(), "{what}: number of persons");
    let differs = |row: &usize| {
        let row = *row;
        (a.body(row), a.mind(row), a.kin(row), a.past(row)) != (b.body(row), b.mind(row), b.kin(row), b.past(row))
    };
    let rows: Vec<usize> = a.rows().filter(differs).collect();
    if let Some(first) = rows.first() {
        panic!(
            "{what}: {} of {} persons differ; row {first}: {:?} and {:?}",
            rows.len(),
            a.rows().len(),
            a.body(*first),
            b.body(*first)
        );
    }
    assert!(a.couples().eq(b.couples()), "{what}: couples");
    assert!(a == b, "{what}: lists, records or ledger");
    assert!(bytes(a) == bytes(b), "{what}: bytes");
}

/// Simulates some years from a world on.
fn lived(world: World, engine: &Engine, years: i32) -> World {
    let until = world.now().plus(12 * years);
    let mut simulation = Simulation::new(world, engine);
    simulation.live(engine, until, |_| {});
    simulation.world
}

/// Does some work with a number of threads.
fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had").install(work)
}

#[test]
fn one_two_and_eight_threads_found_and_live_the_same_world() {
    let model = model();
    let run = |threads| {
        with_threads(threads, || {
            let cities = Cities::of(&model, 0.01);
            let engine = cities.engine(&model, &model, EngineSettings::default());
            (cities.world(), lived(cities.world(), &engine, 5))
        })
    };
    let (founded, one) = run(1);
    for threads in [2, 8] {
        let (other_founded, other) = run(threads);
        assert_same(&founded, &other_founded, &format!("founded by {threads} threads and by one"));
        assert_same(&one, &other, &format!("lived by {threads} threads and by one"));
    }
}

#[test]
fn blocks_of_any_size_give_the_same_world() {
    let model = model();
    let cities = Cities::of(&model, 0.01);
    let run = |block| {
        let engine = cities.engine(&model, &model, EngineSettings { block, ..EngineSettings::default() });
        lived(cities.world(), &engine, 5)
    };
    let usual = run(8192);
    for block in [64, 1000] {
        assert_same(&usual, &run(block), &format!("blocks of {block} rows and of 8192"));
    }
}

/// All tables of the cities simulated to 2016 with every measure at full strength, as content hashes by name.
fn tables_of(model: &ModelFile, settings: EngineSettings) -> BTreeMap<String, String> {
    let cities = Cities::with(model, 0.01, luck(), settings);
    let engine = cities.engine(model, model, settings);
    let services = model.programmes().expect("services");
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    let asked = OutcomeSettings {
        panel_size: 1000,
        expected_population: cities.founded.world.rows().len() as f64,
        scale: 0.01,
        pricing: pricing(model, &cities.scope).unwrap_or_else(|errors| panic!("{errors}")),
        measures: names.iter().map(|name| model.interventions.contains_key(name)).collect(),
        targets: names.iter().filter_map(|name| model.card(name)).map(|card| card.target).collect(),
        helps: services.iter().map(|service| service.helps).collect(),
        programmes: names,
        shelters: SHELTERS.map(str::to_owned).to_vec(),
        ..OutcomeSettings::default()
    };
    let mut outcomes = Outcomes::new(&Outcome::ALL, asked);
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2016), |world| {
        outcomes.month(world);
        outcomes.year(world);
    });
    let tables = outcomes.finish(&simulation.world).expect("tables");
    tables.iter().map(|table| (table.name().to_owned(), table.content_hash().to_string())).collect()
}

#[test]
fn rows_in_any_order_give_the_same_tables() {
    let mut model = model();
    model.interventions.values_mut().for_each(|card| card.level = Level::Full);
    let usual = tables_of(&model, EngineSettings::default());
    assert_eq!(usual.len(), Outcome::ALL.len());
    for (name, hash) in tables_of(&model, EngineSettings { shuffle: true, ..EngineSettings::default() }) {
        assert_eq!(usual[&name], hash, "{name} depends on the order of rows");
    }
}

#[test]
fn the_list_of_children_of_every_family_that_the_cities_copy_begins_with_the_youngest() {
    let world = Cities::of(&model(), 0.01).world();
    let mut families = 0;
    for parent in world.rows() {
        let born: Vec<Month> = world.children(parent).map(|child| world.body(child).born).collect();
        assert!(born.is_sorted_by(|younger, older| younger >= older), "the children of row {parent}: {born:?}");
        families += usize::from(born.first() > born.last());
    }
    assert!(families > 1000, "{families} parents have children of different ages");
}

#[test]
fn the_plain_twin_that_asks_everybody_everything_lives_the_same_world() {
    let model = model();
    let cities = Cities::of(&model, 0.001);
    let run = |plain| {
        let engine = cities.engine(&model, &model, EngineSettings { plain, ..EngineSettings::default() });
        lived(cities.world(), &engine, 4)
    };
    assert_same(&run(false), &run(true), "the calendar and its plain twin");
}

#[test]
fn the_plain_twin_agrees_under_rates_three_times_those_of_the_files() {
    let reference = model();
    let model = with_onset(&reference, 3.0);
    let cities = Cities::of(&reference, 0.001);
    let run = |plain| {
        let engine = cities.engine(&model, &reference, EngineSettings { plain, ..EngineSettings::default() });
        lived(cities.world(), &engine, 4)
    };
    assert_same(&run(false), &run(true), "the calendar and its plain twin under raised rates");
}

/// The model with the hazards of onset of partner violence and of maltreatment multiplied by a factor.
fn with_onset(model: &ModelFile, by: f64) -> ModelFile {
    let mut model = model.clone();
    let raise = |rate: &mut RatePerYear| *rate = RatePerYear::new(rate.get() * by).expect("a rate");
    raise(&mut model.violence.onset.by_men);
    raise(&mut model.violence.onset.by_women);
    raise(&mut model.violence.maltreatment.onset);
    model
}

#[test]
fn nobodys_rate_ever_exceeds_the_layers_that_are_followed() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let engine = cities.engine(&model, &model, EngineSettings { watch_layers: true, ..EngineSettings::default() });
    lived(cities.world(), &engine, 10);
}

#[test]
fn nobodys_rate_exceeds_the_layers_when_a_patch_triples_the_rates_of_the_files() {
    let reference = model();
    let cities = Cities::of(&reference, 0.005);
    let engine = cities.engine(
        &with_onset(&reference, 3.0),
        &reference,
        EngineSettings { watch_layers: true, ..EngineSettings::default() },
    );
    lived(cities.world(), &engine, 10);
}

#[test]
fn nobodys_rate_exceeds_the_layers_in_the_founding_pool() {
    let model = model();
    let settings = EngineSettings { watch_layers: true, ..EngineSettings::default() };
    keten::founding::live_pool(&model, &model, luck(), settings).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn a_world_written_read_and_continued_equals_the_world_that_went_on() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    // In the middle of a year, with partly used buckets, and at its end.
    for months in [12, 31] {
        let (mut simulation, engine) = cities.start(&model);
        simulation.live(&engine, Month(months), |_| {});
        let written = postcard::to_allocvec(&simulation).expect("a simulation can be written");
        let mut read: Simulation = postcard::from_bytes(&written).expect("a simulation can be read");
        for _ in 0..40 {
            simulation.month(&engine);
            read.month(&engine);
            assert_eq!(simulation.world.events(), read.world.events(), "events of {}", read.world.now());
        }
        assert_same(&simulation.world, &read.world, "gone on and read back");
        // Calendars too, except for the buckets, which contain past candidates in any order.
        assert!(postcard::to_allocvec(&simulation) == postcard::to_allocvec(&read), "the calendars went on alike");
    }
}

#[test]
fn a_simulation_begun_from_a_world_in_january_lives_as_the_one_that_went_on() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    simulation.live(&engine, Month::january(2011), |_| {});
    let anew = lived(simulation.world.clone(), &engine, 3);
    simulation.live(&engine, Month::january(2014), |_| {});
    assert_same(&simulation.world, &anew, "gone on and begun anew from the world alone");
}

#[test]
fn going_on_under_the_same_model_anew_changes_nothing() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    simulation.live(&engine, Month(17), |_| {});
    let mut branch = simulation.clone();
    let again = cities.engine(&model, &model, EngineSettings::default());
    branch.rebase(&again);
    simulation.live(&engine, Month(72), |_| {});
    branch.live(&again, Month(72), |_| {});
    assert_same(&simulation.world, &branch.world, "under one engine and under its equal");
}

#[test]
fn a_model_that_turns_back_before_it_was_felt_leaves_the_same_world() {
    // Layers that another model opened stay open for a while, which must have no effect.
    let model = model();
    let raised = with_onset(&model, 8.0);
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    simulation.live(&engine, Month(17), |_| {});
    let mut branch = simulation.clone();
    branch.rebase(&cities.engine(&raised, &model, EngineSettings::default()));
    branch.rebase(&engine);
    simulation.live(&engine, Month(60), |_| {});
    branch.live(&engine, Month(60), |_| {});
    assert_same(&simulation.world, &branch.world, "with and without layers that nobody needs");
}

#[test]
fn a_scenario_shares_its_candidates_with_the_model_of_the_files() {
    // With a lower hazard, each first onset of the first month also occurs under the model of the files.
    let reference = model();
    let lower = with_onset(&reference, 0.5);
    let cities = Cities::of(&reference, 0.08);
    let first_month = |model: &ModelFile| {
        let engine = cities.engine(model, &reference, EngineSettings::default());
        let mut simulation = Simulation::new(cities.world(), &engine);
        simulation.month(&engine);
        let onset = |event: &Event| match event {
            Event::Onset { couple, by, .. } => Some((couple.0, *by)),
            _ => None,
        };
        simulation.world.events().iter().filter_map(onset).collect::<Vec<_>>()
    };
    let (all, fewer) = (first_month(&reference), first_month(&lower));
    assert!(fewer.len() < all.len(), "{} of {}", fewer.len(), all.len());
    assert!(fewer.iter().all(|onset| all.contains(onset)), "{fewer:?} among {all:?}");
}

/// An effect on a person that lasts from a month on.
fn effect(row: usize, mechanism: Mechanism, ratio: f64, from: Month) -> Effect {
    let (log_ratio, half_life) = (ratio.ln() as f32, f32::INFINITY);
    Effect { person: PersonId(row as u32), mechanism, log_ratio, from, half_life, until: Month::NEVER }
}

/// The world without its effects and the flag that marks them.
fn without_effects(world: &World) -> World {
    let mut world = world.clone();
    let combination = world.effects().combination;
    *world.set_up().effects() = Effects::default();
    world.set_up().effects().combination = combination;
    for row in world.rows() {
        world.set_up().body(row).set(Flag::HasEffect, false);
    }
    world
}

#[test]
fn an_effect_of_ratio_one_changes_nobodys_life() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let (mut plain, engine) = cities.start(&model);
    plain.live(&engine, Month(7), |_| {});
    let mut treated = plain.clone();
    for row in treated.world.rows().step_by(7) {
        for mechanism in Mechanism::ALL {
            treated.world.set_up().effect(effect(row, *mechanism, 1.0, Month(9)));
        }
    }
    plain.live(&engine, Month(60), |_| {});
    treated.live(&engine, Month(60), |_| {});
    assert_same(
        &without_effects(&plain.world),
        &without_effects(&treated.world),
        "without and with effects of ratio 1",
    );
}

/// Onsets by men and deaths in a run: month by couple, and month by person.
#[derive(Default)]
struct Told {
    /// Month of the first onset by the man, for couples in which the woman did not begin in the same month.
    onsets: BTreeMap<u64, Month>,
    /// Onsets by men against women.
    by_men: u64,
    /// Month of death, of persons not killed by a partner.
    deaths: BTreeMap<u64, Month>,
    /// Month in which a person was killed by a partner or left the study.
    gone: BTreeMap<u64, Month>,
}

impl Told {
    fn month(&mut self, world: &World, now: Month) {
        let key = |who: &PersonId| world.body(who.row().expect("events name rows")).key;
        let began = |couple, side| {
            world
                .events()
                .iter()
                .any(|e| matches!(e, Event::Onset { couple: c, by, .. } if *c == couple && *by == side))
        };
        for event in world.events() {
            match event {
                Event::Onset { couple, by: Side::First, .. } => {
                    let of = world.couple(couple.row().expect("events name rows"));
                    // Of two men both are treated, and the other may begin in the same month instead.
                    if of.is_same_sex() {
                        continue;
                    }
                    self.by_men += 1;
                    if !began(*couple, Side::Second) {
                        self.onsets.entry(of.key).or_insert(now);
                    }
                }
                Event::Death { who, by_partner: false } => {
                    self.deaths.insert(key(who), now);
                }
                Event::Death { who, by_partner: true }
                | Event::Departure { who, followed: false, .. }
                | Event::LostFromSight { who } => {
                    self.gone.insert(key(who), now);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn an_effect_that_halves_mens_onset_halves_it_and_lets_everybody_die_when_they_would_have() {
    let model = model();
    let cities = Cities::of(&model, 0.02);
    let until = Month::january(2012);
    let run = |treat: bool| {
        let (mut simulation, engine) = cities.start(&model);
        if treat {
            let men: Vec<usize> =
                simulation.world.rows().filter(|row| !simulation.world.body(*row).has(Flag::Female)).collect();
            for row in men {
                simulation.world.set_up().effect(effect(row, Mechanism::ViolenceUse, 0.5, Month(0)));
            }
        }
        let keys: Vec<u64> = simulation.world.rows().map(|row| simulation.world.body(row).key).collect();
        let mut told = Told::default();
        while simulation.world.now() < until {
            let now = simulation.world.now();
            simulation.month(&engine);
            told.month(&simulation.world, now);
        }
        (told, keys)
    };
    let ((plain, keys), (treated, _)) = (run(false), run(true));
    assert!(
        treated.by_men < plain.by_men,
        "{} onsets by men with the effect, {} without",
        treated.by_men,
        plain.by_men
    );
    // A candidate's height is uniform below the rate that accepted it, so half of the onsets remain, in the same
    // months.
    let left = plain.onsets.iter().filter(|(couple, month)| treated.onsets.get(couple) == Some(month)).count() as u64;
    println!("of {} onsets by men alone {left} are left in the same month", plain.onsets.len());
    assert_share(left, plain.onsets.len() as u64, 0.5);
    let mut compared = 0;
    for (one, other) in [(&plain, &treated), (&treated, &plain)] {
        for key in &keys {
            if let Some(month) = one.deaths.get(key) {
                let gone_before = other.gone.get(key).is_some_and(|gone| gone <= month);
                assert!(
                    other.deaths.get(key) == Some(month) || gone_before,
                    "person {key} dies in {month} in one run only"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "only {compared} deaths were compared");
}

#[test]
fn a_branch_in_2009_under_another_kappa_has_the_same_past_and_first_differs_in_it() {
    let model = model();
    let mut other = model.clone();
    other.transmission.kappa = Share::new(0.0).expect("a share");
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    simulation.live(&engine, Month::january(2009), |_| {});
    let mut branch = simulation.clone();
    let own = cities.engine(&other, &model, EngineSettings { watch_layers: true, ..EngineSettings::default() });
    branch.rebase(&own);
    assert_same(&simulation.world, &branch.world, "before and after the turn");
    simulation.live(&engine, Month::january(2016), |_| {});
    branch.live(&own, Month::january(2016), |_| {});
    let minds = |world: &World| {
        let grown = world.rows().map(|row| (world.body(row), world.mind(row)));
        let grown = grown
            .filter(|(body, _)| body.age_months(world.now()) < ADULT + 60 && body.age_months(world.now()) >= ADULT);
        grown.filter(|(_, mind)| mind.acquired_use.get() > 0.0).count()
    };
    assert!(minds(&simulation.world) > 0, "some who came of age since 2011 carry what exposure left");
    assert_eq!(minds(&branch.world), 0, "under kappa 0 nobody does");
}

#[test]
fn nobody_comes_or_goes_without_an_event_and_no_minor_is_without_a_home() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    let mut books = Books::open(&simulation.world);
    // Families with a parent outside the study population elsewhere are easily lost.
    let mut reared_outside = 0;
    simulation.live(&engine, Month::january(2024), |world| {
        books.month(world);
        if world.now().of_year() == 0 {
            books.check(world).unwrap_or_else(|what| panic!("{what}"));
            let body = |row: usize| world.body(row);
            let minors = world.present().filter(|row| body(*row).age_months(world.now()) < ADULT);
            let parents = minors.filter_map(|row| world.carers(row).0);
            reared_outside += parents.filter(|parent| body(*parent).has(Flag::Outsider)).count();
        }
    });
    assert!(reared_outside > 0, "no child lived with a parent outside the study");
    let Books { born, arrived, died, left, lost, .. } = books;
    for (what, count) in [("born", born), ("arrived", arrived), ("died", died), ("left", left), ("lost", lost)] {
        assert!(count > 20, "only {count} {what}");
    }
}

#[test]
fn grown_newcomers_bring_what_the_transmission_in_force_leaves_of_their_childhood() {
    let model = model();
    let mut without = model.clone();
    without.transmission.kappa = Share::new(0.0).expect("a share");
    let cities = Cities::of(&model, 0.005);
    let brings = |mind: &Mind| [mind.acquired_use, mind.acquired_suffer, mind.acquired_maltreat] != [Milli(0); 3];
    // With the transmission under which the donors grew up, newcomers have exactly the donors' values.
    let grown = model.transmission.of_newcomers().expect("the tables are sound");
    let donors = cities.founded.donors.0.iter().flat_map(|donor| &donor.household.members);
    let mut exposed = 0;
    for donor in donors.filter(|donor| donor.body.age_months(Month(0)) > ADULT) {
        let mut newcomer = donor.clone();
        grown(&mut newcomer);
        assert_eq!(newcomer, *donor);
        exposed += usize::from(brings(&donor.mind));
    }
    assert!(exposed > 100, "only {exposed} grown donors were exposed as children");
    // Newcomers of two years, and those among them with acquired log hazard ratios.
    let brought = |cities: &Cities, used: &ModelFile| {
        let engine = cities.engine(used, &model, EngineSettings::default());
        let mut simulation = Simulation::new(cities.world(), &engine);
        let (mut newcomers, mut bringing) = (0, 0);
        simulation.live(&engine, Month::january(2010), |world| {
            for event in world.events() {
                let Event::Arrival { who, returning: false } = event else { continue };
                newcomers += 1;
                bringing += usize::from(who.row().is_some_and(|row| brings(world.mind(row))));
            }
        });
        (newcomers, bringing)
    };
    let (newcomers, bringing) = brought(&cities, &model);
    assert!(bringing > 10, "only {bringing} of {newcomers} newcomers bring anything as things are");
    assert_eq!(brought(&cities, &without), (newcomers, 0), "without transmission from January 2008 on");
    assert_eq!(brought(&Cities::of(&without, 0.005), &without).1, 0, "without transmission from the founding on");
}
