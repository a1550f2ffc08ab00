//! `fit`: targets and the values achieved.

use serde::{Deserialize, Serialize};

use super::observer::{Observer, Size};
use super::scene::{key, truth};
use super::settings::OutcomeSettings;
use super::shared::SharedData;
use crate::error::Result;
use crate::tables::{CITY, Cell, Column, DRAW, Kind, REPLICATE, Schema, Sees, Table};
use crate::world::World;

/// The table `fit`.
static FIT: Schema = Schema {
    name: "fit",
    meaning: "a margin or calibration target of 2008 and its value in the simulated population",
    keys: 5,
    columns: &[
        DRAW,
        REPLICATE,
        CITY,
        key("margin", Kind::Text, "-", "margin or target, for example age_sex"),
        key("group", Kind::Text, "-", "group within the margin; empty if there is only one"),
        Column { name: "target", kind: Kind::Float, unit: "as unit", meaning: "target value", sees: Sees::Input },
        truth("achieved", Kind::Float, "as unit", "value in the simulated population"),
        truth("difference", Kind::Float, "as unit", "achieved minus target"),
        truth("ratio", Kind::Float, "ratio", "achieved divided by target; empty for a target of 0"),
        Column { name: "unit", kind: Kind::Text, unit: "-", meaning: "unit of target and achieved", sees: Sees::Input },
        Column {
            name: "standing",
            kind: Kind::Text,
            unit: "-",
            meaning: "`put in` (margin of the founding population), `solved for` (calibration target) or `emerged` \
                (result that was not fitted)",
            sees: Sees::Input,
        },
    ],
};

/// The table has no data of its own: the founding population determines its lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Fit {}

impl Observer for Fit {
    const SCHEMA: &'static Schema = &FIT;
    const SIZE: Size = Size::by_year(175.0);
    type December = ();

    fn table(&self, world: &World, settings: &OutcomeSettings, _: &SharedData) -> Result<Table> {
        let mut table = Table::new(&FIT);
        for line in &settings.fit {
            let city = line.city.map_or("G4", |city| world.places().name(city));
            table.push_row(&[
                Cell::count(settings.draw),
                Cell::count(settings.replicate),
                Cell::Text(city),
                Cell::Text(&line.margin),
                Cell::Text(&line.group),
                Cell::Float(line.target),
                Cell::Float(line.achieved),
                Cell::Float(line.achieved - line.target),
                if line.target == 0.0 { Cell::Null } else { Cell::Float(line.achieved / line.target) },
                Cell::Text(&line.unit),
                Cell::Text(&line.standing),
            ])?;
        }
        Ok(table)
    }
}
