//! The economic evaluation of a run: costs and QALYs of its scenarios by draw and replicate, and what follows from them.
//!
//! [`accounts`] reads the table `costs` once; [`evaluate`] turns the accounts into a probabilistic sensitivity analysis under
//! one way of discounting and one perspective, and has [`economics`](super::economics) decide. Effects are QALYs *gained*: minus
//! the QALYs lost of the table. Births differ between scenarios: where the run has the table `lives`, [`Accounts::with_lives`]
//! counts the health of persons who are in both worlds only; without it QALYs of children born in one world are in it.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, Array3, ArrayView1, Axis};
use serde_json::Value;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::economics::{
    Acceptability, Bootstrap, DrawMeans, EvpiUnderNoise, Evppi, GaussianProcess, IcerRow, Method, Parameters, Psa,
    SwitchPoint, TornadoBar, acceptability, evpi_under_noise, evppi, expected_icers, regress, switch_points, tornado,
};
use super::economics::{Design, pairwise_probabilities};
use super::{Persons, is_measure};
use crate::error::{Error, Result};
use crate::store::{Manifest, Run};
use crate::table::Series;

/// Draws that an evaluation takes at least.
pub const ENOUGH_DRAWS: usize = 20;
/// Draws that a value of research by parameter takes at least.
pub const MANY_DRAWS: usize = 100;
/// Willingness to pay that results are marked at, in euro per QALY: the bands of Zorginstituut Nederland by burden of disease.
pub const MARKS: [f64; 3] = [20_000.0, 50_000.0, 80_000.0];

/// A way of discounting, as a guideline asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// Zorginstituut Nederland 2024: costs 3 %, health 1.5 % a year.
    Zin2024,
    /// Zorginstituut Nederland 2016: costs 4 %, health 1.5 % a year.
    Zin2016,
    /// Social cost-benefit analysis of the Dutch government since 2021: 2.25 % a year.
    Mkba2021,
    /// Not discounted.
    Undiscounted,
}

/// Whose costs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Perspective {
    /// All of society: measures, services and what society pays besides.
    Societal,
    /// The measures alone.
    Programme,
}

/// What a cost is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A measure.
    Programme,
    /// A service of the chain.
    Service,
    /// What society pays besides.
    Societal,
}

impl Preset {
    /// All of them, the one in force first.
    pub const ALL: [Preset; 4] = [Preset::Zin2024, Preset::Zin2016, Preset::Mkba2021, Preset::Undiscounted];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Preset::Zin2024 => "zin-2024",
            Preset::Zin2016 => "zin-2016",
            Preset::Mkba2021 => "mkba-2021",
            Preset::Undiscounted => "none",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Preset::Zin2024 => "amount_zin_2024",
            Preset::Zin2016 => "amount_zin_2016",
            Preset::Mkba2021 => "amount_mkba_2021",
            Preset::Undiscounted => "amount",
        }
    }
}

impl Perspective {
    /// Both.
    pub const ALL: [Perspective; 2] = [Perspective::Societal, Perspective::Programme];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Perspective::Societal => "societal",
            Perspective::Programme => "programme",
        }
    }

    fn counts(self, kind: Kind) -> bool {
        self == Perspective::Societal || kind == Kind::Programme
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Programme, Kind::Service, Kind::Societal];

    fn of(word: &str) -> Option<Kind> {
        match word {
            "programme" => Some(Kind::Programme),
            "service" => Some(Kind::Service),
            "societal" => Some(Kind::Societal),
            _ => None,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Programme => "programme",
            Kind::Service => "service",
            Kind::Societal => "societal",
        }
    }
}

/// Money and health of one scenario in one draw and replicate, summed over years.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ledger {
    /// Euro of 2008 by preset and kind.
    euro: [[f64; 3]; 4],
    /// QALYs lost by preset.
    lost: [f64; 4],
}

