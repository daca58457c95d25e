"""What HTTP requests of apprise's plugins meet on their way: where they may go, and what came back.

apprise tells only whether a service took a message. Whether to try again depends on the status and on Retry-After,
which are noted here; for addresses that strangers gave, each connection is held to public addresses by apprise's own
policy, which pins what the name resolved to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests.sessions
from apprise.utils.http import HTTPPolicy, HTTPPolicySession, is_public_ip_address


@dataclass(slots=True)
class Seen:
    """The answers to the requests of one send, in order: status and Retry-After."""

    answers: list[tuple[int, str | None]] = field(default_factory=list)

    @property
    def worst(self) -> tuple[int, str | None] | None:
        return max(self.answers, default=None, key=lambda answer: answer[0])


PUBLIC_ONLY = HTTPPolicy(address_filter=is_public_ip_address)  # type: ignore[no-untyped-call]
ANYWHERE = HTTPPolicy()  # type: ignore[no-untyped-call]


@contextmanager
def watched(seen: Seen, *, public_only: bool) -> Iterator[None]:
    """While it lasts, requests made by this process are noted in `seen` and, if `public_only`, held to public
    addresses without following redirects. Not for several threads at once."""
    plain = requests.sessions.Session

    def note(response: requests.Response) -> requests.Response:
        seen.answers.append((response.status_code, response.headers.get("Retry-After")))
        return response

    class Noting(plain):  # type: ignore[misc, valid-type]
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return note(super().send(request, **options))

    class Guarded(HTTPPolicySession):
        def __init__(self) -> None:
            super().__init__(PUBLIC_ONLY)  # type: ignore[no-untyped-call]

        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            taken = super().send(request, **(options | {"allow_redirects": False}))  # type: ignore[no-untyped-call]
            return note(taken)

    requests.sessions.Session = Guarded if public_only else Noting  # type: ignore[misc]
    try:
        yield
    finally:
        requests.sessions.Session = plain  # type: ignore[misc]
