//! Words of the workbook in place of the codes of the data files, and what its columns mean, in the language of the
//! report.

use super::columns::{FileColumn, Layout};
use crate::analysis::figures::Figure;
use crate::report::about::About;
use crate::report::words::Language;

/// Codes with their words in English and in Dutch.
const CODES: [(&str, [&str; 2]); 46] = [
    ("cities", ["in the cities", "in de steden"]),
    ("exported", ["elsewhere, after moving away", "elders, na verhuizing"]),
    ("followed", ["wherever they live", "waar zij ook wonen"]),
    ("both_worlds", ["people in both scenarios", "mensen die in beide scenario’s bestaan"]),
    ("cohort", ["people reached, their children and grandchildren", "bereikte mensen, hun kinderen en kleinkinderen"]),
    ("everybody", ["everybody, births included", "iedereen, ook door geboorten"]),
    ("95% of draws", ["95% of draws", "95 % van de trekkingen"]),
    ("95% confidence of mean", ["95% confidence of the mean", "95 % betrouwbaarheid van het gemiddelde"]),
    ("too_few", ["too few (<10)", "te weinig (<10)"]),
    ("scale_too_small", ["scale too small", "schaal te klein"]),
    ("too_few scale_too_small", ["too few (<10); scale too small", "te weinig (<10); schaal te klein"]),
    ("ND", ["on the frontier", "op de efficiëntiegrens"]),
    ("ED", ["extendedly dominated", "overtroffen door een combinatie"]),
    ("D", ["dominated", "overtroffen"]),
    ("table", ["table", "tabel"]),
    ("the previous one on the frontier", ["the previous one on the frontier", "het vorige op de efficiëntiegrens"]),
    (
        "cost in euro of 2008, positive is more expensive; effect in QALY, minus those lost, positive is better",
        [
            "cost in euro of 2008, positive is more expensive; effect in QALY, minus those lost, positive is better",
            "kosten in euro van 2008, positief is duurder; effect in QALY, min wat verloren gaat, positief is beter",
        ],
    ),
    (
        "the interval of Inc_Effect over the draws includes zero",
        ["the interval of the extra effect includes zero", "de marge van het extra effect bevat nul"],
    ),
    ("persons", ["persons", "mensen"]),
    ("person-years", ["person-years", "persoonsjaren"]),
    ("share", ["share", "deel"]),
    ("months", ["months", "maanden"]),
    ("year", ["year", "jaar"]),
    ("count", ["count", "aantal"]),
    ("places", ["places", "plaatsen"]),
    ("ratio", ["ratio", "verhouding"]),
    ("requests/year", ["requests a year", "aanvragen per jaar"]),
    ("euro of 2008", ["euro of 2008", "euro van 2008"]),
    ("euro_2008", ["euro of 2008", "euro van 2008"]),
    ("euro of 2008/QALY", ["euro of 2008 per QALY", "euro van 2008 per QALY"]),
    ("1/1000", ["per 1000", "per 1000"]),
    ("see unit", ["see the column unit", "zie de kolom eenheid"]),
    ("truth", ["what happens in the model", "wat er in het model gebeurt"]),
    ("record", ["what organisations record", "wat organisaties registreren"]),
    ("all", ["all years", "alle jaren"]),
    ("G4", ["the four together", "de vier samen"]),
    ("title", ["title", "titel"]),
    ("id", ["id of the run", "nummer van de run"]),
    ("tables", ["tables", "tables"]),
    ("commit", ["commit of the source code", "commit van de broncode"]),
    ("seed", ["seed", "startgetal (seed)"]),
    ("scale", ["scale", "schaal"]),
    ("first_year", ["first year", "eerste jaar"]),
    ("last_year", ["last year", "laatste jaar"]),
    ("draws", ["draws", "trekkingen"]),
    ("note", ["note", "opmerking"]),
];

