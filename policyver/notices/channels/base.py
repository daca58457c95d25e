"""What all channels share: what goes out, and how a send ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Protocol

from policyver.notices.composing import Content


class Status(StrEnum):
    """How a send ended."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    """Not now: worth trying again."""
    REFUSED = "refused"
    """Never: trying again would change nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a send ended, and why."""

    status: Status
    reason: str = ""
    retry_after: float | None = None
    """Seconds that the other side asked to wait."""
    channel_down: bool = False
    """Whether the channel itself failed, so that the next message would fare no better."""


DELIVERED = Receipt(Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out. `address` is empty for a channel that has one receiver."""

    key: str
    content: Content
    address: str
    name: str
    language: str
    is_courtesy: bool
    unsubscribe_url: str
    queued_at: int
    """Milliseconds since 1970; the date of the message, the same at every attempt."""


class Sender(Protocol):
    """An opened channel."""

    def send(self, message: Outgoing) -> Receipt:
        """Hand a message over; never raises for what the other side does."""

    def close(self) -> None: ...


def from_http_status(status: int, retry_after: str | None, now: dt.datetime) -> Receipt:
    """What an HTTP status means (RFC 9110 §15): 2xx taken; 408, 425, 429 and 5xx worth trying again; else refused."""
    if 200 <= status < 300:
        return DELIVERED
    if status in (408, 425, 429) or status >= 500:
        return Receipt(Status.DEFERRED, f"HTTP {status}", _seconds(retry_after, now), channel_down=status in (429, 503))
    if 300 <= status < 400:
        return Receipt(Status.REFUSED, f"HTTP {status}: redirects are not followed")
    return Receipt(Status.REFUSED, f"HTTP {status}")


def _seconds(written: str | None, now: dt.datetime) -> float | None:
    """A Retry-After (RFC 9110 §10.2.3), as seconds or date; at most a day."""
    if not written:
        return None
    try:
        seconds = float(written)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(written) - now).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), 86_400.0) if seconds == seconds else None
