"""Every change that a trainer can make to the assistant's files, from texts to texts. Knows no disk.

An edit touches the lines that it means and leaves all others as they are, to the last blank. What it led to is read
again and compared with what it was to lead to, so that an edit that goes wrong is refused instead of written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handoff.domain.errors import bad_request, conflict
from handoff.trainer.dataset import Dataset, read
from handoff.trainer.edits import answers, courses, intents, requests, sentences
from handoff.trainer.edits.draft import Draft
from handoff.trainer.edits.line_ends import as_before, plain
from handoff.trainer.edits.operations import (
    AddIntent,
    AddRequests,
    AddSentences,
    ChangeRequest,
    ChangeSentence,
    MergeIntents,
    MoveSentences,
    Operation,
    PutCourse,
    RemoveCourse,
    RemoveRequest,
    RemoveSentence,
    RenameIntent,
    SetAnswer,
)
from handoff.trainer.edits.wording import language_of
from handoff.trainer.marks import BadFile

# What the rules of the desk and the actions know by name.
BUILT_IN = frozenset(
    "greet goodbye thank affirm deny bot_challenge help out_of_scope nlu_fallback misunderstood request_human "
    "other_order complaint".split()
)


def carry_out(
    texts: Mapping[str, str],
    asked: Operation,
    protected: frozenset[str] = BUILT_IN,
    measured: frozenset[tuple[str, str]] = frozenset(),
) -> dict[str, str]:
    """The new texts of the files that change. Raises `DomainError`; for `protected` and `measured` see `Draft`."""
    before = {path: plain(text) for path, text in texts.items()}
    draft = Draft(before, protected, measured)
    try:
        names = _apply(draft, asked)
        changed = {path: text for path, text in draft.texts.items() if before.get(path) != text}
        _check(before, changed, names)
    except BadFile as error:
        raise bad_request(f"This cannot be done to the files as they are. {error}") from error
    if not changed:
        raise conflict("Nothing would change: it is so already.")
    return {path: as_before(texts.get(path, ""), text) for path, text in changed.items()}


def _apply(draft: Draft, asked: Operation) -> set[str]:
    """Carries it out on `draft`; the names of what it may have touched."""
    match asked:
        case AddSentences():
            draft.teachable(asked.intent)
            sentences.add(draft, asked.intent, language_of(asked.language), asked.texts, asked.keep_back)
            return {asked.intent}
        case RemoveSentence():
            sentences.remove(draft, sentences.find(draft, asked.intent, asked.language, asked.text))
            return {asked.intent}
        case ChangeSentence():
            sentences.change(draft, asked)
            return {asked.intent}
        case MoveSentences():
            draft.teachable(asked.to)
            sentences.move(draft, asked.intent, asked.language, asked.texts, asked.to)
            return {asked.intent, asked.to}
        case AddRequests():
            return requests.add(draft, asked.language, asked.kind, asked.texts)
        case RemoveRequest():
            requests.remove(draft, asked.language, asked.text)
            return {asked.text.strip()}
        case ChangeRequest():
            return requests.change(draft, asked)
        case SetAnswer():
            answers.put(draft, asked)
            return {asked.name}
        case AddIntent():
            intents.add(draft, asked)
            return {asked.name, asked.taken_from or asked.name, f"utter_{asked.name}", f"topic_{asked.name}"}
        case RenameIntent():
            return intents.rename(draft, asked.name, asked.to)
        case MergeIntents():
            return intents.merge(draft, asked.name, asked.into)
        case PutCourse():
            return courses.put(draft, asked)
        case RemoveCourse():
            courses.remove(draft, asked)
            return {asked.name}


def _check(before: Mapping[str, str], changed: Mapping[str, str], names: set[str]) -> None:
    """Raises `BadFile` when a file cannot be read any more, or says something else than was meant to change."""
    after = read({**before, **changed})
    if after.broken:
        path, why = next(iter(after.broken.items()))
        raise BadFile(f"{path}: {why}")
    touched = {path: before[path] for path in changed if path in before}  # what the others say stays as it is
    strange = [
        fact
        for fact in set(_facts(read(touched))) ^ set(_facts(read(changed)))
        if not names.intersection(fact[1:3])
    ]
    if strange:
        raise BadFile(f"Something else would change with it: {strange[0][1]}.")


def _facts(dataset: Dataset) -> Iterator[tuple[str, ...]]:
    """Everything that the files say, one by one; the second or third of each is the name of what it is about."""
    for one in dataset.sentences:
        yield ("sentence", one.intent, "", one.language, one.text)
    for one in dataset.held_back:
        yield ("held back", one.intent, "", one.language, one.text)
    for request in dataset.requests:
        yield ("request", request.text, "", request.language, request.kind)
    for answer in dataset.answers:
        yield ("answer", answer.name, "", answer.language, answer.text, str(answer.buttons))
    for course in dataset.courses:
        about = next((step.name for step in course.steps if step.kind == "customer"), "")
        yield ("course", course.name, about, course.path, str(course.steps), course.conditions)
    for file in dataset.files.values():
        for intent in file.intents:
            yield ("intent", intent)
