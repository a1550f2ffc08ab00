//! Scenarios simulated beside their comparator: their worlds and tables equal those of the same scenarios simulated in
//! full, whatever measures they change, whenever they begin, and however the engine is set.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keten::chain::Allocation;
use keten::config::Change;
use keten::engine::{Beside, Engine, EngineSettings, Follower, Simulation, Window};
use keten::experiment::{Conditions, Contents, ExperimentText, Plan, Quiet, Watch, contents, plan_text};
use keten::interventions::{Card, Level, Per, Programme};
use keten::model::ModelFile;
use keten::outcomes::Outcome;
use keten::random::Luck;
use keten::store::Store;
use keten::units::{Euro, Probability, RatePerYear, Ratio, Rows};
use keten::world::{Month, Occasion, World};

use crate::support::cities::{Cities, model};
use crate::support::described::{Described, described_events, difference_of_events};

const SCALE: f64 = 0.001;

/// Number of leaders. `KETEN_LONG=1` simulates thousands of scenarios, which takes some minutes.
fn leaders() -> u64 {
    if std::env::var_os("KETEN_LONG").is_some() { 150 } else { 10 }
}

/// Scenarios of each leader.
const OF_A_LEADER: usize = 21;

/// The founding population, which is the same for all leaders.
fn cities() -> &'static Cities {
    static CITIES: OnceLock<Cities> = OnceLock::new();
    CITIES.get_or_init(|| Cities::of(&model(), SCALE))
}

/// Numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const LEVELS: [Level; 4] = [Level::Off, Level::StatusQuo, Level::Programme, Level::Full];

