//! The figures that may be asked of a run: each defined once, with words, unit and source. Effects, comparisons of
//! runs, the demo and the report take theirs from this list.

use super::bills::CostCategory as Kind;
use super::lives::FirstEvent as Event;
use crate::money::Payer;

mod shown;

pub use shown::{
    GROUPS, HARM, LESS_IS_BETTER, MAIN, MAIN_AND_BIRTHS, MAIN_AND_VALUE, NEXT_GENERATION, OF_LEVELS, OF_RUNS, VIOLENCE,
};

/// A figure of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its key, the same in every file.
    pub key: &'static str,
    /// Its name in English and in Dutch.
    pub words: [&'static str; 2],
    /// Unit of its sum over years; of a rate, which has no sum, its own unit.
    pub unit: &'static str,
    /// Whether it belongs to the observed record; otherwise to the ground truth.
    pub record: bool,
    /// Source of its sum.
    pub(super) source: Source,
    /// How the table `lives` counts it per person; `None` if it cannot.
    pub(super) person: Option<Person>,
}

/// Source of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    /// Sum of columns of `yearly`.
    Yearly(&'static [&'static str]),
    /// A stock, from a column of `yearly`: its sum over years is in person-years, and it has no difference between
    /// scenarios.
    Stock(&'static str),
    /// A rate of a single year, from a column of `yearly`: it has no sum over years, and no difference between
    /// scenarios.
    Rate(&'static str),
    /// Sum of a column of `cohorts` over persons born since [`NEXT`].
    NextGeneration(&'static str),
    /// Sum of `costs` in euro.
    Euro(Bill),
    /// Sum of `costs` in QALYs.
    Health,
}

/// Lines of `costs` that are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bill {
    /// All.
    All,
    /// Lines of the measures.
    Measures,
    /// Lines of one payer.
    Of(Payer),
}

/// How a figure is counted per person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Person {
    /// A first month within the years simulated.
    First(Event),
    /// The same, for persons born in these years.
    FirstOfNext(Event),
    /// Number of years of a kind, by index in [`YEARS`].
    Years(usize),
    /// QALYs lost, not discounted.
    Health,
}

/// Columns of `lives` that count years, in the order of [`Person::Years`].
pub(super) const YEARS: [&str; 4] = ["years_victim", "years_partner_victim", "years_witnessing", "years_maltreated"];

/// First year of birth of the next generation.
pub const NEXT: i64 = 2008;

impl Bill {
    /// Whether it includes a line.
    pub(super) fn holds(self, kind: Kind, payer: Payer) -> bool {
        match self {
            Bill::All => true,
            Bill::Measures => kind == Kind::Programme,
            Bill::Of(own) => own == payer,
        }
    }
}

const fn truth(key: &'static str, words: [&'static str; 2], unit: &'static str, source: Source) -> Figure {
    Figure { key, words, unit, record: false, source, person: None }
}

const fn record(key: &'static str, words: [&'static str; 2], unit: &'static str, source: Source) -> Figure {
    Figure { key, words, unit, record: true, source, person: None }
}

impl Figure {
    const fn by(self, person: Person) -> Figure {
        Figure { person: Some(person), ..self }
    }

    /// The figure of a key.
    pub fn named(key: &str) -> Option<&'static Figure> {
        FIGURES.iter().find(|figure| figure.key == key)
    }

    /// Whether it counts persons or cases, so that small numbers are suppressed.
    pub fn counts(&self) -> bool {
        !matches!(self.source, Source::Euro(_) | Source::Health | Source::Rate(_))
    }

    /// Whether it is counted over a year; otherwise it stands at the end of a year or is a rate.
    pub fn is_flow(&self) -> bool {
        !matches!(self.source, Source::Stock(_) | Source::Rate(_))
    }

    /// Whether it is a rate, the same at any scale of the simulation.
    pub fn is_rate(&self) -> bool {
        matches!(self.source, Source::Rate(_))
    }

    /// Whether it depends on waiting and refusals, which differ between small and large queues.
    pub fn is_of_queues(&self) -> bool {
        matches!(self.key, "shelter_refusals" | "incidents_while_waiting")
    }

    /// The table that it is summed from.
    pub fn table(&self) -> &'static str {
        match self.source {
            Source::Yearly(_) | Source::Stock(_) | Source::Rate(_) => "yearly",
            Source::NextGeneration(_) => "cohorts",
            Source::Euro(_) | Source::Health => "costs",
        }
    }

    /// The columns that it reads, besides the keys.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        match self.source {
            Source::Yearly(columns) => columns.to_vec(),
            Source::Stock(column) | Source::Rate(column) => vec![column],
            Source::NextGeneration(column) => vec!["birth_year", "birthplace", column],
            Source::Euro(_) | Source::Health => vec!["kind", "payer", "unit", "amount"],
        }
    }
}

