//! Shelters: no request is lost, groups have doors of their own, women and men from the rest of the country find places,
//! and places far from home have consequences. A mechanism that is switched off leaves nothing.

use std::collections::{BTreeMap, BTreeSet};

use keten::chain::Shelter;
use keten::engine::{EngineSettings, Simulation};
use keten::interventions::{Everywhere, Level};
use keten::model::ModelFile;
use keten::units::{Count, Probability, RatePerYear, Ratio, Rows, Share};
use keten::world::{ELSEWHERE, Edge, Event, Flag, Group, Mechanism, Month, PersonId, ShelterGroup, ShelterStep, World};

use crate::support::cities::{Cities, model};
use crate::support::statistics::assert_share;

const SCALE: f64 = 0.01;

fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a chance")
}

fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

fn share(value: f64) -> Share {
    Share::new(value).expect("a share")
}

/// The model with so many requests that many women wait, are refused and try again.
fn crowded(set: impl FnOnce(&mut Shelter)) -> ModelFile {
    let mut model = model();
    model.chain.shelter.request = chance(0.05);
    set(&mut model.chain.shelter);
    model
}

/// Switches a card on everywhere and from the first day.
fn switch_on(model: &mut ModelFile, card: &str) {
    let card = model.interventions.get_mut(card).expect("a card");
    card.level = Level::Full;
    let columns = ["year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    card.coverage = Rows::new(1.0, columns, vec![vec![2008.0, 0.0, 1.0, 1.0]]).expect("a table of shares");
}

/// Simulates until a year and calls `each` after every month.
fn live(model: &ModelFile, scale: f64, until: i32, mut each: impl FnMut(&World)) -> World {
    let cities = Cities::of(model, scale);
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(until), &mut each);
    simulation.world
}

/// Number of requests by group, origin and step.
#[derive(Default)]
struct Steps(BTreeMap<(ShelterGroup, bool, ShelterStep), u64>);

impl Steps {
    fn add(&mut self, world: &World) {
        for decision in world.events().at_shelters() {
            *self.0.entry((decision.group, decision.from_country, decision.step)).or_default() += 1;
        }
    }

    fn of(model: &ModelFile, until: i32) -> Steps {
        let mut steps = Steps::default();
        live(model, SCALE, until, |world| steps.add(world));
        steps
    }

    fn group(&self, group: ShelterGroup, step: ShelterStep) -> u64 {
        [false, true].map(|country| self.0.get(&(group, country, step)).copied().unwrap_or(0)).iter().sum()
    }

    fn from(&self, country: bool, step: ShelterStep) -> u64 {
        self.0.iter().filter(|((_, from, of), _)| *from == country && *of == step).map(|(_, count)| count).sum()
    }
}

#[test]
fn every_request_of_every_group_ends_once_or_waits() {
    let mut model = crowded(|shelter| shelter.retry = chance(0.5));
    model.interventions.values_mut().for_each(|card| card.level = Level::Full);
    let mut steps = Steps::default();
    let mut met = BTreeSet::new();
    live(&model, SCALE, 2013, |world| {
        steps.add(world);
        let queue = &world.chain().shelters.queue;
        for group in ShelterGroup::ALL {
            let waiting = queue.iter().filter(|request| request.placement.group == *group).count() as u64;
            let ends = [ShelterStep::TurnedAway, ShelterStep::Admitted, ShelterStep::Refused, ShelterStep::Withdrawn];
            let ended: u64 = ends.iter().map(|step| steps.group(*group, *step)).sum();
            let requested = steps.group(*group, ShelterStep::Requested);
            assert_eq!(requested, ended + waiting, "{} at the end of {}", group.word(), world.now().plus(-1));
            if requested > 0 {
                met.insert(*group);
            }
        }
    });
    assert!(met.len() >= 5, "requests of these groups only: {met:?}");
}

