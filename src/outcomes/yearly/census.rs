//! The census of December: residents on the last day, and the events of the year of each person.

use super::columns::{Counts, by_sex};
use crate::outcomes::scene::Seen;
use crate::world::{ELSEWHERE, Flag, PLACES, Sex, YearFlag};

/// Counts of a pass over the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::outcomes) struct Census([Counts; PLACES]);

impl Counts {
    /// One person of the stock at 31 December.
    #[inline]
    fn count_resident(&mut self, seen: &Seen<'_>) {
        let body = seen.body;
        self.population += 1;
        self.low_income += u64::from(body.has(Flag::LowIncome));
        if seen.is_adult() {
            *by_sex(body.sex(), &mut self.men, &mut self.women) += 1;
        } else {
            self.children += 1;
            self.children_in_care += u64::from(seen.world.is_placed_in(seen.row, seen.december));
            if seen.age_months() >= 144 {
                self.pupils += 1;
                self.pupils_maltreated += u64::from(seen.marked(YearFlag::Maltreated));
            }
            if seen.past.exposed.has_come() {
                self.exposed_children += 1;
                let mind = seen.world.mind(seen.row);
                let symptoms = [mind.internalising, mind.externalising, mind.post_traumatic];
                for (sum, symptom) in self.symptoms.iter_mut().zip(symptoms) {
                    *sum += i64::from(symptom.0);
                }
            }
        }
        if !body.at_parents() && seen.is_adult() {
            // A couple is one household: it is counted with the man, or with the woman when he is an outsider.
            let stands = body.sex() == Sex::Male
                || !body.has_partner()
                || (seen.place == ELSEWHERE
                    && seen.world.partner_of(seen.row).is_none_or(|man| !seen.world.body(man).counts()));
            if stands {
                self.households += 1;
                self.couples += u64::from(body.has_partner());
            }
        }
    }

    /// Counts the violence suffered and used by a person in the year.
    #[inline]
    fn count_marks(&mut self, seen: &Seen<'_>) {
        let sex = seen.body.sex();
        let marked = |flag| u64::from(seen.marked(flag));
        let (partner, other) = (marked(YearFlag::Suffered), marked(YearFlag::OtherVictim));
        *by_sex(sex, &mut self.victims_men, &mut self.victims_women) += partner;
        *by_sex(sex, &mut self.coerced_men, &mut self.coerced_women) += marked(YearFlag::Coerced);
        *by_sex(sex, &mut self.structural_men, &mut self.structural_women) += marked(YearFlag::Structural);
        *by_sex(sex, &mut self.perpetrators_men, &mut self.perpetrators_women) += marked(YearFlag::Used);
        *by_sex(sex, &mut self.other_victims_men, &mut self.other_victims_women) += other;
        *by_sex(sex, &mut self.any_victims_men, &mut self.any_victims_women) += partner | other;
        self.children_witnessing += marked(YearFlag::Witnessed);
        self.children_maltreated += marked(YearFlag::Maltreated);
    }
}

impl Census {
    /// Counts one person.
    #[inline]
    pub(in crate::outcomes) fn count(&mut self, seen: &Seen<'_>) {
        let counts = &mut self.0[seen.place];
        if seen.lives {
            counts.count_resident(seen);
        }
        if seen.past.year != 0 {
            counts.count_marks(seen);
        }
    }

    /// Adds the counts of another block of rows.
    pub(in crate::outcomes) fn add(&mut self, other: &Census) {
        for (counts, more) in self.0.iter_mut().zip(&other.0) {
            counts.add(more);
        }
    }

    /// Takes away the counts of some of these persons.
    pub(in crate::outcomes) fn less(&mut self, other: &Census) {
        self.0.iter_mut().zip(&other.0).for_each(|(counts, less)| counts.less(less));
    }

    /// Counts of each place.
    pub(super) fn places(&self) -> &[Counts; PLACES] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use crate::outcomes::small::{AMSTERDAM, ints, row};
    use crate::outcomes::yearly::family::{family, violence, year_of};
    use crate::tables::Cell;
    use crate::world::{
        Change, Event, Flag, Month, OtherIncidents, OtherViolence, Place, Severity, Side, Violence, YearFlag,
    };

