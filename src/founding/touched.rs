//! The test of what changes say that they concern: the application of a change reads and writes no row beyond its reach.

use std::collections::BTreeSet;

use super::found;
use crate::config::{Change as Setting, Sources, load};
use crate::engine::{EngineSettings, Scope, Simulation};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{Change, Changes, CoupleId, Flag, Month, PersonId, Place, RowKind, Sex, Side, Violence, World};

/// The changes that may concern whole households and families, for a person of a world.
fn of_person(world: &World, row: usize) -> Vec<Change> {
    let who = PersonId(row as u32);
    let kin = world.kin(row);
    let mut changes = vec![
        Change::Dies { who, by_partner: false },
        Change::Home { who, home: PersonId::NONE },
        Change::Move { who, to: Place::new(1, 0) },
        Change::Move { who, to: Place::ELSEWHERE },
        Change::Income { who, low: true },
    ];
    let parents = [kin.mother, kin.father].into_iter().filter(|parent| parent.row().is_some());
    changes.extend(parents.map(|home| Change::Home { who, home }));
    if let Some(couple) = world.body(row).couple.row() {
        let couple = CoupleId(couple as u32);
        let place = Place::new(0, 0);
        let low_income = [true, false];
        for (goes_on, stays) in [(false, Side::First), (true, Side::Second)] {
            changes.push(Change::Separate { couple, goes_on, stays, place, low_income });
        }
        changes.push(Change::Marry(couple));
        changes.push(Change::Violence { couple, by: Side::First, state: Violence::Coercive });
        changes.push(Change::Incidents { couple, counts: [2, 1] });
    }
    changes
}

/// The rows that a change reads or writes in a follower beyond its reach; rows that it adds do not count.
fn beyond(world: &mut World, change: &Change, known: [usize; 2]) -> Vec<(RowKind, u32)> {
    let mut reach: BTreeSet<(RowKind, u32)> = BTreeSet::new();
    change.reach(world, &mut |kind, row| {
        reach.insert((kind, row as u32));
    });
    let savepoint = world.savepoint();
    world.apply(Changes { list: vec![change.clone()], ..Changes::default() });
    let touched = world.end_savepoint(&savepoint, true);
    let touched = touched.into_iter().map(|touched| (touched.kind, touched.row));
    touched.filter(|(kind, row)| (*row as usize) < known[*kind as usize] && !reach.contains(&(*kind, *row))).collect()
}

#[test]
fn the_application_of_a_change_stays_within_its_reach() {
    let sources = Sources::builtin("g4-2008").expect("the model inside the program");
    let (_, merged) = load::<ModelFile>(&sources).expect("a sound model");
    let small = [Setting::new("founding.pool_size", 2000.0, "test"), Setting::new("founding.pool_years", 30.0, "test")];
    let model: ModelFile = merged.with(&small).and_then(|merged| merged.typed()).expect("a sound model");
    let (luck, scale, settings) = (Luck::new(2008, 0, 1), 0.002, EngineSettings::default());
    let founded = found(&model, &model, luck, scale, settings).expect("a founded world");
    let scope = Scope::of_cities(scale, founded.donors);
    let engine = model.engine(&model, &scope, luck, settings).expect("an engine");
    let mut simulation = Simulation::new(founded.world, &engine);
    let mut tried = 0;
    // Some persons live elsewhere by then, with outsiders, and some are dead.
    for until in [Month(30), Month(67)] {
        simulation.live(&engine, until, |_| {});
        let leader = &mut simulation.world;
        let lent = leader.lend();
        let known = leader.row_counts();
        let mut follower = leader.beside(&lent);
        for row in (0..known[0]).filter(|row| leader.body(*row).has(Flag::Present)) {
            for change in of_person(leader, row) {
                let beyond = beyond(&mut follower, &change, known);
                assert!(beyond.is_empty(), "{change:?} in {until} reads or writes {beyond:?}");
                tried += 1;
            }
            // The next single person of the other sex: whether a match would allow the pair does not matter.
            let body = leader.body(row);
            if !body.has_partner() && body.sex() == Sex::Male {
                let woman = (row + 1..known[0]).find(|other| {
                    let body = leader.body(*other);
                    body.has(Flag::Present) && !body.has_partner() && body.sex() == Sex::Female
                });
                let Some(woman) = woman else { continue };
                let couple = Box::new(*leader.couple(0));
                let partners = [row, woman].map(|row| PersonId(row as u32));
                let beyond = beyond(&mut follower, &Change::Unite { partners, couple }, known);
                assert!(beyond.is_empty(), "the union of {partners:?} in {until}: {beyond:?}");
            }
        }
        follower.let_go_of_leader();
        drop(follower);
        leader.take_back(lent);
    }
    assert!(tried > 50_000, "{tried}");
}
