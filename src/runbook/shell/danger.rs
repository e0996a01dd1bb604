//! Dangerous calls (point 10 of the format): the one table that serves lint and run; pure.
//!
//! A match only asks for a typed confirmation, so in doubt a call matches. Quotes, comments and here-documents are
//! understood: `echo "rm -rf /"` is not dangerous, a here-document with DROP that feeds a database client is.

mod rows;
mod sql;

use std::sync::LazyLock;

use super::calls::{Call, Feed};
use super::rows::{Match, Table, is_like};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(rows::rows()));

/// Programs that only print or look for their words.
const QUIET: [&str; 17] = [
    "echo", "printf", "grep", "egrep", "rg", "ag", "man", "cat", "test", "[", "[[", "export", "alias", "log",
    "logger", "which", "set",
];

/// Returns why `call` is dangerous.
pub fn danger(call: &Call<'_>) -> Option<Match> {
    if is_disk(call.out) {
        return Some(found(call, call.out, "overwrites a disk"));
    }
    if QUIET.contains(&call.program) {
        return None;
    }
    special(call).or_else(|| TABLE.find(call)).or_else(|| anywhere(call))
}

/// Returns the first statement of the database script `text` that destroys.
pub fn statements(text: &str) -> Option<Match> {
    sql::sql(text)
}

fn found(call: &Call<'_>, with: &str, why: &'static str) -> Match {
    let what = if with.is_empty() { call.program.to_owned() } else { format!("{} {with}", call.program) };
    Match { what: what.trim().chars().take(60).collect(), why }
}

/// Options that mean the same in every program that has them.
fn anywhere(call: &Call<'_>) -> Option<Match> {
    let has = |option: &str| call.args.iter().find(|a| is_like(option, a));
    if let Some(option) = has("--fresh") {
        return Some(found(call, option, "begins from nothing: what is there is lost"));
    }
    has("--force").map(|option| found(call, option, "skips a check that protects"))
}

fn special(call: &Call<'_>) -> Option<Match> {
    match call.program {
        "rm" | "grm" => remove(call),
        "unlink" => Some(found(call, "", "deletes a file")),
        "dd" => {
            let to = call.args.iter().find_map(|a| a.strip_prefix("of="))?;
            is_disk(to).then(|| found(call, to, "overwrites a disk"))
        }
        "chmod" | "chown" | "chgrp" => {
            let deep = call.args.iter().any(|a| is_like("-R", a) || *a == "--recursive");
            let root = call.args.iter().skip(1).find(|a| is_root(a))?;
            deep.then(|| found(call, root, "changes a whole system directory"))
        }
        "fdisk" | "sfdisk" | "cfdisk" | "gdisk" | "sgdisk" | "parted" => {
            let looks =
                call.args.iter().any(|a| matches!(*a, "-l" | "--list" | "print" | "-p" | "-d" | "--dump"));
            (!looks && !call.args.is_empty()).then(|| found(call, "", "changes the partitions of a disk"))
        }
        name if name.starts_with("mkfs.") => Some(found(call, "", "destroys what is on the disk")),
        name if is_client(name) => client(call),
        "mongo" | "mongosh" => {
            let drops = |text: &str| {
                [".drop(", "dropDatabase", "deleteMany({})", ".remove({})"].iter().any(|w| text.contains(w))
            };
            let text = texts(call).any(drops);
            text.then(|| found(call, "", "drops a collection or a database"))
        }
        "redis-cli" => {
            let empties = |text: &str| {
                let upper = text.to_ascii_uppercase();
                upper.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| matches!(w, "FLUSHALL" | "FLUSHDB"))
            };
            texts(call).any(empties).then(|| found(call, "FLUSHALL", "deletes every key"))
        }
        _ => init_script(call),
    }
}

/// `/etc/init.d/NAME stop`: the program's directory is gone, the word remains.
fn init_script(call: &Call<'_>) -> Option<Match> {
    (call.args.as_slice() == ["stop"] && !call.program.contains('.'))
        .then(|| found(call, "stop", "stops a service"))
}

/// Returns whether `program` is a client that reads statements.
pub fn is_client(program: &str) -> bool {
    matches!(
        program,
        "mysql"
            | "mariadb"
            | "psql"
            | "sqlite3"
            | "clickhouse-client"
            | "cockroach"
            | "sqlcmd"
            | "duckdb"
            | "pgcli"
            | "mycli"
    )
}

/// Everything a client is told in its words or by what feeds it.
fn texts<'c>(call: &'c Call<'_>) -> impl Iterator<Item = &'c str> {
    let fed: Vec<&str> = match &call.feed {
        Feed::Text(text) => vec![*text],
        Feed::Pipe(words) if matches!(words.first(), Some(&("echo" | "printf" | "print"))) => {
            words.iter().skip(1).copied().collect()
        }
        _ => Vec::new(),
    };
    call.args.iter().copied().chain(fed)
}

fn client(call: &Call<'_>) -> Option<Match> {
    let statement = texts(call).map(|text| {
        // `--execute=SQL`, `-e"SQL"`
        let text = text.split_once('=').filter(|_| text.starts_with("--")).map_or(text, |(_, sql)| sql);
        let glued = text.strip_prefix("-e").or_else(|| text.strip_prefix("-c"));
        glued.unwrap_or(text)
    });
    if let Some(found) = statement.filter(|t| t.contains(char::is_whitespace)).find_map(sql::sql) {
        return Some(found);
    }
    let dump = match &call.feed {
        Feed::File => true,
        Feed::Pipe(words) => !matches!(words.first(), Some(&("echo" | "printf" | "print" | "yes"))),
        _ => false,
    };
    dump.then(|| found(call, "<", "runs a file against the database: a restore overwrites what is there"))
}

/// `rm` of more than single files, unless what goes is temporary or is made again by a build.
fn remove(call: &Call<'_>) -> Option<Match> {
    let deep =
        call.args.iter().find(|a| is_like("-r", a) || is_like("-R", a) || is_like("--recursive", a))?;
    let mut paths = call.args.iter().filter(|a| !a.starts_with('-')).peekable();
    if paths.peek().is_some() && paths.all(|path| is_temporary(path)) {
        return None;
    }
    Some(found(call, deep, "deletes whole directories for good"))
}

/// A path below `/tmp` or `/var/tmp` that is fully written out, or `node_modules`.
fn is_temporary(path: &str) -> bool {
    let known = |rest: &str| {
        let first = rest.split('/').next().unwrap_or_default();
        !first.is_empty()
            && !first.contains(['*', '?', '['])
            && !rest.contains(['$', '…', '~'])
            && !rest.contains("..")
    };
    let below = path.strip_prefix("/tmp/").or_else(|| path.strip_prefix("/var/tmp/"));
    below.is_some_and(known) || matches!(path.trim_start_matches("./").trim_end_matches('/'), "node_modules")
}

fn is_disk(path: &str) -> bool {
    let Some(device) = path.strip_prefix("/dev/") else { return false };
    !matches!(device, "null" | "zero" | "stdout" | "stderr" | "tty" | "full")
        && !["fd/", "shm/", "pts/", "tcp/", "udp/"].iter().any(|d| device.starts_with(d))
}

/// `/`, or a directory directly below it.
fn is_root(path: &str) -> bool {
    path.starts_with('/')
        && path.trim_matches(['/', '*']).split('/').filter(|p| !p.is_empty()).count() < 2
        && !matches!(path.trim_matches(['/', '*']), "srv" | "opt" | "app" | "data" | "tmp")
}
