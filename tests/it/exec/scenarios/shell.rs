//! What a step meets: options, statuses, signals, streams, descriptors.

use gonogo::exec::StepRequest;

use super::{On, Scenario, check, ok};

fn going(request: &mut StepRequest) {
    request.keep_going = true;
}

fn by_sh(request: &mut StepRequest) {
    request.interpreter = Some("sh".to_owned());
}

fn scenarios() -> Vec<Scenario> {
    let one = |name, on, step| Scenario { name, on, steps: vec![step] };
    vec![
        one("set -e stops at the first failure", On::All, ok(1, "echo a; false; echo b").code(1).out("a\n")),
        one("a failure inside a pipe counts", On::Bash, ok(1, "false | true; echo b").code(1).out("")),
        one(
            "without strict all lines run",
            On::All,
            ok(1, "false\nfalse | true\necho b").out("b\n").with(|request| request.strict = false),
        ),
        one(
            "keep-going runs every command and fails at the end with the first failure",
            On::Bash,
            ok(1, "echo a\n(exit 3)\necho b; false; echo c")
                .code(3)
                .out("a\nb\nc\n")
                .with(going)
                .carried(true),
        ),
        one(
            "keep-going: failures in functions, loops, subshells and pipes count",
            On::Bash,
            ok(
                1,
                "f() { false; echo f; }\nf\nfor i in 1 2; do [ $i = 2 ]; done\n(false; echo s)\nfalse | cat",
            )
            .code(1)
            .out("f\ns\n")
            .with(going),
        ),
        one(
            "keep-going: an exit 0 at the end hides nothing",
            On::Bash,
            ok(1, "(exit 9; true)\ntrap 'echo own' EXIT\nexit 0").code(9).out("own\n").with(going),
        ),
        one(
            "keep-going: what -e forgives is no failure",
            On::Bash,
            ok(1, "if false; then :; fi\nfalse || true\n! true\necho a").out("a\n").silent().with(going),
        ),
        one(
            "keep-going where nothing tells which command failed",
            On::Plain,
            ok(1, "false; echo b").refused("only bash tells").with(going),
        ),
        one(
            "another program reads the script and nothing stands in its arguments",
            On::All,
            ok(1, "tr '\\0' ' ' </proc/$$/cmdline\necho from $0").out("sh from sh\n").with(by_sh),
        ),
        one(
            "a program that is not there",
            On::All,
            ok(1, "1 + 1")
                .code(127)
                .err("nosuch")
                .carried(false)
                .with(|r| r.interpreter = Some("nosuch -x".into())),
        ),
        one(
            "a failure of another program's script is its own",
            On::All,
            ok(1, "exit 4").code(4).carried(false).with(by_sh),
        ),
        one("the status of the last command counts", On::All, ok(1, "exit 7").code(7)),
        one("standard input ends at once", On::All, ok(1, "cat; read x || echo none").out("none\n")),
        one(
            "lines without a newline at the end",
            On::All,
            ok(1, "printf abc; printf def >&2").out("abc").err("def"),
        ),
        one("nothing is said by itself", On::All, ok(1, "echo a").out("a\n").silent()),
        one("kill -9 of itself", On::All, ok(1, "kill -9 $$").code(137).silent().carried(false)),
        one(
            "kill -TERM of itself from a subshell",
            On::All,
            ok(1, "(kill -TERM $$); sleep 1").code(143).silent(),
        ),
        one("kill 0 ends the group, not the recorder", On::All, ok(1, "kill 0; sleep 1").code(143).silent()),
        one(
            "exec of another program",
            On::All,
            ok(1, "exec sh -c 'echo a; exit 3'").code(3).out("a\n").carried(false),
        ),
        one(
            "an error names the line of the script",
            On::All,
            ok(1, "true\ntrue\nnosuch-command").code(127).err("1.cmd"),
        ),
        one(
            "a syntax error at the end: the lines before it have run",
            On::Bash,
            ok(1, "echo a\nif true; then").code(2).out("a\n").err("1.cmd"),
        ),
        one(
            "here-documents, quotes, backslashes",
            On::All,
            ok(1, "cat <<'E'\na'b\"c\\d $x `y`\nE\ncat <<E\n$((1+1)) \\$x\nE")
                .out("a'b\"c\\d $x `y`\n2 $x\n"),
        ),
        one(
            "no descriptor of the wrapper reaches the step",
            On::All,
            ok(1, "for f in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$f ] && echo $f; done; true").out(""),
        ),
        one(
            "no descriptor of the wrapper reaches the step, kept",
            On::All,
            ok(1, "for f in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$f ] && echo $f; done; true").out("").keep(),
        ),
        one(
            "a background child that holds the output does not hold the end",
            On::All,
            ok(1, "sleep 20 & echo a").out("a\n"),
        ),
        one(
            "signals are the defaults in the step",
            On::All,
            ok(1, "sh -c 'kill -INT $$; echo not reached'").code(130).out(""),
        ),
        one(
            "output looks like a control line of somebody else",
            On::All,
            ok(1, "echo ::gonogo:00000000000000000000000000000000:end 0 1; exit 4")
                .code(4)
                .out("::gonogo:00000000000000000000000000000000:end 0 1\n"),
        ),
        one(
            "kept: output and status are the same",
            On::All,
            ok(1, "echo a; echo b >&2; exit 9").code(9).out("a\n").err("b").keep(),
        ),
        one(
            "kept: much output is whole",
            On::All,
            ok(1, "seq 1 20000 | wc -l; seq 1 20000 | tail -n 1").out("20000\n20000\n").keep(),
        ),
        one("kept: nothing is said by itself", On::All, ok(1, "true").out("").silent().keep()),
        Scenario {
            name: "a number runs at most once",
            on: On::All,
            steps: vec![ok(1, "echo a"), ok(1, "echo b").refused("used before"), ok(2, "echo b").out("b\n")],
        },
    ]
}

#[tokio::test]
async fn steps_meet_a_plain_shell() {
    check(scenarios).await;
}

#[tokio::test]
async fn a_script_may_hold_every_character_and_be_large() {
    check(|| {
        let odd: String = (1..=0x2ff_u32).filter_map(char::from_u32).filter(|c| *c != '\'').collect();
        let script = format!("printf %s '{odd}'");
        let large = format!("{}\necho end", "# 0123456789012345678901234567890\n".repeat(32 * 1024));
        vec![
            Scenario { name: "every character", on: On::All, steps: vec![ok(1, &script).out(&odd)] },
            Scenario { name: "1 MiB", on: On::All, steps: vec![ok(1, &large).out("end\n")] },
        ]
    })
    .await;
}
