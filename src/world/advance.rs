//! The passage of time: what the engine does to the world between the decisions of processes.

use rayon::prelude::*;

use super::*;

/// Number of rows that one thread processes at a time.
const TOGETHER: usize = 8192;

impl World {
    /// Begins a month: removes the events of the last one, and puts the effects added since in force.
    pub fn begin_month(&mut self) {
        self.events.clear();
        self.step.begin(0);
        self.in_order = None;
        self.effects.settle();
    }

    /// Begins a year: resets the marks and the counts of incidents of the last one.
    pub fn begin_year(&mut self) {
        self.people.past.par_iter_mut().with_min_len(TOGETHER).for_each(|past| past.year = 0);
        self.couples.par_iter_mut().with_min_len(TOGETHER).for_each(|couple| couple.incidents = [0; 2]);
    }

    /// Moves to the next month.
    pub fn next_month(&mut self) {
        self.now = self.now.plus(1);
    }

    /// Hands over the list of persons whose state changed, and empties it.
    pub fn take_touched(&mut self) -> Vec<(PersonId, Touch)> {
        std::mem::take(&mut self.touched)
    }

    /// Sets the rule by which effects on one mechanism combine, and whether the chain affects the ground truth.
    pub fn set_effect_rules(&mut self, combination: Combination, in_force: InForce) {
        (self.effects.combination, self.effects.in_force) = (combination, in_force);
    }

    /// Lists the singles of each city and group.
    pub fn list_singles(&mut self, singles: Vec<[Singles; SinglesGroup::COUNT]>) {
        self.singles = singles;
    }

    /// Lists the persons who turn 18 this year, each with the month of that birthday.
    pub fn list_coming_of_age(&mut self, persons: impl IntoIterator<Item = (PersonId, Month)>) {
        for month in &mut self.coming_of_age {
            month.clear();
        }
        for (who, birthday) in persons {
            self.coming_of_age[birthday.of_year()].push(who);
        }
    }

    /// Sets the hazards per year from which the ends of [`Flag::SPELLS`] are drawn. If there were others before,
    /// `redraw` gives every spell a new end; it receives the world, the earlier hazards, the spell and the month in
    /// which the spell was to end. Spells of persons who are gone are removed.
    pub fn set_ending_rates(
        &mut self,
        rates: [f64; Flag::SPELLS.len()],
        redraw: impl Fn(&World, &[f64; Flag::SPELLS.len()], Spell, Month) -> Month,
    ) {
        let before = std::mem::replace(&mut self.ending_rates, rates);
        if before == [0.0; Flag::SPELLS.len()] || before == rates {
            return;
        }
        for (month, spells) in std::mem::take(&mut self.ending) {
            for spell in spells.into_iter().filter(|spell| spell.who.row().is_some()) {
                let ends = redraw(self, &before, spell, month);
                self.ending.entry(ends).or_default().push(spell);
            }
        }
    }

    /// Puts the lists over which processes decide by subject in order of key, so that two worlds with different lists
    /// decide about the subjects that are in both in the same order: violent couples, maltreated children, persons who
    /// turn 18 this month, spells that end this month (by key and flag), and pregnancies (by month of birth and key of
    /// the mother; those of nobody last in their month).
    ///
    /// Within a month the lists only grow, so lists of the same lengths as last time are still in order.
    pub fn sort_lists(&mut self) {
        let lengths = Some(self.lengths_of_lists());
        if self.in_order == lengths {
            return;
        }
        self.in_order = lengths;
        let World { now, people, couples, violent, maltreated, coming_of_age, ending, pregnancies, .. } = self;
        let key = |who: PersonId| who.row().map_or(0, |row| people.body[row].key);
        put_in_order(violent, |couple| couple.row().map_or(0, |row| couples[row].key));
        put_in_order(maltreated, |child| key(*child));
        put_in_order(&mut coming_of_age[now.of_year()], |who| key(*who));
        if let Some(spells) = ending.get_mut(now) {
            put_in_order(spells, |spell| (key(spell.who), spell.flag as u8));
        }
        put_in_order(pregnancies, |it| (it.due, it.mother.row().map_or(u64::MAX, |row| people.body[row].key)));
    }

    fn lengths_of_lists(&self) -> [usize; 5] {
        let spells = self.ending.get(&self.now).map_or(0, Vec::len);
        let grown = self.coming_of_age[self.now.of_year()].len();
        [self.violent.len(), self.maltreated.len(), grown, spells, self.pregnancies.len()]
    }

    /// Sorts the list of symptoms; persons added since the last call are at its end.
    pub fn order_symptomatic(&mut self) {
        self.symptomatic.sort();
        self.symptomatic.dedup();
    }

    /// Writes the `Mind` of every person on the list of symptoms, which must be sorted.
    pub fn set_minds(&mut self, minds: &[Mind]) {
        const TOGETHER: usize = 2048;
        let mut rest = self.people.mind.as_mut_slice();
        let mut begins = 0;
        let mut parts = Vec::new();
        for (list, minds) in self.symptomatic.chunks(TOGETHER).zip(minds.chunks(TOGETHER)) {
            let rows = || list.iter().filter_map(|who| who.row());
            let (Some(first), Some(last)) = (rows().next(), rows().next_back()) else { continue };
            let (own, after) = std::mem::take(&mut rest)[first - begins..].split_at_mut(last - first + 1);
            (rest, begins) = (after, last + 1);
            parts.push((list, minds, first, own));
        }
        parts.into_par_iter().for_each(|(list, minds, first, own)| {
            for (who, mind) in list.iter().zip(minds) {
                if let Some(row) = who.row() {
                    own[row - first] = *mind;
                }
            }
        });
    }

