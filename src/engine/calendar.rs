//! The calendar of candidate events: who is asked what in which month, by thinning in layers.
//!
//! For every subject there is a fixed sequence of candidate months, a Poisson process at the rate of the envelope that is
//! addressed by the subject's key and an ordinal, and so the same in every scenario. A candidate carries a keyed height in
//! the layer it belongs to; it is accepted when the rate of its process lies above that height. Layer 0 reaches up to the
//! envelope and is fused over all processes; layer k of a process lies between 2^(k-1) and 2^k times its envelope and is
//! followed only for subjects whose rate may reach it. The number of accepted candidates of a process in a month is
//! Poisson with the mean of its monthly rate, so the chance of at least one is exactly 1 − exp(−rate/12).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, Stream};
use crate::random::{Block, Luck, exponential, poisson_positive};
use crate::world::Month;

/// The subjects of a calendar, by row.
pub trait Roll: Sync {
    /// Number of rows.
    fn len(&self) -> usize;
    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Lasting key.
    fn key(&self, row: usize) -> u64;
    /// Profile of the envelope, for example the sex.
    fn profile(&self, row: usize) -> usize;
    /// Month from which the subject's age counts.
    fn origin(&self, row: usize) -> Month;
    /// Whether the subject is still there.
    fn live(&self, row: usize) -> bool;
}

/// Rows that one thread works on at a time.
pub const BLOCK: usize = 8192;

/// Hazards of one kind of subject that a calendar can hold.
pub(super) const MOST_PROCESSES: usize = 32;

/// Months kept in buckets.
const MONTHS: usize = 12;

/// Age in months at which the last stream ends.
const LAST_AGE: i32 = 130 * 12;

/// Address space of the fused stream; processes use their own identities above 0.
const FUSED: u16 = 0;

/// An open layer of one process of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    row: u32,
    /// The next layer of the same row, or [`NO_LAYER`]; of a free place, the next free place.
    next: u32,
    process: u8,
    level: u8,
    at: At,
}

/// The end of a row's list of layers.
const NO_LAYER: u32 = u32::MAX;

/// A place in a stream of candidates: the month that is due and its ordinal in its window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct At {
    due: Month,
    window: u8,
    /// [`WAYPOST`] when nothing happens in the month that is due but that the walk goes on from there.
    ordinal: u16,
}

/// Ordinal of a month in which a stream has no candidate and is only walked further.
///
/// A stream of a low rate may have its next candidate decades ahead. It is walked to the end of the window at hand and no
/// further, so that entering a stream costs no more than a window.
const WAYPOST: u16 = u16::MAX;

/// What is due this year among the rows of one block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Page {
    fused: [Vec<u32>; MONTHS],
    layers: Vec<Layer>,
    layered: [Vec<u32>; MONTHS],
    /// First layer of each row of the block, or [`NO_LAYER`].
    first: Vec<u32>,
    /// First free place among the layers, or [`NO_LAYER`].
    free: u32,
}

impl Default for Page {
    fn default() -> Self {
        let buckets = || std::array::from_fn(|_| Vec::new());
        Page { fused: buckets(), layers: Vec::new(), layered: buckets(), first: Vec::new(), free: NO_LAYER }
    }
}

/// Candidates of all subjects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calendar {
    block: usize,
    at: Vec<At>,
    pages: Vec<Page>,
    /// First month that has no buckets yet.
    until: Month,
}

/// How the calendar reaches what it must know of the model: the envelope, the luck and the identities of the processes.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Envelope of all processes.
    pub envelope: &'a Envelope,
    /// Luck of the run.
    pub luck: Luck,
    /// Identity of each process in the addresses of its draws.
    pub identities: &'a [u16],
}

