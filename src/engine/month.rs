//! The monthly step, in order: evaluate the candidates that are due, apply the decisions process by process, and update
//! the layers of subjects whose state changed.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Roll, Rules};
use super::concerned::concerned;
use super::decide::{Accepted, decide_rows, in_parallel};
use super::envelope::level_for;
use super::follower::{self, Beside, LedStep};
use super::hazards::HazardsOf;
use super::machine::Engine;
use super::process::{Draws, PartnerSearch, Process, Sweep};
use super::rolls::{CouplesRoll, PeopleRoll};
use crate::world::{Books, Changes, CoupleId, Flag, Mind, Month, PersonId, Touch, World};

/// Years between two removals of persons elsewhere who are no longer followed.
const THIN_EVERY: i32 = 3;

/// What a process decided.
#[derive(Default)]
struct Made {
    changes: Vec<Changes>,
    /// The searches from which a meeting decided.
    searches: Vec<PartnerSearch>,
    /// The minds that a drift sets, in place of changes.
    minds: Option<Vec<Mind>>,
}

/// A running simulation: a world with its calendars. Plain data: it can be cloned, serialised and read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// The world.
    pub world: World,
    people: Calendar,
    couples: Calendar,
    /// Present only when the engine checks the books.
    #[serde(skip)]
    books: Option<Books>,
}

impl Simulation {
    /// A simulation that continues from a world.
    pub fn new(world: World, engine: &Engine) -> Simulation {
        let (now, block) = (world.now(), engine.settings().block);
        let books = engine.settings().watch_layers.then(|| Books::open(&world));
        let mut simulation = Simulation { world, people: Calendar::new(block), couples: Calendar::new(block), books };
        simulation.take_over(engine);
        if now.of_year() != 0 {
            simulation.admit(engine, now);
        }
        simulation
    }

    /// Candidates scheduled: of persons, of couples.
    pub fn waiting(&self) -> [usize; 2] {
        [self.people.waiting(), self.couples.waiting()]
    }

    /// Continues under another engine. All rates are evaluated anew, and the layers that they need are opened from the
    /// present month on. Layers already open stay open, so candidates are the same as if this engine had been used from
    /// the beginning.
    pub fn rebase(&mut self, engine: &Engine) {
        self.take_over(engine);
        let now = self.world.now();
        let live = |row: &usize| self.world.body(*row).has(Flag::Present);
        let persons: Vec<(u32, Touch)> =
            (0..self.people.len()).filter(live).map(|row| (row as u32, Touch::all())).collect();
        let couples: Vec<(u32, Touch)> = (0..self.couples.len())
            .filter(|row| self.world.couple(*row).present)
            .map(|row| (row as u32, Touch::all()))
            .collect();
        self.open_layers(engine, &[persons], &[couples], now);
    }

    fn take_over(&mut self, engine: &Engine) {
        for step in engine.steps() {
            if let Process::Sweep(sweep) = &step.process {
                sweep.take_over(&mut self.world, engine.luck());
            }
        }
    }

    /// Simulates one month; its events are in [`World::events`] until the next month.
    pub fn month(&mut self, engine: &Engine) {
        self.month_beside(engine, &mut []);
    }

