//! Former partners with violence, ongoing or recent: the burn-in population has them in two households, which are copied
//! apart from each other into the cities. Here their copies become former partners again.
//!
//! Copies of both partners in one city are linked first. Copies whose former partner has no copy left there, as most in a
//! small population, are linked to copies of other former partners of the city whose couples are most alike: in the sexes
//! of the partners, the state of violence, the age of the second partner and the time since the separation.

use std::collections::{BTreeMap, BTreeSet};

use crate::random::Luck;
use crate::world::{City, Couple, PersonId, Sex, World};

/// Kind, for key derivation, of a former couple.
const FORMER: u16 = 12;
/// Process identity of the choice of copies that stay without a former partner.
const CHOICE: u16 = 75;
/// Years of age that are alike.
const BAND: i32 = 10;

/// The former couples of a burn-in population.
pub(super) struct FormerCouples {
    /// Each couple with the keys of both partners, and the age of the second.
    couples: Vec<(Couple, [u64; 2], i32)>,
    /// Keys of all of them.
    partners: BTreeSet<u64>,
}

/// Copies of former partners in the cities: key in the burn-in population and key of the copy, in order of copying.
#[derive(Debug, Default)]
pub(super) struct Copied(Vec<(u64, u64)>);

/// One copy of a former partner that still has no former partner.
#[derive(Clone, Copy)]
struct Loose {
    row: usize,
    /// Index of the couple in the burn-in population.
    couple: usize,
}

impl FormerCouples {
    /// The former couples with violence, ongoing or recent, of a burn-in population, by key.
    pub(super) fn of(pool: &World) -> FormerCouples {
        let former = |couple: &&Couple| couple.present && !couple.together() && couple.was_violent();
        let mut couples = Vec::new();
        for couple in pool.couples().filter(former) {
            if let [Some(first), Some(second)] = couple.partners.map(PersonId::row) {
                let keys = [first, second].map(|row| pool.body(row).key);
                couples.push((*couple, keys, pool.body(second).age(pool.now())));
            }
        }
        couples.sort_by_key(|(couple, ..)| couple.key);
        let partners = couples.iter().flat_map(|(_, keys, _)| *keys).collect();
        FormerCouples { couples, partners }
    }

    /// Notes the copy of a person, if the person is one of the former partners.
    pub(super) fn note(&self, copied: &mut Copied, person: u64, copy: u64) {
        if self.partners.contains(&person) {
            copied.0.push((person, copy));
        }
    }

    /// Links the copies in the world. Returns the number of former couples.
    pub(super) fn link(&self, world: &mut World, copied: &Copied, luck: Luck) -> usize {
        let of_copy: BTreeMap<u64, usize> = {
            let keys: BTreeSet<u64> = copied.0.iter().map(|(_, copy)| *copy).collect();
            world.rows().map(|row| (world.body(row).key, row)).filter(|(key, _)| keys.contains(key)).collect()
        };
        let mut rows: BTreeMap<(u64, City), Vec<usize>> = BTreeMap::new();
        for (person, copy) in &copied.0 {
            if let Some(row) = of_copy.get(copy) {
                rows.entry((*person, world.body(*row).place.city())).or_default().push(*row);
            }
        }
        let cities: BTreeSet<City> = rows.keys().map(|(_, city)| *city).collect();
        let mut linked = 0;
        for city in cities {
            let mut pairs: Vec<[Loose; 2]> = Vec::new();
            let mut loose: BTreeMap<[bool; 2], [Vec<Loose>; 2]> = BTreeMap::new();
            for (couple, (course, keys, _)) in self.couples.iter().enumerate() {
                let copies = keys.map(|key| rows.get(&(key, city)).map_or(&[][..], Vec::as_slice));
                let both = copies[0].len().min(copies[1].len());
                for at in 0..both {
                    pairs.push(copies.map(|rows| Loose { row: rows[at], couple }));
                }
                let sexes = course.sexes.map(|sex| sex == Sex::Female);
                for (loose, rows) in loose.entry(sexes).or_default().iter_mut().zip(copies) {
                    loose.extend(rows[both..].iter().map(|row| Loose { row: *row, couple }));
                }
            }
            for loose in loose.into_values() {
                pairs.extend(self.alike(world, loose, luck));
            }
            for [first, second] in pairs {
                linked += usize::from(self.unite(world, first, second.row, luck));
            }
        }
        linked
    }

    /// Pairs of a first and a second partner whose couples are alike; those left over are chosen at random.
    fn alike(&self, world: &World, mut loose: [Vec<Loose>; 2], luck: Luck) -> Vec<[Loose; 2]> {
        let both = loose[0].len().min(loose[1].len());
        for side in &mut loose {
            let lot = |one: &Loose| luck.block(world.body(one.row).key, CHOICE, one.couple as u32, 0).unit(0);
            side.sort_by(|one, other| lot(one).total_cmp(&lot(other)));
            side.truncate(both);
            side.sort_by_key(|one| {
                let (couple, _, age) = &self.couples[one.couple];
                (couple.violence, couple.last, age / BAND, couple.ended, couple.key)
            });
        }
        let [firsts, seconds] = loose;
        firsts.into_iter().zip(seconds).map(|(first, second)| [first, second]).collect()
    }

