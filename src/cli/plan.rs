//! `gonogo plan`: reads the runbook, what it links and its environment, and shows what a run would do.
//!
//! Writes nothing, asks nothing, opens no log. Only `--live` reaches hosts, for steps marked `check` alone.

pub(in crate::cli) mod links;
mod live;
mod wire;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::args::Plan as Args;
use crate::cli::exit::Exit;
use crate::cli::guard::Manner;
use crate::cli::house::{self, EnvironmentFile, House};
use crate::cli::{print, run, targets};
use crate::config::Environment;
use crate::config::environment::Confirm;
use crate::report::json::ascii;
use crate::report::plan::{Missing, Plan, Setting, plan as planned, text};
use crate::run::fact::HostPin;
use crate::run::open::OpenError;
use crate::runtime::Fail;
use crate::runtime::opening::Book;

/// A plan with what was asked for beside it.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    plan: Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    wire: Option<wire::Sent>,
}

/// Runs `gonogo plan`.
pub async fn plan(house: &House, args: Args) -> Result<Exit, Fail> {
    let book = house::book(&args.runbook)?;
    let file = house::environments(&book, args.environments.as_deref())?;
    let environment = environment(&args, file.as_ref())?;
    let set = run::set(&args.set, None)?;
    known_names(&book, &set)?;
    let hosts = match (file.as_ref(), environment) {
        (Some(file), Some(environment)) => targets::of_environment(house, file, environment)?,
        _ => targets::of_runbook(&book)?,
    };
    // Without --live nothing is run, so names of the SSH configuration stay names.
    let ssh_config = targets::absolute(args.ssh_config.as_deref())?;
    let hosts = if args.live {
        let manner = Manner { headless: true, trust: args.trust };
        targets::resolve(house, hosts, ssh_config.as_deref(), manner).await?
    } else {
        hosts
    };
    let links = links::gather(&book)?;
    let vars = environment.map(|e| e.vars.iter().cloned().collect()).unwrap_or_default();
    let setting = Setting {
        environment: environment.map(|e| e.name.as_str()),
        start: environment.and_then(|e| match e.confirm {
            Confirm::None => None,
            Confirm::Press => Some("press"),
            Confirm::Type => Some("type"),
        }),
        hosts: &hosts,
        environment_vars: &vars,
        set: &set,
        links: &links,
    };
    let mut plan = planned(&book.file, &book.loaded.runbook, &setting);
    plan.missing.extend(unchosen(file.as_ref().filter(|_| environment.is_none())));
    plan.missing.extend(samples(&hosts));
    let exit = if args.live {
        live::run(house.engine(ssh_config.as_deref()), &book, &links, &hosts, &mut plan).await?
    } else {
        Exit::Done
    };
    let wire = args.wire.then(wire::sent);
    if args.json {
        print(&ascii(&Document { plan, wire }))?;
    } else {
        print(&text(&plan))?;
        if let Some(wire) = wire {
            print(&wire.text())?;
        }
    }
    Ok(exit)
}

fn environment<'a>(args: &Args, file: Option<&'a EnvironmentFile>) -> Result<Option<&'a Environment>, Fail> {
    let Some(name) = &args.env else { return Ok(None) };
    let Some(file) = file else {
        return Err(Fail::Usage(format!(
            "the runbook names no environment file, so there is no environment {name}; give one with --environments FILE"
        )));
    };
    let names = file.environments.names().collect::<Vec<_>>().join(", ");
    let missing =
        || Fail::Usage(format!("{} has no environment {name}; it has: {names}", file.path.display()));
    file.environments.find(name).map(Some).ok_or_else(missing)
}

/// Refuses values for names that the runbook does not know, as a run does.
fn known_names(book: &Book, set: &BTreeMap<String, String>) -> Result<(), Fail> {
    let runbook = &book.loaded.runbook;
    if let Some(var) = runbook.front.vars.iter().find(|v| v.secret.is_some() && set.contains_key(&v.name)) {
        return Err(Fail::Usage(OpenError::Secret(var.name.clone()).to_string()));
    }
    let asked = runbook.asked();
    match set.keys().find(|name| !asked.iter().any(|ask| ask.name == name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let names = asked.iter().map(|ask| ask.name).collect::<Vec<_>>().join(", ");
            let declared = if names.is_empty() { "none".to_owned() } else { names };
            Err(Fail::Usage(OpenError::Undeclared { name: name.clone(), declared }.to_string()))
        }
    }
}

/// Without `--env` a run asks; here nobody is asked.
fn unchosen(file: Option<&EnvironmentFile>) -> Option<Missing> {
    let file = file?;
    let names = file.environments.names().collect::<Vec<_>>().join(", ");
    let why = format!("no environment is chosen: --env ({names})");
    Some(Missing { kind: "environment", name: file.path.display().to_string(), why })
}

fn samples(hosts: &[HostPin]) -> Vec<Missing> {
    let mut all: Vec<Missing> = Vec::new();
    for (host, why) in hosts.iter().filter_map(|host| Some((host, targets::sample(host)?))) {
        if all.iter().all(|known| known.why != why) {
            all.push(Missing { kind: "host", name: host.name.clone(), why });
        }
    }
    all
}
