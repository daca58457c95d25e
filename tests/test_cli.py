"""The command line: exit statuses, sentences for bad input, reports on stdout and in files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policyver.config import load_settings
from policyver.errors import ConfigurationError
from tests.support import ROOT, GitRepo, Ran, policy, policyver

pytestmark = pytest.mark.slow  # a process a test

V1 = policy("Data: We keep your data for 30 days.", label="1.0.0")
V2 = policy("Data: We keep your data for 60 days.", label="1.1.0")


@pytest.fixture
def history(repo: GitRepo) -> GitRepo:
    repo.commit(privacy_en=V1, privacy_de=V1)
    repo.commit(privacy_en=V2)
    return repo


def is_sentence(ran: Ran) -> bool:
    last = ran.err.strip().splitlines()[-1]
    return "Traceback" not in ran.err and last.startswith("policyver: ") and last[-1] in '.?!):]"'


Arrange = Callable[[GitRepo], object]


def nothing(repo: GitRepo) -> None:
    """Leave the repository as it is."""


def with_file(content: bytes) -> Arrange:
    return lambda repo: repo.write("policies/privacy/en.md", content)


BAD = [
    (nothing, ["diff", "nonsense..HEAD"], 2, "there is no revision 'nonsense'"),
    (nothing, ["diff", "mian..HEAD"], 2, "Did you mean main?"),
    (nothing, ["diff", "--", "-p..HEAD"], 2, "not a revision"),
    (nothing, ["diff", "--policy", "privcy"], 2, "Did you mean privacy?"),
    (nothing, ["diff", "--locale", "xx"], 2, "There is de, en."),
    (nothing, ["diff", "privacy@9.9..HEAD"], 2, "There is 1.0.0, 1.1.0."),
    (nothing, ["diff", "cookies@1.0.0..HEAD"], 2, "there is no policy 'cookies'"),
    (nothing, ["diff", "a", "b", "c"], 2, "one range of revisions or two files"),
    (nothing, ["diff", "HEAD", "HEAD~1"], 2, "For two revisions: HEAD..HEAD~1."),
    (nothing, ["diff", "--format", "html", "--output", "report.pdf"], 2, "no format has the ending"),
    (nothing, ["diff", "--output", "no/such/folder/r.html"], 3, "cannot be written"),
    (nothing, ["show", "privacy", "--at", "2001-01-01"], 2, "not published on 2001-01-01"),
    (nothing, ["show", "privacy", "--at", "2001-02-31"], 2, "not a day of the calendar"),
    (nothing, ["show", "privacy", "--format", "html"], 2, "has no format"),
    (nothing, ["show", "imprint"], 2, "There is privacy."),
    (nothing, ["log", "--since", "yesterday"], 2, "Write YYYY-MM-DD."),
    (nothing, ["log", "--policy", "imprint"], 2, "there is no policy"),
    (nothing, ["-C", "nowhere", "diff"], 3, "no such directory"),
    (nothing, ["--config", "nowhere.toml", "diff"], 2, "no such file"),
    (nothing, ["sections", "nowhere.md"], 3, "no such file"),
    (nothing, ["sections", "policies"], 3, "directory"),
    (with_file(b"# caf\xe9\n"), ["diff"], 3, "policies/privacy/en.md:1: byte 0xe9 is not UTF-8"),
    (with_file(b"a\0b"), ["diff"], 3, "binary"),
    (with_file(b"a" * 50_000_000), ["diff"], 3, "50 MB"),
    (with_file(b"---\nversion: [\n---\n# A\n"), ["diff"], 3, "policies/privacy/en.md:"),
    (with_file(b"<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"), ["diff"], 3, "unresolved merge conflict"),
    (lambda repo: repo.write("policyver.toml", "layout = 3"), ["diff"], 2, "`layout` is 3"),
    (lambda repo: repo.write("policyver.toml", "lay"), ["diff"], 2, "policyver.toml:1: this is not TOML"),
    (lambda repo: repo.write("policyver.toml", 'leyout = ["a"]'), ["diff"], 2, "Did you mean layout?"),
    (
        lambda repo: repo.write("policyver.toml", '[policies.privacy]\nprecedence = "ours"'),
        ["diff"], 2, "`policies.privacy.precedence` is 'ours'",
    ),
    (lambda repo: repo.write("policyver.toml", 'layout = ["../{policy}.md"]'), ["diff"], 2, "without .."),
    (lambda repo: repo.write("policyver.toml", 'layout = ["texts/{policy}.md"]'), ["diff"], 2, "no file fits"),
]  # fmt: skip


@pytest.mark.parametrize(("arrange", "arguments", "status", "says"), BAD, ids=[f"{a} {s}" for _, a, _, s in BAD])
def test_bad_input_gets_a_sentence(
    history: GitRepo, arrange: Arrange, arguments: list[str], status: int, says: str
) -> None:
    arrange(history)
    ran = policyver(*arguments, cwd=history.path)
    assert ran.status == status
    assert says in ran.err
    assert is_sentence(ran)
    assert ran.out == ""


def test_not_a_repository(tmp_path: Path) -> None:
    ran = policyver("diff", cwd=tmp_path)
    assert (ran.status, ran.out) == (3, "")
    assert "not a git repository" in ran.err


def test_a_repository_without_a_commit(repo: GitRepo) -> None:
    ran = policyver("diff", cwd=repo.path)
    assert (ran.status, ran.out) == (3, "")
    assert "no commit yet" in ran.err


def test_git_is_not_installed(history: GitRepo, tmp_path: Path) -> None:
    ran = policyver("diff", cwd=history.path, PATH=str(tmp_path))
    assert (ran.status, ran.out) == (3, "")
    assert "git is not installed" in ran.err


def test_an_empty_text_is_said(history: GitRepo) -> None:
    history.write("policies/privacy/en.md", "")
    ran = policyver("diff", cwd=history.path)
    assert ran.status == 0
    assert "the text privacy/en is empty" in ran.err
    assert "removed" in ran.out


def test_a_detached_head_is_nothing_special(history: GitRepo) -> None:
    history.git("checkout", "-q", "--detach", "HEAD~1")
    assert policyver("diff", "HEAD..main", cwd=history.path).status == 0


def test_a_shallow_clone_has_no_log(history: GitRepo, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{history.path}", tmp_path / "s"], check=True)
    ran = policyver("log", cwd=tmp_path / "s")
    assert (ran.status, ran.out) == (3, "")
    assert "fetch-depth: 0" in ran.err


def test_versions_that_cannot_be_read_are_told_and_the_others_are_there(history: GitRepo) -> None:
    history.write("policies/privacy/en.md", b"# caf\xe9\n")
    history.commit()
    history.commit(privacy_en=V2)
    ran = policyver("log", "--format", "json", cwd=history.path)
    assert ran.status == 3
    assert "2 versions could not be read" in ran.err  # the broken one, and the one after it that compares with it
    versions = next(text for text in ran.json["texts"] if text["locale"] == "en")["versions"]
    assert ["error" in version for version in versions] == [True, True, False, False]


def test_exit_code_tells_whether_something_changed(history: GitRepo) -> None:
    assert policyver("diff", "--exit-code", cwd=history.path).status == 0
    assert policyver("diff", "HEAD~1..HEAD", cwd=history.path).status == 0
    assert policyver("diff", "HEAD~1..HEAD", "--exit-code", cwd=history.path).status == 1


def test_two_files_need_no_repository(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text(V1)
    (tmp_path / "new.md").write_text(V2)
    ran = policyver("diff", "old.md", "new.md", "--format", "json", cwd=tmp_path)
    assert ran.status == 0
    assert ran.json["base"] == {"path": "old.md"}
    [change] = ran.json["texts"][0]["changes"]
    assert change["reasons"][0] == {
        "code": "number-changed", "significance": "material", "old": "30 days", "new": "60 days"
    }  # fmt: skip


def test_one_run_writes_all_reports(history: GitRepo, tmp_path: Path) -> None:
    files = [tmp_path / f"redline{ending}" for ending in (".html", ".json", ".md", ".txt")]
    outputs = [part for file in files for part in ("--output", str(file))]
    ran = policyver("diff", "HEAD~1..HEAD", *outputs, "--format", "plain", cwd=history.path)
    assert ran.status == 0
    assert all("60" in file.read_text() for file in files)
    assert "[-30-]{+60+}" in ran.out
    assert sorted(path.name for path in tmp_path.glob("*redline*")) == sorted(file.name for file in files)


def test_reports_have_no_colour_where_no_terminal_is(history: GitRepo) -> None:
    for form in ("rich", "plain"):
        assert "\x1b" not in policyver("diff", "HEAD~1..HEAD", "--format", form, cwd=history.path).out


def test_a_closed_pipe_is_no_error(history: GitRepo) -> None:
    command = f"{sys.executable} -m policyver log --format json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=history.path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "{"
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_an_interruption_is_a_sentence(history: GitRepo) -> None:
    for number in range(60):
        text = "\n\n".join(f"Paragraph {n} says {number * n} things." for n in range(600))
        history.commit(privacy_en=f"# A\n\n{text}\n", privacy_de=f"# A\n\n{text}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "policyver", "log", "--format", "json", "--jobs", "2"], cwd=history.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    time.sleep(1.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode in (130, 0)
    assert process.returncode == 0 or "interrupted" in err


def test_version_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['policyver', '--version']; from policyver.__main__ import main; main()"
    code += "; print(*[m for m in ('git', 'typer', 'rich', 'markdown_it', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("policyver ")
    assert done.stdout.splitlines()[1] == ""


def test_a_configuration_is_checked_without_what_makes_models() -> None:
    code = "import sys; from policyver.config import load_settings; load_settings(b'source_locale = \"de\"', 'x')"
    code += "; print(*[m for m in ('pydantic', 'pydantic_core') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("pydantic_core\n", "")


@pytest.mark.parametrize("name", ["privacy", "dkim", "notices"])
def test_the_keys_of_a_policy_are_told_whatever_its_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"there is no key `policies.{name}.titel`") as refused:
        load_settings(f"[policies.{name}]\ntitel = 'x'\n".encode(), "policyver.toml")
    assert "Allowed here: deviations, notice_period_days, notices, precedence, required_locales" in str(refused.value)


def test_a_number_or_a_table_is_told_from_what_looks_like_one() -> None:
    for toml in ("[policies.privacy]\nnotice_period_days = true\n", "[policies.privacy]\nnotice_period_days = '30'\n"):
        with pytest.raises(ConfigurationError, match="Input should be a valid integer"):
            load_settings(toml.encode(), "policyver.toml")
    with pytest.raises(ConfigurationError, match=r"Input should be a valid dictionary\."):
        load_settings(b"policies = 3\n", "policyver.toml")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_completion(shell: str) -> None:
    ran = policyver("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert ran.status == 0
    assert "policyver" in ran.out


def test_sections_shows_the_tree(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 1. Data {#data}\n\nText.\n\n## 1.1 More\n\nText.\n")
    ran = policyver("sections", "a.md", cwd=tmp_path)
    assert ran.out.split("\n")[1:3] == ["      1-3  1 Data  #data", "      5-7    1.1 More"]
