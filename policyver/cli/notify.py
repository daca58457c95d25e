"""``policyver notify``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from policyver.cli.app import warn
from policyver.cli.notices import Bar, Desk, deliver, installed, open_desk
from policyver.cli.output import Format, console_for, day_option, emit
from policyver.cli.status import whole_history
from policyver.errors import UsageError, nearest

if TYPE_CHECKING:
    from policyver.cli.app import Globals
    from policyver.notices.notifying import Plan
    from policyver.notices.store import Store
    from policyver.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be announced: of which change and policy, through which channels, as of which day."""

    revisions: str | None
    policy: str | None = None
    tags: frozenset[str] = frozenset()
    on: str | None = None

    @property
    def day(self) -> dt.date:
        return day_option(self.on, "--on") or dt.datetime.now(dt.UTC).date()


def run(
    options: Globals,
    wish: Wish,
    dry_run: bool,
    queue_only: bool,
    send_at: str | None,
    preview: Path | None,
    longest_wait: float | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Plan, and unless it is only looked at: compose, queue and deliver."""
    due = moment(send_at, dt.datetime.now(dt.UTC))
    with installed():
        if dry_run or preview is not None:
            _look(options, wish, preview, format, output)
            return
        with open_desk(options) as desk:
            _send(desk, _plan(desk.workspace, desk.store, wish), wish.day, due, queue_only, longest_wait)


def moment(written: str | None, now: dt.datetime) -> dt.datetime:
    """The time that ``--send-at`` names, in UTC; `now` for None. Raises `UsageError` for one that has passed."""
    if written is None:
        return now
    try:
        at = dt.datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(
            f"--send-at {written} is no time", cure="Write it as 2026-12-01T09:00+01:00; without an offset it is UTC."
        ) from None
    at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    if at < now - dt.timedelta(minutes=1):
        raise UsageError(
            f"--send-at {written} has passed: it is {now.isoformat(timespec='minutes')} now",
            cure="Name a later time, or leave it out to send at once.",
        )
    return at


def _plan(workspace: Workspace, store: Store | None, wish: Wish) -> Plan:
    from policyver.notices.markets import Markets, open_span
    from policyver.notices.notifying import plan

    span = open_span(whole_history(workspace), wish.revisions, wish.policy, wish.day)
    channels = workspace.settings.channels
    unknown = wish.tags - {tag for one in channels for tag in one.tags}
    if unknown:
        tags = sorted({tag for one in channels for tag in one.tags})
        raise UsageError(f"no channel has the tag {min(unknown)!r}", cure=nearest(min(unknown), tags))
    chosen = tuple(one for one in channels if not wish.tags or wish.tags & set(one.tags))
    return plan(Markets(span), replace(workspace.settings, channels=chosen), store, wish.day, span.head_commit)


def _look(options: Globals, wish: Wish, preview: Path | None, format: Format | None, output: Sequence[Path]) -> None:
    """Show what would be sent, and write the previews; nothing is queued, and no store is made."""
    from policyver.notices.store import open_store, store_exists
    from policyver.rendering import notices as rendering

    workspace = options.workspace()
    root = workspace.root
    store = open_store(workspace.settings, root) if store_exists(workspace.settings, root) else None
    if store is None and "${" in workspace.settings.store_url:
        warn("the address of the store is not set here, so subscribers are not counted.")
    found = _plan(workspace, store, wish)
    if preview is not None:
        from policyver.notices.previews import write_previews

        count = write_previews(found, workspace.settings, root, wish.day, preview)
        warn(f"wrote {count} notices to {preview}; open {preview / 'index.html'} in a browser.")
    emit(
        {
            Format.rich: lambda out: rendering.print_plan(found, console_for(out)),
            Format.plain: lambda out: rendering.write_plain(found, out),
            Format.json: lambda out: rendering.write_json(found, out),
            Format.markdown: lambda out: rendering.write_markdown(found, out),
        },
        format,
        output,
    )
    if store is not None:
        store.close()


def _send(
    desk: Desk, found: Plan, today: dt.date, due: dt.datetime, queue_only: bool, longest_wait: float | None
) -> None:
    from policyver.notices.delivery import check_channels
    from policyver.notices.notifying import check_links, compose, queue

    for remark in found.remarks:
        warn(remark)
    if not found.deliveries and not any(one.change.is_announced for one in found.announcements):
        print("Nothing to announce: `policyver notify --dry-run` says why.")
    else:
        check_channels(desk.settings, {one.channel.name for one in found.deliveries}, desk.root)
        check_links(found, desk.settings)
        composed = compose(found, desk.settings, desk.root, today)
        with Bar("queueing", found.recipients) as bar:
            at = int(due.timestamp() * 1000)
            added = queue(desk.store, composed, at, desk.told, bar.advance)
        there = found.recipients - added
        already = f"; {there} were there already" if there > 0 else ""
        print(f"{_count(len(composed), 'notice')}, {_count(added, 'message')} queued{already}.")
    if due > dt.datetime.now(dt.UTC):
        print(
            f"To be sent at {due.isoformat(timespec='minutes')}: `policyver outbox run` then, or a worker, sends them."
        )
        return
    if queue_only:
        print("`policyver outbox run` or a worker sends them.")
        return
    done = deliver(desk, longest_wait)
    print(f"{_count(done.get('sent', 0), 'message')} sent.")


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
