"""What the commands of notices share: the store and its sentences, progress, and the end of a run by a signal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policyver.cli.app import warn
from policyver.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from policyver.cli.app import Globals
    from policyver.config import Settings
    from policyver.notices.delivery import Courier
    from policyver.notices.outbox import Queued, State
    from policyver.notices.store import Store
    from policyver.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Desk:
    """A policy repository with its opened store."""

    workspace: Workspace
    store: Store

    @property
    def settings(self) -> Settings:
        return self.workspace.settings

    @property
    def root(self) -> Path:
        return self.workspace.root

    @property
    def told(self) -> Queued:
        """What tells workers of new messages, where there can be some."""
        from policyver.notices.delivery import nobody_told

        if not self.store.is_postgresql:
            return nobody_told
        from policyver.notices.jobs import deferring

        return deferring(self.store, self.settings.notices.batch_size)

    def courier(self, progress: Callable[[State], None]) -> Courier:
        from policyver.notices.delivery import Courier

        return Courier(self.store, self.settings, self.root, self.told, progress, warn)


@contextmanager
def installed() -> Iterator[None]:
    """Say how to have what is not installed. Raises `ConfigurationError`."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        if name == "policyver":
            raise
        raise ConfigurationError(
            f"notices need {name}, which is not installed", cure="Run pip install 'policyver[all]'."
        ) from None


@contextmanager
def open_desk(options: Globals) -> Iterator[Desk]:
    """The repository with its store, closed at the end. Raises `PolicyverError` and its children."""
    with installed():
        from policyver.config_schema import has_password
        from policyver.notices.store import open_store

        workspace = options.workspace()
        if has_password(workspace.settings.store_url):
            warn("`store.url` holds a password in clear: put it into the environment and write ${NAME}.")
        store = open_store(workspace.settings, workspace.root)
        try:
            yield Desk(workspace, store)
        finally:
            store.close()


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """A polite signal ends a run like an interrupt from the keyboard: the batch at hand is settled first."""

    def end(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Bar:
    """A progress bar on stderr where that is a terminal; silent elsewhere."""

    def __init__(self, what: str, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(file=sys.stderr), disable=not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task(what, total=total)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, count: int = 1) -> None:
        self._progress.advance(self._task, count)

    def at(self, count: int) -> None:
        self._progress.update(self._task, completed=count)

    def say(self, what: str) -> None:
        self._progress.update(self._task, description=what)


def deliver(desk: Desk, longest_wait: float | None) -> dict[str, int]:
    """Deliver what waits, with a bar; how many messages came to which state. Says what is left."""
    from policyver.notices import outbox
    from policyver.notices.outbox import State

    done: dict[str, int] = {}
    total = sum(one.due for one in outbox.waiting(desk.store))
    with Bar("sending", total) as bar, ended_by_signal():

        def progress(state: State) -> None:
            done[str(state)] = done.get(str(state), 0) + 1
            if state in (State.SENT, State.DEAD):
                bar.advance()
            bar.say("sending")

        with desk.courier(progress) as courier:
            finished = courier.drain(longest_wait, lambda count, seconds: bar.say(f"waiting {seconds:.0f} s to retry"))
    if done.get("dead"):
        warn(f"{done['dead']} messages could not be delivered: `policyver outbox list --state dead` says why.")
    if not finished:
        warn("some messages wait for a later retry: run `policyver outbox run` again, or keep a worker running.")
    return done
