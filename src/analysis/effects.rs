//! Effects of each scenario of a run relative to the comparator, pair by pair: draws and replicates of the same number
//! use common random numbers, so the difference of a pair is due to the scenario and not to Monte Carlo error.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bills::CostCategory;
use super::figures::{FIGURES, Figure, Source};
use super::lives::FEWEST;
use super::persons::{SamePersons, Tally, persons};
use super::places::{ProviderUse, needs_scale, refusals_hold};
use super::reach::{MeasureReach, reaches};
use super::spending::counted;
use super::sums::{EffectPlace, Lines, LinesOf, Sums, add_lines, add_to};
use super::{design, rivals};
use crate::error::{Error, Result};
use crate::money::{Discounting, Payer};
use crate::stats::pairs::{Design, Mean, Pair, Sides};
use crate::store::Run;

/// The persons among whom a difference is counted. Only births differ between scenarios, so the distinction is about
/// children who are born in only one of the two: they are neither prevented nor caused cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Persons who exist in both scenarios.
    BothWorlds,
    /// Of these, those enrolled within the window of enrolment, their children and grandchildren.
    Cohort,
    /// All persons of either scenario, including births that occur in only one of them.
    Everybody,
}

/// Meaning of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Contains 95 % of parameter draws (quantiles from forty draws on, a normal prediction interval below).
    Draws,
    /// Confidence interval of 95 % for the mean over random numbers (Student's t).
    Mean,
}

/// Effect of a scenario on one figure, in real persons, cases or euro, summed over the years simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioEffect {
    /// Scenario.
    pub scenario: String,
    /// Key of the figure, for example `victims`.
    pub measure: &'static str,
    /// Unit of the figure.
    pub unit: &'static str,
    /// Whether the figure belongs to the observed record; otherwise to the ground truth.
    pub record: bool,
    /// Place.
    pub place: EffectPlace,
    /// Among whom it is counted.
    pub among: Among,
    /// Mean under the comparator.
    pub comparator: f64,
    /// Mean difference, scenario minus comparator.
    pub difference: f64,
    /// Monte Carlo standard error of the mean difference; `None` with one pair.
    pub error: Option<f64>,
    /// Limits of the interval; `None` with one pair.
    pub limits: Option<(f64, f64)>,
    /// Meaning of the interval.
    pub interval: Interval,
    /// Number of pairs in which the figure is lower than under the comparator, equal, and higher.
    pub sides: Sides,
    /// Number of pairs: draws, or replicates without draws.
    pub pairs: usize,
    /// The figure under the comparator and under the scenario, by draw and replicate.
    #[serde(skip)]
    pub units: BTreeMap<(i64, i64), (f64, f64)>,
}

impl ScenarioEffect {
    /// Whether the run's tables suppress the figure because the scale is too small; there are no numbers then.
    pub fn withheld(&self) -> bool {
        self.comparator.is_nan() || self.difference.is_nan()
    }

    /// Differences by draw and replicate.
    pub fn differences(&self) -> BTreeMap<(i64, i64), f64> {
        self.units.iter().map(|(unit, (base, own))| (*unit, own - base)).collect()
    }
}

/// Reason for not showing a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Fewer than ten were simulated.
    Few,
    /// It depends on a queue that is too small at this scale.
    Withheld,
}

/// The reason for not showing a difference, given the scale and providers of the run (`None` without the table
/// `capacity`); `None` if it is shown. `reach` is the reach of the scenario's measures.
pub fn hidden(
    effect: &ScenarioEffect,
    reach: Option<&MeasureReach>,
    providers: Option<&[ProviderUse]>,
    scale: f64,
) -> Option<Hidden> {
    let figure = Figure::named(effect.measure);
    let measures = reach.map(|reach| reach.programmes.as_slice()).unwrap_or_default();
    let needs = needs_scale(providers.unwrap_or_default(), &effect.scenario, measures, scale);
    let queues = figure.is_some_and(Figure::is_of_queues) && !refusals_hold(providers, scale);
    if effect.withheld() || needs.is_some() || queues {
        return Some(Hidden::Withheld);
    }
    let few = figure.is_some_and(Figure::counts) && effect.comparator * scale < FEWEST as f64;
    few.then_some(Hidden::Few)
}

/// All effects of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioEffects {
    /// The comparator scenario.
    pub comparator: String,
    /// First and last year that is summed over.
    pub years: (i64, i64),
    /// Effects by scenario, measure and place.
    pub effects: Vec<ScenarioEffect>,
    /// Persons reached by the measures of each scenario.
    pub reaches: Vec<MeasureReach>,
}

