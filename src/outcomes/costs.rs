//! `costs`: what measures, services and consequences cost, by who pays, and what is lost in health; year by year.
//!
//! Nothing is counted twice. What a measure pays for is on its own account and not on that of the services: a passage of an edge
//! that it moves, a place that it adds. What society pays besides is a remainder. QALY and DALY are two measures of the
//! same harm and are never added to each other.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::outcome::OutcomeSettings;
use super::scene::{self, ROWS, Seen, YEAR, key, record};
use crate::error::Result;
use crate::money::{Cents, Discounting, PRICE_YEAR, factor, present_years};
use crate::table::{CITY, Cell, DRAW, Kind as Cells, REPLICATE, Schema, Table};
use crate::world::{
    CaseKind, City, Due, ELSEWHERE, Edge, Event, Group, Mechanism, Milli, Month, PLACES, Passage, ProviderMonth, Sex,
    Source, Violence, World, YearFlag,
};

/// The table `costs`.
pub(super) static COSTS: Schema = Schema {
    name: "costs",
    meaning: "an item of cost, or of health lost, in a city and year; simulated persons, divide by scale for real ones; what costs \
        the same at every scale is multiplied by scale, so that dividing gives real euro. Costs are what administrations \
        record; rows of kind societal and health are the truth, whoever saw it. QALY and DALY are two measures of one harm: \
        add only rows of one unit",
    keys: 9,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        key(
            "kind",
            Cells::Text,
            "-",
            "programme: a measure; service: the chain of 2008; societal: what society pays besides; health",
        ),
        key("item", Cells::Text, "-", "key of the measure or service, or what is done"),
        key("entry", Cells::Text, "-", "item of cost on its card; empty where there is one only"),
        key("payer", Cells::Text, "-", "municipality, rijk, awbz, justice or other; nobody for health"),
        key("unit", Cells::Text, "-", "euro_2008; qaly or daly lost"),
        record(
            "count",
            Cells::Float,
            "count",
            "what is paid or weighed: persons, person-months, passages, city-years, places",
        ),
        record("amount", Cells::Float, "unit of the row", "amount in the unit of the row, not discounted"),
        record(
            "amount_zin_2024",
            Cells::Float,
            "unit of the row",
            "discounted to 2008: costs 3 %, health 1.5 % a year",
        ),
        record(
            "amount_zin_2016",
            Cells::Float,
            "unit of the row",
            "discounted to 2008: costs 4 %, health 1.5 % a year",
        ),
        record(
            "amount_mkba_2021",
            Cells::Float,
            "unit of the row",
            "discounted to 2008: costs and health 2.25 % a year",
        ),
    ],
};

/// Rules that discount, in the order of their columns.
const RULES: [Discounting; 3] = [Discounting::Zin2024, Discounting::Zin2016, Discounting::Mkba2021];
/// Counts are kept in billionths, so that they are whole numbers.
const COUNT: f64 = 1e9;
/// Years of health are kept in thousandths.
const HEALTH: f64 = 1e3;
/// Within a year amounts are kept in this many parts of a cent or of a thousandth, and rounded when the year ends: twelve
/// months of a fraction of a cent are not lost.
const FINE: i64 = 10_000;

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostKind {
    /// A measure.
    Programme,
    /// The chain of 2008.
    Service,
    /// What society pays besides.
    Societal,
    /// Health lost.
    Health,
}

/// What an amount is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CostUnit {
    /// Euro of 2008.
    Euro,
    /// Quality-adjusted life years lost.
    Qaly,
    /// Disability-adjusted life years lost.
    Daly,
}

/// Persons in a state that costs something or weighs in health, as the last day of a year finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum State {
    /// Suffers situational violence from a partner or former partner.
    AbuseModerate,
    /// Suffers coercive violence.
    AbuseSevere,
    /// Suffered coercive or structural violence in the year.
    SevereVictim,
    /// Adult who was maltreated as a child.
    Survivor,
    /// Adults with mild depression, beyond those who would have it at their own baseline; as all states below.
    DepressionMild,
    /// With moderate depression.
    DepressionModerate,
    /// With severe depression.
    DepressionSevere,
    /// Anybody with mild anxiety, post-traumatic stress included; counted by post-traumatic symptoms.
    AnxietyMild,
    /// With moderate anxiety.
    AnxietyModerate,
    /// With severe anxiety.
    AnxietySevere,
    /// Children with conduct disorder; counted by externalising symptoms.
    ConductDisorder,
}

/// Number of [`State`]s.
const STATES: usize = State::ConductDisorder as usize + 1;

/// A number by city and month that changes in steps: coverage, or places. Cities without steps, and months before the first
/// step, have 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps(pub Vec<Vec<(Month, f64)>>);

