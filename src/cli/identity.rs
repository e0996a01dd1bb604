//! Who signs: the name that sits here, and the key that proves it where one is set up.

use std::cell::RefCell;
use std::sync::Arc;

use crate::cli::args::Unsigned;
use crate::cli::house::House;
use crate::cli::{ask, say};
use crate::config::Settings;
use crate::config::environment::resolve;
use crate::run::fact::{Proof, Seat, Who};
use crate::runtime::log::Log;
use crate::runtime::signer::{Signer, TOUCH, find};
use crate::runtime::vault::prompt::Quiet;
use crate::runtime::{Fail, clock};
use crate::sign::signers::AllowedSigners;
use crate::sign::verify::allows;

/// A person, and what proves them.
pub struct Identity {
    /// The person, with how the name is proven.
    pub who: Who,
    signer: Option<Signer>,
    allowed: Arc<AllowedSigners>,
}

impl Identity {
    /// Says that a key may have to be touched, before the first thing is signed.
    pub fn announce(&self) {
        if self.signer.as_ref().is_some_and(Signer::asks_agent) {
            say::err("your agent is asked for a signature: touch the key if it blinks");
        }
    }

    /// Says once, and never again to this operator, that the key seems to lie on another machine.
    pub fn tell_forwarded_once(&self, house: &House) -> Option<String> {
        if !self.signer.as_ref().is_some_and(Signer::seems_forwarded) || !is_first(house, "told-forwarded") {
            return None;
        }
        Some(format!(
            "the agent that signs for {} seems to be forwarded from where you logged in: as long as you are here, \
             whoever is root on this machine can have it sign, too. `ssh-add -c` there asks you each time. This is \
             said once.",
            self.who.name
        ))
    }

    /// Returns the log with this identity's signatures in it.
    pub fn sign(&self, log: Log) -> Log {
        log.signing(Arc::clone(&self.allowed), self.signer.clone())
    }
}

/// Returns how `who` is proven: by the key of the settings, if it is set up for this name, else as before. A key that
/// cannot sign stops here, before anything has begun; nobody is unproven without saying so.
///
/// # Errors
/// [`Fail::Missing`] that says what to do.
pub async fn settle(house: &House, who: Who, unsigned: Unsigned, headless: bool) -> Result<Identity, Fail> {
    let settings = house.settings()?;
    let allowed = house.allowed()?;
    let Some(key) = settings.key.as_ref().filter(|_| !unsigned.unsigned) else {
        return Ok(Identity { who, signer: None, allowed });
    };
    if settings.name.as_ref() != Some(&who.name) {
        return Ok(Identity { who, signer: None, allowed });
    }
    let signer = open(house, &settings, key, Arc::clone(&allowed), headless).await.map_err(|why| {
        Fail::Missing(format!(
            "{why}\nnothing was started; set the key up again with `gonogo key`, or go on with --unsigned: names are then marked as not proven"
        ))
    })?;
    let account = who.account().map(str::to_owned);
    let seat = Seat { account, key: Some(signer.shown().fingerprint()) };
    let who = Who { proof: Proof::SshKey, seat: Some(Box::new(seat)), ..who };
    Ok(Identity { who, signer: Some(signer), allowed })
}

/// Opens the signer that the settings name.
pub async fn open(
    house: &House,
    settings: &Settings,
    key: &str,
    allowed: Arc<AllowedSigners>,
    headless: bool,
) -> Result<Signer, String> {
    let name = settings.name.as_deref().unwrap_or_default();
    let file = resolve(key, &house.paths.config, &house.paths.home);
    let (key, _) = find::public(&file)?;
    let now = clock::now().wall.timestamp();
    allows(&key, name, now, &allowed)
        .map_err(|why| format!("{}: {why}", house.allowed_file(None, settings).display()))?;
    // One for all tries: what is typed between two questions is not shown either.
    let quiet = RefCell::new(None);
    let passphrase = |question: &str| {
        // Nobody types where nobody sits.
        if headless || !ask::possible() {
            return None;
        }
        let mut quiet = quiet.borrow_mut();
        let terminal = match quiet.take() {
            Some(terminal) => terminal,
            None => Quiet::begin().ok()?,
        };
        quiet.insert(terminal).ask(question).ok().flatten()
    };
    let hand = find::hand(&key, Some(&file), house.agent().as_deref(), &passphrase).await?;
    Ok(Signer::new(name, key, hand, allowed, TOUCH))
}

/// Says once, and never again to this operator, that names are not proven and how that is changed.
pub fn tell_unsigned_once(house: &House, who: &Who) -> Option<String> {
    if who.proof == Proof::SshKey || !is_first(house, "told-unsigned") {
        return None;
    }
    Some(format!(
        "{} is a {} name, not proven; `gonogo key` sets up a signature in a minute. This is said once.",
        who.name,
        who.proof.word()
    ))
}

/// Returns whether something is to be said for the first time, and remembers that it was, in a file called `mark`.
fn is_first(house: &House, mark: &str) -> bool {
    let told = house.paths.state.join(mark);
    // What cannot be remembered would be said again and again.
    let remember = || std::fs::create_dir_all(&house.paths.state).and_then(|()| std::fs::write(&told, b""));
    !told.exists() && remember().is_ok()
}
