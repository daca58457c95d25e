"""Findings as SARIF 2.1.0 (OASIS), for code scanning: one run, its rules with help, one result a finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any
from urllib.parse import quote

from policyver import __version__
from policyver.checks.rule import AnyRule
from policyver.encoding import dumps
from policyver.model import Finding, Severity

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note", Severity.OFF: "none"}


def write_findings(findings: Sequence[Finding], rules: Sequence[AnyRule], out: IO[str]) -> None:
    """The findings of one run; suppressed ones are kept, with their justification (§3.35)."""
    used = [rule for rule in rules if any(one.rule == rule.id for one in findings)]
    index = {rule.id: number for number, rule in enumerate(used)}
    out.write(
        dumps(
            {
                "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                "version": "2.1.0",
                "runs": [
                    {
                        "tool": {
                            "driver": {
                                "name": "policyver",
                                "semanticVersion": __version__,
                                "rules": [_rule(rule) for rule in used],
                            }
                        },
                        "columnKind": "unicodeCodePoints",
                        "results": [_result(one, index[one.rule]) for one in findings],
                    }
                ],
            }
        )
        + "\n"
    )


def _rule(rule: AnyRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(rule.rationale.split())},
        "help": {"text": f"{rule.rationale}\n\nSource: {rule.source}"},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"tags": [rule.family]},
    }


def _result(one: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVEL[one.severity],
        "message": {"text": one.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(one.path), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": one.line, "endLine": one.end_line},
                }
            }
        ],
        "partialFingerprints": {"policyver/1": one.fingerprint},
    }
    if one.suppressed is not None:
        kind = "external" if one.suppressed.startswith("known") else "inSource"
        result["suppressions"] = [{"kind": kind, "justification": one.suppressed}]
    return result
