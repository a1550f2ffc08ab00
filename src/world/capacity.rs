//! Places of a provider in a population of any scale.
//!
//! A simulated person stands for 1/scale persons, but takes a whole place. In one hundredth of the cities a shelter has a
//! fraction of a bed, and a mother with two children needs three. If she had to wait until three beds are free at once she
//! would never be admitted, although three beds are next to nothing at full scale. Two rules make admissions the same on
//! average at every scale:
//!
//! - **Who is admitted.** A household is admitted if full scale would have room for one such household: if the free
//!   places, which may be a fraction, are at least `scale` times the places requested. The places taken beyond the free
//!   ones are a debt, of at most one household.
//! - **Debts are paid back.** Places left free, and places taken beyond the number of places, go to an account in
//!   place-months. The account adds its balance, spread over the duration of a stay, to the places of a month. In the
//!   long run the place-months used therefore equal those available.
//!
//! At full scale a provider with 100 places refuses few requests, because arrivals and departures balance. A provider
//! with a single simulated place cannot balance them. The account may therefore grow until it has the same effect: a
//! loss system of N places at full load refuses about √(2/π)/√N of all requests (Erlang's formula), and an account that
//! holds at most B place-months refuses a share of stay/(2B). Together they refuse the same as N places alone with
//! B = √(π/8) · stay · √N · (1 − √scale); households that need several places count as fewer, larger places. At full
//! scale this limit is zero: never are more places taken than exist.
//!
//! The account does not open at zero. If the load of a service is known, its balance is drawn from the stationary
//! distribution at that load: close to the largest debt if requests far exceed the places, close to the largest balance
//! if there are free places ([`Capacity::opened`]). That distribution assumes many small requests. If requests are rare,
//! place-months accumulate until the next one. The time since the last request has the same distribution as the time to
//! the next one, so the first request finds the balance that would have accumulated before the opening: the places of
//! the months from the opening to that request, minus the months that a request waits ([`Account::hear`]).

use serde::{Deserialize, Serialize};

/// Capacity of one service in one city this month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Places at the scale of the simulation; infinite if capacity is unlimited.
    pub places: f64,
    /// Simulated persons per real person.
    pub scale: f64,
    /// Mean duration of a stay, months.
    pub stay: f64,
    /// Mean number of places of the household of an occupied place; 1 if everybody takes one place.
    pub household: f64,
}

/// Balance of a service in a city, carried from month to month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Place-months left over (positive) or taken in advance (negative).
    pub balance: f64,
    /// Places of the month before.
    places: f64,
    /// Occupied places beyond the number of places, by persons who were admitted before the number was reduced.
    over: f64,
    /// Months since the opening, until the first request; `None` after it.
    unasked: Option<u16>,
}

/// Tolerance for rounding errors of sums.
const ROUNDING: f64 = 1e-9;
/// Load from which a service counts as overloaded, and the smallest load.
const HEAVY: f64 = 4.0;
const LIGHT: f64 = 0.02;
/// Exponent from which the lower end of the range of balances is out of reach.
const STEEP: f64 = 500.0;

impl Account {
    /// Whether a service opens this month, or becomes another one: it has at least twice the places of the month before.
    pub fn opens(&self, capacity: &Capacity) -> bool {
        capacity.places > 0.0 && capacity.places.is_finite() && capacity.places >= 2.0 * self.places
    }

    /// Counts the months until the first request. At that request, adds the balance that would have accumulated before
    /// the opening; `patience` is the number of months that a request waits.
    pub fn hear(&mut self, capacity: &Capacity, is_asked: bool, patience: f64) {
        match self.unasked {
            Some(_) if is_asked => {
                let months = f64::from(self.unasked.take().unwrap_or_default());
                if capacity.places.is_finite() {
                    self.balance += capacity.places * (months - patience).max(0.0) * (1.0 - capacity.scale).max(0.0);
                }
            }
            Some(months) => self.unasked = Some(months.saturating_add(1)),
            None => {}
        }
    }
}

