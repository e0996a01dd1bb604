//! The runbooks that come with the program, and the files beside them.

const FILES: [(&str, &str); 12] = [
    ("ispeaker/release.md", include_str!("../../runbooks/ispeaker/release.md")),
    ("ispeaker/rollback.md", include_str!("../../runbooks/ispeaker/rollback.md")),
    ("ispeaker/restore-drill.md", include_str!("../../runbooks/ispeaker/restore-drill.md")),
    ("ispeaker/environments.yaml", include_str!("../../runbooks/ispeaker/environments.yaml")),
    ("ispeaker/demo.yaml", include_str!("../../runbooks/ispeaker/demo.yaml")),
    ("ispeaker/demo-answers.yaml", include_str!("../../runbooks/ispeaker/demo-answers.yaml")),
    (
        "ispeaker/restore-drill-answers.yaml",
        include_str!("../../runbooks/ispeaker/restore-drill-answers.yaml"),
    ),
    ("starters/release.md", include_str!("../../runbooks/starters/release.md")),
    ("starters/rollback.md", include_str!("../../runbooks/starters/rollback.md")),
    ("starters/restore-drill.md", include_str!("../../runbooks/starters/restore-drill.md")),
    ("starters/change.md", include_str!("../../runbooks/starters/change.md")),
    ("starters/blank.md", include_str!("../../runbooks/starters/blank.md")),
];

/// Returns the text of the file `name`, for example `ispeaker/release.md`.
#[must_use]
pub fn get(name: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// Returns every shipped file with its text.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.into_iter()
}
