//! Bits that fell over: no panic, and no change of content that verifies.

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;

use super::tools::{Dice, attacker, sample};
use crate::support::temp::TempDir;
use crate::support::times::times;

/// Everything that a log says, read without this program.
fn content(path: &std::path::Path) -> Option<String> {
    let conn = attacker(path);
    let mut out = String::new();
    for sql in [
        "SELECT group_concat(quote(seq) || quote(run) || quote(kind) || quote(body) || quote(sig) || quote(prev) \
         || quote(run_prev) || quote(body_sha) || quote(sig_sha) || quote(hash)) FROM (SELECT * FROM event NOT INDEXED \
         ORDER BY seq)",
        "SELECT group_concat(quote(seq) || quote(codec) || quote(raw_len) || quote(data)) FROM (SELECT * FROM chunk \
         ORDER BY seq)",
        "SELECT group_concat(type || name || sql) FROM sqlite_schema",
    ] {
        out += &conn.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).ok()??;
    }
    Some(out)
}

#[test]
fn flipped_bits_never_verify_as_another_content() {
    let dir = TempDir::new("flips");
    let whole = std::fs::read(sample(&dir)).unwrap();
    let path = dir.join("flipped.db");
    std::fs::write(&path, &whole).unwrap();
    let original = content(&path).unwrap();
    let mut dice = Dice::new(5);
    let (mut detected, mut same) = (0, 0);
    for _ in 0..times(2000) {
        let mut bytes = whole.clone();
        let at = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
        bytes[at] ^= 1 << dice.below(8);
        std::fs::write(&path, &bytes).unwrap();
        let sound = verify(&path).is_ok_and(|report| report.sound());
        // Whatever is read from a damaged log is an answer or an error.
        if let Ok(reader) = Reader::open(&path) {
            reader.runs().ok();
            reader.load("one").ok();
            reader.output("one", 1).ok();
        }
        if sound {
            assert_eq!(content(&path).as_ref(), Some(&original), "byte {at}");
            same += 1;
        } else {
            detected += 1;
        }
        for side in ["flipped.db-wal", "flipped.db-shm", "flipped.db-journal"] {
            std::fs::remove_file(dir.join(side)).ok();
        }
    }
    assert!(detected > 500 && same > 50, "{detected} detected, {same} without a change of content");
}
