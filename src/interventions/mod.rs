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
    BEDS, Card, Chapter, Condition, Cost, Dose, EffectClass, EffectForm, Eligible, Everywhere, Evidence, Level,
    Mediator, PHASES, Party, Path, Per, Programme, Relief, ShiftForm, Symptom, VictimOffer,
};
pub use programmes::{Budget, Growth, ParticipationTable, Programmes, Service};
pub use schedule::Schedule;
pub use system::Measures;
