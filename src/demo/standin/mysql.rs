//! `mysql`: runs `-e SQL`, or a dump from standard input in one transaction. Also who may connect, for `mysqldump`.

use std::io::{self, BufRead, BufReader, Read, Write};

use rustix::termios::{self, LocalModes, OptionalActions};

use super::call::{Call, Stop};
use super::database::{Database, shown};
use super::state::Fields;

/// The only database there is.
const NAME: &str = "ispeaker";

/// Runs `mysql`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let sql = match call.args.iter().position(|arg| arg == "-e" || arg == "--execute") {
        Some(at) => call.args.get(at + 1).cloned(),
        None => None,
    };
    let database = connect(call)?;
    match sql {
        Some(sql) => query(call, &database, &sql),
        None => feed(&database),
    }
}

/// Opens the database after the password was right: the one of `-pPASSWORD`, one asked for with `-p`, else that of `~/.my.cnf`.
///
/// # Errors
/// 1045 for a wrong password, 1049 for an unknown database; exit code 1, which `mysqldump` turns into 2.
pub fn connect(call: &Call) -> Result<Database, Stop> {
    let given =
        call.args.iter().find_map(|arg| arg.strip_prefix("--password").or_else(|| arg.strip_prefix("-p")));
    let password = match given {
        Some("") => ask()?,
        Some(text) => text.trim_start_matches('=').to_owned(),
        None => Fields::read(&call.home.join(".my.cnf"))?.unwrap_or_default().get("password").to_owned(),
    };
    if password != std::fs::read_to_string(call.root.join("db/password"))?.trim() {
        let using = if password.is_empty() { "NO" } else { "YES" };
        let text = format!(
            "ERROR 1045 (28000): Access denied for user 'ispeaker'@'{}' (using password: {using})",
            call.host
        );
        return Err(Stop::new(1, text));
    }
    match names(call).as_slice() {
        [] | [NAME] => Database::open(&call.root),
        [name, ..] => Err(Stop::new(1, format!("ERROR 1049 (42000): Unknown database '{name}'"))),
    }
}

/// Returns the words that are neither options nor the values of options.
fn names(call: &Call) -> Vec<&str> {
    let mut found = Vec::new();
    let mut skip = false;
    for word in call.words() {
        match word {
            _ if skip => skip = false,
            "-h" | "-u" | "-P" | "-e" | "-r" | "--execute" | "--host" | "--user" | "--port" => skip = true,
            option if option.starts_with('-') => {}
            name => found.push(name),
        }
    }
    found
}

/// Asks for the password on the terminal, with the echo off. Without a terminal there is no password.
fn ask() -> Result<String, Stop> {
    let Ok(mut terminal) = std::fs::File::options().read(true).write(true).open("/dev/tty") else {
        return Ok(String::new());
    };
    let before = termios::tcgetattr(&terminal).map_err(io::Error::from)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    termios::tcsetattr(&terminal, OptionalActions::Flush, &silent).map_err(io::Error::from)?;
    // Only now: what is typed before the echo is off is thrown away.
    terminal.write_all(b"Enter password: ")?;
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line);
    termios::tcsetattr(&terminal, OptionalActions::Flush, &before).map_err(io::Error::from)?;
    read?;
    terminal.write_all(b"\n")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Prints the rows of one statement, columns apart by tabs under a line of names.
fn query(call: &Call, database: &Database, sql: &str) -> Result<u8, Stop> {
    let mut statement = database.connection.prepare(sql).map_err(refused)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut first = !names.is_empty();
    while let Some(row) = rows.next().map_err(refused)? {
        if std::mem::take(&mut first) {
            call.say(&names.join("\t"))?;
        }
        let cells: Result<Vec<String>, _> = (0..names.len()).map(|at| row.get_ref(at).map(shown)).collect();
        call.say(&cells?.join("\t"))?;
    }
    Ok(0)
}

/// Runs a dump as one transaction; one that was cut off is refused, as nothing at its end says that it is whole.
fn feed(database: &Database) -> Result<u8, Stop> {
    let mut sql = String::new();
    io::stdin().lock().read_to_string(&mut sql)?;
    if sql.starts_with("-- MySQL dump") && !sql.trim_end().ends_with("-- Dump completed") {
        return Err(Stop::new(
            1,
            "ERROR: the dump ends before its last line (-- Dump completed): nothing was changed",
        ));
    }
    // A dump drops and makes tables in the order they stand, whatever refers to what; MySQL's own dumps switch the check off, too.
    database.connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let transaction = database.connection.unchecked_transaction()?;
    transaction.execute_batch(&sql).map_err(refused)?;
    transaction.commit()?;
    Ok(0)
}

fn refused(error: rusqlite::Error) -> Stop {
    Stop::new(1, format!("ERROR 1064 (42000) at line 1: {error}"))
}
