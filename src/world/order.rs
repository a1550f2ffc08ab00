//! The ordering of rows every few years: rows of one household become neighbours, departed persons move to the ledger,
//! and every reference is updated.
//!
//! Worlds that are simulated in lockstep share their row numbers and are ordered by one plan. A row that one of them
//! keeps and another one does not is an empty row of the other ([`Body::EMPTY`], [`Couple::EMPTY`],
//! [`Departed::EMPTY`]).

use rayon::prelude::*;

use super::*;

/// Old and new row numbers: `order[new] = old` and `new_row[old] = new`, `u32::MAX` for the departed.
///
/// Of a world in a group, `order` has the old rows that any world keeps. `new_row` is `u32::MAX` for those that this
/// world does not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renaming {
    /// Old row of each new person row.
    pub people: Vec<u32>,
    /// New row of each old person row.
    pub new_person: Vec<u32>,
    /// Old row of each new couple row.
    pub couples: Vec<u32>,
    /// New row of each old couple row.
    pub new_couple: Vec<u32>,
}

/// The rows that an ordering keeps, in their new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPlan {
    /// Old rows of persons.
    persons: Vec<u32>,
    /// Old rows of couples.
    couples: Vec<u32>,
    /// Old rows of departed persons who enter the ledger.
    departed: Vec<u32>,
    /// Number of persons, couples and entries of the ledger before the ordering.
    lengths: [usize; 3],
}

/// Number of householders that one thread orders at a time.
const CHUNK: usize = 16_384;

impl OrderPlan {
    /// Old rows of persons in their new order.
    pub(super) fn persons(&self) -> &[u32] {
        &self.persons
    }

    /// Old rows of couples in their new order.
    pub(super) fn couples(&self) -> &[u32] {
        &self.couples
    }

    /// Old rows of the persons who enter the ledger.
    pub(super) fn departed(&self) -> &[u32] {
        &self.departed
    }

    /// Number of persons, couples and entries of the ledger before the ordering.
    pub(super) fn lengths(&self) -> [usize; 3] {
        self.lengths
    }

    /// Adds the rows that plans of other worlds keep and this one does not, after its own and in ascending order: the
    /// order of the other plans does not matter.
    ///
    /// A person who is present in one world and departed in another can be both a row and an entry of the ledger.
    ///
    /// # Panics
    /// If the worlds have different numbers of rows.
    pub fn join(&mut self, others: &[OrderPlan]) {
        let lengths = self.lengths;
        assert!(others.iter().all(|other| other.lengths == lengths), "worlds of a group share their row numbers");
        append_missing(&mut self.persons, lengths[0], others.iter().map(|other| &other.persons));
        append_missing(&mut self.couples, lengths[1], others.iter().map(|other| &other.couples));
        append_missing(&mut self.departed, lengths[0], others.iter().map(|other| &other.departed));
    }
}

impl World {
    /// Orders all rows by place (city by city, elsewhere last) and household, and removes the departed.
    ///
    /// The order depends on the world alone, not on the number of threads.
    ///
    /// With `shuffle`, rows are in an order that has nothing to do with places and households.
    pub fn order(&mut self, shuffle: bool) -> Renaming {
        let plan = self.order_plan(shuffle);
        self.order_by(&plan)
    }

    /// The plan of [`World::order`]; [`World::order_by`] carries it out.
    pub fn order_plan(&self, shuffle: bool) -> OrderPlan {
        let mut persons = self.household_order();
        if shuffle {
            persons.par_sort_by_key(|row| {
                self.people.body[*row as usize].key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(self.now.0 as u16)
            });
        }
        let new_person = new_rows(&persons, self.people.len());
        let wanted = self.wanted_departed(&new_person);
        let departed = (0..wanted.len() as u32).filter(|row| wanted[*row as usize]).collect();
        let couples = order_couples(&self.couples, &new_person);
        OrderPlan { persons, couples, departed, lengths: self.lengths() }
    }

    /// What a follower adds to the plan of its leader: the persons and couples of its own rows who are present, and the
    /// departed that these or others may refer to. It may name more than the follower needs.
    pub fn order_plan_of_own(&self) -> OrderPlan {
        let own = self.own_persons();
        let present = |row: &u32| self.people.body[*row as usize].has(Flag::Present);
        let (persons, gone): (Vec<u32>, Vec<u32>) = own.into_iter().partition(present);
        let parents = persons.iter().flat_map(|row| {
            let kin = self.people.kin[*row as usize];
            [kin.mother, kin.father].into_iter().filter_map(PersonId::row).map(|row| row as u32)
        });
        let mut departed: Vec<u32> = parents.filter(|row| !present(row)).chain(gone).collect();
        departed.sort_unstable();
        departed.dedup();
        let couples = self.own_couples().into_iter().filter(|row| self.couples[*row as usize].present).collect();
        OrderPlan { persons, couples, departed, lengths: self.lengths() }
    }

