"""Laws and reports on policy repositories that nobody here wrote (../shared/corpora)."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pytest

from policyver.diffing import compare
from policyver.document import decode, parse
from policyver.errors import DocumentError
from policyver.locales.identification import language_of, prose_of
from policyver.locales.links import plain_target
from policyver.locales.tags import same_language
from policyver.model import Change, Document, Kind
from policyver.workspace import Workspace
from tests.support import CORPORA, SLICE_CONFIGURATION, policyver

pytestmark = [pytest.mark.corpora, pytest.mark.slow]

CONFIGURATIONS = {
    "mozilla-legal-slice": 'layout = ["{locale}/{policy}.md", "{policy}/{locale}.md"]\n',
    "basecamp-policies": 'layout = ["{policy}/index.md", "{policy}.md"]\n[dates]\nupdated = ["Last updated: {date}"]\n',
}


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def clone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory: Path = tmp_path_factory.mktemp("corpus") / str(request.param)
    subprocess.run(["git", "clone", "-q", CORPORA / f"{request.param}.bundle", directory], check=True)
    (directory / "policyver.toml").write_text(CONFIGURATIONS[request.param])
    return directory


@dataclass
class Laws:
    """How many version pairs and changed sections were looked at, and what broke a law."""

    pairs: int = 0
    sections: int = 0
    broken: list[str] = field(default_factory=list)


def laws_of(clone: Path) -> Laws:
    """Hold every version pair of a repository to the laws of the differ."""
    workspace = Workspace.open(clone)
    versions = [(key, one) for key, several in workspace.versions.items() for one in several]
    names = list(dict.fromkeys(blob for _, one in versions for blob in (one.blob, one.old_blob) if blob))
    contents = dict(zip(names, workspace.repository.blobs(names), strict=True))
    laws = Laws()

    @lru_cache(maxsize=8)
    def document(blob: str | None) -> Document | None:
        return parse(decode(contents[blob])) if blob else None

    for key, one in versions:
        try:
            old, new = document(one.old_blob), document(one.blob)
        except DocumentError:
            continue
        laws.pairs += 1
        for change in compare(old, new, key.locale):
            laws.sections += 1
            if not _rebuilds(change) or not change.reasons:
                laws.broken.append(f"{key} {one.commit} {change.section.title}")
        if new is not None and compare(new, new, key.locale):
            laws.broken.append(f"{key} {one.commit} differs from itself")
    return laws


def _rebuilds(change: Change) -> bool:
    side = "new" if Kind.SPLIT in change.kinds else "old"
    return (
        "".join(hunk.old for hunk in change.hunks) == (change.old.text if change.old else "")
        and "".join(hunk.new for hunk in change.hunks) == (change.new.text if change.new else "")
        and all("".join(getattr(h, side) for h in part.hunks) == part.section.text for part in change.others)
    )


def test_hunks_rebuild_both_sides_of_every_version(clone: Path) -> None:
    laws = laws_of(clone)
    assert laws.broken == []
    assert laws.pairs > 600
    assert laws.sections > 1000


def test_every_format_of_log_and_diff(clone: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"report{ending}" for ending in (".html", ".md", ".json", ".txt")]
    outputs = [part for file in files for part in ("--output", str(file))]
    for arguments, unreadable in ((["diff", "HEAD~60..HEAD"], 0), (["diff", "--last"], 0), (["log"], 4)):
        ran = policyver(*arguments, *outputs, "--format", "rich", cwd=clone)
        assert ran.status in ((0,) if "diff" in arguments else (0, 3)), ran.err
        assert "Traceback" not in ran.err
        assert ran.status == 0 or f"{unreadable} versions could not be read" in ran.err
        assert all(file.stat().st_size > 1000 for file in files)
        assert json.loads(files[2].read_text(encoding="utf-8"))["texts"]
        assert ran.out


def test_without_a_configuration_the_layout_is_suggested(clone: Path) -> None:
    (clone / "policyver.toml").rename(clone / "aside.toml")
    try:
        ran = policyver("log", cwd=clone)
    finally:
        (clone / "aside.toml").rename(clone / "policyver.toml")
    assert ran.status == 2
    assert 'layout = ["{' in ran.err


# what governs, on real texts

_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?\s*\)")
_ID = re.compile(r"\{[^{}\n]*?#([\w.-]+)[^{}\n]*\}")
_DATETIME = re.compile(r'datetime="(\d{4}-\d\d-\d\d)"')
_SAME_SOURCE = ("en", "en-US")


@pytest.fixture(scope="module", params=range(21))
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, slice_clone: Path) -> Path:
    """The slice today, and at twenty commits of its past."""
    commits = subprocess.run(
        ["git", "-C", slice_clone, "rev-list", "--first-parent", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.split()
    directory: Path = tmp_path_factory.mktemp("past") / "clone"
    subprocess.run(["git", "clone", "-q", slice_clone, directory], check=True)
    commit = commits[int(request.param * len(commits) * 0.9 / 20)]
    subprocess.run(["git", "-C", directory, "checkout", "-q", commit], check=True)
    (directory / "policyver.toml").write_text(SLICE_CONFIGURATION)
    return directory


def test_what_lags_is_stale_and_what_is_lacking_is_reported(past: Path) -> None:
    """Read off the raw files with patterns of this test: dates, link targets, ids."""
    status = policyver("status", "--format", "json", cwd=past).json["texts"]
    findings = policyver("check", "--format", "json", cwd=past).json["findings"]
    sources = {one["policy"]: (past / one["path"]).read_text() for one in status if one["locale"] in _SAME_SOURCE}
    for one in status:
        source, local = sources[one["policy"]], (past / one["path"]).read_text()
        if one["locale"] in _SAME_SOURCE:
            continue
        ours, theirs = _DATETIME.findall(source), _DATETIME.findall(local)
        if ours and theirs and theirs[0] < ours[0]:
            assert one["state"] == "stale", one["path"]
        said = " ".join(
            each["message"]
            for each in findings
            if each["path"] == one["path"] and each["rule"].startswith(("differing-link", "differing-anchor"))
        )
        there = {plain_target(link) for link in _LINK.findall(local)}
        for link in _LINK.findall(source):
            mail = link.startswith("mailto:")
            assert mail or plain_target(link) in there or link in said or link in local, (one["path"], link)
        for anchor in _ID.findall(source):
            assert anchor in _ID.findall(local) or anchor in said, (one["path"], anchor)


def languages_told(clone: Path) -> tuple[int, int]:
    """Of the paragraphs over 60 characters, how many are told to be in the language of their file, and how many are."""
    right = total = 0
    for path in sorted(clone.glob("*/*.md")):
        for section in parse(path.read_text(encoding="utf-8")).sections:
            for block in section.blocks:
                prose = prose_of(block)
                told = language_of(prose) if prose and len(prose) > 60 else None
                if told:
                    total += 1
                    right += same_language(told[0], path.parent.name)
    return right, total


def test_the_language_of_paragraphs_is_told(slice_clone: Path) -> None:
    right, total = languages_told(slice_clone)
    assert total > 1500
    assert right / total >= 0.98
