//! The burden in December: persons in a state that has costs or a health weight, and the health they lose.
//!
//! No loss is counted twice. Estimates of the health loss per year from living with abuse, or from maltreatment in
//! childhood, include the symptoms of these people. Of one person the heaviest of three therefore counts: symptoms, a
//! childhood with maltreatment, ongoing abuse. Symptoms count in full in their own rows; a childhood adds its weight
//! beyond that of the symptoms, and abuse adds its weight beyond both. Two symptoms of one person combine
//! multiplicatively, as illnesses do in burden-of-disease studies: the second weighs on the part of the year that the
//! first leaves. The same rule applies to QALY and DALY; in DALY only symptoms and death have a weight.

use serde::{Deserialize, Serialize};

use super::prices::{CostKind, CostUnit, Cutoffs, Price, State, Volume};
use crate::outcomes::scene::Seen;
use crate::world::{Milli, PLACES, PersonId, Violence, YearFlag};

/// Number of [`State`]s.
const STATES: usize = State::ConductDisorder as usize + 1;

/// A value for each state: the fraction of a person in it, its weight, or the loss from it.
pub(in crate::outcomes) type ByState = [f64; STATES];

/// Units of health, in the order of [`StateWeights`].
const UNITS: [CostUnit; 2] = [CostUnit::Qaly, CostUnit::Daly];

/// Weight of a year in each state, in QALY and in DALY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::outcomes) struct StateWeights([ByState; 2]);

impl StateWeights {
    /// Reads the weights from the prices.
    pub(in crate::outcomes) fn of(prices: &[Price]) -> StateWeights {
        let mut weights = StateWeights::default();
        for price in prices.iter().filter(|price| price.kind == CostKind::Health) {
            if let (Volume::Persons(state), Some(unit)) = (&price.volume, unit(price.unit)) {
                weights.0[unit][*state as usize] += price.price;
            }
        }
        weights
    }

    /// Whether any grade of symptoms has a weight.
    pub(in crate::outcomes) fn graded(&self) -> bool {
        self.0.iter().any(|weights| weights[State::DepressionMild as usize..].iter().any(|weight| *weight != 0.0))
    }

    /// Loss of a person in a year from each of these states, in a unit of health.
    pub(in crate::outcomes) fn lost(&self, parts: &ByState, unit: CostUnit) -> ByState {
        match self::unit(unit) {
            Some(unit) => lost(parts, &self.0[unit]),
            None => [0.0; STATES],
        }
    }
}

/// Index of a unit of health.
fn unit(unit: CostUnit) -> Option<usize> {
    UNITS.iter().position(|known| *known == unit)
}

/// Groups of states: grades of a person's first symptom, grades of the second, and states whose weight includes
/// symptoms.
const FIRST: [State; 4] =
    [State::DepressionMild, State::DepressionModerate, State::DepressionSevere, State::ConductDisorder];
const SECOND: [State; 3] = [State::AnxietyMild, State::AnxietyModerate, State::AnxietySevere];
const WHOLE: [State; 4] = [State::Survivor, State::AbuseModerate, State::AbuseSevere, State::SevereVictim];

/// Loss of a person by state, such that the sum is the heaviest of symptoms, childhood and abuse.
fn lost(parts: &ByState, weights: &ByState) -> ByState {
    let mut lost = [0.0; STATES];
    let mut all = 0.0;
    for symptom in [&FIRST[..], &SECOND[..]] {
        let left = 1.0 - all;
        for state in symptom {
            let at = *state as usize;
            lost[at] = parts[at] * weights[at] * left;
            all += lost[at];
        }
    }
    for state in WHOLE {
        let at = state as usize;
        lost[at] = (parts[at] * weights[at] - all).max(0.0);
        all += lost[at];
    }
    lost
}

/// A bound between grades, and the proportion of people below it at their own baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bound {
    score: f64,
    below: f64,
}

/// Largest number of grades of a symptom.
const MOST_GRADES: usize = 3;

