//! The calendar of candidate events: who is asked what in which month, by thinning in layers.
//!
//! For every subject there is a fixed sequence of candidate months, a Poisson process at the rate of the envelope that is
//! addressed by the subject's key and an ordinal, and so the same in every scenario. A candidate carries a keyed height in
//! the layer it belongs to; it is accepted when the rate of its process lies above that height. Layer 0 reaches up to the
//! envelope and is fused over all processes; layer k of a process lies between 2^(k-1) and 2^k times its envelope and is
//! followed only for subjects whose rate may reach it. The number of accepted candidates of a process in a month is
//! Poisson with the mean of its monthly rate, so the chance of at least one is exactly 1 − exp(−rate/12).

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, Stream, WINDOW};
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
    process: u8,
    level: u8,
    at: At,
}

/// A place in a stream of candidates: the month that is due and its ordinal in its window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct At {
    due: Month,
    window: u8,
    ordinal: u16,
}

/// What is due this year among the rows of one block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Page {
    fused: [Vec<u32>; MONTHS],
    layers: Vec<Layer>,
    layered: [Vec<u32>; MONTHS],
    levels: BTreeMap<(u32, u8), u8>,
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

    /// The first candidate month of a stream from age `from` (in months), the walk being at `window` with the next `ordinal`.
    #[inline]
    #[expect(clippy::too_many_arguments, reason = "who is asked, on which stream, and where on it")]
    fn next(&self, key: u64, profile: usize, origin: Month, stream: Stream, from: i32, window: u8, ordinal: u16) -> At {
        let (mut age, mut window, mut ordinal) = (from, window, ordinal);
        loop {
            let end = (i32::from(window) + 1) * WINDOW;
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
            if age >= LAST_AGE {
                return At { due: Month::NEVER, window, ordinal };
            }
            window = (age / WINDOW) as u8;
            ordinal = 0;
        }
    }

    /// The first candidate month of a stream at or after `now`, walking from the start of the window that `now` lies in.
    fn enter(&self, key: u64, profile: usize, origin: Month, stream: Stream, now: Month) -> At {
        let age = now.since(origin).max(0);
        let window = (age / WINDOW) as u8;
        let mut at = self.next(key, profile, origin, stream, i32::from(window) * WINDOW, window, 0);
        while at.due < now {
            at = self.after(key, profile, origin, stream, at);
        }
        at
    }

    #[inline]
    fn after(&self, key: u64, profile: usize, origin: Month, stream: Stream, at: At) -> At {
        let age = at.due.since(origin) + 1;
        let window = (age / WINDOW) as u8;
        let ordinal = if window == at.window { at.ordinal + 1 } else { 0 };
        self.next(key, profile, origin, stream, age, window, ordinal)
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
            let due = self.at[row].due;
            if due < self.until {
                self.pages[row / self.block].fused[due.of_year()].push(row as u32);
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
                if layer.at.due < until {
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

    /// Follows layers up to `level` of a process of a row from `now` on; what is already followed stays as it is.
    pub fn open<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, row: usize, process: usize, level: u8, now: Month) {
        let until = self.until;
        let page = &mut self.pages[row / self.block];
        let known = page.levels.entry((row as u32, process as u8)).or_insert(0);
        let first = *known + 1;
        *known = (*known).max(level);
        for level in first..=level {
            let stream = Stream::Layer { process, level };
            let at = rules.enter(roll.key(row), roll.profile(row), roll.origin(row), stream, now);
            if at.due < until {
                page.layered[at.due.of_year()].push(page.layers.len() as u32);
            }
            page.layers.push(Layer { row: row as u32, process: process as u8, level, at });
        }
    }

    /// The layer up to which a process of a row is followed.
    pub fn level(&self, row: usize, process: usize) -> u8 {
        self.pages[row / self.block].levels.get(&(row as u32, process as u8)).copied().unwrap_or(0)
    }

    /// Number of open layers of each process.
    pub fn open_layers(&self, processes: usize) -> Vec<usize> {
        let mut counts = vec![0; processes];
        for layer in self.pages.iter().flat_map(|page| &page.layers) {
            counts[usize::from(layer.process)] += 1;
        }
        counts
    }

    /// Renumbers the rows: `order[new] = old`; rows not named are forgotten. Buckets are empty until
    /// [`open_year`](Self::open_year).
    pub fn reorder(&mut self, order: &[u32], new_row: &[u32]) {
        self.at = order.par_iter().with_min_len(4096).map(|old| self.at[*old as usize]).collect();
        let layers: Vec<Layer> = self.pages.iter_mut().flat_map(|page| std::mem::take(&mut page.layers)).collect();
        let levels: Vec<((u32, u8), u8)> = self.pages.iter().flat_map(|page| page.levels.clone()).collect();
        self.pages.clear();
        self.pages.resize_with(self.at.len().div_ceil(self.block), Page::default);
        for ((old, process), level) in levels {
            let row = new_row[old as usize];
            if row != u32::MAX {
                self.pages[row as usize / self.block].levels.insert((row, process), level);
            }
        }
        for mut layer in layers {
            let row = new_row[layer.row as usize];
            if row == u32::MAX || !layer.at.due.has_come() {
                continue;
            }
            layer.row = row;
            let page = &mut self.pages[row as usize / self.block];
            page.layers.push(layer);
        }
    }
}

impl Page {
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
            let at = column[row - base];
            if !roll.live(row) {
                column[row - base].due = Month::NEVER;
                continue;
            }
            let (key, profile, origin) = (roll.key(row), roll.profile(row), roll.origin(row));
            let year = (now.since(origin) / 12) as usize;
            rules.candidates(key, profile, year, Stream::Fused, at, |process, height| {
                if height < rate(row, process) {
                    accepted.push((process as u8, row as u32));
                }
            });
            let next = rules.after(key, profile, origin, Stream::Fused, at);
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
        for index in due {
            let layer = self.layers[index as usize];
            let (row, process) = (layer.row as usize, usize::from(layer.process));
            if !roll.live(row) {
                self.layers[index as usize].at.due = Month::NEVER;
                continue;
            }
            let (key, profile, origin) = (roll.key(row), roll.profile(row), roll.origin(row));
            let year = (now.since(origin) / 12) as usize;
            let stream = Stream::Layer { process, level: layer.level };
            let present = rate(row, process);
            let before = accepted.len();
            rules.candidates(key, profile, year, stream, layer.at, |_, height| {
                if height < present {
                    accepted.push((layer.process, layer.row));
                }
            });
            // A top layer that is no longer needed is left; should it be needed again, it is entered where it then stands.
            let place = (layer.row, layer.process);
            if accepted.len() == before
                && self.levels.get(&place) == Some(&layer.level)
                && needed(row, process) < layer.level
            {
                if layer.level == 1 {
                    self.levels.remove(&place);
                } else {
                    self.levels.insert(place, layer.level - 1);
                }
                self.layers[index as usize].at.due = Month::NEVER;
                continue;
            }
            let next = rules.after(key, profile, origin, stream, layer.at);
            self.layers[index as usize].at = next;
            if next.due < until {
                self.layered[next.due.of_year()].push(index);
            }
        }
        accepted.sort_unstable();
        accepted.dedup();
        accepted
    }
}
