"""Reports as GitHub Markdown, for a pull-request comment or a step summary, cut to what GitHub takes.

A comment may have 65,536 characters, a step summary 1 MiB. Summaries of all texts come first and are never cut;
then come redlines as long as they fit, and a sentence that says how many do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from policyver.model import Change, DiffReport, Hunk, LogEntry, TextDiff, TextKey
from policyver.rendering.plain import log_changes, log_line
from policyver.rendering.safety import for_markdown, readable
from policyver.rendering.wording import (
    changed_texts,
    counts,
    endpoint,
    kinds_words,
    label_and_day,
    old_and_new_title,
    reason_words,
    weights,
)

COMMENT_LIMIT = 65_000
"""Characters, a little under what GitHub takes for a comment."""
_CONTEXT = 160


def write_diff(report: DiffReport, out: IO[str], limit: int = COMMENT_LIMIT) -> None:
    """The report of ``policyver diff`` in at most `limit` characters."""
    texts = changed_texts(report)
    head = f"### Policy changes: {for_markdown(endpoint(report.base))} → {for_markdown(endpoint(report.head))}\n\n"
    if not texts:
        out.write(head + "No section changed.\n")
        return
    summaries = [_summary(text) for text in texts]
    kept, size, dropped = [head], len(head), 0
    for summary in summaries:
        if size + len(summary) + 400 <= limit:
            kept.append(summary)
            size += len(summary)
        else:
            dropped += 1
    if dropped:
        kept.append(f"\n…and {dropped} more changed texts, which do not fit here.\n")
    left = 0
    for text in texts:
        if text.status in ("added", "removed"):
            continue
        for number, change in enumerate(text.changes, 1):
            redline = _redline(text, number, change)
            if not redline:
                continue
            if size + len(redline) + 400 > limit or dropped:
                left += 1
                continue
            kept.append(redline)
            size += len(redline)
    if left:
        kept.append(
            f"\n> {left} redlines do not fit here. `policyver diff --output redline.html` writes all of them.\n"
        )
    out.write("".join(kept))


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
            run = one.new
            if len(run) > 2 * _CONTEXT:
                run = f"{run[:_CONTEXT].rsplit(' ', 1)[0]} … {run[-_CONTEXT:].split(' ', 1)[-1]}"
            written.append(_inline(run))
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


def write_log(texts: Iterable[tuple[TextKey, Iterable[LogEntry]]], out: IO[str]) -> None:
    """The report of ``policyver log``."""
    for key, entries in texts:
        out.write(f"### {for_markdown(str(key))}\n\n")
        for entry in entries:
            out.write(f"- {for_markdown(log_line(entry))}\n")
            if entry.error:
                out.write(f"  - {for_markdown(entry.error)}\n")
            out.writelines(f"  - {line}\n" for line in _lines(entry))
        out.write("\n")


def _lines(entry: LogEntry) -> Iterator[str]:
    return (for_markdown(line) for line in log_changes(entry.changes))
