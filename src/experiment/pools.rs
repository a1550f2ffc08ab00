//! The burn-in populations of a run: each is read from the store, shared by the groups that need it, or simulated.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::experiment::groups::UnitGroup;
use crate::experiment::watch::Watch;
use crate::founding::Pool;
use crate::store::{KeptPool, POOLS_LIMIT, PoolId, Store};

/// The burn-in populations of a run.
///
/// One that several groups need stays in memory until the last of them has begun. As groups with the same one follow
/// each other, that is about one for each group that is simulated at the same time.
pub(super) struct Pools<'a> {
    /// Where they are kept; `None` when nothing is.
    store: Option<&'a Store>,
    watch: &'a dyn Watch,
    /// Those that groups are still to take.
    needed: Mutex<BTreeMap<PoolId, PendingPool>>,
    /// Those that this run read or stored: they are not removed to make room for others.
    used: Mutex<BTreeSet<PoolId>>,
    /// Whether no more of them are stored: there is no room, or writing failed.
    stores_no_more: AtomicBool,
}

/// A burn-in population that groups are still to take.
#[derive(Default)]
struct PendingPool {
    /// Number of groups.
    by: usize,
    /// Whether a group has begun to take it.
    begun: bool,
    /// The population, once a group has it. Locked while it is read or simulated.
    slot: Arc<Mutex<Option<Arc<Pool>>>>,
}

