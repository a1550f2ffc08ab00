//! `life_costs`: spending on each person, by payer: the amounts of `costs` that are attributed to a person.
//!
//! A closed cohort has its own costs only if costs are attributed to persons. Spending on a case is attributed to the
//! person it was spent on, together with the other adult of the case, or else the present partner: an arrest is also a
//! cost in the life of the victim, even one who has separated. To get the costs of a group of persons, take each row
//! once if either of the two belongs to the group. Further costs to society follow what somebody suffered, and are
//! attributed to that person alone. Costs that are not attributed (teams, places kept free, offers, passages that a
//! measure takes over) are the difference between `costs` and the rows here.

use serde::{Deserialize, Serialize};

use super::amount::FINE;
use super::burden::{Grades, HELD, PersonStates, states};
use super::prices::{CostKind, CostUnit, Cutoffs, Price, State, Volume};
use super::volumes::Happened;
use crate::error::Result;
use crate::money::{Discounting, PRICE_YEAR, factor};
use crate::outcomes::by_key::ByKey;
use crate::outcomes::observer::{Observer, Size};
use crate::outcomes::row_groups::RowGroups;
use crate::outcomes::scene::{self, Seen, key, record};
use crate::outcomes::settings::OutcomeSettings;
use crate::outcomes::shared::SharedData;
use crate::outcomes::sums::KeyedSums;
use crate::outcomes::without::without;
use crate::tables::{CITY, Cell, DRAW, Kind, REPLICATE, Schema, Table};
use crate::world::{CaseKind, ELSEWHERE, Mechanism, Month, PersonId, World};

/// The table `life_costs`.
static LIFE_COSTS: Schema = Schema {
    name: "life_costs",
    meaning: "costs attributed to a person over all simulated years, by kind of cost and payer; simulated persons, \
        amounts in euro without scaling. Contains every amount of `costs` that is attributed to a person once, and \
        the costs to society of persons followed elsewhere. To sum the costs of a group of persons, add each row once \
        if the person or the partner belongs to the group",
    keys: 7,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("person", Kind::Key, "-", "key of the person: the same in every scenario, as in `lives`"),
        key(
            "partner",
            Kind::Key,
            "-",
            "key of the other adult in the case, or otherwise of the partner at that time; empty if there is none, and \
                for kind societal",
        ),
        key(
            "kind",
            Kind::Text,
            "-",
            "programme: a measure; service: the chain of 2008; societal: further costs to society",
        ),
        key("payer", Kind::Text, "-", "payer: municipality, rijk, awbz, justice or other"),
        record("euro", Kind::Float, "euro_2008", "costs, not discounted"),
        record("euro_zin_2024", Kind::Float, "euro_2008", "costs, discounted to 2008 at 3 % per year"),
        record("euro_zin_2016", Kind::Float, "euro_2008", "costs, discounted to 2008 at 4 % per year"),
        record("euro_mkba_2021", Kind::Float, "euro_2008", "costs, discounted to 2008 at 2.25 % per year"),
    ],
};

/// Rules of discounting, in the order of the columns.
const RULES: [Discounting; 4] = [Discounting::None, Discounting::Zin2024, Discounting::Zin2016, Discounting::Mkba2021];

/// The persons to whom an amount is attributed, the place, and the kind of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct ChargeKey {
    person: u64,
    /// 0 for nobody.
    partner: u64,
    place: u8,
    /// Index of the kind and payer.
    line: u8,
}

/// Spending on persons so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::outcomes) struct LifeCosts {
    /// Kinds of cost and payers.
    lines: Vec<(CostKind, String)>,
    /// Line of each price; `None` for prices that are not in euro.
    line_of: Vec<Option<u8>>,
    /// Amounts of the current year, in fine parts of a cent.
    running: Vec<(ChargeKey, i64)>,
    /// Euro of earlier years, by discounting rule.
    spent: KeyedSums<ChargeKey, [f64; 4]>,
}

/// Cost per year of each state, by line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::outcomes) struct Charges {
    states: Vec<(State, f64, u8)>,
    /// Lines and amounts of a person without symptoms, by the states the person is in.
    of_held: Vec<Vec<(u8, i64)>>,
    /// Present if any grade of symptoms has a cost.
    grades: Option<Grades>,
}

