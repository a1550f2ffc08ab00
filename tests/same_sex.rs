//! Couples of two men and of two women: how many there are, what they do as other couples do, and that everything which
//! goes by sex goes by the sex of the person.

use keten::engine::{Engine, EngineSettings, Process, Scope, Simulation, Step};
use keten::founding::live_pool;
use keten::model::{ModelFile, STEPS};
use keten::random::Luck;
use keten::units::{LogRatio, Probability, RatePerYear, Ratio, Rows, Share};
use keten::violence::LiabilityRule;
use keten::world::{
    ADULT, Arrival, CaseKind, Change, Changes, Couple, Event, Flag, Mediation, Month, Newcomer, PersonId, Places, Sex,
    Side, Violence, World, YearFlag,
};
use rayon::prelude::*;

use crate::support::cities::{Cities, luck, model};
use crate::support::statistics::assert_share;

/// The model with these shares of men and women who look for a partner of their own sex.
fn with_shares(men: f64, women: f64) -> ModelFile {
    let mut model = model();
    let unions = &mut model.life.unions;
    unions.same_sex_men = Share::new(men).expect("a share");
    unions.same_sex_women = Share::new(women).expect("a share");
    model
}

/// Adults of a sex in some worlds who live with a partner: of the own sex, and all.
fn partnered(worlds: &[World], sex: Sex) -> (u64, u64) {
    let (mut same, mut all) = (0, 0);
    for couple in worlds.iter().flat_map(World::couples).filter(|couple| couple.present && couple.together()) {
        let of_sex = couple.sexes.iter().filter(|of| **of == sex).count() as u64;
        all += of_sex;
        same += of_sex * u64::from(couple.is_same_sex());
    }
    (same, all)
}

/// Couples who live together, and persons, of whom a share may differ from the parameter by chance alone as much as of
/// this number of independent draws. Copies of one household are one draw, and so are the two partners of a couple.
fn independent(worlds: &[World]) -> f64 {
    worlds.iter().map(|world| world.present().filter(|row| world.body(*row).has_partner()).count() as f64 / 2.0).sum()
}

/// Whether every person in a union lives with a partner of the sex that the person looks for, and every couple knows the
/// sexes of its partners.
fn check_partners(world: &World) {
    for row in world.present() {
        let Some(couple) = world.couple_of(row) else { continue };
        let body = world.body(row);
        let partner = world.partner_of(row).expect("a partner");
        assert_eq!(body.seeks_own_sex, world.body(partner).sex() == body.sex());
        assert_eq!(body.seeks_own_sex, couple.is_same_sex());
        assert_eq!(couple.partners.map(|who| world.body(who.row().expect("a row")).sex()), couple.sexes);
        assert!(couple.is_same_sex() || couple.sexes == Sex::BOTH, "the man is the first");
        assert_ne!(partner, row);
    }
}

#[test]
fn the_share_of_those_who_look_for_their_own_sex_is_the_parameter_and_so_is_the_share_of_their_couples() {
    let shares = [0.2, 0.14];
    let model = with_shares(shares[0], shares[1]);
    let pools: Vec<World> = (0..4)
        .into_par_iter()
        .map(|number| {
            let luck = Luck::new(2008, 0, number);
            live_pool(&model, &model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}")).world
        })
        .collect();
    pools.iter().for_each(check_partners);
    // Everybody is an independent draw at birth, with the exact share.
    for sex in Sex::BOTH {
        let of_sex = || {
            pools.iter().flat_map(|world| world.present().map(|row| world.body(row))).filter(|body| body.sex() == sex)
        };
        let seeking = of_sex().filter(|body| body.seeks_own_sex).count() as u64;
        assert_share(seeking, of_sex().count() as u64, shares[sex as usize]);
    }
    // They find and leave partners at the hazards of others, but a couple without children separates sooner.
    for sex in Sex::BOTH {
        let (same, all) = partnered(&pools, sex);
        let (share, expected) = (same as f64 / all as f64, shares[sex as usize]);
        println!("{}: {share:.4} of those with a partner, {expected} look for it", sex.word());
        let chance = 5.0 * (expected * (1.0 - expected) / independent(&pools)).sqrt();
        assert!((share - expected).abs() < chance + 0.25 * expected, "{share} of {all}, expected {expected}");
    }
}

