"""Making a repository of our own, independent of how the user has set up git: for the demo and for tests."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from policyver.errors import RepositoryError
from policyver.history.git import GitError, run

_OURS = (
    "init.defaultBranch=main",
    "commit.gpgSign=false",
    "commit.template=",
    "commit.cleanup=verbatim",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.eol=lf",
    "core.excludesFile=/dev/null",
    "gc.auto=0",
    "maintenance.auto=false",
    "user.name=policyver",
    "user.email=policyver@localhost",
)
_OPTIONS = [part for setting in _OURS for part in ("-c", setting)]


class ScratchRepository:
    """A repository that policyver itself writes to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def create(cls, directory: Path) -> ScratchRepository:
        """A new, empty repository in `directory`. Raises `RepositoryError`."""
        repository = cls(directory)
        repository._git("init", "--quiet", "--template=")
        return repository

    def commit(self, message: str, when: dt.datetime) -> None:
        """Commit all files as they are in the working tree, at `when`. Raises `RepositoryError`."""
        self._git("add", "--all", "--force")
        date = f"{int(when.timestamp())} +0000"
        self._git(
            "commit", "--quiet", "--no-verify", "--allow-empty", "-m", message,
            environment={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )  # fmt: skip

    def _git(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        try:
            run(self.directory, *_OPTIONS, *arguments, environment=environment)
        except GitError as error:
            said = str(error).removeprefix("fatal: ").splitlines()
            raise RepositoryError(
                f"git {arguments[0]} failed: {said[0] if said else 'it gave no reason'}", where=str(self.directory)
            ) from None
