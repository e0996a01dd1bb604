//! No secret leaves the redactor, in whatever form and however the stream was cut.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use gonogo::text::redact::Redactor;
use proptest::prelude::*;

use crate::support::secrets::secrets;

/// Secrets with everything that an encoder treats in its own way.
const SECRETS: [(&str, &str); 6] = [
    ("TOKEN", "s3cr3t+/=v4lue"),
    ("QUOTED", "it's \"a\" $word \\ `x` %41&<é>"),
    ("KEY", "-----BEGIN KEY-----\nAbC/+123\n\n\tü🔑end\n-----END KEY-----"),
    ("PLAIN", "hunter2hunter2"),
    ("ZEROS", "\u{1}\u{1b}[31mred\u{7f}key"),
    ("REPEAT", "abababab"),
];

fn redactor() -> Redactor {
    Redactor::new(SECRETS)
}

/// Redacts `stream`, cut before each of these places.
fn redact(redactor: &Redactor, stream: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut redacting = redactor.stream();
    let mut out = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain([stream.len()]) {
        redacting.push(&stream[from..cut], &mut out);
        from = cut;
    }
    redacting.finish(&mut out);
    out
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn percent(value: &str, upper: bool, all: bool) -> String {
    let plain = |b: u8| !all && (b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    value
        .bytes()
        .map(|b| match b {
            b if plain(b) => char::from(b).to_string(),
            b if upper => format!("%{b:02X}"),
            b => format!("%{b:02x}"),
        })
        .collect()
}

/// JSON with every character that is not ASCII escaped, as Python's `json.dumps` does; `all` escapes ASCII, too.
fn json(value: &str, all: bool) -> String {
    let escape = |c: char| -> String {
        c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    value
        .chars()
        .map(|c| match c {
            _ if all => escape(c),
            '"' | '\\' | '/' => format!("\\{c}"),
            '\n' => "\\n".to_owned(),
            '\t' => "\\t".to_owned(),
            c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
            c => escape(c),
        })
        .collect()
}

/// What bash's `printf %q` prints where nothing wants `$'…'`.
fn backslashes(value: &str) -> String {
    value.chars().flat_map(|c| [(!c.is_alphanumeric()).then_some('\\'), Some(c)]).flatten().collect()
}

/// `$'…'` as bash prints it, everything that is not graphic ASCII in octal digits.
fn ansi_c(value: &str) -> String {
    let byte = |b: u8| match b {
        b'\'' | b'\\' => format!("\\{}", char::from(b)),
        b'\n' => "\\n".to_owned(),
        0x1b => "\\E".to_owned(),
        b if b.is_ascii_graphic() || b == b' ' => char::from(b).to_string(),
        b => format!("\\{b:03o}"),
    };
    value.bytes().map(byte).collect()
}

fn double_quoted(value: &str) -> String {
    value.chars().flat_map(|c| ["\"$`\\".contains(c).then_some('\\'), Some(c)]).flatten().collect()
}

/// Breaks base64 as base64(1) does.
fn wrapped(encoded: &str, line_end: &str) -> String {
    let bytes = encoded.as_bytes();
    bytes.chunks(76).map(text).collect::<Vec<_>>().join(line_end)
}

/// Every way to write `value` that the redactor knows, with a name for it.
pub fn forms(value: &str) -> Vec<(String, String)> {
    let mut forms: Vec<(String, String)> = [
        ("plain", value.to_owned()),
        ("crlf", value.replace('\n', "\r\n")),
        ("percent", percent(value, true, false)),
        ("percent lower", percent(value, false, false)),
        ("percent all", percent(value, true, true)),
        ("form", percent(value, true, false).replace("%20", "+")),
        ("json", json(value, false)),
        ("json all", json(value, true)),
        ("single quotes", value.replace('\'', "'\\''")),
        ("python quotes", value.replace('\'', "'\"'\"'")),
        ("double quotes", double_quoted(value)),
        ("printf %q", backslashes(value)),
        ("ansi c", ansi_c(value)),
    ]
    .map(|(name, form)| (name.to_owned(), form))
    .to_vec();
    for before in ["", "u", "u:"] {
        for after in ["", "z", "\n"] {
            let whole = format!("{before}{value}{after}");
            for (name, engine) in [
                ("base64", &STANDARD),
                ("base64 bare", &STANDARD_NO_PAD),
                ("base64 url", &URL_SAFE),
                ("base64 url bare", &URL_SAFE_NO_PAD),
            ] {
                forms.push((format!("{name} {before}{after}"), engine.encode(&whole)));
            }
        }
    }
    // Far inside of something larger, where its lines are broken.
    let deep = format!("{}{value}{}", "configuration = ".repeat(3), " and more of it".repeat(4));
    forms.push(("base64 lines".to_owned(), wrapped(&STANDARD.encode(&deep), "\n")));
    forms.push(("base64 terminal lines".to_owned(), wrapped(&STANDARD.encode(&deep), "\r\n")));
    forms.push(("base64 indented".to_owned(), wrapped(&STANDARD.encode(&deep), "\n    ")));
    forms
}

/// What a form becomes: what stands around it in base64 shares a character with it, so only the mark is looked for.
fn is_base64(name: &str) -> bool {
    name.starts_with("base64")
}

#[test]
fn each_form_of_each_secret_is_replaced_at_every_split() {
    let redactor = redactor();
    for (name, value) in SECRETS {
        for (form, encoded) in forms(value) {
            let stream = format!("before <{encoded}> after");
            let whole = text(&redact(&redactor, stream.as_bytes(), &[]));
            let mark = format!("[secret {name}]");
            assert_eq!(whole.matches(&mark).count(), 1, "{form} of {name}: {whole}");
            if !is_base64(&form) {
                assert_eq!(whole, format!("before <{mark}> after"), "{form} of {name}");
            }
            for cut in 0..=stream.len() {
                let parts = text(&redact(&redactor, stream.as_bytes(), &[cut]));
                assert_eq!(parts, whole, "{form} of {name} cut at {cut}");
            }
            let every: Vec<usize> = (0..stream.len()).collect();
            assert_eq!(text(&redact(&redactor, stream.as_bytes(), &every)), whole, "{form} of {name}");
        }
    }
}

/// The sixty-four of the test of all places, in the five encodings that it prints.
#[test]
fn sixty_four_secrets_in_five_encodings_are_replaced_at_every_split() {
    let secrets = secrets();
    let redactor = Redactor::new(secrets.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let mut splits = 0;
    for (name, value) in &secrets {
        for (form, encoded) in [
            ("plain", value.clone()),
            ("base64", STANDARD.encode(format!("user:{value}"))),
            ("percent", percent(value, true, true)),
            ("json", json(value, false)),
            ("shell", value.replace('\'', "'\\''")),
        ] {
            let stream = format!("<{encoded}>");
            let whole = text(&redact(&redactor, stream.as_bytes(), &[]));
            assert_eq!(whole.matches(&format!("[secret {name}]")).count(), 1, "{form} of {name}: {whole}");
            assert!(!whole.contains(value.trim()) && !whole.contains(&encoded), "{form} of {name}: {whole}");
            for cut in 1..stream.len() {
                let parts = text(&redact(&redactor, stream.as_bytes(), &[cut]));
                assert_eq!(parts, whole, "{form} of {name} cut at {cut}");
                splits += 1;
            }
        }
    }
    assert!(splits > 12_000, "{splits}");
}

#[test]
fn what_is_left_of_base64_tells_nothing_of_the_secret() {
    let redactor = redactor();
    for before in ["", "u", "u:", "usr"] {
        for after in ["", "z", "zz", "zzz"] {
            let stream = STANDARD.encode(format!("{before}hunter2hunter2{after}"));
            let out = text(&redactor.text(&stream).into_bytes());
            let (left, right) = out.split_once("[secret PLAIN]").expect("one mark");
            // A character that holds bits of both is gone, so that what is left is the same for every secret.
            let other = STANDARD.encode(format!("{before}\u{1}unter2hunter\u{7e}{after}"));
            assert!(other.starts_with(left) && other.ends_with(right), "{stream} became {out}");
        }
    }
}

#[test]
fn secrets_next_to_each_other_and_overlapping_are_replaced_at_every_split() {
    let redactor =
        Redactor::new([("A", "alphabet-soup"), ("B", "soup-kitchen"), ("C", "bet-soup"), ("D", "12121212")]);
    for (stream, expected) in [
        ("alphabet-soupalphabet-soup", "[secret A][secret A]"),
        ("xalphabet-soup-kitcheny", "x[secret A]y"),
        ("bet-soup-kitchen", "[secret C]"),
        ("soup-kitchensoup-kitchen!", "[secret B][secret B]!"),
        ("112121212121212", "1[secret D]"),
        ("121212121 1212121", "[secret D]1 1212121"),
        ("alphabet-sou", "alphabet-sou"),
        ("alphabet-alphabet-soup", "alphabet-[secret A]"),
        ("alphabet-sou\npalphabet-soup", "alphabet-sou\np[secret A]"),
        ("\"alphabet\\u002dsoup-kitchen\"", "\"[secret A]\""),
        ("alphabet%2Dsoup%2dkitchen", "[secret A]"),
    ] {
        for cut in 0..=stream.len() {
            for second in cut..=stream.len() {
                let out = text(&redact(&redactor, stream.as_bytes(), &[cut, second]));
                assert_eq!(out, expected, "{stream} cut at {cut} and {second}");
            }
        }
    }
}

#[test]
fn what_begins_like_a_secret_and_is_none_stays() {
    let redactor = redactor();
    for stream in [
        "s3cr3t+/=v4lu, s3cr3t+/=v4luE",
        "100% done\\",
        "%4 %4g %%41 \\u12 \\ud83d \\ud83d\\n \\x \\xg \\7",
        "'\\' '\"' '\"'\" '\\''",
        "aHVudGVyMmh1bnRlcg==",
        "-----BEGIN KEY-----\r\nAbC",
        "\u{feff}\0\r\r\n",
    ] {
        for cut in 0..=stream.len() {
            assert_eq!(text(&redact(&redactor, stream.as_bytes(), &[cut])), stream, "cut at {cut}");
        }
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    assert_eq!(redact(&redactor, &bytes, &[17, 300]), bytes);
}

#[test]
fn white_space_that_shells_drop_does_not_hide_a_secret() {
    let redactor = Redactor::new([("KEY", "one line of it\n"), ("SHORT", "  1234567\n")]);
    assert_eq!(redactor.text("<one line of it>"), "<[secret KEY]>");
    // Too little would be left without it.
    assert_eq!(redactor.text("1234567 <  1234567\n>"), "1234567 <[secret SHORT]>");
}

#[test]
fn no_more_is_held_back_than_may_become_a_secret() {
    let redactor = redactor();
    let mut stream = redactor.stream();
    let mut out = Vec::new();
    stream.push(b"Deploy now? [y/N] ", &mut out);
    assert_eq!(text(&out), "Deploy now? [y/N] ");
    stream.push(b"hunter2", &mut out);
    assert_eq!(text(&out), "Deploy now? [y/N] ");
    stream.push(b"!", &mut out);
    assert_eq!(text(&out), "Deploy now? [y/N] hunter2!");
    // An endless chain of overlapping places is not kept in memory: what is certain comes out at once.
    out.clear();
    for _ in 0..10_000 {
        stream.push(b"ab", &mut out);
    }
    assert_eq!(text(&out), "[secret REPEAT]");
    stream.finish(&mut out);
    assert_eq!(text(&out), "[secret REPEAT]");
}

#[test]
fn what_a_shell_prints_of_a_secret_is_redacted() {
    const SCRIPT: &str = r#"printf '%q\n' "$V"; echo "${V@Q}"; declare -p V; set -x; : "$V"; set +x
        printf %s "$V" | base64; printf 'x%s' "$V" | base64 -w0; printf 'xy%s' "$V" | base64 -w20"#;
    let redactor = redactor();
    for (name, value) in SECRETS {
        let run = std::process::Command::new("bash").args(["-c", SCRIPT]).env("V", value).output();
        let Ok(run) = run else { return };
        let printed = [run.stdout, run.stderr].concat();
        let out = text(&redact(&redactor, &printed, &[]));
        assert_eq!(
            out.matches(&format!("[secret {name}]")).count(),
            7,
            "{name}: {} became {out}",
            text(&printed)
        );
    }
}

#[test]
fn a_redactor_shows_no_secret_of_its_own() {
    let shown = format!("{:?}", redactor());
    assert!(shown.contains("TOKEN") && SECRETS.iter().all(|(_, value)| !shown.contains(value)), "{shown}");
    assert_eq!(Redactor::new([("A\u{1b}[2J", "12345678")]).text("12345678"), "[secret A␛[2J]");
    assert!(Redactor::new([]).is_empty());
    assert_eq!(Redactor::new([]).text("as it is \\u0041"), "as it is \\u0041");
}

/// Pieces from which streams are made that are full of beginnings, ends and halves.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let secret =
        (0..SECRETS.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>());
    prop_oneof![
        2 => secret.prop_map(|(secret, form, cut, whole)| {
            let forms = forms(SECRETS[secret].1);
            let form = forms[form.index(forms.len())].1.clone().into_bytes();
            let end = if whole { form.len() } else { cut.index(form.len()) };
            form[..end].to_vec()
        }),
        1 => prop::collection::vec(any::<u8>(), 0..12),
        1 => "[ab%\\\\u'\"+=\r\n]{0,6}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn cuts_change_nothing_and_no_form_survives(
        pieces in prop::collection::vec(piece(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let redactor = redactor();
        let stream = pieces.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = redact(&redactor, &stream, &[]);
        prop_assert_eq!(&redact(&redactor, &stream, &cuts), &whole);
        for (name, value) in SECRETS {
            let found = whole.windows(value.len()).any(|window| window == value.as_bytes());
            prop_assert!(!found, "{} is left", name);
        }
    }
}
