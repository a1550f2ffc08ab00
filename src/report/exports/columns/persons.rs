//! Files about persons: differences, reach, paths across generations, selection and capacity.

use super::layout::{Layout, REFERENCE, SCENARIO, WITHHELD, WITHHELD_COLUMNS, number, text};

pub(in crate::report::exports) static EFFECTS: Layout = Layout {
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

pub(in crate::report::exports) static REACHED: Layout = Layout {
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

pub(in crate::report::exports) static PERSONS: Layout = Layout {
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

pub(in crate::report::exports) static PATH: Layout = Layout {
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

pub(in crate::report::exports) static GENERATIONS: Layout = Layout {
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

pub(in crate::report::exports) static SELECTION: Layout = Layout {
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

pub(in crate::report::exports) static RECURRENCE: Layout = Layout {
    name: "recurrence",
    meaning: "violence, a report or a conviction again after each entry into and way out of a service, in a scenario and in \
              the reference; all years, draws and replicates together. Routes differ in who takes them: compare a route with \
              the same route in the reference, not with another route",
    columns: &[
        SCENARIO,
        text("service", "key of the service or measure; empty for an entry that belongs to none", "hulp"),
        text(
            "entry",
            "police_report, arrest, conviction, ban, left_shelter; or of a service: refused (the offer was declined), gave_up \
             (left the queue before a place became available), not_shown (did not start when a place was available), \
             started, dropped_out, completed",
            "gebeurtenis",
        ),
        text(
            "followed_as",
            "what recurs: user (used violence against a partner before entry; uses it again), victim (suffers violence again) \
             or child (witnessed violence or was maltreated before entry; is maltreated)",
            "gevolgd als",
        ),
        number("months", "months", "months of follow-up since entry", "maanden"),
        number(
            "entered_per_year",
            "persons/year",
            "persons with such an entry, each once in a calendar year; real persons",
            "mensen per jaar",
        ),
        number("followed", "count", "simulated persons who were followed for this number of months", "gevolgd"),
        number(
            "share_again",
            "share",
            "share of the followed with violence again, in the ground truth",
            "opnieuw geweld",
        ),
        number("share_reported", "share", "share of the followed who were reported again", "opnieuw gemeld"),
        number(
            "share_convicted",
            "share",
            "share of the followed who were convicted of violence used after entry; empty for victims and children",
            "veroordeeld",
        ),
        number(
            "reference_followed",
            "count",
            "followed, in the reference; empty if nobody took the route there, or if the run compares no scenarios",
            "gevolgd in het vergelijkingsscenario",
        ),
        number(
            "reference_share_again",
            "share",
            "share_again in the reference",
            "opnieuw geweld in het vergelijkingsscenario",
        ),
        number(
            "reference_share_reported",
            "share",
            "share_reported in the reference",
            "opnieuw gemeld in het vergelijkingsscenario",
        ),
        number(
            "reference_share_convicted",
            "share",
            "share_convicted in the reference",
            "veroordeeld in het vergelijkingsscenario",
        ),
        REFERENCE,
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};

pub(in crate::report::exports) static CAPACITY: Layout = Layout {
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

pub(in crate::report::exports) static CITIES: Layout = Layout {
    name: "cities",
    meaning: "the four cities side by side: a figure of a city in a year, or over all years",
    columns: &[
        SCENARIO,
        text("figure", "key of the figure", "cijfer"),
        text("unit", "unit of the value", "eenheid"),
        text("sees", "truth: ground truth of the model; record: what organisations record", "soort"),
        text("city", "name of the city; G4: the four together", "stad"),
        number("year", "year", "calendar year; empty for all years together", "jaar"),
        number("value", "see unit", "mean of the draws and replicates", "waarde"),
        number("low", "see unit", "lower end of the 95 % interval; empty for one simulation", "laag"),
        number("high", "see unit", "upper end of the 95 % interval; empty for one simulation", "hoog"),
        WITHHELD,
        WITHHELD_COLUMNS,
    ],
};
