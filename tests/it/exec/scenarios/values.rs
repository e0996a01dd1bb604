//! Values and secrets.

use super::super::common::{secret, value};
use super::{Expect, On, Scenario, check, ok};

fn given(number: u32, script: &str, values: &[(&str, &str)]) -> Expect {
    let values = values.iter().map(|(name, text)| value(name, text)).collect();
    ok(number, script).with(|request| request.values = values)
}

fn hidden(number: u32, script: &str) -> Expect {
    ok(number, script).with(|request| request.values = vec![secret("TOKEN", "s3cr3t-v4lue")])
}

#[tokio::test]
async fn values_reach_the_environment() {
    check(|| {
        let odd: String = (1..=0x2ff_u32).filter_map(char::from_u32).collect();
        let long = "x".repeat(100 * 1024);
        vec![
            Scenario {
                name: "every character",
                on: On::All,
                steps: vec![
                    given(1, "printf %s \"$V\"; env | grep -c ^V=", &[("V", &odd)]).out(&format!("{odd}1\n")),
                ],
            },
            Scenario {
                name: "100 KiB",
                on: On::All,
                steps: vec![
                    given(1, "printf %s \"$V\" | wc -c | tr -d ' '", &[("V", &long)]).out("102400\n"),
                ],
            },
            Scenario {
                name: "PATH, HOME, LANG, IFS",
                on: On::All,
                steps: vec![
                    given(
                        1,
                        "echo $LANG $HOME; set -- $(echo a:b); echo $#",
                        &[("HOME", "/"), ("LANG", "C"), ("IFS", ":")],
                    )
                    .out("C /\n1\n"),
                    given(2, "echo \"$PATH\"", &[("PATH", "/nonexistent")]).out("/nonexistent\n"),
                ],
            },
        ]
    })
    .await;
}

#[tokio::test]
async fn nothing_that_holds_a_secret_is_carried() {
    check(|| {
        let look = "grep -c s3cr3t-v4lu[e] \"$HOME\"/.gonogo/*/* | grep -v ':0$' || echo nowhere";
        vec![
            Scenario {
                name: "the secret and what holds it",
                on: On::All,
                steps: vec![
                    hidden(1, "export url=\"https://x:$TOKEN@h\" plain=1; TOKEN=changed").carried(true),
                    ok(2, "echo \"${TOKEN-none} ${url-none} $plain\"").load(1).out("none none 1\n"),
                    ok(3, look).load(1).out("nowhere\n"),
                ],
            },
            Scenario {
                name: "arrays, keys, functions",
                on: On::Bash,
                steps: vec![
                    hidden(1, "a=(1 $TOKEN); declare -A m=([$TOKEN]=1); eval \"f() { echo $TOKEN; }\"; g() { echo ok; }").names(&["g()"]),
                    ok(2, "echo ${a-none} ${m-none}; g; f").load(1).code(127).out("none none\nok\n").err("f: command not found"),
                    ok(3, look).out("nowhere\n"),
                ],
            },
            Scenario {
                name: "a directory that is named like it",
                on: On::All,
                steps: vec![hidden(1, "mkdir $TOKEN; cd $TOKEN").carried(false), ok(2, look).out("nowhere\n")],
            },
            Scenario {
                name: "a short one by its name only, or nothing would be carried",
                on: On::All,
                steps: vec![
                    ok(1, "export seen=7 url=\"x:$PIN@h\"")
                        .with(|request| request.values = vec![secret("PIN", "7")])
                        .carried(true),
                    ok(2, "echo \"${PIN-none} $seen $url\"").load(1).out("none 7 x:7@h\n"),
                ],
            },
            Scenario {
                name: "a step that needs it gets it again",
                on: On::All,
                steps: vec![hidden(1, "export x=1"), hidden(2, "echo $TOKEN $x").load(1).out("s3cr3t-v4lue 1\n")],
            },
        ]
    })
    .await;
}
