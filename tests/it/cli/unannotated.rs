//! Files that nobody wrote for gonogo open, walk and record: each fixture, as it is, with values for what it asks for.

use gonogo::runbook::parse;

use crate::support::binary::Sandbox;

#[test]
fn every_fixture_opens_and_waits_for_a_person_at_its_first_box() {
    let mut opened = 0;
    for entry in std::fs::read_dir("tests/fixtures/runbooks").expect("the fixtures") {
        let path = entry.expect("a fixture").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("its text");
        // Those that name roles need an environment.
        let annotated =
            String::from_utf8_lossy(&bytes).lines().any(|l| l.contains("```sh") && l.contains(" on="));
        if !name.ends_with(".md") || annotated {
            continue;
        }
        let sandbox = Sandbox::new("unannotated");
        sandbox.write(&name, &bytes);
        let answers = sandbox.run(["answers", name.as_str()]).exits(0).out.clone();
        sandbox.write("stop.yaml", answers);
        let (book, _) = parse(&name, &bytes).expect("a runbook");
        let mut words = ["run", &name, "--headless", "--answers", "stop.yaml", "--as", "layla"]
            .map(str::to_owned)
            .to_vec();
        for asked in book.asked().into_iter().filter(|asked| asked.demanded) {
            let pattern = asked.declared.and_then(|var| var.pattern.as_ref());
            let fits = |value: &&str| pattern.is_none_or(|p| p.matches_whole(value));
            let value = ["v1.0.7", "v7"].into_iter().find(fits).expect("a value that fits");
            words.extend(["--set".to_owned(), format!("{}={value}", asked.name)]);
        }
        let run = sandbox.run(&words);
        assert!([Some(7), Some(9)].contains(&run.status.code()), "{name}: {run}");
        sandbox.run(["runs", "--open", "--json"]).exits(0).tells(&format!("{:?}", "layla"));
        opened += 1;
    }
    assert!(opened >= 30, "{opened} fixtures");
}