impl Steps {
    /// The number in a city and month.
    pub fn at(&self, city: City, month: Month) -> f64 {
        let Some(list) = self.0.get(city) else { return 0.0 };
        let at = list.partition_point(|(from, _)| *from <= month);
        at.checked_sub(1).map_or(0.0, |at| list[at].1)
    }
}

/// What is counted for a price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Volume {
    /// Those who start a programme, by its index.
    Starts(u16),
    /// Months of persons in a programme.
    PersonMonths(u16),
    /// Those to whom a programme is offered, whether or not they accept.
    Offers(u16),
    /// Passages of edges, times the share of cases that a measure moves. The passages that would have come anyway are
    /// among them: which of the cases that it moves those are is known from the scenario without the measure only.
    Moved {
        /// The edges.
        edges: Vec<Edge>,
        /// Coverage of the measure.
        coverage: Steps,
    },
    /// Coverage, one year of one city at a time; costs the same at every scale.
    CityYears(Steps),
    /// Once, in the first month in which a measure reaches more than the status quo, shared equally by the cities in which
    /// it does; costs the same at every scale. Holds the coverage beyond the status quo.
    Once(Steps),
    /// Places added, one year of one place at a time, whether taken or not; at the scale of the run.
    PlaceYears(Steps),
    /// Police reports.
    PoliceReports,
    /// Passages of an edge, less those on the account of a measure.
    Passed(Edge),
    /// Contacts of the ASHG: victims who come or are sent, and hand-overs by the police less those on the account of a
    /// measure.
    DeskContacts,
    /// Families in which help starts, cases of maltreatment alone left out.
    HelpedFamilies,
    /// Investigations of the AMK that end.
    Investigations,
    /// Months of placement out of the home, in this share.
    PlacementMonths(f64),
    /// Months of beds taken in shelters, less the part of the places that measures pay for.
    BedMonths,
    /// Years of persons in a state, by the number on 31 December.
    Persons(State),
    /// Life years lost by those killed by a partner.
    Killed,
}

/// One price of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What it is of.
    pub kind: CostKind,
    /// Key of the measure or service, or what is done.
    pub item: String,
    /// Item of cost on its card; empty where there is one only.
    pub entry: String,
    /// Who pays.
    pub payer: String,
    /// What the amount is counted in.
    pub unit: CostUnit,
    /// Euro, or years of health, for one.
    pub price: f64,
    /// What is counted.
    pub volume: Volume,
}

/// From where on a consequence counts. Cut-offs lie on the scale of the whole population, of which the model follows each
/// person's shift away from the own baseline: a shift of s carries those across a cut-off whose baseline lies within s below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cutoffs {
    /// Scores from which on depression and anxiety are mild, moderate and severe, standard deviations above the mean.
    pub symptoms: [f64; 3],
    /// Score from which on a child has conduct disorder, standard deviations above the mean.
    pub conduct: f64,
    /// Age to which who was killed would have lived, years.
    pub life_expectancy: f64,
    /// Years that the oldest would have had left.
    pub least_left: f64,
}

/// All prices of a model; plain data, made anew for each scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pricing {
    /// Simulated persons for each real one.
    pub scale: f64,
    /// The prices.
    pub prices: Vec<Price>,
    /// Places in shelters that measures pay for, by kind of shelter, one or more of each.
    pub added_beds: Vec<(u16, Steps)>,
    /// From where on consequences count.
    pub cutoffs: Cutoffs,
}

/// What a row of the table is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    kind: CostKind,
    item: String,
    entry: String,
    payer: String,
    unit: CostUnit,
}

/// What one line came to in one city and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Amount {
    /// Billionths.
    count: i64,
    /// Cents, or thousandths of a year of health; of the year that runs, fine parts of these.
    amount: i64,
    /// The same as they are worth in that year under each rule: less where they stand for years to come.
    present: [i64; 3],
}

/// Amounts of the year, and what earlier years came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Costs {
    pricing: Pricing,
    lines: Vec<Line>,
    /// Line of each price.
    line_of: Vec<usize>,
    running: Vec<[Amount; PLACES]>,
    years: Vec<(i32, Vec<[Amount; PLACES]>)>,
    /// Items and entries of prices paid once that are paid.
    paid: BTreeSet<(String, String)>,
}

/// What a pass over all rows counts: persons by place and state, in millionths.
#[derive(Clone, Debug)]
pub(super) struct Burden {
    cutoffs: Cutoffs,
    persons: [[i64; STATES]; PLACES],
}

/// A person in the counts of a pass. Parts of persons are whole numbers, so that threads change nothing.
const PERSON: f64 = 1e6;

/// Share of people below a score of the standard normal law.
fn below(score: f64) -> f64 {
    0.5 * libm::erfc(-score / std::f64::consts::SQRT_2)
}

