//! Influence of each parameter on an evaluation, and the value of research on it, also for the action programme's lines
//! of research.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1};
use serde_json::Value;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::Evaluation;
use crate::analysis::acting;
use crate::economics::{Bootstrap, Evppi, Method, Parameters, TornadoBar, evppi, tornado};
use crate::store::Manifest;

/// Minimum number of draws for the value of research by parameter.
pub const MANY_DRAWS: usize = 100;

/// A line of research proposed in section 4.5 of the action programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResearchLine {
    /// Nature and extent of violence, and risk groups.
    Extent,
    /// Longitudinal: what stops transmission of violence from parents to children.
    Generations,
    /// Process and effects of existing interventions.
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

    /// The line of research that would inform a parameter; `None` for prices, weights and demography.
    pub fn of(key: &str) -> Option<ResearchLine> {
        let of_children = ["transmission.", "interventions.nhv.", "interventions.child", "effects.treatable"];
        let within = |parts: &[&str]| parts.iter().any(|part| key.starts_with(part));
        match key {
            _ if within(&of_children) => Some(ResearchLine::Generations),
            _ if key.starts_with("interventions.") && key.contains("court") => Some(ResearchLine::Court),
            _ if within(&["interventions.", "effects.", "chain.services", "chain.shelter"]) => {
                Some(ResearchLine::Interventions)
            }
            _ if within(&["violence.", "chain."]) => Some(ResearchLine::Extent),
            _ => None,
        }
    }
}

/// Upper bound of the value of a line of research.
#[derive(Clone, Debug, PartialEq)]
pub struct LineWorth {
    /// The line.
    pub line: ResearchLine,
    /// Number of parameters that it would inform.
    pub parameters: usize,
    /// Parameters included in the estimate: those with the largest effect on net benefit.
    pub looked_at: Vec<String>,
    /// Value of perfect information on these, in euro.
    pub value: Evppi,
}

/// Effect of a parameter on net benefit, and the value of perfect information on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// The bar: net benefit at a low and a high value.
    pub bar: TornadoBar,
    /// Whether the correlation exceeds the largest of as many independent parameters without effect, with a confidence
    /// of 95 %.
    pub beyond_chance: bool,
    /// Value of perfect information on it, in euro; `None` with fewer than [`MANY_DRAWS`].
    pub value: Option<Evppi>,
}

/// Drawn values of the parameters that vary and can change the run: one row per draw. For a table of rates it is the
/// multiplier.
///
/// # Errors
/// A manifest without these draws, or without drawn parameters.
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
    let acting = acting(manifest);
    let acts = |key: &&String| acting.contains_key(key.as_str());
    let names: Vec<String> = rows[0].keys().filter(acts).filter(varies).cloned().collect();
    if names.is_empty() {
        return Err("no parameter was drawn".to_owned());
    }
    let at = |(row, column): (usize, usize)| rows[row].get(&names[column]).and_then(number).unwrap_or(f64::NAN);
    let values = Array2::from_shape_fn((rows.len(), names.len()), at);
    Parameters::new(names, values)
}

/// Number of parameters included per line of research; a few hundred draws cannot separate more.
const OF_A_LINE: usize = 5;

/// Upper bounds of the value of the action programme's lines of research, for the scenarios with given influences. Each
/// line is represented by its parameters with the largest effect on net benefit, selected from the same draws, which
/// makes the bound somewhat too high.
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
        let value = found.first().map(|value| bounded(evaluation, *value));
        all.extend(value.map(|value| LineWorth { line, parameters: own.len(), looked_at, value }));
    }
    Ok(all)
}

/// Caps an estimate at the value of perfect information on all parameters; any excess is noise.
fn bounded(evaluation: &Evaluation, value: Evppi) -> Evppi {
    let curves = &evaluation.curves;
    let evpi = curves.wtp.iter().position(|wtp| *wtp == value.wtp).map_or(f64::INFINITY, |at| curves.evpi[at]);
    Evppi { evppi: value.evppi.min(evpi), corrected: value.corrected.min(evpi), ..value }
}

/// Influence of each parameter on the net benefit of a scenario at a willingness to pay, the largest bar first. The
/// value of information is computed only for the first `valued` of them, as it takes time.
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
            let found = evppi(&evaluation.means, parameters, &[column], &method, &[wtp], Bootstrap::default())?;
            found.first().map(|value| bounded(evaluation, *value))
        } else {
            None
        };
        let beyond_chance = beyond_chance(parameters.values().column(column), outcome, parameters.names().len());
        all.push(Influence { bar, beyond_chance, value });
    }
    Ok(all)
}

