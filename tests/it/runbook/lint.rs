//! Every code that can be said of a runbook: a file that gets it at its place, and a file that is near and does not.

use std::collections::BTreeSet;

use gonogo::diag::codes::{About, CODES, Weight};
use gonogo::runbook::{Concealed, Neighbour, Surroundings, Targets, lint, lint_text, parse};

/// What stands beside every file of these tests.
fn beside(path: &str) -> Neighbour {
    match path {
        "there.md" | "ROLLBACK.md" => Neighbour::Markdown("# Here\n\n## Über uns\n\n## Here\n".to_owned()),
        "other.txt" | "envs.yaml" => Neighbour::Other,
        _ => Neighbour::Missing,
    }
}

/// The environment that every file of these tests meets.
fn targets() -> Targets {
    Targets {
        name: "production".to_owned(),
        roles: vec![
            ("web".to_owned(), vec!["web-1".to_owned(), "web-2".to_owned()]),
            ("db".to_owned(), vec!["db-1".to_owned()]),
        ],
        vars: vec!["APP_URL".to_owned()],
        reserved: vec!["web-1".to_owned()],
        twice: vec!["web-1, web-2 of the role web are all layla@192.0.2.1".to_owned()],
    }
}

/// Returns the codes and places of everything that is said of `bytes`, with an environment if `met`.
fn said(bytes: &[u8], met: bool) -> Vec<(&'static str, String, bool)> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let targets = targets();
    let environments = ["staging".to_owned(), "production".to_owned()];
    let around = Surroundings {
        targets: if met { std::slice::from_ref(&targets) } else { &[] },
        environments: &environments,
        own_environments: true,
        beside: &beside,
    };
    let findings = match parse("t.md", bytes) {
        Ok((runbook, mut found)) => {
            found.extend(lint(&runbook, &text, &around));
            found
        }
        Err(mut found) => {
            found.extend(lint_text(&text, &beside));
            found
        }
    };
    let place = |f: &gonogo::diag::Diagnostic| {
        f.place.as_ref().map_or("-".to_owned(), |p| format!("{}:{}", p.line, p.column))
    };
    findings.iter().map(|f| (f.code, place(f), f.is_error())).collect()
}

/// A code, where it stands, a file that has it there, and a file that is near and has it nowhere.
type Row = (&'static str, &'static str, &'static str, &'static str);

const FRONT: &str = "---\ngonogo:\n";

/// Files are written short: `¶` is a line end, `§` the head of front matter, `§§` its end with one box.
fn whole(file: &str) -> String {
    let file = file.replace("§§", "\n---\n- [ ] a").replace('§', FRONT).replace('¶', "\n");
    format!("{file}\n")
}

