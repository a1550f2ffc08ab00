//! Interventions (*maatregelen*): what an experiment can switch on. Most are data: a card in the model's folder
//! `interventions/` gives the target group, start, number of places and mechanisms affected.
//!
//! `card` defines the format of a card, `schedule` its value by city and month; `system` sets each month the city-wide
//! effects of cards; `programmes` enrols persons, handles waiting, start, dropout and completion, and adds effects to
//! them.

mod acting;
mod card;
mod programmes;
mod schedule;
mod system;

pub use card::{
    BEDS, Card, Cost, Dose, EffectForm, Eligible, Everywhere, Evidence, Level, Party, Path, Per, Programme, Relief,
    Symptom,
};
pub use programmes::{Programmes, Service};
pub use schedule::Schedule;
pub use system::Measures;
