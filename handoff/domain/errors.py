"""The one family of errors that the rules raise. Edges map `code` to an ack or an HTTP status."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Error codes of the wire contract."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE_OFFER = "stale_offer"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A command was refused, or has to be tried again later.

    `message` is read by people: what happened and what they can do. `retry_after_s` is set only where trying
    again later can help. `details` are JSON, for a page that can show more than the message.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        retry_after_s: int | None = None,
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        self.details = details


def bad_request(message: str) -> DomainError:
    return DomainError(Code.BAD_REQUEST, message)


def conflict(message: str) -> DomainError:
    return DomainError(Code.CONFLICT, message)


def forbidden(message: str) -> DomainError:
    return DomainError(Code.FORBIDDEN, message)


def not_found(message: str = "There is no such thing, or it is not yours to see.") -> DomainError:
    return DomainError(Code.NOT_FOUND, message)
