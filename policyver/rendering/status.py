"""The status of texts and territories: as a coloured table on a terminal and in HTML, in Markdown, in plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from policyver.locales.governing import Resolution, State
from policyver.locales.status import StatusReport, TextStatus
from policyver.locales.tags import language_name
from policyver.locales.territories import territory_name
from policyver.rendering.html import page_head
from policyver.safety import for_html, for_markdown, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STATE_STYLE = {
    State.CURRENT: "green",
    State.PENDING: "cyan",
    State.DIVERGED: "magenta",
    State.PARTIAL: "yellow",
    State.STALE: "bold red",
    State.FALLBACK: "blue",
    State.MISSING: "bold red",
}
_MEANING = {
    State.CURRENT: "has all that the source says",
    State.PENDING: "a newer version is published and not in force yet",
    State.DIVERGED: "says something that the source does not, unapproved",
    State.PARTIAL: "lacks sections of the source",
    State.STALE: "the source has changed since; the change has not happened here",
    State.FALLBACK: "no local text; another one stands in",
    State.MISSING: "nothing governs",
}
_WIDE = 6
"""More columns than this are hard to read; the table is then turned, if that makes it narrower."""


@dataclass(frozen=True, slots=True)
class Label:
    """The head of a row or column: a name, and what it means to a reader."""

    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A state, and a version or the texts that govern."""

    state: State
    note: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """States by two dimensions, one of them the policies."""

    corner: str
    columns: tuple[Label, ...]
    rows: tuple[tuple[Label, tuple[Cell | None, ...]], ...]

    def readable(self) -> Matrix:
        """The matrix turned where it would be too wide to read."""
        if len(self.columns) <= max(_WIDE, len(self.rows)):
            return self
        turned = zip(*(cells for _, cells in self.rows), strict=True)
        rows = tuple(zip(self.columns, turned, strict=True))
        return Matrix("Policy", tuple(label for label, _ in self.rows), rows)


def _matrix(corner: str, policies: list[str], rows: list[tuple[Label, dict[str, Cell]]]) -> Matrix:
    columns = tuple(Label(policy) for policy in policies)
    return Matrix(corner, columns, tuple((label, tuple(map(cells.get, policies))) for label, cells in rows)).readable()


def texts_matrix(report: StatusReport) -> Matrix:
    """The locales and policies of a report, the source first."""
    policies = list(dict.fromkeys(one.key.policy for one in report.texts))
    rows: dict[str, tuple[Label, dict[str, Cell]]] = {}
    for one in sorted(report.texts, key=lambda text: (not text.is_source, text.key.locale)):
        about = "source" if one.is_source else language_name(one.key.locale)
        _, cells = rows.setdefault(one.key.locale, (Label(one.key.locale, about), {}))
        cells[one.key.policy] = Cell(one.state, _label(one))
    return _matrix("Text", policies, list(rows.values()))


def territories_matrix(report: StatusReport) -> Matrix:
    """The territories and policies of a report; territories for which all is the same share one row, and the worst
    come first."""
    policies = list(dict.fromkeys(one.policy for one in report.territories))
    cells: dict[str, dict[str, Cell]] = {}
    for one in report.territories:
        cells.setdefault(one.territory, {})[one.policy] = Cell(one.state, _governing(one))
    alike: dict[tuple[object, ...], list[str]] = {}
    for territory, row in cells.items():
        alike.setdefault(tuple(row.items()), []).append(territory)
    order = list(State)
    groups = sorted(
        alike.values(), key=lambda group: -max(order.index(cell.state) for cell in cells[group[0]].values())
    )
    rows = [
        (Label(" ".join(group), territory_name(group[0]) if len(group) == 1 else ""), cells[group[0]])
        for group in groups
    ]
    return _matrix("Territories", policies, rows)


def not_current(report: StatusReport) -> Iterator[tuple[TextStatus, list[str]]]:
    """The texts that are not as they should be, with the reasons."""
    for one in report.texts:
        if one.state is not State.CURRENT:
            yield one, [reason.partition(": ")[2] or reason for reason in one.reasons]


def _label(one: TextStatus) -> str:
    return one.edition.metadata.label or (one.edition.commit or "")[:7] if one.edition else ""


def _governing(one: Resolution) -> str:
    return ", ".join(text.locale for text in one.governing)


# terminal


