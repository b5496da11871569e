"""Logs as events with fields, one line each. Message texts and tokens never come here."""

from __future__ import annotations

import logging

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        shown = " ".join(f"{name}={value!r}" for name, value in fields.items())
        return f"{line}  {shown}" if shown else line


def set_up_logs(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("engineio", "socketio"):  # what they would log as an error we have logged ourselves
        logging.getLogger(name).setLevel(logging.CRITICAL)
