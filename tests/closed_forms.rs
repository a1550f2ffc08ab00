//! The engine and single processes compared with analytical results.

use keten::curve::ByAge;
use keten::engine::{Draws, Engine, EngineSettings, Hazard, Monthly, Process, Scope, Simulation, Step, Sweep};
use keten::life::{Newborns, Traits};
use keten::model::{ModelFile, STEPS};
use keten::random::{Luck, poisson};
use keten::units::{LogRatio, Months, Probability, RatePerYear, Ratio, Rows, Share, Unit, Years};
use keten::violence::LiabilityRule;
use keten::world::{
    Arrival, Change, Changes, Couple, CoupleId, Event, Flag, Mediation, Milli, Mind, Month, Newcomer, Past, PersonId,
    Places, Sex, Touch, Violence, World,
};

use crate::support::cities::{luck, model};
use crate::support::statistics::{assert_mean, assert_poisson, assert_share, moments};

/// A hazard that sets or clears a flag of all persons, or of those with another flag.
#[derive(Clone, Copy)]
struct Toy {
    identity: u16,
    envelope: f64,
    rate: f64,
    needs: Option<Flag>,
    flag: Flag,
    on: bool,
}

impl Toy {
    fn step(self) -> Step {
        Step { name: "toy", identity: self.identity, process: Process::Person(Box::new(self)) }
    }
}

impl Hazard for Toy {
    fn envelope(&self, _: usize, _: usize) -> f64 {
        self.envelope
    }
    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        let asked = self.needs.is_none_or(|flag| body.has(flag)) && body.has(self.flag) != self.on;
        if asked { self.rate } else { 0.0 }
    }
    fn most(&self, world: &World, row: usize) -> f64 {
        self.rate(world, row) / self.envelope
    }
    fn responds_to(&self) -> Touch {
        Touch::RISK
    }
    fn happens(&self, _: &World, row: usize, _: &Draws, changes: &mut Changes) {
        changes.push(Change::Flag { who: PersonId(row as u32), flag: self.flag, on: self.on });
    }
}

/// A population of single adults of all ages to 60 years, alternating men and women.
fn singles(count: u64) -> World {
    let mut world = World::new(Month(0), Places::default());
    for number in 0..count {
        let mut newcomer = Newcomer::default();
        newcomer.body.key = luck().derive(number + 1, 900, 0);
        newcomer.body.born = Month(-(240 + (number % 480) as i16));
        newcomer.body.set(Flag::Female, number % 2 == 1);
        world.set_up().person(newcomer.body, Mind::default(), Past::default());
    }
    world
}

/// A process of the model under its own name and identity.
fn listed(name: &str, process: Process) -> Step {
    STEPS.iter().find(|entry| entry.name == name).expect("a process of the model").step(process)
}

fn engine_of(steps: impl Fn() -> Vec<Step>) -> Engine {
    let settings = EngineSettings { watch_layers: true, ..EngineSettings::default() };
    Engine::new(steps(), &steps(), luck(), settings)
}

/// Number of persons with a flag.
fn with(world: &World, flag: Flag) -> u64 {
    world.rows().filter(|row| world.body(*row).has(flag)).count() as u64
}

/// Probability of at least one event in a month at a rate per year.
fn in_a_month(rate: f64) -> f64 {
    1.0 - (-rate / 12.0).exp()
}

#[test]
fn a_constant_hazard_leaves_the_exponential_of_its_integral() {
    let people = 20_000;
    let toy = Toy { identity: 200, envelope: 0.1, rate: 0.1, needs: None, flag: Flag::Work, on: true };
    let engine = engine_of(|| vec![toy.step()]);
    let mut simulation = Simulation::new(singles(people), &engine);
    for years in [1, 5, 10, 20] {
        simulation.live(&engine, Month::january(2008 + years), |_| {});
        let left = people - with(&simulation.world, Flag::Work);
        assert_share(left, people, (-0.1 * f64::from(years)).exp());
    }
}

