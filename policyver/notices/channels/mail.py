"""E-mail: many messages over one connection that apprise sets up (TLS, login), or into a local maildir.

Message-ID, boundary and date come from the message's key and the time it was queued, so that a message that has to
be repeated is the same to the last byte. Headers: RFC 5322, 2047, 3834 (Auto-Submitted), 3282 (Content-Language),
8058 (one-click unsubscribe), 6376 (DKIM).
"""

from __future__ import annotations

import base64
import contextlib
import mailbox
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from apprise.plugins.email.smtp import AppriseSMTPController

from policyver.notices.channels.base import DELIVERED, Outgoing, Receipt, Status
from policyver.notices.composing import UNSUBSCRIBE
from policyver.notices.fitting import fit

_LONGEST_NAME = 120
"""So that no header comes near the 998 characters of a line (RFC 5322 §2.1.1)."""
_ALTERNATIVES = (("text", "plain"), ("html", "html"))


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes messages: who sends them, and how they are signed (bytes to the DKIM-Signature header, or None)."""

    sender: str
    reply_to: str | None = None
    sign: Callable[[bytes], bytes] | None = None

    def write(self, message: Outgoing) -> bytes:
        """The whole message, lines ended by CRLF."""
        boundary = f"=_{message.key}"
        lines = [
            *_fixed_headers(self.sender, self.reply_to, message.content.subject),
            _header("To", _mailbox(message.name, message.address)),
            f"Date: {format_datetime(datetime.fromtimestamp(message.queued_at / 1000, UTC))}",
            f"Message-ID: <{message.key}@{self.domain}>",
            "MIME-Version: 1.0",
            f"Content-Language: {message.language}",
            "Auto-Submitted: auto-generated",
        ]
        if message.is_courtesy:
            lines += [f"List-Unsubscribe: <{message.unsubscribe_url}>",
                      "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]  # fmt: skip
        lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]
        whole = "\r\n".join(lines).encode("ascii") + _body(message, boundary)
        return self.sign(whole) + whole if self.sign else whole

    @property
    def domain(self) -> str:
        return self.envelope.rpartition("@")[2]

    @property
    def envelope(self) -> str:
        return _envelope(self.sender)


def _body(message: Outgoing, boundary: str) -> bytes:
    parts = []
    for form, subtype in _ALTERNATIVES:
        text = getattr(message.content, form)
        encoded = (
            _encoded(text) if not message.is_courtesy else _base64(text.replace(UNSUBSCRIBE, message.unsubscribe_url))
        )
        head = (
            f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        )
        parts.append(head.encode("ascii") + encoded)
    return b"".join(parts) + f"--{boundary}--\r\n".encode("ascii")


@lru_cache(maxsize=64)
def _encoded(text: str) -> bytes:
    return _base64(text)


def _base64(text: str) -> bytes:
    return base64.encodebytes(text.encode("utf-8", "replace")).replace(b"\n", b"\r\n")


@lru_cache(maxsize=256)
def _fixed_headers(sender: str, reply_to: str | None, subject: str) -> tuple[str, ...]:
    name, address = parseaddr(sender)
    lines = [_header("From", _mailbox(name, address)), _header("Subject", _encoded_words(subject, "Subject"))]
    if reply_to:
        lines.append(_header("Reply-To", _mailbox(*parseaddr(reply_to))))
    return tuple(lines)


def _header(name: str, value: str) -> str:
    """A header of one logical line: whatever could begin another one is refused, not repaired."""
    unfolded = value.replace("\r\n ", "").replace("\n ", "")
    if any(ord(mark) < 32 or ord(mark) > 126 for mark in unfolded):
        raise ValueError(f"a control character in {name}")
    return f"{name}: " + value.replace("\r\n", "\n").replace("\n", "\r\n")


def _encoded_words(text: str, header: str) -> str:
    flat = " ".join(text.split())
    if flat.isascii() and len(flat) < 900:
        return flat
    return Header(flat, "utf-8", header_name=header).encode()


def _mailbox(name: str, address: str) -> str:
    name = fit(" ".join("".join(mark for mark in name if mark.isprintable()).split()), _LONGEST_NAME)
    if not name:
        return _ascii_address(address)
    if name.isascii():
        return formataddr((name, _ascii_address(address)))
    return f"{Header(name, 'utf-8', maxlinelen=60).encode()} <{_ascii_address(address)}>"


@lru_cache(maxsize=16)
def _envelope(mailbox: str) -> str:
    return _ascii_address(parseaddr(mailbox)[1])


def _ascii_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_ascii_domain(domain)}"


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    import idna

    return idna.encode(domain, uts46=True).decode("ascii")


class Transport(Protocol):
    """Where written mails go."""

    def submit(self, envelope: str, recipient: str, message: bytes) -> Receipt: ...

    def close(self) -> None: ...


class MailSender:
    """See the module."""

    def __init__(self, writer: Writer, transport: Transport) -> None:
        self._writer = writer
        self._transport = transport

    def send(self, message: Outgoing) -> Receipt:
        try:
            recipient = _ascii_address(message.address)
            recipient.encode("ascii")
            written = self._writer.write(message)
        except (UnicodeError, ValueError) as error:
            return Receipt(Status.REFUSED, f"the address or a header cannot be written: {error}")
        return self._transport.submit(self._writer.envelope, recipient, written)

    def close(self) -> None:
        self._transport.close()


class _Connection(AppriseSMTPController):
    """apprise's connection, telling what the server said where apprise only tells that it went wrong."""

    def submit(self, envelope: str, recipient: str, message: bytes) -> Receipt:
        try:
            self._socket.sendmail(envelope, [recipient], message)  # type: ignore[attr-defined]
        except smtplib.SMTPRecipientsRefused as error:
            return from_smtp(*next(iter(error.recipients.values())))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return from_smtp(error.smtp_code, error.smtp_error)
        return DELIVERED


