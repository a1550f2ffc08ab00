//! The two widths for which every chart is drawn.

/// The width for which a chart is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartWidth {
    /// 720 units, for a desk and for paper: labels beside the drawing.
    #[default]
    Wide,
    /// 360 units, for a phone: labels above the drawing, over the whole width.
    Narrow,
}

impl ChartWidth {
    /// Both.
    pub const ALL: [ChartWidth; 2] = [ChartWidth::Wide, ChartWidth::Narrow];

    /// The width in units of the drawing.
    pub(super) fn units(self) -> f64 {
        match self {
            ChartWidth::Wide => 720.0,
            ChartWidth::Narrow => 360.0,
        }
    }

    /// Whether labels are above the drawing.
    pub(super) fn is_narrow(self) -> bool {
        self == ChartWidth::Narrow
    }

    /// Width of the labels of rows.
    pub(super) fn labels(self) -> f64 {
        match self {
            ChartWidth::Wide => 230.0,
            ChartWidth::Narrow => 344.0,
        }
    }
}
