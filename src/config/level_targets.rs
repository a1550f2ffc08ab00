//! The targets of the levels of violence in 2008, and their distribution over the spreads of the target parameters.

use toml::Value;

use crate::config::change::Change;
use crate::config::draw::{Drawing, RandomDraws, draw_with};
use crate::config::merge::Merged;
use crate::config::shape::is_passport;
use crate::config::words::number;
use crate::error::Result;
use crate::units;

/// The level moments of 2008, each a share of persons per year: women and men who are victims of a partner, adults who
/// are victims of relatives only, maltreated children. Victims in five years depend on desistance, which is at its
/// upper bound, and follow from these.
pub const MOMENTS: [&str; 4] = ["women_partner", "men_partner", "relatives", "maltreated"];

/// The targets of the levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelTargets {
    /// `targets.g4_ratio`
    pub g4_ratio: f64,
    /// `targets.g4_share`
    pub g4_share: f64,
    /// `targets.victims_year`
    pub victims_year: f64,
    /// `targets.women_victims`
    pub women_victims: f64,
    /// `targets.partner_share`
    pub partner_share: f64,
    /// `targets.maltreated_year`
    pub maltreated_year: f64,
}

impl LevelTargets {
    /// Keys of the targets that affect a run through the levels of its draws.
    pub const KEYS: [&str; 6] = [
        "targets.g4_ratio",
        "targets.g4_share",
        "targets.victims_year",
        "targets.women_victims",
        "targets.partner_share",
        "targets.maltreated_year",
    ];

    /// The targets, given the value of each key; `None` when one is missing.
    pub fn read(of: impl Fn(&str) -> Option<f64>) -> Option<LevelTargets> {
        let [g4_ratio, g4_share, victims_year, women_victims, partner_share, maltreated_year] = Self::KEYS.map(of);
        Some(LevelTargets {
            g4_ratio: g4_ratio?,
            g4_share: g4_share?,
            victims_year: victims_year?,
            women_victims: women_victims?,
            partner_share: partner_share?,
            maltreated_year: maltreated_year?,
        })
    }

    /// Victims of any relative per adult and year in the four cities.
    pub fn any(&self) -> f64 {
        self.victims_year * units::cities_over_country(self.g4_ratio, self.g4_share)
    }

    /// Target of each of [`MOMENTS`] in the four cities. Half of the adults are women.
    pub fn aims(&self) -> [f64; 4] {
        let partner = self.any() * self.partner_share;
        [
            partner * self.women_victims * 2.0,
            partner * (1.0 - self.women_victims) * 2.0,
            self.any() * (1.0 - self.partner_share),
            self.maltreated_year * units::cities_over_country(self.g4_ratio, self.g4_share),
        ]
    }
}

/// Whether a change concerns a parameter: its value, its passport or a part of that.
pub(super) fn of_key(change: &Change, key: &str) -> bool {
    change.key == key || change.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
}

/// The number that a change sets, as a plain value or as a passport.
pub(super) fn value_of(value: &Value) -> Option<f64> {
    match value {
        Value::Table(passport) if is_passport(passport) => passport.get("value").and_then(number),
        other => number(other),
    }
}

/// Number of draws of the targets used to estimate their distributions.
const TARGET_DRAWS: u32 = 2000;

/// The distribution of the target of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AimedAt {
    /// At central values.
    pub central: f64,
    /// The 2.5th and the 97.5th percentile.
    pub interval: (f64, f64),
    /// Mean of the logarithm.
    pub log_mean: f64,
}

/// Targets of the moments over the spreads of the target parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aimed {
    /// Each of [`MOMENTS`].
    pub moments: [AimedAt; 4],
    /// Covariance of their logarithms.
    pub log_covariance: [[f64; 4]; 4],
}

/// The targets of [`MOMENTS`] over the spreads of the target parameters, given `held`; `None` for a model that lacks a
/// target.
///
/// # Errors
/// As [`crate::config::draw`].
pub fn target_intervals(merged: &Merged, drawing: &Drawing, held: &[&Change]) -> Result<Option<Aimed>> {
    let mut alone = merged.clone();
    alone.table.retain(|key, _| key == "targets");
    if let Some(targets) = alone.table.get_mut("targets").and_then(Value::as_table_mut) {
        targets.retain(|key, _| LevelTargets::KEYS.contains(&&*format!("targets.{key}")));
    }
    let set =
        |key: &str| held.iter().rev().find(|change| of_key(change, key)).and_then(|change| value_of(&change.value));
    let Some(central) = LevelTargets::read(|key| set(key).or_else(|| merged.value(key))) else { return Ok(None) };
    let mut logs: Vec<[f64; 4]> = Vec::new();
    for draw in 1..=TARGET_DRAWS {
        let uniforms = RandomDraws { seed: 2008, block: 0, draw };
        let drawn = draw_with(&alone, &uniforms, drawing.grade_c, "targets")?;
        let value = |key: &str| {
            let own = drawn.iter().find(|change| change.key == key).and_then(|change| number(&change.value));
            set(key).or(own).or_else(|| merged.value(key))
        };
        logs.extend(LevelTargets::read(value).map(|targets| targets.aims().map(|aim| libm::log(aim.max(1e-9)))));
    }
    let n = logs.len() as f64;
    let means: [f64; 4] = std::array::from_fn(|moment| logs.iter().map(|log| log[moment]).sum::<f64>() / n);
    let log_covariance = std::array::from_fn(|one| {
        std::array::from_fn(|other| {
            let product = |log: &[f64; 4]| (log[one] - means[one]) * (log[other] - means[other]);
            logs.iter().map(product).sum::<f64>() / (n - 1.0)
        })
    });
    let aims = central.aims();
    let moments = std::array::from_fn(|moment| {
        let mut all: Vec<f64> = logs.iter().map(|log| log[moment]).collect();
        all.sort_by(f64::total_cmp);
        let at = |share: f64| libm::exp(all[((n - 1.0) * share).round() as usize]);
        AimedAt { central: aims[moment], interval: (at(0.025), at(0.975)), log_mean: means[moment] }
    });
    Ok(Some(Aimed { moments, log_covariance }))
}
