//! The format of a card: one measure of the action programme, or one service of 2008, as data.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::money::Payer;
use crate::units::{Count, Euro, Months, Probability, Ratio, Rows, Sd, Share, UNLIMITED_COUNT, Years};
use crate::world::{ChainFunction, City, ELSEWHERE, Edge, Flag, Mechanism, Month, Occasion, TargetGroup};

/// Quality of the evidence for the effect of a measure (interventions, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A randomised trial in the Netherlands.
    RctNl,
    /// A randomised trial abroad.
    RctAbroad,
    /// A quasi-experimental study.
    Quasi,
    /// No evaluation of the effect.
    None,
}

impl Evidence {
    /// The word used in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Evidence::RctNl => "rct_nl",
            Evidence::RctAbroad => "rct_abroad",
            Evidence::Quasi => "quasi",
            Evidence::None => "none",
        }
    }
}

/// The variant of coverage and places that is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No coverage and no places.
    Off,
    /// The situation of 2008, continued.
    #[default]
    StatusQuo,
    /// As planned in the action programme.
    Programme,
    /// Full roll-out: beyond the pilots, in all cities.
    Full,
}

impl Level {
    /// The column of coverage and places for this level.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Level::Off => None,
            Level::StatusQuo => Some("status_quo"),
            Level::Programme => Some("programme"),
            Level::Full => Some("full"),
        }
    }
}

/// One measure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Name in English.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Name in Dutch, as in the action programme if it has one there.
    #[schemars(length(min = 1))]
    pub dutch: String,
    /// Lines of the action programme that describe the measure, for example L823-842.
    #[schemars(length(min = 1))]
    pub lines: String,
    /// Function in the chain: prevention, detection, response or aftercare.
    pub function: ChainFunction,
    /// Target group: children, perpetrators or victims.
    pub target: TargetGroup,
    /// Whether the scheme of the action programme (L474-501) lists the measure; other measures are mentioned elsewhere
    /// in the text.
    #[serde(default)]
    pub in_scheme: bool,
    /// Quality of the evidence for the effect.
    pub evidence: Evidence,
    /// Level in force.
    #[serde(default)]
    pub level: Level,
    /// Coverage: share of the persons or cases concerned that the measure reaches. By city (all cities if the column
    /// `city` is left out) and from a year on (`2009.5` is July 2009); one column for each level: `status_quo`,
    /// `programme`, `full`.
    pub coverage: Rows<Share>,
    /// Enrolment, queue, duration and effects, for a measure with participants.
    #[serde(default)]
    pub programme: Option<Programme>,
    /// Probabilities of transitions in the chain, for the covered share of cases.
    #[serde(default)]
    #[schemars(schema_with = "edges_schema")]
    pub edges: BTreeMap<Edge, Probability>,
    /// Effects on all persons of a city, in proportion to coverage.
    #[serde(default)]
    pub everywhere: BTreeMap<String, Everywhere>,
    /// Capacity added at full coverage (proportionally less below it): beds in a shelter (`shelter_crisis`,
    /// `shelter_follow_up`, `shelter_men`), or dwellings per year (`dwellings`).
    #[serde(default)]
    pub beds: BTreeMap<String, Rows<Count>>,
    /// Costs, item by item.
    #[serde(default)]
    pub costs: BTreeMap<String, Cost>,
}

/// Only edges whose probability a process reads from the model.
fn edges_schema(generator: &mut SchemaGenerator) -> Schema {
    let chance = generator.subschema_for::<Probability>();
    let edges = Edge::OPEN.iter().map(|edge| (edge.word().to_owned(), chance.clone().to_value()));
    let edges: serde_json::Map<String, serde_json::Value> = edges.collect();
    json_schema!({
        "type": "object",
        "additionalProperties": false,
        "x-unknown": "no edge of that name has a chance that a measure can set",
        "properties": edges
    })
}

