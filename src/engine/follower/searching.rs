//! Searches for a partner: those of the leader are taken over unless they met something that differs.

use std::collections::BTreeMap;

use super::singles::OtherSingles;
use super::state::Follower;
use crate::engine::process::{Draws, Meeting, PartnerSearch};
use crate::world::{Changes, City, Single, SinglesGroup, World};

/// Singles with the lists in which they stand.
type ListedSingles = Vec<(City, SinglesGroup, Single)>;

impl Follower {
    /// Lists the singles of the year: the leader's, and own rows in place of those of the leader.
    pub(super) fn list_singles(&mut self, leader: &World, meeting: &dyn Meeting) {
        let (mut own, mut other) = (ListedSingles::new(), OtherSingles::default());
        for row in self.world.own_persons().into_iter().map(|row| row as usize) {
            let ours = meeting.listed(&self.world, row);
            let theirs = (row < leader.row_counts()[0]).then(|| meeting.listed(leader, row)).flatten();
            if ours != theirs {
                let entries = ours.iter().chain(&theirs);
                other.0.extend(entries.map(|(city, group, single)| (*city, *group, single.born, single.lot)));
            }
            own.extend(ours);
        }
        other.0.sort_unstable();
        self.other_singles = other;
        self.world.take_singles(leader, own);
    }

    /// Decides a meeting for rows in order of key; `searches` are those of the leader.
    pub(super) fn meet(
        &self,
        meeting: &dyn Meeting,
        rows: &[u32],
        searches: &[PartnerSearch],
        draws: &Draws,
    ) -> Changes {
        let mut by_row: BTreeMap<u32, &PartnerSearch> =
            searches.iter().filter(|it| self.finds_the_same(it)).map(|it| (it.seeker, it)).collect();
        let anew: Vec<u32> = rows.iter().copied().filter(|row| !by_row.contains_key(row)).collect();
        let anew = meeting.search(&self.world, &anew, draws);
        by_row.extend(anew.iter().map(|it| (it.seeker, it)));
        let searches: Vec<&PartnerSearch> = rows.iter().filter_map(|row| by_row.get(row).copied()).collect();
        let mut changes = Changes::default();
        meeting.meet(&self.world, rows, &searches, draws, &mut changes);
        changes
    }

    /// Whether a search of the leader met nothing that differs.
    fn finds_the_same(&self, search: &PartnerSearch) -> bool {
        let own = |row: &u32| self.world.is_own_person(*row as usize);
        !own(&search.seeker)
            && !search.seen.iter().any(own)
            && !search.spans.iter().any(|span| self.other_singles.meets(search.list, *span))
    }
}
