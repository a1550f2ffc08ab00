//! The ends of stays in a shelter: where people want to go, and whether they can.

use super::{COUNTRY, CRISIS, FOLLOW_UP, HONOUR, MEN, ShelterProcess};
use crate::engine::Draws;
use crate::random::Block;
use crate::world::{
    ADULT, ChainChange, Change, Changes, CoupleId, ELSEWHERE, Edge, Event, Flag, InForce, Mechanism, Occasion,
    PersonId, Place, ProviderMonths, Request, Services, Stay, World, odds,
};

/// Mean share of low-income households, used to choose an area after a move, as in `life.separations`.
const MEAN_LOW_INCOME: f64 = 0.15;

/// Where a person who is ready to leave wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Partner,
    FollowUp,
    Dwelling,
    Family,
}

/// A person whose stay has lasted as long as planned.
struct Exit<'a> {
    world: &'a World,
    stay: Stay,
    row: usize,
    /// Drawn once for the end of the stay, so that the wish does not change while the person waits.
    draw: Block,
    /// Months since the planned end.
    waited: i32,
}

/// Free beds by kind of shelter and city.
type Free = [[f64; ELSEWHERE]];

impl ShelterProcess {
    /// Handles the ends of stays.
    pub(super) fn finish(
        &self,
        world: &World,
        state: &mut Services,
        draws: &Draws,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let now = world.now();
        self.add_dwellings(world, state);
        let mut free = self.free(world, state);
        let stays = std::mem::take(&mut state.stays);
        for stay in stays {
            if now < stay.until {
                state.stays.push(stay);
                continue;
            }
            let Some(row) = stay.who.row().filter(|row| world.body(*row).has(Flag::Present)) else {
                months.of(stay.service, stay.city).left += 1;
                Self::release_children(world, &stay, changes);
                continue;
            };
            let draw = draws.at(world.body(row).key, i32::from(stay.since.0) as u32, 3);
            let exit = Exit { world, stay, row, draw, waited: now.since(stay.until) };
            match self.wanted(&exit) {
                Wanted::FollowUp => self.move_on(&exit, state, &mut free, months, changes),
                wanted => self.move_out(&exit, wanted, state, months, changes),
            }
        }
    }

    /// Adds the dwellings that become available in the month.
    fn add_dwellings(&self, world: &World, state: &mut Services) {
        let now = world.now();
        for (city, dwellings) in state.dwellings.iter_mut().enumerate() {
            // At most as many dwellings stay vacant as become available in a quarter; at a small scale more, to
            // compensate for random variation.
            let quarter = self.dwellings[city] / 4.0;
            let evens_out = libm::sqrt(quarter) * (1.0 - libm::sqrt(self.scale.min(1.0)));
            *dwellings = (*dwellings + (self.dwellings[city] + self.more("dwellings", city, now)) * self.scale / 12.0)
                .min(1.0 + quarter * self.scale + evens_out);
        }
    }

    /// Where a person wants to go at the end of a stay.
    fn wanted(&self, exit: &Exit<'_>) -> Wanted {
        let t = &self.table;
        let Exit { world, stay, row, .. } = exit;
        if stay.service == HONOUR {
            return Wanted::Family;
        }
        let far = if Self::is_far(stay) { libm::log(t.far_return.get().max(1e-6)) } else { 0.0 };
        let goes = far + world.chain_effect(*row, Mechanism::ReturnToPartner);
        let returns = match stay.service {
            FOLLOW_UP => t.return_after_follow_up.get(),
            _ => t.return_after_crisis.get(),
        };
        let returns = odds(world.chain().system.edge(usize::from(stay.city), Edge::ReturnToPartner, returns), goes);
        let has_partner = world.couple_of(*row).is_some_and(|couple| couple.key == stay.subject);
        let u = exit.draw.unit(0);
        match stay.service {
            _ if has_partner && u < returns => Wanted::Partner,
            FOLLOW_UP => Wanted::Dwelling,
            _ => {
                let rest = (u - returns).max(0.0) / (1.0 - returns).max(1e-9);
                let others = 1.0 - t.return_after_crisis.get();
                let (follow_up, own) =
                    (t.to_follow_up.get() / others.max(1e-9), t.to_dwelling.get() / others.max(1e-9));
                match rest {
                    rest if rest < follow_up && matches!(stay.service, CRISIS | COUNTRY) => Wanted::FollowUp,
                    rest if rest < follow_up + own => Wanted::Dwelling,
                    _ => Wanted::Family,
                }
            }
        }
    }

    /// A move from crisis shelter to a follow-up place. Without a free place the person keeps the bed.
    fn move_on(
        &self,
        exit: &Exit<'_>,
        state: &mut Services,
        free: &mut Free,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let Exit { world, stay, row, draw, waited } = exit;
        let (now, kind) = (world.now(), usize::from(FOLLOW_UP));
        let request = Request::new(FOLLOW_UP, stay.home, stay.who, stay.subject, now);
        let request = Request { since: stay.until, places: stay.places, ..request };
        let room = |city: &usize| self.admits(kind, *city, now, free[kind][*city], stay.places);
        let place = self.seats_for(world, &request).into_iter().map(|(_, city)| city).find(room);
        if *waited == 0 {
            months.of(FOLLOW_UP, stay.home).requests += 1;
            self.passage(changes, Edge::FollowUpPlace, stay.home, stay.who, place.is_some(), 0);
        }
        let Some(to) = place else {
            months.of(stay.service, stay.city).blocked += 1;
            months.of(FOLLOW_UP, stay.home).waiting += 1;
            state.stays.push(*stay);
            return;
        };
        free[kind][to] -= f64::from(stay.places);
        months.of(stay.service, stay.city).left += 1;
        let month = months.of(FOLLOW_UP, to as u8);
        month.admitted += 1;
        month.waited += (*waited).max(0) as u32;
        let length = self.length(FOLLOW_UP, draw.unit(1)) * libm::exp(world.chain_effect(*row, Mechanism::ShelterExit));
        let until = now.plus((libm::rint(length) as i32).max(1));
        state.stays.push(Stay { service: FOLLOW_UP, city: to as u8, since: now, until, ..*stay });
    }

