"""Text cut to the room that a channel gives: never within a word, a surrogate pair or an emoji (UAX #29)."""

from __future__ import annotations

from collections.abc import Callable

ELLIPSIS = "…"


def characters(text: str) -> int:
    """Length in code points."""
    return len(text)


def utf8_bytes(text: str) -> int:
    """Length as UTF-8, which is what push services count."""
    return len(text.encode("utf-8", "surrogatepass"))


def fit(text: str, room: int, measure: Callable[[str], int] = characters) -> str:
    """The longest beginning of `text` that takes no more than `room`, with ``…`` where something is missing.

    Cut between words; within a word only where even its first does not fit, and then between grapheme clusters.
    """
    if measure(text) <= room:
        return text
    room -= measure(ELLIPSIS)
    if room < 0:
        return ""
    for pieces in (_words(text), _graphemes(text)):
        kept: list[str] = []
        left = room
        for piece in pieces:
            left -= measure(piece)
            if left < 0:
                break
            kept.append(piece)
        shown = "".join(kept).rstrip()
        if shown:
            return shown + ELLIPSIS
    return ELLIPSIS


def _words(text: str) -> list[str]:
    """Words with the blanks and marks after them."""
    from policyver.document.words import is_word, words

    joined: list[str] = []
    for token in words(text):
        if joined and not is_word(token):
            joined[-1] += token
        else:
            joined.append(token)
    return joined


def _graphemes(text: str) -> list[str]:
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(text, "en"))
