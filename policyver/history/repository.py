"""A git repository as policyver sees it: commits, listings, logs and blobs in bulk."""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from policyver.errors import DocumentError, RepositoryError, UsageError, nearest
from policyver.history.git import Answers, GitError, run, stream

_REGULAR = ("100644", "100755", "100664")
DEEPEN = "Fetch the whole history (`git fetch --unshallow`; in GitHub Actions `fetch-depth: 0` for actions/checkout)."


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and the instant at which it was committed."""

    id: str
    date: dt.datetime


@dataclass(frozen=True, slots=True)
class Blob:
    """A file in a listing; `mode` is git's."""

    id: str
    mode: str

    @property
    def is_regular(self) -> bool:
        return self.mode in _REGULAR


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that differs between two trees; a path and blob is None on the side that has no such file."""

    old_path: str | None
    new_path: str | None
    old_blob: str | None
    new_blob: str | None


class Repository:
    """A repository, bare or not, found from a directory in it."""

    def __init__(self, directory: Path, git_dir: Path, worktree: Path | None, shallow: bool) -> None:
        self.directory = directory
        self.git_dir = git_dir
        self.worktree = worktree
        self.is_shallow = shallow
        self._answers = Answers(directory, "cat-file", "--batch")

    @classmethod
    def discover(cls, directory: Path) -> Repository:
        """The repository that `directory` lies in. Raises `RepositoryError`."""
        if not directory.is_dir():
            raise RepositoryError("there is no such directory", where=str(directory), cure="Check the path after -C.")
        directory = directory.resolve()
        try:
            said = run(directory, "rev-parse", "--absolute-git-dir", "--is-bare-repository", "--is-shallow-repository")
            git_dir, bare, shallow = os.fsdecode(said).splitlines()
            worktree = None
            if bare == "false":
                top = os.fsdecode(run(directory, "rev-parse", "--show-toplevel")).rstrip("\n")
                worktree = Path(top) if top else None
        except GitError as failure:
            raise _cannot_open(directory, failure.stderr) from None
        return cls(worktree or Path(git_dir), Path(git_dir), worktree, shallow == "true")

    # revisions

    def commit(self, revision: str) -> Commit:
        """The commit that `revision` names. Raises `UsageError` with the nearest names."""
        if revision.startswith("-") or "\0" in revision or "\n" in revision:
            raise UsageError(f"{revision!r} is not a revision", cure="A revision does not begin with a hyphen.")
        try:
            said = run(
                self.directory, "log", "-1", "--no-show-signature", "--format=%H %cI", "--end-of-options",
                f"{revision}^{{commit}}", "--",
            ).decode()  # fmt: skip
        except GitError:
            raise self._unknown_revision(revision) from None
        id_, _, date = said.strip().partition(" ")
        return Commit(id_, dt.datetime.fromisoformat(date))

    def _unknown_revision(self, revision: str) -> RepositoryError | UsageError:
        if revision == "HEAD" or not self.has_commits():
            return RepositoryError(
                "the repository has no commit yet", where=str(self.directory), cure="Commit a policy text first."
            )
        names = list(self.references())
        cure = nearest(revision, names) or "`git log --oneline` lists the commits."
        if self.is_shallow:
            return RepositoryError(
                f"the revision {revision!r} is not in this shallow clone", where=str(self.directory), cure=DEEPEN
            )
        return UsageError(f"there is no revision {revision!r}", cure=cure)

    def has_commits(self) -> bool:
        """Whether there is anything at HEAD."""
        try:
            run(self.directory, "rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            return False
        return True

    def merge_base(self, one: Commit, other: Commit) -> Commit:
        """The commit where the histories of two commits part. Raises `RepositoryError` if they have none."""
        try:
            found = run(self.directory, "merge-base", one.id, other.id).decode().split()
        except GitError:
            found = []
        if not found:
            raise RepositoryError(
                f"{one.id[:10]} and {other.id[:10]} have no common ancestor",
                where=str(self.directory),
                cure=DEEPEN if self.is_shallow else "Name two revisions with `..` instead of `...`.",
            )
        return self.commit(found[0])

    def references(self) -> dict[str, str]:
        """Short names of branches and tags, and the commits that they name."""
        said = run(
            self.directory, "for-each-ref", "--format=%(refname:short)%00%(objectname)%00%(*objectname)",
            "refs/heads", "refs/tags", "refs/remotes",
        ).decode(errors="replace")  # fmt: skip
        rows = (line.split("\0") for line in said.splitlines())
        return {name: peeled or direct for name, direct, peeled in rows}

    def tags(self, prefix: str) -> dict[str, str]:
        """Tags that begin with `prefix`, and the commits that they name."""
        found = {}
        said = run(
            self.directory, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)", "refs/tags",
        ).decode(errors="replace")  # fmt: skip
        for line in said.splitlines():
            name, direct, peeled = line.split("\0")
            if name.removeprefix("refs/tags/").startswith(prefix):
                found[name.removeprefix("refs/tags/")] = peeled or direct
        return found

    # listings

    def tree(self, commit: Commit) -> dict[str, Blob]:
        """The files of a commit by path."""
        fields = run(self.directory, "ls-tree", "-r", "-z", "--full-tree", commit.id).split(b"\0")
        return dict(_listed(field, 0, 2) for field in fields if field)

    def index(self) -> dict[str, Blob]:
        """The files in the index by path; of a conflict, our side."""
        fields = run(self.directory, "ls-files", "--stage", "-z", "--full-name").split(b"\0")
        return dict(_listed(field, 0, 1) for field in fields if field)

    def untracked(self) -> list[str]:
        """Paths in the working tree that git neither tracks nor ignores."""
        said = run(self.directory, "ls-files", "--others", "--exclude-standard", "-z", "--full-name")
        return [os.fsdecode(field) for field in said.split(b"\0") if field]

    def renames(self, base: Commit, head: Commit) -> dict[str, str]:
        """New path -> old path of the files that moved between two commits."""
        said = run(
            self.directory, "diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--no-ext-diff", "--raw",
            base.id, head.id,
        )  # fmt: skip
        moved = {}
        for entry in _raw_entries(iter(said.split(b"\0"))):
            if entry.old_path and entry.new_path:
                moved[entry.new_path] = entry.old_path
        return moved

    def log(self, head: Commit, endings: Sequence[str]) -> Iterator[tuple[Commit, list[Entry]]]:
        """Commits up to `head` that changed a file with one of `endings`, newest first, with what they changed.

        A merge counts with the files that differ from all its parents; what it only brings in was changed by
        the commits on its branches, which are listed too.
        """
        pathspecs = [f":(top,glob,icase)**/*{ending}" for ending in endings]
        with stream(
            self.directory, "log", "--raw", "-z", "-c", "-M", "--no-abbrev", "--date-order", "--no-show-signature",
            "--no-ext-diff", "--no-textconv", "--no-mailmap", "--format=%x01%H %cI", head.id, "--", *pathspecs,
        ) as output:  # fmt: skip
            commit: Commit | None = None
            entries: list[bytes] = []
            for field in _fields(output):
                field = field.lstrip(b"\n")
                if field.startswith(b"\x01"):
                    if commit and entries:
                        yield commit, list(_raw_entries(iter(entries)))
                    id_, _, date = field[1:].decode().partition(" ")
                    commit, entries = Commit(id_, dt.datetime.fromisoformat(date.strip())), []
                elif field:
                    entries.append(field)
            if commit and entries:
                yield commit, list(_raw_entries(iter(entries)))

    # contents

    def blob(self, id_: str) -> bytes:
        """The content of one blob, by a git process that goes on answering: for a few, or where one leads to the next.

        Raises `RepositoryError`.
        """
        try:
            answer = self._answers.ask(id_)
        except GitError as failure:
            raise self._unreadable(failure) from None
        return self._content(answer.readline(), answer)

    def blobs(self, ids: Iterable[str]) -> Generator[bytes]:
        """The contents of many blobs in order, read through one `git cat-file --batch`."""
        with tempfile.TemporaryFile() as asked:
            asked.writelines(id_.encode() + b"\n" for id_ in ids)
            asked.seek(0)
            try:
                with stream(self.directory, "cat-file", "--batch", "--buffer", stdin=asked) as output:
                    while header := output.readline():
                        yield self._content(header, output)
            except GitError as failure:
                raise self._unreadable(failure) from None

    def _unreadable(self, failure: GitError) -> RepositoryError:
        return RepositoryError(f"git cannot read an object: {failure.stderr}", where=str(self.directory))

    def _content(self, header: bytes, output: IO[bytes]) -> bytes:
        parts = header.split()
        if len(parts) != 3:
            cure = DEEPEN if self.is_shallow else "The clone may be partial or damaged: try `git fsck`."
            raise RepositoryError(
                f"the object {parts[0].decode()[:12]} is missing", where=str(self.directory), cure=cure
            )
        content = output.read(int(parts[2]))
        output.read(1)
        return content

    def file(self, path: str) -> bytes:
        """The bytes of a file in the working tree. Never follows a symbolic link. Raises `DocumentError`."""
        assert self.worktree is not None
        return read_regular_file(self.worktree / path, shown=path)


def read_regular_file(path: Path, *, shown: str) -> bytes:
    """The bytes of a regular file; `shown` is its name in errors. Raises `DocumentError`."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise DocumentError(
                "the file is a symbolic link, and policyver reads regular files only",
                where=shown,
                cure="Put the text itself there.",
            )
        if stat.S_ISDIR(mode):
            raise DocumentError("this is a directory", where=shown, cure="Name a Markdown file.")
        if not stat.S_ISREG(mode):
            raise DocumentError("this is not a regular file", where=shown, cure="Name a Markdown file.")
        with path.open("rb") as file:
            return file.read(64 * 1024 * 1024)
    except FileNotFoundError:
        raise DocumentError("there is no such file", where=shown, cure="Check the path.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(f"the file cannot be read: {reason}", where=shown, cure="Check its permissions.") from None


def _cannot_open(directory: Path, said: str) -> RepositoryError:
    owner = re.search(r"dubious ownership in repository at '([^']+)'", said)
    if owner:
        return RepositoryError(
            "git refuses the repository because another user owns it",
            where=str(directory),
            cure=f"If you trust it: git config --global --add safe.directory {owner.group(1)}",
        )
    if "not a git repository" in said:
        return RepositoryError(
            "this is not a git repository",
            where=str(directory),
            cure="Go to one, name one with -C DIR, or compare two files: policyver diff OLD.md NEW.md.",
        )
    first = said.removeprefix("fatal: ").splitlines()[0] if said else "git gave no reason"
    return RepositoryError(f"git cannot open the repository: {first}", where=str(directory))


def _listed(field: bytes, mode_at: int, id_at: int) -> tuple[str, Blob]:
    details, _, path = field.partition(b"\t")
    parts = details.decode().split()
    return os.fsdecode(path), Blob(parts[id_at], parts[mode_at])


def _fields(output: IO[bytes]) -> Iterator[bytes]:
    """NUL-terminated fields of a stream, in flat memory."""
    rest = b""
    while block := output.read(65536):
        *fields, rest = (rest + block).split(b"\0")
        yield from fields
    if rest:
        yield rest


def _raw_entries(fields: Iterator[bytes]) -> Iterator[Entry]:
    """Entries of git's raw diff format with -z, combined entries of merges included; regular files only."""
    for field in fields:
        if not field.startswith(b":"):
            continue
        parents = len(field) - len(field.lstrip(b":"))
        parts = field[parents:].decode().split()
        modes, ids, status = parts[: parents + 1], parts[parents + 1 : 2 * parents + 2], parts[-1]
        path = os.fsdecode(next(fields))
        old_path, new_path = path, path
        if parents == 1 and status[0] in "RC":
            new_path = os.fsdecode(next(fields))
        old = ids[0] if modes[0] in _REGULAR else None
        new = ids[-1] if modes[-1] in _REGULAR else None
        if parents == 1 and status[0] == "C":
            old = None
        if old or new:
            yield Entry(old_path if old else None, new_path if new else None, old, new)
