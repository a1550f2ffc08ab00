//! Attitude and coping between exposure in childhood and violence in later life: a part of the direct effect and no
//! more, what measures shift, and how it fades.

use std::collections::BTreeSet;

use keten::engine::{EngineSettings, Hazard, Process, Scope, Simulation};
use keten::interventions::{Level, Mediator};
use keten::model::ModelFile;
use keten::units::{Months, Probability, Rows, Sd, Share};
use keten::world::{
    ADULT, Arrival, Change, Changes, Childhood, Couple, CoupleId, Effect, Flag, Mechanism, Milli, Mind, Month,
    Newcomer, PersonId, Places, Sex, ThirtySecond, World,
};

use crate::support::cities::{Cities, model};

fn share(value: f64) -> Share {
    Share::new(value).expect("a share")
}

fn with_shares(base: &ModelFile, attitude: f64, coping: f64) -> ModelFile {
    let mut model = base.clone();
    (model.transmission.attitude_share, model.transmission.coping_share) = (share(attitude), share(coping));
    model
}

/// The mind of a grown person with this childhood and conduct score.
fn grown(model: &ModelFile, sex: Sex, childhood: Childhood, conduct: f64) -> Mind {
    let mut person = Newcomer { childhood, ..Newcomer::default() };
    person.body.set(Flag::Female, sex == Sex::Female);
    person.mind.conduct = Milli::new(conduct);
    model.transmission.of_newcomers().expect("sound tables")(&mut person);
    person.mind
}

fn acquired(mind: &Mind) -> [Milli; 3] {
    [mind.acquired_use, mind.acquired_suffer, mind.acquired_maltreat]
}

#[test]
fn the_sum_of_all_channels_does_not_depend_on_the_shares() {
    let base = model();
    let childhoods = [
        Childhood { witnessed: [0, 0, 7, 0], ..Childhood::default() },
        Childhood { witnessed: [1, 0, 0, 30], maltreated: [[0, 9, 0, 0], [0; 4], [2, 0, 0, 0], [0; 4]] },
        Childhood { maltreated: [[0; 4], [0, 0, 3, 0], [0; 4], [0; 4]], ..Childhood::default() },
    ];
    for childhood in childhoods {
        for (sex, conduct) in [(Sex::Male, 0.0), (Sex::Male, 0.8), (Sex::Female, 0.3)] {
            let minds = [(0.0, 0.0), (0.2, 0.25), (0.4, 0.25), (0.9, 0.9)]
                .map(|(attitude, coping)| grown(&with_shares(&base, attitude, coping), sex, childhood, conduct));
            assert!(minds.iter().all(|mind| acquired(mind) == acquired(&minds[0])), "{minds:?}");
            assert_ne!(minds[0].acquired_suffer, Milli(0), "there is something to pass through");
            assert_eq!((minds[0].attitude, minds[0].coping), (ThirtySecond(0), ThirtySecond(0)));
            // Twice the share, twice the shift: each is stored to the nearest 1/32.
            let doubled = minds[2].attitude.get() - 2.0 * minds[1].attitude.get();
            assert!(doubled.abs() <= 1.5 / 32.0 + 1e-9, "{doubled}");
            assert_eq!(minds[1].coping, minds[2].coping);
            assert!(minds[1].coping.get() < 0.0 && minds[1].attitude.get() >= 0.0);
        }
    }
    assert_eq!(grown(&base, Sex::Male, Childhood::default(), 2.0).attitude, ThirtySecond(0));
}

#[test]
fn without_a_causal_part_a_shift_does_nothing() {
    let mut none = model();
    none.transmission.kappa = share(0.0);
    let by = none.transmission.mediation();
    assert_eq!((by.uses(-3.0, 3.0), by.suffers(3.0)), (0.0, 0.0));
    let t = model().transmission;
    let by = t.mediation();
    assert!((by.attitude - t.kappa.get() * t.attitude_per_sd.get().ln()).abs() < 1e-12);
    assert!((by.coping - t.kappa.get() * t.coping_per_sd.get().ln()).abs() < 1e-12);
}

