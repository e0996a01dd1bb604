//! The mapping of the format without annotations, point by point.

use gonogo::runbook::parse;

use super::dump::{findings, runbook, text};

#[test]
fn point_1_the_title_is_the_front_matters_the_lone_headings_or_the_files() {
    let title = |text: &str| super::dump::runbook(text).title;
    assert_eq!(title("---\ntitle: A\nname: B\n---\n# C\n- [ ] x\n"), "A");
    assert_eq!(title("---\nname: B\nlabels: [x]\n---\n# C\n- [ ] x\n"), "B");
    assert_eq!(title("---\nname: B\ntitle: ''\n---\n# C\n- [ ] x\n"), "B");
    assert_eq!(title("---\nlayout: page\n---\n# C `d`\n- [ ] x\n"), "C d");
    assert_eq!(title("# C\n# D\n- [ ] x\n"), "test.md");
    assert_eq!(title("---\nnot closed\n# C\n- [ ] x\n"), "C");
    // Front matter stands at byte 0 or nowhere.
    assert_eq!(title("\n---\ntitle: A\n---\n\n- [ ] x\n"), "test.md");
}

#[test]
fn point_1_front_matter_that_is_not_ours_is_left_alone() {
    insta::assert_snapshot!(text("---\nabout: >\n  a\n  b\nassignees: ''\n---\n- [ ] x\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      [ ] "x" @7:1
    "##);
    insta::assert_snapshot!(text("---\na: [\n---\n- [ ] x\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      [ ] "x" @4:1
    warning[front-matter] 2:4 the front matter is not YAML: unclosed bracket '['
      help: it is ignored
    "##);
}

#[test]
fn point_2_phases_are_the_headings_below_a_lone_title() {
    insta::assert_snapshot!(text("\
# Release

Read this first.

- [ ] zero

## Pre-deploy

### QA

- [ ] a

## Deploy

Some words.

#### Deep

- [ ] b

Words between.

- [ ] c

Words at the end.

## Notes

Nothing to do.

## After

- [ ] d
"), @r##"
    title: Release
    phase "Release" Other @1:1
      " Read this first.
      [ ] "zero" @5:1
    phase "Pre-deploy" Pre gate @7:1
     h3 "QA" holds 1 @9:1
      [ ] "a" path=["QA"] @11:1
    phase "Deploy" During gate @13:1
      " Some words.
      " Words at the end.
     h4 "Deep" holds 2 @17:1
      [ ] "b" path=["Deep"] @19:1
      [ ] "c" path=["Deep"] @23:1
          " Words between.
    phase "Notes" Other @27:1
      " Nothing to do.
    phase "After" Post gate @31:1
      [ ] "d" @33:1
    "##);
}

#[test]
fn point_2_without_a_lone_title_the_shallowest_headings_are_the_phases() {
    insta::assert_snapshot!(text("# Before\n- [ ] a\n## Ops\n- [ ] b\n# During\n- [ ] c\n"), @r##"
    title: test.md
    phase "Before" Pre @1:1
      [ ] "a" @2:1
     h2 "Ops" holds 1 @3:1
      [ ] "b" path=["Ops"] @4:1
    phase "During" During gate @5:1
      [ ] "c" @6:1
    "##);
    insta::assert_snapshot!(text("### One\n- [ ] a\n#### Sub\n- [ ] b\n### Two\n- [ ] c\n"), @r##"
    title: test.md
    phase "One" Other @1:1
      [ ] "a" @2:1
     h4 "Sub" holds 1 @3:1
      [ ] "b" path=["Sub"] @4:1
    phase "Two" Other @5:1
      [ ] "c" @6:1
    "##);
    insta::assert_snapshot!(text("# Only\n- [ ] a\n"), @r##"
    title: Only
    phase "Only" Other @1:1
      [ ] "a" @2:1
    "##);
}

#[test]
fn point_2_without_headings_labels_are_the_phases() {
    insta::assert_snapshot!(text("Intro.\n\nPre:\n\n- [ ] a\n\n**Deploy**\n\n- [ ] b\n\nNot a label:\n\nwords\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " Intro.
    phase "Pre" Pre @3:1
      [ ] "a" @5:1
    phase "Deploy" During gate @7:1
      " Not a label:
      " words
      [ ] "b" @9:1
    "##);
    insta::assert_snapshot!(text("- [ ] a\n- [ ] b\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      [ ] "a" @1:1
      [ ] "b" @2:1
    "##);
}

#[test]
fn point_2_details_are_folded_sections() {
    insta::assert_snapshot!(text("\
# R

## Deploy

<details><summary>By <b>hand</b></summary>

- [ ] a

</details>

- [ ] b

<details>

- [ ] c

## After

- [ ] d
"), @r##"
    title: R
    phase "Deploy" During @3:1
     folded "By hand" holds 1 @5:1
      [ ] "a" path=["By hand"] @7:1
      [ ] "b" @11:1
     folded "Details" holds 1 @13:1
      [ ] "c" path=["Details"] @15:1
    phase "After" Post gate @17:1
      [ ] "d" @19:1
    "##);
}

#[test]
fn point_2_deeper_headings_and_folded_sections_are_sections() {
    insta::assert_snapshot!(text("\
# R

## Deploy

### First

- [ ] a

<details><summary>Other way</summary>

### Inside

- [ ] b

</details><details>
<summary>Third
way</summary>

- [ ] c
  <details>

  - [ ] d

#### Deep

- [ ] e

</details>

- [ ] f

### Empty

### Last <!-- a remark -->

- [ ] g
"), @r##"
    title: R
    phase "Deploy" During @3:1
     h3 "First" holds 6 @5:1
      [ ] "a" path=["First"] @7:1
     folded "Other way" holds 1 @9:1
      h3 "Inside" holds 1 @11:1
      [ ] "b" path=["First", "Other way", "Inside"] @13:1
     folded "Third way" holds 3 @15:1
      [ ] "c" path=["First", "Third way"] @19:1
      folded "Details" holds 1 @20:3
        [ ] "d" path=["First", "Third way", "Details"] @22:3
      h4 "Deep" holds 1 @24:1
      [ ] "e" path=["First", "Third way", "Deep"] @26:1
      [ ] "f" path=["First"] @30:1
     h3 "Last" holds 1 @34:1
      [ ] "g" path=["Last"] @36:1
    "##);
}

#[test]
fn point_3_boxes_are_task_items_wherever_they_stand() {
    insta::assert_snapshot!(text("\
- [ ] **bold** and `code`, [a link](x.md) and a line
  that goes on  
  after a break<br>here
  - [x] child
    1. [X] numbered grandchild
- A label
  - [ ] labelled
    - deeper label
      - [ ] labelled twice
- A plain bullet
  * with a note
- [ ]
> - [ ] quoted

1. one
2. two
"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " 1. one
      " 2. two
      [ ] "bold and code, a link and a line that goes on after a break here" links=["x.md"] @1:1
        [ ] "child" @4:3
          [ ] "numbered grandchild" @5:5
      [ ] "labelled" path=["A label"] @7:3
        [ ] "labelled twice" path=["A label", "deeper label"] @9:7
      [ ] "" @12:1
          " - A plain bullet
          " - with a note
      [ ] "quoted" @13:3
    "##);
}

#[test]
fn point_3_numbered_items_are_boxes_when_there_is_no_task_item() {
    insta::assert_snapshot!(text("\
# Guide

1. [Contents](#a)
2. [More](#b)
   1. [Even more](#c)

## Do it

1. Stop the service
   - a note
   1. first the web
   2. then the workers
2. Start it:
   ```sh
   service start
   ```

- a plain bullet
  1. numbered in a bullet
"), @r##"
    title: Guide
    phase "Guide" Other @1:1
      " 1. Contents
      " 2. More
      " 1. Even more
    phase "Do it" Other @7:1
      ( ) "Stop the service" @9:1
          " - a note
        ( ) "first the web" @11:4
        ( ) "then the workers" @12:4
      ( ) "Start it:" @13:1
          step "Start it" Unstated strict @14:4
            | service start
      ( ) "numbered in a bullet" path=["a plain bullet"] @19:3
    "##);
}

#[test]
fn point_3_step_headings_are_boxes_when_there_is_no_task_item() {
    insta::assert_snapshot!(text("\
# Guide

## Step 1: Stop

Words.

```sh
service stop
```

### Why

Because.

## Step 2: Start

1. now
2. then

## Cleaning up

```sh
rm -r tmp
```
"), @r##"
    title: Guide
    phase "Steps" Other @3:1
      ( ) "Step 1: Stop" @3:1
          " Words.
          " Because.
          step "service stop" Unstated strict confirm=Type danger="`service stop` stops a service" @7:1
            | service stop
      ( ) "Step 2: Start" @15:1
        ( ) "now" @17:1
        ( ) "then" @18:1
    phase "Cleaning up" Other @20:1
      ( ) "Cleaning up" @22:1
          step "Cleaning up" Unstated strict confirm=Type danger="`rm -r` deletes whole directories for good" @22:1
            | rm -r tmp
    "##);
}

#[test]
fn point_3_a_list_that_describes_the_step_above_is_no_box() {
    insta::assert_snapshot!(text("```sh\n./deploy.sh\n```\n\nThe script does this:\n\n1. pull\n2. build\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      ( ) "./deploy.sh" @1:1
          step "./deploy.sh" Unstated strict @1:1
            | ./deploy.sh
    phase "The script does this" Other @5:1
      " 1. pull
      " 2. build
    "##);
}

#[test]
fn point_3_bullets_are_boxes_where_nothing_else_is() {
    let codes = |text: &str| -> Vec<_> {
        let found = parse("x.md", text.as_bytes()).expect("a runbook").1;
        found.iter().map(|f| f.code).collect()
    };
    let only = "# R\n\n## Pre\n\n- a\n  - b\n- c\n\n## Post\n\n* d\n";
    let book = runbook(only);
    let seen: Vec<_> = book.boxes.iter().map(|b| (b.text.as_str(), b.depth, b.phase, b.derived)).collect();
    assert_eq!(seen, [("a", 0, 0, true), ("b", 1, 0, true), ("c", 0, 0, true), ("d", 0, 1, true)]);
    assert_eq!(
        findings(only).lines().next(),
        Some(
            "warning[bullets-as-boxes] 5:1 no check box, no number and no step stands in this file, so its \
             bullets are the boxes"
        )
    );
    // One of these, and bullets are notes again.
    for other in ["- [ ] x\n", "1. x\n", "```sh\nls\n```\n"] {
        let text = format!("{only}\n{other}");
        assert_eq!(runbook(&text).boxes.len(), 1, "{other}");
        assert_eq!(codes(&text), [""; 0], "{other}");
    }
    // Whoever asks for it is not warned.
    let asked = format!("---\ngonogo: {{boxes: all}}\n---\n{only}");
    assert_eq!((runbook(&asked).boxes.len(), codes(&asked)), (4, vec![]));
}

#[test]
fn point_4_equal_texts_differ_by_where_they_stand_and_then_by_ordinal() {
    let ids = |text: &str| super::dump::runbook(text).boxes.into_iter().map(|b| b.id.0).collect::<Vec<_>>();
    // Golden: ids stand in logs, so they must never change.
    insta::assert_debug_snapshot!(ids("# T\n\n## Pre\n\n- [ ] a\n- [ ] a\n- x\n  - [ ] a\n- [ ] b\n  - [ ] a\n\n## Post\n\n- [ ] a\n\n### S\n\n- [ ] a\n"), @r##"
    [
        "b-0df7cfba3c",
        "b-6406015f35",
        "b-867c4a040c",
        "b-1f91c400ad",
        "b-dacc5c8c6b",
        "b-434006e696",
        "b-29692beaa6",
    ]
    "##);
    assert_eq!(ids("- [ ] one <!-- gonogo: id=given -->\n"), ["given"]);
    assert_eq!(ids("## A\n- [ ] x\n"), ids("words\n\n## A\n\n- [x] **x**\n"));
    assert_ne!(ids("## A\n- [ ] x\n"), ids("## B\n- [ ] x\n"));
}

#[test]
fn point_5_shell_blocks_are_steps_and_others_are_material() {
    insta::assert_snapshot!(text("\
# R

Build it:

```sh
make
make install
```

```bash
# Check the disk
df -h
```

- Restart
  ```shell
  service restart
  ```

  Then look:

  ```zsh
  service status
  ```
- Read
  ```sql
  select 1;
  ```

## Sessions

```console
deploy@web1:~$ git \\
> pull
Already up to date.
# not a prompt
$ cat <<EOF
x
EOF
out
```

```
$ uptime
 up 3 days
```

    $ indented
    out

```
no prompt
```

```shel
typo
```

```sh
# only a comment
```
"), @r#"
    title: R
    phase "R" Other @1:1
      " - Read
      "     select 1;
      ( ) "Build it" @5:1
          step "Build it" Unstated @5:1
            | make
            | make install
      ( ) "Check the disk" @10:1
          step "Check the disk" Unstated strict @10:1
            | # Check the disk
            | df -h
      ( ) "Restart" @16:3
          step "Restart" Unstated strict @16:3
            | service restart
      ( ) "Then look" @22:3
          step "Then look" Unstated strict @22:3
            | service status
    phase "Sessions" Other @30:1
      "     # only a comment
      ( ) "git pull" @33:1
          "     Already up to date.
          step "git pull" Unstated strict @33:1
            | git \
            | pull
      ( ) "not a prompt" @36:1
          "     out
          step "not a prompt" Unstated strict @36:1
            | # not a prompt
            | cat <<EOF
            | x
            | EOF
      ( ) "Sessions" @43:1
          "      up 3 days
          step "Sessions" Unstated strict @43:1
            | uptime
      ( ) "indented" @48:5
          "     out
          step "indented" Unstated strict @48:5
            | indented
      ( ) "typo" @55:1
          "     no prompt
          step "typo" Unstated strict by hand="`shel` is no language that runs; did the author mean `shell`?" @55:1
            | typo
    warning[misspelt-language] 55:4 `shel` is no language that runs; this block is shown and not run
      help: did you mean `shell`?
    "#);
}

#[test]
fn point_5_a_step_in_a_box_belongs_to_it() {
    insta::assert_snapshot!(text("\
- [ ] Deploy
  - note
    ```sh
    one
    ```
  - [ ] child
    ```sh
    # second
    two $HOME
    ```

    > ```sh
    > three
    > ```
"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      [ ] "Deploy" @1:1
          " - note
          step "one" Unstated strict @3:5
            | one
        [ ] "child" @6:3
            step "second" Unstated strict @7:5
              | # second
              | two $HOME
            step "three" Unstated strict @12:7
              | three
    "##);
}

#[test]
fn point_1_a_heading_that_comes_later_is_no_title() {
    insta::assert_snapshot!(text("## Before\n\n- [ ] a\n\n# restart it\n\n- [ ] b\n\n## After\n\n- [ ] c\n"), @r##"
    title: test.md
    phase "Before" Pre @1:1
      [ ] "a" @3:1
    phase "restart it" Other @5:1
      [ ] "b" @7:1
    phase "After" Post gate @9:1
      [ ] "c" @11:1
    "##);
}

#[test]
fn point_2_labels_are_the_phases_below_a_title_too() {
    insta::assert_snapshot!(text("# Release\n\n**Before**\n\n- [ ] a\n\nAfter:\n\n- [ ] b\n"), @r##"
    title: Release
    phase "Before" Pre @3:1
      [ ] "a" @5:1
    phase "After" Post gate @7:1
      [ ] "b" @9:1
    "##);
}

#[test]
fn point_2_a_gate_stands_only_before_phases_that_are_named_so() {
    insta::assert_snapshot!(text("\
# R

## Prepare

- [ ] a

## Build

- [ ] b

## Deploy

- [ ] c

## Post-mortem

- [ ] d

## T+1 day: after the release

- [ ] e
"), @r##"
    title: R
    phase "Prepare" Pre @3:1
      [ ] "a" @5:1
    phase "Build" Other @7:1
      [ ] "b" @9:1
    phase "Deploy" During gate @11:1
      [ ] "c" @13:1
    phase "Post-mortem" Other @15:1
      [ ] "d" @17:1
    phase "T+1 day: after the release" Post gate @19:1
      [ ] "e" @21:1
    "##);
}

#[test]
fn point_3_a_placeholder_in_angle_brackets_is_text() {
    insta::assert_snapshot!(text("\
- [ ] Tag <version> with <kbd>Enter</kbd>, <RELEASE>,<br/>and </tenant>

<previous-tag>

<p>Words of <product> and <b>more</b> <img src=\"x\"> a < b
"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " <previous-tag>
      " Words of <product> and more  a < b
      [ ] "Tag <version> with Enter, <RELEASE>, and </tenant>" @1:1
    blank VERSION "<version>" text offered on [1]
    blank RELEASE "<RELEASE>" text offered on [1]
    "##);
}

#[test]
fn point_4_moving_a_box_within_its_section_changes_no_id() {
    let ids = |text: &str| {
        let mut ids: Vec<_> =
            super::dump::runbook(text).boxes.into_iter().map(|b| (b.text, b.id.0)).collect();
        ids.sort();
        ids
    };
    let before = "# R\n\n## Pre\n\n### S\n\n- [ ] a\n- [ ] b\n  - [ ] c\n- x\n  - [ ] d\n";
    let after = "# R 2\n\nwords\n\n## Pre\n\nmore\n\n### S\n\n- x\n  - [x] d\n- [ ] b\n\n  prose\n  - [ ] c\n- [X] *a*\n";
    assert_eq!(ids(before), ids(after));
    // Under another heading, label or parent it is another box.
    for other in
        [before.replace("### S", "### T"), before.replace("- x", "- y"), before.replace("] b", "] e")]
    {
        assert_ne!(ids(before), ids(&other), "{other}");
    }
}

#[test]
fn point_11_words_suggest_and_enforce_nothing() {
    insta::assert_snapshot!(text("\
# R

- [ ] Check the graph (or wait 30 minutes)
- [ ] Delete the old data: the point of no return
- [ ] Snapshot ID:
- [ ] Who is on call: ____
- [ ] Build number <!-- Paste the number of the build -->
- [ ] Log:

  <!-- paste it here -->
- [ ] Then do this:
  - [ ] and that
- [ ] Announce it (optional)
- [ ] If migrations ran, restore
  - [ ] the snapshot
- FINAL only:
  - [ ] publish

## Optional: the press

- [ ] tell them

  Wait 2 hours before you do.

## Change

> [!CAUTION]
> Data goes.

- [ ] drop it
- [ ] look
- [ ] drop more
  > [!CAUTION]
  > Really.
- [ ] read
  > \\[!CAUTION] an escaped one

> [!CAUTION]
> Nothing follows.

## After

- [ ] done
"), @r##"
    title: R
    phase "R" Other @1:1
      [ ] "Check the graph (or wait 30 minutes)" hints(wait 30m) @3:1
      [ ] "Delete the old data: the point of no return" hints(confirm) @4:1
      [ ] "Snapshot ID:" hints(value "Snapshot ID") @5:1
      [ ] "Who is on call: ____" hints(value "Who is on call") @6:1
      [ ] "Build number" hints(value "the number of the build") @7:1
      [ ] "Log:" hints(value "Log") @8:1
      [ ] "Then do this:" @11:1
        [ ] "and that" @12:3
      [ ] "Announce it (optional)" hints(optional "optional") @13:1
      [ ] "If migrations ran, restore" hints(optional "If migrations ran") @14:1
        [ ] "the snapshot" hints(optional "If migrations ran") @15:3
      [ ] "publish" path=["FINAL only:"] hints(optional "FINAL only") @17:3
    phase "Optional: the press" Other @19:1
      [ ] "tell them" hints(wait 2h, optional "Optional") @21:1
          " Wait 2 hours before you do.
    phase "Change" During gate @25:1
      " Caution:
      " Data goes.
      " Caution:
      " Nothing follows.
      [ ] "drop it" hints(confirm) @30:1
      [ ] "look" @31:1
      [ ] "drop more" hints(confirm) @32:1
          " Caution:
          " Really.
      [ ] "read" @35:1
          " [!CAUTION] an escaped one
    phase "After" Post gate @41:1
      [ ] "done" @43:1
    "##);
    let book = super::dump::runbook("- [ ] wait 30 minutes, the point of no return (optional)\n");
    let item = &book.boxes[0];
    assert!(item.wait.is_none() && item.value.is_none() && !item.optional && !item.irreversible);
}

#[test]
fn point_13_template_tags_are_text_and_html_is_not_run() {
    insta::assert_snapshot!(text("\
# <%= name %> {{ page.title }}

{% if production %}

- [ ] <%= manager %> said go {{ site.url }}
- [ ] {{< ref \"a.md\" >}} and {{% note %}} <% if x %>now<% end %>

{% endif %}

<script>alert('x')</script>
<div onclick=\"x\">Words</div>

- [ ] <a href=\"javascript:x\">a</a> <img src=x onerror=y> b
- [ ] see [the rest](rest%20of%20it.md#part), [a site](https://example.net/x.md), [a file](x.txt) and [more](../more.md)
"), @r##"
    title: <%= name %> {{ page.title }}
    phase "<%= name %> {{ page.title }}" Other @1:1
      " {% if production %}
      [ ] "<%= manager %> said go {{ site.url }}" @5:1
      [ ] "{{< ref \"a.md\" >}} and {{% note %}} <% if x %>now<% end %>" @6:1
      [ ] "a b" @13:1
          " {% endif %}
          " alert('x')
          " Words
      [ ] "see the rest, a site, a file and more" links=["rest of it.md", "../more.md"] @14:1
    blank MANAGER "<%= manager %>" text offered on [5]
    blank SITE_URL "{{ site.url }}" text offered on [5]
    "##);
}

#[test]
fn point_14_folded_sections_have_a_limit_too() {
    let nested = |depth: usize| format!("{}- [ ] a\n", "<details>\n\n".repeat(depth));
    assert_eq!(super::dump::runbook(&nested(32)).sections.len(), 32);
    insta::assert_snapshot!(super::dump::findings(&nested(5_000)), @r##"error[too-deep] 65:1 folded sections are nested deeper than 32 here"##);
}

#[test]
fn point_3_the_front_matter_says_which_items_are_boxes() {
    let with = |boxes: &str| {
        text(&format!(
            "---\ngonogo:\n  boxes: {boxes}\n---\n- [Contents](#a)\n\n## A\n\n- [ ] task\n  - bullet in it\n- bullet\n  1. number in it\n\n1. number\n\n## Step 1: look\n\nwords\n"
        ))
    };
    insta::assert_snapshot!(with("tasks"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " - Contents
    phase "A" Other @7:1
      " - bullet
      " 1. number in it
      " 1. number
      [ ] "task" @9:1
          " - bullet in it
    phase "Step 1: look" Other @16:1
      " words
    "##);
    insta::assert_snapshot!(with("numbered"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " - Contents
    phase "A" Other @7:1
      [ ] "task" @9:1
          " - bullet in it
      ( ) "number in it" path=["bullet"] @12:3
      ( ) "number" @14:1
    phase "Steps" Other @16:1
      ( ) "Step 1: look" @16:1
          " words
    "##);
    insta::assert_snapshot!(with("all"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " - Contents
    phase "A" Other @7:1
      [ ] "task" @9:1
        ( ) "bullet in it" @10:3
      ( ) "bullet" @11:1
        ( ) "number in it" @12:3
      ( ) "number" @14:1
    phase "Steps" Other @16:1
      ( ) "Step 1: look" @16:1
          " words
    "##);
}

#[test]
fn point_3_a_block_that_is_not_indented_enough_belongs_to_the_item_above() {
    insta::assert_snapshot!(text("\
# R

1. Stop it

```sh
service stop
```

2. Start it

```sh
service start
```

```sh
service status
```

## Always one

1. One

```sh
one
```

1. Two

## Adjacent

1. Three
2. Four
```sh
four
```

## Not so

1. Five
2. Six

```sh
seven
```
"), @r##"
    title: R
    phase "R" Other @1:1
      ( ) "Stop it" @3:1
          step "service stop" Unstated strict confirm=Type danger="`service stop` stops a service" @5:1
            | service stop
      ( ) "Start it" @9:1
          step "service start" Unstated strict @11:1
            | service start
          step "service status" Unstated strict @15:1
            | service status
    phase "Always one" Other @19:1
      ( ) "One" @21:1
          step "one" Unstated strict @23:1
            | one
      ( ) "Two" @27:1
    phase "Adjacent" Other @29:1
      ( ) "Three" @31:1
      ( ) "Four" @32:1
          step "four" Unstated strict @33:1
            | four
    phase "Not so" Other @37:1
      ( ) "Five" @39:1
      ( ) "Six" @40:1
      ( ) "Not so" @42:1
          step "Not so" Unstated strict @42:1
            | seven
    "##);
    insta::assert_snapshot!(text("- [ ] a\n- [ ] b\n```sh\nb\n```\n- [ ] c:\n\n```sh\nc\n```\n\n- [ ] d\n\n```sh\ne\n```\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      [ ] "a" @1:1
      [ ] "b" @2:1
          step "b" Unstated strict @3:1
            | b
      [ ] "c:" @6:1
          step "c" Unstated strict @8:1
            | c
      [ ] "d" @12:1
      ( ) "e" @14:1
          step "e" Unstated strict @14:1
            | e
    "##);
}

#[test]
fn point_3_a_list_after_a_step_that_is_to_be_done_holds_boxes() {
    insta::assert_snapshot!(text("```sh\n./deploy.sh\n```\n\nThe vote is open.\n\n1. count\n2. send\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      ( ) "./deploy.sh" @1:1
          step "./deploy.sh" Unstated strict @1:1
            | ./deploy.sh
      ( ) "count" @7:1
          " The vote is open.
      ( ) "send" @8:1
    "##);
    insta::assert_snapshot!(text("```sh\n./deploy.sh\n```\n\n1. Pulls the code\n2. Builds it\n"), @r##"
    title: test.md
    phase "test.md" Other @1:1
      " 1. Pulls the code
      " 2. Builds it
      ( ) "./deploy.sh" @1:1
          step "./deploy.sh" Unstated strict @1:1
            | ./deploy.sh
    "##);
}
