//! What somebody can do who can write the file, one row each, with its verdicts: of the log alone, held against heads
//! that were kept elsewhere, and of a bundle of the same rows; and `verify.sh` says the same of chain, signatures and heads.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use gonogo::audit::heads::Seen;
use gonogo::audit::verify::{Flaw, Heads, Report, Scope, Verdict, bundle, judged};
use gonogo::sign::signers::AllowedSigners;

use self::Anew::{All, Kept, One};
use self::Know::{Expired, Layla, NotYet, Nothing, Omar, OtherUse, Revoked, Stranger};
use self::Spoil::{File, Sql};
use super::forge::{Base, bundled, rechain, spoil};
use crate::support::signers::{Key, allowed};
use crate::support::temp::TempDir;

/// What becomes of the file.
#[derive(Debug, Clone, Copy)]
enum Spoil {
    /// These statements, without triggers, foreign keys and checks in the way. In `spare` lie things to put in.
    Sql(&'static str),
    /// Another file in its place.
    File(&'static str),
}

/// Which events are chained anew after it.
#[derive(Debug, Clone, Copy)]
enum Anew {
    Kept,
    One(u64),
    All,
}

/// What the reader knows of who may sign.
#[derive(Debug, Clone, Copy)]
enum Know {
    /// Layla may, with her key.
    Layla,
    /// No file says it.
    Nothing,
    /// Layla has another key.
    Stranger,
    /// Layla's key is one of omar.
    Omar,
    /// The key had expired when it signed.
    Expired,
    /// The key counts from a later day.
    NotYet,
    /// The key is for commits alone.
    OtherUse,
    /// The key was revoked.
    Revoked,
}

/// An attack and what it gets. A verdict is a letter: `H`olds, `F`ails, `O`pen, `N`one yet. In turn: what it is; what is
/// done; what is chained anew; what the reader knows; of the log alone the verdicts on chain, signatures, witnesses,
/// completeness; each flaw with its event; what heads show that were kept elsewhere; and of a bundle of run one the
/// verdicts on chain and signatures, `--` where the attack is on what only a database has.
type Attack = (&'static str, Spoil, Anew, Know, &'static str, &'static str, &'static str, &'static str);

/// The log, from 1: opened, session, run one, run two, note, output (packed), box signed by layla, note in run two,
/// output (raw), output (packed), box signed by layla, run two closed, run one closed, session closed. Heads were kept
/// of events 3, 4, 12 and 13.
#[rustfmt::skip]
const ATTACKS: &[Attack] = &[
    ("nothing", Sql(""), Kept, Layla, "HHNH", "", "holds", "HH"),

    // Bodies, columns and links.
    ("a body is edited", Sql("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5"), Kept, Layla, "FHNH", "5 body-hash", "holds", "FH"),
    ("with its hash", Sql("UPDATE event SET body = (SELECT it FROM spare WHERE name = 'worst'), body_sha = (SELECT it FROM spare WHERE name = 'worst''s hash') WHERE seq = 5"), Kept, Layla, "FHNH", "5 link", "holds", "FH"),
    ("and linked", Sql("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5"), One(5), Layla, "FHNH", "6 prev, 6 run-prev", "holds", "FH"),
    ("and everything after it chained anew", Sql("UPDATE event SET body = replace(body, 'first', 'worst') WHERE seq = 5"), All, Layla, "HHFH", "", "REWRITTEN", "HH"),
    ("a body that nobody signed after is edited and chained anew", Sql("UPDATE event SET body = replace(body, 'completed', 'aborted') WHERE seq = 13"), All, Layla, "HHNH", "", "REWRITTEN", "HH"),
    ("a body of another log is put in", Sql("UPDATE event SET body = (SELECT it FROM spare WHERE name = 'of another log') WHERE seq = 5"), All, Layla, "FHFH", "5 log", "REWRITTEN", "FH"),
    ("a field stands twice", Sql("UPDATE event SET body = replace(body, '\"text\":\"first\"', '\"text\":\"first\",\"text\":\"worst\"') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a field stands twice, deeper", Sql("UPDATE event SET body = replace(body, '\"name\":\"layla\"', '\"name\":\"layla\",\"na\\u006de\":\"omar\"') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a chunk is named that is none", Sql("UPDATE event SET body = replace(body, '\"text\":\"first\"', '\"text\":\"first\",\"chunk_len\":3') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body says another version", Sql("UPDATE event SET body = replace(body, '\"v\":1,', '\"v\":2,') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body has a blank at its start", Sql("UPDATE event SET body = replace(body, '{\"v\":1,', '{ \"v\":1,') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body has a blank before a colon", Sql("UPDATE event SET body = replace(body, '\"nonce\":', '\"nonce\" :') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body has a time in another form", Sql("UPDATE event SET body = replace(body, '.000Z\"', 'Z\"') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body has a number for a text", Sql("UPDATE event SET body = replace(body, '\"kind\":\"note.added\"', '\"kind\":7'), kind = '7' WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body is not ASCII", Sql("UPDATE event SET body = replace(body, 'first', 'fïrst') WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body is no JSON", Sql("UPDATE event SET body = 'first' WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body goes on behind a zero", Sql("UPDATE event SET body = body || char(0) || '}' WHERE seq = 5"), All, Layla, "FHFH", "5 body", "REWRITTEN", "FH"),
    ("a body is withheld", Sql("UPDATE event SET body = NULL WHERE seq = 5"), Kept, Layla, "HHNO", "", "holds", "FH"),
    ("a run column is changed", Sql("UPDATE event SET run = 'two' WHERE seq = 5"), Kept, Layla, "FHNH", "5 run-prev, 5 column, 6 run-prev, 8 run-prev", "holds", "FH"),
    ("a kind column is changed", Sql("UPDATE event SET kind = 'mark.set' WHERE seq = 5"), Kept, Layla, "FHNH", "5 column", "holds", "FH"),
    ("a runbook's text is another one", Sql("UPDATE event SET body = replace(body, '\"text_sha\":\"', '\"text_sha\":\"0') WHERE seq = 3"), All, Layla, "FHFH", "3 text-hash", "REWRITTEN", "FH"),
    ("an event gets another past in the log", Sql("UPDATE event SET prev = substr(prev, 2) || 'a' WHERE seq = 5"), Kept, Layla, "FHNH", "5 prev, 5 link", "holds", "FH"),
    ("an event gets another past in its run", Sql("UPDATE event SET run_prev = prev WHERE seq = 5"), Kept, Layla, "FHNH", "5 run-prev, 5 link", "holds", "FH"),

    // Rows taken out, put in and moved.
    ("an event is taken out", Sql("DELETE FROM event WHERE seq = 5"), Kept, Layla, "FHNH", "6 order, 6 prev, 6 run-prev", "holds", "FH"),
    ("an event of the other run is taken out", Sql("DELETE FROM event WHERE seq = 8"), Kept, Layla, "FHNH", "9 order, 9 prev, 12 run-prev", "holds", "HH"),
    ("and the rest is moved up and chained anew", Sql("DELETE FROM event WHERE seq = 5; UPDATE event SET seq = seq - 1 WHERE seq > 5; UPDATE chunk SET seq = seq - 1 WHERE seq > 5"), All, Layla, "HHFH", "", "REWRITTEN", "HH"),
    ("a late signature is taken out, the rest moved up and chained anew", Sql("DELETE FROM event WHERE seq = 11; UPDATE event SET seq = seq - 1 WHERE seq > 11"), All, Layla, "HHNH", "", "REWRITTEN", "HH"),
    ("an event is put in twice", Sql("INSERT INTO event SELECT 15, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash FROM event WHERE seq = 5"), Kept, Layla, "FHNH", "15 prev, 15 run-prev, 15 link", "holds", "FH"),
    ("a signed event is put in again at the end, chained anew", Sql("INSERT INTO event SELECT 15, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash FROM event WHERE seq = 7"), All, Layla, "HFNH", "15 signature", "holds", "HF"),
    ("two events change places", Sql("UPDATE event SET seq = 99 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = 8; UPDATE event SET seq = 8 WHERE seq = 99"), Kept, Layla, "FHNH", "5 prev, 5 link, 6 prev, 6 run-prev, 8 prev, 8 run-prev, 8 link, 9 prev, 9 run-prev", "holds", "FH"),
    ("and are chained anew", Sql("UPDATE event SET seq = 99 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = 8; UPDATE event SET seq = 8 WHERE seq = 99"), All, Layla, "HHFH", "", "REWRITTEN", "HH"),
    ("all events are taken out", Sql("DELETE FROM chunk; DELETE FROM event"), Kept, Layla, "FNNH", "0 order", "none yet", "--"),
    ("the opening of the log is taken out and all moved up", Sql("DELETE FROM event WHERE seq = 1; UPDATE event SET seq = seq - 1; UPDATE chunk SET seq = seq - 1"), All, Layla, "FHFH", "1 order", "REWRITTEN", "HH"),
    ("one place is there twice, in a table that allows it", Sql("ALTER TABLE event RENAME TO old; CREATE TABLE event AS SELECT * FROM old; INSERT INTO event SELECT * FROM old WHERE seq = 5"), Kept, Layla, "FNNH", "0 schema, 0 schema, 0 schema, 0 unreadable", "none yet", "--"),

    // What only heads can show.
    ("the tail is cut", Sql("DELETE FROM event WHERE seq > 11"), Kept, Layla, "HHNO", "", "TRUNCATED", "HH"),
    ("the end of the session is cut", Sql("DELETE FROM event WHERE seq > 13"), Kept, Layla, "HHNO", "", "holds", "HH"),
    ("the tail is cut and closed anew", Sql("DELETE FROM event WHERE seq BETWEEN 9 AND 11; DELETE FROM chunk WHERE seq > 8; UPDATE event SET seq = seq - 3 WHERE seq > 11"), All, Layla, "HHNH", "", "TRUNCATED", "HH"),
    ("yesterday's copy", File("yesterday"), Kept, Layla, "HHNO", "", "TRUNCATED", "HH"),
    ("the .db without its WAL", File("without its WAL"), Kept, Layla, "HNNH", "", "TRUNCATED", "--"),
    ("a copy that went on by itself", File("fork"), Kept, Layla, "HHNO", "", "REWRITTEN", "HH"),
    ("the same, and heads of both", File("fork"), Kept, Layla, "HHNO", "", "FORKED", "HH"),
    ("another log of the same people", File("other"), Kept, Layla, "HHNH", "", "OTHER LOG", "HH"),
    ("the log's id is changed and all chained anew", Sql("UPDATE event SET body = replace(body, json_extract(body, '$.log'), printf('%032d', 7))"), All, Layla, "HFFH", "7 signature, 11 signature", "REWRITTEN", "HF"),
    ("and the signatures are taken off", Sql("UPDATE event SET body = replace(replace(body, json_extract(body, '$.log'), printf('%032d', 7)), 'ssh-key', 'typed'), sig = NULL"), All, Layla, "HNNH", "", "OTHER LOG", "HN"),
    ("all is made anew without signatures", Sql("UPDATE event SET body = replace(replace(body, 'ssh-key', 'typed'), 'first', 'worst'), sig = NULL"), All, Layla, "HNNH", "", "REWRITTEN", "HN"),

    // Signatures.
    ("a signature is taken off", Sql("UPDATE event SET sig = NULL WHERE seq = 7"), Kept, Layla, "FFNH", "7 sig-hash, 7 signature", "holds", "FF"),
    ("with its hash, and chained anew", Sql("UPDATE event SET sig = NULL WHERE seq = 11"), All, Layla, "HFNH", "11 signature", "REWRITTEN", "HF"),
    ("and the name is said to be typed", Sql("UPDATE event SET sig = NULL, body = replace(body, 'ssh-key', 'typed') WHERE seq = 11"), All, Layla, "HHNH", "", "REWRITTEN", "HH"),
    ("a signed body is edited and chained anew", Sql("UPDATE event SET body = replace(body, 'It is so', 'It is not') WHERE seq = 11"), All, Layla, "HFNH", "11 signature", "REWRITTEN", "HF"),
    ("two signatures are swapped", Sql("CREATE TEMP TABLE two AS SELECT seq, sig FROM event WHERE seq IN (7, 11); UPDATE event SET sig = (SELECT two.sig FROM two WHERE two.seq = 18 - event.seq) WHERE seq IN (7, 11)"), All, Layla, "HFFH", "7 signature, 11 signature", "REWRITTEN", "HF"),
    ("a signature is put beside what nobody signed", Sql("UPDATE event SET sig = (SELECT sig FROM event WHERE seq = 7) WHERE seq = 5"), Kept, Layla, "FFNH", "5 sig-hash, 5 signature", "holds", "FF"),
    ("a signed body says that its name is typed", Sql("UPDATE event SET body = replace(body, 'ssh-key', 'typed') WHERE seq = 11"), All, Layla, "HFNH", "11 signature", "REWRITTEN", "HF"),
    ("a typed name with a good signature", Sql("UPDATE event SET sig = (SELECT it FROM spare WHERE name = 'typed, signed') WHERE seq = 5"), All, Layla, "HFFH", "5 signature", "REWRITTEN", "HF"),
    ("a typed name is said to be proven", Sql("UPDATE event SET body = replace(body, 'typed', 'ssh-key') WHERE seq = 13"), All, Layla, "HFNH", "13 signature", "REWRITTEN", "HF"),
    ("a signature that is none", Sql("UPDATE event SET sig = 'armored' WHERE seq = 11"), All, Layla, "HFNH", "11 signature", "REWRITTEN", "HF"),
    ("a signature for another use", Sql("UPDATE event SET sig = (SELECT it FROM spare WHERE name = 'for git') WHERE seq = 7"), All, Layla, "HFFH", "7 signature", "REWRITTEN", "HF"),
    ("a signature over another hash", Sql("UPDATE event SET sig = (SELECT it FROM spare WHERE name = 'over sha256') WHERE seq = 7"), All, Layla, "HFFH", "7 signature", "REWRITTEN", "HF"),
    ("a signature by somebody else's key", Sql("UPDATE event SET sig = (SELECT it FROM spare WHERE name = 'by omar') WHERE seq = 7"), All, Layla, "HFFH", "7 signature", "REWRITTEN", "HF"),
    ("the body names another key than signed it", Sql("UPDATE event SET body = (SELECT it FROM spare WHERE name = 'another key'), sig = (SELECT it FROM spare WHERE name = 'another key''s sign') WHERE seq = 7"), All, Layla, "HFFH", "7 signature", "REWRITTEN", "HF"),
    ("a signed body is withheld", Sql("UPDATE event SET body = NULL WHERE seq = 7"), Kept, Layla, "HONO", "", "holds", "FO"),
    ("nobody says who may sign", Sql(""), Kept, Nothing, "HONH", "", "holds", "--"),
    ("the key is not hers", Sql(""), Kept, Stranger, "HFNH", "7 signature, 11 signature", "holds", "HF"),
    ("the key is another's", Sql(""), Kept, Omar, "HFNH", "7 signature, 11 signature", "holds", "HF"),
    ("the key had expired", Sql(""), Kept, Expired, "HFNH", "7 signature, 11 signature", "holds", "HF"),
    ("the key does not count yet", Sql(""), Kept, NotYet, "HFNH", "7 signature, 11 signature", "holds", "HF"),
    ("the key is for something else", Sql(""), Kept, OtherUse, "HFNH", "7 signature, 11 signature", "holds", "HF"),
    ("the key was revoked", Sql(""), Kept, Revoked, "HFNH", "7 signature, 11 signature", "holds", "HF"),

    // Chunks.
    ("a chunk's bytes are replaced", Sql("UPDATE chunk SET data = x'79' WHERE seq = 9"), Kept, Layla, "FHNH", "9 chunk-hash", "holds", "FH"),
    ("a chunk's data is garbage", Sql("UPDATE chunk SET data = zeroblob(length(data)) WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-packing", "holds", "--"),
    ("a chunk's data goes on", Sql("UPDATE chunk SET data = CAST(data || x'00' AS BLOB) WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-packing", "holds", "--"),
    ("a chunk's data is cut", Sql("UPDATE chunk SET data = substr(data, 1, length(data) - 8) WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-packing", "holds", "--"),
    ("a chunk's data is far too long", Sql("UPDATE chunk SET data = zeroblob(3000000) WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-packing", "holds", "--"),
    ("a chunk is said to be shorter", Sql("UPDATE chunk SET raw_len = raw_len - 1 WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-length", "holds", "--"),
    ("a chunk is said to be longer", Sql("UPDATE chunk SET raw_len = raw_len + 1 WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-length", "holds", "--"),
    ("a chunk is said to be less than nothing", Sql("UPDATE chunk SET raw_len = -1 WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-length", "holds", "--"),
    ("a chunk is said not to be packed", Sql("UPDATE chunk SET codec = 0 WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-length", "holds", "--"),
    ("a chunk is packed in an unknown way", Sql("UPDATE chunk SET codec = 7 WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-packing", "holds", "--"),
    ("a chunk is taken out", Sql("DELETE FROM chunk WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-missing", "holds", "FH"),
    ("a chunk is moved", Sql("UPDATE chunk SET seq = 5 WHERE seq = 6"), Kept, Layla, "FHNH", "5 chunk-surplus, 6 chunk-missing", "holds", "FH"),
    ("two chunks are swapped", Sql("UPDATE chunk SET seq = 99 WHERE seq = 6; UPDATE chunk SET seq = 6 WHERE seq = 10; UPDATE chunk SET seq = 10 WHERE seq = 99"), Kept, Layla, "FHNH", "6 chunk-length, 10 chunk-length", "holds", "FH"),
    ("a chunk too many", Sql("INSERT INTO chunk VALUES (7, 0, 1, x'00')"), Kept, Layla, "FHNH", "7 chunk-surplus", "holds", "FH"),
    ("a chunk of no event", Sql("INSERT INTO chunk VALUES (700, 0, 1, x'00')"), Kept, Layla, "FHNH", "700 chunk-surplus", "holds", "--"),
    ("a chunk that unpacks to 32 MiB", Sql("UPDATE chunk SET data = (SELECT it FROM spare WHERE name = 'bomb') WHERE seq = 6"), Kept, Layla, "FHNH", "6 chunk-length", "holds", "--"),

    // The schema, which readers trust to mean what it says.
    ("the view shows another chain", Sql("DROP VIEW link; CREATE VIEW link AS SELECT seq, hash AS line, hash FROM event"), Kept, Layla, "FHNH", "0 schema", "holds", "--"),
    ("a trigger too many", Sql("CREATE TRIGGER more AFTER INSERT ON event BEGIN SELECT 1; END"), Kept, Layla, "FHNH", "0 schema", "holds", "--"),
    ("an index is missing", Sql("DROP INDEX event_run"), Kept, Layla, "FHNH", "0 schema", "holds", "--"),
    ("a table too many", Sql("CREATE TABLE more(x)"), Kept, Layla, "FHNH", "0 schema", "holds", "--"),
    ("a table is a view of another", Sql("ALTER TABLE chunk RENAME TO old; CREATE VIEW chunk AS SELECT seq, codec, raw_len, data FROM old"), Kept, Layla, "FNNH", "0 schema, 0 schema, 0 schema, 0 schema, 0 schema, 0 schema, 0 unreadable", "none yet", "--"),
];

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(Base::new)
}

impl Know {
    /// Returns the text of the file of allowed signers, if there is one, and that of revoked keys.
    fn text(self) -> (Option<String>, Option<String>) {
        let key = base().layla.public.line();
        let line = match self {
            Layla | Revoked => format!("layla {key}\nomar {}\n", base().omar.public.line()),
            Nothing => return (None, None),
            Stranger => format!("layla {}\n", Key::new().public.line()),
            Omar => format!("omar {key}\n"),
            Expired => format!("layla valid-before=\"20260101Z\" {key}\n"),
            NotYet => format!("layla valid-after=\"20990101Z\" {key}\n"),
            OtherUse => format!("layla namespaces=\"git\" {key}\n"),
        };
        (Some(line), matches!(self, Revoked).then(|| key + "\n"))
    }
}

/// A spoilt log, its bundle, and what is known of who may sign.
struct Case {
    dir: TempDir,
    log: PathBuf,
    allowed: Option<Arc<AllowedSigners>>,
    signers: Option<PathBuf>,
    revoked: Option<PathBuf>,
}

impl Case {
    fn of((_, what, anew, know, ..): &Attack) -> Self {
        let dir = TempDir::new("attack");
        let log = dir.join("log.db");
        match what {
            Sql(_) => fs::write(&log, &base().log).unwrap(),
            File(name) => fs::write(&log, &base().files[name]).unwrap(),
        }
        fs::set_permissions(&log, fs::Permissions::from_mode(0o600)).unwrap();
        if let Sql(sql) = what
            && !sql.is_empty()
        {
            spoil(&log, &base().spares, |conn| {
                conn.execute_batch(sql).expect(sql);
                match anew {
                    Kept => {}
                    One(seq) => rechain(conn, *seq, *seq),
                    All => rechain(conn, 1, u64::MAX),
                }
            });
        }
        let (text, gone) = know.text();
        let known = text.as_deref().map(|text| {
            let known = allowed(text);
            Arc::new(
                gone.as_deref()
                    .map_or_else(|| known.clone(), |gone| known.clone().revoking(gone.as_bytes()).unwrap()),
            )
        });
        let file = |name: &str, text: Option<String>| {
            text.map(|text| {
                fs::write(dir.join(name), text).unwrap();
                dir.join(name)
            })
        };
        let (signers, revoked) = (file("allowed", text), file("revoked", gone));
        Self { log, allowed: known, signers, revoked, dir }
    }

    fn scope(&self) -> Scope {
        Scope { allowed: self.allowed.clone(), ..Scope::default() }
    }

    /// Writes the bundle of run one, unless the attack is on what a bundle has not.
    fn bundle(&self, expected: &str) -> Option<PathBuf> {
        let dir = self.dir.join("bundle");
        (expected != "--").then(|| {
            let signers = self.signers.as_ref().map(|file| fs::read_to_string(file).unwrap());
            bundled(&self.log, &dir, &signers.unwrap_or_default());
            dir
        })
    }

    /// What the script says of `what`: chain and signatures, and whether it ends as with something sound. With heads also
    /// what they show.
    fn script(&self, what: &Path, heads: Option<&[Seen]>) -> (String, String, bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/verify.sh");
        let mut command = Command::new("sh");
        command.arg(script);
        if let Some(heads) = heads {
            // As somebody pasted them into a ticket.
            let lines: Vec<String> = heads.iter().map(|seen| format!("> `{seen}`, omar\n")).collect();
            fs::write(self.dir.join("ticket"), lines.concat()).unwrap();
            command.arg("--heads").arg(self.dir.join("ticket"));
        }
        let out = command.arg(what).args(&self.signers).args(&self.revoked).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        let verdict = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            letter(line[name.len().min(line.len())..].trim())
        };
        let witnesses =
            text.lines().find_map(|line| line.strip_prefix("witnesses ")).unwrap_or_default().trim();
        let inside = witnesses.strip_prefix("FAILS (").and_then(|rest| rest.strip_suffix(')'));
        let shown = inside.unwrap_or_else(|| witnesses.split(" (").next().unwrap_or_default()).to_owned();
        (verdict("chain ").to_owned() + verdict("signatures "), shown, out.status.success(), text)
    }
}

fn letter(words: &str) -> &'static str {
    [("holds", "H"), ("FAILS", "F"), ("open", "O"), ("none yet", "N")]
        .into_iter()
        .find(|(word, _)| words.starts_with(word))
        .map_or("?", |(_, letter)| letter)
}

fn letters(report: &Report) -> String {
    report.verdicts().iter().map(|(_, verdict)| letter(verdict.words())).collect()
}

/// Returns each flaw and doubt with its event, but for those of SQLite's own structure check.
fn found(report: &Report) -> String {
    let all = report.flaws.iter().chain(&report.doubts);
    let all = all.filter_map(|finding| finding.flaw.map(|flaw| (finding.seq.unwrap_or(0), flaw)));
    let all = all.filter(|(_, flaw)| *flaw != Flaw::Structure);
    all.map(|(seq, flaw)| format!("{seq} {}", flaw.name())).collect::<Vec<_>>().join(", ")
}

/// Returns the heads that were kept elsewhere: of the log, and for a fork of its other half as well.
fn kept(expected: &str) -> Vec<Seen> {
    let mut seen = base().heads.clone();
    if expected == "FORKED" {
        seen.extend(base().forked.iter().cloned());
    }
    seen
}

/// Returns the scope of a case with heads that were kept elsewhere.
fn against(case: &Case, expected: &str) -> Scope {
    let heads = Heads { file: PathBuf::from("ticket.txt"), own: false, seen: kept(expected) };
    Scope { heads: Some(heads), ..case.scope() }
}

/// Returns what heads show of a report.
fn shown(report: &Report) -> String {
    report.witness.breach.map_or_else(|| report.witnesses().words(), |breach| breach.name()).to_owned()
}

/// Returns what heads show that were kept elsewhere.
fn held(case: &Case, expected: &str) -> (String, Report) {
    let report = judged(&case.log, &against(case, expected)).unwrap();
    (shown(&report), report)
}

#[test]
fn every_attack_gets_its_verdict() {
    let mut wrong = String::new();
    for attack in ATTACKS {
        let (name, .., alone, flaws, heads, in_bundle) = *attack;
        let case = Case::of(attack);
        let report = judged(&case.log, &case.scope()).unwrap();
        let (shown, against) = held(&case, heads);
        let bundled = case.bundle(in_bundle).map(|dir| bundle(&dir, &case.scope()).unwrap());
        let of_bundle =
            bundled.as_ref().map_or_else(|| "--".to_owned(), |report| letters(report)[..2].to_owned());
        let got = (letters(&report), found(&report), shown.clone(), of_bundle);
        if (&*got.0, &*got.1, &*got.2, &*got.3) != (alone, flaws, heads, in_bundle) {
            wrong += &format!("{name}\n  {got:?}\n");
        }
        // Heads change nothing of what is said of chain and signatures; a verdict that fails is a log that is not sound.
        assert_eq!(letters(&against)[..2], letters(&report)[..2], "{name}");
        assert_eq!(report.sound(), !letters(&report).contains('F'), "{name}");
        assert_eq!(
            against.witnesses() == Verdict::Fails,
            !["holds", "none yet"].contains(&&*shown),
            "{name}"
        );
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn the_script_says_the_same_of_every_attack() {
    let mut wrong = String::new();
    for attack in ATTACKS {
        let (name, .., alone, _, heads, in_bundle) = *attack;
        let case = Case::of(attack);
        let (got, _, sound, text) = case.script(&case.log, None);
        if got != alone[..2] || sound == alone.contains('F') {
            wrong += &format!("{name}: {got}, not {}\n{text}\n", &alone[..2]);
        }
        let (got, breach, sound, text) = case.script(&case.log, Some(&kept(heads)));
        let expected = held(&case, heads).1.sound();
        if (&*got, &*breach, sound) != (&alone[..2], heads, expected) {
            wrong += &format!("{name}, heads: {got}, {breach}, {sound}; not {heads}, {expected}\n{text}\n");
        }
        if let Some(dir) = case.bundle(in_bundle) {
            let (got, breach, sound, text) = case.script(&dir, Some(&kept(heads)));
            let report = bundle(&dir, &against(&case, heads)).unwrap();
            if (&*got, &breach, sound) != (in_bundle, &shown(&report), report.sound()) {
                let heads = shown(&report);
                wrong += &format!("{name}, bundle: {got}, {breach}; not {in_bundle}, {heads}\n{text}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
