//! Onset of violence between partners (*partnergeweld*), by direction: a log-linear hazard of both partners'
//! liabilities, of the consequences of their childhood, and of their present circumstances.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process, Scope, YEARS};
use crate::units::{Months, Probability, RatePerYear, Ratio, Rows, Share};
use crate::world::{Change, Changes, Couple, CoupleId, Flag, Mechanism, Mediation, Sex, Side, Touch, Violence, World};

/// `[violence.onset]`: onset of violence between partners.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Onset {
    /// Hazard that a man of mean liability starts to use violence against his wife or female partner, in a couple without
    /// risk factors.
    pub by_men: RatePerYear,
    /// Hazard that a woman of mean liability starts to use violence against her husband or male partner, in a couple
    /// without risk factors.
    pub by_women: RatePerYear,
    /// Hazard ratio of onset: couples of two men or two women versus a man and a woman, per couple with the same risk
    /// factors. Each partner has half of the hazard of the couple.
    pub same_sex: Ratio,
    /// Share of onsets by men that are coercive.
    pub coercive_by_men: Share,
    /// Share of onsets by women that are coercive.
    pub coercive_by_women: Share,
    /// Hazard ratio of onset by age of the user of violence.
    pub age: Rows<Ratio>,
    /// Hazard ratio of onset: the user of violence misuses alcohol.
    pub alcohol: Ratio,
    /// Hazard ratio of onset: the user of violence has an addiction.
    pub addiction: Ratio,
    /// Hazard ratio of onset: the user of violence has a mental illness.
    pub mental_illness: Ratio,
    /// Hazard ratio of onset: the victim has a mental illness.
    pub victim_mental_illness: Ratio,
    /// Hazard ratio of onset: the victim has a mild intellectual disability.
    pub victim_disability: Ratio,
    /// Hazard ratio of onset: household below the low-income line.
    pub low_income: Ratio,
    /// Hazard ratio of onset: the user of violence has no paid work, below age 65.
    pub no_work: Ratio,
    /// Hazard ratio of onset: a partner has problematic debts.
    pub debts: Ratio,
    /// Hazard ratio of onset: an area twice as deprived as the mean of its city, versus that mean.
    pub area: Ratio,
    /// Hazard ratio of onset: a partner is pregnant.
    pub pregnancy: Ratio,
    /// Hazard ratio of onset: a partner gave birth less than `after_birth_months` ago.
    pub after_birth: Ratio,
    /// Duration of the higher hazard after a birth, months.
    pub after_birth_months: Months,
    /// Probability that the other partner also starts to use violence at an onset of situational violence.
    pub mutual: Probability,
    /// Hazard ratio of onset: the user of violence used violence before, against an earlier partner.
    pub relapse: Ratio,
    /// Hazard ratio of onset per calendar year after 2008, if the trend is `decline`.
    pub decline: Ratio,
}

/// The log effects of liability in use, which depend on kappa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Log hazard ratio of using per standard deviation of the user's liability.
    pub uses: f64,
    /// Log hazard ratio of suffering per standard deviation of the victim's liability.
    pub suffers: f64,
}

struct OnsetProcess {
    by: Sex,
    table: Onset,
    /// Hazard of the user in a couple of a man and a woman without risk factors.
    base: f64,
    /// The same in a couple of two partners of this sex.
    base_same_sex: f64,
    coercive: f64,
    age: ByAge,
    /// Largest ratio of an age and all later ages.
    later: Vec<f64>,
    worst_area: f64,
    weights: Weights,
    mediation: Mediation,
    declines: bool,
}

/// Ratio of the envelope to the base rate.
const CUSHION: f64 = 12.0;

