//! The columns of `yearly`: counts, figures derived from them, and their meanings.

use serde::{Deserialize, Serialize};

use crate::outcomes::scene::{YEAR, ratio, record, truth};
use crate::outcomes::settings::Survey;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema};
use crate::world::{PLACES, Sex};

/// Counts that have a column each, and the figures derived from them.
macro_rules! yearly {
    (counted { $($name:ident: $unit:literal, $meaning:literal;)* }
     recorded { $($seen:ident: $seen_unit:literal, $seen_meaning:literal;)* }
     estimated { $($est:ident: $est_unit:literal, $est_meaning:literal;)* }
     made { $($made:ident: $kind:ident, $made_unit:literal, $made_meaning:literal;)* }) => {
        /// Counts of one place in one year.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub(super) struct Counts {
            $(pub(super) $name: u64,)*
            $(pub(super) $seen: u64,)*
            /// Police reports that were followed by nothing, and all of which it is known what followed.
            pub(super) no_follow_ups: u64,
            pub(super) followed_up: u64,
            /// Months between first violence and first report, and between report and first help: sum and number. Then,
            /// of the cases whose first months after the report ended, those in which help was started, and all.
            pub(super) delays: [(u64, u64); 3],
            /// Sums of symptoms of exposed children, thousandths of a standard deviation.
            pub(super) symptoms: [i64; 3],
        }

        impl Counts {
            /// Adds the counts of another place or block.
            pub(super) fn add(&mut self, other: &Counts) {
                $(self.$name += other.$name;)*
                $(self.$seen += other.$seen;)*
                self.no_follow_ups += other.no_follow_ups;
                self.followed_up += other.followed_up;
                for (sum, more) in self.delays.iter_mut().zip(other.delays) {
                    *sum = (sum.0 + more.0, sum.1 + more.1);
                }
                for (sum, more) in self.symptoms.iter_mut().zip(other.symptoms) {
                    *sum += more;
                }
            }

            /// Takes away the counts of some of these persons.
            pub(super) fn less(&mut self, other: &Counts) {
                $(self.$name -= other.$name;)*
                $(self.$seen -= other.$seen;)*
                self.no_follow_ups -= other.no_follow_ups;
                self.followed_up -= other.followed_up;
                for (sum, less) in self.delays.iter_mut().zip(other.delays) {
                    *sum = (sum.0 - less.0, sum.1 - less.1);
                }
                for (sum, less) in self.symptoms.iter_mut().zip(other.symptoms) {
                    *sum -= less;
                }
            }

            /// The cells of a row, in the order of the columns after the keys.
            pub(super) fn cells(&self, survey: &Survey, queues: &ShownQueues) -> Vec<Cell<'static>> {
                let mut cells = vec![$(Cell::count(self.$name)),*];
                cells.extend(self.made());
                $(cells.push(if queues.hides(stringify!($seen)) { Cell::Null } else { Cell::count(self.$seen) });)*
                cells.extend(self.estimated(survey, queues));
                cells
            }
        }

        /// The table `yearly`.
        pub(in crate::outcomes) static YEARLY: Schema = Schema {
            name: "yearly",
            meaning: "a city (elsewhere: persons followed after they left) in a year; simulated persons, divide by scale for \
                real ones; stocks are those of 31 December; victims and perpetrators of the year are counted where they live \
                on 31 December or died in the year",
            keys: 4,
            columns: &[
                DRAW, REPLICATE, CITY, YEAR,
                $(truth(stringify!($name), Kind::Int, $unit, $meaning),)*
                $(truth(stringify!($made), Kind::$kind, $made_unit, $made_meaning),)*
                $(record(stringify!($seen), Kind::Int, $seen_unit, $seen_meaning),)*
                $(record(stringify!($est), Kind::Float, $est_unit, $est_meaning),)*
            ],
        };
    };
}

