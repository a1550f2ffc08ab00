//! A person-year of the panel, and its row in the table.

use serde::{Deserialize, Serialize};

use super::witnessed::Witnessed;
use crate::outcomes::scene::month;
use crate::outcomes::settings::OutcomeSettings;
use crate::tables::Cell;
use crate::world::{
    Body, Childhood, Couple, Education, Flag, MaltreatmentKind, Mind, Month, Past, PersonId, Severity, Side, Violence,
    World, YearFlag,
};

/// A person-year of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PersonYear {
    year: i32,
    sampled: bool,
    position: Position,
    /// Keys of the household, mother, father and partner; 0 for none.
    kin: [u64; 4],
    partner_followed: bool,
    body: Body,
    mind: Mind,
    /// Attitude and coping, as exposure and measures have shifted them.
    mediators: [f32; 2],
    past: Past,
    childhood: Childhood,
    /// Violence used and suffered in the present union.
    union: Option<[Violence; 2]>,
    pub(super) incidents: [u32; 2],
    pub(super) worst: Severity,
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

impl PersonYear {
    /// The state of a person on 31 December, without the incidents of the year.
    pub(super) fn of(world: &World, row: usize, december: Month, sampled: bool) -> PersonYear {
        let body = *world.body(row);
        let key = |row: usize| world.body(row).key;
        let adult = world.householder(row);
        let partner = world.partner_of(row);
        let head = world.partner_of(adult).filter(|_| world.is_second_partner(adult)).unwrap_or(adult);
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
            let own = couple.side_of(PersonId(row as u32)).unwrap_or(Side::First);
            [couple.violence[own as usize], couple.violence[own.other() as usize]]
        };
        PersonYear {
            year: december.year(),
            sampled,
            position,
            kin: [key(head), person(kin.mother), person(kin.father), partner.map_or(0, key)],
            partner_followed: partner.is_some_and(|partner| world.body(partner).counts()),
            body,
            mind: *world.mind(row),
            mediators: [world.attitude(row), world.coping(row)].map(|shift| shift as f32),
            past: *world.past(row),
            childhood: *world.childhood(row),
            union: world.couple_of(row).map(both_ways),
            incidents: [0; 2],
            worst: Severity::Light,
        }
    }

    /// Adds the cells of the row; `witnessed` is what this person witnessed in the year, `measures` are the keys of the
    /// measures started and completed.
    pub(super) fn add_cells<'a>(
        &self,
        settings: &OutcomeSettings,
        world: &'a World,
        witnessed: Option<&Witnessed>,
        measures: &'a [String; 2],
        cells: &mut Vec<Cell<'a>>,
    ) {
        cells.extend([
            Cell::count(settings.draw),
            Cell::count(settings.replicate),
            Cell::Text(world.places().name(self.body.place.city())),
            Cell::key(self.body.key),
            Cell::count(self.year),
            Cell::Bool(self.sampled),
        ]);
        self.add_household(cells);
        self.add_person(cells);
        self.add_childhood(witnessed, cells);
        self.add_violence(cells);
        self.add_scores(cells);
        self.add_record(cells);
        cells.extend(measures.iter().map(|words| if words.is_empty() { Cell::Null } else { Cell::Text(words) }));
    }

    fn has(&self, flag: Flag) -> Cell<'static> {
        Cell::Bool(self.body.has(flag))
    }

    /// Household, position, parents and partner.
    fn add_household(&self, cells: &mut Vec<Cell<'_>>) {
        cells.extend([Cell::key(self.kin[0]), Cell::Text(self.position.word())]);
        cells.extend(self.kin[1..].iter().map(|key| Cell::key(*key)));
        cells.push(if self.kin[3] == 0 { Cell::Null } else { Cell::Bool(self.partner_followed) });
    }

    /// Age, sex, area, education and other traits.
    fn add_person(&self, cells: &mut Vec<Cell<'_>>) {
        let body = &self.body;
        let december = Month::january(self.year).plus(11);
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
            self.has(Flag::Work),
            self.has(Flag::LowIncome),
            Cell::count(body.parity()),
            self.has(Flag::Pregnant),
        ]);
        cells.extend(Flag::RISKS.map(|flag| self.has(flag)));
    }

    /// Childhood, and what this person witnessed in the year.
    fn add_childhood(&self, witnessed: Option<&Witnessed>, cells: &mut Vec<Cell<'_>>) {
        cells.extend([self.has(Flag::GrewUpHere), self.has(Flag::StableCarer)]);
        cells.push(Cell::count(self.childhood.months_witnessed()));
        cells.extend(MaltreatmentKind::ALL.map(|kind| Cell::count(self.childhood.months_of(kind))));
        cells.push(Cell::count(witnessed.map_or(0, |witnessed| witnessed.months)));
        cells.extend([0, 1].into_iter().flat_map(|side| match witnessed {
            Some(seen) => [Cell::key(seen.keys[side]), Cell::Text(seen.roles[side].word())],
            None => [Cell::Null; 2],
        }));
        cells.push(Cell::count(witnessed.map_or(0, |witnessed| witnessed.pairs)));
    }

    /// First months of violence, and the violence of the year.
    fn add_violence(&self, cells: &mut Vec<Cell<'_>>) {
        let past = &self.past;
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
    }

    /// Symptoms, attitude and coping, and liabilities.
    fn add_scores(&self, cells: &mut Vec<Cell<'_>>) {
        let (body, mind) = (&self.body, &self.mind);
        let scores = [mind.internalising, mind.externalising, mind.post_traumatic, mind.depressive, mind.conduct];
        cells.extend(scores.map(|score| Cell::Float(score.get())));
        cells.extend(self.mediators.map(|shift| Cell::Float(f64::from(shift))));
        let logs = [
            body.liability_use,
            body.liability_suffer,
            mind.acquired_use,
            mind.acquired_suffer,
            mind.acquired_maltreat,
        ];
        cells.extend(logs.map(|log| Cell::Float(log.get())));
    }

    /// What the chain has on record.
    fn add_record(&self, cells: &mut Vec<Cell<'_>>) {
        cells.push(self.has(Flag::InChain));
        cells.push(month(self.past.reported));
        cells.extend([self.has(Flag::InShelter), self.has(Flag::Guided)]);
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
