//! Domestic violence: between partners and former partners, against children and among other relatives; and its
//! consequences.

mod abuse;
mod course;
mod maltreatment;
mod onset;
mod other;
mod symptoms;
mod transmission;

pub use abuse::{AbuseCourse, AbuseRates};
pub use course::Course;
pub use maltreatment::Maltreatment;
pub use onset::{Onset, Weights};
pub use other::Other;
pub use symptoms::Symptoms;
pub use transmission::{LiabilityRule, Transmission};