impl Capacity {
    /// The account of a service at its opening, drawn with `u` (uniform between 0 and 1) from the stationary
    /// distribution at this load. `load` is the number of places needed for all requests, divided by the number of
    /// places. Without it the service is assumed to be overloaded, as services that refuse requests are.
    pub fn opened(&self, u: f64, load: Option<f64>) -> Account {
        let new = |balance: f64| Account { balance, places: self.places, over: 0.0, unasked: Some(0) };
        if !self.places.is_finite() {
            return new(0.0);
        }
        // A fraction of a place admits a household while its balance is slightly below zero. At full scale all places
        // are free when the service opens, and at any later time half of each stay has passed: half a stay is added.
        let ahead = (self.places.fract() - self.scale).max(0.0) * self.stay / 2.0;
        let debt = self.stay * self.household * (1.0 - self.scale).max(0.0);
        // A random walk between the largest debt and the largest balance has an exponential distribution between the
        // two; its slope is twice the drift divided by the variance, both per month. At a very high load, only the
        // uniform phase between two admissions remains.
        let Some(load) = load.filter(|load| *load < HEAVY) else { return new(-u * debt - ahead) };
        let load = load.max(LIGHT);
        let slope = 2.0 * (1.0 - load) / (load * self.stay * self.household);
        let range = debt + self.most();
        let above = match slope * range {
            flat if flat.abs() < ROUNDING => u * range,
            steep if steep > STEEP => range + libm::log(u.max(ROUNDING)) / slope,
            span => libm::log1p(u * libm::expm1(span)) / slope,
        };
        new(above.clamp(0.0, range) - debt - ahead)
    }

    /// The account of a service that has had fewer requests than places.
    pub fn opened_with_room(&self) -> Account {
        let balance = if self.places.is_finite() { self.most() } else { 0.0 };
        Account { balance, places: self.places, over: 0.0, unasked: None }
    }

    /// Free places when this number is occupied; negative if more are occupied than exist.
    pub fn free(&self, account: &Account, occupied: f64) -> f64 {
        self.places + account.balance / self.stay.max(1.0) - occupied
    }

    /// Whether a household that requests this number of places is admitted.
    pub fn admits(&self, free: f64, asked: f64) -> bool {
        // A provider with less than one place admits a household when all of it is free.
        let room = self.scale * asked;
        self.places > 0.0 && free + ROUNDING >= if self.places < 1.0 { room.min(self.places) } else { room }
    }

    /// Closes a month in which this number of places was occupied.
    pub fn settle(&self, account: &mut Account, occupied: f64) {
        if !self.places.is_finite() {
            *account = Account::default();
            return;
        }
        // A person keeps the place when the number of places is reduced; this creates no debt.
        let beyond = (occupied - self.places).max(0.0);
        account.over = if account.places > self.places { beyond } else { account.over.min(beyond) };
        let balance = account.balance + self.places - (occupied - account.over);
        account.balance = balance.min(self.most());
        account.places = self.places;
    }

