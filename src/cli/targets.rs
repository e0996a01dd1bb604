//! From the hosts that an environment file or a runbook names to those that a run is opened with.
//!
//! Two steps, because the second asks `ssh -G`, which runs what a configuration names in `Match exec`: [`of_environment`]
//! and [`of_runbook`] only read, [`resolve`] settles trust first and then resolves every name, several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::cli::guard::{self, Manner};
use crate::cli::house::{EnvironmentFile, House};
use crate::config::environment::{self, Host};
use crate::config::{Environment, is_reserved};
use crate::exec::ssh::Configured;
use crate::run::fact::{HostPin, SshPin, WayPin};
use crate::runbook::hosts::{self, SSH_PORT};
use crate::runtime::Fail;
use crate::runtime::opening::Book;
use crate::runtime::reach::{reach, resolved};
use crate::runtime::trust::Part;

/// Returns the environment's hosts by role, with paths made absolute. What goes by the SSH configuration is not resolved.
pub fn of_environment(
    house: &House,
    file: &EnvironmentFile,
    environment: &Environment,
) -> Result<Vec<HostPin>, Fail> {
    let directory = match file.path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let directory = std::fs::canonicalize(&directory).unwrap_or(directory);
    let pins = Pins { environment, directory, home: &house.paths.home };
    let mut out = Vec::new();
    for (role, hosts) in &environment.roles {
        for host in hosts {
            out.push(pins.pin(role, host).map_err(|why| {
                Fail::Invalid(format!("{}: environment {}: {why}", file.path.display(), environment.name))
            })?);
        }
    }
    Ok(out)
}

/// Returns the hosts that the runbook itself names. What goes by the SSH configuration is not resolved.
pub fn of_runbook(book: &Book) -> Result<Vec<HostPin>, Fail> {
    let mut pins = Vec::new();
    for (role, hosts) in &book.loaded.runbook.front.hosts {
        for text in hosts {
            let spec =
                hosts::parse(text).map_err(|e| Fail::Invalid(format!("{}: host {text}: {e}", book.file)))?;
            let host = Host::of(spec);
            pins.push(plain(role, &host, None));
        }
    }
    Ok(pins)
}

struct Pins<'a> {
    environment: &'a Environment,
    directory: PathBuf,
    home: &'a Path,
}

impl Pins<'_> {
    fn pin(&self, role: &str, host: &Host) -> Result<HostPin, String> {
        let full = |path: &String| {
            environment::resolve(path, &self.directory, self.home).to_string_lossy().into_owned()
        };
        let mut pin = plain(role, host, self.environment.ssh_config.as_ref().map(full));
        pin.identity = host.identity.as_ref().map(full);
        pin.known_hosts = host.known_hosts.as_ref().map(full);
        let span = self.environment.keepalive;
        pin.way.keepalive_ms = span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        // An environment whose jumps go round in a circle was refused when it was read.
        if let Some(jump) = self.environment.jump_of(host)? {
            pin.way.jump = Some(Box::new(self.pin(role, &jump)?));
        }
        Ok(pin)
    }
}

fn plain(role: &str, host: &Host, config: Option<String>) -> HostPin {
    let ssh = host.user.is_none().then(|| SshPin { name: host.address.clone(), config, port: host.port });
    HostPin {
        role: role.to_owned(),
        name: host.name.clone(),
        user: host.user.clone().unwrap_or_default(),
        address: host.address.clone(),
        // Never 0, which means this machine.
        port: host.port.unwrap_or(SSH_PORT),
        identity: None,
        known_hosts: None,
        way: WayPin { ssh, ..WayPin::default() },
    }
}

/// Returns `pins` as they are resolved, after what they name beside the runbook was trusted; `ssh_config` is what
/// [`absolute`] returned.
///
/// # Errors
/// [`Fail::Invalid`] without trust, [`Fail::Host`] for names that cannot be resolved: all of them, a line each.
pub async fn resolve(
    house: &House,
    pins: Vec<HostPin>,
    ssh_config: Option<&Path>,
    manner: Manner,
) -> Result<Vec<HostPin>, Fail> {
    let mut pins = trusted(house, pins, ssh_config, manner)?;
    let resolver = Arc::new(house.resolver(ssh_config));
    let mut asking = JoinSet::new();
    for (index, pin) in pins.iter().cloned().enumerate() {
        let resolver = resolver.clone();
        asking.spawn(async move { (index, settle(&resolver, pin).await) });
    }
    let mut wrong = BTreeSet::new();
    while let Some(done) = asking.join_next().await {
        match done {
            Ok((index, Ok(pin))) => {
                if let Some(place) = pins.get_mut(index) {
                    *place = pin;
                }
            }
            Ok((_, Err(why))) => drop(wrong.insert(why)),
            Err(error) => drop(wrong.insert(format!("a host was not resolved: {error}"))),
        }
    }
    if wrong.is_empty() {
        Ok(pins)
    } else {
        Err(Fail::Host(wrong.into_iter().collect::<Vec<_>>().join("\n")))
    }
}

