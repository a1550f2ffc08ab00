//! Violence again after help: of the people who started with a service or left it by a way out, the shares with
//! violence, a report and a conviction afterwards, beside the same route under the comparator.

use crate::analysis::recurrence::{HORIZONS, Recurrence, RecurrenceShares, TABLE};
use crate::report::about::About;
use crate::report::numbers::{ABSENT, FEWEST, Numbers};
use crate::report::view::{Grid, PageBlock};
use crate::report::words::{Words, capital};

/// The start of a service and the ways out of it, as in the table and in the order of the rows.
const ENTRIES: [&str; 6] = ["started", "completed", "dropped_out", "not_shown", "gave_up", "refused"];
/// What recurs, as in the table and in the order of the rows.
const ROLES: [&str; 3] = ["user", "victim", "child"];
/// What is counted within each number of months, in the order of the columns and of [`counted`].
const COUNTED: [&str; 3] = ["again", "reported", "convicted"];

/// Most scenarios with a table of their own: a page with more of them is slow to open on a phone.
const MOST_TABLES: usize = 4;

/// A row of a table: one route, with its figures within each number of months of [`HORIZONS`].
#[derive(Debug)]
struct RouteLine<'a> {
    service: &'a str,
    role: &'static str,
    entry: &'static str,
    by_months: [Option<&'a Recurrence>; HORIZONS.len()],
}

/// The explanation and a table for each scenario beside the comparator, behind one line; for the comparator alone if the
/// run compares no measures.
pub(super) fn blocks(about: &About<'_>) -> Vec<PageBlock> {
    let words = &about.words;
    let Some(all) = &about.recurrence else { return vec![about.missing(TABLE)] };
    let others = about.others();
    let is_alone = others.is_empty();
    let (names, in_file) = match others.split_at_checked(MOST_TABLES) {
        _ if is_alone => (vec![about.base()], 0),
        Some((shown, more)) => (shown.to_vec(), more.len()),
        None => (others, 0),
    };
    let tables: Vec<Grid> = names.iter().filter_map(|name| table(about, all, name)).collect();
    if tables.is_empty() {
        let of = [("fewest", &*about.numbers.whole(FEWEST)), ("months", &HORIZONS[0].to_string())];
        return vec![PageBlock::missing(words.say("again_after_help.short", &of))];
    }
    // Before the table: the order of the rows invites the comparison that misleads.
    let note = if is_alone {
        words.get("again_after_help.alone")
    } else {
        let of = [("base", &*about.label(about.base())), ("chapter", &words.get("chapter.effects"))];
        words.say("again_after_help.compare", &of)
    };
    let mut inside = vec![
        PageBlock::text(words.get("again_after_help.how")),
        PageBlock::text(words.get("again_after_help.numbers")),
        PageBlock::note(note),
    ];
    inside.extend(tables.into_iter().map(PageBlock::Table));
    if in_file > 0 {
        inside.push(PageBlock::text(
            words.say("again_after_help.in_file", &[("count", &about.numbers.whole(in_file as f64))]),
        ));
    }
    PageBlock::more(words.get("again_after_help.title"), inside).into_iter().collect()
}

