//! Files about money and decisions: cost-effectiveness, its uncertainty, and the draws behind it.

use super::layout::{Layout, REFERENCE, SAMPLE, SCENARIO, STRATEGY, WILLING, number, text};

pub(in crate::report::exports) static ICERS: Layout = Layout {
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

pub(in crate::report::exports) static CEAC: Layout = Layout {
    name: "ceac",
    meaning: "probability that a scenario has the highest net benefit, by willingness to pay",
    columns: &[
        WILLING,
        STRATEGY,
        number("prob", "share", "share of the draws in which its net benefit is highest", "kans"),
    ],
};

pub(in crate::report::exports) static CEAF: Layout = Layout {
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

pub(in crate::report::exports) static EXP_LOSS: Layout = Layout {
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

pub(in crate::report::exports) static EVPI: Layout = Layout {
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

pub(in crate::report::exports) static NMB: Layout = Layout {
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

pub(in crate::report::exports) static EVPPI: Layout = Layout {
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

pub(in crate::report::exports) static TORNADO: Layout = Layout {
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

pub(in crate::report::exports) static CEPLANE: Layout = Layout {
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

pub(in crate::report::exports) static BUDGET: Layout = Layout {
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

pub(in crate::report::exports) static PROGRAMME_MONEY: Layout = Layout {
    name: "programme_money",
    meaning: "budget of chapter 5 of the action programme and costs of the measures of that chapter beyond the reference",
    columns: &[
        SCENARIO,
        text(
            "chapter",
            "model_approach (4.1), children (4.2), perpetrators (4.3), shelter (4.4), or unbudgeted: other measures",
            "hoofdstuk",
        ),
        number("year", "year", "calendar year", "jaar"),
        number("budget", "euro of 2008", "budget in the document; empty without one", "begroting"),
        number("spent_once", "euro of 2008", "one-off costs, such as development", "eenmalig uitgegeven"),
        number("spent_running", "euro of 2008", "other costs of the measures", "uitgegeven aan uitvoering"),
        REFERENCE,
    ],
};

pub(in crate::report::exports) static PSA: Layout = Layout {
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
pub(in crate::report::exports) static PSA_PARAMS: Layout = Layout {
    name: "psa_params",
    meaning: "values of the parameters by draw; every further column is a parameter named by its key (see `keten explain KEY`)",
    columns: &[SAMPLE],
};

/// Sheets of the workbook that are not data files.
pub(in crate::report::exports) static DRAWS: Layout = Layout {
    name: "draws",
    meaning: "costs and QALYs by draw and scenario",
    columns: &[
        SAMPLE,
        STRATEGY,
        number("cost", "euro of 2008", "costs", "kosten (euro van 2008)"),
        number("effect", "QALY", "minus QALYs lost", "effect (qaly, min de verloren)"),
    ],
};
