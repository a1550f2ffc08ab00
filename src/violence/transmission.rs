//! Transmission (*intergenerationele overdracht*): the effect of witnessing and maltreatment in childhood on the adult,
//! by sex, pathway and window of age.
//!
//! In the month of the eighteenth birthday the childhood record is converted to acquired log hazard ratios. For a
//! pathway with the crude hazard ratio HR this is: kappa · (ln HR + ln dose · (types − 1)) · mean window weight ·
//! buffering, where kappa is the causal fraction of the log hazard ratio. The share `mediated` of it is mediated by
//! conduct problems and is scaled by the conduct score relative to its mean among the exposed; the rest is direct.
//!
//! Of the direct part, `attitude_share` (of using violence) and `coping_share` (of suffering it) pass through attitude
//! and coping. Exposure shifts them by just so much that the shift times the causal log ratio per standard deviation is
//! that share; with the shares, the sum of all channels is what it is without them, and nothing is counted twice. The
//! shift of coping carries the same log ratio on using violence, as part of the direct effect there. What a measure
//! shifts acts by the same log ratios beside the acquired ones ([`Transmission::mediation`]). Nobody is born with a
//! shift: the variance at birth is in the liability.
//!
//! The remainder of the crude association must be due to confounders: liability that runs in families, income, education
//! and assortative mating. The strength of that confounding is solved for each kappa (`[transmission.solved]`).
//!
//! For newcomers who are adults when they arrive, the same is done in the month of arrival, so that the effect of their
//! childhood follows the weights then in use, not those under which their donors grew up.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::onset::Weights;
use crate::curve::{step_at, steps};
use crate::engine::{Draws, Process, Sweep};
use crate::units::{Count, LogRatio, Probability, Ratio, Rows, Sd, Share};
use crate::world::{
    ADULT, Body, Change, Changes, Childhood, Flag, Lists, MaltreatmentKind, Mediation, Milli, Mind, Month, Newcomer,
    PersonId, Sex, Subject, ThirtySecond, Touch, World,
};

/// `[transmission]`: effects of childhood exposure to violence on adult violence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transmission {
    /// Causal fraction (kappa) of the crude log hazard ratios: the part that would disappear without the exposure.
    pub kappa: Share,
    /// Rule by which the effects of liability depend on kappa.
    pub liability: LiabilityRule,
    /// Log hazard ratios per standard deviation of liability, by kappa. They are solved such that the crude
    /// associations are as close to their targets as possible.
    pub solved: Rows<LogRatio>,
    /// Crude hazard ratio of using violence: men who witnessed violence as a child versus men who did not.
    pub witness_use_men: Ratio,
    /// Crude hazard ratio of using violence: women who witnessed violence as a child versus women who did not.
    pub witness_use_women: Ratio,
    /// Crude hazard ratio of suffering violence: women who witnessed violence or were maltreated as a child versus
    /// others.
    pub exposed_suffer_women: Ratio,
    /// Crude hazard ratio of suffering violence: men who witnessed violence or were maltreated as a child versus
    /// others.
    pub exposed_suffer_men: Ratio,
    /// Crude hazard ratio of maltreating an own child, by kind of maltreatment suffered in childhood.
    pub maltreat: Rows<Ratio>,
    /// Share of the causal effect that is mediated by conduct problems.
    pub mediated: Share,
    /// Share of the direct causal effect on using violence that passes through attitude.
    pub attitude_share: Share,
    /// Share of the direct causal effect on suffering violence that passes through coping. The same shift of coping acts
    /// on using violence too.
    pub coping_share: Share,
    /// Hazard ratio of using violence per standard deviation of attitude that condones it; kappa of its log is causal.
    /// Below 1.05 it counts as 1.05.
    pub attitude_per_sd: Ratio,
    /// Hazard ratio of using and of suffering violence per standard deviation of worse coping; kappa of its log is
    /// causal. Below 1.05 it counts as 1.05.
    pub coping_per_sd: Ratio,
    /// Mean conduct score of exposed children at age 18, standard deviations. The mediated effect is proportional to a
    /// child's score relative to this mean.
    pub conduct_mean: Sd,
    /// Weight of exposure by age window; a window is identified by its first month of age.
    pub windows: Rows<Ratio>,
    /// Factor on the hazard ratio for each further type of exposure.
    pub dose: Ratio,
    /// Largest number of types of exposure that count.
    pub dose_types: Count,
    /// Factor on the log hazard ratios for children with a safe, stable and nurturing carer.
    pub stable_carer: Ratio,
    /// Probability that an adult who was exposed reports the exposure in a survey (sensitivity of recall).
    pub recall_sensitivity: Probability,
    /// Probability that an adult who was not exposed reports none in a survey (specificity of recall).
    pub recall_specificity: Probability,
    /// Threshold of permanent antisocial behaviour at age 18: sum of the conduct score and the liability to use
    /// violence, standard deviations.
    pub antisocial: Sd,
}

