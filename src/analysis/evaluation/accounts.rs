//! The accounts of a run: costs and health losses of its scenarios by draw and replicate, from its table `costs`.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array3;

use crate::analysis::Persons;
use crate::analysis::bills::{ByRule, CostCategory};
use crate::analysis::rows::{ALL_CITIES, RowPairs, RowPlaces};
use crate::analysis::spending::counted;
use crate::economics::Psa;
use crate::error::{Error, Result};
use crate::money::{Discounting, Payer};
use crate::store::Run;
use crate::tables::NumberColumn;

/// Perspective: whose costs are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Perspective {
    /// Societal: measures, services and further costs to society.
    Societal,
    /// The measures only.
    Programme,
    /// All costs of one payer.
    Payer(Payer),
}

/// The column of `costs` with amounts under a discounting rule.
fn column_of(rule: Discounting) -> &'static str {
    match rule {
        Discounting::Zin2024 => "amount_zin_2024",
        Discounting::Zin2016 => "amount_zin_2016",
        Discounting::Mkba2021 => "amount_mkba_2021",
        Discounting::None => "amount",
    }
}

impl Perspective {
    /// The two perspectives that are not those of one payer.
    pub const WHOLE: [Perspective; 2] = [Perspective::Societal, Perspective::Programme];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Perspective> {
        Perspective::WHOLE.into_iter().chain(Payer::ALL.map(Perspective::Payer))
    }

    /// Its name; that of a payer is the payer's.
    pub fn word(self) -> &'static str {
        match self {
            Perspective::Societal => "societal",
            Perspective::Programme => "programme",
            Perspective::Payer(payer) => payer.word(),
        }
    }

    fn counts(self, kind: CostCategory, payer: Payer) -> bool {
        match self {
            Perspective::Societal => true,
            Perspective::Programme => kind == CostCategory::Programme,
            Perspective::Payer(own) => payer == own,
        }
    }
}

/// Costs and health losses of one scenario in one draw and replicate, summed over years.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ledger {
    /// Euro of 2008.
    euro: BTreeMap<(CostCategory, Payer), ByRule>,
    /// QALYs lost.
    lost: ByRule,
    /// DALYs lost, an alternative measure of the same harm: not discounted, and discounted at 1.5 % a year.
    daly: [f64; 2],
}

impl Ledger {
    /// Euro that are included in a perspective.
    fn euro(&self, rule: Discounting, perspective: Perspective) -> f64 {
        let counted = self.euro.iter().filter(|((kind, payer), _)| perspective.counts(*kind, *payer));
        counted.map(|(_, sums)| sums[rule as usize]).sum()
    }
}

/// Accounts of the four cities from `costs`, in real euro and QALYs.
#[derive(Clone, Debug, PartialEq)]
pub struct Accounts {
    /// Scenarios, in the order of the run.
    pub scenarios: Vec<String>,
    /// Index of the comparator.
    pub comparator: usize,
    /// Years, rising.
    pub years: Vec<i64>,
    /// Payers with any costs.
    pub payers: Vec<Payer>,
    /// Mean euro of 2008 by scenario, year, payer and kind, for all persons in the four cities; not discounted.
    pub spending: BTreeMap<(usize, i64, Payer, CostCategory), f64>,
    /// The same for measures and services, by scenario, item and year.
    pub items: BTreeMap<(usize, String, i64), f64>,
    /// The same for measures only, by scenario, measure, cost item on its card, and year.
    pub entries: BTreeMap<(usize, String, String, i64), f64>,
    /// Simulated persons per real person.
    pub scale: f64,
    /// Whether a replicate uses the same random numbers in all draws.
    pub crossed: bool,
    /// Whether health losses are those of persons in both scenarios only.
    pub of_both_worlds: bool,
    /// Whether costs are those of persons in both scenarios only.
    pub costs_of_both_worlds: bool,
    /// By draw and replicate, one ledger per scenario.
    units: BTreeMap<(i64, i64), Vec<Option<Ledger>>>,
}

