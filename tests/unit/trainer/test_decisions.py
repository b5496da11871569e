"""What was decided about messages follows from the journal: undone with its edit, renamed with its intent."""

from __future__ import annotations

from typing import Any

from handoff.trainer.decisions import Decision, decisions

Entry = dict[str, Any]


def edit(name: str, what: str, **told: Any) -> Entry:
    of = {key: told.pop(key) for key in ("findings", "undoes") if key in told}
    return {"kind": "edit", "id": name, "did": {"type": what, **told}, **of}


def decided(decision: str, *messages: str, **more: str) -> Entry:
    return {"kind": "decided", "id": "x", "findings": list(messages), "decision": decision, **more}


TEACH = edit("ed_1", "add_intent", intent="gift", findings=["m1", "m2"])
UNDO = edit("ed_2", "undo", undoes="ed_1")


def test_what_was_taught_is_known_with_what_it_means() -> None:
    asks = edit("ed_3", "add_requests", kind="asks", findings=["m3"])
    found = decisions([TEACH, asks, decided("dismissed", "m4")])
    assert found["m1"] == found["m2"] == Decision(decision="taught", intent="gift")
    assert found["m3"] == Decision(decision="taught", kind="asks")
    assert found["m4"] == Decision(decision="dismissed") and "m5" not in found


def test_undoing_what_taught_a_message_brings_it_back_and_undoing_that_takes_it_out_again() -> None:
    assert decisions([TEACH, UNDO]) == {}
    assert decisions([decided("dismissed", "m1"), TEACH, UNDO]) == {"m1": Decision(decision="dismissed")}
    assert decisions([TEACH, UNDO, edit("ed_3", "undo", undoes="ed_2")])["m1"].intent == "gift"


def test_an_intent_that_was_renamed_or_merged_since_has_the_name_of_now() -> None:
    renamed = edit("ed_2", "rename_intent", intent="gift", to="present")
    merged = edit("ed_3", "merge_intents", intent="present", to="delivery")
    assert decisions([TEACH, renamed])["m1"].intent == "present"
    assert decisions([TEACH, renamed, merged])["m1"].intent == "delivery"
    assert decisions([TEACH, renamed, edit("ed_4", "undo", undoes="ed_2")])["m1"].intent == "gift"


def test_a_journal_of_before_says_that_a_message_was_taught_and_not_as_what() -> None:
    old: Entry = {"kind": "edit", "id": "ed_1", "title": "Add 1 sentence to review (en)"}
    taught = decided("taught", "m1", edit="ed_1")
    assert decisions([old, taught]) == {"m1": Decision(decision="taught")}
    assert decisions([old, taught, edit("ed_2", "undo", undoes="ed_1")]) == {}