/// Grades of a symptom, and the fractions of a person that a shift of it moves into each. A shift is a whole number of
/// thousandths, so its fractions are calculated when it first occurs and looked up afterwards.
#[derive(Clone, Debug, Default, PartialEq)]
struct GradeShifts {
    /// Bounds of the grades; the last one is infinite.
    bounds: Vec<Bound>,
    /// Fractions by shift.
    known: Vec<Option<[f64; MOST_GRADES]>>,
}

impl GradeShifts {
    fn of(scores: &[f64]) -> GradeShifts {
        let scores = scores.iter().copied().chain([f64::INFINITY]);
        GradeShifts { bounds: scores.map(|score| Bound { score, below: below(score) }).collect(), known: Vec::new() }
    }

    /// The fraction in each grade of a person whose symptom lies above the own baseline.
    #[inline]
    fn parts(&mut self, symptom: Milli) -> [f64; MOST_GRADES] {
        let at = usize::from(symptom.0.unsigned_abs());
        if at >= self.known.len() {
            self.known.resize(at + 1, None);
        }
        let GradeShifts { bounds, known } = self;
        *known[at].get_or_insert_with(|| moved(bounds, symptom.get()))
    }
}

/// Persons whom a shift moves into each grade, minus those whom it moves on to the next grade.
fn moved(bounds: &[Bound], shift: f64) -> [f64; MOST_GRADES] {
    let mut parts = [0.0; MOST_GRADES];
    let mut shifted = bounds.iter().map(|bound| below(bound.score - shift));
    let mut from = shifted.next().unwrap_or_default();
    for ((part, until), pair) in parts.iter_mut().zip(shifted).zip(bounds.windows(2)) {
        *part = (until - from) - (pair[1].below - pair[0].below);
        from = until;
    }
    parts
}

/// Grades of symptoms, from cut-offs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::outcomes) struct Grades {
    symptoms: GradeShifts,
    conduct: GradeShifts,
}

impl Grades {
    /// The grades for given cut-offs.
    pub(in crate::outcomes) fn of(cutoffs: &Cutoffs) -> Grades {
        Grades { symptoms: GradeShifts::of(&cutoffs.symptoms), conduct: GradeShifts::of(&[cutoffs.conduct]) }
    }

    /// Adds the fractions of a person in the grades of fear, and in those of depression or, of a child, of conduct.
    fn add(&mut self, [fear, other]: [Milli; 2], is_adult: bool, parts: &mut ByState) {
        let mut put = |states: &[State], of: [f64; MOST_GRADES]| {
            states.iter().zip(of).for_each(|(state, part)| parts[*state as usize] = part);
        };
        if fear > Milli(0) {
            let states = [State::AnxietyMild, State::AnxietyModerate, State::AnxietySevere];
            put(&states, self.symptoms.parts(fear));
        }
        if other > Milli(0) && is_adult {
            let states = [State::DepressionMild, State::DepressionModerate, State::DepressionSevere];
            put(&states, self.symptoms.parts(other));
        } else if other > Milli(0) {
            put(&[State::ConductDisorder], self.conduct.parts(other));
        }
    }
}

/// Number of sets of the states that are not grades of symptoms.
pub(in crate::outcomes) const HELD: usize = 1 << State::DepressionMild as usize;

/// The states of a person on the last day of a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::outcomes) enum PersonStates {
    /// States without any symptom: one bit for each by its number, 0 for none. Most people in a state have no symptoms,
    /// and all people in the same states lose and cost the same.
    Held(usize),
    /// Fractions of the person in each state.
    Parts(ByState),
}

/// The fractions of a person in each state who is in these states without any symptom.
pub(in crate::outcomes) fn parts_of_held(held: usize) -> ByState {
    std::array::from_fn(|state| if held >> state & 1 == 1 { 1.0 } else { 0.0 })
}

/// The states of a person on the last day of a year. Without grades the states of symptoms are left out.
#[inline]
pub(in crate::outcomes) fn states(seen: &Seen<'_>, grades: Option<&mut Grades>) -> PersonStates {
    if !seen.lives {
        return PersonStates::Held(0);
    }
    let is_adult = seen.is_adult();
    let held = if is_adult { held(seen) } else { 0 };
    let Some(grades) = grades else { return PersonStates::Held(held) };
    let mind = seen.world.mind(seen.row);
    let symptoms = if is_adult {
        [mind.post_traumatic, mind.depressive]
    } else {
        [mind.post_traumatic.max(mind.internalising), mind.externalising]
    };
    if symptoms.iter().all(|symptom| *symptom <= Milli(0)) {
        return PersonStates::Held(held);
    }
    let mut parts = parts_of_held(held);
    grades.add(symptoms, is_adult, &mut parts);
    PersonStates::Parts(parts)
}

