//! Ratios of the risks of the exposed and of others.

use super::groups::{ExposureGroup, GROUPS, ONE};
use crate::outcomes::scene::maybe;
use crate::outcomes::settings::Recall;
use crate::tables::Cell;

/// Comparison of the exposed with the never exposed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contrast {
    exposed: ExposureGroup,
    others: ExposureGroup,
    /// All persons, whatever the window of exposure.
    all: ExposureGroup,
    whole: bool,
}

impl Contrast {
    /// The exposed of one window, or of all for window 0.
    pub(super) fn new(groups: &[ExposureGroup; GROUPS], window: usize) -> Contrast {
        let (others, mut all) = (groups[0], groups[0]);
        let mut exposed = ExposureGroup::default();
        for (index, group) in groups.iter().enumerate().skip(1) {
            all.add(group);
            if window == 0 || index == window {
                exposed.add(group);
            }
        }
        Contrast { exposed, others, all, whole: window == 0 }
    }

    fn risk_ratio(&self) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        divide(divide(y, n)?, divide(z, m)?)
    }

    fn odds_ratio(&self) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        divide(y * (m - z), (n - y) * z)
    }

    /// Exposed, cases among them, others, cases among them.
    fn fourfold(&self) -> [f64; 4] {
        [self.exposed.persons, self.exposed.cases, self.others.persons, self.others.cases].map(|count| count as f64)
    }

    /// The risk ratio found by a survey in which exposure is recalled imperfectly, independently of the outcome.
    fn surveyed(&self, recall: Recall) -> Option<f64> {
        let [n, y, m, z] = self.fourfold();
        let (hit, false_alarm) = (recall.sensitivity, 1.0 - recall.specificity);
        let says = |exposed: f64, others: f64| hit * exposed + false_alarm * others;
        let denies = |exposed: f64, others: f64| (1.0 - hit) * exposed + (1.0 - false_alarm) * others;
        divide(divide(says(y, z), says(n, m))?, divide(denies(y, z), denies(n, m))?)
    }

    /// The cells of a row after its keys. `first` is the same contrast in the first year.
    pub(super) fn cells<'a>(
        &self,
        first: &Contrast,
        recall: Option<Recall>,
        [ratio, kappa_in]: [Cell<'a>; 2],
        cells: &mut Vec<Cell<'a>>,
    ) {
        let crude = self.risk_ratio();
        let without = self.exposed.without as f64 / ONE;
        let causal = divide(self.exposed.onsets as f64, without);
        let kappa = crude.zip(causal).and_then(|(crude, causal)| {
            let log = libm::log(crude);
            (log.abs() >= 0.01).then(|| libm::log(causal) / log)
        });
        let all = self.all.onsets as f64;
        let attributable = |without: u64| maybe(divide(all - without as f64 / ONE, all).filter(|_| self.whole));
        let share = |of: u64, all: u64| maybe(divide(of as f64, all as f64));
        cells.extend([
            Cell::count(self.exposed.persons),
            Cell::count(self.exposed.cases),
            Cell::count(self.others.persons),
            Cell::count(self.others.cases),
            maybe(crude),
            maybe(self.odds_ratio()),
            maybe(first.risk_ratio()),
            maybe(first.odds_ratio()),
            maybe(recall.and_then(|recall| self.surveyed(recall))),
            Cell::count(self.exposed.onsets),
            Cell::Float(without),
            maybe(causal),
            maybe(kappa),
            ratio,
            kappa_in,
            attributable(self.all.without),
            attributable(self.all.without_both),
            share(self.exposed.cases, self.all.cases),
            share(self.exposed.persons, self.all.persons),
        ]);
        for age in 0..2 {
            for group in [&self.exposed, &self.others] {
                cells.push(Cell::count(group.reaching[age]));
                cells.push(share(group.before[age], group.reaching[age]));
            }
        }
        for group in [&self.exposed, &self.others] {
            cells.push(Cell::count(group.eighteen.persons));
            let means = group.eighteen.means();
            cells.extend([0, 1].map(|which| maybe(means.map(|means| means[which]))));
        }
        let never = self.exposed.reaching[1] - self.exposed.before[1];
        cells.push(maybe(divide(100.0 * never as f64, self.exposed.reaching[1] as f64)));
    }
}

fn divide(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}
