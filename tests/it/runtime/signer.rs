//! Agents as they are: quick, slow, silent, unwilling, or of somebody else; and files with passphrases.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gonogo::audit::verify::{Scope, judged};
use gonogo::run::command::{Action, Command};
use gonogo::run::fact::{Entry, Proof, Via, Who};
use gonogo::run::proof;
use gonogo::runbook::ids::BoxId;
use gonogo::runtime::clock;
use gonogo::runtime::session::Session;
use gonogo::runtime::signer::find::{candidates, hand, public};
use gonogo::runtime::signer::{Hand, NotSigned, Signer};
use gonogo::runtime::worker::Answer;
use gonogo::sign::agent::{ask_identities, identities};
use gonogo::sign::sshsig::{message, signed_data};
use gonogo::sign::verify::{Unproven, verify};
use gonogo::sign::wire::{Reader, put_string};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::it::runtime::rig::Bench;
use crate::support::signers::{Key, allowed};
use crate::support::temp::TempDir;

const AT: i64 = 1_800_000_000;
const BODY: &str = r#"{"v":1,"kind":"box.signed"}"#;
const LIMIT: Duration = Duration::from_secs(90);

/// What an agent does when it is asked to sign.
#[derive(Clone, Copy)]
enum Does {
    Signs,
    Refuses,
    Nothing,
    HangsUp,
    Floods,
    /// It signs something else.
    Lies,
    /// It signs whatever it is given.
    Echo,
}

/// An agent with one key.
fn agent(dir: &TempDir, key: Key, does: Does) -> PathBuf {
    let socket = dir.join("agent");
    let listener = UnixListener::bind(&socket).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let length = stream.read_u32().await.unwrap();
            let mut request = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut request).await.unwrap();
            let mut answer = Vec::new();
            match (request[0], does) {
                (11, _) => {
                    answer.extend([12, 0, 0, 0, 1]);
                    put_string(&mut answer, key.public.blob());
                    put_string(&mut answer, b"layla's key");
                }
                (_, Does::Signs) => {
                    answer.push(14);
                    put_string(&mut answer, &key.secret.sign(&signed_data(&message(BODY))).unwrap());
                }
                (_, Does::Lies) => {
                    answer.push(14);
                    put_string(&mut answer, &key.secret.sign(b"something else").unwrap());
                }
                (_, Does::Echo) => {
                    let mut asked = Reader(&request[1..]);
                    asked.string().unwrap();
                    answer.push(14);
                    put_string(&mut answer, &key.secret.sign(asked.string().unwrap()).unwrap());
                }
                (_, Does::Refuses) => answer.push(5),
                (_, Does::HangsUp) => continue,
                (_, Does::Floods) => {
                    stream.write_u32(u32::MAX).await.unwrap();
                    continue;
                }
                (_, Does::Nothing) => std::future::pending::<()>().await,
            }
            let mut framed = Vec::new();
            put_string(&mut framed, &answer);
            stream.write_all(&framed).await.unwrap();
        }
    });
    socket
}

fn signer(socket: &Path, key: &gonogo::sign::key::PublicKey, allowing: &str) -> Signer {
    let hand = Hand::Agent { socket: socket.to_owned(), blob: key.blob().to_vec() };
    Signer::new("layla", key.clone(), hand, Arc::new(allowed(allowing)), LIMIT)
}

fn line(key: &gonogo::sign::key::PublicKey) -> String {
    format!("layla {}\n", key.line())
}