impl ScenarioEffects {
    /// Persons reached by the measures of a scenario.
    pub fn reach(&self, scenario: &str) -> Option<&MeasureReach> {
        self.reaches.iter().find(|reach| reach.scenario == scenario)
    }

    /// Cost of one start of a measure, or of each person reached if starts are unknown: real euro of measures. `None`
    /// if nobody was reached, or measures cost no more than the comparator's.
    pub fn cost_of(&self, reach: &MeasureReach, scale: f64) -> Option<f64> {
        let known = reach.known().filter(|known| *known > 0.0)?;
        let is = |effect: &&ScenarioEffect| effect.scenario == reach.scenario && effect.measure == "euro_measures";
        let spent = self.effects.iter().find(|effect| is(effect) && effect.place != EffectPlace::Exported)?;
        (spent.difference > 0.0).then(|| spent.difference / (known / scale))
    }
}

/// A figure under the comparator and under a scenario, by draw and replicate.
type Units = BTreeMap<Pair, (f64, f64)>;

/// Effects of every scenario of a run relative to its comparator, for all figures in the run's tables. Scenarios under
/// a variant come last, each relative to the comparator under that variant. If the run has the table `lives`, figures
/// that can be counted per person are counted among persons who exist in both scenarios; with `life_costs` costs are,
/// too.
///
/// # Errors
/// A damaged table; a run without another scenario.
pub fn effects(run: &Run) -> Result<ScenarioEffects> {
    effects_among(run, persons(run)?.as_ref())
}

/// The same, with persons already matched.
///
/// # Errors
/// As [`effects`].
pub fn effects_among(run: &Run, same: Option<&SamePersons>) -> Result<ScenarioEffects> {
    let scale = run.recorded.scale;
    let rivals = rivals(run);
    if rivals.is_empty() {
        let cure = "add a scenario to the experiment, and run it again";
        let fault = Error::data("its only scenario is the comparator", cure);
        return Err(fault.in_file(run.folder().display().to_string(), None).into());
    }
    let mut all: BTreeMap<&str, Sums> = BTreeMap::new();
    let (mut lines, mut years) = (Lines::new(), (i64::MAX, i64::MIN));
    for name in ["yearly", "cohorts", "costs"] {
        if !run.has(name) {
            continue;
        }
        let figures: Vec<&Figure> =
            FIGURES.iter().filter(|figure| figure.is_flow() && figure.table() == name).collect();
        let mut columns = vec!["scenario", "draw", "replicate", "city", "year"];
        columns.extend(figures.iter().flat_map(|figure| figure.columns()));
        let mut sums = vec![Sums::new(); figures.len()];
        run.scan(name, &columns, |part| {
            // Rows of cohorts are by year of birth and age.
            if part.has("year") {
                let year = part.integers("year")?;
                for year in (0..part.rows()).filter_map(|row| year.get(row)) {
                    years = (years.0.min(year), years.1.max(year));
                }
            }
            add_to(&mut sums, part, &figures)?;
            if name == "costs" { add_lines(&mut lines, part) } else { Ok(()) }
        })?;
        all.extend(figures.iter().map(|figure| figure.key).zip(sums));
    }
    let mut effects = Vec::new();
    for (name, comparator) in &rivals {
        let tallies = same.and_then(|same| Some((same, same.tallies.get(name)?)));
        for figure in FIGURES.iter().filter(|figure| figure.is_flow()) {
            let told = |place: EffectPlace, among: Among, units: Units| {
                let real = units.into_iter().map(|(pair, both)| (pair, without_noise(both, scale))).collect();
                effect(name, figure, (place, among), real, design(run))
            };
            if let Some((among, units)) = tallies.and_then(|(same, pairs)| {
                among_both(figure, same, pairs, [comparator, name].map(|name| lines.get(name)))
            }) {
                effects.extend(told(EffectPlace::Followed, among, units));
                continue;
            }
            let Some(sums) = all.get(figure.key) else { continue };
            for place in [EffectPlace::Cities, EffectPlace::Exported] {
                let of = |scenario: &str| -> BTreeMap<Pair, f64> {
                    let all = sums.get(scenario).into_iter().flatten().filter(|((own, _), _)| *own == place);
                    all.map(|((_, pair), value)| (*pair, *value)).collect()
                };
                let (base, own) = (of(comparator), of(name));
                let both = base.into_iter().filter_map(|(pair, value)| Some((pair, (value, *own.get(&pair)?))));
                effects.extend(told(place, Among::Everybody, both.collect()));
            }
        }
    }
    let reaches = reaches(run, &rivals, same)?;
    let comparator = rivals.first().map(|(_, comparator)| comparator.clone()).unwrap_or_default();
    Ok(ScenarioEffects { comparator, years, effects, reaches })
}

