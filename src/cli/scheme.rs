//! `keten list interventions`: the scheme of the action programme (L474-501), four functions of the chain by three
//! target groups, with its gaps (*witte vlekken*) and the present measures; then a list of the measures.

use std::collections::{BTreeMap, BTreeSet};

use keten::error::{Error, Result};
use keten::interventions::{Card, Level, Path};
use keten::model::ModelFile;
use keten::money::Payer;
use keten::world::{ChainFunction, Month, TargetGroup};
use serde_json::{Map, Value, json};

use super::arguments::LanguageChoice;
use super::reach;

/// Width of the terminal, in columns, for which the lists are formatted.
const WIDTH: usize = 100;

/// The document's entry in a cell of the scheme, in English and in Dutch; `None` for a gap.
fn named_in_2008(function: ChainFunction, target: TargetGroup) -> Option<[&'static str; 2]> {
    match (function, target) {
        (ChainFunction::Detection, TargetGroup::Children) => {
            Some(["Domestic violence and pregnancy", "Huiselijk geweld en zwangerschap"])
        }
        (ChainFunction::Detection, TargetGroup::Perpetrators) => {
            Some(["Leading perpetrators to help", "Toeleiding van plegers naar hulp"])
        }
        (ChainFunction::Response, TargetGroup::Children) => {
            Some(["Guidance of children in the shelter", "Begeleiding kinderen in de opvang"])
        }
        (ChainFunction::Response, TargetGroup::Perpetrators) => {
            Some(["Criminal law for perpetrators", "Strafrechtelijke aanpak plegers"])
        }
        (ChainFunction::Response, TargetGroup::Victims) => Some(["Men's shelter", "Mannenopvang"]),
        _ => None,
    }
}

