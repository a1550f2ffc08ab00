//! The columns of `bottlenecks`.

use crate::outcomes::scene::{YEAR, record, truth};
use crate::tables::{CITY, Column, DRAW, Kind, REPLICATE, Schema};

/// A share of the observed record.
const fn share(name: &'static str, meaning: &'static str) -> Column {
    record(name, Kind::Float, "share", meaning)
}

/// A ratio of the observed record.
const fn quotient(name: &'static str, meaning: &'static str) -> Column {
    record(name, Kind::Float, "ratio", meaning)
}

/// The table `bottlenecks`.
pub(super) static BOTTLENECKS: Schema = Schema {
    name: "bottlenecks",
    meaning: "the eight bottlenecks of the action programme (L302-429) as figures of a city in a year. Help: a programme \
        that counts as help in a case, or a shelter. A case here begins with the first report of a family (to police, \
        ASHG, AMK or shelter) and lasts twelve months; cases belong to the year of that report. Empty cells: nobody \
        concerned, not yet followed for so long, or withheld below queues_from",
    keys: 4,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        YEAR,
        share(
            "no_follow_up",
            "bottleneck 1, no closed chain (L314-332): share of the police reports concluded in the year that had no \
                consequence, neither criminal proceedings nor help (edge no_follow_up)",
        ),
        share(
            "criminal_only",
            "bottleneck 1 (L330-332): share of the police reports concluded in the year that led to criminal \
                proceedings without help (edge criminal_only)",
        ),
        share(
            "helped",
            "bottleneck 1 (L327-332): share of the police reports concluded in the year that led to help (edge helped)",
        ),
        share(
            "handed_over",
            "bottleneck 1 (L319-327): share of the police reports of the year that reached the next organisation, the \
                ASHG",
        ),
        share(
            "lost_at_transfer",
            "bottleneck 1 (L319-323): share of the cases of families that moved to another of the cities that were \
                lost at the transfer",
        ),
        record(
            "organisations_per_case",
            Kind::Float,
            "count",
            "bottleneck 2, complex structures (L333-360): mean number of organisations and programmes involved in the \
                twelve months of a case in which help started: police, ASHG, AMK, shelter, and each programme that a \
                member of the family started",
        ),
        record(
            "months_to_help",
            Kind::Float,
            "months",
            "bottleneck 2 (L345): mean time from the report to the first start of help in a case, of those in which \
                it started within twelve months; empty below queues_from",
        ),
        share(
            "not_helped_in_three_months",
            "bottleneck 2 (L345): share of the cases in which no help had started three months after the report; \
                those who gave up, were refused or still wait are in it; empty below queues_from",
        ),
        quotient(
            "reports_index",
            "bottleneck 3, growth (L361-369): police reports of the year divided by those of 2008",
        ),
        quotient(
            "places_index",
            "bottleneck 3 (L364-366): mean number of places of programmes that count as help and have a limited \
                number, divided by that of 2008",
        ),
        quotient(
            "beds_index",
            "bottleneck 3 (L364-366): mean number of beds in shelters of the four cities, divided by that of 2008",
        ),
        quotient(
            "accepted_per_start",
            "bottleneck 3 (L364-366): accepted offers of programmes that count as help, divided by starts; empty below \
                queues_from",
        ),
        record(
            "programmes_with_starts",
            Kind::Int,
            "count",
            "bottleneck 4, little sight of effects (L370-389): programmes that count as help and were started in the \
                year",
        ),
        record(
            "programmes_judged",
            Kind::Int,
            "count",
            "bottleneck 4 (L370-389): of these, programmes whose effect can be judged: a difference of ten percentage \
                points in police reports within twelve months, between those who started in the year and those who \
                were offered the programme in the year and did not start, would be found with a power of .8 (two-sided \
                test at 5 %, normal approximation, shares ten points apart around that of both groups together, \
                numbers of real persons who lived in the cities throughout); empty until twelve months after the year",
        ),
        share(
            "needs_assessed",
            "bottleneck 5, children (L390-402, L739-741): share of the cases of families with children under 18 in \
                which the needs of a child were assessed within twelve months",
        ),
        record(
            "children_helped_per_100",
            Kind::Float,
            "persons/100 persons",
            "bottleneck 5 (L390-402): children of whom help started within three months of the first report of the \
                year that concerns them, per 100 children concerned (as `started` and `observed` in `help`)",
        ),
        truth(
            "users_exposed_as_child",
            Kind::Float,
            "share",
            "bottleneck 6, transmission between generations (L403-408): share of the adults who used violence against \
                a partner or former partner in the year that witnessed violence or were maltreated as a child; of \
                those whose childhood is known",
        ),
        share(
            "multiple_problems_victims",
            "bottleneck 7, multi-problem clients (L409-421): share of the victims reported to police or ASHG in the \
                year with three or more of the eight risk flags, or a mild intellectual disability",
        ),
        share(
            "multiple_problems_starters",
            "bottleneck 7 (L409-421): the same of the persons who started help in the year",
        ),
        share("multiple_problems_sheltered", "bottleneck 7 (L409-421): the same of the adults admitted to a shelter"),
        share(
            "no_shows",
            "bottleneck 8, no-shows (L422-429): share that did not show up, of the persons who had accepted help and \
                for whom a place became available",
        ),
        share(
            "gave_up",
            "bottleneck 8 (L422-429): share that left the queue without a place (gave up waiting, moved away or died), \
                of the accepted offers of help of which the outcome came in the year; empty below queues_from",
        ),
        share(
            "dropped_out",
            "bottleneck 8 (L422-429): share that did not complete, of the participations in help that ended in the year",
        ),
        share("perpetrator_no_shows", "no_shows among persons who ever used violence against a partner"),
        share("perpetrator_gave_up", "gave_up among persons who ever used violence against a partner"),
        share("perpetrator_dropped_out", "dropped_out among persons who ever used violence against a partner"),
        record(
            "queues_from",
            Kind::Float,
            "share",
            "smallest scale at which refusals and waiting are comparable to full scale, for all programmes that count \
                as help and all shelters with requests in the year or the next; 0 if none has a limited number of \
                places",
        ),
    ],
};
