//! Moments of 2008 in the burn-in population, by the definitions of the targets.

use std::collections::BTreeMap;

use crate::world::{
    ADULT, Education, Flag, MaltreatmentKind, OtherIncidents, PersonId, Side, Violence, World, YearFlag,
};

/// Counts over the last years of a burn-in population; every share is a ratio of counts.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// Adult-years by sex.
    adults: [f64; 2],
    /// Adult-years with violence from a partner, by sex of the victim.
    victims: [f64; 2],
    /// Adult-years with violence from any relative, by sex.
    any_victims: [f64; 2],
    /// Couples with incidents in a year, and those of them in which both used violence, in that year or earlier in the
    /// violence that is ongoing or stopped last.
    violent_couples: f64,
    mutual_couples: f64,
    /// Couples who live together, by key: in which of the last three years there were incidents, latest first.
    violent_years: BTreeMap<u64, [bool; 3]>,
    /// Couples together with incidents in the year before, and those with incidents again.
    violent_before: [f64; 2],
    /// Couples together with incidents two years before, and those without since.
    violent_two_before: [f64; 2],
    /// Adults with a partner, and the number expected from the table of household positions, by sex.
    partnered: f64,
    partnered_expected: f64,
    /// Births and woman-years by age.
    births: Vec<f64>,
    women: Vec<f64>,
    /// Child-years; maltreated; by kind; more than one kind; with violence between the adults at home.
    children: f64,
    maltreated: f64,
    kinds: [f64; 4],
    more_kinds: f64,
    with_violence: f64,
    /// Child-years of witnessing.
    witnessing: f64,
    /// Child-years and maltreated child-years without and with each of: low education, no work, one carer.
    risks: [[[f64; 2]; 2]; 3],
    /// Adult-years, and those with use of violence in the year, without and with witnessing in childhood, by sex.
    witness_use: [[[f64; 2]; 2]; 2],
    /// Adult-years, and those with violence suffered in the year, without and with any exposure in childhood, by sex.
    exposed_suffer: [[[f64; 2]; 2]; 2],
    /// Child-years and maltreated child-years, by whether a carer was maltreated as a child.
    parent_maltreated: [[f64; 2]; 2],
    /// Conduct score of exposed persons who turned 18.
    conduct: [f64; 2],
    /// Five-year windows: adults present throughout, victims of any kind, victims of a partner, victims of one
    /// incident, and structural victims by sex.
    window: FiveYears,
    five: Five,
}

#[derive(Clone, Debug, Default)]
struct Five {
    adults: f64,
    any: f64,
    partner: f64,
    once: f64,
    structural: [f64; 2],
    structural_any: f64,
}

/// Experiences of each adult in the current five-year window: incidents suffered, months as a victim of others,
/// structural violence.
#[derive(Clone, Debug, Default)]
struct FiveYears {
    years: u32,
    start: BTreeMap<u64, ()>,
    incidents: BTreeMap<u64, u32>,
    others: BTreeMap<u64, u32>,
    structural: BTreeMap<u64, ()>,
}

/// The quantities that have targets, as shares and ratios.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Victims of a partner per adult woman and year.
    pub women_partner: f64,
    /// Victims of a partner per adult man and year.
    pub men_partner: f64,
    /// Victims of any relative per adult and year.
    pub any: f64,
    /// Women among victims of any relative.
    pub women_share: f64,
    /// Victims of a partner among victims.
    pub partner_share: f64,
    /// Adults who suffered anything in five years.
    pub five_years: f64,
    /// Couples with incidents in the year among couples together who had incidents in the year before.
    pub violent_again: f64,
    /// Couples without incidents in the year and the year before among those with incidents two years before.
    pub quiet_two_years: f64,
    /// Victims of one incident among victims of five years.
    pub once: f64,
    /// Structural victims among victims of five years.
    pub structural: f64,
    /// Women among structural victims of a partner.
    pub women_structural: f64,
    /// Couples in which both used violence among couples with incidents in the year.
    pub mutual: f64,
    /// Ratio of partnered adults to the number expected from the table of household positions.
    pub partnered: f64,
    /// Total fertility rate.
    pub tfr: f64,
    /// Maltreated children per child and year.
    pub maltreated: f64,
    /// Neglected among maltreated.
    pub neglect: f64,
    /// Sexually abused among maltreated.
    pub sexual: f64,
    /// More than one kind among maltreated.
    pub more_kinds: f64,
    /// Violence at home among maltreated.
    pub with_violence: f64,
    /// Crude risk ratios of maltreatment: low education, no work, one carer.
    pub risks: [f64; 3],
    /// Crude risk ratio of past-year use by witnessing, by sex.
    pub witness_use: [f64; 2],
    /// Crude risk ratio of past-year suffering by exposure, by sex.
    pub exposed_suffer: [f64; 2],
    /// Crude odds ratio of maltreatment by a carer's own maltreatment.
    pub maltreats: f64,
    /// Mean conduct score of the exposed at 18.
    pub conduct: f64,
    /// Children witnessing per child and year.
    pub witnessing: f64,
}