impl Rules<'_> {
    fn address(&self, stream: Stream, window: u8, ordinal: u16) -> (u16, u32) {
        let place = u32::from(window) << 16 | u32::from(ordinal);
        match stream {
            Stream::Fused => (FUSED, place),
            Stream::Layer { process, level } => (self.identities[process], 1 << 31 | u32::from(level) << 24 | place),
        }
    }

    #[inline]
    fn block(&self, key: u64, stream: Stream, at: At, index: u16) -> Block {
        let (process, ordinal) = self.address(stream, at.window, at.ordinal);
        self.luck.block(key, process, ordinal, index)
    }

    /// The first candidate month of a stream from age `from` (in months) on, `from` lying in `window` and `ordinal` being the
    /// next; or the first month of the next window as a waypost.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "who is asked, on which stream, and where on it")]
    fn next(&self, key: u64, profile: usize, origin: Month, stream: Stream, from: i32, window: u8, ordinal: u16) -> At {
        let mut age = from;
        let end = (i32::from(window) + 1) * stream.window();
        if age < end {
            let draw = self.block(key, stream, At { due: origin, window, ordinal }, 0);
            let mut left = exponential(draw.unit(0));
            while age < end {
                let year = (age / 12) as usize;
                let monthly = self.envelope.monthly(stream, profile, year);
                let months = 12 - age % 12;
                if left < monthly * f64::from(months) {
                    let wait = ((left / monthly) as i32).min(months - 1);
                    return At { due: origin.plus(age + wait), window, ordinal };
                }
                left -= monthly * f64::from(months);
                age += months;
            }
        }
        let due = if age >= LAST_AGE { Month::NEVER } else { origin.plus(end) };
        At { due, window: window + 1, ordinal: WAYPOST }
    }

    /// The first candidate month or waypost of a stream at or after `now`, walking from the start of the window that `now`
    /// lies in.
    fn enter(&self, key: u64, profile: usize, origin: Month, stream: Stream, now: Month) -> At {
        let age = now.since(origin).max(0);
        let window = (age / stream.window()) as u8;
        let mut at = self.next(key, profile, origin, stream, i32::from(window) * stream.window(), window, 0);
        while at.due < now {
            at = self.after(key, profile, origin, stream, at);
        }
        // A waypost in the present month begins a window that is walked now.
        while at.due == now && at.ordinal == WAYPOST {
            at = self.after(key, profile, origin, stream, at);
        }
        at
    }

    #[inline]
    fn after(&self, key: u64, profile: usize, origin: Month, stream: Stream, at: At) -> At {
        if at.ordinal == WAYPOST {
            let from = i32::from(at.window) * stream.window();
            return self.next(key, profile, origin, stream, from, at.window, 0);
        }
        self.next(key, profile, origin, stream, at.due.since(origin) + 1, at.window, at.ordinal + 1)
    }

    /// Asks for what is due in `now` at a place of a stream, which may be a waypost, and gives the next place. `ask` is called
    /// with the year of age and the place when the month has candidates.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "who is asked, on which stream, and where on it")]
    fn step(
        &self,
        key: u64,
        profile: usize,
        origin: Month,
        stream: Stream,
        at: At,
        now: Month,
        ask: impl FnOnce(usize, At),
    ) -> At {
        let mut at = at;
        while at.due == now && at.ordinal == WAYPOST {
            at = self.after(key, profile, origin, stream, at);
        }
        if at.due != now {
            return at;
        }
        ask((now.since(origin) / 12) as usize, at);
        self.after(key, profile, origin, stream, at)
    }

    /// Calls `ask(process, height)` for each candidate of one candidate month; `height` is the rate per year below which the
    /// process's rate leaves the candidate refused.
    #[inline]
    fn candidates(
        &self,
        key: u64,
        profile: usize,
        year: usize,
        stream: Stream,
        at: At,
        mut ask: impl FnMut(usize, f64),
    ) {
        let first = self.block(key, stream, at, 0);
        let many = poisson_positive(first.unit(1), self.envelope.monthly(stream, profile, year));
        for index in 0..many.min(60_000) {
            let draw = if index == 0 { first } else { self.block(key, stream, at, index as u16) };
            match stream {
                Stream::Fused => {
                    let process = self.envelope.pick(profile, year, draw.unit(2));
                    ask(process, draw.unit(3) * self.envelope.of(process, profile, year));
                }
                Stream::Layer { process, level } => {
                    let reach = self.envelope.of(process, profile, year) * f64::from(1_u32 << (level - 1));
                    ask(process, reach * (1.0 + draw.unit(3)));
                }
            }
        }
    }

    /// All candidates of one subject in one month found by walking its streams, without a calendar: the plain twin.
    ///
    /// `levels(process)` says up to which layer the process is followed.
    pub fn in_month<R: Roll>(
        &self,
        roll: &R,
        row: usize,
        now: Month,
        levels: impl Fn(usize) -> u8,
    ) -> Vec<(usize, f64)> {
        let (key, profile, origin) = (roll.key(row), roll.profile(row), roll.origin(row));
        let year = (now.since(origin).max(0) / 12) as usize;
        let layers = (0..self.envelope.processes())
            .flat_map(|process| (1..=levels(process)).map(move |level| Stream::Layer { process, level }));
        let mut found = Vec::new();
        for stream in std::iter::once(Stream::Fused).chain(layers) {
            let at = self.enter(key, profile, origin, stream, now);
            if at.due == now {
                self.candidates(key, profile, year, stream, at, |process, height| found.push((process, height)));
            }
        }
        found
    }
}

