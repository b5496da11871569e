"""The connector's contract: what it refuses, and how it tells failures."""

import io
import json
import tarfile
import threading

import pytest

from tests.bot.parts import call, texts
from tests.bot.shop_double import KEY

GOOD = {"v": 1, "turn_id": "t", "sender_id": "s", "text": "hello", "locale": "en", "slots": None}


def test_health_names_the_loaded_model(bot):
    status, body = call("GET", f"{bot.url}/")
    assert (status, body["status"]) == (200, "ok")
    assert body["model_id"] == bot.post(GOOD)[1]["model_id"]


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", "ü"])
def test_a_wrong_key_is_unauthorized(bot, key):
    if key == "ü":
        status, body = call("POST", f"{bot.url}/turn", GOOD, {"Authorization": "Bearer \xfc"})
    else:
        status, body = bot.post(GOOD, key=key)
    assert (status, body) == (401, {"error": "unauthorized"})


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": True},
        {"v": None},
        {"turn_id": ""},
        {"turn_id": 7},
        {"turn_id": "x" * 201},
        {"sender_id": None},
        {"sender_id": ["s"]},
        {"text": ""},
        {"text": "   "},
        {"text": None},
        {"text": "x" * 4001},
        {"text": "a\x00b"},
        {"text": "half a character \ud83d"},
        {"sender_id": "\udc00"},
        {"text": {"text": "hello"}},
        {"locale": ""},
        {"locale": 1},
        {"slots": "none"},
        {"slots": []},
        {"slots": {"language": "fr"}},
        {"slots": {"order_number": 10023}},
        {"slots": {"order_number": "1" * 201}},
        {"slots": {"complaint_raised": "yes"}},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_a_malformed_request_is_refused_and_says_which_field(bot, change):
    status, body = bot.post(GOOD | change)
    assert status == 400
    assert next(iter(change)) in body["error"] or "slot" in body["error"]


