//! Unions (*samenwonen en trouwen*): who looks for a partner, the candidates, and the matching.
//!
//! Each single adult has a hazard of starting to look. A seeker of this month considers a fixed number of singles in
//! the own city, of the sex that the seeker looks for and close in age to a desired age. Each candidate gets a score from
//! similarity (education, antisocial liability, origin), the candidate's own readiness, and a keyed draw of the pair. Each seeker
//! proposes to the best candidate; a person with several proposals accepts the best; a refused seeker proposes to the
//! next candidate, for a fixed number of rounds. Adding or removing one single changes the candidate sets of few
//! others, so the chain of displaced couples ends after a step or two, and the displaced persons are single again under
//! their own hazards.
//!
//! Who looks for a partner of the own sex is drawn at birth (`same_sex_men`, `same_sex_women`) and does not change. Such
//! persons look, and are looked for, at the hazards of others of their sex and age, among each other.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::curve::ByAge;
use crate::engine::{Draws, Hazard, Meeting, PartnerSearch, Process};
use crate::random::normal;
use crate::units::{Count, LogRatio, RatePerYear, Ratio, Rows, Share, Years};
use crate::world::{
    ADULT, Body, Change, Changes, City, Couple, CoupleId, Flag, Milli, Month, Newcomer, PersonId, Sex, Single, Singles,
    SinglesGroup, Subject, Touch, World,
};

/// `[life.unions]`: search for a partner, matching, and marriage.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unions {
    /// Hazard that a single adult forms a union, by age and sex.
    pub seek: Rows<RatePerYear>,
    /// Multiplier of that hazard, such that the simulated shares of singles match the observed shares.
    pub level: Ratio,
    /// Mean age difference of partners: age of the man minus age of the woman, years.
    pub age_gap_mean: Years,
    /// Standard deviation of the age difference of partners, years.
    #[schemars(extend("x-least" = 0))]
    pub age_gap_sd: Years,
    /// Loss of score of a match per level of difference in education.
    pub education_weight: LogRatio,
    /// Loss of score of a match per standard deviation of difference in liability to use violence.
    pub antisocial_weight: LogRatio,
    /// Loss of score of a match between partners of different origins.
    pub origin_weight: LogRatio,
    /// Number of candidates that a person considers; each is the single nearest to a separately drawn desired age.
    pub nearest: Count,
    /// Hazard of marriage of couples who live together unmarried.
    pub marriage: RatePerYear,
    /// Share of men who look for a partner of their own sex.
    pub same_sex_men: Share,
    /// Share of women who look for a partner of their own sex.
    pub same_sex_women: Share,
}

struct UnionProcess {
    rate: ByAge,
    level: f64,
}

struct Market {
    seeking: UnionProcess,
    gap_mean: f64,
    gap_sd: f64,
    education: f64,
    antisocial: f64,
    origin: f64,
    nearest: usize,
}

/// Number of rows that one thread processes at a time when singles are listed.
const LISTED: usize = 8192;
/// Rounds of proposals in a month.
const ROUNDS: usize = 3;
/// Number of listed singles on either side of a desired position that are searched for one who may be chosen.
const REACH: usize = 8;
/// Index of the draw of the first desired position; each candidate has its own.
const WISHES: u16 = 16;
/// Kind, for key derivation, of a couple.
const COUPLE: u16 = 2;
/// Kind, for key derivation, of a partner elsewhere.
const STRANGER: u16 = 3;

impl Unions {
    /// The hazard of looking for a partner, with the matching.
    ///
    /// # Errors
    /// Describes what is missing in a table.
    pub fn build(&self) -> Result<Process, String> {
        let seeking = UnionProcess { rate: ByAge::new(&self.seek, "male", "female", 0.0)?, level: self.level.get() };
        Ok(Process::Meeting(Box::new(Market {
            seeking,
            gap_mean: self.age_gap_mean.get(),
            gap_sd: self.age_gap_sd.get(),
            education: self.education_weight.get(),
            antisocial: self.antisocial_weight.get(),
            origin: self.origin_weight.get(),
            nearest: (self.nearest.get() as usize).clamp(1, 1000),
        })))
    }
}

