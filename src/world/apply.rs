//! Applies the changes that processes decided to the world.

use super::*;

impl World {
    /// Applies the changes in order and stores their events.
    pub fn apply(&mut self, changes: Changes) {
        self.apply_step(vec![changes]);
    }

    /// Applies the changes of one step, whose parts were decided by several threads. Events that the changes cause come
    /// before those that were decided, so their order does not depend on how the step was divided. The
    /// [`step_log`](World::step_log) names the decision of each event.
    pub fn apply_step(&mut self, parts: Vec<Changes>) {
        self.step.begin(self.events.len());
        let mut decided = Vec::with_capacity(parts.len());
        for mut changes in parts {
            changes.decided(Subject::Nobody, 0);
            let Changes { list, events, decisions } = changes;
            self.apply_list(list, &decisions);
            decided.push((events, decisions));
        }
        for (events, decisions) in decided {
            let begins = self.events.len();
            self.events.extend(events);
            decisions.iter().for_each(|decision| self.step.decide(decision, begins + decision.events as usize));
        }
    }

    fn apply_list(&mut self, list: Vec<Change>, decisions: &[Decision]) {
        let (mut list, mut applied, mut decision) = (list.into_iter(), 0, 0);
        while !list.as_slice().is_empty() {
            let ahead = list.as_slice().iter().take(World::PREFETCH);
            self.prefetch(ahead.filter_map(|change| change.subject()?.row()));
            for change in list.by_ref().take(World::PREFETCH) {
                // A decision may consist of events only.
                while decisions[decision].changes <= applied {
                    decision += 1;
                }
                self.carry_out(change);
                self.step.cause(&decisions[decision], self.events.len());
                applied += 1;
            }
        }
    }

    pub(super) fn touch(&mut self, who: PersonId, touch: Touch) {
        self.touched.push((who, touch));
    }

    fn carry_out(&mut self, change: Change) {
        match change {
            Change::Dies { who, by_partner } => self.die(who, by_partner),
            Change::Conceives { mother, father, due } => {
                if let Some(row) = mother.row() {
                    self.people.body[row].set(Flag::Pregnant, true);
                    self.pregnancies.push(Pregnancy { mother, father, due });
                }
            }
            Change::Born { mother, father, child } => self.bear(mother, father, *child),
            Change::Unite { partners, couple } => self.unite(partners, *couple),
            Change::UniteOutside { who, partner, couple } => self.unite_outside(who, *partner, *couple),
            Change::Separate { couple, goes_on, stays, place, low_income } => {
                self.separate(couple, goes_on, stays, place, low_income);
            }
            Change::Marry(couple) => {
                if let Some(row) = couple.row() {
                    self.couples[row].married = true;
                }
            }
            Change::Home { who, home } => self.rehome(who, home),
            Change::Move { who, to } => self.move_household(who, to),
            Change::Arrive(arrival) => self.arrive(*arrival),
            Change::Flag { who, flag, on } => {
                if let Some(row) = who.row() {
                    self.people.body[row].set(flag, on);
                    self.touch(who, Touch::of(flag));
                }
            }
            Change::SpellBegins { who, flag, ends } => {
                let Some(row) = who.row() else { return };
                self.people.body[row].set(flag, true);
                self.ending.entry(ends).or_default().push(Spell { who, flag });
                self.touch(who, Touch::of(flag));
            }
            Change::SpellEnds { who, flag } => {
                if let Some(row) = who.row() {
                    self.people.body[row].set(flag, false);
                }
            }
            Change::Income { who, low } => {
                let Some(row) = who.row() else { return };
                for member in self.household(row) {
                    self.people.body[member].set(Flag::LowIncome, low);
                    self.touch(PersonId(member as u32), Touch::INCOME);
                }
            }
            Change::Violence { couple, by, state } => self.set_violence(couple, by, by, state),
            Change::Joins { couple, by, state } => self.set_violence(couple, by, by.other(), state),
            Change::Resumes(couple) => self.resume_violence(couple),
            Change::Incidents { couple, counts } => self.add_incidents(couple, counts),
            Change::Witness { child, window } => self.witness(child, window),
            Change::MaltreatmentBegins { child, kinds } => self.begin_maltreatment(child, kinds),
            Change::MaltreatmentMonth { child, window, end } => self.maltreat(child, window, end),
            Change::Mind { who, mind, touch } => {
                if let Some(row) = who.row() {
                    self.people.mind[row] = mind;
                    if touch != Touch::none() {
                        self.touch(who, touch);
                    }
                }
            }
            Change::MindShift { who, by } => {
                if let Some(row) = who.row() {
                    self.people.mind[row].shift(&by);
                    if by.burden != 0.0 && self.people.mind[row].any_symptoms() {
                        self.follow_symptoms(row);
                    }
                }
            }
            Change::YearMark { who, mark } => {
                if let Some(row) = who.row() {
                    self.people.past[row].year |= mark;
                }
            }
            Change::Abuse(change) => change.carry_out(&mut self.abuse, self.now),
            Change::Effect(effect) => self.add_effect(effect),
            Change::Chain(change) => self.change_chain(change),
        }
    }

    /// Adds an effect to a person.
    pub(super) fn add_effect(&mut self, effect: Effect) {
        if let Some(row) = effect.person.row() {
            self.people.body[row].set(Flag::HasEffect, true);
            self.touched.push((effect.person, Touch::all()));
            self.effects.push(effect);
        }
    }

