//! What has to be settled before a run starts or goes on: what it would run on this machine, and its secrets.

use std::cell::RefCell;
use std::ffi::OsString;

use crate::cli::house::House;
use crate::cli::{ask, say};
use crate::run::event::RunOpened;
use crate::runtime::Fail;
use crate::runtime::opening::{self, Book};
use crate::runtime::trust::{Part, Trust};
use crate::runtime::vault::Vault;
use crate::runtime::vault::gather::{Ways, wanted};
use crate::runtime::vault::prompt::Quiet;

/// How a person is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// Whether nobody is there to ask.
    pub headless: bool,
    /// Whether `--trust` was given.
    pub trust: bool,
}

/// Asks once about what `books`, and the runbooks that they link, would run on this machine, and reads their secrets.
///
/// # Errors
/// [`Fail::Invalid`] without trust, and what [`Vault::gather`] says. Nothing has run then but commands that are trusted.
pub async fn settle(house: &House, books: Vec<Book>, manner: Manner) -> Result<Vault, Fail> {
    let books = opening::with_linked(books).await;
    let parts: Vec<Part> =
        books.iter().filter_map(|book| Part::of(&book.file, &book.loaded.runbook)).collect();
    trusted(house, &parts, manner)?;
    let vault = Vault::default();
    for book in &books {
        vault.allow(&book.loaded.runbook.sha256);
    }
    let wanted = wanted(books.iter().map(|book| (book.file.as_str(), &book.loaded.runbook)));
    let environment = |name: &str| -> Option<OsString> { std::env::var_os(name) };
    let quiet = RefCell::new(None);
    let prompt = |question: &str| {
        let mut quiet = quiet.borrow_mut();
        let terminal = match quiet.take() {
            Some(terminal) => terminal,
            None => Quiet::begin()?,
        };
        quiet.insert(terminal).ask(question)
    };
    let say = |line: &str| {
        drop(quiet.take());
        say::err(line);
    };
    let ways = Ways {
        environment: &environment,
        prompt: if manner.headless { None } else { Some(&prompt) },
        say: &say,
    };
    vault.gather(&wanted, &ways).await?;
    for book in &books {
        clean_text(&vault, book)?;
    }
    Ok(vault)
}

/// Asks once about those of `parts` that are not trusted yet.
///
/// # Errors
/// [`Fail::Invalid`] without trust.
pub fn trusted(house: &House, parts: &[Part], manner: Manner) -> Result<(), Fail> {
    if parts.is_empty() {
        return Ok(());
    }
    let store = Trust::new(&house.paths.state);
    let open = store.open(parts)?;
    if open.is_empty() {
        return Ok(());
    }
    let shown: String = open.iter().map(|part| part.shown()).collect();
    if !manner.trust {
        if manner.headless {
            return Err(Fail::Invalid(format!(
                "{shown}nobody has trusted that yet, or it has changed since: read it, then give --trust; nothing was started"
            )));
        }
        say::plain_err(&shown);
        let question =
            "Nobody has trusted that yet, or it has changed since. Enter y to trust it until it changes:";
        if ask::line(question)? != "y" {
            return Err(Fail::Invalid("not trusted: nothing was started".to_owned()));
        }
    }
    store.remember(&open)
}

/// Refuses a runbook whose text holds the value of a secret: the text goes into the log as it is.
fn clean_text(vault: &Vault, book: &Book) -> Result<(), Fail> {
    let text = String::from_utf8_lossy(&book.loaded.bytes);
    let clean = vault.text(&text);
    let Some(line) = text.lines().zip(clean.lines()).position(|(text, clean)| text != clean) else {
        return Ok(());
    };
    Err(Fail::Invalid(format!(
        "{}:{}: the value of a secret stands in the runbook itself: take it out, and take a new one, for this one is known",
        book.file,
        line + 1
    )))
}

/// Refuses to open a run with a variable whose value holds a secret: it would go into the log.
pub fn clean_values(vault: &Vault, opened: &RunOpened) -> Result<(), Fail> {
    let found = opened.vars.iter().find(|(_, value)| vault.text(value) != **value);
    found.map_or(Ok(()), |(name, _)| {
        Err(Fail::Usage(format!(
            "the value of {name} holds the value of a secret, and would go into the record: declare {name} as a secret, too"
        )))
    })
}
