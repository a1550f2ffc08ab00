//! `lives`: one row per person who may have had an event, so that the same person can be compared in two scenarios.
//!
//! A person has the same key in every scenario. Persons without a row had no violence at home, no measure and no loss
//! of health in the years simulated, and were not born in them; all of them exist in every scenario, because only
//! births depend on it. The rows of two scenarios therefore show for each person what was prevented, what was postponed
//! and what was caused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::costs::{ByState, CostKind, CostUnit, Cutoffs, Grades, Pricing, State, Volume, Weights, parts, years_left};
use super::observer::{Observer, Size};
use super::scene::{
    BIRTHPLACE, Birthplace, FIRST_EXPOSED, FIRST_SUFFERED, FIRST_USED, SEX, Seen, key, merge, month, record, truth,
};
use super::settings::OutcomeSettings;
use crate::error::Result;
use crate::money::{Discounting, PRICE_YEAR, factor, present_years};
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{ADULT, Edge, Event, Month, Passage, PersonId, Place, Places, Sex, World, YearFlag};

/// The table `lives`.
static LIVES: Schema = Schema {
    name: "lives",
    meaning: "a person who was born in the simulated years, used, suffered or witnessed violence at home, was reached \
        by a measure, or lost health; simulated persons; months are counted from January 2008 (= 0). Persons without \
        a row exist in every scenario and had none of these events",
    keys: 4,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario"),
        truth("born", Kind::Int, "month", "month of birth (0 = January 2008)"),
        SEX_OF_LIFE,
        truth(
            "mother",
            Kind::Key,
            "-",
            "key of the mother (biological and rearing); for an orphan who was taken in, the person who took her \
                place; empty if unknown",
        ),
        truth(
            "father",
            Kind::Key,
            "-",
            "key of the father (biological and rearing); for an orphan who was taken in, the person who took his \
                place; empty if unknown",
        ),
        truth(
            "generation",
            Kind::Int,
            "count",
            "0: adult in January 2008; 1: child in January 2008, or born later to a mother who was an adult then; 2: \
                born to a mother who was a child then; 3: born to a mother born later (by the father if the mother is \
                unknown); empty if no parent is known",
        ),
        BIRTHPLACE_OF_LIFE,
        truth(
            "arrived",
            Kind::Int,
            "month",
            "first month of arrival in the cities from elsewhere (0 = January 2008); empty for persons present in \
                January 2008 or born in the cities, and for persons born elsewhere who never arrived",
        ),
        truth(
            "deprivation",
            Kind::Int,
            "fifth",
            "quintile of the city's households by deprivation of the area in which this person was first observed: 1 \
                least deprived, 5 most deprived; empty elsewhere",
        ),
        FIRST_EXPOSED,
        FIRST_USED,
        FIRST_SUFFERED,
        truth(
            "months_exposed",
            Kind::Int,
            "months",
            "months of witnessing violence plus months of each kind of maltreatment, before 18",
        ),
        truth(
            "gone",
            Kind::Int,
            "month",
            "month of death or of loss to follow-up (0 = January 2008); empty for persons present at the end",
        ),
        truth("died", Kind::Bool, "-", "whether `gone` is the month of death"),
        record(
            "reached",
            Kind::Int,
            "month",
            "first month in which this person started a measure (0 = January 2008); empty if never",
        ),
        record("reached_by", Kind::Text, "-", "key of that measure"),
        truth(
            "qaly_lost",
            Kind::Float,
            "QALY",
            "QALYs lost due to violence, as in the rows with unit qaly of `costs`; not discounted",
        ),
        truth(
            "qaly_lost_zin",
            Kind::Float,
            "QALY",
            "QALYs lost, discounted at 1.5 % per year to 2008 (zin-2024 and zin-2016)",
        ),
        truth("qaly_lost_mkba", Kind::Float, "QALY", "QALYs lost, discounted at 2.25 % per year to 2008 (mkba-2021)"),
        truth(
            "qaly_lost_abuse",
            Kind::Float,
            "QALY",
            "part of qaly_lost_zin that is due to ongoing violence (items abuse_moderate and abuse_severe)",
        ),
        truth(
            "daly_lost",
            Kind::Float,
            "DALY",
            "DALYs lost due to violence (symptoms and death), as in the rows with unit daly of `costs`; not \
                discounted; do not add to QALYs",
        ),
        truth("daly_lost_zin", Kind::Float, "DALY", "DALYs lost, discounted at 1.5 % per year to 2008"),
        truth(
            "years_victim",
            Kind::Int,
            "years",
            "years in which this person counts in any_victims of `yearly`: suffered violence from a partner or another \
                relative",
        ),
        truth(
            "years_partner_victim",
            Kind::Int,
            "years",
            "years in which this person counts in victims of `yearly`: suffered violence from a partner or former \
                partner",
        ),
        truth("years_witnessing", Kind::Int, "years", "years in which this person witnessed violence as a child"),
        truth("years_maltreated", Kind::Int, "years", "years in which this person was maltreated as a child"),
    ],
};

