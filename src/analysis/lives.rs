//! Paired lives: the same persons in the comparator's world and in the scenario's, and what happens to them in one and
//! not in the other.
//!
//! Net effects come first: they need no luck in common. How many are prevented and how many caused does need it, since
//! two worlds with the same net effect may differ in whom it falls on; beside them stand the bounds that hold without
//! (Fréchet, Annales de l'Université de Lyon, Section A 14 (1951), pages 53-77). Only persons who are in both worlds
//! are compared. Those in one only, because somebody was born or came there only, are a count without a value. Numbers
//! needed follow Laupacis, Sackett & Roberts, New England Journal of Medicine 318 (1988), pages 1728-1733, and Altman,
//! BMJ 317 (1998), pages 1309-1312, for their limits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::pairs::{Design, Mean, Pair, average, means};

/// A calendar month; 0 is January 2008.
pub type Month = i32;

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

/// What is known of one simulated person at the end of a run. A first month is nothing where it has not come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Life {
    /// Key, the same in every world.
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
    /// Fifth of the city's households by deprivation of the area, 1 for the least deprived; 0 where it is unknown.
    pub quintile: u8,
    /// First month of growing up with violence.
    pub exposed: Option<Month>,
    /// First month of using violence against a partner.
    pub used: Option<Month>,
    /// First month of suffering violence by a partner.
    pub suffered: Option<Month>,
    /// Month of death, or of being lost from sight.
    pub gone: Option<Month>,
    /// First month in a programme that the scenario adds.
    pub reached: Option<Month>,
    /// QALYs lost to violence.
    pub qaly_lost: f64,
}

/// What may happen to a person, counted the first time.
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
    /// All of them, in the order of a life.
    pub const ALL: [Event; 3] = [Event::Exposed, Event::Used, Event::Suffered];

    /// First month of it in a life.
    pub fn month(self, life: &Life) -> Option<Month> {
        match self {
            Event::Exposed => life.exposed,
            Event::Used => life.used,
            Event::Suffered => life.suffered,
        }
    }
}

/// How a person stands to those reached, by the scenario's world; the first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Reached by a programme.
    Reached,
    /// Child of somebody reached.
    Child,
    /// Grandchild of somebody reached.
    Grandchild,
    /// Neither.
    Other,
}

/// Persons of a kind, as they are in the comparator's world. Each kind parts the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stratum {
    /// Everybody.
    Whole,
    /// Those neither reached nor with a reached parent: what comes to them comes through partners, beds or births.
    /// Overlaps with the groups, which have it as grandchildren and others.
    Spill,
    /// A group.
    Group(Group),
    /// A generation.
    Generation(u8),
    /// Those born in the ten years from this one on.
    Decade(i32),
    /// A sex.
    Sex(Sex),
    /// A city.
    City(u8),
    /// A fifth of the city's households by deprivation of the area; 0 where it is unknown.
    Quintile(u8),
}

/// Why two worlds cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Keys do not rise at this one.
    NotSorted(i64),
    /// The QALYs of this person are no number.
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

/// One event among persons of both worlds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Persons.
    pub persons: u64,
    /// Persons to whom it happens in the comparator's world.
    pub comparator: u64,
    /// Persons to whom it happens in the scenario's world.
    pub scenario: u64,
    /// Persons to whom it happens in the comparator's world only.
    pub prevented: u64,
    /// Persons to whom it happens in the scenario's world only.
    pub caused: u64,
    /// Of the prevented, those who in the scenario's world were gone by the month in question: not protected, but
    /// absent.
    pub prevented_gone: u64,
    /// Of the caused, those who in the comparator's world were gone by the month in question.
    pub caused_gone: u64,
    /// Persons to whom it happens in both, later in the scenario's.
    pub delayed: u64,
    /// Persons to whom it happens in both, earlier in the scenario's.
    pub hastened: u64,
    /// Months of delay, summed over the delayed.
    pub months_delayed: u64,
    /// Months of haste, summed over the hastened.
    pub months_hastened: u64,
}

impl Counts {
    /// Persons to whom it happens in fewer numbers in the scenario's world: prevented less caused.
    pub fn net(&self) -> i64 {
        self.comparator as i64 - self.scenario as i64
    }

    /// Persons to whom it happens in either world.
    pub fn either(&self) -> u64 {
        self.comparator + self.caused
    }