impl UnionProcess {
    fn at(&self, sex: Sex, age: i32) -> f64 {
        if age < 18 { 0.0 } else { self.rate.at(sex as usize, age) * self.level }
    }

    /// Share of the hazard of union that is due to a person's own search; the rest is due to being chosen.
    const OWN: f64 = 0.5;
}

impl Hazard for UnionProcess {
    fn envelope(&self, profile: usize, year: usize) -> f64 {
        self.at(Sex::BOTH[profile], year as i32) * Self::OWN
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let body = world.body(row);
        if is_single(world, row) { self.at(body.sex(), body.age(world.now())) * own_share(world, row) } else { 0.0 }
    }

    fn most(&self, world: &World, row: usize) -> f64 {
        if world.body(row).has_partner() { 0.0 } else { own_share(world, row) / Self::OWN }
    }

    fn rises_at(&self) -> Option<&[usize]> {
        Some(&[])
    }

    fn responds_to(&self) -> Touch {
        Touch::HOME
    }

    fn happens(&self, _: &World, _: usize, _: &Draws, _: &mut Changes) {}
}

/// Elsewhere nobody is chosen by others, so the person's own search carries the whole hazard.
fn own_share(world: &World, row: usize) -> f64 {
    if world.body(row).place.is_here() { UnionProcess::OWN } else { 1.0 }
}

fn is_single(world: &World, row: usize) -> bool {
    let body = world.body(row);
    body.counts() && !body.has_partner() && body.age_months(world.now()) >= ADULT
}

/// Two persons and the score of the match, the same for both.
#[derive(Clone, Copy)]
struct Offer {
    score: f64,
    seeker: u32,
    chosen: u32,
}

impl Market {
    /// The search of one seeker.
    ///
    /// Each candidate is the single of the own city nearest to a drawn position: a month of birth, from the
    /// distribution of age gaps, and a random number among those born in that month. Taking the nearest in age alone
    /// would select from one month of birth in a large city and from many in a small one, and might select copies of
    /// one person. The similarity of partners would then depend on the scale.
    fn offers(&self, world: &World, seeker: usize, draws: &Draws) -> PartnerSearch {
        let body = world.body(seeker);
        let latest = f64::from(world.now().plus(-ADULT).0);
        let of = (body.place.city(), body.singles_group().sought());
        let singles = world.singles(of.0, of.1);
        let list = singles.list();
        let wishes = (0..self.nearest as u16).map(|wish| {
            let draw = draws.of(body.key, WISHES + wish);
            let born = f64::from(body.born.0) + self.gap(body, draw.unit(0));
            let born = Month(libm::rint(born).clamp(-30_000.0, latest) as i16);
            (born, singles.place(born, draw.0[1]))
        });
        let wishes: Vec<(Month, usize)> = wishes.collect();
        let beside = wishes.iter().flat_map(|(_, at)| list[at.saturating_sub(1)..].iter().take(2));
        world.prefetch(beside.map(|single| single.row as usize));
        let mut chosen: Vec<u32> = Vec::with_capacity(self.nearest);
        let (mut seen, mut spans) = (Vec::with_capacity(2 * self.nearest), Vec::with_capacity(self.nearest));
        for (born, at) in wishes {
            let open = |at: &usize| {
                let row = list[*at].row;
                !chosen.contains(&row) && self.may_unite(world, seeker, row as usize)
            };
            let (from, until) = (at.saturating_sub(REACH), list.len().min(at + REACH));
            let above = (at..until).find(open);
            let below = (from..at).rev().find(open);
            let looked = below.unwrap_or(from)..above.map_or(until, |above| above + 1);
            // Where the list ended, another entry would have been looked at.
            let first = if below.is_none() && from == 0 { FIRST } else { place_of(&list[looked.start]) };
            let last = if above.is_none() && until == list.len() { LAST } else { place_of(&list[looked.end - 1]) };
            spans.push([first, last]);
            seen.extend(list[looked].iter().map(|single| single.row));
            let far = |at: usize| list[at].born.since(born).abs();
            let nearest = match (above, below) {
                (Some(above), Some(below)) if far(below) < far(above) => Some(below),
                (above, below) => above.or(below),
            };
            chosen.extend(nearest.map(|at| list[at].row));
        }
        let score = |row: u32| (self.score(world, seeker, row as usize, draws), row);
        let mut found: Vec<(f64, u32)> = chosen.into_iter().map(score).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(ROUNDS);
        PartnerSearch { seeker: seeker as u32, list: of, found, seen, spans }
    }