impl Calendar {
    /// An empty calendar from a month on, for threads that work on blocks of `block` rows.
    pub fn new(block: usize, from: Month) -> Calendar {
        Calendar { block: block.max(1), at: Vec::new(), pages: Vec::new(), until: from }
    }

    /// Number of rows followed.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether no row is followed.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Follows the rows that have come since the last call, from `now` on.
    pub fn admit<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, now: Month) {
        let from = self.at.len();
        let entered: Vec<At> = (from..roll.len())
            .into_par_iter()
            .with_min_len(64)
            .map(|row| rules.enter(roll.key(row), roll.profile(row), roll.origin(row), Stream::Fused, now))
            .collect();
        self.at.extend(entered);
        let pages = self.at.len().div_ceil(self.block);
        self.pages.resize_with(pages.max(self.pages.len()), Page::default);
        for row in from..self.at.len() {
            let (due, page) = (self.at[row].due, &mut self.pages[row / self.block]);
            page.first.push(NO_LAYER);
            if due < self.until {
                page.fused[due.of_year()].push(row as u32);
            }
        }
    }

    /// Opens the buckets of the twelve months from `now` on; `now` is a January or the first month of all.
    pub fn open_year(&mut self, now: Month) {
        let until = Month::january(now.year() + 1);
        self.until = until;
        let block = self.block;
        self.pages.par_iter_mut().zip(self.at.par_chunks(block)).enumerate().for_each(|(index, (page, at))| {
            for bucket in page.fused.iter_mut().chain(&mut page.layered) {
                bucket.clear();
            }
            for (offset, at) in at.iter().enumerate() {
                if at.due < until {
                    page.fused[at.due.of_year()].push((index * block + offset) as u32);
                }
            }
            for (index, layer) in page.layers.iter().enumerate() {
                if layer.is_followed() && layer.at.due < until {
                    page.layered[layer.at.due.of_year()].push(index as u32);
                }
            }
        });
    }

    /// Asks everybody who is due in `now`: `rate(row, process)` is the process's present rate per year.
    ///
    /// `needed(row, process)` is the layer up to which the process has to be followed as things stand. Gives for each process
    /// the rows in which it happens, ascending.
    pub fn accept<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        now: Month,
        rate: impl Fn(usize, usize) -> f64 + Sync,
        needed: impl Fn(usize, usize) -> u8 + Sync,
    ) -> Vec<Vec<u32>> {
        let (block, until) = (self.block, self.until);
        let found: Vec<Vec<(u8, u32)>> = self
            .pages
            .par_iter_mut()
            .zip(self.at.par_chunks_mut(block))
            .enumerate()
            .map(|(index, (page, at))| page.accept(roll, rules, now, until, index * block, at, &rate, &needed))
            .collect();
        let mut by_process = vec![Vec::new(); rules.envelope.processes()];
        for (process, row) in found.into_iter().flatten() {
            by_process[usize::from(process)].push(row);
        }
        by_process
    }

    /// Follows layers from `now` on: of each row and process named, ascending by row, those up to its level. What is already
    /// followed stays as it is.
    pub fn open<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, wanted: &[(u32, usize, u8)], now: Month) {
        let (block, until) = (self.block, self.until);
        debug_assert!(wanted.is_sorted_by_key(|(row, ..)| *row), "rows ascend");
        let open = |index: usize, page: &mut Page| {
            let upto = |end: usize| wanted.partition_point(|(row, ..)| (*row as usize) < end);
            let wanted = &wanted[upto(index * block)..upto((index + 1) * block)];
            for of_row in wanted.chunk_by(|(a, ..), (b, ..)| a == b) {
                page.open(roll, rules, index * block, of_row, until, now);
            }
        };
        match wanted {
            [] => {}
            [(first, ..), .., (last, ..)] if *first as usize / block != *last as usize / block => {
                self.pages.par_iter_mut().enumerate().for_each(|(index, page)| open(index, page));
            }
            [(first, ..), ..] => {
                let index = *first as usize / block;
                open(index, &mut self.pages[index]);
            }
        }
    }

    /// The layer up to which a process of a row is followed.
    pub fn level(&self, row: usize, process: usize) -> u8 {
        // Bit 0 stands for the fused stream, which everybody is on.
        let followed = self.pages[row / self.block].followed(row % self.block)[process] | 1;
        followed.trailing_ones() as u8 - 1
    }

    /// Number of open layers of each process.
    pub fn open_layers(&self, processes: usize) -> Vec<usize> {
        let mut counts = vec![0; processes];
        for layer in self.pages.iter().flat_map(|page| &page.layers).filter(|layer| layer.is_followed()) {
            counts[usize::from(layer.process)] += 1;
        }
        counts
    }

    /// Renumbers the rows: `order[new] = old`; rows not named are forgotten. Buckets are empty until
    /// [`open_year`](Self::open_year).
    pub fn reorder(&mut self, order: &[u32], new_row: &[u32]) {
        let block = self.block;
        self.at = order.par_iter().with_min_len(4096).map(|old| self.at[*old as usize]).collect();
        let old_pages = std::mem::take(&mut self.pages);
        let mut bags: Vec<Vec<Layer>> = Vec::new();
        bags.resize_with(self.at.len().div_ceil(block), Vec::new);
        for page in old_pages {
            for mut layer in page.layers.into_iter().filter(Layer::is_followed) {
                layer.row = new_row[layer.row as usize];
                if layer.row != u32::MAX {
                    bags[layer.row as usize / block].push(layer);
                }
            }
        }
        let rows = self.at.len();
        self.pages = bags
            .into_par_iter()
            .enumerate()
            .map(|(index, layers)| {
                let base = index * block;
                let mut page = Page { layers, first: vec![NO_LAYER; block.min(rows - base)], ..Page::default() };
                for (place, layer) in page.layers.iter_mut().enumerate() {
                    let first = &mut page.first[layer.row as usize - base];
                    layer.next = std::mem::replace(first, place as u32);
                }
                page
            })
            .collect();
    }
}

