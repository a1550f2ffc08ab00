//! `transmission`: ratio of the risk of violence between adults exposed in childhood and others, as simulated and as in
//! the input.
//!
//! Three ratios are compared. The *crude* ratio compares the exposed with the others in the past year. The *surveyed*
//! ratio is the expected result of a survey whose respondents recall their childhood imperfectly. The *causal* ratio
//! compares the exposed with the counterfactual in which the same persons were not exposed.
//!
//! Every onset comes from one hazard: that of the partner who began. It is multiplied by exp(acquired) for that
//! partner's use and for the other's suffering. Without the effect of one person's childhood, the onset would have
//! happened with probability exp(-acquired), where *acquired* is the contribution of this childhood to that log hazard:
//! use for the partner who began, suffering for the other. If a man joins in where his partner began, his onset comes
//! from her hazard, and his own childhood contributes only through his risk of suffering violence. The causal ratio is
//! the number of onsets divided by the sum of these probabilities. It contrasts this world with one in which the
//! childhoods of this sex have no effect, at the onsets of this world.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::{Seen, key, maybe, place_of, truth};
use super::settings::{OutcomeSettings, Pathway, Recall};
use crate::error::Result;
use crate::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
use crate::world::{Body, Childhood, ELSEWHERE, Event, Flag, Month, PersonId, Sex, WINDOWS, World, YearFlag};

/// The table `transmission`.
static TRANSMISSION: Schema = Schema {
    name: "transmission",
    meaning: "adults exposed in childhood versus adults never exposed, by sex, pathway and age window in which \
        exposure began; pooled over the last ten simulated years unless stated otherwise; simulated persons",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("sex", Kind::Text, "-", "sex of the adult: male, female or both"),
        key(
            "pathway",
            Kind::Text,
            "-",
            "exposure and outcome. witness_use: witnessed violence, uses violence against a partner; exposed_use: \
                witnessed or maltreated, uses violence; exposed_suffer: witnessed or maltreated, suffers violence; \
                maltreated_maltreats: maltreated, own child at home is maltreated",
        ),
        key("window", Kind::Text, "months", "age window in which exposure began: 0-23, 24-71, 72-143, 144-215 or all"),
        truth("years", Kind::Int, "years", "number of years pooled"),
        truth(
            "exposed",
            Kind::Int,
            "person-years",
            "adults exposed in childhood on this pathway (maltreated_maltreats: pairs of parent and child at home)",
        ),
        truth("exposed_cases", Kind::Int, "person-years", "of these, with the outcome in the year"),
        truth("unexposed", Kind::Int, "person-years", "adults never exposed on this pathway"),
        truth("unexposed_cases", Kind::Int, "person-years", "of these, with the outcome in the year"),
        truth("crude_ratio", Kind::Float, "ratio", "crude risk ratio per year: exposed versus unexposed"),
        truth("crude_odds_ratio", Kind::Float, "ratio", "crude odds ratio per year: exposed versus unexposed"),
        truth("crude_ratio_first_year", Kind::Float, "ratio", "crude_ratio in the first year"),
        truth("crude_odds_ratio_first_year", Kind::Float, "ratio", "crude_odds_ratio in the first year"),
        Column {
            name: "surveyed_ratio",
            kind: Kind::Float,
            unit: "ratio",
            meaning: "expected crude_ratio in a survey with imperfect recall of exposure; for window all",
            sees: Sees::Record,
        },
        truth(
            "onsets_exposed",
            Kind::Int,
            "onsets",
            "onsets of violence used (or suffered) by the exposed; maltreated_maltreats: onsets of maltreatment of \
                their children, counted for each parent at home",
        ),
        truth(
            "onsets_without_exposure",
            Kind::Float,
            "onsets",
            "expected number of these onsets in the counterfactual without any effect of the person's own childhood, \
                on all pathways",
        ),
        truth(
            "causal_ratio",
            Kind::Float,
            "ratio",
            "causal ratio among the exposed: onsets_exposed divided by onsets_without_exposure",
        ),
        truth(
            "achieved_kappa",
            Kind::Float,
            "share",
            "log of causal_ratio divided by log of crude_ratio; empty if crude_ratio is close to 1",
        ),
        Column {
            name: "input_ratio",
            kind: Kind::Float,
            unit: "ratio",
            meaning: "crude hazard ratio of the model (input); for window all",
            sees: Sees::Input,
        },
        Column {
            name: "input_kappa",
            kind: Kind::Float,
            unit: "share",
            meaning: "causal fraction (kappa) of the log hazard ratio in the model (input); for window all",
            sees: Sees::Input,
        },
        truth(
            "attributable_own",
            Kind::Float,
            "share",
            "attributable fraction: share of all onsets that would not have occurred without any effect of the \
                person's own childhood, that of the partner unchanged; for window all",
        ),
        truth(
            "attributable_both",
            Kind::Float,
            "share",
            "attributable fraction: share of all onsets that would not have occurred without any effect of the \
                childhoods of both partners (maltreated_maltreats: of all carers); for window all",
        ),
        truth(
            "exposed_share_of_cases",
            Kind::Float,
            "share",
            "share of adults with the outcome in a year who were exposed in childhood",
        ),
        truth("exposed_share_of_adults", Kind::Float, "share", "share of all adults who were exposed in childhood"),
        truth("exposed_reaching_30", Kind::Int, "persons", "exposed persons who grew up in the cities and turned 30"),
        truth("exposed_by_30", Kind::Float, "share", "share of these with the outcome before 30"),
        truth(
            "unexposed_reaching_30",
            Kind::Int,
            "persons",
            "unexposed persons who grew up in the cities and turned 30",
        ),
        truth("unexposed_by_30", Kind::Float, "share", "share of these with the outcome before 30"),
        truth("exposed_reaching_40", Kind::Int, "persons", "exposed persons who grew up in the cities and turned 40"),
        truth("exposed_by_40", Kind::Float, "share", "share of these with the outcome before 40"),
        truth(
            "unexposed_reaching_40",
            Kind::Int,
            "persons",
            "unexposed persons who grew up in the cities and turned 40",
        ),
        truth("unexposed_by_40", Kind::Float, "share", "share of these with the outcome before 40"),
        truth(
            "never_by_40_of_100",
            Kind::Float,
            "persons/100 persons",
            "number of 100 exposed children who reach 40 without the outcome",
        ),
    ],
};

