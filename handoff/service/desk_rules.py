"""The ladder and the routes of the desk file: read with everything that is wrong, and said again in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from handoff.domain.desk import DeskRules
from handoff.domain.handoff import Reason
from handoff.domain.ladder import DEFAULT_LADDER, LadderRung, LadderStep, Step
from handoff.domain.routes import Route
from handoff.domain.text import KEY, is_language

STEPS_MAX = 50
ROUTES_MAX = 500
AFTER_LONGEST_S = 31_536_000  # a year; whoever writes more has slipped
_STEP_KEYS = ("do", "after_s", "teams")
_ROUTE_KEYS = ("intents", "sites", "languages", "reasons", "team", "skills")


def unknown_keys(table: dict[str, Any], known: Iterable[str], where: str) -> Iterator[str]:
    """A problem for each name that nothing reads: most often a slip, which would silently do nothing."""
    names = list(known)
    for key in table:
        if key not in names:
            yield f"{where}: {key!r} is not known; known are {', '.join(names)}"


def read_ladder(
    document: dict[str, Any], teams: Sequence[str], problems: list[str]
) -> tuple[LadderStep, ...]:
    """The steps of `[[ladder]]`; without one the ladder that every desk has. What is wrong goes to `problems`."""
    if "ladder" not in document:
        return DEFAULT_LADDER
    tables = _tables(document, "ladder", STEPS_MAX, problems)
    ladder = tuple(
        step
        for number, table in enumerate(tables, 1)
        if (step := _step(table, f"step {number} of the ladder", teams, problems)) is not None
    )
    times = [step.after_s for step in ladder if step.after_s is not None]
    if times != sorted(times):
        problems.append(
            "ladder: the steps stand in their order, so after_s never gets less from one to the next"
        )
    return ladder


def _step(table: dict[str, Any], where: str, teams: Sequence[str], problems: list[str]) -> LadderStep | None:
    problems += unknown_keys(table, _STEP_KEYS, where)
    given = table.get("do")
    if given not in list(Step):
        problems.append(f"{where}: do must be one of {', '.join(Step)}")
        return None
    do = Step(given)
    wider = _texts(table, "teams", where, problems)
    if wider and do is not Step.WIDEN:
        problems.append(f"{where}: only a step that widens has teams")
    problems += _not_among(wider, teams, f"{where}: there is no team")
    return LadderStep(do=do, after_s=_seconds(table, where, problems), teams=wider)


def _seconds(table: dict[str, Any], where: str, problems: list[str]) -> float | None:
    value = table.get("after_s")
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and 0 <= value <= AFTER_LONGEST_S:  # NaN is in no range
        return float(value)
    problems.append(f"{where}: after_s must be a number of seconds, from 0 to a year")
    return None


def read_routes(
    document: dict[str, Any], teams: Sequence[str], sites: Sequence[str], problems: list[str]
) -> tuple[Route, ...]:
    """The `[[routes]]`, if there are any. What is wrong goes to `problems`."""
    if "routes" not in document:
        return ()
    tables = _tables(document, "routes", ROUTES_MAX, problems)
    routes = tuple(
        _route(table, f"route {number}", teams, sites, problems) for number, table in enumerate(tables, 1)
    )
    for number, route in enumerate(routes[:-1], 1):
        if not (route.intents or route.sites or route.languages or route.reasons):
            problems.append(f"route {number} matches everything, so those after it are never reached")
    return routes


def _route(
    table: dict[str, Any], where: str, teams: Sequence[str], sites: Sequence[str], problems: list[str]
) -> Route:
    problems += unknown_keys(table, _ROUTE_KEYS, where)
    found = {key: _texts(table, key, where, problems) for key in _ROUTE_KEYS if key != "team"}
    problems += _not_among(found["sites"], sites, f"{where}: there is no site")
    problems += _not_among(found["reasons"], [one.value for one in Reason], f"{where}: there is no reason")
    problems += [
        f"{where}: {language!r} is not a language such as de"
        for language in found["languages"]
        if not is_language(language)
    ]
    problems += [
        f"{where}: {skill!r} is not a skill: small letters, digits, - and _ only"
        for skill in found["skills"]
        if not KEY.fullmatch(skill)
    ]
    team = table.get("team")
    if team is not None and team not in teams:
        problems.append(f"{where}: there is no team {team!r}; the desk has {', '.join(teams)}")
    if team is None and not found["skills"]:
        problems.append(f"{where} leads nowhere: it needs a team, or skills")
    return Route(
        intents=found["intents"],
        sites=found["sites"],
        languages=found["languages"],
        reasons=tuple(one for one in Reason if one.value in found["reasons"]),
        team=team if isinstance(team, str) else None,
        skills=found["skills"],
    )


def _tables(document: dict[str, Any], key: str, most: int, problems: list[str]) -> list[dict[str, Any]]:
    value = document[key]
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        problems.append(f"{key} must be written as [[{key}]], once for each")
        return []
    if len(value) > most:
        problems.append(f"[[{key}]] stands {len(value)} times; at most {most} are possible")
    return value[:most]


def _texts(table: dict[str, Any], key: str, where: str, problems: list[str]) -> tuple[str, ...]:
    if key not in table:
        return ()
    value = table[key]
    if isinstance(value, list) and value and all(isinstance(one, str) and one.strip() for one in value):
        return tuple(dict.fromkeys(one.strip() for one in value))
    problems.append(f"{where}: {key} must be a list of texts, or be left out")
    return ()


def _not_among(given: Iterable[str], known: Sequence[str], what: str) -> list[str]:
    return [f"{what} {one!r}; there is {', '.join(known)}" for one in given if one not in known]


# --- in words -------------------------------------------------------------------------------------------


def ladder_lines(rules: DeskRules) -> list[str]:
    """The ladder as it is in force, a line a step, for the operator."""
    lines = ["0 s: the handoff's own team is asked, with the skills asked for, in the customer's language"]
    return lines + [f"{rung.after_s:g} s: {_in_words(rung, rules)}" for rung in rules.rungs]


def _in_words(rung: LadderRung, rules: DeskRules) -> str:
    match rung.do:
        case Step.WIDEN if rung.teams:
            names = ", ".join(rules.serving(team).name for team in rung.teams)
            return f"{names} asked too, with the same skills and language"
        case Step.WIDEN:
            return "any team is asked, without the skills, in any language that both share"
        case Step.TELL_SUPERVISOR:
            return "the supervisor is told"
        case Step.OFFER_PROMISE:
            return "the customer is offered a call-back"


def route_lines(rules: DeskRules) -> list[str]:
    """The routes in force, a line each, and where everything else goes."""
    lines = []
    for route in rules.routes:
        conditions = (
            ("intent", route.intents),
            ("site", route.sites),
            ("language", route.languages),
            ("reason", [one.value for one in route.reasons]),
        )
        given = "; ".join(f"{what} {' or '.join(values)}" for what, values in conditions if values)
        skills = f", skills {', '.join(route.skills)}" if route.skills else ""
        lines.append(f"{given or 'everything'} -> {rules.serving(route.team).name}{skills}")
    if not rules.routes or lines[-1].split(" -> ")[0] != "everything":
        lines.append(f"everything else -> {rules.teams[0].name}")
    return lines


def skills_nobody_has(rules: DeskRules, skills: Iterable[str]) -> list[str]:
    """Skills that a route asks for, but that are not among `skills`, those of the people of the desk."""
    have = set(skills)
    asked = dict.fromkeys(skill for route in rules.routes for skill in route.skills)
    return [skill for skill in asked if skill not in have]
