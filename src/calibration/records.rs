//! Calibration of the records: probabilities of the chain without a source are solved such that 2008 is recorded as it
//! was.
//!
//! Each probability has one target. The open population is simulated for two years, and every probability is corrected
//! by the relative error of its target, round after round.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::first_year::LevelCounts;
use super::open::Rounds;
use crate::engine::EngineSettings;
use crate::error::Result;
use crate::founding::{cities_simulation, live_pool};
use crate::model::ModelFile;
use crate::random::Luck;
use crate::world::{CoupleId, Edge, Event, Month, Occasion, PersonId, Report, Sex, Source, World};

/// Probabilities that are solved, each with one target.
pub const RECORDS: [&str; 10] = [
    "chain.detection.police",
    "chain.detection.men",
    "chain.detection.relatives",
    "chain.detection.self_referral",
    "chain.suspicion.rate",
    "chain.police.ex_officio",
    "chain.police.hand_over_criminal",
    "chain.police.hand_over_other",
    "chain.shelter.request",
    "chain.shelter.with_children",
];

/// Recorded quantities: police reports in real cases per year, and shares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordFigures {
    /// Police reports in 2008.
    pub reports: f64,
    /// Women among the victims known to the police.
    pub women: f64,
    /// Partners among police reports.
    pub partners: f64,
    /// Reports to the ASHG from the police.
    pub desk_from_police: f64,
    /// Maltreated children known to the AMK in 2008.
    pub children_known: f64,
    /// Share of police reports with criminal proceedings.
    pub criminal: f64,
    /// Share of these that led to help.
    pub helped_criminal: f64,
    /// Share of the others that led to help.
    pub helped_other: f64,
    /// Intakes of shelters that end in admission, July 2008 to December 2009.
    pub admitted: f64,
    /// Children per woman admitted.
    pub children_in_shelter: f64,
    /// Victims known to the police as a share of all victims in 2008; printed, not a target.
    pub victims_known: f64,
}

/// Recorded quantities over several burn-in populations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordedOver {
    /// Over all burn-in populations together.
    pub all: RecordFigures,
    /// Standard errors of the targets, in the order of [`RECORDS`], from the variance between burn-in populations;
    /// empty for a single one.
    pub errors: Option<[f64; 10]>,
}

impl RecordFigures {
    /// Each target with its target value, in the order of [`RECORDS`].
    pub fn beside(&self, model: &ModelFile) -> [(&'static str, f64, f64); 10] {
        let t = &model.targets;
        [
            ("police reports (CT1)", t.police_reports.get(), self.reports),
            ("women among victims known to the police (CT7)", t.police_women.get(), self.women),
            ("partners among police reports (A5)", t.police_partners.get(), self.partners),
            ("reports to the ASHG from the police (R10)", t.desk_from_police.get(), self.desk_from_police),
            ("maltreated children known to the AMK (CT12)", t.children_known.get(), self.children_known),
            ("police reports with criminal proceedings (CT20)", t.criminal.get(), self.criminal),
            ("of these, with help (CT20)", t.helped.get(), self.helped_criminal),
            ("of the others, with help (CT20)", t.helped.get(), self.helped_other),
            ("intakes of shelters that end in admission", t.admitted.get(), self.admitted),
            ("children with each woman in shelters (CT18)", t.children_in_shelter.get(), self.children_in_shelter),
        ]
    }
}

/// Builds a model from values of [`RECORDS`].
pub type BuildRecords<'a> = dyn Fn(&[(&'static str, f64)]) -> Result<ModelFile> + 'a;

