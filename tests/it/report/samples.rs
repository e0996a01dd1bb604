//! Runs to report on.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo::clock::Stamp;
use gonogo::report::{Excerpt, Gather, Output, RunRecord, Seal};
use gonogo::run::command::Action;
use gonogo::run::conclude::Report;
use gonogo::run::event::Event;
use gonogo::run::fact::{
    ChildClosed, ChildOpened, Entry, HostConnected, Outcome, Parent, Proof, RunOutcome, Stream, Verdict, Via,
    Vote, Who,
};
use gonogo::runbook::ids::{BoxId, StepId};

use crate::support::runbooks::runbook;
use crate::support::runs::{BEGIN, Table, ended, host, opened, who};

/// Output kept in memory, by run and attempt.
#[derive(Debug, Default)]
pub struct Kept(pub BTreeMap<(String, u32), (Vec<u8>, Vec<u8>)>);

impl Kept {
    /// Keeps what attempt `number` of `run` printed.
    pub fn keep(&mut self, run: &str, number: u32, stdout: &str, stderr: &str) {
        self.0.insert((run.to_owned(), number), (stdout.as_bytes().to_vec(), stderr.as_bytes().to_vec()));
    }
}

impl Output for Kept {
    fn excerpt(
        &self,
        run: &str,
        number: u32,
        stream: Stream,
        head: usize,
        tail: usize,
    ) -> Result<Excerpt, String> {
        let Some((stdout, stderr)) = self.0.get(&(run.to_owned(), number)) else {
            return Ok(Excerpt::default());
        };
        let mut gather = Gather::new(head, tail);
        gather.push(0, if stream == Stream::Stdout { stdout } else { stderr });
        Ok(gather.finish())
    }
}

/// A release with its rollback: the tables, and what was printed.
pub struct Story {
    pub release: Table,
    pub rollback: Table,
    pub kept: Kept,
}

impl Story {
    /// Returns the record of the release with the rollback in it.
    pub fn record(&self) -> RunRecord<'_> {
        let seal = Seal {
            log: "gl-k7qz".to_owned(),
            size: self.release.seq - 1,
            head: self.release.log.last().expect("a fact").hash.clone(),
            verified: "the chain holds".to_owned(),
        };
        let child = RunRecord {
            run: self.rollback.run(),
            events: &self.rollback.log,
            strange: Vec::new(),
            sessions: Vec::new(),
            output: &self.kept,
            children: Vec::new(),
            seal: seal.clone(),
        };
        RunRecord {
            run: self.release.run(),
            events: &self.release.log,
            strange: Vec::new(),
            sessions: Vec::new(),
            output: &self.kept,
            children: vec![child],
            seal,
        }
    }
}

/// Returns the record of a run without children.
pub fn record<'a>(table: &'a Table, output: &'a dyn Output) -> RunRecord<'a> {
    let seal = Seal {
        log: "gl-k7qz".to_owned(),
        size: table.seq - 1,
        head: "ab".repeat(32),
        verified: String::new(),
    };
    RunRecord {
        run: table.run(),
        events: &table.log,
        strange: Vec::new(),
        sessions: Vec::new(),
        output,
        children: Vec::new(),
        seal,
    }
}

pub fn id(id: &str) -> BoxId {
    BoxId::from(id)
}

/// Lets `seconds` pass.
pub fn later(table: &mut Table, seconds: i64) {
    let now = table.now.wall.timestamp() + seconds;
    table.now = Stamp::at_unix(now);
}

pub fn did(table: &mut Table, name: &str, action: Action) {
    table.command(name, action).expect("accepted");
    later(table, 30);
}

pub fn sign(table: &mut Table, name: &str, box_id: &str, value: Option<&str>, note: Option<&str>) {
    let (value, note) = (value.map(str::to_owned), note.map(str::to_owned));
    did(table, name, Action::Sign { id: id(box_id), note, value, out_of_order: true });
}

pub fn start(table: &mut Table, step: &str, retry: bool, confirmed: Option<&str>) {
    let confirmed = confirmed.map(str::to_owned);
    did(table, "layla", Action::Start { step: StepId::from(step), retry, confirmed, out_of_order: true });
}

