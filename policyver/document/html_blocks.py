"""HTML blocks in Markdown as headings and canonical blocks.

Tags that carry text structure (headings, paragraphs, list items, cells, emphasis, links) become what their
Markdown counterparts become; scripts, styles and comments say nothing to a reader and vanish.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from policyver.document.canonical import Block, Heading, Item, fold
from policyver.document.inline import escape

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SILENT = {"script", "style", "template", "head", "title"}
_BREAKING = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~"}


def read_html(source: str) -> list[Item]:
    """Headings and blocks of an HTML block; lines are 0-based within it. Never fails: bad HTML is text."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    reader.flush()
    return reader.items


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Item] = []
        self._out: list[str] = []
        self._first = 0
        self._level = 0
        self._id: str | None = None
        self._marker = ""
        self._silent = 0
        self._links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag in _HEADINGS:
            self.flush()
            self._level, self._id = _HEADINGS[tag], values.get("id") or None
        elif tag in _BREAKING:
            self.flush()
            self._marker = "- " if tag == "li" else self._marker if tag == "p" else ""
            if values.get("id"):
                self.items.append(Block("", self._line, self._line, values["id"]))
        elif tag == "br":
            self._out.append("\n")
        elif tag == "a":
            href = values.get("href")
            self._links.append(href)
            if href is not None:
                self._out.append("[")
            anchor = values.get("id") or values.get("name")
            if anchor and self._level:
                self._id = self._id or anchor
            elif anchor:
                self.items.append(Block("", self._line, self._line, anchor))
        elif tag == "img":
            self._out.append(f"![{escape(values.get('alt', ''))}]({values.get('src', '')})")
        elif tag in _MARKS:
            self._out.append(_MARKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _HEADINGS or tag in _BREAKING:
            self.flush()
        elif tag == "a" and self._links:
            href = self._links.pop()
            if href is not None:
                self._out.append(f"]({href})")
        elif tag in _MARKS:
            self._out.append(_MARKS[tag])

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if data.strip() and not "".join(self._out).strip():
            self._first = self._line + data[: len(data) - len(data.lstrip())].count("\n")
        self._out.append(escape(data))

    @property
    def _line(self) -> int:
        return self.getpos()[0] - 1

    def flush(self) -> None:
        """End the block or heading under way."""
        text = fold("".join(self._out))
        self._out = []
        while self._links:
            self._links.pop()
        if self._level:
            words = re.sub(r"\\(?=[^\w\s])|\*{1,3}", "", text)
            if words or self._id:
                self.items.append(Heading(self._level, None, words, self._id, min(self._first, self._line), self._line))
            self._level, self._id = 0, None
        elif text:
            self.items.append(Block(self._marker + text, self._first, max(self._first, self._line)))
            self._marker = ""
