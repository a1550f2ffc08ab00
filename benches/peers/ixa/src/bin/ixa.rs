//! The reference workload with ixa: persons are entities, and everything that happens is a plan.
//!
//! The five steps of a month are five moments in it, so that plans of one month run in the order of the rules.

use std::time::Instant;

use ixa::prelude::*;
use peers::{
    ADULT, Counts, Cumulative, DESISTANCE, EXPOSURE, MONTHS, arguments, chance_at_eighteen, founders, months_before,
};

const DEATH: f64 = 0.0;
const BIRTH: f64 = 0.125;
const EXPOSED: f64 = 0.25;
const EIGHTEEN: f64 = 0.375;
const DESISTS: f64 = 0.5;
const COUNTED: f64 = 0.625;

define_entity!(Person);
define_property!(struct Born(i16), Person);
define_property!(
    enum Sex {
        Female,
        Male,
    },
    Person
);
define_property!(struct Mother(Option<PersonId>), Person);
define_property!(struct Alive(bool), Person, default_const = Alive(true));
define_property!(struct Exposed(bool), Person, default_const = Exposed(false));
define_property!(struct Violent(bool), Person, default_const = Violent(false));

define_rng!(DeathRng);
define_rng!(BirthRng);
define_rng!(SexRng);
define_rng!(ExposureRng);
define_rng!(EighteenRng);
define_rng!(DesistanceRng);

struct Workload {
    death: Cumulative,
    birth: Cumulative,
    counts: Counts,
    years: Vec<Counts>,
    /// Mothers under eighteen and their children.
    young_mothers: ixa::HashMap<PersonId, Vec<PersonId>>,
}

define_data_plugin!(
    WorkloadPlugin,
    Workload,
    Workload {
        death: Cumulative::deaths(),
        birth: Cumulative::births(),
        counts: Counts::default(),
        years: Vec::new(),
        young_mothers: ixa::HashMap::default(),
    }
);

fn counts(context: &mut Context) -> &mut Counts {
    &mut context.get_data_mut(WorkloadPlugin).counts
}

fn month(context: &Context) -> i16 {
    context.get_current_time() as i16
}

fn born(context: &Context, person: PersonId) -> i16 {
    let Born(month) = context.get_property(person);
    month
}

fn alive(context: &Context, person: PersonId) -> bool {
    context.get_property::<Person, Alive>(person) == Alive(true)
}

fn violent(context: &Context, person: PersonId) -> bool {
    context.get_property::<Person, Violent>(person) == Violent(true)
}

fn exposed(context: &Context, person: PersonId) -> bool {
    context.get_property::<Person, Exposed>(person) == Exposed(true)
}

/// Plans death, the first birth and the eighteenth birthday, from month `from` on.
fn enter(context: &mut Context, person: PersonId, from: i16) {
    let born = born(context, person);
    if from < MONTHS {
        let death = &context.get_data(WorkloadPlugin).death;
        if let Some(month) = context.sample(DeathRng, |random| death.first(born, from, MONTHS, random)) {
            context.add_plan(f64::from(month) + DEATH, move |context| die(context, person));
        }
    }
    let birthday = born + ADULT;
    if (0..MONTHS).contains(&birthday) {
        context.add_plan(f64::from(birthday) + EIGHTEEN, move |context| turn_eighteen(context, person));
    }
    if context.get_property::<Person, Sex>(person) == Sex::Female {
        plan_birth(context, person, from);
    }
}

fn plan_birth(context: &mut Context, woman: PersonId, from: i16) {
    let born = born(context, woman);
    let (first, end) = (from.max(born + 180), MONTHS.min(born + 600));
    if first < end {
        let birth = &context.get_data(WorkloadPlugin).birth;
        if let Some(month) = context.sample(BirthRng, |random| birth.first(born, first, end, random)) {
            context.add_plan(f64::from(month) + BIRTH, move |context| give_birth(context, woman));
        }
    }
}

fn die(context: &mut Context, person: PersonId) {
    context.set_property(person, Alive(false));
    let child = month(context) - born(context, person) < ADULT;
    let (exposed, violent) = (exposed(context, person) && child, violent(context, person));
    let counts = counts(context);
    counts.deaths += 1;
    counts.population -= 1;
    counts.exposed -= u64::from(exposed);
    counts.violent -= u64::from(violent);
}

