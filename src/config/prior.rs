//! The distribution of one uncertain parameter, for programs that sample parameters by a scheme of their own.
//!
//! Parameter draws of a run take quantiles at addressed uniform numbers (`draw.rs`), because Latin hypercubes and
//! correlated families need an inverse. Independent values need none: [`Prior`] samples the same law with the samplers
//! of `rand_distr`.

use rand::Rng;
use rand_distr::{Beta, Distribution, Gamma, LogNormal, Normal, Uniform};
use toml::Table;

use crate::config::draw::{quantile, range};
use crate::config::merge::Merged;
use crate::config::shape::is_passport;
use crate::config::spread::{Spread, spread};
use crate::config::words::{nearest, number, push};
use crate::error::{Error, Errors, Result};

/// Values outside the range of the parameter that are drawn again before the quantile of one more number is taken.
const ATTEMPTS: usize = 64;

/// The law by which the passport of one parameter describes its uncertainty, truncated to the range of its unit.
///
/// It is a [`Distribution`] of the crate `rand_distr`. Correlations within a family of parameters are not part of it.
#[derive(Clone, Debug)]
pub struct Prior {
    key: String,
    value: f64,
    spread: Spread,
    range: (f64, f64),
    law: Law,
}

/// The sampler of a law before truncation.
#[derive(Clone, Copy, Debug)]
enum Law {
    Constant,
    Lognormal(LogNormal<f64>),
    Normal(Normal<f64>),
    Beta(Beta<f64>),
    Gamma(Gamma<f64>),
    Uniform(Uniform<f64>),
}

impl Prior {
    /// The law of a parameter by its dotted key; of a table of rates that of its multiplier.
    ///
    /// # Errors
    /// A key that is no parameter of the model; a table of shares that sum to 1, which has no single value; a spread
    /// that cannot be sampled (a checked model has none).
    pub fn of(merged: &Merged, key: &str) -> Result<Prior> {
        let Some(passport) = merged.table_at(key).filter(|table| is_passport(table)) else {
            let known = merged.keys();
            let cure = match nearest(key, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see `keten list parameters`".into(),
            };
            return Err(Error::data("the model has no such parameter", cure).at_key(key).into());
        };
        let at = key.split('.').fold(String::new(), |at, step| push(&at, step));
        let spread =
            spread(&at, passport).map_err(|faults| Errors(faults.iter().map(|fault| merged.place(fault)).collect()))?;
        Prior::new(key, passport, spread).map_err(|error| error.at_key(key).into())
    }

    fn new(key: &str, passport: &Table, spread: Spread) -> std::result::Result<Prior, Error> {
        fn broken(cause: &dyn std::fmt::Display) -> Error {
            Error::data(format!("its spread cannot be sampled: {cause}"), "correct the value and the spread")
        }
        let value = passport.get("value").and_then(number).unwrap_or(1.0);
        let (least, most) = range(passport);
        let law = match spread {
            Spread::Fixed => Law::Constant,
            Spread::Dirichlet { .. } => {
                let cure = "shares that sum to 1 are drawn together: use the parameter draws of an experiment";
                return Err(Error::data("a table of shares has no single value", cure));
            }
            Spread::Lognormal { sd } => Law::Lognormal(LogNormal::new(value.ln(), sd).map_err(|cause| broken(&cause))?),
            Spread::Normal { sd } => Law::Normal(Normal::new(value, sd).map_err(|cause| broken(&cause))?),
            Spread::Beta { n } => Law::Beta(Beta::new(value * n, (1.0 - value) * n).map_err(|cause| broken(&cause))?),
            Spread::Gamma { cv } => {
                // Mean `value` and coefficient of variation `cv`.
                Law::Gamma(Gamma::new(1.0 / (cv * cv), value * cv * cv).map_err(|cause| broken(&cause))?)
            }
            Spread::Uniform { low, high } => {
                Law::Uniform(Uniform::new(low.max(least), high.min(most)).map_err(|cause| broken(&cause))?)
            }
        };
        Ok(Prior { key: key.to_owned(), value, spread, range: (least, most), law })
    }

    /// Dotted key of the parameter.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Central value of the parameter.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Lowest and highest value that the parameter may take.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// Whether the parameter has no spread, so that every sample is its central value.
    pub fn is_fixed(&self) -> bool {
        matches!(self.law, Law::Constant)
    }

    /// The quantile at a cumulative probability strictly between 0 and 1, as the parameter draws of a run take it; NaN
    /// where the law has none.
    pub fn quantile(&self, level: f64) -> f64 {
        quantile(self.spread, self.value, self.range, level).unwrap_or(f64::NAN)
    }
}

impl Distribution<f64> for Prior {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        for _ in 0..ATTEMPTS {
            let drawn = match &self.law {
                Law::Constant => return self.value,
                Law::Lognormal(law) => law.sample(rng),
                Law::Normal(law) => law.sample(rng),
                Law::Beta(law) => law.sample(rng),
                Law::Gamma(law) => law.sample(rng),
                Law::Uniform(law) => law.sample(rng),
            };
            if (self.range.0..=self.range.1).contains(&drawn) {
                return drawn;
            }
        }
        // Rejection gives up when the range holds little of the law. The quantile gives the same truncated law, slower:
        // 52 bits plus half a step, so that neither 0 nor 1 can occur.
        self.quantile(((rng.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64)
    }
}
