//! Negative control (a): the correlation of a grown child's violence with its parents', when links or newborns are
//! exchanged.
//!
//! Births of a month are permuted. First only the link that the analysis uses: no association may remain. Then the
//! newborns themselves, each with its own liability: the association with the home that reared them is caused by the
//! home, and the association with the biological parents is due to liability that runs in families.

use std::collections::BTreeMap;

use keten::engine::EngineSettings;
use keten::founding::pool_simulation;
use keten::model::ModelFile;
use keten::random::Luck;
use keten::units::{Persons, Ratio, Share, Years};
use keten::violence::LiabilityRule;
use keten::world::{ADULT, Event, First, Month, PersonId, World};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::support::cities::{luck, model};
use crate::support::statistics::FALSE_ALARM;

/// Number of burn-in populations whose strata are added up.
const POOLS: u32 = 24;
/// Age up to which a child's own use of violence counts.
const GROWN: i32 = 40 * 12;

/// A birth: the child, and the keys of the parents who rear it.
struct Birth {
    child: u64,
    born: Month,
    parents: [u64; 2],
}

/// One burn-in population: births by month, and the first month of each person's use of violence.
#[derive(Default)]
struct Pool {
    births: Vec<Birth>,
    used: BTreeMap<u64, Month>,
    /// Persons present at the end, whose use is therefore known up to that age, and whether they had witnessed violence
    /// at home.
    there: BTreeMap<u64, bool>,
    /// Keys of the biological parents, if the children were exchanged.
    bore: BTreeMap<u64, [u64; 2]>,
}

impl Pool {
    /// Simulates a burn-in population; `exchange` gives each newborn of a month the inborn traits of the next one.
    fn live(model: &ModelFile, replicate: u32, exchange: bool) -> Pool {
        let luck = Luck::new(2008, 0, replicate);
        let (mut simulation, engine) =
            pool_simulation(model, model, luck, EngineSettings::default()).unwrap_or_else(|errors| panic!("{errors}"));
        let mut pool = Pool::default();
        while simulation.world.now() < Month(0) {
            let now = simulation.world.now();
            simulation.month(&engine);
            pool.month(&mut simulation.world, now, exchange);
        }
        let world = &simulation.world;
        let witnessed = |row: usize| world.childhood(row).any_witnessed();
        pool.there = world.present().map(|row| (world.body(row).key, witnessed(row))).collect();
        pool
    }

    fn month(&mut self, world: &mut World, now: Month, exchange: bool) {
        let key = |world: &World, who: PersonId| who.row().map_or(0, |row| world.body(row).key);
        let mut newborn = Vec::new();
        for event in world.events() {
            match event {
                Event::Birth { child } => newborn.extend(child.row()),
                Event::First { who, what: First::Used } => {
                    self.used.entry(key(world, *who)).or_insert(now);
                }
                _ => {}
            }
        }
        let parents = |world: &World, row: usize| {
            let kin = world.kin(row);
            [key(world, kin.mother), key(world, kin.father)]
        };
        for row in &newborn {
            let child = world.body(*row).key;
            self.births.push(Birth { child, born: now, parents: parents(world, *row) });
        }
        if exchange && newborn.len() > 1 {
            let inborn: Vec<_> = newborn
                .iter()
                .map(|row| (*world.mind(*row), world.body(*row).liability_use, world.body(*row).liability_suffer))
                .collect();
            for (at, row) in newborn.iter().enumerate() {
                let from = (at + 1) % newborn.len();
                *world.set_up().mind(*row) = inborn[from].0;
                let body = world.set_up().body(*row);
                (body.liability_use, body.liability_suffer) = (inborn[from].1, inborn[from].2);
                let bore = parents(world, newborn[from]);
                self.bore.insert(world.body(*row).key, bore);
            }
        }
    }

    /// Adds to a table of the association between a grown child's use and another variable, stratified by month of
    /// birth.
    fn add(&self, table: &mut Association, with: With) {
        for month in self.births.chunk_by(|a, b| a.born == b.born) {
            let month: Vec<&Birth> = month.iter().collect();
            // A random permutation of links, in which some stay the same: excluding those would cause a negative
            // association.
            let mut linked: Vec<usize> = (0..month.len()).collect();
            linked.sort_by_key(|at| luck().block(month[*at].child, 997, 0, 0).0);
            let mut cells = [[0.0; 2]; 2];
            for (at, birth) in month.iter().enumerate() {
                let Some(witnessed) = self.there.get(&birth.child) else { continue };
                if birth.born.plus(GROWN) > Month(0) {
                    continue;
                }
                let before = |who: u64, age: i32| self.used.get(&who).is_some_and(|used| *used < birth.born.plus(age));
                let parents = |of: [u64; 2]| of.into_iter().any(|parent| before(parent, ADULT));
                let exposed = match with {
                    With::OwnParents => parents(birth.parents),
                    With::ParentsOfAnother => parents(month[linked[at]].parents),
                    With::WhoBore => parents(self.bore.get(&birth.child).copied().unwrap_or([0; 2])),
                    With::Home => *witnessed,
                };
                cells[usize::from(exposed)][usize::from(before(birth.child, GROWN))] += 1.0;
            }
            table.stratum(cells);
        }
    }
}

