"""What is on people's screens: windows that put together what the wire tells them, and know when that is wrong.

A window follows the contract and nothing else: a snapshot, then events in order, each once. Whether it shows what is on
the disk is looked at from time to time by `Screens`, once everything has had the time to arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from handoff.simulation.lines import Json, Line
from handoff.simulation.referee import OTHERS, Account, Referee, owed_of

if TYPE_CHECKING:
    from handoff.simulation.administrator import Administrator

SOON_S = 4.0  # a lost nudge costs 2 s, a read of the disk may be slow; what is written is on screens by then
_IN_ORDER = "9: events reach a socket in order and once"
_WAITS = ("queued", "offered")
_COUNTED_AS = {"queued": "waiting", "offered": "offered", "active": "active", "promised": "promised"}
_ON_SCREEN = "9: what is on disk is on the screen soon"


class Window:
    """`line` is what it is fed by; `shows` is False until the snapshot has come. Times are virtual."""

    def __init__(self, referee: Referee, name: str) -> None:
        self.referee = referee
        self.name = name
        self.line: Line | None = None
        self.shows = False
        self.opened_at = 0.0
        self.begun_at = 0.0  # when the connection was asked for: nothing on it was sent before

    def open(self, line: Line, now: float) -> None:
        self.line, self.opened_at = line, now

    def begin(self) -> None:
        """Before a connection: what comes next is a snapshot."""
        self.shows, self.begun_at = False, self.referee.now_s()

    def wrong(self, check: str, about: str, what: str) -> None:
        self.referee.wrong(check, about, f"{self.name}: {what}")


class CustomerWindow(Window):
    """One conversation, as its customer sees it. `whole` once everything up to the last event is there."""

    def __init__(self, referee: Referee, name: str, conversation_id: str) -> None:
        super().__init__(referee, name)
        self.conversation_id = conversation_id
        self.events: dict[int, Json] = {}
        self.heard_of_agents = 0  # messages
        self.last_seq = 0
        self.handoff: Json | None = None
        self.whole = False
        self._since = 0

    def begin(self) -> None:
        super().begin()
        self._since = self.last_seq

    def told(self, name: str, payload: Any) -> None:
        match name:
            case "snapshot":
                self._snapshot(payload)
            case "event":
                if payload["prev_seq"] != self.last_seq and self.whole:
                    what = f"{payload['seq']} after {self.last_seq}, prev_seq {payload['prev_seq']}"
                    self.wrong(_IN_ORDER, self.conversation_id, what)
                self.show(payload)
            case "handoff":
                self.see(payload)
            case "head":
                self.referee.told_head(self.conversation_id, payload["last_seq"])
            case _:
                pass

    def _snapshot(self, snapshot: Json) -> None:
        if any(event["seq"] <= self._since for event in snapshot["events"]):
            first = snapshot["events"][0]["seq"]
            self.wrong(_IN_ORDER, self.conversation_id, f"{first} told again after {self._since}")
        for event in snapshot["events"]:
            self.show(event)
        self.whole, self.shows = not snapshot["more"], True
        self.see(snapshot["handoff"])

    def show(self, event: Json) -> None:
        self.referee.told_event(self.conversation_id, event, customer=True, since=self.begun_at)
        seq = event["seq"]
        if seq in self.events and self.events[seq] != event:
            self.wrong(_IN_ORDER, self.conversation_id, f"{seq} differs")
        if seq not in self.events and event["type"] == "message" and event["actor"]["kind"] == "agent":
            self.heard_of_agents += 1
        self.events[seq] = event
        self.last_seq = max(self.last_seq, seq)

    def see(self, handoff: Json | None) -> None:
        self.referee.told_handoff(self.conversation_id, handoff)
        self.handoff = handoff


class AgentWindow(Window):
    """The console of one of the desk's people. `own` and `offers` are what the wire has given to them."""

    def __init__(self, referee: Referee, name: str, *, is_supervisor: bool) -> None:
        super().__init__(referee, name)
        self.is_supervisor = is_supervisor
        self.agent_id = ""
        self.own: dict[str, None] = {}
        self.offers: dict[str, Json] = {}
        self.presences: dict[str, str] = {}
        self.alerts: dict[str, Json] = {}
        self.canned_answers: list[Json] = []
        self.team: list[Json] = []
        self.queue: list[Json] = []
        self.wrap_ups: list[str] = []
        self.supervises = False
        self.board: Json = {}
        self.gaps: dict[str, int] = {}  # conversation -> from where on it has to be fetched with `open`
        self._fetches: set[str] = set()
        self._last_seq: dict[str, int] = {}  # of all that is known
        self._told_seq: dict[str, int] = {}  # of what came without being asked for, which comes once

    def told(self, name: str, payload: Any) -> None:
        match name:
            case "snapshot":
                self._snapshot(payload)
            case "offer":
                self.offered(payload)
            case "offer_ended":
                offer = self.offers.pop(payload["offer_id"], None)
                if offer is not None:
                    about = offer["conversation_id"]
                    self.referee.told_offer_ended(about, payload["offer_id"], payload["outcome"])
            case "assignment_ended":
                self.own.pop(payload["conversation_id"], None)
                self._fetches.discard(payload["conversation_id"])
            case "event":
                self._happened(payload["conversation_id"], payload["event"])
            case "presence":
                self.presences[payload["agent_id"]] = payload["presence"]
            case "canned_answers":
                self.canned_answers = payload["canned_answers"]
            case "team":
                self.team = payload["team"]
            case "queue":
                self.queue = payload["queue"]
            case "board" | "alert" if not self.supervises:
                self.wrong(OTHERS, self.agent_id, f"is told of the {name} of supervisors")
            case "board":
                self.board = payload
            case "alert":
                self.alerts[payload["alert_id"]] = payload
            case "alert_ended":
                self.alerts.pop(payload["alert_id"], None)
            case "wrap_ups":
                self.wrap_ups = [one["conversation_id"] for one in payload["wrap_ups"]]
            case "head":
                self.referee.told_head(payload["conversation_id"], payload["last_seq"])
            case _:
                pass

    def _snapshot(self, snapshot: Json) -> None:
        self.offers, self._last_seq, self._told_seq, self.shows = {}, {}, {}, True
        self._fetches.clear()
        self.agent_id = snapshot["me"]["id"]
        self.own = {one["conversation"]["id"]: None for one in snapshot["conversations"]}
        self.presences = {one["id"]: one["presence"] for one in snapshot["team"]}
        self.alerts = {one["alert_id"]: one for one in snapshot["alerts"]}
        self.canned_answers, self.team = snapshot["canned_answers"], snapshot["team"]
        self.wrap_ups = [one["conversation_id"] for one in snapshot["wrap_ups"]]
        self.queue = snapshot["queue"]
        self.supervises, self.board = "board" in snapshot, snapshot.get("board", {})
        if self.supervises is not self.is_supervisor or (self.alerts and not self.supervises):
            self.wrong(OTHERS, self.agent_id, "is shown the board of supervisors, or is not")
        for one in snapshot["conversations"]:
            self.referee.told_handoff(one["conversation"]["id"], one["handoff"])
            about = one["conversation"]["id"]
            self._last_seq[about] = self._told_seq[about] = one["last_seq"]
        for offer in snapshot["offers"]:
            self.offered(offer)

    def offered(self, offer: Json) -> None:
        self.referee.told_offer(offer)
        self.offers[offer["offer_id"]] = offer
        about, count = offer["conversation_id"], offer["transcript"]["count"]
        self._last_seq[about] = self._told_seq[about] = count

    def accepted(self, conversation_id: str, last_seq: int) -> None:
        """An ack gave the log up to `last_seq`. The event of joining may come before it or after it."""
        self.own[conversation_id] = None
        self._last_seq[conversation_id] = max(last_seq, self._last_seq.get(conversation_id, 0))

    def _happened(self, conversation_id: str, event: Json) -> None:
        self.referee.told_event(conversation_id, event, customer=False, since=self.begun_at)
        if not self.supervises:  # they may watch
            self.referee.told_to(conversation_id, event["seq"], self.agent_id, SOON_S)
        last, seq = self._told_seq.get(conversation_id, 0), event["seq"]
        if seq <= last:
            self.wrong(_IN_ORDER, conversation_id, f"{seq} after {last}")
        known = self.last_seq(conversation_id)
        if event["prev_seq"] > known:
            self.gaps[conversation_id] = known
        self._told_seq[conversation_id] = seq
        self._last_seq[conversation_id] = max(seq, known)
        if event["type"] == "agent_joined" and event["agent"]["id"] == self.agent_id:
            self.own[conversation_id] = None

    def fetch(self, conversation_id: str) -> int | None:
        """From where on to ask with `open`; None: there is no gap."""
        if conversation_id in self.gaps:
            self._fetches.add(conversation_id)
        return self.gaps.pop(conversation_id, None)

    def fetches(self, conversation_id: str) -> bool:
        """Whether `open` was asked for a gap and not answered yet."""
        return conversation_id in self._fetches

    def fetched(self, conversation_id: str, ack: Json, since: float) -> None:
        """What `open` answered for a gap; it was asked at `since`. The assignment may have ended meanwhile."""
        for event in ack["events"]:
            self.referee.told_event(conversation_id, event, customer=False, since=since)
        self.referee.told_handoff(conversation_id, ack["handoff"])
        handoff = ack["handoff"]
        if handoff is None or conversation_id not in self._fetches:
            return
        self._fetches.discard(conversation_id)
        has_it = handoff["state"] == "active" and handoff["agent"]["id"] == self.agent_id
        promise = handoff["promise"] if handoff["state"] == "promised" else None
        if has_it or (promise is not None and promise["owner"]["id"] == self.agent_id):
            self.own[conversation_id] = None

    def last_seq(self, conversation_id: str) -> int:
        return self._last_seq.get(conversation_id, 0)


