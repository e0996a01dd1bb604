//! Which facts a key signs, what stands in their way, and what a name may say where none does.

use gonogo::run::event::Event;
use gonogo::run::fact::Proof;
use gonogo::run::proof::{self, Subject};
use gonogo::runbook::ids::BoxId;

use crate::it::audit::kinds::every;

#[test]
fn sign_offs_votes_verdicts_notes_openings_and_closings_are_signed_and_nothing_else() {
    let signed = |n| -> Vec<&'static str> {
        every("x", n).iter().filter(|event| Subject::of(event).is_some()).map(Event::kind).collect()
    };
    let always = ["run.opened", "run.closed", "box.signed", "box.unsigned", "step.resolved", "gate.voted"];
    // With an odd number nothing has a condition, and no gate was opened against a reason.
    assert_eq!(
        signed(1),
        [
            "run.opened",
            "run.closed",
            "box.signed",
            "box.unsigned",
            "box.waived",
            "step.resolved",
            "step.waived",
            "gate.voted",
            "note.added",
            "run.handover_offered",
            "run.handed_over"
        ]
    );
    // With an even one the waivers follow from conditions, and the gate was opened over somebody's no.
    let more = ["gate.opened", "note.added", "run.handover_offered", "run.handed_over"];
    let with_gate: Vec<&str> = always.into_iter().chain(more).collect();
    assert_eq!(signed(2), with_gate);
}

#[test]
fn every_fact_that_names_somebody_can_be_told_to_prove_less() {
    for n in 0..6 {
        for mut event in every("x", n) {
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(
                json.get("who").is_some_and(|who| !who.is_null()),
                proof::who(&event).is_some(),
                "{json}"
            );
            let before = proof::who(&event).map(|who| who.proof);
            assert_eq!(proof::claims_key(&event), before == Some(Proof::SshKey));
            proof::lower(&mut event, Proof::Typed);
            let after = proof::who_mut(&mut event).map(|who| who.proof);
            assert_eq!(after, before.map(|proof| if proof == Proof::SshKey { Proof::Typed } else { proof }));
        }
    }
}

#[test]
fn what_touches_a_box_is_told_from_what_does_not() {
    let own = Subject::Box(BoxId("x".to_owned()));
    let other = Subject::Box(BoxId("y".to_owned()));
    for event in every("x", 1) {
        let (own, other) = (own.is_touched_by(&event), other.is_touched_by(&event));
        match event.kind() {
            "box.signed" | "box.unsigned" | "box.waived" => assert!(own && !other, "{}", event.kind()),
            "step.output" | "note.added" | "export.created" | "host.connected" | "host.lost"
            | "host.key_refused" | "host.key_accepted" | "runbook.changed" => {
                assert!(!own, "{}", event.kind())
            }
            kind => assert!(own && other, "{kind}: when in doubt the person looks again"),
        }
    }
    assert!(
        every("x", 1).iter().all(|event| !Subject::Words.is_touched_by(event)),
        "words stand by themselves"
    );
    assert!(
        Subject::Run.is_touched_by(&every("x", 1).into_iter().find(|e| e.kind() == "box.signed").unwrap())
    );
}
