"""Model objects <-> the dictionaries of policyver's JSON (DESIGN §5 and §6). The only place that knows both."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from policyver.model import (
    Change,
    DiffReport,
    Document,
    Endpoint,
    Hunk,
    Kind,
    LogEntry,
    Metadata,
    Part,
    Place,
    Reason,
    Section,
    Significance,
    TextDiff,
    TextKey,
    Version,
)

Json = dict[str, Any]

_COMPACT = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))

# Characters that JSON allows raw but that a terminal or an editor obeys: C1 controls and bidi controls.
_ALIVE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def dumps(value: object) -> str:
    """Compact JSON in which no character acts on the terminal that shows it."""
    text = _COMPACT.encode(value)
    return text if text.isprintable() else _ALIVE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def moment(milliseconds: int) -> str:
    """A time in milliseconds since 1970 as ISO 8601 in UTC, to the second."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def section_to_json(section: Section) -> Json:
    return {
        "id": section.id,
        "number": section.number,
        "heading": section.heading,
        "level": section.level,
        "path": list(section.path),
        "line": section.line,
        "end_line": section.end_line,
    }


def _hunk_to_json(hunk: Hunk) -> Json:
    written: Json = {"op": hunk.op, "old": hunk.old, "new": hunk.new}
    if hunk.moved is not None:
        written["moved"] = {"line": hunk.moved.line, "title": hunk.moved.title}
    return written


def change_to_json(change: Change) -> Json:
    written: Json = {
        "kinds": [str(kind) for kind in change.kinds],
        "significance": str(change.significance),
        "reasons": [
            {"code": one.code, "significance": str(one.significance), "old": one.old, "new": one.new}
            for one in change.reasons
        ],
        "old": section_to_json(change.old) if change.old else None,
        "new": section_to_json(change.new) if change.new else None,
        "similarity": change.similarity,
        "words_added": change.words_added,
        "words_removed": change.words_removed,
        "hunks": [_hunk_to_json(hunk) for hunk in change.hunks],
    }
    if change.others:
        written["others"] = [
            {**section_to_json(part.section), "hunks": [_hunk_to_json(hunk) for hunk in part.hunks]}
            for part in change.others
        ]
    return written


def endpoint_to_json(endpoint: Endpoint) -> Json:
    if endpoint.path is not None:
        return {"path": endpoint.path}
    return {
        "rev": endpoint.rev,
        "commit": endpoint.commit,
        "date": endpoint.date.isoformat() if endpoint.date else None,
    }


def text_to_json(text: TextDiff) -> Json:
    return {
        "policy": text.key.policy,
        "locale": text.key.locale,
        "old_path": text.old_path,
        "new_path": text.new_path,
        "status": str(text.status),
        "old_label": text.old.label,
        "new_label": text.new.label,
        "old_effective": _day(text.old.effective),
        "new_effective": _day(text.new.effective),
        "significance": str(text.significance) if text.significance else None,
        "changes": [change_to_json(change) for change in text.changes],
    }


def diff_to_json(report: DiffReport) -> Json:
    """The report of ``policyver diff`` as ``policyver.diff/1``."""
    return {
        "schema": "policyver.diff/1",
        "base": endpoint_to_json(report.base),
        "head": endpoint_to_json(report.head),
        "texts": [text_to_json(text) for text in report.texts],
    }


def log_entry_to_json(entry: LogEntry) -> Json:
    """One element of ``versions`` in ``policyver.log/1``."""
    written: Json = {
        "commit": entry.version.commit,
        "date": entry.version.date.isoformat(),
        "path": entry.version.path,
        "label": entry.metadata.label,
        "published": _day(entry.metadata.published),
        "effective": _day(entry.metadata.effective),
        "significance": str(entry.significance) if entry.significance else None,
        "changes": [change_to_json(change) for change in entry.changes],
    }
    if entry.error is not None:
        written["error"] = entry.error
    return written


def sections_to_json(document: Document, path: str) -> Json:
    """The section tree of a file as ``policyver.sections/1``."""
    return {
        "schema": "policyver.sections/1",
        "path": path,
        "sections": [section_to_json(section) for section in document.sections],
    }


def shown_to_json(key: TextKey, version: Version | None, path: str, metadata: Metadata, document: Document) -> Json:
    """One version of a text as ``policyver.show/1``, each section with its normalized text."""
    return {
        "schema": "policyver.show/1",
        "policy": key.policy,
        "locale": key.locale,
        "path": path,
        "commit": version.commit if version else None,
        "date": version.date.isoformat() if version else None,
        "label": metadata.label,
        "published": _day(metadata.published),
        "effective": _day(metadata.effective),
        "sections": [{**section_to_json(section), "text": section.text} for section in document.sections],
    }


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


# and back, for what the cache of `policyver log` holds


def log_entry_from_json(written: Json) -> LogEntry:
    """What `log_entry_to_json` wrote; texts of sections are not part of it."""
    return LogEntry(
        Version(written["commit"], dt.datetime.fromisoformat(written["date"]), written["path"], None, None, None),
        Metadata(
            label=written["label"],
            published=_date(written["published"]),
            effective=_date(written["effective"]),
        ),
        tuple(_change_from_json(change) for change in written["changes"]),
        written.get("error"),
    )


def _date(written: str | None) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


def _change_from_json(written: Json) -> Change:
    return Change(
        tuple(Kind(kind) for kind in written["kinds"]),
        Significance(written["significance"]),
        tuple(
            Reason(one["code"], Significance(one["significance"]), one["old"], one["new"]) for one in written["reasons"]
        ),
        _section_from_json(written["old"]),
        _section_from_json(written["new"]),
        written["similarity"],
        written["words_added"],
        written["words_removed"],
        _hunks_from_json(written["hunks"]),
        tuple(
            Part(section, _hunks_from_json(one["hunks"]))
            for one in written.get("others", ())
            if (section := _section_from_json(one))
        ),
    )


def _section_from_json(written: Json | None) -> Section | None:
    if written is None:
        return None
    return Section(
        written["id"], written["number"], written["heading"], written["level"], tuple(written["path"]), None,
        written["line"], written["end_line"], (),
    )  # fmt: skip


def _hunks_from_json(written: list[Json]) -> tuple[Hunk, ...]:
    return tuple(
        Hunk(
            one["op"],
            one["old"],
            one["new"],
            Place(one["moved"]["line"], one["moved"]["title"]) if "moved" in one else None,
        )
        for one in written
    )
