//! `panel`: whole simulated lives: a sample of persons with their households, one row per person and year.
//!
//! Who is in the sample follows from the key alone, so it is the same people in every scenario; children born and
//! households that arrive enter by the same rule. Whoever shares a household with them on 31 December has a row too.

use serde::{Deserialize, Serialize};

use super::outcome::OutcomeSettings;
use super::scene::{Seen, YEAR, key, record, truth};
use crate::error::Result;
use crate::table::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
use crate::world::{
    Body, Childhood, Couple, Education, Event, Flag, MaltreatmentKind, Mind, Month, Past, PersonId, Severity, Sex,
    Violence, World, YearFlag,
};

/// The table `panel`.
pub(super) static PANEL: Schema = Schema {
    name: "panel",
    meaning: "a person of the sample, or of the household of one, in a year; states are those of 31 December",
    keys: 5,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario"),
        YEAR,
        truth("sampled", Kind::Bool, "-", "is of the sample itself, not only of the household of somebody who is"),
        truth(
            "household",
            Kind::Key,
            "-",
            "key of the person on whose account the household is kept (in a couple the man)",
        ),
        truth(
            "position",
            Kind::Text,
            "-",
            "position in the household: child, single, lone_parent, partner or partner_children",
        ),
        truth("mother", Kind::Key, "-", "key of the mother by birth and rearing; empty when unknown"),
        truth("father", Kind::Key, "-", "key of the father by birth and rearing; empty when unknown"),
        truth("partner", Kind::Key, "-", "key of the partner in the household"),
        truth("birth_year", Kind::Int, "year", "year of birth"),
        truth("birth_month", Kind::Int, "month", "month of birth, 1 to 12"),
        truth("age", Kind::Int, "years", "age on 31 December"),
        truth("sex", Kind::Text, "-", "male or female"),
        truth("area", Kind::Int, "-", "number of the area within the city; empty elsewhere"),
        truth("education", Kind::Text, "-", "level that is or will be reached: low, middle or high"),
        truth("work", Kind::Bool, "-", "has paid work"),
        truth("low_income", Kind::Bool, "-", "household below the low-income line"),
        truth("births", Kind::Int, "births", "live births so far, at most 7"),
        truth("pregnant", Kind::Bool, "-", "is pregnant"),
        truth("addiction", Kind::Bool, "-", "addicted to drugs or alcohol"),
        truth("alcohol", Kind::Bool, "-", "misuses alcohol"),
        truth("antisocial", Kind::Bool, "-", "antisocial behaviour that lasts"),
        truth("crime", Kind::Bool, "-", "registered suspect of a crime in the past year"),
        truth("mental_illness", Kind::Bool, "-", "mentally ill"),
        truth("disability", Kind::Bool, "-", "mild intellectual disability"),
        truth("debts", Kind::Bool, "-", "problem debts"),
        truth("newcomer", Kind::Bool, "-", "came from abroad less than five years ago"),
        truth("grew_up_here", Kind::Bool, "-", "lived in the four cities before 18"),
        truth("stable_carer", Kind::Bool, "-", "had a safe, stable and nurturing carer as a child"),
        truth(
            "months_witnessed",
            Kind::Int,
            "months",
            "months before 18 in which violence at home was witnessed, so far",
        ),
        truth("months_neglect", Kind::Int, "months", "months of neglect before 18, so far"),
        truth("months_physical", Kind::Int, "months", "months of physical abuse before 18, so far"),
        truth("months_emotional", Kind::Int, "months", "months of emotional abuse before 18, so far"),
        truth("months_sexual", Kind::Int, "months", "months of sexual abuse before 18, so far"),
        truth(
            "first_exposed",
            Kind::Text,
            "month",
            "first month of witnessing or maltreatment, as 2009-01; empty if never",
        ),
        truth("first_used", Kind::Text, "month", "first month of using violence against a partner; empty if never"),
        truth("first_suffered", Kind::Text, "month", "first month of suffering it; empty if never"),
        truth(
            "uses",
            Kind::Text,
            "-",
            "violence used in the present union: none, situational or coercive; empty without union",
        ),
        truth(
            "suffers",
            Kind::Text,
            "-",
            "violence suffered in the present union: none, situational or coercive; empty without union",
        ),
        truth("maltreated_now", Kind::Bool, "-", "maltreatment of this child goes on"),
        truth(
            "incidents_used",
            Kind::Int,
            "incidents",
            "incidents used against any partner or former partner in the year",
        ),
        truth(
            "incidents_suffered",
            Kind::Int,
            "incidents",
            "incidents suffered from any partner or former partner in the year",
        ),
        truth(
            "worst_suffered",
            Kind::Text,
            "-",
            "worst harm of these: light, injury, serious or fatal; empty without incident",
        ),
        truth("year_used", Kind::Bool, "-", "used violence against a partner in the year"),
        truth("year_suffered", Kind::Bool, "-", "suffered violence from a partner in the year"),
        truth("year_coerced", Kind::Bool, "-", "suffered coercive violence in the year"),
        truth("year_structural", Kind::Bool, "-", "suffered at least twelve incidents from one partner in the year"),
        truth("year_other_victim", Kind::Bool, "-", "suffered violence from a relative who is no partner in the year"),
        truth("year_witnessed", Kind::Bool, "-", "witnessed violence at home as a child in the year"),
        truth("year_maltreated", Kind::Bool, "-", "was maltreated as a child in the year"),
        truth("internalising", Kind::Float, "sd", "internalising symptoms above own baseline"),
        truth("externalising", Kind::Float, "sd", "externalising symptoms above own baseline"),
        truth("post_traumatic", Kind::Float, "sd", "post-traumatic symptoms above own baseline"),
        truth("depressive", Kind::Float, "sd", "depressive symptoms above own baseline"),
        truth("conduct", Kind::Float, "sd", "conduct problems: highest externalising symptoms reached in childhood"),
        truth("liability_use", Kind::Float, "sd", "latent liability to use violence"),
        truth("liability_suffer", Kind::Float, "sd", "latent liability to suffer violence"),
        truth("acquired_use", Kind::Float, "log", "log hazard ratio of using violence that childhood exposure left"),
        truth(
            "acquired_suffer",
            Kind::Float,
            "log",
            "log hazard ratio of suffering violence that childhood exposure left",
        ),
        truth("acquired_maltreat", Kind::Float, "log", "log hazard ratio of maltreating that own maltreatment left"),
        Column {
            name: "in_chain",
            kind: Kind::Bool,
            unit: "-",
            meaning: "was ever in a case of the chain",
            sees: Sees::Record,
        },
        record(
            "first_reported",
            Kind::Text,
            "month",
            "first month of being in a report, as victim or perpetrator; empty if never",
        ),
        record("in_shelter", Kind::Bool, "-", "stays in a shelter or is placed out of the home"),
        record("guided", Kind::Bool, "-", "completed a programme as a child"),
    ],
};

