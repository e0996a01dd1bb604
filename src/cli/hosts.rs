//! `gonogo hosts`: reaches every host of an environment and says how, and what a step would find there.
//!
//! Opens no log. Asks the person at the terminal what a run would ask of a login, and without one refuses that. On a host it makes the directory that a run makes too, runs one small script there (`sudo`, clock), and
//! removes it.

mod shown;
mod sudo;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::cli::args::Hosts as Args;
use crate::cli::exit::Exit;
use crate::cli::guard::Manner;
use crate::cli::house::{self, EnvironmentFile, House};
use crate::cli::{ask, print, say, targets};
use crate::config::Environment;
use crate::exec::ssh::Configured;
use crate::exec::{self, Class, Connected, End, Engine, Host, Keep, NotStarted, StepRequest, VecSink};
use crate::report::json::ascii;
use crate::run::fact::HostPin;
use crate::runtime::questioner::Questioner;
use crate::runtime::reach::{reach, resolved, trusted_by};
use crate::runtime::vault::Vault;
use crate::runtime::{Fail, clock};
use shown::{Failed, HostKey, Seen, Sheet};
use sudo::Wants;

/// Longest that the script on a host may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Asks for what only a step can see.
const CLOCK: &str = "echo \"clock $(date +%s.%N)\"\n";

/// Runs `gonogo hosts`.
pub async fn hosts(house: &House, args: Args) -> Result<Exit, Fail> {
    let file = match (&args.environments, &args.runbook) {
        (None, Some(runbook)) => house::environments(&house::book(runbook)?, None)?,
        (Some(path), _) => Some(house::environment_file(path)?),
        (None, None) => None,
    };
    let file = file.ok_or_else(|| {
        Fail::Usage("the runbook names no environment file; give one with --environments FILE".to_owned())
    })?;
    let environment = find(&file, &args.env)?;
    let pins = targets::of_environment(house, &file, environment)?;
    let ssh_config = targets::absolute(args.ssh_config.as_deref())?;
    let manner = Manner { headless: !ask::possible(), trust: args.trust };
    let pins = targets::trusted(house, pins, ssh_config.as_deref(), manner)?;
    let vault = Vault::default();
    let person = Questioner::new(vault.clone());
    let engine = house.engine(ssh_config.as_deref());
    engine.set_clock(clock::unix);
    if !manner.headless {
        engine.set_asker(Arc::new(person.clone()));
    }
    let look = Look { resolver: Arc::new(house.resolver(ssh_config.as_deref())), engine, vault };
    let looks = Looked::of(pins)?;
    let looked = tokio::select! {
        seen = look.all(looks) => Ok(seen),
        exit = told_to_end(&person) => Err(exit?),
    };
    person.close();
    look.engine.disconnect().await;
    let seen = match looked {
        Ok(seen) => seen,
        Err(exit) => {
            say::err("ended; nothing but a look was under way");
            return Ok(exit);
        }
    };
    let sheet = Sheet::new(&environment.name, seen);
    print(&if args.json { ascii(&sheet) } else { sheet.text() })?;
    Ok(if sheet.ok { Exit::Done } else { Exit::Host })
}

/// Waits until somebody wants the look to end.
async fn told_to_end(person: &Questioner) -> Result<Exit, Fail> {
    let deaf = |e: std::io::Error| Fail::System(format!("signals cannot be heard: {e}"));
    let mut term = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut hup = signal(SignalKind::hangup()).map_err(deaf)?;
    let mut int = signal(SignalKind::interrupt()).map_err(deaf)?;
    Ok(tokio::select! {
        _ = term.recv() => Exit::Terminated,
        _ = hup.recv() => Exit::Terminated,
        _ = int.recv() => Exit::Interrupted,
        // Where keys are read one by one, Ctrl-C is one of them.
        () = person.interrupted() => Exit::Interrupted,
    })
}

fn find<'a>(file: &'a EnvironmentFile, name: &str) -> Result<&'a Environment, Fail> {
    let names = file.environments.names().collect::<Vec<_>>().join(", ");
    let missing =
        || Fail::Usage(format!("{} has no environment {name}; it has: {names}", shown_path(&file.path)));
    file.environments.find(name).ok_or_else(missing)
}

fn shown_path(path: &Path) -> String {
    crate::text::sanitize(&path.display().to_string()).into_owned()
}

/// What looks at hosts.
#[derive(Clone)]
struct Look {
    resolver: Arc<Configured>,
    engine: Engine,
    vault: Vault,
}

/// A host to look at.
struct Looked {
    pin: HostPin,
    roles: Vec<String>,
    /// Two names may be one place, where a number is used once: each has a directory of its own.
    seed: String,
}

impl Looked {
    /// Returns the hosts of `pins`, each once.
    fn of(pins: Vec<HostPin>) -> Result<Vec<Self>, Fail> {
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        let mut all: Vec<Self> = Vec::new();
        for pin in pins {
            let index = *at.entry(pin.name.clone()).or_insert(all.len());
            match all.get_mut(index) {
                Some(known) => known.roles.push(pin.role),
                None => {
                    all.push(Self { roles: vec![pin.role.clone()], pin, seed: clock::random_hex(32)? });
                }
            }
        }
        Ok(all)
    }
}