/// Number of years that are pooled.
const POOLED: usize = 10;
/// Never exposed, then first exposed in each of the windows.
const GROUPS: usize = WINDOWS.len() + 1;
/// In the cities, and elsewhere.
const REGIONS: [&str; 2] = ["G4", "elsewhere"];
/// Words for the groups of exposed; all of them first.
const WINDOW_WORDS: [&str; GROUPS] = ["all", "0-23", "24-71", "72-143", "144-215"];
/// Ages in months by which prior outcomes are counted.
const AGES: [i32; 2] = [30 * 12, 40 * 12];
/// Index of using violence.
const USED: usize = 0;
/// Index of suffering violence.
const SUFFERED: usize = 1;
/// One onset, in the integers in which expected onsets are summed.
const ONE: f64 = 1e9;

/// Adults of one region, sex, pathway and window in one year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    persons: u64,
    cases: u64,
    /// Turned 30, turned 40.
    reaching: [u64; 2],
    /// Of these, with the outcome before that age.
    before: [u64; 2],
    onsets: u64,
    /// Probability of these onsets without the effect of the person's own childhood, summed, in billionths.
    without: u64,
    /// The same without the effect of either partner's childhood.
    without_both: u64,
}

/// Contribution of two childhoods to the log hazard of an onset.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Added {
    /// Of the person whose onset it is.
    own: f64,
    /// Of this person and all others on whom the hazard depends.
    both: f64,
}

/// Adults of one region, sex, window of first witnessing and window of first exposure in one December.
#[derive(Clone, Copy, Debug, Default)]
struct Adults {
    persons: u64,
    /// Used violence, suffered violence in the year.
    cases: [u64; 2],
    /// Turned 30, turned 40.
    reaching: [u64; 2],
    /// Of these, used and suffered violence before that age.
    before: [[u64; 2]; 2],
}

/// Counts of a pass over the rows in December.
#[derive(Clone, Debug)]
pub(super) struct December {
    adults: Vec<Adults>,
    /// Pairs of parent and child.
    parents: Groups,
}