/// Rule by which the effects of liability depend on kappa.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LiabilityRule {
    /// Interpolated in the solved table: for each kappa the effects that bring the crude associations closest to their
    /// targets. The crude ratio of using violence still falls with kappa, because the second partner of a mutual onset
    /// starts almost independently of liability.
    #[default]
    Solved,
    /// The effects at the central kappa of 0.5, so that the crude associations change with kappa.
    Held,
    /// No effect of liability.
    None,
}

/// Central kappa, for which `held` gives the liability effects.
const CENTRAL_KAPPA: f64 = 0.5;

struct ComingOfAgeProcess {
    use_log: [f64; 2],
    suffer_log: [f64; 2],
    maltreat_log: [f64; 4],
    windows: [f64; 4],
    dose: f64,
    types: u32,
    mediated: f64,
    /// Shift of attitude and of worse coping per unit of the crude log hazard ratio of using and of suffering, standard
    /// deviations.
    shift_per_log: [f64; 2],
    conduct_mean: f64,
    buffer: f64,
    kappa: f64,
    antisocial: f64,
}

impl Transmission {
    /// The log effects of liability in use: on using and suffering violence, and on maltreating.
    ///
    /// # Errors
    /// Describes what is missing in the solved table.
    pub fn weights(&self) -> Result<(Weights, f64), String> {
        let kappa = match self.liability {
            LiabilityRule::Solved => self.kappa.get(),
            LiabilityRule::Held => CENTRAL_KAPPA,
            LiabilityRule::None => return Ok((Weights { uses: 0.0, suffers: 0.0 }, 0.0)),
        };
        let at = |column: &str| -> Result<f64, String> {
            let table = steps(&self.solved, "kappa", column)?;
            let after = table.partition_point(|(k, _)| *k <= kappa);
            let (Some(low), high) = (table.get(after.saturating_sub(1)), table.get(after)) else {
                return Err("the solved table has no row".into());
            };
            Ok(match high {
                Some(high) if high.0 > low.0 && kappa >= low.0 => {
                    low.1 + (high.1 - low.1) * (kappa - low.0) / (high.0 - low.0)
                }
                _ => step_at(&table, kappa),
            })
        };
        Ok((Weights { uses: at("uses")?, suffers: at("suffers")? }, at("maltreats")?))
    }

