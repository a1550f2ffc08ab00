//! A world described by stable keys, so that worlds whose rows have other numbers can be compared.

use std::collections::BTreeMap;
use std::fmt::Debug;

use keten::world::{
    Abuse, Account, Body, Case, Childhood, Couple, CoupleId, ELSEWHERE, Effect, Event, Flag, Mind, Month, Offender,
    Past, Pending, PersonId, Request, Services, Stay, System, World,
};

/// Stable key of a person or couple; nothing for nobody.
type Key = Option<u64>;

/// A world without row numbers: everything that is public of it but the events of the month.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    persons: BTreeMap<u64, DescribedPerson>,
    /// Couples by key, with the man and the woman.
    couples: BTreeMap<u64, (Couple, [Key; 2])>,
    /// Month of birth, mother and father, in this order.
    pregnancies: Vec<(Month, Key, Key)>,
    /// Violent couples and maltreated children in their order.
    under_way: [Vec<Key>; 2],
    /// Spells of violence by relatives in their order, with victim and perpetrator.
    abuse: Vec<(Abuse, [Key; 2])>,
    /// Persons with symptoms, and persons present who turn 18 this month, by key.
    listed: [Vec<Key>; 2],
    /// Cases by the key of their subject, with victim, perpetrator and couple.
    cases: BTreeMap<u64, (Case, [Key; 3])>,
    pending: Vec<(Pending, Key)>,
    shelters: DescribedServices,
    programmes: DescribedServices,
    offenders: BTreeMap<u64, Offender>,
    system: System,
}

/// A person who is present, with the keys of others.
#[derive(Clone, Debug, PartialEq)]
struct DescribedPerson {
    body: Body,
    mind: Mind,
    past: Past,
    childhood: Childhood,
    home: Key,
    couple: Key,
    parents: [Key; 2],
    /// Children who are present, youngest first.
    children: Vec<Key>,
    effects: Vec<Effect>,
}

/// Queues and places of a group of services.
#[derive(Clone, Debug, PartialEq)]
struct DescribedServices {
    queue: Vec<(Request, Key)>,
    stays: Vec<(Stay, Key)>,
    accounts: Vec<[Account; ELSEWHERE]>,
    eligible: Vec<[f64; ELSEWHERE]>,
    dwellings: [f64; ELSEWHERE],
}

/// An event with the keys of the persons and couples that it names.
pub(crate) type DescribedEvent = (Event, Vec<Key>);

fn person(world: &World, who: PersonId) -> Key {
    match who.row() {
        Some(row) => Some(world.body(row).key),
        None => world.departed(who).map(|departed| departed.key),
    }
}

fn couple(world: &World, id: CoupleId) -> Key {
    world.couple_by_id(id).map(|couple| couple.key)
}

impl Described {
    /// Describes a world alone, between two months.
    pub(crate) fn of(world: &World) -> Described {
        let chain = world.chain();
        let who = |id: PersonId| person(world, id);
        let in_order = |list: &[PersonId]| list.iter().map(|id| who(*id)).collect::<Vec<Key>>();
        let sorted = |list: &[PersonId]| {
            let mut keys = in_order(list);
            keys.sort_unstable();
            keys
        };
        let pair = |it: &Couple| (it.key, (Couple { partners: [PersonId::NONE; 2], ..*it }, it.partners.map(who)));
        let case = |it: &Case| {
            let without = Case { victim: PersonId::NONE, perpetrator: PersonId::NONE, couple: CoupleId::NONE, ..*it };
            (without, [who(it.victim), who(it.perpetrator), couple(world, it.couple)])
        };
        let spell = |it: &Abuse| {
            let without = Abuse { victim: PersonId::NONE, perpetrator: PersonId::NONE, ..*it };
            (without, [who(it.victim), who(it.perpetrator)])
        };
        let mut pregnancies: Vec<(Month, Key, Key)> =
            world.pregnancies().iter().map(|it| (it.due, who(it.mother), who(it.father))).collect();
        pregnancies.sort_unstable();
        // Before the first step of January the list is that of the year before.
        let is_new = world.now().of_year() == 0;
        let is_present = |who: &PersonId| who.row().is_some_and(|row| world.body(row).has(Flag::Present));
        let coming_of_age: Vec<PersonId> =
            world.coming_of_age().iter().copied().filter(|who| !is_new && is_present(who)).collect();
        Described {
            persons: world.present().map(|row| (world.body(row).key, DescribedPerson::of(world, row))).collect(),
            couples: world.couples().filter(|couple| couple.present).map(pair).collect(),
            pregnancies,
            under_way: [world.violent().iter().map(|id| couple(world, *id)).collect(), in_order(world.maltreated())],
            abuse: world.abuse().iter().map(spell).collect(),
            listed: [sorted(world.symptomatic()), sorted(&coming_of_age)],
            cases: chain.cases.iter().map(|(subject, it)| (*subject, case(it))).collect(),
            pending: chain.pending.iter().map(|it| (Pending { who: PersonId::NONE, ..*it }, who(it.who))).collect(),
            shelters: DescribedServices::of(world, &chain.shelters),
            programmes: DescribedServices::of(world, &chain.programmes),
            offenders: chain.offenders.clone(),
            system: chain.system.clone(),
        }
    }