    /// Fewest and most that can have been prevented, whatever the two worlds have in common.
    pub fn prevented_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.scenario;
        (self.comparator.saturating_sub(self.scenario), self.comparator.min(spared))
    }

    /// Fewest and most that can have been caused, whatever the two worlds have in common.
    pub fn caused_bounds(&self) -> (u64, u64) {
        let spared = self.persons - self.comparator;
        (self.scenario.saturating_sub(self.comparator), self.scenario.min(spared))
    }

    /// Mean months of delay of the delayed; nothing of none.
    pub fn mean_delay(&self) -> Option<f64> {
        (self.delayed > 0).then(|| self.months_delayed as f64 / self.delayed as f64)
    }

    /// Mean months of haste of the hastened; nothing of none.
    pub fn mean_haste(&self) -> Option<f64> {
        (self.hastened > 0).then(|| self.months_hastened as f64 / self.hastened as f64)
    }

    /// Persons per 1000 to whom it happens, in the comparator's world and in the scenario's; nothing of nobody.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let of = |count: u64| 1000.0 * count as f64 / self.persons as f64;
        (self.persons > 0).then(|| (of(self.comparator), of(self.scenario)))
    }

    /// Variance of [`Counts::net`] if persons are independent, from their paired differences of −1, 0 and 1; nothing of
    /// one.
    pub fn variance_of_net(&self) -> Option<f64> {
        let (n, net) = (self.persons as f64, self.net() as f64);
        let squares = (self.prevented + self.caused) as f64;
        (self.persons > 1).then(|| (squares - net * net / n) * n / (n - 1.0))
    }

    fn see(&mut self, event: Event, comparator: &Life, scenario: &Life) {
        self.persons += 1;
        let (before, after) = (event.month(comparator), event.month(scenario));
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

/// All that is compared among some persons of both worlds.
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
    /// QALYs that the scenario saves, summed over persons.
    pub qaly_gained: f64,
    /// Sum of the squares of the persons' differences in QALYs.
    pub qaly_squares: f64,
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

    /// Variance of `qaly_gained` if persons are independent; nothing of one.
    pub fn variance_of_qaly(&self) -> Option<f64> {
        let n = self.persons as f64;
        (self.persons > 1).then(|| (self.qaly_squares - self.qaly_gained * self.qaly_gained / n) * n / (n - 1.0))
    }

    /// The cell, if it has persons enough to be shown.
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
        self.qaly_squares += gained * gained;
    }
}

/// A step of the path from a woman reached to her grandchildren.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// She suffers violence.
    MotherSuffers,
    /// She uses violence.
    MotherUses,
    /// Her child grows up with violence.
    ChildExposed,
    /// Her child suffers violence as an adult.
    ChildSuffers,
    /// Her child uses violence as an adult.
    ChildUses,
    /// Her child's child grows up with violence.
    GrandchildExposed,
}

impl Step {
    /// All of them, down the path.
    pub const ALL: [Step; 6] = [
        Step::MotherSuffers,
        Step::MotherUses,
        Step::ChildExposed,
        Step::ChildSuffers,
        Step::ChildUses,
        Step::GrandchildExposed,
    ];

    /// What is counted.
    pub fn event(self) -> Event {
        match self {
            Step::MotherSuffers | Step::ChildSuffers => Event::Suffered,
            Step::MotherUses | Step::ChildUses => Event::Used,
            Step::ChildExposed | Step::GrandchildExposed => Event::Exposed,
        }
    }

    fn generations(self) -> usize {
        match self {
            Step::MotherSuffers | Step::MotherUses => 0,
            Step::ChildExposed | Step::ChildSuffers | Step::ChildUses => 1,
            Step::GrandchildExposed => 2,
        }
    }

    /// Months of age from which it counts.
    fn least_age(self) -> Month {
        match self {
            Step::ChildSuffers | Step::ChildUses => ADULT,
            Step::MotherSuffers | Step::MotherUses | Step::ChildExposed | Step::GrandchildExposed => 0,
        }
    }
}

/// Age of majority, in months.
pub(super) const ADULT: Month = 18 * 12;

/// How many must be reached for one event to be prevented.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Women reached per event prevented; below 0, per event caused.
    pub value: f64,
    /// Its variance to first order, from differences between families; unreliable where the net effect is not far from
    /// 0.
    pub variance: f64,
}

/// One step of the path among the kin of women reached.
///
/// At risk are those who are there in both worlds at the month she was reached, or when born, or of age for what counts
/// from then on, and whom it has not befallen before. That her child uses violence without having grown up with any is
/// part of it, as is all that the programme changes by other ways than hers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepCounts {
    /// Step.
    pub step: Step,
    /// Women reached who are in both worlds.
    pub reached: u64,
    /// Persons at risk, and what happens to them.
    pub counts: Counts,
    /// Persons it had befallen before, in either world.
    pub already: u64,
    /// Variance of the net effect between families of women reached, who count also if nobody of theirs is at risk;
    /// nothing of one.
    pub variance_of_net: Option<f64>,
}

impl StepCounts {
    /// Difference in persons per 1000 at risk, comparator minus scenario, and its variance; nothing of nobody.
    pub fn per_thousand(&self) -> Option<(f64, f64)> {
        let unit = 1000.0 / self.counts.persons as f64;
        let variance = self.variance_of_net.filter(|_| self.counts.persons > 0)?;
        Some((self.counts.net() as f64 * unit, variance * unit * unit))
    }

    /// Women to be reached for one event less; nothing where the net effect is 0.
    pub fn needed(&self) -> Option<Needed> {
        let (reached, net) = (self.reached as f64, self.counts.net() as f64);
        let variance = self.variance_of_net.filter(|_| net != 0.0)?;
        let slope = reached / (net * net);
        Some(Needed { value: reached / net, variance: slope * slope * variance })
    }
}

/// Two worlds of one pair, person by person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedLives {
    /// Persons in the comparator's world only: born, or come, there only. A count without a value.
    pub comparator_only: u64,
    /// Persons in the scenario's world only. A count without a value.
    pub scenario_only: u64,
    /// Persons of both worlds by kind.
    pub cells: BTreeMap<Stratum, Cell>,
    /// From women reached to their grandchildren, a row for each step.
    pub path: Vec<StepCounts>,
}

