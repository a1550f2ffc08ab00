//! Whether an effect of a card can change anything: whether a process reads its mechanism for the persons on whom it acts.

use super::programme::{EffectForm, Eligible, Party, Programme, Relief, SexRule, Symptom};
use crate::world::Mechanism;

/// Age from which a person counts as an adult, years.
const ADULT_YEARS: f64 = 18.0;

/// Ages and sex of the persons on whom a part of a programme acts, as far as the card decides them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Audience {
    adults_only: bool,
    children_only: bool,
    men_only: bool,
}

impl Eligible {
    fn adults_only(&self) -> bool {
        self.age_from.is_some_and(|age| age.get() >= ADULT_YEARS)
    }

    fn children_only(&self) -> bool {
        self.age_to.is_some_and(|age| age.get() <= ADULT_YEARS)
    }
}

impl Audience {
    fn of(who: &Eligible, on: Party) -> Audience {
        match on {
            Party::Participant => Audience {
                adults_only: who.adults_only(),
                children_only: who.children_only(),
                men_only: who.sex == Some(SexRule::Male),
            },
            Party::Partner | Party::Mother => Audience { adults_only: true, ..Audience::default() },
            Party::Children => Audience { children_only: true, ..Audience::default() },
        }
    }

    /// Why a mechanism is read for nobody in it; `None` when it is read for somebody.
    fn unread(self, mechanism: Mechanism) -> Option<&'static str> {
        match mechanism {
            Mechanism::MaltreatmentEnd if self.adults_only => Some("only a maltreated child can feel it"),
            Mechanism::Conception if self.men_only || self.children_only => Some("only a woman can feel it"),
            Mechanism::Overhead => Some("it is a price of services in a city, and no person feels it"),
            _ => None,
        }
    }
}

/// A fault of one part of a programme: the key below `programme`, a description, and the remedy.
type Unfelt = (String, String, &'static str);

impl Programme {
    /// Effects and reliefs that nobody on whom they act can feel.
    pub(super) fn unfelt(&self) -> Vec<Unfelt> {
        let effects = self.effects.iter().filter_map(|(name, effect)| self.unfelt_effect(name, effect));
        effects.chain(self.relief.iter().filter_map(|(name, relief)| self.unfelt_relief(name, relief))).collect()
    }

    fn unfelt_effect(&self, name: &str, effect: &EffectForm) -> Option<Unfelt> {
        if let Some(fault) = self.no_child(&format!("effects.{name}"), effect.on) {
            return Some(fault);
        }
        let why = Audience::of(&self.eligible, effect.on).unread(effect.mechanism)?;
        let what = format!("`{}` changes nothing for those on whom it acts: {why}", effect.mechanism.word());
        Some((format!("effects.{name}.mechanism"), what, "use another mechanism, or set `on` or `eligible` otherwise"))
    }

    fn unfelt_relief(&self, name: &str, relief: &Relief) -> Option<Unfelt> {
        if let Some(fault) = self.no_child(&format!("relief.{name}"), relief.on) {
            return Some(fault);
        }
        let children = Audience::of(&self.eligible, relief.on).children_only;
        (children && relief.symptom == Symptom::Depressive).then(|| {
            let what = "children have no `depressive` symptoms in the model".to_owned();
            (format!("relief.{name}.symptom"), what, "use `internalising`, or set `on` otherwise")
        })
    }

    /// The fault of a part that acts on the mother of participants who are adults.
    fn no_child(&self, key: &str, on: Party) -> Option<Unfelt> {
        (on == Party::Mother && self.eligible.adults_only()).then(|| {
            let what = "the participants are adults, and `mother` is the mother of a child who takes part".to_owned();
            (format!("{key}.on"), what, "use `participant` for mothers who take part themselves")
        })
    }
}
