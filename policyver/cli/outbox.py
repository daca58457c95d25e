"""``policyver outbox`` and ``policyver worker``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cli.app import warn
from policyver.cli.notices import deliver, ended_by_signal, installed, open_desk
from policyver.cli.output import Format, console_for, emit
from policyver.errors import UsageError, nearest
from policyver.safety import visible

if TYPE_CHECKING:
    from policyver.cli.app import Globals
    from policyver.notices.outbox import State
    from policyver.notices.steering import Shown

_RETRY_FROM = ("dead", "failed", "cancelled")
_CANCEL_FROM = ("pending", "failed")


def run_run(options: Globals, longest_wait: float | None) -> None:
    """Deliver what is waiting, until there is nothing."""
    with open_desk(options) as desk:
        done = deliver(desk, longest_wait)
    print(f"{done.get('sent', 0)} messages sent.")


def run_stats(options: Globals, format: Format | None, output: list[Path]) -> None:
    """How many messages are in each state."""
    from policyver.encoding import dumps

    with open_desk(options) as desk:
        from policyver.notices import steering

        found = steering.stats(desk.store)

    def plain(out: IO[str]) -> None:
        for state, count in found.items():
            out.write(f"{state:<10} {count:>9}\n")

    writers = {Format.rich: plain, Format.plain: plain, Format.json: lambda out: out.write(dumps(found) + "\n")}
    emit(writers, format, output)


def run_list(
    options: Globals, states: list[str], channel: str | None, limit: int, format: Format | None, output: list[Path]
) -> None:
    """List messages."""
    with open_desk(options) as desk:
        from policyver.notices import steering

        found = steering.listed(desk.store, [_state(one) for one in states], channel, limit)
    emit(
        {
            Format.rich: lambda out: _table(found, out),
            Format.plain: lambda out: _lines(found, out),
            Format.json: lambda out: _json(found, out),
        },
        format,
        output,
    )


def _state(written: str) -> State:
    from policyver.notices.outbox import State

    try:
        return State(written)
    except ValueError:
        raise UsageError(f"there is no state {written!r}", cure=nearest(written, [str(one) for one in State])) from None


def _recipient(one: Shown) -> str:
    return visible(
        one.address or (one.recipient if one.recipient.startswith("channel:") else f"({one.recipient[:12]}…)")
    )


def _at(milliseconds: int) -> str:
    from policyver.notices.subscribers import iso

    return str(iso(milliseconds))


def _table(found: list[Shown], out: IO[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "Id", "State", "Notice", "Recipient", "Tried", "Last change", "Reason", box=None, padding=(0, 2, 0, 0)
    )
    for one in found:
        notice = f"{one.policy} {one.label} {one.audience}"
        table.add_row(str(one.id), one.state, Text(visible(notice)), Text(_recipient(one)), str(one.attempts),
                      _at(one.updated_at), Text(visible(one.reason or "")))  # fmt: skip
    console_for(out).print(table if found else "No messages.")


def _lines(found: list[Shown], out: IO[str]) -> None:
    for one in found:
        why = f"  {visible(one.reason)}" if one.reason else ""
        out.write(
            f"{one.id}  {one.state}  {visible(one.policy)} {visible(one.label)} {one.audience}  {one.channel}  "
            f"{_recipient(one)}  tried {one.attempts}×  {_at(one.updated_at)}{why}\n"
        )


def _json(found: list[Shown], out: IO[str]) -> None:
    from policyver.encoding import dumps

    out.write(dumps({"schema": "policyver.outbox/1", "messages": [_plain(one) for one in found]}) + "\n")


def _plain(one: Shown) -> dict[str, object]:
    return {
        "id": one.id, "message_id": one.key, "state": one.state, "policy": one.policy, "version": one.version,
        "label": one.label, "audience": one.audience, "channel": one.channel, "recipient": one.recipient,
        "address": one.address, "subject": one.subject, "attempts": one.attempts, "queued_at": _at(one.queued_at),
        "due_at": _at(one.due_at), "updated_at": _at(one.updated_at), "reason": one.reason,
    }  # fmt: skip


def run_show(options: Globals, id: int, format: Format | None, output: list[Path]) -> None:
    """Show one message with its notice and what the evidence says of it."""
    with open_desk(options) as desk:
        from policyver.notices import evidence, steering

        found = steering.listed(desk.store, (), None, 1, [id])
        if not found:
            raise UsageError(f"there is no message {id}", cure="`policyver outbox list` shows them.")
        [one] = found
        text = steering.text_of(desk.store, id)
        history = evidence.of_message(desk.store, one.key)

    def plain(out: IO[str]) -> None:
        out.write(f"Message {one.id}: {one.state}{f' ({visible(one.reason)})' if one.reason else ''}\n")
        out.write(f"To {_recipient(one)} through {one.channel}, tried {one.attempts} times\n")
        out.write(f"Id {one.key}\n")
        for row in history:
            detail = f"  {visible(row.entry.detail)}" if row.entry.detail else ""
            out.write(f"  {_at(row.at)}  {row.entry.result}{detail}  (evidence {row.seq})\n")
        out.write(f"\nSubject: {visible(one.subject)}\n\n{visible(text)}")

    def as_json(out: IO[str]) -> None:
        from policyver.encoding import dumps

        rows = [{"seq": row.seq, "at": _at(row.at), "result": row.entry.result, "detail": row.entry.detail}
                for row in history]  # fmt: skip
        out.write(dumps({"schema": "policyver.message/1", **_plain(one), "text": text, "evidence": rows}) + "\n")

    emit({Format.rich: plain, Format.plain: plain, Format.json: as_json}, format, output)


def run_steer(options: Globals, ids: list[int], everything: bool, channel: str | None, retry: bool) -> None:
    """Retry or cancel messages."""
    verb = "retry" if retry else "cancel"
    if bool(ids) == everything:
        raise UsageError(f"name the messages to {verb}, or --all", cure="`policyver outbox list` shows their ids.")
    with open_desk(options) as desk:
        from policyver.notices import steering
        from policyver.notices.outbox import State

        unknown = steering.unknown_ids(desk.store, ids) if ids else []
        if unknown:
            raise UsageError(f"there is no message {unknown[0]}", cure="`policyver outbox list` shows them.")
        # Without ids, a retry takes the dead only: what was cancelled was cancelled on purpose.
        sources = (_RETRY_FROM if ids else ("dead", "failed")) if retry else _CANCEL_FROM
        moved = steering.steer(
            desk.store, [State(one) for one in sources], State.PENDING if retry else State.CANCELLED, ids, channel,
            "" if retry else "cancelled by hand", desk.told,
        )  # fmt: skip
    print(f"{moved} messages {'to be sent again' if retry else 'cancelled'}.")
    if ids and moved < len(set(ids)):
        warn(f"{len(set(ids)) - moved} are in a state from which there is no {verb}: {', '.join(sources)} can be.")


def run_bounces(options: Globals, paths: list[Path]) -> None:
    """Take in delivery status notifications."""
    from collections import Counter

    with open_desk(options) as desk:
        from policyver.notices import bounces

        counted: Counter[str] = Counter()
        for path in paths:
            mails = [bounces.parsed(sys.stdin.buffer.read())] if str(path) == "-" else bounces.mails(path)
            for mail in mails:
                reports = bounces.reports(mail)
                counted.update(bounces.take(desk.store, one).outcome for one in reports)
                counted["no report"] += not reports
    said = ", ".join(f"{counted[one]} {one}" for one in ("suppressed", "bounced", "noted", "foreign", "no report")
                     if counted[one])  # fmt: skip
    print(said or "no mails")


def run_worker(options: Globals, until_empty: bool) -> None:
    """Keep delivering: jobs of PostgreSQL, or the embedded store looked at again and again."""
    with installed(), open_desk(options) as desk:
        state: dict[str, int] = {}
        with desk.courier(lambda one: state.update({str(one): state.get(str(one), 0) + 1})) as courier:
            warn(f"working on {desk.store.name}; Ctrl-C ends it when the batch at hand is done.")
            if desk.store.is_postgresql:
                from policyver.notices.jobs import run_worker

                run_worker(courier, until_empty=until_empty)
            else:
                with ended_by_signal():
                    while True:
                        courier.drain()
                        if until_empty:
                            break
                        time.sleep(1.0)
    print(f"{state.get('sent', 0)} messages sent.")
