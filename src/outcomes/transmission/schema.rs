//! The columns of the table `transmission`.

use crate::outcomes::scene::{key, truth};
use crate::tables::{CITY, Column, DRAW, Kind, REPLICATE, Schema, Sees};

/// The table `transmission`.
pub(super) static TRANSMISSION: Schema = Schema {
    name: "transmission",
    meaning: "adults exposed in childhood versus adults never exposed, by sex, pathway and age window in which \
        exposure began; pooled over the last ten simulated years unless stated otherwise; simulated persons",
    keys: 6,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("sex", Kind::Text, "-", "sex of the adult: male, female or both"),
        key(
            "pathway",
            Kind::Text,
            "-",
            "exposure and outcome. witness_use: witnessed violence, uses violence against a partner; exposed_use: \
                witnessed or maltreated, uses violence; exposed_suffer: witnessed or maltreated, suffers violence; \
                maltreated_maltreats: maltreated, own child at home is maltreated",
        ),
        key("window", Kind::Text, "months", "age window in which exposure began: 0-23, 24-71, 72-143, 144-215 or all"),
        truth("years", Kind::Int, "years", "number of years pooled"),
        truth(
            "exposed",
            Kind::Int,
            "person-years",
            "adults exposed in childhood on this pathway (maltreated_maltreats: pairs of parent and child at home)",
        ),
        truth("exposed_cases", Kind::Int, "person-years", "of these, with the outcome in the year"),
        truth("unexposed", Kind::Int, "person-years", "adults never exposed on this pathway"),
        truth("unexposed_cases", Kind::Int, "person-years", "of these, with the outcome in the year"),
        truth("crude_ratio", Kind::Float, "ratio", "crude risk ratio per year: exposed versus unexposed"),
        truth("crude_odds_ratio", Kind::Float, "ratio", "crude odds ratio per year: exposed versus unexposed"),
        truth("crude_ratio_first_year", Kind::Float, "ratio", "crude_ratio in the first year"),
        truth("crude_odds_ratio_first_year", Kind::Float, "ratio", "crude_odds_ratio in the first year"),
        Column {
            name: "surveyed_ratio",
            kind: Kind::Float,
            unit: "ratio",
            meaning: "expected crude_ratio in a survey with imperfect recall of exposure; for window all",
            sees: Sees::Record,
        },
        truth(
            "onsets_exposed",
            Kind::Int,
            "onsets",
            "onsets of violence used (or suffered) by the exposed; maltreated_maltreats: onsets of maltreatment of \
                their children, counted for each parent at home",
        ),
        truth(
            "onsets_without_exposure",
            Kind::Float,
            "onsets",
            "expected number of these onsets in the counterfactual without any effect of the person's own childhood, \
                on all pathways",
        ),
        truth(
            "causal_ratio",
            Kind::Float,
            "ratio",
            "causal ratio among the exposed: onsets_exposed divided by onsets_without_exposure",
        ),
        truth(
            "achieved_kappa",
            Kind::Float,
            "share",
            "log of causal_ratio divided by log of crude_ratio; empty if crude_ratio is close to 1",
        ),
        Column {
            name: "input_ratio",
            kind: Kind::Float,
            unit: "ratio",
            meaning: "crude hazard ratio of the model (input); for window all",
            sees: Sees::Input,
        },
        Column {
            name: "input_kappa",
            kind: Kind::Float,
            unit: "share",
            meaning: "causal fraction (kappa) of the log hazard ratio in the model (input); for window all",
            sees: Sees::Input,
        },
        truth(
            "attributable_own",
            Kind::Float,
            "share",
            "attributable fraction: share of all onsets that would not have occurred without any effect of the \
                person's own childhood, that of the partner unchanged; for window all",
        ),
        truth(
            "attributable_both",
            Kind::Float,
            "share",
            "attributable fraction: share of all onsets that would not have occurred without any effect of the \
                childhoods of both partners (maltreated_maltreats: of all carers); for window all",
        ),
        truth(
            "exposed_share_of_cases",
            Kind::Float,
            "share",
            "share of adults with the outcome in a year who were exposed in childhood",
        ),
        truth("exposed_share_of_adults", Kind::Float, "share", "share of all adults who were exposed in childhood"),
        truth("exposed_reaching_30", Kind::Int, "persons", "exposed persons who grew up in the cities and turned 30"),
        truth("exposed_by_30", Kind::Float, "share", "share of these with the outcome before 30"),
        truth(
            "unexposed_reaching_30",
            Kind::Int,
            "persons",
            "unexposed persons who grew up in the cities and turned 30",
        ),
        truth("unexposed_by_30", Kind::Float, "share", "share of these with the outcome before 30"),
        truth("exposed_reaching_40", Kind::Int, "persons", "exposed persons who grew up in the cities and turned 40"),
        truth("exposed_by_40", Kind::Float, "share", "share of these with the outcome before 40"),
        truth(
            "unexposed_reaching_40",
            Kind::Int,
            "persons",
            "unexposed persons who grew up in the cities and turned 40",
        ),
        truth("unexposed_by_40", Kind::Float, "share", "share of these with the outcome before 40"),
        truth(
            "exposed_at_18",
            Kind::Int,
            "persons",
            "exposed persons who grew up in the cities and were 18 on 31 December",
        ),
        truth(
            "exposed_attitude",
            Kind::Float,
            "sd",
            "mean attitude of these that condones violence: shifted by exposure in childhood and by measures; 0 without \
                either",
        ),
        truth(
            "exposed_coping",
            Kind::Float,
            "sd",
            "mean coping of these with conflict and stress, where less is worse; 0 without exposure and measures",
        ),
        truth(
            "unexposed_at_18",
            Kind::Int,
            "persons",
            "unexposed persons who grew up in the cities and were 18 on 31 December",
        ),
        truth(
            "unexposed_attitude",
            Kind::Float,
            "sd",
            "mean attitude of these that condones violence: shifted by exposure in childhood and by measures; 0 without \
                either",
        ),
        truth(
            "unexposed_coping",
            Kind::Float,
            "sd",
            "mean coping of these with conflict and stress, where less is worse; 0 without exposure and measures",
        ),
        truth(
            "never_by_40_of_100",
            Kind::Float,
            "persons/100 persons",
            "number of 100 exposed children who reach 40 without the outcome",
        ),
    ],
};