    /// The sweep over persons who turn 18.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self) -> Result<Process, String> {
        Ok(Process::Sweep(Box::new(self.process()?)))
    }

    /// A function that sets the acquired log hazard ratios of an adult newcomer, by the rules for persons who turn 18
    /// here.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn of_newcomers(&self) -> Result<impl Fn(&mut Newcomer) + Send + Sync + use<>, String> {
        let process = self.process()?;
        Ok(move |grown: &mut Newcomer| process.leave(&grown.body, &grown.childhood, &mut grown.mind))
    }

    /// A function that sets how far the exposure of a child so far shifts its attitude and coping.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn in_childhood(&self) -> Result<impl Fn(&Body, &Childhood, &mut Mind) + Send + Sync + use<>, String> {
        let process = self.process()?;
        Ok(move |body: &Body, childhood: &Childhood, mind: &mut Mind| process.shift(body, childhood, mind))
    }

    /// The causal log hazard ratios per standard deviation of attitude and coping.
    pub fn mediation(&self) -> Mediation {
        let [attitude, coping] = self.per_sd().map(|log| self.kappa.get() * log);
        Mediation { attitude, coping }
    }

    /// Crude log hazard ratios per standard deviation of attitude and of worse coping. Shifts are divided by them, so
    /// that they are kept away from zero, as the limits of the parameters do.
    fn per_sd(&self) -> [f64; 2] {
        [self.attitude_per_sd, self.coping_per_sd].map(|ratio| libm::log(ratio.get().max(1.05)))
    }

    fn process(&self) -> Result<ComingOfAgeProcess, String> {
        let log = |ratio: Ratio| libm::log(ratio.get().max(1e-6));
        let windows: Vec<f64> = steps(&self.windows, "from", "weight")?.into_iter().map(|(_, weight)| weight).collect();
        let windows: [f64; 4] =
            windows.try_into().map_err(|_| "windows needs one row for each of the four windows".to_owned())?;
        let kinds = crate::curve::indexed(&self.maltreat, "kind", "ratio", 4)?;
        // Independent draws of the two shares may exceed the whole.
        let whole = (self.attitude_share.get() + self.coping_share.get()).max(1.0);
        let (direct, per_sd) = (1.0 - self.mediated.get(), self.per_sd());
        let shift_per_log = [(self.attitude_share, per_sd[0]), (self.coping_share, per_sd[1])]
            .map(|(share, per_sd)| share.get() / whole * direct / per_sd);
        Ok(ComingOfAgeProcess {
            use_log: [log(self.witness_use_men), log(self.witness_use_women)],
            suffer_log: [log(self.exposed_suffer_men), log(self.exposed_suffer_women)],
            maltreat_log: [0, 1, 2, 3].map(|kind: usize| libm::log(kinds[kind].max(1e-6))),
            windows,
            dose: libm::log(self.dose.get().max(1e-6)),
            types: self.dose_types.get() as u32,
            mediated: self.mediated.get(),
            shift_per_log,
            conduct_mean: self.conduct_mean.get().max(1e-3),
            buffer: self.stable_carer.get(),
            kappa: self.kappa.get(),
            antisocial: self.antisocial.get(),
        })
    }
}

impl ComingOfAgeProcess {
    /// Mean weight of the age windows, weighted by months of exposure.
    fn window_weight(&self, childhood: &Childhood) -> f64 {
        let (mut months, mut weighted) = (0.0, 0.0);
        for window in 0..4 {
            let here = f64::from(childhood.witnessed[window])
                + childhood.maltreated.iter().map(|kind| f64::from(kind[window])).sum::<f64>();
            months += here;
            weighted += here * self.windows[window];
        }
        if months > 0.0 { weighted / months } else { 0.0 }
    }

    /// Acquired log hazard ratios of using, suffering and maltreating.
    fn acquired(&self, sex: Sex, childhood: &Childhood, conduct: f64, buffered: bool) -> [f64; 3] {
        let witnessed = childhood.any_witnessed();
        let maltreated = childhood.any_maltreated();
        if !witnessed && !maltreated {
            return [0.0; 3];
        }
        let dose = self.dose * f64::from(childhood.types().min(self.types).saturating_sub(1));
        let through = 1.0 - self.mediated + self.mediated * conduct / self.conduct_mean;
        let factor = self.kappa * self.window_weight(childhood) * through * if buffered { self.buffer } else { 1.0 };
        let kinds = MaltreatmentKind::ALL.into_iter().filter(|kind| childhood.months_of(*kind) > 0);
        let maltreats = kinds.map(|kind| self.maltreat_log[kind as usize]).fold(0.0, f64::max);
        [
            if witnessed { factor * (self.use_log[sex as usize] + dose) } else { 0.0 },
            factor * (self.suffer_log[sex as usize] + dose),
            if maltreated { factor * maltreats } else { 0.0 },
        ]
    }

