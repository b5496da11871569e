"""What the operator does to the whole desk: put other rules in force while it works."""

from __future__ import annotations

from handoff.domain import commands as c
from handoff.domain.desk import Trial


def put_in_force(trial: Trial, command: c.PutInForce) -> None:
    """Deadlines are computed from the rules, so all of them are other ones from now on; a moment that was given to a
    customer is in the log and stands. Whoever waits may fit for others now, so everybody is looked at."""
    trial.put_rules(command.rules)
    trial.look_at_all = True