const ROWS: &[Row] = &[
    (
        "asked-too-early",
        "1:1",
        "- [ ] a <!-- gonogo: if=V -->¶- [ ] b <!-- gonogo: value=V -->",
        "- [ ] b <!-- gonogo: value=V -->¶- [ ] a <!-- gonogo: if=V -->",
    ),
    ("bad-cadence", "3:12", "§  cadence: often§§", "§  cadence: weekly§§"),
    ("bad-choice", "3:22", "§  vars: {A: {choose: []}}§§", "§  vars: {A: {choose: [a]}}§§"),
    ("bad-condition", "1:22", "- [ ] a <!-- gonogo: if='a b' -->", "- [ ] a <!-- gonogo: if=ENV -->"),
    ("bad-confirm", "1:7", "```sh confirm=twice¶ls¶```", "```sh confirm=press¶ls¶```"),
    (
        "bad-default",
        "3:13",
        "§  vars: {A: {match: a, default: b}}§§",
        "§  vars: {A: {match: a, default: a}}§§",
    ),
    ("bad-duration", "1:22", "- [ ] a <!-- gonogo: wait=soon -->", "- [ ] a <!-- gonogo: wait=1h30m -->"),
    ("bad-host", "3:16", "§  hosts: {web: 'web 1'}§§", "§  hosts: {web: web1}§§"),
    ("bad-name", "1:22", "- [ ] a <!-- gonogo: id='a b' -->", "- [ ] a <!-- gonogo: id=a-b -->"),
    ("bad-number", "1:7", "```sh exit=256¶ls¶```", "```sh exit=255¶ls¶```"),
    ("bad-path", "3:13", "§  rollback: /etc/x.md§§", "§  rollback: there.md§§"),
    ("bad-pattern", "1:7", "```sh expect=(¶ls¶```", "```sh expect='(x)'¶ls¶```"),
    ("bad-principal", "3:16", "§  roles: {qa: [a b]}§§", "§  roles: {qa: [a@example.org]}§§"),
    ("bad-repeat", "1:7", "```sh every=1m for=30s¶ls¶```", "```sh every=30s for=1m¶ls¶```"),
    (
        "bad-runbook-link",
        "1:22",
        "- [ ] a <!-- gonogo: runbook -->",
        "- [ ] [a](there.md) <!-- gonogo: runbook -->",
    ),
    (
        "bad-secret",
        "5:22",
        "§  vars: {T: {secret: true, from: env}}¶---¶- [ ] a <!-- gonogo: if=T=x -->",
        "§  vars: {T: {secret: true, from: env}}¶---¶- [ ] a <!-- gonogo: if=T -->",
    ),
    (
        "secret-in-script",
        "6:6",
        "§  vars: {T: {secret: true, from: env}}¶---¶```sh on=web¶curl <t>¶```",
        "§  vars: {T: {secret: true, from: env}}¶---¶```sh on=web¶curl \"$T\"¶```",
    ),
    (
        "bad-secret",
        "3:13",
        "§  vars: {A: {secret: true, from: env, default: x}}§§",
        "§  vars: {A: {secret: true, from: env}}§§",
    ),
    ("bad-threshold", "1:16", "```sh metric=x threshold=1¶ls¶```", "```sh metric=x threshold='<1'¶ls¶```"),
    ("bad-value", "1:7", "```sh carry=on¶ls¶```", "```sh carry=off¶ls¶```"),
    ("bad-variable", "3:10", "§  vars: {HOST: x}§§", "§  vars: {HOSTS: x}§§"),
    (
        "broken-link",
        "1:7",
        "- [ ] [a](nowhere.md)",
        "- [ ] [a](there.md) [b](other.txt) [c](https://example.net/x.md) [d](/x.md) [e](mailto:a@example.net)",
    ),
    (
        "broken-link",
        "3:7",
        "# One¶¶- [ ] [a](#two)",
        "# One¶¶- [ ] [a](#one) [b](there.md#here-1) [c](there.md#%C3%BCber-uns) [d](#mark) <a id=\"mark\"></a>",
    ),
    (
        "circular-needs",
        "3:14",
        "- [ ] a <!-- gonogo: id=a -->¶¶```sh name=s needs=s¶ls¶```",
        "- [ ] a <!-- gonogo: id=a -->¶¶```sh name=s needs=a¶ls¶```",
    ),
    (
        "circular-undo",
        "1:14",
        "```sh name=s undo=s¶ls¶```",
        "```sh name=s undo=t¶ls¶```¶¶```sh name=t¶ls¶```",
    ),
    ("contradiction", "1:13", "```sh check exit=1¶ls¶```", "```sh exit=1¶ls¶```"),
    ("duplicate-host", "3:22", "§  hosts: {web: [u@h, u@h]}§§", "§  hosts: {web: [u@h, v@h]}§§"),
    ("duplicate-key", "1:27", "- [ ] a <!-- gonogo: id=a id=b -->", "- [ ] a <!-- gonogo: id=a -->"),
    (
        "duplicate-name",
        "2:22",
        "- [ ] a <!-- gonogo: id=a -->¶- [ ] b <!-- gonogo: id=a -->",
        "- [ ] a <!-- gonogo: id=a -->¶- [ ] b <!-- gonogo: id=b -->",
    ),
    ("empty-step", "1:1", "```sh name=x¶# nothing¶```", "```sh name=x¶ls # something¶```"),
    ("enters-shell", "2:1", "```sh¶ssh deploy@web-1¶uptime¶```", "```sh¶ssh deploy@web-1 uptime¶```"),
    ("foreign-words", "1:7", "```sh title=x¶ls¶```", "```sh name=x¶ls¶```"),
    ("front-matter", "2:5", "---¶a: b: c¶---¶- [ ] a", "---¶a: c¶---¶- [ ] a"),
    ("front-matter", "1:1", "---¶gonogo: {cadence: weekly}¶# T¶¶- [ ] a", "---¶not ours¶# T¶¶- [ ] a"),
    ("front-matter", "2:1", "¶---¶gonogo: {cadence: weekly}¶---¶- [ ] a", "¶---¶# gonogo: x¶---¶- [ ] a"),
    (
        "front-matter",
        "1:1",
        "---¶gonogo: {cadence: weekly}¶ ---¶- [ ] a",
        "---¶gonogo: {cadence: weekly}¶---¶- [ ] a",
    ),
    ("hidden-character", "1:7", "- [ ] \u{202e}a", "- [ ] a\u{5d0}"),
    ("ignored-annotation", "1:7", "```sql on=db¶select 1;¶```", "```sql¶select 1;¶```"),
    ("incomplete", "1:7", "```sh once¶ls¶```", "```sh on=web once¶ls¶```"),
    ("invisible-character", "2:2", "```sh¶l\u{200b}s¶```", "```sh¶ls¶```"),
    ("looks-like-annotation", "1:9", "- [ ] a <!-- id=x -->", "- [ ] a <!-- see x -->"),
    ("malformed-annotation", "1:7", "```sh expect='x¶ls¶```", "```sh expect='x'¶ls¶```"),
    (
        "misplaced-annotation",
        "1:7",
        "Words <!-- gonogo: id=x -->¶¶- [ ] a",
        "Words <!-- id is x -->¶¶- [ ] a",
    ),
    ("missing-file", "3:13", "§  rollback: nowhere.md§§", "§  rollback: there.md§§"),
    ("missing-file", "3:17", "§  environments: nowhere.yaml§§", "§  environments: envs.yaml§§"),
    (
        "missing-file",
        "1:1",
        "- [ ] [a](nowhere.md) <!-- gonogo: runbook -->",
        "- [ ] [a](there.md) <!-- gonogo: runbook -->",
    ),
    ("missing-value", "1:7", "```sh on¶ls¶```", "```sh on=web¶ls¶```"),
    ("misspelt-language", "1:4", "```shel¶ls¶```¶¶- [ ] a", "```sql¶ls¶```¶¶- [ ] a"),
    ("nearly-a-box", "1:1", "- []¶- [ ] a", "- [](there.md)¶- [ ] a"),
    ("nearly-a-box", "1:1", "-[ ] b¶¶- [ ] a", "-[x]: y¶¶- [ ] a"),
    ("nearly-a-box", "1:1", "* [x ] b¶¶- [ ] a", "* [xyz] b¶¶- [ ] a"),
    ("nearly-a-box", "2:3", "- [ ] a¶  - [ ]b", "- [ ] a¶  - [ ] b"),
    ("nearly-a-box", "1:1", "1. [\u{a0}] b¶¶- [ ] a", "```text¶- []¶```¶¶- [ ] a"),
    ("nearly-a-box", "1:1", "• [ ] b¶¶- [ ] a", "<!--¶- []¶-->¶¶- [ ] a"),
    ("needs-terminal", "2:1", "```sh on=web¶vim /etc/hosts¶```", "```sh on=web¶cat /etc/hosts¶```"),
    ("nested-fence", "1:1", "````sh¶```¶ls¶```¶````", "````sh¶cat >x <<E¶```¶E¶````"),
    (
        "never-holds",
        "5:1",
        "§  vars: {A: {choose: [a, b]}}¶---¶- [ ] $A <!-- gonogo: if=A=c -->",
        "§  vars: {A: {choose: [a, b]}}¶---¶- [ ] $A <!-- gonogo: if=A=b -->",
    ),
    (
        "never-holds",
        "5:1",
        "§  vars: {A: {match: 'v.'}}¶---¶- [ ] $A <!-- gonogo: if=A=x -->",
        "§  vars: {A: {match: 'v.'}}¶---¶- [ ] $A <!-- gonogo: if=A=v1 -->",
    ),
    (
        "never-holds",
        "1:1",
        "- [ ] a <!-- gonogo: if=ENV=prodution -->",
        "- [ ] a <!-- gonogo: if=ENV=production -->",
    ),
    (
        "never-holds",
        "3:1",
        "# R¶¶## Go <!-- gonogo: if=ENV=x -->¶¶- [ ] a",
        "# R¶¶## Go <!-- gonogo: if=ENV=staging -->¶¶- [ ] a",
    ),
    (
        "never-met",
        "3:1",
        "- [ ] a <!-- gonogo: id=a if=ENV=x -->¶¶```sh needs=a¶ls¶```",
        "- [ ] a <!-- gonogo: id=a if=ENV=staging -->¶¶```sh needs=a¶ls¶```",
    ),
    (
        "never-met",
        "11:1",
        "# R¶¶## C <!-- gonogo: choose -->¶¶### A¶¶- [ ] a <!-- gonogo: id=a -->¶¶### B¶¶```sh needs=a¶ls¶```",
        "# R¶¶## C <!-- gonogo: choose -->¶¶### A¶¶- [ ] a <!-- gonogo: id=a -->¶¶```sh needs=a¶ls¶```¶¶### B¶¶- [ ] b",
    ),
    (
        "never-met",
        "13:1",
        "# R¶¶## Back <!-- gonogo: rollback -->¶¶- [ ] a <!-- gonogo: id=a -->¶¶```sh¶ls¶```¶¶## Go¶¶```sh needs=a¶ls¶```",
        "# R¶¶## Before¶¶- [ ] a <!-- gonogo: id=a -->¶¶## Go¶¶```sh needs=a¶ls¶```",
    ),
    ("bullets-as-boxes", "1:1", "- a¶- b", "- a¶- [ ] b"),
    ("no-boxes", "-", "Words.", "- [ ] a"),
    (
        "no-choice",
        "3:19",
        "# R¶¶## C <!-- gonogo: choose -->¶¶### A¶¶- [ ] a",
        "# R¶¶## C <!-- gonogo: choose -->¶¶### A¶¶- [ ] a¶¶### B¶¶- [ ] b",
    ),
    ("no-hosts", "3:11", "§  hosts: {web: []}§§", "§  hosts: {web: u@h}§§"),
    ("no-rollback", "3:1", "# R¶¶## Deploy¶¶- [ ] a", "# R¶¶## Look¶¶- [ ] a"),
    (
        "no-rollback",
        "3:1",
        "- [ ] x¶¶```sh irreversible¶ls¶```",
        "---¶gonogo: {rollback: ROLLBACK.md}¶---¶```sh irreversible¶ls¶```",
    ),
    (
        "no-rollback",
        "1:1",
        "- [ ] x <!-- gonogo: irreversible -->",
        "# Restore drill¶¶- [ ] x <!-- gonogo: irreversible -->",
    ),
    (
        "not-once",
        "2:1",
        "```sh on=app¶php artisan migrate --force¶```",
        "```sh on=app once¶php artisan migrate --force¶```",
    ),
    (
        "not-once",
        "2:1",
        "```sh on=app¶mysqldump app > /srv/app.sql¶```",
        "```sh on=app¶php artisan migrate:status¶```",
    ),
    ("nobody", "1:22", "- [ ] a <!-- gonogo: role=qa -->", "- [ ] a <!-- gonogo: role=captain -->"),
    ("prose-in-code", "2:1", "```sh¶This says what it does.¶```", "```sh¶make all docs check¶```"),
    ("reserved-role", "3:11", "§  hosts: {local: u@h}§§", "§  hosts: {locals: u@h}§§"),
    ("root-prompt", "2:1", "```sh¶root@web-1:~# ls¶```¶¶- [ ] a", "```sh¶deploy@web-1:~$ ls¶```¶¶- [ ] a"),
    (
        "secret-in-script",
        "7:9",
        "§  vars: {TOKEN: {secret: true, from: env}}¶---¶- [ ] a¶  ```sh¶  login <token>¶  ```",
        "§  vars: {TOKEN: {secret: true, from: env}}¶---¶- [ ] a¶  ```sh¶  login \"$TOKEN\"¶  ```",
    ),
    ("too-deep", "1:64", "", "- [ ] a"),
    (
        "typed-secret",
        "2:9",
        "```sh¶mysql -phunter22 app¶```",
        "```sh¶mysql -p app¶mysql -p\"$PASS\" app¶mkdir -p /srv/app¶```",
    ),
    (
        "typed-secret",
        "2:17",
        "```sh¶tool --password=hunter22¶```",
        "```sh¶tool --password=$PASS --password-stdin --token <token>¶```",
    ),
    (
        "typed-secret",
        "2:15",
        "```sh¶tool --token \"hunter22\" x¶```",
        "```sh¶tool --password 'YOUR_PASSWORD' --secret={SECRET}¶```",
    ),
    (
        "typed-secret",
        "2:20",
        "```sh¶export DB_PASSWORD=hunter22¶```",
        "```sh¶export DB_PASSWORD=$(pass show db)¶TOKEN=¶TOKEN=xxx¶API_KEY=sk-...¶DB_PASSWORD=change_it¶TOKEN=replace-with-yours¶```",
    ),
    ("typed-secret", "1:7", "- [ ] ghp_0123456789abcdefghij0123456789", "- [ ] ghp_short"),
    ("typed-secret", "1:7", "- [ ] AKIAABCDEFGHIJKLMNOP", "- [ ] AKIA"),
    ("typed-secret", "1:7", "- [ ] xoxb-0123456789-abc", "- [ ] xox"),
    (
        "typed-secret",
        "2:32",
        "```sh¶curl -H 'Authorization: Bearer abcdef12'¶```",
        "```sh¶curl -H \"Authorization: Bearer $TOKEN\"¶```",
    ),
    (
        "typed-secret",
        "1:21",
        "- [ ] https://layla:hunter22@example.net/",
        "- [ ] https://layla:$PASS@example.net/ ssh://git@example.net:22/x db://user:pass@example.net",
    ),
    (
        "typed-secret",
        "2:20",
        "```sh¶curl -fsS -u layla:hunter22 https://example.net¶```",
        "```sh¶curl -fsS -u \"layla:$PASS\" https://example.net¶```",
    ),
    (
        "typed-secret",
        "1:1",
        "-----BEGIN OPENSSH PRIVATE KEY-----¶¶- [ ] a",
        "-----BEGIN CERTIFICATE-----¶¶- [ ] a",
    ),
    ("typographic-quote", "3:1", "```sh¶ls¶echo “x”¶```", "```sh¶echo '“x”'¶```"),
    ("unbalanced-quotes", "2:1", "```sh¶echo 'x¶```", "```sh¶echo 'x'¶```"),
    ("unclosed-fence", "3:1", "- [ ] a¶¶```sh¶ls", "- [ ] a¶¶```sh¶ls¶```"),
    ("undeclared-variable", "1:22", "- [ ] a <!-- gonogo: if=NOTHING -->", "- [ ] a <!-- gonogo: if=ENV -->"),
    (
        "undefined-variable",
        "3:7",
        "```sh on=web¶ls¶  cd \"${DIR}\"¶```",
        "```sh on=web¶DIR=/srv¶cd \"$DIR\" && ls $HOME¶```",
    ),
    (
        "undefined-variable",
        "2:6",
        "```sh on=web¶echo $TAG¶```¶¶```sh on=web once capture=TAG¶x¶```",
        "```sh on=web once capture=TAG¶x¶```¶¶```sh on=web¶echo $TAG¶```",
    ),
    (
        "undefined-variable",
        "2:7",
        "```sh on=web¶echo \"$DIR\"¶```",
        "```sh on=web¶. ./settings¶echo $DIR ${A:-b} $GOROOT¶```¶¶```sh on=web¶git fetch $PR-NUMBER¶```",
    ),
    (
        "unexpected-value",
        "1:22",
        "- [ ] a <!-- gonogo: required=yes -->",
        "- [ ] a <!-- gonogo: required -->",
    ),
    ("unknown-box", "1:7", "```sh needs=b¶ls¶```", "```sh needs=b¶ls¶```¶- [ ] b <!-- gonogo: id=b -->"),
    ("unknown-heading", "3:13", "§  rollback: '#back'§§", "§  rollback: '#back'¶---¶# R¶## Back¶¶- [ ] a"),
    ("unknown-key", "1:7", "```sh onn=web¶ls¶```", "```sh on=web¶ls¶```"),
    ("unmeasured", "-", "§  targets: {rto: 1h}§§", "§  targets: {rpo: 1h}§§ <!-- gonogo: value=RPO -->"),
    (
        "unmeasured",
        "1:1",
        "- [ ] a <!-- gonogo: mark=m -->",
        "- [ ] a <!-- gonogo: mark=m -->¶- [ ] b <!-- gonogo: mark=m -->",
    ),
    ("unused-variable", "3:10", "§  vars: {A: x}§§", "§  vars: {A: x}¶---¶- [ ] see $A"),
    (
        "variable-conflict",
        "5:22",
        "§  vars: {A: x}¶---¶- [ ] a <!-- gonogo: value=A -->",
        "§  vars: {A: x}¶---¶- [ ] a <!-- gonogo: value=B -->",
    ),
    ("wrong-type", "3:9", "§  vars: [A]§§", "§  vars: {A: }§§"),
];

