//! Cities and areas.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::misread;
use crate::error::{Error, Errors, Result};
use crate::units::{Persons, Ratio, Rows};
use crate::world::{Area, ELSEWHERE, Place, Places};

/// `[places]`: cities and areas.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesTable {
    /// Names of the cities.
    #[schemars(length(min = 1))]
    pub cities: Vec<String>,
    /// Population of each city on 1 January 2008, persons.
    pub population: Rows<Persons>,
    /// Areas of each city: share of the city's households, deprivation relative to the city's mean, and mark for
    /// measures in selected areas.
    pub areas: Rows<Ratio>,
}

impl PlacesTable {
    /// Names and areas, for the world.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn places(&self) -> Result<Places> {
        let at = |what: String| Error::data(what, "see the table in the model file").at_key("places.areas");
        let table = &self.areas;
        let columns = |name: &str| table.values(name).map_err(at);
        let (city, share) = (columns("city")?, columns("share")?);
        let (deprivation, mark) = (columns("deprivation")?, columns("mark")?);
        if self.cities.is_empty() || self.cities.len() > ELSEWHERE {
            let what = format!("{} cities are named; a model has 1 to {ELSEWHERE}", self.cities.len());
            return Err(Error::data(what, "name each city once").at_key("places.cities").into());
        }
        let fault_of = |name: &String| {
            let taken = match name.as_str() {
                "G4" => "all cities together",
                "elsewhere" => "all other places",
                name => misread(name)?,
            };
            let what = format!("the name \"{name}\" is taken for {taken} in tables");
            Some(Error::data(what, "give the city another name").at_key("places.cities"))
        };
        let faults: Vec<Error> = self.cities.iter().filter_map(fault_of).collect();
        if !faults.is_empty() {
            return Err(Errors(faults));
        }
        let mut areas: Vec<Vec<Area>> = vec![Vec::new(); self.cities.len()];
        for row in 0..city.len() {
            let list = areas
                .get_mut(city[row] as usize)
                .ok_or_else(|| at(format!("city {} is not named in places.cities", city[row])))?;
            if list.len() >= Place::MOST_AREAS {
                return Err(at(format!("a city has more than {} areas", Place::MOST_AREAS)).into());
            }
            let before = list.last().map_or(0.0, |area: &Area| area.up_to);
            list.push(Area { up_to: before + share[row], deprivation: deprivation[row], mark: mark[row] as u8 });
        }
        for (city, list) in areas.iter_mut().enumerate() {
            let total = list.last().map_or(0.0, |area| area.up_to);
            if total <= 0.0 || total.is_nan() {
                return Err(at(format!("city {city} has no areas")).into());
            }
            for area in list {
                area.up_to /= total;
            }
        }
        Ok(Places { cities: self.cities.clone(), areas })
    }

    /// Population of each city in 2008.
    ///
    /// # Errors
    /// Names the table and what is missing in it.
    pub fn populations(&self) -> Result<Vec<f64>> {
        crate::curve::indexed(&self.population, "city", "persons", self.cities.len())
            .map_err(|what| Error::data(what, "give one row per city").at_key("places.population").into())
    }
}
