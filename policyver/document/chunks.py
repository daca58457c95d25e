"""Cut a Markdown source where CommonMark certainly starts a new top-level block.

A history repeats the same paragraphs thousands of times. Cutting first lets each distinct chunk be parsed once.
A cut is made only where the block state is empty whatever came before: parsing the chunks one by one gives the
same blocks as parsing the whole (a property test holds this). Not cutting is always safe, so in doubt the rest
of the source stays in one chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
# The first characters of a line that may belong to what stands before a blank line: an indented line, an item
# of an ordered list (its number counts on), a definition.
_CONTINUES = re.compile(r"[ \t:~]|\d{1,9}[.)](?:[ \t]|\n|$)")
# A bullet at the margin begins a new block even without a blank line before it.
_BULLET = re.compile(r"\n(?=[*+-] {1,3}[^\s])")
_UNSAFE_FOR_BULLETS = re.compile(r"^[ \t]*[<|]", re.MULTILINE)
# What can hold blank lines at the margin: code fences and five kinds of HTML block (CommonMark 4.5 and 4.6).
_SPANNING = re.compile(r"```|~~~|<!|<\?|<(?:pre|script|style|textarea)\b", re.IGNORECASE)
_SPANNING_TAG = re.compile(r"<(?:[!?]|[pP][rR][eE]\b|[sS][cC][rR]|[sS][tT][yY]|[tT][eE][xX])")
_FENCE = re.compile(r"(`{3,}(?=[^`\n]*$)|~{3,})")
_HTML_ENDS = (
    (
        re.compile(r"<(?:pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
)


def may_span(source: str) -> bool:
    """Whether `source` may hold a block with blank lines in it; a quick test for long sources."""
    return (
        ("`" in source and "```" in source)  # one character is found far faster than three
        or ("~" in source and "~~~" in source)
        or ("<" in source and _SPANNING_TAG.search(source) is not None)
    )


def chunks(source: str) -> Iterator[tuple[int, str]]:
    """The chunks of `source` (LF line ends) in order, each with the 0-based line on which it starts."""
    pending: list[str] = []
    pending_line = 0
    for line, piece in _pieces(source):
        if pending and not _CONTINUES.match(piece):
            yield pending_line, "".join(pending)
            pending = []
        if not pending:
            pending_line = line
        pending.append(piece)
    if pending:
        yield pending_line, "".join(pending)


def _pieces(source: str) -> Iterator[tuple[int, str]]:
    """Runs of lines up to a blank line or a bullet, outside of what can hold blank lines."""
    runs = _runs_around_spanning_blocks(source) if may_span(source) else _runs(source)
    for line, run in runs:
        if "\n" not in run or run[0] not in "*+-" or _UNSAFE_FOR_BULLETS.search(run):
            yield line, run
            continue
        start = 0
        for match in _BULLET.finditer(run):
            piece = run[start : match.end()]
            yield line, piece
            line += piece.count("\n")
            start = match.end()
        yield line, run[start:]


def _runs(source: str) -> Iterator[tuple[int, str]]:
    line = start = 0
    for match in _BLANK_LINES.finditer(source):
        run = source[start : match.end()]
        if run.strip():
            yield line, run
        line += run.count("\n")
        start = match.end()
    if source[start:].strip():
        yield line, source[start:]


def _runs_around_spanning_blocks(source: str) -> Iterator[tuple[int, str]]:
    lines = [text + "\n" for text in source.split("\n")]
    lines[-1] = lines[-1][:-1]
    held: list[str] = []
    first = 0
    closing: re.Pattern[str] | None = None
    for number, text in enumerate(lines):
        if closing is not None:
            held.append(text)
            if closing.search(text):
                closing = None
            continue
        opens = _SPANNING.search(text)
        if opens:
            at_start = not held or not held[-1].strip()
            in_html = bool(held) and any(one.lstrip().startswith("<") for one in held if one.strip())
            closing = _closing(text, at_start) if opens.start() == 0 and not in_html else None
            if closing is None and not _inline_only(text):
                if held and at_start:
                    yield from _nonblank(first, held)
                    held, first = [], number
                yield from _nonblank(first, held + lines[number:])
                return
            held.append(text)
            if closing is not None and _ends_on_its_own_line(closing, text):
                closing = None
            continue
        if held and not held[-1].strip() and text.strip():
            yield from _nonblank(first, held)
            held, first = [], number
        held.append(text)
    yield from _nonblank(first, held)


def _nonblank(first: int, held: list[str]) -> Iterator[tuple[int, str]]:
    if any(text.strip() for text in held):
        yield first, "".join(held)


def _closing(text: str, at_start: bool) -> re.Pattern[str] | None:
    """The pattern that ends the block which `text` opens at the margin; None if that is not certain."""
    fence = _FENCE.match(text)
    if fence:
        mark = fence.group(1)
        return re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    if not at_start:
        return None
    for start, end in _HTML_ENDS:
        if start.match(text):
            return end
    return None


def _ends_on_its_own_line(closing: re.Pattern[str], text: str) -> bool:
    return text.startswith("<") and closing.search(text, 1) is not None


def _inline_only(text: str) -> bool:
    """Whether what looks like the start of a spanning block stands inside a line of running text."""
    return re.match(r"[^\W\d_]", text) is not None
