//! `gonogo sign`, `vote`, `waive`, `note` and `handover`: what people say of a run that another process may drive.
//!
//! The run is folded from the log, the core decides as it does for a key on the captain's screen, and the log takes the
//! facts only if nothing newer stands in between. Nobody's lock is asked for: who drives the run follows the log.

pub mod handover;
mod names;

use crate::audit::writer::WriteError;
use crate::cli::args::outside::{Note, Person, Sign, Voice, Vote, Waive};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::identity::{self, Identity};
use crate::cli::{ask, print, say};
use crate::report::statement;
use crate::run::command::{Action, Command};
use crate::run::event::Event;
use crate::run::fact::{Entry, Recorded, Vote as Cast};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runtime::session::Session;
use crate::runtime::{Fail, clock, resuming};
use crate::text::{sanitize, sanitize_block};

/// How often something is asked anew because others recorded something meanwhile.
const TRIES: u32 = 8;

/// Something to be said, and what is shown before.
struct Word {
    action: Action,
    shown: Vec<String>,
    /// What `y` does, for example `sign`.
    deed: &'static str,
}

/// Runs `gonogo sign`.
pub async fn sign(house: &House, args: Sign) -> Result<Exit, Fail> {
    let say = |run: &Run| {
        let id = names::find_box(run, &args.in_box)?;
        let action = Action::Sign {
            id: id.clone(),
            note: args.note.clone(),
            value: args.value.clone(),
            out_of_order: args.out_of_order,
        };
        Ok(Word { action, shown: statement::of_box(run, &id), deed: "sign" })
    };
    answer(house, &args.run, &args.person, say).await
}

/// Runs `gonogo vote`.
pub async fn vote(house: &House, args: Vote) -> Result<Exit, Fail> {
    let say = |run: &Run| {
        let gate = names::find_gate(run, &args.gate)?;
        let (vote, deed) = match args.vote {
            Voice::Go => (Cast::Go, "say go"),
            Voice::NoGo => (Cast::NoGo, "say no-go"),
        };
        let action = Action::Vote { gate, vote, text: args.text.clone(), role: args.role.clone() };
        Ok(Word { action, shown: statement::of_gate(run, gate), deed })
    };
    answer(house, &args.run, &args.person, say).await
}

/// Runs `gonogo waive`.
pub async fn waive(house: &House, args: Waive) -> Result<Exit, Fail> {
    let say = |run: &Run| {
        let id = names::find_box(run, &args.in_box)?;
        let action = Action::Waive {
            id: id.clone(),
            reason: args.reason.clone(),
            risk_owner: args.risk_owner.clone(),
            out_of_order: args.out_of_order,
        };
        let mut shown = statement::of_box(run, &id);
        shown.push(format!("  {:<10} {}", "reason", args.reason));
        Ok(Word { action, shown, deed: "waive it" })
    };
    answer(house, &args.run, &args.person, say).await
}

/// Runs `gonogo note`.
pub async fn note(house: &House, args: Note) -> Result<Exit, Fail> {
    let say = |run: &Run| {
        let id = args.in_box.as_deref().map(|name| names::find_box(run, name)).transpose()?;
        let mut shown = match &id {
            Some(id) => statement::of_box(run, id),
            None => statement::of_run_as_it_stands(run),
        };
        shown.push(format!("  {:<10} {}", "note", args.text));
        let action = Action::Note { id, text: args.text.clone() };
        Ok(Word { action, shown, deed: "write it" })
    };
    answer(house, &args.run, &args.person, say).await
}

async fn answer(
    house: &House,
    run: &str,
    person: &Person,
    say: impl Fn(&Run) -> Result<Word, Fail>,
) -> Result<Exit, Fail> {
    let id = house.reader()?.find_run(run)?;
    let identity = identify(house, person).await?;
    let mut session = None;
    let mut tries = 0;
    let done = loop {
        tries += 1;
        let run = resuming::fold(&house.reader()?, &id)?.run;
        let word = match say(&run) {
            Ok(word) => word,
            Err(fail) => break Err(fail),
        };
        let after = run.last_seq;
        let command = Command { who: identity.who.clone(), at: clock::now(), action: word.action };
        // Tried before anything is shown or opened, so that what is refused leaves nothing in the log.
        let facts = match run.decide(&command) {
            Ok(facts) => facts,
            Err(refusal) => break Err(refused(house, &run, &refusal)),
        };
        let agreed = agree(&identity, person, &word.shown, word.deed);
        match agreed {
            Ok(true) => {}
            Ok(false) => break Err(Fail::Missing("nothing was recorded".to_owned())),
            Err(fail) => break Err(fail),
        }
        let log = match open(house, &identity, &mut session).await {
            Ok(session) => session.log.clone(),
            Err(fail) => break Err(fail),
        };
        let entries = facts.into_iter().map(|event| Entry { event, chunk: None }).collect();
        match log.append_unless(Some(&id), entries, Some(after)).await {
            Ok(facts) => break Ok((run, facts)),
            Err(newer @ WriteError::Newer { .. }) if tries < TRIES => {
                say::err(&sanitize(&format!("{newer}; once more")));
            }
            Err(error) => break Err(error.into()),
        }
    };
    if let Some(session) = session {
        session.close("answered").await?;
    }
    let (mut run, facts) = done?;
    for fact in &facts {
        run.evolve(fact);
    }
    for line in told(&run, &facts) {
        print(&format!("{}\n", sanitize_block(&line)))?;
    }
    Ok(Exit::Done)
}

