//! `yearly`: each city, year by year: who lives there, what happened, who suffered and used violence.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::outcome::{OutcomeSettings, Survey};
use super::scene::{self, ROWS, Seen, YEAR, home_of, place_of, places, ratio, record, truth};
use crate::error::Result;
use crate::table::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{
    Couple, CoupleId, ELSEWHERE, Edge, Event, First, Flag, Incident, MaltreatmentKind, Month, PLACES, PersonId, Report,
    Severity, Sex, Source, Violence, World, YearFlag,
};

/// Counts that become a column each, and the figures made of them.
macro_rules! yearly {
    (counted { $($name:ident: $unit:literal, $meaning:literal;)* }
     recorded { $($seen:ident: $seen_unit:literal, $seen_meaning:literal;)* }
     estimated { $($est:ident: $est_unit:literal, $est_meaning:literal;)* }
     made { $($made:ident: $kind:ident, $made_unit:literal, $made_meaning:literal;)* }) => {
        /// What is counted in one place in one year.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        struct Counts {
            $($name: u64,)*
            $($seen: u64,)*
            /// Police reports that were followed by nothing.
            no_follow_ups: u64,
            /// Months between first violence and first report, and between report and first help: sum and number.
            delays: [(u64, u64); 2],
            /// Sums of symptoms of exposed children, thousandths of a standard deviation.
            symptoms: [i64; 3],
        }

        impl Counts {
            fn add(&mut self, other: &Counts) {
                $(self.$name += other.$name;)*
                $(self.$seen += other.$seen;)*
                self.no_follow_ups += other.no_follow_ups;
                for (sum, more) in self.delays.iter_mut().zip(other.delays) {
                    *sum = (sum.0 + more.0, sum.1 + more.1);
                }
                for (sum, more) in self.symptoms.iter_mut().zip(other.symptoms) {
                    *sum += more;
                }
            }

            fn cells(&self, survey: &Survey) -> Vec<Cell<'static>> {
                let mut cells = vec![$(Cell::count(self.$name)),*];
                cells.extend(self.made());
                $(cells.push(Cell::count(self.$seen));)*
                cells.extend(self.estimated(survey));
                cells
            }
        }

        /// The table `yearly`.
        pub(super) static YEARLY: Schema = Schema {
            name: "yearly",
            meaning: "a city (elsewhere: those followed after leaving) in a year; simulated persons, divide by scale for real ones; \
                stocks are at 31 December; of the year's victims and users count those who live there then or died there in the year",
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
    population: "persons", "persons who live there";
    men: "persons", "men of 18 and older";
    women: "persons", "women of 18 and older";
    children: "persons", "persons under 18";
    households: "households", "households";
    couples: "couples", "couples who live together";
    low_income: "persons", "persons in households below the low-income line";
    births: "persons", "live births in the year";
    deaths: "persons", "deaths in the year";
    deaths_by_partner: "persons", "of these, killed by a partner or former partner";
    unions: "couples", "unions formed in the year";
    separations: "couples", "couples who separated in the year";
    arrivals: "persons", "persons who came from outside the study to live in the cities, counted where they lived at the end of the month";
    returns: "persons", "persons who had left and came back to the cities";
    departures: "persons", "persons who left the four cities (a move between them is none)";
    departures_followed: "persons", "of these, followed elsewhere";
    incidents_by_men: "incidents", "incidents of violence by men against a partner or former partner, counted where the victim lives";
    incidents_by_women: "incidents", "the same by women";
    incident_months: "couple-months", "months of couples with at least one incident in either direction";
    victims_men: "persons", "men who suffered violence from a partner or former partner in the year";
    victims_women: "persons", "women who did";
    coerced_men: "persons", "of the men, those whose partner used coercive violence";
    coerced_women: "persons", "of the women, those whose partner used coercive violence";
    structural_men: "persons", "of the men, those with at least twelve incidents from one partner in the year";
    structural_women: "persons", "of the women, those with at least twelve incidents from one partner in the year";
    perpetrators_men: "persons", "men who used violence against a partner or former partner in the year";
    perpetrators_women: "persons", "women who did";
    other_victims_men: "persons", "men who suffered violence from a relative who is no partner";
    other_victims_women: "persons", "women who did";
    any_victims_men: "persons", "men who suffered violence from a partner or another relative, each counted once";
    any_victims_women: "persons", "women who did";
    violent_couples: "couples", "couples between whom violence goes on, living together or not";
    violent_couples_separated: "couples", "of these, former partners";
    onsets_situational_by_men: "onsets", "beginnings of situational violence by a man, relapses included";
    onsets_situational_by_women: "onsets", "the same by a woman";
    onsets_coercive_by_men: "onsets", "beginnings of coercive violence by a man, relapses included";
    onsets_coercive_by_women: "onsets", "the same by a woman";
    relapses: "onsets", "of all onsets, those by persons who had used violence before";
    desistances: "couple-directions", "ends of violence in one direction";
    first_used: "persons", "persons who used violence against a partner for the first time in life";
    first_suffered: "persons", "persons who suffered it for the first time in life";
    first_exposed: "persons", "children who witnessed violence or were maltreated for the first time";
    injuries: "couple-months", "couple-months and directions with an injury, serious and fatal ones included";
    serious_injuries: "couple-months", "of these, with a serious injury or death";
    children_witnessing: "persons", "persons who as children witnessed violence at home in the year";
    children_maltreated: "persons", "persons who as children were maltreated in the year";
    maltreatment_onsets: "onsets", "beginnings of maltreatment of a child";
    first_maltreatments: "persons", "of these, the first in that childhood";
    neglect_onsets: "onsets", "onsets with neglect";
    physical_onsets: "onsets", "onsets with physical abuse";
    emotional_onsets: "onsets", "onsets with emotional abuse";
    sexual_onsets: "onsets", "onsets with sexual abuse";
    maltreatment_ends: "persons", "children whose maltreatment ended altogether";
    exposed_children: "persons", "persons under 18 who ever witnessed violence or were maltreated";
    pupils: "persons", "persons of 12 to 17";
    pupils_maltreated: "persons", "of these, maltreated in the year";
    }
    recorded {
    police_reports: "couple-months", "months of violence that the police came to know of and handed over or could have";
    police_registrations: "incidents", "incidents registered by the police, those not handed over included";
    police_partner_reports: "couple-months", "of police_reports, about partners or former partners";
    police_victims_women: "persons", "women known to the police as victims in the year, each once";
    police_victims_men: "persons", "men known to the police as victims in the year, each once";
    ashg_from_police: "cases", "reports handed over by the police to the ASHG";
    ashg_self: "cases", "victims who came to the ASHG themselves";
    ashg_first_line: "cases", "victims sent to the ASHG by a professional";
    amk_contacts: "cases", "first contacts of the AMK about a child";
    amk_investigations: "cases", "investigations that the AMK concluded";
    amk_substantiated: "cases", "of these, with maltreatment found";
    children_known_to_amk: "persons", "children reported to the AMK in the year who were being maltreated, each once";
    children_suspected: "persons", "children whom a professional suspected to be maltreated in the year, each once";
    supervisions: "persons", "children put under supervision";
    placements: "persons", "children placed out of the home";
    shelter_women: "persons", "women admitted to a shelter";
    shelter_children: "persons", "children admitted with them";
    shelter_men: "persons", "men admitted to a shelter";
    shelter_refusals: "requests", "requests for shelter, after intake, for which there was no place";
    shelter_returns: "persons", "who left a shelter for the partner";
    bans: "persons", "bans from home";
    arrests: "persons", "arrests";
    convictions: "persons", "convictions";
    cases_opened: "cases", "cases opened";
    cases_again: "cases", "of these, with somebody who was in the chain before";
    cases_closed: "cases", "cases closed";
    cases_helped: "cases", "of these, in which help was started";
    cases_open: "cases", "cases open on 31 December";
    incidents_while_waiting: "incidents", "incidents of couples of whom somebody waited for help or shelter";
    serious_after_report: "couple-months", "couple-months with a serious injury or death in the three months after a police report";
    unfounded_investigations: "persons", "children investigated by the AMK without maltreatment when it began";
    }
    estimated {
    no_follow_up: "share", "share of police reports that were followed by nothing";
    survey_victims: "persons", "adults who would say in a survey of everybody that they suffered violence from a partner or relative in the year";
    survey_pupils: "persons", "pupils of 12 to 17 who would say that they were maltreated in the year";
    months_to_first_report: "months", "mean months from the first violence that the victim ever suffered to the report that opened a case";
    months_to_first_help: "months", "mean months from the report that opened a case to the first help started";
    police_reports_per_1000: "couple-months/1000 persons", "police_reports per 1000 inhabitants";
    }
    made {
    adults: Int, "persons", "persons of 18 and older";
    victims: Int, "persons", "persons who suffered violence from a partner or former partner in the year";
    perpetrators: Int, "persons", "persons who used violence against a partner or former partner in the year";
    any_victims: Int, "persons", "persons who suffered violence from a partner or another relative, each counted once";
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

/// Running counts of the year and what earlier years came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Yearly {
    running: [Counts; PLACES],
    /// Keys of those already counted in the year as known to the police, known to the AMK, suspected.
    counted: [BTreeSet<u64>; 3],
    /// Months of the last police report by what the case is about.
    reported: BTreeMap<u64, Month>,
    years: Vec<(i32, [Counts; PLACES])>,
}

