//! Scenario files: a new edge case of the core is a new file below `tests/fixtures/scenarios`, not new code.
//!
//! A file holds a runbook (the lines of `support::runbooks`, or Markdown behind `|`), the words `play`, and a play: what is asked (`>`), asked
//! back (`?`), and under each what came of it: facts (`+`), effects (`!`), a refusal (`x`) or an answer (`=`). The
//! whole play is compared. `GONOGO_BLESS=1 cargo test scenarios` writes what really happens into the files; read the
//! difference before you keep it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gonogo::run::command::Action;
use gonogo::run::conclude::{Begun, Ended, Report};
use gonogo::run::event::{Event, RunResumed};
use gonogo::run::fact::{
    ChildClosed, ChildOpened, Entry, Extent, HostConnected, HostKeyRefused, NamedValue, Outcome, Probe,
    Proof, RunOutcome, Seat, Seen, Verdict, Vote, Who,
};
use gonogo::runbook::ids::{BoxId, StepId};

use super::words;
use crate::support::runbooks::{flag, runbook, value, words as split};
use crate::support::runs::{Answers, BEGIN, News, Table, ended, host, opened, parent, values, who};

#[test]
fn every_scenario_plays_as_written() {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).expect("the scenarios").map(|e| e.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() > 30, "only {} scenarios found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let written = fs::read_to_string(&file).expect("a scenario");
        let played = play(&written);
        if played == written {
            continue;
        }
        if std::env::var_os("GONOGO_BLESS").is_some() {
            fs::write(&file, &played).expect("writing the scenario");
        } else {
            wrong.push(format!("{}:\n{}", file.display(), difference(&written, &played)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns where the scenarios are.
pub fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/scenarios"))
}

fn difference(written: &str, played: &str) -> String {
    let (mut w, mut p) = (written.lines(), played.lines());
    loop {
        match (w.next(), p.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => {
                return format!("  written: {}\n  played:  {}", a.unwrap_or("(end)"), b.unwrap_or("(end)"));
            }
        }
    }
}

/// Returns the scenario `text` with what really happens under each line.
pub fn play(text: &str) -> String {
    let (setting, script) = text.split_once("\nplay\n").expect("a line `play`");
    let mut out = format!("{setting}\nplay\n");
    let mut table = set(setting);
    tell(&mut table, &mut out);
    for line in script.lines() {
        let comes_of_it =
            line.is_empty() || ["+ ", "! ", "x ", "= "].iter().any(|mark| line.starts_with(mark));
        if comes_of_it && !line.is_empty() {
            continue;
        }
        writeln!(out, "{line}").expect("writing to a string");
        if let Some(asked) = line.strip_prefix("? ") {
            writeln!(out, "= {}", answer(&table, &split(asked))).expect("writing to a string");
        } else if let Some(asked) = line.strip_prefix("> ") {
            if let Err(refusal) = act(&mut table, &split(asked)) {
                writeln!(out, "x {}", words::refusal(&refusal)).expect("writing to a string");
            }
            tell(&mut table, &mut out);
        }
    }
    assert_eq!(
        &table.replayed(),
        table.run(),
        "replaying the log leads to another run than living it:\n{out}"
    );
    out
}

fn tell(table: &mut Table, out: &mut String) {
    for news in table.happened() {
        match news {
            News::Fact(fact) => writeln!(out, "+ {}", words::fact(&fact.event)),
            News::Effect(effect) => writeln!(out, "! {}", words::effect(&effect)),
        }
        .expect("writing to a string");
    }
}

fn set(setting: &str) -> Table {
    let mine = |line: &&str| {
        let first = line.split_whitespace().next().unwrap_or("");
        ["hosts", "env", "vars", "child", "captain"].contains(&first)
    };
    let book: Vec<&str> = setting.lines().filter(|l| !mine(l)).collect();
    let text: Vec<&str> = book.iter().filter_map(|l| l.strip_prefix('|')).collect();
    let text: Vec<&str> = text.into_iter().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    let book = if text.is_empty() {
        runbook(&book.join("\n"))
    } else {
        let (parsed, _) = gonogo::runbook::parse("x.md", text.join("\n").as_bytes()).expect("a runbook");
        std::sync::Arc::new(parsed)
    };
    let (mut hosts, mut env, mut vars, mut above) = (Vec::new(), None, Vec::new(), None);
    let mut captain = who("layla");
    for line in setting.lines().filter(mine) {
        let words = split(line);
        let pairs = words[1..].iter().filter_map(|w| w.split_once('='));
        match words[0].as_str() {
            "hosts" => pairs.for_each(|(role, names)| hosts.extend(names.split(',').map(|n| host(role, n)))),
            "vars" => vars.extend(pairs.map(|(n, v)| (n.to_owned(), v.to_owned()))),
            "captain" => captain = person(&words[1]),
            "child" => above = Some(parent(flag(&words, "rollback"))),
            _ => env = Some(words[1].clone()),
        }
    }
    let vars: Vec<(&str, &str)> = vars.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut fact = opened(&book, hosts, env.as_deref(), &vars);
    fact.parent = above;
    fact.who = captain;
    Table::open(book, fact)
}

fn answer(table: &Table, words: &[String]) -> String {
    let run = table.run();
    let index = |id: &str| run.runbook.box_index(&BoxId::from(id)).expect("a box");
    match words[0].as_str() {
        "box" => run.box_status(index(&words[1])).word().to_owned(),
        "boxes" => {
            let boxes = run.walked().map(|i| format!("{} {}", run.box_id(i), run.box_status(i).word()));
            boxes.collect::<Vec<_>>().join(", ")
        }
        "step" => {
            let (_, step) = run.runbook.find_step(&StepId::from(words[1].as_str())).expect("a step");
            let hosts: Vec<String> =
                run.host_statuses(step).iter().map(|(h, s)| format!("{} {}", h.name, s.word())).collect();
            format!("{} ({})", run.step_status(step).word(), hosts.join(", "))
        }
        "undos" => {
            let open = run.open_undos();
            let open: Vec<String> = open.iter().map(|o| format!("{} by {}", o.step.id, o.undo)).collect();
            if open.is_empty() { "none".to_owned() } else { open.join(", ") }
        }
        "offer" => format!("{:?}", run.offer(index(&words[1]), table.now.wall)),
        "next" => {
            let (at, offer) = run.attention(table.now.wall);
            format!("{offer:?} at {}", at.map_or_else(|| "-".to_owned(), |i| run.box_id(i).0))
        }
        "script" => {
            let (_, step) = run.runbook.find_step(&StepId::from(words[1].as_str())).expect("a step");
            format!("{:?}", step.script)
        }
        "sent" => {
            let number = words[1].parse().expect("a number");
            run.attempts.get(&number).map_or("nothing".to_owned(), |a| format!("{:?}", a.intent.script))
        }
        "text" => run.runbook.boxes[index(&words[1])].text.clone(),
        "unanswered" => {
            let asked = run
                .unanswered()
                .map(|a| if a.demanded { a.name.to_owned() } else { format!("({})", a.name) });
            asked.collect::<Vec<_>>().join(" ")
        }
        "values" => {
            let values: Vec<String> = run.values.iter().map(|(n, v)| format!("{n}={v}")).collect();
            values.join(" ")
        }
        "waiting" => format!("{} reports, stopped: {:?}", table.driver.waiting(), table.driver.stopped()),
        "marks" => {
            let marked = run.walked().filter_map(|i| {
                let (mark, at) = run.boxes[i].marked.as_ref()?;
                Some(format!("{} {} at {}", run.box_id(i), mark.name, at.wall.format("%H:%M:%S")))
            });
            marked.collect::<Vec<_>>().join(", ")
        }
        "halves" => {
            let state = &run.boxes[index(&words[1])];
            let halves = state.halves.iter().map(|(half, _)| half.who.name.clone());
            format!(
                "{} signed by {:?}",
                halves.collect::<Vec<_>>().join(", "),
                state.signed.as_ref().map(|(s, _)| &s.who.name)
            )
        }
        "poll" => {
            let open = run.not_go(words[1].parse().expect("a number"));
            open.iter().map(|(role, why)| format!("{role} {why}")).collect::<Vec<_>>().join(", ")
        }
        "captain" => format!("{}, driven elsewhere by {:?}", run.captain.name, table.driver.elsewhere()),
        "counts" => {
            let c = run.counts();
            format!("{} signed, {} waived, {} open", c.signed, c.waived, c.open)
        }
        other => panic!("nothing is known about {other}"),
    }
}

/// Returns the person that `NAME`, `NAME@ACCOUNT` or `NAME@ACCOUNT!KEY` stands for; `?` before the key means that nothing
/// shows it to this reader.
fn person(written: &str) -> Who {
    let (rest, key) = written.split_once('!').map_or((written, None), |(rest, key)| (rest, Some(key)));
    let (name, account) = rest.split_once('@').map_or((rest, None), |(name, account)| (name, Some(account)));
    let mut who = who(name);
    let claimed = key.is_some_and(|key| key.starts_with('?'));
    if key.is_some() {
        who.proof = if claimed { Proof::Claimed } else { Proof::SshKey };
    }
    if account.is_some() || key.is_some() {
        let (account, key) = (account.map(str::to_owned), key.map(str::to_owned));
        who.seat = Some(Box::new(Seat { account, key }));
    }
    who
}

type Done = Result<(), gonogo::run::refusal::Refusal>;

fn act(table: &mut Table, words: &[String]) -> Done {
    let (verb, rest) = words.split_first().expect("a verb");
    if let Some(action) = action(verb, rest, table) {
        let who = person(value(rest, "as").unwrap_or("layla"));
        // From another process, which reads the log and writes it.
        return if flag(rest, "away") { table.elsewhere(who, action) } else { table.command_by(who, action) };
    }
    if let Some(report) = report(verb, rest) {
        table.report(report);
        return Ok(());
    }
    match verb.as_str() {
        "later" => {
            let time = gonogo::text::clocks::parse(&rest[0]).expect("a length of time");
            table.now.wall += time;
            table.now.mono_ns += u64::try_from(time.as_nanos()).expect("a short time");
        }
        "tick" => table.tick(),
        "hold" => table.answers = Answers::WhenTold,
        "ack" => table.acknowledge(),
        "release" => {
            table.answers = Answers::AtOnce;
            table.acknowledge();
        }
        "log-fails" => table.fail(&rest[0]),
        "log-back" => {
            let effects = table.driver.log_is_back();
            table.take(effects);
        }
        "resume" => table.resume(),
        "taken-by" => {
            let event = Event::RunResumed(RunResumed { who: who(&rest[0]) });
            return note_down(table, event);
        }
        "child-opened" => {
            let rollback = flag(rest, "rollback");
            let in_box = value(rest, "in").map(BoxId::from);
            let order = value(rest, "over").map(|o| o.split(',').map(BoxId::from).collect());
            let event = Event::ChildOpened(ChildOpened {
                who: who("layla"),
                child: rest[0].clone(),
                in_box,
                rollback,
                runbook: "child.md".to_owned(),
                out_of_order: order.unwrap_or_default(),
            });
            return note_down(table, event);
        }
        "child-closed" => {
            let pairs: Vec<(String, String)> = rest[2..]
                .iter()
                .filter_map(|w| w.split_once('='))
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .collect();
            let (child, outcome, values) = (rest[0].clone(), outcome(&rest[1]), values(&pairs));
            return note_down(table, Event::ChildClosed(ChildClosed { child, outcome, values }));
        }
        other => panic!("nobody can {other}"),
    }
    Ok(())
}

fn note_down(table: &mut Table, event: Event) -> Done {
    let effects = table.driver.note_down(vec![Entry { event, chunk: None }])?;
    table.take(effects);
    Ok(())
}

fn action(verb: &str, rest: &[String], table: &Table) -> Option<Action> {
    let id = || BoxId::from(rest[0].as_str());
    let step = || StepId::from(rest[0].as_str());
    let number = || rest[0].parse().expect("a number");
    let said = |at: usize| rest.get(at).cloned().unwrap_or_default();
    let optional = |key: &str| value(rest, key).map(str::to_owned);
    let phase = || {
        let title = rest[0].as_str();
        table.run().runbook.phases.iter().position(|p| p.title == title).unwrap_or(99)
    };
    let out_of_order = flag(rest, "anyway");
    Some(match verb {
        "start" => Action::Start {
            step: step(),
            retry: flag(rest, "retry"),
            confirmed: optional("confirm"),
            out_of_order,
        },
        "cancel" => {
            Action::Cancel { numbers: rest[0].split(',').map(|n| n.parse().expect("a number")).collect() }
        }
        "probe" => Action::Probe { number: number() },
        "enough" => Action::Enough { number: number() },
        "shell" => Action::OpenShell {
            host: rest[0].clone(),
            step: optional("for").map(|step| StepId::from(step.as_str())),
        },
        "resolve" => Action::Resolve {
            number: number(),
            verdict: match rest[1].as_str() {
                "passed" => Verdict::Passed,
                "failed" | "not-run" | "partly" => Verdict::Failed,
                _ => Verdict::Stopped,
            },
            extent: match rest[1].as_str() {
                "not-run" => Some(Extent::NotRun),
                "partly" => Some(Extent::Partly),
                _ => None,
            },
            evidence: said(2),
        },
        "sign" => Action::Sign { id: id(), note: optional("note"), value: optional("value"), out_of_order },
        "unsign" => Action::Unsign { id: id(), reason: said(1) },
        "waive" => Action::Waive { id: id(), reason: said(1), risk_owner: optional("risk"), out_of_order },
        "waive-step" => Action::WaiveStep { step: step(), reason: said(1), risk_owner: optional("risk") },
        "set" => {
            let (name, value) = rest[0].split_once('=').expect("a value");
            Action::SetValue { name: name.to_owned(), value: value.to_owned(), reason: said(1) }
        }
        "give" => Action::SetValues {
            values: rest
                .iter()
                .filter_map(|w| w.split_once('='))
                .map(|(n, v)| NamedValue { name: n.to_owned(), value: v.to_owned() })
                .collect(),
        },
        "wait" => Action::StartWait { id: id() },
        "end-wait" => Action::EndWait { id: id(), reason: said(1) },
        "go" | "no-go" => Action::Vote {
            gate: phase(),
            vote: if verb == "go" { Vote::Go } else { Vote::NoGo },
            text: rest.get(1).filter(|w| !w.contains('=') && *w != "away").cloned(),
            role: optional("role"),
        },
        "offer" => Action::OfferHandover { to: said(0), text: optional("text") },
        "take" => Action::TakeOffer,
        "open" => Action::OpenGate { gate: phase(), over: said(1) },
        "choose" => {
            let runbook = &table.run().runbook;
            let section = |title: &str| runbook.sections.iter().position(|s| s.title == title);
            Action::Choose {
                choice: runbook.choices.iter().position(|c| c.title == rest[0]).unwrap_or(99),
                section: section(&rest[1]).unwrap_or(99),
            }
        }
        "host" => Action::ChooseHost { step: step(), host: rest[1].clone() },
        "note" => Action::Note { id: optional("on").map(|id| BoxId::from(id.as_str())), text: said(0) },
        "child" => {
            Action::OpenChild { in_box: Some(id()).filter(|id| id.as_str() != "rollback"), out_of_order }
        }
        "close" => Action::Close { outcome: outcome(&rest[0]), reason: rest.get(1).cloned() },
        "pause" => Action::Pause { why: "left".to_owned() },
        _ => return None,
    })
}

fn outcome(word: &str) -> RunOutcome {
    match word {
        "completed" => RunOutcome::Completed,
        "rolled-back" => RunOutcome::RolledBack,
        "aborted" => RunOutcome::Aborted,
        "abandoned" => RunOutcome::Abandoned,
        other => panic!("no run ends {other}"),
    }
}

fn report(verb: &str, rest: &[String]) -> Option<Report> {
    let number = || rest[0].parse().expect("a number");
    Some(match verb {
        "connected" => Report::Connected(HostConnected {
            host: rest[0].clone(),
            user: "deploy".to_owned(),
            address: format!("{}.example.net", rest[0]),
            port: 22,
            key_type: "ssh-ed25519".to_owned(),
            fingerprint: rest[1].clone(),
            trusted: "known_hosts:1".to_owned(),
            about: "Linux, bash 5.2".to_owned(),
            dir: "/home/deploy/.gonogo".to_owned(),
            born: "/home/deploy/.gonogo".to_owned(),
            sudo: flag(rest, "as-root"),
            through: Box::default(),
        }),
        "key-refused" => Report::KeyRefused(HostKeyRefused {
            host: rest[0].clone(),
            why: rest[1].clone(),
            fingerprint: None,
        }),
        "started" => Report::Started {
            number: number(),
            pid: 4000 + number(),
            pgid: 4000 + number(),
            terminal: flag(rest, "terminal"),
        },
        "shell-ended" => Report::ShellEnded {
            shell: number(),
            how: rest[1].clone(),
            took_ns: rest.get(2).map(|s| s.parse::<u64>().expect("seconds") * 1_000_000_000),
        },
        "ended" => {
            let process = 4000 + number();
            let begun = flag(rest, "begun").then(|| Begun {
                pid: process,
                pgid: process,
                at: gonogo::clock::Stamp::at_unix(BEGIN),
            });
            Report::Ended { number: number(), end: Box::new(Ended { begun, ..end(&rest[1..]) }) }
        }
        "lost" => Report::Lost { number: number(), why: rest[1].clone() },
        "probed" => {
            let answer = match rest[1].as_str() {
                "gone" => Probe::Gone,
                "never" => Probe::Never,
                "never-started" => Probe::NeverStarted,
                "starting" => Probe::Starting,
                "running" => Probe::Running(4001, 4001),
                "ended" => Probe::Ended(rest[2].parse().expect("a status")),
                "died" => Probe::Died,
                "other-boot" => Probe::OtherBoot,
                "unreachable" => Probe::Unreachable("no route to host".to_owned()),
                other => panic!("no host answers {other}"),
            };
            let fetched = flag(rest, "fetched").then(|| {
                let status = rest[2].parse().expect("a status");
                let mut end = ended(Outcome::Exited(status), value(rest, "out").unwrap_or(""));
                end.seen = Seen::Marker;
                Box::new(end)
            });
            let left = value(rest, "left").map(str::to_owned).into_iter().collect();
            Report::Probed { number: number(), answer, left, end: fetched }
        }
        _ => return None,
    })
}

fn end(rest: &[String]) -> Ended {
    let outcome = match rest[0].as_str() {
        "exit" => Outcome::Exited(rest[1].parse().expect("a status")),
        "signal" => Outcome::Signalled(rest[1].clone()),
        "timed-out" => Outcome::TimedOut,
        "not-started" => Outcome::NotStarted(rest[1].clone()),
        "unknown" => Outcome::Unknown(rest[1].clone()),
        other => panic!("no step ends {other}"),
    };
    let mut end = ended(outcome, &value(rest, "out").unwrap_or("").replace("\\n", "\n"));
    end.carried = !flag(rest, "uncarried");
    end.cwd = value(rest, "cwd").map(str::to_owned);
    if flag(rest, "by-marker") {
        end.seen = Seen::Marker;
    }
    end
}