#[test]
fn women_from_the_rest_of_the_country_are_admitted_among_those_of_the_cities() {
    let mut many = model();
    many.chain.shelter.inflow = RatePerYear::new(1000.0).expect("a rate");
    many.chain.shelter.inflow_danger = share(1.0);
    let steps = Steps::of(&many, 2018);
    let [cities, country] = [false, true].map(|from| {
        let decided = steps.from(from, ShelterStep::Admitted) + steps.from(from, ShelterStep::Refused);
        steps.from(from, ShelterStep::Admitted) as f64 / decided.max(1) as f64
    });
    assert!(steps.from(true, ShelterStep::Requested) > 50, "a hundred are expected in ten years");
    assert!(
        country > 0.05,
        "of the women from elsewhere {country:.3} are admitted, of those of the cities {cities:.3}"
    );
    // Without anybody in grave danger they come after all women of the cities who are.
    let mut none = many;
    none.chain.shelter.inflow_danger = share(0.0);
    let after = Steps::of(&none, 2018);
    let admitted = |steps: &Steps| steps.from(true, ShelterStep::Admitted);
    assert!(admitted(&after) < admitted(&steps), "{} and {}", admitted(&after), admitted(&steps));
}

#[test]
fn blocked_places_fall_when_follow_up_places_and_dwellings_grow_together() {
    let blocked = |cards: &[&str]| {
        let mut model = crowded(|_| {});
        cards.iter().for_each(|card| model.interventions.get_mut(*card).expect("a card").level = Level::Full);
        let (mut blocked, mut admitted) = (0, 0);
        live(&model, 0.02, 2016, |world| {
            for event in world.events() {
                if let Event::Provider(month) = event
                    && month.group == Group::Shelters
                    && world.now() > Month::january(2011)
                {
                    blocked += month.blocked;
                    admitted += if month.service == 0 { month.admitted } else { 0 };
                }
            }
        });
        (blocked, admitted)
    };
    let alone = blocked(&["shelter_capacity"]);
    let together = blocked(&["shelter_capacity", "followup_places", "followup_housing"]);
    assert!(together.0 < alone.0, "blocked and admitted: crisis places alone {alone:?}, with the others {together:?}");
    assert!(together.1 > alone.1, "blocked and admitted: crisis places alone {alone:?}, with the others {together:?}");
}

#[test]
fn men_come_from_the_country_where_there_are_places_and_fathers_bring_their_children() {
    let with = |children: f64, level: Level| {
        let mut model = crowded(|shelter| {
            shelter.fathers_with_children = chance(children);
            (shelter.men, shelter.request) = (ratio(1.0), chance(0.3));
            shelter.men_per_woman = ratio(0.05);
        });
        model.interventions.get_mut("mens_shelter").expect("a card").level = level;
        let (mut from_country, mut admitted, mut along) = (0, 0, 0);
        let mut taken_along = BTreeSet::new();
        let world = live(&model, 5.0 * SCALE, 2013, |world| {
            let fathers = world.chain().shelters.stays.iter().filter(|stay| stay.service == 2 && stay.places > 1);
            for father in fathers.filter_map(|stay| stay.who.row()) {
                let marked = world.children(father).filter(|child| world.body(*child).has(Flag::InShelter));
                taken_along.extend(marked.map(|child| world.body(child).key));
            }
            for decision in world.events().at_shelters().filter(|of| of.group == ShelterGroup::Men) {
                from_country += u32::from(decision.from_country);
                if decision.step == ShelterStep::Admitted {
                    admitted += 1;
                    along += u32::from(decision.children);
                }
            }
        });
        // No child whom a father took along is still marked as staying in a shelter after he left.
        let held: BTreeSet<PersonId> = world.chain().shelters.stays.iter().map(|stay| stay.who).collect();
        let marked = |row: &usize| world.body(*row).has(Flag::InShelter) && taken_along.contains(&world.body(*row).key);
        for kin in world.rows().filter(marked).map(|row| world.kin(row)) {
            assert!(held.contains(&kin.mother) || held.contains(&kin.father), "{kin:?}");
        }
        (from_country, admitted, along)
    };
    let off = with(1.0, Level::Off);
    assert_eq!(off, (0, 0, 0), "there is no place for men");
    let alone = with(0.0, Level::Programme);
    assert!(alone.0 > 0 && alone.1 > 0 && alone.2 == 0, "{alone:?}");
    let along = with(1.0, Level::Programme);
    assert!(along.2 > 0, "{along:?}");
}

