"""Bringing text into the form in which words are compared: folded, without accents, cut into clauses and words.

The lexicon and the customer's message go through the same functions, so that both sides always agree.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

CHARS_MAX = 4_000  # the longest message of the wire contract; of anything longer only both ends are read
WORD_CHARS_MAX = 40  # no word of the lexicon is nearly as long; the rest of a longer one is noise

_LETTERS = str.maketrans(
    {
        "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
        "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "′": "'",
    }
)  # fmt: skip
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e01ef]"
)
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# Letters in black circles and boxes and of flags, which have no plain form of their own in Unicode.
_PICTURED = {start + at: chr(97 + at) for start in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)}
_LONG_LIGATURES = re.compile(
    "[\ufdfa\ufdfb]"
)  # one sign that normalises to up to eighteen, costly by the thousand
_ADDRESS = re.compile(r"(?<!\S)(?:\S+@[^\s@]+\.\S+|https?:\S+|www\.\S+)")
_ELIDED_NOT = re.compile(r"n't\b")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile("[\\w\u0c80-\u0cff]+")
_NO_WORD = re.compile("[^\\w\u0c80-\u0cff*\n]+")
_CLAUSE_END = re.compile(r"[.!?;:,\n\r\t()\[\]{}\"„“”«»…–—|/\\¿¡*;·।]+|\s-+\s")

# How letters are hidden from filters, and from us: look-alikes of another script, digits for letters, gaps.
_OF_TWO_SCRIPTS = re.compile("(?<!\\w)(?=\\w*[a-z])(?=\\w*[\u0370-\u03ff\u0400-\u052f])\\w+")
_NOT_LATIN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_LOOK_LIKE_LATIN = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb\u0501"
    "\u03b1\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxsijhdaenikvoptux",
)
_LOOK_LIKE_CYRILLIC = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LOOK_LIKE_GREEK = str.maketrans("aeiknoptuvxy", "αεικηορτυνχγ")
_WITH_DIGITS = re.compile(
    r"(?<!\w)(?:[04](?=[^\W\d_]{3})|[^\W\d_])[^\W_]*\d[^\W\d_]\w*|(?<!\w)[04][^\W\d_]{4,}(?!\w)"
)
_FOR_LETTERS = str.maketrans("01345789", "oieastbg")
_AT_FOR_A = re.compile(r"(?<=[^\W\d_])@(?=[^\W\d_])")
_DOLLAR_FOR_S = re.compile(r"(?<=[^\W\d_])\$(?=[^\W\d_])")
_GAPS = re.compile(r"(?<!\w)[^\W\d_](?:[ .\-_*][^\W\d_]){3,}(?!\w)")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_ONE_LETTER_WORDS = frozenset("aeikosuvyz")  # "to a h u m a n"

_IS_GREEK = re.compile("[α-ώ]")
_IS_CYRILLIC = re.compile("[а-я]")
_DIGRAPHS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe"))
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ъ": "a",
    "ь": "y", "ю": "yu", "я": "ya",
}  # fmt: skip
_CYRILLIC_CHAT = _CYRILLIC | {"я": "q", "ж": "j", "й": "i", "ц": "c", "ъ": "u", "в": "v"}


LEET_CHARS_MIN = 4  # "b2b" and "4pm" are no words in disguise
CLAUSE_WORDS_MAX = 30  # a longer one is read in overlapping pieces, so that time grows with length only
CLAUSE_OVERLAP = 10


# What an encoder is given of a message: bounds for hostile text, as its time grows with the length.
SAID_CHARS_MAX = 300
SAID_PARTS_MAX = 6
SAID_PART_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Clause:
    """The words between two marks of punctuation, and whether a question mark ends them."""

    words: tuple[str, ...]
    asks: bool


def fold(text: str) -> str:
    """The text in lower case, without accents, with plain apostrophes and without invisible characters."""
    return _folded(text if text.isascii() else unicodedata.normalize("NFKC", text))


def _folded(text: str) -> str:
    if text.isascii():
        return _ELIDED_NOT.sub("nt", text.lower().replace("`", "'"))
    folded = _INVISIBLE.sub("", text).casefold().translate(_LETTERS)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    return _ELIDED_NOT.sub("nt", unicodedata.normalize("NFC", plain))


def words_of(folded: str) -> tuple[str, ...]:
    """The words of a folded text; letters written three times or more count once (`pleeease`)."""
    return tuple(word[:WORD_CHARS_MAX] for word in _WORD.findall(_STRETCHED.sub(r"\1", folded)))


def clauses(text: str) -> list[Clause]:
    """The message clause by clause, cut at punctuation. Addresses and empty clauses are left out."""
    plain = unicodedata.normalize("NFKC", _LONG_LIGATURES.sub(" ", _both_ends(text)))
    folded = _unhidden(_ADDRESS.sub(" ", _folded(_both_ends(plain))))
    found: list[Clause] = []
    start = 0
    for end in _CLAUSE_END.finditer(folded):
        _append(found, folded[start : end.start()], asks="?" in end.group())
        start = end.end()
    _append(found, folded[start:], asks=False)
    return found


def said(text: str) -> list[str]:
    """The message as it was written, then its clauses when there are several: for an encoder, which knows capitals and
    accents. Of long ones both ends."""
    plain = unicodedata.normalize("NFKC", _LONG_LIGATURES.sub(" ", _both_ends(text))).strip()
    clauses = (clause.strip() for clause in _CLAUSE_END.split(plain))
    parts = [part for part in clauses if any(map(str.isalpha, part))]
    if len(parts) > SAID_PARTS_MAX:
        parts = [*parts[: SAID_PARTS_MAX // 2], *parts[-SAID_PARTS_MAX // 2 :]]
    half = SAID_CHARS_MAX // 2
    whole = plain if len(plain) <= SAID_CHARS_MAX else f"{plain[:half]} {plain[-half:]}"
    return [whole or "-", *(part[:SAID_PART_CHARS_MAX] for part in parts if len(parts) > 1)]


def _unhidden(folded: str) -> str:
    """The folded text with words as they were meant: `p3rs0n`, `h u m a n`, `per$on`, look-alikes of another script."""
    if not folded.isascii():
        folded = _OF_TWO_SCRIPTS.sub(_of_one_script, folded.translate(_PICTURED))
    folded = _DOLLAR_FOR_S.sub("s", _AT_FOR_A.sub("a", folded))
    return _GAPS.sub(_without_gaps, _WITH_DIGITS.sub(_with_letters, folded))


def _of_one_script(found: re.Match[str]) -> str:
    word = found[0]
    others = _NOT_LATIN.findall(word)
    if 2 * len(others) <= len(word):
        return word.translate(_LOOK_LIKE_LATIN)
    return word.translate(_LOOK_LIKE_GREEK if others[0] < "\u0400" else _LOOK_LIKE_CYRILLIC)


def _with_letters(found: re.Match[str]) -> str:
    """`p3rs0n` as `person`; what has as many digits as letters, or few signs, is a number of something."""
    word = found[0]
    digits = sum(char.isdigit() for char in word)
    meant = len(word) >= LEET_CHARS_MIN and 2 * digits < len(word) and "2" not in word and "6" not in word
    return word.translate(_FOR_LETTERS) if meant else word


def _without_gaps(found: re.Match[str]) -> str:
    word = _NO_LETTERS.sub("", found[0])
    follows = found.start() > 0 and word[0] in _ONE_LETTER_WORDS
    return f"{word} {word[1:]}" if follows else word


def _both_ends(text: str) -> str:
    return text if len(text) <= CHARS_MAX else f"{text[: CHARS_MAX // 2]}\n{text[-CHARS_MAX // 2 :]}"


def _append(found: list[Clause], folded: str, *, asks: bool) -> None:
    words = words_of(folded)
    for start in range(0, max(1, len(words) - CLAUSE_OVERLAP), CLAUSE_WORDS_MAX - CLAUSE_OVERLAP):
        if piece := words[start : start + CLAUSE_WORDS_MAX]:
            found.append(Clause(piece, asks))


def spellings(entries: Sequence[str]) -> list[set[tuple[str, ...]]]:
    """For each lexicon entry the ways in which people type it: as it is, with digraphs, in Latin letters.

    `Rückruf` is also `rueckruf`; Greek and Bulgarian are also typed in Latin letters. A star at the end of a
    word, which stands for any ending, is kept. All entries are folded as one text, which is much faster.
    """
    lowered = unicodedata.normalize("NFC", "\n".join(entries)).casefold()
    variants = [lowered]
    if (with_digraphs := _replaced(lowered, _DIGRAPHS)) != lowered:
        variants.append(with_digraphs)
    if _IS_GREEK.search(lowered):
        variants.append(_spelled(fold(lowered).replace("ου", "ou"), _GREEK))
    if _IS_CYRILLIC.search(lowered):
        # й loses its breve in folding: spell it first
        variants += [_spelled(lowered, _CYRILLIC), _spelled(lowered, _CYRILLIC_CHAT)]
    lines = [_NO_WORD.sub(" ", _STRETCHED.sub(r"\1", fold(variant))).split("\n") for variant in variants]
    return [{words for line in ways if (words := tuple(line.split()))} for ways in zip(*lines, strict=True)]


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for letter, digraph in pairs:
        text = text.replace(letter, digraph)
    return text


def _spelled(text: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(char, char) for char in text)


_KANNADA_CONSONANTS = dict(
    zip(
        "ಕಖಗಘಙಚಛಜಝಞಟಠಡಢಣತಥದಧನಪಫಬಭಮಯರಲವಶಷಸಹಳ",
        "k kh g gh n ch ch j jh n t t d d n t th d dh n p f b bh m y r l v sh sh s h l".split(),
        strict=True,
    )
)
_KANNADA_VOWELS = dict(zip("ಅಆಇಈಉಊಋಎಏಐಒಓಔ", "a a i i u u ru e e ai o o au".split(), strict=True)) | dict(
    zip("ಾಿೀುೂೃೆೇೈೊೋೌ", "a i i u u ru e e ai o o au".split(), strict=True)
)
_KANNADA_SILENT = "್"
_IS_KANNADA = re.compile("[\u0c80-\u0cff]")


def romanised(word: str) -> str:
    """A folded Greek, Bulgarian or Kannada word in Latin letters, as people type it; any other word as it is."""
    if word.isascii():
        return word
    if _IS_KANNADA.search(word):
        return _kannada_in_latin(word)
    if _IS_GREEK.search(word):
        return _spelled(word.replace("ου", "ou"), _GREEK)
    return _spelled(word, _CYRILLIC)


def _kannada_in_latin(word: str) -> str:
    letters: list[str] = []
    for at, char in enumerate(word):
        if consonant := _KANNADA_CONSONANTS.get(char):
            following = word[at + 1 : at + 2]
            inherent = following != _KANNADA_SILENT and not (
                following in _KANNADA_VOWELS and following > "\u0cbd"
            )
            letters.append(consonant + ("a" if inherent else ""))
        elif char == "ಂ":
            letters.append("n")
        elif char != _KANNADA_SILENT:
            letters.append(_KANNADA_VOWELS.get(char, ""))
    return "".join(letters)
