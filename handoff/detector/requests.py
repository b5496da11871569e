"""Whether a message asks for a person: rules over the lexicon's matches, clause by clause.

The rules know no language; every language brings its words. A clause is read in the languages that its words
speak for, and the clearest clause decides for the message. Nothing here does I/O or keeps anything of a message.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from handoff.detector.concepts import Concepts, Mention
from handoff.detector.lexicon import OF_ROLES, Kind, Lexicon, Match, WordsSeen
from handoff.detector.text import Clause
from handoff.detector.typos import TWO_TYPOS_FROM
from handoff.domain.requests import HumanRequest

ASK_REACH = 7  # words between the wish and the person; more, and they belong to different thoughts
FIRM_REACH = 4  # up to as many unknown words between "talk to" and the person leave no doubt
SOLO_WORDS_MAX = 8  # a clause of nothing but a person and small words: "a real person please"
ALMOST_ALONE_CHARS_MIN = 4  # "om", a man in Romanian, is "about" in Swedish
PLAUSIBLE = 0.6  # a language counts when its words weigh at least this share of the best one's

WINDOW_WORDS = 8  # people ask for a person in fewer
WINDOW_STEP = 4
WINDOWS_MAX = 8  # of one message
CLEAR_AFTER = 6  # clauses: with a clear request among so many, the others are not read
FEW_WORDS = 3  # too few to tell their language
LANGUAGES_MAX = 4  # in which one clause is read; a single word may belong to a dozen that say the same of it
SIGNS_MAX = 24  # of a window; their pairs grow with the square
# Bounds for hostile text; nobody who wants a person needs as much to say so.
PERSONS_MAX = 4  # looked at in one clause
CLAUSES_MAX = (
    12  # that name a person at all, in one message; read from both ends, where people say what they want
)

_PERSONS = (Kind.PERSON, Kind.SOMEONE, Kind.TEAM)
_WISHES = (Kind.TALK, Kind.CONTACT, Kind.WANT)
_SIGNALS = frozenset({*_PERSONS, Kind.ROLE, Kind.REQUESTS, Kind.DOUBTFUL, Kind.BOT})
_CLARITY = {HumanRequest.NO: 0, HumanRequest.ASK: 1, HumanRequest.TRANSFER: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one clause says in one language. `ruled_out`: a person is spoken of, and clearly not asked for.

    `rule` names the rule and the lexicon entry, never the customer's words.
    """

    request: HumanRequest
    rule: str = ""
    language: str = ""
    ruled_out: bool = False
    alone: bool = False  # nothing but a person was named, no wish: the weakest of signs

    @property
    def weight(self) -> tuple[int, bool]:
        """By which the clearest finding wins."""
        return _CLARITY[self.request], self.ruled_out

    @property
    def sure(self) -> bool:
        """Whether a request was found, clear or not. A working person with an act is a sign, which the model weighs."""
        return self.request is not HumanRequest.NO and not self.rule.startswith(Kind.ROLE.value)

    @property
    def name(self) -> str:
        """What was found and by which rule, without the entry: the same in every language."""
        return f"{self.request} {self.rule.partition(':')[0]}"


_IS_THERE = "is there"
DOUBTFUL_RULES = (_IS_THERE, Kind.DOUBTFUL.value)  # what they find is asked, however likely it is
NOTHING = Finding(HumanRequest.NO)


@dataclass(frozen=True, slots=True)
class Window:
    """Some words on end, and the kinds of lexicon entries and the concepts in them: alone, in pairs and in order."""

    words: tuple[str, ...]
    signs: frozenset[str]


@dataclass(frozen=True, slots=True)
class ClauseReading:
    """One clause as the rules read it: all its words, and when they are many also overlapping windows of them.

    `votes`: how much its words speak for each language.
    """

    whole: Window
    windows: tuple[Window, ...]
    finding: Finding
    votes: Mapping[str, float]