#[test]
fn hazards_that_span_several_layers_have_their_rates() {
    let people = 20_000;
    for times in [0.3, 1.0, 3.0, 10.0, 40.0] {
        let (envelope, rate) = (0.02, 0.02 * times);
        // A second process uses the shared stream as well.
        let toy = Toy { identity: 201, envelope, rate, needs: None, flag: Flag::Debts, on: true };
        let beside = Toy { identity: 202, envelope: 0.5, rate: 0.2, needs: None, flag: Flag::Alcohol, on: true };
        let engine = engine_of(|| vec![beside.step(), toy.step()]);
        let mut simulation = Simulation::new(singles(people), &engine);
        simulation.live(&engine, Month(31), |_| {});
        let after = |rate: f64| 1.0 - (-rate * 31.0 / 12.0).exp();
        assert_share(with(&simulation.world, Flag::Debts), people, after(rate));
        assert_share(with(&simulation.world, Flag::Alcohol), people, after(0.2));
    }
}

#[test]
fn a_rate_that_rises_past_its_layers_acts_from_the_next_month() {
    // First alcohol; from the month after it debts, at 25 times the envelope.
    let (people, months) = (20_000, 60);
    let (first, second) = (0.3, 0.25);
    let cause = Toy { identity: 203, envelope: first, rate: first, needs: None, flag: Flag::Alcohol, on: true };
    let result = Toy {
        identity: 204,
        envelope: second / 25.0,
        rate: second,
        needs: Some(Flag::Alcohol),
        flag: Flag::Debts,
        on: true,
    };
    let engine = engine_of(|| vec![cause.step(), result.step()]);
    let mut simulation = Simulation::new(singles(people), &engine);
    simulation.live(&engine, Month(months), |_| {});
    let (a, b) = (in_a_month(first), in_a_month(second));
    let both: f64 = (1..=i32::from(months))
        .map(|at| a * (1.0 - a).powi(at - 1) * (1.0 - (1.0 - b).powi(i32::from(months) - at)))
        .sum();
    assert_share(with(&simulation.world, Flag::Alcohol), people, 1.0 - (1.0 - a).powi(i32::from(months)));
    assert_share(with(&simulation.world, Flag::Debts), people, both);
}

#[test]
fn a_flag_that_comes_and_goes_reaches_its_stationary_share() {
    let people = 20_000;
    // In both states the rate is above the envelope, so layers open and close repeatedly.
    let (on, off) = (0.9, 1.7);
    let coming = Toy { identity: 205, envelope: 0.1, rate: on, needs: None, flag: Flag::Alcohol, on: true };
    let going = Toy { identity: 206, envelope: 0.3, rate: off, needs: None, flag: Flag::Alcohol, on: false };
    let engine = engine_of(|| vec![coming.step(), going.step()]);
    let mut simulation = Simulation::new(singles(people), &engine);
    let (a, b) = (in_a_month(on), in_a_month(off));
    let (mut share, mut month) = (0.0, 0);
    for until in [6, 30, 180] {
        simulation.live(&engine, Month(until), |_| {});
        while month < until {
            share = share * (1.0 - b) + (1.0 - share) * a;
            month += 1;
        }
        assert_share(with(&simulation.world, Flag::Alcohol), people, share);
    }
    assert!((share - a / (a + b)).abs() < 1e-9, "{share} is the stationary share");
}

/// A table from its parts.
fn table<U: Unit>(columns: &[&str], rows: &[&[f64]]) -> Rows<U> {
    let columns = columns.iter().map(ToString::to_string).collect();
    Rows::new(1.0, columns, rows.iter().map(|row| row.to_vec()).collect()).expect("a sound table")
}

fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

fn a_year(rate: f64) -> RatePerYear {
    RatePerYear::new(rate).expect("a rate")
}