/// The states of an adult that are not grades of symptoms, as in [`PersonStates::Held`].
#[inline]
fn held(seen: &Seen<'_>) -> usize {
    let bit = |state: State| 1 << state as usize;
    let mut held = 0;
    if let Some(couple) = seen.world.couple_of(seen.row) {
        match couple.suffers(PersonId(seen.row as u32)) {
            Violence::None => {}
            Violence::Situational => held |= bit(State::AbuseModerate),
            Violence::Coercive => held |= bit(State::AbuseSevere),
        }
    }
    if seen.marked(YearFlag::Coerced) || seen.marked(YearFlag::Structural) {
        held |= bit(State::SevereVictim);
    }
    if seen.childhood().is_some_and(|childhood| childhood.any_maltreated()) {
        held |= bit(State::Survivor);
    }
    held
}

/// Counts of one pass over the rows: persons by place and state, in millionths, and their loss of health in years, in
/// billionths.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::outcomes) struct Burden {
    grades: Grades,
    weights: StateWeights,
    /// Persons without symptoms by place and the states they are in; not yet among the counts below.
    held: [[i64; HELD]; PLACES],
    persons: [[i64; STATES]; PLACES],
    lost: [[[i64; STATES]; PLACES]; 2],
}

/// Integer that represents a person. Integer counts make the sum independent of the number of threads.
const PERSON: f64 = 1e6;
/// Integer that represents a year of health.
const HEALTHY_YEAR: f64 = 1e9;

/// Cumulative standard normal distribution.
fn below(score: f64) -> f64 {
    0.5 * libm::erfc(-score / std::f64::consts::SQRT_2)
}

impl Burden {
    /// Empty counts for a pass over the rows.
    pub(super) fn new(cutoffs: &Cutoffs, weights: StateWeights) -> Burden {
        Burden { grades: Grades::of(cutoffs), weights, ..Burden::default() }
    }

    /// Number of persons of a place in a state.
    pub(super) fn persons(&self, place: usize, state: State) -> f64 {
        self.persons[place][state as usize] as f64 / PERSON
    }

    /// Years of health lost in a place through a state, at a price: a part of the total when several prices weigh one
    /// state.
    pub(super) fn lost(&self, place: usize, state: State, of: CostUnit, price: f64) -> f64 {
        let Some(unit) = unit(of) else { return 0.0 };
        let weight = self.weights.0[unit][state as usize];
        if weight == 0.0 { 0.0 } else { self.lost[unit][place][state as usize] as f64 / HEALTHY_YEAR * price / weight }
    }

    /// Counts one person.
    #[inline]
    pub(super) fn count(&mut self, seen: &Seen<'_>) {
        match states(seen, Some(&mut self.grades)) {
            PersonStates::Held(0) => {}
            PersonStates::Held(held) => self.held[seen.place][held] += 1,
            PersonStates::Parts(parts) => self.add_persons(1, seen.place, &parts),
        }
    }

    /// Adds a number of persons with the same fractions in each state.
    fn add_persons(&mut self, number: i64, place: usize, parts: &ByState) {
        let add = |sums: &mut [i64; STATES], of: &ByState, one: f64| {
            for (sum, part) in sums.iter_mut().zip(of).filter(|(_, part)| **part != 0.0) {
                *sum += number * libm::rint(part * one) as i64;
            }
        };
        add(&mut self.persons[place], parts, PERSON);
        for (unit, sums) in UNITS.into_iter().zip(&mut self.lost) {
            add(&mut sums[place], &self.weights.lost(parts, unit), HEALTHY_YEAR);
        }
    }

