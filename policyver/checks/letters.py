"""Rules for the characters of a text: what nobody sees, and what looks like something else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from policyver.checks.rule import Family, Problem, TextView, one
from policyver.model import Severity

family = Family("document", TextView)
RULES = family.rules

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060-\u2064\ufeff\u180e\U000e0000-\U000e007f]"
)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_RIGHT_TO_LEFT = frozenset(("ar", "he", "fa", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"))


@family.rule(
    "invisible-character",
    "Invisible or direction-changing character",
    Severity.WARNING,
    "Unicode Technical Standard #39; UAX #9; CVE-2021-42574",
    failing=one("## Data\n\nWe keep it for 3\u200b0 days.\n"),
    passing=one("## Data\n\nWe keep it for 30 days.\n"),
)
def invisible_character(text: TextView) -> Iterator[Problem]:
    """What nobody sees breaks search and comparison, and a bidi control can make a text read otherwise than it is
    stored. Direction marks belong in right-to-left texts; overrides belong nowhere."""
    rtl = text.locale.split("-")[0] in _RIGHT_TO_LEFT
    first = text.sections[0].line if text.sections else 1
    for number, line in enumerate(text.lines, 1):
        found = _INVISIBLE.findall(line) + [c for c in _BIDI.findall(line) if not rtl or c in _OVERRIDES]
        if found and number >= first:
            names = ", ".join(dict.fromkeys(f"U+{ord(c):04X} {unicodedata.name(c, 'control').lower()}" for c in found))
            yield Problem(f"The line holds {names}.", text.section_at(number), number)


_MIXED = re.compile(r"[^\W\d_]+")


@family.rule(
    "mixed-script",
    "Letters of another script inside a word",
    Severity.ERROR,
    "Unicode Technical Standard #39 §5",
    failing=one("## Data\n\nWe cоllect your name.\n"),  # the first o is Cyrillic
    passing=one("## Data\n\nWe collect your name.\n"),
)
def mixed_script(text: TextView) -> Iterator[Problem]:
    """A Cyrillic о in a Latin word looks right and is another word to every search, filter and screen reader."""
    for number, line in enumerate(text.lines, 1):
        if line.isascii():
            continue
        for word in _MIXED.findall(line):
            if not word.isascii() and len(_scripts(word)) > 1:
                strange = ", ".join(
                    f"U+{ord(c):04X} {unicodedata.name(c, '').lower()}" for c in dict.fromkeys(_minority(word))
                )
                yield Problem(f"The word {word!r} mixes scripts: {strange}.", text.section_at(number), number)


_LOOK_ALIKE = ("LATIN", "CYRILLIC", "GREEK")


def _scripts(word: str) -> set[str]:
    return {name for character in word if (name := unicodedata.name(character, "").split(" ")[0]) in _LOOK_ALIKE}


def _minority(word: str) -> str:
    counts = Counter(unicodedata.name(c, "").split(" ")[0] for c in word)
    main = counts.most_common(1)[0][0]
    return "".join(c for c in word if unicodedata.name(c, "").split(" ")[0] != main)
