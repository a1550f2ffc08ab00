//! Life: deaths, unions, births, homes, moves, work, income and illness.

mod arrivals;
mod births;
mod deaths;
mod education;
mod homes;
mod moves;
mod risks;
mod separations;
mod unions;
mod work;

pub use arrivals::{Grown, Histories, Newcomers, copy_household};
pub use births::{Births, Newborns};
pub use deaths::Deaths;
pub use education::{Education, Heredity, Traits};
pub use homes::LeavingHome;
pub use moves::Moving;
pub use risks::{Endings, Flags, RiskFlag};
pub use separations::Separations;
pub use unions::{Marriages, Unions};
pub use work::{Income, Work};