impl PairedLives {
    /// Everybody in both worlds.
    pub fn whole(&self) -> Cell {
        self.cells.get(&Stratum::Whole).copied().unwrap_or_default()
    }
}

/// The life of a key among lives sorted by key.
pub(super) fn find(lives: &[Life], key: Option<i64>) -> Option<&Life> {
    let at = lives.binary_search_by_key(&key?, |life| life.key).ok()?;
    lives.get(at)
}

/// Whether lives are what the comparison takes for granted.
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

/// How somebody of the scenario's world stands to those reached there.
fn group(scenario: &[Life], life: &Life) -> Group {
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

/// First year of the ten in which somebody was born.
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

/// A woman reached, by key and month, at the head of the line that leads to a person by so many generations. Where
/// several lines do, the mother's goes first.
fn head(scenario: &[Life], life: &Life, generations: usize) -> Option<(i64, Month)> {
    match generations {
        0 => life.reached.filter(|_| life.sex == Sex::Female).map(|month| (life.key, month)),
        1 => head(scenario, find(scenario, life.mother)?, 0),
        _ => parents(scenario, life).find_map(|parent| head(scenario, parent, generations - 1)),
    }
}

/// How somebody stands to a step.
enum Standing {
    Absent,
    Already,
    AtRisk,
}

fn standing(step: Step, reached: Month, worlds: [&Life; 2], horizon: Month) -> Standing {
    let start = |life: &Life| reached.max(life.born + step.least_age());
    let absent = |life: &&Life| start(life) >= horizon || life.gone.is_some_and(|gone| gone <= start(life));
    let already = |life: &&Life| step.event().month(life).is_some_and(|month| month < start(life));
    if worlds.iter().any(absent) {
        Standing::Absent
    } else if worlds.iter().any(already) {
        Standing::Already
    } else {
        Standing::AtRisk
    }
}

/// A step while persons pass by.
struct Walk {
    step: Step,
    counts: Counts,
    already: u64,
    /// Net effect by woman reached.
    nets: BTreeMap<i64, i64>,
}

impl Walk {
    fn see(&mut self, scenario: &[Life], worlds: [&Life; 2], horizon: Month) {
        let Some((woman, reached)) = head(scenario, worlds[1], self.step.generations()) else { return };
        match standing(self.step, reached, worlds, horizon) {
            Standing::Absent => {}
            Standing::Already => self.already += 1,
            Standing::AtRisk => {
                let before = self.counts.net();
                self.counts.see(self.step.event(), worlds[0], worlds[1]);
                *self.nets.entry(woman).or_default() += self.counts.net() - before;
            }
        }
    }

    fn done(self, reached: u64) -> StepCounts {
        let (n, net) = (reached as f64, self.counts.net() as f64);
        let squares: f64 = self.nets.values().map(|net| (net * net) as f64).sum();
        let variance_of_net = (reached > 1).then(|| (squares - net * net / n) * n / (n - 1.0));
        StepCounts { step: self.step, reached, counts: self.counts, already: self.already, variance_of_net }
    }
}

/// Compares two worlds of one pair, both sorted by key; `horizon` is the first month that was not simulated.
///
/// Strata are those of the comparator's world, but for being reached and for kin, which are those of the scenario's.
/// Months are of the calendar: a child born later in one world has what happens to it delayed as well. Women reached
/// who are in the scenario's world only have no path.
///
/// # Errors
/// Lives out of order, a key twice, or QALYs that are no number.
pub fn paired(comparator: &[Life], scenario: &[Life], horizon: Month) -> Result<PairedLives, Fault> {
    check(comparator)?;
    check(scenario)?;
    let mut cells: BTreeMap<Stratum, Cell> = BTreeMap::new();
    let walk = |step: Step| Walk { step, counts: Counts::default(), already: 0, nets: BTreeMap::new() };
    let mut walks = Step::ALL.map(walk);
    let (mut both, mut women) = (0, BTreeSet::new());
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        both += 1;
        for stratum in strata(before, group(scenario, after)) {
            cells.entry(stratum).or_default().see(before, after);
        }
        women.extend(head(scenario, after, 0).map(|(woman, _)| woman));
    }
    for after in scenario {
        let Some(before) = find(comparator, Some(after.key)) else { continue };
        for walk in &mut walks {
            let kin = head(scenario, after, walk.step.generations()).is_some_and(|(woman, _)| women.contains(&woman));
            if kin {
                walk.see(scenario, [before, after], horizon);
            }
        }
    }
    Ok(PairedLives {
        comparator_only: comparator.len() as u64 - both,
        scenario_only: scenario.len() as u64 - both,
        cells,
        path: walks.into_iter().map(|walk| walk.done(women.len() as u64)).collect(),
    })
}

/// A figure over pairs, above 0 where the scenario does good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Mean over pairs, its Monte Carlo error and limits.
    pub mean: Mean,
    /// Share of draws (of replicates, where all are of one draw) in which it is above 0; one that is 0 counts half.
    pub benefit: f64,
}

