//! The same persons in two scenarios: cases prevented, delayed and caused, and the paths to them.

use crate::analysis::Persons;
use crate::analysis::lives::{EventRow, FirstEvent, KinGroup, PathStep, RecordedSex, StepRow, Stratum};
use crate::report::about::About;
use crate::report::numbers::{ABSENT, FEWEST};
use crate::report::view::{Grid, PageBlock, Section};
use crate::report::words::capital;
use crate::stats::pairs::{Mean, Sides};

pub(super) fn section(about: &About<'_>) -> Section {
    let words = &about.words;
    let mut blocks = vec![PageBlock::Lead { text: words.get("persons.lead") }];
    match &about.persons {
        _ if about.effects.is_none() => blocks.push(about.single()),
        None => blocks.push(about.missing("lives")),
        Some(all) => {
            for persons in all {
                let name = capital(&about.label(&persons.scenario));
                blocks.extend(PageBlock::more(name, of_scenario(about, persons)));
            }
            let how = ["persons.how", "persons.note"].map(|key| PageBlock::text(words.get(key)));
            blocks.extend(PageBlock::more(words.get("persons.reading"), how.into()));
        }
    }
    Section { id: "persons", title: words.get("persons.title"), blocks }
}

fn of_scenario(about: &About<'_>, persons: &Persons) -> Vec<PageBlock> {
    let (words, name) = (&about.words, about.label(&persons.scenario));
    let mut blocks = Vec::new();
    if about.reach(&persons.scenario).is_some_and(|reach| reach.same_world) {
        blocks.push(PageBlock::text(words.get("answer.same_world")));
        return blocks;
    }
    let whole = persons.aggregate.rows.iter().find(|row| row.stratum == Stratum::Whole);
    let sentences =
        whole.into_iter().flat_map(|row| row.events.iter()).map(|(event, row)| sentence(about, *event, row));
    blocks.push(PageBlock::List { items: sentences.collect(), ordered: false });
    let of = [
        ("fewer", &*count(about, &persons.aggregate.comparator_only)),
        ("more", &count(about, &persons.aggregate.scenario_only)),
    ];
    let key = if persons.aggregate.comparator_only.mean == persons.aggregate.scenario_only.mean {
        "persons.births_same"
    } else {
        "persons.births"
    };
    blocks.push(PageBlock::text(words.say(key, &of)));
    let head = ["who", "event", "net", "prevented", "caused", "delayed"];
    let head = head.iter().map(|column| about.of("persons.column", column)).collect();
    let caption = words.say("persons.table", &[("name", &name)]);
    blocks.push(PageBlock::Table(Grid::folded(caption, head, rows(about, persons))));
    blocks.extend(path(about, persons, &name));
    blocks
}

/// A number of real persons, or the text for too few.
fn count(about: &About<'_>, mean: &Mean) -> String {
    about.numbers.unless_few(mean.mean / about.scale, mean.mean)
}

fn event(about: &About<'_>, event: FirstEvent) -> String {
    about.of(
        "persons.event",
        match event {
            FirstEvent::Exposed => "exposed",
            FirstEvent::Used => "used",
            FirstEvent::Suffered => "suffered",
        },
    )
}

/// Converts the sides of a net effect (prevented minus caused) to sides of the figure itself.
pub(in crate::report) fn fewer(net: Sides) -> Sides {
    Sides { lower: net.higher, equal: net.equal, higher: net.lower }
}

/// The net effect first, then its components.
fn sentence(about: &About<'_>, of: FirstEvent, row: &Option<EventRow>) -> String {
    let (words, numbers) = (&about.words, about.numbers);
    let what = event(about, of);
    let few = || {
        let differ = row.is_none_or(|row| row.prevented.mean + row.caused.mean > 0.0);
        words.say(if differ { "persons.few" } else { "persons.same" }, &[("what", &what)])
    };
    let Some(row) = row.filter(|row| row.prevented.mean + row.caused.mean >= FEWEST) else { return few() };
    let real = |value: f64| numbers.about(value / about.scale);
    let least = real(row.prevented_bounds.0);
    let limits = row.net.mean.range;
    let clear = limits.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    let key = match (clear, row.net.mean.mean > 0.0) {
        (false, _) => "persons.unclear",
        (true, true) => "persons.less",
        (true, false) => "persons.more",
    };
    let direction = words.get(if row.net.mean.mean > 0.0 { "effect.fewer" } else { "effect.more" });
    let of = [
        ("what", &*what),
        ("direction", &direction),
        ("net", &real(row.net.mean.mean.abs())),
        ("prevented", &numbers.unless_few(row.prevented.mean / about.scale, row.prevented.mean)),
        ("caused", &numbers.unless_few(row.caused.mean / about.scale, row.caused.mean)),
        ("least", &least),
        ("sides", &capital(&about.sides(fewer(row.net.sides)))),
    ];
    words.say(key, &of)
}

fn rows(about: &About<'_>, persons: &Persons) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for row in &persons.aggregate.rows {
        let Some(who) = who(about, row.stratum) else { continue };
        let main = matches!(row.stratum, Stratum::Whole | Stratum::Spill | Stratum::Group(_));
        let enough = |cells: &Option<EventRow>| cells.is_some_and(|of| of.prevented.mean + of.caused.mean >= FEWEST);
        let shown = row.events.iter().filter(|(_, cells)| main || enough(cells));
        rows.extend(shown.map(|(of, cells)| cells_of(about, &who, *of, cells)));
    }
    rows
}

