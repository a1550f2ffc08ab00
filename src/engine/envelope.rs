//! Envelopes: the rate that layer 0 covers for every subject, per process, profile and year of age.

use crate::random::poisson;

/// Years of age (or of a union) that an envelope distinguishes; later years use the last one.
pub const YEARS: usize = 110;

/// The sum of the envelopes of all processes of one kind of subject, cumulative over the processes.
#[derive(Clone, Debug)]
pub struct Envelope {
    processes: usize,
    profiles: usize,
    cumulative: Vec<f64>,
    /// Probability that the shared stream has no candidate in a year, by profile and year.
    nothing: Vec<f64>,
}

/// The source of a stream of candidates: the shared stream of layer 0, or one layer of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// All processes below their envelopes.
    Fused,
    /// One process between 2^(level-1) and 2^level times its envelope.
    Layer {
        /// Index of the process.
        process: u8,
        /// From 1.
        level: u8,
    },
}

impl Envelope {
    /// The envelope of `processes` processes for `profiles` kinds of subjects: `rate(process, profile, year)` per year.
    pub fn new(processes: usize, profiles: usize, rate: impl Fn(usize, usize, usize) -> f64) -> Envelope {
        let mut cumulative = Vec::with_capacity(processes * profiles * YEARS);
        for profile in 0..profiles {
            for year in 0..YEARS {
                let mut sum = 0.0;
                for process in 0..processes {
                    let rate = rate(process, profile, year);
                    debug_assert!(rate.is_finite() && rate >= 0.0, "envelope of process {process}");
                    sum += rate;
                    cumulative.push(sum);
                }
            }
        }
        let total = |row: usize| if processes == 0 { 0.0 } else { cumulative[(row + 1) * processes - 1] };
        let nothing = (0..profiles * YEARS).map(|row| libm::exp(-total(row))).collect();
        Envelope { processes, profiles, cumulative, nothing }
    }

    #[inline]
    fn row(&self, profile: usize, year: usize) -> &[f64] {
        debug_assert!(profile < self.profiles);
        let from = (profile * YEARS + year.min(YEARS - 1)) * self.processes;
        &self.cumulative[from..from + self.processes]
    }

    /// Number of processes.
    pub fn processes(&self) -> usize {
        self.processes
    }

    /// Rate per year of one process.
    #[inline]
    pub fn of(&self, process: usize, profile: usize, year: usize) -> f64 {
        let row = self.row(profile, year);
        row[process] - if process == 0 { 0.0 } else { row[process - 1] }
    }

    /// Expected candidates of a stream in a year of age.
    #[inline]
    pub fn yearly(&self, stream: Stream, profile: usize, year: usize) -> f64 {
        match stream {
            Stream::Fused => self.row(profile, year).last().copied().unwrap_or(0.0),
            Stream::Layer { process, level } => {
                self.of(usize::from(process), profile, year) * f64::from(1_u32 << (level - 1))
            }
        }
    }

    /// Number of candidates of a stream in a year of age, from a uniform draw in (0, 1).
    #[inline]
    pub(super) fn count(&self, stream: Stream, profile: usize, year: usize, u: f64) -> u32 {
        if stream == Stream::Fused && u < self.nothing[profile * YEARS + year.min(YEARS - 1)] {
            return 0;
        }
        let mean = self.yearly(stream, profile, year);
        // exp(−mean) is never below 1 − mean, so most empty years are recognised without computing it.
        if u < 1.0 - mean { 0 } else { poisson(u, mean) }
    }

    /// The process that a candidate of the shared stream belongs to, from a uniform draw in (0, 1).
    #[inline]
    pub fn pick(&self, profile: usize, year: usize, u: f64) -> usize {
        let row = self.row(profile, year);
        let target = u * row[self.processes - 1];
        row.iter().position(|sum| target < *sum).unwrap_or(self.processes - 1)
    }
}

/// The highest layer that can be opened: rates up to 32,768 times their envelope.
pub(super) const MOST_LEVEL: u8 = 15;

/// The layer that a rate of `ratio` times the envelope needs: 0 up to the envelope, k up to 2^k times.
#[inline]
pub(super) fn level_for(ratio: f64) -> u8 {
    let (mut level, mut reach) = (0, 1.0);
    // Envelopes are computed as differences of sums, so a rate equal to its envelope may exceed it by a rounding error.
    while ratio > reach * (1.0 + 1e-9) && level < MOST_LEVEL {
        level += 1;
        reach *= 2.0;
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_double() {
        let levels: Vec<u8> = [0.0, 1.0, 1.01, 2.0, 2.5, 4.0, 4.1, 900.0, 1e9].map(level_for).to_vec();
        assert_eq!(levels, [0, 0, 1, 1, 2, 2, 3, 10, MOST_LEVEL]);
    }

    #[test]
    fn the_fused_stream_is_the_sum_and_picks_in_proportion() {
        let envelope = Envelope::new(3, 2, |p, s, y| if s == 0 { [0.1, 0.0, 0.3][p] } else { 0.01 * y as f64 });
        assert!((envelope.yearly(Stream::Fused, 0, 7) - 0.4).abs() < 1e-15);
        assert!((envelope.yearly(Stream::Layer { process: 2, level: 3 }, 0, 7) - 4.0 * 0.3).abs() < 1e-15);
        assert_eq!([0.0, 0.24, 0.26, 0.99].map(|u| envelope.pick(0, 3, u)), [0, 0, 2, 2]);
        assert_eq!(envelope.of(1, 1, 500), envelope.of(1, 1, YEARS - 1));
    }
}
