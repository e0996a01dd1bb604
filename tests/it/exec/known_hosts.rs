//! `known_hosts` files: what trusts, what does not. That ssh says the same is shown in `host_keys`.

use gonogo::exec::known_hosts::{
    Certificate, KnownHostsFile, Shown, Sought, Spot, Verdict, check, entry, has_authority, is_hashed,
    other_names, recorded_types,
};
use proptest::prelude::*;

/// Two ed25519 keys, an ECDSA and an RSA one, made for these tests; no private half exists.
pub const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
pub const OTHER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub const ECDSA: &str = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMlsOW7SqPlPDKjf14y0GFN24SP/sMMazPMbX8rbwruRqXkXeATTe1VmttW3TpEGwFpA43BOD8fHKPZ8qQ0ugKA=";
const RSA: &str = "AAAAB3NzaC1yc2EAAAADAQABAAAAgQDFLT9HmcC0vFYSwL7+qA6XUP2gLOp6guxoo5AQ+c4OqjvF7wU1yIM2yq4smlS9sKoktyDmC8VQWFxxBTHDfm9LmwQ9KNh6SoZt9MSpqQVitJcKvAa51ihOwKAVvG0YWMWJ+SJVZIbWN8WSUK2B/Kd4TQ08Q5sfbi5BvSsiuOMkFQ==";

/// What is expected; lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Trusted(usize),
    Vouched(usize),
    Unknown,
    Changed(usize),
    Revoked(usize),
}

fn blob(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).expect("base64")
}

fn file(name: &str, text: &str) -> KnownHostsFile {
    KnownHostsFile { name: name.to_owned(), text: text.to_owned() }
}

fn is(verdict: Verdict) -> Is {
    match verdict {
        Verdict::Trusted(at) => Is::Trusted(at.line),
        Verdict::Vouched(at) => Is::Vouched(at.line),
        Verdict::Unknown { .. } => Is::Unknown,
        Verdict::Changed { at, .. } => Is::Changed(at.line),
        Verdict::Revoked(at) => Is::Revoked(at.line),
    }
}

fn judge(text: &str, host: &str, port: u16) -> Is {
    let blob = blob(KEY);
    let shown = Shown { kind: "ssh-ed25519", blob: &blob, certificate: None };
    is(check(&[file("kh", text)], &Sought::new(host, port), shown, 0))
}

