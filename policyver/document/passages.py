"""Body of a text -> sections, passage by passage.

A passage runs from a heading at the margin to the next one. A history repeats most passages from version to version,
so each distinct passage is read once, and a section that also kept its place is the very same object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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


def read_sections(body: str, offset: int, references: References) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections of `body`, which stands after `offset` lines, and its ``datetime`` attributes in order."""
    placed: list[tuple[int, _Piece, str | None]] = []
    line = offset + 1
    anchor: str | None = None
    if may_span(body):  # a blank line may stand inside a block: read as a whole, which is always safe
        passages = [(body, _read_passage.__wrapped__(body, references))]
    else:
        first, *others = body.split("\n\n#")
        passages = [(first, _read_passage(first, references))]
        passages += [(passage, _read_passage("#" + passage, references)) for passage in others]
    for passage, pieces in passages:
        for piece in pieces:
            if piece.heading is None and placed:
                placed[-1] = _continued(placed[-1], piece, line)
            elif piece.heading is not None or piece.blocks or piece.trailing:
                placed.append((line, piece, piece.anchor or anchor))
            anchor = piece.trailing
        line += passage.count("\n") + 2
    if placed and placed[0][1].heading is None and not placed[0][1].blocks:
        del placed[0]
    datetimes = tuple(when for _, piece, _ in placed if piece.datetimes for when in piece.datetimes)
    return _linked(placed), datetimes


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

    for line, chunk in chunks(passage):
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


def _continued(before: tuple[int, _Piece, str | None], piece: _Piece, line: int) -> tuple[int, _Piece, str | None]:
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


def _linked(placed: Sequence[tuple[int, _Piece, str | None]]) -> tuple[Section, ...]:
    """Pieces as sections, each with its parent."""
    counted = _counted([piece.heading for _, piece, _ in placed])
    sections: list[Section] = []
    open_: list[int] = []
    for index, (line, piece, anchor) in enumerate(placed):
        level = piece.heading.level if piece.heading else 0
        while open_ and sections[open_[-1]].level >= level:
            open_.pop()
        parent = open_[-1] if open_ else None
        path = sections[parent].path if parent is not None else ()
        sections.append(_section(piece, line, anchor, parent, path, index in counted))
        if level:
            open_.append(index)
    return tuple(sections)


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