/// Enrolment, queue, duration and effects of a programme.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Occasion on which the programme is offered.
    pub occasion: Occasion,
    /// Eligibility among the persons with that occasion; everybody if left out.
    #[serde(default)]
    pub eligible: Eligible,
    /// Probability that an eligible person who receives the offer accepts it (uptake).
    pub uptake: Probability,
    /// Probability that a person who accepted starts once a place is available.
    pub starts: Probability,
    /// Probability that a person who started completes the programme.
    pub completes: Probability,
    /// Minimum waiting time from acceptance to start, months, even if a place is free.
    pub wait: Months,
    /// Waiting time after which a person leaves the queue, months.
    pub patience: Months,
    /// Duration of a completed programme, months.
    pub length: Months,
    /// Number of simultaneous places by city and year, in columns as `coverage`. If left out, capacity is unlimited.
    #[serde(default)]
    pub places: Option<Rows<Count>>,
    /// Effects on mechanisms, by name.
    #[serde(default)]
    pub effects: BTreeMap<String, EffectForm>,
    /// Reductions of symptoms, by name.
    #[serde(default)]
    pub relief: BTreeMap<String, Relief>,
    /// Occasion that a start of this programme creates for other programmes.
    #[serde(default)]
    pub leads_to: Option<Occasion>,
}

/// Eligibility: all conditions that are given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    /// Minimum age, years.
    #[serde(default)]
    #[schemars(extend("x-least" = 0, "x-most" = 110))]
    pub age_from: Option<Years>,
    /// Age from which a person is no longer eligible, years.
    #[serde(default)]
    #[schemars(extend("x-above" = 0, "x-most" = 110))]
    pub age_to: Option<Years>,
    /// Sex that is eligible: `male` or `female`; both if left out.
    #[serde(default)]
    pub sex: Option<SexRule>,
    /// Conditions of which at least one must hold.
    #[serde(default)]
    pub any_of: Vec<Condition>,
    /// Conditions that must all hold.
    #[serde(default)]
    pub all_of: Vec<Condition>,
    /// Conditions of which none may hold.
    #[serde(default)]
    pub none_of: Vec<Condition>,
    /// Threshold that the person's highest symptom score must exceed, standard deviations.
    #[serde(default)]
    pub symptoms_above: Option<Sd>,
    /// Share of the persons who meet the conditions that is found suitable.
    #[serde(default)]
    pub suitable: Option<Share>,
    /// Eligible groups of origin. Allowed only for services in the language of these groups (`own_language`).
    #[serde(default)]
    pub origin: Vec<Origin>,
    /// Whether the service is given in the language of these groups.
    #[serde(default)]
    pub own_language: bool,
}

/// Sex, as a criterion of eligibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SexRule {
    /// Men and boys.
    Male,
    /// Women and girls.
    Female,
}

/// Groups of origin, in the order of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Origin {
    /// Dutch.
    Dutch,
    /// Other western.
    Western,
    /// Moroccan.
    Moroccan,
    /// Turkish.
    Turkish,
    /// Surinamese.
    Surinamese,
    /// Antillean.
    Antillean,
    /// Other non-western.
    OtherNonWestern,
}

/// Condition on the present state of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Has an addiction.
    Addiction,
    /// Misuses alcohol.
    Alcohol,
    /// Has permanent antisocial behaviour.
    Antisocial,
    /// Was registered as a suspect of a crime in the past year.
    Crime,
    /// Has a mental illness.
    MentalIllness,
    /// Has a mild intellectual disability.
    Disability,
    /// Has problematic debts.
    Debts,
    /// Is a newcomer.
    Newcomer,
    /// Lives without a partner.
    Single,
    /// Has no paid work.
    NoWork,
    /// Lives in a household below the low-income line.
    LowIncome,
    /// Is a teenager.
    Teenager,
    /// Has had no live birth.
    FirstBirth,
    /// Has at most lower secondary education.
    LowEducation,
    /// Lives with a partner, with ongoing violence in either direction.
    ViolentPartner,
    /// Lives with a partner, with coercive violence by either of them.
    Coercive,
    /// Was in a case of the chain before this month.
    Known,
    /// Lives in a marked area of the city.
    MarkedArea,
}

