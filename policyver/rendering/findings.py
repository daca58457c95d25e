"""Findings of ``policyver check`` for people: on a terminal, as plain text and as Markdown; and the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import IO, TYPE_CHECKING

from policyver.checks.rule import AnyRule
from policyver.model import Finding, Severity
from policyver.rendering.markdown import COMMENT, Limit, Room
from policyver.safety import for_markdown, visible

if TYPE_CHECKING:
    from rich.console import Console

SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan", Severity.OFF: "dim"}


def counted(findings: Sequence[Finding]) -> str:
    """``1 error, 3 warnings; 2 suppressed``."""
    left = Counter(one.severity for one in findings if one.suppressed is None)
    parts = [
        f"{left[severity]} {severity}{'s' * (left[severity] != 1 and severity is not Severity.INFO)}"
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
        if left[severity]
    ]
    said = ", ".join(parts) or "nothing found"
    suppressed = sum(one.suppressed is not None for one in findings)
    return f"{said}; {suppressed} suppressed" if suppressed else said


def _by_file(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    shown = [one for one in findings if one.suppressed is None]
    for path, group in groupby(shown, key=lambda one: one.path):
        yield path, list(group)


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """The report of ``policyver check`` for people at a terminal."""
    from rich.table import Table
    from rich.text import Text

    for path, group in _by_file(findings):
        console.print(Text(visible(path), style="bold cyan"))
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(justify="right", style="dim", no_wrap=True, min_width=5)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", ratio=1)
        for one in group:
            said = Text.assemble(visible(one.message), ("  " + one.rule, "dim"))
            table.add_row(str(one.line), Text(str(one.severity), style=SEVERITY_STYLE[one.severity]), said)
        console.print(table)
        console.print()
    errors = any(one.severity is Severity.ERROR and one.suppressed is None for one in findings)
    console.print(Text(f"{counted(findings)}.", style="bold red" if errors else "bold"))
    if any(one.suppressed is None for one in findings):
        console.print(Text("`policyver rules ID` says why a rule is one.", style="dim"))


def write_plain(findings: Sequence[Finding], out: IO[str]) -> None:
    """The report of ``policyver check`` as one line a finding, as compilers write them."""
    for _, group in _by_file(findings):
        out.writelines(
            f"{visible(one.path)}:{one.line}: {one.severity}: {visible(one.message)} [{one.rule}]\n" for one in group
        )
    out.write(f"{counted(findings)}.\n")


def write_markdown(findings: Sequence[Finding], out: IO[str], limit: Limit = COMMENT) -> None:
    """The report of ``policyver check`` as Markdown within `limit`."""
    room = Room(out, limit)
    room.write(f"### Policy check: {counted(findings)}\n\n")
    for path, group in _by_file(findings):
        lines = ["| Line | | | |", "|--:|---|---|---|"]
        for one in group:
            weight = f"**{one.severity}**" if one.severity is Severity.ERROR else str(one.severity)
            lines.append(f"| {one.line} | {weight} | {for_markdown(one.message)} | `{one.rule}` |")
        room.write(f"#### {for_markdown(path)}\n\n" + "\n".join(lines) + "\n\n")
    if room.dropped:
        out.write(f"\n> The findings in {room.dropped} files do not fit here. `policyver check` shows all of them.\n")


# rules


def print_rules(rules: Sequence[AnyRule], console: Console) -> None:
    """The list of rules for people at a terminal."""
    from rich.table import Table
    from rich.text import Text

    for family, group in groupby(rules, key=lambda rule: rule.family):
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", ratio=1)
        for rule in group:
            table.add_row(
                Text(rule.id, style="bold"), Text(str(rule.severity), style=SEVERITY_STYLE[rule.severity]), rule.title
            )
        console.print(Text(family, style="bold cyan"))
        console.print(table)
        console.print()


def write_rules_plain(rules: Sequence[AnyRule], out: IO[str]) -> None:
    """The list of rules, one a line; a single rule with all that is said of it."""
    if len(rules) == 1:
        [rule] = rules
        out.write(
            f"{rule.id}: {rule.title} ({rule.severity}, {rule.family})\n\n{rule.rationale}\n\nSource: {rule.source}\n"
        )
        for name, example in (("Wrong", rule.failing), ("Right", rule.passing)):
            out.write(f"\n{name}:\n\n")
            for where, text in _files(example):
                out.write(
                    f"  {where}\n" + "".join(f"    {line}".rstrip() + "\n" for line in visible(text).splitlines())
                )
        return
    for rule in rules:
        out.write(f"{rule.id:<34} {rule.severity!s:<8} {rule.title}\n")


def write_rules_markdown(rules: Sequence[AnyRule], out: IO[str]) -> None:
    """The catalogue of rules."""
    out.write("# Rules\n\nWritten by `policyver rules --format markdown`; do not edit by hand.\n\n")
    out.write("| rule | severity | title |\n|---|---|---|\n")
    out.writelines(f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {rule.title} |\n" for rule in rules)
    for rule in rules:
        out.write(
            f"\n## {rule.id}\n\n**{rule.title}** ({rule.severity}, {rule.family}). {rule.rationale}\n\n"
            f"Source: {rule.source}.\n"
        )
        for name, example in (("Wrong", rule.failing), ("Right", rule.passing)):
            for where, text in _files(example):
                out.write(f"\n{name}, {where}:\n\n````text\n{visible(text).strip()}\n````\n")


def _files(example: object) -> Iterator[tuple[str, str]]:
    """The files of an example in the order in which they are committed, the configuration first."""
    from policyver.checks.rule import Example

    assert isinstance(example, Example)
    if example.config:
        yield "policyver.toml", example.config
    for number, files in enumerate(example.commits, 1):
        commit = f" (commit {number})" if len(example.commits) > 1 else ""
        for name, text in files.items():
            yield (name if "/" in name else f"{name}.md") + commit, text
    for tag, index in example.tags.items():
        yield "git tag", f"{tag} at commit {index + 1}"
