//! The release of the design's frames, as a run that screens are tested with.

use std::sync::Arc;

use gonogo::run::event::RunOpened;
use gonogo::runbook::model::Runbook;

use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};

/// Returns the release checklist.
pub fn release() -> Arc<Runbook> {
    let mut book = runbook(
        r#"
        title "iSpeaker Live release v1.0.7"
        declare VERSION ^v\d+[.]\d+[.]\d+$
        declare SNAPSHOT
        declare ONCALL
        rollback rollback.md
        phase Pre
          box tc "All TC-* Critical and High cases pass on staging"
          box bugs "No open S1 / S2 bugs"
          box notes "Release notes written; user-visible changes documented in both AR and EN"
          box mobile "Mobile builds uploaded to internal/TestFlight tracks for smoke"
          box snapshot "Database snapshot taken; snapshot ID recorded" value=SNAPSHOT match=^do-snap-[0-9]+$
          box flags "Feature flags (if any) configured"
          box oncall "On-call engineer named for the next 24 hours" value=ONCALL
        phase During gate
          box banner "Maintenance banner shown if downtime is expected"
          box api "API deployed; smoke test the health endpoint and login"
            step check on=api check script="php artisan about --only=environment"
            step code on=api uses=VERSION script="git fetch --tags | git checkout $VERSION | composer install --no-dev --optimize-autoloader"
            step migrate once=api confirm=type uses=VERSION,SNAPSHOT script="php artisan migrate --force"
            step caches on=api
            step reload on=api confirm=press
          box web "Web deployed; smoke test the home page in AR and EN"
            step web on=web
          box promoted "Mobile binaries promoted from testing tracks to production"
          box horizon "Horizon and Reverb restarted"
        phase Post gate
          box smoke "Run the smoke suite: TC-AUTH-003, TC-FEED-001, TC-CRS-003, TC-PAY-001, TC-LR-001"
            box auth "TC-AUTH-003: log in with a wrong password" in=smoke
            box feed "TC-FEED-001: the feed loads in Arabic" in=smoke
          box watch "Watch error rate and latency for the first 30 minutes" wait=30m
          box unbanner "Maintenance banner removed"
          box told "Stakeholders notified"
          box tagged "Release tagged in the repos (e.g. v1.0.x)"
          box postmortem "Tell support that iOS follows later" due=48h
        "#,
    );
    // The plain lines have no way to write a script of several lines.
    for step in Arc::make_mut(&mut book).boxes.iter_mut().flat_map(|b| &mut b.steps) {
        step.script = step.script.replace(" | ", "\n");
    }
    book
}

/// Returns the opening of the release on production.
pub fn production(book: &Runbook) -> RunOpened {
    let hosts = vec![host("api", "api1"), host("api", "api2"), host("web", "web1")];
    let mut opened = opened(book, hosts, Some("production"), &[("VERSION", "v1.0.7")]);
    if let Some(environment) = &mut opened.environment {
        environment.colour = Some("red".to_owned());
        environment.window = Some("04:00".to_owned());
    }
    opened
}

/// Returns the opening of the release on staging.
pub fn staging(book: &Runbook) -> RunOpened {
    let hosts = vec![host("api", "stage1"), host("web", "stage1")];
    opened(book, hosts, Some("staging"), &[("VERSION", "v1.0.7")])
}
