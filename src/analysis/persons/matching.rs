//! The same persons under two scenarios: who exists in both, and what differs between them.

use super::populations::PersonRow;
use super::tally::Tally;
use crate::analysis::figures::{FIGURES, Person};
use crate::analysis::lives::{self, PersonLife};

/// Compares two scenarios person by person; both sorted by key and [`completed`]. `counts` selects the persons whose
/// health counts.
pub(super) fn tallied(before: &[PersonRow], after: &[PersonRow], counts: impl Fn(&PersonLife) -> bool) -> Tally {
    let mut it = Tally::default();
    let figures = FIGURES.iter().filter_map(|figure| Some((figure.key, figure.person?)));
    let figures: Vec<(&'static str, Person)> = figures.collect();
    let mut sums = vec![Some((0.0, 0.0)); figures.len()];
    let mut both = 0.0;
    for own in after {
        it.reached += f64::from(u8::from(own.life.reached.is_some()));
        let Some(base) = find(before, own.life.key) else { continue };
        both += 1.0;
        let counts = counts(&own.life);
        // The same for both scenarios: a person who counts in only one of them would be an artificial difference.
        let born_here = base.born_here && own.born_here;
        for ((_, person), sum) in figures.iter().zip(&mut sums) {
            let of = |row: &PersonRow| match *person {
                Person::First(event) => Some(first_within(event, &row.life)),
                Person::FirstOfNext(_) if row.life.born < lives::FIRST || !born_here => Some(0.0),
                Person::FirstOfNext(event) => Some(first_within(event, &row.life)),
                Person::Years(kind) => row.years.map(|years| years[kind]),
                Person::Health => Some(if counts { row.lost[0] } else { 0.0 }),
            };
            let more = of(base).zip(of(own));
            *sum = sum.zip(more).map(|((a, b), (before, after))| (a + before, b + after));
        }
    }
    it.alone = [before.len() as f64 - both, after.len() as f64 - both];
    it.figures = figures.iter().zip(sums).filter_map(|((key, _), sum)| Some((*key, sum?))).collect();
    it
}

/// 1 if the event occurs within the years simulated, 0 if not.
fn first_within(event: lives::FirstEvent, life: &PersonLife) -> f64 {
    f64::from(u8::from(event.month(life).is_some_and(|month| month >= lives::FIRST)))
}

/// Both scenarios, completed with persons who have a row in only one of them: a person not born in the years simulated
/// had no event in the other. A start of a measure that occurs in both does not count as reached.
pub(super) fn completed(before: &[PersonRow], after: &[PersonRow]) -> (Vec<PersonRow>, Vec<PersonRow>) {
    let (mut both, mut own) = (Vec::with_capacity(before.len()), Vec::with_capacity(after.len()));
    let (mut a, mut b) = (before.iter().peekable(), after.iter().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x.life.key == y.life.key => {
                let (x, mut y) = (**x, **y);
                y.life.reached = y.life.reached.filter(|_| y.life.reached != x.life.reached);
                both.push(x);
                own.push(y);
                a.next();
                b.next();
            }
            (Some(x), other) if other.is_none_or(|y| x.life.key < y.life.key) => {
                both.push(**x);
                own.extend(untouched(x));
                a.next();
            }
            (_, Some(y)) => {
                own.push(**y);
                both.extend(untouched(y));
                b.next();
            }
            _ => return (both, own),
        }
    }
}

/// The same person without any event; `None` for a person born in the years simulated, who was not born in the other
/// scenario.
fn untouched(row: &PersonRow) -> Option<PersonRow> {
    let nothing = PersonLife { exposed: None, used: None, suffered: None, reached: None, qaly_lost: 0.0, ..row.life };
    (row.life.born < 0).then_some(PersonRow {
        life: nothing,
        lost: [0.0; 6],
        years: row.years.map(|_| [0.0; 4]),
        ..*row
    })
}

/// The row of a person, in rows sorted by key.
pub(super) fn find(rows: &[PersonRow], key: i64) -> Option<&PersonRow> {
    rows.binary_search_by_key(&key, |row| row.life.key).ok().map(|at| &rows[at])
}

