//! Risk flags: alcohol, addiction, mental illness, debts and crime. Onset depends on age, sex, liability and income;
//! the month of the end is drawn at onset. Being a newcomer ends in the same way.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Process, Sweep};
use crate::random::{Luck, exponential};
use crate::units::{LogRatio, RatePerYear, Ratio, Rows};
use crate::world::{Change, Changes, Flag, Lists, Mechanism, Month, Newcomer, PersonId, Spell, Subject, Touch, World};

/// `[life.flags.<flag>]`: a risk factor that starts and ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskFlag {
    /// Hazard of onset by age and sex.
    pub onset: Rows<RatePerYear>,
    /// Hazard of remission.
    pub remission: RatePerYear,
    /// Log hazard ratio of onset per standard deviation of liability to use violence.
    pub liability: LogRatio,
    /// Hazard ratio of onset: persons in a household below the low-income line versus others.
    pub low_income: Ratio,
}

/// `[life.flags]`: risk factors that start and end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    /// Alcohol misuse.
    pub alcohol: RiskFlag,
    /// Addiction.
    pub addiction: RiskFlag,
    /// Mental illness.
    pub mental_illness: RiskFlag,
    /// Problematic debts.
    pub debts: RiskFlag,
    /// Registered as a suspect of a crime in the past year.
    pub crime: RiskFlag,
    /// Hazard that a newcomer no longer counts as a newcomer.
    pub newcomer_ends: RatePerYear,
}

struct RiskProcess {
    flag: Flag,
    /// Index in [`Flag::SPELLS`].
    spell: usize,
    onset: ByAge,
    endings: Endings,
    liability: f64,
    low_income: f64,
    /// Onset ratio at the top of each step of liability.
    proneness_upto: Vec<f64>,
}

impl Flags {
    /// The hazard of onset of a flag.
    ///
    /// # Errors
    /// Describes what is missing in its table, or that the flag has none.
    pub fn build(&self, flag: Flag) -> Result<Process, String> {
        let (name, table) = match flag {
            Flag::Alcohol => ("alcohol", &self.alcohol),
            Flag::Addiction => ("addiction", &self.addiction),
            Flag::MentalIllness => ("mental_illness", &self.mental_illness),
            Flag::Debts => ("debts", &self.debts),
            Flag::Crime => ("crime", &self.crime),
            other => return Err(format!("{other:?} has no hazard of onset")),
        };
        let onset = ByAge::new(&table.onset, "male", "female", 0.0).map_err(|e| format!("{name}: {e}"))?;
        let liability = table.liability.get();
        let proneness_upto = (0..STEPS)
            .map(|step| {
                let edges = [step, step + 1].map(|edge| edge as f64 / STEPS_PER_SD - MOST_SD);
                edges.map(|z| proneness(liability, z)).into_iter().fold(0.0, f64::max)
            })
            .collect();
        Ok(Process::Person(Box::new(RiskProcess {
            flag,
            spell: Flag::SPELLS.iter().position(|spell| *spell == flag).unwrap_or(0),
            onset,
            endings: self.endings(),
            liability,
            low_income: table.low_income.get(),
            proneness_upto,
        })))
    }

    /// The sweep over spells that end.
    pub fn build_ends(&self) -> Process {
        Process::Sweep(Box::new(SpellEndProcess(self.endings())))
    }

    /// The hazards by which spells end.
    pub fn endings(&self) -> Endings {
        let rates = [&self.alcohol, &self.addiction, &self.mental_illness, &self.debts, &self.crime]
            .map(|flag| flag.remission.get());
        let [alcohol, addiction, illness, debts, crime] = rates;
        Endings([alcohol, addiction, illness, debts, crime, self.newcomer_ends.get()])
    }
}

/// Hazard ratio of onset relative to the population mean at the same age and sex: exp(b z − b²/2), which has mean 1.
fn proneness(liability: f64, z: f64) -> f64 {
    libm::exp(liability * z - 0.5 * liability * liability)
}