def read_clauses(lexicon: Lexicon, concepts: Concepts, message: Sequence[Clause]) -> list[ClauseReading]:
    """Every clause with the clearest request for a person in it, in the order of the message."""
    seen = WordsSeen()
    readings: dict[int, ClauseReading] = {}
    read = 0
    windows_left = WINDOWS_MAX
    best = HumanRequest.NO
    for at in _from_both_ends(len(message)):
        clause = message[at]
        finding = NOTHING
        kept: list[Match] = []
        if read == CLAUSES_MAX or (best is HumanRequest.TRANSFER and len(readings) >= CLEAR_AFTER):
            readings[at] = ClauseReading(Window(clause.words, frozenset()), (), NOTHING, {})
            continue
        symbols = lexicon.symbols(clause.words, seen)
        found = concepts.find(clause.words)
        by_lexicon = lexicon.language_scores(symbols)
        scores = votes = added([by_lexicon, found.votes()])
        mentions: list[Mention] = []
        if scores:
            likely = _likely(scores)
            matches = lexicon.matches(symbols, likely)
            signals = any(match.kind in _SIGNALS for match in matches)
            if not signals and by_lexicon and len(clause.words) <= FEW_WORDS:
                # "consultant", an adviser in English, is asked for in Portuguese: of so few words none is overheard
                others = _likely(by_lexicon)
                matches_of_others = lexicon.matches(symbols, others)
                if any(match.kind in _SIGNALS for match in matches_of_others):
                    signals, scores, likely, matches = True, by_lexicon, others, matches_of_others
            if signals:
                read += 1
                finding = _in_likely_languages(lexicon, clause, matches, scores, likely)
                best = max(best, finding.request, key=lambda request: _CLARITY[request])
            kept = _longest([match for match in matches if match.language == likely[0]])
            if not any(match.kind is Kind.ROLE for match in kept):
                kept = [match for match in kept if match.kind not in OF_ROLES]
            mentions = found.mentions(likely[0])
        length = len(clause.words)
        reaches = _reaches(length)[:windows_left]
        windows_left -= len(reaches)
        windows = tuple(_window(clause, kept, mentions, *reach) for reach in reaches)
        readings[at] = ClauseReading(_window(clause, kept, mentions, 0, length), windows, finding, votes)
    return [readings[at] for at in range(len(message))]


