//! Parameter draws: each uncertain parameter gets a value from its own distribution, addressed by seed, block, draw and
//! key.
//!
//! A parameter's value depends on its own address only, so adding a parameter does not change the draws of the others.
//! The uniform numbers come from a [`Uniforms`]: [`RandomDraws`] gives independent ones, [`LatinDraws`] stratifies the
//! draws of a block for each parameter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, Gamma, Normal};
use toml::{Table, Value};

use crate::config::change::Change;
use crate::config::merge::Merged;
use crate::config::shape::is_passport;
use crate::config::spread::{Spread, groups, multiplier_range, spread};
use crate::config::words::{dotted, number, push};
use crate::error::{Error, Kind, Result};
use crate::units;

/// Uniform numbers by name of a dimension: the key of a parameter, followed by `#` and the number of a share in a
/// Dirichlet table; or `family:` and the name of a family.
pub trait Uniforms {
    /// A number strictly between 0 and 1; always the same for the same dimension.
    fn uniform(&self, dimension: &str) -> f64;
}

/// Independent random numbers, one per (seed, block, draw, dimension).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomDraws {
    /// Seed of the experiment.
    pub seed: u64,
    /// Block of an ensemble (0 unless a design needs several independent sets of draws).
    pub block: u32,
    /// Number of the draw, from 1.
    pub draw: u32,
}

impl Uniforms for RandomDraws {
    fn uniform(&self, dimension: &str) -> f64 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"keten parameter draw 1");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&self.block.to_le_bytes());
        hasher.update(&self.draw.to_le_bytes());
        hasher.update(dimension.as_bytes());
        let mut bytes = [0_u8; 8];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        // 52 bits plus half a step, so that neither 0 nor 1 can occur.
        ((u64::from_le_bytes(bytes) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// Latin hypercubes, one per block: each dimension is divided into as many equal parts as the block has draws, and each
/// part contains exactly one draw (McKay, Beckman and Conover 1979). Adding a block does not change the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatinDraws {
    /// Seed of the experiment.
    pub seed: u64,
    /// Draws in a block.
    pub size: u32,
    /// Number of the draw, from 1; blocks follow one another.
    pub draw: u32,
}

impl Uniforms for LatinDraws {
    fn uniform(&self, dimension: &str) -> f64 {
        let size = self.size.max(1);
        let (block, own) = ((self.draw.max(1) - 1) / size, (self.draw.max(1) - 1) % size);
        // The part of each draw is its rank among keyed numbers of the block: an independent permutation for every
        // dimension.
        let lot = |member: u32| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(b"keten latin hypercube 1");
            hasher.update(&self.seed.to_le_bytes());
            hasher.update(&size.to_le_bytes());
            hasher.update(&block.to_le_bytes());
            hasher.update(&member.to_le_bytes());
            hasher.update(dimension.as_bytes());
            (*hasher.finalize().as_bytes(), member)
        };
        let mine = lot(own);
        let part = (0..size).filter(|member| *member != own && lot(*member) < mine).count();
        let within = RandomDraws { seed: self.seed, block: block + 1, draw: self.draw }.uniform(dimension);
        (part as f64 + within) / f64::from(size)
    }
}

/// The design of an ensemble of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplingDesign {
    /// Latin hypercubes of this block size.
    LatinHypercube {
        /// Draws in a block.
        block: u32,
    },
    /// Independent draws.
    Random,
}

/// How the levels of violence of a parameter draw are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    /// Each draw meets the calibration targets, which are drawn from their own spreads.
    #[default]
    Targets,
    /// All draws keep the levels solved at the central values, so that the prevalence of 2008 varies with the other
    /// parameters.
    Held,
}

/// How parameter values of an ensemble are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawing {
    /// Seed of the experiment.
    pub seed: u64,
    /// How the draws lie.
    pub design: SamplingDesign,
    /// Factor on the spread of parameters of grade C: 2 doubles standard deviations.
    pub grade_c: f64,
    /// How the levels of violence of a draw are set.
    pub levels: Levels,
}

impl Drawing {
    /// Independent draws with the spreads of the passports.
    pub fn random(seed: u64) -> Drawing {
        Drawing { seed, design: SamplingDesign::Random, grade_c: 1.0, levels: Levels::Targets }
    }
}

/// The patch of one draw; draw 0 uses the central values and changes nothing.
///
/// # Errors
/// When a passport has a spread that cannot be drawn (a checked model has none).
pub fn draw(merged: &Merged, drawing: &Drawing, draw: u32) -> Result<Vec<Change>> {
    if draw == 0 {
        return Ok(Vec::new());
    }
    let origin = format!("draw {draw}");
    let seed = drawing.seed;
    match drawing.design {
        SamplingDesign::Random => draw_with(merged, &RandomDraws { seed, block: 0, draw }, drawing.grade_c, &origin),
        SamplingDesign::LatinHypercube { block } => {
            draw_with(merged, &LatinDraws { seed, size: block, draw }, drawing.grade_c, &origin)
        }
    }
}

