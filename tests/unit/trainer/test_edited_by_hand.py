"""Data written by hand, in all the ways that YAML has: a hundred edits change the meant lines and no other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import pytest

from handoff.domain.errors import DomainError
from handoff.trainer.dataset import read
from handoff.trainer.edits import carry_out
from handoff.trainer.edits.line_ends import plain
from handoff.trainer.edits.operations import (
    AddIntent,
    AddSentences,
    ChangeSentence,
    FormStep,
    MergeIntents,
    MoveSentences,
    Operation,
    PutCourse,
    RemoveCourse,
    RemoveSentence,
    RenameIntent,
    Said,
    SetAnswer,
    Words,
)
from handoff.trainer.merging import without

EDITS = 100
NLU = """\
# Parcels. Edited by hand – ask Jörg before you touch the last block.
version: "3.1"   # Rasa's

nlu:

# asked in the shop
- intent: parcel_where      # the most asked
  metadata: {language: en}  # flow
  examples: |
    - where is my parcel
    # the next ones are from the phone
    - has it been sent yet\t
    - my "parcel": is it lost?

    - parcel [00000](order_number), where

- intent: 'parcel_where'
  examples: |   # keys in another order
    - wo ist mein Päckchen
    - ist es schon „unterwegs“
    - 荷物 📦 wo?
  metadata:
    language: de
    note: kept, whatever it means


# --- times ---
- intent: "parcel_when"
  metadata:

    language: en
  examples: |-
    - when will it come
    - how long does it take
    - is it today
- intent: parcel_when
  metadata: {language: de}
  examples: |
        - wann kommt es
        - wie lange dauert es
          das geht hier weiter
        - kommt es heute

- intent: parcel_else
  metadata: {language: en}
  examples:
  - text: |
      a sentence in a form of its own
    metadata: {from: phone}
  - text: and another one
- intent: parcel_else
  metadata: {language: de}
  examples: |
    - noch etwas anderes
    - und noch eins
- synonym: parcel
  examples: |
    - packet
# the end



"""
DOMAIN = """\
version: '3.1'
# order matters to us
intents:
- parcel_where  # first
- parcel_when:
    use_entities: []
# last
- parcel_else
- nlu_fallback

entities: [order_number]   # one

responses:
    # two more blanks than elsewhere
    utter_parcel_where:
    - condition: [{type: slot, name: language, value: de}]
      text: |   # as it was
        Es ist unterwegs.

        Bald mehr.
      # why: the shop said so
    - text: >-
        It is on its
        way.

    utter_parcel_when:
    -   text: 'It takes: two days'   # quoted
    -   condition:
        -   type: slot
            name: language
            value: de
        text: Es dauert
            zwei Tage # und mehr
    utter_parcel_else: [{text: "\\u00e9lse"}, {text: Eh, condition: [{type: slot, name: language, value: de}]}]
    # nothing after this
"""
RULES = """\
version: "3.1"
rules:   # one each

  - rule: where
    # says it
    steps:
      - intent: parcel_where
      # then
      - action: utter_parcel_where

  - rule: "when: ever"
    steps: [{intent: parcel_when}, {action: utter_parcel_when}]
  # else
  - rule: else
    steps:
      - intent: parcel_else
      - action: utter_parcel_else
# no line break at the end"""
STORIES = """\
version: "3.1"
stories:
- story: both
  steps:
  - intent: parcel_where
  - action: utter_parcel_where
  - intent: parcel_when
  - action: utter_parcel_when
"""
HELD_BACK = """\
# never learned from
parcel_where:
  en:
    - "is my parcel somewhere"
    - is it gone   # a plain one
  de:
    - 'wo steckt es'
parcel_when:   # two
  en:
    - "which day"
"""
BY_HAND = {
    "data/nlu/parcels.yml": NLU,
    "bot/domain/parcels.yml": DOMAIN,
    "data/rules/answers.yml": RULES,
    "data/stories/journeys.yml": STORIES,
    "tests/bot/held_back.yml": HELD_BACK,
}
INSIDE = (
    "# says it",
    "# then",
    "# why: the shop said so",
    "# the next ones are from the phone",
    "das geht hier",
)
WORDS = "amber birch cobalt dune ember fjord glade heath inlet jetty knoll ledge marsh nook orchard".split()


def with_returns(text: str) -> str:
    return text.replace("\n", "\r\n")


def with_some_returns(text: str) -> str:
    lines = text.split("\n")
    return (
        "\n".join(f"{line}\r" if number % 3 else line for number, line in enumerate(lines[:-1]))
        + "\n"
        + lines[-1]
    )


