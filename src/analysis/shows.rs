//! Time to detection of an effect: the first year from which a scenario differs permanently from its comparator, in the
//! ground truth and in the observed record, and whether the record first moves in the opposite direction.
//!
//! **The rule.** An effect shows from the earliest year such that the 95 % intervals of that year and all later years
//! up to the horizon are on the same side of zero. Testing many years does not inflate the error rate: the order of
//! tests is fixed, from the last year backwards, and stops at the first year that is not significant. The probability
//! of naming a year without an effect is therefore at most 5 %, whatever the number of years. (Whether the effect lasts
//! beyond the horizon remains unknown.) **The band** is wider: it contains the whole curve with 95 % confidence, so
//! that any year may be picked out of a chart, such as one in which the record rises.
//!
//! Sources: Westfall & Krishen, Journal of Statistical Planning and Inference 99 (2001), pages 25-40, for fixed order;
//! Romano & Wolf, Econometrica 73 (2005), pages 1237-1282, for bands from the largest deviation.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::stats::pairs::{Design, Mean, Pair, RESAMPLES, Resampling, quantile, student, weighted};

/// By pair: the differences of consecutive years, scenario minus comparator.
pub type PairSeries = BTreeMap<Pair, Vec<f64>>;

/// Meaning of a year of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// The year itself.
    Yearly,
    /// The sum from the first year up to and including this one.
    Cumulated,
    /// The mean of the year, the one before and the one after. The first and the last year have none.
    Centred,
}

/// Side of the comparator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Lower than under the comparator.
    Lower,
    /// Higher than under the comparator.
    Higher,
}

/// Whether an effect shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenShown {
    /// Not within the horizon.
    Never,
    /// From a year on, up to the horizon.
    From {
        /// The year.
        year: i32,
        /// Direction.
        sign: Sign,
    },
}

/// One year of a curve, in the figure's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Year.
    pub year: i32,
    /// Mean difference, scenario minus comparator.
    pub mean: f64,
    /// Monte Carlo standard error.
    pub error: f64,
    /// Limits of 95 % of this year alone (Student's t).
    pub limits: (f64, f64),
    /// Limits of the band that contains the whole curve with a confidence of 95 %.
    pub band: (f64, f64),
}

/// A curve of differences with its band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferenceCurve {
    /// Meaning of a year.
    pub smoothing: Smoothing,
    /// Points by year.
    pub points: Vec<Point>,
    /// First year by the rule: with each year's own interval, up to the horizon.
    pub shown: WhenShown,
    /// First year by the band: later, and valid for other questions too.
    pub shown_in_band: WhenShown,
    /// Half width of the band in standard errors, before the correction for the number of pairs.
    pub critical: f64,
    /// Pairs.
    pub pairs: usize,
}

/// Whether the observed record is misleading at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In some year the record is significantly higher while the ground truth is significantly lower.
    RiseWhileTruthFalls,
    /// The record is significantly higher in a year before the first in which the ground truth is significantly lower,
    /// but never in the same year.
    RiseBeforeTruthFalls,
    /// Neither is significant.
    NotShown,
}

/// Ground truth and observed record of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthAndRecords {
    /// Ground truth.
    pub truth: DifferenceCurve,
    /// Observed record of it.
    pub records: DifferenceCurve,
    /// Years in which the record is significantly higher.
    pub records_higher: Vec<i32>,
    /// Years in which the ground truth is significantly lower.
    pub truth_lower: Vec<i32>,
    /// Years in which both apply.
    pub opposite: Vec<i32>,
    /// Whether the record is misleading at first.
    pub verdict: Verdict,
}

/// Why no curve can be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowsFault {
    /// Fewer than two pairs.
    FewPairs(usize),
    /// Too few years for the smoothing.
    FewYears {
        /// Number of years.
        have: usize,
        /// Minimum number of years.
        need: usize,
    },
    /// A pair with other years than the first.
    OtherYears(Pair),
    /// A pair with a value that is not finite.
    NotFinite(Pair),
    /// Truth and record have different pairs.
    OtherPairs,
}

