"""The outbox: what is to be delivered, and how far it is.

A message is ``pending``, then ``sending`` under a lease, then ``sent``, ``failed`` (tried again later), ``dead`` (never
again) or ``cancelled``. A sender takes a batch under a lease, sends it, and settles it; what a dead sender held is
taken over. At most that batch is repeated, each message under the id that it always had.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, literal, or_, select, update
from sqlalchemy.engine import Connection, RowMapping

from policyver.notices import evidence
from policyver.notices.composing import Content
from policyver.notices.processes import Process, is_gone, this_process
from policyver.notices.store import Store, tables
from policyver.notices.store.sql import insert_new

CHUNK = 20_000
"""Messages queued in one transaction."""
_DAY = 86_400_000
_CLOCK_STEP = 300_000
"""A row written this much later than now was written before the clock was set back."""
_m, _n, _s = tables.messages.c, tables.notices.c, tables.subscribers.c


class State(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to an audience, composed: what it is (its key), and its content."""

    policy: str
    version: str
    audience: str
    locale: str
    language: str
    duty: str
    label: str
    content: Content


@dataclass(frozen=True, slots=True)
class Message:
    """A message taken for sending, with all that its channel needs. `address` and `name` are encrypted."""

    id: int
    key: str
    notice_id: int
    channel: str
    recipient: str
    attempts: int
    queued_at: int
    address: bytes | None
    name: bytes | None
    entry: evidence.Entry
    duty: str
    language: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages under one lease. `first_slot` is when the first may go out, by the channel's rate."""

    lease: str
    channel: str
    messages: tuple[Message, ...]
    first_slot: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How one message of a batch ended: its new state, why, and for a retry when."""

    id: int
    state: State
    reason: str = ""
    due_at: int | None = None
    counts: bool = True
    """Whether it was an attempt of the message's own; where only its channel was down, it was not."""


_ADDRESS = re.compile(r"<?[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+>?|\b[\w+.-]+://\S+")


def without_addresses(reason: str) -> str:
    """A reason without the addresses and URLs that servers repeat in it: it is kept in clear, and after an erasure."""
    return _ADDRESS.sub("<address>", reason)


def message_key(policy: str, version: str, audience: str, channel: str, recipient: str) -> str:
    """What identifies a message for ever, 32 hexadecimal digits; its Message-ID and its webhook-id are made of it."""
    return hashlib.sha256("\0".join((policy, version, audience, channel, recipient)).encode()).hexdigest()[:32]


# queueing


def keep_notice(store: Store, connection: Connection, draft: Draft, now: int) -> int:
    """The id of a notice, which is stored if it is new. What was composed first stands: it may have been sent."""
    row = {
        "policy": draft.policy, "version": draft.version, "audience": draft.audience, "locale": draft.locale,
        "language": draft.language, "duty": draft.duty, "label": draft.label, "subject": draft.content.subject,
        "text": draft.content.text, "html": draft.content.html, "markdown": draft.content.markdown,
        "push": draft.content.push, "payload": draft.content.payload, "digest": draft.content.digest,
        "created_at": now,
    }  # fmt: skip
    connection.execute(insert_new(store, tables.notices), row)
    query = select(_n.id).where(_n.policy == draft.policy, _n.version == draft.version, _n.audience == draft.audience)
    return int(connection.execute(query).scalar_one())


Queued = Callable[[Connection, str, list[int], int], None]
"""Told of new messages in the transaction that writes them: their channel, ids, and when they are due."""


def queue_for_channel(store: Store, connection: Connection, notice: int, channel: str, due: int, told: Queued) -> int:
    """Queue the one message of a notice to a channel of its own; how many are new."""
    row = {
        "notice_id": notice, "channel": channel, "recipient": f"channel:{channel}", "state": State.PENDING,
        "queued_at": due, "due_at": due, "updated_at": store.clock(),
    }  # fmt: skip
    ids = list(connection.execute(insert_new(store, tables.messages).returning(_m.id), row).scalars())
    if ids:
        told(connection, channel, ids, due)
    return len(ids)