    /// Adds the counts of a pass over other rows.
    pub(super) fn add(&mut self, other: &Burden) {
        for (sums, more) in self.held.iter_mut().zip(&other.held) {
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let own = self.persons.iter_mut().chain(self.lost.iter_mut().flatten());
        for (sums, more) in own.zip(other.persons.iter().chain(other.lost.iter().flatten())) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }

    /// Takes away the counts of some of these rows.
    pub(super) fn less(&mut self, other: &Burden) {
        for (sums, less) in self.held.iter_mut().zip(&other.held) {
            sums.iter_mut().zip(less).for_each(|(sum, less)| *sum -= less);
        }
        let own = self.persons.iter_mut().chain(self.lost.iter_mut().flatten());
        for (sums, less) in own.zip(other.persons.iter().chain(other.lost.iter().flatten())) {
            sums.iter_mut().zip(less).for_each(|(sum, less)| *sum -= less);
        }
    }

    /// The counts of all persons, those without symptoms among them.
    pub(super) fn whole(mut self) -> Burden {
        for (place, held) in std::mem::take(&mut self.held).into_iter().enumerate() {
            for (held, number) in held.into_iter().enumerate().filter(|(_, number)| *number > 0) {
                self.add_persons(number, place, &parts_of_held(held));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::costs::priced::{cells, price, priced};
    use crate::outcomes::costs::{CostKind, Volume};
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, row};
    use crate::tables::Cell;
    use crate::world::{Change, Event, Month, Sex, Side};

    /// Outcomes of a population with many victims, large enough to be counted by several threads.
    fn crowd(threads: usize) -> Small {
        let mut small =
            priced(1.0, vec![price(CostKind::Health, "anxiety", "nobody", 0.1, Volume::Persons(State::AnxietyMild))]);
        for number in 0..40_000_i32 {
            let who = small.person(Sex::Male, Month::january(1970), [AMSTERDAM, UTRECHT][usize::from(number % 3 == 0)]);
            small.mind(who).post_traumatic = Milli::new(f64::from(number % 7) / 5.0);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| small.live_until(Month::january(2009)));
        small
    }

    #[test]
    fn threads_and_writing_costs_out_and_back_change_nothing() {
        let small = crowd(1);
        // Equal numbers of shifts of 0, 0.2 … 1.2; mild is from 1.0 to 1.5.
        let part = |shift: f64| below(1.5 - shift) - below(1.0 - shift) - (below(1.5) - below(1.0));
        let by_hand: f64 = (0..40_000).map(|number| part(f64::from(number % 7) / 5.0)).sum();
        let mild = cells(&small.table(), 2008, "G4", "anxiety", "count")[0];
        assert!((mild - by_hand).abs() < 0.05, "{mild} for {by_hand}");
        assert_eq!(crowd(4).table().content_hash(), small.table().content_hash());
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        let outcomes = serde_json::from_str(&text).expect("plain data");
        assert_eq!(small.outcomes, outcomes);
        let mut branch = Small { world: small.world.clone(), outcomes };
        branch.live_until(Month::january(2010));
        assert_eq!(cells(&branch.table(), 2009, "G4", "anxiety", "count"), [mild]);
    }

    #[test]
    fn fractions_that_are_looked_up_are_those_that_are_calculated() {
        let cutoffs = Cutoffs { symptoms: [1.0, 1.5, 2.0], conduct: 1.5, life_expectancy: 80.0, least_left: 5.0 };
        let mut grades = Grades::of(&cutoffs);
        for shift in [900, 1, 2600, 32_000, 900, 1, 2600] {
            let symptom = Milli(shift);
            let [mild, moderate, severe] = moved(&grades.symptoms.bounds, symptom.get());
            let conduct = moved(&grades.conduct.bounds, symptom.get())[0];
            let mut adult = parts_of_held(1 << State::Survivor as usize);
            grades.add([symptom; 2], true, &mut adult);
            let mut child = [0.0; STATES];
            grades.add([Milli(-5), symptom], false, &mut child);
            assert_eq!(adult, [0.0, 0.0, 0.0, 1.0, mild, moderate, severe, mild, moderate, severe, 0.0]);
            assert_eq!(child, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, conduct]);
        }
    }

    #[test]
    fn persons_counted_by_their_states_are_those_counted_one_by_one() {
        let weights = StateWeights::of(&weighed(1.0));
        let mut together = Burden::new(&Cutoffs::default(), weights);
        let mut single = together.clone();
        for (held, number) in [(1, 3), (5, 1), (8, 40), (13, 2)] {
            together.held[AMSTERDAM][held] = number;
            (0..number).for_each(|_| single.add_persons(1, AMSTERDAM, &parts_of_held(held)));
        }
        let together = together.whole();
        assert_eq!((together.persons, together.lost), (single.persons, single.lost));
        assert_eq!(together.persons(AMSTERDAM, State::Survivor), 42.0);
    }

    /// Weights of all states that have one, in both units, as in the model.
    fn weighed(symptoms: f64) -> Vec<Price> {
        let of = |unit: CostUnit, item: &str, weight: f64, state: State| Price {
            unit,
            ..price(CostKind::Health, item, "nobody", weight, Volume::Persons(state))
        };
        let mut prices = vec![
            of(CostUnit::Qaly, "survivor", 0.028, State::Survivor),
            of(CostUnit::Qaly, "abuse_moderate", 0.1, State::AbuseModerate),
            of(CostUnit::Qaly, "abuse_severe", 0.2, State::AbuseSevere),
        ];
        for unit in UNITS {
            prices.push(of(unit, "conduct", 0.241 * symptoms, State::ConductDisorder));
            prices.push(of(unit, "anxiety", 0.523 * symptoms, State::AnxietySevere));
            prices.push(of(unit, "depression", 0.658 * symptoms, State::DepressionSevere));
        }
        prices
    }

    /// Loss by item and in total in 2008, by unit.
    fn lost_by(small: &Small, unit: CostUnit) -> impl Fn(&str) -> f64 {
        let table = small.table();
        move |item: &str| {
            let of_unit = |row: &usize| {
                let text = |column: &str| table.cell(*row, column).and_then(Cell::as_text).unwrap_or_default();
                let named = item == "all" || text("item") == item;
                text("city") == "G4" && text("unit") == unit.word() && named
            };
            let rows = (0..table.rows()).filter(of_unit);
            rows.filter_map(|row| table.cell(row, "amount").and_then(Cell::as_float)).sum()
        }
    }

    #[test]
    fn a_child_with_symptoms_loses_their_weight_in_either_unit() {
        for (internalising, post_traumatic) in [(0.0, 9.0), (9.0, 0.0), (9.0, 9.0)] {
            let mut small = priced(1.0, weighed(1.0));
            let mother = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
            let [conduct, fear] = [0, 1].map(|_| small.child(Sex::Male, Month(-90), mother));
            small.mind(conduct).externalising = Milli::new(9.0);
            small.mind(fear).internalising = Milli::new(internalising);
            small.mind(fear).post_traumatic = Milli::new(post_traumatic);
            small.live_until(Month::january(2009));
            // At this shift everybody reaches the grade who was not in it before.
            let [conduct, fear] = [0.241 * below(1.5), 0.523 * below(2.0)];
            for unit in UNITS {
                let lost = lost_by(&small, unit);
                assert!((lost("conduct") - conduct).abs() < 1e-3, "{unit:?}: {}", lost("conduct"));
                assert!((lost("anxiety") - fear).abs() < 1e-3, "{unit:?}: {}", lost("anxiety"));
                assert!((lost("all") - conduct - fear).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn of_one_person_the_heaviest_counts_and_the_parts_add_up_to_it() {
        // (shift of depression, shift of post-traumatic symptoms, survivor, abused): loss.
        let (deep, fear) = (0.658 * below(2.0), 0.523 * below(2.0));
        let both = 1.0 - (1.0 - deep) * (1.0 - fear);
        for (shifts, survivor, abused, lost) in [
            ([0.0, 0.0], true, false, 0.028),
            ([0.0, 0.0], false, true, 0.2),
            ([0.0, 0.0], true, true, 0.2),
            ([9.0, 0.0], true, false, deep),
            ([9.0, 0.0], true, true, deep),
            ([0.0, 9.0], false, true, fear),
            ([9.0, 9.0], true, true, both),
        ] {
            for symptoms in [1.0, 0.0] {
                let mut small = priced(1.0, weighed(symptoms));
                let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
                let mother = small.person(Sex::Female, Month::january(1950), AMSTERDAM);
                let woman = small.child(Sex::Female, Month(-200), mother);
                let couple = small.couple(man, woman);
                if survivor {
                    let kinds = crate::world::MaltreatmentKind::Neglect.bit();
                    let begins = Change::MaltreatmentBegins { child: woman, kinds };
                    small.month([begins, Change::MaltreatmentMonth { child: woman, window: 3, end: kinds }], []);
                }
                small.world.set_up().body(row(woman)).born = Month::january(1980);
                small.mind(woman).depressive = Milli::new(shifts[0]);
                small.mind(woman).post_traumatic = Milli::new(shifts[1]);
                let state = if abused { Violence::Coercive } else { Violence::None };
                small.month([Change::Violence { couple, by: Side::First, state }], []);
                small.live_until(Month::january(2009));
                let own = lost_by(&small, CostUnit::Qaly);
                let case = format!("{shifts:?} {survivor} {abused}, symptoms times {symptoms}");
                let without = if abused { 0.2 } else { 0.028 * f64::from(u8::from(survivor)) };
                let all = if symptoms > 0.0 { lost } else { without };
                assert!((own("all") - all).abs() < 1.5e-3, "{case}: {} for {all}", own("all"));
                let symptoms_lost = own("anxiety") + own("depression");
                let expected = if symptoms > 0.0 && shifts != [0.0; 2] { lost } else { 0.0 };
                assert!((symptoms_lost - expected).abs() < 1.5e-3, "{case}: symptoms {symptoms_lost}");
                let daly = lost_by(&small, CostUnit::Daly);
                assert!((daly("all") - symptoms_lost).abs() < 1e-9, "{case}: DALY are the symptoms");
            }
        }
    }

    #[test]
    fn health_is_lost_by_those_who_suffer_now_and_by_those_who_were_killed() {
        let prices = vec![
            price(CostKind::Health, "abuse_severe", "nobody", 0.2, Volume::Persons(State::AbuseSevere)),
            price(CostKind::Health, "abuse_moderate", "nobody", 0.1, Volume::Persons(State::AbuseModerate)),
            price(CostKind::Health, "anxiety_moderate", "nobody", 0.133, Volume::Persons(State::AnxietyModerate)),
            price(CostKind::Health, "killed", "nobody", 1.0, Volume::Killed),
        ];
        let mut small = priced(1.0, prices);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        let couple = small.couple(man, woman);
        let killed = small.person(Sex::Female, Month::january(1968), UTRECHT);
        small.mind(woman).post_traumatic = Milli::new(1.6);
        small.month(
            [
                Change::Violence { couple, by: Side::First, state: Violence::Coercive },
                Change::Violence { couple, by: Side::Second, state: Violence::Situational },
            ],
            [Event::Death { who: killed, by_partner: true }],
        );
        small.live_until(Month::january(2009));
        let table = small.table();
        // Of the .2 of her year, her symptoms account for .133 times 15.119 in 100.
        let severe = cells(&table, 2008, "Amsterdam", "abuse_severe", "amount")[0];
        let anxiety = cells(&table, 2008, "Amsterdam", "anxiety_moderate", "amount")[0];
        assert!((anxiety - 0.0201).abs() < 6e-4 && (severe + anxiety - 0.2).abs() < 1e-9, "{severe} {anxiety}");
        assert_eq!(cells(&table, 2008, "Amsterdam", "abuse_moderate", "amount"), [0.1]);
        // Of those shifted by 1.6, 0.65542 - 0.46017 are between 1.5 and 2.0; of all others 0.97725 - 0.93319.
        let moderate = cells(&table, 2008, "G4", "anxiety_moderate", "count")[0];
        assert!((moderate - 0.151_19).abs() < 1e-4, "{moderate}");
        // Forty years were left; at 1.5 % their value in the year of death is 30.14.
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "amount"), [40.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "amount_zin_2024"), [30.14]);
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "count"), [1.0]);
    }
}
