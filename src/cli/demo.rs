//! `gonogo demo`: the release, or with `restore-drill` the restore drill. An open demo of the same runbook is taken up again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::args::{Demo as Args, Walk};
use crate::cli::drive::{self, Stage};
use crate::cli::exit::Exit;
use crate::cli::house::{self, House};
use crate::cli::say;
use crate::cli::{ask, print, resume, targets};
use crate::demo::world::faults;
use crate::run::fact::{Proof, RunKind, Via, Who};
use crate::run::open::Opening;
use crate::runtime::demo::{self, Demo, Site};
use crate::runtime::headless::Limits;
use crate::runtime::opening;
use crate::runtime::session::{Place, Session};
use crate::runtime::{Fail, clock};
use crate::tui::shared::Opened;

/// How long a demo without a terminal may take.
const MAX: Duration = Duration::from_secs(6 * 3600);

/// What belongs to one walk of the demo.
struct Show {
    /// What is typed to see it.
    command: &'static str,
    /// The runbook, without its ending.
    runbook: &'static str,
    /// The answers file, without its ending.
    answers: &'static str,
    environment: &'static str,
    kind: RunKind,
}

const RELEASE: Show = Show {
    command: "gonogo demo",
    runbook: "release",
    answers: "demo-answers",
    environment: "demo",
    kind: RunKind::Live,
};
const RESTORE_DRILL: Show = Show {
    command: "gonogo demo restore-drill",
    runbook: "restore-drill",
    answers: "restore-drill-answers",
    environment: "staging",
    kind: RunKind::Drill,
};

impl Show {
    const fn of(walk: Walk) -> &'static Self {
        match walk {
            Walk::Release => &RELEASE,
            Walk::RestoreDrill => &RESTORE_DRILL,
        }
    }

    /// Checks that `step` is one that this walk can be made to fail at.
    fn knows(&self, step: &str) -> Result<(), Fail> {
        let mut all = faults().filter(|f| f.runbook == self.runbook);
        if all.any(|f| f.step == step) {
            return Ok(());
        }
        let known: Vec<&str> = faults().filter(|f| f.runbook == self.runbook).map(|f| f.step).collect();
        Err(Fail::Usage(format!(
            "--fail {step}: {} can be made to fail at: {}",
            self.command,
            known.join(", ")
        )))
    }
}

/// Runs `gonogo demo`.
pub async fn demo(house: &House, args: Args) -> Result<Exit, Fail> {
    let home = house.paths.demos();
    if args.clean {
        return clean(&home);
    }
    if !args.headless {
        ask::screen("--headless")?;
    }
    let show = Show::of(args.walk);
    if let Some(step) = &args.fail {
        show.knows(step)?;
    }
    let site = demo::site(&home, args.fail.is_some(), &format!("{}.md", show.runbook))?;
    let root = site.root().to_owned();
    let exe = std::env::current_exe()
        .map_err(|e| Fail::System(format!("this program's own file cannot be found: {e}")))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let speed = std::env::var("DEMO_SPEED").ok();
    let demo = Demo::start(&root, &exe, &path, args.fail.as_deref(), speed.as_deref())?;
    let answers = match args.headless {
        true => {
            let book = house::book(&demo.root.join(format!("runbooks/ispeaker/{}.md", show.runbook)))?;
            let file = demo.root.join(format!("runbooks/ispeaker/{}.yaml", show.answers));
            Some(drive::read_answers(&file, &book.loaded.runbook)?)
        }
        false => None,
    };
    let seat = Some(Box::new(ask::seat()));
    let who = match (&answers, args.name.or(house.settings()?.name)) {
        (Some(answers), name) => drive::answering(answers, name.as_deref())?,
        (None, Some(name)) => Who { name, proof: Proof::Typed, via: Via::Keyboard, seat },
        (None, None) => Who { name: Place::here().os_user, proof: Proof::OsUser, via: Via::Keyboard, seat },
    };
    let session = house.session(&demo::log_of(&demo.root), Some(&who)).await?;
    if answers.is_some() {
        for line in demo.banner() {
            say::out(&line);
        }
    }
    let (runs, held, why) = match site {
        Site::New(_) => {
            let (opened, held) = open(house, &demo, &session, who.clone(), show).await?;
            (vec![opened], held, "")
        }
        Site::Open { run, .. } => {
            let taken = resume::take_up(&session, &run, resume::How::Free, &who).await?;
            (taken.runs, taken.held, "the demo was ended while it ran")
        }
    };
    let stage = Stage {
        session,
        engine: demo.engine.clone(),
        runs,
        held,
        who,
        why,
        banner: demo.banner(),
        back: show.command.to_owned(),
        ssh_config: None,
    };
    let result = match answers {
        Some(answers) => stage.headless(&answers, Limits { max: MAX, wait: None }).await,
        None => stage.on_screen(None).await,
    };
    demo.close().await?;
    let exit = result?;
    say::out(&format!("demo: {} (kept until gonogo demo --clean)", root.display()));
    if show.kind == RunKind::Drill {
        say::out(&format!("drills: gonogo --log {} drills", demo::log_of(&root).display()));
    }
    Ok(exit)
}

async fn open(
    house: &House,
    demo: &Demo,
    session: &Session,
    who: Who,
    show: &Show,
) -> Result<(Opened, Vec<crate::audit::locks::Held>), Fail> {
    let runbooks = demo.root.join("runbooks/ispeaker");
    let book = house::book(&runbooks.join(format!("{}.md", show.runbook)))?;
    let file = house::environments(&book, Some(&runbooks.join("demo.yaml")))?
        .ok_or_else(|| Fail::Invalid("the demo's environment file is missing".to_owned()))?;
    let environment = file
        .environments
        .find(show.environment)
        .ok_or_else(|| Fail::Invalid(format!("the demo has no environment {}", show.environment)))?;
    let opening = Opening {
        runbook: &book.loaded.runbook,
        file: book.file.clone(),
        who,
        kind: show.kind,
        environment: Some(house::pin(&file, environment)),
        hosts: targets::of_environment(house, &file, environment)?,
        environment_vars: environment.vars.iter().cloned().collect(),
        set: BTreeMap::new(),
        seed: clock::random_hex(32)?,
        parent: None,
        beside: Vec::new(),
        later: false,
        commit: None,
    };
    let (run, held) = opening::open(session, &book, opening).await?;
    Ok((Opened { run, facts: Vec::new() }, held))
}

fn clean(home: &std::path::Path) -> Result<Exit, Fail> {
    let failed = |e: std::io::Error| {
        Fail::System(format!("the demos below {} cannot be removed: {e}", home.display()))
    };
    let (gone, used) = demo::clean(home).map_err(failed)?;
    let mut text = format!("removed {} demo directories below {}\n", gone.len(), home.display());
    for root in &used {
        text.push_str(&format!("kept, because it is in use: {}\n", root.display()));
    }
    print(&text)?;
    Ok(Exit::Done)
}
