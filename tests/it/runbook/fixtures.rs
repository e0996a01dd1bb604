//! What the parser makes of whole files: each has the structure of real runbooks, in our words.

use gonogo::runbook::model::{Confirm, Step};

use super::dump::{fixture, parsed};

/// A file, and how many phases, boxes (check boxes and others), levels and steps it has.
type Shape = (&'static str, [usize; 5]);

const SHAPES: [Shape; 33] = [
    ("acceptance.md", [4, 0, 4, 1, 0]),
    ("arabic.md", [4, 0, 7, 1, 6]),
    ("broken-fences.md", [2, 4, 3, 1, 5]),
    ("build-report.md", [3, 8, 0, 1, 0]),
    ("bullets.md", [1, 0, 7, 2, 1]),
    ("candidate.md", [5, 16, 0, 3, 0]),
    ("change-request.md", [5, 11, 0, 1, 1]),
    ("countdown.md", [4, 8, 0, 1, 0]),
    ("cyrillic.md", [4, 0, 13, 1, 13]),
    ("either-or.md", [3, 29, 0, 1, 3]),
    ("election-night.md", [10, 264, 0, 5, 0]),
    ("indented.md", [1, 0, 4, 1, 4]),
    ("issue-form.md", [3, 18, 0, 1, 0]),
    ("issue-template.md", [3, 9, 0, 1, 0]),
    ("mid-line-fence.md", [3, 16, 0, 1, 1]),
    ("nested-numbers.md", [1, 0, 12, 3, 5]),
    ("numbered-tasks.md", [1, 10, 0, 2, 9]),
    ("oddities.md", [3, 7, 4, 1, 4]),
    ("one-of.md", [4, 0, 9, 1, 9]),
    ("only-bullets.md", [4, 0, 8, 2, 0]),
    ("other-shells.md", [5, 0, 5, 1, 5]),
    ("pick-an-id.md", [1, 0, 5, 1, 5]),
    ("prompts.md", [1, 0, 24, 1, 22]),
    ("release.md", [5, 11, 0, 2, 5]),
    ("server-reference.md", [14, 0, 36, 1, 36]),
    ("signed-release.md", [5, 73, 0, 2, 0]),
    ("signers.md", [3, 10, 0, 1, 0]),
    ("step-headings.md", [3, 0, 6, 2, 4]),
    ("swallowed-heading.md", [2, 3, 3, 1, 4]),
    ("template-tags.md", [2, 8, 0, 1, 0]),
    ("vote.md", [4, 0, 8, 1, 6]),
    ("who-what-when.md", [3, 0, 2, 1, 2]),
    ("windows.md", [1, 1, 0, 1, 1]),
];

#[test]
fn the_files_have_the_shapes_that_a_person_counts() {
    let shape = |name: &str| {
        let book = parsed(name);
        let derived = book.boxes.iter().filter(|b| b.derived).count();
        let levels = book.boxes.iter().map(|b| b.depth + 1).max().unwrap_or_default();
        let steps = book.boxes.iter().map(|b| b.steps.len()).sum();
        [book.phases.len(), book.boxes.len() - derived, derived, levels, steps]
    };
    for (name, want) in SHAPES {
        assert_eq!(shape(name), want, "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runbooks");
    let names = std::fs::read_dir(folder).expect("the fixtures").map(|f| f.expect("a fixture").file_name());
    let files = names.filter(|name| name.to_string_lossy().ends_with(".md")).count();
    assert_eq!(files, SHAPES.len(), "each file has its shape here");
}

macro_rules! files {
    ($($name:ident $file:literal)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!($file, fixture($file));
            }
        )*
    };
}

