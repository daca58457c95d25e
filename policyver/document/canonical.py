"""One chunk of Markdown as headings and canonical blocks.

markdown-it-py reads, this module writes what it read in one fixed way: ``*`` for emphasis, ``-`` for bullets,
one line a paragraph, NFC. Chunks of plain prose, the most of any policy, are recognized by a pattern and take a
short cut that gives the same result (a property test holds both roads to it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from policyver.document.attributes import Attributes, split_attributes
from policyver.document.inline import HAS_MARKUP, simple_inline, write_inline
from policyver.document.numbering import bare_number, split_number


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a chunk; `first` and `last` are 0-based lines within the chunk."""

    level: int
    number: str | None
    heading: str
    id: str | None
    first: int
    last: int
    bare: tuple[str, str] | None = None
    """Number and words, if a number without a mark (``4 Your rights``) turns out to count here."""


@dataclass(frozen=True, slots=True)
class Block:
    """A canonical block; empty `text` with an `anchor` names what follows."""

    text: str
    first: int
    last: int
    anchor: str | None = None
    datetimes: tuple[str, ...] = ()


Item = Heading | Block
References = tuple[tuple[str, str, str], ...]
"""Link reference definitions: label, target, title."""

_WIDE = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_WIDE_WRAP = re.compile(rf"(?<=[{_WIDE}])[ \t]*\n[ \t]*(?=[{_WIDE}])")

# A line that begins no block of its own, whatever stands around it: with a letter, an opening quotation mark or
# bracket, a backslash or a mark of emphasis; a chunk of such lines is one paragraph, heading or list item.
_PROSE_LINE = r"(?:[^\W\d_]|[“”\"‘’«„(\[\\]|\*\*(?=[^\s*])|__(?=[^\s_])|\{:? ?[#.\w])[^|\n\r\x00]*"
_PROSE = re.compile(rf"(?P<marker>[*+-] {{1,3}}|\#{{1,6}} +)?(?P<text>{_PROSE_LINE}(?:\n(?:{_PROSE_LINE}))*)\Z")


def fold(text: str) -> str:
    """`text` on one line: blanks to one space, none where a line was wrapped between two ideographs."""
    if "\n" in text and not text.isascii():
        text = _WIDE_WRAP.sub("", text)
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def read_chunk(chunk: str, references: References = ()) -> tuple[Item, ...]:
    """The headings and blocks of one chunk (see `chunks`), given the link references of its document."""
    prose = _PROSE.match(chunk) if "]:" not in chunk else None
    if prose:
        items = _read_prose(prose["marker"], prose["text"], references)
        if items:
            return items
    return read_with_commonmark(chunk, references)


def _read_prose(marker: str | None, text: str, references: References) -> tuple[Item, ...]:
    """The items of a chunk that `_PROSE` matches; none where its heading has marks that want the whole grammar."""
    writer = _Writer(_environment(references))
    if marker is None or marker[0] != "#":
        writer.paragraph(text, 0, text.count("\n"), "" if marker is None else "- ")
        return tuple(writer.items)
    first, _, rest = text.partition("\n")
    if _HEADING_MARK.search(first):
        return ()
    writer.items.append(_heading(len(marker.rstrip()), fold(first), None, 0, 0))
    if rest:
        writer.paragraph(rest, 1, 1 + rest.count("\n"))
    return tuple(writer.items)


def read_with_commonmark(chunk: str, references: References = ()) -> tuple[Item, ...]:
    """`read_chunk` by the whole grammar, without the short cut."""
    env = _environment(references)
    writer = _Writer(env)
    writer.write(_MARKDOWN.parse(chunk, env))
    return tuple(writer.items)


def _environment(references: References) -> dict[str, object]:
    return {"references": {label: {"href": href, "title": title, "map": [0, 0]} for label, href, title in references}}


def link_references(source: str) -> References:
    """The link reference definitions of a whole source: label, target, title. They hold document-wide."""
    env: dict[str, dict[str, dict[str, str]]] = {}
    _MARKDOWN.parse(source, env)
    return tuple((label, one["href"], one["title"]) for label, one in env.get("references", {}).items())


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    markdown.use(deflist_plugin).use(footnote_plugin, inline=False, move_to_end=False)
    markdown.inline.ruler.disable("footnote_ref")  # `[^1]` is written back as it stands
    # Blocks and their inline content are read in two steps, because attribute lists stand between the two.
    markdown.core.ruler.disable("inline")
    # Targets are compared as they are written and never followed: neither encoded nor refused here.
    markdown.normalizeLink = lambda url: url  # type: ignore[method-assign]
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    return markdown


