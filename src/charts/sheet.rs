//! The drawing sheet: plotters' elements on [`Paper`], and helpers shared by charts.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle, WHITE};
use plotters_backend::BackendCoord;

use super::Heading;
use super::labels::{LEADING, height, widest, wrap};
use super::look::{DARK, FAINT, GREY, Look, hex};
use super::paper::{Ink, Paper, escaped, from_units, units};
use super::scale::{Axis, Scale, TICK};
use super::width::ChartWidth;

/// Where a row is drawn.
pub(super) struct RowPlace {
    /// Middle of its label.
    pub(super) label: f64,
    /// Middle of its drawing.
    pub(super) mark: f64,
    /// Its lower edge.
    pub(super) bottom: f64,
}

/// Rows from `top` down, each with the number of lines of its label and the minimum height of its drawing.
pub(super) fn row_places(width: ChartWidth, rows: impl Iterator<Item = (usize, f64)>, top: f64) -> Vec<RowPlace> {
    let mut top = top;
    let mut places = vec![];
    for (lines, least) in rows {
        let words = height(lines, LABEL);
        let (label, mark, bottom) = if width.is_narrow() {
            let under = top + 5.0 + words;
            (top + 5.0 + words / 2.0, under + least / 2.0 - 2.0, under + least)
        } else {
            let high = (words + 10.0).max(least);
            (top + high / 2.0, top + high / 2.0, top + high)
        };
        places.push(RowPlace { label, mark, bottom });
        top = bottom;
    }
    places
}

/// Font size of labels.
pub(super) const LABEL: f64 = 14.0;
/// Font size for estimating the width of names, which are bold labels.
pub(super) const NAME: f64 = LABEL * 1.13;

/// A point of the sheet: from the left, from the top.
pub(super) type SheetPoint = (f64, f64);

/// Style of a text.
#[derive(Clone, Copy)]
pub(super) struct Type {
    size: f64,
    anchor: HPos,
    bold: bool,
    halo: bool,
}

impl Type {
    /// Labels, left-aligned.
    pub(super) const LABEL: Type = Type { size: LABEL, anchor: HPos::Left, bold: false, halo: false };
    /// Numbers of an axis, centred.
    pub(super) const TICK: Type = Type { size: TICK, anchor: HPos::Center, bold: false, halo: false };
    /// Names of axes.
    pub(super) const NAME: Type = Type { bold: true, ..Type::LABEL };

    /// The same, left-aligned.
    pub(super) const fn starting(self) -> Type {
        Type { anchor: HPos::Left, ..self }
    }

    /// The same, right-aligned.
    pub(super) const fn ending(self) -> Type {
        Type { anchor: HPos::Right, ..self }
    }

    /// The same, centred.
    pub(super) const fn centred(self) -> Type {
        Type { anchor: HPos::Center, ..self }
    }

    /// The same with a white outline, for text on top of other elements.
    pub(super) const fn clear(self) -> Type {
        Type { halo: true, ..self }
    }
}

/// A stroke: colour, width, and dashes as `stroke-dasharray`.
#[derive(Clone, Copy)]
pub(super) struct Stroke(pub(super) RGBColor, pub(super) f64, pub(super) &'static str);

/// Style of a mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Filled.
    Full,
    /// White inside.
    Hollow,
    /// Half size and half transparent: one of many.
    Small,
    /// One and a half times the size.
    Large,
}

/// A drawing in progress.
pub(super) struct DrawingSheet {
    id: String,
    head: String,
    width: f64,
    height: f64,
    paper: Rc<RefCell<Paper>>,
    area: DrawingArea<Paper, Shift>,
    defined: RefCell<BTreeSet<String>>,
    fault: RefCell<Option<String>>,
}

