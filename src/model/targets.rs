//! The tables of figures that 2008 is solved to meet, and of figures of later years beside results.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::LevelTargets;
use crate::units::{Count, Persons, Probability, Ratio, Rows, Share};

/// `[targets]`: what 2008 is solved to meet, national unless said otherwise; `g4_ratio` turns national levels into those of
/// the four cities.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Prevalence in the four cities over that of the rest of the country.
    pub g4_ratio: Ratio,
    /// Share of the national population that lives in the four cities.
    pub g4_share: Share,
    /// CT5: adults who suffer evident domestic violence in a year, national.
    pub victims_year: Share,
    /// CT6: adults who suffer it in five years, national.
    pub victims_five_years: Share,
    /// CT7: women among victims.
    pub women_victims: Share,
    /// CT7: women among structural victims of partners.
    pub women_structural: Share,
    /// CT8: victims of a partner or former partner among victims.
    pub partner_share: Share,
    /// CT9: victims of one incident among victims of five years.
    pub once: Share,
    /// CT9: structural victims among victims of five years.
    pub structural: Share,
    /// CT10: maltreated children in a year, national.
    pub maltreated_year: Share,
    /// CT11: neglect among maltreated children.
    pub neglect: Share,
    /// CT11: sexual abuse among maltreated children.
    pub sexual: Share,
    /// CT11: more than one kind among maltreated children.
    pub more_kinds: Share,
    /// CT13: violence between adults at home among maltreated children.
    pub with_partner_violence: Share,
    /// CT14: crude ratio of maltreatment, low education.
    pub maltreated_education: Ratio,
    /// CT15: crude ratio of maltreatment, no work.
    pub maltreated_no_work: Ratio,
    /// CT17: crude ratio of maltreatment, lone parents.
    pub maltreated_lone_parent: Ratio,
    /// CT24: crude risk ratio of past-year violence of men who witnessed it as children.
    pub witness_use_men: Ratio,
    /// CT25: crude odds ratio of maltreating of those maltreated.
    pub maltreated_maltreats: Ratio,
    /// Crude ratio of suffering violence of exposed women.
    pub exposed_suffer_women: Ratio,
    /// T2: couples with violence in both directions among violent couples.
    pub mutual: Probability,
    /// CT1: police reports in a year, the four cities.
    pub police_reports: Count,
    /// CT7: women among the victims known to the police.
    pub police_women: Share,
    /// A5: partners and former partners among police reports.
    pub police_partners: Share,
    /// CT12: maltreated children known to the AMK in a year.
    pub children_known: Share,
    /// R10: reports to the ASHG that come from the police.
    pub desk_from_police: Share,
    /// CT20: police reports with criminal proceedings.
    pub criminal: Share,
    /// CT20: police reports that bring help, with criminal proceedings and without.
    pub helped: Share,
    /// Intakes of shelters that end in admission.
    pub admitted: Share,
    /// CT18: children with each woman in shelters.
    pub children_in_shelter: Ratio,
    /// Known totals by city and year, which the numbers of newcomers are solved for.
    pub population: Rows<Persons>,
}

impl Targets {
    /// Level in the four cities of a national level: r / (s' + s r), with s the share of the national population there.
    pub fn g4_level(&self) -> f64 {
        crate::units::cities_over_country(self.g4_ratio.get(), self.g4_share.get())
    }

    /// The targets that the levels of violence are solved for.
    pub fn levels(&self) -> LevelTargets {
        LevelTargets {
            g4_ratio: self.g4_ratio.get(),
            g4_share: self.g4_share.get(),
            victims_year: self.victims_year.get(),
            women_victims: self.women_victims.get(),
            partner_share: self.partner_share.get(),
            maltreated_year: self.maltreated_year.get(),
        }
    }
}

/// `[validation]`: figures of later years.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Women killed by a partner or former partner in a year, whole country: columns low and high.
    pub women_killed: Rows<Persons>,
    /// Population by city and year.
    pub population: Rows<Persons>,
    /// Shares of broad age groups.
    pub age_share: Rows<Share>,
    /// Persons by age and sex.
    pub age_sex: Rows<Persons>,
    /// Households by type.
    pub households: Rows<Count>,
    /// Shares of households by type.
    pub household_share: Rows<Share>,
    /// Births.
    pub births: Rows<Persons>,
    /// Deaths.
    pub deaths: Rows<Persons>,
    /// Marital status.
    pub marital_share: Rows<Share>,
    /// Position in the household.
    pub position: Rows<Share>,
    /// Low income.
    pub low_income: Rows<Share>,
}