files! {
    nested_boxes_with_labels_and_a_point_of_no_return "signed-release.md"
    an_issue_form_with_equal_boxes_under_bullets_and_a_folded_alternative "issue-form.md"
    fields_to_paste_into_a_hidden_section_and_a_table_of_results "build-report.md"
    times_in_headings_boxes_of_several_lines_and_link_references "countdown.md"
    template_tags_and_equal_texts_under_equal_headings "template-tags.md"
    a_rule_pair_in_the_middle_that_is_no_front_matter "either-or.md"
    prompts_with_output_and_boxes_in_a_fenced_template "prompts.md"
    a_fence_that_closes_in_the_middle_of_a_line "mid-line-fence.md"
    cyrillic_text_with_alternatives_and_a_table_of_contents "cyrillic.md"
    guards_a_here_document_and_a_vote "vote.md"
    numbers_nested_three_deep_with_fences "nested-numbers.md"
    indented_sessions_without_any_box "indented.md"
    the_size_case_with_duplicates_and_depth "election-night.md"
    bullets_as_boxes "bullets.md"
    bullets_where_nothing_else_is_to_walk "only-bullets.md"
    numbered_tasks_with_shared_exports_and_passwords "numbered-tasks.md"
    boxes_inside_a_fence_and_square_placeholders "acceptance.md"
    nested_and_unclosed_fences_that_swallow_a_heading "swallowed-heading.md"
    a_change_request_with_four_phases "change-request.md"
    one_of_several_environments_and_a_rollback_anchor "one-of.md"
    step_headings_and_remote_commands "step-headings.md"
    an_id_to_pick_and_code_in_quotes "pick-an-id.md"
    blocks_that_enter_other_shells_and_editors "other-shells.md"
    a_table_of_who_does_what_and_command_wrappers "who-what-when.md"
    signers_alerts_with_headings_and_long_hashes "signers.md"
    oddities_by_hand "oddities.md"
    saved_on_windows "windows.md"
}

