"""The versions of a text as read, with the days on which each was published and came into force (DESIGN §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policyver import document as markdown
from policyver.config import DatePatterns
from policyver.errors import DocumentError
from policyver.history import Repository
from policyver.model import Document, Metadata, TextKey, Version


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a text as read."""

    key: TextKey
    version: Version | None
    """None where the working tree has it and no commit yet."""
    path: str
    metadata: Metadata
    document: Document
    content: bytes
    published: dt.date
    """The day that the text states, else that of its commit; of what is not committed yet, the day of the report."""

    @property
    def in_force_from(self) -> dt.date:
        """The later of the day of publication and the effective date."""
        return max(self.published, self.metadata.effective or self.published)

    @property
    def commit(self) -> str | None:
        return self.version.commit if self.version else None

    @property
    def name(self) -> str:
        """How to cite it: its label, else its short commit."""
        return self.metadata.label or (self.commit or "working tree")[:10]


class Reader:
    """Reads versions into editions, each blob once. `preload` fetches many blobs by one process of git."""

    def __init__(self, repository: Repository, dates: DatePatterns) -> None:
        self._repository = repository
        self._dates = dates
        self._contents: dict[str, bytes] = {}
        self._documents: dict[str, Document | DocumentError] = {}
        self._editions: dict[tuple[TextKey, str, str], Edition] = {}

    def preload(self, versions: Iterable[Version]) -> None:
        wanted = list(dict.fromkeys(one.blob for one in versions if one.blob and one.blob not in self._contents))
        if wanted:
            self._contents.update(zip(wanted, self._repository.blobs(wanted), strict=True))

    def edition(self, key: TextKey, version: Version) -> Edition:
        """A committed version as read. Raises `DocumentError`."""
        assert version.blob is not None
        known = self._editions.get((key, version.commit, version.path))
        if known is not None:
            return known
        if version.blob not in self._contents:
            self._contents[version.blob] = self._repository.blob(version.blob)
        content = self._contents[version.blob]
        document = self._document(version.blob, content, version.path)
        metadata = markdown.metadata_of(document, key.locale, self._dates, name=version.path)
        published = metadata.published or version.date.date()
        edition = Edition(key, version, version.path, metadata, document, content, published)
        self._editions[key, version.commit, version.path] = edition
        return edition

    def uncommitted(self, key: TextKey, path: str, content: bytes, today: dt.date) -> Edition:
        """A text as the working tree has it. Raises `DocumentError`."""
        document = markdown.parse(markdown.decode(content, path), path)
        metadata = markdown.metadata_of(document, key.locale, self._dates, name=path)
        return Edition(key, None, path, metadata, document, content, metadata.published or today)

    def _document(self, blob: str, content: bytes, path: str) -> Document:
        known = self._documents.get(blob)
        if known is None:
            try:
                known = markdown.parse(markdown.decode(content, path), path)
            except DocumentError as error:
                known = error
            self._documents[blob] = known
        if isinstance(known, DocumentError):
            raise known
        return known


class Timeline:
    """The editions of one text, newest first; versions that cannot be read are left out of it and listed."""

    def __init__(self, key: TextKey, versions: Sequence[Version], reader: Reader, head: Edition | None = None) -> None:
        self.key = key
        self.versions = versions
        """The committed versions, newest first; a blob of None is where the text was removed."""
        self.head = head
        """What the working tree has beyond them."""
        self._reader = reader
        self.unreadable: dict[str, DocumentError] = {}
        """By commit."""

    def __iter__(self) -> Iterator[Edition]:
        """All editions up to the first removal of the text, looking back."""
        if self.head is not None:
            yield self.head
        for version in self.versions:
            if version.blob is None:
                return
            edition = self.edition(version)
            if edition is not None:
                yield edition

    def edition(self, version: Version) -> Edition | None:
        """A version as read; None, and noted in `unreadable`, where that fails."""
        try:
            return self._reader.edition(self.key, version)
        except DocumentError as error:
            self.unreadable[version.commit] = error
            return None

    @cached_property
    def all(self) -> tuple[Edition, ...]:
        """Every edition, read at once."""
        self._reader.preload(self.versions)
        return tuple(self)

    @property
    def exists(self) -> bool:
        """Whether the text is there now."""
        return self.head is not None or (bool(self.versions) and self.versions[0].blob is not None)

    @cached_property
    def current(self) -> Edition | None:
        """The newest edition, in force or not; None for a text that is gone or cannot be read."""
        return next(iter(self), None) if self.exists else None

    def in_force_on(self, day: dt.date) -> Edition | None:
        """The edition that was in force on a day; None before the first, and after the text was removed."""
        for edition in self._until(day):
            if edition.in_force_from <= day:
                return edition
        return None

    def coming_on(self, day: dt.date) -> tuple[Edition, ...]:
        """The editions published by a day and in force only later, newest first."""
        coming = []
        for edition in self._until(day):
            if edition.in_force_from <= day:
                break
            if edition.published <= day:
                coming.append(edition)
        return tuple(coming)

    def _until(self, day: dt.date) -> Iterator[Edition]:
        if self.head is not None:
            yield self.head
        for version in self.versions:
            if version.blob is None:
                if version.date.date() <= day:
                    return
                continue
            edition = self.edition(version)
            if edition is not None:
                yield edition


Timelines = Mapping[TextKey, Timeline]
