"""``policyver subscribers`` and ``policyver evidence``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from policyver.cli.app import warn
from policyver.cli.notices import Bar, installed, open_desk
from policyver.cli.output import Format, console_for, emit, replacing
from policyver.errors import PolicyverError, UsageError

if TYPE_CHECKING:
    from policyver.cli.app import Globals


def run_key() -> None:
    """Print a new key."""
    with installed():
        from policyver.notices.store.keys import Keys

        print(Keys.generate())


def run_import(options: Globals, files: list[Path], consent: bool) -> None:
    """Import CSVs; exit with 1 if rows were left out."""
    bad = 0
    with open_desk(options) as desk:
        from policyver.notices import subscribers
        from policyver.notices.channels.factory import SCHEMES

        _ = desk.store.keys  # before a long file is read
        schemes = tuple({one for channel in desk.settings.channels for one in channel.schemes} or SCHEMES)
        for file in files:
            name = "standard input" if str(file) == "-" else str(file)
            with _opened(file) as stream, Bar(f"importing {file.name}", None) as bar:
                found = subscribers.import_csv(
                    desk.store, stream, name, consent=consent, schemes=schemes, warn=warn, progress=bar.at
                )
            for row in found.bad:
                warn(f"{name}:{row.line}: left out, {row.why}.")
            if found.bad_count > len(found.bad):
                warn(f"{name}: {found.bad_count - len(found.bad)} more rows were left out.")
            print(f"{name}: {found.kept} subscribers of {found.rows} rows; {found.bad_count} left out.")
            bad += found.bad_count
    if bad:
        raise SystemExit(1)


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", cure="Check the path.") from None


def run_list(
    options: Globals, people: bool, territory: str | None, limit: int, format: Format | None, output: list[Path]
) -> None:
    """List the markets with their numbers, or the people themselves."""
    from policyver.locales.territories import checked_territory
    from policyver.rendering import subscribers as rendering

    code = checked_territory(territory) if territory else None
    with open_desk(options) as desk:
        from policyver.notices import subscribers

        if people:
            found = list(subscribers.everybody(desk.store, code, limit))
            emit(
                {
                    Format.rich: lambda out: rendering.write_people(found, out),
                    Format.plain: lambda out: rendering.write_people(found, out),
                    Format.json: lambda out: rendering.write_people_json(found, out),
                },
                format,
                output,
            )
            return
        markets = [one for one in subscribers.markets(desk.store) if code is None or one.territory == code]

    emit(
        {
            Format.rich: lambda out: rendering.print_markets(markets, console_for(out)),
            Format.plain: lambda out: rendering.write_markets(markets, out),
            Format.json: lambda out: rendering.write_markets_json(markets, out),
        },
        format,
        output,
    )


def run_export(options: Globals, address: str, output: Path | None) -> None:
    """Write all that the store has of one person."""
    import json

    with open_desk(options) as desk:
        from policyver.notices import subscribers

        found = subscribers.export(desk.store, address)
    written = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        sys.stdout.write(written)
        return
    with replacing(output) as file:
        file.write(written)
    warn(f"wrote {output}")


def run_erase(options: Globals, address: str) -> None:
    """Erase one person."""
    with open_desk(options) as desk:
        from policyver.notices import subscribers

        cancelled = subscribers.erase(desk.store, address)
    print(f"Erased; {cancelled} waiting messages cancelled. The evidence verifies as before.")


def run_prune(options: Globals, days: int | None) -> None:
    """Delete what is older than the retention limit."""
    with open_desk(options) as desk:
        from policyver.notices import subscribers

        limit = days if days is not None else desk.settings.notices.retention_days
        if limit is None:
            raise UsageError("no retention limit is set", cure="Add retention_days to [notices], or name --days.")
        found = subscribers.prune(desk.store, limit)
    print(", ".join(f"{count} {kind}" for kind, count in found.items()) + f" older than {limit} days deleted.")


def run_token(options: Globals, purpose: str, token: str) -> None:
    """Do what the token of a link asks for."""
    with open_desk(options) as desk:
        from policyver.notices import subscribers, tokens

        subscribers.by_token(desk.store, purpose, token)
        said = "Confirmed." if purpose == tokens.CONFIRM else "Unsubscribed from courtesy notices."
    print(said)


def run_make_token(options: Globals, address: str, purpose: str) -> None:
    """Print a token for one person."""
    with open_desk(options) as desk:
        from policyver.notices import subscribers, tokens

        if purpose not in (tokens.CONFIRM, tokens.UNSUBSCRIBE):
            raise UsageError(f"there is no token to {purpose}", cure="There is confirm and unsubscribe.")
        print(tokens.make(desk.store, purpose, subscribers.lookup_of(desk.store, address)))


# evidence


def run_verify(options: Globals, noted: str | None) -> None:
    """Verify the chain. Raises `PolicyverError` where it does not hold."""
    with open_desk(options) as desk:
        from policyver.notices import evidence

        found = evidence.verify(desk.store, noted)
        where = desk.store.name
    if not found.problems:
        print(f"The evidence holds: {found.count} rows, head {found.head}.")
        return
    for problem in found.problems:
        print(f"policyver: {problem}.", file=sys.stderr)
    what = f"the evidence does not hold: {len(found.problems)} problems in {found.count} rows"
    raise PolicyverError(what, where=where, cure="Compare it with an earlier export.")


def run_export_evidence(options: Globals, output: Path | None) -> None:
    """Write the chain as JSON Lines."""
    with open_desk(options) as desk:
        from policyver.notices import evidence

        if output is None:
            evidence.write(desk.store, sys.stdout)
            return
        with replacing(output) as file:
            count = evidence.write(desk.store, file)
        warn(f"wrote {count} rows to {output}")