/// Groups by region, sex, pathway and window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Groups(Vec<Group>);

/// Years so far, and counts of the current year's months.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Transmission {
    running: Groups,
    years: Vec<Groups>,
}

impl Group {
    fn add(&mut self, other: &Group) {
        self.persons += other.persons;
        self.cases += other.cases;
        for index in 0..2 {
            self.reaching[index] += other.reaching[index];
            self.before[index] += other.before[index];
        }
        self.onsets += other.onsets;
        self.without += other.without;
        self.without_both += other.without_both;
    }
}

impl Default for Groups {
    fn default() -> Self {
        Groups(vec![Group::default(); REGIONS.len() * 2 * Pathway::ALL.len() * GROUPS])
    }
}

impl Groups {
    fn at(&mut self, region: usize, sex: Sex, pathway: Pathway, group: usize) -> &mut Group {
        &mut self.0[((region * 2 + sex as usize) * Pathway::ALL.len() + pathway as usize) * GROUPS + group]
    }

    fn add(&mut self, other: &Groups) {
        for (group, more) in self.0.iter_mut().zip(&other.0) {
            group.add(more);
        }
    }

    /// Distributes the adults of December over the pathways on which they are exposed or not.
    fn add_adults(&mut self, adults: &[Adults]) {
        for (index, adults) in adults.iter().enumerate() {
            let (region, sex) = (index / (2 * GROUPS * GROUPS), Sex::BOTH[index / (GROUPS * GROUPS) % 2]);
            let (witnessed, exposed) = (index / GROUPS % GROUPS, index % GROUPS);
            for (pathway, group, which) in [
                (Pathway::WitnessUse, witnessed, USED),
                (Pathway::ExposedUse, exposed, USED),
                (Pathway::ExposedSuffer, exposed, SUFFERED),
            ] {
                let group = self.at(region, sex, pathway, group);
                group.persons += adults.persons;
                group.cases += adults.cases[which];
                for age in 0..AGES.len() {
                    group.reaching[age] += adults.reaching[age];
                    group.before[age] += adults.before[age][which];
                }
            }
        }
    }

    fn onset(&mut self, region: usize, body: &Body, pathway: Pathway, exposure: usize, added: Added) {
        let billionths = |log: f64| libm::rint(ONE * libm::exp(-log)) as u64;
        let group = self.at(region, body.sex(), pathway, exposure);
        group.onsets += 1;
        group.without += billionths(added.own);
        group.without_both += billionths(added.both);
    }
}

impl Default for December {
    fn default() -> Self {
        December { adults: vec![Adults::default(); REGIONS.len() * 2 * GROUPS * GROUPS], parents: Groups::default() }
    }
}

impl December {
    /// Counts one person: an adult by the events of the year, a child with the parents at home.
    #[inline]
    fn count(&mut self, seen: &Seen<'_>) {
        if !seen.lives {
            return;
        }
        if seen.is_adult() {
            self.count_adult(seen);
        } else if seen.body.at_parents() {
            self.count_child(seen);
        }
    }

    #[inline]
    fn count_adult(&mut self, seen: &Seen<'_>) {
        let [witnessed, _, exposed] = seen.childhood().map_or([0; 3], groups);
        let place = (region(seen.place) * 2 + seen.body.sex() as usize) * GROUPS;
        let adults = &mut self.adults[(place + witnessed) * GROUPS + exposed];
        adults.persons += 1;
        if seen.past.year != 0 {
            adults.cases[USED] += u64::from(seen.marked(YearFlag::Used));
            adults.cases[SUFFERED] += u64::from(seen.marked(YearFlag::Suffered));
        }
        let age = seen.age_months();
        let turned = AGES.iter().position(|from| (*from..from + 12).contains(&age));
        if let Some(turned) = turned.filter(|_| seen.is_followed()) {
            let before = |first: Month| u64::from(first.has_come() && first.since(seen.body.born) < AGES[turned]);
            adults.reaching[turned] += 1;
            adults.before[turned][USED] += before(seen.past.used);
            adults.before[turned][SUFFERED] += before(seen.past.suffered);
        }
    }