fn give_birth(context: &mut Context, mother: PersonId) {
    if !alive(context, mother) {
        return;
    }
    let now = month(context);
    let sex = if context.sample_bool(SexRng, 0.5) { Sex::Female } else { Sex::Male };
    let child =
        context.add_entity(with!(Person, Born(now), sex, Mother(Some(mother)))).expect("a person has all properties");
    let counts = counts(context);
    counts.births += 1;
    counts.population += 1;
    enter(context, child, now + 1);
    if violent(context, mother) {
        plan_exposure(context, child, now);
    } else if now - born(context, mother) <= ADULT {
        context.get_data_mut(WorkloadPlugin).young_mothers.entry(mother).or_default().push(child);
    }
    plan_birth(context, mother, now + 1);
}

/// Plans the exposure of a child whose mother is violent, from month `from` on.
fn plan_exposure(context: &mut Context, child: PersonId, from: i16) {
    let month = from + context.sample(ExposureRng, |random| months_before(EXPOSURE, random));
    if month < MONTHS.min(born(context, child) + ADULT) {
        context.add_plan(f64::from(month) + EXPOSED, move |context| {
            let Mother(mother) = context.get_property(child);
            let violent = mother.is_some_and(|mother| alive(context, mother) && violent(context, mother));
            if violent && alive(context, child) {
                context.set_property(child, Exposed(true));
                counts(context).exposed += 1;
            }
        });
    }
}

fn turn_eighteen(context: &mut Context, person: PersonId) {
    let children = context.get_data_mut(WorkloadPlugin).young_mothers.remove(&person).unwrap_or_default();
    if !alive(context, person) {
        return;
    }
    let exposed = exposed(context, person);
    counts(context).exposed -= u64::from(exposed);
    if context.sample_bool(EighteenRng, chance_at_eighteen(exposed)) && !violent(context, person) {
        let now = month(context);
        become_violent(context, person, now);
        for child in children {
            plan_exposure(context, child, now + 1);
        }
    }
}

fn become_violent(context: &mut Context, person: PersonId, from: i16) {
    context.set_property(person, Violent(true));
    counts(context).violent += 1;
    let month = from + context.sample(DesistanceRng, |random| months_before(DESISTANCE, random));
    if month < MONTHS {
        context.add_plan(f64::from(month) + DESISTS, move |context| {
            if alive(context, person) {
                context.set_property(person, Violent(false));
                counts(context).violent -= 1;
            }
        });
    }
}

/// Counts the persons of the month, and keeps the counts at the end of a year.
fn count(context: &mut Context) {
    let now = month(context);
    let workload = context.get_data_mut(WorkloadPlugin);
    workload.counts.person_months += workload.counts.population;
    if now % 12 == 11 {
        workload.years.push(workload.counts);
    }
    if now + 1 < MONTHS {
        context.add_plan(f64::from(now + 1) + COUNTED, count);
    }
}

fn main() {
    let (persons, seed) = arguments();
    let founders = founders(persons, &mut peers::random(seed));
    let mut context = Context::new();
    context.init_random(seed);
    let mut people: Vec<PersonId> = Vec::with_capacity(founders.len());
    let add = |context: &mut Context, born: i16, female: bool, violent: bool, mother: Option<PersonId>| {
        let sex = if female { Sex::Female } else { Sex::Male };
        context
            .add_entity(with!(Person, Born(born), sex, Mother(mother), Violent(violent)))
            .expect("a person has all properties")
    };
    // Adults first: the mother of a child is a person that exists.
    let mut numbers: Vec<Option<PersonId>> = vec![None; founders.len()];
    for adults in [true, false] {
        for (number, founder) in founders.iter().enumerate().filter(|(_, one)| (one.born <= -ADULT) == adults) {
            let mother = founder.mother.and_then(|mother| numbers[mother as usize]);
            let person = add(&mut context, founder.born, founder.female, founder.violent, mother);
            numbers[number] = Some(person);
            people.push(person);
        }
    }
    drop((founders, numbers));
    counts(&mut context).population = u64::from(persons);
    let begun = Instant::now();
    for person in people {
        enter(&mut context, person, 0);
        if violent(&context, person) {
            become_violent(&mut context, person, 0);
        }
        let Mother(mother) = context.get_property(person);
        if mother.is_some_and(|mother| violent(&context, mother)) {
            plan_exposure(&mut context, person, 0);
        }
    }
    context.add_plan(COUNTED, count);
    context.execute();
    let taken = begun.elapsed();
    peers::print(persons, seed, taken, &context.get_data(WorkloadPlugin).years);
}
