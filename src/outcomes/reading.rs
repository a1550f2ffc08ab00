//! The outcomes of a run: updated every month and every year, and finally written as tables.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::capacity::Capacity;
use super::cohorts::{self, Cohorts};
use super::contacts::Contacts;
use super::costs::{Burden, Charges, Costs, LifeCosts, YearCharge};
use super::fit::Fit;
use super::funnel::Funnel;
use super::lineages::{self, Lineages};
use super::lives::{self, Lives};
use super::outcome::Outcome;
use super::panel::Panel;
use super::recidivism::Recidivism;
use super::sample::is_below;
use super::scene::Seen;
use super::selection::{Homes, Selection};
use super::settings::OutcomeSettings;
use super::spells::Spells;
use super::transmission::{December, Transmission};
use super::yearly::{Census, Yearly};
use crate::error::Result;
use crate::table::Table;
use crate::world::{Month, World};

/// Number of rows that one thread reads at a time.
const CHUNK: usize = 1 << 15;

/// The requested outcomes and their data so far. Plain data: it can be cloned at a branch, serialised and read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcomes {
    settings: OutcomeSettings,
    read_month: Option<Month>,
    read_year: Option<i32>,
    fit: Option<Fit>,
    yearly: Option<Yearly>,
    cohorts: Option<Cohorts>,
    transmission: Option<Transmission>,
    lineages: Option<Lineages>,
    panel: Option<Panel>,
    chain: Option<Funnel>,
    capacity: Option<Capacity>,
    recidivism: Option<Recidivism>,
    costs: Option<Costs>,
    lives: Option<Lives>,
    life_costs: Option<LifeCosts>,
    selection: Option<Selection>,
    spells: Option<Spells>,
    contacts: Option<Contacts>,
}

/// Results of one pass over the rows, for all outcomes that need it. Counts are integers and rows stay in order, so the
/// result does not depend on how the rows are split among threads.
#[derive(Clone, Debug, Default)]
struct Pass {
    yearly: Option<Census>,
    cohorts: Option<cohorts::Year>,
    transmission: Option<December>,
    costs: Option<Burden>,
    /// Rows of persons whose lineage is counted this year.
    due: Option<Vec<u32>>,
    /// Health weights, and persons who lost health in the year.
    lives: Option<(lives::Weighing, Vec<lives::YearLost>)>,
    /// Costs of states, and the persons charged in the year.
    life_costs: Option<(Charges, Vec<YearCharge>)>,
    /// Homes with violence, and persons sampled at random.
    selection: Option<Homes>,
    /// Rows of the sample of the panel.
    sample: Option<(u64, Vec<u32>)>,
}

impl Outcomes {
    /// Outcomes without any data yet.
    pub fn new(which: &[Outcome], settings: OutcomeSettings) -> Outcomes {
        let wanted = |outcome: Outcome| which.contains(&outcome);
        let mut outcomes = Outcomes {
            read_month: None,
            read_year: None,
            fit: wanted(Outcome::Fit).then(Fit::default),
            yearly: wanted(Outcome::Yearly).then(Yearly::default),
            cohorts: wanted(Outcome::Cohorts).then(Cohorts::default),
            transmission: wanted(Outcome::Transmission).then(Transmission::default),
            lineages: wanted(Outcome::Lineages).then(Lineages::default),
            panel: wanted(Outcome::Panel).then(|| Panel::new(&settings)),
            chain: wanted(Outcome::Chain).then(Funnel::default),
            capacity: wanted(Outcome::Capacity).then(Capacity::default),
            recidivism: wanted(Outcome::Recidivism).then(Recidivism::default),
            costs: wanted(Outcome::Costs).then(Costs::default),
            lives: wanted(Outcome::Lives).then(Lives::default),
            life_costs: wanted(Outcome::LifeCosts).then(LifeCosts::default),
            selection: wanted(Outcome::Selection).then(Selection::default),
            spells: wanted(Outcome::Spells).then(|| Spells::new(&settings)),
            contacts: wanted(Outcome::Contacts).then(|| Contacts::new(&settings)),
            settings,
        };
        outcomes.change(|_| ());
        outcomes
    }

    /// Changes the settings from now on, for example in a branched scenario. Earlier counts are kept.
    pub fn change(&mut self, change: impl FnOnce(&mut OutcomeSettings)) {
        change(&mut self.settings);
        let pricing = &self.settings.pricing;
        if let Some(lives) = &mut self.lives {
            lives.set_prices(pricing);
        }
        if let Some(life_costs) = &mut self.life_costs {
            life_costs.set_prices(pricing.clone());
        }
        if let Some(costs) = &mut self.costs {
            costs.set_prices(pricing.clone());
        }
    }

