//! A plan for people.

use super::{BoxPlan, Decided, Decision, PhasePlan, Plan, StepPlan, Target, Value};
use crate::text::{sanitize, sanitize_block};

/// Returns `plan` as plain text, each line ended by a line feed.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut page = Page::default();
    let environment = plan.environment.as_ref().map_or("no environment".to_owned(), |e| e.clone());
    page.line(0, &plan.title);
    page.line(0, &format!("plan for {environment}; nothing of it has run"));
    page.whole(plan, 0);
    page.gap();
    if plan.missing.is_empty() {
        page.line(0, "Nothing is missing.");
    } else {
        page.line(0, "Missing");
        for missing in &plan.missing {
            page.line(1, &missing.why);
        }
    }
    page.0
}

/// Text that grows, line by line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        let line = format!("{}{}", "  ".repeat(depth), sanitize(text));
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    fn gap(&mut self) {
        if !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    fn whole(&mut self, plan: &Plan, depth: usize) {
        if !plan.values.is_empty() {
            self.gap();
            self.line(depth, "Values");
            let width = plan.values.iter().map(|v| v.name.chars().count()).max().unwrap_or(0).min(32);
            for value in &plan.values {
                self.line(depth + 1, &valued(value, width));
            }
        }
        if let Some(start) = plan.start {
            self.gap();
            let name = plan.environment.as_deref().unwrap_or_default();
            self.line(
                depth,
                &match start {
                    "type" => format!("Starting it wants the name typed: {name}"),
                    _ => "Starting it wants a press of its own".to_owned(),
                },
            );
        }
        for phase in &plan.phases {
            self.phase(phase, depth);
        }
        if !plan.rollback_phases.is_empty() {
            self.gap();
            self.line(depth, "If it is rolled back:");
            for phase in &plan.rollback_phases {
                self.phase(phase, depth + 1);
            }
        }
        if let Some(rollback) = &plan.rollback {
            self.gap();
            self.line(depth, &format!("If it is rolled back: {} ({})", rollback.title, rollback.file));
            self.whole(rollback, depth + 1);
        }
        if let Some(file) = &plan.rollback_above {
            self.gap();
            self.line(depth, &format!("If it is rolled back: {file}, which stands above"));
        }
    }

    fn phase(&mut self, phase: &PhasePlan, depth: usize) {
        self.gap();
        if phase.gate {
            let who = if phase.go.is_empty() {
                "go or no-go".to_owned()
            } else {
                format!("{} vote", phase.go.join(", "))
            };
            self.line(depth, &format!("-- gate: {who} --"));
        }
        self.line(depth, &phase.title);
        if let Some(condition) = &phase.condition {
            self.line(depth + 1, &decision(condition));
        }
        for item in &phase.boxes {
            self.boxed(item, depth + 1);
        }
    }

    fn boxed(&mut self, item: &BoxPlan, depth: usize) {
        let inner = depth + item.depth;
        if !item.above.is_empty() {
            self.line(inner, &format!("-- {}", item.above.join(" / ")));
        }
        if !item.choose.is_empty() {
            self.line(
                inner,
                &format!("exactly one is chosen when the run comes here: {}", item.choose.join(" / ")),
            );
        }
        let mark = match item.applies {
            Decided::Applies => "[ ]",
            Decided::Not => "[-]",
            Decided::Unknown => "[?]",
        };
        let asks = if item.asks.is_empty() { String::new() } else { format!("  ({})", item.asks.join("; ")) };
        self.line(inner, &format!("{mark} {}{asks}", item.text));
        if let Some(condition) = &item.condition {
            self.line(inner + 2, &decision(condition));
        }
        if item.applies != Decided::Not {
            for step in &item.steps {
                self.step(step, inner + 2, "step");
            }
            for command in &item.inline {
                self.step(command, inner + 2, "command");
            }
        }
        if let Some(child) = &item.child {
            self.line(inner + 2, &format!("runs as a child: {} ({})", child.title, child.file));
            if item.applies != Decided::Not {
                self.whole(child, inner + 3);
            }
        }
        if item.irreversible {
            self.past(inner + 2);
        }
    }

    fn past(&mut self, depth: usize) {
        self.line(depth, "== from here on there is no way back but the rollback ==");
    }

    fn step(&mut self, step: &StepPlan, depth: usize, word: &str) {
        let mut head = format!("{word} {}", step.title);
        let hosts: Vec<String> = step.hosts.iter().map(target).collect();
        if !hosts.is_empty() {
            head.push_str(&format!(" on {}", hosts.join(", ")));
        }
        if !step.how.is_empty() {
            head.push_str(&format!(", {}", step.how));
        }
        self.line(depth, &head);
        let deeper = depth + 1;
        if let Some(condition) = &step.condition {
            self.line(deeper, &decision(condition));
        }
        if step.condition.as_ref().is_some_and(|c| c.decided == Decided::Not) {
            return;
        }
        let offered =
            (step.offered && word == "step").then(|| "offered: the box can be signed without it".to_owned());
        let asks = (!step.asks.is_empty()).then(|| step.asks.join("; "));
        let danger = step.danger.as_ref().map(|why| format!("dangerous, so a word has to be typed: {why}"));
        let by_hand = step.by_hand.as_ref().map(|why| format!("by hand, gonogo does not run it: {why}"));
        let terminal = step.terminal.as_ref().map(|why| format!("gets a terminal, a person types: {why}"));
        let root = step.asks_root.then(|| "gets a terminal where sudo wants a password".to_owned());
        let waits = (!step.waits_for.is_empty()).then(|| format!("waits for {}", step.waits_for.join(", ")));
        for words in [asks, offered, danger, by_hand, terminal, root, waits].into_iter().flatten() {
            self.line(deeper, &words);
        }
        for line in sanitize_block(step.script.trim_end()).lines() {
            self.line(deeper, &format!("| {line}"));
        }
        for value in &step.values {
            self.line(deeper, &format!("with {}", valued(value, 0)));
        }
        for live in &step.live {
            let host = if live.host.is_empty() { String::new() } else { format!(" on {}", live.host) };
            let words = if live.words.is_empty() { String::new() } else { format!(": {}", live.words) };
            self.line(deeper, &format!("=> {}{host}{words}", live.result.word()));
        }
        if step.irreversible {
            self.past(depth);
        }
    }
}

fn decision(decision: &Decision) -> String {
    let word = match decision.decided {
        Decided::Applies => "applies",
        Decided::Not => "does not apply",
        Decided::Unknown => "unknown until run",
    };
    format!("if {}: {word}, {}", decision.condition, decision.why)
}

fn valued(value: &Value, width: usize) -> String {
    match &value.value {
        Some(known) => format!("{:<width$} = {known}  ({})", value.name, value.from),
        None => format!("{:<width$} {}", value.name, value.from),
    }
}

/// Returns the host as `name (user@address:port)`, without what would be said twice.
fn target(host: &Target) -> String {
    if host.port == 0 {
        return host.name.clone();
    }
    let address =
        if host.address.contains(':') { format!("[{}]", host.address) } else { host.address.clone() };
    if host.user.is_empty() {
        return format!("{address} of the SSH configuration");
    }
    let reached = format!("{}@{address}:{}", host.user, host.port);
    if host.name == host.address { reached } else { format!("{} ({reached})", host.name) }
}
