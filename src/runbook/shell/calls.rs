//! Which programs a script calls, seen through what stands before and around them: `sudo`, `env`, `xargs`, `ssh host`,
//! `docker exec`, `bash -c '…'`, here-documents that feed a shell; pure, work linear.

use super::scan::{Scan, Simple, Span, Stdin, index, scan, small};

/// Scripts inside scripts that are followed.
const DEPTH: u8 = 5;

/// What a program reads, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Feed<'s> {
    /// What its caller reads.
    #[default]
    Inherited,
    /// A file.
    File,
    /// This text.
    Text(&'s str),
    /// What the command of these words prints.
    Pipe(Vec<&'s str>),
}

/// One call of a program.
#[derive(Debug, Clone, Default)]
pub struct Call<'s> {
    /// The name of the program without its directory; `docker compose` is `docker-compose`, `php artisan` `artisan`.
    pub program: &'s str,
    /// Its words; values of options that stand before the first other word are left out.
    pub args: Vec<&'s str>,
    /// What it reads.
    pub feed: Feed<'s>,
    /// The file it writes.
    pub out: &'s str,
    /// Whether it stands in a loop, a condition, a function or a substitution.
    pub inside: bool,
    /// Whether something ends it: `timeout`, `&`, a reader that stops reading.
    pub ends: bool,
    /// Whether it stands for a loop that nothing ends.
    pub endless: bool,
    /// Whether `sudo` starts it, which may ask for a password.
    pub root: bool,
}

/// Options that take the next word, by program; only those that stand before the first other word matter.
const VALUED: [(&str, &[&str]); 14] = [
    ("git", &["-C", "-c", "--git-dir", "--work-tree", "--namespace"]),
    ("docker", &["-H", "--host", "-c", "--context", "-l", "--log-level", "--config"]),
    (
        "docker-compose",
        &["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory", "--ansi"],
    ),
    ("kubectl", &["-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--user", "-s", "--server"]),
    ("helm", &["-n", "--namespace", "--kube-context", "--kubeconfig"]),
    ("systemctl", &["-H", "--host", "-M", "--machine"]),
    ("npm", &["--prefix", "-C", "-w", "--workspace"]),
    ("yarn", &["--cwd"]),
    ("pnpm", &["-C", "--dir", "-F", "--filter"]),
    ("aws", &["--profile", "--region", "--output", "--endpoint-url"]),
    ("gcloud", &["--project", "--account", "--configuration"]),
    ("gh", &["-R", "--repo"]),
    ("celery", &["-A", "--app", "-b", "--broker"]),
    ("supervisorctl", &["-c", "-s", "-u", "-p"]),
];

#[derive(Clone, Default)]
struct Around<'s> {
    feed: Feed<'s>,
    out: &'s str,
    inside: bool,
    ends: bool,
    depth: u8,
    root: bool,
}

/// Shows `see` every call that `simples`, which stand in `scan`, make.
pub fn calls(scan: &Scan, simples: Span, see: &mut dyn FnMut(&Call<'_>)) {
    script(scan, simples, &Around::default(), see);
}

fn script(scan: &Scan, simples: Span, outer: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    for simple in scan.simples.get(simples.range()).unwrap_or_default() {
        let words = scan.texts(simple);
        let around = Around {
            feed: feed(scan, simple),
            out: scan.at(simple.out),
            inside: simple.inside,
            ends: outer.ends || simple.background || stops(scan, simple),
            depth: outer.depth,
            root: outer.root,
        };
        if simple.endless {
            see(&Call { program: "while", endless: true, ends: around.ends, ..Call::default() });
        } else if words.is_empty() {
            see(&Call { out: around.out, ..Call::default() });
        }
        resolve(&words, around, see);
    }
}

fn feed<'s>(scan: &'s Scan, simple: &Simple) -> Feed<'s> {
    match (simple.stdin, simple.from) {
        (Stdin::File, _) => Feed::File,
        (Stdin::Text(text), _) => Feed::Text(scan.at(text)),
        (Stdin::Heredoc(number), _) => {
            Feed::Text(scan.heredocs.get(index(number)).map(|text| scan.at(*text)).unwrap_or_default())
        }
        (Stdin::Inherited, Some(from)) => {
            Feed::Pipe(scan.simples.get(index(from)).map(|s| scan.texts(s)).unwrap_or_default())
        }
        (Stdin::Inherited, None) => Feed::Inherited,
    }
}

