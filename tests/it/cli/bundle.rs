//! What is handed on is verified without the program: the log and a bundle, sound and spoilt, by the script in `assets`.

use std::fs;
use std::path::Path;
use std::process::Command;

use gonogo::runtime::bundle::SCRIPT;

use crate::it::cli::books::{THREE, only_run, signed, walk};
use crate::it::cli::signing::with_key;
use crate::support::binary::Sandbox;

/// A run of three boxes signed with a key, and its bundle.
fn bundle(label: &str) -> Sandbox {
    let (sandbox, _) = with_key(label);
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0);
    let run = only_run(&sandbox);
    sandbox.run(["export", &run, "--format", "bundle", "-o", "out"]).exits(0).says("exported to out");
    sandbox
}

#[test]
fn a_bundle_has_what_its_page_says_and_every_file_is_summed() {
    let sandbox = bundle("bundle");
    let names = |folder: &str| {
        let mut names: Vec<String> = fs::read_dir(sandbox.path("out").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let top = [
        "SHA256SUMS",
        "VERIFY.md",
        "allowed_signers",
        "events",
        "links",
        "output",
        "record.md",
        "runbooks",
        "signatures",
        "verify.sh",
    ];
    assert_eq!(names("."), top);
    assert_eq!(names("events"), ["3.json", "5.json", "6.json", "7.json", "8.json"]);
    assert_eq!(names("signatures"), ["3.sig", "5.sig", "6.sig", "7.sig", "8.sig"]);
    assert_eq!(names("output"), ["3"]);
    let read = |name: &str| fs::read(sandbox.path("out").join(name)).unwrap();
    assert_eq!(read(&format!("runbooks/{}.md", only_run(&sandbox))), THREE.as_bytes());
    assert_eq!(read("verify.sh"), SCRIPT.as_bytes());
    let sums = String::from_utf8(read("SHA256SUMS")).unwrap();
    let summed: Vec<&str> = sums.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    assert_eq!(summed.len(), 5 + 5 + 1 + 1 + 5);
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sum, gonogo::audit::chain::sha256_hex(&read(name)), "{name}");
    }
    // Never over something that is there, and nothing half.
    let run = only_run(&sandbox);
    sandbox.run(["export", &run, "--format", "bundle", "-o", "out"]).exits(2).says("is there already");
    sandbox.run(["export", &run, "--format", "bundle", "-o", "no/where"]).exits(1).says("cannot be written");
    sandbox.run(["export", &run, "--format", "bundle"]).exits(2).says("-o DIRECTORY");
    let left: Vec<_> = fs::read_dir(sandbox.path(".")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".part")), "{left:?}");
}

fn own(sandbox: &Sandbox, dir: &Path, more: &[&str]) -> (Option<i32>, String, String, String) {
    let told = sandbox.run([&["verify", "--json", "--bundle", dir.to_str().unwrap()], more].concat());
    let json: serde_json::Value = serde_json::from_str(&told.out).unwrap_or_default();
    let verdict = |name: &str| json["verdicts"][name].as_str().unwrap_or_default().to_owned();
    (told.status.code(), verdict("chain"), verdict("signatures"), told.to_string())
}

/// What is done to the files of a bundle, the flaw that the program names, and its verdict on signatures; the chain fails.
/// What is done to its rows stands in the table of attacks on the log.
const ATTACKS: &[(&str, &str, &str)] = &[
    ("sed -i s/One/Two/ events/5.json", "body-hash", "fails"),
    ("rm events/5.json", "body", "open"),
    ("printf x >> events/5.json", "body", "open"),
    ("rm signatures/5.sig", "sig-hash", "fails"),
    ("cp signatures/6.sig signatures/5.sig", "sig-hash", "fails"),
    ("sed -i s/Three/Seven/ output/3", "chunk-hash", "holds"),
    ("rm output/3", "chunk-missing", "holds"),
    ("cp output/3 output/5", "chunk-surplus", "holds"),
    ("sed -i /^5/d links", "run-prev", "holds"),
    ("sed -i 's/^5\\t/5x\\t/' links", "order", "holds"),
    ("sed -n 3p links >> links.more; cat links.more >> links", "order", "holds"),
    (": > links", "order", "none yet"),
    ("sed -i s/layla/omar/ record.md", "sums", "holds"),
    ("rm SHA256SUMS", "sums", "holds"),
    ("rm runbooks/*", "sums", "holds"),
    ("ln -sf /dev/zero output/3", "unreadable", "holds"),
    ("sed -i 's,  record.md,  ../../etc/passwd,' SHA256SUMS", "sums", "holds"),
];

/// Copies the bundle to `spoilt` and does this to it.
fn spoilt(sandbox: &Sandbox, attack: &str) -> std::path::PathBuf {
    let dir = sandbox.path("spoilt");
    fs::remove_dir_all(&dir).unwrap_or_default();
    let script = format!("cp -R out spoilt && cd spoilt && {attack}");
    let done = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path(".")).status().unwrap();
    assert!(done.success(), "{attack}");
    dir
}

