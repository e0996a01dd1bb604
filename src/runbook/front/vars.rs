//! Variables of the front matter: patterns, choices, defaults, secrets; imports the model.

use super::plain;
use crate::runbook::model::{Pattern, Secret, SecretSource, VarDecl};
use crate::runbook::shell::variables::check_variable;
use crate::runbook::yaml::{Node, Reader, Value};

/// Keys of a variable.
pub const KEYS: [&str; 7] = ["match", "choose", "default", "secret", "from", "command", "allow-short"];

/// Returns the variables that the map `node` declares.
pub fn vars(node: &Node, reader: &mut Reader<'_>) -> Vec<VarDecl> {
    let mut out = Vec::new();
    for (key, name, value) in reader.entries(node, "`vars`") {
        if let Err(why) = check_variable(&name) {
            reader.error("bad-variable", key, why);
            continue;
        }
        let mut decl = VarDecl { name, place: reader.place(&key.bytes), ..VarDecl::default() };
        match &value.value {
            Value::Null => {}
            Value::Text(text) => decl.default = plain(value, text, reader),
            _ => details(value, &mut decl, reader),
        }
        check(&decl, value, reader);
        out.push(decl);
    }
    out
}

/// A default and the values to choose from must themselves be allowed.
fn check(decl: &VarDecl, value: &Node, reader: &mut Reader<'_>) {
    let name = &decl.name;
    let fits = |text: &str| decl.pattern.as_ref().is_none_or(|p| p.matches_whole(text));
    if let Some(odd) = decl.choose.iter().find(|choice| !fits(choice)) {
        reader.error("bad-choice", value, format!("`{odd}` does not match the pattern of `{name}`"));
    }
    let Some(default) = &decl.default else { return };
    if decl.secret.is_some() {
        let message = format!("`{name}` is a secret and cannot have a default: the file is no place for it");
        reader.error("bad-secret", value, message);
    } else if !fits(default) {
        reader.error("bad-default", value, format!("the default of `{name}` does not match its own pattern"));
    } else if !decl.choose.is_empty() && !decl.choose.contains(default) {
        reader.error("bad-default", value, format!("the default of `{name}` is none of its choices"));
    }
}

/// What a secret says, before it is known to be whole.
#[derive(Default)]
struct SecretWords<'n> {
    secret: bool,
    from: Option<(&'n Node, String)>,
    command: Option<(&'n Node, String)>,
    allow_short: Option<&'n Node>,
}

fn details(node: &Node, decl: &mut VarDecl, reader: &mut Reader<'_>) {
    let mut words = SecretWords::default();
    for (key, name, value) in reader.entries(node, "a variable") {
        match name.as_str() {
            "match" => decl.pattern = pattern(value, reader),
            "default" => {
                decl.default = reader.text(value, "`default`").and_then(|text| plain(value, &text, reader));
            }
            "choose" => decl.choose = choices(value, reader),
            "secret" => words.secret = truth(value, "`secret`", reader),
            "from" => words.from = reader.text(value, "`from`").map(|text| (value, text)),
            "command" => {
                let text = reader.text(value, "`command`").and_then(|text| plain(value, &text, reader));
                words.command = text.map(|text| (value, text));
            }
            "allow-short" => {
                words.allow_short = truth(value, "`allow-short`", reader).then_some(key);
            }
            _ => reader.unknown_key(key, &name, &KEYS, &[]),
        }
    }
    if words.secret && !decl.choose.is_empty() {
        let message = format!("`{}` is a secret: `choose` would write its values into the file", decl.name);
        reader.error("bad-secret", node, message);
    }
    decl.secret = secret(node, words, reader);
}

fn secret(node: &Node, words: SecretWords<'_>, reader: &mut Reader<'_>) -> Option<Secret> {
    let SecretWords { secret, from, command, allow_short } = words;
    if !secret {
        let first = from.as_ref().or(command.as_ref()).map(|(node, _)| *node).or(allow_short);
        if let Some(node) = first {
            let message =
                "`from`, `command` and `allow-short` mean something only together with `secret: true`";
            reader.error("incomplete", node, message);
        }
        return None;
    }
    let source = match (from.as_ref().map(|(node, text)| (*node, text.as_str())), command) {
        (Some((_, "command")), Some((_, command))) => SecretSource::Command(command),
        (Some((node, "command")), None) => {
            reader.error("incomplete", node, "`from: command` needs `command: …`, what to run");
            return None;
        }
        (_, Some((node, _))) => {
            reader.error("incomplete", node, "`command` means something only together with `from: command`");
            return None;
        }
        (Some((_, "env")), None) => SecretSource::Env,
        (Some((_, "prompt")), None) => SecretSource::Prompt,
        (Some((node, other)), None) => {
            let message = format!("a secret comes from env, prompt or command, not from `{other}`");
            reader.error("bad-secret", node, message);
            return None;
        }
        (None, None) => {
            let help = Some("write `from: env`, `from: prompt` or `from: command`".to_owned());
            reader.error_help("incomplete", node, "a secret needs `from`: where its value comes from", help);
            return None;
        }
    };
    Some(Secret { from: source, allow_short: allow_short.is_some() })
}

fn choices(node: &Node, reader: &mut Reader<'_>) -> Vec<String> {
    let Value::List(items) = &node.value else {
        reader.error("wrong-type", node, "`choose` must be a list (`[a, b]`)");
        return Vec::new();
    };
    if items.is_empty() {
        reader.error("bad-choice", node, "`choose` holds nothing to choose from");
    }
    let mut out: Vec<String> = Vec::new();
    for item in items {
        let Some(text) = reader.text(item, "a choice").and_then(|text| plain(item, &text, reader)) else {
            continue;
        };
        if out.contains(&text) {
            reader.error("bad-choice", item, format!("`{text}` stands here twice"));
        } else {
            out.push(text);
        }
    }
    out
}

fn truth(node: &Node, what: &str, reader: &mut Reader<'_>) -> bool {
    match reader.text(node, what).as_deref() {
        Some("true") => true,
        Some("false") | None => false,
        Some(other) => {
            reader.error("wrong-type", node, format!("{what} is true or false, not `{other}`"));
            false
        }
    }
}

fn pattern(node: &Node, reader: &mut Reader<'_>) -> Option<Pattern> {
    let text = reader.text(node, "`match`")?;
    Pattern::new(&text)
        .map_err(|why| {
            reader.error("bad-pattern", node, format!("`match` is not a regular expression: {why}"))
        })
        .ok()
}