/// What `costs` says of the four cities, in real euro and QALYs.
#[derive(Clone, Debug, PartialEq)]
pub struct Accounts {
    /// Scenarios, in the order of the run.
    pub scenarios: Vec<String>,
    /// Which of them the others are compared with.
    pub comparator: usize,
    /// Years, rising.
    pub years: Vec<i64>,
    /// Who pays, in alphabetical order.
    pub payers: Vec<String>,
    /// Mean euro of 2008 by scenario, year, payer and kind; not discounted.
    pub spending: BTreeMap<(usize, i64, String, Kind), f64>,
    /// The same by scenario, item and year, of measures and services.
    pub items: BTreeMap<(usize, String, i64), f64>,
    /// Simulated persons for each real one.
    pub scale: f64,
    /// Whether a replicate has the same luck in all draws.
    pub crossed: bool,
    /// Whether health is that of persons in both worlds only.
    pub of_both_worlds: bool,
    /// By draw and replicate, one ledger a scenario.
    units: BTreeMap<(i64, i64), Vec<Option<Ledger>>>,
}

/// An evaluation under one way of discounting and one perspective.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// How it is discounted.
    pub preset: Preset,
    /// Whose costs count.
    pub perspective: Perspective,
    /// Costs and effects.
    pub psa: Psa,
    /// Means over replicates.
    pub means: DrawMeans,
    /// The incremental table of expected values.
    pub icers: Vec<IcerRow>,
    /// Curves over willingness to pay.
    pub curves: Acceptability,
    /// Where another scenario becomes the best one.
    pub switches: Vec<SwitchPoint>,
    /// Value of perfect information with luck taken out, at [`MARKS`]; empty with one replicate.
    pub without_luck: Vec<EvpiUnderNoise>,
}

/// A line of research that the action programme asks for in its section 4.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResearchLine {
    /// Nature and extent of violence, and who is at risk.
    Extent,
    /// Longitudinal: what stops violence passing from parents to children.
    Generations,
    /// Process and effects of interventions that exist.
    Interventions,
    /// A court for domestic violence.
    Court,
}

impl ResearchLine {
    /// All, in the order of the document.
    pub const ALL: [ResearchLine; 4] =
        [ResearchLine::Extent, ResearchLine::Generations, ResearchLine::Interventions, ResearchLine::Court];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            ResearchLine::Extent => "extent",
            ResearchLine::Generations => "generations",
            ResearchLine::Interventions => "interventions",
            ResearchLine::Court => "court",
        }
    }

    /// The line that would find out about a parameter; nothing for prices, weights and demography.
    pub fn of(key: &str) -> Option<ResearchLine> {
        let of_children = ["transmission.", "interventions.nhv.", "interventions.child", "effects.treatable"];
        let within = |parts: &[&str]| parts.iter().any(|part| key.starts_with(part));
        match key {
            _ if within(&of_children) => Some(ResearchLine::Generations),
            _ if key.contains("court") => Some(ResearchLine::Court),
            _ if within(&["interventions.", "effects.", "chain.services", "chain.shelter"]) => {
                Some(ResearchLine::Interventions)
            }
            _ if within(&["violence.", "chain."]) => Some(ResearchLine::Extent),
            _ => None,
        }
    }
}

/// What a line of research is worth at most.
#[derive(Clone, Debug, PartialEq)]
pub struct LineWorth {
    /// The line.
    pub line: ResearchLine,
    /// Parameters that it would tell of.
    pub parameters: usize,
    /// Those of them that are looked at: the ones that move net benefit most.
    pub looked_at: Vec<String>,
    /// Value of knowing these, in euro.
    pub value: Evppi,
}

/// What a parameter moves, and what knowing it would be worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// The bar: net benefit at a low and a high value.
    pub bar: TornadoBar,
    /// Whether the relation is stronger than the strongest of so many parameters without one would be, 19 times in 20.
    pub beyond_chance: bool,
    /// Value of knowing it, in euro; nothing with fewer than [`MANY_DRAWS`].
    pub value: Option<Evppi>,
}

