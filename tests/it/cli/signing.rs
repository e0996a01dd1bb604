//! A key from its setting up to the verified log, through the built program.

use gonogo::audit::query::Reader;
use gonogo::run::fact::Proof;
use gonogo::run::proof;

use crate::it::cli::books::{THREE, only_run, signed, walk};
use crate::support::binary::{Sandbox, shown};
use crate::support::signers::Key;

/// Puts a key into the sandbox's `~/.ssh` and returns its public file.
fn key_file(sandbox: &Sandbox, name: &str, text: &str, key: &Key) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let private = sandbox.write(&format!("../home/.ssh/{name}"), text);
    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.write(&format!("../home/.ssh/{name}.pub"), format!("{} layla@desk\n", key.public.line()));
    format!("~/.ssh/{name}.pub")
}

pub fn with_key(label: &str) -> (Sandbox, Key) {
    let (sandbox, key) = (Sandbox::new(label), Key::new());
    let file = key_file(&sandbox, "id_a", &key.file(None), &key);
    let set = sandbox.run(["key", "--use", &file, "--as", "layla"]);
    set.exits(0).tells(&key.public.fingerprint()).tells("tested: it signs and verifies");
    (sandbox, key)
}

#[test]
fn a_key_is_set_up_and_proves_a_name_from_the_opening_to_the_end() {
    let (sandbox, key) = with_key("key");
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0).tells("driven by layla (key, from answers)");
    let verified = sandbox.run(["verify"]);
    verified.exits(0).tells("signatures   holds (5 of 5 names proven by key)");
    let run = only_run(&sandbox);
    sandbox.run(["verify", &run]).exits(0).tells("along its own chain").tells("5 of 5 names proven by key");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(["verify", "--json"]).exits(0).out).unwrap();
    assert_eq!(json["verdicts"]["signatures"], "holds");
    assert_eq!((&json["proven"], &json["signed"]), (&5.into(), &5.into()));
    // Each signature is over the head that was shown, the opening's too: what came before is witnessed by the key.
    assert_eq!(json["witness"]["signed"], 5, "{json}");
    sandbox.run(["show", &run]).exits(0).tells("One.: layla (key)");
    sandbox.run(["export", &run]).exits(0).tells("layla (key").tells("all 5 signatures hold");
    // Whoever does not know the key sees a claim, never a proof.
    let nobody = |args: &[&str]| {
        let empty = sandbox.write("nobody", "");
        shown(sandbox.command(args).env("GONOGO_ALLOWED_SIGNERS", empty))
    };
    let show = nobody(&["show", &run]);
    show.exits(0).tells("One.: layla (claimed)");
    assert!(!show.out.contains("(key"), "{show}");
    let record = nobody(&["export", &run]);
    record.exits(0).tells("(claimed").tells("5 OF 5 SIGNATURES PROVE NO NAME").tells("only claimed");
    assert!(!record.out.contains("(key"), "{record}");
    let record = nobody(&["export", &run, "--format", "json"]);
    assert!(!record.exits(0).out.contains("ssh-key") && !record.out.contains("\"key\""), "{record}");
    nobody(&["verify"]).exits(6).tells("signatures   FAILS").tells(&key.public.fingerprint());
    // So does whoever is told by the command line, which wins.
    let omar = sandbox.write("omar", format!("omar {}\n", key.public.line()));
    let omar = sandbox.run(["verify".as_ref(), "--allowed-signers".as_ref(), omar.as_os_str()]);
    omar.exits(6).tells("is allowed for omar, not for layla");
}

#[test]
fn a_signature_covers_the_head_that_its_signer_was_shown() {
    let (sandbox, _) = with_key("key-seen");
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0);
    let reader = Reader::open(&sandbox.log()).unwrap();
    let facts = reader.load(&only_run(&sandbox)).unwrap().events;
    let mut covered = 0;
    for fact in &facts {
        let json = serde_json::to_value(&fact.event).unwrap();
        let (seen, head) = match fact.event.kind() {
            "box.signed" => (&json["seen"], &json["seen_head"]),
            "run.closed" => (&json["seen"]["event"], &json["seen"]["head"]),
            _ => continue,
        };
        let shown = facts.iter().find(|f| Some(f.seq) == seen.as_u64()).unwrap();
        assert_eq!(head.as_str(), Some(shown.hash.as_str()));
        covered += 1;
    }
    assert_eq!(covered, 4);
}