    fn count_child(&mut self, seen: &Seen<'_>) {
        let world = seen.world;
        let (parent, partner) = world.carers(seen.row);
        for carer in [parent, partner].into_iter().flatten() {
            let body = world.body(carer);
            if is_pair(world, seen.row, carer) {
                let exposure = exposure(world, carer)[1];
                let group = self.parents.at(region(seen.place), body.sex(), Pathway::MaltreatedMaltreats, exposure);
                group.persons += 1;
                group.cases += u64::from(seen.marked(YearFlag::Maltreated));
            }
        }
    }

    /// Adds the counts of another block of rows.
    fn add(&mut self, other: &December) {
        for (adults, more) in self.adults.iter_mut().zip(&other.adults) {
            adults.persons += more.persons;
            for index in 0..2 {
                adults.cases[index] += more.cases[index];
                adults.reaching[index] += more.reaching[index];
                adults.before[index][USED] += more.before[index][USED];
                adults.before[index][SUFFERED] += more.before[index][SUFFERED];
            }
        }
        self.parents.add(&other.parents);
    }
}

/// Groups of a childhood by first witnessing, by first maltreatment and by the first of either.
fn groups(childhood: &Childhood) -> [usize; 3] {
    let first =
        |met: &dyn Fn(usize) -> bool| (0..WINDOWS.len()).find(|window| met(*window)).map_or(0, |window| window + 1);
    let witnessed = |window: usize| childhood.witnessed[window] > 0;
    let maltreated = |window: usize| childhood.maltreated.iter().any(|kind| kind[window] > 0);
    [first(&witnessed), first(&maltreated), first(&|window| witnessed(window) || maltreated(window))]
}

fn exposure(world: &World, row: usize) -> [usize; 3] {
    if world.past(row).exposed.has_come() { groups(world.childhood(row)) } else { [0; 3] }
}

/// Whether a carer is a parent of the child and a person of the study population: a pair of the last pathway.
fn is_pair(world: &World, child: usize, carer: usize) -> bool {
    let (kin, id) = (world.kin(child), PersonId(carer as u32));
    (kin.mother == id || kin.father == id) && !world.body(carer).has(Flag::Outsider)
}

fn region(place: usize) -> usize {
    usize::from(place == ELSEWHERE)
}

impl Transmission {
    /// An onset of maltreatment counts with each parent at home, as their pairs with the child do. The hazard uses the
    /// largest acquired value of the carers, so that without one childhood the next largest remains.
    fn maltreatment(&mut self, world: &World, child: PersonId) {
        let (Some(place), Some(row)) = (place_of(world, child), child.row()) else { return };
        let (parent, partner) = world.carers(row);
        let acquired = |carer: Option<usize>| carer.map_or(0.0, |row| world.mind(row).acquired_maltreat.get());
        let both = acquired(parent).max(acquired(partner)).max(0.0);
        for (carer, other) in [(parent, partner), (partner, parent)] {
            let Some(carer) = carer.filter(|carer| is_pair(world, row, *carer)) else { continue };
            let own = both - acquired(other).max(0.0);
            let exposure = exposure(world, carer)[1];
            let (body, added) = (world.body(carer), Added { own, both });
            self.running.onset(region(place), body, Pathway::MaltreatedMaltreats, exposure, added);
        }
    }
}

