"""What a message means where it stands: after what was said before, and in answer to what was just asked.

"And when will it arrive?" is about the order that was just spoken of, and "hang on" no wish for the shop's telephone
number. A sentence by itself does not say so, so the classifier cannot know. Only short messages without a number are
read anew, and by their wording; nothing is changed in the shop by it without a question before. No Rasa here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WORDS_MAX = 9  # who writes more says by it what is meant

ORDER, RETURN, REFUND, INVOICE = "order", "return", "refund", "invoice"
_TOPIC_OF = {
    "action_track_order": ORDER,
    "action_cancel_order": ORDER,
    "action_check_cancellation_fee": ORDER,
    "action_get_refund": RETURN,
    "utter_check_refund_policy": RETURN,
    "action_track_refund": REFUND,
    "action_check_invoice": INVOICE,
    "action_get_invoice": INVOICE,
}
_WHEN_OF = {
    ORDER: "track_order",
    RETURN: "check_refund_policy",
    REFUND: "track_refund",
    INVOICE: "check_invoice",
}
_NEEDS = {
    "track_order": "order_number",
    "cancel_order": "order_number",
    "get_refund": "order_number",
    "track_refund": "refund_number",
    "check_invoice": "invoice_number",
    "get_invoice": "invoice_number",
}
NUMBERS = frozenset(_NEEDS.values())
_NEVER_READ_ANEW = frozenset({"request_human", "complaint", "misunderstood", "goodbye"})


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# When it comes, or where it is: "it", and no thing that is named; in German an article looks like a pronoun.
_WHEN = _pattern(
    r"\b(?:when|what day|which day|how (?:much )?long(?:er)?)\b.*\b(?:it|they|that|this|them)\b.*"
    r"\b(?:arrive|arrives|come|comes|coming|here|there|delivered|take|takes|show up|due|paid|back)\b",
    r"\b(?:where(?:'?s| is| are)|wo (?:ist|bleibt|sind)) (?:it|they|that|sie|es|das|die)(?: now| denn| jetzt)?\W*$",
    r"\bwhen (?:do|will|can|would|should) (?:i|we) (?:get|receive|have|expect) (?:it|them|that)\b",
    r"\b(?:wann|wie lange?|an welchem tag)\b"
    r"(?=.*\b(?:komm\w*|an|da|bekomm\w*|krieg\w*|trifft|geliefert|zugestellt|dauert|hier|fällig|zurück)\b)"
    r"(?=.*\b(?:sie|es|ihn|das|die|der|den)\b(?:\W*$|\W+(?:an|da|denn|dann|noch|jetzt|nun|endlich|eigentlich|genau"
    r"|ungefähr|etwa|voraussichtlich|wohl|so|bei|hier|zurück|zugestellt|geliefert|fällig|ankommen|ein)\b))",
)
_PART = _pattern(
    r"\bwhat(?: exactly)? did i (?:order|buy)\b",
    r"\bwhat(?:'s| is| was) in it\b",
    r"\bwas (?:genau )?(?:habe?|hatte) ich (?:da |denn |eigentlich |noch ?mal |genau )*bestellt\b",
    r"\bwas ist (?:da |denn )*dr?in\b",
    r"\b(?:what|who|which)\b.*\b(?:tracking number|carrier|courier)\b",
    r"\b(?:welche[rmsn]?|wie|mit wem)\b.*\b(?:sendungsnummer|paketdienst|versender)\b",
    r"\b(?:is|was|has) (?:it|that) (?:now |been |already )*cancell?ed\b",
    r"\bist (?:sie|es|das|die) (?:jetzt |schon |nun |denn )*storniert\b",
)
_NOT_HERE = _pattern(
    r"\b(?:don'?t|do not|haven'?t|have not|didn'?t|never) (?:have|got|get|received?|had) (?:it|anything|them|that)\b",
    r"\b(?:never|not|hasn'?t|didn'?t) (?:arrived?|come|came|been delivered|shown up|show up|here)\b",
    r"\b(?:nicht|nie|nichts) (?:da|hier|angekommen|bekommen|erhalten|gekommen|zugestellt)\b",
)
_CANCEL_IT = _pattern(
    r"\bcancel (?:it|that|this|them)\b", r"\b(?:sie|es|das|die|ihn|doch|bitte|dann|ja)\b.*\bstornier"
)
_CANCEL_NOT = _pattern(
    r"\b(?:don'?t|do not|didn'?t|did not|not|never)"
    r"(?: (?:want|wanna|wish|mean|need|going|trying|asking|to|you|please))* cancel",
    r"(?<!kann )(?<!kann ich )(?<!kann sie )(?<!kann es )(?<!sich )\bnicht (?:mehr )?stornier",
    r"\bstornieren (?:will|möchte|wollte|soll\w*)\b.{0,25}\bnicht\b",
)
_YES_CANCEL = _pattern(
    r"^(?:(?:yes|yeah|yep|ok|okay|sure|please|ja|jo|klar|genau|bitte|go ahead|do it)\W+)*(?:and |und )?"
    r"(?:cancel|storniere?n?|stornieren sie)(?: (?:it|that|this|the order|my order|please|now|bitte|sie|es|das|die"
    r"|die bestellung|meine bestellung|jetzt))*\W*$"
)
_NOT = _pattern(r"\b(?:not|no|don'?t|never|nicht|nein|kein\w*)\b")
_COST = _pattern(r"\b(?:costs?|fees?|charged?|how much|kostet|kosten|gebühr(?:en)?|wie ?viel)\b")
_PAID = _pattern(r"\b(?:paid|transferred|wired|bezahlt|gezahlt|beglichen|überwiesen|ueberwiesen)\b")

_WAIT = _pattern(
    r"^(?:(?:ok|okay|oh|um|uh|ja|yes|sure|klar|ähm?|na)\W+)?(?:just )?"
    r"(?:(?:a|an|one|1)\W(?:moment|minute|min|sec|second)s?|(?:hang|hold) on|wait|moment|second|sec"
    r"|give me (?:a|one) \w+|(?:einen?|nen|ne) (?:kleinen |kurzen )?(?:moment|augenblick|sekunde|minute)"
    r"|augenblick|sekunde|warte\w*(?: sie)?)"
    r"(?:\W*$|\W+(?:please|pls|bitte|mal|kurz|eben|let me|need|i need|i have|i'?ll|ich|muss|such|schau)\b.*$)",
    r"^(?:(?:ok|okay|yes|sure)\W+)?(?:let me|i'?ll|i will|i (?:need|have) to|need to|got to) (?:go |quickly |just )?"
    r"(?:look|find|check|search|get|grab)\b",
    r"^(?:(?:ok|ja|klar)\W+)?(?:ich )?(?:muss|suche?|schaue?|hole?)\b.*\b(?:nummer|nach|suchen|schauen|sie)\b",
)
_WHAT = _pattern(  # or an address in the place of a number
    r"^(?:(?:sorry|wie)\W+)?(?:what|huh|h[äa]+h?|was|bitte|pardon|excuse me)\W*$", r"\S@\S"
)
_NUMBER = _pattern(r"number|nummer|\bnr\b|\bno\.|confirmation|bestätigung")
_WHERE = _pattern(r"\b(?:where|when|track\w*|status|wo|wann|kommt)\b")
_OF_ORDER = _pattern(r"\border\b|bestell")  # where another number was asked for
_HOW_LONG = _pattern(r"\bhow (?:long|many days)\b|\buntil when\b|\bwie (?:lang|viele tage)|\bbis wann\b")
_OTHER_NUMBER = _pattern(
    r"phone|telefon|hotline|\bcall|anruf|tracking|sendung|customer|kunden|account|konto|house|haus"
)
_MISSING = _pattern(
    r"\b(?:don'?t|do not|haven'?t|can'?t|cannot|couldn'?t|lost|without|forgot|deleted|where|what|which|find|no|only)\b",
    r"\b(?:nicht|kein\w*|verloren|verlegt|weg|gelöscht|wo|woher|welche\w*|ohne|vergessen|finde|nur)\b",
)
_MISSING_IT = _pattern(
    r"^(?:(?:sorry|but)\W+)?(?:i )?(?:(?:don'?t|do not) (?:have|know|remember)|can'?t find|cannot find|lost)"
    r"(?: it| that| one)?\W*$",
    r"^(?:no idea|keine ahnung)\W*$",
    r"^(?:(?:aber|leider)\W+)?(?:das |die )?(?:wei(?:ß|ss)|habe?|finde) ich (?:leider |gerade |grad |jetzt )*"
    r"nicht(?: da| dabei| zur hand| mehr)*\W*$",
)


@dataclass(frozen=True)
class Situation:
    """Where a conversation is: the form that is open and what it asked for, else None; and of what the assistant told
    something last, None when of nothing."""

    form: str | None = None
    asked_for: str | None = None
    topic: str | None = None


def topic_of(actions: list[str], knows_order: bool) -> str | None:
    """By the actions of a conversation, the latest last. An order that was carried over to a new one counts as well."""
    last = next((_TOPIC_OF[name] for name in reversed(actions) if name in _TOPIC_OF), None)
    return last or (ORDER if knows_order else None)


def wishes(intents: list[str], text: str, known: set[str]) -> list[str]:
    """What a message asks, in the order in which it is seen to: of two wishes first the one whose number is `known`.

    Who writes not to want to cancel is believed: what else is asked then stays, or a no. `intents` as they were read.
    """
    if "cancel_order" in intents and _CANCEL_NOT.search(text):
        intents = [it for it in intents if it != "cancel_order"] or ["deny"]
    return (
        sorted(intents, key=lambda it: _NEEDS.get(it, "") not in known) if _NEEDS.get(intents[0]) else intents
    )


def understood(intent: str, text: str, situation: Situation) -> str:
    """The intent of a message in its place: `intent`, as the classifier read it, where its place says nothing else."""
    if intent in _NEVER_READ_ANEW or len(text.split()) > WORDS_MAX:
        return intent
    if situation.form is not None:
        return _answering(intent, text, situation)
    return intent if re.search(r"\d", text) else _following(intent, text, situation.topic)


def _answering(intent: str, text: str, situation: Situation) -> str:
    """In answer to a question: whether to cancel an order, or for a number."""
    if situation.asked_for in ("invoice_number", "refund_number") and intent == "track_order":
        return "help" if _OF_ORDER.search(text) and not _WHERE.search(text) else intent
    if re.search(r"\d", text):
        return intent
    if situation.asked_for == "cancel_confirmed":
        if _WHAT.search(text):
            return "cancel_order"  # it asks once more
        if _COST.search(text):
            return "check_cancellation_fee"
        return "affirm" if _YES_CANCEL.search(text) else intent
    if _WAIT.search(text):
        return "affirm"
    asks_for_it = _NUMBER.search(text) and _MISSING.search(text) and not _OTHER_NUMBER.search(text)
    if asks_for_it or _MISSING_IT.search(text) or _WHAT.search(text):
        return "help"
    if situation.form in ("get_refund_form", "track_refund_form") and intent == "delivery_period":
        return "check_refund_policy"  # how long it takes, and it is the refund
    return intent


def _following(intent: str, text: str, topic: str | None) -> str:
    if topic is None:
        return intent
    if _WHEN.search(text):
        return _WHEN_OF[topic]
    if topic == RETURN and _HOW_LONG.search(text):
        return "check_refund_policy"
    if topic == INVOICE and _PAID.search(text) and intent != "check_payment_methods":
        return "check_invoice"
    if topic in (ORDER, RETURN):
        if _PART.search(text) or _NOT_HERE.search(text):
            return "track_order"
        if _CANCEL_IT.search(text) and not (_NOT.search(text) or _COST.search(text)):
            return "cancel_order"
    return intent
