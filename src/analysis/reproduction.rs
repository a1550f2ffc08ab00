//! The generational reproduction number: number of children who use violence because a parent did, per parent who did.
//!
//! It contrasts two scenarios, not groups within one: the simulated world, and the same with transmission switched off,
//! so that childhood adds no liability. What a child would have done anyway, because of liability that runs in families
//! or circumstances, occurs in both and cancels. Cohorts are completed: a parent counts when every child has passed the
//! ages in which use of violence is counted, as in Fraser's case reproduction number (PLoS ONE 2 (2007), e758). The
//! contrast is Pearl's do-operator (Causality, 2nd edition 2009, chapter 3). The ratio that a survey would find, an
//! association, is reported with it. A number below 1 does not mean that violence dies out: cases also arise without a
//! violent parent.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::lives::{ADULT, LivesFault, MonthIndex, PersonLife, check, find};

/// Use of violence counts until this age, in months.
pub const UNTIL: MonthIndex = 40 * 12;

/// The cohort of parents, and the follow-up of children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ParentWindow {
    /// First month of birth of the parents.
    pub from: MonthIndex,
    /// Last month of birth of the parents.
    pub to: MonthIndex,
    /// First month that was not simulated.
    pub horizon: MonthIndex,
}

/// A scenario in which one pathway of transmission is off and the others are on.
#[derive(Clone, Copy, Debug)]
pub struct RemovedPathway<'a> {
    /// Name of the pathway.
    pub name: &'a str,
    /// Its persons, sorted by key.
    pub lives: &'a [PersonLife],
}

/// A mean over parents.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PerParent {
    /// Net cases per parent who used violence.
    pub value: f64,
    /// Variance of that mean if parents are independent; `None` with one parent. The caller must add Monte Carlo error
    /// between pairs.
    pub variance: Option<f64>,
}

/// Association, not causal effect: as observed in the simulated world, including confounding.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Association {
    /// Children who use violence before 40 per parent who used it, shared between parents as cases are.
    pub per_parent: f64,
    /// Proportion of users among children of at least one such parent.
    pub after_violence: Option<f64>,
    /// Proportion of users among children without such a parent.
    pub without: Option<f64>,
    /// The first divided by the second.
    pub risk_ratio: Option<f64>,
    /// Standard error of the logarithm of the risk ratio if children are independent (Katz, Baptista, Azen & Pike,
    /// Biometrics 34 (1978), pages 469-474).
    pub log_error: Option<f64>,
}

/// The generational reproduction number of a cohort.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reproduction {
    /// The reproduction number: net cases due to transmission per parent who used violence before a child was 18.
    pub r: PerParent,
    /// The same net cases per person of the cohort who ever used violence, with or without children.
    pub per_person_who_used: Option<f64>,
    /// By pathway: reduction when this pathway alone is switched off.
    pub pathways: Vec<(String, PerParent)>,
    /// `r` minus the sum over pathways. Cases that need two pathways count in each of them and reduce it; cases that
    /// either of two would cause count in none and increase it. `None` without pathways.
    pub remainder: Option<PerParent>,
    /// The association that a survey would find.
    pub association: Association,
    /// Parents of the cohort who used violence before a child was 18: the denominator.
    pub parents: u64,
    /// Persons of the cohort who ever used violence.
    pub users: u64,
    /// Children of the cohort that are compared, each once.
    pub children: u64,
    /// Net cases among children of the cohort none of whose parents used violence before they were 18: not attributed.
    pub unattributed: i64,
    /// Parents left out because a child is under 40 at the horizon. If there are many, the remaining parents had
    /// children early.
    pub incomplete: u64,
    /// Children left out because they exist in only one of the two scenarios.
    pub unpaired: u64,
}

/// Whether a person has completed all the years that count, or left before.
fn complete(life: &PersonLife, horizon: MonthIndex) -> bool {
    life.born + UNTIL <= horizon || life.gone.is_some_and(|gone| gone < horizon)
}

fn uses(life: &PersonLife) -> i64 {
    i64::from(life.used.is_some_and(|month| month < life.born + UNTIL))
}

/// A child of the cohort in all scenarios.
struct Child {
    /// Whether it uses violence with transmission.
    uses: i64,
    /// Net cases relative to the scenario without transmission, and relative to those without one pathway.
    nets: Vec<i64>,
    /// Keys of the parents who used violence before it was 18.
    violent: Vec<i64>,
    /// Which of them belong to the cohort.
    ours: Vec<i64>,
}

