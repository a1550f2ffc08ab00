//! The response of the levels of 2008 to the parameters. It gives each parameter draw its own levels of violence, such
//! that the draw meets the targets of the levels, which are drawn from their own spreads.
//!
//! log(moment i) = Σ over terms of effect · product of one or two scores. The scores are those of the uncertain
//! parameters that have an effect in the burn-in population, and the logarithms of the ratios of the levels to those at
//! which the response was fitted. `keten solve --part response` fits it; here it is plain data of the model.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::draw::Scaled;
use crate::config::level_targets::MOMENTS;
use crate::units::{LogRatio, Number, Persons, Rows};

/// Parameters that are the levels: intercepts, one per moment.
pub const LEVELS: [&str; 4] =
    ["violence.onset.by_men", "violence.onset.by_women", "violence.other.relatives", "violence.maltreatment.onset"];

/// `[response]`: response of the levels of violence in 2008 to the parameters. Written by
/// `keten solve --part response`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelResponse {
    /// Keys of the variables, numbered from 1: the four levels, then the parameters that have an effect on them.
    pub variables: Vec<String>,
    /// Scale of each variable: number (`input`), whether the scale is logarithmic (`log`, 1 or 0), and `centre` and
    /// standard deviation (`sd`) on that scale.
    pub scale: Rows<Number>,
    /// Effects on the logarithm of each moment. A row gives the numbers of the one or two variables whose scores are
    /// multiplied (0 for none).
    pub effects: Rows<LogRatio>,
    /// Initial size of each burn-in population from which the response is estimated, persons.
    pub pool: Persons,
    /// Quality of fit of each moment (by number): number of runs; standard deviation of the logarithm over the runs,
    /// and of the residual in and out of sample; R² in and out of sample; standard deviation due to random numbers
    /// alone.
    pub quality: Rows<Number>,
}

/// One term: the effect on each moment of the product of the scores of one or two variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Index of a variable; `None` in the constant term.
    pub of: Option<usize>,
    /// Index of a second variable.
    pub with: Option<usize>,
    /// Effect on the logarithm of each moment.
    pub effect: [f64; 4],
}

impl Term {
    /// The product of the scores.
    pub fn product(&self, scores: &[f64]) -> f64 {
        let score = |at: Option<usize>| at.and_then(|at| scores.get(at)).copied().unwrap_or(1.0);
        score(self.of) * score(self.with)
    }
}

/// A checked response.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Variables: the levels first, in the order of [`LEVELS`].
    pub variables: Vec<Scaled>,
    /// Terms.
    pub terms: Vec<Term>,
}

/// Scores beyond this count as this, since the response was fitted in this range.
const FAR: f64 = 3.0;
/// Largest logarithm of the ratio of a level to that at which the response was fitted; its runs go as far.
const REACH: f64 = 2.0;
/// Penalty on the squared logarithm of the ratio of the levels of men and women, beside the squared logarithms of what the
/// moments miss. Most violence is mutual, so that both levels move the victims of both sexes. Without the penalty a few
/// per cent more women among the victims would ask for levels far apart, for which there is no evidence. This one weighs
/// a ratio of 1.65 (half a logarithm) like a miss of 5 %.
const CONTRAST: f64 = 0.01;