    /// Makes two copies former partners, with the course of the first partner's couple; not if they are one person or
    /// live together.
    fn unite(&self, world: &mut World, first: Loose, second: usize, luck: Luck) -> bool {
        if world.household(first.row).contains(&second) {
            return false;
        }
        let [one, other] = [first.row, second].map(|row| world.body(row).key);
        let key = luck.derive(luck.derive(one, FORMER, first.couple as u32) ^ other, FORMER, 0);
        let partners = [first.row, second].map(|row| PersonId(row as u32));
        let (couple, ..) = self.couples[first.couple];
        world.set_up().former_couple(Couple { key, partners, incidents: [0; 2], ..couple });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Body, Flag, Mind, Month, Past, Place, Places, Violence};

    const CITIES: usize = 2;

    fn grown(world: &mut World, key: u64, sex: Sex, city: City) -> PersonId {
        let mut body = Body { key, born: Month(-480), place: Place::new(city, 0), ..Body::default() };
        body.set(Flag::Female, sex == Sex::Female);
        world.set_up().person(body, Mind::default(), Past::default())
    }

    /// A population of former couples, one with each state of the man's violence: men have odd keys, women even ones.
    fn pool(states: &[Violence]) -> World {
        let mut world = World::new(Month(0), Places::default());
        for (at, state) in states.iter().enumerate() {
            let key = 2 * at as u64;
            let man = grown(&mut world, key + 1, Sex::Male, 0);
            let woman = grown(&mut world, key + 2, Sex::Female, 0);
            let last = [*state, Violence::None];
            let course = Couple { violence: last, last, ended: Month(-12), key, present: true, ..Couple::EMPTY };
            world.set_up().former_couple(Couple { partners: [man, woman], ..course });
        }
        world
    }

    /// A world with copies of these persons in these cities, as their former partners are linked there: the keys in the
    /// burn-in population of man and woman, the city, and the state of the man's violence.
    fn linked(pool: &World, copies: &[(u64, City)]) -> Vec<(u64, u64, City, Violence)> {
        let former = FormerCouples::of(pool);
        let mut world = World::new(Month(0), Places::default());
        let mut copied = Copied::default();
        for (at, (person, city)) in copies.iter().enumerate() {
            let copy = 1000 + at as u64;
            let sex = if person % 2 == 0 { Sex::Female } else { Sex::Male };
            grown(&mut world, copy, sex, *city);
            former.note(&mut copied, *person, copy);
        }
        let count = former.link(&mut world, &copied, Luck::new(1, 0, 0));
        assert_eq!(count, world.violent().len());
        let origin = |who: PersonId| copies[who.row().expect("a row")].0;
        let mut found: Vec<_> = world
            .couples()
            .map(|couple| {
                let [city, other] = couple.partners.map(|who| world.body(who.row().expect("a row")).place.city());
                assert_eq!(city, other, "of one city");
                assert!(couple.present && !couple.together());
                (origin(couple.partners[0]), origin(couple.partners[1]), city, couple.violence[0])
            })
            .collect();
        found.sort_unstable();
        let keys: BTreeSet<u64> = world.couples().map(|couple| couple.key).collect();
        assert_eq!(keys.len(), found.len(), "each has a key of its own");
        found
    }

    #[test]
    fn copies_of_both_partners_in_one_city_are_former_partners_again() {
        let pool = pool(&[Violence::Situational, Violence::Coercive]);
        let copies: Vec<(u64, City)> =
            (0..CITIES).flat_map(|city| [(1, city), (2, city), (3, city), (4, city)]).collect();
        let expected = |city| [(1, 2, city, Violence::Situational), (3, 4, city, Violence::Coercive)];
        let mut all: Vec<_> = (0..CITIES).flat_map(expected).collect();
        all.sort_unstable();
        assert_eq!(linked(&pool, &copies), all);
    }

    #[test]
    fn copies_whose_former_partner_was_not_copied_find_somebody_alike() {
        let states = [Violence::Situational, Violence::Coercive, Violence::Coercive, Violence::Situational];
        let pool = pool(&states);
        // The men of the first two couples and the women of the last two.
        let found = linked(&pool, &[(1, 0), (3, 0), (6, 0), (8, 0)]);
        assert_eq!(found, [(1, 8, 0, Violence::Situational), (3, 6, 0, Violence::Coercive)]);
        // Nobody is linked over cities, and who is one too many stays alone.
        assert!(linked(&pool, &[(1, 0), (2, 1)]).is_empty());
        assert_eq!(linked(&pool, &[(1, 0), (1, 0), (1, 0), (2, 0)]), [(1, 2, 0, Violence::Situational)]);
    }
}