/// The same, where the runbook meets an environment.
const MET: &[Row] = &[
    ("reserved-host", "-", "- [ ] a", ""),
    ("same-host", "-", "- [ ] a", ""),
    ("unknown-role", "1:1", "```sh on=webb¶ls¶```", "```sh on=web¶ls¶```"),
    ("unstated-host", "1:1", "```sh name=x¶ls¶```", "```sh on=db¶ls¶```"),
    (
        "rollback-is-walked",
        "5:1",
        "## Deploy¶¶- [ ] a¶¶## Rollback¶¶- [ ] b",
        "## Deploy¶¶- [ ] a¶¶## Rollback <!-- gonogo: rollback -->¶¶- [ ] b",
    ),
    (
        "no-box-in-phase",
        "5:1",
        "## Pre¶¶- [ ] a¶¶## After the deploy¶¶1. watch¶2. tell",
        "## Pre¶¶- [ ] a¶¶## After the deploy¶¶- [ ] watch¶¶## Contacts¶¶- layla",
    ),
    ("not-once", "2:1", "```sh on=web¶pg_dump app¶```", "```sh on=db¶pg_dump app¶```"),
    ("undefined-variable", "2:6", "```sh on=db¶curl $APP_URLS¶```", "```sh on=db¶curl $APP_URL¶```"),
];