#[test]
fn the_cities_have_them_from_2008_to_2030() {
    let shares = [0.2, 0.14];
    let model = with_shares(shares[0], shares[1]);
    let cities = Cities::of(&model, 0.003);
    let (mut simulation, engine) = cities.start(&model);
    for until in [Month(0), Month::january(2030)] {
        simulation.live(&engine, until, |_| {});
        let world = &simulation.world;
        check_partners(world);
        world.check_homes().expect("sound homes");
        for sex in Sex::BOTH {
            let (same, all) = partnered(std::slice::from_ref(world), sex);
            let (share, expected) = (same as f64 / all as f64, shares[sex as usize]);
            println!("{until}, {}: {share:.4} of {all} with a partner, {expected} look for it", sex.word());
            // The households of 2008 are copies of those of a burn-in population of 4000 persons, about 900 couples.
            let draws = independent(std::slice::from_ref(world)).min(900.0);
            let chance = 5.0 * (expected * (1.0 - expected) / draws).sqrt();
            assert!((share - expected).abs() < chance + 0.25 * expected, "{share} of {all}, expected {expected}");
        }
    }
}

#[test]
fn with_shares_of_zero_there_are_none() {
    let model = with_shares(0.0, 0.0);
    let (mut simulation, engine) = Cities::of(&model, 0.001).start(&model);
    for until in [Month(0), Month::january(2011)] {
        simulation.live(&engine, until, |_| {});
        let world = &simulation.world;
        assert!(world.rows().all(|row| !world.body(row).seeks_own_sex));
        assert!(world.couples().filter(|couple| couple.present).all(|couple| !couple.is_same_sex()));
    }
}

#[test]
fn two_men_have_no_child_and_of_two_women_neither_is_a_father() {
    let model = with_shares(0.3, 0.3);
    let (mut simulation, engine) = Cities::of(&model, 0.003).start(&model);
    let mut born = [0_u64; 2];
    simulation.live(&engine, Month::january(2013), |world| {
        for child in world.events().births().filter_map(|child| child.row()) {
            let kin = world.kin(child);
            let father = kin.father.row().map(|row| world.body(row).sex());
            assert_ne!(father, Some(Sex::Female));
            let mother = kin.mother.row().expect("a mother");
            if world.couple_of(mother).is_some_and(|couple| couple.is_same_sex()) {
                born[0] += 1;
            } else {
                born[1] += 1;
            }
        }
    });
    let world = &simulation.world;
    check_partners(world);
    world.check_homes().expect("sound homes");
    let couples = |sex: Sex| {
        let is = move |couple: &&Couple| couple.present && couple.together() && couple.sexes == [sex; 2];
        world.couples().filter(is)
    };
    let with_children = |sex: Sex| {
        couples(sex).filter(|couple| couple.partners[0].row().is_some_and(|row| world.has_minor_at_home(row))).count()
    };
    let [men, women] = Sex::BOTH.map(|sex| (with_children(sex), couples(sex).count()));
    println!("{born:?} births to two women and to others; with children {men:?} of two men, {women:?} of two women");
    assert!(men.1 > 0 && women.1 > 0 && born[0] > 0 && born[0] < born[1]);
    let share = |(some, all): (usize, usize)| some as f64 / all as f64;
    assert!(share(men) < share(women), "{men:?} of two men, {women:?} of two women have children");
}

fn a_year(rate: f64) -> RatePerYear {
    RatePerYear::new(rate).expect("a rate")
}

/// A model in which violence begins at one rate whatever the partners are, from one side, and never ends.
fn plain_violence(by_men: f64, by_women: f64, same_sex: f64) -> ModelFile {
    let mut model = model();
    let onset = &mut model.violence.onset;
    (onset.by_men, onset.by_women) = (a_year(by_men), a_year(by_women));
    onset.same_sex = Ratio::new(same_sex).expect("a ratio");
    let never = Probability::new(0.0).expect("a probability");
    onset.mutual = never;
    onset.coercive_by_men = Share::new(0.0).expect("a share");
    onset.coercive_by_women = Share::new(0.0).expect("a share");
    onset.age = Rows::new(1.0, vec!["age".into(), "ratio".into()], vec![vec![15.0, 1.0]]).expect("a sound table");
    for by in [&mut onset.low_income, &mut onset.no_work, &mut onset.area, &mut onset.relapse] {
        *by = Ratio::new(1.0).expect("a ratio");
    }
    let course = &mut model.violence.course;
    for rate in [&mut course.desistance_situational, &mut course.escalation, &mut course.resumption] {
        *rate = a_year(0.0);
    }
    course.persistence = LogRatio::new(0.0).expect("a log ratio");
    (course.fatal_by_men, course.fatal_by_women) = (never, never);
    model.transmission.liability = LiabilityRule::None;
    model
}