impl Observer for Transmission {
    const SCHEMA: &'static Schema = &TRANSMISSION;
    const SIZE: Size = Size::by_year(600.0);
    type December = December;

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        for event in world.events() {
            match *event {
                Event::Onset { couple, by, begun_by, .. } => {
                    let Some(couple) = world.couple_by_id(couple) else { continue };
                    // The log hazard of the onset: use of the partner who began, suffering of the other.
                    let log = |sex: Sex| {
                        let mind = couple.partner(sex).row().map(|row| world.mind(row));
                        mind.map_or(0.0, |mind| {
                            if sex == begun_by { mind.acquired_use.get() } else { mind.acquired_suffer.get() }
                        })
                    };
                    let both = log(Sex::Male) + log(Sex::Female);
                    for sex in Sex::BOTH {
                        let who = couple.partner(sex);
                        let (Some(place), Some(row)) = (place_of(world, who), who.row()) else { continue };
                        let (body, added) = (world.body(row), Added { own: log(sex), both });
                        let [witnessed, _, exposed] = exposure(world, row);
                        let pathways: &[(Pathway, usize)] = if sex == by {
                            &[(Pathway::WitnessUse, witnessed), (Pathway::ExposedUse, exposed)]
                        } else {
                            &[(Pathway::ExposedSuffer, exposed)]
                        };
                        for (pathway, exposure) in pathways {
                            self.running.onset(region(place), body, *pathway, *exposure, added);
                        }
                    }
                }
                Event::Maltreatment { child, .. } => self.maltreatment(world, child),
                _ => {}
            }
        }
    }

    #[inline]
    fn count(december: &mut December, seen: &Seen<'_>) {
        december.count(seen);
    }

    fn merge(december: &mut December, following: December) {
        december.add(&following);
    }

    fn year(&mut self, _: &World, _: Month, december: December, _: &OutcomeSettings) {
        let mut year = std::mem::take(&mut self.running);
        year.add_adults(&december.adults);
        year.add(&december.parents);
        self.years.push(year);
    }

    fn table(&self, _: &World, settings: &OutcomeSettings) -> Result<Table> {
        let mut table = Table::new(&TRANSMISSION);
        let last = &self.years[self.years.len().saturating_sub(POOLED)..];
        let mut pooled = Groups::default();
        last.iter().for_each(|year| pooled.add(year));
        let mut first = self.years.first().cloned().unwrap_or_default();
        for (region, city) in REGIONS.into_iter().enumerate() {
            for (sexes, sex) in [(&[Sex::Male][..], "male"), (&[Sex::Female], "female"), (&Sex::BOTH, "both")] {
                for pathway in Pathway::ALL {
                    let of = |groups: &mut Groups, group: usize| {
                        let mut sum = Group::default();
                        sexes.iter().for_each(|sex| sum.add(groups.at(region, *sex, pathway, group)));
                        sum
                    };
                    let now: [Group; GROUPS] = std::array::from_fn(|group| of(&mut pooled, group));
                    let then: [Group; GROUPS] = std::array::from_fn(|group| of(&mut first, group));
                    let input = match sexes {
                        [sex] => settings.inputs.ratios[pathway as usize][*sex as usize],
                        _ => None,
                    };
                    for (window, word) in WINDOW_WORDS.into_iter().enumerate() {
                        let mut cells = vec![
                            Cell::count(settings.draw),
                            Cell::count(settings.replicate),
                            Cell::Text(city),
                            Cell::Text(sex),
                            Cell::Text(pathway.word()),
                            Cell::Text(word),
                            Cell::count(last.len()),
                        ];
                        let contrast = |groups: &[Group; GROUPS]| Contrast::new(groups, window);
                        let whole = window == 0;
                        let recall = settings.inputs.recall.filter(|_| whole);
                        let inputs = [input, settings.inputs.kappa].map(|input| maybe(input.filter(|_| whole)));
                        contrast(&now).cells(&contrast(&then), recall, inputs, &mut cells);
                        table.push_row(&cells)?;
                    }
                }
            }
        }
        Ok(table)
    }
}

/// Comparison of the exposed with the never exposed.
#[derive(Clone, Copy, Debug)]
struct Contrast {
    exposed: Group,
    others: Group,
    /// All persons, whatever the window of exposure.
    all: Group,
    whole: bool,
}

impl Contrast {
    /// The exposed of one window, or of all for window 0.
    fn new(groups: &[Group; GROUPS], window: usize) -> Contrast {
        let (others, mut all) = (groups[0], groups[0]);
        let mut exposed = Group::default();
        for (index, group) in groups.iter().enumerate().skip(1) {
            all.add(group);
            if window == 0 || index == window {
                exposed.add(group);
            }
        }
        Contrast { exposed, others, all, whole: window == 0 }
    }