/// A person's part in the incidents of one couple in one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    row: u32,
    used: u16,
    suffered: u16,
    worst: Severity,
}

/// A person in a year.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Life {
    year: i32,
    sampled: bool,
    position: Position,
    /// Keys of the household, mother, father and partner; 0 for nobody.
    kin: [u64; 4],
    body: Body,
    mind: Mind,
    past: Past,
    childhood: Childhood,
    /// Violence used and suffered in the present union.
    union: Option<[Violence; 2]>,
    incidents: [u32; 2],
    worst: Severity,
}

/// Position in the household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Position {
    Child,
    Single,
    LoneParent,
    Partner,
    PartnerChildren,
}

/// Lives so far, and who took part in incidents of the running year. Rows of the world keep their numbers within a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Panel {
    threshold: u64,
    parts: Vec<Part>,
    lives: Vec<Life>,
}

/// Keys are spread evenly already; the odd factor (2^64 over the golden ratio) keeps the sample apart from whatever else
/// reads their digits.
fn is_below(key: u64, threshold: u64) -> bool {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 < threshold
}

impl Panel {
    /// A panel that has seen nobody yet.
    pub(super) fn new(settings: &OutcomeSettings) -> Panel {
        let share = f64::from(settings.panel_size) / settings.expected_population.max(1.0);
        let threshold = libm::rint(share.clamp(0.0, 1.0) * 4_294_967_296.0) as u64;
        Panel { threshold, parts: Vec::new(), lives: Vec::new() }
    }

    /// Key up to which (spread out) persons are of the sample, for a pass over all rows.
    pub(super) fn threshold(&self) -> u64 {
        self.threshold
    }

