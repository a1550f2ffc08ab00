//! Births (*geboorten*): conception by age, partner, number of children and city, nine months, and the child.

use schemars::JsonSchema;
use serde::Deserialize;

use super::education::Traits;
use crate::curve::{ByAge, indexed, step_at, steps};
use crate::engine::{Draws, Hazard, Process, Scope, Sweep};
use crate::units::{ChildrenPerWoman, Months, Percent, Ratio, Rows};
use crate::world::{
    Change, Changes, ELSEWHERE, FIRST_YEAR, Flag, Lists, Mechanism, Month, Newcomer, PersonId, Subject, Touch, World,
};

/// `[life.births]`: fertility.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Births {
    /// National total fertility rate by calendar year, children per woman.
    pub tfr: Rows<ChildrenPerWoman>,
    /// Share of the total fertility rate in each five-year age group, percent, by period.
    pub age_share: Rows<Percent>,
    /// Fertility rate ratio by age: the four cities versus the Netherlands.
    pub g4_ratio: Rows<Ratio>,
    /// Fertility rate ratio of each city versus the four cities together: `ratio` from age 20, `teen` below 20.
    pub city_ratio: Rows<Ratio>,
    /// Fertility rate ratio: women who live with a partner versus women who do not.
    pub partnered_ratio: Ratio,
    /// Fertility rate ratio by number of earlier births, versus the mean of all women.
    pub parity_ratio: Rows<Ratio>,
    /// Multiplier with which the simulated total fertility rate equals the input rate, given which women have partners
    /// and earlier births.
    pub level: Ratio,
    /// Correction ratio of the fertility rates by city, from a given year on. In an open population the ratios for
    /// partner and earlier births do not average 1, as they do in the closed burn-in population.
    pub make_up: Rows<Ratio>,
    /// Sex ratio at birth: boys per girl.
    pub sex_ratio: Ratio,
    /// Duration of a pregnancy, months.
    pub pregnancy: Months,
    /// Months after a birth in which no conception occurs.
    pub spacing: Months,
}

struct ConceptionProcess {
    /// Births per year of a woman by age in 2008, before partner, parity and city.
    periods: Vec<(i32, ByAge)>,
    tfr: Vec<(f64, f64)>,
    g4: ByAge,
    city: Vec<f64>,
    teen: Vec<f64>,
    partnered: f64,
    /// Share of women who live with a man, by age.
    share_partnered: ByAge,
    parity: Vec<f64>,
    level: f64,
    /// Correction for the composition of each city's population, by year; empty in the burn-in population.
    make_up: Vec<Vec<(f64, f64)>>,
    pregnancy: i32,
    spacing: i32,
    held: bool,
    most_city: f64,
    most_later: f64,
    most_elsewhere: f64,
}

/// Ratio of the envelope to the rate of a woman with a partner.
const CUSHION: f64 = 1.25;

