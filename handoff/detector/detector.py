"""The detector behind the service's port: requests for a person, and distress, by lexicon and trained model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handoff.detector.concepts import Concepts, packaged_concepts
from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.encoder import Encoder, is_known
from handoff.detector.features import pieces
from handoff.detector.lexicon import Kind, Lexicon, Match, WordsSeen, packaged
from handoff.detector.model import MEANING_LEAST, MEANING_MOST, Calibration, Model, packaged_model
from handoff.detector.requests import DOUBTFUL_RULES, NOTHING, Finding, added, read_clauses
from handoff.detector.text import Clause, clauses, said
from handoff.domain.requests import HumanRequest, Reading

if TYPE_CHECKING:
    from handoff.detector.meaning import Network

SURE_WORDS = (
    0.95  # chance by the words alone from which the second voice may doubt a request, and not deny it
)
NATURE_WORDS_MAX = 12  # nobody needs more to ask whether it is a robot; bounds the time for hostile text
_ITS_NATURE = (Kind.NATURE, Kind.BOT, Kind.POLITE)
_HUMAN_OR_BOT = (Kind.PERSON, Kind.BOT, Kind.POLITE)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the words of a message say, before they are weighed. None: it has no words."""

    message: Sequence[Clause]
    found: Finding
    request: float | None
    distress: float | None
    known: bool  # its language, by its words, to the encoder


class Detector:
    """Reads single messages. Pure once built: no I/O, and nothing of a message is kept.

    With an encoder a second voice is heard of messages that the words leave in doubt, as soon as it is ready.
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        phrases: DistressPhrases | None = None,
        model: Model | None = None,
        concepts: Concepts | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        """Reads the packaged files unless others are given; that takes part of a second, so build it once."""
        self._lexicon = packaged() if lexicon is None else lexicon
        self._concepts = packaged_concepts() if concepts is None else concepts
        self._distress = packaged_phrases() if phrases is None else phrases
        self._model = packaged_model() if model is None else model
        self._encoder = encoder
        self._network: Network | None = None

    def read(self, text: str) -> Reading:
        """How the text was read. `matched` is language, rule and lexicon entry, never the customer's words."""
        heard = self._hear(text)
        reading, is_sure = self._at_once(heard)
        return reading if is_sure else _not_silenced(reading, self._with_meaning(heard, text))

    def glance(self, text: str) -> tuple[Reading, bool]:
        """How the words alone are read, and whether `read` says the same; where it may not, it takes longer."""
        return self._at_once(self._hear(text))

    def _hear(self, text: str) -> _Heard:
        message = clauses(text)
        readings = read_clauses(self._lexicon, self._concepts, message)
        seen = pieces(readings, self._distress.show_in(message))
        return _Heard(
            message,
            max((its.finding for its in readings), key=lambda finding: finding.weight, default=NOTHING),
            self._model.request.total(seen),
            self._model.distress.total(seen),
            is_known(added(its.votes for its in readings)),
        )

    def _at_once(self, heard: _Heard) -> tuple[Reading, bool]:
        """By the words alone, where they are all there is to hear. Else, whatever the second voice might say, if that
        is one; and where it is not, the words alone are not sure."""
        request, distress = self._model.request.question, self._model.distress.question
        alone = self._reading(heard, (request.alone, distress.alone), (0.0, 0.0))
        if self._encoder is None or not (self._encoder.ready and heard.known and heard.request is not None):
            return alone, True
        least, most = (
            _not_silenced(
                alone, self._reading(heard, (request.together, distress.together), (extreme, extreme))
            )
            for extreme in (MEANING_LEAST, MEANING_MOST)
        )
        if (least.human_request, least.distress) == (most.human_request, most.distress):
            return replace(least, chance=alone.chance), True
        return alone, False

    def _with_meaning(self, heard: _Heard, text: str) -> Reading:
        assert self._encoder is not None
        if self._network is None:
            from handoff.detector.meaning import Network

            self._network = Network.from_bytes(self._model.network)
        request, distress = self._network.of_message(self._encoder.encode(said(text)))
        ways = self._model.request.question.together, self._model.distress.question.together
        return self._reading(heard, ways, (request, distress))

    def _reading(
        self, heard: _Heard, ways: tuple[Calibration, Calibration], meanings: tuple[float, float]
    ) -> Reading:
        found = heard.found
        chance = 0.0 if heard.request is None else ways[0].chance(heard.request, meanings[0])
        distress = 0.0 if heard.distress is None else ways[1].chance(heard.distress, meanings[1])
        ask_when_found, ask, clear, transfer = ways[0].at_least
        (distressed,) = ways[1].at_least
        request = HumanRequest.NO
        doubtful = found.rule.startswith(DOUBTFUL_RULES)  # "is anybody there?" is a greeting as well
        if not doubtful and chance >= (clear if found.request is HumanRequest.TRANSFER else transfer):
            request = HumanRequest.TRANSFER
        elif chance >= (ask_when_found if found.sure else ask) and not self._asks_what_it_is(heard.message):
            request = HumanRequest.ASK
        rule = f"{found.language} {found.rule}" if found.language else ""
        return Reading(
            human_request=request,
            distress=distress >= distressed,
            matched=rule if rule or request is HumanRequest.NO else "trained model",
            chance=round(chance, 3),
        )

    def _asks_what_it_is(self, message: Sequence[Clause]) -> bool:
        """Whether all of it, in one language, is "are you a robot?": that is answered, with the truth."""
        if sum(len(clause.words) for clause in message) > NATURE_WORDS_MAX:
            return False
        seen = WordsSeen()
        return all(self._is_about_its_nature(clause, seen) for clause in message)

    def _is_about_its_nature(self, clause: Clause, seen: WordsSeen) -> bool:
        symbols = self._lexicon.symbols(clause.words, seen)
        matches: dict[str, list[Match]] = {}
        for match in self._lexicon.matches(symbols, self._lexicon.languages):
            matches.setdefault(match.language, []).append(match)
        ways = (_ITS_NATURE, _HUMAN_OR_BOT) if clause.asks else (_ITS_NATURE,)
        return any(_covers(its, way, len(clause.words)) for its in matches.values() for way in ways)


def _covers(matches: Sequence[Match], way: Sequence[Kind], length: int) -> bool:
    """Whether matches of these kinds are all there is, with at least one of each of the first two."""
    telling = [its for its in matches if its.kind in way]
    covered = {at for its in telling for at in range(its.start, its.end)}
    return set(way[:2]) <= {its.kind for its in telling} and len(covered) == length


def _not_silenced(alone: Reading, together: Reading) -> Reading:
    """What the words are sure to be a request becomes a question at least: of a letter about something else with a
    request in half a sentence the second voice hears the letter."""
    heard = alone.human_request is not HumanRequest.NO and alone.chance >= SURE_WORDS
    if together.human_request is HumanRequest.NO and heard:
        return replace(together, human_request=HumanRequest.ASK)
    return together
