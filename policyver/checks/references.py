"""Rules for what a text refers to: ids, anchors, files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from policyver.checks.rule import Family, Problem, TextView, one
from policyver.diffing.reading import urls
from policyver.model import Section, Severity

family = Family("document", TextView)
RULES = family.rules

_BLOCK_ID = re.compile(r"\{[^{}\n]*?#([^\s{}]+)[^{}\n]*\}")
_ANCHOR = re.compile(r"<a\s[^>]*(?:id|name)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_ELEMENT_ID = re.compile(r"<[a-z][\w-]*\s[^>]*\bid\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


def ids_in(section: Section) -> list[str]:
    """Every id that a section sets: its own, and those of its paragraphs."""
    own = [section.id] if section.id else []
    return [*own, *(id_ for block in section.blocks for id_ in _BLOCK_ID.findall(block) if id_ != section.id)]


@family.rule(
    "duplicate-id",
    "Id given twice",
    Severity.ERROR,
    "HTML Living Standard §3.2.6, the id attribute",
    failing=one("## Data {#data}\n\nA.\n\n## Use {#data}\n\nB.\n"),
    passing=one("## Data {#data}\n\nA.\n\n## Use {#use}\n\nB.\n"),
)
def duplicate_id(text: TextView) -> Iterator[Problem]:
    """A link to an id that two sections have leads to the first; the second can be neither linked nor followed."""
    seen: dict[str, Section] = {}
    for section in text.sections:
        for id_ in ids_in(section):
            if id_ in seen:
                yield Problem(f"The id {id_!r} is also set in {seen[id_].title!r}.", section)
            seen.setdefault(id_, section)


def slug(heading: str) -> str:
    """The id that site generators give a heading without one (GitHub's rule)."""
    kept = "".join(c for c in heading.casefold() if c.isalnum() or c in "-_ " or unicodedata.category(c)[0] == "M")
    return kept.strip().replace(" ", "-")


@family.rule(
    "dead-anchor",
    "Link to an anchor that is not there",
    Severity.ERROR,
    "RFC 3986 §3.5",
    failing=one("## Data\n\nSee [your rights](#rights).\n"),
    passing=one("## Data\n\nSee [your rights](#rights).\n\n## Your rights {#rights}\n\nYou may ask us.\n"),
)
def dead_anchor(text: TextView) -> Iterator[Problem]:
    """Whoever follows the link stays where he is, and does not find what the text promises him."""
    ids = {id_ for section in text.sections for id_ in ids_in(section)}
    ids |= set(_ANCHOR.findall("\n".join(text.lines))) | set(_ELEMENT_ID.findall("\n".join(text.lines)))
    folded = (
        {id_.casefold() for id_ in ids}
        | {slug(s.title) for s in text.sections}
        | {slug(s.heading) for s in text.sections}
    )
    for section in text.sections:
        for target in urls(section.text):
            if target.startswith("#") and target[1:].casefold() not in folded and target not in ("#", "#top"):
                line = text.line_of(target, section)
                yield Problem(f"No section and no anchor has the id {target[1:]!r}.", section, line)


_FILE = re.compile(r"(?!\w+:|//|/|#)([^#?]+\.(?:md|markdown|pdf|png|jpe?g|svg|docx))(?:[#?].*)?$", re.IGNORECASE)


@family.rule(
    "dead-link",
    "Link to a file that is not there",
    Severity.ERROR,
    "RFC 3986 §5.2",
    failing=one("## Data\n\nSee the [cookie list](cookies.md).\n"),
    passing=one(
        "## Data\n\nSee the [cookie list](cookies.md).\n", **{"policies/privacy/cookies.md": "# Cookies\n\nNone.\n"}
    ),
)
def dead_link(text: TextView) -> Iterator[Problem]:
    """A relative link to a file is part of the text; without the file, what it says is not said."""
    folder = PurePosixPath(text.edition.path).parent
    for section in text.sections:
        for target in urls(section.text):
            match = _FILE.match(target)
            if match and not text.texts.workspace.has_file(str(folder / match.group(1))):
                yield Problem(f"There is no file {match.group(1)!r}.", section, text.line_of(target, section))
