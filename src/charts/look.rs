//! Colours, dashes and shapes: the colour-blind safe palette of Okabe and Ito; series never differ by colour alone.
//!
//! Only these of its eight colours have a contrast of at least 3 to 1 with white. Text is always [`DARK`].

use plotters::style::RGBColor;

/// Text and axes: contrast 16 to 1 on white.
pub(super) const DARK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Leader lines from a mark to its label: 4.5 to 1.
pub(super) const GREY: RGBColor = RGBColor(0x76, 0x76, 0x76);
/// Grid lines: visible but unobtrusive.
pub(super) const FAINT: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
const BLACK: RGBColor = RGBColor(0x00, 0x00, 0x00);
const PURPLE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);

const COLOURS: [RGBColor; 5] = [BLUE, VERMILLION, GREEN, BLACK, PURPLE];
const DASHES: [&str; 6] = ["", "9 4", "2 3", "12 3 2 3", "5 2", "14 3 2 3 2 3"];

/// Shapes around the origin, about 8 units wide and of similar weight: circle, square, triangles, diamond, cross.
const SHAPES: [&str; 6] = [
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.5-3.5h7v7h-7z",
    "M0-4.6L4.6 3.4h-9.2z",
    "M0-5L5 0 0 5-5 0z",
    "M-1.4-4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z",
    "M0 4.6L4.6-3.4h-9.2z",
];

/// White hatching over the colour, as the content of a tile of 8 by 8.
const HATCHES: [&str; 6] = [
    "",
    "M-2 2L2-2M0 8L8 0M6 10L10 6",
    "M1.2 2h1.6M5.2 6h1.6",
    "M0 2h8M0 6h8",
    "M-2 6L2 10M0 0L8 8M6-2L10 2",
    "M2 0v8M6 0v8",
];

/// Styles of numbered series; styles 0 to 29 differ in more than one property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Colour of line, mark and fill.
    pub(super) colour: RGBColor,
    /// Dashes of the line, as `stroke-dasharray`; empty for a solid line.
    pub(super) dash: &'static str,
    /// Path of the mark.
    pub(super) shape: &'static str,
    /// Path of the hatching; empty for a plain fill.
    pub(super) hatch: &'static str,
}

impl Look {
    /// The style with a number.
    pub(super) fn number(number: usize) -> Look {
        fn pick<T: Copy>(all: &[T], number: usize, or: T) -> T {
            all.get(number % all.len().max(1)).copied().unwrap_or(or)
        }
        Look {
            colour: pick(&COLOURS, number, DARK),
            dash: pick(&DASHES, number, ""),
            shape: pick(&SHAPES, number, ""),
            hatch: pick(&HATCHES, number, ""),
        }
    }
}

/// A colour in CSS notation.
pub(super) fn hex(colour: RGBColor) -> String {
    let RGBColor(red, green, blue) = colour;
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast with white according to WCAG 2.
    fn contrast(RGBColor(red, green, blue): RGBColor) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        1.05 / (0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) + 0.05)
    }

    #[test]
    fn marks_and_words_stand_out_from_white() {
        assert!(COLOURS.into_iter().all(|colour| contrast(colour) >= 3.0));
        assert!([DARK, GREY].into_iter().all(|colour| contrast(colour) >= 4.5));
    }

    #[test]
    fn no_two_looks_differ_in_colour_only() {
        let looks: Vec<Look> = (0..30).map(Look::number).collect();
        for (at, one) in looks.iter().enumerate() {
            for other in &looks[..at] {
                assert!(one != other);
                assert!(one.colour == other.colour || (one.shape, one.dash) != (other.shape, other.dash) || at >= 6);
            }
        }
    }
}
