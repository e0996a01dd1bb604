//! The environment file: what is read, and what is refused where.

use std::time::Duration;

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
    db: {host: db-1.example.net, user: deploy, jump: bastion}
    bastion: ops@bastion.example.net:2200
    all: [deploy@api-1.example.net]
  timezone: Asia/Riyadh
  window: 04:00
  ssh_config: ./ssh_config
  keepalive: 90s
local:
  hosts: {api: 'me@[::1]:2222', web: me@localhost, bare: [near, 'far:2222', {host: deep, jump: near, identity: /k}]}
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
        "ops@bastion.example.net:2200",
    ];
    assert_eq!(targets, want);
    let web = &production.hosts_of("web-1")[0];
    assert_eq!(
        (web.identity.as_deref(), web.known_hosts.as_deref()),
        (Some("~/.ssh/deploy"), Some("./known_hosts"))
    );
    assert_eq!(production.hosts_of("api").len(), 2);
    assert!(production.hosts_of("cache").is_empty());
    assert_eq!(production.reserved().len(), 5);
    assert_eq!(production.ssh_config.as_deref(), Some("./ssh_config"));
    assert_eq!(production.keepalive, Some(Duration::from_secs(90)));
    let local = all.find("local").expect("it is there");
    assert!(local.reserved().is_empty());
    assert_eq!(
        (local.confirm, local.hosts_of("api")[0].target()),
        (Confirm::None, "me@[::1]:2222".to_owned())
    );
}

#[test]
fn a_host_is_reached_through_what_its_jump_names() {
    let all = environments(SAMPLE);
    let production = all.find("production").expect("it is there");
    let through = |env: &gonogo::config::Environment, name: &str| {
        let host = env.hosts_of(name)[0].clone();
        env.jump_of(&host).map(|jump| jump.map(|jump| jump.target()))
    };
    assert_eq!(through(production, "db-1.example.net"), Ok(Some("ops@bastion.example.net:2200".to_owned())));
    assert_eq!(through(production, "api-1.example.net"), Ok(None));
    let local = all.find("local").expect("it is there");
    let bare: Vec<_> = local.hosts_of("bare").iter().map(|h| (h.target(), h.user.clone(), h.port)).collect();
    assert_eq!(bare[0], ("near of the SSH configuration".to_owned(), None, None));
    assert_eq!(bare[1], ("far:2222 of the SSH configuration".to_owned(), None, Some(2222)));
    assert_eq!(through(local, "deep"), Ok(Some("near of the SSH configuration".to_owned())));
    let text = "x:\n  hosts:\n    a: [{host: a, user: u, jump: other}, {host: b, user: u, jump: u@c:22}]\n";
    let all = environments(text);
    let env = all.find("x").expect("it is there");
    assert_eq!(through(env, "a"), Ok(Some("other of the SSH configuration".to_owned())));
    assert_eq!(through(env, "b"), Ok(Some("u@c".to_owned())));
    for (hosts, said) in [
        ("{a: {host: a, user: u, jump: a}}", "leads back to `a`"),
        (
            "{a: {host: a, user: u, jump: b}, b: {host: b, user: u, jump: a}}",
            "the way to `a` leads back to `a`",
        ),
        (
            "{a: {host: a1, user: u, jump: b}, b: [u@b1, u@b2]}",
            "a role of 2 hosts: name one of them (b1, b2)",
        ),
    ] {
        let found = parse(format!("x:\n  hosts: {hosts}\n").as_bytes()).expect_err("it is refused");
        assert!(found.iter().any(|f| f.code == "bad-jump" && f.message.contains(said)), "{hosts}: {found:?}");
    }
}

