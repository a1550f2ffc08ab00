//! Traits fixed at birth: liability that runs in families, the level of education that the child will reach,
//! disability, temperament, and the sex of the partner that a person will look for.

use schemars::JsonSchema;
use serde::Deserialize;

use super::unions::Unions;
use crate::curve::indexed;
use crate::engine::Draws;
use crate::random::normal;
use crate::units::{Correlation, LogRatio, Probability, Rows, Share};
use crate::world::{Education as Level, Flag, Milli, Newcomer, Sixteenth, World};

/// `[life.education]`: the level of education that a child will reach.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Education {
    /// Probability of each final level of education of a child, by its mother's level.
    pub mother: Rows<Share>,
}

/// `[life.heredity]`: latent liability to use and to suffer violence (standard normal in the population), and traits
/// that correlate with it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heredity {
    /// Correlation between the liability of a child and that of each parent.
    pub parent_child: Correlation,
    /// Correlation between the liabilities of the two parents, as assumed by the rule of inheritance.
    pub partners: Correlation,
    /// Correlation between the liabilities of children of one mother; what the parents' liabilities do not explain of it
    /// is a family of its own.
    pub siblings: Correlation,
    /// Correlation between the liabilities to use and to suffer violence, within the part that is not inherited.
    pub use_suffer: Correlation,
    /// Correlation of the readiness to disclose with the liability to use violence, with the sign reversed.
    pub disclosure: Correlation,
    /// Log odds ratio of a lower level of education, per standard deviation of liability to use violence.
    pub education: LogRatio,
    /// Share of children with a safe, stable and nurturing carer.
    pub stable_carer: Probability,
    /// Share of persons with a mild intellectual disability.
    pub disability: Probability,
}

/// Index of the draws that children of one mother share.
const FAMILY: u16 = 9;
/// Index of the draw of the sex of the partner that a person will look for.
const PARTNER: u16 = 10;

/// Draws the traits of a newborn.
#[derive(Clone, Debug)]
pub struct Traits {
    mother: [Vec<f64>; 3],
    share: f64,
    residual: f64,
    /// Share of the residual variance that children of one mother have in common.
    family: f64,
    use_suffer: f64,
    disclosure: f64,
    education: f64,
    stable_carer: f64,
    disability: f64,
    /// Shares of men and of women who will look for a partner of their own sex.
    seek_own_sex: [f64; 2],
}

impl Traits {
    /// Builds the draws from the tables of education and heredity, and the shares of persons who look for a partner of
    /// their own sex.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn new(education: &Education, heredity: &Heredity, unions: &Unions) -> Result<Traits, String> {
        let level = |column: &str| indexed(&education.mother, "education", column, 3);
        let (r, partners) = (heredity.parent_child.get(), heredity.partners.get());
        // child = share (mother + father) + residual, with unit variance and correlation r with each parent.
        let share = r / (1.0 + partners);
        let explained = share * share * (2.0 + 2.0 * partners);
        if explained > 1.0 {
            return Err(format!(
                "correlations of {r} with parents and {partners} between them leave less than no variance"
            ));
        }
        // Siblings are at least as alike as their parents make them.
        let family = ((heredity.siblings.get() - explained) / (1.0 - explained).max(1e-9)).clamp(0.0, 1.0);
        Ok(Traits {
            family,
            mother: [level("low")?, level("middle")?, level("high")?],
            share,
            residual: (1.0 - explained).sqrt(),
            use_suffer: heredity.use_suffer.get(),
            disclosure: heredity.disclosure.get(),
            education: heredity.education.get(),
            stable_carer: heredity.stable_carer.get(),
            disability: heredity.disability.get(),
            seek_own_sex: [unions.same_sex_men.get(), unions.same_sex_women.get()],
        })
    }

    /// Gives a newborn, whose sex is known, its traits; an unknown parent counts as a draw from the population.
    pub fn endow(
        &self,
        child: &mut Newcomer,
        mother: Option<(&World, usize)>,
        father: Option<(&World, usize)>,
        draws: &Draws,
    ) {
        let key = child.body.key;
        let (a, b, c) = (draws.lasting(key, 1), draws.lasting(key, 2), draws.lasting(key, 3));
        let mind = |parent: Option<(&World, usize)>, stranger: [f64; 2]| {
            parent.map_or(stranger, |(world, row)| {
                let body = world.body(row);
                [body.liability_use.get(), body.liability_suffer.get()]
            })
        };
        let strangers = [[normal(b.unit(0)), normal(b.unit(1))], [normal(b.unit(2)), normal(b.unit(3))]];
        let (hers, his) = (mind(mother, strangers[0]), mind(father, strangers[1]));
        // Children of an unknown mother share their family with nobody.
        let family = draws.lasting(mother.map_or(key, |(world, row)| world.body(row).key), FAMILY);
        let mixed = |index: usize| {
            self.family.sqrt() * normal(family.unit(index)) + (1.0 - self.family).sqrt() * normal(a.unit(index))
        };
        let own_use = mixed(0);
        let own_suffer = self.use_suffer * own_use + (1.0 - self.use_suffer * self.use_suffer).sqrt() * mixed(1);
        let liability = |index: usize, own: f64| self.share * (hers[index] + his[index]) + self.residual * own;
        let (uses, suffers) = (liability(0, own_use), liability(1, own_suffer));
        child.body.liability_use = Milli::new(uses);
        child.body.liability_suffer = Milli::new(suffers);
        // Units 2 and 3 of the first address were those of traits that nobody is born with any more.
        let rest = (1.0 - self.disclosure * self.disclosure).sqrt();
        child.mind.disclosure = Sixteenth::new(rest * normal(c.unit(0)) - self.disclosure * uses);
        let level = mother.map_or(Level::Middle, |(world, row)| world.body(row).education());
        child.body.set_education(self.level(level, uses, c.unit(1)));
        child.body.set(Flag::Disability, c.happens(2, self.disability));
        child.body.set(Flag::StableCarer, c.happens(3, self.stable_carer));
        let seeks = self.seek_own_sex[child.body.sex() as usize];
        child.body.seeks_own_sex = draws.lasting(key, PARTNER).happens(0, seeks);
        if let Some((world, row)) = mother {
            child.body.set_origin(world.body(row).origin());
        }
    }

    /// The level that a child reaches, given the mother's and its own liability.
    fn level(&self, mother: Level, liability: f64, u: f64) -> Level {
        // Liability shifts the draw on the logistic scale towards the lower levels.
        let shifted = libm::log(u / (1.0 - u)) - self.education * liability;
        let u = 1.0 / (1.0 + libm::exp(-shifted));
        let (low, middle) = (self.mother[0][mother as usize], self.mother[1][mother as usize]);
        if u < low {
            Level::Low
        } else if u < low + middle {
            Level::Middle
        } else {
            Level::High
        }
    }
}
