//! Programmes that are given in place of one another.

/// Index of the programme in whose place each programme is given: its own, unless it names another one. Each programme is
/// its key and the key that it names.
pub(super) fn stand_ins(programmes: &[(&str, Option<&str>)]) -> Vec<u16> {
    let place = |(own, (_, named)): (usize, &(&str, Option<&str>))| {
        let at = named.and_then(|named| programmes.iter().position(|(name, _)| *name == named));
        at.unwrap_or(own) as u16
    };
    programmes.iter().enumerate().map(place).collect()
}

/// The order in which programmes are offered at one occasion: first those that are given in place of another one.
pub(super) fn in_order_of_offer(instead_of: &[u16]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..instead_of.len()).collect();
    order.sort_by_key(|index| (usize::from(instead_of[*index]) == *index, *index));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_in_place_of_another_programme_is_offered_first() {
        let named = stand_ins(&[("a", None), ("b", Some("a")), ("c", Some("d")), ("d", None), ("e", Some("none"))]);
        assert_eq!(named, [0, 0, 3, 3, 4]);
        assert_eq!(in_order_of_offer(&named), [1, 2, 0, 3, 4]);
    }
}
