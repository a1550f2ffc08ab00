//! Paired comparison of persons: the same persons under the comparator and under the scenario, and the events that
//! occur in one and not in the other.
//!
//! Net effects come first: they do not depend on common random numbers. The numbers of prevented and caused cases do,
//! since two scenarios with the same net effect may affect different persons; they are reported with the bounds that
//! hold without common random numbers (Fréchet, Annales de l'Université de Lyon, Section A 14 (1951), pages 53-77).
//! Only persons who exist in both scenarios are compared. Those in only one, because of a birth or an arrival there,
//! are counted without a value. Numbers needed follow Laupacis, Sackett & Roberts, New England Journal of Medicine 318
//! (1988), pages 1728-1733, and Altman, BMJ 317 (1998), pages 1309-1312, for their limits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

mod path;
mod pooled;
#[cfg(test)]
pub(super) mod tests;

use path::{Heads, Walk};
pub use path::{Line, Needed, Step, StepCounts};
pub use pooled::{Aggregate, EventRow, Figure, Row, StepRow, aggregate};

/// A calendar month; 0 is January 2008.
pub type Month = i32;

/// The first month that is simulated.
pub(super) const FIRST: Month = 0;

/// Cells of fewer simulated persons are not shown.
pub const FEWEST: u64 = 10;

/// Sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// Data on one simulated person at the end of a run. A first month is `None` if the event did not occur.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Life {
    /// Key, the same in every scenario.
    pub key: i64,
    /// Month of birth.
    pub born: Month,
    /// Sex.
    pub sex: Sex,
    /// Key of the mother, if she is known.
    pub mother: Option<i64>,
    /// Key of the father, if he is known.
    pub father: Option<i64>,
    /// Generations since the founding population, which is 0.
    pub generation: u8,
    /// City.
    pub city: u8,
    /// Quintile of the city's households by deprivation of the area, 1 for the least deprived; 0 if unknown.
    pub quintile: u8,
    /// First month of growing up with violence.
    pub exposed: Option<Month>,
    /// First month of using violence against a partner.
    pub used: Option<Month>,
    /// First month of suffering violence by a partner.
    pub suffered: Option<Month>,
    /// Month of death, or of loss to follow-up.
    pub gone: Option<Month>,
    /// First month in a programme that the scenario adds.
    pub reached: Option<Month>,
    /// QALYs lost to violence.
    pub qaly_lost: f64,
}

/// An event of a person, counted at its first occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Growing up with violence.
    Exposed,
    /// Using violence against a partner.
    Used,
    /// Suffering violence by a partner.
    Suffered,
}

impl Event {
    /// All of them, in life-course order.
    pub const ALL: [Event; 3] = [Event::Exposed, Event::Used, Event::Suffered];

    /// Month of its first occurrence.
    pub fn month(self, life: &Life) -> Option<Month> {
        match self {
            Event::Exposed => life.exposed,
            Event::Used => life.used,
            Event::Suffered => life.suffered,
        }
    }
}

/// Relation of a person to those reached, in the scenario; the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Reached by a programme.
    Reached,
    /// Child of a person reached.
    Child,
    /// Grandchild of a person reached.
    Grandchild,
    /// Neither.
    Other,
}

/// A stratum of persons, by their properties under the comparator. Each kind of stratum partitions all persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    /// All persons.
    Whole,
    /// Persons neither reached nor with a reached parent: effects on them are indirect, through partners, capacity or
    /// births. Overlaps with the groups, where they count as grandchildren and others.
    Spill,
    /// A group.
    Group(Group),
    /// A generation.
    Generation(u8),
    /// Persons born in the ten years from this one on.
    Decade(i32),
    /// A sex.
    Sex(Sex),
    /// A city.
    City(u8),
    /// A quintile of the city's households by deprivation of the area; 0 if unknown.
    Quintile(u8),
}

/// Why two scenarios cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Keys are not ascending at this one.
    NotSorted(i64),
    /// The QALYs of this person are not finite.
    NotFinite(i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotSorted(key) => write!(f, "lives are not in rising order of keys at {key}; sort them, each once"),
            Fault::NotFinite(key) => write!(f, "the QALYs lost by {key} are no number; give 0 where none are"),
        }
    }
}

impl std::error::Error for Fault {}

