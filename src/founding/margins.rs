//! The margins of 1 January 2008: the groups in which a household counts, and the target of each group.

use crate::error::{Error, Result};
use crate::model::ModelFile;
use crate::world::{ADULT, Arrival, City, Flag, Month, Sex};

/// A margin of the population of 1 January 2008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Margin {
    /// Persons by five-year age group and sex.
    AgeSex,
    /// Households by type.
    Households,
    /// Households below the low-income line, and above.
    LowIncome,
    /// Adults by level of education.
    Education,
    /// Persons of 18 to 64 with paid work, and without.
    Work,
    /// Persons by origin.
    Origin,
}

/// One line of the table `fit`.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRow {
    /// City, or `None` for all four.
    pub city: Option<City>,
    /// Margin or target, for example `age_sex`.
    pub margin: String,
    /// Group within it.
    pub group: String,
    /// Target value.
    pub target: f64,
    /// Value achieved.
    pub achieved: f64,
    /// Unit of both.
    pub unit: &'static str,
    /// `put in`, `solved for` or `emerged`.
    pub standing: &'static str,
}

/// Constraints of one city: names and target counts.
#[derive(Clone, Debug)]
pub(super) struct Constraints {
    /// Margin and group of each constraint.
    pub(super) names: Vec<(Margin, String)>,
    /// Target count at full scale.
    pub(super) targets: Vec<f64>,
}

/// Types of households in table order.
pub(super) const TYPES: [&str; 4] = ["single", "couple", "couple_children", "lone_parent"];
/// Five-year age groups, the last one open.
const GROUPS: usize = 18;

impl Margin {
    /// Word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Margin::AgeSex => "age_sex",
            Margin::Households => "households",
            Margin::LowIncome => "low_income",
            Margin::Education => "education",
            Margin::Work => "work",
            Margin::Origin => "origin",
        }
    }
}

