"""``policyver outbox`` and ``policyver worker``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from policyver.cli.app import warn
from policyver.cli.notices import deliver, ended_by_signal, installed, open_desk
from policyver.cli.output import Format, console_for, emit
from policyver.errors import UsageError, nearest

if TYPE_CHECKING:
    from policyver.cli.app import Globals
    from policyver.notices.outbox import State

_RETRY_FROM = ("dead", "failed", "cancelled")
_CANCEL_FROM = ("pending", "failed")


def run_run(options: Globals, longest_wait: float | None) -> None:
    """Deliver what is waiting, until there is nothing."""
    with open_desk(options) as desk:
        done = deliver(desk, longest_wait)
    print(f"{done.get('sent', 0)} messages sent.")


def run_stats(options: Globals, format: Format | None, output: list[Path]) -> None:
    """How many messages are in each state."""
    from policyver.rendering import outbox as rendering

    with open_desk(options) as desk:
        from policyver.notices import steering

        found = steering.stats(desk.store)

    emit(
        {
            Format.rich: lambda out: rendering.write_stats(found, out),
            Format.plain: lambda out: rendering.write_stats(found, out),
            Format.json: lambda out: rendering.write_stats_json(found, out),
        },
        format,
        output,
    )


def run_list(
    options: Globals, states: list[str], channel: str | None, limit: int, format: Format | None, output: list[Path]
) -> None:
    """List messages."""
    from policyver.rendering import outbox as rendering

    with open_desk(options) as desk:
        from policyver.notices import steering

        found = steering.listed(desk.store, [_state(one) for one in states], channel, limit)
    emit(
        {
            Format.rich: lambda out: rendering.print_messages(found, console_for(out)),
            Format.plain: lambda out: rendering.write_messages(found, out),
            Format.json: lambda out: rendering.write_messages_json(found, out),
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


def run_show(options: Globals, id: int, format: Format | None, output: list[Path]) -> None:
    """Show one message with its notice and what the evidence says of it."""
    from policyver.rendering import outbox as rendering

    with open_desk(options) as desk:
        from policyver.notices import evidence, steering

        found = steering.listed(desk.store, (), None, 1, [id])
        if not found:
            raise UsageError(f"there is no message {id}", cure="`policyver outbox list` shows them.")
        [one] = found
        text = steering.text_of(desk.store, id)
        history = evidence.of_message(desk.store, one.key)

    emit(
        {
            Format.rich: lambda out: rendering.write_message(one, text, history, out),
            Format.plain: lambda out: rendering.write_message(one, text, history, out),
            Format.json: lambda out: rendering.write_message_json(one, text, history, out),
        },
        format,
        output,
    )


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
