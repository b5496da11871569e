"""What the desk itself says in a conversation, in the customer's language; everything else the bot or a person says."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.domain.desk import TraderAddress
from handoff.domain.events import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """`greeting` takes `{trader}`, that of who comes back `{name}` too, the way back `{agent}`; both payloads are clear
    requests for a person. `blocked` takes `{agent}` and the trader's `{name}`, `{postal_address}` and `{email}`."""

    greeting: str
    greeting_back: str
    person_question: str
    ask_for_person: Button
    request_stands: str
    way_back: str
    way_back_button: Button
    blocked: str

    def greet(self, trader: str, *, back: bool, name: str | None) -> str:
        """The first words of a conversation. `back`: they have been here before; `name`: None where it is not known."""
        if back and name is not None:
            return self.greeting_back.format(trader=trader, name=name)
        return self.greeting.format(trader=trader)

    def shut_out(self, agent: str, trader: TraderAddress) -> str:
        """What a customer is told whom the agent of that name has blocked."""
        return self.blocked.format(
            agent=agent, name=trader.name, postal_address=trader.postal_address, email=trader.email
        )

    def way_back_to(self, agent: str) -> tuple[str, Button]:
        """The offer to go back to the agent of that name: what is said, and the button."""
        button = Button(
            title=self.way_back_button.title.format(agent=agent),
            payload=self.way_back_button.payload.format(agent=agent),
        )
        return self.way_back.format(agent=agent), button


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
            "dann übernimmt ein Mensch mit Namen."
        ),
        greeting_back=(
            "Schön, dass Sie wieder da sind, {name}! Ich bin der KI-Assistent von {trader}. Was kann ich heute für "
            "Sie tun? Einen Menschen mit Namen bekommen Sie über „Mit einem Menschen sprechen“."
        ),
        person_question="Möchten Sie lieber mit einem Menschen sprechen?",
        ask_for_person=Button(
            title="Mit einem Menschen sprechen", payload="Ich möchte mit einem Menschen sprechen"
        ),
        request_stands=(
            "Ihre Bitte um einen Menschen gilt weiter; die zugesagte Zeit steht oben. "
            "Sie können hier inzwischen weiterschreiben."
        ),
        way_back="{agent} hat Ihnen eben geholfen. Ein Tipp bringt Sie zurück.",
        way_back_button=Button(
            title="Zurück zu {agent}", payload="Ich möchte wieder mit einem Menschen sprechen: {agent}"
        ),
        blocked=(
            "{agent} hat dieses Gespräch beendet; Sie können hier nicht mehr schreiben. "
            "Lesen und aufbewahren können Sie es weiterhin. "
            "Sie erreichen uns per Post: {name}, {postal_address}; oder per E-Mail: {email}."
        ),
    ),
}


def speech(language: str) -> Speech:
    """English stands in for a language that the desk does not speak itself."""
    return SPEECH.get(language, SPEECH["en"])