/// Meanings of the columns in Dutch: of a sheet and a column.
const DUTCH: [(&str, &[(&str, &str)]); 8] = [
    ("summary", &[("about", "waarover het gaat"), ("said", "wat het verslag erover zegt")]),
    (
        "inputs",
        &[
            ("key", "sleutel van de parameter in het model"),
            ("value", "centrale waarde; bij een tabel de vermenigvuldiger"),
            ("unit", "eenheid"),
            ("grade", "bewijsgraad, van A tot C"),
            ("source", "bron"),
            ("year", "jaar van de bron"),
            ("spread", "verdeling waaruit de waarde wordt getrokken"),
            ("note", "toelichting"),
        ],
    ),
    (
        "effects",
        &[
            ("scenario", "naam van het scenario"),
            ("measure", "wat is geteld"),
            ("unit", "eenheid van de cijfers in de rij"),
            ("place", "waar is geteld"),
            ("among", "wie zijn geteld"),
            ("reference", "scenario waarmee is vergeleken"),
            ("reference_value", "cijfer in het vergelijkingsscenario, gemiddeld over alle paren"),
            ("difference", "scenario min vergelijkingsscenario, gemiddeld over alle paren"),
            ("low", "ondergrens van de marge; leeg bij één paar"),
            ("high", "bovengrens van de marge; leeg bij één paar"),
            ("interval", "welke marge het is"),
            ("mc_error", "standaardfout van het verschil door toeval alleen"),
            ("share_lower", "deel van de simulaties waarin het scenario lager uitkomt"),
            ("share_equal", "deel waarin beide gelijk zijn"),
            ("share_higher", "deel waarin het scenario hoger uitkomt"),
            ("pairs", "aantal paren van simulaties met dezelfde toevalsgetallen"),
        ],
    ),
    (
        "icers",
        &[
            ("Strategy", "naam van het scenario"),
            ("Cost", "kosten, gemiddeld over de trekkingen"),
            ("Effect", "verloren QALY’s met een minteken; hoger is beter"),
            ("Inc_Cost", "extra kosten tegenover het vorige op de efficiëntiegrens"),
            ("Inc_Effect", "extra gezondheid tegenover het vorige op de efficiëntiegrens"),
            ("ICER", "extra kosten gedeeld door extra gezondheid"),
            ("Status", "plaats ten opzichte van de efficiëntiegrens"),
            ("Discounting", "regel van disconteren"),
            ("Perspective", "wiens kosten tellen"),
            ("Reference", "waarmee de extra kosten en het extra effect zijn vergeleken"),
            ("Sign", "wat plus en min betekenen"),
            ("No_Ratio_Because", "waarom er geen kosten per QALY staan, als die zouden misleiden"),
        ],
    ),
    (
        "draws",
        &[
            ("sample", "nummer van de trekking, vanaf 1"),
            ("strategy", "naam van het scenario"),
            ("cost", "kosten"),
            ("effect", "verloren QALY’s met een minteken"),
        ],
    ),
    (
        "capacity",
        &[
            ("scenario", "naam van het scenario"),
            ("provider", "opvang of hulp"),
            ("places", "aantal plaatsen; leeg als er geen grens is"),
            ("occupied", "bezette plaatsen, gemiddeld"),
            ("requests_per_year", "aanvragen per jaar"),
            ("refused_per_year", "daarvan geweigerd of ingetrokken"),
            ("mean_wait_months", "gemiddelde wachttijd van wie een plaats kreeg"),
            ("needed_5_percent", "plaatsen waarbij 5 % van de aanvragen wordt geweigerd"),
            ("needed_10_percent", "plaatsen waarbij 10 % van de aanvragen wordt geweigerd"),
            ("smallest_scale", "kleinste schaal waarbij weigeringen en wachttijden kloppen"),
        ],
    ),
    ("meta", &[("key", "wat"), ("value", "de waarde")]),
    (
        "cities",
        &[
            ("scenario", "naam van het scenario"),
            ("figure", "wat is geteld"),
            ("unit", "eenheid van de waarde"),
            ("sees", "of het is wat er in het model gebeurt, of wat organisaties registreren"),
            ("city", "stad, of de vier samen"),
            ("year", "kalenderjaar; leeg voor alle jaren samen"),
            ("value", "gemiddelde over de simulaties"),
            ("low", "ondergrens van de marge; leeg bij één simulatie"),
            ("high", "bovengrens van de marge; leeg bij één simulatie"),
        ],
    ),
];

