"""A redline in HTML, inline and side by side, in the direction of its text; moved text points to its other place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policyver.locales.tags import direction
from policyver.model import Hunk, Place, Reason
from policyver.reasons import reason_code, shown_words
from policyver.safety import for_html, readable

_FOLDED = 4
"""Unchanged paragraphs in a row from which the middle ones are folded away."""
_ITEM = re.compile(r"( *)(?:- |(\d{1,9}[.)]) )")
_PRE = re.compile(r"\||```|\s{4}\S")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a redline stands: the language of its text, and which change has the section at a line."""

    locale: str
    old_lines: Mapping[int, str]
    new_lines: Mapping[int, str]

    @property
    def attributes(self) -> str:
        return f'lang="{for_html(self.locale)}" dir="{direction(self.locale)}"'

    def name(self, *texts: str) -> str:
        """Words of the policy inside a sentence of the report; several as old and new."""
        return " → ".join(f"<bdi {self.attributes}>{for_html(text)}</bdi>" for text in texts)

    def reason(self, reason: Reason) -> str:
        """A reason, each side of its words in the direction of the text."""
        words = shown_words(reason)
        return for_html(reason_code(reason)) + (f": {self.name(*words)}" if words else "")

    def place(self, place: Place, *, is_destination: bool) -> str:
        """The note at moved text, a link where the other place is in the report."""
        name = f"{'moved to' if is_destination else 'moved here from'} {self.name(place.title)}"
        anchor = (self.new_lines if is_destination else self.old_lines).get(place.line)
        tag = f'a href="#{anchor}"' if anchor else "span"
        return f'<{tag} class="place" lang="en" dir="ltr">[{name}]</{tag.split()[0]}>'


def is_quiet(hunks: Sequence[Hunk]) -> bool:
    """Whether no word differs."""
    return all(one.op == "equal" for one in hunks)


def redline(hunks: Sequence[Hunk], frame: Frame) -> str:
    """The redline both ways; the style sheet shows the one that the reader chose."""
    return f'<div class="body inline" {frame.attributes}>\n{inline(hunks, frame)}</div>\n{_side_by_side(hunks, frame)}'


Run = tuple[str, str, Place | None]
"""``equal``, ``delete`` or ``insert``, the text, and for moved text its other place."""


@dataclass(slots=True)
class _Paragraph:
    """A line of canonical text on its way to HTML, in runs of one operation."""

    runs: list[Run]
    place: Place | None = None
    """Where moved text that ends here stands in the other version."""

    @property
    def is_changed(self) -> bool:
        return any(op != "equal" for op, _, _ in self.runs)

    def html(self, frame: Frame) -> str:
        if not any(text.strip() for _, text, _ in self.runs):
            return ""
        first = next(text for _, text, _ in self.runs if text.strip())
        kind = ' class="item"' if _ITEM.match(first) else ' class="pre"' if _PRE.match(first) else ""
        return f"<p{kind}>{''.join(self._runs(frame))}</p>\n"

    def _runs(self, frame: Frame) -> Iterator[str]:
        for op, text, place in self.runs:
            text = _ITEM.sub(lambda match: f"{match.group(1)}{match.group(2) or '•'} ", text, count=1)
            shown = "".join(_styled(style, run) for style, run in readable(text))
            moved = ' class="moved"' if place else ""
            if not shown:
                continue
            if op == "equal":
                yield shown
            else:
                tag = "del" if op == "delete" else "ins"
                yield f"<{tag}{moved}>{shown}</{tag}>"
        if self.place:
            yield f" {frame.place(self.place, is_destination=self.runs[-1][0] == 'delete')}"


def _styled(style: str, run: str) -> str:
    return for_html(run) if style == "text" else f'<span class="{style}">{for_html(run)}</span>'


def _runs(hunks: Sequence[Hunk]) -> Iterator[Run]:
    for one in hunks:
        if one.op == "equal":
            yield "equal", one.new, None
            continue
        if one.old:
            yield "delete", one.old, one.moved
        if one.new:
            yield "insert", one.new, one.moved


def _paragraphs(runs: Iterable[Run]) -> list[_Paragraph]:
    paragraphs = [_Paragraph([])]
    for op, text, place in runs:
        lines = text.split("\n")
        last = max((index for index, line in enumerate(lines) if line.strip()), default=-1)
        for index, line in enumerate(lines):
            if index:
                paragraphs.append(_Paragraph([]))
            if line:
                paragraphs[-1].runs.append((op, line, place))
            if place and index == last:
                paragraphs[-1].place = place
    return [one for one in paragraphs if one.runs]


def inline(hunks: Sequence[Hunk], frame: Frame) -> str:
    """Paragraphs with ``<del>`` and ``<ins>``; long unchanged stretches are folded away."""
    paragraphs = _paragraphs(_runs(hunks))
    written: list[str] = []
    at = 0
    while at < len(paragraphs):
        end = at
        while end < len(paragraphs) and not paragraphs[end].is_changed:
            end += 1
        if end - at >= _FOLDED:
            middle = "".join(one.html(frame) for one in paragraphs[at + 1 : end - 1])
            written.append(paragraphs[at].html(frame))
            written.append(_folded(end - at - 2, middle))
            written.append(paragraphs[end - 1].html(frame))
        else:
            written.extend(one.html(frame) for one in paragraphs[at:end])
        if end < len(paragraphs):
            written.append(paragraphs[end].html(frame))
        at = end + 1
    return "".join(written)


def _folded(count: int, content: str) -> str:
    return f'<details><summary lang="en" dir="ltr">{count} unchanged paragraphs</summary>\n{content}</details>\n'


def _side_by_side(hunks: Sequence[Hunk], frame: Frame) -> str:
    """A table of rows, cut where both sides have the same paragraph break."""
    rows: list[tuple[list[Run], list[Run]]] = [([], [])]
    for op, text, place in _runs(hunks):
        if op != "equal":
            rows[-1][op == "insert"].append((op, text, place))
            continue
        for index, line in enumerate(text.split("\n")):
            if index:
                rows.append(([], []))
            if line:
                for side in rows[-1]:
                    side.append((op, line, place))
    written = []
    for row in rows:
        cells = ["".join(one.html(frame) for one in _paragraphs(side)) for side in row]
        if any(cells):
            written.append(f"<tr><td>{cells[0]}</td><td>{cells[1]}</td></tr>\n")
    return (
        f'<table class="side" {frame.attributes}>\n<thead><tr lang="en"><th scope=col>Before</th>'
        f"<th scope=col>After</th></tr></thead>\n<tbody>\n{''.join(written)}</tbody>\n</table>\n"
    )
