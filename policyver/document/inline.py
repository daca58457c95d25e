"""Inline content, canonically: one way to write emphasis, links and escapes; emphasis tags as emphasis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from markdown_it.token import Token

HAS_MARKUP = re.compile(r"[\\*_\[\]<>&`~!{}|]")
_ESCAPED = re.compile(r"[\\`*\[\]]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|(?<![^\W_])_|_(?![^\W_])")
_FOOTNOTE = re.compile(r"\\\[(\^[^\s\]\\]+)\\\]")
_ANCHOR = re.compile(r"""<(?:a|span)\s[^>]*?\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_LINK = re.compile(
    r"""<a\s[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))[^>]*>""",
    re.IGNORECASE,
)
_EMPHASIS_TAG = re.compile(r"</?(b|strong|i|em)\s*>", re.IGNORECASE)


def escape(text: str) -> str:
    """Text as canonical Markdown shows it literally."""
    escaped = _ESCAPED.sub(lambda match: "\\" + match.group(), text)
    return _FOOTNOTE.sub(r"[\1]", escaped) if "\\[^" in escaped else escaped


def write_inline(tokens: Sequence[Token]) -> tuple[str, str | None]:
    """Inline tokens as canonical Markdown, and the last anchor among them. An HTML link is a link."""
    out: list[str] = []
    anchor: str | None = None
    closing: list[str] = []
    anchor_open = 0
    hrefs: list[str] = []
    text = ""  # of neighbouring tokens: what must be escaped may begin in one and end in the next
    for token in tokens:
        if token.type in ("text", "text_special"):
            text += token.content
            continue
        if text:
            out.append(escape(text))
            text = ""
        match token.type:
            case "softbreak" | "hardbreak":
                out.append("\n")
            case "em_open" | "em_close":
                out.append("*")
            case "strong_open" | "strong_close":
                out.append("**")
            case "s_open" | "s_close":
                out.append("~~")
            case "code_inline":
                ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", token.content)), default=0))
                pad = " " if token.content.startswith("`") or token.content.endswith("`") else ""
                out.append(f"{ticks}{pad}{token.content}{pad}{ticks}")
            case "link_open":
                auto = token.info == "auto"
                out.append("<" if auto else "[")
                closing.append(">" if auto else _target(token, "href"))
            case "link_close":
                out.append(closing.pop())
            case "image":
                alt, _ = write_inline(token.children or ())
                out.append(f"![{alt or escape(token.content)}{_target(token, 'src')}")
            case "html_inline":
                html = token.content
                found = _ANCHOR.match(html)
                if found and "href" not in html.lower():
                    anchor = found.group(1)
                    anchor_open += html.lower().startswith("<a") and not html.endswith("/>")
                elif link := _LINK.match(html):
                    out.append("[")
                    hrefs.append(unescape(link.group(1) or link.group(2) or link.group(3) or ""))
                elif html.lower() == "</a>" and hrefs:
                    out.append(f"]({_guarded(hrefs.pop())})")
                elif html.lower() == "</a>" and anchor_open:
                    anchor_open -= 1
                elif tag := _EMPHASIS_TAG.match(html):
                    out.append("**" if tag.group(1).lower() in ("b", "strong") else "*")
                elif re.match(r"<br\s*/?>", html, re.IGNORECASE):
                    out.append("\n")
                elif not html.startswith("<!--"):
                    out.append(html)
    if text:
        out.append(escape(text))
    out.extend(f"]({_guarded(href)})" for href in reversed(hrefs))  # a link that nobody closed
    return "".join(out), anchor


# Runs of text, strong text and links that CommonMark can read in one way only: the marks of emphasis stand
# between a blank and a letter on the one side, a letter or full stop and a blank or mark on the other.
_TEXT_RUN = r"[^\\*_\[\]<>&`~!{}|]"
_SIMPLE = re.compile(
    rf"""
    {_TEXT_RUN}+
  | (?:(?<=\s)|(?<![\s\S]))(?P<mark>\*\*|__)
    (?P<strong>(?:[^\W_]|[“"‘«](?=\w))(?:[^\\*_\[\]<>&`~!{{}}|\n]*[^\W_]|)[.:;,?)”"’»]?)
    (?P=mark)(?=[\s.,:;)]|\Z)
  | \[(?P<label>{_TEXT_RUN}+)\]\((?P<target>[A-Za-z0-9#/.][A-Za-z0-9:/.?=%~_\#+,;@&-]*)\)
  | \\(?P<escaped>[.)\-+#])
    """,
    re.VERBOSE,
)


def simple_inline(content: str) -> str | None:
    """`content` written canonically if it is made of `_SIMPLE` runs only, else None."""
    out: list[str] = []
    at = 0
    for match in _SIMPLE.finditer(content):
        if match.start() != at:
            return None
        at = match.end()
        kind = match.lastgroup
        if kind is None:
            out.append(match.group())
        elif kind == "strong":
            out.append(f"**{match['strong']}**")
        elif kind == "target":
            if "&" in match["target"] and ";" in match["target"]:
                return None
            out.append(match.group())
        else:
            out.append(match["escaped"])
    return "".join(out) if at == len(content) else None


def _target(token: Token, attribute: str) -> str:
    href = str(token.attrGet(attribute) or "")
    title = token.attrGet("title")
    quoted = f' "{str(title).replace(chr(34), chr(92) + chr(34))}"' if title else ""
    return f"]({_guarded(href)}{quoted})"


def _guarded(href: str) -> str:
    """A link target as canonical Markdown can hold it."""
    return f"<{href}>" if re.search(r"[\s()<>]", href) else href
