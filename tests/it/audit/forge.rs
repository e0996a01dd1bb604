//! What attackers of a log need: a log worth the trouble, things to put into it, and the rules by which to chain it anew.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use gonogo::audit::chain::{Link, ZERO, body_sha, sha256_hex, sig_sha};
use gonogo::audit::copy::copy;
use gonogo::audit::heads::{self, Seen};
use gonogo::sign::sshsig::{SshSig, message};
use gonogo::sign::wire::put_string;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256, Sha512};

use super::signed::{append_signed, signs};
use super::tools::{at, attacker, close, note, open, output, run_closed, run_opened};
use crate::support::signers::Key;
use crate::support::temp::TempDir;

/// A log, other files that could lie in its place, and what an attacker has at hand.
pub struct Base {
    /// The log's bytes.
    pub log: Vec<u8>,
    /// The heads that were kept of it.
    pub heads: Vec<Seen>,
    /// The heads that were kept of a copy that went on by itself.
    pub forked: Vec<Seen>,
    /// Files by their names.
    pub files: HashMap<&'static str, Vec<u8>>,
    /// Things to put in.
    pub spares: Vec<(&'static str, Value)>,
    /// Who signs.
    pub layla: Key,
    /// Who does not.
    pub omar: Key,
}

impl Base {
    /// Makes the log of two runs that the attacks are on.
    pub fn new() -> Self {
        let (layla, omar) = (Key::new(), Key::new());
        let dir = TempDir::new("base");
        let path = dir.join("log.db");
        let (writer, _, ended) = open(&path);
        let append =
            |run: &str, entries| drop(writer.append(Some(run), entries, at(1)).wait().expect("recorded"));
        append("one", vec![run_opened("Release")]);
        append("two", vec![run_opened("إصدار")]);
        append("one", vec![note("first"), output(1, 0, &b"migrating\n".repeat(200))]);
        append_signed(&writer, &layla, signs(&path, "a", 6), None).expect("signed");
        append("two", vec![note("other")]);
        copy(&path, &dir.join("yesterday.db")).expect("a copy");
        append("one", vec![output(1, 2000, b"x"), output(1, 2001, &b"done\n".repeat(300))]);
        append_signed(&writer, &layla, signs(&path, "b", 10), None).expect("signed");
        append("two", vec![run_closed()]);
        append("one", vec![run_closed()]);
        let bare = fs::read(&path).expect("the file without its newest part");
        close(writer, ended);
        let (fork, forked) = forked(&dir.join("yesterday.db"));
        let files = HashMap::from([
            ("yesterday", fs::read(dir.join("yesterday.db")).expect("a copy")),
            ("without its WAL", bare),
            ("fork", fork),
            ("other", other(&layla)),
        ]);
        let mut base = Self {
            log: fs::read(&path).expect("the log"),
            heads: heads::read(&dir.join("log.db.heads")).expect("its heads"),
            forked,
            files,
            spares: Vec::new(),
            layla,
            omar,
        };
        base.spares = spares(&base, &attacker(&path));
        base
    }
}

/// A copy that went on by itself, and the heads of it.
fn forked(yesterday: &Path) -> (Vec<u8>, Vec<Seen>) {
    let dir = TempDir::new("fork");
    let path = dir.join("log.db");
    copy(yesterday, &path).expect("a copy");
    let (writer, _, ended) = open(&path);
    let more = vec![run_opened("More"), note("nicer"), run_closed()];
    writer.append(Some("three"), more, at(5)).wait().expect("recorded");
    close(writer, ended);
    (fs::read(&path).expect("the log"), heads::read(&dir.join("log.db.heads")).expect("its heads"))
}

/// Another log by the same people.
fn other(key: &Key) -> Vec<u8> {
    let dir = TempDir::new("other");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    writer.append(Some("one"), vec![run_opened("Release"), note("first")], at(1)).wait().expect("recorded");
    append_signed(&writer, key, signs(&path, "a", 4), None).expect("signed");
    writer.append(Some("one"), vec![run_closed()], at(1)).wait().expect("recorded");
    close(writer, ended);
    fs::read(&path).expect("the log")
}

fn spares(base: &Base, conn: &Connection) -> Vec<(&'static str, Value)> {
    let body = |seq: i64| -> String {
        conn.query_row("SELECT body FROM event WHERE seq = ?1", [seq], |row| row.get(0)).expect("a body")
    };
    let worst = body(5).replace("first", "worst");
    let seven = body(7);
    let seat =
        format!("\"via\":\"keyboard\",\"seat\":{{\"fingerprint\":\"{}\"}}", base.omar.public.fingerprint());
    let other_key = seven.replace("\"via\":\"keyboard\"", &seat);
    assert_ne!(other_key, seven);
    let elsewhere = {
        let dir = TempDir::new("elsewhere");
        fs::write(dir.join("log.db"), &base.files["other"]).expect("written");
        let conn = attacker(&dir.join("log.db"));
        conn.query_row("SELECT body FROM event WHERE seq = 4", [], |row| row.get::<_, String>(0))
            .expect("a body")
    };
    let text = |text: String| Value::Text(text);
    vec![
        ("worst", text(worst.clone())),
        ("worst's hash", text(body_sha(&worst))),
        ("of another log", text(elsewhere)),
        ("for git", text(signature(&base.layla, &seven, "git", "sha512"))),
        ("over sha256", text(signature(&base.layla, &seven, "signoff@gonogo", "sha256"))),
        ("by omar", text(base.omar.sign(&seven))),
        ("typed, signed", text(base.layla.sign(&body(5)))),
        ("another key's sign", text(base.layla.sign(&other_key))),
        ("another key", text(other_key)),
        ("bomb", Value::Blob(bomb())),
    ]
}

/// Signs a body for anything, over any hash.
fn signature(key: &Key, body: &str, namespace: &str, hash: &str) -> String {
    let digest = match hash {
        "sha256" => Sha256::digest(message(body)).to_vec(),
        _ => Sha512::digest(message(body)).to_vec(),
    };
    let mut data = b"SSHSIG".to_vec();
    for part in [namespace.as_bytes(), b"", hash.as_bytes(), &digest] {
        put_string(&mut data, part);
    }
    let signed = key.secret.sign(&data).expect("it signs");
    let made = SshSig::new(key.public.blob(), &signed);
    SshSig { namespace: namespace.to_owned(), hash: hash.to_owned(), ..made }.armor()
}

/// A few kilobytes that unpack to 32 MiB.
fn bomb() -> Vec<u8> {
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..32 {
        bomb.write_all(&[0; 1 << 20]).expect("packed");
    }
    bomb.finish().expect("packed")
}

/// Changes the file with triggers, foreign keys and checks out of the way; puts the triggers back.
pub fn spoil(path: &Path, spares: &[(&str, Value)], change: impl FnOnce(&Connection)) {
    let conn = attacker(path);
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .expect("triggers")
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("triggers")
        .map(Result::unwrap)
        .collect();
    conn.execute_batch(
        "PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON;
         PRAGMA ignore_check_constraints=ON; BEGIN; CREATE TEMP TABLE spare(name, it)",
    )
    .expect("settings");
    for (name, value) in spares {
        conn.execute("INSERT INTO spare VALUES (?1, ?2)", params![name, value]).expect("a spare");
    }
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).expect("dropped");
    }
    change(&conn);
    for (_, sql) in &triggers {
        // An attack may have left nothing to hang a trigger on.
        conn.execute_batch(sql).ok();
    }
    conn.execute_batch("COMMIT").expect("changed");
}