#[test]
fn the_program_verifies_a_bundle_and_names_what_was_changed() {
    let sandbox = bundle("own");
    let out = sandbox.path("out");
    let (code, chain, signatures, text) = own(&sandbox, &out, &[]);
    assert_eq!((code, chain.as_str(), signatures.as_str()), (Some(0), "holds", "holds"), "{text}");
    let nobody = sandbox.write("nobody", "");
    let (code, chain, signatures, text) =
        own(&sandbox, &out, &["--allowed-signers", nobody.to_str().unwrap()]);
    assert_eq!((code, chain.as_str(), signatures.as_str()), (Some(6), "holds", "fails"), "{text}");
    // Who knows nobody takes the bundle's own word, and is told so.
    let stranger = Sandbox::new("stranger");
    let told = stranger.run(["verify", "--bundle", out.to_str().unwrap()]);
    told.exits(0).says("is taken from the bundle itself").tells("5 of 5 names proven by key");
    for (attack, flaw, signatures) in ATTACKS {
        let dir = spoilt(&sandbox, attack);
        let (code, chain, by, text) = own(&sandbox, &dir, &[]);
        assert_eq!((code, chain.as_str(), by.as_str()), (Some(6), "fails", *signatures), "{attack}\n{text}");
        assert!(text.contains(&format!("\"flaw\": \"{flaw}\"")), "{attack}\n{text}");
    }
    sandbox.run(["verify", "--bundle", "nowhere"]).exits(2).says("is no bundle");
}

/// What the script says of `what`: its end and its verdicts on chain and signatures.
fn said(what: &Path, allowed: Option<&Path>) -> (i32, String, String, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/verify.sh");
    let out = Command::new("sh").arg(script).arg(what).args(allowed).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let verdict = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line[name.len().min(line.len())..].trim().split(" (").next().unwrap_or_default().to_owned()
    };
    (out.status.code().unwrap(), verdict("chain "), verdict("signatures "), text)
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn the_script_says_the_same_as_verify_of_a_log_and_a_bundle() {
    let sandbox = bundle("script");
    let (log, out) = (sandbox.log(), sandbox.path("out"));
    let allowed = sandbox.path("../config/gonogo/allowed_signers");
    for (what, allowed) in [(&log, Some(allowed.as_path())), (&out, None)] {
        let (code, chain, signatures, text) = said(what, allowed);
        assert_eq!((code, chain.as_str(), signatures.as_str()), (0, "holds", "holds"), "{text}");
        assert!(text.contains("5 of 5 signatures prove their name"), "{text}");
    }
    let (code, chain, signatures, text) = said(&log, None);
    assert_eq!((code, chain.as_str(), signatures.as_str()), (0, "holds", "open"), "{text}");
    let nobody = sandbox.write("nobody", "");
    for what in [&log, &out] {
        let (code, chain, signatures, text) = said(what, Some(&nobody));
        assert_eq!((code, chain.as_str(), signatures.as_str()), (6, "holds", "FAILS"), "{text}");
    }
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn a_note_is_verified_as_every_other_signature() {
    let sandbox = bundle("note");
    let run = only_run(&sandbox);
    sandbox.run(["note", &run, "all is well", "--yes"]).exits(0).tells("noted by layla (key SHA256:");
    sandbox.run(["verify"]).exits(0).tells("6 of 6 names proven by key");
    let allowed = sandbox.path("../config/gonogo/allowed_signers");
    let (code, _, signatures, text) = said(&sandbox.log(), Some(&allowed));
    assert_eq!((code, signatures.as_str()), (0, "holds"), "{text}");
    assert!(text.contains("6 of 6 signatures prove their name"), "{text}");
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn the_script_finds_what_was_changed_in_the_files_of_a_bundle() {
    let sandbox = bundle("spoilt");
    for (attack, ..) in ATTACKS {
        let (code, chain, _, text) = said(&spoilt(&sandbox, attack), None);
        assert_eq!((code, chain.as_str()), (6, "FAILS"), "{attack}\n{text}");
    }
    // Somebody who changes files also sums them anew.
    let resum = "find . -type f ! -name SHA256SUMS | sed 's,^./,,' | xargs sha256sum > SHA256SUMS";
    for (attack, code, chain, signatures) in [
        ("true", 0, "holds", "holds"),
        ("echo x > signatures/9.sig", 0, "holds", "holds"),
        ("sed -i s/layla/omar/ allowed_signers", 6, "holds", "FAILS"),
        ("sed -i s/Three/Four/ output/3", 6, "FAILS", "holds"),
        ("rm events/5.json", 6, "FAILS", "open"),
        ("sed -i \"s/run.opened/x');DROP TABLE event;--/\" links", 6, "FAILS", "none yet"),
    ] {
        let (ended, found, by, text) = said(&spoilt(&sandbox, &format!("{attack} && {resum}")), None);
        assert_eq!((ended, &*found, &*by), (code, chain, signatures), "{attack}\n{text}");
    }
}