class Screens:
    """Holds windows against what is on the disk. `delivers(line, now)`: whether nothing is held up on its way
    down. `heard_from(line)`: when all that was sent up has arrived."""

    def __init__(
        self, referee: Referee, delivers: Callable[[Line], bool], heard_from: Callable[[Line], float]
    ) -> None:
        self._referee = referee
        self._delivers = delivers
        self._heard_from = heard_from
        self.administrator: Administrator | None = None
        self._queue: tuple[str, ...] = ()
        self._held: dict[str, dict[str, Account]] = {}
        self._offered: dict[str, dict[str, str]] = {}

    def look(self, customers: Iterable[CustomerWindow], agents: Iterable[AgentWindow], now: float) -> None:
        """About once a second, while nothing goes wrong with the server."""
        self._queue = self._referee.rulebook.queue(one for one, _ in self._referee.live())
        self._sort()
        for window in customers:
            if self._settled(window, now):
                self._look_at_customer(window, now)
        for agent in agents:
            if self._settled(agent, now):
                self._look_at_agent(agent, now)

    def _sort(self) -> None:
        """Who has what, by agent: conversations that are theirs, and offers with their conversation."""
        self._held, self._offered = {}, {}
        for about, account in self._referee.live():
            owner = self._referee.rulebook.owner(about) if account.state == "promised" else None
            if account.state == "active" and account.agent is not None:
                self._held.setdefault(account.agent, {})[about] = account
            elif owner is not None and owner[0] == "agent":
                self._held.setdefault(owner[1], {})[about] = account
            elif account.offer is not None:
                self._offered.setdefault(account.offer[1], {})[account.offer[0]] = about

    def _settled(self, window: Window, now: float) -> bool:
        line = window.line
        if line is None or line.lost or line.deaf or now - window.opened_at < SOON_S:
            return False
        if not self._delivers(line):
            return False
        if not window.shows:
            window.wrong(_ON_SCREEN, window.name, "a connection without a snapshot")
        return window.shows

    def _look_at_customer(self, window: CustomerWindow, now: float) -> None:
        about = window.conversation_id
        account = self._referee.accounts[about]
        if now - account.changed_at < SOON_S:
            return
        if window.whole and window.last_seq != account.visible_seq:
            what = f"the screen ends at {window.last_seq}, the log at {account.visible_seq}"
            window.wrong(_ON_SCREEN, about, what)
        seen = window.handoff
        shown = (None, None) if seen is None else (seen["id"], seen["state"])
        if shown != account.history[-1]:
            window.wrong(_ON_SCREEN, about, f"shown {shown}, on disk {account.history[-1]}")
        if seen is None or not account.live:
            return
        if owed_of(seen) != account.owed[-1]:
            window.wrong(_ON_SCREEN, about, f"shown {owed_of(seen)}, on disk {account.owed[-1]}")
        if now - self._referee.queue_changed_at >= SOON_S and about in self._queue:
            place = self._queue.index(about) + 1
            if seen["place"] != place:
                window.wrong(_ON_SCREEN, about, f"shown place {seen['place']}, it is {place}")

    def _look_at_agent(self, window: AgentWindow, now: float) -> None:
        referee, agent_id = self._referee, window.agent_id
        shadow = referee.shadow.agents.get(agent_id)
        if shadow is None or shadow.disabled:
            return
        if not shadow.connected and now - referee.agent_changed_at(agent_id) >= SOON_S:
            window.wrong(_ON_SCREEN, agent_id, "connected, and shown as gone")
        mine, offered = self._held.get(agent_id, {}), self._offered.get(agent_id, {})
        for about, account in mine.items():
            if now - account.changed_at < SOON_S:
                continue
            if about not in window.own:
                if self._still_asks(window, about, now):
                    continue
                window.wrong(_ON_SCREEN, about, f"{account.state} with this agent, and not on the screen")
            elif window.last_seq(about) < len(account.records):
                what = f"the screen ends at {window.last_seq(about)}, the log at {len(account.records)}"
                window.wrong(_ON_SCREEN, about, what)
        for about in window.own:
            if about not in mine and now - referee.accounts[about].changed_at >= SOON_S:
                window.wrong(_ON_SCREEN, about, f"on the screen, and {referee.accounts[about].state}")
        self._look_at_offers(window, offered, now)
        for other_id, presence in window.presences.items():
            other = referee.shadow.agents.get(other_id)
            if other is None or now - referee.agent_changed_at(other_id) < SOON_S:
                continue
            if other.shown_presence.value != presence and not other.disabled:
                what = f"shown {presence}, is {other.shown_presence.value}"
                window.wrong(_ON_SCREEN, other_id, what)
        if window.supervises:
            self._look_at_alerts(window, now)
            self._look_at_board(window, now)
        self._look_at_queue(window, now)
        self._look_at_what_is_administered(window, now)

    def _still_asks(self, window: AgentWindow, about: str, now: float) -> bool:
        """The request for a gap was on its way until lately: what was told without it does not say whose it is."""
        line = window.line
        return line is not None and window.fetches(about) and now - self._heard_from(line) < SOON_S

    def _look_at_what_is_administered(self, window: AgentWindow, now: float) -> None:
        referee, administrator = self._referee, self.administrator
        for one in window.team:
            agent = referee.shadow.agents.get(one["id"])
            if agent is None or now - referee.agent_changed_at(one["id"]) < SOON_S:
                continue
            if (agent.card.role, list(agent.teams)) != (one["role"], one["teams"]):
                window.wrong(_ON_SCREEN, one["id"], f"shown {one}, is {agent.card} in {agent.teams}")
        if administrator is None or administrator.unsure or now - administrator.answers_since < SOON_S:
            return
        shown = {one["id"]: one for one in window.canned_answers}
        if shown != administrator.answers:
            window.wrong(_ON_SCREEN, "desk", f"shown {shown}, canned are {administrator.answers}")

    def _look_at_offers(self, window: AgentWindow, offered: dict[str, str], now: float) -> None:
        accounts = self._referee.accounts
        for offer_id, about in offered.items():
            if offer_id not in window.offers and now - accounts[about].changed_at >= SOON_S:
                window.wrong(_ON_SCREEN, about, f"offer {offer_id} is not on the screen")
        for offer_id, offer in window.offers.items():
            about = offer["conversation_id"]
            if offer_id not in offered and now - accounts[about].changed_at >= SOON_S:
                window.wrong(_ON_SCREEN, about, f"offer {offer_id} has ended, and is on the screen")

    def _look_at_queue(self, window: AgentWindow, now: float) -> None:
        """Who waits and who was promised something; for supervisors those who are answered, too."""
        shown = {row["conversation_id"]: row for row in window.queue}
        queue_stood = now - self._referee.queue_changed_at >= SOON_S
        if queue_stood and [one for one in shown if shown[one]["state"] in _WAITS] != list(self._queue):
            window.wrong(_ON_SCREEN, "queue", f"shown {list(shown)}, it is {self._queue}")
        for about, account in self._referee.live():
            if now - account.changed_at < SOON_S or account.canary or not account.live:
                continue
            row = shown.get(about)
            if row is not None and (row["state"], row["answer_by"]) != (account.state, account.answer_by):
                window.wrong(_ON_SCREEN, about, f"{row} in the queue, it is {account.owed[-1]}")
            elif row is None and (account.state != "active" or window.supervises):
                window.wrong(_ON_SCREEN, about, f"{account.state}, and not in the queue that is shown")

    def _look_at_alerts(self, window: AgentWindow, now: float) -> None:
        accounts = self._referee.accounts
        raised = {
            f"{one.conversation_id}.{one.alert.seq}": one.conversation_id
            for one in self._referee.shadow.alerted()
            if one.alert is not None
        }
        for alert_id in raised.keys() ^ window.alerts.keys():
            about = raised.get(alert_id) or window.alerts[alert_id]["conversation_id"]
            if now - accounts[about].changed_at >= SOON_S:
                where = "raised, and not on the screen" if alert_id in raised else "on the screen, and over"
                window.wrong(_ON_SCREEN, about, f"alert {alert_id} {where}")
        for alert_id in raised.keys() & window.alerts.keys():
            account, shown = accounts[raised[alert_id]], window.alerts[alert_id]
            is_so = shown["state"] == account.state and (
                not account.live or shown["answer_by"] == account.answer_by
            )
            if not is_so and now - account.changed_at >= SOON_S:
                what = f"alert {shown}, it is {account.state}, owed by {account.answer_by}"
                window.wrong(_ON_SCREEN, raised[alert_id], what)

    def _look_at_board(self, window: AgentWindow, now: float) -> None:
        """Everything that is owed to somebody, as it stands; no canaries, and counted as it is shown."""
        rows = {row["conversation_id"]: row for row in window.board["rows"]}
        for about, row in rows.items():
            account = self._referee.accounts[about]
            if account.canary:
                window.wrong(_ON_SCREEN, about, "a canary on the board")
            if now - account.changed_at < SOON_S:
                continue
            if (row["state"], row["answer_by"]) != (account.state, account.answer_by):
                window.wrong(_ON_SCREEN, about, f"{row} on the board, it is {account.owed[-1]}")
        for about, account in self._referee.live():
            is_due = account.live and not account.canary and now - account.changed_at >= SOON_S
            if is_due and about not in rows:
                window.wrong(_ON_SCREEN, about, f"{account.state}, and not on the board")
        states = Counter(_COUNTED_AS[row["state"]] for row in rows.values())
        counts = {
            name: count for name, count in window.board["counts"].items() if name != "overdue" and count
        }
        if counts != dict(states):
            window.wrong(_ON_SCREEN, "board", f"{counts} are counted, {dict(states)} are shown")
