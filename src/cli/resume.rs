//! `gonogo resume`.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::locks::{Held, Subject};
use crate::cli::args::Resume as Args;
use crate::cli::ask;
use crate::cli::drive::{self, Stage, read_answers};
use crate::cli::exit::Exit;
use crate::cli::guard::{self, Manner};
use crate::cli::house::House;
use crate::cli::identity;
use crate::cli::outside::handover;
use crate::cli::say;
use crate::cli::targets;
use crate::exec::ssh::Configured;
use crate::run::command::Action;
use crate::run::event::Event;
use crate::run::fact::{Entry, HostPin, HostRepinned, RunDriverChanged, RunKind, RunResumed, Who};
use crate::runbook::load::Loaded;
use crate::runtime::opening::Book;
use crate::runtime::resuming::Folded;
use crate::runtime::session::{Session, all_free};
use crate::runtime::{Fail, resuming};
use crate::text::sanitize_block;
use crate::tui::shared::Opened;

/// Runs `gonogo resume`.
pub async fn resume(house: &House, args: Args) -> Result<Exit, Fail> {
    let id = which(house, args.run.as_deref())?;
    let family = resuming::family(&house.reader()?, &id)?;
    let open = family.iter().rev().find(|f| f.run.closed.is_none());
    let Some(last) = open else {
        let see = house.hint(&format!("show {id}"));
        return Err(Fail::Usage(format!("run {id} is closed; see it with: {see}")));
    };
    let offered = offered_to(&family);
    if args.take_over.is_none() && offered.is_none() {
        all_free(&house.log, &subjects(&family))?;
    }
    let answers = match &args.headless.answers {
        Some(path) => Some(read_answers(path, &last.run.source)?),
        None => None,
    };
    if answers.is_none() {
        ask::screen("--headless --answers FILE")?;
    }
    let who = match &answers {
        Some(answers) => drive::answering(answers, args.name.as_deref())?,
        None => ask::who(house, args.name.as_deref())?,
    };
    let identity = identity::settle(house, who, args.unsigned, answers.is_some()).await?;
    let who = identity.who.clone();
    let how = match args.take_over.as_deref() {
        Some(reason) => How::TakeOver(reason),
        None if offered.as_ref() == Some(&who.name) => How::Offered,
        None => {
            all_free(&house.log, &subjects(&family))?;
            How::Free
        }
    };
    let manner = Manner { headless: answers.is_some(), trust: args.headless.trust };
    let ssh_config = targets::absolute(args.ssh_config.as_deref())?;
    let open = family.iter().filter(|f| f.run.closed.is_none());
    let hosts: Vec<HostPin> = open.flat_map(|f| f.run.opened.hosts.iter().cloned()).collect();
    targets::trusted(house, hosts, ssh_config.as_deref(), manner)?;
    let resolver = house.resolver(ssh_config.as_deref());
    let mut accepted: Accepted = args.accept.iter().map(|name| (name.clone(), None)).collect();
    if answers.is_none() {
        ask_about_moved(&family, &resolver, &mut accepted).await?;
    }
    let vault = guard::settle(house, open_books(&family), manner).await?;
    let mut session = house.session(&house.log, Some(&who)).await?;
    session.log = identity.sign(session.log.guarded(vault));
    if let Some(found) = &session.recovered {
        say::err(&found.to_string());
    }
    let taken = async {
        let mut taken = take_up(&session, &id, how, &who).await?;
        accept(&session, &mut taken, &accepted, &resolver, &who).await?;
        Ok::<_, Fail>(taken)
    };
    let taken = match taken.await {
        Ok(taken) => taken,
        Err(fail) => {
            session.close("the run was not taken up").await?;
            return Err(fail);
        }
    };
    let why = if taken.unclean { "gonogo ended while it ran" } else { "the run was left while it ran" };
    let mut banner = session.log.vault().remarks();
    match identity.tell_forwarded_once(house) {
        Some(words) if answers.is_some() => say::err(&words),
        words => banner.extend(words),
    }
    let stage = Stage {
        session,
        engine: house.engine(ssh_config.as_deref()),
        runs: taken.runs,
        held: taken.held,
        who,
        why,
        banner,
        back: house.hint(&format!("resume {id}")),
        ssh_config,
    };
    match answers {
        Some(answers) => stage.headless(&answers, args.headless.limits()).await,
        None => stage.on_screen(Some(house)).await,
    }
}

