//! The second list of `keten list interventions`: whom each measure reaches in 2011, what it costs, and on what grounds
//! it acts on violence.

use keten::interventions::{Card, EffectClass, Level, Path, Per};
use keten::model::ModelFile;
use keten::world::{ELSEWHERE, Month};
use serde_json::{Map, Value, json};

use super::arguments::LanguageChoice;

/// The year of the figures: the last of the action programme.
const YEAR: i32 = 2011;

/// Texts of one language.
pub(super) struct ReachWords {
    /// Headings of the columns.
    pub(super) heads: [&'static str; 6],
    /// The explanation below the list.
    pub(super) notes: &'static str,
    everybody: &'static str,
    no_limit: &'static str,
    nothing: &'static str,
    classes: [&'static str; 5],
    units: [&'static str; 7],
}

const ENGLISH: ReachWords = ReachWords {
    heads: ["measure", "who", "coverage", "places", "cost, euro of 2008", "effect on violence"],
    notes: "Who: the occasions of an offer, or the cases or residents of a city. Coverage and places: at programme / full \
            at the end of 2011, in the city with most coverage and in all cities together; +: places added to another \
            provider. Effect: trial evidence, the size of a Dutch trial; carried over, from studies abroad or without \
            randomisation, shrunk; assumed, never evaluated; none shown, 1 at the median with a spread; chain only, no \
            effect of its own on persons.",
    everybody: "city",
    no_limit: "no limit",
    nothing: "-",
    classes: ["trial evidence", "carried over, shrunk", "assumed", "median 1: none shown", "chain only"],
    units: ["a start", "a month", "an offer", "a passage", "a city and year", "once", "a place and year"],
};

const DUTCH: ReachWords = ReachWords {
    heads: ["maatregel", "wie", "dekking", "plaatsen", "kosten, euro van 2008", "effect op geweld"],
    notes: "Wie: de aanleidingen van een aanbod, of de zaken of inwoners van een stad. Dekking en plaatsen: bij \
            programme / full eind 2011, in de stad met de meeste dekking en in alle steden samen; +: plaatsen erbij \
            voor een andere aanbieder. Effect: onderzoek, de grootte uit Nederlands onderzoek; overgenomen, uit \
            onderzoek elders of zonder loting, gekrompen; aangenomen, nooit onderzocht; geen aangetoond, mediaan 1 met \
            spreiding; alleen keten, geen eigen effect op personen.",
    everybody: "stad",
    no_limit: "geen grens",
    nothing: "-",
    classes: ["onderzoek", "overgenomen, gekrompen", "aangenomen", "mediaan 1: geen aangetoond", "alleen keten"],
    units: [
        "per start",
        "per maand",
        "per aanbod",
        "per doorgang",
        "per stad en jaar",
        "eenmalig",
        "per plaats en jaar",
    ],
};

/// The texts of a language.
pub(super) fn words(language: LanguageChoice) -> &'static ReachWords {
    match language {
        LanguageChoice::En => &ENGLISH,
        LanguageChoice::Nl => &DUTCH,
    }
}

/// Reach of a card at one level, at the end of 2011.
#[derive(Clone, Copy, Default)]
struct Reach {
    /// Coverage in the city with most of it.
    coverage: f64,
    /// Places in all cities, if the card has any, also those that it adds elsewhere.
    places: Option<f64>,
}

fn reach(card: &Card, level: Level, cities: usize) -> Reach {
    let month = Month::january(YEAR).plus(11);
    // A table that cannot be read was reported when the model was loaded.
    let at = |path: Result<Path, String>| -> [f64; ELSEWHERE] {
        let path = path.unwrap_or_else(|_| Path::constant(0.0));
        std::array::from_fn(|city| if city < cities { path.at(city, month) } else { 0.0 })
    };
    let own = card.programme.as_ref().and_then(|programme| programme.places.as_ref());
    let own = own.map(|table| at(Path::of(table, level, cities)).iter().sum::<f64>());
    let beds = card.beds.keys().map(|kind| at(card.beds_at(kind, level, cities)));
    let more = card.more_places.keys().map(|name| at(card.more_places_at(name, level, cities)));
    let added: Vec<f64> = beds.chain(more).map(|of_city| of_city.iter().sum()).collect();
    let places = (own.is_some() || !added.is_empty()).then(|| own.unwrap_or(0.0) + added.iter().sum::<f64>());
    Reach { coverage: at(Path::of(&card.coverage, level, cities)).into_iter().fold(0.0, f64::max), places }
}

/// Whom a card concerns: the words of its occasions.
fn who(card: &Card) -> Vec<&'static str> {
    let programme = card.programme.iter();
    programme
        .flat_map(|own| std::iter::once(own.occasion).chain(own.also_on.iter().copied()))
        .map(|it| it.word())
        .collect()
}

/// The row of a card in the list, without its key.
pub(super) fn row(model: &ModelFile, card: &Card, words: &ReachWords) -> [String; 5] {
    let cities = model.places.cities.len();
    let [programme, full] = [Level::Programme, Level::Full].map(|level| reach(card, level, cities));
    let who = who(card);
    let who = if who.is_empty() { words.everybody.to_owned() } else { who.join(", ") };
    let coverage = format!("{:.2} / {:.2}", programme.coverage, full.coverage);
    let adds = card.programme.as_ref().is_none_or(|own| own.places.is_none());
    let places = match (programme.places, full.places) {
        (Some(programme), Some(full)) if programme.max(full).is_finite() => {
            format!("{}{programme:.0} / {full:.0}", if adds { "+" } else { "" })
        }
        (None, None) if card.programme.is_none() => words.nothing.to_owned(),
        _ => words.no_limit.to_owned(),
    };
    let price = |price: f64, per: Per| format!("{} {}", grouped(price), words.units[per as usize]);
    let costs: Vec<String> = card.costs.values().map(|cost| price(cost.price.get(), cost.per)).collect();
    [who, coverage, places, costs.join("; "), words.classes[class_index(card.effect_class())].to_owned()]
}

fn class_index(class: EffectClass) -> usize {
    class as usize
}

/// A whole number with a thin mark between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let first = digits.len() % 3;
    let mut parts = Vec::new();
    if first > 0 {
        parts.push(digits[..first].to_owned());
    }
    parts.extend((first..digits.len()).step_by(3).map(|at| digits[at..at + 3].to_owned()));
    parts.join(",")
}