    /// Orders all rows by a plan that keeps at least the rows of this world's own plan. Rows that are kept for other
    /// worlds of the group alone become empty, and so do their entries in the ledger.
    ///
    /// # Panics
    /// If the plan was made for other numbers of rows.
    pub fn order_by(&mut self, plan: &OrderPlan) -> Renaming {
        assert_eq!(plan.lengths, self.lengths(), "worlds of a group share their row numbers");
        let present = self.people.body.iter().map(|body| body.has(Flag::Present));
        let new_person = new_rows_of(&plan.persons, present);
        self.bridge_departed_siblings(&new_person);
        let rename = self.write_ledger(&new_person, &plan.departed);
        let kept = self.couples.iter().map(|couple| rank_of_couple(couple, &new_person).is_some());
        let new_couple = new_rows_of(&plan.couples, kept);
        let rename_couple = |couple: CoupleId| couple.row().map_or(couple, |row| CoupleId(new_couple[row]));
        let World { people, couples, .. } = self;
        people.body = gather(&people.body, &plan.persons, &new_person, Body::EMPTY).into();
        people.mind = gather(&people.mind, &plan.persons, &new_person, Mind::default()).into();
        people.kin = gather(&people.kin, &plan.persons, &new_person, Kin::default()).into();
        people.past = gather(&people.past, &plan.persons, &new_person, Past::default()).into();
        *couples = gather(couples, &plan.couples, &new_couple, Couple::EMPTY).into();
        self.rename_columns(&rename, rename_couple);
        self.rename_lists(&rename, rename_couple);
        self.effects.remap(self.now, rename);
        self.singles.clear();
        Renaming { people: plan.persons.clone(), new_person, couples: plan.couples.clone(), new_couple }
    }

    /// Number of persons, couples and entries of the ledger.
    fn lengths(&self) -> [usize; 3] {
        [self.people.len(), self.couples.len(), self.ledger.len()]
    }

    /// Updates the references in the columns of persons and couples.
    fn rename_columns(
        &mut self,
        rename: &(impl Fn(PersonId) -> PersonId + Sync),
        rename_couple: impl Fn(CoupleId) -> CoupleId + Sync,
    ) {
        self.people.body.par_iter_mut().with_min_len(CHUNK).for_each(|body| {
            body.home = rename(body.home);
            body.couple = rename_couple(body.couple);
        });
        self.people.kin.par_iter_mut().with_min_len(CHUNK).for_each(|kin| {
            for id in [
                &mut kin.mother,
                &mut kin.father,
                &mut kin.youngest,
                &mut kin.older_of_mother,
                &mut kin.older_of_father,
            ] {
                *id = rename(*id);
            }
        });
        self.couples.par_iter_mut().with_min_len(CHUNK).for_each(|couple| {
            couple.partners = couple.partners.map(rename);
        });
    }

    /// Updates the references in the lists and in the chain; drops what concerns the departed.
    fn rename_lists(&mut self, rename: &impl Fn(PersonId) -> PersonId, rename_couple: impl Fn(CoupleId) -> CoupleId) {
        let here = |id: &mut PersonId| {
            *id = rename(*id);
            id.row().is_some()
        };
        self.pregnancies.retain_mut(|pregnancy| {
            pregnancy.father = rename(pregnancy.father);
            here(&mut pregnancy.mother)
        });
        self.touched.retain_mut(|(who, _)| here(who));
        self.ending.values_mut().for_each(|list| list.retain_mut(|spell| here(&mut spell.who)));
        self.maltreated.retain_mut(here);
        self.symptomatic.retain_mut(here);
        self.violent.retain_mut(|couple| {
            *couple = rename_couple(*couple);
            couple.is_some()
        });
        self.symptomatic.sort_unstable();
        abuse::remap(&mut self.abuse, rename);
        self.chain.remap(rename, rename_couple);
    }

