"""What governs in a territory, and the precedence clauses of a text, for people."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from policyver.locales.clauses import EQUAL, LOCAL, NONE, Reading
from policyver.locales.governing import Governing, Resolution
from policyver.locales.tags import language_name
from policyver.locales.territories import territory_name
from policyver.rendering.status import STATE_STYLE
from policyver.safety import for_markdown, visible

if TYPE_CHECKING:
    from rich.console import Console


def headline(one: Resolution) -> str:
    """The question in words."""
    reader = f", for a reader of {language_name(one.language)}" if one.language else ""
    return f"{one.policy} in {territory_name(one.territory)} ({one.territory}) on {one.on.isoformat()}{reader}"


def answer(text: Governing) -> str:
    """A governing text in words."""
    label = f" version {text.edition.metadata.label}" if text.edition.metadata.label else ""
    commit = f", commit {text.edition.commit[:10]}" if text.edition.commit else ", not committed"
    return f"{text.edition.path}:{label} in force since {text.edition.in_force_from.isoformat()}{commit}"


def print_resolution(one: Resolution, console: Console) -> None:
    """The report of ``policyver resolve`` for people at a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text.assemble((visible(headline(one)), "bold"), "  ", (str(one.state), STATE_STYLE[one.state])))
    for text in one.governing:
        console.print(
            Padding(
                Text.assemble(
                    (f"{visible(text.locale)}  ", "bold cyan"),
                    visible(answer(text)),
                    "  ",
                    (str(text.state), STATE_STYLE[text.state]),
                ),
                (0, 0, 0, 3),
            )
        )
    if not one.governing:
        console.print(Padding(Text("No text governs."), (0, 0, 0, 3)))
    console.print(Text("\nWhy", style="dim"))
    for number, reason in enumerate(one.reasons, 1):
        console.print(Padding(Text(f"{number}. {visible(reason)}"), (0, 0, 0, 3)))


def write_plain(one: Resolution, out: IO[str]) -> None:
    """The report of ``policyver resolve`` as plain text."""
    out.write(f"{visible(headline(one))}: {one.state}\n")
    out.writelines(f"   {visible(text.locale)}  {visible(answer(text))}  {text.state}\n" for text in one.governing)
    if not one.governing:
        out.write("   No text governs.\n")
    out.write("\nWhy:\n")
    out.writelines(f"   {number}. {visible(reason)}\n" for number, reason in enumerate(one.reasons, 1))


def write_markdown(one: Resolution, out: IO[str]) -> None:
    """The report of ``policyver resolve`` as Markdown."""
    out.write(f"### {for_markdown(headline(one))}: {one.state}\n\n")
    out.writelines(
        f"- **{for_markdown(text.locale)}** {for_markdown(answer(text))} ({text.state})\n" for text in one.governing
    )
    out.write("\n")
    out.writelines(f"{number}. {for_markdown(reason)}\n" for number, reason in enumerate(one.reasons, 1))


def write_clauses(reading: Reading, language: str, out: IO[str]) -> None:
    """The report of ``policyver precedence`` as plain text."""
    if not reading.readable:
        out.write(f"Precedence clauses in {language_name(language)} cannot be read by machine: a person must look.\n")
    elif not reading.clauses:
        out.write("No precedence clause.\n")
    for clause in reading.clauses:
        out.write(
            f"line {clause.line}, {visible(clause.section.title)}: {_who(clause.prevails)}\n   {visible(clause.text)}\n"
        )


def _who(prevails: str) -> str:
    said = {
        LOCAL: "the local text prevails",
        EQUAL: "all texts prevail equally",
        NONE: "this translation is for convenience only",
    }
    return said.get(prevails) or f"the {language_name(prevails)} text prevails ({prevails})"
