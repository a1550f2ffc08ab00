//! When bounds of rates are evaluated: on which birthdays, and after which changes of state.
//!
//! A layer that is open without need changes no result, because its candidates lie above the rate. So a bound may be
//! kept as long as it is valid. A bound within the envelope is kept until the state that it depends on changes, or until
//! an age at which it may rise. A bound above the envelope is evaluated again on each birthday, because it may have
//! fallen: that closes layers that are no longer needed.

use super::envelope::YEARS;
use crate::world::Touch;

/// The bound of one process, as far as it depends on the process alone.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerBound {
    /// The same layer for everybody at all times.
    SameForAll(u8),
    /// A bound that depends on the subject.
    Own {
        /// Parts of a person's state that the bound depends on.
        responds_to: Touch,
        /// Years of age at whose beginning the bound may rise by itself; `None` for every year.
        rises_at: Option<Vec<usize>>,
    },
}

/// What happens to the bound of a process when a subject's year of age begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Birthday {
    /// Nothing: the process has no envelope at this age, so its layers are empty.
    Empty,
    /// The layer is the same for everybody and stays open.
    Stays,
    /// The bound is evaluated if it is above the envelope.
    MayFall,
    /// The bound is evaluated.
    MayRise,
}

/// The bounds of all processes of a calendar.
#[derive(Clone, Debug)]
pub struct LayerBounds {
    processes: usize,
    /// By profile, year of age and process.
    birthdays: Vec<Birthday>,
    /// Processes with a bound of their own, by profile and year of age.
    own: Vec<Vec<u8>>,
    /// Those of them that are evaluated on the birthday.
    rising: Vec<Vec<u8>>,
    /// Layers that are open for everybody.
    always: Vec<(u8, u8)>,
    responds_to: Vec<Touch>,
}

impl LayerBounds {
    /// The bounds of some processes for subjects of `profiles` kinds. `possible(process, profile, year)` says whether a
    /// process has an envelope above 0 at an age.
    pub fn new(bounds: &[LayerBound], profiles: usize, possible: impl Fn(usize, usize, usize) -> bool) -> LayerBounds {
        let at = |process: usize, profile: usize, year: usize| match &bounds[process] {
            LayerBound::SameForAll(_) => Birthday::Stays,
            LayerBound::Own { .. } if !possible(process, profile, year) => Birthday::Empty,
            LayerBound::Own { rises_at, .. } => {
                let begins = year == 0 || !possible(process, profile, year - 1);
                let rises = rises_at.as_ref().is_none_or(|years| years.contains(&year));
                if begins || rises { Birthday::MayRise } else { Birthday::MayFall }
            }
        };
        let ages: Vec<(usize, usize)> = (0..profiles).flat_map(|p| (0..YEARS).map(move |y| (p, y))).collect();
        let listed = |is: fn(Birthday) -> bool| -> Vec<Vec<u8>> {
            let of_age = |(profile, year): &(usize, usize)| -> Vec<u8> {
                (0..bounds.len()).filter(|p| is(at(*p, *profile, *year))).map(|p| p as u8).collect()
            };
            ages.iter().map(of_age).collect()
        };
        let mut birthdays = Vec::with_capacity(bounds.len() * ages.len());
        for (profile, year) in ages.iter().copied() {
            birthdays.extend((0..bounds.len()).map(|process| at(process, profile, year)));
        }
        let always = |(process, bound): (usize, &LayerBound)| match bound {
            LayerBound::SameForAll(level) => (*level > 0).then_some((process as u8, *level)),
            LayerBound::Own { .. } => None,
        };
        let responds_to = |bound: &LayerBound| match bound {
            LayerBound::SameForAll(_) => Touch::none(),
            LayerBound::Own { responds_to, .. } => *responds_to,
        };
        LayerBounds {
            processes: bounds.len(),
            birthdays,
            own: listed(|birthday| matches!(birthday, Birthday::MayRise | Birthday::MayFall)),
            rising: listed(|birthday| birthday == Birthday::MayRise),
            always: bounds.iter().enumerate().filter_map(always).collect(),
            responds_to: bounds.iter().map(responds_to).collect(),
        }
    }

    #[inline]
    fn age(profile: usize, year: usize) -> usize {
        profile * YEARS + year.min(YEARS - 1)
    }

    /// What happens to the bound of each process when a year of age begins.
    #[inline]
    pub(super) fn birthday(&self, profile: usize, year: usize) -> &[Birthday] {
        let from = Self::age(profile, year) * self.processes;
        &self.birthdays[from..from + self.processes]
    }

    /// Processes whose bound is evaluated on the birthday at which a year of age begins.
    #[inline]
    pub(super) fn rising(&self, profile: usize, year: usize) -> &[u8] {
        &self.rising[Self::age(profile, year)]
    }

    /// Processes with a bound of their own at an age.
    #[inline]
    pub(super) fn own(&self, profile: usize, year: usize) -> &[u8] {
        &self.own[Self::age(profile, year)]
    }

    /// Layers that are open for everybody, by process.
    #[inline]
    pub(super) fn always(&self) -> &[(u8, u8)] {
        &self.always
    }

    /// Whether the bound of a process depends on a part of the state that changed.
    #[inline]
    pub(super) fn responds(&self, process: u8, touch: Touch) -> bool {
        touch == Touch::all() || self.responds_to[usize::from(process)].meets(touch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_evaluated_where_its_envelope_begins_and_where_it_may_rise() {
        let own = |rises_at| LayerBound::Own { responds_to: Touch::WORK, rises_at };
        let all = [LayerBound::SameForAll(2), own(Some(vec![65])), own(None)];
        let bounds = LayerBounds::new(&all, 2, |process, _, year| process != 1 || year >= 18);
        use Birthday::{Empty, MayFall, MayRise, Stays};
        assert_eq!(bounds.birthday(1, 17), [Stays, Empty, MayRise]);
        assert_eq!(bounds.birthday(1, 18), [Stays, MayRise, MayRise]);
        assert_eq!(bounds.birthday(1, 19), [Stays, MayFall, MayRise]);
        assert_eq!(bounds.birthday(0, 65), [Stays, MayRise, MayRise]);
        assert_eq!((bounds.own(0, 30), bounds.rising(0, 30)), (&[1, 2][..], &[2][..]));
        assert_eq!(bounds.always(), [(0, 2)]);
        assert!(bounds.responds(1, Touch::WORK.and(Touch::HOME)) && !bounds.responds(1, Touch::HOME));
        assert!(!bounds.responds(0, Touch::WORK) && bounds.responds(0, Touch::all()));
    }
}