pub fn note_down(table: &mut Table, event: Event) {
    let effects = table.driver.note_down(vec![Entry { event, chunk: None }]).expect("taken");
    table.take(effects);
    later(table, 5);
}

/// Lets attempt `number` run for some seconds and end.
pub fn runs(table: &mut Table, number: u32, outcome: Outcome, text: &str) {
    table.report(Report::Started { number, pid: 4000 + number, pgid: 4000 + number, terminal: false });
    later(table, 12);
    table.report(Report::Ended { number, end: Box::new(ended(outcome, text)) });
    later(table, 3);
}

pub fn connected(name: &str) -> Report {
    Report::Connected(HostConnected {
        host: name.to_owned(),
        user: "deploy".to_owned(),
        address: format!("{name}.example.net"),
        port: 22,
        key_type: "ssh-ed25519".to_owned(),
        fingerprint: format!("SHA256:{name}"),
        trusted: "known_hosts:3".to_owned(),
        about: "Linux 6.1, bash 5.2".to_owned(),
        dir: "/home/deploy/.gonogo/gonogo-01".to_owned(),
        born: "1795222800".to_owned(),
        sudo: false,
        through: Box::default(),
    })
}

const RELEASE: &str = r#"
title "iSpeaker Live release"
rollback rollback.md
phase Pre
  box tests "All TC-* Critical and High cases pass on staging"
  box tc1 "TC-PAY-001 card payment" in=tests
  box snapshot "Database snapshot taken; snapshot ID recorded" value=SNAP
  box flags "Feature flags (if any) configured"
phase During gate
  box api "API deployed; smoke test the health endpoint and login"
    step down on=api script="php artisan down\n"
    step migrate once=api confirm=type script="php artisan migrate --force"
    step up on=api
  box queue "Horizon restarted" if=HORIZON
phase Post gate
  box watch "Error rate watched for 30 minutes" wait=30m
  box postmortem "Postmortem written" due=48h
"#;

const ROLLBACK: &str = r#"
title "iSpeaker Live rollback"
phase Back
  box restore "Previous version is back"
    step restore on=api
  box said "Status told in #ops and to support"
"#;

/// A failed migration in mid-release, its rollback, and what people said on the way.
pub fn story() -> Story {
    let book = runbook(RELEASE);
    let hosts = vec![host("api", "api-1"), host("api", "api-2")];
    let mut fact =
        opened(&book, hosts.clone(), Some("production"), &[("HORIZON", "no"), ("VERSION", "v1.0.7")]);
    fact.runbook = "runbooks/ispeaker/release.md".to_owned();
    fact.commit = Some("0f3a".repeat(10));
    if let Some(env) = &mut fact.environment {
        env.timezone = Some("Asia/Riyadh".to_owned());
    }
    let mut release = Table::open_at("r-7kq2", book, fact, 3, Stamp::at_unix(BEGIN));
    let mut kept = Kept::default();
    later(&mut release, 60);
    before_the_gate(&mut release);
    deploy(&mut release, &mut kept);
    let rollback = roll_back(&mut release, &mut kept, hosts);
    let reason = Some("the migration failed".to_owned());
    did(&mut release, "layla", Action::Close { outcome: RunOutcome::RolledBack, reason });
    Story { release, rollback, kept }
}

fn before_the_gate(table: &mut Table) {
    sign(table, "omar", "tc1", None, None);
    sign(table, "omar", "tests", None, Some("12 cases, see the sheet"));
    sign(table, "نورة الشهري", "snapshot", Some("do-snap-8841207"), Some("نسخة كاملة"));
    did(table, "layla", Action::Unsign { id: id("snapshot"), reason: "of the wrong database".to_owned() });
    sign(table, "نورة الشهري", "snapshot", Some("do-snap-8841208"), None);
    let reason = "no flags in v1.0.7".to_owned();
    let risk_owner = Some("omar".to_owned());
    did(table, "layla", Action::Waive { id: id("flags"), reason, risk_owner, out_of_order: false });
    let text = Some("error rate is up".to_owned());
    did(table, "omar", Action::Vote { gate: 1, vote: Vote::NoGo, text, role: None });
    did(table, "layla", Action::OpenGate { gate: 1, over: "it was the load test".to_owned() });
}

