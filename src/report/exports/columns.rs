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
    "why figures of this row are empty: too_few (they rest on fewer than ten simulated persons or cases), scale_too_small (a \
     provider has less than one place, see smallest_scale in capacity.csv); empty if none is withheld",
    "niet getoond omdat",
);
const WITHHELD_COLUMNS: Column = text(
    "withheld_columns",
    "names of the columns whose figures are withheld, separated by spaces",
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
            "cities: the four cities; exported: persons followed who live elsewhere; followed: wherever the persons counted live",
            "plaats",
        ),
        text(
            "among",
            "both_worlds: persons who are alive in both scenarios; cohort: persons enrolled, their children and grandchildren; \
             everybody: the difference includes persons born in one scenario only",
            "wie geteld zijn",
        ),
        REFERENCE,
        number(
            "reference_value",
            "see unit",
            "figure in the reference, mean of all pairs",
            "waarde in het vergelijkingsscenario",
        ),
        number("difference", "see unit", "scenario less reference, mean of all pairs", "verschil"),
        number("low", "see unit", "lower end of the interval; empty for one pair", "laag"),
        number("high", "see unit", "upper end of the interval; empty for one pair", "hoog"),
        text("interval", "what low and high are: 95% of draws, or 95% confidence of mean", "interval"),
        number("mc_error", "see unit", "standard error of the difference from Monte Carlo error alone", "toevalsfout"),
        number("share_lower", "share", "share of the draws or replicates in which the scenario is lower", "deel lager"),
        number("share_equal", "share", "share in which the two are the same", "deel gelijk"),
        number("share_higher", "share", "share in which the scenario is higher", "deel hoger"),
        number("pairs", "count", "number of pairs of simulations with common random numbers", "paren"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static REACHED: Layout = Layout {
    name: "reached",
    meaning: "persons reached by the measures of a scenario beyond the reference, in real persons, and the cost of one start",
    columns: &[
        SCENARIO,
        text("same_world", "yes if every table has the same content as under the reference", "gelijk aan vergelijking"),
        number(
            "persons_reached",
            "persons",
            "persons who started with a measure, and did not in the reference",
            "bereikt",
        ),
        number("starts", "starts", "additional starts of the measures, beyond the reference", "begonnen"),
        number(
            "euro_per_start_or_person",
            "euro of 2008",
            "additional euro of the measures beyond the reference, per start (per person if starts are unknown)",
            "euro per start of mens",
        ),
        REFERENCE,
        text("measures", "keys of the measures that enrol people, separated by spaces", "maatregelen"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static PERSONS: Layout = Layout {
    name: "persons",
    meaning: "number of persons for whom a scenario prevents, causes or delays an event, by group of persons; real persons",
    columns: &[
        SCENARIO,
        text(
            "stratum",
            "group of persons: whole (everybody), spill (neither reached nor with a reached parent), group, generation, decade of \
             birth, sex, city or quintile of the deprivation of the area",
            "soort mensen",
        ),
        text("of", "which group, generation, decade, sex, city or quintile; empty for whole and spill", "welke"),
        text("event", "the event", "gebeurtenis"),
        number("persons", "persons", "number of persons, mean of the pairs", "mensen"),
        number(
            "reference_per_1000",
            "1/1000",
            "persons with the event in the reference, per 1000 without it before 2008",
            "per 1000 in het vergelijkingsscenario",
        ),
        number(
            "scenario_per_1000",
            "1/1000",
            "persons with the event in the scenario, per 1000 without it before 2008",
            "per 1000 in het scenario",
        ),
        number(
            "net_prevented",
            "persons",
            "persons for whom the event is prevented, minus persons for whom it is caused",
            "per saldo voorkomen",
        ),
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
        number("prevented", "persons", "persons with the event in the reference and not in the scenario", "voorkomen"),
        number(
            "prevented_low",
            "persons",
            "lower bound, without the assumption of common random numbers",
            "voorkomen, ondergrens",
        ),
        number(
            "prevented_high",
            "persons",
            "upper bound, without the assumption of common random numbers",
            "voorkomen, bovengrens",
        ),
        number("caused", "persons", "persons with the event in the scenario and not in the reference", "veroorzaakt"),
        number(
            "caused_low",
            "persons",
            "lower bound, without the assumption of common random numbers",
            "veroorzaakt, ondergrens",
        ),
        number(
            "caused_high",
            "persons",
            "upper bound, without the assumption of common random numbers",
            "veroorzaakt, bovengrens",
        ),
        number("delayed", "persons", "persons with the event in both, later in the scenario", "uitgesteld"),
        REFERENCE,
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(super) static PATH: Layout = Layout {
    name: "path",
    meaning: "effect of reaching persons, step by step over the generations; real persons",
    columns: &[
        SCENARIO,
        text("begins_with", "who is reached", "begint met"),
        text("step", "step over the generations", "stap"),
        number("reached", "persons", "number reached", "bereikt"),
        number("at_risk", "persons", "persons at risk of the step", "kunnen het meemaken"),
        number(
            "reference_per_1000",
            "1/1000",
            "persons with the event in the reference, per 1000 at risk",
            "per 1000 in het vergelijkingsscenario",
        ),
        number(
            "scenario_per_1000",
            "1/1000",
            "persons with the event in the scenario, per 1000 at risk",
            "per 1000 in het scenario",
        ),
        number(
            "needed_to_reach",
            "persons",
            "number to reach for one person fewer with the event",
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
    meaning: "children who use violence per parent who used violence (the generational reproduction number)",
    columns: &[
        text(
            "what",
            "causal: because of the violence; gone_in:SCENARIO: part of it that is prevented in that scenario; gone_only_in_all: part that \
             is prevented only without all pathways; association: whatever the cause; association_risk_ratio: its crude risk ratio",
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
    meaning: "accuracy of the rule by which a measure selects persons, in the reference",
    columns: &[
        text("measure", "key of the measure", "maatregel"),
        number("from", "year", "first year counted", "van"),
        number("until", "year", "last year counted", "tot en met"),
        number("chosen_per_year", "persons/year", "persons selected by the rule", "geselecteerd per jaar"),
        number(
            "wrongly_per_year",
            "persons/year",
            "of these, persons without violence at home in the five years after",
            "ten onrechte per jaar",
        ),
        number(
            "predictive_value",
            "share",
            "share of the selected with violence at home in the five years after",
            "terecht geselecteerd",
        ),
        number("low", "share", "lower end of the 95 % interval of predictive_value", "laag"),
        number("high", "share", "upper end of the 95 % interval of predictive_value", "hoog"),
        number(
            "by_lot",
            "share",
            "the same share of persons selected at random at the same eligibility event",
            "terecht bij willekeurige keuze",
        ),
        number(
            "found_of_all",
            "share",
            "share of all with such violence who are selected by the rule",
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
        number("places", "places", "number of places; empty if without limit", "plaatsen"),
        number("occupied", "places", "places occupied", "bezet"),
        number("requests_per_year", "requests/year", "number of requests for a place", "aanvragen per jaar"),
        number("refused_per_year", "requests/year", "of these, refused or withdrawn", "geweigerd per jaar"),
        number(
            "mean_wait_months",
            "months",
            "mean waiting time of persons who got a place",
            "gemiddelde wachttijd in maanden",
        ),
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
        number(
            "smallest_scale",
            "ratio",
            "smallest scale at which refusals and waiting times are valid",
            "kleinste schaal",
        ),
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
        number(
            "Inc_Cost",
            "euro of 2008",
            "additional costs, compared with the previous one on the frontier",
            "extra kosten",
        ),
        number(
            "Inc_Effect",
            "QALY",
            "additional health, compared with the previous one on the frontier",
            "extra effect",
        ),
        number("ICER", "euro of 2008/QALY", "Inc_Cost divided by Inc_Effect", "kosten per QALY"),
        text("Status", "ND: on the frontier; ED: extendedly dominated; D: dominated", "status"),
        text("Discounting", "rule of discounting", "disconteren"),
        text("Perspective", "whose costs: societal, measures, or one payer", "perspectief"),
        text("Reference", "with what the Inc_ columns are compared", "vergeleken met"),
        text("Sign", "meaning of the signs", "teken"),
        text("No_Ratio_Because", "why ICER is empty, if it could mislead", "geen verhouding omdat"),
    ],
};

pub(super) static CEAC: Layout = Layout {
    name: "ceac",
    meaning: "probability that a scenario has the highest net benefit, by willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number("prob", "share", "share of the draws in which its net benefit is highest", "kans"),
    ],
};

pub(super) static CEAF: Layout = Layout {
    name: "ceaf",
    meaning: "the scenario with the highest expected net benefit, by willingness to pay, and where it changes",
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
            "grid: a value of wtp in the grid; switch point: where another scenario becomes best",
            "overgang",
        ),
    ],
};

pub(super) static EXP_LOSS: Layout = Layout {
    name: "exp_loss",
    meaning: "expected loss of choosing a scenario, by willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number(
            "expected_loss",
            "euro of 2008",
            "mean loss compared with the best scenario of each draw",
            "verwacht verlies",
        ),
    ],
};

pub(super) static EVPI: Layout = Layout {
    name: "evpi",
    meaning: "expected value of perfect information on all parameters, by willingness to pay",
    columns: &[
        WILLING,
        number("evpi", "euro of 2008", "expected value of perfect information", "waarde van informatie"),
        number("se", "euro of 2008", "its standard error", "standaardfout"),
        number(
            "evpi_without_luck",
            "euro of 2008",
            "the same without the contribution of Monte Carlo error; empty with one replicate",
            "zonder toevalsfout",
        ),
        number("se_without_luck", "euro of 2008", "its standard error", "standaardfout zonder toevalsfout"),
    ],
};

pub(super) static NMB: Layout = Layout {
    name: "nmb",
    meaning: "expected net monetary benefit of the scenarios, by willingness to pay",
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
    meaning: "expected value of perfect information on one parameter, or on a line of research",
    columns: &[
        text("param", "key of the parameter, or line:NAME of a line of research", "parameter"),
        WILLING,
        number(
            "evppi",
            "euro of 2008",
            "expected value of partial perfect information, minus its bias",
            "waarde van informatie",
        ),
        number("se", "euro of 2008", "its standard error", "standaardfout"),
        number("bias", "euro of 2008", "estimate for a parameter without any effect", "vertekening"),
        text("parameters", "keys included, separated by spaces", "parameters"),
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
        text("beyond_chance", "whether the two differ by more than chance explains: true or false", "meer dan toeval"),
    ],
};

pub(super) static CEPLANE: Layout = Layout {
    name: "ceplane",
    meaning: "additional costs and health compared with the reference, by draw",
    columns: &[
        SAMPLE,
        STRATEGY,
        number("inc_cost", "euro of 2008", "additional costs compared with the reference", "extra kosten"),
        number("inc_effect", "QALY", "additional health compared with the reference", "extra effect"),
        REFERENCE,
    ],
};

pub(super) static BUDGET: Layout = Layout {
    name: "budget",
    meaning: "spending by payer and year, undiscounted, in the four cities",
    columns: &[
        SCENARIO,
        number("year", "year", "calendar year", "jaar"),
        text("payer", "municipality, rijk, awbz, justice or other", "betaler"),
        text("kind", "kind of cost", "soort"),
        number("euro_2008", "euro of 2008", "spent in the scenario", "euro van 2008"),
        number(
            "more_than_reference",
            "euro of 2008",
            "more than in the reference",
            "meer dan het vergelijkingsscenario",
        ),
        REFERENCE,
    ],
};

pub(super) static PSA: Layout = Layout {
    name: "psa",
    meaning: "costs and QALYs by draw, scenario, discounting and perspective, in the format of the R package hesim",
    columns: &[
        SAMPLE,
        STRATEGY,
        text("grp", "rule of discounting and perspective, separated by _", "groep"),
        number("cost", "euro of 2008", "costs", "kosten"),
        number("qalys", "QALY", "minus QALYs lost", "qaly"),
        number(
            "replicate_se",
            "euro of 2008",
            "standard error of the net benefit from Monte Carlo error; empty with one replicate",
            "toevalsfout",
        ),
    ],
};

/// Only the first column of this file has a fixed name.
static PSA_PARAMS: Layout = Layout {
    name: "psa_params",
    meaning: "values of the parameters by draw; every further column is a parameter named by its key (see `keten explain KEY`)",
    columns: &[SAMPLE],
};

/// Sheets of the workbook that are not data files.
pub(super) static SUMMARY: Layout = Layout {
    name: "summary",
    meaning: "summary of the report",
    columns: &[
        text("about", "subject", "onderwerp"),
        text("said", "statement of the report", "uitspraak van het verslag"),
    ],
};
pub(super) static INPUTS: Layout = Layout {
    name: "inputs",
    meaning: "central values of the parameters",
    columns: &[
        text("key", "key of the parameter", "sleutel"),
        text("value", "central value; for a table its multiplier", "waarde"),
        text("unit", "unit", "eenheid"),
        text("grade", "grade of the evidence, A to C", "graad"),
        text("source", "source", "bron"),
        number("year", "year", "year of the source", "jaar"),
        text("spread", "distribution from which it is drawn", "spreiding"),
        text("note", "note", "toelichting"),
    ],
};
pub(super) static META: Layout = Layout {
    name: "meta",
    meaning: "the run, and how it was made",
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
        "Each row is a record. Number columns contain numbers or nothing; the columns withheld and withheld_columns say which \
         figures are withheld, and why.",
        "NAME.csv: commas between cells, decimal point, UTF-8 without a byte order mark. NAME-nl.csv, for spreadsheets in Dutch: semicolon \
         between cells, comma in numbers; headings and codes are the same, and stay English so that programs find them in both. It begins with \
         a mark of UTF-8 only if it has letters beyond ASCII (in R: fileEncoding = \"UTF-8-BOM\").",
        "made.json lists the files that keten wrote, with hashes: a file that was changed since is never replaced.",
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
