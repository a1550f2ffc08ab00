//! Applying own decisions and adopted ones, and keeping the rows that the leader is about to change.

use std::collections::BTreeMap;

use super::led::{Led, merged};
use super::state::Follower;
use crate::world::{Change, Changes, RowKind, Subject, Touched};

impl Follower {
    /// Applies the decisions about watched subjects, and those of the leader that touch the same rows.
    pub(super) fn take(&mut self, own: &Changes, led: &Led<'_>) {
        let watched = led.decisions.iter().map(|it| self.watched.has_led(&self.world, it)).collect();
        self.take_different(own, led, watched);
    }

    /// Applies all decisions of a step, and those of the leader that touch the same rows.
    pub(super) fn take_all(&mut self, own: &Changes, led: &Led<'_>) {
        self.take_different(own, led, vec![true; led.decisions.len()]);
    }

    /// Applies own decisions that are not the leader's as well, and decisions of the leader that touch the same rows.
    /// Decisions with the same subject and key have the same place in the order of both. `taken` are the decisions of the
    /// leader about subjects for whom the follower has decided.
    ///
    /// Most persons who are watched are the same in both worlds and decide the same. What the leader then does to their
    /// rows it does for both.
    fn take_different(&mut self, own: &Changes, led: &Led<'_>, mut taken: Vec<bool>) {
        // Several decisions about one subject, here or there, cannot be distinguished.
        let mut single: BTreeMap<(Subject, u64), [usize; 3]> = BTreeMap::new();
        for (subject, key, ..) in own.by_subject() {
            single.entry((subject, key)).or_default()[0] += 1;
        }
        for (at, it) in led.decisions.iter().enumerate().filter(|(at, _)| taken[*at]) {
            if let Some(known) = single.get_mut(&(it.subject, it.key)) {
                *known = [known[0], known[1] + 1, at];
            }
        }
        let mut different = Changes::default();
        for (subject, key, list, events) in own.by_subject() {
            let same = single.get(&(subject, key)).filter(|known| known[..2] == [1, 1]).map(|known| known[2]);
            match same.filter(|at| led.decisions[*at].changes == list && led.decisions[*at].events == events) {
                Some(at) => taken[at] = false,
                None => {
                    different.list.extend_from_slice(list);
                    different.events.extend_from_slice(events);
                    different.decided(subject, key);
                }
            }
        }
        self.take_own(&different, led, taken);
    }

