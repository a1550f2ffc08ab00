//! Interventions (*maatregelen*): what an experiment can switch on. Most are data: a card in the model's folder
//! `interventions/` says for whom, from when, with how many places, and on which mechanisms it acts.
//!
//! `card` is the form of a card; `system` sets each month what cards change for whole cities; `programmes` takes people in,
//! lets them wait, start, drop out or complete, and puts effects on them.

mod acting;
mod card;
mod programmes;
mod system;

pub use card::{
    BEDS, Card, Cost, Dose, EffectForm, Eligible, Everywhere, Evidence, Level, Party, Path, Per, Programme, Relief,
    Symptom,
};
pub use programmes::{Programmes, Service};
pub use system::Measures;