/// Returns the texts of the runs that are still open, as the log keeps them.
fn open_books(family: &[Folded]) -> Vec<Book> {
    let open = family.iter().filter(|f| f.run.closed.is_none());
    let book = |f: &Folded| Book {
        file: f.run.opened.runbook.clone(),
        loaded: Loaded { runbook: (*f.run.source).clone(), findings: Vec::new(), bytes: Vec::new() },
    };
    open.map(book).collect()
}

/// Returns the run that is meant: the one named, else the only open one.
fn which(house: &House, given: Option<&str>) -> Result<String, Fail> {
    let reader = house.reader()?;
    if let Some(prefix) = given {
        return Ok(reader.find_run(prefix)?);
    }
    let open = resuming::open_runs(&reader)?;
    match open.as_slice() {
        [] => Err(Fail::Usage(format!("no run is open; see all with: {}", house.hint("runs")))),
        [one] => Ok(one.run.clone()),
        many => {
            let names: Vec<&str> = many.iter().map(|r| r.run.as_str()).collect();
            Err(Fail::Usage(format!("several runs are open, name one: {}", names.join(", "))))
        }
    }
}

/// Runs that were taken up.
pub struct Taken {
    /// The runs, parent first.
    pub runs: Vec<Opened>,
    /// Their locks.
    pub held: Vec<Held>,
    /// Whether the driver before did not leave in order.
    pub unclean: bool,
}

/// By which right somebody drives a run from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How<'a> {
    /// Nobody else does.
    Free,
    /// They take it from whoever does, for this reason.
    TakeOver(&'a str),
    /// Its captain offered it to them.
    Offered,
}

/// Returns to whom the captain offers the family's open runs; none where not all of them are offered.
fn offered_to(family: &[Folded]) -> Option<String> {
    let mut open = family.iter().filter(|f| f.run.closed.is_none()).map(|f| f.run.offered.as_ref());
    let to = open.next()??.0.to.clone();
    open.all(|offer| offer.is_some_and(|(offer, _)| offer.to == to)).then_some(to)
}

/// Returns whether people record `event` beside the driver too, so that it does not show whether the driver left in order.
const fn is_from_outside(event: &Event) -> bool {
    matches!(
        event,
        Event::StepOutput(_)
            | Event::BoxSigned(_)
            | Event::BoxWaived(_)
            | Event::MarkSet(_)
            | Event::GateVoted(_)
            | Event::GateOpened(_)
            | Event::NoteAdded(_)
            | Event::RunHandoverOffered(_)
            | Event::RunHandedOver(_)
    )
}

/// Takes the locks of a run and its open children, and puts on the record who drives them now.
pub async fn take_up(session: &Session, id: &str, how: How<'_>, who: &Who) -> Result<Taken, Fail> {
    let family = resuming::family(&session.reader()?, id)?;
    if how == How::Offered {
        // First the record: whoever drives until now is refused by it before the lock is another's.
        handover::record(&session.log, &family, &Action::TakeOffer, who).await?;
    }
    let Some(top) = family.first() else { return Err(Fail::Usage(format!("there is no run {id}"))) };
    let holder = session.holder(&who.name, &format!("{}, {}", top.run.id, top.run.opened.title));
    let subjects = subjects(&family);
    let mut held = Vec::new();
    for subject in &subjects {
        held.push(match how {
            How::Free => session.locks.take(subject, &holder)?,
            How::TakeOver(_) | How::Offered => session.locks.take_over(subject, &holder)?,
        });
    }
    // Read again under the lock: another driver may have gone on until now.
    let family = resuming::family(&session.reader()?, id)?;
    let mut runs = Vec::new();
    let mut unclean = false;
    for mut folded in family {
        let left = folded.facts.iter().rev().find(|f| !is_from_outside(&f.event));
        unclean |= !left.is_some_and(|f| matches!(f.event, Event::RunPaused(_)));
        if folded.run.closed.is_none() {
            let event = match how {
                How::TakeOver(reason) => Some(Event::RunDriverChanged(RunDriverChanged {
                    who: who.clone(),
                    before: folded.run.captain.name.clone(),
                    reason: reason.to_owned(),
                })),
                How::Free => Some(Event::RunResumed(RunResumed { who: who.clone() })),
                How::Offered => None,
            };
            let entries: Vec<Entry> = event.into_iter().map(|event| Entry { event, chunk: None }).collect();
            let recorded = match entries.is_empty() {
                true => Vec::new(),
                false => session.log.append(Some(&folded.run.id), entries).await?,
            };
            for fact in recorded {
                folded.run.evolve(&fact);
                folded.facts.push(fact);
            }
        }
        runs.push(Opened { run: folded.run, facts: folded.facts });
    }
    settle_children(session, &mut runs).await?;
    Ok(Taken { runs, held, unclean })
}