fn column<'t>(table: &'t crate::table::Table, name: &str) -> Result<&'t Series> {
    table.column(name).ok_or_else(|| {
        let what = format!("table `{}` has no column `{name}`", table.name());
        Error::data(what, "run the experiment again with this keten").into()
    })
}

/// Reads the accounts of a run.
///
/// # Errors
/// A run without the table `costs`, a table that is damaged, a manifest without a scale.
pub fn accounts(run: &Run) -> Result<Accounts> {
    let manifest = &run.manifest;
    let scale = manifest.config["experiment"]["scale"].as_f64().filter(|scale| *scale > 0.0).ok_or_else(|| {
        Error::data("the manifest has no scale", "run the experiment again")
            .in_file(run.folder().display().to_string(), None)
    })?;
    let names = manifest.scenarios.iter().map(|scenario| scenario.name.clone());
    let scenarios: Vec<String> = names.filter(|name| is_measure(run, name)).collect();
    let named = manifest.config["experiment"]["comparator"].as_str();
    let comparator = named.and_then(|named| scenarios.iter().position(|own| own == named)).unwrap_or(0);
    let table = run.table("costs")?;
    let [scenario, draw, replicate, city] = ["scenario", "draw", "replicate", "city"].map(|name| column(&table, name));
    let (scenario, draw, replicate, city) = (scenario?, draw?, replicate?, city?);
    let [year, kind, item, payer, unit] = ["year", "kind", "item", "payer", "unit"].map(|name| column(&table, name));
    let (year, kind, item, payer, unit) = (year?, kind?, item?, payer?, unit?);
    let amounts = Preset::ALL.iter().map(|preset| column(&table, preset.column())).collect::<Result<Vec<_>>>()?;
    let mut it = Accounts {
        comparator,
        scale,
        years: Vec::new(),
        payers: Vec::new(),
        spending: BTreeMap::new(),
        items: BTreeMap::new(),
        crossed: manifest.config["experiment"]["crossed"].as_bool().unwrap_or(false),
        of_both_worlds: false,
        units: BTreeMap::new(),
        scenarios,
    };
    let (mut years, mut payers) = (BTreeSet::new(), BTreeSet::new());
    for row in (0..table.rows()).filter(|row| city.cell(*row).as_text() == Some("G4")) {
        let word = |series: &'_ Series| series.cell(row).as_text().unwrap_or_default().to_owned();
        let number = |series: &Series| series.cell(row).as_float().unwrap_or(0.0) / scale;
        let whole = |series: &Series| series.cell(row).as_int().unwrap_or(0);
        let own = word(scenario);
        let Some(at) = it.scenarios.iter().position(|name| *name == own) else { continue };
        let width = it.scenarios.len();
        let ledgers = it.units.entry((whole(draw), whole(replicate))).or_insert_with(|| vec![None; width]);
        let ledger = ledgers[at].get_or_insert_default();
        years.insert(whole(year));
        match unit.cell(row).as_text() {
            Some("qaly") => {
                ledger.lost.iter_mut().zip(&amounts).for_each(|(sum, series)| *sum += number(series));
            }
            Some("euro_2008") => {
                let Some(kind) = kind.cell(row).as_text().and_then(Kind::of) else { continue };
                for (sums, series) in ledger.euro.iter_mut().zip(&amounts) {
                    sums[kind as usize] += number(series);
                }
                let payer = word(payer);
                payers.insert(payer.clone());
                *it.spending.entry((at, whole(year), payer, kind)).or_default() += number(amounts[3]);
                if kind != Kind::Societal {
                    *it.items.entry((at, word(item), whole(year))).or_default() += number(amounts[3]);
                }
            }
            _ => {}
        }
    }
    let units = it.units.len().max(1) as f64;
    it.spending.values_mut().chain(it.items.values_mut()).for_each(|sum| *sum /= units);
    it.years = years.into_iter().collect();
    it.payers = payers.into_iter().collect();
    Ok(it)
}