/// Solves the probabilities of [`RECORDS`] from `start`; `told` is called with the recorded quantities of each round. A
/// few families with very frequent violence make many of the reports, so that one burn-in population of 80,000 persons
/// varies by more than a tenth: use several.
///
/// # Errors
/// Faults of the model's tables.
pub fn solve_records(
    build: &BuildRecords<'_>,
    start: Vec<(&'static str, f64)>,
    with: Rounds,
    mut told: impl FnMut(usize, &RecordedOver),
) -> Result<(Vec<(&'static str, f64)>, RecordedOver)> {
    let mut values = start;
    let mut last = RecordedOver::default();
    for round in 0..with.rounds {
        let model = build(&values)?;
        last = recorded(&model, with)?;
        told(round, &last);
        if round + 1 < with.rounds {
            correct(&model, &last.all, &mut values);
        }
    }
    Ok((values, last))
}

/// Corrects each probability by the relative error of its target.
fn correct(model: &ModelFile, got: &RecordFigures, values: &mut [(&'static str, f64)]) {
    let odds = |share: f64| share / (1.0 - share).max(1e-9);
    let hazard = |share: f64| -libm::log(1.0 - share.clamp(1e-9, 0.999));
    let aims = got.beside(model).map(|(_, aim, got)| (aim, got));
    let complaint = model.chain.police.complaint.get();
    let factor = |at: usize| -> f64 {
        let (aim, got) = aims[at];
        match at {
            0 => aim / got,
            // Men among victims, relatives among reports, self-referrals to the ASHG: the odds of the complement of the
            // target.
            1..=3 => odds(got) / odds(aim),
            4 => hazard(aim) / hazard(got),
            5 => (aim - complaint) / (got - complaint).max(1e-3),
            6 | 7 => aim / got,
            // A refused person repeats the request, so the share responds more than proportionally.
            8 => libm::sqrt(got / aim),
            _ => odds(aim / 4.0) / odds(got / 4.0),
        }
    };
    for (at, (_, value)) in values.iter_mut().enumerate() {
        let by = factor(at);
        if by.is_finite() && by > 0.0 {
            let most = if matches!(at, 1 | 2 | 4 | 9) { f64::MAX } else { 0.99 };
            *value = (*value * by.clamp(0.4, 2.5)).min(most);
        }
    }
}

/// Simulates 2008 and 2009 from each of the burn-in populations and counts the records. Which persons are known to the
/// chain in January 2008 depends on the probabilities that are solved, so each model has its own burn-in populations.
///
/// # Errors
/// Faults of the model's tables.
pub fn recorded(model: &ModelFile, with: Rounds) -> Result<RecordedOver> {
    let pools: Vec<RecordCounts> = (0..with.replicates.max(1))
        .into_par_iter()
        .map(|replicate| {
            let luck = Luck::new(with.seed, 0, replicate);
            count(model, luck, with.scale)
        })
        .collect::<Result<_>>()?;
    let share = 1.0 / with.scale;
    let all =
        pools.iter().copied().fold(RecordCounts::default(), RecordCounts::and).recorded(share / pools.len() as f64);
    let each: Vec<[f64; 10]> =
        pools.iter().map(|counts| counts.recorded(share).beside(model).map(|(.., got)| got)).collect();
    let error = |at: usize| {
        let n = each.len() as f64;
        let mean = each.iter().map(|of| of[at]).sum::<f64>() / n;
        libm::sqrt(each.iter().map(|of| (of[at] - mean) * (of[at] - mean)).sum::<f64>() / (n - 1.0) / n)
    };
    Ok(RecordedOver { all, errors: (each.len() > 1).then(|| std::array::from_fn(error)) })
}

/// Counts from one burn-in population, in simulated cases.
#[derive(Clone, Copy, Default)]
struct RecordCounts {
    reports: f64,
    partners: f64,
    women: f64,
    men: f64,
    from_police: f64,
    own: f64,
    known: f64,
    maltreated: f64,
    criminal: f64,
    criminal_only: f64,
    nothing: f64,
    asked: f64,
    admitted: f64,
    sheltered: f64,
    children: f64,
    victims: f64,
}

impl RecordCounts {
    fn and(self, other: RecordCounts) -> RecordCounts {
        RecordCounts {
            reports: self.reports + other.reports,
            partners: self.partners + other.partners,
            women: self.women + other.women,
            men: self.men + other.men,
            from_police: self.from_police + other.from_police,
            own: self.own + other.own,
            known: self.known + other.known,
            maltreated: self.maltreated + other.maltreated,
            criminal: self.criminal + other.criminal,
            criminal_only: self.criminal_only + other.criminal_only,
            nothing: self.nothing + other.nothing,
            asked: self.asked + other.asked,
            admitted: self.admitted + other.admitted,
            sheltered: self.sheltered + other.sheltered,
            children: self.children + other.children,
            victims: self.victims + other.victims,
        }
    }

    /// Counts the police reports of a month that are followed by nothing, or by criminal proceedings alone: nobody in the
    /// case accepted help or received it already. Whether the help starts is decided by the queues.
    fn judge(&mut self, world: &World) {
        let accepted = world.events().iter().filter_map(|event| match event {
            Event::Occasion {
                occasion: Occasion::VictimHelp | Occasion::PerpetratorHelp | Occasion::ChildHelp,
                subject,
                ..
            } => Some(*subject),
            _ => None,
        });
        let chain = world.chain();
        let under_way = chain.programmes.stays.iter().chain(&chain.shelters.stays).map(|stay| stay.subject);
        let helped: BTreeSet<u64> = accepted.chain(under_way).collect();
        let criminal: BTreeSet<PersonId> = world
            .events()
            .passages()
            .filter(|passage| passage.edge == Edge::HandOverCriminal)
            .map(|passage| passage.who)
            .collect();
        let alone = |report: &&Report| report.source == Source::Police && !helped.contains(&report.subject);
        for report in world.events().reports().filter(alone) {
            *(if criminal.contains(&report.victim) { &mut self.criminal_only } else { &mut self.nothing }) += 1.0;
        }
    }

    /// Targets, where one simulated case represents `share` real ones.
    fn recorded(&self, share: f64) -> RecordFigures {
        let n = self;
        let of = |above: f64, below: f64| if below > 0.0 { above / below } else { 0.0 };
        let other = n.reports - n.criminal;
        RecordFigures {
            reports: n.reports * share,
            women: of(n.women, n.women + n.men),
            partners: of(n.partners, n.reports),
            desk_from_police: of(n.from_police, n.from_police + n.own),
            children_known: of(n.known, n.maltreated),
            criminal: of(n.criminal, n.reports),
            helped_criminal: 1.0 - of(n.criminal_only, n.criminal),
            helped_other: 1.0 - of(n.nothing, other),
            admitted: of(n.admitted, n.asked),
            children_in_shelter: of(n.children, n.sheltered),
            victims_known: of(n.women + n.men, n.victims),
        }
    }
}

/// Simulates 2008 and 2009 from a burn-in population of its own and counts the records.
fn count(model: &ModelFile, luck: Luck, scale: f64) -> Result<RecordCounts> {
    let mut n = RecordCounts::default();
    let (mut simulation, engine) =
        cities_simulation(&live_pool(model, model, luck, EngineSettings::default())?, model, luck, scale)?;
    let mut seen: [BTreeSet<u64>; 3] = Default::default();
    let half = Month(6);
    simulation.live(&engine, Month::january(2010), |world: &World| {
        let lived = world.now().plus(-1);
        let first_year = lived < Month(12);
        let body = |who: crate::world::PersonId| who.row().map(|row| world.body(row));
        if first_year {
            n.judge(world);
        }
        for event in world.events() {
            match *event {
                Event::Report(report) if first_year => match report.source {
                    Source::Police => {
                        n.reports += 1.0;
                        n.partners += f64::from(u8::from(report.couple != CoupleId::NONE));
                        if let Some(body) = body(report.victim).filter(|body| seen[0].insert(body.key)) {
                            *(if body.sex() == Sex::Female { &mut n.women } else { &mut n.men }) += 1.0;
                        }
                    }
                    Source::Desk | Source::FirstLine => n.own += 1.0,
                    Source::Amk => {
                        let maltreated = report.victim.row().is_some_and(|row| world.past(row).maltreated != 0);
                        if let Some(body) = body(report.victim).filter(|_| maltreated)
                            && seen[1].insert(body.key)
                        {
                            n.known += 1.0;
                        }
                    }
                    Source::Shelter => {}
                },
                Event::Passage(passage) if first_year => match (passage.edge, passage.passed) {
                    (Edge::HandOverCriminal, passed) => {
                        n.criminal += 1.0;
                        n.from_police += f64::from(u8::from(passed));
                    }
                    (Edge::HandOverOther, true) => n.from_police += 1.0,
                    _ => {}
                },
                _ => {}
            }
            match *event {
                Event::Passage(passage) if passage.edge == Edge::ShelterAdmission && lived >= half => {
                    n.asked += 1.0;
                    n.admitted += f64::from(u8::from(passage.passed));
                }
                Event::Sheltered { children, .. } if lived >= half => {
                    n.sheltered += 1.0;
                    n.children += f64::from(children);
                }
                _ => {}
            }
        }
        if lived == Month(11) {
            let year = LevelCounts::of(world);
            (n.victims, n.maltreated) = (year.victims(), year.maltreated());
        }
    });
    Ok(n)
}