#[test]
fn only_the_name_of_the_key_is_proven_and_only_where_it_signs() {
    let (sandbox, key) = with_key("key-names");
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &["--as", "omar"]).exits(0).tells("driven by omar (typed");
    walk(&sandbox, "book.md", &["--unsigned"]).exits(0).tells("driven by layla (typed");
    sandbox
        .run(["verify"])
        .exits(0)
        .tells("signatures   none yet (0 of 10 names proven by key, 10 not proven)");
    sandbox.run(["key", "--off"]).exits(0);
    walk(&sandbox, "book.md", &[]).exits(0).tells("driven by layla (typed");
    // Facts that nobody signs do not say that a key proves the name.
    sandbox.run(["key", "--use", &key.public.fingerprint()]).exits(0);
    let stops = sandbox.write(
        "answers.yaml",
        std::fs::read_to_string(sandbox.path("answers.yaml"))
            .unwrap()
            .replace("two: {sign: true}", "two: stop"),
    );
    assert!(stops.exists());
    walk(&sandbox, "book.md", &[]).exits(9);
    let allowed = gonogo::sign::signers::AllowedSigners::parse(
        &format!("layla {}\n", key.public.line()),
        gonogo::clock::Zone::default(),
    );
    let reader = Reader::open(&sandbox.log()).unwrap().judging(std::sync::Arc::new(allowed.0));
    let run = reader.runs().unwrap().pop().unwrap().run;
    let proofs: Vec<_> = reader
        .load(&run)
        .unwrap()
        .events
        .iter()
        .filter_map(|f| proof::who(&f.event).map(|who| (f.event.kind(), who.proof)))
        .collect();
    let expected =
        [("run.opened", Proof::SshKey), ("box.signed", Proof::SshKey), ("run.paused", Proof::Typed)];
    assert_eq!(proofs, expected);
    sandbox.run(["verify"]).exits(0);
}

#[test]
fn a_run_that_is_closed_from_outside_is_closed_with_the_key() {
    let (sandbox, _) = with_key("key-close");
    signed(&sandbox, "book.md", THREE);
    let text = std::fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    sandbox.write("answers.yaml", text.replace("two: {sign: true}", "two: stop"));
    walk(&sandbox, "book.md", &[]).exits(9);
    let run = only_run(&sandbox);
    sandbox.run(["close", &run, "--outcome", "aborted", "--reason", "enough"]).exits(1);
    // Opening, one box, closing; that it was taken up is nothing that anybody signs.
    sandbox.run(["verify"]).exits(0).tells("signatures   holds (3 of 3 names proven by key)");
}

#[test]
fn a_key_that_cannot_sign_stops_before_anything_starts() {
    let (sandbox, key) = with_key("key-gone");
    signed(&sandbox, "book.md", THREE);
    key_file(&sandbox, "id_a", &key.file(Some("correct horse")), &key);
    let before = sandbox.contents();
    let locked = walk(&sandbox, "book.md", &[]);
    locked.exits(7).says("needs a passphrase").says("go on with --unsigned").says("add it to ssh-agent");
    std::fs::remove_file(sandbox.path("../home/.ssh/id_a")).unwrap();
    let gone = walk(&sandbox, "book.md", &[]);
    gone.exits(7).says("cannot sign");
    key_file(&sandbox, "id_a", &key.file(Some("correct horse")), &key);
    let revoked = sandbox.write("../config/gonogo/revoked", format!("{}\n", key.public.line()));
    let config = sandbox.path("../config/gonogo/config.yaml");
    let settings = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{settings}revoked_keys: revoked\n")).unwrap();
    walk(&sandbox, "book.md", &[]).exits(7).says("was revoked");
    std::fs::write(&revoked, "SSHKRL\n").unwrap();
    walk(&sandbox, "book.md", &[]).exits(3).says("or a list of `ssh-keygen -k`");
    std::fs::remove_file(&revoked).unwrap();
    walk(&sandbox, "book.md", &[]).exits(3).says("cannot be read");
    std::fs::write(&config, settings).unwrap();
    std::fs::remove_file(sandbox.path("../config/gonogo/allowed_signers")).unwrap();
    walk(&sandbox, "book.md", &[]).exits(7).says("nobody is allowed to sign with the key");
    assert!(!sandbox.log().exists(), "{before:?}");
}

#[test]
fn a_key_that_does_not_work_is_not_set_up() {
    let (sandbox, key, other) = (Sandbox::new("key-bad"), Key::new(), Key::new());
    let file = key_file(&sandbox, "id_a", &other.file(None), &key);
    let before = sandbox.contents();
    let bad = sandbox.run(["key", "--use", &file, "--as", "layla", "--json"]);
    bad.exits(7).says("it is another key").says("nothing has changed");
    assert!(!sandbox.path("../config/gonogo/config.yaml").exists());
    for (args, code, words) in [
        (vec!["key", "--use", &file], 2, "--as NAME"),
        (vec!["key", "--use", &file, "--as", "lay*"], 2, "must not hold * ?"),
        (vec!["key", "--use", "SHA256:none", "--as", "layla"], 2, "gonogo key --show"),
        (vec!["key", "--use", "nowhere.pub", "--as", "layla"], 2, "nowhere.pub"),
        (vec!["key"], 7, "--use KEY"),
    ] {
        sandbox.run(&args).exits(code).says(words);
    }
    drop(before);
    let none = Sandbox::new("key-none");
    none.run(["key"]).exits(7).says("ssh-keygen -t ed25519");
    none.run(["key", "--show"]).exits(0).tells("no key could sign");
}