/// What a pass over all rows counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Census([Counts; PLACES]);

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

    /// What surveys and delays come to.
    fn estimated(&self, survey: &Survey) -> [Cell<'static>; 6] {
        let victims = (self.any_victims_men + self.any_victims_women) as f64;
        let others = (self.men + self.women) as f64 - victims;
        let say = victims * survey.victims + others.max(0.0) * survey.others;
        let maltreated = self.pupils_maltreated as f64;
        let pupils = maltreated * survey.pupils + (self.pupils as f64 - maltreated).max(0.0) * survey.other_pupils;
        let mean = |(sum, number): (u64, u64)| ratio(sum as f64, number as f64);
        [
            ratio(self.no_follow_ups as f64, self.police_reports as f64),
            Cell::Float(say),
            Cell::Float(pupils),
            mean(self.delays[0]),
            mean(self.delays[1]),
            ratio(1000.0 * self.police_reports as f64, self.population as f64),
        ]
    }

    /// One person of the stock at 31 December.
    #[inline]
    fn count_resident(&mut self, seen: &Seen<'_>) {
        let body = seen.body;
        self.population += 1;
        self.low_income += u64::from(body.has(Flag::LowIncome));
        if seen.is_adult() {
            *by_sex(body.sex(), &mut self.men, &mut self.women) += 1;
        } else {
            self.children += 1;
            if seen.age_months() >= 144 {
                self.pupils += 1;
                self.pupils_maltreated += u64::from(seen.marked(YearFlag::Maltreated));
            }
            if seen.past.exposed.has_come() {
                self.exposed_children += 1;
                let mind = &seen.world.people.mind[seen.row];
                let symptoms = [mind.internalising, mind.externalising, mind.post_traumatic];
                for (sum, symptom) in self.symptoms.iter_mut().zip(symptoms) {
                    *sum += i64::from(symptom.0);
                }
            }
        }
        if !body.at_parents() {
            // A couple is one household: the man stands for it, or the woman when he is outside the study.
            let stands = body.sex() == Sex::Male
                || !body.has_partner()
                || (seen.place == ELSEWHERE
                    && seen.world.partner_of(seen.row).is_none_or(|man| !seen.world.people.body[man].counts()));
            if stands {
                self.households += 1;
                self.couples += u64::from(body.has_partner());
            }
        }
    }

    /// What the year did to a person and what the person did.
    #[inline]
    fn count_marks(&mut self, seen: &Seen<'_>) {
        let sex = seen.body.sex();
        let marked = |flag| u64::from(seen.marked(flag));
        let (partner, other) = (marked(YearFlag::Suffered), marked(YearFlag::OtherVictim));
        *by_sex(sex, &mut self.victims_men, &mut self.victims_women) += partner;
        *by_sex(sex, &mut self.coerced_men, &mut self.coerced_women) += marked(YearFlag::Coerced);
        *by_sex(sex, &mut self.structural_men, &mut self.structural_women) += marked(YearFlag::Structural);
        *by_sex(sex, &mut self.perpetrators_men, &mut self.perpetrators_women) += marked(YearFlag::Used);
        *by_sex(sex, &mut self.other_victims_men, &mut self.other_victims_women) += other;
        *by_sex(sex, &mut self.any_victims_men, &mut self.any_victims_women) += partner | other;
        self.children_witnessing += marked(YearFlag::Witnessed);
        self.children_maltreated += marked(YearFlag::Maltreated);
    }
}

