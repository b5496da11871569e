"""What a notice says, in words: who is wanted where, since when, by when. Nothing that a customer said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from handoff.service.notices import Outgoing

_REASONS = {
    "nobody_on_duty": "nobody is on duty",
    "long_wait": "a customer has been waiting for long",
    "promise_broken": "a promised answer is late",
    "promise_owner_away": "an answer is due soon, and whoever promised it is not there",
    "idle": "nobody has said a word for long",
    "handed_back_twice": "handed back to the assistant twice in a day",
    "customer_blocked": "an agent has blocked the customer",
    "canary_failed": "the test of the whole way to a person has failed",
    "test": "a test, asked for on the command line",
}
_STATES = {
    "queued": "waiting",
    "offered": "offered to an agent",
    "active": "with an agent",
    "promised": "promised for later",
    "resolved": "resolved",
    "withdrawn": "withdrawn by the customer",
}


def reason(why: str) -> str:
    """In words; one that came later than this list is spelled as it is."""
    return _REASONS.get(why, why.replace("_", " "))


def subject(trader: str, notices: Sequence[Outgoing]) -> str:
    first = notices[0].notice
    if len(notices) > 1:
        return f"[{trader}] {len(notices)} notices from the support desk"
    about = first.reference or "Support desk"
    return f"[{trader}] {about}: {reason(first.why)}"


def body(trader: str, notices: Sequence[Outgoing], zone: tzinfo) -> str:
    """Plain text: one paragraph a notice, the oldest first, and why it was sent."""
    paragraphs = [_paragraph(one, zone) for one in notices]
    wanted = any(one.still_open for one in notices)
    opening = (
        "Somebody is wanted in the console of the support desk."
        if wanted
        else "Somebody was wanted in the console of the support desk; it has been seen to meanwhile."
    )
    closing = (
        f"This comes from the support desk of {trader}. Whoever takes the conversation, or acknowledges the alert in "
        "the console, ends these notices. You can answer this mail: it is read."
    )
    return "\n\n".join([opening, *paragraphs, closing]) + "\n"


def _paragraph(outgoing: Outgoing, zone: tzinfo) -> str:
    notice = outgoing.notice
    about = f"{notice.reference}: " if notice.reference else ""
    lines = [f"{about}{reason(notice.why)}"]
    if notice.text:
        lines.append(notice.text)
    if notice.told_at is not None:
        lines.append(f"since {moment(notice.told_at, zone)}")
    if notice.state is not None:
        lines.append(f"the request was {_STATES.get(notice.state, notice.state)} when this notice was made")
    if notice.answer_by is not None:
        lines.append(f"to be answered by {moment(notice.answer_by, zone)}")
    if outgoing.link is not None:
        lines.append("" if outgoing.still_open else "somebody has seen to it meanwhile")
        lines.append(outgoing.link)
    return "\n".join(line for line in lines if line)


def moment(at: datetime, zone: tzinfo) -> str:
    """In the desk's own time, with the name of its zone."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
