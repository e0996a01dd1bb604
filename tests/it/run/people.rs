//! Properties of who counts as another person, over random plays of several people with names, keys and accounts in all
//! mixtures. What is held against them is worked out from the facts alone, not by the code that decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use gonogo::run::command::Action;
use gonogo::run::event::Event;
use gonogo::run::fact::{GateOpened, GateVoted, Proof, Recorded, Seat, Via, Vote, Who};
use gonogo::run::proof::who as who_did;
use gonogo::runbook::ids::BoxId;
use gonogo::runbook::model::Runbook;
use proptest::prelude::*;

use crate::support::runbooks::runbook;
use crate::support::runs::{self, Table, opened};

const BOOK: &str = "\
people qa omar,yusuf
people mobile wen,layla
phase Pre
box b0 two-person
box b1 role=qa
box b2 two-person value=V mark=rto
phase During gate go=qa,mobile,captain
box b3 two-person role=qa
phase Post gate go=captain
box b4
";

const NAMES: [&str; 4] = ["layla", "omar", "wen", "yusuf"];

/// One thing that somebody does; the numbers choose who, and what it is done to.
#[derive(Debug, Clone)]
struct Deed {
    who: Person,
    kind: u8,
    which: usize,
    how: u8,
    elsewhere: bool,
}

/// Somebody, and what they show.
#[derive(Debug, Clone)]
struct Person {
    name: usize,
    account: usize,
    key: usize,
    proof: u8,
}

fn people() -> impl Strategy<Value = Person> {
    // Mostly everybody sits at their own account with their own key.
    let own = (0..4_usize, 0..6_u8).prop_map(|(n, proof)| Person { name: n, account: n, key: n, proof });
    let any = (0..4_usize, 0..5_usize, 0..4_usize, 0..6_u8).prop_map(|(name, account, key, proof)| Person {
        name,
        account,
        key,
        proof,
    });
    prop_oneof![6 => own, 1 => any]
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (people(), 0..24_u8, 0..5_usize, any::<u8>(), any::<bool>())
        .prop_map(|(who, kind, which, how, elsewhere)| Deed { who, kind, which, how, elsewhere });
    prop::collection::vec(deed, 1..160)
}

impl Person {
    /// Returns them; in a run that keys sign mostly with a key, which this reader knows or not.
    fn shown(&self, signed: bool) -> Who {
        let account = ["a1", "a2", "a3", "a4"].get(self.account).map(|a| (*a).to_owned());
        let proof = match (signed, self.proof) {
            (true, 0..=3) | (false, 0) => Proof::SshKey,
            (true, 4) | (false, 1) => Proof::Claimed,
            _ => Proof::Typed,
        };
        let key = (proof != Proof::Typed).then(|| format!("SHA256:k{}", self.key));
        let seat = Some(Box::new(Seat { account, key }));
        Who { name: NAMES[self.name].to_owned(), proof, via: Via::Keyboard, seat }
    }
}

fn table(signed: bool) -> (Table, Arc<Runbook>) {
    let book = runbook(BOOK);
    let mut opening = opened(&book, Vec::new(), None, &[]);
    let proof = if signed { 0 } else { 5 };
    opening.who = Person { name: 0, account: 0, key: 0, proof }.shown(signed);
    (Table::open(Arc::clone(&book), opening), book)
}

