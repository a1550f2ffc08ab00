//! The four cities side by side, and what a report about one city says and leaves out.

use crate::analysis::benchmark::{Benchmark, CityFigure, CityValue, FigureForm};
use crate::analysis::{CityChange, city_changes};
use crate::error::Result;
use crate::report::about::{About, blocks_or_fault};
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::{Language, capital};
use crate::tables::ALL_CITIES;

/// Chapters whose figures are of all cities together: how violence passes on between generations (children may grow up
/// in another city), and the comparison with evidence.
const NOT_BY_CITY: [&str; 2] = ["generations", "fit"];

/// The parameter of the model by which chances of the chain differ between the cities.
const OF_CITY: &str = "chain.detection.city";

/// Figures for which the cities are compared in what a measure changes: key of the text, and columns of `yearly`.
const CHANGES: [(&str, &[&str]); 3] =
    [("victims", &["victims_men", "victims_women"]), ("exposed", &["first_exposed"]), ("reports", &["police_reports"])];

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("cities.lead") }];
    match &about.benchmark {
        None => blocks.push(about.missing("yearly")),
        Some(found) => {
            if about.passport(OF_CITY).is_some() {
                blocks.push(PageBlock::text(words.get("cities.how")));
            }
            let mut inside = vec![PageBlock::Table(side_by_side(about, found))];
            inside.extend(blocks_or_fault(changes(about, found)));
            inside.push(PageBlock::note(words.get("cities.note")));
            blocks.extend(PageBlock::more(words.get("cities.more"), inside));
        }
    }
    Section { id: "cities", title: words.get("cities.title"), blocks }
}

/// The chapters of a report. One about a city leaves out those that are not by city, and says at its beginning what its
/// numbers are and what is left out.
pub(super) fn for_city(about: &About<'_>, mut sections: Vec<Section>) -> Vec<Section> {
    let Some(city) = about.city() else { return sections };
    let is_shown = |section: &Section| !NOT_BY_CITY.contains(&section.id);
    let left_out = sections.iter().filter(|section| !is_shown(section)).map(|section| format!("“{}”", section.title));
    let left_out = left_out.collect::<Vec<_>>().join(", ");
    sections.retain(is_shown);
    let note = match left_out.is_empty() {
        true => about.words.say("city.note", &[("city", city)]),
        false => about.words.say("city.note_left_out", &[("city", city), ("chapters", &left_out)]),
    };
    if let Some(first) = sections.first_mut() {
        first.blocks.insert(first.blocks.len().min(1), PageBlock::note(note));
    }
    sections
}

/// Name of a column: a city, or all of them together.
fn city_name(about: &About<'_>, city: &str) -> String {
    if city == ALL_CITIES { about.words.get("cities.all") } else { city.to_owned() }
}

/// Every figure under the comparator: a column for each city, means over the years.
fn side_by_side(about: &About<'_>, found: &Benchmark) -> Grid {
    let (words, base) = (&about.words, about.base());
    let head = std::iter::once(words.get("cities.figure"));
    let head = head.chain(found.cities.iter().map(|city| city_name(about, city))).collect();
    let language = usize::from(about.request.language == Language::Nl);
    let row = |figure: &'static CityFigure| {
        let cells = found.cities.iter().map(|city| match found.value(base, figure, city, None) {
            Some(value) => cell(about, figure.form, value),
            None => ABSENT.to_owned(),
        });
        std::iter::once(capital(figure.words[language])).chain(cells).collect::<Vec<String>>()
    };
    let (first, last) = about.years;
    let of = [("base", &*about.label(base)), ("first", &first.to_string()), ("last", &last.to_string())];
    Grid::open(words.say("cities.table", &of), head, found.figures().map(row).collect())
}

/// A figure as text; the text for too few if it rests on few simulated persons or cases.
fn cell(about: &About<'_>, form: FigureForm, value: CityValue) -> String {
    let (numbers, mean) = (about.numbers, value.mean.mean);
    if value.simulated < FEWEST && value.simulated > 0.0 {
        return numbers.few();
    }
    match form {
        FigureForm::Number | FigureForm::PerThousand | FigureForm::Months => numbers.about(mean),
        FigureForm::Share => numbers.percent(mean),
        FigureForm::Euro => numbers.euro(mean),
    }
}

/// What each measure changes in every city and in all of them together, with the range over draws and replicates.
fn changes(about: &About<'_>, found: &Benchmark) -> Result<Vec<PageBlock>> {
    let words = &about.words;
    let mut rows = Vec::new();
    for scenario in about.others() {
        for (key, columns) in CHANGES {
            let all = city_changes(about.run, columns, [scenario, about.base()])?;
            for city in &found.cities {
                let change = all.iter().find(|change| change.city == *city);
                let change = change.map_or_else(|| ABSENT.to_owned(), |change| changed(about, change));
                let (measure, figure) = (capital(&about.label(scenario)), about.of("cities.change", key));
                rows.push(vec![measure, figure, city_name(about, city), change]);
            }
        }
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let head =
        ["effect.column.scenario", "cities.figure", "cities.city", "cities.changed"].map(|key| words.get(key)).to_vec();
    Ok(vec![
        PageBlock::text(words.get("cities.changes_how")),
        PageBlock::Table(Grid::open(words.get("cities.changes"), head, rows)),
    ])
}

/// A difference with its range, or the text for too few.
fn changed(about: &About<'_>, change: &CityChange) -> String {
    let (numbers, words) = (about.numbers, &about.words);
    if change.simulated < FEWEST && change.simulated > 0.0 {
        return numbers.few();
    }
    let mean = numbers.signed(change.difference.mean);
    match change.difference.range {
        Some((low, high)) => {
            let [low, high] = [low, high].map(|end| numbers.signed(end));
            words.say("cities.range", &[("mean", &*mean), ("low", &low), ("high", &high)])
        }
        None => mean,
    }
}
