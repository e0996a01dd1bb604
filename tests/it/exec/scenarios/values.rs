//! Values and secrets.

use gonogo::exec::StepRequest;

use super::super::common::{run, secret, step, value};
use super::{Expect, On, Scenario, check, ok};
use crate::support::memory_ssh::{MemoryHost, Shell};

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

/// Random text of all planes, without NUL; every fourth value is hard for shells.
fn random_values(count: usize, mut state: u64) -> Vec<String> {
    let mut next = move || {
        // xorshift64*, for values that are the same in every run.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    };
    const HARD: &[char] = &[
        '\'', '"', '\\', '$', '`', '\n', '\r', '!', '*', ' ', '\t', '%', '\u{1b}', '\u{7f}', '~', '#', '-',
        '=',
    ];
    let ranges: [(u32, u32); 6] =
        [(1, 0x80), (0x80, 0x800), (0x800, 0xd800), (0xe000, 0x1_0000), (0x1_0000, 0x11_0000), (0x20, 0x7f)];
    (0..count)
        .map(|index| {
            let length = next() % 40;
            let mut value: String = (0..length)
                .map(|_| {
                    if index % 4 == 0 {
                        return HARD[next() as usize % HARD.len()];
                    }
                    let (from, to) = ranges[next() as usize % ranges.len()];
                    char::from_u32(from + next() as u32 % (to - from)).unwrap_or('?')
                })
                .collect();
            // Line ends at the end are what a shell loses most easily.
            if index % 7 == 0 {
                value.push_str("\n\n");
            }
            value
        })
        .collect()
}

/// 2,000 values, 100 a step, a half of them secrets: what the step's environment holds comes back byte by byte.
#[tokio::test]
async fn two_thousand_random_values_come_back_as_they_were() {
    const A_STEP: usize = 100;
    let all = random_values(2000, 0x5eed);
    assert!(all.iter().any(|value| value.is_empty()) && all.iter().any(|value| value.ends_with("\n\n")));
    for shell in Shell::here() {
        let memory = MemoryHost::start(shell);
        let engine = memory.engine();
        for (number, values) in all.chunks(A_STEP).enumerate() {
            let names: Vec<String> = (0..values.len()).map(|n| format!("V{n}")).collect();
            let given = names.iter().zip(values).enumerate().map(|(n, (name, text))| match n % 2 {
                0 => value(name, text),
                _ => secret(name, text),
            });
            // NUL stands in no value, so it ends each.
            let prints: String = names.iter().map(|name| format!("printf '%s\\0' \"${name}\"\n")).collect();
            let number = u32::try_from(number + 1).expect("a number");
            let request = StepRequest { values: given.collect(), ..step(number, &prints) };
            let ran = run(&engine, &memory.host, request).await;
            assert_eq!(ran.code(), 0, "{shell:?}: {}", ran.err());
            let bytes = ran.sink.bytes(gonogo::exec::Stream::Stdout);
            let expected: Vec<u8> = values.iter().flat_map(|v| [v.as_bytes(), b"\0"].concat()).collect();
            assert!(bytes == expected, "{shell:?}: the values of step {number} came back changed");
        }
    }
}

/// Where a shell is missing the tests that go over all of them say nothing of it.
#[test]
#[ignore = "needs bash, dash, busybox and mksh"]
fn every_shell_is_here() {
    assert_eq!(Shell::here().len(), 5, "{:?}", Shell::here());
}
