//! Small worlds for tests: a few persons in two cities, with the changes and events of each month given by hand.

use super::{Outcome, OutcomeSettings, Outcomes};
use crate::tables::{Cell, Table};
use crate::world::{
    Area, Body, Change, Changes, Couple, CoupleId, Event, Flag, Mind, Month, Newcomer, Past, PersonId, Place, Places,
    Sex, World,
};

pub(super) const AMSTERDAM: usize = 0;
pub(super) const UTRECHT: usize = 1;

/// A world and the outcomes that observe it.
pub(super) struct Small {
    pub(super) world: World,
    pub(super) outcomes: Outcomes,
}

impl Small {
    pub(super) fn new(which: &[Outcome]) -> Small {
        Small::with(which, OutcomeSettings { draw: 3, replicate: 2, ..OutcomeSettings::default() })
    }

    pub(super) fn with(which: &[Outcome], settings: OutcomeSettings) -> Small {
        let area = Area { up_to: 1.0, deprivation: 1.0, mark: 0 };
        let cities = vec!["Amsterdam".to_owned(), "Utrecht".to_owned()];
        let places = Places { cities, areas: vec![vec![area]; 2] };
        Small { world: World::new(Month(0), places), outcomes: Outcomes::new(which, settings) }
    }

    /// A person who lives alone and grew up here; the key is the row plus 1.
    pub(super) fn person(&mut self, sex: Sex, born: Month, city: usize) -> PersonId {
        let key = self.world.rows().len() as u64 + 1;
        let mut body = Body { key, born, place: Place::new(city, 0), ..Body::default() };
        body.set(Flag::Female, sex == Sex::Female);
        body.set(Flag::GrewUpHere, true);
        self.world.set_up().person(body, Mind::default(), Past::default())
    }

    pub(super) fn flag(&mut self, who: PersonId, flag: Flag) {
        let row = row(who);
        self.world.set_up().body(row).set(flag, true);
    }

    pub(super) fn mind(&mut self, who: PersonId) -> &mut Mind {
        let row = row(who);
        self.world.set_up().mind(row)
    }

    pub(super) fn past(&mut self, who: PersonId) -> &mut Past {
        let row = row(who);
        self.world.set_up().past(row)
    }

    /// The state of the chain.
    pub(super) fn chain(&mut self) -> &mut crate::world::Chain {
        self.world.set_up().chain()
    }

    /// A union formed now, without its event.
    pub(super) fn couple(&mut self, man: PersonId, woman: PersonId) -> CoupleId {
        let couple = Box::new(union(self.world.couples().len() as u64 + 1000, self.world.now()));
        self.apply([Change::Unite { partners: [man, woman], couple }]);
        self.world.set_up().clear_events();
        self.world.body(row(man)).couple
    }

    /// A child of a mother (and her partner) born in some month, without the event of its birth.
    pub(super) fn child(&mut self, sex: Sex, born: Month, mother: PersonId) -> PersonId {
        let father = self.world.partner_of(row(mother)).map_or(PersonId::NONE, |row| PersonId(row as u32));
        let mut child = Newcomer::default();
        child.body.key = self.world.rows().len() as u64 + 1;
        child.body.born = born;
        child.body.set(Flag::Female, sex == Sex::Female);
        self.apply([Change::Born { mother, father, child: Box::new(child) }]);
        self.world.set_up().clear_events();
        PersonId(self.world.rows().len() as u32 - 1)
    }

    pub(super) fn apply(&mut self, list: impl IntoIterator<Item = Change>) {
        self.world.apply(Changes { list: list.into_iter().collect(), ..Changes::default() });
        self.world.take_touched();
    }

    /// Simulates one month with these changes and events.
    pub(super) fn month(&mut self, list: impl IntoIterator<Item = Change>, events: impl IntoIterator<Item = Event>) {
        let world = &mut self.world;
        world.set_up().clear_events();
        if world.now().of_year() == 0 {
            world.begin_year();
        }
        world.apply(Changes {
            list: list.into_iter().collect(),
            events: events.into_iter().collect(),
            ..Changes::default()
        });
        world.take_touched();
        world.tidy();
        world.next_month();
        self.outcomes.month(&self.world);
        self.outcomes.year(&self.world);
    }

    /// Simulates months without events until a month.
    pub(super) fn live_until(&mut self, until: Month) {
        while self.world.now() < until {
            self.month([], []);
        }
    }

    /// The first table.
    pub(super) fn table(&self) -> Table {
        let tables = self.outcomes.finish(&self.world).expect("rows suit the columns");
        let table = tables.into_iter().next().expect("a table is wanted");
        assert_eq!(table.repeated_key(), None);
        table
    }
}

pub(super) fn row(who: PersonId) -> usize {
    who.row().expect("a person who is here")
}

pub(super) fn union(key: u64, since: Month) -> Couple {
    Couple::new(key, since)
}

/// The rows of a table in which the named columns have these values.
pub(super) fn rows_with(table: &Table, wanted: &[(&str, Cell<'_>)]) -> Vec<usize> {
    (0..table.rows()).filter(|row| wanted.iter().all(|(name, cell)| table.cell(*row, name) == Some(*cell))).collect()
}

/// The only row in which the named columns have these values.
pub(super) fn the_row(table: &Table, wanted: &[(&str, Cell<'_>)]) -> usize {
    match rows_with(table, wanted)[..] {
        [row] => row,
        ref rows => panic!("{} rows instead of one have {wanted:?}", rows.len()),
    }
}

/// Integers of a row.
pub(super) fn ints<const N: usize>(table: &Table, row: usize, columns: [&str; N]) -> [i64; N] {
    columns.map(|name| {
        let cell = table.cell(row, name).unwrap_or_else(|| panic!("no column {name}"));
        cell.as_int().unwrap_or_else(|| panic!("{name} holds {cell:?}"))
    })
}