def from_smtp(code: int, said: bytes | str) -> Receipt:
    """What an SMTP reply means (RFC 5321 §4.2.1): 4yz worth trying again, 5yz refused; 421 closes the channel."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    reason = f"SMTP {code} {' '.join(text.split())[:200]}".strip()
    if code == 421:
        return Receipt(Status.DEFERRED, reason, channel_down=True)
    return Receipt(Status.DEFERRED if 400 <= code < 500 or code < 0 else Status.REFUSED, reason)


class Smtp:
    """One connection for many messages, made anew when it breaks. `settings` are apprise's for the connection."""

    _MOST_PER_CONNECTION = 5000

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._connection: _Connection | None = None
        self._sent = 0

    def submit(self, envelope: str, recipient: str, message: bytes) -> Receipt:
        if self._sent >= self._MOST_PER_CONNECTION:
            self.close()
        if self._connection is None:
            failed = self._connect()
            if failed is not None:
                return failed
        assert self._connection is not None
        try:
            receipt = self._connection.submit(envelope, recipient, message)
            self._sent += 1
        except smtplib.SMTPResponseException as error:
            receipt = from_smtp(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            # Perhaps taken, perhaps not: it is tried again under the same Message-ID.
            self._drop()
            return Receipt(Status.DEFERRED, f"the connection broke: {_said(error)}")
        if receipt.channel_down:
            self._drop()
        return receipt

    def _connect(self) -> Receipt | None:
        connection = _Connection(**self._settings)
        try:
            connection.__enter__()
        except smtplib.SMTPAuthenticationError as error:
            return Receipt(Status.DEFERRED, f"the server refuses the login: SMTP {error.smtp_code}", channel_down=True)
        except (OSError, smtplib.SMTPException, RuntimeError) as error:
            return Receipt(Status.DEFERRED, f"no connection to the mail server: {_said(error)}", channel_down=True)
        self._connection, self._sent = connection, 0
        return None

    def _drop(self) -> None:
        """Let a broken connection go without a word more."""
        if self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._connection._socket.close()  # type: ignore[attr-defined]
        self._connection = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.__exit__(None, None, None)
        self._connection = None


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return from_smtp(error.smtp_code, error.smtp_error).reason
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]


class Maildir:
    """A folder that mail programs open; for demonstrations, and for the mails of a test."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = mailbox.Maildir(folder, create=True)

    def submit(self, envelope: str, recipient: str, message: bytes) -> Receipt:
        try:
            self._folder.add(message.replace(b"\r\n", b"\n"))
        except OSError as error:
            return Receipt(Status.DEFERRED, f"the maildir cannot be written: {error.strerror}", channel_down=True)
        return DELIVERED

    def close(self) -> None:
        self._folder.close()


def dkim_signer(domain: str, selector: str, key: str) -> Callable[[bytes], bytes]:
    """Signs a mail (RFC 6376; `key` is an RSA key as PEM, or base64 of an ed25519 seed, RFC 8463)."""
    import dkim

    is_rsa = "BEGIN" in key
    signed = [b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
              b"content-language", b"auto-submitted", b"list-unsubscribe", b"list-unsubscribe-post"]  # fmt: skip

    def sign(message: bytes) -> bytes:
        there = [name for name in signed if b"\r\n" + name + b":" in b"\r\n" + message.lower()]
        header: bytes = dkim.sign(
            message, selector.encode(), domain.encode(), key.encode(), include_headers=there,
            canonicalize=(b"relaxed", b"simple"),
            signature_algorithm=b"rsa-sha256" if is_rsa else b"ed25519-sha256",
        )  # fmt: skip
        return header

    return sign
