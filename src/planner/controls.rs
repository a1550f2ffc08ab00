//! Names of the controls of a mix, and faults at them.

/// Name of the control of the last year that is simulated.
pub(super) const END: &str = "end";

/// The part of an address that stands for a city: lower case, without spaces.
pub fn slug(city: &str) -> String {
    city.to_lowercase().replace(' ', "-")
}

/// A fault of one control of a mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixFault {
    /// Name of the control, as in the address of the mix.
    pub at: String,
    /// The fault and the cure, in English and in Dutch.
    pub text: [String; 2],
}

impl MixFault {
    pub(super) fn new(at: &str, english: String, dutch: String) -> MixFault {
        MixFault { at: at.to_owned(), text: [english, dutch] }
    }

    /// The fault of an address that names a control that the model does not have.
    pub(super) fn unknown(at: &str) -> MixFault {
        let shown: String = at.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(60).collect();
        MixFault::new(
            at,
            format!("The address names \"{shown}\", which this model does not have. It was left out."),
            format!("Het adres noemt \"{shown}\". Dat heeft dit model niet. Het is weggelaten."),
        )
    }
}