/// Steps of liability, per standard deviation, for which a bound of that ratio is stored.
const STEPS_PER_SD: f64 = 8.0;
/// Liability, in standard deviations, at which the steps begin and end: the range that can be stored.
const MOST_SD: f64 = 33.0;
const STEPS: usize = (2.0 * MOST_SD * STEPS_PER_SD) as usize;

/// Ratio of the envelope to the mean hazard of onset.
const CUSHION: f64 = 2.0;
/// Age from which flags may be set.
const FROM: usize = 10;

impl Hazard for RiskProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        if year < FROM { 0.0 } else { self.onset.at(profile, year as i32) * CUSHION }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if body.has(self.flag) {
            return 0.0;
        }
        let crime = if self.flag == Flag::Crime { world.effect_ratio(row, Mechanism::Crime) } else { 1.0 };
        let income = if body.has(Flag::LowIncome) { self.low_income } else { 1.0 };
        let proneness = proneness(self.liability, body.liability_use.get());
        self.onset.at(body.sex() as usize, body.age(world.now())) * proneness * income * crime
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        // Whether or not the flag is set: it may end and begin again while the bound is kept.
        let body = world.body(row);
        let crime = if self.flag == Flag::Crime { world.most_effect_ratio(row, Mechanism::Crime) } else { 1.0 };
        let income = if body.has(Flag::LowIncome) { self.low_income } else { 1.0 };
        let step = (body.liability_use.get() + MOST_SD) * STEPS_PER_SD;
        self.proneness_upto[(step as usize).min(STEPS - 1)] * income * crime / CUSHION
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::INCOME
    }

    fn happens(&self, world: &World, row: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(row);
        if body.has(Flag::Present) && !body.has(self.flag) {
            let ends = self.endings.month(self.spell, world.now(), draws.of(body.key, ENDING).unit(0));
            changes.push(Change::SpellBegins { who: PersonId(row as u32), flag: self.flag, ends });
        }
    }
}

/// Hazards per year with which each of [`Flag::SPELLS`] ends.
///
/// They are the same for all persons with the flag and constant, so the month in which a spell ends is drawn when it
/// begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Endings([f64; Flag::SPELLS.len()]);

/// Index of the draw of a spell's end.
const ENDING: u16 = 1;
/// Index of the draw by which a spell continues under another hazard.
const RESUMED: u16 = 2;

impl Endings {
    /// Identity of the draws of each of [`Flag::SPELLS`]: that of its hazard of onset, or of the sweep that ends spells.
    /// Arrivals and changes of model draw ends outside these processes.
    pub const IDENTITIES: [u16; Flag::SPELLS.len()] = [12, 13, 14, 15, 16, 17];

    /// The month in which a spell that begins in `now` ends, from a uniform draw in (0, 1): the next month at the
    /// earliest.
    fn month(&self, spell: usize, now: Month, u: f64) -> Month {
        match self.0[spell] {
            rate if rate > 0.0 => after(now.plus(1), exponential(u) / rate),
            _ => Month::NEVER,
        }
    }

    /// Draws the ends of the flags of a person who arrives in `now`.
    pub fn draw(&self, member: &mut Newcomer, luck: Luck, now: Month) {
        for (spell, flag) in Flag::SPELLS.into_iter().enumerate() {
            member.ends[spell] = if member.body.has(flag) {
                let draws = Draws::new(luck, Endings::IDENTITIES[spell], now);
                self.month(spell, now, draws.of(member.body.key, ENDING).unit(0))
            } else {
                Month::NEVER
            };
        }
    }
}

/// The month that lies `years` after the beginning of `from`.
fn after(from: Month, years: f64) -> Month {
    if years < 2000.0 { from.plus((years * 12.0) as i32) } else { Month::NEVER }
}

/// Ends spells whose month has come.
struct SpellEndProcess(Endings);

