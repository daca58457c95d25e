"""The CI job: its scripts run with GitHub's environment files, its YAML held to the published schemas."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import GIT_ENVIRONMENT, ROOT, GitRepo

ACTION = ROOT / ".github" / "actions" / "policyver"
BIN = Path(sys.executable).parent
TEXT = "---\nversion: {}\neffective: 2023-11-01\n---\n\n## Data\n\nWe keep names for {} days.\n"


class Runner:
    """A runner's environment files, and what a script did with them."""

    def __init__(self, folder: Path) -> None:
        self.temp = folder / "temp"
        self.temp.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"
        for file in (self.output, self.summary):
            file.touch()

    def run(self, script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", ACTION / script],
            cwd=cwd,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                **GIT_ENVIRONMENT,
                "PATH": f"{self.temp}:{BIN}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_REPOSITORY": "o/r",
                **environment,
            },
        )

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.fixture
def changed(repo: GitRepo) -> tuple[GitRepo, str]:
    """A repository whose last commit changed the source and left the German text behind."""
    base = repo.commit(privacy_en=TEXT.format(1, 30), privacy_de=TEXT.format(1, 30))
    repo.commit(privacy_en=TEXT.format(2, 60))
    return repo, base


@pytest.mark.slow
def test_one_run_checks_compares_and_fills_the_environment_files(runner: Runner, changed: tuple[GitRepo, str]) -> None:
    repo, base = changed
    ran = runner.run("run.sh", repo.path, POLICYVER_BASE=base, GITHUB_EVENT_NAME="pull_request")
    assert ran.returncode == 0, ran.stderr
    assert runner.outputs["status"] == "1"
    reports = Path(runner.outputs["reports"])
    assert {one.name for one in reports.iterdir()} == {
        "findings.sarif", "findings.md", "findings.json", "redline.html", "redline.md", "diff.json",
    }  # fmt: skip
    assert "::error file=policies/privacy/de.md" in ran.stdout
    summary = runner.summary.read_text(encoding="utf-8")
    assert "### Policy check: " in summary
    assert "### Policy changes: " in summary
    changes = {one["locale"]: one["significance"] for one in json.loads((reports / "diff.json").read_text())["texts"]}
    assert changes == {"en": "material", "de": None}


@pytest.mark.slow
@pytest.mark.parametrize("base", ["", "0" * 40, "f" * 40, "--output=x", "$(touch owned)", "a b"])
def test_without_a_base_that_exists_the_last_versions_are_compared(
    runner: Runner, changed: tuple[GitRepo, str], base: str
) -> None:
    repo, _ = changed
    ran = runner.run("run.sh", repo.path, POLICYVER_BASE=base, GITHUB_EVENT_NAME="push")
    assert ran.returncode == 0, ran.stderr
    assert not (repo.path / "owned").exists()
    assert "30" in (Path(runner.outputs["reports"]) / "redline.md").read_text()


def test_arguments_are_passed_on_one_a_line_and_never_run(runner: Runner, changed: tuple[GitRepo, str]) -> None:
    repo, _ = changed
    arguments = "--select\nnumbering-gap\n--ignore\n$(touch owned)\n"
    ran = runner.run("run.sh", repo.path, POLICYVER_ARGUMENTS=arguments)
    assert ran.returncode == 2
    assert "there is no rule '$(touch owned)'" in ran.stderr
    assert not (repo.path / "owned").exists()


def test_work_that_could_not_be_done_fails_the_step(runner: Runner, tmp_path: Path) -> None:
    ran = runner.run("run.sh", tmp_path)
    assert ran.returncode == 3
    assert runner.outputs == {}


FAKE_GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$RUNNER_TEMP/calls"
for argument in "$@"; do
  case "$argument" in
    body=@*) cp "${argument#body=@}" "$RUNNER_TEMP/body" ;;
    --jq) cat "$RUNNER_TEMP/existing" 2>/dev/null || true ;;
  esac
done
"""


def comment(runner: Runner, repo: GitRepo, existing: str, pull_request: str = "7") -> subprocess.CompletedProcess[str]:
    gh = runner.temp / "gh"
    gh.write_text(FAKE_GH)
    gh.chmod(0o755)
    (runner.temp / "existing").write_text(existing)
    reports = runner.temp / "policyver"
    reports.mkdir()
    (reports / "findings.md").write_text("### Policy check: nothing found\n")
    (reports / "redline.md").write_text("### Policy changes\n")
    return runner.run(
        "comment.sh", repo.path, POLICYVER_REPORTS=str(reports), POLICYVER_PULL_REQUEST=pull_request, GH_TOKEN="x"
    )


def test_the_first_comment_is_written_with_its_mark(runner: Runner, repo: GitRepo) -> None:
    ran = comment(runner, repo, "")
    assert ran.returncode == 0, ran.stderr
    calls = (runner.temp / "calls").read_text().splitlines()
    assert calls[0].startswith("api --paginate repos/o/r/issues/7/comments")
    assert calls[1].startswith("api --silent --method POST repos/o/r/issues/7/comments")
    body = (runner.temp / "body").read_text()
    assert body.startswith("<!-- policyver")
    assert "### Policy check" in body
    assert "### Policy changes" in body


def test_later_the_same_comment_is_changed(runner: Runner, repo: GitRepo) -> None:
    comment(runner, repo, "42\n")
    calls = (runner.temp / "calls").read_text()
    assert "--method PATCH repos/o/r/issues/comments/42" in calls
    assert "POST" not in calls


def test_a_pull_request_that_is_no_number_is_refused(runner: Runner, repo: GitRepo) -> None:
    assert comment(runner, repo, "", pull_request="7/../../x").returncode == 1
    assert not (runner.temp / "calls").exists()


# the YAML


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.github-workflows", ".github/workflows/policies.yml"),
        ("vendor.github-actions", ".github/actions/policyver/action.yml"),
        ("vendor.gitlab-ci", "docs/gitlab-ci.yml"),
    ],
)
def test_files_fit_the_published_schemas(schema: str, file: str) -> None:
    ran = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, ROOT / file], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout


def test_zizmor_finds_nothing() -> None:
    ran = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", ROOT / ".github"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout


def test_actions_are_pinned_and_nothing_is_put_into_scripts() -> None:
    for file in [*ROOT.glob(".github/workflows/*.yml"), ACTION / "action.yml"]:
        text = file.read_text()
        for used in re.findall(r"uses: (\S+)", text):
            assert used.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)
        assert "pull_request_target" not in text
        for step in _steps(yaml.safe_load(text)):
            assert "${{" not in step.get("run", "")


def _steps(loaded: dict[str, object]) -> list[dict[str, str]]:
    jobs = loaded.get("jobs", {})
    assert isinstance(jobs, dict)
    runs = loaded.get("runs", {})
    assert isinstance(runs, dict)
    return [*runs.get("steps", []), *(step for job in jobs.values() for step in job["steps"])]


@pytest.mark.slow
def test_pre_commit_hooks_name_commands_that_exist(changed: tuple[GitRepo, str]) -> None:
    repo, _ = changed
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        command = [BIN / hook["entry"].split()[0], *hook["entry"].split()[1:]]
        ran = subprocess.run(command, cwd=repo.path, capture_output=True, text=True)
        assert ran.returncode in (0, 1), ran.stderr
        assert "Usage" not in ran.stderr
