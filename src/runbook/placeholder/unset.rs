//! Variables that a script expands and that nothing sets before; pure, work linear.

use std::collections::HashSet;
use std::ops::Range;

use super::Found;
use super::context::{Context, Head, Kind};
use crate::runbook::shell::variables::{assigned, check_variable};

/// Names that every shell, every login or gonogo sets: using one is no question to a person.
pub const USUAL: [&str; 58] = [
    "ENV",
    "RUN",
    "HOST",
    "ROLE",
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "HOSTNAME",
    "LANG",
    "LANGUAGE",
    "TERM",
    "TMPDIR",
    "TMP",
    "TEMP",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "IFS",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "UID",
    "EUID",
    "PPID",
    "GROUPS",
    "SHLVL",
    "MAIL",
    "TZ",
    "DISPLAY",
    "COLUMNS",
    "LINES",
    "REPLY",
    "OPTARG",
    "OPTIND",
    "PIPESTATUS",
    "FUNCNAME",
    "OSTYPE",
    "HOSTTYPE",
    "MACHTYPE",
    "EPOCHSECONDS",
    "PS1",
    "PS2",
    "PS4",
    "SUDO_USER",
    "JAVA_HOME",
    "GOPATH",
    "GOROOT",
    "CARGO_HOME",
    "VIRTUAL_ENV",
    "NVM_DIR",
    "KUBECONFIG",
    "ANDROID_HOME",
    "EPOCHREALTIME",
    "DIRSTACK",
];
/// Beginnings of such names.
const USUAL_BEGIN: [&str; 5] = ["LC_", "XDG_", "BASH", "SSH_", "GONOGO_"];
/// What awk calls its own.
const OF_AWK: [&str; 8] = ["NF", "NR", "FS", "RS", "OFS", "ORS", "FILENAME", "FNR"];
/// What follows `$NAME-` when the dash belongs to the name that was meant: `$PR-NUMBER`.
const NOUNS: [&str; 9] = ["NUMBER", "NAME", "ID", "VERSION", "TAG", "BRANCH", "URL", "DATE", "HASH"];

/// A variable that a script expands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expanded<'t> {
    name: &'t str,
    bytes: Range<usize>,
    head: Head,
    braces: bool,
}

/// What is set so far while the scripts of a file are gone through in order.
#[derive(Debug, Default)]
pub struct Known {
    set: HashSet<String>,
    /// Whether a script read settings from elsewhere, so that nobody can tell.
    unsure: bool,
}

/// What a script wants.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Variables that nothing has set, each once: name, first bytes, and whether the step must wait.
    pub variables: Vec<Found>,
    /// `$PR-NUMBER`, which no shell reads as one name: to be filled in as text.
    pub text: Vec<Found>,
}

impl Known {
    /// Notes a name that something other than a script sets.
    pub fn add(&mut self, name: &str) {
        self.set.insert(name.to_owned());
    }

    /// Returns what `script` wants; `carries` says whether the next script sees what it sets.
    pub fn next(&mut self, script: &str, carries: bool) -> Wanted {
        let own: HashSet<String> = assigned(script).into_iter().chain(defaulted(script)).collect();
        let unsure = self.unsure || reads_settings(script);
        let mut wanted = Wanted::default();
        let mut seen = HashSet::new();
        for e in expanded(script) {
            let known = usual(e.name) || self.set.contains(e.name) || own.contains(e.name);
            if known || (e.head == Head::Code && OF_AWK.contains(&e.name)) {
                continue;
            }
            if let Some(found) = dashed(script, &e) {
                wanted.text.push(found);
            } else if check_variable(e.name).is_ok() && seen.insert(e.name) {
                let demanded = !unsure && !e.name.contains(|c: char| c.is_ascii_lowercase());
                wanted.variables.push(Found { name: e.name.to_owned(), bytes: e.bytes, demanded });
            }
        }
        if carries {
            self.set.extend(own);
            self.unsure = unsure;
        }
        wanted
    }
}

fn usual(name: &str) -> bool {
    name == "_" || USUAL.contains(&name) || USUAL_BEGIN.iter().any(|b| name.starts_with(b))
}

/// Whether `script` takes variables from elsewhere.
fn reads_settings(script: &str) -> bool {
    script.split(['\n', ';', '&', '|']).any(|command| {
        let command = command.trim_start();
        let mut words = command.split_whitespace();
        match words.next() {
            Some("source" | "." | "eval" | "direnv" | "module" | "conda" | "workon" | "nvm" | "rvm") => true,
            Some("export") => words.next().is_some_and(|w| w.starts_with(['$', '"', '`'])),
            Some("set") => words.next().is_some_and(|w| w.starts_with('-') && w.contains('a')),
            _ => false,
        }
    })
}

/// Returns the names to which `script` gives a value with `${NAME:=value}`.
fn defaulted(script: &str) -> Vec<String> {
    let parts = script.split("${").skip(1);
    let name = |part: &str| {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(part.len());
        let (name, rest) = part.split_at_checked(end)?;
        (rest.starts_with(":=") || rest.starts_with('=')).then(|| name.to_owned())
    };
    parts.filter_map(name).collect()
}

