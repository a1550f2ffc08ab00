//! How answers are shown: charts as SVG.

pub mod charts;