/// Variables that may be associated with a grown child's own violence.
#[derive(Clone, Copy)]
enum With {
    /// Violence of the parents who reared it.
    OwnParents,
    /// Violence of the parents of another newborn of the month.
    ParentsOfAnother,
    /// Violence of the parents from whom it has its inborn traits.
    WhoBore,
    /// Witnessing in the home that reared it.
    Home,
}

/// A stratified association (Mantel-Haenszel).
#[derive(Default)]
struct Association {
    /// Observed minus expected joint cases, and its variance under independence (hypergeometric).
    surplus: f64,
    variance: f64,
    above: f64,
    below: f64,
}

impl Association {
    /// `[parents][child]`: numbers without and with violence.
    fn stratum(&mut self, [[a, b], [c, d]]: [[f64; 2]; 2]) {
        let all = a + b + c + d;
        if all < 2.0 {
            return;
        }
        self.surplus += d - (c + d) * (b + d) / all;
        self.variance += (a + b) * (c + d) * (a + c) * (b + d) / (all * all * (all - 1.0));
        self.above += a * d / all;
        self.below += b * c / all;
    }

    fn z(&self) -> f64 {
        self.surplus / self.variance.sqrt()
    }

    fn told(&self, what: &str) -> f64 {
        println!("{what}: odds ratio {:.3}, z {:.2}", self.above / self.below, self.z());
        self.z()
    }
}

/// Critical value in standard deviations.
fn bound() -> f64 {
    Normal::standard().inverse_cdf(1.0 - FALSE_ALARM / 2.0)
}

/// The model of these tests, with the influences that households share apart from violence switched off: income and
/// area.
fn without_shared_life(mut model: ModelFile) -> ModelFile {
    model.founding.pool_size = Persons::new(12_000.0).expect("a number of persons");
    model.founding.pool_years = Years::new(110.0).expect("a number of years");
    let one = || Ratio::new(1.0).expect("a ratio");
    let onset = &mut model.violence.onset;
    (onset.low_income, onset.area, onset.no_work, onset.debts) = (one(), one(), one(), one());
    let flags = &mut model.life.flags;
    for flag in
        [&mut flags.alcohol, &mut flags.addiction, &mut flags.mental_illness, &mut flags.debts, &mut flags.crime]
    {
        flag.low_income = one();
    }
    model
}

fn pools(model: &ModelFile, exchange: bool) -> Vec<Pool> {
    (1..=POOLS).into_par_iter().map(|replicate| Pool::live(model, replicate, exchange)).collect()
}

fn association(pools: &[Pool], with: With) -> Association {
    let mut table = Association::default();
    for pool in pools {
        pool.add(&mut table, with);
    }
    table
}

#[test]
fn exchanging_the_link_alone_leaves_no_association() {
    let pools = pools(&without_shared_life(model()), false);
    let own = association(&pools, With::OwnParents);
    let linked = association(&pools, With::ParentsOfAnother);
    assert!(own.told("own parents") > bound(), "the violence of own parents goes with that of their grown children");
    assert!(linked.told("parents of another newborn of the month").abs() < bound());
}

#[test]
fn exchanged_newborns_show_what_the_home_causes_and_what_runs_in_families() {
    let mut model = without_shared_life(model());
    let causal = pools(&model, true);
    let home =
        association(&causal, With::Home).told("as the files say, what they witnessed in the home that reared them");
    let blood = association(&causal, With::WhoBore).told("as the files say, violence of those who bore them");
    assert!(home > bound(), "a violent home is passed on to whoever grows up in it");
    assert!(blood > bound(), "liability is passed on to whoever is born of it");
    model.transmission.kappa = Share::new(0.0).expect("a share");
    model.transmission.liability = LiabilityRule::Held;
    let confounded = pools(&model, true);
    let home = association(&confounded, With::Home).told("kappa 0, what they witnessed in the home that reared them");
    let blood = association(&confounded, With::WhoBore).told("kappa 0, violence of those who bore them");
    assert!(home.abs() < bound(), "with nothing causal a home leaves nothing in children who are not its own");
    assert!(blood > bound(), "liability stays");
}
