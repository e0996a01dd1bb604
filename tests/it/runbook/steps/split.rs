//! Points 6 and 7: what a block without annotations is taken apart into, and commands in the text of a box.

use gonogo::runbook::model::Confirm;

use super::super::dump::{findings, runbook, text};
use super::{free, steps};

#[test]
fn point_6_outside_a_box_every_label_is_a_box() {
    insta::assert_snapshot!(text("\
# R

Deploy it:

```sh
cd /srv/app

# Pull the code
git pull
composer install

./deploy.sh           # Standard
./deploy.sh --fresh   # DANGER: destroys data
systemctl status app
tail -f app.log
```
"), @r##"
title: R
phase "R" Other @1:1
  " Deploy it:
  ( ) "cd /srv/app" @6:1
      step "cd /srv/app" Unstated strict @6:1
        | cd /srv/app
  ( ) "Pull the code" @8:1
      step "Pull the code" Unstated @8:1
        | # Pull the code
        | git pull
        | composer install
  ( ) "Standard" @12:1
      step "Standard" Unstated strict @12:1
        | ./deploy.sh           # Standard
  ( ) "DANGER: destroys data" @13:1
      step "DANGER: destroys data" Unstated strict confirm=Type danger="`deploy.sh --fresh` begins from nothing: what is there is lost" @13:1
        | ./deploy.sh --fresh   # DANGER: destroys data
  ( ) "systemctl status app" @14:1
      step "systemctl status app" Unstated strict @14:1
        | systemctl status app
  ( ) "tail -f app.log" @15:1
      step "tail -f app.log" Unstated strict terminal="`tail -f` runs until somebody stops it" @15:1
        | tail -f app.log
"##);
}

#[test]
fn point_6_inside_a_box_the_steps_are_offered() {
    let book = runbook(
        "- [ ] Logs looked at\n\n  ```sh\n  # App\n  tail -n 5 app.log\n  # Web\n  tail -n 5 web.log\n  ```\n\n  ```sh\n  uptime\n  ```\n",
    );
    let item = &book.boxes[0];
    let seen: Vec<_> = item.steps.iter().map(|s| (s.id.as_str(), s.title.as_str(), s.offered)).collect();
    let id = item.id.as_str();
    assert_eq!(
        seen,
        [
            (format!("{id}/1").as_str(), "App", true),
            (format!("{id}/2").as_str(), "Web", true),
            (format!("{id}/3").as_str(), "uptime", false)
        ]
    );
    assert_eq!(item.steps[1].script, "# Web\ntail -n 5 web.log\n");
    assert_eq!((item.steps[1].place.line, item.steps[1].place.column), (6, 3));
}

#[test]
fn point_6_any_annotation_makes_it_one_script() {
    let script = "# One\na\n# Two\nb # c\n";
    assert_eq!(steps(script).len(), 2);
    let book = runbook(&format!("- [ ] a\n\n```sh on=web\n{script}```\n"));
    let all: Vec<_> = book.boxes.iter().flat_map(|b| &b.steps).collect();
    assert_eq!(all.len(), 1);
    assert!(all[0].strict && all[0].script == script);
    // What other tools write behind the language is no annotation.
    let book = runbook(&format!("- [ ] a\n\n```sh {{.numberLines}}\n{script}```\n"));
    assert_eq!(book.boxes.iter().flat_map(|b| &b.steps).count(), 2);
}

#[test]
fn point_6_only_single_commands_are_strict() {
    let strict: Vec<bool> =
        steps("# One\na\n# Two\nb\nc\n# Three\nd \\\n  e\n").iter().map(|s| s.strict).collect();
    assert_eq!(strict, [true, false, true]);
}

#[test]
fn point_6_alternatives_of_one_block_keep_their_own_danger() {
    let steps = steps("# Create backup\nmysqldump app > a.sql\n\n# Restore backup\nmysql app < a.sql\n");
    assert!(free(&steps[0]) && steps[0].danger.is_none());
    assert!(steps[1].confirm == Confirm::Type && steps[1].danger.is_some());
}

#[test]
fn point_6_constructs_are_never_cut() {
    for script in [
        "if a; then\n  # no label\n  b # none\nelse\n  # no\n  c\nfi",
        "f() {\n  # no\n  a # none\n}\nf",
        "for i in 1 2; do\n  # no\n  tail -f x$i\ndone",
        "while a; do # no\n  b\ndone",
        "case $x in\n  # no\n  a) b # none\n     ;;\nesac",
        "(\n  # no\n  a\n  # no\n  b\n)",
        "cat > f <<EOF\n# no\na # none\nEOF",
        "cat > f <<-'X Y'\n\t# no\n\tX Y",
        "echo \"\n# no\na # none\n\"",
        "a \\\n  --b \\\n  --c",
        "x=$(\n  # no\n  a\n)",
        "a |\n  # no\n  b",
        "a=(\n  # no\n  1 2\n)",
    ] {
        assert_eq!(steps(script).len(), 1, "{script}");
    }
    // A comment behind the end of a construct labels it as a whole.
    let cut = steps("date\nif a; then\n  b # none\nfi # label\nuptime");
    assert_eq!(cut.iter().map(|s| s.title.as_str()).collect::<Vec<_>>(), ["date", "label", "uptime"]);
}

#[test]
fn point_6_a_session_is_cut_like_a_script_and_keeps_its_output() {
    insta::assert_snapshot!(text("\
- [ ] a

## S

```console
# Look
$ uptime
 up 3 days

# Count
$ for i in 1 2; do
>   echo $i
> done
1
2
# not a label
```
"), @r##"
title: test.md
phase "test.md" Other @1:1
  [ ] "a" @1:1
phase "S" Other @3:1
  ( ) "Look" @6:1
      "      up 3 days
      step "Look" Unstated strict @6:1
        | # Look
        | uptime
  ( ) "Count" @10:1
      "     1
      "     2
      "     # not a label
      step "Count" Unstated strict @10:1
        | # Count
        | for i in 1 2; do
        |   echo $i
        | done
"##);
}

#[test]
fn point_7_commands_in_the_text_of_a_box_are_offered() {
    insta::assert_snapshot!(text("\
- [ ] Run `npm ci && npm run build` on `main`, see `README.md` or `npm`

  Then `$ ./smoke.sh` and `php artisan migrate:fresh`, `docker login`, `npm ci && npm run build`.
  - a note with `git pull`
- [ ] `make`
"), @r##"
title: test.md
phase "test.md" Other @1:1
  [ ] "Run npm ci && npm run build on main, see README.md or npm" @1:1
      " Then $ ./smoke.sh and php artisan migrate:fresh, docker login, npm ci && npm run build.
      " - a note with git pull
      inline "npm ci && npm run build" Unstated strict offered @1:11
        | npm ci && npm run build
      inline "./smoke.sh" Unstated strict offered @3:8
        | ./smoke.sh
      inline "php artisan migrate:fresh" Unstated strict offered confirm=Type danger="`artisan migrate:fresh` drops the tables and what is in them" @3:27
        | php artisan migrate:fresh
      inline "docker login" Unstated strict offered terminal="`docker login` asks for a password" @3:56
        | docker login
  [ ] "make" @5:1
      inline "make" Unstated strict offered @5:7
        | make
"##);
    assert_eq!(findings("- [ ] Run `npm ci`\n"), "");
}

#[test]
fn long_and_deep_scripts_are_survived() {
    // As many steps as lines are refused in words; as one step they are one.
    let lines =
        |line: &str, n: usize| format!("- [ ] a\n\n  ```sh\n{}  ```\n", format!("  {line}\n").repeat(n));
    assert!(findings(&lines("a # b", 100_000)).contains("error[too-many-steps]"));
    let book = runbook(&lines("a", 100_000));
    assert_eq!((book.boxes[0].steps.len(), book.boxes[0].steps[0].script.len()), (1, 200_000));
    for piece in [
        "$(",
        "`",
        "\"$(",
        "${",
        "( ",
        "{ ",
        "if ",
        "case x in a) ",
        "<(",
        "$((",
        "[[ ",
        "f() { ",
        "<<A ",
        "'\"",
        "a=( ",
        "sudo ",
        "ssh h ",
        "find -exec ",
    ] {
        let deep = runbook(&format!("- [ ] a\n\n```sh\n{}\n```\n", piece.repeat(50_000)));
        let steps: Vec<_> = deep.boxes.iter().flat_map(|b| &b.steps).collect();
        assert!(steps.len() <= 1, "{piece}");
    }
}