    /// Months by which the desired partner of a person is younger, by a uniform draw. The gap between a man and a woman
    /// has the man the elder on average; between two of one sex it has a mean of 0 and the same deviation.
    fn gap(&self, body: &Body, u: f64) -> f64 {
        let mean = if body.seeks_own_sex { 0.0 } else { self.gap_mean };
        let younger = (mean + self.gap_sd * normal(u)) * 12.0;
        if body.has(Flag::Female) { -younger } else { younger }
    }

    fn may_unite(&self, world: &World, seeker: usize, row: usize) -> bool {
        seeker != row
            && is_single(world, row)
            && !akin(world, seeker, row)
            && world.body(row).place.city() == world.body(seeker).place.city()
    }

    fn score(&self, world: &World, seeker: usize, chosen: usize, draws: &Draws) -> f64 {
        let (a, b) = (world.body(seeker), world.body(chosen));
        let liability = |row: usize| world.body(row).liability_use.get();
        let education = (a.education() as i32 - b.education() as i32).abs();
        let readiness = self.seeking.at(b.sex(), b.age(world.now())).max(1e-6);
        let (low, high) = (a.key.min(b.key), a.key.max(b.key));
        // The draw of the pair: an extreme-value draw keyed by both persons, the same from either side.
        let u = draws.of(low ^ high.rotate_left(31), 2).unit(0);
        libm::log(readiness)
            - libm::log(-libm::log(u))
            - self.education * f64::from(education)
            - self.antisocial * (liability(seeker) - liability(chosen)).abs()
            - self.origin * f64::from(u8::from(a.origin() != b.origin()))
    }

    /// The union of a pair.
    fn couple(&self, world: &World, [first, second]: [usize; 2], draws: &Draws) -> Couple {
        let (one, other) = (world.body(first), world.body(second));
        let key = draws.luck().derive(one.key ^ other.key.rotate_left(17), COUPLE, i32::from(world.now().0) as u32);
        new_couple(key, world.now(), draws)
    }
}

/// Two partners in the order of a couple: a man before a woman, otherwise the smaller key first, and not by who of
/// them proposed.
fn in_order(world: &World, [a, b]: [usize; 2]) -> [usize; 2] {
    let rank = |row: usize| (world.body(row).sex(), world.body(row).key);
    if rank(a) <= rank(b) { [a, b] } else { [b, a] }
}

/// A union that begins now.
fn new_couple(key: u64, now: Month, draws: &Draws) -> Couple {
    let draw = draws.lasting(key, 3);
    Couple { intensity: Milli::new(normal(draw.unit(0))), ..Couple::new(key, now) }
}

/// Before and after every entry of a list of singles.
const FIRST: (Month, u32) = (Month(i16::MIN), 0);
const LAST: (Month, u32) = (Month(i16::MAX), u32::MAX);

/// Place of a single in the order of the list.
fn place_of(single: &Single) -> (Month, u32) {
    (single.born, single.lot)
}

/// Key of the decision on a pair: pairs in the order of rounds, in a round by score from the highest. It rounds the score
/// off by two bits.
fn key_of_pair(round: usize, score: f64) -> u64 {
    let bits = score.to_bits();
    let rising = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    (round as u64) << 62 | !rising >> 2
}

