//! The test of what processes declare to read: every row that a process reads is in its set of `STEPS`.

use std::collections::BTreeSet;

use super::{found, live_pool};
use crate::config::{Change, Sources, load};
use crate::engine::{Draws, EngineSettings, Hazard, Process, Reads, Scope, Simulation, YEARS};
use crate::model::{ModelFile, STEPS, StepEntry};
use crate::random::Luck;
use crate::world::{Changes, CoupleId, Flag, Month, PersonId, Read, Subject, World, record};

/// The persons and couples for which a process decides at a time.
#[derive(Clone, Debug, Default)]
struct Concerned {
    persons: Vec<usize>,
    couples: Vec<usize>,
    /// Persons who count as partners although no union joins them: the father of a child to be born.
    partners: Vec<usize>,
}

impl Concerned {
    fn person(row: usize) -> Concerned {
        Concerned { persons: vec![row], ..Concerned::default() }
    }

    fn couple(row: usize) -> Concerned {
        Concerned { couples: vec![row], ..Concerned::default() }
    }

    /// Whether a process names the same subject when it decides by subject.
    fn is(&self, subject: Subject) -> bool {
        match subject {
            Subject::Nobody => self.persons.is_empty() && self.couples.is_empty(),
            Subject::Person(row) => self.persons == [row as usize] && self.couples.is_empty(),
            Subject::Couple(row) => self.persons.is_empty() && self.couples == [row as usize],
        }
    }

    fn of(persons: impl IntoIterator<Item = PersonId>, couple: CoupleId) -> Concerned {
        let persons = persons.into_iter().filter_map(PersonId::row).collect();
        Concerned { persons, couples: couple.row().into_iter().collect(), partners: Vec::new() }
    }
}

/// The subject of one row of a sweep.
fn subject_of_sweep(name: &str, world: &World, row: usize) -> Concerned {
    let of_person = |who: PersonId| who.row().map_or(Concerned::default(), Concerned::person);
    let of_couple = |id: CoupleId| id.row().map_or(Concerned::default(), Concerned::couple);
    match name {
        "births" => {
            let pregnancy = world.pregnancies()[row];
            Concerned { partners: pregnancy.father.row().into_iter().collect(), ..of_person(pregnancy.mother) }
        }
        "newcomers" => Concerned::default(),
        "spells_end" => of_person(world.spells_ending()[row].who),
        "course_of_violence" => of_couple(world.violent()[row]),
        "maltreatment_runs" => of_person(world.maltreated()[row]),
        "coming_of_age" => of_person(world.coming_of_age()[row]),
        "suspicion" => match row.checked_sub(world.maltreated().len()) {
            None => of_person(world.maltreated()[row]),
            Some(row) => of_couple(world.violent()[row]),
        },
        "detection" => match world.events().all()[row] {
            crate::world::Event::Violence(incident) => of_couple(incident.couple),
            crate::world::Event::Other(incidents) => {
                Concerned::of([incidents.victim, incidents.perpetrator], CoupleId::NONE)
            }
            _ => Concerned::default(),
        },
        "response" => match world.events().all()[row] {
            crate::world::Event::Report(report) => Concerned::of([report.victim, report.perpetrator], report.couple),
            _ => Concerned::default(),
        },
        other => panic!("{other} is a sweep of which this test does not know the subjects: add it here"),
    }
}

