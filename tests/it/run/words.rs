//! Facts, effects and refusals in the short words of scenario files.

use gonogo::run::driver::Effect;
use gonogo::run::event::Event;
use gonogo::run::fact::{NamedValue, Seen, Who};
use gonogo::run::refusal::Refusal;
use gonogo::runbook::ids::BoxId;

/// Returns a fact in short words.
pub fn fact(event: &Event) -> String {
    match event {
        Event::StepIntended(e) => {
            let load = e.load.map(|n| format!(" load={n}")).unwrap_or_default();
            let confirmed = e.confirmed.as_ref().map(|w| format!(" confirmed={w}")).unwrap_or_default();
            let again = if e.attempt > 1 { format!(" attempt={}", e.attempt) } else { String::new() };
            let order = over(" over", &e.out_of_order);
            let exit = if e.exit == 0 { String::new() } else { format!(" exit={}", e.exit) };
            let cwd = e.cwd.as_ref().map(|d| format!(" cwd={d}")).unwrap_or_default();
            let program = e.interpreter.as_ref().map(|p| format!(" by={p:?}")).unwrap_or_default();
            let round = e.round.map(|r| format!(" round={} of #{}", r.round, r.first)).unwrap_or_default();
            let retry = e.retry_of.map(|n| format!(" retry-of=#{n}")).unwrap_or_default();
            let flags = [
                (e.unsaved, " unsaved"),
                (e.sudo, " as-root"),
                (e.keep_going, " keep-going"),
                (!e.keep && !e.check, " unkept"),
            ];
            let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
            format!(
                "intended {} on {} #{}{again}{round}{retry}{load}{exit}{cwd}{program}{flags}{confirmed}{order}{}",
                e.step,
                e.host,
                e.number,
                by(&e.who)
            )
        }
        Event::StepStarted(e) => {
            let terminal = if e.terminal { " terminal" } else { "" };
            format!("started #{} pid={} pgid={}{terminal}", e.number, e.pid, e.pgid)
        }
        Event::ShellOpened(e) => {
            let lines = e.step.as_ref().map(|step| format!(" for {step}")).unwrap_or_default();
            format!("shell {} opened on {}{lines}{}", e.shell, e.host, by(&e.who))
        }
        Event::ShellClosed(e) => {
            let took = e.took_ns.map(|ns| format!(" took={}s", ns / 1_000_000_000)).unwrap_or_default();
            format!("shell {} closed on {}: {}{took}", e.shell, e.host, e.how)
        }
        Event::StepCaptured(e) => {
            let host = e.host.as_ref().map(|h| format!(" of {h}")).unwrap_or_default();
            format!("captured #{} {}{host}", e.number, named(&e.value))
        }
        Event::StepTimedOut(e) => format!("timed out #{} after {}s", e.number, e.limit),
        Event::StepFinished(e) => {
            let unmet = e.unmet.as_ref().map(|u| format!(", unmet: {u}")).unwrap_or_default();
            let seen = if e.seen == Seen::Marker { " by marker" } else { "" };
            let carried = if e.carried { " carried" } else { "" };
            let took = e.took_ns.map(|ns| format!(" took={}s", ns / 1_000_000_000)).unwrap_or_default();
            let remarks =
                if e.remarks.is_empty() { String::new() } else { format!(" remarks={:?}", e.remarks) };
            format!("finished #{} {:?}{unmet}{seen}{carried}{took}{remarks}", e.number, e.outcome)
        }
        Event::StepCancelRequested(e) if e.enough => format!("enough of #{}{}", e.number, by(&e.who)),
        Event::StepCancelRequested(e) => format!("cancel requested #{}{}", e.number, by(&e.who)),
        Event::StepUnknown(e) => format!("unknown #{}: {}", e.number, e.why),
        Event::StepProbed(e) => {
            let left = if e.left.is_empty() { String::new() } else { format!(" left={:?}", e.left) };
            format!("probed #{} {:?}{left}", e.number, e.answer)
        }
        Event::StepResolved(e) => {
            format!("resolved #{} {:?}: {}{}", e.number, e.verdict, e.evidence, by(&e.who))
        }
        Event::StepWaived(e) => {
            let condition = if e.condition.is_some() { " by condition" } else { "" };
            let owner = e.risk_owner.as_ref().map(|o| format!(" risk={o}")).unwrap_or_default();
            format!("step waived {}{condition}: {}{owner}{}", e.step, e.reason, by(&e.who))
        }
        Event::BoxSigned(e) => {
            let value = e.value.as_ref().map(|v| format!(" {}", named(v))).unwrap_or_default();
            let note = e.note.as_ref().map(|n| format!(" note={n:?}")).unwrap_or_default();
            let evidence =
                if e.evidence.is_empty() { String::new() } else { format!(" evidence={:?}", e.evidence) };
            format!("signed {}{value}{note}{evidence}{}{}", e.id, over(" over", &e.out_of_order), by(&e.who))
        }
        Event::BoxUnsigned(e) => format!("unsigned {}: {}{}", e.id, e.reason, by(&e.who)),
        Event::BoxWaived(e) => {
            let condition = match (&e.by_choice, &e.condition) {
                (Some(_), _) => " by choice",
                (None, Some(_)) => " by condition",
                (None, None) => "",
            };
            let owner = e.risk_owner.as_ref().map(|o| format!(" risk={o}")).unwrap_or_default();
            format!(
                "waived {}{condition}: {}{owner}{}{}",
                e.id,
                e.reason,
                over(" over", &e.out_of_order),
                by(&e.who)
            )
        }
        Event::MarkSet(e) => format!("mark {} by {}{}", e.name, e.in_box, by(&e.who)),
        Event::WatchSampled(e) => {
            let value = e.value.as_ref().map(|v| format!(" value={v}")).unwrap_or_default();
            let (passed, over) =
                (if e.passed { "passed" } else { "failed" }, if e.over { " over" } else { "" });
            format!("sampled #{} round {} {passed}{value} held={}s{over}", e.number, e.round, e.held)
        }
        Event::WatchBreached(e) => format!("breached #{} round {}: {}", e.number, e.round, e.why),
        Event::ChoiceMade(e) => format!("chose {} of {}{}", e.chosen, e.heading, by(&e.who)),
        Event::HostChosen(e) => format!("chose host {} for {}{}", e.host, e.step, by(&e.who)),
        Event::ValueSet(e) => format!("set {}: {}{}", named(&e.value), text(&e.reason), by(&e.who)),
        Event::WaitStarted(e) => format!("wait started {} {}s{}", e.id, e.seconds, by(&e.who)),
        Event::WaitEnded(e) => format!("wait ended {}: {}{}", e.id, e.reason, by(&e.who)),
        Event::GateVoted(e) => {
            let role = e.role.as_ref().map(|role| format!(" for {role}")).unwrap_or_default();
            format!("voted {:?} at {}{role}: {}{}", e.vote, e.gate, text(&e.text), by(&e.who))
        }
        Event::RunHandoverOffered(e) => format!("offered to {}{}{}", e.to, reason(":", &e.text), by(&e.who)),
        Event::RunHandedOver(e) => format!("handed over from {}{}", e.before, by(&e.who)),
        Event::GateOpened(e) => {
            format!(
                "gate {} opened{}{}{}",
                e.gate,
                reason(" over", &e.over),
                over(" with open", &e.open),
                by(&e.who)
            )
        }
        Event::HostConnected(e) => {
            format!("connected {} {}{}", e.host, e.fingerprint, if e.sudo { " as root" } else { "" })
        }
        Event::HostKeyRefused(e) => format!("key refused {}: {}", e.host, e.why),
        Event::HostKeyAccepted(e) => format!("key accepted {} {}", e.host, e.fingerprint),
        Event::HostRepinned(e) => format!("repinned {} {}{}", e.pin.name, e.pin.in_words(), by(&e.who)),
        Event::HostLost(e) => format!("lost {}: {}", e.host, e.why),
        Event::NoteAdded(e) => {
            let about = e.id.as_ref().map(|id| format!(" on {id}")).unwrap_or_default();
            format!("note{about}: {}{}", e.text, by(&e.who))
        }
        Event::ChildOpened(e) => {
            let place = e.in_box.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
            let rollback = if e.rollback { " as rollback" } else { "" };
            format!("child {} opened{place}{rollback}{}", e.child, over(" over", &e.out_of_order))
        }
        Event::ChildClosed(e) => format!("child {} closed {} {:?}", e.child, e.outcome.words(), e.values),
        Event::RunClosed(e) => {
            let c = &e.counts;
            let counts = format!("{} signed, {} waived, {} open", c.signed, c.waived, c.open);
            format!("closed {} ({counts}){}{}", e.outcome.words(), reason(":", &e.reason), by(&e.who))
        }
        Event::RunPaused(e) => format!("paused: {}{}", e.why, by(&e.who)),
        Event::RunDriverChanged(e) => format!("driver changed: {}{}", e.reason, by(&e.who)),
        Event::RunResumed(e) => format!("resumed{}", by(&e.who)),
        other => format!("{other:?}"),
    }
}