/// Name of the case, the file (K, the key that is shown, and O, E, R stand for keys), host, port, verdict.
pub type Case = (&'static str, &'static str, &'static str, u16, Is);

pub const CASES: &[Case] = &[
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
        Is::Changed(1),
    ),
    ("IPv6 with a port", "[2001:db8::1]:2222 ssh-ed25519 K", "2001:db8::1", 2222, Is::Trusted(1)),
    ("another name", "hh ssh-ed25519 K", "h", 22, Is::Unknown),
    ("an empty file", "", "h", 22, Is::Unknown),
    ("a changed key", "h ssh-ed25519 O", "h", 22, Is::Changed(1)),
    ("two keys of a type, the second right", "h ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("another type only", "h ssh-rsa R", "h", 22, Is::Changed(1)),
    ("another type without port only", "h ssh-rsa R", "h", 2222, Is::Unknown),
    (
        "the line of a changed key is the one of its type",
        "h ssh-rsa R\nh ssh-ed25519 O",
        "h",
        22,
        Is::Changed(2),
    ),
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
    (
        "two markers never trust",
        "@revoked @cert-authority h ssh-ed25519 K\nh ssh-ed25519 K",
        "h",
        22,
        Is::Trusted(2),
    ),
    ("a pattern", "* ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("a pattern of single characters", "? ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("a pattern that is too short", "?? ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a pattern with another key", "* ssh-ed25519 O", "h", 22, Is::Changed(1)),
    ("a pattern with another key, then this", "* ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("a pattern with a port", "[*]:2222 ssh-ed25519 K", "h", 2222, Is::Trusted(1)),
    ("a pattern without port, asked for with one", "* ssh-ed25519 K", "h", 2222, Is::Trusted(1)),
    ("a name beside a pattern", "*.example.net,h ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("a negation of another name", "!x,h ssh-ed25519 K", "h", 22, Is::Trusted(1)),
    ("a negated name", "!h,* ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a name negated behind a pattern", "*,!h ssh-ed25519 K", "h", 22, Is::Unknown),
    ("a negated name, then a plain line", "!h,* ssh-ed25519 O\nh ssh-ed25519 K", "h", 22, Is::Trusted(2)),
    ("only a negation", "!x ssh-ed25519 K", "h", 22, Is::Unknown),
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

pub fn text(template: &str) -> String {
    let word = |word: &str| match word {
        "K" => KEY.to_owned(),
        "O" => OTHER.to_owned(),
        "E" => ECDSA.to_owned(),
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
pub fn hashed(name: &str, salt: &[u8]) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit, Mac};
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(salt).expect("any key");
    mac.update(name.as_bytes());
    let base64 = base64::engine::general_purpose::STANDARD;
    format!("|1|{}|{}", base64.encode(salt), base64.encode(mac.finalize().into_bytes()))
}

#[test]
fn hashed_names_trust_change_and_revoke_like_plain_ones() {
    let line = |name: &str, key: &str| format!("{} ssh-ed25519 {key}\n", hashed(name, &[7; 20]));
    assert_eq!(judge(&line("h", KEY), "H", 22), Is::Trusted(1));
    assert_eq!(judge(&line("h", KEY), "x", 22), Is::Unknown);
    assert_eq!(judge(&line("[h]:2222", KEY), "h", 2222), Is::Trusted(1));
    assert_eq!(judge(&line("h", KEY), "h", 2222), Is::Trusted(1));
    assert_eq!(judge(&line("h", OTHER), "h", 22), Is::Changed(1));
    let short = format!("{} ssh-ed25519 {KEY}", hashed("h", &[7; 19]));
    assert_eq!(judge(&short, "h", 22), Is::Unknown, "ssh takes salts of 20 bytes only");
    assert_eq!(judge(&(line("h", KEY) + "@revoked " + &line("h", KEY)), "h", 22), Is::Revoked(2));
}

#[test]
fn several_files_count_and_a_revocation_in_any_of_them_wins() {
    let ask = |files: &[KnownHostsFile]| {
        let shown = Shown { kind: "ssh-ed25519", blob: &blob(KEY), certificate: None };
        check(files, &Sought::new("h", 22), shown, 0)
    };
    let at = |name: &str, line| Spot { file: name.to_owned(), line };
    let own = file("own", &text("x ssh-ed25519 K"));
    let global = file("global", &text("# all\nh ssh-ed25519 K"));
    let revoked = file("revoked", &text("@revoked * ssh-ed25519 K"));
    assert_eq!(ask(&[own.clone(), global.clone()]), Verdict::Trusted(at("global", 2)));
    assert_eq!(ask(&[own, global, revoked]), Verdict::Revoked(at("revoked", 1)));
}

#[test]
fn recorded_types_tell_what_to_ask_for_first() {
    let file = file(
        "kh",
        &text(
            "h ssh-rsa R\n@revoked h ssh-ed25519 K\n@cert-authority * ssh-ed25519 K\n[h]:2222 ssh-ed25519 O\n\
             h ssh-rsa R\n? ecdsa-sha2-nistp256 E",
        ),
    );
    let files = std::slice::from_ref(&file);
    let types = |port| recorded_types(files, &Sought::new("h", port));
    assert_eq!(types(22), ["ssh-rsa", "ecdsa-sha2-nistp256"]);
    assert_eq!(types(2222), ["ssh-ed25519"], "the port's own lines count alone");
    assert_eq!(types(2223), ["ssh-rsa", "ecdsa-sha2-nistp256"]);
    let shown = Shown { kind: "ssh-dss", blob: b"", certificate: None };
    let verdict = check(files, &Sought::new("h", 2223), shown, 0);
    let other_types = vec!["ssh-rsa".to_owned(), "ecdsa-sha2-nistp256".to_owned()];
    assert_eq!(verdict, Verdict::Unknown { other_types, certificate: None });
}

fn certificate() -> Certificate {
    Certificate {
        serial: 7,
        authority: blob(OTHER),
        id: "h's".to_owned(),
        for_hosts: true,
        principals: vec!["x".to_owned(), "h".to_owned()],
        valid_after: 100,
        valid_before: 200,
        critical: Vec::new(),
        fault: None,
    }
}

#[test]
fn a_certificate_counts_while_it_is_valid_for_the_host_and_its_authority_is_recorded() {
    let authority = "@cert-authority *,!bad ssh-ed25519 O";
    let judge = |template: &str, host: &str, port, certificate: &Certificate, now| {
        let shown = Shown { kind: "ssh-ed25519", blob: &blob(KEY), certificate: Some(certificate) };
        check(&[file("kh", &text(template))], &Sought::new(host, port), shown, now)
    };
    let of = certificate();
    for (port, now, expected) in [
        (22, 100, Is::Vouched(1)),
        (2222, 199, Is::Vouched(1)),
        (22, 99, Is::Unknown),
        (22, 200, Is::Unknown),
    ] {
        assert_eq!(is(judge(authority, "h", port, &of, now)), expected, "{port} {now}");
    }
    let not = |change: fn(&mut Certificate)| {
        let mut other = certificate();
        change(&mut other);
        match judge(authority, "h", 22, &other, 150) {
            Verdict::Unknown { certificate: Some(why), .. } => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(not(|c| c.for_hosts = false), "it is a certificate for users, not for hosts");
    assert_eq!(
        not(|c| c.principals = vec!["x".to_owned(), "*".to_owned()]),
        "it is made for x, *, not for h"
    );
    assert!(not(|c| c.critical = vec!["new".to_owned()]).contains("critical option new"));
    assert_eq!(not(|c| c.fault = Some("its signature is wrong".to_owned())), "its signature is wrong");
    assert_eq!(not(|c| c.authority = vec![1]), "its authority is not recorded for the host");
    let all = Certificate { principals: Vec::new(), ..certificate() };
    assert_eq!(is(judge(authority, "h", 22, &all, 150)), Is::Vouched(1), "no name means all");
    assert_eq!(is(judge(authority, "bad", 22, &all, 150)), Is::Unknown);
    for (template, expected) in [
        ("h ssh-ed25519 O\n@cert-authority h ssh-ed25519 O", Is::Vouched(2)),
        ("@cert-authority h ssh-ed25519 O\n@revoked * ssh-ed25519 O", Is::Revoked(2)),
        ("@cert-authority h ssh-ed25519 O\n@revoked * ssh-ed25519 K", Is::Revoked(2)),
        ("h ssh-ed25519 K", Is::Trusted(1)),
        ("@cert-authority h ssh-rsa R\nh ssh-ed25519 O", Is::Changed(2)),
    ] {
        assert_eq!(is(judge(template, "h", 22, &of, 150)), expected, "{template}");
    }
    // What is in an expired certificate is judged as a key alone.
    assert_eq!(is(judge(&format!("{authority}\nh ssh-ed25519 K"), "h", 22, &of, 200)), Is::Trusted(2));
    assert!(has_authority(&[file("kh", &text(authority))], &Sought::new("h", 2222)));
    assert!(!has_authority(&[file("kh", &text(authority))], &Sought::new("bad", 22)));
}

#[test]
fn a_line_that_is_written_is_understood_again() {
    for (host, port) in [("H", 22), ("h", 2222), ("2001:db8::1", 22), ("2001:db8::1", 2222)] {
        let sought = Sought::new(host, port);
        for salt in [None, Some([7; 20])] {
            let line = entry(&sought, "ssh-ed25519", &blob(KEY), salt);
            let shown = Shown { kind: "ssh-ed25519", blob: &blob(KEY), certificate: None };
            assert_eq!(is(check(&[file("kh", &line)], &sought, shown, 0)), Is::Trusted(1), "{line}");
            assert_eq!(is_hashed(&line), salt.is_some());
        }
    }
    assert_eq!(
        entry(&Sought::new("H", 2222), "ssh-ed25519", &blob(KEY), None),
        format!("[h]:2222 ssh-ed25519 {KEY}")
    );
}

#[test]
fn a_new_name_is_hashed_where_all_are() {
    let hash = hashed("h", &[7; 20]);
    let line = format!("{hash} ssh-ed25519 {KEY}\n");
    assert!(is_hashed(&line) && is_hashed(&format!("# x\n{line}@revoked * ssh-ed25519 {KEY}")));
    assert!(!is_hashed("") && !is_hashed(&format!("{line}h ssh-ed25519 {KEY}")));
}

#[test]
fn a_key_tells_the_other_names_that_it_is_recorded_for() {
    let text = format!(
        "{} ssh-ed25519 {KEY}\n{}",
        hashed("h", &[7; 20]),
        text("a,b ssh-ed25519 K\nc ssh-ed25519 O\nd ssh-ed25519 K")
    );
    let names = |most| {
        let names = other_names(&[file("kh", &text)], "ssh-ed25519", &blob(KEY), most);
        names.into_iter().map(|(name, at)| format!("{name} {at}")).collect::<Vec<_>>()
    };
    assert_eq!(names(9), ["(a hashed name) kh:1", "a,b kh:2", "d kh:4"]);
    assert_eq!(names(1).len(), 1);
}

proptest! {
    #[test]
    fn no_text_panics_and_none_trusts_without_the_key(text in "(\\PC|[ \t\r\n@|!*?,#])*") {
        prop_assert_eq!(judge(&text, "h", 22), Is::Unknown);
    }
}