/// A model without risk factors of violence, in which only the man's and the woman's onset and its end remain.
fn plain_violence(by_men: f64, by_women: f64, ends: f64) -> ModelFile {
    let mut model = model();
    let onset = &mut model.violence.onset;
    (onset.by_men, onset.by_women) = (a_year(by_men), a_year(by_women));
    (onset.coercive_by_men, onset.coercive_by_women) =
        (Share::new(0.0).expect("a share"), Share::new(0.0).expect("a share"));
    onset.mutual = Probability::new(0.0).expect("a probability");
    onset.age = table(&["age", "ratio"], &[&[15.0, 1.0]]);
    for by in [
        &mut onset.alcohol,
        &mut onset.addiction,
        &mut onset.mental_illness,
        &mut onset.victim_mental_illness,
        &mut onset.victim_disability,
        &mut onset.low_income,
        &mut onset.no_work,
        &mut onset.debts,
        &mut onset.area,
        &mut onset.pregnancy,
        &mut onset.after_birth,
        &mut onset.relapse,
    ] {
        *by = ratio(1.0);
    }
    let course = &mut model.violence.course;
    (course.desistance_situational, course.escalation) = (a_year(ends), a_year(0.0));
    course.resumption = a_year(0.0);
    (course.fatal_by_men, course.fatal_by_women) =
        (Probability::new(0.0).expect("a probability"), Probability::new(0.0).expect("a probability"));
    model.transmission.liability = LiabilityRule::None;
    model
}

/// Simulates couples of one age, all of this intensity, under onset and course of violence alone.
fn violence_until(model: &ModelFile, couples: u64, intensity: f64, until: Month) -> World {
    let steps = || {
        let (weights, _) = model.transmission.weights().expect("weights");
        let onset = |by: Sex| {
            model.violence.onset.build(by, weights, Mediation::default(), &Scope::default()).expect("a sound table")
        };
        vec![
            listed("onset_by_men", onset(Sex::Male)),
            listed("onset_by_women", onset(Sex::Female)),
            listed("course_of_violence", model.violence.course.build()),
        ]
    };
    let mut world = World::new(Month(0), Places::default());
    let mut changes = Changes::default();
    for number in 0..couples {
        let partner = |sex: Sex| {
            let mut partner = Newcomer::default();
            partner.body.key = luck().derive(number + 1, 901, sex as u32);
            partner.body.born = Month(-360);
            partner.body.set(Flag::Female, sex == Sex::Female);
            partner
        };
        let union = Couple {
            intensity: Milli::new(intensity),
            ..Couple::new(luck().derive(number + 1, 902, 0), Month(-((number % 100) as i16)))
        };
        let members = vec![partner(Sex::Male), partner(Sex::Female)];
        changes.push(Change::Arrive(Box::new(Arrival { members, union: Some(union), parents: Vec::new() })));
    }
    world.apply(changes);
    let engine = engine_of(steps);
    let mut simulation = Simulation::new(world, &engine);
    simulation.live(&engine, until, |_| {});
    simulation.world
}

#[test]
fn violence_that_begins_and_ends_reaches_its_stationary_share_of_couples() {
    let couples = 8000_u64;
    let (by_men, by_women, ends) = (0.25, 0.12, 0.9);
    let world = violence_until(&plain_violence(by_men, by_women, ends), couples, 0.0, Month::january(2028));
    let end = in_a_month(ends);
    for (by, rate) in [(Sex::Male, by_men), (Sex::Female, by_women)] {
        let begin = in_a_month(rate);
        // Violence that begins in a month may end in it: the course is decided after the onset.
        let expected = begin * (1.0 - end) / (1.0 - (1.0 - begin) * (1.0 - end));
        let violent = world.couples().filter(|couple| couple.violence[by as usize] != Violence::None);
        assert_share(violent.count() as u64, couples, expected);
    }
    // The list holds every couple that is or was violent, once.
    let ids: Vec<CoupleId> = world.violent().to_vec();
    let listed = ids.iter().filter_map(|id| id.row()).filter(|row| world.couple(*row).was_violent()).count();
    assert_eq!(listed, world.couples().filter(|couple| couple.was_violent()).count());
    assert_eq!(ids.len(), listed);
}

