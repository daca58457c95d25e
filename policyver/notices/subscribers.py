"""Subscribers: imported from CSV as a stream, found by keyed hash, exported, erased, pruned.

Addresses and names are encrypted at rest; what is needed to choose an audience (territory, language, policies) is
not. A bad row is left out and reported by its line; the rest of the file counts.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import delete, exists, func, or_, select, update

from policyver.encoding import moment
from policyver.errors import DocumentError, UsageError
from policyver.locales.tags import canonical, problem_of
from policyver.locales.territories import checked_territory
from policyver.notices import steering
from policyver.notices.outbox import State
from policyver.notices.store import Store, tables
from policyver.notices.store.keys import Keys
from policyver.notices.store.sql import upsert

COLUMNS = ("address", "territory", "language", "policies", "name")
_CHUNK = 5000
_LONGEST_FIELD = 4096
_s = tables.subscribers.c


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line in the file, and why. The address is not repeated."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did so far."""

    rows: int
    kept: int
    bad: tuple[BadRow, ...]
    bad_count: int


# reading CSV


def open_csv(
    stream: BinaryIO, name: str, warn: Callable[[str], None]
) -> tuple[Iterator[tuple[int, list[str]]], list[str]]:
    """The rows of a CSV with their lines, and its header. UTF-8, or UTF-16 with a BOM; comma, semicolon or tab.

    Raises `DocumentError` for a file that has no usable header.
    """
    head = stream.read(4)
    encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    joined = io.BufferedReader(_Joined(head, stream))
    text = io.TextIOWrapper(joined, encoding=encoding, errors="replace", newline="")
    first = text.readline(100_000)
    if "\0" in first:
        raise DocumentError("this is no CSV in UTF-8 or UTF-16", where=name, cure="Save it as CSV in UTF-8.")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=False)
    header = [cell.strip().lower() for cell in next(reader, [])]
    if "address" not in header:
        raise DocumentError(
            "the first line is no header with a column `address`", where=f"{name}:1",
            cure=f"The columns are {','.join(COLUMNS)}.",
        )  # fmt: skip
    twice = sorted({one for one in header if one in COLUMNS and header.count(one) > 1})
    if twice:
        raise DocumentError(f"the column `{twice[0]}` is there twice", where=f"{name}:1", cure="Leave one out.")
    unknown = [one for one in header if one not in COLUMNS]
    if unknown:
        warn(f"{name}: {len(unknown)} columns are not used: {', '.join(unknown)[:200]}.")

    def rows() -> Iterator[tuple[int, list[str]]]:
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [f"\0{error}"]
                continue
            if row and any(cell.strip() for cell in row):
                yield line, row

    return rows(), header


