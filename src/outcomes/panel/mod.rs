//! `panel`: complete simulated life courses: a sample of persons with their households, one row per person and year.
//!
//! `sample.rs` defines the sample. Members of a sampled person's household on 31 December have a row too.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, PanelRows, Size};
use super::sample::{Sample, is_below};
use super::scene::{FIRST_EXPOSED, FIRST_SUFFERED, FIRST_USED, SAMPLED, Seen, YEAR, key, month, record, truth};
use super::settings::OutcomeSettings;
use crate::error::Result;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{
    Body, Childhood, Couple, CoupleId, Edge, Education, Flag, MaltreatmentKind, Mind, Month, Past, PersonId, Severity,
    Sex, Violence, World, YearFlag,
};

/// The table `panel`.
static PANEL: Schema = Schema {
    name: "panel",
    meaning: "a person in the sample, or in the household of a sampled person, in a year; states are those of 31 \
        December",
    keys: 5,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario"),
        YEAR,
        SAMPLED,
        truth("household", Kind::Key, "-", "key of the reference person of the household (in a couple the man)"),
        truth(
            "position",
            Kind::Text,
            "-",
            "position in the household: child, single, lone_parent, partner or partner_children; in_care for a minor \
                without a household",
        ),
        truth(
            "mother",
            Kind::Key,
            "-",
            "key of the mother (biological and rearing); for an orphan who was taken in, the person who took her \
                place; empty if unknown",
        ),
        truth(
            "father",
            Kind::Key,
            "-",
            "key of the father (biological and rearing); for an orphan who was taken in, the person who took his \
                place; empty if unknown",
        ),
        truth("partner", Kind::Key, "-", "key of the partner in the household; empty if none"),
        truth(
            "partner_followed",
            Kind::Bool,
            "-",
            "whether the partner is in the study population; false for a partner elsewhere for whom only traits are \
                stored and who has no row; empty if no partner",
        ),
        truth("birth_year", Kind::Int, "year", "year of birth"),
        truth("birth_month", Kind::Int, "month of the year", "month of birth, 1 to 12"),
        truth("age", Kind::Int, "years", "age on 31 December"),
        truth("sex", Kind::Text, "-", "male or female"),
        truth("area", Kind::Int, "-", "number of the area in the city; empty for persons elsewhere"),
        truth(
            "education",
            Kind::Text,
            "-",
            "final level of education, reached or still to be reached: low, middle or high",
        ),
        truth("work", Kind::Bool, "-", "has paid work"),
        truth("low_income", Kind::Bool, "-", "household below the low-income line"),
        truth("births", Kind::Int, "births", "live births so far, counted up to 7"),
        truth("pregnant", Kind::Bool, "-", "is pregnant"),
        truth("addiction", Kind::Bool, "-", "has an addiction to drugs or alcohol"),
        truth("alcohol", Kind::Bool, "-", "misuses alcohol"),
        truth("antisocial", Kind::Bool, "-", "has permanent antisocial behaviour"),
        truth("crime", Kind::Bool, "-", "registered suspect of a crime in the past year"),
        truth("mental_illness", Kind::Bool, "-", "has a mental illness"),
        truth("disability", Kind::Bool, "-", "has a mild intellectual disability"),
        truth("debts", Kind::Bool, "-", "has problematic debts"),
        truth("newcomer", Kind::Bool, "-", "came from abroad less than five years ago"),
        truth("grew_up_here", Kind::Bool, "-", "lived in the four cities before 18"),
        truth("stable_carer", Kind::Bool, "-", "had a safe, stable and nurturing carer as a child"),
        truth(
            "months_witnessed",
            Kind::Int,
            "months",
            "months before 18 so far in which this person witnessed violence at home",
        ),
        truth("months_neglect", Kind::Int, "months", "months of neglect before 18, so far"),
        truth("months_physical", Kind::Int, "months", "months of physical abuse before 18, so far"),
        truth("months_emotional", Kind::Int, "months", "months of emotional abuse before 18, so far"),
        truth("months_sexual", Kind::Int, "months", "months of sexual abuse before 18, so far"),
        truth(
            "year_months_witnessed",
            Kind::Int,
            "months",
            "months of the year in which this person witnessed violence at home before 18",
        ),
        truth(
            "witnessed_user",
            Kind::Key,
            "-",
            "key of the perpetrator of the violence witnessed in the year; if there are several pairs of perpetrator \
                and victim, the pair with the most months, and of these the first; empty if none was witnessed",
        ),
        truth(
            "witnessed_user_is",
            Kind::Text,
            "-",
            "relation of that perpetrator to the child: mother, father or partner_of_parent; empty if none was \
                witnessed",
        ),
        truth("witnessed_victim", Kind::Key, "-", "key of the victim in the same pair; empty if none was witnessed"),
        truth(
            "witnessed_victim_is",
            Kind::Text,
            "-",
            "relation of that victim to the child: mother, father or partner_of_parent; empty if none was witnessed",
        ),
        truth(
            "witnessed_pairs",
            Kind::Int,
            "count",
            "number of pairs of perpetrator and victim in the violence witnessed in the year; 2 for mutual violence in \
                one couple",
        ),
        FIRST_EXPOSED,
        FIRST_USED,
        FIRST_SUFFERED,
        truth(
            "uses",
            Kind::Text,
            "-",
            "violence used in the present union: none, situational or coercive; empty if not in a union",
        ),
        truth(
            "suffers",
            Kind::Text,
            "-",
            "violence suffered in the present union: none, situational or coercive; empty if not in a union",
        ),
        truth("maltreated_now", Kind::Bool, "-", "whether maltreatment of this child is ongoing"),
        truth(
            "incidents_used",
            Kind::Int,
            "incidents",
            "incidents of violence used against a partner or former partner in the year",
        ),
        truth(
            "incidents_suffered",
            Kind::Int,
            "incidents",
            "incidents of violence suffered from a partner or former partner in the year",
        ),
        truth(
            "worst_suffered",
            Kind::Text,
            "-",
            "worst harm in these incidents: light (no injury), injury, serious or fatal; empty if no incident",
        ),
        truth("year_used", Kind::Bool, "-", "used violence against a partner in the year"),
        truth("year_suffered", Kind::Bool, "-", "suffered violence from a partner in the year"),
        truth("year_coerced", Kind::Bool, "-", "suffered coercive violence in the year"),
        truth("year_structural", Kind::Bool, "-", "suffered at least twelve incidents from one partner in the year"),
        truth(
            "year_other_victim",
            Kind::Bool,
            "-",
            "suffered violence in the year from a relative who is not a partner",
        ),
        truth("year_witnessed", Kind::Bool, "-", "witnessed violence at home as a child in the year"),
        truth("year_maltreated", Kind::Bool, "-", "was maltreated as a child in the year"),
        truth("internalising", Kind::Float, "sd", "internalising symptoms above own baseline"),
        truth("externalising", Kind::Float, "sd", "externalising symptoms above own baseline"),
        truth("post_traumatic", Kind::Float, "sd", "post-traumatic symptoms above own baseline"),
        truth("depressive", Kind::Float, "sd", "depressive symptoms above own baseline"),
        truth("conduct", Kind::Float, "sd", "conduct problems: highest externalising symptoms reached in childhood"),
        truth("liability_use", Kind::Float, "sd", "latent liability to use violence"),
        truth("liability_suffer", Kind::Float, "sd", "latent liability to suffer violence"),
        truth("acquired_use", Kind::Float, "log", "log hazard ratio of using violence, acquired by childhood exposure"),
        truth(
            "acquired_suffer",
            Kind::Float,
            "log",
            "log hazard ratio of suffering violence, acquired by childhood exposure",
        ),
        truth(
            "acquired_maltreat",
            Kind::Float,
            "log",
            "log hazard ratio of maltreating a child, acquired by own maltreatment",
        ),
        record("in_chain", Kind::Bool, "-", "was ever in a case of the chain"),
        record(
            "first_reported",
            Kind::Int,
            "month",
            "first month with a report on this person as victim or perpetrator (0 = January 2008); empty if never",
        ),
        record("in_shelter", Kind::Bool, "-", "stays in a shelter or is placed out of the home"),
        record("guided", Kind::Bool, "-", "completed a programme as a child"),
        record(
            "measures_started",
            Kind::Text,
            "-",
            "keys of the measures that this person started in the year, separated by spaces; empty if none",
        ),
        record(
            "measures_completed",
            Kind::Text,
            "-",
            "keys of the measures that this person completed in the year, separated by spaces; empty if none",
        ),
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

/// A child's witnessing of one couple in one month, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Sight {
    child: u32,
    month: Month,
    user: u32,
    victim: u32,
}