/// Cost of a year for one person, in fine parts of a cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::outcomes) struct YearCharge(ChargeKey, i64);

fn fine(number: f64, price: f64) -> i64 {
    libm::round(number * price * 100.0 * FINE as f64) as i64
}

impl Charges {
    fn of(states: Vec<(State, f64, u8)>, cutoffs: &Cutoffs) -> Charges {
        let graded = states.iter().any(|(state, ..)| state.is_grade());
        let in_states = |held: usize| {
            let wanted = states.iter().filter(|(state, ..)| held >> *state as usize & 1 == 1);
            wanted.map(|(_, price, line)| (*line, fine(1.0, *price))).collect()
        };
        let of_held = (0..HELD).map(in_states).collect();
        Charges { states, of_held, grades: graded.then(|| Grades::of(cutoffs)) }
    }

    /// Adds the cost of the year that ends for a person.
    #[inline]
    fn year(&mut self, seen: &Seen<'_>, charges: &mut Vec<YearCharge>) {
        let mut charge = |line: u8, amount: i64| {
            if amount != 0 {
                let place = u8::try_from(seen.place).unwrap_or(u8::MAX);
                charges.push(YearCharge(ChargeKey { person: seen.body.key, partner: 0, place, line }, amount));
            }
        };
        match states(seen, self.grades.as_mut()) {
            PersonStates::Held(held) => {
                self.of_held[held].iter().for_each(|(line, amount)| charge(*line, *amount));
            }
            PersonStates::Parts(parts) => {
                for (state, price, line) in &self.states {
                    charge(*line, fine(parts[*state as usize], *price));
                }
            }
        }
    }
}

impl Observer for LifeCosts {
    const SCHEMA: &'static Schema = &LIFE_COSTS;
    const SIZE: Size = Size { disk_person_year: 0.7, memory_person_year: 8.0, time: 0.08, ..Size::NONE };
    /// Costs of states, and the persons charged.
    type December = (Charges, Vec<YearCharge>);

    /// Earlier spending is kept.
    fn adopt(&mut self, settings: &OutcomeSettings) {
        self.line_of = settings.pricing.prices.iter().map(|price| line(&mut self.lines, price)).collect();
    }

    fn month(&mut self, world: &World, settings: &OutcomeSettings) {
        let lived = world.now().plus(-1);
        let month = Happened::of(world);
        let others = others(world);
        let pricing = &settings.pricing;
        let LifeCosts { line_of, running, .. } = self;
        for (price, line) in pricing.prices.iter().zip(line_of) {
            let Some(line) = *line else { continue };
            for city in 0..world.places().cities.len().min(ELSEWHERE) {
                let one = price.with_overhead(world.city_effect(city, Mechanism::Overhead));
                pricing.each(&price.volume, &month, city, lived, &mut |part| {
                    for (who, number) in part.names {
                        let Some((person, partner)) = names(world, who, &others) else { continue };
                        let amount = fine(number * part.worth, one);
                        if amount != 0 {
                            running.push((ChargeKey { person, partner, place: city as u8, line }, amount));
                        }
                    }
                });
            }
        }
    }

    fn open(&self, _: Month, settings: &OutcomeSettings) -> (Charges, Vec<YearCharge>) {
        let prices = settings.pricing.prices.iter().zip(&self.line_of);
        let states = prices.filter_map(|(price, line)| match price.volume {
            Volume::Persons(state) => Some((state, price.price, (*line)?)),
            _ => None,
        });
        (Charges::of(states.collect(), &settings.pricing.cutoffs), Vec::new())
    }

    #[inline]
    fn count((charges, list): &mut (Charges, Vec<YearCharge>), seen: &Seen<'_>) {
        charges.year(seen, list);
    }

    fn merge((_, list): &mut (Charges, Vec<YearCharge>), (_, following): (Charges, Vec<YearCharge>)) {
        list.extend(following);
    }

    fn less((_, list): &mut (Charges, Vec<YearCharge>), (_, rows): &(Charges, Vec<YearCharge>)) {
        without(list, rows, |charge| charge.0);
    }

