"""Bounces: delivery status notifications (RFC 3464) that came back for our mails, from files, mailboxes or a pipe.

A report counts only for a message that we sent: its Message-ID cannot be guessed, so that nobody can silence another
person by writing a report of his own. An address that does not exist is suppressed; a full mailbox is only noted.
"""

from __future__ import annotations

import email
import email.policy
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from pathlib import Path

from sqlalchemy import and_, select, update

from policyver.errors import UsageError
from policyver.notices import evidence, subscribers
from policyver.notices.evidence import Result
from policyver.notices.outbox import State, without_addresses
from policyver.notices.store import Store, tables

_LARGEST = 4 << 20
_OURS = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
_NOBODY_THERE = re.compile(r"5\.(0\.0|1\.[0-9]+|4\.4)")
"""Status codes (RFC 3463) that say that the address leads nowhere, and will not."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one report says of one recipient of one message."""

    key: str
    """The message's key, from its Message-ID."""
    action: str
    """``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``."""
    status: str
    """RFC 3463, ``5.1.1``."""
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a report: ``suppressed``, ``bounced``, ``noted``, or ``foreign`` for none of our messages."""

    outcome: str
    report: Report | None = None


def mails(path: Path) -> Iterator[Mail]:
    """The mails in a file, an mbox or a maildir. Raises `UsageError` where there is nothing."""
    if path.is_dir():
        if not (path / "cur").is_dir() and not (path / "new").is_dir():
            raise UsageError(f"{path} is no maildir", cure="Name a maildir, an mbox, a file with one mail, or -.")
        folder = mailbox.Maildir(path, create=False)
        for key in folder.iterkeys():
            with folder.get_file(key) as file:
                yield parsed(file.read(_LARGEST))
        return
    try:
        content = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", cure="Check the path.") from None
    with content as file:
        if file.read(5) == b"From ":
            yield from (parsed(one.as_bytes()[:_LARGEST]) for one in mailbox.mbox(path, create=False))
        else:
            file.seek(0)
            yield parsed(file.read(_LARGEST))


def parsed(content: bytes) -> Mail:
    """A mail from its bytes; what is malformed stays in it as it is."""
    return email.message_from_bytes(content, policy=email.policy.compat32)


def reports(mail: Mail) -> list[Report]:
    """What a mail reports; nothing for a mail that is no delivery status notification."""
    status = next((part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None)
    key = _returned_key(mail)
    if status is None or key is None:
        return []
    found = []
    for group in _parts(status):
        action = str(group.get("Action", "")).strip().lower()
        if action:
            code = re.search(r"[245]\.\d{1,3}\.\d{1,3}", str(group.get("Status", "")))
            said = " ".join(str(group.get("Diagnostic-Code", "")).split())
            shown = "".join(mark for mark in said if mark.isprintable())[:200]
            found.append(Report(key, action, code.group() if code else "", shown))
    return found


def _parts(mail: Mail) -> list[Mail]:
    """The parts of a mail that has some."""
    payload = mail.get_payload()
    return [one for one in payload if isinstance(one, Mail)] if isinstance(payload, list) else []


def _returned_key(mail: Mail) -> str | None:
    """The key of the message that came back, from the headers that the report returns."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            headers = "".join(str(one.get("Message-ID", "")) for one in _parts(part))
        elif part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            returned = email.message_from_bytes(raw if isinstance(raw, bytes) else b"")
            headers = str(returned.get("Message-ID", ""))
        else:
            continue
        match = _OURS.search(headers)
        if match:
            return match.group(1)
    return None


def take(store: Store, report: Report) -> Taken:
    """Act on a report: the message is dead, and an address that leads nowhere is suppressed."""
    e = tables.evidence.c
    with store.reading() as connection:
        row = connection.execute(
            select(tables.evidence).where(e.message == report.key).order_by(e.seq.desc()).limit(1)
        ).mappings().first()  # fmt: skip
    if row is None:
        return Taken("foreign", report)
    if report.action != "failed":
        return Taken("noted", report)
    said = without_addresses(f"bounced: {report.status} {report.diagnostic}".strip())
    entry = evidence.Entry(
        row["message"], row["policy"], row["version"], row["audience"], row["digest"], row["recipient"],
        row["channel"], str(Result.BOUNCED), said,
    )  # fmt: skip
    if row["result"] == Result.BOUNCED:
        return Taken("noted", report)
    _mark_dead(store, entry)
    if report.status and _NOBODY_THERE.fullmatch(report.status):
        subscribers.suppress(store, entry.recipient, said)
        return Taken("suppressed", report)
    return Taken("bounced", report)


def _mark_dead(store: Store, entry: evidence.Entry) -> None:
    m, n, now = tables.messages.c, tables.notices.c, store.clock()
    notice = select(n.id).where(
        and_(n.policy == entry.policy, n.version == entry.version, n.audience == entry.audience)
    )
    with store.writing() as connection:
        connection.execute(
            update(tables.messages)
            .where(m.notice_id.in_(notice), m.channel == entry.channel, m.recipient == entry.recipient)
            .where(m.state == State.SENT)
            .values(state=State.DEAD, reason=entry.detail, updated_at=now)
        )
        evidence.append(store, connection, [entry], now)


__all__ = ["Report", "Taken", "mails", "parsed", "reports", "take"]