impl Accounts {
    /// The same with the health of persons who are in both worlds only: a scenario's is that of the comparator and what these
    /// persons are saved. `without_assumed` leaves out violence that goes on at the time, of which the weights are
    /// assumptions (discounted by 1.5 % a year whatever the rule).
    #[must_use]
    pub fn with_lives(&self, persons: &[Persons], without_assumed: bool) -> Accounts {
        let mut own = self.clone();
        own.of_both_worlds = !persons.is_empty();
        let scale = self.scale;
        for persons in persons {
            let Some(at) = own.scenarios.iter().position(|name| *name == persons.scenario) else { continue };
            for (pair, saved) in &persons.health_by_pair {
                let Some(ledgers) = own.units.get_mut(pair) else { continue };
                let Some(base) = ledgers[self.comparator].map(|ledger| ledger.lost) else { continue };
                let Some(ledger) = &mut ledgers[at] else { continue };
                let [plain, zin, mkba, rest] = saved.map(|saved| saved / scale);
                let saved = if without_assumed { [rest; 4] } else { [zin, zin, mkba, plain] };
                ledger.lost = std::array::from_fn(|preset| base[preset] - saved[preset]);
            }
        }
        own
    }

    /// The parameter draws, without the central values.
    pub fn draws(&self) -> Vec<i64> {
        let all: BTreeSet<i64> = self.units.keys().map(|(draw, _)| *draw).filter(|draw| *draw > 0).collect();
        all.into_iter().collect()
    }

    /// Mean euro of 2008 of a scenario in a year, not discounted, of those kinds and payers that are asked for.
    pub fn spent(&self, scenario: usize, year: Option<i64>, payer: Option<&str>, kind: Option<Kind>) -> f64 {
        let wanted = |key: &(usize, i64, String, Kind)| {
            key.0 == scenario
                && year.is_none_or(|year| key.1 == year)
                && payer.is_none_or(|payer| key.2 == payer)
                && kind.is_none_or(|kind| key.3 == kind)
        };
        self.spending.iter().filter(|(key, _)| wanted(key)).map(|(_, sum)| sum).sum()
    }

    /// Mean euro of 2008 that a scenario spends on an item of measures or services in years from `first` to `last`.
    pub fn spent_on(&self, scenario: usize, item: &str, (first, last): (i64, i64)) -> f64 {
        let key = |year: i64| (scenario, item.to_owned(), year);
        self.items.range(key(first)..=key(last)).map(|(_, sum)| sum).sum()
    }

    /// What a scenario's measures cost more than those of the comparator, in euro by draw.
    pub fn measures(&self, scenario: usize, preset: Preset) -> Vec<f64> {
        let cost = |draw: i64| {
            let units = self.units.range((draw, i64::MIN)..=(draw, i64::MAX));
            let of = |ledger: &Option<Ledger>| ledger.map(|it| it.euro[preset as usize][Kind::Programme as usize]);
            let more = units.filter_map(|(_, all)| Some(of(&all[scenario])? - of(&all[self.comparator])?));
            let more: Vec<f64> = more.collect();
            more.iter().sum::<f64>() / more.len().max(1) as f64
        };
        self.draws().into_iter().map(cost).collect()
    }

    /// Costs and effects by draw, scenario and replicate.
    ///
    /// # Errors
    /// A single scenario, fewer than two draws, or places of the plan without costs.
    pub fn psa(&self, preset: Preset, perspective: Perspective) -> std::result::Result<Psa, String> {
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
                    let euro = ledger.euro[preset as usize];
                    let counted = Kind::ALL.iter().filter(|kind| perspective.counts(**kind));
                    cost[[d, s, r]] = counted.map(|kind| euro[*kind as usize]).sum();
                    effect[[d, s, r]] = -ledger.lost[preset as usize];
                }
            }
        }
        Psa::new(self.scenarios.clone(), self.comparator, cost, effect)
    }
}