/// Key of the decision on a seeker elsewhere: after all pairs, in order of the person's key.
fn key_of_stranger(key: u64) -> u64 {
    3 << 62 | key >> 2
}

/// Parent and child, or brother and sister.
fn akin(world: &World, a: usize, b: usize) -> bool {
    let (kin_a, kin_b) = (world.kin(a), world.kin(b));
    let id = |row: usize| PersonId(row as u32);
    let same = |x: PersonId, y: PersonId| x.is_some() && x == y;
    kin_a.mother == id(b)
        || kin_a.father == id(b)
        || kin_b.mother == id(a)
        || kin_b.father == id(a)
        || same(kin_a.mother, kin_b.mother)
        || same(kin_a.father, kin_b.father)
}

impl Meeting for Market {
    fn hazard(&self) -> &dyn Hazard {
        &self.seeking
    }

    fn list(&self, world: &mut World) {
        let cities = world.places().cities.len();
        let found: Vec<(City, SinglesGroup, Single)> =
            world.rows().into_par_iter().with_min_len(LISTED).filter_map(|row| self.listed(world, row)).collect();
        let mut lists: Vec<[Vec<Single>; SinglesGroup::COUNT]> = vec![Default::default(); cities];
        for (city, group, single) in found {
            lists[city][group.index()].push(single);
        }
        let key = |row: u32| world.body(row as usize).key;
        let ordered = |lists: [Vec<Single>; SinglesGroup::COUNT]| lists.map(|list| Singles::new(list, key));
        let singles = lists.into_iter().map(ordered).collect();
        world.list_singles(singles);
    }

    fn listed(&self, world: &World, row: usize) -> Option<(City, SinglesGroup, Single)> {
        let body = world.body(row);
        // Persons who turn 18 during the year are listed too; they are skipped while they are minors.
        let open = body.counts() && body.place.is_here() && !body.has_partner() && body.age(world.now()) >= 17;
        let single = Single { born: body.born, lot: (body.key >> 31) as u32, row: row as u32 };
        open.then(|| (body.place.city(), body.singles_group(), single))
    }

    fn search(&self, world: &World, rows: &[u32], draws: &Draws) -> Vec<PartnerSearch> {
        let seekers = rows.iter().map(|row| *row as usize).filter(|row| is_single(world, *row));
        let here: Vec<usize> = seekers.filter(|row| world.body(*row).place.is_here()).collect();
        here.par_iter().with_min_len(16).map(|seeker| self.offers(world, *seeker, draws)).collect()
    }

    fn meet(&self, world: &World, rows: &[u32], searches: &[&PartnerSearch], draws: &Draws, changes: &mut Changes) {
        let offers_of = |search: &&PartnerSearch| -> Vec<Offer> {
            let offers = search.found.iter();
            offers.map(|(score, chosen)| Offer { score: *score, seeker: search.seeker, chosen: *chosen }).collect()
        };
        let mut offers: Vec<Vec<Offer>> = searches.iter().map(offers_of).collect();
        let mut taken: std::collections::BTreeSet<u32> = Default::default();
        for round in 0..ROUNDS {
            // The best proposal that each single has received; ties of score are broken by the key.
            let mut best: std::collections::BTreeMap<u32, Offer> = Default::default();
            for list in &mut offers {
                list.retain(|offer| !taken.contains(&offer.seeker) && !taken.contains(&offer.chosen));
                let Some(offer) = list.first() else { continue };
                let better = |old: &Offer| {
                    (offer.score, world.body(offer.seeker as usize).key)
                        > (old.score, world.body(old.seeker as usize).key)
                };
                let held = best.entry(offer.chosen).or_insert(*offer);
                if better(held) {
                    *held = *offer;
                }
            }
            // Best pairs first, so that a seeker who is also chosen by another person gets the better of the two.
            let mut pairs: Vec<Offer> = best.into_values().collect();
            let key = |offer: &Offer| world.body(offer.chosen as usize).key;
            pairs.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| key(a).cmp(&key(b))));
            for offer in pairs {
                if taken.contains(&offer.seeker) || taken.contains(&offer.chosen) {
                    continue;
                }
                taken.insert(offer.seeker);
                taken.insert(offer.chosen);
                let partners = in_order(world, [offer.seeker, offer.chosen].map(|row| row as usize));
                let couple = Box::new(self.couple(world, partners, draws));
                changes.push(Change::Unite { partners: partners.map(|row| PersonId(row as u32)), couple });
                changes.decided(Subject::Person(offer.seeker), key_of_pair(round, offer.score));
            }
        }
        let seekers = rows.iter().map(|row| *row as usize).filter(|row| is_single(world, *row));
        for seeker in seekers.filter(|row| !world.body(*row).place.is_here()) {
            self.meet_stranger(world, seeker, draws, changes);
            changes.decided(Subject::Person(seeker as u32), key_of_stranger(world.body(seeker).key));
        }
    }
}