    /// Present rows, city by city and household by household, in the order of their householders' rows.
    fn household_order(&self) -> Vec<u32> {
        let rows: Vec<usize> = (0..self.people.len()).collect();
        let parts: Vec<[Vec<u32>; PLACES]> = rows
            .par_chunks(CHUNK)
            .map(|rows| {
                let mut by_place: [Vec<u32>; PLACES] = Default::default();
                for row in rows.iter().copied() {
                    let body = &self.people.body[row];
                    if !body.has(Flag::Present) || body.at_parents() {
                        continue;
                    }
                    let partner = self.partner_of(row);
                    // The household of a couple is listed with its first partner.
                    if partner.is_some() && self.is_second_partner(row) {
                        continue;
                    }
                    let list = &mut by_place[body.place.city()];
                    list.push(row as u32);
                    list.extend(partner.map(|partner| partner as u32));
                    for child in self.children_of_household(row) {
                        // The children of a young mother who lives with her parents live there too.
                        self.with_descendants(child, &mut |member| list.push(member as u32));
                    }
                }
                by_place
            })
            .collect();
        let mut order = Vec::with_capacity(self.people.len());
        for place in 0..PLACES {
            for part in &parts {
                order.extend_from_slice(&part[place]);
            }
        }
        debug_assert_eq!(
            order.len(),
            self.people.body.iter().filter(|body| body.has(Flag::Present)).count(),
            "everybody present is in a household, once"
        );
        order
    }

    /// Relinks sibling lists so that they skip departed brothers and sisters.
    fn bridge_departed_siblings(&mut self, new_person: &[u32]) {
        let next = |mut id: PersonId, mother: bool, kin: &[Kin]| {
            while let Some(row) = id.row() {
                if new_person[row] != u32::MAX {
                    break;
                }
                id = if mother { kin[row].older_of_mother } else { kin[row].older_of_father };
            }
            id
        };
        let kin = &self.people.kin;
        let bridged: Vec<(u32, Kin)> = (0..kin.len())
            .into_par_iter()
            .with_min_len(CHUNK)
            .filter(|row| new_person[*row] != u32::MAX)
            .filter_map(|row| {
                let mut own = kin[row];
                own.youngest = next(own.youngest, self.people.body[row].has(Flag::Female), kin);
                own.older_of_mother = next(own.older_of_mother, true, kin);
                own.older_of_father = next(own.older_of_father, false, kin);
                (own != kin[row]).then_some((row as u32, own))
            })
            .collect();
        for (row, kin) in bridged {
            self.people.kin[row as usize] = kin;
        }
    }

    /// For each row, whether it is that of a departed person with a child here.
    fn wanted_departed(&self, new_person: &[u32]) -> Vec<bool> {
        let mut wanted = vec![false; new_person.len()];
        for (row, kin) in self.people.kin.iter().enumerate() {
            if new_person[row] != u32::MAX {
                for parent in [kin.mother, kin.father].into_iter().filter_map(PersonId::row) {
                    wanted[parent] = new_person[parent] == u32::MAX;
                }
            }
        }
        wanted
    }

    /// Moves departed persons with children here to the ledger; returns the mapping from old to new ids.
    ///
    /// Each row of `entering` gets an entry, in this order. The entry is empty when the person has not departed from
    /// this world, or has no child here.
    fn write_ledger(&mut self, new_person: &[u32], entering: &[u32]) -> impl Fn(PersonId) -> PersonId + Sync + use<> {
        let wanted = self.wanted_departed(new_person);
        let mut names: Vec<u32> = new_person.to_vec();
        for (number, row) in (self.ledger.len()..).zip(entering) {
            if wanted[*row as usize] {
                names[*row as usize] = PersonId::LEDGER + number as u32;
            }
        }
        debug_assert!(
            names.iter().zip(&wanted).all(|(name, wanted)| !wanted || *name != u32::MAX),
            "the plan has all persons who enter the ledger"
        );
        let name = move |id: PersonId| id.row().map_or(id, |row| PersonId(names[row]));
        for departed in self.ledger.iter_mut() {
            departed.mother = name(departed.mother);
            departed.father = name(departed.father);
        }
        for row in entering.iter().map(|row| *row as usize) {
            let (body, kin, past) = (self.people.body[row], self.people.kin[row], self.people.past[row]);
            let entry = Departed {
                key: body.key,
                mother: name(kin.mother),
                father: name(kin.father),
                born: body.born,
                last_seen: self.now,
                exposed: past.exposed,
                used: past.used,
                suffered: past.suffered,
                female: body.has(Flag::Female),
            };
            self.ledger.push(if wanted[row] { entry } else { Departed::EMPTY });
        }
        name
    }
}