/// Hosts that are accepted as what they are now, by name; with what that is where a person was shown it.
type Accepted = BTreeMap<String, Option<HostPin>>;

/// Asks about each host that leads elsewhere now than when its run was opened, unless it is `accepted` already. One that
/// is left as it is stays refused; so is one that cannot be resolved, which whoever starts a step there is told.
async fn ask_about_moved(
    family: &[Folded],
    resolver: &Configured,
    accepted: &mut Accepted,
) -> Result<(), Fail> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    for folded in family.iter().filter(|f| f.run.closed.is_none()) {
        for pin in folded.run.opened.hosts.iter().filter(|pin| !pin.is_local()) {
            if accepted.contains_key(&pin.name) || !asked.insert(&pin.name) {
                continue;
            }
            let Ok(now) = targets::settle(resolver, pin.clone()).await else { continue };
            if now == *pin {
                continue;
            }
            let key =
                folded.run.reached(&pin.name).map(|seen| format!(", with the host key {}", seen.fingerprint));
            let words = format!(
                "{} leads elsewhere than when run {} was opened:\n  was  {}{}\n  is   {}",
                pin.name,
                folded.run.id,
                pin.in_words(),
                key.unwrap_or_default(),
                now.in_words()
            );
            say::plain_err(&format!("{}\n", sanitize_block(&words)));
            let question = "Enter y to accept that on the record, anything else to send nothing to it:";
            if ask::line(question)? == "y" {
                accepted.insert(pin.name.clone(), Some(now));
            }
        }
    }
    Ok(())
}

/// Puts on the record that `accepted` hosts are other ones than the runs know, and what they are now.
async fn accept(
    session: &Session,
    taken: &mut Taken,
    accepted: &Accepted,
    resolver: &Configured,
    who: &Who,
) -> Result<(), Fail> {
    for (name, shown) in accepted {
        let mut found = false;
        for opened in taken.runs.iter_mut().filter(|opened| opened.run.closed.is_none()) {
            let Some(pin) = opened.run.opened.hosts.iter().find(|host| host.name == *name) else { continue };
            found = true;
            let fact = HostRepinned {
                who: who.clone(),
                before: pin.in_words(),
                before_key: opened.run.reached(name).map(|seen| seen.fingerprint.clone()),
                before_through: opened
                    .run
                    .reached(name)
                    .map(|seen| seen.through.to_vec())
                    .unwrap_or_default(),
                pin: match shown {
                    Some(shown) => shown.clone(),
                    None => targets::settle(resolver, pin.clone()).await.map_err(Fail::Host)?,
                },
            };
            let entries = vec![Entry { event: Event::HostRepinned(Box::new(fact)), chunk: None }];
            for fact in session.log.append(Some(&opened.run.id), entries).await? {
                opened.run.evolve(&fact);
                opened.facts.push(fact);
            }
        }
        if !found {
            return Err(Fail::Usage(format!("--accept-host {name}: the run has no host of that name")));
        }
    }
    Ok(())
}

/// Returns the locks that the family's driver holds: the environment's, if the run is live, and the oldest run's.
pub fn subjects(family: &[Folded]) -> Vec<Subject> {
    let Some(top) = family.first() else { return Vec::new() };
    let opened = &top.run.opened;
    let environment = opened.environment.as_ref().filter(|_| opened.run_kind == RunKind::Live);
    let environment = environment.map(|e| Subject::Environment(e.name.clone()));
    environment.into_iter().chain([Subject::Run(top.run.id.clone())]).collect()
}

/// Tells parents that their child has closed, where the process ended between the two facts. Afterwards the last run
/// is the one where work goes on, or there is only one.
pub async fn settle_children(session: &Session, runs: &mut Vec<Opened>) -> Result<(), Fail> {
    while let [.., parent, child] = runs.as_mut_slice() {
        if child.run.closed.is_none() {
            break;
        }
        let entries = parent.run.child_ended(&child.run);
        if !entries.is_empty() {
            for fact in session.log.append(Some(&parent.run.id), entries).await? {
                parent.run.evolve(&fact);
                parent.facts.push(fact);
            }
        }
        runs.pop();
    }
    Ok(())
}
