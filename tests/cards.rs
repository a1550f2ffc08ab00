//! Every card alone at `full` beside the status quo, on common random numbers: what it names moves. In the null world
//! nothing but records moves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use keten::chain::SHELTERS;
use keten::config::{Change, SourceFile, Sources};
use keten::engine::{Beside, Engine, EngineSettings, Follower, Simulation};
use keten::experiment::build;
use keten::interventions::{Card, Dose, EffectClass, Level};
use keten::model::ModelFile;
use keten::units::{Persons, Probability, RatePerYear, Ratio};
use keten::world::{Due, Edge, Event, Group, InForce, Mechanism, Month, NO_SERVICE, Occasion, Source, World};

use crate::support::cities::{Cities, model};
use crate::support::statistics::assert_share;

/// Scale of the runs.
const SCALE: f64 = 0.02;
/// Factor by which violence is more frequent than in 2008, so that a small population has enough of everything.
const MORE: f64 = 3.0;

/// What can be seen of a measure in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Persons or cases that passed an edge, of a thousand that came to it.
    Share(Edge),
    /// Persons or cases that passed an edge.
    Passed(Edge),
    /// Reports by source.
    Reports(Source),
    /// Occasions for offers.
    Occasions(Occasion),
    /// Persons with an effect on a mechanism, summed over months.
    Effects(Mechanism),
    /// Absolute log ratio of a mechanism in cities and areas, in thousandths, summed over months.
    InCity(Mechanism),
    /// Place-months of a kind of shelter.
    Beds(usize),
    /// Person-months in shelters of women who are ready to leave and have no dwelling.
    Blocked,
}

/// Sums over a run.
#[derive(Clone, Debug, Default)]
struct Sums {
    seen: BTreeMap<Seen, i64>,
    /// Starts by programme.
    starts: BTreeMap<String, i64>,
    /// Place-months by programme with limited places, in thousandths.
    places: BTreeMap<String, i64>,
    edges: BTreeMap<Edge, [i64; 2]>,
    /// Events of the ground truth by kind, with incidents counted one by one.
    truth: BTreeMap<&'static str, i64>,
}

impl Sums {
    fn add(&mut self, seen: Seen, by: i64) {
        *self.seen.entry(seen).or_default() += by;
    }

    fn month(&mut self, world: &World, services: &[String]) {
        // The month that has just been simulated.
        let lived = world.now().plus(-1);
        let service = |index: u16| services[usize::from(index)].clone();
        for event in world.events() {
            let truth = |sums: &mut Sums, kind, by: i64| *sums.truth.entry(kind).or_default() += by;
            match *event {
                Event::Passage(p) if p.service == NO_SERVICE => {
                    let counts = self.edges.entry(p.edge).or_default();
                    counts[usize::from(!p.passed)] += 1;
                }
                Event::Passage(p) if p.edge == Edge::Start && p.passed => {
                    *self.starts.entry(service(p.service)).or_default() += 1;
                }
                Event::Report(report) => self.add(Seen::Reports(report.source), 1),
                Event::Occasion { occasion, .. } => self.add(Seen::Occasions(occasion), 1),
                Event::Provider(month) if month.group == Group::Shelters => {
                    // Specialised places have no limit.
                    let beds = if month.places.is_finite() { month.places } else { 0.0 };
                    self.add(Seen::Beds(usize::from(month.service)), (beds * 1000.0) as i64);
                    self.add(Seen::Blocked, i64::from(month.blocked));
                }
                Event::Provider(month) if month.places.is_finite() => {
                    *self.places.entry(service(month.service)).or_default() += (month.places * 1000.0) as i64;
                }
                Event::Violence(incident) => {
                    truth(self, "incidents", incident.counts.iter().map(|count| i64::from(*count)).sum());
                }
                Event::Witnessed { .. } => truth(self, "witnessed", 1),
                Event::Onset { .. } => truth(self, "onsets", 1),
                Event::Desistance { .. } => truth(self, "desistance", 1),
                Event::Maltreatment { .. } => truth(self, "maltreatment", 1),
                Event::MaltreatmentEnded { .. } => truth(self, "maltreatment ended", 1),
                Event::Birth { .. } => truth(self, "births", 1),
                Event::Death { .. } => truth(self, "deaths", 1),
                Event::Separation { .. } => truth(self, "separations", 1),
                _ => {}
            }
        }
        let effects = world.effects();
        for effect in effects.persons().flat_map(|person| effects.of(person)).filter(|it| it.log_at(lived) != 0.0) {
            self.add(Seen::Effects(effect.mechanism), 1);
        }
        for ((_, _, mechanism), (_, sum)) in &world.chain().system.effects {
            self.add(Seen::InCity(*mechanism), (sum.abs() * 1000.0) as i64);
        }
    }