/// The grid of willingness to pay, in euro per QALY: 0 to 100,000 in steps of 2,500.
pub fn grid() -> Vec<f64> {
    (0..=40).map(|step| 2_500.0 * f64::from(step)).collect()
}

/// Evaluates the scenarios of a run.
///
/// # Errors
/// As [`Accounts::psa`].
pub fn evaluate(
    accounts: &Accounts,
    preset: Preset,
    perspective: Perspective,
) -> std::result::Result<Evaluation, String> {
    let psa = accounts.psa(preset, perspective)?;
    let means = psa.draw_means();
    let without_luck = if psa.replicates() > 1 && psa.draws() >= 8 {
        evpi_under_noise(&psa, if accounts.crossed { Design::Crossed } else { Design::Nested }, &MARKS)?
    } else {
        Vec::new()
    };
    Ok(Evaluation {
        preset,
        perspective,
        icers: expected_icers(&means)?,
        curves: acceptability(&means, &grid())?,
        switches: switch_points(&means)?,
        without_luck,
        means,
        psa,
    })
}

impl Evaluation {
    /// Probability that a scenario has the larger net benefit than the comparator at a willingness to pay.
    ///
    /// # Errors
    /// No such scenario.
    pub fn better(&self, scenario: usize, wtp: f64) -> std::result::Result<f64, String> {
        Ok(pairwise_probabilities(&self.means, scenario, wtp)?.net_benefit)
    }

    /// Standard error over replicates of the net benefit of a draw and scenario at no willingness to pay, that is of its cost
    /// in euro; nothing with one replicate.
    pub fn replicate_error(&self, draw: usize, scenario: usize) -> Option<f64> {
        let all = self.psa.cost();
        let values = all.index_axis(Axis(0), draw);
        let values = values.index_axis(Axis(0), scenario);
        let n = values.len() as f64;
        let mean = values.sum() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt())
    }
}

/// Parameters as they were drawn, those that vary: one row a draw. Of a table of rates it is the multiplier.
///
/// # Errors
/// A manifest without these draws, or in which nothing was drawn.
pub fn drawn(manifest: &Manifest, draws: &[i64]) -> std::result::Result<Parameters, String> {
    let all = &manifest.parameters["draws"];
    let rows: Vec<_> = draws.iter().filter_map(|draw| all[draw.to_string()].as_object()).collect();
    if rows.len() != draws.len() || rows.is_empty() {
        return Err(format!("the manifest has {} of {} draws", rows.len(), draws.len()));
    }
    let number = |value: &Value| value.as_f64().or_else(|| value.get("value")?.as_f64());
    let varies = |key: &&String| {
        let values: Option<Vec<f64>> = rows.iter().map(|row| row.get(*key).and_then(number)).collect();
        values.is_some_and(|values| values.iter().any(|value| *value != values[0]))
    };
    let names: Vec<String> = rows[0].keys().filter(varies).cloned().collect();
    if names.is_empty() {
        return Err("no parameter was drawn".to_owned());
    }
    let at = |(row, column): (usize, usize)| rows[row].get(&names[column]).and_then(number).unwrap_or(f64::NAN);
    let values = Array2::from_shape_fn((rows.len(), names.len()), at);
    Parameters::new(names, values)
}

/// Parameters of a line of research that are looked at: a few hundred draws do not tell more of them apart.
const OF_A_LINE: usize = 5;