async fn identify(house: &House, person: &Person) -> Result<Identity, Fail> {
    let who = ask::who(house, person.name.as_deref())?;
    identity::settle(house, who, person.unsigned, false).await
}

/// Opens the log to write, once.
async fn open<'a>(
    house: &House,
    identity: &Identity,
    session: &'a mut Option<Session>,
) -> Result<&'a mut Session, Fail> {
    if session.is_none() {
        let mut opened = house.session(&house.log, Some(&identity.who)).await?;
        opened.log = identity.sign(opened.log);
        identity.announce();
        if let Some(words) = identity.tell_forwarded_once(house) {
            say::err(&words);
        }
        *session = Some(opened);
    }
    session.as_mut().ok_or_else(|| Fail::System("the log is not open".to_owned()))
}

/// Shows what is answered and asks, unless `--yes` said so before.
fn agree(identity: &Identity, person: &Person, shown: &[String], deed: &str) -> Result<bool, Fail> {
    for line in shown {
        print(&format!("{}\n", sanitize_block(line)))?;
    }
    if person.yes {
        return Ok(true);
    }
    if !ask::possible() {
        let why = "nobody can be asked without a terminal: give --yes to answer without being asked";
        return Err(Fail::Missing(why.to_owned()));
    }
    let who = sanitize(&statement::named(&identity.who)).into_owned();
    let question = format!("Enter y to {deed} as {who}, anything else to leave it:");
    Ok(ask::line(&question)? == "y")
}

/// Returns a refusal as a failure that says what to do.
fn refused(house: &House, run: &Run, refusal: &Refusal) -> Fail {
    let words = run.in_words(&refusal.to_string());
    let hint = match refusal {
        Refusal::OutOfOrder(_) => "; to answer all the same, on the record, give --out-of-order".to_owned(),
        Refusal::ValueMissing(_) => "; give it with --value".to_owned(),
        Refusal::GateShut { .. } | Refusal::NoGate => {
            format!("; see where the run stands with: {}", house.hint(&format!("show {}", run.id)))
        }
        _ => String::new(),
    };
    Fail::Usage(format!("{words}{hint}; nothing was recorded"))
}

/// Returns what became of the run, a line a fact.
fn told(run: &Run, facts: &[Recorded]) -> Vec<String> {
    let text = |id: &BoxId| run.runbook.find_box(id).map(|b| b.text.clone()).unwrap_or_default();
    let line = |fact: &Recorded| {
        let words = match &fact.event {
            Event::BoxSigned(e) => {
                let half = run.runbook.box_index(&e.id).and_then(|i| run.boxes.get(i)?.half());
                let rest = if half.is_some() { "; it wants a second person" } else { "" };
                format!("signed by {}: {}{rest}", statement::named(&e.who), text(&e.id))
            }
            Event::BoxWaived(e) => format!("waived by {}: {}", statement::named(&e.who), text(&e.id)),
            Event::GateVoted(e) => {
                let role = e.role.as_ref().map(|role| format!(" for {role}")).unwrap_or_default();
                format!("{}{role} by {}", e.vote.word(), statement::named(&e.who))
            }
            Event::GateOpened(e) => format!("the gate is open: {}", run.phase_title(e.gate)),
            Event::NoteAdded(e) => format!("noted by {}", statement::named(&e.who)),
            Event::RunHandoverOffered(e) => format!("offered to {} by {}", e.to, statement::named(&e.who)),
            Event::RunHandedOver(e) => {
                format!("{} drives it now, {} before", statement::named(&e.who), e.before)
            }
            _ => return None,
        };
        Some(format!("event {}: {words}", fact.seq))
    };
    let mut lines: Vec<String> = facts.iter().filter_map(line).collect();
    let shut = facts.iter().find_map(|fact| match &fact.event {
        Event::GateVoted(e) if run.gates.get(&e.gate).is_some_and(|gate| gate.opened.is_none()) => {
            Some(e.gate)
        }
        _ => None,
    });
    if let Some(gate) = shut {
        let open: Vec<String> = run.not_go(gate).iter().map(|(role, why)| format!("{role} {why}")).collect();
        let why = if open.is_empty() { String::new() } else { format!(": {}", open.join(", ")) };
        lines.push(format!("the gate stays shut{why}"));
    }
    lines
}
