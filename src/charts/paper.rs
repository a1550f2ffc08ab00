//! The drawing surface below the sheet: a plotters backend that writes SVG.
//!
//! Plotters' own SVG backend has whole pixels, a fixed size, no dashes, no patterns and no title. This one uses
//! hundredths of a unit and has what the charts need. Text is placed by [`super::labels`], as there are no fonts.

use std::convert::Infallible;
use std::fmt::Write;

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};

use super::look::hex;

/// Converts a length to the integer units of plotters.
pub(super) fn units(length: f64) -> i32 {
    (length * 100.0).round() as i32
}

/// Inverse of [`units`].
pub(super) fn from_units(units: i32) -> f64 {
    f64::from(units) / 100.0
}

/// Properties of an element beyond plotters' style.
#[derive(Default)]
pub(super) struct Ink {
    /// Dashes, as `stroke-dasharray`; empty for none.
    pub(super) dash: String,
    /// Id of the pattern to fill with; empty for the colour.
    pub(super) fill: String,
    /// Id of the mark to draw at each point of a path, instead of the path; empty for none.
    pub(super) marker: String,
    /// Whether a text has a white outline.
    pub(super) halo: bool,
}

/// The backend with the drawing so far.
pub(super) struct Paper {
    /// The drawing so far, without its header.
    pub(super) out: String,
    /// Properties of the next element.
    pub(super) ink: Ink,
    size: (u32, u32),
}

type DrawResult = Result<(), DrawingErrorKind<Infallible>>;

impl Paper {
    /// An empty drawing of a size in hundredths.
    pub(super) fn new(size: (u32, u32)) -> Paper {
        Paper { out: String::new(), ink: Ink::default(), size }
    }

    /// Writes a length with at most two decimals.
    fn length(&mut self, units: i32) {
        let sign = if units < 0 { "-" } else { "" };
        let (whole, part) = (units.unsigned_abs() / 100, units.unsigned_abs() % 100);
        _ = match part {
            0 => write!(self.out, "{sign}{whole}"),
            _ if part % 10 == 0 => write!(self.out, "{sign}{whole}.{}", part / 10),
            _ => write!(self.out, "{sign}{whole}.{part:02}"),
        };
    }

    fn points(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        self.out.push_str(" points=\"");
        for (at, (x, y)) in points.into_iter().enumerate() {
            if at > 0 {
                self.out.push(' ');
            }
            self.length(x);
            self.out.push(',');
            self.length(y);
        }
        self.out.push('"');
    }

    fn lengths(&mut self, lengths: [(&str, i32); 4]) {
        for (name, units) in lengths {
            _ = write!(self.out, " {name}=\"");
            self.length(units);
            self.out.push('"');
        }
    }

    fn colour(&mut self, name: &str, colour: BackendColor) {
        let (red, green, blue) = colour.rgb;
        _ = write!(self.out, " {name}=\"{}\"", hex(RGBColor(red, green, blue)));
        if colour.alpha < 1.0 {
            _ = write!(self.out, " {name}-opacity=\"{}\"", colour.alpha);
        }
    }

    fn fill(&mut self, colour: BackendColor) {
        if self.ink.fill.is_empty() {
            self.colour("fill", colour);
        } else {
            _ = write!(self.out, " fill=\"url(#{})\"", self.ink.fill);
        }
    }

    fn stroke(&mut self, colour: BackendColor, width: u32) {
        self.colour("stroke", colour);
        self.out.push_str(" stroke-width=\"");
        self.length(width.min(100_000) as i32);
        self.out.push('"');
        if !self.ink.dash.is_empty() {
            _ = write!(self.out, " stroke-dasharray=\"{}\"", self.ink.dash);
        }
    }
}

impl DrawingBackend for Paper {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> DrawResult {
        Ok(())
    }

    fn present(&mut self) -> DrawResult {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> DrawResult {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> DrawResult {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> DrawResult {
        self.out.push_str("<rect");
        let size = (to.0 - from.0, to.1 - from.1);
        self.lengths([("x", from.0), ("y", from.1), ("width", size.0), ("height", size.1)]);
        if fill {
            self.fill(style.color());
        } else {
            self.out.push_str(" fill=\"none\"");
            self.stroke(style.color(), style.stroke_width());
        }
        self.out.push_str("/>\n");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> DrawResult {
        self.out.push_str("<polyline");
        self.points(path);
        self.out.push_str(" fill=\"none\"");
        if self.ink.marker.is_empty() {
            self.stroke(style.color(), style.stroke_width());
            self.out.push_str(" stroke-linejoin=\"round\"");
        } else {
            let marker = &self.ink.marker;
            for end in ["start", "mid", "end"] {
                _ = write!(self.out, " marker-{end}=\"url(#{marker})\"");
            }
        }
        self.out.push_str("/>\n");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> DrawResult {
        self.out.push_str("<polygon");
        self.points(path);
        self.fill(style.color());
        self.out.push_str("/>\n");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> DrawResult {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // Centres lower-case letters, as fonts differ in other baselines.
        let baseline = y + units(style.size() * 0.35);
        self.out.push_str("<text x=\"");
        self.length(x);
        self.out.push_str("\" y=\"");
        self.length(baseline);
        _ = write!(self.out, "\" font-size=\"{}\" text-anchor=\"{anchor}\"", style.size());
        if matches!(style.style(), FontStyle::Bold) {
            self.out.push_str(" font-weight=\"bold\"");
        }
        self.colour("fill", style.color());
        if self.ink.halo {
            self.out.push_str(" stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
        }
        _ = writeln!(self.out, ">{}</text>", escaped(text));
        Ok(())
    }
}

/// Text escaped for XML, without characters that XML does not allow.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_can_be() {
        let mut paper = Paper::new((1, 1));
        for length in [1200, 1250, 1205, -5, 0] {
            paper.length(length);
            paper.out.push(' ');
        }
        assert_eq!(paper.out, "12 12.5 12.05 -0.05 0 ");
    }
}
