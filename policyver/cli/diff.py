"""``policyver diff``."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cli.output import Format, console_for, emit
from policyver.errors import UsageError
from policyver.model import DiffReport, Status

if TYPE_CHECKING:
    from policyver.cli.app import Globals


def run(
    options: Globals,
    revisions: list[str],
    policy: str | None,
    locale: str | None,
    last: bool,
    staged: bool,
    exit_code: bool,
    limit: int | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Compare, report, and exit with 1 if `exit_code` asks for it and something changed."""
    report = _report(options, revisions, policy, locale, last, staged)
    writers = {
        Format.rich: lambda out: _rich(report, out),
        Format.plain: lambda out: _plain(report, out),
        Format.json: lambda out: _json(report, out),
        Format.markdown: lambda out: _markdown(report, out, limit),
        Format.html: lambda out: _html(report, out),
    }
    emit(writers, format, output)
    if exit_code and any(text.status is not Status.UNCHANGED for text in report.texts):
        raise SystemExit(1)


def _report(
    options: Globals, revisions: list[str], policy: str | None, locale: str | None, last: bool, staged: bool
) -> DiffReport:
    if len(revisions) == 2:
        from policyver.cli.app import warn
        from policyver.workspace import diff_files

        old, new = (options.directory / name for name in revisions)
        if not old.exists() and not new.exists() and not any(name.endswith(".md") for name in revisions):
            raise UsageError("two arguments are two files", cure=f"For two revisions: {revisions[0]}..{revisions[1]}.")
        return diff_files(old, new, locale or "en", warn)
    if len(revisions) > 2:
        raise UsageError("diff takes one range of revisions or two files", cure="See policyver diff --help.")
    if last:
        if revisions or staged:
            raise UsageError("--last compares the last two versions of each text", cure="Leave out the revision.")
        return options.workspace().diff_last(policy=policy, locale=locale)
    return options.workspace().diff(revisions[0] if revisions else None, policy=policy, locale=locale, staged=staged)


def _rich(report: DiffReport, out: IO[str]) -> None:
    from policyver.rendering.terminal import print_diff

    print_diff(report, console_for(out))


def _plain(report: DiffReport, out: IO[str]) -> None:
    from policyver.rendering.plain import write_diff

    write_diff(report, out)


def _json(report: DiffReport, out: IO[str]) -> None:
    from policyver.rendering.json import write_diff

    write_diff(report, out)


def _markdown(report: DiffReport, out: IO[str], limit: int | None) -> None:
    from policyver.rendering.markdown import limit_for, write_diff

    write_diff(report, out, limit_for(out, limit))


def _html(report: DiffReport, out: IO[str]) -> None:
    from policyver.rendering.html import write_diff

    write_diff(report, out)