impl DrawingSheet {
    /// A white sheet of a width and height. The ids of the two widths of a chart differ, so that a page can hold both.
    pub(super) fn new(heading: &Heading, width: ChartWidth, height: f64) -> DrawingSheet {
        let sane = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
        let own: String = heading.id.chars().map(sane).collect();
        let id = if width.is_narrow() { format!("{own}-narrow") } else { own };
        let width = width.units();
        let head = format!(
            "<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
            escaped(&heading.title),
            escaped(&heading.description)
        );
        let size = (units(width).unsigned_abs(), units(height).unsigned_abs());
        let paper = Rc::new(RefCell::new(Paper::new(size)));
        let area = DrawingArea::from(&paper);
        let sheet = DrawingSheet {
            id,
            head,
            width,
            height,
            paper,
            area,
            defined: RefCell::default(),
            fault: RefCell::default(),
        };
        sheet.rect((0.0, 0.0), (width, height), WHITE);
        sheet
    }

    /// Completes the drawing.
    ///
    /// # Errors
    /// When plotters could not draw, which is an internal error.
    pub(super) fn finish(self) -> Result<String, String> {
        if let Some(fault) = self.fault.into_inner() {
            return Err(format!("chart `{}`: {fault}", self.id));
        }
        let (id, width) = (&self.id, self.width);
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {}\" width=\"100%\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" font-family=\"system-ui, sans-serif\">\n{}{}</svg>\n",
            from_units(units(self.height)),
            self.head,
            self.paper.borrow().out
        ))
    }

    fn draw<'a, E>(&self, element: &'a E, ink: Ink)
    where
        &'a E: PointCollection<'a, BackendCoord>,
        E: Drawable<Paper>,
    {
        self.paper.borrow_mut().ink = ink;
        if let Err(fault) = self.area.draw(element) {
            self.fault.borrow_mut().get_or_insert(fault.to_string());
        }
    }

    fn raw(&self, svg: &str) {
        self.paper.borrow_mut().out.push_str(svg);
    }

    /// A line through points.
    pub(super) fn path(&self, places: &[SheetPoint], Stroke(colour, width, dash): Stroke) {
        let style = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: units(width).unsigned_abs() };
        self.draw(&PathElement::new(whole(places), style), Ink { dash: dash.into(), ..Ink::default() });
    }

    /// A polygon with the given opacity.
    pub(super) fn polygon(&self, places: &[SheetPoint], colour: RGBColor, opacity: f64) {
        self.draw(&Polygon::new(whole(places), colour.mix(opacity)), Ink::default());
    }

    /// A filled rectangle.
    pub(super) fn rect(&self, from: SheetPoint, to: SheetPoint, colour: RGBColor) {
        self.draw(&Rectangle::new([pair(from), pair(to)], colour.filled()), Ink::default());
    }

    /// A rectangle with the colour and hatching of a style.
    pub(super) fn patch(&self, from: SheetPoint, to: SheetPoint, look: &Look) {
        let mut fill = String::new();
        if !look.hatch.is_empty() {
            fill = format!("{}-fill{}", self.id, hex(look.colour).replace('#', "-"));
            self.define(&fill, &|fill| {
                format!(
                    "<pattern id=\"{fill}\" patternUnits=\"userSpaceOnUse\" width=\"8\" height=\"8\">\
                     <rect width=\"8\" height=\"8\" fill=\"{}\"/>\
                     <path d=\"{}\" stroke=\"#fff\" stroke-width=\"1.4\"/></pattern>",
                    hex(look.colour),
                    look.hatch
                )
            });
        }
        self.draw(&Rectangle::new([pair(from), pair(to)], look.colour.filled()), Ink { fill, ..Ink::default() });
    }

    /// The mark of a style at each of some points.
    pub(super) fn marks(&self, places: &[SheetPoint], number: usize, mark: Mark) {
        if places.is_empty() {
            return;
        }
        let look = Look::number(number);
        let colour = hex(look.colour);
        let (size, paint) = match mark {
            Mark::Full => (10.0, format!("fill=\"{colour}\" stroke=\"#fff\" stroke-width=\".8\"")),
            Mark::Hollow => (10.0, format!("fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"1.8\"")),
            Mark::Small => (5.0, format!("fill=\"{colour}\" fill-opacity=\".5\"")),
            Mark::Large => (17.0, format!("fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"1.2\"")),
        };
        let marker = format!("{}-mark-{number}-{}", self.id, mark as u8);
        self.define(&marker, &|marker| {
            format!(
                "<marker id=\"{marker}\" markerUnits=\"userSpaceOnUse\" viewBox=\"-6 -6 12 12\" markerWidth=\"{size}\" \
                 markerHeight=\"{size}\"><path d=\"{}\" {paint}/></marker>",
                look.shape
            )
        });
        self.draw(&PathElement::new(whole(places), look.colour), Ink { marker, ..Ink::default() });
    }

    fn define(&self, name: &str, content: &dyn Fn(&str) -> String) {
        if self.defined.borrow_mut().insert(name.into()) {
            self.raw(&format!("<defs>{}</defs>\n", content(name)));
        }
    }

    /// A text, vertically centred at the position.
    pub(super) fn text(&self, place: SheetPoint, text: &str, kind: Type) {
        if text.is_empty() {
            return;
        }
        let slant = if kind.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, kind.size, slant);
        let style = TextStyle::from(font).color(&DARK).pos(Pos::new(kind.anchor, VPos::Center));
        self.draw(&Text::new(text, pair(place), style), Ink { halo: kind.halo, ..Ink::default() });
    }

    /// Lines of text, vertically centred at the position.
    pub(super) fn lines(&self, (x, y): SheetPoint, lines: &[String], kind: Type) {
        let first = y - (lines.len() as f64 - 1.0) / 2.0 * kind.size * LEADING;
        for (at, line) in lines.iter().enumerate() {
            self.text((x, first + at as f64 * kind.size * LEADING), line, kind);
        }
    }

    /// Ticks, grid and name of an axis along the bottom of a plot that reaches from `top` to `bottom`.
    pub(super) fn axis_below(&self, scale: &Scale, axis: &Axis, top: f64, bottom: f64) {
        let most = ((scale.places.1 - scale.places.0) / 45.0).clamp(3.0, 9.0) as usize;
        for (tick, number) in scale.ticks_across(&axis.format, most) {
            let x = scale.at(tick);
            self.path(&[(x, top), (x, bottom + 4.0)], Stroke(FAINT, 1.0, ""));
            self.text((x, bottom + 14.0), &number, Type::TICK);
        }
        self.path(&[(scale.places.0, bottom), (scale.places.1, bottom)], Stroke(GREY, 1.0, ""));
        // Centred on the axis, unless that would exceed the sheet; a name wider than the sheet has two lines.
        let name = wrap(&axis.name, NAME, self.width - 8.0);
        let half = widest(name.iter().map(String::as_str), NAME) / 2.0;
        let middle = (scale.places.0 + scale.places.1) / 2.0;
        let middle = middle.min(self.width - 4.0 - half).max(4.0 + half);
        self.lines((middle, bottom + 26.0 + height(name.len(), LABEL) / 2.0), &name, Type::NAME.centred());
    }

    /// Height that an axis along the bottom needs below the plot.
    pub(super) fn below(axis: &Axis, width: ChartWidth) -> f64 {
        32.0 + height(wrap(&axis.name, NAME, width.units() - 8.0).len(), LABEL)
    }

    /// Ticks and grid of an axis at the left of a plot that reaches from `left` to `right`.
    pub(super) fn axis_left(&self, scale: &Scale, ticks: &[(f64, String)], left: f64, right: f64) {
        for (tick, number) in ticks {
            let y = scale.at(*tick);
            self.path(&[(left - 4.0, y), (right, y)], Stroke(FAINT, 1.0, ""));
            self.text((left - 8.0, y), number, Type::TICK.ending());
        }
    }

    /// A legend from a position on, in as many lines as needed; returns its height.
    pub(super) fn key(&self, (left, top): SheetPoint, words: &[(Look, &str)]) -> f64 {
        let mut at = (left, top);
        for (look, word) in words {
            let lines = wrap(word, LABEL, self.width - left - 32.0);
            let wide = 24.0 + widest(lines.iter().map(String::as_str), LABEL);
            if at.0 > left && at.0 + wide > self.width - 8.0 {
                at = (left, at.1 + 22.0);
            }
            self.patch((at.0, at.1 + 3.0), (at.0 + 18.0, at.1 + 17.0), look);
            // A name wider than the sheet has a line more, and then nothing beside it.
            let more = height(lines.len().saturating_sub(1), LABEL);
            self.lines((at.0 + 24.0, at.1 + 10.0 + more / 2.0), &lines, Type::LABEL);
            at = if more > 0.0 { (left, at.1 + 22.0 + more) } else { (at.0 + wide + 18.0, at.1) };
        }
        if at.0 > left { at.1 + 22.0 - top } else { at.1 - top }
    }
}