/// What happened in the month, by city, so that prices need not look at the events again.
#[derive(Default)]
struct Happened {
    starts: Vec<(u16, u8)>,
    offers: Vec<(u16, u8)>,
    passages: Vec<(Edge, u8)>,
    providers: Vec<ProviderMonth>,
    reports: [u64; PLACES],
    contacts: [u64; PLACES],
    investigations: [u64; PLACES],
    helped: [u64; PLACES],
    placed: [u64; PLACES],
    /// Age in months of who was killed, with the place.
    killed: Vec<(usize, i32)>,
}

impl CostKind {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            CostKind::Programme => "programme",
            CostKind::Service => "service",
            CostKind::Societal => "societal",
            CostKind::Health => "health",
        }
    }
}

impl CostUnit {
    /// The word used in tables.
    pub fn word(self) -> &'static str {
        match self {
            CostUnit::Euro => "euro_2008",
            CostUnit::Qaly => "qaly",
            CostUnit::Daly => "daly",
        }
    }

    /// Smallest parts in one.
    fn parts(self) -> f64 {
        if self == CostUnit::Euro { 100.0 } else { HEALTH }
    }

    fn rate(self, rule: Discounting) -> f64 {
        if self == CostUnit::Euro { rule.costs() } else { rule.effects() }
    }
}

impl Amount {
    fn add(&mut self, other: &Amount) {
        self.count += other.count;
        self.amount += other.amount;
        for (sum, more) in self.present.iter_mut().zip(other.present) {
            *sum += more;
        }
    }

    /// So many at a price, in fine parts.
    fn of(unit: CostUnit, count: f64, price: f64) -> Amount {
        let amount = libm::round(count * price * unit.parts() * FINE as f64) as i64;
        Amount { count: libm::round(count * COUNT) as i64, amount, present: [amount; 3] }
    }

    /// Fine parts rounded to whole ones.
    fn rounded(&self) -> Amount {
        let whole = |fine: i64| (fine + FINE / 2).div_euclid(FINE);
        Amount { count: self.count, amount: whole(self.amount), present: self.present.map(whole) }
    }
}

impl Happened {
    fn of(world: &World) -> Happened {
        let lived = world.now.plus(-1);
        let mut month = Happened::default();
        for event in &world.events {
            match *event {
                Event::Passage(Passage { edge: Edge::Start, service, city, passed: true, .. }) => {
                    month.starts.push((service, city));
                }
                Event::Passage(Passage { edge: Edge::Offer, service, city, .. }) => month.offers.push((service, city)),
                Event::Passage(Passage { edge, city, passed: true, .. }) => month.passages.push((edge, city)),
                Event::Provider(provider) => month.providers.push(provider),
                Event::Report(report) => match report.source {
                    Source::Police => month.reports[usize::from(report.city)] += 1,
                    Source::Desk | Source::FirstLine => month.contacts[usize::from(report.city)] += 1,
                    Source::Amk | Source::Shelter => {}
                },
                Event::Investigated { city, .. } => month.investigations[usize::from(city)] += 1,
                Event::Death { who, by_partner: true } => {
                    if let (Some(row), Some(place)) = (who.row(), scene::place_of(world, who)) {
                        month.killed.push((place, world.people.body[row].age_months(lived)));
                    }
                }
                _ => {}
            }
        }
        for case in world.chain.cases.values().filter(|case| case.first_help == lived && case.kind != CaseKind::Child) {
            month.helped[usize::from(case.city)] += 1;
        }
        for pending in world.chain.pending.iter().filter(|pending| pending.what == Due::PlacementEnds) {
            month.placed[usize::from(pending.city)] += 1;
        }
        month
    }

    fn passed(&self, edge: Edge, city: City) -> f64 {
        self.passages.iter().filter(|(known, of)| *known == edge && usize::from(*of) == city).count() as f64
    }

    fn of_service(list: &[(u16, u8)], service: u16, city: City) -> f64 {
        list.iter().filter(|(known, of)| *known == service && usize::from(*of) == city).count() as f64
    }

    fn providers(&self, group: Group, city: City) -> impl Iterator<Item = &ProviderMonth> {
        self.providers.iter().filter(move |month| month.group == group && usize::from(month.city) == city)
    }
}

impl Pricing {
    /// Share of the passages of an edge that are on no measure's account.
    fn unmoved(&self, edge: Edge, city: City, month: Month) -> f64 {
        let mut seen = BTreeSet::new();
        let mut left = 1.0;
        for price in &self.prices {
            if let Volume::Moved { edges, coverage } = &price.volume
                && edges.contains(&edge)
                && seen.insert(&price.item)
            {
                left *= 1.0 - coverage.at(city, month);
            }
        }
        left
    }

    /// Months of beds on the account of the services.
    fn bed_months(&self, month: &Happened, city: City, lived: Month) -> f64 {
        let of = |shelter: &ProviderMonth| {
            let added = self.added_beds.iter().filter(|(kind, _)| *kind == shelter.service);
            let added: f64 = added.map(|(_, beds)| beds.at(city, lived)).sum::<f64>() * self.scale;
            let own = if shelter.places > 0.0 { (1.0 - added / shelter.places).max(0.0) } else { 1.0 };
            f64::from(shelter.occupied) * own
        };
        month.providers(Group::Shelters, city).map(of).sum()
    }