    #[test]
    fn a_quiet_year_shows_who_lives_where() {
        let (mut small, ..) = family();
        small.live_until(Month::january(2009));
        let (table, row) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(
            ints(
                &table,
                row,
                ["draw", "replicate", "population", "men", "women", "children", "adults", "households", "couples"]
            ),
            [3, 2, 3, 1, 1, 1, 2, 1, 1]
        );
        assert_eq!(table.cell(row, "victims_per_1000_adults"), Some(Cell::Float(0.0)));
        assert_eq!(table.cell(row, "mean_internalising"), Some(Cell::Null));
        let (table, row) = year_of(&small, "Utrecht", 2008);
        assert_eq!(ints(&table, row, ["population", "households", "couples"]), [1, 1, 0]);
        assert_eq!(table.cell(row, "witnessing_per_1000_children"), Some(Cell::Null));
        let (table, row) = year_of(&small, "G4", 2008);
        assert_eq!(ints(&table, row, ["population", "households", "children"]), [4, 2, 1]);
        assert_eq!(table.rows(), 4, "two cities, all, elsewhere");
    }

    #[test]
    fn a_child_of_whom_nobody_is_left_is_in_care_and_no_household() {
        let (mut small, _, [man, woman, ..]) = family();
        small.month([man, woman].map(|who| Change::Dies { who, by_partner: false }), []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        let columns = ["population", "children", "children_in_care", "households", "deaths"];
        assert_eq!(ints(&table, at, columns), [1, 1, 1, 0, 2]);
    }

    #[test]
    fn a_killed_woman_is_a_victim_of_the_year_and_no_longer_a_resident() {
        let (mut small, couple, [_, woman, ..]) = family();
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Coercive };
        let incidents = Change::Incidents { couple, counts: [1, 0] };
        let dies = Change::Dies { who: woman, by_partner: true };
        small.month([begins, incidents, dies], [violence(couple, [1, 0], Severity::Fatal)]);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "G4", 2008);
        let columns =
            ["population", "deaths", "deaths_by_partner", "victims_women", "coerced_women", "serious_injuries"];
        assert_eq!(ints(&table, at, columns), [3, 1, 1, 1, 1, 1]);
        assert_eq!(ints(&table, at, ["couples", "violent_couples"]), [0, 0]);
    }

    #[test]
    fn who_suffers_from_partner_and_relative_is_one_victim_of_any_violence() {
        let (mut small, couple, [man, woman, alone, _]) = family();
        let mark = |who| Change::YearMark { who, mark: YearFlag::OtherVictim.bit() };
        let begins = Change::Violence { couple, by: Side::First, state: Violence::Situational };
        let incidents = Change::Incidents { couple, counts: [12, 0] };
        let told = Event::Other(OtherIncidents::light(woman, OtherViolence::Relatives, 1));
        small.month([begins, incidents, mark(woman), mark(alone)], [told]);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "G4", 2008);
        let columns = ["victims", "other_victims_women", "any_victims_women", "any_victims", "structural_women"];
        assert_eq!(ints(&table, at, columns), [1, 2, 2, 2, 1]);
        assert!(!small.world.past(row(man)).suffered.has_come());
    }

    #[test]
    fn a_followed_family_is_counted_elsewhere_and_its_set_of_traits_is_not() {
        let (mut small, _, [man, woman, alone, _]) = family();
        small.month([Change::Move { who: woman, to: Place::ELSEWHERE }], []);
        small.flag(man, Flag::Outsider);
        small.month([Change::Move { who: alone, to: Place::new(AMSTERDAM, 0) }], []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "elsewhere", 2008);
        assert_eq!(
            ints(&table, at, ["population", "men", "women", "households", "couples", "departures"]),
            [2, 0, 1, 1, 1, 0]
        );
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(
            ints(&table, at, ["population", "departures", "departures_followed", "arrivals", "returns"]),
            [1, 3, 3, 0, 0]
        );
    }
}
