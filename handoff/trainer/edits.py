"""Every change that a trainer can make to the assistant's files, from texts to texts. Knows no disk.

An edit touches the lines that it means and leaves all others as they are, to the last blank. What it led to is read
again and compared with what it was to lead to, so that an edit that goes wrong is refused instead of written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from handoff.domain.errors import bad_request, conflict, not_found
from handoff.trainer.dataset import (
    DOMAIN,
    HELD_BACK,
    LANGUAGES,
    NLU,
    RULES,
    STORIES,
    TEST_STORIES,
    Course,
    Dataset,
    Sentence,
    bare,
    folded,
    language_of_block,
    language_of_variant,
    read,
)
from handoff.trainer.marks import BadFile, compose, elements, get, items, replaced, scalars, spot, text_of
from handoff.trainer.masking import mask

SENTENCE_CHARS_MAX = 400  # a longer message is several wishes, and teaches none of them
ANSWER_CHARS_MAX = 1_500
COURSE_CHARS_MAX = 8_000
SENTENCES_AT_ONCE_MAX = 60
STEPS_MAX = 40
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
LANGUAGE = re.compile(r"[a-z]{2}")
_ENTITY = re.compile(r"\[[^\[\]]+\]\(([a-z][a-z0-9_]*)\)")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
ALWAYS_FILLED = frozenset({"addressed"})  # a slot that the connector sets for every message

# What the rules of the desk and the actions know by name.
BUILT_IN = frozenset(
    "greet goodbye thank affirm deny bot_challenge help out_of_scope nlu_fallback misunderstood request_human "
    "other_order complaint".split()
)

_Name = Annotated[str, Meta(min_length=1, max_length=40)]
_Line = Annotated[str, Meta(min_length=1, max_length=2_000)]
_Text = Annotated[str, Meta(min_length=1, max_length=8_000)]
_Lines = Annotated[list[_Line], Meta(min_length=1, max_length=SENTENCES_AT_ONCE_MAX)]


class AddSentences(Struct, tag="add_sentences", forbid_unknown_fields=True):
    """With `keep_back` they measure the assistant, and it never learns from them."""

    intent: _Name
    language: _Name
    texts: _Lines
    keep_back: bool = False


class RemoveSentence(Struct, tag="remove_sentence", forbid_unknown_fields=True):
    intent: _Name
    language: _Name
    text: _Line


class ChangeSentence(Struct, tag="change_sentence", forbid_unknown_fields=True):
    intent: _Name
    language: _Name
    text: _Line
    to: _Line


class MoveSentences(Struct, tag="move_sentences", forbid_unknown_fields=True):
    intent: _Name
    language: _Name
    texts: _Lines
    to: _Name


class SetAnswer(Struct, tag="set_answer", forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=80)]
    language: Literal["en", "de"]
    text: _Text


class Words(Struct, forbid_unknown_fields=True):
    """The same in both languages of the assistant."""

    en: _Text
    de: _Text


class Said(Struct, forbid_unknown_fields=True):
    language: _Name
    text: _Line


class AddIntent(Struct, tag="add_intent", forbid_unknown_fields=True):
    """`title` is what a button says that offers it. `taken_from`: the sentences are moved from there (a split)."""

    name: _Name
    topic: _Name
    title: Words
    answer: Words
    sentences: Annotated[list[Said], Meta(min_length=2, max_length=SENTENCES_AT_ONCE_MAX)]
    taken_from: _Name | None = None


class RenameIntent(Struct, tag="rename_intent", forbid_unknown_fields=True):
    name: _Name
    to: _Name


class MergeIntents(Struct, tag="merge_intents", forbid_unknown_fields=True):
    name: _Name
    into: _Name


class FormStep(Struct, forbid_unknown_fields=True):
    """Either what the customer wants (`intent`, in a test story with the words said), or what the bot does."""

    intent: _Name | None = None
    said: _Line | None = None
    action: Annotated[str, Meta(max_length=80)] | None = None


class PutCourse(Struct, tag="put_course", forbid_unknown_fields=True):
    """A rule, a story or a test story: by a form (`name` and `steps`), or as `yaml`. `replaces` names an old one."""

    path: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(max_length=120)] | None = None
    steps: Annotated[list[FormStep], Meta(max_length=STEPS_MAX)] = []
    yaml: Annotated[str, Meta(max_length=COURSE_CHARS_MAX)] | None = None
    replaces: Annotated[str, Meta(max_length=120)] | None = None


class RemoveCourse(Struct, tag="remove_course", forbid_unknown_fields=True):
    path: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(max_length=120)]


Operation = (
    AddSentences
    | RemoveSentence
    | ChangeSentence
    | MoveSentences
    | SetAnswer
    | AddIntent
    | RenameIntent
    | MergeIntents
    | PutCourse
    | RemoveCourse
)


def carry_out(
    texts: Mapping[str, str], asked: Operation, protected: frozenset[str] = BUILT_IN
) -> dict[str, str]:
    """The new texts of the files that change. Raises `DomainError`; `protected` are intents that code knows by name."""
    edit = _Edit(texts, protected)
    try:
        names = edit.apply(asked)
        changed = {path: text for path, text in edit.texts.items() if texts.get(path) != text}
        _check(texts, changed, names)
    except BadFile as error:
        raise bad_request(f"This cannot be done to the files as they are. {error}") from error
    if not changed:
        raise conflict("Nothing would change: it is so already.")
    return changed


def summary(asked: Operation) -> str:
    """What an edit did, in one line: for the history and the commit."""
    match asked:
        case AddSentences():
            where = "held back for" if asked.keep_back else "to"
            return f"Add {len(asked.texts)} {_sentences(len(asked.texts))} {where} {asked.intent} ({asked.language})"
        case RemoveSentence():
            return f"Remove a sentence from {asked.intent} ({asked.language})"
        case ChangeSentence():
            return f"Change a sentence of {asked.intent} ({asked.language})"
        case MoveSentences():
            return f"Move {len(asked.texts)} {_sentences(len(asked.texts))} from {asked.intent} to {asked.to}"
        case SetAnswer():
            return f"Change the answer {asked.name} ({asked.language})"
        case AddIntent(taken_from=None):
            return f"Add the intent {asked.name}"
        case AddIntent():
            return f"Split {asked.name} off {asked.taken_from}"
        case RenameIntent():
            return f"Rename the intent {asked.name} to {asked.to}"
        case MergeIntents():
            return f"Merge the intent {asked.name} into {asked.into}"
        case PutCourse():
            done = "Change" if asked.replaces else "Add"
            return f"{done} {asked.replaces or asked.name or 'a course'} in {asked.path}"
        case RemoveCourse():
            return f"Remove {asked.name} from {asked.path}"


def _sentences(count: int) -> str:
    return "sentence" if count == 1 else "sentences"


# --- what may be written ------------------------------------------------------------------------------------


def clean_sentence(text: str, entities: Sequence[str]) -> str:
    """One line, without personal data. Raises `bad_request` for what would mean something to Rasa."""
    line = " ".join(text.split())
    if not line or len(line) > SENTENCE_CHARS_MAX:
        raise bad_request(f"A sentence has 1 to {SENTENCE_CHARS_MAX} characters.")
    if _CONTROL.search(text) or "${" in line:
        raise bad_request("A sentence has no control characters, and no ${...}.")
    if line[0] in "-/#":
        raise bad_request("A sentence does not begin with - or / or #.")
    if re.search(r"[\[\]{}|]", _ENTITY.sub("", line)):
        raise bad_request("Brackets are for marked entities only: [10023](order_number).")
    if unknown := sorted(set(_ENTITY.findall(line)) - set(entities)):
        raise bad_request(f"There is no entity {', '.join(unknown)}.")
    return mask(line).text


def clean_answer(text: str, filled: frozenset[str]) -> str:
    """`filled` are the names in braces that the assistant fills in here."""
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped or len(stripped) > ANSWER_CHARS_MAX:
        raise bad_request(f"An answer has 1 to {ANSWER_CHARS_MAX:,} characters.")
    if _CONTROL.search(stripped) or "${" in stripped:
        raise bad_request("An answer has no control characters, and no ${...}.")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", stripped)):
        raise bad_request("Braces are for what is filled in: {number}, say.")
    if unknown := sorted(set(_PLACEHOLDER.findall(stripped)) - filled):
        raise bad_request(f"Nothing fills in {{{unknown[0]}}} here.")
    return stripped


def _quoted(text: str) -> str:
    """As a YAML scalar in double quotes: what JSON writes is YAML as well."""
    return json.dumps(text, ensure_ascii=False)


def _name(text: str, what: str = "An intent") -> str:
    if not NAME.fullmatch(text):
        raise bad_request(f"{what} is named in small letters, digits and _, as in track_order.")
    return text


# --- lines --------------------------------------------------------------------------------------------------


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end_line(text: str, node: Node) -> int:
    """The line after a node's last one: blank lines, and comments that belong to what follows, are not its own."""
    lines = text.split("\n")
    end = text.count("\n", 0, node.end_mark.index)
    if node.end_mark.index and text[: node.end_mark.index].rsplit("\n", 1)[-1].strip():
        end += 1
    while end > node.start_mark.line + 1:
        last = lines[end - 1]
        foreign = last.lstrip().startswith("#") and _indent(last) < max(node.start_mark.column, 1)
        if last.strip() and not foreign:
            break
        end -= 1
    return end


