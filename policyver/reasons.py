"""The words for the reasons of a verdict, shared by reports and findings."""

from __future__ import annotations

from policyver.model import Reason

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