    /// How many there were of what a price is for, in a city and month; nothing for what is counted in December or shared.
    fn count(&self, volume: &Volume, month: &Happened, city: City, lived: Month) -> f64 {
        match volume {
            Volume::Starts(service) => Happened::of_service(&month.starts, *service, city),
            Volume::Offers(service) => Happened::of_service(&month.offers, *service, city),
            Volume::PersonMonths(service) => {
                let of = month.providers(Group::Programmes, city).filter(|provider| provider.service == *service);
                of.map(|provider| f64::from(provider.occupied)).sum()
            }
            Volume::Moved { edges, coverage } => {
                edges.iter().map(|edge| month.passed(*edge, city)).sum::<f64>() * coverage.at(city, lived)
            }
            Volume::CityYears(steps) | Volume::PlaceYears(steps) => steps.at(city, lived) * self.scale / 12.0,
            Volume::PoliceReports => month.reports[city] as f64,
            Volume::Passed(edge) => month.passed(*edge, city) * self.unmoved(*edge, city, lived),
            Volume::DeskContacts => {
                let handed = |edge| month.passed(edge, city) * self.unmoved(edge, city, lived);
                month.contacts[city] as f64 + handed(Edge::HandOverCriminal) + handed(Edge::HandOverOther)
            }
            Volume::HelpedFamilies => month.helped[city] as f64,
            Volume::Investigations => month.investigations[city] as f64,
            Volume::PlacementMonths(share) => month.placed[city] as f64 * share,
            Volume::BedMonths => self.bed_months(month, city, lived),
            Volume::Once(_) | Volume::Persons(_) | Volume::Killed => 0.0,
        }
    }
}

impl Costs {
    /// Prices from now on: for a scenario that branches off. What was counted stays.
    pub(super) fn set_prices(&mut self, pricing: Pricing) {
        self.line_of = Vec::with_capacity(pricing.prices.len());
        for price in &pricing.prices {
            let Price { kind, item, entry, payer, unit, .. } = price.clone();
            let line = Line { kind, item, entry, payer, unit };
            let at = self.lines.iter().position(|known| *known == line).unwrap_or_else(|| {
                self.lines.push(line);
                self.lines.len() - 1
            });
            self.line_of.push(at);
        }
        self.running.resize(self.lines.len(), Default::default());
        self.pricing = pricing;
    }

    pub(super) fn month(&mut self, world: &World) {
        let lived = world.now.plus(-1);
        let month = Happened::of(world);
        let Costs { pricing, line_of, running, paid, .. } = self;
        let cities = world.places.cities.len().min(ELSEWHERE);
        // Pooled budgets and direction save time on every case.
        let overhead: Vec<f64> =
            (0..cities).map(|city| libm::exp(world.city_effect(city, Mechanism::Overhead))).collect();
        for (price, line) in pricing.prices.iter().zip(line_of) {
            let sums = &mut running[*line];
            match &price.volume {
                Volume::Once(beyond) => once(price, beyond, (lived, cities), pricing.scale, paid, sums),
                Volume::Killed => month.killed.iter().for_each(|(place, age)| {
                    sums[*place].add(&killed(price, *age, &pricing.cutoffs));
                }),
                volume => {
                    for (city, sum) in sums.iter_mut().enumerate().take(cities) {
                        let count = pricing.count(volume, &month, city, lived);
                        if count > 0.0 {
                            let dearer = if price.kind == CostKind::Service { overhead[city] } else { 1.0 };
                            sum.add(&Amount::of(price.unit, count, price.price * dearer));
                        }
                    }
                }
            }
        }
    }

    /// An empty count for a pass over all rows.
    pub(super) fn open(&self) -> Burden {
        Burden { cutoffs: self.pricing.cutoffs, persons: [[0; STATES]; PLACES] }
    }

    pub(super) fn year(&mut self, year: i32, burden: &Burden) {
        for (price, line) in self.pricing.prices.iter().zip(&self.line_of) {
            let Volume::Persons(state) = price.volume else { continue };
            for (place, sum) in self.running[*line].iter_mut().enumerate() {
                let persons = burden.persons[place][state as usize];
                if persons != 0 {
                    sum.add(&Amount::of(price.unit, persons as f64 / PERSON, price.price));
                }
            }
        }
        let whole = self.running.iter().map(|sums| std::array::from_fn(|place| sums[place].rounded())).collect();
        self.running.fill(Default::default());
        self.years.push((year, whole));
    }

