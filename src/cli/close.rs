//! `gonogo close`.

use crate::cli::args::{Close as Args, Outcome};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{ask, identity, print, resume, say};
use crate::run::command::{Action, Command};
use crate::run::conclude::Report;
use crate::run::driver::{Driver, Effect};
use crate::run::event::Event;
use crate::run::fact::{Entry, Recorded, RunOutcome, RunPaused, Who};
use crate::run::state::Run;
use crate::runtime::resuming::{self, Folded};
use crate::runtime::session::{Session, all_free};
use crate::runtime::{Fail, clock};

/// What becomes of a step that nobody has seen end.
const CLOSED: &str = "the run was closed from outside";

/// Runs `gonogo close`.
pub async fn close(house: &House, args: Args) -> Result<Exit, Fail> {
    let id = house.reader()?.find_run(&args.run)?;
    let identity =
        identity::settle(house, ask::who(house, args.name.as_deref())?, args.unsigned, false).await?;
    let who = identity.who.clone();
    let outcome = match args.outcome {
        Outcome::Completed => RunOutcome::Completed,
        Outcome::Aborted => RunOutcome::Aborted,
        Outcome::Abandoned => RunOutcome::Abandoned,
    };
    let action = Action::Close { outcome, reason: args.reason.clone() };
    let command = Command { who: who.clone(), at: clock::now(), action };
    let family = resuming::family(&house.reader()?, &id)?;
    // Tried before the log is opened, so that what is refused leaves nothing in it.
    rehearse(&family, &id, &command)?;
    all_free(&house.log, &resume::subjects(&family))?;
    let mut session = house.session(&house.log, Some(&who)).await?;
    session.log = identity.sign(session.log);
    identity.announce();
    if let Some(words) = identity.tell_forwarded_once(house) {
        say::err(&words);
    }
    let result = close_family(&session, &id, &who, &command).await;
    session.close("closed a run").await?;
    result?;
    print(&format!("run {id}: {}\n", outcome.words()))?;
    Ok(if outcome == RunOutcome::Completed { Exit::Done } else { Exit::NotCompleted })
}

/// Plays the closing through on copies.
fn rehearse(family: &[Folded], id: &str, command: &Command) -> Result<(), Fail> {
    let closed = || Fail::Usage(format!("run {id} is closed already; see it with: gonogo show {id}"));
    // Closed children are not in the family any more.
    if family.iter().all(|folded| folded.run.id != id) {
        return Err(closed());
    }
    let mut below: Option<Run> = None;
    for folded in family.iter().rev() {
        let mut run = folded.run.clone();
        let left: Vec<u32> = run.in_flight().map(|a| a.intent.number).collect();
        let left = left.into_iter().map(|number| Report::Left { number, why: CLOSED.to_owned() });
        let ended = below.take().map(|child| run.child_ended(&child)).unwrap_or_default();
        let entries = left.flat_map(|r| run.conclude(&r, command.at)).chain(ended).collect::<Vec<_>>();
        entries.into_iter().for_each(|entry| foretell(&mut run, entry.event, command));
        if run.closed.is_some() && run.id == id {
            return Err(closed());
        }
        if run.closed.is_none() {
            let facts = run.decide(command).map_err(|e| Fail::Usage(run.in_words(&e.to_string())))?;
            facts.into_iter().for_each(|event| foretell(&mut run, event, command));
        }
        if run.id == id {
            return Ok(());
        }
        below = Some(run);
    }
    Ok(())
}

fn foretell(run: &mut Run, event: Event, command: &Command) {
    run.evolve(&Recorded { seq: run.last_seq, at: command.at, hash: String::new(), event });
}

/// Closes the run called `id` and, before it, the open children below it. Its parent learns of that and stays open.
async fn close_family(session: &Session, id: &str, who: &Who, command: &Command) -> Result<(), Fail> {
    let taken = resume::take_up(session, id, resume::How::Free, who).await?;
    let mut below: Option<Run> = None;
    let mut done = false;
    for opened in taken.runs.into_iter().rev() {
        let mut driver = Driver::new(opened.run);
        if let Some(child) = below.take() {
            let facts = driver.run().child_ended(&child);
            if !facts.is_empty() {
                let effects = driver.note_down(facts).map_err(|e| Fail::Usage(e.to_string()))?;
                settle(session, &mut driver, effects).await?;
            }
        }
        if driver.run().closed.is_none() && !done {
            let effects = driver.take_up(CLOSED);
            settle(session, &mut driver, effects).await?;
            let effects = driver.submit(command).map_err(|e| Fail::Usage(e.to_string()))?;
            settle(session, &mut driver, effects).await?;
        } else if driver.run().closed.is_none() {
            let event =
                Event::RunPaused(RunPaused { who: who.clone(), why: "its child was closed".to_owned() });
            let effects = driver.note_down(vec![Entry { event, chunk: None }]);
            let effects = effects.map_err(|e| Fail::Usage(e.to_string()))?;
            settle(session, &mut driver, effects).await?;
        }
        done |= driver.run().id == id;
        below = Some(driver.run().clone());
    }
    let retire = below.is_some_and(|top| top.closed.is_some());
    for lock in taken.held {
        if retire {
            // A file that stays behind harms nobody: only the kernel's lock counts.
            lock.retire().unwrap_or_default();
        }
    }
    Ok(())
}

/// Records what the driver asks for, until it asks for nothing; hosts are not asked here.
async fn settle(session: &Session, driver: &mut Driver, mut effects: Vec<Effect>) -> Result<(), Fail> {
    while let Some(Effect::Record { run, entries, .. }) =
        effects.into_iter().find(|e| matches!(e, Effect::Record { .. }))
    {
        let facts = session.log.append(Some(&run), entries).await?;
        effects = driver.recorded(Ok(facts));
    }
    Ok(())
}
