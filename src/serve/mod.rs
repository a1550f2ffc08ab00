//! `keten serve`: the planner's page in a browser on this computer.
//!
//! HTTP only: mixes, answers and the queue are those of `planner`. Pages are rendered here and work without scripts; one
//! small script keeps the answer and the budget up to date. A request goes through `guard`, is read by `address`, and is
//! answered by the file of its page. All text is in two catalogs, `words/nl.toml` and `words/en.toml`.

mod address;
mod answer_page;
mod answer_tables;
mod best_page;
mod best_view;
mod compare_page;
mod guard;
mod mix_page;
mod numbers;
mod places_page;
mod report_page;
mod server;
mod site;
mod view;
mod why_page;
mod words;

pub use server::{DEFAULT_PORT, Server};