/// Sets a card otherwise at random, and adds to a description of the settings.
fn set_card(name: &str, card: &mut Card, dice: &mut Dice, says: &mut String) {
    card.level = dice.of(&LEVELS);
    let _ = write!(says, " {name}: {:?}", card.level);
    match dice.below(5) {
        0 => {
            card.coverage.value = dice.of(&[0.0, 0.5]);
            let _ = write!(says, " coverage × {}", card.coverage.value);
        }
        1 | 2 => {
            let shares: Vec<f64> = (0..4).map(|_| dice.of(&[0.0, 0.5, 1.0, 1.0])).collect();
            let columns = ["city", "year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
            let rows = (0..).zip(&shares).map(|(city, share)| vec![f64::from(city), 2008.0, 0.0, *share, *share]);
            card.coverage = Rows::new(1.0, columns, rows.collect()).expect("a table of shares");
            // A level that covers nobody must have no places, and the other way round.
            if let Some(programme) = &mut card.programme {
                programme.places = None;
            }
            // What is paid for places needs a number of them.
            card.costs.retain(|_, cost| cost.per != Per::PlaceYear || !card.beds.is_empty());
            let _ = write!(says, " coverage {shares:?}, places without limit");
        }
        3 => {
            let places = card.programme.as_mut().and_then(|programme| programme.places.as_mut());
            places.into_iter().for_each(|places| places.value = dice.of(&[0.3, 3.0, 30.0]));
            let _ = write!(says, " places otherwise");
        }
        _ => {}
    }
    for (effect, form) in card.programme.iter_mut().flat_map(|programme| &mut programme.effects) {
        if dice.one_in(4) {
            form.ratio = Ratio::new(form.ratio.get() * dice.of(&[0.3, 1.0, 1.5])).expect("a ratio");
            let _ = write!(says, " {effect} {}", form.ratio.get());
        }
    }
    says.push(';');
}

/// Sets some parts of the chain otherwise at random: shelters, services, and probabilities that whole steps read.
fn set_chain(model: &mut ModelFile, dice: &mut Dice, says: &mut String) {
    let chain = &mut model.chain;
    if dice.one_in(2) {
        chain.shelter.allocation = Allocation::LocalFirst;
        says.push_str(" local first;");
    }
    if dice.one_in(3) {
        let by = dice.of(&[0.1, 0.3, 5.0]);
        chain.shelter.budget = Euro::new(chain.shelter.budget.get() * by).expect("a budget");
        let _ = write!(says, " budget of shelters × {by};");
    }
    let programmes = model.interventions.values().filter_map(|card| card.programme.as_ref());
    let leads = |own: &Programme| own.leads_to.into_iter().chain(own.victim.as_ref().map(|offer| offer.leads_to));
    let led: Vec<Occasion> = programmes.flat_map(leads).collect();
    for (name, card) in &mut chain.services {
        // A service to which a measure leads may not be switched off.
        let is_led_to = led.iter().any(|to| card.programme.as_ref().is_some_and(|own| own.is_offered_on(*to)));
        if dice.one_in(4) && !is_led_to {
            set_card(name, card, dice, says);
        }
    }
    let chances: [(&str, &mut Probability); 9] = [
        ("shelter.request", &mut chain.shelter.request),
        ("shelter.intake", &mut chain.shelter.intake),
        ("detection.police", &mut chain.detection.police),
        ("suspicion.reports", &mut chain.suspicion.reports),
        ("police.arrest", &mut chain.police.arrest),
        ("police.ban", &mut chain.police.ban),
        ("desk.help_victim", &mut chain.desk.help_victim),
        ("amk.placement", &mut chain.amk.placement),
        ("court.prosecution", &mut chain.court.prosecution),
    ];
    for (name, chance) in chances {
        if dice.one_in(4) {
            *chance = Probability::new(dice.of(&[0.0, 0.4, 0.95])).expect("a probability");
            let _ = write!(says, " {name} {};", chance.get());
        }
    }
}

/// A model with random measures and a random chain, and a description of what was set.
fn random_model(base: &ModelFile, dice: &mut Dice) -> (ModelFile, String) {
    let (mut model, mut says) = (base.clone(), String::new());
    let sparsity = dice.of(&[1, 3, 8]);
    for (name, card) in &mut model.interventions {
        if dice.one_in(sparsity) {
            set_card(name, card, dice, &mut says);
        }
    }
    if dice.one_in(2) {
        set_chain(&mut model, dice, &mut says);
    }
    (model, says)
}

/// The model with more violence and maltreatment than there was, so that a small population has enough of them.
fn with_more_violence(by: f64) -> ModelFile {
    let mut model = model();
    let raise = |rate: &mut RatePerYear| *rate = RatePerYear::new(rate.get() * by).expect("a rate");
    raise(&mut model.violence.onset.by_men);
    raise(&mut model.violence.onset.by_women);
    raise(&mut model.violence.maltreatment.onset);
    model
}

/// Every measure at full strength for everybody.
fn all_measures(base: &ModelFile) -> ModelFile {
    let mut model = base.clone();
    for card in model.interventions.values_mut() {
        card.level = Level::Full;
        let columns = ["year", "status_quo", "programme", "full"].map(str::to_owned).to_vec();
        card.coverage = Rows::new(1.0, columns, vec![vec![2008.0, 0.0, 1.0, 1.0]]).expect("a table of shares");
        if let Some(programme) = &mut card.programme {
            programme.places = None;
        }
        // What is paid for places needs a number of them.
        card.costs.retain(|_, cost| cost.per != Per::PlaceYear || !card.beds.is_empty());
    }
    model
}

/// A scenario with the months in which it is simulated.
struct Scenario {
    model: ModelFile,
    window: Window,
    from: Month,
    until: Month,
    /// Description of the settings, for failures.
    says: String,
}

/// A leader with the scenarios that are simulated beside it.
struct Group {
    leader: ModelFile,
    luck: Luck,
    settings: EngineSettings,
    scenarios: Vec<Scenario>,
    says: String,
}

impl Group {
    /// A random group: up to five scenarios at once, each of 3 to 7 years, which begin in any month.
    fn random(number: u64, scenarios: usize, settings: EngineSettings) -> Group {
        let mut dice = Dice(number.wrapping_mul(0x5851_F42D_4C95_7F2D));
        let by = dice.of(&[1.0, 3.0, 6.0]);
        let base = with_more_violence(by);
        let (leader, own) = if dice.one_in(3) { random_model(&base, &mut dice) } else { (base, String::new()) };
        let lanes = 3 + dice.below(3);
        let mut free: Vec<Month> = (0..lanes).map(|_| Month(dice.below(20) as i16)).collect();
        let mut all = Vec::new();
        while all.len() < scenarios {
            let lane = (0..lanes).min_by_key(|lane| free[*lane]).unwrap_or(0);
            let (from, months) = (free[lane], 36 + dice.of(&[0, 0, 0, 5, 12, 48]));
            let until = from.plus(months);
            let (model, says) = random_model(&leader, &mut dice);
            let opens = from.plus(dice.below(24) as i32 - 6);
            let window = dice.one_in(3).then(|| (opens, opens.plus(6 + dice.below(36) as i32)));
            all.push(Scenario { model, window, from, until, says });
            free[lane] = until.plus(dice.of(&[0, 0, 1, 7]));
        }
        let says = format!("leader {number}, violence × {by},{own}");
        Group { leader, luck: Luck::new(2008, 0, number as u32), settings, scenarios: all, says }
    }

    fn engine(&self, model: &ModelFile, window: Window, settings: EngineSettings) -> Engine {
        let scope = cities().scope.clone().enrolling(window);
        model.engine(reference(), &scope, self.luck, settings).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Simulates all scenarios beside the leader and in full, and compares them: events in every month, worlds in every
    /// January and at the end, or in every month if `often`. Returns the largest share of own rows of each scenario.
    fn compare(&self, often: bool) -> Result<Vec<f64>, String> {
        let plain = EngineSettings { order_every: self.settings.order_every, ..EngineSettings::default() };
        let (engine, alone) = (self.engine(&self.leader, None, self.settings), self.engine(&self.leader, None, plain));
        let mut leader = Simulation::new(cities().world(), &engine);
        let mut solo = Simulation::new(cities().world(), &alone);
        let mut running: Vec<Running<'_>> = Vec::new();
        let mut shares = vec![0.0; self.scenarios.len()];
        let last = self.scenarios.iter().map(|scenario| scenario.until).max().unwrap_or(Month(0));
        while leader.world.now() < last {
            let now = leader.world.now();
            let begins = (0..).zip(&self.scenarios).filter(|(_, scenario)| scenario.from == now);
            running.extend(begins.map(|(index, scenario)| self.begin(index, scenario, &mut leader, &solo)));
            let mut beside: Vec<Beside<'_>> =
                running.iter_mut().map(|it| Beside { follower: &mut it.follower, engine: &it.engine }).collect();
            leader.month_beside(&engine, &mut beside);
            solo.month(&alone);
            let whole = often || leader.world.now().of_year() == 1;
            self.check_leader(&leader.world, &solo.world, now, whole)?;
            for it in &mut running {
                it.full.month(&it.alone);
                it.check(&mut leader.world, now, whole).map_err(|said| format!("{said}\n{}", self.says))?;
                let most: &mut f64 = &mut shares[it.index];
                *most = most.max(it.follower.share_now());
            }
            running.retain(|it| leader.world.now() < it.scenario.until);
        }
        Ok(shares)
    }

    /// Begins a scenario beside the leader, and in full from the past of the leader alone.
    fn begin<'s>(
        &self,
        index: usize,
        scenario: &'s Scenario,
        leader: &mut Simulation,
        solo: &Simulation,
    ) -> Running<'s> {
        println!("{}: scenario {index} from {}:{}", self.says, scenario.from, scenario.says);
        let plain = EngineSettings { order_every: self.settings.order_every, ..EngineSettings::default() };
        let engine = self.engine(&scenario.model, scenario.window, self.settings);
        let alone = self.engine(&scenario.model, scenario.window, plain);
        let mut full = solo.clone();
        full.rebase(&alone);
        let lent = leader.world.lend();
        let follower = Follower::of(&leader.world, &lent, &engine);
        leader.world.take_back(lent);
        Running { index, scenario, follower, engine, full, alone }
    }

    fn check_leader(&self, leader: &World, solo: &World, now: Month, whole: bool) -> Result<(), String> {
        let events = difference_of_events(&described_events(solo), &described_events(leader));
        let found = events.or_else(|| whole.then(|| Described::of(solo).difference(&Described::of(leader))).flatten());
        found.map_or(Ok(()), |said| Err(format!("{now}, alone and with scenarios beside it: {said}\n{}", self.says)))
    }

    /// Compares all scenarios; a difference is reported for the first month that has any.
    fn check(&self) -> Vec<f64> {
        self.compare(false).unwrap_or_else(|said| panic!("{}", self.compare(true).err().unwrap_or(said)))
    }
}

