//! The model: the types of the model files, and the list of processes in the order of the month.

mod idle;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::chain::{Amk, Cases, Court, Desk, Detection, Police, Response, Shelter, Suspicion, marking_only};
use crate::config::{LevelResponse, LevelTargets, misread};
use crate::curve::ByAge;
use crate::engine::{Engine, EngineSettings, Scope, Step, Trends};
use crate::error::{Error, Errors, Result};
use crate::interventions::{Card, Measures, Programmes, Service};
use crate::life::{
    Births, Deaths, Education, Flags, Heredity, Income, LeavingHome, Marriages, Moving, Newborns, Newcomers,
    Separations, Traits, Unions, Work,
};
use crate::money::Payer;
use crate::random::Luck;
use crate::units::{Count, Euro, Persons, Probability, Ratio, Rows, Sd, Share, Years};
use crate::violence::{Course, Maltreatment, Onset, Other, Symptoms, Transmission};
use crate::world::{Area, ELSEWHERE, EffectsTable, Month, Place, Places};

/// A whole model: its nesting equals the dotted keys of the model files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Cities and areas.
    pub places: PlacesTable,
    /// Life.
    pub life: Life,
    /// Violence.
    pub violence: ViolenceTable,
    /// Transmission between the generations.
    pub transmission: Transmission,
    /// The chain of detection, response and aftercare as it stood in 2008.
    pub chain: ChainTable,
    /// Measures by name, one file each.
    #[serde(default)]
    pub interventions: BTreeMap<String, Card>,
    /// Structural choices on trends.
    pub trends: Trends,
    /// Structural choice on effects.
    pub effects: EffectsTable,
    /// What things cost, who pays, and what consequences weigh.
    pub money: Money,
    /// The founding population.
    pub founding: FoundingTable,
    /// Figures of later years, printed beside results and never fitted.
    pub validation: Validation,
    /// What the solving command aims at.
    pub targets: Targets,
    /// How the levels of 2008 follow the parameters, so that each parameter draw meets the targets; without it all draws keep
    /// the solved levels.
    #[serde(default)]
    pub response: Option<LevelResponse>,
}

/// `[places]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesTable {
    /// Names of the cities.
    pub cities: Vec<String>,
    /// Population of each city on 1 January 2008.
    pub population: Rows<Persons>,
    /// Areas of each city: share of households, deprivation over the city's mean, mark.
    pub areas: Rows<Ratio>,
}

/// `[life]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// Deaths.
    pub deaths: Deaths,
    /// Births.
    pub births: Births,
    /// Unions.
    pub unions: Unions,
    /// Separations.
    pub separations: Separations,
    /// Leaving the parental home.
    pub leaving_home: LeavingHome,
    /// Moves.
    pub moving: Moving,
    /// Newcomers.
    pub newcomers: Newcomers,
    /// Work.
    pub work: Work,
    /// Income.
    pub income: Income,
    /// Risk flags.
    pub flags: Flags,
    /// Education.
    pub education: Education,
    /// Liability and temper.
    pub heredity: Heredity,
}

/// `[violence]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViolenceTable {
    /// Onset between partners.
    pub onset: Onset,
    /// Its course.
    pub course: Course,
    /// Child maltreatment.
    pub maltreatment: Maltreatment,
    /// Other family violence.
    pub other: Other,
    /// Symptoms.
    pub symptoms: Symptoms,
}

/// `[chain]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainTable {
    /// Who comes to know of violence.
    pub detection: Detection,
    /// Who suspects maltreatment.
    pub suspicion: Suspicion,
    /// What the police do.
    pub police: Police,
    /// What the ASHG does.
    pub desk: Desk,
    /// What the AMK does.
    pub amk: Amk,
    /// What the court does.
    pub court: Court,
    /// Shelters.
    pub shelter: Shelter,
    /// Cases.
    pub cases: Cases,
    /// What surveys find.
    pub survey: SurveyTable,
    /// Programmes that ran in 2008, in the form of cards.
    #[serde(default)]
    pub services: BTreeMap<String, Card>,
}

/// `[chain.survey]`: shares of those concerned, and of others, who say yes in a survey.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyTable {
    /// Adult victims of evident violence in the year.
    pub victims: Share,
    /// Other adults.
    pub others: Share,
    /// Pupils of 12 to 17 who were maltreated in the year.
    pub pupils: Share,
    /// Other pupils.
    pub other_pupils: Share,
}

/// `[founding]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundingTable {
    /// Persons with whom the closed pool begins.
    #[schemars(extend("x-least" = 1000))]
    pub pool_size: Persons,
    /// Years that the pool lives before 2008.
    #[schemars(extend("x-least" = 1))]
    pub pool_years: Years,
    /// Share of adults who lived in the four cities before 18, by age.
    pub grew_up_here: Rows<Share>,
    /// Margins of 1 January 2008.
    pub targets: Margins,
}

