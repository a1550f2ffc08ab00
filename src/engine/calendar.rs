//! The calendar of candidate events: which hazards are evaluated for which subject in which month, by layered thinning.
//!
//! The lifetime of a subject is divided into its own years of age. For each year there is a fixed number of candidates,
//! Poisson distributed with the envelope of that age as mean, each in a month of the year. All are addressed by the
//! subject's key, the year and an ordinal, and are therefore the same in every scenario. A candidate carries a random
//! height within the layer it belongs to. It is accepted when the rate of its process in its month is above that
//! height. Layer 0 reaches up to the envelope and is shared by all processes; layer k of a process covers 2^(k-1) to
//! 2^k times its envelope and is opened only in years in which the subject's rate may reach it. The number of accepted
//! candidates of a process in a month is Poisson with the mean of its monthly rate, so the probability of at least one
//! is exactly 1 − exp(−rate/12).
//!
//! The candidates of a year are drawn on the birthday, together for all subjects who have their birthday in that month,
//! and are stored in the list of their month. No other state is kept: no random stream and no position in one.
//!
//! Longer than other files: drawing, thinning and reconsidering are one argument, and their bounds must agree.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bounds::{Birthday, LayerBounds};
use super::envelope::{Envelope, Stream};
use crate::random::{Block, Luck};
use crate::world::{Month, Touch, World};

/// The subjects of a calendar, by row.
pub trait Roll: Sync {
    /// Number of rows.
    fn len(&self) -> usize;
    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Stable key.
    fn key(&self, row: usize) -> u64;
    /// Profile of the envelope, for example the sex.
    fn profile(&self, row: usize) -> usize;
    /// Month from which the subject's age counts.
    fn origin(&self, row: usize) -> Month;
    /// Whether the subject is still in the simulation.
    fn live(&self, row: usize) -> bool;
    /// Reads the data that bounds of rates use, and returns a number that depends on it. Affects speed only.
    fn touch_bounds(&self, _row: usize) -> u32 {
        0
    }
    /// The same for the data that rates use.
    fn touch_rates(&self, row: usize) -> u32 {
        self.touch_bounds(row)
    }
}

/// Streams whose first random blocks are drawn at a time.
const TOGETHER: usize = 256;

/// Waits for the reads of a few rows that are about to be used, as [`World::prefetch`] does.
#[inline]
fn prefetch(reads: impl Iterator<Item = u32>) {
    std::hint::black_box(reads.fold(0, |sum, read| sum ^ read));
}

/// Number of rows that one thread processes at a time.
pub const BLOCK: usize = 8192;

/// The largest number of rows in a block: an offset within it has sixteen bits.
const MOST_ROWS: usize = 1 << 16;

/// Months of a year; each has its own list.
const MONTHS: usize = 12;

/// Process identity of the shared stream of layer 0; processes have identities above 0.
const FUSED: u16 = 0;

/// Ordinals from here on encode years of age and layers; smaller ordinals are the months in which processes decide.
const YEARLY: u32 = 1 << 31;

/// A candidate that is scheduled for a month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Candidate {
    /// Rate per year above which the candidate is accepted.
    height: f32,
    /// Row, counted within the block.
    offset: u16,
    process: u8,
}

/// Candidates of the rows of one block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Page {
    /// Rows by the calendar month in which their year of age begins.
    turning: [Vec<u16>; MONTHS],
    /// Candidates of the coming twelve months, by calendar month.
    due: [Vec<Candidate>; MONTHS],
    levels: Levels,
}

/// For each process of each row, the highest layer opened in the row's present year of age; four bits each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Levels {
    bytes: Vec<u8>,
}

/// The rows of one block whose state changed, as a set without sorting. Empty between two uses, except for `list`.
#[derive(Default)]
struct Marks {
    /// One bit for each row.
    rows: Vec<u64>,
    /// What changed, for each row.
    touches: Vec<Touch>,
    /// Rows whose state changed, ascending, each once.
    list: Vec<(u16, Touch)>,
}

