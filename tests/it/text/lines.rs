//! Terminal bytes become lines: what is kept, what is dropped, bounded memory, and independence of chunk borders.

use gonogo::text::lines::{LINE_LIMIT, LineReader, read_all};
use gonogo::text::style::{Colour, Line, Span, Style};
use proptest::prelude::*;

fn plain(bytes: &[u8]) -> Vec<String> {
    read_all(bytes).iter().map(Line::plain).collect()
}

#[test]
fn the_line_a_terminal_would_show_is_kept() {
    assert_eq!(plain(b"one\ntwo\r\nthree"), ["one", "two", "three"]);
    assert_eq!(plain(b"10%\r 50%\r100%\n"), ["100%"]);
    assert_eq!(plain(b"downloading\r\x1b[Kdone\n"), ["done"]);
    assert_eq!(plain(b"abc\x1b[1G\x1b[2Kx\n"), ["x"]);
    assert_eq!(plain(b"abc\x08\x08X\n"), ["aXc"]);
    assert_eq!(plain(b"a\tb\n"), ["a       b"]);
    assert_eq!(plain("e\u{301}本\rX\n".as_bytes()), ["X本"]);
    assert_eq!(plain("本\r\u{8}x\n".as_bytes()), ["x "]);
    assert_eq!(plain(b"\n\n"), ["", ""]);
    assert_eq!(plain(b""), Vec::<String>::new());
}

#[test]
fn sequences_that_attack_a_terminal_are_dropped() {
    let attacks: [&[u8]; 9] = [
        b"\x1b]52;c;ZXZpbA==\x07",
        b"\x1b]0;title\x1b\\",
        b"\x1b[2J\x1b[H",
        b"\x1b[6n",
        b"\x1bP+q544e\x1b\\",
        b"\x1bc",
        b"\x1b[?1049h",
        b"\x1b_Gf=100;AAAA\x1b\\",
        b"\x07\x0e\x0f",
    ];
    for attack in attacks {
        let bytes = [b"a".as_slice(), attack, b"b\n"].concat();
        assert_eq!(plain(&bytes), ["ab"], "{attack:?}");
    }
    assert_eq!(plain("a\u{202e}b\u{200b}\n".as_bytes()), ["a⟨U+202E⟩b⟨U+200B⟩"]);
    assert_eq!(plain(b"\xff\xfeok\n"), ["\u{fffd}\u{fffd}ok"]);
}

#[test]
fn colours_and_attributes_are_kept() {
    let lines = read_all(b"\x1b[1;31mFAIL\x1b[0m ok\x1b[38;5;208mo\x1b[48;2;1;2;3mr\x1b[4:3mu\x1b[m\n");
    let style = |style: Style| style;
    let orange = Style { fg: Some(Colour::Indexed(208)), ..Style::default() };
    let on = Style { bg: Some(Colour::Rgb(1, 2, 3)), ..orange };
    let expected = [
        ("FAIL", style(Style { fg: Some(Colour::Indexed(1)), bold: true, ..Style::default() })),
        (" ok", Style::default()),
        ("o", orange),
        ("r", on),
        ("u", Style { underline: true, ..on }),
    ];
    let spans = expected.map(|(text, style)| Span { text: text.to_owned(), style });
    assert_eq!(lines, [Line { spans: spans.to_vec(), cut: false }]);
}

#[test]
fn an_endless_line_is_cut_and_said_so() {
    let mut bytes = vec![b'x'; 3 * LINE_LIMIT];
    bytes.extend_from_slice(b"\nnext\n");
    let lines = read_all(&bytes);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].cut && lines[0].plain().len() == LINE_LIMIT);
    assert!(!lines[1].cut);
    // Tabs, marks and cursor positions cannot get around the limit.
    for hostile in
        ["\t".repeat(100_000), "e".to_owned() + &"\u{301}".repeat(100_000), "\x1b[65535Gx".repeat(1_000)]
    {
        let line = read_all(hostile.as_bytes());
        assert!(line[0].plain().len() <= LINE_LIMIT + 8, "{}", line[0].plain().len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_split_gives_the_same_lines(
        bytes in proptest::collection::vec(prop_oneof![
            8 => any::<u8>().prop_map(|b| vec![b]),
            4 => prop_oneof![Just("本"), Just("e\u{301}"), Just("\u{202e}"), Just("\u{1f600}")].prop_map(|s| s.as_bytes().to_vec()),
            4 => prop_oneof![Just("\x1b[31m"), Just("\x1b[K"), Just("\r"), Just("\n"), Just("\x1b]0;x\x07"), Just("\x08"), Just("\t"), Just("\x1b[3G")]
                .prop_map(|s| s.as_bytes().to_vec()),
        ], 0..60).prop_map(|parts| parts.concat()),
        cuts in proptest::collection::vec(0usize..200, 0..6),
    ) {
        let whole = read_all(&bytes);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut reader = LineReader::new();
        let mut lines = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().chain([bytes.len()]) {
            lines.extend(reader.feed(&bytes[from..to]));
            from = to;
        }
        lines.extend(reader.finish());
        prop_assert_eq!(lines, whole);
    }

    #[test]
    fn no_control_character_reaches_a_line(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for line in read_all(&bytes) {
            prop_assert!(!line.plain().chars().any(char::is_control));
        }
    }
}