/// Height of [`DrawingSheet::key`].
pub(super) fn key_height(width: ChartWidth, left: f64, words: &[(Look, &str)]) -> f64 {
    DrawingSheet::new(&Heading::default(), width, 0.0).key((left, 0.0), words)
}

fn pair((x, y): SheetPoint) -> BackendCoord {
    (units(x), units(y))
}

fn whole(places: &[SheetPoint]) -> Vec<BackendCoord> {
    places.iter().copied().map(pair).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::labels::width;
    use super::*;
    use roxmltree::Document;

    /// A text of a drawing with its approximate position.
    #[derive(Debug)]
    pub(in crate::charts) struct Set {
        pub(in crate::charts) words: String,
        pub(in crate::charts) left: f64,
        pub(in crate::charts) right: f64,
        pub(in crate::charts) baseline: f64,
        pub(in crate::charts) size: f64,
    }

    /// The drawing parsed, after checks that apply to all charts.
    pub(in crate::charts) fn drawn(svg: &str) -> Document<'_> {
        let document = Document::parse(svg).unwrap();
        let root = document.root_element();
        assert_eq!((root.attribute("role"), root.attribute("width")), (Some("img"), Some("100%")));
        assert!(root.attribute("viewBox").is_some() && root.attribute("height").is_none());
        let named: Vec<&str> = root.attribute("aria-labelledby").unwrap().split(' ').collect();
        let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let kinds: Vec<&str> = root
            .children()
            .filter(|node| named.contains(&node.attribute("id").unwrap_or("")))
            .map(|node| node.tag_name().name())
            .collect();
        assert_eq!(kinds, ["title", "desc"]);
        for used in svg.split("url(#").skip(1) {
            assert!(ids.contains(&used.split(')').next().unwrap()));
        }
        for bad in ["NaN", "inf", "<script", "href", "<image"] {
            assert!(!svg.contains(bad), "{bad}");
        }
        let wide: f64 = root.attribute("viewBox").unwrap().split(' ').nth(2).unwrap().parse().unwrap();
        let texts = texts(&document);
        for (at, one) in texts.iter().enumerate() {
            assert!(one.left >= -1.0 && one.right <= wide + 1.0, "off the sheet: {one:?}");
            for other in &texts[..at] {
                let apart = one.left >= other.right || other.left >= one.right;
                assert!(
                    apart || (one.baseline - other.baseline).abs() >= one.size.min(other.size),
                    "{one:?} {other:?}"
                );
            }
        }
        document
    }

    /// Its texts.
    pub(in crate::charts) fn texts(document: &Document<'_>) -> Vec<Set> {
        let texts = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
        texts
            .map(|node| {
                let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
                let words = node.text().unwrap_or("").to_string();
                let (x, size) = (number("x"), number("font-size"));
                // Without the allowance for wide fonts, and slightly smaller.
                let wide = width(&words, size) / 1.18;
                let left = match node.attribute("text-anchor") {
                    Some("start") => x,
                    Some("middle") => x - wide / 2.0,
                    _ => x - wide,
                };
                Set { words, left, right: left + wide, baseline: number("y"), size }
            })
            .collect()
    }
}
