"""Reports as plain text: for mails, files and programs that want no colour.

Deletions are ``[-…-]``, insertions ``{+…+}``, moved text ``[>…<]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from policyver.model import Change, DiffReport, Document, Hunk, LogEntry, Metadata, TextDiff, TextKey
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

_CONTEXT = 400
"""Characters of unchanged text kept on each side of a change."""


def write_diff(report: DiffReport, out: IO[str]) -> None:
    """The report of ``policyver diff``."""
    out.write(f"{visible(endpoint(report.base))} -> {visible(endpoint(report.head))}\n")
    texts = changed_texts(report)
    if not texts:
        out.write("No section changed.\n")
    for text in texts:
        out.writelines(f"{line}\n" for line in _text(text))


def _text(text: TextDiff) -> Iterator[str]:
    about = ", ".join(part for part in (str(text.status), label_and_day(text)) if part)
    yield ""
    yield f"== {visible(str(text.key))}: {visible(about)}"
    if text.status in ("added", "removed"):
        yield f"The text as a whole was {text.status}: {len(text.changes)} sections."
        return
    if not text.changes:
        yield "No section changed."
        return
    yield f"{counts(text.changes)}; {weights(text.changes)}"
    quiet = False
    for number, change in enumerate(text.changes, 1):
        if not (quiet and is_only_renumbered(change)):
            yield ""
        quiet = is_only_renumbered(change)
        yield from _change(number, change)


def _change(number: int, change: Change) -> Iterator[str]:
    yield f"#{number}  {visible(old_and_new_title(change))} ({kinds_words(change)})"
    for reason in () if is_only_renumbered(change) else change.reasons:
        yield f"   {reason.significance}: {visible(reason_words(reason))}"
    yield from _indented(hunks_as_text(change.hunks))
    for part in change.others:
        yield f"   {'and into' if 'split' in change.kinds else 'together with'}: {visible(part.section.title)}"
        yield from _indented(hunks_as_text(part.hunks))


def _indented(text: str) -> Iterator[str]:
    if text:
        yield from (f"   {line}".rstrip() for line in ("\n" + text).split("\n"))


def hunks_as_text(hunks: Sequence[Hunk]) -> str:
    """A redline in one string, long unchanged stretches cut; empty where no word changed."""
    changed = [index for index, one in enumerate(hunks) if one.op != "equal"]
    if not changed:
        return ""
    return "".join(
        as_read(shortened(one.new, _CONTEXT, after_change=index > changed[0], before_change=index < changed[-1]))
        if one.op == "equal"
        else _hunk(one)
        for index, one in enumerate(hunks)
    )


def _hunk(one: Hunk) -> str:
    old, new = as_read(one.old), as_read(one.new)
    if is_break(one.old + one.new):
        return new or old
    if one.moved is not None:
        where = f"to {visible(one.moved.title)}" if old else f"from {visible(one.moved.title)}"
        return f"[>{old or new} (moved {where})<]"
    return (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")


def as_read(canonical: str) -> str:
    """Canonical text without marks that readers do not see, harmless to a terminal."""
    return "".join(visible(run) for _, run in readable(canonical))


def write_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], out: IO[str]) -> None:
    """The report of ``policyver log``."""
    for key, entries in texts:
        out.write(f"== {visible(str(key))}\n")
        for entry in entries:
            out.write(f"{log_line(entry)}\n")
            if entry.error:
                out.write(f"    {visible(entry.error)}\n")
            for line in log_changes(entry.changes):
                out.write(f"    {line}\n")
        out.write("\n")


def log_line(entry: LogEntry) -> str:
    """Commit, day, label, effective date and weight of a version."""
    parts = [entry.version.commit[:10], entry.day.isoformat()]
    if entry.metadata.label:
        parts.append(f"version {visible(entry.metadata.label)}")
    if entry.metadata.effective:
        parts.append(f"effective {entry.metadata.effective.isoformat()}")
    if entry.significance:
        parts.append(str(entry.significance))
    elif not entry.error:
        parts.append("no section changed")
    return "  ".join(parts)


def log_changes(changes: Sequence[Change]) -> Iterator[str]:
    """One line a change; one line for a text that came or went as a whole."""
    if is_whole_text(changes):
        yield "first version of the text" if changes[0].new else "the text was removed"
        return
    for change in changes:
        yield f"{change.significance!s:<10} {kinds_words(change)}  {visible(change.section.title)}"


def write_sections(document: Document, path: str, out: IO[str]) -> None:
    """The report of ``policyver sections``."""
    out.write(f"{visible(path)}\n")
    for section in document.sections:
        lines = f"{section.line}-{section.end_line}"
        id_ = f"  #{visible(section.id)}" if section.id else ""
        out.write(f"{lines:>9}  {'  ' * max(0, section.level - 1)}{visible(section.title)}{id_}\n")


def write_text(key: TextKey, path: str, metadata: Metadata, document: Document, out: IO[str]) -> None:
    """The report of ``policyver show``."""
    label = f", version {visible(metadata.label)}" if metadata.label else ""
    out.write(f"{visible(str(key))}{label} ({visible(path)})\n")
    for section in document.sections:
        out.write(f"\n{visible(section.title)}\n\n" if section.level else "\n")
        if section.text:
            out.write(f"{as_read(section.text)}\n")
