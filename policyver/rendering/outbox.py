"""What ``policyver outbox`` shows: messages, one message with its history, and how many are in each state."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from policyver.encoding import dumps, moment
from policyver.safety import visible

if TYPE_CHECKING:
    from rich.console import Console

    from policyver.notices.evidence import Row
    from policyver.notices.steering import Shown


def _recipient(one: Shown) -> str:
    return visible(
        one.address or (one.recipient if one.recipient.startswith("channel:") else f"({one.recipient[:12]}…)")
    )


def print_messages(found: list[Shown], console: Console) -> None:
    """Messages for a terminal."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "Id", "State", "Notice", "Recipient", "Tried", "Last change", "Reason", box=None, padding=(0, 2, 0, 0)
    )
    for one in found:
        notice = f"{one.policy} {one.label} {one.audience}"
        table.add_row(str(one.id), one.state, Text(visible(notice)), Text(_recipient(one)), str(one.attempts),
                      moment(one.updated_at), Text(visible(one.reason or "")))  # fmt: skip
    console.print(table if found else "No messages.")


def write_messages(found: list[Shown], out: IO[str]) -> None:
    """Messages as lines."""
    for one in found:
        why = f"  {visible(one.reason)}" if one.reason else ""
        out.write(
            f"{one.id}  {one.state}  {visible(one.policy)} {visible(one.label)} {one.audience}  {one.channel}  "
            f"{_recipient(one)}  tried {one.attempts}×  {moment(one.updated_at)}{why}\n"
        )


def write_messages_json(found: list[Shown], out: IO[str]) -> None:
    """Messages as ``policyver.outbox/1``."""
    out.write(dumps({"schema": "policyver.outbox/1", "messages": [_plain(one) for one in found]}) + "\n")


def _plain(one: Shown) -> dict[str, object]:
    return {
        "id": one.id, "message_id": one.key, "state": one.state, "policy": one.policy, "version": one.version,
        "label": one.label, "audience": one.audience, "channel": one.channel, "recipient": one.recipient,
        "address": one.address, "subject": one.subject, "attempts": one.attempts, "queued_at": moment(one.queued_at),
        "due_at": moment(one.due_at), "updated_at": moment(one.updated_at), "reason": one.reason,
    }  # fmt: skip


def write_message(one: Shown, text: str, history: list[Row], out: IO[str]) -> None:
    """One message: what became of it, and what it says."""
    out.write(f"Message {one.id}: {one.state}{f' ({visible(one.reason)})' if one.reason else ''}\n")
    out.write(f"To {_recipient(one)} through {one.channel}, tried {one.attempts} times\n")
    out.write(f"Id {one.key}\n")
    for row in history:
        detail = f"  {visible(row.entry.detail)}" if row.entry.detail else ""
        out.write(f"  {moment(row.at)}  {row.entry.result}{detail}  (evidence {row.seq})\n")
    out.write(f"\nSubject: {visible(one.subject)}\n\n{visible(text)}")


def write_message_json(one: Shown, text: str, history: list[Row], out: IO[str]) -> None:
    """One message as ``policyver.message/1``."""
    rows = [
        {"seq": row.seq, "at": moment(row.at), "result": row.entry.result, "detail": row.entry.detail}
        for row in history
    ]
    out.write(dumps({"schema": "policyver.message/1", **_plain(one), "text": text, "evidence": rows}) + "\n")


def write_stats(found: dict[str, int], out: IO[str]) -> None:
    """How many messages are in each state."""
    for state, count in found.items():
        out.write(f"{state:<10} {count:>9}\n")


def write_stats_json(found: dict[str, int], out: IO[str]) -> None:
    """The same as one object."""
    out.write(dumps(found) + "\n")