/// The model of the files, which gives the envelopes of all engines.
fn reference() -> &'static ModelFile {
    static REFERENCE: OnceLock<ModelFile> = OnceLock::new();
    REFERENCE.get_or_init(model)
}

/// A scenario that is simulated beside its leader and in full.
struct Running<'s> {
    index: usize,
    scenario: &'s Scenario,
    follower: Follower,
    engine: Engine,
    full: Simulation,
    alone: Engine,
}

impl Running<'_> {
    /// Compares the month that both have simulated.
    fn check(&mut self, leader: &mut World, now: Month, whole: bool) -> Result<(), String> {
        let lent = leader.lend();
        self.follower.read_from(&lent);
        let own = described_events(self.follower.world());
        let ends = leader.now() == self.scenario.until;
        let world = (whole || ends).then(|| Simulation::new(self.follower.alone(leader), &self.engine).world);
        self.follower.let_go();
        leader.take_back(lent);
        let events = difference_of_events(&described_events(&self.full.world), &own);
        let differs = |own: &World| Described::of(&self.full.world).difference(&Described::of(own));
        let found = events.or_else(|| world.as_ref().and_then(differs));
        let Scenario { window, from, says, .. } = self.scenario;
        found.map_or(Ok(()), |said| {
            Err(format!(
                "{now}, in full and beside its leader: {said}\nscenario {} from {from}, enrolment {window:?}:{says}",
                self.index
            ))
        })
    }
}

