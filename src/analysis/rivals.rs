//! Pairs of scenarios that are compared.

use crate::store::Run;

/// Whether a scenario of a run is a measure or the comparator: not under a variant, and not one that removes causation
/// in order to measure it.
pub fn is_measure(run: &Run, scenario: &str) -> bool {
    !scenario.contains('@') && run.manifest.config["experiment"]["scenarios"][scenario]["removes"].is_null()
}

/// The comparator of a run: the one that the experiment names, or else its first scenario that is a measure or the
/// status quo.
pub fn comparator(run: &Run) -> &str {
    let named = run.manifest.config["experiment"]["comparator"].as_str();
    let mut names = run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
    named.or_else(|| names.find(|name| is_measure(run, name))).unwrap_or_default()
}

/// Every scenario of a run with its comparator, in the order of the run; under a variant this is the comparator under
/// that variant. Scenarios that remove causation are left out.
pub fn rivals(run: &Run) -> Vec<(String, String)> {
    let names = run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
    let names = names.filter(|name| is_measure(run, name.split('@').next().unwrap_or(name)));
    pairs_of(names, run.manifest.config["experiment"]["comparator"].as_str())
}

fn pairs_of<'a>(names: impl Iterator<Item = &'a str>, comparator: Option<&str>) -> Vec<(String, String)> {
    let names: Vec<&str> = names.collect();
    let comparator = comparator.or(names.first().copied()).unwrap_or_default();
    let of = |name: &str| {
        name.split_once('@').map_or_else(|| comparator.to_owned(), |(_, variant)| format!("{comparator}@{variant}"))
    };
    names.into_iter().map(|name| (name.to_owned(), of(name))).filter(|(name, rival)| name != rival).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_a_variant_the_comparator_is_the_one_under_it() {
        let names = ["quo", "nhv", "quo@zero", "nhv@zero"];
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pairs_of(names.into_iter(), None), [pair("nhv", "quo"), pair("nhv@zero", "quo@zero")]);
        assert_eq!(pairs_of(["a", "b"].into_iter(), Some("b")), [pair("a", "b")]);
        assert_eq!(pairs_of(["a"].into_iter(), None), []);
    }
}
