//! Probabilistic sensitivity analysis (*probabilistische gevoeligheidsanalyse*): costs and effects of strategies under
//! parameter draws, each simulated in several replicates.

use std::collections::BTreeSet;

use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis};

/// Costs and effects of all strategies: outer draws of the parameters × strategies × replicates of the simulation.
///
/// All strategies of a draw and replicate should use common random numbers: differences are then paired.
#[derive(Clone, Debug, PartialEq)]
pub struct Psa {
    strategies: Vec<String>,
    comparator: usize,
    cost: Array3<f64>,
    effect: Array3<f64>,
}

/// Costs and effects by draw and strategy, means over replicates: the input of decision rules.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawMeans {
    strategies: Vec<String>,
    comparator: usize,
    cost: Array2<f64>,
    effect: Array2<f64>,
}

/// Uncertain parameters: one row per draw, in the order of the draws of a [`Psa`], one column per parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    names: Vec<String>,
    values: Array2<f64>,
}

impl Psa {
    /// Builds an analysis from arrays of draws × strategies × replicates: cost in euro, effect in QALYs.
    ///
    /// # Errors
    /// Different shapes, fewer than two draws, no strategy or replicate, duplicate names, an unknown comparator, and
    /// non-finite numbers.
    pub fn new(
        strategies: Vec<String>,
        comparator: usize,
        cost: Array3<f64>,
        effect: Array3<f64>,
    ) -> Result<Psa, String> {
        let (draws, columns, replicates) = cost.dim();
        if effect.dim() != cost.dim() {
            return Err(format!("costs have the shape {:?} and effects {:?}; give the same", cost.dim(), effect.dim()));
        }
        check(&strategies, comparator, draws, columns)?;
        if replicates == 0 {
            return Err("no replicates; give at least one".to_owned());
        }
        if !cost.iter().chain(&effect).all(|value| value.is_finite()) {
            return Err("a cost or effect is not a finite number".to_owned());
        }
        Ok(Psa { strategies, comparator, cost, effect })
    }

    /// Names of the strategies.
    pub fn strategies(&self) -> &[String] {
        &self.strategies
    }

    /// Index of the comparator strategy.
    pub fn comparator(&self) -> usize {
        self.comparator
    }

    /// Number of outer draws.
    pub fn draws(&self) -> usize {
        self.cost.dim().0
    }

    /// Number of replicates per draw.
    pub fn replicates(&self) -> usize {
        self.cost.dim().2
    }

    /// Costs in euro: draws × strategies × replicates.
    pub fn cost(&self) -> ArrayView3<'_, f64> {
        self.cost.view()
    }

    /// Effects in QALYs: draws × strategies × replicates.
    pub fn effect(&self) -> ArrayView3<'_, f64> {
        self.effect.view()
    }

    /// Means over the replicates of each draw.
    pub fn draw_means(&self) -> DrawMeans {
        let mean = |values: &Array3<f64>| values.sum_axis(Axis(2)) / self.replicates() as f64;
        DrawMeans {
            strategies: self.strategies.clone(),
            comparator: self.comparator,
            cost: mean(&self.cost),
            effect: mean(&self.effect),
        }
    }
}

impl DrawMeans {
    /// Builds draw means from arrays of draws × strategies: cost in euro, effect in QALYs.
    ///
    /// # Errors
    /// As [`Psa::new`].
    pub fn new(
        strategies: Vec<String>,
        comparator: usize,
        cost: Array2<f64>,
        effect: Array2<f64>,
    ) -> Result<DrawMeans, String> {
        let psa = Psa::new(strategies, comparator, cost.insert_axis(Axis(2)), effect.insert_axis(Axis(2)))?;
        let Psa { strategies, comparator, cost, effect } = psa;
        Ok(DrawMeans {
            strategies,
            comparator,
            cost: cost.index_axis_move(Axis(2), 0),
            effect: effect.index_axis_move(Axis(2), 0),
        })
    }

    /// The same strategies with other numbers; the caller guarantees the shapes.
    pub(super) fn with(&self, cost: Array2<f64>, effect: Array2<f64>) -> DrawMeans {
        DrawMeans { strategies: self.strategies.clone(), comparator: self.comparator, cost, effect }
    }

    /// Replaces the costs or effects of one strategy.
    pub(super) fn replace(&mut self, strategy: usize, of_cost: bool, values: Array1<f64>) {
        let all = if of_cost { &mut self.cost } else { &mut self.effect };
        all.column_mut(strategy).assign(&values);
    }

    /// Names of the strategies.
    pub fn strategies(&self) -> &[String] {
        &self.strategies
    }

    /// Index of the comparator strategy.
    pub fn comparator(&self) -> usize {
        self.comparator
    }

    /// Number of draws.
    pub fn draws(&self) -> usize {
        self.cost.nrows()
    }

