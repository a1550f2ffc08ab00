//! A report about one city: the name of the city in the texts, in place of the four cities.

use super::words::{Language, Words};

/// Families of texts that keep the word for all cities: names of parameters and processes, and texts that compare the
/// cities with each other.
const KEPT: [&str; 7] = ["path.", "path_of.", "process.", "city.", "cities.", "fit.", "programme_money."];

/// Phrases that name the four cities, and what a report about one city says: `{}` is the city. Longer phrases first.
const ENGLISH: [(&str, &str); 8] = [
    ("the four large Dutch cities", "{}"),
    ("the four cities together", "{}"),
    ("Four cities together", "{}"),
    ("the four cities have", "{} has"),
    ("the four cities", "{}"),
    ("four cities together", "{}"),
    ("The four cities", "{}"),
    ("the cities", "the city"),
];
const DUTCH: [(&str, &str); 9] = [
    ("de vier grote steden", "{}"),
    ("de vier steden samen", "{}"),
    ("Vier steden samen", "{}"),
    ("vier steden samen", "{}"),
    ("tellen de vier steden", "telt {}"),
    ("de vier steden", "{}"),
    ("De vier steden", "{}"),
    ("de echte steden", "de echte stad"),
    ("de steden", "de stad"),
];

/// A text in which the city takes the place of the four cities.
pub(super) fn in_city(text: &str, language: Language, city: &str) -> String {
    let phrases: &[(&str, &str)] = match language {
        Language::En => &ENGLISH,
        Language::Nl => &DUTCH,
    };
    phrases.iter().fold(text.replace("the real cities", "the real city"), |text, (of_all, of_one)| {
        text.replace(of_all, &of_one.replace("{}", city))
    })
}

/// The texts of a report about a city.
pub(super) fn words(language: Language, city: &str, words: Words) -> Words {
    words.changed(|key, text| {
        let kept = KEPT.iter().any(|family| key.starts_with(family));
        (!kept).then(|| in_city(text, language, city))
    })
}

/// The title of a report about a city; it contains the name of the city.
pub(super) fn title(title: &str, language: Language, city: &str) -> String {
    let own = in_city(title, language, city);
    if own.contains(city) { own } else { format!("{city}: {own}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_takes_the_place_of_the_four() {
        let en = |text: &str| in_city(text, Language::En, "Den Haag");
        assert_eq!(en("In the model the four cities have 5 people"), "In the model Den Haag has 5 people");
        assert_eq!(en("People who left the cities"), "People who left the city");
        let nl = |text: &str| in_city(text, Language::Nl, "Den Haag");
        assert_eq!(nl("In het model tellen de vier steden 5 mensen"), "In het model telt Den Haag 5 mensen");
        assert_eq!(nl("geweld in de vier grote steden"), "geweld in Den Haag");
        assert_eq!(title("The four cities, 2008 to 2047", Language::En, "Utrecht"), "Utrecht, 2008 to 2047");
        assert_eq!(title("First run", Language::En, "Utrecht"), "Utrecht: First run");
    }

    #[test]
    fn no_text_of_a_report_about_a_city_names_the_four_without_saying_so() {
        for language in Language::ALL {
            let own = words(language, "Utrecht", Words::new(language).expect("a catalog"));
            own.changed(|key, text| {
                let kept = KEPT.iter().any(|family| key.starts_with(family));
                let plain = text.to_lowercase();
                let named =
                    ["four cities", "four large", "vier steden", "vier grote"].iter().any(|it| plain.contains(it));
                assert!(kept || !named, "{key}: {text}");
                None
            });
        }
    }
}