    /// Processes the events of the month just simulated; a second call for the same month has no effect.
    pub fn month(&mut self, world: &World) {
        let lived = world.now.plus(-1);
        if self.read_month.is_some_and(|read| lived <= read) {
            return;
        }
        self.read_month = Some(lived);
        let Outcomes {
            yearly,
            transmission,
            panel,
            chain,
            capacity,
            recidivism,
            costs,
            lives,
            life_costs,
            selection,
            spells,
            contacts,
            settings,
            ..
        } = self;
        let measures = &settings.measures;
        let others = || {
            chain.iter_mut().for_each(|chain| chain.month(world));
            capacity.iter_mut().for_each(|capacity| capacity.month(world));
            recidivism.iter_mut().for_each(|recidivism| recidivism.month(world));
            costs.iter_mut().for_each(|costs| costs.month(world));
            lives.iter_mut().for_each(|lives| lives.month(world, measures));
            life_costs.iter_mut().for_each(|life_costs| life_costs.month(world));
            selection.iter_mut().for_each(|selection| selection.month(world, measures));
            if let Some(transmission) = transmission {
                transmission.month(world);
            }
            panel.iter_mut().for_each(|panel| panel.month(world, measures));
            spells.iter_mut().for_each(|spells| spells.month(world));
            contacts.iter_mut().for_each(|contacts| contacts.month(world));
        };
        rayon::join(|| yearly.iter_mut().for_each(|yearly| yearly.month(world)), others);
    }

    /// Processes the year that ended with the December just simulated, before the flags of the year are reset. Has no
    /// effect in any other month, or when that year was processed already.
    pub fn year(&mut self, world: &World) {
        let december = world.now.plus(-1);
        let year = december.year();
        if world.now.of_year() != 0 || self.read_year.is_some_and(|read| year <= read) {
            return;
        }
        self.read_year = Some(year);
        let pass = self.pass(world, december);
        if let (Some(yearly), Some(census)) = (&mut self.yearly, &pass.yearly) {
            yearly.year(world, year, census);
        }
        if let (Some(cohorts), Some(counted)) = (&mut self.cohorts, pass.cohorts) {
            cohorts.year(counted);
        }
        if let (Some(transmission), Some(december)) = (&mut self.transmission, &pass.transmission) {
            transmission.year(december);
        }
        if let (Some(lineages), Some(due)) = (&mut self.lineages, &pass.due) {
            lineages.year(world, december, due);
        }
        if let Some(chain) = &mut self.chain {
            chain.year(world, year);
        }
        if let (Some(costs), Some(burden)) = (&mut self.costs, &pass.costs) {
            costs.year(year, burden);
        }
        if let (Some(lives), Some((_, lost))) = (&mut self.lives, pass.lives) {
            lives.year(year, lost);
        }
        if let (Some(life_costs), Some((_, charges))) = (&mut self.life_costs, pass.life_costs) {
            life_costs.year(year, charges);
        }
        if let (Some(selection), Some(homes)) = (&mut self.selection, &pass.selection) {
            selection.year(year, homes);
        }
        if let (Some(panel), Some((_, sample))) = (&mut self.panel, &pass.sample) {
            panel.year(world, december, sample);
        }
        if let Some(spells) = &mut self.spells {
            spells.year(world, december);
        }
    }

    /// The tables, in the order of [`Outcome::ALL`].
    ///
    /// # Errors
    /// An internal error when a row does not match its table.
    pub fn finish(&self, world: &World) -> Result<Vec<Table>> {
        let settings = &self.settings;
        let tables = [
            self.fit.as_ref().map(|fit| fit.table(settings, world)),
            self.yearly.as_ref().map(|yearly| yearly.table(settings, world)),
            self.cohorts.as_ref().map(|cohorts| cohorts.table(settings, world)),
            self.transmission.as_ref().map(|transmission| transmission.table(settings)),
            self.lineages.as_ref().map(|lineages| lineages.table(settings, world)),
            self.panel.as_ref().map(|panel| panel.table(settings, &settings.programmes, world)),
            self.chain.as_ref().map(|chain| chain.table(settings, &settings.programmes, world)),
            self.capacity.as_ref().map(|capacity| {
                let shelters: Vec<&str> = settings.shelters.iter().map(String::as_str).collect();
                capacity.table(settings, &shelters, &settings.programmes, world)
            }),
            self.recidivism.as_ref().map(|recidivism| recidivism.table(settings, world)),
            self.costs.as_ref().map(|costs| costs.table(settings, world)),
            self.lives.as_ref().map(|lives| lives.table(settings, &settings.programmes, world)),
            self.life_costs.as_ref().map(|life_costs| life_costs.table(settings, world)),
            self.selection.as_ref().map(|selection| selection.table(settings, &settings.programmes, world)),
            self.spells.as_ref().map(|spells| spells.table(settings, world)),
            self.contacts.as_ref().map(|contacts| contacts.table(settings, &settings.programmes, world)),
        ];
        tables.into_iter().flatten().collect()
    }