/// An event over pairs, in simulated persons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EventRow {
    /// Persons per 1000 to whom it happens in the comparator's world.
    pub comparator_per_thousand: f64,
    /// Persons per 1000 to whom it happens in the scenario's world.
    pub scenario_per_thousand: f64,
    /// Prevented less caused.
    pub net: Figure,
    /// Prevented, given the luck in common.
    pub prevented: Mean,
    /// Caused, given the luck in common.
    pub caused: Mean,
    /// Mean bounds of the prevented without luck in common.
    pub prevented_bounds: (f64, f64),
    /// Mean bounds of the caused without luck in common.
    pub caused_bounds: (f64, f64),
    /// Mean number delayed.
    pub delayed: f64,
    /// Mean months of delay of the delayed; nothing of none.
    pub months_delayed: Option<f64>,
    /// Mean number hastened.
    pub hastened: f64,
    /// Mean months of haste of the hastened; nothing of none.
    pub months_hastened: Option<f64>,
}

/// A stratum over pairs. What it lacks is suppressed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Stratum.
    pub stratum: Stratum,
    /// Mean number of simulated persons in both worlds; nothing below [`FEWEST`].
    pub persons: Option<f64>,
    /// By event; nothing where fewer than [`FEWEST`] persons have it in either world, on average over pairs.
    pub events: [(Event, Option<EventRow>); 3],
    /// QALYs saved, summed over persons; nothing below [`FEWEST`] persons.
    pub qaly_gained: Option<Figure>,
}

impl Row {
    /// Whether anything of it is suppressed.
    pub fn suppressed(&self) -> bool {
        self.persons.is_none() || self.events.iter().any(|(_, row)| row.is_none())
    }
}

/// A step of the path over pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepRow {
    /// Step.
    pub step: Step,
    /// Mean number of women reached.
    pub reached: f64,
    /// Mean number at risk.
    pub persons: f64,
    /// Persons per 1000 at risk to whom it happens, in the comparator's world and in the scenario's.
    pub per_thousand: (f64, f64),
    /// Prevented less caused.
    pub net: Figure,
    /// Women reached per event prevented, from the means; below 0, per event caused. Nothing where the net effect is 0.
    pub needed: Option<f64>,
    /// Limits of 95 % of that; nothing where the net effect may be 0, for they would run through infinity.
    pub needed_limits: Option<(f64, f64)>,
}

/// All pairs together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aggregate {
    /// Mean number of persons in the comparator's world only: a count without a value.
    pub comparator_only: Mean,
    /// Mean number of persons in the scenario's world only: a count without a value.
    pub scenario_only: Mean,
    /// By stratum.
    pub rows: Vec<Row>,
    /// Steps of the path; nothing where women reached, or persons at risk, are fewer than [`FEWEST`] on average.
    pub path: Vec<(Step, Option<StepRow>)>,
}

/// Values of all pairs.
type Values = BTreeMap<Pair, f64>;

fn figure(values: &Values, design: Design) -> Option<Figure> {
    let mean = Mean::of(values, design)?;
    let one = values.keys().map(|pair| pair.0).collect::<BTreeSet<_>>().len() == 1;
    let units = means(values, if one { |pair| pair.1 } else { |pair| pair.0 });
    let good = |value: &f64| match value.total_cmp(&0.0) {
        _ if *value == 0.0 => 0.5,
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Less | std::cmp::Ordering::Equal => 0.0,
    };
    let benefit = average(&units.iter().map(good).collect::<Vec<f64>>());
    Some(Figure { mean, benefit })
}

fn event_row(counts: &BTreeMap<Pair, Counts>, design: Design) -> Option<EventRow> {
    let of = |figure: &dyn Fn(&Counts) -> f64| -> Values {
        counts.iter().map(|(pair, counts)| (*pair, figure(counts))).collect()
    };
    let mean = |figure: &dyn Fn(&Counts) -> f64| Mean::of(&of(figure), design);
    let plain = |figure: &dyn Fn(&Counts) -> f64| mean(figure).map(|mean| mean.mean);
    if plain(&|it| it.either() as f64)? < FEWEST as f64 {
        return None;
    }
    let persons = plain(&|it| it.persons as f64)?;
    let (delayed, hastened) = (plain(&|it| it.delayed as f64)?, plain(&|it| it.hastened as f64)?);
    let (late, early) = (plain(&|it| it.months_delayed as f64)?, plain(&|it| it.months_hastened as f64)?);
    let (prevented, caused) = (Counts::prevented_bounds, Counts::caused_bounds);
    Some(EventRow {
        comparator_per_thousand: 1000.0 * plain(&|it| it.comparator as f64)? / persons,
        scenario_per_thousand: 1000.0 * plain(&|it| it.scenario as f64)? / persons,
        net: figure(&of(&|it| it.net() as f64), design)?,
        prevented: mean(&|it| it.prevented as f64)?,
        caused: mean(&|it| it.caused as f64)?,
        prevented_bounds: (plain(&|it| prevented(it).0 as f64)?, plain(&|it| prevented(it).1 as f64)?),
        caused_bounds: (plain(&|it| caused(it).0 as f64)?, plain(&|it| caused(it).1 as f64)?),
        delayed,
        months_delayed: (delayed > 0.0).then(|| late / delayed),
        hastened,
        months_hastened: (hastened > 0.0).then(|| early / hastened),
    })
}

