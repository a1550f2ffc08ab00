//! `transmission`: ratio of the risk of violence between adults exposed in childhood and others, as simulated and as in
//! the input.
//!
//! Three ratios are compared. The *crude* ratio compares the exposed with the others in the past year. The *surveyed*
//! ratio is the expected result of a survey whose respondents recall their childhood imperfectly. The *causal* ratio
//! compares the exposed with the counterfactual in which the same persons were not exposed.
//!
//! Every onset comes from one hazard: that of the partner who began. It is multiplied by exp(acquired) for that
//! partner's use and for the other's suffering. Without the effect of one person's childhood, the onset would have
//! happened with probability exp(-acquired), where *acquired* is the contribution of this childhood to that log hazard:
//! use for the partner who began, suffering for the other. If a man joins in where his partner began, his onset comes
//! from her hazard, and his own childhood contributes only through his risk of suffering violence. The causal ratio is
//! the number of onsets divided by the sum of these probabilities. It contrasts this world with one in which the
//! childhoods of this sex have no effect, at the onsets of this world.

mod contrast;
mod december;
mod groups;
mod schema;

use serde::{Deserialize, Serialize};

use self::contrast::Contrast;
use self::december::{December, exposure, is_pair, region};
use self::groups::{AcquiredLog, ExposureGroup, ExposureGroups, GROUPS, REGIONS};
use self::schema::TRANSMISSION;
use super::observer::{Observer, Size};
use super::scene::{Seen, maybe, place_of};
use super::settings::{OutcomeSettings, Pathway};
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{Cell, Schema, Table};
use crate::world::{Month, PersonId, Sex, Side, World};

/// Number of years that are pooled.
const POOLED: usize = 10;
/// Words for the groups of exposed; all of them first.
const WINDOW_WORDS: [&str; GROUPS] = ["all", "0-23", "24-71", "72-143", "144-215"];
/// Years so far, and counts of the current year's months.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Transmission {
    running: ExposureGroups,
    years: Vec<ExposureGroups>,
}

impl Transmission {
    /// An onset of maltreatment counts with each parent at home, as their pairs with the child do. The hazard uses the
    /// largest acquired value of the carers, so that without one childhood the next largest remains.
    fn maltreatment(&mut self, world: &World, child: PersonId) {
        let (Some(place), Some(row)) = (place_of(world, child), child.row()) else { return };
        let (parent, partner) = world.carers(row);
        let acquired = |carer: Option<usize>| carer.map_or(0.0, |row| world.mind(row).acquired_maltreat.get());
        let both = acquired(parent).max(acquired(partner)).max(0.0);
        for (carer, other) in [(parent, partner), (partner, parent)] {
            let Some(carer) = carer.filter(|carer| is_pair(world, row, *carer)) else { continue };
            let own = both - acquired(other).max(0.0);
            let exposure = exposure(world, carer)[1];
            let (body, added) = (world.body(carer), AcquiredLog { own, both });
            self.running.onset(region(place), body, Pathway::MaltreatedMaltreats, exposure, added);
        }
    }
}

impl Observer for Transmission {
    const SCHEMA: &'static Schema = &TRANSMISSION;
    const SIZE: Size = Size::by_year(600.0);
    type December = December;

