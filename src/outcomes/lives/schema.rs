//! The columns of the table `lives`.

use crate::outcomes::scene::{
    BIRTHPLACE, FATHER, FIRST_EXPOSED, FIRST_SUFFERED, FIRST_USED, MOTHER, SEX, key, record, truth,
};
use crate::tables::{CITY, Column, DRAW, Kind, REPLICATE, Schema, Sees};

/// The table `lives`.
pub(super) static LIVES: Schema = Schema {
    name: "lives",
    meaning: "a person who was born in the simulated years, used, suffered or witnessed violence at home, was reached \
        by a measure, or lost health; simulated persons; months are counted from January 2008 (= 0). Persons without \
        a row exist in every scenario and had none of these events",
    keys: 4,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario"),
        truth("born", Kind::Int, "month", "month of birth (0 = January 2008)"),
        SEX_OF_LIFE,
        MOTHER,
        FATHER,
        truth(
            "generation",
            Kind::Int,
            "count",
            "0: adult in January 2008; 1: child in January 2008, or born later to a mother who was an adult then; 2: \
                born to a mother who was a child then; 3: born to a mother born later (by the father if the mother is \
                unknown); empty if no parent is known",
        ),
        BIRTHPLACE_OF_LIFE,
        truth(
            "arrived",
            Kind::Int,
            "month",
            "first month of arrival in the cities from elsewhere (0 = January 2008); empty for persons present in \
                January 2008 or born in the cities, and for persons born elsewhere who never arrived",
        ),
        truth(
            "deprivation",
            Kind::Int,
            "fifth",
            "quintile of the city's households by deprivation of the area in which this person was first observed: 1 \
                least deprived, 5 most deprived; empty elsewhere",
        ),
        FIRST_EXPOSED,
        FIRST_USED,
        FIRST_SUFFERED,
        truth(
            "months_exposed",
            Kind::Int,
            "months",
            "months of witnessing violence plus months of each kind of maltreatment, before 18",
        ),
        truth(
            "gone",
            Kind::Int,
            "month",
            "month of death or of loss to follow-up (0 = January 2008); empty for persons present at the end",
        ),
        truth("died", Kind::Bool, "-", "whether `gone` is the month of death"),
        record(
            "reached",
            Kind::Int,
            "month",
            "first month in which this person started a measure (0 = January 2008); empty if never",
        ),
        record("reached_by", Kind::Text, "-", "key of that measure"),
        truth(
            "qaly_lost",
            Kind::Float,
            "QALY",
            "QALYs lost due to violence, as in the rows with unit qaly of `costs`; not discounted",
        ),
        truth(
            "qaly_lost_zin",
            Kind::Float,
            "QALY",
            "QALYs lost, discounted at 1.5 % per year to 2008 (zin-2024 and zin-2016)",
        ),
        truth("qaly_lost_mkba", Kind::Float, "QALY", "QALYs lost, discounted at 2.25 % per year to 2008 (mkba-2021)"),
        truth(
            "qaly_lost_abuse",
            Kind::Float,
            "QALY",
            "part of qaly_lost_zin that is due to ongoing violence (items abuse_moderate and abuse_severe)",
        ),
        truth(
            "daly_lost",
            Kind::Float,
            "DALY",
            "DALYs lost due to violence (symptoms and death), as in the rows with unit daly of `costs`; not \
                discounted; do not add to QALYs",
        ),
        truth("daly_lost_zin", Kind::Float, "DALY", "DALYs lost, discounted at 1.5 % per year to 2008"),
        truth(
            "years_victim",
            Kind::Int,
            "years",
            "years in which this person counts in any_victims of `yearly`: suffered violence from a partner or another \
                relative",
        ),
        truth(
            "years_partner_victim",
            Kind::Int,
            "years",
            "years in which this person counts in victims of `yearly`: suffered violence from a partner or former \
                partner",
        ),
        truth("years_witnessing", Kind::Int, "years", "years in which this person witnessed violence as a child"),
        truth("years_maltreated", Kind::Int, "years", "years in which this person was maltreated as a child"),
    ],
};

/// Sex of a person; not a key in this table.
const SEX_OF_LIFE: Column = Column { sees: Sees::Truth, ..SEX };

/// Place of birth of a person; not a key in this table. Unlike the cohorts, `lives` records for every newcomer that
/// they came from elsewhere.
const BIRTHPLACE_OF_LIFE: Column = Column { sees: Sees::Truth, ..BIRTHPLACE };