fn by_sex<T>(sex: Sex, men: T, women: T) -> T {
    match sex {
        Sex::Male => men,
        Sex::Female => women,
    }
}

impl Census {
    /// Counts one person.
    #[inline]
    pub(super) fn count(&mut self, seen: &Seen<'_>) {
        let counts = &mut self.0[seen.place];
        if seen.lives {
            counts.count_resident(seen);
        }
        if seen.past.year != 0 {
            counts.count_marks(seen);
        }
    }

    /// Adds what another pass counted.
    pub(super) fn add(&mut self, other: &Census) {
        for (counts, more) in self.0.iter_mut().zip(&other.0) {
            counts.add(more);
        }
    }
}

impl Yearly {
    /// Reads the events of a month.
    pub(super) fn month(&mut self, world: &World) {
        for event in &world.events {
            self.event(world, event);
            self.record(world, event);
        }
    }

    /// What the chain sees.
    fn record(&mut self, world: &World, event: &Event) {
        let Yearly { running, counted, reported, .. } = self;
        let mut in_city = |city: u8, count: &dyn Fn(&mut Counts)| {
            if let Some(counts) = running.get_mut(usize::from(city)) {
                count(counts);
            }
        };
        let key = |who: PersonId| who.row().map(|row| world.people.body[row].key);
        match *event {
            Event::Report(report) => {
                let Report { source, city, victim, .. } = report;
                let first = |set: &mut BTreeSet<u64>| key(victim).is_some_and(|key| set.insert(key));
                match source {
                    Source::Police => {
                        let woman = victim.row().is_some_and(|row| world.people.body[row].sex() == Sex::Female);
                        let new = u64::from(first(&mut counted[0]));
                        in_city(city, &|c| {
                            c.police_reports += 1;
                            c.police_registrations += u64::from(report.registrations);
                            c.police_partner_reports += u64::from(report.couple != CoupleId::NONE);
                            *(if woman { &mut c.police_victims_women } else { &mut c.police_victims_men }) += new;
                        });
                        reported.insert(report.subject, world.now.plus(-1));
                    }
                    Source::Desk => in_city(city, &|c| c.ashg_self += 1),
                    Source::FirstLine => in_city(city, &|c| c.ashg_first_line += 1),
                    Source::Amk => {
                        let maltreated = victim.row().is_some_and(|row| world.people.past[row].maltreated != 0);
                        let new = u64::from(maltreated && first(&mut counted[1]));
                        in_city(city, &|c| {
                            c.amk_contacts += 1;
                            c.children_known_to_amk += new;
                        });
                    }
                    Source::Shelter => {}
                }
            }
            Event::Registered { city, count } => in_city(city, &|c| c.police_registrations += u64::from(count)),
            Event::Suspected { child, city } => {
                let new = u64::from(key(child).is_some_and(|key| counted[2].insert(key)));
                in_city(city, &|c| c.children_suspected += new);
            }
            Event::Investigated { city, maltreated, found, .. } => in_city(city, &|c| {
                c.amk_investigations += 1;
                c.amk_substantiated += u64::from(found);
                c.unfounded_investigations += u64::from(!maltreated);
            }),
            Event::Passage(passage) if passage.passed => in_city(passage.city, &|c| match passage.edge {
                Edge::HandOverCriminal | Edge::HandOverOther => c.ashg_from_police += 1,
                Edge::Protection => c.supervisions += 1,
                Edge::Placement => c.placements += 1,
                Edge::Ban => c.bans += 1,
                Edge::Arrest => c.arrests += 1,
                Edge::Conviction => c.convictions += 1,
                Edge::NoFollowUp => c.no_follow_ups += 1,
                _ => {}
            }),
            Event::Passage(passage) if passage.edge == Edge::ShelterAdmission => {
                in_city(passage.city, &|c| c.shelter_refusals += 1);
            }
            Event::Sheltered { who, city, children } => {
                let woman = who.row().is_some_and(|row| world.people.body[row].sex() == Sex::Female);
                in_city(city, &|c| {
                    *(if woman { &mut c.shelter_women } else { &mut c.shelter_men }) += 1;
                    c.shelter_children += u64::from(children);
                });
            }
            Event::LeftShelter { city, returned, .. } => in_city(city, &|c| c.shelter_returns += u64::from(returned)),
            Event::CaseOpened { city, again, after, .. } => in_city(city, &|c| {
                c.cases_opened += 1;
                c.cases_again += u64::from(again);
                if after >= 0 && !again {
                    c.delays[0] = (c.delays[0].0 + after as u64, c.delays[0].1 + 1);
                }
            }),
            Event::CaseClosed { city, helped, .. } => in_city(city, &|c| {
                c.cases_closed += 1;
                c.cases_helped += u64::from(helped);
            }),
            Event::FirstHelp { city, months } => {
                in_city(city, &|c| c.delays[1] = (c.delays[1].0 + u64::from(months), c.delays[1].1 + 1));
            }
            Event::Violence(incident) => {
                let Some(couple) = incident.couple.row().map(|row| &world.couples[row]) else { return };
                let Some(place) = home_of(world, couple) else { return };
                let months = |since: Month| world.now.plus(-1).since(since);
                let worst = incident.severity[0].max(incident.severity[1]);
                let lately = reported.get(&couple.key).is_some_and(|since| (1..=3).contains(&months(*since)));
                // Who has waited since before this month; a request of this month comes after its violence.
                let now = world.now.plus(-1);
                let waits = world.chain.cases.get(&couple.key).is_some_and(|case| case.open > 0)
                    && [&world.chain.programmes, &world.chain.shelters]
                        .iter()
                        .any(|services| services.queue.iter().any(|r| r.subject == couple.key && r.since < now));
                in_city(place as u8, &|c| {
                    if waits {
                        c.incidents_while_waiting += u64::from(incident.counts[0]) + u64::from(incident.counts[1]);
                    }
                    c.serious_after_report += u64::from(lately && worst >= Severity::Serious);
                });
            }
            _ => {}
        }
    }

