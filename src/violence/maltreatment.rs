//! Child maltreatment (*kindermishandeling*): onset by the risks and circumstances of the carers, kinds, months and
//! end.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process, Scope, Sweep};
use crate::units::{Probability, RatePerYear, Ratio, Rows, Share};
use crate::world::{
    ADULT, Change, Changes, Education, Flag, Lists, MaltreatmentKind, Mechanism, PersonId, Subject, Touch, World,
    window,
};

/// `[violence.maltreatment]`: onset, kinds and end of child maltreatment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Maltreatment {
    /// Hazard of onset for a child without any of the risk factors below.
    pub onset: RatePerYear,
    /// Hazard ratio of onset by age of the child.
    pub age: Rows<Ratio>,
    /// Share of onsets with neglect as the first kind.
    pub neglect: Share,
    /// Share of onsets with physical abuse as the first kind.
    pub physical: Share,
    /// Share of onsets with sexual abuse as the first kind; the remaining onsets begin with emotional abuse.
    pub sexual: Share,
    /// Probability that each other kind, except sexual abuse, begins at the same time.
    pub together: Probability,
    /// Hazard ratio of onset: all carers with a low level of education versus others.
    pub education: Ratio,
    /// Hazard ratio of onset: no carer with paid work versus others.
    pub no_work: Ratio,
    /// Hazard ratio of onset: one carer versus two.
    pub lone_parent: Ratio,
    /// Hazard ratio of onset: a stepparent at home versus none.
    pub stepparent: Ratio,
    /// Hazard ratio of onset: three or more children at home versus fewer.
    pub many_children: Ratio,
    /// Hazard ratio of onset: mother under 21 at the birth of this child versus older.
    pub young_mother: Ratio,
    /// Hazard ratio of onset: a carer with a mental illness versus none.
    pub mental_illness: Ratio,
    /// Hazard ratio of onset: a carer with an addiction or alcohol misuse versus none.
    pub addiction: Ratio,
    /// Hazard ratio of onset: household below the low-income line versus above.
    pub low_income: Ratio,
    /// Hazard ratio of onset: ongoing violence between the adults at home versus none.
    pub partner_violence: Ratio,
    /// Hazard that a kind of maltreatment ends.
    pub end: RatePerYear,
    /// Hazard ratio of onset per calendar year after 2008, if the trend is `decline`.
    pub decline: Ratio,
}

struct MaltreatmentProcess {
    table: Maltreatment,
    age: ByAge,
    /// Largest ratio of an age and all later ages under 18.
    later: Vec<f64>,
    liability: f64,
    declines: bool,
}

/// Ratio of the envelope to the rate of a child without risk factors.
const CUSHION: f64 = 16.0;

impl Maltreatment {
    /// The hazard of onset; `liability` is the weight in force.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self, liability: f64, scope: &Scope) -> Result<Process, String> {
        let age = ByAge::both(&self.age, "ratio", 1.0)?;
        let rest = self.neglect.get() + self.physical.get() + self.sexual.get();
        if rest > 1.0 {
            return Err(format!("the shares of neglect, physical and sexual abuse add up to {rest}; at most 1"));
        }
        let later = age.most_from(0, 18);
        let declines = scope.maltreatment_declines();
        let beginning = MaltreatmentProcess { table: self.clone(), age, later, liability, declines };
        Ok(Process::Person(Box::new(beginning)))
    }

    /// The sweep over maltreated children.
    pub fn build_months(&self) -> Process {
        Process::Sweep(Box::new(OngoingMaltreatmentProcess(self.end.get())))
    }
}

/// The mean over the carers of exp(w·l − w²/2), where l is a carer's liability and w its weight.
///
/// Liability is standard normal among adults, so each carer's term has mean 1 at any weight. The mean over two carers
/// also has mean 1, whatever the correlation between partners; a term in their mean liability would need that
/// correlation.
fn proneness(weight: f64, carers: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = carers
        .fold((0.0, 0.0), |(sum, n), liability| (sum + libm::exp(weight * liability - 0.5 * weight * weight), n + 1.0));
    if n > 0.0 { sum / n } else { 1.0 }
}