/// Meanings in Dutch of columns that several sheets have.
const DUTCH_OF_ALL: [(&str, &str); 2] = [
    ("withheld", "waarom cijfers van deze rij leeg zijn; leeg als er niets is weggelaten"),
    ("withheld_columns", "de kolommen waarvan de cijfers niet worden getoond"),
];

fn in_language(about: &About<'_>, words: [&'static str; 2]) -> &'static str {
    words[usize::from(about.request.language == Language::Nl)]
}

/// The words of a code in a column of a sheet; the code itself if it has none, such as the key of a parameter.
pub(super) fn shown(about: &About<'_>, layout: &Layout, column: &FileColumn, code: &str) -> String {
    let is_scenario = || about.run.recorded.scenarios.iter().any(|scenario| scenario.name == code);
    match column.name {
        "scenario" | "strategy" | "Strategy" | "reference" | "Reference" if is_scenario() => about.label(code),
        "measure" if Figure::named(code).is_some() => about.figure(code),
        "figure" => super::people::city_figure(about, code),
        "provider" => about.provider(code),
        "Perspective" => {
            let known = ["perspective", "payer"].map(|stem| about.words.known(&format!("{stem}.{code}")));
            known.into_iter().flatten().next().unwrap_or_else(|| code.to_owned())
        }
        "withheld_columns" => {
            let heading =
                |name: &str| layout.columns.iter().find(|column| column.name == name).map(|it| head(about, it));
            let names = code.split_whitespace().map(|name| heading(name).unwrap_or_else(|| name.to_owned()));
            names.collect::<Vec<_>>().join(", ")
        }
        "key" if layout.name == "inputs" => code.to_owned(),
        _ => {
            let known = CODES.iter().find(|(known, _)| *known == code);
            known.map_or_else(|| code.to_owned(), |(_, words)| in_language(about, *words).to_owned())
        }
    }
}

/// The heading of a column.
pub(super) fn head(about: &About<'_>, column: &FileColumn) -> String {
    if about.request.language == Language::Nl { column.dutch } else { column.name }.to_owned()
}

/// The meaning of a column.
fn meaning(about: &About<'_>, layout: &Layout, column: &FileColumn) -> String {
    if about.request.language == Language::En {
        return column.meaning.to_owned();
    }
    let own = DUTCH.iter().find(|(name, _)| *name == layout.name).map_or(&[][..], |(_, columns)| *columns);
    let known = own.iter().chain(&DUTCH_OF_ALL).find(|(name, _)| *name == column.name);
    known.map_or(column.dutch, |(_, words)| *words).to_owned()
}

/// The columns of the sheets of a workbook, each with its unit and meaning; `sheets` with their names.
pub(super) fn explained(about: &About<'_>, sheets: &[(String, &'static Layout)]) -> Vec<[String; 4]> {
    let rows = sheets.iter().flat_map(|(name, layout)| {
        layout.columns.iter().map(move |column| {
            let unit = CODES.iter().find(|(code, _)| *code == column.unit);
            let unit = unit.map_or(column.unit, |(_, words)| in_language(about, *words));
            let unit = if unit == "-" { "" } else { unit };
            [name.clone(), head(about, column), unit.to_owned(), meaning(about, layout, column)]
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::super::columns::{CAPACITY, CITIES, DRAWS, EFFECTS, ICERS, INPUTS, META, SUMMARY};
    use super::*;

    #[test]
    fn every_column_of_the_workbook_has_a_meaning_in_dutch() {
        for layout in [&SUMMARY, &INPUTS, &EFFECTS, &ICERS, &DRAWS, &CAPACITY, &META, &CITIES] {
            let own = DUTCH.iter().find(|(name, _)| *name == layout.name).expect(layout.name).1;
            for column in layout.columns {
                let known = own.iter().chain(&DUTCH_OF_ALL).any(|(name, _)| *name == column.name);
                assert!(known, "{}: {}", layout.name, column.name);
            }
            assert!(own.iter().all(|(name, _)| layout.columns.iter().any(|column| column.name == *name)));
        }
    }

    #[test]
    fn a_code_has_one_pair_of_words() {
        let mut codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CODES.len());
    }
}
