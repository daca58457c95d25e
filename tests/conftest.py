"""What all tests share: no test sees the user's git, cache or terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.peers import Postgres
from tests.support import CORPORA, SLICE_CONFIGURATION, GitRepo

# The same examples at every run, since flaky is broken; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the tests start policyver hundreds of times

_left_out: list[str] = []


def _why_no(program: str) -> str | None:
    """Why the tests of a program from Debian cannot run here; None where they can."""
    if shutil.which(program, path="/usr/sbin:/usr/bin"):
        return None
    return f"no {program}; apt-get install {program}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run, and say so at the end."""
    absent = {
        "corpora": None if CORPORA.is_dir() else f"no corpora in {CORPORA}",
        "browser": None if shutil.which("chromium") else "no chromium on the PATH",
        "mta": _why_no("postfix") or (None if os.geteuid() == 0 else "postfix needs root"),
        "broker": _why_no("mosquitto"),
    }
    for mark, why in absent.items():
        gone = [item for item in items if why and item.get_closest_marker(mark)]
        if gone:
            items[:] = [item for item in items if item not in gone]
            config.hook.pytest_deselected(items=gone)
            _left_out.append(f"{len(gone)} tests left out: {why}.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _left_out:
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def slice_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The browser maker's texts at today's commit, with a configuration; not to be written to."""
    clone: Path = tmp_path_factory.mktemp("slice") / "clone"
    subprocess.run(["git", "clone", "-q", CORPORA / "mozilla-legal-slice.bundle", clone], check=True)
    (clone / "policyver.toml").write_text(SLICE_CONFIGURATION)
    return clone


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., GitRepo]:
    """Makes repositories below the test's own folder."""

    def make(name: str = "repo", *init: str) -> GitRepo:
        return GitRepo(tmp_path / name, *init)

    return make


@pytest.fixture
def repo(make_repo: Callable[..., GitRepo]) -> GitRepo:
    return make_repo()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own, from a wheel; no system package is needed."""
    server = Postgres(tmp_path_factory.mktemp("pg"))
    yield server
    server.stop()
