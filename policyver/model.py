"""The things that all parts of policyver talk about: sections, documents, texts, versions and changes.

Frozen data and enums, no I/O, no computation beyond what a field's definition needs. Lines are 1-based, dates
are calendar dates, commits are full hexadecimal object names.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

_LIST_ITEM = re.compile(r" *(?:-|\d{1,9}[.)])(?: |$)")


def join_blocks(blocks: Sequence[str]) -> str:
    """Canonical blocks as one canonical Markdown text: list items, table rows and definitions stay together."""
    if not blocks:
        return ""
    parts = [blocks[0]]
    for before, block in pairwise(blocks):
        parts.append(separator(before, block))
        parts.append(block)
    return "".join(parts)


def separator(before: str, block: str) -> str:
    """What stands between two neighbouring canonical blocks."""
    if block.startswith("| ") and before.startswith("| "):
        return "\n"
    if block.startswith(": "):
        return "\n"
    if _LIST_ITEM.match(block) and (_LIST_ITEM.match(before) or before.startswith("  ")):
        return "\n"
    return "\n\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading of any level (DESIGN §4)."""

    id: str | None
    """Explicit id or anchor of the heading, without ``#``."""
    number: str | None
    """Number as written, without closing punctuation: ``3.2``, ``§ 4``, ``Article 5``, ``第5条``, ``(a)``."""
    heading: str
    """Heading words, without number, id and emphasis; empty for the preamble."""
    level: int
    """1 to 6; 0 for the preamble."""
    path: tuple[str, ...]
    """Headings from the outermost section down to this one, itself included."""
    parent: int | None
    """Index of the enclosing section in the document, None at the top."""
    line: int
    """Line of the heading; for the preamble the line of its first text."""
    end_line: int
    """Last line of the section's own text, children excluded."""
    blocks: tuple[str, ...]
    """Own text as canonical Markdown blocks: equal blocks mean the same to a reader."""

    @property
    def text(self) -> str:
        """The section's normalized text, heading excluded."""
        return join_blocks(self.blocks)

    @property
    def title(self) -> str:
        """Number and heading as a reader would cite them."""
        return " ".join(part for part in (self.number, self.heading) if part) or (
            "(preamble)" if self.level == 0 else "(untitled)"
        )


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a text says about itself: front matter, ``datetime`` attributes, configured patterns."""

    label: str | None = None
    published: dt.date | None = None
    effective: dt.date | None = None
    updated: dt.date | None = None
    source_version: str | None = None
    source_commit: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text as read: its sections in order, and its front matter."""

    sections: tuple[Section, ...]
    front_matter: Mapping[str, object] = field(default_factory=dict)
    datetimes: tuple[str, ...] = ()
    """Values of ``datetime`` attributes in the text, in order."""


@dataclass(frozen=True, slots=True, order=True)
class TextKey:
    """One localized text of one policy."""

    policy: str
    locale: str

    def __str__(self) -> str:
        return f"{self.policy}/{self.locale}"


@dataclass(frozen=True, slots=True)
class Version:
    """A commit that changed a text, with the text before and after it."""

    commit: str
    date: dt.datetime
    path: str
    blob: str | None
    """Object name of the text in this version; None where the commit removed it."""
    old_path: str | None
    old_blob: str | None
    """The text as the commit's parent had it; None for the first version."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some consecutive versions of one text, newest first."""

    key: TextKey
    versions: tuple[Version, ...]

    @property
    def blobs(self) -> tuple[str, ...]:
        """The object names of all texts in it, each once."""
        both = (blob for version in self.versions for blob in (version.blob, version.old_blob) if blob)
        return tuple(dict.fromkeys(both))


class Kind(StrEnum):
    """What happened to a section (DESIGN §5); a change can have several."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    RENUMBERED = "renumbered"
    MOVED = "moved"
    RELEVELLED = "relevelled"
    SPLIT = "split"
    MERGED = "merged"


class Significance(StrEnum):
    """How much a change weighs for the people it concerns."""

    EDITORIAL = "editorial"
    CLARIFYING = "clarifying"
    MATERIAL = "material"

    @property
    def weight(self) -> int:
        return _WEIGHT[self]

    @classmethod
    def heaviest(cls, several: list[Significance]) -> Significance | None:
        return max(several, key=lambda one: one.weight, default=None)


_WEIGHT = {Significance.EDITORIAL: 0, Significance.CLARIFYING: 1, Significance.MATERIAL: 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a change has its significance: a stable code, and the words that show it."""

    code: str
    significance: Significance
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where moved text stands in the other version: enough to find and to cite the section."""

    line: int
    title: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of words: the same on both sides, or what one side has in place of the other."""

    op: str
    """``equal``, ``replace``, ``insert`` or ``delete``."""
    old: str
    new: str
    moved: Place | None = None
    """For a ``delete``, where the text went; for an ``insert``, where it came from."""


@dataclass(frozen=True, slots=True)
class Part:
    """A further section of a split or merge, with the redline of the text that it took or gave."""

    section: Section
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one section between two versions."""

    kinds: tuple[Kind, ...]
    significance: Significance
    reasons: tuple[Reason, ...]
    old: Section | None
    new: Section | None
    similarity: float
    """1.0 for the same words, 0.0 for none in common; heading excluded."""
    words_added: int
    words_removed: int
    hunks: tuple[Hunk, ...]
    others: tuple[Part, ...] = ()

    @property
    def section(self) -> Section:
        """The section to cite: as it is now, or as it was where it is gone."""
        section = self.new or self.old
        assert section is not None
        return section


class Severity(StrEnum):
    """How bad a finding is; an error makes ``policyver check`` exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, and where."""

    rule: str
    severity: Severity
    message: str
    """A sentence: what is wrong and, where that is not plain, what to do."""
    path: str
    line: int = 1
    end_line: int = 1
    policy: str | None = None
    locale: str | None = None
    section: str | None = None
    """How to cite the section, None for the text as a whole."""
    suppressed: str | None = None
    """The reason for which it does not count."""

    @property
    def fingerprint(self) -> str:
        """Stands for the finding wherever its lines move."""
        said = "\0".join((self.rule, self.policy or "", self.locale or "", self.section or "", self.message))
        return hashlib.sha256(said.encode(errors="backslashreplace")).hexdigest()[:20]


class Status(StrEnum):
    """What happened to a text as a file."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class TextDiff:
    """The changes of one localized text between two states."""

    key: TextKey
    old_path: str | None
    new_path: str | None
    status: Status
    old: Metadata
    new: Metadata
    changes: tuple[Change, ...]

    @property
    def significance(self) -> Significance | None:
        return Significance.heaviest([change.significance for change in self.changes])


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of a comparison: a revision with its commit, or a path."""

    rev: str | None = None
    commit: str | None = None
    date: dt.datetime | None = None
    path: str | None = None

    @property
    def name(self) -> str:
        return self.path or self.rev or ""


@dataclass(frozen=True, slots=True)
class DiffReport:
    """The answer of ``policyver diff``."""

    base: Endpoint
    head: Endpoint
    texts: tuple[TextDiff, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One version of a text in ``policyver log``: what its commit changed."""

    version: Version
    metadata: Metadata
    changes: tuple[Change, ...]
    error: str | None = None
    """Why the version could not be read, where that is so; its changes are then unknown, not none."""

    @property
    def day(self) -> dt.date:
        """The day on which the version was published: what the text says, else the committer date (DESIGN §4)."""
        return self.metadata.published or self.version.date.date()

    @property
    def significance(self) -> Significance | None:
        return Significance.heaviest([change.significance for change in self.changes])
