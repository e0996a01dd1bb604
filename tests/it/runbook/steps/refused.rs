//! Point 12: what is refused as a script stays a step that a person runs by hand.

use super::super::dump::{findings, runbook};
use super::step;

#[test]
fn point_12_refused_blocks_are_steps_by_hand_with_the_reason() {
    for (script, why) in [
        ("ssh deploy@web1\nuptime", "enters another shell"),
        ("sudo su - postgres\npsql -c 'select 1'", "enters another shell"),
        ("kubectl exec -it pod -- bash\nls", "enters another shell"),
        ("psql app\nselect 'it''s';", "enters another shell"),
        ("# Log in\nssh web1\n# Look\nuptime", "enters another shell"),
        ("echo 'open", "still open"),
        ("if true; then\necho x", "still open"),
        ("cat <<EOF\nx", "still open"),
        ("echo “quoted”", "typographic"),
        ("echo zero\u{200b}width", "invisible character U+200B"),
        ("ls # \u{202e}x", "bidirectional control U+202E"),
        ("root@web1:~# reboot", "root shell"),
    ] {
        let step = step(script);
        assert!(step.by_hand.as_deref().is_some_and(|w| w.contains(why)), "{script}: {:?}", step.by_hand);
        assert_eq!(step.script.trim_end(), script, "the whole block is shown");
    }
    assert!(step("uptime\nls").by_hand.is_none());
}

#[test]
fn point_12_an_unclosed_fence_is_a_step_by_hand() {
    let book = runbook("- [ ] a\n\n```sh\nls\n\n- [ ] swallowed\n");
    let step = &book.boxes[1].steps[0];
    assert!(step.by_hand.as_deref().is_some_and(|why| why.contains("never closed")));
    assert_eq!(step.script, "ls\n\n- [ ] swallowed\n");
}

#[test]
fn point_12_the_lint_says_why_and_where() {
    insta::assert_snapshot!(findings("```sh\nssh web1\nls\n```\n\n```sh\nls\n# \u{2066}x\n```\n\n```console\nroot@web1:~# ls\n```\n"), @r##"
warning[enters-shell] 2:1 `ssh web1` enters another shell or program, and lines follow that it would not get
  help: it is shown for you to run by hand; mend it to make it a step
warning[hidden-character] 8:3 it holds a bidirectional control U+2066: what is shown would not be what runs
  help: it is shown for you to run by hand; mend it to make it a step
warning[hidden-character] 8:3 bidirectional control U+2066
  help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
warning[root-prompt] 12:1 it shows the prompt of a root shell, and gonogo does not become root by itself
  help: it is shown for you to run by hand; mend it to make it a step
"##);
}
