//! Small families with known results, and property tests on arbitrary pairs.

use proptest::prelude::*;

use super::*;
use crate::stats::pairs::{Design, Sides};

const HORIZON: MonthIndex = 720;

/// A woman without any event, present from January 2008 on.
pub(in crate::analysis) fn life(key: i64) -> PersonLife {
    PersonLife {
        key,
        born: 0,
        sex: RecordedSex::Female,
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
    let used = |key: i64, used: Option<MonthIndex>| PersonLife { used, ..life(key) };
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
    let expected = EventCounts {
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
    assert_eq!(counts.net(), 0);
    // Without common random numbers: up to min(4, 6 − 4) = 2 each.
    assert_eq!((counts.prevented_bounds(), counts.caused_bounds()), ((0, 2), (0, 2)));
    // Differences 1, −1 and four times 0: variance 2/5, times 6.
    assert!((counts.variance_of_net().unwrap() - 2.4).abs() < 1e-12);
    assert_eq!(it.whole().qaly_gained, 0.5);
    assert_eq!(it.whole().shown(), None);
}

/// A woman reached (1) with a daughter (10) and a son (11), his child (20), and an unrelated man (30) with a child by
/// the daughter (21).
fn family() -> Vec<PersonLife> {
    vec![
        PersonLife { reached: Some(100), born: -300, ..life(1) },
        PersonLife { mother: Some(1), generation: 1, born: 50, ..life(10) },
        PersonLife { mother: Some(1), generation: 1, born: 110, sex: RecordedSex::Male, ..life(11) },
        PersonLife { father: Some(11), generation: 2, born: 420, ..life(20) },
        PersonLife { mother: Some(10), father: Some(30), generation: 2, born: 430, ..life(21) },
        PersonLife { sex: RecordedSex::Male, city: 3, born: 40, ..life(30) },
    ]
}

#[test]
fn groups_are_kin_of_those_reached_and_the_rest_is_spill() {
    let scenario = family();
    let groups: Vec<KinGroup> = scenario.iter().map(|life| group(&scenario, life)).collect();
    let expected = [
        KinGroup::Reached,
        KinGroup::Child,
        KinGroup::Child,
        KinGroup::Grandchild,
        KinGroup::Grandchild,
        KinGroup::Other,
    ];
    assert_eq!(groups, expected);
    let comparator: Vec<PersonLife> = scenario.iter().map(|life| PersonLife { reached: None, ..*life }).collect();
    let it = paired(&comparator, &scenario, HORIZON).unwrap();
    assert_eq!(it.cells[&Stratum::Spill].persons, 3);
    assert_eq!(it.cells[&Stratum::Group(KinGroup::Child)].persons, 2);
    assert_eq!((decade(0), decade(-97), decade(24), decade(23)), (2000, 1990, 2010, 2000));
}

fn at(it: &PairedLives, step: PathStep) -> StepCounts {
    *it.path.iter().find(|it| it.step == step).unwrap()
}

/// Persons at risk at a step, those for whom it is prevented, and those with an earlier occurrence.
fn seen(it: &PairedLives, step: PathStep) -> (u64, u64, u64) {
    (at(it, step).counts.persons, at(it, step).counts.prevented, at(it, step).already)
}

#[test]
fn the_path_counts_who_is_at_risk_after_the_woman_was_reached() {
    let scenario = family();
    let mut comparator: Vec<PersonLife> = scenario.iter().map(|life| PersonLife { reached: None, ..*life }).collect();
    comparator[0].suffered = Some(150);
    // In the month in which she was reached: can still be prevented.
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
    let seen = |step: PathStep| seen(&it, step);
    assert_eq!(seen(PathStep::MotherSuffers), (1, 1, 0));
    assert_eq!(seen(PathStep::MotherUses), (1, 1, 0));
    assert_eq!(seen(PathStep::ChildExposed), (1, 1, 1));
    assert_eq!(seen(PathStep::ChildUses), (1, 0, 1));
    assert_eq!(seen(PathStep::ChildSuffers), (2, 1, 0));
    // One grandchild was gone at birth in one scenario.
    assert_eq!(seen(PathStep::GrandchildExposed), (1, 1, 0));
    let mothers = |step: &StepCounts| step.step.line() == PathStart::Mother;
    assert!(it.path.iter().all(|step| step.reached == u64::from(mothers(step)) && step.variance_of_net.is_none()));
    // A horizon before any child is an adult.
    let early = paired(&comparator, &scenario, 50 + 216).unwrap();
    let uses = at(&early, PathStep::ChildUses);
    assert_eq!((uses.counts.persons, uses.already), (0, 0));
}

#[test]
fn a_child_reached_begins_a_path_of_its_own_and_a_young_mother_that_of_mothers() {
    // A boy (1) and a girl (2) reached at 10, her child (3); a girl (4) reached at 16 who expects a child (5); a man
    // (6).
    let ten = 10 * 12;
    let scenario = vec![
        PersonLife { reached: Some(ten), sex: RecordedSex::Male, ..life(1) },
        PersonLife { reached: Some(ten), ..life(2) },
        PersonLife { mother: Some(2), generation: 1, born: 300, ..life(3) },
        PersonLife { reached: Some(16 * 12), ..life(4) },
        PersonLife { mother: Some(4), generation: 1, born: 16 * 12 + 5, ..life(5) },
        PersonLife { reached: Some(ten), sex: RecordedSex::Male, born: -300, ..life(6) },
    ];
    let mut comparator: Vec<PersonLife> = scenario.iter().map(|life| PersonLife { reached: None, ..*life }).collect();
    comparator[0].used = Some(20 * 12);
    comparator[1].suffered = Some(20 * 12);
    comparator[1].exposed = Some(ten - 1);
    comparator[2].exposed = Some(310);
    comparator[3].suffered = Some(18 * 12);
    comparator[4].exposed = Some(16 * 12 + 6);
    let it = paired(&comparator, &scenario, HORIZON).unwrap();
    let seen = |step: PathStep| seen(&it, step);
    assert_eq!((at(&it, PathStep::ReachedUses).reached, at(&it, PathStep::MotherUses).reached), (2, 1));
    assert_eq!(seen(PathStep::ReachedUses), (2, 1, 0));
    assert_eq!(seen(PathStep::ReachedSuffers), (2, 1, 0));
    assert_eq!(seen(PathStep::ReachedExposed), (1, 0, 1));
    assert_eq!(seen(PathStep::TheirChildExposed), (1, 1, 0));
    assert_eq!(seen(PathStep::MotherSuffers), (1, 1, 0));
    assert_eq!(seen(PathStep::ChildExposed), (1, 1, 0));
}

#[test]
fn numbers_needed_have_the_variance_between_families() {
    // Ten women reached; exposure of two children each is prevented for the first four, and caused for one child of the
    // fifth.
    let woman = |key: i64| PersonLife { reached: Some(0), born: -300, ..life(key) };
    let child = |key: i64| PersonLife { mother: Some(key / 2 % 10), born: 10, generation: 1, ..life(key) };
    let scenario: Vec<PersonLife> = (0..10).map(woman).chain((20..40).map(child)).collect();
    let mut comparator: Vec<PersonLife> = scenario.iter().map(|life| PersonLife { reached: None, ..*life }).collect();
    comparator[10..18].iter_mut().for_each(|child| child.exposed = Some(20));
    let mut caused = scenario.clone();
    caused[18].exposed = Some(20);
    let it = paired(&comparator, &caused, HORIZON).unwrap();
    let step = at(&it, PathStep::ChildExposed);
    assert_eq!((step.counts.prevented, step.counts.caused, step.counts.persons), (8, 1, 20));
    // Net effects of families 2, 2, 2, 2, −1 and five times 0: squares 17, sum 7; (17 − 4.9) × 10 / 9.
    let variance = 12.1 * 10.0 / 9.0;
    assert!((step.variance_of_net.unwrap() - variance).abs() < 1e-12);
    let needed = step.needed().unwrap();
    assert!((needed.value - 10.0 / 7.0).abs() < 1e-12);
    assert!((needed.variance - variance * (10.0_f64 / 49.0).powi(2)).abs() < 1e-12);
    let (difference, of_difference) = step.per_thousand().unwrap();
    assert!((difference - 350.0).abs() < 1e-9 && (of_difference - variance * 2500.0).abs() < 1e-6);
}

/// `n` persons, the first of whom use violence: `before` of them under the comparator, `after` under the scenario.
fn worlds(n: i64, before: i64, after: i64) -> PairedLives {
    let world = |users: i64| -> Vec<PersonLife> {
        (0..n)
            .map(|key| PersonLife {
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
    let pairs =
        BTreeMap::from([((0, 0), worlds(100, 20, 16)), ((0, 1), worlds(100, 20, 20)), ((0, 2), worlds(100, 20, 21))]);
    let it = aggregate(&pairs, Design::Crossed).unwrap();
    let row = it.rows.iter().find(|row| row.stratum == Stratum::Whole).unwrap();
    let used = row.events[1].1.unwrap();
    assert_eq!((row.persons, used.net.mean.mean), (Some(100.0), 1.0));
    assert_eq!(used.net.sides, Sides { lower: 1, equal: 1, higher: 1 });
    let error = (7.0_f64 / 3.0).sqrt();
    assert!((used.net.mean.error.unwrap() - error).abs() < 1e-12);
    assert!((used.net.mean.limits.unwrap().1 - 1.0 - 4.302_653 * error).abs() < 1e-5);
    assert!((used.prevented.mean - 4.0 / 3.0).abs() < 1e-12 && (used.caused.mean - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!((used.comparator_per_thousand, used.scenario_per_thousand), (200.0, 190.0));
    assert_eq!(row.qaly_gained.unwrap().mean.mean, 1.0);
    // No victims: fewer than ten, and suppressed.
    assert_eq!(row.events[2].1, None);
    assert_eq!((it.path[0], it.comparator_only.mean), ((PathStep::MotherSuffers, None), 0.0));
    // Replicates of a draw are averaged before benefit is counted: draws 2 and 1.
    let pairs = BTreeMap::from([
        ((0, 0), worlds(100, 20, 16)),
        ((0, 1), worlds(100, 20, 20)),
        ((1, 0), worlds(100, 20, 23)),
        ((1, 1), worlds(100, 20, 15)),
    ]);
    let it = aggregate(&pairs, Design::Nested).unwrap();
    let net = it.rows[0].events[1].1.unwrap().net;
    assert_eq!((net.mean.mean, net.mean.error), (1.5, Some(0.5)));
    assert_eq!(net.sides, Sides { lower: 0, equal: 0, higher: 2 });
    assert_eq!(aggregate(&BTreeMap::new(), Design::Alone), None);
}

#[test]
fn nobody_is_spared_what_came_before_the_first_month_nor_more_than_there_are_cases() {
    // Of twenty persons ten used violence before, eight use it under the comparator and three under the scenario.
    let world = |users: i64| -> Vec<PersonLife> {
        let used = |key: i64| (key < 10).then_some(-5).or((key < 10 + users).then_some(5));
        (0..20).map(|key| PersonLife { used: used(key), ..life(key) }).collect()
    };
    let counts = paired(&world(8), &world(3), HORIZON).unwrap().whole().used;
    assert_eq!((counts.persons, counts.comparator, counts.scenario, counts.net()), (10, 8, 3, 5));
    assert_eq!(counts.prevented_bounds(), (5, 7));
    // Two pairs with net effects 16 and 0: the normal range would be from −180 to 196.
    let pairs = BTreeMap::from([((0, 0), worlds(100, 20, 4)), ((1, 0), worlds(100, 20, 20))]);
    let net = aggregate(&pairs, Design::Nested).unwrap().rows[0].events[1].1.unwrap().net;
    assert_eq!(net.mean.range, Some((-80.0, 20.0)));
}

#[test]
fn small_cells_are_suppressed() {
    let it = aggregate(&BTreeMap::from([((0, 0), worlds(9, 9, 1))]), Design::Alone).unwrap();
    assert!(it.rows.iter().all(|row| row.persons.is_none() && row.qaly_gained.is_none()));
    assert!(it.rows.iter().all(|row| row.events.iter().all(|(_, row)| row.is_none())));
    let it = aggregate(&BTreeMap::from([((0, 0), worlds(10, 10, 1))]), Design::Alone).unwrap();
    assert_eq!(it.rows[0].events[1].1.unwrap().net.mean.mean, 9.0);
}

#[test]
fn steps_over_pairs_have_limits_only_where_the_sign_is_sure() {
    let world = |spared: i64| {
        let scenario: Vec<PersonLife> =
            (0..50).map(|key| PersonLife { reached: Some(0), born: -300, ..life(key) }).collect();
        let suffers =
            |life: &PersonLife| PersonLife { reached: None, suffered: (life.key < spared).then_some(9), ..*life };
        let comparator: Vec<PersonLife> = scenario.iter().map(suffers).collect();
        paired(&comparator, &scenario, HORIZON).unwrap()
    };
    let of = |spared: [i64; 3]| {
        let pairs = (0..3).map(|at| ((0, at), world(spared[at as usize]))).collect();
        aggregate(&pairs, Design::Alone).unwrap().path[0].1.unwrap()
    };
    // Mean 10, error 1/√3, so 10 ± 4.302653/√3, but at most the 11 cases that there are.
    let it = of([9, 10, 11]);
    let half = 4.302_653 / 3_f64.sqrt();
    let (low, high) = it.needed_limits.unwrap();
    assert_eq!((it.needed, it.per_thousand), (Some(5.0), (200.0, 0.0)));
    assert!((low - 50.0 / 11.0).abs() < 1e-12 && (high - 50.0 / (10.0 - half)).abs() < 1e-5);
    assert_eq!(of([0, 0, 30]).needed_limits, None);
    assert_eq!(of([0, 0, 0]).needed, None);
}

#[test]
fn lives_out_of_order_are_refused() {
    let sorted = [life(1), life(2)];
    assert_eq!(paired(&[life(2), life(1)], &sorted, HORIZON), Err(LivesFault::NotSorted(1)));
    assert_eq!(paired(&sorted, &[life(1), life(1)], HORIZON), Err(LivesFault::NotSorted(1)));
    let faulty = [PersonLife { qaly_lost: f64::NAN, ..life(4) }];
    assert_eq!(paired(&faulty, &sorted, HORIZON), Err(LivesFault::NotFinite(4)));
}

/// Whether the person exists, whether she is a woman, and birth, city and quintile.
type Who = (bool, bool, MonthIndex, u8, u8);

/// A population of up to 60 persons, with arbitrary kin among smaller keys.
fn any_world() -> impl Strategy<Value = Vec<PersonLife>> {
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
            let sex = if female { RecordedSex::Female } else { RecordedSex::Male };
            let generation = city % 3;
            let older = |kin: Option<i64>| kin.filter(|kin| *kin < key as i64);
            let (mother, father) = (older(mother), older(father));
            let key = key as i64;
            let whole = PersonLife {
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
        let keys = |world: &[PersonLife]| world.iter().map(|life| life.key).collect::<BTreeSet<_>>();
        let (of_comparator, of_scenario) = (keys(&comparator), keys(&scenario));
        let both = of_comparator.intersection(&of_scenario).count() as u64;
        prop_assert_eq!(it.whole().persons, both);
        prop_assert_eq!(it.comparator_only + both, comparator.len() as u64);
        prop_assert_eq!(it.scenario_only + both, scenario.len() as u64);
        let of_path = it.path.iter().map(|step| step.counts);
        let of_cells = it.cells.values().flat_map(|cell| FirstEvent::ALL.map(|event| *cell.of(event)));
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
        let rest = sum(&|stratum| matches!(stratum, Stratum::Group(KinGroup::Grandchild | KinGroup::Other)));
        prop_assert_eq!(spill.0, rest.0);
    }

    #[test]
    fn a_world_held_against_itself_shows_nothing(world in any_world()) {
        let it = paired(&world, &world, HORIZON).unwrap();
        prop_assert_eq!((it.comparator_only, it.scenario_only), (0, 0));
        for cell in it.cells.values() {
            for counts in FirstEvent::ALL.map(|event| *cell.of(event)) {
                prop_assert_eq!((counts.prevented, counts.caused, counts.delayed, counts.hastened), (0, 0, 0, 0));
            }
            prop_assert_eq!(cell.qaly_gained, 0.0);
        }
    }
}
