//! Starting levels of the parameter draws of a run: the levels of violence in its first year compared with the
//! distributions of their targets.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::RowPlaces;
use super::yearly_count::YearlyCount::{self, Columns, Figure};
use crate::error::Result;
use crate::store::Run;

/// Minimum number of draws for a message about their starting levels.
pub const ENOUGH: usize = 10;
/// Minimum number of draws to estimate weights from their variation.
const ENOUGH_TO_WEIGH: usize = 20;

/// How a level is computed from `yearly`.
struct LevelColumns {
    /// Its name in the manifest.
    moment: &'static str,
    /// Persons concerned, and a number that is subtracted.
    of: YearlyCount,
    less: Option<YearlyCount>,
    /// The denominator.
    among: YearlyCount,
}

const fn level(moment: &'static str, of: YearlyCount, less: Option<YearlyCount>, among: YearlyCount) -> LevelColumns {
    LevelColumns { moment, of, less, among }
}

/// The levels of violence that draws are set to.
const LEVELS: [LevelColumns; 4] = [
    level("women_partner", Columns(&["victims_women"]), None, Columns(&["women"])),
    level("men_partner", Columns(&["victims_men"]), None, Columns(&["men"])),
    level("relatives", Figure("any_victims"), Some(Figure("partner_victims")), Columns(&["adults"])),
    level("maltreated", Figure("children_maltreated"), None, Figure("children")),
];

/// One level of violence over the draws, as proportion of persons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StartLevel {
    /// Its name.
    pub moment: &'static str,
    /// The target at central values.
    pub central: f64,
    /// Range with 95 of 100 draws of the target.
    pub interval: (f64, f64),
    /// Mean over the draws of the run.
    pub mean: f64,
    /// Lowest and highest draw.
    pub range: (f64, f64),
    /// Draws within the interval.
    pub within: usize,
}

/// Starting levels of the draws of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StartLevels {
    /// Draws.
    pub draws: usize,
    /// Draws within the interval of every target.
    pub within: usize,
    /// Effective sample size from the distribution of the targets; `None` with fewer than twenty draws.
    pub effective: Option<f64>,
    /// Results by level.
    pub figures: Vec<StartLevel>,
}

/// Starting levels of the draws under the comparator; `None` for a run with fewer than [`ENOUGH`] draws, or without the
/// table `yearly` or the targets, which are of all cities together.
///
/// # Errors
/// A table that is damaged.
pub fn start(run: &Run) -> Result<Option<StartLevels>> {
    let targets = &run.manifest.parameters["targets"];
    if run.city().is_some() || !run.has("yearly") || !targets.is_object() {
        return Ok(None);
    }
    let counts = LEVELS.iter().flat_map(|it| [it.of, it.among].into_iter().chain(it.less));
    let columns: Vec<&str> = counts.flat_map(YearlyCount::columns).collect();
    let asked = [&["scenario", "city", "year", "draw"], &columns[..]].concat();
    let base = run.recorded.comparator.as_str();
    let mut sums: BTreeMap<i64, (i64, BTreeMap<&str, f64>)> = BTreeMap::new();
    run.scan("yearly", &asked, |part| {
        let (places, draws, years) = (RowPlaces::of(part)?, part.integers("draw")?, part.integers("year")?);
        let counts = columns.iter().map(|name| part.integers(name)).collect::<Result<Vec<_>>>()?;
        for row in (0..part.rows()).filter(|row| places.in_all_cities(*row, base)) {
            let (draw, of_row) = (draws.or_zero(row), years.or_zero(row));
            if draw == 0 {
                continue;
            }
            let (year, own) = sums.entry(draw).or_insert_with(|| (of_row, BTreeMap::new()));
            if of_row < *year {
                (*year, *own) = (of_row, BTreeMap::new());
            }
            if of_row == *year {
                for (name, count) in columns.iter().zip(&counts) {
                    *own.entry(name).or_default() += count.or_zero(row) as f64;
                }
            }
        }
        Ok(())
    })?;
    let share = |own: &BTreeMap<&str, f64>, it: &LevelColumns| {
        let number = |count: YearlyCount| {
            count.columns().into_iter().map(|name| own.get(name).copied().unwrap_or(0.0)).sum::<f64>()
        };
        (number(it.of) - it.less.map_or(0.0, number)) / number(it.among)
    };
    let came: Vec<[f64; 4]> =
        sums.values().map(|(_, own)| std::array::from_fn(|level| share(own, &LEVELS[level]))).collect();
    Ok(StartTargets::read(targets).and_then(|aims| of(&came, &aims)))
}

