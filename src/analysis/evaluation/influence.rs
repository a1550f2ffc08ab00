//! What each parameter does to an evaluation, and what knowing it would be worth: for the action programme's lines of research
//! too.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1};
use serde_json::Value;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Evaluation;
use crate::analysis::economics::{
    Bootstrap, DrawMeans, Evppi, GaussianProcess, Method, Parameters, TornadoBar, evppi, regress, tornado,
};
use crate::store::Manifest;

/// Draws that a value of research by parameter takes at least.
pub const MANY_DRAWS: usize = 100;

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

    use super::super::accounts::tests::saving;
    use super::super::{Perspective, Preset, evaluate};
    use super::*;

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
    fn one_of_many_has_to_correlate_more_than_one_of_one() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x + if *x as i32 % 2 == 0 { 12.0 } else { -12.0 }).collect();
        let (x, y) = (ndarray::Array1::from(x), ndarray::Array1::from(y));
        assert!(beyond_chance(x.view(), x.view(), 1000));
        assert!(!beyond_chance(x.view(), y.view(), 1000));
    }

    #[test]
    fn a_line_of_research_is_worth_what_its_parameters_are_and_others_nothing() {
        let draws = 300;
        let law = Normal::new(0.0, 1.0).expect("a law");
        let x: Vec<f64> = (0..draws).map(|at| law.inverse_cdf((f64::from(at) + 0.5) / f64::from(draws))).collect();
        // A parameter without a bearing on anything: far from x in order.
        let idle: Vec<f64> = (0..draws).map(|at| f64::from(at * 7919 % draws)).collect();
        let (mean, slope) = (-0.5e6, 2e6);
        let own = saving(x.iter().map(|x| mean + slope * x));
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