/// Health saved by the selected persons of both scenarios.
pub(super) fn health(before: &[PersonRow], after: &[PersonRow], counts: impl Fn(&PersonLife) -> bool) -> [f64; 6] {
    let mut saved = [0.0; 6];
    for row in after.iter().filter(|row| counts(&row.life)) {
        let Some(known) = find(before, row.life.key) else { continue };
        for (sum, (was, is)) in saved.iter_mut().zip(known.lost.iter().zip(row.lost)) {
            *sum += was - is;
        }
    }
    saved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::lives::RecordedSex;

    fn row(key: i64, born: i32, used: Option<i32>, lost: f64) -> PersonRow {
        let life = PersonLife {
            key,
            born,
            sex: RecordedSex::Male,
            mother: None,
            father: None,
            generation: 0,
            city: 0,
            quintile: 1,
            exposed: None,
            used,
            suffered: None,
            gone: None,
            reached: None,
            qaly_lost: lost,
        };
        let lost = [lost, lost / 2.0, lost / 4.0, lost / 8.0, 0.0, lost];
        PersonRow { life, lost, years: Some([lost[0], 0.0, 0.0, 0.0]), born_here: true }
    }

    #[test]
    fn who_has_no_row_was_there_unless_born_in_the_years_simulated() {
        let before = [row(1, -300, Some(5), 1.0), row(3, -200, Some(9), 2.0), row(4, 10, None, 0.5)];
        let after = [row(2, -100, Some(7), 0.25), row(3, -200, None, 0.5), row(5, 10, None, 4.0)];
        let (a, b) = completed(&before, &after);
        let keys = |rows: &[PersonRow]| rows.iter().map(|row| row.life.key).collect::<Vec<_>>();
        assert_eq!(keys(&a), [1, 2, 3, 4], "the fifth was born in the other world only");
        assert_eq!(keys(&b), [1, 2, 3, 5]);
        assert_eq!((b[0].life.used, a[1].life.used), (None, None));
        // 1.0 of the first, less .25 of the second, 1.5 of the third; persons in only one scenario do not count.
        assert_eq!(health(&a, &b, |_| true), [2.25, 1.125, 0.5625, 0.281_25, 0.0, 2.25]);
        assert_eq!(health(&a, &b, |life| life.key == 3), [1.5, 0.75, 0.375, 0.1875, 0.0, 1.5]);
        let reached = |reached: Option<i32>| {
            let mut row = row(1, -300, None, 0.0);
            row.life.reached = reached;
            row
        };
        let reach = |x: Option<i32>, y: Option<i32>| completed(&[reached(x)], &[reached(y)]).1[0].life.reached;
        assert_eq!((reach(None, Some(3)), reach(Some(3), Some(3)), reach(Some(9), Some(3))), (Some(3), None, Some(3)));
    }

    #[test]
    fn who_is_not_born_in_one_world_is_nobody_spared() {
        let exposed = |key: i64, born: i32, month: Option<i32>, lost: f64| {
            let mut row = row(key, born, None, lost);
            row.life.exposed = month;
            row
        };
        // Three children are exposed in the first scenario. In the second, exposure of one is prevented, one is not
        // born, and the exposure of the third, before the first month, is no case. A fourth is born in the second only.
        let before = [exposed(1, 4, Some(9), 2.0), exposed(2, 5, Some(9), 3.0), exposed(3, -90, Some(-1), 0.0)];
        let after = [exposed(1, 4, None, 0.5), exposed(3, -90, Some(-1), 0.0), exposed(4, 7, Some(20), 9.0)];
        let (before, after) = completed(&before, &after);
        let it = tallied(&before, &after, |_| true);
        assert_eq!((it.figures["first_exposed"], it.alone), ((1.0, 0.0), [1.0, 1.0]));
        assert_eq!((it.figures["qaly_lost"], it.figures["any_victims"]), ((2.0, 0.5), (2.0, 0.5)));
        // A person born in the cities in only one scenario belongs to the next generation in neither.
        let grown = row(7, 4, Some(300), 0.0);
        let moved = PersonRow { born_here: false, ..grown };
        let next = |before: PersonRow, after: PersonRow| tallied(&[before], &[after], |_| true).figures["next_generation_used"];
        assert_eq!((next(grown, grown), next(grown, moved), next(moved, grown)), ((1.0, 1.0), (0.0, 0.0), (0.0, 0.0)));
        // A row without years makes them unknown for all persons.
        let blind = [PersonRow { years: None, ..before[0] }];
        assert!(!tallied(&blind, &blind, |_| true).figures.contains_key("any_victims"));
    }
}
