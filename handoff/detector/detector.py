"""The detector behind the service's port: requests for a person, and distress, by lexicon and trained model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handoff.detector.concepts import Concepts, packaged_concepts
from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.encoder import Encoder
from handoff.detector.features import pieces
from handoff.detector.lexicon import Kind, Lexicon, Match, WordsSeen, packaged
from handoff.detector.model import Calibration, Model, packaged_model
from handoff.detector.requests import DOUBTFUL_RULES, NOTHING, Finding, read_clauses
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


class Detector:
    """Reads single messages. Pure once built: no I/O, and nothing of a message is kept.

    With an encoder that is ready a second voice is heard: a message takes some hundredths of a second then.
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
        alone = self._alone(heard)
        if not self._is_heard_twice(heard):
            return alone
        return _not_silenced(alone, self._with_meaning(heard, text))

    def glance(self, text: str) -> tuple[Reading, bool]:
        """How the words alone are read, and whether that is all that `read` does; where not, it takes longer."""
        heard = self._hear(text)
        return self._alone(heard), not self._is_heard_twice(heard)

    def _hear(self, text: str) -> _Heard:
        message = clauses(text)
        readings = read_clauses(self._lexicon, self._concepts, message)
        seen = pieces(readings, self._distress.show_in(message))
        return _Heard(
            message,
            max((its.finding for its in readings), key=lambda finding: finding.weight, default=NOTHING),
            self._model.request.total(seen),
            self._model.distress.total(seen),
        )

    def _is_heard_twice(self, heard: _Heard) -> bool:
        return self._encoder is not None and self._encoder.ready and heard.request is not None

    def _alone(self, heard: _Heard) -> Reading:
        request, distress = self._model.request.question, self._model.distress.question
        return self._reading(heard, (request.alone, distress.alone), (0.0, 0.0))

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