def _inserted(text: str, line: int, new: Sequence[str]) -> str:
    lines = text.split("\n")
    if line >= len(lines) and lines[-1] != "":
        lines.append("")
    if line == len(lines):
        line -= 1  # before the empty piece after the last line break
    lines[line:line] = new
    if lines[-1] != "":
        lines.append("")
    return "\n".join(lines)


def _removed(text: str, first: int, end: int, *, with_gap: bool = False) -> str:
    lines = text.split("\n")
    if with_gap and end < len(lines) - 1 and not lines[end].strip():
        end += 1
    elif with_gap and end >= len(lines) - 1 and first > 0 and not lines[first - 1].strip():
        first -= 1
    del lines[first:end]
    return "\n".join(lines)


class _Edit:
    def __init__(self, texts: Mapping[str, str], protected: frozenset[str]) -> None:
        self.texts = dict(texts)
        self._protected = protected

    def apply(self, asked: Operation) -> set[str]:
        """Carries it out on `texts`; the names of what it may have touched."""
        match asked:
            case AddSentences():
                self._known_intent(asked.intent)
                self._add_sentences(asked.intent, _language(asked.language), asked.texts, asked.keep_back)
                return {asked.intent}
            case RemoveSentence():
                self._remove_sentence(self._sentence(asked.intent, asked.language, asked.text))
                return {asked.intent}
            case ChangeSentence():
                self._change_sentence(asked)
                return {asked.intent}
            case MoveSentences():
                self._known_intent(asked.to)
                self._move(asked.intent, asked.language, asked.texts, asked.to)
                return {asked.intent, asked.to}
            case SetAnswer():
                self._set_answer(asked)
                return {asked.name}
            case AddIntent():
                self._add_intent(asked)
                return {
                    asked.name,
                    asked.taken_from or asked.name,
                    f"utter_{asked.name}",
                    f"topic_{asked.name}",
                }
            case RenameIntent():
                return self._rename_intent(asked.name, asked.to)
            case MergeIntents():
                return self._merge(asked.name, asked.into)
            case PutCourse():
                return self._put_course(asked)
            case RemoveCourse():
                course = self._course(asked.path, asked.name)
                self.texts[asked.path] = _removed(
                    self.texts[asked.path], course.first_line, course.end_line, with_gap=True
                )
                return {asked.name}

    @property
    def dataset(self) -> Dataset:
        found = read(self.texts)
        if found.broken:
            path, why = next(iter(found.broken.items()))
            raise BadFile(f"{path}: {why}")
        return found

    def _known_intent(self, name: str) -> None:
        if name not in self.dataset.intents:
            raise not_found(f"There is no intent {name}.")

    def _unprotected(self, name: str) -> None:
        self._known_intent(name)
        if name in self._protected:
            raise conflict(f"{name} is known by name to the program, and keeps it.")

    # -- sentences --

    def _add_sentences(
        self, intent: str, language: str, texts: Sequence[str], keep_back: bool = False
    ) -> None:
        dataset = self.dataset
        new = list(dict.fromkeys(clean_sentence(text, dataset.entities) for text in texts))
        there = {folded(one.text): one for one in [*dataset.sentences, *dataset.held_back]}
        for text in new:
            if (other := there.get(folded(text))) is not None:
                where = (
                    "held back for measuring" if other.path == HELD_BACK else f"a sentence of {other.intent}"
                )
                raise conflict(f"“{text}” is there already: {where}.")
        if keep_back:
            self._hold_back(intent, language, [bare(text) for text in new])
            return
        blocks = [
            (path, block)
            for path in sorted(self.texts)
            if path.startswith(NLU) and intent in self.texts[path]
            for block in elements(get(compose(self.texts[path]), "nlu"))
            if text_of(get(block, "intent")) == intent
        ]
        own = [(path, one) for path, one in blocks if language_of_block(_mapping(one)) == language]
        if own:
            path, block = own[-1]
            examples = get(block, "examples")
            assert examples is not None
            lines = self.texts[path].split("\n")
            last = _last_example(lines, examples)
            indent = " " * (
                _indent(lines[last]) if last > examples.start_mark.line else block.start_mark.column + 4
            )
            self.texts[path] = _inserted(self.texts[path], last + 1, [f"{indent}- {text}" for text in new])
            return
        path = blocks[-1][0] if blocks else self._topic_file(NLU, intent)
        self._append_block(path, intent, language, new)

    def _topic_file(self, folder: str, intent: str) -> str:
        """Where an intent without sentences would have them: the file of the same name as that which declares it."""
        for path, file in self.dataset.files.items():
            if path.startswith(DOMAIN) and intent in file.intents:
                own = f"{folder}/{path.rsplit('/', 1)[1]}"
                self.texts.setdefault(own, 'version: "3.1"\n\nnlu:\n')
                return own
        raise not_found(f"There is no intent {intent}.")

    def _append_block(self, path: str, intent: str, language: str, new: Sequence[str]) -> None:
        text = self.texts[path]
        block = [
            f"- intent: {intent}",
            f"  metadata: {{language: {language}}}",
            "  examples: |",
            *(f"    - {one}" for one in new),
        ]
        nlu = get(compose(text), "nlu")
        assert nlu is not None
        of_intent = [one for one in elements(nlu) if text_of(get(one, "intent")) == intent]
        if of_intent:
            self.texts[path] = _inserted(text, _block_end(text, of_intent[-1]), ["", *block])
        else:
            gap = [""] if elements(nlu) else []
            self.texts[path] = _inserted(text, len(text.rstrip("\n").split("\n")), [*gap, *block])

    def _hold_back(self, intent: str, language: str, new: Sequence[str]) -> None:
        if HELD_BACK not in self.texts:
            raise not_found("This assistant has no sentences that are held back.")
        text = self.texts[HELD_BACK]
        root = compose(text)
        languages = get(root, intent)
        texts = get(languages, language)
        lines = [f"    - {_quoted(one)}" for one in new]
        if texts is not None and elements(texts):
            self.texts[HELD_BACK] = _inserted(text, _end_line(text, texts), lines)
        elif languages is not None:
            self.texts[HELD_BACK] = _inserted(text, _end_line(text, languages), [f"  {language}:", *lines])
        else:
            self.texts[HELD_BACK] = _inserted(
                text, len(text.rstrip("\n").split("\n")), [f"{intent}:", f"  {language}:", *lines]
            )

    def _sentence(self, intent: str, language: str, text: str) -> Sentence:
        for one in self.dataset.sentences:
            if (one.intent, one.language, one.text) == (intent, language, text.strip()):
                return one
        raise not_found("This sentence is not there any more.")

    def _remove_sentence(self, sentence: Sentence) -> None:
        of_block = [
            one
            for one in self.dataset.sentences
            if (one.path, one.intent, one.language) == (sentence.path, sentence.intent, sentence.language)
        ]
        if len(of_block) == 1:
            raise conflict(
                f"It is the last sentence of {sentence.intent} in this language: merge the intent instead."
            )
        self.texts[sentence.path] = _removed(self.texts[sentence.path], sentence.line, sentence.line + 1)

    def _change_sentence(self, asked: ChangeSentence) -> None:
        sentence = self._sentence(asked.intent, asked.language, asked.text)
        dataset = self.dataset
        new = clean_sentence(asked.to, dataset.entities)
        if folded(new) != folded(sentence.text) and any(
            folded(one.text) == folded(new) for one in dataset.sentences
        ):
            raise conflict(f"“{new}” is there already.")
        lines = self.texts[sentence.path].split("\n")
        line = lines[sentence.line]
        lines[sentence.line] = f"{line[: _indent(line)]}- {new}"
        self.texts[sentence.path] = "\n".join(lines)

    def _move(self, intent: str, language: str, texts: Sequence[str], to: str) -> None:
        if intent == to:
            raise conflict("They are there already.")
        for text in texts:
            self._remove_sentence(self._sentence(intent, language, text))
        self._add_sentences(to, language, texts)

    # -- answers --

    def _set_answer(self, asked: SetAnswer) -> None:
        dataset = self.dataset
        variants = [one for one in dataset.answers if one.name == asked.name]
        there = [one for one in variants if one.language == asked.language]
        if not there:
            raise not_found("There is no such answer in this language.")
        filled = ALWAYS_FILLED | {name for one in variants for name in _PLACEHOLDER.findall(one.text)}
        new = clean_answer(asked.text, frozenset(filled))
        path = there[0].path
        text = self.texts[path]
        for name, nodes in items(get(compose(text), "responses")):
            for variant in elements(nodes):
                if name.value == asked.name and language_of_variant(variant) == asked.language:
                    node = get(variant, "text")
                    if node is None:
                        raise conflict("This answer is not a plain text: it is changed in its file.")
                    self.texts[path] = replaced(text, [(spot(node), _quoted(new))])
                    return

    def _add_response(
        self, path: str, name: str, variants: Words, button: dict[str, str] | None = None
    ) -> None:
        text = self.texts[path]
        new = ["", f"  {name}:"]
        for language, said in (("de", variants.de), ("en", variants.en)):
            if language == "de":
                new += [
                    "    - condition: [{type: slot, name: language, value: de}]",
                    f"      text: {_quoted(said)}",
                ]
            else:
                new.append(f"    - text: {_quoted(said)}")
            if button is not None:
                new.append(
                    f"      buttons: [{{title: {_quoted(said)}, payload: {_quoted(button[language])}}}]"
                )
        responses = get(compose(text), "responses")
        if responses is None:
            end = len(text.rstrip("\n").split("\n"))
            self.texts[path] = _inserted(text, end, ["", "responses:", *new[1:]])
        elif not list(items(responses)):
            self.texts[path] = _inserted(text, responses.start_mark.line + 1, new[1:])
        else:
            self.texts[path] = _inserted(text, _end_line(text, responses), new)

    # -- intents --

    def _add_intent(self, asked: AddIntent) -> None:
        dataset = self.dataset
        name, topic = _name(asked.name), _name(asked.topic, "A topic")
        taken = {one.name for one in dataset.answers}
        if name in dataset.intents or f"utter_{name}" in taken or name in dataset.actions:
            raise conflict(f"There is something named {name} already.")
        by_language = {
            language: [one.text for one in asked.sentences if one.language == language]
            for language in LANGUAGES
        }
        if any(not texts for texts in by_language.values()) or any(
            one.language not in LANGUAGES for one in asked.sentences
        ):
            raise bad_request("An intent needs sentences in English and in German.")
        answer = Words(
            en=clean_answer(asked.answer.en, ALWAYS_FILLED), de=clean_answer(asked.answer.de, ALWAYS_FILLED)
        )
        title = Words(
            en=clean_answer(asked.title.en, frozenset()), de=clean_answer(asked.title.de, frozenset())
        )
        domain_path = f"{DOMAIN}/{topic}.yml"
        self.texts.setdefault(domain_path, 'version: "3.1"\n\nintents:\n\nresponses:\n')
        self.texts.setdefault(f"{NLU}/{topic}.yml", 'version: "3.1"\n\nnlu:\n')
        self._declare(domain_path, name)
        if asked.taken_from is not None:
            self._known_intent(asked.taken_from)
            for one in asked.sentences:
                self._remove_sentence(self._sentence(asked.taken_from, one.language, one.text))
        for language, texts in by_language.items():
            self._add_sentences(name, language, texts)
        self._add_response(domain_path, f"utter_{name}", answer)
        first = {
            language: bare(
                next(
                    one.text
                    for one in self.dataset.sentences
                    if (one.intent, one.language) == (name, language)
                )
            )
            for language in LANGUAGES
        }
        topics = f"{DOMAIN}/topics.yml"
        self._add_response(topics if topics in self.texts else domain_path, f"topic_{name}", title, first)
        rules = f"{RULES}/answers.yml"
        self.texts.setdefault(rules, 'version: "3.1"\n\nrules:\n')
        self._append_course(
            rules,
            [
                f"- rule: {name.replace('_', ' ')}",
                "  steps:",
                f"  - intent: {name}",
                f"  - action: utter_{name}",
            ],
        )

    def _declare(self, path: str, name: str) -> None:
        text = self.texts[path]
        root = compose(text)
        intents = get(root, "intents")
        listed = elements(intents)
        if listed:
            line = listed[-1].start_mark.line
            indent = " " * _indent(text.split("\n")[line])
            self.texts[path] = _inserted(text, line + 1, [f"{indent}- {name}"])
        elif intents is not None:
            line = next(key.start_mark.line for key, _ in items(root) if key.value == "intents")
            self.texts[path] = _inserted(text, line + 1, [f"  - {name}"])
        else:
            first = next((key.start_mark.line for key, _ in items(root) if key.value != "version"), 1)
            self.texts[path] = _inserted(text, first, ["intents:", f"  - {name}", ""])

    def _rename_intent(self, old: str, new: str) -> set[str]:
        self._unprotected(old)
        _name(new)
        dataset = self.dataset
        if new in dataset.intents or {f"utter_{new}", f"topic_{new}"} & {one.name for one in dataset.answers}:
            raise conflict(f"There is something named {new} already: merge the two instead.")
        self._rename_everywhere(old, new)
        return {f"{prefix}{name}" for name in (old, new) for prefix in ("", "utter_", "topic_")}

    def _rename_everywhere(
        self, old: str, new: str, *, paths: Callable[[str], bool] = lambda _path: True
    ) -> None:
        names = {prefix + old: prefix + new for prefix in ("utter_", "topic_")}
        for path, text in list(self.texts.items()):
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
            pieces = [
                (spot(node), text[spot(node).start : spot(node).end].replace(old, new)) for node in nodes
            ]
            self.texts[path] = replaced(text, pieces)

    def _merge(self, old: str, into: str) -> set[str]:
        self._unprotected(old)
        self._known_intent(into)
        if old == into:
            raise conflict("These are one and the same.")
        dataset = self.dataset
        there = {folded(one.text) for one in dataset.sentences if one.intent == into}
        moved = [one for one in dataset.sentences if one.intent == old]
        for path in {one.path for one in moved}:
            self._remove_items(path, "nlu", lambda block: text_of(get(block, "intent")) == old)
        for language in sorted({one.language for one in moved}):
            texts = [one.text for one in moved if one.language == language and folded(one.text) not in there]
            if texts:
                self._add_sentences(into, language, texts)
        held = [one for one in dataset.held_back if one.intent == old]
        if held:
            text = self.texts[HELD_BACK]
            key = next(key for key, _ in items(compose(text)) if key.value == old)
            value = get(compose(text), old)
            assert value is not None
            self.texts[HELD_BACK] = _removed(text, key.start_mark.line, _end_line(text, value))
            for language in sorted({one.language for one in held}):
                self._hold_back(into, language, [one.text for one in held if one.language == language])
        for course in reversed([one for one in dataset.courses if one.kind == "rule"]):
            wants = [step.name for step in course.steps if step.kind == "customer"]
            if wants and set(wants) == {old}:
                self.texts[course.path] = _removed(
                    self.texts[course.path], course.first_line, course.end_line, with_gap=True
                )
        self._undeclare(old)
        self._rename_everywhere(old, into, paths=lambda path: not path.startswith(DOMAIN))
        used = {step.name for course in self.dataset.courses for step in course.steps}
        for name in (f"utter_{old}", f"topic_{old}"):
            if name not in used:
                self._remove_response(name)
        return {
            *(f"{prefix}{name}" for name in (old, into) for prefix in ("", "utter_", "topic_")),
            *(one.name for one in dataset.courses if any(step.name == old for step in one.steps)),
        }

    def _undeclare(self, name: str) -> None:
        for path in [path for path in self.texts if path.startswith(DOMAIN)]:
            text = self.texts[path]
            for one in elements(get(compose(text), "intents")):
                if text_of(one) == name:
                    self.texts[path] = _removed(text, one.start_mark.line, one.start_mark.line + 1)

    def _remove_response(self, name: str) -> None:
        for path in [path for path in self.texts if path.startswith(DOMAIN)]:
            text = self.texts[path]
            for key, value in items(get(compose(text), "responses")):
                if key.value == name:
                    self.texts[path] = _removed(
                        text, key.start_mark.line, _end_line(text, value), with_gap=True
                    )

    def _remove_items(self, path: str, key: str, which: Callable[[Node], bool]) -> None:
        text = self.texts[path]
        for one in reversed(elements(get(compose(text), key))):
            if which(one):
                text = _removed(text, one.start_mark.line, _block_end(text, one), with_gap=True)
        self.texts[path] = text

    # -- rules and stories --

    def _course(self, path: str, name: str) -> Course:
        for one in self.dataset.courses:
            if (one.path, one.name) == (path, name):
                return one
        raise not_found("There is no such rule or story any more.")

    def _put_course(self, asked: PutCourse) -> set[str]:
        path = asked.path
        if path not in self.texts or not (path.startswith((RULES, STORIES)) or path == TEST_STORIES):
            raise not_found("There is no such file of rules or stories.")
        kind = "rule" if path.startswith(RULES) else "story"
        given = asked.yaml if asked.yaml is not None else _course_yaml(kind, asked)
        lines = [line.rstrip() for line in given.replace("\r\n", "\n").strip("\n").split("\n")]
        [course] = self._checked_courses(path, kind, lines)
        taken = {one.name for one in self.dataset.courses if one.path == path} - {asked.replaces}
        if course.name in taken:
            raise conflict(f"There is a {kind} named “{course.name}” in this file already.")
        if asked.replaces is None:
            self._append_course(path, lines)
        else:
            old = self._course(path, asked.replaces)
            whole = self.texts[path].split("\n")
            indent = " " * _indent(whole[old.first_line])
            whole[old.first_line : old.end_line] = [f"{indent}{line}" if line else "" for line in lines]
            self.texts[path] = "\n".join(whole)
        return {course.name, asked.replaces or course.name}

    def _append_course(self, path: str, lines: Sequence[str]) -> None:
        text = self.texts[path]
        there = [one for one in self.dataset.courses if one.path == path]
        indent = ""
        if there:
            indent = " " * _indent(text.split("\n")[there[-1].first_line])
        end = len(text.rstrip("\n").split("\n"))
        gap = [""] if there else []
        self.texts[path] = _inserted(
            text, end, [*gap, *(f"{indent}{line}" if line else "" for line in lines)]
        )

    def _checked_courses(self, path: str, kind: str, lines: Sequence[str]) -> list[Course]:
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
        _check_steps(root, kind, self.dataset, is_test=path == TEST_STORIES)
        return courses


