//! `gonogo handover`: the captain offers a run, and whom it is offered to takes it.

use super::{Word, agree, identify, open, refused, told};
use crate::audit::writer::WriteError;
use crate::cli::args::outside::Handover;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{print, resume};
use crate::report::statement;
use crate::run::command::{Action, Command};
use crate::run::event::Event;
use crate::run::fact::{Entry, Who};
use crate::run::state::Run;
use crate::runtime::log::Log;
use crate::runtime::resuming::{self, Folded};
use crate::runtime::{Fail, clock};
use crate::text::sanitize_block;

/// Runs `gonogo handover`. A run is handed over with the runs that are open above and below it: they have one driver.
pub async fn handover(house: &House, args: Handover) -> Result<Exit, Fail> {
    let id = house.reader()?.find_run(&args.run)?;
    let identity = identify(house, &args.person).await?;
    let family = resuming::family(&house.reader()?, &id)?;
    let action = match &args.to {
        Some(to) => Action::OfferHandover { to: to.trim().to_owned(), text: args.text.clone() },
        None => Action::TakeOffer,
    };
    let named = family.iter().find(|f| f.run.id == id).map(|f| &f.run);
    let Some(run) = named.filter(|run| run.closed.is_none()) else {
        return Err(Fail::Usage(format!("run {id} is closed: there is nothing to drive")));
    };
    for member in family.iter().filter(|f| f.run.closed.is_none()) {
        let command = Command { who: identity.who.clone(), at: clock::now(), action: action.clone() };
        member.run.decide(&command).map_err(|refusal| refused(house, &member.run, &refusal))?;
    }
    let word = Word { shown: shown(run, &action), deed: deed(&action), action };
    if !agree(&identity, &args.person, &word.shown, word.deed)? {
        return Err(Fail::Missing("nothing was recorded".to_owned()));
    }
    let mut session = None;
    let log = open(house, &identity, &mut session).await?.log.clone();
    let done = record(&log, &family, &word.action, &identity.who).await;
    if let (Ok(_), Action::TakeOffer, Some(session)) = (&done, &word.action, &session) {
        // Whoever drove it until now records nothing more: the lock is another one now, and free.
        let holder = session.holder(&identity.who.name, &format!("{id}, {}", run.title()));
        for subject in resume::subjects(&family) {
            drop(session.locks.take_over(&subject, &holder)?);
        }
    }
    if let Some(session) = session {
        session.close("handed a run over").await?;
    }
    for line in done? {
        print(&format!("{}\n", sanitize_block(&line)))?;
    }
    if args.accept {
        print(&format!("drive it with: {}\n", house.hint(&format!("resume {id}"))))?;
    } else {
        let to = args.to.as_deref().unwrap_or_default();
        print(&format!("{to} takes it with: {}\n", house.hint(&format!("handover {id} --accept"))))?;
    }
    Ok(Exit::Done)
}

const fn deed(action: &Action) -> &'static str {
    if matches!(action, Action::TakeOffer) { "take it" } else { "offer it" }
}

fn shown(run: &Run, action: &Action) -> Vec<String> {
    let mut lines = statement::of_handover(run);
    if let Action::OfferHandover { to, .. } = action {
        lines.push(format!("  {:<10} {to}", "offer to"));
    }
    lines
}

/// Records what `action` comes to in every open run of the family, each unless something newer stands in between.
/// Returns what was recorded, in words.
pub async fn record(log: &Log, family: &[Folded], action: &Action, who: &Who) -> Result<Vec<String>, Fail> {
    let mut lines = Vec::new();
    for member in family.iter().filter(|f| f.run.closed.is_none()) {
        let mut run = member.run.clone();
        let command = Command { who: who.clone(), at: clock::now(), action: action.clone() };
        let facts = run.decide(&command).map_err(|refusal| Fail::Usage(refusal.to_string()))?;
        let entries = facts.into_iter().map(|event: Event| Entry { event, chunk: None }).collect();
        let facts = match log.append_unless(Some(&run.id), entries, Some(run.last_seq)).await {
            Err(newer @ WriteError::Newer { .. }) => {
                return Err(Fail::Missing(format!("{newer}: look again, then once more")));
            }
            other => other?,
        };
        for fact in &facts {
            run.evolve(fact);
        }
        lines.extend(told(&run, &facts));
    }
    Ok(lines)
}
