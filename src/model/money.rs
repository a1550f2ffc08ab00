//! The tables on money: budgets of the action programme, unit prices, and health weights of consequences.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::money::Payer;
use crate::units::{Count, Euro, Ratio, Rows, Sd, Share, Years};

/// `[money]`: budgets as printed in the action programme, unit prices, and health weights of consequences.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Names of the items of `budget`; the number in its column `kind` is the position in this list.
    pub items: Vec<String>,
    /// For each item of `budget`: the items of the table `costs` that it pays for. Items that appear in no list were
    /// not paid from these budgets.
    pub covers: BTreeMap<String, Vec<String>>,
    /// Cost of one full-time professional for a year, overhead included, euro of 2008; converts money into staff.
    pub staff_year: Euro,
    /// Price index: euro of 2008 for one euro of another year, by year.
    pub cpi: Rows<Ratio>,
    /// Budgets of the four cities in 2008 by item and payer, as printed in annexe IIa.
    pub budget: Rows<Euro>,
    /// Budgets of the action programme by year and chapter, as printed in chapter 5.
    pub programme: Rows<Euro>,
    /// Contribution of the cities from their own means in 2008, as printed in chapter 1.
    pub own: Euro,
    /// The part of `own` that is for the regular programme.
    pub own_regular: Euro,
    /// The part of `own` that is for the preparation of the temporary restraining order (ban from home).
    pub own_ban: Euro,
    /// Additional contributions that the cities expect in later years, as printed in chapter 1.
    pub growth: Rows<Euro>,
    /// Bans from home per year that the national government pays for, whole country.
    pub bans_funded: Count,
    /// Bans from home per year that the four cities expect.
    pub bans_expected: Count,
    /// Investment in the ban from home that the cities still have to make.
    pub ban_investment: Euro,
    /// Overhead within the prices of services that work together.
    pub overhead: OverheadTable,
    /// Unit prices of the chain of 2008. The price of a bed in a shelter is `chain.shelter.bed_price`.
    pub prices: Prices,
    /// Costs to society outside the services of the model.
    pub society: Society,
    /// Health weights of the consequences of violence, for QALYs and DALYs.
    pub health: Health,
}

/// `[money.overhead]`: the overhead that central direction and pooled budgets (the mechanism `overhead`) can reduce.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverheadTable {
    /// Share of the price that is administration and coordination.
    pub share: Share,
    /// Items of the table `costs` that contain this overhead: services of the municipalities and their partners.
    pub items: Vec<String>,
}

/// `[money.prices]`: unit prices of the chain of 2008, other than those on cards and services.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Price of a police response to one report.
    pub police_response: UnitPrice,
    /// Price of one arrest with custody and file.
    pub arrest: UnitPrice,
    /// Price of one prosecution with court hearing.
    pub prosecution: UnitPrice,
    /// Price of one ban from home with case management.
    pub ban: UnitPrice,
    /// Price of one contact of the ASHG.
    pub ashg_contact: UnitPrice,
    /// Price of case management for one family.
    pub case_management: UnitPrice,
    /// Price of one investigation by the AMK.
    pub amk_investigation: UnitPrice,
    /// Price of one year of foster care for one child.
    pub foster_year: UnitPrice,
    /// Price of one year of residential care for one child.
    pub residential_year: UnitPrice,
    /// Share of the children placed out of the home who are in residential care; the others are in foster care.
    pub residential_share: Share,
}

/// `[money.prices.NAME]` and `[money.society.NAME]`: a unit price and its payer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPrice {
    /// Price of one unit, euro of 2008.
    pub price: Euro,
    /// Organisation that pays.
    pub payer: Payer,
}

/// `[money.society]`: costs outside the services of the model. The prices are gross; the share `remainder` of them is
/// counted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Society {
    /// Medical and psychosocial care of one adult who suffers coercive or structural violence, per year.
    pub victim_care: UnitPrice,
    /// Loss of work of one adult who suffers coercive or structural violence, per year.
    pub victim_work: UnitPrice,
    /// Care and loss of work of one adult who was maltreated as a child, per year.
    pub survivor: UnitPrice,
    /// Share of these costs that remains after subtracting the services of the model and the costs that would exist
    /// without violence.
    pub remainder: Share,
}

/// `[money.health]`: loss of health per year of each consequence, and the symptom scores from which a consequence
/// counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// QALYs lost per year of situational violence suffered.
    pub abuse_moderate: Share,
    /// QALYs lost per year of coercive violence suffered.
    pub abuse_severe: Share,
    /// QALYs lost per year by an adult who was maltreated as a child.
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
    /// Score from which depression and anxiety count as mild, in standard deviations of the whole population. Symptoms
    /// of persons without any exposure are not counted.
    pub mild_from: Sd,
    /// Score from which depression and anxiety count as moderate, in standard deviations of the whole population.
    pub moderate_from: Sd,
    /// Score from which depression and anxiety count as severe, in standard deviations of the whole population.
    pub severe_from: Sd,
    /// Score of externalising symptoms from which a child counts as having conduct disorder, standard deviations.
    pub conduct_from: Sd,
    /// Age to which a person killed by a partner would have lived, years.
    #[schemars(extend("x-above" = 0))]
    pub life_expectancy: Years,
    /// Smallest number of years of life lost by a death, at any age.
    #[schemars(extend("x-least" = 0))]
    pub least_left: Years,
}
