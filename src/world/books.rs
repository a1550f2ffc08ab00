//! Accounting of the population: every person in the world has arrived by an event, every person who is gone has left
//! by an event, and every minor has a home.
//!
//! A person of the study population enters by being present when the books are opened, by birth, or by arriving from
//! outside the study. A person leaves by death, by leaving the cities without being followed, or by loss to follow-up.
//! An outsider ([`Flag::Outsider`]), a mere set of traits, does not count as a person of the study; it exists as long
//! as the union or child that it is kept for.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::*;

/// The persons in the world, derived from events alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Keys of the persons present.
    there: BTreeSet<u64>,
    /// Persons present when the books were opened.
    pub opened: u64,
    /// Persons born since.
    pub born: u64,
    /// Persons who came from outside the study since; newcomers and those who had left it before.
    pub arrived: u64,
    /// Persons who died since.
    pub died: u64,
    /// Persons who left the cities since and are not followed.
    pub left: u64,
    /// Persons lost to follow-up since.
    pub lost: u64,
    /// Events that contradict the books.
    faults: Vec<String>,
}

impl Books {
    /// Opens the books with the persons present.
    pub fn open(world: &World) -> Books {
        let there: BTreeSet<u64> = world.present().map(|row| world.body(row).key).collect();
        Books { opened: there.len() as u64, there, ..Books::default() }
    }

    /// Processes the events of a month.
    pub fn month(&mut self, world: &World) {
        for event in &world.events {
            let (who, comes, count) = match *event {
                Event::Birth { child } => (child, true, &mut self.born),
                Event::Arrival { who, .. } => (who, true, &mut self.arrived),
                Event::Death { who, .. } => (who, false, &mut self.died),
                Event::Departure { who, followed: false, .. } => (who, false, &mut self.left),
                Event::LostFromSight { who } => (who, false, &mut self.lost),
                _ => continue,
            };
            let Some(key) = who.row().map(|row| world.body(row).key) else { continue };
            if if comes { self.there.insert(key) } else { self.there.remove(&key) } {
                *count += 1;
            } else if !matches!(event, Event::Arrival { returning: true, .. }) {
                // A returning person may have been followed elsewhere, and so be in the books already.
                self.faults
                    .push(format!("{event:?} of person {key}, who {}", if comes { "is there" } else { "is gone" }));
            }
        }
    }

    /// Checks that the books balance and that [every home is sound](World::check_homes).
    ///
    /// # Errors
    /// Names persons who are present without an arrival, absent without an event, or whose home is unsound.
    pub fn check(&self, world: &World) -> Result<(), String> {
        let mut faults = self.faults.clone();
        let there: BTreeSet<u64> = world.present().map(|row| world.body(row).key).collect();
        faults.extend(self.there.difference(&there).map(|key| format!("person {key} is gone without an event")));
        faults.extend(there.difference(&self.there).map(|key| format!("person {key} is there without an event")));
        let (came, went) = (self.opened + self.born + self.arrived, self.died + self.left + self.lost);
        if came != there.len() as u64 + went {
            faults.push(format!("{came} persons came, {went} went and {} are there", there.len()));
        }
        faults.extend(world.unsound_homes());
        said(world.now, faults)
    }
}

impl World {
    /// Checks three conditions: every minor who is present lives with an adult who is present, or is placed
    /// ([`World::is_placed`]); a person who lives at home is found in that household; partners refer to each other.
    ///
    /// # Errors
    /// Names the persons for whom a condition fails.
    pub fn check_homes(&self) -> Result<(), String> {
        said(self.now, self.unsound_homes())
    }

    fn unsound_homes(&self) -> Vec<String> {
        let present = |row: &usize| self.body(*row).has(Flag::Present);
        let faults = self.rows().into_par_iter().filter(present).filter_map(|row| {
            let body = self.body(row);
            let what = self.unsound_home(row).or_else(|| self.unsound_union(row))?;
            Some(format!("person {}, {} years old, {what}", body.key, body.age(self.now)))
        });
        faults.collect()
    }