/// The table of a scenario; `None` if no service has enough starters, or nobody was followed for long enough.
fn table(about: &About<'_>, all: &[Recurrence], scenario: &str) -> Option<Grid> {
    let (words, numbers) = (&about.words, about.numbers);
    let lines = lines(all, scenario);
    // A short run follows nobody for two years: columns without any figure are left out.
    let is_followed = |at: &usize| lines.iter().any(|line| line.by_months[*at].is_some_and(|of| of.own.followed > 0.0));
    let horizons: Vec<usize> = (0..HORIZONS.len()).filter(is_followed).collect();
    if horizons.is_empty() {
        return None;
    }
    let mut head: Vec<String> =
        ["service", "entry", "people"].iter().map(|name| about.of("again_after_help.column", name)).collect();
    for at in &horizons {
        let months = HORIZONS[*at].to_string();
        let of = |name: &&str| words.say(&format!("again_after_help.column.{name}"), &[("months", &months)]);
        head.extend(COUNTED.iter().map(of));
    }
    let row = |line: &RouteLine<'_>| {
        let role = about.of("again_after_help.role", line.role);
        let of = [("service", &*capital(&about.provider(line.service))), ("role", &role)];
        let entered = line.by_months.iter().flatten().map(|of| of.own.entered).fold(0.0, f64::max);
        let mut cells = vec![
            words.say("again_after_help.row", &of),
            about.of("again_after_help.entry", line.entry),
            numbers.unless_few(about.real_a_year(scenario, entered), entered),
        ];
        for at in &horizons {
            cells.extend((0..COUNTED.len()).map(|what| cell(words, numbers, line.by_months[*at], what)));
        }
        cells
    };
    let rows = lines.iter().map(row).collect();
    let scenario = about.label(scenario);
    if about.others().is_empty() {
        return Some(Grid::open(words.say("again_after_help.table_alone", &[("scenario", &scenario)]), head, rows));
    }
    let of = [("scenario", &*scenario), ("base", &about.label(about.base()))];
    Some(Grid::folded(words.say("again_after_help.table", &of), head, rows))
}

/// The routes of the services that at least [`FEWEST`] simulated people started, by service, role and entry.
fn lines<'a>(all: &'a [Recurrence], scenario: &str) -> Vec<RouteLine<'a>> {
    let own: Vec<&Recurrence> = all.iter().filter(|of| of.scenario == scenario).collect();
    // Entries that belong to no service, such as an arrest, have an empty one.
    let mut services: Vec<&str> = own.iter().map(|of| of.route.service.as_str()).filter(|it| !it.is_empty()).collect();
    services.sort_unstable();
    services.dedup();
    let mut lines = Vec::new();
    for (service, role) in services.into_iter().flat_map(|service| ROLES.map(|role| (service, role))) {
        let of_group = own.iter().filter(|of| of.route.service == service && of.route.followed_as == role);
        let group: Vec<&Recurrence> = of_group.copied().collect();
        let [start, ..] = ENTRIES;
        if !group.iter().any(|of| of.route.entry == start && of.own.entered >= FEWEST) {
            continue;
        }
        for entry in ENTRIES {
            let within = |months: i64| group.iter().find(|of| of.route.entry == entry && of.months == months).copied();
            let by_months = HORIZONS.map(within);
            if by_months.iter().any(Option::is_some) {
                lines.push(RouteLine { service, role, entry, by_months });
            }
        }
    }
    lines
}

/// The share with an event of [`COUNTED`]; `None` if nobody was followed, or if it is not counted.
fn counted(of: &RecurrenceShares, what: usize) -> Option<f64> {
    [of.again, of.reported, of.convicted].get(what).copied().flatten()
}