    fn month(&mut self, world: &World, _: &OutcomeSettings) {
        for (couple, by, begun_by) in world.events().onsets() {
            let Some(couple) = world.couple_by_id(couple) else { continue };
            // The log hazard of the onset: use of the partner who began, suffering of the other.
            let log =
                |side: Side| {
                    let mind = couple.partner(side).row().map(|row| world.mind(row));
                    mind.map_or(0.0, |mind| {
                        if side == begun_by { mind.acquired_use.get() } else { mind.acquired_suffer.get() }
                    })
                };
            let both = log(Side::First) + log(Side::Second);
            for side in Side::BOTH {
                let who = couple.partner(side);
                let (Some(place), Some(row)) = (place_of(world, who), who.row()) else { continue };
                let (body, added) = (world.body(row), AcquiredLog { own: log(side), both });
                let [witnessed, _, exposed] = exposure(world, row);
                let pathways: &[(Pathway, usize)] = if side == by {
                    &[(Pathway::WitnessUse, witnessed), (Pathway::ExposedUse, exposed)]
                } else {
                    &[(Pathway::ExposedSuffer, exposed)]
                };
                for (pathway, exposure) in pathways {
                    self.running.onset(region(place), body, *pathway, *exposure, added);
                }
            }
        }
        for child in world.events().maltreatments() {
            self.maltreatment(world, child);
        }
    }

    #[inline]
    fn count(december: &mut December, seen: &Seen<'_>) {
        december.count(seen);
    }

    fn merge(december: &mut December, following: December) {
        december.add(&following);
    }

    fn less(december: &mut December, rows: &December) {
        december.less(rows);
    }

    fn year(&mut self, _: &World, _: Month, december: December, _: &OutcomeSettings) {
        let mut year = std::mem::take(&mut self.running);
        year.add_adults(&december.adults);
        year.add(&december.parents);
        self.years.push(year);
    }

