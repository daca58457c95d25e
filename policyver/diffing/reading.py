"""What can be read off a run of canonical text in any language: amounts, dates, addresses, letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from policyver.diffing.lexicon import Lexicon
from policyver.diffing.sequences import SequenceMatcher

_TARGET = re.compile(r"\]\(<?((?:[^()\s<>]|\([^()]*\))+)>?(?:\s+\"[^\"]*\")?\)")
_URL = re.compile(r"https?://[^\s<>()\[\]\"']*[^\s<>()\[\]\"'.,;:!?*_]")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ATTRIBUTES = re.compile(r"\{[#.\w][^{}\n]*\}")
_MARKS = re.compile(r"\\(?=[^\w\s])|\*{1,3}|`+|~~|\]\([^)\n]*\)|\[|\]|<[^<>\n]*>")
_NUMBER = re.compile(r"(?<![\w.])[$€£¥₹]?\s?\d(?:[\d.,'’\u202f]*\d)?(?:\s?[%‰€$£¥])?|\d(?:[\d.,]*\d)?")
ITEM_NUMBER = re.compile(r"(?:\n|\A) *\d{1,9}[.)](?=\s|\Z)")
LETTER = re.compile(r"[^\W\d_]")
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_EMPTY_DATE_ATTRIBUTE = re.compile(r"\s*\{:?\s*datetime=\"\"\s*\}")
_FOREIGN_DIGIT = re.compile(r"(?=[^\x00-\x7f])\d")
_NO_LETTER = re.compile(r"[\W_]+")
DIGIT = re.compile(r"\d")
WORD = re.compile(r"[^\W_]+")
_MAY_BE_MARK = re.compile(r"[\\*`~\[\]<]")
_SIGN_BEFORE = re.compile(r"[$€£¥₹]\s?\Z")
_SIGN_AFTER = re.compile(r"\s?[%‰€$£¥]")


def amounts(text: str, before: str, after: str, lexicon: Lexicon | None) -> Iterator[str]:
    """Numbers in `text` with their units and currencies, which may stand in the unchanged text around it."""
    if not text:
        return
    ahead, behind = _SIGN_BEFORE.search(before), _SIGN_AFTER.match(after)
    start = len(ahead.group()) if ahead else 0
    whole = (ahead.group() if ahead else "") + text + (behind.group() if behind else "")
    for match in _NUMBER.finditer(with_ascii_digits(whole)):
        if match.end() > start and match.start() < start + len(text):
            rest = text[match.end() - start :] + after
            yield whole[match.start() : match.end()].strip() + (lexicon.unit_after(rest) if lexicon else "")
    if lexicon is not None:
        yield from lexicon.number_words(text)


def with_ascii_digits(text: str) -> str:
    """`text` with the digits of all scripts as ASCII digits, length kept."""
    if text.isascii():
        return text
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match.group())), text)


def dates_in(text: str, locale: str) -> list[str]:
    """The dates in `text`, ISO 8601, in reading order."""
    from policyver.document.dates import find_dates

    return [day.isoformat() for _, day in find_dates(text, locale)]


def without_dates(before: str, text: str, after: str, locale: str) -> str:
    """`text`, which stands between `before` and `after`, less what belongs to a date, ``datetime`` attributes too."""
    from policyver.document.dates import date_spans

    kept, at, end = [], len(before), len(before) + len(text)
    whole = before + text + after
    for start, stop, _ in date_spans(whole, locale):
        kept.append(whole[at : max(at, min(start, end))])
        at = min(max(at, stop), end)
    return _EMPTY_DATE_ATTRIBUTE.sub("", "".join([*kept, whole[at:end]]))


def has_addresses(text: str) -> bool:
    """Whether `text` may have link targets, URLs, e-mail addresses or attributes; most prose has none."""
    return "](" in text or "://" in text or "@" in text or "{" in text


def without_addresses(text: str) -> str:
    """`text` without link targets, URLs and e-mail addresses; of attributes the ``datetime`` is left."""
    if "](" in text:
        text = _TARGET.sub("]", text)
    if "{" in text:
        text = ATTRIBUTES.sub(_only_datetime, text)
    return EMAIL.sub("", _URL.sub("", text)) if "@" in text or "://" in text else text


def _only_datetime(match: re.Match[str]) -> str:
    found = re.search(r'datetime="([^"]*)"', match.group())
    return found.group(1) if found else ""


def urls(text: str) -> list[str]:
    """Link targets and bare URLs in `text`."""
    if "](" not in text and "://" not in text:
        return []
    targets = _TARGET.findall(text)
    return [*targets, *_URL.findall(_TARGET.sub("", text))]


def host(url: str) -> str:
    """The host of a URL, without ``www.``."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return url


def plain_text(text: str) -> str:
    """Without marks of formatting, link targets and attributes."""
    if "{" in text:
        text = ATTRIBUTES.sub("", text)
    return _MARKS.sub("", text) if _MAY_BE_MARK.search(text) else text


def bare_words(text: str) -> list[str]:
    """Runs of letters and digits."""
    return WORD.findall(text)


def letters(text: str) -> str:
    """Letters and digits alone, without regard to case."""
    return _NO_LETTER.sub("", text.casefold())


def is_typo(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the words differ letter by letter only: as many words, each near its counterpart, no digits."""
    return len(old) == len(new) > 0 and all(map(_is_near, old, new))


@lru_cache(maxsize=4096)
def _is_near(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    if one == other:
        return True
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 2 or any(map(str.isdigit, one + other)):
        return False
    if max(map(ord, one + other)) >= 0x2E80:  # one ideograph is a word of its own
        return False
    edits = 0
    for op, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if op != "equal":
            edits += max(i2 - i1, j2 - j1)
    return edits <= (1 if min(len(one), len(other)) < 7 else 2)