impl Sweep for SpellEndProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.spells_ending().len()
    }

    fn subject(&self, world: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some(world.person_subject(world.spells_ending()[index].who))
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, _: &Draws, changes: &mut Changes) {
        for Spell { who, flag } in &world.spells_ending()[rows] {
            if who.row().is_some_and(|row| world.body(row).has(*flag)) {
                changes.push(Change::SpellEnds { who: *who, flag: *flag });
            }
        }
    }

    fn take_over(&self, world: &mut World, luck: Luck) {
        world.set_ending_rates(self.0.0, |world, before, spell, month| {
            let at = Flag::SPELLS.iter().position(|flag| *flag == spell.flag).unwrap_or(0);
            let (old, new) = (before[at], self.0.0[at]);
            if new == old {
                month
            } else if new <= 0.0 {
                Month::NEVER
            } else {
                let draws = Draws::new(luck, Endings::IDENTITIES[at], world.now());
                let key = spell.who.row().map_or(0, |row| world.body(row).key);
                resumed(world.now(), month, old, new, draws.of(key, RESUMED).unit(0))
            }
        });
    }

    fn lists(&self) -> Lists {
        Lists::SPELLS
    }
}

/// New end of a spell that was to end in `month` at the hazard `old`, and that has the hazard `new` from `now` on.
///
/// The remaining duration is rescaled in proportion, so that long spells stay long. The moment within `month` is drawn
/// by `u`, from the exponential distribution truncated to one month.
fn resumed(now: Month, month: Month, old: f64, new: f64, u: f64) -> Month {
    if old <= 0.0 || month == Month::NEVER {
        return after(now, exponential(u) / new);
    }
    let within = -libm::log1p(u * libm::expm1(-old / 12.0)) / old;
    after(now, (f64::from(month.since(now)) / 12.0 + within) * old / new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_spell_grows_and_shrinks_with_the_hazard() {
        let (now, u) = (Month(100), |i: usize| (i as f64 + 0.5) / 1000.0);
        assert!(
            (0..1000).all(|i| resumed(now, Month(160), 0.2, 0.2, u(i)) == Month(160)),
            "the same hazard changes nothing"
        );
        for (old, new) in [(0.2, 0.8), (0.8, 0.2), (0.0, 0.5)] {
            // Averaged over ends drawn under the old hazard, the new ends are exponential with the new hazard.
            let mut kept = [0; 2];
            for i in 0..1000 {
                let month = if old > 0.0 { after(now, exponential(u(i)) / old) } else { Month::NEVER };
                for j in 0..1000 {
                    let ends = resumed(now, month, old, new, u(j));
                    kept[0] += usize::from(ends > now);
                    kept[1] += usize::from(ends.since(now) > 11);
                }
            }
            for (kept, months) in kept.into_iter().zip([1.0, 12.0]) {
                let (share, expected) = (kept as f64 / 1e6, libm::exp(-new * months / 12.0));
                // The 1000 values of `u` resolve shares to 0.001.
                assert!((share - expected).abs() < 0.002, "{share} last {months} months, expected {expected}");
            }
        }
    }

    #[test]
    fn the_bound_of_the_proneness_lies_closely_above_it() {
        let sources = [-32.0, -1.3, 0.0, 0.124, 0.126, 2.9, 32.0];
        for (liability, z) in sources.into_iter().flat_map(|z| [(0.35, z), (-0.2, z)]) {
            let step = ((z + MOST_SD) * STEPS_PER_SD) as usize;
            let edges = [step, step + 1].map(|edge| edge as f64 / STEPS_PER_SD - MOST_SD);
            let bound = edges.map(|z| proneness(liability, z)).into_iter().fold(0.0, f64::max);
            let exact = proneness(liability, z);
            assert!(exact <= bound && bound <= exact * 1.05, "{liability} {z}: {exact} {bound}");
        }
    }
}