/// What couples are ordered by: the first partner's new row and the first month. Nothing for a couple that is not kept.
fn rank_of_couple(couple: &Couple, new_person: &[u32]) -> Option<(u32, Month)> {
    let new_row = |who: PersonId| who.row().map(|row| new_person[row]).filter(|row| *row != u32::MAX);
    let (first, _) = (new_row(couple.partners[0])?, new_row(couple.partners[1])?);
    couple.present.then_some((first, couple.since))
}

/// Old rows of the couples that are kept, in their new order.
fn order_couples(couples: &[Couple], new_person: &[u32]) -> Vec<u32> {
    let mut kept: Vec<((u32, Month), u32)> =
        (0..).zip(couples).filter_map(|(row, couple)| Some((rank_of_couple(couple, new_person)?, row))).collect();
    kept.par_sort_unstable();
    kept.into_iter().map(|(_, row)| row).collect()
}

/// New row of each old row, `u32::MAX` for rows that are not in `order`.
pub(super) fn new_rows(order: &[u32], rows: usize) -> Vec<u32> {
    let mut new_row = vec![u32::MAX; rows];
    for (new, old) in (0..).zip(order) {
        new_row[*old as usize] = new;
    }
    new_row
}

/// New row of each old row that a world keeps, `u32::MAX` for rows that only other worlds of the group keep.
fn new_rows_of(order: &[u32], keeps: impl ExactSizeIterator<Item = bool>) -> Vec<u32> {
    let mut new_row = new_rows(order, keeps.len());
    for (new, keeps) in new_row.iter_mut().zip(keeps) {
        debug_assert!(!keeps || *new != u32::MAX, "the plan has all rows that the world keeps");
        if !keeps {
            *new = u32::MAX;
        }
    }
    new_row
}

/// Appends the rows that are in other lists and not in this one, each once and in ascending order.
fn append_missing<'l>(list: &mut Vec<u32>, rows: usize, others: impl Iterator<Item = &'l Vec<u32>>) {
    let mut kept = vec![false; rows];
    list.iter().for_each(|row| kept[*row as usize] = true);
    let own = list.len();
    list.extend(others.flatten().filter(|row| !std::mem::replace(&mut kept[**row as usize], true)));
    list[own..].sort_unstable();
}