/// A share under the scenario, with that of the same route under the comparator in brackets. A share of fewer than
/// [`FEWEST`] followed people is withheld on its own side.
fn cell(words: &Words, numbers: Numbers, of: Option<&Recurrence>, what: usize) -> String {
    let side = |shares: Option<&RecurrenceShares>, few: &str| {
        let known = shares.and_then(|of| Some((of.followed, counted(of, what)?)));
        known.map(|(followed, share)| if followed < FEWEST { few.to_owned() } else { numbers.percent(share) })
    };
    let (few, few_of_base) = (numbers.few(), words.get("again_after_help.few"));
    let own = side(of.map(|of| &of.own), &few);
    let is_compared = of.is_some_and(|of| of.comparator.is_some());
    let base = side(of.and_then(|of| of.base.as_ref()), &few_of_base);
    match (own, base) {
        (None, None) => ABSENT.to_owned(),
        (own, _) if !is_compared => own.unwrap_or_else(|| ABSENT.to_owned()),
        (Some(own), Some(base)) if own == few && base == few_of_base => own,
        (own, base) => {
            let [own, base] = [own, base].map(|side| side.unwrap_or_else(|| ABSENT.to_owned()));
            words.say("again_after_help.beside", &[("own", &own), ("base", &base)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::recurrence::RouteKey;
    use crate::report::words::Language;

    /// A route in the scenario `all` within 12 months, entered and followed by as many people.
    fn of(service: &str, entry: &str, role: &str, followed: f64) -> Recurrence {
        let route = RouteKey { service: service.into(), entry: entry.into(), followed_as: role.into() };
        let convicted = (role == "user").then_some(0.1);
        let own = RecurrenceShares { entered: followed, followed, again: Some(0.4), reported: Some(0.012), convicted };
        Recurrence {
            scenario: "all".into(),
            comparator: Some("quo".into()),
            route,
            months: HORIZONS[0],
            own,
            base: Some(RecurrenceShares { again: Some(0.5), ..own }),
        }
    }

    #[test]
    fn rows_are_the_routes_of_services_with_enough_starters() {
        let mut all = vec![
            of("desk", "completed", "victim", 3.0),
            of("desk", "refused", "victim", 30.0),
            of("desk", "started", "victim", FEWEST),
            of("desk", "started", "user", FEWEST),
            of("course", "completed", "user", 50.0),
            of("course", "started", "user", FEWEST - 1.0),
            of("", "arrest", "user", 90.0),
        ];
        all.push(Recurrence { months: HORIZONS[1], ..all[2].clone() });
        all.push(Recurrence { scenario: "none".into(), ..of("other", "started", "user", 90.0) });
        let lines = lines(&all, "all");
        let shown: Vec<_> = lines.iter().map(|line| (line.service, line.role, line.entry)).collect();
        let expected = [("user", "started"), ("victim", "started"), ("victim", "completed"), ("victim", "refused")];
        assert_eq!(shown, expected.map(|(role, entry)| ("desk", role, entry)));
        let within: Vec<_> = lines.iter().map(|line| line.by_months.map(|of| of.is_some())).collect();
        assert_eq!(within, [[true, false], [true, true], [true, false], [true, false]]);
    }

    #[test]
    fn a_share_stands_beside_that_of_the_comparator_and_is_withheld_by_side() {
        for (language, whole, few) in
            [(Language::En, "40% (50%)", "too few (<10)"), (Language::Nl, "40\u{a0}% (50\u{a0}%)", "te weinig (<10)")]
        {
            let (words, numbers) = (Words::new(language).expect("a catalog"), Numbers(language));
            let shown = |of: &Recurrence, what: usize| cell(&words, numbers, Some(of), what);
            let victim = of("desk", "started", "victim", FEWEST);
            assert_eq!(shown(&victim, 0), whole);
            assert_eq!(shown(&victim, 2), ABSENT, "convictions of victims are not counted");
            assert_eq!(cell(&words, numbers, None, 0), ABSENT);
            let both = of("desk", "started", "victim", FEWEST - 1.0);
            assert_eq!(shown(&both, 0), few);
            let own = Recurrence { base: victim.base, ..both.clone() };
            assert_eq!(shown(&own, 0), format!("{few} ({})", numbers.percent(0.5)));
            let base = Recurrence { base: both.base, ..victim.clone() };
            assert_eq!(shown(&base, 0), format!("{} ({})", numbers.percent(0.4), words.get("again_after_help.few")));
            let new = Recurrence { base: None, ..victim.clone() };
            assert_eq!(shown(&new, 0), format!("{} ({ABSENT})", numbers.percent(0.4)));
            let alone = Recurrence { comparator: None, base: None, ..victim };
            assert_eq!(shown(&alone, 0), numbers.percent(0.4));
        }
    }
}
