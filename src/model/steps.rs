//! The order of the month: every process once, with its identity, its name, its table in the model and its source file.

use super::ModelFile;
use crate::chain::{FollowUp, Response, mark_unfounded};
use crate::curve::ByAge;
use crate::engine::{Engine, EngineSettings, Process, Reads, Scope, Step};
use crate::error::{Error, Errors, Result};
use crate::interventions::{Measures, Programmes};
use crate::life::{Marriages, Newborns, Traits};
use crate::random::Luck;
use crate::violence::Weights;
use crate::world::{Body, Childhood, Flag, Mind, Sex};

/// In which populations a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// In the burn-in population and in the cities.
    Both,
    /// In the burn-in population.
    Pool,
    /// In the cities.
    Cities,
}

/// A line of [`STEPS`].
pub struct StepEntry {
    /// Identity in the addresses of random draws; never reused.
    pub identity: u16,
    /// Name in the order of the month, in error messages and reports.
    pub name: &'static str,
    /// Where the process runs.
    pub runs_in: Population,
    /// What it reads of the world beside its parameters.
    pub reads: Reads,
    /// Key of its table in the model file.
    pub table: &'static str,
    /// Its source file, below `src/`.
    pub file: &'static str,
    source: &'static str,
    build: fn(&ModelFile, &Scope) -> Built,
}

/// A process, or the faults that keep it from being built.
type Built = std::result::Result<Process, Fault>;

/// Why a process cannot be built.
enum Fault {
    /// A fault of the process's own table.
    Own(String),
    /// Faults with keys of their own.
    Elsewhere(Errors),
}

impl From<String> for Fault {
    fn from(what: String) -> Fault {
        Fault::Own(what)
    }
}

impl From<Errors> for Fault {
    fn from(errors: Errors) -> Fault {
        Fault::Elsewhere(errors)
    }
}

impl From<Process> for Fallible {
    fn from(process: Process) -> Fallible {
        Fallible(Ok(process))
    }
}

impl From<std::result::Result<Process, String>> for Fallible {
    fn from(built: std::result::Result<Process, String>) -> Fallible {
        Fallible(built)
    }
}

/// What the `build` function of a process returns: a process, or a result with one.
struct Fallible(std::result::Result<Process, String>);

macro_rules! steps {
    ($($identity:literal $name:ident $runs_in:ident $table:literal $file:literal [$($reads:ident)*]: |$model:ident, $scope:ident| $built:expr;)*) => {
        &[$(StepEntry {
            identity: $identity,
            name: stringify!($name),
            runs_in: Population::$runs_in,
            reads: Reads::NOTHING$(.and(Reads::$reads))*,
            table: $table,
            file: $file,
            source: include_str!(concat!("../", $file)),
            build: |$model, $scope| Ok(Fallible::from($built).0?),
        },)*]
    };
}

