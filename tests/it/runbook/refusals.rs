//! Point 12: what is refused as a script, and characters that hide.

use super::dump::{findings, text};

#[test]
fn refused_blocks_are_shown_and_not_run() {
    insta::assert_snapshot!(text("\
# R

- [ ] By hand

  ```sh
  ssh deploy@web1
  uptime
  ```

Then:

```sh
echo “quoted”
```

```sh
echo 'open
```

```sh
echo zero\u{200b}width
```

```sh
sudo su - postgres
psql
- [ ] swallowed
"), @r##"
    title: R
    phase "R" Other @1:1
      [ ] "By hand" @3:1
          step "ssh deploy@web1" Unstated by hand="`ssh deploy@web1` enters another shell or program, and lines follow that it would not get" @5:3
            | ssh deploy@web1
            | uptime
      ( ) "Then" @12:1
          step "Then" Unstated strict by hand="`“` is a typographic quotation mark, which quotes nothing in a shell" @12:1
            | echo “quoted”
      ( ) "echo 'open" @16:1
          step "echo 'open" Unstated strict by hand="a quote, a here-document or a construct such as `if` is still open at the end" @16:1
            | echo 'open
      ( ) "echo zero\u{200b}width" @20:1
          step "echo zero\u{200b}width" Unstated strict by hand="it holds an invisible character U+200B: what is shown would not be what runs" @20:1
            | echo zero⟨U+200B⟩width
      ( ) "sudo su - postgres" @24:1
          step "sudo su - postgres" Unstated by hand="the fence is never closed, so everything after it would be part of the script" @24:1
            | sudo su - postgres
            | psql
            | - [ ] swallowed
    warning[enters-shell] 6:3 `ssh deploy@web1` enters another shell or program, and lines follow that it would not get
      help: it is shown for you to run by hand; mend it to make it a step
    warning[typographic-quote] 13:1 `“` is a typographic quotation mark, which quotes nothing in a shell
      help: it is shown for you to run by hand; mend it to make it a step
    warning[unbalanced-quotes] 17:1 a quote, a here-document or a construct such as `if` is still open at the end
      help: it is shown for you to run by hand; mend it to make it a step
    warning[invisible-character] 21:10 it holds an invisible character U+200B: what is shown would not be what runs
      help: it is shown for you to run by hand; mend it to make it a step
    warning[hidden-character] 21:10 invisible character U+200B
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    warning[unclosed-fence] 24:1 the fence is never closed, so everything after it would be part of the script
      help: it is shown for you to run by hand; mend it to make it a step
    "##);
}

#[test]
fn on_annotated_blocks_certain_refusals_are_errors_and_guesses_warnings() {
    insta::assert_snapshot!(findings("```sh on=web\nssh x\nls\n```\n\n```sh on=web\nls \u{200b}\n```\n\n```sh on=web\nls\n"), @r##"
    warning[enters-shell] 2:1 `ssh x` enters another shell or program, and lines follow that it would not get
      help: split it, or make sure that it is meant so
    error[invisible-character] 7:4 it holds an invisible character U+200B: what is shown would not be what runs
    warning[hidden-character] 7:4 invisible character U+200B
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    error[unclosed-fence] 10:1 the fence is never closed, so everything after it would be part of the script
    "##);
}

#[test]
fn characters_that_reorder_or_control_are_errors_in_code_and_warnings_in_prose() {
    insta::assert_snapshot!(findings("- [ ] a \u{202e}b\n\n```sh\nls # \u{202e}x\n```\n\n```sh\necho \u{1b}[31m\n```\n"), @r##"
    warning[hidden-character] 1:9 bidirectional control U+202E, and 1 more of its kind
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    warning[hidden-character] 4:6 it holds a bidirectional control U+202E: what is shown would not be what runs
      help: it is shown for you to run by hand; mend it to make it a step
    warning[hidden-character] 8:6 it holds a control character U+001B: what is shown would not be what runs
      help: it is shown for you to run by hand; mend it to make it a step
    warning[hidden-character] 8:6 control character U+001B
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    "##);
    insta::assert_snapshot!(findings("- [ ] a \u{2067}b\u{2069} \u{7}\n"), @r##"
    warning[hidden-character] 1:9 bidirectional control U+2067, and 1 more of its kind
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    warning[hidden-character] 1:13 control character U+0007
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    "##);
    // Joiners in words and emoji are ordinary text.
    assert_eq!(findings("- [ ] می\u{200c}خواهم ⚠\u{fe0f}\n"), "");
}

#[test]
fn annotations_on_what_does_not_run_are_errors() {
    insta::assert_snapshot!(findings("- [ ] a\n\n```yaml on=web\na: b\n```\n\n```bahs capture=X\nls\n```\n\n```sh {on=web}\nls\n```\n"), @r##"
    error[ignored-annotation] 3:8 annotations on a `yaml` block have no effect: it does not run
      help: name the block `sh` or `bash` if it is a step
    warning[misspelt-language] 7:4 `bahs` is no language that runs; this block is shown and not run
      help: did you mean `bash`?
    error[ignored-annotation] 7:8 annotations on a `bahs` block have no effect: it does not run
      help: name the block `sh` or `bash` if it is a step
    error[malformed-annotation] 11:6 annotations in braces are not read
      help: write them bare after the language: ```sh on=web
    "##);
    // What other tools write is left alone.
    assert_eq!(
        findings(
            "- [ ] a\n\n```yaml title=x name=y\na: b\n```\n\n```sh {.numberLines}\nls\n```\n\n```rust,ignore\nx\n```\n"
        ),
        ""
    );
}
