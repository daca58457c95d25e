"""JSON, as DESIGN §5 and §6 fix it and the schemas in ``policyver/schemas`` publish it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from policyver.encoding import Json, diff_to_json, dumps
from policyver.model import DiffReport


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
