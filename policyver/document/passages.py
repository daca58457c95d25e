"""Body of a text -> sections, passage by passage.

A passage runs from a heading at the margin to the next one. A history repeats most passages from version to version,
so each distinct passage is read once, a text is read from where it differs from the one read before it, and a section
that also kept its place is the very same object.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from policyver.document.canonical import Heading, References, read_chunk
from policyver.document.chunks import chunks, may_span
from policyver.model import Section


@dataclass(slots=True, eq=False)
class _Piece:
    """A heading and the text under it, or text without a heading. Lines are 0-based from the passage's first."""

    heading: Heading | None
    line: int
    end: int
    anchor: str | None = None
    """Set by an empty anchor before the heading; it names the section unless the heading has an id."""
    blocks: tuple[str, ...] = ()
    datetimes: tuple[str, ...] = ()
    trailing: str | None = None
    """An empty anchor after the last block: it names the heading of the next passage."""


_Placed = tuple[int, _Piece, str | None]
"""The first line of a piece's passage, the piece, and the anchor that names it."""


class _Mark(NamedTuple):
    """How far a body is read where a passage begins: all that the reading of the rest depends on."""

    line: int
    pieces: int
    anchor: str | None


class _Reading:
    """A body read passage by passage.

    Versions of a text that follow one another differ in a few passages; so a reading takes over from the one before
    it what stands ahead of the first difference, and what follows the last if that kept its lines.
    """

    def __init__(self, passages: Sequence[str], offset: int, references: References) -> None:
        self.passages, self.offset, self.references = passages, offset, references
        self.placed: list[_Placed] = []
        self.sections: tuple[Section, ...] = ()
        self._marks = [_Mark(offset + 1, 0, None)]
        self._joined: set[int] = set()
        """Passages whose text goes on with what stands before them, for want of a heading."""

    def read(self, read_passage: Callable[[str, References], tuple[_Piece, ...]], last: _Reading | None) -> None:
        """Fill `placed` and `sections`; `last` is another reading to take over from."""
        head, old_tail, tail = 0, 0, len(self.passages)
        if last is not None and (last.offset, last.references) == (self.offset, self.references):
            head = self._same_head(last)
            self.placed = last.placed[: last._marks[head].pieces]
            self._marks = last._marks[: head + 1]
            self._joined = {index for index in last._joined if index < head}
            old_tail, tail = self._same_tail(last, head)
        self._first = len(self.placed)
        for index in range(head, tail):
            self._place(index, read_passage(self._passage(index), self.references))
        end = len(self.placed)
        if last is not None and tail < len(self.passages):
            if self._marks[tail] == last._marks[old_tail] and old_tail not in last._joined:
                self.placed += last.placed[end:]
                self._marks += last._marks[old_tail + 1 :]
                self._joined.update(index + tail - old_tail for index in last._joined if index > old_tail)
            else:
                for index in range(tail, len(self.passages)):
                    self._place(index, read_passage(self._passage(index), self.references))
                end = len(self.placed)
        self._link(end, last)

    def _passage(self, index: int) -> str:
        return "#" + self.passages[index] if index else self.passages[0]

    def _same_head(self, last: _Reading) -> int:
        head = 0
        for one, other in zip(self.passages, last.passages, strict=False):
            if one != other:
                break
            head += 1
        while head in last._joined:
            head -= 1
        return head

    def _same_tail(self, last: _Reading, head: int) -> tuple[int, int]:
        """Where the passages begin that both end in: in the last reading, and in this one."""
        most = min(len(self.passages), len(last.passages)) - head
        size = 0
        while size < most and self.passages[-1 - size] == last.passages[-1 - size]:
            size += 1
        return len(last.passages) - size, len(self.passages) - size

    def _place(self, index: int, pieces: Sequence[_Piece]) -> None:
        line, _, anchor = self._marks[-1]
        for piece in pieces:
            if piece.heading is None and self.placed:
                self.placed[-1] = _continued(self.placed[-1], piece, line)
                self._joined.add(index)
                self._first = min(self._first, len(self.placed) - 1)
            elif piece.heading is not None or piece.blocks:
                self.placed.append((line, piece, piece.anchor or anchor))
            anchor = piece.trailing
        self._marks.append(_Mark(line + self.passages[index].count("\n") + 2, len(self.placed), anchor))

    def _link(self, end: int, last: _Reading | None) -> None:
        """Pieces as sections, each with its parent; those before `_first` and from `end` on may be as in `last`."""
        counted = _counted([piece.heading for _, piece, _ in self.placed])
        self._is_counted = bool(counted)
        first = 0
        known: tuple[Section, ...] = ()
        if last is not None and not counted and not last._is_counted:
            first, known = self._first, last.sections
        sections = list(known[:first])
        open_ = _enclosing(sections)
        for index in range(first, len(self.placed)):
            if index == end and known and _same_enclosing(sections, known[:end]):
                sections += known[end:]
                break
            line, piece, anchor = self.placed[index]
            level = piece.heading.level if piece.heading else 0
            while open_ and sections[open_[-1]].level >= level:
                open_.pop()
            parent = open_[-1] if open_ else None
            path = sections[parent].path if parent is not None else ()
            sections.append(_section(piece, line, anchor, parent, path, index in counted))
            if level:
                open_.append(index)
        self.sections = tuple(sections)


