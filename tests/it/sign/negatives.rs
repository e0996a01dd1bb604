//! What proves no name, each with its reason: the negatives of the specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gonogo::sign::key::BadCertificate;
use gonogo::sign::signers::AllowedSigners;
use gonogo::sign::sshsig::{MOST, Malformed, SshSig, message, signed_data};
use gonogo::sign::verify::{Proven, Unproven, verify};

use crate::support::signers::{Key, allowed};

const BODY: &str = r#"{"v":1,"kind":"box.signed"}"#;
const AT: i64 = 1_800_000_000; // 2027-01-15T08:00:00Z

fn check(sig: &str, who: &str, allowed: &AllowedSigners) -> Result<Proven, Unproven> {
    verify(sig, &message(BODY), who, AT, allowed)
}

fn line(options: &str, key: &Key) -> AllowedSigners {
    allowed(&format!("layla {options} {}\n", key.public.line()))
}

#[test]
fn a_key_that_is_allowed_proves_its_name() {
    for key in [Key::new(), Key::ecdsa()] {
        let proven = check(&key.sign(BODY), "layla", &line("", &key)).unwrap();
        assert_eq!(proven, Proven { fingerprint: key.public.fingerprint(), line: 1, authority: None });
    }
}

#[test]
fn another_namespace_proves_nothing() {
    let key = Key::new();
    let sig = SshSig { namespace: "git".to_owned(), ..SshSig::parse(&key.sign(BODY)).unwrap() };
    assert_eq!(check(&sig.armor(), "layla", &line("", &key)), Err(Unproven::Namespace("git".to_owned())));
}

#[test]
fn another_hash_proves_nothing() {
    let key = Key::new();
    let sig = SshSig { hash: "sha256".to_owned(), ..SshSig::parse(&key.sign(BODY)).unwrap() };
    assert_eq!(check(&sig.armor(), "layla", &line("", &key)), Err(Unproven::Hash("sha256".to_owned())));
}

#[test]
fn a_namespace_that_the_line_does_not_allow() {
    let key = Key::new();
    let sig = key.sign(BODY);
    assert_eq!(check(&sig, "layla", &line("namespaces=\"git,file\"", &key)), Err(Unproven::NotForThis(1)));
    assert!(check(&sig, "layla", &line("namespaces=\"git,signoff@*\"", &key)).is_ok());
    let not = line("namespaces=\"*,!signoff@gonogo\"", &key);
    assert_eq!(check(&sig, "layla", &not), Err(Unproven::NotForThis(1)));
}

#[test]
fn a_key_before_and_after_its_time() {
    let key = Key::new();
    let sig = key.sign(BODY);
    let says = |options: &str| check(&sig, "layla", &line(options, &key)).err();
    assert_eq!(says("valid-after=\"20270115080001Z\""), Some(Unproven::NotYet(1)));
    assert_eq!(says("valid-after=\"20270115080000Z\""), None);
    assert_eq!(says("valid-before=\"20270115075959Z\""), Some(Unproven::Expired(1)));
    assert_eq!(says("valid-before=\"202701150800Z\",valid-after=\"20260101Z\""), None);
}

#[test]
fn somebody_elses_name() {
    let key = Key::new();
    let result = check(&key.sign(BODY), "omar", &line("", &key));
    let Err(Unproven::OtherPrincipal { allowed, wanted, .. }) = &result else { panic!("{result:?}") };
    assert_eq!((allowed.as_str(), wanted.as_str()), ("layla", "omar"));
}

#[test]
fn a_key_that_nobody_is_allowed() {
    let (key, other) = (Key::new(), Key::new());
    let result = check(&other.sign(BODY), "layla", &line("", &key));
    assert_eq!(result, Err(Unproven::UnknownKey(other.public.fingerprint())));
    // Nor does it help to show the key that is allowed.
    let lie = other.sign_as(&key.public, BODY);
    assert_eq!(check(&lie, "layla", &line("", &key)), Err(Unproven::DoesNotHold));
}

#[test]
fn a_revoked_key() {
    let key = Key::new();
    let revoked =
        line("", &key).revoking(format!("# lost\n{} laptop\n", key.public.line()).as_bytes()).unwrap();
    assert_eq!(check(&key.sign(BODY), "layla", &revoked), Err(Unproven::Revoked(key.public.fingerprint())));
    // A revocation that cannot be read must not count as none.
    let says = |bytes: &[u8]| line("", &key).revoking(bytes).unwrap_err().to_string();
    assert!(says(b"SSHKRL\n").starts_with("line 1: "), "{}", says(b"SSHKRL\n"));
    assert_eq!(says(b"SSHKRL\n\0"), "it is a key revocation list that is cut off");
}

#[test]
fn an_altered_text_and_an_altered_signature() {
    let key = Key::new();
    let allowed = line("", &key);
    let sig = key.sign(BODY);
    let other = BODY.replace("signed", "waived");
    assert_eq!(verify(&sig, &message(&other), "layla", AT, &allowed), Err(Unproven::DoesNotHold));
    let parsed = SshSig::parse(&sig).unwrap();
    let mut signature = parsed.signature.clone();
    *signature.last_mut().unwrap() ^= 1;
    let altered = SshSig { signature, ..parsed }.armor();
    assert_eq!(check(&altered, "layla", &allowed), Err(Unproven::DoesNotHold));
    // The signature of a login, or of a bare hash, is none of a text.
    let bare = key.secret.sign(&message(BODY)).unwrap();
    let bare = SshSig::new(key.public.blob(), &bare).armor();
    assert_eq!(check(&bare, "layla", &allowed), Err(Unproven::DoesNotHold));
    assert!(key.secret.sign(&signed_data(&message(BODY))).is_ok());
}