/// Sex of a person; not a key in this table.
const SEX_OF_LIFE: crate::tables::Column = crate::tables::Column { sees: crate::tables::Sees::Truth, ..SEX };

/// Place of birth of a person; not a key in this table. Unlike the cohorts, `lives` records for every newcomer that
/// they came from elsewhere.
const BIRTHPLACE_OF_LIFE: crate::tables::Column =
    crate::tables::Column { sees: crate::tables::Sees::Truth, ..BIRTHPLACE };

/// Losses of health that are stored: QALY not discounted, discounted at 1.5 % and at 2.25 %, and the part of the second
/// that is due to ongoing violence; DALY not discounted and at 1.5 %; then the years with each of [`MARKS`].
type Lost = [f64; HEALTH + MARKS];

/// Number of sums of lost health.
const HEALTH: usize = 6;
/// Kinds of years that are counted: with violence from anybody, with violence from a partner, of witnessing, of
/// maltreatment.
const MARKS: usize = 4;

/// The discounting rules of the first three.
const RULES: [Discounting; 3] = [Discounting::None, Discounting::Zin2024, Discounting::Mkba2021];

/// State of a person when last observed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Life {
    key: u64,
    place: Place,
    born: Month,
    sex: Sex,
    mother: u64,
    father: u64,
    generation: Option<u8>,
    birthplace: Birthplace,
    exposed: Month,
    used: Month,
    suffered: Month,
    months_exposed: u16,
    gone: Month,
    died: bool,
}

/// First observation of a person, or a later arrival in the cities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sight {
    key: u64,
    place: Place,
    /// Month of arrival from elsewhere; never for persons who were present at the start or were born here.
    arrived: Month,
}

/// Health weights of consequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Scales {
    cutoffs: Cutoffs,
    states: Weights,
    /// A life year of a person who was killed, in QALY and in DALY.
    killed: [f64; 2],
}

/// The weights of states, for a pass over the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Weighing {
    states: Weights,
    /// Present if any grade of symptoms has a weight.
    grades: Option<Grades>,
}

/// Data of the table so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lives {
    scales: Scales,
    /// Whether the persons present on the first day have been recorded.
    begun: bool,
    /// First observations, in order.
    seen: Vec<Sight>,
    /// Persons who died or were lost to follow-up.
    closed: Vec<Life>,
    /// First start of a measure: month and index of the programme.
    reached: BTreeMap<u64, (Month, u16)>,
    /// Health lost, and years with violence, of persons who had any, sorted by key.
    lost: Vec<(u64, Lost)>,
}

/// One year of a person: QALY lost through ongoing violence and through its consequences, and DALY; and which kinds of
/// year it was.
type YearLost = (u64, [f64; 3], [bool; MARKS]);

impl Scales {
    fn of(pricing: &Pricing) -> Scales {
        let killed = |unit: CostUnit| {
            let of = pricing.prices.iter().filter(|price| price.kind == CostKind::Health && price.unit == unit);
            of.filter(|price| price.volume == Volume::Killed).map(|price| price.price).sum()
        };
        Scales {
            cutoffs: pricing.cutoffs,
            states: Weights::of(&pricing.prices),
            killed: [CostUnit::Qaly, CostUnit::Daly].map(killed),
        }
    }
}

impl Weighing {
    /// Losses of a person in the year that ends, or `None`.
    #[inline]
    fn year(&self, seen: &Seen<'_>) -> Option<YearLost> {
        let marks = marks(seen);
        let lost = self.lost(seen).unwrap_or_default();
        (lost.iter().any(|lost| *lost > 0.0) || marks.contains(&true)).then_some((seen.body.key, lost, marks))
    }