def added(votes: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """By language."""
    total: dict[str, float] = {}
    for ones in votes:
        for language, weight in ones.items():
            total[language] = total.get(language, 0.0) + weight
    return total


def _reaches(length: int) -> list[tuple[int, int]]:
    """Where the windows of a clause of so many words start and end."""
    if length <= WINDOW_WORDS:
        return []
    starts = range(0, length - WINDOW_WORDS + WINDOW_STEP, WINDOW_STEP)
    return [(start, min(length, start + WINDOW_WORDS)) for start in starts]


def _window(
    clause: Clause, kept: Sequence[Match], mentions: Sequence[Mention], start: int, end: int
) -> Window:
    inside = [
        (match.start, -match.end, match.kind.value)
        for match in kept
        if match.start >= start and match.end <= end and match.kind is not Kind.POLITE
    ]
    inside += [
        (mention.start, -mention.end, mention.concept)
        for mention in mentions
        if mention.start >= start and mention.end <= end
    ]
    names = ["<", *(name for _, _, name in sorted(inside)[:SIGNS_MAX]), ">"]
    there = sorted(set(names[1:-1]))
    signs = {*there, "asks" if clause.asks else "says"}
    signs.update(f"{a} then {b}" for a, b in pairwise(names))
    signs.update(f"{a} then {b} then {c}" for a, b, c in zip(names, names[1:], names[2:], strict=False))
    signs.update(f"{a} with {b}" for a, b in combinations(there, 2))
    return Window(clause.words[start:end], frozenset(signs))


def _from_both_ends(length: int) -> Iterable[int]:
    for at in range((length + 1) // 2):
        yield at
        if at < length - 1 - at:
            yield length - 1 - at


def _likely(scores: dict[str, float]) -> list[str]:
    """The languages that the words speak for, the likeliest first."""
    enough = PLAUSIBLE * max(scores.values())
    likely = [language for language, score in scores.items() if score >= enough]
    return sorted(likely, key=lambda language: (-scores[language], language))[:LANGUAGES_MAX]


def _in_likely_languages(
    lexicon: Lexicon, clause: Clause, matches: list[Match], scores: dict[str, float], likely: list[str]
) -> Finding:
    """The clearest reading among the likely languages; the likeliest alone may rule a request out."""
    findings = [_in_language(lexicon, clause, matches, language) for language in likely]
    ruled_out = next((finding for finding in findings if finding.ruled_out), None)
    best = max(findings, key=lambda finding: finding.weight)
    certain = len(likely) == 1 or scores[likely[0]] > scores[likely[1]]
    if ruled_out and (best.alone or (certain and ruled_out is findings[0])):
        return ruled_out
    return best


def _in_language(lexicon: Lexicon, clause: Clause, matches: list[Match], language: str) -> Finding:
    mine = [match for match in matches if match.language == language]
    findings: list[Finding] = []
    doubts = clause.asks and not any(match.kind is Kind.NOT for match in mine)
    about_the_bot = doubts and any(match.kind is Kind.BOT for match in mine)
    for part in _parts(clause, mine):
        finding = part.read(lexicon.languages[language])
        if not (about_the_bot and finding.alone):  # "human or bot?"
            findings.append(finding)
        about_the_bot = about_the_bot or part.asks_about_the_bot()
    return max(findings, key=lambda finding: finding.weight, default=NOTHING)


def _parts(clause: Clause, matches: list[Match]) -> Iterable["_Part"]:
    """The clause, cut at the words that begin another one ("cancel it *and* get me someone")."""
    kept = _longest(matches)
    cuts = sorted({match.start for match in kept if match.kind is Kind.AND})
    start = 0
    for cut in [*cuts, len(clause.words)]:
        if cut > start:
            inside = [match for match in kept if match.start >= start and match.end <= cut]
            yield _Part(start, cut, clause.asks, inside)
        start = cut + 1


def _longest(matches: list[Match]) -> list[Match]:
    """The matches that count: "real estate agent" is no agent, and "talk about" no wish to talk."""
    strong = [match for match in matches if match.end - match.start > 1 or match.kind is Kind.NEVER]
    return [match for match in matches if not any(_outdoes(other, match) for other in strong)]


def _outdoes(other: Match, match: Match) -> bool:
    """Whether `match` means nothing because of `other`, which covers it or says that it means something else."""
    covers = other.start <= match.start and match.end <= other.end
    longer = other.end - other.start > match.end - match.start
    if other.kind is Kind.NEVER and match.kind is not Kind.NEVER:
        inside = match.start <= other.start and other.end <= match.end
        overlaps = other.start < match.end and match.start < other.end and not inside
        return covers or (match.kind is Kind.DOUBTFUL and overlaps)
    if not (covers and longer) or not OF_ROLES.isdisjoint({other.kind, match.kind}):
        return False
    if other.kind is Kind.WHY:  # "can I not" is no refusal, but still a wish
        return match.kind is Kind.NOT
    if match.kind is Kind.DOUBTFUL:
        return other.kind is Kind.REQUESTS
    return other.kind is not Kind.DOUBTFUL or match.kind is Kind.AND


class _Part:
    """One thought of a message in one language: words `start` to `end`, and what the lexicon found in them."""

    def __init__(self, start: int, end: int, asks: bool, matches: list[Match]) -> None:
        self.start = start
        self.end = end
        self.asks = asks
        self._by_kind: dict[Kind, list[Match]] = {}
        for match in matches:
            self._by_kind.setdefault(match.kind, []).append(match)
        self._small = self._places(Kind.POLITE)

    def read(self, person_first: bool) -> Finding:
        """The clearest of what each phrase and each person in it says."""
        findings = [self._phrase(match) for match in self._of(Kind.REQUESTS, Kind.DOUBTFUL)]
        findings += [self._person(match, person_first) for match in self._of(*_PERSONS)[:PERSONS_MAX]]
        findings += [self._role(match, person_first) for match in self._of(Kind.ROLE)[:PERSONS_MAX]]
        findings += [self._ruled_out(match, "never") for match in self._of(Kind.NEVER)]
        findings += [self._against_bot(match) for match in self._of(Kind.BOT)[:PERSONS_MAX]]
        return max(findings, key=lambda finding: finding.weight, default=NOTHING)

    def asks_about_the_bot(self) -> bool:
        return bool(self._of(Kind.NATURE))

    def _of(self, *kinds: Kind) -> list[Match]:
        return [match for kind in kinds for match in self._by_kind.get(kind, ())]

    def _places(self, *kinds: Kind) -> set[int]:
        return {at for match in self._of(*kinds) for at in range(match.start, match.end)}

    def _phrase(self, phrase: Match) -> Finding:
        request = HumanRequest.TRANSFER if phrase.kind is Kind.REQUESTS else HumanRequest.ASK
        if phrase.typo and phrase.end - phrase.start == 1:
            return NOTHING  # one mistyped word is too little to stand for a whole phrase
        if self._negated(phrase, phrase.start, phrase.end):
            return self._ruled_out(phrase, "negated")
        if phrase.kind is Kind.DOUBTFUL and self._of(Kind.PAST) and not self._of(Kind.WANT):
            return self._ruled_out(phrase, "past")
        return _finding(request, phrase.kind, phrase)

    def _against_bot(self, bot: Match) -> Finding:
        """ "I do not want a bot" asks for a person, if not in so many words."""
        wishes = self._of(Kind.WANT, Kind.TALK)
        if self._of(*_PERSONS) or self._of(Kind.NATURE) or not wishes:
            return NOTHING
        if any(0 <= bot.start - negation.end <= 4 for negation in self._of(Kind.NOT)):
            return _finding(HumanRequest.ASK, "not a bot", bot)
        return NOTHING

    def _person(self, person: Match, person_first: bool) -> Finding:
        talk = self._nearest(person, Kind.TALK)
        contact = self._nearest(person, Kind.CONTACT)
        want = self._nearest(person, Kind.WANT)
        if self._is_another(person, wished=self._wished(person, talk, contact, want)):
            return self._ruled_out(person, "another role")
        if self._about_the_bot(person, talk):
            return self._ruled_out(person, "nature")
        wishes = [wish for wish in (talk, contact, want) if wish is not None]
        begin = min([person.start, *(wish.start for wish in wishes)])
        end = max([person.end, *(wish.end for wish in wishes)])
        if self._negated(person, begin, end):
            return self._ruled_out(person, "negated")
        finding = self._wish(person, talk, contact, want, person_first)
        if self._of(Kind.PAST):
            return self._in_the_past(person, finding, spoken_to=talk is not None and want is not None)
        return finding

    def _role(self, role: Match, person_first: bool) -> Finding:
        """A working person is asked for who is to call me or to be put on, not one who was here or comes on Friday."""
        talk, come, want = (self._nearest(role, kind) for kind in (Kind.TALK, Kind.COME, Kind.WANT))
        if talk is not None and talk.start > role.start and want is None and not person_first:
            talk = None  # "which guide speaks German"
        acts = [act for act in (talk, come if self._of(Kind.ME) else None) if act is not None]
        if not acts or (self._of(Kind.PAST) and want is None):
            return NOTHING
        begin = min(role.start, *(act.start for act in acts))
        end = max(role.end, *(act.end for act in acts))
        if self._negated(role, begin, end):
            return NOTHING
        firm = talk is not None and want is not None and self._unknown_between(talk, role) <= FIRM_REACH
        return _finding(HumanRequest.TRANSFER if firm else HumanRequest.ASK, Kind.ROLE, role)

    def _wish(
        self, person: Match, talk: Match | None, contact: Match | None, want: Match | None, person_first: bool
    ) -> Finding:
        everywhere = range(self.start, self.end)
        said_all = self._covered(
            everywhere, Kind.TALK, Kind.CONTACT, Kind.WANT, Kind.WHY, Kind.EXIST, *_PERSONS
        )
        if talk is not None:
            return self._talk(person, talk, want, person_first, said_all)
        if contact is not None and (want is not None or self._words_between(contact, person) <= FIRM_REACH):
            firm = person.kind is Kind.PERSON and want is not None
            return _finding(HumanRequest.TRANSFER if firm else HumanRequest.ASK, "contact", person)
        if self._is_to_help(person):
            clear = want is not None or self.asks
            return _finding(HumanRequest.TRANSFER if clear else HumanRequest.ASK, "help", person)
        if want is not None:
            return self._want(person, want, said_all)
        if self._of(Kind.EXIST) and person.kind is not Kind.TEAM:
            near = self._words_between(self._of(Kind.EXIST)[0], person) <= FIRM_REACH
            return _finding(HumanRequest.ASK, _IS_THERE, person) if near else NOTHING
        return self._alone(person)

    def _talk(
        self, person: Match, talk: Match, want: Match | None, person_first: bool, said_all: bool
    ) -> Finding:
        if want is None and talk.start > person.start and not said_all:
            # "the agent wants to talk to me": elsewhere than in verb-last languages that person is the subject
            doubtful = person_first and person.kind is Kind.PERSON
            return _finding(HumanRequest.ASK, "talk after", person) if doubtful else NOTHING
        if self._unknown_between(talk, person) > FIRM_REACH:
            return _finding(HumanRequest.ASK, "talk far", person)
        if person.kind is not Kind.SOMEONE or want is not None or self.end - self.start <= SOLO_WORDS_MAX:
            return _finding(HumanRequest.TRANSFER, "talk", person)
        return _finding(HumanRequest.ASK, "talk", person)

    def _want(self, person: Match, want: Match, said_all: bool) -> Finding:
        gap = self._unknown_between(want, person)
        if gap == 0:
            clear = person.kind is Kind.PERSON and (said_all or want.start < person.start)
            return _finding(HumanRequest.TRANSFER if clear else HumanRequest.ASK, "want", person)
        if person.kind is Kind.PERSON and gap <= 2:
            return _finding(HumanRequest.ASK, "want near", person)
        return NOTHING

    def _is_to_help(self, person: Match) -> bool:
        near = any(self._words_between(person, help_) <= FIRM_REACH for help_ in self._of(Kind.HELP))
        return near and person.kind is Kind.PERSON

    def _alone(self, person: Match) -> Finding:
        """A person without a wish: the whole thought must be that person, give or take one word."""
        length = self.end - self.start
        if length > SOLO_WORDS_MAX:
            return NOTHING
        known = self._places(*_PERSONS)
        others = sum(1 for at in range(self.start, self.end) if at not in known and at not in self._small)
        if others == 0:
            clear = person.kind is Kind.PERSON and not person.typo
            request = HumanRequest.TRANSFER if clear else HumanRequest.ASK
            return Finding(request, f"alone: {person.entry}", person.language, alone=True)
        sure = not person.typo or len(person.entry) >= TWO_TYPOS_FROM
        sure = sure and len(person.entry) >= ALMOST_ALONE_CHARS_MIN
        if others == 1 and person.kind is Kind.PERSON and length <= 4 and sure:
            return Finding(HumanRequest.ASK, f"almost alone: {person.entry}", person.language, alone=True)
        return NOTHING

    def _in_the_past(self, person: Match, finding: Finding, *, spoken_to: bool) -> Finding:
        """Somebody who tells of an agent may still ask for one, but then says so with a wish to talk."""
        if finding.request is HumanRequest.TRANSFER and spoken_to:
            return finding
        if finding.request is HumanRequest.TRANSFER and finding.rule.startswith("want"):
            return _finding(HumanRequest.ASK, "want after past", person)
        return self._ruled_out(person, "past")

    def _wished(self, person: Match, talk: Match | None, contact: Match | None, want: Match | None) -> bool:
        """Whether somebody is wished for before being named: then "my agent" may well be one of ours."""
        wanted = want is not None and want.start < person.start and self._unknown_between(want, person) == 0
        return wanted or any(
            wish is not None and (wish.start < person.start or want is not None) for wish in (talk, contact)
        )

    def _is_another(self, person: Match, *, wished: bool) -> bool:
        """ "The delivery agent", "my manager": a person, but not one of ours to be connected with."""
        for match in self._of(Kind.OTHER, Kind.MINE):
            if match.kind is Kind.MINE and person.kind is Kind.TEAM:
                continue  # "somebody from the accounts department" is one of ours
            after = match.start == person.end and match.start not in self._small
            near = after or 0 <= person.start - match.end <= 1
            if near and not (match.kind is Kind.MINE and wished):
                return True
        return False

    def _about_the_bot(self, person: Match, talk: Match | None) -> bool:
        for nature in self._of(Kind.NATURE):
            asked_since = talk is not None and talk.start >= nature.end
            if 0 <= person.start - nature.end <= FIRM_REACH and not asked_since:
                return True
        return False

    def _negated(self, person: Match, begin: int, end: int) -> bool:
        return any(self._negates(negation, person, begin, end) for negation in self._of(Kind.NOT))

    def _negates(self, negation: Match, person: Match, begin: int, end: int) -> bool:
        for bot in self._of(Kind.BOT):
            # "not with a bot but a person": the negation is spent on the bot
            if 0 <= bot.start - negation.end <= 3 and (
                bot.start < person.start or negation.start > person.start
            ):
                return False
        if negation.start < end and begin < negation.end:
            return True
        if negation.end <= begin:
            return begin - negation.end <= 3 and self._says_nothing(negation.end, begin)
        return (
            negation.start - end <= 2
            and self._says_nothing(end, negation.start)
            and self.end - negation.end <= 1
        )

    def _ruled_out(self, person: Match, rule: str) -> Finding:
        if rule == "negated" and person.kind is not Kind.TEAM and self._of(Kind.WHY):
            return _finding(HumanRequest.ASK, "complaint", person)
        return Finding(HumanRequest.NO, f"{rule}: {person.entry}", person.language, ruled_out=True)

    def _nearest(self, person: Match, kind: Kind) -> Match | None:
        reachable = [
            match
            for match in self._of(kind)
            if self._words_between(match, person) <= ASK_REACH and not self._broken_between(match, person)
        ]
        return min(reachable, key=lambda match: self._words_between(match, person), default=None)

    def _words_between(self, a: Match, b: Match) -> int:
        return max(b.start - a.end, a.start - b.end, 0)

    def _broken_between(self, a: Match, b: Match) -> bool:
        """Whether something else is asked for: "give me *the contact details* of customer service"."""
        first, second = (a, b) if a.start < b.start else (b, a)
        return any(first.end <= other.start < second.start for other in self._of(Kind.NEVER))

    def _unknown_between(self, a: Match, b: Match) -> int:
        first, second = (a, b) if a.start < b.start else (b, a)
        return sum(1 for at in range(first.end, second.start) if at not in self._small)

    def _says_nothing(self, start: int, end: int) -> bool:
        """Whether there are only small words and wishes from `start` to `end`."""
        return self._covered(range(start, end), *_WISHES)

    def _covered(self, places: Iterable[int], *kinds: Kind) -> bool:
        """Whether words of these kinds and small words are all there is."""
        covered = self._places(*kinds)
        return all(at in covered or at in self._small for at in places)


def _finding(request: HumanRequest, rule: str, match: Match) -> Finding:
    return Finding(request, f"{rule}: {match.entry}", match.language)