/// Persons on whom an effect acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The participant.
    #[default]
    Participant,
    /// The participant's partner.
    Partner,
    /// Children under 18 in the participant's household.
    Children,
    /// The participant's mother, for programmes for children.
    Mother,
}

/// The part of a programme that produces an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dose {
    /// Completion.
    #[default]
    Completed,
    /// Start, with or without completion.
    Started,
    /// Participation: from the start until the participant leaves the place.
    During,
}

/// Effect of a programme on a mechanism.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectForm {
    /// Persons on whom the effect acts.
    #[serde(default)]
    pub on: Party,
    /// Mechanism that changes.
    pub mechanism: Mechanism,
    /// Ratio at full strength: of the hazard, rate, odds or duration, depending on the mechanism.
    #[schemars(extend("x-above" = 0))]
    pub ratio: Ratio,
    /// The part of the programme that produces the effect.
    #[serde(default)]
    pub dose: Dose,
    /// Months between that part and the first month of the effect.
    #[serde(default)]
    pub lag: Option<Months>,
    /// Half-life of the log ratio, months; no decline if left out.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub half_life: Option<Months>,
    /// Duration of the effect, months; unlimited if left out.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub lasts: Option<Months>,
    /// Share of the log ratio that is lost if violence between the partners is frequent.
    #[serde(default)]
    pub lost_to_violence: Option<Share>,
    /// Conditions that must hold for the participant; always in effect if left out.
    #[serde(default)]
    pub only: Vec<Condition>,
}

/// Symptom that a programme can reduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Internalising symptoms of a child.
    Internalising,
    /// Externalising symptoms of a child.
    Externalising,
    /// Post-traumatic symptoms.
    PostTraumatic,
    /// Depressive symptoms of an adult.
    Depressive,
}

/// Reduction of symptoms by a completed programme, in addition to natural recovery.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relief {
    /// Persons whose symptoms are reduced.
    #[serde(default)]
    pub on: Party,
    /// Symptom that is reduced.
    pub symptom: Symptom,
    /// Reduction by attention as such, which any programme would give, standard deviations.
    pub attention: Sd,
    /// Reduction by the specific content of this programme, standard deviations; negative if it does harm.
    pub specific: Sd,
    /// Share of the reduction that remains if there is ongoing violence against or by the carer.
    #[serde(default)]
    pub if_unsafe: Option<Share>,
}

/// Effect of a measure on all persons of a city, through a mechanism of the chain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// Mechanism that changes.
    pub mechanism: Mechanism,
    /// Odds ratio at full coverage; the log odds ratio is proportional to coverage.
    #[schemars(extend("x-above" = 0))]
    pub ratio: Ratio,
    /// Whether the effect is limited to marked areas.
    #[serde(default)]
    pub marked_areas: bool,
    /// Month of the year (1 to 12) for an effect that occurs once a year; permanent if left out.
    #[serde(default)]
    pub pulse: Option<Months>,
    /// Half-life of the log odds ratio after a yearly pulse, or after coverage decreases, months.
    #[serde(default)]
    #[schemars(extend("x-above" = 0))]
    pub half_life: Option<Months>,
}

/// Unit to which a cost applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Per person who starts.
    Start,
    /// Per participant and month.
    PersonMonth,
    /// Per person who receives an offer.
    Offer,
    /// Per passage of an edge whose probability the card sets.
    Passage,
    /// Per city and year, in proportion to coverage.
    CityYear,
    /// Once, in the first year with coverage above zero.
    Once,
    /// Per added place and year.
    PlaceYear,
}

/// A cost item.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Unit to which the price applies.
    pub per: Per,
    /// Price per unit, euro of 2008.
    pub price: Euro,
    /// Organisation that pays.
    pub payer: Payer,
}

/// A piecewise constant value by city and month.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<Vec<(Month, f64)>>);