/// The patch that sets every uncertain parameter from `uniforms`, with spreads of grade C widened by `grade_c`;
/// `origin` names the draw in messages.
///
/// # Errors
/// As [`draw`].
pub fn draw_with(merged: &Merged, uniforms: &dyn Uniforms, grade_c: f64, origin: &str) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    gather(&merged.table, "", &mut |at, passport| {
        let key = dotted(at);
        let spread = spread(at, passport)
            .map_err(|faults| faults.iter().map(|fault| merged.place(fault)).collect::<Vec<_>>())?;
        let assumed = passport.get("grade").and_then(Value::as_str) == Some("C");
        match if assumed { widened(spread, grade_c) } else { spread } {
            Spread::Fixed => {}
            Spread::Dirichlet { n } => {
                let rows = dirichlet(passport, n, |share| uniforms.uniform(&format!("{key}#{share}")));
                changes.push(Change::new(format!("{key}.rows"), rows, origin));
            }
            law => {
                let value = passport.get("value").and_then(number).unwrap_or(1.0);
                let drawn = quantile(law, value, range(passport), level(&key, passport, uniforms))
                    .map_err(|error| vec![error.at_key(key.as_str())])?;
                changes.push(Change::new(key, nine_digits(drawn), origin));
            }
        }
        Ok(())
    })
    .map_err(crate::error::Errors)?;
    Ok(changes)
}

/// A parameter on the scale of its variation, for scores: standard deviations from the centre.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Dotted key.
    pub key: String,
    /// Whether the scale is logarithmic.
    pub log: bool,
    /// Centre, on that scale.
    pub centre: f64,
    /// Standard deviation on that scale.
    pub sd: f64,
}

impl Scaled {
    /// The standardised score of a value.
    pub fn score(&self, value: f64) -> f64 {
        let on_scale = if self.log { libm::log(value.max(f64::MIN_POSITIVE)) } else { value };
        (on_scale - self.centre) / self.sd
    }
}

/// The uncertain parameters of a model with the scale of their distributions: logarithmic for lognormal and gamma.
/// Tables of shares that sum to 1 have no single value and are left out.
///
/// # Errors
/// As [`draw`].
pub fn scales(merged: &Merged) -> Result<Vec<Scaled>> {
    let mut found = Vec::new();
    gather(&merged.table, "", &mut |at, passport| {
        let spread = spread(at, passport)
            .map_err(|faults| faults.iter().map(|fault| merged.place(fault)).collect::<Vec<_>>())?;
        let value = passport.get("value").and_then(number).unwrap_or(1.0);
        let (log, centre, sd) = match spread {
            Spread::Fixed | Spread::Dirichlet { .. } => return Ok(()),
            Spread::Lognormal { sd } => (true, libm::log(value), sd),
            Spread::Gamma { cv } => (true, libm::log(value), cv),
            Spread::Normal { sd } => (false, value, sd),
            Spread::Beta { n } => (false, value, (value * (1.0 - value) / (n + 1.0)).sqrt()),
            Spread::Uniform { low, high } => (false, low + (high - low) / 2.0, (high - low) / 12.0_f64.sqrt()),
        };
        found.push(Scaled { key: dotted(at), log, centre, sd });
        Ok(())
    })
    .map_err(crate::error::Errors)?;
    Ok(found)
}

/// A distribution with its standard deviation (of the logarithm, if lognormal) multiplied by `by`.
fn widened(spread: Spread, by: f64) -> Spread {
    match spread {
        Spread::Fixed => Spread::Fixed,
        Spread::Lognormal { sd } => Spread::Lognormal { sd: sd * by },
        Spread::Normal { sd } => Spread::Normal { sd: sd * by },
        // The variance of a share is proportional to 1 / (n + 1).
        Spread::Beta { n } => Spread::Beta { n: ((n + 1.0) / (by * by) - 1.0).max(1e-3) },
        Spread::Dirichlet { n } => Spread::Dirichlet { n: ((n + 1.0) / (by * by) - 1.0).max(1e-3) },
        Spread::Gamma { cv } => Spread::Gamma { cv: cv * by },
        Spread::Uniform { low, high } => {
            let (middle, half) = (low + (high - low) / 2.0, (high - low) / 2.0);
            Spread::Uniform { low: middle - half * by, high: middle + half * by }
        }
    }
}

fn gather(
    table: &Table,
    at: &str,
    each: &mut impl FnMut(&str, &Table) -> std::result::Result<(), Vec<Error>>,
) -> std::result::Result<(), Vec<Error>> {
    for (key, value) in table {
        let here = push(at, key);
        match value {
            Value::Table(passport) if is_passport(passport) => each(&here, passport)?,
            Value::Table(inner) => gather(inner, &here, each)?,
            Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
            Value::Array(_) => {}
        }
    }
    Ok(())
}

/// The values that a parameter may take: the range of its unit, or of a table's multiplier.
pub(super) fn range(passport: &Table) -> (f64, f64) {
    if passport.contains_key("rows") {
        return multiplier_range(passport);
    }
    passport.get("unit").and_then(Value::as_str).and_then(units::range).unwrap_or((f64::MIN, f64::MAX))
}