    fn table(&self, _: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&TRANSMISSION);
        let last = &self.years[self.years.len().saturating_sub(POOLED)..];
        let mut pooled = ExposureGroups::default();
        last.iter().for_each(|year| pooled.add(year));
        let mut first = self.years.first().cloned().unwrap_or_default();
        for (region, city) in REGIONS.into_iter().enumerate() {
            for (sexes, sex) in [(&[Sex::Male][..], "male"), (&[Sex::Female], "female"), (&Sex::BOTH, "both")] {
                for pathway in Pathway::ALL {
                    let of = |groups: &mut ExposureGroups, group: usize| {
                        let mut sum = ExposureGroup::default();
                        sexes.iter().for_each(|sex| sum.add(groups.at(region, *sex, pathway, group)));
                        sum
                    };
                    let now: [ExposureGroup; GROUPS] = std::array::from_fn(|group| of(&mut pooled, group));
                    let then: [ExposureGroup; GROUPS] = std::array::from_fn(|group| of(&mut first, group));
                    let input = match sexes {
                        [sex] => settings.inputs.ratios[pathway as usize][*sex as usize],
                        _ => None,
                    };
                    for (window, word) in WINDOW_WORDS.into_iter().enumerate() {
                        let mut cells = vec![
                            Cell::count(settings.draw),
                            Cell::count(settings.replicate),
                            Cell::Text(city),
                            Cell::Text(sex),
                            Cell::Text(pathway.word()),
                            Cell::Text(word),
                            Cell::count(last.len()),
                        ];
                        let contrast = |groups: &[ExposureGroup; GROUPS]| Contrast::new(groups, window);
                        let whole = window == 0;
                        let recall = settings.inputs.recall.filter(|_| whole);
                        let inputs = [input, settings.inputs.kappa].map(|input| maybe(input.filter(|_| whole)));
                        contrast(&now).cells(&contrast(&then), recall, inputs, &mut cells);
                        table.push_row(&cells)?;
                    }
                }
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::settings::{Inputs, Recall};
    use super::super::small::{AMSTERDAM, Small, ints, row, the_row};
    use super::*;
    use crate::world::{Change, Childhood, Effect, Flag, MaltreatmentKind, Mechanism, Milli, ThirtySecond, Violence};

    fn small() -> Small {
        let mut inputs = Inputs { kappa: Some(0.5), ..Inputs::default() };
        inputs.ratios[Pathway::WitnessUse as usize] = [Some(2.4), Some(1.7)];
        inputs.recall = Some(Recall { sensitivity: 0.45, specificity: 0.93 });
        Small::with(&[Outcome::Transmission], OutcomeSettings { inputs, ..OutcomeSettings::default() })
    }

    fn adult(small: &mut Small, sex: Sex, born: i32, witnessed: [u8; 4], maltreated: [u8; 4]) -> PersonId {
        let who = small.person(sex, Month::january(born), AMSTERDAM);
        let childhood = Childhood { witnessed, maltreated: [maltreated, [0; 4], [0; 4], [0; 4]] };
        if childhood != Childhood::default() {
            *small.world.set_up().childhood(row(who)) = childhood;
            small.world.set_up().past(row(who)).exposed = Month(-200);
        }
        who
    }

    fn of<'a>(city: &'a str, sex: &'a str, pathway: &'a str, window: &'a str) -> [(&'static str, Cell<'a>); 4] {
        let text = Cell::Text;
        [("city", text(city)), ("sex", text(sex)), ("pathway", text(pathway)), ("window", text(window))]
    }

    fn number(table: &Table, row: usize, column: &str) -> f64 {
        let cell = table.cell(row, column).expect("a column");
        cell.as_float().unwrap_or_else(|| panic!("{column} is empty"))
    }

    /// A man starts to use violence: one incident this month.
    fn use_violence(small: &mut Small, man: PersonId) -> [Change; 2] {
        let woman = adult(small, Sex::Female, 1970, [0; 4], [0; 4]);
        let couple = small.couple(man, woman);
        [
            Change::Violence { couple, by: Side::First, state: Violence::Situational },
            Change::Incidents { couple, counts: [1, 0] },
        ]
    }

    #[test]
    fn crude_surveyed_and_causal_ratios_are_those_of_the_fourfold_table() {
        let mut small = small();
        let witnesses: Vec<PersonId> =
            (0..4).map(|_| adult(&mut small, Sex::Male, 1970, [0, 3, 0, 1], [0; 4])).collect();
        let others: Vec<PersonId> = (0..8).map(|_| adult(&mut small, Sex::Male, 1970, [0; 4], [0; 4])).collect();
        for man in &witnesses {
            small.mind(*man).acquired_use = Milli::new(0.5);
        }
        let mut changes = Vec::new();
        for man in [witnesses[0], witnesses[1], others[0]] {
            changes.extend(use_violence(&mut small, man));
        }
        small.month(changes, []);
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "witness_use", "all"));
        assert_eq!(
            ints(&table, at, ["exposed", "exposed_cases", "unexposed", "unexposed_cases", "onsets_exposed"]),
            [4, 2, 8, 1, 2]
        );
        assert_eq!(number(&table, at, "crude_ratio"), 4.0);
        assert_eq!(number(&table, at, "crude_odds_ratio"), 7.0);
        // Respondents who report exposure: .45 x 4 + .07 x 8 persons, .45 x 2 + .07 x 1 cases.
        let surveyed = ((0.9 + 0.07) / (1.8 + 0.56)) / ((1.1 + 0.93) / (2.2 + 7.44));
        assert!((number(&table, at, "surveyed_ratio") - surveyed).abs() < 1e-12);
        assert!((number(&table, at, "causal_ratio") - libm::exp(0.5)).abs() < 1e-8);
        assert!((number(&table, at, "achieved_kappa") - 0.5 / libm::log(4.0)).abs() < 1e-8);
        assert_eq!([number(&table, at, "input_ratio"), number(&table, at, "input_kappa")], [2.4, 0.5]);
        assert!((number(&table, at, "attributable_own") - 2.0 * (1.0 - libm::exp(-0.5)) / 3.0).abs() < 1e-8);
        assert!((number(&table, at, "exposed_share_of_cases") - 2.0 / 3.0).abs() < 1e-12);
        // Exposure began in the second window.
        let at = the_row(&table, &of("G4", "male", "witness_use", "24-71"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_cases", "unexposed"]), [4, 2, 8]);
        assert_eq!(table.cell(at, "surveyed_ratio"), Some(Cell::Null));
        let at = the_row(&table, &of("G4", "male", "witness_use", "144-215"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed"]), [0, 8]);
        assert_eq!(table.cell(at, "crude_ratio"), Some(Cell::Null));
        assert_eq!(table.rows(), 2 * 3 * 4 * 5);
    }

    #[test]
    fn who_joins_in_owes_it_to_the_hazard_of_the_partner_who_began() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [1, 0, 0, 0], [0; 4]);
        let woman = adult(&mut small, Sex::Female, 1970, [0, 2, 0, 0], [0; 4]);
        (small.mind(man).acquired_use, small.mind(man).acquired_suffer) = (Milli::new(0.7), Milli::new(0.2));
        (small.mind(woman).acquired_use, small.mind(woman).acquired_suffer) = (Milli::new(0.4), Milli::new(0.5));
        let couple = small.couple(man, woman);
        let state = Violence::Situational;
        let begins = Change::Violence { couple, by: Side::Second, state };
        let joins = Change::Joins { couple, by: Side::First, state };
        small.month([begins, joins, Change::Incidents { couple, counts: [1, 1] }], []);
        small.live_until(Month::january(2009));
        let table = small.table();
        // The onset comes from her hazard, for all four: her use, and the effect of his childhood on his suffering.
        for (sex, pathway, own) in [
            ("male", "exposed_use", 0.2),
            ("male", "witness_use", 0.2),
            ("male", "exposed_suffer", 0.2),
            ("female", "exposed_use", 0.4),
            ("female", "exposed_suffer", 0.4),
        ] {
            let at = the_row(&table, &of("G4", sex, pathway, "all"));
            assert_eq!(ints(&table, at, ["exposed", "onsets_exposed"]), [1, 1], "{sex} {pathway}");
            let log = libm::log(number(&table, at, "causal_ratio"));
            assert!((log - own).abs() < 1e-8, "{sex} {pathway}: {log}");
            assert!((number(&table, at, "attributable_own") - (1.0 - libm::exp(-own))).abs() < 1e-8);
            assert!((number(&table, at, "attributable_both") - (1.0 - libm::exp(-0.6))).abs() < 1e-8);
        }
    }

    #[test]
    fn suffering_counts_with_the_victim_and_witnessing_is_no_exposure_for_maltreating() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [0; 4], [0; 4]);
        let woman = adult(&mut small, Sex::Female, 1970, [1, 0, 0, 0], [0; 4]);
        small.mind(woman).acquired_suffer = Milli::new(0.25);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2003), woman);
        small.month(
            [
                Change::Violence { couple, by: Side::First, state: Violence::Coercive },
                Change::Incidents { couple, counts: [1, 0] },
                Change::MaltreatmentBegins { child, kinds: MaltreatmentKind::Physical.bit() },
                Change::MaltreatmentMonth { child, window: 1, end: 0 },
            ],
            [],
        );
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "female", "exposed_suffer", "0-23"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_cases", "onsets_exposed"]), [1, 1, 1]);
        assert!((number(&table, at, "onsets_without_exposure") - libm::exp(-0.25)).abs() < 1e-9);
        let at = the_row(&table, &of("G4", "both", "maltreated_maltreats", "all"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed", "unexposed_cases", "onsets_exposed"]), [0, 2, 2, 0]);
        let at = the_row(&table, &of("G4", "male", "witness_use", "all"));
        assert_eq!(ints(&table, at, ["exposed", "unexposed", "unexposed_cases"]), [0, 1, 1]);
    }

    #[test]
    fn an_onset_of_maltreatment_goes_with_the_maltreated_parent() {
        let mut small = small();
        let man = adult(&mut small, Sex::Male, 1970, [0; 4], [2, 0, 0, 0]);
        let woman = adult(&mut small, Sex::Female, 1970, [0; 4], [0; 4]);
        small.mind(man).acquired_maltreat = Milli::new(0.4);
        small.couple(man, woman);
        let child = small.child(Sex::Female, Month::january(2003), woman);
        let kinds = MaltreatmentKind::Neglect.bit();
        small.month(
            [Change::MaltreatmentBegins { child, kinds }, Change::MaltreatmentMonth { child, window: 1, end: kinds }],
            [],
        );
        small.live_until(Month::january(2010));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "maltreated_maltreats", "0-23"));
        assert_eq!(ints(&table, at, ["years", "exposed", "exposed_cases", "onsets_exposed"]), [2, 2, 1, 1]);
        assert!((number(&table, at, "onsets_without_exposure") - libm::exp(-0.4)).abs() < 1e-9);
        let at = the_row(&table, &of("G4", "female", "maltreated_maltreats", "all"));
        assert_eq!(ints(&table, at, ["unexposed", "unexposed_cases", "onsets_exposed"]), [2, 1, 0]);
    }

    #[test]
    fn attitude_and_coping_at_eighteen_are_what_exposure_and_measures_made_of_them() {
        let mut small = small();
        let exposed = adult(&mut small, Sex::Male, 1990, [0, 0, 2, 0], [0; 4]);
        let helped = adult(&mut small, Sex::Male, 1990, [0, 0, 2, 0], [0; 4]);
        let other = adult(&mut small, Sex::Female, 1990, [0; 4], [0; 4]);
        adult(&mut small, Sex::Male, 1985, [0, 0, 2, 0], [0; 4]);
        for who in [exposed, helped] {
            let mind = small.mind(who);
            (mind.attitude, mind.coping) = (ThirtySecond::new(0.5), ThirtySecond::new(-0.25));
        }
        for (person, mechanism, log_ratio) in
            [(helped, Mechanism::Attitude, -0.3), (helped, Mechanism::Coping, 0.125), (other, Mechanism::Coping, 0.2)]
        {
            let (from, until, half_life) = (Month(0), Month::NEVER, f32::INFINITY);
            small.world.set_up().effect(Effect { person, mechanism, log_ratio, from, half_life, until });
        }
        small.world.set_up().effects().settle();
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "both", "witness_use", "all"));
        assert_eq!(ints(&table, at, ["exposed_at_18", "unexposed_at_18"]), [2, 1]);
        for (column, expected) in [
            ("exposed_attitude", 0.35),
            ("exposed_coping", -0.1875),
            ("unexposed_attitude", 0.0),
            ("unexposed_coping", 0.2),
        ] {
            // Each person is counted in thousandths.
            let found = number(&table, at, column);
            assert!((found - expected).abs() <= 0.0005 + 1e-9, "{column}: {found} for {expected}");
        }
        let at = the_row(&table, &of("G4", "female", "witness_use", "all"));
        assert_eq!(table.cell(at, "exposed_attitude"), Some(Cell::Null), "no exposed woman of 18");
    }

    #[test]
    fn of_those_who_reach_an_age_the_ones_who_began_before_it_count() {
        let mut small = small();
        let early = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        let late = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        let stranger = adult(&mut small, Sex::Male, 1978, [0, 0, 2, 0], [0; 4]);
        small.world.set_up().body(row(stranger)).set(Flag::GrewUpHere, false);
        adult(&mut small, Sex::Male, 1968, [0, 0, 2, 0], [0; 4]);
        small.world.set_up().past(row(early)).used = Month::january(2007);
        small.world.set_up().past(row(late)).used = Month::january(2008);
        small.live_until(Month::january(2009));
        let table = small.table();
        let at = the_row(&table, &of("G4", "male", "exposed_use", "all"));
        assert_eq!(ints(&table, at, ["exposed", "exposed_reaching_30", "exposed_reaching_40"]), [4, 2, 1]);
        assert_eq!(number(&table, at, "exposed_by_30"), 0.5);
        assert_eq!(number(&table, at, "never_by_40_of_100"), 100.0);
    }
}
