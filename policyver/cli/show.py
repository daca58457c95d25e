"""``policyver show`` and ``policyver sections``."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from policyver.cli.output import Format, console_for, emit
from policyver.document import decode, parse
from policyver.encoding import sections_to_json, shown_to_json
from policyver.errors import DocumentError
from policyver.history.repository import read_regular_file

if TYPE_CHECKING:
    from policyver.cli.app import Globals


def run_show(
    options: Globals, policy: str, locale: str | None, at: str | None, format: Format | None, output: list[Path]
) -> None:
    """Report one text."""
    shown = options.workspace().show(policy, locale, at)

    def rich(out: IO[str]) -> None:
        from policyver.rendering.terminal import print_text

        print_text(shown.key, shown.path, shown.metadata, shown.document, console_for(out))

    def plain(out: IO[str]) -> None:
        from policyver.rendering.plain import write_text

        write_text(shown.key, shown.path, shown.metadata, shown.document, out)

    def json(out: IO[str]) -> None:
        from policyver.rendering.json import write

        write(shown_to_json(shown.key, shown.version, shown.path, shown.metadata, shown.document), out)

    emit({Format.rich: rich, Format.plain: plain, Format.json: json}, format, output)


def run_sections(file: Path, format: Format | None, output: list[Path]) -> None:
    """Report the section tree of a file. Raises `DocumentError` for a file without text."""
    document = parse(decode(read_regular_file(file, shown=str(file)), str(file)), str(file))
    if not document.sections:
        raise DocumentError("the file is empty", where=str(file), cure="It has no sections to show.")

    def rich(out: IO[str]) -> None:
        from policyver.rendering.terminal import print_sections

        print_sections(document, str(file), console_for(out))

    def plain(out: IO[str]) -> None:
        from policyver.rendering.plain import write_sections

        write_sections(document, str(file), out)

    def json(out: IO[str]) -> None:
        from policyver.rendering.json import write

        write(sections_to_json(document, str(file)), out)

    emit({Format.rich: rich, Format.plain: plain, Format.json: json}, format, output)
