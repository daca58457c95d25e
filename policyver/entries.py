"""The entries of a text's log: each version of a slice compared with the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from policyver.config import DatePatterns
from policyver.diffing import compare
from policyver.document import decode, metadata_of, parse
from policyver.errors import DocumentError
from policyver.model import Document, LogEntry, Metadata, Slice, Version

Read = Callable[[str | None, str | None], Document | None]
"""The document in a blob at a path; None for no blob."""


def entries_of(one: Slice, contents: Iterator[bytes], dates: DatePatterns) -> Iterator[LogEntry]:
    """The entries of a slice, newest first. A version that cannot be read has its error in place of changes.

    `contents` gives those of the slice's blobs, in their order, and is read just as far as the slice goes.
    """
    unread = iter(one.blobs)
    held: dict[str, bytes] = {}
    last_use = {blob: version for version in one.versions for blob in (version.blob, version.old_blob) if blob}

    def content(blob: str) -> bytes:
        while blob not in held:
            held[next(unread)] = next(contents)
        return held[blob]

    @lru_cache(maxsize=4)
    def read(blob: str | None, path: str | None) -> Document | None:
        return None if blob is None else parse(decode(content(blob), path or ""), path or "")

    for version in one.versions:
        yield _entry(version, one.key.locale, dates, read)
        for blob in (version.blob, version.old_blob):
            if blob is not None and last_use[blob] is version:
                held.pop(blob, None)
    for _ in unread:
        next(contents)


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
