"""Words as UAX #29 cuts them, with ICU's dictionaries for scripts that write without blanks.

`words` gives every character back: joining its result is its argument. What a reader takes as one thing (a link
target, an address, a date, a mark of emphasis) is one word here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from icu4py.breakers import WordBreaker

T = TypeVar("T")
_REMEMBERED = 65_536
"""Words of which something is remembered, at most."""

_PATTERN = r"""
    \]\((?:\\.|[^()\\\n]|\([^()\n]*\))*\)       # link target
  | \\[^\w\s]                                  # escaped mark
  | \*{1,3} | `+ | ~~                          # emphasis, code
  | <[^<>\n]*>                                 # tag or autolink
  | \{[^{}\n]*\}                               # attributes
  | https?://[^\s<>()\[\]"']*[^\s<>()\[\]"'.,;:!?*_]
  %s
  | \d{4}-\d{2}-\d{2}
  | \d{1,2}\.\d{1,2}\.\d{4}
"""
_ADDRESS = r"| [\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # tried at every word, so only where there is an @
_WHOLE, _WHOLE_BUT_ADDRESSES = (re.compile(_PATTERN % more, re.VERBOSE) for more in (_ADDRESS, ""))

# What each alternative of `_WHOLE` has in it; most prose has none of it.
_MAY_BE_WHOLE = re.compile(r"[]\\*`~<{@/]|\d[-.]\d")


def words(text: str) -> list[str]:
    """`text` cut into words, blanks and marks, in order."""
    if not text:
        return []
    if not _MAY_BE_WHOLE.search(text):
        return list(WordBreaker(text, "en"))
    pattern = _WHOLE if "@" in text else _WHOLE_BUT_ADDRESSES
    result: list[str] = []
    start = 0
    for match in pattern.finditer(text):
        begin, end = match.span()
        if begin > start:
            result.extend(WordBreaker(text[start:begin], "en"))
        result.append(match.group())
        start = end
    if start < len(text):
        result.extend(WordBreaker(text[start:], "en"))
    return result


@lru_cache(maxsize=256)
def block_words(block: str) -> tuple[str, ...]:
    """`words` of a canonical block, remembered, since histories repeat their paragraphs."""
    return tuple(words(block))


def is_word(token: str) -> bool:
    """Whether `token` says something: a letter, digit or ideograph is in it, and it is no markup."""
    return any(character.isalnum() for character in token) and token[0] not in "]<{"


class Remembered(dict[str, T]):
    """What each word tells, found out once: a dictionary that fills itself, up to a limit."""

    def __init__(self, find: Callable[[str], T]) -> None:
        self._find = find

    def __missing__(self, word: str) -> T:
        told = self._find(word)
        if len(self) < _REMEMBERED:
            self[word] = told
        return told


_FOLDED = Remembered(lambda token: token.casefold() if is_word(token) else "")


@lru_cache(maxsize=256)
def folded_words(block: str) -> tuple[str, ...]:
    """The words of a block in which case is no difference, without blanks and marks."""
    return tuple([word for token in block_words(block) if (word := _FOLDED[token])])


_RUN = re.compile(r"[^\W_]\w*(?:['’.,]\w+)*")
_FROM_THAI = re.compile("[\u0e00-\U0010ffff]")


def count_words(text: str) -> int:
    """How many words a reader would count in `text`. Only scripts that write without blanks need ICU for that."""
    if text.isascii() or not _FROM_THAI.search(text):
        return len(_RUN.findall(text))
    return len(folded_words(text))