#[test]
fn a_closed_door_lets_nobody_in_and_a_measure_opens_doors_as_far_as_for_others() {
    let closed = crowded(|shelter| {
        (shelter.sons_13_14, shelter.sons_15_16, shelter.sons_17) = (chance(0.0), chance(0.0), chance(0.0));
        shelter.intake_disability = ratio(1e-6);
    });
    let steps = Steps::of(&closed, 2012);
    for group in [ShelterGroup::Sons, ShelterGroup::Disability] {
        let [asked, away] = [ShelterStep::Requested, ShelterStep::TurnedAway].map(|step| steps.group(group, step));
        assert!(asked > 0 && asked == away, "{}: {asked} requests, {away} turned away", group.word());
    }
    // The only door that is left is that for a disability, and a measure opens it.
    let mut opened = crowded(|shelter| {
        for door in
            [&mut shelter.intake_problems, &mut shelter.intake_three_children, &mut shelter.intake_four_children]
        {
            *door = ratio(1.0);
        }
        for sons in [&mut shelter.sons_to_12, &mut shelter.sons_13_14, &mut shelter.sons_15_16, &mut shelter.sons_17] {
            *sons = chance(1.0);
        }
        shelter.intake_disability = ratio(0.01);
        shelter.request = chance(0.2);
    });
    let everywhere =
        |mechanism, ratio| Everywhere { mechanism, ratio, marked_areas: false, pulse: None, half_life: None };
    switch_on(&mut opened, "followup_places");
    let card = opened.interventions.get_mut("followup_places").expect("a card");
    card.everywhere = BTreeMap::from([("doors".to_owned(), everywhere(Mechanism::ShelterAdmission, ratio(1e6)))]);
    let steps = Steps::of(&opened, 2012);
    for group in [ShelterGroup::Disability, ShelterGroup::Family] {
        let [asked, away] = [ShelterStep::Requested, ShelterStep::TurnedAway]
            .map(|step| steps.0.get(&(group, false, step)).copied().unwrap_or(0));
        assert!(asked > 20, "{}", group.word());
        assert_share(asked - away, asked, opened.chain.shelter.intake.get());
    }
}

#[test]
fn protection_at_home_keeps_victims_out_of_shelters() {
    let requested = |value: f64| {
        let mut model = crowded(|_| {});
        switch_on(&mut model, "aware");
        let card = model.interventions.get_mut("aware").expect("a card");
        let programme = card.programme.as_mut().expect("participants");
        programme.effects.retain(|name, _| name == "shelter_request");
        programme.effects.get_mut("shelter_request").expect("an effect").ratio = ratio(value);
        Steps::of(&model, 2013).from(false, ShelterStep::Requested)
    };
    // The same persons take part; only the odds of a request differ.
    let (none, strong) = (requested(1.0), requested(1e-4));
    assert!(strong < none, "{strong} and {none}");
}

#[test]
fn the_local_rule_begins_in_2009_and_keeps_more_victims_in_their_city() {
    let run = |level: Level| {
        let mut model = crowded(|shelter| shelter.secret = share(0.0));
        model.interventions.get_mut("shelter_allocation").expect("a card").level = level;
        let (mut before, mut after) = ([0, 0], [0, 0]);
        let (mut here, mut elsewhere) = (0_u64, 0_u64);
        live(&model, 0.02, 2014, |world| {
            let lived = world.now().plus(-1);
            for passage in world.events().passages().filter(|passage| passage.edge == Edge::LocalAllocation) {
                let counts = if lived < Month::january(2009) { &mut before } else { &mut after };
                counts[usize::from(passage.passed)] += 1;
            }
            for decision in world.events().at_shelters().filter(|of| of.step == ShelterStep::Admitted) {
                if lived >= Month::january(2009) && !decision.from_country {
                    *(if decision.place == decision.city { &mut here } else { &mut elsewhere }) += 1;
                }
            }
        });
        (before, after, here as f64 / (here + elsewhere).max(1) as f64)
    };
    let (national, local) = (run(Level::Off), run(Level::Programme));
    assert!(national.0[0] > 0 && national.0[1] == 0 && national.1[1] == 0, "{national:?}");
    assert!(local.0[0] > 0 && local.0[1] == 0, "not in 2008: {local:?}");
    assert!(local.1[0] == 0 && local.1[1] > 0, "all from 2009: {local:?}");
    assert!(local.2 > national.2, "{local:?} and {national:?}");
}