/// Witnessing by a child in a year, as shown in the table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Witnessed {
    /// Index of the row.
    life: u32,
    months: u16,
    pairs: u16,
    keys: [u64; 2],
    roles: [Role; 2],
}

/// Relation of an adult at home to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    Mother,
    Father,
    PartnerOfParent,
}

/// A measure that a person started or completed: a row of the world in the current year, an index of a panel row
/// afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Taken {
    who: u32,
    completed: bool,
    service: u16,
}

/// A person-year of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Life {
    year: i32,
    sampled: bool,
    position: Position,
    /// Keys of the household, mother, father and partner; 0 for none.
    kin: [u64; 4],
    partner_followed: bool,
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
    InCare,
}

/// Person-years so far, and participants in incidents of the current year. Row numbers of the world do not change
/// within a year.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Panel {
    sample: Sample,
    parts: Vec<Part>,
    sights: Vec<Sight>,
    takes: Vec<Taken>,
    lives: Vec<Life>,
    /// Sorted by person-year, as is the list of measures.
    witnessed: Vec<Witnessed>,
    taken: Vec<Taken>,
}

impl Observer for Panel {
    const SCHEMA: &'static Schema = &PANEL;
    const SIZE: Size =
        Size::by_panel(PanelRows { per_row: 1.0, per_person: 0.0, disk: 18.0, memory: size_of::<Life>() });
    /// Bound of the (hashed) keys of persons who may be sampled, and the rows of these persons.
    type December = (u64, Vec<u32>);

    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.sample.adopt(settings);
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        self.sample.month(world);
        let lived = world.now().plus(-1);
        if !self.sample.keeps(lived.year()) {
            return;
        }
        let events = world.events();
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
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
        for (child, couple, by) in events.witnessed() {
            self.sights.extend(sights(world, child, couple, by, lived));
        }
        for passage in events.passages().filter(|passage| passage.passed && settings.is_measure(passage.service)) {
            if matches!(passage.edge, Edge::Start | Edge::Completion) {
                let completed = passage.edge == Edge::Completion;
                let row = passage.who.row();
                self.takes.extend(row.map(|row| Taken { who: row as u32, completed, service: passage.service }));
            }
        }
    }

    fn open(&self, _: Month, _: &OutcomeSettings) -> (u64, Vec<u32>) {
        (self.sample.threshold(), Vec::new())
    }

    #[inline]
    fn count((threshold, sample): &mut (u64, Vec<u32>), seen: &Seen<'_>) {
        if seen.lives && is_below(seen.body.key, *threshold) {
            sample.push(seen.row as u32);
        }
    }

    fn merge((_, sample): &mut (u64, Vec<u32>), (_, following): (u64, Vec<u32>)) {
        sample.extend(following);
    }

    /// Records the sampled persons, given by their rows, and their households.
    fn year(&mut self, world: &World, december: Month, (_, sample): (u64, Vec<u32>), _: &OutcomeSettings) {
        let parts = std::mem::take(&mut self.parts);
        let mut sights = std::mem::take(&mut self.sights);
        let mut takes = std::mem::take(&mut self.takes);
        if !self.sample.keeps(december.year()) {
            return;
        }
        let mut rows: Vec<u32> = Vec::with_capacity(sample.len() * 3);
        for row in sample.iter().filter(|row| self.sample.holds(world.body(**row as usize))) {
            let household = world.household(world.householder(*row as usize));
            rows.extend(household.into_iter().filter(|row| world.body(*row).counts()).map(|row| row as u32));
        }
        rows.sort_unstable();
        rows.dedup();
        let first = self.lives.len();
        self.lives.extend(rows.iter().map(|row| {
            let row = *row as usize;
            life(world, row, december, self.sample.holds(world.body(row)))
        }));
        let place = |row: u32| rows.binary_search(&row).ok().map(|at| first + at);
        for part in parts {
            let Some(at) = place(part.row) else { continue };
            let life = &mut self.lives[at];
            life.incidents[0] += u32::from(part.used);
            life.incidents[1] += u32::from(part.suffered);
            life.worst = life.worst.max(part.worst);
        }
        sights.sort_unstable();
        sights.dedup();
        for of_child in sights.chunk_by(|a, b| a.child == b.child) {
            self.witnessed.extend(place(of_child[0].child).map(|at| witnessed(world, at as u32, of_child)));
        }
        takes.sort_unstable();
        takes.dedup();
        self.taken.extend(takes.iter().filter_map(|taken| Some(Taken { who: place(taken.who)? as u32, ..*taken })));
    }

    fn table(&self, world: &World, settings: &OutcomeSettings) -> Result<Table> {
        let mut table = Table::new(&PANEL);
        let (mut witnessed, mut taken) = (self.witnessed.iter().peekable(), self.taken.iter().peekable());
        for (at, life) in self.lives.iter().enumerate() {
            let seen = witnessed.next_if(|witnessed| witnessed.life as usize == at);
            let mut words = [String::new(), String::new()];
            while let Some(taken) = taken.next_if(|taken| taken.who as usize == at) {
                let words = &mut words[usize::from(taken.completed)];
                if let Some(name) = settings.programme(taken.service) {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.push_str(name);
                }
            }
            table.push_row(&life.cells(settings, world, seen, &words))?;
        }
        Ok(table)
    }
}