/// Candidates of all subjects of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calendar {
    block: usize,
    rows: usize,
    pages: Vec<Page>,
}

/// The parts of the model that the calendar needs: the envelope, the bounds, the random numbers and the identities of
/// the processes.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Envelope of all processes.
    pub envelope: &'a Envelope,
    /// When the bounds of the processes are evaluated.
    pub bounds: &'a LayerBounds,
    /// Random numbers of the run.
    pub luck: Luck,
    /// Identity of each process in the addresses of its draws.
    pub identities: &'a [u16],
}

/// A row whose year of age is drawn: the properties of the row that determine its candidates.
#[derive(Clone, Copy)]
struct Row {
    key: u64,
    offset: u16,
    profile: u8,
    year: u8,
    /// Month of the calendar year in which the year of age begins.
    begins: u8,
    /// First month of the year of age, counted from 0, whose candidates are needed.
    from: u8,
}

impl Row {
    /// A row in the year of age that contains `from`; a subject that has not begun yet counts as in its first year.
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

    /// Calls `found(month, process, height)` for each candidate of a stream in one year of age. `month` counts from 0
    /// within the year; the candidate is rejected when the rate per year of its process is below `height`. `first` is
    /// the first block at the stream's address.
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

    /// All candidates of one subject in one month, drawn anew without a calendar. The slow reference implementation
    /// uses it.
    ///
    /// `levels(process)` gives the highest layer that is opened for the process.
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