_MARKDOWN = _markdown()
_HEADING_MARK = re.compile(r"[\\*_\[\]<>&`~!{}#]")
_HEADING_MARKUP = re.compile(r"\\(?=[^\w\s])|\*{1,3}")


def _heading(level: int, text: str, id_: str | None, first: int, last: int) -> Heading:
    number, words = split_number(text)
    bare = None if number else bare_number(text)
    return Heading(level, number, words, id_, first, last, bare if bare and bare[0] else None)  # type: ignore[arg-type]


class _Writer:
    """Writes block tokens as items. Containers add to the prefix of each line and to the next block's marker."""

    def __init__(self, env: dict[str, object]) -> None:
        self.env = env
        self.items: list[Item] = []
        self._prefixes: list[str] = []
        self._marker: str | None = None
        self._counters: list[int] = []
        self._row: list[str] = []

    def write(self, tokens: Sequence[Token]) -> None:
        for index, token in enumerate(tokens):
            handler = getattr(self, "_on_" + token.type, None)
            if handler is not None:
                handler(token, tokens[index + 1] if index + 1 < len(tokens) else token)

    # leaves

    def _on_paragraph_open(self, token: Token, inline: Token) -> None:
        self.paragraph(inline.content, *_span(token))

    def paragraph(self, content: str, first: int, last: int, marker: str = "") -> None:
        """A paragraph whose source lines, free of the marks of its containers, are `content`."""
        content, attributes = split_attributes(content)
        text, anchor = self._inline(content)
        text = marker + _guard(fold(text))
        self._block(text, first, last, attributes, anchor)

    def _on_heading_open(self, token: Token, inline: Token) -> None:
        first, last = _span(token)
        content, attributes = split_attributes(inline.content)
        text, anchor = self._inline(content)
        text = fold(text)
        if self._prefixes:
            self._block(f"{'#' * int(token.tag[1])} {text}", first, last, attributes, anchor)
            return
        words = fold(_HEADING_MARKUP.sub("", text))
        self.items.append(_heading(int(token.tag[1]), words, attributes.id or anchor, first, last))
        rest = Attributes(None, attributes.classes, attributes.pairs)
        if rest:
            self._block("", first, last, rest, None)

    def _on_hr(self, token: Token, _: Token) -> None:
        self._emit("---", *_span(token))

    def _on_fence(self, token: Token, _: Token) -> None:
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", token.content)), 3)
        self._emit(f"{fence}{token.info.strip()}\n{token.content.rstrip()}\n{fence}", *_span(token))

    def _on_code_block(self, token: Token, _: Token) -> None:
        self._on_fence(token, token)

    def _on_html_block(self, token: Token, _: Token) -> None:
        from policyver.document.html_blocks import read_html

        first, _last = _span(token)
        for item in read_html(token.content):
            if isinstance(item, Block):
                self._emit(item.text, first + item.first, first + item.last, item.anchor)
            elif self._prefixes:
                self._emit(f"{'#' * item.level} {item.heading}", first + item.first, first + item.last)
            else:
                self.items.append(_heading(item.level, item.heading, item.id, first + item.first, first + item.last))

    # tables

    def _on_tr_open(self, token: Token, _: Token) -> None:
        self._row = []

    def _on_th_open(self, token: Token, inline: Token) -> None:
        text, _ = self._inline(inline.content)
        self._row.append(fold(text).replace("|", "\\|"))

    _on_td_open = _on_th_open

    def _on_tr_close(self, token: Token, _: Token) -> None:
        self._pending_row = "| " + " | ".join(self._row) + " |"
        if self._in_head:
            self._pending_row += "\n|" + " --- |" * len(self._row)
        self._emit(self._pending_row, *self._row_span)

    _in_head = False
    _row_span = (0, 0)

    def _on_thead_open(self, token: Token, _: Token) -> None:
        self._in_head = True
        self._row_span = _span(token)

    def _on_thead_close(self, token: Token, _: Token) -> None:
        self._in_head = False

    def _on_tbody_open(self, token: Token, _: Token) -> None:
        self._row_span = _span(token)

    # containers

    def _enter(self, marker: str, rest: str) -> None:
        self._marker = (self._marker if self._marker is not None else "".join(self._prefixes)) + marker
        self._prefixes.append(rest)

    def _leave(self) -> None:
        self._prefixes.pop()

    def _on_blockquote_open(self, token: Token, _: Token) -> None:
        self._enter("> ", "> ")

    def _on_blockquote_close(self, token: Token, _: Token) -> None:
        self._leave()
        self._marker = None

    def _on_bullet_list_open(self, token: Token, _: Token) -> None:
        self._counters.append(-1)

    def _on_ordered_list_open(self, token: Token, _: Token) -> None:
        start = token.attrGet("start")
        self._counters.append(1 if start is None else int(start))

    def _on_bullet_list_close(self, token: Token, _: Token) -> None:
        self._counters.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token, _: Token) -> None:
        counter = self._counters[-1]
        if counter < 0:
            marker = "- "
        else:
            marker = f"{counter}{token.markup or '.'} "
            self._counters[-1] += 1
        self._item_line = token.map[0] if token.map else 0
        self._enter(marker, " " * len(marker))

    def _on_list_item_close(self, token: Token, _: Token) -> None:
        if self._marker is not None:  # an item without text
            self.items.append(Block(self._marker.rstrip(), self._item_line, self._item_line))
            self._marker = None
        self._leave()

    _item_line = 0

    def _on_dd_open(self, token: Token, _: Token) -> None:
        self._enter(": ", "  ")

    def _on_dd_close(self, token: Token, _: Token) -> None:
        self._marker = None
        self._leave()

    def _on_dt_open(self, token: Token, inline: Token) -> None:
        text, _ = self._inline(inline.content)
        self._emit(fold(text), *_span(token))

    def _on_footnote_reference_open(self, token: Token, _: Token) -> None:
        self._enter(f"[^{token.meta['label']}]: ", "    ")

    def _on_footnote_reference_close(self, token: Token, _: Token) -> None:
        self._marker = None
        self._leave()

    def _on_footnote_open(self, token: Token, following: Token) -> None:
        self._on_footnote_reference_open(token, following)

    def _on_footnote_close(self, token: Token, following: Token) -> None:
        self._on_footnote_reference_close(token, following)

    # what all leaves end in

    def _block(self, text: str, first: int, last: int, attributes: Attributes, anchor: str | None) -> None:
        written = str(attributes)
        text = f"{text} {written}".strip() if written else text
        datetimes = tuple(value for key, value in attributes.pairs if key == "datetime")
        self._emit(text, first, last, anchor or attributes.id, datetimes)

    def _emit(
        self, text: str, first: int, last: int, anchor: str | None = None, datetimes: tuple[str, ...] = ()
    ) -> None:
        if not text:
            if anchor:
                self.items.append(Block("", first, last, anchor, datetimes))
            return
        prefix = "".join(self._prefixes)
        marker = prefix if self._marker is None else self._marker
        self._marker = None
        if prefix or marker:
            text = "\n".join((marker if n == 0 else prefix) + line for n, line in enumerate(text.split("\n")))
        self.items.append(Block(text, first, last, anchor, datetimes))

    def _inline(self, content: str) -> tuple[str, str | None]:
        """Inline content written canonically (not yet folded), and the last anchor that it sets."""
        if not HAS_MARKUP.search(content):
            return content, None
        simple = simple_inline(content)
        if simple is not None:
            return simple, None
        tokens: list[Token] = []
        _MARKDOWN.inline.parse(content, _MARKDOWN, self.env, tokens)
        return write_inline(tokens)


def _span(token: Token) -> tuple[int, int]:
    return (token.map[0], max(token.map[0], token.map[1] - 1)) if token.map else (0, 0)


_BLOCK_START = re.compile(r"(?=(?:[-+](?:\s|$)|#{1,6}(?:\s|$)|>|\||:\s|-{3}|={1,}$|~{3}))|(\d{1,9})(?=[.)](?:\s|$))")


def _guard(text: str) -> str:
    """`text` so that its start is not taken for a list, heading or quotation when it is read again."""
    match = _BLOCK_START.match(text)
    if not match:
        return text
    digits = match.group(1) or ""
    return f"{digits}\\{text[len(digits) :]}"