/// Returns what the shell expands in `script` for which it has no word of its own (`${A:-b}`).
fn expanded(script: &str) -> Vec<Expanded<'_>> {
    if !script.contains('$') {
        return Vec::new();
    }
    let context = Context::of(script);
    let mut out = Vec::new();
    let mut escaped = false;
    for (at, c) in script.char_indices() {
        let live = c == '$' && !escaped;
        escaped = c == '\\' && !escaped;
        if !live || !matches!(context.kind(at), Kind::Code | Kind::Double | Kind::Here) {
            continue;
        }
        let after = script.get(at + 1..).unwrap_or_default();
        let braces = after.starts_with('{');
        let bare = after.strip_prefix('{').map_or(after, |inner| inner.trim_start_matches('#'));
        let begin = at + 1 + (after.len() - bare.len());
        let len = bare.bytes().take(65).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let name = bare.get(..len).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            continue;
        }
        let rest = bare.get(len..).unwrap_or_default();
        let guarded = braces && [":-", ":=", ":+", "-", "=", "+"].iter().any(|op| rest.starts_with(op));
        // `${!name}` and arrays are too clever to ask for.
        if guarded || (braces && rest.starts_with('[')) {
            continue;
        }
        let end = begin + len + usize::from(braces && rest.starts_with('}'));
        out.push(Expanded { name, bytes: at..end, head: context.head(at), braces });
    }
    out
}

/// `$PR-NUMBER` was meant as one name.
fn dashed(script: &str, e: &Expanded<'_>) -> Option<Found> {
    let rest = script.get(e.bytes.end..)?.strip_prefix('-').filter(|_| !e.braces)?;
    let noun = NOUNS.into_iter().find(|noun| rest.starts_with(noun))?;
    let ends = !rest.get(noun.len()..)?.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let bytes = e.bytes.start..e.bytes.end + 1 + noun.len();
    let name = super::name(script.get(bytes.clone())?)?;
    ends.then_some(Found { name, bytes, demanded: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(scripts: &[&str]) -> Vec<String> {
        let mut known = Known::default();
        let mut out = Vec::new();
        for script in scripts {
            let wanted = known.next(script, true);
            out.extend(
                wanted
                    .variables
                    .into_iter()
                    .map(|f| if f.demanded { f.name } else { format!("({})", f.name) }),
            );
            out.extend(wanted.text.into_iter().map(|f| format!("text {}", f.name)));
        }
        out
    }

    #[test]
    fn what_nothing_sets_is_wanted() {
        let cases: [(&[&str], &[&str]); 26] = [
            (&["git tag $VERSION"], &["VERSION"]),
            (&["git tag \"${VERSION}\" $VERSION"], &["VERSION"]),
            (&[": ${VERSION:?say which}"], &["VERSION"]),
            (&["VERSION=1\ngit tag $VERSION"], &[]),
            (&["export VERSION=1", "git tag $VERSION"], &[]),
            (&["git tag $VERSION", "VERSION=1"], &["VERSION"]),
            (&["echo '$VERSION'"], &[]),
            (&["echo \\$VERSION"], &[]),
            (&["# $VERSION"], &[]),
            (&["echo ${VERSION:-1} ${B-} ${C:+x}"], &[]),
            (&[": ${A:=1}", "echo $A"], &[]),
            (&["for f in *; do echo $f; done"], &[]),
            (&["while read -r LINE; do echo $LINE; done"], &[]),
            (&["read -p 'x' DB_NAME\necho $DB_NAME"], &[]),
            (&["cd $HOME; ls $TMPDIR $LC_ALL $BASH_SOURCE $SSH_CONNECTION"], &[]),
            (&["rm -rf $dir/"], &["(dir)"]),
            (&["source ./env.sh", "psql $DB_NAME"], &["(DB_NAME)"]),
            (&[". ./env.sh && psql $DB_NAME"], &["(DB_NAME)"]),
            (&["export $(cat .env)\npsql $DB_NAME"], &["(DB_NAME)"]),
            (&["cat <<EOF\n$DB_NAME\nEOF"], &["DB_NAME"]),
            (&["cat <<'EOF'\n$DB_NAME\nEOF"], &[]),
            (&["awk \"{print $NF}\" f"], &[]),
            (&["gh pr merge $PR-NUMBER"], &["text PR_NUMBER"]),
            (&["mvn release $VERSION-SNAPSHOT"], &["VERSION"]),
            (&["echo $1 $? $$ $@ $# ${#A} ${B[0]}"], &["A"]),
            (&["TAG=$(git describe)\nID=`x`; echo $TAG $ID"], &[]),
        ];
        for (scripts, names) in cases {
            assert_eq!(wanted(scripts), names, "{scripts:?}");
        }
    }

    #[test]
    fn what_a_step_keeps_to_itself_sets_nothing_for_the_next() {
        let mut known = Known::default();
        assert!(known.next("A=1; echo $A", false).variables.is_empty());
        assert_eq!(known.next("echo $A", true).variables.len(), 1);
        known.add("A");
        assert!(known.next("echo $A", true).variables.is_empty());
    }
}