    /// Costs in euro: draws × strategies.
    pub fn cost(&self) -> ArrayView2<'_, f64> {
        self.cost.view()
    }

    /// Effects in QALYs: draws × strategies.
    pub fn effect(&self) -> ArrayView2<'_, f64> {
        self.effect.view()
    }

    /// Expected cost of each strategy, in euro.
    pub fn expected_cost(&self) -> Vec<f64> {
        column_means(self.cost.view())
    }

    /// Expected effect of each strategy, in QALYs.
    pub fn expected_effect(&self) -> Vec<f64> {
        column_means(self.effect.view())
    }

    /// Net monetary benefit, in euro: draws × strategies.
    pub fn net_benefit(&self, wtp: f64) -> Array2<f64> {
        &self.effect * wtp - &self.cost
    }

    /// Net monetary benefit relative to the comparator, in euro: draws × strategies; the comparator's own column is 0.
    pub fn incremental_net_benefit(&self, wtp: f64) -> Array2<f64> {
        let all = self.net_benefit(wtp);
        let base = all.column(self.comparator).insert_axis(Axis(1)).to_owned();
        all - base
    }
}

impl Parameters {
    /// Builds parameters from an array of draws × parameters.
    ///
    /// # Errors
    /// Different numbers of names and columns, duplicate names, and non-finite numbers.
    pub fn new(names: Vec<String>, values: Array2<f64>) -> Result<Parameters, String> {
        if names.len() != values.ncols() {
            return Err(format!("{} names for {} parameters; give one each", names.len(), values.ncols()));
        }
        twice(&names)?;
        if !values.iter().all(|value| value.is_finite()) {
            return Err("a parameter is not a finite number".to_owned());
        }
        Ok(Parameters { names, values })
    }

    /// Names, one per column.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Values: draws × parameters.
    pub fn values(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// Index of a parameter by its name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }
}

fn check(strategies: &[String], comparator: usize, draws: usize, columns: usize) -> Result<(), String> {
    if strategies.len() != columns {
        return Err(format!("{} names for {columns} strategies; give one each", strategies.len()));
    }
    if comparator >= columns {
        return Err(format!("the comparator is strategy {comparator} of {columns}; give one that is there"));
    }
    if draws < 2 {
        return Err(format!("{draws} draws; give at least two"));
    }
    twice(strategies)
}

fn twice(names: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(format!("the name `{name}` is given twice")),
        None => Ok(()),
    }
}

/// Means of the columns; NaN without rows.
pub(super) fn column_means(values: ArrayView2<'_, f64>) -> Vec<f64> {
    (values.sum_axis(Axis(0)) / values.nrows() as f64).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::lots;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|at| format!("s{at}")).collect()
    }

    /// Two strategies whose costs share a draw effect (sd 3), with a separate draw effect of the second (sd 1), a
    /// shared error of draw and replicate (sd 4), and a separate error of the second (sd 0.5).
    fn paired(draws: usize, replicates: usize) -> Psa {
        let cost = Array3::from_shape_fn((draws, 2, replicates), |(i, s, r)| {
            let both = 3.0 * lots::normal(1, i, 0) + 4.0 * lots::normal(2, i, r);
            both + s as f64 * (10.0 + lots::normal(3, i, 0) + 0.5 * lots::normal(4, i, r))
        });
        Psa::new(names(2), 0, cost.clone(), cost * 0.001).unwrap()
    }

    #[test]
    fn net_benefit_is_effect_times_willingness_less_cost() {
        let psa = paired(3, 2);
        let wtp = 50_000.0;
        let (cost, effect) = (psa.cost(), psa.effect());
        let by_hand = |r: usize| wtp * (effect[[2, 1, r]] - effect[[2, 0, r]]) - (cost[[2, 1, r]] - cost[[2, 0, r]]);
        let benefit = |means: DrawMeans| means.incremental_net_benefit(wtp)[[2, 1]];
        assert!((benefit(psa.draw_means()) - (by_hand(0) + by_hand(1)) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn faults_are_told() {
        let two = Array2::<f64>::zeros((4, 2));
        let told = |strategies: Vec<String>, comparator, cost: Array2<f64>| {
            DrawMeans::new(strategies, comparator, cost, two.clone()).unwrap_err()
        };
        assert!(told(names(3), 0, two.clone()).contains("3 names for 2 strategies"));
        assert!(told(names(2), 2, two.clone()).contains("comparator"));
        assert!(told(vec!["a".into(), "a".into()], 0, two.clone()).contains("twice"));
        assert!(told(names(2), 0, two.mapv(|_| f64::NAN)).contains("finite"));
        assert!(told(names(2), 0, Array2::zeros((3, 2))).contains("shape"));
        let one = Array2::<f64>::zeros((1, 2));
        assert!(DrawMeans::new(names(2), 0, one.clone(), one).unwrap_err().contains("two"));
        assert!(Parameters::new(names(1), two.clone()).is_err());
        assert_eq!(Parameters::new(names(2), two).unwrap().index("s1"), Some(1));
    }
}