/// Returns whether the reader of `simple` stops reading before the end: then the writer ends, too.
fn stops(scan: &Scan, simple: &Simple) -> bool {
    let Some(next) = simple.to.and_then(|to| scan.simples.get(index(to))) else { return false };
    let words = scan.texts(next);
    match words.first().copied() {
        Some("head") => true,
        Some("grep" | "egrep" | "rg") => words
            .iter()
            .any(|w| matches!(*w, "-q" | "--quiet") || w.starts_with("-m") || w.starts_with("--max-count")),
        _ => false,
    }
}

/// Returns the name of the program without its directory.
fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Returns the options at the beginning of `words` and what follows them; `valued` take the next word.
fn options<'w, 's>(words: &'w [&'s str], valued: &[&str]) -> (&'w [&'s str], &'w [&'s str]) {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|w| w.starts_with('-') && w.len() > 1) {
        at += 1;
        if *word == "--" {
            break;
        }
        at += usize::from(valued.contains(word));
    }
    words.split_at_checked(at.min(words.len())).unwrap_or((words, &[]))
}

fn resolve<'s>(words: &[&'s str], mut around: Around<'s>, see: &mut dyn FnMut(&Call<'_>)) {
    let mut words = words;
    loop {
        while let Some((_, rest)) = words.split_first().filter(|(first, _)| is_assignment(first)) {
            words = rest;
        }
        let Some((first, rest)) = words.split_first() else { return };
        let program = base(first);
        words = match program {
            "sudo" | "doas" => {
                let (flags, after) = options(
                    rest,
                    &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-T", "-R", "--user", "--group"],
                );
                if after.is_empty() || flags.iter().any(|f| matches!(*f, "-e" | "--edit")) {
                    return emit(program, rest, &around, see);
                }
                // These ask nobody at the terminal.
                let silent = ["-n", "-S", "-A", "--non-interactive", "--stdin", "--askpass"];
                around.root |= program == "sudo" && !flags.iter().any(|f| silent.contains(f));
                after
            }
            "env" => options(rest, &["-u", "--unset", "-C", "--chdir"]).1,
            "nice" | "ionice" | "chrt" | "taskset" => options(rest, &["-n", "-c", "-p", "--adjustment"]).1,
            "nohup" | "time" | "command" | "exec" | "builtin" | "setsid" | "stdbuf" | "chronic"
            | "unbuffer" | "busybox" | "caffeinate" | "-p" => options(rest, &[]).1,
            "timeout" | "gtimeout" => {
                around.ends = true;
                let after = options(rest, &["-k", "-s", "--kill-after", "--signal"]).1;
                after.split_first().map(|(_, after)| after).unwrap_or_default()
            }
            "xargs" => {
                around.feed = Feed::Inherited;
                options(rest, &["-n", "-P", "-I", "-d", "-L", "-s", "-a", "-E", "--max-args", "--max-procs"])
                    .1
            }
            "flock" => {
                let after = options(rest, &["-w", "--timeout", "-E"]).1;
                after.split_first().map(|(_, after)| after).unwrap_or_default()
            }
            "chroot" => options(rest, &[]).1.split_first().map(|(_, after)| after).unwrap_or_default(),
            "runuser" | "gosu" | "su-exec" if !rest.contains(&"-c") => {
                let (flags, after) = options(rest, &["-u", "-g"]);
                let named = flags.contains(&"-u") || program == "runuser";
                if named { after } else { after.split_first().map(|(_, after)| after).unwrap_or_default() }
            }
            "npx" | "pnpx" | "bunx" => options(rest, &["-p", "--package", "-c"]).1,
            "bundle" | "poetry" | "uv" | "pipenv" | "hatch" | "rye" | "pdm" | "direnv" | "mise" | "volta"
                if matches!(rest.first(), Some(&("exec" | "run" | "x"))) && rest.len() > 1 =>
            {
                options(rest.get(1..).unwrap_or_default(), &[]).1
            }
            "op" | "doppler" | "infisical" | "aws-vault" | "dotenv" | "chamber" | "envchain"
                if rest.contains(&"--") =>
            {
                rest.iter().position(|w| *w == "--").and_then(|at| rest.get(at + 1..)).unwrap_or_default()
            }
            "eval" | "watch" => {
                if program == "watch" {
                    emit(program, rest, &around, see);
                }
                let (_, after) = options(rest, &["-n", "--interval"]);
                return inner(&after.join(" "), &around, see);
            }
            "find" => return find(rest, &around, see),
            "ssh" => return ssh(rest, &around, see),
            "bash" | "sh" | "zsh" | "dash" | "ksh" | "ash" => return shell(program, rest, &around, see),
            "su" | "runuser" => return su(program, rest, &around, see),
            "docker" | "podman" | "nerdctl" => return docker(rest, &around, see),
            "docker-compose" | "podman-compose" => return compose(rest, &around, see),
            "kubectl" | "oc" | "k" => {
                emit("kubectl", rest, &around, see);
                let Some(at) = rest.iter().position(|w| *w == "--").filter(|_| rest.contains(&"exec")) else {
                    return;
                };
                rest.get(at + 1..).unwrap_or_default()
            }
            "sail" | "lando" | "ddev" if matches!(rest.first(), Some(&("php" | "artisan" | "exec"))) => {
                if rest.first() == Some(&"artisan") {
                    rest
                } else {
                    rest.get(1..).unwrap_or_default()
                }
            }
            name if name.starts_with("php") || name.starts_with("python") => {
                let after = options(rest, &["-d", "-c", "-W"]).1;
                if after
                    .first()
                    .is_some_and(|w| matches!(base(w), "artisan" | "manage.py" | "console" | "bin/console"))
                {
                    after
                } else {
                    let name = if name.starts_with("python") { "python" } else { "php" };
                    return emit(name, rest, &around, see);
                }
            }
            _ => return emit(program, rest, &around, see),
        };
    }
}

