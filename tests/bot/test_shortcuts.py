"""What we do in Rasa's place comes out as Rasa's own would."""

import ast
import copy
import inspect
import itertools
import json
import random
import tarfile

import pytest
import rasa
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core import events as of_rasa
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

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


@pytest.fixture(scope="module")
def domain():
    return Domain.load("bot/domain")


FORM, OTHER_FORM = "track_order_form", "cancel_order_form"


def what_may_happen(chance):
    """Events as they come together in a conversation; all kinds that Rasa itself or an action of ours may bring."""
    intent = chance.choice(["track_order", "cancel_order", "affirm", "thank", "out_of_scope"])
    form = chance.choice([FORM, OTHER_FORM])
    number = chance.choice(["10023", "10030", None])
    hidden = chance.random() < 0.5
    message = [
        of_rasa.ActionExecuted("action_listen"),
        of_rasa.UserUttered(
            f"about {number}",
            {"name": intent, "confidence": 0.9},
            [{"entity": "order_number", "value": number}] if number else [],
        ),
    ]
    return chance.choice(
        [
            message,
            [*message, of_rasa.DefinePrevUserUtteredFeaturization(False)],
            [of_rasa.SlotSet("order_number", number), of_rasa.SlotSet("requested_slot", None)],
            [of_rasa.SlotSet("language", "de")],
            [of_rasa.ActionExecuted("utter_greet", hide_rule_turn=hidden), of_rasa.BotUttered("Hello!")],
            [of_rasa.ActionExecuted(f"action_{intent}", hide_rule_turn=hidden)],
            [of_rasa.ActionExecuted(form, hide_rule_turn=hidden), of_rasa.ActiveLoop(form)],
            [of_rasa.ActionExecuted(form, hide_rule_turn=hidden), of_rasa.ActiveLoop(None)],
            [of_rasa.ActionExecutionRejected(form)],
            [of_rasa.LoopInterrupted(True)],
            [of_rasa.ActionExecuted("action_default_fallback"), of_rasa.UserUtteranceReverted()],
            [of_rasa.ActionReverted()],
            [of_rasa.AllSlotsReset()],
            [of_rasa.FollowupAction("utter_greet")],
            [of_rasa.ActionExecuted("action_session_start"), of_rasa.SessionStarted()],
            [of_rasa.Restarted()],
        ]
    )


@pytest.mark.parametrize("seed", range(60))
def test_what_policies_see_of_a_conversation_is_what_rasa_shows_them(domain, seed):
    chance = random.Random(seed)
    tracker = DialogueStateTracker("somebody", domain.slots)
    tracker.model_id = "a-model"
    rule_only = {"rule_only_slots": ["requested_slot"], "rule_only_loops": [FORM]}
    for _ in range(25):
        for event in what_may_happen(chance):
            tracker.update(event, domain)
        for asked in (
            (False, False, None),
            (False, True, None),
            (False, True, rule_only),
            (True, False, None),
        ):
            expected = shortcuts._states(domain, tracker, *asked)
            states = shortcuts.states_for_tracker_history(domain, tracker, *asked)
            assert states == expected
            for state in states:  # policies take out of them what they do not look at
                state.get("user", {}).clear()
                state.clear()


@pytest.mark.parametrize("seed", range(60))
def test_a_copy_of_a_conversation_is_the_one_that_rasa_makes(domain, seed):
    chance = random.Random(seed)
    tracker = DialogueStateTracker("somebody", domain.slots)
    tracker.model_id = "a-model"
    for _ in range(25):
        for event in what_may_happen(chance):
            tracker.update(event, domain)
        if chance.random() < 0.3:
            tracker.clear_followup_action()  # as Rasa does when it carries out what was planned
        before = looks(tracker)
        its = shortcuts.copy_of(tracker)
        assert looks(its) == looks(shortcuts._copy(tracker))
        its.update(of_rasa.SlotSet("order_number", "10099"))
        its.update(of_rasa.ActionExecutionRejected(its.active_loop_name or "utter_greet"))
        its.update(of_rasa.LoopInterrupted(True))
        assert looks(tracker) == before


def looks(tracker):
    """All that a conversation consists of; an event is itself, not one that says the same."""
    parts = dict(vars(tracker))
    parts.pop("_replay", None)
    return parts | {
        "events": [id(event) for event in tracker.events],
        "slots": {name: dict(vars(slot)) for name, slot in tracker.slots.items()},
        "active_loop": copy.copy(tracker.active_loop),
        "model_id": None,
    }


def test_a_copy_of_a_slot_is_the_one_that_python_makes(domain):
    for slot in domain.slots:
        slot.value = slot.initial_value
        its = shortcuts.copy_of_slot(slot)
        assert type(its) is type(slot)
        assert vars(its) == vars(copy.copy(slot))
        its.value = ["x"]
        assert slot.value == slot.initial_value


@pytest.mark.parametrize("module", shortcuts.ONLY_LOGGING, ids=lambda it: it.__name__)
def test_what_is_no_longer_copied_was_copied_for_a_line_of_the_log_alone(module):
    tree = ast.parse(inspect.getsource(module))

    def copies(part):
        return sum(isinstance(it, ast.Name) and it.id == "copy" for it in ast.walk(part))

    lines = [
        it
        for it in ast.walk(tree)
        if isinstance(it, ast.Call) and ast.unparse(it.func) == "structlogger.debug"
    ]
    assert copies(tree) == sum(map(copies, lines)) > 0
