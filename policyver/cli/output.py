"""Where reports go: stdout in one format, and files in the formats of their endings."""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.errors import PolicyverError, UsageError

if TYPE_CHECKING:
    from rich.console import Console


class Format(StrEnum):
    """Formats of reports."""

    rich = "rich"
    plain = "plain"
    json = "json"
    markdown = "markdown"
    html = "html"
    github = "github"
    sarif = "sarif"
    junit = "junit"


_ENDINGS = {
    ".txt": Format.plain,
    ".json": Format.json,
    ".md": Format.markdown,
    ".markdown": Format.markdown,
    ".html": Format.html,
    ".htm": Format.html,
    ".sarif": Format.sarif,
    ".xml": Format.junit,
}

Writer = Callable[[IO[str]], None]


def emit(writers: Mapping[Format, Writer], wanted: Format | None, files: Sequence[Path]) -> None:
    """Write a report to each of `files`, then to stdout unless only files were asked for.

    Raises `UsageError` for an ending or a format that this report does not have, before anything is written.
    """
    targets = [(path, _writer(writers, _format_of(path), path.name)) for path in files]
    on_stdout = None
    if wanted is not None or not files:
        chosen = wanted or (Format.rich if sys.stdout.isatty() else Format.plain)
        on_stdout = _writer(writers, chosen, "--format")
    for path, writer in targets:
        with replacing(path) as out:
            writer(out)
        print(f"policyver: wrote {path}", file=sys.stderr)
    if on_stdout is not None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        on_stdout(sys.stdout)
        sys.stdout.flush()


def _format_of(path: Path) -> Format:
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        endings = ", ".join(sorted(_ENDINGS))
        raise UsageError(f"no format has the ending of {path.name!r}", cure=f"Use one of {endings}.") from None


def _writer(writers: Mapping[Format, Writer], wanted: Format, where: str) -> Writer:
    if wanted not in writers:
        raise UsageError(f"this report has no format {wanted!s} ({where})", cure=f"It has {', '.join(writers)}.")
    return writers[wanted]


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file that appears under its name only when it is whole. Raises `PolicyverError` if it cannot be written."""
    try:
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115
            "w", encoding="utf-8", errors="backslashreplace", dir=path.parent, prefix=".policyver-", delete=False
        )
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        with file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(file.name, 0o666 & ~umask)
        os.replace(file.name, path)
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        Path(file.name).unlink(missing_ok=True)  # there only if something went wrong


def replacing_bytes(path: Path, content: bytes) -> None:
    """Replace a file's content whole or not at all, its mode kept. Raises `PolicyverError`."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".policyver-", delete=False) as file:
            file.write(content)
        os.chmod(file.name, path.stat().st_mode & 0o777)
        os.replace(file.name, path)
    except OSError as error:
        raise PolicyverError(f"the file cannot be written: {error.strerror}", where=str(path)) from None


def _cannot_write(path: Path, error: OSError) -> PolicyverError:
    return PolicyverError(
        f"the report cannot be written: {error.strerror}", where=str(path), cure="Choose another place with --output."
    )


def console_for(out: IO[str]) -> Console:
    """A rich console on `out`: colour only on a terminal, and never with NO_COLOR."""
    from rich.console import Console

    width = None if out.isatty() else 100
    return Console(file=out, highlight=False, markup=False, emoji=False, width=width, soft_wrap=False)


def day_option(written: str | None, option: str) -> dt.date | None:
    """The day that an option names. Raises `UsageError`."""
    if written is None:
        return None
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise UsageError(f"{option} {written} is not a day", cure="Write YYYY-MM-DD.") from None
