//! Categories of costs, and amounts by discounting rule.

/// Category of a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A measure.
    Programme,
    /// A service of the chain.
    Service,
    /// Further costs to society.
    Societal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Programme, Kind::Service, Kind::Societal];

    pub(super) fn named(word: &str) -> Option<Kind> {
        match word {
            "programme" => Some(Kind::Programme),
            "service" => Some(Kind::Service),
            "societal" => Some(Kind::Societal),
            _ => None,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Programme => "programme",
            Kind::Service => "service",
            Kind::Societal => "societal",
        }
    }
}

/// Amounts by discounting rule, in the order of [`Discounting::ALL`].
pub(super) type ByRule = [f64; 4];
