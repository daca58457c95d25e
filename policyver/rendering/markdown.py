"""Reports as GitHub Markdown, for a pull-request comment or a step summary, cut to what GitHub takes.

A comment may have 65,536 characters, a step summary 1 MiB. Summaries of all texts come first and are never cut;
then come redlines as long as they fit, and a sentence that says how many do not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from policyver.model import Change, DiffReport, Hunk, LogEntry, TextDiff, TextKey
from policyver.reasons import reason_words
from policyver.rendering.plain import log_changes, log_line
from policyver.rendering.wording import (
    changed_texts,
    counts,
    endpoint,
    kinds_words,
    label_and_day,
    old_and_new_title,
    shortened,
    weights,
)
from policyver.safety import for_markdown, readable

_CONTEXT = 160
"""Characters of unchanged text kept on each side of a change."""
_RESERVE = 400
"""Characters kept free for the sentence that says what does not fit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much GitHub takes at one place, with a little to spare."""

    size: int
    measure: Callable[[str], int]


COMMENT = Limit(65_000, len)
STEP_SUMMARY = Limit(1_040_000, lambda text: len(text.encode(errors="backslashreplace")))


def limit_for(out: IO[str], size: int | None = None) -> Limit:
    """`size` characters; without it the limit of a step summary where `out` is the file of one
    (``>> "$GITHUB_STEP_SUMMARY"``), less what stands in it, else of a comment."""
    if size is not None:
        return Limit(size, len)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    try:
        same = summary is not None and os.path.samestat(os.fstat(out.fileno()), os.stat(summary))
    except (OSError, ValueError):
        same = False
    if not same:
        return COMMENT
    return Limit(max(0, STEP_SUMMARY.size - os.fstat(out.fileno()).st_size), STEP_SUMMARY.measure)


class Room:
    """Writes pieces as long as there is room for them."""

    def __init__(self, out: IO[str], limit: Limit) -> None:
        self._out, self._limit = out, limit
        self._left = limit.size - _RESERVE
        self.dropped = 0

    def write(self, piece: str) -> None:
        """Write `piece` if it fits; once one did not, none does."""
        size = self._limit.measure(piece)
        if self.dropped or size > self._left:
            self.dropped += 1
            return
        self._left -= size
        self._out.write(piece)


def write_diff(report: DiffReport, out: IO[str], limit: Limit = COMMENT) -> None:
    """The report of ``policyver diff`` within `limit`."""
    texts = changed_texts(report)
    head = f"### Policy changes: {for_markdown(endpoint(report.base))} → {for_markdown(endpoint(report.head))}\n\n"
    room = Room(out, limit)
    room.write(head if texts else head + "No section changed.\n")
    for text in texts:
        room.write(_summary(text))
    if room.dropped:
        out.write(f"\n…and {room.dropped} more changed texts, which do not fit here. {_ALL}\n")
        return
    for text in texts:
        for number, change in enumerate(text.changes, 1):
            redline = "" if text.status in ("added", "removed") else _redline(text, number, change)
            if redline:
                room.write(redline)
    if room.dropped:
        out.write(f"\n> {room.dropped} redlines do not fit here. {_ALL}\n")


_ALL = "`policyver diff --output redline.html` writes all of them."


def _summary(text: TextDiff) -> str:
    about = ", ".join(part for part in (str(text.status), label_and_day(text)) if part)
    lines = [f"#### {for_markdown(str(text.key))}: {for_markdown(about)}", ""]
    if text.status in ("added", "removed"):
        lines.append(f"The text as a whole was {text.status}: {len(text.changes)} sections.")
    elif text.changes:
        lines += [f"{counts(text.changes)}. {weights(text.changes)}.", ""]
        lines += ["| | Section | What happened | Weight | Why |", "|--:|---|---|---|---|"]
        for number, change in enumerate(text.changes, 1):
            why = "; ".join(for_markdown(reason_words(reason)) for reason in change.reasons[:3])
            title = for_markdown(old_and_new_title(change))
            weight = f"**{change.significance}**" if change.significance == "material" else str(change.significance)
            lines.append(f"| {number} | {title} | {kinds_words(change)} | {weight} | {why} |")
    else:
        lines.append("No section changed.")
    return "\n".join(lines) + "\n\n"


def _redline(text: TextDiff, number: int, change: Change) -> str:
    bodies = [_hunks(change.hunks), *(_hunks(part.hunks) for part in change.others)]
    if not any(bodies):
        return ""
    title = for_markdown(f"{text.key} {number}: {old_and_new_title(change)}")
    parts = [bodies[0]]
    for part, body in zip(change.others, bodies[1:], strict=True):
        parts.append(f"**{for_markdown(part.section.title)}**\n\n{body}")
    return f"<details><summary>{title}</summary>\n\n" + "\n\n".join(filter(None, parts)) + "\n\n</details>\n\n"


def _hunks(hunks: Sequence[Hunk]) -> str:
    """A redline with ``<del>`` and ``<ins>``; unchanged stretches are cut to the words around changes."""
    if all(one.op == "equal" for one in hunks):
        return ""
    written = []
    for one in hunks:
        if one.op == "equal":
            written.append(_inline(shortened(one.new, _CONTEXT, after_change=True, before_change=True)))
        elif one.moved is not None:
            where = "to" if one.old else "from"
            written.append(f"<sub>[moved {where} {for_markdown(one.moved.title)}]</sub> ")
        else:
            written.append(f"<del>{_inline(one.old)}</del>" if one.old.strip() else "")
            written.append(f"<ins>{_inline(one.new)}</ins>" if one.new.strip() else "")
    return "".join(written).strip()


def _inline(canonical: str) -> str:
    text = "".join(run for _, run in readable(canonical))
    lines = [for_markdown(line) for line in text.split("\n")]
    start, end = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return start + "<br>".join(line for line in lines if line) + end


def write_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], out: IO[str], limit: Limit = COMMENT) -> None:
    """The report of ``policyver log`` within `limit`."""
    room = Room(out, limit)
    for key, entries in texts:
        head = f"### {for_markdown(str(key))}\n\n"
        for entry in entries:
            lines = [entry.error, *log_changes(entry.changes)] if entry.error else log_changes(entry.changes)
            details = "".join(f"  - {for_markdown(line)}\n" for line in lines)
            room.write(f"{head}- {for_markdown(log_line(entry))}\n{details}")
            head = ""
        room.write("\n")
    if room.dropped:
        out.write("\n> Older versions do not fit here. `policyver log --output log.html` writes all of them.\n")
