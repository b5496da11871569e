"""The detector behind the service's port: requests for a person, and distress, over the packaged lexicon."""

from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.lexicon import Lexicon, packaged
from handoff.detector.requests import find_request
from handoff.detector.text import clauses
from handoff.domain.requests import Reading


class Detector:
    """Reads single messages. Pure once built: no I/O, and nothing of a message is kept."""

    def __init__(self, lexicon: Lexicon | None = None, phrases: DistressPhrases | None = None) -> None:
        """Reads the packaged files unless others are given; that takes part of a second, so build it once."""
        self._lexicon = packaged() if lexicon is None else lexicon
        self._distress = packaged_phrases() if phrases is None else phrases

    def read(self, text: str) -> Reading:
        """How the text was read. `matched` is language, rule and lexicon entry, never the customer's words."""
        message = clauses(text)
        found = find_request(self._lexicon, message)
        return Reading(
            human_request=found.request,
            distress=self._distress.show_in(message),
            matched=f"{found.language} {found.rule}" if found.language else "",
        )