def audience_of(policy: str, territory: str, language: str, kind: str, *, consent: bool) -> list[Any]:
    """Conditions for the subscribers of a market that a notice reaches."""
    conditions: list[Any] = [
        _s.territory == territory,
        _s.language == language,
        _s.kind == kind,
        or_(_s.policies == " ", _s.policies.contains(f" {policy} ", autoescape=True)),
        ~select(tables.suppressions.c.lookup).where(tables.suppressions.c.lookup == _s.lookup).exists(),
    ]
    if consent:
        conditions += [_s.consented_at.is_not(None), _s.unsubscribed_at.is_(None)]
    return conditions


def queue_for_subscribers(
    store: Store, notice: int, channel: str, conditions: list[Any], due: int, told: Queued
) -> Iterator[int]:
    """Queue a message to each subscriber for whom `conditions` hold, in chunks; yields how many are new in each.

    The rows never leave the database. A run that is stopped in between is completed by running it again.
    """
    last = 0
    while True:
        with store.writing() as connection:
            upper, count = connection.execute(_bounds(conditions, last)).one()
            if not count:
                return
            rows = select(
                literal(notice), literal(channel), _s.lookup, _s.id, literal(str(State.PENDING)), literal(due),
                literal(due), literal(store.clock()),
            ).where(*conditions, _s.id > last, _s.id <= upper).order_by(_s.lookup)  # fmt: skip
            columns = [
                "notice_id",
                "channel",
                "recipient",
                "subscriber_id",
                "state",
                "queued_at",
                "due_at",
                "updated_at",
            ]
            statement = insert_new(store, tables.messages).from_select(columns, rows)
            if store.is_postgresql:
                ids = list(connection.execute(statement.returning(_m.id)).scalars())
                if ids:
                    told(connection, channel, ids, due)
                added = len(ids)
            else:
                added = connection.execute(statement).rowcount
        last = upper
        yield added
        if count < CHUNK:
            return


def _bounds(conditions: list[Any], last: int) -> Select[Any, int]:
    chunk = select(_s.id).where(*conditions, _s.id > last).order_by(_s.id).limit(CHUNK).subquery("chunk")
    return select(func.max(chunk.c.id), func.count()).select_from(chunk)


# sending


def take(
    store: Store, channel: str, size: int, lease_ms: int, interval_ms: float = 0.0, ids: tuple[int, int] | None = None
) -> Batch | None:
    """Take the messages of a channel that are due, at most `size`, under a lease; None where there are none.

    `interval_ms` is the time between two messages that the channel's rate allows; the batch reserves its slots.
    `ids` limits it to a range of messages, first and last.
    """
    now = store.clock()
    lease = str(uuid.uuid4())
    me = this_process()
    with store.writing() as connection:
        if _is_open(connection, channel, now):
            return None
        chosen = (
            select(_m.id)
            .where(_m.channel == channel, tables.WAITING, _m.due_at <= now)
            .order_by(_m.due_at, _m.id)
            .limit(size)
            .with_for_update(skip_locked=True)
        )
        if ids is not None:
            chosen = chosen.where(_m.id.between(*ids))
        taken = list(connection.execute(chosen).scalars())
        if not taken:
            return None
        connection.execute(
            insert(tables.leases),
            {"id": lease, "host": me.host, "pid": me.pid, "started": me.started, "expires_at": now + lease_ms},
        )
        connection.execute(
            update(tables.messages)
            .where(_m.id.in_(taken))
            .values(state=State.SENDING, lease=lease, updated_at=now, attempts=_m.attempts + 1)
        )
        slot = _reserve(store, connection, channel, len(taken), interval_ms, now)
        messages = tuple(
            _message(row) for row in connection.execute(_whole(and_(_m.lease == lease, tables.SENDING))).mappings()
        )
    return Batch(lease, channel, messages, slot)


def _whole(condition: Any) -> Select[Any]:
    return (
        select(
            _m.id, _m.notice_id, _m.channel, _m.recipient, _m.attempts, _m.queued_at, _s.address, _s.name, _n.policy,
            _n.version, _n.audience, _n.digest, _n.duty, _n.language,
        )
        .join_from(tables.messages, tables.notices, _n.id == _m.notice_id)
        .outerjoin(tables.subscribers, _s.id == _m.subscriber_id)
        .where(condition)
        .order_by(_m.due_at, _m.id)
    )  # fmt: skip