impl fmt::Display for ShowsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShowsFault::FewPairs(have) => write!(f, "{have} pairs have no standard error; run at least two"),
            ShowsFault::FewYears { have, need } => write!(f, "{have} years are too few; give at least {need}"),
            ShowsFault::OtherYears((draw, replicate)) => {
                write!(
                    f,
                    "draw {draw}, replicate {replicate} has different years from the first; give all the same years"
                )
            }
            ShowsFault::NotFinite((draw, replicate)) => {
                write!(f, "draw {draw}, replicate {replicate} has a value that is not finite; leave it out")
            }
            ShowsFault::OtherPairs => {
                write!(f, "ground truth and observed record are of different pairs; give the pairs that both have")
            }
        }
    }
}

impl std::error::Error for ShowsFault {}

/// Rounding error, as a fraction of the largest value: means closer to zero count as zero.
const ROUNDING: f64 = 1e-12;

impl Smoothing {
    /// Number of years lost at each end.
    fn margin(self) -> usize {
        usize::from(self == Smoothing::Centred)
    }

    fn of(self, years: &[f64]) -> Vec<f64> {
        match self {
            Smoothing::Yearly => years.to_vec(),
            Smoothing::Cumulated => {
                let add = |sum: &mut f64, year: &f64| {
                    *sum += year;
                    Some(*sum)
                };
                years.iter().scan(0.0, add).collect()
            }
            Smoothing::Centred => years.windows(3).map(|three| three.iter().sum::<f64>() / 3.0).collect(),
        }
    }
}

/// Values by pair of every year of a curve.
struct YearColumns {
    pairs: Vec<Pair>,
    years: Vec<Vec<f64>>,
}

impl YearColumns {
    fn of(series: &PairSeries, smoothing: Smoothing) -> Result<YearColumns, ShowsFault> {
        if series.len() < 2 {
            return Err(ShowsFault::FewPairs(series.len()));
        }
        let have = series.values().next().map_or(0, Vec::len);
        let need = 1 + 2 * smoothing.margin();
        if have < need {
            return Err(ShowsFault::FewYears { have, need });
        }
        for (pair, years) in series {
            if years.len() != have {
                return Err(ShowsFault::OtherYears(*pair));
            }
            if years.iter().any(|year| !year.is_finite()) {
                return Err(ShowsFault::NotFinite(*pair));
            }
        }
        let rows: Vec<Vec<f64>> = series.values().map(|years| smoothing.of(years)).collect();
        let years = (0..rows[0].len()).map(|year| rows.iter().map(|row| row[year]).collect()).collect();
        Ok(YearColumns { pairs: series.keys().copied().collect(), years })
    }

    fn mean(&self, year: usize, design: Design) -> Option<Mean> {
        let by_pair = self.pairs.iter().copied().zip(self.years[year].iter().copied()).collect();
        Mean::of(&by_pair, design)
    }
}

/// The 95 % quantile over resamples of the largest deviation over all columns, in standard deviations of a column.
fn critical(columns: &[&[f64]], sampling: &Resampling) -> f64 {
    let own = sampling.own();
    let centre: Vec<f64> = columns.iter().map(|column| weighted(&own, column)).collect();
    let mut deviations = vec![vec![0.0; columns.len()]; RESAMPLES];
    for (at, row) in deviations.iter_mut().enumerate() {
        let weights = sampling.weights(at);
        for ((deviation, column), centre) in row.iter_mut().zip(columns).zip(&centre) {
            *deviation = weighted(&weights, column) - centre;
        }
    }
    let spread = |column: usize| {
        let square = deviations.iter().map(|row| row[column] * row[column]).sum::<f64>() / RESAMPLES as f64;
        let largest = columns[column].iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        // A constant column cannot leave the band.
        if square.sqrt() > ROUNDING * largest { square.sqrt() } else { f64::INFINITY }
    };
    let spreads: Vec<f64> = (0..columns.len()).map(spread).collect();
    let largest = |row: &Vec<f64>| {
        row.iter().zip(&spreads).map(|(deviation, spread)| (deviation / spread).abs()).fold(0.0, f64::max)
    };
    let mut all: Vec<f64> = deviations.iter().map(largest).collect();
    all.sort_by(f64::total_cmp);
    // At least the value for a single year, below which resampling may come by chance.
    quantile(&all, 0.95).max(Normal::standard().inverse_cdf(0.975))
}