#[tokio::test]
async fn an_agent_signs_and_the_signature_proves_the_name() {
    let (dir, key) = (TempDir::new("agent"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, key, Does::Signs);
    let sig = signer(&socket, &public, &line(&public)).sign(BODY, AT).await.unwrap();
    assert!(verify(&sig, &message(BODY), "layla", AT, &allowed(&line(&public))).is_ok());
}

#[tokio::test]
async fn what_would_prove_nothing_is_not_handed_out() {
    let (dir, key) = (TempDir::new("agent-bad"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, key, Does::Signs);
    // A key that is not allowed, or not any more, and another text than the one that was to be signed.
    let nobody = signer(&socket, &public, "").sign(BODY, AT).await;
    assert_eq!(nobody, Err(NotSigned::Unproven(Unproven::UnknownKey(public.fingerprint()))));
    let old = format!("layla valid-before=\"20260101Z\" {}\n", public.line());
    let expired = signer(&socket, &public, &old).sign(BODY, AT).await;
    assert_eq!(expired, Err(NotSigned::Unproven(Unproven::Expired(1))));
    let (dir, key) = (TempDir::new("agent-lies"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, key, Does::Lies);
    let lie = signer(&socket, &public, &line(&public)).sign(BODY, AT).await;
    assert_eq!(lie, Err(NotSigned::Unproven(Unproven::DoesNotHold)));
}

#[tokio::test]
async fn an_agent_that_does_not_sign_is_told_in_words() {
    for (does, words) in [
        (Does::Refuses, "the agent did not sign"),
        (Does::HangsUp, "the agent at"),
        (Does::Floods, "its answer is longer than any"),
    ] {
        let (dir, key) = (TempDir::new("agent-no"), Key::new());
        let public = key.public.clone();
        let socket = agent(&dir, key, does);
        let why = signer(&socket, &public, &line(&public)).sign(BODY, AT).await.unwrap_err();
        assert!(why.to_string().contains(words), "{why}");
    }
    let key = Key::new();
    let gone = signer(Path::new("/nonexistent/agent"), &key.public, &line(&key.public)).sign(BODY, AT).await;
    assert!(gone.unwrap_err().to_string().contains("/nonexistent/agent"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_agent_has_a_limit() {
    let (dir, key) = (TempDir::new("agent-late"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, key, Does::Nothing);
    let signer = signer(&socket, &public, &line(&public));
    assert_eq!(signer.sign(BODY, AT).await, Err(NotSigned::Late(90)));
}

#[tokio::test(start_paused = true)]
async fn a_person_gives_up_and_may_try_again() {
    let (dir, key) = (TempDir::new("agent-up"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, key, Does::Nothing);
    let signer = signer(&socket, &public, &line(&public));
    // Giving up when nothing is waited for takes nothing from the next signature.
    signer.give_up();
    let signing = tokio::spawn({
        let signer = signer.clone();
        async move { signer.sign(BODY, AT).await }
    });
    // Paused time: nobody waits for it.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(!signing.is_finished());
    signer.give_up();
    assert_eq!(signing.await.unwrap(), Err(NotSigned::GivenUp));
    assert_eq!(signer.sign(BODY, AT).await, Err(NotSigned::Late(90)));
}

#[tokio::test]
async fn keys_are_found_in_the_agent_and_in_files() {
    let (dir, key, other) = (TempDir::new("find"), Key::new(), Key::ecdsa());
    let (public_key, line) = (key.public.clone(), key.public.line());
    std::fs::write(dir.join("id_a.pub"), format!("{line} layla@desk\n")).unwrap();
    std::fs::write(dir.join("id_b.pub"), format!("{}\n", other.public.line())).unwrap();
    std::fs::write(dir.join("notes.pub"), "not a key\n").unwrap();
    let socket = agent(&dir, key, Does::Signs);
    let (found, trouble) = candidates(Some(&socket), dir.path()).await;
    assert_eq!(trouble, None);
    let told: Vec<_> = found.iter().map(|c| (c.agent, c.comment.as_str(), c.file.is_some())).collect();
    assert_eq!(told, [(true, "layla's key", true), (false, "", true)]);
    assert_eq!(public(&dir.join("id_a.pub")).unwrap(), (public_key, "layla@desk".to_owned()));
    // An agent that is gone is said; the files are found all the same.
    let (found, trouble) = candidates(Some(&dir.join("gone")), dir.path()).await;
    assert_eq!(found.len(), 2);
    assert!(trouble.unwrap().contains("gone"));
}

#[tokio::test]
async fn a_file_signs_where_no_agent_holds_the_key_and_is_asked_its_passphrase() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, key) = (TempDir::new("file"), Key::new());
    let file = dir.join("id_a");
    let write = |text: &str, mode| {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let none = |_: &str| None;
    let path = dir.join("id_a.pub");
    write(&key.file(None), 0o600);
    let opened = hand(&key.public, Some(&path), None, &none).await.unwrap();
    let signer =
        Signer::new("layla", key.public.clone(), opened, Arc::new(allowed(&line(&key.public))), LIMIT);
    assert!(signer.sign(BODY, AT).await.is_ok() && !signer.asks_agent());
    // Others can read it.
    write(&key.file(None), 0o644);
    let why = hand(&key.public, Some(&path), None, &none).await.unwrap_err();
    assert!(why.contains("chmod 600") && why.contains("there is no agent"), "{why}");
    // It is another key's.
    write(&Key::new().file(None), 0o600);
    let why = hand(&key.public, Some(&path), None, &none).await.unwrap_err();
    assert!(why.contains("it is another key"), "{why}");
    // It wants its passphrase, three times at most.
    write(&key.file(Some("correct horse")), 0o600);
    let asked = std::cell::RefCell::new(Vec::new());
    let says = |words: &'static [&'static str]| {
        let asked = &asked;
        move |question: &str| {
            asked.borrow_mut().push(question.to_owned());
            words.get(asked.borrow().len() - 1).map(|word| secrecy::SecretString::from(*word))
        }
    };
    assert!(hand(&key.public, Some(&path), None, &says(&["wrong", "correct horse"])).await.is_ok());
    let questions = asked.take();
    assert!(
        questions[0].starts_with("Passphrase of") && questions[1].starts_with("That is not its"),
        "{questions:?}"
    );
    let why =
        hand(&key.public, Some(&path), None, &says(&["a", "b", "c", "correct horse"])).await.unwrap_err();
    assert!(why.contains("that is not its passphrase"), "{why}");
    asked.take();
    let why = hand(&key.public, Some(&path), None, &says(&[])).await.unwrap_err();
    assert!(why.contains("add it to ssh-agent"), "{why}");
}

#[test]
fn an_agents_answer_that_is_cut_or_none_is_no_list() {
    let mut answer = vec![12, 0, 0, 0, 1];
    put_string(&mut answer, b"key");
    put_string(&mut answer, b"comment");
    assert_eq!(identities(&answer).unwrap().len(), 1);
    for end in 0..answer.len() {
        assert_eq!(identities(&answer[..end]), None, "{end}");
    }
    assert_eq!(identities(&[5]), None);
    // A count that no answer could hold asks for no memory.
    assert_eq!(identities(&[12, 255, 255, 255, 255]), None);
    assert_eq!(ask_identities(), [0, 0, 0, 1, 11]);
}

/// Two people at two terminals: who signs what the other has changed meanwhile is shown that first.
#[tokio::test]
async fn a_signature_in_ignorance_is_not_recorded_and_the_screen_learns_why() {
    let (dir, key) = (TempDir::new("two"), Key::new());
    let public = key.public.clone();
    let socket = agent(&dir, Key::of_file(&key.file(None)), Does::Echo);
    let allow = line(&public);
    let bench = Bench::start(dir.path()).await;
    let mut bench = bench;
    let layla = signer(&socket, &public, &allow);
    bench.session.log = bench.session.log.clone().signing(Arc::new(allowed(&allow)), Some(layla));
    let (driver, held) = bench.open(BOOK, &[]).await;
    drop(held);
    let (worker, mut inbox) = bench.worker();
    let mut driver = driver;
    assert_eq!(driver.run().opened.who.proof, Proof::Typed, "the rig opens with a typed name");
    // Another session signs the box.
    let other = Session::open(&dir.join("log.db")).await.unwrap();
    let sign =
        |id: &str| Action::Sign { id: BoxId(id.to_owned()), note: None, value: None, out_of_order: true };
    let own = Who { name: "layla".to_owned(), proof: Proof::SshKey, via: Via::Keyboard, seat: None };
    let omar = Who { name: "omar".to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None };
    let as_omar = Command { who: omar, at: clock::now(), action: sign("one") };
    let events = driver.run().decide(&as_omar).unwrap();
    let entries = events.into_iter().map(|event| Entry { event, chunk: None }).collect();
    other.log.append(Some(&driver.run().id), entries).await.unwrap();
    // This one does not know of it.
    let as_layla = |id| Command { who: own.clone(), at: clock::now(), action: sign(id) };
    for effect in driver.submit(&as_layla("one")).unwrap() {
        worker.perform(driver.run(), effect);
    }
    assert!(matches!(inbox.recv().await, Some(Answer::Signing { .. })));
    let Some(Answer::NotSigned { why, newer, .. }) = inbox.recv().await else { panic!("it is not signed") };
    assert!(why.contains("box.signed by omar came meanwhile"), "{why}");
    assert_eq!(newer.len(), 1);
    assert!(driver.not_signed(&newer).is_empty());
    assert!(driver.submit(&as_layla("one")).is_err(), "it is signed already");
    // The other box is nobody's yet.
    for effect in driver.submit(&as_layla("two")).unwrap() {
        worker.perform(driver.run(), effect);
    }
    assert!(matches!(inbox.recv().await, Some(Answer::Signing { .. })));
    let Some(Answer::Recorded { result: Ok(facts), .. }) = inbox.recv().await else { panic!("it is signed") };
    assert_eq!(proof::who(&facts[0].event).unwrap().proof, Proof::SshKey);
    driver.recorded(Ok(facts));
    other.close("the test ends").await.unwrap();
    drop(worker);
    bench.end().await;
    let scope = Scope { allowed: Some(Arc::new(allowed(&allow))), ..Scope::default() };
    let report = judged(&dir.join("log.db"), &scope).unwrap();
    assert_eq!((report.sound(), report.proven), (true, 1), "{report}");
}

const BOOK: &str = "# Two boxes\n\n- [ ] One. <!-- gonogo: id=one -->\n- [ ] Two. <!-- gonogo: id=two -->\n";