/// The targets of the levels.
struct StartTargets {
    central: [f64; 4],
    intervals: [(f64, f64); 4],
    log_means: [f64; 4],
    log_covariance: [[f64; 4]; 4],
}

impl StartTargets {
    /// Reads them from the manifest.
    fn read(targets: &serde_json::Value) -> Option<StartTargets> {
        let number = |level: usize, name: &str| targets["moments"][LEVELS[level].moment][name].as_f64();
        let each = |name: &str| -> Option<[f64; 4]> {
            let all: Option<Vec<f64>> = (0..4).map(|level| number(level, name)).collect();
            all?.try_into().ok()
        };
        let (low, high) = (each("low")?, each("high")?);
        let log_covariance = serde_json::from_value(targets["log_covariance"].clone()).ok()?;
        Some(StartTargets {
            central: each("central")?,
            intervals: std::array::from_fn(|level| (low[level], high[level])),
            log_means: each("log_mean")?,
            log_covariance,
        })
    }
}

fn of(came: &[[f64; 4]], aims: &StartTargets) -> Option<StartLevels> {
    let draws = came.len();
    if draws < ENOUGH || came.iter().flatten().any(|value| !value.is_finite()) {
        return None;
    }
    let inside = |value: f64, (low, high): (f64, f64)| (low..=high).contains(&value);
    let figure = |level: usize| {
        let all: Vec<f64> = came.iter().map(|own| own[level]).collect();
        StartLevel {
            moment: LEVELS[level].moment,
            central: aims.central[level],
            interval: aims.intervals[level],
            mean: all.iter().sum::<f64>() / draws as f64,
            range: all.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value))),
            within: all.iter().filter(|value| inside(**value, aims.intervals[level])).count(),
        }
    };
    let all_inside = |own: &&[f64; 4]| (0..4).all(|level| inside(own[level], aims.intervals[level]));
    Some(StartLevels {
        draws,
        within: came.iter().filter(all_inside).count(),
        effective: effective(came, aims),
        figures: (0..4).map(figure).collect(),
    })
}

/// The effective sample size of the draws as a sample of the distribution of the targets: (Σ w)² / Σ w², where w is the
/// density ratio of targets to simulated levels, both taken as normal in the logarithms.
fn effective(came: &[[f64; 4]], aims: &StartTargets) -> Option<f64> {
    if came.len() < ENOUGH_TO_WEIGH || came.iter().flatten().any(|value| *value <= 0.0) {
        return None;
    }
    let n = came.len() as f64;
    let logs: Vec<[f64; 4]> = came.iter().map(|own| own.map(f64::ln)).collect();
    let means: [f64; 4] = std::array::from_fn(|level| logs.iter().map(|log| log[level]).sum::<f64>() / n);
    let covariance: [[f64; 4]; 4] = std::array::from_fn(|one| {
        std::array::from_fn(|other| {
            logs.iter().map(|log| (log[one] - means[one]) * (log[other] - means[other])).sum::<f64>() / (n - 1.0)
        })
    });
    let (aimed, found) = (root(&aims.log_covariance)?, root(&covariance)?);
    // Constants cancel.
    let weights: Vec<f64> =
        logs.iter().map(|log| (distance(&found, log, &means) - distance(&aimed, log, &aims.log_means)) / 2.0).collect();
    let most = weights.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = weights.iter().map(|weight| (weight - most).exp()).collect();
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    Some(sum * sum / squares)
}