yearly! {
    counted {
    population: "persons", "resident persons";
    men: "persons", "resident men of 18 and older";
    women: "persons", "resident women of 18 and older";
    children: "persons", "resident persons under 18";
    children_in_care: "persons", "of these, in a foster family or institution because the model has no parent, stepparent, grandparent or adult sibling who can raise them (placements by a judge are in placements)";
    households: "households", "households; children in care belong to no household";
    couples: "couples", "couples living together";
    low_income: "persons", "persons in households below the low-income line";
    births: "persons", "live births in the year";
    deaths: "persons", "deaths in the year";
    deaths_by_partner: "persons", "of these, killed by a partner or former partner";
    unions: "couples", "unions formed in the year";
    separations: "couples", "couples who separated in the year";
    arrivals: "persons", "newcomers: persons who moved to the cities and were not followed before, counted where they lived at the end of the month";
    returns: "persons", "persons who returned to the cities after leaving them";
    departures: "persons", "persons who left the four cities; moves between the cities do not count";
    departures_followed: "persons", "of these, persons who are followed elsewhere";
    incidents_by_men: "incidents", "incidents of violence by men against a partner or former partner, in the city of the victim";
    incidents_by_women: "incidents", "incidents of violence by women against a partner or former partner, in the city of the victim";
    incident_months: "couple-months", "couple-months with at least one incident in either direction";
    victims_men: "persons", "men who suffered violence from a partner or former partner in the year";
    victims_women: "persons", "women who suffered violence from a partner or former partner in the year";
    coerced_men: "persons", "of victims_men, those whose partner used coercive violence";
    coerced_women: "persons", "of victims_women, those whose partner used coercive violence";
    structural_men: "persons", "of victims_men, those with at least twelve incidents by one partner in the year";
    structural_women: "persons", "of victims_women, those with at least twelve incidents by one partner in the year";
    perpetrators_men: "persons", "men who used violence against a partner or former partner in the year";
    perpetrators_women: "persons", "women who used violence against a partner or former partner in the year";
    other_victims_men: "persons", "men who suffered violence in the year from a relative who is not a partner";
    other_victims_women: "persons", "women who suffered violence in the year from a relative who is not a partner";
    any_victims_men: "persons", "men who suffered violence in the year from a partner, former partner or other relative, each counted once";
    any_victims_women: "persons", "women who suffered violence in the year from a partner, former partner or other relative, each counted once";
    violent_couples: "couples", "couples with ongoing violence, living together or separated";
    violent_couples_separated: "couples", "of these, separated couples";
    onsets_situational_by_men: "onsets", "onsets of situational violence by a man, relapses included, resumptions in the same couple not";
    onsets_situational_by_women: "onsets", "onsets of situational violence by a woman, relapses included, resumptions in the same couple not";
    onsets_coercive_by_men: "onsets", "onsets of coercive violence by a man, relapses included, resumptions in the same couple not";
    onsets_coercive_by_women: "onsets", "onsets of coercive violence by a woman, relapses included, resumptions in the same couple not";
    relapses: "onsets", "onsets by persons who had used violence before";
    resumptions: "couple-directions", "resumptions: violence in one direction of a couple that begins again after it had ended";
    desistances: "couple-directions", "desistances: ends of violence in one direction of a couple";
    first_used: "persons", "persons who used violence against a partner for the first time in their lives";
    first_suffered: "persons", "persons who suffered violence from a partner for the first time in their lives";
    first_exposed: "persons", "children who witnessed violence or were maltreated for the first time";
    injuries: "couple-months", "couple-months with an injury, serious and fatal ones included, counted for each direction";
    serious_injuries: "couple-months", "of these, with a serious injury or death";
    children_witnessing: "persons", "children who witnessed violence at home in the year, including those who turned 18 later in the year";
    children_maltreated: "persons", "children who were maltreated in the year, including those who turned 18 later in the year";
    maltreatment_onsets: "onsets", "onsets of maltreatment of a child";
    first_maltreatments: "persons", "of these, the first onset for that child";
    neglect_onsets: "onsets", "onsets of neglect";
    physical_onsets: "onsets", "onsets of physical abuse";
    emotional_onsets: "onsets", "onsets of emotional abuse";
    sexual_onsets: "onsets", "onsets of sexual abuse";
    maltreatment_ends: "persons", "children for whom all kinds of maltreatment ended";
    exposed_children: "persons", "persons under 18 who have ever witnessed violence at home or been maltreated";
    pupils: "persons", "persons of 12 to 17";
    pupils_maltreated: "persons", "of these, maltreated in the year";
    }
    recorded {
    police_reports: "couple-months", "police reports: months of violence of a couple (or violence by a relative) that the police learned of and handed over or could have handed over";
    police_registrations: "incidents", "incidents registered by the police, including those that were not handed over";
    police_partner_reports: "couple-months", "of police_reports, those about partners or former partners";
    police_victims_women: "persons", "women known to the police as victims in the year, each counted once";
    police_victims_men: "persons", "men known to the police as victims in the year, each counted once";
    ashg_from_police: "cases", "reports handed over by the police to the ASHG";
    ashg_self: "cases", "victims who contacted the ASHG themselves";
    ashg_first_line: "cases", "victims referred to the ASHG by a first-line professional";
    amk_contacts: "cases", "first contacts with the AMK about a child";
    amk_investigations: "cases", "investigations concluded by the AMK";
    amk_substantiated: "cases", "of these, with maltreatment confirmed";
    children_known_to_amk: "persons", "maltreated children reported to the AMK in the year, each counted once";
    children_suspected: "persons", "children suspected of being maltreated by a professional in the year, each counted once";
    supervisions: "persons", "children placed under supervision by a judge";
    placements: "persons", "children placed out of the home";
    shelter_women: "persons", "women admitted to a shelter";
    shelter_children: "persons", "children admitted to a shelter with their mother";
    shelter_men: "persons", "men admitted to a shelter";
    shelter_refusals: "requests", "requests for shelter refused after the intake for lack of a place; empty below queues_from";
    shelter_returns: "persons", "returns to the partner on leaving a shelter";
    bans: "persons", "bans from home";
    arrests: "persons", "arrests";
    convictions: "persons", "convictions";
    cases_opened: "cases", "cases opened";
    cases_again: "cases", "of these, with a family member who was in the chain before";
    cases_closed: "cases", "cases closed";
    cases_helped: "cases", "of these, cases in which help was started";
    cases_open: "cases", "cases open on 31 December";
    incidents_while_waiting: "incidents", "incidents in couples in which a partner was waiting for help or shelter; empty below queues_from";
    serious_after_report: "couple-months", "couple-months with a serious injury or death in the three months after a police report";
    unfounded_investigations: "persons", "children investigated by the AMK who were not maltreated at the start of the investigation";
    }
    estimated {
    no_follow_up: "share", "share of police reports without any consequence (neither criminal proceedings nor help that started within three months), of the reports whose three months ended in the year";
    survey_victims: "persons", "expected number of adults who would report in a survey of all adults that they suffered violence from a partner or relative in the year";
    survey_pupils: "persons", "expected number of pupils of 12 to 17 who would report in a survey that they were maltreated in the year";
    months_to_first_report: "months", "mean time from the first violence in the victim's life to the report that opened a case, months";
    helped_in_three_months: "share", "share of cases in which help was started within three months of the report, of the cases whose first three months ended in the year; persons who gave up, were refused or still wait count as without help; empty below queues_from";
    mean_months_of_helped: "months", "mean time from the report that opened a case to the first help, months; only cases in which help was started in the year; empty below queues_from";
    police_reports_per_1000: "couple-months/1000 persons", "police_reports per 1000 inhabitants";
    queues_from: "share", "smallest scale at which refusals and waiting are comparable to full scale, for all shelters and programmes with requests; 0 if none has a limited number of places";
    }
    made {
    adults: Int, "persons", "resident persons of 18 and older";
    victims: Int, "persons", "persons who suffered violence from a partner or former partner in the year";
    perpetrators: Int, "persons", "persons who used violence against a partner or former partner in the year";
    any_victims: Int, "persons", "persons who suffered violence in the year from a partner, former partner or other relative, each counted once";
    incidents_per_1000_adults: Float, "incidents/1000 persons", "incidents in either direction per 1000 adults";
    victims_per_1000_adults: Float, "persons/1000 persons", "victims per 1000 adults";
    any_victims_per_1000_adults: Float, "persons/1000 persons", "any_victims per 1000 adults";
    perpetrators_per_1000_adults: Float, "persons/1000 persons", "perpetrators per 1000 adults";
    witnessing_per_1000_children: Float, "persons/1000 persons", "children_witnessing per 1000 children";
    maltreated_per_1000_children: Float, "persons/1000 persons", "children_maltreated per 1000 children";
    mean_internalising: Float, "sd", "mean internalising symptoms of exposed_children above their own baseline";
    mean_externalising: Float, "sd", "mean externalising symptoms of exposed_children above their own baseline";
    mean_post_traumatic: Float, "sd", "mean post-traumatic symptoms of exposed_children above their own baseline";
    }
}