    fn of(&self, seen: Seen) -> i64 {
        let counts = |edge: Edge| self.edges.get(&edge).copied().unwrap_or_default();
        match seen {
            Seen::Passed(edge) => counts(edge)[0],
            Seen::Share(edge) => {
                let [passed, not] = counts(edge);
                1000 * passed / (passed + not).max(1)
            }
            other => self.seen.get(&other).copied().unwrap_or_default(),
        }
    }
}

/// The model of the status quo for these tests.
fn status_quo() -> ModelFile {
    let mut model = model();
    model.founding.pool_size = Persons::new(8000.0).expect("a number of persons");
    let raise = |rate: &mut RatePerYear| *rate = RatePerYear::new(rate.get() * MORE).expect("a rate");
    raise(&mut model.violence.onset.by_men);
    raise(&mut model.violence.onset.by_women);
    raise(&mut model.violence.maltreatment.onset);
    model
}

/// The model with one card at another level: `full`, or `off` where all other levels are the same.
fn with_card(base: &ModelFile, name: &str) -> ModelFile {
    let mut model = base.clone();
    let card = model.interventions.get_mut(name).expect("a card");
    card.level = if is_the_same_at_full(card) { Level::Off } else { Level::Full };
    model
}

/// Whether a card is the same at `status_quo` and at `full`: what was there in 2008 and is not planned to change.
fn is_the_same_at_full(card: &Card) -> bool {
    let column = |name: &str| card.coverage.column(name).expect("a column");
    let (quo, full) = (column("status_quo"), column("full"));
    card.coverage.rows.iter().all(|row| row[quo] == row[full])
}

/// Sums of the status quo and of each card alone, until a month.
fn runs(base: &ModelFile, scale: f64, until: Month) -> (Sums, BTreeMap<String, Sums>) {
    let cities = Cities::of(base, scale);
    let engine_of = |model: &ModelFile| -> Engine { cities.engine(model, base, EngineSettings::default()) };
    let services: Vec<String> = base.programmes().expect("services").into_iter().map(|it| it.name).collect();
    let names: Vec<&String> = base.interventions.keys().collect();
    let engines: Vec<Engine> = names.iter().map(|name| engine_of(&with_card(base, name))).collect();
    let engine = engine_of(base);
    let mut leader = Simulation::new(cities.world(), &engine);
    let lent = leader.world.lend();
    let mut followers: Vec<Follower> =
        engines.iter().map(|engine| Follower::of(&leader.world, &lent, engine)).collect();
    leader.world.take_back(lent);
    let (mut own, mut all) = (Sums::default(), vec![Sums::default(); names.len()]);
    while leader.world.now() < until {
        let mut beside: Vec<Beside<'_>> =
            followers.iter_mut().zip(&engines).map(|(follower, engine)| Beside { follower, engine }).collect();
        leader.month_beside(&engine, &mut beside);
        own.month(&leader.world, &services);
        let lent = leader.world.lend();
        for (follower, sums) in followers.iter_mut().zip(&mut all) {
            follower.read_from(&lent);
            sums.month(follower.world(), &services);
            follower.let_go();
        }
        leader.world.take_back(lent);
    }
    (own, names.into_iter().cloned().zip(all).collect())
}

/// What a card names itself: each part of it with what must differ from the status quo. Edges and mechanisms whose value
/// on the card changes nothing are left out.
fn named_by(card: &Card) -> BTreeSet<Seen> {
    let mut named = BTreeSet::new();
    let in_city = card.everywhere.values().filter(|form| form.ratio.get() != 1.0);
    named.extend(in_city.map(|form| Seen::InCity(form.mechanism)));
    for (kind, name) in SHELTERS.iter().enumerate() {
        named.extend(card.beds.contains_key(*name).then_some(Seen::Beds(kind)));
    }
    named
}

/// Cards whose occasion comes too rarely in a small population to count starts.
const RARE: [&str; 5] = ["child_dyadic", "egg_protection", "elder_desk", "guided_return", "low_threshold_language"];