    fn risk_ratio(&self) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        divide(divide(y, n)?, divide(z, m)?)
    }

    fn odds_ratio(&self) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        divide(y * (m - z), (n - y) * z)
    }

    /// Exposed, cases among them, others, cases among them.
    fn fourfold(&self) -> [f64; 4] {
        [self.exposed.persons, self.exposed.cases, self.others.persons, self.others.cases].map(|count| count as f64)
    }

    /// The risk ratio found by a survey in which exposure is recalled imperfectly, independently of the outcome.
    fn surveyed(&self, recall: Recall) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        let (hit, false_alarm) = (recall.sensitivity, 1.0 - recall.specificity);
        let says = |exposed: f64, others: f64| hit * exposed + false_alarm * others;
        let denies = |exposed: f64, others: f64| (1.0 - hit) * exposed + (1.0 - false_alarm) * others;
        divide(divide(says(y, z), says(n, m))?, divide(denies(y, z), denies(n, m))?)
    }

    fn cells<'a>(
        &self,
        first: &Contrast,
        recall: Option<Recall>,
        [ratio, kappa_in]: [Cell<'a>; 2],
        cells: &mut Vec<Cell<'a>>,
    ) {
        let crude = self.risk_ratio();
        let without = self.exposed.without as f64 / ONE;
        let causal = divide(self.exposed.onsets as f64, without);
        let kappa = crude.zip(causal).and_then(|(crude, causal)| {
            let log = libm::log(crude);
            (log.abs() >= 0.01).then(|| libm::log(causal) / log)
        });
        let all = self.all.onsets as f64;
        let attributable = |without: u64| maybe(divide(all - without as f64 / ONE, all).filter(|_| self.whole));
        let share = |of: u64, all: u64| maybe(divide(of as f64, all as f64));
        cells.extend([
            Cell::count(self.exposed.persons),
            Cell::count(self.exposed.cases),
            Cell::count(self.others.persons),
            Cell::count(self.others.cases),
            maybe(crude),
            maybe(self.odds_ratio()),
            maybe(first.risk_ratio()),
            maybe(first.odds_ratio()),
            maybe(recall.and_then(|recall| self.surveyed(recall))),
            Cell::count(self.exposed.onsets),
            Cell::Float(without),
            maybe(causal),
            maybe(kappa),
            ratio,
            kappa_in,
            attributable(self.all.without),
            attributable(self.all.without_both),
            share(self.exposed.cases, self.all.cases),
            share(self.exposed.persons, self.all.persons),
        ]);
        for age in 0..2 {
            for group in [&self.exposed, &self.others] {
                cells.push(Cell::count(group.reaching[age]));
                cells.push(share(group.before[age], group.reaching[age]));
            }
        }
        let never = self.exposed.reaching[1] - self.exposed.before[1];
        cells.push(maybe(divide(100.0 * never as f64, self.exposed.reaching[1] as f64)));
    }
}