/// A column in a new order, with `empty` where this world does not keep the row.
fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32], new_row: &[u32], empty: T) -> Vec<T> {
    let mut sorted = Vec::with_capacity(order.len() + order.len() / 8);
    let value = |old: &u32| if new_row[*old as usize] == u32::MAX { empty } else { column[*old as usize] };
    order.par_iter().with_min_len(CHUNK).map(value).collect_into_vec(&mut sorted);
    sorted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const HERE: Place = Place(0);

    /// Worlds that share their row numbers.
    #[derive(Clone)]
    struct Group {
        worlds: Vec<World>,
        /// Number of keys given so far.
        keys: u64,
    }

    impl Group {
        fn new() -> Group {
            let area = Area { up_to: 1.0, deprivation: 1.0, mark: 0 };
            let places = Places { cities: vec!["one".into()], areas: vec![vec![area]] };
            Group { worlds: vec![World::new(Month(0), places)], keys: 0 }
        }

        /// The same world this many times.
        fn times(&self, worlds: usize) -> Group {
            Group { worlds: vec![self.worlds[0].clone(); worlds], keys: self.keys }
        }

        fn newcomer(&mut self, sex: Sex, age: i32) -> Newcomer {
            self.keys += 1;
            let mut newcomer = Newcomer::default();
            newcomer.body.key = self.keys;
            newcomer.body.born = self.worlds[0].now.plus(-12 * age);
            newcomer.body.set(Flag::Female, sex == Sex::Female);
            newcomer.body.set(Flag::GrewUpHere, self.keys.is_multiple_of(3));
            newcomer
        }

        fn couple(&mut self) -> Couple {
            self.keys += 1;
            Couple { key: self.keys, since: self.worlds[0].now, ended: Month::NEVER, ..Couple::EMPTY }
        }

        fn born(&mut self, mother: u32, father: Option<u32>, sex: Sex, age: i32) -> Change {
            let child = Box::new(self.newcomer(sex, age));
            Change::Born { mother: PersonId(mother), father: father.map_or(PersonId::NONE, PersonId), child }
        }

        fn unite(&mut self, man: u32, woman: u32) -> Change {
            Change::Unite { partners: [man, woman].map(PersonId), couple: Box::new(self.couple()) }
        }

        /// A person who comes alone.
        fn alone(&mut self, sex: Sex, age: i32) -> Change {
            let members = vec![self.newcomer(sex, age)];
            Change::Arrive(Box::new(Arrival { members, union: None, parents: Vec::new() }))
        }

        /// Applies a change in some of the worlds; the rows that it adds are empty rows of the others.
        fn apply(&mut self, which: &[usize], change: &Change) {
            for world in which {
                self.worlds[*world].apply(Changes { list: vec![change.clone()], ..Changes::default() });
            }
            let rows = self.worlds.iter().map(|world| world.people.len()).max().unwrap_or(0);
            let couples = self.worlds.iter().map(|world| world.couples.len()).max().unwrap_or(0);
            for world in &mut self.worlds {
                while world.people.len() < rows {
                    world.people.push(Body::EMPTY, Mind::default(), Kin::default(), Past::default());
                }
                world.couples.resize(couples, Couple::EMPTY);
            }
        }

        /// Orders all worlds by the plan of the first one, joined with those of the others, and checks that nothing
        /// changed but numbers.
        fn order(&mut self, shuffle: bool) -> Vec<Renaming> {
            for world in &mut self.worlds {
                world.effects.settle();
            }
            let before: Vec<Account> = self.worlds.iter().map(Account::of).collect();
            let plans: Vec<OrderPlan> = self.worlds.iter().map(|world| world.order_plan(shuffle)).collect();
            let mut plan = plans[0].clone();
            plan.join(&plans[1..]);
            assert!(plan.persons.starts_with(&plans[0].persons) && plan.couples.starts_with(&plans[0].couples));
            let mut other = plans[0].clone();
            other.join(&plans[1..].iter().rev().cloned().collect::<Vec<_>>());
            assert_eq!(other, plan, "the order of the other plans does not matter");
            let renamings: Vec<Renaming> = self.worlds.iter_mut().map(|world| world.order_by(&plan)).collect();
            for ((world, before), renaming) in self.worlds.iter().zip(before).zip(&renamings) {
                assert_eq!(Account::of(world), before);
                check_renaming(world, renaming);
                agree(&self.worlds[0], world);
            }
            renamings
        }
    }

    /// The columns of a person, and the lists of children and of older brothers and sisters on both sides.
    type Person = (Body, Mind, Past, Kin, [Vec<PersonId>; 3]);

    /// What a world contains, with keys instead of row numbers.
    #[derive(Debug, PartialEq)]
    struct Account {
        persons: BTreeMap<u64, Person>,
        couples: BTreeMap<u64, Couple>,
        lists: [Vec<PersonId>; 5],
        violent: Vec<u64>,
    }

    impl Account {
        fn of(world: &World) -> Account {
            let none = PersonId::NONE;
            let present = |who: PersonId| who.row().is_some_and(|row| world.people.body[row].has(Flag::Present));
            let named = |who: PersonId| match (who.row(), world.departed(who)) {
                (Some(row), _) => PersonId(world.people.body[row].key as u32),
                (None, Some(departed)) => PersonId(departed.key as u32),
                (None, None) => none,
            };
            let line = |from: PersonId, mother: bool| {
                let next = |id: &PersonId| {
                    let kin = &world.people.kin[id.row()?];
                    Some(if mother { kin.older_of_mother } else { kin.older_of_father })
                };
                let persons = std::iter::successors(Some(from), next);
                persons.filter(|id| present(*id)).map(named).collect::<Vec<_>>()
            };
            let persons = world.rows().filter(|row| present(PersonId(*row as u32))).map(|row| {
                let (body, kin) = (world.people.body[row], world.people.kin[row]);
                let lines = [
                    line(kin.youngest, body.has(Flag::Female)),
                    line(kin.older_of_mother, true),
                    line(kin.older_of_father, false),
                ];
                let couple = body.couple.row().map_or(CoupleId::NONE, |row| CoupleId(world.couples[row].key as u32));
                let named_body = Body { home: named(body.home), couple, ..body };
                let (mother, father) = (named(kin.mother), named(kin.father));
                let named_kin = Kin { mother, father, record: kin.record, ..Kin::default() };
                (body.key, (named_body, world.people.mind[row], world.people.past[row], named_kin, lines))
            });
            let kept = |couple: &&Couple| couple.present && couple.partners.into_iter().all(present);
            let couples = world
                .couples
                .iter()
                .filter(kept)
                .map(|couple| (couple.key, Couple { partners: couple.partners.map(named), ..*couple }));
            let in_order = |list: &mut dyn Iterator<Item = PersonId>| -> Vec<PersonId> {
                list.filter(|who| present(*who)).map(named).collect()
            };
            let sorted = |mut list: Vec<PersonId>| {
                list.sort_unstable();
                list
            };
            let violent = world.violent.iter().filter_map(|id| world.couple_by_id(*id)).filter(kept);
            Account {
                persons: persons.collect(),
                couples: couples.collect(),
                lists: [
                    in_order(&mut world.pregnancies.iter().map(|pregnancy| pregnancy.mother)),
                    in_order(&mut world.touched.iter().map(|(who, _)| *who)),
                    in_order(&mut world.maltreated.iter().copied()),
                    sorted(in_order(&mut world.symptomatic.iter().copied())),
                    sorted(in_order(&mut world.effects.persons())),
                ],
                violent: violent.map(|couple| couple.key).collect(),
            }
        }
    }

    /// The new numbers of persons and couples are those of the renaming, and the columns keep empty rows only for other
    /// worlds.
    fn check_renaming(world: &World, renaming: &Renaming) {
        assert_eq!((renaming.people.len(), renaming.couples.len()), (world.people.len(), world.couples.len()));
        for (new, (old, body)) in (0..).zip(renaming.people.iter().zip(world.people.body.iter())) {
            let present = body.has(Flag::Present);
            assert_eq!(renaming.new_person[*old as usize], if present { new } else { u32::MAX });
            assert!(present || *body == Body::EMPTY);
        }
        for (new, (old, couple)) in (0..).zip(renaming.couples.iter().zip(world.couples.iter())) {
            assert_eq!(renaming.new_couple[*old as usize], if couple.present { new } else { u32::MAX });
            assert!(couple.present || *couple == Couple::EMPTY);
        }
    }

    /// Rows with the same number are the same person or couple in both worlds, or empty in one of them.
    fn agree(one: &World, other: &World) {
        assert_eq!(one.lengths(), other.lengths());
        let same = |(a, b): (u64, u64)| a == b || a == 0 || b == 0;
        let keys = |world: &World| -> Vec<u64> {
            let persons = world.people.body.iter().map(|body| body.key);
            let couples = world.couples.iter().map(|couple| couple.key);
            persons.chain(couples).chain(world.ledger.iter().map(|departed| departed.key)).collect()
        };
        assert!(keys(one).into_iter().zip(keys(other)).all(same), "{:?} {:?}", keys(one), keys(other));
    }

    /// A grandmother (row 0), her daughter (1) with a partner (2), their children (3 and 4), and a single man (5).
    fn family() -> Group {
        let mut group = Group::new();
        for change in [group.alone(Sex::Female, 60), group.born(0, None, Sex::Female, 35)] {
            group.apply(&[0], &change);
        }
        group.apply(&[0], &Change::Home { who: PersonId(1), home: PersonId::NONE });
        for change in [group.alone(Sex::Male, 40), group.unite(2, 1)] {
            group.apply(&[0], &change);
        }
        let children = [group.born(1, Some(2), Sex::Female, 5), group.born(1, Some(2), Sex::Male, 2)];
        for change in children.into_iter().chain([group.alone(Sex::Male, 30)]) {
            group.apply(&[0], &change);
        }
        group
    }

    fn dies(row: u32) -> Change {
        Change::Dies { who: PersonId(row), by_partner: false }
    }

    #[test]
    fn a_world_alone_is_ordered_by_household_and_without_the_departed() {
        let mut group = family();
        group.apply(&[0], &dies(0));
        group.apply(&[0], &dies(3));
        let keys = |group: &Group| group.worlds[0].people.body.iter().map(|body| body.key).collect::<Vec<_>>();
        let before = keys(&group);
        let mut alone = group.worlds[0].clone();
        let renaming = group.order(false).remove(0);
        assert_eq!(alone.order(false), renaming);
        assert_eq!(alone, group.worlds[0]);
        assert_eq!(renaming.people, [2, 1, 4, 5], "the man first, then his partner and the child; the single man");
        assert_eq!(renaming.new_person, [u32::MAX, 1, 0, u32::MAX, 2, 3]);
        assert_eq!((renaming.couples, renaming.new_couple), (vec![0], vec![0]));
        assert_eq!(keys(&group), [2, 1, 4, 5].map(|old| before[old]));
        assert_eq!(alone.ledger.len(), 1, "the dead child has no child here");
        assert_eq!((alone.ledger[0].key, alone.kin(1).mother), (before[0], PersonId(PersonId::LEDGER)));
        assert_eq!(alone.couple(0).partners, [PersonId(0), PersonId(1)]);
        assert_eq!((alone.kin(0).youngest, alone.kin(1).youngest), (PersonId(2), PersonId(2)));
        assert_eq!((alone.kin(2).older_of_mother, alone.kin(2).older_of_father), (PersonId::NONE, PersonId::NONE));
    }

    #[test]
    fn a_person_may_be_a_row_of_one_world_and_an_entry_in_the_ledger_of_another() {
        let mut group = family().times(2);
        // The man dies in the first world. In the second one the grandmother dies and a third child is born.
        group.apply(&[0], &dies(2));
        group.apply(&[1], &dies(0));
        let change = group.born(1, Some(2), Sex::Male, 0);
        group.apply(&[1], &change);
        let renamings = group.order(false);
        let [first, second] = &group.worlds[..] else { panic!("two worlds") };
        let gone = u32::MAX;
        for renaming in &renamings {
            assert_eq!((&renaming.people[..], &renaming.couples[..]), (&[0, 1, 4, 3, 5, 2, 6][..], &[0][..]));
        }
        assert_eq!(renamings[0].new_person, [0, 1, gone, 3, 2, 4, gone]);
        assert_eq!(renamings[1].new_person, [gone, 1, 5, 3, 2, 4, 6]);
        assert_eq!((&renamings[0].new_couple[..], &renamings[1].new_couple[..]), (&[gone][..], &[0][..]));
        assert_eq!(
            (first.people.body[5], first.people.body[6], second.people.body[0]),
            (Body::EMPTY, Body::EMPTY, Body::EMPTY)
        );
        let ledger = |number: u32| PersonId(PersonId::LEDGER + number);
        assert_eq!((first.kin(1).mother, second.kin(1).mother), (PersonId(0), ledger(1)));
        assert_eq!((first.kin(3).father, second.kin(3).father), (ledger(0), PersonId(5)));
        assert_eq!((first.ledger[1], second.ledger[0]), (Departed::EMPTY, Departed::EMPTY));
        assert_eq!((first.partner_of(1), second.partner_of(1)), (None, Some(5)));
        assert_eq!(second.kin(1).youngest, PersonId(6));
    }

    #[test]
    fn equal_worlds_are_ordered_as_one_alone() {
        for shuffle in [false, true] {
            let mut group = family().times(3);
            group.apply(&[0, 1, 2], &dies(2));
            let mut alone = group.worlds[0].clone();
            let renaming = alone.order(shuffle);
            assert!(group.order(shuffle).iter().all(|other| *other == renaming));
            assert!(group.worlds.iter().all(|world| *world == alone));
        }
    }

    #[test]
    #[should_panic(expected = "worlds of a group share their row numbers")]
    fn a_plan_of_other_row_numbers_is_refused() {
        let (mut group, family) = (Group::new(), family());
        let plan = family.worlds[0].order_plan(false);
        group.worlds[0].order_by(&plan);
    }

    /// Numbers that look random (SplitMix64).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((mixed ^ (mixed >> 31)) % bound as u64) as usize
        }
    }

    impl Group {
        /// Makes one random change in one of the worlds, or in all of them.
        fn step(&mut self, dice: &mut Dice) {
            let worlds = self.worlds.len();
            let one = dice.below(2 * worlds);
            let which: Vec<usize> = if one < worlds { vec![one] } else { (0..worlds).collect() };
            let rows: Vec<usize> = self.worlds[0].rows().filter(|row| self.all(&which, *row, Body::counts)).collect();
            let change = if rows.len() < 8 || dice.below(12) == 0 {
                let sex = Sex::BOTH[dice.below(2)];
                Some(self.alone(sex, 18 + dice.below(40) as i32))
            } else {
                let (row, other) = (rows[dice.below(rows.len())], rows[dice.below(rows.len())]);
                self.family_change(&which, row, other, dice).or_else(|| self.change_of_state(&which, row, dice))
            };
            if let Some(change) = change {
                self.apply(&which, &change);
            }
        }

        /// Whether a condition holds for a person in each of some worlds.
        fn all(&self, which: &[usize], row: usize, is: impl Fn(&Body) -> bool) -> bool {
            which.iter().all(|world| is(&self.worlds[*world].people.body[row]))
        }

        /// The couple that a person lives in, the same in each of some worlds.
        fn couple_in(&self, which: &[usize], row: usize) -> Option<CoupleId> {
            let couple = self.worlds[which[0]].people.body[row].couple;
            (couple.is_some() && self.all(which, row, |body| body.couple == couple)).then_some(couple)
        }

        fn family_change(&mut self, which: &[usize], row: usize, other: usize, dice: &mut Dice) -> Option<Change> {
            let (now, who) = (self.worlds[0].now, PersonId(row as u32));
            let body = self.worlds[which[0]].people.body[row];
            let (age, grown) = (body.age(now), body.age(now) >= 18);
            match dice.below(9) {
                0 => Some(dies(row as u32)),
                1 | 2 if body.has(Flag::Female) && age >= 16 => {
                    let world = &self.worlds[which[0]];
                    let father = world.partner_of(row).filter(|father| !world.body(*father).has(Flag::Female));
                    let father = father.map(|father| father as u32);
                    let child = dice.below((age - 15).min(30) as usize) as i32;
                    Some(self.born(row as u32, father, Sex::BOTH[dice.below(2)], child))
                }
                3 | 4 if grown => {
                    let partner = self.worlds[which[0]].people.body[other];
                    let single = |body: &Body| body.couple == CoupleId::NONE && body.place.is_here();
                    let free = self.all(which, row, single) && self.all(which, other, single);
                    let parent = |world: &World, of: usize, who: usize| {
                        let kin = world.kin(of);
                        [kin.mother, kin.father].into_iter().any(|parent| parent.row() == Some(who))
                    };
                    let mut worlds = which.iter().map(|world| &self.worlds[*world]);
                    let akin = worlds.any(|world| parent(world, row, other) || parent(world, other, row));
                    let meet = row != other && (partner.sex() != body.sex() || (row + other).is_multiple_of(3));
                    let suits = partner.age(now) >= 18 && meet && free && !akin;
                    let (first, second) = if body.sex() <= partner.sex() { (row, other) } else { (other, row) };
                    suits.then(|| self.unite(first as u32, second as u32))
                }
                5 => {
                    let couple = self.couple_in(which, row)?;
                    let (goes_on, stays) = (dice.below(2) == 0, Side::BOTH[dice.below(2)]);
                    Some(Change::Separate { couple, goes_on, stays, place: body.place, low_income: [false; 2] })
                }
                6 if grown && self.all(which, row, Body::at_parents) => {
                    Some(Change::Home { who, home: PersonId::NONE })
                }
                7 if grown && self.all(which, row, |body| !body.at_parents()) => {
                    Some(Change::Move { who, to: [HERE, Place::ELSEWHERE][dice.below(2)] })
                }
                _ => None,
            }
        }

        fn change_of_state(&mut self, which: &[usize], row: usize, dice: &mut Dice) -> Option<Change> {
            let (now, who) = (self.worlds[0].now, PersonId(row as u32));
            let body = self.worlds[which[0]].people.body[row];
            match dice.below(5) {
                0 => {
                    let (couple, by) = (self.couple_in(which, row)?, Side::BOTH[dice.below(2)]);
                    Some(Change::Violence { couple, by, state: Violence::Situational })
                }
                1 if body.age(now) < 18 => Some(Change::Witness { child: who, window: 0 }),
                2 if body.age(now) < 18 => Some(Change::MaltreatmentBegins { child: who, kinds: 1 }),
                3 if body.has(Flag::Female) => {
                    Some(Change::Conceives { mother: who, father: PersonId::NONE, due: now.plus(40) })
                }
                4 => Some(Change::Effect(Effect {
                    person: who,
                    mechanism: Mechanism::Conception,
                    log_ratio: 0.5,
                    from: now,
                    half_life: f32::INFINITY,
                    until: Month::NEVER,
                })),
                _ => None,
            }
        }
    }

    #[test]
    fn random_worlds_agree_after_each_of_several_orderings() {
        let (mut empty_rows, mut empty_couples, mut empty_entries) = (0, 0, 0);
        for seed in 0..100 {
            let mut dice = Dice(seed);
            let mut group = Group::new();
            (0..80).for_each(|_| group.step(&mut dice));
            group = group.times(3);
            for round in 0..4 {
                (0..60).for_each(|_| group.step(&mut dice));
                group.order(seed % 2 == 1);
                for world in &mut group.worlds {
                    world.now = world.now.plus(36);
                    empty_rows += world.people.body.iter().filter(|body| body.key == 0).count();
                    empty_couples += world.couples.iter().filter(|couple| couple.key == 0).count();
                    empty_entries += world.ledger.iter().filter(|departed| departed.key == 0).count();
                    if round == 3 {
                        // Ordered alone, a world has no empty rows.
                        let mut alone = world.clone();
                        alone.order(false);
                        assert!(alone.people.body.iter().all(|body| body.has(Flag::Present)));
                        assert!(alone.couples.iter().all(|couple| couple.present));
                    }
                }
            }
        }
        assert!(empty_rows > 0 && empty_couples > 0 && empty_entries > 0, "the worlds of a group differ");
    }
}
