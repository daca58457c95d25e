"""Attribute lists, ``{#id .class key="value"}`` and kramdown's ``{: …}``, at the end of a heading or block."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = r"""(?:[#.][^\s{}"'=#.]+(?:\.[^\s{}"'=#.]+)*|[\w:.-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+))"""
_LIST = re.compile(rf"\s*\{{:?[ \t]*({_ONE}(?:[ \t]+{_ONE})*)[ \t]*\}}[ \t]*\Z")
_EACH = re.compile(_ONE)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an attribute list says; written back in one fixed order."""

    id: str | None = None
    classes: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.id or self.classes or self.pairs)

    def __str__(self) -> str:
        if not self:
            return ""
        written = [f"#{self.id}"] if self.id else []
        written += [f".{name}" for name in self.classes]
        written += [f'{key}="{value}"' for key, value in self.pairs]
        return "{" + " ".join(written) + "}"


NONE = Attributes()


def split_attributes(content: str) -> tuple[str, Attributes]:
    """`content` without the attribute list at its end, and that list. Braces that hold anything else are text."""
    if not content.rstrip().endswith("}"):
        return content, NONE
    match = _LIST.search(content)
    if not match:
        return content, NONE
    id_, classes, pairs = None, [], []
    for one in _EACH.findall(match.group(1)):
        if one[0] == "#":
            id_ = one[1:]
        elif one[0] == ".":
            classes.append(one[1:])
        else:
            key, _, value = one.partition("=")
            value = value[1:-1] if value[:1] in "\"'" else value
            if key == "id":
                id_ = value
            else:
                pairs.append((key, value))
    return content[: match.start()], Attributes(id_, tuple(classes), tuple(pairs))