/// Reads the accounts of a run.
///
/// # Errors
/// A run without the table `costs`, a table that is damaged.
pub fn accounts(run: &Run) -> Result<Accounts> {
    let recorded = &run.recorded;
    let scale = recorded.scale;
    let names = run.manifest.scenarios.iter().map(|scenario| scenario.name.clone());
    let scenarios: Vec<String> = names.filter(|name| recorded.is_measure(name)).collect();
    let comparator = scenarios.iter().position(|own| *own == recorded.comparator).unwrap_or(0);
    let table = run.table("costs")?;
    let (places, pairs, years_of) = (RowPlaces::of(&table)?, RowPairs::of(&table)?, table.integers("year")?);
    let [kind, item, entry, payer, unit] = [
        table.texts("kind")?,
        table.texts("item")?,
        table.texts("entry")?,
        table.texts("payer")?,
        table.texts("unit")?,
    ];
    let amounts =
        Discounting::ALL.into_iter().map(|rule| table.numbers(column_of(rule))).collect::<Result<Vec<_>>>()?;
    let mut it = Accounts {
        comparator,
        scale,
        years: Vec::new(),
        payers: Vec::new(),
        spending: BTreeMap::new(),
        items: BTreeMap::new(),
        entries: BTreeMap::new(),
        crossed: recorded.crossed,
        of_both_worlds: false,
        costs_of_both_worlds: false,
        units: BTreeMap::new(),
        scenarios,
    };
    let (mut years, mut payers) = (BTreeSet::new(), BTreeSet::new());
    for row in (0..table.rows()).filter(|row| places.city(*row) == ALL_CITIES) {
        let number = |column: &NumberColumn<'_>| column.or_zero(row) / scale;
        let Some(at) = it.scenarios.iter().position(|name| name == places.scenario(row)) else { continue };
        let width = it.scenarios.len();
        let ledgers = it.units.entry(pairs.pair(row)).or_insert_with(|| vec![None; width]);
        let ledger = ledgers[at].get_or_insert_default();
        let year = years_of.or_zero(row);
        years.insert(year);
        match unit.get(row) {
            Some("qaly") => {
                ledger.lost.iter_mut().zip(&amounts).for_each(|(sum, column)| *sum += number(column));
            }
            Some("daly") => {
                let of = [Discounting::None, Discounting::Zin2024].map(|rule| number(&amounts[rule as usize]));
                ledger.daly.iter_mut().zip(of).for_each(|(sum, more)| *sum += more);
            }
            Some("euro_2008") => {
                let Some(kind) = kind.get(row).and_then(CostCategory::named) else { continue };
                let word = payer.or_empty(row);
                let payer = Payer::named(word).ok_or_else(|| {
                    let what = format!("damaged: keten knows no payer `{word}`");
                    let place = run.folder().join("costs.parquet").display().to_string();
                    Error::data(what, "run the experiment again").in_file(place, None)
                })?;
                let sums = ledger.euro.entry((kind, payer)).or_default();
                sums.iter_mut().zip(&amounts).for_each(|(sum, column)| *sum += number(column));
                payers.insert(payer);
                let plain = number(&amounts[Discounting::None as usize]);
                *it.spending.entry((at, year, payer, kind)).or_default() += plain;
                if kind == CostCategory::Programme {
                    let key = (at, item.or_empty(row).to_owned(), entry.or_empty(row).to_owned(), year);
                    *it.entries.entry(key).or_default() += plain;
                }
                if kind != CostCategory::Societal {
                    *it.items.entry((at, item.or_empty(row).to_owned(), year)).or_default() += plain;
                }
            }
            _ => {}
        }
    }
    let units = it.units.len().max(1) as f64;
    let sums = it.spending.values_mut().chain(it.items.values_mut()).chain(it.entries.values_mut());
    sums.for_each(|sum| *sum /= units);
    it.years = years.into_iter().collect();
    it.payers = payers.into_iter().collect();
    Ok(it)
}