    /// QALY lost in the year through ongoing violence and through its consequences, and DALY.
    #[inline]
    fn lost(&self, seen: &Seen<'_>) -> Option<[f64; 3]> {
        let parts = parts(seen, self.grades.as_ref())?;
        let lost = |unit: CostUnit| self.states.lost(&parts, unit);
        let sum = |of: &ByState| of.iter().sum::<f64>();
        let qaly = lost(CostUnit::Qaly);
        let now: f64 = State::VIOLENCE.into_iter().map(|state| qaly[state as usize]).sum();
        let (qaly, daly) = (sum(&qaly), sum(&lost(CostUnit::Daly)));
        Some([now, qaly - now, daly])
    }
}

impl Lives {
    fn killed(&mut self, key: u64, age_months: i32, lived: Month) {
        let left = years_left(age_months, &self.scales.cutoffs);
        let [plain, zin, mkba] = RULES.map(|rule| {
            let (rate, year) = (rule.effects(), lived.year() - PRICE_YEAR);
            present_years(rate, left) * factor(rate, year)
        });
        let [qaly, daly] = self.scales.killed;
        let health = [qaly * plain, qaly * zin, qaly * mkba, 0.0, daly * plain, daly * zin];
        merge(&mut self.lost, [(key, all(health, [false; MARKS]))]);
    }
}

impl Observer for Lives {
    const SCHEMA: &'static Schema = &LIVES;
    const SIZE: Size = Size { disk_person_year: 1.575, memory_person_year: 27.0, time: 0.08, ..Size::NONE };
    /// Health weights, and persons who lost health or had violence in the year.
    type December = (Weighing, Vec<YearLost>);

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.scales = Scales::of(&settings.pricing);
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        if !self.begun {
            self.begun = true;
            let there = world.present().map(|row| world.body(row));
            self.seen.extend(there.map(|body| Sight { key: body.key, place: body.place, arrived: Month::NEVER }));
        }
        for event in world.events() {
            match *event {
                Event::Birth { child: who } | Event::Arrival { who, .. } => {
                    if let Some(row) = studied(world, who) {
                        let body = world.body(row);
                        let arrived = if matches!(event, Event::Birth { .. }) { Month::NEVER } else { lived };
                        self.seen.push(Sight { key: body.key, place: body.place, arrived });
                    }
                }
                Event::Death { who, by_partner } => {
                    if let Some(row) = studied(world, who) {
                        if by_partner {
                            self.killed(world.body(row).key, world.body(row).age_months(lived), lived);
                        }
                        self.closed.push(Life { gone: lived, died: true, ..life(world, row) });
                    }
                }
                Event::Departure { who, followed: false, .. } | Event::LostFromSight { who } => {
                    // A person who has just become an outsider counted as a person until then.
                    self.closed.extend(who.row().map(|row| Life { gone: lived, ..life(world, row) }));
                }
                Event::Passage(Passage { edge: Edge::Start, service, who, passed: true, .. })
                    if settings.is_measure(service) =>
                {
                    if let Some(row) = studied(world, who) {
                        self.reached.entry(world.body(row).key).or_insert((lived, service));
                    }
                }
                _ => {}
            }
        }
    }

    fn open(&self, _: Month, _: &OutcomeSettings) -> (Weighing, Vec<YearLost>) {
        let Scales { cutoffs, states, .. } = self.scales;
        (Weighing { states, grades: states.graded().then(|| Grades::of(&cutoffs)) }, Vec::new())
    }

    #[inline]
    fn count((weights, lost): &mut (Weighing, Vec<YearLost>), seen: &Seen<'_>) {
        lost.extend(weights.year(seen));
    }

    fn merge((_, lost): &mut (Weighing, Vec<YearLost>), (_, following): (Weighing, Vec<YearLost>)) {
        lost.extend(following);
    }

    /// Adds the losses of the year, one entry per person.
    fn year(&mut self, _: &World, december: Month, (_, mut lost): (Weighing, Vec<YearLost>), _: &OutcomeSettings) {
        lost.sort_unstable_by_key(|(key, ..)| *key);
        let worth = RULES.map(|rule| factor(rule.effects(), december.year() - PRICE_YEAR));
        let entries = lost.into_iter().map(|(key, [now, later, daly], marks)| {
            let [plain, zin, mkba] = worth.map(|worth| (now + later) * worth);
            (key, all([plain, zin, mkba, now * worth[1], daly * worth[0], daly * worth[1]], marks))
        });
        merge(&mut self.lost, entries);
    }

    fn table(&self, world: &World, settings: &OutcomeSettings) -> Result<Table> {
        let mut lives = self.closed.clone();
        lives.extend(world.present().map(|row| life(world, row)));
        lives.sort_by_key(|life| life.key);
        let mut seen = self.seen.clone();
        seen.sort_by_key(|sight| sight.key);
        let fifths = Fifths::of(world.places());
        let mut table = Table::new(&LIVES);
        for same in lives.chunk_by(|a, b| a.key == b.key) {
            let life = whole(same);
            let reached = self.reached.get(&life.key);
            let lost = self
                .lost
                .binary_search_by_key(&life.key, |(key, _)| *key)
                .map_or([0.0; HEALTH + MARKS], |at| self.lost[at].1);
            if !life.tells() && reached.is_none() && lost.iter().all(|lost| *lost <= 0.0) {
                continue;
            }
            let at = seen.partition_point(|sight| sight.key < life.key);
            let sights = || seen[at..].iter().take_while(|sight| sight.key == life.key);
            let place = sights().next().map_or(life.place, |sight| sight.place);
            let arrived = arrived(sights());
            let birthplace = if arrived.has_come() { Birthplace::Elsewhere } else { life.birthplace };
            // The weights are less precise than millionths of a year, which take half the space.
            let health = |index: usize| Cell::Float(libm::rint(lost[index] * 1e6) / 1e6);
            let by = reached.and_then(|(_, service)| settings.programme(*service));
            table.push_row(&[
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(world.places().name(place.city())),
                Cell::key(life.key),
                Cell::Int(i64::from(life.born.0)),
                Cell::Text(life.sex.word()),
                Cell::key(life.mother),
                Cell::key(life.father),
                life.generation.map_or(Cell::Null, Cell::count),
                Cell::Text(birthplace.word()),
                month(arrived),
                fifths.of_place(place).map_or(Cell::Null, Cell::count),
                month(life.exposed),
                month(life.used),
                month(life.suffered),
                Cell::count(life.months_exposed),
                month(life.gone),
                Cell::Bool(life.died),
                reached.map_or(Cell::Null, |(since, _)| month(*since)),
                by.map_or(Cell::Null, Cell::Text),
                health(0),
                health(1),
                health(2),
                health(3),
                health(4),
                health(5),
                Cell::count(lost[HEALTH] as u32),
                Cell::count(lost[HEALTH + 1] as u32),
                Cell::count(lost[HEALTH + 2] as u32),
                Cell::count(lost[HEALTH + 3] as u32),
            ])?;
        }
        Ok(table)
    }
}

