"""Text folded for looking words up: case, accents and points that the inflected forms of a word do not share."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_SAME = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "’": "'", "ʼ": "'", "‘": "'", "\u0640": None, "\u00a0": " "}
)
_KEEPS_MARKS_FROM = 0x0530
"""Latin, Greek and Cyrillic letters lose their accents; in scripts after them most marks are vowels."""


def _is_dropped(mark: str, base: str) -> bool:
    if unicodedata.category(mark) != "Mn":
        return False
    if ord(base) < _KEEPS_MARKS_FROM:
        return True
    return "\u0591" <= mark <= "\u05c7" or "\u064b" <= mark <= "\u0652" or mark == "\u093c"  # points, harakat, nukta


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` without case, accents, vowel points and typographic variants; for comparison, never for show."""
    text = text.casefold().translate(_SAME)
    if text.isascii():
        return text
    kept: list[str] = []
    base = "a"
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.category(character)[0] != "M":
            base = character
        elif _is_dropped(character, base):
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