impl Constraints {
    /// The constraints of a city as the model file gives them.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub(super) fn of(model: &ModelFile, city: City) -> Result<Constraints> {
        let mut all = Constraints { names: Vec::new(), targets: Vec::new() };
        let targets = &model.founding.targets;
        let at = |key: &str| {
            let key = format!("founding.targets.{key}");
            move |what: String| Error::data(what, "see the table in the model file").at_key(key.clone())
        };
        // Persons by age and sex.
        let table = &targets.age_sex;
        let err = at("age_sex");
        let (cities, ages) = (table.values("city").map_err(&err)?, table.values("age").map_err(&err)?);
        let by_sex = [table.values("male").map_err(&err)?, table.values("female").map_err(&err)?];
        let mut counts = vec![0.0; 2 * GROUPS];
        for row in (0..cities.len()).filter(|row| cities[*row] == city as f64) {
            let group = ((ages[row] / 5.0) as usize).min(GROUPS - 1);
            for sex in 0..2 {
                counts[2 * group + sex] += by_sex[sex][row];
            }
        }
        let persons: f64 = counts.iter().sum();
        let adults: f64 = adults(&counts);
        let workers: f64 = working_age(&counts);
        let name = |index: usize| format!("{}-{}", 5 * (index / 2), Sex::BOTH[index % 2].word());
        all.add(Margin::AgeSex, counts.into_iter().enumerate().map(|(index, count)| (name(index), count)));
        // Households by type.
        let table = &targets.households;
        let err = at("households");
        let cities = table.values("city").map_err(&err)?;
        let row =
            cities.iter().position(|c| *c == city as f64).ok_or_else(|| err(format!("city {city} has no row")))?;
        let mut types = Vec::new();
        for kind in TYPES {
            types.push((kind.to_owned(), table.values(kind).map_err(&err)?[row]));
        }
        let households: f64 = types.iter().map(|(_, count)| count).sum();
        all.add(Margin::Households, types.into_iter());
        let share_of = |table: &crate::units::Rows<crate::units::Share>, key: &str| -> Result<f64> {
            let err = at(key);
            let cities = table.values("city").map_err(&err)?;
            let row =
                cities.iter().position(|c| *c == city as f64).ok_or_else(|| err(format!("city {city} has no row")))?;
            Ok(table.values("share").map_err(&err)?[row])
        };
        let low = share_of(&targets.low_income, "low_income")?;
        all.add(
            Margin::LowIncome,
            [("low".to_owned(), low * households), ("not_low".to_owned(), (1.0 - low) * households)].into_iter(),
        );
        let levels = crate::curve::indexed(&targets.education, "education", "share", 3).map_err(at("education"))?;
        let words = ["low", "middle", "high"];
        all.add(Margin::Education, words.iter().zip(levels).map(|(word, share)| ((*word).to_owned(), share * adults)));
        let work = share_of(&targets.work, "work")?;
        all.add(
            Margin::Work,
            [("work".to_owned(), work * workers), ("no_work".to_owned(), (1.0 - work) * workers)].into_iter(),
        );
        let table = &targets.origin;
        let err = at("origin");
        let (cities, origin) = (table.values("city").map_err(&err)?, table.values("origin").map_err(&err)?);
        let share = table.values("share").map_err(&err)?;
        let mut origins = vec![0.0; 7];
        for row in (0..cities.len()).filter(|row| cities[*row] == city as f64) {
            let index = (origin[row] as usize).min(6);
            origins[index] += share[row] * persons;
        }
        all.add(Margin::Origin, origins.into_iter().enumerate().map(|(index, count)| (index.to_string(), count)));
        Ok(all)
    }

    fn add(&mut self, margin: Margin, groups: impl Iterator<Item = (String, f64)>) {
        for (group, target) in groups {
            self.names.push((margin, group));
            self.targets.push(target);
        }
    }

    /// First constraint of a margin.
    fn first(&self, margin: Margin) -> usize {
        self.names.iter().position(|(m, _)| *m == margin).unwrap_or(0)
    }

    /// The number of persons or households of a household that count under each constraint.
    pub(super) fn membership(&self, household: &Arrival) -> Vec<(u32, f32)> {
        let mut counts: Vec<(u32, f32)> = Vec::new();
        let mut add = |index: usize| match counts.iter_mut().find(|(at, _)| *at == index as u32) {
            Some((_, count)) => *count += 1.0,
            None => counts.push((index as u32, 1.0)),
        };
        let now = Month(0);
        let couple = household.union.is_some();
        let children = household.members.len() > if couple { 2 } else { 1 };
        let kind = match (couple, children) {
            (false, false) => 0,
            (true, false) => 1,
            (true, true) => 2,
            (false, true) => 3,
        };
        add(self.first(Margin::Households) + kind);
        let low = household.members.first().is_some_and(|member| member.body.has(Flag::LowIncome));
        add(self.first(Margin::LowIncome) + usize::from(!low));
        for member in &household.members {
            let body = &member.body;
            let age = body.age(now).max(0) as usize;
            add(2 * (age / 5).min(GROUPS - 1) + body.sex() as usize);
            if body.age_months(now) >= ADULT {
                add(self.first(Margin::Education) + body.education() as usize);
                if age < 65 {
                    add(self.first(Margin::Work) + usize::from(!body.has(Flag::Work)));
                }
            }
            add(self.first(Margin::Origin) + body.origin().min(6));
        }
        counts
    }
}

/// Number of adults, given counts by age group and sex: two fifths of those of 15 to 19, and all above.
fn adults(counts: &[f64]) -> f64 {
    0.4 * (counts[6] + counts[7]) + counts[8..].iter().sum::<f64>()
}

/// Number of persons of 18 to 64, given counts by age group and sex.
fn working_age(counts: &[f64]) -> f64 {
    0.4 * (counts[6] + counts[7]) + counts[8..26].iter().sum::<f64>()
}