impl Market {
    /// Elsewhere there is no matching: a new partner is a draw of traits that resemble the seeker's.
    fn meet_stranger(&self, world: &World, seeker: usize, draws: &Draws, changes: &mut Changes) {
        let body = world.body(seeker);
        let key = draws.luck().derive(body.key, STRANGER, i32::from(world.now().0) as u32);
        let draw = draws.lasting(key, 4);
        let mut partner = Newcomer::default();
        partner.body.key = key;
        partner.body.state = body.state;
        for flag in [Flag::Pregnant, Flag::HasEffect, Flag::Symptoms, Flag::InChain, Flag::Guided] {
            partner.body.set(flag, false);
        }
        for flag in [Flag::GrewUpHere, Flag::Followed] {
            partner.body.set(flag, false);
        }
        for flag in [Flag::Alcohol, Flag::Addiction, Flag::Antisocial, Flag::Crime, Flag::MentalIllness, Flag::Debts] {
            partner.body.set(flag, false);
        }
        partner.body.set_parity(0);
        partner.body.seeks_own_sex = body.seeks_own_sex;
        partner.body.set(Flag::Female, body.singles_group().sought().sex == Sex::Female);
        let born = body.born.plus(libm::rint(self.gap(body, draw.unit(0))) as i32);
        partner.body.born = born.min(world.now().plus(-ADULT));
        // A correlation between partners as strong as in the matching: the seeker's liability plus an independent draw.
        let like = |own: f64, u: f64| Milli::new(0.4 * own + 0.917 * normal(u));
        partner.body.liability_use = like(body.liability_use.get(), draw.unit(1));
        partner.body.liability_suffer = like(body.liability_suffer.get(), draw.unit(2));
        let couple = Box::new(new_couple(draws.luck().derive(key, COUPLE, 0), world.now(), draws));
        changes.push(Change::UniteOutside { who: PersonId(seeker as u32), partner: Box::new(partner), couple });
    }
}

/// Marrying of couples who live together.
pub struct Marriages {
    rate: f64,
}

impl Marriages {
    /// The hazard of couples.
    pub fn build(unions: &Unions) -> Process {
        Process::Couple(Box::new(Marriages { rate: unions.marriage.get() }))
    }
}

impl Hazard for Marriages {
    fn envelope(&self, _: usize, year: usize) -> f64 {
        if year < 15 { self.rate } else { self.rate * 0.2 }
    }

    fn rate(&self, world: &World, row: usize) -> f64 {
        let couple = world.couple(row);
        if couple.married || !couple.together() {
            0.0
        } else {
            self.envelope(0, (world.now().since(couple.since) / 12) as usize)
        }
    }

    fn most(&self, _: &World, _: usize) -> f64 {
        1.0
    }

    fn same_for_all(&self) -> Option<f64> {
        Some(1.0)
    }

    fn responds_to(&self) -> Touch {
        Touch::none()
    }

    fn happens(&self, world: &World, row: usize, _: &Draws, changes: &mut Changes) {
        if world.couple(row).present && world.couple(row).together() {
            changes.push(Change::Marry(CoupleId(row as u32)));
        }
    }
}
