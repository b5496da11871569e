"""The detector behind the service's port: requests for a person, and distress, by lexicon and trained model."""

from collections.abc import Sequence

from handoff.detector.concepts import Concepts, packaged_concepts
from handoff.detector.distress import DistressPhrases, packaged_phrases
from handoff.detector.features import pieces
from handoff.detector.lexicon import Kind, Lexicon, Match, WordsSeen, packaged
from handoff.detector.model import Model, packaged_model
from handoff.detector.requests import DOUBTFUL_RULES, NOTHING, read_clauses
from handoff.detector.text import Clause, clauses
from handoff.domain.requests import HumanRequest, Reading

NATURE_WORDS_MAX = 12  # nobody needs more to ask whether it is a robot; bounds the time for hostile text
_ITS_NATURE = (Kind.NATURE, Kind.BOT, Kind.POLITE)
_HUMAN_OR_BOT = (Kind.PERSON, Kind.BOT, Kind.POLITE)


class Detector:
    """Reads single messages. Pure once built: no I/O, and nothing of a message is kept."""

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        phrases: DistressPhrases | None = None,
        model: Model | None = None,
        concepts: Concepts | None = None,
    ) -> None:
        """Reads the packaged files unless others are given; that takes part of a second, so build it once."""
        self._lexicon = packaged() if lexicon is None else lexicon
        self._concepts = packaged_concepts() if concepts is None else concepts
        self._distress = packaged_phrases() if phrases is None else phrases
        self._model = packaged_model() if model is None else model

    def read(self, text: str) -> Reading:
        """How the text was read. `matched` is language, rule and lexicon entry, never the customer's words."""
        message = clauses(text)
        readings = read_clauses(self._lexicon, self._concepts, message)
        phrases = self._distress.show_in(message)
        seen = pieces(readings, phrases)
        chance = self._model.request.chance(seen)
        distress = self._model.distress.chance(seen)
        ask_when_found, ask, clear, transfer = self._model.request.calibration.at_least
        (distressed,) = self._model.distress.calibration.at_least
        found = max((its.finding for its in readings), key=lambda finding: finding.weight, default=NOTHING)
        request = HumanRequest.NO
        doubtful = found.rule.startswith(DOUBTFUL_RULES)  # "is anybody there?" is a greeting as well
        if not doubtful and chance >= (clear if found.request is HumanRequest.TRANSFER else transfer):
            request = HumanRequest.TRANSFER
        elif chance >= (
            ask if found.request is HumanRequest.NO else ask_when_found
        ) and not self._asks_what_it_is(message):
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
