"""The words for kinds, significance and reasons that all reports share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from policyver.model import Change, DiffReport, Endpoint, Kind, Reason, Significance, TextDiff

_REASONS = {
    "number-changed": "number changed",
    "number-added": "number added",
    "number-removed": "number removed",
    "amount-changed": "amount changed",
    "amount-added": "amount added",
    "amount-removed": "amount removed",
    "date-changed": "date changed",
    "date-added": "date added",
    "date-removed": "date removed",
    "link-repaired": "link repaired",
    "data-added": "data named that was not",
    "data-removed": "data no longer named",
    "data-changed": "other data named",
    "purpose-added": "purpose named that was not",
    "purpose-removed": "purpose no longer named",
    "purpose-changed": "other purpose named",
    "recipient-added": "recipient named that was not",
    "recipient-removed": "recipient no longer named",
    "recipient-changed": "other recipient named",
    "right-added": "right named that was not",
    "right-removed": "right no longer named",
    "right-changed": "other right named",
    "layout": "paragraphs or list numbers changed",
    "wording": "wording changed",
    "wording-unread": "wording changed (no word list for this language)",
    "heading-changed": "heading changed",
    "heading-spelling": "spelling in the heading",
    "heading-punctuation": "punctuation in the heading",
    "text-moved": "text moved, unchanged",
    "text-added": "new text",
    "text-removed": "text withdrawn",
    "section-added": "new section",
    "section-removed": "section dropped",
    "split": "split into several sections",
    "merged": "several sections made one",
}


def reason_code(reason: Reason) -> str:
    """The code of a reason in words."""
    return _REASONS.get(reason.code, reason.code.replace("-", " "))


def shown_words(reason: Reason) -> list[str]:
    """The words of the text that show a reason: none, one run, or the old and the new."""
    if reason.code in ("section-added", "section-removed", "text-added", "text-removed", "formatting", "layout"):
        return []
    return [words for words in (reason.old, reason.new) if words]


def reason_words(reason: Reason) -> str:
    """A reason as one phrase: what, and the words that show it."""
    return ": ".join(part for part in (reason_code(reason), " → ".join(shown_words(reason))) if part)


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
