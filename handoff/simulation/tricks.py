"""What people do that no page of ours does, each with the answer that the contract gives to it.

Requests that were answered long ago come again, or come with other words under the same id; several are sent in one
breath; some are nonsense; some reach for what belongs to others. A person's own work goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import jwt

from handoff.service.ports import Recorded
from handoff.service.transcripts import NotGenuine, verify_transcript
from handoff.simulation.lines import Json, Line, LineLost, Refused
from handoff.simulation.people.person import CLOSED_WITHIN_S, DESK, IDENTITY, SESSION, code_of, come_in
from handoff.simulation.referee import ERASED, HIDDEN, OTHERS
from handoff.simulation.windows import CustomerWindow

if TYPE_CHECKING:
    from handoff.simulation.people.agents import Agent
    from handoff.simulation.people.customers import Customer
    from handoff.simulation.people.person import Person

_ONCE = "2: one client_id, one event"
_ORDER = "9: what one person sends keeps its order"
_WHOLE = "a log is read whole, page by page"
_MALFORMED = "a malformed request is refused with its code, and breaks nothing"
_TRANSCRIPT = "a transcript shows its reader what is theirs, and all of it"
_GRACE_S = (
    60.0  # the old token works for so long after the first use of the new one. Source: the wire contract
)
_LETTERS_MAX = 4_000
_FORGED = "another secret, of somebody who knows nothing of the site"
_BEGINNING = 2  # events of a conversation in which nobody has said anything yet
_LATELY = 40  # conversations: people look for what was lately rather than for what was long ago
_FOUND = "a search finds what is there"


# -- the same again --


async def ask_again(person: Person) -> None:
    """A request of long ago is sent once more: it gets its first ack, and adds nothing."""
    if not person.answered:
        return
    request, body, first = person.random.choice(person.answered)
    person.town.count("asked_again_later")
    again = await person.ask(request, **body)
    if again != first and not _was_erased(person, body):
        person.town.referee.wrong(_ONCE, person.name, f"{request}: first {first}, then {again}")


def _was_erased(person: Person, body: Json) -> bool:
    """Whether this is of a conversation that its customer has had erased, acks and all."""
    account = person.town.referee.accounts.get(body.get("conversation_id", ""))
    return account is not None and account.erased_seq > 0


# What makes another request of one, field by field. A field may have been left out the first time.
_OTHERWISE: dict[str, dict[str, Any]] = {
    "message": {"text": "Something else."},
    "note": {"text": "Something else."},
    "whisper": {"text": "Something else."},
    "request_human": {"note": "Something else."},
    "callback": {"contact": {"phone": "+49 40 7654321"}, "at": "2026-03-20T09:00:00Z"},
    "feedback": {"seq": 1},
    "rate": {"comment": "Something else."},
    "contacted": {"channel": "other"},
    "transfer": {"note": "Something else.", "to": {"team": "no-such-team"}},
    "follow_up": {"note": "Something else.", "answer_by": "2026-03-20T09:00:00Z"},
    "hand_back": {"note": "Something else."},
    "resolve": {"note": "Something else."},
    "block": {"reason": "Something else"},
    "unblock": {"note": "Something else."},
}


async def use_id_again(person: Person) -> None:
    """Another request under an id that was used: a conflict, and nothing else."""
    asked = [one for one in person.answered if one[0] in _OTHERWISE]
    if not asked:
        return
    request, body, _ = person.random.choice(asked)
    field, otherwise = person.random.choice(list(_OTHERWISE[request].items()))
    person.town.count("client_id_used_again")
    ack = await person.ask(request, **(body | {field: otherwise}))
    if (ack["ok"] or code_of(ack) != "conflict") and not (_was_erased(person, body) and not ack["ok"]):
        what = f"{request} {body['client_id']} with another {field}: {ack}"
        person.town.referee.wrong(_ONCE, person.name, what)


async def say_in_one_breath(customer: Customer) -> None:
    """Several messages without waiting for acks: as long as the line holds, they are kept in their order."""
    customer.town.count("said_in_one_breath")
    line = await customer.get_line()
    texts = [f"One more thing, the {number}." for number in range(customer.random.randint(2, 5))]
    bodies = [{"client_id": customer.client_id(), "text": text} for text in texts]
    sent = [line.ask("message", body) for body in bodies]
    try:
        async with asyncio.timeout(5.0):
            acks = [await one for one in sent]
    except (LineLost, TimeoutError):
        acks = []
    seqs = [ack["seq"] for ack in acks if ack["ok"]]
    if seqs != sorted(seqs):
        customer.town.referee.wrong(_ORDER, customer.conversation_id, f"sent in turn, kept as {seqs}")
    for body in bodies:
        ack = await customer.ask("message", **body)
        if ack["ok"]:
            customer.keep("message", body, ack)


# -- nonsense --

_NONSENSE: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("message", {"text": "no id"}, ("bad_request",)),
    ("message", {"client_id": "n1", "text": 7}, ("bad_request",)),
    ("message", {"client_id": "n2", "text": "  \n "}, ("bad_request",)),
    ("message", {"client_id": "n3", "text": "a\x00b"}, ("bad_request",)),
    ("message", {"client_id": "n4", "text": "a\u001b[2J"}, ("bad_request",)),
    ("message", {"client_id": "n5", "text": "x" * (_LETTERS_MAX + 1)}, ("too_large",)),
    ("message", {"client_id": "n 6", "text": "a space in the id"}, ("bad_request",)),
    ("message", [1, 2, 3], ("bad_request",)),
    ("request_human", {"client_id": ["n7"]}, ("bad_request",)),
    ("callback", {"client_id": "n8", "contact": {}}, ("bad_request",)),
    ("callback", {"client_id": "n9", "contact": {"phone": "12345"}, "at": "yesterday"}, ("bad_request",)),
    (
        "callback",
        {"client_id": "n10", "contact": {"phone": "12345"}, "at": "2001-01-01T00:00:00Z"},
        ("bad_request", "forbidden", "conflict"),
    ),
    ("feedback", {"client_id": "n11", "seq": 2**40, "helpful": True}, ("not_found",)),
    ("rate", {"client_id": "n12", "score": 6}, ("bad_request",)),
    ("sync", {"since": -1}, ("bad_request",)),
    ("connect", {}, ("bad_request",)),
    ("disconnect", {}, ("bad_request",)),
    ("drop_tables", {}, ("bad_request",)),
)


async def talk_nonsense(customer: Customer) -> None:
    request, body, codes = customer.random.choice(_NONSENSE)
    if isinstance(body, dict) and "text" in body:  # what an agent asks for has a conversation, too
        body = {"conversation_id": customer.conversation_id, **body}
    customer.town.count("nonsense")
    ack = await customer.ask_anything(request, body)
    if ack["ok"] or code_of(ack) not in codes:
        customer.town.referee.wrong(
            _MALFORMED, customer.name, f"{request} {str(body)[:60]}: {str(ack)[:200]}"
        )


# -- what belongs to others --


async def pry_as_customer(customer: Customer) -> None:
    states = customer.town.referee.states
    others = [one for one, state in states.items() if state.customer.id != customer.customer_id]
    if not others:
        return
    other = customer.random.choice(others)
    customer.town.count("pried")
    try:
        await customer.http("GET", f"/api/v1/conversations/{other}/transcript", None, customer.token)
    except Refused as error:
        if error.code in ("not_found", "unauthorized"):
            return
        customer.town.referee.wrong(OTHERS, other, f"{customer.name}: {error}")
    else:
        customer.town.referee.wrong(OTHERS, other, f"{customer.name} reads its transcript")


async def forge_identity(customer: Customer) -> None:
    """The name of somebody else's, signed with another key: display text, which opens nothing."""
    town, homes = customer.town, customer.town.homes
    if not homes:
        return
    subject = customer.random.choice(list(homes))
    town.count("identity_forged")
    body = {"site": "shop", "identity": jwt.encode({"sub": subject, "exp": 4_000_000_000}, _FORGED, "HS256")}
    session = await customer.http("POST", "/api/v1/customer/sessions", body)
    about = session["conversation_id"]
    if town.referee.states[about].customer.verified or len(town.referee.accounts[about].records) > _BEGINNING:
        town.referee.wrong(IDENTITY, about, f"opened with a forged identity of {subject}")