    /// Adds the cost of the states in December, and closes the year.
    fn year(&mut self, _: &World, december: Month, (_, charges): (Charges, Vec<YearCharge>), _: &OutcomeSettings) {
        let mut all = std::mem::take(&mut self.running);
        all.extend(charges.into_iter().map(|YearCharge(account, amount)| (account, amount)));
        all.sort_unstable();
        let worth = RULES.map(|rule| factor(rule.costs(), december.year() - PRICE_YEAR));
        let more = all.chunk_by(|a, b| a.0 == b.0).map(|same| {
            let sum: i64 = same.iter().map(|(_, amount)| amount).sum();
            (same[0].0, worth.map(|worth| sum as f64 / (100 * FINE) as f64 * worth))
        });
        self.spent.add(more);
    }

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&LIFE_COSTS);
        let mut rows = RowGroups::new(&mut table);
        for (account, euro) in self.spent.iter() {
            let (kind, payer) = &self.lines[usize::from(account.line)];
            // Whole cents compress to half the size of the exact discounted amounts.
            let [plain, zin_2024, zin_2016, mkba_2021] = euro.map(|euro| Cell::Float(libm::rint(euro * 100.0) / 100.0));
            let row = [
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(world.places().name(usize::from(account.place))),
                Cell::key(account.person),
                Cell::key(account.partner),
                Cell::Text(kind.word()),
                Cell::Text(payer),
                plain,
                zin_2024,
                zin_2016,
                mkba_2021,
            ];
            rows.push(|cells| cells.extend(row))?;
        }
        rows.end()?;
        Ok(table)
    }
}

/// Index of the kind and payer of a price in euro; added to the list if missing.
fn line(lines: &mut Vec<(CostKind, String)>, price: &Price) -> Option<u8> {
    if price.unit != CostUnit::Euro {
        return None;
    }
    let at = lines.iter().position(|(kind, payer)| (*kind, payer) == (price.kind, &price.payer)).unwrap_or_else(|| {
        lines.push((price.kind, price.payer.clone()));
        lines.len() - 1
    });
    u8::try_from(at).ok()
}

/// The other adult of each open case of violence between partners or former partners, by the id of the person.
fn others(world: &World) -> ByKey<PersonId> {
    let mut others: ByKey<PersonId> = ByKey::default();
    for case in world.chain().cases.values().filter(|case| case.kind == CaseKind::Partner) {
        for (person, other) in [(case.victim, case.perpetrator), (case.perpetrator, case.victim)] {
            // Of several cases the first counts.
            others.or_insert_with(u64::from(person.0), || other);
        }
    }
    others.remove(u64::from(PersonId::NONE.0));
    others
}