#[test]
fn violence_resumes_at_its_hazard_which_halves_and_a_persistent_couple_has_more_of_it() {
    let couples = 8000_u64;
    let (onset, ends, resumes) = (0.25, 1.8, 0.4);
    let mut model = plain_violence(onset, 0.0, ends);
    model.violence.course.resumption = a_year(resumes);
    model.violence.course.resumption_half_life = Years::new(5.0).expect("years");
    model.violence.course.persistence = LogRatio::new(0.3).expect("a log ratio");
    let years = 12;
    for intensity in [0.0, 1.0] {
        let world = violence_until(&model, couples, intensity, Month::january(2008 + years));
        let factor = libm::exp(0.3 * intensity);
        let (begin, end) = (in_a_month(onset), in_a_month(ends / factor));
        // Share of couples never violent, violent, and without violence for a number of months.
        let (mut never, mut violent, mut calm) = (1.0, 0.0, vec![0.0; 12 * years as usize + 1]);
        for _ in 0..12 * years {
            let begun: f64 = calm.iter().sum::<f64>() * begin;
            let now = violent + never * begin + begun;
            never *= 1.0 - begin;
            let mut next = vec![0.0; calm.len()];
            let mut resumed = 0.0;
            // Months without violence are counted from the month of the end, in which nothing resumes.
            for (months, share) in calm.iter().enumerate().take(calm.len() - 1) {
                let left = share * (1.0 - begin);
                let again = in_a_month(resumes * factor * libm::exp2(-((months + 1) as f64) / 60.0));
                resumed += left * again;
                next[months + 1] = left * (1.0 - again);
            }
            next[0] = now * end;
            violent = now * (1.0 - end) + resumed;
            calm = next;
        }
        let found = world.couples().filter(|couple| couple.violence[0] != Violence::None).count() as u64;
        assert_share(found, couples, violent);
        let ever = world.couples().filter(|couple| couple.was_violent()).count() as u64;
        assert_share(ever, couples, 1.0 - never);
    }
}

#[test]
fn a_cohort_of_newborns_returns_the_life_table_that_was_put_in() {
    let model = model();
    let people = 20_000_u64;
    let deaths = &model.life.deaths;
    for sex in Sex::BOTH {
        let engine = engine_of(|| vec![listed("deaths", deaths.build(&Scope::of_pool()).expect("a sound table"))]);
        let mut world = World::new(Month(0), Places::default());
        for number in 0..people {
            let mut child = Newcomer::default();
            child.body.key = luck().derive(number + 1, 903, sex as u32);
            child.body.set(Flag::Female, sex == Sex::Female);
            world.set_up().person(child.body, Mind::default(), Past::default());
        }
        let mut simulation = Simulation::new(world, &engine);
        let (mut alive, mut ages) = (vec![people], Vec::new());
        for age in 0..120 * 12 {
            simulation.month(&engine);
            let died =
                simulation.world.events().iter().filter(|event| matches!(event, Event::Death { .. })).count() as u64;
            ages.extend(std::iter::repeat_n((f64::from(age) + 0.5) / 12.0, died as usize));
            alive.push(alive[alive.len() - 1] - died);
        }
        // The input, directly from the rows of the file: the last period that has begun by 2008.
        let rows = &deaths.rate;
        let (period, age, rate) = (
            rows.values("period").expect("a column"),
            rows.values("age").expect("a column"),
            rows.values(sex.word()).expect("a column"),
        );
        let last = period.iter().copied().filter(|year| *year <= 2008.0).fold(f64::MIN, f64::max);
        let hazard = |years: f64| {
            let row = (0..age.len())
                .filter(|row| period[*row] == last && age[*row] <= years)
                .max_by(|a, b| age[*a].total_cmp(&age[*b]));
            row.map_or(0.0, |row| rate[row]) * deaths.g4_ratio.get()
        };
        let (mut survival, mut expectancy, mut square) = (vec![1.0], 0.0, 0.0);
        for month in 0..120 * 12 {
            let before = survival[month];
            let dies = before * in_a_month(hazard((month / 12) as f64));
            let at = (month as f64 + 0.5) / 12.0;
            expectancy += dies * at;
            square += dies * at * at;
            survival.push(before - dies);
        }
        for age in [1, 20, 50, 65, 80, 90, 100] {
            assert_share(alive[age * 12], people, survival[age * 12]);
        }
        let (mean, _) = moments(&ages);
        println!("{}: life expectancy {mean:.3} years, input {expectancy:.3}", sex.word());
        assert_mean(mean, ages.len() as u64, expectancy, (square - expectancy * expectancy).sqrt());
    }
}

