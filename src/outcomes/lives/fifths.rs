//! Quintiles of households by deprivation of their area.

use crate::world::{Area, Place, Places};

/// Quintiles of the households of each city by deprivation of their area.
pub(super) struct Fifths(Vec<Vec<u8>>);

impl Fifths {
    /// An area belongs to the quintile that contains the middle of its households.
    pub(super) fn of(places: &Places) -> Fifths {
        let of_city = |areas: &Vec<Area>| {
            let mut order: Vec<usize> = (0..areas.len()).collect();
            order.sort_by(|a, b| areas[*a].deprivation.total_cmp(&areas[*b].deprivation).then(a.cmp(b)));
            let share = |area: usize| areas[area].up_to - if area == 0 { 0.0 } else { areas[area - 1].up_to };
            let mut fifths = vec![0; areas.len()];
            let mut before = 0.0;
            for area in order {
                let middle = before + 0.5 * share(area);
                fifths[area] = ((middle * 5.0) as u8).min(4) + 1;
                before += share(area);
            }
            fifths
        };
        Fifths(places.areas.iter().map(of_city).collect())
    }

    /// Quintile of a place; `None` elsewhere.
    pub(super) fn of_place(&self, place: Place) -> Option<u8> {
        self.0.get(place.city())?.get(place.area()).copied()
    }
}
