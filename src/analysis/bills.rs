//! Categories of costs, and amounts by discounting rule.

/// Category of a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostCategory {
    /// A measure.
    Programme,
    /// A service of the chain.
    Service,
    /// Further costs to society.
    Societal,
}

impl CostCategory {
    /// All of them.
    pub const ALL: [CostCategory; 3] = [CostCategory::Programme, CostCategory::Service, CostCategory::Societal];

    pub(super) fn named(word: &str) -> Option<CostCategory> {
        match word {
            "programme" => Some(CostCategory::Programme),
            "service" => Some(CostCategory::Service),
            "societal" => Some(CostCategory::Societal),
            _ => None,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            CostCategory::Programme => "programme",
            CostCategory::Service => "service",
            CostCategory::Societal => "societal",
        }
    }
}

/// Amounts by discounting rule, in the order of [`Discounting::ALL`].
pub(super) type ByRule = [f64; 4];