fn divide(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::settings::Inputs;
    use super::super::small::{AMSTERDAM, Small, ints, row, the_row};
    use super::*;
    use crate::world::{Change, MaltreatmentKind, Milli, Violence};

    fn small() -> Small {
        let mut inputs = Inputs { kappa: Some(0.5), ..Inputs::default() };
        inputs.ratios[Pathway::WitnessUse as usize] = [Some(2.4), Some(1.7)];
        inputs.recall = Some(Recall { sensitivity: 0.45, specificity: 0.93 });
        Small::with(&[Outcome::Transmission], OutcomeSettings { inputs, ..OutcomeSettings::default() })
    }

    fn adult(small: &mut Small, sex: Sex, born: i32, witnessed: [u8; 4], maltreated: [u8; 4]) -> PersonId {
        let who = small.person(sex, Month::january(born), AMSTERDAM);
        let childhood = Childhood { witnessed, maltreated: [maltreated, [0; 4], [0; 4], [0; 4]] };
        if childhood != Childhood::default() {
            *small.world.set_up().childhood(row(who)) = childhood;
            small.world.set_up().past(row(who)).exposed = Month(-200);
        }
        who
    }

    fn of<'a>(city: &'a str, sex: &'a str, pathway: &'a str, window: &'a str) -> [(&'static str, Cell<'a>); 4] {
        let text = Cell::Text;
        [("city", text(city)), ("sex", text(sex)), ("pathway", text(pathway)), ("window", text(window))]
    }

    fn number(table: &Table, row: usize, column: &str) -> f64 {
        let cell = table.cell(row, column).expect("a column");
        cell.as_float().unwrap_or_else(|| panic!("{column} is empty"))
    }

    /// A man starts to use violence: one incident this month.
    fn use_violence(small: &mut Small, man: PersonId) -> [Change; 2] {
        let woman = adult(small, Sex::Female, 1970, [0; 4], [0; 4]);
        let couple = small.couple(man, woman);
        [
            Change::Violence { couple, by: Sex::Male, state: Violence::Situational },
            Change::Incidents { couple, counts: [1, 0] },
        ]
    }

    #[test]
    fn crude_surveyed_and_causal_ratios_are_those_of_the_fourfold_table() {
        let mut small = small();
        let witnesses: Vec<PersonId> =
            (0..4).map(|_| adult(&mut small, Sex::Male, 1970, [0, 3, 0, 1], [0; 4])).collect();
        let others: Vec<PersonId> = (0..8).map(|_| adult(&mut small, Sex::Male, 1970, [0; 4], [0; 4])).collect();
        for man in &witnesses {
            small.mind(*man).acquired_use = Milli::new(0.5);
        }
        let mut changes = Vec::new();
        for man in [witnesses[0], witnesses[1], others[0]] {
            changes.extend(use_violence(&mut small, man));
        }
        small.month(changes, []);
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "witness_use", "all"));
        assert_eq!(
            ints(&table, at, ["exposed", "exposed_cases", "unexposed", "unexposed_cases", "onsets_exposed"]),
            [4, 2, 8, 1, 2]
        );
        assert_eq!(number(&table, at, "crude_ratio"), 4.0);
        assert_eq!(number(&table, at, "crude_odds_ratio"), 7.0);
        // Respondents who report exposure: .45 x 4 + .07 x 8 persons, .45 x 2 + .07 x 1 cases.
        let surveyed = ((0.9 + 0.07) / (1.8 + 0.56)) / ((1.1 + 0.93) / (2.2 + 7.44));
        assert!((number(&table, at, "surveyed_ratio") - surveyed).abs() < 1e-12);
        assert!((number(&table, at, "causal_ratio") - libm::exp(0.5)).abs() < 1e-8);
        assert!((number(&table, at, "achieved_kappa") - 0.5 / libm::log(4.0)).abs() < 1e-8);
        assert_eq!([number(&table, at, "input_ratio"), number(&table, at, "input_kappa")], [2.4, 0.5]);
        assert!((number(&table, at, "attributable_own") - 2.0 * (1.0 - libm::exp(-0.5)) / 3.0).abs() < 1e-8);
        assert!((number(&table, at, "exposed_share_of_cases") - 2.0 / 3.0).abs() < 1e-12);
        // Exposure began in the second window.
        let at = the_row(&table, &of("G4", "male", "witness_use", "24-71"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_cases", "unexposed"]), [4, 2, 8]);
        assert_eq!(table.cell(at, "surveyed_ratio"), Some(Cell::Null));
        let at = the_row(&table, &of("G4", "male", "witness_use", "144-215"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed"]), [0, 8]);
        assert_eq!(table.cell(at, "crude_ratio"), Some(Cell::Null));
        assert_eq!(table.rows(), 2 * 3 * 4 * 5);
    }

    #[test]
    fn who_joins_in_owes_it_to_the_hazard_of_the_partner_who_began() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [1, 0, 0, 0], [0; 4]);
        let woman = adult(&mut small, Sex::Female, 1970, [0, 2, 0, 0], [0; 4]);
        (small.mind(man).acquired_use, small.mind(man).acquired_suffer) = (Milli::new(0.7), Milli::new(0.2));
        (small.mind(woman).acquired_use, small.mind(woman).acquired_suffer) = (Milli::new(0.4), Milli::new(0.5));
        let couple = small.couple(man, woman);
        let state = Violence::Situational;
        let begins = Change::Violence { couple, by: Sex::Female, state };
        let joins = Change::Joins { couple, by: Sex::Male, state };
        small.month([begins, joins, Change::Incidents { couple, counts: [1, 1] }], []);
        small.live_until(Month::january(2009));
        let table = small.table();
        // The onset comes from her hazard, for all four: her use, and the effect of his childhood on his suffering.
        for (sex, pathway, own) in [
            ("male", "exposed_use", 0.2),
            ("male", "witness_use", 0.2),
            ("male", "exposed_suffer", 0.2),
            ("female", "exposed_use", 0.4),
            ("female", "exposed_suffer", 0.4),
        ] {
            let at = the_row(&table, &of("G4", sex, pathway, "all"));
            assert_eq!(ints(&table, at, ["exposed", "onsets_exposed"]), [1, 1], "{sex} {pathway}");
            let log = libm::log(number(&table, at, "causal_ratio"));
            assert!((log - own).abs() < 1e-8, "{sex} {pathway}: {log}");
            assert!((number(&table, at, "attributable_own") - (1.0 - libm::exp(-own))).abs() < 1e-8);
            assert!((number(&table, at, "attributable_both") - (1.0 - libm::exp(-0.6))).abs() < 1e-8);
        }
    }

    #[test]
    fn suffering_counts_with_the_victim_and_witnessing_is_no_exposure_for_maltreating() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [0; 4], [0; 4]);
        let woman = adult(&mut small, Sex::Female, 1970, [1, 0, 0, 0], [0; 4]);
        small.mind(woman).acquired_suffer = Milli::new(0.25);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2003), woman);
        small.month(
            [
                Change::Violence { couple, by: Sex::Male, state: Violence::Coercive },
                Change::Incidents { couple, counts: [1, 0] },
                Change::MaltreatmentBegins { child, kinds: MaltreatmentKind::Physical.bit() },
                Change::MaltreatmentMonth { child, window: 1, end: 0 },
            ],
            [],
        );
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "female", "exposed_suffer", "0-23"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_cases", "onsets_exposed"]), [1, 1, 1]);
        assert!((number(&table, at, "onsets_without_exposure") - libm::exp(-0.25)).abs() < 1e-9);
        let at = the_row(&table, &of("G4", "both", "maltreated_maltreats", "all"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed", "unexposed_cases", "onsets_exposed"]), [0, 2, 2, 0]);
        let at = the_row(&table, &of("G4", "male", "witness_use", "all"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed", "unexposed_cases"]), [0, 1, 1]);
    }

    #[test]
    fn an_onset_of_maltreatment_goes_with_the_maltreated_parent() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [0; 4], [2, 0, 0, 0]);
        let woman = adult(&mut small, Sex::Female, 1970, [0; 4], [0; 4]);
        small.mind(man).acquired_maltreat = Milli::new(0.4);
        small.couple(man, woman);
        let child = small.child(Sex::Female, Month::january(2003), woman);
        let kinds = MaltreatmentKind::Neglect.bit();
        small.month(
            [Change::MaltreatmentBegins { child, kinds }, Change::MaltreatmentMonth { child, window: 1, end: kinds }],
            [],
        );
        small.live_until(Month::january(2010));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "maltreated_maltreats", "0-23"));
        assert_eq!(ints(&table, at, ["years", "exposed", "exposed_cases", "onsets_exposed"]), [2, 2, 1, 1]);
        assert!((number(&table, at, "onsets_without_exposure") - libm::exp(-0.4)).abs() < 1e-9);
        let at = the_row(&table, &of("G4", "female", "maltreated_maltreats", "all"));
        assert_eq!(ints(&table, at, ["unexposed", "unexposed_cases", "onsets_exposed"]), [2, 1, 0]);
    }

    #[test]
    fn of_those_who_reach_an_age_the_ones_who_began_before_it_count() {
        let mut small = small();
        let early = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        let late = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        let stranger = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        small.world.set_up().body(row(stranger)).set(Flag::GrewUpHere, false);
        adult(&mut small, Sex::Male, 1968, [0, 0, 2, 0], [0; 4]);
        small.world.set_up().past(row(early)).used = Month::january(2007);
        small.world.set_up().past(row(late)).used = Month::january(2008);
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "exposed_use", "all"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_reaching_30", "exposed_reaching_40"]), [4, 2, 1]);
        assert_eq!(number(&table, at, "exposed_by_30"), 0.5);
        assert_eq!(number(&table, at, "never_by_40_of_100"), 100.0);
    }
}
