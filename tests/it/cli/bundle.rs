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
    for (attack, flaw, signatures) in [
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
    ] {
        let dir = sandbox.path("spoilt");
        fs::remove_dir_all(&dir).unwrap_or_default();
        let script = format!("cp -R out spoilt && cd spoilt && {attack}");
        let done = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path(".")).status().unwrap();
        assert!(done.success(), "{attack}");
        let (code, chain, by, text) = own(&sandbox, &dir, &[]);
        assert_eq!((code, chain.as_str(), by.as_str()), (Some(6), "fails", signatures), "{attack}\n{text}");
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
fn the_script_finds_what_was_changed_in_a_bundle() {
    let sandbox = bundle("spoilt");
    let copy = |name: &str| {
        let to = sandbox.path(name);
        let copied = Command::new("cp").arg("-R").arg(sandbox.path("out")).arg(&to).status().unwrap();
        assert!(copied.success());
        to
    };
    let edit = |file: std::path::PathBuf, from: &str, to: &str| {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        fs::write(file, text.replacen(from, to, 1)).unwrap();
    };
    let resum = |dir: &Path| {
        let script = "find . -type f ! -name SHA256SUMS | sed 's,^./,,' | xargs sha256sum > SHA256SUMS";
        assert!(Command::new("sh").args(["-c", script]).current_dir(dir).status().unwrap().success());
    };
    type Attack<'a> = (&'a str, &'a dyn Fn(&Path), &'a str, &'a str);
    let attacks: [Attack<'_>; 8] = [
        ("body", &|dir| edit(dir.join("events/5.json"), "One", "Two"), "FAILS", "FAILS"),
        ("signature gone", &|dir| fs::remove_file(dir.join("signatures/5.sig")).unwrap(), "FAILS", "FAILS"),
        (
            "signature moved",
            &|dir| {
                let copied = fs::copy(dir.join("signatures/6.sig"), dir.join("signatures/5.sig"));
                assert!(copied.unwrap() > 0);
            },
            "FAILS",
            "FAILS",
        ),
        ("signature added", &|dir| fs::write(dir.join("signatures/9.sig"), "x").unwrap(), "holds", "holds"),
        ("output", &|dir| edit(dir.join("output/3"), "Three", "Four"), "FAILS", "holds"),
        (
            "event gone",
            &|dir| {
                let links = fs::read_to_string(dir.join("links")).unwrap();
                let kept: String =
                    links.lines().filter(|l| !l.starts_with("5\t")).map(|l| format!("{l}\n")).collect();
                fs::write(dir.join("links"), kept).unwrap();
            },
            "FAILS",
            "holds",
        ),
        ("key", &|dir| edit(dir.join("allowed_signers"), "layla", "omar"), "holds", "FAILS"),
        ("injection", &|dir| edit(dir.join("links"), "run.opened", "x');DROP TABLE event;--"), "", ""),
    ];
    for (name, attack, chain, signatures) in attacks {
        let dir = copy(name);
        attack(&dir);
        if name != "signature added" {
            let (code, .., text) = said(&dir, None);
            assert_eq!(code, 6, "{name}: the sums show it\n{text}");
        }
        // Somebody who changes files also sums them anew.
        resum(&dir);
        let (code, found, by, text) = said(&dir, None);
        assert_eq!((found.as_str(), by.as_str()), (chain, signatures), "{name}\n{text}");
        assert_eq!(code == 0, chain == "holds" && signatures == "holds", "{name}\n{text}");
    }
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn the_script_finds_what_was_changed_in_a_log() {
    let sandbox = bundle("spoilt-log");
    let allowed = sandbox.path("../config/gonogo/allowed_signers");
    for (attack, chain, signatures) in [
        ("UPDATE event SET body = replace(body, 'One', 'Two') WHERE seq = 5", "FAILS", "FAILS"),
        ("UPDATE event SET sig = NULL, sig_sha = '-' WHERE seq = 5", "FAILS", "FAILS"),
        ("UPDATE event SET sig = NULL WHERE seq = 5", "FAILS", "FAILS"),
        ("UPDATE event SET sig = replace(sig, 'A', 'B') WHERE seq = 5", "FAILS", "FAILS"),
        ("UPDATE event SET kind = 'note.added' WHERE seq = 5", "FAILS", "holds"),
        ("DELETE FROM event WHERE seq = 6", "FAILS", "holds"),
        ("UPDATE chunk SET data = x'00', codec = 0, raw_len = 1", "FAILS", "holds"),
        ("DELETE FROM chunk", "FAILS", "holds"),
        ("UPDATE event SET hash = substr(hash, 2) || substr(hash, 1, 1) WHERE seq = 7", "FAILS", "holds"),
        ("DROP TABLE chunk; CREATE VIEW chunk AS SELECT 1 AS seq", "", ""),
    ] {
        let copy = sandbox.path("copy.db");
        fs::remove_file(&copy).unwrap_or_default();
        let conn = crate::it::audit::tools::attacker(&sandbox.log());
        conn.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        drop(conn);
        let conn = crate::it::audit::tools::attacker(&copy);
        let mut statement = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        let names: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        drop(statement);
        names.iter().for_each(|name| conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
        conn.execute_batch(&format!("PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON; {attack}"))
            .unwrap();
        drop(conn);
        let (code, found, by, text) = said(&copy, Some(&allowed));
        assert_eq!((code, found.as_str(), by.as_str()), (6, chain, signatures), "{attack}\n{text}");
        // The program itself says so, too.
        let own = sandbox.run(["--log", copy.to_str().unwrap(), "verify"]);
        assert!(matches!(own.status.code(), Some(5 | 6)), "{attack}\n{own}");
    }
}