/// What the lines of research of the action programme are worth at most, for the scenarios whose influences are given. Of each
/// line the parameters that move net benefit most stand for the line, picked from the same draws: a ceiling that is itself
/// rather high.
///
/// # Errors
/// As [`evppi`].
pub fn research_lines(
    evaluation: &Evaluation,
    parameters: &Parameters,
    influences: &BTreeMap<usize, Vec<Influence>>,
    wtp: f64,
) -> std::result::Result<Vec<LineWorth>, String> {
    let mut strongest: BTreeMap<&str, f64> = BTreeMap::new();
    for it in influences.values().flatten() {
        let size = strongest.entry(&it.bar.param).or_default();
        *size = size.max((it.bar.out_high - it.bar.out_low).abs());
    }
    let mut order: Vec<(&str, f64)> = strongest.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let mut all = Vec::new();
    for line in ResearchLine::ALL {
        let own: Vec<&str> =
            order.iter().map(|(key, _)| *key).filter(|key| ResearchLine::of(key) == Some(line)).collect();
        let looked_at: Vec<String> = own.iter().take(OF_A_LINE).map(|key| (*key).to_owned()).collect();
        let group: Vec<usize> = looked_at.iter().filter_map(|key| parameters.index(key)).collect();
        if group.is_empty() {
            continue;
        }
        let method = Method::usual(group.len());
        let found = evppi(&evaluation.means, parameters, &group, &method, &[wtp], Bootstrap::default())?;
        let value = found.first().copied();
        all.extend(value.map(|value| LineWorth { line, parameters: own.len(), looked_at, value }));
    }
    Ok(all)
}

/// What each parameter does to the net benefit of a scenario at a willingness to pay, the largest bar first; the value of
/// knowing it only for the first `valued` of them, as it takes time.
///
/// # Errors
/// As [`tornado`] and [`evppi`].
pub fn influences(
    evaluation: &Evaluation,
    parameters: &Parameters,
    scenario: usize,
    wtp: f64,
    valued: usize,
) -> std::result::Result<Vec<Influence>, String> {
    let benefit = evaluation.means.incremental_net_benefit(wtp);
    let outcome = benefit.column(scenario);
    let bars = tornado(parameters, outcome, 0.05, 0.95)?;
    let mut all = Vec::with_capacity(bars.len());
    for (at, bar) in bars.into_iter().enumerate() {
        let Some(column) = parameters.index(&bar.param) else { continue };
        let value = if at < valued && evaluation.means.draws() >= MANY_DRAWS {
            let method = Method::usual(1);
            evppi(&evaluation.means, parameters, &[column], &method, &[wtp], Bootstrap::default())?.first().copied()
        } else {
            None
        };
        let beyond_chance = beyond_chance(parameters.values().column(column), outcome, parameters.names().len());
        all.push(Influence { bar, beyond_chance, value });
    }
    Ok(all)
}

/// Whether a correlation is larger than the largest of so many that are nothing but chance, 19 times in 20 (Bonferroni).
fn beyond_chance(values: ArrayView1<'_, f64>, outcome: ArrayView1<'_, f64>, parameters: usize) -> bool {
    let n = values.len() as f64;
    let (mean, other) = (values.sum() / n, outcome.sum() / n);
    let (mut both, mut one, mut two) = (0.0, 0.0, 0.0);
    for (value, out) in values.iter().zip(outcome) {
        both += (value - mean) * (out - other);
        one += (value - mean) * (value - mean);
        two += (out - other) * (out - other);
    }
    let r = both / (one * two).sqrt();
    let limit = StudentsT::new(0.0, 1.0, n - 2.0).map_or(f64::INFINITY, |law| {
        let t = law.inverse_cdf(1.0 - 0.025 / parameters.max(1) as f64);
        t / (n - 2.0 + t * t).sqrt()
    });
    r.abs() > limit
}