/// Whether a correlation exceeds the largest of this number of purely random ones, with a confidence of 95 %
/// (Bonferroni).
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

/// A fraction of a variance, and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The fraction; by chance it may be below 0 where there is hardly any, or above 1.
    pub share: f64,
    /// Its standard error.
    pub se: f64,
}

/// Fraction of the variance of an outcome over draws that is explained by monotone effects of some parameters, without
/// their interactions. `families` are groups of correlated columns; within a group they are orthogonalised.
///
/// The sum of squared correlations with normal scores, minus its expectation for as many parameters without effect.
/// With columns in random order relative to each other, as in a Latin hypercube, it is unbiased even with more
/// parameters than draws: E Σ r² = p / (n − 1) + share (n − 2) / (n − 1). Its error follows from the covariances of
/// Dicker, Biometrika 101 (2014), pages 269-284, for a ratio: 2 / n (p / n + share (2 − share)). `None` with fewer than
/// four draws, or for a constant outcome.
pub fn share_explained(
    parameters: &Parameters,
    families: &[Vec<usize>],
    outcome: ArrayView1<'_, f64>,
) -> Option<Share> {
    let n = outcome.len();
    let y = unit(outcome.to_vec()).filter(|_| n >= 4)?;
    let (mut sum, mut number) = (0.0, 0.0);
    for family in families {
        let mut done: Vec<Vec<f64>> = Vec::new();
        for column in family {
            let mut x = normal_scores(parameters.values().column(*column))?;
            for other in &done {
                let along = dot(&x, other);
                x.iter_mut().zip(other).for_each(|(x, other)| *x -= along * other);
            }
            // A parameter that is determined by the rest of its family adds nothing.
            let Some(x) = unit(x) else { continue };
            let r = dot(&x, &y);
            (sum, number) = (sum + r * r, number + 1.0);
            done.push(x);
        }
    }
    let n = n as f64;
    let share = (sum - number / (n - 1.0)) * (n - 1.0) / (n - 2.0);
    let within = share.clamp(0.0, 1.0);
    let variance = 2.0 / n * (number / n + within * (2.0 - within));
    Some(Share { share, se: variance.sqrt() })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Centred and scaled to length 1; `None` if constant.
fn unit(mut values: Vec<f64>) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&values, &values).sqrt();
    (length > 1e-9).then(|| values.into_iter().map(|value| value / length).collect())
}

/// Normal scores of ranks (van der Waerden), centred and scaled to length 1; `None` if constant.
fn normal_scores(values: ArrayView1<'_, f64>) -> Option<Vec<f64>> {
    let law = Normal::standard();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut scores = vec![0.0; values.len()];
    for same in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let before = order.partition_point(|at| values[*at] < values[same[0]]);
        let rank = before as f64 + (same.len() as f64 + 1.0) / 2.0;
        same.iter().for_each(|at| scores[*at] = law.inverse_cdf(rank / (values.len() as f64 + 1.0)));
    }
    unit(scores)
}

#[cfg(test)]
mod tests {
    use statrs::distribution::Continuous;

    use super::super::accounts::tests::saving;
    use super::super::{Discounting, Perspective, evaluate};
    use super::*;
    use crate::stats::pairs::Lots;

