"""The sample policies: their real history in this repository, and the demo that an installed wheel shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from policyver.document import parse
from policyver.model import Kind
from policyver.workspace import Workspace
from tests.support import ROOT, policyver

LOCALES = {"en", "de", "fr", "es", "pl", "zh-Hans", "ja", "ar"}


def test_every_policy_has_every_language_and_ends_with_the_clause() -> None:
    for name, sections in (("privacy", 14), ("terms", 8), ("cookies", 5)):
        files = {path.stem: path for path in (ROOT / "policies" / name).glob("*.md")}
        assert files.keys() == LOCALES
        for path in files.values():
            document = parse(path.read_text(encoding="utf-8"), str(path))
            assert document.sections[-1].id == "precedence"
            assert len(document.sections) >= (sections - 2 if path.stem == "pl" else sections)


def test_the_history_tells_the_story() -> None:
    warnings: list[str] = []
    workspace = Workspace.open(ROOT, None, warnings.append)
    report = workspace.diff("privacy@1.0.0..privacy@2.0.0")
    assert warnings == ["privacy/pl has no version 2.0.0: the change has not been made in this text."]
    english = next(text for text in report.texts if text.key.locale == "en")
    kinds = {change.section.id: set(change.kinds) for change in english.changes}
    assert kinds["voice"] == {Kind.ADDED}
    assert Kind.RENAMED in kinds["cookies"]
    assert Kind.MOVED in kinds["security"]
    assert Kind.SPLIT in kinds["use"]
    reasons = {(reason.old, reason.new) for change in english.changes for reason in change.reasons}
    assert {("24 months", "12 months"), ("30 days", "20 days"), ("14 days", "30 days")} <= reasons
    assert {len(text.changes) for text in report.texts} == {len(english.changes)}


@pytest.mark.slow
def test_the_output_in_the_readme_is_the_real_one() -> None:
    ran = policyver("diff", "privacy@1.0.0..privacy@2.0.0", "--locale", "en", "--format", "plain", cwd=ROOT)
    assert ran.status == 0, ran.err
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.split("```text\n")[1].split("\n```")[0]
    for piece in block.split("\n…\n"):
        assert piece.strip("\n") in ran.out


HOSTILE_CONFIG = """
[commit]
    gpgSign = true
    template = /nonexistent
[gpg]
    program = false
[init]
    defaultBranch = trunk
    templateDir = /nonexistent
[core]
    autocrlf = true
    safecrlf = true
    hooksPath = /nonexistent
    excludesFile = {home}/ignore
    fsmonitor = /bin/false
[user]
    useConfigOnly = true
[tag]
    gpgSign = true
"""


@pytest.mark.slow
@pytest.mark.parametrize("config", ["", HOSTILE_CONFIG])
def test_the_demo_works_with_any_git_configuration(tmp_path: Path, config: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ignore").write_text("*\n")
    (home / ".gitconfig").write_text(config.format(home=home))
    target = tmp_path / "demo"
    ran = policyver("demo", target, cwd=tmp_path, HOME=str(home))
    assert ran.status == 0, ran.err
    assert "[-24-]{+12+} months" in ran.out
    assert "The Polish text stayed at 1.1.0" in ran.out
    assert "<del>24</del>" in (target / "redline.html").read_text(encoding="utf-8")
    following = [line[line.index("-C ") :] for line in ran.out.splitlines() if line.startswith("  ") and " -C " in line]
    assert len(following) == 8
    assert len(list((target / "mail" / "new").iterdir())) == 3, "notices for Germany, Egypt and Japan"
    assert "nothing changes" in (target / "plan.txt").read_text(encoding="utf-8")
    for command in following:
        expected = 1 if command.endswith(" check") else 0  # the Polish text lags
        assert policyver(*command.split(), cwd=tmp_path, HOME=str(home)).status == expected


def test_the_demo_does_not_write_into_a_folder_in_use(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    ran = policyver("demo", tmp_path)
    assert ran.status == 2
    assert "not empty" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.slow
def test_the_demo_works_from_an_installed_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "env", with_pip=True, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    install = [*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    packages = next(path for path in sys.path if path.endswith("site-packages"))  # its dependencies, from here
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "policyver", "demo"], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": packages},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    where = subprocess.run(
        [python, "-c", "import policyver; print(policyver.__file__)"], capture_output=True, text=True, check=True,
        cwd=tmp_path,
    ).stdout  # fmt: skip
    assert where.startswith(str(tmp_path))
    assert "redline.html" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", ["resolve", "status", "check"])
def test_the_readme_shows_real_output(command: str) -> None:
    """Each line of the block after the command is a line of its output; ``…`` stands for what is left out."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.compile(rf"```sh\n\.venv/bin/policyver ({command} [^\n]*)\n```\n\n```text\n([^`]*)\n```")
    match = block.search(readme)
    assert match is not None
    ran = policyver(*shlex.split(match.group(1)), cwd=ROOT)
    said = ran.out.splitlines()
    assert [line for line in match.group(2).splitlines() if line not in ("", "…") and line not in said] == [], ran.err


@pytest.mark.slow
def test_the_readmes_walk_through_of_notices_works_word_for_word(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Telling people")[1].split("\n## ")[0]
    first, second = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    announced = re.findall(r"```text\n(.*?)\n```", section, re.DOTALL)[0]
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    script = f"set -m\n{first}\necho; echo ---\n{second}"
    environment = {key: value for key, value in os.environ.items() if key != "POLICYVER_SECRET_KEY"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=200,
        env={**environment, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
    )  # fmt: skip
    planned, sent = done.stdout.split("\n---\n")
    assert announced in planned
    counts = [int(line.split()[1]) for line in sent.splitlines() if line.startswith("sent ")]
    assert len(counts) == 2, done.stderr
    assert 0 < counts[0] < counts[1]
    assert "The evidence holds" in sent
    assert "Datenschutzerklärung" in sent
    assert "سياسة الخصوصية" in sent
    assert (tmp_path / "try" / "letters" / "index.html").exists()
    inbox = list((tmp_path / "try" / "inbox" / "new").iterdir())
    ids = [re.search(r"^Message-ID: (.*)$", one.read_text(), re.MULTILINE | re.IGNORECASE) for one in inbox]
    assert len({match.group(1) for match in ids if match}) >= 1000
    assert len(inbox) <= 1004 + 100