/// The status quo and each card alone, until the end of 2011.
fn to_2011() -> &'static (ModelFile, Sums, BTreeMap<String, Sums>) {
    static RUNS: OnceLock<(ModelFile, Sums, BTreeMap<String, Sums>)> = OnceLock::new();
    RUNS.get_or_init(|| {
        let base = status_quo();
        let (quo, all) = runs(&base, SCALE, Month::january(2012));
        (base, quo, all)
    })
}

#[test]
fn every_card_alone_moves_what_it_names() {
    let (base, quo, all) = to_2011();
    assert!(quo.of(Seen::Reports(Source::Police)) > 500, "{} reports", quo.of(Seen::Reports(Source::Police)));
    for (name, sums) in all {
        let card = &base.interventions[name];
        for seen in named_by(card) {
            let (before, after) = (quo.of(seen), sums.of(seen));
            assert_ne!(before, after, "{name}: {seen:?}");
        }
        for programme in card.more_places.keys() {
            let places = |sums: &Sums| sums.places.get(programme).copied().unwrap_or_default();
            assert!(places(sums) > places(quo), "{name}: places of {programme}");
        }
        let Some(programme) = &card.programme else { continue };
        if RARE.contains(&name.as_str()) || is_the_same_at_full(card) {
            continue;
        }
        let starts = |sums: &Sums| sums.starts.get(name).copied().unwrap_or_default();
        assert!(starts(sums) > starts(quo), "{name}: {} starts, {} in the status quo", starts(sums), starts(quo));
        // Who takes part in a long programme may complete it after the end of this run.
        let early = |dose: Dose| dose != Dose::Completed;
        for effect in programme.effects.values().filter(|it| it.ratio.get() != 1.0 && early(it.dose)) {
            let seen = Seen::Effects(effect.mechanism);
            // An effect may be for some participants only.
            if effect.only.is_empty() && effect.lag.is_none() {
                assert_ne!(sums.of(seen), quo.of(seen), "{name}: {seen:?}");
            }
        }
    }
}

/// The path of a card as its text describes it: what moves, and whether it rises.
const PATHS: [(&str, Seen, bool); 21] = [
    ("campaign", Seen::InCity(Mechanism::HelpSeeking), false),
    ("dv_court", Seen::Effects(Mechanism::Crime), true),
    ("guaranteed_followup", Seen::Share(Edge::HandOverCriminal), true),
    ("guaranteed_followup", Seen::Share(Edge::HandOverOther), true),
    ("guaranteed_followup", Seen::Occasions(Occasion::VictimHelp), true),
    ("huisverbod", Seen::Share(Edge::Ban), true),
    ("lthg", Seen::InCity(Mechanism::HelpStart), true),
    ("lthg", Seen::Share(Edge::NeedsAssessed), true),
    ("lthg", Seen::Passed(Edge::FittingHelp), true),
    ("meldcode", Seen::Reports(Source::Amk), true),
    ("meldcode", Seen::Share(Edge::Suspicion), true),
    ("one_intake", Seen::Share(Edge::NeedsAssessed), true),
    ("one_intake", Seen::Passed(Edge::FittingHelp), true),
    ("one_intake", Seen::Passed(Edge::RiskScreening), true),
    ("one_intake", Seen::InCity(Mechanism::HelpStart), true),
    ("prev_wijk", Seen::InCity(Mechanism::HelpSeeking), true),
    ("regie_ontschotting", Seen::InCity(Mechanism::Delay), true),
    ("regie_ontschotting", Seen::InCity(Mechanism::HandOver), true),
    ("reintegration", Seen::Effects(Mechanism::FindingWork), true),
    ("screening_team", Seen::Share(Edge::Screening), true),
    ("train_firstline", Seen::Reports(Source::FirstLine), true),
];

#[test]
fn each_measure_of_the_chain_acts_through_the_path_that_its_text_describes() {
    let (_, quo, all) = to_2011();
    for (name, seen, rises) in PATHS {
        let (before, after) = (quo.of(seen), all[name].of(seen));
        assert!(if rises { after > before } else { after < before }, "{name}: {seen:?} from {before} to {after}");
    }
    // With more places, more help starts, also where queues bind in 2008.
    let help = ["victim_help", "perpetrator_help", "child_help"];
    let starts = |sums: &Sums| help.iter().filter_map(|name| sums.starts.get(*name)).sum::<i64>();
    let (before, after) = (starts(quo), starts(&all["guaranteed_followup"]));
    assert!(after > before, "{before} starts of help, {after} with every report followed up");
    // More dwellings can only shorten the list of those who wait for one.
    let blocked = |sums: &Sums| sums.of(Seen::Blocked);
    assert!(blocked(&all["followup_housing"]) <= blocked(quo));
}

