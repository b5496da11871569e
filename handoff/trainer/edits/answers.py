"""What the assistant says: responses in the domain's files, one variant a language."""

from __future__ import annotations

from ruamel.yaml.nodes import ScalarNode

from handoff.domain.errors import conflict, not_found
from handoff.trainer.dataset import DOMAIN, language_of_variant
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.lines import inserted, removed
from handoff.trainer.edits.operations import SetAnswer, Words
from handoff.trainer.edits.wording import ALWAYS_FILLED, PLACEHOLDER, clean_answer, quoted
from handoff.trainer.marks import compose, elements, end_line, get, indent_of, items, with_text

_GERMAN = "condition: [{type: slot, name: language, value: de}]"


def put(draft: Draft, asked: SetAnswer) -> None:
    dataset = draft.dataset
    variants = [one for one in dataset.answers if one.name == asked.name]
    if not variants:
        raise not_found("There is no such answer.")
    filled = ALWAYS_FILLED | {name for one in variants for name in PLACEHOLDER.findall(one.text)}
    new = clean_answer(asked.text, frozenset(filled))
    there = [one for one in variants if one.language == asked.language]
    if not there:
        _add_variant(draft, variants[0].path, asked, new)
        return
    path = there[0].path
    text = draft.texts[path]
    for name, nodes in items(get(compose(text), "responses")):
        for variant in elements(nodes):
            if name.value == asked.name and language_of_variant(variant) == asked.language:
                node = get(variant, "text")
                if not isinstance(node, ScalarNode):
                    raise conflict("This answer is not a plain text: it is changed in its file.")
                draft.texts[path] = with_text(text, node, quoted(new))
                return


def _add_variant(draft: Draft, path: str, asked: SetAnswer, new: str) -> None:
    """In the language that was missing: the conditional one first, as everywhere in these files."""
    text = draft.texts[path]
    variants = elements(
        next(nodes for name, nodes in items(get(compose(text), "responses")) if name.value == asked.name)
    )
    line = variants[0].start_mark.line
    dash = text.split("\n")[line]
    if not dash.lstrip().startswith("- "):
        raise conflict(f"This answer is written in a form of its own: it is changed in {path}.")
    margin = " " * indent_of(dash)
    if asked.language == "de":
        german = [f"{margin}- {_GERMAN}", f"{margin}  text: {quoted(new)}"]
        draft.texts[path] = inserted(text, line, german)
    else:
        draft.texts[path] = inserted(text, end_line(text, variants[-1]), [f"{margin}- text: {quoted(new)}"])


def add(draft: Draft, path: str, name: str, variants: Words, button: dict[str, str] | None = None) -> None:
    text = draft.texts[path]
    new = ["", f"  {name}:"]
    for language, said in (("de", variants.de), ("en", variants.en)):
        if language == "de":
            new += [
                f"    - {_GERMAN}",
                f"      text: {quoted(said)}",
            ]
        else:
            new.append(f"    - text: {quoted(said)}")
        if button is not None:
            new.append(f"      buttons: [{{title: {quoted(said)}, payload: {quoted(button[language])}}}]")
    responses = get(compose(text), "responses")
    if responses is None:
        end = len(text.rstrip("\n").split("\n"))
        draft.texts[path] = inserted(text, end, ["", "responses:", *new[1:]])
    elif not (there := [key for key, _ in items(responses)]):
        draft.texts[path] = inserted(text, responses.start_mark.line + 1, new[1:])
    else:
        margin = " " * (there[0].start_mark.column - 2)
        new = [margin + line if line else "" for line in new]
        draft.texts[path] = inserted(text, end_line(text, responses), new)


def remove(draft: Draft, name: str) -> None:
    for path in [path for path in draft.texts if path.startswith(DOMAIN)]:
        text = draft.texts[path]
        for key, value in items(get(compose(text), "responses")):
            if key.value == name:
                draft.texts[path] = removed(
                    text, key.start_mark.line, end_line(text, value, key), with_gap=True
                )
