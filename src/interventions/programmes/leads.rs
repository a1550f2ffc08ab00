//! Occasions that a programme leads to: at its start, for the participant and the victim, and at each recall.

use super::Programmes;
use crate::engine::Draws;
use crate::world::{Flag, Occasion, PersonId, Services, World};

/// An occasion for a person, with the stable key of the case.
pub(super) type LedOccasion = (Occasion, PersonId, u64);

impl Programmes {
    /// Occasions that the start of a programme creates: for the participant, and for the victim of the case.
    pub(super) fn leads(
        &self,
        world: &World,
        index: usize,
        who: PersonId,
        subject: u64,
        draws: &Draws,
    ) -> Vec<LedOccasion> {
        let service = &self.services[index];
        let form = &service.programme;
        let mut led: Vec<LedOccasion> = form.leads_to.into_iter().map(|occasion| (occasion, who, subject)).collect();
        let victim = world.chain().cases.get(&subject).map_or(PersonId::NONE, |case| case.victim);
        if let (Some(present), Some(row)) = (&form.victim, victim.row().filter(|_| victim != who)) {
            // By the case, so that the address differs from those of participants.
            let accepts = draws.of(subject, service.tag).happens(world.body(row).sex() as usize, present.accepts.get());
            if accepts && world.body(row).counts() {
                led.push((present.leads_to, victim, subject));
            }
        }
        led
    }

    /// Occasions of the participants who are recalled this month: those who did not complete help since they started.
    pub(super) fn recalls(&self, world: &World, state: &Services) -> Vec<LedOccasion> {
        let now = world.now();
        let is_due = |months: f64, since: i32| since > 0 && since % (libm::rint(months) as i32).max(1) == 0;
        let mut led = Vec::new();
        for stay in &state.stays {
            let form = &self.services[usize::from(stay.service)].programme;
            let (Some(recall), Some(occasion), Some(row)) = (form.recall, form.leads_to, stay.who.row()) else {
                continue;
            };
            let file = world.chain().offenders.get(&world.body(row).key);
            let has_completed = file.is_some_and(|file| file.completed.has_come() && file.completed >= stay.since);
            if is_due(recall.get(), now.since(stay.since)) && !has_completed && world.body(row).has(Flag::Present) {
                led.push((occasion, stay.who, stay.subject));
            }
        }
        led
    }
}
