"""The log of a whole history: every version of every text with its changes, in parallel and remembered.

The history of a text is cut into slices of versions, counted from the oldest so that new commits leave old
slices alone. A slice is computed alone, in this process or another, into JSON; what it says depends only on
git's objects and on policyver's own code, and its cache file is named by a hash of both. A cache file that is
missing, cut off or altered is computed again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from policyver import cache
from policyver.config import Settings
from policyver.encoding import dumps, log_entry_to_json
from policyver.history import Repository
from policyver.model import Slice, TextKey, Version
from policyver.parallel import processes

_SLICE = 64
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
        jobs = min(self._jobs, len(todo))
        if jobs <= 1:
            for one, name in zip(wanted, names, strict=True):
                yield one, cache.read(name) or self._compute(one, name)
                progress(len(one.versions))
            return
        yield from self._in_parallel(wanted, names, todo, jobs, progress)

    def _in_parallel(
        self,
        wanted: Sequence[Slice],
        names: Sequence[Path | None],
        todo: Sequence[int],
        jobs: int,
        progress: Callable[[int], None],
    ) -> Iterator[tuple[Slice, Path | bytes]]:
        import policyver.entries  # noqa: F401 - once, before the processes part

        with tempfile.TemporaryDirectory(prefix="policyver-") as spool, processes(jobs) as mapped:
            tasks = [(self, wanted[index], names[index], Path(spool, str(index))) for index in todo]
            computed = mapped(_compute_to_file, tasks)
            waiting = set(todo)
            for index, (one, name) in enumerate(zip(wanted, names, strict=True)):
                if index in waiting:
                    path = next(computed)
                    yield one, path
                    path.unlink(missing_ok=True)
                else:
                    yield one, cache.read(name) or self._compute(one, name)
                progress(len(one.versions))

    # one slice

    def _compute(self, one: Slice, name: Path | None) -> bytes:
        from policyver.entries import entries_of  # heavy, and not needed for what is remembered

        entries = (dumps(log_entry_to_json(entry)) for entry in entries_of(one, self._repository, self._dates))
        written = ",\n".join(entries).encode(errors="backslashreplace")
        if name is not None:
            cache.store(name, written)
        return written

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


def _compute_to_file(task: tuple[LogWriter, Slice, Path | None, Path]) -> Path:
    writer, one, name, target = task
    target.write_bytes(writer._compute(one, name))
    return target