/// Which queues of a place may be shown at the scale of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownQueues {
    /// Those of the shelters.
    pub(super) shelters: bool,
    /// Those of shelters and programmes.
    pub(super) all: bool,
    /// The smallest scale at which all of them are shown.
    pub(super) from: f64,
}

impl ShownQueues {
    fn hides(&self, column: &str) -> bool {
        match column {
            "shelter_refusals" => !self.shelters,
            "incidents_while_waiting" => !self.all,
            _ => false,
        }
    }
}

impl Counts {
    fn made(&self) -> [Cell<'static>; 13] {
        let adults = self.men + self.women;
        let victims = self.victims_men + self.victims_women;
        let perpetrators = self.perpetrators_men + self.perpetrators_women;
        let any = self.any_victims_men + self.any_victims_women;
        let incidents = self.incidents_by_men + self.incidents_by_women;
        let per_1000 = |count: u64, of: u64| ratio(1000.0 * count as f64, of as f64);
        let mean = |index: usize| ratio(self.symptoms[index] as f64 / 1000.0, self.exposed_children as f64);
        [
            Cell::count(adults),
            Cell::count(victims),
            Cell::count(perpetrators),
            Cell::count(any),
            per_1000(incidents, adults),
            per_1000(victims, adults),
            per_1000(any, adults),
            per_1000(perpetrators, adults),
            per_1000(self.children_witnessing, self.children),
            per_1000(self.children_maltreated, self.children),
            mean(0),
            mean(1),
            mean(2),
        ]
    }