    /// Index of the childhood record of a row; the record is created when this is the first entry.
    pub(super) fn record_of(&mut self, row: usize) -> usize {
        if self.people.kin[row].record == 0 {
            self.people.kin[row].record = self.records.push(Childhood::default()) as u32;
        }
        self.people.kin[row].record as usize
    }

    /// Records the first exposure and starts following this person's symptoms.
    pub(super) fn exposed(&mut self, row: usize) {
        let id = PersonId(row as u32);
        if !self.people.past[row].exposed.has_come() {
            self.people.past[row].exposed = self.now;
            self.events.push(Event::First { who: id, what: First::Exposed });
        }
        self.follow_symptoms(row);
    }

    /// Adds a person to the list of those whose symptoms are followed.
    pub(super) fn follow_symptoms(&mut self, row: usize) {
        if !self.people.body[row].has(Flag::Symptoms) {
            self.people.body[row].set(Flag::Symptoms, true);
            self.symptomatic.push(PersonId(row as u32));
        }
    }

    /// Counts a month in which a child witnessed violence.
    fn witness(&mut self, child: PersonId, window: u8) {
        let Some(row) = child.row() else { return };
        let record = self.record_of(row);
        let months = &mut self.records[record].witnessed[usize::from(window)];
        *months = months.saturating_add(1);
        self.people.past[row].year |= YearFlag::Witnessed.bit();
        self.exposed(row);
    }

    /// Begins one or more kinds of maltreatment of a child.
    fn begin_maltreatment(&mut self, child: PersonId, kinds: u8) {
        let Some(row) = child.row() else { return };
        let first = !self.childhood(row).any_maltreated();
        let past = &mut self.people.past[row];
        if past.maltreated == 0 {
            self.maltreated.push(child);
        }
        past.maltreated |= kinds;
        self.events.push(Event::Maltreatment { child, kinds, first });
    }

    /// Counts a month of the kinds of maltreatment under way, some of which end after it.
    fn maltreat(&mut self, child: PersonId, window: u8, end: u8) {
        let Some(row) = child.row() else { return };
        let running = self.people.past[row].maltreated;
        let record = self.record_of(row);
        for kind in MaltreatmentKind::ALL {
            if running & kind.bit() != 0 {
                let months = &mut self.records[record].maltreated[kind as usize][usize::from(window)];
                *months = months.saturating_add(1);
            }
        }
        let past = &mut self.people.past[row];
        past.maltreated &= !end;
        past.year |= YearFlag::Maltreated.bit();
        if running != 0 && past.maltreated == 0 {
            self.events.push(Event::MaltreatmentEnded { child });
        }
        self.exposed(row);
    }

    /// Begins the violence of a couple again in the directions that it had.
    fn resume_violence(&mut self, couple: CoupleId) {
        let Some(row) = couple.row() else { return };
        let before = self.couples[row];
        if !before.present || before.is_violent() {
            return;
        }
        let now = self.now;
        for by in Side::BOTH {
            if before.last[by as usize] != Violence::None {
                self.couples[row].set_violence(by, before.last[by as usize], now);
                self.events.push(Event::Resumption { couple, by });
            }
            self.touch(before.partner(by), Touch::VIOLENCE);
        }
    }

    fn set_violence(&mut self, couple: CoupleId, by: Side, begun_by: Side, state: Violence) {
        let Some(row) = couple.row() else { return };
        let before = self.couples[row];
        if !before.present || before.violence[by as usize] == state {
            return;
        }
        let now = self.now;
        self.couples[row].set_violence(by, state, now);
        if !before.was_violent() {
            self.violent.push(couple);
        }
        match state {
            Violence::None => self.events.push(Event::Desistance { couple, by }),
            Violence::Situational | Violence::Coercive => {
                if before.violence[by as usize] == Violence::None {
                    let user = before.partner(by).row();
                    let relapse = user.is_some_and(|row| self.people.past[row].used.has_come());
                    self.events.push(Event::Onset { couple, by, begun_by, state, relapse });
                }
            }
        }
        for partner in before.partners {
            self.touch(partner, Touch::VIOLENCE);
        }
    }

    fn add_incidents(&mut self, couple: CoupleId, counts: [u16; 2]) {
        let Some(row) = couple.row() else { return };
        let now = self.now;
        self.couples[row].fresh = [false; 2];
        for by in Side::BOTH {
            let count = counts[by as usize];
            if count == 0 {
                continue;
            }
            let couple = &mut self.couples[row];
            let total = &mut couple.incidents[by as usize];
            *total = total.saturating_add(count);
            let (total, state) = (*total, couple.violence[by as usize]);
            let (user, victim) = (couple.partner(by), couple.partner(by.other()));
            if let Some(user) = user.row() {
                let past = &mut self.people.past[user];
                past.year |= YearFlag::Used.bit();
                if !past.used.has_come() {
                    past.used = now;
                    let who = PersonId(user as u32);
                    self.events.push(Event::First { who, what: First::Used });
                    // The hazard of onset in a new union depends on it, also when the victim is a former partner.
                    self.touch(who, Touch::VIOLENCE);
                }
            }
            if let Some(victim) = victim.row() {
                let past = &mut self.people.past[victim];
                past.year |= YearFlag::Suffered.bit();
                if state == Violence::Coercive {
                    past.year |= YearFlag::Coerced.bit();
                }
                if total >= 12 {
                    past.year |= YearFlag::Structural.bit();
                }
                if !past.suffered.has_come() {
                    past.suffered = now;
                    self.events.push(Event::First { who: PersonId(victim as u32), what: First::Suffered });
                }
                self.follow_symptoms(victim);
            }
        }
    }
}
