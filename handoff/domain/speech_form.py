"""What the desk needs words for, and how they are filled. The words are in `speech.py` and `speech_words.py`."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.domain.desk import TraderAddress
from handoff.domain.events import Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """`greeting` takes `{trader}`, that of who comes back `{name}` too, the way back `{agent}`; both payloads are clear
    requests for a person. `blocked` takes `{agent}` and the trader's `{name}`, `{postal_address}` and `{email}`.
    `answers_in` follows the greeting; it says in which languages the assistant answers, where this one is none of them.
    `other_language` is said before a person is asked for, where none of them speaks this one.
    """

    greeting: str
    greeting_back: str
    person_question: str
    ask_for_person: Button
    other_language: str
    request_stands: str
    way_back: str
    way_back_button: Button
    blocked: str
    answers_in: str = ""

    def greet(self, trader: str, *, back: bool, name: str | None) -> str:
        """The first words of a conversation. `back`: they have been here before; `name`: None where it is not known."""
        known = back and name is not None
        said = (self.greeting_back if known else self.greeting).format(trader=trader, name=name)
        return f"{said} {self.answers_in}".rstrip()

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
