//! Cases in which somebody waits for a place.

use crate::world::World;

/// Subjects of cases in which somebody waits for a place, in order.
pub(super) struct Waiting(Vec<u64>);

impl Waiting {
    /// Those who waited before the month just simulated; a request of the month comes after its violence.
    pub(super) fn before(world: &World) -> Waiting {
        let now = world.now().plus(-1);
        let queues = [&world.chain().programmes, &world.chain().shelters].map(|services| &services.queue);
        let requests = queues.into_iter().flatten().filter(|request| request.since < now);
        let mut subjects: Vec<u64> = requests.map(|request| request.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        Waiting(subjects)
    }

    /// Whether somebody waits in the open case of a couple.
    pub(super) fn has(&self, world: &World, couple: u64) -> bool {
        self.0.binary_search(&couple).is_ok() && world.chain().cases.get(&couple).is_some_and(|case| case.open > 0)
    }
}