    /// Shifts of attitude and coping by exposure, standard deviations. No exposure but witnessing affects the use of
    /// violence, and so attitude.
    fn shifts(&self, sex: Sex, childhood: &Childhood, buffered: bool) -> [f64; 2] {
        if childhood.types() == 0 {
            return [0.0; 2];
        }
        let dose = self.dose * f64::from(childhood.types().min(self.types).saturating_sub(1));
        let factor = self.window_weight(childhood) * if buffered { self.buffer } else { 1.0 };
        let uses = if childhood.any_witnessed() { factor * (self.use_log[sex as usize] + dose) } else { 0.0 };
        let suffers = factor * (self.suffer_log[sex as usize] + dose);
        [self.shift_per_log[0] * uses, -self.shift_per_log[1] * suffers]
    }

    /// Writes the shifts of attitude and coping into a `Mind`.
    fn shift(&self, body: &Body, childhood: &Childhood, mind: &mut Mind) {
        let shifts = self.shifts(body.sex(), childhood, body.has(Flag::StableCarer));
        [mind.attitude, mind.coping] = shifts.map(ThirtySecond::new);
    }

    /// Writes the effect of childhood into the `Mind` of an adult.
    fn leave(&self, body: &Body, childhood: &Childhood, mind: &mut Mind) {
        let acquired = self.acquired(body.sex(), childhood, mind.conduct.get(), body.has(Flag::StableCarer));
        [mind.acquired_use, mind.acquired_suffer, mind.acquired_maltreat] = acquired.map(Milli::new);
        self.shift(body, childhood, mind);
    }
}

/// Number of rows that one thread processes at a time when the birthdays of the year are listed.
const LISTED: usize = 8192;

impl Sweep for ComingOfAgeProcess {
    fn rows(&self, world: &World, _: &Draws) -> usize {
        world.coming_of_age().len()
    }

    fn list(&self, world: &mut World) {
        let now = world.now();
        let birthday = |row: usize| {
            let body = world.body(row);
            let birthday = body.born.plus(ADULT);
            let turns = body.has(Flag::Present) && (0..12).contains(&birthday.since(now));
            turns.then_some((PersonId(row as u32), birthday))
        };
        let rows = world.rows().into_par_iter().with_min_len(LISTED);
        let found: Vec<(PersonId, Month)> = rows.filter_map(birthday).collect();
        world.list_coming_of_age(found);
    }

    fn subject(&self, world: &World, _: &Draws, index: usize) -> Option<(Subject, u64)> {
        Some(world.person_subject(world.coming_of_age()[index]))
    }

    fn sweep(&self, world: &World, rows: std::ops::Range<usize>, _: &Draws, changes: &mut Changes) {
        for who in &world.coming_of_age()[rows] {
            let Some(row) = who.row().filter(|row| world.body(*row).has(Flag::Present)) else { continue };
            let body = world.body(row);
            let mut mind = *world.mind(row);
            let conduct = mind.conduct.get();
            self.leave(body, world.childhood(row), &mut mind);
            let antisocial = body.liability_use.get() + conduct > self.antisocial;
            let changed = mind != *world.mind(row);
            if antisocial {
                changes.push(Change::Flag { who: *who, flag: Flag::Antisocial, on: true });
            }
            if changed {
                changes.push(Change::Mind { who: *who, mind, touch: Touch::MIND });
            }
        }
    }

