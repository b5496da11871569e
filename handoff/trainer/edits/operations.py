"""What a trainer can ask to be changed, as it comes over the wire, and each in one line for people."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

COURSE_CHARS_MAX = 8_000
SENTENCES_AT_ONCE_MAX = 60
STEPS_MAX = 40

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


_KINDS = {
    "asks": "that ask for a person",
    "sounds_like_it": "that sound like a request for a person",
    "distress": "that show distress",
}
_KINDS_OF_ONE = {
    "asks": "that asks for a person",
    "sounds_like_it": "that sounds like a request for a person",
    "distress": "that shows distress",
}


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
        case AddRequests():
            count, says = len(asked.texts), _KINDS if len(asked.texts) > 1 else _KINDS_OF_ONE
            return f"Add {count} {_sentences(count)} {says[asked.kind]} ({asked.language})"
        case RemoveRequest():
            return f"Remove a sentence about requests for a person ({asked.language})"
        case ChangeRequest():
            return f"Change a sentence: it is one {_KINDS_OF_ONE[asked.kind]} ({asked.language})"
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