/// The figures, in the order of a report.
pub const FIGURES: [Figure; 35] = [
    truth(
        "population",
        ["persons on 31 December", "inwoners op 31 december"],
        "person-years",
        Source::Stock("population"),
    ),
    truth(
        "children",
        ["children on 31 December", "kinderen op 31 december"],
        "person-years",
        Source::Stock("children"),
    ),
    truth(
        "victims_per_1000_adults",
        ["victims of a (former) partner per 1000 adults", "slachtoffers van een (ex-)partner per 1000 volwassenen"],
        "per 1000 adults",
        Source::Rate("victims_per_1000_adults"),
    ),
    truth(
        "incidents_per_1000_adults",
        ["incidents per 1000 adults", "incidenten per 1000 volwassenen"],
        "per 1000 adults",
        Source::Rate("incidents_per_1000_adults"),
    ),
    truth(
        "witnessing_per_1000_children",
        ["children witnessing, per 1000 children", "kinderen die geweld thuis zien, per 1000 kinderen"],
        "per 1000 children",
        Source::Rate("witnessing_per_1000_children"),
    ),
    truth(
        "maltreated_per_1000_children",
        ["children maltreated, per 1000 children", "mishandelde kinderen, per 1000 kinderen"],
        "per 1000 children",
        Source::Rate("maltreated_per_1000_children"),
    ),
    truth(
        "any_victims",
        ["victims of domestic violence (counted each year)", "slachtoffers van huiselijk geweld (geteld per jaar)"],
        "person-years",
        Source::Yearly(&["any_victims"]),
    )
    .by(Person::Years(0)),
    truth(
        "partner_victims",
        ["victims of a (former) partner (counted each year)", "slachtoffers van een (ex-)partner (geteld per jaar)"],
        "person-years",
        Source::Yearly(&["victims"]),
    )
    .by(Person::Years(1)),
    truth(
        "incidents",
        ["incidents between (former) partners", "incidenten tussen (ex-)partners"],
        "incidents",
        Source::Yearly(&["incidents_by_men", "incidents_by_women"]),
    ),
    truth(
        "serious_injuries",
        ["months with serious injury or death", "maanden met ernstig letsel of overlijden"],
        "couple-months",
        Source::Yearly(&["serious_injuries"]),
    ),
    truth(
        "deaths_by_partner",
        ["deaths by a (former) partner", "doden door een (ex-)partner"],
        "persons",
        Source::Yearly(&["deaths_by_partner"]),
    ),
    truth(
        "children_witnessing",
        ["years in which a child sees violence at home", "jaren waarin een kind geweld thuis ziet"],
        "person-years",
        Source::Yearly(&["children_witnessing"]),
    )
    .by(Person::Years(2)),
    truth(
        "children_maltreated",
        ["years in which a child is maltreated", "jaren waarin een kind mishandeld wordt"],
        "person-years",
        Source::Yearly(&["children_maltreated"]),
    )
    .by(Person::Years(3)),
    truth(
        "first_exposed",
        [
            "children exposed to violence at home for the first time",
            "kinderen die voor het eerst geweld thuis meemaken",
        ],
        "persons",
        Source::Yearly(&["first_exposed"]),
    )
    .by(Person::First(Event::Exposed)),
    truth(
        "first_used",
        [
            "people who use violence against a partner for the first time",
            "mensen die voor het eerst geweld tegen een partner gebruiken",
        ],
        "persons",
        Source::Yearly(&["first_used"]),
    )
    .by(Person::First(Event::Used)),
    truth(
        "first_suffered",
        [
            "people who become a victim of a partner for the first time",
            "mensen die voor het eerst slachtoffer van een partner worden",
        ],
        "persons",
        Source::Yearly(&["first_suffered"]),
    )
    .by(Person::First(Event::Suffered)),
    truth(
        "next_generation_used",
        [
            "people born in the cities since 2008 who begin to use violence against a partner",
            "mensen die sinds 2008 in de steden zijn geboren en geweld tegen een partner gaan gebruiken",
        ],
        "persons",
        Source::NextGeneration("first_use"),
    )
    .by(Person::FirstOfNext(Event::Used)),
    truth(
        "next_generation_suffered",
        [
            "people born in the cities since 2008 who become a victim of a partner",
            "mensen die sinds 2008 in de steden zijn geboren en slachtoffer van een partner worden",
        ],
        "persons",
        Source::NextGeneration("first_suffer"),
    )
    .by(Person::FirstOfNext(Event::Suffered)),
    truth("births", ["births", "geboorten"], "persons", Source::Yearly(&["births"])),
    record(
        "police_reports",
        ["reports to the police", "meldingen bij de politie"],
        "couple-months",
        Source::Yearly(&["police_reports"]),
    ),
    record(
        "amk_contacts",
        ["contacts with the AMK", "contacten met het AMK"],
        "cases",
        Source::Yearly(&["amk_contacts"]),
    ),
    record(
        "shelter_women",
        ["women admitted to a shelter", "vrouwen opgenomen in de opvang"],
        "persons",
        Source::Yearly(&["shelter_women"]),
    ),
    record(
        "shelter_refusals",
        ["refusals by shelters", "weigeringen door de opvang"],
        "requests",
        Source::Yearly(&["shelter_refusals"]),
    ),
    truth(
        "unfounded_investigations",
        ["children investigated without maltreatment", "kinderen die zijn onderzocht, maar niet mishandeld"],
        "persons",
        Source::Yearly(&["unfounded_investigations"]),
    ),
    record(
        "placements",
        ["children placed out of their home", "kinderen uit huis geplaatst"],
        "persons",
        Source::Yearly(&["placements"]),
    ),
    truth(
        "incidents_while_waiting",
        ["incidents while somebody waits for help", "incidenten terwijl iemand op hulp wacht"],
        "incidents",
        Source::Yearly(&["incidents_while_waiting"]),
    ),
    truth(
        "serious_after_report",
        [
            "months with serious injury within three months of a report",
            "maanden met ernstig letsel binnen drie maanden na een melding",
        ],
        "couple-months",
        Source::Yearly(&["serious_after_report"]),
    ),
    record(
        "euro",
        ["euro for all of society", "euro voor de hele samenleving"],
        "euro of 2008",
        Source::Euro(Bill::All),
    ),
    record(
        "euro_measures",
        ["euro for the measures alone", "euro voor de maatregelen alleen"],
        "euro of 2008",
        Source::Euro(Bill::Measures),
    ),
    record(
        "euro_municipality",
        ["euro for the cities", "euro voor de gemeenten"],
        "euro of 2008",
        Source::Euro(Bill::Of(Payer::Municipality)),
    ),
    record(
        "euro_rijk",
        ["euro for the national government", "euro voor het Rijk"],
        "euro of 2008",
        Source::Euro(Bill::Of(Payer::Rijk)),
    ),
    record(
        "euro_awbz",
        ["euro for the long-term care insurance (AWBZ)", "euro voor de AWBZ"],
        "euro of 2008",
        Source::Euro(Bill::Of(Payer::Awbz)),
    ),
    record(
        "euro_justice",
        ["euro for police and justice", "euro voor politie en justitie"],
        "euro of 2008",
        Source::Euro(Bill::Of(Payer::Justice)),
    ),
    record(
        "euro_other",
        ["euro for others in society", "euro voor anderen in de samenleving"],
        "euro of 2008",
        Source::Euro(Bill::Of(Payer::Other)),
    ),
    truth("qaly_lost", ["QALYs lost", "verloren QALY’s"], "QALY", Source::Health).by(Person::Health),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_figure_has_a_key_and_a_definition_of_its_own() {
        let keys: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.key).collect();
        assert_eq!(keys.len(), FIGURES.len());
        for (at, figure) in FIGURES.iter().enumerate() {
            let twin = FIGURES[..at].iter().find(|other| other.source == figure.source || other.words == figure.words);
            assert_eq!(twin, None, "{} is another name of the same figure", figure.key);
            assert!(figure.words.iter().all(|words| !words.is_empty()), "{}", figure.key);
        }
    }
}
