//! Places: four cities with their areas, and *elsewhere*.

use serde::{Deserialize, Serialize};

/// Index of a city in the order of the model file; [`ELSEWHERE`] is outside all of them.
pub type City = usize;

/// Number of places that tables distinguish: the cities of the model (at most [`ELSEWHERE`]) and elsewhere.
pub const PLACES: usize = 5;

/// Index of everywhere outside the cities.
pub const ELSEWHERE: City = 4;

/// City and area in one small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place(pub u16);

impl Place {
    /// Outside the cities.
    pub const ELSEWHERE: Place = Place((ELSEWHERE as u16) << 6);
    /// Most areas that a city can have.
    pub const MOST_AREAS: usize = 64;

    /// An area of a city.
    pub fn new(city: City, area: usize) -> Place {
        debug_assert!(city < PLACES && area < Self::MOST_AREAS);
        Place((city as u16) << 6 | area as u16)
    }

    /// The city.
    #[inline]
    pub fn city(self) -> City {
        usize::from(self.0 >> 6)
    }

    /// The area within the city.
    #[inline]
    pub fn area(self) -> usize {
        usize::from(self.0 & 63)
    }

    /// Whether this is in one of the cities.
    #[inline]
    pub fn is_here(self) -> bool {
        self.0 < Self::ELSEWHERE.0
    }
}

impl Default for Place {
    fn default() -> Self {
        Place::new(0, 0)
    }
}

/// One area of a city.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Share of the city's households, cumulative over the areas up to this one.
    pub up_to: f64,
    /// Proportion of low-income households relative to the city's mean.
    pub deprivation: f64,
    /// Mark given by the model (1 and 2: Utrecht's two pilot areas), 0 without one.
    pub mark: u8,
}

/// The cities' names and areas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// Names in order.
    pub cities: Vec<String>,
    /// Areas of each city.
    pub areas: Vec<Vec<Area>>,
}

impl Places {
    /// Word used in tables for a place.
    pub fn name(&self, city: City) -> &str {
        self.cities.get(city).map_or("elsewhere", String::as_str)
    }

    /// The area of `city` in which a household finds a home, given the draw `u` and its income.
    ///
    /// The probability of an area is its share times its deprivation for low-income households, and the complement for
    /// others.
    pub fn settle(&self, city: City, low_income: bool, mean_low: f64, u: f64) -> Place {
        let Some(areas) = self.areas.get(city) else { return Place::ELSEWHERE };
        let weight = |from: f64, area: &Area| {
            let low = (mean_low * area.deprivation).min(0.95);
            (area.up_to - from) * if low_income { low } else { 1.0 - low }
        };
        let (mut total, mut from) = (0.0, 0.0);
        for area in areas {
            total += weight(from, area);
            from = area.up_to;
        }
        let (mut left, mut from) = (u * total, 0.0);
        for (index, area) in areas.iter().enumerate() {
            left -= weight(from, area);
            if left < 0.0 {
                return Place::new(city, index);
            }
            from = area.up_to;
        }
        Place::new(city, areas.len().saturating_sub(1))
    }

    /// Mark of an area, 0 without one and elsewhere.
    #[inline]
    pub fn mark(&self, place: Place) -> u8 {
        self.areas.get(place.city()).and_then(|areas| areas.get(place.area())).map_or(0, |area| area.mark)
    }

    /// Deprivation of a place relative to its city's mean, 1 elsewhere.
    #[inline]
    pub fn deprivation(&self, place: Place) -> f64 {
        self.areas.get(place.city()).and_then(|areas| areas.get(place.area())).map_or(1.0, |area| area.deprivation)
    }
}