/// Does it; returns the refusal, if it is one.
fn act(table: &mut Table, deed: &Deed, signed: bool) -> Option<String> {
    let who = deed.who.shown(signed);
    let id = BoxId(format!("b{}", deed.which));
    let yes = !deed.how.is_multiple_of(4);
    let action = match deed.kind {
        0..=9 => {
            let value = (deed.which == 2).then(|| if yes { "1" } else { "2" }.to_owned());
            Action::Sign { id, note: None, value, out_of_order: true }
        }
        10 => Action::Unsign { id, reason: "again".to_owned() },
        11 => Action::Waive { id, reason: "because".to_owned(), risk_owner: None, out_of_order: true },
        12..=19 => {
            let role = ["qa", "mobile", "captain"].get(usize::from(deed.how % 8)).map(|r| (*r).to_owned());
            let vote = if yes { Vote::Go } else { Vote::NoGo };
            Action::Vote { gate: 1 + deed.which % 2, vote, text: Some("words".to_owned()), role }
        }
        20 => Action::OfferHandover { to: NAMES[deed.which % 4].to_owned(), text: None },
        21 => Action::TakeOffer,
        22 => {
            table.resume();
            return None;
        }
        _ => Action::Note { id: None, text: "words".to_owned() },
    };
    // Whose key this reader does not know never sits at the driver's own keyboard.
    let beside = deed.elsewhere || who.proof == Proof::Claimed;
    let done = if beside { table.elsewhere(who, action) } else { table.command_by(who, action) };
    done.err().map(|refusal| refusal.to_string())
}

/// Returns whether the two are two people for whoever reads the facts.
fn are_two(one: &Who, other: &Who, signed: bool) -> bool {
    let key =
        |who: &Who| who.seat.as_ref().and_then(|s| s.key.clone()).filter(|_| who.proof == Proof::SshKey);
    let account = |who: &Who| who.seat.as_ref().and_then(|s| s.account.clone());
    let keys = key(one).zip(key(other)).is_some_and(|(a, b)| a != b);
    let accounts = account(one).zip(account(other)).is_some_and(|(a, b)| a != b);
    let typed = [one, other].iter().all(|who| !matches!(who.proof, Proof::Claimed));
    one.name != other.name && if signed { keys } else { keys || (accounts && typed) }
}

/// Holds the run against its facts.
fn judge(table: &Table, signed: bool) {
    let run = table.run();
    for (index, item) in run.runbook.boxes.iter().enumerate() {
        let Some((last, _)) = &run.boxes[index].signed else { continue };
        let mut since: Vec<&Who> = Vec::new();
        for fact in &table.log {
            match &fact.event {
                Event::BoxSigned(e) if e.id == item.id => since.push(&e.who),
                Event::BoxUnsigned(e) if e.id == item.id => since.clear(),
                _ => {}
            }
        }
        if item.two_person {
            let two = since.iter().any(|one| are_two(one, &last.who, signed));
            assert!(two, "{} is signed by one person: {since:?}", item.id);
        }
        if let Some(role) = &item.role {
            let people = run.runbook.people(role).expect("it has people");
            assert!(people.contains(&last.who.name), "{} is signed by {}", item.id, last.who.name);
        }
    }
    for (index, gate) in &run.gates {
        let Some((opened, _)) = &gate.opened else { continue };
        assert!(opened.over.is_none(), "nobody opens one against a reason here");
        let at = table.log.iter().rposition(|f| matches!(&f.event, Event::GateOpened(e) if e.gate == *index));
        complete(table, *index, &table.log[..at.expect("its fact")]);
    }
}

/// Checks that the poll at the gate is complete by the facts `before`.
fn complete(table: &Table, index: usize, before: &[Recorded]) {
    let phase = &table.run().runbook.phases[index];
    let mut spoke: Vec<&Who> = Vec::new();
    for role in &phase.go {
        let of_role = |fact: &'_ Recorded| match &fact.event {
            Event::GateVoted(e) if e.gate == index && e.role.as_deref() == Some(role.as_str()) => {
                (e.who.proof != Proof::Claimed).then(|| e.clone())
            }
            _ => None,
        };
        let newest: Option<GateVoted> = before.iter().rev().find_map(of_role);
        let newest = newest.unwrap_or_else(|| panic!("{role} said nothing at gate {index}"));
        assert_eq!(newest.vote, Vote::Go, "{role} said no at gate {index}");
        if let Some(people) = table.run().runbook.people(role) {
            assert!(people.contains(&newest.who.name), "{} spoke for {role}", newest.who.name);
        }
        let said = before.iter().rev().filter_map(|f| who_did(&f.event)).find(|who| **who == newest.who);
        spoke.extend(said);
    }
    for (n, one) in spoke.iter().enumerate() {
        for other in spoke.iter().skip(n + 1).filter(|other| other.name != one.name) {
            let seat = |who: &Who| who.seat.clone().expect("a seat");
            let (a, b) = (seat(one), seat(other));
            let same = match (&a.key, &b.key) {
                (Some(a), Some(b)) => a == b,
                _ => a.account.is_some() && a.account == b.account,
            };
            assert!(!same, "{one:?} and {other:?} are one at gate {index}");
        }
    }
}