    fn pass(&self, world: &World, december: Month) -> Pass {
        let empty = || Pass {
            yearly: self.yearly.as_ref().map(|_| Census::default()),
            cohorts: self.cohorts.as_ref().map(|cohorts| cohorts.open(december.year())),
            transmission: self.transmission.as_ref().map(|_| December::default()),
            costs: self.costs.as_ref().map(Costs::open),
            lives: self.lives.as_ref().map(|lives| (lives.open(), Vec::new())),
            life_costs: self.life_costs.as_ref().map(|life_costs| (life_costs.open(), Vec::new())),
            selection: self.selection.as_ref().map(|_| Homes::default()),
            due: self.lineages.as_ref().map(|_| Vec::new()),
            sample: self.panel.as_ref().map(|panel| (panel.threshold(), Vec::new())),
        };
        let rows = world.people.len();
        (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .fold(empty, |mut pass, chunk| {
                for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(rows) {
                    if let Some(seen) = Seen::new(world, row, december) {
                        pass.read(&seen);
                    }
                }
                pass
            })
            .reduce(empty, Pass::and)
    }
}

impl Pass {
    #[inline]
    fn read(&mut self, seen: &Seen<'_>) {
        if let Some(census) = &mut self.yearly {
            census.count(seen);
        }
        if let Some(cohorts) = &mut self.cohorts {
            cohorts.count(seen);
        }
        if let Some(december) = &mut self.transmission {
            december.count(seen);
        }
        if let Some(burden) = &mut self.costs {
            burden.count(seen);
        }
        if let Some((weights, lost)) = &mut self.lives {
            lost.extend(weights.year(seen));
        }
        if let Some((charges, list)) = &mut self.life_costs {
            charges.year(seen, list);
        }
        if let Some(homes) = &mut self.selection {
            homes.read(seen);
        }
        if let Some(due) = &mut self.due
            && lineages::is_due(seen)
        {
            due.push(seen.row as u32);
        }
        if let Some((threshold, sample)) = &mut self.sample
            && seen.lives
            && is_below(seen.body.key, *threshold)
        {
            sample.push(seen.row as u32);
        }
    }

