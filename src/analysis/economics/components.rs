//! Components of variance (*variantiecomponenten*): how much of the spread of an outcome is uncertainty about
//! parameters, and how much luck of the simulation.
//!
//! Y = draw mean + luck; Var(mean over R replicates) = between + within / R (one-way analysis of variance, random
//! effects). Source: O'Hagan, Stevenson & Madan, "Monte Carlo probabilistic sensitivity analysis for patient level
//! simulation models", Health Economics 16 (2007), pages 1009-1023.

use ndarray::{ArrayView2, Axis};

use super::psa::column_means;

/// How replicates of different draws hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Each draw has luck of its own: replicates are nested in draws (one-way analysis of variance).
    Nested,
    /// Replicate r has the same luck in all draws: replicates are crossed with draws (two-way, without interaction).
    Crossed,
}

/// Components of variance of one measure, unbiased, so that a small one may come out negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Components {
    /// How replicates hang together.
    pub design: Design,
    /// Number of outer draws.
    pub draws: usize,
    /// Number of replicates per draw.
    pub replicates: usize,
    /// Mean over draws and replicates.
    pub mean: f64,
    /// Variance between draws: uncertainty about parameters alone. `None` with one replicate, which cannot tell it
    /// apart.
    pub between: Option<f64>,
    /// Standard error of `between`, under the normal law.
    pub between_se: Option<f64>,
    /// Variance between replicates of one draw: luck of the simulation. `None` with one replicate.
    pub within: Option<f64>,
    /// Standard error of `within`, under the normal law.
    pub within_se: Option<f64>,
    /// Part of the luck that all draws share, which more draws do not average out; `None` unless crossed with more
    /// replicates.
    pub shared: Option<f64>,
    /// Variance of the draw means, parameters and luck together.
    pub of_draw_means: f64,
    /// Monte Carlo standard error of `mean`.
    pub se: f64,
}

impl Components {
    /// Splits the variance of an array of draws × replicates.
    ///
    /// # Errors
    /// Fewer than two draws or no replicate.
    pub fn of(values: ArrayView2<'_, f64>, design: Design) -> Result<Components, String> {
        let (draws, replicates) = values.dim();
        if draws < 2 || replicates == 0 {
            return Err(format!("{draws} draws of {replicates} replicates; give at least two draws of one"));
        }
        let (n, r) = (draws as f64, replicates as f64);
        let by_draw = row_means(values);
        let mean = by_draw.iter().sum::<f64>() / n;
        let of_draw_means = by_draw.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
        let mut it = Components {
            design,
            draws,
            replicates,
            mean,
            between: None,
            between_se: None,
            within: None,
            within_se: None,
            shared: None,
            of_draw_means,
            se: (of_draw_means / n).sqrt(),
        };
        if replicates == 1 {
            return Ok(it);
        }
        let by_replicate = match design {
            Design::Nested => vec![mean; replicates],
            Design::Crossed => column_means(values),
        };
        let left: f64 = values
            .outer_iter()
            .zip(&by_draw)
            .flat_map(|(row, own)| row.into_iter().zip(&by_replicate).map(move |(y, luck)| y - own - luck + mean))
            .map(|rest| rest * rest)
            .sum();
        let freedom = match design {
            Design::Nested => n * (r - 1.0),
            Design::Crossed => (n - 1.0) * (r - 1.0),
        };
        let rest = left / freedom;
        let between = of_draw_means - rest / r;
        // Mean squares are multiples of chi squares: variance 2 × square ÷ degrees of freedom.
        let rest_variance = 2.0 * rest * rest / freedom;
        it.between = Some(between);
        it.between_se = Some((2.0 * of_draw_means * of_draw_means / (n - 1.0) + rest_variance / (r * r)).sqrt());
        it.within = Some(rest);
        it.within_se = Some(rest_variance.sqrt());
        if design == Design::Crossed {
            let of_luck = by_replicate.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (r - 1.0);
            let shared = of_luck - rest / n;
            let luck_variance = 2.0 * of_luck * of_luck / (r - 1.0);
            it.shared = Some(shared);
            it.within = Some(rest + shared);
            // The two mean squares are independent; the rest enters with weight 1 − 1/n.
            it.within_se = Some((rest_variance * (1.0 - 1.0 / n) * (1.0 - 1.0 / n) + luck_variance).sqrt());
            it.se = (of_draw_means / n + shared.max(0.0) / r).sqrt();
        }
        Ok(it)
    }