fn cells_of(about: &About<'_>, who: &str, of: FirstEvent, cells: &Option<EventRow>) -> Vec<String> {
    let numbers = about.numbers;
    let mut line = vec![who.to_owned(), event(about, of)];
    let Some(cells) = cells else {
        line.extend(std::iter::repeat_n(numbers.few(), 4));
        return line;
    };
    let real = |value: f64| numbers.about(value / about.scale);
    let between =
        |low: f64, high: f64| about.words.say("persons.between", &[("low", &real(low)), ("high", &real(high))]);
    let with = |mean: f64, limits: Option<(f64, f64)>| {
        limits.map_or_else(|| real(mean), |(low, high)| format!("{} ({})", real(mean), between(low, high)))
    };
    let few = |simulated: f64| simulated < FEWEST;
    let net = with(cells.net.mean.mean, cells.net.mean.range);
    line.push(if few(cells.prevented.mean + cells.caused.mean) { numbers.few() } else { net });
    for (mean, bounds) in [(cells.prevented.mean, cells.prevented_bounds), (cells.caused.mean, cells.caused_bounds)] {
        line.push(if few(mean) { numbers.few() } else { with(mean, Some(bounds)) });
    }
    line.push(numbers.unless_few(cells.delayed / about.scale, cells.delayed));
    line
}

/// Name of a stratum of persons; `None` for an unknown property.
fn who(about: &About<'_>, stratum: Stratum) -> Option<String> {
    let words = &about.words;
    Some(match stratum {
        Stratum::Whole => words.get("persons.who.all"),
        Stratum::Spill => words.get("persons.who.spill"),
        Stratum::Group(KinGroup::Reached) => words.get("persons.who.reached"),
        Stratum::Group(KinGroup::Child) => words.get("persons.who.child"),
        Stratum::Group(KinGroup::Grandchild) => words.get("persons.who.grandchild"),
        Stratum::Group(KinGroup::Other) => return None,
        Stratum::Generation(u8::MAX) => return None,
        Stratum::Generation(number) => words.say("persons.who.generation", &[("number", &number.to_string())]),
        Stratum::Decade(year) => {
            words.say("persons.who.born", &[("from", &year.to_string()), ("until", &(year + 9).to_string())])
        }
        Stratum::Sex(RecordedSex::Male) => words.get("persons.who.male"),
        Stratum::Sex(RecordedSex::Female) => words.get("persons.who.female"),
        Stratum::City(at) => {
            let name = about.cities.get(usize::from(at))?;
            if name == "elsewhere" { words.get("persons.who.elsewhere") } else { name.clone() }
        }
        Stratum::Quintile(0) => return None,
        Stratum::Quintile(fifth) => words.say("persons.who.fifth", &[("number", &fifth.to_string())]),
    })
}

/// From the women who were reached to their grandchildren, and from children who were reached to theirs.
fn path(about: &About<'_>, persons: &Persons, name: &str) -> Vec<PageBlock> {
    let words = &about.words;
    let steps: Vec<(PathStep, StepRow)> =
        persons.aggregate.path.iter().filter_map(|(step, row)| Some((*step, (*row)?))).collect();
    if steps.is_empty() {
        return vec![PageBlock::text(words.get("persons.no_path"))];
    }
    let numbers = about.numbers;
    let row = |(step, row): &(PathStep, StepRow)| {
        let (before, after) = row.per_thousand;
        if !row.shown() {
            let persons = numbers.whole(row.persons.round() / about.scale);
            return vec![about.of("persons.step", word(*step)), persons, numbers.few(), numbers.few(), numbers.few()];
        }
        let needed = row.needed_limits.zip(row.needed).map(|((low, high), needed)| {
            let (low, high) = (low.min(high), low.max(high));
            format!(
                "{} ({})",
                numbers.about(needed),
                words.say("persons.between", &[("low", &numbers.about(low)), ("high", &numbers.about(high))])
            )
        });
        vec![
            about.of("persons.step", word(*step)),
            numbers.whole(row.persons.round() / about.scale),
            numbers.about(before),
            numbers.about(after),
            needed
                .unwrap_or_else(|| if row.needed.is_some() { words.get("persons.unsure") } else { ABSENT.to_owned() }),
        ]
    };
    let head = ["step", "persons", "before", "after", "needed"];
    let head = head.iter().map(|column| about.of("persons.path_column", column)).collect();
    let caption = words.say("persons.path", &[("name", name)]);
    vec![PageBlock::Table(Grid::open(caption, head, steps.iter().map(row).collect()))]
}

fn word(step: PathStep) -> &'static str {
    match step {
        PathStep::MotherSuffers => "suffers",
        PathStep::MotherUses => "uses",
        PathStep::ChildExposed => "child_exposed",
        PathStep::ChildSuffers => "child_suffers",
        PathStep::ChildUses => "child_uses",
        PathStep::GrandchildExposed => "grandchild",
        PathStep::ReachedExposed => "reached_exposed",
        PathStep::ReachedSuffers => "reached_suffers",
        PathStep::ReachedUses => "reached_uses",
        PathStep::TheirChildExposed => "their_child",
    }
}
