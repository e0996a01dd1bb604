//! The environment file: what is read, and what is refused where.

use gonogo::config::environment::{Colour, Confirm, Environments, Window, parse};
use gonogo::diag::Look;
use gonogo::runbook::{self, Targets};

const SAMPLE: &str = "\
production:
  colour: red
  confirm: type
  vars: {APP_URL: https://www.example.org, BUILD: 0012}
  hosts:
    api: [deploy@api-1.example.net, deploy@api-2.example.net:2222]
    web: [{host: web-1, address: 192.0.2.10, user: deploy, port: 2222, identity: ~/.ssh/deploy, known_hosts: ./known_hosts}]
    db: deploy@db-1.example.net
    all: [deploy@api-1.example.net, deploy@db-1.example.net]
  timezone: Asia/Riyadh
  window: 04:00
local:
  hosts: {api: 'me@[::1]:2222', web: me@localhost}
";

fn environments(text: &str) -> Environments {
    parse(text.as_bytes()).unwrap_or_else(|found| panic!("{found:?}")).0
}

fn findings(text: &str) -> String {
    let found = match parse(text.as_bytes()) {
        Ok((_, found)) | Err(found) => found,
    };
    gonogo::diag::render("environments.yaml", text, &found, Look::Plain)
}

#[test]
fn the_sample_of_the_manual_is_read_whole() {
    let all = environments(SAMPLE);
    assert_eq!(all.names().collect::<Vec<_>>(), ["production", "local"]);
    let production = all.find("production").expect("it is there");
    assert_eq!(production.colour, Some(Colour::Red));
    assert_eq!(production.confirm, Confirm::Type);
    assert_eq!(production.window, Some(Window { hour: 4, minute: 0 }));
    assert_eq!(production.timezone.as_deref(), Some("Asia/Riyadh"));
    // Numbers keep their zeros: they are text.
    assert_eq!(production.vars[1], ("BUILD".to_owned(), "0012".to_owned()));
    let targets: Vec<String> = production.hosts().map(|h| h.target()).collect();
    let want = [
        "deploy@api-1.example.net",
        "deploy@api-2.example.net:2222",
        "deploy@192.0.2.10:2222",
        "deploy@db-1.example.net",
    ];
    assert_eq!(targets, want);
    let web = &production.hosts_of("web-1")[0];
    assert_eq!(
        (web.identity.as_deref(), web.known_hosts.as_deref()),
        (Some("~/.ssh/deploy"), Some("./known_hosts"))
    );
    assert_eq!(production.hosts_of("api").len(), 2);
    assert!(production.hosts_of("cache").is_empty());
    assert_eq!(production.reserved().len(), 4);
    let local = all.find("local").expect("it is there");
    assert!(local.reserved().is_empty());
    assert_eq!(
        (local.confirm, local.hosts_of("api")[0].target()),
        (Confirm::None, "me@[::1]:2222".to_owned())
    );
}

#[test]
fn mistakes_are_named_with_their_places() {
    let text = "\
production:
  color: red
  colour: pink
  confirm: maybe
  keepalive: 10s
  vars: {ENV: x, BAD-NAME: y, OK: [1]}
  hosts:
    api: [web1, deploy@a.example.net, deploy@a.example.net]
    web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: x}]
    local: deploy@c
    none: []
  timezone: Mars/Olympus
  window: 25:00