/// A figure by pair under the comparator and under a scenario, counted among persons who exist in both, in simulated
/// persons; `None` if the run has no data for it.
fn among_both(
    figure: &Figure,
    same: &SamePersons,
    tallies: &BTreeMap<Pair, Tally>,
    lines: [Option<&LinesOf>; 2],
) -> Option<(Among, Units)> {
    let closed = if same.of_cohort { Among::Cohort } else { Among::BothWorlds };
    match figure.source {
        Source::Euro(bill) => {
            let [base, own] = lines;
            let (base, own) = (base?, own?);
            let of = |(pair, tally): (&Pair, &Tally)| {
                let spent = tally.spent.as_ref()?;
                let [base, own] = [base, own].map(|lines| lines.get(&(EffectPlace::Cities, *pair)));
                let (base, own) = (base?, own?);
                let all: BTreeSet<&(CostCategory, Payer)> = base.keys().chain(own.keys()).chain(spent.keys()).collect();
                let mut sums = (0.0, 0.0);
                for line in all.into_iter().filter(|(kind, payer)| bill.holds(*kind, *payer)) {
                    let [before, after] = [base, own].map(|lines| lines.get(line).copied().unwrap_or(0.0));
                    let spent = spent.get(line).copied().unwrap_or_default();
                    let named = [spent.in_cities, spent.on_those].map(|by_rule| by_rule[Discounting::None as usize]);
                    sums.0 += before;
                    sums.1 += counted(line.0, [before, after], named, same.of_cohort);
                }
                Some((*pair, sums))
            };
            Some((closed, tallies.iter().map(of).collect::<Option<_>>()?))
        }
        _ => {
            let among = if figure.source == Source::Health { closed } else { Among::BothWorlds };
            let of = |(pair, tally): (&Pair, &Tally)| Some((*pair, *tally.figures.get(figure.key)?));
            Some((among, tallies.iter().map(of).collect::<Option<_>>()?))
        }
    }
}

/// The difference between two scenarios in one figure, from real persons by pair; `None` if all pairs are zero.
fn effect(
    scenario: &str,
    figure: &Figure,
    (place, among): (EffectPlace, Among),
    units: Units,
    design: Design,
) -> Option<ScenarioEffect> {
    if units.values().all(|(base, own)| *base == 0.0 && *own == 0.0) {
        return None;
    }
    if units.values().any(|(base, own)| base.is_nan() || own.is_nan()) {
        return Some(ScenarioEffect {
            scenario: scenario.to_owned(),
            measure: figure.key,
            unit: figure.unit,
            record: figure.record,
            place,
            among,
            comparator: f64::NAN,
            difference: f64::NAN,
            error: None,
            limits: None,
            interval: if is_drawn(&units) { Interval::Draws } else { Interval::Mean },
            sides: Sides::default(),
            pairs: 0,
            units: BTreeMap::new(),
        });
    }
    let values = |of: fn(&(f64, f64)) -> f64| units.iter().map(|(pair, both)| (*pair, of(both))).collect();
    let differences: BTreeMap<Pair, f64> = values(|(base, own)| own - base);
    let mut mean = Mean::of(&differences, design)?;
    if figure.counts() {
        // A reduction cannot exceed the value under the comparator.
        let most = units.values().map(|(base, _)| *base).fold(0.0, f64::max);
        mean = mean.within(-most, f64::INFINITY);
    }
    let sides = Sides::of(&differences);
    Some(ScenarioEffect {
        scenario: scenario.to_owned(),
        measure: figure.key,
        unit: figure.unit,
        record: figure.record,
        place,
        among,
        comparator: Mean::of(&values(|(base, _)| *base), design)?.mean,
        difference: mean.mean,
        error: mean.error,
        limits: mean.range,
        interval: if is_drawn(&units) { Interval::Draws } else { Interval::Mean },
        sides,
        pairs: sides.all(),
        units,
    })
}

/// Amounts under two scenarios in real numbers; differences due to rounding of sums are set to zero.
fn without_noise((base, own): (f64, f64), scale: f64) -> (f64, f64) {
    let same = (own - base).abs() <= 1e-12 * base.abs().max(own.abs());
    (base / scale, if same { base } else { own } / scale)
}

