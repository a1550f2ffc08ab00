//! Calibration targets of 2008, and observed figures of later years.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::LevelTargets;
use crate::units::{Count, Persons, Probability, Ratio, Rows, Share};

/// `[targets]`: calibration targets of 2008. They are national unless stated otherwise; `g4_ratio` converts national
/// levels into those of the four cities.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Prevalence ratio of domestic violence: the four cities versus the rest of the country.
    pub g4_ratio: Ratio,
    /// Share of the national population that lives in the four cities.
    pub g4_share: Share,
    /// CT5: share of adults who suffer evident domestic violence in a year, national.
    pub victims_year: Share,
    /// CT6: adults who suffer evident domestic violence in five years over those who do in a year, by one instrument.
    pub five_year_ratio: Ratio,
    /// S2: share of couples with violence in the next year, couples with violence in a year who stay together.
    pub violent_again: Share,
    /// S1: share of couples without violence in the next two years, couples with violence in a year who stay together.
    pub quiet_two_years: Share,
    /// CT7: share of women among all victims.
    pub women_victims: Share,
    /// CT7: share of women among victims of structural violence by a partner.
    pub women_structural: Share,
    /// CT8: share of victims whose perpetrator is a partner or former partner.
    pub partner_share: Share,
    /// CT9: share of victims of the past five years who suffered a single incident.
    pub once: Share,
    /// CT9: share of victims of the past five years who suffered structural violence.
    pub structural: Share,
    /// CT10: share of children who are maltreated in a year, national.
    pub maltreated_year: Share,
    /// CT11: share of maltreated children who are neglected.
    pub neglect: Share,
    /// CT11: share of maltreated children who are sexually abused.
    pub sexual: Share,
    /// CT11: share of maltreated children with more than one kind of maltreatment.
    pub more_kinds: Share,
    /// CT13: share of maltreated children with violence between the adults at home.
    pub with_partner_violence: Share,
    /// CT14: crude risk ratio of maltreatment, parents with low education versus others.
    pub maltreated_education: Ratio,
    /// CT15: crude risk ratio of maltreatment, parents without paid work versus others.
    pub maltreated_no_work: Ratio,
    /// CT17: crude risk ratio of maltreatment, lone parents versus others.
    pub maltreated_lone_parent: Ratio,
    /// CT24: crude risk ratio of using violence in the past year, men who witnessed violence as a child versus men who
    /// did not.
    pub witness_use_men: Ratio,
    /// CT25: crude odds ratio of maltreating a child, parents who were maltreated themselves versus others.
    pub maltreated_maltreats: Ratio,
    /// Crude risk ratio of suffering violence, women exposed in childhood versus women not exposed.
    pub exposed_suffer_women: Ratio,
    /// T2: share of couples with violence in a year in which both partners used it, in that year or before. A year alone
    /// would not show it: situational violence has about one incident a year.
    pub mutual: Probability,
    /// CT1: police reports per year, the four cities.
    pub police_reports: Count,
    /// CT7: share of women among victims known to the police.
    pub police_women: Share,
    /// A5: share of police reports about partners or former partners.
    pub police_partners: Share,
    /// CT12: maltreated children known to the AMK per year, as a share of the maltreated.
    pub children_known: Share,
    /// R10: share of reports to the ASHG that come from the police.
    pub desk_from_police: Share,
    /// CT20: share of police reports that lead to criminal proceedings.
    pub criminal: Share,
    /// CT20: share of police reports that lead to help, with or without criminal proceedings.
    pub helped: Share,
    /// Share of shelter intakes that end in admission.
    pub admitted: Share,
    /// CT18: children per woman in shelters.
    pub children_in_shelter: Ratio,
    /// Known population by city and year, from which the numbers of newcomers are solved.
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

/// `[validation]`: observed figures of later years, used for comparison only.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Women killed by a partner or former partner per year, whole country: lower and upper estimate in the columns
    /// `low` and `high`.
    pub women_killed: Rows<Persons>,
    /// Population by city and year, persons.
    pub population: Rows<Persons>,
    /// Shares of the population in broad age groups, by city and year.
    pub age_share: Rows<Share>,
    /// Persons by age and sex.
    pub age_sex: Rows<Persons>,
    /// Households by type.
    pub households: Rows<Count>,
    /// Shares of households by type.
    pub household_share: Rows<Share>,
    /// Births per year.
    pub births: Rows<Persons>,
    /// Deaths per year.
    pub deaths: Rows<Persons>,
    /// Shares of persons by marital status.
    pub marital_share: Rows<Share>,
    /// Shares of persons by position in the household.
    pub position: Rows<Share>,
    /// Share of households below the low-income line.
    pub low_income: Rows<Share>,
}
