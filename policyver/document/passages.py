"""Body of a text -> sections, passage by passage.

A passage runs from a heading at the margin to the next one. A history repeats most passages from version to version,
so each distinct passage is read once, a text is read from where it differs from the one read before it, and a section
that also kept its place is the very same object.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from policyver.document.canonical import Heading, References, link_references, read_chunk
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
        self._first = 0
        """The first piece that is not as the last reading had it."""
        self._is_counted = False
        """Whether numbers without a mark count, which only all headings together can tell."""

    def read(self) -> None:
        """Fill `placed` and `sections`."""
        self._read(0, len(self.passages))
        self._link(len(self.placed), None)

    def read_after(self, last: _Reading, head: int, tail: int) -> None:
        """Fill `placed` and `sections`, given a reading that has `head` passages at the beginning and `tail` at the
        end in common with this one."""
        while head in last._joined:
            head -= 1
        self.placed = last.placed[: last._marks[head].pieces]
        self._marks = last._marks[: head + 1]
        self._joined = {index for index in last._joined if index < head}
        self._first = len(self.placed)
        start, old_start = len(self.passages) - tail, len(last.passages) - tail
        self._read(head, start)
        end = len(self.placed)
        if self._marks[start] == last._marks[old_start] and old_start not in last._joined:
            self.placed += last.placed[end:]
            self._marks += last._marks[old_start + 1 :]
            self._joined.update(index + start - old_start for index in last._joined if index > old_start)
        else:
            self._read(start, len(self.passages))
            end = len(self.placed)
        self._link(end, last)

    def _read(self, start: int, end: int) -> None:
        read = _read_passage if len(self.passages) > 1 else _read_passage.__wrapped__  # a whole body is not remembered
        for index in range(start, end):
            self._place(index, read(self.passages[index], index > 0, self.references))

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


def read_sections(body: str, offset: int) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections of `body`, which stands after `offset` lines, and its ``datetime`` attributes in order."""
    reading = _whole(body, offset) if may_span(body) else _by_passages(body, offset)
    datetimes = tuple(when for _, piece, _ in reading.placed if piece.datetimes for when in piece.datetimes)
    return reading.sections, datetimes


def _whole(body: str, offset: int) -> _Reading:
    """A blank line may stand inside a block: the body read as one passage, which is always safe."""
    reading = _Reading([body], offset, _references(body))
    reading.read()
    return reading


def _by_passages(body: str, offset: int) -> _Reading:
    global _last
    passages = body.split("\n\n#")
    last = _last
    head, tail = _same_ends(passages, last.passages) if last is not None else (0, 0)
    new = passages[head : len(passages) - tail]
    references = _references(body) if (last and last.references) or any("]:" in one for one in new) else ()
    reading = _Reading(passages, offset, references)
    if last is not None and (last.offset, last.references) == (offset, references):
        reading.read_after(last, head, tail)
    else:
        reading.read()
    _last = reading
    return reading


def _same_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many elements two sequences have in common at the beginning, and how many of the rest at the end."""
    head = sum(1 for _ in takewhile(bool, map(eq, one, other)))
    tail = sum(1 for _ in takewhile(bool, map(eq, reversed(one[head:]), reversed(other[head:]))))
    return head, tail


_REFERENCE = re.compile(r"^[ \t>*+-]{0,12}\[[^\]\n]+\]:", re.MULTILINE)


def _references(body: str) -> References:
    return link_references(composed(body)) if "]:" in body and _REFERENCE.search(body) else ()


def composed(text: str) -> str:
    """`text` in Normalization Form C (UAX #15), in which the same letters are the same characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4096)
def _read_passage(passage: str, cut: bool, references: References) -> tuple[_Piece, ...]:
    """The pieces of a passage; the mark of its heading, at which the body was `cut`, is not in it."""
    pieces: list[_Piece] = []
    blocks: list[str] = []
    datetimes: list[str] = []
    anchor: str | None = None

    def close() -> None:
        if pieces:
            pieces[-1].blocks, pieces[-1].datetimes = tuple(blocks), tuple(datetimes)
        blocks.clear()
        datetimes.clear()

    for line, chunk in chunks(composed("#" + passage if cut else passage)):
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


@lru_cache(maxsize=4096)
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