    /// Applies own decisions, and those of the leader that touch the same rows. `taken` are the decisions of the leader
    /// that are not the follower's.
    fn take_own(&mut self, own: &Changes, led: &Led<'_>, mut taken: Vec<bool>) {
        let mut adopted = vec![false; led.decisions.len()];
        for (at, it) in led.decisions.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            adopted[at] = it.is_kept_by_each || led.touched(it).iter().any(|touched| self.holds(touched));
        }
        let own_apart = own.list.iter().all(Change::is_of_its_row);
        let apart = own_apart && led.all_apart();
        loop {
            let changes = merged(own, led, &adopted);
            if changes.list.is_empty() && changes.events.is_empty() && !taken.iter().any(|taken| *taken) {
                break;
            }
            self.give_rows(&changes, led);
            self.record_entries(&changes);
            if apart {
                self.apply(changes);
                break;
            }
            // Nothing between the savepoint and its end passes to another thread: the trail is that of this thread.
            let savepoint = self.world.savepoint();
            self.apply(changes.clone());
            let mut touched: BTreeMap<(RowKind, u32), bool> = BTreeMap::new();
            let led_here = led.decisions.iter().enumerate().filter(|(at, _)| taken[*at] || adopted[*at]);
            let trail = self.world.trail();
            for it in trail.iter().chain(led_here.flat_map(|(_, it)| led.touched(it))) {
                *touched.entry((it.kind, it.row)).or_default() |= it.written;
            }
            let meets = |it: &Touched| touched.get(&(it.kind, it.row)).is_some_and(|w| *w || it.written);
            let more: Vec<usize> = (0..led.decisions.len())
                .filter(|at| !taken[*at] && !adopted[*at] && led.touched(&led.decisions[*at]).iter().any(meets))
                .collect();
            self.world.end_savepoint(&savepoint, !more.is_empty());
            // The chain and effects are not put back: decisions that change them are adopted at once.
            let put_back = more.is_empty() || !changes.list.iter().any(Change::is_kept_by_each);
            assert!(put_back, "no decision about the chain is applied twice");
            if more.is_empty() {
                let moves = changes.list.iter().any(Change::moves_people);
                for it in trail.into_iter().filter(|it| it.written) {
                    self.check_later(it.kind, it.row, moves);
                }
                break;
            }
            self.undo_entries(&changes);
            self.step.persons.clear();
            self.step.couples.clear();
            self.step.moved.clear();
            more.into_iter().for_each(|at| adopted[at] = true);
        }
        for (at, adopted) in adopted.iter().enumerate() {
            taken[at] |= adopted;
        }
        // Others who are watched may come to live with somebody.
        for (it, _) in led.decisions.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            if it.moves_people {
                let persons = led.touched(it).iter().filter(|touched| touched.kind == RowKind::Person);
                let watched = persons.filter(|touched| self.watched.persons.has(touched.row as usize));
                self.step.moved.extend(watched.map(|touched| touched.row));
            }
        }
        self.keep(led, |at| taken[at]);
    }

    /// Applies a step that was decided for everybody together.
    pub(super) fn take_whole(&mut self, parts: Vec<Changes>, led: &Led<'_>) {
        self.step.whole = true;
        let mut changes = Changes::default();
        for part in parts {
            changes.append(part);
        }
        self.give_rows(&changes, led);
        self.record_entries(&changes);
        if changes.list.iter().all(Change::is_of_known_persons) {
            // No trail is needed to know the rows that are written.
            let Follower { world, step, .. } = self;
            changes.list.iter().for_each(|it| it.reach(world, &mut |_, row| step.persons.push(row as u32)));
            self.apply(changes);
        } else {
            let moves = changes.list.iter().any(Change::moves_people);
            let savepoint = self.world.savepoint();
            self.apply(changes);
            let trail = self.world.end_savepoint(&savepoint, false);
            for it in trail.into_iter().filter(|it| it.written) {
                self.check_later(it.kind, it.row, moves);
            }
        }
        self.keep(led, |_| true);
    }

    /// Applies changes, and checks later the rows that each of them concerns alone.
    fn apply(&mut self, changes: Changes) {
        for change in &changes.list {
            if let Some(row) = change.row_of_its_own() {
                self.step.persons.push(row);
            }
        }
        self.world.apply_step(vec![changes]);
    }

    /// Records the entries that own changes make in lists of the follower.
    fn record_entries(&mut self, changes: &Changes) {
        changes.list.iter().for_each(|change| self.residue.note(change, true));
    }

    /// Undoes [`record_entries`](Follower::record_entries).
    fn undo_entries(&mut self, changes: &Changes) {
        changes.list.iter().for_each(|change| self.residue.note(change, false));
    }

    /// Whether a row is an own row.
    fn holds(&self, touched: &Touched) -> bool {
        match touched.kind {
            RowKind::Person => self.world.is_own_person(touched.row as usize),
            RowKind::Couple => self.world.is_own_couple(touched.row as usize),
        }
    }

    /// Has a row checked after the step, which may differ now or be equal to the leader's again. `moved`: people may
    /// live with others than before.
    fn check_later(&mut self, kind: RowKind, row: u32, moved: bool) {
        match kind {
            RowKind::Person if moved => self.step.moved.push(row),
            RowKind::Person => self.step.persons.push(row),
            RowKind::Couple => self.step.couples.push(row),
        }
    }

    /// Copies the rows that the leader is about to change by decisions which the follower has taken itself.
    fn keep(&mut self, led: &Led<'_>, taken: impl Fn(usize) -> bool) {
        let mut added: BTreeMap<(RowKind, u64), u32> = BTreeMap::new();
        for (_, it) in led.decisions.iter().enumerate().filter(|(at, _)| taken(*at)) {
            if !self.step.whole {
                self.step.taken.insert((it.subject, it.key));
            }
            let moves = it.moves_people;
            for change in it.changes {
                self.residue.note(change, false);
                for (kind, key) in change.adds() {
                    if added.is_empty() {
                        added = led.numbers();
                    }
                    let row = added.get(&(kind, key)).copied().unwrap_or(u32::MAX);
                    let has = match kind {
                        RowKind::Person => self.world.is_own_person(row as usize),
                        RowKind::Couple => self.world.is_own_couple(row as usize),
                    };
                    match has {
                        true => self.check_later(kind, row, true),
                        false => self.step.empty.push((kind, row)),
                    }
                }
            }
            let counts = self.world.row_counts();
            for touched in led.touched(it) {
                let row = touched.row as usize;
                match touched.kind {
                    RowKind::Person if row < counts[0] => self.world.keep_person(row),
                    RowKind::Couple if row < counts[1] => self.world.keep_couple(row),
                    _ => continue,
                }
                match touched.kind {
                    RowKind::Person if moves => self.step.kept.push(touched.row),
                    _ => self.check_later(touched.kind, touched.row, false),
                }
            }
        }
    }

    /// Gives the rows that the changes add the numbers that they have in the leader, or numbers that it has not used.
    fn give_rows(&mut self, changes: &Changes, led: &Led<'_>) {
        let mut known: BTreeMap<(RowKind, u64), u32> = BTreeMap::new();
        let mut given: [Vec<u32>; 2] = Default::default();
        self.step.counts = led.counts;
        for (kind, key) in changes.list.iter().flat_map(Change::adds) {
            if known.is_empty() {
                known = led.numbers();
            }
            let counts = &mut self.step.counts[kind as usize];
            let row = known.get(&(kind, key)).copied().unwrap_or_else(|| {
                *counts += 1;
                (*counts - 1) as u32
            });
            given[kind as usize].push(row);
        }
        let [persons, couples] = given;
        self.step.moved.extend(&persons);
        self.step.couples.extend(&couples);
        self.world.give_rows(&persons, &couples);
    }
}