/// Counts of one event within the years simulated, among persons of both scenarios without an earlier occurrence: an
/// event before the first month cannot be prevented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Persons.
    pub persons: u64,
    /// Persons with the event under the comparator.
    pub comparator: u64,
    /// Persons with the event under the scenario.
    pub scenario: u64,
    /// Persons with the event under the comparator only.
    pub prevented: u64,
    /// Persons with the event under the scenario only.
    pub caused: u64,
    /// Of the prevented, those who under the scenario were gone by the month of the event: not protected, but absent.
    pub prevented_gone: u64,
    /// Of the caused, those who under the comparator were gone by the month of the event.
    pub caused_gone: u64,
    /// Persons with the event in both, later under the scenario.
    pub delayed: u64,
    /// Persons with the event in both, earlier under the scenario.
    pub hastened: u64,
    /// Months of delay, summed over the delayed.
    pub months_delayed: u64,
    /// Months of advance, summed over the hastened.
    pub months_hastened: u64,
}

impl Counts {
    /// Net reduction in the number of persons with the event: prevented minus caused.
    pub fn net(&self) -> i64 {
        self.comparator as i64 - self.scenario as i64
    }

    /// Persons with the event in either.
    pub fn either(&self) -> u64 {
        self.comparator + self.caused
    }

    /// Lower and upper bound of the number prevented, whatever the dependence between the two scenarios.
    pub fn prevented_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.scenario;
        (self.comparator.saturating_sub(self.scenario), self.comparator.min(spared))
    }

    /// Lower and upper bound of the number caused, whatever the dependence between the two scenarios.
    pub fn caused_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.comparator;
        (self.scenario.saturating_sub(self.comparator), self.scenario.min(spared))
    }

    /// Persons with the event per 1000, under the comparator and under the scenario; `None` without persons.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let of = |count: u64| 1000.0 * count as f64 / self.persons as f64;
        (self.persons > 0).then(|| (of(self.comparator), of(self.scenario)))
    }

    /// Variance of [`Counts::net`] if persons are independent, from their paired differences of −1, 0 and 1; `None`
    /// with one person.
    pub fn variance_of_net(&self) -> Option<f64> {
        let (n, net) = (self.persons as f64, self.net() as f64);
        let squares = (self.prevented + self.caused) as f64;
        (self.persons > 1).then(|| (squares - net * net / n) * n / (n - 1.0))
    }

    fn see(&mut self, event: Event, comparator: &Life, scenario: &Life) {
        let (before, after) = (event.month(comparator), event.month(scenario));
        if [before, after].into_iter().flatten().any(|month| month < FIRST) {
            return;
        }
        self.persons += 1;
        self.comparator += u64::from(before.is_some());
        self.scenario += u64::from(after.is_some());
        let gone = |life: &Life, month: Month| u64::from(life.gone.is_some_and(|gone| gone <= month));
        match (before, after) {
            (Some(month), None) => {
                self.prevented += 1;
                self.prevented_gone += gone(scenario, month);
            }
            (None, Some(month)) => {
                self.caused += 1;
                self.caused_gone += gone(comparator, month);
            }
            (Some(before), Some(after)) => {
                let months = u64::from(before.abs_diff(after));
                self.delayed += u64::from(after > before);
                self.hastened += u64::from(after < before);
                *(if after > before { &mut self.months_delayed } else { &mut self.months_hastened }) += months;
            }
            (None, None) => {}
        }
    }
}

/// All comparisons for one stratum of persons of both scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cell {
    /// Persons.
    pub persons: u64,
    /// Growing up with violence.
    pub exposed: Counts,
    /// Using violence.
    pub used: Counts,
    /// Suffering violence.
    pub suffered: Counts,
    /// QALYs saved by the scenario, summed over persons.
    pub qaly_gained: f64,
}

impl Cell {
    /// Counts of an event.
    pub fn of(&self, event: Event) -> &Counts {
        match event {
            Event::Exposed => &self.exposed,
            Event::Used => &self.used,
            Event::Suffered => &self.suffered,
        }
    }

    /// The cell, if it has enough persons to be shown.
    pub fn shown(&self) -> Option<&Cell> {
        (self.persons >= FEWEST).then_some(self)
    }

    fn see(&mut self, comparator: &Life, scenario: &Life) {
        self.persons += 1;
        self.exposed.see(Event::Exposed, comparator, scenario);
        self.used.see(Event::Used, comparator, scenario);
        self.suffered.see(Event::Suffered, comparator, scenario);
        let gained = comparator.qaly_lost - scenario.qaly_lost;
        self.qaly_gained += gained;
    }
}

/// Age of majority, in months.
pub(super) const ADULT: Month = 18 * 12;

