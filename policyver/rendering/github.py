"""Findings as GitHub workflow commands: annotations at the lines of a pull request.

Source: GitHub's *Workflow commands*; ``%``, CR and LF are escaped in messages, ``:`` and ``,`` in properties too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from policyver.model import Finding, Severity
from policyver.safety import visible

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write_findings(findings: Sequence[Finding], out: IO[str]) -> None:
    """One annotation a finding that counts."""
    for one in findings:
        if one.suppressed is None and one.severity in _COMMAND:
            place = f"file={_property(one.path)},line={one.line},endLine={one.end_line},title={_property(one.rule)}"
            out.write(f"::{_COMMAND[one.severity]} {place}::{_message(one.message)}\n")


def _message(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
