"""The log of a whole history: every version of every text with its changes, in parallel and remembered.

The history of a text is cut into slices of versions, counted from the oldest so that new commits leave old
slices alone. A slice is computed alone, in this process or another, into JSON; what it says depends only on
git's objects and on policyver's own code, and its cache file is named by a hash of both. A cache file that is
missing, cut off or altered is computed again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from policyver import cache
from policyver.config import Settings
from policyver.encoding import dumps, log_entry_to_json
from policyver.history import Repository
from policyver.model import Slice, TextKey, Version
from policyver.parallel import processes

_SLICE = 64
_SHARES = 8
"""Into how many shares of the work of a process it is divided: more are done more evenly, fewer start git less."""
_SOURCES = ("*.py", "document/*.py", "diffing/**/*.py", "diffing/**/*.toml")
"""The code on which an entry depends."""


def slices(key: TextKey, versions: Sequence[Version]) -> list[Slice]:
    """The slices of a text's history, newest first."""
    cuts = range(len(versions) % _SLICE, len(versions) + 1, _SLICE)
    bounds = [0, *cuts] if not cuts or cuts[0] else list(cuts)
    return [Slice(key, tuple(versions[i:j])) for i, j in pairwise(bounds)]


class LogWriter:
    """Computes slices; `jobs` processes at a time. Use as a context manager."""

    def __init__(self, repository: Repository, settings: Settings, jobs: int, directory: Path | None) -> None:
        self._repository = repository
        self._dates = settings.dates
        self._jobs = max(1, jobs)
        self._cache = directory
        self._fingerprint = cache.fingerprint(_SOURCES, repr(settings.dates))

    def write(self, wanted: Sequence[Slice], progress: Callable[[int], None]) -> Iterator[tuple[Slice, Path | bytes]]:
        """Each slice with its entries as JSON, joined by commas, in the order asked for: bytes, or a file of them.

        `progress` is told how many versions are done.
        """
        names = [self._cache_file(one) for one in wanted]
        todo = [index for index, name in enumerate(names) if name is None or not name.is_file()]
        tasks = [_Task(wanted[index], names[index]) for index in todo]
        jobs = min(self._jobs, len(todo))
        with closing(self.compute(tasks)) if jobs <= 1 else self._computed_by(jobs, tasks) as computed:
            waiting = set(todo)
            for index, (one, name) in enumerate(zip(wanted, names, strict=True)):
                if index in waiting:
                    content = next(computed)
                    yield one, content
                    if isinstance(content, Path):
                        content.unlink(missing_ok=True)
                else:
                    yield one, cache.read(name) or next(self.compute([_Task(one, name)]))
                progress(len(one.versions))

    @contextmanager
    def _computed_by(self, jobs: int, tasks: Sequence[_Task]) -> Iterator[Iterator[bytes | Path]]:
        """The results by several processes, as files: a process takes some neighbours at a time."""
        import policyver.entries  # noqa: F401 - once, before the processes part

        size = -(-len(tasks) // (jobs * _SHARES))
        with tempfile.TemporaryDirectory(prefix="policyver-") as spool, processes(jobs) as mapped:
            shares = [
                (self, tasks[start : start + size], Path(spool, str(start))) for start in range(0, len(tasks), size)
            ]
            yield chain.from_iterable(mapped(_compute_to_files, shares))

    def compute(self, tasks: Sequence[_Task]) -> Generator[bytes]:
        """The entries of each slice. All contents come from one git process, which reads ahead of the comparing."""
        from policyver.entries import entries_of  # heavy, and not needed for what is remembered

        names = chain.from_iterable(task.slice.blobs for task in tasks)
        with closing(self._repository.blobs(names)) as contents:
            for task in tasks:
                entries = (dumps(log_entry_to_json(entry)) for entry in entries_of(task.slice, contents, self._dates))
                written = ",\n".join(entries).encode(errors="backslashreplace")
                if task.cache is not None:
                    cache.store(task.cache, written)
                yield written

    # cache

    def _cache_file(self, one: Slice) -> Path | None:
        if self._cache is None:
            return None
        digest = hashlib.sha256(self._fingerprint)
        digest.update(f"{one.key.locale}\n".encode())
        for version in one.versions:
            row = (version.commit, version.date.isoformat(), version.path, version.blob, version.old_blob)
            digest.update(repr(row).encode(errors="backslashreplace"))
        return cache.file_for(self._cache, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class _Task:
    """A slice to compute, and the file to remember it in."""

    slice: Slice
    cache: Path | None


def _compute_to_files(share: tuple[LogWriter, Sequence[_Task], Path]) -> list[Path]:
    writer, tasks, target = share
    written = []
    for number, content in enumerate(writer.compute(tasks)):
        written.append(target.with_name(f"{target.name}-{number}"))
        written[-1].write_bytes(content)
    return written