async def pry_as_agent(agent: Agent) -> None:
    """Into a conversation that this agent never had to do with; supervisors may."""
    referee = agent.town.referee
    others = [one for one in referee.accounts if not referee.rulebook.concerned(one, agent.agent_id)]
    if agent.supervisor or not others:
        return
    other = agent.random.choice(others)
    agent.town.count("pried")
    if agent.random.random() < 0.4:
        await _reach_from_own(agent, other)
        return
    request, body = agent.random.choice(
        (
            ("open", {"since": 0}),
            ("message", {"client_id": agent.client_id(), "text": "Let me in."}),
            ("note", {"client_id": agent.client_id(), "text": "Let me in."}),
            ("resolve", {"client_id": agent.client_id(), "outcome": "done"}),
            ("watch", {}),
            ("whisper", {"client_id": agent.client_id(), "text": "Let me in."}),
            ("past", {}),
            ("open_past", {"past_id": other}),
            ("suggest", {}),
        )
    )
    ack = await agent.ask(request, conversation_id=other, **body)
    if ack["ok"] and not referee.rulebook.concerned(other, agent.agent_id):
        referee.wrong(OTHERS, other, f"{agent.name} may {request}")


async def _reach_from_own(agent: Agent, other: str) -> None:
    """With what this agent may do: take an offer that was made to somebody else, read another customer's past as that
    of their own."""
    referee, draw = agent.town.referee, agent.random
    made = [_of(one) for one in referee.accounts[other].records if one.type == "offer_made" and one.payload]
    offers = [one["offer_id"] for one in made if one["agent_id"] != agent.agent_id]
    own = list(agent.works_on)
    if offers and draw.random() < 0.5:
        request = draw.choice(("accept", "decline"))
        ack = await agent.ask(request, offer_id=draw.choice(offers))
        if ack["ok"] or code_of(ack) != "stale_offer":
            referee.wrong(
                OTHERS, other, f"{agent.name} may {request} somebody else's offer: {str(ack)[:200]}"
            )
    elif own:
        one = draw.choice(own)
        ack = await agent.ask("open_past", conversation_id=one, past_id=other)
        of_same = referee.states[one].customer.id == referee.states[other].customer.id
        if ack["ok"] and not of_same:
            referee.wrong(OTHERS, other, f"{agent.name} reads it as the past of {one}")