#[test]
fn a_release_runbook_with_every_annotation_of_today() {
    insta::assert_snapshot!(fixture("release.md"), @r##"
    title: Shop release
    var VERSION Some("^v\\d+\\.\\d+\\.\\d+$") None
    var DOWNTIME Some("^(yes|no)$") Some("no")
    environments: environments.yaml
    rollback: rollback.md
    phase "Shop release" Other @1:1
      " Print or copy this list for every production release.
    phase "Pre-deploy" Pre @14:1
      [ ] "All critical cases pass on staging." id=cases required @16:1
        [ ] "TC-AUTH-003" @17:3
        [ ] "TC-PAY-001" @18:3
      [ ] "Database snapshot taken; snapshot ID recorded." id=snapshot value=SNAPSHOT Some("^snap-\\d+$") @19:1
          step "take-snapshot" id=take-snapshot First("db") strict capture=SNAPSHOT_LOG Some("id=(\\S+)") @21:3
            | snapshot create --wait
      [ ] "On-call engineer named for the next 24 hours." value=ONCALL None due=24h @24:1
    phase "During deploy" During gate @26:1
      [ ] "Maintenance banner shown if downtime is expected." if=DOWNTIMESome("yes") @28:1
          step "cd /srv/shop" Role("web") strict @30:3
            | cd /srv/shop
            | ./artisan down
      [ ] "API deployed; smoke test the health endpoint and login." @34:1
          " Deploy:
          step "deploy" id=deploy Role("api") strict confirm=Type needs=["snapshot", "cases"] uses=["VERSION"] @38:3
            | cd /srv/shop-api
            | git checkout "$VERSION"
            | ./artisan migrate --force
          step "health" id=health Role("api") strict check expect="\"status\":\\s*\"ok\"" @44:3
            | curl -fsS http://localhost/health
    phase "Post-deploy" Post gate @48:1
      [ ] "Watch error rate and latency for the first 30 minutes." wait=30m hints(wait 30m) @50:1
      [ ] "Mobile release done, see mobile." runbook=mobile.md links=["mobile.md"] @51:1
      [ ] "Release tagged in the repos." @52:1
          "     To origin
          step "git tag \"$VERSION\"" Unstated uses=["VERSION"] @54:3
            | git tag "$VERSION"
            | git push origin "$VERSION"
    phase "Going back" Other rollback @60:1
      [ ] "Previous version restored" @62:1
    "##);
}

#[test]
fn a_candidate_checklist_with_nested_boxes_labels_and_a_rule_in_the_middle() {
    insta::assert_snapshot!(fixture("candidate.md"), @r##"
    title: Cutting vX.Y.Z(-rcN)
    phase "Cutting vX.Y.Z(-rcN)" Other @1:1
      " The release manager walks this; ask in #releases before you skip anything.
    phase "Before the day" Pre @5:1
      [ ] "Freeze announced" @7:1
        [ ] "in the channel" @8:3
        [ ] "on the status page" @9:3
      [ ] "RC: Branch release/vX.Y exists" @10:1
      [ ] "FINAL only: the last candidate ran for a week" hints(optional "FINAL only") @11:1
      [ ] "non-PATCH: upgrade notes reviewed" hints(optional "non-PATCH") @12:1
        [ ] "by docs" hints(optional "non-PATCH") @13:3
          [ ] "in both languages" hints(optional "non-PATCH") @14:5
    phase "Cut" Other @16:1
      [ ] "git tag -s vX.Y.Z-rcN" @18:1
          inline "git tag -s vX.Y.Z-rcN" Unstated strict offered terminal="`git tag -s` asks for a passphrase" blanks=["X.Y.Z-rcN=X_Y_Z_RCN"] @18:7
            | git tag -s vX.Y.Z-rcN
      [ ] "git push origin vX.Y.Z-rcN" @19:1
          inline "git push origin vX.Y.Z-rcN" Unstated strict offered blanks=["X.Y.Z-rcN=X_Y_Z_RCN"] @19:7
            | git push origin vX.Y.Z-rcN
      [ ] "Build is green" hints(confirm) @23:1
          " STOP and wait for the build. After this there is no way back.
      [ ] "Build is green" @24:1
    phase "name: not front matter" Other @27:1
      " EITHER
      [ ] "promote the candidate" @32:1
      [ ] "cut another one" @36:1
          " OR
    phase "After" Post gate @38:1
      [ ] "Paste the build id:" hints(value "Paste the build id") @48:1
      [ ] "Announce, see the list and wait for one answer." links=["people.md"] @54:1
          " check | result
          " smoke | [ ]
    blank X_Y "X.Y" text offered on [10]
    blank X_Y_Z_RCN "X.Y.Z-rcN" text offered on [18, 19]
    "##);
}

#[test]
fn an_issue_template_with_equal_texts_under_different_bullets() {
    insta::assert_snapshot!(fixture("issue-template.md"), @r##"
    title: Release
    phase "Preparation" Pre @10:1
      [ ] "version bumped" path=["Server"] @13:3
      [ ] "changelog written" path=["Server"] @14:3
      [ ] "version bumped" path=["Client"] @16:3
      [ ] "changelog written" path=["Client"] @17:3
    phase "Release" Other @19:1
     folded "If the pipeline is down" holds 1 @21:1
      [ ] "build by hand" path=["If the pipeline is down"] hints(optional "If the pipeline is down") @24:1
      [ ] "pipeline started" @28:1
     h2 "Manager" holds 1 @30:1
      [ ] "<%= manager %> said go" path=["Manager"] @32:1
    phase "Afterwards" Other @34:1
      [ ] "tidy up" @36:1
      [ ] "" @37:1
    blank MANAGER "<%= manager %>" text offered on [32]
    "##);
}

#[test]
fn fences_that_are_misspelt_nested_or_never_closed() {
    insta::assert_snapshot!(fixture("broken-fences.md"), @r#"
    title: Upgrade
    phase "Prepare" Pre @3:1
      [ ] "Look at the queue" @5:1
          step "queue status" Unstated strict by hand="`shel` is no language that runs; did the author mean `shell`?" @7:3
            | queue status
      [ ] "Closed in the middle of a line" @11:1
          step "queue pause ```" Unstated strict by hand="the fence is never closed, so everything after it would be part of the script" @13:3
            | queue pause ```
            | 
      [ ] "swallowed by the fence above" @16:1
    phase "Change" During gate @18:1
      " 1. Stop it
      ( ) "Stop it" @22:4
          step "Stop it" Unstated strict confirm=Type danger="`service queue stop` stops a service" @22:4
            | service queue stop
      ( ) "service queue\u{200b} start" @30:1
          "     queue stopped
          step "service queue\u{200b} start" Unstated strict by hand="it holds an invisible character U+200B: what is shown would not be what runs" @30:1
            | service queue⟨U+200B⟩ start
      [ ] "Monitor for 30 minutes" hints(wait 30m) @34:1
      ( ) "Change" @43:1
          "     ```sh
          "     # nested, and only shown
          "     - [ ] not a box
          "     ```
          step "Change" Unstated by hand="the fence is never closed, so everything after it would be part of the script" @43:1
            | ssh deploy@queue-1.example.net
            | sudo service queue status
            | 
            | ## Finish
            | 
            | - [ ] swallowed again
    warning[misspelt-language] 7:6 `shel` is no language that runs; this block is shown and not run
      help: did you mean `shell`?
    warning[unclosed-fence] 13:3 the fence is never closed, so everything after it would be part of the script
      help: it is shown for you to run by hand; mend it to make it a step
    warning[invisible-character] 31:14 it holds an invisible character U+200B: what is shown would not be what runs
      help: it is shown for you to run by hand; mend it to make it a step
    warning[hidden-character] 31:14 invisible character U+200B
      help: it is shown visibly, as `⟨U+…⟩`; delete it if nobody needs it
    warning[unclosed-fence] 43:1 the fence is never closed, so everything after it would be part of the script
      help: it is shown for you to run by hand; mend it to make it a step
    "#);
}

#[test]
fn right_to_left_text_with_numbered_items_as_boxes() {
    insta::assert_snapshot!(fixture("arabic.md"), @r#"
    title: قائمة الإصدار
    phase "قائمة الإصدار" Other @1:1
      " 1. قبل النشر
      " 2. النشر
    phase "قبل النشر" Other @6:1
      ( ) "أخذ نسخة من قاعدة البيانات" @8:1
          step "نسخة احتياطية" Unstated strict @10:4
            | # نسخة احتياطية
            | dump --all > /srv/backup/app.sql
      ( ) "مراجعة الإعدادات «مهم»" @15:1
    phase "النشر" Other @17:1
      ( ) "نشر الخادم:" @19:1
          step "نشر الخادم" Unstated @21:4
            | cd /srv/app
            | ./deploy.sh
          step "./smoke.sh “ar”" Unstated strict by hand="`“` is a typographic quotation mark, which quotes nothing in a shell" @26:6
            | ./smoke.sh “ar”
      ( ) "إعلام الفريق" @30:1
    phase "بعد النشر" Other @32:1
      " - شكر الفريق
      ( ) "فحص الخادم" @35:1
          step "فحص الخادم" Unstated strict @35:1
            | # فحص الخادم
            | curl -fsS https://api.example.net/health
      ( ) "فحص الواجهة" @37:1
          step "فحص الواجهة" Unstated strict @37:1
            | # فحص الواجهة
            | curl -fsS https://www.example.net/ar
      ( ) "متابعة السجل" @39:1
          step "متابعة السجل" Unstated strict terminal="`tail -f` runs until somebody stops it" @39:1
            | # متابعة السجل
            | tail -f /srv/app/log/app.log
    warning[typographic-quote] 27:4 `“` is a typographic quotation mark, which quotes nothing in a shell
      help: it is shown for you to run by hand; mend it to make it a step
    warning[unclosed-fence] 45:1 the fence is never closed, so everything after it is part of the block
      help: close it with a line of its own, with as many marks as it begins with
    "#);
}

#[test]
fn a_server_reference_without_any_box() {
    insta::assert_snapshot!("server-reference", fixture("server-reference.md"));
}

#[test]
fn operations_saved_as_text() {
    insta::assert_snapshot!("operations", fixture("operations.txt"));
}

/// What Enter alone starts: a step that runs, and asks for nothing first.
fn runs_on_enter(runbook: &gonogo::runbook::Runbook) -> Vec<&str> {
    let steps = runbook.boxes.iter().flat_map(|b| b.steps.iter().chain(&b.inline));
    let free = steps.filter(|s| s.by_hand.is_none() && s.terminal.is_none() && s.confirm == Confirm::No);
    free.map(|s| s.script.as_str()).collect()
}

#[test]
fn nothing_that_destroys_or_never_ends_runs_on_enter_alone_in_the_server_reference() {
    let bytes = include_bytes!("../../fixtures/runbooks/server-reference.md");
    let (runbook, _) = gonogo::runbook::parse("server-reference.md", bytes).expect("it parses");
    let steps: Vec<&Step> = runbook.boxes.iter().flat_map(|b| &b.steps).collect();
    let free = runs_on_enter(&runbook);
    for dangerous in ["--fresh", "itqan_platform <", "tail -f", "mysqldump"] {
        assert!(steps.iter().any(|s| s.script.contains(dangerous)), "{dangerous} is shown");
        assert!(!free.iter().any(|script| script.contains(dangerous)), "{dangerous}");
    }
    // Alternatives never share a step: Enter runs one of them, not the block.
    for (one, other) in
        [("deploy.sh  ", "--fresh"), ("mysqldump", "itqan_platform <"), ("reload nginx", "restart nginx")]
    {
        assert!(!steps.iter().any(|s| s.script.contains(one) && s.script.contains(other)), "{one}, {other}");
    }
    assert!(steps.iter().all(|s| s.script.matches("tail -f").count() < 2));
}