#[test]
fn a_witness_is_the_system_log_or_an_error() {
    let with = |word: &str| parse(format!("x:\n  hosts: {{a: u@a}}\n  witness: {word}\n").as_bytes());
    let found = environments("x:\n  hosts: {a: u@a}\n  witness: syslog\n");
    let witness = found.find("x").expect("it is there").witness;
    assert_eq!(witness.map(|witness| witness.word()), Some("syslog"));
    let wrong = with("journal").expect_err("it is refused");
    assert!(wrong.iter().any(|f| f.code == "bad-witness" && f.message.contains("`journal`")), "{wrong:?}");
}

#[test]
fn mistakes_are_named_with_their_places() {
    let text = "\
production:
  color: red
  colour: pink
  confirm: maybe
  keepalive: soon
  vars: {ENV: x, BAD-NAME: y, OK: [1]}
  hosts:
    api: ['web 1', deploy@a.example.net, deploy@a.example.net]
    web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: '-x'}, {address: c}]
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

    error[bad-keepalive]: `soon` is not a time
     --> environments.yaml:5:14
      |
    5 |   keepalive: soon
      |              ^^^^
      |
      = help: write it like `10s` or `1m`

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

    error[bad-host]: `web 1` is not a host name or address
     --> environments.yaml:8:11
      |
    8 |     api: ['web 1', deploy@a.example.net, deploy@a.example.net]
      |           ^^^^^^^

    error[duplicate-host]: `a.example.net` stands in role `api` twice
     --> environments.yaml:8:42
      |
    8 |     api: ['web 1', deploy@a.example.net, deploy@a.example.net]
      |                                          ^^^^^^^^^^^^^^^^^^^^

    error[ambiguous-host]: `a.example.net` is root@a.example.net here and deploy@a.example.net in role `api`
     --> environments.yaml:9:11
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: '-x'}, {address: c}]
      |           ^

    error[bad-port]: `0` is not a port, a number from 1 to 65535
     --> environments.yaml:9:76
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: '-x'}, {address: c}]
      |                                                                            ^

    error[bad-host]: `-x` is not a host name or address
     --> environments.yaml:9:85
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: '-x'}, {address: c}]
      |                                                                                     ^^^^

    error[bad-host]: a host needs `user` and `address`
     --> environments.yaml:9:92
      |
    9 |     web: [{host: a.example.net, user: root}, {host: b, user: deploy, port: 0, jump: '-x'}, {address: c}]
      |                                                                                            ^
      |
      = help: without both, `host` is a name of the SSH configuration, which says them

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
    let found = runbook::check(&runbook, text, &[targets]);
    insta::assert_snapshot!(gonogo::diag::render("r.md", text, &found, Look::Plain), @r#"
    warning[reserved-host]: environment `production` has hosts reserved for samples: api-1.example.net, api-2.example.net, 192.0.2.10, db-1.example.net, bastion.example.net
     --> r.md
     |
     = help: a run refuses them; write your own hosts

    warning[undefined-variable]: the step `echo $APP_URL $BUILDS $lower` uses `$BUILDS`, which nothing before it sets
     --> r.md:4:15
      |
    4 | echo $APP_URL $BUILDS $lower
      |               ^^^^^^^
      |
      = help: did you mean `BUILD`?

    error[unknown-role]: the step `ls` runs on `cache`, which environment `production` does not have
     --> r.md:7:1
      |
    7 | ```sh on=cache
      | ^^^^^^^^^^^^^^
      |
      = help: it has: api, web, db, bastion, all

    warning[unstated-host]: the step `ls` does not say where it runs, and environment `production` has several hosts
      --> r.md:15:1
       |
    15 | ```sh
       | ^^^^^
       |
       = help: a run asks before each of them; `on=ROLE` after the language says it
    "#);
    // Without any hosts nothing can be said about roles yet.
    let codes: Vec<&str> = runbook::check(&runbook, text, &[]).iter().map(|f| f.code).collect();
    assert_eq!(codes, ["undefined-variable", "undefined-variable"]);
    assert!(runbook::check(&runbook, text, &[Targets::default()]).iter().any(|f| f.code == "unknown-role"));
}