    /// Luck that differs from draw to draw: all of `within`, less the part that draws share.
    fn own_luck(&self) -> Option<f64> {
        Some(self.within? - self.shared.unwrap_or(0.0))
    }

    /// Share of the variance of draw means that is luck; above 1 where the unbiased `between` is negative.
    pub fn luck_share(&self) -> Option<f64> {
        let luck = self.own_luck()? / self.replicates as f64;
        (self.of_draw_means > 0.0).then(|| luck / self.of_draw_means)
    }

    /// Fewest replicates per draw with which luck is at most this share (between 0 and 1) of the variance of draw
    /// means.
    ///
    /// `None` if no number is known to be enough: one replicate, a share outside (0, 1), or no variance between draws.
    pub fn replicates_for_share(&self, share: f64) -> Option<usize> {
        let (between, luck) = (self.between?, self.own_luck()?);
        if !(share > 0.0 && share < 1.0 && between > 0.0) {
            return None;
        }
        whole(luck * (1.0 - share) / (share * between))
    }

    /// Fewest replicates per draw with which the mean over this many draws has a standard error of at most `se`.
    ///
    /// `None` if no number is enough, because the draws alone bring more error, or with one replicate.
    pub fn replicates_for_se(&self, se: f64, draws: usize) -> Option<usize> {
        let n = draws as f64;
        let left = se * se - self.between?.max(0.0) / n;
        if !(se > 0.0 && left > 0.0) || draws == 0 {
            return None;
        }
        whole((self.own_luck()? / n + self.shared.unwrap_or(0.0).max(0.0)) / left)
    }

    /// Fewest draws with which the mean has a standard error of at most `se`, at this many replicates per draw.
    ///
    /// `None` if no number is enough, because all draws share luck, or where replicates differ from those of the
    /// analysis and it had one only.
    pub fn draws_for_se(&self, se: f64, replicates: usize) -> Option<usize> {
        let r = replicates as f64;
        let of_draw_means = if replicates == self.replicates {
            self.of_draw_means
        } else {
            self.between?.max(0.0) + self.own_luck()? / r
        };
        let left = se * se - self.shared.unwrap_or(0.0).max(0.0) / r;
        if !(se > 0.0 && left > 0.0) || replicates == 0 {
            return None;
        }
        whole(of_draw_means / left)
    }

    /// Replicates per draw that give the mean its smallest standard error for a given amount of computing, when a
    /// draw costs `per_draw` to set up and each replicate `per_replicate`: √(within ÷ between × `per_draw` ÷
    /// `per_replicate`), at least 1.
    ///
    /// `None` with one replicate, costs below 0, or no variance between draws. Source: Cochran, Sampling Techniques,
    /// 3rd edition 1977, section 10.6.
    pub fn best_replicates(&self, per_draw: f64, per_replicate: f64) -> Option<usize> {
        let (between, luck) = (self.between?, self.own_luck()?.max(0.0));
        if !(between > 0.0 && per_draw >= 0.0 && per_replicate > 0.0) {
            return None;
        }
        let best = (luck / between * per_draw / per_replicate).sqrt().round();
        whole(best)
    }
}

/// The smallest whole number of at least 1 that is not below this one; `None` if no counter holds it.
fn whole(number: f64) -> Option<usize> {
    // A hair off, so that rounding does not ask for one more.
    let up = (number * (1.0 - 1e-12)).ceil().max(1.0);
    (up < 1e15).then_some(up as usize)
}