/// The texts of a language around the names of the cards.
struct Tongue {
    /// Index of the language in [`named_in_2008`].
    at: usize,
    title: &'static str,
    /// Headings of the function and of the target groups.
    across: [&'static str; 4],
    /// Names of the functions.
    down: [&'static str; 4],
    gap: &'static str,
    no_measure: &'static str,
    marks: &'static str,
    /// Headings of the list of cards.
    heads: [&'static str; 5],
    grades: &'static str,
    /// Singular and plural of "measure".
    counted: [&'static str; 2],
}

const ENGLISH: Tongue = Tongue {
    at: 0,
    title: "The scheme of the action programme (L474-501): functions of the chain by target group",
    across: ["Function", "Children", "Perpetrators", "Victims"],
    down: [
        "Prevention and awareness",
        "Detection, including report and referral",
        "Response: help, shelter and criminal law",
        "Aftercare",
    ],
    gap: "gap",
    no_measure: "no measure",
    marks: "In quotation marks: the text of the scheme of 2008 in that cell; gap: no text. Below it the measures \
            of this model: * is named in the scheme, - is not.",
    heads: ["measure", "level", "evidence", "title", "lines"],
    grades: "Level: the coverage in force. Evidence: rct_nl, a randomised trial in the Netherlands; rct_abroad, one \
             abroad; quasi, a comparison that was not randomised; none, no evaluation of effects.",
    counted: ["measure", "measures"],
};

const DUTCH: Tongue = Tongue {
    at: 1,
    title: "Het schema van het actieprogramma (L474-501): functies in de keten per doelgroep",
    across: ["Functie", "Kinderen", "Plegers", "Slachtoffers"],
    down: [
        "Preventie & bewustwording",
        "Signalering (inclusief melding en toeleiding)",
        "Interventies: hulpverlening, opvang, strafrechtelijk traject",
        "Nazorg",
    ],
    gap: "witte vlek",
    no_measure: "geen maatregel",
    marks: "Tussen aanhalingstekens: de tekst van het schema van 2008 in die cel; witte vlek: geen tekst. Daaronder \
            de maatregelen van dit model: * staat in het schema, - niet.",
    heads: ["maatregel", "niveau", "bewijs", "naam", "regels"],
    grades: "Niveau: de dekking die geldt. Bewijs: rct_nl, gerandomiseerd onderzoek in Nederland; rct_abroad, \
             gerandomiseerd onderzoek elders; quasi, vergelijking zonder randomisatie; none, geen effectonderzoek.",
    counted: ["maatregel", "maatregelen"],
};

/// Cards by function, target group and key.
fn sorted(cards: &BTreeMap<String, Card>) -> Vec<(&str, &Card)> {
    let mut list: Vec<_> = cards.iter().map(|(key, card)| (key.as_str(), card)).collect();
    list.sort_by_key(|(key, card)| (card.function, card.target, *key));
    list
}

/// The scheme and the list of cards, for a terminal.
pub(super) fn printed(model: &ModelFile, language: LanguageChoice) -> String {
    let tongue = match language {
        LanguageChoice::En => &ENGLISH,
        LanguageChoice::Nl => &DUTCH,
    };
    let cards = sorted(&model.interventions);
    let title = |card: &Card| match language {
        LanguageChoice::En => card.title.clone(),
        LanguageChoice::Nl => card.dutch.clone(),
    };
    let mut lines = vec![tongue.title.to_owned(), String::new()];

    let scheme = TextColumns { widths: vec![15, 24, 25, 27], between: " | " };
    scheme.row(&tongue.across.map(|head| vec![head.to_owned()]), &mut lines);
    for (function, name) in ChainFunction::ALL.iter().zip(tongue.down) {
        lines.push(scheme.widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("-+-"));
        let mut cells = vec![vec![name.to_owned()]];
        for target in TargetGroup::ALL {
            let head = named_in_2008(*function, *target)
                .map_or_else(|| tongue.gap.to_owned(), |words| format!("\"{}\"", words[tongue.at]));
            let mut cell = vec![head];
            for (key, card) in cards.iter().filter(|(_, card)| card.function == *function && card.target == *target) {
                let mark = if card.in_scheme { '*' } else { '-' };
                let full = title(card);
                // The short title omits a bracketed suffix.
                let short = full.split(" (").next().unwrap_or_default();
                cell.push(format!("{mark} {key}: {short}"));
            }
            if cell.len() == 1 {
                cell.push(tongue.no_measure.to_owned());
            }
            cells.push(cell);
        }
        scheme.row(&cells, &mut lines);
    }
    lines.push(String::new());
    lines.extend(wrap(tongue.marks, WIDTH));
    lines.push(String::new());

    let mut rows = vec![tongue.heads.map(str::to_owned)];
    for (key, card) in &cards {
        let level = level_word(card.level);
        rows.push([
            key.to_string(),
            level.to_owned(),
            card.evidence.word().to_owned(),
            title(card),
            card.lines.clone(),
        ]);
    }
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).min(24);
    let mut widths: Vec<usize> = (0..5).map(widest).collect();
    widths[3] = 0;
    widths[3] = WIDTH - 2 * 4 - widths.iter().sum::<usize>();
    let list = TextColumns { widths, between: "  " };
    for row in rows {
        list.row(&row.map(|cell| vec![cell]), &mut lines);
    }
    lines.push(String::new());
    lines.extend(wrap(tongue.grades, WIDTH));
    lines.push(String::new());
    list_reach(model, &cards, language, &mut lines);
    lines.push(String::new());
    lines.push(format!("{} {}", cards.len(), tongue.counted[usize::from(cards.len() != 1)]));
    lines.join("\n") + "\n"
}

/// Adds the list of reach, cost and effect.
fn list_reach(model: &ModelFile, cards: &[(&str, &Card)], language: LanguageChoice, lines: &mut Vec<String>) {
    let words = reach::words(language);
    let list = TextColumns { widths: vec![22, 17, 11, 11, 15, 14], between: "  " };
    list.row(&words.heads.map(|head| vec![head.to_owned()]), lines);
    for (key, card) in cards {
        let [who, coverage, places, cost, effect] = reach::row(model, card, words);
        list.row(&[key.to_string(), who, coverage, places, cost, effect].map(|cell| vec![cell]), lines);
    }
    lines.push(String::new());
    lines.extend(wrap(words.notes, WIDTH));
}

/// All cards as one array.
///
/// # Errors
/// An incomplete table of coverage, with its key.
pub(super) fn json(model: &ModelFile) -> Result<Value> {
    let cities = &model.places.cities;
    let mut all = Vec::new();
    for (key, card) in sorted(&model.interventions) {
        let mut coverage = Map::new();
        for level in [Level::StatusQuo, Level::Programme, Level::Full] {
            let path = Path::of(&card.coverage, level, cities.len()).map_err(|what| {
                Error::data(what, "see `keten explain` for what the table holds")
                    .at_key(format!("interventions.{key}.coverage"))
            })?;
            let last: Map<String, Value> = cities
                .iter()
                .enumerate()
                .map(|(city, name)| (name.clone(), path.at(city, Month(i16::MAX)).into()))
                .collect();
            coverage.insert(level_word(level).to_owned(), last.into());
        }
        let effects = card.programme.iter().flat_map(|programme| programme.effects.values());
        let mechanisms: BTreeSet<&str> = effects
            .map(|effect| effect.mechanism.word())
            .chain(card.programme.iter().flat_map(|form| form.shifts.values()).map(|it| it.of.mechanism().word()))
            .chain(card.everywhere.values().map(|everywhere| everywhere.mechanism.word()))
            .collect();
        let edges: Map<String, Value> =
            card.edges.iter().map(|(edge, chance)| (edge.word().to_owned(), chance.get().into())).collect();
        let payers: BTreeSet<Payer> = card.costs.values().map(|cost| cost.payer).collect();
        let mut fields = json!({
            "key": key,
            "title": card.title,
            "dutch": card.dutch,
            "function": card.function.word(),
            "target": card.target.word(),
            "lines": card.lines,
            "in_scheme": card.in_scheme,
            "chapter": card.chapter,
            "phase": card.phase,
            "level": level_word(card.level),
            "grade": card.evidence.word(),
            "coverage": coverage,
            "mechanisms": mechanisms,
            "edges": edges,
            "payers": payers.into_iter().map(Payer::word).collect::<Vec<_>>(),
        });
        if let Some(fields) = fields.as_object_mut() {
            fields.extend(reach::fields(model, card));
        }
        all.push(fields);
    }
    Ok(all.into())
}

fn level_word(level: Level) -> &'static str {
    level.column().unwrap_or("off")
}

/// Columns of given widths.
struct TextColumns {
    widths: Vec<usize>,
    between: &'static str,
}

impl TextColumns {
    /// Adds a row: the paragraphs of each cell, wrapped within its column.
    fn row(&self, cells: &[Vec<String>], lines: &mut Vec<String>) {
        let columns: Vec<Vec<String>> = cells
            .iter()
            .zip(&self.widths)
            .map(|(cell, width)| cell.iter().flat_map(|paragraph| wrap(paragraph, *width)).collect())
            .collect();
        for at in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
            let parts = columns.iter().zip(&self.widths).map(|(column, width)| {
                let part = column.get(at).map_or("", String::as_str);
                format!("{part:<width$}")
            });
            lines.push(parts.collect::<Vec<_>>().join(self.between).trim_end().to_owned());
        }
    }
}

/// Wraps text to lines of at most `width` characters. Text after a bullet (`* ` or `- `) is indented; a word wider than
/// a line is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mark = if text.starts_with("* ") || text.starts_with("- ") { &text[..2] } else { "" };
    let indent = mark.len();
    let mut lines = Vec::new();
    let (mut line, mut long) = (mark.to_owned(), indent);
    for word in text[indent..].split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let gap = usize::from(long > indent);
            if long + gap + word.len() <= width {
                line.extend(std::iter::repeat_n(' ', gap).chain(word.iter().copied()));
                long += gap + word.len();
                break;
            }
            if long == indent {
                let rest = word.split_off(width.saturating_sub(long).max(1).min(word.len()));
                line.extend(word);
                word = rest;
            }
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            long = indent;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_inside_its_column_and_long_words_are_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("* one two three", 7), ["* one", "  two", "  three"]);
        assert_eq!(wrap("reïntegratie", 5), ["reïnt", "egrat", "ie"]);
        assert_eq!(wrap("* abcdefghij", 6), ["* abcd", "  efgh", "  ij"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn the_scheme_of_2008_has_five_cells_and_seven_gaps() {
        let cells = ChainFunction::ALL
            .iter()
            .flat_map(|function| TargetGroup::ALL.iter().map(move |target| (*function, *target)));
        assert_eq!(cells.filter(|(function, target)| named_in_2008(*function, *target).is_some()).count(), 5);
    }
}
