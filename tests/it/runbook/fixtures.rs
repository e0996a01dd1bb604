//! What the parser makes of whole files.

use super::dump::fixture;

#[test]
fn a_release_runbook_with_every_annotation_of_today() {
    insta::assert_snapshot!(fixture("release.md"), @r##"
    title: Shop release
    var VERSION Some("^v\\d+\\.\\d+\\.\\d+$") None
    var DOWNTIME Some("^(yes|no)$") Some("no")
    environments: environments.yaml
    rollback: rollback.md
    phase "Shop release" Other @1:1
      " Print or copy this list for every production release.
    phase "Pre-deploy" Pre @14:1
      [ ] "All critical cases pass on staging." id=cases required @16:1
        [ ] "TC-AUTH-003" @17:3
        [ ] "TC-PAY-001" @18:3
      [ ] "Database snapshot taken; snapshot ID recorded." id=snapshot value=SNAPSHOT Some("^snap-\\d+$") @19:1
          step "take-snapshot" id=take-snapshot First("db") strict capture=SNAPSHOT_LOG Some("id=(\\S+)") @21:3
            | snapshot create --wait
      [ ] "On-call engineer named for the next 24 hours." value=ONCALL None due=24h @24:1
    phase "During deploy" During gate @26:1
      [ ] "Maintenance banner shown if downtime is expected." if=DOWNTIMESome("yes") @28:1
          step "cd /srv/shop" Role("web") strict @30:3
            | cd /srv/shop
            | ./artisan down
      [ ] "API deployed; smoke test the health endpoint and login." @34:1
          " Deploy:
          step "deploy" id=deploy Role("api") strict confirm=Type needs=["snapshot", "cases"] uses=["VERSION"] @38:3
            | cd /srv/shop-api
            | git checkout "$VERSION"
            | ./artisan migrate --force
          step "health" id=health Role("api") strict check expect="\"status\":\\s*\"ok\"" @44:3
            | curl -fsS http://localhost/health
    phase "Post-deploy" Post gate @48:1
      [ ] "Watch error rate and latency for the first 30 minutes." wait=30m @50:1
      [ ] "Mobile release done, see mobile." runbook=mobile.md @51:1
      [ ] "Release tagged in the repos." @52:1
          "     To origin
          step "git tag \"$VERSION\"" Unstated uses=["VERSION"] @54:3
            | git tag "$VERSION"
            | git push origin "$VERSION"
    phase "Going back" Other rollback @60:1
      [ ] "Previous version restored" @62:1
    "##);
}