    pub(super) fn table(&self, settings: &OutcomeSettings, world: &World) -> Result<Table> {
        let mut table = Table::new(&COSTS);
        for (year, amounts) in &self.years {
            let sums: Vec<[Amount; ROWS]> = (0..self.lines.len())
                .map(|line| scene::with_total(&amounts.get(line).copied().unwrap_or_default(), Amount::add))
                .collect();
            for (place, name) in scene::places(world).filter(|(place, _)| *place != ELSEWHERE) {
                for (line, sums) in self.lines.iter().zip(&sums) {
                    let sum = &sums[place];
                    let unit = line.unit;
                    let now = |rule: usize| {
                        let worth = factor(unit.rate(RULES[rule]), year - PRICE_YEAR);
                        Cell::Float(sum.present[rule] as f64 / unit.parts() * worth)
                    };
                    table.push_row(&[
                        Cell::count(settings.draw),
                        Cell::count(settings.replicate),
                        Cell::Text(name),
                        Cell::count(*year),
                        Cell::Text(line.kind.word()),
                        Cell::Text(&line.item),
                        Cell::Text(&line.entry),
                        Cell::Text(&line.payer),
                        Cell::Text(unit.word()),
                        Cell::Float(sum.count as f64 / COUNT),
                        Cell::Float(sum.amount as f64 / unit.parts()),
                        now(0),
                        now(1),
                        now(2),
                    ])?;
                }
            }
        }
        Ok(table)
    }
}

/// Pays what is paid once, when it is due and not paid yet.
fn once(
    price: &Price,
    beyond: &Steps,
    (lived, cities): (Month, usize),
    scale: f64,
    paid: &mut BTreeSet<(String, String)>,
    sums: &mut [Amount; PLACES],
) {
    let reached: Vec<City> = (0..cities).filter(|city| beyond.at(*city, lived) > 0.0).collect();
    if reached.is_empty() || !paid.insert((price.item.clone(), price.entry.clone())) {
        return;
    }
    let equal = vec![1.0; reached.len()];
    let whole = Amount::of(price.unit, scale, price.price).rounded();
    let (counts, amounts) = (Cents(whole.count).split(&equal), Cents(whole.amount).split(&equal));
    for (city, (count, amount)) in reached.into_iter().zip(counts.into_iter().zip(amounts)) {
        let amount = amount.0 * FINE;
        sums[city].add(&Amount { count: count.0, amount, present: [amount; 3] });
    }
}

/// The years that one person who was killed would have had, and what they are worth in the year of death.
fn killed(price: &Price, age_months: i32, cutoffs: &Cutoffs) -> Amount {
    let left = (cutoffs.life_expectancy - f64::from(age_months) / 12.0).max(cutoffs.least_left);
    let present = RULES.map(|rule| {
        let years = present_years(price.unit.rate(rule), left);
        libm::round(years * price.price * price.unit.parts() * FINE as f64) as i64
    });
    Amount { present, ..Amount { count: COUNT as i64, ..Amount::of(price.unit, left, price.price) } }
}

impl Burden {
    /// Counts one person.
    #[inline]
    pub(super) fn count(&mut self, seen: &Seen<'_>) {
        if !seen.lives {
            return;
        }
        let Cutoffs { symptoms: [mild, moderate, severe], conduct, .. } = self.cutoffs;
        let persons = &mut self.persons[seen.place];
        let mut add = |state: State, part: f64| persons[state as usize] += libm::rint(part * PERSON) as i64;
        let adult = seen.is_adult();
        if adult {
            if let Some(couple) = seen.world.couple_of(seen.row) {
                let by = if seen.body.sex() == Sex::Male { Sex::Female } else { Sex::Male };
                match couple.violence[by as usize] {
                    Violence::None => {}
                    Violence::Situational => add(State::AbuseModerate, 1.0),
                    Violence::Coercive => add(State::AbuseSevere, 1.0),
                }
            }
            if seen.marked(YearFlag::Coerced) || seen.marked(YearFlag::Structural) {
                add(State::SevereVictim, 1.0);
            }
            if seen.childhood().is_some_and(|childhood| childhood.any_maltreated()) {
                add(State::Survivor, 1.0);
            }
        }
        let mind = &seen.world.people.mind[seen.row];
        // Those whom the shift carries into a grade, less those whom it carries out of it into the next one.
        let mut grade = |symptom: Milli, grades: &[(State, f64, f64)]| {
            let shift = symptom.get();
            if shift > 0.0 {
                for (state, from, until) in grades {
                    let within = |shift: f64| below(until - shift) - below(from - shift);
                    add(*state, within(shift) - within(0.0));
                }
            }
        };
        let most = f64::INFINITY;
        let anxiety = [
            (State::AnxietyMild, mild, moderate),
            (State::AnxietyModerate, moderate, severe),
            (State::AnxietySevere, severe, most),
        ];
        let depression = [
            (State::DepressionMild, mild, moderate),
            (State::DepressionModerate, moderate, severe),
            (State::DepressionSevere, severe, most),
        ];
        grade(mind.post_traumatic, &anxiety);
        if adult {
            grade(mind.depressive, &depression);
        } else {
            grade(mind.externalising, &[(State::ConductDisorder, conduct, most)]);
        }
    }

