//! All integration tests as one program: the library is linked once, and tests of one file share what they prepare.

mod abuse;
mod acting;
mod additions;
mod adoption;
mod bottlenecks;
mod budgets;
mod cards;
mod chain;
mod cities_report;
mod cli;
mod clients;
mod closed_forms;
mod cluster;
mod config;
mod controls;
mod criminal;
mod curves;
mod disturbance;
mod draws;
mod ensembles;
mod exactness;
mod followers;
mod founding;
mod interventions;
mod layers;
mod mediators;
mod model_files;
mod money;
mod names;
mod optimise;
mod packs;
mod places;
mod plans;
mod report;
mod runs;
mod same_sex;
mod scales;
mod serve;
mod services;
mod shelters;
mod store;
mod study;
mod transmission;

/// Code shared by several files.
mod support {
    pub(crate) mod cities;
    pub(crate) mod described;
    pub(crate) mod imports;
    pub(crate) mod statistics;
}
