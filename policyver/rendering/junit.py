"""Findings as JUnit XML, which CI systems show as tests: one suite a text, one case a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from policyver.model import Finding, Severity
from policyver.safety import visible

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_findings(findings: Sequence[Finding], out: IO[str]) -> None:
    """Errors are failures; warnings and notes pass with their words as output; suppressed findings are skipped."""
    failures = sum(map(_fails, findings))
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f'<testsuites name="policyver check" tests="{max(1, len(findings))}" failures="{failures}">\n')
    if not findings:
        out.write('<testsuite name="policies" tests="1" failures="0" skipped="0">\n')
        out.write('<testcase classname="policies" name="nothing found"/>\n</testsuite>\n')
    for path, group in groupby(findings, key=lambda one: one.path):
        cases = list(group)
        skipped = sum(one.suppressed is not None for one in cases)
        out.write(
            f'<testsuite name={_quoted(path)} tests="{len(cases)}" '
            f'failures="{sum(map(_fails, cases))}" skipped="{skipped}">\n'
        )
        out.writelines(_case(one) for one in cases)
        out.write("</testsuite>\n")
    out.write("</testsuites>\n")


def _fails(one: Finding) -> bool:
    return one.severity is Severity.ERROR and one.suppressed is None


def _case(one: Finding) -> str:
    name = f"{one.rule} at line {one.line}"
    head = f'<testcase classname={_quoted(one.path)} name={_quoted(name)} file={_quoted(one.path)} line="{one.line}">'
    if one.suppressed is not None:
        return f"{head}<skipped message={_quoted(one.suppressed)}/></testcase>\n"
    if _fails(one):
        return f"{head}<failure type={_quoted(one.rule)} message={_quoted(one.message)}/></testcase>\n"
    return f"{head}<system-out>{escape(_text(f'{one.severity}: {one.message}'))}</system-out></testcase>\n"


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", visible(text))


def _quoted(text: str) -> str:
    return quoteattr(_text(text))