/// Row of the only couple of a world.
const COUPLE: usize = 0;

/// A couple of 30 without violence; the man has this mind.
fn couple_with(mind: Mind) -> (World, PersonId, PersonId) {
    let mut world = World::new(Month(0), Places::default());
    let partner = |sex: Sex, mind: Mind| {
        let mut partner = Newcomer { mind, ..Newcomer::default() };
        partner.body.key = 1 + sex as u64;
        partner.body.born = Month(-360);
        partner.body.set(Flag::Female, sex == Sex::Female);
        partner
    };
    let union = Couple::new(7, Month(-30));
    let members = vec![partner(Sex::Male, mind), partner(Sex::Female, Mind::default())];
    let mut changes = Changes::default();
    changes.push(Change::Arrive(Box::new(Arrival { members, union: Some(union), parents: Vec::new() })));
    world.apply(changes);
    let couple = *world.couple_by_id(CoupleId(COUPLE as u32)).expect("they arrived as a couple");
    (world, couple.partners[0], couple.partners[1])
}

fn onset(model: &ModelFile, by: Sex) -> Box<dyn Hazard> {
    let (weights, _) = model.transmission.weights().expect("weights");
    let built = model.violence.onset.build(by, weights, model.transmission.mediation(), &Scope::default());
    match built.expect("sound tables") {
        Process::Couple(hazard) => hazard,
        _ => panic!("onset is a hazard of couples"),
    }
}

fn put(world: &mut World, person: PersonId, mechanism: Mechanism, size: f64, half_life: f32) {
    let (from, until, log_ratio) = (Month(0), Month::NEVER, size as f32);
    world.set_up().effect(Effect { person, mechanism, log_ratio, from, half_life, until });
    world.set_up().effects().settle();
}

#[test]
fn taking_the_shift_of_attitude_away_takes_its_share_of_the_direct_effect() {
    let model = model();
    let t = &model.transmission;
    // In the third window, whose weight is 1, with one type: the crude log ratio is that of witnessing alone.
    let childhood = Childhood { witnessed: [0, 0, 7, 0], ..Childhood::default() };
    let mind = grown(&model, Sex::Male, childhood, t.conduct_mean.get());
    let hazard = onset(&model, Sex::Male);
    let (mut world, man, _) = couple_with(mind);
    let before = hazard.rate(&world, COUPLE);
    let direct = t.kappa.get() * (1.0 - t.mediated.get()) * t.witness_use_men.get().ln();
    // The exact shift; the stored one is rounded to 1/32.
    let shift = t.attitude_share.get() * direct / t.mediation().attitude;
    assert!((mind.attitude.get() - shift).abs() <= 0.5 / 32.0 + 1e-9);
    put(&mut world, man, Mechanism::Attitude, -shift, f32::INFINITY);
    let fallen = (before / hazard.rate(&world, COUPLE)).ln();
    assert!((fallen - t.attitude_share.get() * direct).abs() < 1e-6, "{fallen} of {direct}");
    assert!((world.attitude(man.row().expect("a row")) - (mind.attitude.get() - shift)).abs() < 1e-6);
}

#[test]
fn coping_acts_on_both_sides_and_attitude_on_the_user_alone() {
    let model = model();
    let by = model.transmission.mediation();
    let rates = |world: &World| Sex::BOTH.map(|sex| onset(&model, sex).rate(world, COUPLE).ln());
    let (world, ..) = couple_with(Mind::default());
    let before = rates(&world);
    for (mechanism, moved) in
        [(Mechanism::Attitude, [by.uses(0.8, 0.0), 0.0]), (Mechanism::Coping, [by.uses(0.0, 0.8), by.suffers(0.8)])]
    {
        let (mut world, man, _) = couple_with(Mind::default());
        put(&mut world, man, mechanism, 0.8, f32::INFINITY);
        let after = rates(&world);
        for (at, moved) in moved.into_iter().enumerate() {
            assert!((after[at] - before[at] - moved).abs() < 1e-6, "{}", mechanism.word());
        }
    }
}