    fn event(&mut self, world: &World, event: &Event) {
        let couple = |id: CoupleId| id.row().map(|row| &world.couples[row]);
        let home = |id: CoupleId| couple(id).and_then(|couple| home_of(world, couple));
        let scene = |id: CoupleId, by: Sex| couple(id).and_then(|couple| scene::scene(world, couple, by));
        let running = &mut self.running;
        match *event {
            Event::Birth { child } => at(running, place_of(world, child), |c| c.births += 1),
            Event::Death { who, by_partner } => at(running, place_of(world, who), |c| {
                c.deaths += 1;
                c.deaths_by_partner += u64::from(by_partner);
            }),
            Event::Union { couple } => at(running, home(couple), |c| c.unions += 1),
            Event::Separation { couple } => at(running, home(couple), |c| c.separations += 1),
            Event::Arrival { who, returning } => at(running, place_of(world, who), |c| {
                *(if returning { &mut c.returns } else { &mut c.arrivals }) += 1;
            }),
            Event::Departure { followed, city, .. } => at(running, Some(usize::from(city)), |c| {
                c.departures += 1;
                c.departures_followed += u64::from(followed);
            }),
            Event::Onset { couple, by, state, relapse } => at(running, scene(couple, by), |c| {
                *(match (state, by) {
                    (Violence::Coercive, Sex::Male) => &mut c.onsets_coercive_by_men,
                    (Violence::Coercive, Sex::Female) => &mut c.onsets_coercive_by_women,
                    (_, Sex::Male) => &mut c.onsets_situational_by_men,
                    (_, Sex::Female) => &mut c.onsets_situational_by_women,
                }) += 1;
                c.relapses += u64::from(relapse);
            }),
            Event::First { who, what } => at(running, place_of(world, who), |c| {
                *(match what {
                    First::Exposed => &mut c.first_exposed,
                    First::Used => &mut c.first_used,
                    First::Suffered => &mut c.first_suffered,
                }) += 1;
            }),
            Event::Desistance { couple, by } => at(running, scene(couple, by), |c| c.desistances += 1),
            Event::Violence(incident) => {
                if let Some(couple) = couple(incident.couple) {
                    incidents(running, world, couple, &incident);
                }
            }
            Event::Maltreatment { child, kinds, first } => at(running, place_of(world, child), |c| {
                c.maltreatment_onsets += 1;
                c.first_maltreatments += u64::from(first);
                let has = |kind: MaltreatmentKind| u64::from(kinds & kind.bit() != 0);
                c.neglect_onsets += has(MaltreatmentKind::Neglect);
                c.physical_onsets += has(MaltreatmentKind::Physical);
                c.emotional_onsets += has(MaltreatmentKind::Emotional);
                c.sexual_onsets += has(MaltreatmentKind::Sexual);
            }),
            Event::MaltreatmentEnded { child } => at(running, place_of(world, child), |c| c.maltreatment_ends += 1),
            // Victims of relatives are counted as persons, by the marks of the year.
            Event::Other { .. } => {}
            // What the chain sees is counted apart.
            _ => {}
        }
    }

