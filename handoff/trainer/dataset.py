"""What the assistant's files say, read from their texts: sentences, answers, rules, stories. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from handoff.trainer.marks import (
    BadFile,
    checked_text,
    compose,
    elements,
    end_line,
    get,
    indent_of,
    items,
    text_of,
)

NLU, DOMAIN, RULES, STORIES = "data/nlu", "bot/domain", "data/rules", "data/stories"
HUMAN = "data/human"  # what the server's detector of requests for a person learns from, a file a language
TEST_STORIES, HELD_BACK = "tests/bot/test_stories.yml", "tests/bot/held_back.yml"
WITHOUT_SENTENCES = frozenset({"nlu_fallback"})  # what the assistant says of itself when it is unsure
FOLDERS_AND_FILES = (
    *(f"{folder}/*.yml" for folder in (NLU, DOMAIN, RULES, STORIES)),
    f"{HUMAN}/*.txt",
    TEST_STORIES,
    HELD_BACK,
)
ASKS, SOUNDS_LIKE_IT, DISTRESS = "asks", "sounds_like_it", "distress"
SIGNS = {ASKS: "+", SOUNDS_LIKE_IT: "-", DISTRESS: "!"}  # with which a line of those files begins
_KINDS = {sign: kind for kind, sign in SIGNS.items()}
LANGUAGES = ("en", "de")
_WORD = re.compile(
    r"[\w\u0300-\u036f\u0900-\u0dff]+"
)  # vowels of Indian scripts are marks, and tell words apart
_ENTITY = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<entity>[^()]+)\)|(?P<more>\{[^{}]*\}))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`text` is as it stands in the file, entities marked; `line` counts from 0. `own_line`: it has one,
    so that it can be changed by itself."""

    path: str
    line: int
    intent: str
    language: str
    text: str
    own_line: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A sentence for the detector of requests for a person. `kind` says what it is; `line` counts from 0."""

    path: str
    line: int
    language: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One variant of a response. `language` is de where its condition says so, else en."""

    path: str
    line: int
    name: str
    language: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`kind` is customer (an intent), bot (an action) or other (a slot, a form: `name` says which)."""

    kind: str
    name: str
    said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A rule, a story or a test story; `first_line` and `end_line` (after the last) count from 0."""

    path: str
    kind: str
    name: str
    first_line: int
    end_line: int
    steps: tuple[Step, ...]
    yaml: str
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file as read."""

    sentences: tuple[Sentence, ...] = ()
    answers: tuple[Answer, ...] = ()
    courses: tuple[Course, ...] = ()
    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    held_back: tuple[Sentence, ...] = ()
    requests: tuple[Request, ...] = ()
    skipped: tuple[str, ...] = ()  # lines that Rasa does not learn from, each with why


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    files: Mapping[str, File]
    broken: Mapping[str, str] = field(default_factory=dict)

    def all[T](self, name: str) -> list[T]:
        return [one for _, file in sorted(self.files.items()) for one in getattr(file, name)]

    @property
    def sentences(self) -> list[Sentence]:
        return self.all("sentences")

    @property
    def held_back(self) -> list[Sentence]:
        return self.all("held_back")

    @property
    def requests(self) -> list[Request]:
        return self.all("requests")

    @property
    def answers(self) -> list[Answer]:
        return self.all("answers")

    @property
    def courses(self) -> list[Course]:
        return self.all("courses")

    @property
    def intents(self) -> list[str]:
        return sorted(set(self.all("intents")))

    @property
    def entities(self) -> list[str]:
        return sorted(set(self.all("entities")))

    @property
    def actions(self) -> list[str]:
        """Everything that the bot can be told to do."""
        named = [*self.all("actions"), *self.all("forms"), *(one.name for one in self.answers)]
        return sorted(
            {*named, "action_deactivate_loop", "action_listen", "action_restart", "action_default_fallback"}
        )


def read(texts: Mapping[str, str]) -> Dataset:
    """A file that cannot be read is in `broken`, with why."""
    files: dict[str, File] = {}
    broken: dict[str, str] = {}
    for path, text in texts.items():
        try:
            files[path] = read_file(path, text)
        except BadFile as error:
            broken[path] = str(error)
    return Dataset(files=files, broken=broken)


@lru_cache(maxsize=256)
def read_file(path: str, text: str) -> File:
    """Raises `BadFile`."""
    text = text.replace("\r\n", "\n")
    if path.startswith(HUMAN):
        return File(requests=tuple(_requests(path, text)))
    root = compose(text)
    if path.startswith(NLU):
        skipped: list[str] = []
        sentences = tuple(_sentences(path, root, text, skipped))
        return File(sentences=sentences, skipped=tuple(skipped))
    if path.startswith(DOMAIN):
        return _domain(path, root)
    if path == HELD_BACK:
        return File(held_back=tuple(_held_back(path, root)))
    return File(courses=tuple(_courses(path, root, text)))


def bare(text: str) -> str:
    """A sentence without the marks of its entities."""
    return _ENTITY.sub(lambda found: found["text"], text)


def folded(text: str) -> str:
    """Equal for sentences that differ in case, punctuation or marks only."""
    return " ".join(_WORD.findall(bare(text).casefold()))


def language_of_path(path: str) -> str:
    """Of a file of requests: de of data/human/de.txt."""
    return path.rpartition("/")[2].removesuffix(".txt")


def _requests(path: str, text: str) -> Iterator[Request]:
    """As the detector's training reads them. Raises `BadFile`."""
    for number, line in enumerate(checked_text(text).split("\n")):
        if not line.strip() or line.startswith("#"):
            continue
        sign, _, said = line.partition(" ")
        if sign not in _KINDS or not said.strip():
            raise BadFile(f"Line {number + 1}: a sentence begins with “+ ”, “- ” or “! ”.")
        yield Request(
            path=path, line=number, language=language_of_path(path), kind=_KINDS[sign], text=said.strip()
        )