/// First month of arrival from elsewhere, from the observations of one person in order; never for a person who was in
/// the cities before.
fn arrived<'a>(sights: impl Iterator<Item = &'a Sight>) -> Month {
    let mut sights = sights.peekable();
    let was_here = sights.peek().is_some_and(|first| !first.arrived.has_come() && first.place.is_here());
    let came = sights.map(|sight| sight.arrived).find(|month| month.has_come());
    came.filter(|_| !was_here).unwrap_or(Month::NEVER)
}

/// Lost health and kinds of year in one row.
fn all(health: [f64; HEALTH], marks: [bool; MARKS]) -> Lost {
    std::array::from_fn(|at| if at < HEALTH { health[at] } else { f64::from(marks[at - HEALTH]) })
}

/// Kinds of year of a person, by the definitions of the census of the table `yearly`.
fn marks(seen: &Seen<'_>) -> [bool; MARKS] {
    if seen.past.year == 0 {
        return [false; MARKS];
    }
    let partner = seen.marked(YearFlag::Suffered);
    let any = partner || seen.marked(YearFlag::OtherVictim);
    [any, partner, seen.marked(YearFlag::Witnessed), seen.marked(YearFlag::Maltreated)]
}

/// Row of a person of the study population, that is, not an outsider.
fn studied(world: &World, who: PersonId) -> Option<usize> {
    super::scene::place_of(world, who).and(who.row())
}

/// Key and month of birth of a parent, present or departed; a key of 0 if there is none.
fn parent(world: &World, who: PersonId) -> (u64, Option<Month>) {
    if let Some(row) = who.row() {
        let body = world.body(row);
        return (body.key, Some(body.born));
    }
    let departed = world.departed(who);
    departed.map_or((0, None), |departed| (departed.key, Some(departed.born)))
}

