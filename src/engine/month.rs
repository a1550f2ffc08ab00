//! The monthly step, in order: evaluate the candidates that are due, apply the decisions process by process, and update
//! the layers of subjects whose state changed.
//!
//! Longer than other files: the parts of a month share accepted candidates, touched rows and buffers, which several files
//! would have to show each other.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bounds::{LayerBound, LayerBounds};
use super::calendar::{BLOCK, Calendar, Roll, Rules};
use super::envelope::{Envelope, YEARS, level_for};
use super::process::{Draws, Hazard, Process, Step, Sweep};
use crate::random::Luck;
use crate::world::{Books, Changes, CoupleId, Flag, Mind, Month, PersonId, Subject, Touch, World};

/// The persons of a world as subjects of a calendar; the profile is the sex.
#[derive(Clone, Copy)]
pub struct PeopleRoll<'a>(pub &'a World);

impl Roll for PeopleRoll<'_> {
    fn len(&self) -> usize {
        self.0.rows().len()
    }
    #[inline]
    fn key(&self, row: usize) -> u64 {
        self.0.body(row).key
    }
    #[inline]
    fn profile(&self, row: usize) -> usize {
        self.0.body(row).sex() as usize
    }
    #[inline]
    fn origin(&self, row: usize) -> Month {
        self.0.body(row).born
    }
    #[inline]
    fn live(&self, row: usize) -> bool {
        self.0.body(row).has(Flag::Present)
    }
    #[inline]
    fn touch_bounds(&self, row: usize) -> u32 {
        self.0.body(row).state
    }
    #[inline]
    fn touch_rates(&self, row: usize) -> u32 {
        self.0.touch_row(row)
    }
}

/// The couples of a world as subjects of a calendar; age counts from the beginning of the union.
#[derive(Clone, Copy)]
pub struct CouplesRoll<'a>(pub &'a World);

impl Roll for CouplesRoll<'_> {
    fn len(&self) -> usize {
        self.0.couples().len()
    }
    #[inline]
    fn key(&self, row: usize) -> u64 {
        self.0.couple(row).key
    }
    #[inline]
    fn profile(&self, _: usize) -> usize {
        0
    }
    #[inline]
    fn origin(&self, row: usize) -> Month {
        self.0.couple(row).since
    }
    #[inline]
    fn live(&self, row: usize) -> bool {
        self.0.couple(row).present
    }
    #[inline]
    fn touch_bounds(&self, row: usize) -> u32 {
        let couple = self.0.couple(row);
        let partners = [couple.man, couple.woman].into_iter().filter_map(PersonId::row);
        partners.fold(0, |sum, partner| sum ^ self.0.touch_row(partner))
    }
}

/// Years between two removals of persons elsewhere who are no longer followed.
const THIN_EVERY: i32 = 3;

/// Technical settings of a simulation; none of them changes its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Number of rows that one thread processes at a time.
    pub block: usize,
    /// Years between two orderings of the rows. Part of the content hash: an ordering also removes the departed, and
    /// effects that have faded.
    pub order_every: i32,
    /// Checks every month that no rate exceeds the opened layers, and before each January that the [books](Books) of
    /// the population balance and that every home is sound (slow).
    pub watch_layers: bool,
    /// Draws every candidate anew from the random streams instead of keeping a calendar (very slow): the reference
    /// implementation.
    pub plain: bool,
    /// Numbers all rows at random at each ordering, instead of household by household (slow): a run gives the same
    /// results in any order of rows.
    pub shuffle: bool,
}

impl Default for EngineSettings {
    fn default() -> Self {
        EngineSettings { block: BLOCK, order_every: 3, watch_layers: false, plain: false, shuffle: false }
    }
}

/// The processes of a model in the order of the month, with their envelopes and random numbers.
pub struct Engine {
    steps: Vec<Step>,
    luck: Luck,
    settings: EngineSettings,
    person: Kind,
    couple: Kind,
}

