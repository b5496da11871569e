"""Sentences that the assistant learns from, and those held back that measure it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from handoff.domain.errors import conflict, not_found
from handoff.trainer.dataset import DOMAIN, HELD_BACK, NLU, Sentence, bare, folded, language_of_block
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.lines import inserted, removed
from handoff.trainer.edits.operations import ChangeSentence
from handoff.trainer.edits.wording import clean_sentence, not_too_many, quoted
from handoff.trainer.marks import compose, elements, end_line, get, indent_of, items, text_of


def add(draft: Draft, intent: str, language: str, texts: Sequence[str], keep_back: bool = False) -> None:
    not_too_many(texts)
    dataset = draft.dataset
    new = list(dict.fromkeys(clean_sentence(text, dataset.entities) for text in texts))
    there = {folded(one.text): one for one in [*dataset.sentences, *dataset.held_back]}
    for text in new:
        if (other := there.get(folded(text))) is not None:
            where = "held back for measuring" if other.path == HELD_BACK else f"a sentence of {other.intent}"
            raise conflict(f"“{text}” is there already: {where}.")
    if keep_back:
        hold_back(draft, intent, language, [bare(text) for text in new])
        return
    blocks = [
        (path, block)
        for path in sorted(draft.texts)
        if path.startswith(NLU) and intent in draft.texts[path]
        for block in elements(get(compose(draft.texts[path]), "nlu"))
        if text_of(get(block, "intent")) == intent
    ]
    own = [
        (path, examples)
        for path, one in blocks
        if language_of_block(_mapping(one)) == language
        and isinstance(examples := get(one, "examples"), ScalarNode)
        and examples.style == "|"
        and examples.value.strip()
    ]
    if own:
        path, examples = own[-1]
        lines = draft.texts[path].split("\n")
        first = next(
            number for number in range(examples.start_mark.line + 1, len(lines)) if lines[number].strip()
        )
        indent = " " * indent_of(lines[first])
        after = _last_example(lines, examples) + 1
        draft.texts[path] = inserted(draft.texts[path], after, [f"{indent}- {text}" for text in new])
        return
    path = blocks[-1][0] if blocks else _topic_file(draft, NLU, intent)
    _append_block(draft, path, intent, language, new)


def _topic_file(draft: Draft, folder: str, intent: str) -> str:
    """Where an intent without sentences would have them: the file of the same name as that which declares it."""
    for path, file in draft.dataset.files.items():
        if path.startswith(DOMAIN) and intent in file.intents:
            own = f"{folder}/{path.rsplit('/', 1)[1]}"
            draft.texts.setdefault(own, 'version: "3.1"\n\nnlu:\n')
            return own
    raise not_found(f"There is no intent {intent}.")


def _append_block(draft: Draft, path: str, intent: str, language: str, new: Sequence[str]) -> None:
    text = draft.texts[path]
    block = [
        f"- intent: {intent}",
        f"  metadata: {{language: {language}}}",
        "  examples: |",
        *(f"    - {one}" for one in new),
    ]
    there = elements(get(compose(text), "nlu"))
    if there:
        margin = " " * indent_of(text.split("\n")[there[0].start_mark.line])
        block = ["", *(margin + line for line in block)]
    of_intent = [one for one in there if text_of(get(one, "intent")) == intent]
    if of_intent or there:
        draft.texts[path] = inserted(text, block_end(text, (of_intent or there)[-1]), block)
    else:
        draft.texts[path] = inserted(text, len(text.rstrip("\n").split("\n")), block)


def hold_back(draft: Draft, intent: str, language: str, new: Sequence[str]) -> None:
    if HELD_BACK not in draft.texts:
        raise not_found("This assistant has no sentences that are held back.")
    text = draft.texts[HELD_BACK]
    root = compose(text)
    languages = get(root, intent)
    texts = get(languages, language)
    lines = [f"    - {quoted(one)}" for one in new]
    if texts is not None and elements(texts):
        draft.texts[HELD_BACK] = inserted(text, end_line(text, texts), lines)
    elif languages is not None:
        draft.texts[HELD_BACK] = inserted(text, end_line(text, languages), [f"  {language}:", *lines])
    else:
        draft.texts[HELD_BACK] = inserted(
            text, len(text.rstrip("\n").split("\n")), [f"{intent}:", f"  {language}:", *lines]
        )


def find(draft: Draft, intent: str, language: str, text: str) -> Sentence:
    for one in draft.dataset.sentences:
        if (one.intent, one.language, one.text) == (intent, language, text.strip()):
            if not one.own_line:
                raise conflict(f"It is written in a form of its own: please change it in {one.path}.")
            return one
    raise not_found("This sentence is not there any more.")


def remove(draft: Draft, sentence: Sentence) -> None:
    of_block = [
        one
        for one in draft.dataset.sentences
        if (one.path, one.intent, one.language) == (sentence.path, sentence.intent, sentence.language)
    ]
    if len(of_block) == 1:
        raise conflict(
            f"It is the last sentence of {sentence.intent} in this language: merge the intent instead."
        )
    draft.texts[sentence.path] = removed(draft.texts[sentence.path], sentence.line, sentence.line + 1)


def change(draft: Draft, asked: ChangeSentence) -> None:
    sentence = find(draft, asked.intent, asked.language, asked.text)
    dataset = draft.dataset
    new = clean_sentence(asked.to, dataset.entities)
    if folded(new) != folded(sentence.text) and any(
        folded(one.text) == folded(new) for one in dataset.sentences
    ):
        raise conflict(f"“{new}” is there already.")
    lines = draft.texts[sentence.path].split("\n")
    line = lines[sentence.line]
    lines[sentence.line] = f"{line[: indent_of(line)]}- {new}"
    draft.texts[sentence.path] = "\n".join(lines)


def move(draft: Draft, intent: str, language: str, texts: Sequence[str], to: str) -> None:
    if intent == to:
        raise conflict("They are there already.")
    for text in texts:
        remove(draft, find(draft, intent, language, text))
    add(draft, to, language, texts)


def remove_blocks(draft: Draft, path: str, key: str, which: Callable[[Node], bool]) -> None:
    text = draft.texts[path]
    for one in reversed(elements(get(compose(text), key))):
        if which(one):
            text = removed(text, one.start_mark.line, block_end(text, one), with_gap=True)
    draft.texts[path] = text


def _mapping(node: Node) -> MappingNode:
    assert isinstance(node, MappingNode)
    return node


def _last_example(lines: Sequence[str], examples: Node) -> int:
    """The line of the last sentence of a block; that of its key when there is none."""
    last = int(examples.start_mark.line)
    for number in range(last + 1, last + 1 + len(str(examples.value).splitlines())):
        if lines[number].strip():
            last = number
    return last


def block_end(text: str, block: Node) -> int:
    """The line after a block's last one, which may be a sentence or another key."""
    *_, (key, value) = items(block)
    if key.value == "examples" and isinstance(value, ScalarNode) and value.style == "|":
        return _last_example(text.split("\n"), value) + 1
    return end_line(text, block)