#[test]
fn random_scenarios_beside_a_leader_have_the_worlds_that_they_have_in_full() {
    let (mut all, mut differ) = (0, 0);
    for number in 0..leaders() {
        let shares = Group::random(number, OF_A_LEADER, EngineSettings::default()).check();
        all += shares.len();
        differ += shares.iter().filter(|share| **share > 0.0).count();
    }
    println!("{differ} of {all} scenarios had rows of their own");
    assert!(all >= 200 && 4 * differ > all, "{differ} of {all} scenarios had rows of their own");
}

#[test]
fn technical_settings_of_the_engine_leave_scenarios_beside_a_leader_as_they_are() {
    let usual = EngineSettings::default();
    for (number, settings) in (1000..).zip([
        EngineSettings { block: 64, ..usual },
        EngineSettings { block: 1000, ..usual },
        EngineSettings { shuffle: true, ..usual },
        EngineSettings { order_every: 1, ..usual },
        EngineSettings { order_every: 2, ..usual },
        EngineSettings { watch_layers: true, ..usual },
    ]) {
        println!("{settings:?}");
        Group::random(number, 4, settings).check();
    }
}

#[test]
fn a_scenario_that_changes_nothing_never_has_a_row_of_its_own() {
    let leader = with_more_violence(6.0);
    let scenario = |from: i16| {
        let (from, until) = (Month(from), Month(96));
        Scenario { model: leader.clone(), window: None, from, until, says: " nothing is changed".into() }
    };
    let scenarios = vec![scenario(0), scenario(5), scenario(17)];
    let settings = EngineSettings::default();
    let group = Group { leader, luck: Luck::new(2008, 0, 0), settings, scenarios, says: "unchanged".into() };
    assert_eq!(group.check(), [0.0; 3]);
}