    /// Adds what a pass over other rows counted.
    pub(super) fn add(&mut self, other: &Burden) {
        for (sums, more) in self.persons.iter_mut().zip(&other.persons) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, rows_with, the_row};
    use super::*;
    use crate::world::{ChainChange, Change, NO_SERVICE, PersonId, System};

    fn price(kind: CostKind, item: &str, payer: &str, price: f64, volume: Volume) -> Price {
        let unit = if kind == CostKind::Health { CostUnit::Qaly } else { CostUnit::Euro };
        Price { kind, item: item.into(), entry: String::new(), payer: payer.into(), unit, price, volume }
    }

    fn everywhere(value: f64, from: Month) -> Steps {
        Steps(vec![vec![(from, value)]; 2])
    }

    fn priced(scale: f64, prices: Vec<Price>) -> Small {
        let mut small = Small::new(&[Outcome::Costs]);
        let cutoffs = Cutoffs { symptoms: [1.0, 1.5, 2.0], conduct: 1.5, life_expectancy: 80.0, least_left: 5.0 };
        small.outcomes.set_prices(Pricing { scale, prices, added_beds: Vec::new(), cutoffs });
        small
    }

    fn passage(edge: Edge, service: u16, city: usize) -> Event {
        let (city, who) = (city as u8, PersonId::NONE);
        Event::Passage(Passage { edge, service, city, who, passed: true, waited: 0 })
    }

    fn cells(table: &Table, year: i32, city: &str, item: &str, column: &str) -> Vec<f64> {
        let wanted = [("year", Cell::Int(i64::from(year))), ("city", Cell::Text(city)), ("item", Cell::Text(item))];
        rows_with(table, &wanted)
            .into_iter()
            .map(|row| table.cell(row, column).and_then(Cell::as_float).expect("a number"))
            .collect()
    }

    #[test]
    fn a_start_is_paid_once_at_its_price_by_its_payer() {
        let mut small =
            priced(1.0, vec![price(CostKind::Programme, "nhv", "municipality", 4750.55, Volume::Starts(3))]);
        small.month([], []);
        let refused = Event::Passage(Passage {
            edge: Edge::Start,
            service: 3,
            city: UTRECHT as u8,
            who: PersonId::NONE,
            passed: false,
            waited: 0,
        });
        small.month([], [passage(Edge::Start, 3, UTRECHT), passage(Edge::Start, 4, UTRECHT), refused]);
        small.live_until(Month::january(2010));
        let table = small.table();
        let row = the_row(&table, &[("year", Cell::Int(2008)), ("city", Cell::Text("Utrecht"))]);
        assert_eq!(table.cell(row, "payer"), Some(Cell::Text("municipality")));
        assert_eq!(table.cell(row, "unit"), Some(Cell::Text("euro_2008")));
        assert_eq!(table.cell(row, "count"), Some(Cell::Float(1.0)));
        for column in ["amount", "amount_zin_2024", "amount_zin_2016", "amount_mkba_2021"] {
            assert_eq!(table.cell(row, column), Some(Cell::Float(4750.55)), "2008 counts in full");
        }
        assert_eq!(cells(&table, 2008, "G4", "nhv", "amount"), [4750.55]);
        assert_eq!(cells(&table, 2008, "Amsterdam", "nhv", "amount"), [0.0]);
        assert_eq!(cells(&table, 2009, "Utrecht", "nhv", "amount"), [0.0], "paid once");
    }

    #[test]
    fn payers_add_up_to_the_cents_of_the_whole() {
        let whole = Cents(2_250_001);
        let parts = whole.split(&[4_684_297.0, 14_042_958.0, 2_000_593.0, 487_291.0]);
        let payers = ["municipality", "rijk", "awbz", "other"];
        let bed = |(payer, part): (&str, Cents)| price(CostKind::Service, "bed", payer, part.euro(), Volume::Starts(0));
        let mut small = priced(1.0, payers.into_iter().zip(parts).map(bed).collect());
        for _ in 0..13 {
            small.month([], vec![passage(Edge::Start, 0, AMSTERDAM); 7]);
        }
        small.live_until(Month::january(2010));
        let table = small.table();
        for (year, months) in [(2008, 12), (2009, 1)] {
            let amounts = cells(&table, year, "G4", "bed", "amount");
            assert_eq!(amounts.len(), payers.len());
            let sum: Cents = amounts.into_iter().map(Cents::of).sum();
            assert_eq!(sum, Cents(whole.0 * 7 * months));
        }
    }