/// The Cholesky factor of a covariance; `None` if it is not positive definite.
fn root(covariance: &[[f64; 4]; 4]) -> Option<[[f64; 4]; 4]> {
    let mut root = [[0.0; 4]; 4];
    for row in 0..4 {
        for column in 0..=row {
            let done: f64 = (0..column).map(|at| root[row][at] * root[column][at]).sum();
            let rest = covariance[row][column] - done;
            root[row][column] = match row == column {
                true if rest > 1e-12 => rest.sqrt(),
                true => return None,
                false => rest / root[column][column],
            };
        }
    }
    Some(root)
}

/// Squared Mahalanobis distance from the mean.
fn distance(root: &[[f64; 4]; 4], log: &[f64; 4], mean: &[f64; 4]) -> f64 {
    let mut standard = [0.0; 4];
    for row in 0..4 {
        let done: f64 = (0..row).map(|at| root[row][at] * standard[at]).sum();
        standard[row] = (log[row] - mean[row] - done) / root[row][row];
    }
    standard.iter().map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::figures::FIGURES;

    fn aims() -> StartTargets {
        let mut log_covariance = [[0.02; 4]; 4];
        (0..4).for_each(|level| log_covariance[level][level] = 0.04);
        let central = [0.03, 0.02, 0.01, 0.04];
        let interval = |middle: f64| (middle * (-0.4_f64).exp(), middle * 0.4_f64.exp());
        StartTargets { central, intervals: central.map(interval), log_means: central.map(f64::ln), log_covariance }
    }

    /// Draws with the mean and covariance of the targets, shifted by `shift` in the logarithm: a star of points on
    /// every axis.
    fn draws(shift: f64) -> Vec<[f64; 4]> {
        let aims = aims();
        let root = root(&aims.log_covariance).expect("a covariance");
        let scores = (0..40).map(|draw| {
            let (axis, sign) = (draw % 4, if draw % 8 < 4 { 1.0 } else { -1.0 });
            // Ten of 40 points are on each axis, at nearly 2 standard deviations, corrected for the n − 1 of a sample.
            std::array::from_fn::<f64, 4, _>(|at| if at == axis { sign * (39.0_f64 / 10.0).sqrt() } else { 0.0 })
        });
        scores
            .map(|z| {
                std::array::from_fn(|level| {
                    let log: f64 = (0..4).map(|at| root[level][at] * z[at]).sum();
                    (aims.log_means[level] + log + shift).exp()
                })
            })
            .collect()
    }

    #[test]
    fn a_number_that_is_a_figure_is_taken_from_the_list() {
        for count in LEVELS.iter().flat_map(|it| [it.of, it.among].into_iter().chain(it.less)) {
            let figure = |key| YearlyCount::Figure(key).columns();
            match count {
                Figure(key) => assert!(!figure(key).is_empty(), "{key}"),
                Columns(columns) => assert!(FIGURES.iter().all(|it| figure(it.key) != columns), "{columns:?}"),
            }
        }
    }

    #[test]
    fn draws_spread_like_the_targets_are_all_worth_a_draw() {
        let start = of(&draws(0.0), &aims()).expect("forty draws");
        assert_eq!((start.draws, start.within), (40, 40));
        assert!((start.effective.expect("enough") - 40.0).abs() < 1e-6, "{start:?}");
        assert!(
            start.figures.iter().all(|figure| figure.within == 40 && (figure.mean / figure.central - 1.0).abs() < 0.05)
        );
    }

    #[test]
    fn draws_that_start_too_high_miss_targets_and_are_worth_less() {
        let start = of(&draws(0.35), &aims()).expect("forty draws");
        assert!(start.within < 35, "{start:?}");
        assert!(start.effective.expect("enough") < 30.0, "{start:?}");
    }

    #[test]
    fn few_draws_and_draws_without_victims_say_nothing() {
        assert_eq!(of(&draws(0.0)[..9], &aims()), None);
        assert_eq!(of(&draws(0.0)[..12], &aims()).expect("twelve draws").effective, None);
        let mut none = draws(0.0);
        none[3][2] = 0.0;
        assert_eq!(of(&none, &aims()).expect("forty draws").effective, None);
        none[3][2] = f64::NAN;
        assert_eq!(of(&none, &aims()), None);
    }
}
