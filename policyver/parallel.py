"""Work on several cores: processes that part from this one, so that they share what it has read."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def can_share() -> bool:
    """Whether processes can part from this one with all that it has (not on Windows)."""
    return "fork" in multiprocessing.get_all_start_methods()


@contextmanager
def processes(jobs: int) -> Iterator[Callable[[Callable[[Task], Result], Iterable[Task]], Iterator[Result]]]:
    """A function like `map` whose calls run in `jobs` processes, results in the order of the tasks.

    An interruption is left to this process, which ends the others.
    """
    context: Any = multiprocessing.get_context("fork" if can_share() else None)
    with context.Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield pool.imap
