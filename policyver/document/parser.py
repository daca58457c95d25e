"""Source of a text -> `Document`.

The source is cut into chunks, each distinct chunk is read once (`canonical.read_chunk` remembers), and the items
are strung together into sections with their lines in the file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

from policyver.document.canonical import Block, Heading, link_references, read_chunk
from policyver.document.chunks import chunks
from policyver.errors import DocumentError
from policyver.model import Document, Section

MAX_BYTES = 10 * 1024 * 1024
"""Longer files are refused: no policy is that long, and a hostile one should not hold up a CI job."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_UNCLOSED = re.compile(r"---[ \t]*\n[A-Za-z_][\w-]*:(?: |\n)")
_REFERENCE = re.compile(r"^[ \t>*+-]{0,12}\[[^\]\n]+\]:", re.MULTILINE)
_CONFLICT = re.compile(r"^(?:<{7} .*|>{7} .*|={7})$", re.MULTILINE)
_BOM16 = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes, name: str = "") -> str:
    """The bytes of a file as text with LF line ends.

    Raises `DocumentError`: larger than `MAX_BYTES`, binary, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(
            f"the file has {len(data) / 1e6:.0f} MB, and policyver reads texts up to {MAX_BYTES / 1e6:.0f} MB",
            where=name,
            cure="Is it a policy? If not, exclude it from `layout` in policyver.toml.",
        )
    if data.startswith(_BOM16):
        raise DocumentError("the file is UTF-16", where=name, cure="Save it as UTF-8.")
    if b"\0" in data:
        raise DocumentError("the file is binary", where=name, cure="policyver reads Markdown in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            f"byte 0x{data[error.start]:02x} is not UTF-8", where=f"{name}:{line}", cure="Save the file as UTF-8."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def parse(source: str, name: str = "") -> Document:
    """The section tree of a Markdown source.

    `name` is the file, for errors. Raises `DocumentError`: broken front matter, conflict markers.
    """
    if not source.isascii() and not unicodedata.is_normalized("NFC", source):
        source = unicodedata.normalize("NFC", source)
    if "<<<<<<< " in source:
        _refuse_conflict(source, name)
    front, body, offset = _split_front_matter(source, name)
    references = link_references(body) if "]:" in body and _REFERENCE.search(body) else ()
    items: list[tuple[int, Heading | Block]] = []
    for line, chunk in chunks(body):
        first = line + offset + 1
        items.extend((first, item) for item in read_chunk(chunk.rstrip(" \t\n"), references))
    _accept_bare_numbers(items)
    return Document(_sections(items), front, tuple(when for _, item in items for when in _datetimes(item)))


def _datetimes(item: Heading | Block) -> tuple[str, ...]:
    return item.datetimes if isinstance(item, Block) else ()


def _refuse_conflict(source: str, name: str) -> None:
    marks = [match.group()[0] for match in _CONFLICT.finditer(source)]
    if marks[:3] == ["<", "=", ">"]:
        line = source.count("\n", 0, source.index("<<<<<<< ")) + 1
        raise DocumentError(
            "the file has the marks of an unresolved merge conflict",
            where=f"{name}:{line}",
            cure="Resolve it and try again.",
        )


def _split_front_matter(source: str, name: str) -> tuple[dict[str, object], str, int]:
    """Front matter, the rest, and how many lines stand before the rest."""
    if not source.startswith("---"):
        return {}, source, 0
    match = _FRONT_MATTER.match(source)
    if not match:
        if _UNCLOSED.match(source):
            raise DocumentError(
                "the front matter that starts here has no end",
                where=f"{name}:1",
                cure="Close it with a line of three hyphens.",
            )
        return {}, source, 0
    return dict(_load_yaml(match.group(1), name)), source[match.end() :], match.group().count("\n")


@lru_cache(maxsize=256)
def _load_yaml(source: str, name: str) -> tuple[tuple[str, object], ...]:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar a string: a label 1.10 is not 1.1
    try:
        loaded = yaml.load(source, Loader=loader)  # noqa: S506 - the base loader builds strings, lists, dicts only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise DocumentError(
            f"the front matter cannot be read: {problem}",
            where=f"{name}:{line}",
            cure="Write one `key: value` a line, and quote values that hold a colon.",
        ) from None
    if loaded is None or loaded == "":
        return ()
    if not isinstance(loaded, dict):
        raise DocumentError(
            "the front matter is not a list of `key: value` lines",
            where=f"{name}:2",
            cure="Write one `key: value` a line.",
        )
    return tuple((str(key), value) for key, value in loaded.items())


def _accept_bare_numbers(items: list[tuple[int, Heading | Block]]) -> None:
    """Take ``4 Your rights`` as number 4 where the headings of its level count with it."""
    last: dict[int, tuple[int, int]] = {}
    accepted: set[int] = set()
    for index, (_, item) in enumerate(items):
        if not isinstance(item, Heading):
            continue
        numbered = item.bare[0] if item.bare else item.number
        if numbered is None or not numbered.isdigit():
            continue
        value = int(numbered)
        before = last.get(item.level)
        if before and value == before[0] + 1:
            accepted.update(i for i in (before[1], index) if _bare_at(items, i))
        last[item.level] = (value, index)
    for index in accepted:
        first, item = items[index]
        assert isinstance(item, Heading)
        assert item.bare is not None
        items[index] = (first, replace(item, number=item.bare[0], heading=item.bare[1], bare=None))


def _bare_at(items: list[tuple[int, Heading | Block]], index: int) -> bool:
    item = items[index][1]
    return isinstance(item, Heading) and item.bare is not None


class _Draft:
    """A section under way."""

    __slots__ = ("blocks", "end", "heading", "line", "named")

    def __init__(self, heading: Heading | None, line: int, end: int) -> None:
        self.heading = heading
        self.line = line
        self.end = end
        self.blocks: list[str] = []
        self.named: str | None = None


def _sections(items: list[tuple[int, Heading | Block]]) -> tuple[Section, ...]:
    drafts: list[_Draft] = []
    anchor: str | None = None  # set by an empty anchor: it names the heading that follows it directly
    for first, item in items:
        if isinstance(item, Heading):
            draft = _Draft(item, first + item.first, first + item.last)
            draft.named = item.id or anchor
            drafts.append(draft)
            anchor = None
            continue
        if not item.text:
            anchor = item.anchor
            continue
        anchor = None
        if not drafts:
            drafts.append(_Draft(None, first + item.first, 0))
        drafts[-1].blocks.append(item.text)
        drafts[-1].end = first + item.last
    return _linked(drafts)


def _linked(drafts: list[_Draft]) -> tuple[Section, ...]:
    sections: list[Section] = []
    open_: list[int] = []
    for index, draft in enumerate(drafts):
        heading = draft.heading
        if heading is None:
            sections.append(Section(None, None, "", 0, (), None, draft.line, draft.end, tuple(draft.blocks)))
            continue
        while open_ and sections[open_[-1]].level >= heading.level:
            open_.pop()
        parent = open_[-1] if open_ else None
        words = heading.heading or heading.number or ""
        path = (*sections[parent].path, words) if parent is not None else (words,)
        sections.append(
            Section(
                draft.named,
                heading.number,
                heading.heading,
                heading.level,
                path,
                parent,
                draft.line,
                draft.end,
                tuple(draft.blocks),
            )
        )
        open_.append(index)
    return tuple(sections)
