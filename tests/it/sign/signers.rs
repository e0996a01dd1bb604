//! Allowed signers as git and `ssh-keygen` write them, line by line.

use gonogo::clock::Zone;
use gonogo::sign::signers::AllowedSigners;

use crate::support::signers::{Key, allowed};

#[test]
fn a_file_with_everything_in_it_is_read() {
    let key = Key::new().public.line();
    let text = format!(
        "# people\n\n\
         layla@example.net,*@example.org {key} a comment with words\n\
         \"نورة الشهري\" namespaces=\"signoff@gonogo,git\" {key}\n\
         omar\tvalid-after=\"20260101\",valid-before=\"20270101120000Z\"\t{key}\n\
         *@example.net cert-authority,namespaces=\"signoff@gonogo\" {key}\n"
    );
    let signers = allowed(&text).signers;
    let principals: Vec<&str> = signers.iter().map(|s| s.principals.as_str()).collect();
    assert_eq!(principals, ["layla@example.net,*@example.org", "نورة الشهري", "omar", "*@example.net"]);
    assert_eq!(signers.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(signers[1].namespaces.as_deref(), Some("signoff@gonogo,git"));
    assert_eq!((signers[2].valid_after, signers[2].valid_before), (Some(1_767_225_600), Some(1_798_804_800)));
    assert_eq!(signers.iter().map(|s| s.authority).collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn times_without_a_zone_are_of_the_readers_zone() {
    let key = Key::new().public.line();
    let read = |time: &str| {
        let zone = Zone::named("Asia/Riyadh").unwrap();
        let (signers, bad) = AllowedSigners::parse(&format!("a valid-after=\"{time}\" {key}"), zone);
        assert!(bad.is_empty(), "{bad:?}");
        signers.signers[0].valid_after.unwrap()
    };
    assert_eq!(read("202601010300"), 1_767_225_600);
    assert_eq!(read("20260101Z"), 1_767_225_600);
}

#[test]
fn a_line_that_is_not_understood_allows_nobody_and_the_others_count() {
    let key = Key::new().public.line();
    let base64 = key.split(' ').nth(1).unwrap();
    for (line, why) in [
        ("layla".to_owned(), "a line is"),
        (format!("layla {}", &key[..30]), "a key is written"),
        (format!("layla ssh-rsa {base64}"), "it is called ssh-rsa, its bytes are of ssh-ed25519"),
        (format!("layla verify-required {key}"), "verify-required is no option"),
        (format!("layla namespaces=git {key}"), "not in quotes"),
        (format!("layla namespaces=\"git {key}"), "a quote has no end"),
        (format!("layla namespaces=\"a\",namespaces=\"b\" {key}"), "stands twice"),
        (format!("layla cert-authority=\"yes\" {key}"), "is no option"),
        (format!("layla valid-after=\"2026\" {key}"), "is no time"),
        (format!("layla valid-after=\"20261341\" {key}"), "is no time"),
        (format!("layla valid-after=\"20260102\",valid-before=\"20260101\" {key}"), "not after"),
    ] {
        let text = format!("omar {key}\n{line}\nyusuf {key}\n");
        let (signers, bad) = AllowedSigners::parse(&text, Zone::default());
        assert_eq!(signers.signers.len(), 2, "{line}");
        assert_eq!(bad.len(), 1, "{line}");
        assert_eq!(bad[0].line, 2);
        assert!(bad[0].why.contains(why), "{line}: {}", bad[0].why);
    }
}

proptest::proptest! {
    /// Whatever stands in a file or a signature, nothing ends the program.
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,200}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        use base64::Engine as _;
        drop(AllowedSigners::parse(&text, Zone::default()));
        AllowedSigners::default().revoking(text.as_bytes()).ok();
        AllowedSigners::default().revoking(&[b"SSHKRL\n\0\0\0\0\x01".as_slice(), &bytes].concat()).ok();
        gonogo::sign::sshsig::SshSig::parse(&text).ok();
        gonogo::sign::key::PublicKey::from_blob(&bytes).ok();
        gonogo::sign::secret::SecretKey::open(&text, Some("x")).ok();
        let armored = format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            base64::engine::general_purpose::STANDARD.encode([b"SSHSIG\0\0\0\x01", &bytes[..]].concat())
        );
        gonogo::sign::verify::holds(&armored, &bytes).unwrap_err();
    }

    /// Nor do a line and a key that were only scratched.
    #[test]
    fn a_scratched_line_is_read_without_harm(at in 0_usize..200, letter in "\\PC") {
        let line = include_str!("../../fixtures/sshsig/allowed_signers");
        let mut scratched: Vec<char> = line.chars().collect();
        let at = at % scratched.len();
        scratched[at] = letter.chars().next().unwrap_or('x');
        drop(AllowedSigners::parse(&scratched.into_iter().collect::<String>(), Zone::default()));
    }
}
