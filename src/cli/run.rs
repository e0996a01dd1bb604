//! `gonogo run`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::locks::Subject;
use crate::cli::args::{Kind, Run as Args};
use crate::cli::ask;
use crate::cli::drive::{self, Stage, read_answers};
use crate::cli::exit::Exit;
use crate::cli::guard::{self, Manner};
use crate::cli::house::{self, EnvironmentFile, House};
use crate::cli::identity;
use crate::cli::say;
use crate::cli::targets;
use crate::config::Environment;
use crate::config::answers::Answers;
use crate::config::environment::Confirm;
use crate::run::fact::{HostPin, RunKind};
use crate::run::open::Opening;
use crate::run::state::LOCAL;
use crate::runbook::check;
use crate::runtime::opening::{self, Book};
use crate::runtime::session::{all_free, reader};
use crate::runtime::{Fail, clock, resuming};
use crate::tui::shared::Opened;

/// Runs `gonogo run`.
pub async fn run(house: &House, args: Args) -> Result<Exit, Fail> {
    let book = house::book(&args.runbook)?;
    let file = house::environments(&book, args.environments.as_deref())?;
    let answers = match &args.headless.answers {
        Some(path) => Some(read_answers(path, &book.loaded.runbook)?),
        None => None,
    };
    if answers.is_none() {
        ask::screen("--headless --answers FILE")?;
    }
    let environment = environment(&args, file.as_ref(), answers.is_some())?;
    let manner = Manner { headless: answers.is_some(), trust: args.headless.trust };
    let hosts = hosts(house, &book, file.as_ref(), environment)?;
    let ssh_config = targets::absolute(args.ssh_config.as_deref())?;
    let hosts = targets::resolve(house, hosts, ssh_config.as_deref(), manner).await?;
    real(&hosts)?;
    let twice = targets::twice(&hosts);
    twice.iter().for_each(|words| say::err(words));
    let hosts = opening::with_this_machine(hosts, &book.loaded.runbook);
    let set = set(&args.set, answers.as_ref())?;
    let who = match &answers {
        Some(answers) => drive::answering(answers, args.name.as_deref())?,
        None => ask::who(house, args.name.as_deref())?,
    };
    let identity = identity::settle(house, who, args.unsigned, answers.is_some()).await?;
    let who = identity.who.clone();
    let kind = if args.kind == Kind::Live { RunKind::Live } else { RunKind::Drill };
    let mut opening = Opening {
        runbook: &book.loaded.runbook,
        file: book.file.clone(),
        who: who.clone(),
        kind,
        environment: environment.zip(file.as_ref()).map(|(e, f)| house::pin(f, e)),
        hosts,
        environment_vars: environment.map(|e| e.vars.iter().cloned().collect()).unwrap_or_default(),
        set,
        seed: clock::random_hex(32)?,
        parent: None,
        beside: Vec::new(),
        later: answers.is_none(),
        commit: opening::commit_of(&book.file).await,
    };
    // Tried before the log is opened, so that what is refused leaves nothing in it.
    let opened = opening.clone().open()?;
    confirm_start(&book, environment, kind, answers.as_ref())?;
    opening.beside = beside(&house.log, environment, kind, answers.is_some())?;
    let vault = guard::settle(house, vec![book.clone()], manner).await?;
    guard::clean_values(&vault, &opened)?;
    let mut session = house.session(&house.log, Some(&who)).await?;
    session.log = identity.sign(session.log.guarded(vault));
    if let Some(found) = &session.recovered {
        say::err(&found.to_string());
    }
    identity.announce();
    let opened = opening::open(&session, &book, opening).await;
    let (run, held) = match opened {
        Ok(opened) => opened,
        Err(fail) => {
            session.close("the run was not opened").await?;
            return Err(fail);
        }
    };
    let back = house.hint(&format!("resume {}", run.id));
    let runs = vec![Opened { run, facts: Vec::new() }];
    let engine = house.engine(ssh_config.as_deref());
    let mut banner = [twice, session.log.vault().remarks()].concat();
    banner.extend(answers.is_none().then(|| identity::tell_unsigned_once(house, &who)).flatten());
    match identity.tell_forwarded_once(house) {
        Some(words) if answers.is_some() => say::err(&words),
        words => banner.extend(words),
    }
    let stage = Stage { session, engine, runs, held, who, why: "", banner, back, ssh_config };
    match answers {
        Some(answers) => stage.headless(&answers, args.headless.limits()).await,
        None => stage.on_screen(Some(house)).await,
    }
}

/// Returns the environment that `--env` names; a person is asked, nobody else is.
fn environment<'a>(
    args: &Args,
    file: Option<&'a EnvironmentFile>,
    headless: bool,
) -> Result<Option<&'a Environment>, Fail> {
    let Some(file) = file else {
        return match &args.env {
            None => Ok(None),
            Some(name) => Err(Fail::Usage(format!(
                "the runbook names no environment file, so there is no environment {name}; give one with --environments FILE"
            ))),
        };
    };
    let names = file.environments.names().collect::<Vec<_>>().join(", ");
    let name = match &args.env {
        Some(name) => name.clone(),
        None if headless => {
            return Err(Fail::Usage(format!(
                "there is no default environment: choose one with --env ({names})"
            )));
        }
        None => ask::line(&format!("Environment ({names}):"))?,
    };
    let found = file.environments.find(&name);
    found.map(Some).ok_or_else(|| {
        Fail::Usage(format!("{} has no environment {name}; it has: {names}", file.path.display()))
    })
}