/// Cumulative probability of a parameter's value, between 0 and 1. Members of a family share one normal score, so that
/// two members with correlations `rho` have the square root of the product as their correlation (a Gaussian copula).
fn level(key: &str, passport: &Table, uniforms: &dyn Uniforms) -> f64 {
    let own = uniforms.uniform(key);
    let family = passport.get("family").and_then(Value::as_str);
    let rho = passport.get("rho").and_then(number).filter(|rho| (0.0..=1.0).contains(rho));
    let (Some(family), Some(rho)) = (family, rho) else { return own };
    let normal = Normal::standard();
    let shared = normal.inverse_cdf(uniforms.uniform(&format!("family:{family}")));
    let score = rho.sqrt() * shared + (1.0 - rho).sqrt() * normal.inverse_cdf(own);
    normal.cdf(score)
}

/// The quantile at probability `level` of a distribution around `value`, truncated at `least` and `most`.
pub(super) fn quantile(
    law: Spread,
    value: f64,
    (least, most): (f64, f64),
    level: f64,
) -> std::result::Result<f64, Error> {
    let broken = |cause: &dyn std::fmt::Display| {
        Error::new(Kind::Data, format!("its spread cannot be drawn: {cause}"), "correct the value and the spread")
    };
    let drawn = match law {
        Spread::Fixed | Spread::Dirichlet { .. } => value,
        Spread::Uniform { low, high } => {
            let (low, high) = (low.max(least), high.min(most));
            low + (high - low) * level
        }
        Spread::Lognormal { sd } => {
            let normal = Normal::new(value.ln(), sd).map_err(|cause| broken(&cause))?;
            let edge = |limit: f64| if limit <= 0.0 { 0.0 } else { normal.cdf(limit.ln()) };
            normal.inverse_cdf(between(edge(least), edge(most), level)).exp()
        }
        Spread::Normal { sd } => {
            let normal = Normal::new(value, sd).map_err(|cause| broken(&cause))?;
            normal.inverse_cdf(between(normal.cdf(least), normal.cdf(most), level))
        }
        Spread::Beta { n } => {
            let beta = Beta::new(value * n, (1.0 - value) * n).map_err(|cause| broken(&cause))?;
            let (low, high) = (least.max(0.0), most.min(1.0));
            search(|x| beta.cdf(x), low, high, between(beta.cdf(low), beta.cdf(high), level))
        }
        Spread::Gamma { cv } => {
            let shape = 1.0 / (cv * cv);
            let gamma = Gamma::new(shape, shape / value).map_err(|cause| broken(&cause))?;
            // Far enough out that the remaining probability is below double precision.
            let far = value * (1.0 + 40.0 * cv + 800.0 * cv * cv);
            let (low, high) = (least.max(0.0), most.min(far));
            search(|x| gamma.cdf(x), low, high, between(gamma.cdf(low), gamma.cdf(high), level))
        }
    };
    if drawn.is_finite() { Ok(drawn.clamp(least, most)) } else { Err(broken(&format!("{drawn} came out"))) }
}

/// A probability between two others, kept away from 0 and 1, where a distribution may have no finite quantile.
fn between(low: f64, high: f64, level: f64) -> f64 {
    (low + (high - low) * level).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)
}

/// The point at which an increasing function on `low..high` reaches `target`, by bisection: slow, robust, and identical
/// on all machines.
fn search(cdf: impl Fn(f64) -> f64, mut low: f64, mut high: f64, target: f64) -> f64 {
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if cdf(middle) < target { low = middle } else { high = middle }
    }
    low + (high - low) / 2.0
}

/// Rows with each group of shares drawn; `uniform` gives the number of the n-th share of the table.
fn dirichlet(passport: &Table, n: f64, uniform: impl Fn(usize) -> f64) -> Value {
    let mut rows = passport.get("rows").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    let width = passport.get("columns").and_then(Value::as_array).map_or(0, Vec::len);
    for group in groups(passport) {
        let total: f64 = group.iter().map(|share| share.value).sum();
        let parts: Vec<f64> = group
            .iter()
            .map(|share| {
                let shape = n * share.value / total;
                match Gamma::new(shape, 1.0) {
                    Ok(gamma) => {
                        let far = shape + 40.0 * shape.sqrt() + 800.0;
                        search(|x| gamma.cdf(x), 0.0, far, uniform(share.row * width + share.column))
                    }
                    Err(_) => 0.0, // a share of 0 stays 0
                }
            })
            .collect();
        let sum: f64 = parts.iter().sum();
        for (share, part) in group.iter().zip(parts) {
            if let Some(cell) = rows.get_mut(share.row).and_then(|row| row.get_mut(share.column))
                && sum > 0.0
            {
                *cell = Value::Float(nine_digits(part / sum));
            }
        }
    }
    rows
}

/// Rounds to nine significant digits: the values used equal the values printed, and the last digits of a logarithm
/// differ between machines.
pub(super) fn nine_digits(number: f64) -> f64 {
    format!("{number:.8e}").parse().unwrap_or(number)
}
