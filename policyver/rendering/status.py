"""The status of texts and territories: as a coloured table on a terminal and in HTML, in Markdown, in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from policyver.locales.governing import Resolution, State
from policyver.locales.status import StatusReport, TextStatus
from policyver.locales.tags import language_name
from policyver.locales.territories import territory_name
from policyver.rendering.html import page_head
from policyver.rendering.safety import for_html, for_markdown, visible

if TYPE_CHECKING:
    from rich.console import Console
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


def policies_of(report: StatusReport) -> list[str]:
    """The policies of a report, in order."""
    return list(dict.fromkeys([*(one.key.policy for one in report.texts), *(one.policy for one in report.territories)]))


def by_locale(report: StatusReport) -> list[tuple[str, dict[str, TextStatus]]]:
    """Rows of the matrix of locales and policies, the source first."""
    rows: dict[str, dict[str, TextStatus]] = {}
    for one in sorted(report.texts, key=lambda text: (not text.is_source, text.key.locale)):
        rows.setdefault(one.key.locale, {})[one.key.policy] = one
    return list(rows.items())


def by_territory(report: StatusReport) -> list[tuple[list[str], dict[str, Resolution]]]:
    """Rows of the matrix of territories and policies; territories for which all is the same share one, and the
    worst come first."""
    cells: dict[str, dict[str, Resolution]] = {}
    for one in report.territories:
        cells.setdefault(one.territory, {})[one.policy] = one
    rows: dict[tuple[object, ...], list[str]] = {}
    for territory, row in cells.items():
        alike = tuple(
            (policy, cell.state, tuple(text.locale for text in cell.governing)) for policy, cell in row.items()
        )
        rows.setdefault(alike, []).append(territory)
    grouped = [(territories, cells[territories[0]]) for territories in rows.values()]
    order = list(State)
    return sorted(grouped, key=lambda row: -max(order.index(cell.state) for cell in row[1].values()))


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
    from rich.table import Table
    from rich.text import Text

    policies = policies_of(report)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    table.add_column("Text")
    for policy in policies:
        table.add_column(visible(policy), overflow="fold")
    for locale, row in by_locale(report):
        name = Text.assemble(
            (visible(locale), "bold"), ("  source" if _is_source(row) else f"  {language_name(locale)}", "dim")
        )
        table.add_row(
            name,
            *(
                _state(row[policy].state, _label(row[policy])) if policy in row else Text("–", style="dim")
                for policy in policies
            ),
        )
    console.print(Text(f"Texts on {report.on.isoformat()}", style="bold"))
    console.print(table)
    for one, reasons in not_current(report):
        console.print()
        console.print(
            Text.assemble((visible(str(one.key)), "bold cyan"), "  ", (str(one.state), STATE_STYLE[one.state]))
        )
        for reason in reasons:
            console.print(Padding(Text(visible(reason)), (0, 0, 0, 3)))
    if not report.territories:
        return
    console.print()
    console.print(Text("What governs, by territory", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    table.add_column("Territories", ratio=1, overflow="fold", min_width=20)
    for policy in policies:
        table.add_column(visible(policy), overflow="fold")
    table.expand = True
    for territories, cells in by_territory(report):
        named = (
            f"{territories[0]}  {territory_name(territories[0])}" if len(territories) == 1 else " ".join(territories)
        )
        table.add_row(
            named,
            *(
                _state(cells[policy].state, _governing(cells[policy])) if policy in cells else Text("–", style="dim")
                for policy in policies
            ),
        )
    console.print(table)


def _about(locale: str, row: dict[str, TextStatus]) -> str:
    return "source" if _is_source(row) else language_name(locale)


def _is_source(row: dict[str, TextStatus]) -> bool:
    return any(one.is_source for one in row.values())


def _state(state: State, note: str) -> Text:
    from rich.text import Text

    return Text.assemble((str(state), STATE_STYLE[state]), (f" {visible(note)}" if note else "", "dim"))


# plain


def write_plain(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as plain text, one text and one territory a line."""
    out.write(f"Texts on {report.on.isoformat()}\n")
    for one in report.texts:
        out.write(f"{visible(str(one.key)):<28} {one.state!s:<9} {visible(_label(one))}".rstrip() + "\n")
        if one.state is not State.CURRENT:
            out.writelines(f"    {visible(reason.partition(': ')[2] or reason)}\n" for reason in one.reasons)
    if report.territories:
        out.write("\nWhat governs, by territory\n")
    for territories, cells in by_territory(report):
        out.write(f"{' '.join(territories)}\n")
        for policy, cell in cells.items():
            out.write(f"    {visible(policy):<24} {cell.state!s:<9} {_governing(cell)}".rstrip() + "\n")


