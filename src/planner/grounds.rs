//! What a figure or a measure rests on: parameters with their source and grade.
//!
//! A few draws cannot say how much each of several hundred parameters matters, so this list follows from the structure of
//! the model: which parameters decide the figure, the least certain first. The full report ranks them by simulation when a
//! run has enough draws.

use super::catalogue::Catalogue;
use super::mix::Mix;
use crate::config::{Parameter, Prior};

/// Most parameters of a list.
pub const MOST_GROUNDS: usize = 10;

/// A parameter that a figure or a measure rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    /// The parameter with its passport.
    pub parameter: Parameter,
    /// Range that holds 90 % of its values; `None` if it is fixed.
    pub range: Option<(f64, f64)>,
    /// The reference in full, if the source is one of the reference list.
    pub citation: Option<String>,
}

/// Tables of the model, besides the cards of the mix, that decide a figure.
fn tables(figure: &str) -> &'static [&'static str] {
    match figure {
        "children_maltreated" => &["violence.maltreatment."],
        "first_exposed" | "children_witnessing" => &["violence.onset.", "violence.course."],
        "next_generation_used" | "next_generation_suffered" => &["transmission."],
        "euro" | "euro_municipality" | "euro_rijk" | "euro_awbz" | "euro_justice" | "euro_other" => &["money."],
        "qaly_lost" => &["money.health."],
        "shelter_women" | "shelter_refusals" => &["chain.shelter."],
        "police_reports" | "amk_contacts" => &["chain."],
        "euro_measures" => &[],
        _ => &["violence.onset.", "violence.course."],
    }
}

/// Whether a parameter of a card decides a figure: prices decide euro only.
fn of_card(figure: &str, key: &str) -> bool {
    let is_price = key.contains(".costs.");
    if figure.starts_with("euro") {
        is_price || key.contains(".uptake") || key.contains(".completes")
    } else {
        !is_price
    }
}

impl Catalogue {
    /// Parameters on the card of a measure, the least certain first.
    pub fn grounds_of_measure(&self, key: &str) -> Vec<Ground> {
        let prefix = format!("interventions.{key}.");
        self.grounds(|key| key.starts_with(&prefix))
    }

    /// Parameters that decide a figure of a mix: those of its measures, then those of the model; the least certain first,
    /// at most [`MOST_GROUNDS`] of each.
    pub fn grounds_of_figure(&self, mix: &Mix, figure: &str) -> Vec<Ground> {
        let prefixes: Vec<String> = mix.active(self.cities()).map(|card| format!("interventions.{card}.")).collect();
        let own = |key: &str| prefixes.iter().any(|prefix| key.starts_with(prefix)) && of_card(figure, key);
        let mut found = self.grounds(own);
        found.truncate(MOST_GROUNDS);
        let mut rest = self.grounds(|key| tables(figure).iter().any(|table| key.starts_with(table)));
        rest.truncate(MOST_GROUNDS);
        found.into_iter().chain(rest).collect()
    }

    fn grounds(&self, holds: impl Fn(&str) -> bool) -> Vec<Ground> {
        let of = |parameter: &Parameter| {
            let prior = Prior::of(self.merged(), &parameter.key).ok().filter(|prior| !prior.is_fixed());
            let range = prior.map(|prior| (prior.quantile(0.05), prior.quantile(0.95)));
            let range = range.filter(|(low, high)| low.is_finite() && high.is_finite());
            let citation = self.merged().references.get(&parameter.source).map(|reference| reference.citation());
            Ground { parameter: parameter.clone(), range, citation }
        };
        let mut found: Vec<Ground> = self.parameters().iter().filter(|it| holds(&it.key)).map(of).collect();
        found.sort_by(|a, b| b.width().total_cmp(&a.width()).then_with(|| a.parameter.key.cmp(&b.parameter.key)));
        found
    }
}

impl Ground {
    /// Width of the range relative to the value; 0 if fixed.
    fn width(&self) -> f64 {
        let Some((low, high)) = self.range else { return 0.0 };
        let size = self.parameter.value.abs().max(low.abs()).max(high.abs());
        if size > 0.0 { (high - low) / size } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::MixLevel;

    #[test]
    fn figures_rest_on_the_cards_of_the_mix_and_on_the_model() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let mix = Mix::status_quo().with("nhv", MixLevel::Full);
        let keys = |figure: &str| -> Vec<String> {
            catalogue.grounds_of_figure(&mix, figure).into_iter().map(|ground| ground.parameter.key).collect()
        };
        let next = keys("next_generation_used");
        assert!(next.iter().any(|key| key.starts_with("interventions.nhv.")), "{next:?}");
        assert!(next.iter().any(|key| key.starts_with("transmission.")), "{next:?}");
        assert!(next.iter().all(|key| !key.contains(".costs.")), "{next:?}");
        assert!(keys("euro_measures").iter().any(|key| key.contains(".costs.")));
        let children = keys("children_maltreated");
        assert!(children.iter().any(|key| key.starts_with("violence.maltreatment.")));
        assert!(children.len() <= 2 * MOST_GROUNDS);
    }

    #[test]
    fn the_least_certain_parameter_of_a_measure_comes_first() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        let grounds = catalogue.grounds_of_measure("nhv");
        assert!(grounds.len() > 5);
        assert!(grounds.windows(2).all(|two| two[0].width() >= two[1].width()));
        assert!(grounds[0].range.is_some());
        assert!(grounds.iter().any(|ground| ground.citation.is_some()), "a source of the reference list");
    }
}