fn emit(program: &str, words: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    let valued = VALUED.iter().find(|(name, _)| *name == program).map_or(&[] as &[&str], |(_, flags)| *flags);
    let mut args = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|w| w.starts_with('-')) {
        args.push(*word);
        at += 1 + usize::from(valued.contains(word));
    }
    args.extend(words.get(at..).unwrap_or_default());
    see(&Call {
        program,
        args,
        feed: around.feed.clone(),
        out: around.out,
        inside: around.inside,
        ends: around.ends,
        endless: false,
        root: around.root,
    });
}

/// A script inside the script.
fn inner(text: &str, around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    if around.depth >= DEPTH || text.trim().is_empty() {
        return;
    }
    let found = scan(text);
    let all = Span { start: 0, end: small(found.simples.len()) };
    let around = Around { depth: around.depth + 1, ends: around.ends, ..Around::default() };
    script(&found, all, &around, see);
}

fn find(rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    emit("find", rest, around, see);
    if around.depth >= DEPTH {
        return;
    }
    let around = Around { feed: Feed::Inherited, depth: around.depth + 1, ..around.clone() };
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        at += 1;
        if matches!(*word, "-exec" | "-execdir" | "-ok" | "-okdir") {
            let tail = rest.get(at..).unwrap_or_default();
            let end = tail.iter().position(|w| matches!(*w, ";" | "+")).unwrap_or(tail.len());
            resolve(tail.get(..end).unwrap_or_default(), around.clone(), see);
            at += end;
        }
    }
}