/// Hazards of one kind of subject.
struct Kind {
    /// Index into the steps for each hazard of the kind.
    steps: Vec<usize>,
    identities: Vec<u16>,
    envelope: Envelope,
    bounds: LayerBounds,
    /// For each process, the largest ratio of its envelope in this run to its envelope in the model files.
    raised: Vec<f64>,
}

impl Kind {
    fn new(steps: &[Step], reference: &[Step], profiles: usize, is_kind: fn(&Step) -> bool) -> Kind {
        let of_kind: Vec<usize> = (0..steps.len()).filter(|index| is_kind(&steps[*index])).collect();
        let envelope = Envelope::new(of_kind.len(), profiles, |process, profile, year| {
            hazard(&reference[of_kind[process]]).map_or(0.0, |hazard| hazard.envelope(profile, year))
        });
        let identities = of_kind.iter().map(|step| steps[*step].identity).collect();
        let raised = |process: usize, used: &dyn Hazard| {
            let ratio = |profile: usize, year: usize| {
                let (used, given) = (used.envelope(profile, year), envelope.of(process, profile, year));
                if used <= 0.0 { 0.0 } else { used / given }
            };
            (0..profiles).flat_map(|p| (0..YEARS).map(move |y| (p, y))).map(|(p, y)| ratio(p, y)).fold(0.0, f64::max)
        };
        let raised: Vec<f64> =
            of_kind.iter().enumerate().map(|(p, step)| hazard(&steps[*step]).map_or(0.0, |h| raised(p, h))).collect();
        let bound = |(process, step): (usize, &usize)| match hazard(&steps[*step]) {
            None => LayerBound::SameForAll(0),
            Some(hazard) => match hazard.same_for_all() {
                Some(most) => LayerBound::SameForAll(level_for(most * raised[process])),
                None => {
                    let rises_at = hazard.rises_at().map(<[usize]>::to_vec);
                    LayerBound::Own { responds_to: hazard.responds_to(), rises_at }
                }
            },
        };
        let bounds: Vec<LayerBound> = of_kind.iter().enumerate().map(bound).collect();
        let bounds =
            LayerBounds::new(&bounds, profiles, |process, profile, year| envelope.of(process, profile, year) > 0.0);
        Kind { steps: of_kind, identities, envelope, bounds, raised }
    }

    fn rules(&self, luck: Luck) -> Rules<'_> {
        Rules { envelope: &self.envelope, bounds: &self.bounds, luck, identities: &self.identities }
    }
}

fn hazard(step: &Step) -> Option<&dyn Hazard> {
    match &step.process {
        Process::Person(hazard) | Process::Couple(hazard) => Some(hazard.as_ref()),
        Process::Meeting(meeting) => Some(meeting.hazard()),
        Process::Sweep(_) | Process::Monthly(_) | Process::Drift(_) => None,
    }
}

fn is_person(step: &Step) -> bool {
    matches!(step.process, Process::Person(_) | Process::Meeting(_))
}

fn is_couple(step: &Step) -> bool {
    matches!(step.process, Process::Couple(_))
}

impl Engine {
    /// The engine of the processes `steps`; `reference` are the same processes with the parameters of the model files.
    ///
    /// # Panics
    /// If the two lists differ in length or order, or two processes share an identity: an internal error of the model's
    /// lists.
    pub fn new(steps: Vec<Step>, reference: &[Step], luck: Luck, settings: EngineSettings) -> Engine {
        assert!(
            steps.len() == reference.len() && steps.iter().zip(reference).all(|(a, b)| a.identity == b.identity),
            "the reference lists the same processes"
        );
        let mut identities: Vec<u16> = steps.iter().map(|step| step.identity).collect();
        identities.sort_unstable();
        assert!(identities.windows(2).all(|pair| pair[0] != pair[1]), "identities are unique");
        let person = Kind::new(&steps, reference, 2, is_person);
        let couple = Kind::new(&steps, reference, 1, is_couple);
        let most = person.steps.len().max(couple.steps.len());
        assert!(most <= usize::from(u8::MAX), "{most} hazards of one kind; a calendar holds {}", u8::MAX);
        Engine { steps, luck, settings, person, couple }
    }

