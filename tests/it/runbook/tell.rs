//! Everything that is told of a runbook before a run of it begins, as the commands tell it.

use std::collections::BTreeMap;

use gonogo::diag::{Look, render};
use gonogo::report::json::ascii;
use gonogo::report::{outline, paper, plan};
use gonogo::runbook::placeholder::fill::filled;
use gonogo::runbook::{Neighbour, Runbook, Surroundings, lint};

/// What a command makes of a runbook and its text, written out.
type Tell = fn(&Runbook, &str) -> String;

/// What `check`, `outline`, `plan` and `print` tell, and the runbook with the form filled in.
pub const COMMANDS: [(&str, Tell); 5] = [
    ("check", |book, text| {
        let around = Surroundings {
            targets: &[],
            environments: &[],
            own_environments: true,
            beside: &|_| Neighbour::Missing,
        };
        render("x.md", text, &lint(book, text, &around), Look::Plain)
    }),
    ("outline", |book, text| {
        let outline = outline::outline("x.md", text, book);
        ascii(&outline).truncate(0);
        outline::text(&outline)
    }),
    ("plan", |book, _| {
        let nothing = BTreeMap::new();
        let setting = plan::Setting {
            environment: None,
            start: None,
            hosts: &[],
            environment_vars: &nothing,
            set: &nothing,
            links: &BTreeMap::new(),
        };
        let plan = plan::plan("x.md", book, &setting);
        ascii(&plan).truncate(0);
        plan::text(&plan)
    }),
    ("print", |book, _| {
        let form = paper::form("x.md", book);
        let html = paper::html(&form);
        html.len().max(paper::markdown(&form).len()).to_string()
    }),
    ("the form", |book, _| {
        let values: BTreeMap<String, String> =
            book.asked().iter().map(|ask| (ask.name.to_owned(), "a b".to_owned())).collect();
        filled(book, &values).title
    }),
];