/// `[founding.targets]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// Persons by city, five-year age group and sex.
    pub age_sex: Rows<Persons>,
    /// Households by city and type.
    pub households: Rows<Count>,
    /// Share of low-income households by city.
    pub low_income: Rows<Share>,
    /// Level of education of adults.
    pub education: Rows<Share>,
    /// Share of those of 18 to 64 with paid work, by city.
    pub work: Rows<Share>,
    /// Origin by city.
    pub origin: Rows<Share>,
    /// Position in the household by age.
    pub position: Rows<Share>,
}

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

impl ModelFile {
    /// Names and areas, for the world.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn places(&self) -> Result<Places> {
        let at = |what: String| Error::data(what, "see the table in the model file").at_key("places.areas");
        let table = &self.places.areas;
        let columns = |name: &str| table.values(name).map_err(at);
        let (city, share) = (columns("city")?, columns("share")?);
        let (deprivation, mark) = (columns("deprivation")?, columns("mark")?);
        if self.places.cities.is_empty() || self.places.cities.len() > ELSEWHERE {
            return Err(
                at(format!("{} cities are named; a model has 1 to {ELSEWHERE}", self.places.cities.len())).into()
            );
        }
        let fault_of = |name: &String| {
            let taken = match name.as_str() {
                "G4" => "all cities together",
                "elsewhere" => "all other places",
                name => misread(name)?,
            };
            let what = format!("the name \"{name}\" is taken for {taken} in tables");
            Some(Error::data(what, "give the city another name").at_key("places.cities"))
        };
        let faults: Vec<Error> = self.places.cities.iter().filter_map(fault_of).collect();
        if !faults.is_empty() {
            return Err(Errors(faults));
        }
        let mut areas: Vec<Vec<Area>> = vec![Vec::new(); self.places.cities.len()];
        for row in 0..city.len() {
            let list = areas
                .get_mut(city[row] as usize)
                .ok_or_else(|| at(format!("city {} is not named in places.cities", city[row])))?;
            if list.len() >= Place::MOST_AREAS {
                return Err(at(format!("a city has more than {} areas", Place::MOST_AREAS)).into());
            }
            let before = list.last().map_or(0.0, |area: &Area| area.up_to);
            list.push(Area { up_to: before + share[row], deprivation: deprivation[row], mark: mark[row] as u8 });
        }
        for (city, list) in areas.iter_mut().enumerate() {
            let total = list.last().map_or(0.0, |area| area.up_to);
            if total <= 0.0 || total.is_nan() {
                return Err(at(format!("city {city} has no areas")).into());
            }
            for area in list {
                area.up_to /= total;
            }
        }
        Ok(Places { cities: self.places.cities.clone(), areas })
    }

    /// Population of each city in 2008.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn populations(&self) -> Result<Vec<f64>> {
        crate::curve::indexed(&self.places.population, "city", "persons", self.places.cities.len())
            .map_err(|what| Error::data(what, "give one row per city").at_key("places.population").into())
    }

    /// A scope with what this model file says of it.
    fn scope(&self, scope: &Scope) -> Scope {
        Scope {
            cities: self.places.cities.len(),
            in_force: self.effects.in_force,
            trends: self.trends,
            ..scope.clone()
        }
    }

    /// The processes in the order of the month.
    ///
    /// # Errors
    /// Lists every incomplete table, with its key.
    pub fn steps(&self, scope: &Scope) -> Result<Vec<Step>> {
        let scope = &self.scope(scope);
        let mut faults = self.card_faults();
        let mut steps = Vec::new();
        let told = !faults.is_empty();
        let mut add = |key: &str, built: std::result::Result<Vec<Step>, String>| match built {
            // A fault of a card is reported once, with the card's own key.
            Err(_) if told && matches!(key, "interventions" | "chain.services" | "chain.shelter") => {}
            Ok(mut list) => steps.append(&mut list),
            Err(what) => faults.push(Error::data(what, "see `keten explain` for what the table holds").at_key(key)),
        };
        let one = |built: std::result::Result<Step, String>| built.map(|step| vec![step]);
        let sizes = self.populations()?;
        let life = &self.life;
        let cards = &self.interventions;
        if !scope.pool {
            add("interventions", one(Measures::build(&self.chain.services, cards, scope)));
        }
        add("life.deaths", one(life.deaths.build(scope)));
        add("life.separations", one(life.separations.build()));
        add("life.unions", one(life.unions.build()));
        add("life.unions", Ok(vec![Marriages::build(&life.unions)]));
        let share_partnered = ByAge::both(&self.founding.targets.position, "partner", 0.0);
        add("life.births", share_partnered.and_then(|share| one(life.births.build(share, scope))));
        let traits = Traits::new(&life.education, &life.heredity);
        add("life.education", traits.map(|traits| vec![Newborns::build(&life.births, traits)]));
        add("life.leaving_home", one(life.leaving_home.build()));
        add("life.moving", one(life.moving.build(&sizes, scope)));
        // Faults of the tables of transmission are reported under their own key below.
        if let Ok(grown) = self.transmission.of_newcomers() {
            let (abroad, endings) = (life.moving.newcomer_abroad, life.flags.endings());
            add("life.newcomers", one(life.newcomers.build(abroad, endings, Box::new(grown), scope)));
        }
        add("life.work", one(life.work.build()));
        add("life.income", one(life.income.build()));
        add("life.flags", life.flags.build());
        let violence = &self.violence;
        match self.transmission.weights() {
            Ok((weights, maltreats)) => {
                add("violence.onset", violence.onset.build(weights, scope));
                add("violence.course", Ok(vec![violence.course.build()]));
                add("violence.maltreatment", violence.maltreatment.build(maltreats, scope).map(|(a, b)| vec![a, b]));
            }
            Err(what) => add("transmission.solved", Err(what)),
        }
        add("violence.other", Ok(vec![violence.other.build()]));
        add("violence.symptoms", Ok(vec![violence.symptoms.build()]));
        add("transmission", one(self.transmission.build()));
        add(
            "response",
            self.response.as_ref().map_or(Ok(()), |response| response.fitted().map(|_| ())).map(|()| Vec::new()),
        );
        if scope.pool {
            let seen = std::iter::once(self.chain.detection.build()).chain(self.chain.suspicion.build());
            add("chain.detection", Ok(marking_only(seen, self.chain.suspicion.unfounded)));
        } else {
            let chain = &self.chain;
            add("chain.detection", Ok(vec![chain.detection.build()]));
            add("chain.suspicion", Ok(chain.suspicion.build()));
            add("chain.police", one(Response::build(&chain.police, &chain.desk, scope)));
            add("chain.amk", Ok(vec![chain.amk.build(scope)]));
            add("chain.court", Ok(vec![chain.court.build()]));
            add("chain.shelter", self.added_beds(scope).and_then(|beds| one(chain.shelter.build(beds, scope))));
            add("chain.services", one(Programmes::build(&chain.services, cards, &self.effects, scope)));
            add("chain.cases", Ok(vec![chain.cases.build()]));
        }
        if faults.is_empty() { Ok(steps) } else { Err(crate::error::Errors(faults)) }
    }

    /// Programmes in the order of their indices in events: services of 2008 and cards, by name.
    ///
    /// # Errors
    /// As [`ModelFile::steps`].
    pub fn programmes(&self) -> Result<Vec<Service>> {
        Programmes::services(&self.chain.services, &self.interventions, self.places.cities.len(), None).map_err(
            |what| Error::data(what, "see `keten explain` for what the table holds").at_key("interventions").into(),
        )
    }

    /// Faults of cards that their schema cannot express.
    fn card_faults(&self) -> Vec<Error> {
        let cities = self.places.cities.len();
        let of = |above: &str, cards: &BTreeMap<String, Card>| {
            let faults = cards.iter().flat_map(|(name, card)| {
                let at = format!("{above}.{name}");
                let fitting = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
                let own = (!name.chars().all(fitting)).then(|| {
                    let plain = |sign: char| if fitting(sign) { sign } else { '_' };
                    let other: String = name.to_lowercase().chars().map(plain).collect();
                    let what = format!("`{name}` cannot be the key of a card: tables and reports use it as a word");
                    let cure = format!("use small letters, digits and _, for example `{other}`");
                    Error::data(what, cure).at_key(&at)
                });
                let rest = card
                    .faults(cities)
                    .into_iter()
                    .map(move |(key, what, cure)| Error::data(what, cure).at_key(format!("{at}.{key}")));
                own.into_iter().chain(rest)
            });
            faults.collect::<Vec<Error>>()
        };
        let mut faults = of("interventions", &self.interventions);
        faults.extend(of("chain.services", &self.chain.services));
        for name in self.chain.services.keys().filter(|name| self.interventions.contains_key(*name)) {
            let what = format!("a service of 2008 and a measure are both named {name}");
            faults.push(Error::data(what, "give one of them another name").at_key(format!("interventions.{name}")));
        }
        faults
    }

    /// Beds and dwellings added by cards.
    fn added_beds(&self, scope: &Scope) -> std::result::Result<crate::chain::Added, String> {
        let mut added = crate::chain::Added::new();
        for kind in crate::interventions::BEDS {
            let mut schedules = Vec::new();
            for (name, card) in self.interventions.iter().filter(|(_, card)| card.beds.contains_key(kind)) {
                let schedule = card.beds_schedule(kind, scope.cities, scope.enrolment);
                schedules.push(schedule.map_err(|what| format!("interventions.{name}.beds.{kind}: {what}"))?);
            }
            if !schedules.is_empty() {
                let at = move |city: usize, now: Month| schedules.iter().map(|schedule| schedule.at(city, now)).sum();
                added.insert(kind.to_owned(), Box::new(at));
            }
        }
        Ok(added)
    }

    /// An engine of this model; `reference` is the model as in its files, before parameter draw, scenario and `--set`. Each
    /// of the two fills in its own part of the scope.
    ///
    /// # Errors
    /// As [`ModelFile::steps`].
    pub fn engine(&self, reference: &ModelFile, scope: &Scope, luck: Luck, settings: EngineSettings) -> Result<Engine> {
        Ok(Engine::new(self.steps(scope)?, &reference.steps(scope)?, luck, settings))
    }
}
