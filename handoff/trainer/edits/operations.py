"""What a trainer can ask to be changed, as it comes over the wire, and what is told of it afterwards."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

COURSE_CHARS_MAX = 8_000
STEPS_MAX = 40
_MANY = (
    2_000  # nobody types so many; what is too much for one edit is refused in words (`wording.not_too_many`)
)

_Name = Annotated[str, Meta(min_length=1, max_length=40)]
_Line = Annotated[str, Meta(min_length=1, max_length=2_000)]
_Text = Annotated[str, Meta(min_length=1, max_length=8_000)]
_Lines = Annotated[list[_Line], Meta(min_length=1, max_length=_MANY)]


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


Kind = Literal["asks", "sounds_like_it", "distress"]


class AddRequests(Struct, tag="add_requests", forbid_unknown_fields=True):
    """What the server's own detector learns, in any of its languages: what asks for a person, or sounds like it."""

    language: _Name
    kind: Kind
    texts: _Lines


class RemoveRequest(Struct, tag="remove_request", forbid_unknown_fields=True):
    language: _Name
    text: _Line


class ChangeRequest(Struct, tag="change_request", forbid_unknown_fields=True):
    """`to` may be `text` itself, when only its kind changes."""

    language: _Name
    text: _Line
    to: _Line
    kind: Kind


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
    """`title` is what a button says that offers it. `taken_from`: the sentences are moved from there (a split).
    `held_back` measure it, and it never learns from them."""

    name: _Name
    topic: _Name
    title: Words
    answer: Words
    sentences: Annotated[list[Said], Meta(min_length=2, max_length=_MANY)]
    held_back: Annotated[list[Said], Meta(max_length=_MANY)] = []
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
    | AddRequests
    | RemoveRequest
    | ChangeRequest
    | SetAnswer
    | AddIntent
    | RenameIntent
    | MergeIntents
    | PutCourse
    | RemoveCourse
)


def told(asked: Operation) -> dict[str, Any]:
    """What an edit did, by names and counts: the page says it in its reader's language."""
    match asked:
        case AddSentences(intent=intent, language=language, texts=texts, keep_back=keep_back):
            which = "held_back" if keep_back else "sentences"
            return {"type": f"add_{which}", "intent": intent, "language": language, "count": len(texts)}
        case RemoveSentence(intent=intent, language=language):
            return {"type": "remove_sentence", "intent": intent, "language": language}
        case ChangeSentence(intent=intent, language=language):
            return {"type": "change_sentence", "intent": intent, "language": language}
        case MoveSentences(intent=intent, texts=texts, to=to):
            return {"type": "move_sentences", "intent": intent, "to": to, "count": len(texts)}
        case AddRequests(kind=kind, language=language, texts=texts):
            return {"type": "add_requests", "kind": kind, "language": language, "count": len(texts)}
        case RemoveRequest(language=language):
            return {"type": "remove_request", "language": language}
        case ChangeRequest(kind=kind, language=language):
            return {"type": "change_request", "kind": kind, "language": language}
        case SetAnswer(name=name, language=language):
            return {"type": "set_answer", "name": name, "language": language}
        case AddIntent(name=name, taken_from=None):
            return {"type": "add_intent", "intent": name}
        case AddIntent(name=name, taken_from=taken_from):
            return {"type": "split_intent", "intent": str(taken_from), "to": name}
        case RenameIntent(name=name, to=to):
            return {"type": "rename_intent", "intent": name, "to": to}
        case MergeIntents(name=name, into=into):
            return {"type": "merge_intents", "intent": name, "to": into}
        case PutCourse(path=path, replaces=replaces):
            done = "add_course" if replaces is None else "change_course"
            return {"type": done, "name": replaces or asked.name or _named(asked.yaml or ""), "path": path}
        case RemoveCourse(path=path, name=name):
            return {"type": "remove_course", "name": name, "path": path}


def _named(yaml: str) -> str:
    """What a rule or story calls itself, as far as that can be seen without reading the whole."""
    found = re.search(r"^\s*-\s*(?:rule|story):\s*(.+?)\s*$", yaml, re.MULTILINE)
    return "" if found is None else found[1].strip("'\"")