/// The processes in the order of the month, one line each. Changing the order changes the model.
///
/// A line has the identity in the addresses of random draws (unique, and never reused, also not by a later process), the
/// name, the populations in which the process runs, the key of its table, its source file, whose head describes it for
/// ODD, what it reads ([`Reads`]), and its construction from the model `m` in the scope `s`.
pub const STEPS: &[StepEntry] = steps! {
    50 measures              Cities "interventions"         "interventions/system.rs"   [SYSTEM]: |m, s| Measures::build(&m.chain.services, &m.interventions, s);
     1 deaths                Both   "life.deaths"           "life/deaths.rs"            [OWN]: |m, s| m.life.deaths.build(s);
     4 separations           Both   "life.separations"      "life/separations.rs"       [OWN PARTNER CHILDREN AREA]: |m, _s| m.life.separations.build();
     5 unions                Both   "life.unions"           "life/unions.rs"            [OWN CANDIDATES]: |m, _s| m.life.unions.build();
     6 marriages             Both   "life.unions"           "life/unions.rs"            [OWN]: |m, _s| Marriages::build(&m.life.unions);
     2 conception            Both   "life.births"           "life/births.rs"            [OWN COUPLE]: |m, s| m.life.births.build(m.partnered()?, s);
     3 births                Both   "life.education"        "life/births.rs"            [OWN PARTNER]: |m, _s| Newborns::build(&m.life.births, m.traits()?);
     7 leaving_home          Both   "life.leaving_home"     "life/homes.rs"             [OWN AREA]: |m, _s| m.life.leaving_home.build();
     8 moves                 Both   "life.moving"           "life/moves.rs"             [OWN PARTNER COUPLE CHILDREN AREA]: |m, s| m.life.moving.build(&m.populations()?, s);
     9 newcomers             Both   "life.newcomers"        "life/arrivals.rs"          [AREA]: |m, s| m.newcomers(s)?;
    10 work                  Both   "life.work"             "life/work.rs"              [OWN]: |m, _s| m.life.work.build();
    11 income                Both   "life.income"           "life/work.rs"              [OWN PARTNER COUPLE CHILDREN]: |m, _s| m.life.income.build();
    12 alcohol               Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build(Flag::Alcohol);
    13 addiction             Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build(Flag::Addiction);
    14 mental_illness        Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build(Flag::MentalIllness);
    15 debts                 Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build(Flag::Debts);
    16 crime                 Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build(Flag::Crime);
    17 spells_end            Both   "life.flags"            "life/risks.rs"             [OWN]: |m, _s| m.life.flags.build_ends();
    30 onset_by_men          Both   "violence.onset"        "violence/onset.rs"         [OWN PARTNER AREA]: |m, s| m.violence.onset.build(Sex::Male, m.weights()?.0, m.transmission.mediation(), s);
    31 onset_by_women        Both   "violence.onset"        "violence/onset.rs"         [OWN PARTNER AREA]: |m, s| m.violence.onset.build(Sex::Female, m.weights()?.0, m.transmission.mediation(), s);
    32 course_of_violence    Both   "violence.course"       "violence/course.rs"        [OWN PARTNER CHILDREN]: |m, _s| m.violence.course.build();
    33 maltreatment_begins   Both   "violence.maltreatment" "violence/maltreatment.rs"  [OWN CARERS COUPLE KIN HOUSEHOLD]: |m, s| m.violence.maltreatment.build(m.weights()?.1, s);
    34 maltreatment_runs     Both   "violence.maltreatment" "violence/maltreatment.rs"  [OWN]: |m, _s| m.violence.maltreatment.build_months();
    35 other_family_violence Both   "violence.other"        "violence/other.rs"         [OWN]: |m, _s| m.violence.other.build();
    37 abuse_by_relatives    Both   "violence.abuse"        "violence/abuse.rs"         [OWN PARTNER COUPLE CHILDREN HOUSEHOLD]: |m, s| m.violence.abuse.build(&m.violence.other, s);
    20 symptoms              Both   "violence.symptoms"     "violence/symptoms.rs"      [OWN CARERS COUPLE]: |m, _s| m.violence.symptoms.build(m.in_childhood()?);
    40 coming_of_age         Both   "transmission"          "violence/transmission.rs"  [OWN]: |m, _s| m.transmission.build();
    52 detection             Both   "chain.detection"       "chain/detection.rs"        [OWN PARTNER AREA SYSTEM EVENTS]: |m, s| m.chain.detection.build(s);
    54 unfounded_reports     Cities "chain.suspicion"       "chain/suspicion.rs"        [OWN CARERS COUPLE]: |m, _s| m.chain.suspicion.build_unfounded();
    53 suspicion             Both   "chain.suspicion"       "chain/suspicion.rs"        [OWN PARTNER COUPLE CARERS CHILDREN AREA SYSTEM]: |m, s| m.chain.suspicion.build(s);
    54 unfounded_reports     Pool   "chain.suspicion"       "chain/known.rs"            [OWN CARERS]: |m, _s| mark_unfounded(m.chain.suspicion.unfounded);
    55 response              Cities "chain.police"          "chain/response.rs"         [OWN PARTNER COUPLE CHILDREN AREA CASE SYSTEM EVENTS]: |m, s| Response::build(&m.chain.police, &m.chain.desk, m.chain.triage, s);
    56 investigations        Cities "chain.amk"             "chain/amk.rs"              [OWN COUPLE CARERS CASE SYSTEM EVENTS]: |m, s| m.chain.amk.build(&m.chain.needs, s);
    57 court                 Cities "chain.court"           "chain/court.rs"            [OWN AREA CASE SYSTEM]: |m, s| m.chain.court.build(s);
    46 assessments           Cities "chain.needs"           "chain/needs.rs"            [OWN CASE SYSTEM]: |m, s| m.chain.needs.build(&m.chain.desk, s);
    58 shelters              Cities "chain.shelter"         "chain/shelter/mod.rs"      [OWN PARTNER COUPLE CHILDREN AREA CASE SYSTEM EVENTS]: |m, s| m.chain.shelter.build(&m.chain.needs, m.added_beds(s)?, s);
    51 programmes            Cities "chain.services"        "interventions/programmes/mod.rs" [OWN PARTNER COUPLE CARERS HOUSEHOLD KIN AREA CASE SYSTEM EVENTS]: |m, s| Programmes::build(&m.chain.services, &m.interventions, (&m.chain.participation, &m.growth()?, &m.effects), m.transmission.mediation(), s);
    47 follow_up             Cities "chain.desk"            "chain/follow_up.rs"        [OWN CASE]: |m, _s| FollowUp::build(&m.chain.desk, m.helps()?);
    59 cases                 Cities "chain.cases"           "chain/cases.rs"            [OWN CASE SYSTEM]: |m, _s| m.chain.cases.build();
};

impl StepEntry {
    /// Whether the process runs in the burn-in population (`pool`) or in the cities.
    pub fn runs(&self, pool: bool) -> bool {
        self.runs_in == Population::Both || (self.runs_in == Population::Pool) == pool
    }

