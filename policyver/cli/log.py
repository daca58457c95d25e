"""``policyver log``."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cache import cache_directory, prune
from policyver.cli.output import Format, console_for, day_option, emit
from policyver.encoding import dumps, log_entry_from_json, log_entry_to_json
from policyver.errors import PolicyverError, RepositoryError
from policyver.history.repository import DEEPEN
from policyver.logs import LogWriter, slices
from policyver.model import LogEntry, Section, Slice, TextKey

if TYPE_CHECKING:
    from policyver.cli.app import Globals


def run(
    options: Globals,
    policy: str | None,
    locale: str | None,
    section: str | None,
    since: str | None,
    until: str | None,
    jobs: int | None,
    format: Format | None,
    output: list[Path],
) -> None:
    """Report the versions of the chosen texts; exit with 3 if one of them could not be read."""
    gc.set_threshold(1_000_000, 50, 100)  # millions of small objects, none of them in cycles
    workspace = options.workspace()
    if workspace.repository.is_shallow:
        raise RepositoryError(
            "this clone is shallow, so its log would be wrong", where=str(workspace.repository.directory), cure=DEEPEN
        )
    keys = workspace.select(workspace.versions, policy, locale)
    days = day_option(since, "--since"), day_option(until, "--until")
    wanted = [one for key in keys for one in slices(key, workspace.versions[key])]
    cache = cache_directory("log")
    prune(cache)
    writer = LogWriter(workspace.repository, workspace.settings, jobs or os.cpu_count() or 1, cache)
    log = _Log(writer, wanted, days, section)
    writers = {
        Format.json: log.write_json,
        Format.plain: log.write_plain,
        Format.rich: log.write_rich,
        Format.markdown: log.write_markdown,
        Format.html: log.write_html,
    }
    emit(writers, format, output)
    gc.freeze()  # as it ends, Python would look once more through all that was remembered
    if log.unreadable:
        versions = f"{log.unreadable} version{'s' * (log.unreadable > 1)}"
        raise PolicyverError(f"{versions} could not be read", cure="Their entries say why; the others are complete.")


Days = tuple[dt.date | None, dt.date | None]


class _Log:
    """The log in one format or another, written as it is computed."""

    def __init__(self, writer: LogWriter, wanted: Sequence[Slice], days: Days, section: str | None) -> None:
        self._writer = writer
        self._wanted = wanted
        self._days = days
        self._section = section
        self.unreadable = 0

    def _computed(self) -> Iterator[tuple[Slice, Path | bytes]]:
        self.unreadable = 0
        with _progress(sum(len(one.versions) for one in self._wanted)) as advance:
            yield from self._writer.write(self._wanted, advance)

    def _texts(self) -> Iterator[tuple[TextKey, Iterator[LogEntry]]]:
        for key, group in groupby(self._computed(), key=lambda pair: pair[0].key):
            yield key, (entry for _, content in group for entry in self._entries(content))

    def _entries(self, content: Path | bytes) -> Iterator[LogEntry]:
        raw = content if isinstance(content, bytes) else content.read_bytes()
        for written in json.loads(b"[" + raw + b"]"):
            entry = log_entry_from_json(written)
            self.unreadable += entry.error is not None
            start, end = self._days
            if (start and entry.day < start) or (end and entry.day > end):
                continue
            if self._section is not None:
                changes = tuple(one for one in entry.changes if _concerns(one.old, one.new, self._section))
                if not changes and entry.error is None:
                    continue
                entry = replace(entry, changes=changes)
            yield entry

    def write_json(self, out: IO[str]) -> None:
        """`policyver.log/1`. Unless entries are left out, what was computed is passed on as it is."""
        out.write('{"schema":"policyver.log/1","texts":[')
        whole = self._section is None and self._days == (None, None)
        first_text = True
        for key, group in groupby(self._computed(), key=lambda pair: pair[0].key):
            head = {"policy": key.policy, "locale": key.locale}
            out.write(("\n" if first_text else ",\n") + dumps(head)[:-1] + ',"versions":[')
            first_text, first = False, True
            for _, content in group:
                if whole:
                    out.write("\n" if first else ",\n")
                    self._pass_on(content, out)
                    first = False
                    continue
                for entry in self._entries(content):
                    out.write(("\n" if first else ",\n") + dumps(log_entry_to_json(entry)))
                    first = False
            out.write("]}")
        out.write("]}\n")

    def _pass_on(self, content: Path | bytes, out: IO[str]) -> None:
        raw = content if isinstance(content, bytes) else content.read_bytes()
        self.unreadable += raw.count(b'],"error":"')
        binary = getattr(out, "buffer", None)
        if binary is not None:
            out.flush()
            binary.write(raw)
        else:
            out.write(raw.decode())

    def write_plain(self, out: IO[str]) -> None:
        from policyver.rendering.plain import write_log

        write_log(self._texts(), out)

    def write_rich(self, out: IO[str]) -> None:
        from policyver.rendering.terminal import print_log

        print_log(self._texts(), console_for(out))

    def write_markdown(self, out: IO[str]) -> None:
        from policyver.rendering.markdown import limit_for, write_log

        write_log(self._texts(), out, limit_for(out))

    def write_html(self, out: IO[str]) -> None:
        from policyver.rendering.html import write_log

        write_log(self._texts(), out)


def _concerns(old: Section | None, new: Section | None, wanted: str) -> bool:
    wanted = wanted.removeprefix("#").casefold()
    names = (name for one in (old, new) if one for name in (one.id, one.number, one.heading, one.title))
    return any(name is not None and name.casefold() == wanted for name in names)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """What to call with the number of versions done; it shows a bar on stderr, on a terminal, for long work only."""
    if total <= 200 or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Comparing versions", total=total)
        yield lambda count: progress.advance(task, count)