/// The same deviation with an estimated error: the quantile of Student's t instead of the normal distribution.
fn with_freedom(critical: f64, freedom: f64) -> f64 {
    student(Normal::standard().cdf(critical).min(1.0 - 1e-12), freedom)
}

fn curve_of(
    columns: &YearColumns,
    first: i32,
    smoothing: Smoothing,
    design: Design,
    critical: f64,
) -> Result<DifferenceCurve, ShowsFault> {
    let few = ShowsFault::FewPairs(columns.pairs.len());
    let mut points = Vec::new();
    for (at, values) in columns.years.iter().enumerate() {
        let mean = columns.mean(at, design).ok_or(few)?;
        let (error, limits) = (mean.error.ok_or(few)?, mean.limits.ok_or(few)?);
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let half = with_freedom(critical, mean.freedom) * error;
        let point = if mean.mean.abs() <= ROUNDING * largest && error <= ROUNDING * largest {
            (0.0, 0.0, (0.0, 0.0), (0.0, 0.0))
        } else {
            (mean.mean, error, limits, (mean.mean - half, mean.mean + half))
        };
        let year = first + (at + smoothing.margin()) as i32;
        points.push(Point { year, mean: point.0, error: point.1, limits: point.2, band: point.3 });
    }
    let shown = from(&points, |point| point.limits);
    let shown_in_band = from(&points, |point| point.band);
    Ok(DifferenceCurve { smoothing, points, shown, shown_in_band, critical, pairs: columns.pairs.len() })
}

/// The side of zero that contains both limits, if any.
fn side(limits: (f64, f64)) -> Option<Sign> {
    match limits {
        (low, _) if low > 0.0 => Some(Sign::Higher),
        (_, high) if high < 0.0 => Some(Sign::Lower),
        _ => None,
    }
}

/// The rule: the earliest year from which all limits are on the same side as in the last year.
fn from(points: &[Point], limits: fn(&Point) -> (f64, f64)) -> WhenShown {
    let Some(sign) = points.last().and_then(|point| side(limits(point))) else { return WhenShown::Never };
    let held = points.iter().rev().take_while(|point| side(limits(point)) == Some(sign)).last();
    held.map_or(WhenShown::Never, |point| WhenShown::From { year: point.year, sign })
}

/// The curve of a figure's yearly differences, its band, and the first year in which it shows. `first` is the first
/// year; equal arguments and seed give the same band.
///
/// # Errors
/// Fewer than two pairs, too few years, pairs with different years, or non-finite values.
pub fn curve(
    series: &PairSeries,
    first: i32,
    smoothing: Smoothing,
    design: Design,
    seed: u64,
) -> Result<DifferenceCurve, ShowsFault> {
    let columns = YearColumns::of(series, smoothing)?;
    let sampling = Resampling::new(&columns.pairs, design, seed);
    let all: Vec<&[f64]> = columns.years.iter().map(Vec::as_slice).collect();
    curve_of(&columns, first, smoothing, design, critical(&all, &sampling))
}