class Hand:
    """Somebody at the page who draws what to do, and knows which lines may come and go with it."""

    def __init__(self, seed: int, texts: Mapping[str, str]) -> None:
        self._draw = random.Random(seed)
        self._new = 0
        self.texts = dict(texts)

    def word(self) -> str:
        self._new += 1
        return f"{WORDS[self._new % len(WORDS)]} {'abcdefghij'[self._new // 10 % 10]}{'klmnopqrst'[self._new % 10]}"

    def operation(self) -> tuple[Operation, list[str]]:
        """With pieces of which every line that goes has one."""
        dataset = read(self.texts)
        draw = self._draw
        intents = [name for name in dataset.intents if name != "nlu_fallback"]
        sentence = draw.choice([one for one in dataset.sentences if one.own_line])
        at = {"intent": sentence.intent, "language": sentence.language}
        match draw.choice(
            "add add hold change change remove move answer answer intent rename merge put replace take".split()
        ):
            case "add":
                return AddSentences(**at, texts=[self.word(), self.word()]), []
            case "hold":
                return AddSentences(**at, texts=[self.word()], keep_back=True), []
            case "change":
                return ChangeSentence(**at, text=sentence.text, to=f"{self.word()}: “ö” # no remark"), [
                    sentence.text
                ]
            case "remove":
                return RemoveSentence(**at, text=sentence.text), [sentence.text]
            case "move":
                return MoveSentences(**at, texts=[sentence.text], to=draw.choice(intents)), [sentence.text]
            case "answer":
                answer = draw.choice([one for one in dataset.answers if one.name.startswith("utter")])
                said = f'{self.word()}: "so"\nund ## {{addressed}} \\ 📦'
                going = [*answer.text.split(), "text:"]
                return SetAnswer(name=answer.name, language=answer.language, text=said), going
            case "intent":
                name = f"own_{self.word().replace(' ', '_')}"
                said = [Said(language=language, text=self.word()) for language in ("en", "de")]
                words = Words(en=self.word(), de=self.word())
                return AddIntent(name=name, topic="parcels", title=words, answer=words, sentences=said), []
            case "rename":
                old = draw.choice(intents)
                return RenameIntent(name=old, to=f"own_{self.word().replace(' ', '_')}"), [old]
            case "merge":
                one = draw.choice([name for name in intents if name.startswith("own_")] or intents[:1])
                going = [it.text for it in [*dataset.sentences, *dataset.held_back] if it.intent == one]
                going += [
                    one,
                    "metadata:",
                    "examples:",
                    "condition:",
                    "text:",
                    "buttons:",
                    "en:",
                    "de:",
                    "language:",
                    "type:",
                    "name:",
                    "value:",
                    "note:",
                    "use_entities:",
                    *INSIDE,
                ]
                for answer in dataset.answers:
                    if answer.name == f"utter_{one}":
                        going += answer.text.split()
                for course in dataset.courses:
                    if {step.name for step in course.steps if step.kind == "customer"} == {one}:
                        going += course.yaml.split("\n")
                into = draw.choice(intents)
                return MergeIntents(name=one, into=into), [
                    *going,
                    f"{into}:",
                ]  # where sentences came from further up
            case which if which == "put" or not dataset.courses:
                steps = [FormStep(intent=draw.choice(intents)), FormStep(action="utter_parcel_where")]
                name = self.word()
                return PutCourse(path="data/stories/journeys.yml", name=name, steps=steps), []
            case which:
                course = draw.choice(dataset.courses)
                if which == "take":
                    return RemoveCourse(path=course.path, name=course.name), course.yaml.split("\n")
                kind = course.kind
                intent = draw.choice(intents)
                yaml = f"- {kind}: {self.word()}\n  # as YAML\n  steps:\n"
                yaml += f"  - intent: {intent}\n  - action: utter_parcel_when"
                put = PutCourse(path=course.path, yaml=yaml, replaces=course.name)
                return put, course.yaml.split("\n")


def gone(before: str, after: str) -> list[str]:
    """Lines, with their ends, that are there less often than before."""
    old, new = before.split("\n"), after.split("\n")
    for lines, others in ((old, new), (new, old)):
        if lines[-1] and lines[-1] + "\r" in others:  # it had no end, and has one now; or the other way round
            lines[-1] += "\r"
    return list((Counter(old) - Counter(new)).elements())


def order(before: str, after: str, asked: Operation) -> bool:
    """Whether lines that there are once, and that no edit moves, follow each other as before."""
    stay = [
        line for line in before.split("\n") if line.strip() and before.count(line) == after.count(line) == 1
    ]
    places = [after.index(line) for line in stay]
    return isinstance(asked, MergeIntents | MoveSentences) or places == sorted(places)


@pytest.mark.parametrize("ends", [str, with_returns, with_some_returns])
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_edits_of_every_kind_change_the_meant_lines_only(seed: int, ends: type[str]) -> None:
    start = {path: ends(text) for path, text in BY_HAND.items()}
    assert read(start).broken == {}
    hand = Hand(seed, start)
    done: list[tuple[dict[str, str], dict[str, str]]] = []
    refused: list[str] = []
    while len(done) < EDITS:
        asked, going = hand.operation()
        try:
            changed = carry_out(hand.texts, asked, frozenset())
        except DomainError as error:
            refused.append(f"{asked}: {error.message}")
            assert len(refused) < EDITS, refused[-10:]
            continue
        for path, after in changed.items():
            texts = (hand.texts.get(path, ""), after)
            if ends is with_some_returns:  # of equal lines with different ends any may be the one that went
                texts = (plain(texts[0]), plain(texts[1]))
            for line in gone(*texts):
                assert not line.strip() or any(piece.strip() in line for piece in going if piece.strip()), (
                    asked,
                    path,
                    line,
                )
            assert order(hand.texts.get(path, ""), after, asked), (asked, path)
            returns = (after.count("\r\n"), after.count("\n"))
            assert ends is not with_returns or returns[0] == returns[1]
            assert ends is not str or not returns[0]
        done.append(({path: hand.texts[path] for path in changed}, changed))
        hand.texts |= changed
    assert not [one for one in refused if "cannot be done" in one or "Something else" in one]
    remarks = [
        line for text in BY_HAND.values() for line in text.split("\n") if line.lstrip().startswith("#")
    ]
    there = [line.rstrip("\r") for text in hand.texts.values() for line in text.split("\n")]
    assert [line for line in remarks if line not in there and line.strip() not in INSIDE] == []
    for before, after in reversed(done):
        hand.texts |= {path: without(before[path], text, hand.texts[path]) for path, text in after.items()}
    assert hand.texts == start