_COURSE_KEYS = {"steps", "condition", "conversation_start", "wait_for_user_input"}
_STEP_KEYS = {"intent", "user", "action", "slot_was_set", "active_loop", "entities", "or"}


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


def _course_yaml(kind: str, asked: PutCourse) -> str:
    if not asked.name or not asked.name.strip() or not asked.steps:
        raise bad_request(f"A {kind} needs a name and steps.")
    lines = [f"- {kind}: {_scalar(asked.name.strip())}", "  steps:"]
    for step in asked.steps:
        if (step.intent is None) == (step.action is None):
            raise bad_request("A step says either what the customer wants or what the bot does.")
        if step.said is not None:
            said = clean_sentence(step.said, [])
            lines += ["  - user: |", f"      {said}", f"    intent: {_name(step.intent or '')}"]
        elif step.intent is not None:
            lines.append(f"  - intent: {_name(step.intent)}")
        else:
            lines.append(f"  - action: {_scalar(step.action or '')}")
    return "\n".join(lines)


def _scalar(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w ,'-]*", text) and text.lower() not in ("null", "true", "false")
        else _quoted(text)
    )


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise bad_request("The assistant speaks English (en) and German (de).")
    return text


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


def _block_end(text: str, block: Node) -> int:
    examples = get(block, "examples")
    if examples is None:
        return _end_line(text, block)
    return _last_example(text.split("\n"), examples) + 1