impl Path {
    /// The same value in all cities and months.
    pub fn constant(value: f64) -> Path {
        Path(vec![vec![(Month::january(1900), value)]; ELSEWHERE])
    }

    /// The path of a level in a table of coverage or places.
    ///
    /// # Errors
    /// Names a missing column, a city out of range, or years out of order.
    pub fn of<U: crate::units::Unit>(table: &Rows<U>, level: Level, cities: usize) -> Result<Path, String> {
        let Some(column) = level.column() else { return Ok(Path::constant(0.0)) };
        let (years, mut values) = (table.values("year")?, table.values(column)?);
        let at = table.column(column)?;
        // Unlimited values stay unlimited, whatever the multiplier.
        for (value, _) in values.iter_mut().zip(&table.rows).filter(|(_, row)| row[at] >= UNLIMITED_COUNT) {
            *value = f64::INFINITY;
        }
        let of_city = table.column("city").is_ok().then(|| table.values("city")).transpose()?;
        let mut path = vec![Vec::new(); ELSEWHERE];
        for (row, (year, value)) in years.iter().zip(values).enumerate() {
            let month = Month::january(0).plus(libm::rint(year * 12.0) as i32);
            let cities: Vec<City> = match of_city.as_ref().map(|of_city| of_city[row]) {
                Some(city) if city.fract() == 0.0 && city >= 0.0 && (city as usize) < cities => vec![city as usize],
                Some(city) => {
                    return Err(format!("row {}: there is no city {city}; give 0 to {}", row + 1, cities - 1));
                }
                None => (0..cities).collect(),
            };
            for city in cities {
                let list: &mut Vec<(Month, f64)> = &mut path[city];
                if let Some((before, _)) = list.last()
                    && *before >= month
                {
                    return Err(format!("row {}: {year} does not come after {}", row + 1, before));
                }
                list.push((month, value));
            }
        }
        Ok(Path(path))
    }

    /// The values of each city, each with the first month in which it applies.
    pub fn steps(&self) -> &[Vec<(Month, f64)>] {
        &self.0
    }

    /// The value in a city and month, 0 before the first row.
    pub fn at(&self, city: City, month: Month) -> f64 {
        let Some(list) = self.0.get(city) else { return 0.0 };
        let at = list.partition_point(|(from, _)| *from <= month);
        at.checked_sub(1).map_or(0.0, |at| list[at].1)
    }

    /// The product of two paths, city by city.
    pub fn times(&self, other: &Path) -> Path {
        let of_city = |city: usize| {
            let lists = [self, other].into_iter().filter_map(|path| path.0.get(city));
            let mut months: Vec<Month> = lists.flatten().map(|(month, _)| *month).collect();
            months.sort();
            months.dedup();
            // Zero times unlimited is zero.
            let product = |one: f64, two: f64| if one == 0.0 || two == 0.0 { 0.0 } else { one * two };
            months.into_iter().map(|month| (month, product(self.at(city, month), other.at(city, month)))).collect()
        };
        Path((0..self.0.len().max(other.0.len())).map(of_city).collect())
    }

    /// Whether it is above 0 anywhere in a month.
    pub fn any(&self, month: Month) -> bool {
        (0..self.0.len()).any(|city| self.at(city, month) > 0.0)
    }
}

impl Origin {
    /// Index of the group in the model.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Condition {
    /// The flag of the condition, if it is one.
    pub fn flag(self) -> Option<Flag> {
        Some(match self {
            Condition::Addiction => Flag::Addiction,
            Condition::Alcohol => Flag::Alcohol,
            Condition::Antisocial => Flag::Antisocial,
            Condition::Crime => Flag::Crime,
            Condition::MentalIllness => Flag::MentalIllness,
            Condition::Disability => Flag::Disability,
            Condition::Debts => Flag::Debts,
            Condition::Newcomer => Flag::Newcomer,
            Condition::LowIncome => Flag::LowIncome,
            Condition::Known => Flag::InChain,
            _ => return None,
        })
    }
}