    /// Merges the results of this pass and of the pass over the following rows.
    fn and(mut self, other: Pass) -> Pass {
        if let (Some(census), Some(more)) = (&mut self.yearly, &other.yearly) {
            census.add(more);
        }
        if let (Some(cohorts), Some(more)) = (&mut self.cohorts, &other.cohorts) {
            cohorts.add(more);
        }
        if let (Some(december), Some(more)) = (&mut self.transmission, &other.transmission) {
            december.add(more);
        }
        if let (Some(burden), Some(more)) = (&mut self.costs, &other.costs) {
            burden.add(more);
        }
        if let (Some((_, lost)), Some((_, more))) = (&mut self.lives, &other.lives) {
            lost.extend_from_slice(more);
        }
        if let (Some((_, list)), Some((_, more))) = (&mut self.life_costs, &other.life_costs) {
            list.extend_from_slice(more);
        }
        if let (Some(homes), Some(more)) = (&mut self.selection, &other.selection) {
            homes.add(more);
        }
        if let (Some(due), Some(more)) = (&mut self.due, &other.due) {
            due.extend_from_slice(more);
        }
        if let (Some((_, sample)), Some((_, more))) = (&mut self.sample, &other.sample) {
            sample.extend_from_slice(more);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::FitLine;
    use super::super::small::{AMSTERDAM, Small, UTRECHT};
    use super::*;
    use crate::table::Cell;
    use crate::world::{Change, Sex, Violence};

    fn line(city: Option<usize>) -> FitLine {
        let (margin, group) = ("households".to_owned(), "single".to_owned());
        FitLine { city, margin, group, target: 200.0, achieved: 201.0, unit: "count".into(), standing: "put in".into() }
    }

    fn lived(threads: usize) -> Vec<blake3::Hash> {
        let settings =
            OutcomeSettings { panel_size: 5000, expected_population: 10_000.0, ..OutcomeSettings::default() };
        let mut small = Small::with(&Outcome::ALL, settings);
        small.outcomes.change(|settings| settings.fit = vec![line(Some(1)), line(None)]);
        let mut couples = Vec::new();
        for number in 0..40_000_i32 {
            let born = Month::january(1950).plus(number % 600);
            let man = small.person(Sex::Male, born, if number % 3 == 0 { AMSTERDAM } else { UTRECHT });
            if number % 4 == 0 {
                let woman = small.person(Sex::Female, born.plus(3), UTRECHT);
                couples.push(small.couple(man, woman));
                small.child(Sex::Female, Month(if number % 100 == 0 { -150 } else { -100 }), woman);
            }
        }
        let violent = couples.iter().step_by(7).flat_map(|couple| {
            let by = Sex::BOTH[couple.0 as usize % 2];
            let counts = [u16::from(by == Sex::Male), u16::from(by == Sex::Female)];
            [
                Change::Violence { couple: *couple, by, state: Violence::Situational },
                Change::Incidents { couple: *couple, counts },
            ]
        });
        small.month(violent.collect::<Vec<_>>(), []);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| small.live_until(Month::january(2010)));
        let tables = small.outcomes.finish(&small.world).expect("tables");
        assert_eq!(tables.iter().map(Table::name).collect::<Vec<_>>(), Outcome::WORDS);
        tables.iter().for_each(|table| assert_eq!(table.repeated_key(), None, "{}", table.name()));
        tables.iter().map(Table::content_hash).collect()
    }

    #[test]
    fn the_number_of_threads_changes_no_table() {
        let one = lived(1);
        assert_eq!(one, lived(2));
        assert_eq!(one, lived(8));
    }

    #[test]
    fn lines_of_fit_say_what_was_missed() {
        let mut small = Small::new(&[Outcome::Fit]);
        small.outcomes.change(|settings| settings.fit = vec![line(Some(1)), FitLine { target: 0.0, ..line(None) }]);
        let table = small.table();
        assert_eq!(table.cell(0, "city"), Some(Cell::Text("Utrecht")));
        assert_eq!(table.cell(0, "difference"), Some(Cell::Float(1.0)));
        assert_eq!(table.cell(0, "ratio"), Some(Cell::Float(1.005)));
        assert_eq!(table.cell(1, "city"), Some(Cell::Text("G4")));
        assert_eq!(table.cell(1, "ratio"), Some(Cell::Null));
    }

    #[test]
    fn only_what_is_wanted_is_read() {
        let mut small = Small::new(&[Outcome::Lineages, Outcome::Yearly]);
        small.person(Sex::Male, Month(0), AMSTERDAM);
        small.outcomes.change(|settings| settings.fit = vec![line(None)]);
        small.live_until(Month::january(2009));
        let names: Vec<String> =
            small.outcomes.finish(&small.world).expect("tables").iter().map(|table| table.name().to_owned()).collect();
        assert_eq!(names, ["yearly", "lineages"]);
    }

    #[test]
    fn outcomes_that_are_cloned_read_back_and_go_on_agree_with_those_that_went_on() {
        let settings = OutcomeSettings { panel_size: 1, expected_population: 1.0, ..OutcomeSettings::default() };
        let mut small = Small::with(&Outcome::ALL, settings);
        let man = small.person(Sex::Male, Month::january(1980), AMSTERDAM);
        let woman = small.person(Sex::Female, Month::january(1980), AMSTERDAM);
        let couple = small.couple(man, woman);
        small.month([Change::Violence { couple, by: Sex::Male, state: Violence::Coercive }], []);
        small.live_until(Month(17));
        let text = serde_json::to_string(&small.outcomes).expect("plain data");
        let read: Outcomes = serde_json::from_str(&text).expect("plain data");
        assert_eq!(read, small.outcomes);
        let mut branch = Small { world: small.world.clone(), outcomes: read };
        branch.live_until(Month::january(2011));
        small.live_until(Month::january(2011));
        assert_eq!(branch.outcomes, small.outcomes);
    }
}