/// Returns an effect in short words.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Record { entries, .. } => format!("record {} facts", entries.len()),
        Effect::Exec(order) => {
            let own = ["ENV", "RUN", "HOST", "ROLE"];
            let vars: Vec<String> = order
                .vars
                .iter()
                .filter(|(n, _)| !own.contains(&n.as_str()))
                .map(|(n, v)| format!(" {n}={v}"))
                .collect();
            format!("exec #{} on {}{}", order.intent.number, order.host.name, vars.concat())
        }
        Effect::Cancel { number } => format!("cancel #{number}"),
        Effect::Probe { number } => format!("probe #{number}"),
        Effect::Shell { shell, host } => format!("shell {shell} on {}", host.name),
        Effect::OpenChild { in_box, link, out_of_order, .. } => {
            let place = in_box.as_ref().map(|id| format!(" in {id}")).unwrap_or_default();
            format!("open child {link}{place}{}", over(" over", out_of_order))
        }
    }
}

/// Returns a refusal as its kind and its sentence.
pub fn refusal(refusal: &Refusal) -> String {
    let debug = format!("{refusal:?}");
    let kind: String = debug.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("{kind}: {refusal}")
}

fn by(who: &Who) -> String {
    if who.name == "layla" { String::new() } else { format!(" by {}", who.name) }
}

fn named(value: &NamedValue) -> String {
    format!("{}={}", value.name, value.value)
}

fn text(words: &Option<String>) -> &str {
    words.as_deref().unwrap_or("-")
}

fn reason(before: &str, words: &Option<String>) -> String {
    words.as_ref().map(|w| format!("{before} {w}")).unwrap_or_default()
}

fn over(before: &str, boxes: &[BoxId]) -> String {
    if boxes.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = boxes.iter().map(BoxId::as_str).collect();
    format!("{before} {}", names.join(","))
}