    /// A move out of the shelter: to the partner, to family, or to an own dwelling. Without a dwelling the person keeps
    /// the bed.
    fn move_out(
        &self,
        exit: &Exit<'_>,
        wanted: Wanted,
        state: &mut Services,
        months: &mut ProviderMonths,
        changes: &mut Changes,
    ) {
        let Exit { world, stay, row, draw, waited } = exit;
        let home = usize::from(stay.home);
        if wanted == Wanted::Dwelling {
            // As for beds: a dwelling is available when there would be one at full scale.
            if state.dwellings[home] < self.scale {
                if *waited == 0 {
                    self.passage(changes, Edge::Dwelling, stay.home, stay.who, false, 0);
                }
                months.of(stay.service, stay.city).blocked += 1;
                state.stays.push(*stay);
                return;
            }
            state.dwellings[home] -= 1.0;
            self.passage(changes, Edge::Dwelling, stay.home, stay.who, true, *waited);
        }
        months.of(stay.service, stay.city).left += 1;
        self.passage(changes, Edge::ReturnToPartner, stay.home, stay.who, wanted == Wanted::Partner, 0);
        self.leave(world, *row, stay, wanted, [draw.unit(2), draw.unit(3)], changes);
    }

    /// Carries out a move out of the shelter: what it means for the children, the home and the union.
    fn leave(&self, world: &World, row: usize, stay: &Stay, wanted: Wanted, u: [f64; 2], changes: &mut Changes) {
        let (who, subject, city) = (stay.who, stay.subject, stay.home);
        // Programmes for victims are for adults.
        if world.body(row).age_months(world.now()) >= ADULT {
            changes.tell(Event::Occasion { occasion: Occasion::LeftShelter, who, subject, city });
        }
        if wanted == Wanted::Partner {
            changes.tell(Event::Occasion { occasion: Occasion::Returned, who, subject, city });
        }
        changes.tell(Event::LeftShelter { who, city, returned: wanted == Wanted::Partner });
        changes.push(Change::Chain(ChainChange::Open { subject, by: -1, helped: false }));
        // Children who came of age in the shelter leave it too; those who left home have lost the flag already.
        for person in std::iter::once(row).chain(world.children_at_home(row)) {
            changes.push(Change::Flag { who: PersonId(person as u32), flag: Flag::InShelter, on: false });
        }
        // Children of a father may be at home with their mother meanwhile.
        Self::release_children(world, stay, changes);
        if wanted != Wanted::Partner {
            self.act_after(world, row, stay, wanted == Wanted::Dwelling, changes);
        }
        if self.in_force == InForce::None {
            return;
        }
        let body = world.body(row);
        let Some(couple) = body.couple.row().filter(|row| world.couple(*row).key == subject) else { return };
        if wanted == Wanted::Partner || !world.couple(couple).together() {
            return;
        }
        let Some(side) = world.couple(couple).side_of(who) else { return };
        let partner = world.couple(couple).partner(side.other());
        let low = |who: PersonId| who.row().is_some_and(|row| !world.body(row).has(Flag::Work));
        let mut low_income = [false; 2];
        low_income[side as usize] = low(who);
        low_income[side.other() as usize] = partner.row().is_some_and(|row| world.body(row).has(Flag::LowIncome));
        let place = if body.place.is_here() {
            world.places().settle(body.place.city(), low(who), MEAN_LOW_INCOME, u[1])
        } else {
            Place::ELSEWHERE
        };
        // Her own children go with her; those of the partner alone stay. With a father go those whom he took along.
        for child in world.children_of_household(row) {
            let kin = world.kin(child);
            let comes_along = stay.service != MEN || world.body(child).has(Flag::InShelter);
            if comes_along && (kin.mother == who || kin.father == who) {
                changes.push(Change::Home { who: PersonId(child as u32), home: who });
            }
        }
        let goes_on = world.couple(couple).is_violent() && u[0] < self.table.goes_on.get();
        let couple = CoupleId(couple as u32);
        changes.push(Change::Separate { couple, goes_on, stays: side.other(), place, low_income });
    }

    /// Ends the stay of the children whom a father took along; they need not live with him.
    fn release_children(world: &World, stay: &Stay, changes: &mut Changes) {
        let Some(father) = stay.who.row().filter(|_| stay.service == MEN && stay.places > 1) else { return };
        for child in world.children(father).filter(|child| world.body(*child).has(Flag::InShelter)) {
            changes.push(Change::Flag { who: PersonId(child as u32), flag: Flag::InShelter, on: false });
        }
    }
}
