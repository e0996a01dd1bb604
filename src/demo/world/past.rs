//! What the demo's backups look like on the day it is made: a snapshot for each of the last seven nights, a dump for each of the last
//! twelve weeks, all made by the stand-ins themselves and then given the age that they would have; and what users wrote since.

use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::{WorldError, build};
use crate::demo::standin::{self, Database, LIVE, Stop};

const TODAY: &str = include_str!("../../../assets/demo/today.sql");

/// Nightly snapshots that the provider keeps.
const NIGHTS: u32 = 7;
/// Weekly dumps that the bucket keeps: 90 days.
const WEEKS: u32 = 12;

/// Makes snapshots, dumps and buckets, and adds what was written since.
pub fn make(root: &Path) -> Result<(), WorldError> {
    let done = backups(root).and_then(|()| {
        let database = Database::open(root, LIVE)?;
        Ok(database.connection.execute_batch(TODAY)?)
    });
    done.map_err(|stop| build::program("backups", "db-1", &stop))
}

fn backups(root: &Path) -> Result<(), Stop> {
    let now = DateTime::<Utc>::from(standin::now(root)?);
    for (number, taken) in (0..NIGHTS).zip(earlier(now, 7, 1)) {
        let id = format!("snap-{}", 1000 - number);
        standin::take(root, &id)?;
        standin::date(&root.join("db/snapshots").join(id), taken)?;
    }
    let dump = standin::dump(&Database::read(root, LIVE)?)?;
    for (_, taken) in (0..WEEKS).zip(earlier(now, 48, 7)) {
        let day = DateTime::<Utc>::from(taken).format("%Y-%m-%d");
        let path = root.join(format!("spaces/ispeaker-backups/mysql/ispeaker-{day}.sql"));
        standin::write(root, &path, &dump)?;
        standin::date(&path, taken)?;
    }
    for (name, text) in [("avatars/layla.txt", "an avatar\n"), ("books/public-speaking.txt", "a book\n")] {
        standin::write(root, &root.join("spaces/ispeaker-prod").join(name), text)?;
    }
    standin::write(root, &root.join("spaces/.versioning"), "ispeaker-prod\n")
}

/// Returns full hours that lie `days` apart, newest first, from the one `hours` before `now`: long enough before the next one is due
/// for a walk that is left over a lunch or a night.
fn earlier(now: DateTime<Utc>, hours: i64, days: i64) -> impl Iterator<Item = SystemTime> {
    let past = TimeDelta::seconds(i64::from(now.num_seconds_from_midnight() % 3600))
        + TimeDelta::nanoseconds(i64::from(now.nanosecond()));
    let first = now - past - TimeDelta::hours(hours);
    (0..).map(move |number: i64| (first - TimeDelta::days(days * number)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_made_at_full_hours() {
        let now = "2026-03-01T02:59:59.9Z".parse().expect("a time");
        let shown = |hours, days| {
            let two = earlier(now, hours, days).take(2);
            two.map(|t| DateTime::<Utc>::from(t).to_rfc3339()).collect::<Vec<_>>()
        };
        assert_eq!(shown(7, 1), ["2026-02-28T19:00:00+00:00", "2026-02-27T19:00:00+00:00"]);
        assert_eq!(shown(48, 7), ["2026-02-27T02:00:00+00:00", "2026-02-20T02:00:00+00:00"]);
    }
}