struct Cohort<'a> {
    on: &'a [PersonLife],
    off: &'a [PersonLife],
    window: ParentWindow,
    /// Parents with a child whose follow-up is incomplete.
    incomplete: BTreeSet<i64>,
}

impl<'a> Cohort<'a> {
    fn of(on: &'a [PersonLife], off: &'a [PersonLife], window: ParentWindow) -> Cohort<'a> {
        let mut it = Cohort { on, off, window, incomplete: BTreeSet::new() };
        let unfinished = |child: &&PersonLife| {
            let other = find(off, Some(child.key));
            !complete(child, window.horizon) || other.is_some_and(|child| !complete(child, window.horizon))
        };
        let parents = on.iter().filter(unfinished).flat_map(|child| it.parents(child)).map(|parent| parent.key);
        it.incomplete = parents.collect();
        it
    }

    /// The known parents.
    fn parents(&self, child: &PersonLife) -> Vec<&'a PersonLife> {
        let (mother, father) = (find(self.on, child.mother), find(self.on, child.father));
        mother.into_iter().chain(father).collect()
    }

    fn has(&self, life: &PersonLife) -> bool {
        let window = &self.window;
        life.born >= window.from && life.born <= window.to && !self.incomplete.contains(&life.key)
    }

    /// A child of the cohort; `None` for others, and an error for one that the other scenario lacks.
    fn child(&self, life: &PersonLife, pathways: &[RemovedPathway<'_>]) -> Result<Option<Child>, Unpaired> {
        let parents = self.parents(life);
        if !parents.iter().any(|parent| self.has(parent)) {
            return Ok(None);
        }
        let off = find(self.off, Some(life.key)).ok_or(Unpaired)?;
        // A child that a pathway's scenario lacks counts there as unchanged: a missing birth is no prevented case.
        let of = |other: &[PersonLife]| uses(life) - find(other, Some(life.key)).map_or(uses(life), uses);
        let nets = std::iter::once(uses(life) - uses(off)).chain(pathways.iter().map(|it| of(it.lives))).collect();
        let was = |parent: &&&PersonLife| parent.used.is_some_and(|month| month < life.born + ADULT);
        let violent: Vec<&PersonLife> = parents.iter().filter(was).copied().collect();
        let ours = violent.iter().filter(|parent| self.has(parent)).map(|parent| parent.key).collect();
        Ok(Some(Child { uses: uses(life), nets, violent: violent.iter().map(|parent| parent.key).collect(), ours }))
    }
}

/// A child that the scenario without transmission lacks.
struct Unpaired;

/// Mean over parents of a figure of each.
fn per_parent(values: &[f64]) -> PerParent {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    PerParent { value: mean, variance: (values.len() > 1).then(|| square / (n - 1.0) / n) }
}

/// Proportions of children who use violence, with and without a violent parent.
fn association(children: &[Child], per_parent: f64) -> Association {
    let of = |after: bool| {
        let (mut users, mut all) = (0.0, 0.0);
        for child in children.iter().filter(|child| child.violent.is_empty() != after) {
            users += child.uses as f64;
            all += 1.0;
        }
        (users, all)
    };
    let ((first, exposed), (second, others)) = (of(true), of(false));
    let share = |users: f64, all: f64| (all > 0.0).then(|| users / all);
    let both = first > 0.0 && second > 0.0;
    Association {
        per_parent,
        after_violence: share(first, exposed),
        without: share(second, others),
        risk_ratio: (second > 0.0 && exposed > 0.0).then(|| (first / exposed) / (second / others)),
        log_error: both.then(|| (1.0 / first - 1.0 / exposed + 1.0 / second - 1.0 / others).sqrt()),
    }
}

