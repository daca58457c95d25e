"""JSON, as DESIGN §5 and §6 fix it and the schemas in ``policyver/schemas`` publish it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

from policyver.encoding import Json, diff_to_json, dumps, section_to_json
from policyver.model import DiffReport, Finding

if TYPE_CHECKING:
    from policyver.locales.clauses import Reading
    from policyver.locales.governing import Resolution
    from policyver.locales.status import StatusReport, TextStatus


def write_diff(report: DiffReport, out: IO[str]) -> None:
    """The diff as one JSON document, one change a line."""
    written = diff_to_json(report)
    texts = written.pop("texts")
    out.write(dumps(written)[:-1] + ',"texts":[')
    for index, text in enumerate(texts):
        changes = text.pop("changes")
        out.write(",\n" if index else "\n")
        out.write(dumps(text)[:-1] + ',"changes":[')
        out.writelines((",\n" if n else "\n") + dumps(change) for n, change in enumerate(changes))
        out.write("]}")
    out.write("]}\n")


def write(value: Json | Iterable[object], out: IO[str]) -> None:
    """Any other report."""
    out.write(dumps(value) + "\n")


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def write_status(report: StatusReport, out: IO[str]) -> None:
    """``policyver.status/1``."""
    write(
        {
            "schema": "policyver.status/1",
            "on": report.on.isoformat(),
            "texts": [_text_status(one) for one in report.texts],
            "territories": [
                {
                    "policy": one.policy,
                    "territory": one.territory,
                    "state": str(one.state),
                    "governing": [text.locale for text in one.governing],
                }
                for one in report.territories
            ],
        },
        out,
    )


def _text_status(one: TextStatus) -> Json:
    made = one.fresh.made_from if one.fresh else None
    return {
        "policy": one.key.policy,
        "locale": one.key.locale,
        "path": one.path,
        "label": one.edition.metadata.label if one.edition else None,
        "in_force_since": _day(one.edition.in_force_from if one.edition else None),
        "state": str(one.state),
        "made_from": {
            "commit": made.edition.commit if made.edition else None,
            "label": made.edition.metadata.label if made.edition else None,
            "inferred": made.inferred,
        }
        if made
        else None,
        "sections": [
            {
                "section": section_to_json(standing.section),
                "state": str(standing.state),
                "since": _day(standing.since),
                "significance": str(standing.change.significance) if standing.change else None,
                "local": section_to_json(standing.local) if standing.local else None,
                "confidence": standing.pair.confidence if standing.pair else None,
                "evidence": list(standing.pair.evidence) if standing.pair else [],
            }
            for standing in one.sections
        ],
        "reasons": list(one.reasons),
    }


def write_resolution(one: Resolution, out: IO[str]) -> None:
    """``policyver.resolve/1``."""
    write(
        {
            "schema": "policyver.resolve/1",
            "policy": one.policy,
            "territory": one.territory,
            "language": one.language,
            "on": one.on.isoformat(),
            "state": str(one.state),
            "governing": [
                {
                    "locale": text.locale,
                    "path": text.edition.path,
                    "label": text.edition.metadata.label,
                    "commit": text.edition.commit,
                    "in_force_since": text.edition.in_force_from.isoformat(),
                    "state": str(text.state),
                }
                for text in one.governing
            ],
            "reasons": list(one.reasons),
        },
        out,
    )


def write_clauses(reading: Reading, out: IO[str]) -> None:
    """``policyver.precedence/1``."""
    write(
        {
            "schema": "policyver.precedence/1",
            "readable": reading.readable,
            "clauses": [
                {
                    "section": section_to_json(one.section),
                    "line": one.line,
                    "text": one.text,
                    "prevails": one.prevails,
                }
                for one in reading.clauses
            ],
        },
        out,
    )


def write_findings(findings: Sequence[Finding], out: IO[str]) -> None:
    """``policyver.check/1``, one finding a line."""
    out.write('{"schema":"policyver.check/1","findings":[')
    out.writelines((",\n" if n else "\n") + dumps(finding_to_json(one)) for n, one in enumerate(findings))
    out.write("]}\n")


def finding_to_json(one: Finding) -> Json:
    """One element of ``findings`` in ``policyver.check/1``."""
    return {
        "rule": one.rule,
        "severity": str(one.severity),
        "message": one.message,
        "path": one.path,
        "line": one.line,
        "end_line": one.end_line,
        "policy": one.policy,
        "locale": one.locale,
        "section": one.section,
        "suppressed": one.suppressed,
        "fingerprint": one.fingerprint,
    }