    /// Updates the lists of violent couples, maltreated children and symptoms after a month. The first two are sorted by
    /// key, since what is decided first may matter and must not depend on how rows are numbered.
    pub fn tidy(&mut self) {
        self.step.begin(0);
        self.in_order = None;
        let World { violent, couples, maltreated, symptomatic, people, pregnancies, ending, effects, now, .. } = self;
        effects.settle();
        ending.remove(now);
        pregnancies.retain(|pregnancy| pregnancy.due > *now);
        let body = |who: PersonId| who.row().map(|row| &people.body[row]);
        let present = |who| body(who).is_some_and(|body| body.has(Flag::Present));
        let counts = |who| body(who).is_some_and(Body::counts);
        violent.retain(|couple| {
            couple.row().is_some_and(|row| {
                let couple = &mut couples[row];
                let together = couple.together();
                // Violence after a separation ends when either of them is gone or becomes an outsider, and for good after
                // some years without any.
                let there = |who| if together { present(who) } else { counts(who) };
                let over = !together && !couple.is_violent() && now.since(couple.calm) > FORMER;
                if over || !couple.partners.into_iter().all(there) {
                    couple.close(*now);
                }
                couple.present && couple.was_violent()
            })
        });
        maltreated.retain(|child| {
            child.row().is_some_and(|row| {
                let runs = people.body[row].has(Flag::Present) && people.body[row].age_months(*now) < ADULT;
                if !runs {
                    people.past[row].maltreated = 0;
                }
                people.past[row].maltreated != 0
            })
        });
        // In order but for the latest: a sort that finds runs takes little more than one pass.
        violent.sort_by_key(|couple| couple.row().map(|row| couples[row].key));
        maltreated.sort_unstable_by_key(|child| child.row().map(|row| people.body[row].key));
        let runs = |who: &PersonId| {
            who.row().is_some_and(|row| people.body[row].has(Flag::Present) && people.mind[row].any_symptoms())
        };
        let run: Vec<bool> = symptomatic.par_iter().with_min_len(1 << 12).map(runs).collect();
        let mut run = run.into_iter();
        symptomatic.retain(|who| {
            let stays = run.next().unwrap_or(false);
            if let Some(row) = who.row().filter(|_| !stays) {
                people.body[row].set(Flag::Symptoms, false);
            }
            stays
        });
    }
}

/// Months without violence after which former partners are no longer followed.
const FORMER: i32 = 60;

/// Sorts a list by key unless it is in order; equal keys keep their order.
fn put_in_order<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    if !list.is_sorted_by_key(&key) {
        list.sort_by_key(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_order_of_key_and_keep_the_order_of_equal_keys() {
        let mut world = World::new(Month(2), Places::default());
        // The key falls where the row rises.
        for key in [30, 20, 10] {
            world.set_up().person(Body { key, ..Body::default() }, Mind::default(), Past::default());
        }
        let [high, middle, low] = [0, 1, 2].map(PersonId);
        for key in [5, 4] {
            let couple = Couple { key, ..small_couple() };
            world.couples.push(couple);
        }
        world.violent = vec![CoupleId(0), CoupleId(1), CoupleId::NONE];
        world.maltreated = vec![middle, high, PersonId::NONE, low];
        world.coming_of_age[2] = vec![high, low];
        world.coming_of_age[3] = vec![high, low];
        let spell = |who, flag| Spell { who, flag };
        world
            .ending
            .insert(Month(2), vec![spell(high, Flag::Debts), spell(low, Flag::Debts), spell(low, Flag::Alcohol)]);
        let pregnancy = |mother, father, due| Pregnancy { mother, father, due: Month(due) };
        world.pregnancies = vec![
            pregnancy(high, low, 2),
            pregnancy(PersonId::NONE, low, 2),
            pregnancy(high, middle, 2),
            pregnancy(low, high, 3),
            pregnancy(middle, high, 2),
        ];
        world.sort_lists();
        assert_eq!(world.violent(), [CoupleId::NONE, CoupleId(1), CoupleId(0)]);
        assert_eq!(world.maltreated(), [PersonId::NONE, low, middle, high]);
        assert_eq!(world.coming_of_age(), [low, high]);
        assert_eq!(world.coming_of_age[3], [high, low], "only the present month is put in order");
        let spells = [spell(low, Flag::Alcohol), spell(low, Flag::Debts), spell(high, Flag::Debts)];
        assert_eq!(world.spells_ending(), spells);
        let expected = [
            pregnancy(middle, high, 2),
            pregnancy(high, low, 2),
            pregnancy(high, middle, 2),
            pregnancy(PersonId::NONE, low, 2),
            pregnancy(low, high, 3),
        ];
        assert_eq!(world.pregnancies(), expected);
        let before = world.clone();
        world.sort_lists();
        assert_eq!(world, before);
    }

    fn small_couple() -> Couple {
        Couple::new(0, Month(0))
    }
}