fn life(world: &World, row: usize) -> Life {
    let (body, past, kin) = (world.body(row), world.past(row), world.kin(row));
    let ((mother, bore), (father, begot)) = (parent(world, kin.mother), parent(world, kin.father));
    let start = Month(0);
    let generation = if body.age_months(start) >= ADULT {
        Some(0)
    } else {
        bore.or(begot).map(|parent| match start.since(parent) {
            ADULT.. => 1,
            1.. => 2,
            _ => 3,
        })
    };
    let months = if past.exposed.has_come() {
        let childhood = world.childhood(row);
        let maltreated: u32 = childhood.maltreated.iter().flatten().map(|months| u32::from(*months)).sum();
        childhood.months_witnessed() + maltreated
    } else {
        0
    };
    Life {
        key: body.key,
        place: body.place,
        born: body.born,
        sex: body.sex(),
        mother,
        father,
        generation,
        birthplace: Birthplace::of(body),
        exposed: past.exposed,
        used: past.used,
        suffered: past.suffered,
        months_exposed: months.try_into().unwrap_or(u16::MAX),
        gone: Month::NEVER,
        died: false,
    }
}

impl Life {
    /// Whether this person gets a row.
    fn tells(&self) -> bool {
        self.born >= Month(0) || [self.exposed, self.used, self.suffered].iter().any(|first| first.has_come())
    }
}

/// Combines several observations of a person who left and came back: the earliest of each first month, and the last
/// end.
fn whole(same: &[Life]) -> Life {
    let mut whole = same[same.len() - 1];
    for life in same {
        let first = |a: Month, b: Month| match (a.has_come(), b.has_come()) {
            (true, true) => a.min(b),
            (true, false) => a,
            _ => b,
        };
        whole.exposed = first(whole.exposed, life.exposed);
        whole.used = first(whole.used, life.used);
        whole.suffered = first(whole.suffered, life.suffered);
        whole.months_exposed = whole.months_exposed.max(life.months_exposed);
        whole.generation = whole.generation.or(life.generation);
        whole.mother = if whole.mother == 0 { life.mother } else { whole.mother };
        whole.father = if whole.father == 0 { life.father } else { whole.father };
    }
    whole
}

/// Quintiles of the households of each city by deprivation of their area.
struct Fifths(Vec<Vec<u8>>);

impl Fifths {
    /// An area belongs to the quintile that contains the middle of its households.
    fn of(places: &Places) -> Fifths {
        let of_city = |areas: &Vec<crate::world::Area>| {
            let mut order: Vec<usize> = (0..areas.len()).collect();
            order.sort_by(|a, b| areas[*a].deprivation.total_cmp(&areas[*b].deprivation).then(a.cmp(b)));
            let share = |area: usize| areas[area].up_to - if area == 0 { 0.0 } else { areas[area - 1].up_to };
            let mut fifths = vec![0; areas.len()];
            let mut before = 0.0;
            for area in order {
                let middle = before + 0.5 * share(area);
                fifths[area] = ((middle * 5.0) as u8).min(4) + 1;
                before += share(area);
            }
            fifths
        };
        Fifths(places.areas.iter().map(of_city).collect())
    }

