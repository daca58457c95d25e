"""The words for kinds, significance and reasons that all reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from policyver.model import Change, DiffReport, Endpoint, Kind, Significance, TextDiff


def kinds_words(change: Change) -> str:
    """The kinds of a change, ``renamed, modified``."""
    return ", ".join(map(str, change.kinds))


def titles(change: Change) -> list[str]:
    """How to cite the section of a change: one title, or the old and the new; of an old number the number alone."""
    old, new = change.old, change.new
    if old and new and old.number and new.number and old.number != new.number and old.heading == new.heading:
        return [old.number, new.title]
    return list(dict.fromkeys(section.title for section in (old, new) if section))


def old_and_new_title(change: Change) -> str:
    """`titles` in one string."""
    return " → ".join(titles(change))


def shortened(text: str, context: int, *, after_change: bool, before_change: bool) -> str:
    """An unchanged stretch of a redline cut down to about `context` characters at each change that it touches."""
    if len(text) <= context * (after_change + before_change) + 40:
        return text
    start = text[:context] if after_change else ""
    end = text[-context:] if before_change else ""
    # Not within a word; but scripts without blanks have none near by.
    start = start[: max(start.rfind(" "), len(start) - 30)] if start else ""
    end = end[min(end.find(" ") % (len(end) + 1), 30) :] if end else ""
    return f"{start} … {end.lstrip()}"


def is_only_renumbered(change: Change) -> bool:
    """Whether the number is all that changed, which the title shows already."""
    return change.kinds == (Kind.RENUMBERED,)


def counts(changes: Iterable[Change]) -> str:
    """``3 modified, 1 added`` in the order of the kinds."""
    counted = Counter(kind for change in changes for kind in change.kinds)
    return ", ".join(f"{counted[kind]} {kind}" for kind in Kind if counted[kind])


def weights(changes: Iterable[Change]) -> str:
    """``2 material, 1 editorial``, the heaviest first."""
    counted = Counter(change.significance for change in changes)
    ordered = sorted(Significance, key=lambda one: -one.weight)
    return ", ".join(f"{counted[one]} {one}" for one in ordered if counted[one])


def endpoint(point: Endpoint) -> str:
    """A side of a comparison as a reader would name it: revision, short commit and day."""
    if point.path is not None:
        return point.path
    said = point.rev or ""
    if point.commit is None:
        return said
    return said[:10] if said and point.commit.startswith(said) else f"{said} ({point.commit[:10]})"


def label_and_day(text: TextDiff) -> str:
    """From which version to which, with the day on which it takes effect, as far as the text says."""
    parts = []
    if text.old.label or text.new.label:
        old, new = text.old.label or "no label", text.new.label or "no label"
        parts.append(old if old == new else f"{old} → {new}")
    if text.new.effective:
        parts.append(f"effective {text.new.effective.isoformat()}")
    return ", ".join(parts)


def changed_texts(report: DiffReport) -> list[TextDiff]:
    """The texts that differ, unchanged ones left out."""
    return [text for text in report.texts if text.changes or text.status not in ("unchanged",)]


def is_whole_text(changes: Sequence[Change]) -> bool:
    """Whether the changes are those of a text that appeared or went as a whole."""
    return bool(changes) and all(
        reason.code in ("text-added", "text-removed") for change in changes for reason in change.reasons
    )
