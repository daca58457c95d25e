"""The evidence: an append-only record, hash-chained, of which notice went to whom, through what, when and how.

Each row's hash (SHA-256) covers the row and the hash before it, so that a row that is altered, taken out or put
elsewhere is found and named; the head is signed with the store's key, so that rows cut off at the end are missed.
People are in it as keyed hashes only: erasing a person leaves the chain whole, and nobody can be read from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, RowMapping

from policyver.notices.store import Store, tables

START = "0" * 64
"""What stands for the hash before the first row."""


class Result(StrEnum):
    """How an attempt to deliver ended."""

    SENT = "sent"
    """The channel took it."""
    FAILED = "failed"
    """It did not, and will be tried again."""
    DEAD = "dead"
    """It never will."""
    UNKNOWN = "unknown"
    """The sender died before it could say; it will be tried again under the same id."""
    BOUNCED = "bounced"
    """The channel had taken it, and sent it back later."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: `message` identifies the message (its Message-ID begins with it), `digest` its content's hash."""

    message: str
    policy: str
    version: str
    audience: str
    digest: str
    recipient: str
    channel: str
    result: str
    detail: str

    @property
    def fields(self) -> dict[str, str]:
        """By name, in their order; `dataclasses.asdict` copies, which a million messages feel."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in its place in the chain; `at` in milliseconds since 1970."""

    seq: int
    at: int
    entry: Entry
    hash: str


def row_hash(before: str, seq: int, at: int, entry: Entry) -> str:
    """The hash of a row that follows the hash `before`. Canonical JSON, so that anyone can compute it again."""
    fields = [before, seq, at, *entry.fields.values()]
    written = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def append(store: Store, connection: Connection, entries: Sequence[Entry], now: int) -> None:
    """Add rows at the end, in a transaction of the caller's. Those of one moment are never older than the last."""
    if not entries:
        return
    head = tables.evidence_head
    query = select(head.c.seq, head.c.hash).where(head.c.id == 1).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        from policyver.notices.store.sql import insert_new

        connection.execute(insert_new(store, head), {"id": 1, "seq": 0, "hash": START, "mac": ""})
        found = connection.execute(query).one()
    seq, before = found
    rows = []
    for entry in entries:
        seq += 1
        before = row_hash(before, seq, now, entry)
        rows.append({"seq": seq, "at": now, "hash": before, **entry.fields})
    connection.execute(insert(tables.evidence), rows)
    connection.execute(update(head).where(head.c.id == 1).values(seq=seq, hash=before, mac=_mac(store, seq, before)))


def _mac(store: Store, seq: int, hash: str) -> str:
    keys = store.keys_if_any
    return keys.mac(f"{seq}:{hash}") if keys else ""


def rows(connection: Connection) -> Iterator[Row]:
    """The whole chain, in order."""
    found = connection.execution_options(yield_per=1000).execute(
        select(tables.evidence).order_by(tables.evidence.c.seq)
    )
    for one in found.mappings():
        yield _row(one)


def _row(one: RowMapping) -> Row:
    entry = Entry(**{name: one[name] for name in Entry.__slots__})
    return Row(one["seq"], one["at"], entry, one["hash"])


def of_message(store: Store, message: str) -> list[Row]:
    """The rows of one message, in order."""
    with store.reading() as connection:
        query = select(tables.evidence).where(tables.evidence.c.message == message).order_by(tables.evidence.c.seq)
        return [_row(one) for one in connection.execute(query).mappings()]


def write(store: Store, out: IO[str]) -> int:
    """Write the chain as JSON Lines, each row with all that its hash covers; how many rows."""
    count = 0
    with store.reading() as connection:
        for row in rows(connection):
            count += 1
            out.write(json.dumps({"seq": row.seq, "at": row.at, **row.entry.fields, "hash": row.hash}) + "\n")
    return count


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found: how many rows, the last hash, and what is wrong, in sentences."""

    count: int
    head: str
    problems: tuple[str, ...]


def verify(store: Store, noted: str | None = None, most: int = 20) -> Verification:
    """Walk the chain. `noted` is a hash that was noted earlier and must still be in it."""
    problems: list[str] = []
    before, expected, seen_noted = START, 1, noted is None
    with store.reading() as connection:
        for row in rows(connection):
            problem, expected_hash = None, row_hash(before, row.seq, row.at, row.entry)
            if row.seq != expected:
                gone = row.seq - expected
                which = f"row {expected}" if gone == 1 else f"rows {expected} to {row.seq - 1}"
                problem = f"{which} removed: row {row.seq} follows row {expected - 1}"
            elif row.hash != expected_hash:
                problem = f"row {row.seq} altered, or put in another's place: its hash does not follow from it"
            if problem and len(problems) < most:
                problems.append(problem)
            seen_noted = seen_noted or row.hash == noted
            before, expected = row.hash, row.seq + 1
        head = connection.execute(select(tables.evidence_head).where(tables.evidence_head.c.id == 1)).mappings().first()
    count = expected - 1
    if head is None:
        problems += ["the head is gone"] if count else []
    else:
        if head["seq"] > count:
            problems.append(f"rows {count + 1} to {head['seq']} removed at the end")
        elif head["hash"] != before:
            problems.append(f"the head does not belong to row {count}: rows were added or altered without it")
        keys = store.keys_if_any
        if keys and head["mac"] and head["mac"] != keys.mac(f"{head['seq']}:{head['hash']}"):
            problems.append("the head is not signed with this key: the chain was written anew by somebody else")
    if not seen_noted:
        problems.append(f"the hash {noted} that was noted earlier is not in the chain")
    return Verification(count, before, tuple(problems))
