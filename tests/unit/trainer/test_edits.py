"""Edits of the assistant's own files: only the meant lines change, and what could do harm is refused."""

from __future__ import annotations

import difflib
import random
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from handoff.domain.errors import Code, DomainError
from handoff.trainer.dataset import FOLDERS_AND_FILES, read
from handoff.trainer.edits import carry_out
from handoff.trainer.edits.operations import (
    AddIntent,
    AddRequests,
    AddSentences,
    ChangeRequest,
    ChangeSentence,
    FormStep,
    MergeIntents,
    MoveSentences,
    Operation,
    PutCourse,
    RemoveCourse,
    RemoveRequest,
    RemoveSentence,
    RenameIntent,
    Said,
    SetAnswer,
    Words,
    told,
)
from handoff.trainer.problems import problems

ROOT = Path(__file__).resolve().parents[3]


@cache
def _texts() -> dict[str, str]:
    paths = [path for place in FOLDERS_AND_FILES for path in sorted(ROOT.glob(place))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture
def texts() -> dict[str, str]:
    return dict(_texts())


def changed_lines(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Lines that went (-) or came (+), of all files."""
    return [
        line
        for path, text in after.items()
        for line in difflib.ndiff(before.get(path, "").split("\n"), text.split("\n"))
        if line[:2] in ("- ", "+ ")
    ]


def apply(texts: dict[str, str], asked: Operation) -> dict[str, str]:
    return texts | carry_out(texts, asked)


def refusal(texts: dict[str, str], asked: Operation) -> DomainError:
    with pytest.raises(DomainError) as caught:
        carry_out(texts, asked)
    return caught.value


def gift_wrapping() -> AddIntent:
    return AddIntent(
        name="gift_wrapping",
        topic="orders",
        title=Words(en="Gift wrapping", de="Geschenkverpackung"),
        answer=Words(
            en="Yes: tick “Gift” at the checkout, €3 a parcel.",
            de="Ja: „Geschenk“ an der Kasse, 3 € je Paket.",
        ),
        sentences=[
            Said(language="en", text="can you wrap it up nicely as a present"),
            Said(language="en", text="do you offer wrapping paper with a bow"),
            Said(language="de", text="könnt ihr das hübsch als Geschenk einpacken"),
            Said(language="de", text="gibt es bei euch Geschenkpapier mit Schleife"),
        ],
    )


def test_a_sentence_comes_as_one_line_at_the_end_of_its_block(texts: dict[str, str]) -> None:
    after = apply(
        texts, AddSentences(intent="delivery_options", language="de", texts=["Liefert ihr auch per Drohne?"])
    )
    assert changed_lines(texts, after) == ["+     - Liefert ihr auch per Drohne?"]


def test_as_many_sentences_as_somebody_pastes_are_taken_and_more_refused_in_words(
    texts: dict[str, str],
) -> None:
    many = [f"tell others about lamp model {n} of mine" for n in range(201)]
    assert (
        len(changed_lines(texts, apply(texts, AddSentences(intent="review", language="en", texts=many[1:]))))
        == 200
    )
    for asked in (
        AddSentences(intent="review", language="en", texts=many),
        AddRequests(language="en", kind="asks", texts=many),
    ):
        assert (
            refusal(texts, asked).message == "201 sentences at once are too many. Save at most 200 at a time."
        )


def test_personal_data_does_not_reach_a_file(texts: dict[str, str]) -> None:
    said = "Where is 10023, mail erika.probe@post.example or ring +49 151 2345678"
    after = apply(texts, AddSentences(intent="track_order", language="en", texts=[said]))
    [line] = changed_lines(texts, after)
    assert line == "+     - Where is 00000, mail name@mail.example or ring 000 000000"


@pytest.mark.parametrize(
    "text",
    [
        "/request_human{}",
        "- another item",
        "${HANDOFF_BOT_KEY}",
        "a [thing](no_such_entity)",
        'a [thing]{"entity": "number", "value": "__import__"}',
        "{{ 7 * 7 }}",
        "bell \x07",
        "x" * 401,
        "   ",
        "# a comment",
    ],
)
def test_a_sentence_that_would_mean_something_to_rasa_is_refused(texts: dict[str, str], text: str) -> None:
    error = refusal(texts, AddSentences(intent="track_order", language="en", texts=[text]))
    assert error.code is Code.BAD_REQUEST


def test_what_the_assistant_says_of_itself_has_no_sentences(texts: dict[str, str]) -> None:
    for asked in (
        AddSentences(intent="nlu_fallback", language="en", texts=["what is that"]),
        MergeIntents(name="switch_account", into="nlu_fallback"),
    ):
        assert refusal(texts, asked).code is Code.CONFLICT


def test_line_breaks_cannot_bring_in_other_lines(texts: dict[str, str]) -> None:
    after = apply(
        texts, AddSentences(intent="track_order", language="en", texts=["first\n- intent: evil\n  - second"])
    )
    assert changed_lines(texts, after) == ["+     - first - intent: evil - second"]


def test_the_same_sentence_is_not_taken_twice_nor_from_what_is_held_back(texts: dict[str, str]) -> None:
    known = next(one for one in read(texts).sentences if one.intent == "thank")
    twice = refusal(texts, AddSentences(intent="track_order", language="en", texts=[known.text.upper()]))
    assert twice.code is Code.CONFLICT and "thank" in twice.message
    held = next(one for one in read(texts).held_back if one.intent == "track_order" and one.language == "en")
    refused = refusal(texts, AddSentences(intent="track_order", language="en", texts=[held.text]))
    assert "held back" in refused.message


@pytest.mark.parametrize(
    "text",
    ["{__class__}", "{0.__init__.__globals__}", "${HOME}", "{unknown}", "{", "a\x00b", "x" * 1_501, " "],
)
def test_an_answer_cannot_fill_in_what_is_not_meant_for_it(texts: dict[str, str], text: str) -> None:
    error = refusal(texts, SetAnswer(name="utter_thank", language="en", text=text))
    assert error.code is Code.BAD_REQUEST


def test_an_answer_changes_in_its_own_place(texts: dict[str, str]) -> None:
    new = 'Gern: "so" \\ oder {addressed} – 4,90 €:\nzweite Zeile # keine Bemerkung'
    after = apply(texts, SetAnswer(name="utter_delivery_options", language="de", text=new))
    lines = changed_lines(texts, after)
    assert len(lines) == 2 and lines[0].startswith("- ") and lines[1].startswith("+ ")
    [answer] = [
        one for one in read(after).answers if (one.name, one.language) == ("utter_delivery_options", "de")
    ]
    assert answer.text == new


@pytest.mark.parametrize(("language", "new"), [("de", "Gern, {addressed}."), ("en", "With pleasure: # 1")])
def test_an_answer_that_is_missing_in_a_language_is_written(
    texts: dict[str, str], language: str, new: str
) -> None:
    """Problems named it, and nobody could mend it on the page."""
    path = "bot/domain/feedback.yml"
    only = {"en": "    - text: Yes.\n", "de": f"    - {GERMAN}\n      text: Ja.\n"}
    there = only["de" if language == "en" else "en"]
    texts[path] = texts[path].replace(
        "  utter_review:", f"  utter_praise: # by hand\n{there}\n  utter_review:"
    )
    after = apply(texts, SetAnswer(name="utter_praise", language=language, text=new))  # type: ignore[arg-type]
    assert all(line.startswith("+ ") for line in changed_lines(texts, after))
    assert len(changed_lines(texts, after)) == (2 if language == "de" else 1)
    said = {one.language: one.text for one in read(after).answers if one.name == "utter_praise"}
    assert said[language] == new and len(said) == 2
    assert refusal(texts, SetAnswer(name="utter_none", language="de", text="Ja.")).code is Code.NOT_FOUND


GERMAN = "condition: [{type: slot, name: language, value: de}]"


def test_a_new_intent_has_sentences_answer_topic_and_rule(texts: dict[str, str]) -> None:
    after = apply(texts, gift_wrapping())
    lines = changed_lines(texts, after)
    assert all(line.startswith("+ ") for line in lines)
    dataset = read(after)
    assert dataset.broken == {} and "gift_wrapping" in dataset.intents
    assert [one.text for one in problems(dataset) if one.about == "gift_wrapping"] == [
        "gift_wrapping has too few sentences for measuring in de (0; 5 or more would do).",
        "gift_wrapping has too few sentences for measuring in en (0; 5 or more would do).",
        "gift_wrapping has too few sentences in de (2; 8 or more would do).",
        "gift_wrapping has too few sentences in en (2; 8 or more would do).",
    ]
    assert {one.language for one in dataset.answers if one.name == "utter_gift_wrapping"} == {"en", "de"}
    topics = [one for one in dataset.answers if one.name == "topic_gift_wrapping"]
    assert {one.buttons for one in topics} == {
        (("Gift wrapping", "can you wrap it up nicely as a present"),),
        (("Geschenkverpackung", "könnt ihr das hübsch als Geschenk einpacken"),),
    }


def test_a_new_intent_is_measured_from_the_first_run_on(texts: dict[str, str]) -> None:
    asked = gift_wrapping()
    asked.held_back = [
        Said(language="en", text="order 10023: with a bow around it"),
        Said(language="de", text="mit einer Schleife drum"),
    ]
    after = apply(texts, asked)
    dataset = read(after)
    assert [(one.language, one.text) for one in dataset.held_back if one.intent == asked.name] == [
        ("en", "order 00000: with a bow around it"),
        ("de", "mit einer Schleife drum"),
    ]
    assert not [one for one in dataset.sentences if "bow around" in one.text]
    asked.held_back[1] = asked.sentences[0]
    assert "there already" in refusal(texts, asked).message  # learned from, it would measure nothing
    asked.held_back[1] = Said(language="fr", text="avec un nœud")
    assert refusal(texts, asked).code is Code.BAD_REQUEST


def test_an_intent_in_a_topic_of_its_own_makes_its_files(texts: dict[str, str]) -> None:
    asked = gift_wrapping()
    asked.topic = "presents"
    made = carry_out(texts, asked)
    assert {"data/nlu/presents.yml", "bot/domain/presents.yml"} <= made.keys()
    assert read(texts | made).broken == {}


@pytest.mark.parametrize("topic", ["../../etc/passwd", "a/b", "A", "", ".hidden", "x" * 60])
def test_a_topic_is_no_path(texts: dict[str, str], topic: str) -> None:
    asked = gift_wrapping()
    asked.topic = topic
    assert refusal(texts, asked).code is Code.BAD_REQUEST


def test_renamed_everywhere_and_nowhere_else(texts: dict[str, str]) -> None:
    after = apply(texts, RenameIntent(name="delivery_options", to="ways_of_delivery"))
    lines = changed_lines(texts, after)
    assert lines and all(
        "delivery_options" in line or "ways_of_delivery" in line for line in lines if line[0] != "?"
    )
    dataset = read(after)
    assert "delivery_options" not in dataset.intents and "ways_of_delivery" in dataset.intents
    assert [one for one in problems(dataset) if one.severity == "error"] == []
    assert apply(after, RenameIntent(name="ways_of_delivery", to="delivery_options")) == texts


def test_what_code_knows_by_name_keeps_its_name(texts: dict[str, str]) -> None:
    assert refusal(texts, RenameIntent(name="request_human", to="talk")).code is Code.CONFLICT
    assert refusal(texts, MergeIntents(name="out_of_scope", into="thank")).code is Code.CONFLICT


def test_merged_intents_leave_nothing_of_the_one(texts: dict[str, str]) -> None:
    before = read(texts)
    count = sum(one.intent in ("switch_account", "edit_account") for one in before.sentences)
    after = read(apply(texts, MergeIntents(name="switch_account", into="edit_account")))
    assert sum(one.intent == "edit_account" for one in after.sentences) == count
    assert "switch_account" not in after.intents
    assert not [one for one in after.answers if one.name.endswith("_switch_account")]
    assert not [one for one in after.courses for step in one.steps if "switch_account" in step.name]
    assert [one for one in problems(after) if one.severity == "error"] == []


def test_an_intent_is_split_by_moving_sentences(texts: dict[str, str]) -> None:
    of_intent = [one for one in read(texts).sentences if one.intent == "delivery_options"]
    chosen = [one for one in of_intent if one.language == "en"][:3] + [
        one for one in of_intent if one.language == "de"
    ][:3]
    asked = gift_wrapping()
    asked.name, asked.taken_from = "express", "delivery_options"
    asked.sentences = [Said(language=one.language, text=one.text) for one in chosen]
    after = read(apply(texts, asked))
    assert {one.text for one in after.sentences if one.intent == "express"} == {one.text for one in chosen}
    assert sum(one.intent == "delivery_options" for one in after.sentences) == len(of_intent) - len(chosen)


def test_an_intent_that_is_split_off_may_have_new_sentences_too(texts: dict[str, str]) -> None:
    """Whoever chose English sentences alone could not add the German ones, without which there is no intent."""
    asked = gift_wrapping()
    asked.taken_from = "delivery_options"
    refused = refusal(texts, asked)
    assert refused.code is Code.CONFLICT and "delivery_options" in refused.message
    moved = next(
        one for one in read(texts).sentences if (one.intent, one.language) == ("delivery_options", "en")
    )
    asked.sentences.append(Said(language="en", text=moved.text))
    dataset = read(apply(texts, asked))
    assert {one.intent for one in dataset.sentences if one.text == moved.text} == {"gift_wrapping"}
    assert {one.language for one in dataset.sentences if one.intent == "gift_wrapping"} == {"en", "de"}


def test_the_last_sentence_of_an_intent_stays(texts: dict[str, str]) -> None:
    after = apply(texts, gift_wrapping())
    after = apply(
        after,
        RemoveSentence(intent="gift_wrapping", language="en", text="can you wrap it up nicely as a present"),
    )
    last = RemoveSentence(
        intent="gift_wrapping", language="en", text="do you offer wrapping paper with a bow"
    )
    assert refusal(after, last).code is Code.CONFLICT


def test_an_entity_is_marked_in_its_sentence(texts: dict[str, str]) -> None:
    asked = AddSentences(
        intent="track_order", language="en", texts=["whatever became of parcel 12345 by now"]
    )
    after = apply(texts, asked)
    marked = ChangeSentence(
        intent="track_order",
        language="en",
        text="whatever became of parcel 00000 by now",
        to="whatever became of parcel [00000](order_number) by now",
    )
    assert (
        changed_lines(after, apply(after, marked))[1]
        == "+     - whatever became of parcel [00000](order_number) by now"
    )


def test_a_rule_comes_by_form_and_goes_again(texts: dict[str, str]) -> None:
    steps = [
        FormStep(intent="review"),
        FormStep(action="utter_review"),
        FormStep(intent="thank"),
        FormStep(action="utter_thank"),
    ]
    put = PutCourse(path="data/stories/journeys.yml", name="a review, and thanks", steps=steps)
    after = apply(texts, put)
    assert "+   - action: utter_thank" in changed_lines(texts, after)
    assert apply(after, RemoveCourse(path=put.path, name="a review, and thanks")) == texts


@pytest.mark.parametrize(
    "yaml",
    [
        "- rule: x\n  steps:\n  - intent: greet\n  - action: action_of_nobody",
        "- rule: x\n  steps:\n  - intent: no_such\n  - action: utter_greet",
        "- rule: x\n  steps:\n  - !!python/object/apply:os.system [id]",
        "- rule: &a x\n  steps:\n  - intent: greet\n  - action: *a",
        "- rule: x\n  steps: []",
        "- rule: x\n  steps:\n  - intent: greet\n  - action: utter_greet\nresponses: {}",
        "- rule: x\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
        "- rule: y\n  steps:\n  - intent: thank\n  - action: utter_thank",
        "- rule: x\n  metadata: {a: b}\n  steps:\n  - intent: greet\n  - action: utter_greet",
        "- rule: ${HOME}\n  steps:\n  - intent: greet\n  - action: utter_greet",
        "---\n- rule: x\n  steps:\n  - intent: greet\n  - action: utter_greet",
        "%YAML 1.1\n---\n- rule: x",
        "- rule: x\n  rule: y\n  steps:\n  - intent: greet\n  - action: utter_greet",
        "[" * 500,
        "\t- rule: x",
        "- story: x\n  steps:\n  - intent: greet\n  - action: utter_greet",
    ],
)
def test_yaml_that_is_no_course_of_known_steps_is_refused(texts: dict[str, str], yaml: str) -> None:
    assert refusal(texts, PutCourse(path="data/rules/answers.yml", yaml=yaml)).code is Code.BAD_REQUEST


@pytest.mark.parametrize(
    "path",
    [
        "config.yml",
        "bot/domain/orders.yml",
        "../outside.yml",
        "/etc/passwd",
        "bot/endpoints.yml",
        "data/nlu/orders.yml",
        "",
    ],
)
def test_a_course_has_no_place_outside_its_files(texts: dict[str, str], path: str) -> None:
    put = PutCourse(path=path, yaml="- rule: x\n  steps:\n  - intent: greet\n  - action: utter_greet")
    assert refusal(texts, put).code is Code.NOT_FOUND


def test_a_hundred_edits_and_back_leave_every_other_line_alone(texts: dict[str, str]) -> None:
    """Comments, blank lines, quotes and order are as a person left them."""
    draw = random.Random(7)
    now = {
        path: "# by hand\n" + text.replace("\nrules:", "\n# kept\nrules:   # here\n")
        for path, text in texts.items()
    }
    start = dict(now)
    added: list[tuple[str, str, str]] = []
    dataset = read(now)
    for number in range(100):
        if number % 2 == 0:
            of = draw.choice([one for one in dataset.sentences if one.language in ("en", "de")])
            said = f"odd wish {'abcdefghij'[number // 2 % 10]}{'klmnopqrst'[number // 20]} of mine"
            now = apply(now, AddSentences(intent=of.intent, language=of.language, texts=[said]))
            added.append((of.intent, of.language, said))
        else:
            intent, language, said = added[-1]
            other = draw.choice([name for name in dataset.intents if name not in (intent, "nlu_fallback")])
            now = apply(now, MoveSentences(intent=intent, language=language, texts=[said], to=other))
            added[-1] = (other, language, said)
    assert sorted(line for line in changed_lines(start, now)) == sorted(
        f"+     - {said}" for _, _, said in added
    )
    for intent, language, said in added:
        now = apply(now, RemoveSentence(intent=intent, language=language, text=said))
    assert now == start


def test_what_an_edit_did_is_told_by_names_and_counts_and_never_by_what_was_written() -> None:
    """What customers wrote stands in the files, which forget it when it is taken out; the journal is kept."""
    said = "Erika from Hamburg"
    asked: list[Operation] = [
        AddSentences(intent="review", language="en", texts=[said, said], keep_back=True),
        RemoveSentence(intent="review", language="en", text=said),
        ChangeSentence(intent="review", language="en", text=said, to=said),
        MoveSentences(intent="review", language="en", texts=[said], to="complaint"),
        AddRequests(language="de", kind="asks", texts=[said]),
        RemoveRequest(language="de", text=said),
        ChangeRequest(language="de", kind="asks", text=said, to=said),
        SetAnswer(name="utter_review", language="en", text=said),
        gift_wrapping(),
        RenameIntent(name="review", to="opinion"),
        MergeIntents(name="review", into="complaint"),
        PutCourse(path="data/rules/answers.yml", yaml=f"- rule: 'of ours'\n  steps: {said}"),
        PutCourse(path="data/rules/answers.yml", name="of ours", replaces="before"),
        RemoveCourse(path="data/rules/answers.yml", name="of ours"),
    ]
    assert {type(one) for one in asked} == set(get_args(Operation))
    found = [told(one) for one in asked]
    assert said not in str(found)
    assert found[0] == {"type": "add_held_back", "intent": "review", "language": "en", "count": 2}
    assert found[-3:] == [
        {"type": "add_course", "name": "of ours", "path": "data/rules/answers.yml"},
        {"type": "change_course", "name": "before", "path": "data/rules/answers.yml"},
        {"type": "remove_course", "name": "of ours", "path": "data/rules/answers.yml"},
    ]