/// The reproduction number of a cohort from the population with transmission (`on`) and without (`off`), both sorted by
/// key and including those who left; `None` if no parent of the cohort used violence.
///
/// A child that uses violence before 40 with transmission but not without it is a net case; one that does so only
/// without it is subtracted. The case is attributed to its parents who, with transmission, had used violence before it
/// was 18, half each if both had; a parent outside the cohort takes its half as well.
///
/// # Errors
/// Persons out of order, a duplicate key, or QALYs that are not finite.
pub fn reproduction(
    on: &[PersonLife],
    off: &[PersonLife],
    pathways: &[RemovedPathway<'_>],
    window: ParentWindow,
) -> Result<Option<Reproduction>, LivesFault> {
    check(on)?;
    check(off)?;
    pathways.iter().try_for_each(|pathway| check(pathway.lives))?;
    let cohort = Cohort::of(on, off, window);
    let mut children = Vec::new();
    let mut unpaired = 0;
    for life in on {
        match cohort.child(life, pathways) {
            Ok(child) => children.extend(child),
            Err(Unpaired) => unpaired += 1,
        }
    }
    // By parent: children who use violence, and net cases by contrast.
    let mut parents: BTreeMap<i64, (f64, Vec<f64>)> = BTreeMap::new();
    for child in &children {
        let share = 1.0 / child.violent.len() as f64;
        for parent in &child.ours {
            let own = parents.entry(*parent).or_insert_with(|| (0.0, vec![0.0; child.nets.len()]));
            own.0 += share * child.uses as f64;
            own.1.iter_mut().zip(&child.nets).for_each(|(sum, net)| *sum += share * *net as f64);
        }
    }
    if parents.is_empty() {
        return Ok(None);
    }
    let of = |at: usize| per_parent(&parents.values().map(|own| own.1[at]).collect::<Vec<f64>>());
    let left = |own: &(f64, Vec<f64>)| own.1[0] - own.1[1..].iter().sum::<f64>();
    let seen = per_parent(&parents.values().map(|own| own.0).collect::<Vec<f64>>());
    let users = on.iter().filter(|life| cohort.has(life) && life.used.is_some()).count();
    let born = |key: &&i64| find(on, Some(**key)).is_some_and(|it| it.born >= window.from && it.born <= window.to);
    let r = of(0);
    Ok(Some(Reproduction {
        r,
        per_person_who_used: (users > 0).then(|| r.value * parents.len() as f64 / users as f64),
        pathways: pathways.iter().enumerate().map(|(at, it)| (it.name.to_owned(), of(at + 1))).collect(),
        remainder: (!pathways.is_empty()).then(|| per_parent(&parents.values().map(left).collect::<Vec<f64>>())),
        association: association(&children, seen.value),
        parents: parents.len() as u64,
        users: users as u64,
        children: children.len() as u64,
        unattributed: children.iter().filter(|child| child.violent.is_empty()).map(|child| child.nets[0]).sum(),
        incomplete: cohort.incomplete.iter().filter(born).count() as u64,
        unpaired,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::lives::{RecordedSex, tests};
    use super::*;
    use crate::stats::pairs::Lots;

    /// 4.9 standard errors leave less than 1e-6.
    const KNOWN: f64 = 4.9;
    const WINDOW: ParentWindow = ParentWindow { from: -400, to: -300, horizon: 720 };

    fn life(key: i64) -> PersonLife {
        PersonLife { sex: RecordedSex::Male, ..tests::life(key) }
    }

    fn parent(key: i64, used: Option<MonthIndex>) -> PersonLife {
        PersonLife { born: -350, used, ..life(key) }
    }

    fn child(key: i64, parents: (i64, i64), used: Option<MonthIndex>) -> PersonLife {
        PersonLife { mother: Some(parents.0), father: Some(parents.1), used, ..life(key) }
    }

    fn happens(seed: u64, at: usize, chance: f64) -> bool {
        ((Lots::new(seed, at).word() >> 11) as f64) < chance * 9_007_199_254_740_992.0
    }

    /// Causes of use of violence that are active: spontaneous, and the first and second pathway.
    type Open = (bool, bool);

    /// `n` couples with three children each: the father used violence when they were small in all couples but the last
    /// fifth, the mother in every fourth couple. A child uses violence spontaneously with probability .1; a child of a
    /// violent parent with probability .2 through the first pathway and .1 through the second.
    fn population(n: usize, open: Open) -> Vec<PersonLife> {
        let mut lives = Vec::new();
        for couple in 0..n {
            let (violent, both) = (couple < n * 4 / 5, couple < n * 4 / 5 && couple % 4 == 0);
            lives.push(parent(2 * couple as i64, both.then_some(30)));
            lives.push(parent(2 * couple as i64 + 1, violent.then_some(20)));
        }
        for at in 0..3 * n {
            let couple = (at / 3) as i64;
            let violent = (couple as usize) < n * 4 / 5;
            let acquired = violent && (open.0 && happens(2, at, 0.2) || open.1 && happens(3, at, 0.1));
            let used = (happens(1, at, 0.1) || acquired).then_some(300);
            lives.push(child(2 * n as i64 + at as i64, (2 * couple, 2 * couple + 1), used));
        }
        lives
    }

    #[test]
    fn a_branching_population_gives_back_its_reproduction_number() {
        let n = 5000;
        let (on, off) = (population(n, (true, true)), population(n, (false, false)));
        let (first_off, second_off) = (population(n, (false, true)), population(n, (true, false)));
        let pathways = [
            RemovedPathway { name: "first", lives: &first_off },
            RemovedPathway { name: "second", lives: &second_off },
        ];
        let it = reproduction(&on, &off, &pathways, WINDOW).unwrap().unwrap();
        // 4000 violent fathers and 1000 mothers; 12,000 children of theirs.
        assert_eq!((it.parents, it.users, it.children), (5000, 5000, 15_000));
        assert_eq!((it.incomplete, it.unpaired, it.unattributed), (0, 0, 0));
        let case = |chance: f64| {
            // Children per violent parent: 12,000 / 5000; each is a case with this probability, independently.
            let law = 2.4 * chance;
            (law, KNOWN * (12_000.0 * chance * (1.0 - chance)).sqrt() / 5000.0)
        };
        let close = |found: f64, (law, room): (f64, f64)| assert!((found - law).abs() < room, "{found} {law} {room}");
        close(it.r.value, case(0.9 * (1.0 - 0.8 * 0.9)));
        close(it.pathways[0].1.value, case(0.9 * 0.2 * 0.9));
        close(it.pathways[1].1.value, case(0.9 * 0.1 * 0.8));
        // Cases that either pathway alone would cause are in neither.
        close(it.remainder.unwrap().value, case(0.9 * 0.2 * 0.1));
        let sum: f64 = it.pathways.iter().map(|pathway| pathway.1.value).sum();
        assert!((sum + it.remainder.unwrap().value - it.r.value).abs() < 1e-9);
        // As found by a survey: .1 + .9 × .28 versus .1.
        let seen = it.association;
        close(seen.per_parent, case(0.352));
        assert!((seen.risk_ratio.unwrap() / 3.52).ln().abs() < KNOWN * seen.log_error.unwrap(), "{seen:?}");
        let law = (0.648 / (12_000.0 * 0.352) + 0.9 / (3000.0 * 0.1_f64)).sqrt();
        assert!((seen.log_error.unwrap() / law - 1.0).abs() < 0.2);
        // Fathers alone have variance 3 × .252 × .748 with three children; of the 1000 couples with both, each has a
        // quarter.
        let (alone, chance) = (3000.0, 0.252_f64);
        let (own, mean) = (3.0 * chance * (1.0 - chance), 2.4 * chance);
        let between = alone / 5000.0 * (3.0 * chance - mean).powi(2) + 0.4 * (1.5 * chance - mean).powi(2);
        let law = (alone / 5000.0 * own + 0.4 * own / 4.0 + between) / 5000.0;
        assert!((it.r.variance.unwrap() / law - 1.0).abs() < 0.15, "{:?} {law}", it.r);
    }

    #[test]
    fn confounding_alone_has_an_association_and_no_reproduction() {
        // Children of violent parents use violence with probability .4, others .1, in both scenarios alike.
        let n = 2000;
        let mut world: Vec<PersonLife> = (0..n).map(|key| parent(key, (key % 2 == 0).then_some(10))).collect();
        world.extend((0..n).map(|at| {
            let used = happens(5, at as usize, if at % 2 == 0 { 0.4 } else { 0.1 }).then_some(300);
            PersonLife { mother: Some(at), used, ..life(n + at) }
        }));
        let it = reproduction(&world, &world, &[], WINDOW).unwrap().unwrap();
        assert_eq!((it.r.value, it.r.variance, it.remainder), (0.0, Some(0.0), None));
        let seen = it.association;
        assert!((seen.risk_ratio.unwrap() / 4.0).ln().abs() < KNOWN * seen.log_error.unwrap());
        assert!(seen.risk_ratio.unwrap().ln() > KNOWN * seen.log_error.unwrap());
    }

    #[test]
    fn attribution_is_net_shared_and_only_to_violence_before_eighteen() {
        let both = |used: [Option<MonthIndex>; 6]| -> Vec<PersonLife> {
            let mut lives = vec![parent(0, Some(100)), parent(1, Some(216)), parent(2, Some(215)), parent(3, None)];
            // Children 10 to 12 of parents 0 and 2, both violent in time; 13 of 1, who used violence when it was 18; 14
            // of 3 and 1; 15 of 0 alone.
            lives.extend([10, 11, 12].map(|key| child(key, (0, 2), used[key as usize - 10])));
            lives.push(PersonLife { mother: Some(1), used: used[3], ..life(13) });
            lives.push(child(14, (3, 1), used[4]));
            lives.push(child(15, (0, 3), used[5]));
            lives
        };
        let on = both([Some(250), Some(250), None, Some(250), Some(250), Some(480)]);
        let off = both([None, None, Some(250), None, Some(250), None]);
        let it = reproduction(&on, &off, &[], WINDOW).unwrap().unwrap();
        // Net: one case of 0 and 2, half each; 13 is not attributed; 14 occurs in both scenarios; 15 used violence only
        // at 40.
        assert_eq!((it.parents, it.users, it.unattributed), (2, 3, 1));
        assert_eq!(it.r.value, 0.5);
        assert_eq!(it.r.variance, Some(0.0));
        assert!((it.per_person_who_used.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        // Two of four children of violent parents, and two of two others.
        assert_eq!((it.association.per_parent, it.association.risk_ratio), (1.0, Some(0.5)));
    }

    #[test]
    fn parents_count_when_all_children_have_had_their_years_or_left() {
        let world = |born: MonthIndex, gone: Option<MonthIndex>| {
            let own = PersonLife { mother: Some(0), used: Some(born + 300), born, gone, ..life(10) };
            vec![parent(0, Some(0)), own, PersonLife { mother: Some(0), ..life(11) }]
        };
        let of = |born: MonthIndex, gone: Option<MonthIndex>| {
            let mut off = world(born, gone);
            off[1].used = None;
            reproduction(&world(born, gone), &off, &[], WINDOW).unwrap()
        };
        assert_eq!(of(240, None).unwrap().r.value, 1.0);
        assert_eq!(of(241, None), None);
        // The follow-up of a person who left is complete.
        assert_eq!(of(241, Some(600)).unwrap().r.value, 1.0);
        // Parents born outside the window, and children in only one scenario.
        let late = ParentWindow { from: -349, ..WINDOW };
        assert_eq!(reproduction(&world(0, None), &world(0, None), &[], late).unwrap(), None);
        let without = vec![parent(0, Some(0)), PersonLife { mother: Some(0), ..life(11) }];
        let it = reproduction(&world(0, None), &without, &[], WINDOW).unwrap().unwrap();
        assert_eq!((it.r.value, it.unpaired, it.children), (0.0, 1, 1));
        // One parent incomplete, another not.
        let mut two = world(300, None);
        two.insert(1, parent(1, Some(0)));
        two.push(PersonLife { mother: Some(1), used: Some(300), ..life(12) });
        let it = reproduction(&two, &two, &[], WINDOW).unwrap().unwrap();
        assert_eq!((it.parents, it.incomplete, it.association.after_violence), (1, 1, Some(1.0)));
        assert_eq!(reproduction(&[life(2), life(1)], &[], &[], WINDOW), Err(LivesFault::NotSorted(1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_net_cases_are_attributed_once_or_to_nobody(
            parents in proptest::collection::vec(proptest::option::of(0..400_i32), 2..12),
            children in proptest::collection::vec((0..12_i64, 0..12_i64, any::<bool>(), any::<bool>()), 1..40),
        ) {
            let world = |off: bool| -> Vec<PersonLife> {
                let n = parents.len() as i64;
                let own = |at: usize| {
                    let (mother, father, on_uses, off_uses) = children[at];
                    let (mother, father) = (mother % n, (mother % n + 1 + father % (n - 1)) % n);
                    child(100 + at as i64, (mother, father), (if off { off_uses } else { on_uses }).then_some(250))
                };
                let older = parents.iter().enumerate().map(|(key, used)| parent(key as i64, *used));
                older.chain((0..children.len()).map(own)).collect()
            };
            let net: i64 = children.iter().map(|it| i64::from(it.2) - i64::from(it.3)).sum();
            match reproduction(&world(false), &world(true), &[], WINDOW).unwrap() {
                None => {
                    let violent = |life: &PersonLife| life.used.is_some_and(|used| used < 216);
                    let lives = world(false);
                    let of = |child: &PersonLife| [find(&lives, child.mother), find(&lives, child.father)];
                    prop_assert!(!lives.iter().any(|child| of(child).into_iter().flatten().any(violent)));
                }
                Some(it) => {
                    let attributed = it.r.value * it.parents as f64;
                    prop_assert!((attributed + it.unattributed as f64 - net as f64).abs() < 1e-9);
                    prop_assert!(it.parents <= it.users);
                    let back = reproduction(&world(true), &world(false), &[], WINDOW).unwrap().unwrap();
                    prop_assert!((back.r.value + it.r.value).abs() < 1e-12);
                }
            }
        }
    }
}