fn play(deeds: &[Deed], signed: bool, judged: bool) -> (Table, BTreeSet<String>) {
    let (mut table, _) = table(signed);
    let mut refused = BTreeSet::new();
    for deed in deeds {
        let before = table.log.len();
        refused.extend(act(&mut table, deed, signed));
        if judged && table.log.len() > before {
            judge(&table, signed);
        }
    }
    assert_eq!(&table.replayed(), table.run(), "replay and live differ");
    (table, refused)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_person_is_never_two_and_no_gate_opens_by_half_a_poll(deeds in deeds(), signed in any::<bool>()) {
        play(&deeds, signed, true);
    }
}

#[test]
fn random_plays_of_people_reach_what_the_property_is_about() {
    use proptest::strategy::ValueTree as _;
    const WANTED: &[&str] = &[
        "signed: b0 by two",
        "signed: gate 1 open",
        "signed: gate 2 open",
        "signed: b3 by two",
        "signed: a vote by a key that nobody knows",
        "signed: a half by a key that nobody knows",
        "typed: b0 by two",
        "typed: gate 1 open",
        "typed: gate 2 open",
        "typed: b3 by two",
        "handed over",
        "refused: this is the same key under another name",
        "refused: two names at one account are one person",
        "refused: somebody else has to sign",
        "refused: a name without one proves nobody",
    ];
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for round in 0..4_000 {
        if WANTED.iter().all(|wanted| seen.contains(*wanted)) {
            break;
        }
        let signed = round % 2 == 0;
        let deeds = deeds().new_tree(&mut runner).expect("deeds").current();
        let (table, refused) = play(&deeds, signed, false);
        let how = if signed { "signed" } else { "typed" };
        let run = table.run();
        let opened = run.gates.iter().filter(|(_, gate)| gate.opened.is_some());
        seen.extend(opened.map(|(index, _)| format!("{how}: gate {index} open")));
        let two = |index: &usize| run.runbook.boxes[*index].two_person && run.boxes[*index].signed.is_some();
        seen.extend((0..run.boxes.len()).filter(two).map(|index| format!("{how}: b{index} by two")));
        for fact in &table.log {
            let claimed = who_did(&fact.event).is_some_and(|who| who.proof == Proof::Claimed);
            match &fact.event {
                Event::GateVoted(_) if claimed => {
                    seen.insert(format!("{how}: a vote by a key that nobody knows"));
                }
                Event::BoxSigned(_) if claimed => {
                    seen.insert(format!("{how}: a half by a key that nobody knows"));
                }
                Event::RunHandedOver(_) => drop(seen.insert("handed over".to_owned())),
                _ => {}
            }
        }
        for wanted in WANTED {
            let words = wanted.strip_prefix("refused: ");
            if words.is_some_and(|words| refused.iter().any(|said| said.contains(words))) {
                seen.insert((*wanted).to_owned());
            }
        }
    }
    for wanted in WANTED {
        assert!(seen.contains(*wanted), "no random play reaches {wanted}: {seen:?}");
    }
}

/// Returns what is read of a log that somebody wrote these into, behind what is there.
fn read_with(table: &Table, forged: &[Event]) -> gonogo::run::state::Run {
    let mut run = table.replayed();
    for (n, event) in forged.iter().enumerate() {
        let seq = table.seq + u64::try_from(n).expect("a place");
        run.evolve(&Recorded { seq, at: table.now, hash: format!("{seq:064x}"), event: event.clone() });
    }
    run
}