#[test]
fn garbage_is_no_signature() {
    let key = Key::new();
    let allowed = line("", &key);
    let armored =
        |body: &str| format!("-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n");
    let sig = SshSig::parse(&key.sign(BODY)).unwrap();
    let mut reserved = b"SSHSIG\0\0\0\x01".to_vec();
    for part in [&sig.key[..], b"signoff@gonogo", b"hidden", b"sha512", &sig.signature] {
        reserved.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        reserved.extend(part);
    }
    for (text, why) in [
        (String::new(), Malformed::Armor),
        ("x".repeat(MOST + 1), Malformed::TooLong),
        (armored("%%%"), Malformed::Base64),
        (armored("AAAA"), Malformed::Blob),
        (armored(&STANDARD.encode("SSHSIG\0\0\0\x02")), Malformed::Blob),
        (armored(&STANDARD.encode(b"SSHSIG\0\0\0\x01\xff\xff\xff\xff")), Malformed::Blob),
        (armored(&STANDARD.encode(&reserved)), Malformed::Blob),
        (key.sign(BODY).replace("SSH SIGNATURE", "PGP SIGNATURE"), Malformed::Armor),
        (format!("hello\n{}", key.sign(BODY)), Malformed::Armor),
    ] {
        assert_eq!(check(&text, "layla", &allowed), Err(Unproven::Malformed(why)), "{text}");
    }
    let no_key = SshSig { key: b"garbage".to_vec(), ..sig }.armor();
    assert!(matches!(check(&no_key, "layla", &allowed), Err(Unproven::Key(_))));
}

/// The authority's line, and a signature with a certificate of these names and times.
fn certified(names: &[&str], times: (u64, u64), host: bool) -> Result<Proven, Unproven> {
    let (authority, key) = (Key::new(), Key::new());
    let certificate = authority.certify(&key, names, times, host);
    let allowed = allowed(&format!("layla,omar cert-authority {}\n", authority.public.line()));
    check(&key.sign_as(&certificate, BODY), "layla", &allowed)
}

#[test]
fn a_certificate_of_an_allowed_authority_proves_whom_it_names() {
    assert!(certified(&["layla"], (0, u64::MAX - 1), false).unwrap().authority.is_some());
    let bad = |result: Result<Proven, Unproven>| match result {
        Err(Unproven::Certificate(why)) => why,
        other => panic!("{other:?}"),
    };
    let omar = bad(certified(&["omar"], (0, u64::MAX - 1), false));
    assert_eq!(omar.to_string(), "it is for omar, not for layla");
    let nobody = bad(certified(&[], (0, u64::MAX - 1), false));
    assert_eq!(nobody.to_string(), "it is for nobody by name, not for layla");
    assert_eq!(bad(certified(&["layla"], (1_800_000_001, u64::MAX - 1), false)), BadCertificate::NotYet);
    assert_eq!(bad(certified(&["layla"], (0, 1_800_000_000), false)), BadCertificate::Expired);
    assert_eq!(bad(certified(&["layla"], (0, u64::MAX - 1), true)), BadCertificate::Host);
}

#[test]
fn a_certificate_that_no_allowed_authority_signed() {
    let (authority, stranger, key) = (Key::new(), Key::new(), Key::new());
    let certificate = stranger.certify(&key, &["layla"], (0, u64::MAX - 1), false);
    let sig = key.sign_as(&certificate, BODY);
    let line = |options: &str, who: &Key| allowed(&format!("layla {options} {}\n", who.public.line()));
    let unknown = Err(Unproven::UnknownAuthority(key.public.fingerprint()));
    assert_eq!(check(&sig, "layla", &line("cert-authority", &authority)), unknown);
    // The authority's key without the word is the key of a person, and a person's key certifies nobody.
    assert_eq!(check(&sig, "layla", &line("", &stranger)), unknown);
    // Nor does an authority sign in its own name.
    let own = check(&authority.sign(BODY), "layla", &line("cert-authority", &authority));
    assert_eq!(own, Err(Unproven::UnknownKey(authority.public.fingerprint())));
    let revoked = line("cert-authority", &stranger).revoking(stranger.public.line().as_bytes()).unwrap();
    assert_eq!(check(&sig, "layla", &revoked), Err(Unproven::Revoked(key.public.fingerprint())));
}

#[test]
fn a_certificate_whose_authority_did_not_sign_it() {
    let (authority, key) = (Key::new(), Key::new());
    let certificate = authority.certify(&key, &["layla"], (0, u64::MAX - 1), false);
    let mut blob = certificate.blob().to_vec();
    // The last byte is of the authority's signature.
    *blob.last_mut().unwrap() ^= 1;
    let forged = gonogo::sign::key::PublicKey::from_blob(&blob).unwrap();
    let allowed = allowed(&format!("layla cert-authority {}\n", authority.public.line()));
    let result = check(&key.sign_as(&forged, BODY), "layla", &allowed);
    assert_eq!(result, Err(Unproven::Certificate(BadCertificate::NotSigned)));
}