fn row(stratum: Stratum, cells: &BTreeMap<Pair, Cell>, design: Design) -> Row {
    let of = |figure: fn(&Cell) -> f64| -> Values { cells.iter().map(|(pair, cell)| (*pair, figure(cell))).collect() };
    let persons = Mean::of(&of(|cell| cell.persons as f64), design).map(|mean| mean.mean);
    let persons = persons.filter(|persons| *persons >= FEWEST as f64);
    let event = |event: Event| {
        let counts = cells.iter().map(|(pair, cell)| (*pair, *cell.of(event))).collect();
        (event, persons.and_then(|_| event_row(&counts, design)))
    };
    let qaly_gained = persons.and_then(|_| figure(&of(|cell| cell.qaly_gained), design));
    Row { stratum, persons, events: Event::ALL.map(event), qaly_gained }
}

fn step_row(step: Step, pairs: &BTreeMap<Pair, StepCounts>, design: Design) -> Option<StepRow> {
    let of =
        |figure: fn(&StepCounts) -> f64| -> Values { pairs.iter().map(|(pair, it)| (*pair, figure(it))).collect() };
    let mean = |figure: fn(&StepCounts) -> f64| Mean::of(&of(figure), design).map(|mean| mean.mean);
    let (reached, persons) = (mean(|it| it.reached as f64)?, mean(|it| it.counts.persons as f64)?);
    if reached.min(persons) < FEWEST as f64 {
        return None;
    }
    let net = figure(&of(|it| it.counts.net() as f64), design)?;
    let risk = |count: f64| 1000.0 * count / persons;
    // Limits change places: the larger the effect, the fewer are needed.
    let sure = net.mean.limits.filter(|(low, high)| low * high > 0.0);
    Some(StepRow {
        step,
        reached,
        persons,
        per_thousand: (risk(mean(|it| it.counts.comparator as f64)?), risk(mean(|it| it.counts.scenario as f64)?)),
        net,
        needed: (net.mean.mean != 0.0).then(|| reached / net.mean.mean),
        needed_limits: sure.map(|(low, high)| (reached / high, reached / low)),
    })
}