/// Returns what is wrong with a row.
fn row(table: &Row, met: bool) -> Option<String> {
    let (code, place, with, without) = table;
    let file = if *code == "too-deep" { format!("{}a\n", "> ".repeat(40)) } else { whole(with) };
    let found = said(file.as_bytes(), met);
    let weight = CODES.iter().find(|c| c.code == *code).map(|c| c.weight);
    let hit = found.iter().find(|(c, at, _)| c == code && (at == place || *code == "too-deep"));
    let Some((_, _, error)) = hit else {
        return Some(format!("{code} at {place} is missing from {found:?} of {file}"));
    };
    let fits = match weight {
        Some(Weight::Error) => *error,
        Some(Weight::Warning) => !*error,
        Some(Weight::Either) => true,
        None => false,
    };
    if !fits {
        return Some(format!("{code} is not of weight {weight:?}"));
    }
    let near = whole(without);
    let found = said(near.as_bytes(), met && !without.is_empty());
    let other = found.iter().any(|(c, ..)| c == code);
    other.then(|| format!("{code} stands in {found:?} of {near}"))
}

#[test]
fn every_code_has_a_file_that_gets_it_and_one_that_does_not() {
    let wrong = ROWS
        .iter()
        .filter_map(|table| row(table, false))
        .chain(MET.iter().filter_map(|table| row(table, true)));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Some need more than a line.
    let big = "x".repeat(1024 * 1024 + 1);
    assert_eq!(said(big.as_bytes(), false)[0].0, "too-large");
    assert_eq!(said(b"- [ ] a\n\0\n", false)[0], ("binary", "2:1".to_owned(), true));
    assert_eq!(said(b"- [ ] a\xff\n", false)[0], ("not-utf8", "1:8".to_owned(), true));
    let boxes = "- [ ] a\n".repeat(10_001);
    assert!(said(boxes.as_bytes(), false).iter().any(|(c, at, _)| *c == "too-many-boxes" && at == "10001:1"));
    let steps = format!("- [ ] a\n\n{}", "  ```sh\n  ls\n  ```\n".repeat(10_001));
    assert!(said(steps.as_bytes(), false).iter().any(|(c, ..)| *c == "too-many-steps"));
    let nested = format!("```sh\n{}\n```\n", "$(".repeat(100));
    assert!(said(nested.as_bytes(), false).contains(&("too-deep-script", "1:1".to_owned(), false)));
    let many = "- []\n".repeat(200);
    let found = said(format!("- [ ] a\n{many}").as_bytes(), false);
    assert_eq!((found.len(), found.last().map(|f| f.0)), (101, Some("more")));
    let danger = said(b"```sh on=web\nrm -rf /srv/app\n```\n", false);
    assert!(danger.contains(&("dangerous-command", "2:1".to_owned(), false)), "{danger:?}");
    let meant = said(b"```sh on=web confirm=type\nrm -rf /srv/app\n```\n", false);
    assert!(!meant.iter().any(|(c, ..)| *c == "dangerous-command"), "{meant:?}");

    let tested: BTreeSet<&str> = ROWS
        .iter()
        .chain(MET)
        .map(|(code, ..)| *code)
        .chain([
            // Those that need more than one file are tested where the command is.
            "environment-file",
            "unreadable",
            "too-large",
            "binary",
            "not-utf8",
            "too-deep-script",
            "too-many-boxes",
            "too-many-steps",
            "more",
            "dangerous-command",
        ])
        .collect();
    let known: BTreeSet<&str> = CODES.iter().filter(|c| c.about == About::Runbook).map(|c| c.code).collect();
    assert_eq!(known.difference(&tested).collect::<Vec<_>>(), Vec::<&&str>::new(), "codes without a test");
    assert_eq!(
        tested.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "tests of codes that nobody lists"
    );
}

