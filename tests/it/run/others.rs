//! What other processes record: nothing is decided on an old state, and what follows by itself is worked out anew.

use gonogo::run::command::{Action, Command};
use gonogo::run::driver::{Driver, Effect};
use gonogo::run::event::Event;
use gonogo::run::fact::{BoxWaived, NoteAdded, Recorded, RunDriverChanged};
use gonogo::run::proof::are_touched;
use gonogo::runbook::ids::{BoxId, StepId};

use crate::support::runbooks::runbook;
use crate::support::runs::{Answers, Table, host, opened, who};

fn table(book: &str) -> Table {
    let book = runbook(book);
    let fact = opened(&book, vec![host("local", "here")], None, &[]);
    Table::open(book, fact)
}

fn note(seq: u64) -> Recorded {
    let event = Event::NoteAdded(NoteAdded { who: who("omar"), id: None, text: "n".to_owned(), seen: None });
    Recorded { seq, at: gonogo::clock::Stamp::at_unix(0), hash: String::new(), event }
}

fn waived(id: &str) -> Event {
    Event::BoxWaived(BoxWaived {
        who: who("omar"),
        id: BoxId::from(id),
        reason: "not today".to_owned(),
        risk_owner: None,
        condition: None,
        out_of_order: Vec::new(),
        by_choice: None,
        seen: None,
    })
}

/// A run in which box `b` is being waived, because it does not apply: box `a` was just signed. The log has not answered.
fn waiving() -> Table {
    let mut table = table("declare V\nphase Pre\nbox a\nbox b if=V=yes\nbox c\n");
    let no = Action::SetValue { name: "V".to_owned(), value: "no".to_owned(), reason: "r".to_owned() };
    table.command("layla", no).expect("set");
    table.answers = Answers::WhenTold;
    let sign = Action::Sign { id: BoxId::from("a"), note: None, value: None, out_of_order: false };
    table.command("layla", sign).expect("signed");
    table.acknowledge();
    table
}

fn submit(driver: &mut Driver, action: Action) -> Vec<Effect> {
    let at = driver.run().last_at;
    driver.submit(&Command { who: who("layla"), at, action }).expect("it is accepted")
}

#[test]
fn a_command_is_recorded_only_in_sight_of_what_others_said() {
    let mut table = table("phase Pre\nbox a\n step s on=local\n");
    assert_eq!(table.driver.knows_others(), 1);
    table.driver.others(&[note(7), note(7), note(5)]);
    assert_eq!((table.driver.knows_others(), table.run().notes.len()), (7, 1), "each once");
    let effects = submit(
        &mut table.driver,
        Action::Start { step: StepId::from("s"), retry: false, confirmed: None, out_of_order: false },
    );
    let [Effect::Record { after: Some(7), entries, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let facts: Vec<Event> = entries.iter().map(|e| e.event.clone()).collect();
    assert!(are_touched(&facts, &waived("a")) && !are_touched(&facts, &note(8).event));
    // It was kept out: the box is waived now, and the step does not begin.
    let newer = Recorded { seq: 8, event: waived("a"), ..note(8) };
    assert_eq!(table.driver.not_signed(&[newer]), []);
    assert!(!table.driver.recording() && table.run().in_flight().next().is_none());
    assert!(table.run().boxes[0].waived.is_some());
}

#[test]
fn what_follows_by_itself_is_worked_out_anew() {
    let mut table = waiving();
    // `b` does not apply and is being waived, when somebody else does so first.
    let pending = table.pending.take().expect("the waiver of b");
    assert!(matches!(&pending[0].event, Event::BoxWaived(e) if e.condition.is_some()));
    let newer = Recorded { seq: 99, event: waived("b"), ..note(99) };
    let effects = table.driver.not_signed(&[newer]);
    assert_eq!(effects, [], "it is waived already");
    assert_eq!(table.run().boxes[1].waived.as_ref().map(|(e, _)| e.who.name.as_str()), Some("omar"));
    // A waiver of another box leaves it to be done.
    let mut table = waiving();
    let newer = Recorded { seq: 99, event: waived("c"), ..note(99) };
    let effects = table.driver.not_signed(&[newer]);
    let [Effect::Record { after: Some(99), entries, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(&entries[0].event, Event::BoxWaived(e) if e.id.as_str() == "b"));
}

#[test]
fn whoever_takes_a_run_over_is_not_disturbed() {
    let mut table = table("phase Pre\nbox a\n step s on=local\nbox b\n");
    let taken =
        RunDriverChanged { who: who("omar"), before: "layla".to_owned(), reason: "asleep".to_owned() };
    let effects = table.driver.others(&[Recorded { event: Event::RunDriverChanged(taken), ..note(9) }]);
    assert_eq!((effects, table.driver.elsewhere()), (Vec::new(), Some("omar")));
    let at = table.run().last_at;
    for action in [
        Action::Note { id: None, text: "still here".to_owned() },
        Action::Waive { id: BoxId::from("a"), reason: "r".to_owned(), risk_owner: None, out_of_order: false },
    ] {
        let refused = table.driver.submit(&Command { who: who("layla"), at, action });
        assert_eq!(
            refused.unwrap_err().to_string(),
            "omar drives this run now: here it can only be looked at"
        );
    }
}
