"""Does in less time what Rasa does on each turn, with the same outcome.

Some of its methods are replaced while turns are answered: the graph of a model is run by a scheduler for clusters,
though it is a handful of steps one after the other; every rule is held against the conversation, though what was done
and meant last leaves few; the domain is held against an empty one on each message; the conversation is gone through
from its beginning for every look of a policy, two or three at each step, and for every copy of it; and much is copied
for lines of a log that nobody writes. There is no option for any of these. It is safe for the version of Rasa that is
pinned, and refused for any other (see `remote_action`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from operator import is_not
from typing import Any

from rasa.core import processor
from rasa.core.actions import forms
from rasa.core.policies import memoization, rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.remote_action import refuse_other_versions

# What they copy goes into a line for debugging, and such a line is written before anything changes.
ONLY_LOGGING = (forms, memoization, processor, rule_policy)

_PLANNING = frozenset({FollowupAction, Restarted, SessionStarted, UserUtteranceReverted, ActionReverted})
_DOING = frozenset({ActionExecuted, UserUttered})
_Kind = tuple[str, "str | None"]  # what was done last, and what was meant last

_all_possible_keys = RulePolicy._get_possible_keys
_is_empty = Domain.is_empty
_states = Domain.states_for_tracker_history
_copy = DialogueStateTracker.copy


def install() -> None:
    """Replace the methods. Raises RuntimeError when Rasa is not the version that this was written for."""
    refuse_other_versions("bot/shortcuts.py")
    DaskGraphRunner.run = run_graph
    RulePolicy._get_possible_keys = possible_keys
    Domain.is_empty = is_empty
    Domain.states_for_tracker_history = states_for_tracker_history
    DialogueStateTracker.copy = copy_of
    Slot.__copy__ = copy_of_slot
    for module in ONLY_LOGGING:
        module.copy = _AsItIs


class _AsItIs:
    """Stands for the module `copy` where a copy is only looked at."""

    @staticmethod
    def deepcopy(what: Any) -> Any:
        return what


def run_graph(
    runner: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """What the `targets` give, by name; each node that they need runs once, after the nodes that it needs."""
    given = {name: (name, value) for name, value in (inputs or {}).items()}

    def result(name: str) -> tuple[str, Any]:
        if name not in given:
            needs = runner._graph_schema.nodes[name].needs.values()
            given[name] = runner._instantiated_nodes[name](*(result(one) for one in needs))
        return given[name]

    try:
        return dict(result(name) for name in targets or runner._graph_schema.target_names)
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error


def possible_keys(policy: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    """The rules of `lookup` that fit the states of a conversation. Looked at are only those whose last step may fit."""
    done = states[-1].get(PREVIOUS_ACTION, {}).get(ACTION_NAME) if states else None
    if done is None:
        return set(_all_possible_keys(policy, lookup, states))
    by_kind = _by_kind(policy, lookup)
    meant = states[-1].get(USER, {}).get(INTENT)
    kinds: Iterable[_Kind] = {(done, meant), (done, None), ("", meant), ("", None)}
    some = {key: lookup[key] for kind in kinds for key in by_kind.get(kind, ())}
    return set(_all_possible_keys(policy, some, states))


def _by_kind(policy: RulePolicy, lookup: dict[str, str]) -> dict[_Kind, list[str]]:
    """The rules by what their last step asks for: an action ("": any) and an intent (None: any). Once a model."""
    known: dict[int, dict[_Kind, list[str]]] = vars(policy).setdefault("_rules_by_kind", {})
    if id(lookup) not in known:
        by_kind: dict[_Kind, list[str]] = {}
        for key in lookup:
            last = policy._rule_key_to_state(key)[-1]
            done = _asked_for(last.get(PREVIOUS_ACTION, {}).get(ACTION_NAME))
            meant = _asked_for(last.get(USER, {}).get(INTENT))
            by_kind.setdefault((done or "", meant), []).append(key)
        known[id(lookup)] = by_kind
    return known[id(lookup)]


def _asked_for(value: Any) -> str | None:
    return value if isinstance(value, str) and value and value != SHOULD_NOT_BE_SET else None


def is_empty(domain: Domain) -> bool:
    """A domain does not change while it answers, so it is looked at once."""
    known = vars(domain)
    if "_found_empty" not in known:
        known["_found_empty"] = _is_empty(domain)
    return bool(known["_found_empty"])


@dataclass(frozen=True)
class _Moment:
    """What a conversation was like before an action, or is like now."""

    state: State
    done: dict[str, str] | None  # the action before
    goes_on: bool  # a loop or a planned action: whether its turn is hidden was settled before
    is_hidden: bool  # the action that follows belongs to a turn that no story knows


class _Replay:
    """A conversation gone through once, event by event, and further when events are added."""

    def __init__(self, domain: Domain, tracker: DialogueStateTracker) -> None:
        self._domain = domain
        self._tracker = tracker.init_copy()
        self._events: list[Event] = []
        self._before: list[_Moment] = []
        self._count, self._last = 0, None  # of all events, those that were taken back as well
        self.moments = [self._moment()]

    def follows(self, domain: Domain, tracker: DialogueStateTracker) -> bool:
        """Go on to where the conversation is; False where it is not what was gone through, and more."""
        last = tracker.events[-1] if tracker.events else None
        if self._domain is domain and self._count == len(tracker.events) and self._last is last:
            return True
        events, known = tracker.applied_events(), len(self._events)
        if self._domain is not domain or len(events) < known:
            return False
        if any(map(is_not, self._events, events)):
            return False  # a message was taken back, or a form has run again: what it did before is left out then
        for event in events[known:]:
            if isinstance(event, ActionExecuted):
                self._before.append(self._moment(event.hide_rule_turn))
            self._tracker.update(event)
        self._events, self._count, self._last = events, len(tracker.events), last
        self.moments = [*self._before, self._moment()]
        return True

    def _moment(self, is_hidden: bool = False) -> _Moment:
        at = self._tracker
        goes_on = bool(at.followup_action) or at.latest_action_name == at.active_loop_name
        return _Moment(self._domain.get_active_state(at), at.latest_action, goes_on, is_hidden)


def states_for_tracker_history(
    domain: Domain,
    tracker: DialogueStateTracker,
    omit_unset_slots: bool = False,
    ignore_rule_only_turns: bool = False,
    rule_only_data: dict[str, Any] | None = None,
) -> list[State]:
    """What the policies see of a conversation: its state before each action, and now."""
    if omit_unset_slots:  # asked for when learning only
        return list(_states(domain, tracker, omit_unset_slots, ignore_rule_only_turns, rule_only_data))
    states: list[State] = []
    hidden, done = False, None
    for moment in _moments(domain, tracker):
        state = {part: dict(content) for part, content in moment.state.items()}
        if ignore_rule_only_turns:
            if not hidden:
                done = moment.done
            if not moment.goes_on:
                hidden = moment.is_hidden
            if hidden:
                continue
            domain._remove_rule_only_features(state, rule_only_data)
            if states:
                domain._substitute_rule_only_user_input(state, states[-1])
            if done:
                state[PREVIOUS_ACTION] = done
        states.append(domain._clean_state(state))
    return states


def _moments(domain: Domain, tracker: DialogueStateTracker) -> list[_Moment]:
    """Kept with the conversation, which lives for a turn."""
    replay: _Replay | None = vars(tracker).get("_replay")
    if replay is None or not replay.follows(domain, tracker):
        replay = vars(tracker)["_replay"] = _Replay(domain, tracker)
        replay.follows(domain, tracker)
    return replay.moments


def copy_of(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A conversation as it is. While something is planned to follow, Rasa goes through it all: a plan that is being
    carried out is gone from the conversation, and a copy has it still."""
    done = next((it for it in reversed(tracker.events) if type(it) in _PLANNING or type(it) in _DOING), None)
    if type(done) not in _DOING:
        return _copy(tracker)
    its = copy.copy(tracker)
    its.events = copy.copy(tracker.events)
    its.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    its.active_loop = copy.copy(tracker.active_loop)
    its.sender_source = its.model_id = its.assistant_id = None
    vars(its).pop("_replay", None)
    return its


def copy_of_slot(slot: Slot) -> Slot:
    """What `copy.copy` makes of it by way of what is pickled."""
    its = object.__new__(type(slot))
    its.__dict__.update(vars(slot))
    return its