# -- what was said before --


async def read_log(agent: Agent, conversation_id: str, since: int = 0) -> None:
    """A conversation that this person may see, page by page up to its end. Nothing of it that was erased before."""
    referee = agent.town.referee
    known = len(referee.accounts[conversation_id].records)
    more = True
    while more:
        asked_at = agent.town.loop.time()
        ack = await agent.ask("open", conversation_id=conversation_id, since=since)
        if not ack["ok"]:
            return
        for event in ack["events"]:
            referee.told_event(conversation_id, event, customer=False, since=asked_at)
        seqs = [event["seq"] for event in ack["events"]]
        if seqs != list(range(since + 1, since + 1 + len(seqs))) or ack["last_seq"] != max(
            seqs, default=since
        ):
            referee.wrong(_WHOLE, conversation_id, f"{seqs} after {since}, up to {ack['last_seq']}")
            return
        since, more = ack["last_seq"], ack["more"]
    if since < known:
        referee.wrong(_WHOLE, conversation_id, f"no more after {since}, the log had {known} events")


async def catch_up(customer: Customer) -> None:
    """What a customer may see after some event of before, page by page."""
    referee, about = customer.town.referee, customer.conversation_id
    visible = [one.seq for one in referee.accounts[about].records if one.customer_prev_seq is not None]
    since = customer.random.choice(visible)
    wanted = [seq for seq in visible if seq > since]
    customer.town.count("caught_up")
    got: list[int] = []
    more = True
    while more:
        asked_at = customer.town.loop.time()
        ack = await customer.ask("sync", since=since)
        for event in ack["events"]:
            referee.told_event(about, event, customer=True, since=asked_at)
        referee.told_handoff(about, ack["handoff"])
        got += [event["seq"] for event in ack["events"]]
        since, more = ack["last_seq"], ack["more"] and ack["events"]
    if got[: len(wanted)] != wanted:
        referee.wrong(_WHOLE, about, f"{got} are told, there were {wanted}")


def _may_see_what_is_over(agent: Agent) -> list[str]:
    """Conversations without anything live that this person may see. The latest come last."""
    referee = agent.town.referee
    return [
        one
        for one, account in referee.accounts.items()
        if not account.live
        and not account.canary
        and (agent.supervisor or referee.rulebook.last_agent(one) == agent.agent_id)
    ]