/// Share of the variance of a scenario's net benefit that a group of parameters explains, by a Gaussian process.
///
/// # Errors
/// As [`regress`].
pub fn share_explained(
    evaluation: &Evaluation,
    parameters: &Parameters,
    group: &[usize],
    scenario: usize,
    wtp: f64,
) -> std::result::Result<f64, String> {
    let method = Method::GaussianProcess(GaussianProcess::default());
    let fit = regress(&evaluation.means, parameters, group, &method)?;
    let variance = |means: &DrawMeans| {
        let benefit = means.incremental_net_benefit(wtp);
        let values = benefit.column(scenario);
        let mean = values.sum() / values.len() as f64;
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>()
    };
    let whole = variance(&evaluation.means);
    if whole > 0.0 { Ok((variance(fit.fitted()) / whole).min(1.0)) } else { Err("nothing varies".to_owned()) }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{Continuous, Normal};

    use super::super::lives::Aggregate;
    use super::super::pairs::Mean;
    use super::*;

    fn accounts(draws: i64) -> Accounts {
        let ledger = |euro: f64, lost: f64| Some(Ledger { euro: [[euro, 2.0 * euro, 1.0]; 4], lost: [lost; 4] });
        let unit = |draw: i64| {
            let shift = draw as f64;
            ((draw, 1), vec![ledger(0.0, 10.0 + shift), ledger(5.0, 8.0 + shift)])
        };
        Accounts {
            scenarios: vec!["a".into(), "b".into()],
            comparator: 0,
            scale: 1.0,
            years: vec![2008],
            payers: vec!["rijk".into()],
            spending: BTreeMap::from([((1, 2008, "rijk".to_owned(), Kind::Programme), 5.0)]),
            items: BTreeMap::from([((1, "nhv".to_owned(), 2008), 5.0)]),
            crossed: false,
            of_both_worlds: false,
            units: (1..=draws).map(unit).collect(),
        }
    }

    #[test]
    fn a_qaly_less_lost_is_a_qaly_gained_and_measures_alone_cost_less_than_all() {
        let all = evaluate(&accounts(3), Preset::Zin2024, Perspective::Societal).expect("three draws");
        let own = evaluate(&accounts(3), Preset::Zin2024, Perspective::Programme).expect("three draws");
        let last = |evaluation: &Evaluation| evaluation.icers.last().cloned().expect("two scenarios");
        assert_eq!((last(&all).inc_cost, last(&all).inc_effect), (Some(15.0), Some(2.0)));
        assert_eq!(last(&own).icer, Some(2.5));
        assert_eq!(own.better(1, 10.0), Ok(1.0));
        assert_eq!(own.replicate_error(0, 1), None);
    }

    #[test]
    fn every_line_of_research_has_its_parameters_and_prices_have_none() {
        let of = |key: &str| ResearchLine::of(key).map(ResearchLine::word);
        assert_eq!(of("transmission.kappa"), Some("generations"));
        assert_eq!(of("interventions.nhv.effects.use"), Some("generations"));
        assert_eq!(of("interventions.dv_court.effects.use"), Some("court"));
        assert_eq!(of("chain.court.prosecution"), Some("court"));
        assert_eq!(of("interventions.huisverbod.uptake"), Some("interventions"));
        assert_eq!(of("violence.onset.base"), Some("extent"));
        assert_eq!(of("money.prices.arrest"), None);
    }

    #[test]
    fn measures_cost_by_draw_what_their_rows_say_beyond_the_comparator() {
        assert_eq!(accounts(3).measures(1, Preset::Zin2024), [5.0, 5.0, 5.0]);
    }

    #[test]
    fn one_draw_is_no_analysis() {
        assert!(accounts(1).psa(Preset::Zin2024, Perspective::Societal).is_err());
        assert_eq!(accounts(1).spent(1, None, Some("rijk"), None), 5.0);
        let on = |item: &str, years: (i64, i64)| accounts(1).spent_on(1, item, years);
        assert_eq!([on("nhv", (2007, 2009)), on("nhv", (2009, 2010)), on("tom", (2007, 2009))], [5.0, 0.0, 0.0]);
    }

    #[test]
    fn one_of_many_has_to_correlate_more_than_one_of_one() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x + if *x as i32 % 2 == 0 { 12.0 } else { -12.0 }).collect();
        let (x, y) = (ndarray::Array1::from(x), ndarray::Array1::from(y));
        assert!(beyond_chance(x.view(), x.view(), 1000));
        assert!(!beyond_chance(x.view(), y.view(), 1000));
    }

    #[test]
    fn health_with_lives_is_the_comparators_less_what_persons_of_both_worlds_are_saved() {
        let nothing = Mean { mean: 0.0, error: None, freedom: 0.0, limits: None };
        let aggregate =
            Aggregate { comparator_only: nothing, scenario_only: nothing, rows: Vec::new(), path: Vec::new() };
        let persons = Persons {
            scenario: "b".into(),
            comparator: "a".into(),
            aggregate,
            health: Vec::new(),
            health_by_pair: BTreeMap::from([((1, 1), [4.0, 3.0, 2.0, 1.0])]),
        };
        let mut own = accounts(2);
        own.scale = 0.5;
        let both = own.with_lives(std::slice::from_ref(&persons), false);
        assert!(both.of_both_worlds && !own.of_both_worlds);
        let lost = |of: &Accounts, draw: i64, scenario: usize| of.units[&(draw, 1)][scenario].map(|it| it.lost);
        // 11 QALY lost in the comparator; saved are 6 by both guidelines of 1.5 %, 4 by 2.25 %, 8 without discounting.
        assert_eq!(lost(&both, 1, 1), Some([5.0, 5.0, 7.0, 3.0]));
        assert_eq!(lost(&own.with_lives(&[persons], true), 1, 1), Some([9.0; 4]));
        // Nothing else moves: the comparator, and a pair that was not looked up.
        assert_eq!(lost(&both, 1, 0), lost(&own, 1, 0));
        assert_eq!(lost(&both, 2, 1), lost(&own, 2, 1));
        assert!(!own.with_lives(&[], false).of_both_worlds);
    }

    #[test]
    fn a_line_of_research_is_worth_what_its_parameters_are_and_others_nothing() {
        let draws = 300;
        let law = Normal::new(0.0, 1.0).expect("a law");
        let x: Vec<f64> = (0..draws).map(|at| law.inverse_cdf((f64::from(at) + 0.5) / f64::from(draws))).collect();
        // A parameter without a bearing on anything: far from x in order.
        let idle: Vec<f64> = (0..draws).map(|at| f64::from(at * 7919 % draws)).collect();
        let (mean, slope) = (-0.5e6, 2e6);
        let mut own = accounts(0);
        own.units = x
            .iter()
            .zip(1..)
            .map(|(x, draw)| {
                let ledger = |euro: f64| Some(Ledger { euro: [[0.0, euro, 0.0]; 4], lost: [0.0; 4] });
                ((draw, 1), vec![ledger(0.0), ledger(-(mean + slope * x))])
            })
            .collect();
        let names = vec!["transmission.kappa".to_owned(), "violence.onset.base".to_owned()];
        let values = ndarray::Array2::from_shape_fn((x.len(), 2), |(at, which)| [x[at], idle[at]][which]);
        let parameters = Parameters::new(names, values).expect("two parameters");
        let main = evaluate(&own, Preset::Zin2024, Perspective::Societal).expect("draws");
        let found = influences(&main, &parameters, 1, 50_000.0, 2).expect("two bars");
        assert!(found[0].beyond_chance && found[0].bar.param == "transmission.kappa");
        let lines =
            research_lines(&main, &parameters, &BTreeMap::from([(1, found)]), 50_000.0).expect("lines of research");
        let of = |line: ResearchLine| lines.iter().find(|worth| worth.line == line);
        // The closed form for a normal net benefit: slope φ(mean/slope) − |mean| Φ(−|mean|/slope).
        let ratio: f64 = mean / slope;
        let expected = slope * law.pdf(ratio) + mean * law.cdf(ratio);
        let worth = of(ResearchLine::Generations).expect("kappa is of this line");
        assert_eq!((worth.parameters, worth.looked_at.as_slice()), (1, &["transmission.kappa".to_owned()][..]));
        let relative = worth.value.evppi / expected - 1.0;
        assert!(relative.abs() < 0.02, "{} for {expected}", worth.value.evppi);
        let idle = of(ResearchLine::Extent).expect("onset is of this line");
        assert!(idle.value.evppi < 0.05 * expected, "{} for nothing", idle.value.evppi);
        assert!(of(ResearchLine::Court).is_none());
    }
}
