"""How the figures are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of a table; the ratio is ours to the relay's."""

    name: str
    relay: float
    ours: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.ours / self.relay

    def values(self) -> list[float]:
        """Relay, ours, ratio."""
        return [round(self.relay, 3), round(self.ours, 3), round(self.ratio, 3)]

    def __str__(self) -> str:
        return f"{self.name:48} {self.relay:10.2f} {self.ours:10.2f}  {self.unit:6} {self.ratio:7.2f}"


def in_rows(rows: Sequence[Row]) -> str:
    head = f"{'':48} {'relay':>10} {'ours':>10}  {'':6} {'ratio':>7}"
    return "\n".join([head, *(str(row) for row in rows)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        limit = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        return f"{'reached    ' if self.reached else 'NOT REACHED'} {self.name}: {self.value:.2f} ({limit})"
