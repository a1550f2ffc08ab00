//! How a card acts on violence, in one word that follows from the card itself.

use super::{Card, Evidence};

/// What a card does to the ground truth, and on what grounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectClass {
    /// Its effect on persons has the size that a trial in the Netherlands gives.
    TrialEvidence,
    /// Its effect on persons is carried over from studies abroad or without randomisation, and shrunk.
    CarriedOver,
    /// Its effect on persons is assumed: it was never evaluated.
    Assumed,
    /// Its effects on persons are none at their central values: none was shown, or none was studied.
    NoneShown,
    /// It has no effect of its own on persons: it changes the chain or adds places.
    ChainOnly,
}

impl EffectClass {
    /// The words used in lists.
    pub fn words(self) -> &'static str {
        match self {
            EffectClass::TrialEvidence => "trial evidence",
            EffectClass::CarriedOver => "carried over, shrunk",
            EffectClass::Assumed => "assumed",
            EffectClass::NoneShown => "median 1: none shown",
            EffectClass::ChainOnly => "chain only",
        }
    }
}

impl Card {
    /// How the card acts, by its effects at their present values and its grade of evidence.
    pub fn effect_class(&self) -> EffectClass {
        let programme = || self.programme.iter();
        let effects = programme().flat_map(|programme| programme.effects.values());
        let on_persons: Vec<f64> = effects
            .filter(|effect| !effect.mechanism.is_of_the_chain())
            .map(|effect| effect.ratio.get() - 1.0)
            .chain(
                programme()
                    .flat_map(|programme| programme.relief.values())
                    .map(|relief| relief.attention.get() + relief.specific.get()),
            )
            .chain(programme().flat_map(|programme| programme.shifts.values()).map(|shift| shift.size.get()))
            .collect();
        if on_persons.is_empty() {
            return EffectClass::ChainOnly;
        }
        if on_persons.iter().all(|effect| *effect == 0.0) {
            return EffectClass::NoneShown;
        }
        match self.evidence {
            Evidence::RctNl => EffectClass::TrialEvidence,
            Evidence::RctAbroad | Evidence::Quasi => EffectClass::CarriedOver,
            Evidence::None => EffectClass::Assumed,
        }
    }
}