    /// Closes a year with the census of its December.
    pub(super) fn year(&mut self, world: &World, year: i32, census: &Census) {
        let mut counts = std::mem::take(&mut self.running);
        self.counted = Default::default();
        let december = world.now.plus(-1);
        self.reported.retain(|_, since| december.since(*since) <= 3);
        for case in world.chain.cases.values() {
            counts[usize::from(case.city)].cases_open += 1;
        }
        for (counts, stock) in counts.iter_mut().zip(&census.0) {
            counts.add(stock);
        }
        for id in &world.violent {
            let Some(couple) = id.row().map(|row| &world.couples[row]) else { continue };
            if couple.present && couple.is_violent() {
                at(&mut counts, home_of(world, couple), |c| {
                    c.violent_couples += 1;
                    c.violent_couples_separated += u64::from(!couple.together());
                });
            }
        }
        self.years.push((year, counts));
    }

    /// The table.
    pub(super) fn table(&self, settings: &OutcomeSettings, world: &World) -> Result<Table> {
        let mut table = Table::new(&YEARLY);
        for (year, counts) in &self.years {
            let rows: [Counts; ROWS] = scene::with_total(counts, Counts::add);
            for (place, name) in places(world) {
                let mut cells = vec![
                    Cell::count(settings.draw),
                    Cell::count(settings.replicate),
                    Cell::Text(name),
                    Cell::count(*year),
                ];
                cells.extend(rows[place].cells(&settings.survey));
                table.push_row(&cells)?;
            }
        }
        Ok(table)
    }
}