    fn of_place(&self, place: Place) -> Option<u8> {
        self.0.get(place.city())?.get(place.area()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::small::{AMSTERDAM, Small, UTRECHT, row, the_row};
    use super::super::{Outcome, Price};
    use super::*;
    use crate::world::{Area, Change, Flag, Milli, Violence};

    fn lives() -> Small {
        Small::new(&[Outcome::Lives])
    }

    fn of(table: &Table, who: u64) -> usize {
        the_row(table, &[("person", Cell::key(who))])
    }

    #[test]
    fn only_who_has_something_to_tell_has_a_row_and_it_tells_first_months() {
        let mut small = lives();
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        small.person(Sex::Male, Month::january(1970), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Female, Month(0), woman);
        small.month([], [Event::Birth { child }]);
        let begins = Change::Violence { couple, by: Sex::Male, state: Violence::Situational };
        small.month([begins, Change::Incidents { couple, counts: [1, 0] }], []);
        small.month([Change::Witness { child, window: 0 }], []);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(table.rows(), 3, "the man, the woman and the child; the fourth person had no event");
        let int = |who: u64, column: &str| table.cell(of(&table, who), column).and_then(Cell::as_int);
        assert_eq!((int(1, "first_used"), int(1, "first_suffered")), (Some(1), None));
        assert_eq!((int(2, "first_used"), int(2, "first_suffered")), (None, Some(1)));
        assert_eq!((int(4, "first_exposed"), int(4, "months_exposed"), int(4, "born")), (Some(2), Some(1), Some(0)));
        assert_eq!((int(4, "mother"), int(4, "father")), (Some(2), Some(1)));
        assert_eq!((int(1, "generation"), int(4, "generation")), (Some(0), Some(1)));
        assert_eq!(int(4, "gone"), None);
    }

    #[test]
    fn who_dies_or_is_lost_keeps_a_row_and_who_comes_back_has_one_row() {
        let mut small = lives();
        let who = small.person(Sex::Male, Month(-300), AMSTERDAM);
        small.world.set_up().past(row(who)).used = Month(-7);
        let other = small.person(Sex::Female, Month(-300), UTRECHT);
        small.world.set_up().past(row(other)).suffered = Month(-5);
        small.month([], [Event::Departure { who, followed: false, city: 0 }]);
        small.world.set_up().body(row(who)).set(Flag::Present, false);
        small.month([], [Event::Death { who: other, by_partner: false }]);
        small.world.set_up().body(row(other)).set(Flag::Present, false);
        let table = small.table();
        assert_eq!(table.cell(of(&table, 1), "gone"), Some(Cell::Int(0)));
        assert_eq!(table.cell(of(&table, 1), "died"), Some(Cell::Bool(false)));
        assert_eq!(table.cell(of(&table, 2), "gone"), Some(Cell::Int(1)));
        assert_eq!(table.cell(of(&table, 2), "died"), Some(Cell::Bool(true)));
        assert_eq!(table.cell(of(&table, 2), "city"), Some(Cell::Text("Utrecht")));
        // The first person comes back under the same key, with the same history.
        let again = small.person(Sex::Male, Month(-300), UTRECHT);
        small.world.set_up().body(row(again)).key = 1;
        small.month([], [Event::Arrival { who: again, returning: true }]);
        let table = small.table();
        let at = of(&table, 1);
        assert_eq!(table.cell(at, "first_used"), Some(Cell::Int(-7)));
        assert_eq!(table.cell(at, "gone"), Some(Cell::Null));
        assert_eq!(table.cell(at, "city"), Some(Cell::Text("Amsterdam")), "where first seen");
    }

    #[test]
    fn of_whom_the_world_loses_sight_there_is_a_row_also_when_only_traits_are_left() {
        let mut small = lives();
        let [gone, traits] = [0, 1].map(|_| small.person(Sex::Female, Month(-300), AMSTERDAM));
        for who in [gone, traits] {
            // An adult newcomer who has moved on with a child that is followed.
            small.world.set_up().body(row(who)).set(Flag::GrewUpHere, false);
            small.world.set_up().past(row(who)).suffered = Month(-5);
        }
        small.month([], []);
        [gone, traits].into_iter().for_each(|who| small.world.set_up().body(row(who)).place = Place::ELSEWHERE);
        small.live_until(Month::january(2009));
        small.month([], [gone, traits].map(|who| Event::LostFromSight { who }));
        small.world.set_up().body(row(gone)).set(Flag::Present, false);
        small.world.set_up().body(row(traits)).set(Flag::Outsider, true);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 2);
        for key in [1, 2] {
            assert_eq!(table.cell(of(&table, key), "gone"), Some(Cell::Int(12)));
            assert_eq!(table.cell(of(&table, key), "died"), Some(Cell::Bool(false)));
            assert_eq!(table.cell(of(&table, key), "city"), Some(Cell::Text("Amsterdam")));
        }
    }

    #[test]
    fn who_was_kept_for_a_child_is_lost_when_it_is_grown_and_nobody_stays_behind() {
        let mut small = lives();
        // Two newcomers, each with a child that is followed; one has a partner who is outside the study population.
        let mut family = |partner_is_of_the_study: bool| {
            let [woman, man] = [Sex::Female, Sex::Male].map(|sex| small.person(sex, Month(-300), AMSTERDAM));
            small.couple(man, woman);
            let child = small.child(Sex::Male, Month(-200), woman);
            small.world.set_up().past(row(woman)).suffered = Month(-5);
            small.world.set_up().body(row(woman)).set(Flag::GrewUpHere, false);
            small.world.set_up().body(row(man)).set(Flag::Outsider, !partner_is_of_the_study);
            small.world.set_up().body(row(man)).set(Flag::GrewUpHere, partner_is_of_the_study);
            [woman, man, child]
                .into_iter()
                .for_each(|who| small.world.set_up().body(row(who)).place = Place::ELSEWHERE);
            [woman, man, child]
        };
        let (alone, with_him) = (family(false), family(true));
        small.month([], []);
        let mut told = Vec::new();
        while small.world.now() < Month::january(2011) {
            small.world.set_up().clear_events();
            if small.world.now().of_year() == 0 {
                small.world.thin_elsewhere();
            }
            let events = small.world.events().all().to_vec();
            told.extend(events.iter().map(|event| (small.world.now(), *event)));
            small.month([], events);
        }
        // The children turn 18 in May 2009.
        let lost = |who| (Month::january(2010), Event::LostFromSight { who });
        assert_eq!(told, [lost(alone[0]), lost(with_him[0])]);
        let is = |who: PersonId, flag| small.world.body(row(who)).has(flag);
        assert_eq!(alone.map(|who| is(who, Flag::Present)), [false, false, true], "the outsider went along");
        assert_eq!(with_him.map(|who| is(who, Flag::Present)), [true; 3]);
        assert!(is(with_him[0], Flag::Outsider), "traits of somebody's partner");
        let table = small.table();
        for woman in [alone[0], with_him[0]] {
            let key = small.world.body(row(woman)).key;
            assert_eq!(table.cell(of(&table, key), "gone"), Some(Cell::Int(24)));
        }
    }

    #[test]
    fn a_start_of_a_measure_reaches_and_one_of_a_service_does_not() {
        let mut small = lives();
        small.outcomes.change(|settings| {
            settings.programmes = vec!["service".into(), "nhv".into()];
            settings.measures = vec![false, true];
        });
        let [first, second] = [0, 1].map(|_| small.person(Sex::Female, Month(-300), AMSTERDAM));
        let start = |who, service| Passage::at(Edge::Start, 0, who, true).of(service).into();
        small.month([], [start(first, 0), start(second, 0)]);
        small.month([], [start(second, 1)]);
        small.month([], [start(second, 1)]);
        let table = small.table();
        assert_eq!(table.rows(), 1);
        assert_eq!(table.cell(0, "person"), Some(Cell::Key(2)));
        assert_eq!(table.cell(0, "reached"), Some(Cell::Int(1)));
        assert_eq!(table.cell(0, "reached_by"), Some(Cell::Text("nhv")));
    }

    #[test]
    fn health_lost_is_that_of_the_table_of_costs_person_by_person() {
        let mut small = Small::new(&[Outcome::Lives, Outcome::Costs]);
        let price = |item: &str, price: f64, volume: Volume| Price {
            kind: CostKind::Health,
            item: item.into(),
            entry: String::new(),
            payer: "nobody".into(),
            unit: CostUnit::Qaly,
            price,
            overhead: 0.0,
            volume,
        };
        let prices = vec![
            price("abuse_severe", 0.2, Volume::Persons(State::AbuseSevere)),
            price("survivor", 0.028, Volume::Persons(State::Survivor)),
            price("killed", 1.0, Volume::Killed),
            price("depression_severe", 0.658, Volume::Persons(State::DepressionSevere)),
        ];
        let in_daly = |price: Price| Price { unit: CostUnit::Daly, ..price };
        let daly = prices[2..].iter().cloned().map(in_daly).collect::<Vec<_>>();
        let prices = [prices, daly].concat();
        let cutoffs = Cutoffs { symptoms: [1.5, 1.9, 2.4], conduct: 1.9, life_expectancy: 80.0, least_left: 5.0 };
        small
            .outcomes
            .change(|settings| settings.pricing = Pricing { scale: 1.0, prices, added_beds: vec![], cutoffs });
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let couple = small.couple(man, woman);
        let killed = small.person(Sex::Female, Month::january(1968), UTRECHT);
        small.month(
            [Change::Violence { couple, by: Sex::Male, state: Violence::Coercive }],
            [Event::Death { who: killed, by_partner: true }],
        );
        small.world.set_up().body(row(killed)).set(Flag::Present, false);
        small.mind(man).depressive = Milli::new(1.0);
        small.live_until(Month::january(2010));
        let tables = small.outcomes.finish(&small.world).expect("tables");
        let of_costs = |unit: &'static str, column: &str| -> f64 {
            let table = tables.iter().find(|table| table.name() == "costs").expect("costs");
            let says = |row: usize, column: &str, word: &'static str| table.cell(row, column) == Some(Cell::Text(word));
            let total = |row: &usize| says(*row, "city", "G4") && says(*row, "unit", unit);
            (0..table.rows()).filter(total).filter_map(|row| table.cell(row, column)?.as_float()).sum()
        };
        let table = tables.iter().find(|table| table.name() == "lives").expect("lives");
        let sum =
            |column: &str| -> f64 { (0..table.rows()).filter_map(|row| table.cell(row, column)?.as_float()).sum() };
        // Two years of 0.2 and forty years of the person who was killed; and the symptoms of the man, the only
        // difference to DALY.
        assert!((sum("qaly_lost") - sum("daly_lost") - 0.4).abs() < 1e-6);
        assert!(sum("daly_lost") > 40.0);
        for (own, unit, of) in [
            ("qaly_lost", "qaly", "amount"),
            ("qaly_lost_zin", "qaly", "amount_zin_2024"),
            ("qaly_lost_mkba", "qaly", "amount_mkba_2021"),
            ("daly_lost", "daly", "amount"),
            ("daly_lost_zin", "daly", "amount_zin_2024"),
        ] {
            assert!((sum(own) - of_costs(unit, of)).abs() < 2e-3, "{own}: {} for {}", sum(own), of_costs(unit, of));
        }
        let abuse = table.cell(self::of(table, 2), "qaly_lost_abuse").and_then(Cell::as_float).expect("a number");
        assert!((abuse - 0.2 * (1.0 + 1.0 / 1.015)).abs() < 1e-6);
    }