/// The rows that a set of parts covers for a subject.
fn covered(world: &World, subject: &Concerned, reads: Reads) -> BTreeSet<Read> {
    let mut partners: BTreeSet<usize> = subject.partners.iter().copied().collect();
    partners.extend(subject.persons.iter().filter_map(|row| world.partner_of(*row)));
    for couple in &subject.couples {
        let couple = world.couple(*couple);
        partners.extend(couple.partners.into_iter().filter_map(PersonId::row));
    }
    let near: BTreeSet<usize> = subject.persons.iter().chain(&partners).copied().collect();
    let children: BTreeSet<usize> = near.iter().flat_map(|row| world.children(*row)).collect();
    // The carers of a couple's children may be in new unions.
    let homes = subject.persons.iter().chain(&children);
    let carers: BTreeSet<usize> = homes.flat_map(|row| <[_; 2]>::from(world.carers(*row))).flatten().collect();
    let mut persons: BTreeSet<usize> = BTreeSet::new();
    let mut add = |part: Reads, rows: &mut dyn Iterator<Item = usize>| {
        if reads.has(part) {
            persons.extend(rows);
        }
    };
    add(Reads::OWN, &mut subject.persons.iter().copied());
    add(Reads::PARTNER, &mut partners.iter().copied());
    add(Reads::CHILDREN, &mut children.iter().copied());
    add(Reads::CARERS, &mut carers.iter().copied());
    let parents = subject.persons.iter().flat_map(|row| [world.kin(*row).mother, world.kin(*row).father]);
    add(Reads::KIN, &mut parents.filter_map(PersonId::row));
    let heads = subject.persons.iter().map(|row| world.householder(*row));
    let household = heads.flat_map(|head| {
        let members = world.household(head);
        let of_adults = [Some(head), world.partner_of(head)].into_iter().flatten().flat_map(|row| world.children(row));
        let of_adults: Vec<usize> = of_adults.collect();
        members.into_iter().chain(of_adults)
    });
    add(Reads::HOUSEHOLD, &mut household.collect::<Vec<_>>().into_iter());
    let candidates = subject.persons.iter().filter(|row| world.body(**row).place.is_here()).flat_map(|row| {
        let body = world.body(*row);
        world.singles(body.place.city(), body.singles_group().sought()).list().iter().map(|single| single.row as usize)
    });
    if reads.has(Reads::CANDIDATES) {
        persons.extend(candidates);
    }
    let mut all: BTreeSet<Read> = BTreeSet::new();
    if reads.has(Reads::OWN) {
        all.extend(subject.couples.iter().map(|row| Read::Couple(*row)));
    }
    if reads.has(Reads::COUPLE) {
        all.extend(subject.couples.iter().map(|row| Read::Couple(*row)));
        all.extend(persons.iter().filter_map(|row| world.body(*row).couple.row()).map(Read::Couple));
    }
    all.extend(persons.into_iter().map(Read::Person));
    all
}

/// Whether a set of parts covers a read that belongs to no row.
fn covers_list(reads: Reads, read: Read) -> bool {
    match read {
        Read::Person(_) | Read::Couple(_) => false,
        Read::Singles => reads.has(Reads::CANDIDATES),
        Read::Places => reads.has(Reads::AREA),
        Read::Chain => reads.has(Reads::CASE) || reads.has(Reads::SYSTEM),
        Read::System => reads.has(Reads::SYSTEM),
        Read::Events => reads.has(Reads::EVENTS),
    }
}

/// Fails when a process read what its line of `STEPS` does not declare. `subject` is nothing when the process decides for
/// many at a time: any person is then covered if any person is.
fn check(entry: &StepEntry, world: &World, subject: Option<&Concerned>, found: &BTreeSet<Read>) {
    let rows: BTreeSet<Read> = subject.map_or_else(BTreeSet::new, |subject| covered(world, subject, entry.reads));
    for read in found {
        let by_many = match read {
            Read::Couple(_) => entry.reads.has(Reads::COUPLE),
            Read::Person(_) => entry.reads.has(Reads::OWN),
            _ => false,
        };
        let is_covered = rows.contains(read) || covers_list(entry.reads, *read) || (subject.is_none() && by_many);
        assert!(
            is_covered,
            "{} reads {read:?} for {subject:?}, and STEPS declares only: {}",
            entry.name,
            entry.reads.words().collect::<Vec<_>>().join(", ")
        );
    }
}

/// Evaluates a hazard as the engine may: its bound, its rate, and what happens.
fn evaluate(hazard: &dyn Hazard, world: &World, (row, profile, age): (usize, usize, i32), draws: &Draws) {
    let Ok(year) = usize::try_from(age.div_euclid(12)) else { return };
    if hazard.envelope(profile, year.min(YEARS - 1)) <= 0.0 {
        return;
    }
    if hazard.same_for_all().is_none() {
        hazard.most(world, row);
    }
    if hazard.rate(world, row) > 0.0 {
        hazard.happens(world, row, draws, &mut Changes::default());
    }
}

