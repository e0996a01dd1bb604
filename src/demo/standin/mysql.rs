//! `mysql`: runs `-e SQL`, or a dump from standard input in one transaction. Also who may connect, for `mysqldump`.

use std::io::{self, BufRead, BufReader, Read, Write};

use regex::Regex;
use rustix::termios::{self, LocalModes, OptionalActions};

use super::call::{Call, Stop};
use super::database::{Database, LIVE, shown};
use super::state::Fields;

/// What the arguments ask for, as far as it is looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// The statement of `-e`.
    sql: Option<String>,
    /// Whether the line of names is left out, with `-N`.
    bare: bool,
    /// The password of `-p`; empty if it is to be asked for.
    password: Option<String>,
    /// The database.
    database: Option<String>,
}

/// Runs `mysql`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let options = parse(&call.args)?;
    allowed(call, &options)?;
    if let Some(sql) = &options.sql
        && server(call, sql, options.bare)?
    {
        return Ok(0);
    }
    let database = Database::open(&call.root, options.database.as_deref().unwrap_or(LIVE))?;
    match &options.sql {
        Some(sql) => query(call, &database, sql, options.bare),
        None => feed(&database),
    }
}

/// Opens the database that the arguments name after the password was right.
///
/// # Errors
/// 1045 for a wrong password, 1049 for an unknown database; exit code 1, which `mysqldump` turns into 2.
pub fn connect(call: &Call) -> Result<Database, Stop> {
    let options = parse(&call.args)?;
    allowed(call, &options)?;
    Database::open(&call.root, options.database.as_deref().unwrap_or(LIVE))
}

/// Checks the password: the one of `-pPASSWORD`, one asked for with `-p`, else that of `~/.my.cnf`.
fn allowed(call: &Call, options: &Options) -> Result<(), Stop> {
    let password = match options.password.as_deref() {
        Some("") => ask()?,
        Some(text) => text.to_owned(),
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
    Ok(())
}

/// Reads the arguments; short options may stand together (`-Ne SQL`). Long ones that are not known change nothing here.
fn parse(args: &[String]) -> Result<Options, Stop> {
    let mut options = Options::default();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            match name {
                "execute" => options.sql = value.or_else(|| words.next()).map(str::to_owned),
                "database" => options.database = value.or_else(|| words.next()).map(str::to_owned),
                "password" => options.password = Some(value.unwrap_or_default().to_owned()),
                "skip-column-names" => options.bare = true,
                "host" | "user" | "port" if value.is_none() => drop(words.next()),
                _ => {}
            }
            continue;
        }
        let Some(short) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            options.database = Some(word.to_owned());
            continue;
        };
        for (at, letter) in short.char_indices() {
            let tail = short.get(at + letter.len_utf8()..).unwrap_or_default();
            let mut value = || if tail.is_empty() { words.next() } else { Some(tail) };
            match letter {
                'N' => options.bare = true,
                'B' | 's' | 'f' | 'v' | 't' | 'q' => continue,
                'e' => options.sql = value().map(str::to_owned),
                'D' => options.database = value().map(str::to_owned),
                'h' | 'u' | 'P' | 'r' => drop(value()),
                'p' => options.password = Some(tail.to_owned()),
                other => return Err(Stop::new(1, format!("mysql: [ERROR] unknown option '-{other}'."))),
            }
            if letter != 'N' {
                break;
            }
        }
    }
    Ok(options)
}

/// Runs a statement that is about databases and not about what is in one. Returns whether it was one.
fn server(call: &Call, sql: &str, bare: bool) -> Result<bool, Stop> {
    let form = r"(?i)\A\s*(create|drop|show)\s+(database|databases|schema|schemas)(?:\s+(if\s+(?:not\s+)?exists))?(?:\s+`?([^\s`;]+)`?)?(?:\s+(?:default\s+)?character\s+set\s+\w+(?:\s+collate\s+\w+)?)?\s*;?\s*\z";
    let Some(found) = Regex::new(form).ok().and_then(|form| form.captures(sql)) else { return Ok(false) };
    let part = |at: usize| found.get(at).map(|part| part.as_str());
    let there = |name: &str| Ok::<_, Stop>(Database::names(&call.root)?.iter().any(|known| known == name));
    let (Some(verb), name, unless) = (part(1), part(4), part(3).is_some()) else { return Ok(false) };
    match (verb.to_ascii_lowercase().as_str(), name) {
        ("create", Some(name)) if unless && there(name)? => {}
        ("create", Some(name)) => {
            call.pause(400);
            drop(Database::create(&call.root, name)?);
        }
        ("drop", Some(name)) if unless && !there(name)? => {}
        ("drop", Some(name)) => Database::remove(&call.root, name)?,
        ("show", None) => {
            if !bare {
                call.say("Database")?;
            }
            for name in Database::names(&call.root)? {
                call.say(&name)?;
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
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

/// Prints the rows of one statement, columns apart by tabs, under a line of names unless it is to be `bare`.
fn query(call: &Call, database: &Database, sql: &str, bare: bool) -> Result<u8, Stop> {
    if sql.trim().trim_end_matches(';').eq_ignore_ascii_case("show tables") {
        for table in database.tables()? {
            call.say(&table)?;
        }
        return Ok(0);
    }
    let mut statement = database.connection.prepare(sql).map_err(refused)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut first = !names.is_empty() && !bare;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_together_and_take_their_values() {
        let read =
            |line: &str| parse(&line.split('|').map(str::to_owned).collect::<Vec<_>>()).expect("must parse");
        let one = read("-Ne|SHOW TABLES|ispeaker_drill");
        assert!(one.bare);
        assert_eq!(one.sql.as_deref(), Some("SHOW TABLES"));
        assert_eq!(one.database.as_deref(), Some("ispeaker_drill"));
        let two = read("-h|db-1|-uispeaker|-p|--single-transaction|ispeaker");
        assert_eq!((two.password.as_deref(), two.database.as_deref()), (Some(""), Some("ispeaker")));
        assert_eq!(read("-psecret|x").password.as_deref(), Some("secret"));
        assert_eq!(read("--password=secret|x").password.as_deref(), Some("secret"));
        assert_eq!(parse(&["-Z".to_owned()]).expect_err("must refuse").code(), 1);
    }
}
