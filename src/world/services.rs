//! Services with places: who waits for one, who has one, and the counts of a provider in a month.

use serde::{Deserialize, Serialize};

use super::capacity::Account;
use super::ids::PersonId;
use super::place::ELSEWHERE;
use super::time::Month;
use super::vocabulary::{Group, ShelterGroup};

/// What a request for shelter needs beside places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Group of the person.
    pub group: ShelterGroup,
    /// Needs a place outside the own city, which the partner does not know.
    pub secret: bool,
    /// Is served by the rule "local where possible, national where necessary".
    pub local: bool,
    /// Children of school age who come along.
    pub pupils: u8,
}

impl Default for Placement {
    fn default() -> Placement {
        Placement { group: ShelterGroup::Women, secret: false, local: false, pupils: 0 }
    }
}

/// A person who waits for a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Index of the service.
    pub service: u16,
    /// City in which the place is requested.
    pub city: u8,
    /// Requests of one month are served in ascending order of this number.
    pub priority: u8,
    /// The person, or nobody if not simulated.
    pub who: PersonId,
    /// Stable key of the case; 0 for none.
    pub subject: u64,
    /// Month of the request.
    pub since: Month,
    /// First month in which the request can be served.
    pub ready: Month,
    /// Random number, addressed by key, that orders requests of the same month and priority.
    pub lot: u32,
    /// Places requested: one, and one for each child that comes along.
    pub places: u8,
    /// What a request for shelter needs beside places.
    #[serde(default)]
    pub placement: Placement,
}

impl Request {
    /// A request made this month for one place, which can be served at once; of usual priority, and first in the
    /// order by random number.
    pub fn new(service: u16, city: u8, who: PersonId, subject: u64, now: Month) -> Request {
        let placement = Placement::default();
        Request { service, city, priority: 1, who, subject, since: now, ready: now, lot: 0, places: 1, placement }
    }

    /// Whether the person is not simulated: came from the rest of the country.
    pub fn is_from_country(&self) -> bool {
        self.subject == 0
    }
}

/// A person who has a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// Index of the service.
    pub service: u16,
    /// City of the place.
    pub city: u8,
    /// City in which the place was requested.
    pub home: u8,
    /// Places taken.
    pub places: u8,
    /// The person, or nobody if not simulated.
    pub who: PersonId,
    /// Stable key of the case; 0 for none.
    pub subject: u64,
    /// First month.
    pub since: Month,
    /// Planned first month after the stay.
    pub until: Month,
    /// Will be completed.
    pub completes: bool,
}

impl Stay {
    /// The stay of a person whose request was granted in a city, from one month until another; it will be completed.
    pub fn of(request: &Request, city: u8, since: Month, until: Month) -> Stay {
        let &Request { service, city: home, places, who, subject, .. } = request;
        Stay { service, city, home, places, who, subject, since, until, completes: true }
    }
}

/// Money of a programme with a budget, in all cities together and at the scale of the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Funds {
    /// Euro that can still be spent; negative after a start that cost more than was left.
    pub left: f64,
    /// Euro a year that the budget of this year gave.
    pub given: f64,
    /// Year of the budget; `None` before the first.
    pub year: Option<i32>,
}

/// Queues and places of a group of services; the changing state beside the fixed model parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Services {
    /// Waiting requests, in order of request.
    pub queue: Vec<Request>,
    /// Persons who have a place.
    pub stays: Vec<Stay>,
    /// Places left over or taken in advance, by service and city.
    pub accounts: Vec<[Account; ELSEWHERE]>,
    /// Occasions since January 2008 on which a person met the rule of a service, by service and city.
    pub eligible: Vec<[f64; ELSEWHERE]>,
    /// Money by service, for those with a budget.
    #[serde(default)]
    pub funds: Vec<Funds>,
    /// Fractions of a dwelling that became available, carried over by city.
    pub dwellings: [f64; ELSEWHERE],
}

/// One provider in one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderMonth {
    /// Group of services.
    pub group: Group,
    /// Index of the service in its group.
    pub service: u16,
    /// City.
    pub city: u8,
    /// Simulated capacity in places; infinite where demand alone decides.
    pub places: f64,
    /// Places taken at the end of the month.
    pub occupied: u32,
    /// Of these, taken by persons who are ready to leave but have no dwelling.
    pub blocked: u32,
    /// Requests of the month.
    pub requests: u32,
    /// Admitted in the month.
    pub admitted: u32,
    /// Refused in the month for lack of a place.
    pub refused: u32,
    /// Left the place in the month.
    pub left: u32,
    /// Waiting at the end of the month.
    pub waiting: u32,
    /// Months waited by those admitted, summed.
    pub waited: u32,
}

impl ProviderMonth {
    /// A month without any counts yet.
    pub fn new(group: Group, service: u16, city: u8) -> ProviderMonth {
        ProviderMonth {
            group,
            service,
            city,
            places: 0.0,
            occupied: 0,
            blocked: 0,
            requests: 0,
            admitted: 0,
            refused: 0,
            left: 0,
            waiting: 0,
            waited: 0,
        }
    }
}
