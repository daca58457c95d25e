"""Status, resolution and findings as people see them: golden files over the demo's repository.

After a wanted change: POLICYVER_GOLDEN=write make test-fast, then read the diff of tests/golden.
"""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from rich.console import Console

from policyver.checks.runner import check, selection
from policyver.locales.policies import PolicyTexts, open_policies
from policyver.locales.status import status
from policyver.rendering import findings, github, junit, resolution
from policyver.rendering import status as status_report
from policyver.samples import build_repository
from policyver.workspace import Workspace

GOLDEN = Path(__file__).parent / "golden"
DAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> list[PolicyTexts]:
    directory = tmp_path_factory.mktemp("samples")
    build_repository(directory)
    return open_policies(Workspace.open(directory), None, DAY)


def console(out: IO[str]) -> Console:
    return Console(file=out, width=80, force_terminal=True, color_system="standard", highlight=False, markup=False)


Report = Callable[[list[PolicyTexts], IO[str]], None]
STATUS: dict[str, Report] = {
    "ansi": lambda them, out: status_report.print_status(status(them, DAY), console(out)),
    "txt": lambda them, out: status_report.write_plain(status(them, DAY), out),
    "md": lambda them, out: status_report.write_markdown(status(them, DAY), out),
    "html": lambda them, out: status_report.write_html(status(them, DAY), out),
}
RESOLVE: dict[str, Report] = {
    "ansi": lambda them, out: resolution.print_resolution(them[0].resolve("PL", "pl"), console(out)),
    "txt": lambda them, out: resolution.write_plain(them[0].resolve("CH", "fr"), out),
    "md": lambda them, out: resolution.write_markdown(them[0].resolve("DE"), out),
}
CHECK: dict[str, Report] = {
    "ansi": lambda them, out: findings.print_findings(check(them, selection([], [], {}, None)), console(out)),
    "txt": lambda them, out: findings.write_plain(check(them, selection([], [], {}, None)), out),
    "md": lambda them, out: findings.write_markdown(check(them, selection([], [], {}, None)), out),
    "github": lambda them, out: github.write_findings(check(them, selection([], [], {}, None)), out),
    "xml": lambda them, out: junit.write_findings(check(them, selection([], [], {}, None)), out),
}
ALL = [
    (name, form, write)
    for name, several in (("status", STATUS), ("resolve", RESOLVE), ("check", CHECK))
    for form, write in several.items()
]


@pytest.mark.parametrize(("name", "form", "write"), ALL, ids=lambda value: value if isinstance(value, str) else "")
def test_golden(name: str, form: str, write: Report, policies: list[PolicyTexts]) -> None:
    out = io.StringIO()
    write(policies, out)
    file = GOLDEN / f"{name}.{form}"
    if os.environ.get("POLICYVER_GOLDEN") == "write":
        file.write_text(out.getvalue(), encoding="utf-8", newline="\n")
    assert out.getvalue() == file.read_text(encoding="utf-8")


def test_markdown_of_findings_is_cut_where_there_is_no_room(policies: list[PolicyTexts]) -> None:
    from policyver.rendering.markdown import Limit

    out = io.StringIO()
    found = check(policies, selection([], [], {}, None))
    findings.write_markdown(found, out, Limit(1000, len))
    assert len(out.getvalue()) <= 1000
    assert "do not fit here" in out.getvalue()
