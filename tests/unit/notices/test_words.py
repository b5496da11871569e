"""What a notice says, word by word."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from handoff.notices.webhook import payload, signature
from handoff.notices.words import body, reason, subject
from handoff.service.notices import Outgoing
from handoff.service.ports import Notice
from tests.factories import MONDAY_NOON

BERLIN = ZoneInfo("Europe/Berlin")


def outgoing(
    reference: str | None = "REF-0001",
    *,
    why: str = "long_wait",
    still_open: bool = True,
    text: str | None = None,
) -> Outgoing:
    about = reference is not None
    notice = Notice(
        id=f"id-of-{reference}",
        channel="email",
        why=why,
        asked_at=MONDAY_NOON + timedelta(minutes=1),
        next_try_at=MONDAY_NOON,
        conversation_id="c1" if about else None,
        reference=reference,
        state="queued" if about else None,
        answer_by=MONDAY_NOON + timedelta(minutes=5) if about else None,
        told_at=MONDAY_NOON if about else None,
        text=text,
    )
    link = "https://desk.example/console/#/conversation/c1" if about else None
    return Outgoing(notice=notice, link=link, still_open=still_open)


def test_one_notice_in_full() -> None:
    assert subject("Nordlicht", [outgoing()]) == "[Nordlicht] REF-0001: a customer has been waiting for long"
    assert body("Nordlicht", [outgoing()], BERLIN) == (
        "Somebody is wanted in the console of the support desk.\n"
        "\n"
        "REF-0001: a customer has been waiting for long\n"
        "since 2026-03-02 13:00 CET\n"
        "the request was waiting when this notice was made\n"
        "to be answered by 2026-03-02 13:05 CET\n"
        "https://desk.example/console/#/conversation/c1\n"
        "\n"
        "This comes from the support desk of Nordlicht. Whoever takes the conversation, or acknowledges the alert in "
        "the console, ends these notices. You can answer this mail: it is read.\n"
    )


def test_several_are_counted_in_the_subject_and_named_in_the_body() -> None:
    several = [outgoing("REF-0001"), outgoing("REF-0002", why="promise_broken")]
    assert subject("Nordlicht", several) == "[Nordlicht] 2 notices from the support desk"
    text = body("Nordlicht", several, BERLIN)
    assert "REF-0001: a customer has been waiting for long" in text
    assert "REF-0002: a promised answer is late" in text


def test_what_was_seen_to_meanwhile_is_said_to_be() -> None:
    text = body("Nordlicht", [outgoing(still_open=False), outgoing("REF-0002")], BERLIN)
    assert text.startswith("Somebody is wanted")
    assert "somebody has seen to it meanwhile\nhttps://" in text
    alone = body("Nordlicht", [outgoing(still_open=False)], BERLIN)
    assert alone.startswith(
        "Somebody was wanted in the console of the support desk; it has been seen to meanwhile."
    )


def test_notice_about_no_conversation_has_its_text() -> None:
    one = outgoing(None, why="canary_failed", text="No offer within 10 s.")
    assert subject("Nordlicht", [one]).startswith("[Nordlicht] Support desk: the test of the whole way")
    text = body("Nordlicht", [one], BERLIN)
    assert "No offer within 10 s." in text
    assert "since" not in text and "http" not in text


def test_reason_that_came_later_is_spelled_out() -> None:
    assert reason("fire_in_the_house") == "fire in the house"


def test_payload_has_every_field_also_when_there_is_nothing_in_it() -> None:
    assert payload(outgoing(None)).keys() == payload(outgoing()).keys()
    assert payload(outgoing(None))["data"].keys() == payload(outgoing())["data"].keys()


def test_signature_depends_on_key_id_time_and_body() -> None:
    base = signature(b"k" * 16, "id", 1, b"{}")
    others = [
        signature(b"l" * 16, "id", 1, b"{}"),
        signature(b"k" * 16, "ie", 1, b"{}"),
        signature(b"k" * 16, "id", 2, b"{}"),
        signature(b"k" * 16, "id", 1, b"{ }"),
    ]
    assert len({base, *others}) == 5
    assert base.startswith("v1,")