impl<'a> Pools<'a> {
    /// Those of these groups.
    pub(super) fn of(groups: &[UnitGroup<'_>], store: Option<&'a Store>, watch: &'a dyn Watch) -> Pools<'a> {
        let mut needed: BTreeMap<PoolId, PendingPool> = BTreeMap::new();
        for group in groups {
            needed.entry(group.pool.clone()).or_default().by += 1;
        }
        Pools {
            store,
            watch,
            needed: Mutex::new(needed),
            used: Mutex::default(),
            stores_no_more: AtomicBool::new(false),
        }
    }

    /// Takes the next of the groups that are left: the first whose burn-in population no other group is reading or
    /// simulating at the moment, so that threads do not wait for each other; or just the first.
    pub(super) fn next(&self, left: &mut VecDeque<usize>, groups: &[UnitGroup<'_>]) -> Option<usize> {
        let mut needed = locked(&self.needed);
        let is_ready = |at: &usize| {
            let needed = groups.get(*at).and_then(|group| needed.get(group.pool));
            needed.is_none_or(|needed| !needed.begun || needed.slot.try_lock().is_ok_and(|slot| slot.is_some()))
        };
        let at = left.iter().position(is_ready).unwrap_or(0);
        let next = left.remove(at)?;
        if let Some(needed) = groups.get(next).and_then(|group| needed.get_mut(group.pool)) {
            needed.begun = true;
        }
        Some(next)
    }

    /// The burn-in population of a group. `simulate` makes it when it is neither in memory nor in the store.
    ///
    /// # Errors
    /// Those of `simulate`.
    pub(super) fn take(&self, group: &UnitGroup<'_>, simulate: impl FnOnce() -> Result<Pool>) -> Result<Arc<Pool>> {
        let slot = {
            let mut needed = locked(&self.needed);
            let Some(entry) = needed.get_mut(group.pool) else { return self.make(group.pool, simulate) };
            entry.by = entry.by.saturating_sub(1);
            let slot = Arc::clone(&entry.slot);
            if entry.by == 0 {
                needed.remove(group.pool);
            }
            slot
        };
        let mut slot = locked(&slot);
        if let Some(pool) = slot.as_ref() {
            return Ok(Arc::clone(pool));
        }
        let pool = self.make(group.pool, simulate)?;
        *slot = Some(Arc::clone(&pool));
        Ok(pool)
    }

    /// Reads a burn-in population, or simulates and stores it.
    fn make(&self, id: &PoolId, simulate: impl FnOnce() -> Result<Pool>) -> Result<Arc<Pool>> {
        let Some(store) = self.store else { return simulate().map(Arc::new) };
        locked(&self.used).insert(id.clone());
        let unusable = match store.pool(id) {
            KeptPool::Absent => None,
            KeptPool::Unusable(path, why) => Some((path, why)),
            KeptPool::Whole(content) => match Pool::of_bytes(&content) {
                Some(pool) => return Ok(Arc::new(pool)),
                None => Some((store.pool_file(id), "was written by another version of keten")),
            },
        };
        if let Some((path, why)) = unusable {
            self.watch.says(&format!("warning: {} {why}: the burn-in population is simulated again", path.display()));
        }
        let pool = simulate()?;
        self.keep(store, id, &pool);
        Ok(Arc::new(pool))
    }

    /// Stores a burn-in population. It is only a cache, so a run goes on without it.
    fn keep(&self, store: &Store, id: &PoolId, pool: &Pool) {
        if self.stores_no_more.load(Ordering::Relaxed) {
            return;
        }
        let in_use = locked(&self.used).clone();
        let says = |what: &str| {
            if !self.stores_no_more.swap(true, Ordering::Relaxed) {
                self.watch.says(what);
            }
        };
        match pool.to_bytes().and_then(|bytes| store.keep_pool(id, &bytes, &in_use, POOLS_LIMIT)) {
            Ok(true) => {}
            Ok(false) => says(&format!(
                "the burn-in populations of this run fill the {} MB that are kept for later runs: the others are not kept",
                POOLS_LIMIT / 1_000_000
            )),
            Err(errors) => says(&format!("warning: burn-in populations are not kept for later runs: {errors}")),
        }
    }
}

/// A lock that is also had after a panic elsewhere: what it protects is whole between any two statements.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{self, Change, Merged};
    use crate::engine::EngineSettings;
    use crate::experiment::models::pool_digest;
    use crate::experiment::plan::Plan;
    use crate::experiment::reading::ExperimentText;
    use crate::experiment::run::{Contents, contents};
    use crate::experiment::{Conditions, Forecast, plan_text};
    use crate::founding::live_pool;
    use crate::model::ModelFile;
    use crate::random::Luck;

    const SMALL: [(&str, f64); 2] = [("founding.pool_size", 1000.0), ("founding.pool_years", 20.0)];

    fn plan(more: &str, changes: &[Change]) -> Plan {
        let text = format!(
            "title = \"x\"\nmodel = \"builtin:g4-2008\"\nscale = 0.001\nuntil = 2010\noutcomes = [\"fit\", \"yearly\"]\n\
             [scenarios.a]\n{more}"
        );
        let text = ExperimentText { name: "x".into(), place: "x.toml".into(), text, folder: None };
        let small = SMALL.iter().filter(|(key, _)| changes.iter().all(|change| change.key != *key));
        let small = small.map(|(key, value)| Change::new(*key, *value, "test"));
        let sets: Vec<Change> = small.chain(changes.iter().cloned()).collect();
        plan_text(text, &sets).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Every number that does not act in the burn-in population, with another value that its unit allows; and every
    /// choice that does not act.
    fn idle_otherwise(merged: &Merged) -> Vec<Change> {
        let idle = ModelFile::idle_in_pool();
        let moved = |it: config::Parameter| {
            let tried = [it.value * 1.3 + 0.01, it.value * 0.8, it.value * 0.99];
            let change = |value: f64| vec![Change::new(it.key.as_str(), value, "test")];
            tried.into_iter().map(change).find(|change| merged.with(change).is_ok())
        };
        // A pulse is a calendar month and cannot be any other number.
        let numbers = config::parameters(merged).into_iter().filter(|it| !it.key.ends_with(".pulse"));
        let numbers = numbers.filter(|it| !idle.acts(&it.key)).filter_map(moved).flatten();
        let choices = [
            ("trends.violence", "decline"),
            ("trends.demography", "held"),
            ("trends.migration", "closed"),
            ("effects.in_force", "none"),
            ("effects.combination", "strongest"),
            ("life.newcomers.histories", "none"),
            ("interventions.nhv.level", "full"),
            ("chain.services.victim_help.level", "off"),
        ];
        numbers.chain(choices.map(|(key, value)| Change::new(key, value, "test"))).collect()
    }

    #[test]
    fn all_that_is_idle_in_the_burn_in_population_set_otherwise_at_once_leaves_it_as_it_was() {
        let merged = plan("", &[]).experiment.base(0).unwrap_or_else(|errors| panic!("{errors}"));
        let changes = idle_otherwise(&merged);
        assert!(changes.len() > 150, "{} parameters and choices are idle", changes.len());
        let changed = merged.with(&changes).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(pool_digest(&merged) == pool_digest(&changed));
        let model = |merged: &Merged| ModelFile::of(merged).unwrap_or_else(|errors| panic!("{errors}"));
        let (base, other) = (model(&merged), model(&changed));
        // In the model files too, where parameters decide the layers of candidates.
        let burned_in = |model: &ModelFile, reference: &ModelFile| {
            live_pool(model, reference, Luck::new(2008, 0, 1), EngineSettings::default())
                .and_then(|pool| pool.to_bytes())
                .unwrap_or_else(|errors| panic!("{errors}"))
        };
        let one = burned_in(&base, &base);
        assert!(one == burned_in(&other, &base), "changed by the run");
        assert!(one == burned_in(&other, &other), "changed in the files");
        let read = Pool::of_bytes(&one).map(|pool| pool.to_bytes().unwrap_or_else(|errors| panic!("{errors}")));
        assert!(read.as_ref() == Some(&one), "written and read back");
        let longer = [&one[..], &[0]].concat();
        assert!(Pool::of_bytes(&one[..one.len() - 1]).is_none() && Pool::of_bytes(&longer).is_none());
    }

    #[test]
    fn what_acts_in_the_burn_in_population_gives_it_another_id() {
        let id = |more: &str, changes: &[Change]| plan(more, changes).units[0].pool.clone();
        let base = id("", &[]);
        let set = |key: &str, value: f64| id("", &[Change::new(key, value, "test")]);
        let others = [
            id("", &[Change::new("seed", 7, "test")]),
            set("transmission.kappa", 0.1),
            set("violence.onset.by_men", 0.004),
            set("life.deaths.g4_ratio", 1.3),
            set("life.moving.return", 0.01),
            set("chain.suspicion.unfounded", 0.001),
            set("founding.pool_years", 21.0),
        ];
        let all: BTreeSet<&PoolId> = others.iter().chain([&base]).collect();
        assert_eq!(all.len(), others.len() + 1);
        let replicates = plan("", &[Change::new("replicates", 2, "test")]);
        assert_eq!(replicates.units[0].pool, base);
        assert_ne!(replicates.units[1].pool, base, "a replicate has random numbers of its own");
        // Scale, end and measures are no matter of the burn-in population.
        assert_eq!(
            id("set = { \"interventions.nhv.level\" = \"full\" }\n", &[Change::new("until", 2012, "test")]),
            base
        );
        assert_eq!(set("scale", 0.002), base);
    }

    #[test]
    fn draws_that_differ_in_chain_prices_and_measures_alone_share_a_burn_in_population() {
        let draws = [Change::new("draws", 2, "test"), Change::new("uncertainty.block", 2, "test")];
        let experiment = plan("", &draws).experiment;
        let idle = ModelFile::idle_in_pool();
        let digest = |changes: &[Change]| {
            pool_digest(&experiment.merged.with(changes).unwrap_or_else(|errors| panic!("{errors}")))
        };
        let [(one, acting), (two, _)] = [1, 2].map(|draw| {
            let (drawn, _) = experiment.draws(None, draw).unwrap_or_else(|errors| panic!("{errors}"));
            drawn.into_iter().partition::<Vec<Change>, _>(|change| !idle.acts(&change.key))
        });
        for table in ["chain.", "money.", "interventions."] {
            let differ = one.iter().zip(&two).any(|(a, b)| a.key.starts_with(table) && a.value != b.value);
            assert!(differ, "the draws differ in {table}");
        }
        assert!(digest(&one) == digest(&two) && digest(&one) == digest(&[]));
        let of_onset = acting.into_iter().filter(|change| change.key.starts_with("violence.onset.")).take(1);
        let other: Vec<Change> = one.iter().cloned().chain(of_onset).collect();
        assert_eq!(other.len(), one.len() + 1);
        assert!(digest(&other) != digest(&one));
        // Draws of an experiment differ in what acts too, and each has random numbers of its own.
        let both = plan("", &draws);
        assert_ne!(both.units[0].pool, both.units[1].pool);
    }

    /// Remembers what is said.
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Watch for Heard {
        fn begins(&self, _: f64, _: f64) {}
        fn worked(&self, _: f64) {}
        fn says(&self, what: &str) {
            locked(&self.0).push(what.to_owned());
        }
    }

    /// Runs a plan into a store, and returns the content hashes of its tables and what was said.
    fn ran(plan: &Plan, store: &Store) -> (Vec<String>, String) {
        let (heard, stop) = (Heard::default(), AtomicBool::new(false));
        let conditions =
            Conditions { threads: std::num::NonZeroUsize::new(2), stop: &stop, watch: &heard, full: false };
        let Ok(Contents::Whole(manifest)) = contents(plan, store, &conditions) else { panic!("a whole run") };
        let hashes = manifest.tables.values().map(|table| table.content_hash.clone()).collect();
        (hashes, locked(&heard.0).join("\n"))
    }

    const SHARING: &str = "[variants.closed]\nset = { \"trends.migration\" = \"closed\" }\n\
        [variants.unmarked]\nset = { \"life.newcomers.histories\" = \"none\" }\n\
        [variants.deaths]\nset = { \"life.deaths.g4_ratio\" = 1.5 }\n";

    #[test]
    fn a_run_has_the_same_content_with_stored_shared_damaged_and_no_burn_in_populations() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = |name: &str| Store::at(folder.path().join(name)).unwrap_or_else(|errors| panic!("{errors}"));
        let plan = plan(SHARING, &[]);
        let pool = &plan.units[0].pool;
        let burn_ins = |store: &Store| {
            let forecast = Forecast::at(&plan, store, 2, 1.0, false).unwrap_or_else(|errors| panic!("{errors}"));
            (forecast.foundings, forecast.burn_ins, forecast.seconds)
        };
        // Nothing is stored; a file stands where the burn-in populations would be.
        let none = store("none");
        none.prepare().unwrap_or_else(|errors| panic!("{errors}"));
        fs::write(folder.path().join("none/.units/pools"), "in the way").expect("written");
        let (hashes, said) = ran(&plan, &none);
        assert_eq!(said.matches("are not kept for later runs").count(), 1, "{said}");
        // Shared by three of four populations.
        let first = store("first");
        let (foundings, two, time) = burn_ins(&first);
        assert_eq!((foundings, two), (4, 2));
        let (again, said) = ran(&plan, &first);
        assert_eq!((&again, said.as_str()), (&hashes, ""));
        let files = || fs::read_dir(folder.path().join("first/.units/pools")).expect("a folder").count();
        assert_eq!(files(), 2);
        // Stored: a second store with the same burn-in populations.
        let copy = |name: &str| {
            let to = store(name);
            to.prepare().unwrap_or_else(|errors| panic!("{errors}"));
            let from = folder.path().join("first/.units/pools");
            let into = folder.path().join(name).join(".units/pools");
            fs::create_dir(&into).expect("a folder");
            for entry in fs::read_dir(from).expect("a folder").flatten() {
                fs::copy(entry.path(), into.join(entry.file_name())).expect("copied");
            }
            to
        };
        let stored = copy("stored");
        let (foundings, none_left, shorter) = burn_ins(&stored);
        assert_eq!((foundings, none_left), (4, 0));
        assert!(shorter < time);
        assert_eq!(ran(&plan, &stored), (hashes.clone(), String::new()));
        // One file is truncated and the other one of another version: both are made again, and the run says so.
        let damaged = copy("damaged");
        let paths = [pool, &plan.units[3].pool].map(|id| damaged.pool_file(id));
        let whole = paths.each_ref().map(|path| fs::read(path).expect("the file"));
        fs::write(&paths[0], &whole[0][..whole[0].len() / 2]).expect("written");
        let mut newer = whole[1].clone();
        let version = newer.iter().position(|byte| *byte == b'\n').expect("a first line") - 1;
        newer[version] = b'9';
        fs::write(&paths[1], newer).expect("written");
        let (again, said) = ran(&plan, &damaged);
        assert_eq!(again, hashes);
        for why in ["is damaged", "was written by another version of keten, or is damaged"] {
            assert!(said.contains(&format!("{why}: the burn-in population is simulated again")), "{said}");
        }
        assert_eq!(said.lines().count(), 2, "{said}");
        assert_eq!(paths.each_ref().map(|path| fs::read(path).expect("the file")), whole, "the files are whole again");
        // It is really used: another population under this id changes the run.
        let swapped = copy("swapped");
        let KeptPool::Whole(other) = swapped.pool(&plan.units[3].pool) else { panic!("it is stored") };
        assert!(
            swapped.keep_pool(pool, &other, &BTreeSet::new(), POOLS_LIMIT).unwrap_or_else(|errors| panic!("{errors}"))
        );
        assert_ne!(ran(&plan, &swapped).0, hashes);
    }

    #[test]
    fn groups_with_the_same_burn_in_population_follow_each_other_and_do_not_wait() {
        use crate::experiment::groups::groups;
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("runs")).unwrap_or_else(|errors| panic!("{errors}"));
        let plan = plan(SHARING, &[Change::new("replicates", 2, "test")]);
        let groups = groups(&plan, &store, &BTreeSet::new(), false);
        let mut ids: Vec<&PoolId> = groups.iter().map(|group| group.pool).collect();
        ids.dedup();
        assert_eq!((groups.len(), ids.len()), (8, 4));
        assert!(
            groups
                .iter()
                .scan(None, |before, group| Some(before.replace(group.pool) != Some(group.pool)))
                .zip(&groups)
                .all(|(first, group)| first == group.burns_in)
        );
        let heard = Heard::default();
        let pools = Pools::of(&groups, Some(&store), &heard);
        let mut left: VecDeque<usize> = (0..groups.len()).collect();
        assert_eq!(pools.next(&mut left, &groups), Some(0));
        let second = pools.next(&mut left, &groups).expect("a group");
        assert!(second > 0 && groups[second].pool != groups[0].pool, "the first is not there yet");
        let empty = || {
            Ok(Pool { world: crate::world::World::new(crate::world::Month(0), Default::default()), years: Vec::new() })
        };
        pools.take(&groups[0], empty).unwrap_or_else(|errors| panic!("{errors}"));
        let third = pools.next(&mut left, &groups).expect("a group");
        assert_eq!((third, groups[third].pool), (1, groups[0].pool));
        let never = || -> Result<Pool> { panic!("it is there") };
        pools.take(&groups[third], never).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(store.has_pool(groups[0].pool));
        // It stays in memory until the last of the groups that need it has begun.
        let in_memory = || locked(&pools.needed).contains_key(groups[0].pool);
        assert!(in_memory());
        let last = pools.next(&mut left, &groups).expect("a group");
        assert_eq!((last, groups[last].pool), (2, groups[0].pool));
        pools.take(&groups[last], never).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(!in_memory());
    }
}
