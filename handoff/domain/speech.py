"""What the desk itself says in a conversation, in the customer's language; everything else the bot or a person says."""

from __future__ import annotations

from handoff.domain.events import Button
from handoff.domain.speech_form import Speech
from handoff.domain.speech_words import FURTHER

SPEECH: dict[str, Speech] = {
    "en": Speech(
        greeting=(
            "Hello! I am the AI assistant of {trader}. I answer routine questions at once. "
            "Whenever you like, tap “Talk to a person” or just say so, and a named colleague takes over."
        ),
        greeting_back=(
            "Welcome back, {name}! I am the AI assistant of {trader}. What can I do for you today? "
            "For a named colleague, tap “Talk to a person” or just say so."
        ),
        person_question="Would you rather talk to a person?",
        ask_for_person=Button(title="Talk to a person", payload="I would like to talk to a person"),
        other_language="The colleague who takes over may answer in another language than yours.",
        request_stands=(
            "Your request for a person stands; the time promised is shown above. "
            "You can go on writing here in the meantime."
        ),
        way_back="{agent} helped you a moment ago. One tap brings you back.",
        way_back_button=Button(
            title="Back to {agent}", payload="I would like to talk to a person again: {agent}"
        ),
        blocked=(
            "{agent} has ended this conversation, and you cannot write here any more. "
            "You can still read it and keep a copy. "
            "You reach us by post: {name}, {postal_address}; or by e-mail: {email}."
        ),
    ),
    "de": Speech(
        greeting=(
            "Hallo! Ich bin der KI-Assistent von {trader}. Häufige Fragen beantworte ich sofort. "
            "Wann immer Sie möchten: Tippen Sie auf „Mit einem Menschen sprechen“ oder schreiben Sie es einfach, "
            "dann übernimmt jemand aus unserem Team, mit Namen."
        ),
        greeting_back=(
            "Schön, dass Sie wieder da sind, {name}! Ich bin der KI-Assistent von {trader}. Was kann ich heute für "
            "Sie tun? Wenn Sie lieber mit jemandem reden: „Mit einem Menschen sprechen“."
        ),
        person_question="Möchten Sie lieber mit einem Menschen sprechen?",
        ask_for_person=Button(
            title="Mit einem Menschen sprechen", payload="Ich möchte mit einem Menschen sprechen"
        ),
        other_language="Wer jetzt übernimmt, antwortet Ihnen vielleicht in einer anderen Sprache.",
        request_stands=(
            "Ihre Anfrage gilt weiter; die zugesagte Zeit steht oben. "
            "Sie können hier inzwischen weiterschreiben."
        ),
        way_back="{agent} hat Ihnen eben geholfen. Einmal tippen, und Sie sind wieder dort.",
        way_back_button=Button(
            title="Zurück zu {agent}", payload="Ich möchte wieder mit einem Menschen sprechen: {agent}"
        ),
        blocked=(
            "{agent} hat dieses Gespräch beendet; Sie können hier nicht mehr schreiben. "
            "Lesen und aufbewahren können Sie es weiterhin. "
            "Sie erreichen uns per Post: {name}, {postal_address}; oder per E-Mail: {email}."
        ),
    ),
    **FURTHER,
}


def speech(language: str) -> Speech:
    """English stands in for a language that the desk does not speak itself."""
    return SPEECH.get(language, SPEECH["en"])
