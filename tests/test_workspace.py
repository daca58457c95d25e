"""Real repositories of every kind: versions, renames, layouts, labels, states, and what must not happen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from policyver.errors import PolicyverError, RepositoryError, UsageError
from policyver.history import Repository
from policyver.model import DiffReport, Status, TextKey
from policyver.parallel import processes
from policyver.workspace import Workspace
from tests.support import GitRepo, policy, policyver

EN = TextKey("privacy", "en")
V1 = policy("Data: We keep your data for 30 days.", label="1.0.0")
V2 = policy("Data: We keep your data for 60 days.", label="1.1.0")
V3 = policy("Data: We keep your data for 90 days.", "Rights: You may ask.", label="2.0.0")
MakeRepo = Callable[..., GitRepo]


def opened(repo: GitRepo, *path: str) -> tuple[Workspace, list[str]]:
    warnings: list[str] = []
    return Workspace.open(repo.path.joinpath(*path), None, warnings.append), warnings


def new_words(report: DiffReport) -> str:
    return " ".join(
        one.new.strip() for text in report.texts for change in text.changes for one in change.hunks if one.op != "equal"
    )


# versions


def test_versions_are_the_commits_that_changed_a_text(repo: GitRepo) -> None:
    first = repo.commit(privacy_en=V1)
    repo.commit("Other", terms_en=V1)
    last = repo.commit(privacy_en=V2)
    workspace, _ = opened(repo)
    assert [one.commit for one in workspace.versions[EN]] == [last, first]


def test_a_renamed_file_keeps_its_history(repo: GitRepo) -> None:
    repo.write("legal/old.md", V1)
    first = repo.commit()
    (repo.path / "policies/privacy").mkdir(parents=True)
    repo.git("mv", "legal/old.md", "policies/privacy/en.md")
    second = repo.commit()
    workspace, _ = opened(repo)
    assert [(one.commit, one.old_path) for one in workspace.versions[EN]] == [(second, "legal/old.md"), (first, None)]


def test_the_labels_of_all_texts_are_read_by_one_git_process(repo: GitRepo, tmp_path: Path) -> None:
    for label in ("1.0", "1.1", "2.0"):
        repo.commit(**{f"privacy_{tag}": policy(f"A: {label}", label=label) for tag in ("en", "de", "fr", "pl", "ja")})
    git, called = tmp_path / "bin" / "git", tmp_path / "called"
    git.parent.mkdir()
    git.write_text(f'#!/bin/sh\necho "$@" >> {called}\nexec {shutil.which("git")} "$@"\n')
    git.chmod(0o755)
    ran = policyver("diff", "privacy@1.0..privacy@2.0", cwd=repo.path, PATH=f"{git.parent}:{os.environ['PATH']}")
    assert ran.status == 0, ran.err
    assert ran.out.count("1.0 → 2.0") >= 5
    commands = called.read_text().splitlines()
    assert sum("cat-file" in command for command in commands) <= 2  # one for the labels, one for the texts


inherited: list[Repository] = []


def asked_of_the_inherited(blob: str) -> bytes:
    return inherited[0].blob(blob)


def test_processes_that_part_from_one_ask_a_git_of_their_own(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {f"privacy_{tag}": f"# {tag}\n" * 2000 for tag in ("en", "de", "fr")}
    commit = repo.commit(**texts)
    repository = Repository.discover(repo.path)
    expected = {blob.id: repository.blob(blob.id) for blob in repository.tree(repository.commit(commit)).values()}
    monkeypatch.setattr(sys.modules[__name__], "inherited", [repository])
    with processes(2) as mapped:
        asked = list(expected) * 40
        assert list(mapped(asked_of_the_inherited, asked)) == [expected[blob] for blob in asked]
    assert {blob: repository.blob(blob) for blob in expected} == expected


def test_a_git_that_was_killed_is_said_and_started_again(repo: GitRepo) -> None:
    commit = repo.commit(privacy_en="# A\n")
    repository = Repository.discover(repo.path)
    [blob] = repository.tree(repository.commit(commit)).values()
    before = set(psutil.Process().children())
    assert repository.blob(blob.id) == b"# A\n"
    [git] = set(psutil.Process().children()) - before
    git.kill()
    git.wait()
    with pytest.raises(RepositoryError, match="git cannot read an object"):
        repository.blob(blob.id)
    assert repository.blob(blob.id) == b"# A\n"


def test_a_blob_that_is_missing_is_said_and_the_next_is_read_all_the_same(repo: GitRepo) -> None:
    commit = repo.commit(privacy_en="# A\n")
    repository = Repository.discover(repo.path)
    with pytest.raises(RepositoryError, match="the object 111111111111 is missing"):
        repository.blob("1" * 40)
    [blob] = repository.tree(repository.commit(commit)).values()
    assert repository.blob(blob.id) == b"# A\n"


def test_a_change_of_layout_is_one_history(repo: GitRepo) -> None:
    repo.write("policyver.toml", 'layout = ["{locale}/{policy}.md", "{policy}/{locale}.md"]')
    repo.write("privacy/en.md", V1)
    repo.write("privacy/pt_BR.md", V1)
    repo.commit()
    for name, locale in (("en", "en"), ("pt_BR", "pt-BR")):
        (repo.path / locale).mkdir()
        repo.git("mv", f"privacy/{name}.md", f"{locale}/privacy.md")
    repo.commit("Turn the layout around")
    repo.write("en/privacy.md", V2)
    repo.commit()
    workspace, _ = opened(repo)
    assert [len(workspace.versions[TextKey("privacy", locale)]) for locale in ("en", "pt-BR")] == [3, 2]
    report = workspace.diff("HEAD~2..HEAD")
    assert [(str(text.key), text.status) for text in report.texts] == [
        ("privacy/en", Status.MODIFIED),
        ("privacy/pt-BR", Status.RENAMED),
    ]


def test_a_text_does_not_become_another_language_by_a_rename(repo: GitRepo) -> None:
    repo.commit(privacy_de=V1)
    repo.git("mv", "policies/privacy/de.md", "policies/privacy/fr.md")
    repo.commit()
    workspace, _ = opened(repo)
    assert workspace.versions[TextKey("privacy", "fr")][-1].old_blob is None


def test_a_merge_counts_for_what_differs_from_both_parents(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1, privacy_de=V1)
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(privacy_de=V2)
    repo.git("checkout", "-q", "main")
    repo.commit(privacy_en=V2)
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    workspace, _ = opened(repo)
    assert [len(workspace.versions[TextKey("privacy", locale)]) for locale in ("en", "de")] == [2, 2]


def test_bare_repositories_worktrees_and_subdirectories(repo: GitRepo, tmp_path: Path) -> None:
    repo.write("policyver.toml", 'layout = ["policies/{policy}/{locale}.md"]')
    repo.commit(privacy_en=V1)
    repo.commit(privacy_en=V2)
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "HEAD~1")
    bare = Workspace.open(tmp_path / "bare.git")
    assert new_words(bare.diff("HEAD~1..HEAD")) == "60"
    with pytest.raises(UsageError, match="bare repository has no working tree"):
        bare.diff()
    tree = Workspace.open(tmp_path / "tree")
    assert len(tree.versions[EN]) == 1
    assert len(opened(repo, "policies", "privacy")[0].versions[EN]) == 2


def test_a_root_in_a_subdirectory(repo: GitRepo) -> None:
    repo.write("website/legal/policyver.toml", 'layout = ["{policy}/{locale}.md"]')
    repo.write("website/legal/privacy/en.md", V1)
    repo.write("privacy/en.md", V3)
    repo.commit()
    workspace, _ = opened(repo, "website", "legal", "privacy")
    assert [one.path for one in workspace.versions[EN]] == ["website/legal/privacy/en.md"]


def test_the_default_layout_is_found_in_a_subdirectory(repo: GitRepo) -> None:
    repo.write("website/policies/privacy/en.md", V1)
    repo.commit()
    assert opened(repo, "website")[0].texts.keys() == [EN]


def test_sha256_repositories(make_repo: MakeRepo) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    repo.commit(privacy_en=V1)
    repo.commit(privacy_en=V2)
    repo.write("policies/privacy/en.md", V3)
    workspace, _ = opened(repo)
    assert len(workspace.versions[EN][0].commit) == 64
    assert new_words(workspace.diff("HEAD~1..HEAD")) == "60"
    assert "90" in new_words(workspace.diff())


# labels and states


def test_labels_from_front_matter_name_each_text_in_its_own_version(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1, privacy_de=V1, privacy_pl=V1)
    repo.commit(privacy_en=V3)
    repo.commit("Translate", privacy_de=V3)
    workspace, warnings = opened(repo)
    report = workspace.diff("privacy@1.0.0..privacy@2.0.0")
    assert [(text.key.locale, text.old.label, text.new.label) for text in report.texts] == [
        ("de", "1.0.0", "2.0.0"),
        ("en", "1.0.0", "2.0.0"),
    ]
    assert warnings == ["privacy/pl has no version 2.0.0: the change has not been made in this text."]


def test_a_tag_serves_where_no_text_has_the_label(repo: GitRepo) -> None:
    repo.commit(privacy_en=policy("Data: We keep it for 30 days."))
    repo.git("tag", "privacy/1.0")
    repo.commit(privacy_en=policy("Data: We keep it for 60 days."))
    repo.git("tag", "-a", "-m", "Release", "privacy/1.1")
    assert new_words(opened(repo)[0].diff("privacy@1.0..privacy@1.1")) == "60"


def test_an_unknown_label_gets_the_nearest(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1)
    with pytest.raises(UsageError, match=r"no version with the label '1\.0\.9'. Did you mean 1\.0\.0\?"):
        opened(repo)[0].diff("privacy@1.0.9..HEAD")


def test_the_working_tree_the_index_and_the_last_version(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1)
    repo.write("policies/privacy/en.md", V2)
    repo.git("add", "--all")
    repo.write("policies/privacy/en.md", V3)
    workspace, _ = opened(repo)
    assert new_words(workspace.diff(staged=True)) == "60"
    assert new_words(workspace.diff()).startswith("90")
    repo.commit()
    assert new_words(opened(repo)[0].diff_last()).startswith("90")


def test_files_that_git_does_not_know_are_told(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1)
    repo.write("policies/privacy/fr.md", V1)
    workspace, warnings = opened(repo)
    assert [str(text.key) for text in workspace.diff().texts] == ["privacy/en"]
    assert warnings == ["policies/privacy/fr.md: not yet in git, left out; `git add` it to see it here."]


def test_three_dots_compare_with_where_the_branches_parted(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1, privacy_de=V1)
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(privacy_de=V2)
    repo.git("checkout", "-q", "main")
    repo.commit(privacy_en=V2)
    report = opened(repo)[0].diff("main...side")
    assert [str(text.key) for text in report.texts if text.changes] == ["privacy/de"]


def test_show_goes_by_label_revision_and_day(repo: GitRepo) -> None:
    first = repo.commit(privacy_en=policy("Data: One.", label="1.0.0", published="2020-01-01"))
    repo.commit(privacy_en=policy("Data: Two.", label="2.0.0", published="2022-01-01"))
    workspace, _ = opened(repo)
    shown = {at: workspace.show("privacy", None, at).document.sections[0].text for at in ("1.0.0", first, "2021-06-01")}
    assert set(shown.values()) == {"One."}
    assert workspace.show("privacy", "en", "2022-01-01").document.sections[0].text == "Two."
    with pytest.raises(UsageError, match="was not published on 2019-01-01"):
        workspace.show("privacy", "en", "2019-01-01")


def test_a_text_that_was_removed_and_came_back(repo: GitRepo) -> None:
    repo.commit(privacy_en=V1, terms_en=V1)
    repo.git("rm", "-q", "policies/privacy/en.md")
    repo.commit()
    repo.commit(privacy_en=V2)
    workspace, _ = opened(repo)
    assert [one.blob is None for one in workspace.versions[EN]] == [False, True, False]
    [gone, _] = workspace.diff("HEAD~2..HEAD~1").texts
    assert gone.status is Status.REMOVED


# what is missing is said


def test_a_shallow_clone_is_said_with_its_cure(repo: GitRepo, tmp_path: Path) -> None:
    for text in (V1, V2, V3):
        repo.commit(privacy_en=text)
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "shallow")], check=True)
    workspace = Workspace.open(tmp_path / "shallow")
    for ask in (
        lambda: workspace.diff("privacy@1.0.0..HEAD"),
        lambda: workspace.diff("HEAD~1..HEAD"),
        lambda: workspace.diff_last(),
        lambda: workspace.show("privacy", "en", "2023-01-01"),
    ):
        with pytest.raises(RepositoryError, match="fetch-depth: 0"):
            ask()
    assert workspace.diff("HEAD..HEAD").texts[0].changes == ()


# hostile repositories


@pytest.mark.parametrize("revision", ["-p", "--output=x", "--upload-pack=touch x", "HEAD\n--x", "-"])
def test_nothing_that_begins_with_a_hyphen_reaches_git(repo: GitRepo, revision: str) -> None:
    repo.commit(privacy_en=V1)
    with pytest.raises(PolicyverError):
        opened(repo)[0].diff(f"{revision}..HEAD")
    assert not list(repo.path.glob("x*"))


def test_no_program_of_the_repository_is_run(repo: GitRepo, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    evil = tmp_path / "evil.sh"
    evil.write_text(f'#!/bin/sh\necho "$0 $@" >> {mark}\ncat\n')
    evil.chmod(0o755)
    repo.write(".gitattributes", "*.md diff=evil filter=evil merge=evil\n")
    repo.commit(privacy_en=V1)
    repo.commit(privacy_en=V2)
    for key, value in {
        "diff.evil.textconv": evil, "diff.evil.command": evil, "filter.evil.smudge": evil, "filter.evil.clean": evil,
        "filter.evil.process": evil, "diff.external": evil, "core.fsmonitor": evil, "core.pager": evil,
        "core.hooksPath": tmp_path, "pager.log": evil, "core.sshCommand": evil, "gpg.program": evil,
        "core.alternateRefsCommand": evil, "log.showSignature": "true", "alias.log": f"!{evil}",
        "interactive.diffFilter": evil, "uploadpack.packObjectsHook": evil,
    }.items():  # fmt: skip
        repo.git("config", key, str(value))
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-commit"):
        (tmp_path / hook).write_text(evil.read_text())
        (tmp_path / hook).chmod(0o755)
    repo.git("config", "core.fsmonitor", "false")
    mark.unlink(missing_ok=True)
    repo.git("config", "core.fsmonitor", str(evil))
    mark.unlink(missing_ok=True)
    workspace, _ = opened(repo)
    (repo.path / "policies/privacy/en.md").write_text(V3)
    assert new_words(workspace.diff()).startswith("90")
    assert new_words(workspace.diff("HEAD~1..HEAD")) == "60"
    assert len(workspace.versions[EN]) == 2
    workspace.diff_last()
    workspace.diff(staged=True)
    assert not mark.exists(), mark.read_text()


def test_the_environment_does_not_lead_astray(
    repo: GitRepo, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(privacy_en=V1)
    repo.commit(privacy_en=V2)
    other = make_repo("other")
    other.commit("Other", terms_en=V1)
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert new_words(Workspace.open(repo.path).diff("HEAD~1..HEAD")) == "60"
    assert os.environ["GIT_DIR"] == str(other.path / ".git")


def test_links_out_of_the_tree_are_not_followed(repo: GitRepo, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("## Secret\n\nhunter2\n")
    repo.commit(privacy_en=V1)
    (repo.path / "policies/privacy/en.md").unlink()
    (repo.path / "policies/privacy/en.md").symlink_to(secret)
    with pytest.raises(PolicyverError, match="symbolic link"):
        opened(repo)[0].diff()
    repo.commit("Link")
    workspace, warnings = opened(repo)
    report = workspace.diff("HEAD~1..HEAD")
    assert "hunter2" not in repr(report)
    assert "symbolic link" in warnings[0]


def test_blobs_are_read_in_bulk_by_one_process(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(privacy_en=V1)
    repo.commit(privacy_en=V2)
    repository = Repository.discover(repo.path)
    names = [one.id for one in repository.tree(repository.commit("HEAD")).values()] * 500
    trace = tmp_path / "trace"
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {trace}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    contents = list(repository.blobs(names))
    assert len(contents) == 500
    assert trace.read_text().count("cat-file") == 1
