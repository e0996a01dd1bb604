//! The runbooks that a runbook links, and those that they link. A circle of child runs is an error that names the way
//! round; a rollback may lead back, and is then not followed again.

use std::sync::Arc;

use crate::report::plan::{Linked, Links};
use crate::runtime::Fail;
use crate::runtime::opening::{Book, words};

/// Runbooks that are followed for one plan.
const MOST: usize = 64;

/// Reads everything that `book` links.
pub fn gather(book: &Book) -> Result<Links, Fail> {
    let mut links = Links::new();
    let mut way = vec![book.file.clone()];
    follow(book, &mut way, &mut links)?;
    Ok(links)
}

fn follow(book: &Book, way: &mut Vec<String>, links: &mut Links) -> Result<(), Fail> {
    let runbook = &book.loaded.runbook;
    let children = runbook.boxes.iter().filter_map(|b| b.runbook.as_ref()).map(|link| (link, false));
    let rollback =
        runbook.front.rollback.iter().filter(|link| !link.starts_with('#')).map(|link| (link, true));
    for (link, rollback) in children.chain(rollback) {
        let key = (book.file.clone(), link.clone());
        if links.contains_key(&key) {
            continue;
        }
        if links.len() >= MOST {
            return Err(Fail::Invalid(format!("{} leads to more than {MOST} linked runbooks", book.file)));
        }
        let found = match Book::follow(&book.file, &book.loaded.bytes, link) {
            Ok(found) => found,
            Err(error) => {
                links.insert(key, Linked::Unusable(words(&error)));
                continue;
            }
        };
        if let Some(at) = way.iter().position(|file| *file == found.file) {
            if rollback {
                links.insert(key, Linked::Above(found.file));
                continue;
            }
            let round = way.iter().skip(at).chain([&found.file]).cloned().collect::<Vec<_>>();
            return Err(Fail::Invalid(format!(
                "runbooks link each other in a circle: {}",
                round.join(" -> ")
            )));
        }
        links.insert(key, Linked::Book(found.file.clone(), Arc::new(found.loaded.runbook.clone())));
        way.push(found.file.clone());
        follow(&found, way, links)?;
        way.pop();
    }
    Ok(())
}