impl Card {
    /// Places (or dwellings per year) of a kind that the measure adds at a level: those of its table, in proportion to
    /// its coverage.
    ///
    /// # Errors
    /// Describes an invalid table.
    pub fn beds_at(&self, kind: &str, level: Level, cities: usize) -> Result<Path, String> {
        let Some(table) = self.beds.get(kind) else { return Ok(Path::constant(0.0)) };
        Ok(Path::of(table, level, cities)?.times(&Path::of(&self.coverage, level, cities)?))
    }

    /// Faults of a card that the schema cannot express: each with the key below the card's own, a description, and the
    /// remedy.
    pub fn faults(&self, cities: usize) -> Vec<(String, String, String)> {
        let mut faults = Vec::new();
        let mut add = |key: &str, what: String, cure: &str| faults.push((key.to_owned(), what, cure.to_owned()));
        for edge in self.edges.keys().filter(|edge| !Edge::OPEN.contains(edge)) {
            let open: Vec<&str> = Edge::OPEN.iter().map(|edge| edge.word()).collect();
            let what = "no process asks for the chance of this edge".to_owned();
            add(&format!("edges.{}", edge.word()), what, &format!("use one of {}", open.join(", ")));
        }
        for level in [Level::StatusQuo, Level::Programme, Level::Full] {
            let order = "give columns year, status_quo, programme and full, with the years of each city in order";
            if let Err(what) = Path::of(&self.coverage, level, cities) {
                add("coverage", what, order);
                break;
            }
            if let Some(programme) = &self.programme
                && let Some(places) = &programme.places
            {
                match (Path::of(places, level, cities), Path::of(&self.coverage, level, cities)) {
                    (Err(what), _) => {
                        add("programme.places", what, order);
                        break;
                    }
                    (Ok(places), Ok(coverage)) => {
                        let column = level.column().unwrap_or_default();
                        let never =
                            |path: &Path| (0..cities).all(|city| path.0[city].iter().all(|(_, value)| *value == 0.0));
                        // A multiplier of 0 switches the measure off, which is consistent.
                        let switched_off = self.coverage.value == 0.0;
                        if never(&places) && !never(&coverage) {
                            let what = format!("`{column}` covers people and has no place for any");
                            add("programme.places", what, "give places, or a coverage of 0, or leave the table out");
                        } else if never(&coverage) && !never(&places) && !switched_off {
                            let what = format!("`{column}` has places and covers nobody");
                            add("programme.places", what, "give coverage, or 0 places");
                        }
                    }
                    (Ok(_), Err(_)) => {}
                }
            }
        }
        for (name, everywhere) in &self.everywhere {
            if !everywhere.mechanism.is_of_the_chain() {
                let words: Vec<&str> = Mechanism::OF_THE_CHAIN.iter().map(|mechanism| mechanism.word()).collect();
                let what = format!(
                    "`{}` is a hazard of persons and cannot change for a whole city",
                    everywhere.mechanism.word()
                );
                add(
                    &format!("everywhere.{name}.mechanism"),
                    what,
                    &format!("put it on those who take part (programme.effects), or use one of {}", words.join(", ")),
                );
            }
            if let Some(pulse) =
                everywhere.pulse.filter(|pulse| pulse.get().fract() != 0.0 || !(1.0..=12.0).contains(&pulse.get()))
            {
                add(
                    &format!("everywhere.{name}.pulse"),
                    format!("{} is no month", pulse.get()),
                    "give 1 for January to 12 for December",
                );
            }
        }
        for name in self.beds.keys().filter(|name| !BEDS.contains(&name.as_str())) {
            add(&format!("beds.{name}"), format!("no provider `{name}`"), &format!("use one of {}", BEDS.join(", ")));
        }
        for (name, beds) in &self.beds {
            if let Err(what) = Path::of(beds, Level::Full, cities) {
                add(&format!("beds.{name}"), what, "give columns year, status_quo, programme and full, in order");
            }
            if beds.rows.iter().flatten().any(|cell| *cell >= UNLIMITED_COUNT) {
                let what = "places without limit cannot be added to those of a provider".to_owned();
                add(&format!("beds.{name}"), what, "give a number of places");
            }
        }
        if let Some(programme) = &self.programme {
            let who = &programme.eligible;
            if !who.origin.is_empty() && !who.own_language {
                add(
                    "programme.eligible.origin",
                    "people would be taken in by origin".to_owned(),
                    "take `origin` out; only services in people's own language may name it, with own_language = true",
                );
            }
            if let (Some(from), Some(to)) = (who.age_from, who.age_to)
                && from.get() >= to.get()
            {
                add(
                    "programme.eligible.age_to",
                    format!("ages from {} to {} are nobody", from.get(), to.get()),
                    "give age_from below age_to",
                );
            }
        }
        faults
    }
}

