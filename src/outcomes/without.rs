//! Taking entries out of a list: what a scenario beside its comparator does with the persons whom it counts itself.

/// Removes from a list one entry for each of `less` that equals it. Equal entries have equal keys.
pub(super) fn without<T: PartialEq, K: Ord>(list: &mut Vec<T>, less: &[T], key: impl Fn(&T) -> K) {
    if less.is_empty() {
        return;
    }
    let mut rest: Vec<Option<&T>> = less.iter().map(Some).collect();
    rest.sort_by_key(|entry| entry.map(&key));
    let keys: Vec<K> = rest.iter().flatten().map(|entry| key(entry)).collect();
    list.retain(|entry| {
        let own = key(entry);
        let from = keys.partition_point(|known| *known < own);
        let same = (from..keys.len()).take_while(|at| keys[*at] == own).find(|at| rest[*at] == Some(entry));
        same.is_none_or(|at| rest[at].take().is_none())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_removed_once_and_the_others_stay_in_order() {
        let mut list = vec![(3, 'a'), (1, 'b'), (3, 'a'), (2, 'c'), (1, 'd')];
        without(&mut list, &[(1, 'd'), (3, 'a'), (7, 'x')], |entry| entry.0);
        assert_eq!(list, [(1, 'b'), (3, 'a'), (2, 'c')]);
        without(&mut list, &[], |entry| entry.0);
        assert_eq!(list.len(), 3);
    }
}