    fn unsound_home(&self, row: usize) -> Option<&'static str> {
        /// Upper bound of the number of generations in one home.
        const MOST: usize = 8;
        let home = |row: usize| self.body(row).home;
        let parents = |row: usize| std::iter::successors(home(row).row(), move |parent| home(*parent).row());
        if home(row).is_some() && home(row).row().is_none() {
            return Some("lives with somebody who is gone");
        }
        if parents(row).nth(MOST).is_some() {
            return Some("lives in a home without a head");
        }
        let parent = home(row).row()?;
        if !self.body(parent).has(Flag::Present) {
            return Some("lives with somebody who is gone");
        }
        if !self.children_at_home(parent).any(|child| child == row) {
            return Some("is not found in the home");
        }
        let head = parents(row).last().unwrap_or(row);
        let is_grown = self.body(head).age_months(self.now) >= ADULT;
        (!is_grown && !self.is_placed(row)).then_some("lives without an adult")
    }

    fn unsound_union(&self, row: usize) -> Option<&'static str> {
        let body = self.body(row);
        let couple = self.couple(body.couple.row()?);
        if !couple.present || !couple.together() || couple.side_of(PersonId(row as u32)).is_none() {
            return Some("is in a union that is over");
        }
        let partner = self.partner_of(row).map(|partner| self.body(partner));
        if partner.is_none_or(|partner| !partner.has(Flag::Present) || partner.couple != body.couple) {
            return Some("has a partner who is gone");
        }
        body.at_parents().then_some("has a partner and lives with a parent")
    }
}