/// Two scenarios of one pair, compared person by person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedLives {
    /// Persons under the comparator only, born or arrived only there. A count without a value.
    pub comparator_only: u64,
    /// Persons under the scenario only. A count without a value.
    pub scenario_only: u64,
    /// Persons of both scenarios by stratum.
    pub cells: BTreeMap<Stratum, Cell>,
    /// From women reached to their grandchildren and from children reached to their children, one row per step.
    pub path: Vec<StepCounts>,
}

impl PairedLives {
    /// All persons of both scenarios.
    pub fn whole(&self) -> Cell {
        self.cells.get(&Stratum::Whole).copied().unwrap_or_default()
    }
}

/// The person with a key, in a list sorted by key.
pub(super) fn find(lives: &[Life], key: Option<i64>) -> Option<&Life> {
    let at = lives.binary_search_by_key(&key?, |life| life.key).ok()?;
    lives.get(at)
}

/// Checks the assumptions of the comparison.
pub(super) fn check(lives: &[Life]) -> Result<(), Fault> {
    if let Some(two) = lives.windows(2).find(|two| two[0].key >= two[1].key) {
        return Err(Fault::NotSorted(two[1].key));
    }
    let faulty = lives.iter().find(|life| !life.qaly_lost.is_finite());
    faulty.map_or(Ok(()), |life| Err(Fault::NotFinite(life.key)))
}

fn parents<'a>(lives: &'a [Life], life: &Life) -> impl Iterator<Item = &'a Life> + use<'a> {
    [find(lives, life.mother), find(lives, life.father)].into_iter().flatten()
}

/// Relation of a person of the scenario to those reached there.
pub(super) fn group(scenario: &[Life], life: &Life) -> Group {
    let reached = |life: &Life| life.reached.is_some();
    if reached(life) {
        return Group::Reached;
    }
    let (mut child, mut grandchild) = (false, false);
    for parent in parents(scenario, life) {
        child |= reached(parent);
        grandchild |= parents(scenario, parent).any(reached);
    }
    match (child, grandchild) {
        (true, _) => Group::Child,
        (false, true) => Group::Grandchild,
        (false, false) => Group::Other,
    }
}

/// First year of the decade of birth.
fn decade(born: Month) -> i32 {
    (2008 + born.div_euclid(12)).div_euclid(10) * 10
}

fn strata(life: &Life, group: Group) -> impl Iterator<Item = Stratum> {
    let spill = matches!(group, Group::Grandchild | Group::Other).then_some(Stratum::Spill);
    let parted = [
        Stratum::Whole,
        Stratum::Group(group),
        Stratum::Generation(life.generation),
        Stratum::Decade(decade(life.born)),
        Stratum::Sex(life.sex),
        Stratum::City(life.city),
        Stratum::Quintile(life.quintile),
    ];
    parted.into_iter().chain(spill)
}

/// Compares two scenarios of one pair, both sorted by key; `horizon` is the first month that was not simulated.
///
/// Strata use properties under the comparator, except for being reached and for kin, which are those of the scenario.
/// Months are calendar months: a child born later in one scenario has its events delayed as well. Women and children
/// reached who exist only in the scenario have no path.
///
/// # Errors
/// Persons out of order, a duplicate key, or QALYs that are not finite.
pub fn paired(comparator: &[Life], scenario: &[Life], horizon: Month) -> Result<PairedLives, Fault> {
    check(comparator)?;
    check(scenario)?;
    let mut cells: BTreeMap<Stratum, Cell> = BTreeMap::new();
    let mut walks = Step::ALL.map(Walk::new);
    let heads = Heads::of(scenario);
    let (mut both, mut first) = (0, Line::ALL.map(|_| BTreeSet::new()));
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        both += 1;
        for stratum in strata(before, group(scenario, after)) {
            cells.entry(stratum).or_default().see(before, after);
        }
        for (line, first) in Line::ALL.into_iter().zip(&mut first) {
            first.extend(heads.head(line, after, 0).map(|(key, _)| key));
        }
    }
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        for walk in &mut walks {
            let line = walk.step.line();
            let head = heads.head(line, after, walk.step.generations());
            if let Some(head) = head.filter(|(key, _)| first[line as usize].contains(key)) {
                walk.see(head, [before, after], horizon);
            }
        }
    }
    let done = |(reached, walk): (usize, Walk)| walk.done(reached as u64);
    Ok(PairedLives {
        comparator_only: comparator.len() as u64 - both,
        scenario_only: scenario.len() as u64 - both,
        cells,
        path: walks.into_iter().map(|walk| (first[walk.step.line() as usize].len(), walk)).map(done).collect(),
    })
}