    #[test]
    fn a_newcomers_child_is_told_from_one_born_here_and_who_returns_did_not_arrive() {
        let mut small = lives();
        let mother = small.person(Sex::Female, Month(-300), AMSTERDAM);
        let father = small.person(Sex::Male, Month(-300), AMSTERDAM);
        small.couple(father, mother);
        small.world.set_up().past(row(father)).used = Month(-7);
        small.month([], []);
        let born = |key: u64, born: i32| {
            let mut child = crate::world::Newcomer::default();
            (child.body.key, child.body.born) = (key, Month(born as i16));
            Change::Born { mother, father, child: Box::new(child) }
        };
        small.month([born(10, 1)], []);
        // A household arrives with a child born after the start; its mother was a victim before.
        let mut members = vec![crate::world::Newcomer::default(), crate::world::Newcomer::default()];
        (members[0].body.key, members[0].body.born, members[0].past.suffered) = (20, Month(-300), Month(0));
        (members[1].body.key, members[1].body.born) = (21, Month(0));
        members[0].body.set(Flag::Female, true);
        members[1].body.set(Flag::Followed, true);
        let arrival = crate::world::Arrival { members, union: None, parents: vec![[Some(0), None]] };
        small.month([Change::Arrive(Box::new(arrival))], []);
        small.month([Change::Move { who: mother, to: Place::ELSEWHERE }], []);
        small.month([born(11, 4)], []);
        small.month([Change::Move { who: mother, to: Place::new(UTRECHT, 0) }], []);
        let table = small.table();
        let told = |key: u64| {
            let at = of(&table, key);
            let place = table.cell(at, "birthplace").and_then(Cell::as_text).map(str::to_owned);
            (place.unwrap_or_default(), table.cell(at, "arrived").and_then(Cell::as_int))
        };
        assert_eq!(told(row(father) as u64 + 1), ("unknown".into(), None), "there at the start, left and returned");
        assert_eq!(told(10), ("cities".into(), None), "born here");
        assert_eq!(told(11), ("elsewhere".into(), Some(5)), "born to who had left, and came");
        assert_eq!(told(20), ("elsewhere".into(), Some(2)), "a newcomer");
        assert_eq!(told(21), ("elsewhere".into(), Some(2)), "a newcomer's child, born since the start");
    }

    #[test]
    fn fifths_are_of_households_and_not_of_areas() {
        let area = |up_to, deprivation| Area { up_to, deprivation, mark: 0 };
        // Shares .5, .1, .2, .2 with deprivation 1.0, 2.0, 0.5, 1.5: the third is lowest, then the first, the fourth,
        // the second.
        let areas = vec![area(0.5, 1.0), area(0.6, 2.0), area(0.8, 0.5), area(1.0, 1.5)];
        let fifths = Fifths::of(&Places { cities: vec!["one".into()], areas: vec![areas] });
        let of = |index| fifths.of_place(Place::new(0, index));
        assert_eq!([of(0), of(1), of(2), of(3)], [Some(3), Some(5), Some(1), Some(5)]);
        assert_eq!(fifths.of_place(Place::ELSEWHERE), None);
    }
}
