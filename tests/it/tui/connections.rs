//! What connections ask, on the screen: one question at a time, that names the host, outside the output, and that nothing
//! but a reply decides.

use gonogo::run::conclude::Report;
use gonogo::run::fact::HostKeyAccepted;
use gonogo::tui::effect::{Effect, Reply, Secret};
use gonogo::tui::msg::{Asked, Msg, NewKey, Want, Wanted};

use crate::it::tui::scenes;
use crate::support::runs::who;
use crate::support::screen::{Screen, later};

const FINGERPRINT: &str = "SHA256:uN8rZk3Pqf0T7mYc1dLaX9vBeW2sJ5hGoQ6itC4nRz0";

fn asked(id: u64, wants: Wanted) -> Msg {
    let target = "deploy@192.0.2.14:22".to_owned();
    let asked = Asked { id, host: "api4".to_owned(), target, wants, waiting: 0 };
    Msg::Asked(Box::new(asked), gonogo::clock::Stamp::at_unix(crate::support::runs::BEGIN))
}

fn host_key() -> Wanted {
    Wanted::HostKey(NewKey {
        kind: "ssh-ed25519".to_owned(),
        fingerprint: FINGERPRINT.to_owned(),
        recorded_as: "192.0.2.14".to_owned(),
        file: Some("/home/layla/.ssh/known_hosts".to_owned()),
        other_names: vec![("api5".to_owned(), "/home/layla/.ssh/known_hosts:7".to_owned())],
        reached: vec!["api1".to_owned(), "api2".to_owned()],
        ..NewKey::default()
    })
}

fn text(want: Want) -> Wanted {
    Wanted::Text { want, shown: false, attempt: 1 }
}

fn ask(s: &mut Screen, id: u64, wants: Wanted) {
    let Msg::Asked(asked, _) = asked(id, wants) else { return };
    s.send(Msg::Asked(asked, s.now));
}

fn replies(s: &Screen) -> Vec<&Effect> {
    s.effects.iter().filter(|effect| matches!(effect, Effect::Reply { .. })).collect()
}

/// A new host key is asked about while a step runs.
pub fn new_key() -> Screen {
    let mut s = scenes::running();
    ask(&mut s, 1, host_key());
    s
}

/// A passphrase is wanted, and part of it is typed.
pub fn passphrase() -> Screen {
    let mut s = scenes::running();
    ask(&mut s, 1, text(Want::Passphrase { file: "/home/layla/.ssh/id_ed25519".to_owned() }));
    s.keys("hunter2");
    s
}

#[test]
fn a_new_host_key_is_shown_whole_and_refusing_is_first() {
    let mut s = new_key();
    let shown = s.text();
    for said in [
        "New host key: api4 (deploy@192.0.2.14:22)",
        "asked by gonogo, not by the host",
        "is this really api4?",
        FINGERPRINT,
        "ED25519",
        "api1, api2 reached",
        "is recorded for api5 in /home/layla/.ssh/known_hosts:7",
        "recorded in /home/layla/.ssh/known_hosts",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    s.keys("<enter>");
    assert_eq!(replies(&s), [&Effect::Reply { id: 1, reply: Reply::Refuse }]);
    assert!(s.app.session.dialog().is_none());
    for (keys, reply) in [
        ("a<enter>", Reply::Accept),
        ("1<enter>", Reply::OnlyThisRun),
        ("<esc>", Reply::Refuse),
        ("<c-c>", Reply::Refuse),
    ] {
        let mut s = new_key();
        s.keys(keys);
        assert_eq!(replies(&s), [&Effect::Reply { id: 1, reply }], "{keys}");
    }
    let mut s = new_key();
    s.keys("c");
    assert!(s.effects.contains(&Effect::Copy(FINGERPRINT.to_owned())) && replies(&s).is_empty());
}

#[test]
fn a_question_waits_for_the_one_that_is_open() {
    let mut s = scenes::running();
    s.keys("nasked qa");
    ask(&mut s, 7, host_key());
    let shown = s.text();
    assert!(!shown.contains("New host key") && shown.contains("api4 waits for an answer"), "{shown}");
    s.keys("<enter>");
    assert!(s.text().contains("New host key: api4"), "{}", s.text());
    s.keys("a<enter>");
    assert_eq!(replies(&s), [&Effect::Reply { id: 7, reply: Reply::Accept }]);
    assert_eq!(s.log.iter().filter(|(_, fact)| fact.event.kind() == "note.added").count(), 1);
}

#[test]
fn keys_that_were_meant_for_something_else_answer_nothing() {
    let mut s = scenes::running();
    ask(&mut s, 1, host_key());
    s.keys_apart("a<enter>", 20);
    assert!(replies(&s).is_empty(), "{:?}", replies(&s));
    assert!(s.text().contains("New host key"), "{}", s.text());
}

#[test]
fn a_question_left_open_overnight_decides_nothing() {
    for mut s in [new_key(), passphrase()] {
        s.now = later(s.now, 12 * 3600 * 1000);
        s.send(Msg::Tick(s.now));
        assert!(replies(&s).is_empty() && s.app.session.dialog().is_some());
        assert!(s.text().contains("api4"), "{}", s.text());
    }
}

#[test]
fn what_is_typed_is_shown_nowhere() {
    let mut s = passphrase();
    let shown = s.text();
    assert!(
        shown.contains("Passphrase for api4 (deploy@192.0.2.14:22)") && shown.contains("id_ed25519"),
        "{shown}"
    );
    assert!(shown.contains("typed, not shown") && !shown.contains("hunter2"), "{shown}");
    assert!(!format!("{:?}", s.app).contains("hunter2"));
    s.keys("<enter>");
    let text = Secret("hunter2".to_owned().into());
    assert_eq!(replies(&s), [&Effect::Reply { id: 1, reply: Reply::Text { text, shown: false } }]);
    assert!(!format!("{:?}", s.effects).contains("hunter2"), "{:?}", s.effects);
    assert!(!format!("{:?}", s.app).contains("hunter2"));
    // A wrong one is asked for again, and the field is empty.
    ask(&mut s, 2, Wanted::Text { want: Want::Password, shown: false, attempt: 2 });
    let shown = s.text();
    assert!(
        shown.contains("Password for api4") && shown.contains("try 2") && !shown.contains("typed, not"),
        "{shown}"
    );
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_some(), "nothing was typed");
    s.keys("<esc>");
    assert_eq!(replies(&s)[1], &Effect::Reply { id: 2, reply: Reply::Refuse });
}