# --- what came of it ----------------------------------------------------------------------------------------


def _check(before: Mapping[str, str], changed: Mapping[str, str], names: set[str]) -> None:
    """Raises `BadFile` when a file cannot be read any more, or says something else than was meant to change."""
    after = read({**before, **changed})
    if after.broken:
        path, why = next(iter(after.broken.items()))
        raise BadFile(f"{path}: {why}")
    strange = [
        fact for fact in set(_facts(read(before))) ^ set(_facts(after)) if not names.intersection(fact[1:3])
    ]
    if strange:
        raise BadFile(f"Something else would change with it: {strange[0][1]}.")


def _facts(dataset: Dataset) -> Iterator[tuple[str, ...]]:
    """Everything that the files say, one by one; the second or third of each is the name of what it is about."""
    for one in dataset.sentences:
        yield ("sentence", one.intent, "", one.language, one.text)
    for one in dataset.held_back:
        yield ("held back", one.intent, "", one.language, one.text)
    for answer in dataset.answers:
        yield ("answer", answer.name, "", answer.language, answer.text, str(answer.buttons))
    for course in dataset.courses:
        about = next((step.name for step in course.steps if step.kind == "customer"), "")
        yield ("course", course.name, about, course.path, str(course.steps), course.conditions)
    for file in dataset.files.values():
        for intent in file.intents:
            yield ("intent", intent)


def story_line(text: str, names: Sequence[str]) -> str:
    """What a customer said, as a line of a story: one line, without personal data and marks."""
    line = " ".join(mask(text, names).text.split())[:SENTENCE_CHARS_MAX]
    return re.sub(r"[\[\]{}|$]", "", line).lstrip("-/# ") or "?"
