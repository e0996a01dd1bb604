//! What the demo's backups look like on the day it is made: a snapshot for each of the last seven nights, a dump for each of the last
//! twelve weeks, all made by the stand-ins themselves and then given the age that they would have; and what users wrote since.

use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

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
    for (number, taken) in (0..NIGHTS).zip(earlier(now, 3, 1)) {
        let id = format!("snap-{}", 1000 - number);
        standin::take(root, &id)?;
        standin::date(&root.join("db/snapshots").join(id), taken)?;
    }
    let dump = standin::dump(&Database::read(root, LIVE)?)?;
    let sundays = earlier(now - TimeDelta::days(i64::from(now.weekday().num_days_from_sunday())), 4, 7);
    for (_, taken) in (0..WEEKS).zip(sundays) {
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

/// Returns the moments at `hour` o'clock UTC, `days` apart, newest first, from the newest that does not lie after `now`.
fn earlier(now: DateTime<Utc>, hour: u32, days: i64) -> impl Iterator<Item = SystemTime> {
    let past = TimeDelta::seconds(i64::from(now.num_seconds_from_midnight()))
        + TimeDelta::nanoseconds(i64::from(now.nanosecond()));
    let first = now - past + TimeDelta::hours(i64::from(hour));
    let first = if first > now { first - TimeDelta::days(days) } else { first };
    (0..).map(move |number: i64| (first - TimeDelta::days(days * number)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(now: &str, hour: u32, days: i64) -> Vec<String> {
        let now = now.parse().expect("a time");
        earlier(now, hour, days).take(2).map(|t| DateTime::<Utc>::from(t).to_rfc3339()).collect()
    }

    #[test]
    fn the_newest_is_never_in_the_future() {
        assert_eq!(
            shown("2026-03-01T02:59:59.9Z", 3, 1),
            ["2026-02-28T03:00:00+00:00", "2026-02-27T03:00:00+00:00"]
        );
        assert_eq!(
            shown("2026-03-01T03:00:00Z", 3, 1),
            ["2026-03-01T03:00:00+00:00", "2026-02-28T03:00:00+00:00"]
        );
        assert_eq!(
            shown("2026-03-01T01:00:00Z", 4, 7),
            ["2026-02-22T04:00:00+00:00", "2026-02-15T04:00:00+00:00"]
        );
    }
}