/// Returns `pins` as they go by `ssh_config`, if it is given, after what they name beside the runbook was trusted.
///
/// # Errors
/// [`Fail::Invalid`] without trust.
pub fn trusted(
    house: &House,
    mut pins: Vec<HostPin>,
    ssh_config: Option<&Path>,
    manner: Manner,
) -> Result<Vec<HostPin>, Fail> {
    if let Some(file) = ssh_config {
        let file = file.to_string_lossy().into_owned();
        pins.iter_mut().for_each(|pin| go_by(pin, &file));
    }
    guard::trusted(house, &parts(house, &pins, ssh_config)?, manner)?;
    Ok(pins)
}

/// Returns `--ssh-config` as a path that means the same wherever a run is resumed.
pub fn absolute(ssh_config: Option<&Path>) -> Result<Option<PathBuf>, Fail> {
    let full = |path: &Path| {
        std::fs::canonicalize(path).map_err(|e| Fail::Usage(format!("--ssh-config {}: {e}", path.display())))
    };
    ssh_config.map(full).transpose()
}

/// Returns in words what is reserved for samples of `pin` and of all that lies on the way to it, if anything is.
pub fn sample(pin: &HostPin) -> Option<String> {
    let words = |at: &str| format!("{at} is a name or address that is reserved for samples");
    if is_reserved(&pin.address) || is_reserved(&pin.name) {
        return Some(words(&format!("{}@{}", pin.user, pin.address)));
    }
    let hop = |hop: &String| {
        let at = hop.rsplit_once(':')?.0;
        is_reserved(at.rsplit_once('@')?.1).then(|| words(at))
    };
    pin.way.jump.as_deref().and_then(sample).or_else(|| pin.way.through.iter().find_map(hop))
}

/// Returns in words which of the resolved `pins` of one role are the same place: a step on the role runs there once for
/// each name.
pub fn twice(pins: &[HostPin]) -> Vec<String> {
    let mut places: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for pin in pins.iter().filter(|pin| !pin.is_local()) {
        places.entry((&pin.role, pin.in_words())).or_default().push(&pin.name);
    }
    let same = places.into_iter().filter(|(_, names)| names.len() > 1);
    let words = |((role, place), names): ((&str, String), Vec<&str>)| {
        format!(
            "{} of the role {role} are all {place}: a step on that role runs there once for each name",
            names.join(", ")
        )
    };
    same.map(words).collect()
}

fn go_by(pin: &mut HostPin, file: &str) {
    if let Some(ssh) = &mut pin.way.ssh {
        ssh.config = Some(file.to_owned());
    }
    if let Some(jump) = &mut pin.way.jump {
        go_by(jump, file);
    }
}

/// Returns `pin` and what it is reached through as they are resolved, or why they cannot be.
pub async fn settle(resolver: &Configured, mut pin: HostPin) -> Result<HostPin, String> {
    if let Some(jump) = pin.way.jump.take() {
        pin.way.jump = Some(Box::new(Box::pin(settle(resolver, *jump)).await?));
    }
    let target = resolver.look_up(&reach(&pin)).await.map_err(|no| no.why)?;
    Ok(resolved(pin, &target))
}

/// Returns the files that `pins` name and that are not the operator's own or the machine's, as parts to be trusted.
/// `own` is what was given on the command line: whoever gave it knows it.
fn parts(house: &House, pins: &[HostPin], own: Option<&Path>) -> Result<Vec<Part>, Fail> {
    let mut configs = BTreeSet::new();
    let mut keys = BTreeSet::new();
    pins.iter().for_each(|pin| named(pin, &mut configs, &mut keys));
    let ours = [house.paths.home.join(".ssh"), PathBuf::from("/etc/ssh")];
    let mut parts = Vec::new();
    let all = configs.iter().map(|file| (file, true)).chain(keys.iter().map(|file| (file, false)));
    for (file, configures) in all {
        let path = Path::new(file);
        let within = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if Some(path) == own || ours.iter().any(|dir| within.starts_with(dir)) {
            continue;
        }
        match std::fs::read(path) {
            Ok(bytes) => parts.push(Part::ssh(file, &bytes, configures)),
            // It trusts nobody.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !configures => {}
            Err(error) => return Err(Fail::Invalid(format!("{file} cannot be read: {error}"))),
        }
    }
    Ok(parts)
}

fn named(pin: &HostPin, configs: &mut BTreeSet<String>, keys: &mut BTreeSet<String>) {
    configs.extend(pin.way.ssh.as_ref().and_then(|ssh| ssh.config.clone()));
    keys.extend(pin.known_hosts.clone());
    if let Some(jump) = &pin.way.jump {
        named(jump, configs, keys);
    }
}