@pytest.mark.parametrize("field", sorted(set(GOOD) - {"slots"}))
def test_a_missing_field_is_refused(bot, field):
    status, body = bot.post({name: value for name, value in GOOD.items() if name != field})
    assert status == 400
    assert field in body["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"[" * 5000, b"x" * 70_000]
)
def test_a_body_that_is_no_object_is_refused(bot, body):
    status, answer = bot.post(body)
    assert status == 400
    assert answer["error"]


def test_unknown_slots_and_fields_are_left_alone(bot):
    status, _ = bot.post(
        GOOD | {"sender_id": "future", "new": 1, "slots": {"requested_slot": "x", "future": 1}}
    )
    assert status == 200


def test_rasas_own_commands_in_a_message_do_no_harm(customer):
    someone = customer()
    someone.says("where is order 10023")
    for text in (
        "/restart",
        "/session_start",
        "/no_such_intent",
        '/track_order{"order_number": 5}',
        "/",
        "//",
    ):
        someone.says(text)
    assert "PayPal" in texts(someone.says("how can I pay?"))


def test_a_dead_action_server_is_a_failed_action(bot, customer):
    bot.actions.stop()
    try:
        answer = customer().says("where is order 10023")
    finally:
        bot.start_actions()
    assert answer["failed_actions"] == ["action_track_order"]
    assert answer["messages"] == []
    assert "Order 10023" in texts(customer().says("where is order 10023"))


def test_a_shop_out_of_reach_is_told_and_a_failed_action(customer, shop):
    shop.broken = True
    answer = customer().says("where is order 10023")
    assert answer["failed_actions"] == ["action_track_order"]
    assert "cannot reach the order system" in texts(answer)


def test_a_shop_out_of_reach_before_a_confirmation_ends_the_form(customer, shop):
    shop.broken = True
    someone = customer()
    assert someone.says("cancel order 10034")["failed_actions"]
    shop.broken = False
    assert someone.says("yes")["did"] == []
    assert shop.cancelled_by == {}


def test_the_action_server_lets_only_rasa_in(bot):
    body = {"next_action": "action_complaint", "tracker": {"sender_id": "s", "slots": {}, "events": []}}
    assert call("POST", f"{bot.actions_url}/webhook", body)[0] == 401
    right = {"Authorization": f"Bearer {KEY}"}
    assert call("POST", f"{bot.actions_url}/webhook", body, right)[0] == 200
    assert call("POST", f"{bot.actions_url}/webhook", body | {"next_action": "action_none"}, right)[0] == 404
    for bad in (b"", b"[]", b"{", {"tracker": None}):
        assert call("POST", f"{bot.actions_url}/webhook", bad, right)[0] == 400


def test_an_action_that_breaks_tells_nothing_of_the_conversation(bot):
    secret = "a sentence that must not leak"
    body = {
        "next_action": "action_cancel_order",
        "tracker": {
            "sender_id": "s",
            "slots": {"order_number": "10034", "cancel_confirmed": True},
            "events": [{"event": "user", "text": secret, "metadata": {}}],
        },
    }
    status, answer = call("POST", f"{bot.actions_url}/webhook", body, {"Authorization": f"Bearer {KEY}"})
    assert (status, answer) == (500, {"error": "the action failed"})
    assert secret not in bot.actions.log_path.read_text()


def test_what_customers_write_is_in_no_log(bot, customer, shop):
    someone = customer()
    someone.says("my secret is xyzzy-4711 and how can I pay")
    shop.broken = True
    someone.says("where is order 10023, signed plugh-4712")
    for log in (bot.rasa.log_path, bot.actions.log_path):
        assert "xyzzy" not in log.read_text()
        assert "plugh" not in log.read_text()


def test_two_turns_of_one_sender_wait_for_each_other(customer, shop):
    someone = customer()
    shop.gate.clear()
    answers = {}

    def say(name, text):
        answers[name] = someone.says(text)

    slow = threading.Thread(target=say, args=("slow", "where is order 10023"))
    slow.start()
    while not shop.requests:
        slow.join(timeout=0.05)
    quick = threading.Thread(target=say, args=("quick", "how can I pay?"))
    quick.start()
    assert "PayPal" in texts(customer().says("how can I pay?"))
    assert answers == {}
    shop.gate.set()
    slow.join()
    quick.join()
    assert "Order 10023" in texts(answers["slow"])
    assert "PayPal" in texts(answers["quick"])


def test_a_model_can_be_swapped_only_with_the_token_and_no_conversation_is_lost(bot, customer, model):
    someone = customer()
    someone.says("where is my order?")
    swap = {"model_file": str(model)}
    assert call("PUT", f"{bot.rasa_url}/model", swap)[0] == 401
    assert call("PUT", f"{bot.rasa_url}/model?token=wrong", swap)[0] == 401
    assert call("PUT", f"{bot.rasa_url}/model?token={bot.auth_token}", swap)[0] == 204
    assert "Order 10023" in texts(someone.says("10023"))


def another_model(model, path):
    """The same model under another id, as training would give it anew."""
    with tarfile.open(model) as source, tarfile.open(path, "w:gz", compresslevel=1) as target:
        for member in source:
            content = source.extractfile(member)
            if member.name.endswith("metadata.json"):
                metadata = json.load(content) | {"model_id": "the-other-model"}
                encoded = json.dumps(metadata).encode()
                member.size, content = len(encoded), io.BytesIO(encoded)
            target.addfile(member, content)
    return path


def test_swaps_under_traffic_lose_no_turn_and_no_conversation(bot, customer, model, tmp_path):
    """Every conversation hangs on the turn before: the number alone is looked up for who was asked for it."""
    patient = customer()
    patient.says("where is my order?")
    models = [another_model(model, tmp_path / "other.tar.gz"), model]
    customers, swaps = 4, 4
    done, model_ids, faults = [0] * customers, set(), []
    going, progress = threading.Event(), threading.Condition()
    going.set()

    def talk(number):
        while going.is_set() and not faults:
            someone = customer()
            try:
                asked = someone.says("where is my order?")
                told = someone.says("10023")
                assert "order number" in texts(asked)
                assert "Order 10023" in texts(told)
                model_ids.update((asked["model_id"], told["model_id"]))
            except Exception as error:
                faults.append(repr(error))
            with progress:
                done[number] += 1
                progress.notify_all()

    def everybody_was_answered():
        before = list(done)
        with progress:
            return progress.wait_for(
                lambda: faults or all(now > then for now, then in zip(done, before, strict=True)), timeout=60
            )

    talkers = [threading.Thread(target=talk, args=(number,)) for number in range(customers)]
    for talker in talkers:
        talker.start()
    try:
        for swap in range(swaps):
            assert everybody_was_answered()
            body = {"model_file": str(models[swap % 2])}
            assert call("PUT", f"{bot.rasa_url}/model?token={bot.auth_token}", body)[0] == 204
        assert everybody_was_answered()
    finally:
        going.clear()
        for talker in talkers:
            talker.join()
    assert faults == []
    assert len(model_ids) == 2
    assert "Order 10023" in texts(patient.says("10023"))


def test_conversations_cannot_be_read_without_the_token(bot, customer):
    someone = customer()
    someone.says("hello")
    assert call("GET", f"{bot.rasa_url}/conversations/{someone.sender_id}/tracker")[0] == 401


def suggest(bot, text, key=KEY, **change):
    headers = {"Authorization": f"Bearer {key}"}
    return call("POST", f"{bot.url}/suggest", GOOD | {"text": text} | change, headers)


def test_a_suggestion_is_what_a_turn_would_say_in_the_customers_language(bot):
    for text, locale in (
        ("Which payment methods do you accept?", "en"),
        ("Welche Zahlungsarten gibt es?", "de"),
    ):
        status, body = suggest(bot, text, locale=locale)
        assert (status, body["v"], body["turn_id"]) == (200, 1, "t")
        [suggestion] = body["suggestions"]
        assert suggestion["intent"] == "check_payment_methods"
        turn = bot.post(GOOD | {"text": text, "locale": locale, "sender_id": f"asked in {locale}"})[1]
        assert suggestion["text"] in [message["text"] for message in turn["messages"]]


def suggested(bot, text, **change):
    """The text of the one suggestion; nothing where there is none."""
    found = suggest(bot, text, **change)[1]["suggestions"]
    assert len(found) <= 1
    return found[0]["text"] if found else ""


@pytest.mark.parametrize(
    ("text", "locale", "words"),
    [
        ("Where is my order 10023?", "en", "Order 10023 (Headphones Stille) is on its way"),
        ("Wo ist meine Bestellung 10023?", "de", "Bestellung 10023 (Headphones Stille) ist mit Nordpost"),
        ("Where is my order 99999?", "en", "no order with the number 99999"),
        ("Is invoice INV-2026-0203 paid?", "en", "INV-2026-0203"),
        ("How far is my refund R-5001?", "en", "R-5001"),
        ("What does it cost to cancel order 10030?", "en", "€4.90"),
    ],
)
def test_what_has_to_be_looked_up_is_looked_up_for_a_suggestion_as_for_a_turn(bot, shop, text, locale, words):
    said = suggested(bot, text, locale=locale)
    assert words in said
    assert {method for method, _ in shop.requests} == {"GET"}
    turn = bot.post(GOOD | {"text": text, "locale": locale, "sender_id": f"asked {text}"})[1]
    assert said == turn["messages"][0]["text"]


def test_a_suggestion_knows_what_the_assistant_knew_and_asks_for_what_nobody_knows(bot, shop):
    assert "What is the order number?" in suggested(bot, "Where is my order?")
    assert shop.requests == []
    assert "Order 10023" in suggested(bot, "Where is my order?", slots={"order_number": "10023"})


def test_nothing_is_suggested_for_what_would_change_something_or_is_no_help_to_a_person(bot, shop):
    known = {"order_number": "10034"}
    for text in ("Please cancel my order 10034", "hello", "I want to talk to a person", "qwzx prlk", "yes"):
        assert suggested(bot, text, slots=known) == "", text
    assert suggested(bot, "I want my money back for order 10020") == ""  # above what the assistant decides
    assert {method for method, _ in shop.requests} <= {"GET"}


def test_a_suggestion_changes_nothing_of_the_conversation_and_is_not_remembered(bot, customer):
    """Whoever is asked about in the middle of a question of the assistant's finds it as it was."""
    someone = customer()
    assert "Shall I cancel it?" in texts(someone.says("Please cancel my order 10034"))
    for text in ("Where is my order 10023?", "yes", "Which payment methods do you accept?", "never mind"):
        suggest(bot, text, sender_id=someone.sender_id)
    kept = someone.says("no, leave it as it is")
    assert "10034" in texts(kept)
    assert kept["slots"]["order_number"] == "10034"
    suggest(bot, "Where is my order 10023?", sender_id="only asked")
    turn = bot.post(GOOD | {"text": "hello", "sender_id": "only asked"})[1]
    assert turn["slots"].get("order_number") is None


def test_a_suggestion_that_cannot_be_looked_up_in_time_is_none(bot, shop):
    shop.broken = True
    assert suggested(bot, "Where is my order 10023?") == ""
    shop.broken = False
    bot.actions.stop()
    try:
        assert suggested(bot, "Where is my order 10023?") == ""
        assert "PayPal" in suggested(bot, "Which payment methods do you accept?")
    finally:
        bot.start_actions()
    shop.gate.clear()
    assert suggested(bot, "Where is my order 10023?") == ""
    shop.gate.set()
    assert "Order 10023" in suggested(bot, "Where is my order 10023?")


def test_suggestions_have_the_turns_rules(bot):
    assert suggest(bot, "hello", key="wrong")[0] == 401
    assert suggest(bot, "")[0] == 400
    assert suggest(bot, "x" * 4001)[0] == 400
