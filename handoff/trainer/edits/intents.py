"""Intents as a whole: the sentences, answer, topic, rule and every mention of one come and go together."""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml.nodes import ScalarNode

from handoff.domain.errors import bad_request, conflict
from handoff.trainer.dataset import DOMAIN, HELD_BACK, LANGUAGES, NLU, RULES, Dataset, bare, folded
from handoff.trainer.edits import answers, courses, sentences
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.lines import inserted, removed
from handoff.trainer.edits.operations import AddIntent, Words
from handoff.trainer.edits.wording import ALWAYS_FILLED, clean_answer, name_of
from handoff.trainer.marks import (
    compose,
    elements,
    end_line,
    get,
    in_brackets,
    indent_of,
    items,
    replaced,
    scalars,
    spot,
    text_of,
)


def add(draft: Draft, asked: AddIntent) -> None:
    dataset = draft.dataset
    name, topic = name_of(asked.name), name_of(asked.topic, "A topic")
    answered = {one.name for one in dataset.answers}
    if name in dataset.intents or f"utter_{name}" in answered or name in dataset.actions:
        raise conflict(f"There is something named {name} already.")
    by_language = {
        language: [one.text for one in asked.sentences if one.language == language] for language in LANGUAGES
    }
    if any(not texts for texts in by_language.values()) or any(
        one.language not in LANGUAGES for one in [*asked.sentences, *asked.held_back]
    ):
        raise bad_request("An intent needs sentences in English and in German.")
    answer = Words(
        en=clean_answer(asked.answer.en, ALWAYS_FILLED), de=clean_answer(asked.answer.de, ALWAYS_FILLED)
    )
    title = Words(en=clean_answer(asked.title.en, frozenset()), de=clean_answer(asked.title.de, frozenset()))
    domain_path = f"{DOMAIN}/{topic}.yml"
    draft.texts.setdefault(domain_path, 'version: "3.1"\n\nintents:\n\nresponses:\n')
    draft.texts.setdefault(f"{NLU}/{topic}.yml", 'version: "3.1"\n\nnlu:\n')
    _declare(draft, domain_path, name)
    if asked.taken_from is not None:
        draft.known_intent(asked.taken_from)
        there = {(one.language, one.text) for one in dataset.sentences if one.intent == asked.taken_from}
        taken = [one for one in asked.sentences if (one.language, one.text.strip()) in there]
        if not taken:
            raise conflict(f"None of these sentences stands under {asked.taken_from} any more.")
        for one in taken:  # the others are new
            sentences.remove(draft, sentences.find(draft, asked.taken_from, one.language, one.text))
    for language, texts in by_language.items():
        sentences.add(draft, name, language, texts)
        if held_back := [one.text for one in asked.held_back if one.language == language]:
            sentences.add(draft, name, language, held_back, keep_back=True)
    answers.add(draft, domain_path, f"utter_{name}", answer)
    first = {
        language: bare(
            next(
                one.text for one in draft.dataset.sentences if (one.intent, one.language) == (name, language)
            )
        )
        for language in LANGUAGES
    }
    topics = f"{DOMAIN}/topics.yml"
    answers.add(draft, topics if topics in draft.texts else domain_path, f"topic_{name}", title, first)
    rules = f"{RULES}/answers.yml"
    draft.texts.setdefault(rules, 'version: "3.1"\n\nrules:\n')
    courses.append(
        draft,
        rules,
        [
            f"- rule: {name.replace('_', ' ')}",
            "  steps:",
            f"  - intent: {name}",
            f"  - action: utter_{name}",
        ],
    )


def _declare(draft: Draft, path: str, name: str) -> None:
    text = draft.texts[path]
    root = compose(text)
    intents = get(root, "intents")
    listed = elements(intents)
    if intents is not None and in_brackets(text, intents):
        end = intents.end_mark.index - 1
        draft.texts[path] = text[:end] + (", " if listed else "") + name + text[end:]
    elif listed:
        indent = " " * indent_of(text.split("\n")[listed[-1].start_mark.line])
        draft.texts[path] = inserted(text, end_line(text, listed[-1]), [f"{indent}- {name}"])
    elif intents is not None:
        line = next(key.start_mark.line for key, _ in items(root) if key.value == "intents")
        draft.texts[path] = inserted(text, line + 1, [f"  - {name}"])
    else:
        first = next((key.start_mark.line for key, _ in items(root) if key.value != "version"), 1)
        draft.texts[path] = inserted(text, first, ["intents:", f"  - {name}", ""])