impl Look {
    /// Looks at all hosts at once; the engine holds back what would be too much.
    async fn all(&self, looks: Vec<Looked>) -> Vec<Seen> {
        let mut looking = JoinSet::new();
        let count = looks.len();
        for (index, looked) in looks.into_iter().enumerate() {
            let look = self.clone();
            looking.spawn(async move { (index, look.one(looked).await) });
        }
        let mut all: Vec<Option<Seen>> = vec![None; count];
        while let Some(done) = looking.join_next().await {
            if let Ok((index, seen)) = done
                && let Some(place) = all.get_mut(index)
            {
                *place = Some(seen);
            }
        }
        all.into_iter().flatten().collect()
    }

    async fn one(&self, looked: Looked) -> Seen {
        let Looked { pin, roles, seed } = looked;
        let mut seen = Seen::new(&pin, roles);
        let pin = match targets::settle(&self.resolver, pin).await {
            Ok(pin) => pin,
            Err(why) => {
                seen.failed = Some(Failed { class: "resolution", why });
                return seen;
            }
        };
        let host = reach(&pin);
        match self.resolver.look_up(&host).await {
            Ok(target) => {
                seen.notes.clone_from(&target.notes);
                seen.resolved(&resolved(pin, &target));
            }
            Err(no) => {
                seen.refused(&no);
                return seen;
            }
        }
        let (events, heard) = mpsc::channel(64);
        let accepted = tokio::spawn(accepted(heard));
        match self.engine.prepare(&host, &seed, &events).await {
            Err(no) => seen.refused(&no),
            Ok(opened) => {
                seen.opened(&opened);
                seen.round_trip_ms = self.engine.round_trip(&host).await.map(milliseconds);
                if let Err(no) = self.ask(&host, seed, &mut seen, &events).await {
                    seen.refused(&no);
                }
                // What cannot be removed lies in a directory that only the account itself can read.
                drop(self.engine.close(&host, &opened.facts.dir, true).await);
            }
        }
        drop(events);
        seen.notes.extend(accepted.await.unwrap_or_default());
        seen.rewrite(|text| self.vault.text(text));
        seen
    }

    async fn ask(
        &self,
        host: &Host,
        seed: String,
        seen: &mut Seen,
        events: &mpsc::Sender<exec::Event>,
    ) -> Result<(), NotStarted> {
        let request = StepRequest {
            number: 1,
            seed,
            script: format!("{}{CLOCK}", sudo::SCRIPT),
            strict: false,
            keep_going: false,
            interpreter: None,
            check: true,
            keep: Keep::Off,
            load: None,
            save: false,
            cwd: None,
            values: Vec::new(),
            captures_stdout: true,
        };
        let before = clock::now().wall;
        let step = self.engine.step(host, request, None, Box::new(VecSink::default()), events);
        let failed = |why: String| NotStarted { class: Class::Host, why };
        let end = match tokio::time::timeout(LIMIT, step).await {
            Ok(End::Ended(end)) => end,
            Ok(End::NotStarted(no)) => return Err(no),
            Ok(End::Lost(lost)) => return Err(failed(lost.why)),
            Err(_) => {
                let why = format!(
                    "{} did not finish a look at sudo and its clock in {} s",
                    host.name,
                    LIMIT.as_secs()
                );
                return Err(failed(why));
            }
        };
        let after = clock::now().wall;
        let text = end.stdout_text.unwrap_or_default();
        let line = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        seen.sudo = Wants::read(&text);
        let micros = |at: chrono::DateTime<chrono::Utc>| at.timestamp_micros();
        seen.clock_offset_s =
            line("clock").and_then(|text| shown::offset(text, micros(before), micros(after)));
        Ok(())
    }
}

/// Returns what became of the keys that somebody accepted.
async fn accepted(mut heard: mpsc::Receiver<exec::Event>) -> Vec<String> {
    let mut notes = Vec::new();
    while let Some(event) = heard.recv().await {
        let exec::Event::KeyAccepted(key) = event else { continue };
        let what = match (key.recorded, key.not_recorded) {
            (Some(at), _) => format!("recorded as {at}"),
            (None, Some(why)) => format!("not recorded: {why}"),
            (None, None) => "for this time only".to_owned(),
        };
        notes.push(format!("the new host key {} of {} was accepted, {what}", key.fingerprint, key.host));
    }
    notes
}

fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 10_000.0).round() / 10.0
}

impl Seen {
    fn refused(&mut self, no: &NotStarted) {
        let class = match no.class {
            Class::Host => "host",
            Class::HostKey => "host key",
            Class::Moved => "moved",
            Class::Auth => "login",
            Class::Sudo => "sudo",
            Class::Foreign => "foreign command",
            Class::Refused => "refused",
            Class::Request => "request",
        };
        self.failed = Some(Failed { class, why: no.why.clone() });
        // The login comes after the key.
        let verdict = match no.class {
            Class::HostKey => "refused",
            Class::Auth => "trusted",
            _ => return,
        };
        self.host_key.get_or_insert_with(|| HostKey { verdict, ..HostKey::default() });
    }

    fn opened(&mut self, opened: &Connected) {
        self.host_key = Some(HostKey {
            verdict: "trusted",
            kind: Some(opened.key_type.clone()),
            fingerprint: Some(opened.fingerprint.clone()),
            by: Some(trusted_by(&opened.trust)),
        });
        self.login = Some(opened.auth.clone());
        let facts = &opened.facts;
        self.node = Some(facts.node.clone());
        self.system = Some(facts.os.clone());
        self.shell = Some(match (&facts.bash, facts.full_carry) {
            (Some(version), true) => format!("bash {version}"),
            (Some(version), false) => format!("sh (bash {version} is too old)"),
            (None, _) => "sh".to_owned(),
        });
        if !facts.pipefail {
            self.notes.push("no pipefail: a failing command inside a pipe is not noticed".to_owned());
        }
    }
}
