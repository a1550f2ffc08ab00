//! Pairs of scenarios that are compared.

use crate::store::Run;

/// Every scenario of a run with its comparator, in the order of the run; under a variant this is the comparator under
/// that variant. Scenarios that remove causation are left out.
pub fn rivals(run: &Run) -> Vec<(String, String)> {
    let names = run.manifest.scenarios.iter().map(|scenario| scenario.name.as_str());
    pairs_of(names.filter(|name| !run.recorded.removes_causation(name)), &run.recorded.comparator)
}

fn pairs_of<'a>(names: impl Iterator<Item = &'a str>, comparator: &str) -> Vec<(String, String)> {
    let of = |name: &str| {
        name.split_once('@').map_or_else(|| comparator.to_owned(), |(_, variant)| format!("{comparator}@{variant}"))
    };
    names.map(|name| (name.to_owned(), of(name))).filter(|(name, rival)| name != rival).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn under_a_variant_the_comparator_is_the_one_under_it() {
        let names = ["quo", "nhv", "quo@zero", "nhv@zero"];
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(pairs_of(names.into_iter(), "quo"), [pair("nhv", "quo"), pair("nhv@zero", "quo@zero")]);
        assert_eq!(pairs_of(["a", "b"].into_iter(), "b"), [pair("a", "b")]);
        assert_eq!(pairs_of(["a"].into_iter(), "a"), []);
    }
}