/// Births per woman of a cohort of single women, at `level` times the rates of the file, and their expectation.
fn fertility(level: f64) -> (Vec<f64>, f64, f64) {
    let mut model = model();
    let births = &mut model.life.births;
    births.level = ratio(level);
    births.partnered_ratio = ratio(1.0);
    births.parity_ratio = table(&["parity", "ratio"], &[&[0.0, 1.0], &[1.0, 1.0], &[2.0, 1.0], &[3.0, 1.0]]);
    births.g4_ratio = table(&["age", "ratio"], &[&[0.0, 1.0]]);
    births.city_ratio =
        table(&["city", "ratio", "teen"], &[&[0.0, 1.0, 1.0], &[1.0, 1.0, 1.0], &[2.0, 1.0, 1.0], &[3.0, 1.0, 1.0]]);
    births.spacing = Months::new(6.0).expect("months");
    let births = &model.life.births;
    let half: Rows<Share> = table(&["age", "partner"], &[&[0.0, 0.5]]);
    let scope = Scope { cities: 4, ..Scope::of_pool() };
    let steps = || {
        let share = ByAge::both(&half, "partner", 0.0).expect("a curve");
        let traits =
            Traits::new(&model.life.education, &model.life.heredity, &model.life.unions).expect("sound tables");
        vec![
            listed("conception", births.build(share, &scope).expect("sound tables")),
            listed("births", Newborns::build(births, traits)),
        ]
    };
    let (women, first) = (20_000_u64, 14 * 12);
    let mut world = World::new(Month(0), Places::default());
    for number in 0..women {
        let mut woman = Newcomer::default();
        woman.body.key = luck().derive(number + 1, 904, 0);
        woman.body.born = Month(-first);
        woman.body.set(Flag::Female, true);
        world.set_up().person(woman.body, Mind::default(), Past::default());
    }
    let engine = engine_of(steps);
    let mut simulation = Simulation::new(world, &engine);
    let mut of_mother = std::collections::BTreeMap::new();
    // To the age of 51; births of daughters' children are excluded by the mother's month of birth.
    simulation.live(&engine, Month(37 * 12), |world| {
        for event in world.events() {
            if let Event::Birth { child } = event {
                let mother = world.kin(child.row().expect("a row")).mother.row().expect("the mother lives");
                if world.body(mother).born == Month(-first) {
                    *of_mother.entry(world.body(mother).key).or_insert(0.0) += 1.0;
                }
            }
        }
    });
    let mut each: Vec<f64> = of_mother.into_values().collect();
    each.resize(women as usize, 0.0);
    // The input: rates by age at birth in 2008, applied nine months earlier, and not during pregnancy or six months
    // after a birth.
    let at = |name: &str| births.age_share.values(name).expect("a column");
    let (period, age, share) = (at("period"), at("age"), at("share"));
    let last = period.iter().copied().filter(|year| *year <= 2008.0).fold(f64::MIN, f64::max);
    let (years, tfr) = (births.tfr.values("year").expect("a column"), births.tfr.values("tfr").expect("a column"));
    let tfr = tfr[years.iter().position(|year| *year == 2008.0).expect("2008")] * level;
    let rate = |years: usize| {
        let row =
            (0..age.len()).find(|row| period[*row] == last && (age[*row]..age[*row] + 5.0).contains(&(years as f64)));
        row.map_or(0.0, |row| tfr * share[row] / 100.0 / 5.0)
    };
    let pregnancy = births.pregnancy.get() as usize;
    let end = 51 * 12;
    let mut free = vec![0.0; end + 40];
    free[first as usize] = 1.0;
    let mut expected = 0.0;
    for month in first as usize..end - pregnancy {
        let conceives = free[month] * in_a_month(rate((month + pregnancy) / 12));
        expected += conceives;
        free[month + 1] += free[month] - conceives;
        free[month + pregnancy + births.spacing.get() as usize] += conceives;
    }
    (each, expected, tfr)
}

#[test]
fn a_cohort_of_women_bears_the_children_that_the_rates_put_in() {
    let (each, expected, tfr) = fertility(1.0);
    let (mean, sd) = moments(&each);
    println!("{mean:.4} children per woman, {expected:.4} expected of rates that add up to {tfr:.4}");
    assert_mean(mean, each.len() as u64, expected, sd);
}

