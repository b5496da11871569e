"""What the desk itself says in a conversation, in the customer's language; everything else the bot or a person says."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.domain.events import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """`greeting` takes `{trader}`; the payload of `ask_for_person` is a clear request for a person."""

    greeting: str
    person_question: str
    ask_for_person: Button
    request_stands: str


SPEECH: dict[str, Speech] = {
    "en": Speech(
        greeting=(
            "Hello! I am the AI assistant of {trader}. I answer routine questions at once. "
            "Whenever you like, tap “Talk to a person” or just say so, and a named colleague takes over."
        ),
        person_question="Would you rather talk to a person?",
        ask_for_person=Button(title="Talk to a person", payload="I would like to talk to a person"),
        request_stands=(
            "Your request for a person stands; the time promised is shown above. "
            "You can go on writing here in the meantime."
        ),
    ),
    "de": Speech(
        greeting=(
            "Hallo! Ich bin der KI-Assistent von {trader}. Häufige Fragen beantworte ich sofort. "
            "Wann immer Sie möchten: Tippen Sie auf „Mit einem Menschen sprechen“ oder schreiben Sie es einfach, "
            "dann übernimmt ein Mensch mit Namen."
        ),
        person_question="Möchten Sie lieber mit einem Menschen sprechen?",
        ask_for_person=Button(
            title="Mit einem Menschen sprechen", payload="Ich möchte mit einem Menschen sprechen"
        ),
        request_stands=(
            "Ihre Bitte um einen Menschen gilt weiter; die zugesagte Zeit steht oben. "
            "Sie können hier inzwischen weiterschreiben."
        ),
    ),
}


def speech(language: str) -> Speech:
    """English stands in for a language that the desk does not speak itself."""
    return SPEECH.get(language, SPEECH["en"])
