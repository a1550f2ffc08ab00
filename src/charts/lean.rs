//! A drawing as a page holds it: the same picture in fewer bytes.
//!
//! A drawing that stands alone says everything itself. In a page the style sheet says what most elements have in common,
//! and lines are paths with relative coordinates in tenths of a unit. A mark that stands alone is drawn where it stands, and
//! lines that look the same and follow each other are one path.

use std::fmt::Write;

/// What elements of a drawing have unless they say otherwise: on the root, so that they inherit it.
const COMMON: &str = " fill=\"none\" font-size=\"14\" stroke-linejoin=\"round\"";
/// The outline of a text on top of other elements, which the style sheet gives to the class `h`.
const HALO: &str = " stroke=\"#fff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"";
/// The size of the numbers of an axis, which the style sheet gives to the classes `m` and `e`, in the middle and at the end.
const TICK: &str = " font-size=\"13\"";
/// Attributes that say what the root or the style sheet says, or what holds anyway.
const SAID: [&str; 8] = [
    " fill=\"none\"",
    " font-size=\"14\"",
    " stroke-linejoin=\"round\"",
    " stroke-width=\"1\"",
    " text-anchor=\"start\"",
    " xmlns=\"http://www.w3.org/2000/svg\"",
    " width=\"100%\"",
    " font-family=\"system-ui, sans-serif\"",
];

/// The same drawing, for a page with [`STYLE`](super::STYLE).
pub(super) fn lean(svg: &str) -> String {
    let elements: Vec<String> = svg.lines().map(element).collect();
    let marks: Vec<MarkDefinition<'_>> = elements.iter().filter_map(|element| MarkDefinition::of(element)).collect();
    let drawn: Vec<String> = elements.iter().map(|element| placed(element, &marks)).collect();
    let used = |element: &&String| {
        MarkDefinition::of(element)
            .is_none_or(|mark| drawn.iter().any(|other| other.contains(&format!("url(#{})", mark.id))))
    };
    let mut whole = String::new();
    for element in drawn.iter().filter(used) {
        join(&mut whole, element);
    }
    whole
}

/// The definition of a mark.
struct MarkDefinition<'a> {
    id: &'a str,
    /// How much larger it is drawn than it is defined.
    scale: f64,
    /// The element that draws it around the origin, after the name of the element.
    path: &'a str,
}

impl<'a> MarkDefinition<'a> {
    /// Units in which marks are defined.
    const UNITS: f64 = 12.0;

