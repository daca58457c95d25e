"""The log of whole histories: the same however it is computed, remembered but never trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from policyver.logs import slices
from policyver.model import TextKey, Version
from policyver.samples import build_repository
from tests.support import GitRepo, policy, policyver


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    build_repository(tmp_path)
    return tmp_path


def log(directory: Path, *arguments: str, **environment: str) -> str:
    ran = policyver("log", "--format", "json", *arguments, cwd=directory, **environment)
    assert ran.status == 0, ran.err
    return ran.out


@pytest.mark.slow
def test_every_way_to_compute_a_log_gives_the_same(samples: Path) -> None:
    alone = log(samples, "--jobs", "1", POLICYVER_NO_CACHE="1")
    assert log(samples, "--jobs", "2", POLICYVER_NO_CACHE="1") == alone
    assert log(samples) == alone
    assert log(samples) == alone  # from the cache
    assert log(samples, "--jobs", "1", PYTHONHASHSEED="7", POLICYVER_NO_CACHE="1") == alone


def cache_files(home: Path) -> list[Path]:
    return [file for file in home.rglob("*") if file.is_file()]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_is_remembered_and_what_is_computed_stand_in_order(
    samples: Path, tmp_path_factory: pytest.TempPathFactory, jobs: str
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    first = log(samples, XDG_CACHE_HOME=str(cache))
    for file in sorted(cache_files(cache))[::2]:
        file.unlink()
    assert log(samples, "--jobs", jobs, XDG_CACHE_HOME=str(cache)) == first


@pytest.mark.slow
@pytest.mark.parametrize("harm", [b"", b"garbage", None])
def test_a_damaged_cache_is_computed_again(
    samples: Path, tmp_path_factory: pytest.TempPathFactory, harm: bytes
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    first = log(samples, XDG_CACHE_HOME=str(cache))
    files = cache_files(cache)
    assert files
    for file in files:
        file.write_bytes(harm if harm is not None else file.read_bytes()[:-20] + b"x" * 20)
    assert log(samples, XDG_CACHE_HOME=str(cache)) == first


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_done_without(samples: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert log(samples, XDG_CACHE_HOME=str(blocked)) == log(samples, POLICYVER_NO_CACHE="1")


@pytest.mark.slow
def test_the_log_of_another_configuration_is_another(repo: GitRepo) -> None:
    repo.commit(privacy_en="# A\n\nEffective May 4, 2026\n\nText.\n")
    assert '"effective":null' in log(repo.path)
    repo.write("policyver.toml", '[dates]\neffective = ["Effective {date}"]\n')
    assert '"effective":"2026-05-04"' in log(repo.path)


@pytest.mark.slow
def test_a_log_can_be_narrowed(samples: Path) -> None:
    ran = policyver("log", "--locale", "en", "--section", "security", cwd=samples)
    assert [line.split()[2:4] for line in ran.out.splitlines() if "  version " in line] == [
        ["version", "2.0.0"], ["version", "1.2.0"], ["version", "1.1.0"], ["version", "1.0.0"],
    ]  # fmt: skip
    ran = policyver("log", "--locale", "en", "--since", "2025-02-10", "--until", "2025-09-01", cwd=samples)
    assert "1.1.0" in ran.out
    assert "1.2.0" in ran.out
    assert "2.0.0" not in ran.out
    assert "1.0.0" not in ran.out


def test_days_are_those_of_publication(repo: GitRepo) -> None:
    repo.commit(privacy_en=policy("Data: One.", label="1", published="2019-05-05"))
    ran = policyver("log", "--until", "2019-12-31", cwd=repo.path)
    assert "2019-05-05  version 1" in ran.out


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
def test_new_versions_leave_old_slices_alone(count: int) -> None:
    key = TextKey("privacy", "en")
    numbers = list(range(count, 0, -1))
    versions = [Version(str(n), None, "", None, None, None) for n in numbers]  # type: ignore[arg-type]
    cut = slices(key, versions)
    assert [one.commit for part in cut for one in part.versions] == [str(n) for n in numbers]
    newer = [Version(str(count + 1), None, "", None, None, None), *versions]  # type: ignore[arg-type]
    assert {part.versions for part in cut[1:]} <= {part.versions for part in slices(key, newer)}
