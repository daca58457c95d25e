"""What ``policyver notify --dry-run`` shows: what is announced where, to how many, and why elsewhere nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from policyver.encoding import dumps
from policyver.safety import for_markdown, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from policyver.notices.markets import Announcement
    from policyver.notices.notifying import Plan

_MOST = 10


def territories(codes: Sequence[str]) -> str:
    """Codes in one line, the first few of many."""
    shown = ", ".join(codes[:_MOST])
    return f"{shown} and {len(codes) - _MOST} more" if len(codes) > _MOST else shown


def _announced(plan: Plan) -> Iterator[tuple[Announcement, int]]:
    """What is announced, with how many subscribers it reaches."""
    for one in plan.announcements:
        if one.change.is_announced:
            reached = {
                (each.channel.name, each.audience): each.recipients
                for each in plan.deliveries
                if each.kind and each.change.policy == one.change.policy and each.audience in one.audiences
            }
            yield one, sum(reached.values())


def _when(one: Announcement) -> str:
    new = one.change.new
    return new.in_force_from.isoformat() if new else ""


def _summary(plan: Plan) -> str:
    single = [one for one in plan.deliveries if one.kind is None]
    people = plan.recipients - len(single)
    through = f", {len(single)} to channels of their own" if single else ""
    return f"{people} messages to subscribers{through}. Nothing has been queued."


def print_plan(plan: Plan, console: Console) -> None:
    """The plan for a terminal."""
    from rich.text import Text

    announced = list(_announced(plan))
    if announced:
        table = _titled("To be announced", "green", "Text", "Where", "What", "Notice", "In force", "People")
        for one, people in announced:
            table.add_row(
                Text(f"{one.change.policy}/{_locale(one)}"), territories(one.territories),
                Text(visible(one.change.reason)), str(one.change.duty), _when(one), str(people),
            )  # fmt: skip
        console.print(table)
        console.print()
    quiet = [one for one in plan.announcements if not one.change.is_announced]
    if quiet:
        table = _titled("Nothing to announce", "", "Policy", "Where", "Why")
        for one in quiet:
            table.add_row(Text(one.change.policy), territories(one.territories), Text(visible(one.change.reason)))
        console.print(table)
        console.print()
    for each in plan.deliveries:
        if each.kind is None:
            console.print(Text(f"Channel {each.channel.name}: {_delivery(each)}"))
    for remark in plan.remarks:
        console.print(Text(f"! {visible(remark)}", style="yellow"))
    console.print(_summary(plan))


def _titled(title: str, colour: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(*columns, box=None, header_style="bold", title=title, title_justify="left",
                  title_style=f"bold {colour}".strip(), padding=(0, 2, 0, 0))  # fmt: skip
    table.columns[1].ratio, table.columns[2].ratio = 2, 3
    return table


def _delivery(one: Any) -> str:
    return f"{one.change.policy}/{one.change.new.key.locale} {one.change.new.name}, for {territories(one.territories)}"


def _locale(one: Announcement) -> str:
    return one.change.new.key.locale if one.change.new else "-"


def write_plain(plan: Plan, out: IO[str]) -> None:
    """The plan as lines."""
    for one, people in _announced(plan):
        text = f"{one.change.policy}/{_locale(one)}"
        out.write(
            f"announce  {text}  {territories(one.territories)}: {visible(one.change.reason)} "
            f"({one.change.duty}, in force {_when(one)}, {people} people)\n"
        )
    for one in plan.announcements:
        if not one.change.is_announced:
            out.write(f"nothing   {one.change.policy}  {territories(one.territories)}: {visible(one.change.reason)}\n")
    for each in plan.deliveries:
        if each.kind is None:
            out.write(f"channel   {each.channel.name}: {_delivery(each)}\n")
    for remark in plan.remarks:
        out.write(f"remark    {visible(remark)}\n")
    out.write(_summary(plan) + "\n")


def write_markdown(plan: Plan, out: IO[str]) -> None:
    """The plan for a step summary or a comment."""
    announced = list(_announced(plan))
    if announced:
        out.write(
            "### To be announced\n\n| Text | Where | What | Notice | In force | People |\n|---|---|---|---|---|---:|\n"
        )
        for one, people in announced:
            out.write(
                f"| {for_markdown(one.change.policy)}/{_locale(one)} | {territories(one.territories)} "
                f"| {for_markdown(one.change.reason)} | {one.change.duty} | {_when(one)} | {people} |\n"
            )
        out.write("\n")
    quiet = [one for one in plan.announcements if not one.change.is_announced]
    if quiet:
        out.write("### Nothing to announce\n\n| Policy | Where | Why |\n|---|---|---|\n")
        for one in quiet:
            where = territories(one.territories)
            out.write(f"| {for_markdown(one.change.policy)} | {where} | {for_markdown(one.change.reason)} |\n")
        out.write("\n")
    for remark in plan.remarks:
        out.write(f"> {for_markdown(remark)}\n\n")
    out.write(_summary(plan) + "\n")


def write_json(plan: Plan, out: IO[str]) -> None:
    """The plan as ``policyver.notify/1``."""
    announcements = []
    for one in plan.announcements:
        new = one.change.new
        announcements.append(
            {
                "policy": one.change.policy,
                "locale": new.key.locale if new else None,
                "version": one.change.version if new else None,
                "label": new.metadata.label if new else None,
                "outcome": str(one.change.outcome),
                "duty": str(one.change.duty),
                "significance": str(one.change.significance) if one.change.significance else None,
                "in_force_from": _when(one) or None,
                "territories": list(one.territories),
                "audiences": [each.key for each in one.audiences],
                "reason": one.change.reason,
            }
        )
    deliveries = [
        {
            "policy": one.change.policy,
            "version": one.change.version,
            "channel": one.channel.name,
            "audience": one.key,
            "territories": list(one.territories),
            "recipients": one.recipients,
        }
        for one in plan.deliveries
    ]
    report = {
        "schema": "policyver.notify/1",
        "head": plan.head_commit,
        "announcements": announcements,
        "deliveries": deliveries,
        "remarks": list(plan.remarks),
    }
    out.write(dumps(report) + "\n")