    /// The mark that an element defines, if it defines one.
    fn of(element: &'a str) -> Option<MarkDefinition<'a>> {
        let (id, rest) = element.strip_prefix("<defs><marker id=\"")?.split_once('"')?;
        let (size, rest) = rest.split_once(" markerWidth=\"")?.1.split_once('"')?;
        let (path, _) = rest.split_once("<path")?.1.split_once("</marker>")?;
        Some(MarkDefinition { id, scale: size.parse::<f64>().ok()? / MarkDefinition::UNITS, path })
    }

    /// The mark at a point.
    fn at(&self, x: &str, y: &str) -> String {
        let scale = number((self.scale * 100.0).round() as i64, 100);
        let scale = if scale == "1" { String::new() } else { format!("scale({scale})") };
        format!("<path transform=\"translate({x} {y}){scale}\"{}", self.path)
    }
}

/// A line of a single point as the mark that is there; any other element as it is.
fn placed(element: &str, marks: &[MarkDefinition<'_>]) -> String {
    let mark = || {
        let (point, rest) = element.strip_prefix("<polyline points=\"")?.split_once('"')?;
        let (x, y) = point.split_once(',').filter(|_| !point.contains(' '))?;
        let (id, _) = rest.split_once("marker-start=\"url(#")?.1.split_once(')')?;
        marks.iter().find(|mark| mark.id == id).map(|mark| mark.at(x, y))
    };
    mark().unwrap_or_else(|| element.to_owned())
}

/// Appends an element; a line that looks like the one before it becomes a part of it.
fn join(whole: &mut String, element: &str) {
    // Lines only: areas that overlap would cover each other.
    let line = |element: &str| element.starts_with("<path d=\"") && !element.contains(" fill=");
    let last = whole.rfind('<').map(|at| &whole[at..]);
    let joined = last.filter(|last| line(last) && line(element)).and_then(|last| {
        let ((_, d), (_, more)) = (last.split_once("d=\"")?, element.split_once("d=\"")?);
        let ((d, look), (more, same)) = (d.split_once('"')?, more.split_once('"')?);
        let marked = look.contains("marker");
        (look == same && !marked).then(|| format!("<path d=\"{d}{more}\"{look}"))
    });
    match (joined, whole.rfind('<')) {
        (Some(joined), Some(at)) => whole.replace_range(at.., &joined),
        _ => whole.push_str(element),
    }
}

/// One element, which the drawing has on a line of its own.
fn element(line: &str) -> String {
    let (name, is_text) = (line.split([' ', '>']).next().unwrap_or_default(), line.starts_with("<text"));
    if !["<svg", "<polyline", "<polygon", "<rect", "<text"].contains(&name) {
        return line.to_owned();
    }
    // Attributes end where the element does; words of a text stay as they are.
    let end = line.find('>').unwrap_or(line.len());
    let (mut tag, rest) = (line[..end].to_owned(), &line[end..]);
    if is_text {
        tag = tag.replace(HALO, " class=\"h\"").replace(" fill=\"#222222\"", "");
        for (anchor, class) in [("middle", "m"), ("end", "e")] {
            tag = tag.replace(&format!("{TICK} text-anchor=\"{anchor}\""), &format!(" class=\"{class}\""));
        }
        tag = shorter(&tag);
    }
    for said in SAID {
        tag = tag.replace(said, "");
    }
    for (long, short) in [("#ffffff", "#fff"), ("#222222", "#222"), ("#dddddd", "#ddd")] {
        tag = tag.replace(long, short);
    }
    match name {
        "<svg" => tag.push_str(COMMON),
        "<polyline" | "<polygon" => tag = path(&tag).unwrap_or(tag),
        _ => {}
    }
    tag + rest
}

/// A text with its place in tenths.
fn shorter(tag: &str) -> String {
    let tenths = |length: &str| {
        length.parse::<f64>().map_or_else(|_| length.to_owned(), |it| number((it * 10.0).round() as i64, 10))
    };
    [" x=\"", " y=\""].into_iter().fold(tag.to_owned(), |tag, start| {
        let Some((before, after)) = tag.split_once(start) else { return tag };
        let Some((length, rest)) = after.split_once('"') else { return tag };
        format!("{before}{start}{}\"{rest}", tenths(length))
    })
}

/// A line or a polygon as a path. A single point stays a line, since a path has no mark where it goes nowhere. `None` if the
/// points cannot be read, which leaves the element as it is.
fn path(tag: &str) -> Option<String> {
    let (before, after) = tag.split_once(" points=\"")?;
    let (points, rest) = after.split_once('"')?;
    let tenths = |text: &str| text.parse::<f64>().ok().map(|length| (length * 10.0).round() as i64);
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some((tenths(x)?, tenths(y)?))
    };
    let points: Vec<(i64, i64)> = points.split(' ').map(point).collect::<Option<_>>()?;
    let mut rest = rest.trim_end_matches('/').to_owned();
    if points.len() < 3 {
        // No point lies between the ends.
        rest = without(&rest, "marker-mid");
    }
    let [first, others @ ..] = points.as_slice() else { return None };
    if others.is_empty() {
        // Browsers differ in which end a single point is.
        return Some(format!("{before} points=\"{},{}\"{rest}/", number(first.0, 10), number(first.1, 10)));
    }
    let mut d = format!("M{} {}", number(first.0, 10), number(first.1, 10));
    let mut last = *first;
    for next in others {
        let (x, y) = (next.0 - last.0, next.1 - last.1);
        _ = match (x, y) {
            (0, y) => write!(d, "v{}", number(y, 10)),
            (x, 0) => write!(d, "h{}", number(x, 10)),
            (x, y) if y < 0 => write!(d, "l{}{}", number(x, 10), number(y, 10)),
            (x, y) => write!(d, "l{} {}", number(x, 10), number(y, 10)),
        };
        last = *next;
    }
    if before == "<polygon" {
        d.push('z');
    }
    Some(format!("<path d=\"{d}\"{rest}/"))
}

/// The attributes without one of them.
fn without(attributes: &str, name: &str) -> String {
    let start = format!(" {name}=\"");
    let Some((before, after)) = attributes.split_once(&start) else { return attributes.to_owned() };
    format!("{before}{}", after.split_once('"').map_or("", |(_, after)| after))
}

/// A number of tenths, or hundredths, as short as it can be.
fn number(parts: i64, of: i64) -> String {
    let (sign, whole, part) = (if parts < 0 { "-" } else { "" }, parts.abs() / of, parts.abs() % of);
    let digits = if of == 10 { 1 } else { 2 };
    let part = format!("{part:0digits$}");
    match (whole, part.trim_end_matches('0')) {
        (whole, "") => format!("{sign}{whole}"),
        (0, part) => format!("{sign}.{part}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paths_with_relative_coordinates() {
        let line = "<polyline points=\"10.04,20 12.55,20 12.55,18.11 14,19\" fill=\"none\" stroke=\"#dddddd\" \
                    stroke-width=\"1\" stroke-linejoin=\"round\"/>\n";
        assert_eq!(lean(line), "<path d=\"M10 20h2.6v-1.9l1.4 .9\" stroke=\"#ddd\"/>");
        let band = "<polygon points=\"0,0 10,0 10,-5\" fill=\"#0072b2\" fill-opacity=\"0.2\"/>\n";
        assert_eq!(lean(band), "<path d=\"M0 0h10v-5z\" fill=\"#0072b2\" fill-opacity=\"0.2\"/>");
    }

    #[test]
    fn errors_of_rounding_do_not_add_up() {
        let points: Vec<String> = (0..200).map(|at| format!("{:.2},0.04", f64::from(at) * 1.04)).collect();
        let drawn = lean(&format!("<polyline points=\"{}\" fill=\"none\"/>\n", points.join(" ")));
        let steps = drawn.split(" d=\"").nth(1).and_then(|d| d.split('"').next()).expect("a path");
        let steps = steps.split('h').skip(1);
        let end: f64 = steps.map(|step| step.parse::<f64>().expect("a step")).sum();
        assert!((end - 199.0 * 1.04).abs() < 0.06, "{end}");
    }

    #[test]
    fn a_mark_is_named_for_the_points_that_there_are() {
        let marks = |points: &str| {
            let marks = ["start", "mid", "end"].map(|end| format!(" marker-{end}=\"url(#a)\"")).concat();
            lean(&format!("<polyline points=\"{points}\" fill=\"none\"{marks}/>\n"))
        };
        assert_eq!(marks("1,2"), "<polyline points=\"1,2\" marker-start=\"url(#a)\" marker-end=\"url(#a)\"/>");
        assert_eq!(marks("1,2 3,3"), "<path d=\"M1 2l2 1\" marker-start=\"url(#a)\" marker-end=\"url(#a)\"/>");
        assert_eq!(marks("1,2 3,3 4,5").matches("url(#a)").count(), 3);
    }

    #[test]
    fn a_mark_that_stands_alone_is_drawn_where_it_stands() {
        let defined = "<defs><marker id=\"a\" markerUnits=\"userSpaceOnUse\" viewBox=\"-6 -6 12 12\" markerWidth=\"17\" \
                       markerHeight=\"17\"><path d=\"M-1-1h2v2h-2z\" fill=\"#222\"/></marker></defs>\n";
        let line = |points: &str| {
            format!("<polyline points=\"{points}\" fill=\"none\" marker-start=\"url(#a)\" marker-end=\"url(#a)\"/>\n")
        };
        let alone = lean(&format!("{defined}{}{}", line("1,2"), line("30.5,4")));
        let at =
            |x, y| format!("<path transform=\"translate({x} {y})scale(1.42)\" d=\"M-1-1h2v2h-2z\" fill=\"#222\"/>");
        assert_eq!(alone, format!("{}{}", at("1", "2"), at("30.5", "4")));
        let beside = lean(&format!("{defined}{}{}", line("1,2"), line("1,2 3,4")));
        assert!(
            beside.starts_with("<defs>") && beside.contains(&at("1", "2")) && beside.contains("url(#a)"),
            "{beside}"
        );
    }

    #[test]
    fn lines_that_look_the_same_are_one_path() {
        let line =
            |points: &str, colour: &str| format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\"/>\n");
        let three = [line("1,2 3,2", "#ddd"), line("1,4 3,4", "#ddd"), line("1,4 3,4", "#222")].concat();
        assert_eq!(lean(&three), "<path d=\"M1 2h2M1 4h2\" stroke=\"#ddd\"/><path d=\"M1 4h2\" stroke=\"#222\"/>");
        let marked = line("1,2 3,2", "#ddd\" marker-start=\"url(#a)\" marker-end=\"url(#a)");
        assert_eq!(lean(&format!("{marked}{marked}")).matches("<path").count(), 2);
        let areas = "<polygon points=\"0,0 9,0 9,9\" fill=\"#ddd\"/>\n";
        assert_eq!(lean(&format!("{areas}{areas}")).matches("<path").count(), 2);
    }

    #[test]
    fn words_stay_as_they_are() {
        let text = "<text x=\"6\" y=\"48.17\" font-size=\"14\" text-anchor=\"start\" fill=\"#222222\" stroke=\"#fff\" \
                    stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">a fill=\"none\" b</text>\n";
        assert_eq!(lean(text), "<text x=\"6\" y=\"48.2\" class=\"h\">a fill=\"none\" b</text>");
        let tick = "<text x=\"61.44\" y=\"0.04\" font-size=\"13\" text-anchor=\"end\" fill=\"#222222\">0</text>\n";
        assert_eq!(lean(tick), "<text x=\"61.4\" y=\"0\" class=\"e\">0</text>");
    }
}