#[test]
fn the_bound_of_onset_holds_while_shifts_fade() {
    let model = model();
    let shifts = [-0.9, -0.1, 0.2, 1.1];
    for (mechanism, size) in [Mechanism::Attitude, Mechanism::Coping].into_iter().flat_map(|m| shifts.map(|s| (m, s))) {
        let (mut world, man, woman) = couple_with(Mind::default());
        put(&mut world, man, mechanism, size, 7.0);
        put(&mut world, woman, mechanism, -0.5 * size, 20.0);
        for sex in Sex::BOTH {
            let hazard = onset(&model, sex);
            world.set_up().month(Month(0));
            let bound = hazard.envelope(0, 0) * hazard.most(&world, COUPLE);
            for month in [0, 1, 6, 24, 100] {
                world.set_up().month(Month(month));
                let rate = hazard.rate(&world, COUPLE);
                assert!(rate <= bound * (1.0 + 1e-9), "{} {size}, {sex:?}, month {month}", mechanism.word());
            }
        }
    }
}

fn events_of(cities: &Cities, model: &ModelFile, reference: &ModelFile, years: i32) -> (Vec<String>, World) {
    let engine = cities.engine(model, reference, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    let mut events = Vec::new();
    simulation.live(&engine, Month::january(2008 + years), |world| {
        events.extend(world.events().all().iter().map(|event| format!("{event:?}")));
    });
    (events, simulation.world)
}

#[test]
fn no_life_depends_on_how_the_direct_effect_is_divided() {
    let base = model();
    let cities = Cities::of(&base, 0.004);
    let (plain, world) = events_of(&cities, &base, &base, 4);
    for (attitude, coping) in [(0.0, 0.0), (0.7, 0.1)] {
        let (events, other) = events_of(&cities, &with_shares(&base, attitude, coping), &base, 4);
        assert!(events == plain, "shares of {attitude} and {coping}");
        let shifted = |world: &World| {
            let children = world.present().filter(|row| world.body(*row).age_months(world.now()) < 48);
            children.map(|row| f64::from(world.mind(row).coping.0)).sum::<f64>()
        };
        assert!(shifted(&world) < 0.0, "children are exposed");
        assert!(shifted(&other) > shifted(&world), "less passes through coping");
    }
}

#[test]
fn nobody_has_a_shift_without_exposure_and_the_exposed_have_that_of_their_childhood() {
    let model = model();
    let cities = Cities::of(&model, 0.005);
    let (mut simulation, engine) = cities.start(&model);
    simulation.live(&engine, Month::january(2012), |_| {});
    let world = &simulation.world;
    let (mut exposed, mut adults) = (0, 0);
    for row in world.present() {
        let (body, mind, childhood) = (world.body(row), world.mind(row), world.childhood(row));
        if childhood.types() == 0 {
            assert_eq!((mind.attitude, mind.coping), (ThirtySecond(0), ThirtySecond(0)), "of nobody's exposure");
            continue;
        }
        exposed += 1;
        if body.age_months(world.now()) > ADULT {
            let mut person = Newcomer { body: *body, childhood: *childhood, ..Newcomer::default() };
            model.transmission.of_newcomers().expect("sound tables")(&mut person);
            assert_eq!((mind.attitude, mind.coping), (person.mind.attitude, person.mind.coping));
            adults += 1;
        }
    }
    assert!(adults > 100 && exposed > adults + 100, "{adults} adults of {exposed} exposed");
}

/// Lessons for all boys of 14 from 2008 on, and no other measure.
fn lessons(base: &ModelFile) -> ModelFile {
    let mut model = base.clone();
    model.interventions.values_mut().for_each(|card| card.level = Level::Off);
    let card = model.interventions.get_mut("prev_school").expect("a card");
    card.level = Level::Full;
    let columns = ["year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    card.coverage = Rows::new(1.0, columns, vec![vec![2008.0, 0.0, 1.0, 1.0]]).expect("a table of shares");
    let form = card.programme.as_mut().expect("a programme");
    let sure = Probability::new(1.0).expect("a chance");
    (form.uptake, form.starts, form.completes) = (sure, sure, sure);
    model
}

#[test]
fn lessons_keep_their_total_and_their_shifts_fade() {
    let with = lessons(&model());
    let form = with.interventions["prev_school"].programme.as_ref().expect("a programme").clone();
    let by = with.transmission.mediation();
    let total = form.effects["use_by_boys"].ratio.get().ln();
    let half_life = form.shifts["attitude"].half_life.expect("it fades").get();
    let size = form.shifts["attitude"].size.get();
    let cities = Cities::of(&with, 0.004);
    let engine = cities.engine(&with, &with, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    let mut met: BTreeSet<u64> = BTreeSet::new();
    simulation.live(&engine, Month::january(2014), |world| {
        for person in world.effects().persons() {
            let all = world.effects().of(person);
            let Some(attitude) = all.iter().find(|effect| effect.mechanism == Mechanism::Attitude) else { continue };
            let of = |mechanism: Mechanism| {
                all.iter().find(|effect| effect.mechanism == mechanism && effect.from == attitude.from)
            };
            // The smaller shift of coping is a trace sooner.
            let (Some(uses), Some(coping)) = (of(Mechanism::ViolenceUse), of(Mechanism::Coping)) else { continue };
            let sum = f64::from(uses.log_ratio) + by.uses(attitude.log_ratio.into(), coping.log_ratio.into());
            let left = f64::from(attitude.log_ratio) / size;
            assert!((sum - left * total).abs() < 1e-6, "{sum} of {total}, of which {left} is left with many problems");
            let Some(row) = person.row() else { continue };
            met.insert(world.body(row).key);
            let since = f64::from(world.now().since(attitude.from)).max(0.0);
            let shift = world.attitude(row) - world.mind(row).attitude.get();
            assert!(shift <= 0.0 && shift >= 1.0001 * size * (-since / half_life).exp2(), "{shift} after {since}");
        }
    });
    assert!(met.len() > 50, "only {} boys had lessons", met.len());
    // More than four half-lives after the lessons a trace is left, and nothing in the mind.
    let world = &simulation.world;
    let grown = world.present().filter(|row| world.body(*row).age_months(world.now()) >= 19 * 12 + 6);
    let had: Vec<usize> = grown.filter(|row| met.contains(&world.body(*row).key)).collect();
    assert!(had.len() > 5, "only {} are grown", had.len());
    for row in had {
        let left = world.attitude(row) - world.mind(row).attitude.get();
        assert!(left.abs() < size.abs() / 16.0, "{left}");
        if world.childhood(row).types() == 0 {
            assert_eq!((world.mind(row).attitude, world.mind(row).acquired_use), (ThirtySecond(0), Milli(0)));
        }
    }
}

#[test]
fn a_shift_of_no_size_leaves_the_effect_of_the_programme_as_it_was() {
    let mut none = lessons(&model());
    let form = none.interventions.get_mut("prev_school").and_then(|card| card.programme.as_mut()).expect("a programme");
    form.shifts.values_mut().for_each(|shift| shift.size = Sd::new(0.0).expect("none"));
    let mut without = none.clone();
    let form = without.interventions.get_mut("prev_school").and_then(|card| card.programme.as_mut());
    form.expect("a programme").shifts.clear();
    let cities = Cities::of(&none, 0.003);
    let (none, without) = (events_of(&cities, &none, &none, 3), events_of(&cities, &without, &without, 3));
    assert!(none.0 == without.0, "the same events");
    assert_eq!(none.1.effects().len(), without.1.effects().len());
}

#[test]
fn attitude_and_coping_have_no_ratio() {
    let mut card = model().interventions["prev_school"].clone();
    assert!(card.faults(4).is_empty());
    let form = card.programme.as_mut().expect("a programme");
    assert_eq!(form.shifts["attitude"].of, Mediator::Attitude);
    form.effects.get_mut("use_by_boys").expect("its effect").mechanism = Mechanism::Attitude;
    form.length = Months::new(1.0).expect("a month");
    let faults = card.faults(4);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].0, "programme.effects.use_by_boys.mechanism");
    assert!(faults[0].2.contains("programme.shifts"), "{faults:?}");
}