empty:
";
    insta::assert_snapshot!(findings(text), @r##"
    error[unknown-key]: unknown key `color`
     --> environments.yaml:2:3
      |
    2 |   color: red
      |   ^^^^^
      |
      = help: did you mean `colour`?

    error[bad-colour]: `pink` is not a colour: red, yellow, magenta, green, cyan, blue
     --> environments.yaml:3:11
      |
    3 |   colour: pink
      |           ^^^^

    error[bad-confirm]: `maybe` is no kind of confirmation: none, press, type
     --> environments.yaml:4:12
      |
    4 |   confirm: maybe
      |            ^^^^^

    error[not-yet]: `keepalive` is not supported yet
     --> environments.yaml:5:3
      |
    5 |   keepalive: 10s
      |   ^^^^^^^^^

    error[bad-variable]: `ENV` is set by gonogo or the shell and cannot be declared
     --> environments.yaml:6:10
      |
    6 |   vars: {ENV: x, BAD-NAME: y, OK: [1]}
      |          ^^^

    error[bad-variable]: `BAD-NAME` is not a variable name: a letter or `_`, then letters, digits, `_`, at most 64
     --> environments.yaml:6:18
      |
    6 |   vars: {ENV: x, BAD-NAME: y, OK: [1]}
      |                  ^^^^^^^^

    error[wrong-type]: a variable must be a text
     --> environments.yaml:6:35
      |
    6 |   vars: {ENV: x, BAD-NAME: y, OK: [1]}
      |                                   ^

    error[bad-host]: `web1` has no user; bare names from the ssh configuration are not supported yet, write `user@host`
     --> environments.yaml:8:11
      |
    8 |     api: [web1, deploy@a.example.net, deploy@a.example.net]
      |           ^^^^

    error[duplicate-host]: `a.example.net` stands in role `api` twice
     --> environments.yaml:8:39
      |
    8 |     api: [web1, deploy@a.example.net, deploy@a.example.net]
      |                                       ^^^^^^^^^^^^^^^^^^^^

    error[ambiguous-host]: `a.example.net` is root@a.example.net here and deploy@a.example.net in role `api`
     --> environments.yaml:9:11
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: x}]
      |           ^

    error[bad-port]: `0` is not a port, a number from 1 to 65535
     --> environments.yaml:9:76
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: x}]
      |                                                                            ^

    error[not-yet]: `jump` is not supported yet
     --> environments.yaml:9:79
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: x}]
      |                                                                               ^^^^

    error[reserved-role]: `local` means this machine and cannot be a role
      --> environments.yaml:10:5
       |
    10 |     local: deploy@c
       |     ^^^^^

    error[no-hosts]: role `none` has no hosts
      --> environments.yaml:11:5
       |
    11 |     none: []
       |     ^^^^

    error[bad-timezone]: `Mars/Olympus` is not a time zone
      --> environments.yaml:12:13
       |
    12 |   timezone: Mars/Olympus
       |             ^^^^^^^^^^^^
       |
       = help: write it like `Asia/Riyadh` or `UTC`

    error[bad-window]: `25:00` is not a time of day
      --> environments.yaml:13:11
       |
    13 |   window: 25:00
       |           ^^^^^
       |
       = help: write it like `04:00`

    error[no-hosts]: environment `empty` has no hosts
      --> environments.yaml:14:1
       |
    14 | empty:
       | ^^^^^
    "##);
}

#[test]
fn what_is_no_environment_file_is_refused_in_one_finding() {
    for (text, code) in [
        ("", "no-environments"),
        ("- a\n", "wrong-type"),
        ("production: [\n", "not-yaml"),
        ("a: {hosts: {x: u@h}}\na: {hosts: {x: u@h}}\n", "not-yaml"),
        ("--- {}\n--- {}\n", "not-yaml"),
        ("a\0b", "binary"),
    ] {
        let found = parse(text.as_bytes()).expect_err("it is refused");
        assert_eq!((found.len(), found[0].code), (1, code), "{text:?}: {found:?}");
    }
    assert_eq!(parse(b"a: \xff\n").expect_err("it is refused")[0].code, "not-utf8");
    assert_eq!(
        parse(&vec![b'#'; gonogo::runbook::MAX_BYTES + 1]).expect_err("it is refused")[0].code,
        "too-large"
    );
}

#[test]
fn a_runbook_is_checked_against_an_environment() {
    let text = "# R\n\n```sh on=api\necho $APP_URL $BUILDS $lower\n```\n\n```sh on=cache\nls\n```\n\n```sh on=web-1\nls\n```\n\n```sh\nls\n```\n";
    let (runbook, _) = runbook::parse("r.md", text.as_bytes()).expect("it parses");
    let targets = environments(SAMPLE).find("production").expect("it is there").targets();
    let found = runbook::check(&runbook, Some(&targets));
    insta::assert_snapshot!(gonogo::diag::render("r.md", text, &found, Look::Plain), @r##"
    warning[reserved-host]: environment `production` has hosts reserved for samples: api-1.example.net, api-2.example.net, 192.0.2.10, db-1.example.net
     --> r.md
     |
     = help: a run refuses them; write your own hosts

    warning[undefined-variable]: the step `echo $APP_URL $BUILDS $lower` uses `$BUILDS`, which nothing before it sets
     --> r.md:3:1
      |
    3 | ```sh on=api
      | ^^^^^^^^^^^^
      |
      = help: did you mean `BUILD`?

    error[unknown-role]: the step `ls` runs on `cache`, which environment `production` does not have
     --> r.md:7:1
      |
    7 | ```sh on=cache
      | ^^^^^^^^^^^^^^
      |
      = help: it has: api, web, db, all

    error[unstated-host]: the step `ls` does not say where it runs, and environment `production` has several hosts
      --> r.md:15:1
       |
    15 | ```sh
       | ^^^^^
       |
       = help: add `on=ROLE` after the language
    "##);
    // Without any hosts nothing can be said about roles yet.
    let codes: Vec<&str> = runbook::check(&runbook, None).iter().map(|f| f.code).collect();
    assert_eq!(codes, ["undefined-variable", "undefined-variable"]);
    assert!(runbook::check(&runbook, Some(&Targets::default())).iter().any(|f| f.code == "unknown-role"));
}
