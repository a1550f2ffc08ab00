//! Contents of the data files: the single definition of their columns, from which headings, the codebook and the
//! headings of the Dutch workbook are made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::store::KETEN_VERSION;

/// Type of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Holds {
    /// Numbers, or empty.
    Number,
    /// Text, or empty.
    Text,
}

/// A column of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    pub(super) unit: &'static str,
    pub(super) meaning: &'static str,
    /// Heading in a Dutch workbook.
    pub(super) dutch: &'static str,
}

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) columns: &'static [Column],
}

const fn number(name: &'static str, unit: &'static str, meaning: &'static str, dutch: &'static str) -> Column {
    Column { name, holds: Holds::Number, unit, meaning, dutch }
}

const fn text(name: &'static str, meaning: &'static str, dutch: &'static str) -> Column {
    Column { name, holds: Holds::Text, unit: "-", meaning, dutch }
}

/// Last columns of a file in which figures may be suppressed.
const WITHHELD: Column = text(
    "withheld",
    "why figures of this row are empty: too_few (fewer than ten simulated persons or cases stand behind them), scale_too_small (a \
     provider has less than a place, see smallest_scale in capacity.csv); empty where none is withheld",
    "niet getoond omdat",
);
const WITHHELD_COLUMNS: Column = text(
    "withheld_columns",
    "names of the columns whose figures are withheld, with spaces between",
    "kolommen niet getoond",
);

const SCENARIO: Column = text("scenario", "name of the scenario", "scenario");
const REFERENCE: Column = text("reference", "name of the scenario it is compared with", "vergeleken met");
const STRATEGY: Column = text("strategy", "name of the scenario", "scenario");
const WILLING: Column = number("wtp", "euro of 2008/QALY", "willingness to pay for a QALY", "betalingsbereidheid");
const SAMPLE: Column = number("sample", "count", "number of the parameter draw, from 1", "trekking");

