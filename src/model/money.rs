//! The tables on money: budgets of the action programme, prices of what is done, and weights of consequences.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::money::Payer;
use crate::units::{Count, Euro, Ratio, Rows, Sd, Share, Years};

/// `[money]`: budgets as the action programme prints them, prices of what the chain does, and weights of consequences.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Names of the items of `budget`, in the order of their numbers in its column `kind`.
    pub items: Vec<String>,
    /// Items of the table `costs` that an item of `budget` pays for; what is in none was not on these budgets.
    pub covers: BTreeMap<String, Vec<String>>,
    /// A full-time professional for a year with overhead, to turn money into staff.
    pub staff_year: Euro,
    /// Euro of 2008 for one euro of another year.
    pub cpi: Rows<Ratio>,
    /// Annexe IIa: budgets of the four cities in 2008 by item and payer, as printed.
    pub budget: Rows<Euro>,
    /// Chapter 5: the action programme by year and chapter.
    pub programme: Rows<Euro>,
    /// Chapter 1: what the cities add of their own in 2008.
    pub own: Euro,
    /// Of this, for the regular programme.
    pub own_regular: Euro,
    /// Of this, to prepare the ban from home.
    pub own_ban: Euro,
    /// Chapter 1: what the cities expect to add on top in later years.
    pub growth: Rows<Euro>,
    /// Bans from home for which the national government pays, the whole country.
    pub bans_funded: Count,
    /// Bans from home that the four cities expect.
    pub bans_expected: Count,
    /// What the cities would still have to invest in the ban.
    pub ban_investment: Euro,
    /// What of the price of services is overhead of those who work together.
    pub overhead: OverheadTable,
    /// What the chain of 2008 costs, by what is done. A bed in a shelter stands in `chain.shelter.bed_price`.
    pub prices: Prices,
    /// What society pays besides: what is left once the services of the model are taken out.
    pub society: Society,
    /// What consequences weigh in health.
    pub health: Health,
}

/// `[money.overhead]`: what direction and pooled budgets (the mechanism `overhead`) can save on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverheadTable {
    /// Share of the price that is administration and coordination.
    pub share: Share,
    /// Services (items of the table `costs`) of the municipalities and their partners, of which this holds.
    pub items: Vec<String>,
}

/// `[money.prices]`: prices of what is done, beyond cards and services.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The police go to a report.
    pub police_response: UnitPrice,
    /// An arrest with custody and file.
    pub arrest: UnitPrice,
    /// Prosecution and hearing.
    pub prosecution: UnitPrice,
    /// A ban from home with case management.
    pub ban: UnitPrice,
    /// A contact of the ASHG.
    pub ashg_contact: UnitPrice,
    /// A family whose case is managed.
    pub case_management: UnitPrice,
    /// An investigation of the AMK.
    pub amk_investigation: UnitPrice,
    /// A year in a foster family.
    pub foster_year: UnitPrice,
    /// A year in residential care.
    pub residential_year: UnitPrice,
    /// Share of the children placed out of the home who are in residential care.
    pub residential_share: Share,
}

/// `[money.prices.NAME]` and `[money.society.NAME]`: a price and who pays it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPrice {
    /// Price, euro of 2008.
    pub price: Euro,
    /// Who pays.
    pub payer: Payer,
}

/// `[money.society]`: costs outside the services of the model, in full; `remainder` of them is counted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Society {
    /// Medical and psychosocial care of an adult who suffers coercive or structural violence, a year.
    pub victim_care: UnitPrice,
    /// Work lost by such a victim, a year.
    pub victim_work: UnitPrice,
    /// Care and work lost of an adult who was maltreated as a child, a year.
    pub survivor: UnitPrice,
    /// Share that is left once the services of the model and what would be there anyway are taken out.
    pub remainder: Share,
}

/// `[money.health]`: share of a year in full health that a year of a consequence takes away, and from where on it counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// QALY lost in a year of situational violence suffered.
    pub abuse_moderate: Share,
    /// QALY lost in a year of coercive violence suffered.
    pub abuse_severe: Share,
    /// QALY lost in a year by an adult who was maltreated as a child.
    pub survivor: Share,
    /// Disability weight of mild depression.
    pub depression_mild: Share,
    /// Disability weight of moderate depression.
    pub depression_moderate: Share,
    /// Disability weight of severe depression.
    pub depression_severe: Share,
    /// Disability weight of mild anxiety, post-traumatic stress included.
    pub anxiety_mild: Share,
    /// Disability weight of moderate anxiety.
    pub anxiety_moderate: Share,
    /// Disability weight of severe anxiety.
    pub anxiety_severe: Share,
    /// Disability weight of conduct disorder.
    pub conduct_disorder: Share,
    /// Score on the scale of the whole population from which on depression and anxiety are mild; who lies above it without any
    /// exposure is not counted.
    pub mild_from: Sd,
    /// From which on they are moderate.
    pub moderate_from: Sd,
    /// From which on they are severe.
    pub severe_from: Sd,
    /// Score from which on a child has conduct disorder.
    pub conduct_from: Sd,
    /// Age to which who was killed by a partner would have lived.
    #[schemars(extend("x-above" = 0))]
    pub life_expectancy: Years,
    /// Years that the oldest would have had left.
    #[schemars(extend("x-least" = 0))]
    pub least_left: Years,
}