    /// The step of a process under this name and identity.
    pub fn step(&self, process: Process) -> Step {
        Step { name: self.name, identity: self.identity, process }
    }

    /// The description of the process for ODD: the lines `//!` at the top of its source file.
    pub fn head(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

impl ModelFile {
    /// A scope with what this model file says of it.
    fn scope(&self, scope: &Scope) -> Scope {
        let cities = self.places.cities.len();
        Scope { cities, in_force: self.effects.in_force, trends: self.trends, ..scope.clone() }
    }

    /// The processes in the order of the month.
    ///
    /// # Errors
    /// Lists every incomplete table, with its key.
    pub fn steps(&self, scope: &Scope) -> Result<Vec<Step>> {
        let scope = &self.scope(scope);
        let mut faults = self.card_faults();
        // A fault of a card is reported once, with the card's own key.
        let known = if faults.is_empty() { &[][..] } else { &["interventions", "chain.services", "chain.shelter"] };
        let mut steps = Vec::new();
        for entry in STEPS.iter().filter(|entry| entry.runs(scope.pool)) {
            let found = match (entry.build)(self, scope) {
                Ok(process) => {
                    steps.push(entry.step(process));
                    continue;
                }
                Err(Fault::Own(_)) if known.contains(&entry.table) => continue,
                Err(Fault::Own(what)) => vec![in_table(entry.table, what)],
                Err(Fault::Elsewhere(errors)) => errors.0,
            };
            // Several processes may read one table.
            for fault in found {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        if let Some(Err(what)) = self.response.as_ref().map(|response| response.fitted()) {
            faults.push(in_table("response", what));
        }
        if faults.is_empty() { Ok(steps) } else { Err(Errors(faults)) }
    }

    /// An engine of this model; `reference` is the model as in its files, before parameter draw, scenario and `--set`. Each
    /// of the two fills in its own part of the scope.
    ///
    /// # Errors
    /// As [`ModelFile::steps`].
    pub fn engine(&self, reference: &ModelFile, scope: &Scope, luck: Luck, settings: EngineSettings) -> Result<Engine> {
        Ok(Engine::new(self.steps(scope)?, &reference.steps(scope)?, luck, settings))
    }

    /// Share of women who live with a man, by age. The table has all partners, of either sex.
    fn partnered(&self) -> std::result::Result<ByAge, String> {
        let with_partner = ByAge::both(&self.founding.targets.position, "partner", 0.0)?;
        Ok(with_partner.scaled(1.0 - self.life.unions.same_sex_women.get()))
    }

    /// Traits of newborns.
    fn traits(&self) -> std::result::Result<Traits, String> {
        Traits::new(&self.life.education, &self.life.heredity, &self.life.unions)
    }

    /// Weights of liability: on using and suffering violence, and on maltreating.
    fn weights(&self) -> Result<(Weights, f64)> {
        self.transmission.weights().map_err(|what| in_table("transmission.solved", what).into())
    }

    /// How far exposure shifts the attitude and coping of children.
    fn in_childhood(&self) -> Result<impl Fn(&Body, &Childhood, &mut Mind) + Send + Sync + use<>> {
        self.transmission.in_childhood().map_err(|what| in_table("transmission", what).into())
    }

    /// Newcomers, with the effect of childhood by the transmission in force.
    fn newcomers(&self, scope: &Scope) -> std::result::Result<std::result::Result<Process, String>, Errors> {
        let grown = self.transmission.of_newcomers().map_err(|what| in_table("transmission", what))?;
        let (abroad, endings) = (self.life.moving.newcomer_abroad, self.life.flags.endings());
        Ok(self.life.newcomers.build(abroad, endings, Box::new(grown), scope))
    }
}

/// A fault of a table.
fn in_table(key: &str, what: String) -> Error {
    Error::data(what, "see `keten explain` for what the table holds").at_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Endings;

    #[test]
    fn every_process_has_a_head_and_a_name_and_identity_of_its_own() {
        for entry in STEPS {
            assert!(!entry.head().is_empty(), "{} has no head", entry.file);
            let same = |other: &&StepEntry| other.name == entry.name || other.identity == entry.identity;
            for pool in [true, false].into_iter().filter(|pool| entry.runs(*pool)) {
                let alike = STEPS.iter().filter(|other| other.runs(pool)).filter(same).count();
                assert_eq!(alike, 1, "{} ({}) is there twice", entry.name, entry.identity);
            }
        }
    }

    #[test]
    fn the_ends_of_spells_are_drawn_under_the_identity_of_their_beginning() {
        let names = ["alcohol", "addiction", "mental_illness", "debts", "crime", "spells_end"];
        let of = |name: &str| STEPS.iter().find(|entry| entry.name == name).map(|entry| entry.identity);
        assert_eq!(names.map(of), Endings::IDENTITIES.map(Some));
    }
}
