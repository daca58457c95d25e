"""Webhooks: the change as a CloudEvent (1.0, structured JSON), signed as Standard Webhooks.

The id is the same at every attempt, so that a receiver can tell a repetition; with several secrets, as during a
rotation, the signature holds one for each. Private addresses and redirects are refused unless the channel allows them.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any

import requests
from apprise.utils.http import HTTPPolicySession

from policyver.encoding import dumps
from policyver.errors import ConfigurationError
from policyver.notices.channels.base import Outgoing, Receipt, Status, from_http_status
from policyver.notices.channels.watch import ANYWHERE, PUBLIC_ONLY

EVENT_TYPE = "policyver.policy.changed.v1"
_TIMEOUT = (10, 30)


class WebhookSender:
    """Posts to one URL. `source` is the events' source, a URI; `now` gives the time of signing."""

    def __init__(self, url: str, secrets: Sequence[bytes], source: str, *, allow_private: bool,
                 now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:  # fmt: skip
        self._url = url
        self._secrets = secrets
        self._source = source
        self._allow_private = allow_private
        self._now = now
        policy = ANYWHERE if allow_private else PUBLIC_ONLY
        self._session = HTTPPolicySession(policy)  # type: ignore[no-untyped-call]

    def send(self, message: Outgoing) -> Receipt:
        body = dumps(event(message, self._source)).encode("utf-8", "backslashreplace")
        name, at = f"msg_{message.key}", int(self._now().timestamp())
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "policyver",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._secrets, name, at, body),
        }
        try:
            answer = self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=self._allow_private,
                stream=True,
            )
            answer.close()
        except requests.RequestException as error:
            return Receipt(Status.DEFERRED, _said(error), channel_down=True)
        return from_http_status(answer.status_code, answer.headers.get("Retry-After"), self._now())

    def close(self) -> None:
        self._session.close()


def _said(error: requests.RequestException) -> str:
    if "No DNS address passed" in str(error):
        return "the address is private; allow_private = true lets this channel reach it"
    if isinstance(error, requests.Timeout):
        return "the receiver did not answer in time"
    return "no connection to the receiver"


def event(message: Outgoing, source: str) -> dict[str, Any]:
    """The CloudEvent of a message."""
    data = json.loads(message.content.payload)
    return {
        "specversion": "1.0",
        "id": f"msg_{message.key}",
        "source": source,
        "type": EVENT_TYPE,
        "subject": f"{data['policy']}/{data['locale']}",
        "time": dt.datetime.fromtimestamp(message.queued_at / 1000, dt.UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }


def signature(secrets: Sequence[bytes], name: str, at: int, body: bytes) -> str:
    """The value of ``webhook-signature``: one ``v1`` signature for each secret, parted by blanks."""
    signed = f"{name}.{at}.".encode() + body
    return " ".join(
        f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}" for secret in secrets
    )


def parsed_secrets(written: str, key: str) -> list[bytes]:
    """The secrets in a value, ``whsec_`` and base64 each. Raises `ConfigurationError`."""
    found = []
    for one in written.split():
        try:
            secret = base64.b64decode(one.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if not 24 <= len(secret) <= 64 or not one.startswith("whsec_"):
            raise ConfigurationError(
                f"`{key}` holds no secret of a webhook", where=key,
                cure="It is whsec_ and base64 of 24 to 64 random bytes; several are parted by blanks.",
            )  # fmt: skip
        found.append(secret)
    if not found:
        raise ConfigurationError(f"`{key}` is empty", where=key, cure="Set the variable that it names.")
    return found
