"""Source of a text -> `Document`.

Bytes are decoded, front matter and what cannot be a text are dealt with here; `passages` reads the rest.
"""

from __future__ import annotations

import re
from functools import lru_cache

from policyver.document.passages import composed, read_sections
from policyver.errors import DocumentError
from policyver.model import Document

MAX_BYTES = 10 * 1024 * 1024
"""Longer files are refused: no policy is that long, and a hostile one should not hold up a CI job."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_UNCLOSED = re.compile(r"---[ \t]*\n[A-Za-z_][\w-]*:(?: |\n)")
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
    if "<" in source and "<<<<<<< " in source:
        _refuse_conflict(source, name)
    front, body, offset = _split_front_matter(source, name)
    sections, datetimes = read_sections(body, offset)
    return Document(sections, front, datetimes)


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
    return dict(_load_yaml(composed(match.group(1)), name)), source[match.end() :], match.group().count("\n")


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
