"""The entries of a text's log: each version of a slice compared with the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from policyver.config import DatePatterns
from policyver.diffing import compare
from policyver.document import decode, metadata_of, parse
from policyver.errors import DocumentError
from policyver.model import Document, LogEntry, Metadata, Slice, Version

Read = Callable[[str | None, str | None], Document | None]
"""The document in a blob at a path; None for no blob."""


def entries_of(one: Slice, contents: Mapping[str, bytes], dates: DatePatterns) -> Iterator[LogEntry]:
    """The entries of a slice, newest first. A version that cannot be read has its error in place of changes.

    `contents` holds the slice's blobs.
    """

    @lru_cache(maxsize=4)
    def read(blob: str | None, path: str | None) -> Document | None:
        return None if blob is None else parse(decode(contents[blob], path or ""), path or "")

    for version in one.versions:
        yield _entry(version, one.key.locale, dates, read)


def _entry(version: Version, locale: str, dates: DatePatterns, read: Read) -> LogEntry:
    metadata = Metadata()
    try:
        new = read(version.blob, version.path)
        if new is not None:
            metadata = metadata_of(new, locale, dates, name=version.path)
        old = read(version.old_blob, version.old_path)
    except DocumentError as error:
        return LogEntry(version, metadata, (), str(error))
    return LogEntry(version, metadata, compare(old, new, locale))