    /// Adds the rows that are new since the last call, from month `from` on.
    ///
    /// `layer(row, process)` is the highest layer that a process of a row needs, by its bound in the present state.
    pub fn admit<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        from: Month,
        layer: impl Fn(usize, usize) -> u8 + Sync,
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
                begun.push(offset);
            }
            page.begin(roll, rules, base, &begun, from, &layer);
        });
    }

    /// Draws the year of age that begins in `now`, for all rows in which one begins.
    ///
    /// `layer` is as for [`Calendar::admit`].
    pub fn turn<R: Roll>(&mut self, roll: &R, rules: Rules<'_>, now: Month, layer: impl Fn(usize, usize) -> u8 + Sync) {
        let block = self.block;
        self.pages.par_iter_mut().enumerate().for_each(|(index, page)| {
            let (base, month) = (index * block, now.of_year());
            let mut turning = std::mem::take(&mut page.turning[month]);
            turning.retain(|offset| roll.live(base + usize::from(*offset)));
            page.turn(roll, rules, base, &turning, now, &layer);
            page.turning[month] = turning;
        });
    }

    /// Evaluates all candidates of month `now`: `rate(row, process)` is the present rate of the process per year.
    ///
    /// Returns, for each process, the rows in which it happens, in the order of their keys: what is decided and applied
    /// first does not depend on how rows are numbered.
    pub fn accept<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        now: Month,
        rate: impl Fn(usize, usize) -> f64 + Sync,
    ) -> Vec<Vec<u32>> {
        let block = self.block;
        let found: Vec<Vec<(u8, u64, u32)>> = self
            .pages
            .par_iter_mut()
            .enumerate()
            .map(|(index, page)| {
                let mut due = std::mem::take(&mut page.due[now.of_year()]);
                let mut accepted = Vec::new();
                for group in due.chunks(World::PREFETCH) {
                    let row = |candidate: &Candidate| index * block + usize::from(candidate.offset);
                    prefetch(group.iter().map(|candidate| roll.touch_rates(row(candidate))));
                    for candidate in group {
                        let (row, process) = (row(candidate), usize::from(candidate.process));
                        if roll.live(row) && f64::from(candidate.height) < rate(row, process) {
                            accepted.push((candidate.process, roll.key(row), row as u32));
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
        let mut by_process: Vec<Vec<(u64, u32)>> = vec![Vec::new(); rules.envelope.processes()];
        for (process, key, row) in found.into_iter().flatten() {
            by_process[usize::from(process)].push((key, row));
        }
        let in_order = |mut found: Vec<(u64, u32)>| {
            found.sort_unstable();
            found.into_iter().map(|(_, row)| row).collect()
        };
        by_process.into_par_iter().map(in_order).collect()
    }

    /// Evaluates again the bounds of the rows in `touched` that depend on what changed, and opens the layers that they
    /// need from month `from` on. In the present year of age no layer is closed.
    ///
    /// A row may be listed several times and in any order. `layer` is as for [`Calendar::admit`].
    pub fn reconsider<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        touched: &[Vec<(u32, Touch)>],
        from: Month,
        layer: impl Fn(usize, usize) -> u8 + Sync,
    ) {
        let block = self.block;
        let mut by_page: Vec<Vec<(u16, Touch)>> = vec![Vec::new(); self.pages.len()];
        for (row, touch) in touched.iter().flatten() {
            let row = *row as usize;
            by_page[row / block].push(((row % block) as u16, *touch));
        }
        let pages = self.pages.par_iter_mut().zip(by_page).enumerate().with_min_len(8);
        pages.for_each_init(Marks::default, |marks, (index, (page, touched))| {
            if !touched.is_empty() {
                marks.read(&touched, block);
                page.reconsider(roll, rules, index * block, marks, from, &layer);
            }
        });
    }

    /// The highest layer opened for a process of a row in the present year of age; `processes` as in the envelope.
    pub fn level(&self, row: usize, process: usize, processes: usize) -> u8 {
        self.pages[row / self.block].levels.get(row % self.block, process, processes)
    }

    /// Number of candidates scheduled.
    pub fn waiting(&self) -> usize {
        self.pages.iter().flat_map(|page| &page.due).map(Vec::len).sum()
    }

    /// Renumbers the rows: `order[new] = old`. Rows not in it (`new_row[old]` is `u32::MAX`) are dropped. `roll` has
    /// the new numbers.
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

impl Marks {
    /// Reads a list of rows in any order, in which a row may occur several times; a block has `rows` rows.
    fn read(&mut self, touched: &[(u16, Touch)], rows: usize) {
        self.touches.resize(rows, Touch::none());
        self.rows.resize(rows.div_ceil(64), 0);
        for (offset, touch) in touched {
            let offset = usize::from(*offset);
            self.rows[offset / 64] |= 1 << (offset % 64);
            self.touches[offset] = self.touches[offset].and(*touch);
        }
        self.list.clear();
        for (index, bits) in self.rows.iter_mut().enumerate() {
            while *bits != 0 {
                let offset = 64 * index + bits.trailing_zeros() as usize;
                *bits &= *bits - 1;
                self.list.push((offset as u16, std::mem::take(&mut self.touches[offset])));
            }
        }
    }
}

impl Page {
    /// Evaluates all bounds of new rows and draws their present year of age from month `from` on. A row whose year begins
    /// in `from` is drawn then, together with all others.
    fn begin<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        base: usize,
        offsets: &[u16],
        from: Month,
        layer: &(impl Fn(usize, usize) -> u8 + Sync),
    ) {
        let processes = rules.envelope.processes();
        let mut asked = Vec::with_capacity(4 * offsets.len());
        for (index, offset) in offsets.iter().copied().enumerate() {
            if index % World::PREFETCH == 0 {
                let ahead = &offsets[index..offsets.len().min(index + World::PREFETCH)];
                prefetch(ahead.iter().map(|offset| roll.touch_bounds(base + usize::from(*offset))));
            }
            let row = Row::new(roll, base, offset, from);
            let at = base + usize::from(offset);
            let first = asked.len();
            asked.push((row, Stream::Fused));
            let own = rules.bounds.own(row.profile(), row.year());
            let own = own.iter().map(|process| (*process, layer(at, usize::from(*process))));
            for (process, upto) in rules.bounds.always().iter().copied().chain(own) {
                self.levels.set(usize::from(offset), usize::from(process), processes, upto);
                asked.extend((1..=upto).map(|level| (row, Stream::Layer { process, level })));
            }
            if turns(roll, at, from) {
                asked.truncate(first);
            }
        }
        self.draw(rules, &asked);
    }

    /// Draws the year of age that begins in month `now`, for rows in which one begins.
    fn turn<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        base: usize,
        offsets: &[u16],
        now: Month,
        layer: &(impl Fn(usize, usize) -> u8 + Sync),
    ) {
        let processes = rules.envelope.processes();
        let mut asked = Vec::with_capacity(4 * offsets.len());
        for (index, offset) in offsets.iter().copied().enumerate() {
            if index % World::PREFETCH == 0 {
                let ahead = &offsets[index..offsets.len().min(index + World::PREFETCH)];
                prefetch(ahead.iter().map(|offset| roll.touch_bounds(base + usize::from(*offset))));
            }
            let row = Row::new(roll, base, offset, now);
            let (profile, year, at) = (row.profile(), row.year(), base + usize::from(offset));
            let birthday = rules.bounds.birthday(profile, year);
            asked.push((row, Stream::Fused));
            let mut open = |process: u8, upto: u8| {
                asked.extend((1..=upto).map(|level| (row, Stream::Layer { process, level })));
            };
            for (pair, byte) in self.levels.row_mut(usize::from(offset), processes).iter_mut().enumerate() {
                if *byte == 0 {
                    continue;
                }
                let mut levels = [*byte & 15, *byte >> 4];
                for (level, process) in levels.iter_mut().zip(2 * pair..).filter(|(level, _)| **level > 0) {
                    *level = match birthday[process] {
                        Birthday::Stays => *level,
                        Birthday::MayFall => layer(at, process),
                        Birthday::Empty | Birthday::MayRise => 0,
                    };
                    open(process as u8, *level);
                }
                *byte = levels[0] | levels[1] << 4;
            }
            for process in rules.bounds.rising(profile, year) {
                let level = layer(at, usize::from(*process));
                self.levels.set(usize::from(offset), usize::from(*process), processes, level);
                open(*process, level);
            }
        }
        self.draw(rules, &asked);
    }

    /// Evaluates the bounds of rows whose state changed again and opens further layers in the present year of age.
    fn reconsider<R: Roll>(
        &mut self,
        roll: &R,
        rules: Rules<'_>,
        base: usize,
        marks: &Marks,
        from: Month,
        layer: &(impl Fn(usize, usize) -> u8 + Sync),
    ) {
        let processes = rules.envelope.processes();
        let mut asked = Vec::new();
        for group in marks.list.chunks(World::PREFETCH) {
            prefetch(group.iter().map(|(offset, _)| roll.touch_bounds(base + usize::from(*offset))));
            for (offset, touch) in group.iter().copied() {
                let row = Row::new(roll, base, offset, from);
                let at = base + usize::from(offset);
                // The layers of a year that begins in `from` are drawn then.
                let turns = turns(roll, at, from);
                let own = rules.bounds.own(row.profile(), row.year()).iter();
                let own = own.filter(|process| rules.bounds.responds(**process, touch));
                let own = own.map(|process| (*process, layer(at, usize::from(*process))));
                let always = if touch == Touch::all() { rules.bounds.always() } else { &[] };
                for (process, upto) in own.chain(always.iter().copied()) {
                    let followed = self.levels.get(usize::from(offset), usize::from(process), processes);
                    if turns || upto > followed {
                        self.levels.set(usize::from(offset), usize::from(process), processes, upto);
                    }
                    if !turns {
                        let stream = |level| (row, Stream::Layer { process, level });
                        asked.extend((followed + 1..=upto).map(stream));
                    }
                }
            }
        }
        self.draw(rules, &asked);
    }

    /// Draws random streams of rows and stores the resulting candidates in the lists of their months.
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
