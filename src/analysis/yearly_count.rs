//! Counts of a year that are compared with evidence, by the columns of `yearly`.

use super::figures::Figure;

/// A count in the table `yearly`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearlyCount {
    /// A figure of the list, by its key.
    Figure(&'static str),
    /// The sum of columns, for what is not a figure of the list.
    Columns(&'static [&'static str]),
}

impl YearlyCount {
    /// The columns whose sum it is; none for a key that is not in the list.
    pub fn columns(self) -> Vec<&'static str> {
        match self {
            YearlyCount::Figure(key) => Figure::named(key).map(Figure::columns).unwrap_or_default(),
            YearlyCount::Columns(columns) => columns.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_columns_of_the_list() {
        assert_eq!(YearlyCount::Figure("partner_victims").columns(), ["victims"]);
        assert_eq!(YearlyCount::Figure("children").columns(), ["children"]);
        assert_eq!(YearlyCount::Columns(&["women", "men"]).columns(), ["women", "men"]);
        assert!(YearlyCount::Figure("no such key").columns().is_empty());
    }
}