/// Reach, cost and effect of a card as fields for `--json`.
pub(super) fn fields(model: &ModelFile, card: &Card) -> Map<String, Value> {
    let cities = model.places.cities.len();
    let level = |level: Level| {
        let reach = reach(card, level, cities);
        // Places without a limit have no number.
        let places = reach.places.filter(|places| places.is_finite());
        json!({ "coverage": reach.coverage, "places": places })
    };
    let costs: Vec<Value> = card
        .costs
        .iter()
        .map(|(name, cost)| {
            let per = ENGLISH.units[cost.per as usize];
            json!({ "item": name, "per": per, "euro": cost.price.get(), "payer": cost.payer.word() })
        })
        .collect();
    let mut fields = Map::new();
    fields.insert("occasions".to_owned(), who(card).into());
    let reached = json!({ "year": YEAR, "programme": level(Level::Programme), "full": level(Level::Full) });
    fields.insert("reach".to_owned(), reached);
    fields.insert("costs".to_owned(), costs.into());
    fields.insert("effect".to_owned(), card.effect_class().words().into());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_mark_between_thousands() {
        assert_eq!(
            [0.0, 120.0, 1234.0, 721_000.0, 4_000_000.0].map(grouped),
            ["0", "120", "1,234", "721,000", "4,000,000"]
        );
    }

    #[test]
    fn each_class_of_effect_has_its_own_words_in_each_language() {
        let all = [
            EffectClass::TrialEvidence,
            EffectClass::CarriedOver,
            EffectClass::Assumed,
            EffectClass::NoneShown,
            EffectClass::ChainOnly,
        ];
        assert_eq!(all.map(|class| ENGLISH.classes[class_index(class)]), all.map(EffectClass::words));
        assert!(all.iter().all(|class| !DUTCH.classes[class_index(*class)].is_empty()));
    }
}
