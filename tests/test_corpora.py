"""Laws and reports on policy repositories that nobody here wrote (../shared/corpora)."""

from __future__ import annotations

import json
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from policyver.diffing import compare
from policyver.document import decode, parse
from policyver.errors import DocumentError
from policyver.model import Document, Kind
from policyver.workspace import Workspace
from tests.support import CORPORA, policyver

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


def test_hunks_rebuild_both_sides_of_every_version(clone: Path) -> None:
    workspace = Workspace.open(clone)
    versions = [(key, one) for key, several in workspace.versions.items() for one in several]
    names = list(dict.fromkeys(blob for _, one in versions for blob in (one.blob, one.old_blob) if blob))
    contents = dict(zip(names, workspace.repository.blobs(names), strict=True))

    @lru_cache(maxsize=8)
    def document(blob: str | None) -> Document | None:
        return parse(decode(contents[blob])) if blob else None

    pairs = sections = 0
    for key, one in versions:
        try:
            old, new = document(one.old_blob), document(one.blob)
        except DocumentError:
            continue
        pairs += 1
        for change in compare(old, new, key.locale):
            sections += 1
            assert "".join(hunk.old for hunk in change.hunks) == (change.old.text if change.old else "")
            assert "".join(hunk.new for hunk in change.hunks) == (change.new.text if change.new else "")
            for part in change.others:
                side = "new" if Kind.SPLIT in change.kinds else "old"
                assert "".join(getattr(hunk, side) for hunk in part.hunks) == part.section.text
            assert change.reasons
        if new is not None:
            assert compare(new, new, key.locale) == ()
    assert pairs > 600
    assert sections > 1000


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