    /// Figures derived from surveys and delays.
    fn estimated(&self, survey: &Survey, queues: &ShownQueues) -> [Cell<'static>; 8] {
        let victims = (self.any_victims_men + self.any_victims_women) as f64;
        let others = (self.men + self.women) as f64 - victims;
        let say = victims * survey.victims + others.max(0.0) * survey.others;
        let maltreated = self.pupils_maltreated as f64;
        let pupils = maltreated * survey.pupils + (self.pupils as f64 - maltreated).max(0.0) * survey.other_pupils;
        let mean = |(sum, number): (u64, u64)| ratio(sum as f64, number as f64);
        [
            ratio(self.no_follow_ups as f64, self.followed_up as f64),
            Cell::Float(say),
            Cell::Float(pupils),
            mean(self.delays[0]),
            if queues.all { mean(self.delays[2]) } else { Cell::Null },
            if queues.all { mean(self.delays[1]) } else { Cell::Null },
            ratio(1000.0 * self.police_reports as f64, self.population as f64),
            Cell::Float(queues.from),
        ]
    }
}

/// Counts in a place, if there is one.
pub(super) fn at(counts: &mut [Counts; PLACES], place: Option<usize>, count: impl FnOnce(&mut Counts)) {
    if let Some(place) = place {
        count(&mut counts[place]);
    }
}

/// The value for the given sex.
pub(super) fn by_sex<T>(sex: Sex, men: T, women: T) -> T {
    match sex {
        Sex::Male => men,
        Sex::Female => women,
    }
}