    /// Reads the events of a month.
    pub(super) fn month(&mut self, world: &World) {
        if self.threshold == 0 {
            return;
        }
        for event in &world.events {
            let Event::Violence(incident) = event else { continue };
            let Some(couple) = incident.couple.row().map(|row| &world.couples[row]) else { continue };
            for sex in Sex::BOTH {
                let (own, other) = (sex as usize, sex.other() as usize);
                if let Some(row) = couple.partner(sex).row() {
                    self.parts.push(Part {
                        row: row as u32,
                        used: incident.counts[own],
                        suffered: incident.counts[other],
                        worst: incident.severity[other],
                    });
                }
            }
        }
    }

    /// Writes down the sample, given by its rows, and its households.
    pub(super) fn year(&mut self, world: &World, december: Month, sample: &[u32]) {
        let mut rows: Vec<u32> = Vec::with_capacity(sample.len() * 3);
        for row in sample {
            let household = world.household(world.householder(*row as usize));
            rows.extend(household.into_iter().filter(|row| world.people.body[*row].counts()).map(|row| row as u32));
        }
        rows.sort_unstable();
        rows.dedup();
        let first = self.lives.len();
        self.lives.extend(rows.iter().map(|row| life(world, *row as usize, december, self.threshold)));
        for part in std::mem::take(&mut self.parts) {
            let Ok(at) = rows.binary_search(&part.row) else { continue };
            let life = &mut self.lives[first + at];
            life.incidents[0] += u32::from(part.used);
            life.incidents[1] += u32::from(part.suffered);
            life.worst = life.worst.max(part.worst);
        }
    }

    /// The table.
    pub(super) fn table(&self, settings: &OutcomeSettings, world: &World) -> Result<Table> {
        let mut table = Table::new(&PANEL);
        for life in &self.lives {
            table.push_row(&life.cells(settings, world, &life.months()))?;
        }
        Ok(table)
    }
}

/// Whether a person is of the sample this December.
#[inline]
pub(super) fn is_sampled(seen: &Seen<'_>, threshold: u64) -> bool {
    seen.lives && is_below(seen.body.key, threshold)
}

fn life(world: &World, row: usize, december: Month, threshold: u64) -> Life {
    let people = &world.people;
    let body = people.body[row];
    let key = |row: usize| people.body[row].key;
    let adult = world.householder(row);
    let partner = world.partner_of(row);
    let head = world.partner_of(adult).filter(|_| people.body[adult].has(Flag::Female)).unwrap_or(adult);
    let person = |who: PersonId| match who.row() {
        Some(row) => key(row),
        None => who.departed().and_then(|at| world.ledger.get(at)).map_or(0, |departed| departed.key),
    };
    let kin = &people.kin[row];
    let position = match (body.at_parents(), partner.is_some(), world.children_of_household(row).next().is_some()) {
        (true, ..) => Position::Child,
        (_, false, false) => Position::Single,
        (_, false, true) => Position::LoneParent,
        (_, true, false) => Position::Partner,
        (_, true, true) => Position::PartnerChildren,
    };
    let both_ways = |couple: &Couple| {
        let (own, other) = (body.sex() as usize, body.sex().other() as usize);
        [couple.violence[own], couple.violence[other]]
    };
    Life {
        year: december.year(),
        sampled: is_below(body.key, threshold),
        position,
        kin: [key(head), person(kin.mother), person(kin.father), partner.map_or(0, key)],
        body,
        mind: people.mind[row],
        past: people.past[row],
        childhood: *world.childhood(row),
        union: world.couple_of(row).map(both_ways),
        incidents: [0; 2],
        worst: Severity::Light,
    }
}

impl Life {
    /// First months as text; empty for what never happened.
    fn months(&self) -> [Option<String>; 4] {
        let past = &self.past;
        [past.exposed, past.used, past.suffered, past.reported].map(|month| month.has_come().then(|| month.to_string()))
    }