def _enclosing(sections: Sequence[Section]) -> list[int]:
    """The sections that a section after `sections` may stand in, from the outermost inwards."""
    index = len(sections) - 1 if sections and sections[-1].level else None
    found: list[int] = []
    while index is not None:
        found.append(index)
        index = sections[index].parent
    return found[::-1]


def _same_enclosing(one: Sequence[Section], other: Sequence[Section]) -> bool:
    mine, theirs = _enclosing(one), _enclosing(other)
    return mine == theirs and all(
        one[index].level == other[index].level and one[index].path == other[index].path for index in mine
    )


_last: _Reading | None = None


def read_sections(body: str, offset: int, references: References) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections of `body`, which stands after `offset` lines, and its ``datetime`` attributes in order."""
    global _last
    if may_span(body):  # a blank line may stand inside a block: read as a whole, which is always safe
        reading = _Reading([body], offset, references)
        reading.read(_read_passage.__wrapped__, None)
    else:
        reading = _Reading(body.split("\n\n#"), offset, references)
        reading.read(_read_passage, _last)
        _last = reading
    datetimes = tuple(when for _, piece, _ in reading.placed if piece.datetimes for when in piece.datetimes)
    return reading.sections, datetimes


def composed(text: str) -> str:
    """`text` in Normalization Form C (UAX #15), in which the same letters are the same characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=8192)
def _read_passage(passage: str, references: References) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    blocks: list[str] = []
    datetimes: list[str] = []
    anchor: str | None = None

    def close() -> None:
        if pieces:
            pieces[-1].blocks, pieces[-1].datetimes = tuple(blocks), tuple(datetimes)
        blocks.clear()
        datetimes.clear()

    for line, chunk in chunks(composed(passage)):
        for item in read_chunk(chunk.rstrip(" \t\n"), references):
            if isinstance(item, Heading):
                close()
                pieces.append(_Piece(item, line + item.first, line + item.last, anchor))
                anchor = None
                continue
            if not pieces:
                pieces.append(_Piece(None, line + item.first, line + item.first))
            datetimes.extend(item.datetimes)
            anchor = None if item.text else item.anchor
            if item.text:
                if not blocks and pieces[-1].heading is None:
                    pieces[-1].line = line + item.first
                blocks.append(item.text)
                pieces[-1].end = line + item.last
    close()
    if anchor is not None:
        pieces[-1].trailing = anchor
    return tuple(pieces)


def _continued(before: _Placed, piece: _Piece, line: int) -> _Placed:
    """The piece `before`, which began at another line, with the text of `piece` added."""
    start, first, anchor = before
    joined = _Piece(
        first.heading,
        first.line,
        piece.end + line - start if piece.blocks else first.end,
        first.anchor,
        first.blocks + piece.blocks,
        first.datetimes + piece.datetimes,
        piece.trailing,
    )
    return start, joined, anchor


@lru_cache(maxsize=8192)
def _section(
    piece: _Piece, line: int, anchor: str | None, parent: int | None, path: tuple[str, ...], counted: bool
) -> Section:
    heading = piece.heading
    if heading is None:
        return Section(None, None, "", 0, (), None, line + piece.line, line + piece.end, piece.blocks)
    number, words = heading.bare if counted and heading.bare else (heading.number, heading.heading)
    return Section(
        heading.id or anchor,
        number,
        words,
        heading.level,
        (*path, words or number or ""),
        parent,
        line + piece.line,
        line + piece.end,
        piece.blocks,
    )


def _counted(headings: Sequence[Heading | None]) -> set[int]:
    """Where ``4 Your rights`` has the number 4: the headings of its level count with it."""
    if not any(heading is not None and heading.bare for heading in headings):
        return set()
    last: dict[int, tuple[int | None, int]] = {}
    accepted: set[int] = set()
    for index, heading in enumerate(headings):
        if heading is None:
            continue
        numbered = heading.bare[0] if heading.bare else heading.number
        if numbered is None or not numbered.isdigit():
            continue
        value, before = last.get(heading.level, (None, -1))
        if value is not None and int(numbered) == value + 1:
            accepted.update((before, index))
        last[heading.level] = int(numbered), index
    return accepted
