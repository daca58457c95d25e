"""Templates of a repository: useful, and harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyver.errors import ConfigurationError
from policyver.notices.templates import own_templates, render
from tests.noticing import changed_repo
from tests.support import GitRepo
from tests.test_composing import letters


def rendered(repo: GitRepo, folder: Path, **templates: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    for name, source in templates.items():
        (folder / f"{name}.j2").write_text(source, encoding="utf-8")
    return render(letters(changed_repo(repo), "privacy@1.0.0..privacy@2.0.0", ("DE", "de")), own_templates(folder))[0]


def test_a_template_of_the_repository_takes_the_place_of_ours_and_may_include_others(
    repo: GitRepo, tmp_path: Path
) -> None:
    forms = rendered(
        repo, tmp_path / "t", **{"push.txt": "{% include 'greeting.j2' %} {{ headline }}", "greeting": "Guten Tag."}
    )
    assert forms["push.txt"].startswith("Guten Tag. Eine neue Fassung")
    assert "<h1>" in forms["mail.html"]


@pytest.mark.parametrize(("source", "says"), [
    ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ("{% include '/etc/passwd' %}", "/etc/passwd"),
    ("{{ nobody }}", "'nobody' is undefined"),
    ("{% if %}", "push.txt.j2: line 1"),
    ("{{ 'a' * 100000000000 }}", "too much memory"),
    ("{% for a in range(90000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}", "4 MiB"),
])  # fmt: skip
def test_a_template_that_looks_around_or_grows_is_refused(
    repo: GitRepo, tmp_path: Path, source: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says.replace(".", r"\.")):
        rendered(repo, tmp_path / "t", **{"push.txt": source})


@pytest.mark.slow
def test_a_template_that_loops_is_ended(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policyver.notices.templates._SECONDS", 1)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(ConfigurationError, match="ran for more than 1 seconds"):
        rendered(repo, tmp_path / "t", **{"push.txt": loop})


def test_a_link_out_of_the_folder_is_refused(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "push.txt.j2").symlink_to("/etc/hostname")
    with pytest.raises(ConfigurationError, match="regular file"):
        own_templates(tmp_path / "t")
