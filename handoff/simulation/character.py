"""What is drawn for a world before anything happens: its size, settings and network, and how bad its weather is."""

from __future__ import annotations

import contextlib
import importlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

TEAMS: tuple[str, ...] = ("service", "billing")
SKILLS: tuple[str, ...] = ("refunds", "repairs")
ROUTES = (
    "",
    """
[[routes]]
reasons = ["action"]
skills = ["refunds"]

[[routes]]
languages = ["de"]
reasons = ["button", "asked"]
team = "billing"
""",
    """
[[routes]]
sites = ["shop"]
languages = ["fr"]
team = "billing"
skills = ["repairs", "refunds"]

[[routes]]
reasons = ["bot_unavailable", "bot_unsure"]
skills = ["repairs"]
""",
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


_CUSTOMERS_MIN = 6  # at a time: a desk that mostly waits shows little
_CUSTOMERS_MAX = 16

# Limits that a world of this size never comes to. In some worlds they are so small that it does.
_SMALL = {"page": 40, "idle": 6, "due": 3}
_SMALLER = {"page": 7, "idle": 0, "due": 1}
_LIMITED = {
    "page": (
        ("handoff.service.wire", "EVENTS_MAX"),
        ("handoff.service.customer_reader", "EVENTS_MAX"),
        ("handoff.service.agent_reader", "EVENTS_MAX"),
    ),
    "idle": (("handoff.service.committer", "IDLE_CONVERSATIONS_KEPT_MAX"),),
    "due": (("handoff.service.timekeeper", "DUE_AT_ONCE_MAX"),),
}


@contextlib.contextmanager
def limited(limits: dict[str, int]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, value in limits.items():
            for module_name, constant in _LIMITED[name]:
                module = importlib.import_module(module_name)
                stack.callback(setattr, module, constant, getattr(module, constant))
                setattr(module, constant, value)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What is drawn for a world before anything happens."""

    agents: int
    customers: int
    latency_s: tuple[float, float]
    trouble_every_s: float
    brisk: bool
    settings: dict[str, str]
    hours: str
    routes: str
    on_sqlite: bool
    limits: dict[str, int]

    @classmethod
    def drawn(cls, draw: random.Random) -> Character:
        brisk = draw.random() < 0.7
        capacity = draw.choice((1, 2, 4, 4))
        agents = draw.randint(3, 5)
        crowd = draw.choice((0.5, 0.7, 0.7, 1.0, 2.0))  # customers for each seat
        settings = {"HANDOFF_CAPACITY": str(capacity), "HANDOFF_IDLE_REVIEW_S": "100"}
        if brisk:  # short clocks, so that more of them run out
            settings |= {
                "HANDOFF_OFFER_TIMEOUT_S": "6",
                "HANDOFF_AGENT_LOST_OFFER_S": "4",
                "HANDOFF_AGENT_LOST_ACTIVE_S": "15",
                "HANDOFF_FIRST_ANSWER_REMIND_S": "8",
                "HANDOFF_FIRST_ANSWER_REQUEUE_S": "20",
                "HANDOFF_NEXT_ANSWER_REMIND_S": "15",
                "HANDOFF_NEXT_ANSWER_REQUEUE_S": "40",
                "HANDOFF_WIDEN_S": "12",
                "HANDOFF_SUPERVISOR_S": "25",
                "HANDOFF_PROMISE_S": "45",
                "HANDOFF_ANSWER_BY_S": "40",
                "HANDOFF_WRAP_UP_S": "5",
                "HANDOFF_IDLE_REVIEW_S": "20",
                "HANDOFF_NOTICE_AFTER_S": "15",
                "HANDOFF_NOTICE_AGAIN_S": "60",
                "HANDOFF_NOTICE_RETRY_S": "4",
                "HANDOFF_NOTICE_TIMEOUT_S": "3",
            }
        always = "\n".join(f'{day} = [["00:00", "24:00"]]' for day in _DAYS)
        morning = "\n".join(f'{day} = [["07:30", "08:10"], ["08:20", "18:00"]]' for day in _DAYS)
        return cls(
            agents=agents,
            customers=max(_CUSTOMERS_MIN, min(_CUSTOMERS_MAX, round(agents * capacity * crowd))),
            brisk=brisk,
            latency_s=draw.choice(((0.001, 0.02), (0.005, 0.08), (0.02, 0.4))),
            trouble_every_s=draw.choice((3.0, 8.0, 20.0)),
            settings=settings,
            hours=draw.choice((always, always, morning)),
            routes=draw.choice(ROUTES),
            on_sqlite=draw.random() < 0.3,
            limits=draw.choice(({}, _SMALL, _SMALLER)),
        )
