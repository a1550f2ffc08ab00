//! Probability distributions by inversion: one uniform number in, one value of the distribution out, increasing in the
//! number.
//!
//! Inversion gives one value per address, so scenarios that use common random numbers respond monotonically: a higher
//! rate never gives a lower count. Logarithms and powers come from `libm` alone, so that results do not depend on the
//! mathematics library of the system.

/// Quantile of the standard normal distribution at probability `u`, 0 < `u` < 1; accurate to about 1 part in 10^15.
///
/// Source: Wichura 1988, Applied Statistics 37:477-484, algorithm AS 241, routine PPND16.
#[inline]
pub fn normal(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * polynomial(r, &NEAR_TOP) / polynomial(r, &NEAR_BOTTOM);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    let r = (-libm::log(tail)).sqrt();
    let size = if r <= 5.0 {
        polynomial(r - 1.6, &MIDDLE_TOP) / polynomial(r - 1.6, &MIDDLE_BOTTOM)
    } else {
        polynomial(r - 5.0, &FAR_TOP) / polynomial(r - 5.0, &FAR_BOTTOM)
    };
    if q < 0.0 { -size } else { size }
}

/// Horner's rule, lowest power first in `coefficients`.
#[inline(always)]
fn polynomial(x: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const NEAR_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const NEAR_BOTTOM: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_545e3,
];
const MIDDLE_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const MIDDLE_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

/// Waiting time until an event of rate 1, exponentially distributed.
#[inline]
pub fn exponential(u: f64) -> f64 {
    // 1 − u is exact: draws are half a step away from the multiples of 2^-32.
    -libm::log(1.0 - u)
}

/// Quantile of the lognormal distribution with this median and this standard deviation of the logarithm.
#[inline]
pub fn lognormal(u: f64, median: f64, sd: f64) -> f64 {
    median * libm::exp(sd * normal(u))
}

/// Largest mean for which counting starts at zero; above it, counting starts twelve standard deviations below the mean.
const FROM_ZERO: f64 = 200.0;

/// Quantile of the Poisson distribution: the smallest count whose cumulative probability reaches `u`. Accurate to a
/// probability of 10^-12 up to a mean of 5,000 and of 10^-11 up to a million.
///
/// A mean of 0 or below gives 0. The time is linear in the mean up to 200, and proportional to its square root beyond.
pub fn poisson(u: f64, mean: f64) -> u32 {
    debug_assert!((0.0..4e9).contains(&mean), "a mean number of events of {mean}");
    if mean <= 0.0 {
        return 0;
    }
    if mean <= FROM_ZERO {
        return count_up(u, mean, 0.0, libm::exp(-mean));
    }
    // The probability below this start is 1e-30 or less. The probability of `start` follows by Stirling's series.
    let start = (mean - 12.0 * mean.sqrt()).floor();
    let inverse = 1.0 / start;
    let series = inverse * (1.0 / 12.0 - inverse * inverse * (1.0 / 360.0 - inverse * inverse / 1260.0));
    let log_chance =
        start * libm::log(mean / start) - (mean - start) - series - 0.5 * libm::log(std::f64::consts::TAU * start);
    count_up(u, mean, start, libm::exp(log_chance))
}

