//! Sixty-four secrets with everything that an encoder treats in its own way, what prints them, and what finds them.

use crate::it::text::redact::forms;

/// Eight values with everything that an encoder treats in its own way.
const EIGHT: [&str; 8] = [
    "pl4in-t0ken-one",
    "w1th sp4ces & ampersands?",
    "qu0tes \"double\" and 'single'",
    "b4ckslash\\and$dollar`tick`",
    "multi\nline\nk3y with three lines",
    "ünïcødé-🔑-s3cret",
    "100%25 and+plus/slash=pad==",
    "\ttab-at-both-3nds\t",
];

/// Sixty-four secrets: eight of each kind, none a part of another.
pub fn secrets() -> Vec<(String, String)> {
    let value = |n: usize| {
        let (kind, which) = (EIGHT[n % 8], n / 8);
        match kind.strip_suffix('\t') {
            Some(rest) => format!("{rest}~{which}{n:02}\t"),
            None => format!("{kind}~{which}{n:02}"),
        }
    };
    (0..64).map(|n| (format!("S{}", n + 1), value(n))).collect()
}

/// Returns a script that prints each secret on both streams as it is, in base64, percent-encoded, as JSON, and quoted for
/// a shell. It gets them as the variables `S1` to `S64`, and derives one more.
pub fn printing() -> String {
    let all: Vec<String> = (1..=64).map(|n| format!("\"$S{n}\"")).collect();
    PRINTS.replace("ALL", &all.join(" "))
}

const PRINTS: &str = r#"url() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; echo; }
json() { printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; echo; }
shell() { printf "'%s'\n" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }
for secret in ALL; do
  for encoder in echo base64 url json shell; do
    case $encoder in
      base64) printf 'user:%s' "$secret" | base64 ;;
      echo) printf '%s\n' "$secret" ;;
      *) $encoder "$secret" ;;
    esac
  done
done >one
cat one
cat one >&2
rm one
derived=$S1"#;

/// Every way to write one of the secrets that is long enough to mean it.
pub fn needles() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in secrets() {
        for (form, text) in forms(&value)
            .into_iter()
            .filter(|(form, _)| !form.contains("lines") && !form.contains("indented"))
        {
            all.push((format!("{name} as {form}"), text));
        }
        all.push((format!("{name} without white space around it"), value.trim().to_owned()));
    }
    all
}

/// Asserts that none of `needles` is in `bytes`.
#[track_caller]
pub fn clean(what: &str, bytes: &[u8], needles: &[(String, String)]) {
    let text = String::from_utf8_lossy(bytes);
    for (name, needle) in needles {
        assert!(!text.contains(needle), "{name} is in {what}");
    }
}