impl Births {
    /// The hazard of conception. `share_partnered` is the share of women with a partner by age.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self, share_partnered: ByAge, scope: &Scope) -> Result<Process, String> {
        let process = self.process(share_partnered, scope.cities, scope.keeps_rates(), scope.pool)?;
        Ok(Process::Person(Box::new(process)))
    }

    /// Births per year of a woman by city, age and year, as in the tables of rates, before the effects of partner
    /// and number of children.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn put_in(&self, cities: usize) -> Result<impl Fn(usize, i32, i32) -> f64 + use<>, String> {
        let process = self.process(ByAge::constant(0.0), cities, false, true)?;
        Ok(move |city: usize, age: i32, year: i32| process.base(age, year) / process.level * process.place(city, age))
    }

    /// `held` keeps the rates of 2008; `pool` marks the burn-in population.
    fn process(
        &self,
        share_partnered: ByAge,
        cities: usize,
        held: bool,
        pool: bool,
    ) -> Result<ConceptionProcess, String> {
        let mut starts = self.age_share.values("period")?;
        starts.sort_by(f64::total_cmp);
        starts.dedup();
        let column = self.age_share.column("period")?;
        let mut periods = Vec::new();
        for start in starts {
            let rows = self.age_share.rows.iter().filter(|row| row[column] == start).cloned().collect();
            let table: Rows<Percent> = Rows::new(self.age_share.value, self.age_share.columns.clone(), rows)?;
            periods.push((start as i32, ByAge::both(&table, "share", 0.0)?));
        }
        let city = indexed(&self.city_ratio, "city", "ratio", cities)?;
        let teen = indexed(&self.city_ratio, "city", "teen", cities)?;
        let column = self.make_up.column("city")?;
        let make_up = (0..if pool { 0 } else { cities })
            .map(|city| {
                let rows = self.make_up.rows.iter().filter(|row| row[column] == city as f64).cloned().collect();
                let table: Rows<Ratio> = Rows::new(self.make_up.value, self.make_up.columns.clone(), rows)
                    .map_err(|_| format!("city {city} has no row in make_up"))?;
                steps(&table, "year", "ratio")
            })
            .collect::<Result<Vec<_>, String>>()?;
        let most_make_up = make_up.iter().flatten().fold(1.0_f64, |a, (_, ratio)| a.max(*ratio));
        let most_city = city.iter().chain(&teen).fold(1.0_f64, |a, b| a.max(*b)) * most_make_up;
        let mut process = ConceptionProcess {
            periods,
            tfr: steps(&self.tfr, "year", "tfr")?,
            g4: ByAge::both(&self.g4_ratio, "ratio", 1.0)?,
            city,
            teen,
            partnered: self.partnered_ratio.get(),
            share_partnered,
            parity: indexed(&self.parity_ratio, "parity", "ratio", 4)?,
            level: self.level.get(),
            make_up,
            pregnancy: self.pregnancy.get() as i32,
            spacing: self.spacing.get() as i32,
            held,
            most_city,
            most_later: 1.0,
            most_elsewhere: 1.0,
        };
        process.most_later = process.most_of_later_periods();
        process.most_elsewhere = (15..50).map(|age| process.place(ELSEWHERE, age)).fold(1.0, f64::max);
        Ok(process)
    }
}

impl ConceptionProcess {
    /// Births per year at age `age` in a year, before the woman's own situation is taken into account.
    fn base(&self, age: i32, year: i32) -> f64 {
        if !(15..50).contains(&age) {
            return 0.0;
        }
        let year = if self.held { FIRST_YEAR } else { year.max(FIRST_YEAR) };
        let at = self.periods.partition_point(|(start, _)| *start <= year).saturating_sub(1);
        let share = self.periods[at].1.at(1, age) / 100.0 / 5.0;
        step_at(&self.tfr, f64::from(year)) * share * self.g4.at(1, age) * self.level
    }

    /// Rate ratio for living with a man or not, such that its mean over women of that age is 1.
    fn partner(&self, age: i32, has: bool) -> f64 {
        let share = self.share_partnered.at(1, age);
        let single = 1.0 / (share * self.partnered + 1.0 - share);
        if has { single * self.partnered } else { single }
    }

    fn place(&self, city: usize, age: i32) -> f64 {
        if city == ELSEWHERE {
            return 1.0 / self.g4.at(1, age).max(0.1);
        }
        if age < 20 { self.teen[city] } else { self.city[city] }
    }

    /// Correction for the composition of a city's population in a year.
    fn make_up(&self, city: usize, year: i32) -> f64 {
        self.make_up.get(city).map_or(1.0, |ratios| step_at(ratios, f64::from(year)))
    }

    /// The age at which a child conceived now would be born.
    fn age_at_birth(&self, months: i32) -> i32 {
        (months + self.pregnancy).div_euclid(12)
    }
}