/// A process of the model under its own name and identity.
fn listed(name: &str, process: Process) -> Step {
    STEPS.iter().find(|entry| entry.name == name).expect("a process of the model").step(process)
}

fn onset(model: &ModelFile, by: Sex) -> Process {
    let (weights, _) = model.transmission.weights().expect("weights");
    model.violence.onset.build(by, weights, Mediation::default(), &Scope::default()).expect("a sound table")
}

/// Couples of 30 of these sexes, after some years of onset and course alone, and the onsets by sex of the user.
fn couples_after(model: &ModelFile, sexes: [Sex; 2], couples: u64, years: i32) -> (World, [u64; 2]) {
    let mut world = World::new(Month(0), Places::default());
    let mut changes = Changes::default();
    for number in 0..couples {
        let partner = |side: Side| {
            let mut partner = Newcomer::default();
            partner.body.key = luck().derive(number + 1, 911, side as u32);
            partner.body.born = Month(-360);
            partner.body.set(Flag::Female, sexes[side as usize] == Sex::Female);
            partner.body.seeks_own_sex = sexes[0] == sexes[1];
            partner
        };
        let union = Couple { sexes, ..Couple::new(luck().derive(number + 1, 912, 0), Month(-12)) };
        let members = Side::BOTH.map(partner).into();
        changes.push(Change::Arrive(Box::new(Arrival { members, union: Some(union), parents: Vec::new() })));
    }
    world.apply(changes);
    let steps = || {
        vec![
            listed("onset_by_men", onset(model, Sex::Male)),
            listed("onset_by_women", onset(model, Sex::Female)),
            listed("course_of_violence", model.violence.course.build()),
        ]
    };
    // The bounds of all hazards are checked against their rates.
    let settings = EngineSettings { watch_layers: true, ..EngineSettings::default() };
    let engine = Engine::new(steps(), &steps(), luck(), settings);
    let mut simulation = Simulation::new(world, &engine);
    let mut onsets = [0; 2];
    simulation.live(&engine, Month::january(2008 + years), |world| {
        for event in world.events() {
            if let Event::Onset { couple, by, .. } = event {
                onsets[world.couple_by_id(*couple).expect("a couple").sex(*by) as usize] += 1;
            }
        }
    });
    (simulation.world, onsets)
}

#[test]
fn a_couple_of_one_sex_begins_at_the_hazard_of_others_times_the_ratio_from_either_side() {
    let (couples, years) = (6000, 3);
    // Women begin far less often than men, as in the model.
    for (by_men, by_women) in [(0.06, 0.0006), (0.06, 0.0)] {
        for (sexes, same_sex) in
            [([Sex::Male; 2], 1.0), ([Sex::Female; 2], 1.0), ([Sex::Female; 2], 2.5), (Sex::BOTH, 2.5)]
        {
            let model = plain_violence(by_men, by_women, same_sex);
            let (world, onsets) = couples_after(&model, sexes, couples, years);
            let ratio = if sexes == Sex::BOTH { 1.0 } else { same_sex };
            // Both sides may come to use violence: each on its own, since the other joining in is switched off.
            let ever = 1.0 - (-ratio * (by_men + by_women) * f64::from(years)).exp();
            let violent = world.couples().filter(|couple| couple.is_violent()).count() as u64;
            assert_share(violent, couples, ever);
            let of_side = |side: Side| {
                world.couples().filter(|couple| couple.violence[side as usize] != Violence::None).count() as u64
            };
            if sexes != Sex::BOTH {
                let (first, second) = (of_side(Side::First), of_side(Side::Second));
                assert_share(first, first + second, 0.5);
                assert_eq!(onsets[sexes[0].other() as usize], 0, "nobody of the other sex is there to begin");
                assert_eq!(onsets[sexes[0] as usize], first + second);
            }
            for row in world.rows() {
                let suffered = world.past(row).suffered.has_come();
                let couple = world.couple_of(row).expect("a couple");
                let side = couple.side_of(PersonId(row as u32)).expect("a side");
                let by_other = couple.violence[side.other() as usize] != Violence::None;
                assert_eq!(suffered, by_other, "who suffers is the partner of who uses violence");
            }
        }
    }
}

