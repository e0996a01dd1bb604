//! The demo directory: the same every time, left alone when it is there, and faults that are data.

use std::fs;

use gonogo::demo::world::{World, faults};

use super::place::{Place, exe};

#[test]
fn commits_are_the_same_every_time() {
    let place = Place::new("ids");
    let ids = |repository: &str| {
        let script = format!(
            "git -C \"$DEMO_ROOT/origin/{repository}.git\" for-each-ref --format='%(objectname) %(refname)'"
        );
        place.ok("local", &script)
    };
    assert_eq!(
        ids("ispeaker-api"),
        "3ddbde5f5d6c83ffb354d21c08dc89c5ed16cddd refs/heads/release/v1.0.x\n\
         687a3b1a2e0328dd6a6450153c380960d7bf3ca5 refs/tags/v1.0.6\n"
    );
    assert_eq!(
        ids("ispeaker-web"),
        "bedcdc498157b13f96c982a38e4f8295b02709a5 refs/heads/release/v1.0.x\n\
         d72833e26a8a3adb788e69734d7976266b115be0 refs/tags/v1.0.6\n"
    );
}

#[test]
fn a_world_that_is_there_is_left_alone() {
    let place = Place::new("again");
    place.ok("api-1", "cd \"$API_DIR\"; php artisan down");
    let database = fs::read(place.path("db/ispeaker.sqlite")).expect("a database");
    let again = World::create(place.world.root(), exe()).expect("the same world");
    assert_eq!(again.root(), place.world.root());
    assert_eq!(place.health("api-1").0, "503");
    assert_eq!(fs::read(place.path("db/ispeaker.sqlite")).expect("a database"), database);
}

#[test]
fn a_world_that_was_cut_off_is_made_anew() {
    let place = Place::new("cut");
    fs::remove_file(place.path("world")).expect("the last file");
    fs::remove_dir_all(place.path("hosts/web-1/ispeaker-web/.git")).expect("a half checkout");
    fs::write(place.path("hosts/api-1/home/kept"), "").expect("a file of somebody's");
    World::create(place.world.root(), exe()).expect("a new world");
    assert_eq!(place.health("api-2").0, "200");
    assert!(place.ok("web-1", "curl -fsS http://web.demo/en").contains("v1.0.6"));
    assert!(place.path("hosts/api-1/home/kept").exists());
}

#[test]
fn files_are_installed_once_and_only_inside() {
    let place = Place::new("install");
    place.world.install(&[("runbooks/a.md", "one")]).expect("a file");
    place.world.install(&[("runbooks/a.md", "two")]).expect("nothing to do");
    assert_eq!(place.text("runbooks/a.md"), "one");
    assert!(place.world.install(&[("../a.md", "out")]).is_err());
    assert!(!place.outside().join("a.md").exists());
}

#[test]
fn an_unknown_fault_names_those_that_exist() {
    let place = Place::new("fault");
    let error = place.world.fail("everything").expect_err("must refuse").to_string();
    for fault in faults() {
        assert!(error.contains(fault.step), "{error}");
        assert!(!fault.about.is_empty());
    }
}

#[test]
fn a_missing_git_is_said() {
    let error =
        gonogo::demo::world::WorldError::Git { what: "git init".to_owned(), why: "not found".to_owned() };
    assert_eq!(error.to_string(), "prepare the demo: git init failed: not found; the demo needs git");
}