impl Accounts {
    /// The same with health and costs of persons who exist in both scenarios only: those of a scenario are those of the
    /// comparator, minus the savings of these persons. If the run has a window of enrolment, only persons enrolled in
    /// it, their children and grandchildren count. Costs that are not attributed to persons count in full, except for
    /// such a cohort, where only those of measures do: services for people who are not simulated are no cost of the
    /// cohort. Without the table `life_costs`, costs remain those of all persons in the four cities. `without_assumed`
    /// leaves out the loss from ongoing violence, whose weights are assumptions (discounted at 1.5 % a year under any
    /// rule).
    #[must_use]
    pub fn with_lives(&self, persons: &[Persons], without_assumed: bool) -> Accounts {
        let mut own = self.clone();
        own.of_both_worlds = !persons.is_empty();
        own.costs_of_both_worlds =
            own.of_both_worlds && persons.iter().all(|persons| !persons.spent_by_pair.is_empty());
        let scale = self.scale;
        for persons in persons {
            let Some(at) = own.scenarios.iter().position(|name| *name == persons.scenario) else { continue };
            for (pair, saved) in &persons.health_by_pair {
                let Some(ledgers) = own.units.get_mut(pair) else { continue };
                let Some(base) = ledgers[self.comparator].clone() else { continue };
                let Some(ledger) = &mut ledgers[at] else { continue };
                let spent = persons.spent_by_pair.get(pair);
                let [plain, zin, mkba, rest, daly, daly_zin] = saved.map(|saved| saved / scale);
                let saved = if without_assumed { [rest; 4] } else { [zin, zin, mkba, plain] };
                ledger.lost = std::array::from_fn(|rule| base.lost[rule] - saved[rule]);
                ledger.daly = [base.daly[0] - daly, base.daly[1] - daly_zin];
                let Some(spent) = spent else { continue };
                let lines: BTreeSet<(CostCategory, Payer)> = ledger.euro.keys().chain(spent.keys()).copied().collect();
                for line in lines {
                    let spent = spent.get(&line).copied().unwrap_or_default();
                    let before = base.euro.get(&line).copied().unwrap_or_default();
                    let sums = ledger.euro.entry(line).or_default();
                    for (rule, sum) in sums.iter_mut().enumerate() {
                        let named = [spent.in_cities[rule] / scale, spent.on_those[rule] / scale];
                        *sum = counted(line.0, [before[rule], *sum], named, persons.of_cohort);
                    }
                }
            }
        }
        own
    }

    /// The parameter draws, without the central values.
    pub fn draws(&self) -> Vec<i64> {
        let all: BTreeSet<i64> = self.units.keys().map(|(draw, _)| *draw).filter(|draw| *draw > 0).collect();
        all.into_iter().collect()
    }

    /// Mean euro of 2008 of a scenario in a year, not discounted, for the given kinds and payers.
    pub fn spent(&self, scenario: usize, year: Option<i64>, payer: Option<Payer>, kind: Option<CostCategory>) -> f64 {
        let wanted = |key: &(usize, i64, Payer, CostCategory)| {
            key.0 == scenario
                && year.is_none_or(|year| key.1 == year)
                && payer.is_none_or(|payer| key.2 == payer)
                && kind.is_none_or(|kind| key.3 == kind)
        };
        self.spending.iter().filter(|(key, _)| wanted(key)).map(|(_, sum)| sum).sum()
    }

    /// Mean euro of 2008 spent by a scenario on an item of measures or services in the years from `first` to `last`.
    pub fn spent_on(&self, scenario: usize, item: &str, (first, last): (i64, i64)) -> f64 {
        let key = |year: i64| (scenario, item.to_owned(), year);
        self.items.range(key(first)..=key(last)).map(|(_, sum)| sum).sum()
    }

    /// Additional cost of a scenario's measures relative to the comparator's, in euro by draw.
    pub fn measures(&self, scenario: usize, rule: Discounting) -> Vec<f64> {
        let cost = |draw: i64| {
            let units = self.units.range((draw, i64::MIN)..=(draw, i64::MAX));
            let of = |ledger: &Option<Ledger>| Some(ledger.as_ref()?.euro(rule, Perspective::Programme));
            let more = units.filter_map(|(_, all)| Some(of(&all[scenario])? - of(&all[self.comparator])?));
            let more: Vec<f64> = more.collect();
            more.iter().sum::<f64>() / more.len().max(1) as f64
        };
        self.draws().into_iter().map(cost).collect()
    }

    /// DALYs saved by a scenario relative to the comparator, by draw, not discounted and at 1.5 % a year.
    pub fn dalys_saved(&self, scenario: usize) -> Vec<[f64; 2]> {
        let saved = |draw: i64| {
            let units = self.units.range((draw, i64::MIN)..=(draw, i64::MAX));
            let of = |ledger: &Option<Ledger>| Some(ledger.as_ref()?.daly);
            let saved = units.filter_map(|(_, all)| Some((of(&all[self.comparator])?, of(&all[scenario])?)));
            let saved: Vec<[f64; 2]> = saved.map(|(base, own)| [base[0] - own[0], base[1] - own[1]]).collect();
            let mean = |at: usize| saved.iter().map(|saved| saved[at]).sum::<f64>() / saved.len().max(1) as f64;
            [mean(0), mean(1)]
        };
        self.draws().into_iter().map(saved).collect()
    }