    /// Simulates one month, with followers that take over all decisions that are the same in their scenarios.
    pub fn month_beside(&mut self, engine: &Engine, followers: &mut [Beside<'_>]) {
        let now = self.world.now();
        self.world.begin_month();
        followers.iter_mut().for_each(|it| it.follower.world_mut().begin_month());
        if now.of_year() == 0 {
            self.open_year(engine, followers);
        }
        if !self.world.touched().is_empty() {
            self.reconsider(engine, now, &mut []);
        }
        self.turn(engine, now);
        let accepted = self.accepted(engine);
        if !followers.is_empty() {
            follower::with_rows(&mut self.world, followers, |leader, it| {
                it.follower.begin_month(leader, it.engine, now.of_year() == 0);
            });
        }
        for (index, step) in engine.steps().iter().enumerate() {
            let draws = Draws::new(engine.luck(), step.identity, now);
            let made = self.decide(&step.process, engine.position(index), &accepted, &draws);
            if !followers.is_empty() {
                let step = LedStep { index, parts: &made.changes, searches: &made.searches, accepted: &accepted };
                follower::decide(&mut self.world, followers, &step);
            }
            match made.minds {
                Some(minds) => self.world.set_minds(&minds),
                None => self.world.apply_step(made.changes),
            }
            if !followers.is_empty() {
                follower::applied(&mut self.world, followers);
            }
        }
        if !followers.is_empty() {
            follower::with_rows(&mut self.world, followers, |leader, it| it.follower.before_tidy(leader));
        }
        self.world.tidy();
        self.reconsider(engine, now.plus(1), followers);
        self.world.next_month();
        if engine.settings().watch_layers {
            self.watch_books();
        }
    }

    /// The decisions of a process; `position` is its place among the hazards of its kind.
    fn decide(&mut self, process: &Process, position: usize, accepted: &Accepted, draws: &Draws) -> Made {
        let mut searches = Vec::new();
        let changes = match process {
            Process::Person(hazard) => {
                let subject = |row| self.world.person_subject(PersonId(row));
                decide_rows(hazard.as_ref(), &self.world, &accepted.persons[position], draws, subject)
            }
            Process::Couple(hazard) => {
                let subject = |row| self.world.couple_subject(CoupleId(row));
                decide_rows(hazard.as_ref(), &self.world, &accepted.couples[position], draws, subject)
            }
            Process::Meeting(meeting) => {
                let (rows, mut changes) = (&accepted.persons[position], Changes::default());
                searches = meeting.search(&self.world, rows, draws);
                let found: Vec<&PartnerSearch> = searches.iter().collect();
                meeting.meet(&self.world, rows, &found, draws, &mut changes);
                vec![changes]
            }
            Process::Sweep(sweep) => self.sweep(sweep.as_ref(), draws),
            Process::Monthly(monthly) => {
                self.world.sort_lists();
                let mut changes = Changes::default();
                monthly.month(&self.world, draws, &mut changes);
                vec![changes]
            }
            Process::Drift(drift) => {
                self.world.order_symptomatic();
                let world = &self.world;
                let list = world.symptomatic();
                let mut minds = vec![Mind::default(); list.len()];
                let groups = minds.par_chunks_mut(World::PREFETCH).zip(list.par_chunks(World::PREFETCH));
                groups.with_min_len(16).for_each(|(minds, group)| {
                    world.prefetch(group.iter().filter_map(|who| who.row()));
                    for (mind, who) in minds.iter_mut().zip(group) {
                        if let Some(row) = who.row() {
                            *mind = drift.next(world, row, draws);
                        }
                    }
                });
                return Made { minds: Some(minds), ..Made::default() };
            }
        };
        Made { changes, searches, minds: None }
    }

    /// Decides for the rows of a sweep: one row after another when the process decides by subject.
    fn sweep(&mut self, sweep: &dyn Sweep, draws: &Draws) -> Vec<Changes> {
        let rows = sweep.rows(&self.world, draws);
        let by_subject = sweep.is_by_subject(&self.world, draws);
        self.world.sort_lists();
        let world = &self.world;
        in_parallel(rows, |range, changes| {
            if !by_subject {
                return sweep.sweep(world, range, draws, changes);
            }
            for index in range {
                sweep.sweep(world, index..index + 1, draws, changes);
                if changes.is_open() {
                    let (subject, key) = sweep.subject(world, draws, index).unwrap_or_default();
                    changes.decided(subject, key);
                }
            }
        })
    }

    /// Panics when a person came or went without an event, or a home is unsound.
    fn watch_books(&mut self) {
        let Simulation { world, books, .. } = self;
        // A simulation that was read back, or that continues under an engine with checks, opens new books.
        let Some(books) = books else {
            *books = Some(Books::open(world));
            return;
        };
        books.month(world);
        if world.now().of_year() == 0 {
            let checked = books.check(world);
            assert!(checked.is_ok(), "{}", checked.err().unwrap_or_default());
        }
    }

    /// Simulates until the first of `until`, calling `each` after every month.
    pub fn live(&mut self, engine: &Engine, until: Month, mut each: impl FnMut(&World)) {
        while self.world.now() < until {
            self.month(engine);
            each(&self.world);
        }
    }

    fn open_year(&mut self, engine: &Engine, followers: &mut [Beside<'_>]) {
        let now = self.world.now();
        self.world.begin_year();
        followers.iter_mut().for_each(|it| it.follower.world_mut().begin_own_year());
        let orders = engine.orders_rows(now.year()) && !self.people.is_empty();
        let thins = now.year().rem_euclid(THIN_EVERY) == 0;
        let shuffle = orders.then_some(engine.settings().shuffle);
        if let Some(renaming) = follower::new_year(&mut self.world, followers, shuffle, thins) {
            let (processes, of_couples) = (engine.person().processes(), engine.couple().processes());
            self.people.reorder(&PeopleRoll(&self.world), &renaming.people, &renaming.new_person, processes);
            self.couples.reorder(&CouplesRoll(&self.world), &renaming.couples, &renaming.new_couple, of_couples);
        }
        self.admit(engine, now);
        for step in engine.steps() {
            match &step.process {
                Process::Meeting(meeting) => meeting.list(&mut self.world),
                Process::Sweep(sweep) => sweep.list(&mut self.world),
                Process::Person(_) | Process::Couple(_) | Process::Monthly(_) | Process::Drift(_) => {}
            }
        }
    }

    /// Adds new rows to the calendars, from month `from` on.
    fn admit(&mut self, engine: &Engine, from: Month) {
        let Simulation { world, people, couples, .. } = self;
        let (person, couple) = (engine.person(), engine.couple());
        let (persons, both) = (PeopleRoll(world), CouplesRoll(world));
        people.admit(&persons, person.rules(engine.luck()), from, |row, process| {
            engine.layer(person, world, row, process)
        });
        couples
            .admit(&both, couple.rules(engine.luck()), from, |row, process| engine.layer(couple, world, row, process));
    }

    /// Draws the years of age that begin now.
    fn turn(&mut self, engine: &Engine, now: Month) {
        if engine.settings().plain {
            return;
        }
        let Simulation { world, people, couples, .. } = self;
        let (person, couple) = (engine.person(), engine.couple());
        let (persons, both) = (PeopleRoll(world), CouplesRoll(world));
        people
            .turn(&persons, person.rules(engine.luck()), now, |row, process| engine.layer(person, world, row, process));
        couples.turn(&both, couple.rules(engine.luck()), now, |row, process| engine.layer(couple, world, row, process));
    }

    /// Opens layers, from next month on, for all subjects whose rates may have risen above the layers already open.
    fn reconsider(&mut self, engine: &Engine, next: Month, followers: &mut [Beside<'_>]) {
        let touched = self.world.take_touched();
        let (persons, couples) = concerned(&self.world, &touched, self.people.len(), self.couples.len());
        if !followers.is_empty() {
            follower::with_rows(&mut self.world, followers, |leader, it| {
                it.follower.end_month(leader, it.engine, &persons, &couples);
            });
        }
        // Former couples cannot be reached through a partner; violence between them is handled by a sweep, not by
        // hazards.
        self.open_layers(engine, &persons, &couples, next);
        self.admit(engine, next);
    }

    fn open_layers(
        &mut self,
        engine: &Engine,
        persons: &[Vec<(u32, Touch)>],
        couples: &[Vec<(u32, Touch)>],
        from: Month,
    ) {
        let world = &self.world;
        let (person, couple) = (engine.person(), engine.couple());
        self.people.reconsider(&PeopleRoll(world), person.rules(engine.luck()), persons, from, |row, process| {
            engine.layer(person, world, row, process)
        });
        self.couples.reconsider(&CouplesRoll(world), couple.rules(engine.luck()), couples, from, |row, process| {
            engine.layer(couple, world, row, process)
        });
    }

    /// The rows in which each hazard of persons and of couples happens this month.
    fn accepted(&mut self, engine: &Engine) -> Accepted {
        let world = &self.world;
        let now = world.now();
        let rate = |kind: &HazardsOf, row: usize, process: usize| engine.rate(kind, world, row, process);
        let (people, couples) = (PeopleRoll(world), CouplesRoll(world));
        if engine.settings().watch_layers {
            watch(&self.people, &people, engine.person(), now, |row, process| rate(engine.person(), row, process));
            watch(&self.couples, &couples, engine.couple(), now, |row, process| rate(engine.couple(), row, process));
        }
        let (person_rules, couple_rules) = (engine.person().rules(engine.luck()), engine.couple().rules(engine.luck()));
        if engine.settings().plain {
            return Accepted {
                persons: plainly(&people, person_rules, now, |row, process| rate(engine.person(), row, process)),
                couples: plainly(&couples, couple_rules, now, |row, process| rate(engine.couple(), row, process)),
            };
        }
        Accepted {
            persons: self.people.accept(&people, person_rules, now, |row, process| rate(engine.person(), row, process)),
            couples: self
                .couples
                .accept(&couples, couple_rules, now, |row, process| rate(engine.couple(), row, process)),
        }
    }
}

/// Evaluates every hazard of every row, directly from the random streams.
fn plainly<R: Roll>(roll: &R, rules: Rules<'_>, now: Month, rate: impl Fn(usize, usize) -> f64) -> Vec<Vec<u32>> {
    let mut accepted = vec![Vec::new(); rules.envelope.processes()];
    for row in (0..roll.len()).filter(|row| roll.live(*row) && roll.origin(*row) <= now) {
        let year = (now.since(roll.origin(row)) / 12) as usize;
        let level = |process| {
            let envelope = rules.envelope.of(process, roll.profile(row), year);
            if envelope > 0.0 { level_for(rate(row, process) / envelope) } else { 0 }
        };
        for (process, height) in rules.in_month(roll, row, now, level) {
            if height < rate(row, process) && accepted[process].last() != Some(&(row as u32)) {
                accepted[process].push(row as u32);
            }
        }
    }
    for rows in &mut accepted {
        rows.sort_by_key(|row| roll.key(*row as usize));
    }
    accepted
}

/// Panics when a rate exceeds the opened layers.
fn watch<R: Roll>(
    calendar: &Calendar,
    roll: &R,
    kind: &HazardsOf,
    now: Month,
    rate: impl Fn(usize, usize) -> f64 + Sync,
) {
    (0..calendar.len()).into_par_iter().filter(|row| roll.live(*row)).for_each(|row| {
        let year = (now.since(roll.origin(row)) / 12) as usize;
        for process in 0..kind.envelope.processes() {
            let reach = kind.envelope.of(process, roll.profile(row), year)
                * f64::from(1_u32 << calendar.level(row, process, kind.processes()));
            let rate = rate(row, process);
            assert!(
                rate <= reach * (1.0 + 1e-9),
                "in {now} the rate {rate} of process {} in row {row} (year {year}) exceeds its opened layers, {reach}",
                kind.identities[process]
            );
        }
    });
}
