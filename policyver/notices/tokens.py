"""Signed, expiring tokens for what subscribers do by a link: confirm, and unsubscribe (itsdangerous)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from policyver.config import NoticeSettings
from policyver.errors import UsageError

if TYPE_CHECKING:
    from policyver.notices.store import Store

CONFIRM = "confirm"
UNSUBSCRIBE = "unsubscribe"
_VALID_DAYS = {CONFIRM: 7, UNSUBSCRIBE: 730}


def make(store: Store, purpose: str, lookup: str, at: int | None = None) -> str:
    """A token for the person with a keyed hash. `at` (milliseconds since 1970) is when it was made, now for None."""
    from itsdangerous import TimestampSigner

    class SignerAt(TimestampSigner):
        def get_timestamp(self) -> int:
            return (store.clock() if at is None else at) // 1000

    serializer = store.keys.signer(purpose)
    serializer.signer = SignerAt
    token = serializer.dumps(lookup)
    return token if isinstance(token, str) else token.decode()


def read(store: Store, purpose: str, token: str) -> str:
    """The keyed hash that a token was made for. Raises `UsageError` for one that is forged, cut off or too old."""
    from itsdangerous import BadSignature, SignatureExpired

    try:
        lookup = store.keys.signer(purpose).loads(token, max_age=_VALID_DAYS[purpose] * 86_400)
    except SignatureExpired:
        raise UsageError(f"the token is older than {_VALID_DAYS[purpose]} days", cure="Send a new one.") from None
    except (BadSignature, ValueError):
        raise UsageError("this is no token of ours", cure="Copy the whole of it from the link.") from None
    return str(lookup)


def unsubscribe_url(store: Store, settings: NoticeSettings, recipient: str, at: int) -> str:
    """The link of the reader with a keyed hash, the same at every attempt; `at` is when the message was queued."""
    return f"{settings.base_url}/unsubscribe?token={quote(make(store, UNSUBSCRIBE, recipient, at))}"
