"""What a text says about itself: label, dates and the version that it was made from.

Front matter first, then ``datetime`` attributes (effective date), then the patterns that the configuration gives
for texts that say it in prose, ``Effective {date}`` (DESIGN §4).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from policyver.config import DatePatterns
from policyver.document.dates import parse_date
from policyver.errors import DocumentError
from policyver.model import Document, Metadata

_DATES = ("published", "effective", "updated")
_STRONGEST = re.compile(r"\\(?=[^\w\s])|\*{1,3}")


NO_PATTERNS = DatePatterns()


def metadata_of(document: Document, locale: str, patterns: DatePatterns = NO_PATTERNS, *, name: str = "") -> Metadata:
    """The metadata of `document`.

    `name` is the file, for errors. Raises `DocumentError` where a date in the front matter is none.
    """
    front = document.front_matter
    dates: dict[str, dt.date | None] = {field: _front_date(front, field, locale, name) for field in _DATES}
    if dates["effective"] is None and document.datetimes:
        dates["effective"] = next(filter(None, map(_iso, document.datetimes)), None)
    for field in _DATES:
        if dates[field] is None and patterns.of(field):
            dates[field] = _prose_date(document, patterns.of(field), locale)
    return Metadata(
        label=_text(front, "version"),
        source_version=_text(front, "source_version"),
        source_commit=_text(front, "source_commit"),
        **dates,
    )


def _text(front: Mapping[str, object], key: str) -> str | None:
    value = front.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _iso(value: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError:
        return None


def _front_date(front: Mapping[str, object], field: str, locale: str, name: str) -> dt.date | None:
    value = _text(front, field)
    if value is None:
        return None
    found = _iso(value) or parse_date(value, locale)
    if found is None:
        raise DocumentError(
            f"the front matter says {field}: {value}, which is not a date",
            where=name,
            cure="Write it as YYYY-MM-DD.",
        )
    return found


def _prose_date(document: Document, patterns: Sequence[str], locale: str) -> dt.date | None:
    for pattern in patterns:
        before = _before(pattern)
        for section in document.sections:
            for block in (section.heading, *section.blocks):
                match = before.search(_STRONGEST.sub("", block))
                found = parse_date(match.group(1), locale) if match else None
                if found:
                    return found
    return None


@lru_cache(maxsize=128)
def _before(pattern: str) -> re.Pattern[str]:
    """Where the words around ``{date}`` stand in a block; group 1 is the text that holds the date."""
    prefix, _, suffix = (r"\s+".join(map(re.escape, part.split())) for part in pattern.partition("{date}"))
    date = rf"(.{{4,60}}?)\s*{suffix}" if suffix else r"(.{4,60})"
    return re.compile(rf"{prefix}\s*{date}", re.IGNORECASE)
