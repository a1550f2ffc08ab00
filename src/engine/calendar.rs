//! The calendar of candidate events: who is asked what in which month, by thinning in layers.
//!
//! A subject's life is cut into its own years of age. For each year there is a fixed number of candidates, Poisson with the
//! envelope of that age, each in a month of the year, all addressed by the subject's key, the year and an ordinal, and so the
//! same in every scenario. A candidate carries a keyed height in the layer it belongs to; it is accepted when the rate of its
//! process lies above that height in its month. Layer 0 reaches up to the envelope and is fused over all processes; layer k
//! of a process lies between 2^(k-1) and 2^k times its envelope and is followed only in years in which the subject's rate
//! may reach it. The number of accepted candidates of a process in a month is Poisson with the mean of its monthly rate, so
//! the chance of at least one is exactly 1 − exp(−rate/12).
//!
//! The candidates of a year are drawn on the birthday, for all whose birthday it is side by side, and wait in the list of
//! their month. Nothing else is kept: no stream, no place in a stream.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, Stream};
use crate::random::{Block, Luck};
use crate::world::{Month, People};

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
    /// Reads what bounds of rates look at, and gives a number made of it. Nothing but speed depends on it.
    fn glance(&self, _row: usize) -> u32 {
        0
    }
    /// The same of what rates look at.
    fn regard(&self, row: usize) -> u32 {
        self.glance(row)
    }
}

/// Streams whose first blocks are drawn at a time.
const TOGETHER: usize = 256;

/// Waits for what was read of a few rows that are about to be looked at, as [`People::fetch`] does.
#[inline]
pub(super) fn fetch(glances: impl Iterator<Item = u32>) {
    std::hint::black_box(glances.fold(0, |sum, glance| sum ^ glance));
}

/// Rows that one thread works on at a time.
pub const BLOCK: usize = 8192;

/// The most rows of a block: an offset in it has sixteen bits.
const MOST_ROWS: usize = 1 << 16;

/// Months of a year: each has a list.
const MONTHS: usize = 12;

/// Address space of the fused stream; processes use their own identities above 0.
const FUSED: u16 = 0;

/// Ordinals from here on are years of age and layers; below lie the months in which processes decide.
const YEARLY: u32 = 1 << 31;

/// A candidate that waits for its month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Candidate {
    /// Rate per year above which the process happens.
    height: f32,
    /// Row, counted within the block.
    offset: u16,
    process: u8,
}

/// What waits among the rows of one block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Page {
    /// Rows by the month of the year in which their year of age begins.
    turning: [Vec<u16>; MONTHS],
    /// Candidates of the months to come, at most a year ahead, by month of the year.
    due: [Vec<Candidate>; MONTHS],
    levels: Levels,
}

/// Up to which layer each process of each row is followed in the row's present year of age, four bits each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Levels {
    bytes: Vec<u8>,
}

/// Candidates of all subjects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calendar {
    block: usize,
    rows: usize,
    pages: Vec<Page>,
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

/// A row whose year of age is drawn: what of the row decides its candidates.
#[derive(Clone, Copy)]
struct Row {
    key: u64,
    offset: u16,
    profile: u8,
    year: u8,
    /// Month of the calendar year in which the year of age begins.
    begins: u8,
    /// First month of the year of age, counted from 0, whose candidates are wanted.
    from: u8,
}

impl Row {
    /// A row in the year of age in which `from` lies; a subject that is yet to begin counts as in its first year.
    #[inline]
    fn new<R: Roll>(roll: &R, base: usize, offset: u16, from: Month) -> Row {
        let row = base + usize::from(offset);
        let origin = roll.origin(row);
        let age = from.since(origin).max(0);
        Row {
            key: roll.key(row),
            offset,
            profile: roll.profile(row) as u8,
            year: (age / 12).min(i32::from(u8::MAX)) as u8,
            begins: origin.of_year() as u8,
            from: (age % 12) as u8,
        }
    }

    fn profile(&self) -> usize {
        usize::from(self.profile)
    }

    fn year(&self) -> usize {
        usize::from(self.year)
    }
}

impl Levels {
    fn stride(processes: usize) -> usize {
        processes.div_ceil(2)
    }

    fn resize(&mut self, rows: usize, processes: usize) {
        self.bytes.resize(rows * Self::stride(processes), 0);
    }

