//! `gonogo close`.

use crate::cli::args::{Close as Args, Outcome};
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{ask, print, resume};
use crate::run::command::{Action, Command};
use crate::run::driver::{Driver, Effect};
use crate::run::fact::RunOutcome;
use crate::runtime::session::{Session, reader};
use crate::runtime::{Fail, clock};

/// Runs `gonogo close`.
pub async fn close(house: &House, args: Args) -> Result<Exit, Fail> {
    let id = reader(&house.log)?.find_run(&args.run)?;
    let who = ask::who(house, args.name.as_deref())?;
    let outcome = match args.outcome {
        Outcome::Completed => RunOutcome::Completed,
        Outcome::Aborted => RunOutcome::Aborted,
        Outcome::Abandoned => RunOutcome::Abandoned,
    };
    let session = Session::open(&house.log).await?;
    let work = async {
        let taken = resume::take_up(&session, &id, None, &who).await?;
        // Children first: a parent cannot be closed over an open child.
        let mut below: Option<crate::run::state::Run> = None;
        for opened in taken.runs.into_iter().rev() {
            let mut driver = Driver::new(opened.run);
            if let Some(child) = below.take() {
                let facts = driver.run().child_ended(&child);
                let effects = driver.note_down(facts).map_err(|e| Fail::Usage(e.to_string()))?;
                settle(&session, &mut driver, effects).await?;
            }
            if driver.run().closed.is_none() {
                let effects = driver.take_up("the run was closed from outside");
                settle(&session, &mut driver, effects).await?;
                let action = Action::Close { outcome, reason: args.reason.clone() };
                let command = Command { who: who.clone(), at: clock::now(), action };
                let effects = driver.submit(&command).map_err(|e| Fail::Usage(e.to_string()))?;
                settle(&session, &mut driver, effects).await?;
            }
            below = Some(driver.run().clone());
        }
        for lock in taken.held {
            lock.retire().unwrap_or_default();
        }
        Ok::<(), Fail>(())
    };
    let result = work.await;
    session.close("closed a run").await?;
    result?;
    print(&format!("run {id}: {}\n", outcome.words()))?;
    Ok(if outcome == RunOutcome::Completed { Exit::Done } else { Exit::NotCompleted })
}

/// Records what the driver asks for, until it asks for nothing; hosts are not asked here.
async fn settle(session: &Session, driver: &mut Driver, mut effects: Vec<Effect>) -> Result<(), Fail> {
    while let Some(Effect::Record { run, entries }) =
        effects.into_iter().find(|e| matches!(e, Effect::Record { .. }))
    {
        let facts = session.log.append(Some(&run), entries).await?;
        effects = driver.recorded(Ok(facts));
    }
    Ok(())
}
