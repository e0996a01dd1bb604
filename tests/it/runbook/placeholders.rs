//! Point 8 of the mapping: what is a placeholder and what is not, in the situations that real runbooks contain.

use std::collections::BTreeMap;

use gonogo::runbook::placeholder::{Found, fill, in_prose, in_script, name, value};
use gonogo::runbook::{Runbook, parse};
use proptest::prelude::*;

/// The names that were found; those that nothing waits for stand in brackets.
fn told(found: Vec<Found>) -> Vec<String> {
    found.into_iter().map(|f| if f.demanded { f.name } else { format!("({})", f.name) }).collect()
}

/// Holds every row of a table, and says all that do not hold at once.
fn all(table: &[(&str, &[&str])], find: impl Fn(&str) -> Vec<Found>) {
    let wrong = table.iter().map(|(text, names)| (text, told(find(text)), names));
    let wrong: Vec<_> = wrong.filter(|(_, found, names)| found != *names).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a script waits for.
const DEMANDED: &[(&str, &[&str])] = &[
    // `<x>`
    ("git tag <version>", &["VERSION"]),
    ("git tag v<version>", &["VERSION"]),
    ("git checkout -b release/<RELEASE>", &["RELEASE"]),
    ("ssh deploy@<server-ip> uptime", &["SERVER_IP"]),
    ("ssh <user>@<host>", &["YOUR_USER", "YOUR_HOST"]),
    ("cat <file>", &["FILE"]),
    ("cat <file> | wc -l", &["FILE"]),
    ("mysql <database> < dump.sql", &["DATABASE"]),
    ("aws s3 cp a.tar.gz s3://<bucket>/releases/<version>.tar.gz", &["BUCKET", "VERSION"]),
    ("kubectl -n <name space> get pods", &["NAME_SPACE"]),
    ("git commit -m \"Release <version>\"", &["VERSION"]),
    ("psql -c \"select * from t where id = <tenant id>\"", &["TENANT_ID"]),
    ("curl -d '{\"tag\": \"<version>\"}' https://api.example.net", &["VERSION"]),
    ("docker pull registry.example.net/<image>:<tag>", &["IMAGE", "TAG"]),
    ("git push origin <branch>:<branch>", &["BRANCH", "BRANCH"]),
    ("export VERSION=<version>", &["VERSION"]),
    ("./release.sh --pr=<PR#>", &["PR"]),
    ("./deploy <env> > deploy.log", &["YOUR_ENV"]),
    ("./deploy <X.Y.Z>", &["X_Y_Z"]),
    ("restore --from <1st backup>", &["V1ST_BACKUP"]),
    ("git tag <версия>", &["BLANK_6430E46C"]),
    ("cat <<EOF > /etc/app.conf\nname=<app name>\nEOF", &["APP_NAME"]),
    ("echo \"VERSION=<version>\" > .env", &["VERSION"]),
    ("echo \"<token>\" | docker login --password-stdin", &["TOKEN"]),
    ("a=<x>;b=<y>", &["X", "Y"]),
    ("ssh app@web1 'systemctl restart <service>'", &["SERVICE"]),
    ("./x <a\\b> <name>", &["NAME"]),
    ("gh release create <version|tag>", &["VERSION_TAG"]),
    ("scp dump.sql <path/to/backup>", &["PATH_TO_BACKUP"]),
    // `{x}`
    ("git tag {VERSION}", &["VERSION"]),
    ("curl -I https://{tenant}.example.net", &["TENANT"]),
    ("curl \"https://{tenant}.example.net/health\"", &["TENANT"]),
    ("kubectl rollout status deploy/{APP_NAME}", &["APP_NAME"]),
    ("git push origin {RELEASE-BRANCH}", &["RELEASE_BRANCH"]),
    ("./deploy {new version}", &["NEW_VERSION"]),
    ("cat <<'EOF'\nhost={DB_NAME}\nEOF", &["DB_NAME"]),
    ("docker tag app:{VERSION} app:latest", &["VERSION"]),
    // `[lower words]`
    ("ssh deploy@[server address]", &["SERVER_ADDRESS"]),
    ("psql -h [database-name]", &["DATABASE_NAME"]),
    ("./restore.sh [snapshot]", &["SNAPSHOT"]),
    ("mail -s \"[release name] is out\" team@example.org", &["RELEASE_NAME"]),
    // words
    ("curl -H 'Authorization: Bearer YOUR_TOKEN' https://api.example.net", &["YOUR_TOKEN"]),
    ("aws configure set region YOUR-REGION", &["YOUR_REGION"]),
    ("export PASSWORD=CHANGEME", &["CHANGEME"]),
    ("sed -i 's/a/CHANGE_ME/' f", &["CHANGE_ME"]),
    ("grep YOUR_DOMAIN f", &["YOUR_DOMAIN"]),
    // dates
    ("git tag release-YYYY-MM-DD", &["YYYY_MM_DD"]),
    ("aws rds restore --time YYYY-MM-DD", &["YYYY_MM_DD"]),
    ("ls backups/YYYYMMDD.sql", &["YYYYMMDD"]),
    // `{+…+}`
    ("gcloud sql clone {+source instance+} {+ target +}", &["SOURCE_INSTANCE", "TARGET"]),
    ("echo '{+ channel +}'", &["CHANNEL"]),
    // dots
    ("export API_URL=...", &["API_URL"]),
    ("API_URL=\"...\" ./deploy", &["API_URL"]),
    ("./deploy --cluster-name ...", &["CLUSTER_NAME"]),
    ("./deploy --cluster-name=…", &["CLUSTER_NAME"]),
    // versions
    ("git tag X.Y.Z", &["X_Y_Z"]),
    ("git tag vX.Y.Z", &["X_Y_Z"]),
    ("git tag -a vX.Y.Z(-rcN) -m x", &["X_Y_Z"]),
    ("git tag vX.Y.Z-rcN", &["X_Y_Z_RCN"]),
    ("npm version x.y.z", &["X_Y_Z"]),
    ("git checkout release-X.Y", &["X_Y"]),
    // template tags
    ("git tag <%= version %>", &["VERSION"]),
    ("git tag <%= release.version -%>", &["RELEASE_VERSION"]),
    ("git tag {{ site.version }}", &["SITE_VERSION"]),
    ("git tag {{ version | downcase }}", &["VERSION"]),
    ("git tag v{{< version >}}", &["VERSION"]),
    ("echo ${{ inputs.version }}", &["INPUTS_VERSION"]),
    // several at once, each with its own bytes
    ("a <x> {Y} YOUR_Z", &["X", "Y", "YOUR_Z"]),
];

/// What is only offered, or no placeholder at all.
const NOT_DEMANDED: &[(&str, &[&str])] = &[
    // redirections
    ("mysql db < dump.sql > out.txt", &[]),
    ("mysql db <dump.sql >out.txt", &[]),
    ("sort <in.txt>out.txt", &[]),
    ("cmd < file > out 2>&1", &[]),
    ("cmd 2>&1 >/dev/null </dev/null", &[]),
    ("cat <<EOF > x\ny\nEOF", &[]),
    ("cat <<-EOF >x\n\ty\n\tEOF", &[]),
    ("cat <<< \"$x\" > y", &[]),
    ("diff <(a b) <(c d) >e", &[]),
    ("exec 3<>file 4>&-", &[]),
    ("while read -r l; do echo \"$l\"; done <list.txt >out.txt", &[]),
    ("exec {fd}>log", &[]),
    // comparisons
    ("if (( a < b && c > d )); then x; fi", &[]),
    ("if ((i<10 && j>5)); then x; fi", &[]),
    ("[[ $a < b ]] && [[ c > d ]]", &[]),
    ("psql -c 'select 1 where a<b and c>d'", &[]),
    ("psql -c \"delete from t where a <> 1 and b >= 2\"", &[]),
    ("mysql -e 'SELECT * FROM t WHERE a < 5 AND b > 3'", &[]),
    // markup, mail, addresses
    ("git commit --author='Layla <layla@example.org>' -m x", &[]),
    ("curl <https://example.net/a>", &[]),
    ("echo '<b>done</b>' > index.html", &[]),
    ("sed -i 's|<version>.*</version>|<version>2</version>|' pom.xml", &[]),
    ("cat <<EOF > pom.xml\n<project><name>x</name></project>\nEOF", &[]),
    ("cat <<EOF > a.c\n#include <stdio.h>\nEOF", &[]),
    ("curl -s https://example.net | grep '<title>'", &[]),
    ("docker images | grep '<none>'", &[]),
    ("test \"$x\" = \"<none>\"", &[]),
    ("git log --pretty='%an <%ae>'", &[]),
    ("echo '<br>' > x.html", &[]),
    // braces
    ("docker ps --format '{{.Names}}'", &[]),
    ("docker inspect -f '{{json .State}}' app", &[]),
    ("docker ps --format \"table {{.ID}}\\t{{.Names}}\"", &[]),
    ("kubectl get po -o jsonpath='{.items[0].metadata.name}'", &[]),
    ("kubectl get po -o go-template='{{range .items}}{{.metadata.name}}{{end}}'", &[]),
    ("echo ${VERSION}", &[]),
    ("echo \"${VERSION:-none}\" ${A%.*} ${B##*/} ${#C} ${D[0]}", &[]),
    ("cp a.{txt,md} b/", &[]),
    ("mkdir -p {a,b}/{c,d}", &[]),
    ("echo {1..5} {a..z}", &[]),
    ("find . -name x -exec rm {} \\;", &[]),
    ("ls | xargs -I{} mv {} x", &[]),
    ("ls | xargs -I {file} mv {file} x", &[]),
    ("{ a; b; }", &[]),
    ("f() { echo x; }", &[]),
    ("curl -w '%{http_code}' -o /dev/null https://example.net", &[]),
    ("curl -w \"%{time_total}\" https://example.net", &[]),
    ("rpm -q --qf '%{VERSION}' x", &[]),
    ("git stash show stash@{0} && git diff @{u}", &[]),
    ("awk '{print $1}' f", &[]),
    ("ps aux | awk '/x/ {print}'", &[]),
    ("jq '{name}' f.json", &[]),
    ("python3 -c \"print(f'{x}')\"", &[]),
    ("ruby -e 'puts \"#{x}\"'", &[]),
    ("az vm list --query '[].{name}' -o tsv", &[]),
    ("curl -d '{\"a\": {\"b\": 1}}' https://example.net", &[]),
    ("cat <<EOF\n{tenant}\nEOF", &["(TENANT)"]),
    ("grep -E 'a{2,3}' f", &[]),
    // squares
    ("[ -f x ] && echo y", &[]),
    ("[ \"$a\" = b ] || exit 1", &[]),
    ("[[ -z $x ]] && exit", &[]),
    ("ls [a-z]* [abc]*.txt file[0-9]", &[]),
    ("rm x[abc]", &[]),
    ("tr '[a-z]' '[A-Z]' < f", &[]),
    ("tr [:upper:] [:lower:] < f", &[]),
    ("grep '[error]' f", &[]),
    ("sed 's/[abc]/x/' f", &[]),
    ("echo ${arr[i]} ${arr[@]}", &[]),
    ("arr[name]=x", &[]),
    ("pip install 'uvicorn[standard]' package[extra]", &[]),
    ("read -p 'Continue? [y/n] ' a", &[]),
    ("read -p 'Port [default port] ' a", &[]),
    ("case $a in [yY]) x;; esac", &[]),
    ("echo '[info] started'", &[]),
    ("echo \"[deploy step] started\"", &[]),
    ("git commit -m '[skip ci] release'", &[]),
    ("git commit -m '[build tools] release'", &[]),
    ("cat <<EOF > my.cnf\n[mysqld]\nmax_connections=10\nEOF", &[]),
    ("x - [ ] y", &[]),
    ("cat [click here](https://example.net)", &[]),
    // dates, dots, versions, words
    ("date +%Y-%m-%d", &[]),
    ("date --date-format YYYY-MM-DD", &[]),
    ("psql -c \"select to_char(now(), 'YYYY-MM-DD')\"", &[]),
    ("go test ./...", &[]),
    ("git log main...HEAD", &[]),
    ("echo Waiting...", &[]),
    ("git checkout release/v1.0.x", &["(V1_0_X)"]),
    ("git checkout 2.x", &["(V2_X)"]),
    ("git checkout release/x.y.z", &["(X_Y_Z)"]),
    ("git checkout vx.y.z", &["(X_Y_Z)"]),
    ("node max.y.z", &[]),
    ("YOUR_TOKEN=abc ./run", &[]),
    ("echo $YOUR_TOKEN ${CHANGEME}", &[]),
    ("echo UNCHANGEMENT", &[]),
    ("echo \"usage: $0 <file>\"", &["(FILE)"]),
    ("# git tag <version> {X} [some words] CHANGEME", &[]),
    ("ls # not <that> one", &[]),
    ("grep -v '<version>' f", &[]),
    ("awk -F'<' '{print $2}' f > g", &[]),
    ("sudo sed -i \"s/{NAME}/x/\" f", &[]),
    ("if [ $n -lt 3 ]; then echo '>'; fi", &[]),
    ("echo a -> b <- c", &[]),
];

#[test]
fn point_8_what_scripts_wait_for() {
    all(DEMANDED, in_script);
}

#[test]
fn point_8_what_scripts_do_not_wait_for() {
    all(NOT_DEMANDED, in_script);
    assert!(DEMANDED.len() + NOT_DEMANDED.len() >= 150);
}

#[test]
fn placeholders_of_a_script_are_where_they_are_said_to_be() {
    let script = "git tag v<version>\necho \"{APP} – <version>\" > f";
    let texts: Vec<&str> = in_script(script).iter().map(|f| &script[f.bytes.clone()]).collect();
    assert_eq!(texts, ["<version>", "{APP}", "<version>"]);
}

#[test]
fn prose_asks_only_for_what_cannot_be_meant_otherwise() {
    let cases: &[(&str, &[&str])] = &[
        ("Tag <version> and push", &["VERSION"]),
        ("Release {VERSION} to {tenant}", &["VERSION", "(TENANT)"]),
        ("Tell [channel name] about it", &["(CHANNEL_NAME)"]),
        ("Announce in {+ channel +}", &["CHANNEL"]),
        ("Merge vX.Y.Z(-rcN) into release/v1.0.x", &["X_Y_Z"]),
        ("Set YOUR_DOMAIN on YYYY-MM-DD", &["YOUR_DOMAIN", "YYYY_MM_DD"]),
        ("Bump {{ page.version }} and <%= tag %>", &["PAGE_VERSION", "TAG"]),
        ("A Vec<String>, a List<int> and a Map<Key>", &[]),
        ("Write <b>bold</b>, <br>, <details>, <https://example.net>, <a@example.org>", &[]),
        ("Docker shows {{.Names}}, the shell ${VERSION}", &[]),
        ("a < b and c > d; 1 <2> 3", &[]),
        ("[ ] not done, [x] done, [link](https://example.net), arr[i]", &[]),
        ("and so on... FOO=...", &[]),
    ];
    all(cases, in_prose);
}

fn book(text: &str) -> Runbook {
    parse("x.md", text.as_bytes()).unwrap_or_else(|e| panic!("{e:#?}")).0
}

const FILE: &str = "---\ngonogo:\n  vars:\n    VERSION:\n---\n# Release <version>\n\n## Pre\n\n- [ ] Tag {VERSION} for {tenant}\n\n  ```sh\n  git tag v<version> -m \"for $TENANT\"\n  curl https://{tenant}.example.net\n  ```\n\n- [ ] Tell `<channel>` about {tenant} and [some words]\n\n  ```sh\n  git checkout release/v1.0.x\n  ```\n";

#[test]
fn one_placeholder_a_name_whatever_its_spelling() {
    let book = book(FILE);
    let seen: Vec<(String, String, bool, bool, Vec<usize>)> = book
        .placeholders
        .iter()
        .map(|p| {
            let lines = p.places.iter().map(|p| p.line).collect();
            (p.name.clone(), p.shown.clone(), p.demanded, p.text, lines)
        })
        .collect();
    let is = |name: &str, shown: &str, demanded, text, lines: &[usize]| {
        (name.to_owned(), shown.to_owned(), demanded, text, lines.to_vec())
    };
    assert_eq!(
        seen,
        [
            is("VERSION", "{VERSION}", true, true, &[10, 13]),
            is("TENANT", "$TENANT", true, true, &[13, 14]),
            is("CHANNEL", "<channel>", false, true, &[17]),
            is("V1_0_X", "1.0.x", false, true, &[20]),
        ]
    );
    let step = &book.boxes[0].steps[0];
    let blanks: Vec<&str> = step.blanks.iter().map(|b| &step.script[b.bytes.clone()]).collect();
    assert_eq!(blanks, ["<version>", "{tenant}"]);
    assert_eq!(step.uses, ["TENANT"]);
    assert_eq!(book.placeholders[0].places[1].column, 12);
}

#[test]
fn the_filled_runbook_is_what_is_shown_and_what_runs() {
    let book = book(FILE);
    let values: BTreeMap<String, String> = [("VERSION", "1.2"), ("TENANT", "acme"), ("SOME_WORDS", "الفريق")]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into();
    let filled = fill::filled(&book, &values);
    assert_eq!(filled.title, "Release 1.2");
    assert_eq!(filled.boxes[0].text, "Tag 1.2 for acme");
    assert_eq!(filled.boxes[1].text, "Tell ⟨<channel>⟩ about acme and الفريق");
    assert_eq!(fill::filled(&book, &BTreeMap::new()).boxes[0].text, "Tag ⟨{VERSION}⟩ for ⟨{tenant}⟩");
    assert_eq!(
        filled.boxes[0].steps[0].script,
        "git tag v1.2 -m \"for $TENANT\"\ncurl https://acme.example.net\n"
    );
    assert_eq!(filled.boxes[0].steps[0].blanks, []);
    assert_eq!(filled.boxes[1].steps[0].script, book.boxes[1].steps[0].script);
    // What a person gave and what no script can hold stays open in it, and is told in prose.
    let values: BTreeMap<String, String> = [("TENANT".to_owned(), "a b; rm -rf /".to_owned())].into();
    let filled = fill::filled(&book, &values);
    let step = &filled.boxes[0].steps[0];
    assert!(step.script.contains("{tenant}") && !step.script.contains("rm -rf"), "{}", step.script);
    assert_eq!(step.blanks.len(), 2);
    let marked = fill::marked(step);
    assert!(marked.contains("v⟨<version>⟩") && marked.contains("https://⟨{tenant}⟩.example.net"), "{marked}");
}

/// Pieces of scripts, harmless and not.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<version>".to_owned()),
        Just("{APP}".to_owned()),
        Just("[host name]".to_owned()),
        Just("YOUR_KEY".to_owned()),
        Just("{+ x +}".to_owned()),
        Just("X.Y.Z".to_owned()),
        Just("<%= tag %>".to_owned()),
        Just("YYYY-MM-DD".to_owned()),
        "[ \n'\"$(){}<>\\[\\]|&;#/a-zA-Z0-9.=-]{0,12}",
        "\\PC{0,6}",
    ]
}