impl Layer {
    /// Whether this is a layer and no free place.
    fn is_followed(&self) -> bool {
        self.row != u32::MAX
    }
}

impl Page {
    /// Which layers of each process of a row, counted within the block, are followed: bit k for layer k.
    fn followed(&self, offset: usize) -> [u32; MOST_PROCESSES] {
        let (mut place, mut levels) = (self.first[offset], [0; MOST_PROCESSES]);
        while place != NO_LAYER {
            let layer = &self.layers[place as usize];
            levels[usize::from(layer.process)] |= 1 << layer.level;
            place = layer.next;
        }
        levels
    }

    /// Follows layers of one row: of each process named, those up to its level.
    fn open<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        base: usize,
        wanted: &[(u32, usize, u8)],
        until: Month,
        now: Month,
    ) {
        let Some(row) = wanted.first().map(|(row, ..)| *row as usize) else { return };
        let followed = self.followed(row - base);
        for (_, process, upto) in wanted {
            for level in (1..=*upto).filter(|level| followed[*process] & 1 << level == 0) {
                let stream = Stream::Layer { process: *process, level };
                let at = rules.enter(roll.key(row), roll.profile(row), roll.origin(row), stream, now);
                let first = &mut self.first[row - base];
                let layer = Layer { row: row as u32, next: *first, process: *process as u8, level, at };
                let place = if self.free == NO_LAYER {
                    self.layers.push(layer);
                    (self.layers.len() - 1) as u32
                } else {
                    let place = self.free;
                    self.free = self.layers[place as usize].next;
                    self.layers[place as usize] = layer;
                    place
                };
                *first = place;
                if at.due < until {
                    self.layered[at.due.of_year()].push(place);
                }
            }
        }
    }

    /// Leaves a layer.
    fn leave(&mut self, base: usize, place: u32) {
        let Layer { row, next, .. } = self.layers[place as usize];
        let first = &mut self.first[row as usize - base];
        if *first == place {
            *first = next;
        } else {
            let mut before = *first;
            while self.layers[before as usize].next != place {
                before = self.layers[before as usize].next;
            }
            self.layers[before as usize].next = next;
        }
        let left = &mut self.layers[place as usize];
        (left.row, left.next) = (u32::MAX, self.free);
        self.free = place;
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one loop over one block")]
    fn accept<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        now: Month,
        until: Month,
        base: usize,
        column: &mut [At],
        rate: &(impl Fn(usize, usize) -> f64 + Sync),
        needed: &(impl Fn(usize, usize) -> u8 + Sync),
    ) -> Vec<(u8, u32)> {
        let mut accepted = Vec::new();
        let mut due = std::mem::take(&mut self.fused[now.of_year()]);
        due.sort_unstable();
        for row in &due {
            let row = *row as usize;
            if !roll.live(row) {
                column[row - base].due = Month::NEVER;
                continue;
            }
            let (key, profile, origin) = (roll.key(row), roll.profile(row), roll.origin(row));
            let next = rules.step(key, profile, origin, Stream::Fused, column[row - base], now, |year, at| {
                rules.candidates(key, profile, year, Stream::Fused, at, |process, height| {
                    if height < rate(row, process) {
                        accepted.push((process as u8, row as u32));
                    }
                });
            });
            column[row - base] = next;
            if next.due < until {
                self.fused[next.due.of_year()].push(row as u32);
            }
        }
        due.clear();
        let month = now.of_year();
        if self.fused[month].is_empty() {
            self.fused[month] = due;
        }
        let due = std::mem::take(&mut self.layered[month]);
        for place in due {
            let layer = self.layers[place as usize];
            let (row, process) = (layer.row as usize, usize::from(layer.process));
            if !roll.live(row) {
                self.layers[place as usize].at.due = Month::NEVER;
                continue;
            }
            let (key, profile, origin) = (roll.key(row), roll.profile(row), roll.origin(row));
            let stream = Stream::Layer { process, level: layer.level };
            let before = accepted.len();
            let next = rules.step(key, profile, origin, stream, layer.at, now, |year, at| {
                let present = rate(row, process);
                rules.candidates(key, profile, year, stream, at, |_, height| {
                    if height < present {
                        accepted.push((layer.process, layer.row));
                    }
                });
            });
            // A layer that is no longer needed is left; should it be needed again, it is entered where it then stands.
            if accepted.len() == before && needed(row, process) < layer.level {
                self.leave(base, place);
                continue;
            }
            self.layers[place as usize].at = next;
            if next.due < until {
                self.layered[next.due.of_year()].push(place);
            }
        }
        accepted.sort_unstable();
        accepted.dedup();
        accepted
    }
}