    fn row(&self, offset: usize, processes: usize) -> &[u8] {
        let stride = Self::stride(processes);
        &self.bytes[offset * stride..(offset + 1) * stride]
    }

    fn row_mut(&mut self, offset: usize, processes: usize) -> &mut [u8] {
        let stride = Self::stride(processes);
        &mut self.bytes[offset * stride..(offset + 1) * stride]
    }

    #[inline]
    fn get(&self, offset: usize, process: usize, processes: usize) -> u8 {
        let byte = self.bytes[offset * Self::stride(processes) + process / 2];
        byte >> (4 * (process % 2)) & 15
    }

    #[inline]
    fn set(&mut self, offset: usize, process: usize, processes: usize, level: u8) {
        let byte = &mut self.bytes[offset * Self::stride(processes) + process / 2];
        let shift = 4 * (process % 2);
        *byte = *byte & !(15 << shift) | level << shift;
    }
}

impl Rules<'_> {
    fn address(&self, stream: Stream, row: Row) -> (u16, u32) {
        let year = YEARLY | u32::from(row.year);
        match stream {
            Stream::Fused => (FUSED, year),
            Stream::Layer { process, level } => (self.identities[usize::from(process)], u32::from(level) << 8 | year),
        }
    }

    /// Calls `found(month, process, height)` for each candidate of a stream in one year of age; `month` counts from 0 within
    /// the year, `height` is the rate per year below which the process's rate leaves the candidate refused. `first` is the
    /// block of the stream's address.
    #[inline]
    fn candidates(&self, row: Row, stream: Stream, first: Block, mut found: impl FnMut(u8, u8, f32)) {
        let (profile, year) = (row.profile(), row.year());
        let many = self.envelope.count(stream, profile, year, first.unit(0)).min(u32::from(u16::MAX));
        for index in 0..many {
            let draw = if index == 0 {
                first
            } else {
                let (process, ordinal) = self.address(stream, row);
                self.luck.block(row.key, process, ordinal, index as u16)
            };
            let month = (draw.unit(1) * 12.0) as u8;
            let (process, height) = match stream {
                Stream::Fused => {
                    let process = self.envelope.pick(profile, year, draw.unit(2));
                    (process as u8, draw.unit(3) * self.envelope.of(process, profile, year))
                }
                Stream::Layer { process, level } => {
                    let reach = self.envelope.of(usize::from(process), profile, year) * f64::from(1_u32 << (level - 1));
                    (process, reach * (1.0 + draw.unit(3)))
                }
            };
            found(month, process, height as f32);
        }
    }

    /// All candidates of one subject in one month, drawn anew and without a calendar: the plain twin.
    ///
    /// `levels(process)` says up to which layer the process is followed.
    pub fn in_month<R: Roll>(
        &self,
        roll: &R,
        row: usize,
        now: Month,
        levels: impl Fn(usize) -> u8,
    ) -> Vec<(usize, f64)> {
        let row = Row::new(roll, row, 0, now);
        let layers = (0..self.envelope.processes()).flat_map(|process| {
            (1..=levels(process)).map(move |level| Stream::Layer { process: process as u8, level })
        });
        let mut all = Vec::new();
        for stream in std::iter::once(Stream::Fused).chain(layers) {
            let (process, ordinal) = self.address(stream, row);
            let first = self.luck.block(row.key, process, ordinal, 0);
            self.candidates(row, stream, first, |month, process, height| {
                if month == row.from {
                    all.push((usize::from(process), f64::from(height)));
                }
            });
        }
        all
    }
}

/// Whether a year of age begins in a month.
#[inline]
fn turns<R: Roll>(roll: &R, row: usize, month: Month) -> bool {
    roll.origin(row).of_year() == month.of_year()
}

impl Calendar {
    /// An empty calendar, for threads that work on blocks of `block` rows (at most 65,536).
    pub fn new(block: usize) -> Calendar {
        Calendar { block: block.clamp(1, MOST_ROWS), rows: 0, pages: Vec::new() }
    }