#[test]
fn births_so_rare_that_no_pregnancy_stands_in_the_way_of_another_add_up_to_the_total_fertility_rate() {
    let (each, expected, tfr) = fertility(0.05);
    assert!((expected / tfr - 1.0).abs() < 0.01, "{expected} expected of rates that add up to {tfr}");
    assert_poisson(each.iter().sum::<f64>() as u64, tfr * each.len() as f64);
}

/// One generation per year: each exposed person leaves exposed children of both sexes and is removed.
struct Generations {
    /// Exposed children by sex of the child and of the parent.
    next: [[f64; 2]; 2],
}

/// Exposed newcomers of each year, by sex.
struct FromOutside([f64; 2]);

impl Generations {
    fn child(luck: Luck, parent: u64, sex: Sex, ordinal: u32, now: Month) -> Change {
        let mut child = Newcomer::default();
        child.body.key = luck.derive(parent, 905 + sex as u16, ordinal);
        child.body.born = now;
        child.body.set(Flag::Female, sex == Sex::Female);
        child.body.set(Flag::Conduct, true);
        Change::Arrive(Box::new(Arrival { members: vec![child], union: None, parents: Vec::new() }))
    }
}

impl Sweep for Generations {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        if world.now().of_year() == 0 { world.rows().len() } else { 0 }
    }
    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        for row in rows.filter(|row| world.body(*row).has(Flag::Present)) {
            let body = world.body(row);
            let draw = draws.lasting(body.key, 0);
            for sex in Sex::BOTH {
                let children = poisson(draw.unit(sex as usize), self.next[sex as usize][body.sex() as usize]);
                for ordinal in 0..children {
                    changes.push(Generations::child(draws.luck(), body.key, sex, ordinal, world.now()));
                }
            }
            changes.push(Change::Dies { who: PersonId(row as u32), by_partner: false });
        }
    }
}

impl Monthly for FromOutside {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        if world.now().of_year() == 0 {
            for sex in Sex::BOTH {
                let year = world.now().year() as u64;
                let many = poisson(draws.of(1, sex as u16).unit(0), self.0[sex as usize]);
                for ordinal in 0..many {
                    changes.push(Generations::child(draws.luck(), year, sex, ordinal, world.now()));
                }
            }
        }
    }
}

#[test]
fn transmission_with_a_known_next_generation_matrix_reaches_its_steady_state() {
    let (next, from_outside) = ([[0.5, 0.3], [0.1, 0.4]], [300.0, 500.0]);
    let engine = engine_of(|| {
        let children = Process::Sweep(Box::new(Generations { next }));
        let newcomers = Process::Monthly(Box::new(FromOutside(from_outside)));
        vec![
            Step { name: "generations", identity: 210, process: children },
            Step { name: "from_outside", identity: 211, process: newcomers },
        ]
    });
    let mut simulation = Simulation::new(World::new(Month(0), Places::default()), &engine);
    simulation.live(&engine, Month::january(2008 + 60).plus(1), |_| {});
    // Steady state (1 - K) x = e, by hand for two sexes.
    let [[a, b], [c, d]] = next;
    let [e, f] = from_outside;
    let determinant = (1.0 - a) * (1.0 - d) - b * c;
    let steady = [((1.0 - d) * e + b * f) / determinant, (c * e + (1.0 - a) * f) / determinant];
    // Poisson numbers of children and of newcomers: the covariance V solves V = K V K' + diag(x).
    let mut v = [[0.0; 2]; 2];
    for _ in 0..500 {
        let mut new = [[steady[0], 0.0], [0.0, steady[1]]];
        for (i, row) in new.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                for (k, known) in v.iter().enumerate() {
                    for (l, value) in known.iter().enumerate() {
                        *cell += next[i][k] * value * next[j][l];
                    }
                }
            }
        }
        v = new;
    }
    for sex in Sex::BOTH {
        let index = sex as usize;
        let bodies = simulation.world.rows().map(|row| simulation.world.body(row));
        let there = bodies.filter(|b| b.has(Flag::Present) && b.sex() == sex).count() as f64;
        println!(
            "{}: {there} exposed, {:.1} expected, standard deviation {:.1}",
            sex.word(),
            steady[index],
            v[index][index].sqrt()
        );
        assert_mean(there, 1, steady[index], v[index][index].sqrt());
    }
}
