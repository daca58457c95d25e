"""The record of what a translation was made from, in its front matter: ``source_version`` and ``source_commit``."""

from __future__ import annotations

import re

from policyver.editions import Edition
from policyver.errors import DocumentError

_FRONT = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_LINE = r"^{key}[ \t]*:.*$"


def with_record(content: bytes, source: Edition, name: str, *, inferred: bool = False) -> bytes:
    """The bytes of a text with the record that it was made from `source`; nothing else of the file changes.

    Raises `DocumentError` for a source that is not committed, since no record could name it.
    """
    if source.commit is None:
        raise DocumentError(
            f"the source text {source.path} has changes that are not committed, so no record can name them",
            where=name,
            cure="Commit the source first.",
        )
    text = content.decode("utf-8-sig")
    end = "\r\n" if "\r\n" in text else "\n"
    note = "  # inferred by policyver sync --backfill" if inferred else ""
    record = {"source_version": source.metadata.label, "source_commit": source.commit}
    match = _FRONT.match(text)
    front = match.group(1) if match else ""
    for key, value in record.items():
        line = re.compile(_LINE.format(key=key) + r"\n?", re.MULTILINE)
        written = f"{key}: {value}{note}{end}" if value else ""
        if line.search(front):
            front = line.sub(lambda _, written=written: written, front, count=1)
        else:
            front += written
    before, after = (text[: match.start(1)], text[match.end(1) :]) if match else (f"---{end}", f"---{end}{end}{text}")
    text = before + front + after
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return mark + text.encode()