def rename(draft: Draft, old: str, new: str) -> set[str]:
    draft.unprotected(old)
    name_of(new)
    dataset = draft.dataset
    if new in dataset.intents or {f"utter_{new}", f"topic_{new}"} & {one.name for one in dataset.answers}:
        raise conflict(f"There is something named {new} already: merge the two instead.")
    _rename_everywhere(draft, old, new)
    return {
        *(f"{prefix}{name}" for name in (old, new) for prefix in ("", "utter_", "topic_")),
        *_courses_with(dataset, old),
    }


def _courses_with(dataset: Dataset, intent: str) -> set[str]:
    """The names of rules and stories in which the intent, or its answer, comes up."""
    named = {intent, f"utter_{intent}", f"topic_{intent}"}
    return {one.name for one in dataset.courses if any(step.name in named for step in one.steps)}


def _rename_everywhere(
    draft: Draft, old: str, new: str, *, paths: Callable[[str], bool] = lambda _path: True
) -> None:
    names = {prefix + old: prefix + new for prefix in ("utter_", "topic_")}
    for path, text in list(draft.texts.items()):
        if not paths(path) or old not in text:
            continue
        root = compose(text)
        nodes: list[ScalarNode] = []
        for key, node in scalars(root):
            of_intent = key in ("intent", "intents", "not_intent", "ignored_intents")
            if (of_intent and node.value == old) or (key == "action" and node.value in names):
                nodes.append(node)
        for key_node, _ in items(get(root, "responses")):
            if key_node.value in names:
                nodes.append(key_node)
        if path == HELD_BACK:
            nodes += [key_node for key_node, _ in items(root) if key_node.value == old]
        if path.startswith(DOMAIN):
            nodes += [
                key_node
                for one in elements(get(root, "intents"))
                for key_node, _ in items(one)
                if key_node.value == old
            ]
        pieces = [(spot(node), text[spot(node).start : spot(node).end].replace(old, new)) for node in nodes]
        draft.texts[path] = replaced(text, pieces)


def merge(draft: Draft, old: str, into: str) -> set[str]:
    draft.unprotected(old)
    draft.teachable(into)
    if old == into:
        raise conflict("These are one and the same.")
    dataset = draft.dataset
    there = {folded(one.text) for one in dataset.sentences if one.intent == into}
    moved = [one for one in dataset.sentences if one.intent == old]
    for path in {one.path for one in moved}:
        sentences.remove_blocks(draft, path, "nlu", lambda block: text_of(get(block, "intent")) == old)
    for language in sorted({one.language for one in moved}):
        texts = [one.text for one in moved if one.language == language and folded(one.text) not in there]
        if texts:
            sentences.add(draft, into, language, texts)
    held = [one for one in dataset.held_back if one.intent == old]
    if held:
        for language in sorted({one.language for one in held}):
            sentences.hold_back(draft, into, language, [one.text for one in held if one.language == language])
        text = draft.texts[HELD_BACK]
        key, value = next(pair for pair in items(compose(text)) if pair[0].value == old)
        draft.texts[HELD_BACK] = removed(text, key.start_mark.line, end_line(text, value, key))
    for course in reversed([one for one in dataset.courses if one.kind == "rule"]):
        wants = [step.name for step in course.steps if step.kind == "customer"]
        if wants and set(wants) == {old}:
            draft.texts[course.path] = removed(
                draft.texts[course.path], course.first_line, course.end_line, with_gap=True
            )
    _undeclare(draft, old)
    _rename_everywhere(draft, old, into, paths=lambda path: not path.startswith(DOMAIN))
    used = {step.name for course in draft.dataset.courses for step in course.steps}
    for name in (f"utter_{old}", f"topic_{old}"):
        if name not in used:
            answers.remove(draft, name)
    return {
        *(f"{prefix}{name}" for name in (old, into) for prefix in ("", "utter_", "topic_")),
        *_courses_with(dataset, old),
    }


def _undeclare(draft: Draft, name: str) -> None:
    for path in [path for path in draft.texts if path.startswith(DOMAIN)]:
        text = draft.texts[path]
        intents = get(compose(text), "intents")
        for one in elements(intents):
            if name not in (text_of(one), *(key.value for key, _ in items(one))):
                continue
            if intents is not None and in_brackets(text, intents):
                raise conflict(f"{path} lists its intents in one line: please take {name} out there.")
            draft.texts[path] = removed(text, one.start_mark.line, end_line(text, one))
