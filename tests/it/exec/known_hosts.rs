//! `known_hosts` files: what trusts, what does not, and that ssh agrees where both must.

use gonogo::exec::known_hosts::{KnownHostsFile, Verdict, check, recorded_types};
use proptest::prelude::*;

/// Two ed25519 keys and an RSA one, made for these tests; no private half exists.
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const OTHER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const RSA: &str = "AAAAB3NzaC1yc2EAAAADAQABAAAAAQE=";

/// What is expected; lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Trusted(usize),
    Unknown,
    Changed(usize),
    Revoked(usize),
}

fn blob(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).expect("base64")
}

fn judge(text: &str, host: &str, port: u16) -> Is {
    let file = KnownHostsFile { name: "kh".to_owned(), text: text.to_owned() };
    match check(&[file], host, port, "ssh-ed25519", &blob(KEY)) {
        Verdict::Trusted { line, .. } => Is::Trusted(line),
        Verdict::Unknown { .. } => Is::Unknown,
        Verdict::Changed { line, .. } => Is::Changed(line),
        Verdict::Revoked { line, .. } => Is::Revoked(line),
    }
}

/// Name of the case, the file (K, O, R stand for keys), host, port, verdict.
type Case = (&'static str, &'static str, &'static str, u16, Is);

const CASES: &[Case] = &[
    ("plain", "h.example.net ssh-ed25519 K", "h.example.net", 22, Is::Trusted(1)),
    ("upper case in the file", "H.Example.NET ssh-ed25519 K", "h.example.net", 22, Is::Trusted(1)),
    ("upper case asked for", "h.example.net ssh-ed25519 K", "H.EXAMPLE.net", 22, Is::Trusted(1)),
    ("a comment behind the key", "h ssh-ed25519 K omar@desk # x", "h", 22, Is::Trusted(1)),
    ("comments and empty lines count", "# one\n\n  # three\nh ssh-ed25519 K", "h", 22, Is::Trusted(4)),
    ("CRLF", "# x\r\nh ssh-ed25519 K\r\n", "h", 22, Is::Trusted(2)),
    ("tabs and leading blanks", " \th\tssh-ed25519\t\tK\t", "h", 22, Is::Trusted(1)),
    ("no newline at the end", "x ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("a list of names", "a,h,192.0.2.7 ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("an address", "a,192.0.2.7 ssh-ed25519 K", "192.0.2.7", 22, Is::Trusted(1)),
    ("a port", "[h]:2222 ssh-ed25519 K", "h", 2222, Is::Trusted(1)),
    ("a port, another asked for", "[h]:2222 ssh-ed25519 K", "h", 2223, Is::Unknown),
    ("a port, the usual asked for", "[h]:2222 ssh-ed25519 K", "h", 22, Is::Unknown),
    ("the usual port in brackets is never written", "[h]:22 ssh-ed25519 K", "h", 22, Is::Unknown),
    ("without port, asked for with one", "h ssh-ed25519 K", "h", 2222, Is::Trusted(1)),
    ("without port another key, asked for with one", "h ssh-ed25519 O", "h", 2222, Is::Unknown),
    (
        "with port another key, without port this",
        "[h]:2222 ssh-ed25519 O\nh ssh-ed25519 K",
        "h",
        2222,
        Is::Changed(1),
    ),
    (
        "with port another type, without port this",
        "[h]:2222 ssh-rsa R\nh ssh-ed25519 K",
        "h",
        2222,
        Is::Trusted(2),
    ),
    ("IPv6 with a port", "[2001:db8::1]:2222 ssh-ed25519 K", "2001:db8::1", 2222, Is::Trusted(1)),
    ("another name", "hh ssh-ed25519 K", "h", 22, Is::Unknown),
    ("an empty file", "", "h", 22, Is::Unknown),
    ("a changed key", "h ssh-ed25519 O", "h", 22, Is::Changed(1)),
    ("two keys of a type, the second right", "h ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("another type only", "h ssh-rsa R", "h", 22, Is::Unknown),
    ("the type contradicts the key", "h ssh-rsa K", "h", 22, Is::Unknown),
    ("revoked", "@revoked h ssh-ed25519 K", "h", 22, Is::Revoked(1)),
    ("revoked after it was trusted", "h ssh-ed25519 K\n@revoked h ssh-ed25519 K", "h", 22, Is::Revoked(2)),
    ("revoked for all", "h ssh-ed25519 K\n@revoked * ssh-ed25519 K", "h", 22, Is::Revoked(2)),
    ("revoked by a pattern", "h.b ssh-ed25519 K\n@revoked ?.* ssh-ed25519 K", "h.b", 22, Is::Revoked(2)),
    ("revoked for another host", "h ssh-ed25519 K\n@revoked x ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("another key revoked", "h ssh-ed25519 K\n@revoked * ssh-ed25519 O", "h", 22, Is::Trusted(1)),
    (
        "revoked without port, asked for with one",
        "[h]:2222 ssh-ed25519 K\n@revoked h ssh-ed25519 K",
        "h",
        2222,
        Is::Revoked(2),
    ),
    (
        "revoked in a list with a negation",
        "h ssh-ed25519 K\n@revoked !x,* ssh-ed25519 K",
        "h",
        22,
        Is::Revoked(2),
    ),
    ("an authority never trusts", "@cert-authority h ssh-ed25519 K", "h", 22, Is::Unknown),
    (
        "an authority changes nothing",
        "@cert-authority * ssh-ed25519 O\nh ssh-ed25519 K",
        "h",
        22,
        Is::Trusted(2),
    ),
    ("an unknown marker never trusts", "@new h ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a wildcard never trusts", "* ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a wildcard never changes", "* ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("a name beside a wildcard", "*.example.net,h ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("a negation never trusts", "!x,h ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a negated name", "!h,* ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a malformed key on the host's line", "h ssh-ed25519 AAAA!\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("a cut key", "h ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "h", 22, Is::Unknown),
    ("a cut line", "h ssh-ed25519", "h", 22, Is::Unknown),
    ("a name alone", "h", "h", 22, Is::Unknown),
    ("a marker alone", "@revoked", "h", 22, Is::Unknown),
    (
        "hashed",
        "|1|c2FsdHNhbHRzYWx0c2FsdDAx|M5o4H0OTkMyEF98kn3AtUzxEQ2g= ssh-ed25519 K",
        "h",
        22,
        Is::Unknown,
    ),
    ("a hash of another kind", "|2|AAAA|AAAA ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a cut hash", "|1|c2FsdA== ssh-ed25519 K", "h", 22, Is::Unknown),
    ("an old line with three numbers", "h 1024 35 1234567", "h", 22, Is::Unknown),
    ("zero bytes", "h\0 ssh-ed25519 K", "h", 22, Is::Unknown),
];

fn text(template: &str) -> String {
    let word = |word: &str| match word {
        "K" => KEY.to_owned(),
        "O" => OTHER.to_owned(),
        "R" => RSA.to_owned(),
        other => other.to_owned(),
    };
    // Only whole words stand for keys.
    let mut out = String::new();
    let mut rest = template;
    while let Some(end) = rest.find([' ', '\t', '\r', '\n']) {
        out += &word(&rest[..end]);
        out += &rest[end..=end];
        rest = &rest[end + 1..];
    }
    out + &word(rest)
}

#[test]
fn every_case_is_judged_as_the_table_says() {
    for (name, file, host, port, expected) in CASES {
        assert_eq!(judge(&text(file), host, *port), *expected, "{name}");
    }
}

/// Returns the hashed form of a name, as `ssh-keygen -H` writes it.
fn hashed(name: &str) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit, Mac};
    let salt = [7_u8; 20];
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(&salt).expect("any key");
    mac.update(name.as_bytes());
    let base64 = base64::engine::general_purpose::STANDARD;
    format!("|1|{}|{}", base64.encode(salt), base64.encode(mac.finalize().into_bytes()))
}

#[test]
fn hashed_names_trust_change_and_revoke_like_plain_ones() {
    let line = |name: &str, key: &str| format!("{} ssh-ed25519 {key}\n", hashed(name));
    assert_eq!(judge(&line("h", KEY), "H", 22), Is::Trusted(1));
    assert_eq!(judge(&line("h", KEY), "x", 22), Is::Unknown);
    assert_eq!(judge(&line("[h]:2222", KEY), "h", 2222), Is::Trusted(1));
    assert_eq!(judge(&line("h", OTHER), "h", 22), Is::Changed(1));
    assert_eq!(judge(&(line("h", KEY) + "@revoked " + &line("h", KEY)), "h", 22), Is::Revoked(2));
}

#[test]
fn several_files_count_and_a_revocation_in_any_of_them_wins() {
    let file = |name: &str, template: &str| KnownHostsFile { name: name.to_owned(), text: text(template) };
    let ask = |files: &[KnownHostsFile]| check(files, "h", 22, "ssh-ed25519", &blob(KEY));
    let own = file("own", "x ssh-ed25519 K");
    let global = file("global", "# all\nh ssh-ed25519 K");
    let revoked = file("revoked", "@revoked * ssh-ed25519 K");
    assert_eq!(ask(&[own.clone(), global.clone()]), Verdict::Trusted { file: "global".to_owned(), line: 2 });
    assert_eq!(ask(&[own, global, revoked]), Verdict::Revoked { file: "revoked".to_owned(), line: 1 });
}

#[test]
fn recorded_types_tell_what_to_ask_for_first() {
    let file = KnownHostsFile {
        name: "kh".to_owned(),
        text: text(
            "h ssh-rsa R\n@revoked h ssh-ed25519 K\n* ssh-ed25519 K\n[h]:2222 ssh-ed25519 O\nh ssh-rsa R",
        ),
    };
    assert_eq!(recorded_types(std::slice::from_ref(&file), "h", 22), ["ssh-rsa"]);
    assert_eq!(recorded_types(std::slice::from_ref(&file), "h", 2222), ["ssh-ed25519", "ssh-rsa"]);
    let verdict = check(&[file], "h", 22, "ssh-dss", b"");
    assert_eq!(verdict, Verdict::Unknown { other_types: vec!["ssh-rsa".to_owned()] });
}

proptest! {
    #[test]
    fn no_text_panics_and_none_trusts_without_the_key(text in "(\\PC|[ \t\r\n@|!*?,#])*") {
        prop_assert_eq!(judge(&text, "h", 22), Is::Unknown);
    }
}

/// The cases on which ssh and we must agree: what we trust it trusts, what it refuses we refuse.
#[test]
#[ignore = "needs sshd"]
fn ssh_agrees() {
    let server = crate::support::sshd::Sshd::start();
    let key = server.host_key();
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&key.blob)
    };
    let (port, mut compared) = (server.port(), 0);
    let file = server.dir().join("compared");
    for (name, template, host, at, _) in CASES {
        // The server stands on loopback and on a port of its own: names and ports of the cases are put in its place.
        if *host != "h" || template.contains('|') {
            continue;
        }
        let own = |text: String| text.replace(KEY, &base64);
        let words = template.replace("[h]:2222", &format!("[localhost]:{port}"));
        let words: String = own(text(&words))
            .split_inclusive([' ', '\t', ',', '\n', '!'])
            .map(|word| {
                if word.trim_end_matches([' ', '\t', ',', '\n', '!']) == "h" {
                    word.replace('h', "localhost")
                } else {
                    word.to_owned()
                }
            })
            .collect();
        // A name without a port serves for any port with ssh, too; a case about port 22 cannot be asked here.
        if *at == 22 && template.contains("[h]") {
            continue;
        }
        std::fs::write(&file, &words).expect("written");
        let known = KnownHostsFile { name: "kh".to_owned(), text: words.clone() };
        let ours = check(&[known], "localhost", port, &key.kind, &key.blob);
        let theirs = server.ssh_trusts(&file, "localhost");
        compared += 1;
        if matches!(ours, Verdict::Trusted { .. }) {
            assert!(theirs, "{name}: we trust, ssh does not:\n{words}");
        }
        if !theirs {
            assert!(!matches!(ours, Verdict::Trusted { .. }), "{name}");
        }
        let stricter =
            ["wildcard", "negation", "negated", "authority never", "zero bytes", "revoked without port"];
        if theirs && !stricter.iter().any(|word| name.contains(word)) {
            assert!(
                matches!(ours, Verdict::Trusted { .. }),
                "{name}: ssh trusts, we do not ({ours:?}):\n{words}"
            );
        }
    }
    assert!(compared >= 25, "{compared}");
}
