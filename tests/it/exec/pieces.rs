//! The pure pieces: control lines at every cut, chunks under every rule, quoting, values.

use gonogo::exec::wrapper::{Piece, Splitter, quote};
use proptest::prelude::*;

const NONCE: &str = "00112233445566778899aabbccddeeff";

/// Splits `stream`, cut into pieces of these lengths, into data and control lines.
fn split(stream: &[u8], cuts: impl IntoIterator<Item = usize>) -> (Vec<u8>, Vec<String>) {
    let mut splitter = Splitter::new(NONCE);
    let (mut data, mut lines) = (Vec::new(), Vec::new());
    let mut rest = stream;
    let mut feed = |part: &[u8]| {
        splitter.push(part, |piece| match piece {
            Piece::Data(bytes) => data.extend_from_slice(bytes),
            Piece::Control(line) => lines.push(line.to_owned()),
        });
    };
    for cut in cuts {
        let (part, after) = rest.split_at(cut.min(rest.len()));
        feed(part);
        rest = after;
    }
    feed(rest);
    data.extend(splitter.finish());
    (data, lines)
}

fn sample() -> Vec<u8> {
    let line = |text: &str| format!("::gonogo:{NONCE}:{text}\n");
    [
        "motd".to_owned(),
        line("begin 12 34"),
        "abc::gonogo:".to_owned(),
        ":::gonogo:0011:".to_owned(),
        line("end 0 1").replace('\n', "\r\n"),
        format!("::gonogo:{}", &NONCE[..20]),
        line("x"),
        "tail::gono".to_owned(),
    ]
    .concat()
    .into_bytes()
}

#[test]
fn control_lines_are_found_at_every_cut() {
    let stream = sample();
    let whole = split(&stream, []);
    assert_eq!(whole.1, ["begin 12 34", "end 0 1", "x"]);
    let data = format!("motdabc::gonogo::::gonogo:0011:::gonogo:{}tail::gono", &NONCE[..20]);
    assert_eq!(String::from_utf8_lossy(&whole.0), data);
    for at in 0..=stream.len() {
        assert_eq!(split(&stream, [at]), whole, "cut at {at}");
        for then in 0..=(stream.len() - at).min(60) {
            assert_eq!(split(&stream, [at, then]), whole, "cut at {at} and {then} later");
        }
    }
    assert_eq!(split(&stream, std::iter::repeat_n(1, stream.len())), whole, "byte by byte");
}

#[test]
fn a_line_without_end_is_output_in_the_end() {
    let endless = format!("::gonogo:{NONCE}:{}", "x".repeat(20_000));
    let (data, lines) = split(endless.as_bytes(), std::iter::repeat_n(1000, 30));
    assert_eq!((data, lines), (endless.into_bytes(), Vec::new()));
    let unfinished = format!("a::gonogo:{NONCE}:end 0");
    assert_eq!(split(unfinished.as_bytes(), []).0, unfinished.into_bytes());
}

proptest! {
    #[test]
    fn data_is_never_changed(parts in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b':'), Just(b'g'), Just(b'\n'), any::<u8>()], 0..40), 0..8)) {
        let stream = parts.concat();
        let (data, lines) = split(&stream, parts.iter().map(Vec::len));
        prop_assert_eq!(data, stream);
        prop_assert!(lines.is_empty());
    }

    #[test]
    fn quoting_is_read_back_by_a_shell(text in "[^\0]{0,60}") {
        let script = format!("printf %s {}", quote(&text));
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().expect("a shell");
        prop_assert_eq!(String::from_utf8_lossy(&output.stdout).into_owned(), text);
    }
}
