"""Reports on a terminal, with rich: a table of the changed sections, then their redlines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from policyver.model import Change, DiffReport, Document, Hunk, LogEntry, Metadata, Significance, TextDiff, TextKey
from policyver.reasons import reason_words
from policyver.rendering.wording import (
    changed_texts,
    counts,
    endpoint,
    is_only_renumbered,
    is_whole_text,
    kinds_words,
    label_and_day,
    old_and_new_title,
    shortened,
    weights,
)
from policyver.safety import is_break, readable, visible

_WEIGHT_STYLE = {
    Significance.MATERIAL: "bold red",
    Significance.CLARIFYING: "yellow",
    Significance.EDITORIAL: "dim",
}
_HUNK_STYLE = {"insert": "green underline", "delete": "red strike"}
_CONTEXT = 90
"""Characters of unchanged text kept on each side of a change."""


def print_diff(report: DiffReport, console: Console) -> None:
    """The report of ``policyver diff``."""
    texts = changed_texts(report)
    console.print(Text(f"{visible(endpoint(report.base))}  →  {visible(endpoint(report.head))}", style="bold"))
    if not texts:
        console.print("No section changed.")
        return
    for text in texts:
        console.print()
        _print_text(text, console)


def _print_text(text: TextDiff, console: Console) -> None:
    about = ", ".join(part for part in (str(text.status), label_and_day(text)) if part)
    console.rule(Text.assemble((visible(str(text.key)), "bold cyan"), f"  {visible(about)} "), align="left")
    if text.old_path != text.new_path and text.old_path and text.new_path:
        console.print(Text(f"{visible(text.old_path)} → {visible(text.new_path)}", style="dim"))
    if text.status in ("added", "removed"):
        count = sum(change.words_added + change.words_removed for change in text.changes)
        console.print(f"The text as a whole was {text.status}: {len(text.changes)} sections, {count} words.")
        return
    if not text.changes:
        console.print("No section changed.")
        return
    console.print(_summary(text.changes))
    console.print(Text(f"{counts(text.changes)}  ·  {weights(text.changes)}", style="dim"))
    for number, change in enumerate(text.changes, 1):
        if not is_only_renumbered(change):  # the table has said it
            console.print()
            console.print(_redline(number, change))


def _summary(changes: Sequence[Change]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Section", ratio=5, overflow="fold")
    table.add_column("What happened", ratio=3, overflow="fold")
    table.add_column("Weight", no_wrap=True)
    table.add_column("Words", justify="right", no_wrap=True)
    table.expand = True
    for number, change in enumerate(changes, 1):
        table.add_row(
            str(number),
            Text(visible(change.section.title)),
            kinds_words(change),
            Text(str(change.significance), style=_WEIGHT_STYLE[change.significance]),
            Text.assemble((f"+{change.words_added}", "green"), " ", (f"−{change.words_removed}", "red")),
        )
    return table


def _redline(number: int, change: Change) -> RenderableType:
    parts: list[RenderableType] = [
        Text.assemble(
            (f"{number}  ", "dim"),
            (visible(old_and_new_title(change)), "bold"),
            "  ",
            (kinds_words(change), "dim"),
        )
    ]
    style = _WEIGHT_STYLE[change.significance]
    for reason in change.reasons[:6]:
        parts.append(
            Padding(Text(f"{reason.significance}: {visible(reason_words(reason))}", style=style), (0, 0, 0, 3))
        )
        style = "dim"
    if len(change.reasons) > 6:
        parts.append(Padding(Text(f"and {len(change.reasons) - 6} more reasons", style="dim"), (0, 0, 0, 3)))
    body = _hunks(change.hunks)
    if body.plain.strip():
        parts += ["", Padding(body, (0, 0, 0, 3))]
    for part in change.others:
        direction = "and into" if "split" in change.kinds else "together with"
        parts += [Padding(Text(f"{direction} {visible(part.section.title)}", style="bold"), (1, 0, 0, 3))]
        redline = _hunks(part.hunks)
        parts += [Padding(redline, (0, 0, 0, 3))] if redline.plain.strip() else []
    return Group(*parts)


def _hunks(hunks: Sequence[Hunk]) -> Text:
    """Hunks as styled text; long unchanged stretches are cut down to the words around a change."""
    text = Text()
    changed = [index for index, one in enumerate(hunks) if one.op != "equal"]
    if not changed:
        return text
    for index, one in enumerate(hunks):
        if is_break(one.old + one.new):
            text.append(one.new or one.old)
        elif one.op == "equal":
            after, before = index > changed[0], index < changed[-1]
            _append(text, shortened(one.new, _CONTEXT, after_change=after, before_change=before), "")
        elif one.moved is not None:
            place = visible(one.moved.title)
            note = f"⟦moved to {place}⟧" if one.old else f"⟦moved here from {place}⟧"
            shown = one.old or one.new
            _append(text, shortened(shown, _CONTEXT, after_change=True, before_change=True), "blue")
            text.append(note, style="bold blue")
        else:
            _append(text, one.old, _HUNK_STYLE["delete"])
            if one.old and one.new and one.old[-1].isalnum() and one.new[0].isalnum():
                text.append(" ")
            _append(text, one.new, _HUNK_STYLE["insert"])
    return text


def _append(text: Text, canonical: str, style: str) -> None:
    for kind, run in readable(canonical):
        text.append(visible(run), style=style if kind == "text" else f"{style} dim".strip())


def print_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], console: Console) -> None:
    """The report of ``policyver log``: per text its versions, newest first, per version its changed sections."""
    for key, entries in texts:
        console.rule(Text(visible(str(key)), style="bold cyan"), align="left")
        for entry in entries:
            console.print(_log_line(entry))
            if entry.error:
                console.print(Padding(Text(visible(entry.error), style="red"), (0, 0, 0, 4)))
            if is_whole_text(entry.changes):
                said = "first version of the text" if entry.changes[0].new else "the text was removed"
                console.print(Padding(Text(said, style="dim"), (0, 0, 0, 4)))
                continue
            for change in entry.changes:
                console.print(Padding(_log_change(change), (0, 0, 0, 4)))
        console.print()


def _log_line(entry: LogEntry) -> Text:
    about = [entry.day.isoformat()]
    if entry.metadata.label:
        about.append(f"version {visible(entry.metadata.label)}")
    if entry.metadata.effective:
        about.append(f"effective {entry.metadata.effective.isoformat()}")
    line = Text.assemble((entry.version.commit[:10], "yellow"), "  ", "  ".join(about))
    if entry.significance:
        line.append(f"  {entry.significance}", style=_WEIGHT_STYLE[entry.significance])
    if not entry.changes and not entry.error:
        line.append("  no section changed", style="dim")
    return line


def _log_change(change: Change) -> Text:
    return Text.assemble(
        (f"{change.significance!s:<10} ", _WEIGHT_STYLE[change.significance]),
        (f"{kinds_words(change)}  ", "dim"),
        visible(change.section.title),
    )


def print_sections(document: Document, path: str, console: Console) -> None:
    """The report of ``policyver sections``."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), title=None)
    table.add_column("Lines", justify="right", no_wrap=True)
    table.add_column("Level", justify="right")
    table.add_column("Number", no_wrap=True)
    table.add_column("Heading", overflow="fold", ratio=1)
    table.add_column("Id", overflow="fold")
    for section in document.sections:
        heading = "(preamble)" if section.level == 0 else section.heading
        table.add_row(
            f"{section.line}-{section.end_line}",
            str(section.level),
            Text(visible(section.number or "")),
            Text("  " * max(0, section.level - 1) + visible(heading)),
            Text(visible(f"#{section.id}" if section.id else ""), style="dim"),
        )
    console.print(Text(visible(path), style="bold"))
    console.print(table)


def print_text(key: TextKey, path: str, metadata: Metadata, document: Document, console: Console) -> None:
    """The report of ``policyver show``: the text as a reader sees it."""
    about = [f"version {metadata.label}" if metadata.label else ""]
    about += [f"{name} {day.isoformat()}" for name, day in _days(metadata) if day]
    console.print(Text.assemble((visible(str(key)), "bold cyan"), "  ", visible(", ".join(filter(None, about)))))
    console.print(Text(visible(path), style="dim"))
    for section in document.sections:
        console.print()
        if section.level:
            console.print(Text(visible(section.title), style="bold"))
        body = Text()
        _append(body, section.text, "")
        if body.plain:
            console.print(body)


def _days(metadata: Metadata) -> tuple[tuple[str, dt.date | None], ...]:
    return (("published", metadata.published), ("effective", metadata.effective), ("updated", metadata.updated))


__all__ = ["print_diff", "print_log", "print_sections", "print_text"]