    /// The largest balance; for a fractional number of places at least one additional place for the duration of a stay.
    fn most(&self) -> f64 {
        let at_full_scale = self.places / self.scale.max(ROUNDING);
        let missing = 1.0 - libm::sqrt(self.scale.clamp(0.0, 1.0));
        let evens_out = libm::sqrt(std::f64::consts::PI / 8.0 * at_full_scale * self.household) * self.stay * missing;
        if self.places.fract() == 0.0 { evens_out } else { evens_out.max(self.stay) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of requests admitted, and mean number of occupied places, if a household arrives every `every` months and
    /// households request `asked` places in turn.
    fn run(capacity: Capacity, asked: &[f64], every: f64, months: usize) -> (Vec<f64>, f64) {
        let mut account = Account::default();
        let mut stays: Vec<(f64, usize)> = Vec::new();
        let (mut came, mut admitted) = (vec![0.0; asked.len()], vec![0.0; asked.len()]);
        let (mut due, mut turn, mut taken) = (0.0, 0, 0.0);
        for month in 0..months {
            stays.retain(|(_, until)| *until > month);
            let occupied = |stays: &[(f64, usize)]| stays.iter().map(|(places, _)| places).sum::<f64>();
            while due <= month as f64 {
                let places = asked[turn % asked.len()];
                came[turn % asked.len()] += 1.0;
                if capacity.admits(capacity.free(&account, occupied(&stays)), places) {
                    admitted[turn % asked.len()] += 1.0;
                    stays.push((places, month + capacity.stay as usize));
                }
                turn += 1;
                due += every;
            }
            taken += occupied(&stays);
            capacity.settle(&mut account, occupied(&stays));
        }
        (admitted.iter().zip(&came).map(|(a, c)| a / c).collect(), taken / months as f64)
    }

    #[test]
    fn at_full_scale_no_more_than_the_places_are_ever_taken() {
        let capacity = Capacity { places: 7.0, scale: 1.0, stay: 4.0, household: 1.0 };
        let mut account = Account::default();
        for occupied in [0.0, 7.0, 3.0] {
            capacity.settle(&mut account, occupied);
            assert_eq!(account.balance, 0.0, "what is left free at full scale is lost");
        }
        assert!(capacity.admits(capacity.free(&account, 4.0), 3.0));
        assert!(!capacity.admits(capacity.free(&account, 5.0), 3.0), "two beds are no room for three");
        assert!(!capacity.admits(capacity.free(&account, 7.0), 1.0));
    }

    #[test]
    fn a_family_and_a_woman_alone_have_the_same_chance_at_a_small_scale() {
        // Half a bed, and as many requests as it can serve.
        let (admitted, taken) =
            run(Capacity { places: 0.5, scale: 0.01, stay: 3.0, household: 1.0 }, &[1.0, 4.0, 2.0], 14.0, 200_000);
        for share in &admitted {
            assert!(*share > 0.9, "admitted {admitted:?}");
        }
        assert!((taken - 0.5).abs() < 0.03, "places taken {taken}");
    }

    #[test]
    fn place_months_used_are_those_that_there_are() {
        for (places, scale) in [(0.15, 0.01), (0.75, 0.05), (3.75, 0.25), (15.0, 1.0)] {
            // Four times as many requests as can be admitted.
            let every = 12.0 / places / 4.0;
            let (_, taken) = run(Capacity { places, scale, stay: 12.0, household: 1.0 }, &[1.0], every, 100_000);
            assert!((taken / places - 1.0).abs() < 0.03, "{taken} of {places} places");
        }
    }

    #[test]
    fn a_service_asked_for_too_much_starts_as_many_in_its_first_years_at_every_scale() {
        let months = 96;
        let admitted = |scale: f64| {
            let capacity = Capacity { places: 12.0 * scale, scale, stay: 8.0, household: 1.0 };
            let phases = 200;
            let of = |phase: usize| {
                let mut account = capacity.opened((phase as f64 + 0.5) / f64::from(phases), None);
                let (mut stays, mut count): (Vec<usize>, f64) = (Vec::new(), 0.0);
                for month in 0..months {
                    stays.retain(|until| *until > month);
                    while capacity.admits(capacity.free(&account, stays.len() as f64), 1.0) {
                        stays.push(month + 8);
                        count += 1.0;
                    }
                    capacity.settle(&mut account, stays.len() as f64);
                }
                count / scale
            };
            (0..phases as usize).map(of).sum::<f64>() / f64::from(phases)
        };
        let full = admitted(1.0);
        for scale in [0.01, 0.05, 0.25] {
            let share = admitted(scale) / full;
            assert!((share - 1.0).abs() < 0.06, "{share} of full scale at {scale}");
        }
    }

    #[test]
    fn a_service_with_rare_requests_starts_as_many_in_its_first_years() {
        // 15 places for stays of 8 months, requested by pairs who wait four months; nine times as many requests as can
        // start.
        let (stay, patience, months, every) = (8, 4_usize, 60, 12.0);
        let runs = 6000;
        let starts = |scale: f64| {
            let capacity = Capacity { places: 15.0 * scale, scale, stay: f64::from(stay), household: 1.0 };
            let mut count = 0.0;
            for run in 0..runs {
                // Times between pairs are exponential; the address of each number is its own.
                let mut addresses = (0..).map(|n: u64| {
                    let mixed = (n + 1_000_003 * run).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    ((mixed ^ mixed >> 32) >> 11) as f64 / (1_u64 << 53) as f64
                });
                let mut unit = || addresses.next().unwrap_or_default();
                let mut account = capacity.opened(unit(), None);
                let mut due = -libm::log(1.0 - unit()) * every * 0.01 / scale;
                let (mut stays, mut waiting): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
                for month in 0..months {
                    stays.retain(|until| *until > month);
                    waiting.retain(|since| month - since <= patience);
                    while due < (month + 1) as f64 {
                        waiting.extend([month; 2]);
                        due -= libm::log(1.0 - unit()) * every * 0.01 / scale;
                    }
                    account.hear(&capacity, !waiting.is_empty(), patience as f64);
                    while !waiting.is_empty() && capacity.admits(capacity.free(&account, stays.len() as f64), 1.0) {
                        waiting.remove(0);
                        stays.push(month + stay as usize);
                        count += 1.0 / scale;
                    }
                    capacity.settle(&mut account, stays.len() as f64);
                }
            }
            count / runs as f64
        };
        let full = starts(1.0);
        for scale in [0.01, 0.03, 0.1] {
            let share = starts(scale) / full;
            println!("{scale}: {share:.3} of full scale");
            assert!((share - 1.0).abs() < 0.08, "{share} of full scale at {scale}");
        }
    }

    #[test]
    fn the_opening_balance_follows_the_load() {
        let capacity = Capacity { places: 1.0, scale: 0.01, stay: 10.0, household: 1.0 };
        let most = capacity.most();
        let debt = 10.0 * 0.99;
        let draws = 20_000;
        let mean = |load: Option<f64>| {
            let balance = |n: i32| capacity.opened((f64::from(n) + 0.5) / f64::from(draws), load).balance;
            assert!((0..draws).all(|n| (-debt - 1e-9..=most + 1e-9).contains(&balance(n))), "{load:?}");
            (0..draws).map(balance).sum::<f64>() / f64::from(draws)
        };
        let close = |got: f64, wanted: f64| assert!((got - wanted).abs() < 0.05, "{got} for {wanted}");
        close(mean(None), -debt / 2.0);
        close(mean(Some(1.0)), (most - debt) / 2.0);
        // Exponential from either end, where the other is out of reach: mean distance is the inverse of the slope.
        close(mean(Some(2.0)), -debt + 2.0 * 10.0 / 2.0 - tail(most + debt, 0.1));
        close(mean(Some(0.25)), most - 0.25 * 10.0 / 2.0 / 0.75 + tail(most + debt, 0.6));
        /// What cutting an exponential of this rate at `range` takes off its mean.
        fn tail(range: f64, rate: f64) -> f64 {
            range / libm::expm1(rate * range)
        }
    }

    #[test]
    fn less_than_one_place_at_full_scale_takes_somebody_in_now_and_then() {
        let (_, taken) = run(Capacity { places: 0.25, scale: 1.0, stay: 6.0, household: 1.0 }, &[1.0], 2.0, 50_000);
        assert!((taken - 0.25).abs() < 0.01, "{taken} places taken of a quarter");
    }

    #[test]
    fn places_taken_away_leave_no_debt_and_none_are_none() {
        for scale in [0.05, 1.0] {
            let capacity = |places: f64| Capacity { places, scale, stay: 10.0, household: 1.0 };
            let mut account = Account::default();
            capacity(10.0).settle(&mut account, 10.0);
            let less = capacity(5.0);
            for occupied in [10.0, 9.0, 9.0, 8.0, 7.0, 6.0, 5.0] {
                assert!(!less.admits(less.free(&account, occupied), 1.0), "{occupied} of 5 places are taken");
                less.settle(&mut account, occupied);
            }
            assert_eq!(account.balance, 0.0, "scale {scale}");
            assert!(less.admits(less.free(&account, 4.0), 1.0));
        }
        assert!(!Capacity { places: 0.0, scale: 0.05, stay: 10.0, household: 1.0 }.admits(5.0, 1.0));
    }

    #[test]
    fn at_full_scale_a_family_waits_for_as_many_places_as_it_needs() {
        let capacity = Capacity { places: 2.0, scale: 1.0, stay: 3.0, household: 2.0 };
        assert!(!capacity.admits(capacity.free(&Account::default(), 0.0), 4.0));
        assert!(capacity.admits(capacity.free(&Account::default(), 0.0), 2.0));
    }
}