#[test]
fn a_scenario_in_which_many_differ_has_the_world_that_it_has_in_full() {
    let leader = with_more_violence(6.0);
    let model = all_measures(&leader);
    let scenario = |from: i16| {
        let (from, until) = (Month(from), Month(from + 72));
        Scenario { model: model.clone(), window: None, from, until, says: " all measures for everybody".into() }
    };
    let scenarios = vec![scenario(0), scenario(19)];
    let settings = EngineSettings::default();
    let group = Group { leader, luck: Luck::new(2008, 0, 1), settings, scenarios, says: "all measures".into() };
    let shares = group.check();
    assert!(shares.iter().all(|share| *share > 0.01), "{shares:?}");
}

/// Simulates a scenario beside its leader until a January, and alone from then on; compares every later month with the
/// scenario in full.
fn leave(group: &Group, leaves: Month) {
    let (scenario, engine) = (&group.scenarios[0], group.engine(&group.leader, None, group.settings));
    let mut leader = Simulation::new(cities().world(), &engine);
    leader.live(&engine, scenario.from, |_| {});
    let solo = leader.clone();
    let mut it = group.begin(0, scenario, &mut leader, &solo);
    while leader.world.now() < leaves {
        leader.month_beside(&engine, &mut [Beside { follower: &mut it.follower, engine: &it.engine }]);
        it.full.month(&it.alone);
    }
    let lent = leader.world.lend();
    it.follower.read_from(&lent);
    let mut alone = Simulation::new(it.follower.alone(&leader.world), &it.engine);
    it.follower.let_go();
    leader.world.take_back(lent);
    while alone.world.now() < leaves.plus(40) {
        let now = alone.world.now();
        alone.month(&it.engine);
        it.full.month(&it.alone);
        let (full, own) = (&it.full.world, &alone.world);
        let events = difference_of_events(&described_events(full), &described_events(own));
        let found = events.or_else(|| Described::of(full).difference(&Described::of(own)));
        assert!(found.is_none(), "{now}, in full and alone from {leaves} on: {}", found.unwrap_or_default());
    }
}

#[test]
fn a_scenario_that_leaves_its_leader_in_january_goes_on_as_in_full() {
    let leader = with_more_violence(6.0);
    let says = " all measures for everybody".to_owned();
    let scenario =
        Scenario { model: all_measures(&leader), window: None, from: Month(5), until: Month::january(2011), says };
    let (settings, says) = (EngineSettings::default(), "all measures".into());
    let group = Group { leader, luck: Luck::new(2008, 0, 2), settings, scenarios: vec![scenario], says };
    // Rows are put in order in January 2010. A simulation that begins then leaves them as they are, and so does a run: it
    // lets no scenario leave in such a January.
    let engine = group.engine(&group.leader, None, settings);
    assert!(engine.orders_rows(2010) && !engine.orders_rows(2009) && !engine.orders_rows(2011));
    for year in [2009, 2011] {
        leave(&group, Month::january(year));
    }
}

/// Scenarios with a comparator: they begin in several months, one has a window of enrolment, and one changes what hazards
/// read, so that it is simulated in full in any case.
const SCENARIOS: [(&str, &str); 7] = [
    ("quo", "[scenarios.quo]\n"),
    (
        "early",
        "[scenarios.early]\nfrom = \"2008-01\"\n[scenarios.early.set]\n\"interventions.huisverbod.level\" = \"full\"\n\
         \"interventions.nhv.level\" = \"full\"\n\"interventions.nhv.programme.places\" = \"unlimited\"\n",
    ),
    (
        "local",
        "[scenarios.local]\nfrom = \"2009-01\"\n[scenarios.local.set]\n\"chain.shelter.allocation\" = \"local_first\"\n\
         \"interventions.shelter_capacity.level\" = \"full\"\n\"chain.shelter.request\" = 0.3\n",
    ),
    (
        "desk",
        "[scenarios.desk]\nfrom = \"2009-07\"\n[scenarios.desk.set]\n\"chain.desk.help_victim\" = 0.9\n\
         \"chain.police.hand_over_other\" = 0.9\n\"money.prices.arrest.price\" = 1000.0\n",
    ),
    ("kappa", "[scenarios.kappa]\nfrom = \"2008-06\"\nset = { \"transmission.kappa\" = 0.1 }\n"),
    (
        "window",
        "[scenarios.window]\nfrom = \"2008-03\"\nuntil = \"2010-05\"\n[scenarios.window.set]\n\
         \"interventions.advocacy.level\" = \"full\"\n\"interventions.meldcode.level\" = \"full\"\n",
    ),
    (
        "many",
        "[scenarios.many]\nfrom = \"2008-11\"\n[scenarios.many.set]\n\"interventions.prev_school.level\" = \"full\"\n\
         \"interventions.campaign.level\" = \"full\"\n\"interventions.one_intake.level\" = \"full\"\n\
         \"interventions.child_group.level\" = \"full\"\n\"interventions.tom.level\" = \"full\"\n",
    ),
];

