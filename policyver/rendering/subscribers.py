"""What ``policyver subscribers list`` shows: the markets in numbers, or the people themselves."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from policyver.encoding import dumps
from policyver.safety import visible

if TYPE_CHECKING:
    from rich.console import Console

    from policyver.notices.subscribers import Market

_SCHEMA = "policyver.subscribers/1"


def print_markets(markets: list[Market], console: Console) -> None:
    """The markets for a terminal."""
    from rich.table import Table

    table = Table("Territory", "Language", "Address", "Subscribers", "Consented", box=None, padding=(0, 2, 0, 0))
    for one in markets:
        table.add_row(one.territory, one.language or "-", one.kind, f"{one.count:,}", f"{one.consented:,}")
    console.print(table)
    console.print(f"{sum(one.count for one in markets):,} subscribers")


def write_markets(markets: list[Market], out: IO[str]) -> None:
    """The markets as lines."""
    for one in markets:
        out.write(f"{one.territory}  {one.language or '-'}  {one.kind}  {one.count}  ({one.consented} consented)\n")
    out.write(f"{sum(one.count for one in markets)} subscribers\n")


def write_markets_json(markets: list[Market], out: IO[str]) -> None:
    """The markets as ``policyver.subscribers/1``."""
    rows = [
        {"territory": one.territory, "language": one.language, "kind": one.kind, "count": one.count,
         "consented": one.consented}
        for one in markets
    ]  # fmt: skip
    out.write(dumps({"schema": _SCHEMA, "markets": rows}) + "\n")


def write_people(people: list[dict[str, Any]], out: IO[str]) -> None:
    """People, decrypted, as lines."""
    for one in people:
        market = f"{one['territory']}  {one['language'] or '-'}"
        out.write(f"{visible(one['address'])}  {market}  {visible(one['name'])}\n")


def write_people_json(people: list[dict[str, Any]], out: IO[str]) -> None:
    """People as ``policyver.subscribers/1``."""
    out.write(dumps({"schema": _SCHEMA, "subscribers": people}) + "\n")