/// The first count from `start` at which the cumulative probability reaches `u`; `chance` is the probability of
/// `start`.
fn count_up(u: f64, mean: f64, start: f64, chance: f64) -> u32 {
    let mut count = start;
    let mut chance = chance;
    let mut sum = chance;
    // Beyond the mean, probabilities decrease faster than geometrically. Once they no longer change the sum, only
    // rounding keeps it below `u`.
    while sum < u && (count < mean || chance > sum * 5e-17) {
        count += 1.0;
        chance *= mean / count;
        sum += chance;
    }
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative difference of two numbers.
    fn apart(a: f64, b: f64) -> f64 {
        (a - b).abs() / b.abs().max(f64::MIN_POSITIVE)
    }

    #[test]
    fn normal_quantiles_agree_with_forty_digit_arithmetic() {
        let known = [
            (2.0_f64.powi(-53), -8.209536151601387),
            (2.0_f64.powi(-33), -6.3379577545537895),
            (1e-4, -3.7190164854556804),
            (0.075, -1.439531470938456),
            (0.0749999, -1.4395321773759007),
            (0.3, -0.5244005127080408),
            (0.925001, 1.4395385353452304),
            (0.9999, 3.7190164854557084),
            (1.0 - 2.0_f64.powi(-33), 6.3379577545537895),
            (1.0 - 2.0_f64.powi(-53), 8.209536151601387),
        ];
        for (u, z) in known {
            assert!(apart(normal(u), z) < 2e-15, "normal({u}) is {}, expected {z}", normal(u));
        }
        assert_eq!(normal(0.5), 0.0);
    }

    #[test]
    fn normal_quantiles_never_fall() {
        let mut last = f64::NEG_INFINITY;
        for i in 1..1_000_000 {
            let z = normal(f64::from(i) * 1e-6);
            assert!(z > last, "at {i} millionths");
            last = z;
        }
    }

    #[test]
    fn waiting_times_keep_their_small_values() {
        let u = 2.0_f64.powi(-33);
        assert!(apart(exponential(u), u + u * u / 2.0) < 1e-15);
        assert!(apart(exponential(0.5), std::f64::consts::LN_2) < 1e-15);
        assert!(apart(exponential(1.0 - u), 33.0 * std::f64::consts::LN_2) < 1e-15);
    }

    #[test]
    fn lognormal_values_lie_round_the_median() {
        assert_eq!(lognormal(0.5, 3.0, 0.7), 3.0);
        assert!(apart(lognormal(0.3, 2.0, 0.5), 2.0 * (-0.5_f64 * 0.5244005127080408).exp()) < 1e-15);
        assert_eq!(lognormal(0.9, 3.0, 0.0), 3.0);
    }

    /// Cumulative probabilities in forty-digit arithmetic: (mean, count, probability of at most that count).
    const COUNTS: [(f64, u32, f64); 24] = [
        (0.001, 0, 0.999000499833375),
        (0.001, 1, 0.9999995003332084),
        (0.5, 0, 0.6065306597126334),
        (0.5, 1, 0.9097959895689501),
        (0.5, 5, 0.9999858350626777),
        (3.0, 0, 0.049787068367863944),
        (3.0, 4, 0.8152632445237721),
        (3.0, 14, 0.9999993296140888),
        (17.5, 0, 2.510999155743982e-08),
        (17.5, 21, 0.831851250649647),
        (17.5, 43, 0.9999999242757549),
        (199.9, 129, 5.401838889728501e-08),
        (199.9, 199, 0.493417036426993),
        (199.9, 285, 0.9999999938681589),
        (200.1, 129, 5.0230980539632245e-08),
        (200.1, 200, 0.5159745604021501),
        (200.1, 285, 0.9999999933028174),
        (700.0, 567, 1.1490528324150286e-07),
        (700.0, 726, 0.8417425013590314),
        (700.0, 859, 0.9999999971446157),
        (5000.0, 4646, 2.1231251796447803e-07),
        (5000.0, 5425, 0.9999999985516419),
        (1e6, 1_000_000, 0.5002659614862837),
        (1e6, 1_001_000, 0.8414656709634282),
    ];

    #[test]
    fn counts_change_where_forty_digit_arithmetic_says() {
        for (mean, count, chance) in COUNTS {
            let margin = if mean > 5e3 { 1e-11 } else { 1e-12 };
            assert_eq!(poisson(chance - margin, mean), count, "just below {chance} at mean {mean}");
            assert_eq!(poisson(chance + margin, mean), count + 1, "just above {chance} at mean {mean}");
        }
    }

    #[test]
    fn counts_at_the_ends_are_finite() {
        let (least, most) = (2.0_f64.powi(-53), 1.0 - 2.0_f64.powi(-53));
        assert_eq!(poisson(most, 0.0), 0);
        for mean in [1e-300, 1e-3, 1.0, 30.0, 199.0, 201.0, 1e4, 1e9] {
            let (low, high) = (poisson(least, mean), poisson(most, mean));
            assert!(
                low <= high && f64::from(high) <= mean + 9.0 * mean.sqrt() + 30.0,
                "{low} to {high} at mean {mean}"
            );
        }
    }

    #[test]
    fn a_higher_rate_never_lowers_a_count() {
        for i in 0..200 {
            let u = (f64::from(i) + 0.5) / 200.0;
            let counts: Vec<u32> = (0..1000).map(|step| poisson(u, f64::from(step) * 0.41)).collect();
            assert!(counts.is_sorted(), "at u = {u}");
        }
    }
}