impl Moments {
    /// Victims of relatives but of no partner, per adult and year.
    pub fn relatives(&self) -> f64 {
        self.any * (1.0 - self.partner_share)
    }
}

impl Observation {
    /// Counts one month of events.
    pub fn month(&mut self, world: &World) {
        let events = world.events();
        for incident in events.incidents() {
            let Some(couple) = world.couple_by_id(incident.couple) else { continue };
            for by in Side::BOTH {
                let count = u32::from(incident.counts[by as usize]);
                if let Some(victim) = couple.partner(by.other()).row().filter(|_| count > 0) {
                    let key = world.body(victim).key;
                    *self.window.incidents.entry(key).or_insert(0) += count;
                    if world.past(victim).year & YearFlag::Structural.bit() != 0 {
                        self.window.structural.insert(key, ());
                    }
                }
            }
        }
        for &OtherIncidents { victim, count, .. } in events.others() {
            if let Some(row) = victim.row() {
                let key = world.body(row).key;
                *self.window.others.entry(key).or_insert(0) += u32::from(count);
            }
        }
        events.births().for_each(|child| self.birth(world, child));
    }

    fn birth(&mut self, world: &World, child: PersonId) {
        let mother = child.row().and_then(|row| world.kin(row).mother.row());
        if let Some(mother) = mother {
            let age = world.body(mother).age(world.now().plus(-1)).clamp(0, 59) as usize;
            self.births.resize(60, 0.0);
            self.births[age] += 1.0;
        }
    }

    /// Counts the year that has just ended; `expected` is the share of adults with a partner by age.
    pub fn year(&mut self, world: &World, expected: impl Fn(i32) -> f64) {
        self.women.resize(60, 0.0);
        let now = world.now();
        for couple in world.couples().filter(|couple| couple.incidents != [0; 2]) {
            self.violent_couples += 1.0;
            let used = |by: usize| couple.incidents[by] > 0 || couple.last[by] != Violence::None;
            self.mutual_couples += f64::from(u8::from(used(0) && used(1)));
        }
        self.persistence(world);
        for row in world.present() {
            let (body, past, mind) = (world.body(row), world.past(row), world.mind(row));
            let met = |flag: YearFlag| past.year & flag.bit() != 0;
            let sex = body.sex() as usize;
            let age = body.age(now);
            if body.has(Flag::Female) && (10..60).contains(&age) {
                self.women[age as usize] += 1.0;
            }
            let record = world.childhood(row);
            if body.age_months(now) < ADULT {
                self.child(world, row, met(YearFlag::Maltreated), met(YearFlag::Witnessed));
                continue;
            }
            self.adults[sex] += 1.0;
            self.partnered += f64::from(u8::from(body.has_partner()));
            self.partnered_expected += expected(age);
            let (suffered, other) = (met(YearFlag::Suffered), met(YearFlag::OtherVictim));
            self.victims[sex] += f64::from(u8::from(suffered));
            self.any_victims[sex] += f64::from(u8::from(suffered || other));
            let exposed = record.any_witnessed() || record.any_maltreated();
            let witnessed = usize::from(record.any_witnessed());
            count(&mut self.witness_use[sex][witnessed], met(YearFlag::Used));
            count(&mut self.exposed_suffer[sex][usize::from(exposed)], suffered);
            if age == 18 && exposed {
                self.conduct[0] += 1.0;
                self.conduct[1] += mind.conduct.get();
            }
        }
        self.window(world);
    }

    fn child(&mut self, world: &World, row: usize, maltreated: bool, witnessed: bool) {
        let (Some(parent), partner) = world.carers(row) else { return };
        let carers = || [Some(parent), partner].into_iter().flatten();
        let body = |row: usize| world.body(row);
        self.children += 1.0;
        let own = carers().any(|carer| world.childhood(carer).any_maltreated());
        count(&mut self.parent_maltreated[usize::from(own)], maltreated);
        let risks = [
            carers().all(|carer| body(carer).education() == Education::Low),
            !carers().any(|carer| body(carer).has(Flag::Work)),
            partner.is_none(),
        ];
        for (table, risk) in self.risks.iter_mut().zip(risks) {
            count(&mut table[usize::from(risk)], maltreated);
        }
        self.witnessing += f64::from(u8::from(witnessed));
        if !maltreated {
            return;
        }
        self.maltreated += 1.0;
        // The kinds of maltreatment of the whole year are not stored; the present or most recent kinds are used
        // instead.
        let running = world.past(row).maltreated;
        let record = world.childhood(row);
        let mut kinds = 0;
        for kind in MaltreatmentKind::ALL {
            let met = if running != 0 { running & kind.bit() != 0 } else { record.months_of(kind) > 0 };
            self.kinds[kind as usize] += f64::from(u8::from(met));
            kinds += u32::from(met);
        }
        self.more_kinds += f64::from(u8::from(kinds > 1));
        // A family with domestic violence: between the present adults, now or before, or witnessed by this child.
        let violent = world.couple_of(parent).is_some_and(|couple| couple.was_violent() || couple.incidents != [0; 2]);
        self.with_violence += f64::from(u8::from(witnessed || violent || record.any_witnessed()));
    }