fn at(counts: &mut [Counts; PLACES], place: Option<usize>, count: impl FnOnce(&mut Counts)) {
    if let Some(place) = place {
        count(&mut counts[place]);
    }
}

fn incidents(running: &mut [Counts; PLACES], world: &World, couple: &Couple, incident: &Incident) {
    at(running, home_of(world, couple), |c| c.incident_months += 1);
    for by in Sex::BOTH {
        let (count, severity) = (incident.counts[by as usize], incident.severity[by as usize]);
        if count == 0 {
            continue;
        }
        at(running, scene::scene(world, couple, by), |c| {
            *by_sex(by, &mut c.incidents_by_men, &mut c.incidents_by_women) += u64::from(count);
            c.injuries += u64::from(severity >= Severity::Injury);
            c.serious_injuries += u64::from(severity >= Severity::Serious);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::*;
    use crate::world::{Change, Milli, Month, OtherViolence, PersonId, Place};

    fn year_of(small: &Small, city: &str, year: i64) -> (Table, usize) {
        let table = small.table();
        let row = the_row(&table, &[("city", Cell::Text(city)), ("year", Cell::Int(year))]);
        (table, row)
    }

    /// A couple with a child in Amsterdam, a lone woman in Utrecht.
    fn family() -> (Small, CoupleId, [PersonId; 4]) {
        let mut small = Small::new(&[Outcome::Yearly]);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1972), AMSTERDAM);
        let alone = small.person(Sex::Female, Month::january(1950), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        (small, couple, [man, woman, alone, child])
    }

    fn violence(couple: CoupleId, counts: [u16; 2], severity: Severity) -> Event {
        let state = [Violence::Situational, Violence::None];
        Event::Violence(Incident {
            couple,
            counts,
            severity: [severity, Severity::Light],
            state,
            witnesses: 0,
            separated: false,
        })
    }

    #[test]
    fn a_quiet_year_shows_who_lives_where() {
        let (mut small, ..) = family();
        small.live_until(Month::january(2009));
        let (table, row) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(
            ints(
                &table,
                row,
                ["draw", "replicate", "population", "men", "women", "children", "adults", "households", "couples"]
            ),
            [3, 2, 3, 1, 1, 1, 2, 1, 1]
        );
        assert_eq!(table.cell(row, "victims_per_1000_adults"), Some(Cell::Float(0.0)));
        assert_eq!(table.cell(row, "mean_internalising"), Some(Cell::Null));
        let (table, row) = year_of(&small, "Utrecht", 2008);
        assert_eq!(ints(&table, row, ["population", "households", "couples"]), [1, 1, 0]);
        assert_eq!(table.cell(row, "witnessing_per_1000_children"), Some(Cell::Null));
        let (table, row) = year_of(&small, "G4", 2008);
        assert_eq!(ints(&table, row, ["population", "households", "children"]), [4, 2, 1]);
        assert_eq!(table.rows(), 4, "two cities, all, elsewhere");
    }

    #[test]
    fn violence_is_counted_in_incidents_in_months_and_in_persons() {
        let (mut small, couple, [man, woman, _, child]) = family();
        let begins = Change::Violence { couple, by: Sex::Male, state: Violence::Situational };
        let three = || Change::Incidents { couple, counts: [3, 0] };
        small.month(
            [begins, three(), Change::Witness { child, window: 2 }],
            [violence(couple, [3, 0], Severity::Light)],
        );
        small.month([three()], [violence(couple, [3, 0], Severity::Serious)]);
        small.world.people.mind[row(child)].externalising = Milli::new(0.25);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        let columns = [
            "incidents_by_men",
            "incidents_by_women",
            "incident_months",
            "victims_women",
            "victims_men",
            "perpetrators_men",
        ];
        assert_eq!(ints(&table, at, columns), [6, 0, 2, 1, 0, 1]);
        let columns = ["onsets_situational_by_men", "relapses", "first_used", "first_suffered", "first_exposed"];
        assert_eq!(ints(&table, at, columns), [1, 0, 1, 1, 1]);
        let columns = [
            "injuries",
            "serious_injuries",
            "children_witnessing",
            "violent_couples",
            "structural_women",
            "exposed_children",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1, 1, 0, 1]);
        assert_eq!(table.cell(at, "victims_per_1000_adults"), Some(Cell::Float(500.0)));
        assert_eq!(table.cell(at, "incidents_per_1000_adults"), Some(Cell::Float(3000.0)));
        assert_eq!(table.cell(at, "mean_externalising"), Some(Cell::Float(0.25)));
        // The next year is quiet but for the end of it.
        small.month([Change::Violence { couple, by: Sex::Male, state: Violence::None }], []);
        small.live_until(Month::january(2010));
        let (table, at) = year_of(&small, "Amsterdam", 2009);
        let columns = ["incidents_by_men", "victims", "perpetrators", "desistances", "violent_couples", "first_used"];
        assert_eq!(ints(&table, at, columns), [0, 0, 0, 1, 0, 0]);
        assert!(
            small.world.people.past[row(man)].used.has_come()
                && small.world.people.past[row(woman)].suffered.has_come()
        );
    }

    #[test]
    fn a_killed_woman_is_a_victim_of_the_year_and_no_longer_a_resident() {
        let (mut small, couple, [_, woman, ..]) = family();
        let begins = Change::Violence { couple, by: Sex::Male, state: Violence::Coercive };
        let incidents = Change::Incidents { couple, counts: [1, 0] };
        let dies = Change::Dies { who: woman, by_partner: true };
        small.month([begins, incidents, dies], [violence(couple, [1, 0], Severity::Fatal)]);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "G4", 2008);
        let columns =
            ["population", "deaths", "deaths_by_partner", "victims_women", "coerced_women", "serious_injuries"];
        assert_eq!(ints(&table, at, columns), [3, 1, 1, 1, 1, 1]);
        assert_eq!(ints(&table, at, ["couples", "violent_couples"]), [0, 0]);
    }

    #[test]
    fn who_suffers_from_partner_and_relative_is_one_victim_of_any_violence() {
        let (mut small, couple, [man, woman, alone, _]) = family();
        let mark = |who| Change::YearMark { who, mark: YearFlag::OtherVictim.bit() };
        let begins = Change::Violence { couple, by: Sex::Male, state: Violence::Situational };
        let incidents = Change::Incidents { couple, counts: [12, 0] };
        let told = Event::Other { victim: woman, kind: OtherViolence::Relatives, count: 1 };
        small.month([begins, incidents, mark(woman), mark(alone)], [told]);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "G4", 2008);
        let columns = ["victims", "other_victims_women", "any_victims_women", "any_victims", "structural_women"];
        assert_eq!(ints(&table, at, columns), [1, 2, 2, 2, 1]);
        assert!(!small.world.people.past[row(man)].suffered.has_come());
    }

    #[test]
    fn maltreatment_is_counted_by_kind_as_it_begins_and_as_children_over_the_year() {
        let (mut small, _, [.., child]) = family();
        let kinds = MaltreatmentKind::Neglect.bit() | MaltreatmentKind::Emotional.bit();
        let runs = |end| Change::MaltreatmentMonth { child, window: 2, end };
        small.month([Change::MaltreatmentBegins { child, kinds }, runs(0)], []);
        small.month([runs(kinds)], []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        let columns = [
            "maltreatment_onsets",
            "first_maltreatments",
            "neglect_onsets",
            "physical_onsets",
            "emotional_onsets",
            "maltreatment_ends",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1, 0, 1, 1]);
        assert_eq!(ints(&table, at, ["children_maltreated", "children_witnessing", "first_exposed"]), [1, 0, 1]);
        assert_eq!(table.cell(at, "maltreated_per_1000_children"), Some(Cell::Float(1000.0)));
    }

    #[test]
    fn a_followed_family_is_counted_elsewhere_and_its_set_of_traits_is_not() {
        let (mut small, _, [man, woman, alone, _]) = family();
        small.month([Change::Move { who: woman, to: Place::ELSEWHERE }], []);
        small.flag(man, Flag::Outsider);
        small.month([Change::Move { who: alone, to: Place::new(AMSTERDAM, 0) }], []);
        small.live_until(Month::january(2009));
        let (table, at) = year_of(&small, "elsewhere", 2008);
        assert_eq!(
            ints(&table, at, ["population", "men", "women", "households", "couples", "departures"]),
            [2, 0, 1, 1, 1, 0]
        );
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(
            ints(&table, at, ["population", "departures", "departures_followed", "arrivals", "returns"]),
            [1, 3, 3, 0, 0]
        );
    }

    #[test]
    fn months_and_years_read_twice_count_once() {
        let (mut small, couple, _) = family();
        let begins = Change::Violence { couple, by: Sex::Female, state: Violence::Situational };
        small.month([begins], []);
        small.outcomes.month(&small.world);
        small.outcomes.year(&small.world);
        small.live_until(Month::january(2009));
        small.outcomes.month(&small.world);
        small.outcomes.year(&small.world);
        let (table, at) = year_of(&small, "Amsterdam", 2008);
        assert_eq!(ints(&table, at, ["onsets_situational_by_women", "population"]), [1, 3]);
        assert_eq!(rows_with(&table, &[("city", Cell::Text("G4"))]).len(), 1);
    }

    #[test]
    fn what_was_read_survives_being_written_and_read_back() {
        let (mut small, couple, _) = family();
        let begins = Change::Violence { couple, by: Sex::Female, state: Violence::Situational };
        small.month([begins], []);
        small.live_until(Month(15));
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        assert_eq!(serde_json::from_str::<super::super::Outcomes>(&text).expect("plain data"), small.outcomes);
    }
}
