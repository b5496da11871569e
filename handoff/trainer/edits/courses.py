"""Rules, stories and test stories: by a form or as YAML, and nothing but courses of known steps."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node

from handoff.domain.errors import bad_request, conflict, not_found
from handoff.trainer.dataset import RULES, STORIES, TEST_STORIES, Course, Dataset, bare, read
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.lines import inserted, removed
from handoff.trainer.edits.operations import STEPS_MAX, PutCourse, RemoveCourse
from handoff.trainer.edits.wording import clean_sentence, name_of, quoted
from handoff.trainer.marks import BadFile, compose, elements, get, indent_of, items, text_of
from handoff.trainer.masking import mask

_COURSE_KEYS = {"steps", "condition", "conversation_start", "wait_for_user_input"}
_STEP_KEYS = {"intent", "user", "action", "slot_was_set", "active_loop", "entities", "or"}


def find(draft: Draft, path: str, name: str) -> Course:
    for one in draft.dataset.courses:
        if (one.path, one.name) == (path, name):
            return one
    raise not_found("There is no such rule or story any more.")


def put(draft: Draft, asked: PutCourse) -> set[str]:
    path = asked.path
    if path not in draft.texts or not (path.startswith((RULES, STORIES)) or path == TEST_STORIES):
        raise not_found("There is no such file of rules or stories.")
    kind = "rule" if path.startswith(RULES) else "story"
    given = asked.yaml if asked.yaml is not None else _yaml_of(kind, asked)
    lines = [line.rstrip() for line in given.replace("\r\n", "\n").strip("\n").split("\n")]
    [course] = _checked(draft, path, kind, lines)
    taken = {one.name for one in draft.dataset.courses if one.path == path} - {asked.replaces}
    if course.name in taken:
        raise conflict(f"There is a {kind} named “{course.name}” in this file already.")
    if asked.replaces is None:
        append(draft, path, lines)
    else:
        old = find(draft, path, asked.replaces)
        whole = draft.texts[path].split("\n")
        indent = " " * indent_of(whole[old.first_line])
        whole[old.first_line : old.end_line] = [f"{indent}{line}" if line else "" for line in lines]
        draft.texts[path] = "\n".join(whole)
    return {course.name, asked.replaces or course.name}


def remove(draft: Draft, asked: RemoveCourse) -> None:
    course = find(draft, asked.path, asked.name)
    draft.texts[asked.path] = removed(
        draft.texts[asked.path], course.first_line, course.end_line, with_gap=True
    )


def append(draft: Draft, path: str, lines: Sequence[str]) -> None:
    text = draft.texts[path]
    there = [one for one in draft.dataset.courses if one.path == path]
    indent = ""
    if there:
        indent = " " * indent_of(text.split("\n")[there[-1].first_line])
    end = len(text.rstrip("\n").split("\n"))
    gap = [""] if there else []
    draft.texts[path] = inserted(text, end, [*gap, *(f"{indent}{line}" if line else "" for line in lines)])


def _checked(draft: Draft, path: str, kind: str, lines: Sequence[str]) -> list[Course]:
    """Raises `bad_request` where Rasa could read something else in it than a course of known steps."""
    text = "\n".join(['version: "3.1"', f"{'rules' if kind == 'rule' else 'stories'}:", *lines, ""])
    try:
        root = compose(text)
        found = read({path: text})
    except BadFile as error:
        raise bad_request(_own_line(str(error))) from error
    if found.broken:
        raise bad_request(_own_line(found.broken[path]))
    if [str(key.value) for key, _ in items(root)] != [
        "version",
        "rules" if kind == "rule" else "stories",
    ]:
        raise bad_request(f"Only a {kind} can be put here: it begins with “- {kind}: its name”.")
    courses = found.courses
    if len(courses) != 1 or len(elements(get(root, "rules" if kind == "rule" else "stories"))) != 1:
        raise bad_request(f"One {kind} at a time: it begins with “- {kind}: its name”.")
    _check_steps(root, kind, draft.dataset, is_test=path == TEST_STORIES)
    return courses


def _check_steps(root: MappingNode, kind: str, dataset: Dataset, *, is_test: bool) -> None:
    [course] = elements(get(root, "rules" if kind == "rule" else "stories"))
    name = text_of(get(course, kind)) or ""
    if not name.strip() or len(name) > 120 or "\n" in name:
        raise bad_request(f"A {kind} has a name of at most 120 characters.")
    for key, _ in items(course):
        if key.value not in _COURSE_KEYS | {kind}:
            raise bad_request(f"Line {key.start_mark.line - 1}: “{key.value}” has no place in a {kind}.")
    steps = elements(get(course, "steps"))
    if not steps or len(steps) > STEPS_MAX:
        raise bad_request(f"A {kind} has 1 to {STEPS_MAX} steps.")
    for step in [*steps, *elements(get(course, "condition"))]:
        for one in [step, *elements(get(step, "or"))]:
            _check_step(one, dataset, is_test=is_test)


def _check_step(step: Node, dataset: Dataset, *, is_test: bool) -> None:
    line = step.start_mark.line - 1
    if not list(items(step)):
        raise bad_request(
            f"Line {line}: a step says what the customer wants (intent) or what the bot does (action)."
        )
    for key, value in items(step):
        name = text_of(value) or ""
        if key.value not in _STEP_KEYS or (key.value == "user" and not is_test):
            raise bad_request(f"Line {line}: “{key.value}” has no place in a step.")
        if key.value == "intent" and name not in dataset.intents:
            raise bad_request(f"Line {line}: there is no intent “{name}”.")
        if key.value == "action" and name not in dataset.actions:
            raise bad_request(f"Line {line}: there is no action or answer “{name}”.")
        if key.value == "user" and mask(bare(name)).kinds:
            kinds = ", ".join(mask(bare(name)).kinds)
            if {"number"} != set(mask(bare(name)).kinds):
                raise bad_request(f"Line {line}: personal data ({kinds}) does not belong into a story.")


def _own_line(message: str) -> str:
    """Lines are counted from what the trainer wrote: two lines of ours stand before."""
    return re.sub(r"Line (\d+)", lambda found: f"Line {max(int(found[1]) - 2, 1)}", message)


def _yaml_of(kind: str, asked: PutCourse) -> str:
    if not asked.name or not asked.name.strip() or not asked.steps:
        raise bad_request(f"A {kind} needs a name and steps.")
    lines = [f"- {kind}: {_scalar(asked.name.strip())}", "  steps:"]
    for step in asked.steps:
        if (step.intent is None) == (step.action is None):
            raise bad_request("A step says either what the customer wants or what the bot does.")
        if step.said is not None:
            said = clean_sentence(step.said, [])
            lines += ["  - user: |", f"      {said}", f"    intent: {name_of(step.intent or '')}"]
        elif step.intent is not None:
            lines.append(f"  - intent: {name_of(step.intent)}")
        else:
            lines.append(f"  - action: {_scalar(step.action or '')}")
    return "\n".join(lines)


def _scalar(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w ,'-]*", text) and text.lower() not in ("null", "true", "false")
        else quoted(text)
    )