/// Kinds of capacity that `beds` of a card may add to.
pub const BEDS: [&str; 4] = ["shelter_crisis", "shelter_follow_up", "shelter_men", "dwellings"];

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(columns: &[&str], rows: &[&[f64]]) -> Rows<Share> {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Rows::new(1.0, columns, rows.iter().map(|row| row.to_vec()).collect()).expect("a table")
    }

    #[test]
    fn a_path_steps_in_its_months_and_is_0_before() {
        let table = coverage(
            &["year", "status_quo", "programme", "full"],
            &[&[2009.5, 0.1, 0.4, 1.0], &[2011.0, 0.2, 0.6, 1.0]],
        );
        let path = Path::of(&table, Level::Programme, 4).expect("in order");
        let at = |year, month| path.at(3, Month::january(year).plus(month));
        assert_eq!([at(2009, 5), at(2009, 6), at(2010, 11), at(2011, 0), at(2040, 0)], [0.0, 0.4, 0.4, 0.6, 0.6]);
        assert_eq!(Path::of(&table, Level::Off, 4).map(|path| path.any(Month(100))), Ok(false));
    }

    #[test]
    fn the_product_of_two_paths_steps_where_either_does() {
        let table = |rows: &[&[f64]]| coverage(&["year", "status_quo", "programme", "full"], rows);
        let path = |rows: &[&[f64]]| Path::of(&table(rows), Level::Full, 4).expect("in order");
        let product =
            path(&[&[2008.0, 0.0, 0.0, 0.5], &[2010.0, 0.0, 0.0, 1.0]]).times(&path(&[&[2009.0, 0.0, 0.0, 0.8]]));
        assert_eq!([6, 12, 30].map(|month| product.at(1, Month(month))), [0.0, 0.4, 0.8]);
        let product = Path::constant(f64::INFINITY).times(&Path::constant(0.0));
        assert_eq!(product.at(1, Month(6)), 0.0, "nobody is covered, whatever there is");
    }

    #[test]
    fn years_out_of_order_and_cities_that_are_not_there_are_refused() {
        let columns = ["city", "year", "status_quo", "programme", "full"];
        let wrong = coverage(&columns, &[&[0.0, 2010.0, 0.0, 0.0, 0.0], &[0.0, 2009.0, 0.0, 0.0, 0.0]]);
        assert!(Path::of(&wrong, Level::Full, 4).expect_err("out of order").contains("does not come after"));
        let wrong = coverage(&columns, &[&[4.0, 2010.0, 0.0, 0.0, 0.0]]);
        assert!(Path::of(&wrong, Level::Full, 4).expect_err("no city").contains("no city 4"));
        let two = coverage(&columns, &[&[0.0, 2010.0, 0.0, 0.0, 0.3], &[1.0, 2009.0, 0.0, 0.0, 0.2]]);
        let path = Path::of(&two, Level::Full, 4).expect("each city in order");
        assert_eq!([path.at(0, Month(30)), path.at(1, Month(30)), path.at(2, Month(30))], [0.3, 0.2, 0.0]);
    }
}