/// The plan of an experiment with all tables and some of the scenarios.
fn plan(until: i32, names: &[&str], more: &str) -> Plan {
    let scenarios: String = SCENARIOS.iter().filter(|(name, _)| names.contains(name)).map(|(_, text)| *text).collect();
    let text = format!(
        "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = {SCALE}\nuntil = {until}\noutcomes = {:?}\n\
         panel = {{ size = 100 }}\n{more}\n{scenarios}",
        Outcome::WORDS
    );
    planned(text)
}

fn planned(text: String) -> Plan {
    let pool = [("founding.pool_size", 2000.0), ("founding.pool_years", 30.0)];
    let sets: Vec<Change> = pool.into_iter().map(|(key, value)| Change::new(key, value, "--set")).collect();
    let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None };
    plan_text(text, &sets).unwrap_or_else(|errors| panic!("{errors}"))
}

const ALL: [&str; 7] = ["quo", "early", "local", "desk", "kappa", "window", "many"];

/// Content hash of each table.
type Hashes = BTreeMap<String, String>;

/// Runs a plan into the store of a folder; nothing when it was stopped.
fn hashes(plan: &Plan, folder: &Path, conditions: &Conditions<'_>) -> Option<Hashes> {
    let store = Store::at(folder).unwrap_or_else(|errors| panic!("{errors}"));
    match contents(plan, &store, conditions).unwrap_or_else(|errors| panic!("{errors}")) {
        Contents::Whole(manifest) => {
            Some(manifest.tables.into_iter().map(|(name, table)| (name, table.content_hash)).collect())
        }
        Contents::Stopped => None,
    }
}

/// The content hashes of a plan that is run in a folder of its own.
fn hashes_anew(plan: &Plan, threads: usize, full: bool) -> Hashes {
    let folder = tempfile::tempdir().expect("a folder");
    let conditions =
        Conditions { threads: NonZeroUsize::new(threads), stop: &AtomicBool::new(false), watch: &Quiet, full };
    hashes(plan, folder.path(), &conditions).expect("nobody stopped it")
}

/// Fails with the names of the tables that differ.
#[track_caller]
fn assert_same(one: &Hashes, other: &Hashes, what: &str) {
    assert!(one.len() == Outcome::ALL.len() && one.keys().eq(other.keys()), "{what}: {:?}", one.keys());
    let differ: Vec<&String> = one.keys().filter(|name| one[*name] != other[*name]).collect();
    assert!(differ.is_empty(), "{what}: {differ:?} differ");
}

#[test]
fn tables_are_the_same_beside_the_comparator_and_in_full_in_every_draw_and_variant() {
    let more = "draws = 2\nuncertainty = { block = 2 }\n\
        variants.other = { set = { \"transmission.kappa\" = 0.2, \"interventions.nhv.programme.uptake\" = 0.9 } }";
    let plan = plan(2011, &ALL, more);
    assert_eq!(plan.units.len(), 28);
    assert_same(&hashes_anew(&plan, 2, true), &hashes_anew(&plan, 2, false), "in full and beside the comparator");
}

#[test]
fn tables_are_the_same_with_any_number_of_threads() {
    let plan = plan(2011, &ALL, "");
    let full = hashes_anew(&plan, 2, true);
    for threads in [1, 2, 8] {
        assert_same(&full, &hashes_anew(&plan, threads, false), &format!("in full and beside, {threads} threads"));
    }
}