impl Onset {
    /// The hazard of couples in which partners of the sex `by` begin. `mediation` is what a shift of attitude or coping
    /// by a measure does to it.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self, by: Sex, weights: Weights, mediation: Mediation, scope: &Scope) -> Result<Process, String> {
        let table = self.clone();
        let age = ByAge::both(&self.age, "ratio", 1.0)?;
        let later = age.most_from(0, YEARS);
        let declines = scope.partner_violence_declines();
        let worst_area = area_ratio(self.area, MOST_DEPRIVED).max(1.0);
        let (base, coercive) = match by {
            Sex::Male => (self.by_men.get(), self.coercive_by_men.get()),
            Sex::Female => (self.by_women.get(), self.coercive_by_women.get()),
        };
        let base_same_sex = self.same_sex.get() * 0.5 * (self.by_men.get() + self.by_women.get());
        Ok(Process::Couple(Box::new(OnsetProcess {
            by,
            table,
            base,
            base_same_sex,
            coercive,
            age,
            later,
            worst_area,
            weights,
            mediation,
            declines,
        })))
    }
}

/// Risk factors of the partners, other than work, that the hazard depends on; the bound uses the partner with the
/// higher risk.
const RISKS: Touch = Touch::ALCOHOL.and(Touch::ADDICTION).and(Touch::ILLNESS).and(Touch::INCOME);
/// Ratio of deprivation to the city's mean above which the hazard no longer rises.
const MOST_DEPRIVED: f64 = 4.0;

/// Hazard ratio of an area with this deprivation, relative to an area at the city's mean.
fn area_ratio(doubled: Ratio, deprivation: f64) -> f64 {
    libm::pow(doubled.get(), deprivation.min(MOST_DEPRIVED) - 1.0)
}

impl OnsetProcess {
    /// The rate at which the hazard of users of this sex is measured: that in couples of a man and a woman, unless that
    /// is zero.
    fn unit(&self) -> f64 {
        if self.base > 0.0 { self.base } else { self.base_same_sex }
    }