impl Hazard for ConceptionProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        if profile == 0 {
            return 0.0;
        }
        // A woman may turn a year older between conception and birth.
        let at = |age: i32| self.base(age, FIRST_YEAR) * self.partner(age, true);
        let (now, next) = (at(year as i32), at(year as i32 + 1));
        now.max(next) * CUSHION
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if !body.has(Flag::Female) || body.has(Flag::Pregnant) || body.has(Flag::Outsider) {
            return 0.0;
        }
        let past = world.past(row);
        if past.gave_birth.has_come() && world.now().since(past.gave_birth) < self.spacing {
            return 0.0;
        }
        let age = self.age_at_birth(body.age_months(world.now()));
        let parity = self.parity[(body.parity() as usize).min(3)];
        // Two women have children as women without a partner do.
        let partner = self.partner(age, body.has_partner_of_other_sex());
        let effect = world.effect_ratio(row, Mechanism::Conception);
        let (city, year) = (body.place.city(), world.now().year());
        self.base(age, year) * partner * parity * self.place(city, age) * self.make_up(city, year) * effect
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        if !world.body(row).has(Flag::Female) {
            return 0.0;
        }
        let body = world.body(row);
        let partner = if body.has_partner_of_other_sex() { 1.0 } else { 1.0 / self.partnered };
        let parity = self.parity[(body.parity() as usize).min(3)];
        let place = if body.place.is_here() { self.most_city } else { self.most_elsewhere };
        let shape = self.most_later;
        partner * parity * place * shape * world.most_effect_ratio(row, Mechanism::Conception) / CUSHION
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::HOME
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if !body.has(Flag::Present) || body.has(Flag::Pregnant) {
            return;
        }
        let father = world.partner_of(row).filter(|_| body.has_partner_of_other_sex());
        let father = father.map_or(PersonId::NONE, |father| PersonId(father as u32));
        let due = world.now().plus(self.pregnancy);
        changes.push(Change::Conceives { mother: PersonId(row as u32), father, due });
    }
}

impl ConceptionProcess {
    /// Largest ratio of fertility in a later period and year to that of 2008 at the same age.
    fn most_of_later_periods(&self) -> f64 {
        if self.held {
            return 1.0;
        }
        let tfr = |year: f64| step_at(&self.tfr, year);
        let now = tfr(f64::from(FIRST_YEAR));
        let most_tfr = self.tfr.iter().map(|(_, tfr)| tfr / now).fold(1.0, f64::max);
        let shape = |age: i32| {
            let base = self.base(age, FIRST_YEAR) / now;
            if base <= 0.0 {
                return 1.0;
            }
            let later = self.periods.iter().filter(|(start, _)| *start > FIRST_YEAR - 5);
            later
                .map(|(_, curve)| curve.at(1, age) / self.curve_of_first_year().at(1, age).max(1e-9))
                .fold(1.0, f64::max)
        };
        most_tfr * (15..50).map(shape).fold(1.0, f64::max).min(8.0)
    }

    fn curve_of_first_year(&self) -> &ByAge {
        let at = self.periods.partition_point(|(start, _)| *start <= FIRST_YEAR).saturating_sub(1);
        &self.periods[at].1
    }
}

/// The birth of children conceived nine months ago.
pub struct Newborns {
    /// Share of boys.
    boys: f64,
    traits: Traits,
}

impl Newborns {
    /// The sweep over pregnancies.
    pub fn build(births: &Births, traits: Traits) -> Process {
        let ratio = births.sex_ratio.get();
        Process::Sweep(Box::new(Newborns { boys: ratio / (1.0 + ratio), traits }))
    }
}

/// Kind, for key derivation, of a newborn from its mother.
const CHILD: u16 = 1;

/// Birth order used in a child's key. The number of births is stored up to seven; from the eighth child on the month is
/// used instead.
fn birth_order(births: u32, now: Month) -> u32 {
    if births < 7 { births } else { 1000 + i32::from(now.0).unsigned_abs() }
}

impl Sweep for Newborns {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.pregnancies().len()
    }

    fn subject(&self, world: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some(world.person_subject(world.pregnancies()[index].mother))
    }

    fn lists(&self) -> Lists {
        Lists::PREGNANCIES
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, draws: &Draws, changes: &mut Changes) {
        for pregnancy in world.pregnancies()[rows].iter().filter(|pregnancy| pregnancy.due <= world.now()) {
            let Some(mother) = pregnancy.mother.row().filter(|row| world.body(*row).has(Flag::Present)) else {
                continue;
            };
            let body = world.body(mother);
            let key = draws.luck().derive(body.key, CHILD, birth_order(body.parity(), world.now()));
            let draw = draws.lasting(key, 0);
            let mut child = Newcomer::default();
            child.body.key = key;
            child.body.born = world.now();
            child.body.set(Flag::Female, !draw.happens(0, self.boys));
            let father = pregnancy.father.row();
            self.traits.endow(&mut child, Some((world, mother)), father.map(|row| (world, row)), draws);
            changes.push(Change::Born { mother: pregnancy.mother, father: pregnancy.father, child: Box::new(child) });
        }
    }
}