#[test]
fn a_unit_has_the_same_tables_with_whichever_others_it_is_simulated() {
    let whole = plan(2011, &ALL, "");
    let (folder, stop) = (tempfile::tempdir().expect("a folder"), AtomicBool::new(false));
    let conditions = Conditions { threads: NonZeroUsize::new(2), stop: &stop, watch: &Quiet, full: false };
    // The comparator; one scenario while the comparator is stored; two; one beside a scenario in full; all others.
    let asked: [&[&str]; 5] =
        [&["quo"], &["quo", "early"], &["quo", "early", "local", "many"], &["quo", "kappa", "window"], &ALL];
    let mut last = None;
    for names in asked {
        last = hashes(&plan(2011, names, ""), folder.path(), &conditions);
    }
    let piecewise = last.expect("nobody stopped it");
    assert_same(&hashes_anew(&whole, 2, true), &piecewise, "in full and piece by piece");
}

/// An observer that asks a run to stop after a number of parts of the work, most of which are months.
struct StopsAfter<'a> {
    stop: &'a AtomicBool,
    left: AtomicUsize,
}

impl Watch for StopsAfter<'_> {
    fn begins(&self, _: f64, _: f64) {}
    fn worked(&self, _: f64) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
    fn says(&self, _: &str) {}
}

#[test]
fn a_run_that_was_stopped_and_begun_again_has_the_same_tables() {
    let whole = plan(2011, &ALL, "");
    let folder = tempfile::tempdir().expect("a folder");
    // Stopped after the founding, while a scenario is simulated in full, and while five are beside the comparator.
    for parts in [2, 20, 60] {
        let stop = AtomicBool::new(false);
        let watch = StopsAfter { stop: &stop, left: AtomicUsize::new(parts) };
        let conditions = Conditions { threads: NonZeroUsize::new(2), stop: &stop, watch: &watch, full: false };
        assert_eq!(hashes(&whole, folder.path(), &conditions), None, "it was stopped after {parts} parts");
    }
    let conditions =
        Conditions { threads: NonZeroUsize::new(2), stop: &AtomicBool::new(false), watch: &Quiet, full: false };
    let resumed = hashes(&whole, folder.path(), &conditions).expect("nobody stopped it");
    assert_same(&hashes_anew(&whole, 2, true), &resumed, "in full and after three stops");
}

#[test]
fn a_scenario_that_changes_a_hazard_of_the_chain_has_the_same_tables_in_full() {
    // Reports about children who are not maltreated are a hazard of persons, unlike all else in the chain.
    for (key, value) in [("unfounded", 0.05), ("drift", 1.5), ("ceiling", 1.0)] {
        let text = format!(
            "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.002\nuntil = 2011\noutcomes = [\"yearly\", \"chain\"]\n\
             [scenarios.quo]\n[scenarios.other]\nfrom = \"2008-05\"\nset = {{ \"chain.suspicion.{key}\" = {value} }}\n"
        );
        let plan = planned(text);
        assert_eq!(hashes_anew(&plan, 2, true), hashes_anew(&plan, 2, false), "chain.suspicion.{key}");
    }
}

#[test]
fn a_scenario_with_a_budget_has_the_same_tables_in_full() {
    let budget = |euro: f64| {
        format!(
            "{{ unit = \"euro\", source = \"assumption\", year = 2008, grade = \"C\", columns = [\"year\", \"euro\"], \
             rows = [[2008, {euro}], [2010, 0]] }}"
        )
    };
    let text = format!(
        "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.002\nuntil = 2011\noutcomes = [\"yearly\", \"chain\", \"costs\"]\n\
         [scenarios.quo]\n[scenarios.other]\nfrom = \"2008-05\"\n[scenarios.other.set]\n\
         \"chain.services.victim_help.programme.budget\" = {}\n\"interventions.nhv.level\" = \"full\"\n\
         \"interventions.nhv.programme.budget\" = {}\n",
        budget(1_000_000.0),
        budget(400_000.0)
    );
    let plan = planned(text);
    assert_eq!(hashes_anew(&plan, 2, true), hashes_anew(&plan, 2, false));
}