#[test]
fn in_the_null_world_no_card_moves_the_ground_truth() {
    let mut base = status_quo();
    base.effects.in_force = InForce::None;
    let (quo, all) = runs(&base, 0.25 * SCALE, Month::january(2011));
    assert!(quo.truth["incidents"] > 100);
    for (name, sums) in &all {
        assert_eq!(sums.truth, quo.truth, "{name}");
        let on_persons = sums.seen.keys().filter(|seen| match seen {
            Seen::Effects(mechanism) => !mechanism.is_of_the_chain(),
            _ => false,
        });
        assert_eq!(on_persons.collect::<Vec<_>>(), Vec::<&Seen>::new(), "{name}");
    }
}

#[test]
fn every_mechanism_is_used_by_a_card_or_a_service() {
    let model = model();
    let cards = || model.interventions.values().chain(model.chain.services.values());
    let everywhere = cards().flat_map(|card| card.everywhere.values()).map(|form| form.mechanism);
    let effects = cards().flat_map(|card| &card.programme).flat_map(|programme| programme.effects.values());
    let shifts = cards().flat_map(|card| &card.programme).flat_map(|programme| programme.shifts.values());
    let on_persons = effects.map(|effect| effect.mechanism).chain(shifts.map(|shift| shift.of.mechanism()));
    let used: BTreeSet<Mechanism> = everywhere.chain(on_persons).collect();
    let unused: Vec<&str> = Mechanism::ALL.iter().filter(|it| !used.contains(it)).map(|it| it.word()).collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn the_cards_with_an_effect_that_is_assumed_are_few() {
    // What was never evaluated has no effect on violence at its central values, but for these: the attention that any help
    // gives, work that is found, the harm of guided return in coercive couples, a programme like one that was studied, and
    // the priors of the dossier for cases of elder abuse and honour-related violence.
    let assumed =
        ["child_shelter", "egg_protection", "elder_desk", "guided_return", "low_threshold_language", "reintegration"];
    for (name, card) in &model().interventions {
        let listed = assumed.contains(&name.as_str());
        assert!(listed || card.effect_class() != EffectClass::Assumed, "{name}: an effect that is not 1 at the median");
    }
}

/// The builtin model with one more card made from a text, and with changes; its faults.
fn faults(card: &str, changes: &[(&str, &str)]) -> String {
    let mut sources = Sources::builtin("g4-2008").unwrap_or_else(|errors| panic!("{errors}"));
    if !card.is_empty() {
        sources.files.push(SourceFile { name: "mine.toml".into(), text: card.to_owned() });
    }
    let set = |(key, value): &(&str, &str)| Change::from_set(&format!("{key}={value}")).expect("a change");
    let changes: Vec<Change> = changes.iter().map(set).collect();
    let found =
        ModelFile::load(&sources).and_then(|(_, merged)| merged.with(&changes)).and_then(|merged| build(&merged, "m"));
    found.err().map(|errors| errors.to_string()).unwrap_or_default()
}

#[test]
fn parts_of_a_place_and_effects_that_nobody_feels_are_named_with_place_and_cure() {
    let good = include_str!("support/new_measure.toml");
    assert_eq!(faults(good, &[]), "");
    let count = "unit = \"count\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n\
        columns = [\"year\", \"status_quo\", \"programme\", \"full\"]\n";
    let with = |more: &str| faults(&format!("{good}\n{more}"), &[]);
    let part = with(&format!("[interventions.evening_desk.programme.places]\n{count}rows = [[2008, 0, 0, 0.4]]\n"));
    assert!(part.contains("mine.toml:") && part.contains("`full` has 0.4 of a place"), "{part}");
    assert!(part.contains("at least one place"), "{part}");
    let added = |service: &str, rows: &str| {
        with(&format!("[interventions.evening_desk.more_places.{service}]\n{count}rows = {rows}\n"))
    };
    assert_eq!(added("victim_help", "[[2008, 0, 0, 40]]"), "");
    assert_eq!(added("supervision", "[[2008, 0, 0, 40]]"), "", "what has no limit keeps none");
    for (service, rows, said) in [
        ("victim_help", "[[2008, 0, 0, 0.2]]", "0.2 of a place"),
        ("victim_hulp", "[[2008, 0, 0, 40]]", "there is no programme `victim_hulp`"),
    ] {
        let told = added(service, rows);
        assert!(told.contains("mine.toml:") && told.contains(said), "{service}: {told}");
    }
    let felt = |mechanism: &str, on: &str, who: &str| {
        let card = good
            .replace("mechanism = \"incidents_suffered\"", &format!("on = \"{on}\"\nmechanism = \"{mechanism}\""))
            .replace("occasion = \"victim_help\"\n", &format!("occasion = \"victim_help\"\n{who}"));
        faults(&card, &[])
    };
    let years = "value = 18\nunit = \"years\"\nsource = \"assumption\"\nyear = 2008\ngrade = \"C\"\n";
    let adults = format!("[interventions.evening_desk.programme.eligible.age_from]\n{years}");
    // A table ends the list of plain keys, so that the conditions stand behind them.
    let adults = |card: &str| format!("{card}\n{adults}");
    assert_eq!(faults(&adults(good), &[]), "");
    let told = faults(&adults(&good.replace("incidents_suffered", "maltreatment_end")), &[]);
    assert!(told.contains("mine.toml:") && told.contains("only a maltreated child can feel it"), "{told}");
    assert_eq!(felt("maltreatment_end", "children", ""), "");
    assert_eq!(felt("maltreatment", "participant", ""), "", "an adult may maltreat");
    let told = felt("maltreatment_end", "partner", "");
    assert!(told.contains("only a maltreated child can feel it"), "{told}");
    let told = felt("conception", "participant", "eligible = { sex = \"male\" }\n");
    assert!(told.contains("only a woman can feel it"), "{told}");
    let told = felt("overhead", "participant", "");
    assert!(told.contains("no person feels it"), "{told}");
}

#[test]
fn a_service_to_which_a_measure_leads_may_not_be_switched_off() {
    let off = ("chain.services.perpetrator_help.level", "off");
    // Rotterdam has hearings in the status quo.
    assert_eq!(faults("", &[off, ("interventions.tom.level", "off")]), "", "nobody is led there without them");
    let told = faults("", &[off, ("interventions.tom.level", "full")]);
    assert!(told.contains("`perpetrator_help` is given to nobody, and tom leads to it"), "{told}");
    assert!(told.contains("chain.services.perpetrator_help.level") && told.contains("switch tom off"), "{told}");
    let budget = faults("", &[("chain.shelter.budget", "20000.0")]);
    assert!(budget.contains("buy less than one bed"), "{budget}");
}

/// Counts of an edge in the cities until 2010 with the needs of a share of the children assessed, and with odds of an offer
/// after it: passed and not passed.
fn fitting_help(assessed: f64, offer: f64) -> [u64; 2] {
    let mut model = status_quo();
    model.interventions.values_mut().for_each(|card| card.level = Level::Off);
    model.chain.desk.needs_assessed = Probability::new(assessed).expect("a probability");
    model.chain.needs.offer = Ratio::new(offer).expect("a ratio");
    let cities = Cities::of(&model, SCALE);
    let (mut simulation, engine) = cities.start(&model);
    let mut counts = [0; 2];
    simulation.live(&engine, Month::january(2010), |world| {
        for event in world.events() {
            match event {
                Event::Passage(p) if p.edge == Edge::FittingHelp => counts[usize::from(!p.passed)] += 1,
                Event::Passage(p) if p.edge == Edge::NeedsAssessed && p.passed => {
                    assert!(assessed > 0.0, "an assessment that has no chance");
                }
                _ => {}
            }
        }
    });
    counts
}

#[test]
fn an_assessment_brings_an_offer_with_the_odds_of_the_model_and_none_without_it() {
    assert_eq!(fitting_help(0.0, 1.4), [0, 0]);
    // Help for a child is accepted with .2 at the report: odds of 1/4, and of 1 after an assessment with an odds ratio of 4.
    for (offer, expected) in [(1.0, 0.2), (4.0, 0.5)] {
        let [passed, not] = fitting_help(1.0, offer);
        let all = passed + not;
        assert!(all > 100, "{all} offers");
        assert_share(passed, all, expected);
    }
}

/// Children in shelters and in investigations whose needs are to be assessed, and who are not, from a year until another; and
/// offers after an assessment.
fn assessed_elsewhere(model: &ModelFile, from: i32, until: i32) -> ([u64; 2], [u64; 2], u64) {
    let cities = Cities::of(model, SCALE);
    let (mut simulation, engine) = cities.start(model);
    let (mut sheltered, mut investigated, mut offers) = ([0; 2], [0; 2], 0);
    simulation.live(&engine, Month::january(until), |world| {
        let month = world.now().plus(-1);
        if month < Month::january(from) {
            return;
        }
        // An assessment is seen as soon as it is planned; who has none, in the same month.
        for planned in world.chain().pending.iter().filter(|it| it.since == month) {
            sheltered[0] += u64::from(planned.what == Due::ShelterAssessment);
            investigated[0] += u64::from(planned.what == Due::AmkAssessment);
        }
        for passage in world.events().passages() {
            sheltered[1] += u64::from(passage.edge == Edge::NeedsSheltered && !passage.passed);
            investigated[1] += u64::from(passage.edge == Edge::NeedsInvestigated && !passage.passed);
            offers += u64::from(passage.edge == Edge::FittingHelp);
        }
    });
    (sheltered, investigated, offers)
}

#[test]
fn needs_are_assessed_in_shelters_and_by_the_amk_with_their_chances_and_not_in_2008() {
    let chance = |value: f64| Probability::new(value).expect("a probability");
    let mut model = status_quo();
    model.interventions.values_mut().for_each(|card| card.level = Level::Off);
    model.chain.desk.needs_assessed = chance(0.0);
    let (sheltered, investigated, offers) = assessed_elsewhere(&model, 2008, 2010);
    assert_eq!((sheltered[0], investigated[0], offers), (0, 0, 0), "no measure brings an assessment");
    assert!(sheltered[1] > 20 && investigated[1] > 50, "{sheltered:?} in shelters, {investigated:?} investigated");
    (model.chain.needs.in_shelter, model.chain.needs.in_investigation) = (chance(0.4), chance(0.6));
    let (sheltered, investigated, offers) = assessed_elsewhere(&model, 2008, 2010);
    assert_share(sheltered[0], sheltered[0] + sheltered[1], 0.4);
    assert_share(investigated[0], investigated[0] + investigated[1], 0.6);
    assert!(offers > 0 && offers <= sheltered[0] + investigated[0], "{offers} offers after assessments");
}

#[test]
fn one_intake_assesses_needs_in_shelters_and_investigations_too() {
    let mut model = status_quo();
    model.interventions.get_mut("one_intake").expect("a card").level = Level::Full;
    // It covers all from 2011 on.
    let (sheltered, investigated, _) = assessed_elsewhere(&model, 2011, 2013);
    assert_share(sheltered[0], sheltered[0] + sheltered[1], 0.9);
    assert_share(investigated[0], investigated[0] + investigated[1], 0.9);
}

#[test]
fn urgent_cases_go_first_where_every_report_is_screened_and_nowhere_else() {
    let base = status_quo();
    let mut screened = base.clone();
    let card = screened.interventions.get_mut("one_intake").expect("a card");
    card.level = Level::Full;
    screened.chain.triage.found = Probability::new(1.0).expect("a probability");
    screened.chain.triage.found_wrongly = Probability::new(0.0).expect("a probability");
    for (model, some) in [(&base, false), (&screened, true)] {
        let cities = Cities::of(&base, SCALE);
        let engine = cities.engine(model, &base, EngineSettings::default());
        let mut simulation = Simulation::new(cities.world(), &engine);
        let (mut first, mut others) = (0, 0);
        simulation.live(&engine, Month::january(2011), |world| {
            let chain = world.chain();
            for request in chain.programmes.queue.iter().filter(|it| it.since == world.now().plus(-1)) {
                let urgent = chain.cases.get(&request.subject).is_some_and(|case| case.urgent);
                // A case may become urgent by a report after the request, and never the other way round.
                assert!(request.priority > 0 || urgent, "{request:?}");
                if request.priority == 0 { first += 1 } else { others += 1 }
            }
        });
        assert!(others > 0 && (first > 0) == some, "{first} requests of urgent cases, {others} others");
    }
}
