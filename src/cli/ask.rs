//! The few questions that are asked line by line before the screen opens.

use std::io::{self, BufRead as _, IsTerminal as _};

use crate::cli::house::House;
use crate::cli::say;
use crate::config::settings::check_name;
use crate::run::fact::{Proof, Seat, Via, Who};
use crate::runtime::session::Place;
use crate::runtime::{Fail, terminal};

/// Returns whether a person can be asked.
pub fn possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Refuses where no screen can be shown, before anything is made; `without` is the option for such a place.
pub fn screen(without: &str) -> Result<(), Fail> {
    terminal::refusal().map_or(Ok(()), |why| Err(Fail::Usage(format!("{why}; without one, give {without}"))))
}

/// Asks `question` and returns the answer, trimmed; empty when the input ended.
pub fn line(question: &str) -> Result<String, Fail> {
    let failed = |e: io::Error| Fail::System(format!("the terminal cannot be used: {e}"));
    say::plain_err(&format!("{question} "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim().to_owned())
}

/// Returns where whoever uses this process sits.
pub fn seat() -> Seat {
    Seat { account: Some(Place::here().os_user), key: None }
}

/// Returns who sits here: `--as`, else the settings, else asked once and remembered.
pub fn who(house: &House, given: Option<&str>) -> Result<Who, Fail> {
    let name = match given {
        Some(name) => name.to_owned(),
        None => match house.settings()?.name {
            Some(name) => name,
            None if possible() => {
                let name = line("Your name, as the record shows it:")?;
                check_name(&name).map_err(Fail::Usage)?;
                house.remember(&name)?;
                name
            }
            None => return Err(Fail::Usage("nobody is named: say who you are with --as NAME".to_owned())),
        },
    };
    check_name(&name).map_err(Fail::Usage)?;
    let name = name.trim().to_owned();
    // The account that this process runs as, which the system knows.
    let seat = seat();
    let proof = if seat.account.as_ref() == Some(&name) { Proof::OsUser } else { Proof::Typed };
    Ok(Who { name, proof, via: Via::Keyboard, seat: Some(Box::new(seat)) })
}