/// Ground truth and observed record of the same pairs and years, with a joint band for both curves, and whether the
/// record rises while, or before, the ground truth falls. Use it for years or centred means: in cumulative sums the
/// first years persist.
///
/// # Errors
/// As [`curve`]; and truth and record with different pairs or years.
pub fn truth_and_records(
    truth: &PairSeries,
    records: &PairSeries,
    first: i32,
    smoothing: Smoothing,
    design: Design,
    seed: u64,
) -> Result<TruthAndRecords, ShowsFault> {
    let (of_truth, of_records) = (YearColumns::of(truth, smoothing)?, YearColumns::of(records, smoothing)?);
    if of_truth.pairs != of_records.pairs || of_truth.years.len() != of_records.years.len() {
        return Err(ShowsFault::OtherPairs);
    }
    let sampling = Resampling::new(&of_truth.pairs, design, seed);
    let all: Vec<&[f64]> = of_truth.years.iter().chain(&of_records.years).map(Vec::as_slice).collect();
    let critical = critical(&all, &sampling);
    let truth = curve_of(&of_truth, first, smoothing, design, critical)?;
    let records = curve_of(&of_records, first, smoothing, design, critical)?;
    let years = |curve: &DifferenceCurve, sign: Sign| -> Vec<i32> {
        curve.points.iter().filter(|point| side(point.band) == Some(sign)).map(|point| point.year).collect()
    };
    let (records_higher, truth_lower) = (years(&records, Sign::Higher), years(&truth, Sign::Lower));
    let opposite: Vec<i32> = records_higher.iter().copied().filter(|year| truth_lower.contains(year)).collect();
    let before = records_higher.first().zip(truth_lower.first()).is_some_and(|(rise, fall)| rise < fall);
    let verdict = match (opposite.is_empty(), before) {
        (false, _) => Verdict::RiseWhileTruthFalls,
        (true, true) => Verdict::RiseBeforeTruthFalls,
        (true, false) => Verdict::NotShown,
    };
    Ok(TruthAndRecords { truth, records, records_higher, truth_lower, opposite, verdict })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::pairs::Lots;

    fn normal(seed: u64, at: usize) -> f64 {
        let uniform = ((Lots::new(seed, at).word() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        Normal::standard().inverse_cdf(uniform)
    }

    /// `n` replicates of one draw with these means by year, and noise of this size in each year, independent.
    fn series(seed: u64, n: usize, means: &[f64], noise: f64) -> PairSeries {
        let years = |pair: usize| -> Vec<f64> {
            means.iter().enumerate().map(|(at, mean)| mean + noise * normal(seed, pair * 1000 + at)).collect()
        };
        (0..n).map(|pair| ((0, pair as i64), years(pair))).collect()
    }

    #[test]
    fn an_effect_shows_from_its_first_year_and_one_that_fades_never() {
        // Effects of 5 with a standard error of 0.1/√20: 200 errors.
        let means = [0.0, 0.0, -5.0, -5.0, -5.0, -5.0];
        let it = curve(&series(1, 20, &means, 0.1), 2008, Smoothing::Yearly, Design::Alone, 1).unwrap();
        assert_eq!(it.shown_in_band, WhenShown::From { year: 2010, sign: Sign::Lower });
        let fading = curve(&series(1, 20, &[5.0, 5.0, 0.0], 0.1), 2008, Smoothing::Yearly, Design::Alone, 1).unwrap();
        assert_eq!((fading.shown, fading.points[0].band.0 > 4.0), (WhenShown::Never, true));
        // With a change of sign, only the direction at the end counts.
        let turned = curve(&series(1, 20, &[5.0, -5.0], 0.1), 2008, Smoothing::Yearly, Design::Alone, 1).unwrap();
        assert_eq!(turned.shown, WhenShown::From { year: 2009, sign: Sign::Lower });
        // Its sum is 5 and then 0.
        let sum = curve(&series(1, 20, &[5.0, 5.0], 0.1), 2008, Smoothing::Cumulated, Design::Alone, 1).unwrap();
        assert!((sum.points[1].mean - 10.0).abs() < 4.9 * 0.1 * (2.0_f64 / 20.0).sqrt());
        assert_eq!(sum.shown, WhenShown::From { year: 2008, sign: Sign::Higher });
    }

    #[test]
    fn smoothing_by_hand() {
        let pairs = PairSeries::from([((0, 0), vec![3.0, 6.0, 0.0, 9.0]), ((0, 1), vec![3.0, 6.0, 0.0, 9.0])]);
        let of = |smoothing| {
            let it = curve(&pairs, 2008, smoothing, Design::Alone, 1).unwrap();
            it.points.iter().map(|point| (point.year, point.mean)).collect::<Vec<_>>()
        };
        assert_eq!(of(Smoothing::Cumulated), [(2008, 3.0), (2009, 9.0), (2010, 9.0), (2011, 18.0)]);
        assert_eq!(of(Smoothing::Centred), [(2009, 3.0), (2010, 5.0)]);
        assert_eq!(of(Smoothing::Yearly), [(2008, 3.0), (2009, 6.0), (2010, 0.0), (2011, 9.0)]);
        // Without variation the limits equal the mean, and zero is on no side of zero.
        let it = curve(&pairs, 2008, Smoothing::Yearly, Design::Alone, 1).unwrap();
        assert_eq!(it.shown, WhenShown::From { year: 2011, sign: Sign::Higher });
        let nothing = PairSeries::from([((0, 0), vec![0.0; 4]), ((0, 1), vec![0.0; 4])]);
        assert_eq!(curve(&nothing, 2008, Smoothing::Yearly, Design::Alone, 1).unwrap().shown, WhenShown::Never);
    }

    #[test]
    fn the_rule_names_a_year_too_early_in_one_case_of_forty_however_many_years() {
        // Six pairs; no effect in 20 years, then one of 60 standard errors. The year before is named as well when its
        // own interval is below zero by chance: 2.5 %, one side.
        let mut means = vec![0.0; 20];
        means.extend([-50.0; 3]);
        let (cases, mut early, mut right, mut eager) = (4000, 0, 0, 0);
        for case in 0..cases {
            let columns = YearColumns::of(&series(500 + case, 6, &means, 2.0), Smoothing::Yearly).unwrap();
            let it = curve_of(&columns, 0, Smoothing::Yearly, Design::Alone, 3.0).unwrap();
            match it.shown {
                WhenShown::From { year, sign: Sign::Lower } if year < 20 => early += 1,
                WhenShown::From { year: 20, sign: Sign::Lower } => right += 1,
                other => panic!("{other:?}"),
            }
            eager += usize::from(it.points[..20].iter().any(|point| side(point.limits) == Some(Sign::Lower)));
        }
        let share = |count: usize| count as f64 / cases as f64;
        let error = (0.025 * 0.975 / cases as f64).sqrt();
        // 5.2 because the binomial with 100 expected is slightly skewed.
        assert!((share(early) - 0.025).abs() < 5.2 * error, "{early}");
        assert_eq!(early + right, cases as usize);
        // Naming the first significant year instead would be wrong in 1 − .975^20 = 40 % of the cases.
        assert!((share(eager) - (1.0 - 0.975_f64.powi(20))).abs() < 4.9 * (0.4 * 0.6 / cases as f64).sqrt(), "{eager}");
    }

    #[test]
    fn the_band_of_independent_years_is_sidaks() {
        // Φ⁻¹((1 + .95^(1/k)) / 2): 1.960 for one year, 2.800 for ten. The quantile of 2000 resamples has an error of
        // √(.95 × .05 / 2000) ÷ density; that of the largest of k is k (2Φ − 1)^(k−1) 2 φ.
        let unit = Normal::standard();
        for k in [1_usize, 10] {
            let columns = YearColumns::of(&series(3, 500, &vec![0.0; k], 1.0), Smoothing::Yearly).unwrap();
            let sampling = Resampling::new(&columns.pairs, Design::Alone, 4);
            let all: Vec<&[f64]> = columns.years.iter().map(Vec::as_slice).collect();
            let found = critical(&all, &sampling);
            let law = unit.inverse_cdf((1.0 + 0.95_f64.powf(1.0 / k as f64)) / 2.0);
            let phi = (-law * law / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let density = k as f64 * (2.0 * unit.cdf(law) - 1.0).powi(k as i32 - 1) * 2.0 * phi;
            let error = (0.95_f64 * 0.05 / 2000.0).sqrt() / density;
            assert!((found - law).abs() < 4.9 * error && error < 0.05, "{k}: {found} {law}");
            // Ten copies of one year need no wider band than one.
            let copies: Vec<&[f64]> = vec![all[0]; 10];
            assert!((critical(&copies, &sampling) - 1.96).abs() < 4.9 * 0.042);
        }
    }

    #[test]
    fn the_whole_curve_lies_in_the_band_as_often_as_it_says() {
        // Crossed, 12 draws × 6 replicates, eight years of a random walk.
        let (cases, mut inside, mut each) = (300, 0, 0);
        for case in 0..cases {
            let years = |d: usize, r: usize| -> Vec<f64> {
                let step = |at: usize| {
                    let of = |kind: u64, cell: usize| normal(kind + 10 * case, cell * 50 + at);
                    of(100_000, d) + 0.5 * of(200_000, r) + of(300_000, d * 6 + r)
                };
                Smoothing::Cumulated.of(&(0..8).map(step).collect::<Vec<_>>())
            };
            let cells = (0..12).flat_map(|d| (0..6).map(move |r| (d, r)));
            let series: PairSeries = cells.map(|(d, r)| ((d as i64, r as i64), years(d, r))).collect();
            let it = curve(&series, 2008, Smoothing::Yearly, Design::Crossed, 8).unwrap();
            inside += usize::from(it.points.iter().all(|point| side(point.band).is_none()));
            each += usize::from(it.points.iter().all(|point| side(point.limits).is_none()));
        }
        let (inside, each) = (inside as f64 / cases as f64, each as f64 / cases as f64);
        let error = (0.95_f64 * 0.05 / cases as f64).sqrt();
        // Two hundredths are allowed for the approximation of the degrees of freedom.
        assert!((inside - 0.95).abs() < 4.9 * error + 0.02, "{inside}");
        assert!(each < inside - 0.03, "{each} {inside}");
    }

    #[test]
    fn records_that_rise_while_or_before_the_truth_falls_are_told() {
        let of = |truth: &[f64], records: &[f64]| {
            let (truth, records) = (series(5, 20, truth, 0.1), series(6, 20, records, 0.1));
            truth_and_records(&truth, &records, 2008, Smoothing::Yearly, Design::Alone, 1).unwrap()
        };
        let it = of(&[0.0, -1.0, -2.0, -3.0], &[4.0, 4.0, 0.0, -2.0]);
        assert_eq!((it.verdict, it.opposite.clone()), (Verdict::RiseWhileTruthFalls, vec![2009]));
        assert_eq!((it.records_higher, it.truth_lower), (vec![2008, 2009], vec![2009, 2010, 2011]));
        assert_eq!(it.truth.shown_in_band, WhenShown::From { year: 2009, sign: Sign::Lower });
        assert_eq!(it.records.shown_in_band, WhenShown::From { year: 2011, sign: Sign::Lower });
        assert_eq!(it.truth.critical, it.records.critical);
        assert_eq!(of(&[0.0, 0.0, -3.0], &[4.0, 0.0, -2.0]).verdict, Verdict::RiseBeforeTruthFalls);
        assert_eq!(of(&[-3.0, -3.0, 0.0], &[0.0, 0.0, 4.0]).verdict, Verdict::NotShown);
        assert_eq!(of(&[0.0, 0.0], &[4.0, 4.0]).verdict, Verdict::NotShown);
    }

    #[test]
    fn faults_say_which_pair_and_what_to_do() {
        let of = |series: &PairSeries| curve(series, 2008, Smoothing::Centred, Design::Alone, 1).unwrap_err();
        assert_eq!(of(&series(1, 1, &[0.0; 5], 1.0)), ShowsFault::FewPairs(1));
        assert_eq!(of(&series(1, 3, &[0.0; 2], 1.0)), ShowsFault::FewYears { have: 2, need: 3 });
        let mut uneven = series(1, 3, &[0.0; 5], 1.0);
        uneven.insert((0, 2), vec![0.0; 4]);
        assert_eq!(of(&uneven), ShowsFault::OtherYears((0, 2)));
        uneven.insert((0, 2), vec![f64::NAN; 5]);
        assert_eq!(of(&uneven), ShowsFault::NotFinite((0, 2)));
        assert!(of(&uneven).to_string().contains("replicate 2"));
        let (truth, records) = (series(1, 3, &[0.0; 5], 1.0), series(1, 4, &[0.0; 5], 1.0));
        let it = truth_and_records(&truth, &records, 2008, Smoothing::Yearly, Design::Alone, 1);
        assert_eq!(it, Err(ShowsFault::OtherPairs));
    }
}