    fn cells<'a>(
        &self,
        settings: &OutcomeSettings,
        world: &'a World,
        months: &'a [Option<String>; 4],
    ) -> Vec<Cell<'a>> {
        let (body, mind, past) = (&self.body, &self.mind, &self.past);
        let december = Month::january(self.year).plus(11);
        let has = |flag: Flag| Cell::Bool(body.has(flag));
        let mut cells = vec![
            Cell::count(settings.draw),
            Cell::count(settings.replicate),
            Cell::Text(world.places.name(body.place.city())),
            Cell::key(body.key),
            Cell::count(self.year),
            Cell::Bool(self.sampled),
        ];
        cells.extend([Cell::key(self.kin[0]), Cell::Text(self.position.word())]);
        cells.extend(self.kin[1..].iter().map(|key| Cell::key(*key)));
        cells.extend([
            Cell::count(body.born.year()),
            Cell::count(body.born.of_year() as i64 + 1),
            Cell::count(body.age(december)),
            Cell::Text(body.sex().word()),
            if body.place.is_here() { Cell::count(body.place.area() as i64) } else { Cell::Null },
            Cell::Text(match body.education() {
                Education::Low => "low",
                Education::Middle => "middle",
                Education::High => "high",
            }),
            has(Flag::Work),
            has(Flag::LowIncome),
            Cell::count(body.parity()),
            has(Flag::Pregnant),
        ]);
        cells.extend(Flag::RISKS.map(has));
        cells.extend([has(Flag::GrewUpHere), has(Flag::StableCarer)]);
        cells.push(Cell::count(self.childhood.months_witnessed()));
        cells.extend(MaltreatmentKind::ALL.map(|kind| Cell::count(self.childhood.months_of(kind))));
        let text = |month: &'a Option<String>| month.as_deref().map_or(Cell::Null, Cell::Text);
        cells.extend(months[..3].iter().map(text));
        let state = |which: usize| self.union.map_or(Cell::Null, |union| Cell::Text(state_word(union[which])));
        cells.extend([state(0), state(1)]);
        cells.push(Cell::Bool(past.maltreated != 0));
        cells.extend(self.incidents.map(Cell::count));
        cells.push(if self.incidents[1] > 0 { Cell::Text(severity_word(self.worst)) } else { Cell::Null });
        let marks = [
            YearFlag::Used,
            YearFlag::Suffered,
            YearFlag::Coerced,
            YearFlag::Structural,
            YearFlag::OtherVictim,
            YearFlag::Witnessed,
            YearFlag::Maltreated,
        ];
        cells.extend(marks.map(|mark| Cell::Bool(past.year & mark.bit() != 0)));
        let scores = [
            mind.internalising,
            mind.externalising,
            mind.post_traumatic,
            mind.depressive,
            mind.conduct,
            body.liability_use,
            body.liability_suffer,
            mind.acquired_use,
            mind.acquired_suffer,
            mind.acquired_maltreat,
        ];
        cells.extend(scores.map(|score| Cell::Float(score.get())));
        cells.push(has(Flag::InChain));
        cells.push(text(&months[3]));
        cells.extend([has(Flag::InShelter), has(Flag::Guided)]);
        cells
    }
}

impl Position {
    fn word(self) -> &'static str {
        match self {
            Position::Child => "child",
            Position::Single => "single",
            Position::LoneParent => "lone_parent",
            Position::Partner => "partner",
            Position::PartnerChildren => "partner_children",
        }
    }
}

