"""What we do in Rasa's place comes out as Rasa's own would."""

import itertools
import json
import tarfile

import pytest
import rasa
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain

from bot import shortcuts

ORIGINAL_KEYS = shortcuts._all_possible_keys


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(RuntimeError, match=r"shortcuts.*3\.7\.0"):
        shortcuts.install()


@pytest.fixture(scope="module")
def lookups(model):
    """The rules of the trained model."""
    with tarfile.open(model) as archive:
        (name,) = [it for it in archive.getnames() if it.endswith("rule_policy.json")]
        return json.load(archive.extractfile(name))["lookup"]


def conversations(lookup):
    """All that lead up to a rule, as they are and with an intent, an action or a slot of another one."""
    kinds = [json.loads(key) for key in lookup]
    yield from kinds
    for states, others in zip(kinds, itertools.chain(kinds[1:], kinds[:1]), strict=True):
        for part in ("user", "prev_action", "slots", "active_loop"):
            last = {name: value for name, value in states[-1].items() if name != part}
            yield [*states[:-1], last]
            yield [*states[:-1], {**last, part: others[-1].get(part, {})}]
        yield [*others, *states]


@pytest.mark.parametrize("kind", [RULES, RULES_FOR_LOOP_UNHAPPY_PATH])
def test_the_rules_that_fit_are_those_that_rasa_finds(lookups, kind):
    policy = RulePolicy.__new__(RulePolicy)
    lookup = lookups[kind]
    found = 0
    for states in [[], [{}], *conversations(lookup)]:
        expected = ORIGINAL_KEYS(policy, lookup, states)
        assert shortcuts.possible_keys(policy, lookup, states) == expected
        found += bool(expected)
    assert found > len(lookup) / 2


class Node:
    """Adds up what it is given, and notes that it ran."""

    def __init__(self, name, ran):
        self._name, self._ran = name, ran

    def __call__(self, *given):
        self._ran.append(self._name)
        if self._name == "broken":
            raise RuntimeError("no")
        return self._name, sum(value for _, value in given) + 1


class Schema:
    """As much of a graph's schema as is looked at."""

    def __init__(self, needs):
        self.nodes = {
            name: type("Of", (), {"needs": dict(enumerate(some))})() for name, some in needs.items()
        }
        self.target_names = ["last"]


def runner(ran):
    needs = {"a": ["input"], "b": ["a", "input"], "last": ["a", "b"], "broken": []}
    it = DaskGraphRunner.__new__(DaskGraphRunner)
    it._graph_schema = Schema(needs)
    it._instantiated_nodes = {name: Node(name, ran) for name in needs}
    return it


def test_each_node_of_a_graph_runs_once_and_after_what_it_needs():
    ran = []
    assert shortcuts.run_graph(runner(ran), {"input": 10}) == {"last": 34}
    assert ran == ["a", "b", "last"]
    assert shortcuts.run_graph(runner(ran), {"input": 1}, ["b", "a"]) == {"b": 4, "a": 2}


def test_a_graph_that_breaks_says_so_as_rasas_does():
    with pytest.raises(GraphRunError):
        shortcuts.run_graph(runner([]), {}, ["broken"])


def test_a_domain_is_held_against_an_empty_one():
    for _ in range(2):
        assert shortcuts.is_empty(Domain.empty())
        full = Domain.from_dict({"intents": ["ask"]})
        assert not shortcuts.is_empty(full)
        assert not shortcuts.is_empty(full)
