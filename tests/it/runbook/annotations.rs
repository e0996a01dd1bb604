//! Annotations: what is understood, and every way to get one wrong.

use super::dump::{findings, text};

#[test]
fn every_key_of_today_is_understood() {
    insta::assert_snapshot!(text("\
---
gonogo:
  vars: {A: , B: x, C: {match: '^\\d$', default: 7}}
  hosts: {web: [u@a.example.net, u@b.example.net], db: u@c.example.net:2222}
  environments: envs.yaml
  rollback: '#going-back'
---
# R

## Pre

- [ ] one <!-- gonogo: id=one value=V match='^x y$' required wait=1h30m due=48h if='A=a b' -->
- [ ] two [link](other.md)
  <!-- gonogo: runbook if=B -->
- [ ] three

  ```sh name=s on=web once capture=W match=\"(\\d+)\" expect=ok confirm needs=one,three-s check if=ENV=production
  echo $A ${V} $W
  ```

```sh name=three-s confirm=press
ls
```

## Going back

- [ ] back
"), @r##"
    title: R
    var A None None
    var B None Some("x")
    var C Some("^\\d$") Some("7")
    role web: u@a.example.net u@b.example.net
    role db: u@c.example.net:2222
    environments: envs.yaml
    rollback: #going-back
    phase "Pre" Pre @10:1
      [ ] "one" id=one value=V Some("^x y$") wait=1h30m due=48h required if=ASome("a b") @12:1
      [ ] "two link" runbook=other.md if=BNone links=["other.md"] @13:1
      [ ] "three" @15:1
          step "s" id=s First("web") strict check confirm=Press needs=["one", "three-s"] capture=W Some("(\\d+)") expect="ok" if=ENVSome("production") uses=["A", "V", "W"] @17:3
            | echo $A ${V} $W
      ( ) "Pre" id=three-s @21:1
          step "three-s" id=three-s Unstated strict confirm=Press @21:1
            | ls
    phase "Going back" Other rollback @25:1
      [ ] "back" @27:1
    "##);
}

#[test]
fn the_wrong_keys_are_errors() {
    insta::assert_snapshot!(findings("\
- [ ] a <!-- gonogo: role=qa optionel requried value=V -->
- [ ] b <!-- gonogo: id=x id=y wait due=soon if='a b' required=yes -->
- [ ] c <!-- gonogo: on=web match=x -->

```sh tiemout=3 timeout=3 batch=2 sudo on=local
ls
```

```sh once confirm=twice match=( capture=1X needs= name='a b' on='x y' check=1
ls
```

```sh expect='open
ls
```
"), @r##"
    error[nobody] 1:22 nobody has the role `qa`
      help: say in the front matter who that is: `roles: {qa: [NAME]}`
    error[unknown-key] 1:30 unknown key `optionel` on a box
      help: did you mean `optional`?
    error[unknown-key] 1:39 unknown key `requried` on a box
      help: did you mean `required`?
    error[duplicate-key] 2:27 `id` stands here twice
    error[missing-value] 2:32 `wait` needs a value: `wait=…`
    error[bad-duration] 2:37 `soon` is not a time
      help: write it like `30m`, `48h` or `1h30m`
    error[bad-condition] 2:46 `a b` is not a condition
      help: write `if=NAME` or `if=NAME=value`
    error[unexpected-value] 2:55 `required` is a flag and takes no value
    error[unknown-key] 3:22 `on` means nothing on a box
      help: it belongs on a code block
    error[incomplete] 3:29 `match` means something only together with `value=`
    error[unknown-key] 5:7 unknown key `tiemout` on a code block
      help: did you mean `timeout`?
    error[bad-duration] 5:17 `3` is not a time
      help: write it like `30m`, `48h` or `1h30m`
    error[bad-confirm] 9:12 `twice` is no kind of confirmation
      help: write `confirm` (one press) or `confirm=type` (the environment's name)
    error[bad-pattern] 9:26 `match` is not a regular expression: unclosed group
    error[bad-variable] 9:34 `1X` is not a variable name: a letter or `_`, then letters, digits, `_`, at most 64
    error[missing-value] 9:45 the value of `needs` is empty
    error[bad-name] 9:52 `a b` is not a name: a letter or digit, then letters, digits, `.`, `_`, `-`, at most 64
    error[bad-name] 9:63 `x y` is not a name: a letter or digit, then letters, digits, `.`, `_`, `-`, at most 64
    error[unexpected-value] 9:72 `check` is a flag and takes no value
    error[malformed-annotation] 13:7 the quote is never closed
    "##);
}

#[test]
fn names_and_references_are_resolved() {
    insta::assert_snapshot!(findings("\
---
gonogo:
  vars: {VERSION: }
---
- [ ] a <!-- gonogo: id=snapshot -->
- [ ] b <!-- gonogo: id=snapshot -->
- [ ] c <!-- gonogo: id=b-0123456789 value=VERSION if=VERSON -->

  ```sh name=snapshot needs=snapshoot capture=TAG if=NOTHING
  ls
  ```
- [ ] d <!-- gonogo: id=d value=TAG -->

  ```sh needs=d
  ls
  ```
- [ ] e <!-- gonogo: runbook -->
- [ ] f [x](https://example.net/x.md) [y](a.md) [z](b.md) <!-- gonogo: runbook value=HOST -->
"), @r##"
    error[duplicate-name] 6:22 `snapshot` names something on line 5 already
    error[bad-name] 7:22 `b-0123456789` looks like an id that gonogo makes itself
    error[variable-conflict] 7:38 `VERSION` is the value of a box here and declared in the front matter on line 3
      help: give one of them another name
    error[undeclared-variable] 7:52 `if` asks for `VERSON`, which nothing sets
      help: did you mean `VERSION`?
    error[duplicate-name] 9:9 `snapshot` names something on line 5 already
    error[unknown-box] 9:23 `needs` names `snapshoot`, and no box or step is called that
      help: did you mean `snapshot`?
    error[undeclared-variable] 9:51 `if` asks for `NOTHING`, which nothing sets
      help: declare it in the front matter (`vars: {NOTHING: }`), capture it, or take it as a value
    error[variable-conflict] 12:27 `TAG` is the value of a box here and captured by a step on line 9
      help: give one of them another name
    error[circular-needs] 14:9 this step can never run: it needs a box that waits, directly or through others, for this one
    error[bad-runbook-link] 17:22 `runbook` needs a link to a runbook in the box: a relative path that ends in `.md`
    error[bad-runbook-link] 18:72 `runbook` needs one link to a runbook in the box, and there are several
    error[bad-variable] 18:80 `HOST` is set by gonogo or the shell and cannot be declared
    "##);
}

#[test]
fn circles_of_needs_are_found() {
    insta::assert_snapshot!(findings("\
- [ ] a <!-- gonogo: id=a -->
  ```sh needs=b
  ls
  ```
- [ ] b <!-- gonogo: id=b -->
  - [ ] c
    ```sh needs=a
    ls
    ```
- [ ] d <!-- gonogo: id=d -->
  ```sh needs=a
  ls
  ```
"), @r##"error[circular-needs] 2:9 this step can never run: it needs a box that waits, directly or through others, for this one"##);
}

#[test]
fn annotations_must_stand_where_they_act() {
    insta::assert_snapshot!(findings("\
# R <!-- gonogo: rollback -->

<!-- gonogo: required -->

Words <!-- gonogo: id=x -->

## Pre <!-- gonogo: go=qa -->

### Section <!-- gonogo: rollback -->

- plain <!-- gonogo: id=y -->
- [ ] a <!-- Gonogo: id=z -->
- [ ] b <!-- gonogo id=z -->
- [ ] c <!-- gonogo is fine -->

| a |
|---|
| x <!-- gonogo: id=t --> |
"), @r##"
    error[misplaced-annotation] 1:5 an annotation has no effect on this heading: it is the title, not a phase or section
    error[misplaced-annotation] 3:1 this annotation is attached to nothing
      help: put it at the end of the box or phase heading it belongs to
    error[misplaced-annotation] 5:7 this annotation is attached to nothing
      help: put it at the end of the box or phase heading it belongs to
    error[nobody] 7:21 nobody has the role `qa`
      help: say in the front matter who that is: `roles: {qa: [NAME]}`
    error[misplaced-annotation] 7:21 no gate stands before this phase, so nobody can vote there: nothing is walked before it
    error[misplaced-annotation] 9:26 only a whole phase can be the rollback
      help: put it on the heading of a phase, or name the rollback in the front matter
    error[misplaced-annotation] 11:9 this annotation is attached to nothing
      help: put it at the end of the box or phase heading it belongs to
    error[malformed-annotation] 12:9 this comment is not read as an annotation
      help: write `<!-- gonogo: … -->`, in lower case and with the colon
    error[malformed-annotation] 13:9 this comment is not read as an annotation
      help: write `<!-- gonogo: … -->`, in lower case and with the colon
    error[misplaced-annotation] 18:5 this annotation is attached to nothing
      help: put it at the end of the box or phase heading it belongs to
    "##);
    // In code and inside other comments they are text.
    assert_eq!(findings("- [ ] a `<!-- gonogo: x -->`\n\n```html\n<!-- gonogo: x -->\n```\n"), "");
}

#[test]
fn front_matter_mistakes_have_their_places() {
    insta::assert_snapshot!(findings("\
---
title: R
gonogo:
  vars:
    HOST: x
    A-B: y
    C: {match: '(', secret: true, defualt: 3}
    D: {match: '^a$', default: b}
    E: [1]
    F: \"x\\e[0m\"
  hosts:
    web: ['@w', u@h, u@h, web1]
    'a b': u@h
    empty: []
  roles: {qa: []}
  envrionments: x
  environments: https://example.net/e.yaml
  rollback: '#nowhere'
---
- [ ] a
"), @r##"
    error[bad-variable] 5:5 `HOST` is set by gonogo or the shell and cannot be declared
    error[bad-variable] 6:5 `A-B` is not a variable name: a letter or `_`, then letters, digits, `_`, at most 64
    error[incomplete] 7:8 a secret needs `from`: where its value comes from
      help: write `from: env`, `from: prompt` or `from: command`
    error[bad-pattern] 7:16 `match` is not a regular expression: unclosed group
    error[unknown-key] 7:35 unknown key `defualt`
      help: did you mean `default`?
    error[bad-default] 8:8 the default of `D` does not match its own pattern
    error[wrong-type] 9:8 a variable must be a map (`key: value`)
    error[hidden-character] 10:8 control character U+001B in a value
    error[bad-host] 12:11 `` is not a user name
    error[duplicate-host] 12:22 `u@h` stands in role `web` twice
    error[bad-name] 13:5 `a b` is not a name: a letter or digit, then letters, digits, `.`, `_`, `-`, at most 64
    error[no-hosts] 14:5 role `empty` has no hosts
    error[bad-principal] 15:11 nobody has the role `qa`
    error[unknown-key] 16:3 unknown key `envrionments`
      help: did you mean `environments`?
    error[bad-path] 17:17 `environments` must be a path relative to this file, not `https://example.net/e.yaml`
    error[unknown-heading] 18:13 `rollback` names `#nowhere`, and no phase has that heading
      help: name the heading of a phase, as in `#going-back`
    "##);
    insta::assert_snapshot!(findings("---\ngonogo:\n  vars: {A: ]\n---\n- [ ] a\n"), @r##"error[front-matter] 3:9 the front matter is not YAML: mismatched bracket '{' closed by ']'"##);
    insta::assert_snapshot!(findings("---\ngonogo: [x]\n---\n- [ ] a\n"), @r##"error[wrong-type] 2:9 `gonogo` must be a map (`key: value`)"##);
    insta::assert_snapshot!(findings("---\ngonoggo: {vars: {A: }}\n---\n- [ ] a\n"), @r##"
    error[unknown-key] 2:1 the front matter's `gonoggo` is not read
      help: did you mean `gonogo`?
    "##);
}

#[test]
fn a_finding_is_shown_with_its_line() {
    let source = "# R\n\n- [ ] a\n\n  ```sh on=web captrue=TAG\n  git describe\n  ```\n";
    let found = gonogo::runbook::parse("release.md", source.as_bytes()).expect_err("a key is wrong");
    insta::assert_snapshot!(gonogo::diag::render("release.md", source, &found, gonogo::diag::Look::Plain), @r##"
    error[unknown-key]: unknown key `captrue` on a code block
     --> release.md:5:16
      |
    5 |   ```sh on=web captrue=TAG
      |                ^^^^^^^
      |
      = help: did you mean `capture`?
    "##);
    let record = serde_json::to_string(&found[0].record("release.md")).expect("it is data");
    insta::assert_snapshot!(record, @r##"{"severity":"error","code":"unknown-key","file":"release.md","line":5,"column":16,"bytes":[29,36],"message":"unknown key `captrue` on a code block","help":"did you mean `capture`?"}"##);
}
