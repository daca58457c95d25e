"""``policyver check`` and ``policyver rules``."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cli.output import Format, console_for, emit, replacing
from policyver.cli.status import today, whole_history
from policyver.encoding import dumps
from policyver.errors import DocumentError
from policyver.history.repository import read_regular_file

if TYPE_CHECKING:
    from policyver.cli.app import Globals
    from policyver.workspace import Workspace


def run(
    options: Globals,
    policy: str | None,
    locale: str | None,
    select: list[str],
    ignore: list[str],
    changed_since: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
    on: str | None,
    jobs: int | None,
    limit: int | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Run the rules, report, and exit with 1 where an error counts."""
    gc.set_threshold(100_000, 50, 100)
    from policyver.checks import RULES
    from policyver.checks.runner import baseline_of, is_error, read_baseline, selection
    from policyver.rendering import findings as rendering
    from policyver.rendering import github, json, sarif
    from policyver.rendering.markdown import limit_for

    day = today(on)
    workspace = whole_history(options.workspace())
    settings = workspace.settings
    chosen = selection(select, ignore, settings.checks.severity, settings.source)
    known: frozenset[str] = frozenset()
    if baseline is not None:
        known = read_baseline(read_regular_file(baseline, shown=str(baseline)), str(baseline))
    elif settings.checks.baseline is not None and write_baseline is None:
        known = _configured_baseline(workspace, settings.checks.baseline)
    [*_, last] = workspace.select(workspace.present, policy, locale)
    from policyver.checks.remembered import remembered_findings

    found = remembered_findings(
        workspace,
        policy,
        last.locale if locale else None,
        chosen,
        known,
        changed_since,
        day,
        jobs or os.cpu_count() or 1,
    )

    def junit(out: IO[str]) -> None:
        from policyver.rendering import junit  # the library's XML loads HTTP and TLS

        junit.write_findings(found, out)

    writers = {
        Format.rich: lambda out: rendering.print_findings(found, console_for(out)),
        Format.plain: lambda out: rendering.write_plain(found, out),
        Format.json: lambda out: json.write_findings(found, out),
        Format.markdown: lambda out: rendering.write_markdown(found, out, limit_for(out, limit)),
        Format.github: lambda out: github.write_findings(found, out),
        Format.sarif: lambda out: sarif.write_findings(found, RULES, out),
        Format.junit: junit,
    }
    emit(writers, format, output)
    if write_baseline is not None:
        with replacing(write_baseline) as out:
            out.write(dumps(baseline_of(found)).replace('},{"fingerprint"', '},\n{"fingerprint"') + "\n")
        print(f"policyver: wrote {write_baseline}", file=sys.stderr)
        return
    if any(map(is_error, found)):
        raise SystemExit(1)


def _configured_baseline(workspace: Workspace, name: str) -> frozenset[str]:
    from policyver.checks.runner import read_baseline

    if workspace.repository.worktree is None:
        return frozenset()
    path = workspace.root / name
    try:
        return read_baseline(read_regular_file(path, shown=name), name)
    except DocumentError as error:
        raise DocumentError(
            error.what, where=error.where, cure="It is named by `checks.baseline` in policyver.toml."
        ) from None


def run_rules(id_: str | None, format: Format | None, output: list[Path]) -> None:
    """Report the catalogue, or one rule."""
    from policyver.checks import RULES, rule_of
    from policyver.rendering import findings as rendering

    rules = RULES if id_ is None else (rule_of(id_),)

    def rich(out: IO[str]) -> None:
        if id_ is None:
            rendering.print_rules(rules, console_for(out))
        else:
            rendering.write_rules_plain(rules, out)

    writers = {
        Format.rich: rich,
        Format.plain: lambda out: rendering.write_rules_plain(rules, out),
        Format.markdown: lambda out: rendering.write_rules_markdown(rules, out),
    }
    emit(writers, format, output)