    /// Costs and effects by draw, scenario and replicate.
    ///
    /// # Errors
    /// A single scenario, fewer than two draws, or units of the plan without costs.
    pub fn psa(&self, rule: Discounting, perspective: Perspective) -> std::result::Result<Psa, String> {
        let draws = self.draws();
        let replicates: BTreeSet<i64> = self.units.keys().map(|(_, replicate)| *replicate).collect();
        let shape = (draws.len(), self.scenarios.len(), replicates.len());
        if shape.1 < 2 || shape.0 < 2 {
            return Err(format!("{} scenarios and {} draws; give at least two of each", shape.1, shape.0));
        }
        let (mut cost, mut effect) = (Array3::from_elem(shape, f64::NAN), Array3::from_elem(shape, f64::NAN));
        for (d, draw) in draws.iter().enumerate() {
            for (r, replicate) in replicates.iter().enumerate() {
                let ledgers = self.units.get(&(*draw, *replicate)).into_iter().flatten().enumerate();
                for (s, ledger) in ledgers.filter_map(|(s, ledger)| Some((s, ledger.as_ref()?))) {
                    cost[[d, s, r]] = ledger.euro(rule, perspective);
                    effect[[d, s, r]] = -ledger.lost[rule as usize];
                }
            }
        }
        Psa::new(self.scenarios.clone(), self.comparator, cost, effect)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::analysis::lives::Aggregate;
    use crate::analysis::spending::Spent;
    use crate::stats::pairs::Mean;

    /// Two scenarios: the second costs 5 more for measures and 10 more for services, and loses 2 QALYs less.
    pub(in crate::analysis::evaluation) fn accounts(draws: i64) -> Accounts {
        let lines = [
            (CostCategory::Programme, Payer::Awbz),
            (CostCategory::Service, Payer::Rijk),
            (CostCategory::Societal, Payer::Other),
        ];
        let ledger = |euro: f64, lost: f64| {
            let amounts = [euro, 2.0 * euro, 1.0].map(|euro| [euro; 4]);
            Some(Ledger { euro: lines.into_iter().zip(amounts).collect(), lost: [lost; 4], daly: [lost, 0.0] })
        };
        let unit = |draw: i64| {
            let shift = draw as f64;
            ((draw, 1), vec![ledger(0.0, 10.0 + shift), ledger(5.0, 8.0 + shift)])
        };
        Accounts {
            scenarios: vec!["a".into(), "b".into()],
            comparator: 0,
            scale: 1.0,
            years: vec![2008],
            payers: vec![Payer::Awbz, Payer::Rijk],
            spending: BTreeMap::from([((1, 2008, Payer::Awbz, CostCategory::Programme), 5.0)]),
            items: BTreeMap::from([((1, "nhv".to_owned(), 2008), 5.0)]),
            entries: BTreeMap::from([((1, "nhv".to_owned(), "visits".to_owned(), 2008), 5.0)]),
            crossed: false,
            of_both_worlds: false,
            costs_of_both_worlds: false,
            units: (1..=draws).map(unit).collect(),
        }
    }

    /// Two scenarios with the same health: services of the second cost less by these amounts, per draw.
    pub(in crate::analysis::evaluation) fn saving(amounts: impl Iterator<Item = f64>) -> Accounts {
        let line = (CostCategory::Service, Payer::Rijk);
        let ledger = |euro: f64| Some(Ledger { euro: BTreeMap::from([(line, [euro; 4])]), ..Ledger::default() });
        let units = amounts.zip(1..).map(|(amount, draw)| ((draw, 1), vec![ledger(0.0), ledger(-amount)]));
        Accounts { units: units.collect(), ..accounts(0) }
    }

    #[test]
    fn measures_cost_by_draw_what_their_rows_say_beyond_the_comparator() {
        assert_eq!(accounts(3).measures(1, Discounting::Zin2024), [5.0, 5.0, 5.0]);
    }

    #[test]
    fn one_draw_is_no_analysis() {
        assert!(accounts(1).psa(Discounting::Zin2024, Perspective::Societal).is_err());
        assert_eq!(accounts(1).spent(1, None, Some(Payer::Awbz), None), 5.0);
        let on = |item: &str, years: (i64, i64)| accounts(1).spent_on(1, item, years);
        assert_eq!([on("nhv", (2007, 2009)), on("nhv", (2009, 2010)), on("tom", (2007, 2009))], [5.0, 0.0, 0.0]);
    }

    /// Persons with zero savings under scenario `b`, in one pair.
    fn none_saved() -> Persons {
        let nothing = Mean { mean: 0.0, error: None, freedom: 0.0, limits: None, range: None };
        let aggregate =
            Aggregate { comparator_only: nothing, scenario_only: nothing, rows: Vec::new(), path: Vec::new() };
        Persons {
            scenario: "b".into(),
            comparator: "a".into(),
            aggregate,
            health: Vec::new(),
            of_cohort: false,
            health_by_pair: BTreeMap::from([((1, 1), [0.0; 6])]),
            spent_by_pair: BTreeMap::new(),
        }
    }

    #[test]
    fn health_with_lives_is_the_comparators_less_what_persons_of_both_worlds_are_saved() {
        let health_by_pair = BTreeMap::from([((1, 1), [4.0, 3.0, 2.0, 1.0, 0.5, 0.25])]);
        let persons = Persons { health_by_pair, ..none_saved() };
        let mut own = accounts(2);
        own.scale = 0.5;
        let both = own.with_lives(std::slice::from_ref(&persons), false);
        assert!(both.of_both_worlds && !own.of_both_worlds);
        let lost =
            |of: &Accounts, draw: i64, scenario: usize| of.units[&(draw, 1)][scenario].as_ref().map(|it| it.lost);
        // 11 QALY lost under the comparator; saved are 6 by both guidelines of 1.5 %, 4 by 2.25 %, 8 without
        // discounting.
        assert_eq!(lost(&both, 1, 1), Some([5.0, 5.0, 7.0, 3.0]));
        // DALYs are separate: all persons lose 2 less, these persons 1 and .5.
        assert_eq!(own.dalys_saved(1), [[2.0, 0.0]; 2]);
        assert_eq!(both.dalys_saved(1), [[1.0, 0.5], [2.0, 0.0]]);
        assert_eq!(lost(&own.with_lives(&[persons], true), 1, 1), Some([9.0; 4]));
        // Nothing else changes: the comparator, and a pair that was not matched.
        assert_eq!(lost(&both, 1, 0), lost(&own, 1, 0));
        assert_eq!(lost(&both, 2, 1), lost(&own, 2, 1));
        assert!(!own.with_lives(&[], false).of_both_worlds);
    }

    #[test]
    fn costs_with_lives_are_those_of_the_same_persons_and_what_is_on_nobodys_name() {
        // Of the 10 more for services, 7 are attributed, 4 of these to included persons, who cost 2 more elsewhere.
        let spent = |on_those: f64, in_cities: f64| Spent { on_those: [on_those; 4], in_cities: [in_cities; 4] };
        let line = (CostCategory::Service, Payer::Rijk);
        let persons = Persons {
            spent_by_pair: BTreeMap::from([((1, 1), BTreeMap::from([(line, spent(6.0, 7.0))]))]),
            ..none_saved()
        };
        let own = accounts(2);
        let both = own.with_lives(std::slice::from_ref(&persons), false);
        assert!(both.costs_of_both_worlds);
        let cohort = own.with_lives(&[Persons { of_cohort: true, ..persons.clone() }], false);
        let cost = |of: &Accounts, draw: i64, perspective: Perspective| {
            let ledger = of.units[&(draw, 1)][1].as_ref().expect("a ledger");
            Discounting::ALL.map(|rule| ledger.euro(rule, perspective))
        };
        assert_eq!(cost(&own, 1, Perspective::Societal), [16.0; 4]);
        assert_eq!(cost(&both, 1, Perspective::Societal), [15.0; 4]);
        assert_eq!(cost(&both, 1, Perspective::Payer(Payer::Rijk)), [9.0; 4]);
        assert_eq!(cost(&both, 1, Perspective::Payer(Payer::Awbz)), [5.0; 4]);
        assert_eq!(cost(&both, 1, Perspective::Payer(Payer::Justice)), [0.0; 4]);
        // In a cohort the 3 more for services to people who are not simulated do not count; measures do in full.
        assert_eq!(cost(&cohort, 1, Perspective::Payer(Payer::Rijk)), [6.0; 4]);
        assert_eq!(cost(&cohort, 1, Perspective::Programme), [5.0; 4]);
        assert_eq!(cost(&both, 2, Perspective::Societal), [16.0; 4], "a pair that was not looked up");
        let payers: f64 = Payer::ALL.iter().map(|payer| cost(&both, 1, Perspective::Payer(*payer))[0]).sum();
        assert_eq!(payers, 15.0, "payers add up to society");
    }
}