/// Whether the pairs are from several draws.
fn is_drawn(units: &Units) -> bool {
    units.keys().map(|(draw, _)| draw).collect::<BTreeSet<_>>().len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(key: &str) -> &'static Figure {
        Figure::named(key).expect("a figure")
    }

    #[test]
    fn pairs_share_their_luck_and_replicates_of_a_draw_are_averaged() {
        let of = |draw, replicate, base: f64, own: f64| ((draw, replicate), (2.0 * base, 2.0 * own));
        let units = [of(1, 1, 10.0, 8.0), of(1, 2, 20.0, 18.0), of(2, 1, 30.0, 26.0), of(2, 2, 40.0, 36.0)];
        let here = (EffectPlace::Cities, Among::Everybody);
        let found = effect("x", figure("births"), here, units.into(), Design::Nested).expect("pairs");
        assert_eq!((found.pairs, found.interval), (2, Interval::Draws));
        assert_eq!(found.sides, Sides { lower: 2, equal: 0, higher: 0 });
        assert_eq!((found.comparator, found.difference), (50.0, -6.0));
        // The differences of the two draws are -4 and -8.
        assert!((found.error.expect("two draws") - 2.0).abs() < 1e-12);
    }

    #[test]
    fn what_a_table_withholds_in_any_year_is_withheld_and_no_zero() {
        let units = |base, own| BTreeMap::from([((0, 1), (3.0, 3.0)), ((0, 2), (base, own))]);
        let here = (EffectPlace::Cities, Among::Everybody);
        let found = |base, own| effect("x", figure("shelter_refusals"), here, units(base, own), Design::Nested);
        for [base, own] in [[4.0, f64::NAN], [f64::NAN, 4.0]] {
            let found = found(base, own).expect("pairs");
            assert!(found.withheld() && found.limits.is_none() && found.error.is_none());
        }
        assert!(!found(4.0, 4.0).expect("pairs").withheld());
    }

    #[test]
    fn what_is_nowhere_has_no_effect_and_no_more_is_prevented_than_there_is() {
        let zero = BTreeMap::from([((0, 1), (0.0, 0.0))]);
        let here = (EffectPlace::Exported, Among::Everybody);
        assert_eq!(effect("x", figure("first_used"), here, zero, Design::Nested), None);
        // Differences of 0 and -9: a normal distribution would give a range from -117 to 108 of 10 cases.
        let wide = BTreeMap::from([((1, 1), (10.0, 10.0)), ((2, 1), (10.0, 1.0))]);
        let found = effect("x", figure("first_used"), here, wide.clone(), Design::Nested).expect("two draws");
        assert_eq!(found.limits.map(|limits| limits.0), Some(-10.0));
        let euro = effect("x", figure("euro"), here, wide, Design::Nested).expect("two draws");
        assert!(
            euro.limits.is_some_and(|(low, _)| low < -100.0),
            "money may be saved that the comparator does not spend"
        );
    }

    #[test]
    fn the_rounding_of_a_sum_is_no_difference() {
        let sum = [0.1, 0.2, 0.3].iter().sum::<f64>();
        assert_ne!(sum, 0.3 + 0.2 + 0.1);
        let (base, own) = without_noise((sum, 0.3 + 0.2 + 0.1), 0.5);
        assert!(base == own && without_noise((1e9, 1e9 - 0.25), 1.0).1 < 1e9);
    }

    #[test]
    fn money_is_of_both_worlds_where_it_has_names() {
        use super::super::spending::Spent;
        let line = (CostCategory::Service, Payer::Rijk);
        let lines = |euro: f64| BTreeMap::from([((EffectPlace::Cities, (0, 1)), BTreeMap::from([(line, euro)]))]);
        let spent = Spent { on_those: [-2.0; 4], in_cities: [-5.0; 4] };
        let tally = Tally { spent: Some(BTreeMap::from([(line, spent)])), ..Tally::default() };
        let tallies = BTreeMap::from([((0, 1), tally)]);
        let same = |of_cohort| SamePersons { cities: vec![], scenarios: vec![], of_cohort, tallies: BTreeMap::new() };
        let (base, own) = (lines(100.0), lines(96.0));
        let of = |key: &str, of_cohort: bool| {
            let found = among_both(figure(key), &same(of_cohort), &tallies, [Some(&base), Some(&own)]);
            found.map(|(among, units)| (among, units[&(0, 1)]))
        };
        // Of -4, -5 are attributed to persons, so +1 is not; of the -5, -2 belong to persons in both scenarios.
        assert_eq!(of("euro", false), Some((Among::BothWorlds, (100.0, 99.0))));
        assert_eq!(of("euro_rijk", true), Some((Among::Cohort, (100.0, 98.0))));
        assert_eq!(of("euro_justice", false), Some((Among::BothWorlds, (0.0, 0.0))));
        assert_eq!(of("first_exposed", false), None);
    }
}