#[test]
fn a_key_is_shown_as_json_and_changes_nothing() {
    let (sandbox, key) = with_key("key-json");
    let allowed = sandbox.path("../config/gonogo/allowed_signers");
    let line = std::fs::read_to_string(&allowed).unwrap();
    assert_eq!(line, format!("layla namespaces=\"signoff@gonogo\" {}\n", key.public.line()));
    // A second time adds nothing.
    sandbox.run(["key", "--use", "~/.ssh/id_a.pub"]).exits(0);
    assert_eq!(std::fs::read_to_string(&allowed).unwrap(), line);
    let before = sandbox.contents();
    let told = sandbox.run(["key", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&told.exits(0).out).unwrap();
    assert_eq!((json["name"].as_str(), json["proof"].as_str()), (Some("layla"), Some("key")));
    assert_eq!(json["fingerprint"].as_str(), Some(key.public.fingerprint().as_str()));
    assert_eq!(json["candidates"][0]["comment"].as_str(), Some("layla@desk"));
    assert_eq!(json["trouble"], serde_json::Value::Null);
    sandbox.contents().unchanged_since(&before, &told);
    // The name in the settings survives, and a second key keeps the first one's line.
    let second = Key::ecdsa();
    let file = key_file(&sandbox, "id_b", &second.file(None), &second);
    sandbox.run(["key", "--use", &file]).exits(0).tells(&second.public.fingerprint());
    assert!(std::fs::read_to_string(&allowed).unwrap().starts_with(&line));
}

#[test]
fn the_name_of_the_login_is_told_from_a_typed_one() {
    let sandbox = Sandbox::new("os-user");
    signed(&sandbox, "book.md", THREE);
    let text = std::fs::read_to_string(sandbox.path("answers.yaml")).unwrap();
    sandbox.write("answers.yaml", text.replace("two: {sign: true}", "two: stop"));
    walk(&sandbox, "book.md", &[]).exits(9);
    let login = crate::support::sshd::user();
    let run = only_run(&sandbox);
    let close = |name: &str| {
        sandbox.run(["close", &run, "--outcome", "aborted", "--reason", "enough", "--as", name]).exits(1);
        let last = Reader::open(&sandbox.log()).unwrap().load(&run).unwrap().events.pop().unwrap();
        let who = proof::who(&last.event).unwrap().clone();
        (who.name, who.proof)
    };
    assert_eq!(close(&login), (login.clone(), Proof::OsUser));
    assert!(sandbox.run(["export", &run]).exits(0).out.contains("(os-user)"));
}

#[test]
fn a_session_says_who_sat_there_and_with_which_key_and_proves_nothing_by_it() {
    let (sandbox, key) = with_key("key-session");
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0);
    let run = only_run(&sandbox);
    let known = crate::support::signers::allowed(&format!("layla {}\n", key.public.line()));
    let reader = Reader::open(&sandbox.log()).unwrap().judging(std::sync::Arc::new(known));
    let sat = reader.sessions_of(&run).unwrap();
    let [sitting] = sat.as_slice() else { panic!("{sat:?}") };
    let print = key.public.fingerprint();
    assert_eq!(sitting.opened.principal.as_deref(), Some("layla"));
    assert_eq!(
        (sitting.opened.signs, sitting.opened.fingerprint.as_deref()),
        (Some(Proof::SshKey), Some(print.as_str()))
    );
    let words = format!("layla (signs with key {print}), account ");
    sandbox.run(["show", &run]).exits(0).tells(&format!("session: {words}")).tells("without a terminal");
    sandbox
        .run(["export", &run])
        .exits(0)
        .tells("Sessions that wrote it, by their own word:")
        .tells("(signs with key");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.run(["export", &run, "--format", "json"]).exits(0).out).unwrap();
    assert_eq!(json["run"]["sessions"][0]["fingerprint"], print.as_str(), "{}", json["run"]["sessions"]);
    // Somebody beside is another session; what is not signed says so.
    sandbox.run(["note", &run, "later", "--as", "omar", "--yes"]).exits(0);
    sandbox.run(["show", &run]).exits(0).tells("session: omar (typed), account ");
    // Whoever does not know the key sees a claim here, too.
    let empty = sandbox.write("nobody", "");
    let shown = shown(sandbox.command(["show", &run]).env("GONOGO_ALLOWED_SIGNERS", empty));
    shown.exits(0).tells(&format!("session: layla (claims the key {print}), account "));
    sandbox.run(["verify"]).exits(0);
}