    fn lists(&self) -> Lists {
        Lists::COMING_OF_AGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(kappa: f64) -> ComingOfAgeProcess {
        ComingOfAgeProcess {
            use_log: [libm::log(2.4), libm::log(1.7)],
            suffer_log: [libm::log(1.5), libm::log(2.0)],
            maltreat_log: [libm::log(1.6), libm::log(2.1), libm::log(2.6), libm::log(2.0)],
            windows: [0.5, 1.2, 1.0, 1.3],
            dose: libm::log(1.25),
            types: 3,
            mediated: 0.5,
            // Shares of .2 and .25 of the direct half, 1.35 and 1.3 per standard deviation.
            shift_per_log: [0.2 * 0.5 / libm::log(1.35), 0.25 * 0.5 / libm::log(1.3)],
            conduct_mean: 0.4,
            buffer: 0.65,
            kappa,
            antisocial: 2.0,
        }
    }

    #[test]
    fn a_boy_who_witnessed_in_the_third_window_with_mean_conduct_acquires_kappa_times_the_crude_log_ratio() {
        let childhood = Childhood { witnessed: [0, 0, 7, 0], ..Childhood::default() };
        let [uses, suffers, maltreats] = process(0.5).acquired(Sex::Male, &childhood, 0.4, false);
        assert!((uses - 0.5 * libm::log(2.4)).abs() < 1e-12);
        assert!((suffers - 0.5 * libm::log(1.5)).abs() < 1e-12);
        assert_eq!(maltreats, 0.0);
    }

    #[test]
    fn without_conduct_problems_only_the_direct_part_is_left_and_a_stable_carer_buffers_it() {
        let childhood = Childhood { witnessed: [0, 0, 7, 0], ..Childhood::default() };
        let [uses, ..] = process(0.5).acquired(Sex::Male, &childhood, 0.0, true);
        assert!((uses - 0.5 * 0.5 * 0.65 * libm::log(2.4)).abs() < 1e-12);
    }

    #[test]
    fn what_passes_through_attitude_and_coping_is_their_share_of_the_direct_effect_and_part_of_the_sum() {
        let childhoods = [
            Childhood { witnessed: [0, 0, 7, 0], ..Childhood::default() },
            Childhood { witnessed: [3, 0, 1, 9], maltreated: [[0, 2, 0, 0], [0; 4], [5, 5, 0, 0], [0; 4]] },
        ];
        let kappa = 0.5;
        let by = Mediation { attitude: kappa * libm::log(1.35), coping: kappa * libm::log(1.3) };
        let mut without = process(kappa);
        without.shift_per_log = [0.0; 2];
        for (childhood, buffered) in childhoods.iter().flat_map(|childhood| [(childhood, false), (childhood, true)]) {
            for sex in Sex::BOTH {
                let process = process(kappa);
                let [attitude, coping] = process.shifts(sex, childhood, buffered);
                // Without conduct problems the direct effect is left.
                let [uses, suffers, _] = process.acquired(sex, childhood, 0.0, buffered);
                assert!((by.uses(attitude, 0.0) - 0.2 * uses).abs() < 1e-12, "{sex:?} {childhood:?}");
                assert!((by.suffers(coping) - 0.25 * suffers).abs() < 1e-12, "{sex:?} {childhood:?}");
                for conduct in [0.0, 0.4, 1.7] {
                    let sums = [&process, &without].map(|it| it.acquired(sex, childhood, conduct, buffered));
                    assert_eq!(sums[0], sums[1], "the shares move nothing in the sum");
                }
                assert_eq!(without.shifts(sex, childhood, buffered), [0.0; 2]);
            }
        }
        let [attitude, _] = process(kappa).shifts(Sex::Male, &childhoods[0], false);
        assert!((attitude - 0.29).abs() < 0.005, "the size in the dossier: {attitude}");
    }

    #[test]
    fn maltreatment_without_witnessing_shifts_coping_and_not_attitude() {
        let maltreated = Childhood { maltreated: [[0, 4, 0, 0], [0; 4], [0; 4], [0; 4]], ..Childhood::default() };
        let [attitude, coping] = process(0.5).shifts(Sex::Female, &maltreated, false);
        assert!(attitude == 0.0 && coping < 0.0, "{attitude} {coping}");
        assert_eq!(process(0.5).shifts(Sex::Female, &Childhood::default(), false), [0.0; 2]);
    }

    #[test]
    fn nothing_is_acquired_without_exposure_or_without_a_causal_part() {
        assert_eq!(process(0.5).acquired(Sex::Female, &Childhood::default(), 3.0, false), [0.0; 3]);
        let all = Childhood { witnessed: [9; 4], maltreated: [[9; 4]; 4] };
        assert_eq!(process(0.0).acquired(Sex::Female, &all, 3.0, false), [0.0; 3]);
    }
}
