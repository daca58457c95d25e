"""Texts of a policy made harmless for where they are shown.

A policy text, its file name, its headings and its front matter come from strangers. On a terminal no control
character of theirs may act, in HTML no tag, in Markdown no markup or mention.
"""

from __future__ import annotations

import html
import re

# C0 controls but for newline, DEL and C1, and the controls that change the direction of text (UAX #9).
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~$-])")
_MENTION = re.compile(r"(?<![\w/])@(?=\w)")


def visible(text: str) -> str:
    """`text` with controls written out, ``⟨U+202E⟩``; a tab is a blank."""
    return _CONTROLS.sub(lambda m: " " if m.group() == "\t" else f"⟨U+{ord(m.group()):04X}⟩", text)


def for_html(text: str) -> str:
    """`text` for element content and quoted attributes."""
    return html.escape(visible(text))


def for_markdown(text: str) -> str:
    """`text` as Markdown that shows it literally on one line: no markup, no HTML, no mention, no issue link."""
    text = _MARKDOWN.sub(r"\\\1", " ".join(visible(text).split()))
    text = text.replace("&", "&amp;").replace("\\<", "&lt;").replace("\\>", "&gt;")
    text = re.sub(r"(?i)(https?):(//)", r"\1&#58;\2", text).replace("www.", "www&#46;")
    return _MENTION.sub("@\u2060", text)


def is_break(text: str) -> bool:
    """Whether a difference is only one of paragraphs: blanks with a line break, not worth a mark of its own."""
    return "\n" in text and text.isspace()


_CANONICAL = re.compile(
    r"""
    \\([^\w\s]|_)                                           # escaped mark
  | (\*{1,3}|`+|~~)                                         # emphasis, code
  | \]\(<?((?:[^()\s<>]|\([^()]*\))*)>?(?:\s"[^"]*")?\)     # link target
  | (!?\[)(?!\^)                                            # start of a link
  | (\{[#.\w][^{}\n]*\}|</?[A-Za-z][\w-]*(?:\s[^<>\n]*)?>)   # attributes, tags that say nothing
    """,
    re.VERBOSE,
)


def readable(text: str) -> list[tuple[str, str]]:
    """Canonical Markdown as ``(style, text)`` runs for people: marks of emphasis gone, link targets told.

    Styles: ``text``, ``target`` (where a link leads), ``attribute`` (ids and dates that readers do not see).
    """
    runs: list[tuple[str, str]] = []
    at = 0

    def add(style: str, run: str) -> None:
        if run and runs and runs[-1][0] == style:
            runs[-1] = (style, runs[-1][1] + run)
        elif run:
            runs.append((style, run))

    for match in _CANONICAL.finditer(text):
        add("text", text[at : match.start()])
        at = match.end()
        escaped, _, target, _, attributes = match.groups()
        if escaped:
            add("text", escaped)
        elif target:
            add("target", f" ({target})")
        elif attributes:
            add("attribute", attributes)
    add("text", text[at:])
    return runs