/// The first faults, with their number.
fn said(now: Month, faults: Vec<String>) -> Result<(), String> {
    const FEW: usize = 5;
    let Some(first) = faults.chunks(FEW).next() else { return Ok(()) };
    Err(format!("{} faults before {now}: {}", faults.len(), first.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small world with its books.
    struct Small {
        world: World,
        books: Books,
    }

    const HERE: Place = Place(0);

    impl Small {
        fn new() -> Small {
            let area = Area { up_to: 1.0, deprivation: 1.0, mark: 0 };
            let world = World::new(Month(0), Places { cities: vec!["one".into()], areas: vec![vec![area]] });
            Small { books: Books::open(&world), world }
        }

        fn newcomer(&self, sex: Sex, age: i32) -> Newcomer {
            let mut newcomer = Newcomer::default();
            newcomer.body.key = self.world.rows().len() as u64 + 1;
            newcomer.body.born = self.world.now.plus(-12 * age);
            newcomer.body.set(Flag::Female, sex == Sex::Female);
            newcomer
        }

        /// A grown person who lives alone; grew up in the city if `followed`.
        fn grown(&mut self, sex: Sex, age: i32, followed: bool) -> PersonId {
            let mut who = self.newcomer(sex, age);
            who.body.set(Flag::GrewUpHere, followed);
            self.apply([Change::Arrive(Box::new(Arrival { members: vec![who], union: None, parents: Vec::new() }))])
        }

        /// A child of a mother and her present partner.
        fn child(&mut self, mother: PersonId, age: i32) -> PersonId {
            let child = Box::new(self.newcomer(Sex::Female, age));
            let father = mother.row().and_then(|row| self.world.partner_of(row));
            let father = father.map_or(PersonId::NONE, |row| PersonId(row as u32));
            self.apply([Change::Born { mother, father, child }])
        }

        fn union(&self) -> Box<Couple> {
            Box::new(Couple::new(1000, self.world.now))
        }

        fn unite(&mut self, man: PersonId, woman: PersonId) {
            let couple = self.union();
            self.apply([Change::Unite { partners: [man, woman], couple }]);
        }

        /// A partner elsewhere who is outside the study population.
        fn unite_outside(&mut self, who: PersonId) -> PersonId {
            let partner = Box::new(self.newcomer(Sex::Male, 30));
            let couple = self.union();
            self.apply([Change::UniteOutside { who, partner, couple }])
        }

        fn separate(&mut self, woman: PersonId, children: &[(PersonId, PersonId)]) {
            let couple = self.world.body(row(woman)).couple;
            let homes = children.iter().map(|(who, home)| Change::Home { who: *who, home: *home });
            let separate = Change::Separate {
                couple,
                goes_on: false,
                stays: Side::Second,
                place: self.world.body(row(woman)).place,
                low_income: [false; 2],
            };
            self.apply(homes.chain([separate]).collect::<Vec<_>>());
        }

        fn dies(&mut self, who: PersonId) {
            self.apply([Change::Dies { who, by_partner: false }]);
        }

        fn moves(&mut self, who: PersonId, to: Place) {
            self.apply([Change::Move { who, to }]);
        }

        /// Applies changes as one month, checks the books, and returns the last row.
        fn apply(&mut self, list: impl IntoIterator<Item = Change>) -> PersonId {
            self.world.events.clear();
            self.world.apply(Changes { list: list.into_iter().collect(), ..Changes::default() });
            self.close();
            PersonId(self.world.rows().len() as u32 - 1)
        }

        fn close(&mut self) {
            self.books.month(&self.world);
            self.world.touched.clear();
            self.books.check(&self.world).unwrap_or_else(|what| panic!("{what}"));
        }

        /// Orders the rows, which drops rows no longer referenced, and thins out elsewhere, as every third January
        /// does.
        fn january(&mut self) {
            self.world.events.clear();
            let before = self.world.present().count();
            self.world.order(false);
            assert_eq!(self.world.present().count(), before, "an ordering takes nobody out");
            self.world.thin_elsewhere();
            self.close();
        }

        fn find(&self, key: u64) -> PersonId {
            let row = self.world.rows().find(|row| self.world.body(*row).key == key).expect("a row");
            PersonId(row as u32)
        }

        fn home(&self, who: PersonId) -> PersonId {
            self.world.body(row(who)).home
        }
    }

    fn row(who: PersonId) -> usize {
        who.row().expect("a person who is there")
    }

    fn key(small: &Small, who: PersonId) -> u64 {
        small.world.body(row(who)).key
    }

    #[test]
    fn a_child_that_stays_with_a_parent_outside_the_study_stays_in_the_world() {
        let mut small = Small::new();
        let mother = small.grown(Sex::Female, 30, true);
        small.moves(mother, Place::ELSEWHERE);
        let father = small.unite_outside(mother);
        let child = small.child(mother, 0);
        small.separate(mother, &[(child, father)]);
        let keys = [mother, father, child].map(|who| key(&small, who));
        small.january();
        let [mother, father, child] = keys.map(|key| small.find(key));
        assert_eq!(small.world.carers(row(child)), (Some(row(father)), None));
        assert!(small.world.body(row(child)).has(Flag::Present));
        // If he dies, the mother takes the child, wherever she lives by then.
        small.moves(mother, HERE);
        let mut other = Small { world: small.world.clone(), books: small.books.clone() };
        other.dies(father);
        assert_eq!((other.home(child), other.world.body(row(child)).place), (mother, HERE));
        assert_eq!(other.books.arrived, 1, "the mother came once; she and the child were there all the time");
        // The grown child forms an own household, and the father's row is dropped.
        small.world.now = small.world.now.plus(19 * 12);
        small.january();
        let present = |small: &Small, key: u64| small.world.body(row(small.find(key))).has(Flag::Present);
        assert_eq!(keys.map(|key| present(&small, key)), [true, false, true]);
        assert_eq!(small.home(small.find(keys[2])), PersonId::NONE);
    }

    #[test]
    fn a_parent_outside_the_study_keeps_the_child_of_who_dies() {
        let mut small = Small::new();
        let mother = small.grown(Sex::Female, 30, true);
        let own = small.child(mother, 3);
        small.moves(mother, Place::ELSEWHERE);
        let stepfather = small.unite_outside(mother);
        let joint = small.child(mother, 0);
        small.dies(mother);
        assert_eq!([own, joint].map(|child| small.home(child)), [stepfather; 2]);
        let keys = [own, joint].map(|who| key(&small, who));
        small.january();
        assert_eq!(small.world.present().count(), 2);
        // No other carer is left, so both are placed when he dies too.
        small.dies(PersonId(small.world.body(row(small.find(keys[0]))).home.0));
        assert!(keys.iter().all(|key| small.world.is_placed(row(small.find(*key)))));
        small.january();
        assert_eq!(small.world.present().count(), 2);
    }

    #[test]
    fn a_child_of_whom_no_carer_is_left_lives_with_a_grandparent() {
        let mut small = Small::new();
        let grandmother = small.grown(Sex::Female, 60, true);
        let mother = small.child(grandmother, 35);
        small.apply([Change::Home { who: mother, home: PersonId::NONE }]);
        let child = small.child(mother, 1);
        let keys = [grandmother, child].map(|who| key(&small, who));
        small.dies(mother);
        assert_eq!((small.home(child), small.world.is_placed(row(child))), (grandmother, false));
        small.january();
        let [grandmother, child] = keys.map(|key| small.find(key));
        assert_eq!(small.world.household(row(grandmother)), [row(grandmother), row(child)]);
        small.dies(grandmother);
        assert!(small.world.is_placed(row(child)));
        small.january();
    }

    #[test]
    fn without_grandparents_it_lives_with_the_eldest_grown_sibling_and_else_it_is_placed() {
        let mut small = Small::new();
        let mother = small.grown(Sex::Female, 40, true);
        let [eldest, second, child] = [20, 19, 1].map(|age| small.child(mother, age));
        small.world.set_up().body(row(child)).set(Flag::LowIncome, true);
        // The eldest still lives at home, and takes over the household.
        small.apply([Change::Home { who: second, home: PersonId::NONE }]);
        let keys = [eldest, child].map(|who| key(&small, who));
        small.dies(mother);
        assert_eq!([eldest, second, child].map(|who| small.home(who)), [PersonId::NONE, PersonId::NONE, eldest]);
        small.january();
        let [eldest, child] = keys.map(|key| small.find(key));
        assert_eq!(small.world.household(row(eldest)), [row(eldest), row(child)]);
        small.dies(eldest);
        assert_eq!(small.home(child), PersonId::NONE);
        assert!(small.world.is_placed(row(child)) && !small.world.body(row(child)).has(Flag::LowIncome));
        assert_eq!(small.world.household(row(child)), [row(child)]);
        small.january();
        let child = row(small.find(keys[1]));
        assert!(small.world.is_placed(child));
        small.world.now = small.world.now.plus(17 * 12);
        assert!(!small.world.is_placed(child), "grown, it lives on its own account");
        assert!(small.world.is_placed_in(child, small.world.now.plus(-24)), "a minor then");
    }

    #[test]
    fn a_sibling_is_found_though_the_mother_is_long_gone() {
        let mut small = Small::new();
        let (man, mother) = (small.grown(Sex::Male, 40, true), small.grown(Sex::Female, 40, true));
        small.unite(man, mother);
        let [sister, child] = [19, 1].map(|age| small.child(mother, age));
        small.apply([Change::Home { who: sister, home: PersonId::NONE }]);
        let keys = [man, sister, child].map(|who| key(&small, who));
        small.dies(mother);
        small.january();
        let [man, sister, child] = keys.map(|key| small.find(key));
        assert_eq!(small.home(child), man);
        small.dies(man);
        assert_eq!(small.home(child), sister);
        small.january();
    }

    #[test]
    fn a_daughter_who_expects_a_child_does_not_expect_it_of_her_father() {
        let mut small = Small::new();
        let ages = [(Sex::Male, 45), (Sex::Female, 40), (Sex::Female, 17)];
        let mut members = ages.map(|(sex, age)| small.newcomer(sex, age));
        for (at, member) in members.iter_mut().enumerate() {
            member.body.key = at as u64 + 1;
            member.body.set(Flag::Pregnant, at > 0);
            member.expects = (at > 0).then_some(Month(3));
        }
        let (union, parents) = (Some(*small.union()), vec![[Some(1), Some(0)]]);
        small.apply([Change::Arrive(Box::new(Arrival { members: Vec::from(members), union, parents }))]);
        let expected: Vec<_> = small.world.pregnancies.iter().map(|it| (it.mother, it.father)).collect();
        assert_eq!(expected, [(PersonId(1), PersonId(0)), (PersonId(2), PersonId::NONE)]);
    }

    #[test]
    fn two_women_are_one_household_and_each_keeps_the_own_children() {
        let mut small = Small::new();
        let [first, second] = [38, 40].map(|age| small.grown(Sex::Female, age, true));
        let [own, other] = [first, second].map(|mother| small.child(mother, 7));
        small.unite(first, second);
        let keys = [first, second, own, other].map(|who| key(&small, who));
        let couple = *small.world.couple_of(row(first)).expect("a couple");
        assert!(couple.is_same_sex());
        assert_eq!((couple.partner_of(first), couple.partner_of(second)), (second, first));
        assert_eq!((couple.side_of(first), couple.side_of(own)), (Some(Side::First), None));
        // The ordering lists the household once, and everybody in it.
        small.january();
        let [first, second, own, other] = keys.map(|key| small.find(key));
        for woman in [first, second] {
            let mut members = small.world.household(row(woman));
            members.sort_unstable();
            assert_eq!(members.len(), 4, "each once");
        }
        assert_eq!(small.world.carers(row(own)), (Some(row(first)), Some(row(second))));
        let mut parted = Small { world: small.world.clone(), books: small.books.clone() };
        parted.separate(first, &[]);
        assert_eq!([own, other].map(|child| parted.home(child)), [first, second]);
        // The partner takes in the child of who dies.
        small.dies(first);
        assert_eq!(small.home(own), second);
        assert_eq!(small.world.kin(row(own)).mother, second);
        small.january();
        assert_eq!(small.world.household(row(small.find(keys[1]))).len(), 3);
    }

    #[test]
    fn a_couple_of_two_women_arrives_with_sexes_and_with_no_father_of_a_child_to_be_born() {
        let mut small = Small::new();
        let mut members = [31, 30].map(|age| small.newcomer(Sex::Female, age));
        for (at, member) in members.iter_mut().enumerate() {
            member.body.key = at as u64 + 1;
        }
        members[1].body.set(Flag::Pregnant, true);
        members[1].expects = Some(Month(3));
        let union = Some(Couple { sexes: [Sex::Female; 2], ..*small.union() });
        small.apply([Change::Arrive(Box::new(Arrival { members: Vec::from(members), union, parents: Vec::new() }))]);
        assert_eq!(small.world.couple(0).sexes, [Sex::Female; 2]);
        let expected: Vec<_> = small.world.pregnancies.iter().map(|it| (it.mother, it.father)).collect();
        assert_eq!(expected, [(PersonId(1), PersonId::NONE)]);
    }

    #[test]
    fn both_parents_may_die_in_one_month() {
        let mut small = Small::new();
        let (man, woman) = (small.grown(Sex::Male, 40, true), small.grown(Sex::Female, 40, true));
        small.unite(man, woman);
        let child = small.child(woman, 2);
        small.apply([man, woman].map(|who| Change::Dies { who, by_partner: false }));
        assert!(small.world.is_placed(row(child)));
        small.january();
        assert_eq!((small.world.rows().len(), small.books.died), (1, 2));
    }

    #[test]
    fn four_generations_in_one_home_stay_together_whatever_happens_to_it() {
        let mut small = Small::new();
        let first = small.grown(Sex::Female, 62, true);
        let second = small.child(first, 46);
        let third = small.child(second, 31);
        let fourth = small.child(third, 15);
        let last = small.child(fourth, 0);
        let keys = [second, third, fourth, last].map(|who| key(&small, who));
        small.january();
        assert_eq!(small.world.household(row(small.find(1))).len(), 5);
        small.moves(small.find(1), Place::ELSEWHERE);
        let places = |small: &Small| keys.map(|key| small.world.body(row(small.find(key))).place);
        assert_eq!(places(&small), [Place::ELSEWHERE; 4]);
        small.moves(small.find(1), HERE);
        // The young mother is left with her grandmother, then with her great-grandmother, then with nobody; the baby
        // goes along.
        let home = |small: &Small, key: u64| small.home(small.find(key));
        for (gone, left) in [(keys[1], small.find(keys[0])), (keys[0], small.find(1)), (1, PersonId::NONE)] {
            small.dies(small.find(gone));
            assert_eq!(home(&small, keys[2]), left);
            assert_eq!(home(&small, keys[3]), small.find(keys[2]));
        }
        assert!([keys[2], keys[3]].iter().all(|key| small.world.is_placed(row(small.find(*key)))));
        small.january();
    }

    #[test]
    fn who_goes_to_a_parent_elsewhere_leaves_the_cities_by_an_event() {
        let mut small = Small::new();
        let (man, woman) = (small.grown(Sex::Male, 40, true), small.grown(Sex::Female, 40, true));
        small.unite(man, woman);
        let child = small.child(woman, 5);
        small.separate(woman, &[]);
        small.moves(man, Place::ELSEWHERE);
        small.dies(woman);
        let left = Event::Departure { who: child, followed: true, city: 0 };
        assert!(small.world.events.all().contains(&left), "{:?}", small.world.events);
        assert_eq!((small.home(child), small.world.body(row(child)).place), (man, Place::ELSEWHERE));
        small.dies(man);
        small.january();
    }

    #[test]
    fn who_was_lost_from_sight_by_the_first_of_two_moves_of_a_month_makes_no_second_one() {
        let mut small = Small::new();
        let (man, woman) = (small.grown(Sex::Male, 40, false), small.grown(Sex::Female, 40, false));
        small.unite(man, woman);
        let child = small.child(woman, 20);
        small.apply([Change::Move { who: man, to: Place::ELSEWHERE }, Change::Move { who: woman, to: HERE }]);
        assert_eq!((small.books.left, small.world.present().count()), (2, 1));
        assert_eq!(small.home(child), PersonId::NONE, "the grown child, who is followed, lives on its own account");
        small.january();
    }

    #[test]
    fn the_books_name_who_is_gone_or_there_without_an_event_and_homes_that_are_unsound() {
        let mut small = Small::new();
        let woman = small.grown(Sex::Female, 30, true);
        let child = small.child(woman, 1);
        let told = |break_it: &dyn Fn(&mut World)| {
            let mut world = small.world.clone();
            break_it(&mut world);
            small.books.check(&world).expect_err("a fault")
        };
        let gone = told(&|world| world.set_up().body(row(child)).set(Flag::Present, false));
        assert!(gone.contains("person 2 is gone without an event"), "{gone}");
        let there = told(&|world| {
            let body = Body { key: 9, ..*world.body(row(woman)) };
            world.set_up().person(body, Mind::default(), Past::default());
        });
        assert!(there.contains("person 9 is there without an event"), "{there}");
        let alone = told(&|world| world.set_up().body(row(woman)).set(Flag::Present, false));
        assert!(alone.contains("person 2, 1 years old, lives with somebody who is gone"), "{alone}");
        let hidden = told(&|world| world.set_up().kin(row(woman)).youngest = PersonId::NONE);
        assert!(hidden.contains("is not found in the home"), "{hidden}");
        let ended = told(&|world| {
            let union = small.union();
            world.couples.push(Couple { partners: [child, woman], ended: Month(-1), ..*union });
            world.set_up().body(row(woman)).couple = CoupleId(0);
        });
        assert!(ended.contains("person 1, 30 years old, is in a union that is over"), "{ended}");
    }
}
