"""The one seam to git: GitPython's command wrapper with the repository's own programs switched off."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from policyver.errors import RepositoryError

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # a missing git is our sentence to say, not an ImportError
from git.cmd import Git
from git.exc import GitCommandError, GitCommandNotFound

# What a repository's configuration could have git run, or could make its output lie.
_HARMLESS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "core.alternateRefsCommand=",
    "core.sshCommand=false",
    "diff.external=",
    "diff.noprefix=false",
    "diff.orderFile=/dev/null",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "log.diffMerges=separate",
    "protocol.allow=never",
    "color.ui=false",
)
_OPTIONS = [part for setting in _HARMLESS for part in ("-c", setting)]
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
_AHEAD = 1 << 20
"""Bytes: the largest pipe that Linux gives to everybody."""
_STARTING = threading.Lock()


class GitError(Exception):
    """Git ended with an error; `stderr` is its own words."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


@contextmanager
def _environment_of_its_own() -> Iterator[None]:
    """While a git process starts, the environment has no ``GIT_*`` but ours: GitPython copies `os.environ`."""
    with _STARTING:
        taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
        os.environ.update(_ENVIRONMENT)
        try:
            yield
        finally:
            for name in _ENVIRONMENT:
                os.environ.pop(name, None)
            os.environ.update(taken)


def run(
    directory: Path, *arguments: str, stdin: BinaryIO | None = None, environment: dict[str, str] | None = None
) -> bytes:
    """What git prints for `arguments` in `directory`. Raises `GitError`, or `RepositoryError` without git."""
    try:
        with _environment_of_its_own():
            output = Git(directory).execute(
                ["git", *_OPTIONS, *arguments],
                istream=stdin,
                stdout_as_string=False,
                env=environment,
                strip_newline_in_stdout=False,
            )
    except GitCommandNotFound:
        raise _no_git() from None
    except GitCommandError as error:
        raise GitError(_words(error)) from None
    assert isinstance(output, bytes)
    return output


@contextmanager
def stream(directory: Path, *arguments: str, stdin: BinaryIO | None = None) -> Iterator[IO[bytes]]:
    """Git's output as it comes. An early leave ends the process; a failure of git raises `GitError`."""
    try:
        with _environment_of_its_own():
            process: Any = Git(directory).execute(["git", *_OPTIONS, *arguments], istream=stdin, as_process=True)
    except GitCommandNotFound:
        raise _no_git() from None
    output: IO[bytes] = process.stdout
    _let_run_ahead(output)
    try:
        yield output
        if output.read(1) == b"":
            try:
                process.wait()
            except GitCommandError as error:
                raise GitError(_words(error)) from None
    finally:
        output.close()
        del process


class Answers:
    """A git process that answers a line with an object, started at the first question and ended with this object.

    Processes that part from this one ask a git of their own: two that read one pipe would get each other's answers.
    """

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._directory, self._arguments = directory, arguments
        self._processes: dict[int, Any] = {}
        """By the process that asks. That of a parent is held as well: to let go of it would end it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Answers, (self._directory, *self._arguments)

    def ask(self, line: str) -> IO[bytes]:
        """What to read the answer from. Raises `GitError` where git has ended; the next question starts it again."""
        try:
            process = self._processes.get(os.getpid()) or self._start()
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answer: IO[bytes] = process.stdout
            if answer.peek(1):  # type: ignore[attr-defined]
                return answer
            said = process.stderr.read().decode(errors="replace").strip()
        except OSError as error:
            said = str(error)
        self._processes.pop(os.getpid(), None)
        raise GitError(said or "it ended")

    def _start(self) -> Any:
        try:
            with _environment_of_its_own():
                command = ["git", *_OPTIONS, *self._arguments]
                process = Git(self._directory).execute(command, istream=subprocess.PIPE, as_process=True)
        except GitCommandNotFound:
            raise _no_git() from None
        self._processes[os.getpid()] = process
        return process


def _let_run_ahead(output: IO[bytes]) -> None:
    """Let git write as much as a pipe can hold before it is read, so that it works while we do (Linux)."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(output.fileno(), fcntl.F_SETPIPE_SZ, _AHEAD)


def _words(error: GitCommandError) -> str:
    said = str(error.stderr or "").strip()
    if said.startswith("stderr:"):
        said = said[len("stderr:") :].strip().strip("'").strip()
    return said


def _no_git() -> RepositoryError:
    return RepositoryError("git is not installed, or not on the PATH", cure="Install it (Debian: apt install git).")
