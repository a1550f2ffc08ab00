//! The planner's room: a mix of measures as data, its experiment file, and its answer from real simulations.
//!
//! A [`Mix`] says for each measure at which level it runs, where, when and with how many places. [`Mix::experiment_text`]
//! writes it as an experiment file of the model inside the program, so that every answer can be repeated by `keten run`.
//! This room knows no HTTP: `serve` shows it in a browser, and other programs can use it as it is.

mod address;
mod answer;
mod answer_cities;
mod answer_figure;
mod answer_places;
mod best_desk;
mod best_mix;
mod best_mix_files;
mod best_mix_words;
mod best_question;
mod budget;
mod catalogue;
mod checks;
mod controls;
mod desk;
mod desk_task;
mod file_text;
mod frontier;
mod grounds;
mod line_table;
mod mix;
mod mix_space;
mod optimise_file;
mod presets;
mod progress;
mod question;
mod question_faults;
mod simulated;
#[cfg(test)]
mod tests;

pub use address::MixAddress;
pub use answer::{AnswerFigure, MixAnswer, STAGES};
pub use answer_cities::{CITY_COUNTS, CITY_EURO, CITY_MEASURES, MixCityFigure};
pub use answer_figure::{HiddenFigure, KnownFigure};
pub use answer_places::{PlacesUse, PlacesYear, places_by_month};
pub use best_desk::{BestAnswer, BestStanding};
pub use best_mix::{
    AnsweredMix, BestMixes, GRID_LEVERS, GRID_MIXES, OptimiseEnding, SearchSeen, StageResult, grid, optimise,
    optimise_seen,
};
pub use best_mix_files::{answer_files, answer_json, chart};
pub use best_mix_words::MixWords;
pub use best_question::{BEST_PREFIX, BEST_STAGES, BestQuestion, USUAL_BUDGET};
pub use budget::{LineBudget, MixBudget};
pub use catalogue::{Catalogue, OWN_PLACES};
pub use controls::{MixFault, slug};
pub use desk::{MOST_WAITING, MixDesk};
pub use desk_task::{DeskFault, DeskWork, MixStanding};
pub use file_text::{AnswerStage, COMPARATOR, SCENARIO};
pub use frontier::{
    Evaluate, EvaluatedMix, EvaluatedMixes, MeanOutcome, MixChoice, MixLimit, MixOutcome, SearchSettings, every_mix,
    search,
};
pub use grounds::{Ground, MOST_GROUNDS};
pub use mix::{FIRST_END, LAST_END, Mix, MixLevel, MixLine, USUAL_END};
pub use mix_space::{LeverLevel, MixLever, MixSpace};
pub use optimise_file::{CandidateMeasure, CountedMoney, OptimiseBudget, OptimiseFile, SearchSize, SearchStage};
pub use presets::MixPreset;
pub use progress::WorkProgress;
pub use question::{MoneyPart, OptimiseQuestion};
pub use simulated::SimulatedMixes;