fn somebody(name: usize, account: usize, key: usize) -> Who {
    Person { name, account, key, proof: 0 }.shown(true)
}

fn go(who: Who, role: &str) -> Event {
    let (gate, vote) = (1, Vote::Go);
    Event::GateVoted(GateVoted { who, gate, vote, text: None, role: Some(role.into()), seen: None })
}

fn opens(who: Who) -> Event {
    Event::GateOpened(GateOpened { who, gate: 1, over: None, open: Vec::new(), seen: None })
}

/// What the program refuses to record does not count either when somebody else has recorded it: a vote by a good key that
/// has not the role, or under another name from the same seat.
#[test]
fn a_vote_that_would_be_refused_opens_nothing_when_it_is_read() {
    let (table, _) = table(true);
    let [layla, omar, wen, yusuf] = [0, 1, 2, 3].map(|n| somebody(n, n, n));
    for (case, [qa, mobile, captain], absent) in [
        ("all three may", [&omar, &wen, &layla], None),
        ("wen is not of qa", [&wen, &wen, &layla], Some("qa")),
        ("omar with the captain's key", [&somebody(1, 1, 0), &wen, &layla], Some("qa")),
        ("wen with the key of omar, who has spoken", [&omar, &somebody(2, 2, 1), &layla], Some("mobile")),
        ("yusuf is not the captain", [&omar, &wen, &yusuf], Some("captain")),
    ] {
        let votes = [go(qa.clone(), "qa"), go(mobile.clone(), "mobile"), go(captain.clone(), "captain")];
        let run = read_with(&table, &[&votes[..], &[opens(layla.clone())]].concat());
        assert_eq!(
            run.not_go(1),
            absent.map(|role| (role, "absent")).into_iter().collect::<Vec<_>>(),
            "{case}"
        );
        assert_eq!(run.gates[&1].opened.is_some(), absent.is_none(), "{case}");
        assert_eq!(run.gates[&1].votes.len(), 3, "{case}: what was said stays to be seen");
        // Whoever may still can, and then it opens.
        let mended =
            [&votes[..], &[go(omar.clone(), "qa"), go(wen.clone(), "mobile"), go(layla.clone(), "captain")]];
        let run = read_with(&table, &[&mended.concat()[..], &[opens(layla.clone())]].concat());
        assert!(run.gates[&1].opened.is_some(), "{case}: {:?}", run.not_go(1));
    }
}

/// The same of boxes: two signatures with one key, or of one name with two keys at two accounts, are those of one person.
#[test]
fn one_person_in_a_log_is_one_person_to_its_reader() {
    let (table, _) = table(true);
    let [layla, omar, wen] = [0, 1, 2].map(|n| somebody(n, n, n));
    for (case, id, signers, signed) in [
        ("two people", "b0", vec![&layla, &omar], true),
        ("one key under two names", "b0", vec![&layla, &somebody(1, 1, 0)], false),
        ("one name with two keys at two accounts", "b0", vec![&layla, &somebody(0, 1, 1)], false),
        ("and then somebody else", "b0", vec![&layla, &somebody(0, 1, 1), &omar], true),
        ("of qa", "b1", vec![&omar], true),
        ("not of qa", "b1", vec![&wen], false),
        ("of qa, with the captain's key", "b1", vec![&somebody(1, 1, 0)], false),
        ("two people, the second not of qa", "b3", vec![&omar, &wen], false),
        ("two people of qa", "b3", vec![&omar, &somebody(3, 3, 3)], true),
    ] {
        let facts: Vec<Event> = signers.into_iter().map(|who| runs::signed(who.clone(), id)).collect();
        let run = read_with(&table, &facts);
        let index = run.runbook.box_index(&BoxId(id.to_owned())).expect("a box");
        assert_eq!(run.boxes[index].signed.is_some(), signed, "{case}");
    }
}
