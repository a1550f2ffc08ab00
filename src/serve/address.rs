//! Addresses of pages: the query of a request as a mix and as what a page shows of it, and links to other pages.

use std::collections::BTreeMap;

use crate::planner::{BEST_PREFIX, Catalogue, Mix, MixFault};
use crate::report::Language;

/// Keys of a query that say what a page shows; all others are controls of the mix.
const OF_PAGES: [&str; 9] = ["lang", "city", "provider", "year", "figure", "measure", "m", "have", "go"];
/// Most mixes that are compared.
pub(super) const MOST_COMPARED: usize = 4;
/// Longest value that a page reads.
const LONGEST: usize = 8000;

/// What a request asks.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The language of the page.
    pub(super) language: Language,
    /// The mix of the query.
    pub(super) mix: Mix,
    /// Faults of controls that could not be read, and of the mix.
    pub(super) faults: Vec<MixFault>,
    /// Controls as the reader filled them in.
    pub(super) controls: BTreeMap<String, String>,
    /// What the page shows, by key.
    of_page: BTreeMap<String, String>,
    /// Queries of mixes to compare.
    pub(super) compared: Vec<String>,
    /// Controls of the question for the best mix; empty if none is asked.
    pub(super) best: BTreeMap<String, String>,
}

impl Asked {
    /// Reads a query or a form.
    pub(super) fn of(catalogue: &Catalogue, query: &[u8], usual: Language) -> Asked {
        let (mut of_page, mut controls, mut compared) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut best = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query) {
            let value: String = value.chars().take(LONGEST).collect();
            match name.as_ref() {
                "m" if !value.trim().is_empty() => compared.push(mix_part(&value).to_owned()),
                name if OF_PAGES.contains(&name) => drop(of_page.insert(name.to_owned(), value)),
                name if name.starts_with(BEST_PREFIX) => drop(best.insert(name.to_owned(), value.trim().to_owned())),
                name if !value.trim().is_empty() => drop(controls.insert(name.to_owned(), value)),
                _ => {}
            }
        }
        let address = Mix::from_controls(catalogue, &controls);
        let mut faults = address.faults;
        faults.extend(address.mix.faults(catalogue));
        let language = match of_page.get("lang").map(String::as_str) {
            Some("nl") => Language::Nl,
            Some("en") => Language::En,
            _ => usual,
        };
        best.retain(|_, value| !value.is_empty());
        Asked { language, mix: address.mix, faults, controls, of_page, compared, best }
    }

    /// What the page shows under a key; `None` if the request does not say.
    pub(super) fn shows(&self, key: &str) -> Option<&str> {
        self.of_page.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// The part of a pasted address that is the mix.
fn mix_part(text: &str) -> &str {
    let text = text.trim();
    text.split_once('?').map_or(text, |(_, query)| query)
}

/// A link to a page about a mix: the path, the query of the mix, and what the page shows.
pub(super) fn link(path: &str, mix: &str, shows: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in shows.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(key, value);
    }
    let shows = query.finish();
    let parts: Vec<&str> = [mix, &shows].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::MixLevel;

    #[test]
    fn a_query_is_a_mix_and_what_the_page_shows() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let asked = Asked::of(
            &catalogue,
            b"nhv=full&lang=nl&city=Den+Haag&m=/answer%3Fnhv%3Dfull%26lang%3Den&m=",
            Language::En,
        );
        assert_eq!(asked.mix, Mix::status_quo().with("nhv", MixLevel::Full));
        assert_eq!((asked.language, asked.shows("city")), (Language::Nl, Some("Den Haag")));
        assert_eq!(asked.compared, ["nhv=full&lang=en"]);
        assert!(asked.faults.is_empty());
    }

    #[test]
    fn what_cannot_be_read_stays_in_its_control_with_its_fault() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let asked = Asked::of(&catalogue, "nhv=full&nhv.from=sp%C3%A4ter&other=1".as_bytes(), Language::En);
        assert_eq!(asked.controls["nhv.from"], "später");
        let at: Vec<&str> = asked.faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(at, ["nhv.from", "other"]);
    }

    #[test]
    fn the_question_for_the_best_mix_is_no_control_of_a_mix() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let asked = Asked::of(&catalogue, b"best.budget=5&best.city=rotterdam&best.payer.rijk=&nhv=full", Language::En);
        assert!(asked.faults.is_empty(), "{:?}", asked.faults);
        let best: Vec<(&str, &str)> = asked.best.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(best, [("best.budget", "5"), ("best.city", "rotterdam")]);
    }

    #[test]
    fn links_hold_the_mix_and_escape_what_they_show() {
        assert_eq!(
            link("/answer", "nhv=full", &[("lang", "nl"), ("city", "Den Haag"), ("year", "")]),
            "/answer?nhv=full&lang=nl&city=Den+Haag"
        );
        assert_eq!(link("/", "", &[]), "/");
        assert_eq!(link("/compare", "", &[("m", "a=b&c=d")]), "/compare?m=a%3Db%26c%3Dd");
    }
}