    /// Number of rows followed.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row is followed.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Follows the rows that have come since the last call, from `from` on.
    ///
    /// `needed(row, year, list)` lists the processes that have to be followed above their envelopes, as things stand and until
    /// the year of age is over, each with the layer up to which it has to be.
    pub fn admit<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        from: Month,
        needed: impl Fn(usize, usize, &mut Vec<(u8, u8)>) + Sync,
    ) {
        let (first, rows, block) = (self.rows, roll.len(), self.block);
        if first == rows {
            return;
        }
        self.rows = rows;
        self.pages.resize_with(rows.div_ceil(block), Page::default);
        let untouched = first / block;
        self.pages[untouched..].par_iter_mut().enumerate().for_each(|(index, page)| {
            let base = (untouched + index) * block;
            let new = first.max(base)..rows.min(base + block);
            page.levels.resize(new.end - base, rules.envelope.processes());
            let mut begun = Vec::new();
            for row in new {
                let offset = (row - base) as u16;
                page.turning[roll.origin(row).of_year()].push(offset);
                // Whose year begins now is drawn with all whose year begins now.
                if !turns(roll, row, from) {
                    begun.push(offset);
                }
            }
            page.begin(roll, rules, base, &begun, from, &needed);
        });
    }

    /// Draws the year of age that begins in `now` for all for whom one begins.
    ///
    /// `needed` as for [`Calendar::admit`].
    pub fn turn<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        now: Month,
        needed: impl Fn(usize, usize, &mut Vec<(u8, u8)>) + Sync,
    ) {
        let block = self.block;
        self.pages.par_iter_mut().enumerate().for_each(|(index, page)| {
            let (base, month) = (index * block, now.of_year());
            let mut turning = std::mem::take(&mut page.turning[month]);
            turning.retain(|offset| roll.live(base + usize::from(*offset)));
            page.begin(roll, rules, base, &turning, now, &needed);
            page.turning[month] = turning;
        });
    }

    /// Asks everybody who is due in `now`: `rate(row, process)` is the process's present rate per year.
    ///
    /// Gives for each process the rows in which it happens, ascending.
    pub fn accept<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        now: Month,
        rate: impl Fn(usize, usize) -> f64 + Sync,
    ) -> Vec<Vec<u32>> {
        let block = self.block;
        let found: Vec<Vec<(u8, u32)>> = self
            .pages
            .par_iter_mut()
            .enumerate()
            .map(|(index, page)| {
                let mut due = std::mem::take(&mut page.due[now.of_year()]);
                let mut accepted = Vec::new();
                for group in due.chunks(People::AHEAD) {
                    let row = |candidate: &Candidate| index * block + usize::from(candidate.offset);
                    fetch(group.iter().map(|candidate| roll.regard(row(candidate))));
                    for candidate in group {
                        let (row, process) = (row(candidate), usize::from(candidate.process));
                        if roll.live(row) && f64::from(candidate.height) < rate(row, process) {
                            accepted.push((candidate.process, row as u32));
                        }
                    }
                }
                due.clear();
                page.due[now.of_year()] = due;
                accepted.sort_unstable();
                accepted.dedup();
                accepted
            })
            .collect();
        let mut by_process = vec![Vec::new(); rules.envelope.processes()];
        for (process, row) in found.into_iter().flatten() {
            by_process[usize::from(process)].push(row);
        }
        by_process
    }

    /// Follows layers from `from` on, in the present year of age: of each row and process named, ascending by row, those up to
    /// its level. What is already followed stays as it is.
    pub fn open<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, wanted: &[(u32, usize, u8)], from: Month) {
        let block = self.block;
        debug_assert!(wanted.is_sorted_by_key(|(row, ..)| *row), "rows ascend");
        self.pages.par_iter_mut().enumerate().with_min_len(8).for_each(|(index, page)| {
            let upto = |end: usize| wanted.partition_point(|(row, ..)| (*row as usize) < end);
            let wanted = &wanted[upto(index * block)..upto((index + 1) * block)];
            page.open(roll, rules, index * block, wanted, from);
        });
    }

    /// The layer up to which a process of a row is followed in the present year of age; `processes` as in the envelope.
    pub fn level(&self, row: usize, process: usize, processes: usize) -> u8 {
        self.pages[row / self.block].levels.get(row % self.block, process, processes)
    }

    /// Number of candidates that wait.
    pub fn waiting(&self) -> usize {
        self.pages.iter().flat_map(|page| &page.due).map(Vec::len).sum()
    }

    /// Renumbers the rows: `order[new] = old`; rows not named (`new_row[old]` is `u32::MAX`) are forgotten. `roll` has the new
    /// numbers.
    pub fn reorder<R: Roll>(&mut self, roll: &R, order: &[u32], new_row: &[u32], processes: usize) {
        let (block, rows) = (self.block, order.len());
        let old_pages = std::mem::take(&mut self.pages);
        self.pages = (0..rows.div_ceil(block))
            .into_par_iter()
            .map(|index| {
                let (base, mut page) = (index * block, Page::default());
                let rows = base..rows.min(base + block);
                page.levels.resize(rows.len(), processes);
                for (offset, row) in rows.enumerate() {
                    let old = order[row] as usize;
                    page.turning[roll.origin(row).of_year()].push(offset as u16);
                    let levels = old_pages[old / block].levels.row(old % block, processes);
                    page.levels.row_mut(offset, processes).copy_from_slice(levels);
                }
                page
            })
            .collect();
        self.rows = rows;
        for (index, page) in old_pages.into_iter().enumerate() {
            for (month, due) in page.due.into_iter().enumerate() {
                for candidate in due {
                    let row = new_row[index * block + usize::from(candidate.offset)];
                    if row != u32::MAX {
                        let (page, offset) = (row as usize / block, (row as usize % block) as u16);
                        self.pages[page].due[month].push(Candidate { offset, ..candidate });
                    }
                }
            }
        }
    }
}