#[test]
fn a_secret_is_put_into_no_script() {
    let text = "---\ngonogo:\n  vars:\n    TOKEN: {secret: true, from: env}\n---\n# X\n\n- [ ] a\n\n  ```sh\n  login <token> $TOKEN\n  ```\n";
    let findings = parse("x.md", text.as_bytes()).unwrap_err();
    let told: Vec<String> = findings.iter().map(|f| format!("{} {}", f.code, f.message)).collect();
    assert_eq!(
        told,
        ["secret-in-script `<token>` would put the secret TOKEN into the script, which is recorded"]
    );
    assert_eq!(findings[0].place.as_ref().map(|p| (p.line, p.column)), Some((11, 9)));
}

#[test]
fn what_is_asked_is_in_order_and_leaves_out_what_comes_to_be() {
    let text = "---\ngonogo:\n  vars:\n    REGION: {choose: [fra1, ams3]}\n---\n# X\n\n- [ ] a <!-- gonogo: value=TICKET -->\n\n  ```sh on=web capture=TAG\n  git describe 1.0.x <name>\n  ```\n  ```sh on=web\n  git push <tag> <ticket> {region} $DB\n  ```\n";
    let book = book(text);
    let asked: Vec<(&str, bool)> = book.asked().iter().map(|a| (a.name, a.demanded)).collect();
    assert_eq!(asked, [("REGION", true), ("NAME", true), ("DB", true), ("V1_0_X", false)]);
    let wrong =
        |name: &str, value: &str| book.check_value(name, value).map_err(|e| e.to_string()).unwrap_err();
    assert_eq!(wrong("REGION", "nyc1"), "is none of: fra1, ams3");
    assert!(wrong("NAME", "a b").starts_with("does not fit: a space cannot be put into a script"));
    assert_eq!(book.check_value("DB", "any text; at all"), Ok(()));
}

