//! The ordering of rows every few years: rows of one household become neighbours, departed persons move to the ledger,
//! and every reference is updated.

use rayon::prelude::*;

use super::*;

/// Old and new row numbers: `order[new] = old` and `new_row[old] = new`, `u32::MAX` for the departed.
#[derive(Clone, Debug, Default)]
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

/// Number of householders that one thread orders at a time.
const CHUNK: usize = 16_384;

impl World {
    /// Orders all rows by place (city by city, elsewhere last) and household, and removes the departed.
    ///
    /// The order depends on the world alone, not on the number of threads.
    ///
    /// With `shuffle`, rows are in an order that has nothing to do with places and households.
    pub fn order(&mut self, shuffle: bool) -> Renaming {
        let mut order = self.household_order();
        if shuffle {
            order.par_sort_by_key(|row| {
                self.people.body[*row as usize].key.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(self.now.0 as u16)
            });
        }
        let mut new_person = vec![u32::MAX; self.people.len()];
        for (new, old) in order.iter().enumerate() {
            new_person[*old as usize] = new as u32;
        }
        self.bridge_departed_siblings(&new_person);
        let rename = self.write_ledger(&new_person);
        let World { people, couples, .. } = self;
        let (couple_order, new_couple) = order_couples(couples, &rename);
        let rename_couple = |couple: CoupleId| couple.row().map_or(couple, |row| CoupleId(new_couple[row]));
        people.body = gather(&people.body, &order);
        people.mind = gather(&people.mind, &order);
        people.kin = gather(&people.kin, &order);
        people.past = gather(&people.past, &order);
        people.body.par_iter_mut().with_min_len(CHUNK).for_each(|body| {
            body.home = rename(body.home);
            body.couple = rename_couple(body.couple);
        });
        people.kin.par_iter_mut().with_min_len(CHUNK).for_each(|kin| {
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
        *couples = gather(couples, &couple_order);
        couples.par_iter_mut().with_min_len(CHUNK).for_each(|couple| {
            couple.man = rename(couple.man);
            couple.woman = rename(couple.woman);
        });
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
        self.chain.remap(&rename, rename_couple);
        self.effects.remap(self.now, rename);
        self.singles.clear();
        Renaming { people: order, new_person, couples: couple_order, new_couple }
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
                    if partner.is_some() && body.has(Flag::Female) {
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

    /// Moves departed persons with children here to the ledger; returns the mapping from old to new ids.
    fn write_ledger(&mut self, new_person: &[u32]) -> impl Fn(PersonId) -> PersonId + Sync + use<> {
        let mut wanted = vec![false; new_person.len()];
        for (row, kin) in self.people.kin.iter().enumerate() {
            if new_person[row] != u32::MAX {
                for parent in [kin.mother, kin.father] {
                    if let Some(parent) = parent.row() {
                        wanted[parent] = true;
                    }
                }
            }
        }
        let mut names: Vec<u32> = new_person.to_vec();
        let mut entered = Vec::new();
        for row in 0..names.len() {
            if names[row] == u32::MAX && wanted[row] {
                names[row] = PersonId::LEDGER + (self.ledger.len() + entered.len()) as u32;
                entered.push(row);
            }
        }
        let name = move |id: PersonId| id.row().map_or(id, |row| PersonId(names[row]));
        for departed in &mut self.ledger {
            departed.mother = name(departed.mother);
            departed.father = name(departed.father);
        }
        for row in entered {
            let (body, kin, past) = (self.people.body[row], self.people.kin[row], self.people.past[row]);
            self.ledger.push(Departed {
                key: body.key,
                mother: name(kin.mother),
                father: name(kin.father),
                born: body.born,
                last_seen: self.now,
                exposed: past.exposed,
                used: past.used,
                suffered: past.suffered,
                female: body.has(Flag::Female),
            });
        }
        name
    }
}

fn order_couples(couples: &[Couple], rename: &impl Fn(PersonId) -> PersonId) -> (Vec<u32>, Vec<u32>) {
    let place = |couple: &Couple| {
        let (man, woman) = (rename(couple.man), rename(couple.woman));
        (couple.present && (man.row().is_some() && woman.row().is_some())).then_some((man.0, couple.since))
    };
    let mut kept: Vec<((u32, Month), u32)> =
        couples.iter().enumerate().filter_map(|(row, couple)| place(couple).map(|place| (place, row as u32))).collect();
    kept.par_sort_unstable();
    let order: Vec<u32> = kept.into_iter().map(|(_, row)| row).collect();
    let mut new_row = vec![u32::MAX; couples.len()];
    for (new, old) in order.iter().enumerate() {
        new_row[*old as usize] = new as u32;
    }
    (order, new_row)
}

fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32]) -> Vec<T> {
    let mut sorted = Vec::with_capacity(order.len() + order.len() / 8);
    order.par_iter().with_min_len(CHUNK).map(|old| column[*old as usize]).collect_into_vec(&mut sorted);
    sorted
}
