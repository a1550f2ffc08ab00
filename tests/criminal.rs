//! Criminal law and the routes by which perpetrators come to help: detection by city and frequency, the police visit,
//! arrest, ban and sentence, prosecutor hearings, the domestic violence court, and programmes in place of one another.

use std::collections::{BTreeMap, BTreeSet};

use keten::config::{SourceFile, Sources};
use keten::engine::{EngineSettings, Simulation};
use keten::interventions::Level;
use keten::model::ModelFile;
use keten::units::{LogRatio, Probability, Ratio, Rows, Sd, Share};
use keten::world::{
    CaseKind, Due, Edge, InForce, Mechanism, Month, NO_SERVICE, Occasion, Passage, PersonId, Source, World,
};

use crate::support::cities::{Cities, model};
use crate::support::statistics::assert_share;

const SCALE: f64 = 0.02;

fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a chance")
}

fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

/// The model with every measure off.
fn bare() -> ModelFile {
    let mut model = model();
    model.interventions.values_mut().for_each(|card| card.level = Level::Off);
    // Elder abuse reaches the desk by its own way.
    model.chain.detection.elder = chance(0.0);
    model
}

/// The same in the null world, where detection changes nothing that happens.
fn null() -> ModelFile {
    let mut model = bare();
    model.effects.in_force = InForce::None;
    model
}