class _Joined(io.RawIOBase):
    """A stream whose first bytes have been read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head[: len(buffer)] or self._rest.read(len(buffer))
        if self._head:
            self._head = self._head[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


class Rows:
    """Checks rows; remembers what territories and languages are, since a list repeats them."""

    def __init__(self, header: list[str], schemes: tuple[str, ...]) -> None:
        self._header = header
        self._schemes = schemes
        self._territories: dict[str, str] = {}
        self._languages: dict[str, str] = {}

    def read(self, cells: list[str]) -> dict[str, str]:
        """A row as canonical fields. Raises `UsageError` with what is wrong."""
        from policyver.notices.channels.factory import address_of

        if len(cells) == 1 and cells[0].startswith("\0"):
            raise UsageError(f"the row cannot be read: {cells[0][1:]}")
        if len(cells) > len(self._header):
            raise UsageError(f"{len(cells)} cells, where the header has {len(self._header)}")
        said = {name: cell.strip() for name, cell in zip(self._header, cells, strict=False) if name in COLUMNS}
        for name, cell in said.items():
            if len(cell) > _LONGEST_FIELD:
                raise UsageError(f"`{name}` is longer than {_LONGEST_FIELD} characters")
            if "\ufffd" in cell or not cell.isprintable():
                raise UsageError(f"`{name}` has a control character, or is not UTF-8")
        kind, address = address_of(said.get("address", ""), self._schemes)
        return {
            "kind": kind,
            "address": address,
            "territory": self._territory(said.get("territory", "")),
            "language": self._language(said.get("language", "")),
            "policies": f" {' '.join(sorted(set(said.get('policies', '').split())))} ".replace("  ", " "),
            "name": said.get("name", ""),
        }

    def _territory(self, written: str) -> str:
        if written not in self._territories:
            if not written:
                raise UsageError("the territory is missing: it decides which text governs")
            self._territories[written] = checked_territory(written)
        return self._territories[written]

    def _language(self, written: str) -> str:
        if written not in self._languages:
            if written and (problem := problem_of(written)):
                raise UsageError(f"the language {written[:40]!r} {problem}")
            self._languages[written] = canonical(written) if written else ""
        return self._languages[written]


def import_csv(
    store: Store,
    stream: BinaryIO,
    name: str,
    *,
    consent: bool,
    schemes: tuple[str, ...],
    warn: Callable[[str], None],
    progress: Callable[[int], None] = lambda rows: None,
    most_bad: int = 1000,
) -> Imported:
    """Add or update the subscribers of a CSV; an address that is there already gets what the file says.

    `consent` notes that they have asked for courtesy notices. Of bad rows the first `most_bad` are kept to be shown.
    Raises `DocumentError` for a file that is none.
    """
    rows, header = open_csv(stream, name, warn)
    checker, keys = Rows(header, schemes), store.keys
    bad: list[BadRow] = []
    total = kept = bad_count = 0
    for chunk in _chunks(rows, _CHUNK):
        now = store.clock()
        found: dict[str, dict[str, Any]] = {}
        for line, cells in chunk:
            total += 1
            try:
                said = checker.read(cells)
            except UsageError as error:
                bad_count += 1
                if len(bad) < most_bad:
                    bad.append(BadRow(line, error.what))
                continue
            lookup = keys.lookup(said["address"])
            found[lookup] = _row(keys, said, lookup, now, now if consent else None)
        if found:
            _write(store, list(found.values()), consent=consent)
        kept += len(found)
        progress(total)
    return Imported(total, kept, tuple(bad), bad_count)


def _row(keys: Keys, said: dict[str, str], lookup: str, now: int, consented_at: int | None) -> dict[str, Any]:
    return {
        "lookup": lookup,
        "address": keys.encrypt(said["address"], "address"),
        "name": keys.encrypt(said["name"], "name") if said["name"] else None,
        "kind": said["kind"],
        "territory": said["territory"],
        "language": said["language"],
        "policies": said["policies"],
        "consented_at": consented_at,
        "created_at": now,
        "updated_at": now,
    }


def _write(store: Store, rows: list[dict[str, Any]], *, consent: bool) -> None:
    changed = ["address", "name", "kind", "territory", "language", "policies", "updated_at"]
    with store.writing() as connection:
        statement = upsert(store, tables.subscribers, "lookup", [*changed, "consented_at"] if consent else changed)
        connection.execute(statement, rows)


def _chunks(rows: Iterable[tuple[int, list[str]]], size: int) -> Iterator[list[tuple[int, list[str]]]]:
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


# one person


def lookup_of(store: Store, written: str) -> str:
    """The keyed hash of an address that a person typed. Raises `UsageError`."""
    from policyver.notices.channels.factory import address_of, scheme_of

    schemes = (scheme_of(written),) if "://" in written else ()
    return store.keys.lookup(address_of(written, schemes)[1])


def export(store: Store, written: str) -> dict[str, Any]:
    """All that the store has of one person. Raises `UsageError` where it has nothing."""
    lookup = lookup_of(store, written)
    with store.reading() as connection:
        row = connection.execute(select(tables.subscribers).where(_s.lookup == lookup)).mappings().first()
        e = tables.evidence.c
        said = list(connection.execute(select(tables.evidence).where(e.recipient == lookup).order_by(e.seq)).mappings())
        p = tables.suppressions.c
        suppressed = connection.execute(select(tables.suppressions).where(p.lookup == lookup)).mappings().first()
    if row is None and not said and suppressed is None:
        raise UsageError("the store has nothing of this address", cure="Check the spelling; the domain ignores case.")
    messages = steering.listed_of(store, lookup)
    return {
        "schema": "policyver.subscriber/1",
        "subscriber": _plain(store, dict(row)) if row else None,
        "suppressed": {"reason": suppressed["reason"], "at": moment(suppressed["at"])} if suppressed else None,
        "messages": [
            {"policy": one.policy, "version": one.version, "label": one.label, "channel": one.channel,
             "subject": one.subject, "state": one.state, "reason": one.reason, "at": moment(one.updated_at)}
            for one in messages
        ],
        "evidence": [
            {"seq": one["seq"], "at": moment(one["at"]), "policy": one["policy"], "version": one["version"],
             "channel": one["channel"], "result": one["result"], "digest": one["digest"]}
            for one in said
        ],
    }  # fmt: skip


def _plain(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": store.keys.decrypt(row["address"], "address"),
        "name": store.keys.decrypt(row["name"], "name") if row["name"] else "",
        "territory": row["territory"],
        "language": row["language"],
        "policies": row["policies"].split(),
        "consented_at": _moment_if_any(row["consented_at"]),
        "unsubscribed_at": _moment_if_any(row["unsubscribed_at"]),
        "created_at": moment(row["created_at"]),
        "updated_at": moment(row["updated_at"]),
    }


def _moment_if_any(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else moment(milliseconds)


def erase(store: Store, written: str) -> int:
    """Erase one person: address, name and market are gone, what waits for him is cancelled; how many messages were.

    The evidence stays as it is, with a keyed hash in it that leads to nobody any more.
    Raises `UsageError` where the store has no such subscriber.
    """
    lookup = lookup_of(store, written)
    m = tables.messages.c
    with store.writing() as connection:
        id = connection.execute(select(_s.id).where(_s.lookup == lookup)).scalar()
        if id is None:
            raise UsageError("the store has no such subscriber", cure="Check the spelling; the domain ignores case.")
        waiting = (m.subscriber_id == id, m.state.in_([State.PENDING, State.FAILED]))
        cancelled = connection.execute(
            update(tables.messages)
            .where(*waiting)
            .values(state=State.CANCELLED, reason="the subscriber was erased", updated_at=store.clock())
        ).rowcount
        connection.execute(update(tables.messages).where(m.subscriber_id == id).values(subscriber_id=None))
        connection.execute(delete(tables.subscribers).where(_s.id == id))
        connection.execute(delete(tables.suppressions).where(tables.suppressions.c.lookup == lookup))
    return int(cancelled)


def by_token(store: Store, purpose: str, token: str) -> None:
    """Do what a confirmed link asks for: note the consent, or that the person wants no courtesy notices any more.

    Raises `UsageError` for a token that is none, or whose person has been erased.
    """
    from policyver.notices import tokens

    lookup, now = tokens.read(store, purpose, token), store.clock()
    values: dict[str, Any] = (
        {"consented_at": now, "unsubscribed_at": None} if purpose == tokens.CONFIRM else {"unsubscribed_at": now}
    )
    with store.writing() as connection:
        found = connection.execute(update(tables.subscribers).where(_s.lookup == lookup).values(**values)).rowcount
        if found and purpose == tokens.UNSUBSCRIBE:
            m, n = tables.messages.c, tables.notices.c
            courtesy = exists().where(n.id == m.notice_id, n.duty == "courtesy")
            connection.execute(
                update(tables.messages)
                .where(m.recipient == lookup, m.state.in_([State.PENDING, State.FAILED]), courtesy)
                .values(state=State.CANCELLED, reason="unsubscribed", updated_at=now)
            )
    if not found:
        raise UsageError("the store has no such subscriber any more", cure="There is nothing left to do.")


# many


def prune(store: Store, days: int) -> dict[str, int]:
    """Delete what is older than a retention limit: subscribers that no import or link has touched since, and messages
    that have ended. The evidence stays. How much was deleted, by kind."""
    limit = store.clock() - days * 86_400_000
    m, n = tables.messages.c, tables.notices.c
    ended = [State.SENT, State.DEAD, State.CANCELLED]
    with store.writing() as connection:
        messages = connection.execute(delete(tables.messages).where(m.state.in_(ended), m.updated_at < limit)).rowcount
        waiting = exists().where(m.subscriber_id == _s.id, m.state.not_in(ended))
        people = connection.execute(
            delete(tables.subscribers).where(
                _s.updated_at < limit, or_(_s.unsubscribed_at.is_(None), _s.unsubscribed_at < limit), ~waiting
            )
        ).rowcount
        used = exists().where(m.notice_id == n.id)
        notices = connection.execute(delete(tables.notices).where(n.created_at < limit, ~used)).rowcount
    return {"subscribers": int(people), "messages": int(messages), "notices": int(notices)}


@dataclass(frozen=True, slots=True)
class Market:
    """The subscribers of one territory, language and kind of address."""

    territory: str
    language: str
    kind: str
    count: int
    consented: int


def markets(store: Store) -> list[Market]:
    """How many subscribers each market has."""
    consents = func.count(_s.consented_at).filter(_s.unsubscribed_at.is_(None))
    query = (
        select(_s.territory, _s.language, _s.kind, func.count(), consents)
        .group_by(_s.territory, _s.language, _s.kind)
        .order_by(_s.territory, _s.language, _s.kind)
    )
    with store.reading() as connection:
        return [Market(*row) for row in connection.execute(query)]


def everybody(store: Store, territory: str | None, limit: int | None) -> Iterator[dict[str, Any]]:
    """The subscribers, decrypted, as a stream."""
    query = select(tables.subscribers).order_by(_s.id)
    if territory:
        query = query.where(_s.territory == territory)
    if limit is not None:
        query = query.limit(limit)
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query).mappings():
            yield _plain(store, dict(row))


def suppress(store: Store, lookup: str, reason: str) -> None:
    """Send nothing to an address any more; what waits for it is dead."""
    m, now = tables.messages.c, store.clock()
    with store.writing() as connection:
        connection.execute(
            upsert(store, tables.suppressions, "lookup", ["reason", "at"]),
            {"lookup": lookup, "reason": reason, "at": now},
        )
        connection.execute(
            update(tables.messages)
            .where(m.recipient == lookup, m.state.in_([State.PENDING, State.FAILED]))
            .values(state=State.DEAD, reason=f"suppressed: {reason}", updated_at=now)
        )