    /// Names of the processes in the order of the month.
    pub fn order_of_the_month(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.name).collect()
    }

    /// The random numbers of the run.
    pub fn luck(&self) -> Luck {
        self.luck
    }

    /// The highest layer that a hazard of a kind needs, by its bound in the present state.
    fn layer(&self, kind: &Kind, world: &World, row: usize, process: usize) -> u8 {
        hazard(&self.steps[kind.steps[process]])
            .map_or(0, |hazard| level_for(hazard.most(world, row) * kind.raised[process]))
    }

    /// Envelope of each hazard of persons at an age and sex, per year.
    pub fn envelopes(&self, profile: usize, year: usize) -> Vec<(&'static str, f64)> {
        let kind = &self.person;
        kind.steps
            .iter()
            .enumerate()
            .map(|(p, step)| (self.steps[*step].name, kind.envelope.of(p, profile, year)))
            .collect()
    }

    /// Expected candidates per year of age and sex, summed over processes: a measure of the calendar's cost.
    pub fn candidates_per_year(&self, profile: usize, year: usize) -> f64 {
        self.person.envelope.yearly(super::envelope::Stream::Fused, profile, year)
    }
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
        let (now, block) = (world.now(), engine.settings.block);
        let books = engine.settings.watch_layers.then(|| Books::open(&world));
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
        for step in &engine.steps {
            if let Process::Sweep(sweep) = &step.process {
                sweep.take_over(&mut self.world, engine.luck);
            }
        }
    }

    /// Simulates one month; its events are in [`World::events`] until the next month.
    pub fn month(&mut self, engine: &Engine) {
        let now = self.world.now();
        self.world.begin_month();
        if now.of_year() == 0 {
            self.open_year(engine);
        }
        if !self.world.touched().is_empty() {
            self.reconsider(engine, now);
        }
        self.turn(engine, now);
        let (persons, couples) = self.accepted(engine);
        let (mut next_person, mut next_couple) = (0, 0);
        for step in &engine.steps {
            let draws = Draws::new(engine.luck, step.identity, now);
            let changes = match &step.process {
                Process::Person(hazard) => {
                    next_person += 1;
                    let subject = |row| self.world.person_subject(PersonId(row));
                    decide(hazard.as_ref(), &self.world, &persons[next_person - 1], &draws, subject)
                }
                Process::Couple(hazard) => {
                    next_couple += 1;
                    let subject = |row| self.world.couple_subject(CoupleId(row));
                    decide(hazard.as_ref(), &self.world, &couples[next_couple - 1], &draws, subject)
                }
                Process::Meeting(meeting) => {
                    next_person += 1;
                    let mut changes = Changes::default();
                    meeting.meet(&self.world, &persons[next_person - 1], &draws, &mut changes);
                    vec![changes]
                }
                Process::Sweep(sweep) => self.sweep(sweep.as_ref(), &draws),
                Process::Monthly(monthly) => {
                    let mut changes = Changes::default();
                    monthly.month(&self.world, &draws, &mut changes);
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
                                *mind = drift.next(world, row, &draws);
                            }
                        }
                    });
                    self.world.set_minds(&minds);
                    Vec::new()
                }
            };
            self.world.apply_step(changes);
        }
        self.world.tidy();
        self.reconsider(engine, now.plus(1));
        self.world.next_month();
        if engine.settings.watch_layers {
            self.watch_books();
        }
    }

    /// Decides for the rows of a sweep: one row after another when the process decides by subject.
    fn sweep(&mut self, sweep: &dyn Sweep, draws: &Draws) -> Vec<Changes> {
        let rows = sweep.rows(&self.world, draws);
        let by_subject = rows > 0 && sweep.subject(&self.world, draws, 0).is_some();
        if by_subject {
            self.world.sort_lists();
        }
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

    fn open_year(&mut self, engine: &Engine) {
        let now = self.world.now();
        self.world.begin_year();
        if now.year().rem_euclid(engine.settings.order_every.max(1)) == 0 && !self.people.is_empty() {
            let renaming = self.world.order(engine.settings.shuffle);
            let (processes, of_couples) = (engine.person.steps.len(), engine.couple.steps.len());
            self.people.reorder(&PeopleRoll(&self.world), &renaming.people, &renaming.new_person, processes);
            self.couples.reorder(&CouplesRoll(&self.world), &renaming.couples, &renaming.new_couple, of_couples);
        }
        if now.year().rem_euclid(THIN_EVERY) == 0 {
            self.world.thin_elsewhere();
        }
        self.admit(engine, now);
        for step in &engine.steps {
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
        let (person, couple) = (&engine.person, &engine.couple);
        let (persons, both) = (PeopleRoll(world), CouplesRoll(world));
        people
            .admit(&persons, person.rules(engine.luck), from, |row, process| engine.layer(person, world, row, process));
        couples.admit(&both, couple.rules(engine.luck), from, |row, process| engine.layer(couple, world, row, process));
    }

    /// Draws the years of age that begin now.
    fn turn(&mut self, engine: &Engine, now: Month) {
        if engine.settings.plain {
            return;
        }
        let Simulation { world, people, couples, .. } = self;
        let (person, couple) = (&engine.person, &engine.couple);
        let (persons, both) = (PeopleRoll(world), CouplesRoll(world));
        people.turn(&persons, person.rules(engine.luck), now, |row, process| engine.layer(person, world, row, process));
        couples.turn(&both, couple.rules(engine.luck), now, |row, process| engine.layer(couple, world, row, process));
    }

    /// Opens layers, from next month on, for all subjects whose rates may have risen above the layers already open.
    fn reconsider(&mut self, engine: &Engine, next: Month) {
        let touched = self.world.take_touched();
        let world = &self.world;
        let (known_people, known_couples) = (self.people.len(), self.couples.len());
        let near = |chunk: &[(PersonId, Touch)]| {
            let known = |row: &usize| *row < known_people;
            let mut persons: Vec<(u32, Touch)> = Vec::with_capacity(2 * chunk.len());
            let mut couples: Vec<(u32, Touch)> = Vec::new();
            for (index, (who, touch)) in chunk.iter().enumerate() {
                if index % World::PREFETCH == 0 {
                    let ahead = chunk[index..].iter().take(World::PREFETCH);
                    world.prefetch(ahead.filter_map(|(who, _)| who.row()));
                }
                let Some(row) = who.row().filter(known) else { continue };
                let body = world.body(row);
                if !body.has(Flag::Present) {
                    continue;
                }
                persons.push((row as u32, *touch));
                if let Some(couple) = body.couple.row().filter(|couple| *couple < known_couples) {
                    couples.push((couple as u32, *touch));
                }
                if touch.meets(OF_PARTNER) {
                    let partner = world.partner_of(row).filter(known);
                    persons.extend(partner.map(|partner| (partner as u32, Touch::NEAR)));
                }
                if touch.meets(OF_CARER) && (world.kin(row).youngest.is_some() || body.has_partner()) {
                    let minors = world.children_of_household(row).filter(known);
                    persons.extend(minors.map(|child| (child as u32, Touch::NEAR)));
                }
            }
            (persons, couples)
        };
        let (persons, couples): (Vec<_>, Vec<_>) = touched.par_chunks(CHUNK).map(near).unzip();
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
        let (person, couple) = (&engine.person, &engine.couple);
        self.people.reconsider(&PeopleRoll(world), person.rules(engine.luck), persons, from, |row, process| {
            engine.layer(person, world, row, process)
        });
        self.couples.reconsider(&CouplesRoll(world), couple.rules(engine.luck), couples, from, |row, process| {
            engine.layer(couple, world, row, process)
        });
    }

    /// The rows in which each hazard of persons and of couples happens this month.
    fn accepted(&mut self, engine: &Engine) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        let world = &self.world;
        let now = world.now();
        let rate = |kind: &Kind, row: usize, process: usize| {
            hazard(&engine.steps[kind.steps[process]]).map_or(0.0, |hazard| hazard.rate(world, row))
        };
        let (people, couples) = (PeopleRoll(world), CouplesRoll(world));
        if engine.settings.watch_layers {
            watch(&self.people, &people, &engine.person, now, |row, process| rate(&engine.person, row, process));
            watch(&self.couples, &couples, &engine.couple, now, |row, process| rate(&engine.couple, row, process));
        }
        let (person_rules, couple_rules) = (engine.person.rules(engine.luck), engine.couple.rules(engine.luck));
        if engine.settings.plain {
            return (
                plainly(&people, person_rules, now, |row, process| rate(&engine.person, row, process)),
                plainly(&couples, couple_rules, now, |row, process| rate(&engine.couple, row, process)),
            );
        }
        (
            self.people.accept(&people, person_rules, now, |row, process| rate(&engine.person, row, process)),
            self.couples.accept(&couples, couple_rules, now, |row, process| rate(&engine.couple, row, process)),
        )
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
fn watch<R: Roll>(calendar: &Calendar, roll: &R, kind: &Kind, now: Month, rate: impl Fn(usize, usize) -> f64 + Sync) {
    (0..calendar.len()).into_par_iter().filter(|row| roll.live(*row)).for_each(|row| {
        let year = (now.since(roll.origin(row)) / 12) as usize;
        for process in 0..kind.envelope.processes() {
            let reach = kind.envelope.of(process, roll.profile(row), year)
                * f64::from(1_u32 << calendar.level(row, process, kind.steps.len()));
            let rate = rate(row, process);
            assert!(
                rate <= reach * (1.0 + 1e-9),
                "in {now} the rate {rate} of process {} in row {row} (year {year}) exceeds its opened layers, {reach}",
                kind.identities[process]
            );
        }
    });
}

/// Parts of a person's state that hazards of the partner depend on; hazards of the couple are handled separately.
const OF_PARTNER: Touch = Touch::WORK.and(Touch::HOME).and(Touch::MIND);
/// Parts of an adult's state that hazards of the children at home depend on. A change of income is reported for every
/// member itself.
const OF_CARER: Touch =
    Touch::ALCOHOL.and(Touch::ADDICTION).and(Touch::ILLNESS).and(Touch::HOME).and(Touch::VIOLENCE).and(Touch::MIND);

/// Number of rows that one thread decides at a time.
const CHUNK: usize = 512;

fn in_parallel(rows: usize, work: impl Fn(std::ops::Range<usize>, &mut Changes) + Sync) -> Vec<Changes> {
    (0..rows.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut changes = Changes::default();
            work(chunk * CHUNK..((chunk + 1) * CHUNK).min(rows), &mut changes);
            changes
        })
        .collect()
}

/// Decides what a hazard does to each of the rows in which it happens.
fn decide(
    hazard: &dyn Hazard,
    world: &World,
    rows: &[u32],
    draws: &Draws,
    subject: impl Fn(u32) -> (Subject, u64) + Sync,
) -> Vec<Changes> {
    in_parallel(rows.len(), |range, changes| {
        for row in &rows[range] {
            hazard.happens(world, *row as usize, draws, changes);
            let (subject, key) = subject(*row);
            changes.decided(subject, key);
        }
    })
}
