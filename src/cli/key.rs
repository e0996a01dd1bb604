//! `gonogo key`: sets up the key that signs for a name, in a minute, and tries it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::cli::args::Key as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::{ask, identity, print, say};
use crate::config::Settings;
use crate::config::settings::check_signing_name;
use crate::run::fact::Proof;
use crate::runtime::signer::find::{self, Candidate};
use crate::runtime::{Fail, clock};
use crate::sign::key::PublicKey;
use crate::sign::sshsig::NAMESPACE;
use crate::sign::verify::allows;

/// How things stand.
#[derive(Debug, Serialize)]
struct Shown {
    /// The name, if one is set up.
    name: Option<String>,
    /// The proof that the record gives it.
    proof: &'static str,
    /// The file of the key.
    key: Option<String>,
    /// Its fingerprint.
    fingerprint: Option<String>,
    /// The file that says who may sign.
    allowed_signers: String,
    /// Whether a signature was made and verified just now.
    tested: bool,
    /// Why nothing can be signed, if so.
    trouble: Option<String>,
    /// The keys that could sign.
    candidates: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    kind: String,
    fingerprint: String,
    comment: String,
    /// Whether the agent holds it.
    agent: bool,
    file: Option<String>,
}

/// Runs `gonogo key`.
pub async fn key(house: &House, args: Args) -> Result<Exit, Fail> {
    if args.off {
        house.write_settings(&Settings { key: None, ..house.settings()? })?;
        print(
            "names are typed from now on; allowed_signers keeps the key, so that earlier signatures stay proven\n",
        )?;
        return Ok(Exit::Done);
    }
    let (candidates, trouble) =
        find::candidates(house.agent().as_deref(), &house.paths.home.join(".ssh")).await;
    if let Some(why) = trouble {
        say::err(&why);
    }
    let chosen = match &args.choose {
        Some(choice) => Some(named(house, &candidates, choice)?),
        None if args.show || args.json => None,
        None => Some(asked(&candidates)?),
    };
    let tested = match chosen {
        Some(chosen) => {
            set_up(house, &args, chosen).await?;
            true
        }
        None => false,
    };
    let shown = stands(house, &candidates, tested)?;
    if args.json {
        let text = serde_json::to_string_pretty(&shown).map_err(|e| Fail::System(e.to_string()))?;
        print(&format!("{text}\n"))?;
    } else {
        print(&crate::text::sanitize_block(&words(&shown)))?;
    }
    Ok(Exit::Done)
}

/// Returns the key that was named on the command line.
fn named(house: &House, candidates: &[Candidate], choice: &str) -> Result<Candidate, Fail> {
    if choice.starts_with("SHA256:") {
        let found = candidates.iter().find(|c| c.key.fingerprint() == choice);
        return found.cloned().ok_or_else(|| {
            Fail::Usage(format!("neither the agent nor ~/.ssh has a key {choice}; see: gonogo key --show"))
        });
    }
    let file = crate::config::environment::resolve(choice, Path::new(""), &house.paths.home);
    let file = std::path::absolute(&file).unwrap_or(file);
    let (key, comment) = find::public(&file).map_err(Fail::Usage)?;
    let agent = candidates.iter().any(|c| c.agent && c.key.is_same_key(&key));
    Ok(Candidate { key, comment, agent, file: Some(file) })
}

/// Lets a person choose.
fn asked(candidates: &[Candidate]) -> Result<Candidate, Fail> {
    if candidates.is_empty() {
        return Err(Fail::Missing(
            "there is no key: neither the agent holds one, nor is one in ~/.ssh; make one with: ssh-keygen -t ed25519"
                .to_owned(),
        ));
    }
    if !ask::possible() {
        return Err(Fail::Missing("nobody is here to choose: name the key with --use KEY".to_owned()));
    }
    let rows: Vec<Row> = candidates.iter().map(row).collect();
    for (n, row) in rows.iter().enumerate() {
        say::plain_err(&format!("{:>3}  {}\n", n + 1, crate::text::sanitize(&line(row))));
    }
    let answer = ask::line("Which key signs for you? Its number, or nothing to leave:")?;
    let index = answer.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let found = index.and_then(|n| candidates.get(n));
    found.cloned().ok_or_else(|| Fail::Usage("no key was chosen; nothing has changed".to_owned()))
}

/// Writes the settings and the line of the allowed signers, then signs something and verifies it.
async fn set_up(house: &House, args: &Args, chosen: Candidate) -> Result<(), Fail> {
    let mut settings = house.settings()?;
    let name = match args.name.clone().or_else(|| settings.name.clone()) {
        Some(name) => name,
        None if args.json || !ask::possible() => {
            return Err(Fail::Usage("nobody is named: say who you are with --as NAME".to_owned()));
        }
        None => ask::line("Your name, as the record shows it (an address tells you from others):")?,
    };
    let name = name.trim().to_owned();
    check_signing_name(&name).map_err(Fail::Usage)?;
    let file = match chosen.file {
        Some(file) => file,
        // A key of the agent without a file: its public half is kept, so that it is found again.
        None => keep(house, &chosen.key)?,
    };
    let allowed = house.allowed_file(None, &settings);
    let added = allow(house, &allowed, &name, &chosen.key)?;
    settings.name = Some(name);
    settings.key = Some(file.display().to_string());
    let file = file.display().to_string();
    let tested = async {
        let signers = house.allowed().map_err(|e| e.to_string())?;
        let signer = identity::open(house, &settings, &file, signers, args.json).await?;
        if signer.asks_agent() {
            say::err("signing something to try it: touch the key if it blinks");
        }
        let now = clock::now().wall;
        let text = format!("gonogo key: a signature to try the key, {}", crate::clock::rfc3339(now));
        signer.sign(&text, now.timestamp()).await.map_err(|why| why.to_string())
    };
    if let Err(why) = tested.await {
        // What does not work must not stand there as if it did.
        added.take_back()?;
        return Err(Fail::Missing(format!("{why}; nothing has changed")));
    }
    house.write_settings(&settings)
}