pub(super) static EFFECTS: Layout = Layout {
    name: "effects",
    meaning: "difference that a scenario makes to a figure of the run, all years together, in real persons and euro",
    columns: &[
        SCENARIO,
        text("measure", "what is counted", "maat"),
        text("unit", "unit of the figures of the row", "eenheid"),
        text(
            "place",
            "cities: the four cities; exported: those followed who live elsewhere; followed: wherever the persons counted live",
            "plaats",
        ),
        text(
            "among",
            "both_worlds: persons who are alive in both scenarios; cohort: those taken in, their children and grandchildren; \
             everybody: births that happen in one scenario only are in the difference",
            "onder wie",
        ),
        REFERENCE,
        number(
            "reference_value",
            "see unit",
            "figure in the reference, mean of all pairs",
            "waarde in de vergelijking",
        ),
        number("difference", "see unit", "scenario less reference, mean of all pairs", "verschil"),
        number("low", "see unit", "lower end of the interval; empty for one pair", "laag"),
        number("high", "see unit", "upper end of the interval; empty for one pair", "hoog"),
        text("interval", "what low and high are: 95% of draws, or 95% confidence of mean", "interval"),
        number("mc_error", "see unit", "standard error of the difference by luck alone", "fout door toeval"),
        number("share_lower", "share", "share of the draws or replicates in which the scenario is lower", "deel lager"),
        number("share_equal", "share", "share in which the two are the same", "deel gelijk"),
        number("share_higher", "share", "share in which the scenario is higher", "deel hoger"),
        number("pairs", "count", "number of pairs of simulations with the same luck", "paren"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static REACHED: Layout = Layout {
    name: "reached",
    meaning: "whom the measures of a scenario reached beyond the reference, in real persons, and what one start cost",
    columns: &[
        SCENARIO,
        text("same_world", "yes where every table has the same content as under the reference", "zelfde wereld"),
        number("persons_reached", "persons", "with whom a measure started, and did not in the reference", "bereikt"),
        number("starts", "starts", "starts of the measures more than in the reference", "begonnen"),
        number(
            "euro_per_start_or_person",
            "euro of 2008",
            "euro of the measures more than in the reference, over starts (over persons where starts are not known)",
            "euro per start of mens",
        ),
        REFERENCE,
        text("measures", "keys of the measures that take people in, with spaces between", "maatregelen"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static PERSONS: Layout = Layout {
    name: "persons",
    meaning: "what a scenario prevents, causes and puts off for the same persons, by kind of person and event; real persons",
    columns: &[
        SCENARIO,
        text(
            "stratum",
            "kind of person: whole (everybody), spill (neither reached nor with a reached parent), group, generation, decade of \
             birth, sex, city or quintile of the deprivation of the area",
            "soort mensen",
        ),
        text("of", "which group, generation, decade, sex, city or quintile; empty for whole and spill", "welke"),
        text("event", "what may happen to them", "gebeurtenis"),
        number("persons", "persons", "number of them, mean of the pairs", "mensen"),
        number(
            "reference_per_1000",
            "1/1000",
            "to whom it happens in the reference, per 1000 of those to whom it had not happened before 2008",
            "per 1000 in de vergelijking",
        ),
        number(
            "scenario_per_1000",
            "1/1000",
            "to whom it happens in the scenario, per 1000 of those to whom it had not happened before 2008",
            "per 1000 in het scenario",
        ),
        number("net_prevented", "persons", "persons spared less persons struck by the scenario", "per saldo voorkomen"),
        number("low", "persons", "lower end of the 95 % interval of net_prevented", "laag"),
        number("high", "persons", "upper end of the 95 % interval of net_prevented", "hoog"),
        number(
            "share_fewer",
            "share",
            "share of the draws or replicates in which net_prevented is above zero",
            "deel minder",
        ),
        number("share_same", "share", "share in which it is zero", "deel gelijk"),
        number("share_more", "share", "share in which it is below zero", "deel meer"),
        number("prevented", "persons", "to whom it happens in the reference and not in the scenario", "voorkomen"),
        number(
            "prevented_low",
            "persons",
            "least that is possible whatever luck the two worlds share",
            "voorkomen, minst",
        ),
        number(
            "prevented_high",
            "persons",
            "most that is possible whatever luck the two worlds share",
            "voorkomen, meest",
        ),
        number("caused", "persons", "to whom it happens in the scenario and not in the reference", "veroorzaakt"),
        number(
            "caused_low",
            "persons",
            "least that is possible whatever luck the two worlds share",
            "veroorzaakt, minst",
        ),
        number(
            "caused_high",
            "persons",
            "most that is possible whatever luck the two worlds share",
            "veroorzaakt, meest",
        ),
        number("delayed", "persons", "to whom it happens in both, later in the scenario", "uitgesteld"),
        REFERENCE,
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static PATH: Layout = Layout {
    name: "path",
    meaning: "what reaching persons does step by step down the generations; real persons",
    columns: &[
        SCENARIO,
        text("begins_with", "who is reached", "begint met"),
        text("step", "step down the generations", "stap"),
        number("reached", "persons", "number reached", "bereikt"),
        number("at_risk", "persons", "persons to whom the step may happen", "kunnen het meemaken"),
        number(
            "reference_per_1000",
            "1/1000",
            "to whom it happens in the reference, per 1000",
            "per 1000 in de vergelijking",
        ),
        number(
            "scenario_per_1000",
            "1/1000",
            "to whom it happens in the scenario, per 1000",
            "per 1000 in het scenario",
        ),
        number(
            "needed_to_reach",
            "persons",
            "number to reach for one person fewer to whom it happens",
            "bereiken voor één minder",
        ),
        number("low", "persons", "lower end of the 95 % interval of needed_to_reach", "laag"),
        number("high", "persons", "upper end of the 95 % interval of needed_to_reach", "hoog"),
        REFERENCE,
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static GENERATIONS: Layout = Layout {
    name: "generations",
    meaning: "violent children of one violent parent (the generational reproduction number)",
    columns: &[
        text(
            "what",
            "causal: because of the violence; gone_in:SCENARIO: what of it is gone in that scenario; gone_only_in_all: what only all \
             pathways together take away; association: as seen, whatever the cause; association_risk_ratio: its ratio of risks",
            "wat",
        ),
        number("value", "children", "mean of the draws", "waarde"),
        number("low", "children", "lower end of the 95 % interval", "laag"),
        number("high", "children", "upper end of the 95 % interval", "hoog"),
        number("parents_from", "year", "first year of birth of the parents counted", "ouders geboren van"),
        number("parents_until", "year", "last year of birth of the parents counted", "ouders geboren tot en met"),
    ],
};

pub(super) static SELECTION: Layout = Layout {
    name: "selection",
    meaning: "how well the rule of a measure chooses whom it is offered to, in the reference",
    columns: &[
        text("measure", "key of the measure", "maatregel"),
        number("from", "year", "first year counted", "van"),
        number("until", "year", "last year counted", "tot en met"),
        number("chosen_per_year", "persons/year", "persons that the rule chooses", "gekozen per jaar"),
        number(
            "wrongly_per_year",
            "persons/year",
            "of these, those with whom it would not have happened",
            "ten onrechte per jaar",
        ),
        number("predictive_value", "share", "share of the chosen with whom it would have happened", "terecht gekozen"),
        number("low", "share", "lower end of the 95 % interval of predictive_value", "laag"),
        number("high", "share", "upper end of the 95 % interval of predictive_value", "hoog"),
        number(
            "by_lot",
            "share",
            "the same share of persons drawn at random at the same occasion",
            "terecht bij loting",
        ),
        number(
            "found_of_all",
            "share",
            "share of all with whom it would have happened that the rule chooses",
            "gevonden van allen",
        ),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static CAPACITY: Layout = Layout {
    name: "capacity",
    meaning: "places of a provider in the four cities, mean of the years, in real places and persons",
    columns: &[
        SCENARIO,
        text("provider", "key of the shelter or programme", "aanbieder"),
        number("places", "places", "places there are; empty where they are without limit", "plaatsen"),
        number("occupied", "places", "places taken", "bezet"),
        number("requests_per_year", "requests/year", "times that somebody asks for a place", "aanvragen per jaar"),
        number("refused_per_year", "requests/year", "of these, refused or given up", "geweigerd per jaar"),
        number("mean_wait_months", "months", "mean wait of those who got a place", "gemiddelde wachttijd in maanden"),
        number(
            "needed_5_percent",
            "places",
            "places at which 5 % of the requests would be refused",
            "nodig voor 5 % weigering",
        ),
        number(
            "needed_10_percent",
            "places",
            "places at which 10 % of the requests would be refused",
            "nodig voor 10 % weigering",
        ),
        number("smallest_scale", "ratio", "scale from which on refusals and waits can be told", "kleinste schaal"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static ICERS: Layout = Layout {
    name: "icers",
    meaning: "costs and health of the scenarios with incremental ratios, by rule of discounting and by who pays; columns as in the R \
              package dampack",
    columns: &[
        text("Strategy", "name of the scenario", "scenario"),
        number("Cost", "euro of 2008", "costs, mean of the draws", "kosten"),
        number("Effect", "QALY", "minus QALYs lost, mean of the draws; higher is better", "effect"),
        number("Inc_Cost", "euro of 2008", "costs more than the one before it on the frontier", "extra kosten"),
        number("Inc_Effect", "QALY", "health more than the one before it on the frontier", "extra effect"),
        number("ICER", "euro of 2008/QALY", "Inc_Cost over Inc_Effect", "kosten per QALY"),
        text("Status", "ND: on the frontier; ED: extendedly dominated; D: dominated", "status"),
        text("Discounting", "rule of discounting", "disconteren"),
        text("Perspective", "whose costs: societal, measures, or one payer", "perspectief"),
        text("Reference", "what Inc_ columns are beside", "vergeleken met"),
        text("Sign", "which sign is dearer and which is better", "teken"),
        text("No_Ratio_Because", "why ICER is empty where it could mislead", "geen verhouding omdat"),
    ],
};

pub(super) static CEAC: Layout = Layout {
    name: "ceac",
    meaning: "chance that a scenario gives most for its money, over willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number("prob", "share", "share of the draws in which its net benefit is highest", "kans"),
    ],
};

pub(super) static CEAF: Layout = Layout {
    name: "ceaf",
    meaning: "the scenario with the highest expected net benefit, over willingness to pay, and where it becomes another",
    columns: &[
        WILLING,
        STRATEGY,
        number(
            "prob",
            "share",
            "share of the draws in which its net benefit is highest; empty at a switch point",
            "kans",
        ),
        text(
            "switch",
            "grid: a value of wtp looked at; switch point: where another scenario comes out best",
            "overgang",
        ),
    ],
};

pub(super) static EXP_LOSS: Layout = Layout {
    name: "exp_loss",
    meaning: "what is lost on average by choosing a scenario, over willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number("expected_loss", "euro of 2008", "mean loss beside the best of each draw", "verwacht verlies"),
    ],
};

pub(super) static EVPI: Layout = Layout {
    name: "evpi",
    meaning: "value of knowing all parameters, over willingness to pay",
    columns: &[
        WILLING,
        number("evpi", "euro of 2008", "expected value of perfect information", "waarde van weten"),
        number("se", "euro of 2008", "its standard error", "standaardfout"),
        number(
            "evpi_without_luck",
            "euro of 2008",
            "the same less what luck of simulation adds; empty with one replicate",
            "zonder toeval",
        ),
        number("se_without_luck", "euro of 2008", "its standard error", "standaardfout zonder toeval"),
    ],
};

pub(super) static NMB: Layout = Layout {
    name: "nmb",
    meaning: "expected net monetary benefit of the scenarios, over willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number("nmb", "euro of 2008", "effect times wtp less costs, mean of the draws", "netto opbrengst"),
        number("inc_nmb", "euro of 2008", "the same less that of the reference", "extra netto opbrengst"),
        REFERENCE,
    ],
};

pub(super) static EVPPI: Layout = Layout {
    name: "evppi",
    meaning: "value of knowing one parameter, or those looked at of a line of research",
    columns: &[
        text("param", "key of the parameter, or line:NAME of a line of research", "parameter"),
        WILLING,
        number("evppi", "euro of 2008", "expected value of knowing it, less its bias", "waarde van weten"),
        number("se", "euro of 2008", "its standard error", "standaardfout"),
        number("bias", "euro of 2008", "what the estimate would give for a parameter that does nothing", "vertekening"),
        text("parameters", "keys looked at, with spaces between", "parameters"),
    ],
};

pub(super) static TORNADO: Layout = Layout {
    name: "tornado",
    meaning: "net benefit of a scenario at low and high values of a parameter",
    columns: &[
        text("param", "key of the parameter", "parameter"),
        number("low", "see the parameter", "low value of the parameter", "laag"),
        number("high", "see the parameter", "high value of the parameter", "hoog"),
        number("out_low", "euro of 2008", "incremental net benefit at the low value", "uitkomst bij laag"),
        number("out_high", "euro of 2008", "incremental net benefit at the high value", "uitkomst bij hoog"),
        STRATEGY,
        WILLING,
        text("beyond_chance", "whether the two differ by more than luck: true or false", "meer dan toeval"),
    ],
};

pub(super) static CEPLANE: Layout = Layout {
    name: "ceplane",
    meaning: "costs and health more than the reference, draw by draw",
    columns: &[
        SAMPLE,
        STRATEGY,
        number("inc_cost", "euro of 2008", "costs more than the reference", "extra kosten"),
        number("inc_effect", "QALY", "health more than the reference", "extra effect"),
        REFERENCE,
    ],
};

pub(super) static BUDGET: Layout = Layout {
    name: "budget",
    meaning: "what each payer spends in a year, undiscounted, in the four cities",
    columns: &[
        SCENARIO,
        number("year", "year", "calendar year", "jaar"),
        text("payer", "municipality, rijk, awbz, justice or other", "betaler"),
        text("kind", "kind of cost", "soort"),
        number("euro_2008", "euro of 2008", "spent in the scenario", "euro van 2008"),
        number("more_than_reference", "euro of 2008", "more than in the reference", "meer dan de vergelijking"),
        REFERENCE,
    ],
};

pub(super) static PSA: Layout = Layout {
    name: "psa",
    meaning: "costs and QALYs by draw, scenario and way of counting, as the R package hesim takes them",
    columns: &[
        SAMPLE,
        STRATEGY,
        text("grp", "rule of discounting and perspective, with _ between", "groep"),
        number("cost", "euro of 2008", "costs", "kosten"),
        number("qalys", "QALY", "minus QALYs lost", "qaly"),
        number(
            "replicate_se",
            "euro of 2008",
            "standard error of the net benefit by luck; empty with one replicate",
            "fout door toeval",
        ),
    ],
};

/// Only the first column of this file has a fixed name.
static PSA_PARAMS: Layout = Layout {
    name: "psa_params",
    meaning: "values of the parameters by draw; every further column is a parameter under its key, as `keten explain KEY` tells",
    columns: &[SAMPLE],
};

/// Sheets of the workbook that are not data files.
pub(super) static SUMMARY: Layout = Layout {
    name: "summary",
    meaning: "what the report says in short",
    columns: &[
        text("about", "what it is about", "waarover"),
        text("said", "what the report says", "wat het verslag zegt"),
    ],
};
pub(super) static INPUTS: Layout = Layout {
    name: "inputs",
    meaning: "central values of the parameters",
    columns: &[
        text("key", "key of the parameter", "sleutel"),
        text("value", "central value; of a table its factor", "waarde"),
        text("unit", "unit", "eenheid"),
        text("grade", "grade of the evidence, A to C", "graad"),
        text("source", "source", "bron"),
        number("year", "year", "year of the source", "jaar"),
        text("spread", "how it is drawn", "spreiding"),
        text("note", "what else is known of it", "toelichting"),
    ],
};
pub(super) static META: Layout = Layout {
    name: "meta",
    meaning: "which run, made with what",
    columns: &[text("key", "what", "sleutel"), text("value", "its value", "waarde")],
};
pub(super) static DRAWS: Layout = Layout {
    name: "draws",
    meaning: "costs and QALYs by draw and scenario",
    columns: &[
        SAMPLE,
        STRATEGY,
        number("cost", "euro of 2008", "costs", "kosten (euro van 2008)"),
        number("effect", "QALY", "minus QALYs lost", "effect (qaly, min de verloren)"),
    ],
};

/// All possible files.
static ALL: [&Layout; 19] = [
    &EFFECTS,
    &REACHED,
    &PERSONS,
    &PATH,
    &GENERATIONS,
    &SELECTION,
    &CAPACITY,
    &ICERS,
    &CEAC,
    &CEAF,
    &EXP_LOSS,
    &EVPI,
    &NMB,
    &EVPPI,
    &TORNADO,
    &CEPLANE,
    &BUDGET,
    &PSA,
    &PSA_PARAMS,
];

impl Layout {
    /// Whether its last columns list suppressed figures.
    pub(super) fn may_withhold(&self) -> bool {
        self.columns.ends_with(&[WITHHELD, WITHHELD_COLUMNS])
    }
}

/// The codebook of files of these names, as JSON.
pub(super) fn codebook(files: &[String]) -> Result<Vec<u8>> {
    let column = |column: &Column| json!({ "name": column.name, "kind": column.holds, "unit": column.unit, "meaning": column.meaning });
    let described: BTreeMap<&String, Value> = files
        .iter()
        .filter_map(|file| {
            let name = file.split('.').next()?.trim_end_matches("-nl");
            let of = ALL.iter().find(|of| of.name == name)?;
            let columns: Vec<Value> = of.columns.iter().map(column).collect();
            Some((file, json!({ "meaning": of.meaning, "columns": columns })))
        })
        .collect();
    let notes = [
        "A row is a record; number columns hold numbers or nothing, and why a figure is withheld stands in the columns withheld and \
         withheld_columns.",
        "NAME.csv: comma between cells, point in numbers, UTF-8 without a mark. NAME-nl.csv, for spreadsheets in Dutch: semicolon \
         between cells, comma in numbers; headings and codes are the same, and stay English so that programs find them in both. It begins with \
         a mark of UTF-8 only if it has letters beyond ASCII (in R: fileEncoding = \"UTF-8-BOM\").",
        "made.json lists what keten wrote, with hashes: a file that was changed since is never replaced.",
    ];
    let whole = json!({ "keten_version": KETEN_VERSION, "notes": notes, "files": described });
    let mut text = serde_json::to_string_pretty(&whole).expect("JSON of maps with text keys can be written");
    text.push('\n');
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_file_is_described_once() {
        for of in ALL.iter().chain([&&SUMMARY, &&INPUTS, &&META, &&DRAWS]) {
            let mut names: Vec<&str> = of.columns.iter().map(|column| column.name).collect();
            assert!(of.columns.iter().all(|it| !it.meaning.is_empty() && !it.unit.is_empty() && !it.dutch.is_empty()));
            let mut headings: Vec<&str> = of.columns.iter().map(|column| column.dutch).collect();
            for list in [&mut names, &mut headings] {
                let all = list.len();
                list.sort_unstable();
                list.dedup();
                assert_eq!(list.len(), all, "{}", of.name);
            }
        }
    }
}
