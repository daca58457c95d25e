"""Looking into the outbox and steering it: what its operator sees, retries and cancels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select, update

from policyver.notices.outbox import Queued, State, message_key
from policyver.notices.store import Store, tables

_m, _n, _s = tables.messages.c, tables.notices.c, tables.subscribers.c


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as `policyver outbox` shows it; times in milliseconds since 1970."""

    id: int
    state: str
    policy: str
    version: str
    label: str
    audience: str
    channel: str
    recipient: str
    attempts: int
    queued_at: int
    due_at: int
    updated_at: int
    reason: str | None
    subject: str
    address: str | None = None
    key: str = field(default="")


def _listing() -> Select[Any]:
    return (
        select(
            _m.id, _m.state, _n.policy, _n.version, _n.label, _n.audience, _m.channel, _m.recipient, _m.attempts,
            _m.queued_at, _m.due_at, _m.updated_at, _m.reason, _n.subject, _s.address.label("sealed"),
        )
        .join_from(tables.messages, tables.notices, _n.id == _m.notice_id)
        .outerjoin(tables.subscribers, _s.id == _m.subscriber_id)
        .order_by(_m.id)
    )  # fmt: skip


def listed(
    store: Store, states: Sequence[str], channel: str | None, limit: int, ids: Sequence[int] = ()
) -> list[Shown]:
    """Messages in some states (all for none) of a channel (any for None), with the recipients' addresses."""
    query = _listing().limit(limit)
    if states:
        query = query.where(_m.state.in_(states))
    if channel:
        query = query.where(_m.channel == channel)
    if ids:
        query = query.where(_m.id.in_(ids))
    with store.reading() as connection:
        rows = list(connection.execute(query).mappings())
    keys = store.keys_if_any
    found = []
    for row in rows:
        fields = {name: row[name] for name in Shown.__dataclass_fields__ if name not in ("address", "key")}
        address = keys.decrypt(row["sealed"], "address") if keys and row["sealed"] else None
        key = message_key(row["policy"], row["version"], row["audience"], row["channel"], row["recipient"])
        found.append(Shown(**fields, address=address, key=key))
    return found


def listed_of(store: Store, recipient: str) -> list[Shown]:
    """All messages to one recipient."""
    with store.reading() as connection:
        ids = list(connection.execute(select(_m.id).where(_m.recipient == recipient)).scalars())
    return listed(store, (), None, len(ids), ids) if ids else []


def text_of(store: Store, id: int) -> str:
    """The text of the notice of a message."""
    with store.reading() as connection:
        query = select(_n.text).join_from(tables.messages, tables.notices, _n.id == _m.notice_id).where(_m.id == id)
        return str(connection.execute(query).scalar_one())


def stats(store: Store) -> dict[str, int]:
    """How many messages are in each state."""
    with store.reading() as connection:
        rows = connection.execute(select(_m.state, func.count()).group_by(_m.state)).all()
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return {str(state): int(found.get(str(state), 0)) for state in State}


def steer(
    store: Store, sources: Sequence[State], target: State, ids: Sequence[int], channel: str | None, reason: str,
    told: Queued,
) -> int:  # fmt: skip
    """Move messages (all of `sources` where no ids are named) to another state: a retry, or a cancellation."""
    now = store.clock()
    conditions: list[Any] = [_m.state.in_(list(sources))]
    if ids:
        conditions.append(_m.id.in_(list(ids)))
    if channel:
        conditions.append(_m.channel == channel)
    values: dict[str, Any] = {"state": target, "updated_at": now, "reason": reason or None}
    if target is State.PENDING:
        values |= {"due_at": now, "attempts": 0, "queued_at": now}
    with store.writing() as connection:
        query = update(tables.messages).where(*conditions).values(**values).returning(_m.id, _m.channel)
        moved = list(connection.execute(query))
        if target is State.PENDING:
            for name in {channel for _, channel in moved}:
                told(connection, name, [id for id, channel in moved if channel == name], now)
    return len(moved)


def unknown_ids(store: Store, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that no message has."""
    with store.reading() as connection:
        known = set(connection.execute(select(_m.id).where(_m.id.in_(list(ids)))).scalars())
    return [one for one in ids if one not in known]