def language_of_block(block: MappingNode) -> str:
    return text_of(get(get(block, "metadata"), "language")) or "en"


def _sentences(path: str, root: MappingNode, text: str, skipped: list[str]) -> Iterator[Sentence]:
    """As Rasa reads them: of a block each line that begins with a hyphen, of a list each element's text."""
    for block in elements(get(root, "nlu")):
        intent = text_of(get(block, "intent"))
        if intent is None or not isinstance(block, MappingNode):
            continue
        language = language_of_block(block)
        for line, said, own_line in _examples(get(block, "examples"), skipped):
            yield Sentence(
                path=path, line=line, intent=intent, language=language, text=said, own_line=own_line
            )


def _examples(examples: Node | None, skipped: list[str]) -> Iterator[tuple[int, str, bool]]:
    """Line, text, and whether the line has nothing else."""
    for one in elements(examples):
        if (said := text_of(get(one, "text"))) is not None:
            yield one.start_mark.line, said.strip().removeprefix("-").strip(), False
    if not isinstance(examples, ScalarNode):
        return
    in_block = examples.style == "|"
    for offset, line in enumerate(str(examples.value).splitlines()):
        number = examples.start_mark.line + (offset + 1 if in_block else 0)
        if line.startswith("-"):
            yield number, line[1:].strip(), in_block
        elif line.strip() and not line.lstrip().startswith("#"):
            skipped.append(f"Line {number + 1}: Rasa skips it, since it does not begin with a hyphen.")


def _held_back(path: str, root: MappingNode) -> list[Sentence]:
    return [
        Sentence(
            path=path,
            line=one.start_mark.line,
            intent=str(intent.value),
            language=str(language.value),
            text=str(one.value),
        )
        for intent, languages in items(root)
        for language, texts in items(languages)
        for one in elements(texts)
    ]


def _names(root: MappingNode, key: str) -> tuple[str, ...]:
    """Of a list of names, or of a mapping by name; an intent may be a mapping of one."""
    node = get(root, key)
    names = [str(name.value) for name, _ in items(node)]
    for one in elements(node):
        names += (
            [str(one.value)] if isinstance(one, ScalarNode) else [str(name.value) for name, _ in items(one)]
        )
    return tuple(names)


def _domain(path: str, root: MappingNode) -> File:
    answers = []
    for name, variants in items(get(root, "responses")):
        for variant in elements(variants):
            buttons = tuple(
                (text_of(get(button, "title")) or "", text_of(get(button, "payload")) or "")
                for button in elements(get(variant, "buttons"))
            )
            answers.append(
                Answer(
                    path=path,
                    line=variant.start_mark.line,
                    name=str(name.value),
                    language=language_of_variant(variant),
                    text=text_of(get(variant, "text")) or "",
                    buttons=buttons,
                )
            )
    return File(
        answers=tuple(answers),
        intents=_names(root, "intents"),
        entities=_names(root, "entities"),
        slots=_names(root, "slots"),
        actions=_names(root, "actions"),
        forms=_names(root, "forms"),
    )


def language_of_variant(variant: object) -> str:
    for condition in elements(get(variant, "condition")):  # type: ignore[arg-type]  # any node
        if text_of(get(condition, "name")) == "language":
            return text_of(get(condition, "value")) or "en"
    return "en"


def _courses(path: str, root: MappingNode, text: str) -> list[Course]:
    lines = text.split("\n")
    found = []
    for key, kind in (("rules", "rule"), ("stories", "story")):
        for one in elements(get(root, key)):
            first = one.start_mark.line
            end = end_line(text, one)
            indent = indent_of(lines[first])
            name = text_of(get(one, kind))
            if name is None:
                raise BadFile(f"Line {first + 1}: a {kind} needs a name.")
            found.append(
                Course(
                    path=path,
                    kind="test story" if path == TEST_STORIES else kind,
                    name=name,
                    first_line=first,
                    end_line=end,
                    steps=tuple(_step(step) for step in elements(get(one, "steps"))),
                    yaml="\n".join(line[indent:] for line in lines[first:end]),
                    conditions=str([_step(step) for step in elements(get(one, "condition"))]),
                )
            )
    return found


def _step(step: object) -> Step:
    node = step if isinstance(step, MappingNode) else None
    intent, action = text_of(get(node, "intent")), text_of(get(node, "action"))
    said = text_of(get(node, "user"))
    if intent is not None or said is not None:
        return Step(kind="customer", name=intent or "", said=said.strip() if said is not None else None)
    if action is not None:
        return Step(kind="bot", name=action)
    key = next((str(name.value) for name, _ in items(node)), "")
    value = get(node, key)
    return Step(kind="other", name=f"{key}: {text_of(value) or ''}".strip())