fn deploy(table: &mut Table, kept: &mut Kept) {
    start(table, "down", false, None);
    table.report(connected("api-1"));
    runs(table, 1, Outcome::Exited(0), "");
    table.report(connected("api-2"));
    table.report(Report::Started { number: 2, pid: 7, pgid: 7, terminal: false });
    table.report(Report::Lost { number: 2, why: "the line was cut after 40 s of silence".to_owned() });
    let evidence = "the maintenance page is up".to_owned();
    did(table, "layla", Action::Resolve { number: 2, verdict: Verdict::Passed, extent: None, evidence });
    start(table, "migrate", false, Some("production"));
    let error = "\u{1b}[31mSQLSTATE[42S01]\u{1b}[0m: table exists\n";
    table.report(Report::Started { number: 3, pid: 4003, pgid: 4003, terminal: false });
    later(table, 12);
    let mut end = ended(Outcome::Exited(1), "Migrating: 2026_11_20_add_rooms\n");
    end.stderr = ended(Outcome::Exited(1), error).stdout;
    table.report(Report::Ended { number: 3, end: Box::new(end) });
    later(table, 3);
    kept.keep("r-7kq2", 3, "Migrating: 2026_11_20_add_rooms\n", error);
    start(table, "migrate", true, Some("production"));
    runs(table, 4, Outcome::Exited(1), "Migrating: 2026_11_20_add_rooms\n");
    did(table, "layla", Action::Note { id: Some(id("api")), text: "rolling back".to_owned() });
}

fn roll_back(release: &mut Table, kept: &mut Kept, hosts: Vec<gonogo::run::fact::HostPin>) -> Table {
    let book = runbook(ROLLBACK);
    let mut fact = opened(&book, hosts, Some("production"), &[("SNAP", "do-snap-8841208")]);
    fact.runbook = "runbooks/ispeaker/rollback.md".to_owned();
    fact.parent = Some(Parent { run: "r-7kq2".to_owned(), in_box: None, rollback: true });
    did(release, "layla", Action::OpenChild { in_box: None, out_of_order: false });
    note_down(
        release,
        Event::ChildOpened(ChildOpened {
            who: who("layla"),
            child: "r-9ab3".to_owned(),
            in_box: None,
            rollback: true,
            runbook: "runbooks/ispeaker/rollback.md".to_owned(),
            out_of_order: Vec::new(),
        }),
    );
    let mut back = Table::open_at("r-9ab3", Arc::clone(&book), fact, release.seq, release.now);
    start(&mut back, "restore", false, None);
    runs(&mut back, 1, Outcome::Exited(0), "restored\n");
    runs(&mut back, 2, Outcome::Exited(0), "restored\n");
    kept.keep("r-9ab3", 1, "restored\n", "");
    sign(&mut back, "layla", "restore", None, None);
    sign(&mut back, "omar", "said", None, None);
    did(&mut back, "layla", Action::Close { outcome: RunOutcome::Completed, reason: None });
    (release.seq, release.now) = (back.seq, back.now);
    let closed =
        ChildClosed { child: "r-9ab3".to_owned(), outcome: RunOutcome::Completed, values: BTreeMap::new() };
    note_down(release, Event::ChildClosed(closed));
    back
}

/// A small run that goes straight, signed with a proven name.
pub fn straight() -> Table {
    let book = runbook("title \"Small\"\nphase Do\nbox one \"The one thing\"\n step one on=api");
    let mut fact = opened(&book, vec![host("api", "api-1")], None, &[]);
    fact.who = Who { name: "layla".to_owned(), proof: Proof::SshKey, via: Via::Keyboard, seat: None };
    let proven = fact.who.clone();
    let mut table = Table::open_at("r-ok", book, fact, 1, Stamp::at_unix(BEGIN));
    start(&mut table, "one", false, None);
    runs(&mut table, 1, Outcome::Exited(0), "fine\n");
    let action = Action::Sign { id: id("one"), note: None, value: None, out_of_order: false };
    table.command_by(proven, action).expect("accepted");
    later(&mut table, 30);
    did(&mut table, "layla", Action::Close { outcome: RunOutcome::Completed, reason: None });
    table
}