    /// The first entry in which another description differs, with both values; nothing when they are equal.
    pub(crate) fn difference(&self, other: &Described) -> Option<String> {
        by_key("person", &self.persons, &other.persons)
            .or_else(|| by_key("couple", &self.couples, &other.couples))
            .or_else(|| by_place("pregnancy", &self.pregnancies, &other.pregnancies))
            .or_else(|| by_place("violent couple", &self.under_way[0], &other.under_way[0]))
            .or_else(|| by_place("maltreated child", &self.under_way[1], &other.under_way[1]))
            .or_else(|| by_place("spell of violence by a relative", &self.abuse, &other.abuse))
            .or_else(|| by_place("person with symptoms", &self.listed[0], &other.listed[0]))
            .or_else(|| by_place("person who turns 18", &self.listed[1], &other.listed[1]))
            .or_else(|| by_key("case", &self.cases, &other.cases))
            .or_else(|| by_place("pending item", &self.pending, &other.pending))
            .or_else(|| self.shelters.difference("shelters", &other.shelters))
            .or_else(|| self.programmes.difference("programmes", &other.programmes))
            .or_else(|| by_key("file of a suspect", &self.offenders, &other.offenders))
            .or_else(|| by_key("system effect", &self.system.effects, &other.system.effects))
            .or_else(|| by_key("system edge", &self.system.edges, &other.system.edges))
            .or_else(|| (self != other).then(|| "a part that has no name".to_owned()))
    }
}

impl DescribedPerson {
    fn of(world: &World, row: usize) -> DescribedPerson {
        let (body, kin) = (world.body(row), world.kin(row));
        let is_present = |child: &usize| world.body(*child).has(Flag::Present);
        let effects = world.effects().of(PersonId(row as u32)).iter();
        DescribedPerson {
            body: Body { home: PersonId::NONE, couple: CoupleId::NONE, ..*body },
            mind: *world.mind(row),
            past: *world.past(row),
            childhood: *world.childhood(row),
            home: person(world, body.home),
            couple: couple(world, body.couple),
            parents: [person(world, kin.mother), person(world, kin.father)],
            children: world.children(row).filter(is_present).map(|child| Some(world.body(child).key)).collect(),
            effects: effects.map(|effect| Effect { person: PersonId::NONE, ..*effect }).collect(),
        }
    }
}

impl DescribedServices {
    fn of(world: &World, services: &Services) -> DescribedServices {
        let request = |it: &Request| (Request { who: PersonId::NONE, ..*it }, person(world, it.who));
        let stay = |it: &Stay| (Stay { who: PersonId::NONE, ..*it }, person(world, it.who));
        DescribedServices {
            queue: services.queue.iter().map(request).collect(),
            stays: services.stays.iter().map(stay).collect(),
            accounts: services.accounts.clone(),
            eligible: services.eligible.clone(),
            dwellings: services.dwellings,
        }
    }

    fn difference(&self, group: &str, other: &DescribedServices) -> Option<String> {
        by_place(&format!("request in the queue of {group}"), &self.queue, &other.queue)
            .or_else(|| by_place(&format!("stay in {group}"), &self.stays, &other.stays))
            .or_else(|| by_place(&format!("account of {group}"), &self.accounts, &other.accounts))
            .or_else(|| by_place(&format!("count of eligible persons of {group}"), &self.eligible, &other.eligible))
            .or_else(|| by_place(&format!("dwellings of {group}"), &self.dwellings, &other.dwellings))
    }
}

