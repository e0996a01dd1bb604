//! What a step leaves for the next one, and what it does not.

use super::{On, Scenario, check, ok};

fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "another program starts where the step before it ended, and leaves nothing behind",
            on: On::All,
            steps: vec![
                ok(1, "mkdir -p a; cd a; export X=1"),
                ok(2, "echo $X; pwd | sed 's,.*/home/,,'; cd /; export X=2")
                    .load(1)
                    .with(|r| r.interpreter = Some("sh -u".to_owned()))
                    .out("1\na\n")
                    .carried(false),
            ],
        },
        Scenario {
            name: "a directory below the home",
            on: On::All,
            steps: vec![
                ok(1, "mkdir -p 'a b'; cd a*"),
                ok(2, "pwd | sed 's,.*/home/,,'").load(1).with(|r| r.cwd = Some("~/a b".to_owned())).out("a b\n"),
                ok(3, "pwd | sed 's,.*/home/,,'").load(1).with(|r| r.cwd = Some("a b".to_owned())).out("a b\n"),
                ok(4, "pwd | sed 's,.*/home,home,'").load(1).with(|r| r.cwd = Some("~".to_owned())).out("home\n"),
                ok(5, "pwd").with(|r| r.cwd = Some("~x".to_owned())).refused("~x cannot be entered"),
            ],
        },
        Scenario {
            name: "exported variables and the directory",
            on: On::All,
            steps: vec![
                ok(1, "mkdir -p a/b; cd a; export X='1 2'").carried(true).ends_in("/home/a"),
                ok(2, "cd b; printf '%s|' \"$X\"; pwd | sed 's,.*/home/,,'").load(1).out("1 2|a/b\n").ends_in("/a/b"),
                ok(3, "pwd | sed 's,.*/home/,,'").load(1).out("a\n"),
                ok(4, "pwd | sed 's,.*/home,home,'; echo \"${X-none}\"").out("home\nnone\n"),
            ],
        },
        Scenario {
            name: "plain variables are not carried by a plain sh",
            on: On::Plain,
            steps: vec![ok(1, "x=1; export y=2"), ok(2, "echo \"${x-none} $y\"").load(1).out("none 2\n")],
        },
        Scenario {
            name: "variables, arrays, functions",
            on: On::Bash,
            steps: vec![
                ok(
                    1,
                    "x=1; a=(1 '2 3' $'4\\n5'); declare -A m=([k]=v ['a b']=c); declare -i n=5; declare -n r=x\nf() { cat <<E\nin f $1\nE\n}; declare -u u=abc",
                )
                .names(&["a", "m", "n", "r", "u", "x", "f()"]),
                ok(2, "echo $x ${#a[@]} \"${a[2]}\" ${m['a b']}; n=n+1; echo $n; r=9; echo $x; f y; u=xyz; echo $u")
                    .load(1)
                    .out("1 3 4\n5 c\n6\n9\nin f y\nXYZ\n"),
            ],
        },
        Scenario {
            name: "names that a step changed are told, others are not",
            on: On::Bash,
            steps: vec![
                ok(1, "TAG=v1; other=1").names(&["TAG", "other"]),
                ok(2, "TAG=v2").load(1).names(&["TAG"]),
                ok(3, "true").load(2).names(&[]),
                ok(4, "echo $TAG $other").load(3).out("v2 1\n"),
            ],
        },
        Scenario {
            name: "exported functions and extended globs in functions",
            on: On::Bash,
            steps: vec![
                ok(1, "shopt -s extglob\ng() { case $1 in +(a|b)) echo yes;; *) echo no;; esac; }\nexport -f g"),
                ok(2, "shopt -s extglob; g aab; g c; declare -F g").load(1).out("yes\nno\ng\n"),
            ],
        },
        Scenario {
            name: "options at the end make no noise and are not carried",
            on: On::Bash,
            steps: vec![
                ok(1, "x=1; set -ufC; set -o posix").carried(true).silent(),
                ok(2, "echo $x $undefined; echo a >f; echo b >f; cat f").load(1).out("1\nb\n").silent(),
            ],
        },
        Scenario {
            name: "set -x makes its own noise only",
            on: On::Bash,
            steps: vec![ok(1, "set -x; export x=1").carried(true).err("x=1"), ok(2, "echo $x").load(1).out("1\n")],
        },
        Scenario {
            name: "readonly: the value is carried, the attribute is not",
            on: On::Bash,
            steps: vec![ok(1, "readonly x=1; readonly -a l=(1 2)"), ok(2, "x=2; l+=(3); echo $x ${l[*]}").load(1).out("2 1 2 3\n")],
        },
        Scenario {
            name: "unusual IFS",
            on: On::Bash,
            steps: vec![
                ok(1, "x='a b'; IFS=abc").carried(true),
                ok(2, "printf '%s|' \"$IFS\" \"$x\"; IFS=").load(1).out("abc|a b|"),
                ok(3, "printf '%s|' \"$IFS\" \"$x\"; readonly IFS").load(2).out("|a b|").carried(true),
                ok(4, "echo \"$x\"").load(3).out("a b\n"),
            ],
        },
        Scenario {
            name: "functions named like builtins",
            on: On::Bash,
            steps: vec![
                ok(1, "cd() { :; }; printf() { :; }; echo() { :; }; declare() { :; }; trap() { :; }; set() { :; }; exit() { :; }; x=1")
                    .carried(true),
                ok(2, "builtin echo $x").load(1).out("1\n").carried(true),
            ],
        },
        Scenario {
            name: "exit 0 in the middle carries",
            on: On::All,
            steps: vec![ok(1, "export x=1; exit 0; export x=2").carried(true), ok(2, "echo $x").load(1).out("1\n")],
        },
        Scenario {
            name: "a trap of one's own at a normal end",
            on: On::Bash,
            steps: vec![ok(1, "trap 'echo bye' EXIT; x=1").out("bye\n").carried(true), ok(2, "echo $x").load(1).out("1\n")],
        },
        Scenario {
            name: "a trap of one's own and exit: nothing is carried",
            on: On::All,
            steps: vec![ok(1, "trap 'echo bye' EXIT; exit 0").out("bye\n").carried(false)],
        },
        Scenario {
            name: "a failed step changes nothing for those that load an earlier one",
            on: On::All,
            steps: vec![
                ok(1, "export x=1"),
                ok(2, "export x=2; false").load(1).code(1),
                ok(3, "echo $x").load(1).out("1\n"),
            ],
        },
        Scenario {
            name: "a step that may not save leaves nothing",
            on: On::All,
            steps: vec![
                ok(1, "export x=1"),
                ok(2, "export x=2; echo $x").load(1).out("2\n").carried(false).with(|request| request.save = false),
                ok(3, "true").load(2).refused("missing or damaged"),
            ],
        },
        Scenario {
            name: "a directory that is gone later is never replaced by another one",
            on: On::All,
            steps: vec![
                ok(1, "mkdir d; cd d"),
                ok(2, "rmdir ../d").load(1),
                ok(3, "echo ran").load(1).refused("cannot be entered"),
                ok(4, "echo ran").load(1).with(|request| request.cwd = Some("/".to_owned())).out("ran\n"),
            ],
        },
        Scenario {
            name: "odd directories",
            on: On::All,
            steps: vec![
                ok(1, "mkdir \"$(printf 'a b\\047c\"\\nd\\303\\251')\"; cd a*; pwd | tail -n 1 | wc -c"),
                ok(2, "touch here; ls ../a*/here | wc -l").load(1),
            ],
        },
        Scenario {
            name: "what the login brings is not carried twice",
            on: On::All,
            steps: vec![
                ok(1, "export SSH_X=1 TERM=odd; echo ${SHLVL:-1} >level"),
                ok(2, "echo ${SSH_X-none}; [ ${SHLVL:-1} = $(cat level) ] && echo same").load(1).with(|_| ()),
            ],
        },
        Scenario {
            name: "a given value wins over a carried one",
            on: On::All,
            steps: vec![
                ok(1, "export x=carried y=carried"),
                ok(2, "echo $x $y").load(1).with(|request| request.values = vec![super::super::common::value("x", "given")]).out("given carried\n"),
            ],
        },
        Scenario {
            name: "kept steps carry as others do",
            on: On::All,
            steps: vec![ok(1, "export x=1; cd /").keep().carried(true), ok(2, "echo $x $PWD").load(1).keep().out("1 /\n")],
        },
    ]
}

#[tokio::test]
async fn state_is_carried() {
    check(scenarios).await;
}
