//! Layout of text: approximate widths, line breaks, and label positions without overlap.

/// Line spacing, as a multiple of the font size.
pub(super) const LEADING: f64 = 1.25;

/// Approximate width of a text of a size.
///
/// The browser chooses the font, so the widths are those of wide fonts (Verdana, DejaVu Sans): Arial's plus 18 %.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let thousandths: f64 = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | '\'' | '|' => 222.0,
            ' ' | '\u{a0}' | 'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '!' | '/' => 278.0,
            'r' | '-' | '(' | ')' | '[' | ']' => 333.0,
            'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 500.0,
            'm' | 'M' | '%' => 860.0,
            'w' | 'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'R' | 'U' => 740.0,
            '+' | '=' | '−' | '±' | '<' | '>' | '≥' | '≤' => 720.0,
            'W' | '—' | '→' | '←' | '…' => 1000.0,
            _ if letter.is_uppercase() => 667.0,
            _ if u32::from(letter) >= 0x2e80 => 1000.0,
            _ => 556.0,
        })
        .sum();
    thousandths * size * 1.18 / 1000.0
}

/// Width of the widest of some texts.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, size: f64) -> f64 {
    texts.into_iter().map(|text| width(text, size)).fold(0.0, f64::max)
}

/// Breaks a text at its spaces into lines no wider than `most`; a word that is much too long is broken inside.
pub(super) fn wrap(text: &str, size: f64, most: f64) -> Vec<String> {
    // A currency or percent sign stays with its number.
    let text = text.replace("€ ", "€\u{a0}").replace(" %", "\u{a0}%");
    let mut lines = vec![String::new()];
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let mut pieces = pieces(word, size, most).into_iter().peekable();
        let Some(first) = pieces.next() else { continue };
        let joined = match lines.last() {
            Some(line) if !line.is_empty() => format!("{line} {first}"),
            _ => first.clone(),
        };
        match lines.last_mut() {
            Some(line) if line.is_empty() || (width(&joined, size) <= most && pieces.peek().is_none()) => {
                *line = joined
            }
            _ => lines.push(first),
        }
        lines.extend(pieces);
    }
    lines
}

/// A word in pieces of similar length no wider than `most`, all but the last with a hyphen; whole when it nearly fits.
fn pieces(word: &str, size: f64, most: f64) -> Vec<String> {
    let wide = width(word, size);
    let letters: Vec<char> = word.chars().collect();
    if wide <= most * 1.15 {
        return vec![word.into()];
    }
    let mut count = ((wide / most).ceil().max(2.0) as usize).min(letters.len());
    loop {
        let mut pieces: Vec<String> =
            letters.chunks(letters.len().div_ceil(count.max(1)).max(1)).map(String::from_iter).collect();
        let last = pieces.len().saturating_sub(1);
        pieces.iter_mut().take(last).for_each(|piece| piece.push('-'));
        if widest(pieces.iter().map(String::as_str), size) <= most || count >= letters.len() {
            return pieces;
        }
        count += 1;
    }
}

/// Height of a number of lines.
pub(super) fn height(lines: usize, size: f64) -> f64 {
    lines as f64 * size * LEADING
}

/// Vertical centres for labels of given heights whose preferred positions are `wanted`: in the same order, without
/// overlap, as close to the preferred positions as possible, and between `top` and `bottom` (below it only when there
/// are too many).
pub(super) fn spread(wanted: &[f64], heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len().min(heights.len())).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let total: f64 = heights.iter().sum();
    // After subtracting the heights above, touching labels coincide in one point. What remains is to keep the order,
    // and the closest such positions are the means of overlapping blocks (isotonic regression).
    let mut blocks: Vec<(f64, usize)> = vec![];
    let mut above = 0.0;
    let mut offsets = vec![];
    for label in &order {
        offsets.push(above + heights[*label] / 2.0);
        let mut block = (wanted[*label] - above - heights[*label] / 2.0, 1);
        while let Some((sum, count)) = blocks.pop_if(|(sum, count)| *sum / *count as f64 > block.0 / block.1 as f64) {
            block = (block.0 + sum, block.1 + count);
        }
        blocks.push(block);
        above += heights[*label];
    }
    let places = blocks.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    let mut centres = wanted.to_vec();
    for ((label, offset), place) in order.iter().zip(offsets).zip(places) {
        centres[*label] = place.min(bottom - total).max(top) + offset;
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_clear_of_each_other_and_stay_within() {
        let wanted = [50.0, 50.0, 52.0, 300.0, 0.0, 999.0];
        let heights = [20.0, 40.0, 20.0, 20.0, 20.0, 20.0];
        let centres = spread(&wanted, &heights, 10.0, 400.0);
        let mut spans: Vec<(f64, f64)> = centres
            .iter()
            .zip(heights)
            .map(|(centre, height)| (centre - height / 2.0, centre + height / 2.0))
            .collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 1e-9));
        assert!(spans[0].0 >= 10.0 && spans[5].1 <= 400.0);
        assert_eq!(centres[3], 300.0);
        assert!(spread(&[], &[], 0.0, 1.0).is_empty());
    }

    #[test]
    fn lines_break_at_spaces_and_words_where_they_must() {
        let text = "begeleiding van kinderen in de opvang";
        let lines = wrap(text, 14.0, 150.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 14.0) <= 150.0));
        assert_eq!(lines.join(" "), text);
        let pieces = wrap("de huiselijkgeweldbestrijdingscoördinator", 14.0, 120.0);
        assert!(pieces.iter().all(|line| width(line, 14.0) <= 120.0));
        assert_eq!(wrap("prijs van € 900", 14.0, 75.0), ["prijs van", "€\u{a0}900"]);
    }
}
