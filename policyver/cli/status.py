"""``policyver status``, ``policyver resolve`` and ``policyver precedence``."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cli.output import Format, console_for, day_option, emit
from policyver.document import decode, parse
from policyver.errors import PolicyverError, RepositoryError
from policyver.history.repository import DEEPEN, read_regular_file
from policyver.locales.policies import PolicyTexts, open_policies
from policyver.locales.territories import checked_territory

if TYPE_CHECKING:
    from policyver.cli.app import Globals
    from policyver.workspace import Workspace


def today(on: str | None) -> dt.date:
    """The day that a report is made for. Raises `UsageError`."""
    return day_option(on, "--on") or dt.datetime.now(dt.UTC).date()


def whole_history(workspace: Workspace) -> Workspace:
    """`workspace`, if it has all of its history; what governs cannot be told from a part. Raises `RepositoryError`."""
    if workspace.repository.is_shallow:
        raise RepositoryError(
            "this clone is shallow, so it does not show which version governs",
            where=str(workspace.repository.directory),
            cure=DEEPEN,
        )
    return workspace


def run(
    options: Globals,
    policy: str | None,
    locale: str | None,
    territories: list[str],
    on: str | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Report the matrix of texts and of territories."""
    from policyver.locales.status import status
    from policyver.rendering import json
    from policyver.rendering import status as rendering

    day = today(on)
    codes = [checked_territory(one) for one in territories]
    workspace = whole_history(options.workspace())
    policies = open_policies(workspace, policy, day)
    [*_, last] = workspace.select({*workspace.present, *workspace.history}, policy, locale)
    report = status(policies, day, last.locale if locale else None, codes)
    writers = {
        Format.rich: lambda out: rendering.print_status(report, console_for(out)),
        Format.plain: lambda out: rendering.write_plain(report, out),
        Format.json: lambda out: json.write_status(report, out),
        Format.markdown: lambda out: rendering.write_markdown(report, out),
        Format.html: lambda out: rendering.write_html(report, out),
    }
    emit(writers, format, output)
    _refuse_unreadable(policies)


def run_resolve(
    options: Globals,
    policy: str,
    territory: str,
    language: str | None,
    on: str | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Report what governs in one territory."""
    from policyver.locales.tags import checked
    from policyver.rendering import json
    from policyver.rendering import resolution as rendering

    day, code = today(on), checked_territory(territory)
    tag = checked(language) if language else None
    [texts] = open_policies(whole_history(options.workspace()), policy, day)
    found = texts.resolve(code, tag, day)
    writers = {
        Format.rich: lambda out: rendering.print_resolution(found, console_for(out)),
        Format.plain: lambda out: rendering.write_plain(found, out),
        Format.json: lambda out: json.write_resolution(found, out),
        Format.markdown: lambda out: rendering.write_markdown(found, out),
    }
    emit(writers, format, output)
    _refuse_unreadable([texts])


def _refuse_unreadable(policies: list[PolicyTexts]) -> None:
    """Say of texts that cannot be read that an older version was shown in their place. Raises `PolicyverError`."""
    errors = [error for texts in policies for error in texts.unreadable.values()]
    if errors:
        more = f" (and {len(errors) - 1} more texts)" if len(errors) > 1 else ""
        raise PolicyverError(
            f"what is there now cannot be read{more}: {errors[0].what}",
            where=errors[0].where,
            cure=f"The report shows the last version that can. {errors[0].cure}",
        )


def run_precedence(file: Path, language: str, source_locale: str, format: Format | None, output: list[Path]) -> None:
    """Report the precedence clauses of one file."""
    from policyver.locales.clauses import read_clauses
    from policyver.locales.tags import checked
    from policyver.rendering import json
    from policyver.rendering import resolution as rendering

    tag, source = checked(language), checked(source_locale)
    name = "standard input" if str(file) == "-" else str(file)
    content = sys.stdin.buffer.read() if str(file) == "-" else read_regular_file(file, shown=name)
    reading = read_clauses(parse(decode(content, name), name), tag, source)

    def plain(out: IO[str]) -> None:
        rendering.write_clauses(reading, tag, out)

    emit(
        {Format.rich: plain, Format.plain: plain, Format.json: lambda out: json.write_clauses(reading, out)},
        format,
        output,
    )
