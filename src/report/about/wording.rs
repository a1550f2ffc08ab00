//! Texts of a report that depend on the run: names, probabilities, ranges, and messages about missing data.

use super::About;
use crate::analysis::figures::Figure;
use crate::analysis::{Among, EffectPlace, ScenarioEffect};
use crate::report::city;
use crate::report::parameter_names::parameter_name;
use crate::report::view::PageBlock;
use crate::report::words::{Language, capital};
use crate::stats::pairs::Sides;
use crate::store::Labels;

/// With fewer simulations than this, their number is printed instead of a percentage.
const FEW_DRAWS: usize = 20;

impl About<'_> {
    /// Display name of a scenario, with an initial capital.
    pub(in crate::report) fn label(&self, name: &str) -> String {
        let scenario = self.run.recorded.scenarios.iter().find(|scenario| scenario.name == name);
        capital(&scenario.map_or_else(|| readable(name), |scenario| self.called(&scenario.labels, name)))
    }

    /// Display name of a scenario or variant of the experiment, in the language of the report if available.
    pub(in crate::report) fn called(&self, labels: &Labels, name: &str) -> String {
        let own = labels.label_nl.as_ref().filter(|_| self.request.language == Language::Nl);
        own.or(labels.label.as_ref()).map_or_else(|| readable(name), Clone::clone)
    }

    /// Title of the run.
    pub(in crate::report) fn title(&self) -> String {
        let dutch = self.run.recorded.title_nl.as_ref().filter(|_| self.request.language == Language::Nl);
        let title = dutch.unwrap_or(&self.run.manifest.title);
        self.city().map_or_else(|| title.clone(), |city| city::title(title, self.request.language, city))
    }

    /// Name of a figure.
    pub(in crate::report) fn figure(&self, key: &str) -> String {
        let of = usize::from(self.request.language == Language::Nl);
        Figure::named(key).map_or_else(|| key.replace('_', " "), |figure| figure.words[of].to_owned())
    }

    /// Short name of a figure, for rows of a chart.
    pub(in crate::report) fn short(&self, measure: &str) -> String {
        self.words.known(&format!("short.{measure}")).unwrap_or_else(|| capital(&self.figure(measure)))
    }

    /// A range of changes, each with its sign, as text: `−2,1 tot +0,4 %`.
    pub(in crate::report) fn percents_between(&self, low: f64, high: f64) -> String {
        let decimals = if low.abs().max(high.abs()) >= 0.0995 { 0 } else { 1 };
        let signed = |share: f64| {
            let text = self.numbers.percents(decimals).write(share);
            if text.starts_with(['−', '-']) || share <= 0.0 { text } else { format!("+{text}") }
        };
        let ends = [signed(low), signed(high)];
        // The sign of percent is written once, at the end.
        let first = ends[0].trim_end_matches(['%', '\u{a0}', ' ']);
        self.words.say("effect.limits", &[("low", first), ("high", &ends[1])])
    }

    /// Among whom a difference is counted.
    pub(in crate::report) fn among(&self, effect: &ScenarioEffect) -> String {
        self.words.get(match (effect.measure, effect.among) {
            ("births", _) => "effect.among_births",
            (_, Among::BothWorlds) => "effect.among_both",
            (_, Among::Cohort) => "effect.among_cohort",
            (_, Among::Everybody) => "effect.among_everybody",
        })
    }

    /// Place of a difference.
    pub(in crate::report) fn place(&self, effect: &ScenarioEffect) -> String {
        self.words.get(match effect.place {
            EffectPlace::Cities => "effect.cities",
            EffectPlace::Exported => "effect.exported",
            EffectPlace::Followed => "effect.followed",
        })
    }

    /// Number of simulations in which a figure is lower, equal and higher; in percent unless there are few.
    pub(in crate::report) fn sides(&self, sides: Sides) -> String {
        let [lower, equal, higher] = self.three(sides);
        let all = sides.all().to_string();
        let of = [("lower", &*lower), ("equal", &equal), ("higher", &higher), ("all", &all)];
        let few = sides.all() < FEW_DRAWS;
        self.words.say(if few { "effect.sides_of" } else { "effect.sides" }, &of)
    }

    /// Number of simulations in which a figure is lower, or higher.
    pub(in crate::report) fn side(&self, sides: Sides, lower: bool) -> String {
        let [less, _, more] = self.three(sides);
        let (count, key) = if lower { (less, "scale.side_less") } else { (more, "scale.side_more") };
        let all = sides.all().to_string();
        let key_of = if sides.all() < FEW_DRAWS { "scale.side_of" } else { "scale.side_share" };
        let count = self.words.say(key_of, &[("count", &*count), ("all", &all)]);
        self.words.say(key, &[("count", &count)])
    }

    /// The same for a table cell.
    pub(in crate::report) fn sides_cell(&self, sides: Sides) -> String {
        self.three(sides).join(" / ")
    }

    fn three(&self, sides: Sides) -> [String; 3] {
        if sides.all() < FEW_DRAWS {
            return [sides.lower, sides.equal, sides.higher].map(|count| count.to_string());
        }
        // The absence of ties is known from the draws; the other values are estimated probabilities.
        let [lower, equal, higher] = sides.shares();
        let tie =
            if sides.equal == 0 { self.numbers.percents(0).write(0.0) } else { self.chance_of(equal, sides.all()) };
        [self.chance_of(lower, sides.all()), tie, self.chance_of(higher, sides.all())]
    }

    /// A probability as a proportion of draws, which cannot distinguish none from few, nor all from most.
    pub(in crate::report) fn chance(&self, share: f64) -> String {
        self.chance_of(share, self.draws)
    }

    /// The same as a proportion of a number of draws, or replicates.
    fn chance_of(&self, share: f64, number: usize) -> String {
        let least = 1.0 / number.max(1) as f64;
        let whole = |share: f64| self.numbers.percents(0).write(share);
        if share < least {
            self.words.say("value.under", &[("share", &whole(least))])
        } else if share > 1.0 - least {
            self.words.say("value.over", &[("share", &whole(1.0 - least))])
        } else {
            whole(share)
        }
    }

    /// Block that replaces the results of a missing table.
    pub(in crate::report) fn missing(&self, table: &str) -> PageBlock {
        PageBlock::missing(self.words.say("missing.table", &[("table", table)]))
    }

    /// Block that replaces differences.
    pub(in crate::report) fn single(&self) -> PageBlock {
        PageBlock::missing(self.words.get(if self.takes_away() { "missing.measure" } else { "missing.scenario" }))
    }

    /// Meaning of a range of differences in this run.
    pub(in crate::report) fn range_is(&self) -> String {
        self.words.get(if self.draws > 1 { "effect.range_draws" } else { "effect.range_mean" })
    }

    /// Meaning of a range, and of a draw if it is a range of draws; to be stated once.
    pub(in crate::report) fn range_explained(&self) -> String {
        let draws = (self.draws > 1).then(|| self.words.get("effect.of_draws"));
        std::iter::once(self.range_is()).chain(draws).collect::<Vec<_>>().join(" ")
    }

    /// A range of ratios or small numbers as text.
    pub(in crate::report) fn limits(&self, (low, high): (f64, f64)) -> String {
        let of = [("low", &*self.numbers.about(low)), ("high", &self.numbers.about(high))];
        self.words.say("effect.limits", &of)
    }

    /// Text for a key that consists of a stem and data; the data itself, made readable, if the catalog has no text.
    pub(in crate::report) fn of(&self, stem: &str, word: &str) -> String {
        let key = format!("{stem}.{word}");
        self.words.known(&key).unwrap_or_else(|| word.replace(['_', '-'], " "))
    }

    /// The range of a proportion as text; `None` if it is uninformative, from 0 to 1.
    pub(in crate::report) fn share_limits(&self, (low, high): (f64, f64)) -> Option<String> {
        let ends = [low, high].map(|share| self.numbers.percents(0).write(share.clamp(0.0, 1.0)));
        let all = [0.0, 1.0].map(|share| self.numbers.percents(0).write(share));
        (ends != all).then(|| self.words.say("effect.limits", &[("low", &*ends[0]), ("high", &ends[1])]))
    }

    /// Name of a provider: from the catalog, or from the card of the measure.
    pub(in crate::report) fn provider(&self, key: &str) -> String {
        let title = if self.request.language == Language::Nl { "dutch" } else { "title" };
        let card = self.run.manifest.model().card(key);
        let known = self.words.known(&format!("provider.{key}"));
        let words = known.or_else(|| card?[title].as_str().or_else(|| card?["title"].as_str()).map(str::to_owned));
        words.unwrap_or_else(|| key.replace('_', " "))
    }

    /// Name of a parameter: each part of its dotted key in the language of the report, or a text for the whole key.
    pub(in crate::report) fn parameter(&self, key: &str) -> String {
        parameter_name(&self.words, key, &|whose| self.provider(whose))
    }
}

/// A name without the signs that join its words.
fn readable(name: &str) -> String {
    name.replace(['-', '_'], " ")
}
