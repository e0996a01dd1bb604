//! One fact of every kind, filled from a text and a number.

use std::collections::BTreeMap;

use gonogo::run::event::{Event, RunOpened, StepFinished, StepIntended};
use gonogo::run::fact::*;
use gonogo::run::proof::Shown;
use gonogo::runbook::ids::{BoxId, StepId};

/// Returns one fact of every kind, in the order of [`Event::KINDS`].
pub fn every(text: &str, n: u32) -> Vec<Event> {
    let s = || text.to_owned();
    let some = || Some(s()).filter(|_| n.is_multiple_of(2));
    // Fields that came after the golden rows were written have no value in them, and the rows stay as they are.
    let odd = !n.is_multiple_of(2);
    let later = || Some(s()).filter(|_| odd);
    let seen = || later().map(|head| Box::new(Shown { event: u64::from(n), head }));
    let big = u64::from(n) << 21;
    let via = if n.is_multiple_of(3) { Via::Answers(s()) } else { Via::Keyboard };
    let proof = [Proof::Typed, Proof::OsUser, Proof::SshKey][n as usize % 3];
    let seat = || later().map(|key| Box::new(Seat { account: Some(s()), key: Some(key) }));
    let who = || Who { name: s(), proof, via: via.clone(), seat: seat() };
    let hop = |at: &str| HopSeen { at: at.to_owned(), key_type: s(), fingerprint: s() };
    let id = || BoxId(s());
    let ids = || vec![id(), BoxId("b-0123456789".to_owned())];
    let value = || NamedValue { name: s(), value: s() };
    let values = || BTreeMap::from([(s(), s()), ("kind".to_owned(), s()), ("v".to_owned(), s())]);
    let summary = || StreamSummary { bytes: big, sha256: s(), head: big, tail: 0, dropped: u64::MAX };
    let outcomes = [
        Outcome::Exited(i32::MIN),
        Outcome::Signalled(s()),
        Outcome::TimedOut,
        Outcome::Cancelled,
        Outcome::NotStarted(s()),
        Outcome::Unknown(s()),
    ];
    let outcome = outcomes[n as usize % 6].clone();
    let probes = [
        Probe::Gone,
        Probe::Never,
        Probe::NeverStarted,
        Probe::Starting,
        Probe::Running(n, n),
        Probe::Ended(-1),
        Probe::Died,
        Probe::OtherBoot,
        Probe::Unreachable(s()),
    ];
    let answer = probes[n as usize % 9].clone();
    let outcomes_of_runs =
        [RunOutcome::Completed, RunOutcome::RolledBack, RunOutcome::Aborted, RunOutcome::Abandoned];
    let run_outcome = outcomes_of_runs[n as usize % 4];
    let verdict = [Verdict::Passed, Verdict::Failed, Verdict::Stopped][n as usize % 3];
    let stream = [Stream::Stdout, Stream::Stderr][n as usize % 2];
    vec![
        Event::LogOpened(LogOpened {
            schema: n,
            // Its golden row was written with 1.
            after: later().filter(|_| n > 1).map(|log| Segment { log, size: big, head: s(), file: s() }),
            group: later().filter(|_| n > 1).map(|name| Group { name, gid: n }),
        }),
        Event::LogRecovered(LogRecovered { found: s(), sessions: vec![s(), s()] }),
        Event::LogDegraded(LogDegraded { why: s() }),
        Event::SessionOpened(SessionOpened {
            version: s(),
            os_user: s(),
            hostname: s(),
            tty: some(),
            pid: n,
            boot: s(),
            principal: later(),
            signs: later().map(|_| proof),
            fingerprint: later(),
            beside: later().map(|session| vec![session]),
        }),
        Event::SessionClosed(SessionClosed { how: s() }),
        Event::ClockStepped(ClockStepped { by_ms: -i64::from(n) }),
        Event::RunOpened(Box::new(RunOpened {
            who: who(),
            title: s(),
            runbook: s(),
            text_sha: s(),
            commit: some(),
            dirty: n.is_multiple_of(2),
            run_kind: if n.is_multiple_of(2) { RunKind::Live } else { RunKind::Drill },
            environment: some().map(|name| EnvironmentPin {
                name,
                colour: some(),
                file_sha: s(),
                timezone: None,
                window: some(),
                witness: None,
            }),
            hosts: vec![HostPin {
                role: s(),
                name: s(),
                user: s(),
                address: s(),
                port: 22,
                identity: some(),
                known_hosts: some(),
                way: WayPin {
                    ssh: later().map(|name| SshPin { name, config: some(), port: Some(2222) }),
                    through: later().into_iter().collect(),
                    jump: later().map(|name| {
                        Box::new(HostPin {
                            role: s(),
                            name,
                            user: s(),
                            address: s(),
                            port: 22,
                            identity: None,
                            known_hosts: None,
                            way: WayPin::default(),
                        })
                    }),
                    keepalive_ms: later().map(|_| big),
                    key: None,
                    hop_keys: Vec::new(),
                },
            }],
            vars: values(),
            seed: s(),
            parent: some().map(|run| Parent { run, in_box: Some(id()), rollback: true }),
            beside: vec![s()],
            secrets: later()
                .map(|name| SecretPin { name, from: s(), short: n.is_multiple_of(2) })
                .into_iter()
                .collect(),
            seen: seen(),
        })),
        Event::RunDriverChanged(RunDriverChanged { who: who(), before: s(), reason: s() }),
        Event::RunPaused(RunPaused { who: who(), why: s() }),
        Event::RunResumed(RunResumed { who: who() }),
        Event::RunClosed(RunClosed {
            who: who(),
            outcome: run_outcome,
            reason: some(),
            counts: Counts { signed: n, waived: 1, open: u32::MAX },
            seen: seen(),
        }),
        Event::BoxSigned(BoxSigned {
            who: who(),
            id: id(),
            statement: s(),
            note: some(),
            value: some().map(|_| value()),
            evidence: vec![s()],
            out_of_order: ids(),
            seen: big,
            seen_head: later().map(Into::into),
        }),
        Event::BoxUnsigned(BoxUnsigned { who: who(), id: id(), reason: s(), seen: seen() }),
        Event::BoxWaived(BoxWaived {
            who: who(),
            id: id(),
            reason: s(),
            risk_owner: some(),
            condition: some(),
            out_of_order: Vec::new(),
            by_choice: Some(n as usize).filter(|_| odd),
            seen: seen(),
        }),
        Event::ValueSet(ValueSet { who: who(), value: value(), reason: some() }),
        Event::WaitStarted(WaitStarted { who: who(), id: id(), seconds: big }),
        Event::WaitEnded(WaitEnded { who: who(), id: id(), reason: s() }),
        Event::StepIntended(Box::new(StepIntended {
            who: who(),
            in_box: id(),
            step: StepId(s()),
            host: s(),
            attempt: n,
            number: n,
            dir: s(),
            script_sha: s(),
            script: s(),
            strict: true,
            check: n.is_multiple_of(2),
            keep: false,
            load: Some(n).filter(|_| n.is_multiple_of(2)),
            vars: vec![s()],
            confirmed: some(),
            out_of_order: ids(),
            exit: i32::from(odd),
            unsaved: odd,
            cwd: later(),
            interpreter: later(),
            keep_going: odd,
            sudo: odd,
            retry_of: Some(n).filter(|_| odd),
            round: odd.then_some(Round { first: n, round: 2 }),
            interactive: odd,
            endless: odd,
        })),
        Event::StepStarted(StepStarted { number: n, pid: n, pgid: u32::MAX, terminal: odd }),
        Event::StepOutput(StepOutput { number: n, stream, offset: u64::MAX }),
        Event::StepCaptured(StepCaptured { number: n, value: value(), host: later() }),
        Event::StepFinished(Box::new(StepFinished {
            number: n,
            outcome,
            carried: true,
            cwd: later(),
            stdout: summary(),
            stderr: summary(),
            unmet: some(),
            seen: if n.is_multiple_of(2) { Seen::Line } else { Seen::Marker },
            took_ns: Some(big),
            remarks: vec![s()],
        })),
        Event::StepCancelRequested(StepCancelRequested { who: who(), number: n, enough: odd }),
        Event::StepUnknown(StepUnknown { number: n, why: s() }),
        Event::StepProbed(StepProbed { number: n, answer, left: vec![s()] }),
        Event::StepResolved(StepResolved {
            who: who(),
            number: n,
            verdict,
            extent: later().map(|_| Extent::Partly),
            evidence: s(),
            seen: seen(),
        }),
        Event::StepWaived(StepWaived {
            who: who(),
            step: StepId(s()),
            reason: s(),
            risk_owner: some(),
            condition: some(),
            seen: seen(),
        }),
        Event::GateVoted(GateVoted {
            who: who(),
            gate: n as usize,
            vote: if n.is_multiple_of(2) { Vote::Go } else { Vote::NoGo },
            text: some(),
            role: later().map(String::into_boxed_str),
            seen: seen(),
        }),
        Event::GateOpened(GateOpened {
            who: who(),
            gate: n as usize,
            over: some(),
            open: ids(),
            seen: seen(),
        }),
        Event::HostConnected(HostConnected {
            host: s(),
            user: s(),
            address: s(),
            port: u16::MAX,
            key_type: s(),
            fingerprint: s(),
            trusted: s(),
            about: s(),
            dir: s(),
            born: s(),
            sudo: odd,
            through: later().into_iter().map(|at| hop(&at)).collect(),
        }),
        Event::HostKeyRefused(HostKeyRefused { host: s(), why: s(), fingerprint: some() }),
        Event::HostLost(HostLost { host: s(), why: s() }),
        Event::NoteAdded(NoteAdded { who: who(), id: Some(id()), text: s(), seen: seen() }),
        Event::ChildOpened(ChildOpened {
            who: who(),
            child: s(),
            in_box: None,
            rollback: true,
            runbook: s(),
            out_of_order: ids(),
        }),
        Event::ChildClosed(ChildClosed { child: s(), outcome: run_outcome, values: values() }),
        Event::ExportCreated(ExportCreated { who: who(), format: s(), sha256: s() }),
        Event::RunbookChanged(RunbookChanged { now: s() }),
        Event::StepTimedOut(StepTimedOut { number: n, limit: big }),
        Event::ChoiceMade(ChoiceMade {
            who: who(),
            choice: 1,
            section: n as usize,
            heading: s(),
            chosen: s(),
        }),
        Event::MarkSet(MarkSet { who: who(), name: s(), in_box: id() }),
        Event::WatchSampled(WatchSampled {
            number: n,
            round: 1,
            passed: odd,
            value: later(),
            held: big,
            over: true,
        }),
        Event::WatchBreached(WatchBreached { number: n, round: 1, why: s() }),
        Event::HostKeyAccepted(HostKeyAccepted {
            who: Some(who()),
            host: s(),
            key_type: s(),
            fingerprint: s(),
            recorded: some(),
            not_recorded: some(),
        }),
        Event::HostChosen(HostChosen { who: who(), step: StepId(s()), host: s() }),
        Event::HostRepinned(Box::new(HostRepinned {
            who: who(),
            before: s(),
            before_key: some(),
            before_through: later().into_iter().map(|at| hop(&at)).collect(),
            pin: HostPin {
                role: s(),
                name: s(),
                user: s(),
                address: s(),
                port: 22,
                identity: some(),
                known_hosts: some(),
                way: WayPin::default(),
            },
        })),
        Event::ShellOpened(ShellOpened { who: who(), shell: n, host: s(), step: some().map(StepId) }),
        Event::ShellClosed(ShellClosed { shell: n, host: s(), how: s(), took_ns: Some(big).filter(|_| odd) }),
        Event::LogRotated(LogRotated { next: s(), file: s() }),
        Event::LogCheckpoint(LogCheckpoint {
            size: big,
            head: s(),
            for_run: some(),
            at: s(),
            failed: later(),
        }),
        Event::LogMoved(LogMoved { from: s(), size: big, head: s() }),
        Event::RunHandoverOffered(RunHandoverOffered { who: who(), to: s(), text: some(), seen: seen() }),
        Event::RunHandedOver(RunHandedOver { who: who(), before: s(), seen: seen() }),
    ]
}
