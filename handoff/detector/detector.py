"""The detector behind the service's port: requests for a person, and distress, over the packaged lexicon."""

from handoff.detector.distress import shows_distress
from handoff.detector.lexicon import Lexicon, packaged
from handoff.detector.requests import find_request
from handoff.domain.requests import Reading


class Detector:
    """Reads single messages. Pure once built: no I/O, and nothing of a message is kept."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        """Reads the packaged lexicon unless one is given; that takes part of a second, so build it once."""
        self._lexicon = packaged() if lexicon is None else lexicon

    def read(self, text: str) -> Reading:
        """How the text was read. `matched` is language, rule and lexicon entry, never the customer's words."""
        found = find_request(self._lexicon, text)
        return Reading(
            human_request=found.request,
            distress=shows_distress(text),
            matched=f"{found.language} {found.rule}" if found.language else "",
        )