/// Chains the events from `first` to `last` anew, as somebody does who knows the rules.
pub fn rechain(conn: &Connection, first: u64, last: u64) {
    let (mut prev, mut runs) = (ZERO.to_owned(), HashMap::new());
    let mut statement =
        conn.prepare("SELECT seq, run, body, sig, hash, body_sha FROM event ORDER BY seq").expect("events");
    let mut rows = statement.query([]).expect("events");
    while let Some(row) = rows.next().expect("an event") {
        let at: i64 = row.get(0).expect("a place");
        let (run, mut hash): (String, String) = (row.get(1).expect("a run"), row.get(4).expect("a hash"));
        let seq = at.unsigned_abs();
        if (first..=last).contains(&seq) {
            let run_prev = runs.get(&run).cloned().unwrap_or_else(|| ZERO.to_owned());
            let (body, sig): (Option<String>, Option<String>) =
                (row.get(2).expect("a body"), row.get(3).expect("none"));
            let body_sha = body.map_or_else(|| row.get(5).expect("a hash"), |body| body_sha(&body));
            let sig_sha = sig_sha(sig.as_deref());
            let link = Link { seq, prev: &prev, run_prev: &run_prev, body_sha: &body_sha, sig_sha: &sig_sha };
            hash = link.hash();
            let sql = "UPDATE event SET prev = ?2, run_prev = ?3, body_sha = ?4, sig_sha = ?5, hash = ?6 WHERE seq = ?1";
            conn.execute(sql, params![at, prev, run_prev, body_sha, sig_sha, hash]).expect("chained");
        }
        prev.clone_from(&hash);
        runs.insert(run, hash);
    }
}

/// Writes a bundle of run one as the rows have it, with sums of what it then holds, whether or not it holds.
pub fn bundled(log: &Path, dir: &Path, signers: &str) {
    let conn = attacker(log);
    for folder in ["events", "signatures", "output"] {
        fs::create_dir_all(dir.join(folder)).expect("a directory");
    }
    let mut sums = String::new();
    let mut put = |name: String, bytes: &[u8]| {
        fs::write(dir.join(&name), bytes).expect("written");
        sums += &format!("{}  {name}\n", sha256_hex(bytes));
    };
    let mut links = String::new();
    let sql = "SELECT event.seq, run, kind, prev, run_prev, body_sha, sig_sha, hash, body, sig, codec, raw_len, data
               FROM event LEFT JOIN chunk USING (seq) WHERE run = 'one' ORDER BY seq";
    let mut statement = conn.prepare(sql).expect("rows");
    let mut rows = statement.query([]).expect("rows");
    while let Some(row) = rows.next().expect("a row") {
        let seq: i64 = row.get(0).expect("a place");
        links += &seq.to_string();
        for column in 1..8 {
            links += &format!("\t{}", row.get::<_, String>(column).expect("text"));
        }
        links.push('\n');
        if let Some(body) = row.get::<_, Option<String>>(8).expect("a body") {
            put(format!("events/{seq}.json"), format!("{body}\n").as_bytes());
        }
        if let Some(sig) = row.get::<_, Option<String>>(9).expect("a signature") {
            put(format!("signatures/{seq}.sig"), sig.as_bytes());
        }
        if let Some(data) = row.get::<_, Option<Vec<u8>>>(12).expect("data") {
            let mut raw = Vec::new();
            let unpacked = flate2::read::ZlibDecoder::new(&*data).take(1 << 20).read_to_end(&mut raw);
            put(format!("output/{seq}"), if unpacked.is_ok() { &raw } else { &data });
        }
    }
    put("links".to_owned(), links.as_bytes());
    put("allowed_signers".to_owned(), signers.as_bytes());
    fs::write(dir.join("SHA256SUMS"), sums).expect("written");
}