/// A child's witnessing of a couple in a month, by direction.
fn sights(
    world: &World,
    child: PersonId,
    couple: CoupleId,
    by: [bool; 2],
    month: Month,
) -> impl Iterator<Item = Sight> {
    let couple = world.couple_by_id(couple);
    Sex::BOTH.into_iter().filter(move |sex| by[*sex as usize]).filter_map(move |sex| {
        let (user, victim) = (couple?.partner(sex).row()?, couple?.partner(sex.other()).row()?);
        Some(Sight { child: child.row()? as u32, month, user: user as u32, victim: victim as u32 })
    })
}

/// The couple that a child witnessed in most months of a year; the first one if there are ties.
fn witnessed(world: &World, life: u32, sights: &[Sight]) -> Witnessed {
    let mut months: Vec<Month> = sights.iter().map(|sight| sight.month).collect();
    months.dedup();
    let mut pairs: Vec<([u32; 2], u16)> = Vec::new();
    for sight in sights {
        let pair = [sight.user, sight.victim];
        match pairs.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, months)) => *months += 1,
            None => pairs.push((pair, 1)),
        }
    }
    let most = pairs.iter().map(|(_, months)| *months).max();
    let pair = pairs.iter().find(|(_, months)| Some(*months) == most).map_or([0; 2], |(pair, _)| *pair);
    let kin = world.kin(sights[0].child as usize);
    let role = |row: u32| match PersonId(row) {
        who if who == kin.mother => Role::Mother,
        who if who == kin.father => Role::Father,
        _ => Role::PartnerOfParent,
    };
    Witnessed {
        life,
        months: months.len() as u16,
        pairs: pairs.len() as u16,
        keys: pair.map(|row| world.body(row as usize).key),
        roles: pair.map(role),
    }
}

