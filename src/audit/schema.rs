//! Schema v1 of the log's file, word by word. Frozen: the text itself is compared when a log is verified.
//!
//! Triggers stop accidents, not attackers; the chain shows what somebody did who dropped them. May import nothing of
//! this house.
//!
//! # How it changes
//!
//! It does not, as long as it can be helped: new kinds of facts and new optional fields need no other schema. Where it must,
//! [`VERSION`] is raised and a migration is written that makes a **new file** from the old one, event by event, with the
//! bodies, signatures and hashes as they are, verifies it, and only then gives it the name; the old file stays beside it,
//! closed, as after a rotation. Link lines carry their own version (`v1 `), so old events keep their hashes for ever. Readers
//! and `verify` go on reading every version that there was. Golden logs of each version lie in `tests/fixtures/logs/vN`, and
//! a test fails when this number is raised without those of every version; the migration is tried from each of them.

/// `PRAGMA application_id`: the ASCII letters `gngo`.
pub const APPLICATION_ID: u32 = 0x676e_676f;

/// `PRAGMA user_version`.
pub const VERSION: u32 = 1;

/// Everything that `sqlite_schema` of a log holds, as (type, name, text), in the order of creation.
pub const OBJECTS: &[(&str, &str, &str)] = &[
    ("table", "event", EVENT),
    ("table", "chunk", CHUNK),
    ("index", "event_run", "CREATE INDEX event_run ON event(run, seq)"),
    ("view", "link", LINK),
    (
        "trigger",
        "event_append",
        "CREATE TRIGGER event_append BEFORE INSERT ON event BEGIN
  SELECT RAISE(ABORT, 'seq is not the next one') WHERE NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event);
  SELECT RAISE(ABORT, 'prev is not the head') WHERE NEW.prev IS NOT coalesce(
    (SELECT hash FROM event ORDER BY seq DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000');
  SELECT RAISE(ABORT, 'run_prev is not the head of the run') WHERE NEW.run_prev IS NOT coalesce(
    (SELECT hash FROM event WHERE run = NEW.run ORDER BY seq DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000');
END",
    ),
    (
        "trigger",
        "event_update",
        "CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END",
    ),
    (
        "trigger",
        "event_delete",
        "CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END",
    ),
    (
        "trigger",
        "chunk_append",
        "CREATE TRIGGER chunk_append BEFORE INSERT ON chunk BEGIN
  SELECT RAISE(ABORT, 'a chunk comes with the newest event') WHERE NEW.seq IS NOT (SELECT max(seq) FROM event)
    OR EXISTS (SELECT 1 FROM chunk WHERE seq = NEW.seq);
END",
    ),
    (
        "trigger",
        "chunk_update",
        "CREATE TRIGGER chunk_update BEFORE UPDATE ON chunk BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END",
    ),
    (
        "trigger",
        "chunk_delete",
        "CREATE TRIGGER chunk_delete BEFORE DELETE ON chunk BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END",
    ),
];

const EVENT: &str = "CREATE TABLE event(
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  run TEXT NOT NULL CHECK (length(run) BETWEEN 1 AND 64),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
  body TEXT CHECK (body NOT GLOB '*[^ -~]*'),
  sig TEXT,
  prev TEXT NOT NULL CHECK (length(prev) = 64 AND prev NOT GLOB '*[^0-9a-f]*'),
  run_prev TEXT NOT NULL CHECK (length(run_prev) = 64 AND run_prev NOT GLOB '*[^0-9a-f]*'),
  body_sha TEXT NOT NULL CHECK (length(body_sha) = 64 AND body_sha NOT GLOB '*[^0-9a-f]*'),
  sig_sha TEXT NOT NULL CHECK (sig_sha = '-' OR (length(sig_sha) = 64 AND sig_sha NOT GLOB '*[^0-9a-f]*')),
  hash TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')
) STRICT";

const CHUNK: &str = "CREATE TABLE chunk(
  seq INTEGER PRIMARY KEY REFERENCES event(seq),
  codec INTEGER NOT NULL CHECK (codec IN (0, 1)),
  raw_len INTEGER NOT NULL CHECK (raw_len BETWEEN 0 AND 1048576),
  data BLOB NOT NULL
) STRICT";

const LINK: &str = "CREATE VIEW link AS
  SELECT seq, 'v1 '||seq||' '||prev||' '||run_prev||' '||body_sha||' '||sig_sha AS line, hash FROM event";
