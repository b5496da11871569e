"""The samples of the turn contract, which the handoff server's tests read too: they fit the schema, and are true."""

import json

import pytest
from jsonschema import Draft7Validator

from tests.bot.parts import ROOT, Customer

FOLDER = ROOT / "tests/contracts/bot_turn"
SCHEMA = json.loads((FOLDER / "turn.schema.json").read_text())
SAMPLES = [
    json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json")) if path.name != "turn.schema.json"
]
ANSWER = Draft7Validator({**SCHEMA["definitions"]["response"], "definitions": SCHEMA["definitions"]})


def comparable(answer):
    """The answer without what another training of the model may change: its id and how sure it was."""
    return {
        name: value for name, value in answer.items() if name not in ("model_id", "ranking", "intent")
    } | {"intent": answer["intent"]["name"]}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_the_bot_answers_as_the_sample_says(bot, shop, sample):
    Draft7Validator(SCHEMA).validate(sample)
    asked = sample["request"]
    someone = Customer(bot, asked["locale"])
    for text in sample.get("before", []):
        someone.says(text)
    shop.broken = sample.get("shop") == "broken"
    status, answer = bot.post(asked | {"sender_id": someone.sender_id})
    assert status == 200
    ANSWER.validate(answer)
    assert comparable(answer) == comparable(sample["response"])
