//! The form as one HTML page: no script, nothing from elsewhere, printable on A4 and Letter, right-to-left text in
//! its own direction.

use super::form::{Entry, Form, Group, Leaf, Note, Script};
use crate::text::{sanitize, sanitize_block};

/// Returns the form as an HTML page.
#[must_use]
pub fn html(form: &Form) -> String {
    let sha: String = form.sha256.chars().take(16).collect();
    let title = escape(&form.title);
    let mut out = format!("{HEAD}<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n");
    out.push_str(&format!("<h1 dir=\"auto\">{title}</h1>\n"));
    out.push_str(&format!(
        "<p class=\"from\">Paper form of <bdi>{}</bdi>, sha256 {}</p>\n",
        escape(&form.file),
        escape(&sha)
    ));
    out.push_str("<div class=\"fields\">\n");
    for label in ["Environment", "Captain", "Date", "Begun at", "Ended at"] {
        out.push_str(&field(label, "line"));
    }
    out.push_str("</div>\n");
    out.push_str(&prose(&form.prose));
    if !form.values.is_empty() {
        out.push_str("<section>\n<h2>Values</h2>\n");
        for (name, allowed) in &form.values {
            out.push_str(&format!(
                "<div class=\"value\"><code dir=\"ltr\">{}</code> <small dir=\"auto\">{}</small><span class=\"line\"></span></div>\n",
                escape(name),
                allowed.as_ref().map(one).unwrap_or_default()
            ));
        }
        out.push_str("</section>\n");
    }
    for phase in &form.phases {
        group(&mut out, phase);
    }
    signatures(&mut out, form);
    out.push_str("</body>\n</html>\n");
    out
}

fn group(out: &mut String, phase: &Group) {
    out.push_str(&format!("<section>\n<h2 dir=\"auto\">{}</h2>\n", escape(&phase.title)));
    out.push_str(&noted(&phase.notes));
    for role in &phase.gate {
        let role = if role.is_empty() { String::new() } else { format!(" {}", escape(role)) };
        out.push_str(&format!(
            "<div class=\"gate\"><b>Gate{role}</b> {} {}{}{}</div>\n",
            tick("go"),
            tick("no-go"),
            field("Name", "line"),
            field("Time", "line short")
        ));
    }
    out.push_str(&prose(&phase.prose));
    for entry in &phase.entries {
        match entry {
            Entry::Heading(title) => out.push_str(&format!("<h3 dir=\"auto\">{}</h3>\n", escape(title))),
            Entry::Leaf(item) => leaf(out, item),
        }
    }
    out.push_str("</section>\n");
}

fn leaf(out: &mut String, item: &Leaf) {
    // The style sheet knows five levels; what is deeper stands there too.
    let depth = item.depth.min(5);
    out.push_str(&format!("<article class=\"box d{depth}\">\n"));
    out.push_str(&format!(
        "<div class=\"head\" dir=\"auto\"><span class=\"tick\"></span><div><p class=\"text\">{}</p>{}</div></div>\n",
        escape(&item.text),
        noted(&item.notes)
    ));
    out.push_str(&prose(&item.prose));
    for step in &item.scripts {
        script(out, step);
    }
    for name in &item.values {
        out.push_str(&format!(
            "<div class=\"value\"><code dir=\"auto\">{}</code><span class=\"line\"></span></div>\n",
            escape(name)
        ));
    }
    out.push_str(&format!(
        "<div class=\"sign\">{}{}{}</div>\n</article>\n",
        field("Name", "line"),
        field("Time", "line short"),
        field("Waived, why", "line")
    ));
}

fn script(out: &mut String, step: &Script) {
    let title = match step.title.as_str() {
        "" => "Command".to_owned(),
        title => format!("Step <bdi>{}</bdi>", escape(title)),
    };
    let on = step.on.as_ref().map(|on| format!(" on <b><bdi>{}</bdi></b>", escape(on))).unwrap_or_default();
    let offered = if step.offered { ", if wanted" } else { "" };
    out.push_str(&format!("<div class=\"step\">\n<p class=\"where\">{title}{on}{offered}</p>\n"));
    out.push_str(&noted(&step.notes));
    out.push_str(&format!("<pre dir=\"ltr\">{}</pre>\n", escape_block(step.text.trim_end_matches('\n'))));
    out.push_str(&format!(
        "<div class=\"sign\">{} {}{}</div>\n</div>\n",
        tick("passed"),
        tick("failed"),
        field("Time", "line short")
    ));
}

fn signatures(out: &mut String, form: &Form) {
    out.push_str("<section class=\"signatures\">\n<h2>Signatures</h2>\n");
    out.push_str(&format!(
        "<p>Outcome: {} {} {}</p>\n",
        tick("completed"),
        tick("rolled back"),
        tick("aborted")
    ));
    if let Some(link) = &form.rollback {
        out.push_str(&format!("<p>Rolled back with <bdi>{}</bdi></p>\n", escape(link)));
    }
    let roles = form.roles.iter().map(String::as_str);
    for role in std::iter::once("Captain").chain(roles) {
        out.push_str(&format!(
            "<div class=\"sign\"><b dir=\"auto\">{}</b>{}{}{}</div>\n",
            escape(role),
            field("Name", "line"),
            field("Signature", "line"),
            field("Date and time", "line")
        ));
    }
    out.push_str("</section>\n");
}

fn field(label: &str, class: &str) -> String {
    format!("<span class=\"field\"><small>{label}</small><span class=\"{class}\"></span></span>")
}

fn tick(label: &str) -> String {
    format!("<span class=\"choice\"><span class=\"tick\"></span> {label}</span>")
}

fn prose(lines: &[String]) -> String {
    lines.iter().map(|line| format!("<p class=\"prose\" dir=\"auto\">{}</p>\n", escape(line))).collect()
}

fn noted(notes: &[Note]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let all = notes.iter().map(one).collect::<Vec<_>>().join("; ");
    format!("<p class=\"notes\">{all}</p>\n")
}

fn one((words, about): &Note) -> String {
    match about.as_str() {
        "" => (*words).to_owned(),
        about => format!("{words} <bdi>{}</bdi>", escape(about)),
    }
}

/// Returns `text` as HTML text or attribute that shows it and does nothing else, in one line.
#[must_use]
pub fn escape(text: &str) -> String {
    escaped(&sanitize(text))
}

fn escape_block(text: &str) -> String {
    escaped(&sanitize_block(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The beginning of the page. Its policy allows the page its own style and nothing else, whatever stands in it.
const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"color-scheme\" content=\"light\">
";

/// The size of the page is the printer's, so that A4 and Letter both work; only margins are ours.
const STYLE: &str = include_str!("../../../assets/report/paper.css");
