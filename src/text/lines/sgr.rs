//! Select Graphic Rendition (ECMA-48 8.3.117, ISO 8613-6 colours): parameters change a style; pure.

use vte::Params;

use crate::text::style::{Colour, Style};

/// Applies the parameters of one `CSI … m` to `style`; what it does not know changes nothing.
pub fn apply(style: &mut Style, params: &Params) {
    let mut groups = params.iter();
    while let Some(group) = groups.next() {
        let code = group.first().copied().unwrap_or(0);
        match code {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            // 4:0 is the sub-parameter form of "not underlined".
            4 => style.underline = group.get(1) != Some(&0),
            7 => style.reversed = true,
            9 => style.crossed = true,
            21 => style.underline = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.reversed = false,
            29 => style.crossed = false,
            30..=37 => style.fg = indexed(code - 30),
            39 => style.fg = None,
            40..=47 => style.bg = indexed(code - 40),
            49 => style.bg = None,
            90..=97 => style.fg = indexed(code - 90 + 8),
            100..=107 => style.bg = indexed(code - 100 + 8),
            38 | 48 => {
                let colour = extended(group, || groups.next().and_then(|g| g.first().copied()));
                if let Some(colour) = colour {
                    *(if code == 38 { &mut style.fg } else { &mut style.bg }) = Some(colour);
                }
            }
            _ => {}
        }
    }
}

fn indexed(code: u16) -> Option<Colour> {
    u8::try_from(code).ok().map(Colour::Indexed)
}

/// Reads `38;5;n` and `38;2;r;g;b` through `next`, or their sub-parameter forms `38:5:n`, `38:2:r:g:b` and
/// `38:2:space:r:g:b` from `group`.
fn extended(group: &[u16], mut next: impl FnMut() -> Option<u16>) -> Option<Colour> {
    let byte = |n: Option<u16>| n.and_then(|n| u8::try_from(n).ok());
    match group {
        [_] => match next()? {
            5 => byte(next()).map(Colour::Indexed),
            2 => {
                let (r, g, b) = (next(), next(), next());
                Some(Colour::Rgb(byte(r)?, byte(g)?, byte(b)?))
            }
            _ => None,
        },
        [_, 5, n, ..] => byte(Some(*n)).map(Colour::Indexed),
        [_, 2, r, g, b] | [_, 2, _, r, g, b, ..] => {
            Some(Colour::Rgb(byte(Some(*r))?, byte(Some(*g))?, byte(Some(*b))?))
        }
        _ => None,
    }
}