/// The first key at which two maps differ.
fn by_key<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    one: &BTreeMap<K, V>,
    other: &BTreeMap<K, V>,
) -> Option<String> {
    if one == other {
        return None;
    }
    let mut keys: Vec<&K> = one.keys().chain(other.keys()).filter(|key| one.get(key) != other.get(key)).collect();
    keys.sort_unstable();
    keys.dedup();
    let first = keys.first()?;
    let (ours, theirs) = (one.get(first), other.get(first));
    Some(format!("{} of {what} differ; first {first:?}:\n  {ours:?}\n  {theirs:?}", keys.len()))
}

/// The first place at which two lists differ.
fn by_place<V: PartialEq + Debug>(what: &str, one: &[V], other: &[V]) -> Option<String> {
    if one == other {
        return None;
    }
    let at = one.iter().zip(other).take_while(|(ours, theirs)| ours == theirs).count();
    let (ours, theirs) = (one.get(at), other.get(at));
    Some(format!("{what} {at} of {} and {}:\n  {ours:?}\n  {theirs:?}", one.len(), other.len()))
}

/// The events of a month in order, of any world whose rows can be read.
pub(crate) fn described_events(world: &World) -> Vec<DescribedEvent> {
    world.events().iter().map(|event| described_event(world, event)).collect()
}

/// The first event in which two months differ.
pub(crate) fn difference_of_events(one: &[DescribedEvent], other: &[DescribedEvent]) -> Option<String> {
    by_place("event", one, other)
}

fn described_event(world: &World, event: &Event) -> DescribedEvent {
    let mut event = *event;
    let (persons, couples): (Vec<&mut PersonId>, Vec<&mut CoupleId>) = match &mut event {
        Event::Birth { child: who }
        | Event::Maltreatment { child: who, .. }
        | Event::MaltreatmentEnded { child: who }
        | Event::Suspected { child: who, .. }
        | Event::Investigated { child: who, .. }
        | Event::Death { who, .. }
        | Event::Arrival { who, .. }
        | Event::Departure { who, .. }
        | Event::LostFromSight { who }
        | Event::First { who, .. }
        | Event::Occasion { who, .. }
        | Event::Considered { who, .. }
        | Event::Struck { who, .. }
        | Event::Sheltered { who, .. }
        | Event::LeftShelter { who, .. } => (vec![who], vec![]),
        Event::Union { couple }
        | Event::Separation { couple }
        | Event::Onset { couple, .. }
        | Event::Resumption { couple, .. }
        | Event::Desistance { couple, .. } => (vec![], vec![couple]),
        Event::Witnessed { child, couple, .. } => (vec![child], vec![couple]),
        Event::Violence(incident) => (vec![], vec![&mut incident.couple]),
        Event::Report(report) => (vec![&mut report.victim, &mut report.perpetrator], vec![&mut report.couple]),
        Event::Other(it) => (vec![&mut it.victim, &mut it.perpetrator], vec![]),
        Event::Passage(passage) => (vec![&mut passage.who], vec![]),
        Event::Registered { .. }
        | Event::CaseOpened { .. }
        | Event::CaseClosed { .. }
        | Event::FirstHelp { .. }
        | Event::AtShelter(_)
        | Event::Provider(_) => (vec![], vec![]),
    };
    let mut keys = Vec::with_capacity(persons.len() + couples.len());
    for who in persons {
        keys.push(person(world, std::mem::replace(who, PersonId::NONE)));
    }
    for id in couples {
        keys.push(couple(world, std::mem::replace(id, CoupleId::NONE)));
    }
    (event, keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::cities::{Cities, model};

    #[test]
    fn a_description_does_not_depend_on_the_numbers_of_rows() {
        let (simulation, _) = Cities::of(&model(), 0.001).start(&model());
        let mut shuffled = simulation.world.clone();
        shuffled.order(true);
        let (one, other) = (Described::of(&simulation.world), Described::of(&shuffled));
        assert!(one.persons.len() > 1000 && one.couples.len() > 100 && !one.under_way[0].is_empty());
        assert_eq!(one.difference(&other), None);
        assert!(simulation.world != shuffled, "rows have other numbers");
    }

    #[test]
    fn a_difference_names_the_person_and_both_values() {
        let (simulation, _) = Cities::of(&model(), 0.001).start(&model());
        let mut other = simulation.world.clone();
        let body = other.set_up().body(7);
        body.set(Flag::Guided, !body.has(Flag::Guided));
        let said = Described::of(&simulation.world).difference(&Described::of(&other));
        let said = said.expect("a person differs");
        assert!(said.starts_with("1 of person differ") && said.contains(&simulation.world.body(7).key.to_string()));
    }
}
