//! Point 5: which blocks are steps, and what of a session runs.

use super::super::dump::{runbook, text};

/// The scripts of all steps of `markdown` that run, and of those by hand behind `!`.
fn scripts(markdown: &str) -> Vec<String> {
    let book = runbook(&format!("- [ ] a\n\nWords.\n\n{markdown}"));
    let steps = book.boxes.into_iter().flat_map(|b| b.steps);
    steps.map(|s| format!("{}{}", if s.by_hand.is_some() { "!" } else { "" }, s.script.trim_end())).collect()
}

#[test]
fn point_5_every_name_of_a_shell_is_one() {
    for word in ["sh", "bash", "shell", "zsh", "console", "shell-session", "terminal", "Bash", "SH"] {
        assert_eq!(scripts(&format!("```{word}\nls\n```\n")), ["ls"], "{word}");
    }
    for word in ["sql", "yaml", "text", "json", "python", "env", "ini", "diff", "fish"] {
        assert!(scripts(&format!("```{word}\nls\n```\n")).is_empty(), "{word}");
    }
    for word in ["shel", "bahs", "consle"] {
        assert_eq!(scripts(&format!("```{word}\nls\n```\n")), ["!ls"], "{word}");
    }
}

#[test]
fn point_5_unlabelled_and_indented_blocks_that_begin_with_a_command_are_steps() {
    for block in [
        "git pull",
        "cd /srv/app && ./deploy.sh",
        "sudo systemctl restart nginx\nsudo nginx -t",
        "# Pull\ngit pull",
        "APP=1 npm ci",
        "./deploy.sh --fast",
        "make install",
    ] {
        let indented: String = block.lines().map(|line| format!("    {line}\n")).collect();
        assert_eq!(scripts(&format!("```\n{block}\n```\n")), [block], "{block}");
        assert_eq!(scripts(&indented), [block], "{block}");
    }
    for block in [
        "make sure that it is up",
        "app/\n├── bin",
        "APP_ENV=production",
        "* * * * * cd /srv && ls",
        "npm run build\n> app@1 build\nDone.",
        "git is what we use.\nIt's fine",
        "1. git pull",
        "error: no such file",
        "root\nls",
        "GET /health",
    ] {
        let indented: String = block.lines().map(|line| format!("    {line}\n")).collect();
        assert!(scripts(&format!("```\n{block}\n```\n")).is_empty(), "{block}");
        assert!(scripts(&indented).is_empty(), "{block}");
    }
}

#[test]
fn point_5_of_a_session_only_what_was_typed_runs() {
    insta::assert_snapshot!(text("\
- [ ] Pull

  ```console
  deploy@web1:~/app$ git \\
  > pull
  Already up to date.
  [deploy@web1 app]$ cat > f <<EOF
  > $ not a prompt
  > EOF
  $ ls
  f
  ```

```
$ uptime
 up 3 days
```

    $ df -h
    Filesystem
"), @r##"
title: test.md
phase "test.md" Other @1:1
  [ ] "Pull" @1:1
      "     Already up to date.
      "     f
      step "git pull" Unstated @3:3
        | git \
        | pull
        | cat > f <<EOF
        | $ not a prompt
        | EOF
        | ls
  ( ) "uptime" @14:1
      "      up 3 days
      step "uptime" Unstated strict @14:1
        | uptime
  ( ) "df -h" @19:5
      "     Filesystem
      step "df -h" Unstated strict @19:5
        | df -h
"##);
}