#[test]
fn the_rest_of_the_country_takes_in_women_as_far_as_it_has_places() {
    let placed = |beds: f64| {
        let model = crowded(|shelter| {
            shelter.country_beds = Count::new(beds).expect("a count");
            shelter.occupied = share(0.0);
        });
        let (mut away, mut most) = (0, 0_u32);
        live(&model, SCALE, 2012, |world| {
            let admitted = world.events().at_shelters().filter(|of| of.step == ShelterStep::Admitted);
            away += admitted.filter(|of| usize::from(of.place) == ELSEWHERE).count();
            let stays = world.chain().shelters.stays.iter().filter(|stay| stay.service == 3);
            most = most.max(stays.map(|stay| u32::from(stay.places)).sum());
        });
        (away, most)
    };
    assert_eq!(placed(0.0), (0, 0));
    let (away, most) = placed(400.0);
    assert!(away > 5 && most > 0, "{away} placed, at most {most} beds");
}

#[test]
fn a_place_far_from_home_and_an_own_dwelling_act_on_those_who_have_them_only() {
    let effects = |far: f64, dwelling: f64, secret: f64| {
        let mut model = crowded(|shelter| {
            (shelter.far_severe, shelter.dwelling_incidents) = (ratio(far), ratio(dwelling));
            (shelter.secret, shelter.far_work) = (share(secret), chance(0.0));
        });
        // Measures that are in force in 2008 act on incidents too.
        model.interventions.values_mut().for_each(|card| card.level = Level::Off);
        let (mut severe, mut suffered) = (BTreeSet::new(), BTreeSet::new());
        live(&model, SCALE, 2012, |world| {
            for row in world.rows().filter(|row| world.body(*row).has(Flag::HasEffect)) {
                for effect in world.effects().of(PersonId(row as u32)) {
                    let log = f64::from(effect.log_ratio);
                    if effect.mechanism == Mechanism::SevereViolence && (log - far.ln()).abs() < 1e-6 {
                        severe.insert(world.body(row).key);
                    }
                    if effect.mechanism == Mechanism::IncidentsSuffered && (log - dwelling.ln()).abs() < 1e-6 {
                        suffered.insert(world.body(row).key);
                    }
                }
            }
        });
        (severe.len(), suffered.len())
    };
    let on = effects(0.31, 0.83, 1.0);
    assert!(on.0 > 0 && on.1 > 0, "{on:?}");
    // A log ratio of 0 is no effect.
    assert_eq!(effects(1.0, 1.0, 1.0), (0, 0));
}

#[test]
fn work_is_lost_only_by_those_who_are_placed_far_away() {
    let lost = |far_work: f64| {
        let model = crowded(|shelter| {
            (shelter.secret, shelter.far_work) = (share(1.0), chance(far_work));
            shelter.request = chance(0.3);
        });
        let mut working = 0;
        live(&model, SCALE, 2011, |world| {
            for stay in &world.chain().shelters.stays {
                let is_new = stay.since == world.now().plus(-1);
                let is_far = stay.service == 3 || (stay.service == 0 && stay.city != stay.home);
                if let Some(row) = stay.who.row().filter(|_| is_new && is_far) {
                    working += usize::from(world.body(row).has(Flag::Work));
                }
            }
        });
        working
    };
    assert!(lost(0.0) > 0, "some of those placed far away work");
    assert_eq!(lost(1.0), 0, "all of them lose their work in the month of the move");
}