async def read_what_is_over(agent: Agent) -> None:
    over = _may_see_what_is_over(agent)
    if over:
        agent.town.count("read_what_is_over")
        await read_log(agent, agent.random.choice(over[-_LATELY:]))


async def read_transcript(agent: Agent) -> None:
    """The signed one, as an agent gets it: with notes, without what was erased before it was asked for."""
    over = _may_see_what_is_over(agent)
    if not over:
        return
    referee, about = agent.town.referee, agent.random.choice(over[-_LATELY:])
    agent.town.count("transcript_read")
    asked_at = agent.town.loop.time()
    path = f"/api/v1/conversations/{about}/transcript"
    try:
        document = await agent.http("GET", path, None, agent.token)
    except Refused as error:
        if error.code == "unauthorized" or referee.rulebook.last_agent(about) != agent.agent_id:
            return  # signed out meanwhile, or somebody else's by now
        raise
    try:
        count = verify_transcript(document)
    except NotGenuine as error:
        referee.wrong(_TRANSCRIPT, about, str(error))
        return
    account = referee.accounts[about]
    if count > len(account.records):
        referee.wrong("1: told only what is on disk", about, f"a transcript of {count} events")
        return
    for event, record in zip(document["events"], account.records, strict=False):
        shown, is_erased = event.get("payload"), account.is_erased(record.seq, asked_at)
        may_be = (None,) if is_erased else (record.payload, None) if account.erased_seq else (record.payload,)
        if event["hash"] != record.hash.hex() or shown not in may_be:
            referee.wrong(
                ERASED if is_erased else _TRANSCRIPT, about, f"event {record.seq} shows {str(shown)[:80]}"
            )
            return


async def look_for_something(agent: Agent) -> None:
    """By reference, or by words: what this person may see is found, and nothing else is."""
    town, referee, draw = agent.town, agent.town.referee, agent.random
    theirs = [one for one in _may_see_what_is_over(agent) if referee.accounts[one].handoff_id is not None]
    everybodys = list(referee.accounts)
    if not everybodys:
        return
    about = draw.choice(theirs[-_LATELY:] if theirs and draw.random() < 0.7 else everybodys[-_LATELY:])
    account = referee.accounts[about]
    references = [_of(one)["reference"] for one in account.records if one.type == "handoff_requested"]
    said = [_of(one)["text"] for one in account.records if one.type == "message"]
    by_reference = bool(references) and draw.random() < 0.6
    query = draw.choice(references) if by_reference else " ".join(draw.choice(said or ["hello"]).split()[:2])
    town.count("searched")
    own_before, asked_at = _own(agent), town.loop.time()
    ack = await agent.ask("search", query=query)
    if not ack["ok"]:
        referee.wrong(_FOUND, agent.name, f"{query!r}: {ack}")
        return
    own_after = _own(agent)
    for found in ack["found"]:
        one = found["conversation_id"]
        there = referee.accounts[one]
        if there.canary or not (agent.supervisor or one in own_before or one in own_after):
            referee.wrong(OTHERS, one, f"{agent.name} finds it by {query!r}")
        if there.is_erased(1, asked_at):
            referee.wrong(ERASED, one, f"found by {query!r}: {found}")
        if found["text"] is not None and found["text"] != _of(there.records[found["seq"] - 1]).get("text"):
            referee.wrong(_FOUND, one, f"{query!r}: {found}")
    may_see = agent.supervisor or (about in own_before and about in own_after)
    is_there = any(found["conversation_id"] == about for found in ack["found"])
    may_see = may_see and not account.canary and not account.erased_seq
    if by_reference and may_see and ack["complete"] and not is_there:
        referee.wrong(_FOUND, about, f"{agent.name} does not find it by {query!r}")


def _own(agent: Agent) -> set[str]:
    """Conversations that this agent had last."""
    referee = agent.town.referee
    return {one for one in referee.accounts if referee.rulebook.last_agent(one) == agent.agent_id}


def _of(record: Recorded) -> Json:
    return record.payload or {}


# -- sessions, transcripts --


