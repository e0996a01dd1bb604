//! Signatures that `ssh-keygen -Y sign` made and that must verify for ever, and their smallest changes.

use gonogo::sign::key::PublicKey;
use gonogo::sign::signers::AllowedSigners;
use gonogo::sign::sshsig::{Malformed, SshSig};
use gonogo::sign::verify::{Unproven, verify};

use crate::support::signers::allowed;

const BODY: &str = include_str!("../../fixtures/sshsig/body");
const WHO: &str = "layla@example.net";
/// Inside the certificate's time.
const AT: i64 = 1_800_000_000;

const SIGNED: [(&str, &str, &str); 4] = [
    (
        "ed25519",
        include_str!("../../fixtures/sshsig/ed25519.sig"),
        include_str!("../../fixtures/sshsig/ed25519.pub"),
    ),
    (
        "ecdsa",
        include_str!("../../fixtures/sshsig/ecdsa.sig"),
        include_str!("../../fixtures/sshsig/ecdsa.pub"),
    ),
    ("rsa", include_str!("../../fixtures/sshsig/rsa.sig"), include_str!("../../fixtures/sshsig/rsa.pub")),
    ("cert", include_str!("../../fixtures/sshsig/cert.sig"), include_str!("../../fixtures/sshsig/cert.pub")),
];

fn signers() -> AllowedSigners {
    allowed(include_str!("../../fixtures/sshsig/allowed_signers"))
}

#[test]
fn what_openssh_signed_is_proven() {
    for (name, sig, public) in SIGNED {
        let proven =
            verify(sig, BODY.as_bytes(), WHO, AT, &signers()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (key, comment) = PublicKey::from_line(public).unwrap();
        assert_eq!(proven.fingerprint, key.fingerprint(), "{name}");
        assert_eq!(comment, WHO);
        assert_eq!(proven.authority.is_some(), name == "cert");
        assert!(proven.fingerprint.starts_with("SHA256:"));
    }
}

#[test]
fn the_armor_is_that_of_openssh_byte_for_byte() {
    for (name, sig, _) in SIGNED {
        assert_eq!(SshSig::parse(sig).unwrap().armor(), sig, "{name}");
    }
}

#[test]
fn every_bit_of_a_signature_counts() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let (_, sig, _) = SIGNED[0];
    let letters: String = sig.lines().filter(|line| !line.starts_with('-')).collect();
    let blob = STANDARD.decode(letters).unwrap();
    for bit in 0..blob.len() * 8 {
        let mut blob = blob.clone();
        blob[bit / 8] ^= 1 << (bit % 8);
        let armored = format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            STANDARD.encode(blob)
        );
        let result = verify(&armored, BODY.as_bytes(), WHO, AT, &signers());
        assert!(result.is_err(), "bit {bit}: {result:?}");
    }
}

#[test]
fn every_cut_of_the_armor_is_refused() {
    let (_, sig, _) = SIGNED[0];
    for end in 0..sig.trim_end().len() {
        let result = verify(&sig[..end], BODY.as_bytes(), WHO, AT, &signers());
        assert!(matches!(result, Err(Unproven::Malformed(Malformed::Armor))), "{end}: {result:?}");
    }
    for cut in 1..sig.len() - 60 {
        let shorter = format!("{}{}", &sig[..30], &sig[30 + cut..]);
        assert!(verify(&shorter, BODY.as_bytes(), WHO, AT, &signers()).is_err(), "{cut}");
    }
}

#[test]
fn the_text_that_was_signed_is_the_whole_of_it() {
    for (name, sig, _) in SIGNED {
        for other in [BODY.trim_end(), &format!("{BODY}\n"), &BODY.replace("box.signed", "box.waived"), ""] {
            let result = verify(sig, other.as_bytes(), WHO, AT, &signers());
            assert_eq!(result, Err(Unproven::DoesNotHold), "{name}");
        }
    }
}