def _message(row: RowMapping) -> Message:
    key = message_key(row["policy"], row["version"], row["audience"], row["channel"], row["recipient"])
    entry = evidence.Entry(
        key, row["policy"], row["version"], row["audience"], row["digest"], row["recipient"], row["channel"], "", ""
    )
    return Message(
        row["id"], key, row["notice_id"], row["channel"], row["recipient"], row["attempts"], row["queued_at"],
        row["address"], row["name"], entry, row["duty"], row["language"],
    )  # fmt: skip


def content_of(store: Store, notice: int) -> Content:
    """The content of a stored notice."""
    fields = (_n.subject, _n.text, _n.html, _n.markdown, _n.push, _n.payload)
    with store.reading() as connection:
        row = connection.execute(select(*fields).where(_n.id == notice)).one()
    return Content(*row)


def renew(store: Store, lease: str, lease_ms: int) -> bool:
    """Hold a lease for longer; False where it has been taken over, and nothing more may be sent."""
    table = tables.leases
    with store.writing() as connection:
        renewed = connection.execute(
            update(table).where(table.c.id == lease).values(expires_at=store.clock() + lease_ms)
        )
        return bool(renewed.rowcount)


def settle(store: Store, batch: Batch, ended: Sequence[Settled], told: Queued, *, channel_failures: int = 0,
           open_for_ms: int = 0) -> None:  # fmt: skip
    """Write how a batch ended, with the evidence, in one transaction, and give the lease up.

    `channel_failures` is how often in a row the channel itself failed; with `open_for_ms` nothing is tried there for
    that long. Messages that somebody else has taken over meanwhile keep what he makes of them.
    """
    now = store.clock()
    entries = {message.id: message.entry for message in batch.messages}
    with store.writing() as connection:
        done = [one.id for one in ended if one.state is State.SENT]
        mine = and_(_m.lease == batch.lease, tables.SENDING)
        if done:
            connection.execute(
                update(tables.messages)
                .where(mine, _m.id.in_(done))
                .values(state=State.SENT, lease=None, updated_at=now, reason=None)
            )
        others = [one for one in ended if one.state is not State.SENT]
        if others:
            connection.execute(
                update(tables.messages)
                .where(_m.id == bindparam("of"), mine)
                .values(
                    state=bindparam("new_state"), lease=None, updated_at=now, reason=bindparam("why"),
                    due_at=bindparam("due"), attempts=_m.attempts - bindparam("uncounted"),
                ),
                [
                    {"of": one.id, "new_state": str(one.state), "why": one.reason or None,
                     "due": one.due_at if one.state is State.FAILED and one.due_at is not None else now,
                     "uncounted": 0 if one.counts else 1}
                    for one in others
                ],
            )  # fmt: skip
        evidence.append(
            store,
            connection,
            [_said(entries[one.id], one) for one in ended if one.state is not State.PENDING],
            now,
        )
        connection.execute(delete(tables.leases).where(tables.leases.c.id == batch.lease))
        _note_channel(store, connection, batch.channel, channel_failures, now + open_for_ms if open_for_ms else 0)
        for due, ids in _by_due(others).items():
            told(connection, batch.channel, ids, due)


def _said(entry: evidence.Entry, one: Settled) -> evidence.Entry:
    return evidence.Entry(
        entry.message, entry.policy, entry.version, entry.audience, entry.digest, entry.recipient, entry.channel,
        str(one.state), one.reason,
    )  # fmt: skip


