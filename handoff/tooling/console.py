"""Writes the supervisor's and the parts' lines to standard output without ever waiting for whoever reads it.

If it waited, a pipe that nobody reads would fill up and stop every part with it, and customers with them. So
a line that finds no room after a while is dropped, and the loss is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES_MAX = 5000  # about a megabyte of waiting output
CHUNK_BYTES = (
    4096  # a pipe that is ready for writing takes PIPE_BUF bytes, which is 4096 on Linux, without waiting
)


class Console:
    """Lines for one file descriptor; use it inside a running event loop and `close` it at the end."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._rest = b""
        self._writing = False
        self._broken = False

    def say(self, text: str, *, part: str = "byname") -> None:
        """Write one line, or each line of a longer text, marked with the part that it comes from."""
        for line in text.splitlines() or [""]:
            self.write(part, line.encode(errors="replace"))

    def write(self, part: str, line: bytes) -> None:
        """Write one line of a part's own output; bytes, since a part may say anything."""
        if self._broken:
            return
        if len(self._lines) >= LINES_MAX:
            self._dropped += 1
            return
        if self._dropped:
            lost, self._dropped = self._dropped, 0
            self._lines.append(b"byname  | %d lines were lost: nobody was reading\n" % lost)
        self._lines.append(b"%-7s | %s\n" % (part.encode(), line.rstrip(b"\r\n")))
        self._start_writing()

    def close(self) -> None:
        """Write out what is waiting, as far as it is taken without delay."""
        loop = asyncio.get_running_loop()
        if self._writing:
            self._writing = False
            loop.remove_writer(self._descriptor)
        os.set_blocking(self._descriptor, False)
        try:
            for chunk in self._chunks():
                os.write(self._descriptor, chunk)
        except OSError:  # full or gone: nobody is reading
            self._broken = True
        finally:
            with contextlib.suppress(OSError):
                os.set_blocking(self._descriptor, True)

    def _start_writing(self) -> None:
        if self._writing:
            return
        try:
            asyncio.get_running_loop().add_writer(self._descriptor, self._write_some)
            self._writing = True
        except PermissionError:  # a regular file, which cannot be waited for and need not be
            for chunk in self._chunks():
                self._put(chunk)

    def _write_some(self) -> None:
        chunk = next(self._chunks(), b"")
        if chunk:
            self._put(chunk)
        if self._broken or not (self._lines or self._rest):
            self._writing = False
            asyncio.get_running_loop().remove_writer(self._descriptor)

    def _put(self, chunk: bytes) -> None:
        try:
            written = os.write(self._descriptor, chunk)
        except BlockingIOError:
            written = 0
        except OSError:  # the reader is gone: the product goes on without being watched
            self._broken = True
            self._lines.clear()
            self._rest = b""
            return
        self._rest = chunk[written:] + self._rest

    def _chunks(self) -> Iterator[bytes]:
        while self._lines or self._rest:
            while self._lines and len(self._rest) < CHUNK_BYTES:
                self._rest += self._lines.popleft()
            chunk, self._rest = self._rest[:CHUNK_BYTES], self._rest[CHUNK_BYTES:]
            yield chunk