fn state_word(state: Violence) -> &'static str {
    match state {
        Violence::None => "none",
        Violence::Situational => "situational",
        Violence::Coercive => "coercive",
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Light => "light",
        Severity::Injury => "injury",
        Severity::Serious => "serious",
        Severity::Fatal => "fatal",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::*;
    use crate::world::{Change, CoupleId, Incident};

    fn small(panel_size: u32) -> Small {
        let settings = OutcomeSettings { panel_size, expected_population: 100.0, ..OutcomeSettings::default() };
        Small::with(&[Outcome::Panel], settings)
    }

    fn incident(couple: CoupleId, counts: [u16; 2], worst: Severity) -> [Event; 1] {
        let severity = [worst, Severity::Light];
        let state = [Violence::Situational, Violence::None];
        [Event::Violence(Incident { couple, counts, severity, state, witnesses: 0, separated: false })]
    }

    #[test]
    fn a_family_in_the_panel_is_seen_whole() {
        let mut small = small(100);
        let man = small.person(Sex::Male, Month::january(1970), UTRECHT);
        let woman = small.person(Sex::Female, Month::january(1972).plus(4), UTRECHT);
        let couple = small.couple(man, woman);
        let child = small.child(Sex::Male, Month::january(2000), woman);
        let begins = Change::Violence { couple, by: Sex::Male, state: Violence::Situational };
        let more = |counts| Change::Incidents { couple, counts };
        small.month(
            [begins, more([2, 0]), Change::Witness { child, window: 2 }],
            incident(couple, [2, 0], Severity::Injury),
        );
        small.month([more([1, 0]), Change::Witness { child, window: 2 }], incident(couple, [1, 0], Severity::Light));
        small.flag(woman, Flag::Debts);
        small.live_until(Month::january(2010));
        let table = small.table();
        assert_eq!(table.rows(), 6, "three persons in two years");
        let of = |person: i64, year: i64| the_row(&table, &[("person", Cell::Int(person)), ("year", Cell::Int(year))]);
        let at = of(2, 2008);
        let columns = [
            "household",
            "partner",
            "birth_year",
            "birth_month",
            "age",
            "area",
            "incidents_used",
            "incidents_suffered",
        ];
        assert_eq!(ints(&table, at, columns), [1, 1, 1972, 5, 36, 0, 0, 3]);
        for (column, cell) in [
            ("city", Cell::Text("Utrecht")),
            ("sampled", Cell::Bool(true)),
            ("position", Cell::Text("partner_children")),
            ("debts", Cell::Bool(true)),
            ("addiction", Cell::Bool(false)),
            ("uses", Cell::Text("none")),
            ("suffers", Cell::Text("situational")),
            ("worst_suffered", Cell::Text("injury")),
            ("year_suffered", Cell::Bool(true)),
            ("year_used", Cell::Bool(false)),
            ("first_suffered", Cell::Text("2008-01")),
            ("first_used", Cell::Null),
            ("mother", Cell::Null),
        ] {
            assert_eq!(table.cell(at, column), Some(cell), "{column}");
        }
        let at = of(3, 2008);
        let columns = ["household", "mother", "father", "months_witnessed", "months_neglect", "age"];
        assert_eq!(ints(&table, at, columns), [1, 2, 1, 2, 0, 8]);
        assert_eq!(table.cell(at, "position"), Some(Cell::Text("child")));
        assert_eq!(table.cell(at, "uses"), Some(Cell::Null));
        assert_eq!(table.cell(at, "year_witnessed"), Some(Cell::Bool(true)));
        let at = of(1, 2009);
        assert_eq!(ints(&table, at, ["incidents_used", "incidents_suffered"]), [0, 0]);
        assert_eq!(table.cell(at, "uses"), Some(Cell::Text("situational")));
        assert_eq!(table.cell(at, "worst_suffered"), Some(Cell::Null));
    }

    #[test]
    fn the_sample_follows_from_the_keys_and_brings_its_households() {
        let mut small = small(20);
        for _ in 0..1000 {
            let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
            let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
            small.couple(man, woman);
        }
        // As even as true keys are.
        for body in &mut small.world.people.body {
            body.key = body.key.wrapping_mul(0xd134_2543_de82_ef95) >> 1;
        }
        small.live_until(Month::january(2009));
        let table = small.table();
        let sampled = rows_with(&table, &[("sampled", Cell::Bool(true))]).len();
        // A share of .2 of 2000: mean 400, sd 18; these keys are fixed.
        assert!((300..500).contains(&sampled), "{sampled}");
        assert!(table.rows() > sampled && table.rows() <= 2 * sampled);
        let households = rows_with(&table, &[("position", Cell::Text("partner"))]).len();
        assert_eq!(households, table.rows());
        assert!((0..2000).all(|row| is_below(small.world.people.body[row].key, 1 << 32)));
    }

    #[test]
    fn who_died_or_is_only_a_set_of_traits_has_no_row() {
        let mut small = small(100);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        let alone = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        small.couple(man, woman);
        small.flag(man, Flag::Outsider);
        small.world.people.body[row(alone)].set(Flag::Present, false);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(ints(&table, 0, ["person", "partner"]), [2, 1]);
        assert_eq!(table.rows(), 1);
    }

    #[test]
    fn a_panel_of_nobody_is_empty() {
        let mut small = small(0);
        small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        small.live_until(Month::january(2009));
        assert_eq!(small.table().rows(), 0);
    }
}