fn life(world: &World, row: usize, december: Month, sampled: bool) -> Life {
    let body = *world.body(row);
    let key = |row: usize| world.body(row).key;
    let adult = world.householder(row);
    let partner = world.partner_of(row);
    let head = world.partner_of(adult).filter(|_| world.body(adult).has(Flag::Female)).unwrap_or(adult);
    let person = |who: PersonId| match who.row() {
        Some(row) => key(row),
        None => world.departed(who).map_or(0, |departed| departed.key),
    };
    let kin = world.kin(row);
    let position = match (body.at_parents(), partner.is_some(), world.children_of_household(row).next().is_some()) {
        _ if world.is_placed_in(row, december) => Position::InCare,
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
        sampled,
        position,
        kin: [key(head), person(kin.mother), person(kin.father), partner.map_or(0, key)],
        partner_followed: partner.is_some_and(|partner| world.body(partner).counts()),
        body,
        mind: *world.mind(row),
        past: *world.past(row),
        childhood: *world.childhood(row),
        union: world.couple_of(row).map(both_ways),
        incidents: [0; 2],
        worst: Severity::Light,
    }
}

impl Life {
    fn cells<'a>(
        &self,
        settings: &OutcomeSettings,
        world: &'a World,
        witnessed: Option<&Witnessed>,
        measures: &'a [String; 2],
    ) -> Vec<Cell<'a>> {
        let (body, mind, past) = (&self.body, &self.mind, &self.past);
        let december = Month::january(self.year).plus(11);
        let has = |flag: Flag| Cell::Bool(body.has(flag));
        let mut cells = vec![
            Cell::count(settings.draw),
            Cell::count(settings.replicate),
            Cell::Text(world.places().name(body.place.city())),
            Cell::key(body.key),
            Cell::count(self.year),
            Cell::Bool(self.sampled),
        ];
        cells.extend([Cell::key(self.kin[0]), Cell::Text(self.position.word())]);
        cells.extend(self.kin[1..].iter().map(|key| Cell::key(*key)));
        cells.push(if self.kin[3] == 0 { Cell::Null } else { Cell::Bool(self.partner_followed) });
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
        cells.push(Cell::count(witnessed.map_or(0, |witnessed| witnessed.months)));
        cells.extend([0, 1].into_iter().flat_map(|side| match witnessed {
            Some(seen) => [Cell::key(seen.keys[side]), Cell::Text(seen.roles[side].word())],
            None => [Cell::Null; 2],
        }));
        cells.push(Cell::count(witnessed.map_or(0, |witnessed| witnessed.pairs)));
        cells.extend([past.exposed, past.used, past.suffered].map(month));
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
        cells.push(month(past.reported));
        cells.extend([has(Flag::InShelter), has(Flag::Guided)]);
        cells.extend(measures.iter().map(|words| if words.is_empty() { Cell::Null } else { Cell::Text(words) }));
        cells
    }
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Role::Mother => "mother",
            Role::Father => "father",
            Role::PartnerOfParent => "partner_of_parent",
        }
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
            Position::InCare => "in_care",
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
    use super::super::small::{AMSTERDAM, Small, UTRECHT, ints, row, rows_with, the_row};
    use super::super::{Entry, Outcome};
    use super::*;
    use crate::world::{Change, Event, Incident, Passage};

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
        let of = |person: i64, year: i64| {
            the_row(&table, &[("person", Cell::key(person.cast_unsigned())), ("year", Cell::Int(year))])
        };
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
            ("first_suffered", Cell::Int(0)),
            ("first_used", Cell::Null),
            ("partner_followed", Cell::Bool(true)),
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
        // Makes these keys as uniform as real ones.
        for row in small.world.rows() {
            let body = small.world.set_up().body(row);
            body.key = body.key.wrapping_mul(0xd134_2543_de82_ef95) >> 1;
        }
        small.live_until(Month::january(2009));
        let table = small.table();
        let sampled = rows_with(&table, &[("sampled", Cell::Bool(true))]).len();
        // A share of .2 of 2000: mean 400, sd 18; the keys are fixed.
        assert!((300..500).contains(&sampled), "{sampled}");
        assert!(table.rows() > sampled && table.rows() <= 2 * sampled);
        let households = rows_with(&table, &[("position", Cell::Text("partner"))]).len();
        assert_eq!(households, table.rows());
        assert!((0..2000).all(|row| is_below(small.world.body(row).key, 1 << 32)));
    }

    #[test]
    fn who_died_or_is_only_a_set_of_traits_has_no_row() {
        let mut small = small(100);
        let man = small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        let alone = small.person(Sex::Female, Month::january(1970), AMSTERDAM);
        small.couple(man, woman);
        small.flag(man, Flag::Outsider);
        small.world.set_up().body(row(alone)).set(Flag::Present, false);
        small.live_until(Month::january(2009));
        let table = small.table();
        assert_eq!(ints(&table, 0, ["person", "partner"]), [2, 1]);
        assert_eq!(table.cell(0, "partner_followed"), Some(Cell::Bool(false)), "and the row of the partner says so");
        assert_eq!(table.rows(), 1);
    }

    #[test]
    fn a_child_s_row_says_whose_violence_against_whom_it_witnessed() {
        let mut small = small(100);
        let father = small.person(Sex::Male, Month::january(1970), UTRECHT);
        let mother = small.person(Sex::Female, Month::january(1972), UTRECHT);
        let first = small.couple(father, mother);
        let child = small.child(Sex::Male, Month::january(2000), mother);
        let sees = |couple, by| Event::Witnessed { child, couple, by };
        small.month([], [sees(first, [true, false])]);
        small.month([], [sees(first, [true, true])]);
        let place = crate::world::Place::new(UTRECHT, 0);
        let stays = Sex::Female;
        small.month([Change::Separate { couple: first, goes_on: false, stays, place, low_income: [false; 2] }], []);
        let second = small.person(Sex::Male, Month::january(1971), UTRECHT);
        let later = small.couple(second, mother);
        small.live_until(Month::january(2009));
        small.month([], [sees(later, [true, false])]);
        small.live_until(Month::january(2011));
        let table = small.table();
        let of = |year: i64| the_row(&table, &[("person", Cell::key(3)), ("year", Cell::Int(year))]);
        let columns = ["year_months_witnessed", "witnessed_user", "witnessed_victim", "witnessed_pairs"];
        assert_eq!(ints(&table, of(2008), columns), [2, 1, 2, 2]);
        assert_eq!(ints(&table, of(2009), columns), [1, 4, 2, 1]);
        let words = |year| ["witnessed_user_is", "witnessed_victim_is"].map(|column| table.cell(of(year), column));
        assert_eq!(words(2008), ["father", "mother"].map(|word| Some(Cell::Text(word))));
        assert_eq!(words(2009), ["partner_of_parent", "mother"].map(|word| Some(Cell::Text(word))));
        assert_eq!(words(2010), [Some(Cell::Null); 2]);
        assert_eq!(ints(&table, of(2010), ["year_months_witnessed", "witnessed_pairs"]), [0, 0]);
    }

    #[test]
    fn measures_stand_in_the_year_in_which_they_were_started_and_completed() {
        let mut small = small(100);
        small.outcomes.change(|settings| {
            settings.programmes = vec!["service".into(), "nhv".into(), "guidance".into()];
            settings.measures = vec![false, true, true];
        });
        let who = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let at = |edge, service, passed| Passage::at(edge, 0, who, passed).of(service).into();
        small.month([], [at(Edge::Start, 0, true), at(Edge::Start, 2, true), at(Edge::Start, 1, true)]);
        small.live_until(Month::january(2009));
        small.month([], [at(Edge::Completion, 2, true), at(Edge::Completion, 1, false)]);
        small.live_until(Month::january(2010));
        let table = small.table();
        let words = |row| ["measures_started", "measures_completed"].map(|column| table.cell(row, column));
        assert_eq!(words(0), [Some(Cell::Text("nhv guidance")), Some(Cell::Null)]);
        assert_eq!(words(1), [Some(Cell::Null), Some(Cell::Text("guidance"))]);
    }

    #[test]
    fn years_cohorts_and_those_a_measure_is_meant_for_restrict_the_panel() {
        let mut settings =
            OutcomeSettings { panel_size: 100, expected_population: 100.0, ..OutcomeSettings::default() };
        settings.panel_part.years = Some([2009, 2010]);
        settings.panel_part.born = Some([1980, 1989]);
        settings.panel_part.entry = Some(Entry::Eligible(1));
        let mut small = Small::with(&[Outcome::Panel], settings);
        let [younger, older, not] =
            [1985, 1975, 1985].map(|year| small.person(Sex::Female, Month::january(year), AMSTERDAM));
        let looked = |who, chosen| Event::Considered { service: 1, city: 0, who, chosen };
        small.live_until(Month(14));
        small.month([], [looked(younger, true), looked(older, true), looked(not, false)]);
        small.live_until(Month::january(2013));
        let table = small.table();
        let rows: Vec<_> = (0..table.rows()).map(|at| ints(&table, at, ["person", "year"])).collect();
        assert_eq!(rows, [[1, 2009], [1, 2010]]);
    }

    #[test]
    fn a_panel_of_nobody_is_empty() {
        let mut small = small(0);
        small.person(Sex::Male, Month::january(1970), AMSTERDAM);
        small.live_until(Month::january(2009));
        assert_eq!(small.table().rows(), 0);
    }
}