def print_status(report: StatusReport, console: Console) -> None:
    """The report of ``policyver status`` for people at a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(f"Texts on {report.on.isoformat()}", style="bold"))
    console.print(_table(texts_matrix(report)))
    for one, reasons in not_current(report):
        console.print()
        console.print(
            Text.assemble((visible(str(one.key)), "bold cyan"), "  ", (str(one.state), STATE_STYLE[one.state]))
        )
        for reason in reasons:
            console.print(Padding(Text(visible(reason)), (0, 0, 0, 3)))
    if report.territories:
        console.print()
        console.print(Text("What governs, by territory", style="bold"))
        console.print(_table(territories_matrix(report)))


def _table(matrix: Matrix) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    table.add_column(matrix.corner, ratio=1, overflow="fold", min_width=20)
    for label in matrix.columns:
        table.add_column(visible(label.name), overflow="fold")
    table.expand = any(len(label.name) > 30 for label, _ in matrix.rows)
    for label, cells in matrix.rows:
        head = Text.assemble((visible(label.name), "bold"), (f"  {visible(label.about)}" if label.about else "", "dim"))
        table.add_row(head, *map(_cell, cells))
    return table


def _cell(cell: Cell | None) -> Text:
    from rich.text import Text

    if cell is None:
        return Text("–", style="dim")
    note = f" {visible(cell.note)}" if cell.note else ""
    return Text.assemble((str(cell.state), STATE_STYLE[cell.state]), (note, "dim"))


# plain


def write_plain(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as plain text, one text and one territory a line."""
    out.write(f"Texts on {report.on.isoformat()}\n")
    for one in report.texts:
        out.write(f"{visible(str(one.key)):<28} {one.state!s:<9} {visible(_label(one))}".rstrip() + "\n")
        if one.state is not State.CURRENT:
            out.writelines(f"    {visible(reason.partition(': ')[2] or reason)}\n" for reason in one.reasons)
    if not report.territories:
        return
    out.write("\nWhat governs, by territory\n")
    matrix = territories_matrix(report)
    for label, cells in matrix.rows:
        out.write(f"{visible(label.name)}\n")
        for column, cell in zip(matrix.columns, cells, strict=True):
            if cell is not None:
                line = f"    {visible(column.name):<24} {cell.state!s:<9} {visible(cell.note)}"
                out.write(line.rstrip() + "\n")


# Markdown


def write_markdown(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as two Markdown tables."""
    out.write(f"### Texts on {report.on.isoformat()}\n\n{_markdown_table(texts_matrix(report))}")
    for one, reasons in not_current(report):
        out.write(f"\n**{for_markdown(str(one.key))}** is {one.state}:\n\n")
        out.writelines(f"- {for_markdown(reason)}\n" for reason in reasons)
    if report.territories:
        out.write(f"\n### What governs, by territory\n\n{_markdown_table(territories_matrix(report))}")


def _markdown_table(matrix: Matrix) -> str:
    lines = [
        f"| {matrix.corner} | {' | '.join(for_markdown(label.name) for label in matrix.columns)} |",
        "|---" * (len(matrix.columns) + 1) + "|",
    ]
    for label, cells in matrix.rows:
        name = f"{for_markdown(label.name)} {for_markdown(label.about)}".strip()
        lines.append(f"| {name} | {' | '.join(map(_markdown_cell, cells))} |")
    return "\n".join(lines) + "\n"


def _markdown_cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    shown = str(cell.state) if cell.state is State.CURRENT else f"**{cell.state}**"
    return f"{shown} {for_markdown(cell.note)}".strip()


# HTML


def write_html(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as one page with coloured tables."""
    day = report.on.isoformat()
    out.write(page_head(f"Status of policies on {day}"))
    out.write(f"<header>\n<h1>Status of policies</h1>\n<p class=range>on <time>{day}</time></p>\n</header>\n<main>\n")
    out.write(_legend(report))
    out.write("<section aria-labelledby=texts>\n<h2 id=texts>Texts</h2>\n")
    out.write(_html_table("How each text stands to its source", texts_matrix(report)))
    for one, reasons in not_current(report):
        out.write(f"<h3>{for_html(str(one.key))} {_badge(one.state)}</h3>\n<ul>\n")
        out.writelines(f"<li>{for_html(reason)}</li>\n" for reason in reasons)
        out.write("</ul>\n")
    out.write("</section>\n")
    if report.territories:
        out.write("<section aria-labelledby=territories>\n<h2 id=territories>Territories</h2>\n")
        out.write(_html_table("What governs where", territories_matrix(report)) + "</section>\n")
    out.write("</main>\n</body>\n</html>\n")


def _legend(report: StatusReport) -> str:
    seen = {one.state for one in report.texts} | {one.state for one in report.territories}
    items = "".join(f"<li>{_badge(state)} {_MEANING[state]}</li>\n" for state in State if state in seen)
    return f'<ul class="states">\n{items}</ul>\n'


def _badge(state: State) -> str:
    return f'<span class="weight state-{state}">{state}</span>'


def _html_label(label: Label) -> str:
    about = f" <span class=muted>{for_html(label.about)}</span>" if label.about else ""
    return f"<b>{for_html(label.name)}</b>{about}"


def _html_cell(cell: Cell | None) -> str:
    return (
        "<td>–</td>"
        if cell is None
        else f"<td>{_badge(cell.state)} <span class=muted>{for_html(cell.note)}</span></td>"
    )


def _html_table(caption: str, matrix: Matrix) -> str:
    heads = "".join(f"<th scope=col>{for_html(label.name)}</th>" for label in matrix.columns)
    body = "".join(
        f"<tr><th scope=row>{_html_label(label)}</th>{''.join(map(_html_cell, cells))}</tr>\n"
        for label, cells in matrix.rows
    )
    return (
        f'<table class="matrix">\n<caption>{caption}</caption>\n'
        f"<thead><tr><th scope=col>{matrix.corner}</th>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    )