#[test]
fn the_table_of_codes_is_the_sources() {
    let mut found = BTreeSet::new();
    let said = regex::Regex::new(
        r#"(?s)(?:error|error_help|warning|whole|Code::new|code:|const CODE: &str =)\(?\s*"([a-z]+(?:-[a-z0-9]+)*)""#,
    )
    .unwrap();
    for root in ["src/runbook", "src/config", "src/diag", "src/cli"] {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(root)];
        folders.push(folders[0].with_extension("rs"));
        while let Some(path) = folders.pop() {
            if path.is_dir() {
                folders.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            } else if path.extension().is_some_and(|e| e == "rs") && path.exists() {
                let text = std::fs::read_to_string(&path).unwrap();
                // Tests at the end of a file make up codes of their own.
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.extend(said.captures_iter(text).map(|c| c[1].to_owned()));
            }
        }
    }
    let listed: BTreeSet<String> = CODES.iter().map(|c| c.code.to_owned()).collect();
    assert_eq!(
        found.difference(&listed).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "codes that the table lacks"
    );
    assert_eq!(
        listed.difference(&found).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "codes that nothing says"
    );
    assert!(CODES.is_sorted_by_key(|c| c.code));
}

#[test]
fn a_secret_is_never_said() {
    let secrets = ["hunter22", "ghp_0123456789abcdefghij0123456789", "s3cr\u{e9}t\u{672c}", "abcdef123456"];
    let text = format!(
        "- [ ] a\n\n```sh on=web\nmysql -p{} app $UNKNOWN\n```\n\n{} https://x:{}@example.net\n\n```sh onn=web\ncurl -H 'Authorization: Bearer {}'\n```\n",
        secrets[0], secrets[1], secrets[2], secrets[3]
    );
    for text in [text.clone(), text.replace("onn=web", "on=web")] {
        let (found, concealed) = match parse("t.md", text.as_bytes()) {
            Ok((book, mut found)) => {
                let around =
                    Surroundings { targets: &[], environments: &[], own_environments: true, beside: &beside };
                found.extend(lint(&book, &text, &around));
                (found, Concealed::of(&text))
            }
            Err(mut found) => {
                found.extend(lint_text(&text, &beside));
                (found, Concealed::of(&text))
            }
        };
        assert_eq!(found.iter().filter(|f| f.code == "typed-secret").count(), 4);
        let shown = gonogo::diag::render(
            "t.md",
            &concealed.text,
            &concealed.findings(&found),
            gonogo::diag::Look::Plain,
        );
        let records = concealed
            .findings(&found)
            .iter()
            .map(|f| serde_json::to_string(&f.record("t.md")).unwrap())
            .collect::<String>();
        for secret in secrets {
            assert!(!shown.contains(secret) && !records.contains(secret), "{secret} in\n{shown}\n{records}");
        }
        assert_eq!(concealed.text.len(), text.len());
        assert_eq!(concealed.text.chars().count(), text.chars().count());
    }
}