impl LevelResponse {
    /// Checks the tables and converts them.
    ///
    /// # Errors
    /// Describes an inconsistency.
    pub fn fitted(&self) -> std::result::Result<Fitted, String> {
        let count = self.variables.len();
        if self.variables.iter().take(LEVELS.len()).ne(LEVELS.iter()) {
            return Err(format!("its first variables must be {}", LEVELS.join(", ")));
        }
        let [input, log, centre, sd] = ["input", "log", "centre", "sd"].map(|name| self.scale.values(name));
        let (input, log, centre, sd) = (input?, log?, centre?, sd?);
        let numbered = input.iter().enumerate().all(|(at, number)| *number == (at + 1) as f64);
        if input.len() != count || !numbered {
            return Err(format!("scale needs one row for each of the {count} variables, in their order from 1"));
        }
        if let Some(at) = sd.iter().position(|sd| *sd <= 0.0) {
            return Err(format!("scale, row {}: sd is {}; give a number above 0", at + 1, sd[at]));
        }
        let scaled =
            |at: usize| Scaled { key: self.variables[at].clone(), log: log[at] != 0.0, centre: centre[at], sd: sd[at] };
        let variables: Vec<Scaled> = (0..count).map(scaled).collect();
        let (of, with) = (self.effects.values("input")?, self.effects.values("with")?);
        let mut columns = Vec::new();
        for moment in MOMENTS {
            columns.push(self.effects.values(moment)?);
        }
        let named = |number: f64| match number {
            0.0 => Ok(None),
            n if n.fract() == 0.0 && n >= 1.0 && n <= count as f64 => Ok(Some(n as usize - 1)),
            n => Err(format!("effects name variable {n}; there are {count}, numbered from 1")),
        };
        let mut terms = Vec::new();
        for row in 0..of.len() {
            let effect = std::array::from_fn(|moment| columns[moment][row]);
            terms.push(Term { of: named(of[row])?, with: named(with[row])?, effect });
        }
        Ok(Fitted { variables, terms })
    }
}

impl Fitted {
    /// Logarithm of each moment at these scores of all variables.
    pub fn predict(&self, scores: &[f64]) -> [f64; 4] {
        let mut sum = [0.0; 4];
        for term in &self.terms {
            let product = term.product(scores);
            sum.iter_mut().zip(term.effect).for_each(|(sum, effect)| *sum += effect * product);
        }
        sum
    }

    /// Derivatives of the logarithm of each moment by the logarithm of each level.
    fn slopes(&self, scores: &[f64]) -> [[f64; 4]; 4] {
        let mut slopes = [[0.0; 4]; 4];
        let score = |at: Option<usize>| at.and_then(|at| scores.get(at)).copied().unwrap_or(1.0);
        for term in &self.terms {
            for (one, other) in [(term.of, term.with), (term.with, term.of)] {
                let Some(level) = one.filter(|level| *level < LEVELS.len()) else { continue };
                for (row, effect) in slopes.iter_mut().zip(term.effect) {
                    row[level] += effect * score(other);
                }
            }
        }
        slopes
    }

    /// Adjusts the scores of the levels such that the moments meet `aims`, by damped steps of Newton's method from the
    /// given scores; levels stay in the range of the response. `contrast` is the penalty on the difference of the first
    /// two scores.
    fn meet(&self, aims: [f64; 4], scores: &mut [f64], contrast: f64) {
        for _ in 0..200 {
            let predicted = self.predict(scores);
            let off: [f64; 4] = std::array::from_fn(|i| libm::log(aims[i].max(1e-9)) - predicted[i]);
            let apart = scores.first().zip(scores.get(1)).map_or(0.0, |(men, women)| men - women);
            let step = least_squares(&self.slopes(scores), &off, contrast, apart);
            let mut moved = 0.0_f64;
            for (score, step) in scores.iter_mut().zip(step) {
                let next = (*score + step.clamp(-0.3, 0.3)).clamp(-REACH, REACH);
                moved = moved.max((next - *score).abs());
                *score = next;
            }
            if moved < 1e-12 {
                break;
            }
        }
    }

    /// The levels with which the moments meet `aims` as well as levels of men and women that are not far apart can, given
    /// the value of each parameter (`None`: the central value).
    pub fn levels(&self, aims: [f64; 4], value: impl Fn(&str) -> Option<f64>) -> [f64; 4] {
        self.levels_at(aims, |variable| value(&variable.key).map(|value| variable.score(value)))
    }

    /// The same, given the score of each parameter.
    pub fn levels_at(&self, aims: [f64; 4], score: impl Fn(&Scaled) -> Option<f64>) -> [f64; 4] {
        self.levels_with(aims, score, CONTRAST)
    }

    /// The same with another penalty on the ratio of the levels of men and women.
    pub(crate) fn levels_with(
        &self,
        aims: [f64; 4],
        score: impl Fn(&Scaled) -> Option<f64>,
        contrast: f64,
    ) -> [f64; 4] {
        let score = |(at, variable): (usize, &Scaled)| match score(variable) {
            Some(score) if at >= LEVELS.len() => score.clamp(-FAR, FAR),
            _ => 0.0,
        };
        let mut scores: Vec<f64> = self.variables.iter().enumerate().map(score).collect();
        self.meet(aims, &mut scores, contrast);
        std::array::from_fn(|level| {
            let variable = &self.variables[level];
            libm::exp(variable.centre + variable.sd * scores[level])
        })
    }
}

