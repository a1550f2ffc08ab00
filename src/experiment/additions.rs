//! Processes and observers that a program built on the library adds to the simulation of one unit.
//!
//! A run has none: its units are stored under a hash that does not know them.

use std::sync::Arc;

use crate::engine::{Draws, Engine, EngineSettings, Hazard, Monthly, Process, Scope, Step};
use crate::error::{Error, Errors, Result};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{Changes, Touch, World};

/// First identity of added processes in the addresses of random draws; those of the model are far below it.
const FIRST_IDENTITY: u16 = 1000;

/// Number of identities of added processes.
const IDENTITIES: u32 = 60_000;

/// A process that a program adds to the month of the cities.
///
/// Its random draws have addresses of their own, derived from its name, so the other processes keep theirs. The burn-in
/// population before 2008 does not have the process.
#[derive(Clone)]
pub struct OwnProcess {
    name: &'static str,
    after: &'static str,
    kind: OwnKind,
}

/// The process, by the way in which it decides.
#[derive(Clone)]
enum OwnKind {
    Monthly(Arc<dyn Monthly>),
    Person(OwnHazard),
    Couple(OwnHazard),
}

/// A hazard with its counterpart of the reference model.
#[derive(Clone)]
struct OwnHazard {
    used: Arc<dyn Hazard>,
    reference: Arc<dyn Hazard>,
}

/// A shared process, as the steps of several engines hold it.
struct Shared<T: ?Sized>(Arc<T>);

impl Monthly for Shared<dyn Monthly> {
    fn month(&self, world: &World, draws: &Draws, changes: &mut Changes) {
        self.0.month(world, draws, changes);
    }
}

impl Hazard for Shared<dyn Hazard> {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        self.0.envelope(profile, year)
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        self.0.rate(world, row)
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        self.0.most(world, row)
    }

    fn rises_at(&self) -> Option<&[usize]> {
        self.0.rises_at()
    }

    fn same_for_all(&self) -> Option<f64> {
        self.0.same_for_all()
    }

    fn responds_to(&self) -> Touch {
        self.0.responds_to()
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        self.0.happens(world, row, draws, changes);
    }
}

impl OwnProcess {
    /// A process that decides once a month, after the process named `after` ([`STEPS`](crate::model::STEPS) has the
    /// names).
    pub fn monthly(name: &'static str, after: &'static str, process: Arc<dyn Monthly>) -> OwnProcess {
        OwnProcess { name, after, kind: OwnKind::Monthly(process) }
    }

    /// A hazard of persons after the process named `after`.
    ///
    /// `reference` is the hazard at its central values. Candidates are drawn under its envelope, together with those of
    /// the other hazards of persons. Two simulations use common random numbers if both have the process with the same
    /// `reference`, and only `used` differs, for example by a rate of 0.
    pub fn of_persons(
        name: &'static str,
        after: &'static str,
        used: Arc<dyn Hazard>,
        reference: Arc<dyn Hazard>,
    ) -> OwnProcess {
        OwnProcess { name, after, kind: OwnKind::Person(OwnHazard { used, reference }) }
    }

    /// A hazard of couples after the process named `after`; `reference` as for [`OwnProcess::of_persons`].
    pub fn of_couples(
        name: &'static str,
        after: &'static str,
        used: Arc<dyn Hazard>,
        reference: Arc<dyn Hazard>,
    ) -> OwnProcess {
        OwnProcess { name, after, kind: OwnKind::Couple(OwnHazard { used, reference }) }
    }

    /// Identity in the addresses of random draws: a function of the name, so that it does not depend on which other
    /// processes are added.
    fn identity(&self) -> u16 {
        // FNV-1a, 32 bits.
        let hash =
            self.name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        FIRST_IDENTITY + (hash % IDENTITIES) as u16
    }

    /// The step of the month, as used or as in the reference model.
    fn step(&self, is_reference: bool) -> Step {
        let hazard = |own: &OwnHazard| -> Box<dyn Hazard> {
            Box::new(Shared(if is_reference { own.reference.clone() } else { own.used.clone() }))
        };
        let process = match &self.kind {
            OwnKind::Monthly(process) => Process::Monthly(Box::new(Shared(process.clone()))),
            OwnKind::Person(own) => Process::Person(hazard(own)),
            OwnKind::Couple(own) => Process::Couple(hazard(own)),
        };
        Step { name: self.name, identity: self.identity(), process }
    }

    /// Its place in the month: behind the process named `after` and what was added behind that already.
    fn place(&self, steps: &[Step]) -> std::result::Result<usize, Error> {
        let fault = |what: String, cure: String| Error::data(what, cure).at_key(self.name);
        if let Some(other) = steps.iter().find(|step| step.name == self.name || step.identity == self.identity()) {
            let what = format!("the process `{}` has the same name or the same random draws", other.name);
            return Err(fault(what, "give the process another name".into()));
        }
        let Some(at) = steps.iter().position(|step| step.name == self.after) else {
            let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
            let what = format!("the month has no process `{}` to follow", self.after);
            return Err(fault(what, format!("the processes are {}", names.join(", "))));
        };
        let added = steps[at + 1..].iter().take_while(|step| step.identity >= FIRST_IDENTITY).count();
        Ok(at + 1 + added)
    }
}

/// What is added to the simulation of one unit.
#[derive(Default)]
pub struct Additions<'a> {
    /// Processes, in the order in which they are inserted.
    pub processes: Vec<OwnProcess>,
    /// Called with the world after each simulated month, with its events, and in December before the marks of the year
    /// are reset.
    pub observers: Vec<&'a mut (dyn FnMut(&World) + Send)>,
}

impl Additions<'_> {
    /// Whether nothing is added.
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty() && self.observers.is_empty()
    }

    /// The engine of a model with the added processes.
    ///
    /// # Errors
    /// Faults of the model's tables; a process whose name is taken, or that follows a process that is not there.
    pub(super) fn engine(
        &self,
        model: &ModelFile,
        reference: &ModelFile,
        scope: &Scope,
        luck: Luck,
        settings: EngineSettings,
    ) -> Result<Engine> {
        if self.processes.is_empty() {
            return model.engine(reference, scope, luck, settings);
        }
        let (mut steps, mut references) = (model.steps(scope)?, reference.steps(scope)?);
        let mut faults = Vec::new();
        for own in &self.processes {
            match own.place(&steps) {
                Ok(at) => {
                    steps.insert(at, own.step(false));
                    references.insert(at, own.step(true));
                }
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(Engine::new(steps, &references, luck, settings)) } else { Err(Errors(faults)) }
    }

    /// Passes the world after a month to the observers.
    pub(super) fn observe(&mut self, world: &World) {
        for observer in &mut self.observers {
            observer(world);
        }
    }
}