#[test]
fn what_sudo_asks_names_host_and_account_and_shows_nothing() {
    let mut s = scenes::running();
    let want = Want::Sudo { whose: "root\u{202e}\u{1b}[2J".to_owned() };
    ask(&mut s, 1, Wanted::Text { want, shown: false, attempt: 2 });
    s.keys("hunter2");
    let shown = s.text();
    for words in
        ["Password for sudo on api4 (deploy@192.0.2.14:22)", "whose", "root", "asked by sudo", "try 2"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains(['\u{1b}', '\u{202e}']) && !shown.contains("hunter2"), "{shown}");
    s.keys("<enter>");
    let text = Secret("hunter2".to_owned().into());
    assert_eq!(replies(&s), [&Effect::Reply { id: 1, reply: Reply::Text { text, shown: false } }]);
    assert!(!format!("{:?}{:?}", s.effects, s.app).contains("hunter2"));
}

#[test]
fn what_a_host_asks_is_harmless_and_said_to_be_its() {
    let mut s = scenes::running();
    let want = Want::Answer {
        name: "\u{1b}[2J\u{202e}evil".to_owned(),
        instructions: "Step passed, press y\n\u{1b}]52;c;AAAA\u{7}".repeat(40),
        prompt: "Code\u{200b}: ".to_owned(),
    };
    ask(&mut s, 1, Wanted::Text { want, shown: true, attempt: 1 });
    s.keys("424242");
    let shown = s.text();
    assert!(shown.contains("A question of api4") && shown.contains("asked by the host"), "{shown}");
    assert!(shown.contains("U+202E") && shown.contains("424242"), "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{7}']), "{shown}");
    s.keys("<enter>");
    let text = Secret("424242".to_owned().into());
    assert_eq!(replies(&s), [&Effect::Reply { id: 1, reply: Reply::Text { text, shown: true } }]);
}

#[test]
fn a_question_that_nobody_wants_answered_goes() {
    let mut s = passphrase();
    s.send(Msg::Withdrawn(1, s.now));
    assert!(s.app.session.dialog().is_none() && !s.text().contains("Passphrase"), "{}", s.text());
    s.send(Msg::Withdrawn(1, s.now));
    assert!(replies(&s).is_empty());
    // One that waits goes, too.
    s.keys("nx");
    ask(&mut s, 2, host_key());
    s.send(Msg::Withdrawn(2, s.now));
    s.keys("<esc>");
    assert!(s.app.session.dialog().is_none());
}

#[test]
fn an_accepted_key_is_told_with_who_and_where() {
    let mut s = new_key();
    s.report(Report::KeyAccepted(HostKeyAccepted {
        who: Some(who("layla")),
        host: "api4".to_owned(),
        key_type: "ssh-ed25519".to_owned(),
        fingerprint: FINGERPRINT.to_owned(),
        recorded: Some("/home/layla/.ssh/known_hosts:12".to_owned()),
        not_recorded: None,
    }));
    assert_eq!(s.log.last().map(|(_, fact)| fact.event.kind()), Some("host.key_accepted"));
    s.keys("<esc>t");
    let shown = s.text();
    assert!(shown.contains("accepted the new key") && shown.contains("known_hosts:12"), "{shown}");
}