    /// The sides from which violence by a person of this sex may begin: of a man and a woman one, of two partners of this
    /// sex both.
    fn sides<'a>(&self, couple: &'a Couple) -> impl Iterator<Item = Side> + use<'a> {
        let by = self.by;
        let open = couple.together();
        let free =
            move |side: &Side| open && couple.sex(*side) == by && couple.violence[*side as usize] == Violence::None;
        Side::BOTH.into_iter().filter(free)
    }

    /// The hazard of violence by the partner on one side, in multiples of [`unit`](Self::unit), or an upper bound of it.
    fn of_side(&self, world: &World, couple: &Couple, side: Side, bound: bool) -> f64 {
        let base = if couple.is_same_sex() { self.base_same_sex } else { self.base };
        let unit = self.unit();
        // The hazard of a man and a woman is its own unit, exactly.
        let share = if base == unit { 1.0 } else { base / unit };
        if base > 0.0 { self.ratio(world, couple, side, bound) * share } else { 0.0 }
    }

    /// The sum of that over the sides from which violence may begin.
    fn of_sides(&self, world: &World, couple: &Couple, bound: bool) -> f64 {
        self.sides(couple).fold(0.0, |sum, side| sum + self.of_side(world, couple, side, bound))
    }

    /// The hazard relative to its base rate, or an upper bound of that for the present state of both partners.
    fn ratio(&self, world: &World, couple: &Couple, by: Side, bound: bool) -> f64 {
        let (Some(user), Some(victim)) = (couple.partner(by).row(), couple.partner(by.other()).row()) else {
            return 0.0;
        };
        let t = &self.table;
        let (uses, suffers) = (world.body(user), world.body(victim));
        let (mind, other) = (world.mind(user), world.mind(victim));
        let w = &self.weights;
        let mut log = w.uses * uses.liability_use.get() - 0.5 * w.uses * w.uses
            + w.suffers * suffers.liability_suffer.get()
            - 0.5 * w.suffers * w.suffers
            + mind.acquired_use.get()
            + other.acquired_suffer.get();
        log += if bound {
            world.most_effect(user, Mechanism::ViolenceUse) + world.most_effect(victim, Mechanism::ViolenceSuffer)
        } else {
            world.effect(user, Mechanism::ViolenceUse) + world.effect(victim, Mechanism::ViolenceSuffer)
        };
        log += world.shifted_use(user, &self.mediation, bound);
        log += world.shifted_suffering(victim, &self.mediation, bound);
        let mut ratio = libm::exp(log);
        let mut when = |holds: bool, by: f64| {
            if holds {
                ratio *= by
            }
        };
        // The end of a spell is not reported, so a spell lowers no bound.
        let spell = |by: f64| if bound { by.max(1.0) } else { by };
        when(uses.has(Flag::Alcohol), spell(t.alcohol.get()));
        when(uses.has(Flag::Addiction), spell(t.addiction.get()));
        when(uses.has(Flag::MentalIllness), spell(t.mental_illness.get()));
        when(suffers.has(Flag::MentalIllness), spell(t.victim_mental_illness.get()));
        when(suffers.has(Flag::Disability), t.victim_disability.get());
        when(uses.has(Flag::LowIncome), t.low_income.get());
        when(uses.has(Flag::Debts) || suffers.has(Flag::Debts), spell(t.debts.get()));
        // Violence that comes back in the same couple resumes (`violence.course`).
        when(world.past(user).used.has_come() && !couple.was_violent(), t.relapse.get());
        let mut women = [user, victim].into_iter().filter(|row| world.body(*row).has(Flag::Female));
        if bound {
            // Work status, pregnancy and area may change without notice: the bound uses the worst value of each.
            let worst = |by: f64| by.max(1.0);
            let age = self.later[(uses.age(world.now()).max(0) as usize).min(YEARS - 1)];
            let birth = worst(t.after_birth.get()).max(t.pregnancy.get());
            return ratio * worst(t.no_work.get()) * birth * self.worst_area * age;
        }
        when(!uses.has(Flag::Work) && uses.age(world.now()) < 65, t.no_work.get());
        when(women.clone().any(|row| world.body(row).has(Flag::Pregnant)), t.pregnancy.get());
        let lately = |row: usize| {
            let birth = world.past(row).gave_birth;
            birth.has_come() && f64::from(world.now().since(birth)) < t.after_birth_months.get()
        };
        when(women.any(lately), t.after_birth.get());
        ratio
            * area_ratio(t.area, world.places().deprivation(uses.place))
            * self.age.at(0, uses.age(world.now()))
            * self.trend(world)
    }

    fn trend(&self, world: &World) -> f64 {
        if !self.declines || world.now().0 <= 0 {
            return 1.0;
        }
        libm::pow(self.table.decline.get().min(1.0), f64::from(world.now().0) / 12.0)
    }
}

impl Hazard for OnsetProcess {
    fn envelope(&self, _: usize, _: usize) -> f64 {
        self.unit() * CUSHION
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        if !couple.present {
            return 0.0;
        }
        self.unit() * self.of_sides(world, couple, false)
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        self.of_sides(world, couple, true) / CUSHION
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        RISKS.and(Touch::DEBTS).and(Touch::HOME).and(Touch::VIOLENCE).and(Touch::MIND)
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let couple = world.couple(row);
        if !couple.present {
            return;
        }
        let draw = draws.of(couple.key, 0);
        let mut sides = self.sides(couple);
        let by = match (sides.next(), sides.next()) {
            (Some(first), Some(second)) => {
                // Of two who may begin, each does in proportion to the own hazard.
                let [one, other] = [first, second].map(|side| self.of_side(world, couple, side, false));
                if draw.unit(2) * (one + other) < one { first } else { second }
            }
            (Some(only), None) => only,
            (None, _) => return,
        };
        let id = CoupleId(row as u32);
        let state = if draw.happens(0, self.coercive) { Violence::Coercive } else { Violence::Situational };
        changes.push(Change::Violence { couple: id, by, state });
        let other = by.other();
        let free = couple.violence[other as usize] == Violence::None;
        if state == Violence::Situational && free && draw.happens(1, self.table.mutual.get()) {
            changes.push(Change::Joins { couple: id, by: other, state });
        }
    }
}
