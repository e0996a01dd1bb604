//! The manual's page on the log: it names every kind, and its recipe works.

use std::process::Command;

use gonogo::run::event::Event;

use super::tools::{attacker, sample, verified};
use crate::support::temp::TempDir;

const PAGE: &str = include_str!("../../../assets/manual/log.md");

#[test]
fn every_kind_stands_in_the_manual_with_a_line() {
    let rows: Vec<&str> = PAGE
        .lines()
        .skip_while(|line| *line != "| kind | what happened |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let kinds: Vec<&str> = rows.iter().filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(kinds, Event::KINDS);
    for row in rows {
        assert!(row.split('|').nth(2).is_some_and(|what| what.trim().len() > 10), "{row}");
    }
}

#[test]
fn the_page_names_the_tables_and_their_columns() {
    let dir = TempDir::new("page");
    let conn = attacker(&sample(&dir));
    for (table, kind) in [("event", "TABLE"), ("chunk", "TABLE"), ("link", "VIEW")] {
        let columns: String = conn
            .query_row("SELECT group_concat(name, ', ') FROM pragma_table_info(?1)", [table], |row| {
                row.get(0)
            })
            .unwrap();
        let line = format!("CREATE {kind} {table}({columns});");
        assert!(PAGE.contains(&line), "{line}");
    }
}

fn by_hand(log: &std::path::Path) -> (bool, String) {
    let (_, recipe) = PAGE.split_once("```sh\n").unwrap();
    let (recipe, _) = recipe.split_once("```").unwrap();
    let out = Command::new("sh").args(["-c", recipe, "by-hand"]).arg(log).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
#[ignore = "needs sqlite3 and sha256sum"]
fn the_recipe_finds_what_verify_finds() {
    let dir = TempDir::new("recipe");
    let path = sample(&dir);
    let (holds, said) = by_hand(&path);
    let head = verified(&path).head.unwrap();
    let expected =
        format!("bodies: the same\nlinks: the same\norder: the same\nchunks: the same\nhead: 13 {head}\n");
    assert_eq!((holds, said), (true, expected));
    for (attack, what) in [
        ("UPDATE event SET body = replace(body, 'first', 'worst')", "bodies: DIFFERENT"),
        ("UPDATE event SET hash = prev WHERE seq = 13", "links: DIFFERENT"),
        ("DELETE FROM event WHERE seq = 7", "order: DIFFERENT"),
        ("UPDATE chunk SET data = x'79' WHERE seq = 8", "chunks: DIFFERENT"),
        ("DELETE FROM chunk WHERE seq = 8", "chunks: DIFFERENT"),
        ("UPDATE chunk SET seq = 7 WHERE seq = 8", "chunks: DIFFERENT"),
    ] {
        let dir = TempDir::new("recipe");
        let path = sample(&dir);
        let conn = attacker(&path);
        for trigger in ["event_update", "event_delete", "chunk_update", "chunk_delete"] {
            conn.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        conn.execute_batch(attack).unwrap();
        drop(conn);
        let (holds, said) = by_hand(&path);
        assert!(!holds && said.contains(what), "{attack}: {said}");
    }
}
