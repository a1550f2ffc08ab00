//! Parameters that only whole steps of the month read: steps that every scenario decides in full, also beside its
//! comparator.
//!
//! A scenario beside its comparator takes over the decisions about persons and couples who do not differ. That is exact
//! only if both have the same hazards of persons and couples, and the same parameters of every other process that decides
//! by subject. A scenario may therefore differ in nothing but the tables listed here.

use toml::{Table, Value};

/// Tables that only measures, the chain and prices read.
const TABLES: &[&str] = &["interventions", "chain", "money"];

/// Keys in these tables that reach a process which decides by subject: the hazard of unfounded reports.
const BY_SUBJECT: &[&str] = &["chain.suspicion.unfounded", "chain.suspicion.drift", "chain.suspicion.ceiling"];

/// Whether two models, without passports, differ in nothing but what whole steps read.
pub(super) fn differ_in_whole_steps(a: &Table, b: &Table) -> bool {
    differences(a, b).iter().all(|key| is_of_whole_steps(key))
}

fn is_of_whole_steps(key: &str) -> bool {
    let below = |above: &&str| key.strip_prefix(*above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    // A table that only one model has holds all keys below it.
    let holds = |inner: &&str| inner.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    TABLES.iter().any(below) && !BY_SUBJECT.iter().any(|other| below(other) || holds(other))
}

/// Dotted keys of the values in which two tables differ.
fn differences(a: &Table, b: &Table) -> Vec<String> {
    fn gather(a: &Table, b: &Table, at: &str, found: &mut Vec<String>) {
        let mut keys: Vec<&String> = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))).collect();
        keys.sort_unstable();
        for key in keys {
            let here = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) if a == b => {}
                (Some(Value::Table(a)), Some(Value::Table(b))) => gather(a, b, &here, found),
                _ => found.push(here),
            }
        }
    }
    let mut found = Vec::new();
    gather(a, b, "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::config::{Change, Sources, load, strip};
    use crate::engine::{Draws, EngineSettings, Hazard, Process, Scope, Simulation, Step};
    use crate::founding::{Founded, found};
    use crate::model::{ModelFile, pricing};
    use crate::random::Luck;
    use crate::world::{Changes, Flag, Month, World};

    /// The key of a number: names of tables, and places in arrays.
    type Path = Vec<String>;

    /// The built-in model without passports, with a short burn-in.
    fn small_model() -> Value {
        let sources = Sources::builtin("g4-2008").expect("the model inside the program");
        let (_, merged) = load::<ModelFile>(&sources).expect("a sound model");
        let small =
            [Change::new("founding.pool_size", 2000.0, "test"), Change::new("founding.pool_years", 30.0, "test")];
        Value::Table(strip(&merged.with(&small).expect("a sound model").table))
    }

    fn typed(model: &Value) -> Option<ModelFile> {
        ModelFile::deserialize(model.clone()).ok()
    }

    /// The numbers below a key. A table of rates counts as one number, its multiplier.
    fn numbers(value: &Value, at: &Path, found: &mut Vec<Path>) {
        let below = |step: &str| at.iter().cloned().chain([step.to_owned()]).collect::<Path>();
        match value {
            Value::Table(table) if table.contains_key("rows") => found.push(below("value")),
            Value::Table(table) => table.iter().for_each(|(key, value)| numbers(value, &below(key), found)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(place, value)| numbers(value, &below(&place.to_string()), found));
            }
            Value::Integer(_) | Value::Float(_) => found.push(at.clone()),
            Value::String(_) | Value::Boolean(_) | Value::Datetime(_) => {}
        }
    }

    /// Changes a number up or down.
    fn change(model: &mut Value, path: &Path, up: bool) {
        let (last, above) = path.split_last().expect("a path");
        let holder = above.iter().fold(model, |value, step| match value {
            Value::Table(table) => table.get_mut(step).expect("a key of the model"),
            Value::Array(list) => &mut list[step.parse::<usize>().expect("a place")],
            _ => panic!("{path:?} leads through a single value"),
        });
        let number = match holder {
            Value::Table(table) => table.entry(last.clone()).or_insert(Value::Float(1.0)),
            Value::Array(list) => &mut list[last.parse::<usize>().expect("a place")],
            _ => panic!("{path:?} leads into a single value"),
        };
        *number = match (&*number, up) {
            (Value::Integer(whole), true) => Value::Integer(whole + 1),
            (Value::Integer(whole), false) => Value::Integer(whole - 1),
            (Value::Float(number), true) => Value::Float(number * 1.07 + 0.001),
            (Value::Float(number), false) => Value::Float(number * 0.93),
            _ => panic!("{path:?} is no number"),
        };
    }

    /// Changes as many of these numbers as leave a sound model, and returns the others.
    fn change_all(model: &mut Value, paths: &[Path], is_sound: &dyn Fn(&Value) -> bool) -> Vec<Path> {
        for up in [true, false] {
            let mut changed = model.clone();
            paths.iter().for_each(|path| change(&mut changed, path, up));
            if is_sound(&changed) {
                *model = changed;
                return Vec::new();
            }
        }
        if paths.len() == 1 {
            return paths.to_vec();
        }
        let (first, second) = paths.split_at(paths.len() / 2);
        let mut left = change_all(model, first, is_sound);
        left.extend(change_all(model, second, is_sound));
        left
    }

    /// Whether two hazards agree for a subject: in envelope, bound, rate, and what happens.
    fn agree(a: &dyn Hazard, b: &dyn Hazard, world: &World, row: usize, of: (usize, i32), draws: &Draws) -> bool {
        let Ok(year) = usize::try_from(of.1.div_euclid(12)) else { return true };
        let envelope = [a, b].map(|hazard| hazard.envelope(of.0, year));
        if envelope[0] != envelope[1] {
            return false;
        }
        if envelope[0] <= 0.0 {
            return true;
        }
        let bounds = [a, b].map(|hazard| (hazard.same_for_all(), hazard.most(world, row)));
        let rates = [a, b].map(|hazard| hazard.rate(world, row));
        let happens = || {
            let [first, second] = [a, b].map(|hazard| {
                let mut changes = Changes::default();
                hazard.happens(world, row, draws, &mut changes);
                changes
            });
            first == second
        };
        bounds[0] == bounds[1] && rates[0] == rates[1] && (rates[0] <= 0.0 || happens())
    }

    /// Names of the processes that decide by subject, and decide otherwise in the second list.
    fn decide_otherwise(a: &[Step], b: &[Step], world: &World, luck: Luck) -> Vec<&'static str> {
        let persons = |x: &dyn Hazard, y: &dyn Hazard, draws: &Draws| {
            let present = world.rows().filter(|row| world.body(*row).has(Flag::Present));
            present.into_iter().all(|row| {
                let body = world.body(row);
                agree(x, y, world, row, (body.sex() as usize, body.age_months(world.now())), draws)
            })
        };
        let couples = |x: &dyn Hazard, y: &dyn Hazard, draws: &Draws| {
            let present = (0..world.couples().len()).filter(|row| world.couple(*row).present);
            present
                .into_iter()
                .all(|row| agree(x, y, world, row, (0, world.now().since(world.couple(row).since)), draws))
        };
        let mut names = Vec::new();
        for (a, b) in a.iter().zip(b) {
            let draws = Draws::new(luck, a.identity, world.now());
            let same = match (&a.process, &b.process) {
                (Process::Person(x), Process::Person(y)) => persons(x.as_ref(), y.as_ref(), &draws),
                (Process::Meeting(x), Process::Meeting(y)) => persons(x.hazard(), y.hazard(), &draws),
                (Process::Couple(x), Process::Couple(y)) => couples(x.as_ref(), y.as_ref(), &draws),
                (Process::Sweep(x), Process::Sweep(y)) if x.is_by_subject(world, &draws) => {
                    let [first, second] = [x, y].map(|sweep| {
                        let mut changes = Changes::default();
                        sweep.sweep(world, 0..sweep.rows(world, &draws), &draws, &mut changes);
                        changes
                    });
                    first == second
                }
                (Process::Drift(x), Process::Drift(y)) => {
                    let rows = world.symptomatic().iter().filter_map(|who| who.row());
                    rows.into_iter().all(|row| x.next(world, row, &draws) == y.next(world, row, &draws))
                }
                (Process::Sweep(_), Process::Sweep(_)) | (Process::Monthly(_), Process::Monthly(_)) => true,
                _ => false,
            };
            if !same {
                names.push(a.name);
            }
        }
        names
    }

    #[test]
    fn what_a_scenario_beside_its_comparator_may_differ_in_changes_no_decision_by_subject() {
        let given = small_model();
        let model = typed(&given).expect("a sound model");
        let (luck, scale, settings) = (Luck::new(2008, 0, 1), 0.002, EngineSettings::default());
        let Founded { world, donors, .. } = found(&model, &model, luck, scale, settings).expect("a founded world");
        let scope = Scope::of_cities(scale, donors);
        let engine = model.engine(&model, &scope, luck, settings).expect("an engine");
        let mut simulation = Simulation::new(world, &engine);

        let mut all = Vec::new();
        numbers(&given, &Vec::new(), &mut all);
        let (free, held): (Vec<Path>, Vec<Path>) = all.into_iter().partition(|path| is_of_whole_steps(&path.join(".")));
        let by_subject: Vec<Path> =
            held.into_iter().filter(|path| BY_SUBJECT.contains(&path.join(".").as_str())).collect();
        assert_eq!(by_subject.len(), BY_SUBJECT.len(), "each is a number of the model");

        // Group by group: only in groups with a number that cannot be changed its members are tried one by one.
        let is_sound = |changed: &Value| {
            typed(changed).is_some_and(|model| model.steps(&scope).is_ok() && pricing(&model, &scope).is_ok())
        };
        let (mut changed, mut left) = (given.clone(), Vec::new());
        for group in free.chunk_by(|a, b| a[..2] == b[..2]) {
            left.extend(change_all(&mut changed, group, &is_sound));
        }
        assert!(free.len() > 400 && left.len() * 10 < free.len(), "{} of {}: {left:?}", left.len(), free.len());
        let changed = typed(&changed).expect("a sound model");
        let others: Vec<(String, ModelFile)> = by_subject
            .iter()
            .map(|path| {
                let mut other = given.clone();
                change(&mut other, path, true);
                (path.join("."), typed(&other).expect("a sound model"))
            })
            .collect();

        let steps = |model: &ModelFile| model.steps(&scope).unwrap_or_else(|errors| panic!("{errors}"));
        let (own, changed) = (steps(&model), steps(&changed));
        for until in [Month(13), Month(20), Month(32)] {
            simulation.live(&engine, until, |_| {});
            simulation.world.sort_lists();
            let world = &simulation.world;
            assert_eq!(decide_otherwise(&own, &changed, world, luck), Vec::<&str>::new());
            for (key, other) in &others {
                assert_eq!(decide_otherwise(&own, &steps(other), world, luck), ["unfounded_reports"], "{key}");
            }
        }
    }

    #[test]
    fn only_tables_that_no_decision_by_subject_reads_may_differ() {
        for key in [
            "interventions.nhv.level",
            "interventions.nhv.delay",
            "interventions.nhv.without_cities",
            "interventions",
            "chain.police.arrest",
            "chain.suspicion.rate",
            "chain.services.child_help.coverage.rows",
            "money.prices.ban.price",
        ] {
            assert!(is_of_whole_steps(key), "{key}");
        }
        for key in [
            "chain",
            "chain.suspicion",
            "chain.suspicion.unfounded",
            "chain.suspicion.drift",
            "chain.suspicion.ceiling",
            "effects.in_force",
            "trends.violence",
            "transmission.kappa",
            "interventionsx",
        ] {
            assert!(!is_of_whole_steps(key), "{key}");
        }
    }

    #[test]
    fn differences_are_named_by_the_longest_common_key() {
        let table = |text: &str| text.parse::<Table>().expect("TOML");
        let (a, b) = (table("x = 1\n[t]\ny = 2\nz = 3\n"), table("x = 1\n[t]\ny = 4\n[u]\nv = 5\n"));
        assert_eq!(differences(&a, &b), ["t.y", "t.z", "u"]);
        assert!(differences(&a, &a).is_empty());
    }
}
