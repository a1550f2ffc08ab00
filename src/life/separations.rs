//! Separations (*scheidingen*): hazard by duration, marriage, children, age gap, education and violence; which partner
//! stays in the home, and with whom the children live.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::{step_at, steps};
use crate::engine::{Draws, Hazard, Process};
use crate::units::{Probability, RatePerYear, Ratio, Rows};
use crate::world::{ADULT, Change, Changes, CoupleId, Education, Flag, Mechanism, PersonId, Place, Side, Touch, World};

/// `[life.separations]`: separation and divorce, and their consequences.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Separations {
    /// Hazard of separation by years since the union began, for unmarried couples without children under 18 at home.
    pub rate: Rows<RatePerYear>,
    /// Multiplier of the hazard of separation, such that the simulated divorces match the observed numbers.
    pub level: Ratio,
    /// Hazard ratio of separation: married versus unmarried couples.
    pub married_ratio: Ratio,
    /// Hazard ratio of separation: couples with a child under 18 at home versus couples without.
    pub children_ratio: Ratio,
    /// Hazard ratio of separation by age difference between the partners, versus a small difference.
    pub age_gap_ratio: Rows<Ratio>,
    /// Hazard ratio of separation: both partners with a high level of education versus other couples.
    pub education_ratio: Ratio,
    /// Hazard ratio of separation: couples with ongoing violence versus others.
    pub violence_ratio: Ratio,
    /// Probability that the children live with their father after a separation.
    pub child_with_father: Probability,
    /// Probability that partner violence continues after a separation, for couples with ongoing violence.
    pub violence_goes_on: Probability,
    /// Probability that a partner without paid work falls below the low-income line at a separation.
    pub low_income: Probability,
}

struct SeparationProcess {
    rate: Vec<(f64, f64)>,
    level: f64,
    married: f64,
    children: f64,
    gap: Vec<(f64, f64)>,
    education: f64,
    violence: f64,
    with_father: f64,
    goes_on: f64,
    low_income: f64,
}

impl Separations {
    /// The hazard of couples.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self) -> Result<Process, String> {
        Ok(Process::Couple(Box::new(SeparationProcess {
            rate: steps(&self.rate, "years", "rate")?,
            level: self.level.get(),
            married: self.married_ratio.get(),
            children: self.children_ratio.get(),
            gap: steps(&self.age_gap_ratio, "from", "ratio")?,
            education: self.education_ratio.get(),
            violence: self.violence_ratio.get(),
            with_father: self.child_with_father.get(),
            goes_on: self.violence_goes_on.get(),
            low_income: self.low_income.get(),
        })))
    }
}

impl SeparationProcess {
    /// The part of the hazard ratio that stays constant for the couple.
    fn lasting(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        let [Some(first), Some(second)] = couple.partners.map(PersonId::row) else { return 0.0 };
        let (one, other) = (world.body(first), world.body(second));
        let gap = f64::from((i32::from(one.born.0) - i32::from(other.born.0)).abs()) / 12.0;
        let learned = one.education() == Education::High && other.education() == Education::High;
        step_at(&self.gap, gap) * if learned { self.education } else { 1.0 }
    }

    fn effect(world: &World, row: usize, of: impl Fn(&World, usize, Mechanism) -> f64) -> f64 {
        let couple = world.couple(row);
        let partners = couple.partners.into_iter().filter_map(PersonId::row);
        match partners.map(|partner| of(world, partner, Mechanism::Separation)).sum() {
            0.0 => 1.0,
            log => libm::exp(log),
        }
    }
}

impl Hazard for SeparationProcess {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        step_at(&self.rate, year as f64) * self.level
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        let Some(second) = couple.partners[1].row().filter(|_| couple.together() && couple.present) else { return 0.0 };
        let married = if couple.married { self.married } else { 1.0 };
        let violence = if couple.is_violent() { self.violence } else { 1.0 };
        let children = if world.has_minor_at_home(second) { self.children } else { 1.0 };
        let year = (world.now().since(couple.since) / 12) as usize;
        self.envelope(0, year)
            * self.lasting(world, row)
            * married
            * violence
            * children
            * Self::effect(world, row, World::effect)
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        if !couple.together() {
            return 0.0;
        }
        let violence = if couple.is_violent() { self.violence } else { 1.0 };
        self.lasting(world, row)
            * self.married.max(1.0)
            * self.children.max(1.0)
            * violence
            * Self::effect(world, row, World::most_effect)
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::VIOLENCE.and(Touch::HOME)
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let couple = world.couple(row);
        let [Some(first), Some(second)] = couple.partners.map(PersonId::row) else { return };
        if !couple.present || !couple.together() {
            return;
        }
        let draw = draws.of(couple.key, 0);
        let later = draws.of(couple.key, 1);
        let with_father = draw.happens(0, self.with_father);
        let goes_on = couple.is_violent() && draw.happens(1, self.goes_on);
        // The partner who lives with the children keeps the home; without children either may.
        let is_minor = |child: &usize| world.body(*child).age_months(world.now()) < ADULT;
        let minor = world.children_of_household(second).find(is_minor);
        let stays = match minor {
            None if draw.happens(2, 0.5) => Side::First,
            None => Side::Second,
            // Of two men or two women, the own parent of the children.
            Some(minor) if couple.is_same_sex() => couple.side_of(world.body(minor).home).unwrap_or(Side::Second),
            Some(_) if with_father => Side::First,
            Some(_) => Side::Second,
        };
        let id = CoupleId(row as u32);
        let low = |person: usize, u: usize| {
            let body = world.body(person);
            !body.has(Flag::Work) && (body.has(Flag::LowIncome) || later.happens(u, self.low_income))
        };
        let low_income = [low(first, 0), low(second, 1)];
        let leaver = if stays == Side::First { second } else { first };
        let from = world.body(leaver).place;
        let place = if from.is_here() {
            world.places().settle(from.city(), low_income[stays.other() as usize], 0.15, draw.unit(3))
        } else {
            Place::ELSEWHERE
        };
        // Joint children follow the parent with whom they will live; others stay with their own parent.
        for child in world.children_of_household(second) {
            let kin = world.kin(child);
            let [father, mother] = couple.partners;
            let joint = kin.mother == mother && kin.father == father;
            let home = if joint && with_father {
                father
            } else if joint {
                mother
            } else {
                world.body(child).home
            };
            changes.push(Change::Home { who: PersonId(child as u32), home });
        }
        changes.push(Change::Separate { couple: id, goes_on, stays, place, low_income });
    }
}