/// Keys of a person and of the other adult of the case, or else of the present partner; 0 for none. `None` for a person
/// who is not simulated.
fn names(world: &World, who: PersonId, others: &ByKey<PersonId>) -> Option<(u64, u64)> {
    let person = scene::key_of(world, who)?;
    let partner = || Some(world.couple_of(who.row()?)?.partner_of(who));
    let other = others.get(u64::from(who.0)).copied().or_else(partner);
    Some((person, other.and_then(|other| scene::key_of(world, other)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::Outcome;
    use crate::outcomes::costs::Pricing;
    use crate::outcomes::costs::priced::{everywhere, price};
    use crate::outcomes::small::{AMSTERDAM, Small, UTRECHT, the_row};
    use crate::world::{
        Case, ChainChange, Change, CoupleId, Edge, Event, Group, NO_SERVICE, Passage, ProviderMonth, Sex, Side, Source,
        Stay, System, Violence,
    };

    fn small(prices: Vec<Price>) -> Small {
        let mut small = Small::new(&[Outcome::LifeCosts, Outcome::Costs]);
        let cutoffs = Cutoffs { symptoms: [1.0, 1.5, 2.0], conduct: 1.5, life_expectancy: 80.0, least_left: 5.0 };
        small
            .outcomes
            .change(|settings| settings.pricing = Pricing { scale: 1.0, prices, cutoffs, ..Pricing::default() });
        small
    }

    fn tables(small: &Small) -> [Table; 2] {
        let tables = small.outcomes.finish(&small.world).expect("tables");
        let named = |name: &str| tables.iter().find(|table| table.name() == name).expect(name).clone();
        [named("life_costs"), named("costs")]
    }

    fn sum(table: &Table, column: &str, wanted: impl Fn(usize) -> bool) -> f64 {
        let rows = (0..table.rows()).filter(|row| wanted(*row));
        rows.filter_map(|row| table.cell(row, column).and_then(Cell::as_float)).sum()
    }

    #[test]
    fn what_is_spent_on_somebody_is_that_of_the_table_of_costs_less_what_has_no_name() {
        let prices = vec![
            price(CostKind::Service, "arrest", "justice", 1200.0, Volume::Passed(Edge::Arrest)),
            price(CostKind::Programme, "nhv", "awbz", 4750.55, Volume::Starts(3)),
            price(CostKind::Programme, "teams", "municipality", 87_500.0, Volume::CityYears(everywhere(1.0, Month(0)))),
            price(CostKind::Programme, "nhv", "awbz", 10.0, Volume::Offers(3)),
            price(CostKind::Societal, "victim_care", "other", 900.0, Volume::Persons(State::SevereVictim)),
        ];
        let mut small = small(prices);
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let alone = small.person(Sex::Female, Month::january(1985), UTRECHT);
        let couple = small.couple(man, woman);
        let arrest = |who| Passage {
            edge: Edge::Arrest,
            service: NO_SERVICE,
            city: AMSTERDAM as u8,
            who,
            passed: true,
            waited: 0,
        };
        let start = |who, city: usize| Event::from(Passage::at(Edge::Start, city as u8, who, true).of(3));
        let offer = Event::from(Passage::at(Edge::Offer, UTRECHT as u8, alone, false).of(3));
        small.month(
            [Change::Violence { couple, by: Side::First, state: Violence::Coercive }],
            [arrest(man).into(), start(alone, UTRECHT), start(PersonId::NONE, UTRECHT), offer],
        );
        small.live_until(Month::january(2009));
        small.month([Change::Incidents { couple, counts: [9, 0] }], [arrest(man).into()]);
        small.live_until(Month::january(2010));
        let [own, costs] = tables(&small);
        assert_eq!(own.repeated_key(), None);
        let of = |who: i64, partner: Cell<'_>, column: &str| {
            let row = the_row(
                &own,
                &[("person", Cell::Key(who.cast_unsigned())), ("partner", partner), ("kind", Cell::Text("service"))],
            );
            own.cell(row, column).and_then(Cell::as_float).expect("an amount")
        };
        assert_eq!(of(1, Cell::Key(2), "euro"), 2400.0, "on his name, with hers beside it");
        assert!((of(1, Cell::Key(2), "euro_zin_2024") - (1200.0 + 1200.0 / 1.03)).abs() < 0.006);
        let reached = the_row(&own, &[("person", Cell::Key(3))]);
        assert_eq!(own.cell(reached, "partner"), Some(Cell::Null));
        assert_eq!(own.cell(reached, "euro"), Some(Cell::Float(4750.55)));
        assert_eq!(own.cell(reached, "payer"), Some(Cell::Text("awbz")));
        for (column, of_costs) in [
            ("euro", "amount"),
            ("euro_zin_2024", "amount_zin_2024"),
            ("euro_zin_2016", "amount_zin_2016"),
            ("euro_mkba_2021", "amount_mkba_2021"),
        ] {
            let named = sum(&own, column, |_| true);
            let total = |row: usize| costs.cell(row, "city") == Some(Cell::Text("G4"));
            let all = sum(&costs, of_costs, total);
            let teams = sum(&costs, of_costs, |row| total(row) && costs.cell(row, "item") == Some(Cell::Text("teams")));
            let nobody = 4750.55 + 10.0;
            assert!(teams > 0.0 && named > 0.0);
            assert!((all - teams - nobody - named).abs() < 0.03, "{column}: {named} of {all}");
        }
    }

    #[test]
    fn an_arrest_after_a_separation_has_the_victim_beside_it_and_not_the_new_partner() {
        let arrest = price(CostKind::Service, "arrest", "justice", 1000.0, Volume::Passed(Edge::Arrest));
        let mut small = small(vec![arrest]);
        let [man, new] = [Sex::Male, Sex::Female].map(|sex| small.person(sex, Month::january(1980), AMSTERDAM));
        let victim = small.person(Sex::Female, Month::january(1982), UTRECHT);
        small.couple(man, new);
        let case = Case {
            source: Source::Police,
            kind: CaseKind::Partner,
            city: AMSTERDAM as u8,
            opened: Month(0),
            last: Month(0),
            couple: CoupleId::NONE,
            victim,
            perpetrator: man,
            reports: 1,
            open: 1,
            helped: false,
            urgent: false,
            last_help: None,
            first_help: Month::NEVER,
        };
        let arrested = || Event::from(Passage::at(Edge::Arrest, AMSTERDAM as u8, man, true));
        small.month([], [arrested()]);
        small.world.set_up().chain().cases.insert(7, case);
        small.month([], [arrested()]);
        small.live_until(Month::january(2009));
        let [own, _] = tables(&small);
        let beside: Vec<Option<i64>> =
            (0..own.rows()).map(|row| own.cell(row, "partner").and_then(Cell::as_int)).collect();
        assert_eq!(beside, [Some(2), Some(3)], "the new partner without a case, the victim with one");
    }

    #[test]
    fn places_stand_on_the_names_of_those_who_have_them_and_cost_what_the_service_costs_there() {
        let prices = vec![
            price(CostKind::Service, "bed", "rijk", 100.0, Volume::BedMonths),
            price(CostKind::Service, "help", "municipality", 10.0, Volume::PersonMonths(0)),
        ];
        let prices = prices.into_iter().map(|price| Price { overhead: 0.5, ..price }).collect();
        let mut small = small(prices);
        let [mother, other] = [1980, 1985].map(|year| small.person(Sex::Female, Month::january(year), UTRECHT));
        let stay = |who, places| Stay {
            service: 0,
            city: UTRECHT as u8,
            home: UTRECHT as u8,
            places,
            who,
            subject: 0,
            since: Month(0),
            until: Month(9),
            completes: true,
        };
        small.world.set_up().chain().shelters.stays = vec![stay(mother, 3), stay(PersonId::NONE, 1)];
        small.world.set_up().chain().programmes.stays = vec![stay(other, 1)];
        let mut system = System::default();
        system.add_effect(UTRECHT, 0, Mechanism::Overhead, libm::log(0.9));
        small.apply([Change::Chain(ChainChange::System(Box::new(system)))]);
        let month = |group, occupied| {
            Event::Provider(ProviderMonth { places: 9.0, occupied, ..ProviderMonth::new(group, 0, UTRECHT as u8) })
        };
        small.month([], [month(Group::Shelters, 4), month(Group::Programmes, 1)]);
        small.world.set_up().chain().shelters.stays.clear();
        small.world.set_up().chain().programmes.stays.clear();
        small.live_until(Month::january(2009));
        let [own, costs] = tables(&small);
        let euro = |who: i64| {
            let row = the_row(&own, &[("person", Cell::Key(who.cast_unsigned()))]);
            own.cell(row, "euro").and_then(Cell::as_float)
        };
        // Three beds with her children at a tenth of half less; the fourth is for a person who is not simulated.
        assert_eq!((euro(1), euro(2)), (Some(285.0), Some(9.5)));
        let all = sum(&costs, "amount", |row| costs.cell(row, "city") == Some(Cell::Text("G4")));
        assert_eq!(all, 380.0 + 9.5);
    }

    #[test]
    fn a_branch_keeps_what_was_spent_and_finds_its_lines_again() {
        let arrest = || price(CostKind::Service, "arrest", "justice", 1000.0, Volume::Passed(Edge::Arrest));
        let mut small = small(vec![arrest()]);
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let event = || Event::from(Passage::at(Edge::Arrest, AMSTERDAM as u8, man, true));
        small.month([], [event()]);
        let care = price(CostKind::Programme, "tom", "rijk", 10.0, Volume::Passed(Edge::Prosecution));
        let pricing = Pricing { scale: 1.0, prices: vec![care, arrest()], ..Pricing::default() };
        small.outcomes.change(|settings| settings.pricing = pricing);
        small.month([], [event()]);
        small.live_until(Month::january(2009));
        let [own, _] = tables(&small);
        assert_eq!(own.rows(), 1);
        assert_eq!(own.cell(0, "euro"), Some(Cell::Float(2000.0)));
        assert_eq!(own.cell(0, "payer"), Some(Cell::Text("justice")));
    }
}
