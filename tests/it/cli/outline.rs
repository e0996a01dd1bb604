//! `gonogo outline` and `gonogo print`: they look at files of all kinds and leave everything as it is.

use crate::support::binary::Sandbox;

#[test]
fn a_newcomers_file_is_counted_and_the_next_step_named() {
    let sandbox = Sandbox::new("outline");
    sandbox.write("mine.md", "# Mine\n\n- [ ] One\n- [ ] Two\n\n```sh\nuptime\n```\n");
    let before = sandbox.contents();
    let shown = sandbox.run(["outline", "mine.md"]);
    shown.exits(0).tells("mine.md: 1 phase, 3 boxes (1 of them no check box), 1 step\n");
    shown.tells("next: gonogo run mine.md\n");
    sandbox.contents().unchanged_since(&before, &shown);
}

#[test]
fn a_file_that_no_run_opens_is_shown_and_its_errors_after_it() {
    let sandbox = Sandbox::new("outline");
    sandbox.write("bad.md", "# Bad\n\n- [ ] One <!-- gonogo: requird -->\n- [ ] Two\n");
    let shown = sandbox.run(["outline", "bad.md"]);
    shown.exits(0).tells("2 boxes").tells("bad.md:3:").tells("did you mean `required`?");
    let (tree, after) = shown.out.split_once("error[").expect("errors");
    assert!(tree.contains("[ ] Two") && !after.contains("next: gonogo run"), "{shown}");
    let shown = sandbox.run(["outline", "bad.md", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&shown.exits(0).out).expect("JSON");
    assert_eq!(json["findings"][0]["severity"], "error");
    assert_eq!(json["phases"][0]["boxes"][1]["text"], "Two");
}

#[test]
fn another_encoding_is_shown_with_its_letters_replaced_and_binary_files_are_refused() {
    let sandbox = Sandbox::new("outline");
    sandbox.write("latin.md", b"# Fa\xe7ade\n\n- [ ] One\n");
    let shown = sandbox.run(["outline", "latin.md"]);
    shown.exits(0).tells("[ ] One").tells("latin.md:1:5").tells("not UTF-8");
    sandbox.write("binary.md", b"- [ ] One\n\0\x01");
    sandbox.run(["outline", "binary.md"]).exits(3).only_says("binary");
    sandbox.write("large.md", vec![b'x'; 1024 * 1024 + 1]);
    sandbox.run(["outline", "large.md"]).exits(3).only_says("larger than");
    sandbox.run(["outline", "nowhere.md"]).exits(3).only_says("nowhere.md");
}

#[test]
fn a_shipped_runbook_is_outlined_by_its_name() {
    let sandbox = Sandbox::new("outline");
    sandbox.run(["outline", "ispeaker/release"]).exits(0).tells("iSpeaker Live release\n");
}

#[test]
fn the_form_is_printed_or_written_and_nothing_else_is() {
    let sandbox = Sandbox::new("print");
    sandbox.write("mine.md", "# Mine\n\n- [ ] One\n");
    sandbox.run(["print", "mine.md"]).exits(0).tells("- [ ] One\n").tells("Signatures");
    let before = sandbox.contents();
    let shown = sandbox.run(["print", "mine.md", "--format", "html"]);
    shown.exits(0).tells("<!DOCTYPE html>").tells("One");
    sandbox.contents().unchanged_since(&before, &shown);
    let told = sandbox.run(["print", "mine.md", "--format", "html", "-o", "mine.html"]);
    assert_eq!(told.exits(0).out, "");
    assert_eq!(std::fs::read_to_string(sandbox.path("mine.html")).expect("written"), shown.out);
}
