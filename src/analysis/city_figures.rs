//! The figures by which the cities are compared: each with words, unit and source.

/// A figure of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CityFigure {
    /// Its key in files.
    pub key: &'static str,
    /// Its name in English and in Dutch.
    pub words: [&'static str; 2],
    /// How it is shown.
    pub form: FigureForm,
    /// Whether it belongs to the observed record; otherwise to the ground truth.
    pub record: bool,
    pub(super) source: CitySource,
}

/// How a figure is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureForm {
    /// A number of real persons, mean of the years.
    Number,
    /// Persons or cases per 1000.
    PerThousand,
    /// A share.
    Share,
    /// Months.
    Months,
    /// Euro of 2008 per inhabitant and year.
    Euro,
}

impl FigureForm {
    /// Its unit in files.
    pub fn unit(self) -> &'static str {
        match self {
            FigureForm::Number => "persons",
            FigureForm::PerThousand => "1/1000",
            FigureForm::Share => "share",
            FigureForm::Months => "months",
            FigureForm::Euro => "euro of 2008",
        }
    }
}

/// Source of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CitySource {
    /// A sum of columns of `yearly`; divided by a sum of others, or a number if there are none.
    Yearly(&'static [&'static str], &'static [&'static str]),
    /// A column of `bottlenecks`, averaged over the years in which it is known.
    Bottleneck(&'static str),
    /// Clients of an organisation with a value of a characteristic, of all its clients.
    Clients([&'static str; 3]),
    /// Spending on the chain and on measures, per inhabitant.
    Spending,
}

const fn of(
    key: &'static str,
    words: [&'static str; 2],
    form: FigureForm,
    record: bool,
    source: CitySource,
) -> CityFigure {
    CityFigure { key, words, form, record, source }
}

/// The figures, in order: people, violence, reports and help, clients, money.
pub const CITY_FIGURES: [CityFigure; 22] = {
    use CitySource::{Bottleneck, Clients, Spending, Yearly};
    use FigureForm::{Euro, Months, Number, PerThousand, Share};
    const PEOPLE: &[&str] = &["population"];
    const ADULTS: &[&str] = &["men", "women"];
    const CHILDREN: &[&str] = &["children"];
    const REPORTS: &[&str] = &["police_reports"];
    [
        of("inhabitants", ["inhabitants", "inwoners"], Number, false, Yearly(PEOPLE, &[])),
        of(
            "low_income",
            ["people in a household with a low income", "mensen in een huishouden met een laag inkomen"],
            Share,
            false,
            Yearly(&["low_income"], PEOPLE),
        ),
        of(
            "victims",
            [
                "victims of a partner or ex-partner, per 1000 adults",
                "slachtoffers van een partner of ex, per 1000 volwassenen",
            ],
            PerThousand,
            false,
            Yearly(&["victims_men", "victims_women"], ADULTS),
        ),
        of(
            "children_witnessing",
            ["children who witness violence at home, per 1000", "kinderen die thuis getuige zijn van geweld, per 1000"],
            PerThousand,
            false,
            Yearly(&["children_witnessing"], CHILDREN),
        ),
        of(
            "children_maltreated",
            ["children who are maltreated, per 1000", "kinderen die worden mishandeld, per 1000"],
            PerThousand,
            false,
            Yearly(&["children_maltreated"], CHILDREN),
        ),
        of(
            "police_reports",
            ["police reports per 1000 inhabitants", "politiemeldingen per 1000 inwoners"],
            PerThousand,
            true,
            Yearly(REPORTS, PEOPLE),
        ),
        of(
            "handed_over",
            ["police reports handed over to the ASHG", "politiemeldingen die het ASHG bereiken"],
            Share,
            true,
            Yearly(&["ashg_from_police"], REPORTS),
        ),
        of(
            "ashg_contacts",
            ["contacts of the ASHG per 1000 inhabitants", "contacten van het ASHG per 1000 inwoners"],
            PerThousand,
            true,
            Yearly(&["ashg_from_police", "ashg_self", "ashg_first_line"], PEOPLE),
        ),
        of(
            "amk_contacts",
            ["contacts of the AMK per 1000 children", "contacten van het AMK per 1000 kinderen"],
            PerThousand,
            true,
            Yearly(&["amk_contacts"], CHILDREN),
        ),
        of(
            "maltreated_known",
            ["maltreated children known to the AMK", "mishandelde kinderen die het AMK kent"],
            Share,
            false,
            Yearly(&["children_known_to_amk"], &["children_maltreated"]),
        ),
        of(
            "bans",
            ["bans from home per 1000 police reports", "huisverboden per 1000 politiemeldingen"],
            PerThousand,
            true,
            Yearly(&["bans"], REPORTS),
        ),
        of(
            "arrests",
            ["arrests per 1000 police reports", "aanhoudingen per 1000 politiemeldingen"],
            PerThousand,
            true,
            Yearly(&["arrests"], REPORTS),
        ),
        of(
            "shelter_women",
            ["women admitted to a shelter, per 1000 women", "vrouwen die in de opvang komen, per 1000 vrouwen"],
            PerThousand,
            true,
            Yearly(&["shelter_women"], &["women"]),
        ),
        of(
            "helped",
            ["police reports that lead to help", "politiemeldingen die tot hulp leiden"],
            Share,
            true,
            Bottleneck("helped"),
        ),
        of(
            "months_to_help",
            ["months from report to help", "maanden van melding tot hulp"],
            Months,
            true,
            Bottleneck("months_to_help"),
        ),
        of(
            "needs_assessed",
            [
                "families in which the needs of a child are assessed",
                "gezinnen waarin is nagegaan wat een kind nodig heeft",
            ],
            Share,
            true,
            Bottleneck("needs_assessed"),
        ),
        of(
            "no_shows",
            ["people who do not come when there is a place", "mensen die niet komen als er plaats is"],
            Share,
            true,
            Bottleneck("no_shows"),
        ),
        of(
            "dropped_out",
            ["people who stop help early", "mensen die hulp voortijdig stoppen"],
            Share,
            true,
            Bottleneck("dropped_out"),
        ),
        of(
            "known_before",
            ["reported victims who were known before", "gemelde slachtoffers die al bekend waren"],
            Share,
            true,
            Clients(["police_victims", "contact", "known"]),
        ),
        of(
            "children_at_home",
            ["reported victims with children at home", "gemelde slachtoffers met kinderen thuis"],
            Share,
            true,
            Clients(["police_victims", "children_at_home", "yes"]),
        ),
        of(
            "multiple_problems",
            ["reported victims with multiple problems", "gemelde slachtoffers met meerdere problemen"],
            Share,
            true,
            Clients(["police_victims", "multiple_problems", "yes"]),
        ),
        of(
            "spending",
            [
                "spending on the chain and on measures, euro per inhabitant",
                "uitgaven aan keten en maatregelen, euro per inwoner",
            ],
            Euro,
            true,
            Spending,
        ),
    ]
};