fn row_means(values: ArrayView2<'_, f64>) -> Vec<f64> {
    (values.sum_axis(Axis(1)) / values.ncols() as f64).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_of_six_numbers_by_hand() {
        // Draw means 2, 4, 9, their variance 13; squares within 2, 2, 2, so within = 6/3 = 2 and between = 13 − 2/2.
        let values = ndarray::array![[1.0, 3.0], [3.0, 5.0], [8.0, 10.0]];
        let it = Components::of(values.view(), Design::Nested).unwrap();
        assert_eq!((it.mean, it.of_draw_means, it.within, it.between), (5.0, 13.0, Some(2.0), Some(12.0)));
        assert!((it.se - (13.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((it.luck_share().unwrap() - 1.0 / 13.0).abs() < 1e-12);
        // Luck of a tenth: 2/R ≤ 0.1 (12 + 2/R), so R ≥ 1.5; of a hundredth, R ≥ 16.5.
        assert_eq!(it.replicates_for_share(0.1), Some(2));
        assert_eq!(it.replicates_for_share(0.01), Some(17));
        assert_eq!(it.replicates_for_share(0.0), None);
        // 100 draws: 12/100 + 2/(100 R) ≤ 0.36² = 0.1296 asks R ≥ 2.08; an se of 0.3 is out of reach.
        assert_eq!(it.replicates_for_se(0.36, 100), Some(3));
        assert_eq!(it.replicates_for_se(0.3, 100), None);
        assert_eq!(it.draws_for_se(1.0, 2), Some(13));
        assert_eq!(it.draws_for_se(1.0, 4), Some(13));
        assert_eq!(it.draws_for_se(1.0, 1), Some(14));
        // √(2/12 × 96/1) = 4.
        assert_eq!(it.best_replicates(96.0, 1.0), Some(4));
        assert_eq!(it.best_replicates(0.0, 1.0), Some(1));
    }

    #[test]
    fn luck_that_all_draws_share_is_told_apart_when_crossed() {
        // Every difference between the replicates is the same in all draws: nothing is left, and 2 is shared.
        let values = ndarray::array![[1.0, 3.0], [3.0, 5.0], [8.0, 10.0]];
        let it = Components::of(values.view(), Design::Crossed).unwrap();
        assert_eq!((it.between, it.within, it.shared), (Some(13.0), Some(2.0), Some(2.0)));
        assert!((it.se - (13.0_f64 / 3.0 + 1.0).sqrt()).abs() < 1e-12);
        assert_eq!(it.draws_for_se(0.9, 2), None);
        assert_eq!(it.draws_for_se(1.0, 4), Some(26));
        assert_eq!(it.luck_share(), Some(0.0));
    }

    #[test]
    fn crossed_components_of_six_numbers_by_hand() {
        // Draw means 2, 4, 9 and replicate means 4, 6 of the mean 5; residuals 1, −1, 0, 0, −1, 1 with two degrees of
        // freedom.
        let values = ndarray::array![[2.0, 2.0], [3.0, 5.0], [7.0, 11.0]];
        let it = Components::of(values.view(), Design::Crossed).unwrap();
        // Left 4/2 = 2; between 13 − 2/2; squares of replicate means 2, less 2/3.
        assert_eq!((it.of_draw_means, it.between), (13.0, Some(12.0)));
        assert!((it.shared.unwrap() - 4.0 / 3.0).abs() < 1e-12);
        assert!((it.within.unwrap() - 10.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn one_replicate_gives_a_standard_error_but_no_split() {
        let it = Components::of(ndarray::array![[1.0], [3.0], [5.0]].view(), Design::Nested).unwrap();
        assert_eq!((it.between, it.within, it.luck_share()), (None, None, None));
        assert_eq!((it.replicates_for_share(0.1), it.replicates_for_se(1.0, 10)), (None, None));
        assert!((it.se - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((it.draws_for_se(1.0, 1), it.draws_for_se(1.0, 2)), (Some(4), None));
    }
}