def _by_due(settled: Sequence[Settled]) -> dict[int, list[int]]:
    """Those to be tried again by when, to the second, since a worker's job serves all of one moment."""
    found: dict[int, list[int]] = {}
    for one in settled:
        if one.state in (State.PENDING, State.FAILED) and one.due_at is not None:
            found.setdefault(-(-one.due_at // 1000) * 1000, []).append(one.id)
    return found


def take_over(store: Store, told: Queued) -> int:
    """Give back what dead senders held: processes of this host that are gone, and leases that ran out elsewhere."""
    now = store.clock()
    with store.reading() as connection:
        held = list(connection.execute(select(tables.leases)).mappings())
    lost = [
        row["id"]
        for row in held
        if row["expires_at"] <= now or is_gone(Process(row["host"], row["pid"], row["started"]))
    ]
    count = 0
    for lease in lost:
        with store.writing() as connection:
            if not connection.execute(delete(tables.leases).where(tables.leases.c.id == lease)).rowcount:
                continue  # somebody else was faster
            rows = list(connection.execute(_whole(and_(_m.lease == lease, tables.SENDING))).mappings())
            messages = [_message(row) for row in rows]
            connection.execute(
                update(tables.messages)
                .where(_m.lease == lease, tables.SENDING)
                .values(state=State.PENDING, lease=None, updated_at=now, attempts=_m.attempts - 1,
                        reason="the sender died; it may have been sent")
            )  # fmt: skip
            unknown = [Settled(one.id, State.PENDING, "the sender died; it may have been sent") for one in messages]
            entries = [_said(one.entry, said) for one, said in zip(messages, unknown, strict=True)]
            evidence.append(store, connection, [_with_result(one, evidence.Result.UNKNOWN) for one in entries], now)
            channels = {one.channel for one in messages}
            for channel in channels:
                told(connection, channel, [one.id for one in messages if one.channel == channel], now)
            count += len(messages)
    return count


def _with_result(entry: evidence.Entry, result: evidence.Result) -> evidence.Entry:
    return evidence.Entry(
        entry.message, entry.policy, entry.version, entry.audience, entry.digest, entry.recipient, entry.channel,
        str(result), entry.detail,
    )  # fmt: skip


# channels


def _is_open(connection: Connection, channel: str, now: int) -> bool:
    """Whether the breaker of a channel keeps everybody away for now."""
    table = tables.channels
    until = connection.execute(select(table.c.open_until).where(table.c.name == channel)).scalar()
    return until is not None and now < until <= now + _DAY


def _reserve(store: Store, connection: Connection, channel: str, count: int, interval: float, now: int) -> int:
    """The slot of the first of `count` messages; the slots after it are theirs (GCRA without burst)."""
    if not interval:
        return now
    table = tables.channels
    connection.execute(insert_new(store, table), {"name": channel})
    row = select(table.c.next_slot_at).where(table.c.name == channel).with_for_update()
    free = int(connection.execute(row).scalar_one())
    # A slot further off than any batch reserves comes from a clock that has been set back.
    first = max(now, free) if free <= now + _DAY else now
    connection.execute(update(table).where(table.c.name == channel).values(next_slot_at=first + int(count * interval)))
    return first


def _note_channel(store: Store, connection: Connection, channel: str, failures: int, open_until: int) -> None:
    table = tables.channels
    if not failures:
        connection.execute(
            update(table).where(table.c.name == channel, table.c.failures > 0).values(failures=0, open_until=0)
        )
        return
    connection.execute(insert_new(store, table), {"name": channel})
    connection.execute(update(table).where(table.c.name == channel).values(failures=failures, open_until=open_until))


def failures_of(store: Store, channel: str) -> int:
    """How often in a row a channel itself has failed."""
    table = tables.channels
    with store.reading() as connection:
        return int(connection.execute(select(table.c.failures).where(table.c.name == channel)).scalar() or 0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a channel has left to deliver, and when there is something next."""

    channel: str
    due: int
    """How many could be sent now."""
    next_at: int


def waiting(store: Store) -> list[Waiting]:
    """What each channel has left: what is due, and what is tried again later. What is scheduled is not waited for."""
    now = store.clock()
    table = tables.channels
    with store.reading() as connection:
        due = connection.execute(
            select(_m.channel, func.count()).where(tables.WAITING, _m.due_at <= now).group_by(_m.channel)
        ).all()
        failed = connection.execute(
            select(_m.channel, func.min(_m.due_at)).where(tables.FAILED).group_by(_m.channel)
        ).all()
        breakers = connection.execute(select(table.c.name, table.c.open_until)).all()
    counts: dict[str, int] = {row[0]: row[1] for row in due}
    later: dict[str, int] = {row[0]: row[1] for row in failed}
    closed: dict[str, int] = {row[0]: row[1] for row in breakers if now < row[1] <= now + _DAY}
    return [
        Waiting(
            channel,
            0 if channel in closed else counts.get(channel, 0),
            max(now if channel in counts else later[channel], closed.get(channel, 0)),
        )
        for channel in sorted({*counts, *later})
    ]


def mind_the_clock(store: Store) -> None:
    """Make due what a clock put off that has been set back since."""
    now = store.clock()
    with store.writing() as connection:
        connection.execute(
            update(tables.messages)
            .where(tables.FAILED, _m.updated_at > now + _CLOCK_STEP)
            .values(due_at=now, updated_at=now)
        )