/// Switches a measure on everywhere, for everybody concerned and without a limit of places.
fn switch_on(model: &mut ModelFile, name: &str) {
    let card = model.interventions.get_mut(name).expect("a card");
    card.level = Level::Full;
    let columns = ["year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
    card.coverage = Rows::new(1.0, columns, vec![vec![2008.0, 0.0, 0.0, 1.0]]).expect("a table");
    if let Some(form) = card.programme.as_mut() {
        form.places = None;
        (form.uptake, form.starts) = (chance(1.0), chance(1.0));
    }
}

/// Simulates a number of years from 2008 on, and calls `each` after every month.
fn live(cities: &Cities, model: &ModelFile, years: i32, mut each: impl FnMut(&World)) -> World {
    let engine = cities.engine(model, model, EngineSettings::default());
    let mut simulation = Simulation::new(cities.world(), &engine);
    simulation.live(&engine, Month::january(2008 + years), &mut each);
    simulation.world
}

/// Passages of the years, with the key of each person.
fn passages(cities: &Cities, model: &ModelFile, years: i32) -> Vec<(Passage, u64)> {
    let mut all = Vec::new();
    live(cities, model, years, |world| {
        let key = |who: PersonId| who.row().map_or(0, |row| world.body(row).key);
        all.extend(world.events().passages().map(|passage| (*passage, key(passage.who))));
    });
    all
}

/// Numbers who passed an edge, and who reached it.
fn counts(all: &[(Passage, u64)], edge: Edge, service: u16) -> (u64, u64) {
    let of = all.iter().filter(|(passage, _)| passage.edge == edge && passage.service == service);
    of.fold((0, 0), |(passed, reached), (passage, _)| (passed + u64::from(passage.passed), reached + 1))
}

/// Index of a programme.
fn index(model: &ModelFile, name: &str) -> u16 {
    let services = model.programmes().expect("services");
    services.iter().position(|service| service.name == name).expect("a programme") as u16
}

/// Police reports of three years by city, and couples with a report about partners.
fn reports(cities: &Cities, model: &ModelFile) -> ([u64; 4], u64, u64) {
    let (mut by_city, mut of_partners, mut couples) = ([0; 4], 0, BTreeSet::new());
    live(cities, model, 3, |world| {
        for report in world.events().reports().filter(|report| report.source == Source::Police) {
            by_city[usize::from(report.city)] += 1;
            if report.kind == CaseKind::Partner {
                of_partners += 1;
                couples.insert(report.subject);
            }
        }
    });
    (by_city, of_partners, couples.len() as u64)
}

#[test]
fn utrecht_reports_half_as_much_as_the_mean_of_the_four_cities() {
    let model = model();
    let column = model.chain.detection.city.column("log_ratio").expect("a column");
    let ratios: Vec<f64> = model.chain.detection.city.rows.iter().map(|row| row[column].exp()).collect();
    let people = model.populations().expect("populations");
    let all: f64 = people.iter().sum();
    let mean: f64 = ratios.iter().zip(&people).map(|(ratio, people)| ratio * people / all).sum();
    assert!((mean - 1.0).abs() < 1e-3, "{mean}: the mean over inhabitants");
    // 1.0833 for each of the other three: (1 - .49 x .1403) / .8597.
    assert!((ratios[3] - 0.49).abs() < 1e-3 && (ratios[0] - 1.0833).abs() < 1e-3, "{ratios:?}");
}

#[test]
fn a_city_with_half_the_detection_has_half_the_reports_and_the_others_all_of_theirs() {
    let mut one = null();
    // Nothing but the city makes a difference: known families, trust and injuries do not.
    let d = &mut one.chain.detection;
    (d.known, d.injury, d.serious) = (ratio(1.0), ratio(1.0), ratio(1.0));
    one.chain.desk.trust = Sd::new(0.0).expect("a number");
    without_services(&mut one);
    let table = |first: f64| {
        let rows = (0..4).map(|city| vec![f64::from(city), if city == 0 { first } else { 0.0 }]).collect();
        Rows::<LogRatio>::new(1.0, ["city", "log_ratio"].map(str::to_owned).to_vec(), rows).expect("a table")
    };
    let mut half = one.clone();
    (one.chain.detection.city, half.chain.detection.city) = (table(0.0), table(0.5_f64.ln()));
    let cities = Cities::of(&one, 2.0 * SCALE);
    let (with, without) = (reports(&cities, &half).0, reports(&cities, &one).0);
    assert_eq!(with[1..], without[1..], "the other cities");
    // A month with many incidents has slightly more than half of the chance.
    assert!(without[0] > 100, "{} reports", without[0]);
    assert_share(with[0], without[0], 0.51);
}

#[test]
fn a_city_without_a_row_is_refused() {
    let mut model = model();
    model.chain.detection.city.rows.pop();
    let scope = Cities::of(&bare(), 0.001).scope;
    let faults = model.steps(&scope).err().expect("a fault").to_string();
    assert!(faults.contains("chain.detection") && faults.contains("0 to 3"), "{faults}");
}

#[test]
fn reports_come_from_more_couples_where_frequent_violence_is_reported_less_often() {
    let each = null();
    let cities = Cities::of(&each, 2.0 * SCALE);
    let under = |repeated: f64, police: f64| {
        let mut model = each.clone();
        model.chain.detection.repeated = Share::new(repeated).expect("a share");
        model.chain.detection.police = chance(police);
        let (_, reports, couples) = reports(&cities, &model);
        (reports, couples, reports as f64 / couples as f64)
    };
    let (alike, rarer) = (under(1.0, 0.015), under(0.0, 0.06));
    assert!(alike.1 > 100 && rarer.1 > 100, "{alike:?}, {rarer:?}");
    assert!(rarer.2 < alike.2, "reports of a couple: {alike:?} and {rarer:?}");
}

/// Log ratios on desistance at full strength, one for each person, month and ratio.
fn desistance(cities: &Cities, model: &ModelFile, years: i32) -> Vec<f64> {
    let mut found = BTreeMap::new();
    live(cities, model, years, |world| {
        for person in world.effects().persons() {
            let Some(row) = person.row() else { continue };
            let effects = world.effects().of(person).iter();
            for effect in effects.filter(|effect| effect.mechanism == Mechanism::Desistance) {
                found.insert((world.body(row).key, effect.from, effect.log_ratio.to_bits()), effect.log_ratio);
            }
        }
    });
    found.into_values().map(f64::from).collect()
}

/// The model with every effect of police and court switched off, and without services.
fn no_deterrence() -> ModelFile {
    let mut model = bare();
    let (police, court) = (&mut model.chain.police, &mut model.chain.court);
    for own in [
        &mut police.visit,
        &mut police.arrest_employed,
        &mut police.arrest_unemployed,
        &mut police.ban_effect,
        &mut court.convicted,
        &mut court.in_custody,
    ] {
        *own = ratio(1.0);
    }
    without_services(&mut model);
    model
}

/// Switches the services of 2008 off.
fn without_services(model: &mut ModelFile) {
    model.chain.services.values_mut().for_each(|card| card.coverage.value = 0.0);
}

#[test]
fn each_report_about_partners_lets_the_perpetrator_stop_sooner_and_nothing_is_left_when_switched_off() {
    let off = no_deterrence();
    let cities = Cities::of(&off, SCALE);
    assert!(desistance(&cities, &off, 3).is_empty());
    let mut on = off.clone();
    on.chain.police.visit = ratio(0.85);
    let logs = desistance(&cities, &on, 3);
    assert!(logs.len() > 50 && logs.iter().all(|log| (log + 0.85_f64.ln()).abs() < 1e-6), "{} visits", logs.len());
    on.effects.in_force = InForce::None;
    assert!(desistance(&cities, &on, 3).is_empty(), "the null world");
}

#[test]
fn a_chain_without_effects_and_help_changes_no_violence_however_much_it_does() {
    let mut idle = no_deterrence();
    let chain = &mut idle.chain;
    chain.needs.maltreatment = ratio(1.0);
    // Places keep people safe: out of the home, in a shelter, and during a ban.
    let places = [
        &mut chain.amk.investigation,
        &mut chain.police.ban,
        &mut chain.shelter.request,
        &mut chain.shelter.honour_request,
        &mut chain.shelter.elder_request,
    ];
    places.into_iter().for_each(|place| *place = chance(0.0));
    let mut busy = idle.clone();
    let chain = &mut busy.chain;
    chain.detection.police = chance(3.0 * chain.detection.police.get());
    let (police, desk, court) = (&mut chain.police, &mut chain.desk, &mut chain.court);
    for step in [
        &mut police.complaint,
        &mut police.arrest,
        &mut police.hand_over_criminal,
        &mut police.hand_over_other,
        &mut desk.help_victim,
        &mut desk.help_perpetrator,
        &mut desk.needs_assessed,
        &mut court.prosecution,
        &mut court.conviction,
    ] {
        *step = chance(0.95);
    }
    let cities = Cities::of(&idle, SCALE);
    let years = |model: &ModelFile| {
        let (mut violence, mut steps) = (Vec::new(), 0);
        live(&cities, model, 4, |world| {
            let events = world.events();
            let of_partners = events.incidents().map(|it| u64::from(it.counts[0]) + u64::from(it.counts[1]));
            let by_relatives = events.others().map(|it| u64::from(it.count));
            violence.push((of_partners.sum::<u64>(), by_relatives.sum::<u64>(), events.maltreatments().count()));
            steps += events.passages().filter(|passage| passage.passed).count();
        });
        (violence, steps)
    };
    let (idle, busy) = (years(&idle), years(&busy));
    assert!(busy.1 > 2 * idle.1, "{} steps, and {}", busy.1, idle.1);
    assert_eq!(idle.0, busy.0);
}

#[test]
fn an_arrest_acts_by_half_of_its_logarithm_once_for_a_criminal_case() {
    let mut model = no_deterrence();
    (model.chain.police.arrest_employed, model.chain.police.arrest_unemployed) = (ratio(0.64), ratio(0.64));
    model.chain.police.arrest_part = Share::new(0.5).expect("a share");
    let cities = Cities::of(&model, SCALE);
    let logs = desistance(&cities, &model, 3);
    assert!(logs.len() > 10 && logs.iter().all(|log| (log + 0.8_f64.ln()).abs() < 1e-6), "{} arrests", logs.len());
    let (mut arrests, mut cases) = (0, 0);
    live(&cities, &model, 3, |world| {
        arrests += world.events().passages().filter(|p| p.edge == Edge::Arrest && p.passed).count();
        cases += world.events().occasions().filter(|(occasion, ..)| *occasion == Occasion::Arrested).count();
        let open = world.chain().pending.iter().filter(|it| matches!(it.what, Due::Prosecution | Due::Verdict));
        let mut since = BTreeMap::new();
        for it in open.filter(|it| it.who != PersonId::NONE) {
            // Reports of one month are decided together and may open two cases at once.
            let first = *since.entry(it.who).or_insert(it.since);
            assert_eq!(first, it.since, "two criminal cases against one person in {}", world.now());
        }
    });
    assert!(cases <= arrests && logs.len() <= cases, "{arrests} arrests, {cases} cases, {} effects", logs.len());
}

#[test]
fn a_sentence_is_passed_on_the_convicted_only_and_acts_as_the_model_says() {
    let mut model = no_deterrence();
    let court = &mut model.chain.court;
    (court.prosecution, court.conviction, court.custody) = (chance(1.0), chance(1.0), chance(0.3));
    (court.convicted, court.in_custody) = (ratio(0.8), ratio(0.5));
    let cities = Cities::of(&model, 2.0 * SCALE);
    let all = passages(&cities, &model, 4);
    let (convicted, (custody, sentenced)) =
        (counts(&all, Edge::Conviction, NO_SERVICE).0, counts(&all, Edge::Custody, NO_SERVICE));
    assert!(convicted > 20);
    assert_eq!(convicted, sentenced);
    assert_share(custody, sentenced, 0.3);
    let logs = desistance(&cities, &model, 4);
    let near = |log: f64, expected: f64| (log + expected.ln()).abs() < 1e-6;
    assert!(logs.iter().all(|log| near(*log, 0.8) || near(*log, 0.4)), "{logs:?}");
    assert!(logs.iter().any(|log| near(*log, 0.8)) && logs.iter().any(|log| near(*log, 0.4)));
}

#[test]
fn at_a_ban_the_victim_and_the_children_are_offered_help_and_the_perpetrator_once() {
    let mut model = bare();
    let police = &mut model.chain.police;
    (police.ban, police.ban_reached) = (chance(1.0), chance(1.0));
    (police.hand_over_criminal, police.hand_over_other) = (chance(0.0), chance(0.0));
    (model.chain.detection.self_referral, model.chain.detection.seen) = (chance(0.0), chance(0.0));
    let cities = Cities::of(&model, SCALE);
    let of = |model: &ModelFile| {
        let all = passages(&cities, model, 3);
        [Edge::Ban, Edge::HelpVictim, Edge::HelpChild, Edge::HelpPerpetrator].map(|edge| counts(&all, edge, NO_SERVICE))
    };
    let [bans, victims, children, perpetrators] = of(&model);
    assert!(bans.0 > 20 && children.1 > 5, "{bans:?}, {children:?}");
    assert_eq!((victims.1, perpetrators.1), (bans.0, 0), "an offer to each victim, and none more to the perpetrator");
    model.chain.police.ban_reached = chance(0.0);
    let [bans, victims, children, perpetrators] = of(&model);
    assert!(bans.0 > 20);
    assert_eq!([victims.1, children.1, perpetrators.1], [0; 3]);
}

#[test]
fn nobody_is_in_a_programme_and_in_the_one_in_whose_place_it_is_given() {
    let mut model = bare();
    for name in ["low_threshold_perp", "low_threshold_language"] {
        switch_on(&mut model, name);
    }
    model.interventions.get_mut("low_threshold_perp").expect("a card").programme.as_mut().expect("a form").uptake =
        chance(0.5);
    let help = model.chain.services.get_mut("perpetrator_help").expect("a service").programme.as_mut().expect("a form");
    (help.places, help.starts) = (None, chance(1.0));
    let names = ["perpetrator_help", "low_threshold_perp", "low_threshold_language"];
    let family = names.map(|name| index(&model, name));
    let cities = Cities::of(&model, 2.0 * SCALE);
    let mut started: BTreeMap<u16, u64> = BTreeMap::new();
    live(&cities, &model, 3, |world| {
        let state = &world.chain().programmes;
        let waiting = state.queue.iter().map(|request| (request.service, request.who));
        let all = waiting.chain(state.stays.iter().map(|stay| (stay.service, stay.who)));
        let mut seen = BTreeSet::new();
        for (service, who) in all.filter(|(service, who)| family.contains(service) && who.row().is_some()) {
            assert!(seen.insert(who), "{who:?} is in two of {names:?} at once, one of them {service}");
        }
        for p in world.events().passages().filter(|p| p.edge == Edge::Start && p.passed && family.contains(&p.service))
        {
            *started.entry(p.service).or_default() += 1;
        }
    });
    assert!(family.iter().take(2).all(|service| started.get(service).is_some_and(|many| *many > 3)), "{started:?}");
}

#[test]
fn a_course_in_place_of_the_service_of_2008_takes_its_clients_and_adds_none() {
    let base = bare();
    let mut with = base.clone();
    switch_on(&mut with, "low_threshold_perp");
    let form = with.interventions.get_mut("low_threshold_perp").expect("a card").programme.as_mut().expect("a form");
    form.eligible = keten::interventions::Eligible::default();
    let cities = Cities::of(&base, SCALE);
    let offers = |model: &ModelFile, name: &str| counts(&passages(&cities, model, 3), Edge::Offer, index(model, name));
    assert!(offers(&base, "perpetrator_help").1 > 10);
    assert_eq!(offers(&with, "perpetrator_help").1, 0, "everybody took the other course");
    assert!(offers(&with, "low_threshold_perp").1 > 10);
}

#[test]
fn hearings_are_for_first_suspects_and_cooperation_counts_in_the_sentence() {
    let mut base = bare();
    let court = &mut base.chain.court;
    (court.prosecution, court.conviction, court.custody) = (chance(1.0), chance(1.0), chance(0.9));
    let mut with = base.clone();
    switch_on(&mut with, "tom");
    let form = with.interventions.get_mut("tom").expect("a card").programme.as_mut().expect("a form");
    form.length = keten::units::Months::new(36.0).expect("months");
    form.effects.get_mut("sentence").expect("an effect").ratio = ratio(1e-6);
    let cities = Cities::of(&base, 2.0 * SCALE);
    let tom = index(&with, "tom");
    let all = passages(&cities, &with, 3);
    let (mut arrested, mut offered) = (BTreeMap::<u64, u32>::new(), BTreeSet::new());
    let mut summoned = 0;
    for (passage, key) in &all {
        if passage.edge == Edge::Arrest && passage.passed {
            *arrested.entry(*key).or_default() += 1;
        } else if passage.edge == Edge::Offer && passage.service == tom {
            assert!(arrested.contains_key(key) && offered.insert(*key), "summoned twice, or without an arrest");
            summoned += 1;
        }
    }
    assert!(summoned > 10, "{summoned} summoned");
    let custody = |model: &ModelFile| counts(&passages(&cities, model, 3), Edge::Custody, NO_SERVICE);
    let (without, with) = (custody(&base), custody(&with));
    let share = |(passed, all): (u64, u64)| passed as f64 / all as f64;
    assert!(share(with) < share(without), "{without:?} and {with:?}");
}

#[test]
fn the_judge_brings_perpetrators_to_help_recalls_them_and_offers_help_to_the_victim() {
    let mut base = bare();
    (base.chain.court.prosecution, base.chain.police.arrest) = (chance(1.0), chance(1.0));
    (base.chain.desk.help_victim, base.chain.desk.help_perpetrator) = (chance(0.0), chance(0.0));
    base.chain.police.screening.value = 0.0;
    base.chain.police.ban = chance(0.0);
    let help = base.chain.services.get_mut("perpetrator_help").expect("a service").programme.as_mut().expect("a form");
    (help.places, help.starts) = (None, chance(0.2));
    let mut court = base.clone();
    switch_on(&mut court, "dv_court");
    let form = court.interventions.get_mut("dv_court").expect("a card").programme.as_mut().expect("a form");
    form.victim.as_mut().expect("a victim").accepts = chance(1.0);
    form.effects.remove("starting");
    let mut once = court.clone();
    once.interventions.get_mut("dv_court").expect("a card").programme.as_mut().expect("a form").recall = None;
    let cities = Cities::of(&base, 2.0 * SCALE);
    let of =
        |model: &ModelFile, name: &str, edge: Edge| counts(&passages(&cities, model, 4), edge, index(model, name)).1;
    assert_eq!([of(&base, "victim_help", Edge::Offer), of(&base, "perpetrator_help", Edge::Offer)], [0, 0]);
    assert!(of(&court, "victim_help", Edge::Offer) > 5, "victims");
    let [recalled, unrecalled] = [&court, &once].map(|model| of(model, "perpetrator_help", Edge::Offer));
    assert!(recalled > unrecalled && unrecalled > 5, "{recalled} offers with recall, {unrecalled} without");
}

#[test]
fn a_hearing_is_no_help_in_a_case_and_the_help_to_which_it_leads_is() {
    let services = model().programmes().expect("services");
    let helps = |name: &str| services.iter().find(|service| service.name == name).expect("a programme").helps;
    assert!(["tom", "dv_court", "perp_pressure", "screening_team"].iter().all(|name| !helps(name)));
    assert!(
        ["perpetrator_help", "low_threshold_perp", "victim_help", "aftercare_criminal"].iter().all(|name| helps(name))
    );
}

#[test]
fn each_route_leads_more_perpetrators_into_help() {
    let mut base = bare();
    base.chain.desk.help_perpetrator = chance(0.05);
    let help = base.chain.services.get_mut("perpetrator_help").expect("a service").programme.as_mut().expect("a form");
    help.places = None;
    let cities = Cities::of(&base, 2.0 * SCALE);
    let started =
        |model: &ModelFile, name: &str| counts(&passages(&cities, model, 4), Edge::Start, index(model, name)).0;
    let before = started(&base, "perpetrator_help");
    for name in ["perp_pressure", "screening_team", "tom"] {
        let mut with = base.clone();
        switch_on(&mut with, name);
        assert!(started(&with, "perpetrator_help") > before, "{name}");
    }
    let mut with = base.clone();
    switch_on(&mut with, "low_threshold_perp");
    let both = started(&with, "perpetrator_help") + started(&with, "low_threshold_perp");
    assert!(both > before, "{both} and {before}");
}

#[test]
fn a_programme_in_place_of_nothing_is_a_fault_with_its_key() {
    let faults = |of: &str, to: &str| {
        let mut sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
        let name = "interventions/low_threshold_perp.toml";
        let file: &mut SourceFile =
            sources.files.iter_mut().find(|file| file.name.ends_with(name)).expect("the file of the card");
        file.text = file.text.replace(of, to);
        let (model, _) = ModelFile::load(&sources).unwrap_or_else(|errors| panic!("{errors}"));
        let scope = Cities::of(&bare(), 0.001).scope;
        model.steps(&scope).err().expect("a fault").to_string()
    };
    let named = "instead_of = \"perpetrator_help\"";
    for (other, word) in [("no_such_help", "no service or measure"), ("victim_help", "another occasion")] {
        let told = faults(named, &format!("instead_of = \"{other}\""));
        assert!(told.contains("low_threshold_perp.programme.instead_of") && told.contains(word), "{told}");
    }
    let recall = "recall = { value = 3, unit = \"months\", source = \"assumption\", year = 2008, grade = \"C\" }";
    let told = faults(named, &format!("{named}\n{recall}"));
    assert!(told.contains("low_threshold_perp.programme.recall"), "{told}");
}