/// `ssh [options] host [command]`: the command, or what is fed to the shell there.
fn ssh(rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    let takes =
        |w: &str| w.len() == 2 && w.chars().nth(1).is_some_and(|c| "BbcDEeFIiJLlmOopQRSWw".contains(c));
    let mut at = 0;
    let mut host = false;
    while let Some(word) = rest.get(at).filter(|w| !host || w.starts_with('-')) {
        if word.starts_with('-') && word.len() > 1 {
            at += usize::from(takes(word));
        } else {
            host = true;
        }
        at += 1;
    }
    // Of the command only that there is one: its options are not ssh's.
    emit("ssh", rest.get(..=at).unwrap_or(rest), around, see);
    let command = rest.get(at..).unwrap_or_default();
    if command.is_empty() {
        fed(around, see);
    } else {
        inner(&command.join(" "), around, see);
    }
}

/// What is fed to a shell is a script.
fn fed(around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    match &around.feed {
        Feed::Text(text) => inner(text, around, see),
        Feed::Pipe(words) if matches!(words.first(), Some(&("echo" | "printf"))) => {
            inner(&words.get(1..).unwrap_or_default().join(" "), around, see);
        }
        _ => {}
    }
}

fn shell(program: &str, rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    emit(program, rest, around, see);
    let command = rest.iter().position(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('c'));
    match command.and_then(|at| rest.get(at + 1)) {
        Some(text) => inner(text, around, see),
        None if rest.iter().all(|w| w.starts_with('-')) => fed(around, see),
        None => {}
    }
}

fn su(program: &str, rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    emit(program, rest, around, see);
    let command = rest.iter().position(|w| matches!(*w, "-c" | "--command"));
    match command.and_then(|at| rest.get(at + 1)) {
        Some(text) => inner(text, around, see),
        None => fed(around, see),
    }
}

fn docker(rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    let globals = ["-H", "--host", "-c", "--context", "-l", "--log-level", "--config"];
    let (_, after) = options(rest, &globals);
    if let Some((_, rest)) = after.split_first().filter(|(sub, _)| **sub == "compose") {
        return compose(rest, around, see);
    }
    let rest = if after.first() == Some(&"container") { after.get(1..).unwrap_or_default() } else { after };
    contained("docker", after, rest, around, see);
}

fn compose(rest: &[&str], around: &Around<'_>, see: &mut dyn FnMut(&Call<'_>)) {
    let valued =
        VALUED.iter().find(|(name, _)| *name == "docker-compose").map_or(&[] as &[&str], |(_, flags)| *flags);
    contained("docker-compose", rest, options(rest, valued).1, around, see);
}

/// `exec` and `run`: the command in the container, whose options are its own.
fn contained(
    program: &str,
    words: &[&str],
    rest: &[&str],
    around: &Around<'_>,
    see: &mut dyn FnMut(&Call<'_>),
) {
    let Some((_, rest)) = rest.split_first().filter(|(sub, _)| matches!(**sub, "exec" | "run")) else {
        return emit(program, words, around, see);
    };
    let valued = [
        "-u",
        "--user",
        "-w",
        "--workdir",
        "-e",
        "--env",
        "--env-file",
        "-v",
        "--volume",
        "-p",
        "--publish",
        "--name",
        "--network",
        "--net",
        "--mount",
        "-m",
        "--memory",
        "--entrypoint",
        "-l",
        "--label",
        "--index",
        "--add-host",
        "--cpus",
        "--platform",
        "--pull",
        "-h",
        "--hostname",
        "--restart",
        "--tmpfs",
    ];
    let (_, after) = options(rest, &valued);
    let command = after.get(1..).unwrap_or_default();
    let own = words.len().saturating_sub(command.len());
    emit(program, words.get(..own).unwrap_or(words), around, see);
    if around.depth < DEPTH {
        resolve(command, Around { depth: around.depth + 1, ..around.clone() }, see);
    }
}