#[test]
fn the_ratio_of_such_couples_moves_the_hazard_of_no_other() {
    let model = with_shares(0.2, 0.2);
    let mut other = model.clone();
    other.violence.onset.same_sex = Ratio::new(3.0).expect("a ratio");
    let world = Cities::of(&model, 0.002).world();
    let mut seen = [0; 2];
    for by in Sex::BOTH {
        let (Process::Couple(plain), Process::Couple(tripled)) = (onset(&model, by), onset(&other, by)) else {
            panic!("onset is a hazard of couples")
        };
        for (row, couple) in world.couples().enumerate() {
            let rates: [f64; 2] = [&plain, &tripled].map(|hazard| hazard.rate(&world, row));
            let bounds = [&plain, &tripled].map(|hazard| hazard.most(&world, row) * hazard.envelope(0, 1));
            let [had, has] = rates;
            assert!(had <= bounds[0] * (1.0 + 1e-9) && has <= bounds[1] * (1.0 + 1e-9));
            if couple.is_same_sex() {
                assert!((has - 3.0 * had).abs() <= 1e-12 * has, "{had} becomes {has}");
                assert!(had == 0.0 || couple.sexes == [by; 2]);
            } else {
                assert_eq!(had.to_bits(), has.to_bits());
            }
            seen[usize::from(couple.is_same_sex())] += u32::from(had > 0.0);
        }
    }
    assert!(seen[0] > 100 && seen[1] > 20, "{seen:?}");
}

#[test]
fn reports_marks_and_shelters_go_by_the_sex_of_the_person() {
    let mut model = with_shares(0.4, 0.4);
    // Much violence that comes to light, for many cases in a small population.
    model.violence.onset.by_men = a_year(model.violence.onset.by_men.get() * 10.0);
    model.chain.shelter.request = Probability::new(0.05).expect("a probability");
    let (mut simulation, engine) = Cities::of(&model, 0.02).start(&model);
    let (mut reports, mut sheltered, mut victims) = ([0_u64; 2], [0_u64; 2], [0_u64; 2]);
    simulation.live(&engine, Month::january(2012), |world| {
        let sex_of = |who: PersonId| who.row().map(|row| world.body(row).sex());
        for event in world.events() {
            match event {
                Event::Report(report) if report.kind == CaseKind::Partner => {
                    let Some(couple) = world.couple_by_id(report.couple).filter(|it| it.key == report.subject) else {
                        continue;
                    };
                    if couple.is_same_sex() {
                        assert_ne!(report.victim, report.perpetrator);
                        let sexes = [report.victim, report.perpetrator].map(sex_of);
                        assert_eq!(sexes, [Some(couple.sexes[0]); 2]);
                        reports[couple.sexes[0] as usize] += 1;
                    }
                }
                Event::Sheltered { who, .. } => {
                    let row = who.row().expect("a person");
                    if world.body(row).seeks_own_sex && world.body(row).has_partner() {
                        sheltered[world.body(row).sex() as usize] += 1;
                    }
                }
                Event::Violence(incident) => {
                    let couple = world.couple_by_id(incident.couple).expect("a couple");
                    for by in Side::BOTH.into_iter().filter(|by| incident.counts[*by as usize] > 0) {
                        let row = couple.partner(by.other()).row().expect("a victim");
                        assert_eq!(world.body(row).sex(), couple.sex(by.other()));
                        assert!(world.past(row).year & YearFlag::Suffered.bit() != 0);
                        victims[couple.sex(by.other()) as usize] += u64::from(couple.is_same_sex());
                    }
                }
                _ => {}
            }
        }
    });
    println!("{reports:?} reports, {sheltered:?} in shelters, {victims:?} months of violence; of men and of women");
    assert!(reports.iter().all(|count| *count > 0) && victims.iter().all(|count| *count > 0) && sheltered[1] > 0);
    let world = &simulation.world;
    check_partners(world);
    world.check_homes().expect("sound homes");
    assert!(world.present().any(|row| world.body(row).age_months(world.now()) >= ADULT));
}
