//! Services and queues: who gives up, who does not turn up, what completed help does, and what follows a report.

use std::collections::{BTreeMap, BTreeSet};

use keten::model::ModelFile;
use keten::units::{LogRatio, Months, Probability, Ratio, Rows, Sd};
use keten::world::{CaseKind, Edge, Event, Flag, InForce, Mechanism, Month, Passage, PersonId, Source, World, odds};

use crate::support::cities::{Cities, model};
use crate::support::statistics::{assert_mean, assert_share};

const SCALE: f64 = 0.01;

fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a chance")
}

/// A model in which much violence is reported, so that small cities have clients.
fn busy() -> ModelFile {
    let mut model = model();
    model.chain.detection.police = chance((8.0 * model.chain.detection.police.get()).min(0.9));
    model.chain.desk.help_perpetrator = chance(0.9);
    model
}

/// Simulates the cities until a month and calls `each` after every month.
fn simulate(model: &ModelFile, until: Month, mut each: impl FnMut(&World)) -> World {
    let cities = Cities::of(model, SCALE);
    let (mut simulation, engine) = cities.start(model);
    simulation.live(&engine, until, &mut each);
    simulation.world
}

fn index_of(model: &ModelFile, name: &str) -> u16 {
    let services = model.programmes().expect("services");
    services.iter().position(|service| service.name == name).expect("the service is there") as u16
}