/// The step that removes `off` as far as the slopes allow: least squares with a very small ridge penalty, and `contrast` as
/// the penalty on the square of the difference `apart` of the first two levels.
fn least_squares(slopes: &[[f64; 4]; 4], off: &[f64; 4], contrast: f64, apart: f64) -> [f64; 4] {
    let mut system = [[0.0; 5]; 4];
    for (row, equation) in system.iter_mut().enumerate() {
        for column in 0..4 {
            equation[column] = (0..4).map(|i| slopes[i][row] * slopes[i][column]).sum();
        }
        equation[row] += 1e-9;
        equation[4] = (0..4).map(|i| slopes[i][row] * off[i]).sum();
    }
    for (row, other, sign) in [(0, 1, 1.0), (1, 0, -1.0)] {
        system[row][row] += contrast;
        system[row][other] -= contrast;
        system[row][4] -= sign * contrast * apart;
    }
    for pivot in 0..4 {
        // Positive definite: no pivoting needed.
        let lead = system[pivot];
        for (row, equation) in system.iter_mut().enumerate() {
            if row != pivot {
                let factor = equation[pivot] / lead[pivot];
                equation.iter_mut().zip(lead).for_each(|(cell, of)| *cell -= factor * of);
            }
        }
    }
    std::array::from_fn(|at| system[at][4] / system[at][at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response in which the levels of men and women move the victims of both sexes nearly alike, by 0.5 and 0.4.
    fn mutual() -> Fitted {
        let variables = LEVELS.map(|key| Scaled { key: key.to_owned(), log: true, centre: 0.0, sd: 1.0 });
        let effects =
            [[0.4, 0.5, 0.0, 0.0], [0.5, 0.4, 0.0, 0.0], [0.0, 0.0, 0.8, 0.0], [0.1, 0.1, 0.0, 0.9], [-4.0; 4]];
        let term = |(at, effect): (usize, [f64; 4])| Term { of: Some(at).filter(|at| *at < 4), with: None, effect };
        Fitted { variables: variables.to_vec(), terms: effects.into_iter().enumerate().map(term).collect() }
    }

    #[test]
    fn levels_of_men_and_women_stay_together_and_victims_give_way_by_little() {
        let fitted = mutual();
        let aims = [0.1, -0.1, 0.2, -0.2].map(|shift| libm::exp(-4.0 + shift));
        let solved = |contrast: f64| {
            let levels = fitted.levels_with(aims, |_| None, contrast).map(f64::ln);
            let moments = fitted.predict(&levels);
            (levels, std::array::from_fn::<f64, 4, _>(|at| moments[at] - aims[at].ln()))
        };
        let (apart, off) = solved(0.0);
        assert!((apart[1] - apart[0] - 2.0).abs() < 1e-6, "{apart:?}");
        assert!(off.iter().all(|off| off.abs() < 1e-6), "{off:?}");
        // Moments 0.2 apart and slopes that differ by 0.1: 2 without a penalty. Minimum of 2 (0.1 − 0.05 d)² + 0.01 d².
        let (near, off) = solved(CONTRAST);
        assert!((near[1] - near[0] - 0.02 / 0.03).abs() < 1e-6, "{near:?}");
        assert!((off[0] + 0.1 * (1.0 - 1.0 / 3.0)).abs() < 1e-6 && (off[0] + off[1]).abs() < 1e-6, "{off:?}");
        assert!(off[2..].iter().all(|off| off.abs() < 1e-6), "{off:?}");
        // What moves both sexes alike is met: levels need not go apart.
        let both = fitted.levels_at([0.3, 0.3, 0.0, 0.0].map(|shift| libm::exp(-4.0 + shift)), |_| None).map(f64::ln);
        assert!((fitted.predict(&both)[0] + 4.0 - 0.3).abs() < 1e-6, "{both:?}");
    }
}