/// Returns the hosts of the environment, or the runbook's own without one. Hosts that are reserved for samples are refused.
fn hosts(
    house: &House,
    book: &Book,
    file: Option<&EnvironmentFile>,
    environment: Option<&Environment>,
) -> Result<Vec<HostPin>, Fail> {
    let pins = match (file, environment) {
        (Some(file), Some(environment)) => {
            let text = String::from_utf8_lossy(&book.loaded.bytes);
            let findings = check(&book.loaded.runbook, &text, &[environment.targets()]);
            let errors: Vec<_> = findings.into_iter().filter(|f| f.is_error()).collect();
            if !errors.is_empty() {
                return Err(Fail::Invalid(house::listed(&book.file, &text, &errors)));
            }
            targets::of_environment(house, file, environment)?
        }
        _ => targets::of_runbook(book)?,
    };
    if let Some(host) = pins.iter().find(|h| h.role == LOCAL || h.name == LOCAL) {
        return Err(Fail::Invalid(format!(
            "{}@{} has the role or name {LOCAL}, which is this machine: take another one",
            host.user, host.address
        )));
    }
    real(&pins)?;
    Ok(pins)
}

/// Refuses hosts that are reserved for samples, also those that others are reached through.
fn real(pins: &[HostPin]) -> Result<(), Fail> {
    match pins.iter().find_map(targets::sample) {
        None => Ok(()),
        Some(sample) => {
            Err(Fail::Invalid(format!("{sample}: write your own hosts into the environment file")))
        }
    }
}

/// Returns what was given for variables: the answers file's, then `--set`, which wins.
pub fn set(given: &[String], answers: Option<&Answers>) -> Result<BTreeMap<String, String>, Fail> {
    let mut set: BTreeMap<String, String> =
        answers.map(|a| a.vars.iter().map(|(n, v)| (n.clone(), v.clone())).collect()).unwrap_or_default();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Fail::Usage(format!("--set {text}: write NAME=VALUE")));
        };
        set.insert(name.to_owned(), value.to_owned());
    }
    Ok(set)
}

/// Asks for what the environment wants before a live run starts.
fn confirm_start(
    book: &Book,
    environment: Option<&Environment>,
    kind: RunKind,
    answers: Option<&Answers>,
) -> Result<(), Fail> {
    let Some(environment) = environment.filter(|_| kind == RunKind::Live) else { return Ok(()) };
    let (name, title) = (&environment.name, &book.loaded.runbook.title);
    if environment.confirm == Confirm::None {
        return Ok(());
    }
    if let Some(answers) = answers {
        return if answers.start.as_deref() == Some(name) {
            Ok(())
        } else {
            Err(Fail::Usage(format!("the answers file does not say `start: {name}`: nothing was started")))
        };
    }
    let title = crate::text::sanitize(title);
    let said = match environment.confirm {
        Confirm::Type => {
            ask::line(&format!("This opens a live run of {title} on {name}. Type {name} to go on:"))? == *name
        }
        _ => ask::line(&format!("This opens a live run of {title} on {name}. Enter y to go on:"))? == "y",
    };
    if said { Ok(()) } else { Err(Fail::Usage("not confirmed: nothing was started".to_owned())) }
}

/// Returns the open live runs of the environment beside which this one starts: a person is asked, nobody else is.
fn beside(
    log: &Path,
    environment: Option<&Environment>,
    kind: RunKind,
    headless: bool,
) -> Result<Vec<String>, Fail> {
    let Some(environment) = environment.filter(|_| kind == RunKind::Live) else { return Ok(Vec::new()) };
    if log.symlink_metadata().is_err() {
        return Ok(Vec::new());
    }
    all_free(log, &[Subject::Environment(environment.name.clone())])?;
    let open = resuming::open_runs(&reader(log)?)?;
    let mut found = Vec::new();
    for run in open {
        if run.kind != RunKind::Live || run.environment.as_deref() != Some(environment.name.as_str()) {
            continue;
        }
        all_free(log, &[Subject::Run(run.run.clone())])?;
        let name = format!("{} ({}), last driven by {},", run.run, run.title, run.captain.name);
        let name = crate::text::sanitize(&name);
        if headless {
            return Err(Fail::Busy(format!(
                "run {name} is open on {} and nobody drives it: resume or close it first",
                environment.name
            )));
        }
        let question = format!(
            "Run {name} is open on {} and nobody drives it. Start beside it? (y/n)",
            environment.name
        );
        if ask::line(&question)? != "y" {
            return Err(Fail::Busy(format!("run {} is open; nothing was started", run.run)));
        }
        found.push(run.run);
    }
    Ok(found)
}
