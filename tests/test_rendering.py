"""Reports as people see them: golden files, and nothing of a hostile text alive.

After a wanted change of a report: POLICYVER_GOLDEN=write make test-fast, then read the diff of tests/golden.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from policyver.diffing import compare
from policyver.document import metadata_of, parse
from policyver.encoding import dumps
from policyver.model import DiffReport, Endpoint, Status, TextDiff, TextKey
from policyver.rendering import html, markdown, plain, terminal
from policyver.rendering import json as json_report
from policyver.safety import for_html, for_markdown, visible
from policyver.samples import texts

GOLDEN = Path(__file__).parent / "golden"


def report_of(old: str, new: str, locale: str = "en") -> DiffReport:
    before, after = parse(old), parse(new)
    text = TextDiff(
        TextKey("privacy", locale), "old.md", "new.md", Status.MODIFIED,
        metadata_of(before, locale), metadata_of(after, locale), compare(before, after, locale),
    )  # fmt: skip
    return DiffReport(Endpoint(rev="privacy@1.0.0"), Endpoint(rev="privacy@2.0.0"), (text,))


def rich(report: DiffReport, out: IO[str]) -> None:
    console = Console(file=out, width=80, force_terminal=True, color_system="standard", highlight=False, markup=False)
    terminal.print_diff(report, console)


WRITERS: dict[str, Callable[[DiffReport, IO[str]], None]] = {
    "txt": plain.write_diff,
    "ansi": rich,
    "md": markdown.write_diff,
    "html": html.write_diff,
    "json": json_report.write_diff,
}


def written(form: str, report: DiffReport) -> str:
    out = io.StringIO()
    WRITERS[form](report, out)
    return out.getvalue()


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("locale", ["en", "ja", "ar"])
def test_golden(form: str, locale: str) -> None:
    report = report_of(texts("1.0.0")[locale], texts("2.0.0")[locale], locale)
    file = GOLDEN / f"privacy-{locale}.{form}"
    found = written(form, report)
    if os.environ.get("POLICYVER_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8", newline="\n")
    assert found == file.read_text(encoding="utf-8")


def test_json_gives_the_same_dictionaries_as_the_api() -> None:
    report = report_of("## A\n\nWe keep it 30 days.\n", "## A\n\nWe keep it 60 days.\n")
    assert json.loads(written("json", report))["texts"][0]["changes"][0]["hunks"][1] == {
        "op": "replace", "old": "30", "new": "60"
    }  # fmt: skip


# hostile texts

EVIL = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) \x1b[31mred\x1b]0;title\x07 "
    "\u202eesrever\u2066 @everyone #1 https://evil.example `code` | cell | <!-- --> &lt;b&gt; \x9b2J </style> ]]>"
)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def evil_report() -> DiffReport:
    return report_of(f"## A {EVIL}\n\nOld {EVIL}\n", f"## B {EVIL}\n\nNew <b>{EVIL}\n\n# {EVIL}\n\nx\n")


@pytest.mark.parametrize("form", ["txt", "md", "html", "json"])
def test_no_control_character_of_a_text_reaches_a_report(form: str) -> None:
    assert not CONTROLS.search(written(form, evil_report()))


def test_no_escape_sequence_of_a_text_reaches_a_terminal() -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", written("ansi", evil_report()))
    assert not CONTROLS.search(shown)
    assert "\x1b[31mred" not in written("ansi", evil_report())


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


def test_html_has_no_script_no_request_and_no_tag_of_the_text() -> None:
    page = written("html", evil_report())
    tags = _Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "form", "base", "b"}
    assert not {name for name in tags.attributes if name.startswith("on")} | tags.attributes.keys() & {"src", "style"}
    assert all(target.startswith("#") for target in tags.attributes["href"])
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_markdown_shows_the_text_and_obeys_none_of_it() -> None:
    report = written("md", evil_report())
    allowed = {"details", "summary", "del", "ins", "br", "sub"}
    assert set(re.findall(r"</?([a-zA-Z]+)", report)) <= allowed
    assert "](javascript" not in report
    assert not re.search(r"(?<!\\)@everyone", report)
    assert "https://" not in report


@pytest.mark.slow
def test_markdown_is_cut_under_the_limit_of_a_comment() -> None:
    paragraphs = [f"Paragraph {n} " + "says a lot of things about it. " * 30 for n in range(300)]
    old = "".join(f"## S{n}\n\n{text}\n\n" for n, text in enumerate(paragraphs))
    report = report_of(old, old.replace("says", "tells"))
    found = written("md", report)
    assert len(found) < 65_536
    assert "redlines do not fit here" in found
    assert found.count("<details>") == found.count("</details>")
    out = io.StringIO()
    markdown.write_diff(report, out, markdown.STEP_SUMMARY)
    assert 65_536 < len(out.getvalue().encode()) < 1 << 20


def test_the_file_of_a_step_summary_takes_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    with summary.open("a") as out, (tmp_path / "comment.md").open("w") as comment:
        assert markdown.limit_for(out) == markdown.STEP_SUMMARY
        out.write("x" * 1000)
        out.flush()
        assert markdown.limit_for(out).size == markdown.STEP_SUMMARY.size - 1000
        assert markdown.limit_for(comment) is markdown.COMMENT
        assert markdown.limit_for(io.StringIO()) is markdown.COMMENT


@given(st.text(max_size=40))
def test_what_is_made_harmless_is_harmless(text: str) -> None:
    assert not CONTROLS.search(visible(text))
    assert not set(for_html(text)) & set("<>\"'")
    assert "<" not in for_markdown(text)
    assert "\n" not in for_markdown(text)
    assert json.loads(dumps(text)) == text
    assert not CONTROLS.search(dumps(text))
