"""Does in less time what Rasa does on each turn, with the same outcome.

Three of its methods are replaced while turns are answered: the graph of a model is run by a scheduler for clusters,
though it is a handful of steps one after the other; every rule is held against the conversation, though what was done
and meant last leaves few; and the domain is held against an empty one on each message. There is no option for any of
these. It is safe for the version of Rasa that is pinned, and refused for any other (see `remote_action`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.remote_action import refuse_other_versions

_Kind = tuple[str, "str | None"]  # what was done last, and what was meant last

_all_possible_keys = RulePolicy._get_possible_keys
_is_empty = Domain.is_empty


def install() -> None:
    """Replace the methods. Raises RuntimeError when Rasa is not the version that this was written for."""
    refuse_other_versions("bot/shortcuts.py")
    DaskGraphRunner.run = run_graph
    RulePolicy._get_possible_keys = possible_keys
    Domain.is_empty = is_empty


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