impl Page {
    /// Draws the present year of age of some rows, from `from` on, with the layers that they need.
    fn begin<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        base: usize,
        offsets: &[u16],
        from: Month,
        needed: &(impl Fn(usize, usize, &mut Vec<(u8, u8)>) + Sync),
    ) {
        let processes = rules.envelope.processes();
        let mut asked = Vec::with_capacity(4 * offsets.len());
        let mut list = Vec::new();
        for (index, offset) in offsets.iter().copied().enumerate() {
            if index % People::AHEAD == 0 {
                let ahead = &offsets[index..offsets.len().min(index + People::AHEAD)];
                fetch(ahead.iter().map(|offset| roll.glance(base + usize::from(*offset))));
            }
            let row = Row::new(roll, base, offset, from);
            asked.push((row, Stream::Fused));
            self.levels.row_mut(usize::from(offset), processes).fill(0);
            needed(base + usize::from(offset), row.year(), &mut list);
            for (process, upto) in list.drain(..) {
                self.levels.set(usize::from(offset), usize::from(process), processes, upto);
                asked.extend((1..=upto).map(|level| (row, Stream::Layer { process, level })));
            }
        }
        self.draw(rules, &asked);
    }

    /// Follows further layers in the present year of age.
    fn open<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, base: usize, wanted: &[(u32, usize, u8)], from: Month) {
        let processes = rules.envelope.processes();
        let mut asked = Vec::new();
        for (row, process, upto) in wanted.iter().copied() {
            let offset = row as usize - base;
            let followed = self.levels.get(offset, process, processes);
            // Whose year begins in `from` is looked at then.
            if followed >= upto || turns(roll, row as usize, from) {
                continue;
            }
            self.levels.set(offset, process, processes, upto);
            let stream = |level| Stream::Layer { process: process as u8, level };
            let row = Row::new(roll, base, offset as u16, from);
            asked.extend((followed + 1..=upto).map(|level| (row, stream(level))));
        }
        self.draw(rules, &asked);
    }

    /// Draws streams of rows and lets what is wanted of them wait for its month.
    fn draw(&mut self, rules: Rules<'_>, asked: &[(Row, Stream)]) {
        let mut blocks = [Block::default(); TOGETHER];
        for asked in asked.chunks(TOGETHER) {
            let (mut keys, mut uppers) = ([0; TOGETHER], [0; TOGETHER]);
            for (((row, stream), key), upper) in asked.iter().zip(&mut keys).zip(&mut uppers) {
                let (process, ordinal) = rules.address(*stream, *row);
                (*key, *upper) = (row.key, Luck::upper(process, ordinal, 0));
            }
            let (keys, uppers, blocks) = (&keys[..asked.len()], &uppers[..asked.len()], &mut blocks[..asked.len()]);
            rules.luck.blocks_at(keys, uppers, blocks);
            for ((row, stream), first) in asked.iter().zip(&*blocks) {
                rules.candidates(*row, *stream, *first, |month, process, height| {
                    if month >= row.from {
                        let candidate = Candidate { height, offset: row.offset, process };
                        self.due[usize::from(row.begins + month) % MONTHS].push(candidate);
                    }
                });
            }
        }
    }
}