/// A line that was added to the file of allowed signers.
struct Added {
    path: PathBuf,
    /// The text before; none if nothing was changed.
    before: Option<String>,
}

impl Added {
    fn take_back(self) -> Result<(), Fail> {
        self.before.map_or(Ok(()), |text| write(&self.path, &text))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Fail> {
    let directory = crate::runtime::session::directory(path);
    let written =
        std::fs::create_dir_all(directory).and_then(|()| crate::runtime::record::replace(path, text));
    written.map_err(|e| Fail::System(format!("{} cannot be written: {e}", path.display())))
}

/// Allows `name` the key, unless that stands there already. For a certificate its authority is allowed, for this name.
fn allow(house: &House, path: &Path, name: &str, key: &PublicKey) -> Result<Added, Fail> {
    let now = clock::now().wall.timestamp();
    let known = house.allowed()?;
    if allows(key, name, now, &known).is_ok() {
        return Ok(Added { path: path.to_owned(), before: None });
    }
    if known.is_revoked(key) {
        return Err(Fail::Usage(format!("the key {} was revoked", key.fingerprint())));
    }
    let (options, key) = match key.authority() {
        Some(authority) => ("cert-authority,", authority),
        None => ("", key.clone()),
    };
    let name = if name.contains([' ', '\t']) { format!("\"{name}\"") } else { name.to_owned() };
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Fail::System(format!("{} cannot be read: {e}", path.display()))),
    };
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let line = format!("{name} {options}namespaces=\"{NAMESPACE}\" {}\n", key.line());
    write(path, &format!("{before}{gap}{line}"))?;
    Ok(Added { path: path.to_owned(), before: Some(before) })
}

fn keep(house: &House, key: &PublicKey) -> Result<PathBuf, Fail> {
    let ending = if key.is_certificate() { "signing-cert.pub" } else { "signing.pub" };
    let path = house.paths.config.join(ending);
    write(&path, &format!("{}\n", key.line()))?;
    Ok(path)
}

fn row(candidate: &Candidate) -> Row {
    Row {
        kind: candidate.key.kind(),
        fingerprint: candidate.key.fingerprint(),
        comment: candidate.comment.clone(),
        agent: candidate.agent,
        file: candidate.file.as_ref().map(|file| file.display().to_string()),
    }
}

fn line(row: &Row) -> String {
    let held = if row.agent { "agent".to_owned() } else { row.file.clone().unwrap_or_default() };
    format!("{}  {}  {}  {held}", row.kind, row.fingerprint, row.comment)
}

/// Returns how things stand.
fn stands(house: &House, candidates: &[Candidate], tested: bool) -> Result<Shown, Fail> {
    let settings = house.settings()?;
    let allowed = Arc::clone(&house.allowed()?);
    let file = settings
        .key
        .as_ref()
        .map(|key| crate::config::environment::resolve(key, &house.paths.config, &house.paths.home));
    let read = file.as_ref().map(|file| find::public(file));
    let (key, mut trouble) = match read {
        None => (None, None),
        Some(Ok((key, _))) => (Some(key), None),
        Some(Err(why)) => (None, Some(why)),
    };
    if let (Some(key), Some(name)) = (&key, &settings.name) {
        trouble = allows(key, name, clock::now().wall.timestamp(), &allowed).err().map(|why| why.to_string());
    }
    let proof = if key.is_some() && trouble.is_none() { Proof::SshKey } else { Proof::Typed };
    Ok(Shown {
        name: settings.name.clone(),
        proof: proof.word(),
        key: file.map(|file| file.display().to_string()),
        fingerprint: key.map(|key| key.fingerprint()),
        allowed_signers: house.allowed_file(None, &settings).display().to_string(),
        tested,
        trouble,
        candidates: candidates.iter().map(row).collect(),
    })
}

fn words(shown: &Shown) -> String {
    let none = || "none".to_owned();
    let mut out = format!("name             {}\n", shown.name.clone().unwrap_or_else(none));
    match (&shown.fingerprint, &shown.key) {
        (Some(fingerprint), Some(file)) => {
            let tested = if shown.tested { ", tested: it signs and verifies" } else { "" };
            out += &format!("key              {fingerprint}{tested}\nits file         {file}\n");
        }
        (_, file) => {
            out += &format!("key              {}: names are typed\n", file.clone().unwrap_or_else(none))
        }
    }
    out += &format!("who may sign     {}\n", shown.allowed_signers);
    if let Some(why) = &shown.trouble {
        out += &format!("but              {why}\n");
    }
    if !shown.tested {
        out += if shown.candidates.is_empty() { "no key could sign\n" } else { "keys that could sign\n" };
        shown.candidates.iter().for_each(|row| out += &format!("  {}\n", line(row)));
    }
    out
}