    #[test]
    fn every_line_of_research_has_its_parameters_and_prices_have_none() {
        let of = |key: &str| ResearchLine::of(key).map(ResearchLine::word);
        assert_eq!(of("transmission.kappa"), Some("generations"));
        assert_eq!(of("interventions.nhv.effects.use"), Some("generations"));
        assert_eq!(of("interventions.dv_court.effects.use"), Some("court"));
        assert_eq!(
            of("chain.court.prosecution"),
            Some("extent"),
            "the court of 2008 is no court for domestic violence"
        );
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

    /// Parameters as in a Latin hypercube, and an outcome that is the sum of the first `moving` of them, with equal
    /// fractions, and noise.
    fn drawn_outcome(n: usize, p: usize, moving: usize, luck: f64, seed: u64) -> (Parameters, Vec<f64>) {
        let law = Normal::standard();
        let mut lots = Lots::new(seed, 0);
        let mut column = || {
            let mut column: Vec<f64> = (0..n).map(|at| law.inverse_cdf((at as f64 + 0.5) / n as f64)).collect();
            (1..n).for_each(|at| column.swap(at, lots.below(at + 1)));
            column
        };
        let columns: Vec<Vec<f64>> = (0..p).map(|_| column()).collect();
        let noise = column();
        let each = ((1.0 - luck) / moving.max(1) as f64).sqrt();
        let of = |row: usize| columns[..moving].iter().map(|x| each * x[row]).sum::<f64>() + luck.sqrt() * noise[row];
        let outcome = (0..n).map(of).collect();
        let values = Array2::from_shape_fn((n, p), |(row, at)| columns[at][row]);
        let names = (0..p).map(|at| format!("p{at}")).collect();
        (Parameters::new(names, values).expect("parameters"), outcome)
    }

    #[test]
    fn a_share_is_found_without_bias_also_among_more_parameters_than_draws() {
        // 150 parameters in 100 draws: 80 of them explain a hundredth of the variance each, noise the rest.
        let (n, p, moving, luck, seeds) = (100, 150, 80, 0.2, 200);
        for (asked, truth) in [(0..40, 0.4), (0..80, 0.8), (80..150, 0.0)] {
            let families: Vec<Vec<usize>> = asked.map(|at| vec![at]).collect();
            let found: Vec<Share> = (0..seeds)
                .filter_map(|seed| {
                    let (parameters, outcome) = drawn_outcome(n, p, moving, luck, seed);
                    share_explained(&parameters, &families, ArrayView1::from(&outcome))
                })
                .collect();
            let count = found.len() as f64;
            let mean = found.iter().map(|it| it.share).sum::<f64>() / count;
            let spread = found.iter().map(|it| (it.share - mean) * (it.share - mean)).sum::<f64>() / (count - 1.0);
            // Five standard errors of the mean over the seeds: probability of a false alarm below one in a million.
            assert!((mean - truth).abs() < 5.0 * (spread / count).sqrt(), "{mean} for {truth}");
            let told = found.iter().map(|it| it.se * it.se).sum::<f64>() / count;
            assert!(
                told > 0.7 * spread && told < 2.0 * spread,
                "error told {} and seen {}",
                told.sqrt(),
                spread.sqrt()
            );
        }
    }

    #[test]
    fn a_family_counts_once_and_a_twin_adds_nothing() {
        let (parameters, outcome) = drawn_outcome(200, 3, 1, 0.0, 7);
        let twin = Array2::from_shape_fn((200, 2), |(row, _)| parameters.values()[[row, 0]]);
        let twins = Parameters::new(vec!["a".into(), "b".into()], twin).expect("parameters");
        let both = share_explained(&twins, &[vec![0, 1]], ArrayView1::from(&outcome)).expect("it varies");
        // Ranks divided by n + 1 differ slightly from the midpoints of n slices.
        assert!((both.share - 1.0).abs() < 1e-3, "{both:?}");
        assert_eq!(share_explained(&twins, &[vec![0]], ArrayView1::from(&vec![1.0; 200])), None);
        let ties = normal_scores(ArrayView1::from(&[2.0, 1.0, 2.0, 3.0])).expect("they vary");
        assert!(ties[0] == ties[2] && (ties[1] + ties[3]).abs() < 1e-12, "{ties:?}");
    }

    #[test]
    fn a_line_of_research_is_worth_what_its_parameters_are_and_others_nothing() {
        let draws = 300;
        let law = Normal::new(0.0, 1.0).expect("a law");
        let x: Vec<f64> = (0..draws).map(|at| law.inverse_cdf((f64::from(at) + 0.5) / f64::from(draws))).collect();
        // A parameter without effect, with an order far from that of x.
        let idle: Vec<f64> = (0..draws).map(|at| f64::from(at * 7919 % draws)).collect();
        let (mean, slope) = (-0.5e6, 2e6);
        let own = saving(x.iter().map(|x| mean + slope * x));
        let names = vec!["transmission.kappa".to_owned(), "violence.onset.base".to_owned()];
        let values = ndarray::Array2::from_shape_fn((x.len(), 2), |(at, which)| [x[at], idle[at]][which]);
        let parameters = Parameters::new(names, values).expect("two parameters");
        let main = evaluate(&own, Discounting::Zin2024, Perspective::Societal).expect("draws");
        let found = influences(&main, &parameters, 1, 50_000.0, 2).expect("two bars");
        assert!(found[0].beyond_chance && found[0].bar.param == "transmission.kappa");
        let lines =
            research_lines(&main, &parameters, &BTreeMap::from([(1, found)]), 50_000.0).expect("lines of research");
        let of = |line: ResearchLine| lines.iter().find(|worth| worth.line == line);
        // The closed form for a normally distributed net benefit: slope φ(mean/slope) − |mean| Φ(−|mean|/slope).
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