/// Evaluates all processes of a population for every subject of a world, and checks what each reads.
fn check_all(model: &ModelFile, scope: &Scope, world: &World, luck: Luck) {
    let steps = model.steps(scope).unwrap_or_else(|errors| panic!("{errors}"));
    for (entry, step) in STEPS.iter().filter(|entry| entry.runs(scope.pool)).zip(&steps) {
        assert_eq!(entry.name, step.name);
        let draws = Draws::new(luck, step.identity, world.now());
        let of_person = |hazard: &dyn Hazard, row: usize| {
            let body = *world.body(row);
            if body.has(Flag::Present) {
                let at = (row, body.sex() as usize, body.age_months(world.now()));
                check(entry, world, Some(&Concerned::person(row)), &record(|| evaluate(hazard, world, at, &draws)));
            }
        };
        match &step.process {
            Process::Person(hazard) => world.rows().for_each(|row| of_person(hazard.as_ref(), row)),
            Process::Couple(hazard) => {
                for row in 0..world.couples().len() {
                    let couple = *world.couple(row);
                    if couple.present {
                        let at = (row, 0, world.now().since(couple.since));
                        let found = record(|| evaluate(hazard.as_ref(), world, at, &draws));
                        check(entry, world, Some(&Concerned::couple(row)), &found);
                    }
                }
            }
            Process::Meeting(meeting) => {
                world.rows().for_each(|row| of_person(meeting.hazard(), row));
                // One seeker at a time, so that the persons read belong to that seeker.
                for row in world.present().filter(|row| !world.body(*row).has_partner()) {
                    let seekers = [row as u32];
                    let found = record(|| {
                        let searches = meeting.search(world, &seekers, &draws);
                        let searches: Vec<_> = searches.iter().collect();
                        meeting.meet(world, &seekers, &searches, &draws, &mut Changes::default());
                    });
                    check(entry, world, Some(&Concerned::person(row)), &found);
                }
            }
            Process::Sweep(sweep) => {
                // The number of rows is read from lists, not for a subject.
                for row in 0..sweep.rows(world, &draws) {
                    let subject = subject_of_sweep(step.name, world, row);
                    let found = record(|| sweep.sweep(world, row..row + 1, &draws, &mut Changes::default()));
                    check(entry, world, Some(&subject), &found);
                    if let Some((named, _)) = sweep.subject(world, &draws, row) {
                        assert!(subject.is(named), "{} decides about {subject:?} and names {named:?}", step.name);
                    }
                }
            }
            Process::Monthly(monthly) => {
                let found = record(|| monthly.month(world, &draws, &mut Changes::default()));
                check(entry, world, None, &found);
            }
            Process::Drift(drift) => {
                for row in world.symptomatic().iter().filter_map(|who| who.row()) {
                    let found = record(|| {
                        drift.next(world, row, &draws);
                    });
                    check(entry, world, Some(&Concerned::person(row)), &found);
                }
            }
        }
    }
}

/// A small model with a short burn-in, and the services of 2008.
fn small_model() -> ModelFile {
    let sources = Sources::builtin("g4-2008").expect("the model inside the program");
    let (_, merged) = load::<ModelFile>(&sources).expect("a sound model");
    let small = [Change::new("founding.pool_size", 2000.0, "test"), Change::new("founding.pool_years", 30.0, "test")];
    merged.with(&small).and_then(|merged| merged.typed()).expect("a sound model")
}

#[test]
fn processes_read_only_what_they_declare() {
    let model = small_model();
    let (luck, scale, settings) = (Luck::new(2008, 0, 1), 0.002, EngineSettings::default());
    // What is read is recorded by thread: with one thread, no process passes reads to another one.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be had");
    pool.install(|| {
        let burned_in = live_pool(&model, &model, luck, settings).expect("a burn-in population");
        check_all(&model, &Scope::of_pool(), &burned_in.world, luck);
        let founded = found(&model, &model, luck, scale, settings).expect("a founded world");
        let scope = Scope::of_cities(scale, founded.donors);
        let engine = model.engine(&model, &scope, luck, settings).expect("an engine");
        let mut simulation = Simulation::new(founded.world, &engine);
        // September is when pupils are offered programmes; after January 2009 persons have moved, separated and died.
        for until in [Month(8), Month(13), Month(32)] {
            simulation.live(&engine, until, |_| {});
            check_all(&model, &scope, &simulation.world, luck);
        }
    });
}

#[test]
fn what_a_process_reads_beyond_its_declaration_is_found() {
    let model = small_model();
    let (luck, settings) = (Luck::new(2008, 0, 1), EngineSettings::default());
    let world = live_pool(&model, &model, luck, settings).expect("a burn-in population").world;
    let row = world.present().find(|row| world.partner_of(*row).is_some()).expect("somebody has a partner");
    let found = record(|| {
        world.partner_of(row);
    });
    let couple = world.body(row).couple.row().expect("a couple");
    assert_eq!(found, BTreeSet::from([Read::Person(row), Read::Couple(couple)]));
    let subject = Concerned::person(row);
    assert_eq!(covered(&world, &subject, Reads::OWN), BTreeSet::from([Read::Person(row)]));
    let both = covered(&world, &subject, Reads::OWN | Reads::PARTNER | Reads::COUPLE);
    let partner = world.partner_of(row).expect("the partner");
    assert_eq!(both, BTreeSet::from([Read::Person(row), Read::Person(partner), Read::Couple(couple)]));
}