impl MaltreatmentProcess {
    fn ratio(&self, world: &World, child: usize, bound: bool) -> f64 {
        let (Some(parent), partner) = world.carers(child) else { return 1.0 };
        let t = &self.table;
        let carers = [Some(parent), partner];
        let bodies = || carers.iter().flatten().map(|row| world.body(*row));
        let minds = || carers.iter().flatten().map(|row| world.mind(*row));
        let liability = proneness(self.liability, bodies().map(|body| body.liability_use.get()));
        let acquired = minds().map(|mind| mind.acquired_maltreat.get()).fold(f64::MIN, f64::max);
        let effect = |row: usize| {
            if bound {
                world.most_effect(row, Mechanism::Maltreatment)
            } else {
                world.effect(row, Mechanism::Maltreatment)
            }
        };
        let effects = effect(child) + carers.iter().flatten().map(|row| effect(*row)).sum::<f64>();
        let mut ratio = liability * libm::exp(acquired + effects);
        let mut when = |holds: bool, by: f64| {
            if holds {
                ratio *= by
            }
        };
        when(bodies().all(|body| body.education() == Education::Low), t.education.get());
        // The end of a spell is not reported, so a spell lowers no bound.
        let spell = |by: f64| if bound { by.max(1.0) } else { by };
        when(bodies().any(|body| body.has(Flag::MentalIllness)), spell(t.mental_illness.get()));
        when(bodies().any(|body| body.has(Flag::Addiction) || body.has(Flag::Alcohol)), spell(t.addiction.get()));
        when(world.body(child).has(Flag::LowIncome), t.low_income.get());
        when(partner.is_none(), t.lone_parent.get());
        when(world.couple_of(parent).is_some_and(|couple| couple.is_violent()), t.partner_violence.get());
        let kin = world.kin(child);
        let stranger = |row: usize| kin.mother != PersonId(row as u32) && kin.father != PersonId(row as u32);
        when(partner.is_some_and(stranger), t.stepparent.get());
        let young = kin.mother.row().is_some_and(|row| world.body(child).born.since(world.body(row).born) < 21 * 12);
        when(young, t.young_mother.get());
        if bound {
            let age = self.later[(world.body(child).age(world.now()).max(0) as usize).min(17)];
            return ratio * t.no_work.get().max(1.0) * t.many_children.get().max(1.0) * age;
        }
        when(!bodies().any(|body| body.has(Flag::Work)), t.no_work.get());
        when(world.children_of_household(parent).take(3).count() >= 3, t.many_children.get());
        let trend = if self.declines && world.now().0 > 0 {
            libm::pow(t.decline.get().min(1.0), f64::from(world.now().0) / 12.0)
        } else {
            1.0
        };
        ratio * self.age.at(0, world.body(child).age(world.now())) * trend
    }
}

impl Hazard for MaltreatmentProcess {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        if year < 18 { self.table.onset.get() * CUSHION } else { 0.0 }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.age_months(world.now()) >= ADULT || world.past(row).maltreated != 0 {
            return 0.0;
        }
        self.table.onset.get() * self.ratio(world, row, false)
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        if world.body(row).age_months(world.now()) >= ADULT { 0.0 } else { self.ratio(world, row, true) / CUSHION }
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::INCOME.and(Touch::HOME).and(Touch::MIND).and(Touch::NEAR)
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if !body.has(Flag::Present) || body.age_months(world.now()) >= ADULT || world.past(row).maltreated != 0 {
            return;
        }
        let (first, more) = (draws.of(body.key, 0), draws.of(body.key, 1));
        let t = &self.table;
        let (neglect, physical) = (t.neglect.get(), t.neglect.get() + t.physical.get());
        let u = first.unit(0);
        let mut kinds = if u < neglect {
            MaltreatmentKind::Neglect
        } else if u < physical {
            MaltreatmentKind::Physical
        } else if u < physical + t.sexual.get() {
            MaltreatmentKind::Sexual
        } else {
            MaltreatmentKind::Emotional
        }
        .bit();
        for kind in [MaltreatmentKind::Neglect, MaltreatmentKind::Physical, MaltreatmentKind::Emotional] {
            if more.happens(kind as usize, t.together.get()) {
                kinds |= kind.bit();
            }
        }
        changes.push(Change::MaltreatmentBegins { child: PersonId(row as u32), kinds });
    }
}

/// The sweep over maltreated children: months and end of maltreatment.
struct OngoingMaltreatmentProcess(f64);

impl Sweep for OngoingMaltreatmentProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.maltreated().len()
    }

    fn subject(&self, world: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some(world.person_subject(world.maltreated()[index]))
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        for child in &world.maltreated()[rows] {
            let Some(row) = child.row() else { continue };
            let body = world.body(row);
            let Some(window) = window(body.age_months(world.now())).filter(|_| body.has(Flag::Present)) else {
                continue;
            };
            let draw = draws.of(body.key, 0);
            let rate = self.0 * world.effect_ratio(row, Mechanism::MaltreatmentEnd);
            let chance = 1.0 - libm::exp(-rate / 12.0);
            let mut end = 0;
            for kind in MaltreatmentKind::ALL {
                if draw.happens(kind as usize, chance) {
                    end |= kind.bit();
                }
            }
            changes.push(Change::MaltreatmentMonth { child: *child, window: window as u8, end });
        }
    }

    fn lists(&self) -> Lists {
        Lists::MALTREATED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Luck;

    #[test]
    fn the_mean_of_maltreatment_does_not_move_with_the_weight_of_liability() {
        const N: u32 = 40_000;
        let luck = Luck::new(1, 0, 0);
        // One carer, and two carers whose liabilities have a correlation of 0, 0.4 and 1.
        for alike in [None, Some(0.0), Some(0.4), Some(1.0_f64)] {
            for weight in [0.0, 0.5, 0.8, 1.2_f64] {
                let mean = (0..N)
                    .map(|child| {
                        let block = luck.block(u64::from(child), 1, 0, 0);
                        let [one, own] = [0, 1].map(|word| crate::random::normal(block.unit(word)));
                        let other = alike.map(|rho| rho * one + (1.0 - rho * rho).sqrt() * own);
                        proneness(weight, [Some(one), other].into_iter().flatten())
                    })
                    .sum::<f64>()
                    / f64::from(N);
                // Variance of a lognormal variable of mean 1, at most that of one carer; probability of a false alarm
                // below one in a million.
                let error = ((libm::exp(weight * weight) - 1.0) / f64::from(N)).sqrt();
                assert!((mean - 1.0).abs() <= 5.0 * error + 1e-12, "alike {alike:?}, weight {weight}: {mean}");
            }
        }
        assert_eq!(proneness(0.8, std::iter::empty()), 1.0);
    }
}
