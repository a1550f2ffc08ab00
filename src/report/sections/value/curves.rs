//! Charts of the decision: the plane of costs and effects, acceptability and expected loss.

use crate::analysis::evaluation::{Evaluation, MARKS};
use crate::charts::{Axis, ChartLine, Cloud, Heading, LineChart, LinePoint, Moment, PlaneChart, Threshold};
use crate::report::about::{About, WTP};
use crate::report::view::PageBlock;

/// The plane of costs and effects.
pub(super) fn plane(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let base = main.means.comparator();
    let strategies = main.means.strategies().iter().enumerate().filter(|(at, _)| *at != base);
    let clouds = strategies.map(|(at, name)| {
        let points = (0..main.means.draws()).map(|draw| {
            let cost = main.means.cost()[[draw, at]] - main.means.cost()[[draw, base]];
            let effect = main.means.effect()[[draw, at]] - main.means.effect()[[draw, base]];
            (effect, cost / 1e6)
        });
        Cloud { name: about.label(name), points: points.collect() }
    });
    let heading = Heading {
        id: "value-plane".into(),
        title: words.get("value.plane"),
        description: words.say("value.plane_summary", &[("wtp", &numbers.euro(WTP))]),
    };
    let chart = PlaneChart {
        heading: heading.clone(),
        rows_are: words.get("effect.column.scenario"),
        x: Axis { name: words.get("value.plane_x"), format: numbers.format(0), reach: vec![] },
        y: Axis { name: words.get("value.plane_y"), format: numbers.format(1), reach: vec![] },
        clouds: clouds.collect(),
        threshold: Some(Threshold {
            slope: WTP / 1e6,
            word: words.say("value.threshold", &[("wtp", &numbers.euro(WTP))]),
        }),
        quadrants: [
            words.get("value.worse_dearer"),
            words.get("value.better_dearer"),
            words.get("value.worse_cheaper"),
            words.get("value.better_cheaper"),
        ],
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

/// Marks of willingness to pay.
fn moments(about: &About<'_>) -> Vec<Moment> {
    MARKS.iter().map(|wtp| Moment { x: wtp / 1000.0, word: about.numbers.euro(*wtp) }).collect()
}

fn curves(about: &About<'_>, main: &Evaluation, of: &ndarray::Array2<f64>, times: f64) -> Vec<ChartLine> {
    let line = |(at, name): (usize, &String)| ChartLine {
        name: about.label(name),
        look: about.look(name),
        points: main
            .curves
            .wtp
            .iter()
            .enumerate()
            .map(|(row, wtp)| LinePoint { x: wtp / 1000.0, y: of[[row, at]] * times, band: None })
            .collect(),
        ..ChartLine::default()
    };
    main.curves.strategies.iter().enumerate().map(line).collect()
}

/// The acceptability curves.
pub(super) fn acceptability(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let heading = Heading {
        id: "value-ceac".into(),
        title: words.get("value.ceac"),
        description: words.get("value.ceac_summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("value.wtp"), format: numbers.format(1), reach: vec![] },
        y: Axis { name: words.get("value.chance"), format: numbers.percents(0), reach: vec![0.0, 1.0] },
        lines: curves(about, main, &main.curves.probability, 1.0),
        moments: moments(about),
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}

/// The expected loss curves.
pub(super) fn loss(about: &About<'_>, main: &Evaluation) -> Option<PageBlock> {
    let (words, numbers) = (&about.words, about.numbers);
    let heading = Heading {
        id: "value-loss".into(),
        title: words.get("value.loss"),
        description: words.get("value.loss_summary"),
    };
    let chart = LineChart {
        heading: heading.clone(),
        x: Axis { name: words.get("value.wtp"), format: numbers.format(1), reach: vec![] },
        y: Axis { name: words.get("value.loss_axis"), format: numbers.format(1), reach: vec![0.0] },
        lines: curves(about, main, &main.curves.expected_loss, 1e-6),
        moments: moments(about),
    };
    PageBlock::chart(&chart, &heading, &words.get("page.table"))
}