# Markdown


def write_markdown(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as two Markdown tables."""
    policies = policies_of(report)
    heads = " | ".join(map(for_markdown, policies))
    rule = "|---" * (len(policies) + 1) + "|"
    out.write(f"### Texts on {report.on.isoformat()}\n\n| | {heads} |\n{rule}\n")
    for locale, row in by_locale(report):
        cells = [
            _markdown_cell(row[policy].state, _label(row[policy])) if policy in row else "–" for policy in policies
        ]
        out.write(f"| {for_markdown(locale)}{' (source)' if _is_source(row) else ''} | {' | '.join(cells)} |\n")
    for one, reasons in not_current(report):
        out.write(f"\n**{for_markdown(str(one.key))}** is {one.state}:\n")
        out.writelines(f"- {for_markdown(reason)}\n" for reason in reasons)
    if report.territories:
        out.write(f"\n### What governs, by territory\n\n| | {heads} |\n{rule}\n")
    for territories, found in by_territory(report):
        governing = [
            _markdown_cell(found[policy].state, _governing(found[policy])) if policy in found else "–"
            for policy in policies
        ]
        out.write(f"| {' '.join(territories)} | {' | '.join(governing)} |\n")


def _markdown_cell(state: State, note: str) -> str:
    shown = str(state) if state is State.CURRENT else f"**{state}**"
    return f"{shown} {for_markdown(note)}".strip()


# HTML


def write_html(report: StatusReport, out: IO[str]) -> None:
    """The report of ``policyver status`` as one page with coloured tables."""
    policies = policies_of(report)
    title = f"Status of policies on {report.on.isoformat()}"
    out.write(page_head(title))
    out.write(
        "<header>\n<h1>Status of policies</h1>\n"
        f"<p class=range>on <time>{report.on.isoformat()}</time></p>\n</header>\n<main>\n"
    )
    out.write(_html_legend(report))
    rows = [
        (
            f"<b>{for_html(locale)}</b> <span class=muted>{for_html(_about(locale, row))}</span>",
            [_html_cell(row[policy].state, _label(row[policy])) if policy in row else "–" for policy in policies],
        )
        for locale, row in by_locale(report)
    ]
    out.write("<section aria-labelledby=texts>\n<h2 id=texts>Texts</h2>\n")
    out.write(_html_table("How each text stands to its source", "Text", policies, rows))
    for one, reasons in not_current(report):
        out.write(f"<h3>{for_html(str(one.key))} {_html_cell(one.state, '')}</h3>\n<ul>\n")
        out.writelines(f"<li>{for_html(reason)}</li>\n" for reason in reasons)
        out.write("</ul>\n")
    out.write("</section>\n")
    if report.territories:
        rows = [
            (
                _html_territories(territories),
                [
                    _html_cell(found[policy].state, _governing(found[policy])) if policy in found else "–"
                    for policy in policies
                ],
            )
            for territories, found in by_territory(report)
        ]
        out.write("<section aria-labelledby=territories>\n<h2 id=territories>Territories</h2>\n")
        out.write(_html_table("What governs where", "Territories", policies, rows) + "</section>\n")
    out.write("</main>\n</body>\n</html>\n")


def _html_legend(report: StatusReport) -> str:
    seen = {one.state for one in report.texts} | {one.state for one in report.territories}
    items = "".join(f"<li>{_html_cell(state, '')} {_MEANING[state]}</li>\n" for state in State if state in seen)
    return f'<ul class="states">\n{items}</ul>\n'


def _html_territories(territories: Sequence[str]) -> str:
    if len(territories) == 1:
        return f"{territories[0]} <span class=muted>{for_html(territory_name(territories[0]))}</span>"
    return ", ".join(f'<abbr title="{for_html(territory_name(one))}">{one}</abbr>' for one in territories)


def _html_cell(state: State, note: str) -> str:
    return f'<span class="weight state-{state}">{state}</span> <span class=muted>{for_html(note)}</span>'


def _html_table(caption: str, first: str, policies: Sequence[str], rows: Sequence[tuple[str, list[str]]]) -> str:
    heads = "".join(f"<th scope=col>{for_html(policy)}</th>" for policy in policies)
    body = "".join(
        f"<tr><th scope=row>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n" for name, cells in rows
    )
    return (
        f'<table class="matrix">\n<caption>{caption}</caption>\n'
        f"<thead><tr><th scope=col>{first}</th>{heads}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n"
    )
