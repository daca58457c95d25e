"""Words as UAX #29 cuts them, with ICU's dictionaries for scripts that write without blanks.

`words` gives every character back: joining its result is its argument. What a reader takes as one thing (a link
target, an address, a date, a mark of emphasis) is one word here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from icu4py.breakers import WordBreaker

_WHOLE = re.compile(
    r"""
    \]\((?:\\.|[^()\\\n]|\([^()\n]*\))*\)       # link target
  | \\[^\w\s]                                  # escaped mark
  | \*{1,3} | `+ | ~~                          # emphasis, code
  | <[^<>\n]*>                                 # tag or autolink
  | \{[^{}\n]*\}                               # attributes
  | https?://[^\s<>()\[\]"']*[^\s<>()\[\]"'.,;:!?*_]
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
  | \d{4}-\d{2}-\d{2}
  | \d{1,2}\.\d{1,2}\.\d{4}
    """,
    re.VERBOSE,
)


# What each alternative of `_WHOLE` has in it; most prose has none of it.
_MAY_BE_WHOLE = re.compile(r"[]\\*`~<{@/]|\d[-.]\d")


def words(text: str) -> list[str]:
    """`text` cut into words, blanks and marks, in order."""
    if not text:
        return []
    whole = [match.span() for match in _WHOLE.finditer(text)] if _MAY_BE_WHOLE.search(text) else []
    if not whole:
        return list(WordBreaker(text, "en"))
    result: list[str] = []
    start = 0
    for begin, end in whole:
        if begin > start:
            result.extend(WordBreaker(text[start:begin], "en"))
        result.append(text[begin:end])
        start = end
    if start < len(text):
        result.extend(WordBreaker(text[start:], "en"))
    return result


@lru_cache(maxsize=8192)
def block_words(block: str) -> tuple[str, ...]:
    """`words` of a canonical block, remembered, since histories repeat their paragraphs."""
    return tuple(words(block))


@lru_cache(maxsize=65536)
def is_word(token: str) -> bool:
    """Whether `token` says something: a letter, digit or ideograph is in it, and it is no markup."""
    return any(character.isalnum() for character in token) and token[0] not in "]<{"


_RUN = re.compile(r"[^\W_](?:\w|['’.,](?=\w))*")
_FROM_THAI = "\u0e00"


def count_words(text: str) -> int:
    """How many words a reader would count in `text`. Only scripts that write without blanks need ICU for that."""
    if text.isascii() or max(text) < _FROM_THAI:
        return len(_RUN.findall(text))
    return sum(map(is_word, block_words(text)))