    /// Counts the couples who stay together by the years in which there was violence.
    fn persistence(&mut self, world: &World) {
        let mut years = BTreeMap::new();
        for couple in world.couples().filter(|couple| couple.present && couple.together()) {
            let [last, before, _] = self.violent_years.get(&couple.key).copied().unwrap_or_default();
            let violent = [couple.incidents != [0; 2], last, before];
            if last {
                count(&mut self.violent_before, violent[0]);
            }
            if before {
                count(&mut self.violent_two_before, !violent[0] && !last);
            }
            if violent.contains(&true) {
                years.insert(couple.key, violent);
            }
        }
        self.violent_years = years;
    }

    fn window(&mut self, world: &World) {
        let adults: BTreeMap<u64, ()> = world
            .present()
            .filter(|row| world.body(*row).age_months(world.now()) >= ADULT)
            .map(|row| (world.body(row).key, ()))
            .collect();
        self.window.years += 1;
        if self.window.years == 6 {
            let window = std::mem::take(&mut self.window);
            let sexes: BTreeMap<u64, usize> =
                world.present().map(|row| (world.body(row).key, world.body(row).sex() as usize)).collect();
            for key in window.start.keys().filter(|key| adults.contains_key(key)) {
                let incidents = window.incidents.get(key).copied().unwrap_or(0);
                let others = window.others.get(key).copied().unwrap_or(0);
                self.five.adults += 1.0;
                if incidents + others > 0 {
                    self.five.any += 1.0;
                    self.five.partner += f64::from(u8::from(incidents > 0));
                    self.five.once += f64::from(u8::from(incidents + others == 1));
                    // Structural violence: by relatives it counts among all victims, by partners also by sex.
                    let of_partner = window.structural.contains_key(key);
                    self.five.structural_any += f64::from(u8::from(of_partner || others >= 12));
                    if of_partner {
                        self.five.structural[sexes.get(key).copied().unwrap_or(0)] += 1.0;
                    }
                }
            }
            self.window.years = 1;
        }
        if self.window.years == 1 {
            self.window.start = adults;
            self.window.incidents.clear();
            self.window.others.clear();
            self.window.structural.clear();
        }
    }

    /// The moments from the counts so far.
    pub fn moments(&self) -> Moments {
        let share = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        let risk = |cell: &[f64; 2]| share(cell[1], cell[0]);
        let ratio = |table: &[[f64; 2]; 2]| share(risk(&table[1]), risk(&table[0]));
        let odds = |p: f64| p / (1.0 - p);
        let (victims, any): (f64, f64) = (self.victims.iter().sum(), self.any_victims.iter().sum());
        let adults: f64 = self.adults.iter().sum();
        let structural: f64 = self.five.structural.iter().sum();
        let rates = self.births.iter().zip(&self.women).map(|(births, women)| share(*births, *women));
        Moments {
            women_partner: share(self.victims[1], self.adults[1]),
            men_partner: share(self.victims[0], self.adults[0]),
            any: share(any, adults),
            women_share: share(self.any_victims[1], any),
            partner_share: share(victims, any),
            five_years: share(self.five.any, self.five.adults),
            violent_again: risk(&self.violent_before),
            quiet_two_years: risk(&self.violent_two_before),
            once: share(self.five.once, self.five.any),
            structural: share(self.five.structural_any, self.five.any),
            women_structural: share(self.five.structural[1], structural),
            mutual: share(self.mutual_couples, self.violent_couples),
            partnered: share(self.partnered, self.partnered_expected),
            tfr: rates.sum(),
            maltreated: share(self.maltreated, self.children),
            neglect: share(self.kinds[0], self.maltreated),
            sexual: share(self.kinds[3], self.maltreated),
            more_kinds: share(self.more_kinds, self.maltreated),
            with_violence: share(self.with_violence, self.maltreated),
            risks: [0, 1, 2].map(|at: usize| ratio(&self.risks[at])),
            witness_use: [0, 1].map(|sex: usize| ratio(&self.witness_use[sex])),
            exposed_suffer: [0, 1].map(|sex: usize| ratio(&self.exposed_suffer[sex])),
            maltreats: share(odds(risk(&self.parent_maltreated[1])), odds(risk(&self.parent_maltreated[0]))),
            conduct: share(self.conduct[1], self.conduct[0]),
            witnessing: share(self.witnessing, self.children),
        }
    }
}

fn count(cell: &mut [f64; 2], met: bool) {
    cell[0] += 1.0;
    cell[1] += f64::from(u8::from(met));
}