/// Means over pairs, with errors, limits and the probability of benefit; nothing of no pair.
///
/// Numbers are simulated persons, before scaling. A stratum that a pair lacks has nobody in it there. Cells are
/// suppressed so that a few simulated persons are not read as knowledge; nobody is hidden by it, for nobody exists.
pub fn aggregate(pairs: &BTreeMap<Pair, PairedLives>, design: Design) -> Option<Aggregate> {
    let of =
        |figure: fn(&PairedLives) -> f64| -> Values { pairs.iter().map(|(pair, it)| (*pair, figure(it))).collect() };
    let strata: BTreeSet<Stratum> = pairs.values().flat_map(|lives| lives.cells.keys().copied()).collect();
    let cells = |stratum: Stratum| {
        pairs.iter().map(|(pair, it)| (*pair, it.cells.get(&stratum).copied().unwrap_or_default())).collect()
    };
    let steps = |step: Step| {
        let at = |lives: &PairedLives| lives.path.iter().find(|it| it.step == step).copied();
        pairs.iter().filter_map(|(pair, lives)| Some((*pair, at(lives)?))).collect()
    };
    Some(Aggregate {
        comparator_only: Mean::of(&of(|it| it.comparator_only as f64), design)?,
        scenario_only: Mean::of(&of(|it| it.scenario_only as f64), design)?,
        rows: strata.into_iter().map(|stratum| row(stratum, &cells(stratum), design)).collect(),
        path: Step::ALL.into_iter().map(|step| (step, step_row(step, &steps(step), design))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HORIZON: Month = 720;

    fn life(key: i64) -> Life {
        Life {
            key,
            born: 0,
            sex: Sex::Female,
            mother: None,
            father: None,
            generation: 0,
            city: 0,
            quintile: 0,
            exposed: None,
            used: None,
            suffered: None,
            gone: None,
            reached: None,
            qaly_lost: 0.0,
        }
    }

    #[test]
    fn one_person_of_each_fate_is_counted_once() {
        let used = |key: i64, used: Option<Month>| Life { used, ..life(key) };
        let before = [
            used(0, None),
            used(1, Some(10)),
            used(2, None),
            used(3, Some(10)),
            used(4, Some(10)),
            used(5, Some(10)),
            used(7, Some(1)),
        ];
        let mut after = [
            used(0, None),
            used(1, None),
            used(2, Some(10)),
            used(3, Some(17)),
            used(4, Some(8)),
            used(5, Some(10)),
            used(6, Some(1)),
        ];
        after[1].gone = Some(10);
        after[1].qaly_lost = -0.5;
        let it = paired(&before, &after, HORIZON).unwrap();
        let counts = it.whole().used;
        let expected = Counts {
            persons: 6,
            comparator: 4,
            scenario: 4,
            prevented: 1,
            caused: 1,
            prevented_gone: 1,
            caused_gone: 0,
            delayed: 1,
            hastened: 1,
            months_delayed: 7,
            months_hastened: 2,
        };
        assert_eq!(counts, expected);
        assert_eq!((it.comparator_only, it.scenario_only), (1, 1));
        assert_eq!((counts.net(), counts.mean_delay(), counts.mean_haste()), (0, Some(7.0), Some(2.0)));
        // Without luck in common: up to min(4, 6 − 4) = 2 each.
        assert_eq!((counts.prevented_bounds(), counts.caused_bounds()), ((0, 2), (0, 2)));
        // Differences 1, −1 and four times 0: variance 2/5, times 6.
        assert!((counts.variance_of_net().unwrap() - 2.4).abs() < 1e-12);
        assert_eq!(
            (it.whole().qaly_gained, it.whole().variance_of_qaly().unwrap()),
            (0.5, (0.25 - 0.25 / 6.0) * 6.0 / 5.0)
        );
        assert_eq!(it.whole().shown(), None);
    }

    /// A woman reached (1) with a daughter (10) and a son (11), his child (20), and a stranger (30) with a child by the
    /// daughter (21).
    fn family() -> Vec<Life> {
        vec![
            Life { reached: Some(100), born: -300, ..life(1) },
            Life { mother: Some(1), generation: 1, born: 50, ..life(10) },
            Life { mother: Some(1), generation: 1, born: 110, sex: Sex::Male, ..life(11) },
            Life { father: Some(11), generation: 2, born: 420, ..life(20) },
            Life { mother: Some(10), father: Some(30), generation: 2, born: 430, ..life(21) },
            Life { sex: Sex::Male, city: 3, born: 40, ..life(30) },
        ]
    }

    #[test]
    fn groups_are_kin_of_those_reached_and_the_rest_is_spill() {
        let scenario = family();
        let groups: Vec<Group> = scenario.iter().map(|life| group(&scenario, life)).collect();
        let expected = [Group::Reached, Group::Child, Group::Child, Group::Grandchild, Group::Grandchild, Group::Other];
        assert_eq!(groups, expected);
        let comparator: Vec<Life> = scenario.iter().map(|life| Life { reached: None, ..*life }).collect();
        let it = paired(&comparator, &scenario, HORIZON).unwrap();
        assert_eq!(it.cells[&Stratum::Spill].persons, 3);
        assert_eq!(it.cells[&Stratum::Group(Group::Child)].persons, 2);
        assert_eq!((decade(0), decade(-97), decade(24), decade(23)), (2000, 1990, 2010, 2000));
    }

    #[test]
    fn the_path_counts_who_is_at_risk_after_the_woman_was_reached() {
        let scenario = family();
        let mut comparator: Vec<Life> = scenario.iter().map(|life| Life { reached: None, ..*life }).collect();
        comparator[0].suffered = Some(150);
        // In the very month she was reached: still to be prevented.
        comparator[0].used = Some(100);
        // Exposed before she was reached, and after.
        comparator[1].exposed = Some(90);
        comparator[2].exposed = Some(115);
        // The daughter uses violence at 17, the son suffers it at 20.
        comparator[1].used = Some(50 + 17 * 12);
        comparator[2].suffered = Some(110 + 240);
        comparator[3].exposed = Some(425);
        comparator[4].gone = Some(430);
        let it = paired(&comparator, &scenario, HORIZON).unwrap();
        let at = |step: Step| *it.path.iter().find(|it| it.step == step).unwrap();
        let seen = |step: Step| (at(step).counts.persons, at(step).counts.prevented, at(step).already);
        assert_eq!(seen(Step::MotherSuffers), (1, 1, 0));
        assert_eq!(seen(Step::MotherUses), (1, 1, 0));
        assert_eq!(seen(Step::ChildExposed), (1, 1, 1));
        assert_eq!(seen(Step::ChildUses), (1, 0, 1));
        assert_eq!(seen(Step::ChildSuffers), (2, 1, 0));
        // One grandchild was gone at birth in one world.
        assert_eq!(seen(Step::GrandchildExposed), (1, 1, 0));
        assert!(it.path.iter().all(|step| step.reached == 1 && step.variance_of_net.is_none()));
        // A horizon before anybody is of age.
        let early = paired(&comparator, &scenario, 50 + 216).unwrap();
        let uses = early.path.iter().find(|it| it.step == Step::ChildUses).unwrap();
        assert_eq!((uses.counts.persons, uses.already), (0, 0));
    }

    #[test]
    fn numbers_needed_have_the_variance_between_families() {
        // Ten women reached; of the first four, two children each are spared growing up with violence, and one of the
        // fifth's is not.
        let woman = |key: i64| Life { reached: Some(0), born: -300, ..life(key) };
        let child = |key: i64| Life { mother: Some(key / 2 % 10), born: 10, generation: 1, ..life(key) };
        let scenario: Vec<Life> = (0..10).map(woman).chain((20..40).map(child)).collect();
        let mut comparator: Vec<Life> = scenario.iter().map(|life| Life { reached: None, ..*life }).collect();
        comparator[10..18].iter_mut().for_each(|child| child.exposed = Some(20));
        let mut caused = scenario.clone();
        caused[18].exposed = Some(20);
        let it = paired(&comparator, &caused, HORIZON).unwrap();
        let step = it.path.iter().find(|it| it.step == Step::ChildExposed).unwrap();
        assert_eq!((step.counts.prevented, step.counts.caused, step.counts.persons), (8, 1, 20));
        // Nets of families 2, 2, 2, 2, −1 and five times 0: squares 17, sum 7; (17 − 4.9) × 10 / 9.
        let variance = 12.1 * 10.0 / 9.0;
        assert!((step.variance_of_net.unwrap() - variance).abs() < 1e-12);
        let needed = step.needed().unwrap();
        assert!((needed.value - 10.0 / 7.0).abs() < 1e-12);
        assert!((needed.variance - variance * (10.0_f64 / 49.0).powi(2)).abs() < 1e-12);
        let (difference, of_difference) = step.per_thousand().unwrap();
        assert!((difference - 350.0).abs() < 1e-9 && (of_difference - variance * 2500.0).abs() < 1e-6);
    }

    /// `n` persons of whom `before` and `after` of the first ones use violence.
    fn worlds(n: i64, before: i64, after: i64) -> PairedLives {
        let world = |users: i64| -> Vec<Life> {
            (0..n)
                .map(|key| Life {
                    used: (key < users).then_some(5),
                    qaly_lost: f64::from(u8::from(key < users)),
                    ..life(key)
                })
                .collect()
        };
        paired(&world(before), &world(after), HORIZON).unwrap()
    }

    #[test]
    fn aggregates_are_means_over_pairs_with_students_limits() {
        // Nets 4, 0 and −1 of 100 persons: mean 1, variance 7, error √(7/3), t with 2 degrees 4.302653.
        let pairs = BTreeMap::from([
            ((0, 0), worlds(100, 20, 16)),
            ((0, 1), worlds(100, 20, 20)),
            ((0, 2), worlds(100, 20, 21)),
        ]);
        let it = aggregate(&pairs, Design::Crossed).unwrap();
        let row = it.rows.iter().find(|row| row.stratum == Stratum::Whole).unwrap();
        let used = row.events[1].1.unwrap();
        assert_eq!((row.persons, used.net.mean.mean, used.net.benefit), (Some(100.0), 1.0, 0.5));
        let error = (7.0_f64 / 3.0).sqrt();
        assert!((used.net.mean.error.unwrap() - error).abs() < 1e-12);
        assert!((used.net.mean.limits.unwrap().1 - 1.0 - 4.302_653 * error).abs() < 1e-5);
        assert!((used.prevented.mean - 4.0 / 3.0).abs() < 1e-12 && (used.caused.mean - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((used.comparator_per_thousand, used.scenario_per_thousand), (200.0, 190.0));
        assert_eq!(row.qaly_gained.unwrap().mean.mean, 1.0);
        // Nobody suffers: fewer than ten, and suppressed.
        assert_eq!((row.events[2].1, row.suppressed()), (None, true));
        assert_eq!((it.path[0], it.comparator_only.mean), ((Step::MotherSuffers, None), 0.0));
        // Replicates of a draw are averaged before benefit is counted: draws 2 and 1.
        let pairs = BTreeMap::from([
            ((0, 0), worlds(100, 20, 16)),
            ((0, 1), worlds(100, 20, 20)),
            ((1, 0), worlds(100, 20, 23)),
            ((1, 1), worlds(100, 20, 15)),
        ]);
        let it = aggregate(&pairs, Design::Nested).unwrap();
        let net = it.rows[0].events[1].1.unwrap().net;
        assert_eq!((net.mean.mean, net.mean.error, net.benefit), (1.5, Some(0.5), 1.0));
        assert_eq!(aggregate(&BTreeMap::new(), Design::Alone), None);
    }

    #[test]
    fn small_cells_are_suppressed() {
        let it = aggregate(&BTreeMap::from([((0, 0), worlds(9, 9, 1))]), Design::Alone).unwrap();
        assert!(it.rows.iter().all(|row| row.suppressed() && row.persons.is_none() && row.qaly_gained.is_none()));
        assert!(it.rows.iter().all(|row| row.events.iter().all(|(_, row)| row.is_none())));
        let it = aggregate(&BTreeMap::from([((0, 0), worlds(10, 10, 1))]), Design::Alone).unwrap();
        assert_eq!(it.rows[0].events[1].1.unwrap().net.mean.mean, 9.0);
    }

    #[test]
    fn steps_over_pairs_have_limits_only_where_the_sign_is_sure() {
        let world = |spared: i64| {
            let scenario: Vec<Life> = (0..50).map(|key| Life { reached: Some(0), born: -300, ..life(key) }).collect();
            let suffers = |life: &Life| Life { reached: None, suffered: (life.key < spared).then_some(9), ..*life };
            let comparator: Vec<Life> = scenario.iter().map(suffers).collect();
            paired(&comparator, &scenario, HORIZON).unwrap()
        };
        let of = |spared: [i64; 3]| {
            let pairs = (0..3).map(|at| ((0, at), world(spared[at as usize]))).collect();
            aggregate(&pairs, Design::Alone).unwrap().path[0].1.unwrap()
        };
        // Mean 10, error 1/√3, so 10 ± 4.302653/√3.
        let it = of([9, 10, 11]);
        let half = 4.302_653 / 3_f64.sqrt();
        let (low, high) = it.needed_limits.unwrap();
        assert_eq!((it.needed, it.per_thousand), (Some(5.0), (200.0, 0.0)));
        assert!((low - 50.0 / (10.0 + half)).abs() < 1e-5 && (high - 50.0 / (10.0 - half)).abs() < 1e-5);
        assert_eq!(of([0, 0, 30]).needed_limits, None);
        assert_eq!(of([0, 0, 0]).needed, None);
    }

    #[test]
    fn lives_out_of_order_are_refused() {
        let sorted = [life(1), life(2)];
        assert_eq!(paired(&[life(2), life(1)], &sorted, HORIZON), Err(Fault::NotSorted(1)));
        assert_eq!(paired(&sorted, &[life(1), life(1)], HORIZON), Err(Fault::NotSorted(1)));
        let faulty = [Life { qaly_lost: f64::NAN, ..life(4) }];
        assert_eq!(paired(&faulty, &sorted, HORIZON), Err(Fault::NotFinite(4)));
    }

    /// Whether there is such a person in a world, whether she is a woman, and birth, city and quintile.
    type Who = (bool, bool, Month, u8, u8);

    /// A world of up to 60 persons with any kin among smaller keys.
    fn any_world() -> impl Strategy<Value = Vec<Life>> {
        let month = || proptest::option::of(0..720_i32);
        let person = (
            (any::<bool>(), any::<bool>(), -400..300_i32, 0..4_u8, 0..6_u8),
            (proptest::option::of(0..60_i64), proptest::option::of(0..60_i64)),
            (month(), month(), month(), month(), month(), 0.0..5.0_f64),
        );
        proptest::collection::vec(person, 1..60).prop_map(|people| {
            let of = |(key, (who, kin, when)): (usize, (Who, _, _))| {
                let (mother, father): (Option<i64>, Option<i64>) = kin;
                let (exposed, used, suffered, gone, reached, qaly_lost) = when;
                let (there, female, born, city, quintile) = who;
                let sex = if female { Sex::Female } else { Sex::Male };
                let generation = city % 3;
                let older = |kin: Option<i64>| kin.filter(|kin| *kin < key as i64);
                let (mother, father) = (older(mother), older(father));
                let key = key as i64;
                let whole = Life {
                    key,
                    born,
                    sex,
                    mother,
                    father,
                    generation,
                    city,
                    quintile,
                    exposed,
                    used,
                    suffered,
                    gone,
                    reached,
                    qaly_lost,
                };
                there.then_some(whole)
            };
            people.into_iter().enumerate().filter_map(of).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_happens_counts_agree_with_bounds_and_strata_with_the_whole(
            comparator in any_world(), scenario in any_world(),
        ) {
            let it = paired(&comparator, &scenario, HORIZON).unwrap();
            let keys = |world: &[Life]| world.iter().map(|life| life.key).collect::<BTreeSet<_>>();
            let (of_comparator, of_scenario) = (keys(&comparator), keys(&scenario));
            let both = of_comparator.intersection(&of_scenario).count() as u64;
            prop_assert_eq!(it.whole().persons, both);
            prop_assert_eq!(it.comparator_only + both, comparator.len() as u64);
            prop_assert_eq!(it.scenario_only + both, scenario.len() as u64);
            let of_path = it.path.iter().map(|step| step.counts);
            let of_cells = it.cells.values().flat_map(|cell| Event::ALL.map(|event| *cell.of(event)));
            for counts in of_path.chain(of_cells) {
                prop_assert_eq!(counts.prevented as i64 - counts.caused as i64, counts.net());
                for (own, (low, high)) in
                    [(counts.prevented, counts.prevented_bounds()), (counts.caused, counts.caused_bounds())]
                {
                    prop_assert!(low <= own && own <= high, "{:?}", counts);
                }
                prop_assert!(counts.either() <= counts.persons && counts.prevented_gone <= counts.prevented);
                prop_assert!(counts.delayed + counts.hastened + counts.prevented <= counts.comparator);
                prop_assert!(counts.variance_of_net().is_none_or(|variance| variance >= -1e-9));
            }
            let kind = |stratum: &Stratum| match stratum {
                Stratum::Whole => 0,
                Stratum::Spill => 1,
                Stratum::Group(_) => 2,
                Stratum::Generation(_) => 3,
                Stratum::Decade(_) => 4,
                Stratum::Sex(_) => 5,
                Stratum::City(_) => 6,
                Stratum::Quintile(_) => 7,
            };
            let sum = |chosen: &dyn Fn(&Stratum) -> bool| {
                let cells = it.cells.iter().filter(|(stratum, _)| chosen(stratum)).map(|(_, cell)| cell);
                cells.fold(([0; 8], 0.0), |(mut counts, qaly), cell| {
                    let own = [cell.persons, cell.exposed.prevented, cell.used.prevented, cell.suffered.prevented,
                        cell.exposed.caused, cell.used.scenario, cell.suffered.months_delayed, cell.used.hastened];
                    counts.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
                    (counts, qaly + cell.qaly_gained)
                })
            };
            let whole = sum(&|stratum| *stratum == Stratum::Whole);
            for at in 2..8 {
                let parts = sum(&|stratum| kind(stratum) == at);
                prop_assert_eq!(parts.0, whole.0);
                prop_assert!((parts.1 - whole.1).abs() < 1e-9);
            }
            let spill = sum(&|stratum| *stratum == Stratum::Spill);
            let rest = sum(&|stratum| matches!(stratum, Stratum::Group(Group::Grandchild | Group::Other)));
            prop_assert_eq!(spill.0, rest.0);
        }

        #[test]
        fn a_world_held_against_itself_shows_nothing(world in any_world()) {
            let it = paired(&world, &world, HORIZON).unwrap();
            prop_assert_eq!((it.comparator_only, it.scenario_only), (0, 0));
            for cell in it.cells.values() {
                for counts in Event::ALL.map(|event| *cell.of(event)) {
                    prop_assert_eq!((counts.prevented, counts.caused, counts.delayed, counts.hastened), (0, 0, 0, 0));
                }
                prop_assert_eq!(cell.qaly_gained, 0.0);
            }
        }
    }
}