#[test]
fn only_what_every_run_runs_is_demanded() {
    let text = "# X\n\n## Deploy\n\n- [ ] a `git tag <inline>`\n\n  ```sh\n  git tag <version>\n  ```\n\n## Back <!-- gonogo: rollback id=back -->\n\n- [ ] b\n\n  ```sh\n  git tag <previous>\n  ```\n";
    let text = format!("---\ngonogo: {{rollback: '#back'}}\n---\n{text}");
    let book = book(&text);
    let asked: Vec<(&str, bool)> = book.asked().iter().map(|a| (a.name, a.demanded)).collect();
    assert_eq!(asked, [("VERSION", true), ("INLINE", false), ("PREVIOUS", false)]);
    let back = &book.boxes[1].steps[0].blanks[0];
    assert!(back.demanded, "the step waits all the same");
}

/// A reader that goes back over what it has read would take minutes: much of each, in one line and in many.
#[test]
fn a_file_of_nothing_but_placeholders_is_read() {
    let shapes = [
        "<ab> ",
        "<a{n}> ",
        "{{ a ",
        "<%= a ",
        "echo \"<a> ",
        "{A} ",
        "[ab cd] ",
        "x",
        "YOUR_A ",
        "a=... ",
        "</a",
        "${",
        "$A{n} ",
    ];
    for shape in shapes {
        for line in ["", "\n  "] {
            let mut script = String::new();
            let mut n = 0;
            while script.len() < 96 * 1024 {
                script.push_str(&shape.replace("{n}", &n.to_string()));
                script.push_str(line);
                n += 1;
            }
            let text = format!(
                "# X\n\n- [ ] a {}\n\n  ```sh on=web\n  {script}\n  ```\n",
                script.get(..9).unwrap_or_default()
            );
            let parsed = parse("x.md", text.as_bytes()).map(|(book, _)| book);
            if let Ok(book) = parsed {
                let values: BTreeMap<String, String> =
                    book.placeholders.iter().map(|p| (p.name.clone(), "v".to_owned())).collect();
                let filled = fill::filled(&book, &values);
                assert!(filled.boxes.iter().flat_map(|b| &b.steps).all(|s| s.blanks.is_empty()), "{shape}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever stands in a script: what was found lies in it in order, is named as a variable may be, and once all of
    /// it is given, nothing is left and nothing else has changed.
    #[test]
    fn any_script_is_filled_whole(pieces in prop::collection::vec(piece(), 0..12), given in "[A-Za-z0-9_:@+=,][A-Za-z0-9_:@+=,-]{0,8}") {
        let script = pieces.concat();
        let found = in_script(&script);
        let mut end = 0;
        for f in &found {
            prop_assert!(f.bytes.start >= end && script.get(f.bytes.clone()).is_some());
            end = f.bytes.end;
            prop_assert!(gonogo::runbook::check_variable(&f.name).is_ok(), "{}", f.name);
        }
        let text = format!("# X\n\n- [ ] a\n\n  ```sh on=web\n{}\n  ```\n", script.lines().map(|l| format!("  {l}\n")).collect::<String>());
        if let Ok((book, _)) = parse("x.md", text.as_bytes()) {
            let names = book.boxes.iter().flat_map(|b| &b.steps).flat_map(|s| &s.blanks);
            let values: BTreeMap<String, String> = names.map(|b| (b.name.clone(), given.clone())).collect();
            let filled = fill::filled(&book, &values);
            for (before, after) in book.boxes.iter().flat_map(|b| &b.steps).zip(filled.boxes.iter().flat_map(|b| &b.steps)) {
                prop_assert!(after.blanks.is_empty());
                let mut wanted = before.script.clone();
                for blank in before.blanks.iter().rev() {
                    wanted.replace_range(blank.bytes.clone(), &given);
                }
                prop_assert_eq!(&wanted, &after.script);
            }
        }
    }

    /// With values that no script can hold, and with none, every blank stays and no byte of the script changes.
    #[test]
    fn nothing_but_one_harmless_word_gets_into_a_script(given in "\\PC{0,12}") {
        let book = book(FILE);
        let values: BTreeMap<String, String> =
            book.placeholders.iter().map(|p| (p.name.clone(), given.clone())).collect();
        let filled = fill::filled(&book, &values);
        let step = |b: &Runbook| b.boxes[0].steps[0].clone();
        if value::check("X", &given).is_err() {
            prop_assert_eq!(step(&filled).script, step(&book).script);
            prop_assert_eq!(step(&filled).blanks, step(&book).blanks);
        } else {
            prop_assert!(step(&filled).blanks.is_empty());
            prop_assert!(given.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/:@+=,-".contains(&b)));
        }
    }

    #[test]
    fn any_text_in_marks_gets_a_name_that_a_shell_takes(inner in "\\PC{0,80}") {
        if let Some(name) = name(&inner) {
            prop_assert!(gonogo::runbook::check_variable(&name).is_ok(), "{inner:?} {name}");
        }
    }
}