/// Places of a service in every city and year.
fn set_places(model: &mut ModelFile, name: &str, places: f64) {
    let programme = model.chain.services.get_mut(name).and_then(|card| card.programme.as_mut()).expect("a programme");
    let rows = (0..4).map(|city| vec![f64::from(city), 2008.0, places, places, places]).collect();
    let columns = ["city", "year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    programme.places = Some(Rows::new(1.0, columns, rows).expect("a table"));
    programme.growth = None;
}

#[test]
fn the_share_who_turn_up_falls_with_the_months_waited() {
    let mut model = busy();
    set_places(&mut model, "victim_help", 300.0);
    set_places(&mut model, "perpetrator_help", 100.0);
    let form = |name: &str| model.chain.services[name].programme.clone().expect("a programme");
    let table = &model.chain.participation;
    let slopes =
        [("victim_help", table.start_per_month.get()), ("perpetrator_help", table.start_per_month_perpetrators.get())];
    for (name, slope) in slopes {
        let (form, service) = (form(name), index_of(&model, name));
        let usual = form.starts_at.unwrap_or(form.wait).get().min(6.0);
        let (mut expected, mut variance, mut started, mut most) = (0.0, 0.0, 0.0, 0);
        let mut all = 0;
        simulate(&model, Month::january(2013), |world| {
            for passage in world.events().passages().filter(|p| p.edge == Edge::Start && p.service == service) {
                let waited = f64::from(passage.waited).min(6.0);
                let p = odds(form.starts.get(), -slope * (waited - usual));
                (expected, variance) = (expected + p, variance + p * (1.0 - p));
                started += f64::from(u8::from(passage.passed));
                (all, most) = (all + 1, most.max(passage.waited));
            }
        });
        assert!(all > 50 && most > 3, "{name}: {all} places given, at most {most} months waited");
        // The mean of independent draws of unequal probability has the mean variance.
        let n = f64::from(all);
        assert_mean(started / n, all as u64, expected / n, (variance / n).sqrt());
    }
}

#[test]
fn patience_differs_between_persons_around_its_median() {
    let mut model = busy();
    // One place in a city is a hundredth of a place here.
    set_places(&mut model, "victim_help", 1.0);
    let (median, sd) = (5.5, 0.6);
    let programme = model.chain.services.get_mut("victim_help").and_then(|card| card.programme.as_mut());
    programme.expect("a programme").patience = Months::new(median).expect("months");
    model.chain.participation.patience_sd = Sd::new(sd).expect("a standard deviation");
    let service = index_of(&model, "victim_help");
    // Requests of 2008 and 2009, each with the months after which the person gave up.
    let mut gave_up: BTreeMap<u16, u64> = BTreeMap::new();
    let (mut requested, mut given) = (0, 0_u64);
    simulate(&model, Month::january(2016), |world| {
        let now = world.now().plus(-1);
        for passage in world.events().passages().filter(|p| p.service == service) {
            let here = passage.who.row().is_some_and(|row| {
                let body = world.body(row);
                body.counts() && body.place.is_here()
            });
            given += u64::from(passage.edge == Edge::Place && passage.passed);
            if passage.edge == Edge::Place
                && !passage.passed
                && here
                && now.plus(-i32::from(passage.waited)) < Month(24)
            {
                *gave_up.entry(passage.waited).or_default() += 1;
            }
            requested += u64::from(passage.edge == Edge::Offer && passage.passed && now < Month(24));
        }
    });
    let all: u64 = gave_up.values().sum();
    assert!(all > 100 && given * 50 < all, "{all} of {requested} gave up, {given} got a place");
    // A person gives up in the first month that exceeds the patience: after 6 months those with a patience below 6.
    for months in [3_u16, 6, 12] {
        let early: u64 = gave_up.range(..=months).map(|(_, count)| count).sum();
        let score = libm::log(f64::from(months) / median) / sd;
        let expected = 0.5 * libm::erfc(-score / std::f64::consts::SQRT_2);
        assert_share(early, all, expected);
    }
}

#[test]
fn a_report_is_followed_by_help_when_help_starts_within_three_months() {
    let mut model = busy();
    for name in ["victim_help", "perpetrator_help", "child_help"] {
        set_places(&mut model, name, 1e5);
    }
    model.chain.shelter.request = chance(0.0);
    let helped = |model: &ModelFile| {
        let (mut reports, mut followed, mut other): (Vec<u64>, Vec<u64>, [u64; 2]) = (Vec::new(), Vec::new(), [0; 2]);
        simulate(model, Month::january(2010), |world| {
            let events = world.events();
            reports.push(events.reports().filter(|r| r.source == Source::Police).count() as u64);
            let passed = |edge: Edge| events.passages().filter(|p| p.edge == edge && p.passed).count() as u64;
            let [none, criminal, helped] = [Edge::NoFollowUp, Edge::CriminalOnly, Edge::Helped].map(passed);
            followed.push(none + criminal + helped);
            (other[0], other[1]) = (other[0] + helped, other[1] + none + criminal);
        });
        // Every report is judged once, three months later.
        assert_eq!(followed[..3], [0; 3]);
        assert_eq!(followed[3..], reports[..reports.len() - 3]);
        other[0] as f64 / (other[0] + other[1]) as f64
    };
    let most = helped(&model);
    let mut fewer = model.clone();
    for name in ["victim_help", "perpetrator_help", "child_help"] {
        let programme = fewer.chain.services.get_mut(name).and_then(|card| card.programme.as_mut());
        programme.expect("a programme").starts = chance(0.0);
    }
    let none = helped(&fewer);
    let mut slow = model.clone();
    for name in ["victim_help", "perpetrator_help", "child_help"] {
        let programme = slow.chain.services.get_mut(name).and_then(|card| card.programme.as_mut());
        let programme = programme.expect("a programme");
        programme.wait = Months::new(5.0).expect("months");
        programme.patience = Months::new(24.0).expect("months");
    }
    let late = helped(&slow);
    // Accepted offers alone are no help: with the same offers nobody is helped when nobody starts.
    assert!(most > 0.2, "{most}");
    // Shelters and measures of the status quo help a few.
    assert!(none < 0.2 * most, "{none} {most}");
    assert!(late < most, "{late} {most}");
}

#[test]
fn to_look_back_at_a_report_keeps_no_case_open() {
    let mut model = busy();
    // A case that is lost when its family moves ends at once.
    model.chain.cases.transfer = Probability::new(1.0).expect("a probability");
    let mut shortest = u16::MAX;
    simulate(&model, Month::january(2010), |world| {
        for event in world.events() {
            if let Event::CaseClosed { source: Source::Police, kind: CaseKind::Partner, months, .. } = *event {
                shortest = shortest.min(months);
            }
        }
    });
    // Without a second report and without help nothing happens after the month of the report.
    assert_eq!(f64::from(shortest), model.chain.cases.quiet.get());
}

#[test]
fn an_investigation_weighs_once_on_the_mother_whatever_her_symptoms_and_not_in_the_null_world() {
    let mut model = busy();
    model.chain.amk.mother_depression = Sd::new(5.0).expect("a shift");
    let burdens = |model: &ModelFile| {
        let (mut seen, mut burdens) = (BTreeSet::new(), Vec::new());
        simulate(model, Month::january(2012), |world| {
            for event in world.events() {
                let Event::Investigated { child, .. } = *event else { continue };
                let mother = child.row().and_then(|row| world.carers(row).0);
                let mother = mother.filter(|row| world.body(*row).has(Flag::Female) && world.body(*row).counts());
                // Later investigations add to the first. Of several children one month has one burden.
                if let Some(row) = mother.filter(|row| seen.insert(world.body(*row).key)) {
                    burdens.push(world.mind(row).depressive.get());
                }
            }
        });
        assert!(burdens.len() > 10, "{} mothers", burdens.len());
        burdens
    };
    // Symptoms of before, and help of the same month, are small beside it.
    let found = burdens(&model);
    assert!(found.iter().all(|score| (4.0..8.5).contains(score)), "{found:?}");
    model.effects.in_force = InForce::None;
    let none = burdens(&model);
    assert!(none.iter().all(|score| *score < 4.0), "{none:?}");
}

#[test]
fn a_completed_course_acts_on_the_mechanisms_and_by_the_sizes_of_its_service() {
    let mut model = busy();
    for (name, mechanism) in
        [("victim_help", Mechanism::DesistanceSuffered), ("perpetrator_help", Mechanism::Desistance)]
    {
        set_places(&mut model, name, 1e5);
        let form = &model.chain.services[name].programme.as_ref().expect("a programme").effects;
        let effect = form.values().find(|effect| effect.mechanism == mechanism).expect("the effect");
        let (ratio, half_life) = (effect.ratio.get(), effect.half_life.expect("it fades").get());
        let (service, left) = (index_of(&model, name), model.effects.many_problems.get());
        let mut seen = 0;
        simulate(&model, Month::january(2011), |world| {
            let done = |p: &&Passage| p.edge == Edge::Completion && p.service == service && p.passed;
            let here = |row: &usize| world.body(*row).counts() && world.body(*row).place.is_here();
            for row in world.events().passages().filter(done).filter_map(|p| p.who.row()).filter(here) {
                let of = world.effects().of(PersonId(row as u32));
                let last = of.iter().rev().find(|effect| effect.mechanism == mechanism).expect("an effect");
                let body = world.body(row);
                let risks = Flag::RISKS.iter().filter(|flag| body.has(**flag)).count();
                let many = body.has(Flag::Disability) || risks >= 3;
                let log = libm::log(ratio) * if many { left } else { 1.0 };
                assert!((f64::from(last.log_ratio) - log).abs() < 1e-6, "{name}: {last:?}");
                assert!((f64::from(last.half_life) - half_life).abs() < 1e-3);
                assert_eq!(last.from, world.now());
                seen += 1;
            }
        });
        assert!(seen > 3, "{name}: {seen} completed");
    }
}

#[test]
fn who_drops_out_of_help_for_perpetrators_differed_before() {
    let mut model = busy();
    set_places(&mut model, "perpetrator_help", 1e5);
    let service = index_of(&model, "perpetrator_help");
    let gap = |selection: f64| {
        let mut model = model.clone();
        model.chain.participation.selection = LogRatio::new(selection).expect("a log ratio");
        let mut liability = [Vec::new(), Vec::new()];
        simulate(&model, Month::january(2014), |world| {
            for passage in world.events().passages().filter(|p| p.edge == Edge::Completion && p.service == service) {
                if let Some(row) = passage.who.row() {
                    liability[usize::from(passage.passed)].push(world.body(row).liability_use.get());
                }
            }
        });
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let [dropped, completed] = &liability;
        (mean(dropped) - mean(completed), dropped.len(), completed.len())
    };
    let (none, strong) = (gap(0.0), gap(2.0));
    assert!(none.1 > 20 && none.2 > 20, "{none:?}");
    // Five standard errors of a difference of two means of values with unit variance.
    let error = 5.0 * (1.0 / none.1 as f64 + 1.0 / none.2 as f64).sqrt();
    assert!(none.0.abs() < error, "{none:?}, allowed {error}");
    assert!(strong.0 > none.0 + 0.3, "{strong:?} {none:?}");
}

#[test]
fn growth_of_the_means_buys_places_by_its_price() {
    let model = model();
    let services = model.programmes().expect("services");
    let populations = model.populations().expect("cities");
    let all: f64 = populations.iter().sum();
    for name in ["victim_help", "perpetrator_help", "child_help"] {
        let service = services.iter().find(|service| service.name == name).expect("the service");
        let places = service.places.as_ref().expect("places");
        let (programme, price) = (&service.programme, model.chain.services[name].costs["start"].price.get());
        let (completes, length) = (programme.completes.get(), programme.length.get());
        let stay = length * (completes + (1.0 - completes) / 2.0);
        for (city, people) in populations.iter().enumerate() {
            let more = places.at(city, Month::january(2011)) - places.at(city, Month::january(2008));
            // 3 million euro a year from 2011 (L172-174), at the price of the participants of a place in a year.
            let expected = 3e6 * people / all * programme.growth.expect("a share").get() / (price * 12.0 / stay);
            assert!((more / expected - 1.0).abs() < 1e-9, "{name} in {city}: {more} places, expected {expected}");
        }
    }
    let mut none = model.clone();
    none.money.growth.value = 0.0;
    for service in none.programmes().expect("services") {
        let Some(places) = &service.places else { continue };
        if model.chain.services.contains_key(&service.name) {
            assert_eq!(places.at(0, Month::january(2012)), places.at(0, Month::january(2008)), "{}", service.name);
        }
    }
}

#[test]
fn in_the_null_world_help_takes_place_and_changes_nothing() {
    let mut null = busy();
    null.effects.in_force = InForce::None;
    for name in ["victim_help", "perpetrator_help", "child_help", "youth_care"] {
        set_places(&mut null, name, 1e5);
    }
    let mut without = null.clone();
    for form in without.chain.services.values_mut().filter_map(|card| card.programme.as_mut()) {
        form.starts = chance(0.0);
    }
    let incidents = |model: &ModelFile| {
        let (mut counts, mut starts) = (Vec::new(), 0);
        simulate(model, Month::january(2011), |world| {
            counts
                .push(world.events().incidents().map(|i| u64::from(i.counts[0]) + u64::from(i.counts[1])).sum::<u64>());
            starts += world.events().passages().filter(|p| p.edge == Edge::Start && p.passed).count();
        });
        (counts, starts)
    };
    let (with, without) = (incidents(&null), incidents(&without));
    assert!(with.1 > 50 && with.1 > without.1, "{} {}", with.1, without.1);
    assert_eq!(with.0, without.0);
}

#[test]
fn help_with_a_large_effect_ends_violence_and_help_that_does_harm_prolongs_it() {
    let mut model = busy();
    for name in ["victim_help", "perpetrator_help"] {
        set_places(&mut model, name, 1e5);
        let programme = model.chain.services.get_mut(name).and_then(|card| card.programme.as_mut());
        let programme = programme.expect("a programme");
        (programme.starts, programme.completes) = (chance(1.0), chance(1.0));
    }
    let violent_months = |by: f64| {
        let mut model = model.clone();
        for card in model.chain.services.values_mut().filter_map(|card| card.programme.as_mut()) {
            for effect in card.effects.values_mut() {
                if matches!(effect.mechanism, Mechanism::Desistance | Mechanism::DesistanceSuffered) {
                    effect.ratio = Ratio::new(by).expect("a ratio");
                }
            }
        }
        let mut months = 0;
        simulate(&model, Month::january(2014), |world| {
            months += world.couples().filter(|couple| couple.present && couple.is_violent()).count();
        });
        months as f64
    };
    let (ends, none, harms) = (violent_months(20.0), violent_months(1.0), violent_months(0.05));
    assert!(ends < 0.97 * none, "{ends} {none}");
    assert!(harms > 1.01 * none, "{harms} {none}");
}