async def keep_transcript(customer: Customer) -> None:
    """The signed one: genuine, with all that this customer may see and nothing else."""
    referee, about = customer.town.referee, customer.conversation_id
    customer.town.count("transcript_kept")
    known = len(referee.accounts[about].records)
    path = f"/api/v1/conversations/{about}/transcript"
    document = await customer.http("GET", path, None, customer.token)
    try:
        count = verify_transcript(document)
    except NotGenuine as error:
        referee.wrong(_TRANSCRIPT, about, str(error))
        return
    records = referee.accounts[about].records
    if not known <= count <= len(records):
        referee.wrong(_TRANSCRIPT, about, f"{count} events of {known} to {len(records)}")
        return
    for event, record in zip(document["events"], records, strict=False):
        hidden = record.type in HIDDEN
        shown = event.get("payload")
        if event["hash"] != record.hash.hex() or shown != (None if hidden else record.payload):
            referee.wrong(_TRANSCRIPT, about, f"event {record.seq}, {record.type}, shows {str(shown)[:80]}")
            return


async def use_both_tokens(customer: Customer, old: str) -> None:
    """Just after a renewal: the new token's first use leaves the old one some time."""
    referee, path = customer.town.referee, f"/api/v1/conversations/{customer.conversation_id}/transcript"
    began = customer.town.clock.now()
    await customer.http("GET", path, None, customer.token)
    try:
        await customer.http("GET", path, None, old)
    except Refused as error:
        passed_s = (customer.town.clock.now() - began).total_seconds()
        if 0 <= passed_s < _GRACE_S - 5.0:
            referee.wrong(
                SESSION, customer.conversation_id, f"{error} with the token before, {passed_s:.1f} s"
            )
    customer.start(_try_when_over(customer, old), "old token")


async def _try_when_over(customer: Customer, old: str) -> None:
    """The new token was used by now. Once the time that this leaves the old one is over, it opens nothing."""
    path = f"/api/v1/conversations/{customer.conversation_id}/transcript"
    await asyncio.sleep(_GRACE_S + customer.random.uniform(1, 40))
    try:
        await customer.http("GET", path, None, old)
    except Refused:
        return
    if customer.town.referee.in_real_time:
        customer.town.referee.wrong(
            SESSION, customer.conversation_id, "the token before is taken after its time"
        )


async def sign_out(agent: Agent) -> None:
    """The token is dead at once, and so is the line that was opened with it."""
    town, line = agent.town, agent.line
    token = agent.token if line is None else line.token
    town.count("signed_out")

    async def leave() -> None:
        await asyncio.sleep(agent.random.uniform(0, 0.2))
        try:
            await agent.http("DELETE", "/api/v1/agent/sessions", None, token)
        except Refused as error:
            if error.code != "unauthorized":  # dead already: the answer to an earlier try got lost
                raise

    racing, _ = await asyncio.gather(come_in(agent, token), leave())  # another tab is just being opened
    await asyncio.sleep(CLOSED_WITHIN_S)
    if racing is not None:
        if not racing.lost and town.delivers(racing):
            town.referee.wrong(SESSION, agent.name, "signed out, and a line opened meanwhile is there")
        racing.hang_up()
    if line is not None and not line.lost and line is agent.line and town.delivers(line):
        town.referee.wrong(SESSION, agent.name, "signed out, and the line is open")
    other = await come_in(agent, token)
    if other is not None:
        town.referee.wrong(SESSION, agent.name, "signed out, and let in with the same token")
        other.hang_up()
    if agent.token == token:
        await agent.sign_in()


def _nothing() -> None:
    pass


# -- other windows --


async def open_second_window(customer: Customer) -> None:
    """Another tab for a while: it shows the same as the first."""
    town = customer.town
    town.count("second_window")
    window = CustomerWindow(town.referee, f"{customer.name} in another tab", customer.conversation_id)
    window.begin()
    auth = {"v": 1, "token": customer.token, "since": 0}
    try:
        line = await Line.open(customer.machine, DESK, "/customer", auth, window.told, _nothing)
    except (LineLost, Refused):
        return
    window.open(line, town.loop.time())
    customer.windows.append(window)
    try:
        await customer.pause(5, 60)
    finally:
        customer.windows.remove(window)
        line.hang_up()


async def open_second_console(agent: Agent) -> None:
    """Another console of the same person, opened and closed while the first one works."""
    agent.town.count("second_window")
    line = await come_in(agent, agent.token)
    if line is None:
        return
    try:
        await agent.pause(1, 30)
    finally:
        line.hang_up()