    #[test]
    fn later_years_count_for_less_at_the_rate_for_costs() {
        let mut small =
            priced(1.0, vec![price(CostKind::Service, "arrest", "justice", 1200.0, Volume::Passed(Edge::Arrest))]);
        small.live_until(Month::january(2010));
        small.month([], [passage(Edge::Arrest, NO_SERVICE, AMSTERDAM)]);
        small.live_until(Month::january(2011));
        let table = small.table();
        let of = |column| cells(&table, 2010, "G4", "arrest", column)[0];
        assert_eq!(of("amount"), 1200.0);
        assert!((of("amount_zin_2024") - 1200.0 / 1.0609).abs() < 1e-9);
        assert!((of("amount_zin_2016") - 1200.0 / 1.0816).abs() < 1e-9);
        assert!((of("amount_mkba_2021") - 1200.0 / 1.045_506_25).abs() < 1e-9);
    }

    #[test]
    fn a_measure_that_reaches_nobody_has_rows_of_zero() {
        let nobody = everywhere(0.0, Month(0));
        let prices = vec![
            price(CostKind::Programme, "project", "municipality", 721_000.0, Volume::Once(nobody.clone())),
            price(CostKind::Programme, "teams", "municipality", 87_500.0, Volume::CityYears(nobody.clone())),
            price(CostKind::Programme, "places", "rijk", 45_000.0, Volume::PlaceYears(nobody.clone())),
            price(
                CostKind::Programme,
                "ban",
                "municipality",
                3300.0,
                Volume::Moved { edges: vec![Edge::Ban], coverage: nobody },
            ),
            price(CostKind::Programme, "nhv", "awbz", 4750.0, Volume::Starts(0)),
        ];
        let mut small = priced(1.0, prices);
        small.month([], [passage(Edge::Ban, NO_SERVICE, AMSTERDAM)]);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 2 * 3 * 5, "years, two cities and all together, items");
        for row in 0..table.rows() {
            for column in ["count", "amount", "amount_zin_2024", "amount_zin_2016", "amount_mkba_2021"] {
                assert_eq!(table.cell(row, column), Some(Cell::Float(0.0)), "{column}");
            }
        }
    }

    #[test]
    fn fixed_costs_are_those_of_the_scale_and_paid_once() {
        let from = Month::january(2008).plus(6);
        let prices = |coverage: f64| {
            vec![
                price(
                    CostKind::Programme,
                    "project",
                    "municipality",
                    721_000.01,
                    Volume::Once(everywhere(coverage, from)),
                ),
                price(
                    CostKind::Programme,
                    "teams",
                    "municipality",
                    87_500.0,
                    Volume::CityYears(everywhere(coverage, from)),
                ),
            ]
        };
        let mut small = priced(0.1, prices(0.5));
        small.live_until(Month::january(2009));
        // A scenario that branches off pays no more for what its past has paid.
        small.outcomes.set_prices(Pricing { scale: 0.1, prices: prices(1.0), ..Pricing::default() });
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "G4", "project", "amount"), [72_100.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "project", "amount"), [36_050.0]);
        assert_eq!(cells(&table, 2009, "G4", "project", "amount"), [0.0]);
        // Half a year at half coverage in each of two cities; then a full year at full coverage.
        assert_eq!(cells(&table, 2008, "G4", "teams", "amount"), [4375.0]);
        assert!((cells(&table, 2009, "Utrecht", "teams", "count")[0] - 0.1).abs() < 1e-7);
    }

    #[test]
    fn what_a_measure_moves_is_on_its_account_and_not_on_that_of_the_chain() {
        let coverage = everywhere(0.75, Month(1));
        let prices = vec![
            price(CostKind::Service, "ban", "municipality", 3300.0, Volume::Passed(Edge::Ban)),
            price(
                CostKind::Programme,
                "huisverbod",
                "municipality",
                3300.0,
                Volume::Moved { edges: vec![Edge::Ban], coverage },
            ),
        ];
        let mut small = priced(1.0, prices);
        small.month([], vec![passage(Edge::Ban, NO_SERVICE, UTRECHT); 4]);
        small.month([], vec![passage(Edge::Ban, NO_SERVICE, UTRECHT); 4]);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "Utrecht", "ban", "count"), [5.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "huisverbod", "count"), [3.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "huisverbod", "amount"), [9900.0]);
    }

    #[test]
    fn beds_that_a_measure_adds_are_not_paid_twice() {
        let mut small = Small::new(&[Outcome::Costs]);
        let prices = vec![price(CostKind::Service, "bed", "rijk", 100.0, Volume::BedMonths)];
        let added_beds = vec![(0, everywhere(20.0, Month(0)))];
        small.outcomes.set_prices(Pricing { scale: 0.5, prices, added_beds, cutoffs: Cutoffs::default() });
        let shelter =
            |service| ProviderMonth { places: 40.0, occupied: 20, ..ProviderMonth::new(Group::Shelters, service, 0) };
        // Ten of the forty places of the first kind are added: a quarter of those taken is not the chain's.
        small.month([], [Event::Provider(shelter(0)), Event::Provider(shelter(1))]);
        small.live_until(Month::january(2009));
        assert_eq!(cells(&small.table(), 2008, "Amsterdam", "bed", "count"), [15.0 + 20.0]);
    }

    #[test]
    fn less_overhead_makes_services_cheaper_in_that_city_and_measures_not() {
        let prices = vec![
            price(CostKind::Service, "arrest", "justice", 1000.0, Volume::Passed(Edge::Arrest)),
            price(CostKind::Programme, "nhv", "awbz", 1000.0, Volume::Starts(0)),
        ];
        let mut small = priced(1.0, prices);
        let mut system = System::default();
        system.add_effect(UTRECHT, 0, Mechanism::Overhead, libm::log(0.9));
        small.apply([Change::Chain(ChainChange::System(Box::new(system)))]);
        let both = |city| [passage(Edge::Arrest, NO_SERVICE, city), passage(Edge::Start, 0, city)];
        small.month([], both(UTRECHT).into_iter().chain(both(AMSTERDAM)));
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "Utrecht", "arrest", "amount"), [900.0]);
        assert_eq!(cells(&table, 2008, "Amsterdam", "arrest", "amount"), [1000.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "nhv", "amount"), [1000.0]);
    }

    /// Outcomes of a crowd in which many suffer, so many that several threads count them.
    fn crowd(threads: usize) -> Small {
        let mut small =
            priced(1.0, vec![price(CostKind::Health, "anxiety", "nobody", 0.1, Volume::Persons(State::AnxietyMild))]);
        for number in 0..40_000_i32 {
            let who = small.person(Sex::Male, Month::january(1970), [AMSTERDAM, UTRECHT][usize::from(number % 3 == 0)]);
            small.mind(who).post_traumatic = Milli::new(f64::from(number % 7) / 5.0);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| small.live_until(Month::january(2009)));
        small
    }

    #[test]
    fn threads_and_writing_costs_out_and_back_change_nothing() {
        let small = crowd(1);
        // Shifts of 0, 0.2 … 1.2, of each as many; mild lies between 1.0 and 1.5.
        let part = |shift: f64| below(1.5 - shift) - below(1.0 - shift) - (below(1.5) - below(1.0));
        let by_hand: f64 = (0..40_000).map(|number| part(f64::from(number % 7) / 5.0)).sum();
        let mild = cells(&small.table(), 2008, "G4", "anxiety", "count")[0];
        assert!((mild - by_hand).abs() < 0.05, "{mild} for {by_hand}");
        assert_eq!(crowd(4).table().content_hash(), small.table().content_hash());
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        let outcomes = serde_json::from_str(&text).expect("plain data");
        assert_eq!(small.outcomes, outcomes);
        let mut branch = Small { world: small.world.clone(), outcomes };
        branch.live_until(Month::january(2010));
        assert_eq!(cells(&branch.table(), 2009, "G4", "anxiety", "count"), [mild]);
    }

    #[test]
    fn health_is_lost_by_those_who_suffer_now_and_by_those_who_were_killed() {
        let prices = vec![
            price(CostKind::Health, "abuse_severe", "nobody", 0.2, Volume::Persons(State::AbuseSevere)),
            price(CostKind::Health, "abuse_moderate", "nobody", 0.1, Volume::Persons(State::AbuseModerate)),
            price(CostKind::Health, "anxiety_moderate", "nobody", 0.133, Volume::Persons(State::AnxietyModerate)),
            price(CostKind::Health, "killed", "nobody", 1.0, Volume::Killed),
        ];
        let mut small = priced(1.0, prices);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        let couple = small.couple(man, woman);
        let killed = small.person(Sex::Female, Month::january(1968), UTRECHT);
        small.mind(woman).post_traumatic = Milli::new(1.6);
        small.month(
            [
                Change::Violence { couple, by: Sex::Male, state: Violence::Coercive },
                Change::Violence { couple, by: Sex::Female, state: Violence::Situational },
            ],
            [Event::Death { who: killed, by_partner: true }],
        );
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(cells(&table, 2008, "Amsterdam", "abuse_severe", "amount"), [0.2]);
        assert_eq!(cells(&table, 2008, "Amsterdam", "abuse_moderate", "amount"), [0.1]);
        // 0.65542 - 0.46017 of those shifted by 1.6 lie from 1.5 to 2.0, and 0.97725 - 0.93319 of all others.
        let moderate = cells(&table, 2008, "G4", "anxiety_moderate", "count")[0];
        assert!((moderate - 0.151_19).abs() < 1e-4, "{moderate}");
        // Forty years were left; at 1.5 % they are worth 30.14 in the year of death.
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "amount"), [40.0]);
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "amount_zin_2024"), [30.14]);
        assert_eq!(cells(&table, 2008, "Utrecht", "killed", "count"), [1.0]);
    }
}
