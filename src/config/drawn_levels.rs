//! The levels of violence of a parameter draw, from the response of the model and the targets of the draw.

use serde::Deserialize;
use toml::Value;

use crate::config::change::Change;
use crate::config::draw::{Drawing, Levels, nine_digits};
use crate::config::level_targets::{LevelTargets, of_key, value_of};
use crate::config::merge::{Merged, strip};
use crate::config::response::{Fitted, LEVELS, LevelResponse};
use crate::config::words::number;
use crate::error::{Error, Result};
use crate::units;

/// The response of a merged model; `None` when it has none.
///
/// # Errors
/// A response with inconsistent tables.
fn response(merged: &Merged) -> Result<Option<Fitted>> {
    let Some(table) = merged.table.get("response").and_then(Value::as_table) else { return Ok(None) };
    let fault = |what: String| Error::data(what, "fit it anew: keten solve MODEL --part response").at_key("response");
    let response = LevelResponse::deserialize(Value::Table(strip(table))).map_err(|cause| fault(cause.to_string()))?;
    Ok(Some(response.fitted().map_err(fault)?))
}

/// The levels of a draw, given the changes `drawn`, as changes of the model: none at central values, for a model
/// without a response, or when levels are held.
///
/// Parameters in `held`, which the experiment sets for all scenarios, are not part of the draw. A parameter counts as
/// central, so that its own effect on the levels of violence remains visible, as without draws; a target counts with
/// the value set.
///
/// # Errors
/// A response with inconsistent tables.
pub fn drawn_levels(
    merged: &Merged,
    drawing: &Drawing,
    draw: u32,
    drawn: &[Change],
    held: &[&Change],
) -> Result<Vec<Change>> {
    if draw == 0 || drawing.levels == Levels::Held {
        return Ok(Vec::new());
    }
    let Some(fitted) = response(merged)? else { return Ok(Vec::new()) };
    let set = |key: &str| held.iter().rev().find(|change| of_key(change, key));
    let in_draw = |key: &str| {
        let own = drawn.iter().find(|change| change.key == key).and_then(|change| number(&change.value));
        own.or_else(|| merged.value(key))
    };
    let target = |key: &str| set(key).and_then(|change| value_of(&change.value)).or_else(|| in_draw(key));
    let Some(targets) = LevelTargets::read(target) else { return Ok(Vec::new()) };
    let input = |key: &str| if set(key).is_some() { None } else { in_draw(key) };
    let levels = fitted.levels(targets.aims(), input);
    let origin = format!("draw {draw}");
    let change = |(key, level): (&str, f64)| {
        merged.value(key)?;
        let unit = merged.table_at(key).and_then(|passport| passport.get("unit")).and_then(Value::as_str);
        let (least, most) = unit.and_then(units::range).unwrap_or((f64::MIN, f64::MAX));
        Some(Change::new(key, nine_digits(level.clamp(least, most)), &origin))
    };
    Ok(LEVELS.into_iter().zip(levels).filter_map(change).collect())
}
